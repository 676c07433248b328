/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only OCP drives have, and no state page of the image: the capture of
 * LID 07h, event FIFOs, what knobs and actions have armed, and the host's
 * identifier.
 * Implements: docs/user-guide.rst, "Migration".
 */
#include <inttypes.h>
#include <string.h>

#include "force-int.h"
#include "migrate-int.h"

#define HOST    OCPN_TELEMETRY_HOST

static void save_knobs(OcpnCtrl *c, OcpnOut *out)
{
    SavedOcp s = {
        .version = c->cfg.ocp.version,
        .opal = c->opal,
        .capacitor_news = c->capacitors.news,
        .capacitors = to_le16(c->capacitors.percent),
        .telemetry_bug = c->telemetry.bug,
        .telemetry_enabled = c->telemetry.enabled,
        .reason = c->telemetry.reason[HOST],
    };

    for (unsigned i = 0; i < OCPN_POWER_STATES; i++) {
        s.power[i] = to_le16(c->cfg.ocp.power[i]);
    }
    memcpy(s.damage, c->corrupt.damage, sizeof(s.damage));
    ocpn_save_part(out, SAVED_OCP, &s, sizeof(s));
}

static void save_fifo(OcpnCtrl *c, OcpnOut *out, uint32_t fifo)
{
    const OcpnFifo *f = &c->ocp_events.fifo[fifo];
    SavedFifo s = {
        .fifo = to_le32(fifo),
        .n = to_le64(f->n),
        .age = to_le64(c->port.now(c->port.opaque) - f->stamp),
    };

    for (unsigned i = 0; i < OCPN_FIFO_EVENTS; i++) {
        memcpy(s.entry[i], f->entry[i].bytes, f->entry[i].size);
    }
    ocpn_save_part(out, SAVED_FIFO, &s, sizeof(s));
}

static void save_host_id(OcpnCtrl *c, OcpnOut *out)
{
    static const uint8_t none[OCPN_HOST_ID];

    if (memcmp(c->host_id, none, sizeof(none))) {
        ocpn_save_part(out, SAVED_HOST_ID, c->host_id, sizeof(c->host_id));
    }
}

/* From the oldest on: the destination overwrites them in that order. */
static void save_cut(OcpnCtrl *c, OcpnOut *out)
{
    const OcpnPowerCut *cut = &c->cut;
    const uint32_t n = cut->drop * OCPN_VEC_MAX;

    if (!cut->left) {
        return;
    }
    ocpn_save_part(out, SAVED_CUT, &(SavedCut) {
        .left = to_le32(cut->left), .drop = to_le32(cut->drop),
        .n = to_le32(cut->n),
        .wish = to_le32((cut->wish.loss ^ OCPN_CUT_OWN) |
                        (uint32_t)cut->wish.tear << 8 |
                        (uint32_t)cut->wish.seed << 16),
    }, sizeof(SavedCut));
    for (uint32_t i = 0; i < n; i++) {
        const OcpnLoss *l = &cut->loss[(cut->nlosses + i) % n];

        if (l->write && cut->n - l->write < cut->drop) {
            ocpn_save_part(out, SAVED_LOSS, &(SavedLoss) {
                .nsid = to_le32(l->nsid), .write = to_le32(l->write),
                .chunk = to_le32(l->chunk), .nlb = to_le32(l->nlb),
                .at = to_le64(l->at),
            }, sizeof(SavedLoss));
        }
    }
}

/* The first controller's is in its image. */
static void save_latency(OcpnCtrl *c, OcpnOut *out)
{
    uint8_t page[IMG_PAGE_PAYLOAD] = { 0 };

    ocpn_latency_part.store(c, 0, page);
    ocpn_save_part(out, SAVED_LATENCY, page, sizeof(page));
}

void ocpn_save_ocp(OcpnCtrl *c, OcpnOut *out)
{
    if (!ocpn_ocp(c, OCP_1_0)) {
        save_cut(c, out);
        return;
    }
    save_knobs(c, out);
    if (c->telemetry.captured[HOST]) {
        ocpn_save_part(out, SAVED_CAPTURE, c->telemetry.areas[HOST],
                       OCPN_AREAS_SIZE);
    }
    for (uint32_t i = 0; i < OCPN_NFIFOS; i++) {
        save_fifo(c, out, i);
    }
    save_host_id(c, out);
    save_cut(c, out);
    ocpn_save_lag(c, out);
    if (c->subsys.further) {
        save_latency(c, out);
    }
}

