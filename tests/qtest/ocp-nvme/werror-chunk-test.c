/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what a host of an open-channel drive sees of an I/O that fails: its
 * status and bitmap, and what has become of the chunk.
 * Proves: docs/user-guide.rst, "When the drive fails"; OCSSD 2.0, "Write",
 * "Vector Chunk Write", "Read", "Vector Chunk Read", "Vector Chunk Copy",
 * "Vector Chunk Reset", "Chunk Information".
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn-errors.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"
#define GEOMETRY    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 " \
                    "--ws-min 4 --ws-opt 8 --mw-cunits 0"
#define BLOCK       4096
#define CLBA        96
#define UNIT        8

/* Addresses of chunks, and their indexes; SRC is full, A has a unit. */
enum { A = 0x0000, B = 0x0080, SRC = 0x0100 };
#define INDEX(lba)  ((lba) >> 7)

/* The command that meets the failing I/O. */
typedef enum What {
    WRITE, VECTOR_WRITE, VECTOR_COPY, READ, VECTOR_READ, RESET, DEALLOCATE,
} What;

typedef struct Case {
    const char *name;
    What what;
    const char *iotype;
    enum { DATA_A, DATA_SRC, TABLE, ANY } at;
    uint16_t status;            /* of a failure */
    uint64_t bitmap;
    uint8_t cs;                 /* of chunk A then ... */
    uint16_t wp;                /* ... and its write pointer */
    bool media;                 /* it is a media error, of LBA ... */
    uint64_t lba;
} Case;

static const Case cases[] = {
    { "Write, data", WRITE, "write", DATA_A, 0x2f1, 0, OCSSD_CS_CLOSED, UNIT,
      true, A + UNIT },
    { "Write, table", WRITE, "write", TABLE, 0x280, 0, OCSSD_CS_OPEN,
      2 * UNIT, true, A + UNIT },
    { "Vector Write, data", VECTOR_WRITE, "write", DATA_A, 0x2f1, 0xff,
      OCSSD_CS_CLOSED, UNIT, true, A + UNIT },
    { "Vector Write, table", VECTOR_WRITE, "write", TABLE, 0x280, 0xffff,
      OCSSD_CS_OPEN, 2 * UNIT, true, A + UNIT },
    { "Vector Copy, reading", VECTOR_COPY, "read", DATA_SRC, 0x281, 0xff,
      OCSSD_CS_CLOSED, UNIT, true, A + UNIT },
    { "Vector Copy, writing", VECTOR_COPY, "write", DATA_A, 0x2f1, 0xff,
      OCSSD_CS_CLOSED, UNIT, true, A + UNIT },
    { "Read", READ, "read", DATA_SRC, 0x281, 0, OCSSD_CS_OPEN, UNIT, true,
      SRC },
    { "Vector Read", VECTOR_READ, "read", DATA_SRC, 0x281, 0xf0,
      OCSSD_CS_OPEN, UNIT, true, SRC + 4 },
    { "Vector Reset, table", RESET, "write", ANY, 0x280, 0, OCSSD_CS_FREE, 0,
      true, A },
    { "Vector Reset, data", RESET, "discard", ANY, 0, 0, OCSSD_CS_FREE, 0,
      false, 0 },
    { "Deallocate, table", DEALLOCATE, "write", ANY, 0x280, 0, OCSSD_CS_FREE,
      0, true, A },
};

typedef struct Drive {
    QOcpn *q;
    char *file;
    uint64_t data, table;       /* bytes of the image */
    uint8_t src[UNIT * BLOCK], a[UNIT * BLOCK];
} Drive;

static void open_drive(Drive *d, const char *props)
{
    g_autofree char *all = g_strconcat(",early-reset=on", props, NULL);
    QOcpnSetup s = { .open_channel = true, .geometry = GEOMETRY,
                     .props = all };

    d->file = qocpn_image(&s);
    d->data = qocpn_errors_region(d->file, QOCPN_REGION_DATA);
    d->table = qocpn_errors_region(d->file, QOCPN_REGION_CHUNKS);
    d->q = qocpn_errors_start(&s, d->file);
    qocpn_pattern(d->src, sizeof(d->src), 1);
    qocpn_pattern(d->a, sizeof(d->a), 2);
    for (unsigned i = 0; i < CLBA; i += UNIT) {
        QOCPN_OK(qocpn_write(d->q, SRC + i, UNIT, d->src, NULL));
    }
}

