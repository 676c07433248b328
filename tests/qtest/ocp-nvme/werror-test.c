/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what a host and QEMU's user see of an I/O that fails, for each
 * command of a conventional drive, each kind of error and each policy.
 * Proves: docs/user-guide.rst, "When the drive fails"; NVMe Base 2.0, "Error
 * Information"; NVM Command Set 1.0, "Status Code" (2/80, 2/81, 0/81).
 */
#include "qemu/osdep.h"
#include "qocpn-errors.h"

#define OURS        "hw/nvme has other statuses"
#define BLOCK       4096
#define NLB         8
#define LBA         64          /* what commands are about ... */
#define COPY        128         /* ... and where Copy copies it */
#define COPY_LIST   (16 * BLOCK)        /* in q->buf */
#define MEDIA       0x200       /* status code type 2 */

/* A command, and the I/O of it that fails. */
typedef struct Case {
    const char *name;
    uint8_t opc;
    const char *iotype;
    int64_t lba;                /* -1: anywhere */
    uint16_t error, nospace;    /* its status for EIO and others; ENOSPC */
} Case;

static const Case cases[] = {
    { "Read", NVME_IO_READ, "read", LBA + 3, 0x281, 0x281 },
    { "Compare", NVME_IO_COMPARE, "read", LBA + 7, 0x281, 0x281 },
    { "Verify", NVME_IO_VERIFY, "read", LBA, 0x281, 0x281 },
    { "Copy, reading", NVME_IO_COPY, "read", LBA + 1, 0x281, 0x281 },
    { "Copy, writing", NVME_IO_COPY, "write", COPY + 1, 0x280, 0x081 },
    { "Write", NVME_IO_WRITE, "write", LBA + 2, 0x280, 0x081 },
    { "Write Zeroes", NVME_IO_WRITE_ZEROES, "write-zeroes", LBA, 0x280,
      0x081 },
    { "Dataset Management", NVME_IO_DSM, "write-zeroes", LBA, 0x280, 0x081 },
    { "Write Uncorrectable", NVME_IO_WRITE_UNCOR, "write", -1, 0x280,
      0x280 },                  /* of a table */
    { "Flush", NVME_IO_FLUSH, "flush", -1, 0x006, 0x081 },
};

typedef struct Drive {
    QOcpn *q;
    char *file;
    uint64_t data;              /* where block 0 is in the image */
    uint8_t bytes[NLB * BLOCK]; /* of LBA */
} Drive;

static const char *operation(const Case *k)
{
    return g_str_equal(k->iotype, "read") ? "read" : "write";
}

static uint16_t status_of(const Case *k, int error)
{
    return error == ENOSPC ? k->nospace : k->error;
}

static void open_drive(Drive *d, const char *props)
{
    QOcpnSetup s = { .lba_size = BLOCK, .props = props };

    d->file = qocpn_image(&s);
    d->data = qocpn_errors_region(d->file, QOCPN_REGION_DATA);
    d->q = qocpn_errors_start(&s, d->file);
}

static void close_drive(Drive *d)
{
    qocpn_stop(d->q);
    qocpn_image_free(d->file);
}

/* What LBA is before each command. */
static void prepare(Drive *d, uint32_t seed)
{
    qocpn_pattern(d->bytes, sizeof(d->bytes), seed);
    QOCPN_OK(qocpn_write(d->q, LBA, NLB, d->bytes, NULL));
}

static void fail(Drive *d, const Case *k, int error, unsigned times)
{
    qocpn_errors_set_one(d->q, k->iotype, error, k->lba < 0 ? QOCPN_ANYWHERE
                         : (int64_t)d->data + k->lba * BLOCK, times);
    if (k->opc == NVME_IO_FLUSH) {
        prepare(d, 3);          /* QEMU flushes no node without writes */
    }
}

static void put_lists(Drive *d)
{
    uint8_t range[32] = { 0 };

    stq_le_p(range + 8, LBA);
    stw_le_p(range + 16, NLB - 1);
    qtest_memwrite(d->q->qts, d->q->buf + COPY_LIST, range, sizeof(range));
    memset(range, 0, sizeof(range));
    stl_le_p(range + 4, NLB);
    stq_le_p(range + 8, LBA);
    qtest_memwrite(d->q->qts, d->q->buf + COPY_LIST + BLOCK, range,
                   sizeof(range));
}

