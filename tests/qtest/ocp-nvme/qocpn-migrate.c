/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small NVMe host moves from one QEMU to another. */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "tests/qtest/libqos/libqos-malloc.h"
#include "qocpn-errors.h"
#include "qocpn-migrate.h"

QOcpnMoved qocpn_moved;

const char *qocpn_way_name(QOcpnWay way)
{
    static const char *const name[] = {
        [QOCPN_LIVE]     = "live migration",
        [QOCPN_BY_FILE]  = "migration to a file",
        [QOCPN_BY_EXEC]  = "migration to a program",
        [QOCPN_MIRROR]   = "migration with a mirror",
        [QOCPN_SNAPSHOT] = "savevm and loadvm",
    };

    return name[way];
}

void qocpn_moved_print(void)
{
    printf("# measured: %u migrations of a qtest's drive\n"
           "# measured: %u migrations refused as they should be\n"
           "# measured: %" PRIu64 " commands under way in migrations\n"
           "# measured: %.1f MB verified after migrations of a qtest's drive\n",
           qocpn_moved.migrations, qocpn_moved.refused, qocpn_moved.commands,
           (double)qocpn_moved.bytes / 1e6);
}

void qocpn_migrate(QOcpn *q, const char *uri)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate', 'arguments': {"
                             "'uri': %s}}", uri);
}

bool qocpn_migrates(QOcpn *q, const char *uri)
{
    qocpn_migrate(q, uri);
    return qocpn_migrate_until(q, "completed");
}

void qocpn_migrate_can(QOcpn *q, const char *capability, bool on)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate-set-capabilities',"
                             "'arguments': {'capabilities': [{"
                             "'capability': %s, 'state': %i}]}}", capability,
                             on);
}

void qocpn_migrate_set(QOcpn *q, const char *parameter, int64_t value)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate-set-parameters',"
                             "'arguments': {%s: %" PRId64 "}}", parameter,
                             value);
}

char *qocpn_migrate_status(QOcpn *q)
{
    QDict *r = qtest_qmp_assert_success_ref(q->qts, "{'execute': "
                                            "'query-migrate'}");
    char *status = g_strdup(qdict_get_try_str(r, "status") ?: "none");

    qobject_unref(r);
    return status;
}

static bool is_end(const char *status)
{
    return g_str_equal(status, "completed") ||
           g_str_equal(status, "failed") || g_str_equal(status, "cancelled");
}

bool qocpn_migrate_until(QOcpn *q, const char *want)
{
    gint64 end = qocpn_deadline();

    for (;;) {
        g_autofree char *status = qocpn_migrate_status(q);

        if (g_str_equal(status, want)) {
            return true;
        }
        if (is_end(status)) {
            g_test_message("the migration has %s", status);
            return false;
        }
        if (g_get_monotonic_time() > end) {
            g_error("the migration is %s, and should be %s", status, want);
        }
        g_usleep(1000);
    }
}

QOcpn *qocpn_incoming(const QOcpnSetup *setup, const char *uri)
{
    QOcpnSetup s = *setup;
    g_autofree char *args = g_strdup_printf("%s -incoming %s",
                                            setup->args ?: "",
                                            uri ?: "defer");

    s.args = args;
    s.no_enable = true;
    return qocpn_start(&s);
}

bool qocpn_runs(QOcpn *q)
{
    return qocpn_errors_state(q, "running");
}

/* DST has all, and goes on or does not, as the VM did: RUNS. */
static void arrive(QOcpn *dst, bool runs)
{
    if (runs) {
        qtest_qmp_eventwait(dst->qts, "RESUME");
    } else {
        QOCPN_UNTIL(dst, qocpn_errors_state(dst, "paused"));
    }
}

void qocpn_go_on(QOcpn *dst, QOcpn *q)
{
    g_assert_cmphex(dst->buf, ==, q->buf);
    g_assert_cmphex(dst->msi, ==, q->msi);
    g_assert_cmphex(dst->cap, ==, q->cap);
    migrate_allocator(q->alloc, dst->alloc);
    dst->adm = q->adm;
    dst->io = q->io;
    dst->next_aer = q->next_aer;
    dst->events = q->events;
    memcpy(dst->event, q->event, sizeof(q->event));
    qocpn_moved.migrations++;
}

