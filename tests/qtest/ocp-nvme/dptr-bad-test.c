/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: PRP lists and SGLs that are wrong, endless, or lead out of RAM.
 * Proves: NVMe Base 2.0, Physical Region Page Entry and List; SGL Descriptor;
 * Status Code (Data Transfer Error, PRP Offset Invalid, SGL codes).
 *
 * A device that follows such a list must answer, soon, with an error, and
 * must not have touched anything but the guest's RAM.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define SOON_MS     2000

static QOcpnCqe timed_io(QOcpn *q, const QOcpnCmd *cmd, const char *what)
{
    gint64 start = g_get_monotonic_time();
    QOcpnCqe cqe = qocpn_io(q, cmd);
    gint64 ms = (g_get_monotonic_time() - start) / 1000;

    if (ms > SOON_MS) {
        g_test_message("%s: took %" PRId64 " ms", what, ms);
        g_test_fail();
    }
    return cqe;
}

static void expect_status(const char *what, QOcpnCqe cqe, uint16_t sc)
{
    if (QOCPN_SC(cqe) != sc) {
        g_test_message("%s: status %03x, expected %03x", what, QOCPN_SC(cqe),
                       sc);
        g_test_fail();
    }
}

/*
 * FAILURE-CASE-51
 * PRP1 has dwords, PRP2 as data has pages, a list has qwords.
 */
static void prp_offsets(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint64_t b = q->buf, l = q->list;
    const struct {
        const char *what;
        uint64_t prp1, prp2;
        unsigned nlb;
    } t[] = {
        { "PRP1 + 1", b + 1, 0, 1 },
        { "PRP1 + 2", b + 2, 0, 1 },
        { "PRP1 + FFEh", b + 0xffe, b + 0x1000, 1 },
        { "PRP2 with an offset", b, b + 0x1004, 16 },
        { "PRP2 with an offset of 800h", b, b + 0x1800, 16 },
        { "list + 4", b, l + 4, 32 },
        { "list + 1", b, l + 1, 32 },
        { "list + FFCh", b, l + 0xffc, 32 },
    };

    for (unsigned i = 0; i < QOCPN_PAGE / 8; i++) {
        qtest_writeq(q->qts, l + 8 * i, b + i % 64 * QOCPN_PAGE);
    }
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, t[i].nlb);

        cmd.prp1 = t[i].prp1;
        cmd.prp2 = t[i].prp2;
        expect_status(t[i].what, timed_io(q, &cmd, t[i].what),
                      NVME_SC_PRP_OFFSET_INVALID);
    }
    /* Any entry inside the list with an offset. */
    for (unsigned bad = 0; bad < 8; bad++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 9 * 8);

        cmd.prp1 = b;
        cmd.prp2 = l;
        qtest_writeq(q->qts, l + 8 * bad, b + 0x1000 + 0x10);
        expect_status("list entry", timed_io(q, &cmd, "list entry"),
                      NVME_SC_PRP_OFFSET_INVALID);
        qtest_writeq(q->qts, l + 8 * bad, b + 0x1000);
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/* The one slot before a page end points at itself. */
static void prp_list_loop(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1024);
    uint64_t slot = q->list + 0xff8;

    cmd.prp1 = q->buf;
    cmd.prp2 = slot;
    qtest_writeq(q->qts, slot, slot);
    g_assert_cmphex(QOCPN_SC(timed_io(q, &cmd, "slot leads to itself")), !=,
                    0);
    /* A page that leads to itself is entered again: bounded by the length. */
    for (unsigned i = 0; i < QOCPN_PAGE / 8; i++) {
        qtest_writeq(q->qts, q->list + 8 * i, q->list);
    }
    timed_io(q, &cmd, "page of lists to itself");
    qocpn_alive(q);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-20 FAILURE-CASE-23 FAILURE-CASE-36 FAILURE-CASE-50
 * Where no RAM is: for data, for lists, in both directions.
 */
