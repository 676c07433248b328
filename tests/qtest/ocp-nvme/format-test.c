/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: Format NVM on a conventional namespace.
 * Proves: NVMe Base 2.0, Format NVM command; NVM Command Set 1.0, Identify
 * Namespace: NLBAF, FLBAS, LBAF.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define FORMAT(nsid_, dw10) \
    { .opc = NVME_ADM_FORMAT, .nsid = (nsid_), .cdw10 = (dw10) }

static const QOcpnRefusal bad_format[] = {
    { "Format of NSID 0", FORMAT(0, 0), NVME_SC_INVALID_NS, 4 },
    { "Format of an NSID past NN", FORMAT(0xfffffff0, 0),
      NVME_SC_INVALID_NS, 4 },
    { "Format with LBA format 15", FORMAT(1, 15), NVME_SC_INVALID_FORMAT, 40 },
    { "Format with protection information type 1, which is not supported",
      FORMAT(1, 1 << 5), NVME_SC_INVALID_FORMAT, 40, 5 },
    { "Format with protection information type 7", FORMAT(1, 7 << 5),
      NVME_SC_INVALID_FORMAT, 40, 5 },
    { "Format with secure erase setting 7", FORMAT(1, 7 << 9),
      NVME_SC_INVALID_FIELD, 41, 1 },
};

static void format_refusals(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused_logged(q, &q->adm, bad_format, ARRAY_SIZE(bad_format));
    qocpn_alive(q);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-52
 * LBAFU extends LBAF past 15: without such formats it is refused.
 */
static void format_lbafu(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096];

    QOCPN_STATUS(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_FORMAT, .nsid = 1, .cdw10 = 1 << 12,
    }), NVME_SC_INVALID_FORMAT);
    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    g_assert_cmphex(id[26] & 0x60, ==, 0);
    qocpn_stop(q);
}

/* Formatting to each format offered changes size, format and content. */
static void format_each(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096], block[4096], zero[4096] = { 0 };
    unsigned formats;

    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    formats = id[25] + 1;
    for (unsigned f = 0; f < formats; f++) {
        uint32_t lbaf = ldl_le_p(id + 128 + 4 * f);

        qocpn_pattern(block, sizeof(block), f);
        QOCPN_OK(qocpn_write(q, 5, 1, block, q->ms ? zero : NULL));
        QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_FORMAT, .nsid = 1, .cdw10 = f,
        }));
        g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
        g_assert_cmphex(id[26] & 0x1f, ==, f);
        g_assert_cmphex(id[25] + 1, ==, formats);
        q->lba_size = 1u << extract32(lbaf, 16, 8);
        q->ms = extract32(lbaf, 0, 16);
        g_assert_cmpuint(ldq_le_p(id), >, 8);
        g_assert_cmpuint(ldq_le_p(id) * q->lba_size, <=, 64 * MiB);
        QOCPN_OK(qocpn_read(q, 5, 1, block, q->ms ? zero + 2048 : NULL));
        g_assert_cmpmem(block, q->lba_size, zero, q->lba_size);
        memset(zero, 0, sizeof(zero));
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "illegal formats are refused", format_refusals,
      "hw/nvme keeps no Error Information" },
    { "a format index above 15 is refused", format_lbafu,
      "hw/nvme accepts a format it does not have" },
    { "every format offered can be used", format_each },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "format", tests, ARRAY_SIZE(tests));
}
