/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: commands that lie next to each other and arrive together.  However
 * the drive joins them, each gets its own data and its own status.
 *
 * A batch is posted while the VM is stopped, so that the drive sees all of it
 * at once.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define DEPTH       32
#define BLOCK       4096
#define FUA         (1u << 30)          /* dword 12 */
#define OURS        "hw/nvme keeps data where only it knows"

typedef struct Batch {
    QOcpn *q;
    unsigned n;
    uint16_t first;                     /* CID of command 0 */
    QOcpnCmd cmd[DEPTH];
    uint16_t status[DEPTH];
} Batch;

/* Block SLBA + I of the drive, at buffer I; they differ by SEED. */
static void add(Batch *b, uint8_t opc, uint64_t slba, uint32_t seed)
{
    QOcpnCmd *cmd = &b->cmd[b->n];
    uint8_t data[BLOCK];

    *cmd = qocpn_rw(opc, slba, 1);
    cmd->prp1 = b->q->buf + b->n * BLOCK;
    if (opc == NVME_IO_WRITE) {
        qocpn_pattern(data, sizeof(data), seed);
        qtest_bufwrite(b->q->qts, cmd->prp1, data, sizeof(data));
    } else {
        qtest_memset(b->q->qts, cmd->prp1, 0xbb, BLOCK);
    }
    b->n++;
}

/* All at once; then the statuses, which came in any order. */
static void go(Batch *b)
{
    QOcpn *q = b->q;
    uint32_t seen = 0;

    qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
    for (unsigned i = 0; i < b->n; i++) {
        uint16_t cid = qocpn_post(q, &q->io, &b->cmd[i]);

        b->first = i ? b->first : cid;
    }
    qocpn_ring(q, &q->io);
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    for (unsigned i = 0; i < b->n; i++) {
        QOcpnCqe cqe = qocpn_wait(q, &q->io);
        unsigned k = (uint16_t)(cqe.cid - b->first);

        g_assert_cmpuint(k, <, b->n);
        g_assert_false(seen >> k & 1);
        seen |= 1u << k;
        b->status[k] = QOCPN_SC(cqe);
    }
    b->n = 0;
}

static void go_ok(Batch *b)
{
    unsigned n = b->n;

    go(b);
    for (unsigned i = 0; i < n; i++) {
        g_assert_cmphex(b->status[i], ==, 0);
    }
}

/* Is each dword of the buffer of command I that of one of two patterns? */
static bool buffer_is_of(Batch *b, unsigned i, uint32_t one, uint32_t other)
{
    uint8_t got[BLOCK];

    qtest_bufread(b->q->qts, b->q->buf + i * BLOCK, got, BLOCK);
    return qocpn_is_pattern(got, BLOCK, one, other);
}

/* Is it the pattern of SEED? */
static bool buffer_is(Batch *b, unsigned i, uint32_t seed)
{
    return buffer_is_of(b, i, seed, seed);
}

/* Reads N blocks at SLBA in one batch; block I has the pattern SEED + I. */
static void check(Batch *b, uint64_t slba, unsigned n, uint32_t seed)
{
    for (unsigned i = 0; i < n; i++) {
        add(b, NVME_IO_READ, slba + i, 0);
    }
    go_ok(b);
    for (unsigned i = 0; i < n; i++) {
        g_assert_true(buffer_is(b, i, seed + i));
    }
}

static Batch start(QOcpnSetup *s)
{
    s->lba_size = BLOCK;
    return (Batch) { .q = qocpn_start(s) };
}

/* Up, down, and every second block first. */
static void sequential(void)
{
    Batch b = start(&(QOcpnSetup) { 0 });

    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_WRITE, 100 + i, 1000 + i);
    }
    go_ok(&b);
    check(&b, 100, DEPTH, 1000);
    for (unsigned i = DEPTH; i-- > 0; ) {
        add(&b, NVME_IO_WRITE, 100 + i, 2000 + i);
    }
    go_ok(&b);
    check(&b, 100, DEPTH, 2000);
    for (unsigned i = 0; i < DEPTH; i++) {
        unsigned k = i * 2 % DEPTH + i * 2 / DEPTH;

        add(&b, NVME_IO_WRITE, 100 + k, 3000 + k);
    }
    go_ok(&b);
    check(&b, 100, DEPTH, 3000);
    qocpn_stop(b.q);
}

/* All to one place of guest memory, or all from one: nothing adds up. */
static void one_buffer(void)
{
    Batch b = start(&(QOcpnSetup) { 0 });

    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_WRITE, i, 7);
        b.cmd[i].prp1 = b.q->buf;
    }
    go_ok(&b);
    for (unsigned i = 0; i < DEPTH; i++) {
        check(&b, i, 1, 7);
    }
    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_READ, i, 0);
        b.cmd[i].prp1 = b.q->buf;
    }
    go_ok(&b);
    g_assert_true(buffer_is(&b, 0, 7));
    qocpn_stop(b.q);
}

