/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows: Open-Channel SSD 2.0: addresses (section 2.3 of the notes on it,
 * ADDR), reads (8.3), Chunk Information (4, RPT), power and resets (9).
 */
#include <stdlib.h>
#include <string.h>

#include "ocssd-model-int.h"

/* Bits that numbers below COUNT need. */
static unsigned bits_for(uint32_t count)
{
    unsigned bits = 0;

    while (((uint64_t)1 << bits) < count) {
        bits++;
    }
    return bits;
}

static void *need(void *p)
{
    if (!p) {
        abort();
    }
    return p;
}

Model *model_new(const ModelRules *rules)
{
    Model *m = need(calloc(1, sizeof(*m)));

    m->rules = *rules;
    m->s_bits = bits_for(rules->clba);
    m->chk_bits = bits_for(rules->num_chk);
    m->pu_bits = bits_for(rules->num_pu);
    m->grp_bits = bits_for(rules->num_grp);
    m->chunks = rules->num_grp * rules->num_pu * rules->num_chk;
    m->chunk = need(calloc(m->chunks, sizeof(ModelChunk)));
    m->shadow = need(calloc(m->chunks, sizeof(ModelChunk)));
    for (uint32_t i = 0; i < m->chunks; i++) {
        m->chunk[i].state = MODEL_FREE;
        m->chunk[i].cnlb = rules->clba;
        m->chunk[i].block = need(calloc(rules->clba, sizeof(ModelBlock)));
    }
    return m;
}

void model_free(Model *m)
{
    for (uint32_t i = 0; i < m->chunks; i++) {
        free(m->chunk[i].block);
    }
    free(m->chunk);
    free(m->shadow);
    free(m);
}

/*
 * Addresses
 */

uint64_t model_lba(const Model *m, uint32_t chunk, uint64_t s)
{
    uint64_t chk = chunk % m->rules.num_chk;
    uint64_t pu = chunk / m->rules.num_chk % m->rules.num_pu;
    uint64_t grp = chunk / m->rules.num_chk / m->rules.num_pu;

    return s + ((chk + ((pu + (grp << m->pu_bits)) << m->chk_bits))
                << m->s_bits);
}

/* The lowest BITS of *LBA, which loses them. */
static uint64_t take_field(uint64_t *lba, unsigned bits)
{
    uint64_t field = *lba & (((uint64_t)1 << bits) - 1);

    *lba >>= bits;
    return field;
}

/* ADDR-R1, but for the block number: the chunk's size decides on that. */
bool model_find(const Model *m, uint64_t lba, uint32_t *chunk, uint32_t *s)
{
    uint64_t blk = take_field(&lba, m->s_bits);
    uint64_t chk = take_field(&lba, m->chk_bits);
    uint64_t pu = take_field(&lba, m->pu_bits);
    uint64_t grp = lba;

    if (chk >= m->rules.num_chk || pu >= m->rules.num_pu ||
        grp >= m->rules.num_grp) {
        return false;
    }
    *chunk = (uint32_t)((grp * m->rules.num_pu + pu) * m->rules.num_chk + chk);
    *s = (uint32_t)blk;
    return true;
}

/* ADDR-R1 */
ModelChunk *model_chunk_of(const Model *m, uint64_t lba, uint32_t *s)
{
    uint32_t i;

    if (!model_find(m, lba, &i, s) || *s >= m->chunk[i].cnlb) {
        return NULL;
    }
    return &m->chunk[i];
}

/*
 * Content
 */

uint64_t model_word(uint64_t stamp, unsigned i)
{
    return stamp == 0 || stamp == MODEL_ONES ? stamp : stamp + i;
}

ModelContent model_written(const ModelCmd *c, unsigned i)
{
    uint64_t stamp = c->stamp + ((uint64_t)i << 32);

    /* Section 7.3: without a metadata pointer it becomes zero. */
    return (ModelContent) { stamp, c->meta ? ~stamp : 0 };
}

void model_store(Model *m, uint64_t lba, ModelContent is)
{
    uint32_t s;
    ModelChunk *k = model_chunk_of(m, lba, &s);

    if (k) {
        k->block[s] = (ModelBlock) { is, true };
    }
}

