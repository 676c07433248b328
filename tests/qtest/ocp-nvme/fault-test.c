/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: faults by the property "fault", with -device and over QMP.
 * Proves: docs/fault-injection.rst; OCSSD 2.0, Write Next Unit, Chunk Early
 * Close, failing resets, Unrecovered Read Error, High ECC.
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qobject/qdict.h"
#include "qocpn.h"

#define NOT_NVME "hw/nvme has no faults"

/* 2 groups, 3 PUs, 5 chunks of 96 blocks; chunks A, B and C are at LBA ... */
#define FIXTURE \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24"
enum { A = 0, B = 0x80, C = 0x400 };
enum { IA = 0, IB = 1, IC = 5 };

#define CLBA    96
#define BLOCK   4096
#define MS      16

typedef struct Drive {
    QOcpn *q;
    uint8_t *data, *got;        /* of CLBA blocks */
    uint8_t md[CLBA * MS], got_md[CLBA * MS];
} Drive;

static QOcpnSetup fixture(const char *props)
{
    return (QOcpnSetup) {
        .open_channel = true, .lba_size = BLOCK, .ms = MS,
        .geometry = FIXTURE, .props = props,
    };
}

static Drive *start_with(const QOcpnSetup *s)
{
    Drive *d = g_new0(Drive, 1);

    d->q = qocpn_start(s);
    d->data = g_malloc(CLBA * BLOCK);
    d->got = g_malloc(CLBA * BLOCK);
    qocpn_pattern(d->data, CLBA * BLOCK, 1);
    qocpn_pattern(d->md, sizeof(d->md), 2);
    return d;
}

static Drive *start(const char *props)
{
    QOcpnSetup s = fixture(props);

    return start_with(&s);
}

static void stop(Drive *d)
{
    qocpn_stop(d->q);
    g_free(d->data);
    g_free(d->got);
    g_free(d);
}

/* Write N blocks from block S of the chunk at LBA; block s has pattern s. */
static QOcpnCqe put(Drive *d, uint64_t lba, unsigned s, unsigned n)
{
    return qocpn_write(d->q, lba + s, n, d->data + s * BLOCK, d->md + s * MS);
}

static void fill(Drive *d, uint64_t lba)
{
    QOCPN_OK(put(d, lba, 0, CLBA));
}

/* DNR is set with every failure: OCSSD-CASE-173. */
static void expect(QOcpnCqe cqe, uint16_t status, uint32_t dw0)
{
    QOCPN_STATUS(cqe, status);
    g_assert_cmpuint(QOCPN_DNR(cqe), ==, status != 0);
    g_assert_cmphex(cqe.dw0, ==, dw0);
    g_assert_cmphex(cqe.dw1, ==, 0);
}

static void expect_chunk(Drive *d, unsigned index, uint8_t cs, uint64_t wp)
{
    QOcpnChunk c = qocpn_chunk(d->q, index);

    g_assert_cmphex(c.cs, ==, cs);
    g_assert_cmpuint(c.wp, ==, wp);
}

/* Block S of the chunk at LBA can be read: it has its pattern, or zeros. */
static void expect_block(Drive *d, uint64_t lba, unsigned s, bool there)
{
    static const uint8_t zero[BLOCK];

    expect(qocpn_read(d->q, lba + s, 1, d->got, d->got_md), 0, 0);
    g_assert_cmpmem(d->got, BLOCK, there ? d->data + s * BLOCK : zero, BLOCK);
    g_assert_cmpmem(d->got_md, MS, there ? d->md + s * MS : zero, MS);
}

static QOcpnCqe vector(Drive *d, uint8_t opc, const uint64_t *lba, unsigned n)
{
    return qocpn_vector(d->q, &(QOcpnVector) {
        .opc = opc, .count = n, .lba = lba, .data = d->got, .md = d->got_md,
    });
}

/* ------------------------------------------------------------ the property */

static QDict *qom_set(Drive *d, const char *name, const char *text)
{
    return qtest_qmp(d->q->qts, "{'execute': 'qom-set', 'arguments': {"
                     "'path': '/machine/peripheral/nv0', 'property': %s, "
                     "'value': %s}}", name, text);
}

static void fault(Drive *d, const char *text)
{
    QDict *answer = qom_set(d, "fault", text);

    if (!qdict_haskey(answer, "return")) {
        g_test_message("fault '%s' is refused: %s", text,
                       qdict_get_str(qdict_get_qdict(answer, "error"),
                                     "desc"));
        g_test_fail();
    }
    qobject_unref(answer);
}

static void expect_list(Drive *d, const char *want)
{
    QDict *answer = qtest_qmp(d->q->qts, "{'execute': 'qom-get', 'arguments'"
                              ": {'path': '/machine/peripheral/nv0', "
                              "'property': 'fault'}}");

    g_assert_cmpstr(qdict_get_str(answer, "return"), ==, want);
    qobject_unref(answer);
}

