/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: data and metadata pointers of the vector commands that are wrong, or
 * that mean nothing.
 * Proves: OCSSD 2.0, "Vector Chunk Read", "Vector Chunk Write", "Vector Chunk
 * Reset", "Vector Chunk Copy"; NVMe Base 2.0, Metadata Pointer, Data Pointer.
 */
#include "qemu/osdep.h"
#include "qocpn-bad.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

/* A buffer of a page or more does not lie there. */
static void no_ram(QOcpnBad *d, uint64_t at[6])
{
    at[0] = QOCPN_NO_RAM;
    at[1] = QOCPN_NO_RAM_64;
    at[2] = QOCPN_MMIO;
    at[3] = d->q->bar.addr;
    at[4] = 1ull << 63;
    at[5] = UINT64_MAX - 0xfff;
}

#define NO_RAM  6

/* Wrong before anything is moved: the bitmap is 0.  VEC-R6 */
static void prps(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    const uint64_t b = d->q->buf, l = d->q->list;
    const struct {
        const char *what;
        uint64_t prp1, prp2;
        uint16_t status, where;
    } t[] = {
        { "PRP1 + 1", b + 1, l, NVME_SC_PRP_OFFSET_INVALID, BAD_AT_DPTR },
        { "PRP1 + 2", b + 2, l, NVME_SC_PRP_OFFSET_INVALID, BAD_AT_DPTR },
        { "list + 4", b, l + 4, NVME_SC_PRP_OFFSET_INVALID, BAD_AT_PRP2 },
        { "list in no RAM", b, QOCPN_NO_RAM, NVME_SC_DATA_TRANSFER_ERROR,
          BAD_NOWHERE },
        { "list in MMIO", b, QOCPN_MMIO, NVME_SC_DATA_TRANSFER_ERROR,
          BAD_NOWHERE },
        { "list in BAR0", b, d->q->bar.addr, NVME_SC_DATA_TRANSFER_ERROR,
          BAD_NOWHERE },
        { "list at the end", b, UINT64_MAX - 7, NVME_SC_DATA_TRANSFER_ERROR,
          BAD_NOWHERE },
    };

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(t); i++) {
        const unsigned k = i / 2;
        QOcpnCmd cmd = i & 1
            ? qocpn_bad_four(d, OCSSD_IO_VECTOR_READ, BAD_CLOSED)
            : qocpn_bad_four(d, OCSSD_IO_VECTOR_WRITE, BAD_FREE);

        cmd.prp1 = t[k].prp1;
        cmd.prp2 = t[k].prp2;
        qocpn_bad_expect(d, t[k].what, &cmd,
                         WANT(t[k].status, t[k].where, 0));
    }
    qocpn_bad_stop(d);
}

/* SGLs: the list of addresses stays flat.  OCSSD-CASE-106 VEC-R2 */
static void sgls(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    const uint32_t len = 4 * BAD_BLOCK;
    const struct {
        const char *what;
        uint8_t type;
        uint32_t len;
        uint16_t status;
    } t[] = {
        { "keyed", QOCPN_SGL_KEYED, len, NVME_SC_SGL_TYPE_INVALID },
        { "transport", QOCPN_SGL_TRANSPORT, len, NVME_SC_SGL_TYPE_INVALID },
        { "a subtype", QOCPN_SGL_DATA | 1, len, NVME_SC_SGL_TYPE_INVALID },
        { "too short", QOCPN_SGL_DATA, len - 1,
          NVME_SC_SGL_DATA_LEN_INVALID },
        { "a segment of 8", QOCPN_SGL_SEGMENT, 8,
          NVME_SC_SGL_SEGMENT_INVALID },
        { "an empty segment", QOCPN_SGL_LAST_SEGMENT, 0,
          NVME_SC_SGL_SEGMENT_INVALID },
    };

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(t); i++) {
        const unsigned k = i / 2;
        QOcpnCmd cmd = i & 1
            ? qocpn_bad_four(d, OCSSD_IO_VECTOR_READ, BAD_CLOSED)
            : qocpn_bad_four(d, OCSSD_IO_VECTOR_WRITE, BAD_FREE);

        qocpn_sgl1(&cmd, t[k].type, d->q->buf, t[k].len);
        qocpn_bad_expect(d, t[k].what, &cmd,
                         WANT(t[k].status, BAD_AT_DPTR, 0));
        qocpn_sgl1(&cmd, QOCPN_SGL_DATA, d->q->buf, len);
        if (i & 1) {
            qocpn_bad_expect(d, "good", &cmd, WANT_OK);
        }
    }
    qocpn_bad_stop(d);
}