/* The first byte of part SAVED_OCP; -1: BUF is no row of parts. */
static int version_in(const uint8_t *p, size_t len)
{
    int version = OCP_OFF;
    SavedPart head;

    while (len >= sizeof(head)) {
        uint32_t n;

        memcpy(&head, p, sizeof(head));
        n = from_le32(head.len);
        if (n > len - sizeof(head)) {
            return -1;
        }
        if (from_le16(head.kind) == SAVED_OCP && n) {
            version = p[sizeof(head)];
        }
        if (from_le16(head.kind) == SAVED_END) {
            return version;
        }
        p += sizeof(head) + n;
        len -= sizeof(head) + n;
    }
    return -1;
}

/* Whether all parts are there is judged when they are read. */
bool ocpn_saved_same_ocp(const OcpnCtrl *c, const void *buf, size_t len,
                         OcpnError *err)
{
    static const char *const name[OCP_NVERSIONS] = {
        "off", "1.0", "2.0", "2.5", "2.6", "2.7",
    };
    int theirs = version_in(buf, len), ours = c->cfg.ocp.version;

    if (theirs >= OCP_NVERSIONS) {
        return OCPN_FAIL(err, "ocp-version cannot be number %d", theirs);
    }
    return theirs < 0 || theirs == ours ||
           OCPN_FAIL(err, "ocp-version is %s on the source and %s here; start "
                     "both with the same properties", name[theirs],
                     name[ours]);
}

void ocpn_load_no_ocp(OcpnCtrl *c)
{
    c->telemetry.captured[HOST] = false;
    c->telemetry.reason[HOST] = (OcpReason) { .valid = 0 };
    memset(&c->ocp_events, 0, sizeof(c->ocp_events));
    c->corrupt = (OcpnCorrupt) { { 0 } };
    ocpn_fault_remove_all(c, OCPN_FAULT_FORCED);
    memset(c->host_id, 0, sizeof(c->host_id));
    ocpn_power_cut_clear(c);
    ocpn_lag_set(c, 0);
}

static bool same_power(const OcpnCtrl *c, const SavedOcp *s)
{
    for (unsigned i = 0; i < OCPN_POWER_STATES; i++) {
        if (from_le16(s->power[i]) != c->cfg.ocp.power[i]) {
            return false;
        }
    }
    return true;
}

bool ocpn_load_ocp(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedOcp *s = part;

    if (s->version != c->cfg.ocp.version || !ocpn_ocp(c, OCP_1_0)) {
        return OCPN_FAIL(err, "ocp-version is another one on the source; "
                         "start both with the same properties");
    }
    if (!same_power(c, s)) {
        return OCPN_FAIL(err, "power-states are others on the source; start "
                         "both with the same properties");
    }
    if (s->opal > OCPN_OPAL_ACTIVATED ||
        s->telemetry_bug > OCPN_TELEMETRY_SLS_MISMATCH) {
        return OCPN_FAIL(err, "knobs opal-state (%u) and telemetry-damage "
                         "(%u) cannot be", s->opal, s->telemetry_bug);
    }
    for (unsigned i = 0; i < sizeof(s->damage); i++) {
        if (!ocpn_corrupt_can((uint8_t)i, (OcpnDamage)s->damage[i])) {
            return OCPN_FAIL(err, "page 0x%02x cannot be damaged by %u", i,
                             s->damage[i]);
        }
    }
    memcpy(c->corrupt.damage, s->damage, sizeof(s->damage));
    c->opal = s->opal;
    c->capacitors.news = s->capacitor_news != 0;
    c->capacitors.percent = from_le16(s->capacitors);
    c->telemetry.bug = s->telemetry_bug;
    c->telemetry.enabled = s->telemetry_enabled != 0;
    c->telemetry.reason[HOST] = s->reason;
    return true;
}

bool ocpn_load_capture(OcpnCtrl *c, const void *part, OcpnError *err)
{
    if (!c->telemetry.areas[HOST]) {
        return OCPN_FAIL(err, "there is telemetry, and ocp-version is off");
    }
    memcpy(c->telemetry.areas[HOST], part, OCPN_AREAS_SIZE);
    c->telemetry.captured[HOST] = true;
    return true;
}

/* An event's data size, in dwords, is its last byte of four. */
static bool load_event(OcpnFifoEntry *e, const uint8_t *bytes)
{
    size_t size = sizeof(OcpEvent) + 4 * (size_t)bytes[3];

    if (size > sizeof(e->bytes)) {
        return false;
    }
    e->size = (uint8_t)size;
    memcpy(e->bytes, bytes, size);
    return true;
}

