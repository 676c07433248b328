/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: Identify, field by field at the byte offsets of the text.
 * Proves: NVMe Base 2.0, Identify command; NVM Command Set 1.0, Identify
 * Namespace and Identify Controller data structures.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define ID_BYTES    4096

static uint16_t identify_csi(QOcpn *q, uint8_t cns, uint32_t nsid,
                             uint8_t csi, void *buf)
{
    QOcpnCqe cqe = qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_IDENTIFY, .nsid = nsid, .prp1 = q->buf,
        .cdw10 = 0xffffu << 16 | cns,       /* CNTID: this controller */
        .cdw11 = (uint32_t)csi << 24,
    });

    qtest_memread(q->qts, q->buf, buf, ID_BYTES);
    return QOCPN_SC(cqe);
}

/* ASCII: printable, and it does not start with padding. */
static void check_ascii(const char *what, const uint8_t *s, size_t len)
{
    g_assert_cmphex(s[0], !=, ' ');
    for (size_t i = 0; i < len; i++) {
        if (s[i] < 0x20 || s[i] > 0x7e) {
            g_test_message("%s: byte %zu is %02x", what, i, s[i]);
            g_test_fail();
        }
    }
}

/* Proves: NVMe Base 2.0, Identify Controller data structure (CNS 01h) */
static void controller(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    g_assert_cmphex(lduw_le_p(id), ==,
                    qpci_config_readw(q->pdev, PCI_VENDOR_ID));
    g_assert_cmphex(lduw_le_p(id + 2), ==,
                    qpci_config_readw(q->pdev, PCI_SUBSYSTEM_VENDOR_ID));
    check_ascii("SN", id + 4, 20);
    g_assert_cmpmem(id + 4, 20, "qocpn               ", 20);
    check_ascii("MN", id + 24, 40);
    check_ascii("FR", id + 64, 8);
    g_assert_cmpuint(id[77], ==, 7);                        /* MDTS */
    g_assert_cmphex(ldl_le_p(id + 80), ==, qocpn_readl(q, NVME_REG_VS));
    g_assert_cmpuint(id[111], ==, 1);                       /* CNTRLTYPE */
    g_assert_cmpuint(id[259], >=, 3);                       /* AERL */
    g_assert_cmphex(id[261] & 0x04, ==, 0x04);              /* LPA */
    g_assert_cmphex(id[512], ==, 0x66);                     /* SQES */
    g_assert_cmphex(id[513], ==, 0x44);                     /* CQES */
    g_assert_cmpuint(ldl_le_p(id + 516), >=, 1);            /* NN */
    g_assert_cmpmem(id + 768, 4, "nqn.", 4);                /* SUBNQN */
    g_assert_nonnull(memchr(id + 768, 0, 256));
    g_assert_true(qocpn_is_zero(id + 1024, 768));
    qocpn_stop(q);
}

/* What NVMe 2.0 wants on top of what 1.4 wanted. */
static void controller_of_two_zero(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    g_assert_cmphex(ldl_le_p(id + 80), ==, 0x00020000);     /* VER */
    g_assert_cmphex(id[261] & 0x02, ==, 0x02);      /* LPA: effects log */
    /* Supported Log Pages and Feature Identifiers Effects exist (LID 12h). */
    g_assert_cmphex(lduw_le_p(id + 266), !=, 0);            /* WCTEMP */
    g_assert_cmphex(lduw_le_p(id + 268), >, lduw_le_p(id + 266));
    /* SGLs on I/O queues: dword aligned or better, with bit bucket. */
    g_assert_cmphex(ldl_le_p(id + 536) & 3, !=, 0);
    g_assert_cmphex(ldl_le_p(id + 536) & 1 << 16, !=, 0);
    /* One power state, which can do work. */
    g_assert_cmphex(id[2048 + 3] & 2, ==, 0);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-62
 * What ONCS and OACS say is what the Commands Supported and Effects log says.
 * Proves: NVMe Base 2.0, Identify Controller: OACS, ONCS; log page 05h
 */
static void optional_commands(void)
{
    static const struct {
        const char *name;
        unsigned byte, bit, effect;
    } t[] = {
        { "Security Receive", 256, 0, 4 * 0x82 },
        { "Format NVM", 256, 1, 4 * 0x80 },
        { "Firmware Commit", 256, 2, 4 * 0x10 },
        { "Namespace Management", 256, 3, 4 * 0x0d },
        { "Device Self-test", 256, 4, 4 * 0x14 },
        { "Directives", 256, 5, 4 * 0x19 },
        { "NVMe-MI Send", 256, 6, 4 * 0x1d },
        { "Virtualization Management", 256, 7, 4 * 0x1c },
        { "Doorbell Buffer Config", 256, 8, 4 * 0x7c },
        { "Get LBA Status", 256, 9, 4 * 0x86 },
        { "Lockdown", 256, 10, 4 * 0x24 },
        { "Compare", 520, 0, 1024 + 4 * 0x05 },
        { "Write Uncorrectable", 520, 1, 1024 + 4 * 0x04 },
        { "Dataset Management", 520, 2, 1024 + 4 * 0x09 },
        { "Write Zeroes", 520, 3, 1024 + 4 * 0x08 },
        { "Reservations", 520, 5, 1024 + 4 * 0x0d },
        { "Verify", 520, 7, 1024 + 4 * 0x0c },
        { "Copy", 520, 8, 1024 + 4 * 0x19 },
    };
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES], effects[4096];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    g_assert_cmphex(qocpn_get_log(q, 0x05, 0, 0, effects, sizeof(effects)),
                    ==, 0);
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        bool claimed = lduw_le_p(id + t[i].byte) >> t[i].bit & 1;
        bool there = ldl_le_p(effects + t[i].effect) & 1;

        if (claimed != there) {
            g_test_message("%s: Identify says %d, the effects log %d",
                           t[i].name, claimed, there);
            g_test_fail();
        }
    }
    qocpn_stop(q);
}

