/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: PRP lists and SGLs, exhaustively, against a model kept here.
 * Proves: NVMe Base 2.0, Physical Region Page Entry and List; Scatter Gather
 * List.
 *
 * Block n of the drive holds bytes n * 512 ... of one pattern.  A read must
 * put them where the list says and nowhere else; a write must take them from
 * there.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define BLOCK       512
#define DRIVE       (1 * MiB)           /* of the drive is patterned */
#define PAGES       130                 /* 512 KiB and a page on either end */
#define LISTS       4
#define FILL        0xa5

typedef struct Fixture {
    QOcpn *q;
    uint64_t page[PAGES];               /* data pages, in random order */
    uint64_t base;                      /* of the lowest of them */
    uint64_t list;                      /* LISTS pages */
    uint8_t *pattern;                   /* DRIVE bytes */
    uint8_t *ram;                       /* what base should hold, and holds */
    uint8_t *got;
    GRand *rand;
} Fixture;

static Fixture *setup(void)
{
    Fixture *f = g_new0(Fixture, 1);

    f->q = qocpn_start(NULL);
    f->rand = g_rand_new_with_seed(4);
    f->pattern = g_malloc(DRIVE);
    f->ram = g_malloc(PAGES * QOCPN_PAGE);
    f->got = g_malloc(PAGES * QOCPN_PAGE);
    f->base = qocpn_buf(f->q, PAGES * QOCPN_PAGE);
    f->list = qocpn_buf(f->q, LISTS * QOCPN_PAGE);
    for (unsigned i = 0; i < PAGES; i++) {
        unsigned k = g_rand_int_range(f->rand, 0, i + 1);

        f->page[i] = f->page[k];
        f->page[k] = f->base + i * QOCPN_PAGE;
    }
    qocpn_pattern(f->pattern, DRIVE, 1);
    for (unsigned at = 0; at < DRIVE; at += 256 * KiB) {
        QOCPN_OK(qocpn_write(f->q, at / BLOCK, 256 * KiB / BLOCK,
                             f->pattern + at, NULL));
    }
    return f;
}

static void teardown(Fixture *f)
{
    qocpn_alive(f->q);
    qocpn_stop(f->q);
    g_rand_free(f->rand);
    g_free(f->pattern);
    g_free(f->ram);
    g_free(f->got);
    g_free(f);
}

static void fill(Fixture *f)
{
    memset(f->ram, FILL, PAGES * QOCPN_PAGE);
    qtest_memset(f->q->qts, f->base, FILL, PAGES * QOCPN_PAGE);
}

/* Guest memory must be what the model says. */
static void check(Fixture *f, const char *what, unsigned a, unsigned b)
{
    qtest_bufread(f->q->qts, f->base, f->got, PAGES * QOCPN_PAGE);
    for (unsigned i = 0; i < PAGES * QOCPN_PAGE; i++) {
        if (f->got[i] != f->ram[i]) {
            g_test_message("%s 0x%x 0x%x: byte 0x%x is %02x, not %02x", what, a,
                           b, i, f->got[i], f->ram[i]);
            g_test_fail();
            return;
        }
    }
}

/* Copy LEN bytes of pattern from AT to the model's guest address ADDR. */
static void expect(Fixture *f, uint64_t addr, unsigned at, unsigned len)
{
    memcpy(f->ram + (addr - f->base), f->pattern + at, len);
}

/*
 * Describe LEN bytes that start at OFF of the first page.  The list starts at
 * LIST_OFF of its first page and goes on in the next ones.
 */
static void build_prps(Fixture *f, QOcpnCmd *cmd, unsigned off, unsigned len,
                       unsigned list_off)
{
    unsigned pages = DIV_ROUND_UP(off + len, QOCPN_PAGE);
    uint64_t at = f->list + list_off;

    cmd->prp1 = f->page[0] + off;
    cmd->prp2 = pages == 2 ? f->page[1] : pages > 2 ? at : 0;
    for (unsigned i = 1; pages > 2 && i < pages; i++) {
        bool last_slot = (at & (QOCPN_PAGE - 1)) == QOCPN_PAGE - 8;

        if (last_slot && i + 1 < pages) {
            qtest_writeq(f->q->qts, at, at + 8);
            at += 8;
        }
        qtest_writeq(f->q->qts, at, f->page[i]);
        at += 8;
    }
}

/* Where byte N of that transfer lies. */
static uint64_t prp_addr(Fixture *f, unsigned off, unsigned n)
{
    return f->page[(off + n) / QOCPN_PAGE] + (off + n) % QOCPN_PAGE;
}

static void prp_read(Fixture *f, unsigned off, unsigned len,
                     unsigned list_off)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 3, len / BLOCK);

    fill(f);
    build_prps(f, &cmd, off, len, list_off);
    QOCPN_OK(qocpn_io(f->q, &cmd));
    for (unsigned n = 0; n < len; n += 4) {
        expect(f, prp_addr(f, off, n), 3 * BLOCK + n, 4);
    }
    check(f, "offset, length", off, len);
}