bool ocpn_load_fifo(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedFifo *s = part;
    uint32_t fifo = from_le32(s->fifo);
    uint64_t n = from_le64(s->n);
    OcpnFifo *f;

    if (fifo >= OCPN_NFIFOS || !ocpn_ocp(c, OCP_1_0)) {
        return OCPN_FAIL(err, "there is no event FIFO %" PRIu32, fifo);
    }
    f = &c->ocp_events.fifo[fifo];
    for (unsigned i = 0; i < OCPN_FIFO_EVENTS && i < n; i++) {
        if (!load_event(&f->entry[i], s->entry[i])) {
            return OCPN_FAIL(err, "event %u of FIFO %" PRIu32 " has %u "
                             "dwords, which cannot be", i, fifo,
                             s->entry[i][3]);
        }
    }
    f->n = n;
    f->stamp = c->port.now(c->port.opaque) - from_le64(s->age);
    return true;
}

/* To *ID, if SAVED is one; then *HAS gets BIT.  False: it cannot be. */
static bool load_id(Le16 saved, uint8_t *id, uint8_t *has, uint8_t bit)
{
    uint16_t n = from_le16(saved);

    if (n <= UINT8_MAX) {
        *id = (uint8_t)n;
        *has |= bit;
    }
    return n == SAVED_ANY || n <= UINT8_MAX;
}

/* As older versions saved forced statuses; now they are SAVED_FAULT. */
bool ocpn_load_force(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedForce *s = part;
    OcpnFaultRule f = {
        .point = OCPN_FAULT_STATUS,
        .at = OCPN_PLACE_ALL,
        .ppm = OCPN_FAULT_MILLION,
        .has = OCPN_FAULT_HAS_QUEUE,
        .io = from_le16(s->io) != 0,
        .status = from_le16(s->status),
        .times = from_le32(s->times),
        .ms = from_le32(s->ms),
    };

    if (!load_id(s->opcode, &f.opcode, &f.has, OCPN_FAULT_HAS_OPCODE) ||
        !load_id(s->lid, &f.lid, &f.has, OCPN_FAULT_HAS_LID) ||
        !load_id(s->fid, &f.fid, &f.has, OCPN_FAULT_HAS_FID) ||
        !ocpn_ocp(c, OCP_1_0)) {
        return OCPN_FAIL(err, "a forced status for opcode 0x%x, page 0x%x and "
                         "feature 0x%x cannot be", from_le16(s->opcode),
                         from_le16(s->lid), from_le16(s->fid));
    }
    return ocpn_force_add(c, &f, err);
}

bool ocpn_load_host_id(OcpnCtrl *c, const void *part, OcpnError *err)
{
    if (!ocpn_ocp(c, OCP_1_0)) {
        return OCPN_FAIL(err, "there is a host identifier, and ocp-version "
                         "is off");
    }
    ocpn_host_id_set(c, part);
    return true;
}

bool ocpn_load_cut(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedCut *s = part;
    uint32_t left = from_le32(s->left), drop = from_le32(s->drop);
    uint32_t word = from_le32(s->wish);
    OcpnCutWish wish = {
        .loss = (uint8_t)((word & 0xff) ^ OCPN_CUT_OWN),
        .tear = (uint8_t)(word >> 8), .seed = (uint16_t)(word >> 16),
    };

    if (wish.loss > OCPN_CUT_OWN || wish.tear >= OCPN_NTEARS) {
        return OCPN_FAIL(err, "a power cut of a kind 0x%" PRIx32 " cannot be",
                         word);
    }
    if (!left || drop > OCPN_CUT_DROP || c->cut.left ||
        c->subsys.further || !ocpn_power_cut_arm(c, left, drop, wish)) {
        return OCPN_FAIL(err, "a power cut after %" PRIu32 " writes that loses "
                         "%" PRIu32 " of them cannot be", left, drop);
    }
    c->cut.n = from_le32(s->n);
    return true;
}

/* Where it is, is judged when it is lost. */
bool ocpn_load_loss(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedLoss *s = part;
    OcpnLoss *l = NULL;

    if (c->cut.drop && c->cut.nlosses < c->cut.drop * OCPN_VEC_MAX) {
        l = ocpn_power_cut_loss(c, (uint32_t)c->cut.nlosses++);
    }
    if (!l) {
        return OCPN_FAIL(err, "there are more writes to lose than the power "
                         "cut has");
    }
    *l = (OcpnLoss) {
        .nsid = from_le32(s->nsid), .write = from_le32(s->write),
        .chunk = from_le32(s->chunk), .nlb = from_le32(s->nlb),
        .at = from_le64(s->at),
    };
    return true;
}

bool ocpn_load_latency(OcpnCtrl *c, const void *part, OcpnError *err)
{
    if (!c->subsys.further || !ocpn_latency_present(c)) {
        return OCPN_FAIL(err, "there is a latency monitor that belongs to a "
                         "further controller (subsys=), which this is not");
    }
    ocpn_latency_part.load(c, 0, part);
    return true;
}
