/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Panic: what each one asks for, telling the host, and the way back.
 * Implements: OCP Datacenter NVMe SSD, EREC-1..15, EREC-AEN-1, INCS-4, INCS-6,
 * CRASH-1..4.
 *
 * A panic ends by the action it asks for and by no other.  One that asks for
 * none ends by the controller reset it wants, once the host has read that
 * (C1h); a host that resets because of CSTS.CFS finds the page as it was.
 * Format NVM makes such a drive good, too.  Till then panic is in the image,
 * and comes back with the power.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/inject.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "hw/ocp-nvme/spec/image-ocp.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"
#include "panic-int.h"

#define FROM_INJECTION(type)    (OCP_PANIC_VENDOR + OCP_INJECT_##type)

typedef struct Row {
    uint64_t id;
    const char *name;                       /* the reason in telemetry */
    uint8_t  action;                        /* OCP_RECOVER_ */
    uint8_t  fact;                          /* counts it; OCPN_FACT_N: none */
    void   (*effect)(OcpnCtrl *c, bool on); /* as long as it lasts */
} Row;

static void data_lost(OcpnCtrl *c, bool on)
{
    ocpn_set_incomplete(c, on);
}

static void plp_defect(OcpnCtrl *c, bool on)
{
    ocpn_set_plp(c, on ? OCPN_PLP_FAILED : OCPN_PLP_OK);
}

static void no_spares(OcpnCtrl *c, bool on)
{
    ocpn_set_spare(c, on ? 0 : OCPN_SPARE);
}

#define PANIC(type, act, name) \
    { FROM_INJECTION(type), (name), OCP_RECOVER_##act, OCPN_FACT_N, NULL }

/* Where data may be lost, Format; the others are good after a reset. */
static const Row rows[] = {
    { OCP_PANIC_DATA_LOST, "Incomplete shutdown", OCP_RECOVER_FORMAT,
      OCPN_FACT_INCOMPLETE_SHUTDOWNS, data_lost },
    PANIC(CPU_HANG, NONE, "Controller hang"),
    PANIC(NAND_HANG, NONE, "NAND hang"),
    { FROM_INJECTION(PLP_DEFECT), "Power-loss protection defect",
      OCP_RECOVER_FORMAT, OCPN_FACT_N, plp_defect },
    PANIC(FIRMWARE_ERROR, NONE, "Logical firmware error"),
    PANIC(DRAM_CRITICAL, FORMAT, "DRAM corruption, critical path"),
    PANIC(DRAM, NONE, "DRAM corruption, non-critical path"),
    PANIC(NAND_CORRUPTION, FORMAT, "NAND corruption"),
    PANIC(SRAM_CORRUPTION, FORMAT, "SRAM corruption"),
    PANIC(HARDWARE, NONE, "Hardware malfunction"),
    { FROM_INJECTION(NO_SPARES), "No NAND spares left", OCP_RECOVER_REPLACE,
      OCPN_FACT_BAD_USER, no_spares },
    { FROM_INJECTION(METADATA), "Metadata corruption", OCP_RECOVER_FORMAT,
      OCPN_FACT_E2E_DETECTED, NULL },
};

static const Row *row_of(uint64_t id)
{
    static const Row other = { 0, "Panic", OCP_RECOVER_NONE, OCPN_FACT_N,
                               NULL };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].id == id) {
            return &rows[i];
        }
    }
    return &other;
}

static void apply(OcpnCtrl *c, bool on)
{
    const Row *row = row_of(c->panic.last);

    if (row->effect) {
        row->effect(c, on);
    }
}

/*
 * The page of facts has it, too, and is in force: what a panic counts and does
 * to the drive's health must come with it, and only once.
 */
void ocpn_panic_dirty(OcpnCtrl *c)
{
    ocpn_state_dirty(c, IMG_STATE_PANIC);
    ocpn_facts_changed(c);
}

/* Into the image without waiting for a command that brings it there. */
static void keep(OcpnCtrl *c)
{
    ocpn_panic_dirty(c);
    ocpn_state_sync(c);
}

const OcpnPanic *ocpn_panic_state(const OcpnCtrl *c)
{
    return &c->panic;
}

uint8_t ocpn_panic_reset(const OcpnCtrl *c)
{
    return c->panic.active ? OCP_PANIC_RESET_CONTROLLER : 0;
}

