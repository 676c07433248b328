/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drive against the model: commands by a random host, the drive's answers
 * compared with the model's, and the first difference told so that it can be
 * seen again.
 */
#ifndef TESTS_MODEL_OCSSD_RUN_H
#define TESTS_MODEL_OCSSD_RUN_H

#include "ocssd-encode.h"
#include "ocssd-model.h"
#include "ocssd-random.h"

#define RUN_BATCH   4u          /* commands under way at once */

/* What the host saw of a command. */
typedef struct RunSeen {
    uint16_t status;
    bool done, dnr;
    uint32_t dw0, dw1;
    const uint8_t *data;        /* reads, log: what the drive wrote */
    const uint8_t *meta;        /* reads: blocks * MS; reset: descriptors */
} RunSeen;

/* The drive. */
typedef struct RunDrive {
    const char *name;
    void *opaque;
    /*
     * Do N commands, all under way at once; N is 1 for all but I/O.  Buffers
     * for what comes back are filled with MODEL_SPOIL before.
     */
    void (*exec)(void *opaque, const ModelCmd *const *c, RunSeen *seen,
                 unsigned n);
    /*
     * Begin the N writes C, end at some point while they are under way, and
     * start with the same image; SEEN is done for those that completed.
     * NULL: this drive cannot.
     */
    void (*cut)(void *opaque, const ModelCmd *const *c, RunSeen *seen,
                unsigned n);
    /* A line for people. */
    void (*say)(const char *line);
    const char *program;        /* how it is started again */
    unsigned batch;             /* commands at once, 1 to RUN_BATCH */
    unsigned log_every;         /* commands; then all descriptors are read */
    bool trace;                 /* say every command */
} RunDrive;

/*
 * COUNT commands of HOST.  True: no divergence.  Else it has been told.
 * Chunks of M must be as those of the drive.
 */
bool run_model(const RunDrive *d, Model *m, RandomHost *host, uint64_t count);

/* ocssd-words.c: what C is, in words. */
void model_say(const Model *m, const ModelCmd *c, char *buf, size_t len);

/* ocssd-compare.c: False, and BUF says what differs. */
bool model_compare(const Model *m, const ModelCmd *c, const ModelAnswer *a,
                   const RunSeen *seen, char *buf, size_t len);

/* ocssd-cut.c: may the drive end while C is under way? */
bool model_can_cut(const Model *m, const ModelCmd *c);
/* C completed well: raise write pointers in LOW to what it wrote. */
void model_acknowledge(const Model *m, const ModelCmd *c, uint32_t *low);
/*
 * Go on from the write pointers in LOG, all descriptors; they must be between
 * LOW and those of the model.  False, and BUF says which is not.
 */
bool model_adopt(Model *m, const uint32_t *low, const uint8_t *log, char *buf,
                 size_t len);

#endif
