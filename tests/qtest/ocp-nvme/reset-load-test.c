/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: every reset in every state, with 4080 commands of all kinds in
 * flight.  Each command completes once, or is lost to the reset; afterwards
 * nothing of the guest's memory is written, registers have their values, and
 * the drive holds what it acknowledged.
 *
 * QOCPN_SEED chooses what is random, QOCPN_LOOPS how often all states are
 * gone through.
 * Proves: NVMe Base 2.0, "Resets", "Delete I/O Submission Queue", "Abort",
 * "Shutdown"; NVMe over PCIe Transport 1.0, Conventional Reset, Function Level
 * Reset
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qocpn-device.h"
#include "storm-states.h"

#define SHST(csts)      extract32(csts, 2, 2)
#define SHN_NORMAL      (1u << 14)
#define SHN_ABRUPT      (2u << 14)
#define NSSRO           (1u << 4)

#define GROWTH          (8 * MiB)
#define IDLE            2000u       /* resets */

/* START may leave the reset under way; FINISH waits for it. */
typedef struct Reset {
    void (*start)(QOcpnStorm *s);
    void (*finish)(QOcpnStorm *s);
    bool keeps_queues;          /* AQA, ASQ and ACQ */
    uint32_t nssro;             /* of CSTS afterwards */
} Reset;

static void nothing(QOcpnStorm *s)
{
}

static void restore(QOcpnStorm *s)
{
    qocpn_pci_restore(s->q);
}

static void by_cc(QOcpnStorm *s)
{
    qocpn_writel(s->q, NVME_REG_CC, QOCPN_CC & ~1u);
}

static void by_flr(QOcpnStorm *s)
{
    qocpn_flr(s->q);
}

static void by_nssr(QOcpnStorm *s)
{
    qocpn_writel(s->q, NVME_REG_NSSR, NVME_NSSR_RESET);
}

static void by_system(QOcpnStorm *s)
{
    qtest_system_reset(s->q->qts);
    qocpn_port_init(s->q->qs->pcibus);
}

/* The port resets the bus behind it. */
static void by_bus(QOcpnStorm *s)
{
    QPCIDevice *port = qpci_device_find(s->q->qs->pcibus,
                                        QPCI_DEVFN(QOCPN_SLOT, 0));
    uint16_t ctl = qpci_config_readw(port, PCI_BRIDGE_CONTROL);

    qpci_config_writew(port, PCI_BRIDGE_CONTROL,
                       ctl | PCI_BRIDGE_CTL_BUS_RESET);
    qpci_config_writew(port, PCI_BRIDGE_CONTROL, ctl);
    g_free(port);
}

/* Down, and up again by a reset: there is no other way. */
static void shut_down(QOcpnStorm *s, uint32_t shn)
{
    qocpn_writel(s->q, NVME_REG_CC, qocpn_readl(s->q, NVME_REG_CC) | shn);
}

static void normally(QOcpnStorm *s)
{
    shut_down(s, SHN_NORMAL);
}

static void abruptly(QOcpnStorm *s)
{
    shut_down(s, SHN_ABRUPT);
}

/* A reset that was under way may be over first, and SHST with it. */
static void disable(QOcpnStorm *s)
{
    uint32_t csts;

    QOCPN_UNTIL(s->q, (csts = qocpn_readl(s->q, NVME_REG_CSTS),
                       SHST(csts) == 2 || !(csts & 1)));
    if (csts & 1) {
        by_cc(s);
    }
}

/* ------------------------------------------------------------ what follows */

static void expect_registers(QOcpnStorm *s, const Reset *r)
{
    QOcpn *q = s->q;
    uint32_t last = QOCPN_STORM_ADMIN - 1;
    bool kept = r->keeps_queues;

    g_assert_cmphex(qocpn_readl(q, NVME_REG_CC), ==, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS), ==, r->nssro);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_INTMS), ==, 0);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_AQA), ==,
                    kept ? last << 16 | last : 0);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ASQ), ==, kept ? s->adm_sq : 0);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_ACQ), ==, kept ? s->adm_cq : 0);
    g_assert_cmphex(qocpn_readq(q, NVME_REG_CAP), ==, q->cap);
    qocpn_writel(q, NVME_REG_CSTS, NSSRO);
    g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS), ==, 0);
}

static void settle(QOcpnStorm *s)
{
    qocpn_storm_up(s);
    storm_until_sanitized(s);
    s->ops->settle(s);
}