uint8_t ocpn_panic_action(const OcpnCtrl *c)
{
    return c->panic.active ? row_of(c->panic.last)->action : 0;
}

uint32_t ocpn_panic_ways(const OcpnCtrl *c)
{
    static const uint8_t ways[] = {
        [OCPN_PANIC_ANY] = OCP_PANIC_BY_EVENT | OCP_PANIC_BY_CFS,
        [OCPN_PANIC_EVENT] = OCP_PANIC_BY_EVENT,
        [OCPN_PANIC_CFS] = OCP_PANIC_BY_CFS,
        [OCPN_PANIC_SILENT] = 0,
    };

    return ways[c->cfg.ocp.panic_notice];
}

/* An event, if the drive has it and the host has not turned it off. */
static bool by_event(const OcpnCtrl *c)
{
    return (ocpn_panic_ways(c) & OCP_PANIC_BY_EVENT) &&
           (!ocpn_ocp(c, OCP_2_5) ||
            (ocpn_feature_now(c, OCP_FID_ASYNC_EVENT, OCPN_UUID_OCP, NULL) &
             OCP_ASYNC_PANIC));
}

/* EREC-AEN-1, EREC-5: one of the two, never both; of C's host. */
static void tell(OcpnCtrl *c)
{
    if (by_event(c)) {
        ocpn_event(c, NVME_AET_VENDOR, 0, OCP_LID_ERROR_RECOVERY);
    } else if (ocpn_panic_ways(c) & OCP_PANIC_BY_CFS) {
        atomic_store(&c->fatal, true);
        ocpn_want_main(c);
    }
}

static void tell_all(OcpnCtrl *c)
{
    OcpnCtrl *m;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        tell(m);
    }
}

/* The one before becomes the first of the previous ones. */
static void begin(OcpnPanic *p, uint64_t id)
{
    if (p->last) {
        memmove(&p->previous[1], &p->previous[0],
                sizeof(p->previous) - sizeof(p->previous[0]));
        p->previous[0] = p->last;
    }
    p->last = id;
    p->count = (uint8_t)(p->count + (p->count < UINT8_MAX));
    p->active = true;
    p->read = false;
}

bool ocpn_panic(OcpnCtrl *c, uint64_t id)
{
    const Row *row = row_of(id);

    if (!id || c->panic.active || !ocpn_ocp(c, OCP_1_0)) {
        return false;
    }
    ocpn_facts_hold(c);
    begin(&c->panic, id);
    ocpn_gate_set(c, OCPN_GATE_PANIC, true);
    tell_all(c);                /* before what follows from it */
    if (row->fact != OCPN_FACT_N) {
        ocpn_fact_add(c, (OcpnFact)row->fact, 1);
    }
    apply(c, true);
    keep(c);
    ocpn_facts_release(c);
    ocpn_happened(c, OCPN_HAP_PANIC, id, 0);
    ocpn_telemetry_trigger(c, row->name, NULL, 0);
    return true;
}

void ocpn_panic_end(OcpnCtrl *c)
{
    if (!c->panic.active) {
        return;
    }
    ocpn_facts_hold(c);
    apply(c, false);
    c->panic.active = false;
    ocpn_gate_set(c, OCPN_GATE_PANIC, false);
    ocpn_inject_clear(c, false);
    keep(c);
    ocpn_facts_release(c);
    ocpn_happened(c, OCPN_HAP_RECOVERED, c->panic.last, 0);
}

/* False: it shall not work. */
static bool recovered(OcpnCtrl *c)
{
    if (c->panic.fail) {
        c->panic.fail--;
        keep(c);
        return false;
    }
    ocpn_panic_end(c);
    return true;
}

bool ocpn_panic_recover(OcpnCtrl *c, uint8_t action)
{
    uint8_t asked = ocpn_panic_action(c);

    if (asked == OCP_RECOVER_NONE) {
        asked |= OCP_RECOVER_FORMAT;
    }
    return !(asked & action) || recovered(c);
}

void ocpn_panic_fail(OcpnCtrl *c, uint32_t n)
{
    c->panic.fail = n;
    keep(c);
}

void ocpn_panic_read(OcpnCtrl *c)
{
    c->panic.read = true;
}

void ocpn_incomplete_shutdown(OcpnCtrl *c, bool lost)
{
    if (c->panic.incomplete != lost) {
        c->panic.incomplete = lost;
        keep(c);
    }
}