/*
 * Reads between writes of the same blocks get what was before or is written, or
 * a part of each, as the host copies pages while others write them.
 */
static void mixed(void)
{
    Batch b = start(&(QOcpnSetup) { 0 });
    uint32_t before = 0;

    for (unsigned round = 1; round <= 20; round++) {
        for (unsigned i = 0; i < DEPTH; i += 2) {
            uint64_t slba = 50 + i / 2;

            add(&b, NVME_IO_WRITE, slba, 100 * round + i / 2);
            add(&b, NVME_IO_READ, slba + round % 2, 0);
        }
        go_ok(&b);
        for (unsigned i = 1; before && i < DEPTH - 2; i += 2) {
            unsigned k = i / 2 + round % 2;

            g_assert_true(buffer_is_of(&b, i, before + k, 100 * round + k));
        }
        before = 100 * round;
        check(&b, 50, DEPTH / 2, before);
    }
    qocpn_stop(b.q);
}

/* Some of the writes, and some of the reads, ask for FUA. */
static void with_fua(void)
{
    Batch b = start(&(QOcpnSetup) { 0 });

    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < DEPTH; i++) {
            add(&b, NVME_IO_WRITE, i, 500 * round + i);
            b.cmd[i].cdw12 |= i % (round + 2) ? 0 : FUA;
        }
        go_ok(&b);
        for (unsigned i = 0; i < DEPTH; i++) {
            add(&b, NVME_IO_READ, i, 0);
            b.cmd[i].cdw12 |= i % 3 ? 0 : FUA;
        }
        go_ok(&b);
        for (unsigned i = 0; i < DEPTH; i++) {
            g_assert_true(buffer_is(&b, i, 500 * round + i));
        }
    }
    qocpn_stop(b.q);
}

/* Metadata of 16 bytes a block, of each command its own. */
static void with_metadata(void)
{
    Batch b = start(&(QOcpnSetup) { .ms = 16 });

    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_WRITE, i, i + 1);
        b.cmd[i].mptr = b.q->md + 16 * i;
        qtest_memset(b.q->qts, b.q->md + 16 * i, i + 1, 16);
    }
    go_ok(&b);
    qtest_memset(b.q->qts, b.q->md, 0xee, 16 * DEPTH);
    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_READ, i, 0);
        b.cmd[i].mptr = b.q->md + 16 * (DEPTH - 1 - i);
    }
    go_ok(&b);
    for (unsigned i = 0; i < DEPTH; i++) {
        uint8_t md[16], want[16];

        memset(want, i + 1, sizeof(want));
        qtest_memread(b.q->qts, b.q->md + 16 * (DEPTH - 1 - i), md, 16);
        g_assert_cmpmem(md, sizeof(md), want, sizeof(want));
        g_assert_true(buffer_is(&b, i, i + 1));
    }
    qocpn_stop(b.q);
}

/* One write of WS_MIN blocks after the other, over eight chunks in turn. */
static void chunks(void)
{
    enum { CHUNKS = 8, EACH = 4 };
    Batch b = start(&(QOcpnSetup) {
        .open_channel = true,
        .geometry = "--num-grp 2 --num-pu 4 --num-chk 4 --clba 512"
                    " --ws-min 1 --ws-opt 1 --mw-cunits 0",
    });
    QOcpnGeometry g = qocpn_geometry(b.q);
    uint32_t seed[CHUNKS][8 * EACH];
    uint32_t next = 1;

    for (unsigned at = 0; at < 8 * EACH; at += EACH) {
        for (unsigned i = 0; i < DEPTH; i++) {
            unsigned c = at % 8 ? i % CHUNKS : i / EACH;
            unsigned k = at + (at % 8 ? i / CHUNKS : i % EACH);

            seed[c][k] = next;
            add(&b, NVME_IO_WRITE, qocpn_lba(&g, c / 4, c % 4, 0, k), next++);
        }
        go_ok(&b);
    }
    for (unsigned c = 0; c < CHUNKS; c++) {
        QOcpnChunk info = qocpn_chunk(b.q, c * g.num_chk);

        g_assert_cmphex(info.wp, ==, 8 * EACH);
        g_assert_cmphex(info.cs, ==, 4);                /* open */
        for (unsigned k = 0; k < 8 * EACH; k++) {
            add(&b, NVME_IO_READ, qocpn_lba(&g, c / 4, c % 4, 0, k), 0);
        }
        go_ok(&b);
        for (unsigned k = 0; k < 8 * EACH; k++) {
            g_assert_true(buffer_is(&b, k, seed[c][k]));
        }
    }
    qocpn_stop(b.q);
}

