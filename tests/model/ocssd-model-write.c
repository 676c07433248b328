/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows: Open-Channel SSD 2.0, writes and copies; section 8.2 of the notes,
 * with its list W1 to W8, VW, VCP.
 */
#include <string.h>

#include "ocssd-model-int.h"

/* Would one more Open chunk beside chunk I be too many?  W8 */
static bool is_full(const Model *m, uint32_t i)
{
    uint32_t pu = i / m->rules.num_chk, open = 0, open_in_pu = 0;

    for (uint32_t j = 0; j < m->chunks; j++) {
        if (m->shadow[j].state == MODEL_OPEN && !m->shadow[j].random) {
            open++;
            open_in_pu += j / m->rules.num_chk == pu;
        }
    }
    return (m->rules.maxoc && open >= m->rules.maxoc) ||
           (m->rules.maxocpu && open_in_pu >= m->rules.maxocpu);
}

/* Blocks written to one chunk by one command: section 7.5. */
typedef struct Group {
    uint64_t first;             /* LBA */
    uint32_t n;
    uint64_t end;               /* blocks the chunk must have for them */
    bool in_order;
} Group;

/* W1 to W8 against the shadow. */
static uint16_t judge_group(const Model *m, const Group *g)
{
    const ModelRules *r = &m->rules;
    const ModelChunk *k;
    uint32_t i, s;

    if (!model_find(m, g->first, &i, &s) || s >= m->shadow[i].cnlb) {
        return WRITE_FAULT;                                     /* W1 */
    }
    k = &m->shadow[i];
    if (k->state == MODEL_OFFLINE) {
        return WRITE_FAULT;                                     /* W2 */
    }
    if (k->state == MODEL_CLOSED) {
        return r->closed_ooo ? OUT_OF_ORDER : WRITE_FAULT;      /* W3 */
    }
    if (g->end > k->cnlb) {
        return WRITE_FAULT;                             /* W4, D60 */
    }
    if (k->random) {
        return 0;                                               /* W5 */
    }
    if (g->n % r->ws_min && !r->any_size) {
        return INVALID_FIELD;                                   /* W6 */
    }
    if (s != k->wp || !g->in_order) {
        return OUT_OF_ORDER;                                    /* W7 */
    }
    if (k->state == MODEL_FREE && g->n < k->cnlb && is_full(m, i)) {
        return WRITE_FAULT;                                     /* W8 */
    }
    return 0;
}

/* T1 to T4, on the shadow. */
static void advance(Model *m, const Group *g)
{
    ModelChunk *k;
    uint32_t i, s;

    if (!model_find(m, g->first, &i, &s)) {
        return;
    }
    k = &m->shadow[i];
    k->state = MODEL_OPEN;
    if (!k->random) {
        k->wp += g->n;
        k->state = k->wp == k->cnlb ? MODEL_CLOSED : MODEL_OPEN;
    }
}

static Group group_of(const Model *m, uint64_t first, uint32_t n)
{
    uint64_t s = first & (((uint64_t)1 << m->s_bits) - 1);

    return (Group) { first, n, s + n, true };
}

/* Entries at the beginning of the list that fall into one chunk. */
static Group group_at(const Model *m, const uint64_t *lba, unsigned n)
{
    Group g = group_of(m, lba[0], 1);

    while (g.n < n && lba[g.n] >> m->s_bits == lba[0] >> m->s_bits) {
        Group one = group_of(m, lba[g.n], 1);

        g.in_order = g.in_order && lba[g.n] == lba[0] + g.n;
        g.end = one.end > g.end ? one.end : g.end;
        g.n++;
    }
    return g;
}

/* VW-R1: all groups or none; D25: a list may return to a chunk. */
static uint16_t judge_list(Model *m, const uint64_t *lba, unsigned n)
{
    size_t table = m->chunks * sizeof(ModelChunk);
    Group g;

    memcpy(m->shadow, m->chunk, table);
    for (unsigned i = 0; i < n; i += g.n) {
        uint16_t status;

        g = group_at(m, lba + i, n - i);
        status = judge_group(m, &g);
        if (status) {
            return status;
        }
        advance(m, &g);
    }
    memcpy(m->chunk, m->shadow, table);
    return 0;
}

