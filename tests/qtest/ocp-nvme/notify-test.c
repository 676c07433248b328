/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: chunk notifications, from the monitor or the drive itself to the
 * host.
 * Proves: OCSSD 2.0, "Chunk Notification Log Page", "Asynchronous Event
 * Request"; docs/user-guide.rst, "Notifications".
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "knob.h"

#define NOT_NVME "hw/nvme is no open-channel drive"

#define FIXTURE \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --wit 10 --pe-cycles 10"

#define EVENT   0x00d00007
#define ENTRY   64
#define PAGE    4096

#define SECOND  "/machine/peripheral/ns2"

static QOcpn *start(const char *file, const char *more)
{
    return qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = FIXTURE, .file = file,
        .more = more,
    });
}

static void notify(QOcpn *q, const char *path, const char *text)
{
    g_autofree char *said = set_of(q, path, "notify", text);

    g_assert_cmpstr(said, ==, NULL);
}

static void expect_event(QOcpn *q)
{
    g_assert_cmphex(qocpn_event(q).dw0, ==, EVENT);
}

static void expect_no_event(QOcpn *q)
{
    QOcpnCqe cqe;

    qocpn_idle(q, 20);
    g_assert_false(qocpn_poll_event(q, &cqe));
}

/* Look at the page. */
static void look(QOcpn *q, uint32_t nsid, uint8_t *page)
{
    g_assert_cmphex(qocpn_get_log(q, OCSSD_LID_CHUNK_NOTIFY, nsid, 0, page,
                                  PAGE), ==, 0);
}

/* Take LEN bytes of it. */
static void take(QOcpn *q, uint32_t nsid, uint8_t *page, size_t len)
{
    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_GET_LOG, .nsid = nsid, .prp1 = q->buf,
        .cdw10 = OCSSD_LID_CHUNK_NOTIFY | (len / 4 - 1) << 16,
    }));
    qtest_memread(q->qts, q->buf, page, len);
}

/* The bytes of section "Chunk Notification Log Page". */
static void expect_entry(const uint8_t *e, uint64_t nc, uint64_t lba,
                         uint32_t nsid, uint16_t state, uint8_t mask,
                         uint16_t nlb)
{
    uint8_t want[ENTRY] = { [22] = mask };

    stq_le_p(want + 0, nc);
    stq_le_p(want + 8, lba);
    stl_le_p(want + 16, nsid);
    stw_le_p(want + 20, state);
    stw_le_p(want + 32, nlb);
    g_assert_cmpmem(e, ENTRY, want, ENTRY);
}

/* OCSSD-CASE-174 to OCSSD-CASE-178 */
static void one(void)
{
    QOcpn *q = start(NULL, NULL);
    uint8_t page[PAGE];

    take(q, 1, page, 1024);
    g_assert_true(qocpn_is_zero(page, 1024));
    qocpn_post_aer(q);
    expect_no_event(q);
    notify(q, DRIVE, "state=high mask=chunk lba=0x80");
    expect_event(q);
    qocpn_post_aer(q);
    for (unsigned i = 0; i < 2; i++) {
        look(q, 1, page);
        expect_entry(page, 1, 0x80, 1, 0x0004, 0x02, 0);
        g_assert_true(qocpn_is_zero(page + ENTRY, PAGE - ENTRY));
    }
    expect_no_event(q);
    take(q, 1, page, ENTRY);
    expect_entry(page, 1, 0x80, 1, 0x0004, 0x02, 0);
    take(q, 1, page, ENTRY);
    g_assert_true(qocpn_is_zero(page, ENTRY));
    expect_no_event(q);
    qocpn_stop(q);
}

/* Several in one text; what remains is told of again. */
static void several(void)
{
    QOcpn *q = start(NULL, NULL);
    uint8_t page[PAGE];

    notify(q, DRIVE, "state=low mask=block lba=8 nlb=8;"
                     "state=medium mask=chunk lba=0x1a00\n"
                     " STATE=Refreshed,MASK=PU:LBA=0x400 # one more ; ");
    qocpn_post_aer(q);
    expect_event(q);
    qocpn_post_aer(q);
    take(q, 0, page, 2 * ENTRY);
    expect_entry(page, 1, 8, 1, 0x0001, 0x01, 7);
    expect_entry(page + ENTRY, 2, 0x1a00, 1, 0x0002, 0x02, 0);
    expect_event(q);
    take(q, QOCPN_ALL_NS, page, 2 * ENTRY);
    expect_entry(page, 3, 0x400, 1, 0x0010, 0x04, 0);
    g_assert_true(qocpn_is_zero(page + ENTRY, ENTRY));
    qocpn_stop(q);
}

