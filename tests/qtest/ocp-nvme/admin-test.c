/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: admin commands other than queues, Identify, logs and features.
 * Proves: NVMe Base 2.0, Admin Command Set: Abort, Asynchronous Event
 * Request, Keep Alive; rules common to all commands.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define SMART_LID   0x02
#define ERROR_LID   0x01

typedef void Refused(QOcpn *q, QOcpnQueue *queue, const QOcpnRefusal *table,
                     size_t count);

/* Identify Controller with FLAGS in byte 1 of the command. */
#define IDENTIFY(flags_) \
    { .opc = NVME_ADM_IDENTIFY, .flags = (flags_), .cdw10 = 1, \
      .prp1 = 0x100000 }

/* Proves: NVMe Base 2.0, Submission Queue Entry: OPC, FUSE, PSDT */
static const QOcpnRefusal malformed[] = {
    { "admin opcode 07h, which no specification has", { .opc = 0x07 },
      NVME_SC_INVALID_OPCODE, 0 },
    { "vendor specific opcode F0h", { .opc = 0xf0 },
      NVME_SC_INVALID_OPCODE, 0 },
    { "first fused admin command", IDENTIFY(1), NVME_SC_INVALID_FIELD, 1, 0 },
    { "second fused admin command", IDENTIFY(2), NVME_SC_INVALID_FIELD, 1, 0 },
    { "reserved FUSE value", IDENTIFY(3), NVME_SC_INVALID_FIELD, 1, 0 },
    { "admin command with an SGL", IDENTIFY(1 << 6),
      NVME_SC_INVALID_FIELD, 1, 6 },
    { "admin command with PSDT 10b", IDENTIFY(2 << 6),
      NVME_SC_INVALID_FIELD, 1, 6 },
    { "admin command with PSDT 11b", IDENTIFY(3 << 6),
      NVME_SC_INVALID_FIELD, 1, 6 },
};

static void run_refusals(const QOcpnRefusal *table, size_t count,
                         Refused *refused)
{
    QOcpn *q = qocpn_start(NULL);

    refused(q, &q->adm, table, count);
    qocpn_alive(q);
    qocpn_stop(q);
}

static void malformed_commands(void)
{
    run_refusals(malformed, ARRAY_SIZE(malformed), qocpn_refused);
}

static void malformed_logged(void)
{
    run_refusals(malformed, ARRAY_SIZE(malformed), qocpn_refused_logged);
}

static void full_ring(void)
{
    QOcpn *q = qocpn_start(NULL);
    bool seen[32] = { false };
    uint16_t first = 0;

    for (unsigned i = 0; i < 31; i++) {
        uint16_t cid = qocpn_post(q, &q->adm, &(QOcpnCmd) {
            .opc = NVME_ADM_IDENTIFY, .cdw10 = 1, .prp1 = q->buf + i * 4096,
        });

        first = i ? first : cid;
    }
    qocpn_ring(q, &q->adm);
    for (unsigned i = 0; i < 31; i++) {
        QOcpnCqe cqe = qocpn_wait(q, &q->adm);

        QOCPN_OK(cqe);
        g_assert_cmpuint(cqe.cid - first, <, 31);
        g_assert_false(seen[(cqe.cid - first) & 31]);
        seen[(cqe.cid - first) & 31] = true;
    }
    qocpn_stop(q);
}

/* The 4096 bytes at every split, and not a byte more. */
static void buffer_splits(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint64_t buf = qocpn_buf(q, 3 * QOCPN_PAGE);
    uint8_t want[QOCPN_PAGE], got[3 * QOCPN_PAGE];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, want), ==, 0);
    for (unsigned off = 0; off < QOCPN_PAGE; off += 4) {
        QOcpnCmd cmd = { .opc = NVME_ADM_IDENTIFY, .cdw10 = 1 };

        qtest_memset(q->qts, buf, 0xa5, sizeof(got));
        cmd.prp1 = buf + off;
        cmd.prp2 = off ? buf + QOCPN_PAGE : 0;
        QOCPN_OK(qocpn_admin(q, &cmd));
        qtest_memread(q->qts, buf, got, sizeof(got));
        g_assert_cmpint(memcmp(got + off, want, QOCPN_PAGE), ==, 0);
        for (unsigned i = 0; i < sizeof(got); i++) {
            if (i == off) {
                i += QOCPN_PAGE;
            }
            g_assert_cmphex(got[i], ==, 0xa5);
        }
    }
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Identify Controller: AERL */
static void event_request_limit(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096];
    QOcpnCqe cqe;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    for (unsigned i = 0; i <= id[259]; i++) {
        qocpn_post_aer(q);
    }
    qocpn_idle(q, 10);
    g_assert_false(qocpn_poll_event(q, &cqe));
    qocpn_post_aer(q);
    cqe = qocpn_event(q);
    QOCPN_STATUS(cqe, NVME_SC_AER_LIMIT);
    qocpn_idle(q, 10);
    g_assert_false(qocpn_poll_event(q, &cqe));
    qocpn_alive(q);
    qocpn_stop(q);
}

