/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The latency monitor: buckets, stamps, the debug log, and the tick that moves
 * active buckets to the static ones.
 * Implements: OCP Datacenter NVMe SSD, "Latency Monitoring", LMLOG-1..11.
 *
 * Queues count themselves, under a lock that only slow commands take.  What
 * they leave to main is to have it written.
 */
#include <string.h>

#include "ctrl-int.h"

#define UNIT        (5 * NS_PER_MS)     /* of thresholds */
#define WINDOW      (100 * NS_PER_MS)   /* of the minimum window */
#define TICK_MS     300000u
#define MAX_TICKS   65536u              /* at once: the timer saturates */

/* What is told of a command. */
typedef struct Took {
    uint16_t ms;
    bool     host;
    uint64_t stamp;
} Took;

bool ocpn_latency_present(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_2_0);
}

static uint64_t threshold(const OcpnLatencyConfig *cfg, unsigned bucket)
{
    return (cfg->threshold[bucket] + UINT64_C(1)) * UNIT;
}

bool ocpn_latency_ascends(const OcpnLatencyConfig *cfg)
{
    const uint8_t *t = cfg->threshold;

    return t[0] < t[1] && t[1] < t[2] && t[2] < t[3];
}

void ocpn_latency_set_floor(OcpnLatency *l)
{
    const OcpnLatencyConfig *cfg = &l->v.cfg;

    atomic_store(&l->floor, cfg->enabled ? threshold(cfg, 0) : 0);
}

uint64_t ocpn_latency_power_ns(const OcpnCtrl *c, uint64_t now)
{
    return c->power_on_past * NS_PER_S + (now - c->power_on_ns);
}

uint64_t ocpn_latency_host_now(const OcpnCtrl *c, uint64_t now)
{
    const OcpnLatency *l = &c->latency;
    uint64_t on = ocpn_latency_power_ns(c, now);

    /* Power-on time may have been lost with the power. */
    return l->host_ms + (on > l->host_at ? (on - l->host_at) / NS_PER_MS : 0);
}

/* The operation R counts as; OCPN_LATENCY_NOPS: as none. */
static OcpnLatencyOp op_of(const OcpnReq *r)
{
    switch (r->cmd.opc) {
    case NVME_IO_READ:
        return OCPN_LATENCY_READ;
    case NVME_IO_WRITE:
        return OCPN_LATENCY_WRITE;
    case NVME_IO_DSM:
        if (FIELD_GET(NVME_DSM_AD, ocpn_cdw(r, 11))) {
            return OCPN_LATENCY_DEALLOCATE;
        }
    }
    return OCPN_LATENCY_NOPS;
}

/* The bucket of what took NS; OCPN_LATENCY_NBUCKETS: none. */
static unsigned bucket_of(const OcpnLatencyConfig *cfg, uint64_t ns)
{
    unsigned b = OCPN_LATENCY_NBUCKETS;

    while (cfg->enabled && b-- > 0) {
        if (ns >= threshold(cfg, b)) {
            return b;
        }
    }
    return OCPN_LATENCY_NBUCKETS;
}

/* Whole milliseconds; 0 would mean none. */
static Took describe(const OcpnCtrl *c, uint64_t ns, uint64_t now)
{
    const OcpnLatency *l = &c->latency;
    uint64_t ms = ns / NS_PER_MS;

    return (Took) {
        .ms = (uint16_t)(ms < 1 ? 1 : ms < UINT16_MAX ? ms : UINT16_MAX),
        .host = l->host_set,
        .stamp = l->host_set ? ocpn_latency_host_now(c, now)
                             : ocpn_latency_power_ns(c, now) / NS_PER_MS,
    };
}

/*
 * The window only keeps the latency and its stamp from changing; the counter
 * counts whatever they do.
 */
static void count(OcpnLatency *l, unsigned n, const Took *t, uint64_t now)
{
    OcpnLatencyCell *cell = &l->v.active[n];

    if (cell->count < UINT32_MAX) {
        cell->count++;
    }
    if (l->v.cfg.largest >> n & 1) {
        if (t->ms <= cell->ms || now < l->closed[n]) {
            return;
        }
        l->closed[n] = now + l->v.cfg.window * WINDOW;
    } else if (cell->ms) {
        return;
    }
    cell->ms = t->ms;
    cell->stamp = t->stamp;
    cell->host = t->host;
}

/* Take the debug log, unless one is held. */
static void capture(OcpnLatency *l, unsigned n, const Took *t,
                    const OcpnReq *r)
{
    if (l->v.debug.source || !(l->v.cfg.trigger >> n & 1)) {
        return;
    }
    if (++l->captures == 0) {
        l->captures++;
    }
    l->v.debug = (OcpnLatencyDebug) {
        .source = (uint16_t)(1u << n),
        .ms = t->ms,
        .pointer = l->captures,
        .sqid = r->sq->id,
        .status = r->status,
        .host = t->host,
        .stamp = t->stamp,
        .cmd = r->cmd,
    };
}

void ocpn_latency_add(OcpnCtrl *c, const OcpnReq *r, uint64_t now)
{
    OcpnLatency *l = &c->latency;
    OcpnLatencyOp op = op_of(r);
    uint64_t ns = now - r->fetched_ns;
    unsigned bucket;

    if (op == OCPN_LATENCY_NOPS) {
        return;
    }
    ocpn_lock(&l->lock);
    bucket = bucket_of(&l->v.cfg, ns);
    if (bucket < OCPN_LATENCY_NBUCKETS) {
        unsigned n = OCPN_LATENCY_NOPS * bucket + op;
        Took t = describe(c, ns, now);

        count(l, n, &t, now);
        capture(l, n, &t, r);
    }
    ocpn_unlock(&l->lock);
    if (bucket < OCPN_LATENCY_NBUCKETS && !atomic_exchange(&l->news, true)) {
        ocpn_want_main(c);
    }
}

