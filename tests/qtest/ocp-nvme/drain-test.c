/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what QEMU does to a drive while the guest uses it: block jobs that
 * drain it and change the node under it, and taking the device away.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define WRITES  40
#define BLOCK   512

/* WRITES writes of one block each, from block FIRST on, in one doorbell. */
static void post_writes(QOcpn *q, unsigned first, uint32_t seed)
{
    uint8_t data[BLOCK];

    for (unsigned i = 0; i < WRITES; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, first + i, 1);

        cmd.prp1 = q->buf + i * QOCPN_PAGE;
        qocpn_pattern(data, sizeof(data), seed + i);
        qtest_bufwrite(q->qts, cmd.prp1, data, sizeof(data));
        qocpn_post(q, &q->io, &cmd);
    }
    qocpn_ring(q, &q->io);
}

static void wait_writes(QOcpn *q)
{
    for (unsigned i = 0; i < WRITES; i++) {
        QOCPN_OK(qocpn_wait(q, &q->io));
    }
}

static void check_writes(QOcpn *q, unsigned first, uint32_t seed)
{
    uint8_t data[BLOCK];

    for (unsigned i = 0; i < WRITES; i++) {
        qocpn_pattern(data, sizeof(data), seed + i);
        qocpn_expect(q, first + i, 1, data);
    }
}

/* A file as long as the image, as node t0. */
static char *add_target(QOcpn *q)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });

    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-add',"
                             "'arguments': {'driver': 'file',"
                             "'node-name': 't0', 'filename': %s}}", file);
    return file;
}

/* The data moves to another file while it is written, then the drive does. */
static void mirror(void)
{
    QOcpn *q = qocpn_start(NULL);
    char *file = add_target(q);

    post_writes(q, 100, 1);
    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-mirror',"
                             "'arguments': {'job-id': 'j0', 'device': 'd0',"
                             "'target': 't0', 'sync': 'full'}}");
    wait_writes(q);
    post_writes(q, 200, 2);
    qtest_qmp_eventwait(q->qts, "BLOCK_JOB_READY");
    wait_writes(q);             /* their buffers are used again */
    post_writes(q, 300, 3);
    qtest_qmp_assert_success(q->qts, "{'execute': 'block-job-complete',"
                             "'arguments': {'device': 'j0'}}");
    wait_writes(q);
    qtest_qmp_eventwait(q->qts, "BLOCK_JOB_COMPLETED");
    post_writes(q, 400, 4);
    wait_writes(q);
    for (unsigned i = 1; i <= 4; i++) {
        check_writes(q, 100 * i, i);
    }
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* Draining and reopening over and over, with writes in flight each time. */
static void drains(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .throttle = true });

    for (unsigned i = 1; i <= 10; i++) {
        qocpn_hold(q, true);
        post_writes(q, 100 * i, i);
        qocpn_idle(q, 1);
        qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
        qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
        qocpn_hold(q, false);
        wait_writes(q);
        check_writes(q, 100 * i, i);
    }
    qocpn_stop(q);
}

/* Taken away with reads in flight, as by a guest's ACPI eject. */
static void unplug(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .machine = "pc", .throttle = true,
    });
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 8);

    read.prp1 = q->buf;
    qocpn_hold(q, true);
    for (unsigned i = 0; i < 20; i++) {
        qocpn_post(q, &q->io, &read);
    }
    qocpn_ring(q, &q->io);
    qocpn_idle(q, 2);
    qpci_unplug_acpi_device_test(q->qts, "nv0", q->pdev->devfn >> 3);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "a mirror job follows the writes and takes over", mirror },
    { "writes in flight survive being drained", drains },
    { "the device can be unplugged with reads in flight", unplug,
      "hw/nvme hangs QEMU until its drive lets the reads go" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "drain", tests, ARRAY_SIZE(tests));
}
