/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: submission and completion queues.
 * Proves: NVMe Base 2.0, Create and Delete I/O Submission and Completion
 * Queue commands; Submission Queue and Completion Queue Definition.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define QUEUES      64          /* max-ioqpairs */
#define VECTORS     65          /* msix-qsize */
#define MAX_ENTRIES 2048        /* CAP.MQES + 1 */

#define RING        0x1000000   /* guest RAM nobody else uses */

#define FLUSH       { .opc = NVME_IO_FLUSH, .nsid = 1 }

static QOcpn *start(void)
{
    return qocpn_start(&(QOcpnSetup) { .no_ioq = true });
}

#define CREATE_CQ(id, size, dw11, addr) \
    { .opc = NVME_ADM_CREATE_CQ, .prp1 = (addr), .cdw11 = (dw11), \
      .cdw10 = (uint32_t)((size) - 1) << 16 | (id) }
#define CREATE_SQ(id, size, dw11, addr) \
    { .opc = NVME_ADM_CREATE_SQ, .prp1 = (addr), .cdw11 = (dw11), \
      .cdw10 = (uint32_t)((size) - 1) << 16 | (id) }

#define DELETE_CQ(id)   { .opc = NVME_ADM_DELETE_CQ, .cdw10 = (id) }
#define DELETE_SQ(id)   { .opc = NVME_ADM_DELETE_SQ, .cdw10 = (id) }

/* Completion queue 1 exists when these are sent. */
static const QOcpnRefusal bad_cq[] = {
    { "CQ identifier 0", CREATE_CQ(0, 16, 3, RING), NVME_SC_INVALID_QID, 40 },
    { "CQ identifier past the allocated ones",
      CREATE_CQ(QUEUES + 1, 16, 3, RING), NVME_SC_INVALID_QID, 40 },
    { "CQ identifier 65535", CREATE_CQ(0xffff, 16, 3, RING),
      NVME_SC_INVALID_QID, 40 },
    { "CQ identifier in use", CREATE_CQ(1, 16, 3, RING),
      NVME_SC_INVALID_QID, 40 },
    { "CQ of one entry", CREATE_CQ(2, 1, 3, RING),
      NVME_SC_INVALID_QUEUE_SIZE, 42 },
    { "CQ larger than CAP.MQES", CREATE_CQ(2, MAX_ENTRIES + 1, 3, RING),
      NVME_SC_INVALID_QUEUE_SIZE, 42 },
    { "CQ of 65536 entries", CREATE_CQ(2, 65536, 3, RING),
      NVME_SC_INVALID_QUEUE_SIZE, 42 },
    { "CQ with a vector that does not exist",
      CREATE_CQ(2, 16, VECTORS << 16 | 3, RING), NVME_SC_INVALID_VECTOR, 46 },
    { "CQ with vector 65535", CREATE_CQ(2, 16, 0xffffu << 16 | 3, RING),
      NVME_SC_INVALID_VECTOR, 46 },
    { "CQ that is not contiguous, with CAP.CQR 1",
      CREATE_CQ(2, 16, 2, RING), NVME_SC_INVALID_FIELD, 44 },
    { "CQ not aligned to a page", CREATE_CQ(2, 16, 3, RING + 8),
      NVME_SC_PRP_OFFSET_INVALID, 24 },
};

static const QOcpnRefusal bad_sq[] = {
    { "SQ identifier 0", CREATE_SQ(0, 16, 1 << 16 | 1, RING),
      NVME_SC_INVALID_QID, 40 },
    { "SQ identifier past the allocated ones",
      CREATE_SQ(QUEUES + 1, 16, 1 << 16 | 1, RING), NVME_SC_INVALID_QID, 40 },
    { "SQ of one entry", CREATE_SQ(2, 1, 1 << 16 | 1, RING),
      NVME_SC_INVALID_QUEUE_SIZE, 42 },
    { "SQ larger than CAP.MQES",
      CREATE_SQ(2, MAX_ENTRIES + 1, 1 << 16 | 1, RING),
      NVME_SC_INVALID_QUEUE_SIZE, 42 },
    { "SQ on a CQ that does not exist", CREATE_SQ(2, 16, 9 << 16 | 1, RING),
      NVME_SC_INVALID_CQ, 46 },
    { "SQ that is not contiguous, with CAP.CQR 1",
      CREATE_SQ(2, 16, 1 << 16 | 0, RING), NVME_SC_INVALID_FIELD, 44 },
    { "SQ not aligned to a page", CREATE_SQ(2, 16, 1 << 16 | 1, RING + 64),
      NVME_SC_PRP_OFFSET_INVALID, 24 },
};

