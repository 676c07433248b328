/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Block maps": wherever a power cut falls,
 * the image opens, no bit that was written with its chunk is missing, and none
 * of an earlier life comes back.
 */
#include "map-unit.h"

#define NCHUNKS     12u         /* in use; there are fewer pages */
#define NPAGES      5u
#define BLOCKS      16u

static const FakeSetup drive = { .ns = { MAP_SMALL(NPAGES) } };

static uint32_t chunk_of(uint32_t i)
{
    return i * 43;
}

/* A chunk at some time: its life, its blocks, which of them are lost. */
typedef struct Then {
    uint32_t resets, wp, lost;
} Then;

#define NTHEN   64u

typedef struct Cut {
    FakeHost *h;                /* writes */
    FakeHost *after;            /* opens what is left */
    Then now[NCHUNKS][NTHEN];   /* [0] is in the image; then what came since */
    uint32_t n[NCHUNKS];
    uint32_t seed;
    unsigned lost, full;        /* how often; a test without is none */
} Cut;

static uint32_t pick(Cut *t, uint32_t below)
{
    t->seed = t->seed * 1664525 + 1013904223;
    return (t->seed >> 8) % below;
}

/* What CHUNK is like in drive H. */
static Then look(FakeHost *h, uint32_t chunk)
{
    const OcpnChunk *k = &map_ns(h)->chunk[chunk];
    Then was = { k->resets, k->wp, 0 };

    for (uint32_t b = 0; b < BLOCKS; b++) {
        was.lost |= (uint32_t)map_bit(h, chunk, b) << b;
    }
    return was;
}

static Then *latest(Cut *t, uint32_t i)
{
    return &t->now[i][t->n[i] - 1];
}

static void note(Cut *t, uint32_t i, Then now)
{
    OcpnChunk *k = &map_ns(t->h)->chunk[chunk_of(i)];

    t->now[i][t->n[i]++] = now;
    map_chunk(t->h, chunk_of(i), now.wp ? CHUNK_CLOSED : CHUNK_FREE, now.wp,
              now.resets);
    CHECK_EQ(k->resets, now.resets);
}

/* Four more blocks of a chunk, good or lost; or its reset. */
static void change(Cut *t)
{
    uint32_t i = pick(t, NCHUNKS), chunk = chunk_of(i);
    Then now = *latest(t, i);

    if (t->n[i] == NTHEN) {
        return;
    }
    if (now.wp == BLOCKS || pick(t, 8) == 0) {
        now = (Then) { now.resets + 1, 0, 0 };
    } else if (pick(t, 2) == 0) {
        now.wp += 4;
    } else if (now.resets == t->now[i][0].resets && map_get(t->h, chunk)) {
        map_set(t->h, chunk, now.wp, 4, true);
        now.lost |= 0xfu << now.wp;
        now.wp += 4;
        t->lost++;
    } else {
        t->full++;
        return;
    }
    note(t, i, now);
    ocpn_store_sync(&map_ns(t->h)->store);
}

/* All there is is in the image: what was reset has no map any more. */
static void settle(Cut *t)
{
    for (uint32_t i = 0; i < NCHUNKS; i++) {
        Then now = *latest(t, i);

        if (now.resets != t->now[i][0].resets) {
            map_put(t->h, chunk_of(i));
        }
        t->now[i][0] = now;
        t->n[i] = 1;
    }
}

static uint32_t below(uint32_t wp)
{
    return (1u << wp) - 1;
}

/* Whether chunk I may be GOT: one of its times, as far as it is known. */
static bool may_be(const Cut *t, uint32_t i, Then got)
{
    const Then *sure = &t->now[i][0];

    for (uint32_t n = 0; n < t->n[i]; n++) {
        const Then *then = &t->now[i][n];
        uint32_t known = then->resets == sure->resets ? below(sure->wp) : 0;

        if (got.resets == then->resets && got.wp == then->wp &&
            (got.lost & known) == (sure->lost & known) &&
            !(got.lost & ~below(got.wp))) {
            return true;
        }
    }
    return false;
}

/* The power goes now; TORN bytes of IO (NULL: none is torn) are written. */
static void cut(Cut *t, const OcpnIo *io, size_t torn)
{
    FakeMedia *from = &t->h->f.media[1], *to = &t->after->f.media[1];

    memcpy(to->bytes, from->bytes, map_ns(t->h)->im.data.offset);
    if (io && io->buf) {
        memcpy(to->bytes + io->offset, io->buf, torn);
    }
    fake_host_restart(t->after, false);
    for (uint32_t i = 0; i < NCHUNKS; i++) {
        Then got = look(t->after, chunk_of(i));

        CHECK(may_be(t, i, got), "chunk %u: %u resets, %u blocks, lost 0x%x; "
              "sure are %u, %u, 0x%x", i, got.resets, got.wp, got.lost,
              t->now[i][0].resets, t->now[i][0].wp, t->now[i][0].lost);
    }
}

/* The drive itself dies, and goes on with what is left. */
static void die(Cut *t)
{
    t->h->f.hold = false;
    fake_host_restart(t->h, false);
    for (uint32_t i = 0; i < NCHUNKS; i++) {
        Then got = look(t->h, chunk_of(i));

        CHECK(may_be(t, i, got), "chunk %u after its death", i);
        t->now[i][0] = got;
        t->n[i] = 1;
    }
    t->h->f.hold = true;
}

static void run(uint32_t seed)
{
    Cut t = {
        .h = fake_host_start(&drive), .after = fake_host_start(&drive),
        .seed = seed,
    };

    for (uint32_t i = 0; i < NCHUNKS; i++) {
        t.n[i] = 1;
    }
    t.h->f.hold = true;
    for (unsigned step = 0; step < 400; step++) {
        for (uint32_t n = pick(&t, 3); n > 0; n--) {
            change(&t);
        }
        if (t.h->f.nios) {
            unsigned i = pick(&t, t.h->f.nios);

            if (pick(&t, 8) == 0) {
                cut(&t, t.h->f.io[i], 1 + pick(&t, 4095));
            }
            fake_io_finish(&t.h->f, i, OCPN_IO_OK);
            fake_run(&t.h->f);
        }
        if (pick(&t, 4) == 0) {
            cut(&t, NULL, 0);
        }
        if (pick(&t, 30) == 0) {
            die(&t);
        } else if (pick(&t, 6) == 0) {
            fake_io_finish_all(&t.h->f);
        }
        if (ocpn_store_idle(&map_ns(t.h)->store)) {
            settle(&t);
        }
    }
    CHECK(t.lost > 50 && t.full > 5, "%u lost, %u without a page", t.lost,
          t.full);
    t.h->f.hold = false;
    fake_host_free(t.h);
    fake_host_free(t.after);
}

static void power_cuts(void)
{
    for (uint32_t seed = 1; seed <= 8; seed++) {
        run(seed);
    }
}

static const OcpnTest tests[] = {
    { "a power cut at any moment", power_cuts },
};
OCPN_UNIT_MAIN("block-map-cut", tests)
