/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that rolls dice: commands for an open-channel drive, most of them
 * sensible, some wrong in every way there is.  It looks at the model to know
 * what is sensible.  The same seed gives the same commands.
 */
#ifndef TESTS_MODEL_OCSSD_RANDOM_H
#define TESTS_MODEL_OCSSD_RANDOM_H

#include "ocssd-model.h"

typedef struct RandomHost {
    uint64_t dice;
    uint64_t count;             /* commands so far */
    unsigned queues;            /* it has, 1 to 3 */
    unsigned restarts;          /* in 10000 commands; resets: twice as many */
    unsigned faults;            /* in 100 commands that can have one */
    bool io_errors;             /* the medium can fail by itself */
    bool system_reset;          /* it can do that */
} RandomHost;

/* 0 to BELOW - 1; BELOW is at least 1. */
uint32_t random_below(RandomHost *h, uint32_t below);

/* The next command. */
void random_command(RandomHost *h, const Model *m, ModelCmd *c);

#endif