/* The guest's clock, which does not come along with -accel qtest. */
static int64_t time_of(QOcpn *q)
{
    return qtest_clock_step(q->qts, 1);
}

static void same_time(QOcpn *dst, QOcpn *q)
{
    qtest_clock_set(dst->qts, time_of(q));
}

static void unix_address(QOcpn *q, const char *command, const char *socket)
{
    qtest_qmp_assert_success(q->qts, "{'execute': %s, 'arguments': {"
                             "'addr': {'type': 'unix', 'data': {"
                             "'path': %s}}}}", command, socket);
}

void qocpn_mirror_begin(QOcpn *q, QOcpn *dst, const char *socket)
{
    unix_address(dst, "nbd-server-start", socket);
    qtest_qmp_assert_success(dst->qts, "{'execute': 'block-export-add',"
                             "'arguments': {'type': 'nbd', 'id': 'e0',"
                             "'node-name': 'd0', 'writable': true}}");
    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-add',"
                             "'arguments': {'driver': 'nbd',"
                             "'node-name': 't0', 'export': 'd0',"
                             "'server': {'type': 'unix', 'path': %s}}}",
                             socket);
    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-mirror',"
                             "'arguments': {'job-id': 'j0',"
                             "'device': 'd0', 'target': 't0',"
                             "'sync': 'full'}}");
    qtest_qmp_eventwait(q->qts, "BLOCK_JOB_READY");
}

/* The source has stopped; what it wrote last goes over. */
void qocpn_mirror_end(QOcpn *q)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'block-job-cancel',"
                             "'arguments': {'device': 'j0'}}");
    qtest_qmp_eventwait(q->qts, "BLOCK_JOB_COMPLETED");
    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-del',"
                             "'arguments': {'node-name': 't0'}}");
}

static QOcpn *move_live(QOcpn *q, const QOcpnSetup *to)
{
    g_autofree char *socket = g_strconcat(to->file, ".sock", NULL);
    g_autofree char *uri = g_strconcat("unix:", socket, NULL);
    QOcpn *dst = qocpn_incoming(to, uri);
    bool runs = qocpn_runs(q);

    same_time(dst, q);
    qocpn_migrate(q, uri);
    g_assert_true(qocpn_migrate_until(q, "completed"));
    arrive(dst, runs);
    qocpn_go_on(dst, q);
    qocpn_stop(q);
    g_unlink(socket);
    return dst;
}

/* Q ends; what its guest knows is in *WAS until it goes on. */
static int64_t leave(QOcpn *q, QOcpn *was, QGuestAllocator *alloc)
{
    int64_t now = time_of(q);

    *was = *q;
    was->alloc = alloc;
    alloc_init(alloc, 0, q->alloc->start, q->alloc->end, q->alloc->page_size);
    migrate_allocator(q->alloc, alloc);
    qocpn_stop(q);
    return now;
}

/* Nothing of the source is left when the destination begins. */
static QOcpn *move_saved(QOcpn *q, const QOcpnSetup *to, const char *uri,
                         const char *from)
{
    int64_t now;
    QOcpn *dst, was;
    QGuestAllocator alloc;
    bool runs = qocpn_runs(q);

    qocpn_migrate(q, uri);
    g_assert_true(qocpn_migrate_until(q, "completed"));
    now = leave(q, &was, &alloc);
    dst = qocpn_incoming(to, NULL);
    qtest_clock_set(dst->qts, now);
    qtest_qmp_assert_success(dst->qts, "{'execute': 'migrate-incoming', "
                             "'arguments': {'uri': %s}}", from);
    arrive(dst, runs);
    qocpn_go_on(dst, &was);
    alloc_destroy(&alloc);
    return dst;
}

static QOcpn *move_file(QOcpn *q, const QOcpnSetup *to)
{
    g_autofree char *state = g_strconcat(to->file, ".state", NULL);
    g_autofree char *uri = g_strconcat("file:", state, NULL);
    QOcpn *dst = move_saved(q, to, uri, uri);

    g_unlink(state);
    return dst;
}

