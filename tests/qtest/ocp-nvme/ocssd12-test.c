/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: the drive as a host of Open-Channel 1.2 sees it.
 * Proves: OCSSD 1.2, Device Identification, Get and Set Bad Block Table,
 * Block Erase, Physical Page Write and Read; docs/user-guide.rst.
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd12.h"
#include "qocpn.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

/*
 * 2 channels, 3 LUNs, 2 planes, 5 blocks, 12 pages of 4 sectors; block 2 of
 * the first LUN is bad.
 */
#define FIXTURE \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --offline 2 "

#define SPEAK   ",ocssd-version=1.2"

/* The same bits as the addresses of 2.0. */
#define PPA(ch, lun, blk, pg)   ((uint64_t)(ch) << 12 | (lun) << 10 | \
                                 (blk) << 7 | (pg) << 3)

enum { IDENTIFY = 0xe2, ERASE = 0x90, WRITE = 0x91, READ = 0x92 };

/* ROW: sectors of a page, all planes; ENTRIES: 5 blocks, 2 planes */
enum { ROW = 8, PAGES = 12, ENTRIES = 10, BLOCK = 4096, MS = 16 };

typedef struct Drive {
    QOcpn *q;
    uint8_t data[64 * BLOCK], got[64 * BLOCK];
    uint8_t md[64 * MS], got_md[64 * MS];
} Drive;

static QOcpnSetup setup_of(const char *file, const char *props)
{
    return (QOcpnSetup) {
        .open_channel = true, .ms = MS, .geometry = FIXTURE, .file = file,
        .props = props,
    };
}

static Drive *start(const char *file, const char *props)
{
    QOcpnSetup s = setup_of(file, props);
    Drive *d = g_new0(Drive, 1);

    d->q = qocpn_start(&s);
    qocpn_pattern(d->data, sizeof(d->data), 1);
    qocpn_pattern(d->md, sizeof(d->md), 2);
    return d;
}

static void stop(Drive *d)
{
    qocpn_stop(d->q);
    g_free(d);
}

static void expect(QOcpnCqe cqe, uint16_t status, uint64_t bitmap)
{
    g_assert_cmphex(QOCPN_SC(cqe), ==, status);
    g_assert_cmphex(QOCPN_DNR(cqe), ==, status != 0);
    g_assert_cmphex(cqe.dw0 | (uint64_t)cqe.dw1 << 32, ==, bitmap);
}

/* Entry I of the list holds the data and OOB bytes of D at SECTOR. */
static void expect_sector(Drive *d, unsigned i, unsigned sector)
{
    g_assert_cmpmem(d->got + i * BLOCK, BLOCK, d->data + sector * BLOCK,
                    BLOCK);
    g_assert_cmpmem(d->got_md + i * MS, MS, d->md + sector * MS, MS);
}

/* OPC on a list; writes send the pattern, reads fill got and got_md. */
static QOcpnCqe list_of(Drive *d, uint8_t opc, const uint64_t *ppa,
                        unsigned n)
{
    bool write = opc == WRITE;

    return qocpn_vector(d->q, &(QOcpnVector) {
        .opc = opc, .count = n, .lba = ppa,
        .data = write ? d->data : d->got,
        .md = opc == ERASE ? NULL : write ? d->md : d->got_md,
    });
}

/* The same on N sectors from PPA. */
static QOcpnCqe run_of(Drive *d, uint8_t opc, uint64_t ppa, unsigned n)
{
    uint64_t list[64];

    for (unsigned i = 0; i < n; i++) {
        list[i] = ppa + i;
    }
    return list_of(d, opc, list, n);
}

