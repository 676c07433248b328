/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: memdev= and migration: whose the image is, at each of its ends, and
 * that snapshots, which would not contain it, are refused.
 * Proves: docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include <sys/socket.h>
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qobject/qdict.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme has no image in memory"
#define GEOMETRY    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 " \
                    "--ws-min 4 --ws-opt 8 --mw-cunits 24"

static char *new_image(void)
{
    return qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = GEOMETRY,
    });
}

static QOcpn *start(const char *file, const char *args, bool no_enable)
{
    g_autofree char *object = NULL;
    GStatBuf st;

    g_assert_cmpint(g_stat(file, &st), ==, 0);
    object = g_strdup_printf("memory-backend-file,share=on,mem-path=%s,size=%"
                             PRIu64, file, (uint64_t)st.st_size);
    return qocpn_start(&(QOcpnSetup) {
        .memdev = object, .lba_size = 4096, .args = args,
        .no_enable = no_enable,
    });
}

static void write_at(QOcpn *q, uint64_t lba)
{
    g_autofree uint8_t *data = g_malloc(8 * 4096);

    qocpn_pattern(data, 8 * 4096, lba);
    QOCPN_OK(qocpn_write(q, lba, 8, data, NULL));
}

static void expect_wp(QOcpn *q, uint64_t wp)
{
    g_assert_cmpuint(qocpn_chunk(q, 0).wp, ==, wp);
}

/* Migrate to URI; how that ended. */
static char *migration(QOcpn *q, const char *uri)
{
    gint64 end = qocpn_deadline();

    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate', 'arguments': {"
                             "'uri': %s}}", uri);
    for (;;) {
        QDict *r = qtest_qmp_assert_success_ref(q->qts, "{'execute': "
                                                "'query-migrate'}");
        char *status = g_strdup(qdict_get_try_str(r, "status"));

        qobject_unref(r);
        if (!g_strcmp0(status, "completed") || !g_strcmp0(status, "failed")) {
            return status;
        }
        g_free(status);
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(1000);
    }
}

static void expect_migration(QOcpn *q, const char *uri, const char *how)
{
    g_autofree char *status = migration(q, uri);

    g_assert_cmpstr(status, ==, how);
}

static char *run_state(QOcpn *q)
{
    QDict *r = qtest_qmp_assert_success_ref(q->qts, "{'execute': "
                                            "'query-status'}");
    char *status = g_strdup(qdict_get_str(r, "status"));

    qobject_unref(r);
    return status;
}

static void wait_state(QOcpn *q, const char *want)
{
    gint64 end = qocpn_deadline();

    for (;;) {
        g_autofree char *state = run_state(q);

        if (g_str_equal(state, want)) {
            return;
        }
        qocpn_tick(q, end, want);
    }
}

static void cont(QOcpn *q)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
}

/* Can another QEMU map the file now? */
static bool is_free(const char *file)
{
    g_autofree char *cmd = g_strdup_printf("timeout -s KILL 20 %s -machine "
        "q35 -accel qtest -nodefaults -display none -S -monitor stdio -object "
        "memory-backend-file,id=m0,share=on,size=4k,mem-path=%s -device "
        "ocp-nvme,memdev=m0", g_getenv("QTEST_QEMU_BINARY"), file);
    g_autofree char *err = NULL;
    g_autofree char *out = NULL;
    int status = 0;

    g_assert_true(g_spawn_command_line_sync(cmd, &out, &err, &status, NULL));
    g_assert_cmpint(status, !=, 0);     /* 4 KiB are too little */
    return !strstr(err, "is in use");
}

/* Saved to a file, the VM goes on where it was, if it is told to. */
static void to_a_file(void)
{
    char *file = new_image();
    g_autofree char *saved = g_strconcat(file, ".state", NULL);
    g_autofree char *uri = g_strconcat("exec:cat > ", saved, NULL);
    QOcpn *q = start(file, NULL, false);

    write_at(q, 0);
    g_assert_false(is_free(file));
    expect_migration(q, uri, "completed");
    wait_state(q, "postmigrate");
    g_assert_true(is_free(file));
    cont(q);
    g_assert_false(is_free(file));
    expect_wp(q, 8);
    write_at(q, 8);
    expect_wp(q, 16);
    qocpn_stop(q);
    g_unlink(saved);
    qocpn_image_free(file);
}

