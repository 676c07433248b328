/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to inputs of the language fuzz-steps.h that keep what is around
 * them: whole steps come and go, and a command's field becomes a value at
 * which something ends.
 */
#ifndef TESTS_FUZZ_FUZZ_MUTATE_H
#define TESTS_FUZZ_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Change the SIZE bytes at DATA, at least 1, where there is room for MAX; with
 * the same SEED in the same way.  Returns how many they are now.  Any thread.
 */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned seed);

/* libFuzzer's way, and what it calls for all targets of a program. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);

#endif
