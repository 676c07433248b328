/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a saved state with wrong bytes in what is the device's of it.  QEMU
 * refuses it with a sentence, or takes it, and then the drive works after a
 * reset; it never ends otherwise.  30 states; QOCPN_MUTATIONS=N tries N.  The
 * random seed that is printed first shows the same again, with --seed.
 * Proves: docs/user-guide.rst, "Migration"; docs/security.rst.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "knob.h"
#include "qocpn-migrate.h"

#define SIZE        (16 * MiB)
#define KINDS       24          /* of parts, or more */
#define SENTENCE    "nv0: the saved state cannot be used: "

/* How the core's part of a state begins: kind 1, version 1, 44 bytes. */
static const uint8_t core_start[] = { 1, 0, 1, 0, 44, 0, 0, 0 };

typedef struct State {
    uint8_t *b;
    size_t len;
    size_t begin, core, end;    /* the device's section; the core's bytes */
} State;

/* A drive with queues, commands that wait, events, rules and telemetry. */
static QOcpn *rich(const char *file)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .file = file, .props = ",ocp-version=2.7,x-test-knobs=on",
    });
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);
    QOcpnQueue other;

    QOCPN_OK(qocpn_create_pair(q, &other, 2, 4, 2));
    cmd.prp1 = q->buf;
    for (unsigned i = 0; i < 3; i++) {
        qocpn_post(q, &other, &cmd);
    }
    qocpn_ring(q, &other);
    qocpn_post_aer(q);
    qocpn_post_aer(q);
    must_set(q, "fault", "timeout opcode=2 times=1; "
             "fail opcode=1 ppm=5000 seed=3");
    must_set(q, "telemetry-trigger", "Media gave up");
    must_set(q, "corrupt", "lid=0xc4 what=guid");
    must_set(q, "power-cut", "after-writes=1000 drop-last=5");
    qocpn_post(q, &q->io, &cmd);
    qocpn_ring(q, &q->io);
    qocpn_idle(q, 2);
    return q;
}

static void save(const char *file, State *s)
{
    static const char name[] = "0000:00:04.0/ocp-nvme";
    g_autofree char *path = g_strconcat(file, ".state", NULL);
    g_autofree char *uri = g_strconcat("file:", path, NULL);
    QOcpn *q = rich(file);
    uint8_t *at;

    qocpn_migrate(q, uri);
    g_assert_true(qocpn_migrate_until(q, "completed"));
    qocpn_stop(q);
    g_assert_true(g_file_get_contents(path, (char **)&s->b, &s->len, NULL));
    g_unlink(path);
    at = memmem(s->b, s->len, name, strlen(name));
    if (!at) {
        g_error("the state has no section '%s'", name);
    }
    s->begin = at - s->b + strlen(name) + 8;
    at = memmem(s->b + s->begin, s->len - s->begin, core_start,
                sizeof(core_start));
    if (!at) {
        g_error("the state has no configuration of the drive");
    }
    s->core = at - s->b;
    s->end = s->core + ldl_be_p(at - 4);
    g_assert_cmpuint(s->end, <, s->len);
}

static size_t below(size_t n)
{
    return (uint32_t)g_test_rand_int() % n;
}

/* Part K of those of KIND; 0: there are fewer. */
static size_t part(const State *s, unsigned kind, size_t k)
{
    for (size_t at = s->core; at < s->end;
         at += 8 + ldl_le_p(s->b + at + 4)) {
        if (lduw_le_p(s->b + at) == kind && !k--) {
            return at;
        }
    }
    return 0;
}

/* A byte of a part of any kind: of its header, or of those that follow. */
static size_t place(const State *s)
{
    unsigned kind;
    size_t n = 0, at;

    do {
        kind = 1 + below(KINDS);
    } while (!part(s, kind, 0));
    while (part(s, kind, n)) {
        n++;
    }
    at = part(s, kind, below(n));
    return at + below(MIN(8 + ldl_le_p(s->b + at + 4), 64));
}

