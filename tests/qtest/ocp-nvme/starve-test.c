/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a guest that does its worst with its queues cannot starve its other
 * queues, the admin queue or QEMU: each run of a queue has a budget.
 */
#include "qemu/osdep.h"
#include <sys/mman.h>
#include <glib/gstdio.h>
#include "qemu/atomic.h"
#include "qocpn-shadow.h"

#define FLUSH       { .opc = NVME_IO_FLUSH, .nsid = 1 }

#define CROWD       1000        /* commands of the queue that is in the way */
#define RING        1024        /* entries */
#define RAM_BYTES   (128 * MiB) /* of the guest */

/* Two queue pairs beside queue 1, with SIZE entries. */
static void two_more(QOcpn *q, QOcpnQueue *two, QOcpnQueue *three,
                     uint16_t size)
{
    QOCPN_OK(qocpn_create_pair(q, two, 2, size, 2));
    QOCPN_OK(qocpn_create_pair(q, three, 3, size, 3));
}

/* Queue 1, queue 3 and the admin queue still work. */
static void others_work(QOcpn *q, QOcpnQueue *three)
{
    uint8_t id[4096];

    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) FLUSH));
    QOCPN_OK(qocpn_cmd(q, three, &(QOcpnCmd) FLUSH));
    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    qtest_qmp_assert_success(q->qts, "{'execute': 'query-status'}");
}

/* Doorbells by the hundred, which say nothing new. */
static void doorbell_storm(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnQueue two, three;

    two_more(q, &two, &three, 64);
    for (unsigned i = 0; i < 20; i++) {
        for (unsigned k = 0; k < 200; k++) {
            qocpn_ring(q, k % 2 ? &two : &three);
            qocpn_free_slots(q, k % 3 ? &two : &three);
        }
        others_work(q, &three);
        QOCPN_OK(qocpn_cmd(q, &two, &(QOcpnCmd) FLUSH));
    }
    qocpn_stop(q);
}

/* A host that does not look at its completions gets no more of them. */
static void full_completion_queue(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnQueue two, three, more[4];
    QOcpnCqe cqe;
    unsigned sent = 0;

    two_more(q, &two, &three, 16);
    for (unsigned i = 0; i < ARRAY_SIZE(more); i++) {
        qocpn_queue_init(q, &more[i], 4 + i, 64);
        QOCPN_OK(qocpn_create_sq(q, &more[i], 2));
        for (unsigned k = 0; k < 63; k++, sent++) {
            qocpn_post(q, &more[i], &(QOcpnCmd) FLUSH);
        }
        qocpn_ring(q, &more[i]);
    }
    for (unsigned i = 0; i < 200; i++) {
        others_work(q, &three);
        qocpn_ring(q, &more[i % ARRAY_SIZE(more)]);
    }
    /* Fifteen of sixteen slots are used, and the first is not written. */
    for (unsigned i = 0; i < 15; i++, sent--) {
        QOCPN_UNTIL(q, qocpn_take(q, &two, &cqe));
        QOCPN_OK(cqe);
    }
    qocpn_idle(q, 2);
    g_assert_false(qocpn_peek(q, &two, &cqe));
    qocpn_free_slots(q, &two);
    while (sent--) {
        QOCPN_OK(qocpn_wait(q, &two));
    }
    qocpn_idle(q, 2);
    g_assert_false(qocpn_peek(q, &two, &cqe));
    qocpn_stop(q);
}

/*
 * One queue full of CMD, another with a single one, both on completion queue
 * 1, which tells the order.  Both are rung before the drive may look, and
 * null-co does what it is told in order.
 */
static void crowd_of(QOcpn *q, const QOcpnCmd *cmd)
{
    QOcpnQueue many, one, cq;
    unsigned place = CROWD + 1;

    qocpn_queue_init(q, &cq, 1, 2 * RING);
    QOCPN_OK(qocpn_create_cq(q, &cq, 1));
    qocpn_queue_init(q, &many, 1, RING);
    qocpn_queue_init(q, &one, 2, 16);
    QOCPN_OK(qocpn_create_sq(q, &many, 1));
    QOCPN_OK(qocpn_create_sq(q, &one, 1));
    qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
    for (unsigned i = 0; i < CROWD; i++) {
        qocpn_post(q, &many, cmd);
    }
    qocpn_ring(q, &many);
    qocpn_post(q, &one, cmd);
    qocpn_ring(q, &one);
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    for (unsigned i = 0; i < CROWD + 1; i++) {
        QOcpnCqe cqe = qocpn_wait(q, &cq);

        QOCPN_OK(cqe);
        if (cqe.sqid == 2) {
            place = i;
        }
    }
    g_test_message("after %u of %u commands of the other queue", place,
                   CROWD);
    g_assert_cmpuint(place, <, CROWD / 2);
    qocpn_stop(q);
}

static QOcpn *start_null(void)
{
    return qocpn_start(&(QOcpnSetup) {
        .node = "driver=null-co,size=67108864,read-zeroes=on",
        .props = ",auto-format=on,mode=conventional",
        .no_ioq = true,
    });
}

static void crowd_of_flushes(void)
{
    crowd_of(start_null(), &(QOcpnCmd) FLUSH);
}

/* As long as MDTS allows. */
static void crowd_of_reads(void)
{
    QOcpn *q = start_null();
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 1024);

    qocpn_prp(q, &read, q->buf, 512 * KiB, q->list);
    crowd_of(q, &read);
}

