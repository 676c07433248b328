/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: features that are saved, and those that are not.
 * Proves: NVMe Base 2.0, Set Features: Save (SV); Get Features: Select (SEL).
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define SEL_CURRENT     0
#define SEL_SAVED       2
#define SEL_CAP         3

#define CAP_SAVEABLE    1
#define CAP_NS          2

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

/*
 * SV on a feature that cannot be saved: refused, and nothing changes; on one
 * that cannot be changed: refused.
 * Proves: NVMe Base 2.0, Set Features: Save (SV)
 */
static void save_refused(void)
{
    QOcpn *q = qocpn_start(NULL);

    for (unsigned fid = 1; fid < 256; fid++) {
        QOcpnCqe caps = qocpn_get_feature(q, fid, SEL_CAP, 1);
        uint32_t before, nsid = 0;
        QOcpnCqe cqe;

        if (QOCPN_SC(caps)) {
            caps = qocpn_get_feature(q, fid, SEL_CAP, 0);
        }
        if (QOCPN_SC(caps) || (caps.dw0 & CAP_SAVEABLE)) {
            continue;
        }
        nsid = caps.dw0 & CAP_NS ? 1 : 0;
        before = qocpn_get_feature(q, fid, SEL_CURRENT, nsid).dw0;
        cqe = qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_SET_FEAT, .nsid = nsid, .prp1 = q->buf,
            .cdw10 = 1u << 31 | fid, .cdw11 = 1,
        });
        if (QOCPN_SC(cqe) != NVME_SC_FEATURE_NOT_SAVEABLE &&
            QOCPN_SC(cqe) != NVME_SC_FEATURE_NOT_CHANGEABLE) {
            g_test_message("FID %02x with SV: status %03x", fid,
                           QOCPN_SC(cqe));
            g_test_fail();
        }
        g_assert_cmphex(qocpn_get_feature(q, fid, SEL_CURRENT, nsid).dw0, ==,
                        before);
    }
    qocpn_stop(q);
}

/* Find a saveable stored number; 0 when the drive has none. */
static uint8_t saveable(QOcpn *q)
{
    static const uint8_t fid[] = {
        NVME_FID_ARBITRATION, NVME_FID_TEMPERATURE, NVME_FID_INT_COALESCING,
        NVME_FID_WRITE_ATOMICITY, NVME_FID_ASYNC_EVENT,
    };

    for (size_t i = 0; i < ARRAY_SIZE(fid); i++) {
        if (value(q, fid[i], SEL_CAP, 0) & CAP_SAVEABLE) {
            return fid[i];
        }
    }
    return 0;
}

/* A saved value survives reset and power cycle; an unsaved one does not. */
static void saved_over_restart(void)
{
    QOcpnSetup setup = { 0 };
    char *file = qocpn_image(&setup);
    QOcpn *q;
    uint8_t fid;

    setup.file = file;
    q = qocpn_start(&setup);
    fid = saveable(q);
    if (!fid) {
        g_test_skip("no common feature is saveable");
        qocpn_stop(q);
        qocpn_image_free(file);
        return;
    }
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_SET_FEAT, .cdw10 = 1u << 31 | fid, .cdw11 = 1,
    }));
    QOCPN_OK(qocpn_set_feature(q, fid, 0, 2));
    g_assert_cmphex(value(q, fid, SEL_CURRENT, 0), ==, 2);
    g_assert_cmphex(value(q, fid, SEL_SAVED, 0), ==, 1);
    qocpn_disable(q);
    qocpn_enable(q);
    g_assert_cmphex(value(q, fid, SEL_CURRENT, 0), ==, 1);
    qocpn_stop(q);
    q = qocpn_start(&setup);
    g_assert_cmphex(value(q, fid, SEL_CURRENT, 0), ==, 1);
    g_assert_cmphex(value(q, fid, SEL_SAVED, 0), ==, 1);
    qocpn_stop(q);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "what cannot be saved is not saved", save_refused },
    { "a saved value survives a restart", saved_over_restart,
      "hw/nvme saves nothing" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "feature-save", tests, ARRAY_SIZE(tests));
}
