/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: large transfers, and where they end.
 * Proves: NVMe Base 2.0, Physical Region Page Entry and List; Scatter Gather
 * List; Identify Controller: MDTS.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define MDTS        "10"                /* pages of 4 KiB, a power of two */
#define MOST        (4 * MiB)
#define PAGES       1031u               /* a prime: any stride visits all */
#define STRIDE      739
#define PLACE       (8 * KiB)           /* each has so much room */
#define ENTRIES     (QOCPN_PAGE / 8)    /* of a page of a PRP list */
#define DESCRIPTORS (QOCPN_PAGE / 16)   /* of a page of an SGL */

typedef struct Host {
    QOcpn *q;
    uint64_t pages, lists;
    uint64_t slba;                      /* what is free of the drive */
    unsigned seed;
} Host;

/* Where LEN bytes of a transfer are: pieces that are in no order. */
typedef struct Piece {
    uint64_t addr;
    size_t len;
} Piece;

typedef struct Pieces {
    Piece p[PAGES];
    unsigned n;
} Pieces;

static Host start(const QOcpnSetup *setup)
{
    QOcpnSetup s = *setup;
    Host h = { 0 };

    s.props = ",mdts=" MDTS;
    h.q = qocpn_start(&s);
    h.pages = qocpn_buf(h.q, PAGES * PLACE);
    h.lists = qocpn_buf(h.q, 8 * QOCPN_PAGE);
    return h;
}

/* Place I of what pretends to be the fragmented memory of a guest. */
static uint64_t page(const Host *h, unsigned i)
{
    return h->pages + (uint64_t)(i * STRIDE % PAGES) * PLACE;
}

static void add_piece(Pieces *v, uint64_t addr, size_t len)
{
    v->p[v->n++] = (Piece) { addr, len };
}

/* The first page from OFFSET on, then whole pages. */
static void make_prp(Host *h, QOcpnCmd *cmd, Pieces *v, size_t len,
                     unsigned offset)
{
    uint64_t list = h->lists;
    unsigned n = 0;

    v->n = 0;
    add_piece(v, page(h, 0) + offset, MIN(len, QOCPN_PAGE - offset));
    for (size_t at = v->p[0].len; at < len; at += v->p[v->n - 1].len) {
        add_piece(v, page(h, v->n), MIN(len - at, QOCPN_PAGE));
    }
    cmd->prp1 = v->p[0].addr;
    cmd->prp2 = v->n == 2 ? v->p[1].addr : list;
    for (unsigned i = 1; v->n > 2 && i < v->n; i++) {
        if (n == ENTRIES - 1 && i + 1 < v->n) {
            qtest_writeq(h->q->qts, list + 8 * n, list + QOCPN_PAGE);
            list += QOCPN_PAGE;
            n = 0;
        }
        qtest_writeq(h->q->qts, list + 8 * n++, v->p[i].addr);
    }
}

static uint64_t segment(Host *h, unsigned i)
{
    return h->lists + (uint64_t)i * QOCPN_PAGE;
}

/* Descriptors of a page or a little more or less, in several segments. */
static void make_sgl(Host *h, QOcpnCmd *cmd, Pieces *v, size_t len)
{
    unsigned each = DESCRIPTORS - 1;    /* the last leads on */
    unsigned segments;

    v->n = 0;
    for (size_t at = 0; at < len; at += v->p[v->n - 1].len) {
        size_t want = QOCPN_PAGE + 508 * (v->n % 3) - 508;

        g_assert_cmpuint(v->n, <, PAGES);
        add_piece(v, page(h, v->n) + 4 * (v->n % 5), MIN(len - at, want));
    }
    segments = DIV_ROUND_UP(v->n, each);
    for (unsigned i = 0; i < v->n; i++) {
        qocpn_sgl(h->q, segment(h, i / each) + 16 * (i % each),
                  QOCPN_SGL_DATA, v->p[i].addr, v->p[i].len);
    }
    for (unsigned i = 0; i + 1 < segments; i++) {
        unsigned next = MIN(each, v->n - (i + 1) * each);
        bool last = i + 2 == segments;

        qocpn_sgl(h->q, segment(h, i) + 16 * each,
                  last ? QOCPN_SGL_LAST_SEGMENT : QOCPN_SGL_SEGMENT,
                  segment(h, i + 1), 16 * (next + !last));
    }
    qocpn_sgl1(cmd, segments == 1 ? QOCPN_SGL_LAST_SEGMENT :
                                    QOCPN_SGL_SEGMENT, h->lists,
               16 * (MIN(each, v->n) + (segments > 1)));
}

static void put(Host *h, const Pieces *v, const uint8_t *data)
{
    for (unsigned i = 0; i < v->n; data += v->p[i++].len) {
        qtest_bufwrite(h->q->qts, v->p[i].addr, data, v->p[i].len);
    }
}

static void expect(Host *h, const Pieces *v, const uint8_t *data)
{
    uint8_t got[PLACE];

    for (unsigned i = 0; i < v->n; data += v->p[i++].len) {
        qtest_bufread(h->q->qts, v->p[i].addr, got, v->p[i].len);
        if (memcmp(got, data, v->p[i].len)) {
            g_test_message("piece %u of %u differs", i, v->n);
            g_test_fail();
            return;
        }
    }
}

