/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: features.
 * Proves: NVMe Base 2.0, Get Features and Set Features commands, Feature
 * Values, and each feature named below; NVM Command Set 1.0, Features.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define SEL_CURRENT     0
#define SEL_DEFAULT     1
#define SEL_SAVED       2
#define SEL_CAP         3

#define CAP_NS          2
#define CAP_CHANGEABLE  4

/* Mandatory features of an I/O controller, and what kind each is. */
static const struct {
    uint8_t fid;
    bool ns;                    /* namespace specific */
    bool changeable;
} mandatory[] = {
    { NVME_FID_ARBITRATION, false, true },
    { NVME_FID_POWER_MGMT, false, true },
    { NVME_FID_TEMPERATURE, false, true },
    { NVME_FID_ERROR_RECOVERY, true, true },
    { NVME_FID_NUM_QUEUES, false, true },
    { NVME_FID_INT_COALESCING, false, true },
    { NVME_FID_INT_VECTOR, false, true },
    { NVME_FID_WRITE_ATOMICITY, false, true },
    { NVME_FID_ASYNC_EVENT, false, true },
};

static uint32_t value(QOcpn *q, uint8_t fid, uint8_t sel, uint32_t nsid)
{
    QOcpnCqe cqe = qocpn_get_feature(q, fid, sel, nsid);

    if (QOCPN_SC(cqe)) {
        g_test_message("Get Features %02x SEL %u NSID %x: status %03x", fid,
                       sel, nsid, QOCPN_SC(cqe));
        g_test_fail();
    }
    return cqe.dw0;
}

/* Proves: NVMe Base 2.0, Get Features: Select (SEL) */
static void mandatory_features(void)
{
    QOcpn *q = qocpn_start(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(mandatory); i++) {
        uint8_t fid = mandatory[i].fid;
        uint32_t nsid = mandatory[i].ns ? 1 : 0;
        uint32_t caps = value(q, fid, SEL_CAP, nsid);

        if (!!(caps & CAP_NS) != mandatory[i].ns ||
            !!(caps & CAP_CHANGEABLE) != mandatory[i].changeable ||
            caps & ~7u) {
            g_test_message("FID %02x: capabilities %08x", fid, caps);
            g_test_fail();
        }
        if (fid != NVME_FID_NUM_QUEUES) {
            /* After power on, current is default (nothing was saved). */
            g_assert_cmphex(value(q, fid, SEL_CURRENT, nsid), ==,
                            value(q, fid, SEL_DEFAULT, nsid));
        }
        /* Without a saved value SEL 2 returns the default. */
        g_assert_cmphex(value(q, fid, SEL_SAVED, nsid), ==,
                        value(q, fid, SEL_DEFAULT, nsid));
    }
    qocpn_stop(q);
}

/* Get finds what Set stored; a reset brings the default back. */
static void set_get_reset(void)
{
    static const struct {
        uint8_t fid;
        uint32_t nsid, value;
        uint32_t mask;          /* bits that Get Features returns */
    } t[] = {
        { NVME_FID_ARBITRATION, 0, 0x00000003, UINT32_MAX },
        { NVME_FID_TEMPERATURE, 0, 0x00000150, 0xffff },
        { NVME_FID_TEMPERATURE, 0, 0x00100120, 0xffff },
        { NVME_FID_ERROR_RECOVERY, 1, 0x00000005, UINT32_MAX },
        { NVME_FID_INT_COALESCING, 0, 0x00000a05, UINT32_MAX },
        { NVME_FID_INT_VECTOR, 0, 0x00010003, UINT32_MAX },
        { NVME_FID_WRITE_ATOMICITY, 0, 0x00000001, UINT32_MAX },
        { NVME_FID_ASYNC_EVENT, 0, 0x0000001f, UINT32_MAX },
    };
    QOcpn *q = qocpn_start(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        QOcpnCmd get = {
            .opc = NVME_ADM_GET_FEAT, .nsid = t[i].nsid, .prp1 = q->buf,
            .cdw10 = t[i].fid, .cdw11 = t[i].value & 0x00300000,
        };
        QOcpnCqe cqe;
        uint32_t first;

        if (t[i].fid == NVME_FID_INT_VECTOR) {
            get.cdw11 = t[i].value & 0xffff;
        }
        first = qocpn_admin(q, &get).dw0;
        QOCPN_OK(qocpn_set_feature(q, t[i].fid, t[i].nsid, t[i].value));
        cqe = qocpn_admin(q, &get);
        QOCPN_OK(cqe);
        if ((cqe.dw0 ^ t[i].value) & t[i].mask) {
            g_test_message("FID %02x: set %08x, got %08x", t[i].fid,
                           t[i].value, cqe.dw0);
            g_test_fail();
        }
        qocpn_disable(q);
        qocpn_enable(q);
        g_assert_cmphex(qocpn_admin(q, &get).dw0, ==, first);
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Number of Queues (FID 07h) */
static void number_of_queues(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_ioq = true });
    QOcpnCqe cqe;

    QOCPN_STATUS(qocpn_set_feature(q, NVME_FID_NUM_QUEUES, 0, 0x0003ffff),
                 NVME_SC_INVALID_FIELD);
    QOCPN_STATUS(qocpn_set_feature(q, NVME_FID_NUM_QUEUES, 0, 0xffff0003),
                 NVME_SC_INVALID_FIELD);
    cqe = qocpn_set_feature(q, NVME_FID_NUM_QUEUES, 0, 0x03ff03ff);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 0x003f003f);
    g_assert_cmphex(value(q, NVME_FID_NUM_QUEUES, SEL_CURRENT, 0), ==,
                    0x003f003f);
    qocpn_stop(q);
}

