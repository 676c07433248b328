/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the latency monitor keeps without power: its page in the image.
 * Implements: OCP Datacenter NVMe SSD, "Latency Monitoring", LMLOG-5, LMLOG-7.
 *
 * The page follows the monitor in memory at once, and is in the image within
 * a tick.  Thread: main.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/image-ocp.h"
#include "hw/ocp-nvme/spec/ocp-latency.h"

#define MAX_WINDOW  (255 * 100 * NS_PER_MS)

/* A new drive's. */
static const OcpnLatencyConfig factory = {
    .enabled = true,
    .threshold = { 0x05, 0x13, 0x1e, 0x2e },
    .window = 0x0a,
    .rotate = 0x07e0,
    .largest = 0x0fff,
    .trigger = 0x0fc0,
};

static ImgLatencyConfig put_config(const OcpnLatencyConfig *cfg)
{
    ImgLatencyConfig s = {
        .used = 1,
        .enabled = cfg->enabled,
        .rotate = to_le16(cfg->rotate),
        .largest = to_le16(cfg->largest),
        .trigger = to_le16(cfg->trigger),
        .window = cfg->window,
    };

    memcpy(s.threshold, cfg->threshold, sizeof(s.threshold));
    return s;
}

/* False: there is none, or none that can be. */
static bool get_config(const ImgLatencyConfig *s, OcpnLatencyConfig *cfg)
{
    OcpnLatencyConfig got = {
        .enabled = s->enabled != 0,
        .window = s->window,
        .rotate = from_le16(s->rotate),
        .largest = from_le16(s->largest) & OCP_LATENCY_WORD,
        .trigger = from_le16(s->trigger) & OCP_LATENCY_WORD,
    };

    memcpy(got.threshold, s->threshold, sizeof(got.threshold));
    if (!s->used || (got.enabled && !ocpn_latency_ascends(&got))) {
        return false;
    }
    *cfg = got;
    return true;
}

/* A latency and its stamp are both there or none is. */
static void get_cells(OcpnLatencyCell *cell, const ImgLatencyCell *s)
{
    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++, s++) {
        uint64_t stamp = from_le64(s->stamp);
        uint16_t ms = from_le16(s->latency);
        bool none = !ms || stamp == OCPN_LATENCY_NO_STAMP;

        cell[n] = (OcpnLatencyCell) {
            .count = from_le32(s->count),
            .ms = none ? 0 : ms,
            .host = !none && s->host,
            .stamp = none ? OCPN_LATENCY_NO_STAMP : stamp,
        };
    }
}

static void put_cells(ImgLatencyCell *s, const OcpnLatencyCell *cell)
{
    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++) {
        s[n].stamp = to_le64(cell[n].stamp);
        s[n].count = to_le32(cell[n].count);
        s[n].latency = to_le16(cell[n].ms);
        s[n].host = cell[n].host;
    }
}

/* Of the source, exactly one bit of a cell is set. */
static void get_debug(OcpnLatency *l, const ImgLatencyDebug *s)
{
    uint16_t source = from_le16(s->source);

    ocpn_latency_forget(l);
    if (!source || source & (source - 1) || source & ~OCP_LATENCY_WORD) {
        return;
    }
    l->v.debug.source = source;
    l->v.debug.ms = from_le16(s->latency);
    l->v.debug.pointer = from_le16(s->pointer);
    l->v.debug.sqid = from_le16(s->sqid);
    l->v.debug.status = from_le16(s->status);
    l->v.debug.host = s->host != 0;
    l->v.debug.stamp = from_le64(s->stamp);
    memcpy(&l->v.debug.cmd, s->command, sizeof(s->command));
}

static void put_debug(ImgLatencyDebug *s, const OcpnLatencyDebug *d)
{
    s->source = to_le16(d->source);
    s->latency = to_le16(d->ms);
    s->pointer = to_le16(d->pointer);
    s->sqid = to_le16(d->sqid);
    s->status = to_le16(d->status);
    s->host = d->host;
    s->stamp = to_le64(d->stamp);
    memcpy(s->command, &d->cmd, sizeof(s->command));
}

/* Windows last for as long as the clock goes on: migration. */
static void get_windows(OcpnCtrl *c, const ImgLatency *s)
{
    uint64_t now = c->port.now(c->port.opaque);

    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++) {
        uint64_t until = from_le64(s->active[n].closed);

        c->latency.closed[n] = until > now && until - now <= MAX_WINDOW
                               ? until : 0;
    }
}

static void make_new(OcpnLatency *l)
{
    l->v.cfg = factory;
    ocpn_latency_clear(l);
    ocpn_latency_forget(l);
}

static void take(OcpnCtrl *c, const ImgLatency *s)
{
    OcpnLatency *l = &c->latency;

    l->v.timer = from_le16(s->timer);
    l->captures = from_le16(s->captures);
    l->part_ms = from_le32(s->part_ms);
    l->host_set = s->host_set != 0;
    l->host_ms = from_le64(s->host_ms);
    l->host_at = from_le64(s->host_at);
    get_cells(l->v.active, s->active);
    get_cells(l->v.fixed, s->fixed);
    get_windows(c, s);
    get_debug(l, &s->debug);
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnLatency *l = &c->latency;
    ImgLatency s;

    (void)nth;
    if (!ocpn_latency_present(c)) {
        return;
    }
    memcpy(&s, payload, sizeof(s));
    ocpn_lock(&l->lock);
    make_new(l);
    l->part_ms = 0;
    l->loaded = get_config(&s.now, &l->v.cfg);
    if (l->loaded) {
        take(c, &s);
    }
    l->has_saved = get_config(&s.saved, &l->saved);
    ocpn_unlock(&l->lock);
    if (l->on) {
        ocpn_latency_set_floor(l);
        ocpn_latency_arm(c, l->part_ms);
    }
}

