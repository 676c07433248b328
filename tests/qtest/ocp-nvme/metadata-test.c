/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: metadata, in a buffer of its own and interleaved with the data.
 * Proves: NVM Command Set 1.0, Metadata; NVMe Base 2.0, Metadata Pointer.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

/* Proves: NVMe Base 2.0, Metadata: a separate buffer at MPTR */
static void metadata_separate(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .lba_size = 4096, .ms = 16,
    });
    uint8_t data[8 * 4096], md[8 * 16], got[8 * 4096], got_md[8 * 16];
    uint8_t zero[16] = { 0 };

    qocpn_pattern(data, sizeof(data), 13);
    qocpn_pattern(md, sizeof(md), 14);
    QOCPN_OK(qocpn_write(q, 40, 8, data, md));
    QOCPN_OK(qocpn_read(q, 40, 8, got, got_md));
    g_assert_cmpmem(got, sizeof(got), data, sizeof(data));
    g_assert_cmpmem(got_md, sizeof(got_md), md, sizeof(md));
    QOCPN_OK(qocpn_read(q, 43, 2, got, got_md));
    g_assert_cmpmem(got_md, 32, md + 3 * 16, 32);
    /* Neighbours were not touched. */
    QOCPN_OK(qocpn_read(q, 48, 1, got, got_md));
    g_assert_cmpmem(got_md, 16, zero, 16);
    qocpn_stop(q);
}

/* The format with METADATA bytes and the LBA size; -1: the drive has none. */
static int find_format(QOcpn *q, unsigned lba_size, unsigned *ms)
{
    uint8_t id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x00, 1, id), ==, 0);
    for (unsigned f = 0; f <= id[25]; f++) {
        uint32_t lbaf = ldl_le_p(id + 128 + 4 * f);

        if (1u << extract32(lbaf, 16, 8) == lba_size &&
            extract32(lbaf, 0, 16)) {
            *ms = extract32(lbaf, 0, 16);
            return f;
        }
    }
    return -1;
}

/* Extended LBAs: data and metadata of a block together in the buffer. */
static void metadata_extended(void)
{
    QOcpn *q = qocpn_start(NULL);
    unsigned ms = 0, saved;
    int format = find_format(q, 512, &ms);
    uint8_t data[8 * 576], got[8 * 576];

    if (format < 0) {
        g_test_skip("the drive has no 512-byte format with metadata");
        qocpn_stop(q);
        return;
    }
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_FORMAT, .nsid = 1, .cdw10 = format | 1 << 4,
    }));
    saved = q->lba_size;
    q->lba_size += ms;                  /* what one block moves */
    qocpn_pattern(data, sizeof(data), 15);
    QOCPN_OK(qocpn_write(q, 3, 8, data, NULL));
    QOCPN_OK(qocpn_read(q, 3, 8, got, NULL));
    g_assert_cmpmem(got, 8 * q->lba_size, data, 8 * q->lba_size);
    QOCPN_OK(qocpn_read(q, 5, 1, got, NULL));
    g_assert_cmpmem(got, q->lba_size, data + 2 * q->lba_size, q->lba_size);
    q->lba_size = saved;
    qocpn_stop(q);
}

/*
 * PSDT 10b: MPTR is the address of an SGL descriptor, here of a segment.
 * Proves: NVMe Base 2.0, SGLS bit 19; Metadata Pointer
 */
static void sgl_at_mptr(bool short_md)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .lba_size = 4096, .ms = 16,
    });
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 9, 2);
    uint8_t data[2 * 4096], md[32], got[32], id[4096];

    g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
    if (!(ldl_le_p(id + 536) & 1 << 19)) {
        g_test_skip("SGLS says no SGL at MPTR");
        qocpn_stop(q);
        return;
    }
    qocpn_pattern(data, sizeof(data), 16);
    qocpn_pattern(md, sizeof(md), 17);
    qtest_bufwrite(q->qts, q->buf, data, sizeof(data));
    qtest_bufwrite(q->qts, q->md + 0x100, md, 12);
    qtest_bufwrite(q->qts, q->md + 0x800, md + 12, 20);
    qocpn_sgl(q, q->list, QOCPN_SGL_LAST_SEGMENT, q->list + 64, 32);
    qocpn_sgl(q, q->list + 64, QOCPN_SGL_DATA, q->md + 0x100, 12);
    qocpn_sgl(q, q->list + 80, QOCPN_SGL_DATA, q->md + 0x800, 20);
    qocpn_sgl1(&cmd, QOCPN_SGL_DATA, q->buf, sizeof(data));
    cmd.flags = 2 << 6;
    cmd.mptr = q->list;
    if (short_md) {
        qocpn_sgl(q, q->list, QOCPN_SGL_DATA, q->md, 28);
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_SGL_MD_LEN_INVALID);
    } else {
        QOCPN_OK(qocpn_io(q, &cmd));
        QOCPN_OK(qocpn_read(q, 9, 2, data, got));
        g_assert_cmpmem(got, sizeof(got), md, sizeof(md));
    }
    qocpn_stop(q);
}

static void metadata_sgl(void)
{
    sgl_at_mptr(false);
}

static void metadata_sgl_short(void)
{
    sgl_at_mptr(true);
}

/* Metadata out of RAM: the command fails, the drive lives. */
static void metadata_out_of_ram(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .lba_size = 4096, .ms = 16,
    });
    static const uint64_t addr[] = {
        QOCPN_NO_RAM, QOCPN_MMIO, QOCPN_NO_RAM_64, UINT64_MAX & ~3ull,
    };

    for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 0, 1);

        cmd.prp1 = q->buf;
        cmd.mptr = addr[i];
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_DATA_TRANSFER_ERROR);
        cmd.opc = NVME_IO_READ;
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_DATA_TRANSFER_ERROR);
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "metadata moves in its own buffer", metadata_separate },
    { "metadata moves with the data", metadata_extended },
    { "metadata moves by an SGL at MPTR", metadata_sgl },
    { "a metadata SGL that is too short is refused", metadata_sgl_short,
      "hw/nvme reports a write fault" },
    { "metadata out of RAM is refused", metadata_out_of_ram,
      "hw/nvme reports success" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "metadata", tests, ARRAY_SIZE(tests));
}
