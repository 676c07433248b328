/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: memdev=, an image in a memory backend: what it keeps and when, that
 * only one QEMU uses it, and what is refused.
 * Proves: docs/user-guide.rst, "Image in memory".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qobject/qdict.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme has no image in memory"
#define GEOMETRY    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 " \
                    "--ws-min 4 --ws-opt 8 --mw-cunits 24"
#define CHUNK       (96 * 4096)
#define RAM_DRIVE   "memory-backend-memfd,size=64M"

/* A QEMU without a guest, for what does not start; "" in ERR: it does. */
static char *errors_of(const char *args)
{
    g_autofree char *cmd = g_strdup_printf("timeout -s KILL 20 %s -machine "
        "q35 -accel qtest -nodefaults -display none -m 64M -S -monitor "
        "stdio %s", g_getenv("QTEST_QEMU_BINARY"), args);
    g_autofree char *script = g_strdup_printf("echo quit | %s", cmd);
    char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };
    g_autofree char *out = NULL;
    char *err = NULL;
    int status = 0;

    g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                               NULL, &out, &err, &status, NULL));
    /* One line, and a status that says the same. */
    g_assert_true(!status == !*err);
    g_assert_true(!*err || strchr(err, '\n') == err + strlen(err) - 1);
    return err;
}

/* FMT has a %s for the image's path; a default image has 65M. */
static void refused(const char *file, const char *fmt, const char *words)
{
    g_autofree char *args = g_strdup_printf(fmt, file);
    g_autofree char *err = errors_of(args);

    if (!strstr(err, words)) {
        g_test_message("%s: no '%s' in: %s", args, words, err);
        g_test_fail();
    }
}

static char *new_image(bool open_channel)
{
    return qocpn_image(&(QOcpnSetup) {
        .open_channel = open_channel, .ms = open_channel ? 16 : 0,
        .geometry = open_channel ? GEOMETRY : NULL,
        .size = open_channel ? 30 * CHUNK : 0,
    });
}

static uint64_t file_size(const char *file)
{
    GStatBuf st;

    g_assert_cmpint(g_stat(file, &st), ==, 0);
    return st.st_size;
}

/* The file as an object, for QOcpnSetup. */
static char *object_of(const char *file)
{
    return g_strdup_printf("memory-backend-file,share=on,mem-path=%s,"
                           "size=%" PRIu64, file, file_size(file));
}

static QOcpn *start_more(const char *file, const char *props,
                         const char *args, bool no_enable)
{
    g_autofree char *object = object_of(file);

    return qocpn_start(&(QOcpnSetup) {
        .memdev = object, .lba_size = 4096, .props = props, .args = args,
        .no_enable = no_enable,
    });
}

static QOcpn *start(const char *file)
{
    return start_more(file, NULL, NULL, false);
}

static void expect_chunk(QOcpn *q, unsigned index, uint8_t cs, uint64_t wp)
{
    QOcpnChunk k = qocpn_chunk(q, index);

    g_assert_cmphex(k.cs, ==, cs);
    g_assert_cmphex(k.wp, ==, wp);
}

/* Does the image tool have the file, and find no damage? */
static bool is_whole(const char *file)
{
    g_autofree char *cmd = g_strdup_printf("%s check %s", qocpn_tool(), file);
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int status = 1;

    g_assert_true(g_spawn_command_line_sync(cmd, &out, &err, &status, NULL));
    return !status;
}

