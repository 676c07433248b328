/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: interrupts.
 * Proves: NVMe over PCIe Transport 1.0, Interrupts; NVMe Base 2.0, INTMS,
 * INTMC, Interrupt Coalescing, Interrupt Vector Configuration.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define FLUSH       { .opc = NVME_IO_FLUSH, .nsid = 1 }

static void post_flush(QOcpn *q, QOcpnQueue *queue)
{
    qocpn_post(q, queue, &(QOcpnCmd) FLUSH);
    qocpn_ring(q, queue);
}

/* Each completion queue interrupts on its own vector. */
static void vectors(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_ioq = true });
    static const uint16_t vector[] = { 0, 1, 7, 63, 64, 7 };
    QOcpnQueue pair[ARRAY_SIZE(vector)];

    qocpn_msix_fired(q, 0);
    for (size_t i = 0; i < ARRAY_SIZE(vector); i++) {
        QOCPN_OK(qocpn_create_pair(q, &pair[i], i + 1, 8, vector[i]));
        g_assert_true(qocpn_msix_fired(q, 0));
    }
    for (size_t i = 0; i < ARRAY_SIZE(vector); i++) {
        QOCPN_OK(qocpn_cmd(q, &pair[i], &(QOcpnCmd) FLUSH));
        QOCPN_UNTIL(q, qocpn_msix_fired(q, vector[i]));
        for (unsigned v = 0; v < 65; v++) {
            g_assert_false(qocpn_msix_fired(q, v));
        }
    }
    qocpn_stop(q);
}

/* IEN 0: completions arrive, interrupts do not. */
static void interrupts_off(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_ioq = true });

    qocpn_queue_init(q, &q->io, 1, 8);
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_CREATE_CQ, .prp1 = q->io.cq,
        .cdw10 = 7 << 16 | 1, .cdw11 = 3 << 16 | 1,
    }));
    QOCPN_OK(qocpn_create_sq(q, &q->io, 1));
    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    qocpn_idle(q, 10);
    g_assert_false(qocpn_msix_fired(q, 3));
    qocpn_stop(q);
}

/*
 * A masked vector sets its pending bit; unmasking sends the message once.  No
 * thread still has to tell of a completion once the VM was stopped.
 */
static void msix_mask(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_msix_fired(q, 1);
    qocpn_msix_mask(q, 1, true);
    for (unsigned i = 0; i < 3; i++) {
        QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    }
    qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    QOCPN_UNTIL(q, qpci_msix_pending(q->pdev, 1));
    g_assert_false(qocpn_msix_fired(q, 1));
    qocpn_msix_mask(q, 1, false);
    QOCPN_UNTIL(q, qocpn_msix_fired(q, 1));
    g_assert_false(qpci_msix_pending(q->pdev, 1));
    qocpn_idle(q, 10);
    g_assert_false(qocpn_msix_fired(q, 1));
    qocpn_stop(q);
}

static void msix_function_mask(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t cap = qpci_find_capability(q->pdev, PCI_CAP_ID_MSIX, 0);

    qocpn_msix_fired(q, 1);
    qpci_config_writew(q->pdev, cap + PCI_MSIX_FLAGS,
                       PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    qocpn_idle(q, 10);
    g_assert_false(qocpn_msix_fired(q, 1));
    qpci_config_writew(q->pdev, cap + PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE);
    QOCPN_UNTIL(q, qocpn_msix_fired(q, 1));
    qocpn_stop(q);
}

/* INTx is a level: up until the host has freed every slot. */
static void intx_level(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .intx = true });
    QOcpnCqe cqe;

    g_assert_false(qocpn_intx_status(q));
    g_assert_false(qocpn_intx_level(q));
    post_flush(q, &q->io);
    post_flush(q, &q->io);
    QOCPN_UNTIL(q, qocpn_take(q, &q->io, &cqe));
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    g_assert_true(qocpn_intx_status(q));
    qocpn_free_slots(q, &q->io);            /* one of two */
    QOCPN_UNTIL(q, qocpn_peek(q, &q->io, &cqe));
    qocpn_idle(q, 5);
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    g_assert_true(qocpn_reap(q, &q->io, &cqe));
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    g_assert_false(qocpn_intx_status(q));
    qocpn_stop(q);
}