typedef void Describe(Host *h, QOcpnCmd *cmd, Pieces *v, size_t len);

static void aligned(Host *h, QOcpnCmd *cmd, Pieces *v, size_t len)
{
    make_prp(h, cmd, v, len, 0);
}

static void unaligned(Host *h, QOcpnCmd *cmd, Pieces *v, size_t len)
{
    make_prp(h, cmd, v, len, 1540);
}

/* Written as FROM describes, read back as TO does. */
static void there_and_back(Host *h, size_t len, Describe *from, Describe *to)
{
    g_autofree uint8_t *data = g_malloc(len);
    uint32_t nlb = len / h->q->lba_size;
    QOcpnCmd write = qocpn_rw(NVME_IO_WRITE, h->slba, nlb);
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, h->slba, nlb);
    g_autofree Pieces *v = g_new(Pieces, 1);

    qocpn_pattern(data, len, ++h->seed);
    from(h, &write, v, len);
    put(h, v, data);
    QOCPN_OK(qocpn_io(h->q, &write));
    qtest_memset(h->q->qts, h->pages, 0xee, PAGES * PLACE);
    to(h, &read, v, len);
    QOCPN_OK(qocpn_io(h->q, &read));
    expect(h, v, data);
    h->slba += nlb;
}

static void all_sizes(const QOcpnSetup *setup, Describe *from, Describe *to)
{
    static const size_t len[] = { 64 * KiB, 1 * MiB, MOST };
    Host h = start(setup);

    for (size_t i = 0; i < ARRAY_SIZE(len); i++) {
        there_and_back(&h, len[i], from, to);
    }
    there_and_back(&h, 80 * KiB, to, from);
    qocpn_stop(h.q);
}

/* FAILURE-CASE-29 */
static void conventional(void)
{
    const QOcpnSetup small = { 0 }, page_size = { .lba_size = 4096 };

    all_sizes(&small, aligned, unaligned);
    all_sizes(&small, unaligned, make_sgl);
    all_sizes(&page_size, aligned, make_sgl);
    all_sizes(&page_size, unaligned, aligned);
}

/* Chunks are long enough, and can be read up to the write pointer. */
static void open_channel(void)
{
    const QOcpnSetup s = {
        .open_channel = true,
        .size = 64 * MiB,
        .geometry = "--num-grp 1 --num-pu 2 --num-chk 4 --clba 2048"
                    " --mw-cunits 0",
    };

    all_sizes(&s, aligned, unaligned);
    all_sizes(&s, unaligned, make_sgl);
}

static void with_metadata(void)
{
    const QOcpnSetup s = { .lba_size = 4096, .ms = 16 };

    all_sizes(&s, aligned, unaligned);
}

/*
 * FAILURE-CASE-29 FAILURE-CASE-40
 * MDTS counts pages of CAP.MPSMIN, and says how much is too much.
 */
static void too_large(void)
{
    static const unsigned lba_sizes[] = { 512, 4096 };

    for (size_t i = 0; i < ARRAY_SIZE(lba_sizes); i++) {
        Host h = start(&(QOcpnSetup) { .lba_size = lba_sizes[i] });
        uint32_t nlb = MOST / lba_sizes[i] + 1;
        QOcpnCmd write = qocpn_rw(NVME_IO_WRITE, 0, nlb);
        QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, nlb);
        uint8_t id[4096];

        g_assert_cmphex(qocpn_identify(h.q, 0x01, 0, id), ==, 0);
        g_assert_cmpuint(id[77], ==, 10);
        write.prp1 = read.prp1 = h.pages;
        write.prp2 = read.prp2 = h.lists;
        QOCPN_STATUS(qocpn_io(h.q, &write), NVME_SC_INVALID_FIELD);
        QOCPN_STATUS(qocpn_io(h.q, &read), NVME_SC_INVALID_FIELD);
        there_and_back(&h, MOST, aligned, unaligned);
        qocpn_stop(h.q);
    }
}

/* Many of them at once: more than the drive has buffers for. */
static void many(void)
{
    enum { N = 63 };
    Host h = start(&(QOcpnSetup) { 0 });
    g_autofree Pieces *v = g_new(Pieces, 1);
    QOcpnCmd read = qocpn_rw(NVME_IO_READ, 0, MOST / 512);

    there_and_back(&h, MOST, aligned, aligned);
    make_sgl(&h, &read, v, MOST);
    for (unsigned i = 0; i < N; i++) {
        qocpn_post(h.q, &h.q->io, &read);
    }
    qocpn_ring(h.q, &h.q->io);
    for (unsigned i = 0; i < N; i++) {
        QOCPN_OK(qocpn_wait(h.q, &h.q->io));
    }
    qocpn_stop(h.q);
}

#define OURS    "hw/nvme transfers at most IOV_MAX pages"

static const QOcpnTest tests[] = {
    { "64 KiB to 4 MiB in scattered pages", conventional, OURS },
    { "64 KiB to 4 MiB in scattered pages, open-channel", open_channel,
      OURS },
    { "64 KiB to 4 MiB beside metadata", with_metadata, OURS },
    { "a block more than MDTS is refused", too_large, OURS },
    { "63 reads of 4 MiB at once", many, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "large", tests, ARRAY_SIZE(tests));
}