static void close_drive(Drive *d)
{
    qocpn_stop(d->q);
    qocpn_image_free(d->file);
}

static void expect_chunk(QOcpn *q, uint64_t lba, uint8_t cs, uint64_t wp)
{
    QOcpnChunk k = qocpn_chunk(q, INDEX(lba));

    g_assert_cmphex(k.cs, ==, cs);
    g_assert_cmphex(k.wp, ==, wp);
    g_assert_cmphex(k.cnlb, ==, CLBA);
}

/* A is Open with a unit of data, B is Free. */
static void prepare(Drive *d)
{
    static const uint64_t lba[] = { A, B };

    for (unsigned i = 0; i < 2; i++) {
        if (qocpn_chunk(d->q, INDEX(lba[i])).cs != OCSSD_CS_FREE) {
            QOCPN_OK(qocpn_chunk_reset(d->q, lba[i]));
        }
    }
    QOCPN_OK(qocpn_write(d->q, A, UNIT, d->a, NULL));
    expect_chunk(d->q, A, OCSSD_CS_OPEN, UNIT);
}

static void fail(Drive *d, const Case *k, int error, unsigned times)
{
    const int64_t data = d->data;
    QOcpnFault f[2] = { { k->iotype, error, QOCPN_ANYWHERE, times } };

    switch (k->at) {
    case DATA_A:
        f[0].at = data + (A + 2 * UNIT - 1) * BLOCK;
        break;
    case DATA_SRC:
        f[0].at = data + (INDEX(SRC) * CLBA + UNIT - 1) * BLOCK;
        break;
    case TABLE:                 /* a page's slots take turns */
        f[1] = f[0];
        f[0].at = d->table;
        f[1].at = d->table + QOCPN_SLOT;
        break;
    case ANY:
        break;
    }
    qocpn_errors_set(d->q, f, k->at == TABLE ? 2 : 1);
}

/* UNIT addresses from each of FIRST and SECOND, or only the first ones. */
static void put_list(QOcpn *q, uint64_t at, uint64_t first, uint64_t second)
{
    for (unsigned i = 0; i < UNIT; i++) {
        qtest_writeq(q->qts, at + 8 * i, first + i);
        qtest_writeq(q->qts, at + 8 * (UNIT + i), second + i);
    }
}

/* A vector command of N entries: A behind its unit, and B; or of SRC. */
static QOcpnCmd vector(Drive *d, uint8_t opc, unsigned n, bool source)
{
    QOcpn *q = d->q;
    uint64_t list = q->md;
    QOcpnCmd cmd = { .opc = opc, .nsid = 1, .cdw10 = list,
                     .cdw11 = list >> 32, .cdw12 = n - 1 };

    put_list(q, list, source ? A : A + UNIT, source ? SRC + UNIT - 4 : B);
    return cmd;
}

static QOcpnCmd make(Drive *d, What what)
{
    QOcpn *q = d->q;
    QOcpnCmd cmd = { .nsid = 1 };
    uint8_t range[16] = { 0 };

    switch (what) {
    case WRITE:
        cmd = qocpn_rw(NVME_IO_WRITE, A + UNIT, UNIT);
        break;
    case READ:
        cmd = qocpn_rw(NVME_IO_READ, SRC, UNIT);
        break;
    case VECTOR_WRITE:          /* to A, and to B */
        cmd = vector(d, OCSSD_IO_VECTOR_WRITE, 2 * UNIT, false);
        break;
    case VECTOR_READ:           /* four blocks of A, four of SRC */
        cmd = vector(d, OCSSD_IO_VECTOR_READ, UNIT, true);
        for (unsigned i = 0; i < UNIT; i++) {
            qtest_writeq(q->qts, q->md + 8 * i, (i < 4 ? A : SRC) + i);
        }
        break;
    case VECTOR_COPY:
        cmd = vector(d, OCSSD_IO_VECTOR_COPY, UNIT, true);
        put_list(q, q->md, SRC, SRC);
        put_list(q, q->md + 1024, A + UNIT, B);
        cmd.cdw14 = q->md + 1024;
        cmd.cdw15 = (q->md + 1024) >> 32;
        break;
    case RESET:
        cmd = (QOcpnCmd) { .opc = OCSSD_IO_VECTOR_RESET, .nsid = 1,
                           .cdw10 = A };
        return cmd;
    case DEALLOCATE:
        stl_le_p(range + 4, CLBA);
        stq_le_p(range + 8, A);
        qtest_memwrite(q->qts, q->buf, range, sizeof(range));
        return (QOcpnCmd) { .opc = NVME_IO_DSM, .nsid = 1, .prp1 = q->buf,
                            .cdw11 = 4 };
    }
    qocpn_prp(q, &cmd, q->buf, (what == VECTOR_WRITE ? 2 : 1) * UNIT * BLOCK,
              q->list);
    if (what == VECTOR_COPY) {
        cmd.prp1 = cmd.prp2 = 0;
    }
    return cmd;
}

