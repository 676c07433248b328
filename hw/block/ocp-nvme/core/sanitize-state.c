/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What there is to say of the sanitize operation: to the image and from it,
 * to hosts, and to the gates.
 * Implements: NVMe Base 2.0, "Sanitize Status (Log Identifier 81h)";
 * docs/image-format.rst, "Device state".
 */
#include <string.h>

#include "ctrl-int.h"
#include "nvm-int.h"

/* Bytes a second: zeros; a pattern. */
#define ZERO_SHIFT      32
#define WRITE_SHIFT     30
#define MOST_PASSES     16u

OcpnExtent ocpn_sanitize_area(const OcpnNs *ns, unsigned index)
{
    uint64_t from = ocpn_pages_end(&ns->im);

    if (ocpn_ns_is_open_channel(ns)) {
        return index ? ns->im.data : ns->im.meta;
    }
    return index ? (OcpnExtent) { 0, 0 }
                 : (OcpnExtent) { from, ns->im.length - from };
}

uint64_t ocpn_sanitize_bytes(const OcpnCtrl *c)
{
    uint64_t sum = 0;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        for (unsigned j = 0; c->root[i] && j < 2; j++) {
            sum += ocpn_sanitize_area(c->root[i], j).length;
        }
    }
    return sum ? sum : 1;
}

unsigned ocpn_sanitize_passes(const OcpnSanitize *s)
{
    unsigned n = FIELD_GET(NVME_SAN_OWPASS, s->cdw10);

    if (FIELD_GET(NVME_SAN_SANACT, s->cdw10) != NVME_SAN_OVERWRITE) {
        return 1;
    }
    return n ? n : MOST_PASSES;
}

void ocpn_sanitize_gates(OcpnCtrl *c)
{
    const OcpnSanitize *s = &c->sanitize;

    ocpn_gate_set(c, OCPN_GATE_SANITIZE_FAILED, s->failure);
    ocpn_gate_set(c, OCPN_GATE_SANITIZE, s->state == NVME_SSTAT_RUNS);
}

static bool is_action(uint32_t cdw10)
{
    unsigned action = FIELD_GET(NVME_SAN_SANACT, cdw10);

    return action >= NVME_SAN_BLOCK_ERASE && action <= NVME_SAN_CRYPTO_ERASE;
}

/*
 * Hostile: an action that is none has never been, and one of fewer bytes than
 * passes has done nothing.
 */
static void take(OcpnSanitize *s, const ImgSanitize *p)
{
    bool ever = p->state <= NVME_SSTAT_FAILED && is_action(from_le32(p->cdw10));

    s->fails = p->flags & IMG_SANITIZE_FAILS;
    s->ms = from_le16(p->ms);
    s->state = ever ? p->state : NVME_SSTAT_NEVER;
    s->failure = s->state == NVME_SSTAT_FAILED &&
                 p->flags & IMG_SANITIZE_FAILURE;
    s->cdw10 = s->state ? from_le32(p->cdw10) : 0;
    s->cdw11 = s->state ? from_le32(p->cdw11) : 0;
    s->done = from_le64(p->done);
    s->total = from_le64(p->total);
    s->written = from_le64(p->written);
    if (s->state && s->total < ocpn_sanitize_passes(s)) {
        s->total = ocpn_sanitize_passes(s);
        s->done = 0;
    }
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnSanitize *s = &c->sanitize;
    ImgSanitize p;

    (void)nth;
    memcpy(&p, payload, sizeof(p));
    take(s, &p);
    s->step = s->state == NVME_SSTAT_RUNS ? SANITIZE_CHECK : SANITIZE_REST;
    s->next = 0;
    for (uint32_t i = 1; s->holds && i <= OCPN_MAX_NS; i++) {
        if (c->ns[i]) {
            atomic_store(&c->ns[i]->formatting, false);
        }
    }
    s->holds = false;
    ocpn_sanitize_gates(c);
    if (s->ready) {
        ocpn_sanitize_power_on_incoming(c);
        ocpn_want_main(c);
    }
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    const OcpnSanitize *s = &c->sanitize;
    ImgSanitize p = {
        .state = s->state,
        .flags = (uint8_t)((s->failure ? IMG_SANITIZE_FAILURE : 0) |
                           (s->fails ? IMG_SANITIZE_FAILS : 0)),
        .ms = to_le16(s->ms),
        .cdw10 = to_le32(s->cdw10),
        .cdw11 = to_le32(s->cdw11),
        .done = to_le64(s->done),
        .total = to_le64(s->total),
        .written = to_le64(s->written),
    };

    (void)nth;
    memcpy(payload, &p, sizeof(p));
}

