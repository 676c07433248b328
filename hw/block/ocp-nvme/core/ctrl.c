/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller's life: enable, reset, shutdown, and what main does in
 * between.
 * Implements: NVMe Base 2.0, "Controller Initialization", "Resets",
 * "Shutdown".
 *
 * A reset is asynchronous: main asks every completion queue to stop, each
 * owner answers when nothing of it is in flight, then main frees the queues
 * and the registers change.  A shutdown is a walk through three steps, each
 * taken when the one before is over.
 */
#include <string.h>

#include "ctrl-int.h"
#include "state-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"

#define MPSMAX      4u

const OcpnConfig *ocpn_ctrl_config(const OcpnCtrl *c)
{
    return &c->cfg;
}

const OcpnPort *ocpn_ctrl_port(const OcpnCtrl *c)
{
    return &c->port;
}

static void destroy(OcpnCtrl *c)
{
    OcpnPort port = c->port;

    ocpn_pel_destroy(c);
    ocpn_sanitize_destroy(c);
    ocpn_telemetry_destroy(c);
    port.free(port.opaque, c->cut.loss);
    port.free(port.opaque, c->snap);
    port.free(port.opaque, c);
}

OcpnCtrl *ocpn_ctrl_new(const OcpnConfig *cfg, const OcpnPort *port)
{
    OcpnCtrl *c = port->alloc(port->opaque, sizeof(*c));

    if (c) {
        c->cfg = *cfg;
        c->port = *port;
        ocpn_subsys_init(c);
        if (!ocpn_state_init(c) || !ocpn_telemetry_init(c) ||
            !ocpn_pel_init(c) || !ocpn_sanitize_init(c)) {
            destroy(c);
            return NULL;
        }
        c->page_size = 4096;
        c->power_on_ns = port->now(port->opaque);
        ocpn_facts_init(c);
        atomic_store(&c->running, true);
    }
    return c;
}

void ocpn_ctrl_free(OcpnCtrl *c)
{
    ocpn_subsys_leave(c);
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i]) {
            ocpn_ns_destroy(c, c->root[i]);
        }
    }
    destroy(c);
}

void ocpn_ctrl_power_on(OcpnCtrl *c)
{
    if (ocpn_subsys_power_on(c, false)) {
        return;
    }
    ocpn_space_apply(c);
    ocpn_facts_power_on(c);
    ocpn_health_init(c);
    ocpn_features_reset(c);
    ocpn_latency_power_on(c);
    ocpn_pel_power_on(c, false);
    ocpn_plp_power_on(c);
    ocpn_self_test_power_on(c, false);
    ocpn_chunks_power_on(c);
    ocpn_sanitize_power_on(c);
    ocpn_happened(c, OCPN_HAP_POWER_ON, c->power_cycles, 0);
}

void ocpn_ctrl_set_running(OcpnCtrl *c, bool running)
{
    atomic_store(&c->running, running);
    if (running) {
        ocpn_want_main(c);      /* a sanitize operation goes on */
        ocpn_kick_all(c);
    }
}

void ocpn_ctrl_set_msix(OcpnCtrl *c, bool enabled)
{
    if (enabled) {
        c->port.pin(c->port.opaque, false);
    }
    atomic_store(&c->msix, enabled);
    ocpn_doorbells_watch(c, true);
    ocpn_pin_update(c);
    if (c->cq[0]) {
        ocpn_kick_all(c);       /* the pin needs heads that are up to date */
    }
}

void ocpn_want_main(OcpnCtrl *c)
{
    if (!atomic_exchange(&c->main_wanted, true)) {
        c->port.kick_main(c->port.opaque);
    }
}

void ocpn_kick_all(OcpnCtrl *c)
{
    uint64_t live = atomic_load(&c->live);

    c->port.kick(c->port.opaque, 0);
    for (uint16_t i = 1; live; i++, live >>= 1) {
        if (live & 1) {
            c->port.kick(c->port.opaque, i);
        }
    }
}

static void set_csts(OcpnCtrl *c, uint32_t clear, uint32_t set)
{
    c->regs.csts = (c->regs.csts & ~clear) | set;
}

static void set_state(OcpnCtrl *c, OcpnState state)
{
    ocpn_trace(c, OCPN_TRACE_STATE, c->state, state);
    c->state = state;
}

/* From the first enable on the image counts as open. */
static void mark_open(OcpnCtrl *c)
{
    OcpnNs *ns = c->root[1];

    if (ns && !c->marked_open) {
        c->marked_open = true;
        if (!c->cycle_counted) {
            c->cycle_counted = true;
            c->power_cycles++;
        }
        ocpn_state_dirty(c, IMG_STATE_COUNTERS);
        ocpn_store_sync(&ns->store);
    }
}

