/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States that a drive under load can be in when something happens to it.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "storm-states.h"

#define SHN_NORMAL      (1u << 14)
#define NO_RAM_QUEUE    (QOCPN_STORM_QUEUES + 1)

#define DONE(s, ...)    qtest_qmp_assert_success((s)->q->qts, __VA_ARGS__)

static void nothing(QOcpnStorm *s)
{
}

static void idle(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    qocpn_storm_wait(s);
}

/* Some have completed, perhaps. */
static void loaded(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    if (qocpn_storm_pick(s, 2)) {
        qocpn_idle(s->q, qocpn_storm_pick(s, 3));
        qocpn_storm_reap(s);
        qocpn_storm_post(s);
    }
}

/* Nobody reads the completions: as many have come as there is room for. */
static void full(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    for (unsigned k = 0; k < QOCPN_STORM_QUEUES; k++) {
        const QOcpnStormQueue *w = &s->queue[k];
        const uint8_t *last = qocpn_storm_at(s, w->cq +
                                             16 * (w->cq_size - 2));

        QOCPN_UNTIL(s->q, qatomic_read(&last[14]) & 1);
    }
    g_assert_cmpuint(s->busy, ==, QOCPN_STORM_SLOTS);
}

/* All are done and wait for their time, which does not come. */
static void late(QOcpnStorm *s)
{
    qocpn_storm_set(s, "fault", "latency ms=20000 times=0");
    qocpn_storm_post(s);
    qocpn_idle(s->q, 2);
    g_assert_cmpuint(qocpn_storm_reap(s), ==, 0);
}

/* How often the rule has fired. */
static unsigned fired(QOcpnStorm *s)
{
    QDict *answer = qtest_qmp(s->q->qts, "{'execute': 'qom-get', 'arguments'"
                              ": {'path': '/machine/peripheral/nv0',"
                              "'property': 'fault'}}");
    const char *at = strstr(qdict_get_str(answer, "return"), "fired ");
    unsigned n = at ? g_ascii_strtoull(at + strlen("fired "), NULL, 10) : 0;

    qobject_unref(answer);
    return n;
}

/* All are held back until somebody gives them up. */
static void stalled(QOcpnStorm *s)
{
    qocpn_storm_set(s, "fault", "timeout times=0");
    qocpn_storm_post(s);
    QOCPN_UNTIL(s->q, fired(s) == QOCPN_STORM_SLOTS);
    g_assert_cmpuint(qocpn_storm_reap(s), ==, 0);
}

static void no_faults(QOcpnStorm *s)
{
    qocpn_storm_set(s, "fault", "clear");
}

/* The medium has them: it does one I/O a second. */
static void held(QOcpnStorm *s)
{
    qocpn_hold(s->q, true);
    qocpn_storm_post(s);
    qocpn_idle(s->q, 2);
    g_assert_cmpuint(s->busy, >, 1000);
}

static void let_go(QOcpnStorm *s)
{
    qocpn_hold(s->q, false);
}

/* Half of the doorbells are rung while the VM is stopped. */
static void stopped(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    DONE(s, "{'execute': 'stop'}");
    qocpn_storm_reap(s);
    qocpn_storm_post(s);
}

static void cont(QOcpnStorm *s)
{
    DONE(s, "{'execute': 'cont'}");
}

/* So slowly that it is not over before it is cancelled. */
static void migrating(QOcpnStorm *s)
{
    DONE(s, "{'execute': 'migrate-set-parameters', 'arguments':"
         "{'max-bandwidth': 65536}}");
    DONE(s, "{'execute': 'migrate', 'arguments':"
         "{'uri': 'exec:cat >/dev/null'}}");
    loaded(s);
}

static bool is_migrating(QOcpnStorm *s)
{
    QDict *answer = qtest_qmp(s->q->qts, "{'execute': 'query-migrate'}");
    const char *status = qdict_get_str(qdict_get_qdict(answer, "return"),
                                       "status");
    bool over = g_str_equal(status, "cancelled");

    g_assert_cmpstr(status, !=, "completed");
    g_assert_cmpstr(status, !=, "failed");
    qobject_unref(answer);
    return !over;
}

static void not_migrating(QOcpnStorm *s)
{
    DONE(s, "{'execute': 'migrate_cancel'}");
    QOCPN_UNTIL(s->q, !is_migrating(s));
}

/* A job that drains the drive when it starts and when it ends. */
static void mirrored(QOcpnStorm *s)
{
    GStatBuf st;

    g_assert_cmpint(g_stat(s->q->file, &st), ==, 0);
    qocpn_storm_post(s);
    DONE(s, "{'execute': 'blockdev-add', 'arguments': {'driver': 'null-co',"
         "'node-name': 't0', 'size': %" PRIu64 "}}", (uint64_t)st.st_size);
    DONE(s, "{'execute': 'blockdev-mirror', 'arguments': {'job-id': 'j0',"
         "'device': 'd0', 'target': 't0', 'sync': 'none'}}");
    qocpn_storm_reap(s);
    qocpn_storm_post(s);
}

static void not_mirrored(QOcpnStorm *s)
{
    DONE(s, "{'execute': 'block-job-cancel', 'arguments': {'device': 'j0',"
         "'force': true}}");
    qtest_qmp_eventwait(s->q->qts, "BLOCK_JOB_CANCELLED");
    DONE(s, "{'execute': 'blockdev-del', 'arguments': {'node-name': 't0'}}");
}

static void shutting_down(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    qocpn_writel(s->q, NVME_REG_CC, QOCPN_CC | SHN_NORMAL);
}