/* Data that shall go where no RAM is. */
static void read_out_of_ram(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    uint64_t at[NO_RAM];

    no_ram(d, at);
    for (unsigned i = 0; i < NO_RAM; i++) {
        const uint64_t lba[2] = { BAD_CLOSED, BAD_FREE };
        QOcpnCmd cmd;

        for (unsigned k = 0; k < 2; k++) {      /* from the medium, or not */
            cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_READ, &lba[k], 1);
            cmd.prp1 = at[i];
            qocpn_bad_expect(d, "data in no RAM", &cmd,
                             WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE,
                                  1));
            cmd.prp1 = d->q->buf;
            cmd.mptr = at[i];
            qocpn_bad_expect(d, "metadata in no RAM", &cmd,
                             WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE,
                                  1));
        }
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_READ, lba, 2);
        cmd.prp1 = at[i];
        cmd.prp2 = d->q->buf;
        qocpn_bad_expect(d, "the first block's data in no RAM", &cmd,
                         WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE, 1));
    }
    qocpn_bad_stop(d);
}

static void expect_closed(QOcpnBad *d, unsigned index, uint64_t wp)
{
    QOcpnChunk c = qocpn_chunk(d->q, index);

    g_assert_cmphex(c.cs, ==, OCSSD_CS_CLOSED);
    g_assert_cmpuint(c.wp, ==, wp);
}

/*
 * Data or metadata that cannot be fetched: the blocks were accepted, so their
 * chunk closes at the blocks before them.  Other chunks of the command do not.
 */
static void write_out_of_ram(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    QOcpnCmd cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_WRITE, BAD_FREE);
    const uint64_t two[8] = {
        BAD_FREE2, BAD_FREE2 + 1, BAD_FREE2 + 2, BAD_FREE2 + 3,
        BAD_FREE3, BAD_FREE3 + 1, BAD_FREE3 + 2, BAD_FREE3 + 3,
    };
    QOcpnCqe cqe;

    cmd.mptr = QOCPN_MMIO;
    cqe = qocpn_io(d->q, &cmd);
    QOCPN_STATUS(cqe, NVME_SC_DATA_TRANSFER_ERROR);
    g_assert_cmphex(cqe.dw0, ==, 0xf);
    expect_closed(d, 3, 0);

    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, two, 8);
    for (unsigned i = 3; i < 7; i++) {      /* blocks 4 to 7 of the list */
        qtest_writeq(d->q->qts, cmd.prp2 + 8 * i,
                     QOCPN_NO_RAM + i * QOCPN_PAGE);
    }
    cqe = qocpn_io(d->q, &cmd);
    QOCPN_STATUS(cqe, NVME_SC_DATA_TRANSFER_ERROR);
    g_assert_cmpuint(QOCPN_DNR(cqe), ==, 1);
    g_assert_cmphex(cqe.dw0, ==, 0xf0);
    g_assert_cmphex(cqe.dw1, ==, 0);
    g_assert_cmphex(qocpn_chunk(d->q, 5).cs, ==, OCSSD_CS_OPEN);
    g_assert_cmpuint(qocpn_chunk(d->q, 5).wp, ==, 4);
    expect_closed(d, 10, 0);
    qocpn_bad_stop(d);
}

/* MPTR that is no dword, no SGL, or leads nowhere. */
static void metadata_pointer(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    const uint64_t md = d->q->md;

    for (unsigned i = 0; i < 2; i++) {
        QOcpnCmd cmd = i
            ? qocpn_bad_four(d, OCSSD_IO_VECTOR_READ, BAD_CLOSED)
            : qocpn_bad_four(d, OCSSD_IO_VECTOR_WRITE, BAD_FREE);

        for (cmd.mptr = md + 1; cmd.mptr < md + 4; cmd.mptr++) {
            qocpn_bad_expect(d, "MPTR + 1 to 3", &cmd,
                             WANT(NVME_SC_INVALID_FIELD, BAD_AT_MPTR, 0));
        }
        qocpn_sgl1(&cmd, QOCPN_SGL_DATA, d->q->buf, 4 * BAD_BLOCK);
        cmd.flags = 2 << 6;
        cmd.mptr = md + 4;
        qocpn_bad_expect(d, "PSDT 10b, MPTR + 4", &cmd,
                         WANT(NVME_SC_SGL_OFFSET_INVALID, BAD_AT_MPTR, 0));
        cmd.mptr = QOCPN_NO_RAM;
        qocpn_bad_expect(d, "PSDT 10b, MPTR in no RAM", &cmd,
                         WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE, 0));
        cmd.mptr = UINT64_MAX - 7;
        qocpn_bad_expect(d, "PSDT 10b, MPTR at the end", &cmd,
                         WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE, 0));
        qocpn_sgl(d->q, md, QOCPN_SGL_DATA, md + 64, 63);
        cmd.mptr = md;
        qocpn_bad_expect(d, "PSDT 10b, 63 bytes", &cmd,
                         WANT(NVME_SC_SGL_MD_LEN_INVALID, BAD_AT_MPTR, 0));
        qocpn_sgl(d->q, md, QOCPN_SGL_KEYED, md + 64, 64);
        qocpn_bad_expect(d, "PSDT 10b, a keyed one", &cmd,
                         WANT(NVME_SC_SGL_TYPE_INVALID, BAD_AT_MPTR, 0));
    }
    qocpn_bad_stop(d);
}