static void raise_doorbell_event(QOcpn *q)
{
    qocpn_writel(q, qocpn_sq_doorbell(q, 30), 1);
}

/*
 * One report of an event until its log page is read with RAE 0.
 * Proves: NVMe Base 2.0, Asynchronous Event Request command
 */
static void event_until_log_read(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t log[64];
    QOcpnCqe cqe;

    qocpn_post_aer(q);
    qocpn_post_aer(q);
    raise_doorbell_event(q);
    cqe = qocpn_event(q);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 0x00010000);
    raise_doorbell_event(q);
    qocpn_idle(q, 10);
    g_assert_false(qocpn_poll_event(q, &cqe));
    /* RAE 1 retains the event; RAE 0 releases the next one. */
    g_assert_cmphex(qocpn_get_log(q, ERROR_LID, QOCPN_ALL_NS, 0, log,
                                  sizeof(log)), ==, 0);
    raise_doorbell_event(q);
    qocpn_idle(q, 10);
    g_assert_false(qocpn_poll_event(q, &cqe));
    qocpn_clear_event(q, ERROR_LID);
    raise_doorbell_event(q);
    cqe = qocpn_event(q);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 0x00010000);
    qocpn_stop(q);
}

/* An event that nobody asked for yet waits for a request. */
static void event_before_request(void)
{
    QOcpn *q = qocpn_start(NULL);

    raise_doorbell_event(q);
    qocpn_idle(q, 5);
    qocpn_post_aer(q);
    g_assert_cmphex(qocpn_event(q).dw0, ==, 0x00010000);
    qocpn_stop(q);
}

/*
 * Proves: NVMe Base 2.0, Asynchronous Event Configuration (SMART / Health
 * Critical Warnings) and Temperature Threshold
 */
static void temperature_event(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t smart[512];
    QOcpnCqe cqe;

    qocpn_post_aer(q);
    /* Temperature warnings are asked for, then the limit goes to 1 K. */
    QOCPN_OK(qocpn_set_feature(q, 0x0b, 0, 0x02));
    QOCPN_OK(qocpn_set_feature(q, 0x04, 0, 1));
    cqe = qocpn_event(q);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 0x00020101);
    g_assert_cmphex(qocpn_get_log(q, SMART_LID, QOCPN_ALL_NS, 0, smart,
                                  sizeof(smart)), ==, 0);
    g_assert_cmphex(smart[0] & 0x02, ==, 0x02);
    qocpn_stop(q);
}

static void temperature_event_masked(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCqe cqe;

    qocpn_post_aer(q);
    QOCPN_OK(qocpn_set_feature(q, 0x0b, 0, 0x00));
    QOCPN_OK(qocpn_set_feature(q, 0x04, 0, 1));
    qocpn_idle(q, 20);
    g_assert_false(qocpn_poll_event(q, &cqe));
    qocpn_stop(q);
}

static QOcpnCqe abort_cmd(QOcpn *q, uint16_t sqid, uint16_t cid)
{
    return qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_ABORT, .cdw10 = (uint32_t)cid << 16 | sqid,
    });
}

/* Proves: NVMe Base 2.0, Abort command: DW0 bit 0 of the completion */
static void abort_nothing(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCqe cqe = abort_cmd(q, 1, 0x1234);

    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 1);
    cqe = abort_cmd(q, 0, 0x1234);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 1);
    qocpn_stop(q);
}

static void abort_event_request(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCqe aer, cqe;

    qocpn_post_aer(q);
    cqe = abort_cmd(q, 0, 0x8000);
    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, 0);
    aer = qocpn_event(q);
    g_assert_cmphex(aer.cid, ==, 0x8000);
    QOCPN_STATUS(aer, NVME_SC_ABORT_REQUESTED);
    qocpn_stop(q);
}

