/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: everything that stops, resets or takes away a drive, while four
 * queues are busy.  What was acknowledged is there afterwards; no command is
 * lost, and none completes twice.
 * Proves: NVMe Base 2.0, Controller Reset, NVM Subsystem Reset, Delete I/O
 * Submission Queue command; NVMe over PCIe Transport 1.0, Function Level Reset
 */
#include "qemu/osdep.h"
#include "qocpn-load.h"

#define QUEUES  4
#define DEPTH   16
#define SOME    (QUEUES * DEPTH * 2)    /* commands: each slot had its turn */

static QOcpnLoad *start(const QOcpnSetup *setup)
{
    QOcpnSetup s = *setup;

    s.no_ioq = true;
    return qocpn_load_new(qocpn_start(&s), QUEUES, DEPTH);
}

static void stop(QOcpnLoad *l)
{
    QOcpn *q = l->q;

    qocpn_load_check(l);
    qocpn_load_free(l);
    qocpn_stop(q);
}

/* The bytes of all completion queues, as they are now. */
static char *completions(QOcpnLoad *l)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t ring[(DEPTH + 1) * 16];

    for (unsigned i = 0; i < l->queues; i++) {
        qtest_bufread(l->q->qts, l->queue[i].cq, ring, sizeof(ring));
        g_checksum_update(sum, ring, sizeof(ring));
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* Nothing changes in a guest that is stopped. */
static void stop_and_cont(void)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });

    for (unsigned i = 0; i < 10; i++) {
        g_autofree char *then = NULL;
        g_autofree char *now = NULL;

        qocpn_load_run(l, SOME);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'stop'}");
        then = completions(l);
        qocpn_idle(l->q, 2);
        now = completions(l);
        g_assert_cmpstr(now, ==, then);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'cont'}");
    }
    stop(l);
}

/* The controller is asked for work while it is stopped, too. */
static void rung_while_stopped(void)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });

    for (unsigned i = 0; i < 5; i++) {
        qocpn_load_run(l, SOME);
        qocpn_load_wait(l);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'stop'}");
        qocpn_load_fill(l);
        qocpn_idle(l->q, 1);
        g_assert_cmpuint(qocpn_load_reap(l), ==, 0);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'cont'}");
        qocpn_load_wait(l);
    }
    stop(l);
}

static void by_cc(QOcpn *q)
{
    qocpn_disable(q);
}

static void by_flr(QOcpn *q)
{
    qocpn_flr(q);
    qocpn_pci_restore(q);
}

static void by_nssr(QOcpn *q)
{
    qocpn_writel(q, NVME_REG_NSSR, NVME_NSSR_RESET);
    qocpn_pci_restore(q);
}

static void by_system(QOcpn *q)
{
    qtest_system_reset(q->qts);
    qocpn_pci_restore(q);
}

/*
 * FAILURE-CASE-37
 * Whatever the old rings get after the reset, no host would look at.
 */
static void resets(void (*reset)(QOcpn *q))
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });

    for (unsigned i = 0; i < 5; i++) {
        qocpn_load_run(l, SOME);
        reset(l->q);
        QOCPN_UNTIL(l->q, !(qocpn_readl(l->q, NVME_REG_CSTS) & 1));
        /* What completed before the reset was acknowledged. */
        qocpn_load_reap(l);
        qocpn_load_lost(l);
        qocpn_enable(l->q);
        qocpn_load_queues(l);
        qocpn_load_check(l);
    }
    stop(l);
}

static void cc_reset(void)
{
    resets(by_cc);
}

static void flr(void)
{
    resets(by_flr);
}

static void nssr(void)
{
    resets(by_nssr);
}

static void system_reset(void)
{
    resets(by_system);
}

/*
 * FAILURE-CASE-37
 * The commands of a queue that is deleted complete or are aborted before the
 * Delete command completes, or have not been fetched: those count as completed
 * ("Delete I/O Submission Queue": explicitly or implicitly).  Nothing comes
 * later, and the other queues do not notice.
 */
static void delete_queues(void)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });

    l->may_fail = true;
    for (unsigned i = 0; i < 2 * QUEUES; i++) {
        unsigned k = i % QUEUES;

        qocpn_load_run(l, SOME);
        QOCPN_OK(qocpn_delete_sq(l->q, k + 1));
        qocpn_load_reap(l);
        qocpn_load_lost_of(l, k);
        QOCPN_OK(qocpn_delete_cq(l->q, k + 1));
        QOCPN_OK(qocpn_create_pair(l->q, &l->queue[k], k + 1, DEPTH + 1,
                                   k + 1));
        l->may_fail = false;
        qocpn_load_check(l);
        l->may_fail = true;
    }
    stop(l);
}

/* Limits that come and go; the virtual clock pays for them. */
static void throttling(void)
{
    static const unsigned limits[] = { 20000, 0, 1000, 5000, 0, 300 };
    QOcpnLoad *l = start(&(QOcpnSetup) { .throttle = true });

    for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'qom-set',"
                                 "'arguments': {'path': '/objects/tg0',"
                                 "'property': 'limits',"
                                 "'value': {'iops-total': %d}}}",
                                 (int)limits[i]);
        qocpn_load_run(l, SOME);
    }
    stop(l);
}

/* The drive hangs, and then is taken away from a group that is stuck. */
static void reset_while_throttled(void)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { .throttle = true });

    for (unsigned i = 0; i < 5; i++) {
        qocpn_load_run(l, SOME);
        qocpn_hold(l->q, true);
        qocpn_load_fill(l);
        qocpn_writel(l->q, NVME_REG_CC, QOCPN_CC & ~1u);
        qocpn_hold(l->q, false);
        QOCPN_UNTIL(l->q, !(qocpn_readl(l->q, NVME_REG_CSTS) & 1));
        qocpn_load_reap(l);
        qocpn_load_lost(l);
        qocpn_enable(l->q);
        qocpn_load_queues(l);
        qocpn_load_check(l);
    }
    stop(l);
}

/* What was acknowledged is there for the next QEMU, however this one ends. */
static void killed(void)
{
    QOcpnSetup setup = { 0 };
    char *file = qocpn_image(&setup);
    QOcpnLoad *l, *next;

    setup.file = file;
    l = start(&setup);
    qocpn_load_run(l, 4 * SOME);
    qocpn_load_reap(l);
    g_free(l->q->pdev);
    qocpn_kill(l->q);
    next = start(&setup);
    qocpn_load_adopt(next, l);
    qocpn_load_free(l);
    qocpn_load_check(next);
    qocpn_load_run(next, SOME);
    stop(next);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "a stopped guest sees nothing, a continued one misses nothing",
      stop_and_cont },
    { "doorbells rung while stopped count after cont", rung_while_stopped,
      "hw/nvme goes on while the VM is stopped" },
    { "clearing CC.EN under load loses nothing acknowledged", cc_reset },
    { "a function level reset under load loses nothing", flr },
    { "a subsystem reset under load loses nothing", nssr,
      "hw/nvme has no subsystem reset" },
    { "a system reset under load loses nothing", system_reset },
    { "queues are deleted and made while the others run", delete_queues },
    { "throttling comes and goes under load", throttling },
    { "a throttled drive is reset under load", reset_while_throttled },
    { "killing QEMU under load loses nothing acknowledged", killed },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "load", tests, ARRAY_SIZE(tests));
}