/* Every byte of Device Identification; what is not named is zero. */
static void identification(void)
{
    static const struct {
        uint16_t at;
        uint8_t size;
        uint32_t value;
    } field[] = {
        { 0, 1, 1 }, { 2, 1, 1 }, { 4, 4, 1 },
        /* The address: channel, LUN, plane, block, page, sector. */
        { 12, 1, 12 }, { 13, 1, 1 }, { 14, 1, 10 }, { 15, 1, 2 },
        { 16, 1, 2 }, { 17, 1, 1 }, { 18, 1, 7 }, { 19, 1, 3 },
        { 20, 1, 3 }, { 21, 1, 4 }, { 22, 1, 0 }, { 23, 1, 2 },
        /* The group: MTYPE, FMTYPE, channels, LUNs, planes, ... */
        { 260, 1, 2 }, { 261, 1, 3 },
        { 262, 1, 2 }, { 264, 2, 5 }, { 266, 2, 12 }, { 268, 2, 16384 },
        { 270, 2, 4096 }, { 272, 2, 16 }, { 276, 4, 70000 },
        { 280, 4, 100000 }, { 284, 4, 1900000 }, { 288, 4, 3500000 },
        { 292, 4, 3000000 }, { 296, 4, 3000000 }, { 300, 4, 0x020203 },
        { 308, 2, 3 },
    };
    Drive *d = start(NULL, SPEAK);
    uint8_t want[4096] = { 0 }, got[4096];

    for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
        for (unsigned b = 0; b < field[i].size; b++) {
            want[field[i].at + b] = field[i].value >> 8 * b;
        }
    }
    qtest_memset(d->q->qts, d->q->buf, 0xee, sizeof(got));
    QOCPN_OK(qocpn_admin(d->q, &(QOcpnCmd) {
        .opc = IDENTIFY, .nsid = 1, .prp1 = d->q->buf,
    }));
    qtest_memread(d->q->qts, d->q->buf, got, sizeof(got));
    for (unsigned i = 0; i < sizeof(got); i++) {
        g_assert_cmphex(i << 8 | got[i], ==, i << 8 | want[i]);
    }
    stop(d);
}

static QOcpnCmd bbt(uint8_t opc, uint64_t ppa, uint32_t cdw12)
{
    return (QOcpnCmd) {
        .opc = opc, .nsid = 1, .cdw10 = ppa, .cdw11 = ppa >> 32,
        .cdw12 = cdw12,
    };
}

static QOcpnCqe set_marks(Drive *d, uint64_t ppa, uint32_t cdw12)
{
    QOcpnCmd cmd = bbt(OCSSD12_ADM_SET_BBT, ppa, cdw12);

    return qocpn_admin(d->q, &cmd);
}

/* The table of PPA's LUN, of N entries, to OFFSET of a page. */
static void get_table(QOcpn *q, uint64_t ppa, unsigned offset, uint8_t *out,
                      unsigned n)
{
    QOcpnCmd cmd = bbt(OCSSD12_ADM_GET_BBT, ppa, 0);
    uint64_t at = q->buf + offset;
    uint8_t behind;

    qtest_memset(q->qts, at, 0xee, 64 + n + 1);
    qocpn_prp(q, &cmd, at, 64 + n, q->list);
    QOCPN_OK(qocpn_admin(q, &cmd));
    qtest_memread(q->qts, at, out, 64 + n);
    qtest_memread(q->qts, at + 64 + n, &behind, 1);
    g_assert_cmphex(behind, ==, 0xee);
}

/* It must have these four counts, and these entries. */
static void expect_table(QOcpn *q, uint64_t ppa, const uint32_t *counts,
                         const char *marks)
{
    uint8_t t[64 + ENTRIES];

    get_table(q, ppa, 0, t, ENTRIES);
    g_assert_cmpmem(t, 4, "BBLT", 4);
    g_assert_cmpuint(lduw_le_p(t + 4), ==, 1);
    g_assert_cmpuint(ldl_le_p(t + 8), ==, 0);
    g_assert_cmpuint(ldl_le_p(t + 12), ==, ENTRIES);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmpuint(ldl_le_p(t + 16 + 4 * i), ==, counts[i]);
    }
    g_assert_true(qocpn_is_zero(t + 32, 32));
    g_assert_cmpmem(t + 64, ENTRIES, marks, ENTRIES);
}