/* Of the tick that has begun. */
static uint32_t part_ms(const OcpnCtrl *c)
{
    uint64_t when = ocpn_timer_when(c, OCPN_TIMER_LATENCY);
    uint64_t begun = c->latency.next - ocpn_latency_tick_ns(c);

    return when == UINT64_MAX ? 0
           : (uint32_t)((c->port.now(c->port.opaque) - begun) / NS_PER_MS);
}

/* The host's time goes on from a power-on time that the image has. */
static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    OcpnLatency *l = &c->latency;
    uint64_t now = c->port.now(c->port.opaque);
    ImgLatency s = {
        .part_ms = to_le32(part_ms(c)),
        .host_at = to_le64(ocpn_power_on_seconds(c) * NS_PER_S),
    };

    (void)nth;
    if (l->has_saved) {
        s.saved = put_config(&l->saved);
    }
    ocpn_lock(&l->lock);
    s.now = put_config(&l->v.cfg);
    s.timer = to_le16(l->v.timer);
    s.captures = to_le16(l->captures);
    s.host_set = l->host_set;
    s.host_ms = to_le64(l->host_set ? ocpn_latency_host_now(c, now) : 0);
    put_cells(s.active, l->v.active);
    put_cells(s.fixed, l->v.fixed);
    for (unsigned n = 0; n < OCPN_LATENCY_NCELLS; n++) {
        s.active[n].closed = to_le64(l->closed[n]);
    }
    put_debug(&s.debug, &l->v.debug);
    ocpn_unlock(&l->lock);
    memcpy(payload, &s, sizeof(s));
}

const OcpnStatePart ocpn_latency_part = {
    .page = IMG_STATE_LATENCY,
    .npages = 1,
    .load = load,
    .store = store,
};

/*
 * What was not saved is gone; buckets of another configuration say nothing.
 * Windows end with the power.  True: there is another configuration now.
 */
static bool power_cycle(OcpnLatency *l)
{
    const OcpnLatencyConfig *cfg = l->has_saved ? &l->saved : &factory;
    ImgLatencyConfig was, is = put_config(cfg);
    bool other;

    ocpn_lock(&l->lock);
    was = put_config(&l->v.cfg);
    other = memcmp(&was, &is, sizeof(was)) != 0;
    memset(l->closed, 0, sizeof(l->closed));
    if (other) {
        l->v.cfg = *cfg;
        ocpn_latency_clear(l);
        l->part_ms = 0;
    }
    ocpn_unlock(&l->lock);
    ocpn_latency_set_floor(l);
    return other;
}

void ocpn_latency_power_on(OcpnCtrl *c)
{
    OcpnLatency *l = &c->latency;
    uint64_t on = ocpn_latency_power_ns(c, c->port.now(c->port.opaque));

    if (!ocpn_latency_present(c)) {
        return;
    }
    if (!l->loaded) {
        make_new(l);
    }
    l->on = true;
    l->host_at = l->host_at < on ? l->host_at : on;
    power_cycle(l);
    ocpn_latency_arm(c, l->part_ms);
}

void ocpn_latency_power_on_incoming(OcpnCtrl *c)
{
    OcpnLatency *l = &c->latency;

    if (!ocpn_latency_present(c)) {
        return;
    }
    if (!l->loaded) {
        make_new(l);
    }
    l->on = true;
    ocpn_latency_set_floor(l);
    ocpn_latency_arm(c, l->part_ms);
}

void ocpn_latency_timestamp(OcpnCtrl *c, uint64_t ms)
{
    OcpnLatency *l = &c->latency;
    uint64_t now = c->port.now(c->port.opaque);

    if (!ocpn_latency_present(c)) {
        return;
    }
    ocpn_lock(&l->lock);
    l->host_set = true;
    l->host_ms = ms;
    l->host_at = ocpn_latency_power_ns(c, now);
    ocpn_unlock(&l->lock);
    ocpn_latency_dirty(c);
}

void ocpn_latency_dirty(OcpnCtrl *c)
{
    if (ocpn_latency_present(c)) {
        ocpn_state_dirty(c, IMG_STATE_LATENCY);
    }
}

/* Where nothing is fetched any more, nothing else may have it written. */
void ocpn_latency_run(OcpnCtrl *c)
{
    OcpnLatency *l = &c->latency;

    if (!atomic_load_explicit(&l->news, memory_order_relaxed) ||
        !atomic_exchange(&l->news, false)) {
        return;
    }
    ocpn_latency_dirty(c);
    if (!atomic_load(&c->running)) {
        ocpn_state_sync(c);
    }
}

void ocpn_latency_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                           uint64_t b)
{
    OcpnLatency *l = &c->latency;

    (void)b;
    if (what == OCPN_HAP_RESET && a == OCPN_RESET_COLD && l->on &&
        power_cycle(l)) {
        ocpn_latency_arm(c, 0);
        ocpn_latency_dirty(c);
    }
}