/* Blocks without metadata: MPTR says nothing.  OCSSD-CASE-105 */
static void no_metadata(void)
{
    QOcpnBad *d = qocpn_bad_start(0, NULL, NULL);
    uint64_t at[NO_RAM + 1];

    no_ram(d, at);
    at[NO_RAM] = 1;
    for (unsigned i = 0; i <= NO_RAM; i++) {
        QOcpnCmd cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_READ, BAD_CLOSED);

        cmd.mptr = at[i];
        qocpn_bad_expect(d, "MPTR without metadata", &cmd, WANT_OK);
        cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_WRITE, BAD_FREE2 + 4 * i);
        cmd.mptr = at[i];
        QOCPN_OK(qocpn_io(d->q, &cmd));
        qocpn_bad_accept(d);
    }
    qocpn_bad_stop(d);
}

/* Reset and Copy have no data; Copy has no metadata.  OCSSD-CASE-135 */
static void pointers_without_use(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    uint64_t at[NO_RAM], lba[1] = { BAD_FREE2 };

    no_ram(d, at);
    for (unsigned i = 0; i < NO_RAM; i++) {
        QOcpnCmd cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, lba, 1);

        cmd.prp1 = at[i] + 1;
        cmd.prp2 = at[i] + 3;
        qocpn_bad_expect(d, "data of a reset", &cmd,
                         WANT(OCSSD_SC_INVALID_RESET, BAD_NOWHERE, 1));
        cmd.flags = 1 << 6;
        qocpn_bad_expect(d, "SGL of a reset", &cmd,
                         WANT(OCSSD_SC_INVALID_RESET, BAD_NOWHERE, 1));
        cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_COPY, BAD_CLOSED);
        qocpn_bad_list(d, d->dst, (const uint64_t[]) {
            BAD_FREE2 + 4 * i, BAD_FREE2 + 4 * i + 1,
            BAD_FREE2 + 4 * i + 2, BAD_FREE2 + 4 * i + 3,
        }, 4);
        cmd.prp1 = at[i] + 1;
        cmd.prp2 = at[i] + 3;
        cmd.mptr = at[i] + 1;
        cmd.flags = i % 3 << 6;
        QOCPN_OK(qocpn_io(d->q, &cmd));
        qocpn_bad_accept(d);
        lba[0] = BAD_OPEN;
    }
    qocpn_bad_stop(d);
}

/*
 * Descriptors of a reset that cannot be sent: the reset is done nevertheless.
 * With blocks that have metadata, and with blocks that have none.  VR-R2
 */
static void reset_descriptors(unsigned ms)
{
    QOcpnBad *d = qocpn_bad_start(ms, NULL, NULL);
    const uint64_t free_chunk = BAD_FREE, closed = BAD_CLOSED;
    QOcpnCmd cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, &free_chunk, 1);
    uint64_t at[NO_RAM];

    no_ram(d, at);
    for (unsigned i = 0; i < NO_RAM; i++) {
        cmd.mptr = at[i];
        qocpn_bad_expect(d, "descriptors to no RAM", &cmd,
                         WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE, 0));
    }
    cmd.mptr = d->q->md + 2;
    qocpn_bad_expect(d, "MPTR + 2", &cmd,
                     WANT(NVME_SC_INVALID_FIELD, BAD_AT_MPTR, 0));
    cmd.mptr = UINT64_MAX - 7;
    qocpn_bad_expect(d, "MPTR at the end", &cmd,
                     WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE, 0));
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, &closed, 1);
    cmd.mptr = QOCPN_NO_RAM;
    QOCPN_STATUS(qocpn_io(d->q, &cmd), NVME_SC_DATA_TRANSFER_ERROR);
    g_assert_cmphex(qocpn_chunk(d->q, 0).cs, ==, OCSSD_CS_FREE);
    qocpn_bad_accept(d);
    qocpn_bad_stop(d);
}

static void reset_descriptors_16(void)
{
    reset_descriptors(16);
}

static void reset_descriptors_0(void)
{
    reset_descriptors(0);
}

static const QOcpnTest tests[] = {
    { "PRPs that are wrong change nothing", prps, NOT_NVME },
    { "SGLs that are wrong change nothing", sgls, NOT_NVME },
    { "a read to no RAM is a transfer error", read_out_of_ram, NOT_NVME },
    { "a write from no RAM closes its chunk", write_out_of_ram, NOT_NVME },
    { "an MPTR that is wrong changes nothing", metadata_pointer, NOT_NVME },
    { "MPTR means nothing without metadata", no_metadata, NOT_NVME },
    { "pointers without use are ignored", pointers_without_use, NOT_NVME },
    { "a reset that cannot be reported, with metadata",
      reset_descriptors_16, NOT_NVME },
    { "a reset that cannot be reported, without metadata",
      reset_descriptors_0, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "vector-dptr-bad", tests,
                      ARRAY_SIZE(tests));
}
