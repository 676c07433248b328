/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what a host of an open-channel drive sees of an I/O that fails: its
 * status and bitmap, and what has become of the chunk.
 * Proves: docs/user-guide.rst, "When the drive fails"; OCSSD 2.0, "Write",
 * "Vector Chunk Write", "Read", "Vector Chunk Read", "Vector Chunk Copy",
 * "Vector Chunk Reset", "Chunk Information".
 */
#include "qemu/osdep.h"
#include "werror-chunk.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"

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
    static const int errors[] = { EIO, ENOSPC };
    Drive d;

    open_drive(&d, ",rerror=stop,werror=stop");
    for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
        expect_stops(&d, &cases[j], errors[j % 2]);
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

/* A table is written when it can be again; till then its good slot stays. */
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
