/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: what an OCP drive does and keeps.
 * Proves: docs/user-guide.rst, "Migration"; docs/ocp.rst.
 */
#include "qemu/osdep.h"
#include "migrate-row.h"

#define SECOND      1000000000ll
#define EVENT_TELEMETRY     0x00080202
#define EVENT_SANITIZED     0x00810106
#define TELEMETRY   (49 * 512)      /* header, areas 1 and 2 */
#define HALF        (24 * 512)

/* Let the guest's time pass in steps that timers see. */
static void pass(QOcpn *q, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        qtest_clock_step(q->qts, SECOND);
        qocpn_readl(q, NVME_REG_CSTS);
    }
}

/* ------------------------------------------------------------ events */

static void enable_events(Vm *vm)
{
    /* SMART warnings, and Telemetry Log Changed */
    QOCPN_OK(qocpn_set_feature(vm->q, 0x0b, 0, 0x4ff));
}

static void cause_events(Vm *vm)
{
    must_set(vm->q, "temperature", "351");
    must_set(vm->q, "telemetry-trigger", "Media gave up");
}

static void expect_events(Vm *vm)
{
    uint32_t smart = 0, telemetry = 0;

    for (unsigned i = 0; i < 2; i++) {
        QOcpnCqe e = qocpn_event(vm->q);

        smart += e.dw0 == ROW_EVENT_SMART;
        telemetry += e.dw0 == EVENT_TELEMETRY;
    }
    g_assert_cmpuint(smart, ==, 1);
    g_assert_cmpuint(telemetry, ==, 1);
    qocpn_clear_event(vm->q, 0x02);
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = NVME_ADM_GET_LOG, .nsid = QOCPN_ALL_NS, .prp1 = vm->q->buf,
        .cdw10 = 0x08 | 127 << 16,
    }));
    must_set(vm->q, "temperature", "320");
}

static void expect_no_event(Vm *vm)
{
    QOcpnCqe cqe;

    qocpn_idle(vm->q, 5);
    g_assert_false(qocpn_poll_event(vm->q, &cqe));
}

static void prepare_pending(Vm *vm)
{
    enable_events(vm);
    cause_events(vm);
}

static void check_pending(Vm *vm)
{
    qocpn_post_aer(vm->q);
    qocpn_post_aer(vm->q);
    expect_events(vm);
}

/* Four requests wait; each of the two events takes one, in their order. */
static void begin_requests(Vm *vm)
{
    vm->n = vm->q->next_aer;
    for (unsigned i = 0; i < 4; i++) {
        qocpn_post_aer(vm->q);
    }
    qocpn_moved.commands += 4;
    expect_no_event(vm);
}

static void check_requests(Vm *vm)
{
    QOcpnCqe e[2];

    expect_no_event(vm);
    cause_events(vm);
    for (unsigned i = 0; i < 2; i++) {
        e[i] = qocpn_event(vm->q);
        g_assert_cmphex(e[i].cid, ==, 0x8000 | (vm->n + i));
    }
    g_assert_cmphex(e[0].dw0, ==, ROW_EVENT_SMART);
    g_assert_cmphex(e[1].dw0, ==, EVENT_TELEMETRY);
    must_set(vm->q, "temperature", "320");
    expect_no_event(vm);
}

/* One was told, and its page not read: it stays silent. */
static void prepare_masked(Vm *vm)
{
    enable_events(vm);
    qocpn_post_aer(vm->q);
    must_set(vm->q, "temperature", "351");
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, ROW_EVENT_SMART);
    must_set(vm->q, "temperature", "320");
}

static void check_masked(Vm *vm)
{
    qocpn_post_aer(vm->q);
    must_set(vm->q, "temperature", "351");
    expect_no_event(vm);
    qocpn_clear_event(vm->q, 0x02);
    must_set(vm->q, "temperature", "320");
    must_set(vm->q, "temperature", "351");
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, ROW_EVENT_SMART);
    must_set(vm->q, "temperature", "320");
}

/* --------------------------------------------- operations that take time */

/* The extended one, a while after its begin. */
static void prepare_self_test(Vm *vm)
{
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x14, .nsid = QOCPN_ALL_NS, .cdw10 = 2,
    }));
    pass(vm->q, 100);
    g_assert_cmpuint(row_byte(vm, 0x06, 0), ==, 2);
    g_assert_cmpuint(row_byte(vm, 0x06, 1), >, 0);
}

static void check_self_test(Vm *vm)
{
    unsigned percent = row_byte(vm, 0x06, 1);

    pass(vm->q, 100);
    g_assert_cmpuint(row_byte(vm, 0x06, 0), ==, 2);
    g_assert_cmpuint(row_byte(vm, 0x06, 1), >, percent);
    for (unsigned i = 0; i < 100 && row_byte(vm, 0x06, 0); i++) {
        pass(vm->q, 60);
    }
    g_assert_cmpuint(row_byte(vm, 0x06, 0), ==, 0);
    g_assert_cmphex(row_byte(vm, 0x06, 4), ==, 0x20);  /* without error */
}

static void prepare_sanitize(Vm *vm)
{
    gint64 end = qocpn_deadline();

    must_set(vm->q, "sanitize-ms", "65535");
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) { .opc = 0x84, .cdw10 = 2 }));
    while (!row_byte(vm, 0x81, 1)) {           /* of SPROG */
        pass(vm->q, 1);
        qocpn_tick(vm->q, end, "the operation makes progress");
    }
    g_assert_cmpuint(row_byte(vm, 0x81, 2) & 7, ==, 2);
}