/* Are CC, AQA, ASQ and ACQ what a controller can start with? */
static bool can_enable(const OcpnCtrl *c)
{
    uint32_t cc = c->regs.cc, aqa = c->regs.aqa;
    uint32_t css = FIELD_GET(NVME_CC_CSS, cc);
    uint64_t page = UINT64_C(4096) << FIELD_GET(NVME_CC_MPS, cc);

    return (css == NVME_CC_CSS_NVM || css == NVME_CC_CSS_ALL) &&
           FIELD_GET(NVME_CC_MPS, cc) <= MPSMAX &&
           FIELD_GET(NVME_CC_AMS, cc) == NVME_CC_AMS_RR &&
           FIELD_GET(NVME_AQA_ASQS, aqa) > 0 &&
           FIELD_GET(NVME_AQA_ACQS, aqa) > 0 &&
           !ocpn_subsys(c)->hot.off && !c->subsys.lost &&
           !(c->regs.asq & (page - 1)) && !(c->regs.acq & (page - 1));
}

static void enable(OcpnCtrl *c)
{
    OcpnCq *cq = NULL;
    OcpnSq *sq = NULL;

    ocpn_happened(c, OCPN_HAP_ENABLED, c->regs.cc, 0);
    set_csts(c, FIELD_PUT(NVME_CSTS_SHST, NVME_CSTS_SHST_MASK), 0);
    if (can_enable(c)) {
        c->page_size = 4096u << FIELD_GET(NVME_CC_MPS, c->regs.cc);
        cq = ocpn_cq_create(c, 0, c->regs.acq,
                            FIELD_GET(NVME_AQA_ACQS, c->regs.aqa) + 1, 0,
                            true);
        sq = cq ? ocpn_sq_create(c, 0, cq, c->regs.asq,
                                 FIELD_GET(NVME_AQA_ASQS, c->regs.aqa) + 1)
                : NULL;
    }
    if (!sq) {
        if (cq) {
            ocpn_cq_stop(c, cq);
            ocpn_cq_free(c, cq);
        }
        set_state(c, OCPN_FAILED);
        set_csts(c, 0, FIELD_PUT(NVME_CSTS_CFS, 1));
        return;
    }
    set_state(c, OCPN_READY);
    set_csts(c, 0, FIELD_PUT(NVME_CSTS_RDY, 1));
    mark_open(c);
    ocpn_happened(c, OCPN_HAP_READY, c->regs.csts, 0);
    ocpn_notices_raise(c);      /* a reset keeps them, but not the event */
}

/* Begin: no queue fetches any more; each tells when it is quiet. */
static void stop_queues(OcpnCtrl *c)
{
    for (uint32_t i = 0; i < c->naers; i++) {
        ocpn_req_drop(c, c->aer[i]);
    }
    c->naers = 0;
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->sq[i] && c->sq[i]->deleter) {
            ocpn_req_drop(c, c->sq[i]->deleter);
            c->sq[i]->deleter = NULL;
        }
        if (c->cq[i]) {
            atomic_store(&c->cq[i]->stopping, true);
        }
    }
    ocpn_inject_stop(c);
    ocpn_kick_all(c);
    ocpn_want_main(c);
}

/* No owner may look at a submission queue any more when it is freed. */
static void free_queues(OcpnCtrl *c)
{
    ocpn_doorbells_watch(c, false);
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i]) {
            ocpn_cq_stop(c, c->cq[i]);
        }
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->sq[i]) {
            ocpn_sq_free(c, c->sq[i]);
        }
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i]) {
            ocpn_cq_free(c, c->cq[i]);
        }
    }
}

/* What each kind of reset leaves.  NVMe Base 2.0, "Resets". */
static void finish_reset(OcpnCtrl *c)
{
    uint32_t keep = FIELD_PUT(NVME_CSTS_PP, ocpn_firmware_pauses(c)) |
                    (c->regs.csts & FIELD_PUT(NVME_CSTS_NSSRO,
                                    c->reset_kind != OCPN_RESET_COLD));

    free_queues(c);
    c->dbs = c->eis = 0;
    atomic_store(&c->fatal, false);
    atomic_store(&c->bad_shadow, false);
    ocpn_events_reset(c);
    ocpn_features_reset(c);
    c->regs.cc = 0;
    c->regs.csts = keep;
    c->regs.intms = 0;
    if (c->reset_kind != OCPN_RESET_CONTROLLER) {
        c->regs = (OcpnRegs) { .csts = keep };
    }
    if (c->reset_kind == OCPN_RESET_SUBSYSTEM) {
        c->regs.csts |= FIELD_PUT(NVME_CSTS_NSSRO, 1);
    }
    if (c->shutdown == OCPN_SHUT_DONE) {
        c->shutdown = OCPN_SHUT_NONE;
        atomic_store(&c->halted, ocpn_firmware_pauses(c));
    }
    set_state(c, OCPN_OFF);
    ocpn_inject_restart(c);
    ocpn_happened(c, OCPN_HAP_RESET, c->reset_kind, 0);
    c->port.pin(c->port.opaque, false);
}

