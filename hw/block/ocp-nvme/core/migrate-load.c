/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes into a controller's state: the walk through the parts, the drive they
 * are of, and what there is once.
 * Implements: docs/user-guide.rst, "Migration".
 *
 * Every number is judged where it is taken over; a part that refuses ends the
 * walk.  The queues are started in any case, so that a reset can free them.
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"
#include "migrate-int.h"

static bool differs(OcpnError *err, const char *what, uint32_t theirs,
                    uint32_t ours)
{
    return OCPN_FAIL(err, "%s is %" PRIu32 " on the source and %" PRIu32
                     " here; start both with the same properties", what,
                     theirs, ours);
}

static bool load_config(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedConfig *s = part;
    const struct { const char *what; uint32_t theirs, ours; } row[] = {
        { "max-ioqpairs", from_le32(s->max_ioqpairs), c->cfg.max_ioqpairs },
        { "mqes", from_le32(s->mqes), c->cfg.mqes },
        { "msix-qsize", from_le32(s->nvectors), c->cfg.nvectors },
        { "mdts", from_le32(s->mdts), c->cfg.mdts },
        { "the map of NSIDs in use", from_le32(s->namespaces),
          ocpn_saved_namespaces(c) },
        { "state-sync=flush", s->sync_flush, c->cfg.sync_flush },
        { "dbbuf", s->dbbuf, c->cfg.dbbuf },
        { "the profile's NN", s->exact_nn, c->cfg.exact_nn },
        { "the controller's identifier (CNTLID)", s->cntlid,
          ocpn_cntlid(c) },
    };
    char serial[sizeof(s->serial)];

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        if (row[i].theirs != row[i].ours) {
            return differs(err, row[i].what, row[i].theirs, row[i].ours);
        }
    }
    put_ascii(serial, sizeof(serial), '\0', c->cfg.serial);
    if (memcmp(serial, s->serial, sizeof(serial))) {
        return OCPN_FAIL(err, "serial is '%s' here, and another one on the "
                         "source", c->cfg.serial);
    }
    return true;
}

/* Version 1: up to the UUID. */
static bool load_ns_1(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedNs *s = part;
    uint32_t nsid = from_le32(s->nsid);
    const OcpnNs *ns = ocpn_ns_root(c, nsid);

    if (!ns || memcmp(ns->im.uuid, s->uuid, sizeof(s->uuid))) {
        return OCPN_FAIL(err, "namespace %" PRIu32 " has another image than "
                         "on the source, or none", nsid);
    }
    if (from_le32(s->switches) != ocpn_saved_switches(ns)) {
        return OCPN_FAIL(err, "namespace %" PRIu32 " has other properties "
                         "than on the source (0x%" PRIx32 ", here 0x%" PRIx32
                         ")", nsid, from_le32(s->switches),
                         ocpn_saved_switches(ns));
    }
    return true;
}

static bool load_ns(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedNs *s = part;
    uint32_t nsid = from_le32(s->nsid);
    uint64_t theirs = from_le64(s->eui64), ours;

    if (!load_ns_1(c, part, err)) {
        return false;
    }
    ours = ocpn_ns_root(c, nsid)->cfg.eui64;
    return theirs == ours ||
           OCPN_FAIL(err, "eui64 of namespace %" PRIu32 " is 0x%" PRIx64 " on "
                     "the source and 0x%" PRIx64 " here; start both with the "
                     "same properties", nsid, theirs, ours);
}

/* Can a controller be in the state that S says? */
static bool check_ctrl(const OcpnCtrl *c, const SavedCtrl *s, OcpnError *err)
{
    uint32_t state = from_le32(s->state), page = from_le32(s->page_size);
    uint64_t dbs = from_le64(s->dbs), eis = from_le64(s->eis);

    if ((state != OCPN_OFF && state != OCPN_READY && state != OCPN_FAILED) ||
        (from_le32(s->shutdown) != OCPN_SHUT_NONE &&
         from_le32(s->shutdown) != OCPN_SHUT_DONE)) {
        return OCPN_FAIL(err, "the controller's state is %" PRIu32 " and its "
                         "shutdown %" PRIu32 ", which cannot be", state,
                         from_le32(s->shutdown));
    }
    if (FIELD_GET(NVME_CC_EN, from_le32(s->cc)) != (state != OCPN_OFF)) {
        return OCPN_FAIL(err, "the controller's state is %" PRIu32 " and its "
                         "CC 0x%" PRIx32 ", which cannot be", state,
                         from_le32(s->cc));
    }
    if (page < 4096 || page > 65536 || page & (page - 1) ||
        (dbs | eis) & (page - 1) || !dbs != !eis || (dbs && !c->cfg.dbbuf)) {
        return OCPN_FAIL(err, "pages of %" PRIu32 " bytes with doorbell "
                         "buffers at 0x%" PRIx64 " and 0x%" PRIx64 " cannot "
                         "be", page, dbs, eis);
    }
    if (s->timestamp_origin > NVME_TIMESTAMP_ORIGIN_SET ||
        from_le64(s->timestamp_ms) >> 48) {
        return OCPN_FAIL(err, "the timestamp cannot be (origin %u)",
                         s->timestamp_origin);
    }
    return true;
}