static void empty(OcpnLatencyCell *cell)
{
    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++) {
        cell[n] = (OcpnLatencyCell) { .stamp = OCPN_LATENCY_NO_STAMP };
    }
}

void ocpn_latency_clear(OcpnLatency *l)
{
    empty(l->v.active);
    empty(l->v.fixed);
    memset(l->closed, 0, sizeof(l->closed));
    l->v.timer = 0;
}

void ocpn_latency_forget(OcpnLatency *l)
{
    l->v.debug = (OcpnLatencyDebug) { .stamp = OCPN_LATENCY_NO_STAMP };
}

uint64_t ocpn_latency_tick_ns(const OcpnCtrl *c)
{
    uint32_t ms = c->cfg.ocp.tick_ms;

    return (ms ? ms : TICK_MS) * NS_PER_MS;
}

void ocpn_latency_arm(OcpnCtrl *c, uint32_t part_ms)
{
    OcpnLatency *l = &c->latency;
    uint64_t len = ocpn_latency_tick_ns(c);

    if (!l->on || !l->v.cfg.enabled) {
        ocpn_timer_at(c, OCPN_TIMER_LATENCY, UINT64_MAX);
        return;
    }
    len -= part_ms * NS_PER_MS < len ? part_ms * NS_PER_MS : 0;
    ocpn_timer_in(c, OCPN_TIMER_LATENCY, len);
    l->next = ocpn_timer_when(c, OCPN_TIMER_LATENCY);
}

/* What is active becomes static when the timer has got to its threshold. */
static void step(OcpnLatency *l)
{
    uint16_t end = l->v.cfg.rotate;

    if (l->v.timer < UINT16_MAX) {
        l->v.timer++;
    }
    if (!end || l->v.timer < end) {
        return;
    }
    memcpy(l->v.fixed, l->v.active, sizeof(l->v.fixed));
    empty(l->v.active);
    memset(l->closed, 0, sizeof(l->closed));
    l->v.timer = 0;
}

void ocpn_latency_tick(OcpnCtrl *c)
{
    OcpnLatency *l = &c->latency;
    uint64_t len = ocpn_latency_tick_ns(c);
    uint64_t now = c->port.now(c->port.opaque);

    if (now - l->next > MAX_TICKS * len) {
        l->next = now - MAX_TICKS * len;
    }
    ocpn_lock(&l->lock);
    for (; l->next <= now; l->next += len) {
        step(l);
    }
    ocpn_unlock(&l->lock);
    ocpn_timer_at(c, OCPN_TIMER_LATENCY, l->next);
    ocpn_latency_dirty(c);
    if (c->marked_open) {
        ocpn_state_sync(c);
    }
}

void ocpn_latency_get(OcpnCtrl *c, OcpnLatencyView *v)
{
    OcpnLatency *l = &c->latency;

    ocpn_lock(&l->lock);
    *v = l->v;
    ocpn_unlock(&l->lock);
}

void ocpn_latency_configure(OcpnCtrl *c, const OcpnLatencyConfig *cfg,
                            bool save)
{
    OcpnLatency *l = &c->latency;

    ocpn_lock(&l->lock);
    l->v.cfg = *cfg;
    ocpn_latency_clear(l);
    ocpn_unlock(&l->lock);
    ocpn_latency_set_floor(l);
    if (save) {
        l->saved = *cfg;
        l->has_saved = true;
    }
    ocpn_latency_arm(c, 0);
    ocpn_latency_dirty(c);
}

void ocpn_latency_discard(OcpnCtrl *c)
{
    OcpnLatency *l = &c->latency;

    ocpn_lock(&l->lock);
    ocpn_latency_forget(l);
    ocpn_unlock(&l->lock);
    ocpn_latency_dirty(c);
}

void ocpn_latency_restart(OcpnCtrl *c)
{
    if (ocpn_latency_present(c) && c->latency.v.cfg.enabled) {
        OcpnLatencyConfig cfg = c->latency.v.cfg;

        ocpn_latency_configure(c, &cfg, false);
    }
}

bool ocpn_latency_set_count(OcpnCtrl *c, bool active, unsigned bucket,
                            unsigned op, uint32_t n)
{
    OcpnLatencyView *v = &c->latency.v;

    if (!ocpn_latency_present(c) || bucket >= OCPN_LATENCY_NBUCKETS ||
        op >= OCPN_LATENCY_NOPS) {
        return false;
    }
    ocpn_lock(&c->latency.lock);
    (active ? v->active : v->fixed)[OCPN_LATENCY_NOPS * bucket + op].count = n;
    ocpn_unlock(&c->latency.lock);
    ocpn_latency_dirty(c);
    return true;
}

bool ocpn_latency_set_timer(OcpnCtrl *c, uint16_t ticks)
{
    if (!ocpn_latency_present(c)) {
        return false;
    }
    ocpn_lock(&c->latency.lock);
    c->latency.v.timer = ticks;
    ocpn_unlock(&c->latency.lock);
    ocpn_latency_dirty(c);
    return true;
}
