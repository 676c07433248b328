/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sanitize.
 * Implements: NVMe Base 2.0, "Sanitize command"; OCP Datacenter NVMe SSD,
 * NVMe-AD-7..9.
 *
 * The command is over when the image says that the operation goes on; the
 * rest is in sanitize.c.  Thread: main.
 */
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/core/protect.h"

#include "ctrl-int.h"

/* The failure mode: which way out the operation that failed has left. */
static bool is_allowed(const OcpnSanitize *s, uint32_t cdw10)
{
    bool unrestricted = FIELD_GET(NVME_SAN_AUSE, s->cdw10);
    bool exits = FIELD_GET(NVME_SAN_SANACT, cdw10) == NVME_SAN_EXIT_FAILURE;

    return !s->failure || unrestricted ||
           !(exits || FIELD_GET(NVME_SAN_AUSE, cdw10));
}

/* Attached or not.  The command, whatever it asks for, is then refused. */
static bool is_any_protected(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        const OcpnNs *ns = ocpn_ns_allocated(c, i);

        if (ns && ocpn_protection(ns)) {
            return true;
        }
    }
    return false;
}

/* What is in the way of an operation.  0: nothing. */
static uint16_t obstacle(OcpnCtrl *c)
{
    if (ocpn_firmware_next(c)) {
        return NVME_SC_FW_NEEDS_RESET;
    }
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        const OcpnNs *ns = c->ns[i];

        if (ns && atomic_load(&ns->formatting)) {
            return NVME_SC_FORMAT_IN_PROGRESS;
        }
    }
    return 0;
}

static void noted(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_sanitize_abandon(c);
        ocpn_fail(c, r, NVME_SC_INTERNAL);
    } else {
        ocpn_sanitize_begin(c);
    }
    ocpn_complete(c, r);
}

/* R ends when what has changed is in the image. */
static OcpnFlow keep(OcpnCtrl *c, OcpnReq *r,
                     void (*after)(OcpnCtrl *c, OcpnReq *r))
{
    ocpn_sanitize_gates(c);
    ocpn_state_dirty(c, IMG_STATE_SANITIZE);
    r->failed = false;
    return ocpn_store_join(&c->root[1]->store, r, true, after);
}

static void left(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed) {
        ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    ocpn_complete(c, r);
}

static OcpnFlow leave_failure_mode(OcpnCtrl *c, OcpnReq *r)
{
    if (!c->sanitize.failure) {
        return FLOW_DONE;
    }
    c->sanitize.failure = false;
    return keep(c, r, left);
}

static OcpnFlow start(OcpnCtrl *c, OcpnReq *r)
{
    OcpnSanitize *s = &c->sanitize;

    s->cdw10 = ocpn_cdw(r, 10);
    s->cdw11 = ocpn_cdw(r, 11);
    s->state = NVME_SSTAT_RUNS;
    s->failure = false;
    s->done = 0;
    s->total = ocpn_sanitize_passes(s) * ocpn_sanitize_bytes(c);
    return keep(c, r, noted);
}

OcpnFlow ocpn_sanitize(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t cdw10 = ocpn_cdw(r, 10);
    unsigned action = FIELD_GET(NVME_SAN_SANACT, cdw10);
    uint16_t status;

    if (action < NVME_SAN_EXIT_FAILURE || action > NVME_SAN_CRYPTO_ERASE ||
        !c->root[1]) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_SAN_SANACT);
    }
    if (is_any_protected(c)) {
        return ocpn_fail(c, r, NVME_SC_NS_WRITE_PROTECTED);
    }
    if (!is_allowed(&c->sanitize, cdw10)) {
        return ocpn_fail(c, r, NVME_SC_SANITIZE_FAILED);
    }
    if (action == NVME_SAN_EXIT_FAILURE) {
        return leave_failure_mode(c, r);
    }
    if (c->space && c->space->busy) {
        return FLOW_STALL;      /* until the namespaces are what they will be */
    }
    status = obstacle(c);
    return status ? ocpn_fail(c, r, status) : start(c, r);
}