static void load_counters(OcpnCtrl *c, const SavedCtrl *s)
{
    c->power_cycles = from_le64(s->power_cycles);
    c->unsafe_shutdowns = from_le64(s->unsafe_shutdowns);
    c->power_on_past = from_le64(s->power_on_seconds);
    c->power_on_ns = c->port.now(c->port.opaque);
    memset(&c->gone, 0, sizeof(c->gone));
    for (unsigned i = 0; i < OCPN_COUNT_SAVED_N; i++) {
        c->past[i] = from_le64(s->count[i]);
    }
    c->error_count = from_le64(s->error_count);
    ocpn_notices_set_count(c, from_le64(s->notices));
}

static bool load_ctrl(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedCtrl *s = part;

    if (!check_ctrl(c, s, err)) {
        return false;
    }
    ocpn_set_ahead(c, from_le32(s->ahead));
    ocpn_power_forget(c);
    ocpn_features_apply(c);     /* what it tells of, the host knows */
    c->nevents = 0;
    c->state = (OcpnState)from_le32(s->state);
    c->shutdown = (OcpnShutdown)from_le32(s->shutdown);
    c->regs = (OcpnRegs) {
        from_le32(s->intms), from_le32(s->cc), from_le32(s->csts),
        from_le32(s->aqa), from_le64(s->asq), from_le64(s->acq),
    };
    atomic_store(&c->dbs, from_le64(s->dbs));
    atomic_store(&c->eis, from_le64(s->eis));
    c->page_size = from_le32(s->page_size);
    atomic_store(&c->halted, s->halted != 0);
    c->marked_open = c->said_open = s->marked_open != 0;
    c->cycle_counted = s->cycle_counted != 0;
    c->event_order = from_le32(s->event_order);
    c->changed_ns = from_le32(s->changed_ns);
    c->faults.next_id = from_le32(s->fault_id);
    ocpn_timestamp_set(c, from_le64(s->timestamp_ms), s->timestamp_origin);
    load_counters(c, s);
    for (unsigned i = 0; i < OCPN_MAX_VECTORS / 64; i++) {
        atomic_store(&c->no_coalescing[i], from_le64(s->no_coalescing[i]));
    }
    return true;
}

static bool load_end(OcpnCtrl *c, const void *part, OcpnError *err)
{
    (void)part;
    if (c->state == OCPN_READY && (!c->cq[0] || !c->sq[0])) {
        return OCPN_FAIL(err, "the controller is enabled and has no admin "
                         "queue");
    }
    return true;
}

static const struct Row {
    uint32_t len;
    bool     one;               /* there is exactly one */
    bool   (*load)(OcpnCtrl *c, const void *part, OcpnError *err);
} rows[SAVED_NKINDS] = {
    [SAVED_CONFIG]  = { sizeof(SavedConfig), true, load_config },
    [SAVED_NS]      = { sizeof(SavedNs), false, load_ns },
    [SAVED_FEATURE] = { sizeof(SavedFeature), false, ocpn_load_feature },
    [SAVED_CTRL]    = { sizeof(SavedCtrl), true, load_ctrl },
    [SAVED_CQ]      = { sizeof(SavedCq), false, ocpn_load_cq },
    [SAVED_SQ]      = { sizeof(SavedSq), false, ocpn_load_sq },
    [SAVED_CMD]     = { sizeof(SavedCmd), false, ocpn_load_cmd },
    [SAVED_DONE]    = { sizeof(SavedDone), false, ocpn_load_done },
    [SAVED_EVENT]   = { sizeof(SavedEvent), false, ocpn_load_event },
    [SAVED_NOTICE]  = { sizeof(OcssdChunkNotify), false, ocpn_load_notice },
    [SAVED_FAULT]   = { sizeof(SavedFault), false, ocpn_load_fault },
    [SAVED_ERRORS]  = { IMG_PAGE_PAYLOAD, true, ocpn_load_errors },
    [SAVED_END]     = { 0, true, load_end },
    [SAVED_OCP]     = { sizeof(SavedOcp), false, ocpn_load_ocp },
    [SAVED_CAPTURE] = { OCPN_AREAS_SIZE, false, ocpn_load_capture },
    [SAVED_FIFO]    = { sizeof(SavedFifo), false, ocpn_load_fifo },
    [SAVED_FORCE]   = { sizeof(SavedForce), false, ocpn_load_force },
    [SAVED_HOST_ID] = { OCPN_HOST_ID, false, ocpn_load_host_id },
    [SAVED_CUT]     = { sizeof(SavedCut), false, ocpn_load_cut },
    [SAVED_LOSS]    = { sizeof(SavedLoss), false, ocpn_load_loss },
    [SAVED_LAG]     = { sizeof(SavedLag), false, ocpn_load_lag },
    [SAVED_LATENCY] = { IMG_PAGE_PAYLOAD, false, ocpn_load_latency },
};