/* "Command Sequence Error" once I/O queues exist. */
static void number_of_queues_late(void)
{
    QOcpn *q = qocpn_start(NULL);

    QOCPN_STATUS(qocpn_set_feature(q, NVME_FID_NUM_QUEUES, 0, 0x00030003),
                 NVME_SC_COMMAND_SEQUENCE);
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Fewer queues asked for: the others' identifiers are not valid then. */
static void fewer_queues(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_ioq = true });
    QOcpnCqe cqe = qocpn_set_feature(q, NVME_FID_NUM_QUEUES, 0, 0x00010001);

    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 0x00010001);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 2, 8, 1));
    QOCPN_STATUS(qocpn_create_pair(q, &q->io, 3, 8, 1),
                 NVME_SC_INVALID_QID);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Timestamp (FID 0Eh) */
static void timestamp(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint64_t got;

    qtest_writeq(q->qts, q->buf, 0x0000123456789abcull);
    QOCPN_OK(qocpn_set_feature(q, NVME_FID_TIMESTAMP, 0, 0));
    qtest_writeq(q->qts, q->buf, 0);
    QOCPN_OK(qocpn_get_feature(q, NVME_FID_TIMESTAMP, SEL_CURRENT, 0));
    got = qtest_readq(q->qts, q->buf);
    g_assert_cmphex(extract64(got, 49, 3), ==, 1);      /* set by the host */
    got = extract64(got, 0, 48);
    g_assert_cmphex(got, >=, 0x123456789abcull);
    g_assert_cmphex(got, <, 0x123456789abcull + 60000);
    /* It counts milliseconds of the guest's time. */
    qtest_clock_step(q->qts, 5 * G_GINT64_CONSTANT(1000000000));
    QOCPN_OK(qocpn_get_feature(q, NVME_FID_TIMESTAMP, SEL_CURRENT, 0));
    g_assert_cmphex(extract64(qtest_readq(q->qts, q->buf), 0, 48), >=,
                    got + 5000);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Volatile Write Cache (FID 06h) */
static void write_cache(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096];
    QOcpnCqe cqe;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    cqe = qocpn_get_feature(q, NVME_FID_VWC, SEL_CURRENT, 0);
    if (!(id[525] & 1)) {
        /* Without a cache there is nothing to switch. */
        QOCPN_STATUS(qocpn_set_feature(q, NVME_FID_VWC, 0, 1),
                     NVME_SC_INVALID_FIELD);
    } else {
        QOCPN_OK(cqe);
        QOCPN_OK(qocpn_set_feature(q, NVME_FID_VWC, 0, 0));
        g_assert_cmphex(value(q, NVME_FID_VWC, SEL_CURRENT, 0), ==, 0);
        QOCPN_OK(qocpn_set_feature(q, NVME_FID_VWC, 0, 1));
        g_assert_cmphex(value(q, NVME_FID_VWC, SEL_CURRENT, 0), ==, 1);
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Host Behavior Support (FID 16h): 512 bytes */
static void host_behavior(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t b[512] = { 1 }, got[512];

    if (QOCPN_SC(qocpn_get_feature(q, NVME_FID_HOST_BEHAVIOR, SEL_CAP, 0))) {
        g_test_skip("the drive has no Host Behavior Support");
    } else {
        qtest_memwrite(q->qts, q->buf, b, sizeof(b));
        QOCPN_OK(qocpn_set_feature(q, NVME_FID_HOST_BEHAVIOR, 0, 0));
        qtest_memset(q->qts, q->buf, 0xa5, sizeof(b));
        QOCPN_OK(qocpn_get_feature(q, NVME_FID_HOST_BEHAVIOR, SEL_CURRENT,
                                   0));
        qtest_memread(q->qts, q->buf, got, sizeof(got));
        g_assert_cmphex(got[0], ==, 1);
        for (unsigned i = 1; i < sizeof(got); i++) {
            g_assert_cmphex(got[i], ==, 0);
        }
    }
    qocpn_stop(q);
}

/* Error Recovery belongs to a namespace; FFFFFFFFh sets all of them. */
static void namespace_scope(void)
{
    QOcpn *q = qocpn_start(NULL);

    QOCPN_OK(qocpn_set_feature(q, NVME_FID_ERROR_RECOVERY, 1, 7));
    g_assert_cmphex(value(q, NVME_FID_ERROR_RECOVERY, SEL_CURRENT, 1) &
                    0xffff, ==, 7);
    QOCPN_OK(qocpn_set_feature(q, NVME_FID_ERROR_RECOVERY, QOCPN_ALL_NS, 9));
    g_assert_cmphex(value(q, NVME_FID_ERROR_RECOVERY, SEL_CURRENT, 1) &
                    0xffff, ==, 9);
    qocpn_stop(q);
}

#define SET(...)    { .opc = NVME_ADM_SET_FEAT, .prp1 = 0x200000, __VA_ARGS__ }
#define GET(...)    { .opc = NVME_ADM_GET_FEAT, .prp1 = 0x200000, __VA_ARGS__ }

static const QOcpnRefusal refusals[] = {
    { "Set FID 00h", SET(.cdw10 = 0x00), NVME_SC_INVALID_FIELD, 40 },
    { "Get FID 00h", GET(.cdw10 = 0x00), NVME_SC_INVALID_FIELD, 40 },
    { "Set FID 75h, which is reserved", SET(.cdw10 = 0x75),
      NVME_SC_INVALID_FIELD, 40 },
    { "Get vendor FID FFh", GET(.cdw10 = 0xff), NVME_SC_INVALID_FIELD, 40 },
    { "Number of Queues with FFFFh submission queues",
      SET(.cdw10 = 0x07, .cdw11 = 0x0000ffff), NVME_SC_INVALID_FIELD, 44 },
    { "Number of Queues with FFFFh completion queues",
      SET(.cdw10 = 0x07, .cdw11 = 0xffff0000), NVME_SC_INVALID_FIELD, 46 },
    { "Error Recovery of an NSID past NN",
      SET(.cdw10 = 0x05, .nsid = 0xfffffff0), NVME_SC_INVALID_NS, 4 },
    { "Temperature Threshold of a controller feature for one namespace",
      SET(.cdw10 = 0x04, .nsid = 1, .cdw11 = 0x140),
      NVME_SC_FEATURE_NOT_NS_SPECIFIC, 4 },
};

/* hw/nvme has other answers, or none, for these. */
static const QOcpnRefusal strict_refusals[] = {
    { "Get with reserved SEL 4", GET(.cdw10 = 4 << 8 | 0x01),
      NVME_SC_INVALID_FIELD, 41 },
    { "Get with reserved SEL 7", GET(.cdw10 = 7 << 8 | 0x01),
      NVME_SC_INVALID_FIELD, 41 },
    { "Power Management of a state that does not exist",
      SET(.cdw10 = 0x02, .cdw11 = 31), NVME_SC_INVALID_FIELD, 44 },
    { "Temperature Threshold with reserved THSEL",
      SET(.cdw10 = 0x04, .cdw11 = 3 << 20 | 0x140),
      NVME_SC_INVALID_FIELD, 46, 4 },
    { "Temperature Threshold with reserved TMPSEL",
      SET(.cdw10 = 0x04, .cdw11 = 9 << 16 | 0x140),
      NVME_SC_INVALID_FIELD, 46 },
    { "Interrupt Vector Configuration of a vector that does not exist",
      SET(.cdw10 = 0x09, .cdw11 = 65), NVME_SC_INVALID_FIELD, 44 },
    { "Get of an Interrupt Vector that does not exist",
      GET(.cdw10 = 0x09, .cdw11 = 0xffff), NVME_SC_INVALID_FIELD, 44 },
    { "Error Recovery of NSID 0", SET(.cdw10 = 0x05), NVME_SC_INVALID_NS, 4 },
};

static void refused_values(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_ioq = true });

    qocpn_refused(q, &q->adm, refusals, ARRAY_SIZE(refusals));
    qocpn_stop(q);
}

static void refused_logged(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_ioq = true });

    qocpn_refused_logged(q, &q->adm, refusals, ARRAY_SIZE(refusals));
    qocpn_refused_logged(q, &q->adm, strict_refusals,
                         ARRAY_SIZE(strict_refusals));
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "mandatory features have capabilities and defaults",
      mandatory_features, "hw/nvme has features that cannot be set" },
    { "features keep a value until reset", set_get_reset,
      "hw/nvme has features that cannot be set" },
    { "Number of Queues says what was allocated", number_of_queues },
    { "Number of Queues is refused once queues exist",
      number_of_queues_late, "hw/nvme allows it at any time" },
    { "queues that were not allocated do not exist", fewer_queues,
      "hw/nvme always allocates all queues" },
    { "the timestamp counts from what the host set", timestamp },
    { "the write cache can be switched where there is one", write_cache },
    { "Host Behavior Support stores its flags", host_behavior,
      "hw/nvme refuses command retry delay" },
    { "Error Recovery belongs to a namespace", namespace_scope,
      "hw/nvme keeps no time limit" },
    { "illegal features are refused", refused_values },
    { "illegal features are refused and logged", refused_logged,
      "hw/nvme keeps no Error Information" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "feature", tests, ARRAY_SIZE(tests));
}