/* Queue pair 1 exists when these are sent. */
static const QOcpnRefusal bad_delete_sq[] = {
    { "delete SQ 0", DELETE_SQ(0), NVME_SC_INVALID_QID, 40 },
    { "delete an SQ that does not exist", DELETE_SQ(2),
      NVME_SC_INVALID_QID, 40 },
    { "delete SQ 65535", DELETE_SQ(0xffff), NVME_SC_INVALID_QID, 40 },
};

/* hw/nvme answers Completion Queue Invalid to most of these. */
static const QOcpnRefusal bad_cqid[] = {
    { "SQ on the admin CQ", CREATE_SQ(2, 16, 0 << 16 | 1, RING),
      NVME_SC_INVALID_QID, 46 },
    { "SQ on a CQ past the supported ones",
      CREATE_SQ(2, 16, 0xffffu << 16 | 1, RING), NVME_SC_INVALID_QID, 46 },
    { "delete CQ 0", DELETE_CQ(0), NVME_SC_INVALID_QID, 40 },
    { "delete a CQ that does not exist", DELETE_CQ(2),
      NVME_SC_INVALID_QID, 40 },
    { "delete CQ 65535", DELETE_CQ(0xffff), NVME_SC_INVALID_QID, 40 },
    { "delete a CQ that an SQ uses", DELETE_CQ(1),
      NVME_SC_INVALID_QUEUE_DELETION, 40 },
};

typedef void Refused(QOcpn *q, QOcpnQueue *queue, const QOcpnRefusal *table,
                     size_t count);

static void all_refusals(Refused *refused)
{
    QOcpn *q = start();

    qocpn_queue_init(q, &q->io, 1, 16);
    QOCPN_OK(qocpn_create_cq(q, &q->io, 1));
    refused(q, &q->adm, bad_cq, ARRAY_SIZE(bad_cq));
    refused(q, &q->adm, bad_sq, ARRAY_SIZE(bad_sq));
    QOCPN_OK(qocpn_create_sq(q, &q->io, 1));
    refused(q, &q->adm, bad_delete_sq, ARRAY_SIZE(bad_delete_sq));
    qocpn_alive(q);
    qocpn_stop(q);
}

static void refusals(void)
{
    all_refusals(qocpn_refused);
}

static void refusals_logged(void)
{
    all_refusals(qocpn_refused_logged);
}

static void bad_cqids(void)
{
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused_logged(q, &q->adm, bad_cqid, ARRAY_SIZE(bad_cqid));
    qocpn_alive(q);
    qocpn_stop(q);
}

static void sq_in_use(void)
{
    static const QOcpnRefusal again[] = {
        { "SQ identifier in use", CREATE_SQ(1, 16, 1 << 16 | 1, RING),
          NVME_SC_INVALID_QID, 40 },
    };
    QOcpn *q = qocpn_start(NULL);

    qocpn_refused(q, &q->adm, again, ARRAY_SIZE(again));
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Proves: NVMe Base 2.0, Offset 14h: CC (IOSQES, IOCQES) */
static void entry_sizes(void)
{
    static const uint32_t bad[] = {
        0x00000001, 0x00400001, 0x00060001, 0x00560001, 0x00470001,
    };
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_enable = true });

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        QOcpnQueue io;
        QOcpnCqe cqe;

        qocpn_admin_queue(q, 32);
        qocpn_enable_cc(q, bad[i]);
        if ((qocpn_readl(q, 0x1c) & 3) != 1) {
            /* Refusing it at enable is the other way the text allows. */
            qocpn_disable(q);
            continue;
        }
        cqe = qocpn_create_pair(q, &io, 1, 16, 1);
        if (!QOCPN_SC(cqe)) {
            g_test_message("CC %08x: queue pair created", bad[i]);
            g_test_fail();
        }
        qocpn_disable(q);
    }
    qocpn_stop(q);
}