static const struct { const char *text, *says; } bad[] = {
    { "state=high mask=chunk", "notify: 'state=high mask=chunk': a "
      "notification needs lba, like state=high mask=chunk lba=0x80" },
    { "state=hot mask=chunk lba=0", "state=hot: must be low, medium, high, "
      "unrecoverable, refreshed or wli" },
    { "state=high mask=drive lba=0", "mask=drive: must be block, chunk or "
      "pu" },
    { "state=high mask=chunk lba=x", "lba=x: must be a number" },
    { "state=high mask=chunk lba=0x81", "the first block of the chunk, "
      "0x80" },
    { "state=high mask=pu lba=0x80", "the first block of the parallel unit, "
      "0x0" },
    { "state=high mask=chunk lba=0x280", "lba=0x280 does not exist" },
    { "state=high mask=block lba=0x60", "its chunk ends at 0x5f" },
    { "state=high mask=block lba=0x58 nlb=9", "it can be 1 to 8" },
    { "state=high mask=chunk lba=0 nlb=8", "nlb=8 is for mask=block" },
    { "state=high mask=chunk lba=0 ns=2", "ns=2 is not an open-channel "
      "namespace of this drive" },
    { "state=high mask=chunk lba=0 why=so", "why is not a word of a "
      "notification; these are: state, mask, lba, nlb, ns" },
    { "state=high mask=chunk lba=0; state=low", "notify: 'state=low': a "
      "notification needs mask" },
};

/* What is refused says what would be right, and leaves nothing behind. */
static void refused(void)
{
    QOcpn *q = start(NULL, NULL);
    uint8_t page[PAGE];

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        g_autofree char *said = set_of(q, DRIVE, "notify", bad[i].text);

        if (!said || !strstr(said, bad[i].says)) {
            g_test_message("'%s' gave '%s', expected '%s'", bad[i].text,
                           said ?: "no error", bad[i].says);
            g_test_fail();
        }
    }
    /* But for the good line of the last. */
    look(q, 1, page);
    g_assert_cmpuint(ldq_le_p(page), ==, 1);
    g_assert_true(qocpn_is_zero(page + ENTRY, PAGE - ENTRY));
    qocpn_stop(q);
}

/* OCSSD-CASE-183 */
static void two_namespaces(void)
{
    char *file = qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = FIXTURE,
    });
    g_autofree char *second = g_strdup_printf(
        "-blockdev driver=raw,node-name=d1,file.driver=file,file.filename=%s "
        "-device ocp-nvme-ns,id=ns2,drive=d1,bus=nv0,nsid=2", file);
    QOcpn *q = start(NULL, second);
    uint8_t page[PAGE];

    qocpn_post_aer(q);
    notify(q, SECOND, "state=high mask=chunk lba=0x80");
    expect_event(q);
    take(q, 1, page, 1024);
    g_assert_true(qocpn_is_zero(page, 1024));
    qocpn_post_aer(q);
    expect_event(q);                    /* one remains */
    notify(q, DRIVE, "ns=2 state=low mask=chunk lba=0x400");
    notify(q, SECOND, "ns=1 state=low mask=chunk lba=0");
    look(q, 0, page);
    expect_entry(page, 1, 0x80, 2, 0x0004, 0x02, 0);
    expect_entry(page + ENTRY, 2, 0x400, 2, 0x0001, 0x02, 0);
    expect_entry(page + 2 * ENTRY, 3, 0, 1, 0x0001, 0x02, 0);
    take(q, 1, page, 1024);
    expect_entry(page, 3, 0, 1, 0x0001, 0x02, 0);
    take(q, QOCPN_ALL_NS, page, PAGE);
    g_assert_cmpuint(ldq_le_p(page), ==, 1);
    g_assert_cmpuint(ldq_le_p(page + ENTRY), ==, 2);
    g_assert_true(qocpn_is_zero(page + 2 * ENTRY, PAGE - 2 * ENTRY));
    qocpn_stop(q);
    qocpn_image_free(file);
}

static void by_cc(QOcpn *q)
{
    qocpn_disable(q);
}

static void by_flr(QOcpn *q)
{
    qocpn_flr(q);
    qocpn_pci_restore(q);
}

static void by_system(QOcpn *q)
{
    qtest_system_reset(q->qts);
    qocpn_pci_restore(q);
}

