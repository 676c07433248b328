/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: chunks, namespaces, knobs and counters.
 * Proves: docs/user-guide.rst, "Migration"; OCSSD 2.0, "Chunk State Machine";
 * docs/ocp.rst, "Knobs", "Namespaces", "Write protection".
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "migrate-row.h"

#define MS          1000000ll
#define EVENT_CHUNK 0x00d00007
#define PU1         0x400           /* chunk 0 of the second parallel unit */
#define PU1_INDEX   5

/* ---------------------------------------------------------------- chunks */

/* Chunk i of the second parallel unit has 8 (i + 1) blocks, unflushed. */
static void prepare_chunks(Vm *vm)
{
    for (unsigned i = 0; i < ROW_CHUNKS; i++) {
        row_write(vm, PU1 + 128 * i, 8 * (i + 1), 100 * i);
    }
}

/* Each goes on at its write pointer; then all of it can be read. */
static void check_chunks(Vm *vm)
{
    for (unsigned i = 0; i < ROW_CHUNKS; i++) {
        uint64_t lba = PU1 + 128 * i;
        unsigned n = 8 * (i + 1);
        QOcpnChunk k = qocpn_chunk(vm->q, PU1_INDEX + i);

        g_assert_cmphex(k.cs, ==, OCSSD_CS_OPEN);
        g_assert_cmpuint(k.wp, ==, n);
        row_write(vm, lba + n, ROW_CLBA - n, 100 * i + n);
        row_expect(vm, lba, ROW_CLBA, 100 * i);
        k = qocpn_chunk(vm->q, PU1_INDEX + i);
        g_assert_cmphex(k.cs, ==, OCSSD_CS_CLOSED);
    }
}

/* Entries in D0h, of which the first event was told. */
static void prepare_notices(Vm *vm)
{
    qocpn_post_aer(vm->q);
    must_set(vm->q, "notify", "state=high mask=chunk lba=0x200");
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, EVENT_CHUNK);
    qocpn_clear_event(vm->q, OCSSD_LID_CHUNK_NOTIFY);
    must_set(vm->q, "notify", "state=low mask=chunk lba=0x400");
    must_set(vm->q, "notify", "state=medium mask=pu lba=0x1000");
}

static void check_notices(Vm *vm)
{
    uint8_t page[192];

    qocpn_post_aer(vm->q);
    g_assert_cmphex(qocpn_event(vm->q).dw0, ==, EVENT_CHUNK);
    g_assert_cmphex(qocpn_get_log(vm->q, OCSSD_LID_CHUNK_NOTIFY, 1, 0, page,
                                  sizeof(page)), ==, 0);
    g_assert_cmphex(ldq_le_p(page + 8), ==, 0x400);
    g_assert_cmphex(ldq_le_p(page + 64 + 8), ==, 0x1000);
    g_assert_cmpuint(ldq_le_p(page + 64), ==, ldq_le_p(page) + 1);
    g_assert_true(qocpn_is_zero(page + 128, 64));
    qocpn_clear_event(vm->q, OCSSD_LID_CHUNK_NOTIFY);
}

/* ------------------------------------------------------------ namespaces */

static QOcpnCqe attach(Vm *vm, uint32_t nsid, uint32_t sel)
{
    qtest_memset(vm->q->qts, vm->q->buf, 0, QOCPN_PAGE);
    qtest_writew(vm->q->qts, vm->q->buf, 1);
    return qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x15, .nsid = nsid, .cdw10 = sel, .prp1 = vm->q->buf,
    });
}

/* A namespace of 4096 blocks, in LBA format FLBAS. */
static QOcpnCqe create(Vm *vm)
{
    qtest_memset(vm->q->qts, vm->q->buf, 0, QOCPN_PAGE);
    qtest_writeq(vm->q->qts, vm->q->buf, 4096);
    qtest_writeq(vm->q->qts, vm->q->buf + 8, 4096);
    return qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x0d, .prp1 = vm->q->buf,
    });
}

