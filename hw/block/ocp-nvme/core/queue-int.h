/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a queue's run share.  All in the owner's thread. */
#ifndef HW_BLOCK_OCP_NVME_CORE_QUEUE_INT_H
#define HW_BLOCK_OCP_NVME_CORE_QUEUE_INT_H

#include "ctrl-int.h"

/* Slots: each is used first when those before it are all in use. */
static inline bool ocpn_slot_any(const OcpnSq *sq)
{
    return sq->free || sq->nused < sq->nreqs;
}

/* There is one. */
OcpnReq *ocpn_slot_get(OcpnSq *sq);

/* A request is over: its slot is free again. */
void ocpn_req_free(OcpnReq *r);

/* R is to be posted. */
static inline void ocpn_cq_add_done(OcpnCq *cq, OcpnReq *r)
{
    r->next = NULL;
    *cq->done_tail = r;
    cq->done_tail = &r->next;
    cq->ndone++;
}

/* The time of CQ's run: asked once. */
static inline uint64_t ocpn_cq_time(OcpnCtrl *c, OcpnCq *cq)
{
    if (!cq->now) {
        cq->now = c->port.now(c->port.opaque);
    }
    return cq->now;
}

/*
 * The time now, for what ends or begins late in a long run, as far as that is
 * measured.  The time of the run, if not.
 */
static inline uint64_t ocpn_cq_time_now(OcpnCtrl *c, OcpnCq *cq)
{
    if (cq->id && atomic_load_explicit(&c->latency.floor,
                                       memory_order_relaxed)) {
        cq->now = 0;
    }
    return ocpn_cq_time(c, cq);
}

/*
 * fetch.c.  Shadow doorbells: NVMe Base 2.0, "Updating Controller Doorbell
 * Properties using a Shadow Doorbell Buffer".  Once they are configured they
 * are the only truth.  Hosts keep none for the admin queue.
 */
static inline bool ocpn_sq_has_shadow(const OcpnCtrl *c, const OcpnSq *sq)
{
    return atomic_load_explicit(&c->dbs, memory_order_relaxed) && sq->id;
}

/* What the shadow doorbell holds.  False: it cannot be read. */
bool ocpn_shadow_tail(const OcpnCtrl *c, const OcpnSq *sq, uint32_t *raw);
/* Take the tail from there, if SQ has one. */
void ocpn_read_shadow_tail(OcpnCtrl *c, OcpnSq *sq);

/*
 * Let the host ring the doorbell at OFF when it goes on from VALUE.  *AT and
 * *OLD: where the event index is, and what it was, as of the last call.  True:
 * it was something else, so the host may have gone on before it could see
 * this; a fence and another look are due.
 */
bool ocpn_write_event_index(OcpnCtrl *c, uint32_t off, uint32_t value,
                            uint64_t *at, uint32_t *old);

/* Run up to MAX commands of SQ.  Fewer: it is empty, or stalled. */
uint32_t ocpn_sq_run(OcpnCtrl *c, OcpnSq *sq, uint32_t max);

/* post.c: post what is done and fits. */
void ocpn_cq_post(OcpnCtrl *c, OcpnCq *cq);
/* As far as the host's head is known, CQ has no room. */
bool ocpn_cq_is_full(const OcpnCq *cq);
/* Then interrupt, now or a little later; once a run. */
void ocpn_cq_signal(OcpnCtrl *c, OcpnCq *cq);
/* Completions wait for room, and the host has moved its shadow head. */
bool ocpn_cq_has_room_again(const OcpnCtrl *c, const OcpnCq *cq);

#endif