static bool readable(const ModelChunk *k, uint32_t s, uint32_t window)
{
    if (!k->block[s].there) {
        return false;
    }
    if (k->state == MODEL_OPEN && !k->random) {
        return (uint64_t)s + window < k->wp;
    }
    return k->state == MODEL_OPEN || k->state == MODEL_CLOSED;
}

bool model_readable(const Model *m, uint64_t lba)
{
    uint32_t s;
    const ModelChunk *k = model_chunk_of(m, lba, &s);

    return k && readable(k, s, m->rules.mw_cunits);
}

/* Section 8.3: what a read of LBA gives; false: Deallocated or Unwritten. */
static bool look(const Model *m, uint64_t lba, ModelContent *is)
{
    uint64_t predefined = m->rules.ones ? MODEL_ONES : 0;
    uint32_t s;
    const ModelChunk *k = model_chunk_of(m, lba, &s);
    uint32_t window = m->rules.window == MODEL_WINDOW_DATA ? 0 :
                      m->rules.mw_cunits;

    *is = (ModelContent) { predefined, predefined };
    if (k && readable(k, s, window)) {
        *is = k->block[s].is;
        return true;
    }
    if (k && m->rules.window == MODEL_WINDOW_ERROR &&
        k->state == MODEL_OPEN && !k->random && s < k->wp &&
        (uint64_t)s + m->rules.mw_cunits >= k->wp) {
        return false;
    }
    return !m->dulbe;
}

/*
 * Reads
 */

/* Is LBA the block with FAULT? */
static bool has(const Model *m, const ModelCmd *c, ModelFault fault,
                uint64_t lba)
{
    return c->fault == fault &&
           lba == model_lba(m, c->fault_chunk, c->fault_s);
}

/* Section 8.3: one unreadable block fails a scalar read, data undefined. */
void model_do_read(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    for (unsigned i = 0; i < c->n; i++) {
        a->known[i] = true;
        if (!look(m, c->lba[0] + i, &a->read[i])) {
            a->status = UNWRITTEN;
        }
    }
    for (unsigned i = 0; i < c->n; i++) {
        if (has(m, c, MODEL_READ_FAIL, c->lba[0] + i)) {
            a->status = READ_ERROR;
        }
    }
    if (a->status) {
        memset(a->known, 0, sizeof(a->known));
    }
    for (unsigned i = 0; i < c->n && !a->status && m->hecc; i++) {
        a->status = has(m, c, MODEL_HIGH_ECC, c->lba[0] + i) ? HIGH_ECC : 0;
    }
}

/* Entries of C with FAULT. */
static uint64_t entries(const Model *m, const ModelCmd *c, ModelFault fault)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < c->n; i++) {
        bits |= (uint64_t)has(m, c, fault, c->lba[i]) << i;
    }
    return bits;
}

/* Section 7.6: exactly the unreadable entries have their bit. */
void model_do_vread(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    for (unsigned i = 0; i < c->n; i++) {
        a->known[i] = look(m, c->lba[i], &a->read[i]);
        if (!a->known[i]) {
            a->bitmap |= (uint64_t)1 << i;
            a->status = UNWRITTEN;
        }
    }
    if (entries(m, c, MODEL_READ_FAIL)) {
        a->status = READ_ERROR;
        a->bitmap = entries(m, c, MODEL_READ_FAIL);
        memset(a->known, 0, sizeof(a->known));
    } else if (!a->status && m->vhecc && entries(m, c, MODEL_HIGH_ECC)) {
        a->status = HIGH_ECC;
        a->bitmap = entries(m, c, MODEL_HIGH_ECC);
    }
}

/*
 * Chunk Information
 */

static void put(uint8_t *p, unsigned bytes, uint64_t value)
{
    for (; bytes; bytes--, value >>= 8) {
        *p++ = (uint8_t)value;
    }
}