/* Both halves of what is written are as SRC is. */
static uint16_t post(Drive *d, const Case *k)
{
    QOcpnCmd cmd;
    uint16_t cid;

    for (unsigned i = 0; i < 2; i++) {
        qtest_memwrite(d->q->qts, d->q->buf + i * sizeof(d->src), d->src,
                       sizeof(d->src));
    }
    cmd = make(d, k->what);
    cid = qocpn_post(d->q, &d->q->io, &cmd);
    qocpn_ring(d->q, &d->q->io);
    return cid;
}

static uint64_t bitmap(const QOcpnCqe *cqe)
{
    return (uint64_t)cqe->dw1 << 32 | cqe->dw0;
}

static uint64_t media_errors(QOcpn *q)
{
    uint8_t smart[512];

    g_assert_cmphex(qocpn_get_log(q, 0x02, QOCPN_ALL_NS, 0, smart, 512), ==,
                    0);
    return ldq_le_p(smart + 160);
}

/* Error Information says what the completion said, and where. */
static void expect_logged(Drive *d, const Case *k, uint16_t cid)
{
    uint8_t e[64];

    g_assert_cmphex(qocpn_get_log(d->q, 0x01, QOCPN_ALL_NS, 0, e, 64), ==, 0);
    g_assert_cmpuint(lduw_le_p(e + 10), ==, cid);
    g_assert_cmphex(lduw_le_p(e + 12) >> 1 & 0x7ff, ==, k->status);
    g_assert_cmphex(ldq_le_p(e + 16), ==, k->lba);
}

/* What A has up to its write pointer can be read, and SRC as before. */
static void expect_data(Drive *d)
{
    QOcpnChunk k = qocpn_chunk(d->q, INDEX(A));

    if (k.wp >= UNIT) {
        qocpn_expect(d->q, A, UNIT, d->a);
    }
    if (k.wp >= 2 * UNIT) {
        qocpn_expect(d->q, A + UNIT, UNIT, d->src);
    }
    if (qocpn_chunk(d->q, INDEX(B)).wp == UNIT) {
        qocpn_expect(d->q, B, UNIT, d->src);
    }
    qocpn_expect(d->q, SRC, UNIT, d->src);
}

static void expect_reported(Drive *d, const Case *k, int error)
{
    uint64_t media;
    QOcpnCqe cqe;
    uint16_t cid;

    prepare(d);
    media = media_errors(d->q);
    fail(d, k, error, 1);
    cid = post(d, k);
    cqe = qocpn_wait(d->q, &d->q->io);
    g_test_message("%s, errno %d: status %03x, bitmap %" PRIx64, k->name,
                   error, QOCPN_SC(cqe), bitmap(&cqe));
    QOCPN_STATUS(cqe, k->status);
    g_assert_cmphex(bitmap(&cqe), ==, k->bitmap);
    g_assert_cmpuint(media_errors(d->q) - media, ==, k->media);
    if (k->status) {
        expect_logged(d, k, cid);
    }
    expect_chunk(d->q, A, k->cs, k->wp);
    if (k->what == VECTOR_WRITE) {      /* the other chunk is well */
        expect_chunk(d->q, B, OCSSD_CS_OPEN, UNIT);
    }
    expect_data(d);
    qocpn_errors_clear(d->q);
}

static void reported(void)
{
    static const int errors[] = { EIO, ENOSPC, EREMOTEIO };

    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        Drive d;

        open_drive(&d, ",rerror=report,werror=report");
        for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
            expect_reported(&d, &cases[j], errors[i]);
        }
        close_drive(&d);
    }
}