static void out_of_ram(void)
{
    QOcpn *q = qocpn_start(NULL);
    const uint64_t addr[] = {
        QOCPN_NO_RAM, QOCPN_NO_RAM_64, QOCPN_MMIO, q->bar.addr,
        q->bar.addr + 0x1000, 0xfffffffffffff000ull,
        0x7ffffffffffff000ull,
    };
    QOcpnCqe cqe;

    for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
        g_autofree char *what = g_strdup_printf("address %" PRIx64, addr[i]);

        for (unsigned write = 0; write < 2; write++) {
            QOcpnCmd cmd = qocpn_rw(write ? NVME_IO_WRITE : NVME_IO_READ, 0,
                                    8);

            cmd.prp1 = addr[i];
            expect_status(what, timed_io(q, &cmd, what),
                          NVME_SC_DATA_TRANSFER_ERROR);
            /* As PRP2, as PRP list, and as a list entry. */
            cmd = qocpn_rw(write ? NVME_IO_WRITE : NVME_IO_READ, 0, 16);
            cmd.prp1 = q->buf;
            cmd.prp2 = addr[i];
            expect_status(what, timed_io(q, &cmd, what),
                          NVME_SC_DATA_TRANSFER_ERROR);
            cmd.cdw12 = 31;
            expect_status(what, timed_io(q, &cmd, what),
                          NVME_SC_DATA_TRANSFER_ERROR);
            cmd.prp2 = q->list;
            qtest_writeq(q->qts, q->list, q->buf);
            qtest_writeq(q->qts, q->list + 8, addr[i]);
            qtest_writeq(q->qts, q->list + 16, q->buf);
            expect_status(what, timed_io(q, &cmd, what),
                          NVME_SC_DATA_TRANSFER_ERROR);
        }
        cqe = qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_IDENTIFY, .cdw10 = 1, .prp1 = addr[i],
        });
        expect_status(what, cqe, NVME_SC_DATA_TRANSFER_ERROR);
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/* A write whose data cannot be read leaves the blocks as they were. */
static void failed_write_keeps(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint8_t data[16 * 512];
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 4, 16);

    qocpn_pattern(data, sizeof(data), 1);
    QOCPN_OK(qocpn_write(q, 4, 16, data, NULL));
    qtest_memset(q->qts, q->buf, 0x11, QOCPN_PAGE);
    cmd.prp1 = q->buf;
    cmd.prp2 = QOCPN_NO_RAM;
    expect_status("second page", qocpn_io(q, &cmd),
                  NVME_SC_DATA_TRANSFER_ERROR);
    /* What was transferred may be there or not; the rest may not change. */
    qocpn_expect(q, 12, 8, data + 8 * 512);
    qocpn_stop(q);
}

typedef struct BadSgl {
    const char *what;
    uint8_t type;               /* of the one descriptor in the command */
    uint32_t len;
    uint16_t status;
} BadSgl;

/* In the command itself, for a read of 4096 bytes. */
static const BadSgl bad_sgl1[] = {
    { "a keyed data block", 0x40, 4096, NVME_SC_SGL_TYPE_INVALID },
    { "a transport data block", 0x5a, 4096, NVME_SC_SGL_TYPE_INVALID },
    { "reserved type 6h", 0x60, 4096, NVME_SC_SGL_TYPE_INVALID },
    { "vendor type Fh", 0xf0, 4096, NVME_SC_SGL_TYPE_INVALID },
    { "a data block one byte short", 0x00, 4095,
      NVME_SC_SGL_DATA_LEN_INVALID },
    { "a data block of nothing", 0x00, 0, NVME_SC_SGL_DATA_LEN_INVALID },
    { "a segment of nothing", 0x20, 0, NVME_SC_SGL_SEGMENT_INVALID },
    { "a last segment of nothing", 0x30, 0, NVME_SC_SGL_SEGMENT_INVALID },
    { "a segment of 15 bytes", 0x20, 15, NVME_SC_SGL_SEGMENT_INVALID },
    { "a last segment of 17 bytes", 0x30, 17, NVME_SC_SGL_SEGMENT_INVALID },
};