/*
 * Section 8.5: the group of C in the chunk with the fault is not stored; the
 * chunk, which has moved already, is at its end or closed where it WAS.
 */
static void fail_write(Model *m, const ModelCmd *c, uint32_t was,
                       ModelAnswer *a)
{
    ModelChunk *k = &m->chunk[c->fault_chunk];

    if (c->fault == MODEL_NEXT_UNIT) {
        a->status = NEXT_UNIT;
        return;
    }
    a->status = EARLY_CLOSE;
    k->wp = was;
    k->state = MODEL_CLOSED;
    k->offline_next = c->fault == MODEL_EARLY_CLOSE_OFFLINE;
}

/* Store what C writes to LBA, block I of it: IS. */
static void store(Model *m, const ModelCmd *c, unsigned i, uint64_t lba,
                  ModelContent is, ModelAnswer *a)
{
    bool vector = c->op != MODEL_WRITE;
    uint32_t chunk, s;

    if (c->fault && model_find(m, lba, &chunk, &s) &&
        chunk == c->fault_chunk) {
        a->bitmap |= vector ? (uint64_t)1 << i : 0;         /* VW-R3 */
        return;
    }
    model_store(m, lba, is);
}

/*
 * What only random chunks let one command do, and no rule gives an order for:
 * write a block twice, or (FROM is not NULL) copy one that it overwrites.
 */
static void blur(Model *m, const uint64_t *lba, const uint64_t *from,
                 unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint32_t s;
        ModelChunk *k = model_chunk_of(m, lba[i], &s);

        for (unsigned j = 0; k && j < n; j++) {
            uint32_t s2;
            const ModelChunk *k2 = model_chunk_of(m, lba[j], &s2);

            if (k2 && k2->random && ((j < i && lba[j] == lba[i]) ||
                                     (from && lba[j] == from[i]))) {
                k->block[s].is = (ModelContent) { MODEL_ANY, MODEL_ANY };
            }
        }
    }
}

static uint64_t all_bits(unsigned n)
{
    return n == MODEL_LIST ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

/* Section 7.4: one group, wherever its blocks lead. */
void model_do_write(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    size_t table = m->chunks * sizeof(ModelChunk);
    Group g = group_of(m, c->lba[0], c->n);
    uint32_t was = m->chunk[c->fault_chunk].wp;

    memcpy(m->shadow, m->chunk, table);
    a->status = judge_group(m, &g);
    if (a->status) {
        return;
    }
    advance(m, &g);
    memcpy(m->chunk, m->shadow, table);
    for (unsigned i = 0; i < c->n; i++) {
        store(m, c, i, c->lba[0] + i, model_written(c, i), a);
    }
    if (c->fault) {
        fail_write(m, c, was, a);
    }
}

void model_do_vwrite(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    uint32_t was = m->chunk[c->fault_chunk].wp;

    a->status = judge_list(m, c->lba, c->n);
    if (a->status) {
        a->bitmap = all_bits(c->n);
        return;
    }
    for (unsigned i = 0; i < c->n; i++) {
        store(m, c, i, c->lba[i], model_written(c, i), a);
    }
    blur(m, c->lba, NULL, c->n);
    if (c->fault) {
        fail_write(m, c, was, a);
    }
}

/* VCP-R3 to VCP-R5 */
void model_do_copy(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    uint32_t was = m->chunk[c->fault_chunk].wp;

    model_do_vread(m, c, a);
    memset(a->known, 0, sizeof(a->known));
    if (a->status) {
        return;
    }
    a->status = judge_list(m, c->to, c->n);
    if (a->status) {
        a->bitmap = all_bits(c->n);
        return;
    }
    for (unsigned i = 0; i < c->n; i++) {
        store(m, c, i, c->to[i], a->read[i], a);
    }
    blur(m, c->to, c->lba, c->n);
    if (c->fault) {                                         /* VCP-R6 */
        fail_write(m, c, was, a);
    }
}

