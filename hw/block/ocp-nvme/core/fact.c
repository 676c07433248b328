/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of the SMART extended page: their values, and their state page.
 * Implements: OCP Datacenter NVMe SSD, SLOG-1, SLOG-2, SLOG-10, SLOG-11;
 * docs/image-format.rst, "Facts".
 *
 * What queues count goes through shards and comes here when somebody looks:
 * a source grows, and what is new of it is added to the fact.
 *
 * Thread: main.
 */
#include <string.h>

#include "ctrl-int.h"
#include "fact-int.h"

#define TICK_MS     UINT64_C(300000)    /* half of what SLOG-10 allows */

bool ocpn_fact_exists(const OcpnCtrl *c, OcpnFact fact)
{
    return ocpn_ocp(c, OCP_1_0) &&
           ocpn_ocp(c, (OcpVersion)ocpn_fact_rows[fact].ocp);
}

uint16_t ocpn_smart_version(const OcpnCtrl *c)
{
    return (uint16_t)(c->cfg.ocp.version + 1);  /* 2 for 1.0, and so on */
}

/* What FACT's source has counted since the last look. */
static void fold(OcpnCtrl *c, OcpnFact fact)
{
    const OcpnFactRow *row = &ocpn_fact_rows[fact];
    uint64_t now, *seen = &c->facts.seen[fact];

    if (!row->source) {
        return;
    }
    now = row->source(c);
    if (now > *seen) {
        c->facts.value[fact] = ocpn_wide_add(c->facts.value[fact],
                                             now - *seen,
                                             ocpn_wide_max(row->size));
    }
    *seen = now;
}

static void set(OcpnCtrl *c, OcpnFact fact, OcpnWide value)
{
    OcpnWide most = ocpn_wide_max(ocpn_fact_rows[fact].size);

    c->facts.value[fact] = ocpn_wide_less(most, value) ? most : value;
}

OcpnWide ocpn_fact_wide(OcpnCtrl *c, OcpnFact fact)
{
    const OcpnFactRow *row = &ocpn_fact_rows[fact];
    uint64_t now, most = ocpn_wide_max(row->size).low;

    if (row->live && !c->facts.fixed[fact]) {
        now = row->live(c);
        return (OcpnWide) { now < most ? now : most, 0 };
    }
    fold(c, fact);
    return c->facts.value[fact];
}

uint64_t ocpn_fact(OcpnCtrl *c, OcpnFact fact)
{
    return ocpn_fact_wide(c, fact).low;
}

uint64_t ocpn_fact_high(OcpnCtrl *c, OcpnFact fact)
{
    return ocpn_fact_wide(c, fact).high;
}

void ocpn_fact_add(OcpnCtrl *c, OcpnFact fact, uint64_t n)
{
    ocpn_fact_set_wide(c, fact,
                       ocpn_wide_add(ocpn_fact_wide(c, fact), n,
                                     ocpn_wide_max(16)));
}

void ocpn_fact_set(OcpnCtrl *c, OcpnFact fact, uint64_t value)
{
    ocpn_fact_set_wide(c, fact, (OcpnWide) { value, 0 });
}

void ocpn_fact_set_wide(OcpnCtrl *c, OcpnFact fact, OcpnWide value)
{
    fold(c, fact);
    set(c, fact, value);
    c->facts.fixed[fact] = ocpn_fact_rows[fact].live != NULL;
    ocpn_facts_dirty(c);
}

void ocpn_fact_follow(OcpnCtrl *c, OcpnFact fact)
{
    c->facts.fixed[fact] = false;
}

unsigned ocpn_fact_statistic(OcpnCtrl *c, uint16_t id, uint8_t data[16])
{
    unsigned dwords = 0, first = 0;

    memset(data, 0, 16);
    for (unsigned i = 0; id && i < OCPN_FACT_N; i++) {
        const OcpnFactRow *row = &ocpn_fact_rows[i];

        if (row->stat == id && ocpn_fact_exists(c, (OcpnFact)i)) {
            first = dwords ? first : row->at;
            dwords = row->dwords;
            ocpn_wide_put(data + row->at - first, row->size,
                          ocpn_fact_wide(c, (OcpnFact)i));
        }
    }
    return dwords;
}

static uint64_t tick_ns(const OcpnCtrl *c)
{
    return (c->cfg.ocp.update_ms ? c->cfg.ocp.update_ms : TICK_MS) * NS_PER_MS;
}

/* Values of a new power cycle. */
void ocpn_facts_power_on(OcpnCtrl *c)
{
    for (unsigned i = 0; i < OCPN_FACT_N; i++) {
        const OcpnFactRow *row = &ocpn_fact_rows[i];

        fold(c, (OcpnFact)i);
        if (row->kind == OCPN_FACT_CYCLE) {
            c->facts.value[i] = (OcpnWide) { 0, 0 };
        }
        if (row->kind != OCPN_FACT_LIFETIME) {
            c->facts.fixed[i] = false;
        }
        if (row->kind == OCPN_FACT_CONSTANT) {
            c->facts.value[i] = (OcpnWide) { row->factory, 0 };
        }
    }
    if (ocpn_ocp(c, OCP_1_0)) {
        ocpn_timer_in(c, OCPN_TIMER_SMART, tick_ns(c));
    }
}