/* The command; its data is that of LBA, or becomes it. */
static uint16_t post(Drive *d, const Case *k)
{
    QOcpn *q = d->q;
    QOcpnCmd cmd = qocpn_rw(k->opc, LBA, NLB);
    uint16_t cid;

    put_lists(d);
    switch (k->opc) {
    case NVME_IO_READ:
    case NVME_IO_WRITE:
    case NVME_IO_COMPARE:
        qtest_memwrite(q->qts, q->buf, d->bytes, sizeof(d->bytes));
        if (k->opc == NVME_IO_READ) {
            qtest_memset(q->qts, q->buf, 0xbb, sizeof(d->bytes));
        }
        qocpn_prp(q, &cmd, q->buf, NLB * BLOCK, q->list);
        break;
    case NVME_IO_COPY:
        cmd.cdw10 = COPY;
        cmd.cdw12 = 0;
        cmd.prp1 = q->buf + COPY_LIST;
        break;
    case NVME_IO_DSM:
        cmd.cdw10 = 0;
        cmd.cdw11 = 4;
        cmd.cdw12 = 0;
        cmd.prp1 = q->buf + COPY_LIST + BLOCK;
        break;
    case NVME_IO_FLUSH:
        cmd = (QOcpnCmd) { .opc = k->opc, .nsid = 1 };
        break;
    }
    cid = qocpn_post(q, &q->io, &cmd);
    qocpn_ring(q, &q->io);
    return cid;
}

/* The command has done what it is there for. */
static void expect_done(Drive *d, const Case *k)
{
    uint8_t got[NLB * BLOCK];

    switch (k->opc) {
    case NVME_IO_READ:
        qtest_memread(d->q->qts, d->q->buf, got, sizeof(got));
        g_assert_cmpmem(got, sizeof(got), d->bytes, sizeof(d->bytes));
        break;
    case NVME_IO_COPY:
        qocpn_expect(d->q, COPY, NLB, d->bytes);
        break;
    case NVME_IO_WRITE_ZEROES:
    case NVME_IO_DSM:
        qocpn_expect_zero(d->q, LBA, NLB);
        break;
    case NVME_IO_WRITE_UNCOR:
        QOCPN_STATUS(qocpn_read(d->q, LBA, NLB, got, NULL), 0x281);
        break;
    default:
        qocpn_expect(d->q, LBA, NLB, d->bytes);
        break;
    }
}

typedef struct Counts {
    uint64_t media, uncorrectable, errors;
} Counts;

static Counts counts(QOcpn *q)
{
    uint8_t smart[512], c0[512], error[64];

    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, smart, 512), ==,
                    0);
    g_assert_cmphex(qocpn_get_log(q, 0xc0, QOCPN_ALL_NS, 0, c0, 512), ==, 0);
    g_assert_cmphex(qocpn_get_log(q, 0x01, QOCPN_ALL_NS, 0, error, 64), ==,
                    0);
    return (Counts) { ldq_le_p(smart + 160), ldq_le_p(c0 + 56),
                      ldq_le_p(error) };
}

/* Counters, and the Error Information of command CID, byte by byte. */
static void expect_logged(Drive *d, const Counts *was, const Case *k,
                          uint16_t cid, uint16_t status)
{
    Counts now = counts(d->q);
    bool media = status >> 8 == MEDIA >> 8;
    uint8_t error[64];

    g_assert_cmpuint(now.media - was->media, ==, media);
    g_assert_cmpuint(now.uncorrectable - was->uncorrectable, ==,
                     status == 0x281);
    g_assert_cmpuint(now.errors - was->errors, ==, 1);
    g_assert_cmphex(qocpn_get_log(d->q, 0x01, QOCPN_ALL_NS, 0, error, 64), ==,
                    0);
    g_assert_cmpuint(lduw_le_p(error + 8), ==, d->q->io.id);
    g_assert_cmpuint(lduw_le_p(error + 10), ==, cid);
    g_assert_cmphex(lduw_le_p(error + 12) >> 1 & 0x7ff, ==, status);
    g_assert_cmphex(lduw_le_p(error + 14), ==, 0xffff);
    g_assert_cmphex(ldq_le_p(error + 16), ==, media ? LBA : 0);
    g_assert_cmphex(ldl_le_p(error + 24), ==, 1);
}

