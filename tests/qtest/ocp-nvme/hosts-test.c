/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the commands of SPDK's open-channel hosts, FTL of 19.x and bdev_ocssd
 * of 20.01 to 21.07.  hosts-lnvm-test.c has liblightnvm.
 * Proves: that an Open-Channel SSD 2.0 does what these hosts rely on.
 *
 * SPDK was not run: this imitates the commands it sends, in its order, with
 * its namespaces, lengths, offsets and pointers, and checks what it checks.
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

/* More than 128 chunks in a unit: its report needs two reads of 4096 bytes. */
#define GEOMETRY \
    "--num-grp 2 --num-pu 1 --num-chk 150 --clba 32 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --offline 7"

#define BLOCK       4096
#define MS          16
#define CLBA        32
#define NPUS        2
#define NUM_CHK     150
#define WS_OPT      8
#define EVENT_D0    0x00d00007u

static uint8_t data[CLBA * BLOCK], got[CLBA * BLOCK], md[CLBA * MS];

/* The image of a drive that is started more than once. */
static char *image(void)
{
    return qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS,
        .geometry = GEOMETRY,
    });
}

static QOcpn *start(const char *file, const char *props)
{
    qocpn_pattern(data, sizeof(data), 11);
    qocpn_pattern(md, sizeof(md), 12);
    return qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS, .file = file,
        .props = props,
    });
}

/* SPDK never sets RAE. */
static void get_log(QOcpn *q, uint8_t lid, uint32_t nsid, uint64_t off,
                    void *buf, size_t len)
{
    QOcpnCmd cmd = {
        .opc = NVME_ADM_GET_LOG, .nsid = nsid,
        .cdw10 = lid | (uint32_t)(len / 4 - 1) << 16, .cdw12 = off,
    };

    qocpn_prp(q, &cmd, q->buf, len, q->list);
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memread(q->qts, q->buf, buf, len);
}

/*
 * What the driver does and checks at attach: PCI IDs, VID, all its event
 * requests.  It asks such a drive for no list of namespaces, but for each one
 * up to NN, and looks at byte 384 of the first.  "identify" then reads a
 * feature and the first chunks.  Returns NN.
 */
static uint32_t attach(QOcpn *q)
{
    uint8_t id[4096], log[256];
    uint32_t nn;

    g_assert_cmphex(qpci_config_readl(q->pdev, PCI_VENDOR_ID), ==,
                    0x1f1f1d1d);
    g_assert_cmphex(qpci_config_readl(q->pdev, PCI_CLASS_REVISION) >> 8, ==,
                    0x010802);
    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    g_assert_cmphex(lduw_le_p(id), ==, OCSSD_PCI_VENDOR);
    g_assert_true(id[261] & 1 << 2);            /* LPA: log page offsets */
    nn = ldl_le_p(id + 516);
    QOCPN_OK(qocpn_set_feature(q, NVME_FID_ASYNC_EVENT, 0, 0x1f));
    for (unsigned i = 0; i < MIN(id[259] + 1, 8); i++) {
        qocpn_post_aer(q);
    }
    for (uint32_t nsid = nn; nsid > 0; nsid--) {
        g_assert_cmphex(qocpn_identify(q, 0x00, nsid, id), ==, 0);
    }
    g_assert_cmphex(id[384], ==, OCSSD_ID_NS_MARK);
    g_assert_cmphex(id[26], ==, 0);             /* metadata is not in blocks */
    g_assert_cmphex(ldl_le_p(id + 128), ==, 12 << 16 | MS);
    QOCPN_OK(qocpn_get_feature(q, OCSSD_FID_MEDIA_FEEDBACK, 0, 0));
    get_log(q, OCSSD_LID_CHUNK_INFO, 1, 0, log, sizeof(log));
    g_assert_cmphex(ldq_le_p(log + 32 * 7 + 8), ==, 7 * CLBA);
    g_assert_cmphex(log[32 * 7], ==, OCSSD_CS_OFFLINE);
    return nn;
}

static void notify(QOcpn *q, const char *text)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': '/machine/peripheral/nv0', "
                             "'property': 'notify', 'value': %s}}", text);
}

/* Read page D0h in reads of N entries until it has none newer than LAST. */
static uint64_t drain(QOcpn *q, unsigned n, uint64_t last)
{
    g_autofree uint8_t *log = g_malloc(n * 64);
    unsigned i;

    do {
        get_log(q, OCSSD_LID_CHUNK_NOTIFY, 1, 0, log, n * 64);
        for (i = 0; i < n && ldq_le_p(log + 64 * i) > last; i++) {
            last = ldq_le_p(log + 64 * i);
        }
    } while (i == n);
    return last;
}

/* The next event must be of page D0h; the host asks for another. */
static void expect_event(QOcpn *q)
{
    QOcpnCqe cqe = qocpn_event(q);

    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, EVENT_D0);
    qocpn_post_aer(q);
}

/*
 * N notifications raise an event; the host finds all of them.  It stops at the
 * first entry it knows, so those it read must be gone when there is a new one.
 */
