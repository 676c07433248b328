/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the OCP half of the drive: its pages by version, what is kept over
 * the end of QEMU, the latency monitor on the guest's clock, knobs, the host's
 * identifier and write protection.
 * Proves: OCP Datacenter NVMe SSD, "SMART / Health Information Extended",
 * "Latency Monitor", telemetry; NVMe Base 2.0, "Host Identifier (Feature
 * Identifier 81h)", "Namespace Write Protection"; docs/ocp.rst.
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qnum.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme is no OCP drive"
#define DRIVE       "/machine/peripheral/nv0"
#define PAGE        512
#define MS          1000000ll

static QOcpn *start(const char *file, const char *props)
{
    return qocpn_start(&(QOcpnSetup) {
        .file = file, .props = props, .throttle = !file,
    });
}

static void get(QOcpn *q, uint8_t lid, uint8_t *page)
{
    g_assert_cmphex(qocpn_get_log(q, lid, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
}

/* OCP-CASE-11 OCP-CASE-14 OCP-CASE-15 OCP-CASE-32 OCP-CASE-61 */
static void versions(void)
{
    static const struct {
        const char *props;
        uint8_t c0, c3, c9;         /* page versions; 0: no such page */
    } t[] = {
        { ",ocp-version=off", 0, 0, 0 },
        { ",ocp-version=1.0", 2, 0, 0 },
        { ",ocp-version=2.0", 3, 1, 0 },
        { ",ocp-version=2.5", 4, 4, 1 },
        { ",ocp-version=2.6", 5, 4, 1 },
        { ",ocp-version=2.7", 6, 4, 1 },
    };
    static const uint8_t guid[16] = {
        0xc5, 0xaf, 0x10, 0x28, 0xea, 0xbf, 0xf2, 0xa4,
        0x9c, 0x4f, 0x6f, 0x7c, 0xc9, 0x14, 0xd5, 0xaf,
    };

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        QOcpn *q = start(NULL, t[i].props);
        const uint8_t lid[] = { 0xc0, 0xc3, 0xc9, 0xc8 };
        const uint8_t want[] = { t[i].c0, t[i].c3, t[i].c9, 0 };
        uint8_t page[PAGE];

        for (size_t k = 0; k < ARRAY_SIZE(lid); k++) {
            uint16_t sc = qocpn_get_log(q, lid[k], QOCPN_ALL_NS, 0, page,
                                        PAGE);

            g_assert_cmphex(sc, ==, want[k] ? 0 : 0x109);
            if (want[k]) {
                g_assert_cmpuint(page[lid[k] == 0xc9 ? 0 : 494], ==, want[k]);
            }
            if (want[k] && lid[k] == 0xc0) {
                g_assert_cmpmem(page + 496, 16, guid, 16);
            }
        }
        qocpn_stop(q);
    }
}

static void write_blocks(QOcpn *q, uint64_t slba, unsigned n)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, slba, n);

    cmd.prp1 = q->buf;
    QOCPN_OK(qocpn_io(q, &cmd));
}

/* OCP-CASE-16 OCP-CASE-17 OCP-CASE-19, over the end of QEMU */
static void kept(void)
{
    g_autofree char *file = qocpn_image(&(QOcpnSetup) { 0 });
    uint8_t before[PAGE], after[PAGE];
    QOcpn *q = start(file, ",ocp-version=2.5");

    get(q, 0xc0, before);
    write_blocks(q, 0, 8);
    write_blocks(q, 1, 1);
    get(q, 0xc0, after);
    g_assert_cmpuint(ldq_le_p(after), >=, ldq_le_p(before) + 9 * 512);
    g_assert_cmpuint(ldq_le_p(after + 136), ==, 1);     /* unaligned */
    qocpn_stop(q);
    memcpy(before, after, PAGE);
    q = start(file, ",ocp-version=2.5");
    get(q, 0xc0, after);
    g_assert_cmpuint(ldq_le_p(after), >=, ldq_le_p(before));
    g_assert_cmpuint(ldq_le_p(after + 136), ==, 0);
    qocpn_stop(q);
    unlink(file);
}