/* ---------------------------------------------------- a sector that fails */

/* Where block SLBA is in the file: it is written, and looked for. */
static uint64_t find_block(const char *file, uint64_t slba)
{
    Batch b = start(&(QOcpnSetup) { .file = file });
    g_autofree char *bytes = NULL;
    uint8_t data[BLOCK];
    const char *at;
    gsize len;

    qocpn_pattern(data, sizeof(data), 12345);
    QOCPN_OK(qocpn_write(b.q, slba, 1, data, NULL));
    qocpn_stop(b.q);
    g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
    at = memmem(bytes, len, data, sizeof(data));
    g_assert_nonnull(at);
    return at - bytes;
}

/* Every request that touches sector SECTOR and is of IOTYPE fails. */
static Batch start_failing(const char *file, uint64_t sector,
                           const char *iotype, bool once)
{
    g_autofree char *node = g_strdup_printf(
        "driver=raw,file.driver=blkdebug,file.image.driver=file,"
        "file.image.filename=%s,file.inject-error.0.event=none,"
        "file.inject-error.0.iotype=%s,file.inject-error.0.errno=5,"
        "file.inject-error.0.once=%s,"
        "file.inject-error.0.sector=%" PRIu64, file, iotype,
        once ? "on" : "off", sector);

    return start(&(QOcpnSetup) { .node = node });
}

/* The one in the middle of 32 fails; the others do what they are asked to. */
static void one_sector(uint8_t opc, uint16_t status)
{
    enum { FIRST = 64, BAD = 13 };
    bool write = opc == NVME_IO_WRITE;
    char *file = qocpn_image(&(QOcpnSetup) { .lba_size = BLOCK });
    /* The last sector of block BAD. */
    uint64_t sector = (find_block(file, FIRST) + BAD * BLOCK) / 512 + 7;
    Batch b = start(&(QOcpnSetup) { .file = file });

    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_WRITE, FIRST + i, 600 + i);
    }
    go_ok(&b);
    qocpn_stop(b.q);
    b = start_failing(file, sector, write ? "write" : "read", false);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < DEPTH; i++) {
            add(&b, opc, FIRST + i, 800 + i);
        }
        go(&b);
        for (unsigned i = 0; i < DEPTH; i++) {
            g_assert_cmphex(b.status[i], ==, i == BAD ? status : 0);
            g_assert_true(i == BAD ||
                          buffer_is(&b, i, (write ? 800 : 600) + i));
        }
    }
    qocpn_stop(b.q);
    b = start(&(QOcpnSetup) { .file = file });
    check(&b, FIRST, BAD, write ? 800 : 600);
    check(&b, FIRST + BAD + 1, DEPTH - BAD - 1,
          (write ? 800 : 600) + BAD + 1);
    qocpn_stop(b.q);
    qocpn_image_free(file);
}

static void bad_write(void)
{
    one_sector(NVME_IO_WRITE, NVME_SC_WRITE_FAULT);
}

static void bad_read(void)
{
    one_sector(NVME_IO_READ, NVME_SC_UNRECOVERED_READ);
}

/* An error that happens once fails one command, or is tried again. */
static void passing_error(void)
{
    enum { FIRST = 64, BAD = 20 };
    char *file = qocpn_image(&(QOcpnSetup) { .lba_size = BLOCK });
    uint64_t at = find_block(file, FIRST) + BAD * BLOCK;
    Batch b = start_failing(file, at / 512, "write", true);

    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_WRITE, FIRST + i, 900 + i);
    }
    go(&b);
    for (unsigned i = 0; i < DEPTH; i++) {
        g_assert_true(!b.status[i] ||
                      (i == BAD && b.status[i] == NVME_SC_WRITE_FAULT));
    }
    for (unsigned i = 0; i < DEPTH; i++) {
        add(&b, NVME_IO_READ, FIRST + i, 0);
    }
    go_ok(&b);
    for (unsigned i = 0; i < DEPTH; i++) {
        g_assert_true(i == BAD || buffer_is(&b, i, 900 + i));
    }
    qocpn_stop(b.q);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "neighbours in any order get their own data", sequential },
    { "neighbours may share a buffer", one_buffer },
    { "reads between writes of the same blocks", mixed },
    { "neighbours of which some ask for FUA", with_fua },
    { "neighbours with metadata", with_metadata },
    { "writes in order over eight chunks", chunks,
      "hw/nvme is no open-channel drive" },
    { "a write that fails fails alone", bad_write, OURS },
    { "a read that fails fails alone", bad_read, OURS },
    { "an error that passes fails one command at most", passing_error, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "merge", tests, ARRAY_SIZE(tests));
}