static void begin_sanitize(Vm *vm)
{
    qocpn_post_aer(vm->q);
    qocpn_moved.commands++;
}

static void check_sanitize(Vm *vm)
{
    gint64 end = qocpn_deadline();
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);

    g_assert_cmpuint(row_byte(vm, 0x81, 2) & 7, ==, 2);
    cmd.prp1 = vm->q->buf;
    QOCPN_STATUS(qocpn_io(vm->q, &cmd), 0x01d);
    while ((row_byte(vm, 0x81, 2) & 7) == 2) {
        pass(vm->q, 1);
        qocpn_tick(vm->q, end, "the operation ends");
    }
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, EVENT_SANITIZED);
    g_assert_cmpuint(row_byte(vm, 0x81, 2) & 7, ==, 1);
    QOCPN_OK(qocpn_io(vm->q, &cmd));
    qocpn_expect_zero(vm->q, 1024, ROW_BLOCKS);
    qocpn_moved.bytes += ROW_BLOCKS * ROW_BLOCK;
}

/* Its time is given up when the VM stops; the command completes there. */
static void begin_format(Vm *vm)
{
    must_set(vm->q, "format-ms", "60000");
    qocpn_post(vm->q, &vm->q->adm, &(QOcpnCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 0,
    });
    vm->n = vm->q->adm.next_cid - 1;
    qocpn_ring(vm->q, &vm->q->adm);
    qocpn_idle(vm->q, 2);
    qocpn_moved.commands++;
}

static void check_format(Vm *vm)
{
    QOcpnCqe cqe = qocpn_wait(vm->q, &vm->q->adm);

    QOCPN_OK(cqe);
    g_assert_cmpuint(cqe.cid, ==, vm->n);
    qocpn_expect_zero(vm->q, 1024, ROW_BLOCKS);
    qocpn_moved.bytes += ROW_BLOCKS * ROW_BLOCK;
}

/* ------------------------------------------------------------- telemetry */

static void read_telemetry(Vm *vm, uint8_t lid, uint32_t how, size_t off,
                           size_t len, uint8_t *to)
{
    QOcpnCmd cmd = {
        .opc = NVME_ADM_GET_LOG, .nsid = QOCPN_ALL_NS,
        .cdw10 = lid | how | (len / 4 - 1) << 16, .cdw12 = off,
    };

    qocpn_prp(vm->q, &cmd, vm->q->buf, len, vm->q->list);
    QOCPN_OK(qocpn_admin(vm->q, &cmd));
    qtest_memread(vm->q->qts, vm->q->buf, to, len);
}

/* Of both, the half is read; and the whole, to know what comes. */
static void prepare_telemetry(Vm *vm)
{
    uint8_t some[HALF];

    vm->bytes = g_malloc(2 * TELEMETRY);
    must_set(vm->q, "telemetry-trigger", "Media gave up");
    read_telemetry(vm, 0x07, 1 << 8, 0, 512, some);
    read_telemetry(vm, 0x07, 0, 0, TELEMETRY, vm->bytes);
    read_telemetry(vm, 0x08, 1 << 15, 0, TELEMETRY, vm->bytes + TELEMETRY);
    read_telemetry(vm, 0x07, 0, 0, HALF, some);
    read_telemetry(vm, 0x08, 1 << 15, 0, HALF, some);
    /* What happens afterwards is no part of them. */
    must_set(vm->q, "temperature", "340");
    row_write(vm, 3000, 8, 5);
}

static void check_telemetry(Vm *vm)
{
    g_autofree uint8_t *b = g_malloc(TELEMETRY);

    for (unsigned i = 0; i < 2; i++) {
        uint8_t *want = vm->bytes + i * TELEMETRY;

        read_telemetry(vm, 0x07 + i, 1 << 15, HALF, TELEMETRY - HALF, b);
        g_assert_cmpmem(b, TELEMETRY - HALF, want + HALF, TELEMETRY - HALF);
        read_telemetry(vm, 0x07 + i, 1 << 15, 0, HALF, b);
        g_assert_cmpmem(b, HALF, want, HALF);
        qocpn_moved.bytes += TELEMETRY;
    }
    read_telemetry(vm, 0x07, 1 << 8, 0, 512, b);
    g_assert_cmpuint(b[381], ==, (uint8_t)(vm->bytes[381] + 1));
    must_set(vm->q, "temperature", "320");
}

const Row row_ocp[] = {
    { "events that nobody asked for", .prepare = prepare_pending,
      .check = check_pending },
    { "requests for events", .prepare = enable_events,
      .begin = begin_requests, .check = check_requests },
    { "an event that was told", .prepare = prepare_masked,
      .check = check_masked },
    { "a self-test", .prepare = prepare_self_test,
      .check = check_self_test },
    { "a sanitize operation", .prepare = prepare_sanitize,
      .begin = begin_sanitize, .check = check_sanitize, .own_data = true,
      .busy = true },
    { "a format", .begin = begin_format, .check = check_format,
      .own_data = true, .busy = true },
    { "telemetry, half read", .prepare = prepare_telemetry,
      .check = check_telemetry },
};
const size_t row_ocp_n = ARRAY_SIZE(row_ocp);