/* Each read completes once, whatever the aborts did. */
static void abort_reads(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .throttle = true,
    });
    QOcpnCmd read = qocpn_rw(0x02, 0, 1);
    uint16_t cid[8];
    bool seen[8] = { false };
    bool aborted[8];
    QOcpnCqe cqe;

    read.prp1 = q->buf;
    qocpn_hold(q, true);
    for (unsigned i = 0; i < 8; i++) {
        cid[i] = qocpn_post(q, &q->io, &read);
    }
    qocpn_ring(q, &q->io);
    qocpn_idle(q, 5);
    for (unsigned i = 0; i < 8; i++) {
        qocpn_post(q, &q->adm, &(QOcpnCmd) {
            .opc = NVME_ADM_ABORT, .cdw10 = (uint32_t)cid[i] << 16 | 1,
        });
    }
    qocpn_ring(q, &q->adm);
    qocpn_idle(q, 5);
    qocpn_hold(q, false);
    for (unsigned i = 0; i < 8; i++) {
        cqe = qocpn_wait(q, &q->adm);
        if (QOCPN_SC(cqe)) {
            QOCPN_STATUS(cqe, NVME_SC_ABORT_LIMIT);
        }
        aborted[i] = !QOCPN_SC(cqe) && !(cqe.dw0 & 1);
    }
    for (unsigned n = 0; n < 8; n++) {
        unsigned i;

        cqe = qocpn_wait(q, &q->io);
        i = (cqe.cid - cid[0]) & 7;
        g_assert_false(seen[i]);
        seen[i] = true;
        g_assert_cmphex(QOCPN_SC(cqe), ==,
                        aborted[i] ? NVME_SC_ABORT_REQUESTED : 0);
    }
    qocpn_idle(q, 5);
    g_assert_false(qocpn_peek(q, &q->io, &cqe));
    qocpn_stop(q);
}

/* FAILURE-CASE-27 */
static void abort_flood(void)
{
    QOcpn *q = qocpn_start(NULL);

    for (unsigned i = 0; i < 31; i++) {
        qocpn_post(q, &q->adm, &(QOcpnCmd) {
            .opc = NVME_ADM_ABORT, .cdw10 = i << 16 | 1,
        });
    }
    qocpn_ring(q, &q->adm);
    for (unsigned i = 0; i < 31; i++) {
        QOcpnCqe cqe = qocpn_wait(q, &q->adm);

        if (QOCPN_SC(cqe)) {
            QOCPN_STATUS(cqe, NVME_SC_ABORT_LIMIT);
        }
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Keep Alive command; Identify Controller: KAS */
static void keep_alive(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t id[4096];
    QOcpnCqe cqe;

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    cqe = qocpn_admin(q, &(QOcpnCmd) { .opc = NVME_ADM_KEEP_ALIVE });
    g_assert_cmphex(QOCPN_SC(cqe), ==,
                    lduw_le_p(id + 320) ? 0 : NVME_SC_INVALID_OPCODE);
    cqe = qocpn_get_feature(q, 0x0f, 0, 0);
    g_assert_cmphex(QOCPN_SC(cqe), ==,
                    lduw_le_p(id + 320) ? 0 : NVME_SC_INVALID_FIELD);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "malformed commands are refused", malformed_commands },
    { "malformed commands are logged with the byte", malformed_logged,
      "hw/nvme keeps no Error Information" },
    { "a full admin ring completes each command once", full_ring },
    { "Identify fills exactly 4096 bytes at every offset", buffer_splits },
    { "one event request too many is refused", event_request_limit },
    { "an event is reported once until its log page is read",
      event_until_log_read },
    { "an event waits for its request", event_before_request,
      "hw/nvme drops an event nobody asked for" },
    { "crossing the temperature threshold raises an event",
      temperature_event },
    { "a masked temperature event stays silent", temperature_event_masked },
    { "aborting what is not there aborts nothing", abort_nothing,
      "hw/nvme does not say when there was nothing to abort" },
    { "an event request can be aborted", abort_event_request,
      "hw/nvme does not abort event requests" },
    { "aborted reads complete once", abort_reads,
      "hw/nvme says it aborted what completes with success" },
    { "a flood of aborts is answered", abort_flood },
    { "Keep Alive agrees with what Identify claims", keep_alive },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "admin", tests, ARRAY_SIZE(tests));
}
