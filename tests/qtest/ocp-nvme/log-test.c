/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: log pages.
 * Proves: NVMe Base 2.0, Get Log Page command; Supported Log Pages, Error
 * Information, SMART / Health Information, Firmware Slot Information, Changed
 * Namespace List, Commands Supported and Effects, Feature Identifiers
 * Supported and Effects (LID 00h to 05h and 12h).
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define ENTRY   64              /* one Error Information entry */

static QOcpnCqe get_log(QOcpn *q, uint8_t lid, uint32_t numd, uint64_t off,
                        uint32_t nsid)
{
    QOcpnCmd cmd = {
        .opc = NVME_ADM_GET_LOG,
        .nsid = nsid,
        .cdw10 = lid | (numd & 0xffff) << 16,
        .cdw11 = numd >> 16,
        .cdw12 = off,
        .cdw13 = off >> 32,
    };

    qocpn_prp(q, &cmd, q->buf, MIN(4ull * numd + 4, 512 * KiB), q->list);
    return qocpn_admin(q, &cmd);
}

static uint64_t counter(const uint8_t *b)
{
    g_assert_cmphex(ldq_le_p(b + 8), ==, 0);
    return ldq_le_p(b);
}

/* Proves: NVMe Base 2.0, Supported Log Pages (LID 00h) */
static void supported(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[1024], some[4];

    g_assert_cmphex(qocpn_get_log(q, 0x00, 0, 0, log, sizeof(log)), ==, 0);
    for (unsigned lid = 0; lid <= 5; lid++) {
        g_assert_cmphex(ldl_le_p(log + 4 * lid) & 1, ==, 1);
    }
    g_assert_cmphex(ldl_le_p(log + 4 * 0x12) & 1, ==, 1);
    for (unsigned lid = 0; lid < 256; lid++) {
        bool claimed = ldl_le_p(log + 4 * lid) & 1;
        uint16_t sc = qocpn_get_log(q, lid, QOCPN_ALL_NS, 0, some,
                                    sizeof(some));

        if (claimed == (sc == NVME_SC_INVALID_LOG_PAGE)) {
            g_test_message("LID %02x: claimed %d, status %03x", lid, claimed,
                           sc);
            g_test_fail();
        }
    }
    qocpn_stop(q);
}

/*
 * Newest first; the error counter goes up by one and does not restart.
 * Proves: NVMe Base 2.0, Error Information (LID 01h)
 */
static void errors_newest_first(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096], log[ENTRY * 8];
    uint64_t newest = 0;
    unsigned entries;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    entries = MIN(id[262] + 1, 8);                          /* ELPE */
    g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 0, log, ENTRY), ==,
                    0);
    g_assert_cmpuint(ldq_le_p(log), ==, 0);     /* a new drive has none */
    for (unsigned i = 1; i <= entries + 3; i++) {
        QOcpnCqe cqe = qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_IDENTIFY, .cdw10 = 0xf0, .prp1 = q->buf,
        });

        QOCPN_STATUS(cqe, NVME_SC_INVALID_FIELD);
        g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 0, log,
                                      entries * ENTRY), ==, 0);
        newest = ldq_le_p(log);
        g_assert_cmpuint(newest, ==, i);
        g_assert_cmphex(lduw_le_p(log + 10), ==, cqe.cid);
        for (unsigned k = 1; k < MIN(i, entries); k++) {
            g_assert_cmpuint(ldq_le_p(log + k * ENTRY), ==, newest - k);
        }
    }
    /* An offset starts at that entry. */
    if (entries > 2) {
        g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 2 * ENTRY, log,
                                      ENTRY), ==, 0);
        g_assert_cmpuint(ldq_le_p(log), ==, newest - 2);
    }
    qocpn_stop(q);
}

/*
 * Proves: NVMe Base 2.0, Error Information: retained over resets; SMART byte
 * 176: Number of Error Information Log Entries
 */
