/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the fake port share. */
#ifndef TESTS_UNIT_FAKES_PORT_INT_H
#define TESTS_UNIT_FAKES_PORT_INT_H

#include "port.h"

/* A fault of the test, or of the core against its contract. */
#define NEED(x) do {                                                    \
    if (!(x)) {                                                         \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);         \
        abort();                                                        \
    }                                                                   \
} while (0)

/* OcpnPort's media. */
void fake_media_start(void *o, OcpnIo *io);

#endif
