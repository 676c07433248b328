/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: many queues, many chunks, and drives of 16 TiB and more.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "qocpn-load.h"

#define NOT_OC      "hw/nvme is no open-channel drive"

/* What the drive may cost QEMU: 8 queues of 1024 entries, 100,000 chunks. */
#define COST        (16 * MiB)
#define COST_QUEUES 8
#define COST_RING   1024

/* Guest RAM that is not QEMU's own. */
#define SHARED_RAM  "-machine memory-backend=ram0 -object " \
                    "memory-backend-memfd,id=ram0,size=128M,share=on"

static void queues(void)
{
    QOcpnLoad *l = qocpn_load_new(qocpn_start(&(QOcpnSetup) {
        .no_ioq = true,
    }), 64, 8);
    QOcpn *q = l->q;

    qocpn_load_run(l, 64 * 8 * 4);
    qocpn_load_check(l);
    qocpn_load_free(l);
    qocpn_stop(q);
}

/* ------------------------------------------------------- large drives */

/* Wait for job ID, which must not fail. */
static void job_done(QTestState *qts, const char *id)
{
    bool done = false;

    while (!done) {
        QDict *e = qtest_qmp_eventwait_ref(qts, "JOB_STATUS_CHANGE");
        QDict *data = qdict_get_qdict(e, "data");

        g_assert_cmpstr(qdict_get_str(data, "status"), !=, "aborting");
        done = g_str_equal(qdict_get_str(data, "id"), id) &&
               g_str_equal(qdict_get_str(data, "status"), "concluded");
        qobject_unref(e);
    }
    qtest_qmp_assert_success(qts, "{'execute': 'job-dismiss',"
                             "'arguments': {'id': %s}}", id);
}

/* An empty qcow2 file of SIZE bytes. */
static void make_qcow2(const char *file, uint64_t size)
{
    QTestState *qts = qtest_init("-machine none");

    qtest_qmp_assert_success(qts, "{'execute': 'blockdev-create',"
                             "'arguments': {'job-id': 'c0', 'options': {"
                             "'driver': 'file', 'filename': %s, 'size': 0}}}",
                             file);
    job_done(qts, "c0");
    qtest_qmp_assert_success(qts, "{'execute': 'blockdev-add',"
                             "'arguments': {'driver': 'file',"
                             "'node-name': 'f0', 'filename': %s}}", file);
    qtest_qmp_assert_success(qts, "{'execute': 'blockdev-create',"
                             "'arguments': {'job-id': 'c1', 'options': {"
                             "'driver': 'qcow2', 'file': 'f0',"
                             "'size': %" PRIu64 "}}}", size);
    job_done(qts, "c1");
    qtest_quit(qts);
}

/* The last blocks are as good as the first, also after power off. */
static void at_the_end(QOcpnSetup *s)
{
    uint8_t data[4096];

    qocpn_pattern(data, sizeof(data), 16);
    for (unsigned i = 0; i < 2; i++) {
        QOcpn *q = qocpn_start(s);
        uint64_t size = qocpn_ns_size(q);

        g_assert_cmpuint(size * q->lba_size, >=, s->size);
        if (i == 0) {
            qocpn_expect_zero(q, size - 8, 8);
            QOCPN_OK(qocpn_write(q, size - 8, 8, data, NULL));
            QOCPN_OK(qocpn_write(q, 0, 8, data, NULL));
        }
        qocpn_expect(q, size - 8, 8, data);
        qocpn_expect(q, 0, 8, data);
        QOCPN_STATUS(qocpn_read(q, size - 7, 8, NULL, NULL),
                     NVME_SC_LBA_RANGE);
        QOCPN_STATUS(qocpn_read(q, size, 1, NULL, NULL), NVME_SC_LBA_RANGE);
        qocpn_stop(q);
        s->props = NULL;
    }
}

static void tib16(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });
    QOcpnSetup s = {
        .file = file, .format = "qcow2", .size = 16 * TiB,
        .props = ",auto-format=on,mode=conventional",
    };

    make_qcow2(file, 16 * TiB + 64 * GiB);
    at_the_end(&s);
    qocpn_image_free(file);
}

static void tib15_raw(void)
{
    QOcpnSetup s = { .size = 15 * TiB };
    char *file = qocpn_image(&s);

    s.file = file;
    at_the_end(&s);
    qocpn_image_free(file);
}

/* -------------------------------------------------------- many chunks */

