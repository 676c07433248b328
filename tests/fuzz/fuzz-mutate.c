/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "fuzz-mutate.h"
#include "fuzz-steps.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

typedef struct Made {
    uint8_t b[256];             /* steps that are put into an input */
    size_t  n;
} Made;

/* A command as a driver gives it: only what is not 0. */
typedef struct Form {
    uint8_t  opc;
    uint32_t cdw10, cdw11, cdw12;
} Form;

static const Form admin_forms[] = {
    { 0x00, 2, 0, 0 },                      /* delete: SQ, CQ */
    { 0x04, 2, 0, 0 },
    { 0x05, 0xf0005, 3, 0 },                /* create: CQ, SQ */
    { 0x01, 0xf0005, 1 << 16 | 1, 0 },
    { 0x00, 1, 0, 0 },
    { 0x05, 0xf0005, 3, 0 },
    { 0x01, 0xf0001, 1 << 16 | 1, 0 },
    { 0x02, 0x7f0002, 0, 0 },               /* log pages */
    { 0x02, 0x3ff0005, 0, 0 },
    { 0x02, 0x7f00ca, 0, 0 },
    { 0x02, 0x3ff00c0, 0, 0 },
    { 0x02, 0x3ff8107, 0, 0 },
    { 0x06, 1, 0, 0 },
    { 0x08, 9 << 16, 0, 0 },                /* Abort */
    { 0x09, 0x07, 0x30003, 0 },             /* features */
    { 0x0a, 0x07, 0, 0 },
    { 0x0c, 0, 0, 0 },
    { 0x0d, 1, 0, 0 },                      /* namespaces */
    { 0x0d, 0, 0, 0 },
    { 0x15, 0, 0, 0 },
    { 0x10, 1 << 3, 0, 0 },                 /* firmware */
    { 0x11, 0x3ff, 0, 0 },
    { 0x14, 1, 0, 0 },                      /* self-test, Format, Sanitize */
    { 0x80, 0, 0, 0 },
    { 0x84, 2, 0, 0 },
    { 0x7c, 0, 0, 0 },
    { 0x81, 0, 0, 0 },                      /* Security */
    { 0x82, 0, 0x200, 0 },
    { 0xe2, 0, 0, 0 },                      /* Geometry */
};

static const Form io_forms[] = {
    { 0x00, 0, 0, 0 },
    { 0x01, 0, 0, 3 },                      /* write, read, .. */
    { 0x01, 0, 0, 0x7f },
    { 0x02, 0, 0, 3 },
    { 0x02, 0, 0, 0x3f },
    { 0x02, 0, 0, 0x7f },
    { 0x04, 0, 0, 3 },
    { 0x05, 0, 0, 3 },
    { 0x08, 0, 0, 3 },
    { 0x09, 3, 4, 0 },
    { 0x0c, 0, 0, 3 },
    { 0x19, 64, 0, 1 },                     /* Copy */
    { 0x90, 0, 0, 0 },                      /* vectors of LBAs */
    { 0x91, 0, 0, 3 },
    { 0x92, 0, 0, 3 },
    { 0x93, 0, 0, 3 },
};

/* Where things end: of 16 bits, and in either half of 32. */
static const uint16_t edges[] = {
    0, 1, 2, 3, 4, 5, 7, 8, 0xf, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x41, 0x7f,
    0x80, 0x81, 0xff, 0x100, 0x101, 0x1ff, 0x3ff, 0xfff, 0x7ff, 0x800, 0x1000,
    0x1fff, 0x7fff, 0x8000, 0xfffe, 0xffff,
};
static const uint32_t wide_edges[] = {
    0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x1000000,
};

/* As fuzz_take_address() has them: ends of pages, lists, RAM, and all. */
static const uint16_t addresses[] = {
    0x0000, 0x0001, 0x003f, 0x0040, 0x3fff, 0x4000, 0x4001, 0x4002, 0x43fe,
    0x43ff, 0x47fe, 0x7fff, 0x8000, 0x8100, 0x8400, 0x84ff, 0x8801, 0xbfff,
    0xc000, 0xc001, 0xc1ff, 0xc201, 0xc3ff, 0xfffe, 0xffff,
};
static const uint8_t sgl_types[] = {
    0x00, 0x10, 0x20, 0x30, 0x01, 0x11, 0x31, 0x40, 0x50, 0xf0, 0x0f,
};
static const uint16_t sgl_lengths[] = {     /* of 16 bytes */
    0, 1, 2, 3, 4, 8, 16, 31, 32, 33, 34, 64, 256, 512, 513, 0xffff,
};

