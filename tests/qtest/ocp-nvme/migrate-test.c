/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: savevm, loadvm and live migration keep the drive as the host knows
 * it: chunks, events, features, queues, data.
 * Proves: docs/user-guide.rst, "Migration"; specification notes 14, "state,
 * WP, event, features identical".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qobject/qdict.h"
#include "qocpn-migrate.h"
#include "qocpn.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

#define FIXTURE \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --wit 10"

#define EVENT   0x00d00007
#define DRIVE   "/machine/peripheral/nv0"
#define CHUNK   (96 * 4096)

/* Where the chunks of the tests begin. */
#define OPEN_LBA    0x0000
#define FULL_LBA    0x0080

static void notify(QOcpn *q, const char *text)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': %s, 'property': 'notify',"
                             "'value': %s}}", DRIVE, text);
}

static void set_features(QOcpn *q, uint32_t dulbe, uint32_t feedback)
{
    QOCPN_OK(qocpn_set_feature(q, 0x05, 1, dulbe));
    QOCPN_OK(qocpn_set_feature(q, 0xca, 1, feedback));
}

static void expect_feature(QOcpn *q, uint8_t fid, uint32_t value)
{
    QOcpnCqe cqe = qocpn_get_feature(q, fid, 0, 1);

    QOCPN_OK(cqe);
    g_assert_cmphex(cqe.dw0, ==, value);
}

static void expect_chunk(QOcpn *q, unsigned index, uint8_t cs, uint64_t wp)
{
    QOcpnChunk k = qocpn_chunk(q, index);

    g_assert_cmphex(k.cs, ==, cs);
    g_assert_cmphex(k.wp, ==, wp);
}

/* An Open chunk of 8 blocks, a Closed one, features that are no defaults. */
static void prepare(QOcpn *q, uint8_t *data)
{
    qocpn_pattern(data, CHUNK, 7);
    QOCPN_OK(qocpn_set_feature(q, 0x07, 0, 0x00020003));
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    QOCPN_OK(qocpn_write(q, OPEN_LBA, 8, data, NULL));
    QOCPN_OK(qocpn_write(q, FULL_LBA, 96, data, NULL));
    set_features(q, 0x10000, 1);
}

/* All of that is there, and the queues go on. */
static void expect_prepared(QOcpn *q, const uint8_t *data)
{
    g_autofree uint8_t *buf = g_malloc(4 * 4096);

    expect_chunk(q, 0, OCSSD_CS_OPEN, 8);
    expect_chunk(q, 1, OCSSD_CS_CLOSED, 96);
    expect_feature(q, 0x05, 0x10000);
    expect_feature(q, 0xca, 1);
    expect_feature(q, 0x07, 0x00020003);
    for (unsigned i = 0; i < 96; i += 32) {
        qocpn_expect(q, FULL_LBA + i, 32, data + i * 4096);
    }
    /* DULBE is in effect, and the write pointer is where it was. */
    QOCPN_STATUS(qocpn_read(q, OPEN_LBA + 64, 4, buf, NULL), 0x287);
    QOCPN_STATUS(qocpn_write(q, OPEN_LBA + 16, 8, data, NULL),
                 0x2f2);
    QOCPN_OK(qocpn_write(q, OPEN_LBA + 8, 8, data, NULL));
    expect_chunk(q, 0, OCSSD_CS_OPEN, 16);
}

static void expect_event(QOcpn *q)
{
    g_assert_cmphex(qocpn_event(q).dw0, ==, EVENT);
}

/* The page has exactly one entry, for chunk 1. */
static void expect_notice(QOcpn *q, uint64_t nc)
{
    uint8_t page[128];

    g_assert_cmphex(qocpn_get_log(q, OCSSD_LID_CHUNK_NOTIFY, 1, 0, page,
                                  sizeof(page)), ==, 0);
    g_assert_cmpuint(ldq_le_p(page), ==, nc);
    g_assert_cmphex(ldq_le_p(page + 8), ==, FULL_LBA);
    g_assert_true(qocpn_is_zero(page + 64, 64));
}