void ocpn_facts_changed(OcpnCtrl *c)
{
    if (c->facts.held) {
        c->facts.news = true;
    } else if (ocpn_ocp(c, OCP_1_0)) {
        ocpn_state_dirty(c, IMG_STATE_FACTS);
    }
}

void ocpn_facts_dirty(OcpnCtrl *c)
{
    ocpn_facts_changed(c);
    if (!c->facts.held && ocpn_ocp(c, OCP_1_0)) {
        ocpn_state_sync(c);
    }
}

void ocpn_facts_hold(OcpnCtrl *c)
{
    c->facts.held++;
}

void ocpn_facts_release(OcpnCtrl *c)
{
    if (!--c->facts.held && c->facts.news) {
        c->facts.news = false;
        ocpn_facts_dirty(c);
    }
}

const ImgFacts *ocpn_facts_whole(const OcpnCtrl *c)
{
    const ImgFacts *p = (const ImgFacts *)(const void *)
                        c->snap[IMG_STATE_FACTS];

    return p->whole == 1 ? p : NULL;
}

void ocpn_facts_tick(OcpnCtrl *c)
{
    ocpn_timer_in(c, OCPN_TIMER_SMART, tick_ns(c));
    ocpn_health_update(c);
    if (c->marked_open) {       /* else a host has seen nothing move */
        ocpn_state_dirty(c, IMG_STATE_COUNTERS);
        ocpn_facts_dirty(c);
        for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
            if (c->root[i]) {
                ocpn_store_tidy(&c->root[i]->store);    /* blocks in use */
            }
        }
    }
}

void ocpn_facts_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                         uint64_t b)
{
    (void)b;
    if (what == OCPN_HAP_RESET && a == OCPN_RESET_COLD) {
        ocpn_facts_power_on(c);     /* a reset of the machine */
        ocpn_raw_reset(c);
    }
}

static int find(uint16_t at)
{
    for (unsigned i = 0; i < OCPN_FACT_N; i++) {
        if (ocpn_fact_rows[i].at == at) {
            return (int)i;
        }
    }
    return -1;
}

void ocpn_facts_load(OcpnCtrl *c, const ImgFacts *p)
{
    for (unsigned i = 0; i < OCPN_FACT_N; i++) {
        const OcpnFactRow *row = &ocpn_fact_rows[i];

        c->facts.value[i] = (OcpnWide) { row->factory, 0 };
        c->facts.seen[i] = row->restarts ? row->source(c) : 0;
        c->facts.fixed[i] = false;
    }
    for (unsigned i = 0; i < IMG_NFACTS; i++) {
        const ImgFact *e = &p->fact[i];
        int fact = e->flags & IMG_FACT_VALID ? find(from_le16(e->at)) : -1;

        if (fact >= 0) {
            const OcpnFactRow *row = &ocpn_fact_rows[fact];

            set(c, (OcpnFact)fact, ocpn_wide_get(e->value.b, 16));
            c->facts.fixed[fact] = row->live && e->flags & IMG_FACT_FIXED;
            if (!row->restarts) {
                c->facts.seen[fact] = from_le64(e->seen);
            }
        }
    }
}

/* What is computed, and was not set, is no state. */
void ocpn_facts_store(OcpnCtrl *c, ImgFacts *p)
{
    ImgFact *e = p->fact;

    for (unsigned i = 0; i < OCPN_FACT_N; i++) {
        const OcpnFactRow *row = &ocpn_fact_rows[i];
        bool fixed = c->facts.fixed[i];

        if (row->kind == OCPN_FACT_CONSTANT || (row->live && !fixed)) {
            continue;
        }
        fold(c, (OcpnFact)i);
        *e++ = (ImgFact) {
            .at = to_le16(row->at),
            .flags = (uint8_t)(IMG_FACT_VALID | (fixed ? IMG_FACT_FIXED : 0)),
            .seen = to_le64(c->facts.seen[i]),
            .value = ocpn_wide_le(c->facts.value[i]),
        };
    }
}

_Static_assert((int)OCPN_FACT_N <= (int)IMG_NFACTS, "a page holds all facts");

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    ImgFacts p;

    (void)nth;
    memcpy(&p, payload, sizeof(p));
    ocpn_facts_load(c, &p);
    ocpn_health_load(c, &p);
    ocpn_inject_effects_load(c, &p);
}

void ocpn_facts_init(OcpnCtrl *c)
{
    static const uint8_t blank[IMG_PAGE_PAYLOAD];

    load(c, 0, blank);
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    ImgFacts p = { 0 };

    (void)nth;
    ocpn_facts_store(c, &p);
    ocpn_health_store(c, &p);
    p.injected = to_le64(c->inject.effects);
    p.free_blocks = to_le64(c->inject.free_blocks);
    ocpn_panic_put(c, p.panic);
    p.whole = 1;
    memcpy(payload, &p, sizeof(p));
}

const OcpnStatePart ocpn_facts_part = {
    .page = IMG_STATE_FACTS,
    .npages = 1,
    .load = load,
    .store = store,
};