/* FAILURE-CASE-10 */
static void million_chunks(void)
{
    enum { CHUNKS = 1000000, CLBA = 64 };
    QOcpnSetup s = {
        .open_channel = true, .size = (uint64_t)CHUNKS * CLBA * 4096,
        .geometry = "--num-grp 8 --num-pu 8 --num-chk 15625 --clba 64",
    };
    char *file = qocpn_image(&s);
    g_autofree uint8_t *data = g_malloc(CLBA * 4096);

    s.file = file;
    qocpn_pattern(data, CLBA * 4096, 1);
    for (unsigned i = 0; i < 2; i++) {
        QOcpn *q = qocpn_start(&s);
        QOcpnGeometry g = qocpn_geometry(q);
        QOcpnChunk last = qocpn_chunk(q, CHUNKS - 1);
        uint64_t lba = qocpn_lba(&g, 7, 7, 15624, 0);
        uint8_t b[64];

        g_assert_cmphex(last.slba, ==, lba);
        g_assert_cmphex(last.cs, ==, 1);                /* free */
        /* Behind the last descriptor there is none. */
        g_assert_cmphex(qocpn_get_log(q, 0xca, 1, 32ull * CHUNKS + 4, b, 32),
                        !=, 0);
        QOCPN_OK(qocpn_write(q, lba, CLBA, data, NULL));
        g_assert_cmphex(qocpn_chunk(q, CHUNKS - 1).cs, ==, 2);  /* closed */
        qocpn_expect(q, lba, CLBA, data);
        QOCPN_OK(qocpn_chunk_reset(q, lba));
        g_assert_cmphex(qocpn_chunk(q, CHUNKS - 1).cs, ==, 1);
        g_assert_cmphex(qocpn_chunk(q, CHUNKS - 2).cs, ==, 1);
        g_assert_cmphex(qocpn_chunk(q, 0).cs, ==, 1);
        qocpn_stop(q);
    }
    qocpn_image_free(file);
}

/* ------------------------------------------------------------- memory */

/* Bytes of anonymous memory that are resident. */
static uint64_t resident(QTestState *qts)
{
    g_autofree char *status = g_strdup_printf("/proc/%d/status",
                                              qtest_pid(qts));
    g_autofree char *text = NULL;
    const char *line;

    g_assert_true(g_file_get_contents(status, &text, NULL, NULL));
    line = strstr(text, "RssAnon:");
    g_assert_nonnull(line);
    return g_ascii_strtoull(line + strlen("RssAnon:"), NULL, 10) * KiB;
}

/* QEMU with the image opened, and no drive. */
static uint64_t without_drive(const char *file)
{
    QTestState *qts = qtest_initf("-machine q35 -nodefaults -m 128M %s "
                                  "-blockdev driver=raw,node-name=d0,"
                                  "file.driver=file,file.filename=%s",
                                  SHARED_RAM, file);
    uint64_t bytes = resident(qts);

    qtest_quit(qts);
    return bytes;
}

static void memory(void)
{
    QOcpnSetup s = {
        .open_channel = true, .size = 100000ull * 64 * 4096,
        .geometry = "--num-grp 8 --num-pu 4 --num-chk 3125 --clba 64",
        .args = SHARED_RAM, .no_ioq = true,
    };
    char *file = qocpn_image(&s);
    uint64_t before, after;
    QOcpnQueue pair[COST_QUEUES];
    QOcpn *q;

    s.file = file;
    before = without_drive(file);
    q = qocpn_start(&s);
    for (unsigned i = 0; i < COST_QUEUES; i++) {
        QOCPN_OK(qocpn_create_pair(q, &pair[i], i + 1, COST_RING, i + 1));
    }
    q->io = pair[0];
    /* What is allocated only when it is used, too. */
    QOCPN_OK(qocpn_read(q, 0, 8, NULL, NULL));
    g_assert_cmphex(qocpn_chunk(q, 99999).cs, ==, 1);
    after = resident(q->qts);
    g_test_message("%" PRIu64 " KiB without the drive, %" PRIu64 " with it",
                   before / KiB, after / KiB);
    g_assert_cmpuint(after, <=, before + COST);
    qocpn_stop(q);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "64 queues are busy at once", queues },
    { "16 TiB in qcow2 are there to the last block", tib16,
      "hw/nvme has no image" },
    { "15 TiB in a raw file are there to the last block", tib15_raw },
    { "a million chunks are there to the last one", million_chunks, NOT_OC },
    { "8 queues of 1024 and 100,000 chunks take at most 16 MiB", memory,
      NOT_OC },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "many", tests, ARRAY_SIZE(tests));
}