#define TABLE(q, ppa, marks, ...) \
    expect_table(q, ppa, (const uint32_t[4]) { __VA_ARGS__ }, marks)

/* One mark in the command, more by a list; QEMU ends and starts again. */
static void table_is_kept(void)
{
    QOcpnSetup s = setup_of(NULL, NULL);
    char *file = qocpn_image(&s);
    Drive *d = start(file, SPEAK);
    uint64_t list = d->q->buf + QOCPN_PAGE - 8;     /* two pages */

    TABLE(d->q, 0, "\0\0\0\0\1\1\0\0\0\0", 2, 0, 0, 0);
    TABLE(d->q, PPA(1, 2, 0, 0), "\0\0\0\0\0\0\0\0\0\0", 0, 0, 0, 0);
    QOCPN_OK(set_marks(d, PPA(1, 2, 1, 5) + 3, 2 << 16));
    qtest_writeq(d->q->qts, list, PPA(1, 2, 0, 0));
    qtest_writeq(d->q->qts, list + 8, PPA(1, 2, 4, 0));
    QOCPN_OK(set_marks(d, list, 8 << 16 | 1));
    TABLE(d->q, PPA(1, 2, 3, 1), "\x8\x8\2\2\0\0\0\0\x8\x8", 0, 2, 0, 4);
    stop(d);
    d = start(file, SPEAK);
    TABLE(d->q, PPA(1, 2, 0, 0), "\x8\x8\2\2\0\0\0\0\x8\x8", 0, 2, 0, 4);
    TABLE(d->q, PPA(1, 1, 0, 0), "\0\0\0\0\0\0\0\0\0\0", 0, 0, 0, 0);
    /* The new value replaces the old; a bad chunk stays bad. */
    QOCPN_OK(set_marks(d, PPA(1, 2, 1, 0), 4 << 16));
    TABLE(d->q, PPA(1, 2, 0, 0), "\x8\x8\4\4\0\0\0\0\x8\x8", 0, 0, 2, 4);
    QOCPN_OK(set_marks(d, PPA(0, 0, 2, 0), 0));
    TABLE(d->q, 0, "\0\0\0\0\1\1\0\0\0\0", 2, 0, 0, 0);
    stop(d);
    qocpn_image_free(file);
}

/* A table of three pages, from the last bytes of one. */
static void large_table(void)
{
    enum { N = 8000, BAD = 3999, MARKED = 2031 };
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .ms = MS, .props = SPEAK,
        .size = 1000 * MiB,
        .geometry = "--num-grp 1 --num-pu 1 --num-chk 4000 --clba 64 "
                    "--ws-min 4 --ws-opt 8 --mw-cunits 24 --offline 3999",
    });
    g_autofree uint8_t *t = g_malloc(64 + N), *want = g_malloc0(N);
    QOcpnCmd cmd = bbt(OCSSD12_ADM_SET_BBT, MARKED << 6, 8 << 16);

    QOCPN_OK(qocpn_admin(q, &cmd));
    get_table(q, 0, QOCPN_PAGE - 64, t, N);
    g_assert_cmpuint(ldl_le_p(t + 12), ==, N);
    g_assert_cmpuint(ldl_le_p(t + 16), ==, 2);
    g_assert_cmpuint(ldl_le_p(t + 28), ==, 2);
    want[2 * BAD] = want[2 * BAD + 1] = OCSSD12_BLK_FACTORY;
    want[2 * MARKED] = want[2 * MARKED + 1] = OCSSD12_BLK_HOST;
    g_assert_cmpmem(t + 64, N, want, N);
    qocpn_stop(q);
}