/* FAILURE-CASE-38: sizes 2 to MQES + 1, each filled and wrapped three times. */
static void sizes_and_wraps(void)
{
    static const unsigned sizes[] = { 2, 3, 5, 64, 65, 255, MAX_ENTRIES };
    QOcpn *q = start();

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        unsigned size = sizes[i];

        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, size, 1));
        for (unsigned n = 0; n < 3 * size + 1; ) {
            unsigned batch = MIN(size - 1, 3 * size + 1 - n);
            uint16_t first = q->io.next_cid & 0x7fff;

            for (unsigned k = 0; k < batch; k++) {
                qocpn_post(q, &q->io, &(QOcpnCmd) FLUSH);
            }
            qocpn_ring(q, &q->io);
            for (unsigned k = 0; k < batch; k++) {
                QOcpnCqe cqe = qocpn_wait(q, &q->io);

                QOCPN_OK(cqe);
                g_assert_cmphex(cqe.sqid, ==, 1);
                g_assert_cmphex(cqe.cid - first, <, batch);
                g_assert_cmphex(cqe.sqhd, <, size);
            }
            n += batch;
        }
        QOCPN_OK(qocpn_delete_sq(q, 1));
        QOCPN_OK(qocpn_delete_cq(q, 1));
    }
    qocpn_stop(q);
}

/* The drive stops at a full CQ and goes on when the host frees slots. */
static void completion_queue_full(void)
{
    QOcpn *q = start();
    QOcpnQueue sq;
    QOcpnCqe cqe;
    unsigned got = 0;

    qocpn_queue_init(q, &q->io, 1, 64);
    sq = q->io;
    q->io.size = 4;                             /* the CQ has four entries */
    QOCPN_OK(qocpn_create_cq(q, &q->io, 1));
    QOCPN_OK(qocpn_create_sq(q, &sq, 1));
    for (unsigned i = 0; i < 40; i++) {
        qocpn_post(q, &sq, &(QOcpnCmd) FLUSH);
    }
    qocpn_ring(q, &sq);
    for (; got < 3; got++) {
        QOCPN_UNTIL(q, qocpn_take(q, &q->io, &cqe));
        QOCPN_OK(cqe);
    }
    qocpn_idle(q, 50);
    g_assert_false(qocpn_peek(q, &q->io, &cqe));
    qocpn_free_slots(q, &q->io);
    while (got < 40) {
        QOCPN_UNTIL(q, qocpn_reap(q, &q->io, &cqe));
        QOCPN_OK(cqe);
        got++;
    }
    qocpn_idle(q, 5);
    g_assert_false(qocpn_peek(q, &q->io, &cqe));
    qocpn_stop(q);
}

static void shared_completion_queue(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnQueue sq[3];
    unsigned from[4] = { 0 };

    for (unsigned i = 0; i < 3; i++) {
        qocpn_queue_init(q, &sq[i], i + 2, 8);
        QOCPN_OK(qocpn_create_sq(q, &sq[i], 1));
        for (unsigned k = 0; k < 5; k++) {
            qocpn_post(q, &sq[i], &(QOcpnCmd) FLUSH);
        }
        qocpn_ring(q, &sq[i]);
    }
    for (unsigned n = 0; n < 15; n++) {
        QOcpnCqe cqe = qocpn_wait(q, &q->io);

        QOCPN_OK(cqe);
        g_assert_cmpuint(cqe.sqid, >=, 2);
        g_assert_cmpuint(cqe.sqid, <=, 4);
        from[(cqe.sqid - 2) & 3]++;
    }
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(from[i], ==, 5);
    }
    /* The CQ goes only after every SQ on it. */
    for (unsigned i = 1; i <= 4; i++) {
        QOCPN_STATUS(qocpn_delete_cq(q, 1), NVME_SC_INVALID_QUEUE_DELETION);
        QOCPN_OK(qocpn_delete_sq(q, i));
    }
    QOCPN_OK(qocpn_delete_cq(q, 1));
    qocpn_stop(q);
}

