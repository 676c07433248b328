/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device Self-test: its operations.
 * Implements: NVMe Base 2.0, "Device Self-test command", "Device Self-test
 * Operations"; OCP Datacenter NVMe SSD, MI-11.
 *
 * A test is a row of segments that take the same time.  Each is judged at its
 * end, and a test that failed goes on to its own.  A reset ends a short test,
 * an extended one goes on; after power was off it goes on from where the image
 * says it was, which is at least the begin of its segment.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

/* Of the whole test. */
static uint64_t duration(unsigned code)
{
    return code == NVME_DST_STC_SHORT
           ? OCPN_SELF_TEST_SHORT_S * NS_PER_S
           : OCPN_SELF_TEST_EXTENDED_M * 60 * NS_PER_S;
}

/* Nanoseconds from its begin to the end of SEGMENT. */
static uint64_t end_of(unsigned code, unsigned segment)
{
    return duration(code) * segment / OCPN_SEGMENTS;
}

/* Nanoseconds it has run, at most all of them. */
static uint64_t past(const OcpnCtrl *c)
{
    uint64_t ns = c->port.now(c->port.opaque) - c->self_test.begun;
    uint64_t all = duration(c->self_test.code);

    return ns < all ? ns : all;
}

static void arm(OcpnCtrl *c)
{
    const OcpnSelfTest *t = &c->self_test;

    ocpn_timer_at(c, OCPN_TIMER_SELF_TEST,
                  t->code ? t->begun + end_of(t->code, t->next) : UINT64_MAX);
}

void ocpn_self_test_dirty(OcpnCtrl *c)
{
    if (ocpn_ocp(c, OCP_1_0)) {
        ocpn_state_dirty(c, IMG_STATE_SELF_TEST);
    }
}

static void keep(OcpnCtrl *c)
{
    ocpn_self_test_dirty(c);
    ocpn_state_sync(c);
}

/* What runs is over. */
static void end(OcpnCtrl *c, enum NvmeSelfTestEnd result)
{
    OcpnSelfTest *t = &c->self_test;
    NvmeSelfTestResult *newest = t->result;
    uint8_t code = t->code;

    memmove(newest + 1, newest, (NVME_SELF_TESTS - 1) * sizeof(*newest));
    *newest = (NvmeSelfTestResult) { 0 };
    if (result == NVME_DST_FAILED_SEGMENT) {
        *newest = t->found;
    }
    newest->status = (uint8_t)(FIELD_PUT(NVME_DST_CODE, code) |
                               FIELD_PUT(NVME_DST_RESULT, result)) ^
                     NVME_DST_UNUSED;
    newest->poh = to_le64(ocpn_power_on_seconds(c) / 3600);
    t->code = 0;
    arm(c);
    ocpn_self_test_dirty(c);
    ocpn_happened(c, OCPN_HAP_SELF_TEST, code, result);
}

/* Judge what is over by now. */
static void advance(OcpnCtrl *c)
{
    OcpnSelfTest *t = &c->self_test;
    uint8_t was = t->next;

    while (t->code && past(c) >= end_of(t->code, t->next)) {
        if (t->code == NVME_DST_STC_EXTENDED ||
            t->next != OCPN_SEGMENT_DATA) {
            ocpn_self_test_segment(c, t->next, &t->found);
        }
        if (t->next++ == OCPN_SEGMENTS) {
            end(c, t->found.segment ? NVME_DST_FAILED_SEGMENT
                                    : NVME_DST_PASSED);
        }
    }
    if (t->next != was) {
        keep(c);
    }
}

void ocpn_self_test_tick(OcpnCtrl *c)
{
    advance(c);
    arm(c);
}

void ocpn_self_test_abort(OcpnCtrl *c, enum NvmeSelfTestEnd result)
{
    advance(c);
    if (c->self_test.code) {
        end(c, result);
        ocpn_state_sync(c);
    }
}

void ocpn_self_test_log(OcpnCtrl *c, NvmeSelfTestLog *log)
{
    const OcpnSelfTest *t = &c->self_test;

    advance(c);
    log->operation = t->code;
    if (t->code) {
        log->completion = (uint8_t)(past(c) * 100 / duration(t->code));
    }
    memcpy(log->result, t->result, sizeof(log->result));
    for (unsigned i = 0; i < NVME_SELF_TESTS; i++) {
        log->result[i].status ^= NVME_DST_UNUSED;
    }
}

static void start(OcpnCtrl *c, uint8_t code, uint32_t nsid)
{
    OcpnSelfTest *t = &c->self_test;

    t->code = code;
    t->next = 1;
    t->nsid = nsid;
    t->begun = c->port.now(c->port.opaque);
    t->found = (NvmeSelfTestResult) { 0 };
    arm(c);
    keep(c);
}