/* What a host reads to find the write position. */
static void empty_pages(void)
{
    Drive *d = start(NULL, SPEAK);
    const uint64_t mixed[] = { 15, 16, 0, PPA(0, 0, 0, 11), 8,
                               PPA(0, 0, 5, 0) };

    expect(run_of(d, READ, 0, 1), OCSSD12_SC_EMPTY_PAGE, 1);
    expect(run_of(d, READ, 0, ROW), OCSSD12_SC_EMPTY_PAGE, 0xff);
    expect(run_of(d, WRITE, 0, ROW), 0, 0);
    expect(run_of(d, WRITE, ROW, ROW), 0, 0);
    /* At once: there is no window. */
    expect(run_of(d, READ, 15, 1), 0, 0);
    expect_sector(d, 0, 7);
    expect(list_of(d, READ, mixed, ARRAY_SIZE(mixed)), OCSSD12_SC_EMPTY_PAGE,
           0x2a);
    expect_sector(d, 0, 7);
    expect_sector(d, 2, 0);
    expect_sector(d, 4, 0);
    stop(d);
}

/* 64 sectors with their OOB bytes, read backwards; 65 are too many. */
static void lists(void)
{
    Drive *d = start(NULL, SPEAK);
    uint64_t ppa[64];
    static const QOcpnRefusal t[] = {
        { "65 pages read", { .opc = READ, .nsid = 1, .cdw12 = 64 },
          NVME_SC_INVALID_FIELD, 48, 6 },
        { "65 pages written", { .opc = WRITE, .nsid = 1, .cdw12 = 64 },
          NVME_SC_INVALID_FIELD, 48, 6 },
        { "65 blocks erased", { .opc = ERASE, .nsid = 1, .cdw12 = 64 },
          NVME_SC_INVALID_FIELD, 48, 6 },
        { "copy", { .opc = 0x93, .nsid = 1 }, NVME_SC_INVALID_OPCODE, 0 },
        { "raw", { .opc = 0x95, .nsid = 1 }, NVME_SC_INVALID_OPCODE, 0 },
        { "raw", { .opc = 0x96, .nsid = 1 }, NVME_SC_INVALID_OPCODE, 0 },
    };

    expect(run_of(d, WRITE, PPA(1, 2, 4, 0), 64), 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        ppa[i] = PPA(1, 2, 4, 0) + 63 - i;
    }
    expect(list_of(d, READ, ppa, 64), 0, 0);
    for (unsigned i = 0; i < 64; i++) {
        expect_sector(d, i, 63 - i);
    }
    qocpn_refused_logged(d->q, &d->q->io, t, ARRAY_SIZE(t));
    stop(d);
}

/* Pages in order, each once; an erase wherever the block is. */
static void erase_and_write(void)
{
    Drive *d = start(NULL, SPEAK);
    uint64_t planes[] = { 0, 4 };       /* the block, once for each */
    const uint64_t three[] = { PPA(0, 0, 2, 0), 77, PPA(0, 0, 6, 0) };

    for (unsigned pg = 0; pg < PAGES; pg++) {
        expect(run_of(d, WRITE, PPA(0, 0, 0, pg), ROW), 0, 0);
    }
    expect(run_of(d, WRITE, 0, ROW), OCSSD12_SC_FAILED, 0xff);
    expect(list_of(d, ERASE, planes, 2), 0, 0);
    expect(run_of(d, READ, 0, 1), OCSSD12_SC_EMPTY_PAGE, 1);
    expect(run_of(d, WRITE, ROW, ROW), OCSSD12_SC_FAILED, 0xff);
    expect(run_of(d, WRITE, 0, ROW), 0, 0);
    expect(run_of(d, WRITE, 0, ROW), OCSSD12_SC_FAILED, 0xff);
    /* One, in the command: open, then erased already. */
    expect(run_of(d, ERASE, 77, 1), 0, 0);
    expect(run_of(d, ERASE, 0, 1), 0, 0);
    g_assert_cmphex(qocpn_chunk(d->q, 0).cs, ==, 1);
    /* Offline, good, not there. */
    expect(list_of(d, ERASE, three, 3), OCSSD12_SC_FAILED, 5);
    expect(run_of(d, WRITE, PPA(0, 0, 2, 0), ROW), OCSSD12_SC_FAILED, 0xff);
    stop(d);
}

