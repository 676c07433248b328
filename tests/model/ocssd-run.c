/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ocssd-run.h"

#define LINE    2000

typedef struct Run {
    const RunDrive *d;
    Model *m;
    RandomHost *host;
    uint64_t seed;              /* the host's, before its first command */
    uint64_t number;            /* of the last command begun */
    ModelCmd cmd[RUN_BATCH + 1];        /* the last one waits for its turn */
    ModelAnswer answer[RUN_BATCH];
    uint8_t *touched;           /* by chunk: who uses it; 0: nobody */
    bool waits;
    uint32_t *low;              /* by chunk: WP before the batch */
} Run;

/*
 * Would C meet a chunk that is in use?  Mark those it uses: writes of one
 * queue follow each other (section 7.7), all else wants the chunk for itself.
 */
static bool meets(Run *r, const ModelCmd *c, bool mark)
{
    bool write = c->op == MODEL_WRITE || c->op == MODEL_VWRITE;
    bool scalar = c->op == MODEL_READ || c->op == MODEL_WRITE;
    bool met = false;
    uint32_t chunk, s;

    for (unsigned i = 0; i < c->n; i++) {
        const uint64_t lba[2] = {
            scalar ? c->lba[0] + i : c->lba[i],
            c->op == MODEL_VCOPY ? c->to[i] : UINT64_MAX,
        };

        for (unsigned j = 0; j < 2; j++) {
            if (model_find(r->m, lba[j], &chunk, &s)) {
                bool joins = write && !c->fault && !r->m->chunk[chunk].random;
                uint8_t use = joins ? (uint8_t)c->queue : UINT8_MAX;

                met = met || (r->touched[chunk] &&
                              (r->touched[chunk] != use || !joins));
                r->touched[chunk] = mark ? use : r->touched[chunk];
            }
        }
    }
    return met;
}

/*
 * Commands that may be under way at once because no order of them matters; a
 * limit of open chunks would make it matter.
 */
static unsigned next_batch(Run *r)
{
    unsigned most = r->m->rules.maxoc || r->m->rules.maxocpu ? 1 :
                    r->d->batch;
    unsigned n = 0;

    most = 1 + random_below(r->host, most);
    memset(r->touched, 0, r->m->chunks);
    while (n < most) {
        ModelCmd *c = &r->cmd[n];

        if (r->waits) {
            *c = r->cmd[RUN_BATCH];
        } else {
            random_command(r->host, r->m, c);
        }
        r->waits = n && (c->op >= MODEL_LOG || meets(r, c, false));
        if (r->waits) {
            r->cmd[RUN_BATCH] = *c;
            break;
        }
        meets(r, c, true);
        model_do(r->m, c, &r->answer[n++]);
        if (c->op >= MODEL_LOG) {
            break;
        }
    }
    return n;
}

static void tell(const Run *r, const ModelCmd *c, uint64_t number,
                 const char *what)
{
    char line[LINE], words[LINE - 100];

    model_say(r->m, c, words, sizeof(words));
    snprintf(line, sizeof(line), "drive %s, seed 0x%" PRIx64 ", command %"
             PRIu64 ": %s", r->d->name, r->seed, number, words);
    r->d->say(line);
    snprintf(line, sizeof(line), "the drive differs: %s", what);
    r->d->say(line);
    snprintf(line, sizeof(line), "again: OCPN_MODEL_DRIVE=%s OCPN_MODEL_SEED="
             "0x%" PRIx64 " OCPN_MODEL_COUNT=%" PRIu64 " %s; "
             "OCPN_MODEL_TRACE=1 shows every command", r->d->name, r->seed,
             number, r->d->program);
    r->d->say(line);
}

static void trace(const Run *r, const ModelCmd *c, const ModelAnswer *a,
                  uint64_t number)
{
    char line[LINE], words[LINE - 100];

    model_say(r->m, c, words, sizeof(words));
    snprintf(line, sizeof(line), "%" PRIu64 ": %s: %x/%02x %" PRIx64, number,
             words, a->status >> 8, a->status & 0xff, a->bitmap);
    r->d->say(line);
}

