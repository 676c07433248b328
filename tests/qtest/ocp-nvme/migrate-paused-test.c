/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a VM that a migration brings, and that waits for "cont": before it
 * runs it can be saved, and migrated on.  One that has run cannot, once its
 * image is another QEMU's.
 * Proves: docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qobject/qdict.h"
#include "qocpn-errors.h"
#include "qocpn-migrate.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"
#define GEOMETRY    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 " \
                    "--ws-min 4 --ws-opt 8 --mw-cunits 24"
#define EVENT       0x00d00007

static char *new_image(void)
{
    return qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = GEOMETRY,
    });
}

/* FILE as a drive of the block layer, or MAPPED. */
static QOcpn *start(const char *file, bool mapped, const char *args)
{
    g_autofree char *object = NULL;
    GStatBuf st;

    g_assert_cmpint(g_stat(file, &st), ==, 0);
    object = g_strdup_printf("memory-backend-file,share=on,mem-path=%s,size=%"
                             PRIu64, file, (uint64_t)st.st_size);
    return qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .lba_size = 4096,
        .file = mapped ? NULL : file, .memdev = mapped ? object : NULL,
        .format = "raw", .args = args, .no_enable = args != NULL,
    });
}

/* An Open chunk of N blocks grows by 8. */
static void write_at(QOcpn *q, uint64_t n)
{
    g_autofree uint8_t *data = g_malloc(8 * 4096);

    qocpn_pattern(data, 8 * 4096, n);
    QOCPN_OK(qocpn_write(q, n, 8, data, NULL));
    g_assert_cmphex(qocpn_chunk(q, 0).cs, ==, OCSSD_CS_OPEN);
    g_assert_cmpuint(qocpn_chunk(q, 0).wp, ==, n + 8);
}

static void notify(QOcpn *q)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': '/machine/peripheral/nv0', 'property': "
                             "'notify', 'value': 'state=high mask=chunk "
                             "lba=0x80'}}");
}

static void cont(QOcpn *q)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
}

/* A VM has come that did not run where it came from. */
static void wait_arrived(QOcpn *q)
{
    QOCPN_UNTIL(q, qocpn_errors_state(q, "paused"));
}

/* The host that Q was, with N blocks and a notification, goes on in DST. */
static void go_on(const QOcpn *q, QOcpn *dst, uint64_t n)
{
    QOCPN_UNTIL(dst, qocpn_errors_state(dst, "running"));
    g_assert_cmphex(dst->buf, ==, q->buf);
    dst->adm = q->adm;
    dst->io = q->io;
    dst->next_aer = q->next_aer;
    qocpn_post_aer(dst);
    g_assert_cmphex(qocpn_event(dst).dw0, ==, EVENT);
    qocpn_clear_event(dst, OCSSD_LID_CHUNK_NOTIFY);
    write_at(dst, n);
}

/* From one QEMU to a second, where the VM never runs, and to a third. */
static void pass_on(bool mapped)
{
    char *file = new_image();
    g_autofree char *uri1 = g_strdup_printf("unix:%s.1", file);
    g_autofree char *uri2 = g_strdup_printf("unix:%s.2", file);
    g_autofree char *in1 = g_strconcat("-S -incoming ", uri1, NULL);
    g_autofree char *in2 = g_strconcat("-incoming ", uri2, NULL);
    QOcpn *q = start(file, mapped, NULL);
    QOcpn *mid = start(file, mapped, in1), *dst = start(file, mapped, in2);

    write_at(q, 0);
    notify(q);
    g_assert_true(qocpn_migrates(q, uri1));
    wait_arrived(mid);
    g_assert_true(qocpn_migrates(mid, uri2));
    wait_arrived(dst);
    cont(dst);
    go_on(q, dst, 8);
    qocpn_stop(mid);
    qocpn_stop(q);
    qocpn_stop(dst);
    g_unlink(strchr(uri1, ':') + 1);
    g_unlink(strchr(uri2, ':') + 1);
    qocpn_image_free(file);
}

static void of_drive(void)
{
    pass_on(false);
}

static void of_memdev(void)
{
    pass_on(true);
}

/* Saved where it has arrived, it goes on there, too. */
static void saved(void)
{
    char *file = new_image();
    g_autofree char *uri = g_strdup_printf("unix:%s.1", file);
    g_autofree char *in = g_strconcat("-S -incoming ", uri, NULL);
    g_autofree char *to = g_strdup_printf("exec:cat > %s.state", file);
    g_autofree char *from = g_strdup_printf("exec:cat %s.state", file);
    QOcpn *q = start(file, false, NULL), *mid = start(file, false, in), *dst;

    write_at(q, 0);
    notify(q);
    g_assert_true(qocpn_migrates(q, uri));
    wait_arrived(mid);
    g_assert_true(qocpn_migrates(mid, to));
    qocpn_stop(mid);
    dst = start(file, false, "-incoming defer");
    qtest_qmp_assert_success(dst->qts, "{'execute': 'migrate-incoming', "
                             "'arguments': {'uri': %s}}", from);
    wait_arrived(dst);
    cont(dst);
    go_on(q, dst, 8);
    qocpn_stop(q);
    qocpn_stop(dst);
    g_unlink(strchr(uri, ':') + 1);
    g_unlink(strrchr(to, ' ') + 1);
    qocpn_image_free(file);
}

/* A VM that has arrived and run, and then went on elsewhere, is left behind. */
static void left_behind(void)
{
    char *file = new_image();
    g_autofree char *uri1 = g_strdup_printf("unix:%s.1", file);
    g_autofree char *uri2 = g_strdup_printf("unix:%s.2", file);
    g_autofree char *in1 = g_strconcat("-incoming ", uri1, NULL);
    g_autofree char *in2 = g_strconcat("-incoming ", uri2, NULL);
    QOcpn *q = start(file, true, NULL);
    QOcpn *mid = start(file, true, in1), *dst = start(file, true, in2);

    write_at(q, 0);
    notify(q);
    g_assert_true(qocpn_migrates(q, uri1));
    go_on(q, mid, 8);
    qocpn_stop(q);
    notify(mid);
    g_assert_true(qocpn_migrates(mid, uri2));
    go_on(mid, dst, 16);
    cont(mid);
    QOCPN_UNTIL(mid, qocpn_errors_state(mid, "internal-error"));
    g_assert_false(qocpn_migrates(mid, "exec:cat > /dev/null"));
    write_at(dst, 24);
    qocpn_stop(mid);
    qocpn_stop(dst);
    g_unlink(strchr(uri1, ':') + 1);
    g_unlink(strchr(uri2, ':') + 1);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "a VM that never ran is migrated on", of_drive, NOT_NVME },
    { "so is one with its image in memory", of_memdev, NOT_NVME },
    { "and it is saved where it is", saved, NOT_NVME },
    { "one that was left behind is not", left_behind, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "migrate-paused", tests, ARRAY_SIZE(tests));
}