/* As if nothing had failed. */
static void expect_well(Drive *d, const Case *k)
{
    switch (k->what) {
    case WRITE:
    case VECTOR_COPY:
    case VECTOR_WRITE:
        expect_chunk(d->q, A, OCSSD_CS_OPEN, 2 * UNIT);
        break;
    case READ:
    case VECTOR_READ:
        expect_chunk(d->q, A, OCSSD_CS_OPEN, UNIT);
        break;
    case RESET:
    case DEALLOCATE:
        expect_chunk(d->q, A, OCSSD_CS_FREE, 0);
        break;
    }
    expect_data(d);
}

static void expect_stops(Drive *d, const Case *k, int error)
{
    const char *operation = g_str_equal(k->iotype, "read") ? "read" : "write";
    uint64_t media;
    QOcpnCqe cqe;
    uint16_t cid;

    prepare(d);
    media = media_errors(d->q);
    fail(d, k, error, 0);
    cid = post(d, k);
    g_test_message("%s, errno %d", k->name, error);
    for (unsigned i = 0; i < 2; i++) {
        qocpn_errors_stopped(d->q, operation, error);
        qocpn_errors_pending(d->q, &d->q->io);
        if (i == 1) {
            qocpn_errors_clear(d->q);
        }
        qocpn_errors_cont(d->q);
    }
    cqe = qocpn_wait(d->q, &d->q->io);
    QOCPN_OK(cqe);
    g_assert_cmpuint(cqe.cid, ==, cid);
    g_assert_cmphex(bitmap(&cqe), ==, 0);
    qocpn_errors_pending(d->q, &d->q->io);
    g_assert_cmpuint(media_errors(d->q), ==, media);
    expect_well(d, k);
}

static void stopped(void)
{
    Drive d;

    open_drive(&d, ",rerror=stop,werror=stop");
    for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
        expect_stops(&d, &cases[j], j & 1 ? ENOSPC : EIO);
    }
    close_drive(&d);
}

static void enospc(void)
{
    Drive d;

    open_drive(&d, "");
    for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
        expect_reported(&d, &cases[j], EIO);
        if (g_str_equal(cases[j].iotype, "read")) {
            expect_reported(&d, &cases[j], ENOSPC);
        } else {
            expect_stops(&d, &cases[j], ENOSPC);
        }
    }
    close_drive(&d);
}

/* A table is written when it can be again, and its good slot stays till then. */
static void expect_table_kept(Drive *d)
{
    const QOcpnFault table = { "write", EIO, d->table, 0 };
    const QOcpnFault both[] = { table, { "write", EIO,
                                         d->table + QOCPN_SLOT, 0 } };

    prepare(d);
    qocpn_errors_set(d->q, both, ARRAY_SIZE(both));
    for (unsigned i = 1; i <= 3; i++) {
        QOCPN_OK(qocpn_write(d->q, A + i * UNIT, UNIT, d->src, NULL));
    }
    expect_chunk(d->q, A, OCSSD_CS_OPEN, 4 * UNIT);
    qocpn_errors_clear(d->q);
    qocpn_stop(d->q);
    d->q = qocpn_errors_start(&(QOcpnSetup) { .open_channel = true },
                              d->file);
    expect_chunk(d->q, A, OCSSD_CS_OPEN, 4 * UNIT);
    expect_data(d);
}

static void ignored(void)
{
    Drive d;

    open_drive(&d, ",rerror=ignore,werror=ignore");
    for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
        const Case *k = &cases[j];

        prepare(&d);
        fail(&d, k, EIO, 0);
        post(&d, k);
        QOCPN_OK(qocpn_wait(d.q, &d.q->io));
        qocpn_errors_clear(d.q);
        g_assert_true(qocpn_errors_state(d.q, "running"));
    }
    expect_table_kept(&d);
    close_drive(&d);
}

static const QOcpnTest tests[] = {
    { "report: status, bitmap and chunk", reported, NOT_NVME },
    { "stop: the VM stops until the command succeeds", stopped, NOT_NVME },
    { "enospc: the VM stops for a full medium only", enospc, NOT_NVME },
    { "ignore: the command succeeds", ignored, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "werror-chunk", tests, ARRAY_SIZE(tests));
}