static void expect_no_event(QOcpn *q)
{
    QOcpnCqe cqe;

    qocpn_idle(q, 20);
    g_assert_false(qocpn_poll_event(q, &cqe));
}

static QOcpn *start(const char *file, const char *format, const char *args,
                    bool no_enable)
{
    return qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = FIXTURE, .file = file,
        .format = format, .args = args, .no_enable = no_enable,
        .no_ioq = true,
    });
}

static char *new_image(void)
{
    return qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = FIXTURE,
    });
}

/* Everything that is not as it was at savevm. */
static void spoil(QOcpn *q, const uint8_t *data)
{
    QOCPN_OK(qocpn_write(q, OPEN_LBA + 8, 88, data, NULL));
    QOCPN_OK(qocpn_chunk_reset(q, FULL_LBA));
    QOCPN_OK(qocpn_write(q, 0x400, 8, data, NULL));
    set_features(q, 0, 0);
    qocpn_clear_event(q, OCSSD_LID_CHUNK_NOTIFY);
    notify(q, "state=low mask=chunk lba=0");
    notify(q, "state=low mask=chunk lba=0");
}

/* savevm, everything changes, loadvm; the host's memory goes back, too. */
static void there_and_back(QOcpn *q, const uint8_t *data)
{
    QOcpn was;

    qocpn_monitor(q, "savevm s1");
    was = *q;
    spoil(q, data);
    *q = was;
    qocpn_monitor(q, "loadvm s1");
}

static void savevm(bool aer_waits)
{
    char *file = new_image();
    g_autofree char *over = qocpn_overlay(file);
    g_autofree uint8_t *data = g_malloc(CHUNK);
    QOcpn *q = start(over, "qcow2", NULL, false);

    prepare(q, data);
    if (aer_waits) {
        qocpn_post_aer(q);
    } else {
        notify(q, "state=high mask=chunk lba=0x80");
    }
    for (unsigned i = 0; i < 2; i++) {
        there_and_back(q, data);
    }
    if (aer_waits) {
        expect_no_event(q);
        notify(q, "state=high mask=chunk lba=0x80");
    } else {
        qocpn_post_aer(q);
    }
    expect_event(q);
    expect_notice(q, 1);
    expect_chunk(q, 5, OCSSD_CS_FREE, 0);
    expect_prepared(q, data);
    qocpn_stop(q);
    g_unlink(over);
    qocpn_image_free(file);
}

/* OCSSD-CASE-197 */
static void savevm_event(void)
{
    savevm(false);
}

static void savevm_request(void)
{
    savevm(true);
}

/* Go on in DST with the host that Q was. */
static void move(QOcpn *q, QOcpn *dst, const char *socket)
{
    g_autofree char *uri = g_strconcat("unix:", socket, NULL);
    gint64 end = qocpn_deadline();
    bool done = false;

    qtest_qmp_assert_success(q->qts, "{'execute': 'migrate', 'arguments': {"
                             "'uri': %s}}", uri);
    while (!done) {
        QDict *r = qtest_qmp_assert_success_ref(q->qts,
                                                "{'execute':"
                                                " 'query-migrate'}");
        const char *status = qdict_get_try_str(r, "status");

        g_assert_cmpstr(status, !=, "failed");
        done = g_strcmp0(status, "completed") == 0;
        qobject_unref(r);
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(1000);
    }
    qtest_qmp_eventwait(dst->qts, "RESUME");
    g_assert_cmphex(dst->buf, ==, q->buf);
    dst->adm = q->adm;
    dst->io = q->io;
    dst->next_aer = q->next_aer;
}