/* Feature C5h: the defaults, and all buckets empty */
static void empty_buckets(QOcpn *q)
{
    static const uint8_t data[13] = {
        0xe0, 0x07, 5, 0x13, 0x1e, 0x2e, 0xff, 0x0f, 10, 0, 0, 0, 1,
    };
    uint64_t at = qocpn_buf(q, QOCPN_PAGE);

    qtest_memwrite(q->qts, at, data, sizeof(data));
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_SET_FEAT, .cdw10 = 0xc5, .prp1 = at,
    }));
}

/*
 * A read that takes TIME ms of the guest's time, or more.  One I/O gets
 * through while they are held: another read, which the monitor forgets.
 */
static void slow_read(QOcpn *q, unsigned time)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);
    QOcpnCqe cqe;

    cmd.prp1 = q->buf;
    qocpn_hold(q, true);
    qocpn_post(q, &q->io, &cmd);
    qocpn_post(q, &q->io, &cmd);
    qocpn_ring(q, &q->io);
    QOCPN_UNTIL(q, qocpn_take(q, &q->io, &cqe));
    QOCPN_OK(cqe);
    empty_buckets(q);
    qtest_clock_step(q->qts, time * MS);
    qocpn_hold(q, false);
    QOCPN_UNTIL(q, qocpn_take(q, &q->io, &cqe));
    QOCPN_OK(cqe);
}

/*
 * FAILURE-CASE-17
 * OCP-CASE-83: what takes 300 ms at least is in bucket 3, from 235 ms on
 */
static void latency(void)
{
    QOcpn *q = start(NULL, ",ocp-version=2.5");
    uint8_t page[PAGE];

    slow_read(q, 300);
    get(q, 0xc3, page);
    for (unsigned b = 0; b < 4; b++) {
        g_assert_cmpuint(ldl_le_p(page + 44 + 16 * b), ==, b == 3);
    }
    g_assert_cmpuint(lduw_le_p(page + 214 - 6 * 3), >=, 300);
    qocpn_stop(q);
}

/* The answer to setting a knob to a number; NULL: done. */
static char *turn(QOcpn *q, const char *name, int64_t value)
{
    QDict *reply = qtest_qmp(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': %s, 'property': %s, 'value': %"
                             PRId64 "}}", DRIVE, name, value);
    QDict *error = qdict_get_qdict(reply, "error");
    char *said = error ? g_strdup(qdict_get_str(error, "desc")) : NULL;

    qobject_unref(reply);
    return said;
}

static void must_turn(QOcpn *q, const char *name, int64_t value)
{
    g_autofree char *said = turn(q, name, value);

    g_assert_cmpstr(said, ==, NULL);
}

/* OCP-CASE-26 OCP-CASE-120 */
static void knobs(void)
{
    QOcpn *q = start(NULL, ",ocp-version=2.5,x-test-knobs=on");
    uint8_t page[PAGE];
    g_autofree char *said = NULL;

    must_turn(q, "xor-recovery", 5);
    must_turn(q, "xor-recovery.add", 2);
    get(q, 0xc0, page);
    g_assert_cmpuint(ldq_le_p(page + 48), ==, 7);
    qocpn_post_aer(q);
    must_turn(q, "temperature", 351);
    g_assert_cmphex(qocpn_event(q).dw0, ==, 0x00020101);
    get(q, 0x02, page);
    g_assert_cmphex(page[0], ==, 0x02);
    g_assert_cmpuint(lduw_le_p(page + 1), ==, 351);
    get(q, 0xc0, page);
    g_assert_cmpuint(page[96], ==, 1);
    g_assert_cmpuint(page[97], ==, 1);
    said = turn(q, "spare", 101);
    g_assert_nonnull(said);
    g_assert_nonnull(strstr(said, "spare"));
    g_assert_nonnull(strstr(said, "101"));
    qocpn_stop(q);
}

