/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Good states: of drives with something of everything. */
#ifndef TESTS_FUZZ_FUZZ_SAVED_H
#define TESTS_FUZZ_FUZZ_SAVED_H

#include <stddef.h>
#include <stdint.h>

typedef struct FuzzSaved {
    uint8_t *bytes;
    size_t   len;
} FuzzSaved;

/* That of KIND, any number; it stays fuzz-saved.c's. */
const FuzzSaved *fuzz_saved(unsigned kind);

#endif
