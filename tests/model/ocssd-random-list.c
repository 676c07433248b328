/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the random host writes, reads and resets.
 */
#include <string.h>

#include "ocssd-random-int.h"

/*
 * Writes
 */

/* How much to write to chunk I, whose write pointer is WP. */
static uint32_t some_length(RandomHost *h, const Model *m, uint32_t i,
                            uint32_t wp, uint32_t most)
{
    uint32_t left = m->chunk[i].cnlb - wp, unit = m->rules.ws_min;
    uint32_t n;

    if (random_chance(h, 10)) {
        n = left;                               /* fill it up */
    } else {
        n = random_few(h, most < unit ? 1 : most / unit) * unit;
        n = n > left && left && !random_chance(h, 10) ? left : n;
    }
    if (random_chance(h, 3)) {
        n += random_below(h, 3) + 1;
    }
    return n < 1 ? 1 : n > most ? most : n;
}

static uint32_t some_start(RandomHost *h, const Model *m, uint32_t i,
                           uint32_t wp)
{
    if (m->chunk[i].random) {
        return random_below(h, m->chunk[i].cnlb);
    }
    switch (random_below(h, 40)) {
    case 0:
        return wp + m->rules.ws_min;
    case 1:
        return wp < m->rules.ws_min ? 0 : wp - m->rules.ws_min;
    case 2:
        return random_edge(h, m, i);
    case 3:
        return 0;
    default:
        return wp;
    }
}

static uint32_t chunk_to_write(RandomHost *h, const Model *m)
{
    unsigned where = random_below(h, 20);
    unsigned states = where < 12 ? MODEL_OPEN :
                      where < 18 ? MODEL_OPEN | MODEL_FREE : 0xf;

    return random_chunk(h, m, states);
}

void random_write(RandomHost *h, const Model *m, ModelCmd *c)
{
    uint32_t i = chunk_to_write(h, m);
    uint32_t wp = m->chunk[i].wp;

    c->n = some_length(h, m, i, wp, m->rules.mdts);
    c->lba[0] = model_lba(m, i, some_start(h, m, i, wp));
    if (random_chance(h, 2)) {
        c->lba[0] = random_stray(h, m);
    }
    if (random_chance(h, 1)) {
        c->n = m->rules.mdts + 1 + random_below(h, MODEL_BLOCKS -
                                                m->rules.mdts);
    }
}

/* Something that is not quite right with a list of N. */
static unsigned spoil_list(RandomHost *h, const Model *m, uint64_t *lba,
                           unsigned n)
{
    unsigned i = random_below(h, n), j = random_below(h, n);
    uint64_t was = lba[i];

    switch (random_below(h, 5)) {
    case 0:
        lba[i] = lba[j];                        /* a duplicate */
        break;
    case 1:
        lba[i] = lba[j];                        /* another order */
        lba[j] = was;
        break;
    case 2:
        lba[i] = random_stray(h, m);
        break;
    case 3:
        lba[i] = random_lba(h, m);
        break;
    default:                                    /* one is missing */
        n -= n > 1;
        memmove(&lba[i], &lba[i + 1],
                (MODEL_LIST - 1 - i) * sizeof(lba[0]));
        break;
    }
    return n;
}

/* A list to write to: some groups; it may come back to a chunk. */
unsigned random_write_list(RandomHost *h, const Model *m, uint64_t *lba,
                              unsigned most)
{
    uint32_t chunk[MODEL_LIST], wp[MODEL_LIST];
    unsigned groups = random_few(h, MODEL_LIST / m->rules.ws_min), n = 0;

    for (unsigned g = 0; g < groups && n < most; g++) {
        uint32_t len, start;

        chunk[g] = chunk_to_write(h, m);
        wp[g] = m->chunk[chunk[g]].wp;
        for (unsigned before = 0; before < g; before++) {
            wp[g] = chunk[before] == chunk[g] ? wp[before] : wp[g];
        }
        len = some_length(h, m, chunk[g], wp[g], most - n);
        start = random_chance(h, 95) && !m->chunk[chunk[g]].random ? wp[g] :
                some_start(h, m, chunk[g], wp[g]);
        wp[g] += len;
        if (wp[g] > m->chunk[chunk[g]].cnlb) {
            wp[g] = m->chunk[chunk[g]].cnlb;
        }
        for (uint32_t s = 0; s < len; s++) {
            lba[n++] = model_lba(m, chunk[g], start + s);
        }
    }
    return n && random_chance(h, 8) ? spoil_list(h, m, lba, n) : n;
}

/*
 * Reads and resets
 */

void random_read(RandomHost *h, const Model *m, ModelCmd *c)
{
    c->lba[0] = random_lba(h, m);
    c->n = random_few(h, random_chance(h, 10) ? m->rules.mdts : 24);
    if (random_chance(h, 1)) {
        c->n = m->rules.mdts + 1 + random_below(h, MODEL_BLOCKS -
                                                m->rules.mdts);
    }
}

/* Some runs of neighbours and some blocks from anywhere. */
unsigned random_read_list(RandomHost *h, const Model *m, uint64_t *lba,
                             unsigned most)
{
    unsigned want = random_few(h, most), n = 0;

    while (n < want) {
        uint64_t at = random_lba(h, m);
        unsigned run = random_chance(h, 40) ? random_few(h, want - n) : 1;

        for (unsigned i = 0; i < run && n < want; i++) {
            lba[n++] = at + i;
        }
    }
    return n;
}

static uint64_t chunk_to_reset(RandomHost *h, const Model *m)
{
    uint32_t i = random_chunk(h, m, random_chance(h, 80) ? MODEL_CLOSED : 0xf);
    uint64_t s = random_chance(h, 4) ? random_edge(h, m, i) : 0;

    return random_chance(h, 3) ? random_stray(h, m) : model_lba(m, i, s);
}

void random_reset(RandomHost *h, const Model *m, ModelCmd *c)
{
    c->n = random_chance(h, 70) ? 1 : random_few(h, MODEL_LIST);
    for (unsigned i = 0; i < c->n; i++) {
        c->lba[i] = i && random_chance(h, 8) ? c->lba[i - 1] :
                    chunk_to_reset(h, m);
    }
}

void random_ranges(RandomHost *h, const Model *m, ModelCmd *c)
{
    c->on = random_chance(h, 92);
    c->n = random_chance(h, 70) ? 1 : random_few(h, MODEL_LIST);
    for (unsigned i = 0; i < c->n; i++) {
        unsigned states = random_chance(h, 95) ? MODEL_CLOSED : 0xf;
        uint32_t chunk = random_chunk(h, m, states);

        c->lba[i] = model_lba(m, chunk, 0);
        c->len[i] = m->chunk[chunk].cnlb;
        if (random_chance(h, 3)) {
            c->lba[i] = chunk_to_reset(h, m);
        }
        if (random_chance(h, m->rules.dsm_loose ? 40 : 3)) {
            c->len[i] = 1 + random_below(h, c->len[i]);
        }
    }
}

