/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "ocssd-random-int.h"

/* splitmix64 */
uint64_t random_roll(RandomHost *h)
{
    uint64_t z = h->dice += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t random_below(RandomHost *h, uint32_t below)
{
    return (uint32_t)((random_roll(h) >> 32) * below >> 32);
}

/* True PERCENT times in 100. */
bool random_chance(RandomHost *h, unsigned percent)
{
    return random_below(h, 100) < percent;
}

/* A small number, 1 to MOST; large ones are rare. */
uint32_t random_few(RandomHost *h, uint32_t most)
{
    uint32_t limit = random_chance(h, 85) && most > 6 ? 6 : most;

    return 1 + random_below(h, limit);
}

/*
 * Places
 */

/* A chunk, in one of STATES if there is one nearby. */
uint32_t random_chunk(RandomHost *h, const Model *m, unsigned states)
{
    uint32_t i = random_below(h, m->chunks);

    for (uint32_t tries = 0; tries < m->chunks; tries++) {
        if (m->chunk[i].state & states) {
            return i;
        }
        i = (i + 1) % m->chunks;
    }
    return i;
}

/* The first address that has a hole instead of chunk, unit or group. */
static uint64_t in_hole(RandomHost *h, const Model *m)
{
    const ModelRules *r = &m->rules;
    unsigned chk = m->s_bits, pu = chk + m->chk_bits, grp = pu + m->pu_bits;
    uint64_t lba = model_lba(m, random_below(h, m->chunks), 0);

    switch (random_below(h, 3)) {
    case 0:
        lba &= ~((((uint64_t)1 << m->chk_bits) - 1) << chk);
        return lba | (uint64_t)r->num_chk << chk;   /* may be the next unit */
    case 1:
        lba &= ~((((uint64_t)1 << m->pu_bits) - 1) << pu);
        return lba | (uint64_t)r->num_pu << pu;
    default:
        lba &= ((uint64_t)1 << grp) - 1;
        return lba | (uint64_t)r->num_grp << grp;
    }
}

/* An address that mostly does not exist. */
uint64_t random_stray(RandomHost *h, const Model *m)
{
    uint32_t i = random_below(h, m->chunks);
    uint64_t some = model_lba(m, i, random_below(h, m->rules.clba));
    unsigned bits = m->s_bits + m->chk_bits + m->pu_bits + m->grp_bits;

    switch (random_below(h, 5)) {
    case 0:
        return model_lba(m, i, m->chunk[i].cnlb);
    case 1:
        return in_hole(h, m) + random_below(h, 2) * m->rules.ws_min;
    case 2:
        return some | (uint64_t)1 << bits;
    case 3:
        return some | (uint64_t)1 << (bits + random_below(h, 64 - bits));
    default:
        return random_roll(h) >> 8;
    }
}

/* Where in chunk I something may go wrong: its ends, WP and the window. */
uint32_t random_edge(RandomHost *h, const Model *m, uint32_t i)
{
    const ModelChunk *k = &m->chunk[i];
    uint32_t window = k->wp < m->rules.mw_cunits ? 0 :
                      k->wp - m->rules.mw_cunits;
    uint32_t at;

    switch (random_below(h, 6)) {
    case 0:
        at = k->wp;
        break;
    case 1:
        at = window;
        break;
    case 2:
        at = k->cnlb;
        break;
    default:
        return random_below(h, k->cnlb);
    }
    at += random_below(h, 5);
    return at < 3 ? at : at - 3;
}

/* What a read may ask for. */
uint64_t random_lba(RandomHost *h, const Model *m)
{
    unsigned written = MODEL_OPEN | MODEL_CLOSED;
    uint32_t i = random_chunk(h, m, random_chance(h, 85) ? written : 0xf);

    if (random_chance(h, 4)) {
        return random_stray(h, m);
    }
    return model_lba(m, i, random_edge(h, m, i));
}

/*
 * Commands
 */

static void some_log(RandomHost *h, const Model *m, ModelCmd *c)
{
    uint32_t size = (uint32_t)model_log_size(m);

    c->offset = random_below(h, size / 4 + 2) * 4;
    c->bytes = 4 + random_below(h, 64) * 4;
    c->offset += random_chance(h, 5) ? random_below(h, 4) : 0;
    c->offset |= random_chance(h, 3) ? (uint64_t)1 << 32 : 0;
}

/* Of 1000 commands; what is missing are readings of the log. */
static const unsigned shares[MODEL_LOG] = {
    [MODEL_WRITE] = 210, [MODEL_READ] = 160, [MODEL_DSM] = 55,
    [MODEL_FLUSH] = 10, [MODEL_VRESET] = 120, [MODEL_VWRITE] = 180,
    [MODEL_VREAD] = 165, [MODEL_VCOPY] = 75,
};

static ModelOp some_op(RandomHost *h)
{
    uint32_t rare = random_below(h, 10000), at = random_below(h, 1000);
    unsigned op = 0;

    if (rare < h->restarts) {
        return random_chance(h, 50) ? MODEL_RESTART : MODEL_CRASH;
    }
    if (rare < 3 * h->restarts) {
        return h->system_reset && random_chance(h, 50) ? MODEL_SYSTEM_RESET :
                                                  MODEL_CC_EN;
    }
    if (rare < 3 * h->restarts + 150) {
        return h->faults && random_chance(h, 40) ? MODEL_FEEDBACK :
                                                   MODEL_DULBE;
    }
    while (op < MODEL_LOG && at >= shares[op]) {
        at -= shares[op++];
    }
    return (ModelOp)op;
}

/* Addresses C is about: of blocks, of chunks, or of where it writes to. */
static const uint64_t *targets(const ModelCmd *c)
{
    return c->op == MODEL_VCOPY ? c->to : c->lba;
}

/* Runs of entries of C in CHUNK. */
static unsigned visits(const Model *m, const ModelCmd *c, uint32_t chunk)
{
    uint32_t now = UINT32_MAX, last, s;
    unsigned n = 0;

    for (unsigned i = 0; i < (c->op == MODEL_WRITE ? 1 : c->n); i++) {
        last = now;
        now = UINT32_MAX;
        model_find(m, targets(c)[i], &now, &s);
        n += now == chunk && last != chunk;
    }
    return n;
}

/* Does C write to one chunk only? */
static bool alone(const Model *m, const ModelCmd *c)
{
    uint64_t one = targets(c)[0] >> m->s_bits;

    for (unsigned i = 1; i < c->n && c->op != MODEL_WRITE; i++) {
        if (targets(c)[i] >> m->s_bits != one) {
            return false;
        }
    }
    return true;
}

/* The medium fails C, in a chunk that C comes to once. */
static void fail(RandomHost *h, const Model *m, ModelCmd *c)
{
    bool write = c->op == MODEL_WRITE || c->op == MODEL_VWRITE ||
                 c->op == MODEL_VCOPY;
    bool read = c->op == MODEL_READ || c->op == MODEL_VREAD;
    unsigned i = c->op == MODEL_READ || c->op == MODEL_WRITE ? 0 :
                 random_below(h, c->n);
    uint64_t lba = targets(c)[i];

    if (c->wrong || c->n > m->rules.mdts || c->op == MODEL_FLUSH ||
        (c->op == MODEL_VCOPY && !m->rules.copy) ||
        !model_find(m, lba, &c->fault_chunk, &c->fault_s)) {
        c->fault_chunk = 0;
        return;
    }
    if (write && !m->chunk[c->fault_chunk].random &&
        visits(m, c, c->fault_chunk) == 1) {
        c->fault = h->io_errors && alone(m, c) && random_chance(h, 30) ?
                   MODEL_IO_ERROR :
                   random_chance(h, 50) ? MODEL_NEXT_UNIT :
                   random_chance(h, 85) ? MODEL_EARLY_CLOSE :
                                          MODEL_EARLY_CLOSE_OFFLINE;
    } else if (read && !m->dulbe && model_readable(m, lba) &&
               m->rules.window != MODEL_WINDOW_ERROR) {
        c->fault = random_chance(h, 60) ? MODEL_HIGH_ECC : MODEL_READ_FAIL;
    } else if (!read && !write && random_chance(h, 8)) {
        c->fault = MODEL_RESET_FAIL;
    }
}

static bool is_vector(const ModelCmd *c)
{
    return c->op >= MODEL_VRESET && c->op <= MODEL_VCOPY;
}

/* Now and then something that no block is looked at for. */
static void spoil(RandomHost *h, const Model *m, ModelCmd *c)
{
    bool list = is_vector(c) ? c->n > 1 : c->op == MODEL_DSM && c->on;
    ModelWrong wrong = (ModelWrong)random_below(h, MODEL_NWRONGS);

    if (c->op > MODEL_VCOPY || !random_chance(h, 2) ||
        (c->op == MODEL_VCOPY && !m->rules.copy) ||
        c->n > m->rules.mdts ||
        (wrong == MODEL_COUNT_BITS && !is_vector(c)) ||
        (wrong == MODEL_NO_LIST && !list)) {
        return;
    }
    c->wrong = wrong;
}

void random_command(RandomHost *h, const Model *m, ModelCmd *c)
{
    memset(c, 0, sizeof(*c));
    c->op = some_op(h);
    c->n = 1;
    c->queue = 1 + random_below(h, h->queues);
    c->meta = m->rules.ms && random_chance(h, 70);
    c->stamp = (++h->count << 40) | (random_roll(h) & 0xffffff) << 8 | 1;
    c->skew = random_chance(h, 20) ? random_below(h, 4096) : 0;
    if (c->op == MODEL_WRITE) {
        random_write(h, m, c);
    } else if (c->op == MODEL_READ) {
        random_read(h, m, c);
    } else if (c->op == MODEL_DSM) {
        random_ranges(h, m, c);
    } else if (c->op == MODEL_VRESET) {
        c->meta = random_chance(h, 60);
        random_reset(h, m, c);
    } else if (c->op == MODEL_VWRITE) {
        c->n = random_write_list(h, m, c->lba, MODEL_LIST);
    } else if (c->op == MODEL_VREAD) {
        c->n = random_read_list(h, m, c->lba, MODEL_LIST);
    } else if (c->op == MODEL_VCOPY) {
        c->n = random_write_list(h, m, c->to, MODEL_LIST);
        while (random_read_list(h, m, c->lba, c->n) < c->n) {
            ;
        }
    } else if (c->op == MODEL_LOG) {
        some_log(h, m, c);
    }
    if (random_chance(h, 10)) {     /* LR, FUA, flags of 1.2: VEC-R3 */
        c->cdw12 = (uint32_t)random_roll(h) & (is_vector(c) ? 0xffff0000 :
                   c->op <= MODEL_READ ? 0xc0000000 : 0);
    }
    c->feedback = c->op == MODEL_FEEDBACK ? (uint32_t)random_roll(h) : 0;
    c->on = c->op == MODEL_DULBE ? random_chance(h, 50) : c->on;
    spoil(h, m, c);
    if (c->op < MODEL_LOG && random_chance(h, h->faults)) {
        fail(h, m, c);
    }
}
