/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows: Open-Channel SSD 2.0, Vector Chunk Reset and Dataset Management;
 * section 8.4 of the notes, with its list R1 to R6, VR, DSM.
 */
#include <string.h>

#include "ocssd-model-int.h"

/* R2 to R4 */
static uint16_t judge_reset(const Model *m, const ModelChunk *k)
{
    if (k->state == MODEL_OFFLINE) {
        return OFFLINE_CHUNK;
    }
    if ((k->state == MODEL_FREE && !m->rules.multi_reset) ||
        (k->state == MODEL_OPEN && !m->rules.early_reset && !k->random)) {
        return INVALID_RESET;
    }
    return 0;
}

/* R5, R6 */
static uint16_t reset_chunk(const Model *m, const ModelCmd *c, ModelChunk *k)
{
    uint16_t status = judge_reset(m, k);
    bool worn = k->offline_next || (c->fault == MODEL_RESET_FAIL &&
                                    k == &m->chunk[c->fault_chunk]) ||
                (m->rules.pe_cycles && k->resets >= m->rules.pe_cycles);

    if (status) {
        return status;
    }
    k->state = worn ? MODEL_OFFLINE : MODEL_FREE;
    k->wp = 0;
    k->resets++;
    k->offline_next = false;
    memset(k->block, 0, m->rules.clba * sizeof(ModelBlock));
    return worn ? OFFLINE_CHUNK : 0;
}

/* VR-R1, VR-R2 */
void model_do_vreset(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    uint32_t chunk, s;

    for (unsigned i = 0; i < c->n; i++) {
        bool is_first = model_find(m, c->lba[i], &chunk, &s) && s == 0;
        uint16_t status = is_first ? reset_chunk(m, c, &m->chunk[chunk])
                                   : INVALID_RESET;             /* R1 */

        if (status) {
            a->bitmap |= (uint64_t)1 << i;
            a->status = a->status ? a->status : status;
        }
    }
    for (unsigned i = 0; i < c->n; i++) {
        if (model_chunk_of(m, c->lba[i], &s)) {
            model_find(m, c->lba[i], &chunk, &s);
            model_describe(m, chunk, a->desc[i]);
        }
    }
}

/* DSM-R1, DSM-R2: may range R of C be reset? */
static uint16_t judge_range(const Model *m, const ModelCmd *c, unsigned r)
{
    uint32_t chunk, other, s;
    uint16_t status;

    if (!model_find(m, c->lba[r], &chunk, &s)) {
        return INVALID_RESET;
    }
    if (s || (c->len[r] != m->chunk[chunk].cnlb && !m->rules.dsm_loose)) {
        return LBA_RANGE;
    }
    status = judge_reset(m, &m->chunk[chunk]);
    for (unsigned i = 0; i < r && !status && !m->rules.multi_reset; i++) {
        if (model_find(m, c->lba[i], &other, &s) && other == chunk) {
            status = INVALID_RESET;
        }
    }
    return status;
}

void model_do_dsm(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    uint32_t chunk, s;

    if (!c->on) {
        return;
    }
    for (unsigned i = 0; i < c->n; i++) {
        a->status = judge_range(m, c, i);
        if (a->status) {
            return;
        }
    }
    for (unsigned i = 0; i < c->n; i++) {               /* DSM-R3 */
        if (model_find(m, c->lba[i], &chunk, &s) &&
            reset_chunk(m, c, &m->chunk[chunk])) {
            a->status = OFFLINE_CHUNK;
        }
    }
}
