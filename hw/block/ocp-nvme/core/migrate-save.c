/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller's state into bytes.
 * Implements: docs/user-guide.rst, "Migration".
 */
#include <string.h>

#include "migrate-int.h"
#include "protect-int.h"
#include "queue-int.h"

struct OcpnOut {
    uint8_t *buf;
    size_t   len, at;           /* AT may be behind LEN */
};
typedef struct OcpnOut Out;

static void put_bytes(Out *o, const void *p, size_t n)
{
    if (o->at <= o->len && n <= o->len - o->at && n > 0) {
        memcpy(o->buf + o->at, p, n);
    }
    o->at += n;
}

static void put(Out *o, SavedKind kind, const void *p, size_t n)
{
    SavedPart head = {
        .kind = to_le16((uint16_t)kind),
        .version = to_le16(ocpn_saved_version(kind)),
        .len = to_le32((uint32_t)n),
    };

    put_bytes(o, &head, sizeof(head));
    put_bytes(o, p, n);
}

void ocpn_save_part(OcpnOut *out, SavedKind kind, const void *p, size_t n)
{
    put(out, kind, p, n);
}

uint32_t ocpn_saved_namespaces(const OcpnCtrl *c)
{
    uint32_t all = 0;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        all |= (uint32_t)(c->root[i] != NULL) << (i - 1);
    }
    return all;
}

uint32_t ocpn_saved_switches(const OcpnNs *ns)
{
    const OcpnNsConfig *f = &ns->cfg;

    return (uint32_t)f->volatile_cache << 1 | (uint32_t)f->copy << 2 |
           (uint32_t)f->multi_reset << 3 |
           (uint32_t)f->early_reset << 4 | (uint32_t)f->ocssd12 << 5 |
           (uint32_t)f->wp_absolute << 6 | (uint32_t)f->any_size << 7 |
           (uint32_t)f->dsm_loose << 8 | (uint32_t)f->closed_ooo << 9 |
           (uint32_t)(f->window & 0xf) << 12 | (uint32_t)f->dlfeat << 16 |
           (uint32_t)ns->im.mode << 24;
}

static void put_config(const OcpnCtrl *c, Out *o)
{
    SavedConfig s = {
        .max_ioqpairs = to_le32(c->cfg.max_ioqpairs),
        .mqes = to_le32(c->cfg.mqes),
        .nvectors = to_le32(c->cfg.nvectors),
        .mdts = to_le32(c->cfg.mdts),
        .namespaces = to_le32(ocpn_saved_namespaces(c)),
        .sync_flush = c->cfg.sync_flush,
        .dbbuf = c->cfg.dbbuf,
        .exact_nn = c->cfg.exact_nn,
        .cntlid = (uint8_t)ocpn_cntlid(c),
    };

    put_ascii(s.serial, sizeof(s.serial), '\0', c->cfg.serial);
    put(o, SAVED_CONFIG, &s, sizeof(s));
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i]) {
            SavedNs n = {
                .nsid = to_le32(i),
                .switches = to_le32(ocpn_saved_switches(c->root[i])),
                .eui64 = to_le64(c->root[i]->cfg.eui64),
            };

            memcpy(n.uuid, c->root[i]->im.uuid, sizeof(n.uuid));
            put(o, SAVED_NS, &n, sizeof(n));
        }
    }
}

static void put_ctrl(OcpnCtrl *c, Out *o)
{
    uint8_t origin;
    uint64_t timestamp = ocpn_timestamp(c, &origin);
    SavedCtrl s = {
        .state = to_le32(c->state),
        .shutdown = to_le32(c->shutdown),
        .intms = to_le32(c->regs.intms),
        .cc = to_le32(c->regs.cc),
        .csts = to_le32(c->regs.csts),
        .aqa = to_le32(c->regs.aqa),
        .asq = to_le64(c->regs.asq),
        .acq = to_le64(c->regs.acq),
        .dbs = to_le64(c->dbs),
        .eis = to_le64(c->eis),
        .page_size = to_le32(c->page_size),
        .halted = c->halted,
        .marked_open = c->marked_open,
        .cycle_counted = c->cycle_counted,
        .timestamp_origin = origin,
        .event_order = to_le32(c->event_order),
        .changed_ns = to_le32(c->changed_ns),
        .fault_id = to_le32(c->faults.next_id),
        .ahead = to_le32(c->ahead),
        .timestamp_ms = to_le64(timestamp),
        .power_cycles = to_le64(c->power_cycles),
        .unsafe_shutdowns = to_le64(c->unsafe_shutdowns),
        .power_on_seconds = to_le64(ocpn_power_on_seconds(c)),
        .error_count = to_le64(ocpn_error_count(c)),
        .notices = to_le64(ocpn_notices_count(c)),
    };

    for (unsigned i = 0; i < OCPN_COUNT_SAVED_N; i++) {
        s.count[i] = to_le64(ocpn_counter(c, (OcpnCount)i));
    }
    for (unsigned i = 0; i < OCPN_MAX_VECTORS / 64; i++) {
        s.no_coalescing[i] = to_le64(c->no_coalescing[i]);
    }
    put(o, SAVED_CTRL, &s, sizeof(s));
}