OcpnFlow ocpn_self_test(OcpnCtrl *c, OcpnReq *r)
{
    uint8_t code = (uint8_t)FIELD_GET(NVME_DST_STC, ocpn_cdw(r, 10));
    uint32_t nsid = from_le32(r->cmd.nsid);

    if (code == NVME_DST_STC_ABORT) {
        ocpn_self_test_abort(c, NVME_DST_ABORTED);
        return FLOW_DONE;
    }
    if (code != NVME_DST_STC_SHORT && code != NVME_DST_STC_EXTENDED) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_DST_STC);
    }
    if (nsid && nsid != NVME_NSID_ALL && !ocpn_ns_get(c, nsid)) {
        return nsid > ocpn_ns_highest(c)
               ? REJECT(c, r, INVALID_NS, nsid)
               : REJECT(c, r, INVALID_FIELD, nsid);
    }
    advance(c);
    if (c->self_test.code) {
        return ocpn_fail(c, r, NVME_SC_SELF_TEST_IN_PROGRESS);
    }
    start(c, code, nsid);
    return FLOW_DONE;
}

/* Is namespace NSID, or are all, among those the test is of? */
static bool concerns(const OcpnCtrl *c, uint64_t nsid)
{
    uint32_t of = c->self_test.nsid;

    return of && (of == NVME_NSID_ALL || nsid == NVME_NSID_ALL || of == nsid);
}

void ocpn_self_test_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                             uint64_t b)
{
    (void)b;
    if (!c->self_test.code) {
        return;
    }
    switch (what) {
    case OCPN_HAP_RESET:
        advance(c);
        if (c->self_test.code == NVME_DST_STC_SHORT) {
            ocpn_self_test_abort(c, NVME_DST_RESET);
        }
        break;
    case OCPN_HAP_SHUTDOWN:
        ocpn_self_test_dirty(c);
        break;
    case OCPN_HAP_FORMAT_BEGIN:
        if (concerns(c, a)) {
            ocpn_self_test_abort(c, NVME_DST_FORMAT);
        }
        break;
    case OCPN_HAP_NS_CHANGED:
        if (c->self_test.nsid == a && !ocpn_ns_get(c, (uint32_t)a)) {
            ocpn_self_test_abort(c, NVME_DST_REMOVED);
        }
        break;
    case OCPN_HAP_SANITIZE_BEGIN:
        ocpn_self_test_abort(c, NVME_DST_SANITIZE);
        break;
    default:
        break;
    }
}

void ocpn_self_test_power_on(OcpnCtrl *c, bool running)
{
    OcpnSelfTest *t = &c->self_test;

    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    t->on = true;
    if (t->code == NVME_DST_STC_SHORT && !running) {
        end(c, NVME_DST_RESET);
    }
    arm(c);
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnSelfTest *t = &c->self_test;
    uint64_t ns;
    ImgSelfTest s;

    (void)nth;
    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    memcpy(&s, payload, sizeof(s));
    memcpy(t->result, s.result, sizeof(t->result));
    ns = from_le64(s.done_ns);
    t->code = s.code == NVME_DST_STC_SHORT || s.code == NVME_DST_STC_EXTENDED
              ? s.code : 0;
    if (t->code && ns < duration(t->code)) {
        t->begun = c->port.now(c->port.opaque) - ns;
        t->nsid = from_le32(s.nsid);
        t->found = (NvmeSelfTestResult) {
            .segment = s.segment <= OCPN_SEGMENTS ? s.segment : 0,
            .valid = s.valid, .nsid = s.failed_nsid,
            .sct = s.sct, .sc = s.sc,
        };
        for (t->next = 1; ns >= end_of(t->code, t->next); ) {
            t->next++;
        }
    } else {
        t->code = 0;
    }
    if (t->on) {
        arm(c);
    }
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    const OcpnSelfTest *t = &c->self_test;
    ImgSelfTest s = { .code = t->code };

    (void)nth;
    memcpy(s.result, t->result, sizeof(s.result));
    if (t->code) {
        s.segment = t->found.segment;
        s.valid = t->found.valid;
        s.nsid = to_le32(t->nsid);
        s.done_ns = to_le64(past(c));
        s.failed_nsid = t->found.nsid;
        s.sct = t->found.sct;
        s.sc = t->found.sc;
    }
    memcpy(payload, &s, sizeof(s));
}

const OcpnStatePart ocpn_self_test_part = {
    .page = IMG_STATE_SELF_TEST,
    .npages = 1,
    .load = load,
    .store = store,
};