/* OCP-CASE-150 */
static void no_knobs(void)
{
    QOcpn *q = start(NULL, ",ocp-version=2.5");
    g_autofree char *said = turn(q, "temperature", 351);
    uint8_t page[PAGE];

    g_assert_nonnull(said);
    g_assert_nonnull(strstr(said, "x-test-knobs"));
    get(q, 0x02, page);
    g_assert_cmphex(page[0], ==, 0);
    qocpn_stop(q);
}

/* 16 bytes go there and come back; a reset ends them. */
static void host_id(void)
{
    QOcpn *q = start(NULL, ",ocp-version=2.5");
    uint64_t at = qocpn_buf(q, QOCPN_PAGE);
    QOcpnCmd cmd = { .opc = NVME_ADM_SET_FEAT, .cdw10 = NVME_FID_HOST_ID,
                     .cdw11 = 1, .prp1 = at };
    uint8_t id[16], back[16];

    qocpn_pattern(id, sizeof(id), 1);
    qtest_memwrite(q->qts, at, id, sizeof(id));
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memset(q->qts, at, 0xa5, sizeof(back));
    cmd.opc = NVME_ADM_GET_FEAT;
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memread(q->qts, at, back, sizeof(back));
    g_assert_cmpmem(back, sizeof(back), id, sizeof(id));
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memread(q->qts, at, back, sizeof(back));
    g_assert_true(qocpn_is_zero(back, sizeof(back)));
    qocpn_stop(q);
}

/* A write, which ends with SC. */
static void try_write(QOcpn *q, uint16_t sc)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 0, 1);

    cmd.prp1 = q->buf;
    QOCPN_STATUS(qocpn_io(q, &cmd), sc);
}

/* What each state is after the end of QEMU. */
static void write_protect(void)
{
    static const uint8_t after[] = { 0, 1, 0, 3 };
    g_autofree char *file = qocpn_image(&(QOcpnSetup) { 0 });
    uint8_t page[QOCPN_PAGE];
    QOcpn *q;

    for (unsigned state = 1; state < ARRAY_SIZE(after); state++) {
        q = start(file, ",write-protect=all");
        QOCPN_OK(qocpn_set_feature(q, NVME_FID_WRITE_PROTECT, 1, state));
        try_write(q, NVME_SC_NS_WRITE_PROTECTED);
        g_assert_cmphex(qocpn_identify(q, 0, 1, page), ==, 0);
        g_assert_cmphex(page[99], ==, 1);
        qocpn_stop(q);
        q = start(file, NULL);
        g_assert_cmphex(qocpn_identify(q, 1, 0, page), ==, 0);
        g_assert_cmphex(page[531], ==, 1);
        g_assert_cmpuint(qocpn_get_feature(q, NVME_FID_WRITE_PROTECT, 0,
                                           1).dw0, ==, after[state]);
        try_write(q, after[state] ? NVME_SC_NS_WRITE_PROTECTED : 0);
        if (after[state] == 1) {
            QOCPN_OK(qocpn_set_feature(q, NVME_FID_WRITE_PROTECT, 1, 0));
            try_write(q, 0);
        }
        qocpn_stop(q);
    }
    unlink(file);
}

static const QOcpnTest tests[] = {
    { "pages by version", versions, NOT_NVME },
    { "what is counted is kept over the end of QEMU", kept, NOT_NVME },
    { "a slow read is in its bucket", latency, NOT_NVME },
    { "knobs move counters, and raise events", knobs, NOT_NVME },
    { "knobs are refused where they are off", no_knobs, NOT_NVME },
    { "the host's identifier", host_id, NOT_NVME },
    { "write protection over the end of QEMU", write_protect, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocp", tests, ARRAY_SIZE(tests));
}