/* Submission queues of all threads' numbers share one completion queue. */
static void shared_completion_queue(void)
{
    enum { SQS = 8, EACH = 200 };
    QOcpn *q = qocpn_start(NULL);
    QOcpnQueue sq[SQS];
    unsigned got[SQS] = { 0 };
    uint8_t id[4096];

    for (unsigned i = 0; i < SQS; i++) {
        qocpn_queue_init(q, &sq[i], i + 2, EACH + 1);
        QOCPN_OK(qocpn_create_sq(q, &sq[i], 1));
        for (unsigned k = 0; k < EACH; k++) {
            qocpn_post(q, &sq[i], &(QOcpnCmd) FLUSH);
        }
    }
    for (unsigned i = 0; i < SQS; i++) {
        qocpn_ring(q, &sq[i]);
    }
    for (unsigned i = 0; i < SQS * EACH; i++) {
        QOcpnCqe cqe = qocpn_wait(q, &q->io);

        QOCPN_OK(cqe);
        g_assert_cmpuint(cqe.sqid, >=, 2);
        g_assert_cmpuint(cqe.sqid, <, 2 + SQS);
        got[(cqe.sqid - 2) % SQS]++;
        if (i % 100 == 0) {
            g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
        }
    }
    for (unsigned i = 0; i < SQS; i++) {
        g_assert_cmpuint(got[i], ==, EACH);
    }
    qocpn_stop(q);
}

/* ------------------------------------------------ a guest with a CPU */

/* Guest RAM in a file, so that a thread of this test can be the guest. */
typedef struct Guest {
    char *file;
    uint8_t *ram;
    uint32_t *tail, *head;      /* the shadow doorbells of queue 2 */
    unsigned size;
    bool end;
} Guest;

static QOcpn *start_shared(Guest *g)
{
    g_autofree char *args = NULL;
    QOcpn *q;
    int fd = g_file_open_tmp("ocp-nvme-ram-XXXXXX", &g->file, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, RAM_BYTES), ==, 0);
    g->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    g_assert_true(g->ram != MAP_FAILED);
    close(fd);
    args = g_strdup_printf("-machine memory-backend=ram0 -object "
                           "memory-backend-file,id=ram0,share=on,size=128M,"
                           "mem-path=%s", g->file);
    q = qocpn_start(&(QOcpnSetup) { .args = args });
    return q;
}

static void end_shared(Guest *g)
{
    munmap(g->ram, RAM_BYTES);
    g_unlink(g->file);
    g_free(g->file);
}

/* Work without end, and completions that nobody reads. */
static void *refill(void *opaque)
{
    Guest *g = opaque;
    uint32_t n = 0;

    while (!qatomic_read(&g->end)) {
        qatomic_set(g->tail, n % g->size);
        qatomic_set(g->head, (n + g->size / 2) % g->size);
        n++;
    }
    return NULL;
}

/* The others go on, and a reset ends it all. */
static void refilled(const QOcpnCmd *cmd)
{
    Guest g = { .size = 64 };
    QOcpn *q = start_shared(&g);
    QOcpnQueue two;
    QOcpnShadow s;
    GThread *thread;

    QOCPN_OK(qocpn_create_pair(q, &two, 2, g.size, 2));
    for (unsigned i = 0; i < g.size; i++) {
        qocpn_post(q, &two, cmd);
    }
    qocpn_shadow_start(&s, q);
    g.tail = (uint32_t *)(g.ram + s.db + 16);
    g.head = (uint32_t *)(g.ram + s.db + 20);
    thread = g_thread_new("refill", refill, &g);
    for (unsigned i = 0; i < 200; i++) {
        qocpn_ring(q, &two);
        qtest_qmp_assert_success(q->qts, "{'execute': 'query-status'}");
        QOCPN_OK(qocpn_shadow_cmd(&s, &q->io, &(QOcpnCmd) FLUSH));
        /* The admin queue has its doorbells, as with Linux. */
        QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_IDENTIFY, .prp1 = q->buf, .cdw10 = 1,
        }));
    }
    for (unsigned i = 0; i < 5; i++) {
        qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
        qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
        qocpn_ring(q, &two);
    }
    qocpn_disable(q);
    qatomic_set(&g.end, true);
    g_thread_join(thread);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
    end_shared(&g);
}

static void refilled_with_flushes(void)
{
    refilled(&(QOcpnCmd) FLUSH);
}

static void refilled_with_reads(void)
{
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, 8);

    read.prp1 = 16 * MiB;
    refilled(&read);
}

/* Refused at once: these never wait for anything. */
static void refilled_with_nonsense(void)
{
    refilled(&(QOcpnCmd) { .opc = 0x7f, .nsid = 77 });
}

#define LOST    "hw/nvme runs a queue until it is empty"

static const QOcpnTest tests[] = {
    { "doorbells in a tight loop leave time for others", doorbell_storm },
    { "a full completion queue holds nobody else up", full_completion_queue },
    { "a Flush overtakes a crowd of flushes", crowd_of_flushes, LOST },
    { "a Read overtakes a crowd of long reads", crowd_of_reads, LOST },
    { "queues of all threads share a completion queue",
      shared_completion_queue },
    { "a queue that refills itself with flushes leaves time for others",
      refilled_with_flushes, LOST },
    { "a queue that refills itself with reads leaves time for others",
      refilled_with_reads, LOST },
    { "a queue that refills itself with nonsense leaves time for others",
      refilled_with_nonsense, LOST },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "starve", tests, ARRAY_SIZE(tests));
}
