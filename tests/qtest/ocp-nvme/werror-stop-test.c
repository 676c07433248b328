/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a VM that an I/O error has stopped: several commands fail together,
 * it is reset, the drive is taken away, QEMU ends.
 * Proves: docs/user-guide.rst, "When the drive fails".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qobject/qdict.h"
#include "qocpn-errors.h"
#include "qocpn-migrate.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"
#define GEOMETRY    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 " \
                    "--ws-min 4 --ws-opt 8 --mw-cunits 0"
#define BLOCK       4096
#define UNIT        8
#define WRITES      6           /* held; each of a unit, behind each other */
#define STOP        ",rerror=stop,werror=stop"

typedef struct Drive {
    QOcpn *q;
    char *file;
    int64_t unit;               /* the byte of the first held write */
} Drive;

static void make(Drive *d)
{
    d->file = qocpn_image(&(QOcpnSetup) { .open_channel = true,
                                          .geometry = GEOMETRY });
    d->unit = qocpn_errors_region(d->file, QOCPN_REGION_DATA) +
              UNIT * BLOCK;
}

static void start(Drive *d, const char *machine)
{
    d->q = qocpn_errors_start(&(QOcpnSetup) {
        .open_channel = true, .props = STOP, .machine = machine,
    }, d->file);
}

static void stop(Drive *d)
{
    qocpn_stop(d->q);
}

static void unit_data(uint8_t *data, unsigned i)
{
    qocpn_pattern(data, UNIT * BLOCK, 100 + i);
}

/* A unit that is acknowledged before anything fails. */
static void write_first(Drive *d)
{
    uint8_t data[UNIT * BLOCK];

    unit_data(data, 0);
    QOCPN_OK(qocpn_write(d->q, 0, UNIT, data, NULL));
}

/* The next units of the chunk. */
static void post_writes(Drive *d)
{
    QOcpn *q = d->q;
    uint8_t data[UNIT * BLOCK];

    for (unsigned i = 1; i <= WRITES; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, i * UNIT, UNIT);

        unit_data(data, i);
        qtest_memwrite(q->qts, q->buf + i * sizeof(data), data,
                       sizeof(data));
        qocpn_prp(q, &cmd, q->buf + i * sizeof(data), sizeof(data),
                  qocpn_buf(q, QOCPN_PAGE));
        qocpn_post(q, &q->io, &cmd);
    }
    qocpn_ring(q, &q->io);
}

static void expect_chunk(Drive *d, uint8_t cs, unsigned units)
{
    QOcpnChunk k = qocpn_chunk(d->q, 0);
    uint8_t data[UNIT * BLOCK];

    g_assert_cmphex(k.cs, ==, cs);
    g_assert_cmphex(k.wp, ==, units * UNIT);
    for (unsigned i = 0; i < units; i++) {
        unit_data(data, i);
        qocpn_expect(d->q, i * UNIT, UNIT, data);
    }
}

/*
 * The writes have failed: all of them, or the one that others wait for.  They
 * are posted while the VM is stopped, so that the drive fetches all of them.
 */
static void stop_at_writes(Drive *d, bool all)
{
    write_first(d);
    qtest_qmp_assert_success(d->q->qts, "{'execute': 'stop'}");
    qtest_qmp_eventwait(d->q->qts, "STOP");
    qocpn_errors_set_one(d->q, "write", EIO, all ? QOCPN_ANYWHERE : d->unit,
                         0);
    post_writes(d);
    qocpn_errors_cont(d->q);
    qocpn_errors_stopped(d->q, "write", EIO);
    qocpn_errors_pending(d->q, &d->q->io);
}

static void expect_all_done(Drive *d)
{
    for (unsigned i = 1; i <= WRITES; i++) {
        QOCPN_OK(qocpn_wait(d->q, &d->q->io));
    }
    qocpn_errors_pending(d->q, &d->q->io);
    expect_chunk(d, OCSSD_CS_OPEN, WRITES + 1);
}

