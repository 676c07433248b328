/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: bad vector commands, and that they change no chunk.
 */
#include "qemu/osdep.h"
#include "qocpn-bad.h"

static void look(QOcpnBad *d, uint8_t *log)
{
    g_assert_cmphex(qocpn_get_log(d->q, OCSSD_LID_CHUNK_INFO, 1, 0, log,
                                  sizeof(d->before)), ==, 0);
}

void qocpn_bad_accept(QOcpnBad *d)
{
    look(d, d->before);
}

QOcpnBad *qocpn_bad_start(unsigned ms, const char *props, const char *more)
{
    g_autofree uint8_t *data = g_malloc0(32 * BAD_BLOCK);
    QOcpnBad *d = g_new0(QOcpnBad, 1);
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .lba_size = BAD_BLOCK, .ms = ms,
        .geometry = BAD_GEOMETRY, .props = props, .more = more,
    });

    d->q = q;
    d->src = qocpn_buf(q, QOCPN_PAGE);
    d->dst = qocpn_buf(q, QOCPN_PAGE);
    for (unsigned s = 0; s < BAD_CLBA; s += 32) {
        QOCPN_OK(qocpn_write(q, BAD_CLOSED + s, 32, data, NULL));
    }
    QOCPN_OK(qocpn_write(q, BAD_OPEN, 8, data, NULL));
    qocpn_bad_accept(d);
    return d;
}

void qocpn_bad_stop(QOcpnBad *d)
{
    g_autofree uint8_t *data = g_malloc0(4 * BAD_BLOCK);

    qocpn_alive(d->q);
    QOCPN_OK(qocpn_write(d->q, BAD_OPEN + 8, 4, data, NULL));
    qocpn_stop(d->q);
    g_free(d);
}

uint64_t qocpn_bad_list(QOcpnBad *d, uint64_t at, const uint64_t *lba,
                        unsigned n)
{
    if (n == 1) {
        return lba[0];
    }
    for (unsigned i = 0; i < n; i++) {
        qtest_writeq(d->q->qts, at + 8 * i, lba[i]);
    }
    return at;
}

QOcpnCmd qocpn_bad_vector(QOcpnBad *d, uint8_t opc, const uint64_t *lba,
                          unsigned n)
{
    const uint64_t dst[4] = {
        BAD_FREE, BAD_FREE + 1, BAD_FREE + 2, BAD_FREE + 3,
    };
    QOcpnCmd cmd = { .opc = opc, .nsid = 1, .cdw12 = n - 1 };
    uint64_t at = qocpn_bad_list(d, d->src, lba, n);

    cmd.cdw10 = at;
    cmd.cdw11 = at >> 32;
    if (opc == OCSSD_IO_VECTOR_COPY) {
        g_assert_cmpuint(n, <=, ARRAY_SIZE(dst));
        at = qocpn_bad_list(d, d->dst, dst, n);
        cmd.cdw14 = at;
        cmd.cdw15 = at >> 32;
    } else if (opc != OCSSD_IO_VECTOR_RESET) {
        qocpn_prp(d->q, &cmd, d->q->buf, n * BAD_BLOCK, d->q->list);
    }
    return cmd;
}

QOcpnCmd qocpn_bad_four(QOcpnBad *d, uint8_t opc, uint64_t lba)
{
    const uint64_t list[4] = { lba, lba + 1, lba + 2, lba + 3 };

    return qocpn_bad_vector(d, opc, list, 4);
}

/* The newest Error Information entry: CID, status, location. */
static bool logged(QOcpnBad *d, const QOcpnCqe *cqe, uint16_t where)
{
    uint8_t e[64];

    g_assert_cmphex(qocpn_get_log(d->q, 0x01, QOCPN_ALL_NS, 0, e, sizeof(e)),
                    ==, 0);
    if (lduw_le_p(e + 10) == cqe->cid &&
        lduw_le_p(e + 12) >> 1 == cqe->status && lduw_le_p(e + 14) == where) {
        return true;
    }
    g_test_message("Error Information: CID %u status %04x location %04x; "
                   "expected CID %u status %04x location %04x",
                   lduw_le_p(e + 10), lduw_le_p(e + 12) >> 1,
                   lduw_le_p(e + 14), cqe->cid, cqe->status, where);
    return false;
}

static bool same_chunks(QOcpnBad *d)
{
    uint8_t after[sizeof(d->before)];

    look(d, after);
    for (unsigned i = 0; i < BAD_NCHUNKS; i++) {
        const uint8_t *b = d->before + 32 * i, *a = after + 32 * i;

        if (memcmp(a, b, 32)) {
            g_test_message("chunk %u: state %02x WP %" PRIu64 " WLI %u, "
                           "before: %02x, %" PRIu64 ", %u", i, a[0],
                           ldq_le_p(a + 24), a[2], b[0], ldq_le_p(b + 24),
                           b[2]);
            memcpy(d->before, after, sizeof(after));
            return false;
        }
    }
    return true;
}

void qocpn_bad_expect(QOcpnBad *d, const char *what, const QOcpnCmd *cmd,
                      QOcpnWant want)
{
    QOcpnCqe cqe = qocpn_io(d->q, cmd);
    uint64_t bitmap = cqe.dw0 | (uint64_t)cqe.dw1 << 32;
    bool ok = QOCPN_SC(cqe) == want.status && bitmap == want.bitmap &&
              QOCPN_DNR(cqe) == (want.status != 0);

    if (ok && want.status) {
        ok = logged(d, &cqe, want.where);
    }
    if (!same_chunks(d) || !ok) {
        g_test_message("%02xh, %s: status %03x DNR %u bitmap %" PRIx64
                       "; expected %03x DNR %u bitmap %" PRIx64, cmd->opc,
                       what, QOCPN_SC(cqe), QOCPN_DNR(cqe), bitmap,
                       want.status, want.status != 0, want.bitmap);
        g_test_fail();
    }
}
