/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: open chunks that are written all the while,
 * each by a queue of its own, from threads to others and back.
 * Proves: docs/user-guide.rst, "Migration": iothread= may differ; OCSSD 2.0,
 * "Chunk State Machine".
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "migrate-row.h"

#define LANES       4
#define DEPTH       6               /* writes in flight, in their order */
#define UNIT        8               /* blocks of one; WS_OPT */
#define PER_CHUNK   (ROW_CLBA / UNIT)
#define CHUNKS      4               /* of each lane, one after the other */
#define UNITS       (CHUNKS * PER_CHUNK)
#define BYTES       (UNIT * ROW_BLOCK)
#define STEP        (LANES * 17)    /* leaves chunks open */
#define PU_CHUNKS   5

/* A queue that writes the chunks of a parallel unit of its own. */
typedef struct Lane {
    QOcpnQueue queue;
    uint64_t lba;                   /* of its first chunk */
    uint64_t buf, list;             /* of DEPTH writes */
    unsigned sent, over;            /* over: all before this one are done */
    bool done[UNITS];
} Lane;

typedef struct Chunks {
    Lane lane[LANES];
    unsigned done;
} Chunks;

static Chunks *chunks_of(Vm *vm)
{
    return (Chunks *)vm->bytes;
}

static uint64_t unit_lba(const Lane *l, unsigned n)
{
    return l->lba + 128 * (n / PER_CHUNK) + n % PER_CHUNK * UNIT;
}

/* Blocks of the chunk of lane K that unit N is in. */
static uint32_t unit_seed(unsigned k, unsigned n)
{
    return 10000 * (k + 1) + n * UNIT;
}

static void send_unit(Vm *vm, unsigned k)
{
    Lane *l = &chunks_of(vm)->lane[k];
    unsigned n = l->sent++, slot = n % DEPTH;
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, unit_lba(l, n), UNIT);
    g_autofree uint8_t *data = g_malloc(BYTES);

    for (unsigned i = 0; i < UNIT; i++) {
        qocpn_pattern(data + i * ROW_BLOCK, ROW_BLOCK, unit_seed(k, n) + i);
    }
    qtest_bufwrite(vm->q->qts, l->buf + slot * BYTES, data, BYTES);
    qocpn_prp(vm->q, &cmd, l->buf + slot * BYTES, BYTES,
              l->list + slot * QOCPN_PAGE);
    g_assert_cmpuint(qocpn_post(vm->q, &l->queue, &cmd), ==, n);
}

static void fill(Vm *vm)
{
    for (unsigned k = 0; k < LANES; k++) {
        Lane *l = &chunks_of(vm)->lane[k];
        unsigned was = l->sent;

        while (l->sent < UNITS && l->sent < l->over + DEPTH) {
            send_unit(vm, k);
        }
        if (l->sent != was) {
            qocpn_ring(vm->q, &l->queue);
        }
    }
}

static bool reap(Vm *vm)
{
    Chunks *all = chunks_of(vm);
    unsigned was = all->done;
    QOcpnCqe cqe;

    for (unsigned k = 0; k < LANES; k++) {
        Lane *l = &all->lane[k];

        while (qocpn_reap(vm->q, &l->queue, &cqe)) {
            QOCPN_OK(cqe);
            g_assert_true(cqe.cid >= l->over && cqe.cid < l->sent &&
                          !l->done[cqe.cid]);
            l->done[MIN(cqe.cid, UNITS - 1)] = true;
            all->done++;
            while (l->over < UNITS && l->done[l->over]) {
                l->over++;
            }
        }
    }
    return all->done != was;
}

/* COUNT more, or all; and then as many are under way as there can be. */
static void run_chunks(Vm *vm, unsigned count)
{
    Chunks *all = chunks_of(vm);
    unsigned end = MIN(all->done + count, LANES * UNITS);

    while (all->done < end) {
        fill(vm);
        QOCPN_UNTIL(vm->q, reap(vm));
    }
    fill(vm);
}