/* It fails once with STATUS, and only it. */
static void expect_reported(Drive *d, const Case *k, int error)
{
    uint16_t status = status_of(k, error), cid;
    Counts was;
    QOcpnCqe cqe;

    prepare(d, error + k->opc);
    was = counts(d->q);
    fail(d, k, error, 1);
    cid = post(d, k);
    cqe = qocpn_wait(d->q, &d->q->io);
    g_assert_cmpuint(cqe.cid, ==, cid);
    g_test_message("%s, errno %d: status %03x", k->name, error,
                   QOCPN_SC(cqe));
    QOCPN_STATUS(cqe, status);
    expect_logged(d, &was, k, cid, status);
    qocpn_errors_pending(d->q, &d->q->io);
    g_assert_true(qocpn_errors_state(d->q, "running"));
    prepare(d, 2);
    post(d, k);
    QOCPN_OK(qocpn_wait(d->q, &d->q->io));
    expect_done(d, k);
}

/* The VM stops until the fault has gone; then the command is done, once. */
static void expect_stops(Drive *d, const Case *k, int error)
{
    /* A VM that stops flushes; a node that cannot be is not reopened. */
    const unsigned stops = k->opc == NVME_IO_FLUSH ? 1 : 3;
    Counts was, now;
    QOcpnCqe cqe;
    uint16_t cid;

    prepare(d, error + k->opc);
    was = counts(d->q);
    fail(d, k, error, stops == 1);
    cid = post(d, k);
    g_test_message("%s, errno %d", k->name, error);
    for (unsigned i = 1; i <= stops; i++) {
        qocpn_errors_stopped(d->q, operation(k), error);
        qocpn_errors_pending(d->q, &d->q->io);
        if (i == stops) {
            qocpn_errors_clear(d->q);
        }
        qocpn_errors_cont(d->q);
    }
    cqe = qocpn_wait(d->q, &d->q->io);
    QOCPN_OK(cqe);
    g_assert_cmpuint(cqe.cid, ==, cid);
    qocpn_errors_pending(d->q, &d->q->io);
    expect_done(d, k);
    if (k->opc != NVME_IO_WRITE_UNCOR) {    /* to see that, a read failed */
        now = counts(d->q);
        g_assert_cmpmem(&now, sizeof(now), &was, sizeof(was));
    }
}

static void each(const char *props, int error,
                 void (*expect)(Drive *d, const Case *k, int error))
{
    Drive d;

    open_drive(&d, props);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        expect(&d, &cases[i], error);
    }
    close_drive(&d);
}

static void reported(void)
{
    static const int errors[] = { EIO, ENOSPC, EREMOTEIO, ENOMEDIUM };

    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        each(",rerror=report,werror=report", errors[i], expect_reported);
    }
}

static void stopped(void)
{
    each(",rerror=stop,werror=stop", EIO, expect_stops);
    each(",rerror=stop,werror=stop", ENOSPC, expect_stops);
}

/* Which is also what auto means. */
static void enospc_writes(Drive *d, const Case *k, int error)
{
    if (g_str_equal(operation(k), "write") && error == ENOSPC) {
        expect_stops(d, k, error);
    } else {
        expect_reported(d, k, error);
    }
}

static void enospc(void)
{
    each(",werror=enospc", ENOSPC, enospc_writes);
    each("", EIO, enospc_writes);
    each("", ENOSPC, enospc_writes);
}

/* The command ends well, whatever it did. */
static void expect_ignored(Drive *d, const Case *k, int error)
{
    Counts was, now;

    prepare(d, 5);
    was = counts(d->q);
    fail(d, k, error, k->opc == NVME_IO_FLUSH);
    post(d, k);
    if (k->opc == NVME_IO_COMPARE) {    /* with nothing that was read */
        QOCPN_STATUS(qocpn_wait(d->q, &d->q->io), 0x285);
        was = counts(d->q);
    } else {
        QOCPN_OK(qocpn_wait(d->q, &d->q->io));
    }
    g_assert_true(qocpn_errors_state(d->q, "running"));
    now = counts(d->q);
    g_assert_cmpmem(&now, sizeof(now), &was, sizeof(was));
    qocpn_errors_clear(d->q);
}

static void ignored(void)
{
    each(",rerror=ignore,werror=ignore", EIO, expect_ignored);
    each(",rerror=ignore,werror=ignore", ENOSPC, expect_ignored);
}

static const QOcpnTest tests[] = {
    { "report: the command fails, its error is logged and counted", reported,
      OURS },
    { "stop: the VM stops until the command succeeds", stopped, OURS },
    { "enospc: the VM stops for a full medium only", enospc, OURS },
    { "ignore: the command succeeds", ignored, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "werror", tests, ARRAY_SIZE(tests));
}
