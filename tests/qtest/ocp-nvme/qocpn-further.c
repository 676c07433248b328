/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small NVMe host of a further controller of the drive. */
#include "qemu/osdep.h"
#include "qocpn-further.h"

#define SLOT    5

static QPCIDevice *find(QOcpn *a)
{
    QPCIDevice *dev = qpci_device_find(a->qs->pcibus, QPCI_DEVFN(SLOT, 0));

    g_assert_nonnull(dev);
    return dev;
}

QOcpn *qocpn_further_attach(QOcpn *a)
{
    QOcpn *b = g_new0(QOcpn, 1);

    b->qs = a->qs;
    b->qts = a->qts;
    b->alloc = a->alloc;
    b->pdev = find(a);
    qpci_device_enable(b->pdev);
    qpci_msix_enable(b->pdev);
    b->bar = b->pdev->msix_table_bar;
    b->msi = qocpn_buf(b, QOCPN_PAGE);
    qocpn_msix_setup(b);
    b->cap = qocpn_readq(b, 0);
    b->buf = qocpn_buf(b, QOCPN_BUF_SIZE);
    b->list = qocpn_buf(b, 2 * QOCPN_PAGE);
    return b;
}

QOcpn *qocpn_further_new(QOcpn *a)
{
    QOcpn *b = qocpn_further_attach(a);

    qocpn_enable(b);
    QOCPN_OK(qocpn_create_pair(b, &b->io, 1, 64, 1));
    return b;
}

void qocpn_further_free(QOcpn *b)
{
    g_free(b->pdev);
    g_free(b);
}

void qocpn_further_go_on(QOcpn *b, QOcpn *dst)
{
    g_free(b->pdev);
    b->qs = dst->qs;
    b->qts = dst->qts;
    b->alloc = dst->alloc;
    b->pdev = find(dst);
}

void qocpn_further_thresholds(QOcpn *b, const char value[4])
{
    g_autofree uint8_t *data = g_malloc0(QOCPN_PAGE);

    memcpy(data + 2, value, 4);
    data[12] = 1;
    qtest_memwrite(b->qts, b->buf, data, QOCPN_PAGE);
    QOCPN_OK(qocpn_admin(b, &(QOcpnCmd) { .opc = NVME_ADM_SET_FEAT,
                                          .prp1 = b->buf, .cdw10 = 0xc5 }));
}