static void errors_survive_reset(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t before[ENTRY], after[ENTRY], smart[512];

    qocpn_admin(q, &(QOcpnCmd) { .opc = 0xff });
    qocpn_admin(q, &(QOcpnCmd) { .opc = 0xff });
    g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 0, before, ENTRY),
                    ==, 0);
    qocpn_disable(q);
    qocpn_enable(q);
    g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 0, after, ENTRY),
                    ==, 0);
    g_assert_cmpmem(before, ENTRY, after, ENTRY);
    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, smart, 512), ==,
                    0);
    g_assert_cmpuint(counter(smart + 176), ==, 2);
    qocpn_stop(q);
}

/*
 * Data units are thousands of 512 bytes, rounded up; commands are counted.
 * Proves: NVMe Base 2.0, SMART / Health Information (LID 02h)
 */
static void smart_counts(void)
{
    QOcpn *q = qocpn_start(NULL);
    g_autofree uint8_t *buf = g_malloc0(512 * KiB);
    uint8_t a[512], b[512];

    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, a, 512), ==, 0);
    for (unsigned i = 0; i < 8; i++) {
        QOCPN_OK(qocpn_write(q, i * 1000, 1000, buf, NULL));
    }
    for (unsigned i = 0; i < 5; i++) {
        QOCPN_OK(qocpn_read(q, i * 1000, 1000, buf, NULL));
    }
    QOCPN_OK(qocpn_read(q, 0, 1, buf, NULL));
    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, b, 512), ==, 0);
    g_assert_cmpuint(counter(b + 32) - counter(a + 32), >=, 5);
    g_assert_cmpuint(counter(b + 32) - counter(a + 32), <=, 6);
    g_assert_cmpuint(counter(b + 48) - counter(a + 48), ==, 8);
    g_assert_cmpuint(counter(b + 64) - counter(a + 64), ==, 6);
    g_assert_cmpuint(counter(b + 80) - counter(a + 80), ==, 8);
    g_assert_cmphex(b[0], ==, 0);                   /* no warning */
    g_assert_cmpuint(lduw_le_p(b + 1), >, 273);     /* kelvin */
    g_assert_cmpuint(lduw_le_p(b + 1), <, 373);
    g_assert_cmpuint(b[3], >=, b[4]);               /* spare, threshold */
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Firmware Slot Information (LID 03h) */
static void firmware_slot(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096], log[512];
    unsigned active;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    g_assert_cmphex(qocpn_get_log(q, 0x03, QOCPN_ALL_NS, 0, log, 512), ==, 0);
    active = log[0] & 7;
    g_assert_cmpuint(active, >=, 1);
    g_assert_cmpuint(active, <=, (id[260] >> 1) & 7);       /* FRMW slots */
    g_assert_cmpmem(log + 8 * active, 8, id + 64, 8);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Changed Namespace List (LID 04h) */
