/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the life of a chunk, seen by the host.
 * Proves: OCSSD 2.0, Geometry, Chunk Information, Vector Chunk Write, Read,
 * Reset and Copy, and the chunk states.
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

/* 2 groups, 3 PUs, 5 chunks of 96 blocks: nothing is a power of two. */
#define FIXTURE \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24"

#define CLBA    96
#define BLOCK   4096
#define MS      16

typedef struct Drive {
    QOcpn *q;
    QOcpnGeometry g;
    uint8_t *data, *got;        /* 64 blocks */
    uint8_t md[64 * MS], got_md[64 * 32];
} Drive;

static Drive *start(void)
{
    Drive *d = g_new0(Drive, 1);

    d->q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS,
        .geometry = FIXTURE,
    });
    d->g = qocpn_geometry(d->q);
    d->data = g_malloc(64 * BLOCK);
    d->got = g_malloc(64 * BLOCK);
    qocpn_pattern(d->data, 64 * BLOCK, 1);
    qocpn_pattern(d->md, sizeof(d->md), 2);
    return d;
}

static void stop(Drive *d)
{
    qocpn_stop(d->q);
    g_free(d->data);
    g_free(d->got);
    g_free(d);
}

static void expect_chunk(Drive *d, unsigned index, uint8_t cs, uint64_t wp)
{
    QOcpnChunk c = qocpn_chunk(d->q, index);

    if (c.cs != cs || c.wp != wp) {
        g_test_message("chunk %u: state %02x WP %" PRIu64 ", expected %02x "
                       "WP %" PRIu64, index, c.cs, c.wp, cs, wp);
        g_test_fail();
    }
}

/* Write N blocks at block S of the chunk at LBA, with the usual pattern. */
static uint16_t write_blocks(Drive *d, uint64_t lba, unsigned s, unsigned n)
{
    return QOCPN_SC(qocpn_write(d->q, lba + s, n, d->data, d->md));
}

static uint16_t fill(Drive *d, uint64_t lba)
{
    return write_blocks(d, lba, 0, 64) ?: write_blocks(d, lba, 64, CLBA - 64);
}

/* OCSSD-CASE-6 */
static void geometry(void)
{
    Drive *d = start();

    g_assert_cmpuint(d->g.grp_bits, ==, 1);
    g_assert_cmpuint(d->g.pu_bits, ==, 2);
    g_assert_cmpuint(d->g.chk_bits, ==, 3);
    g_assert_cmpuint(d->g.lb_bits, ==, 7);
    g_assert_cmpuint(d->g.num_grp, ==, 2);
    g_assert_cmpuint(d->g.num_pu, ==, 3);
    g_assert_cmpuint(d->g.num_chk, ==, 5);
    g_assert_cmpuint(d->g.clba, ==, CLBA);
    g_assert_cmpuint(d->g.ws_min, ==, 4);
    g_assert_cmpuint(d->g.ws_opt, ==, 8);
    g_assert_cmpuint(d->g.mw_cunits, ==, 24);
    stop(d);
}

/* OCSSD-CASE-16, OCSSD-CASE-17 */
static void chunk_information(void)
{
    Drive *d = start();
    unsigned index = 0;

    for (unsigned grp = 0; grp < 2; grp++) {
        for (unsigned pu = 0; pu < 3; pu++) {
            for (unsigned chk = 0; chk < 5; chk++) {
                QOcpnChunk c = qocpn_chunk(d->q, index++);

                g_assert_cmphex(c.cs, ==, OCSSD_CS_FREE);
                g_assert_cmphex(c.ct, ==, OCSSD_CT_SEQUENTIAL);
                g_assert_cmphex(c.slba, ==, qocpn_lba(&d->g, grp, pu, chk,
                                                      0));
                g_assert_cmpuint(c.cnlb, ==, CLBA);
                g_assert_cmpuint(c.wp, ==, 0);
            }
        }
    }
    stop(d);
}