/* How a part of KIND is read that has VERSION.  NULL: not at all. */
static const struct Row *row_of(unsigned kind, unsigned version)
{
    static const struct Row ns_1 = { offsetof(SavedNs, eui64), false,
                                     load_ns_1 };
    static const struct Row fault_1 = { offsetof(SavedFault, owner), false,
                                        ocpn_load_fault_1 };

    if (kind == SAVED_NS && version == 1) {
        return &ns_1;
    }
    if (kind == SAVED_FAULT && version == 1) {
        return &fault_1;
    }
    if (kind == SAVED_CMD && version == 1) {
        return &rows[SAVED_CMD];
    }
    return kind < SAVED_NKINDS &&
           version == ocpn_saved_version((SavedKind)kind) ? &rows[kind] : NULL;
}

/* The end comes last, although more kinds came after it. */
static unsigned rank(unsigned kind)
{
    return kind == SAVED_END ? SAVED_NKINDS : kind;
}

/* May a part of KIND follow one of LAST? */
static bool follows(unsigned kind, unsigned last)
{
    if (kind == last) {
        return !rows[kind].one;
    }
    for (unsigned k = last + 1; k < rank(kind); k++) {
        if (k < SAVED_NKINDS && k != SAVED_END && rows[k].one) {
            return false;       /* it is missing */
        }
    }
    return rank(last) < rank(kind);
}

static bool walk(OcpnCtrl *c, const uint8_t *p, size_t len, OcpnError *err)
{
    unsigned kind = 0;

    while (kind != SAVED_END) {
        const struct Row *row;
        SavedPart head;
        unsigned last = kind;

        if (len < sizeof(head)) {
            return OCPN_FAIL(err, "it ends after part %u", last);
        }
        memcpy(&head, p, sizeof(head));
        kind = from_le16(head.kind);
        row = row_of(kind, from_le16(head.version));
        if (kind == 0 || !row || !follows(kind, last) ||
            from_le32(head.len) != row->len ||
            len - sizeof(head) < row->len) {
            return OCPN_FAIL(err, "after part %u comes %u, version %u, %"
                             PRIu32 " bytes, which is no part of this "
                             "version's", last, kind, from_le16(head.version),
                             from_le32(head.len));
        }
        if (!row->load(c, p + sizeof(head), err)) {
            return false;
        }
        p += sizeof(head) + row->len;
        len -= sizeof(head) + row->len;
    }
    return len == 0 || OCPN_FAIL(err, "%zu bytes follow its end", len);
}

bool ocpn_ctrl_load(OcpnCtrl *c, const void *buf, size_t len, OcpnError *err)
{
    bool ok;

    if (!ocpn_ctrl_quiet(c)) {
        return OCPN_FAIL(err, "the controller is in use");
    }
    c->notices.n = 0;
    ocpn_fault_clear(c);
    ocpn_load_no_ocp(c);
    ok = ocpn_saved_same_ocp(c, buf, len, err) && walk(c, buf, len, err);
    if (!ok) {                  /* what came before it shall do nothing */
        ocpn_fault_clear(c);
        ocpn_load_no_ocp(c);
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i]) {
            ocpn_cq_start(c, c->cq[i]);
        }
    }
    ocpn_doorbells_watch(c, true);
    ocpn_pin_update(c);
    ocpn_kick_all(c);
    return ok;
}
