/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the drive is unplugged from its port in every state, with 4080
 * commands of all kinds in flight, and plugged in again.  The node it had is
 * free then, nothing writes to the guest's memory any more, what was
 * acknowledged is on the new drive, and QEMU does not grow.
 *
 * QOCPN_SEED chooses what is random, QOCPN_LOOPS how often all states are
 * gone through.
 * Proves: PCI Express Base, hot-plug; CONTRIBUTING.md, rule 6
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qobject/qdict.h"
#include "qocpn-device.h"
#include "storm-states.h"

#define GROWTH      (8 * MiB)

static void slot(QOcpnStorm *s, uint16_t control)
{
    QPCIDevice *port = qpci_device_find(s->q->qs->pcibus,
                                        QPCI_DEVFN(QOCPN_SLOT, 0));
    uint8_t at = qpci_find_capability(port, PCI_CAP_ID_EXP, 0) +
                 PCI_EXP_SLTCTL;
    uint16_t was = qpci_config_readw(port, at);

    qpci_config_writew(port, at, (was & ~(PCI_EXP_SLTCTL_PIC |
                                          PCI_EXP_SLTCTL_PCC)) | control);
    g_free(port);
}

static void slot_off(QOcpnStorm *s)
{
    slot(s, PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_PWR_OFF);
}

static void slot_on(QOcpnStorm *s)
{
    slot(s, PCI_EXP_SLTCTL_PWR_IND_ON | PCI_EXP_SLTCTL_PWR_ON);
}

static void add_node(QOcpnStorm *s)
{
    qtest_qmp_assert_success(s->q->qts, "{'execute': 'blockdev-add',"
                             "'arguments': {'driver': 'raw', 'node-name':"
                             "'d0', 'cache': {'no-flush': true}, 'file': {"
                             "'driver': 'file', 'filename': %s}}}",
                             s->q->file);
}

/* With the threads that the first one had. */
static void add_device(QOcpnStorm *s)
{
    const char *threads = g_getenv("QOCPN_MAPPING") ?
        ", 'iothread-vq-mapping': [{'iothread': 't0'}, {'iothread': 't1'}]" :
        qocpn_storm_has_threads() ? ", 'iothread': 't0'" : "";
    g_autofree char *add = g_strdup_printf("{'execute': 'device_add',"
        "'arguments': {'driver': 'ocp-nvme', 'id': 'nv0', 'bus': 'rp0',"
        "'addr': '00.0', 'drive': 'd0', 'serial': 'qocpn',"
        "'x-test-knobs': true%s}}", threads);
    QDict *answer;

    qtest_qmp_send_raw(s->q->qts, "%s", add);
    answer = qtest_qmp_receive(s->q->qts);
    g_assert_true(qdict_haskey(answer, "return"));
    qobject_unref(answer);
}

/* As a guest's kernel does it. */
static void attach(QOcpnStorm *s)
{
    slot_on(s);
    qocpn_pci_restore(s->q);
    g_assert_cmphex(qocpn_readq(s->q, NVME_REG_CAP), ==, s->q->cap);
}

/* The device goes when its slot has no power. */
static void wait_for_removal(QOcpnStorm *s)
{
    slot_off(s);
    qtest_qmp_eventwait(s->q->qts, "DEVICE_DELETED");
    storm_all_lost(s);
    qocpn_storm_strict(s);
}

static void remove_node(QOcpnStorm *s)
{
    qtest_qmp_assert_success(s->q->qts, "{'execute': 'blockdev-del',"
                             "'arguments': {'node-name': 'd0'}}");
}

static void plug(QOcpnStorm *s)
{
    add_node(s);
    add_device(s);
    attach(s);
    s->few = false;
    qocpn_storm_up(s);
}

static void one_unplug(QOcpnStorm *s, const StormState *st)
{
    storm_begin(s, st);
    storm_enter(s, st);
    if (!st->forbids) {
        qtest_qmp_device_del_send(s->q->qts, "nv0");
    }
    wait_for_removal(s);
    if (!st->device) {
        st->leave(s);
    }
    remove_node(s);
    qocpn_storm_expect_silence(s);
    plug(s);
    storm_until_sanitized(s);
    if (st->device) {
        st->leave(s);           /* a panic outlives it */
    }
    s->ops->settle(s);
    qocpn_disable(s->q);
}

static QOcpnStorm *start(const QOcpnStormOps *ops)
{
    return qocpn_storm_start(ops, &(QOcpnSetup) { .port = true });
}

static void unplug(const QOcpnStormOps *ops)
{
    unsigned loops = qocpn_storm_loops(1);
    QOcpnStorm *s = start(ops);
    QOcpnStormSize was = { 0 };

    for (unsigned i = 0; i < loops * storm_nstates; i++) {
        const StormState *st = &storm_states[i % storm_nstates];

        if (storm_can(s, st)) {
            one_unplug(s, st);
        }
        if (i == storm_nstates - 1) {
            was = qocpn_storm_size(s);
        }
    }
    if (loops > 1) {
        qocpn_storm_expect_size(s, was, GROWTH);
    }
    qocpn_storm_stop(s);
}

static void unplug_nvm(void)
{
    unplug(&qocpn_storm_nvm);
}

static void unplug_chunks(void)
{
    unplug(&qocpn_storm_chunks);
}

/* ------------------------------------------------------------------ growth */

static void replug(QOcpnStorm *s)
{
    qtest_qmp_device_del_send(s->q->qts, "nv0");
    wait_for_removal(s);
    remove_node(s);
    plug(s);
    qocpn_disable(s->q);
}

static void grows(void)
{
    QOcpnStorm *s = start(&qocpn_storm_nvm);

    qocpn_storm_expect_no_growth(s, replug, 0);
    qocpn_storm_stop(s);
}

#define OURS    "hw/nvme is not asked"

static const QOcpnTest tests[] = {
    { "the drive is unplugged in every state", unplug_nvm, OURS },
    { "an open-channel drive is unplugged", unplug_chunks, OURS },
    { "unplugging under load does not make QEMU grow", grows, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "unplug-load", tests, ARRAY_SIZE(tests));
}