/* 1 is attached and has data, 2 is not, 3 was deleted. */
static void prepare_namespaces(Vm *vm)
{
    QOCPN_OK(attach(vm, 1, 1));
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x0d, .nsid = 1, .cdw10 = 1,
    }));
    for (unsigned i = 1; i <= 3; i++) {
        QOcpnCqe cqe = create(vm);

        QOCPN_OK(cqe);
        g_assert_cmpuint(cqe.dw0, ==, i);
    }
    QOCPN_OK(attach(vm, 1, 0));
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = 0x0d, .nsid = 3, .cdw10 = 1,
    }));
    row_write_data(vm);
}

static void check_namespaces(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 0, 1);
    QOcpnCqe cqe;

    row_check_data(vm);
    cmd.prp1 = vm->q->buf;
    cmd.nsid = 2;
    QOCPN_STATUS(qocpn_io(vm->q, &cmd), 0x002);     /* inactive */
    QOCPN_OK(attach(vm, 2, 0));
    QOCPN_OK(qocpn_io(vm->q, &cmd));
    cmd.nsid = 3;
    QOCPN_STATUS(qocpn_io(vm->q, &cmd), 0x002);     /* there is none */
    cqe = create(vm);
    QOCPN_OK(cqe);
    g_assert_cmpuint(cqe.dw0, ==, 3);
    row_check_data(vm);
}

static void prepare_protected(Vm *vm)
{
    QOCPN_OK(qocpn_set_feature(vm->q, NVME_FID_WRITE_PROTECT, 1, 1));
}

static void check_protected(Vm *vm)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 1024, 1);

    cmd.prp1 = vm->q->buf;
    QOCPN_STATUS(qocpn_io(vm->q, &cmd), NVME_SC_NS_WRITE_PROTECTED);
    QOCPN_OK(qocpn_set_feature(vm->q, NVME_FID_WRITE_PROTECT, 1, 0));
}

/* ----------------------------------------------- features, knobs, counters */

static void prepare_features(Vm *vm)
{
    uint8_t id[16];

    QOCPN_OK(qocpn_set_feature(vm->q, 0x08, 0, 0x0203));
    QOCPN_OK(qocpn_set_feature(vm->q, 0x04, 0, 0x0145));
    QOCPN_OK(qocpn_set_feature(vm->q, 0x05, 1, 123));
    qocpn_pattern(id, sizeof(id), 1);
    qtest_memwrite(vm->q->qts, vm->q->buf, id, sizeof(id));
    QOCPN_OK(qocpn_set_feature(vm->q, NVME_FID_HOST_ID, 0, 1));
}

static void check_features(Vm *vm)
{
    uint8_t id[16], got[16];

    qocpn_pattern(id, sizeof(id), 1);
    qtest_memset(vm->q->qts, vm->q->buf, 0, QOCPN_PAGE);
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = NVME_ADM_GET_FEAT, .cdw10 = NVME_FID_HOST_ID, .cdw11 = 1,
        .prp1 = vm->q->buf,
    }));
    qtest_memread(vm->q->qts, vm->q->buf, got, sizeof(got));
    g_assert_cmpmem(got, sizeof(got), id, sizeof(id));
    g_assert_cmphex(qocpn_get_feature(vm->q, 0x08, 0, 0).dw0, ==, 0x0203);
    g_assert_cmphex(qocpn_get_feature(vm->q, 0x05, 0, 1).dw0, ==, 123);
}

static const char *const knobs[][2] = {
    { "xor-recovery", "7" }, { "bad-user-blocks", "5" },
    { "percentage-used", "42" }, { "capacitors", "77" },
    { "opal-state", "activated" }, { "sanitize-fail", "on" },
    { "critical-warning", "16" }, { "recovery-fails", "3" },
    { "telemetry-damage", "fifo-size" }, { "aen-drop", "7" },
    { "update-lag-ms", "600000" }, { "lm.static[0].write", "12" },
    { "lm.timer", "2015" }, { "sensor[3]", "91C" },
    { "force-status", "queue=io opcode=9 status=0x281 count=2" },
    { "corrupt", "lid=0xc4 what=guid" },
};

