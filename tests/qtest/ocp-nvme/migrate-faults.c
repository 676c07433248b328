/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: drives that are out of order, or will be.
 * Proves: docs/user-guide.rst, "Migration"; docs/ocp.rst, "Firmware",
 * "Panics", "Injected errors"; docs/fault-injection.rst.
 */
#include "qemu/osdep.h"
#include "migrate-row.h"

static void prepare_firmware(Vm *vm)
{
    static const char line[] = "ocp-nvme-firmware revision=NEXT "
                               "reset=controller svn=2\n";
    char id[4096];

    qtest_memset(vm->q->qts, vm->q->buf, 0, QOCPN_PAGE);
    qtest_memwrite(vm->q->qts, vm->q->buf, line, strlen(line));
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x11, .prp1 = vm->q->buf, .cdw10 = 4096 / 4 - 1,
    }));
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x10, .cdw10 = 2 | 1 << 3,
    }));
    /* Activation at the next reset */
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x10, .cdw10 = 2 | 2 << 3,
    }));
    g_assert_cmphex(row_byte(vm, 0x03, 0), ==, 0x21);
    g_assert_cmphex(qocpn_identify(vm->q, 1, 0, id), ==, 0);
    g_assert_true(memcmp(id + 64, "NEXT    ", 8) != 0);
}

static void check_firmware(Vm *vm)
{
    char id[4096];

    g_assert_cmphex(row_byte(vm, 0x03, 0), ==, 0x21);
    row_reset(vm);
    g_assert_cmphex(row_byte(vm, 0x03, 0), ==, 0x02);
    g_assert_cmphex(qocpn_identify(vm->q, 1, 0, id), ==, 0);
    g_assert_cmpmem(id + 64, 8, "NEXT    ", 8);
}

/* The host has read why; what is left is the reset that ends it. */
static void prepare_panic(Vm *vm)
{
    must_set(vm->q, "panic", "2");
    qocpn_clear_event(vm->q, 0xc1);
    g_assert_cmphex(row_byte(vm, 0xc1, 3), ==, 1);     /* recovery: none */
}

static void check_panic(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);
    g_autofree char *panic = row_get(vm, "panic");

    g_assert_cmpstr(panic, ==, "2");
    cmd.prp1 = vm->q->buf;
    QOCPN_STATUS(qocpn_io(vm->q, &cmd), 0x006);
    row_reset(vm);
    QOCPN_OK(qocpn_io(vm->q, &cmd));
}

static void prepare_plp(Vm *vm)
{
    must_set(vm->q, "plp-state", "failed");
}

static void check_plp(Vm *vm)
{
    g_autofree char *state = row_get(vm, "plp-state");

    g_assert_cmpstr(state, ==, "\"failed\"");
    must_set(vm->q, "plp-state", "ok");
}

/* One of three has fired: two more fail there, and it is over. */
static void prepare_faults(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 10, 1);

    must_set(vm->q, "fault", "fail opcode=2 lba=10 after=1 times=3; "
             "status lid=0x0d status=0x006 after=1000");
    must_set(vm->q, "inject", "type=0x0f after=1000");
    cmd.prp1 = vm->q->buf;
    QOCPN_OK(qocpn_io(vm->q, &cmd));
    g_assert_cmpint(QOCPN_SC(qocpn_io(vm->q, &cmd)), !=, 0);
}

/* What is armed, and its counters, just before it goes. */
static char *armed(Vm *vm)
{
    g_autofree char *fault = row_get(vm, "fault");
    g_autofree char *inject = row_get(vm, "inject");

    return g_strjoin("\n", fault, inject, NULL);
}

static void begin_faults(Vm *vm)
{
    vm->text = armed(vm);
}

static void check_faults(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 10, 1);
    g_autofree char *is = armed(vm);

    g_assert_cmpstr(is, ==, vm->text);
    cmd.prp1 = vm->q->buf;
    for (unsigned i = 0; i < 6; i++) {
        QOcpnCqe cqe = qocpn_io(vm->q, &cmd);

        g_assert_cmpint(QOCPN_SC(cqe) != 0, ==, i < 2);
    }
    must_set(vm->q, "fault", "clear");
    must_set(vm->q, "inject", "clear");
}

const Row row_faults[] = {
    { "firmware that waits for a reset", .prepare = prepare_firmware,
      .check = check_firmware },
    { "a panic", .prepare = prepare_panic, .check = check_panic },
    { "power-loss protection that failed", .prepare = prepare_plp,
      .check = check_plp, .snapshot = true },
    { "faults, and what they have counted", .prepare = prepare_faults,
      .begin = begin_faults, .check = check_faults },
};
const size_t row_faults_n = ARRAY_SIZE(row_faults);
