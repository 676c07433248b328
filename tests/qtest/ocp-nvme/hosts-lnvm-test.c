/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the commands of liblightnvm's test programs for the access rules.
 * hosts-lnvm-cmd-test.c has the other programs.
 * Proves: what that library's tests expect of an Open-Channel SSD 2.0.
 *
 * The programs were not run: this imitates the commands they send, with the
 * arguments they send them, and expects what they expect.  Most of them come
 * twice, in scalar form (Read, Write, Dataset Management) and in vector form.
 * They want a chunk that is Offline and others that are Free.
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

#define GEOMETRY \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --offline 2"

#define BLOCK       4096
#define MS          16
#define CLBA        96
#define WS_MIN      4
#define MW_CUNITS   24

#define OFFLINE     0x0100ull           /* the chunk (0, 0, 2) */
#define NO_CHUNK    0x0280ull           /* chunk NUM_CHK of (0, 0) */
#define NO_GROUP    0x2000ull           /* group NUM_GRP */

typedef struct Drive {
    QOcpn *q;
    QOcpnGeometry g;
    bool vector;                        /* the form of what follows */
    unsigned next;                      /* chunk to be used next */
    uint8_t *data, *got;                /* CLBA blocks */
    uint8_t md[CLBA * MS], got_md[CLBA * MS];
} Drive;

static Drive *start(bool vector)
{
    Drive *d = g_new0(Drive, 1);

    d->q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS,
        .geometry = GEOMETRY, .props = ",profile=liblightnvm",
    });
    d->g = qocpn_geometry(d->q);
    d->vector = vector;
    d->data = g_malloc(CLBA * BLOCK);
    d->got = g_malloc(CLBA * BLOCK);
    qocpn_pattern(d->data, CLBA * BLOCK, 7);
    qocpn_pattern(d->md, sizeof(d->md), 8);
    return d;
}

static void stop(Drive *d)
{
    qocpn_stop(d->q);
    g_free(d->data);
    g_free(d->got);
    g_free(d);
}

/* The library looks for a Free chunk in the report; this is its index. */
static unsigned free_chunk(Drive *d)
{
    while (qocpn_chunk(d->q, d->next).cs != OCSSD_CS_FREE) {
        d->next++;
    }
    return d->next;
}

static void expect_chunk(Drive *d, unsigned index, uint8_t cs, uint64_t wp)
{
    QOcpnChunk c = qocpn_chunk(d->q, index);

    g_assert_cmphex(c.cs, ==, cs);
    g_assert_cmpuint(c.wp, ==, wp);
}

static uint64_t slba_of(Drive *d, unsigned index)
{
    return qocpn_lba(&d->g, index / 15, index / 5 % 3, index % 5, 0);
}

static QOcpnCqe vector(Drive *d, uint8_t opc, uint64_t lba, unsigned n,
                       void *data, void *md)
{
    uint64_t list[64];

    for (unsigned i = 0; i < n; i++) {
        list[i] = lba + i;
    }
    return qocpn_vector(d->q, &(QOcpnVector) {
        .opc = opc, .count = n, .lba = list, .data = data, .md = md,
    });
}

/* Write N blocks from LBA, those of the pattern from block S on. */
static uint16_t put(Drive *d, uint64_t lba, unsigned s, unsigned n)
{
    uint8_t *data = d->data + s * BLOCK, *md = d->md + s * MS;

    return QOCPN_SC(d->vector ? vector(d, OCSSD_IO_VECTOR_WRITE, lba, n, data,
                                       md)
                              : qocpn_write(d->q, lba, n, data, md));
}

static uint16_t get(Drive *d, uint64_t lba, unsigned n)
{
    memset(d->got, 0x55, n * BLOCK);
    return QOCPN_SC(d->vector ? vector(d, OCSSD_IO_VECTOR_READ, lba, n,
                                       d->got, d->got_md)
                              : qocpn_read(d->q, lba, n, d->got, d->got_md));
}

