/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: fields of the vector commands at their extremes: lists, addresses,
 * counts, flags and namespaces.  vector-dptr-bad-test.c has the pointers.
 * Proves: OCSSD 2.0, "Vector Chunk Read", "Vector Chunk Write", "Vector Chunk
 * Reset", "Vector Chunk Copy".
 *
 * Each command must end with the one right status, with DNR, the exact bitmap
 * in dwords 0 and 1 and an Error Information entry that names the byte at
 * fault (FFFFh: none is), and no chunk may have changed.
 */
#include "qemu/osdep.h"
#include "qocpn-bad.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

#define RAM_END     (128 * MiB)

static const uint8_t opcodes[] = {
    OCSSD_IO_VECTOR_RESET, OCSSD_IO_VECTOR_WRITE, OCSSD_IO_VECTOR_READ,
    OCSSD_IO_VECTOR_COPY,
};

static void set_dulbe(QOcpnBad *d, bool on)
{
    QOCPN_OK(qocpn_set_feature(d->q, NVME_FID_ERROR_RECOVERY, 1, on << 16));
}

/* Lists of two that are not, or not wholly, in RAM.  OCSSD-CASE-100 VEC-R6 */
static void list_out_of_ram(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    const uint64_t bad[] = {
        RAM_END - 8, RAM_END - 4, RAM_END, QOCPN_NO_RAM, QOCPN_NO_RAM_64,
        QOCPN_MMIO, d->q->bar.addr, d->q->bar.addr - 8, 1ull << 63,
        UINT64_MAX - 15, UINT64_MAX - 14, UINT64_MAX - 7, UINT64_MAX,
    };
    const uint64_t lba[2] = { BAD_CLOSED, BAD_CLOSED + 1 };
    const QOcpnWant want = WANT(NVME_SC_DATA_TRANSFER_ERROR, BAD_NOWHERE, 0);

    for (unsigned i = 0; i < ARRAY_SIZE(opcodes) * ARRAY_SIZE(bad); i++) {
        uint8_t opc = opcodes[i / ARRAY_SIZE(bad)];
        uint64_t at = bad[i % ARRAY_SIZE(bad)];
        QOcpnCmd cmd = qocpn_bad_vector(d, opc, lba, 2);
        g_autofree char *what = g_strdup_printf("list at %" PRIx64, at);

        cmd.cdw10 = at;
        cmd.cdw11 = at >> 32;
        qocpn_bad_expect(d, what, &cmd, want);
        if (opc == OCSSD_IO_VECTOR_COPY) {
            cmd = qocpn_bad_vector(d, opc, lba, 2);
            cmd.cdw14 = at;
            cmd.cdw15 = at >> 32;
            qocpn_bad_expect(d, "destinations there", &cmd, want);
        }
    }
    qocpn_bad_stop(d);
}

/* Any alignment, and over a page's end.  OCSSD-CASE-99 VEC-R2 */
static void list_alignment(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    uint64_t page = qocpn_buf(d->q, 2 * QOCPN_PAGE) + QOCPN_PAGE;
    uint64_t lba[8];

    for (unsigned i = 0; i < 8; i++) {
        lba[i] = i == 5 ? BAD_FREE : BAD_CLOSED + 11 * i;
    }
    set_dulbe(d, true);
    for (unsigned off = 0; off <= 64; off++) {
        QOcpnCmd cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_READ, lba, 8);
        uint64_t at = page - 64 + off;

        qtest_memwrite(d->q->qts, at, lba, sizeof(lba));
        cmd.cdw10 = at;
        cmd.cdw11 = at >> 32;
        /* Entry 5 is the unwritten one only if the list was read right. */
        qocpn_bad_expect(d, "list over a page's end", &cmd,
                         WANT(NVME_SC_DULB, BAD_NOWHERE, 1 << 5));
    }
    qocpn_bad_stop(d);
}

/* Block 96, chunk 5, PU 3, above the format: no such blocks. */
static const uint64_t holes[] = {
    0x60, 0x7c, 0x280, 0xc00, 0x1c00, 0x2000, 1ull << 32, 1ull << 63,
    UINT64_MAX - 3,
};

/*
 * OCSSD-CASE-101 OCSSD-CASE-107 OCSSD-CASE-123 OCSSD-CASE-156 ADDR-R1
 * ADDR-R2
 */