/* Proves: NVM Command Set 1.0, Identify Namespace data structure (CNS 00h) */
static void namespace(void)
{
    static const unsigned lba_size[] = { 512, 4096 };

    for (size_t i = 0; i < ARRAY_SIZE(lba_size); i++) {
        QOcpn *q = qocpn_start(&(QOcpnSetup) {
            .lba_size = lba_size[i],
        });
        uint8_t id[ID_BYTES];
        uint64_t nsze;
        uint32_t lbaf;

        g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
        nsze = ldq_le_p(id);
        g_assert_cmpuint(nsze * lba_size[i], <=, 64 * MiB);
        g_assert_cmpuint(nsze * lba_size[i], >, 60 * MiB);
        g_assert_cmpuint(ldq_le_p(id + 8), ==, nsze);       /* NCAP */
        g_assert_cmpuint(ldq_le_p(id + 16), <=, nsze);      /* NUSE */
        g_assert_cmpuint(id[26] & 0xf, <=, id[25]);         /* FLBAS */
        lbaf = ldl_le_p(id + 128 + 4 * (id[26] & 0xf));
        g_assert_cmpuint(1u << extract32(lbaf, 16, 8), ==, lba_size[i]);
        g_assert_cmpuint(extract32(lbaf, 0, 16), ==, 0);
        for (unsigned f = 0; f <= id[25]; f++) {
            lbaf = ldl_le_p(id + 128 + 4 * f);
            g_assert_cmpuint(extract32(lbaf, 16, 8), >=, 9);
            g_assert_cmpuint(extract32(lbaf, 16, 8), <=, 12);
        }
        for (unsigned f = id[25] + 1; f < 16; f++) {
            g_assert_cmphex(ldl_le_p(id + 128 + 4 * f), ==, 0);
        }
        g_assert_cmphex(id[29], ==, 0);                     /* DPS */
        g_assert_true(qocpn_is_zero(id + 384, ID_BYTES - 384));
        qocpn_stop(q);
    }
}

/* Proves: NVMe Base 2.0, Namespace Identifier; CNS 00h, 02h, 10h, 11h */
static void namespace_lists(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t list[ID_BYTES], id[ID_BYTES], alloc[ID_BYTES];

    g_assert_cmphex(qocpn_identify(q, 0x02, 0, list), ==, 0);
    g_assert_cmpuint(ldl_le_p(list), ==, 1);
    g_assert_true(qocpn_is_zero(list + 4, ID_BYTES - 4));
    g_assert_cmphex(qocpn_identify(q, 0x02, 1, list), ==, 0);
    g_assert_true(qocpn_is_zero(list, ID_BYTES));
    g_assert_cmphex(qocpn_identify(q, 0x02, 0xfffffffd, list), ==, 0);
    g_assert_true(qocpn_is_zero(list, ID_BYTES));
    g_assert_cmphex(qocpn_identify(q, 0x02, 0xfffffffe, list), ==,
                    NVME_SC_INVALID_NS);
    g_assert_cmphex(qocpn_identify(q, 0x02, QOCPN_ALL_NS, list), ==,
                    NVME_SC_INVALID_NS);

    g_assert_cmphex(qocpn_identify(q, 0x10, 0, list), ==, 0);
    g_assert_cmpuint(ldl_le_p(list), ==, 1);
    g_assert_true(qocpn_is_zero(list + 4, ID_BYTES - 4));
    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    g_assert_cmphex(qocpn_identify(q, 0x11, 1, alloc), ==, 0);
    g_assert_cmpmem(id, ID_BYTES, alloc, ID_BYTES);
    qocpn_stop(q);
}

