/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the random host know of each other.
 */
#ifndef TESTS_MODEL_OCSSD_RANDOM_INT_H
#define TESTS_MODEL_OCSSD_RANDOM_INT_H

#include "ocssd-random.h"

uint64_t random_roll(RandomHost *h);
/* True PERCENT times in 100. */
bool random_chance(RandomHost *h, unsigned percent);
/* A small number, 1 to MOST; large ones are rare. */
uint32_t random_few(RandomHost *h, uint32_t most);

/* A chunk, in one of STATES if there is one. */
uint32_t random_chunk(RandomHost *h, const Model *m, unsigned states);
/* Where in chunk I something may go wrong: its ends, WP and the window. */
uint32_t random_edge(RandomHost *h, const Model *m, uint32_t i);
/* An address that mostly does not exist; one that a read may ask for. */
uint64_t random_stray(RandomHost *h, const Model *m);
uint64_t random_lba(RandomHost *h, const Model *m);

/* Fill in what a command is about. */
void random_write(RandomHost *h, const Model *m, ModelCmd *c);
void random_read(RandomHost *h, const Model *m, ModelCmd *c);
void random_reset(RandomHost *h, const Model *m, ModelCmd *c);
void random_ranges(RandomHost *h, const Model *m, ModelCmd *c);
/* A list of at most MOST entries; how many it has. */
unsigned random_write_list(RandomHost *h, const Model *m, uint64_t *lba,
                           unsigned most);
unsigned random_read_list(RandomHost *h, const Model *m, uint64_t *lba,
                          unsigned most);

#endif
