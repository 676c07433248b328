/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: images, QEMU's command line, and the list of tests.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qocpn-device.h"

#define DEFAULT_SIZE    (64 * MiB)

static const char *driver(void)
{
    return g_getenv("QOCPN_DEV") ?: "ocp-nvme";
}

bool qocpn_is_upstream(void)
{
    return g_str_equal(driver(), "nvme");
}

const char *qocpn_tool(void)
{
    return g_getenv("OCP_NVME_IMG") ?: "ocp-nvme-img";
}

static uint64_t drive_size(const QOcpnSetup *s)
{
    return s->size ?: DEFAULT_SIZE;
}

static unsigned lba_size(const QOcpnSetup *s)
{
    return s->lba_size ?: (s->open_channel ? 4096 : 512);
}

/* hw/nvme takes a plain file; metadata and LBA size are properties. */
static void make_plain(const QOcpnSetup *s, const char *file)
{
    int fd = g_open(file, O_CREAT | O_RDWR, 0600);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, drive_size(s)), ==, 0);
    close(fd);
}

static void make_image(const QOcpnSetup *s, const char *file)
{
    g_autofree char *cmd = NULL;
    g_autofree char *err = NULL;
    g_autofree char *out = NULL;
    g_autofree char *quoted = g_shell_quote(file);
    int status = 0;

    cmd = g_strdup_printf("%s create --size %" PRIu64 " --mode %s"
                          " --lba-size %u --ms %u %s %s",
                          qocpn_tool(), drive_size(s),
                          s->open_channel ? "open-channel" : "conventional",
                          lba_size(s), s->ms, s->geometry ?: "", quoted);
    if (!g_spawn_command_line_sync(cmd, &out, &err, &status, NULL) ||
        status) {
        g_error("'%s' failed: %s", cmd, err ?: "cannot be run");
    }
}

char *qocpn_image(const QOcpnSetup *s)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *dir = g_dir_make_tmp("ocp-nvme-XXXXXX", &err);
    char *file;

    g_assert_no_error(err);
    file = g_build_filename(dir, "drive.img", NULL);
    if (qocpn_is_upstream()) {
        make_plain(s, file);
    } else {
        make_image(s, file);
    }
    return file;
}

void qocpn_image_free(char *file)
{
    g_autofree char *dir = g_path_get_dirname(file);

    g_unlink(file);
    g_rmdir(dir);
    g_free(file);
}

bool qocpn_uses_memdev(const QOcpnSetup *s)
{
    const char *medium = g_getenv("QOCPN_MEDIUM");

    return s->memdev ||
           (medium && g_str_equal(medium, "memdev") && !s->node && !s->log &&
            !s->throttle && (!s->format || g_str_equal(s->format, "raw")) &&
            !qocpn_is_upstream());
}

/* The object m0: the file's bytes in memory. */
static char *mapping(const char *file)
{
    GStatBuf st;

    g_assert_cmpint(g_stat(file, &st), ==, 0);
    return g_strdup_printf("-object memory-backend-file,id=m0,share=on,"
                           "mem-path=%s,size=%" PRIu64, file,
                           (uint64_t)st.st_size);
}

/* The node d0: a file, perhaps with a filter on it. */
static char *blockdev(const QOcpnSetup *s, const char *file)
{
    const char *flushes = s->no_flush ? ",cache.no-flush=on" : "";

    if (s->memdev) {
        return g_strdup_printf("-object %s,id=m0", s->memdev);
    }
    if (qocpn_uses_memdev(s)) {
        return mapping(file);
    }
    if (s->node) {
        return g_strdup_printf("-blockdev %s,node-name=d0", s->node);
    }
    if (s->log) {
        return g_strdup_printf("-blockdev driver=blklogwrites,node-name=d0,"
                               "file.driver=file,file.filename=%s,"
                               "log.driver=file,log.filename=%s", file,
                               s->log);
    }
    if (s->throttle) {
        return g_strdup_printf("-object throttle-group,id=tg0 "
                               "-blockdev driver=throttle,node-name=d0,"
                               "throttle-group=tg0,file.driver=raw,"
                               "file.file.driver=file,file.file.filename=%s"
                               "%s", file, flushes);
    }
    /* hw/nvme deallocates only what the node lets it. */
    return g_strdup_printf("-blockdev driver=%s,node-name=d0,"
                           "file.driver=file,file.filename=%s%s%s",
                           s->format ?: "raw", file,
                           qocpn_is_upstream() ? ",discard=unmap,"
                           "file.discard=unmap" : "", flushes);
}

void qocpn_hold(QOcpn *q, bool hold)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': '/objects/tg0', 'property': 'limits',"
                             "'value': {'iops-total': %d}}}", hold ? 1 : 0);
}

/*
 * hw/nvme has the metadata size on the namespace only, so it gets a
 * controller without a drive and a namespace of its own.
 */