static void writes_and_resets_of_holes(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(holes); i++) {
        const uint64_t h = holes[i];
        const uint64_t mixed[8] = {
            BAD_FREE, BAD_FREE + 1, BAD_FREE + 2, BAD_FREE + 3,
            h, h + 1, h + 2, h + 3,
        };
        QOcpnCmd cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_WRITE, h);

        qocpn_bad_expect(d, "a hole", &cmd,
                         WANT(NVME_SC_WRITE_FAULT, BAD_NOWHERE, 0xf));
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, mixed, 8);
        qocpn_bad_expect(d, "half in a hole", &cmd,
                         WANT(NVME_SC_WRITE_FAULT, BAD_NOWHERE, 0xff));
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, &h, 1);
        qocpn_bad_expect(d, "a hole", &cmd,
                         WANT(OCSSD_SC_INVALID_RESET, BAD_NOWHERE, 1));
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, mixed + 3, 2);
        qocpn_bad_expect(d, "inside a chunk, and a hole", &cmd,
                         WANT(OCSSD_SC_INVALID_RESET, BAD_NOWHERE, 3));
        cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_COPY, BAD_CLOSED);
        qocpn_bad_list(d, d->dst, mixed + 4, 4);
        qocpn_bad_expect(d, "to a hole", &cmd,
                         WANT(NVME_SC_WRITE_FAULT, BAD_NOWHERE, 0xf));
    }
    qocpn_bad_stop(d);
}

/* OCSSD-CASE-114 VCP-R3 */
static void reads_of_holes(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(holes); i++) {
        const uint64_t lba[4] = {
            BAD_CLOSED, holes[i], BAD_CLOSED + 95, BAD_OFFLINE,
        };
        QOcpnCmd cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_READ, lba, 4);

        set_dulbe(d, false);
        qocpn_bad_expect(d, "a hole, DULBE off", &cmd, WANT_OK);
        set_dulbe(d, true);
        qocpn_bad_expect(d, "a hole, DULBE on", &cmd,
                         WANT(NVME_SC_DULB, BAD_NOWHERE, 0xa));
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_READ, &holes[i], 1);
        qocpn_bad_expect(d, "only a hole", &cmd,
                         WANT(NVME_SC_DULB, BAD_NOWHERE, 1));
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_COPY, lba, 4);
        qocpn_bad_expect(d, "from a hole", &cmd,
                         WANT(NVME_SC_DULB, BAD_NOWHERE, 0xa));
    }
    qocpn_bad_stop(d);
}

/* The same block twice, blocks in a wrong order.  OCSSD-CASE-96 VW-R4 */
static void addresses_twice(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    const uint64_t f = BAD_FREE2, o = BAD_OPEN + 8;
    const uint64_t twice[4] = { f, f + 1, f + 1, f + 2 };
    const uint64_t back[4] = { f + 3, f + 2, f + 1, f };
    const uint64_t again[8] = {
        o, o + 1, o + 2, o + 3, o, o + 1, o + 2, o + 3,
    };
    const uint64_t same[4] = { f, f, f, f };
    const QOcpnWant ooo = WANT(OCSSD_SC_OUT_OF_ORDER_WRITE, BAD_NOWHERE, 0xf);
    QOcpnCmd cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, twice, 4);

    qocpn_bad_expect(d, "a block twice", &cmd, ooo);
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, back, 4);
    qocpn_bad_expect(d, "backwards", &cmd, ooo);
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, again, 8);
    qocpn_bad_expect(d, "four blocks twice", &cmd,
                     WANT(OCSSD_SC_OUT_OF_ORDER_WRITE, BAD_NOWHERE, 0xff));
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, same, 4);
    qocpn_bad_expect(d, "a Free chunk four times", &cmd,
                     WANT(OCSSD_SC_INVALID_RESET, BAD_NOWHERE, 0xf));
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_READ, same, 4);
    qocpn_bad_expect(d, "a block four times", &cmd, WANT_OK);
    cmd = qocpn_bad_four(d, OCSSD_IO_VECTOR_COPY, BAD_CLOSED);
    qocpn_bad_list(d, d->dst, twice, 4);
    qocpn_bad_expect(d, "to a block twice", &cmd, ooo);
    qocpn_bad_stop(d);
}

/* Bits above 31 as well.  OCSSD-CASE-103 VEC-R5 VR-R1 */
static void all_64_bits(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    uint64_t lba[64];
    QOcpnCmd cmd;

    for (unsigned i = 0; i < 64; i++) {
        lba[i] = BAD_CLOSED + i;
    }
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, lba, 64);
    qocpn_bad_expect(d, "a Closed chunk", &cmd,
                     WANT(NVME_SC_WRITE_FAULT, BAD_NOWHERE, UINT64_MAX));
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = i < 60 ? BAD_FREE2 + i : UINT64_MAX - (63 - i);
    }
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, lba, 64);
    qocpn_bad_expect(d, "the last four in a hole", &cmd,
                     WANT(NVME_SC_WRITE_FAULT, BAD_NOWHERE, UINT64_MAX));
    for (unsigned i = 0; i < 64; i++) {
        lba[i] = i == 40 ? BAD_OFFLINE : BAD_FREE;
    }
    cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_RESET, lba, 64);
    qocpn_bad_expect(d, "none can be", &cmd,
                     WANT(OCSSD_SC_INVALID_RESET, BAD_NOWHERE, UINT64_MAX));
    qocpn_bad_stop(d);
}