/* URI whose reader ends N bytes before the state of the VM does. */
static char *ends_early(const char *file, uint64_t n)
{
    g_autofree char *saved = g_strconcat(file, ".state", NULL);
    g_autofree char *uri = g_strconcat("exec:cat > ", saved, NULL);
    QOcpn *q = start(file, NULL, false);
    GStatBuf st;

    expect_migration(q, uri, "completed");
    qocpn_stop(q);
    g_assert_cmpint(g_stat(saved, &st), ==, 0);
    g_unlink(saved);
    return g_strdup_printf("exec:head -c %" PRIu64 " > /dev/null",
                           (uint64_t)st.st_size - n);
}

/* A migration that fails, early and when the image was given away. */
static void fails(bool stopped)
{
    char *file = new_image();
    g_autofree char *late = ends_early(file, 80 * KiB);
    const char *uri[] = { "exec:head -c 1000 > /dev/null", late };
    QOcpn *q = start(file, NULL, false);

    for (unsigned i = 0; i < ARRAY_SIZE(uri); i++) {
        if (stopped) {
            qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
        }
        expect_migration(q, uri[i], "failed");
        wait_state(q, stopped ? "paused" : "running");
        g_assert_false(is_free(file));
        if (stopped) {
            cont(q);
        }
        write_at(q, 8 * i);
        expect_wp(q, 8 * (i + 1));
    }
    qocpn_stop(q);
    qocpn_image_free(file);
}

static void fails_running(void)
{
    fails(false);
}

static void fails_stopped(void)
{
    fails(true);
}

/* The source cannot go on beside the destination, but after it. */
static void both_ends(void)
{
    char *file = new_image();
    g_autofree char *socket = g_strconcat(file, ".sock", NULL);
    g_autofree char *uri = g_strconcat("unix:", socket, NULL);
    g_autofree char *incoming = g_strconcat("-incoming ", uri, NULL);
    QOcpn *q = start(file, NULL, false);
    QOcpn *dst = start(file, incoming, true);

    write_at(q, 0);
    expect_migration(q, uri, "completed");
    wait_state(q, "postmigrate");
    /* The event comes before devices are told, an answer after that. */
    qtest_qmp_eventwait(dst->qts, "RESUME");
    wait_state(dst, "running");
    dst->adm = q->adm;
    dst->io = q->io;
    cont(q);
    wait_state(q, "internal-error");
    write_at(dst, 8);
    write_at(dst, 16);
    expect_wp(dst, 24);
    qocpn_stop(dst);
    qtest_system_reset(q->qts);
    cont(q);
    wait_state(q, "running");
    qocpn_pci_restore(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    expect_wp(q, 24);
    write_at(q, 24);
    qocpn_stop(q);
    g_unlink(socket);
    qocpn_image_free(file);
}

/* A human monitor's end of a line to QEMU, and the arguments for its own. */
static int monitor(unsigned i, char **args)
{
    int fd[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), ==, 0);
    *args = g_strdup_printf("-chardev socket,id=h%u,fd=%d -mon h%u", i, fd[1],
                            i);
    return fd[0];
}

/*
 * Two people say "cont" at once: monitors read a byte in each turn of the main
 * loop, so both lines end in the same turn, before QEMU stops.
 */
static void two_conts(void)
{
    char *file = new_image();
    g_autofree char *saved = g_strconcat(file, ".state", NULL);
    g_autofree char *uri = g_strconcat("exec:cat > ", saved, NULL);
    g_autofree char *arg0 = NULL;
    g_autofree char *arg1 = NULL;
    int fd[] = { monitor(0, &arg0), monitor(1, &arg1) };
    g_autofree char *args = g_strjoin(" ", arg0, arg1, NULL);
    QOcpn *q = start(file, args, false), *owner;

    expect_migration(q, uri, "completed");
    wait_state(q, "postmigrate");
    owner = start(file, NULL, false);
    g_assert_cmpint(kill(qtest_pid(q->qts), SIGSTOP), ==, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(fd); i++) {
        g_assert_cmpint(write(fd[i], "cont\n", 5), ==, 5);
    }
    g_assert_cmpint(kill(qtest_pid(q->qts), SIGCONT), ==, 0);
    qtest_qmp_eventwait(q->qts, "RESUME");
    wait_state(q, "internal-error");
    write_at(owner, 0);
    qocpn_stop(owner);
    qocpn_stop(q);
    close(fd[0]);
    close(fd[1]);
    g_unlink(saved);
    qocpn_image_free(file);
}

