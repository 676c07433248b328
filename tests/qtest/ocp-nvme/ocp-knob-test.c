/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: knobs and actions of the OCP half, as the monitor has them, and what
 * a host sees of them.
 * Proves: docs/ocp.rst, "Knobs", "Actions", "Damaged pages", "Forced
 * statuses", "What happened".
 */
#include "qemu/osdep.h"
#include "qobject/qlist.h"
#include "qobject/qstring.h"
#include "knob.h"

#define NOT_NVME    "hw/nvme is no OCP drive"
#define KNOBS       ",ocp-version=2.7,x-test-knobs=on"
#define PAGE        512

static QOcpn *start(const char *props)
{
    return qocpn_start(&(QOcpnSetup) { .props = props });
}

/* What qom-get answers, a string; of an error its text behind "error: ". */
static char *get(QOcpn *q, const char *name)
{
    QDict *reply = qtest_qmp(q->qts, "{'execute': 'qom-get', 'arguments': {"
                             "'path': %s, 'property': %s}}", DRIVE, name);
    QDict *error = qdict_get_qdict(reply, "error");
    char *said = error ? g_strconcat("error: ", qdict_get_str(error, "desc"),
                                     NULL)
                       : g_strdup(qdict_get_try_str(reply, "return"));

    qobject_unref(reply);
    return said;
}

static uint16_t get_log(QOcpn *q, uint8_t lid, void *page, size_t len)
{
    return qocpn_get_log(q, lid, QOCPN_ALL_NS, 0, page, len);
}

/* The page when what the drive still does after its start is counted. */
static void get_settled_log(QOcpn *q, uint8_t lid, void *page, size_t len)
{
    gint64 end = qocpn_deadline();
    uint8_t again[4096];

    g_assert_cmpuint(len, <=, sizeof(again));
    g_assert_cmphex(get_log(q, lid, page, len), ==, 0);
    for (;;) {
        qocpn_idle(q, 1);
        g_assert_cmphex(get_log(q, lid, again, len), ==, 0);
        if (!memcmp(page, again, len)) {
            return;
        }
        memcpy(page, again, len);
        g_assert_cmpint(g_get_monotonic_time(), <, end);
    }
}

/* OCP-CASE-139 OCP-CASE-140: reads succeed; only the GUID is another one */
static void guids(void)
{
    static const struct {
        uint8_t lid;
        unsigned at, len;
    } t[] = {
        { 0xc0, 496, 512 }, { 0xc3, 496, 512 }, { 0xc4, 4080, 4096 },
        { 0xc5, 4080, 4096 }, { 0xc7, 496, 512 }, { 0xc9, 16, 432 },
    };
    QOcpn *q = start(KNOBS);
    uint8_t good[4096], bad[4096];

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        g_autofree char *text = g_strdup_printf("lid=0x%x what=guid",
                                                t[i].lid);

        get_settled_log(q, t[i].lid, good, t[i].len);
        must_set(q, "corrupt", text);
        g_assert_cmphex(get_log(q, t[i].lid, bad, t[i].len), ==, 0);
        for (unsigned k = 0; k < t[i].len; k++) {
            g_assert_cmpint(good[k] != bad[k], ==,
                            k >= t[i].at && k < t[i].at + 16);
        }
    }
    must_set(q, "corrupt", "clear");
    g_assert_cmphex(get_log(q, 0xc0, bad, PAGE), ==, 0);
    g_assert_cmphex(bad[496], ==, 0xc5);
    qocpn_stop(q);
}

static void dumps(void)
{
    QOcpn *q = start(KNOBS);
    g_autofree char *hex = NULL;
    uint8_t page[PAGE];

    g_assert_cmphex(get_log(q, 0xc0, page, PAGE), ==, 0);
    must_set(q, "corrupt", "lid=0xc0 what=garbage");
    hex = get(q, "dump-log.c0");
    g_assert_cmpuint(strlen(hex), ==, 2 * PAGE);
    for (unsigned i = 0; i < PAGE; i++) {
        char two[3] = { hex[2 * i], hex[2 * i + 1] };

        g_assert_cmphex(g_ascii_strtoull(two, NULL, 16), ==, page[i]);
    }
    qocpn_stop(q);
}

static void forced(void)
{
    QOcpn *q = start(KNOBS);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, 1);
    g_autofree char *armed = NULL;
    uint8_t page[PAGE];

    cmd.prp1 = q->buf;
    must_set(q, "force-status", "lid=0xc0 status=0x006");
    must_set(q, "force-status", "queue=io opcode=2 status=0x281 count=2");
    armed = get(q, "force-status");
    g_assert_cmpstr(armed, ==, "queue=admin lid=0xc0 status=0x006 count=1\n"
                    "queue=io opcode=0x02 status=0x281 count=2");
    g_assert_cmphex(get_log(q, 0xc0, page, PAGE), ==, 0x006);
    g_assert_cmphex(get_log(q, 0xc0, page, PAGE), ==, 0);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(QOCPN_SC(qocpn_io(q, &cmd)), ==, i < 2 ? 0x281 : 0);
    }
    qocpn_stop(q);
}