static QOSState *boot(const QOcpnSetup *s, const char *file)
{
    const char *machine = s->machine ?: "q35";
    const char *args = g_getenv("QOCPN_ARGS") ?: "";
    g_autofree char *drive = blockdev(s, file);
    g_autofree char *device = qocpn_device(s, qocpn_uses_memdev(s) ?
                                              "memdev=m0" : "drive=d0");

    if (qocpn_is_upstream()) {
        return qtest_pc_boot("-machine %s -nodefaults -m 128M %s %s %s "
                             "-device nvme-ns,bus=nv0,drive=d0,"
                             "logical_block_size=%u,physical_block_size=%u,"
                             "ms=%u",
                             machine, s->args ?: "", drive, device,
                             lba_size(s), lba_size(s), s->ms);
    }
    return qtest_pc_boot("-machine %s -nodefaults -m 128M %s %s %s %s %s",
                         machine, args, s->args ?: "", drive, device,
                         s->more ?: "");
}

static void attach(QOcpn *q, const QOcpnSetup *s)
{
    q->qts = q->qs->qts;
    q->alloc = &q->qs->alloc;
    q->pdev = qocpn_device_find(s, q->qs->pcibus);
    qpci_device_enable(q->pdev);
    if (s->intx) {
        q->bar = qpci_iomap(q->pdev, 0, NULL);
    } else {
        /* Maps BAR0, where the table is: mapping it twice would move it. */
        qpci_msix_enable(q->pdev);
        q->bar = q->pdev->msix_table_bar;
        q->msi = qocpn_buf(q, QOCPN_PAGE);
        qocpn_msix_setup(q);
    }
    q->cap = qocpn_readq(q, 0);
    q->buf = qocpn_buf(q, QOCPN_BUF_SIZE);
    q->md = qocpn_buf(q, 64 * KiB);
    q->list = qocpn_buf(q, 2 * QOCPN_PAGE);
}

QOcpn *qocpn_start(const QOcpnSetup *setup)
{
    static const QOcpnSetup plain;
    const QOcpnSetup *s = setup ?: &plain;
    QOcpn *q = g_new0(QOcpn, 1);

    q->lba_size = lba_size(s);
    q->ms = s->ms;
    q->own_file = !s->file && !s->node && !s->memdev;
    q->throttled = s->throttle;
    q->file = q->own_file ? qocpn_image(s) : g_strdup(s->file);
    q->qs = boot(s, q->file);
    attach(q, s);
    if (s->no_enable) {
        return q;
    }
    qocpn_enable(q);
    if (!s->no_ioq) {
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, s->intx ? 0 : 1));
    }
    return q;
}

QOcpn *qocpn_start_lba(unsigned lba_size)
{
    return qocpn_start(&(QOcpnSetup) { .lba_size = lba_size });
}

void qocpn_each_size(void (*fn)(QOcpn *q))
{
    static const unsigned lba_sizes[] = { 512, 4096 };

    for (size_t i = 0; i < ARRAY_SIZE(lba_sizes); i++) {
        QOcpn *q = qocpn_start_lba(lba_sizes[i]);

        fn(q);
        qocpn_stop(q);
    }
}

static void forget(QOcpn *q)
{
    if (q->own_file) {
        qocpn_image_free(q->file);
    } else {
        g_free(q->file);
    }
    g_free(q);
}

/*
 * QEMU's throttle filter arms its timer in the main thread while the I/O
 * thread runs it if it is drained with requests of both under way, and then
 * asserts that it is not armed.  Where nobody wants the image any more, such
 * a QEMU is not asked to end.
 */
static bool may_not_drain(const QOcpn *q)
{
    const char *args = g_getenv("QOCPN_ARGS") ?: "";

    return q->throttled && q->own_file && strstr(args, "iothread");
}

void qocpn_stop(QOcpn *q)
{
    g_free(q->pdev);
    if (may_not_drain(q)) {
        qocpn_kill(q);
        return;
    }
    qtest_pc_shutdown(q->qs);
    forget(q);
}

/* libqtest takes a QEMU that was killed for a failure: it is left out. */
void qocpn_kill(QOcpn *q)
{
    pid_t pid = qtest_pid(q->qts);

    qtest_remove_abrt_handler(q->qts);
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
    forget(q);
}

static void run_one(const void *opaque)
{
    const QOcpnTest *t = opaque;

    if (qocpn_is_upstream() && t->upstream) {
        g_test_skip(t->upstream);
        return;
    }
    t->fn();
}

int qocpn_main(int argc, char **argv, const char *group,
               const QOcpnTest *tests, size_t count)
{
    if (qocpn_is_upstream() &&
        (g_getenv("QOCPN_PROPS") || g_getenv("QOCPN_MAPPING"))) {
        printf("1..0 # SKIP hw/nvme does not have these properties\n");
        return 0;
    }
    g_test_init(&argc, &argv, NULL);
    /* One wrong value should not hide the next: report all, then fail. */
    g_test_set_nonfatal_assertions();
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = g_strdup_printf("ocp-nvme/%s/%s", group,
                                                tests[i].name);
        qtest_add_data_func(path, &tests[i], run_one);
    }
    return g_test_run();
}