/* What was acknowledged is in the file when QEMU is killed at once. */
static void killed(void)
{
    char *file = new_image(true);
    g_autofree uint8_t *data = g_malloc(CHUNK);
    QOcpn *q = start(file);

    qocpn_pattern(data, CHUNK, 3);
    QOCPN_OK(qocpn_write(q, 0x00, 96, data, NULL));
    QOCPN_OK(qocpn_write(q, 0x80, 8, data, NULL));
    QOCPN_OK(qocpn_write(q, 0x88, 32, data + 8 * 4096, NULL));
    qocpn_kill(q);
    g_assert_true(is_whole(file));
    q = start(file);
    expect_chunk(q, 0, OCSSD_CS_CLOSED, 96);
    expect_chunk(q, 1, OCSSD_CS_OPEN, 40);
    expect_chunk(q, 2, OCSSD_CS_FREE, 0);
    qocpn_expect(q, 0x00, 96, data);
    qocpn_expect(q, 0x80, 16, data);
    qocpn_stop(q);
    /* The same bytes as a drive of the block layer. */
    q = qocpn_start(&(QOcpnSetup) { .open_channel = true, .file = file });
    expect_chunk(q, 1, OCSSD_CS_OPEN, 40);
    qocpn_expect(q, 0x00, 96, data);
    qocpn_stop(q);
    qocpn_image_free(file);
}

static void conventional_killed(void)
{
    char *file = new_image(false);
    g_autofree uint8_t *data = g_malloc(64 * 512);
    QOcpn *q = start_more(file, NULL, NULL, false);

    q->lba_size = 512;
    qocpn_pattern(data, 64 * 512, 4);
    for (unsigned i = 0; i < 64; i++) {
        QOCPN_OK(qocpn_write(q, 1000 - i, 1, data + i * 512, NULL));
    }
    qocpn_kill(q);
    g_assert_true(is_whole(file));
    q = start(file);
    q->lba_size = 512;
    for (unsigned i = 0; i < 64; i++) {
        qocpn_expect(q, 1000 - i, 1, data + i * 512);
    }
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* Objects that are gone with QEMU. */
static void ram_drives(void)
{
    static const char *const objects[] = {
        RAM_DRIVE, "memory-backend-ram,size=64M",
        "memory-backend-ram,size=64M,share=on",
        "memory-backend-memfd,size=64M,share=off",
    };
    uint8_t data[8 * 512];

    qocpn_pattern(data, sizeof(data), 5);
    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        QOcpn *q = qocpn_start(&(QOcpnSetup) {
            .memdev = objects[i],
            .props = ",auto-format=on,mode=conventional",
        });

        QOCPN_OK(qocpn_write(q, 77, 8, data, NULL));
        QOCPN_OK(qocpn_io(q, &(QOcpnCmd) { .nsid = 1 }));
        qtest_system_reset(q->qts);
        qocpn_pci_restore(q);
        qocpn_enable(q);
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
        qocpn_expect(q, 77, 8, data);
        qocpn_expect_zero(q, 85, 8);
        qocpn_stop(q);
    }
}

/* Two namespaces, each in an object of its own. */
static void namespaces(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .memdev = RAM_DRIVE, .props = ",auto-format=on,mode=conventional",
        .args = "-object memory-backend-memfd,id=m1,size=32M",
        .more = "-device ocp-nvme-ns,memdev=m1,auto-format=on,nsid=2,"
                "mode=conventional",
    });
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 5, 1);
    uint8_t data[512];

    qocpn_pattern(data, sizeof(data), 6);
    QOCPN_OK(qocpn_write(q, 5, 1, data, NULL));
    qtest_memset(q->qts, q->buf, 0x22, 512);
    cmd.nsid = 2;
    cmd.prp1 = q->buf;
    QOCPN_OK(qocpn_io(q, &cmd));
    qocpn_expect(q, 5, 1, data);
    cmd.opc = NVME_IO_READ;
    QOCPN_OK(qocpn_io(q, &cmd));
    qtest_memread(q->qts, q->buf, data, sizeof(data));
    g_assert_cmphex(data[0], ==, 0x22);
    g_assert_cmphex(data[511], ==, 0x22);
    qocpn_stop(q);
}