/* A day in no time; the guest's clock stays as it is. */
static void time_passes(void)
{
    QOcpn *q = start(KNOBS);
    g_autofree char *timer = NULL;
    uint8_t page[PAGE];

    must_set(q, "advance-time", "86400");
    g_assert_cmphex(get_log(q, 0x02, page, PAGE), ==, 0);
    g_assert_cmpuint(ldq_le_p(page + 128), ==, 24);
    g_assert_cmphex(get_log(q, 0xc3, page, PAGE), ==, 0);
    g_assert_cmpuint(lduw_le_p(page + 2), ==, 288);
    qtest_clock_step(q->qts, 300 * 1000000000ll);
    g_assert_cmphex(get_log(q, 0xc3, page, PAGE), ==, 0);
    g_assert_cmpuint(lduw_le_p(page + 2), ==, 289);
    qocpn_stop(q);
}

/* To the host a new drive, which counts what happened. */
static void power(void)
{
    QOcpn *q = start(KNOBS);
    uint8_t before[PAGE], after[PAGE];

    g_assert_cmphex(get_log(q, 0x02, before, PAGE), ==, 0);
    must_set(q, "power-cut", "now");
    QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
    qocpn_enable(q);
    g_assert_cmphex(get_log(q, 0x02, after, PAGE), ==, 0);
    g_assert_cmpuint(ldq_le_p(after + 112), ==, ldq_le_p(before + 112) + 1);
    g_assert_cmpuint(ldq_le_p(after + 144), ==, ldq_le_p(before + 144) + 1);
    qocpn_stop(q);
}

static void events(void)
{
    QOcpn *q = start(KNOBS);
    g_autofree char *all = NULL;
    uint8_t page[PAGE];

    qocpn_post_aer(q);
    must_set(q, "wear-step", "100");
    g_assert_cmphex(qocpn_event(q).dw0, ==, 0x00020001);
    g_assert_cmphex(get_log(q, 0x02, page, PAGE), ==, 0);
    g_assert_cmpuint(page[3], ==, 10);
    g_assert_cmpuint(page[5], ==, 100);
    must_set(q, "telemetry-trigger", "Media gave up");
    g_assert_cmphex(get_log(q, 0x08, page, PAGE), ==, 0);
    g_assert_cmpmem(page + 384, 14, "Media gave up", 14);
    all = get(q, "x-events");
    g_assert_nonnull(strstr(all, " aen type=1 info=0x0 lid=0x2\n"));
    g_assert_nonnull(strstr(all, " log-read lid=0x2 rae=1\n"));
    g_assert_nonnull(strstr(all, " telemetry lid=0x8 generation=1\n"));
    qocpn_stop(q);
}

/*
 * OCP-CASE-137: reads of C0h while writes run.  The count goes over 64 bits on
 * the way; it never falls, and no byte of it is of another time.
 */
static void torn(void)
{
    enum { NWRITES = 24, ROUNDS = 4 };
    const uint64_t first = UINT64_MAX - NWRITES * ROUNDS / 2 * 512;
    QOcpn *q = start(KNOBS);
    g_autofree char *text = g_strdup_printf("%" PRIu64, first);
    uint64_t high = 0, low = first;
    uint8_t page[PAGE];

    must_set(q, "media-written", text);
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned done = 0;
        QOcpnCqe cqe;

        for (unsigned k = 0; k < NWRITES; k++) {
            QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, k, 1);

            cmd.prp1 = q->buf + QOCPN_PAGE;
            qocpn_post(q, &q->io, &cmd);
        }
        qocpn_ring(q, &q->io);
        while (done < NWRITES) {
            g_assert_cmphex(get_log(q, 0xc0, page, PAGE), ==, 0);
            g_assert_cmpuint(ldq_le_p(page + 8), >=, high);
            g_assert_true(ldq_le_p(page + 8) > high ||
                          ldq_le_p(page) >= low);
            high = ldq_le_p(page + 8);
            low = ldq_le_p(page);
            g_assert_true(high ? low < UINT32_MAX : low >= first);
            while (qocpn_reap(q, &q->io, &cqe)) {
                QOCPN_OK(cqe);
                done++;
            }
        }
    }
    g_assert_cmpuint(high, ==, 1);
    qocpn_stop(q);
}

/* What the monitor of people says; "": done. */
static void types(QOcpn *q, const char *line, const char *says)
{
    g_autofree char *said = qtest_hmp(q->qts, "%s", line);

    g_strchomp(said);
    g_assert_cmpstr(said, ==, says);
}