static void put_to_sleep(QOcpn *q)
{
    qtest_outl(q->qts, 0xcf8, 0x8000f840);      /* ICH9 LPC: PMBASE */
    qtest_outl(q->qts, 0xcfc, 0x601);
    qtest_outl(q->qts, 0xcf8, 0x8000f844);      /* ACPI_CNTL: enable */
    qtest_outb(q->qts, 0xcfc, 0x80);
    qtest_outw(q->qts, 0x604, 0x2400);          /* PM1_CNT: S3, now */
    wait_state(q, "suspended");
}

/* A guest that sleeps waits for its image, too. */
static void asleep(void)
{
    char *file = new_image();
    g_autofree char *saved = g_strconcat(file, ".state", NULL);
    g_autofree char *uri = g_strconcat("exec:cat > ", saved, NULL);
    g_autofree char *back = g_strconcat("exec:cat ", saved, NULL);
    QOcpn *q = start(file, NULL, false), *owner;

    put_to_sleep(q);
    expect_migration(q, uri, "completed");
    qocpn_stop(q);
    owner = start(file, NULL, false);
    q = start(file, "-incoming defer", true);
    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate-incoming', "
                             "'arguments': {'uri': %s}}", back);
    wait_state(q, "paused");
    cont(q);
    wait_state(q, "paused");
    qocpn_stop(owner);
    cont(q);
    wait_state(q, "suspended");
    qocpn_stop(q);
    g_unlink(saved);
    qocpn_image_free(file);
}

/* A RAM drive stays where it is. */
static void ram_drive(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .memdev = "memory-backend-memfd,size=64M",
        .props = ",auto-format=on,mode=conventional",
    });
    QDict *r = qtest_qmp(q->qts, "{'execute': 'migrate', 'arguments': {"
                         "'uri': 'exec:cat > /dev/null'}}");
    QDict *error = qdict_get_qdict(r, "error");

    g_assert_nonnull(error);
    g_assert_nonnull(strstr(qdict_get_str(error, "desc"), "memdev 'm0'"));
    qobject_unref(r);
    qocpn_alive(q);
    qocpn_stop(q);
}

static char *empty_qcow2(const char *beside)
{
    g_autofree char *dir = g_path_get_dirname(g_getenv("QTEST_QEMU_BINARY"));
    g_autofree char *tool = g_build_filename(dir, "qemu-img", NULL);
    char *file = g_strconcat(beside, ".qcow2", NULL);
    char *argv[] = {
        tool, (char *)"create", (char *)"-q", (char *)"-f", (char *)"qcow2",
        file, (char *)"16M", NULL,
    };
    int status = 1;

    g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                               NULL, NULL, &status, NULL) && !status);
    return file;
}

static void snapshots(void)
{
    char *file = new_image();
    g_autofree char *qcow2 = empty_qcow2(file);
    g_autofree char *args = g_strdup_printf("-blockdev driver=qcow2,"
        "node-name=s0,file.driver=file,file.filename=%s", qcow2);
    QOcpn *q = start(file, args, false);
    g_autofree char *said = NULL;

    write_at(q, 0);
    said = qtest_hmp(q->qts, "savevm s1");
    g_assert_nonnull(strstr(said, "snapshots do not contain memdev 'm0'"));
    wait_state(q, "running");
    write_at(q, 8);
    expect_wp(q, 16);
    qocpn_stop(q);
    g_unlink(qcow2);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "the image is free when the state was saved", to_a_file, NOT_NVME },
    { "a migration that fails changes nothing", fails_running, NOT_NVME },
    { "nor does one of a VM that is stopped", fails_stopped, NOT_NVME },
    { "the source goes on only behind the destination", both_ends, NOT_NVME },
    { "two people cannot make it go on, either", two_conts, NOT_NVME },
    { "a guest that sleeps is paused instead", asleep, NOT_NVME },
    { "a drive in RAM does not migrate", ram_drive, NOT_NVME },
    { "savevm is refused", snapshots, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "memdev-move", tests, ARRAY_SIZE(tests));
}
