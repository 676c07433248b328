/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drive that ends in the middle of writes.
 * Follows: section 9 of the notes: what was acknowledged is kept, and no write
 * pointer shows blocks that were not stored.  Between the two any write unit
 * is right; the model goes on from the one the drive shows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ocssd-run.h"

static bool is_write(const ModelCmd *c)
{
    return c->op == MODEL_WRITE || c->op == MODEL_VWRITE;
}

static uint64_t lba_of(const ModelCmd *c, unsigned i)
{
    return c->op == MODEL_WRITE ? c->lba[0] + i : c->lba[i];
}

bool model_can_cut(const Model *m, const ModelCmd *c)
{
    uint32_t chunk, s;

    if (!is_write(c) || c->wrong || c->fault || m->rules.wp_absolute ||
        m->rules.power != MODEL_POWER_KEEP) {
        return false;
    }
    for (unsigned i = 0; i < c->n; i++) {
        if (model_find(m, lba_of(c, i), &chunk, &s) &&
            m->chunk[chunk].random) {
            return false;
        }
    }
    return true;
}

void model_acknowledge(const Model *m, const ModelCmd *c, uint32_t *low)
{
    uint32_t chunk, s;

    for (unsigned i = 0; i < c->n; i++) {
        if (model_find(m, lba_of(c, i), &chunk, &s) && s >= low[chunk]) {
            low[chunk] = s + 1;
        }
    }
}

static void go_on_from(ModelChunk *k, uint32_t wp)
{
    for (uint32_t s = wp; s < k->wp; s++) {
        k->block[s].there = false;
    }
    k->wp = wp;
    k->state = wp == 0 ? MODEL_FREE : wp == k->cnlb ? MODEL_CLOSED :
                                                      MODEL_OPEN;
}

bool model_adopt(Model *m, const uint32_t *low, const uint8_t *log, char *buf,
                 size_t len)
{
    for (uint32_t i = 0; i < m->chunks; i++) {
        ModelChunk *k = &m->chunk[i];
        uint64_t wp = 0;

        for (unsigned b = 0; b < 8; b++) {
            wp |= (uint64_t)log[i * MODEL_DESC + 24 + b] << 8 * b;
        }
        if (k->wp == low[i]) {
            continue;                   /* the whole log is compared later */
        }
        if (wp < low[i] || wp > k->wp ||
            (wp % m->rules.ws_min && !m->rules.any_size)) {
            snprintf(buf, len, "write pointer of chunk %u after the end: %"
                     PRIu64 ", expected %u to %u", (unsigned)i, wp,
                     (unsigned)low[i], (unsigned)k->wp);
            return false;
        }
        go_on_from(k, (uint32_t)wp);
    }
    return true;
}