/* One at a time has the file, whether it maps or opens it. */
static void locked(void)
{
    static const char map[] =
        "-object memory-backend-file,id=m0,share=on,size=65M,mem-path=%s "
        "-device ocp-nvme,memdev=m0";
    static const char open[] =
        "-drive if=none,id=d0,format=raw,file=%s -device ocp-nvme,drive=d0";
    char *file = new_image(false);
    QOcpn *q = start(file);

    refused(file, map, "is in use");
    refused(file, open, "Failed to get");
    g_assert_false(is_whole(file));
    qocpn_stop(q);
    g_assert_true(is_whole(file));
    q = qocpn_start(&(QOcpnSetup) { .file = file });
    refused(file, map, "is in use");
    qocpn_stop(q);
    q = start(file);
    qocpn_alive(q);
    qocpn_stop(q);
    qocpn_image_free(file);
}

#define FILE_OBJ    "-object memory-backend-file,id=m0,size=65M,mem-path=%s"
#define DEV         " -device ocp-nvme,memdev=m0"

static void wrong(void)
{
    static const struct {
        const char *fmt, *words;
    } t[] = {
        { FILE_OBJ DEV, "'m0' has share=off" },
        { FILE_OBJ ",readonly=on,share=on" DEV, "'m0' is read-only" },
        { FILE_OBJ ",share=on" DEV ",rerror=stop", "rerror and werror" },
        { FILE_OBJ ",share=on" DEV ",mode=open-channel", "contradicts" },
        { FILE_OBJ ",share=on" DEV " -device ocp-nvme,memdev=m0",
          "'m0' is in use by another device" },
        { FILE_OBJ ",share=on -blockdev null-co,node-name=d0" DEV
          ",drive=d0", "drive and memdev are both set" },
        { "-device ocp-nvme%.0s", "drive is not set" },
        { "-object memory-backend-file,id=m0,share=on,size=1M,mem-path=%s"
          DEV, "the object's size must be that of the file" },
        { "-object " RAM_DRIVE ",id=m0%.0s" DEV,
          "memdev 'm0' holds no ocp-nvme image; make one" },
        { "-object memory-backend-memfd,id=m0,size=4k%.0s" DEV
          ",auto-format=on", "auto-format=on cannot make an image" },
        { "-object memory-backend-ram,id=m0,size=64M%.0s -machine "
          "memory-backend=m0 -m 64M" DEV, "'m0' is in use" },
        { "-object " RAM_DRIVE ",id=m0%.0s -only-migratable" DEV
          ",auto-format=on", "memdev 'm0'" },
    };
    char *file = new_image(false);

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        refused(file, t[i].fmt, t[i].words);
    }
    qocpn_image_free(file);
}

/* auto-format=on takes a new file, but none with anything in it. */
static void formatted(void)
{
    static const char *const fmt =
        "-object memory-backend-file,id=m0,share=on,size=64M,mem-path=%s"
        " -device ocp-nvme,memdev=m0,auto-format=on";
    char *file = new_image(false);
    g_autofree char *data = g_malloc0(64 * MiB);
    g_autofree char *args = g_strdup_printf(fmt, file);

    g_unlink(file);
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *err = errors_of(args);

        g_assert_cmpstr(err, ==, "");
        g_assert_true(is_whole(file));
    }
    data[40 * MiB] = 1;
    g_assert_true(g_file_set_contents(file, data, 64 * MiB, NULL));
    refused(file, fmt, "holds data between bytes");
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "chunks and data outlive a QEMU that is killed", killed, NOT_NVME },
    { "so do blocks of a conventional drive", conventional_killed, NOT_NVME },
    { "drives in memory that is no file", ram_drives, NOT_NVME },
    { "two namespaces in two objects", namespaces, NOT_NVME },
    { "one QEMU at a time", locked, NOT_NVME },
    { "what is wrong is refused, with a reason", wrong, NOT_NVME },
    { "auto-format=on makes an image in a new file", formatted, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "memdev", tests, ARRAY_SIZE(tests));
}
