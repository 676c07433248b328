/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what is done to the nodes under a drive while four queues are busy:
 * block jobs, snapshots, reopening, resizing, and taking the drive away.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "qocpn-load.h"

#define QUEUES  4
#define DEPTH   16
#define SOME    (QUEUES * DEPTH * 2)
#define SIZE    (16 * MiB)

static QOcpnLoad *start(const QOcpnSetup *setup)
{
    QOcpnSetup s = *setup;

    s.no_ioq = true;
    s.size = SIZE;
    return qocpn_load_new(qocpn_start(&s), QUEUES, DEPTH);
}

/* A drive whose nodes have names: d0 on f0. */
static QOcpnLoad *start_named(const char *file)
{
    g_autofree char *node = g_strdup_printf("driver=raw,file.driver=file,"
                                            "file.node-name=f0,"
                                            "file.filename=%s", file);

    return start(&(QOcpnSetup) { .node = node });
}

static char *new_image(void)
{
    return qocpn_image(&(QOcpnSetup) { .size = SIZE });
}

static void stop(QOcpnLoad *l)
{
    QOcpn *q = l->q;

    qocpn_load_check(l);
    qocpn_load_free(l);
    qocpn_stop(q);
}

/* Did EVENT come?  Events arrive with the answer to any command. */
static bool came(QOcpn *q, const char *event)
{
    QDict *e;

    qtest_qmp_assert_success(q->qts, "{'execute': 'query-status'}");
    e = qtest_qmp_event_ref(q->qts, event);
    qobject_unref(e);
    return e;
}

static void busy_until(QOcpnLoad *l, const char *event)
{
    gint64 end = qocpn_deadline();

    while (!came(l->q, event)) {
        qocpn_load_run(l, DEPTH);
        qocpn_tick(l->q, end, event);
    }
}

/* Complete job j0 while the queues are busy. */
static void complete(QOcpnLoad *l)
{
    busy_until(l, "BLOCK_JOB_READY");
    qocpn_load_run(l, SOME);
    qtest_qmp_assert_success(l->q->qts, "{'execute': 'block-job-complete',"
                             "'arguments': {'device': 'j0'}}");
    busy_until(l, "BLOCK_JOB_COMPLETED");
    qocpn_load_run(l, SOME);
}

/* To a new file and back again to another. */
static void mirror(const char *mode)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });

    for (unsigned i = 0; i < 2; i++) {
        char *file = new_image();

        qocpn_load_run(l, SOME);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'blockdev-add',"
                                 "'arguments': {'driver': 'file',"
                                 "'node-name': %s, 'filename': %s}}",
                                 i ? "t1" : "t0", file);
        qocpn_load_fill(l);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'blockdev-mirror',"
                                 "'arguments': {'job-id': 'j0',"
                                 "'device': %s, 'target': %s,"
                                 "'sync': 'full', 'copy-mode': %s}}",
                                 i ? "t0" : "d0", i ? "t1" : "t0", mode);
        complete(l);
        qocpn_load_check(l);
        /* QEMU has it open. */
        qocpn_image_free(file);
    }
    stop(l);
}

static void mirror_background(void)
{
    mirror("background");
}

static void mirror_blocking(void)
{
    mirror("write-blocking");
}

/* Cancelled half way: the drive stays where it is. */
static void mirror_cancelled(void)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });
    char *file = new_image();

    qtest_qmp_assert_success(l->q->qts, "{'execute': 'blockdev-add',"
                             "'arguments': {'driver': 'file',"
                             "'node-name': 't0', 'filename': %s}}", file);
    for (unsigned i = 0; i < 5; i++) {
        qocpn_load_run(l, SOME);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'blockdev-mirror',"
                                 "'arguments': {'job-id': 'j0',"
                                 "'device': 'd0', 'target': 't0',"
                                 "'sync': 'full', 'speed': 65536}}");
        qocpn_load_run(l, SOME);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'block-job-cancel',"
                                 "'arguments': {'device': 'j0',"
                                 "'force': true}}");
        busy_until(l, "BLOCK_JOB_CANCELLED");
    }
    stop(l);
    qocpn_image_free(file);
}

/* Snapshots pile up under the drive; commits take them away again. */
static void snapshot_and_commit(void)
{
    char *base = new_image();
    QOcpnLoad *l = start_named(base);
    char *overlay[2];

    for (unsigned i = 0; i < 2; i++) {
        overlay[i] = g_strdup_printf("%s.%u", base, i);
        qocpn_load_run(l, SOME);
        qtest_qmp_assert_success(l->q->qts,
                                 "{'execute': 'blockdev-snapshot-sync',"
                                 "'arguments': {'node-name': %s,"
                                 "'snapshot-file': %s,"
                                 "'snapshot-node-name': %s,"
                                 "'format': 'qcow2'}}", i ? "s0" : "d0",
                                 overlay[i], i ? "s1" : "s0");
        qocpn_load_run(l, SOME);
    }
    /* The middle first, then the one in use. */
    qtest_qmp_assert_success(l->q->qts, "{'execute': 'block-commit',"
                             "'arguments': {'job-id': 'j0', 'device': 's1',"
                             "'top-node': 's0', 'base-node': 'd0'}}");
    busy_until(l, "BLOCK_JOB_COMPLETED");
    qtest_qmp_assert_success(l->q->qts, "{'execute': 'block-commit',"
                             "'arguments': {'job-id': 'j0', 'device': 's1',"
                             "'top-node': 's1', 'base-node': 'd0'}}");
    complete(l);
    stop(l);
    for (unsigned i = 0; i < 2; i++) {
        g_unlink(overlay[i]);
        g_free(overlay[i]);
    }
    qocpn_image_free(base);
}