/* N blocks in writes of WS_MIN, as the library does; N is a multiple. */
static void put_all(Drive *d, uint64_t lba, unsigned s, unsigned n)
{
    for (unsigned i = 0; i < n; i += WS_MIN) {
        g_assert_cmphex(put(d, lba + s + i, s + i, WS_MIN), ==, 0);
    }
}

static void expect_data(Drive *d, uint64_t lba, unsigned s, unsigned n)
{
    g_assert_cmphex(get(d, lba + s, n), ==, 0);
    g_assert_cmpmem(d->got, n * BLOCK, d->data + s * BLOCK, n * BLOCK);
    g_assert_cmpmem(d->got_md, n * MS, d->md + s * MS, n * MS);
}

/* A scalar reset is a Dataset Management range of a chunk. */
static uint16_t reset(Drive *d, uint64_t lba)
{
    if (d->vector) {
        return QOCPN_SC(qocpn_chunk_reset(d->q, lba));
    }
    qtest_writeq(d->q->qts, d->q->buf, (uint64_t)CLBA << 32);
    qtest_writeq(d->q->qts, d->q->buf + 8, lba);
    return QOCPN_SC(qocpn_io(d->q, &(QOcpnCmd) {
        .opc = NVME_IO_DSM, .nsid = 1, .prp1 = d->q->buf, .cdw11 = 1 << 2,
    }));
}

static void set_dulbe(Drive *d, bool on)
{
    QOcpnCqe cqe;

    QOCPN_OK(qocpn_set_feature(d->q, NVME_FID_ERROR_RECOVERY, 1, on << 16));
    cqe = qocpn_get_feature(d->q, NVME_FID_ERROR_RECOVERY, 0, 1);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, on << 16);
}

/* Free, Offline and no chunk: zeros, or an error with DULBE. */
static void read_rules(Drive *d)
{
    const uint64_t lba[] = { slba_of(d, free_chunk(d)), OFFLINE, NO_CHUNK };

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(lba); i++) {
        bool dulbe = i & 1;

        set_dulbe(d, dulbe);
        g_assert_cmphex(get(d, lba[i / 2], 1), ==,
                        dulbe ? NVME_SC_DULB : 0);
        g_assert_true(dulbe || qocpn_is_zero(d->got, BLOCK));
    }
}

/* The window is exactly MW_CUNITS; what is beyond WP is not there. */
static void window_rules(Drive *d)
{
    for (unsigned dulbe = 0; dulbe < 2; dulbe++) {
        unsigned index = free_chunk(d);
        uint64_t lba = slba_of(d, index);
        uint16_t want = dulbe ? NVME_SC_DULB : 0;

        set_dulbe(d, dulbe);
        put_all(d, lba, 0, MW_CUNITS);
        for (unsigned s = 0; s < MW_CUNITS; s += WS_MIN) {
            g_assert_cmphex(get(d, lba + s, WS_MIN), ==, want);
            g_assert_true(dulbe || qocpn_is_zero(d->got, WS_MIN * BLOCK));
        }
        put_all(d, lba, MW_CUNITS, WS_MIN);
        expect_chunk(d, index, OCSSD_CS_OPEN, MW_CUNITS + WS_MIN);
        expect_data(d, lba, 0, WS_MIN);
        g_assert_cmphex(get(d, lba + MW_CUNITS + WS_MIN, WS_MIN), ==, want);
        g_assert_true(dulbe || qocpn_is_zero(d->got, WS_MIN * BLOCK));
        set_dulbe(d, false);
    }
}