static void changed_namespaces(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[4096];

    g_assert_cmphex(qocpn_get_log(q, 0x04, QOCPN_ALL_NS, 0, log, 4096), ==,
                    0);
    g_assert_true(qocpn_is_zero(log, sizeof(log)));
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Commands Supported and Effects (LID 05h) */
static void effects(void)
{
    static const uint8_t admin[] = {
        0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0a, 0x0c,
    };
    static const uint8_t io[] = { 0x00, 0x01, 0x02 };
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[4096], b[4];

    g_assert_cmphex(qocpn_get_log(q, 0x05, 0, 0, log, sizeof(log)), ==, 0);
    for (size_t i = 0; i < ARRAY_SIZE(admin); i++) {
        g_assert_cmphex(ldl_le_p(log + 4 * admin[i]) & 1, ==, 1);
    }
    for (size_t i = 0; i < ARRAY_SIZE(io); i++) {
        g_assert_cmphex(ldl_le_p(log + 1024 + 4 * io[i]) & 1, ==, 1);
    }
    /* Write changes content, Read does not. */
    g_assert_cmphex(ldl_le_p(log + 1024 + 4 * 0x01) & 2, ==, 2);
    g_assert_cmphex(ldl_le_p(log + 1024 + 4 * 0x02) & 2, ==, 0);
    /* The middle of the page by offset is the same bytes. */
    g_assert_cmphex(qocpn_get_log(q, 0x05, 0, 1024 + 4, b, 4), ==, 0);
    g_assert_cmpmem(b, 4, log + 1024 + 4, 4);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-62
 * The effects log tells the truth about all 256 admin opcodes.
 */
static void effects_are_true(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[4096];

    g_assert_cmphex(qocpn_get_log(q, 0x05, 0, 0, log, sizeof(log)), ==, 0);
    for (unsigned opc = 0; opc < 256; opc++) {
        bool claimed = ldl_le_p(log + 4 * opc) & 1;
        QOcpnCqe cqe;

        if (opc == NVME_ADM_AER || opc == NVME_ADM_FORMAT) {
            continue;
        }
        cqe = qocpn_admin(q, &(QOcpnCmd) { .opc = opc, .prp1 = q->buf });
        if (claimed == (QOCPN_SC(cqe) == NVME_SC_INVALID_OPCODE)) {
            g_test_message("admin opcode %02x: claimed %d, status %03x", opc,
                           claimed, QOCPN_SC(cqe));
            g_test_fail();
        }
    }
    for (unsigned opc = 0; opc < 256; opc++) {
        bool claimed = ldl_le_p(log + 1024 + 4 * opc) & 1;
        QOcpnCqe cqe = qocpn_io(q, &(QOcpnCmd) {
            .opc = opc, .nsid = 1, .prp1 = q->buf,
        });

        if (claimed == (QOCPN_SC(cqe) == NVME_SC_INVALID_OPCODE)) {
            g_test_message("I/O opcode %02x: claimed %d, status %03x", opc,
                           claimed, QOCPN_SC(cqe));
            g_test_fail();
        }
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Feature Identifiers Supported and Effects (12h) */
static void feature_effects(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[1024];

    g_assert_cmphex(qocpn_get_log(q, 0x12, 0, 0, log, sizeof(log)), ==, 0);
    for (unsigned fid = 0; fid < 256; fid++) {
        bool claimed = ldl_le_p(log + 4 * fid) & 1;
        QOcpnCqe cqe = qocpn_get_feature(q, fid, 3, 0);

        if (claimed != !QOCPN_SC(cqe)) {
            g_test_message("FID %02x: claimed %d, status %03x", fid, claimed,
                           QOCPN_SC(cqe));
            g_test_fail();
        }
        /* FSUPP is the only bit a feature that is not there may not have. */
        if (!claimed) {
            g_assert_cmphex(ldl_le_p(log + 4 * fid), ==, 0);
        }
    }
    qocpn_stop(q);
}

/* Every length up to the page writes exactly that many bytes. */
static void exact_lengths(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[512], got[1024];

    g_assert_cmphex(qocpn_get_log(q, 0x03, QOCPN_ALL_NS, 0, log, 512), ==, 0);
    for (unsigned len = 4; len <= 512; len += 4) {
        for (unsigned off = 0; off + len <= 512; off += 36) {
            qtest_memset(q->qts, q->buf, 0xa5, sizeof(got));
            QOCPN_OK(get_log(q, 0x03, len / 4 - 1, off, QOCPN_ALL_NS));
            qtest_memread(q->qts, q->buf, got, sizeof(got));
            g_assert_cmpint(memcmp(got, log + off, len), ==, 0);
            g_assert_cmphex(got[len], ==, 0xa5);
        }
    }
    qocpn_stop(q);
}

#define GET_LOG(...) \
    { .opc = NVME_ADM_GET_LOG, .nsid = QOCPN_ALL_NS, .prp1 = 0x200000, \
      .cdw10 = __VA_ARGS__ }

static const QOcpnRefusal refusals[] = {
    { "offset past the end of Firmware Slot Information",
      GET_LOG(0x03, .cdw12 = 516), NVME_SC_INVALID_FIELD, 48 },
    { "offset 4 GiB",
      GET_LOG(0x03, .cdw13 = 1), NVME_SC_INVALID_FIELD, 48 },
    { "offset 2^64 - 4",
      GET_LOG(0x03, .cdw12 = 0xfffffffc, .cdw13 = 0xffffffff),
      NVME_SC_INVALID_FIELD, 48 },
};

/* FAILURE-CASE-53 */
static void refused_values(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused(q, &q->adm, refusals, ARRAY_SIZE(refusals));
    qocpn_stop(q);
}

/* hw/nvme accepts some of these and has other codes for the rest. */
static const QOcpnRefusal strict_refusals[] = {
    { "LID 3Fh, which is reserved",
      GET_LOG(0x3f), NVME_SC_INVALID_LOG_PAGE, 40 },
    { "vendor LID FFh", GET_LOG(0xff), NVME_SC_INVALID_LOG_PAGE, 40 },
    { "offset not of a dword",
      GET_LOG(0x03, .cdw12 = 2), NVME_SC_INVALID_FIELD, 48 },
    { "length FFFFFFFFh dwords",
      GET_LOG(0xffff0003, .cdw11 = 0xffff), NVME_SC_INVALID_FIELD, 42 },
    { "length 3FFFFFFFh dwords, 2^32 bytes",
      GET_LOG(0xffff0003, .cdw11 = 0x3fff), NVME_SC_INVALID_FIELD, 42 },
    { "length one dword above MDTS",
      GET_LOG(0x00000003, .cdw11 = 2), NVME_SC_INVALID_FIELD, 42 },
    { "effects of a command set the drive does not have",
      GET_LOG(0x03ff0005, .cdw14 = 3u << 24), NVME_SC_INVALID_FIELD, 59 },
};

static void refused_logged(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused_logged(q, &q->adm, refusals, ARRAY_SIZE(refusals));
    qocpn_refused_logged(q, &q->adm, strict_refusals,
                         ARRAY_SIZE(strict_refusals));
    qocpn_stop(q);
}

/* The end of the page is a legal offset; what lies behind reads as zero. */
static void end_of_page(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t got[1024];

    qtest_memset(q->qts, q->buf, 0xa5, sizeof(got));
    QOCPN_OK(get_log(q, 0x03, 1024 / 4 - 1, 0, QOCPN_ALL_NS));
    qtest_memread(q->qts, q->buf, got, sizeof(got));
    g_assert_true(qocpn_is_zero(got + 512, sizeof(got) - 512));
    QOCPN_OK(get_log(q, 0x03, 0, 512, QOCPN_ALL_NS));
    QOCPN_OK(get_log(q, 0x03, 127, 508, QOCPN_ALL_NS));
    qocpn_stop(q);
}

/* A full MDTS of a page, over a PRP list. */
static void longest(void)
{
    QOcpn *q = qocpn_start(NULL);

    QOCPN_OK(get_log(q, 0x05, 512 * KiB / 4 - 1, 0, 0));
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "Supported Log Pages tells the truth", supported,
      "hw/nvme has no LID 00h" },
    { "errors are listed newest first", errors_newest_first,
      "hw/nvme keeps no Error Information" },
    { "errors survive a controller reset", errors_survive_reset,
      "hw/nvme keeps no Error Information" },
    { "SMART counts commands and data", smart_counts },
    { "Firmware Slot Information names the running firmware",
      firmware_slot, "hw/nvme gives two firmware revisions" },
    { "no namespace has changed", changed_namespaces },
    { "the effects log lists the mandatory commands", effects },
    { "the effects log tells the truth about every opcode",
      effects_are_true, "hw/nvme lists Namespace Attachment and FDP always" },
    { "the feature effects log tells the truth about every feature",
      feature_effects, "hw/nvme has no LID 12h" },
    { "every length writes exactly its bytes", exact_lengths },
    { "offsets past the end are refused", refused_values },
    { "illegal pages, offsets and lengths are logged", refused_logged,
      "hw/nvme keeps no Error Information" },
    { "what lies behind a page reads as zero", end_of_page,
      "hw/nvme leaves the rest of the buffer alone" },
    { "the longest transfer works", longest },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "log", tests, ARRAY_SIZE(tests));
}