/* FAILURE-CASE-21 OCSSD-CASE-197 */
static void live(void)
{
    char *file = new_image();
    g_autofree char *socket = g_strconcat(file, ".sock", NULL);
    g_autofree char *incoming = g_strdup_printf("-incoming unix:%s", socket);
    g_autofree uint8_t *data = g_malloc(CHUNK);
    QOcpn *q = start(file, "raw", NULL, false);
    QOcpn *dst = start(file, "raw", incoming, true);

    prepare(q, data);
    notify(q, "state=high mask=chunk lba=0x80");
    move(q, dst, socket);
    qocpn_stop(q);
    qocpn_post_aer(dst);
    expect_event(dst);
    expect_notice(dst, 1);
    expect_prepared(dst, data);
    qocpn_stop(dst);
    /* The image is whole, and was closed once. */
    q = start(file, "raw", NULL, false);
    expect_chunk(q, 0, OCSSD_CS_OPEN, 16);
    qocpn_stop(q);
    g_unlink(socket);
    qocpn_image_free(file);
}

/* Post a write of 8 blocks of zeros behind the write pointer. */
static void post_write(QOcpn *q, uint64_t lba)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, lba, 8);

    qocpn_prp(q, &cmd, q->buf, 8 * 4096, q->list);
    qocpn_post(q, &q->io, &cmd);
    qocpn_ring(q, &q->io);
}

/* Writes that the drive holds back when the migration begins. */
static void under_way(void)
{
    char *file = new_image();
    g_autofree char *socket = g_strconcat(file, ".sock", NULL);
    g_autofree char *incoming = g_strdup_printf("-incoming unix:%s", socket);
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .file = file, .throttle = true,
    });
    QOcpn *dst = start(file, "raw", incoming, true);

    qocpn_hold(q, true);
    for (unsigned i = 0; i < 4; i++) {
        post_write(q, 8 * i);
    }
    move(q, dst, socket);
    qocpn_stop(q);
    for (unsigned i = 0; i < 4; i++) {
        QOCPN_OK(qocpn_wait(dst, &dst->io));
    }
    expect_chunk(dst, 0, OCSSD_CS_OPEN, 32);
    post_write(dst, 32);
    QOCPN_OK(qocpn_wait(dst, &dst->io));
    expect_chunk(dst, 0, OCSSD_CS_OPEN, 40);
    qocpn_stop(dst);
    g_unlink(socket);
    qocpn_image_free(file);
}

/* The sector of a new image that has the first bytes of block 0. */
static uint64_t first_sector(void)
{
    char *file = new_image();
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .open_channel = true, .ms = 16,
                                           .file = file });
    uint8_t data[8 * 4096];
    g_autofree char *bytes = NULL;
    const char *at;
    gsize len;

    qocpn_pattern(data, sizeof(data), 4711);
    QOCPN_OK(qocpn_write(q, 0, 8, data, NULL));
    qocpn_stop(q);
    g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
    at = memmem(bytes, len, data, 4096);
    g_assert_nonnull(at);
    qocpn_image_free(file);
    return (at - bytes) / 512;
}

/* A write has failed and waits for "cont"; loadvm does not wait for it. */
static void held(void)
{
    char *file = new_image();
    uint64_t sector = first_sector();
    g_autofree char *over = qocpn_overlay(file);
    g_autofree char *args = g_strdup_printf(
        "-blockdev driver=file,node-name=f0,filename=%s "
        "-blockdev driver=qcow2,node-name=q0,file=f0", over);
    g_autofree char *node = g_strdup_printf(
        "driver=blkdebug,image=q0,inject-error.0.event=none,"
        "inject-error.0.iotype=write,inject-error.0.errno=5,"
        "inject-error.0.sector=%" PRIu64, sector);
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .args = args, .node = node,
        .props = ",werror=stop" });
    QOcpn was;

    qocpn_monitor(q, "savevm s1");
    was = *q;
    post_write(q, 0);
    qtest_qmp_eventwait(q->qts, "STOP");
    *q = was;
    qocpn_monitor(q, "loadvm s1");
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    expect_chunk(q, 0, OCSSD_CS_FREE, 0);
    qocpn_stop(q);
    g_unlink(over);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "loadvm brings chunks, features and an event back", savevm_event,
      NOT_NVME },
    { "loadvm brings an event request back", savevm_request, NOT_NVME },
    { "loadvm gives up a write that is held", held, NOT_NVME },
    { "a live migration keeps all of it", live, NOT_NVME },
    { "writes under way come to their end", under_way, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "migrate", tests, ARRAY_SIZE(tests));
}