static void media_events(QOcpn *q, unsigned entries, unsigned n)
{
    QOcpnCqe cqe;

    g_assert_cmpuint(drain(q, entries, 0), ==, 0);
    for (unsigned i = 0; i < n; i++) {
        notify(q, "state=high mask=chunk lba=0x40");
    }
    expect_event(q);
    g_assert_cmpuint(drain(q, entries, 0), ==, n);
    qocpn_idle(q, 10);
    g_assert_false(qocpn_poll_event(q, &cqe));
    notify(q, "state=unrecoverable mask=block lba=0x43 nlb=2");
    expect_event(q);
    g_assert_cmpuint(drain(q, entries, n), ==, n + 1);
}

/* Bytes of the report: chunk CHK of unit PU, a group of its own. */
static uint64_t log_offset(unsigned pu, unsigned chk)
{
    return 32ull * (pu * NUM_CHK + chk);
}

static uint64_t lba_of(QOcpn *q, unsigned pu, unsigned chk)
{
    QOcpnGeometry g = qocpn_geometry(q);

    return qocpn_lba(&g, pu, 0, chk, 0);
}

static void expect_chunk(QOcpn *q, unsigned pu, unsigned chk, uint8_t cs,
                         uint64_t wp)
{
    uint8_t d[32];

    get_log(q, OCSSD_LID_CHUNK_INFO, 1, log_offset(pu, chk), d, sizeof(d));
    g_assert_cmphex(d[0], ==, cs);
    g_assert_cmpuint(ldq_le_p(d + 24), ==, wp);
}

/* FTL: the reports of all units, in pieces of 4096 bytes. */
static void ftl_states(QOcpn *q, uint8_t state[NPUS][NUM_CHK])
{
    uint8_t info[128 * 32];

    for (unsigned pu = 0; pu < NPUS; pu++) {
        for (unsigned i = 0; i < NUM_CHK; i += 128) {
            unsigned n = MIN(NUM_CHK - i, 128);

            get_log(q, OCSSD_LID_CHUNK_INFO, 1, log_offset(pu, i), info,
                    n * 32);
            for (unsigned k = 0; k < n; k++) {
                g_assert_cmphex(ldq_le_p(info + 32 * k + 8), ==,
                                lba_of(q, pu, i + k));
                state[pu][i + k] = info[32 * k];
            }
        }
    }
}

/* FTL's writes: WS_OPT blocks, with metadata or, when it pads, without. */
static void ftl_write(QOcpn *q, uint64_t lba, unsigned s, unsigned n,
                      bool pad)
{
    for (; n > 0; s += WS_OPT, n -= WS_OPT) {
        QOCPN_OK(qocpn_write(q, lba + s, WS_OPT, data + s * BLOCK,
                             pad ? NULL : md + s * MS));
    }
}

/* Its reads have no metadata pointer, and any length. */
static void ftl_verify(QOcpn *q, uint64_t lba, unsigned n)
{
    for (unsigned s = 0; s + 5 <= n; s += 5) {
        QOCPN_OK(qocpn_read(q, lba + s, 5, got, NULL));
        g_assert_cmpmem(got, 5 * BLOCK, data + s * BLOCK, 5 * BLOCK);
    }
}

/*
 * A band is chunk BAND of every unit.  Before use all its chunks but bad ones
 * are reset if they are not Free; a reset that fails makes a chunk bad.
 */
static void ftl_erase(QOcpn *q, uint8_t state[NPUS][NUM_CHK], unsigned band)
{
    for (unsigned pu = 0; pu < NPUS; pu++) {
        if (state[pu][band] != OCSSD_CS_FREE &&
            state[pu][band] != OCSSD_CS_OFFLINE) {
            QOCPN_OK(qocpn_chunk_reset(q, lba_of(q, pu, band)));
            expect_chunk(q, pu, band, OCSSD_CS_FREE, 0);
        }
    }
}

static void shut_down(QOcpn *q)
{
    qocpn_writel(q, NVME_REG_CC, QOCPN_CC | 1 << 14);
    QOCPN_UNTIL(q, extract32(qocpn_readl(q, NVME_REG_CSTS), 2, 2) == 2);
    qocpn_stop(q);
}

/*
 * OCSSD-CASE-204: create on a drive that was used, write, verify, shut down,
 * restore: pad what is open from the write pointer on, and verify again.
 */