/* All of them, as they are now. */
static char *knob_values(Vm *vm)
{
    GString *s = g_string_new("");

    for (unsigned i = 0; i < ARRAY_SIZE(knobs); i++) {
        g_autofree char *value = row_get(vm, knobs[i][0]);

        g_string_append_printf(s, "%s %s\n", knobs[i][0], value);
    }
    return g_string_free(s, false);
}

static void prepare_knobs(Vm *vm)
{
    for (unsigned i = 0; i < ARRAY_SIZE(knobs); i++) {
        must_set(vm->q, knobs[i][0], knobs[i][1]);
    }
    must_set(vm->q, "temperature-ramp", "to=340 ms=60000");
    vm->text = knob_values(vm);
}

static void check_knobs(Vm *vm)
{
    g_autofree char *is = knob_values(vm);
    g_autofree char *hot = NULL;

    g_assert_cmpstr(is, ==, vm->text);
    for (unsigned i = 0; i < 70; i++) {
        qtest_clock_step(vm->q->qts, 1000 * MS);
    }
    hot = row_get(vm, "temperature");
    g_assert_cmpstr(hot, ==, "340");
    must_set(vm->q, "update-lag-ms", "0");
}

/* Feature C5h: the defaults, and all buckets empty. */
static void empty_buckets(Vm *vm)
{
    static const uint8_t data[13] = {
        0xe0, 0x07, 5, 0x13, 0x1e, 0x2e, 0xff, 0x0f, 10, 0, 0, 0, 1,
    };
    uint64_t at = qocpn_buf(vm->q, QOCPN_PAGE);

    qtest_memwrite(vm->q->qts, at, data, sizeof(data));
    QOCPN_OK(qocpn_admin(vm->q, &(QOcpnCmd) {
        .opc = NVME_ADM_SET_FEAT, .cdw10 = 0xc5, .prp1 = at,
    }));
}

/* A read that takes so many milliseconds of the guest's time. */
static void slow_read(Vm *vm, const char *ms)
{
    g_autofree char *rule = g_strdup_printf("latency opcode=2 ms=%s times=1",
                                            ms);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);

    must_set(vm->q, "fault", rule);
    cmd.prp1 = vm->q->buf;
    QOCPN_OK(qocpn_io(vm->q, &cmd));
    must_set(vm->q, "fault", "clear");
}

static void prepare_latency(Vm *vm)
{
    empty_buckets(vm);
    slow_read(vm, "50");
    slow_read(vm, "300");
}

static void check_latency(Vm *vm)
{
    uint8_t was[512], is[512];

    g_assert_cmphex(qocpn_get_log(vm->q, 0xc3, QOCPN_ALL_NS, 0, was,
                                  sizeof(was)), ==, 0);
    g_assert_cmpuint(ldl_le_p(was + 44 + 16 * 3), ==, 1);
    slow_read(vm, "300");
    g_assert_cmphex(qocpn_get_log(vm->q, 0xc3, QOCPN_ALL_NS, 0, is,
                                  sizeof(is)), ==, 0);
    g_assert_cmpuint(ldl_le_p(is + 44 + 16 * 3), ==, 2);
}

#define OFF ",ocp-version=off"

const Row row_state[] = {
    { "nothing but data" },
    { "nothing but data, no OCP", .props = OFF },
    { "open chunks", .prepare = prepare_chunks, .check = check_chunks,
      .open_channel = true },
    { "open chunks that were not flushed", .prepare = prepare_chunks,
      .check = check_chunks, .open_channel = true, .hard = true,
      .props = OFF ",state-sync=flush" },
    { "open chunks of a mapped image", .prepare = prepare_chunks,
      .check = check_chunks, .open_channel = true, .memdev = true },
    { "chunk notifications", .prepare = prepare_notices,
      .check = check_notices, .open_channel = true },
    { "namespaces, attached and not", .prepare = prepare_namespaces,
      .check = check_namespaces, .own_data = true },
    { "write protection", .prepare = prepare_protected,
      .check = check_protected },
    { "features", .prepare = prepare_features, .check = check_features },
    { "knobs", .prepare = prepare_knobs, .check = check_knobs },
    { "the latency monitor", .prepare = prepare_latency,
      .check = check_latency },
};
const size_t row_state_n = ARRAY_SIZE(row_state);