/* Section 4.2 */
void model_describe(const Model *m, uint32_t i, uint8_t *d)
{
    const ModelChunk *k = &m->chunk[i];
    uint64_t pe = m->rules.pe_cycles;
    uint64_t wli = pe ? k->resets * (uint64_t)255 / pe : 0;
    bool shown = k->state == MODEL_OPEN || k->state == MODEL_CLOSED;
    uint64_t slba = model_lba(m, i, 0);

    memset(d, 0, MODEL_DESC);
    d[0] = k->state;
    d[1] = (uint8_t)((k->random ? 2 : 1) |
                     (k->cnlb == m->rules.clba ? 0 : 0x10));
    d[2] = (uint8_t)(wli > 255 ? 255 : wli);
    put(d + 8, 8, slba);
    put(d + 16, 8, k->cnlb);
    if (shown && !k->random) {                  /* RPT-R1, RPT-R2 */
        put(d + 24, 8, k->wp + (m->rules.wp_absolute ? slba : 0));
    }
}

size_t model_log_size(const Model *m)
{
    return (size_t)m->chunks * MODEL_DESC;
}

void model_log(const Model *m, uint8_t *buf)
{
    for (uint32_t i = 0; i < m->chunks; i++) {
        model_describe(m, i, buf + i * MODEL_DESC);
    }
}

/*
 * Commands
 */

/* Section 9, power loss: what becomes of an Open chunk. */
static void lose(const Model *m, ModelChunk *k)
{
    uint32_t lost = k->wp < m->rules.mw_cunits ? k->wp : m->rules.mw_cunits;

    if (m->rules.power == MODEL_POWER_CLOSE) {
        k->state = MODEL_CLOSED;
    } else if (m->rules.power == MODEL_POWER_DROP) {
        k->wp -= lost;
        k->wp -= k->wp % m->rules.ws_min;
        k->state = k->wp ? MODEL_OPEN : MODEL_FREE;
        for (uint32_t s = k->wp; s < k->cnlb; s++) {
            k->block[s].there = false;
        }
    }
}

static void reset(Model *m, ModelOp op)
{
    m->dulbe = m->hecc = m->vhecc = false;              /* section 6 */
    for (uint32_t i = 0; i < m->chunks && op == MODEL_CRASH; i++) {
        if (m->chunk[i].state == MODEL_OPEN && !m->chunk[i].random) {
            lose(m, &m->chunk[i]);
        }
    }
}

/* W0 and its like for other commands; no bitmap (VEC-R6). */
static uint16_t refused(const Model *m, const ModelCmd *c)
{
    static const uint16_t status[MODEL_NWRONGS] = {
        [MODEL_FUSED] = INVALID_FIELD, [MODEL_COUNT_BITS] = INVALID_FIELD,
        [MODEL_NO_LIST] = TRANSFER_ERROR, [MODEL_NO_NSID] = INVALID_NS,
        [MODEL_NO_OPCODE] = INVALID_OPCODE,
    };

    if (c->wrong) {
        return status[c->wrong];
    }
    if (c->op == MODEL_VCOPY) {                         /* VCP-R2, VCP-R6 */
        return m->rules.copy ? 0 : INVALID_OPCODE;
    }
    if (c->op == MODEL_WRITE || c->op == MODEL_READ ||
        c->op == MODEL_VWRITE || c->op == MODEL_VREAD) {
        return c->n > m->rules.mdts ? INVALID_FIELD : 0;        /* VEC-R7 */
    }
    if (c->op == MODEL_LOG) {                           /* section 4.3 */
        return c->offset % 4 || c->offset > model_log_size(m) ?
               INVALID_FIELD : 0;
    }
    return 0;
}

void model_do(Model *m, const ModelCmd *c, ModelAnswer *a)
{
    static void (*const run[MODEL_NOPS])(Model *, const ModelCmd *,
                                         ModelAnswer *) = {
        [MODEL_WRITE] = model_do_write, [MODEL_READ] = model_do_read,
        [MODEL_DSM] = model_do_dsm, [MODEL_VRESET] = model_do_vreset,
        [MODEL_VWRITE] = model_do_vwrite, [MODEL_VREAD] = model_do_vread,
        [MODEL_VCOPY] = model_do_copy,
    };

    memset(a, 0, sizeof(*a));
    a->status = refused(m, c);
    if (a->status) {
        return;
    }
    if (run[c->op]) {
        run[c->op](m, c, a);
    } else if (c->op == MODEL_DULBE) {
        m->dulbe = c->on;
    } else if (c->op == MODEL_FEEDBACK) {
        m->hecc = c->feedback & 1;
        m->vhecc = c->feedback & 2;
    } else if (c->op >= MODEL_CC_EN) {
        reset(m, c->op);
    }
}