static void ftl(void)
{
    char *file = image();
    QOcpn *q = start(file, ",profile=spdk-ftl");
    uint8_t state[NPUS][NUM_CHK];

    ftl_write(q, lba_of(q, 0, 1), 0, CLBA, false);      /* of somebody else */
    ftl_write(q, lba_of(q, 1, 1), 0, WS_OPT, false);
    g_assert_cmpuint(attach(q), ==, 1);         /* it wants one namespace */
    media_events(q, 16, 3);
    ftl_states(q, state);
    g_assert_cmphex(state[0][1], ==, OCSSD_CS_CLOSED);
    g_assert_cmphex(state[1][1], ==, OCSSD_CS_OPEN);
    g_assert_cmphex(state[0][7], ==, OCSSD_CS_OFFLINE);
    for (unsigned band = 0; band < NUM_CHK; band++) {
        ftl_erase(q, state, band);
    }
    for (unsigned s = 0; s < CLBA; s += WS_OPT) {       /* across the band */
        for (unsigned pu = 0; pu < NPUS; pu++) {
            ftl_write(q, lba_of(q, pu, 0), s, WS_OPT, false);
        }
    }
    ftl_write(q, lba_of(q, 0, 1), 0, 3 * WS_OPT, false);
    ftl_write(q, lba_of(q, 1, 1), 0, WS_OPT, false);
    ftl_verify(q, lba_of(q, 1, 0), CLBA);
    shut_down(q);

    q = start(file, ",profile=spdk-ftl");
    attach(q);
    g_assert_cmpuint(drain(q, 16, 0), ==, 0);
    ftl_states(q, state);
    for (unsigned pu = 0; pu < NPUS; pu++) {
        unsigned wp = qocpn_chunk(q, pu * NUM_CHK + 1).wp;

        g_assert_cmphex(state[pu][0], ==, OCSSD_CS_CLOSED);
        g_assert_cmphex(state[pu][1], ==, OCSSD_CS_OPEN);
        g_assert_cmpuint(wp, ==, pu ? WS_OPT : 3 * WS_OPT);
        ftl_write(q, lba_of(q, pu, 1), wp, CLBA - wp, true);
        expect_chunk(q, pu, 1, OCSSD_CS_CLOSED, CLBA);
        ftl_verify(q, lba_of(q, pu, 0), CLBA);
        ftl_verify(q, lba_of(q, pu, 1), wp);
    }
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* bdev_ocssd: zone ZONE is chunk ZONE / NPUS of unit ZONE % NPUS. */
static uint64_t zone(QOcpn *q, unsigned zone)
{
    return lba_of(q, zone % NPUS, zone / NPUS);
}

/* Creation: the report in reads of 128 chunks; every chunk is one zone. */
static void bdev_zones(QOcpn *q)
{
    uint8_t info[128 * 32];

    for (unsigned i = 0; i < NPUS * NUM_CHK; i += 128) {
        unsigned n = MIN(NPUS * NUM_CHK - i, 128);

        get_log(q, OCSSD_LID_CHUNK_INFO, 1, 32 * i, info, n * 32);
        for (unsigned k = 0; k < n; k++) {
            const uint8_t *d = info + 32 * k;

            g_assert_cmphex(ldq_le_p(d + 8), ==,
                            lba_of(q, (i + k) / NUM_CHK, (i + k) % NUM_CHK));
            g_assert_cmphex(d[0], ==, i + k == 7 ? OCSSD_CS_OFFLINE
                                                 : OCSSD_CS_FREE);
            g_assert_cmphex(d[1], ==, OCSSD_CT_SEQUENTIAL);
        }
    }
}

/* OCSSD-CASE-203: create, write and verify zones, append, reset. */
static void bdev_ocssd(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS,
        .geometry = GEOMETRY,
    });

    qocpn_pattern(data, sizeof(data), 13);
    attach(q);
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = OCSSD_ADM_GEOMETRY, .nsid = 1, .prp1 = q->buf,
    }));
    media_events(q, 64, 70);                    /* more than the page holds */
    bdev_zones(q);
    for (unsigned z = 0; z < 8; z++) {          /* one write a time in each */
        ftl_write(q, zone(q, z), 0, CLBA, true);
        expect_chunk(q, z % NPUS, z / NPUS, OCSSD_CS_CLOSED, CLBA);
        QOCPN_OK(qocpn_read(q, zone(q, z), CLBA, got, NULL));
        g_assert_cmpmem(got, sizeof(got), data, sizeof(data));
    }
    for (unsigned z = 0; z < 8; z++) {
        QOCPN_OK(qocpn_chunk_reset(q, zone(q, z)));
        expect_chunk(q, z % NPUS, z / NPUS, OCSSD_CS_FREE, 0);
    }
    /* Append goes where the report has the write pointer. */
    for (unsigned s = 0; s < CLBA; s += 2 * WS_OPT) {
        expect_chunk(q, 1, 4, s ? OCSSD_CS_OPEN : OCSSD_CS_FREE, s);
        ftl_write(q, zone(q, 9), s, 2 * WS_OPT, true);
    }
    QOCPN_OK(qocpn_read(q, zone(q, 9), CLBA, got, NULL));
    g_assert_cmpmem(got, sizeof(got), data, sizeof(data));
    QOCPN_OK(qocpn_chunk_reset(q, zone(q, 9)));
    QOCPN_STATUS(qocpn_chunk_reset(q, zone(q, 14)), OCSSD_SC_OFFLINE_CHUNK);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "SPDK's bdev_ocssd creates, verifies and resets zones", bdev_ocssd,
      NOT_NVME },
    { "SPDK's FTL creates, verifies and restores", ftl, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "hosts", tests, ARRAY_SIZE(tests));
}