/* An NSID up to NN without a namespace is inactive: all zeroes. */
static void inactive_namespace(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES];
    uint32_t nn;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    nn = ldl_le_p(id + 516);
    if (nn > 1) {
        g_assert_cmphex(qocpn_identify(q, 0x00, nn, id), ==, 0);
        g_assert_true(qocpn_is_zero(id, ID_BYTES));
        g_assert_cmphex(qocpn_identify(q, 0x11, nn, id), ==, 0);
        g_assert_true(qocpn_is_zero(id, ID_BYTES));
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Namespace Identification Descriptor list (CNS 03h) */
static void descriptors(void)
{
    static const uint8_t length[] = { 0, 8, 16, 16, 1 };
    QOcpn *q = qocpn_start(NULL);
    uint8_t list[ID_BYTES], id[ID_BYTES];
    bool seen[5] = { false };
    unsigned at = 0;

    g_assert_cmphex(qocpn_identify(q, 0x03, 1, list), ==, 0);
    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    while (at + 4 < ID_BYTES && list[at]) {
        uint8_t type = list[at], len = list[at + 1];

        g_assert_cmpuint(type, <=, 4);
        g_assert_cmpuint(len, ==, length[MIN(type, 4)]);
        g_assert_false(seen[MIN(type, 4)]);
        seen[MIN(type, 4)] = true;
        if (type == 1) {
            g_assert_cmpmem(list + at + 4, 8, id + 120, 8);     /* EUI64 */
        } else if (type == 2) {
            g_assert_cmpmem(list + at + 4, 16, id + 104, 16);   /* NGUID */
        } else if (type == 4) {
            g_assert_cmpuint(list[at + 4], ==, 0);      /* NVM command set */
        }
        at += 4 + len;
    }
    g_assert_true(seen[1] || seen[2] || seen[3]);
    /* CAP.CSS bit 6 makes the command set descriptor mandatory. */
    g_assert_true(seen[4]);
    g_assert_true(qocpn_is_zero(list + at, ID_BYTES - at));
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, CNS 05h to 08h and 1Ch */
static void command_set_structures(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES], ns[ID_BYTES];

    g_assert_cmphex(identify_csi(q, 0x05, 1, 0, id), ==, 0);
    /* NVM command set: LBSTM and reserved fields without PI. */
    g_assert_cmphex(ldq_le_p(id), ==, 0);
    g_assert_cmphex(identify_csi(q, 0x06, 0, 0, id), ==, 0);
    g_assert_true(qocpn_is_zero(id + 16, ID_BYTES - 16));
    g_assert_cmphex(identify_csi(q, 0x07, 0, 0, id), ==, 0);
    g_assert_cmpuint(ldl_le_p(id), ==, 1);
    g_assert_true(qocpn_is_zero(id + 4, ID_BYTES - 4));
    g_assert_cmphex(identify_csi(q, 0x08, 1, 0, id), ==, 0);
    g_assert_cmphex(qocpn_identify(q, 0x00, 1, ns), ==, 0);
    g_assert_cmphex(id[1], ==, ns[30]);                     /* NMIC */
    g_assert_cmphex(id[2], ==, ns[31]);                     /* RESCAP */
    g_assert_cmphex(id[14] & 1, ==, 1);                     /* NRDY */
    g_assert_cmphex(identify_csi(q, 0x1c, 0, 0, id), ==, 0);
    g_assert_cmphex(ldq_le_p(id), ==, 1);
    g_assert_true(qocpn_is_zero(id + 8, ID_BYTES - 8));
    qocpn_stop(q);
}

/* A command set that the drive does not have. */
static void unknown_command_set(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES];
    static const uint8_t csi[] = { 1, 2, 0x2f, 0xff };

    for (size_t i = 0; i < ARRAY_SIZE(csi); i++) {
        g_assert_cmphex(identify_csi(q, 0x05, 1, csi[i], id), ==,
                        NVME_SC_INVALID_FIELD);
        g_assert_cmphex(identify_csi(q, 0x06, 0, csi[i], id), ==,
                        NVME_SC_INVALID_FIELD);
        g_assert_cmphex(identify_csi(q, 0x07, 0, csi[i], id), ==,
                        NVME_SC_INVALID_FIELD);
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, UUID List (CNS 17h); CTRATT bit 9 */
static void uuid_list(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[ID_BYTES], list[ID_BYTES];
    bool claimed;
    uint16_t sc;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    claimed = ldl_le_p(id + 96) & 1 << 9;
    sc = qocpn_identify(q, 0x17, 0, list);
    if (!claimed) {
        g_assert_cmphex(sc, ==, NVME_SC_INVALID_FIELD);
    } else {
        g_assert_cmphex(sc, ==, 0);
        g_assert_true(qocpn_is_zero(list, 32));
        for (unsigned i = 32; i < ID_BYTES; i += 32) {
            g_assert_cmphex(list[i] & ~3, ==, 0);
            g_assert_true(qocpn_is_zero(list + i + 1, 15));
        }
    }
    qocpn_stop(q);
}

#define IDENTIFY(cns, nsid_) \
    { .opc = NVME_ADM_IDENTIFY, .nsid = (nsid_), .prp1 = 0x200000, \
      .cdw10 = (cns) }

static const QOcpnRefusal refusals[] = {
    { "CNS 00h of NSID 0", IDENTIFY(0x00, 0), NVME_SC_INVALID_NS, 4 },
    { "CNS 00h of NSID FFFFFFF0h", IDENTIFY(0x00, 0xfffffff0),
      NVME_SC_INVALID_NS, 4 },
    { "CNS 03h of NSID 0", IDENTIFY(0x03, 0), NVME_SC_INVALID_NS, 4 },
    { "CNS 03h of every namespace", IDENTIFY(0x03, QOCPN_ALL_NS),
      NVME_SC_INVALID_NS, 4 },
    { "CNS 11h of NSID 0", IDENTIFY(0x11, 0), NVME_SC_INVALID_NS, 4 },
    { "CNS 0Fh, which is reserved", IDENTIFY(0x0f, 0),
      NVME_SC_INVALID_FIELD, 40 },
    { "CNS FFh", IDENTIFY(0xff, 0), NVME_SC_INVALID_FIELD, 40 },
};

static void refused_values(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused(q, &q->adm, refusals, ARRAY_SIZE(refusals));
    qocpn_stop(q);
}

static void refused_logged(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused_logged(q, &q->adm, refusals, ARRAY_SIZE(refusals));
    qocpn_stop(q);
}

/* CNS 00h of NSID FFFFFFFFh needs Namespace Management. */
static void common_namespace(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t ctrl[ID_BYTES], id[ID_BYTES];
    uint16_t sc;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, ctrl), ==, 0);
    sc = qocpn_identify(q, 0x00, QOCPN_ALL_NS, id);
    g_assert_cmphex(sc, ==, lduw_le_p(ctrl + 256) & 8 ? 0 :
                    NVME_SC_INVALID_NS);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "Identify Controller describes the controller", controller },
    { "Identify Controller has the fields of NVMe 2.0",
      controller_of_two_zero, "hw/nvme claims NVMe 1.4" },
    { "optional commands are claimed where they exist", optional_commands,
      "hw/nvme claims Namespace Management and hides Verify" },
    { "Identify Namespace describes both block sizes", namespace },
    { "namespace lists hold the one namespace", namespace_lists },
    { "an inactive namespace identifies as zeroes", inactive_namespace },
    { "the descriptor list names the namespace once per type", descriptors,
      "hw/nvme gives a namespace no identifier by default" },
    { "the command set specific structures agree", command_set_structures,
      "hw/nvme has no I/O Command Set Independent NRDY" },
    { "an unknown command set is refused", unknown_command_set,
      "hw/nvme has the zoned command set" },
    { "the UUID list agrees with CTRATT", uuid_list },
    { "illegal Identify commands are refused", refused_values },
    { "illegal Identify commands are logged", refused_logged,
      "hw/nvme keeps no Error Information" },
    { "the common namespace needs Namespace Management", common_namespace,
      "hw/nvme claims Namespace Management without having it" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "identify", tests, ARRAY_SIZE(tests));
}