static void prp_write(Fixture *f, unsigned off, unsigned len,
                      unsigned list_off)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 64, len / BLOCK);
    unsigned at = 64 * BLOCK;

    fill(f);
    build_prps(f, &cmd, off, len, list_off);
    qocpn_pattern(f->pattern + at, len, off + len + list_off);
    for (unsigned n = 0; n < len; n += 4) {
        expect(f, prp_addr(f, off, n), at + n, 4);
    }
    qtest_bufwrite(f->q->qts, f->base, f->ram, PAGES * QOCPN_PAGE);
    QOCPN_OK(qocpn_io(f->q, &cmd));
    qocpn_expect(f->q, 63, len / BLOCK + 2, f->pattern + at - BLOCK);
}

static const unsigned offsets[] = {
    0, 4, 8, 0x1fc, 0x200, 0x804, 0xe00, 0xff8, 0xffc,
};

static const unsigned lengths[] = {
    512, 1024, 3584, 4096, 4608, 8192, 8704, 12288, 16384, 65536, 131072,
};

static const unsigned list_offsets[] = { 0, 8, 0x7f8, 0xff0, 0xff8 };

static void prps_of_reads(void)
{
    Fixture *f = setup();

    for (size_t o = 0; o < ARRAY_SIZE(offsets); o++) {
        for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
            prp_read(f, offsets[o], lengths[l],
                     list_offsets[(o + l) % ARRAY_SIZE(list_offsets)]);
        }
    }
    for (size_t k = 0; k < ARRAY_SIZE(list_offsets); k++) {
        prp_read(f, 0xffc, 512 * KiB, list_offsets[k]);
        prp_read(f, 0, 512 * KiB, list_offsets[k]);
        prp_read(f, 0, 12288, list_offsets[k]);
    }
    teardown(f);
}

static void prps_of_writes(void)
{
    Fixture *f = setup();

    for (size_t o = 0; o < ARRAY_SIZE(offsets); o++) {
        for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
            prp_write(f, offsets[o], lengths[l],
                      list_offsets[(o + l) % ARRAY_SIZE(list_offsets)]);
        }
    }
    teardown(f);
}

/* Every dword offset of PRP1, over one page boundary. */
static void prp_every_offset(void)
{
    Fixture *f = setup();

    for (unsigned off = 0; off < QOCPN_PAGE; off += 4) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, off / 4, 8);
        uint8_t got[4096];
        unsigned first = QOCPN_PAGE - off;

        build_prps(f, &cmd, off, 4096, 0);
        QOCPN_OK(qocpn_io(f->q, &cmd));
        qtest_memread(f->q->qts, f->page[0] + off, got, first);
        qtest_memread(f->q->qts, f->page[1], got + first, off);
        g_assert_cmpint(memcmp(got, f->pattern + off / 4 * BLOCK, 4096), ==,
                        0);
    }
    teardown(f);
}

typedef struct Pieces {
    unsigned done, len;                 /* bytes described, and in all */
    unsigned left;                      /* pieces still to come */
    bool buckets;
} Pieces;

/* A random share of what is left, in whole dwords, and at most a page. */
static unsigned next_piece(Fixture *f, Pieces *p)
{
    unsigned rest = (p->len - p->done) / 4;
    unsigned most = MIN(rest - p->left, QOCPN_PAGE / 4);

    return p->left ? 4 * g_rand_int_range(f->rand, 1, most + 1) : 4 * rest;
}

/* Write the descriptor of one piece to AT, and what it moves to the model. */
static void put_piece(Fixture *f, uint64_t at, Pieces *p)
{
    unsigned n;

    p->left--;
    n = next_piece(f, p);
    if (p->buckets && g_rand_int_range(f->rand, 0, 5) == 0) {
        qocpn_sgl(f->q, at, QOCPN_SGL_BIT_BUCKET, 0, n);
    } else {
        /* The last piece may be long: it starts at the lowest page. */
        unsigned off = p->left ?
            4 * g_rand_int_range(f->rand, 0, (QOCPN_PAGE - n) / 4 + 1) : 0;
        uint64_t addr = f->base + off +
            (p->left ? QOCPN_PAGE * (PAGES - p->left) : 0);

        qocpn_sgl(f->q, at, QOCPN_SGL_DATA, addr, n);
        expect(f, addr, 3 * BLOCK + p->done, n);
    }
    p->done += n;
}

/*
 * Cut LEN bytes into random pieces on random places, described by SEGMENTS
 * segments.  A fifth of the pieces are bit buckets if BUCKETS is set.
 */
