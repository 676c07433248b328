/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a drive in every state it can be in goes from one QEMU to another,
 * in every way there is.  Every row of the table once live, the three hardest
 * in all ways; with QOCPN_MATRIX=all every row in all ways that it can go.
 * Proves: docs/user-guide.rst, "Migration".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "migrate-row.h"

typedef struct Case {
    const Row *row;
    QOcpnWay way;
} Case;

static bool matrix_all(void)
{
    const char *matrix = g_getenv("QOCPN_MATRIX");

    return matrix && g_str_equal(matrix, "all");
}

/* Can ROW go that way?  A held drive holds its mirror, too. */
static bool can(const Row *row, QOcpnWay way)
{
    switch (way) {
    case QOCPN_MIRROR:
        return !row->throttle && !row->memdev;
    case QOCPN_SNAPSHOT:
        return !row->throttle && !row->memdev;
    default:
        return true;
    }
}

static bool wanted(const Row *row, QOcpnWay way)
{
    return can(row, way) && (matrix_all() || way == QOCPN_LIVE || row->hard ||
                             (row->snapshot && way == QOCPN_SNAPSHOT));
}

/* One side: THERE is 0 where it comes from, 1 where it goes to. */
static QOcpnSetup side(const Case *c, const char *file, unsigned there,
                       char **args, char **props, char **object)
{
    const Row *row = c->row;
    const char *kind = row->props && strstr(row->props, "ocp-version")
        ? "" : ",ocp-version=2.5,x-test-knobs=on";
    GStatBuf st;

    *args = g_strdup(row->threads[there] ? "-object iothread,id=t0 "
                                           "-object iothread,id=t1" : "");
    *props = g_strconcat(kind, row->props ?: "",
                         row->threads[there] == 1 ? ",iothread=t0" : "",
                         NULL);
    g_assert_cmpint(g_stat(file, &st), ==, 0);
    *object = g_strdup_printf("memory-backend-file,share=on,mem-path=%s,"
                              "size=%" PRIu64, file, (uint64_t)st.st_size);
    return (QOcpnSetup) {
        .file = file, .format = c->way == QOCPN_SNAPSHOT ? "qcow2" : "raw",
        .memdev = row->memdev ? *object : NULL,
        .open_channel = row->open_channel, .lba_size = ROW_BLOCK,
        .ms = row->open_channel ? 16 : 0, .args = *args, .props = *props,
        .throttle = row->throttle && !there, .more = row->more,
        .threads = row->threads[there] > 1 ? "t0,t1" : NULL,
    };
}

static void check(Vm *vm, const char *was)
{
    g_autofree char *is = was ? row_note(vm) : NULL;

    if (was) {
        row_expect_note(was, is);
    }
    if (vm->row->check) {
        vm->row->check(vm);
    }
    if (!vm->row->own_data) {
        row_check_data(vm);
    }
    row_expect_alive(vm);
}

static void stop(Vm *vm)
{
    qtest_qmp_assert_success(vm->q->qts, "{'execute': 'stop'}");
}

/* It is stopped there as it was here; then it runs. */
static void go_on(Vm *vm)
{
    g_assert_true(qocpn_runs(vm->q) == !vm->row->stopped);
    if (vm->row->paused) {
        vm->row->paused(vm);
    }
    if (vm->row->stopped) {
        qtest_qmp_assert_success(vm->q->qts, "{'execute': 'cont'}");
        QOCPN_UNTIL(vm->q, qocpn_runs(vm->q));
    }
}

/* There, and perhaps back. */
static void travel(Vm *vm, const QOcpnSetup *from, const QOcpnSetup *to)
{
    if (vm->row->stopped) {
        stop(vm);
    }
    vm->q = qocpn_move(vm->q, to, vm->way);
    go_on(vm);
    if (vm->row->back) {
        if (vm->row->again) {
            vm->row->again(vm);
        }
        vm->q = qocpn_move(vm->q, from, vm->way);
        go_on(vm);
    }
}

static void run_sides(const Case *c, const char *file, const char *to_file)
{
    g_autofree char *args[2] = { NULL }, *props[2] = { NULL };
    g_autofree char *object[2] = { NULL };
    QOcpnSetup from = side(c, file, 0, &args[0], &props[0], &object[0]);
    QOcpnSetup to = side(c, to_file, 1, &args[1], &props[1], &object[1]);
    Vm vm = { .row = c->row, .way = c->way };
    g_autofree char *was = NULL;

    vm.q = qocpn_start(&from);
    if (!c->row->own_data) {
        row_write_data(&vm);
    }
    if (c->row->prepare) {
        c->row->prepare(&vm);
    }
    if (!c->row->busy) {
        row_look(&vm);
        was = row_note(&vm);
    }
    if (c->row->begin) {
        c->row->begin(&vm);
    }
    travel(&vm, &from, &to);
    check(&vm, was);
    qocpn_stop(vm.q);
    g_free(vm.text);
    g_free(vm.bytes);
}

/* What QEMU has left is an image without a fault. */
static void expect_sound(const char *file)
{
    g_autofree char *quoted = g_shell_quote(file);
    g_autofree char *cmd = g_strdup_printf("%s check %s", qocpn_tool(),
                                           quoted);
    g_autofree char *out = NULL;
    g_autofree char *err = NULL;
    int status = 1;

    g_assert_true(g_spawn_command_line_sync(cmd, &out, &err, &status, NULL));
    if (status) {
        g_test_message("%s%s", out, err);
        g_test_fail();
    }
}

static void run(const void *opaque)
{
    const Case *c = opaque;
    char *file = qocpn_image(&(QOcpnSetup) {
        .open_channel = c->row->open_channel, .lba_size = ROW_BLOCK,
        .ms = c->row->open_channel ? 16 : 0,
        .geometry = c->row->open_channel ? ROW_GEOMETRY : NULL,
        .size = 64 * MiB,
    });
    g_autofree char *other = c->way == QOCPN_SNAPSHOT ? qocpn_overlay(file)
        : c->way == QOCPN_MIRROR ? qocpn_twin(file) : NULL;

    run_sides(c, c->way == QOCPN_SNAPSHOT ? other : file, other ?: file);
    if (c->way != QOCPN_SNAPSHOT) {
        expect_sound(c->row->back || !other ? file : other);
    }
    if (other) {
        g_unlink(other);
    }
    qocpn_image_free(file);
}

static void add(const Row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (QOcpnWay way = 0; way < QOCPN_NWAYS; way++) {
            Case *c = g_new(Case, 1);
            g_autofree char *path = NULL;

            *c = (Case) { &rows[i], way };
            path = g_strdup_printf("ocp-nvme/migrate-matrix/%s: %s",
                                   rows[i].name, qocpn_way_name(way));
            if (wanted(&rows[i], way)) {
                qtest_add_data_func_full(path, c, run, g_free);
            } else {
                g_free(c);
            }
        }
    }
}

int main(int argc, char **argv)
{
    int result;

    if (qocpn_is_upstream()) {
        printf("1..0 # SKIP hw/nvme does not migrate\n");
        return 0;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions();
    add(row_queues, row_queues_n);
    add(row_ocp, row_ocp_n);
    add(row_faults, row_faults_n);
    add(row_state, row_state_n);
    add(row_chunks, row_chunks_n);
    add(row_delete, row_delete_n);
    add(row_further, row_further_n);
    add(row_stopped, row_stopped_n);
    result = g_test_run();
    qocpn_moved_print();
    return result;
}