static void sgl_in_command(void)
{
    QOcpn *q = qocpn_start(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(bad_sgl1); i++) {
        const BadSgl *t = &bad_sgl1[i];
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);

        qocpn_sgl1(&cmd, t->type, q->buf, t->len);
        expect_status(t->what, timed_io(q, &cmd, t->what), t->status);
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Subtype 0h is an address; no other is supported for data blocks. */
static void sgl_subtypes(void)
{
    QOcpn *q = qocpn_start(NULL);

    for (unsigned sub = 1; sub < 16; sub++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);

        qocpn_sgl1(&cmd, sub, q->buf, 4096);
        expect_status("subtype", qocpn_io(q, &cmd),
                      NVME_SC_SGL_TYPE_INVALID);
    }
    qocpn_stop(q);
}

/* Inside a segment of three descriptors; a read of 4096 bytes. */
static void sgl_in_segment(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);
    uint64_t l = q->list;

    qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, l, 48);
    qocpn_sgl(q, l, QOCPN_SGL_DATA, q->buf, 2048);
    qocpn_sgl(q, l + 16, QOCPN_SGL_KEYED, q->buf, 1024);
    qocpn_sgl(q, l + 32, QOCPN_SGL_DATA, q->buf, 1024);
    expect_status("keyed in a segment", timed_io(q, &cmd, "keyed"),
                  NVME_SC_SGL_TYPE_INVALID);
    /* A segment descriptor that is not the last of its segment. */
    qocpn_sgl(q, l + 16, QOCPN_SGL_SEGMENT, l + 48, 16);
    qocpn_sgl(q, l + 32, QOCPN_SGL_LAST_SEGMENT, l + 48, 16);
    qocpn_sgl(q, l + 48, QOCPN_SGL_DATA, q->buf, 2048);
    qocpn_sgl1(&cmd, QOCPN_SGL_SEGMENT, l, 48);
    expect_status("a segment in the middle", timed_io(q, &cmd, "middle"),
                  NVME_SC_SGL_COUNT_INVALID);
    /* A last segment that leads on. */
    qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, l, 48);
    qocpn_sgl(q, l + 16, QOCPN_SGL_DATA, q->buf, 1024);
    qocpn_sgl(q, l + 32, QOCPN_SGL_SEGMENT, l, 48);
    expect_status("a last segment that leads on", timed_io(q, &cmd, "leads"),
                  NVME_SC_SGL_SEGMENT_INVALID);
    qocpn_sgl(q, l + 32, QOCPN_SGL_DATA, q->buf, 512);
    expect_status("a segment too short", timed_io(q, &cmd, "short"),
                  NVME_SC_SGL_DATA_LEN_INVALID);
    qocpn_alive(q);
    qocpn_stop(q);
}

/* SGLS bit 18 says whether an SGL may describe more than the command moves. */
static void sgl_too_long(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    qocpn_sgl1(&cmd, QOCPN_SGL_DATA, q->buf, 8192);
    expect_status("twice the length", qocpn_io(q, &cmd),
                  ldl_le_p(id + 536) & 1 << 18 ? 0 :
                  NVME_SC_SGL_DATA_LEN_INVALID);
    qocpn_stop(q);
}

/* FAILURE-CASE-30 */
static void sgl_loop(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);
    uint64_t l = q->list;
    QOcpnCqe cqe;

    /* A segment of one descriptor that leads to itself. */
    qocpn_sgl1(&cmd, QOCPN_SGL_SEGMENT, l, 16);
    qocpn_sgl(q, l, QOCPN_SGL_SEGMENT, l, 16);
    cqe = timed_io(q, &cmd, "an empty loop");
    g_assert_cmphex(QOCPN_SC(cqe), !=, 0);
    /* Two segments that lead to each other, with zero-length data. */
    qocpn_sgl(q, l, QOCPN_SGL_DATA, q->buf, 0);
    qocpn_sgl(q, l + 16, QOCPN_SGL_SEGMENT, l + 32, 32);
    qocpn_sgl(q, l + 32, QOCPN_SGL_DATA, q->buf, 0);
    qocpn_sgl(q, l + 48, QOCPN_SGL_SEGMENT, l, 32);
    qocpn_sgl1(&cmd, QOCPN_SGL_SEGMENT, l, 32);
    cqe = timed_io(q, &cmd, "a loop of two");
    g_assert_cmphex(QOCPN_SC(cqe), !=, 0);
    /* A loop that does describe data ends when there is enough, or not. */
    qocpn_sgl(q, l, QOCPN_SGL_DATA, q->buf, 4);
    cqe = timed_io(q, &cmd, "a loop of four bytes");
    g_assert_cmphex(QOCPN_SC(cqe), !=, 0);
    qocpn_alive(q);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-54
 * 64 MiB of zero-length descriptors, and 4 GiB that is mostly not there.
 */