static void intx_mask(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .intx = true });
    QOcpnCqe cqe;

    qocpn_writel(q, NVME_REG_INTMS, 1);
    post_flush(q, &q->io);
    QOCPN_UNTIL(q, qocpn_peek(q, &q->io, &cqe));
    qocpn_idle(q, 5);
    g_assert_false(qocpn_intx_level(q));
    qocpn_writel(q, NVME_REG_INTMC, 1);
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    qocpn_writel(q, NVME_REG_INTMS, 1);
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    qocpn_writel(q, NVME_REG_INTMC, 1);
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    g_assert_true(qocpn_reap(q, &q->io, &cqe));
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    qocpn_stop(q);
}

/* Interrupt Disable of the PCI command register. */
static void intx_disable(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .intx = true });
    uint16_t cmd = qpci_config_readw(q->pdev, PCI_COMMAND);
    QOcpnCqe cqe;

    qpci_config_writew(q->pdev, PCI_COMMAND, cmd | PCI_COMMAND_INTX_DISABLE);
    post_flush(q, &q->io);
    QOCPN_UNTIL(q, qocpn_peek(q, &q->io, &cqe));
    qocpn_idle(q, 5);
    g_assert_false(qocpn_intx_level(q));
    qpci_config_writew(q->pdev, PCI_COMMAND, cmd);
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    g_assert_true(qocpn_reap(q, &q->io, &cqe));
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    qocpn_stop(q);
}

/* A reset takes a level that nobody answered down with it. */
static void intx_after_reset(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .intx = true });
    QOcpnCqe cqe;

    post_flush(q, &q->io);
    QOCPN_UNTIL(q, qocpn_peek(q, &q->io, &cqe));
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    qocpn_disable(q);
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 0));
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Two queues on one level; deleting one leaves the other's request. */
static void intx_shared(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .intx = true });
    QOcpnQueue two;
    QOcpnCqe cqe;

    QOCPN_OK(qocpn_create_pair(q, &two, 2, 8, 0));
    post_flush(q, &q->io);
    post_flush(q, &two);
    QOCPN_UNTIL(q, qocpn_peek(q, &q->io, &cqe));
    QOCPN_UNTIL(q, qocpn_peek(q, &two, &cqe));
    QOCPN_OK(qocpn_delete_sq(q, 2));
    QOCPN_OK(qocpn_delete_cq(q, 2));
    qocpn_idle(q, 5);
    QOCPN_UNTIL(q, qocpn_intx_level(q));
    g_assert_true(qocpn_reap(q, &q->io, &cqe));
    QOCPN_UNTIL(q, !qocpn_intx_level(q));
    qocpn_stop(q);
}

/* A coalescing drive may delay interrupts; it may not lose the last one. */
static void coalescing(void)
{
    QOcpn *q = qocpn_start(NULL);

    QOCPN_OK(qocpn_set_feature(q, 0x08, 0, 0x0a07));
    QOCPN_OK(qocpn_set_feature(q, 0x09, 0, 1));
    qocpn_msix_fired(q, 1);
    for (unsigned i = 0; i < 5; i++) {
        QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    }
    QOCPN_UNTIL(q, qocpn_msix_fired(q, 1));
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-36
 * A message may be aimed at the function itself, and reset it.
 */
static void resets_itself(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t cap = qpci_find_capability(q->pdev, PCI_CAP_ID_EXP, 0);

    qocpn_msix_aim(q, 0, qocpn_ecam(q, cap + PCI_EXP_DEVCTL),
                   PCI_EXP_DEVCTL_BCR_FLR);
    qocpn_post(q, &q->adm, &(QOcpnCmd) { .opc = 0xff });
    qocpn_ring(q, &q->adm);
    qocpn_idle(q, 20);
    qocpn_pci_restore(q);
    QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "each completion queue has its vector", vectors },
    { "a queue without IEN does not interrupt", interrupts_off },
    { "a masked vector stays pending", msix_mask },
    { "a masked function stays pending", msix_function_mask },
    { "INTx stays up until every slot is free", intx_level },
    { "INTMS lowers INTx and INTMC raises it", intx_mask },
    { "Interrupt Disable holds INTx down", intx_disable },
    { "a reset lowers INTx", intx_after_reset,
      "hw/nvme leaves the level up" },
    { "a deleted queue leaves the other's INTx", intx_shared },
    { "coalescing does not lose the last interrupt", coalescing,
      "hw/nvme has no coalescing" },
    { "a message that resets the function does no harm", resets_itself },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "irq", tests, ARRAY_SIZE(tests));
}