static void one_reset(QOcpnStorm *s, const Reset *r, const StormState *st)
{
    storm_begin(s, st);
    storm_enter(s, st);
    r->start(s);
    st->leave(s);
    r->finish(s);
    QOCPN_UNTIL(s->q, !(qocpn_readl(s->q, NVME_REG_CSTS) & 1));
    storm_all_lost(s);
    qocpn_storm_strict(s);
    expect_registers(s, r);
    qocpn_storm_expect_silence(s);
    s->few = false;
    settle(s);
    by_cc(s);
    QOCPN_UNTIL(s->q, !(qocpn_readl(s->q, NVME_REG_CSTS) & 1));
}

/* ------------------------------------------------------------------- loops */

/* All states, in another order each time. */
static void in_all_states(QOcpnStorm *s, const Reset *r)
{
    unsigned first = qocpn_storm_pick(s, storm_nstates);

    for (unsigned i = 0; i < storm_nstates; i++) {
        const StormState *st = &storm_states[(first + 7 * i) % storm_nstates];

        if (storm_can(s, st)) {
            one_reset(s, r, st);
        }
    }
}

static QOcpnStorm *start(const QOcpnStormOps *ops)
{
    return qocpn_storm_start(ops, &(QOcpnSetup) {
        .port = true, .throttle = !qocpn_storm_has_threads(),
    });
}

static void resets(const QOcpnStormOps *ops, const Reset *r)
{
    unsigned loops = qocpn_storm_loops(1);
    QOcpnStorm *s = start(ops);
    QOcpnStormSize was = { 0 };

    for (unsigned i = 0; i < loops; i++) {
        in_all_states(s, r);
        was = i ? was : qocpn_storm_size(s);
    }
    if (loops > 1) {
        qocpn_storm_expect_size(s, was, GROWTH);
    }
    qocpn_storm_stop(s);
}

static void one_cc(QOcpnStorm *s)
{
    by_cc(s);
    QOCPN_UNTIL(s->q, !(qocpn_readl(s->q, NVME_REG_CSTS) & 1));
    storm_all_lost(s);
}

static void growth(const QOcpnStormOps *ops, unsigned idle)
{
    QOcpnStorm *s = start(ops);

    qocpn_storm_expect_no_growth(s, one_cc, idle);
    qocpn_storm_stop(s);
}

/* NAME and NAME_chunks: conventional and open-channel. */
#define BOTH(name, fn, ...)                     \
    static void name(void)                      \
    {                                           \
        fn(&qocpn_storm_nvm, ## __VA_ARGS__);   \
    }                                           \
    static void name##_chunks(void)             \
    {                                           \
        fn(&qocpn_storm_chunks, ## __VA_ARGS__);\
    }

static const Reset of_cc = { by_cc, nothing, .keeps_queues = true };
static const Reset of_normal = { normally, disable, .keeps_queues = true };
static const Reset of_abrupt = { abruptly, disable, .keeps_queues = true };
static const Reset of_flr = { by_flr, restore };
static const Reset of_nssr = { by_nssr, nothing, .nssro = NSSRO };
static const Reset of_bus = { by_bus, restore };
static const Reset of_system = { by_system, restore };

BOTH(cc, resets, &of_cc)
BOTH(normal, resets, &of_normal)
BOTH(abrupt, resets, &of_abrupt)
BOTH(flr, resets, &of_flr)
BOTH(nssr, resets, &of_nssr)
BOTH(bus, resets, &of_bus)
BOTH(system_reset, resets, &of_system)

/* Where nothing is in flight the mode of the drive makes no difference. */
static void grows(void)
{
    growth(&qocpn_storm_nvm, IDLE);
}

static void grows_chunks(void)
{
    growth(&qocpn_storm_chunks, 0);
}

#define OURS    "hw/nvme is not asked"

static const QOcpnTest tests[] = {
    { "CC.EN in every state", cc, OURS },
    { "a normal shutdown in every state", normal, OURS },
    { "an abrupt shutdown in every state", abrupt, OURS },
    { "a function level reset in every state", flr, OURS },
    { "a subsystem reset in every state", nssr, OURS },
    { "a reset of the bus in every state", bus, OURS },
    { "a reset of the machine in every state", system_reset, OURS },
    { "CC.EN of an open-channel drive", cc_chunks, OURS },
    { "a normal shutdown of an open-channel drive", normal_chunks, OURS },
    { "an abrupt shutdown of an open-channel drive", abrupt_chunks, OURS },
    { "a function level reset of an open-channel drive", flr_chunks, OURS },
    { "a subsystem reset of an open-channel drive", nssr_chunks, OURS },
    { "a reset of an open-channel drive's bus", bus_chunks, OURS },
    { "a reset of an open-channel drive's machine", system_reset_chunks,
      OURS },
    { "CC.EN under load does not make QEMU grow", grows, OURS },
    { "nor does it with an open-channel drive", grows_chunks, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "reset-load", tests, ARRAY_SIZE(tests));
}