const OcpnStatePart ocpn_sanitize_part = {
    .page = IMG_STATE_SANITIZE,
    .npages = 1,
    .load = load,
    .store = store,
};

/* It is not over before commands are let in again. */
static uint8_t state_told(const OcpnSanitize *s)
{
    return s->step == SANITIZE_END ? NVME_SSTAT_RUNS : s->state;
}

static uint16_t progress(const OcpnSanitize *s)
{
    uint64_t n;

    if (state_told(s) != NVME_SSTAT_RUNS) {
        return NVME_SPROG_NONE;
    }
    n = s->total >> 40 ? s->done / (s->total >> 16)
                       : s->done * 65536 / s->total;
    return n < NVME_SPROG_NONE ? (uint16_t)n : NVME_SPROG_NONE;
}

static unsigned passes_done(const OcpnSanitize *s)
{
    unsigned n = ocpn_sanitize_passes(s);

    if (FIELD_GET(NVME_SAN_SANACT, s->cdw10) != NVME_SAN_OVERWRITE) {
        return 0;
    }
    return s->done < s->total ? (unsigned)(s->done / (s->total / n)) : n;
}

static Le32 seconds(const OcpnSanitize *s, uint64_t bytes, unsigned shift)
{
    uint64_t n = s->ms ? (s->ms + 999u) / 1000 : (bytes >> shift) + 1;

    return to_le32(n < UINT32_MAX ? (uint32_t)n : UINT32_MAX - 1);
}

void ocpn_sanitize_describe(OcpnCtrl *c, NvmeSanitizeLog *log)
{
    const OcpnSanitize *s = &c->sanitize;
    uint64_t bytes = ocpn_sanitize_bytes(c);
    bool erased = state_told(s) <= NVME_SSTAT_DONE &&
                  s->written == ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS);

    log->sprog = to_le16(progress(s));
    log->sstat = to_le16((uint16_t)
        (FIELD_PUT(NVME_SSTAT_STATE, state_told(s)) |
         FIELD_PUT(NVME_SSTAT_PASSES, passes_done(s)) |
         (erased ? NVME_SSTAT_ERASED : 0)));
    log->scdw10 = to_le32(s->cdw10);
    log->block = log->block_nd = seconds(s, bytes, ZERO_SHIFT);
    log->crypto = log->crypto_nd = log->block;
    log->overwrite = seconds(s, MOST_PASSES * bytes, WRITE_SHIFT);
    log->overwrite_nd = log->overwrite;
}

uint16_t ocpn_sanitize_ms(const OcpnCtrl *c)
{
    return c->sanitize.ms;
}

void ocpn_set_sanitize_ms(OcpnCtrl *c, uint16_t ms)
{
    c->sanitize.ms = ms;
    ocpn_state_dirty(c, IMG_STATE_SANITIZE);
    ocpn_state_sync(c);
}

bool ocpn_sanitize_ends_badly(OcpnCtrl *c)
{
    const OcpnSanitize *s = &c->sanitize;

    return s->done >= s->total / 2 &&
           (s->fails || (ocpn_faults_armed(&c->faults,
                                           OCPN_FAULT_BIT(SANITIZE)) &&
                         ocpn_inject_take(c, OCP_INJECT_SANITIZE_FAILURE)));
}

bool ocpn_sanitize_fails(const OcpnCtrl *c)
{
    return c->sanitize.fails;
}

void ocpn_set_sanitize_fails(OcpnCtrl *c, bool fails)
{
    c->sanitize.fails = fails;
    ocpn_state_dirty(c, IMG_STATE_SANITIZE);
    ocpn_state_sync(c);
}