static void sgl_endless(void)
{
    QOcpn *q = qocpn_start(NULL);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);
    QOcpnCqe cqe;

    qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, 32 * MiB, 64 * MiB);
    for (unsigned i = 0; i < 16; i++) {
        qocpn_post(q, &q->io, &cmd);
    }
    qocpn_ring(q, &q->io);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(QOCPN_SC(qocpn_wait(q, &q->io)), !=, 0);
    }
    qocpn_sgl1(&cmd, QOCPN_SGL_SEGMENT, 32 * MiB, 0xfffffff0);
    cqe = timed_io(q, &cmd, "4 GiB segment");
    g_assert_cmphex(QOCPN_SC(cqe), !=, 0);
    qocpn_alive(q);
    qocpn_stop(q);
}

/* FAILURE-CASE-36 */
static void sgl_out_of_ram(void)
{
    QOcpn *q = qocpn_start(NULL);
    const uint64_t addr[] = {
        QOCPN_NO_RAM, QOCPN_NO_RAM_64, QOCPN_MMIO, q->bar.addr,
        0xfffffffffffff000ull, UINT64_MAX - 3, UINT64_MAX & ~15ull,
    };

    for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
        g_autofree char *what = g_strdup_printf("address %" PRIx64, addr[i]);
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 8);
        QOcpnCqe cqe;

        qocpn_sgl1(&cmd, QOCPN_SGL_DATA, addr[i], 4096);
        cqe = timed_io(q, &cmd, what);
        /* A block over the end of the address space has a bad length too. */
        if (QOCPN_SC(cqe) != NVME_SC_SGL_DATA_LEN_INVALID ||
            addr[i] < UINT64_MAX - 4096) {
            expect_status(what, cqe, NVME_SC_DATA_TRANSFER_ERROR);
        }
        qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, addr[i] & ~15ull, 32);
        cqe = timed_io(q, &cmd, what);
        g_assert_cmphex(QOCPN_SC(cqe), !=, 0);
        cmd.opc = NVME_IO_WRITE;
        qocpn_sgl1(&cmd, QOCPN_SGL_DATA, addr[i], 4096);
        g_assert_cmphex(QOCPN_SC(timed_io(q, &cmd, what)), !=, 0);
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "offsets that PRPs may not have are refused", prp_offsets,
      "hw/nvme accepts lists at a dword" },
    { "a PRP list that leads to itself ends", prp_list_loop },
    { "PRPs out of RAM end in Data Transfer Error", out_of_ram,
      "hw/nvme reports success" },
    { "a write that cannot be read changes nothing more",
      failed_write_keeps, "hw/nvme reports success" },
    { "illegal descriptors in the command are refused", sgl_in_command,
      "hw/nvme has one code for most of them" },
    { "a data block has subtype 0", sgl_subtypes,
      "hw/nvme does not look at the subtype" },
    { "illegal descriptors in a segment are refused", sgl_in_segment,
      "hw/nvme looks at the last descriptor first" },
    { "an SGL longer than the command agrees with SGLS", sgl_too_long,
      "hw/nvme accepts what SGLS does not offer" },
    { "an SGL that leads to itself ends", sgl_loop },
    { "an endless SGL of nothing ends", sgl_endless },
    { "SGLs out of RAM are refused", sgl_out_of_ram,
      "hw/nvme reports success" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "dptr-bad", tests, ARRAY_SIZE(tests));
}