static void put_queues(const OcpnCtrl *c, Out *o)
{
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        const OcpnCq *q = c->cq[i];

        if (q) {
            put(o, SAVED_CQ, &(SavedCq) {
                .id = to_le16(q->id), .vector = to_le16(q->vector),
                .size = to_le32(q->size), .tail = to_le32(q->tail),
                .head = to_le32(q->head), .addr = to_le64(q->addr),
                .ien = q->ien, .phase = q->phase, .broken = q->broken,
            }, sizeof(SavedCq));
        }
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        const OcpnSq *q = c->sq[i];

        if (q) {
            put(o, SAVED_SQ, &(SavedSq) {
                .id = to_le16(q->id), .cqid = to_le16(q->cq->id),
                .size = to_le32(q->size), .head = to_le32(q->head),
                .tail = to_le32(q->tail), .addr = to_le64(q->addr),
            }, sizeof(SavedSq));
        }
    }
}

static void put_cmd(Out *o, SavedWait wait, const OcpnReq *r, uint16_t deleted)
{
    put(o, SAVED_CMD, &(SavedCmd) {
        .wait = (uint8_t)wait,
        .drawn = (uint8_t)(FIELD_PUT(SAVED_JUDGED, r->judged) |
                           FIELD_PUT(SAVED_ASKED, r->asked)),
        .sqid = to_le16(r->sq->id),
        .deleted = to_le16(deleted),
        .verdict = to_le16(r->verdict),
        .verdict_map = to_le64(r->verdict_map),
        .cmd = r->cmd,
    }, sizeof(SavedCmd));
}

static void put_held(void *opaque, const OcpnReq *r)
{
    put_cmd(opaque, SAVED_WAIT_FOREVER, r, 0);
}

static void put_requests(OcpnCtrl *c, Out *o)
{
    for (uint32_t i = 0; i < c->naers; i++) {
        put_cmd(o, SAVED_WAIT_EVENT, c->aer[i], 0);
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        const OcpnSq *q = c->sq[i];

        if (q && q->stalled) {
            put_cmd(o, SAVED_WAIT_STALLED, q->stalled, 0);
        }
        if (q && q->deleter) {
            put_cmd(o, SAVED_WAIT_DELETE, q->deleter, q->id);
        }
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i]) {
            ocpn_inject_held(c, c->cq[i]->id, put_held, o);
        }
    }
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        const OcpnReq *r = c->cq[i] ? c->cq[i]->done : NULL;

        for (; r; r = r->next) {
            put(o, SAVED_DONE, &(SavedDone) {
                .sqid = to_le16(r->sq->id), .cid = r->cmd.cid,
                .status = to_le16(r->status),
                .dw0 = to_le32(r->dw0), .dw1 = to_le32(r->dw1),
            }, sizeof(SavedDone));
        }
    }
}

static void put_feature(Out *o, uint32_t nsid, const OcpnFeature *f,
                        const OcpnFeatureValue *v)
{
    put(o, SAVED_FEATURE, &(SavedFeature) {
        .fid = f->fid, .uuid = (uint8_t)f->uuid, .has_saved = v->has_saved,
        .nsid = to_le32(nsid), .now = to_le32(v->now),
        .saved = to_le32(v->saved),
    }, sizeof(SavedFeature));
}

static void put_events(const OcpnCtrl *c, Out *o)
{
    for (uint32_t i = 0; i < c->nevents; i++) {
        const OcpnEvent *e = &c->event[i];

        put(o, SAVED_EVENT, &(SavedEvent) {
            .type = e->type, .info = e->info, .lid = e->lid,
            .pending = e->pending, .masked = e->masked,
            .order = to_le32(e->order),
        }, sizeof(SavedEvent));
    }
}

static void put_features(const OcpnCtrl *c, Out *o)
{
    const OcpnFeature *f;
    unsigned j;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        if (ocpn_feature_row_of(c, f->fid, f->uuid, &j) != f) {
            continue;           /* of drives of another kind */
        }
        put_feature(o, 0, f, &c->feature[i]);
        for (uint32_t n = 1; n <= OCPN_MAX_NS; n++) {
            if (c->ns[n] && (f->flags & OCPN_FEAT_NS)) {
                put_feature(o, n, f, &c->ns[n]->feature[i]);
            }
        }
    }
}

static SavedRange range(OcpnRange r)
{
    return (SavedRange) { to_le64(r.first), to_le64(r.last) };
}