static bool all_quiet(const OcpnCtrl *c)
{
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i] && !atomic_load(&c->cq[i]->quiet)) {
            return false;
        }
    }
    return true;
}

/* Not while a queue still works, or a shutdown still flushes. */
static void try_reset(OcpnCtrl *c)
{
    if (c->state == OCPN_STOPPING && c->shutdown != OCPN_SHUT_BUSY &&
        all_quiet(c)) {
        finish_reset(c);
    }
}

/*
 * CSTS.RDY of a controller that is off says that the reset is over: so it is,
 * or what the host writes next would be lost with it.  A shutdown goes on
 * beside it; only a power cut, which takes what is written, waits for that.
 */
void ocpn_ctrl_reset(OcpnCtrl *c, OcpnReset kind)
{
    bool off = c->state == OCPN_OFF || c->state == OCPN_FAILED;

    if (c->state == OCPN_STOPPING) {
        if (kind > c->reset_kind) {
            c->reset_kind = kind;
        }
        return;
    }
    c->reset_kind = kind;
    set_state(c, OCPN_STOPPING);
    stop_queues(c);
    if (off && !c->cut.going) {
        finish_reset(c);
    } else if (off) {
        try_reset(c);
    }
}

void ocpn_ctrl_set_cc(OcpnCtrl *c, uint32_t cc)
{
    uint32_t was = c->regs.cc;
    bool stop;
    uint32_t writable = FIELD_PUT(NVME_CC_EN, NVME_CC_EN_MASK) |
                        FIELD_PUT(NVME_CC_CSS, NVME_CC_CSS_MASK) |
                        FIELD_PUT(NVME_CC_MPS, NVME_CC_MPS_MASK) |
                        FIELD_PUT(NVME_CC_AMS, NVME_CC_AMS_MASK) |
                        FIELD_PUT(NVME_CC_SHN, NVME_CC_SHN_MASK) |
                        FIELD_PUT(NVME_CC_IOSQES, NVME_CC_IOSQES_MASK) |
                        FIELD_PUT(NVME_CC_IOCQES, NVME_CC_IOCQES_MASK);

    if (c->state == OCPN_STOPPING) {
        cc &= ~FIELD_PUT(NVME_CC_EN, 1);    /* not before RDY is 0 */
    }
    c->regs.cc = cc & writable;
    if (!FIELD_GET(NVME_CC_EN, was) && FIELD_GET(NVME_CC_EN, c->regs.cc)) {
        enable(c);
    }
    stop = FIELD_GET(NVME_CC_EN, was) && !FIELD_GET(NVME_CC_EN, c->regs.cc);
    if (stop) {
        ocpn_happened(c, OCPN_HAP_DISABLED, c->regs.cc, 0);
    }
    if (FIELD_GET(NVME_CC_SHN, c->regs.cc) && !FIELD_GET(NVME_CC_SHN, was)) {
        ocpn_shutdown_asked(c);
    }
    if (stop) {
        ocpn_ctrl_reset(c, OCPN_RESET_CONTROLLER);
    }
}

void ocpn_main_run(OcpnCtrl *c)
{
    atomic_store(&c->main_wanted, false);
    if (atomic_exchange(&c->fatal, false) && c->state == OCPN_READY) {
        set_csts(c, 0, FIELD_PUT(NVME_CSTS_CFS, 1));
        ocpn_happened(c, OCPN_HAP_FATAL, c->regs.csts, 0);
    }
    if (atomic_exchange(&c->bad_shadow, false)) {
        ocpn_event(c, NVME_AET_ERROR, NVME_AEI_ERR_DB_VALUE, NVME_LID_ERROR);
    }
    if (atomic_exchange(&c->pin_dirty, false)) {
        ocpn_pin_update(c);
    }
    ocpn_deletions_run(c);
    ocpn_failures_run(c);
    ocpn_timers_run(c);
    ocpn_firmware_run(c);
    ocpn_power_run(c);
    ocpn_power_cut_run(c);
    ocpn_unprotected_run(c);
    ocpn_inject_run(c);
    ocpn_notices_run(c);
    ocpn_chunks_set_run(c);
    ocpn_latency_run(c);
    ocpn_format_run(c);
    ocpn_sanitize_run(c);
    ocpn_fused_run(c);
    ocpn_ns_gone_run(c);
    ocpn_shutdown_run(c);
    try_reset(c);
}