/* One chunk's way from Free to Closed, and what is refused beside it. */
static void write_rules(Drive *d)
{
    unsigned index = free_chunk(d);
    uint64_t lba = slba_of(d, index);

    put_all(d, lba, 0, WS_MIN);
    expect_chunk(d, index, OCSSD_CS_OPEN, WS_MIN);
    put_all(d, lba, WS_MIN, WS_MIN);
    expect_chunk(d, index, OCSSD_CS_OPEN, 2 * WS_MIN);
    g_assert_cmphex(put(d, lba + 3 * WS_MIN, 0, WS_MIN), ==,
                    OCSSD_SC_OUT_OF_ORDER_WRITE);
    expect_chunk(d, index, OCSSD_CS_OPEN, 2 * WS_MIN);
    g_assert_cmphex(put(d, lba + WS_MIN, 0, WS_MIN), ==,
                    OCSSD_SC_OUT_OF_ORDER_WRITE);
    expect_chunk(d, index, OCSSD_CS_OPEN, 2 * WS_MIN);
    put_all(d, lba, 2 * WS_MIN, CLBA - 2 * WS_MIN);
    expect_chunk(d, index, OCSSD_CS_CLOSED, CLBA);
    g_assert_cmphex(put(d, lba, 0, WS_MIN), ==, NVME_SC_WRITE_FAULT);
    g_assert_cmphex(put(d, OFFLINE, 0, WS_MIN), ==, NVME_SC_WRITE_FAULT);
    g_assert_cmphex(put(d, NO_GROUP, 0, WS_MIN), ==, NVME_SC_WRITE_FAULT);
}

/* MCCAP bit 1 says whether a Free chunk may be reset. */
static void reset_rules(Drive *d)
{
    unsigned index = free_chunk(d);
    uint64_t lba = slba_of(d, index);

    g_assert_cmphex(d->g.mccap & OCSSD_MCCAP_MULTI_RESET, ==, 0);
    g_assert_cmphex(reset(d, lba), ==, OCSSD_SC_INVALID_RESET);
    put_all(d, lba, 0, WS_MIN);
    expect_chunk(d, index, OCSSD_CS_OPEN, WS_MIN);
    g_assert_cmphex(reset(d, lba), ==, OCSSD_SC_INVALID_RESET);
    put_all(d, lba, WS_MIN, CLBA - WS_MIN);
    expect_chunk(d, index, OCSSD_CS_CLOSED, CLBA);
    g_assert_cmphex(reset(d, lba), ==, 0);
    expect_chunk(d, index, OCSSD_CS_FREE, 0);
    g_assert_cmphex(reset(d, OFFLINE), ==, OCSSD_SC_OFFLINE_CHUNK);
    g_assert_cmphex(reset(d, NO_CHUNK), ==, OCSSD_SC_INVALID_RESET);
}

/* OCSSD-CASE-202, the programs test_rules_* in scalar form. */
static void rules_scalar(void)
{
    Drive *d = start(false);

    read_rules(d);
    window_rules(d);
    write_rules(d);
    reset_rules(d);
    stop(d);
}

/* OCSSD-CASE-202, the same in vector form. */
static void rules_vector(void)
{
    Drive *d = start(true);

    read_rules(d);
    window_rules(d);
    write_rules(d);
    reset_rules(d);
    stop(d);
}

/* OCSSD-CASE-202, test_compliance: one block more than MDTS. */
static void exceed_mdts(void)
{
    Drive *d = start(false);
    unsigned index = free_chunk(d);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, slba_of(d, index), 129);

    qocpn_prp(d->q, &cmd, d->q->buf, 129 * BLOCK, d->q->list);
    QOCPN_STATUS(qocpn_io(d->q, &cmd), NVME_SC_INVALID_FIELD);
    expect_chunk(d, index, OCSSD_CS_FREE, 0);
    stop(d);
}

static const QOcpnTest tests[] = {
    { "liblightnvm's rules, with scalar commands", rules_scalar, NOT_NVME },
    { "liblightnvm's rules, with vector commands", rules_vector, NOT_NVME },
    { "liblightnvm's write of more than MDTS", exceed_mdts, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "hosts-lnvm", tests, ARRAY_SIZE(tests));
}