/*
 * INCS-4.  All that was acknowledged is in the image, so power that merely
 * went is an unsafe shutdown, COUNTED; one that lost data was asked for, or
 * met a drive that could not save what it had been given.
 */
static void power_on(OcpnCtrl *c, bool counted)
{
    bool lost = c->panic.incomplete ||
                (counted && c->unprotected.state == OCPN_EXPOSED_DATA);

    c->panic.incomplete = c->panic.read = false;
    ocpn_inject_clear(c, true);
    if (!lost) {
        return;
    }
    c->unsafe_shutdowns += !counted;
    if (!ocpn_panic(c, OCP_PANIC_DATA_LOST)) {
        ocpn_fact_add(c, OCPN_FACT_INCOMPLETE_SHUTDOWNS, 1);
        keep(c);
    }
}

static void reset(OcpnCtrl *c, OcpnReset kind)
{
    if (kind == OCPN_RESET_COLD && c->cycle_counted) {
        ocpn_facts_hold(c);
        power_on(c, false);     /* the machine's, but not its first */
        ocpn_facts_release(c);
    } else if (kind == OCPN_RESET_CONTROLLER && c->panic.active &&
               c->panic.read && ocpn_panic_action(c) == OCP_RECOVER_NONE) {
        recovered(c);
    }
}

void ocpn_panic_heard(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b)
{
    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    if (what == OCPN_HAP_POWER_ON) {
        ocpn_facts_hold(c);
        power_on(c, c->was_open);
        ocpn_unprotected_forget(c);
        ocpn_facts_release(c);
    } else if (what == OCPN_HAP_POWER_CUT) {
        c->panic.incomplete |= b;
        power_on(c, a);
        ocpn_unprotected_forget(c);
    } else if (what == OCPN_HAP_RESET && !c->subsys.further) {
        reset(c, (OcpnReset)a);
    } else if (what == OCPN_HAP_READY) {
        if (!c->subsys.further) {
            ocpn_unprotected_update(c);
        }
        if (ocpn_subsys(c)->panic.active && by_event(c)) {
            tell(c);            /* the reset has forgotten the event */
        }
    }
}

void ocpn_panic_settle(OcpnCtrl *c)
{
    if (ocpn_ocp(c, OCP_1_0)) {
        ocpn_panic_dirty(c);
    }
}

/* Of what cannot be, the part that can. */
static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    const ImgFacts *facts = ocpn_facts_whole(c);
    OcpnPanic *p = &c->panic;
    ImgPanic s;

    (void)nth;
    memcpy(&s, payload, sizeof(s));
    if (facts) {
        memcpy(&s, facts->panic, sizeof(facts->panic));
    }
    p->last = from_le64(s.last);
    for (unsigned i = 0; i < OCPN_NPANICS; i++) {
        p->previous[i] = from_le64(s.previous[i]);
    }
    p->count = s.count;
    p->active = s.active == 1 && p->last;
    p->incomplete = s.incomplete == 1;
    p->read = s.read == 1;
    p->fail = from_le32(s.fail);
    c->unprotected.state = s.unprotected == 1 ? OCPN_EXPOSED_DATA
                                              : OCPN_EXPOSED_NONE;
    ocpn_unprotected_restore(c);
    ocpn_gate_set(c, OCPN_GATE_PANIC, p->active && ocpn_ocp(c, OCP_1_0));
}

void ocpn_panic_put(const OcpnCtrl *c, uint8_t bytes[49])
{
    const OcpnPanic *p = &c->panic;
    ImgPanic s = {
        .last = to_le64(p->last),
        .count = p->count,
        .active = p->active,
        .incomplete = p->incomplete,
        .read = p->read,
        .fail = to_le32(p->fail),
        .unprotected = c->unprotected.state != OCPN_EXPOSED_NONE,
    };

    for (unsigned i = 0; i < OCPN_NPANICS; i++) {
        s.previous[i] = to_le64(p->previous[i]);
    }
    memcpy(bytes, &s, offsetof(ImgPanic, rsvd49));
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    (void)nth;
    ocpn_panic_put(c, payload);
}

const OcpnStatePart ocpn_panic_part = {
    .page = IMG_STATE_PANIC,
    .npages = 1,
    .load = load,
    .store = store,
};