static void together(bool all)
{
    Drive d;

    make(&d);
    start(&d, NULL);
    stop_at_writes(&d, all);
    qocpn_errors_cont(d.q);     /* it is no better */
    qocpn_errors_stopped(d.q, "write", EIO);
    qocpn_errors_pending(d.q, &d.q->io);
    qocpn_errors_clear(d.q);
    qocpn_errors_cont(d.q);
    expect_all_done(&d);
    stop(&d);
    qocpn_image_free(d.file);
}

static void all_fail(void)
{
    together(true);
}

static void first_fails(void)
{
    together(false);
}

/* The image is whole, and has what was acknowledged. */
static void expect_kept(Drive *d)
{
    const char *argv[] = { qocpn_tool(), "check", d->file, NULL };
    g_autofree char *said = NULL;
    QOcpnChunk k;
    int status = -1;

    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL,
                               G_SPAWN_SEARCH_PATH, NULL, NULL, &said, NULL,
                               &status, NULL));
    g_assert_cmpint(status, ==, 0);
    start(d, NULL);
    k = qocpn_chunk(d->q, 0);
    expect_chunk(d, k.cs, 1);
    stop(d);
    qocpn_image_free(d->file);
}

/* QEMU is told to end while writing still fails, or does not any more. */
static void quits(bool healed)
{
    Drive d;

    make(&d);
    start(&d, NULL);
    stop_at_writes(&d, true);
    if (healed) {
        qocpn_errors_clear(d.q);
    }
    stop(&d);
    expect_kept(&d);
}

static void quits_bad(void)
{
    quits(false);
}

static void quits_healed(void)
{
    quits(true);
}

/* The commands are gone, and the drive works again. */
static void system_reset(void)
{
    Drive d;

    make(&d);
    start(&d, NULL);
    stop_at_writes(&d, true);
    qtest_system_reset(d.q->qts);
    g_assert_cmphex(qocpn_readl(d.q, NVME_REG_CSTS) & 1, ==, 0);
    qocpn_errors_clear(d.q);
    qocpn_errors_cont(d.q);
    qocpn_pci_restore(d.q);
    qocpn_enable(d.q);
    QOCPN_OK(qocpn_create_pair(d.q, &d.q->io, 1, 64, 1));
    expect_chunk(&d, qocpn_chunk(d.q, 0).cs, 1);
    QOCPN_OK(qocpn_chunk_reset(d.q, 0));
    write_first(&d);
    expect_chunk(&d, OCSSD_CS_OPEN, 1);
    stop(&d);
    qocpn_image_free(d.file);
}

/* The host's own reset waits for "cont", as nothing runs before. */
static void controller_reset(void)
{
    Drive d;

    make(&d);
    start(&d, NULL);
    stop_at_writes(&d, true);
    qocpn_writel(d.q, NVME_REG_CC, 0);
    qocpn_errors_pending(d.q, &d.q->io);
    qocpn_errors_clear(d.q);
    qocpn_errors_cont(d.q);
    QOCPN_UNTIL(d.q, !(qocpn_readl(d.q, NVME_REG_CSTS) & 1));
    qocpn_errors_pending(d.q, &d.q->io);
    qocpn_enable(d.q);
    QOCPN_OK(qocpn_create_pair(d.q, &d.q->io, 1, 64, 1));
    expect_chunk(&d, OCSSD_CS_OPEN, WRITES + 1);
    stop(&d);
    qocpn_image_free(d.file);
}

static void unplug(void)
{
    Drive d;

    make(&d);
    start(&d, "pc");
    stop_at_writes(&d, true);
    qpci_unplug_acpi_device_test(d.q->qts, "nv0", d.q->pdev->devfn >> 3);
    qocpn_errors_clear(d.q);
    qocpn_errors_cont(d.q);
    stop(&d);
    expect_kept(&d);
}

/*
 * What is held cannot travel.  The migration fails, twice, the VM is where it
 * was, and has lost nothing; when the commands are over it moves.
 */