/* The nodes are opened anew, with and without the page cache's help. */
static void reopen(void)
{
    char *file = new_image();
    QOcpnLoad *l = start_named(file);

    for (unsigned i = 0; i < 10; i++) {
        qocpn_load_run(l, SOME);
        qtest_qmp_assert_success(l->q->qts, "{'execute': 'blockdev-reopen',"
                                 "'arguments': {'options': ["
                                 "{'driver': 'file', 'node-name': 'f0',"
                                 "'filename': %s, 'cache': {'no-flush': %i}}"
                                 "]}}", file, i % 2);
    }
    stop(l);
    qocpn_image_free(file);
}

/* Is it done?  QEMU may refuse it; then nothing has changed. */
static bool resize(QOcpn *q, uint64_t size)
{
    QDict *r = qtest_qmp(q->qts, "{'execute': 'block_resize',"
                         "'arguments': {'node-name': 'd0', 'size': %"
                         PRIu64 "}}", size);
    bool ok = qdict_haskey(r, "return");

    qobject_unref(r);
    return ok;
}

/* More room changes nothing; without room commands fail, and only they. */
static void resizing(void)
{
    QOcpnLoad *l = start(&(QOcpnSetup) { 0 });
    GStatBuf st;
    bool shrunk;

    g_assert_cmpint(g_stat(l->q->file, &st), ==, 0);
    qocpn_load_run(l, SOME);
    resize(l->q, st.st_size + 8 * MiB);
    qocpn_load_run(l, SOME);
    qocpn_load_check(l);
    l->may_fail = true;
    qocpn_load_run(l, SOME);
    shrunk = resize(l->q, 64 * KiB);
    qocpn_load_run(l, SOME);
    qocpn_load_wait(l);
    g_test_message("shrinking was %s, %" PRIu64 " commands failed",
                   shrunk ? "done" : "refused", l->failed);
    if (!shrunk) {
        g_assert_cmpuint(l->failed, ==, 0);
        l->may_fail = false;
        stop(l);
        return;
    }
    g_assert_cmpuint(l->failed, >, 0);
    /* What the data was is nobody's business: the controller lives. */
    qocpn_alive(l->q);
    qocpn_disable(l->q);
    qocpn_enable(l->q);
    qocpn_stop(l->q);
    qocpn_load_free(l);
}

/* PCI Express: Slot Control of the port; power and its indicator off. */
static void slot_off(QOcpn *q)
{
    QPCIDevice *port = qpci_device_find(q->qs->pcibus, QPCI_DEVFN(4, 0));
    uint8_t cap = qpci_find_capability(port, PCI_CAP_ID_EXP, 0);
    uint16_t ctl = qpci_config_readw(port, cap + PCI_EXP_SLTCTL);

    qpci_config_writew(port, cap + PCI_EXP_SLTCTL,
                       (ctl & ~PCI_EXP_SLTCTL_PIC) |
                       PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_PWR_OFF);
    g_free(port);
}

/*
 * FAILURE-CASE-37
 * The port's slot loses power in the middle of it all, and again.
 */
static void unplug(void)
{
    char *file = new_image();
    QOcpnLoad *before = NULL;

    for (unsigned i = 0; i < 4; i++) {
        QOcpnLoad *l = start(&(QOcpnSetup) { .file = file, .port = true });
        QOcpn *q = l->q;

        if (before) {
            qocpn_load_adopt(l, before);
            qocpn_load_free(before);
            qocpn_load_check(l);
        }
        qocpn_load_run(l, SOME);
        qtest_qmp_device_del_send(q->qts, "nv0");
        qocpn_load_fill(l);
        slot_off(q);
        qtest_qmp_eventwait(q->qts, "DEVICE_DELETED");
        /* What had completed, and nobody uses the node any more. */
        qocpn_load_reap(l);
        qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-del',"
                                 "'arguments': {'node-name': 'd0'}}");
        qocpn_stop(q);
        before = l;
    }
    qocpn_load_free(before);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "a mirror under load takes over, twice", mirror_background },
    { "a mirror that blocks writes takes over", mirror_blocking },
    { "a mirror is cancelled under load", mirror_cancelled },
    { "snapshots are made and committed under load", snapshot_and_commit },
    { "nodes are reopened under load", reopen },
    { "resizing under load does no harm", resizing },
    { "a drive is unplugged from its port under load", unplug,
      "hw/nvme still uses the node when it is gone" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "jobs", tests, ARRAY_SIZE(tests));
}