/* T1, T3, T4, T8, T9, T11, T13 of the transition table. */
static void life_cycle(void)
{
    Drive *d = start();

    expect_chunk(d, 0, OCSSD_CS_FREE, 0);
    g_assert_cmphex(write_blocks(d, 0, 0, 4), ==, 0);
    expect_chunk(d, 0, OCSSD_CS_OPEN, 4);
    g_assert_cmphex(write_blocks(d, 0, 0, 4), ==,
                    OCSSD_SC_OUT_OF_ORDER_WRITE);
    g_assert_cmphex(write_blocks(d, 0, 8, 4), ==,
                    OCSSD_SC_OUT_OF_ORDER_WRITE);
    g_assert_cmphex(write_blocks(d, 0, 4, 3), ==, NVME_SC_INVALID_FIELD);
    g_assert_cmphex(write_blocks(d, 0, 4, 60), ==, 0);
    expect_chunk(d, 0, OCSSD_CS_OPEN, 64);
    QOCPN_STATUS(qocpn_chunk_reset(d->q, 0), OCSSD_SC_INVALID_RESET);
    g_assert_cmphex(write_blocks(d, 0, 64, 32), ==, 0);
    expect_chunk(d, 0, OCSSD_CS_CLOSED, CLBA);
    g_assert_cmphex(write_blocks(d, 0, 0, 4), ==, NVME_SC_WRITE_FAULT);
    QOCPN_OK(qocpn_chunk_reset(d->q, 0));
    expect_chunk(d, 0, OCSSD_CS_FREE, 0);
    QOCPN_STATUS(qocpn_chunk_reset(d->q, 0), OCSSD_SC_INVALID_RESET);
    expect_chunk(d, 1, OCSSD_CS_FREE, 0);
    stop(d);
}

/* What is readable: below WP - MW_CUNITS while open, all when closed. */
static void read_window(void)
{
    Drive *d = start();
    uint8_t zero[BLOCK] = { 0 };

    g_assert_cmphex(write_blocks(d, 0, 0, 48), ==, 0);
    QOCPN_OK(qocpn_read(d->q, 20, 8, d->got, d->got_md));
    g_assert_cmpint(memcmp(d->got, d->data + 20 * BLOCK, 4 * BLOCK), ==, 0);
    g_assert_cmpint(memcmp(d->got_md, d->md + 20 * MS, 4 * MS), ==, 0);
    for (unsigned i = 4; i < 8; i++) {
        g_assert_cmpint(memcmp(d->got + i * BLOCK, zero, BLOCK), ==, 0);
        g_assert_cmpint(memcmp(d->got_md + i * MS, zero, MS), ==, 0);
    }
    QOCPN_OK(qocpn_set_feature(d->q, NVME_FID_ERROR_RECOVERY, 1, 1 << 16));
    QOCPN_STATUS(qocpn_read(d->q, 20, 8, NULL, NULL), NVME_SC_DULB);
    QOCPN_OK(qocpn_read(d->q, 20, 4, NULL, NULL));
    stop(d);
}

/*
 * FAILURE-CASE-15
 * Blocks of several chunks in one vector; data and metadata by entry.
 */
static void vector_write_and_read(void)
{
    Drive *d = start();
    uint64_t lba[64];
    QOcpnVector v = { .count = 64, .lba = lba };
    QOcpnCqe cqe;

    for (unsigned i = 0; i < 64; i++) {
        lba[i] = qocpn_lba(&d->g, i / 32, i / 16 % 2, 1, i % 16);
    }
    v.opc = OCSSD_IO_VECTOR_WRITE;
    v.data = d->data;
    v.md = d->md;
    cqe = qocpn_vector(d->q, &v);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0 | cqe.dw1, ==, 0);
    expect_chunk(d, 1, OCSSD_CS_OPEN, 16);
    /* Fill them up, so that all is readable, and read backwards. */
    for (unsigned c = 0; c < 4; c++) {
        g_assert_cmphex(write_blocks(d, lba[16 * c], 16, 60), ==, 0);
        g_assert_cmphex(write_blocks(d, lba[16 * c], 76, 20), ==, 0);
    }
    for (unsigned i = 0; i < 64; i++) {
        unsigned k = 63 - i;

        lba[i] = qocpn_lba(&d->g, k / 32, k / 16 % 2, 1, k % 16);
    }
    v.opc = OCSSD_IO_VECTOR_READ;
    v.data = d->got;
    v.md = d->got_md;
    QOCPN_OK(qocpn_vector(d->q, &v));
    for (unsigned i = 0; i < 64; i++) {
        g_assert_cmpint(memcmp(d->got + i * BLOCK,
                               d->data + (63 - i) * BLOCK, BLOCK), ==, 0);
        g_assert_cmpint(memcmp(d->got_md + i * MS, d->md + (63 - i) * MS,
                               MS), ==, 0);
    }
    stop(d);
}