static void migration(void)
{
    g_autofree char *socket = NULL;
    g_autofree char *uri = NULL;
    g_autofree char *incoming = NULL;
    QOcpn *dst;
    Drive d;

    make(&d);
    socket = g_strconcat(d.file, ".sock", NULL);
    uri = g_strconcat("unix:", socket, NULL);
    incoming = g_strconcat("-incoming ", uri, NULL);
    start(&d, NULL);
    stop_at_writes(&d, true);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_false(qocpn_migrates(d.q, "exec:cat > /dev/null"));
        qocpn_errors_pending(d.q, &d.q->io);
    }
    qocpn_errors_clear(d.q);
    qocpn_errors_cont(d.q);
    expect_all_done(&d);
    dst = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .file = d.file, .args = incoming,
        .props = STOP, .no_enable = true,
    });
    g_assert_true(qocpn_migrates(d.q, uri));
    QOCPN_UNTIL(dst, qocpn_errors_state(dst, "running"));
    dst->adm = d.q->adm;
    dst->io = d.q->io;
    stop(&d);
    d.q = dst;
    expect_chunk(&d, OCSSD_CS_OPEN, WRITES + 1);
    stop(&d);
    g_unlink(socket);
    qocpn_image_free(d.file);
}

/* Read sector 100 of the first IDE disk. */
static void read_ide(QTestState *qts)
{
    static const uint8_t value[] = { 1, 100, 0, 0, 0xe0, 0x20 };

    for (unsigned i = 0; i < ARRAY_SIZE(value); i++) {
        qtest_outb(qts, 0x1f2 + i, value[i]);
    }
}

/*
 * An I/O error of another drive stops the VM, which then moves.  What this
 * one has not brought into its image for lack of a Flush is there all the
 * same.
 */
static void of_another(void)
{
    static const char disk[] = "-blockdev driver=blkdebug,node-name=i0,"
        "image.driver=null-co,image.size=1048576,inject-error.0.event=none,"
        "inject-error.0.iotype=read,inject-error.0.sector=100 "
        "-device ide-hd,drive=i0,bus=ide.0,rerror=stop";
    Drive d = { 0 };
    QOcpnSetup setup;
    QOcpn *dst;
    g_autofree char *uri = NULL;

    make(&d);
    uri = g_strdup_printf("unix:%s.sock", d.file);
    setup = (QOcpnSetup) {
        .machine = "pc", .open_channel = true, .file = d.file, .more = disk,
        .props = ",ocp-version=off,state-sync=flush",
    };
    d.q = qocpn_start(&setup);
    write_first(&d);
    read_ide(d.q->qts);
    qtest_qmp_eventwait(d.q->qts, "STOP");
    g_assert_true(qocpn_errors_state(d.q, "io-error"));
    setup.more = "-blockdev driver=null-co,node-name=i0,size=1048576 "
                 "-device ide-hd,drive=i0,bus=ide.0,rerror=stop";
    dst = qocpn_incoming(&setup, uri);
    g_assert_true(qocpn_migrates(d.q, uri));
    QOCPN_UNTIL(dst, qocpn_errors_state(dst, "io-error"));
    qocpn_errors_cont(dst);
    qocpn_go_on(dst, d.q);
    stop(&d);
    d.q = dst;
    expect_chunk(&d, OCSSD_CS_OPEN, 1);
    stop(&d);
    g_unlink(strchr(uri, ':') + 1);
    qocpn_image_free(d.file);
}

static const QOcpnTest tests[] = {
    { "writes that fail together end together, in order", all_fail,
      NOT_NVME },
    { "a write that fails holds up those behind it", first_fails, NOT_NVME },
    { "QEMU ends while writing fails", quits_bad, NOT_NVME },
    { "QEMU ends before it has tried again", quits_healed, NOT_NVME },
    { "the machine is reset", system_reset, NOT_NVME },
    { "the controller is reset", controller_reset, NOT_NVME },
    { "the drive is taken away", unplug, NOT_NVME },
    { "a migration has to wait", migration, NOT_NVME },
    { "another drive's error stops it, and it moves", of_another, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "werror-stop", tests, ARRAY_SIZE(tests));
}
