/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the commands of liblightnvm's test programs for single commands.
 * hosts-lnvm-test.c has those for the access rules.
 * Proves: what that library's tests expect of an Open-Channel SSD 2.0.
 *
 * The programs were not run: this imitates the commands they send, with the
 * arguments they send them, and expects what they expect.
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
#define NCHUNKS     30
#define WS_OPT      8
#define MW_CUNITS   24

static uint8_t data[CLBA * BLOCK], got[CLBA * BLOCK];
static uint8_t md[CLBA * MS], got_md[CLBA * MS];

static QOcpn *start(void)
{
    qocpn_pattern(data, sizeof(data), 9);
    qocpn_pattern(md, sizeof(md), 10);
    return qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS,
        .geometry = GEOMETRY, .props = ",profile=liblightnvm",
    });
}

static void expect_chunk(QOcpn *q, unsigned index, uint8_t cs, uint64_t wp)
{
    QOcpnChunk c = qocpn_chunk(q, index);

    g_assert_cmphex(c.cs, ==, cs);
    g_assert_cmpuint(c.wp, ==, wp);
}

/* The whole chunk, in writes of WS_OPT. */
static void fill(QOcpn *q, uint64_t lba)
{
    for (unsigned s = 0; s < CLBA; s += WS_OPT) {
        QOCPN_OK(qocpn_write(q, lba + s, WS_OPT, data + s * BLOCK,
                             md + s * MS));
    }
}

/*
 * OCSSD-CASE-202, test_dev, test_cmd_feat and test_cmd_rprt_ordr: geometry,
 * features, and the report of the drive in the pieces of the back ends: all of
 * it, 16 KiB, and that of a parallel unit.
 */
static void reports(void)
{
    QOcpn *q = start();
    QOcpnGeometry g = qocpn_geometry(q);
    uint8_t all[16 * KiB], pu[5 * 32];

    g_assert_cmpuint(g.mw_cunits % g.ws_min, ==, 0);
    QOCPN_OK(qocpn_set_feature(q, OCSSD_FID_MEDIA_FEEDBACK, 1, 3));
    g_assert_cmphex(qocpn_get_feature(q, OCSSD_FID_MEDIA_FEEDBACK, 0, 1).dw0,
                    ==, 3);
    QOCPN_OK(qocpn_set_feature(q, OCSSD_FID_MEDIA_FEEDBACK, 1, 0));
    g_assert_cmphex(qocpn_get_log(q, OCSSD_LID_CHUNK_INFO, 1, 0, all,
                                  NCHUNKS * 32), ==, 0);
    for (unsigned i = 0; i < NCHUNKS; i++) {
        g_assert_cmphex(all[32 * i], ==, i == 2 ? OCSSD_CS_OFFLINE
                                                : OCSSD_CS_FREE);
        g_assert_cmphex(ldq_le_p(all + 32 * i + 8), ==,
                        qocpn_lba(&g, i / 15, i / 5 % 3, i % 5, 0));
        g_assert_cmpuint(ldq_le_p(all + 32 * i + 16), ==, CLBA);
        g_assert_cmpuint(ldq_le_p(all + 32 * i + 24), ==, 0);
    }
    for (unsigned i = 0; i < NCHUNKS; i += 5) {
        g_assert_cmphex(qocpn_get_log(q, OCSSD_LID_CHUNK_INFO, 1, 32 * i, pu,
                                      sizeof(pu)), ==, 0);
        g_assert_cmpmem(pu, sizeof(pu), all + 32 * i, sizeof(pu));
    }
    g_assert_cmphex(qocpn_get_log(q, OCSSD_LID_CHUNK_INFO, 1, 0, all,
                                  sizeof(all)), ==, 0);
    g_assert_true(qocpn_is_zero(all + NCHUNKS * 32,
                                sizeof(all) - NCHUNKS * 32));
    qocpn_stop(q);
}

/* OCSSD-CASE-202, test_cmd_rprt: the report follows a chunk. */
static void report_follows(void)
{
    QOcpn *q = start();
    QOcpnGeometry g = qocpn_geometry(q);
    uint64_t lba = qocpn_lba(&g, 1, 1, 2, 0);

    for (unsigned s = 0; s < CLBA; s += WS_OPT) {
        if (s == CLBA / 2) {
            expect_chunk(q, 22, OCSSD_CS_OPEN, CLBA / 2);
        }
        QOCPN_OK(qocpn_write(q, lba + s, WS_OPT, data, NULL));
    }
    expect_chunk(q, 22, OCSSD_CS_CLOSED, CLBA);
    QOCPN_OK(qocpn_chunk_reset(q, lba));
    expect_chunk(q, 22, OCSSD_CS_FREE, 0);
    qocpn_stop(q);
}

