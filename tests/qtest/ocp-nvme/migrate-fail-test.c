/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: migrations under load, back and forth, that are cancelled, whose
 * destination dies or is another drive.
 * Proves: docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "qocpn-load.h"
#include "qocpn-migrate.h"

#define QUEUES  4
#define DEPTH   16
#define SOME    (QUEUES * DEPTH * 2)
#define SIZE    (32 * MiB)

typedef struct Pair {
    char *file, *socket, *uri;
    QOcpnSetup from, to;
    QOcpnLoad *l;
} Pair;

static void pair_init(Pair *p)
{
    *p = (Pair) { .file = qocpn_image(&(QOcpnSetup) { .size = SIZE }) };
    p->socket = g_strconcat(p->file, ".sock", NULL);
    p->uri = g_strconcat("unix:", p->socket, NULL);
    p->from = (QOcpnSetup) { .file = p->file, .format = "raw",
                             .no_ioq = true };
    p->to = p->from;
    p->l = qocpn_load_new(qocpn_start(&p->from), QUEUES, DEPTH);
    qocpn_load_run(p->l, SOME);
}

static void check_load(Pair *p)
{
    qocpn_load_check(p->l);
    qocpn_moved.bytes += QUEUES * DEPTH * QOCPN_LOAD_UNITS * 4096;
}

static void pair_done(Pair *p)
{
    QOcpn *q = p->l->q;

    check_load(p);
    qocpn_load_run(p->l, SOME);
    check_load(p);
    q->io = p->l->queue[0];
    qocpn_alive(q);
    qocpn_load_free(p->l);
    qocpn_stop(q);
    g_unlink(p->socket);
    g_free(p->socket);
    g_free(p->uri);
    qocpn_image_free(p->file);
}

static void send_signal(QOcpn *q, int signal)
{
    g_assert_cmpint(kill(qtest_pid(q->qts), signal), ==, 0);
}

/*
 * A migration that is under way for as long as DST does not listen, which is
 * more than what sockets hold; and the load with it.
 */
static void begin(Pair *p, QOcpn *dst)
{
    send_signal(dst, SIGSTOP);
    qocpn_migrate(p->l->q, p->uri);
    g_assert_true(qocpn_migrate_until(p->l->q, "active"));
    qocpn_load_run(p->l, 4 * SOME);
}

/* To a new QEMU, while four queues are busy. */
static void move_busy(Pair *p)
{
    QOcpn *q = p->l->q, *dst = qocpn_incoming(&p->to, p->uri);

    begin(p, dst);
    qocpn_moved.commands += p->l->busy;
    send_signal(dst, SIGCONT);
    g_assert_true(qocpn_migrate_until(q, "completed"));
    qtest_qmp_eventwait(dst->qts, "RESUME");
    qocpn_go_on(dst, q);
    qocpn_stop(q);
    p->l->q = dst;
    qocpn_load_run(p->l, SOME);
}

static void under_load(void)
{
    Pair p;

    pair_init(&p);
    move_busy(&p);
    pair_done(&p);
}

static void back_and_forth(void)
{
    Pair p;

    pair_init(&p);
    for (unsigned i = 0; i < 5; i++) {
        move_busy(&p);
        check_load(&p);
    }
    pair_done(&p);
}

/* The same QEMU cannot be a destination twice, nor a source it has been. */
static void cancelled(void)
{
    Pair p;
    QOcpn *dst;

    pair_init(&p);
    dst = qocpn_incoming(&p.to, p.uri);
    begin(&p, dst);
    qtest_qmp_assert_success(p.l->q->qts, "{'execute': 'migrate_cancel'}");
    qocpn_load_run(p.l, SOME);
    g_assert_true(qocpn_migrate_until(p.l->q, "cancelled"));
    qocpn_moved.refused++;
    qocpn_load_run(p.l, SOME);
    check_load(&p);
    qocpn_kill(dst);
    g_unlink(p.socket);
    move_busy(&p);
    pair_done(&p);
}

static void destination_dies(void)
{
    Pair p;
    QOcpn *dst;

    pair_init(&p);
    dst = qocpn_incoming(&p.to, p.uri);
    begin(&p, dst);
    qocpn_kill(dst);
    qocpn_load_run(p.l, SOME);
    g_assert_true(qocpn_migrate_until(p.l->q, "failed"));
    qocpn_moved.refused++;
    qocpn_load_run(p.l, SOME);
    check_load(&p);
    g_unlink(p.socket);
    move_busy(&p);
    pair_done(&p);
}

/* The size of the state; the VM goes on. */
static uint64_t save_all(Pair *p)
{
    g_autofree char *state = g_strconcat(p->file, ".state", NULL);
    g_autofree char *uri = g_strconcat("exec:cat > ", state, NULL);
    GStatBuf st;

    qocpn_migrate(p->l->q, uri);
    g_assert_true(qocpn_migrate_until(p->l->q, "completed"));
    qocpn_load_fill(p->l);
    qtest_qmp_assert_success(p->l->q->qts, "{'execute': 'cont'}");
    qocpn_load_run(p->l, SOME);
    g_assert_cmpint(g_stat(state, &st), ==, 0);
    g_unlink(state);
    return st.st_size;
}

/* Does it fail when only SIZE bytes are read?  The VM goes on. */
static bool save_some(Pair *p, uint64_t size)
{
    g_autofree char *uri = g_strdup_printf("exec:head -c %" PRIu64
                                           " > /dev/null", size);
    bool failed;

    qocpn_load_fill(p->l);
    qocpn_migrate(p->l->q, uri);
    failed = qocpn_migrate_until(p->l->q, "failed");
    if (!failed) {
        qtest_qmp_assert_success(p->l->q->qts, "{'execute': 'cont'}");
    }
    qocpn_load_run(p->l, SOME);
    check_load(p);
    return failed;
}

/*
 * It dies between the end of the VM and the end of the state, or a little
 * before: how large a state is depends on what the load still changes, so
 * one that was read to the end is followed by shorter ones.
 */
static void stream_ends(void)
{
    Pair p;
    unsigned failed = 0;
    uint64_t size;

    pair_init(&p);
    size = save_all(&p) - 100 * KiB;
    for (unsigned i = 0; i < 12 && failed < 3; i++) {
        if (save_some(&p, size)) {
            failed++;
        } else {
            size -= 32 * KiB;
        }
    }
    g_assert_cmpuint(failed, ==, 3);
    qocpn_moved.refused += failed;
    pair_done(&p);
}

static const QOcpnTest tests[] = {
    { "four busy queues go on elsewhere", under_load, "does not migrate" },
    { "five times", back_and_forth, "does not migrate" },
    { "a migration is cancelled", cancelled, "does not migrate" },
    { "the destination dies", destination_dies, "does not migrate" },
    { "the state is cut off", stream_ends, "does not migrate" },
};

int main(int argc, char **argv)
{
    int result = qocpn_main(argc, argv, "migrate-fail", tests,
                            ARRAY_SIZE(tests));

    qocpn_moved_print();
    return result;
}