/* A controller reset waits for the medium. */
static void resetting(QOcpnStorm *s)
{
    held(s);
    qocpn_writel(s->q, NVME_REG_CC, QOCPN_CC & ~1u);
    g_assert_cmphex(qocpn_readl(s->q, NVME_REG_CSTS) & 1, ==, 1);
}

/* Format NVM waits for stalled reads, a self-test and events for time. */
static void administrated(QOcpnStorm *s)
{
    s->only_reads = 1;
    stalled(s);
    s->only_reads = 0;
    for (unsigned i = 0; i < 8; i++) {
        qocpn_post_aer(s->q);
    }
    QOCPN_OK(qocpn_admin(s->q, &(QOcpnCmd) {
        .opc = NVME_ADM_SELF_TEST, .nsid = 1, .cdw10 = 2,
    }));
    qocpn_post(s->q, &s->q->adm, &(QOcpnCmd) {
        .opc = NVME_ADM_FORMAT, .nsid = 1, .cdw10 = s->lba_format,
    });
    qocpn_ring(s->q, &s->q->adm);
    qocpn_idle(s->q, 1);
    s->ops->zeroed(s);
}

/* Block erase: commands are refused until it is over. */
static void sanitized(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    qocpn_storm_wait(s);
    QOCPN_OK(qocpn_admin(s->q, &(QOcpnCmd) {
        .opc = NVME_ADM_SANITIZE, .cdw10 = 2,
    }));
    s->ops->zeroed(s);
    qocpn_storm_allow(s, NVME_SC_SANITIZE_IN_PROGRESS);
    qocpn_storm_allow(s, NVME_SC_ABORT_FAILED_FUSED);
    qocpn_storm_post(s);
}

/* A completion queue that cannot be written is fatal. */
static void failed(QOcpnStorm *s)
{
    QOcpnQueue w = { .id = NO_RAM_QUEUE, .size = 16,
                     .sq = s->q->list, .cq = QOCPN_NO_RAM };

    qocpn_storm_post(s);
    QOCPN_OK(qocpn_create_cq(s->q, &w, 0));
    QOCPN_OK(qocpn_create_sq(s->q, &w, w.id));
    stl_le_p(qocpn_storm_at(s, s->db + 8 * w.id), 1);
    qocpn_writel(s->q, qocpn_sq_doorbell(s->q, w.id), 1);
    QOCPN_UNTIL(s->q, qocpn_readl(s->q, NVME_REG_CSTS) & 2);
}

static void panicked(QOcpnStorm *s)
{
    qocpn_storm_post(s);
    qocpn_storm_allow(s, NVME_SC_INTERNAL);
    qocpn_storm_allow(s, NVME_SC_ABORT_FAILED_FUSED);
    qocpn_storm_set(s, "panic", "1");
    qocpn_storm_reap(s);
    qocpn_storm_post(s);
}

static void not_panicked(QOcpnStorm *s)
{
    qocpn_storm_set(s, "panic", "0");
}

const StormState storm_states[] = {
    { "idle", idle, nothing, .deletes = true },
    { "loaded", loaded, nothing, .deletes = true, .chunks = true },
    { "full completion queues", full, nothing, .few = true, .deletes = true,
      .chunks = true },
    { "late commands", late, no_faults, .deletes = true, .held = true,
      .device = true, .chunks = true },
    { "stalled commands", stalled, no_faults, .deletes = true, .held = true,
      .stalls = true, .device = true, .chunks = true },
    { "a medium that hangs", held, let_go, .deletes = true, .undone = true,
      .throttle = true, .chunks = true },
    { "a stopped VM", stopped, cont, .deletes = true, .undone = true },
    { "a migration", migrating, not_migrating, .deletes = true,
      .forbids = true },
    { "a mirror job", mirrored, not_mirrored, .deletes = true,
      .chunks = true },
    { "a shutdown", shutting_down, nothing },
    { "another reset", resetting, let_go, .throttle = true },
    { "admin commands", administrated, no_faults, .device = true },
    { "a sanitize operation", sanitized, nothing, .deletes = true,
      .chunks = true },
    { "a failed controller", failed, nothing },
    { "a panic", panicked, not_panicked, .deletes = true, .device = true,
      .chunks = true },
};
const unsigned storm_nstates = ARRAY_SIZE(storm_states);

bool storm_can(const QOcpnStorm *s, const StormState *st)
{
    bool all = s->ops != &qocpn_storm_chunks || qocpn_storm_loops(1) > 1;

    return (!st->throttle || s->q->throttled) && (all || st->chunks);
}

void storm_begin(QOcpnStorm *s, const StormState *st)
{
    s->events++;
    s->where = st->name;
    s->few = st->few;
    s->fuse = qocpn_storm_pick(s, 2) && !st->held;
    qocpn_storm_up(s);
}

void storm_enter(QOcpnStorm *s, const StormState *st)
{
    st->enter(s);
    if (s->ops->beside && st->deletes && !st->undone) {
        s->ops->beside(s);
    }
}

void storm_all_lost(QOcpnStorm *s)
{
    s->deaf = true;
    qocpn_storm_reap(s);
    s->deaf = false;
    qocpn_storm_lost_all(s);
}

static bool is_sanitizing(QOcpnStorm *s)
{
    uint8_t page[32];

    g_assert_cmphex(qocpn_get_log(s->q, 0x81, QOCPN_ALL_NS, 0, page,
                                  sizeof(page)), ==, 0);
    return (lduw_le_p(page + 2) & 7) == 2;
}

void storm_until_sanitized(QOcpnStorm *s)
{
    QOCPN_UNTIL(s->q, !is_sanitizing(s));
}