static void begin_chunks(Vm *vm)
{
    static const uint64_t first[LANES] = { 0x400, 0x800, 0x1000, 0x1400 };
    Chunks *all = g_new0(Chunks, 1);

    vm->bytes = (uint8_t *)all;
    for (unsigned k = 0; k < LANES; k++) {
        Lane *l = &all->lane[k];

        QOCPN_OK(qocpn_create_pair(vm->q, &l->queue, k + 2, DEPTH + 1,
                                   k + 2));
        l->lba = first[k];
        l->buf = qocpn_buf(vm->q, DEPTH * BYTES);
        l->list = qocpn_buf(vm->q, DEPTH * QOCPN_PAGE);
    }
    run_chunks(vm, STEP);
    qocpn_moved.commands += LANES * DEPTH;
}

/* In between: on with it, and under way again. */
static void again_chunks(Vm *vm)
{
    run_chunks(vm, STEP);
    qocpn_moved.commands += LANES * DEPTH;
}

/* Chunk J of lane K: WP is behind what was acknowledged, or further. */
static void expect_pointer(Vm *vm, unsigned k, unsigned j)
{
    static const unsigned pu[LANES] = { 1, 2, 3, 4 };
    Lane *l = &chunks_of(vm)->lane[k];
    QOcpnChunk c = qocpn_chunk(vm->q, pu[k] * PU_CHUNKS + j);
    unsigned begin = j * PER_CHUNK, end = begin + PER_CHUNK;
    unsigned least = MIN(MAX(l->over, begin), end) - begin;
    unsigned most = MIN(MAX(l->sent, begin), end) - begin;

    g_assert_cmpuint(c.wp, >=, least * UNIT);
    g_assert_cmpuint(c.wp, <=, most * UNIT);
    g_assert_cmphex(c.cs, ==, c.wp == 0 ? OCSSD_CS_FREE
                    : c.wp == ROW_CLBA ? OCSSD_CS_CLOSED : OCSSD_CS_OPEN);
}

static void check_chunks(Vm *vm)
{
    Chunks *all = chunks_of(vm);

    for (unsigned k = 0; k < LANES; k++) {
        for (unsigned j = 0; j < CHUNKS; j++) {
            expect_pointer(vm, k, j);
        }
    }
    run_chunks(vm, LANES * UNITS);
    for (unsigned k = 0; k < LANES; k++) {
        QOcpnCqe cqe;

        g_assert_false(qocpn_peek(vm->q, &all->lane[k].queue, &cqe));
        for (unsigned j = 0; j < CHUNKS; j++) {
            expect_pointer(vm, k, j);
            row_expect(vm, all->lane[k].lba + 128 * j, ROW_CLBA,
                       unit_seed(k, j * PER_CHUNK));
        }
        QOCPN_OK(qocpn_delete_sq(vm->q, k + 2));
        QOCPN_OK(qocpn_delete_cq(vm->q, k + 2));
    }
}

#define BUSY .begin = begin_chunks, .again = again_chunks, \
             .check = check_chunks, .open_channel = true, .busy = true
#define LAZY .props = ",ocp-version=off,state-sync=flush"

const Row row_chunks[] = {
    { "chunks that are written", BUSY },
    { "chunks that are written, to an IOThread and back", BUSY,
      .threads = { 0, 1 }, .back = true },
    { "chunks that are written, from an IOThread and back", BUSY,
      .threads = { 1, 0 }, .back = true },
    { "chunks that are written, from two IOThreads to one and back", BUSY,
      .threads = { 2, 1 }, .back = true },
    { "chunks that are not flushed, from an IOThread and back", BUSY, LAZY,
      .threads = { 1, 0 }, .back = true },
    { "chunks that are not flushed, to two IOThreads and back", BUSY, LAZY,
      .threads = { 0, 2 }, .back = true, .snapshot = true },
    { "chunks of a mapped image, from two IOThreads and back", BUSY,
      .memdev = true, .threads = { 2, 0 }, .back = true },
};
const size_t row_chunks_n = ARRAY_SIZE(row_chunks);