static void expect_descriptor(const uint8_t *d, uint64_t lba)
{
    g_assert_cmphex(d[0], ==, OCSSD_CS_FREE);
    g_assert_cmphex(d[1], ==, OCSSD_CT_SEQUENTIAL);
    g_assert_cmphex(ldq_le_p(d + 8), ==, lba);
    g_assert_cmpuint(ldq_le_p(d + 16), ==, CLBA);
    g_assert_cmpuint(ldq_le_p(d + 24), ==, 0);
}

/* A scalar erase: a range of Dataset Management for each chunk. */
static QOcpnCqe erase_scalar(QOcpn *q, const uint64_t *lba, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        qtest_writeq(q->qts, q->buf + 16 * i, (uint64_t)CLBA << 32);
        qtest_writeq(q->qts, q->buf + 16 * i + 8, lba[i]);
    }
    return qocpn_io(q, &(QOcpnCmd) {
        .opc = NVME_IO_DSM, .nsid = 1, .prp1 = q->buf, .cdw10 = n - 1,
        .cdw11 = 1 << 2,
    });
}

/*
 * OCSSD-CASE-202, test_cmd_erase: one chunk and one of each unit of a group,
 * without and with descriptors, and in scalar form.
 */
static void erase(void)
{
    QOcpn *q = start();
    const uint64_t lba[3] = { 0x080, 0x480, 0x880 };
    uint8_t descr[3 * 32];

    for (unsigned round = 0; round < 6; round++) {
        unsigned n = round & 1 ? 3 : 1;

        for (unsigned i = 0; i < n; i++) {
            fill(q, lba[i]);
            expect_chunk(q, 5 * i + 1, OCSSD_CS_CLOSED, CLBA);
        }
        if (round < 4) {
            QOCPN_OK(qocpn_vector(q, &(QOcpnVector) {
                .opc = OCSSD_IO_VECTOR_RESET, .count = n, .lba = lba,
                .md = round < 2 ? NULL : descr,
            }));
        } else {
            QOCPN_OK(erase_scalar(q, lba, n));
        }
        for (unsigned i = 0; i < n; i++) {
            expect_chunk(q, 5 * i + 1, OCSSD_CS_FREE, 0);
            if (round == 2 || round == 3) {
                expect_descriptor(descr + 32 * i, lba[i]);
            }
        }
    }
    qocpn_stop(q);
}

/* OCSSD-CASE-202, test_cmd_copy: a chunk to another, WS_OPT blocks a time. */
static void copy(void)
{
    QOcpn *q = start();
    uint64_t src[WS_OPT], dst[WS_OPT];

    fill(q, 0x400);
    for (unsigned s = 0; s < CLBA; s += WS_OPT) {
        for (unsigned i = 0; i < WS_OPT; i++) {
            src[i] = 0x400 + s + i;
            dst[i] = 0x1080 + s + i;
        }
        QOCPN_OK(qocpn_vector(q, &(QOcpnVector) {
            .opc = OCSSD_IO_VECTOR_COPY, .count = WS_OPT, .lba = src,
            .dst = dst,
        }));
    }
    QOCPN_OK(qocpn_read(q, 0x1080, CLBA, got, got_md));
    g_assert_cmpmem(got, sizeof(got), data, sizeof(data));
    g_assert_cmpmem(got_md, sizeof(got_md), md, sizeof(md));
    qocpn_stop(q);
}

/*
 * One command of test_sgl: WS_OPT blocks at LBA by an SGL of a segment with a
 * descriptor for each block, metadata by an SGL at MPTR or none.
 */
