/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved queues, and the commands that wait in them.
 * Implements: docs/user-guide.rst, "Migration".
 *
 * No queue made here is started before all of them are whole.
 */
#include <inttypes.h>

#include "migrate-int.h"
#include "queue-int.h"

#define ADMIN_MAX   4096u       /* entries of an admin queue */

/* Is a queue of SIZE entries at ADDR one that a host could have made? */
static bool check_ring(const OcpnCtrl *c, const char *name, uint32_t id,
                       uint32_t size, uint64_t addr, OcpnError *err)
{
    uint32_t max = id ? (uint32_t)c->cfg.mqes + 1 : ADMIN_MAX;

    if (c->state != OCPN_READY || id > c->cfg.max_ioqpairs) {
        return OCPN_FAIL(err, "%s queue %" PRIu32 " cannot be: the controller "
                         "is not enabled, or has %u queue pairs", name, id,
                         c->cfg.max_ioqpairs);
    }
    if (size < 2 || size > max || addr & (c->page_size - 1)) {
        return OCPN_FAIL(err, "%s queue %" PRIu32 " has %" PRIu32 " entries "
                         "at 0x%" PRIx64 "; 2 to %" PRIu32 " at a page's "
                         "start can be", name, id, size, addr, max);
    }
    return true;
}

bool ocpn_load_cq(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedCq *s = part;
    uint32_t size = from_le32(s->size), tail = from_le32(s->tail);
    uint32_t head = from_le32(s->head);
    uint16_t id = from_le16(s->id), vector = from_le16(s->vector);
    OcpnCq *cq;

    if (!check_ring(c, "completion", id, size, from_le64(s->addr), err)) {
        return false;
    }
    if (c->cq[id] || tail >= size || head >= size || s->phase > 1 ||
        vector >= c->cfg.nvectors) {
        return OCPN_FAIL(err, "completion queue %u comes twice, or its head, "
                         "tail, phase or vector cannot be", id);
    }
    cq = ocpn_cq_new(c, id, from_le64(s->addr), size, vector, s->ien != 0);
    if (!cq) {
        return OCPN_FAIL(err, "no memory for completion queue %u", id);
    }
    cq->tail = tail;
    atomic_store(&cq->posted, tail);
    atomic_store(&cq->head, head);
    cq->phase = s->phase;
    cq->broken = s->broken != 0;
    return true;
}

bool ocpn_load_sq(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedSq *s = part;
    uint32_t size = from_le32(s->size), head = from_le32(s->head);
    uint32_t tail = from_le32(s->tail);
    uint16_t id = from_le16(s->id);
    OcpnCq *cq = ocpn_cq_get(c, from_le16(s->cqid));
    OcpnSq *sq;

    if (!check_ring(c, "submission", id, size, from_le64(s->addr), err)) {
        return false;
    }
    if (c->sq[id] || !cq || !id != !cq->id || head >= size || tail >= size) {
        return OCPN_FAIL(err, "submission queue %u comes twice, or its head, "
                         "tail or completion queue cannot be", id);
    }
    sq = ocpn_sq_create(c, id, cq, from_le64(s->addr), size);
    if (!sq) {
        return OCPN_FAIL(err, "no memory for submission queue %u", id);
    }
    sq->head = head;
    atomic_store(&sq->tail, tail);
    return true;
}

/* A request of queue QID that was under way; NULL: it can have no more. */
static OcpnReq *take(OcpnCtrl *c, uint16_t qid)
{
    OcpnSq *sq = ocpn_sq_get(c, qid);
    OcpnReq *r = sq && ocpn_slot_any(sq) ? ocpn_slot_get(sq) : NULL;

    if (r) {
        r->next = NULL;
        r->asked = 0;
        r->state = OCPN_REQ_RUNNING;
        r->fetched_ns = c->port.now(c->port.opaque);
        sq->inflight++;
        sq->cq->inflight++;
    }
    return r;
}

static bool wait_for_event(OcpnCtrl *c, OcpnReq *r)
{
    if (r->sq->id || c->naers > OCPN_AERL) {
        return false;
    }
    c->aer[c->naers++] = r;
    return true;
}

static bool wait_stalled(OcpnReq *r, const SavedCmd *s)
{
    if (r->sq->stalled) {
        return false;
    }
    r->sq->stalled = r;
    r->judged = FIELD_GET(SAVED_JUDGED, s->drawn);
    r->asked = (uint8_t)FIELD_GET(SAVED_ASKED, s->drawn);
    r->late_ms = 0;
    r->verdict = from_le16(s->verdict);
    r->verdict_map = from_le64(s->verdict_map);
    return true;
}

static bool wait_deletion(OcpnCtrl *c, OcpnReq *r, uint16_t deleted)
{
    OcpnSq *sq = deleted ? ocpn_sq_get(c, deleted) : NULL;

    if (r->sq->id || !sq || sq->deleter) {
        return false;
    }
    sq->deleter = r;
    atomic_store(&sq->deleting, true);
    return true;
}

static bool wait_forever(OcpnCtrl *c, OcpnReq *r)
{
    return ocpn_inject_hold(c, r, UINT64_MAX);
}

bool ocpn_load_cmd(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedCmd *s = part;
    uint16_t sqid = from_le16(s->sqid);
    OcpnReq *r = take(c, sqid);
    bool ok = false;

    if (r) {
        r->cmd = s->cmd;
        ok = s->wait == SAVED_WAIT_EVENT ? wait_for_event(c, r)
             : s->wait == SAVED_WAIT_STALLED ? wait_stalled(r, s)
             : s->wait == SAVED_WAIT_FOREVER ? wait_forever(c, r)
             : s->wait == SAVED_WAIT_DELETE &&
               wait_deletion(c, r, from_le16(s->deleted));
        if (!ok) {
            ocpn_req_drop(c, r);
        }
    }
    return ok || OCPN_FAIL(err, "a command that waits (%u) cannot be in "
                           "submission queue %u", s->wait, sqid);
}

bool ocpn_load_done(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedDone *s = part;
    uint16_t sqid = from_le16(s->sqid);
    OcpnReq *r = take(c, sqid);
    OcpnCq *cq;

    if (!r) {
        return OCPN_FAIL(err, "submission queue %u is not there, or has no "
                         "room for one more completion", sqid);
    }
    cq = ocpn_req_cq(r);
    r->state = OCPN_REQ_DONE;
    r->cmd.cid = s->cid;
    r->status = from_le16(s->status);
    r->dw0 = from_le32(s->dw0);
    r->dw1 = from_le32(s->dw1);
    ocpn_cq_add_done(cq, r);
    return true;
}