/* S with something wrong in B; what that is. */
static char *mutate(const State *s, GByteArray *b)
{
    size_t at = place(s), n = 1 + below(4);
    uint8_t value = (uint8_t)g_test_rand_int();

    g_byte_array_append(b, s->b, s->len);
    switch (below(12)) {
    case 0:                             /* PCI, MSI-X, AER */
        at = s->begin + below(s->core - s->begin);
        b->data[at] ^= 1 << below(8);
        return g_strdup_printf("a bit of byte %zu", at);
    case 1:
        g_byte_array_set_size(b, s->begin + below(s->end - s->begin));
        return g_strdup_printf("only %u bytes", b->len);
    case 2:                             /* and its length says so */
        n = MIN(n * 7, s->end - at);
        g_byte_array_remove_range(b, at, n);
        stl_be_p(b->data + s->core - 4, s->end - s->core - n);
        return g_strdup_printf("%zu bytes less at %zu", n, at);
    case 3:
        stl_be_p(b->data + s->core - 4, g_test_rand_int());
        return g_strdup("another length");
    case 4:
        b->data[at] = value % 2 ? 0xff : 0;
        return g_strdup_printf("byte %zu is %02x", at, b->data[at]);
    default:
        while (n--) {
            at = place(s);
            b->data[at] = (uint8_t)g_test_rand_int();
        }
        return g_strdup_printf("byte %zu and others", at);
    }
}

/* QEMU that waits, and whose errors go to the file ERR. */
static QOcpn *start(const char *file, const char *err)
{
    int fd = g_open(err, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    int was = dup(2);
    QOcpn *q;

    g_assert_true(dup2(fd, 2) >= 0);
    q = qocpn_incoming(&(QOcpnSetup) {
        .file = file, .props = ",ocp-version=2.7,x-test-knobs=on",
    }, NULL);
    g_assert_true(dup2(was, 2) >= 0);
    close(was);
    close(fd);
    return q;
}

static bool arrives(QOcpn *q, const char *uri)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate-incoming',"
                             "'arguments': {'uri': %s,"
                             "'exit-on-error': false}}", uri);
    return qocpn_migrate_until(q, "completed");
}

/* Whatever it was, the machine's reset makes a drive of it. */
static void expect_drive(QOcpn *q)
{
    qtest_system_reset(q->qts);
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    must_set(q, "fault", "clear");
    qocpn_pci_restore(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
}

/* QEMU 10.2 tells QMP alone what it does not end for. */
static char *said_by(QOcpn *q, const char *err)
{
    g_autofree char *said = NULL;
    QDict *r;

    g_assert_true(g_file_get_contents(err, &said, NULL, NULL));
    if (*said) {
        return g_steal_pointer(&said);
    }
    r = qtest_qmp_assert_success_ref(q->qts, "{'execute': 'query-migrate'}");
    g_free(said);
    said = g_strdup(qdict_get_try_str(r, "error-desc") ?: "");
    qobject_unref(r);
    return g_steal_pointer(&said);
}

static void expect_sentence(QOcpn *q, const char *err, const char *what)
{
    g_autofree char *said = said_by(q, err);
    const char *at;

    at = strstr(said, SENTENCE);
    if (!*said || (at && strstr(at + 1, SENTENCE))) {
        g_test_message("%s: not one sentence: %s", what, said);
        g_test_fail();
    }
    g_test_message("%s: %s", what, at ? at : said);
}

static void try(const char *file, const State *s)
{
    g_autofree char *path = g_strconcat(file, ".state", NULL);
    g_autofree char *err = g_strconcat(file, ".err", NULL);
    g_autofree char *uri = g_strconcat("file:", path, NULL);
    g_autoptr(GByteArray) b = g_byte_array_new();
    g_autofree char *what = mutate(s, b);
    QOcpn *q;

    g_test_message("%s", what);         /* before it goes wrong */
    g_assert_true(g_file_set_contents(path, (char *)b->data, b->len, NULL));
    q = start(file, err);
    if (arrives(q, uri)) {
        qocpn_moved.migrations++;
        expect_drive(q);
    } else {
        qocpn_moved.refused++;
        expect_sentence(q, err, what);
    }
    qocpn_stop(q);
    g_unlink(path);
    g_unlink(err);
}

static void mutations(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { .size = SIZE });
    const char *count = g_getenv("QOCPN_MUTATIONS");
    unsigned n = count ? atoi(count) : 30;
    State s;

    save(file, &s);
    for (unsigned i = 0; i < n; i++) {
        try(file, &s);
    }
    g_free(s.b);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "states with wrong bytes", mutations, "does not migrate" },
};

int main(int argc, char **argv)
{
    int result = qocpn_main(argc, argv, "migrate-bytes", tests,
                            ARRAY_SIZE(tests));

    qocpn_moved_print();
    return result;
}