/* OCSSD-CASE-90 OCSSD-CASE-97 OCSSD-CASE-116 OCSSD-CASE-158 VEC-R3 */
static void counts(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);
    uint64_t lba[8];

    for (unsigned i = 0; i < ARRAY_SIZE(opcodes); i++) {
        QOcpnCmd cmd = qocpn_bad_four(d, opcodes[i], BAD_CLOSED);
        const QOcpnWant want = WANT(NVME_SC_INVALID_FIELD, BAD_AT_NLB_HIGH,
                                    0);

        for (unsigned bit = 6; bit < 16; bit++) {
            cmd.cdw12 = 1u << bit | 3;
            qocpn_bad_expect(d, "NLB above bit 5", &cmd, want);
        }
        cmd.cdw12 = UINT32_MAX;
        qocpn_bad_expect(d, "all ones", &cmd, want);
    }
    for (unsigned n = 1; n < 8; n++) {
        QOcpnCmd cmd;

        lba[n - 1] = BAD_FREE + n - 1;
        cmd = qocpn_bad_vector(d, OCSSD_IO_VECTOR_WRITE, lba, n);
        if (n != 4) {
            qocpn_bad_expect(d, "no multiple of WS_MIN", &cmd,
                             WANT(NVME_SC_INVALID_FIELD, BAD_AT_NLB,
                                  (1ull << n) - 1));
        }
    }
    qocpn_bad_stop(d);
}

/* 64 blocks are more than an MDTS of 128 KiB lets through.  VEC-R7 */
static void more_than_mdts(void)
{
    QOcpnBad *d = qocpn_bad_start(16, ",mdts=5", NULL);
    uint64_t lba[64];

    for (unsigned i = 0; i < 64; i++) {
        lba[i] = BAD_FREE2 + i;
    }
    for (unsigned n = 36; n <= 64; n += 4) {
        for (unsigned i = 1; i < 3; i++) {
            QOcpnCmd cmd = qocpn_bad_vector(d, opcodes[i], lba, n);

            qocpn_bad_expect(d, "33 blocks or more", &cmd,
                             WANT(NVME_SC_INVALID_FIELD, BAD_AT_NLB, 0));
        }
    }
    qocpn_bad_stop(d);
}

/* FUSE, and PSDT 11b.  OCSSD-CASE-108 VEC-R8 */
static void flags(void)
{
    QOcpnBad *d = qocpn_bad_start(16, NULL, NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(opcodes); i++) {
        QOcpnCmd cmd = qocpn_bad_four(d, opcodes[i], BAD_FREE);

        for (cmd.flags = 1; cmd.flags < 4; cmd.flags++) {
            qocpn_bad_expect(d, "FUSE", &cmd,
                             WANT(NVME_SC_INVALID_FIELD, BAD_AT_FUSE, 0));
        }
        cmd.flags = 3 << 6;
        qocpn_bad_expect(d, "PSDT 11b", &cmd,
                         WANT(NVME_SC_INVALID_FIELD, BAD_AT_PSDT, 0));
    }
    qocpn_bad_stop(d);
}

/* NSIDs that are none, all, not there, or of a conventional namespace. */
static void namespaces(void)
{
    static const uint32_t nsid[] = { 0, 3, 32, 33, 1u << 31, QOCPN_ALL_NS };
    char *file = qocpn_image(&(QOcpnSetup) { .ms = 0 });
    g_autofree char *second = g_strdup_printf(
        "-blockdev driver=raw,node-name=d1,file.driver=file,file.filename=%s "
        "-device ocp-nvme-ns,drive=d1,bus=nv0,nsid=2", file);
    QOcpnBad *d = qocpn_bad_start(16, NULL, second);

    for (unsigned i = 0; i < ARRAY_SIZE(opcodes); i++) {
        QOcpnCmd cmd = qocpn_bad_four(d, opcodes[i], BAD_FREE);

        for (unsigned k = 0; k < ARRAY_SIZE(nsid); k++) {
            cmd.nsid = nsid[k];
            qocpn_bad_expect(d, "NSID", &cmd,
                             WANT(NVME_SC_INVALID_NS, BAD_AT_NSID, 0));
        }
        cmd.nsid = 2;
        qocpn_bad_expect(d, "conventional", &cmd,
                         WANT(NVME_SC_INVALID_OPCODE, BAD_AT_OPC, 0));
    }
    qocpn_bad_stop(d);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "a list out of RAM is a transfer error", list_out_of_ram, NOT_NVME },
    { "a list may lie at any address", list_alignment, NOT_NVME },
    { "writes and resets of holes change nothing",
      writes_and_resets_of_holes, NOT_NVME },
    { "reads of holes name them in the bitmap", reads_of_holes, NOT_NVME },
    { "blocks named twice change nothing", addresses_twice, NOT_NVME },
    { "a vector of 64 has all bits", all_64_bits, NOT_NVME },
    { "a count that is wrong is refused", counts, NOT_NVME },
    { "more blocks than MDTS are refused", more_than_mdts, NOT_NVME },
    { "wrong flags are refused", flags, NOT_NVME },
    { "wrong namespaces are refused", namespaces, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "vector-bad", tests, ARRAY_SIZE(tests));
}