static void all_queues(void)
{
    QOcpn *q = start();
    QOcpnQueue pair[QUEUES];

    for (unsigned i = 0; i < QUEUES; i++) {
        QOCPN_OK(qocpn_create_pair(q, &pair[i], i + 1, 4, (i + 1) % VECTORS));
    }
    for (unsigned i = 0; i < QUEUES; i++) {
        QOCPN_OK(qocpn_cmd(q, &pair[i], &(QOcpnCmd) FLUSH));
        QOCPN_UNTIL(q, qocpn_msix_fired(q, (i + 1) % VECTORS));
    }
    for (unsigned i = QUEUES; i > 0; i--) {
        QOCPN_OK(qocpn_delete_sq(q, i));
        QOCPN_OK(qocpn_delete_cq(q, i));
    }
    /* All identifiers are free again. */
    QOCPN_OK(qocpn_create_pair(q, &q->io, QUEUES, 4, 1));
    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    qocpn_stop(q);
}

/* FAILURE-CASE-37: one made again starts at its first entry, phase 1. */
static void recreated_queue(void)
{
    QOcpn *q = start();

    for (unsigned i = 0; i < 20; i++) {
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 8, 1));
        for (unsigned k = 0; k < i; k++) {
            QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
        }
        QOCPN_OK(qocpn_delete_sq(q, 1));
        QOCPN_OK(qocpn_delete_cq(q, 1));
    }
    qocpn_stop(q);
}

/*
 * Deleting a queue completes or aborts each of its reads before the Delete
 * command itself completes.
 * Proves: NVMe Base 2.0, Delete I/O Submission Queue command
 */
static void delete_with_reads(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .throttle = true,
    });
    QOcpnCmd read = qocpn_rw(0x02, 0, 1);
    QOcpnCqe cqe;
    unsigned got = 0;

    read.prp1 = q->buf;
    qocpn_hold(q, true);
    for (unsigned i = 0; i < 16; i++) {
        qocpn_post(q, &q->io, &read);
    }
    /* Refused at once: then all before it have been fetched. */
    qocpn_post(q, &q->io, &(QOcpnCmd) { .opc = 0x7f, .nsid = 1 });
    qocpn_ring(q, &q->io);
    while (QOCPN_SC(qocpn_wait(q, &q->io)) != NVME_SC_INVALID_OPCODE) {
        got++;
    }
    qocpn_post(q, &q->adm, &(QOcpnCmd) {
        .opc = NVME_ADM_DELETE_SQ, .cdw10 = 1,
    });
    qocpn_ring(q, &q->adm);
    qocpn_idle(q, 5);
    qocpn_hold(q, false);
    QOCPN_OK(qocpn_wait(q, &q->adm));
    while (qocpn_reap(q, &q->io, &cqe)) {
        if (QOCPN_SC(cqe)) {
            QOCPN_STATUS(cqe, NVME_SC_ABORT_SQ_DELETED);
        }
        got++;
    }
    g_assert_cmpuint(got, ==, 16);
    qocpn_idle(q, 5);
    g_assert_false(qocpn_peek(q, &q->io, &cqe));
    QOCPN_OK(qocpn_delete_cq(q, 1));
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

/* SQHD tells how far the ring was fetched, for every completion. */
static void sq_head_pointer(void)
{
    QOcpn *q = start();

    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 7, 1));
    for (unsigned i = 0; i < 30; i++) {
        QOcpnCqe cqe = qocpn_io(q, &(QOcpnCmd) FLUSH);

        QOCPN_OK(cqe);
        g_assert_cmphex(cqe.sqhd, ==, (i + 1) % 7);
        g_assert_cmphex(cqe.dw0, ==, 0);
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "illegal queues are refused with the right status", refusals },
    { "each refused queue has an Error Information entry", refusals_logged,
      "hw/nvme keeps no Error Information" },
    { "illegal completion queue identifiers are refused", bad_cqids,
      "hw/nvme answers Completion Queue Invalid" },
    { "an SQ identifier in use is refused", sq_in_use },
    { "queues need 64-byte and 16-byte entries", entry_sizes },
    { "queues of every size wrap", sizes_and_wraps },
    { "a full completion queue holds the drive back", completion_queue_full },
    { "three submission queues share a completion queue",
      shared_completion_queue },
    { "all queue pairs work at once", all_queues },
    { "a queue made again starts afresh", recreated_queue },
    { "deleting a queue ends its reads first", delete_with_reads },
    { "every completion carries the submission queue head", sq_head_pointer },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "queue", tests, ARRAY_SIZE(tests));
}