static QOcpnCqe sgl_io(QOcpn *q, bool vector, bool write, uint64_t lba,
                       bool meta)
{
    QOcpnCmd cmd = qocpn_rw(write ? NVME_IO_WRITE : NVME_IO_READ, lba,
                            WS_OPT);
    uint64_t list = q->md + 32 * KiB, seg = q->list, at = q->list + 2048;

    if (vector) {
        cmd.opc = write ? OCSSD_IO_VECTOR_WRITE : OCSSD_IO_VECTOR_READ;
        cmd.cdw10 = list;
        cmd.cdw11 = list >> 32;
    }
    for (unsigned i = 0; i < WS_OPT; i++) {
        qtest_writeq(q->qts, list + 8 * i, lba + i);
        qocpn_sgl(q, seg + 16 * i, QOCPN_SGL_DATA,
                  q->buf + 2 * i * QOCPN_PAGE, BLOCK);
    }
    qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, seg, 16 * WS_OPT);
    if (meta) {
        qocpn_sgl(q, at, QOCPN_SGL_LAST_SEGMENT, at + 16, 32);
        qocpn_sgl(q, at + 16, QOCPN_SGL_DATA, q->md, 3 * MS);
        qocpn_sgl(q, at + 32, QOCPN_SGL_DATA, q->md + KiB, 5 * MS);
        cmd.flags = 2 << 6;
        cmd.mptr = at;
    }
    return qocpn_io(q, &cmd);
}

/* OCSSD-CASE-202, test_sgl: reads follow the writes, MW_CUNITS behind. */
static void sgl(void)
{
    for (unsigned round = 0; round < 4; round++) {
        QOcpn *q = start();
        bool vector = round & 1, meta = round & 2;

        for (unsigned s = 0; s < CLBA; s += WS_OPT) {
            for (unsigned i = 0; i < WS_OPT; i++) {
                qtest_memset(q->qts, q->buf + 2 * i * QOCPN_PAGE,
                             s + i + 1, BLOCK);
            }
            qtest_memset(q->qts, q->md, s + 1, 3 * MS);
            qtest_memset(q->qts, q->md + KiB, s + 2, 5 * MS);
            QOCPN_OK(sgl_io(q, vector, true, 0x400 + s, meta));
            if (s < MW_CUNITS) {
                continue;
            }
            QOCPN_OK(sgl_io(q, vector, false, 0x400 + s - MW_CUNITS, meta));
            g_assert_cmphex(qtest_readb(q->qts, q->buf + 14 * QOCPN_PAGE), ==,
                            s - MW_CUNITS + 8);
            g_assert_cmphex(qtest_readb(q->qts, q->md), ==,
                            meta ? s - MW_CUNITS + 1 : s + 1);
            g_assert_cmphex(qtest_readb(q->qts, q->md + KiB + 5 * MS - 1), ==,
                            meta ? s - MW_CUNITS + 2 : s + 2);
        }
        expect_chunk(q, 5, OCSSD_CS_CLOSED, CLBA);
        qocpn_stop(q);
    }
}

/*
 * OCSSD-CASE-202: the ioctl back end sets flags of revision 1.2 in dword 12
 * of vector commands and gives Vector Chunk Reset a data buffer.
 */
static void old_flags(void)
{
    QOcpn *q = start();
    QOcpnCmd cmd = {
        .opc = OCSSD_IO_VECTOR_WRITE, .nsid = 1, .cdw10 = q->list + 2048,
        .cdw12 = 0x7fff0000 | (WS_OPT - 1),
    };

    cmd.cdw11 = (q->list + 2048) >> 32;
    for (unsigned i = 0; i < WS_OPT; i++) {
        qtest_writeq(q->qts, q->list + 2048 + 8 * i, 0x400 + i);
    }
    qocpn_prp(q, &cmd, q->buf, WS_OPT * BLOCK, q->list);
    QOCPN_OK(qocpn_io(q, &cmd));
    cmd.opc = OCSSD_IO_VECTOR_READ;
    QOCPN_OK(qocpn_io(q, &cmd));
    for (unsigned s = WS_OPT; s < CLBA; s += WS_OPT) {
        QOCPN_OK(qocpn_write(q, 0x400 + s, WS_OPT, data, NULL));
    }
    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) {
        .opc = OCSSD_IO_VECTOR_RESET, .nsid = 1, .prp1 = q->buf,
        .cdw10 = 0x400, .cdw12 = 0x7fff0000,
    }));
    expect_chunk(q, 5, OCSSD_CS_FREE, 0);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "liblightnvm's reports", reports, NOT_NVME },
    { "liblightnvm's report of a chunk", report_follows, NOT_NVME },
    { "liblightnvm's erases", erase, NOT_NVME },
    { "liblightnvm's copy", copy, NOT_NVME },
    { "liblightnvm's SGLs", sgl, NOT_NVME },
    { "liblightnvm's old flags", old_flags, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "hosts-lnvm-cmd", tests,
                      ARRAY_SIZE(tests));
}