static unsigned roll(uint64_t *dice, unsigned n)
{
    *dice = *dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(*dice >> 33) % n;
}

#define ANY(dice, a)    ((a)[roll(dice, COUNT(a))])

static void add(Made *m, unsigned bytes, uint64_t v)
{
    for (unsigned i = 0; i < bytes && m->n < sizeof(m->b); i++) {
        m->b[m->n++] = (uint8_t)(v >> 8 * i);
    }
}

static uint32_t spoil(uint64_t *dice, uint32_t v)
{
    switch (roll(dice, 8)) {
    case 0:
        return ANY(dice, edges);
    case 1:
    case 2:
        return (v & 0xffff0000) | ANY(dice, edges);
    case 3:
    case 4:
        return (v & 0xffff) | (uint32_t)ANY(dice, edges) << 16;
    case 5:
        return ANY(dice, wide_edges);
    case 6:
        return v ^ 1u << roll(dice, 32);
    default:
        return v + roll(dice, 17) - 8;
    }
}

static void add_addresses(Made *m, uint64_t *dice)
{
    for (unsigned i = 0; i < 2; i++) {
        add(m, 2, roll(dice, 2) ? ANY(dice, addresses) : roll(dice, 0x10000));
    }
}

/* FUSE, PSDT, MPTR, CDW2, 3, and a descriptor's length and type. */
static void add_flags(Made *m, uint64_t *dice)
{
    unsigned flags = roll(dice, 4) ? 0x40 : roll(dice, 256);

    add(m, 1, flags);
    add(m, 2, ANY(dice, addresses));
    add(m, 2, roll(dice, 2) ? 0 : ANY(dice, edges));
    add(m, 2, roll(dice, 2) ? 0 : ANY(dice, edges));
    if (flags & 0xc0) {
        add(m, 2, ANY(dice, sgl_lengths));
        add(m, 1, ANY(dice, sgl_types));
    }
}

/* Most of them are valid but for one field. */
static void add_command(Made *m, uint64_t *dice, const Form *f, bool admin)
{
    unsigned queue = admin ? 0 : 1 + roll(dice, FUZZ_NQUEUES);
    uint32_t cdw[3] = { f->cdw10, f->cdw11, f->cdw12 };
    unsigned has = FUZZ_HAS_CDW10 | FUZZ_HAS_CDW11 | FUZZ_HAS_CDW12;
    unsigned which = roll(dice, 8);

    if (which < 5) {
        cdw[which % 3] = spoil(dice, cdw[which % 3]);
    }
    has |= admin || !roll(dice, 8) ? FUZZ_HAS_NSID : 0;
    has |= roll(dice, 4) ? 0 : FUZZ_HAS_PRPS;
    has |= roll(dice, 4) ? 0 : FUZZ_HAS_FLAGS;
    has |= roll(dice, 8) ? 0 : FUZZ_HAS_CDW13;
    if (has & FUZZ_HAS_FLAGS && roll(dice, 2)) {
        has |= FUZZ_HAS_PRPS;
    }
    add(m, 1, admin ? FUZZ_ADMIN : FUZZ_IO);
    if (!admin) {
        add(m, 1, queue - 1);
    }
    add(m, 1, f->opc);
    add(m, 1, has);
    if (has & FUZZ_HAS_NSID) {
        add(m, 1, roll(dice, 3) ? !admin : roll(dice, 2) ? 255
                                                         : roll(dice, 256));
    }
    for (unsigned i = 0; i < 3; i++) {
        add(m, 4, cdw[i]);
    }
    if (has & FUZZ_HAS_CDW13) {
        add(m, 4, spoil(dice, 0));
    }
    if (has & FUZZ_HAS_PRPS) {
        add_addresses(m, dice);
    }
    if (has & FUZZ_HAS_FLAGS) {
        add_flags(m, dice);
    }
    if (roll(dice, 4)) {
        add(m, 1, FUZZ_RUN);
        add(m, 1, FUZZ_REAP);
        add(m, 1, queue);
    }
}

