/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: an image that becomes full, or that nobody can reach any more, while
 * chunks are written and reset.  What was acknowledged stays: in memory, and
 * in the image when QEMU is started on it again.
 * Proves: docs/user-guide.rst, "When the drive fails".
 *
 * Full is a qcow2 file that may not grow (RLIMIT_FSIZE: EFBIG), or under which
 * writing ends in ENOSPC; out of reach is one behind an NBD server that was
 * killed.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include <sys/resource.h>
#include "werror-full.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"
#define ROOM        (512 * KiB) /* that the file has until it is full */

static char *qemu_img(void)
{
    g_autofree char *dir = g_path_get_dirname(g_getenv("QTEST_QEMU_BINARY"));

    return g_build_filename(dir, "qemu-img", NULL);
}

/* The arguments as one string; it must end well. */
static void run(const char *command)
{
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int status = -1;

    g_assert_true(g_spawn_command_line_sync(command, &out, &err, &status,
                                            NULL));
    if (status) {
        g_test_message("%s: %s%s", command, out, err);
    }
    g_assert_cmpint(status, ==, 0);
}

static void make(Drive *d, bool qcow2, const char *props)
{
    g_autofree char *img = qemu_img();
    g_autofree char *command = NULL;

    *d = (Drive) { .props = props };
    d->file = qocpn_image(&(QOcpnSetup) { .open_channel = true,
                                          .geometry = GEOMETRY });
    if (qcow2) {
        d->over = g_strconcat(d->file, ".qcow2", NULL);
        command = g_strdup_printf("%s create -q -f qcow2 -F raw -b %s %s", img,
                                  d->file, d->over);
        run(command);
    }
}

/* The image passes "ocp-nvme-img check"; what QEMU makes of it does. */
static void check_image(Drive *d)
{
    g_autofree char *img = qemu_img();
    g_autofree char *flat = g_strconcat(d->file, ".flat", NULL);
    g_autofree char *convert = g_strdup_printf("%s convert -O raw %s %s", img,
                                               d->over ?: d->file, flat);
    g_autofree char *check = g_strdup_printf("%s check %s", qocpn_tool(),
                                             flat);

    run(convert);
    run(check);
    g_unlink(flat);
}

static void forget(Drive *d)
{
    if (d->over) {
        g_unlink(d->over);
    }
    if (d->socket) {
        g_unlink(d->socket);
    }
    g_free(d->over);
    g_free(d->socket);
    qocpn_image_free(d->file);
}

static void start(Drive *d)
{
    g_autofree char *args = d->socket
        ? g_strdup_printf("-blockdev driver=nbd,node-name=f0,export=n0,"
                          "server.type=unix,server.path=%s", d->socket)
        : g_strdup_printf("-blockdev driver=file,node-name=f0,filename=%s",
                          d->over ?: d->file);
    const char *node = d->over ? "driver=qcow2,file=f0" : "driver=raw,file=f0";

    d->q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .args = args, .node = node, .props = d->props,
    });
}

/* QEMU started again, without what made things fail. */
static void expect_kept_after(Drive *d)
{
    qocpn_stop(d->q);
    check_image(d);
    start(d);
    expect_kept(d);
    work(d, 3 * CHUNKS);
    expect_kept(d);
    qocpn_stop(d->q);
    check_image(d);
}

/* Files of QEMU may grow to SIZE bytes. */
static void limit(Drive *d, rlim_t size)
{
    struct rlimit r = { size, RLIM_INFINITY };

    g_assert_cmpint(prlimit(qtest_pid(d->q->qts), RLIMIT_FSIZE, &r, NULL), ==,
                    0);
}

static void make_full(Drive *d)
{
    GStatBuf st;

    g_assert_cmpint(g_stat(d->over, &st), ==, 0);
    limit(d, st.st_size + ROOM);
}

static void full(bool comes_back)
{
    Drive d;

    signal(SIGXFSZ, SIG_IGN);   /* QEMU inherits it, and sees EFBIG */
    make(&d, true, ",rerror=report,werror=report");
    start(&d);
    work(&d, 2 * CHUNKS);
    make_full(&d);
    work(&d, 40 * CHUNKS);
    g_assert_cmpuint(d.failed, >, 0);
    qocpn_alive(d.q);
    expect_kept(&d);
    if (comes_back) {
        d.failed = 0;
        limit(&d, RLIM_INFINITY);
        work(&d, 4 * CHUNKS);
        g_assert_cmpuint(d.failed, ==, 0);
        expect_kept(&d);
    }
    expect_kept_after(&d);
    forget(&d);
}

static void full_again(void)
{
    full(true);
}

static void full_at_end(void)
{
    full(false);
}

