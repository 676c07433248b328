/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: files of the OCP half: knobs, and pages that were recorded.
 * Proves: docs/ocp.rst, "State files", "Recorded telemetry".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "knob.h"

#define NOT_NVME    "hw/nvme is no OCP drive"
#define KNOBS       ",ocp-version=2.7,x-test-knobs=on"
#define PAGE        512
#define WIDE        "0xffeeddccbbaa99888877665544332211"

static QOcpn *start(const char *props)
{
    return qocpn_start(&(QOcpnSetup) { .props = props });
}

static char *temp_file(const char *bytes, size_t len)
{
    char *name = NULL;
    int fd = g_file_open_tmp("ocpn-file-XXXXXX", &name, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(name, bytes, len, NULL));
    return name;
}

static void drop_file(char *name)
{
    g_unlink(name);
    g_free(name);
}

/* XOR recoveries of page C0h, and the spare of page 02h. */
static void expect(QOcpn *q, uint64_t recoveries, uint8_t spare)
{
    uint8_t page[PAGE];

    g_assert_cmphex(qocpn_get_log(q, 0xc0, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmpuint(ldq_le_p(page + 48), ==, recoveries);
    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmpuint(page[3], ==, spare);
}

/* Into a file, out of it, and into a drive that starts. */
static void state(void)
{
    g_autofree char *props = NULL;
    char *file = temp_file("", 0);
    QOcpn *q = start(KNOBS);
    uint8_t page[PAGE];

    must_set(q, "xor-recovery", "0x123456789");
    must_set(q, "spare", "42");
    must_set(q, "capacitor-health", "65535");
    must_set(q, "media-written", WIDE);
    must_set(q, "sensor[2]", "390");
    must_set(q, "state-save", file);
    must_set(q, "media-written", "1");
    must_set(q, "xor-recovery", "1");
    must_set(q, "spare", "41");
    must_set(q, "state-load", file);
    expect(q, 0x123456789, 42);
    qocpn_stop(q);
    props = g_strdup_printf(KNOBS ",ocp-state=%s", file);
    q = start(props);
    expect(q, 0x123456789, 42);
    must_set(q, "temperature", "333");
    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmpuint(lduw_le_p(page + 200), ==, 333);   /* as before: auto */
    g_assert_cmpuint(lduw_le_p(page + 202), ==, 390);
    g_assert_cmphex(qocpn_get_log(q, 0xc0, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmphex(ldq_le_p(page), >=, 0x8877665544332211);
    g_assert_cmphex(ldq_le_p(page), <, 0x8877665545000000);     /* its own */
    g_assert_cmphex(ldq_le_p(page + 8), ==, 0xffeeddccbbaa9988);
    g_assert_cmphex(lduw_le_p(page + 128), ==, 0xffff);
    qocpn_stop(q);
    drop_file(file);
}

/* Each is refused with PART, soon, and changes nothing. */
static void refuse(QOcpn *q, const char *action, const char *file,
                   const char *part)
{
    g_autofree char *said = set(q, action, file);

    if (!said || !strstr(said, part) || !strstr(said, action)) {
        g_test_message("%s=%s: %s", action, file, said ?: "done");
        g_test_fail();
    }
    expect(q, 0, 100);
}

/* What is in them is hostile: bytes that end too soon or never. */
static void hostile(void)
{
    enum { DEEP = 400000, SPARSE = 1 << 30 };
    static const struct {
        const char *json;
        size_t len;
        const char *why;
    } t[] = {
#define BYTES(b, why)   { b, sizeof(b) - 1, why }
        BYTES("{ \"spare\": 40 }\0", "no JSON object"),
        BYTES("{ \"spare\": \"4\0\" }", "no JSON object"),
        BYTES("{ \"spare\": \"4\\u0000\" }", "not '4"),
        BYTES("{ \"spare\": \"\xff\xfe\" }", "no JSON object"),
        BYTES("{ \"\xc3\x28\": 1 }", "no JSON object"),
        BYTES("{ \"spare\": 40, \"spare\": 41 }", "no JSON object"),
        BYTES("{ \"spare\": 1e400 }", "not '"),
        BYTES("{ \"spare\": 4.5 }", "not '4.5"),
        BYTES("{ \"spare\": -1 }", "not '-1'"),
        BYTES("{ \"media-written\":"
              " 340282366920938463463374607431768211456 }", "not '"),
        BYTES("{ \"media-written\":"
              " \"340282366920938463463374607431768211456\" }", "not '"),
        BYTES("{ \"spare\": true }", "neither a string nor a number"),
        BYTES("{ \"spare\": null }", "neither a string nor a number"),
        BYTES("{ %s: 1 }", "no JSON object"),
        BYTES("{ \"spare\": %d }", "no JSON object"),
        BYTES("{ \"\": 1 }", "no knob ''"),
#undef BYTES
    };
    g_autofree char *deep = g_malloc(DEEP);
    QOcpn *q = start(KNOBS);
    char *file;

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        file = temp_file(t[i].json, t[i].len);
        refuse(q, "state-load", file, t[i].why);
        drop_file(file);
    }
    memset(deep, '[', DEEP);
    file = temp_file(deep, DEEP);
    refuse(q, "state-load", file, "no JSON object");
    g_assert_cmpint(truncate(file, SPARSE), ==, 0);
    refuse(q, "state-load", file, "no file of at most 1048576 bytes");
    drop_file(file);
    qocpn_stop(q);
}

/* What is no file, is none for ever, or cannot be written. */
static void no_files(void)
{
    QOcpn *q = start(KNOBS);
    g_autofree char *dir = g_dir_make_tmp("ocpn-file-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_autofree char *null = g_build_filename(dir, "null", NULL);
    g_autofree char *below = g_build_filename(dir, "no", "such", NULL);
    GStatBuf st;

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(symlink("/dev/null", null), ==, 0);
    refuse(q, "state-load", dir, "no file of at most");
    refuse(q, "state-load", fifo, "no file of at most");
    refuse(q, "state-load", "/dev/zero", "no file of at most");
    /* It says that it is empty, and has more than any memory. */
    refuse(q, "state-load", "/proc/self/pagemap", "no file of at most");
    refuse(q, "state-load", "", "cannot read ''");
    refuse(q, "state-save", dir, "is no file");
    refuse(q, "state-save", fifo, "is no file");
    refuse(q, "state-save", null, "is no file");
    refuse(q, "state-save", below, below);
    refuse(q, "state-save", "", "state-save");
    g_assert_cmpint(g_lstat(fifo, &st), ==, 0);
    g_assert_true(S_ISFIFO(st.st_mode));
    g_assert_cmpint(g_lstat(null, &st), ==, 0);
    g_assert_true(S_ISLNK(st.st_mode));
    if (geteuid()) {                    /* root may read anything */
        char *file = temp_file("{}", 2);

        g_assert_cmpint(g_chmod(file, 0), ==, 0);
        refuse(q, "state-load", file, "cannot read");
        drop_file(file);
    }
    g_unlink(fifo);
    g_unlink(null);
    g_rmdir(dir);
    qocpn_stop(q);
}

static void state_refused(void)
{
    static const struct { const char *json, *why; } t[] = {
        { "", "no JSON object" },
        { "{ 'spare': '40', ", "no JSON object" },
        { "['spare']", "no JSON object" },
        { "{ \"spare\": \"40\" } { }", "no JSON object" },
        { "{ \"spare\": 40, \"xor-recovery\": [] }",
          "xor-recovery has a value" },
        { "{ \"spare\": 40, \"no-such\": 1 }", "no knob 'no-such'" },
        { "{ \"spare\": 101, \"xor-recovery\": 7 }", "from 0 to 100" },
        { "{ \"spare\": 40, \"xor-recovery\": -7 }", "not '-7'" },
    };
    g_autofree char *said = NULL;
    QOcpn *q = start(KNOBS);

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        char *file = temp_file(t[i].json, strlen(t[i].json));
        g_autofree char *why = set(q, "state-load", file);

        g_assert_nonnull(why);
        if (!strstr(why, t[i].why) || !strstr(why, "state-load: ")) {
            g_test_message("%s: %s", t[i].json, why);
            g_test_fail();
        }
        expect(q, 0, 100);
        drop_file(file);
    }
    said = set(q, "state-load", "/no/such/file");
    g_assert_nonnull(strstr(said, "/no/such/file"));
    g_free(said);
    said = set(q, "state-load", "/dev/zero");
    g_assert_nonnull(strstr(said, "is no file of at most"));
    g_free(said);
    said = set(q, "state-save", "/no/such/file");
    g_assert_nonnull(strstr(said, "state-save: "));
    qocpn_stop(q);

    q = start(",ocp-version=2.7");
    g_free(said);
    said = set(q, "state-save", "/no/such/file");
    g_assert_nonnull(strstr(said, "x-test-knobs=on"));
    qocpn_stop(q);
}

/* OCP-CASE-90: C9h at offset 4096; the drive's own is not as long as that */
static void recorded(void)
{
    uint8_t bytes[4 * PAGE] = { 0x07 }, strings[11 * PAGE] = { 1 };
    uint8_t page[PAGE];
    g_autofree char *props = NULL;
    char *files[2];
    QOcpn *q;

    for (size_t i = 100; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i + i / PAGE);     /* no block as another one */
    }
    stw_le_p(bytes + 8, 3);
    for (unsigned i = 432; i < sizeof(strings); i++) {
        strings[i] = i / 4 * 7;
    }
    files[0] = temp_file((char *)bytes, sizeof(bytes));
    files[1] = temp_file((char *)strings, sizeof(strings));
    props = g_strdup_printf(KNOBS ",telemetry-file=%s,string-file=%s",
                            files[0], files[1]);
    q = start(props);
    for (unsigned off = 0; off < sizeof(bytes); off += PAGE) {
        g_assert_cmphex(qocpn_get_log(q, 0x07, QOCPN_ALL_NS, off, page, PAGE),
                        ==, 0);
        g_assert_cmpmem(page, PAGE, bytes + off, PAGE);
    }
    for (unsigned off = 0; off < sizeof(strings); off += 4096) {
        g_assert_cmphex(qocpn_get_log(q, 0xc9, QOCPN_ALL_NS, off, page, PAGE),
                        ==, 0);
        g_assert_cmpmem(page, PAGE, strings + off, PAGE);
    }
    g_assert_cmphex(qocpn_get_log(q, 0x08, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
    g_assert_cmphex(page[0], ==, 0x08);
    qocpn_stop(q);
    drop_file(files[0]);
    drop_file(files[1]);
}

static const QOcpnTest tests[] = {
    { "knobs in a file", state, NOT_NVME },
    { "files that are none", state_refused, NOT_NVME },
    { "hostile files", hostile, NOT_NVME },
    { "what is no file", no_files, NOT_NVME },
    { "recorded pages", recorded, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocp-file", tests, ARRAY_SIZE(tests));
}