/* What was written is there after QEMU ended, for hosts of 1.2 and 2.0. */
static void data_are_kept(void)
{
    QOcpnSetup s = setup_of(NULL, NULL);
    char *file = qocpn_image(&s);
    Drive *d = start(file, SPEAK);
    QOcpnCmd get = bbt(OCSSD12_ADM_GET_BBT, 0, 0);

    expect(run_of(d, WRITE, PPA(0, 1, 3, 0), ROW), 0, 0);
    stop(d);
    d = start(file, SPEAK);
    expect(run_of(d, READ, PPA(0, 1, 3, 0), ROW), 0, 0);
    for (unsigned i = 0; i < ROW; i++) {
        expect_sector(d, i, i);
    }
    expect(run_of(d, READ, PPA(0, 1, 3, 1), 1), OCSSD12_SC_EMPTY_PAGE, 1);
    expect(run_of(d, WRITE, PPA(0, 1, 3, 1), ROW), 0, 0);
    stop(d);
    d = start(file, NULL);
    g_assert_cmpuint(qocpn_chunk(d->q, 8).wp, ==, 2 * ROW);
    get.prp1 = d->q->buf;
    QOCPN_STATUS(qocpn_admin(d->q, &get), NVME_SC_INVALID_OPCODE);
    stop(d);
    qocpn_image_free(file);
}

static void wrong_tables(void)
{
    Drive *d = start(NULL, SPEAK);
    const QOcpnRefusal t[] = {
        { "get block 5", bbt(OCSSD12_ADM_GET_BBT, PPA(0, 0, 5, 0), 0),
          NVME_SC_INVALID_FIELD, 40 },
        { "set block 5", bbt(OCSSD12_ADM_SET_BBT, PPA(0, 0, 5, 0), 2 << 16),
          NVME_SC_INVALID_FIELD, 40 },
        { "set 65", bbt(OCSSD12_ADM_SET_BBT, d->q->buf, 64),
          NVME_SC_INVALID_FIELD, 48 },
        { "set 20h", bbt(OCSSD12_ADM_SET_BBT, 0, 0x20 << 16),
          NVME_SC_INVALID_FIELD, 50 },
    };

    qocpn_refused_logged(d->q, &d->q->adm, t, ARRAY_SIZE(t));
    expect(set_marks(d, QOCPN_NO_RAM, 1), NVME_SC_DATA_TRANSFER_ERROR, 0);
    TABLE(d->q, 0, "\0\0\0\0\1\1\0\0\0\0", 2, 0, 0, 0);
    stop(d);
}

static void faults(void)
{
    Drive *d = start(NULL, SPEAK ",fault='high-ecc:lba=5;read-fail:lba=10;"
                     "reset-fail:grp=1:pu=0:chk=0'");

    expect(run_of(d, WRITE, 0, 16), 0, 0);
    expect(run_of(d, READ, 0, ROW), OCSSD12_SC_HIGH_ECC, 0x20);
    for (unsigned i = 0; i < ROW; i++) {
        expect_sector(d, i, i);
    }
    expect(run_of(d, READ, 0, 16), NVME_SC_UNRECOVERED_READ, 0x400);
    expect(run_of(d, ERASE, PPA(1, 0, 0, 0), 1), OCSSD12_SC_FAILED, 1);
    TABLE(d->q, PPA(1, 0, 0, 0), "\2\2\0\0\0\0\0\0\0\0", 0, 2, 0, 0);
    stop(d);
}

static const QOcpnTest tests[] = {
    { "Device Identification, byte by byte", identification, NOT_NVME },
    { "a bad block table is kept", table_is_kept, NOT_NVME },
    { "a table of several pages", large_table, NOT_NVME },
    { "wrong table commands are refused", wrong_tables, NOT_NVME },
    { "an empty page has a status of its own", empty_pages, NOT_NVME },
    { "lists of 64 and of 65", lists, NOT_NVME },
    { "blocks are erased, then written", erase_and_write, NOT_NVME },
    { "data are kept", data_are_kept, NOT_NVME },
    { "faults have statuses of 1.2", faults, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocssd12", tests, ARRAY_SIZE(tests));
}