/* Setting NAME to TEXT fails, and the sentence has all of the WORDS. */
static void refused(Drive *d, const char *name, const char *text,
                    const char *words)
{
    g_auto(GStrv) word = g_strsplit(words, " ", 0);
    QDict *answer = qom_set(d, name, text);
    const char *desc = "no error";

    if (qdict_haskey(answer, "error")) {
        desc = qdict_get_str(qdict_get_qdict(answer, "error"), "desc");
    }
    for (unsigned i = 0; word[i]; i++) {
        if (!strstr(desc, word[i])) {
            g_test_message("%s '%s': no '%s' in: %s", name, text, word[i],
                           desc);
            g_test_fail();
        }
    }
    qobject_unref(answer);
}

/* --------------------------------------------------------------- the tests */

/* OCSSD-CASE-159 OCSSD-CASE-160, over QMP, and over a restart of QEMU */
static void lost_blocks(void)
{
    QOcpnSetup s = fixture(NULL);
    char *file = qocpn_image(&s);
    Drive *d;

    s.file = file;
    d = start_with(&s);
    /* Data of another life, which must not be seen again. */
    fill(d, A);
    QOCPN_OK(qocpn_chunk_reset(d->q, A));
    QOCPN_OK(put(d, A, 0, 8));
    fault(d, "write-next-unit");
    expect(put(d, A, 8, 8), OCSSD_SC_WRITE_NEXT_UNIT, 0);
    expect_chunk(d, IA, OCSSD_CS_OPEN, 16);
    QOCPN_OK(put(d, A, 16, 80));
    for (unsigned run = 0; run < 2; run++) {
        expect_chunk(d, IA, OCSSD_CS_CLOSED, CLBA);
        expect_block(d, A, 7, true);
        expect_block(d, A, 8, false);
        expect_block(d, A, 15, false);
        expect_block(d, A, 16, true);
        stop(d);
        d = start_with(&s);
    }
    /* The rules are gone, the reset frees the blocks. */
    expect_list(d, "");
    QOCPN_OK(qocpn_chunk_reset(d->q, A));
    fill(d, A);
    expect_block(d, A, 8, true);
    stop(d);
    qocpn_image_free(file);
}

/* OCSSD-CASE-163 OCSSD-CASE-165 OCSSD-CASE-168, by -device */
static void closed_chunks(void)
{
    Drive *d = start(",fault='early-close:grp=0:pu=0:chk=0:blk=40:"
                     "offline-next=on; reset-fail:pu=1'");
    uint64_t lba[] = { C, B };

    QOCPN_OK(put(d, A, 0, 40));
    expect(put(d, A, 40, 8), OCSSD_SC_CHUNK_EARLY_CLOSE, 0);
    expect_chunk(d, IA, OCSSD_CS_CLOSED, 40);
    expect_block(d, A, 39, true);
    expect_block(d, A, 40, false);
    expect(put(d, A, 40, 8), NVME_SC_WRITE_FAULT, 0);
    expect(qocpn_chunk_reset(d->q, A), OCSSD_SC_OFFLINE_CHUNK, 1);
    expect_chunk(d, IA, OCSSD_CS_OFFLINE, 0);
    fill(d, B);
    fill(d, C);
    expect(vector(d, OCSSD_IO_VECTOR_RESET, lba, 2), OCSSD_SC_OFFLINE_CHUNK,
           1);
    g_assert_cmphex(d->got_md[0], ==, OCSSD_CS_OFFLINE);
    g_assert_cmphex(d->got_md[32], ==, OCSSD_CS_FREE);
    expect_chunk(d, IC, OCSSD_CS_OFFLINE, 0);
    expect_chunk(d, IB, OCSSD_CS_FREE, 0);
    stop(d);
}

/* OCSSD-CASE-169 OCSSD-CASE-171 */
static void reads(void)
{
    static const uint64_t lba[] = { A + 4, A + 5, A + 6 };
    Drive *d = start(NULL);

    fill(d, A);
    fault(d, "read-fail blk=5");
    expect(vector(d, OCSSD_IO_VECTOR_READ, lba, 3), NVME_SC_UNRECOVERED_READ,
           2);
    g_assert_cmpmem(d->got, BLOCK, d->data + 4 * BLOCK, BLOCK);
    g_assert_cmpmem(d->got + 2 * BLOCK, BLOCK, d->data + 6 * BLOCK, BLOCK);
    expect(qocpn_read(d->q, A + 5, 1, NULL, NULL), NVME_SC_UNRECOVERED_READ,
           0);
    fault(d, "clear; high-ecc lba=5");
    expect_block(d, A, 5, true);
    QOCPN_OK(qocpn_set_feature(d->q, OCSSD_FID_MEDIA_FEEDBACK, 1,
                               OCSSD_MF_HECC));
    expect(qocpn_read(d->q, A + 5, 1, d->got, d->got_md), OCSSD_SC_HIGH_ECC,
           0);
    g_assert_cmpmem(d->got, BLOCK, d->data + 5 * BLOCK, BLOCK);
    g_assert_cmpmem(d->got_md, MS, d->md + 5 * MS, MS);
    expect(vector(d, OCSSD_IO_VECTOR_READ, lba, 3), 0, 0);
    g_assert_cmpmem(d->got, 3 * BLOCK, d->data + 4 * BLOCK, 3 * BLOCK);
    stop(d);
}