/* Do the commands; CUT: the drive ends before all of them need be done. */
static bool do_batch(Run *r, const ModelCmd *c, const ModelAnswer *a,
                     unsigned n, bool cut)
{
    const ModelCmd *cmd[RUN_BATCH] = { NULL };
    RunSeen seen[RUN_BATCH];
    char what[200];

    memset(seen, 0, sizeof(seen));
    for (unsigned i = 0; i < n; i++) {
        cmd[i] = &c[i];
        if (r->d->trace) {
            trace(r, &c[i], &a[i], r->number + i + 1);
        }
    }
    (cut ? r->d->cut : r->d->exec)(r->d->opaque, cmd, seen, n);
    for (unsigned i = 0; i < n; i++) {
        if (cut && !seen[i].done) {
            continue;
        }
        if (!model_compare(r->m, cmd[i], &a[i], &seen[i], what,
                           sizeof(what))) {
            tell(r, cmd[i], r->number + i + 1, what);
            return false;
        }
        if (cut && !a[i].status) {
            model_acknowledge(r->m, cmd[i], r->low);
        }
    }
    return true;
}

/* All descriptors, after every kind of reset and now and then. */
static ModelCmd log_cmd(const Run *r)
{
    return (ModelCmd) {
        .op = MODEL_LOG, .n = 1, .bytes = (uint32_t)model_log_size(r->m),
    };
}

static bool whole_log(Run *r)
{
    ModelCmd c = log_cmd(r);
    ModelAnswer a;

    model_do(r->m, &c, &a);
    return do_batch(r, &c, &a, 1, false);
}

/* The batch, and the drive ends while it is under way. */
static bool do_cut(Run *r, unsigned n)
{
    ModelCmd end = { .op = MODEL_CRASH, .n = 1 }, c = log_cmd(r);
    const ModelCmd *cmd = &c;
    RunSeen seen = { 0 };
    ModelAnswer a;
    char what[200];

    if (!do_batch(r, r->cmd, r->answer, n, true)) {
        return false;
    }
    r->waits = false;           /* it was made for what is no more */
    model_do(r->m, &end, &a);
    if (r->d->trace) {
        trace(r, &end, &a, r->number + n);
    }
    r->d->exec(r->d->opaque, &cmd, &seen, 1);
    if (!model_adopt(r->m, r->low, seen.data, what, sizeof(what))) {
        tell(r, &end, r->number + n, what);
        return false;
    }
    return true;
}

/* Shall the drive end during the batch? */
static bool wants_cut(Run *r, unsigned n)
{
    if (!r->d->cut || random_below(r->host, 60)) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        if (!model_can_cut(r->m, &r->cmd[i])) {
            return false;
        }
    }
    return true;
}

/* False: the drive differs. */
static bool step(Run *r, uint64_t count)
{
    uint64_t before = r->number;
    bool cut, log, same;
    unsigned n;

    for (uint32_t i = 0; i < r->m->chunks; i++) {
        r->low[i] = r->m->chunk[i].wp;
    }
    n = next_batch(r);
    cut = wants_cut(r, n);
    same = cut ? do_cut(r, n) : do_batch(r, r->cmd, r->answer, n, false);
    r->number += n;
    log = cut || r->cmd[0].op >= MODEL_CC_EN || r->number >= count ||
          before / r->d->log_every != r->number / r->d->log_every;
    return same && (!log || whole_log(r));
}

static void *need(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

bool run_model(const RunDrive *d, Model *m, RandomHost *host, uint64_t count)
{
    Run *r = need(calloc(1, sizeof(*r)));
    bool same = true;

    r->touched = need(calloc(1, m->chunks));
    r->low = need(calloc(m->chunks, sizeof(*r->low)));
    r->d = d;
    r->m = m;
    r->host = host;
    r->seed = host->dice;
    while (same && r->number < count) {
        same = step(r, count);
    }
    free(r->low);
    free(r->touched);
    free(r);
    return same;
}