/* Off, TEXT or nothing happens, and on again. */
static void off_and_on(QOcpn *q, void (*reset)(QOcpn *q), const char *text)
{
    qocpn_post_aer(q);
    expect_event(q);
    qocpn_post_aer(q);                  /* the reset takes it */
    reset(q);
    if (text) {
        notify(q, DRIVE, text);
    }
    QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
    qocpn_enable(q);
}

/* OCSSD-CASE-188: the queue and its count outlive each kind of reset. */
static void resets(void)
{
    static void (*const reset[])(QOcpn *q) = { by_cc, by_flr, by_system };
    QOcpn *q = start(NULL, NULL);
    uint8_t page[PAGE];

    notify(q, DRIVE, "state=high mask=chunk lba=0x80");
    for (unsigned i = 0; i < ARRAY_SIZE(reset); i++) {
        off_and_on(q, reset[i], NULL);
        off_and_on(q, reset[i], "state=low mask=chunk lba=0");
    }
    qocpn_post_aer(q);
    expect_event(q);
    take(q, 1, page, PAGE);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmpuint(ldq_le_p(page + i * ENTRY), ==, i + 1);
    }
    g_assert_true(qocpn_is_zero(page + 4 * ENTRY, PAGE - 4 * ENTRY));
    qocpn_stop(q);
}

/* The count goes on when QEMU is started again; the queue is gone. */
static void restart(void)
{
    char *file = qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .ms = 16, .geometry = FIXTURE,
    });
    QOcpn *q = start(file, NULL);
    uint8_t page[PAGE];

    notify(q, DRIVE, "state=high mask=chunk lba=0x80");
    notify(q, DRIVE, "state=high mask=chunk lba=0x80");
    qocpn_stop(q);
    q = start(file, NULL);
    look(q, 1, page);
    g_assert_true(qocpn_is_zero(page, PAGE));
    notify(q, DRIVE, "state=low mask=chunk lba=0");
    look(q, 1, page);
    expect_entry(page, 3, 0, 1, 0x0001, 0x02, 0);
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* OCSSD-CASE-185: the drive itself has something to tell. */
static void wear(void)
{
    QOcpn *q = start(NULL, NULL);
    g_autofree uint8_t *data = g_malloc0(96 * 4096);
    uint8_t page[PAGE];

    qocpn_post_aer(q);
    QOCPN_OK(qocpn_write(q, 0, 96, data, NULL));
    QOCPN_OK(qocpn_chunk_reset(q, 0));
    expect_event(q);
    take(q, 1, page, PAGE);
    expect_entry(page, 1, 0, 1, 0x0100, 0x02, 0);
    g_assert_true(qocpn_is_zero(page + ENTRY, PAGE - ENTRY));
    qocpn_stop(q);
}

/* A chunk that is lost outside a reset. */
static void lost(void)
{
    QOcpn *q = start(NULL, NULL);
    g_autofree char *said = NULL;
    uint8_t page[PAGE];

    qocpn_post_aer(q);
    said = set_of(q, DRIVE, "set-chunks", "grp=1 pu=2 chk=4 state=offline");
    g_assert_cmpstr(said, ==, NULL);
    expect_event(q);
    take(q, 1, page, PAGE);
    expect_entry(page, 1, 0x1a00, 1, 0x0008, 0x02, 0);
    g_assert_true(qocpn_is_zero(page + ENTRY, PAGE - ENTRY));
    qocpn_stop(q);
}

/* OCSSD-CASE-181 */
static void many(void)
{
    QOcpn *q = start(NULL, NULL);
    uint8_t page[PAGE];

    for (unsigned i = 0; i < 70; i++) {
        notify(q, DRIVE, "state=high mask=chunk lba=0x80");
    }
    take(q, 1, page, PAGE);
    for (unsigned i = 0; i < 64; i++) {
        expect_entry(page + i * ENTRY, i + 7, 0x80, 1, 0x0004, 0x02, 0);
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "a notification completes an event request", one, NOT_NVME },
    { "what remains is told of again", several, NOT_NVME },
    { "texts that are wrong are refused", refused, NOT_NVME },
    { "each namespace has its own entries", two_namespaces, NOT_NVME },
    { "resets keep the queue and tell again", resets, NOT_NVME },
    { "the count outlives QEMU", restart, NOT_NVME },
    { "a chunk that wears out of line is told of", wear, NOT_NVME },
    { "a chunk that is lost is told of", lost, NOT_NVME },
    { "the newest 64 are kept", many, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "notify", tests, ARRAY_SIZE(tests));
}