/* What is set, counted, listed and removed. */
static void list(void)
{
    Drive *d = start(",fault=early-close:pu=2:after=1");

    expect_list(d, "1: early-close ns=1 pu=2 after=1 # chances 0, fired 0");
    fault(d, "read-fail times=2\nhigh-ecc grp=1 ; write-next-unit ppm=1 # !");
    QOCPN_OK(put(d, A, 0, 4));
    expect_list(d, "1: early-close ns=1 pu=2 after=1 # chances 0, fired 0\n"
                "2: read-fail ns=1 times=2 # chances 0, fired 0\n"
                "3: high-ecc ns=1 grp=1 # chances 0, fired 0\n"
                "4: write-next-unit ns=1 ppm=1 # chances 1, fired 0");
    fault(d, "delete=3;delete=1");
    expect_list(d, "2: read-fail ns=1 times=2 # chances 0, fired 0\n"
                "4: write-next-unit ns=1 ppm=1 # chances 1, fired 0");
    refused(d, "fault", "delete=3", "fault delete=3 3");
    refused(d, "fault", "delete=0", "fault delete=0");
    refused(d, "fault", "delete=-1", "fault delete=-1");
    refused(d, "fault", "delete=", "fault delete=");
    expect_list(d, "2: read-fail ns=1 times=2 # chances 0, fired 0\n"
                "4: write-next-unit ns=1 ppm=1 # chances 1, fired 0");
    /* They outlive the controller's resets. */
    qocpn_disable(d->q);
    qocpn_enable(d->q);
    fault(d, "clear");
    expect_list(d, "");
    fault(d, "");
    fault(d, "clear");
    fault(d, "reset-fail");
    expect_list(d, "5: reset-fail ns=1 # chances 0, fired 0");
    stop(d);
}

/* Texts that are wrong: what is said, and that nothing was done. */
static void wrong_texts(void)
{
    static const struct { const char *name, *text, *words; } t[] = {
        { "fault", "early-clos", "fault 'early-clos' early-close high-ecc" },
        { "fault", "grp=1", "fault 'grp=1' early-close" },
        { "fault", "early-close grp=9", "fault 'early-close grp=9' 1" },
        { "fault", "early-close chk=5", "fault chk=5 4" },
        { "fault", "early-close blk=96", "fault blk=96 95" },
        { "fault", "early-close lba=0x60", "fault lba=0x60" },
        { "fault", "early-close ppm=0", "fault ppm=0 1000000" },
        { "fault", "early-close ns=2", "fault ns=2 open-channel" },
        { "fault", "early-close ns=77", "fault ns=77 32" },
        { "fault", "early-close after=x", "fault after=x number" },
        { "fault", "reset-fail blk=1", "fault blk=1 whole" },
        { "fault", "read-fail offline-next=on", "fault offline-next=on" },
        /* the second line is no rule, so the first one is not set either */
        { "fault", "early-close; late-close", "fault 'late-close'" },
        { "notify", "state=awful mask=chunk lba=0", "notify state=awful high" },
        { "notify", "mask=chunk lba=0", "notify state" },
        { "set-chunks", "grp=0 pu=0 chk=0 state=lost", "set-chunks state=lost "
          "offline" },
        { "set-chunks", "grp=7 state=free", "set-chunks grp=7" },
    };
    Drive *d = start(NULL);

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        refused(d, t[i].name, t[i].text, t[i].words);
    }
    expect_list(d, "");
    qocpn_alive(d->q);
    stop(d);
}

static const QOcpnTest tests[] = {
    { "lost blocks stay lost over a restart", lost_blocks, NOT_NVME },
    { "chunks close early and go offline", closed_chunks, NOT_NVME },
    { "blocks cannot be read, or hardly", reads, NOT_NVME },
    { "rules are listed and removed", list, NOT_NVME },
    { "a wrong text is refused and changes nothing", wrong_texts, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "fault", tests, ARRAY_SIZE(tests));
}