static QOcpn *move_exec(QOcpn *q, const QOcpnSetup *to)
{
    g_autofree char *state = g_strconcat(to->file, ".state", NULL);
    g_autofree char *uri = g_strconcat("exec:cat > ", state, NULL);
    g_autofree char *from = g_strconcat("exec:cat ", state, NULL);
    QOcpn *dst = move_saved(q, to, uri, from);

    g_unlink(state);
    return dst;
}

static QOcpn *move_mirror(QOcpn *q, const QOcpnSetup *to)
{
    g_autofree char *socket = g_strconcat(to->file, ".sock", NULL);
    g_autofree char *nbd = g_strconcat(to->file, ".nbd", NULL);
    g_autofree char *uri = g_strconcat("unix:", socket, NULL);
    g_autofree char *args = g_strconcat("-S ", to->args ?: "", NULL);
    QOcpnSetup s = *to;
    bool runs = qocpn_runs(q);
    QOcpn *dst;

    s.args = args;
    dst = qocpn_incoming(&s, uri);
    same_time(dst, q);
    qocpn_mirror_begin(q, dst, nbd);
    qocpn_migrate_can(q, "pause-before-switchover", true);
    qocpn_migrate(q, uri);
    g_assert_true(qocpn_migrate_until(q, "pre-switchover"));
    qocpn_mirror_end(q);
    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate-continue',"
                             "'arguments': {'state': 'pre-switchover'}}");
    g_assert_true(qocpn_migrate_until(q, "completed"));
    qtest_qmp_assert_success(dst->qts, "{'execute': 'nbd-server-stop'}");
    if (runs) {
        qtest_qmp_assert_success(dst->qts, "{'execute': 'cont'}");
    }
    arrive(dst, runs);
    qocpn_go_on(dst, q);
    qocpn_stop(q);
    g_unlink(socket);
    g_unlink(nbd);
    return dst;
}

static QOcpn *move_snapshot(QOcpn *q, const QOcpnSetup *to)
{
    QOcpnSetup s = *to;
    g_autofree char *args = g_strconcat("-S ", to->args ?: "", NULL);
    int64_t now;
    QOcpn *dst, was;
    QGuestAllocator alloc;
    bool runs = qocpn_runs(q);

    qocpn_monitor(q, "savevm moved");
    now = leave(q, &was, &alloc);
    s.no_enable = true;
    s.args = runs ? to->args : args;
    dst = qocpn_start(&s);
    qtest_clock_set(dst->qts, now);
    qocpn_monitor(dst, "loadvm moved");
    g_assert_true(qocpn_runs(dst) == runs);
    qocpn_go_on(dst, &was);
    alloc_destroy(&alloc);
    return dst;
}

QOcpn *qocpn_move(QOcpn *q, const QOcpnSetup *to, QOcpnWay way)
{
    switch (way) {
    case QOCPN_BY_FILE:
        return move_file(q, to);
    case QOCPN_BY_EXEC:
        return move_exec(q, to);
    case QOCPN_MIRROR:
        return move_mirror(q, to);
    case QOCPN_SNAPSHOT:
        return move_snapshot(q, to);
    default:
        return move_live(q, to);
    }
}

char *qocpn_overlay(const char *file)
{
    g_autofree char *dir = g_path_get_dirname(g_getenv("QTEST_QEMU_BINARY"));
    g_autofree char *tool = g_build_filename(dir, "qemu-img", NULL);
    char *over = g_strconcat(file, ".qcow2", NULL);
    char *argv[] = {
        tool, (char *)"create", (char *)"-q", (char *)"-f", (char *)"qcow2",
        (char *)"-F", (char *)"raw", (char *)"-b", (char *)file, over, NULL,
    };
    int status = 0;

    g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                               NULL, NULL, &status, NULL) && !status);
    return over;
}

char *qocpn_twin(const char *file)
{
    char *twin = g_strconcat(file, ".twin", NULL);
    char *argv[] = {
        (char *)"cp", (char *)"--sparse=always", (char *)file, twin, NULL,
    };
    int status = 0;

    g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                               NULL, NULL, NULL, &status, NULL) && !status);
    return twin;
}

void qocpn_monitor(QOcpn *q, const char *command)
{
    g_autofree char *said = qtest_hmp(q->qts, "%s", command);

    g_assert_cmpstr(said, ==, "");
}