/* A write that has to wait for room. */
static void full_stop(void)
{
    uint8_t data[UNIT * BLOCK];
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, chunk_lba(9), UNIT);
    Drive d;

    signal(SIGXFSZ, SIG_IGN);
    make(&d, true, ",rerror=stop,werror=stop");
    start(&d);
    work(&d, 2 * CHUNKS - 1);   /* chunk 9 has one unit less */
    limit(&d, 1);
    unit_data(data, 9, 1, 0);
    qtest_memwrite(d.q->qts, d.q->buf, data, sizeof(data));
    cmd = qocpn_rw(NVME_IO_WRITE, chunk_lba(9) + UNIT, UNIT);
    qocpn_prp(d.q, &cmd, d.q->buf, sizeof(data), d.q->list);
    qocpn_post(d.q, &d.q->io, &cmd);
    qocpn_ring(d.q, &d.q->io);
    qocpn_errors_stopped(d.q, "write", EFBIG);
    qocpn_errors_pending(d.q, &d.q->io);
    limit(&d, RLIM_INFINITY);
    qocpn_errors_cont(d.q);
    QOCPN_OK(qocpn_wait(d.q, &d.q->io));
    d.k[9].units++;
    work(&d, 4 * CHUNKS);
    g_assert_cmpuint(d.failed, ==, 0);
    expect_kept_after(&d);
    forget(&d);
}

static void serve(Drive *d)
{
    d->socket = d->socket ?: g_strconcat(d->file, ".nbd", NULL);
    g_unlink(d->socket);
    d->server = qtest_initf("-machine none -nodefaults -blockdev driver=file,"
                            "node-name=n0,filename=%s", d->file);
    qtest_qmp_assert_success(d->server, "{'execute': 'nbd-server-start',"
                             "'arguments': {'addr': {'type': 'unix',"
                             "'data': {'path': %s}}}}", d->socket);
    qtest_qmp_assert_success(d->server, "{'execute': 'block-export-add',"
                             "'arguments': {'type': 'nbd', 'id': 'e0',"
                             "'node-name': 'n0', 'writable': true}}");
}

/* Its socket stays, and refuses connections. */
static void kill_server(Drive *d)
{
    pid_t pid = qtest_pid(d->server);

    qtest_remove_abrt_handler(d->server);
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

/* QEMU tries to connect now and then. */
static void wait_for_server(Drive *d)
{
    gint64 end = qocpn_deadline();

    while (QOCPN_SC(qocpn_read(d->q, chunk_lba(0), UNIT, NULL, NULL))) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(50 * 1000);
    }
}

static void out_of_reach(bool comes_back)
{
    Drive d;

    make(&d, false, ",rerror=report,werror=report");
    serve(&d);
    start(&d);
    work(&d, 5 * CHUNKS);
    kill_server(&d);
    work(&d, 2 * CHUNKS);
    g_assert_cmpuint(d.failed, >=, CHUNKS);
    QOCPN_OK(qocpn_get_feature(d.q, 0x07, 0, 0));
    if (comes_back) {
        serve(&d);
        wait_for_server(&d);
        expect_kept(&d);
        qocpn_stop(d.q);
    } else {
        qocpn_stop(d.q);
        serve(&d);
    }
    start(&d);
    expect_kept(&d);
    qocpn_stop(d.q);
    kill_server(&d);
    check_image(&d);
    forget(&d);
}

static void reached_again(void)
{
    out_of_reach(true);
}

static void unreached_at_end(void)
{
    out_of_reach(false);
}

/* QEMU may not have connected yet, and stop again. */
static QOcpnCqe cont_until_done(Drive *d)
{
    gint64 end = qocpn_deadline();
    QOcpnCqe cqe;

    do {
        qocpn_errors_cont(d->q);
        while (!qocpn_reap(d->q, &d->q->io, &cqe)) {
            if (qocpn_errors_state(d->q, "io-error")) {
                break;
            }
            qocpn_tick(d->q, end, "an answer");
        }
        g_usleep(10 * 1000);
    } while (qocpn_errors_state(d->q, "io-error"));
    return cqe;
}

static void unreached_stop(void)
{
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, chunk_lba(0), UNIT);
    Drive d;

    make(&d, false, ",rerror=stop,werror=stop");
    serve(&d);
    start(&d);
    work(&d, 5 * CHUNKS);
    kill_server(&d);
    qocpn_prp(d.q, &read, d.q->buf, UNIT * BLOCK, d.q->list);
    qocpn_post(d.q, &d.q->io, &read);
    qocpn_ring(d.q, &d.q->io);
    qtest_qmp_eventwait(d.q->qts, "STOP");
    qocpn_errors_pending(d.q, &d.q->io);
    serve(&d);
    QOCPN_OK(cont_until_done(&d));
    work(&d, 5 * CHUNKS);
    g_assert_cmpuint(d.failed, ==, 0);
    expect_kept(&d);
    qocpn_stop(d.q);
    kill_server(&d);
    check_image(&d);
    forget(&d);
}

static const QOcpnTest tests[] = {
    { "an image that was full for a while is whole", full_again, NOT_NVME },
    { "so is one that is full when QEMU ends", full_at_end, NOT_NVME },
    { "a write waits for room", full_stop, NOT_NVME },
    { "an image that was out of reach for a while is whole", reached_again,
      NOT_NVME },
    { "so is one out of reach when QEMU ends", unreached_at_end, NOT_NVME },
    { "a read waits for the server", unreached_stop, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "werror-full", tests, ARRAY_SIZE(tests));
}
