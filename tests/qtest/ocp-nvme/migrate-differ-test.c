/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a destination that is another drive than the source ends, says what
 * differs, and leaves the image as it was.
 * Proves: docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qocpn-migrate.h"

#define SIZE        (16 * MiB)
#define SENTENCE    "the saved state cannot be used: "

typedef struct Source {
    char *file, *state;
} Source;

/* The state of a drive with PROPS that has been used. */
static void save(Source *s, const char *props)
{
    g_autofree char *uri = NULL;
    QOcpn *q;

    s->file = qocpn_image(&(QOcpnSetup) { .size = SIZE });
    s->state = g_strconcat(s->file, ".state", NULL);
    uri = g_strconcat("file:", s->state, NULL);
    q = qocpn_start(&(QOcpnSetup) { .file = s->file, .props = props });
    qocpn_migrate(q, uri);
    g_assert_true(qocpn_migrate_until(q, "completed"));
    qocpn_stop(q);
}

static void forget(Source *s)
{
    g_unlink(s->state);
    g_free(s->state);
    qocpn_image_free(s->file);
}

static char *contents(const char *file, gsize *len)
{
    char *bytes;

    g_assert_true(g_file_get_contents(file, &bytes, len, NULL));
    return bytes;
}

/* QEMU's exit status and what it said. */
static int load(const char *file, const char *state, const char *props,
                char **said)
{
    g_autofree char *cmd = g_strdup_printf(
        "timeout 60 %s -machine q35 -accel qtest -nodefaults -display none "
        "-m 128M -blockdev driver=raw,node-name=d0,file.driver=file,"
        "file.filename=%s -device ocp-nvme,id=nv0,addr=04.0,drive=d0%s "
        "-incoming file:%s",
        g_getenv("QTEST_QEMU_BINARY"), file, props, state);
    g_autofree char *out = NULL;
    int status = 0;

    g_assert_true(g_spawn_command_line_sync(cmd, &out, said, &status, NULL));
    g_assert_true(WIFEXITED(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* PROPS of a destination on FILE that must not go on: SAYS. */
static void refuse(const Source *s, const char *file, const char *props,
                   const char *says)
{
    gsize len[2];
    g_autofree char *said = NULL;
    g_autofree char *was = contents(file, &len[0]);
    g_autofree char *is = NULL;
    int status = load(file, s->state, props, &said);
    const char *at = strstr(said, SENTENCE);

    is = contents(file, &len[1]);
    g_assert_cmpmem(was, len[0], is, len[1]);
    qocpn_moved.refused++;
    if (status != 1 || !at || strstr(at + 1, SENTENCE) ||
        !strstr(at, says)) {
        g_test_message("%s: exit status %d, not one sentence with '%s': %s",
                       props, status, says, said);
        g_test_fail();
    }
}

static void properties(void)
{
    static const struct {
        const char *props, *says;
    } t[] = {
        { ",serial=other", "serial is 'other' here" },
        { ",serial=qocpn,mdts=5", "mdts is 7 on the source and 5 here" },
        { ",serial=qocpn,max-ioqpairs=4",
          "max-ioqpairs is 64 on the source and 4 here" },
        { ",serial=qocpn,mqes=100", "mqes is 2047 on the source and 100" },
        { ",serial=qocpn,dbbuf=off", "dbbuf is 1 on the source and 0 here" },
        { ",serial=qocpn,ocp-version=2.7",
          "ocp-version is 2.5 on the source and 2.7 here" },
        { ",serial=qocpn,ocp-version=off",
          "ocp-version is 2.5 on the source and off here" },
        { ",serial=qocpn,power-states=25:5",
          "power-states are others on the source" },
        { ",serial=qocpn,eui64=4711", "eui64 of namespace 1 is 0x0 on" },
        { ",serial=qocpn,state-sync=flush", "on the source and off here" },
    };
    Source s;

    save(&s, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        refuse(&s, s.file, t[i].props, t[i].says);
    }
    forget(&s);
}

static void ocp_of_none(void)
{
    Source s;

    save(&s, ",ocp-version=off");
    refuse(&s, s.file, ",serial=qocpn",
           "ocp-version is off on the source and 2.5 here");
    forget(&s);
}

static void images(void)
{
    char *other = qocpn_image(&(QOcpnSetup) { .size = SIZE });
    char *chunks = qocpn_image(&(QOcpnSetup) { .size = SIZE,
                                               .open_channel = true });
    Source s;

    save(&s, NULL);
    refuse(&s, other, ",serial=qocpn",
           "namespace 1 has another image than on the source");
    refuse(&s, chunks, ",serial=qocpn,pci-id=default",
           "namespace 1 has another image than on the source");
    qocpn_image_free(other);
    qocpn_image_free(chunks);
    forget(&s);
}

static const QOcpnTest tests[] = {
    { "other properties", properties, "does not migrate" },
    { "an OCP drive of one that was none", ocp_of_none, "does not migrate" },
    { "other images", images, "does not migrate" },
};

int main(int argc, char **argv)
{
    int result = qocpn_main(argc, argv, "migrate-differ", tests,
                            ARRAY_SIZE(tests));

    qocpn_moved_print();
    return result;
}