static void put_faults(OcpnCtrl *c, Out *o)
{
    for (uint32_t i = 0; i < c->faults.n; i++) {
        const OcpnFault *f = &c->faults.fault[i];
        const OcpnFaultRule *r = &f->rule;

        if (f->owner == OCPN_FAULT_INJECTED) {
            continue;           /* the image has them */
        }
        put(o, SAVED_FAULT, &(SavedFault) {
            .id = to_le32(f->id), .point = to_le32(r->point),
            .nsid = to_le32(r->nsid), .ppm = to_le32(r->ppm),
            .after = to_le64(r->after), .times = to_le64(r->times),
            .seed = to_le64(r->seed), .chances = to_le64(f->chances),
            .fired = to_le64(f->fired), .dice = to_le64(f->dice),
            .grp = range(r->at.grp), .pu = range(r->at.pu),
            .chk = range(r->at.chk), .blk = range(r->at.blk),
            .lba = range(r->at.lba), .offline_next = r->offline_next,
            .owner = f->owner, .has = r->has, .io = r->io,
            .opcode = r->opcode, .lid = r->lid, .fid = r->fid,
            .status = to_le16(r->status), .ms = to_le32(r->ms),
        }, sizeof(SavedFault));
    }
}

static void put_notices(OcpnCtrl *c, Out *o)
{
    ImgPage errors = { 0 };

    for (uint32_t i = 0; i < c->notices.n; i++) {
        put(o, SAVED_NOTICE, &c->notices.entry[i], sizeof(OcssdChunkNotify));
    }
    put_faults(c, o);
    ocpn_errors_store(c, &errors);
    put(o, SAVED_ERRORS, errors.payload, sizeof(errors.payload));
}

size_t ocpn_ctrl_save(OcpnCtrl *c, void *buf, size_t len)
{
    Out o = { buf, len, 0 };

    (void)ocpn_notices(c, 0);   /* the ring's news into the queue */
    put_config(c, &o);
    put_features(c, &o);
    put_ctrl(c, &o);
    put_queues(c, &o);
    put_requests(c, &o);
    put_events(c, &o);
    put_notices(c, &o);
    ocpn_save_ocp(c, &o);
    put(&o, SAVED_END, NULL, 0);
    return o.at;
}

/* No host has used it: nothing is new. */
static bool is_untouched(const OcpnCtrl *c)
{
    return !c->cycle_counted && !c->subsys.further;
}

void ocpn_ctrl_finish(OcpnCtrl *c)
{
    if (is_untouched(c)) {
        return;
    }
    ocpn_firmware_finish(c);    /* the guest's clock stands still */
    ocpn_kick_all(c);
    ocpn_inject_settle(c);
    ocpn_format_settle(c);
    ocpn_want_main(c);
}

void ocpn_ctrl_settle(OcpnCtrl *c)
{
    if (is_untouched(c)) {
        return;
    }
    ocpn_ctrl_finish(c);
    ocpn_state_dirty(c, IMG_STATE_COUNTERS);
    ocpn_state_dirty(c, IMG_STATE_ERRORS);
    ocpn_facts_dirty(c);
    ocpn_latency_dirty(c);
    ocpn_self_test_dirty(c);
    ocpn_panic_settle(c);
    ocpn_protect_settle(c);
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i]) {
            ocpn_store_sync(&c->root[i]->store);
        }
    }
    ocpn_want_main(c);
}

/* Requests of CQ that can be saved, or are to be posted. */
static bool only_waits(OcpnCtrl *c, const OcpnCq *cq)
{
    uint32_t n = cq->id ? 0 : c->naers;

    n += ocpn_inject_held(c, cq->id, NULL, NULL);
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        const OcpnSq *q = c->sq[i];

        n += q && q->cq == cq && q->stalled;
        n += q && q->deleter && cq->id == 0;
    }
    for (const OcpnReq *r = cq->done; r; r = r->next) {
        n++;
    }
    /* What has ended and has room is about to be posted. */
    return n == cq->inflight && !cq->waiters &&
           (!cq->done || ocpn_cq_is_full(cq)) && !atomic_load(&cq->ready) &&
           !cq->unsignaled;     /* no interrupt waits: see may_wait() */
}

bool ocpn_ctrl_settled(OcpnCtrl *c)
{
    for (unsigned i = 0; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->cq[i] && !only_waits(c, c->cq[i])) {
            return false;
        }
        if (c->sq[i] && atomic_load(&c->sq[i]->gone)) {
            return false;
        }
    }
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i] && !ocpn_store_idle(&c->root[i]->store)) {
            return false;
        }
    }
    return c->state != OCPN_STOPPING && c->shutdown != OCPN_SHUT_BUSY &&
           !c->main_pending && !c->formats &&
           !atomic_load(&c->main_wanted) && !atomic_load(&c->notices.news);
}