/* Values are texts there, also those of numbers and of several words. */
static void typed(void)
{
    QOcpn *q = start(KNOBS);

    types(q, "qom-set " DRIVE " temperature 340", "");
    types(q, "qom-get " DRIVE " temperature", "340");
    types(q, "qom-set -j " DRIVE " temperature 341", "");
    types(q, "qom-get " DRIVE " temperature", "341");
    types(q, "qom-set " DRIVE " xor-recovery.add 0x10", "");
    types(q, "qom-get " DRIVE " xor-recovery", "16");
    types(q, "qom-set " DRIVE " plp-state degraded", "");
    types(q, "qom-get " DRIVE " plp-state", "\"degraded\"");
    types(q, "qom-set " DRIVE " force-status lid=0xc0 status=0x006", "");
    types(q, "qom-get " DRIVE " force-status",
          "\"queue=admin lid=0xc0 status=0x006 count=1\"");
    types(q, "qom-set -j " DRIVE " temperature true",
          "Error: temperature is set to a number, or to a string with one");
    types(q, "qom-set -j " DRIVE " xor-recovery 18446744073709551615", "");
    types(q, "qom-get " DRIVE " xor-recovery", "18446744073709551615");
    qocpn_stop(q);
}

/* OCP-CASE-148: the watts that the table has */
static void watts(void)
{
    QOcpn *q = start(",ocp-version=2.7,power-states=40:30.5:4");
    uint64_t at = qocpn_buf(q, QOCPN_PAGE);
    QOcpnCqe cqe;

    QOCPN_OK(qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_IDENTIFY, .cdw10 = 1, .prp1 = at,
    }));
    g_assert_cmpuint(qtest_readb(q->qts, at + 263), ==, 2);
    g_assert_cmpuint(qtest_readw(q->qts, at + 2048), ==, 4000);
    g_assert_cmpuint(qtest_readw(q->qts, at + 2048 + 32), ==, 3050);
    cqe = qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_SET_FEAT, .cdw10 = 0xc7, .cdw11 = 127,
    });
    QOCPN_OK(cqe);
    cqe = qocpn_admin(q, &(QOcpnCmd) {
        .opc = NVME_ADM_GET_FEAT, .cdw10 = 0x02,
    });
    QOCPN_OK(cqe);
    g_assert_cmpuint(cqe.dw0 & 31, ==, 0);
    qocpn_stop(q);
}

/* Properties of the device itself, not of all PCI devices, that can be set. */
static bool is_ours(const char *name)
{
    static const char *const words[] = {
        "advance-time", "corrupt", "force-status", "power-cut", "spare",
        "telemetry-trigger", "temperature", "wear-step", "lm.timer",
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (g_str_equal(name, words[i])) {
            return true;
        }
    }
    return false;
}

/* OCP-CASE-150: every property of type "any", and every dump */
static void off(void)
{
    QOcpn *q = start(",ocp-version=2.7");
    uint8_t before[PAGE], after[PAGE];
    unsigned knobs = 0, dumps = 0, known = 0;
    const QListEntry *e;
    QDict *reply;

    g_assert_cmphex(get_log(q, 0xc0, before, PAGE), ==, 0);
    reply = qtest_qmp(q->qts, "{'execute': 'qom-list', 'arguments': {"
                      "'path': %s}}", DRIVE);
    QLIST_FOREACH_ENTRY(qdict_get_qlist(reply, "return"), e) {
        QDict *p = qobject_to(QDict, qlist_entry_obj(e));
        const char *name = qdict_get_str(p, "name");
        g_autofree char *said = NULL;

        if (g_str_equal(qdict_get_str(p, "type"), "any")) {
            said = set(q, name, "1");
            knobs++;
            known += is_ours(name);
        } else if (g_str_has_prefix(name, "dump-log.")) {
            said = get(q, name);
            dumps++;
        } else {
            continue;
        }
        g_assert_nonnull(said);
        if (!strstr(said, "x-test-knobs=on") || !strstr(said, name)) {
            g_test_message("%s: %s", name, said);
            g_test_fail();
        }
    }
    qobject_unref(reply);
    g_assert_cmpuint(knobs, >, 150);
    g_assert_cmpuint(dumps, >, 15);
    g_assert_cmpuint(known, ==, 9);
    g_assert_cmphex(get_log(q, 0xc0, after, PAGE), ==, 0);
    /* Bytes 15:0 count what is written, and so the drive's own pages. */
    g_assert_cmpmem(before + 16, PAGE - 16, after + 16, PAGE - 16);
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "pages with another GUID", guids, NOT_NVME },
    { "dumps of pages", dumps, NOT_NVME },
    { "forced statuses", forced, NOT_NVME },
    { "time passes", time_passes, NOT_NVME },
    { "power fails", power, NOT_NVME },
    { "what happened", events, NOT_NVME },
    { "pages while I/O runs", torn, NOT_NVME },
    { "what is typed into the monitor", typed, NOT_NVME },
    { "power states of one's own", watts, NOT_NVME },
    { "everything is refused where knobs are off", off, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "ocp-knob", tests, ARRAY_SIZE(tests));
}