/* A list: PRPs, or data blocks; one of them may be odd. */
static void add_list(Made *m, uint64_t *dice)
{
    unsigned n = 1 + roll(dice, 31), odd = roll(dice, 2 * n);
    unsigned step = 1 + roll(dice, 64);
    bool sgl = roll(dice, 2);

    add(m, 1, FUZZ_DESCRIPTORS);
    add(m, 1, roll(dice, 2) ? 0 : ANY(dice, edges));
    add(m, 1, n);
    for (unsigned i = 0; i < n; i++) {
        uint8_t type = !sgl ? 0 : i == odd ? ANY(dice, sgl_types)
                                           : FUZZ_DATA_BLOCK;

        add(m, 1, type);
        add(m, 2, i == odd ? ANY(dice, addresses)
                           : 0x8000 | (i * step & 0xff));
        if (type) {
            add(m, 2, roll(dice, 4) ? 1 : ANY(dice, sgl_lengths));
        }
    }
}

static void add_other(Made *m, uint64_t *dice)
{
    unsigned step = 2 + roll(dice, FUZZ_NSTEPS - 2);

    add(m, 1, step);
    for (unsigned i = roll(dice, 8); i; i--) {
        add(m, 1, roll(dice, 2) ? roll(dice, 256) : roll(dice, 8));
    }
}

static void add_any(Made *m, uint64_t *dice)
{
    switch (roll(dice, 8)) {
    case 0:
        add_other(m, dice);
        break;
    case 1:
        add_list(m, dice);
        add_command(m, dice, &ANY(dice, io_forms), false);
        break;
    case 2:
    case 3:
    case 4:
        add_command(m, dice, &ANY(dice, admin_forms), true);
        break;
    default:
        add_command(m, dice, &ANY(dice, io_forms), false);
    }
}

/* Where the steps of an input begin, and its end behind them. */
static unsigned find_steps(const uint8_t *data, size_t size,
                           size_t at[FUZZ_STEPS + 1])
{
    FuzzInput in = { data, size };
    unsigned n = 0;

    fuzz_take(&in, 1);
    while (in.left && n < FUZZ_STEPS) {
        at[n++] = size - in.left;
        fuzz_skip_step(&in);
    }
    at[n] = size - in.left;
    return n;
}

static size_t cut(uint8_t *data, size_t size, size_t at, size_t end)
{
    memmove(data + at, data + end, size - end);
    return size - (end - at);
}

/* LEN bytes at FROM into the input at AT; without room, over what is there. */
static size_t insert(uint8_t *data, size_t size, size_t max, size_t at,
                     const uint8_t *from, size_t len)
{
    if (len > max - size) {
        size = cut(data, size, at, len < size - at ? at + len : size);
    }
    if (len > max - size) {
        return size;
    }
    memmove(data + at + len, data + at, size - at);
    memcpy(data + at, from, len);
    return size + len;
}

/* One 16-bit field of a step, wherever it is, becomes an edge. */
static void edge(uint8_t *data, size_t at, size_t end, uint64_t *dice)
{
    size_t len = end - at;
    size_t i = len > 1 ? at + 1 + roll(dice, (unsigned)len - 1) : at;
    uint16_t v = ANY(dice, edges);

    data[i] = (uint8_t)v;
    if (i + 1 < end && roll(dice, 2)) {
        data[i + 1] = (uint8_t)(v >> 8);
    }
}

size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t at[FUZZ_STEPS + 1];
    uint8_t copy[256];
    uint64_t dice = seed + UINT64_C(0x9e3779b97f4a7c15);
    unsigned n = find_steps(data, size, at), i = roll(&dice, n + 1);
    unsigned how = roll(&dice, 12);
    size_t len;
    Made m = { .n = 0 };

    if (how == 0 && n > 1) {
        i %= n;
        return cut(data, size, at[i], at[i + 1]);
    }
    if (how == 1 && n) {                /* once more, somewhere */
        i %= n;
        len = at[i + 1] - at[i];
        len = len < sizeof(copy) ? len : sizeof(copy);
        memcpy(copy, data + at[i], len);
        return insert(data, size, max, at[roll(&dice, n + 1)], copy, len);
    }
    if (how == 2) {
        data[0] = (uint8_t)roll(&dice, 16 * FUZZ_NKINDS);
    }
    if (how >= 3 && how < 6 && n) {
        i %= n;
        edge(data, at[i], at[i + 1], &dice);
        return size;
    }
    for (unsigned k = 1 + roll(&dice, 4); k--; ) {
        add_any(&m, &dice);
    }
    return insert(data, size, max, at[i], m.b, m.n);
}
