/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An error as a sentence for a person. */
#ifndef HW_OCP_NVME_CORE_ERROR_H
#define HW_OCP_NVME_CORE_ERROR_H

#include <stdbool.h>
#include <stdio.h>

/* One sentence for a person: what is wrong, where, what would be right. */
typedef struct OcpnError {
    char text[256];
} OcpnError;

/*
 * Put a sentence, in printf's format, into ERR.  The value is false, so that
 * a function can end with "return OCPN_FAIL(err, ...)".  A sentence that is
 * too long is cut.
 */
#define OCPN_FAIL(err, ...) \
    (snprintf((err)->text, sizeof((err)->text), __VA_ARGS__), false)

#endif
