/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of an open-channel drive, and the I/O of each that fails.
 * Static functions of one test.
 */
#ifndef TESTS_QTEST_OCP_NVME_WERROR_CHUNK_H
#define TESTS_QTEST_OCP_NVME_WERROR_CHUNK_H

#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn-errors.h"

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

#endif