/* One bad entry at every index of 64: its bit, and no other. */
static void vector_read_bitmap(void)
{
    Drive *d = start();
    uint64_t lba[64];
    QOcpnVector v = {
        .opc = OCSSD_IO_VECTOR_READ, .count = 64, .lba = lba, .data = d->got,
    };

    g_assert_cmphex(fill(d, 0), ==, 0);
    QOCPN_OK(qocpn_set_feature(d->q, NVME_FID_ERROR_RECOVERY, 1, 1 << 16));
    for (unsigned bad = 0; bad < 64; bad++) {
        QOcpnCqe cqe;

        for (unsigned i = 0; i < 64; i++) {
            lba[i] = i == bad ? CLBA : i;       /* CLBA does not exist */
        }
        cqe = qocpn_vector(d->q, &v);
        QOCPN_STATUS(cqe, NVME_SC_DULB);
        g_assert_cmphex(cqe.dw0 | (uint64_t)cqe.dw1 << 32, ==, 1ull << bad);
    }
    stop(d);
}

/* VR-R1, VR-R2: entries are independent, MPTR gets a descriptor each. */
static void vector_reset(void)
{
    Drive *d = start();
    uint64_t lba[3] = {
        qocpn_lba(&d->g, 0, 0, 0, 0), qocpn_lba(&d->g, 0, 0, 1, 0),
        qocpn_lba(&d->g, 1, 2, 4, 0),
    };
    QOcpnVector v = {
        .opc = OCSSD_IO_VECTOR_RESET, .count = 3, .lba = lba,
        .md = d->got_md,
    };
    QOcpnCqe cqe;

    g_assert_cmphex(fill(d, lba[0]), ==, 0);
    g_assert_cmphex(fill(d, lba[2]), ==, 0);
    cqe = qocpn_vector(d->q, &v);
    QOCPN_STATUS(cqe, OCSSD_SC_INVALID_RESET);
    g_assert_cmphex(cqe.dw0, ==, 2);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(d->got_md[32 * i], ==, OCSSD_CS_FREE);
        g_assert_cmphex(ldq_le_p(d->got_md + 32 * i + 8), ==, lba[i]);
    }
    expect_chunk(d, 0, OCSSD_CS_FREE, 0);
    expect_chunk(d, 29, OCSSD_CS_FREE, 0);
    stop(d);
}

static void vector_copy(void)
{
    Drive *d = start();
    uint64_t src[8], dst[8];
    QOcpnVector v = {
        .opc = OCSSD_IO_VECTOR_COPY, .count = 8, .lba = src, .dst = dst,
    };

    g_assert_cmphex(fill(d, 0), ==, 0);
    for (unsigned i = 0; i < 8; i++) {
        src[i] = 40 - 5 * i;
        dst[i] = qocpn_lba(&d->g, 0, 1, 0, i);
    }
    QOCPN_OK(qocpn_vector(d->q, &v));
    g_assert_cmphex(write_blocks(d, dst[0], 8, 64), ==, 0);
    g_assert_cmphex(write_blocks(d, dst[0], 72, 24), ==, 0);
    QOCPN_OK(qocpn_read(d->q, dst[0], 8, d->got, d->got_md));
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmpint(memcmp(d->got + i * BLOCK, d->data + src[i] * BLOCK,
                               BLOCK), ==, 0);
        g_assert_cmpint(memcmp(d->got_md + i * MS, d->md + src[i] * MS, MS),
                        ==, 0);
    }
    stop(d);
}

static const QOcpnTest tests[] = {
    { "Geometry says what the image says", geometry, NOT_NVME },
    { "Chunk Information lists every chunk", chunk_information, NOT_NVME },
    { "a chunk opens, fills and resets", life_cycle, NOT_NVME },
    { "an open chunk is readable below its window", read_window, NOT_NVME },
    { "a vector of 64 moves data and metadata", vector_write_and_read,
      NOT_NVME },
    { "a vector read marks each bad entry", vector_read_bitmap, NOT_NVME },
    { "a vector reset judges each entry", vector_reset, NOT_NVME },
    { "a vector copy moves data and metadata", vector_copy, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocssd", tests, ARRAY_SIZE(tests));
}
