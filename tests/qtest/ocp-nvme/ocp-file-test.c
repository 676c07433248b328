/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: files of the OCP half: knobs, and pages that were recorded.
 * Proves: docs/ocp.rst, "State files", "Recorded telemetry".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme is no OCP drive"
#define DRIVE       "/machine/peripheral/nv0"
#define KNOBS       ",ocp-version=2.7,x-test-knobs=on"
#define PAGE        512

static QOcpn *start(const char *props)
{
    return qocpn_start(&(QOcpnSetup) { .props = props });
}

/* The answer to qom-set; NULL: done. */
static char *set(QOcpn *q, const char *name, const char *value)
{
    QDict *reply = qtest_qmp(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': %s, 'property': %s, 'value': %s}}",
                             DRIVE, name, value);
    QDict *error = qdict_get_qdict(reply, "error");
    char *said = error ? g_strdup(qdict_get_str(error, "desc")) : NULL;

    qobject_unref(reply);
    return said;
}

static void must_set(QOcpn *q, const char *name, const char *value)
{
    g_autofree char *said = set(q, name, value);

    g_assert_cmpstr(said, ==, NULL);
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

    must_set(q, "xor-recovery", "0x123456789");
    must_set(q, "spare", "42");
    must_set(q, "state-save", file);
    must_set(q, "xor-recovery", "1");
    must_set(q, "spare", "41");
    must_set(q, "state-load", file);
    expect(q, 0x123456789, 42);
    qocpn_stop(q);
    props = g_strdup_printf(KNOBS ",ocp-state=%s", file);
    q = start(props);
    expect(q, 0x123456789, 42);
    qocpn_stop(q);
    drop_file(file);
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

    memset(bytes + 100, 0x5a, sizeof(bytes) - 100);
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
    { "recorded pages", recorded, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocp-file", tests, ARRAY_SIZE(tests));
}