static void build_sgl(Fixture *f, QOcpnCmd *cmd, unsigned len,
                      unsigned segments, bool buckets)
{
    unsigned per = MIN(len / 4 / segments, 12);
    Pieces p = { .len = len, .left = per * segments, .buckets = buckets };
    uint64_t at = f->list;

    for (unsigned s = 0; s < segments; s++) {
        bool last = s + 1 == segments;
        unsigned bytes = (last ? per : per + 1) * 16;   /* one leads on */
        uint8_t type = last ? QOCPN_SGL_LAST_SEGMENT : QOCPN_SGL_SEGMENT;

        if (s == 0) {
            qocpn_sgl1(cmd, type, at, bytes);
        } else {
            qocpn_sgl(f->q, at - 16, type, at, bytes);
        }
        for (unsigned i = 0; i < per; i++) {
            put_piece(f, at, &p);
            at += 16;
        }
        at += 16;
    }
}

static void sgls_of_reads(void)
{
    Fixture *f = setup();
    uint8_t id[4096];
    /* hw/nvme overwrites the descriptor it follows: no third segment. */
    unsigned most = qocpn_is_upstream() ? 2 : 5;
    bool buckets;

    g_assert_cmphex(qocpn_identify(f->q, 0x01, 0, id), ==, 0);
    buckets = ldl_le_p(id + 536) & 1 << 16;             /* SGLS */
    for (unsigned i = 0; i < 300; i++) {
        unsigned len = g_rand_int_range(f->rand, 1, 64) * BLOCK;
        unsigned segments = 1 + i % most;
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 3, len / BLOCK);

        fill(f);
        build_sgl(f, &cmd, len, segments, buckets && i & 1);
        QOCPN_OK(qocpn_io(f->q, &cmd));
        check(f, "SGL round, length", i, len);
    }
    teardown(f);
}

/* One data block in the command itself, at dword offsets. */
static void sgl_in_command(void)
{
    Fixture *f = setup();

    for (size_t o = 0; o < ARRAY_SIZE(offsets); o++) {
        for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
            QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 3, lengths[l] / BLOCK);

            fill(f);
            qocpn_sgl1(&cmd, QOCPN_SGL_DATA, f->base + offsets[o],
                       lengths[l]);
            expect(f, f->base + offsets[o], 3 * BLOCK, lengths[l]);
            QOCPN_OK(qocpn_io(f->q, &cmd));
            check(f, "SGL offset, length", offsets[o], lengths[l]);
        }
    }
    teardown(f);
}

/* A write gathers; a bit bucket in it supplies nothing. */
static void sgl_of_writes(void)
{
    Fixture *f = setup();
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 100, 8);
    uint8_t *want = f->pattern + 100 * BLOCK;

    qocpn_pattern(want, 4096, 77);
    qtest_bufwrite(f->q->qts, f->page[0] + 0x7fc, want, 1000);
    qtest_bufwrite(f->q->qts, f->page[1] + 4, want + 1000, 96);
    qtest_bufwrite(f->q->qts, f->page[2], want + 1096, 3000);
    qocpn_sgl(f->q, f->list, QOCPN_SGL_DATA, f->page[0] + 0x7fc, 1000);
    qocpn_sgl(f->q, f->list + 16, QOCPN_SGL_BIT_BUCKET, 0, 512);
    qocpn_sgl(f->q, f->list + 32, QOCPN_SGL_DATA, f->page[1] + 4, 96);
    qocpn_sgl(f->q, f->list + 48, QOCPN_SGL_DATA, f->page[2], 3000);
    qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, f->list, 64);
    QOCPN_OK(qocpn_io(f->q, &cmd));
    qocpn_expect(f->q, 99, 10, want - BLOCK);
    teardown(f);
}

/* SGLS bits 1:0 are 1 when any byte address will do. */
static void sgl_any_byte(void)
{
    Fixture *f = setup();
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(f->q, 0x01, 0, id), ==, 0);
    if ((ldl_le_p(id + 536) & 3) != 1) {
        g_test_skip("SGLS asks for dwords");
    } else {
        for (unsigned off = 1; off < 16; off++) {
            QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 3, 8);

            fill(f);
            qocpn_sgl1(&cmd, QOCPN_SGL_DATA, f->base + off, 4096);
            expect(f, f->base + off, 3 * BLOCK, 4096);
            QOCPN_OK(qocpn_io(f->q, &cmd));
            check(f, "SGL offset", off, 0);
        }
    }
    teardown(f);
}

static const QOcpnTest tests[] = {
    { "reads fill PRP lists of every shape", prps_of_reads },
    { "writes gather PRP lists of every shape", prps_of_writes },
    { "PRP1 works at every dword", prp_every_offset },
    { "reads fill SGLs of every shape", sgls_of_reads },
    { "one SGL data block needs no segment", sgl_in_command },
    { "a write gathers and skips the bit bucket", sgl_of_writes,
      "hw/nvme counts the bit bucket of a write" },
    { "an SGL may start at any byte", sgl_any_byte },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "prp-sgl", tests, ARRAY_SIZE(tests));
}
