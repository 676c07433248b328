/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Posting completions, and telling the host.
 * Implements: NVMe Base 2.0, "Completion Queue Entry", "Interrupt Coalescing
 * (Feature Identifier 08h)".
 */
#include "ctrl-int.h"
#include "queue-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

#define TIME_UNIT   UINT64_C(100000)    /* ns, of Feature 08h */

static NvmeCqe make_cqe(const OcpnReq *r, uint8_t phase)
{
    uint16_t status = (uint16_t)(r->status << NVME_CQE_STATUS_SHIFT | phase);

    if (r->status && ocpn_status_dnr(r->status)) {
        status |= (uint16_t)(1u << NVME_CQE_DNR_SHIFT);
    }
    return (NvmeCqe) {
        .dw0 = to_le32(r->dw0),
        .dw1 = to_le32(r->dw1),
        .sqhd = to_le16((uint16_t)r->sq->head),
        .sqid = to_le16(r->sq->id),
        .cid = r->cmd.cid,
        .status = to_le16(status),
    };
}

static bool has_shadow(const OcpnCtrl *c, const OcpnCq *cq)
{
    return atomic_load_explicit(&c->dbs, memory_order_relaxed) && cq->id;
}

static uint32_t known_head(const OcpnCq *cq)
{
    return atomic_load_explicit(&cq->head, memory_order_acquire);
}

/* What the shadow doorbell holds; what is known, if it cannot be read. */
static uint32_t raw_head(const OcpnCtrl *c, const OcpnCq *cq)
{
    uint64_t at = atomic_load_explicit(&c->dbs, memory_order_relaxed);
    Le32 v;

    return c->port.read(c->port.opaque, at + cq->id * 8u + 4, &v, sizeof(v))
           ? from_le32(v) : known_head(cq);
}

/* Take the head from the shadow doorbell. */
static uint32_t shadow_head(OcpnCtrl *c, OcpnCq *cq)
{
    uint32_t head = raw_head(c, cq);

    if (head >= cq->size) {
        atomic_store(&c->bad_shadow, true);
        ocpn_want_main(c);
        return known_head(cq);
    }
    atomic_store_explicit(&cq->head, head, memory_order_release);
    return head;
}

bool ocpn_cq_has_room_again(const OcpnCtrl *c, const OcpnCq *cq)
{
    uint32_t head;

    if (!cq->done || !has_shadow(c, cq)) {
        return false;
    }
    head = raw_head(c, cq);
    return head < cq->size && head != known_head(cq);
}

/* Entries that can be posted when the host has read up to HEAD. */
static uint32_t room(const OcpnCq *cq, uint32_t head)
{
    return head > cq->tail ? head - cq->tail - 1
                           : head + cq->size - cq->tail - 1;
}

/* Does the pin follow the host's head? */
static bool uses_pin(const OcpnCtrl *c, const OcpnCq *cq)
{
    return cq->ien && !c->msix;
}

bool ocpn_cq_is_full(const OcpnCq *cq)
{
    return !room(cq, known_head(cq));
}

/*
 * With a shadow doorbell, the host's head is looked up only when the one that
 * is known leaves too little room; and the host is asked to ring only when
 * completions wait for it, or the pin must fall.
 */
static uint32_t cq_space(OcpnCtrl *c, OcpnCq *cq)
{
    uint32_t head = known_head(cq);
    uint32_t n = room(cq, head);

    if (!has_shadow(c, cq)) {
        return n;
    }
    if (n < cq->ndone || uses_pin(c, cq)) {
        head = shadow_head(c, cq);
        n = room(cq, head);
    }
    if ((n < cq->ndone || uses_pin(c, cq)) &&
        ocpn_write_event_index(c, cq->id * 8u + 4, head, &cq->event_at,
                               &cq->event)) {
        /* The host may have moved on before it could see the index. */
        atomic_thread_fence(memory_order_seq_cst);
        n = room(cq, shadow_head(c, cq));
    }
    return n;
}

/*
 * Write N entries in a row at the tail.  A host looks at an entry only after
 * the one before it has turned, so the first one's last dword, which holds
 * its phase, is written when all else is there.
 */
static bool write_cqes(OcpnCtrl *c, OcpnCq *cq, uint32_t n)
{
    const NvmeCqe *e = cq->cqe;
    uint64_t addr = cq->addr + cq->tail * sizeof(*e);
    uint32_t end = cq->tail + n;
    const size_t phase_at = 12;
    void *o = c->port.opaque;

    atomic_store_explicit(&cq->posted, end == cq->size ? 0 : end,
                          memory_order_release);
    if (n > 1 && !c->port.write(o, addr + sizeof(*e), e + 1,
                                (n - 1) * sizeof(*e))) {
        return false;
    }
    if (!c->port.write(o, addr, e, phase_at)) {
        return false;
    }
    atomic_thread_fence(memory_order_release);
    return c->port.write(o, addr + phase_at, (const char *)e + phase_at,
                         sizeof(*e) - phase_at);
}

/*
 * The latency monitor looks at commands that were fetched before this; 0: at
 * none.
 */
static uint64_t slow_before(OcpnCtrl *c, OcpnCq *cq)
{
    uint64_t floor = atomic_load_explicit(&c->latency.floor,
                                          memory_order_relaxed);

    if (!floor || !cq->id || ocpn_cq_time_now(c, cq) < floor) {
        return 0;
    }
    return cq->now - floor + 1;
}

/* Post a row of at most MAX completions, up to the ring's end. */
static uint32_t post_row(OcpnCtrl *c, OcpnCq *cq, uint32_t max)
{
    uint64_t slow = slow_before(c, cq);
    uint32_t n = 0;

    max = max < OCPN_POST ? max : OCPN_POST;
    max = max < cq->size - cq->tail ? max : cq->size - cq->tail;
    while (cq->done && n < max) {
        OcpnReq *r = cq->done;

        if (r->fetched_ns < slow) {
            ocpn_latency_add(c, r, cq->now);
        }
        cq->cqe[n++] = make_cqe(r, cq->phase);
        cq->done = r->next;
        ocpn_req_free(r);
    }
    if (!cq->done) {
        cq->done_tail = &cq->done;
    }
    cq->ndone -= n;
    if (!write_cqes(c, cq, n)) {
        cq->broken = true;
        atomic_store(&c->fatal, true);
        ocpn_want_main(c);
    }
    cq->tail += n;
    if (cq->tail == cq->size) {
        cq->tail = 0;
        cq->phase ^= 1;
    }
    cq->unsignaled += n;
    return n;
}

/* A reset can begin while a run is under way: what it ends is not told. */
void ocpn_cq_post(OcpnCtrl *c, OcpnCq *cq)
{
    bool pin = uses_pin(c, cq) && has_shadow(c, cq);
    uint32_t space = cq->done || pin ? cq_space(c, cq) : 0;

    if (atomic_load_explicit(&cq->stopping, memory_order_relaxed)) {
        return;
    }
    if (pin) {                  /* the head may be one that it can fall for */
        atomic_store(&c->pin_dirty, true);
        ocpn_want_main(c);
    }
    while (space && cq->done) {
        space -= post_row(c, cq, space);
    }
}

/*
 * May the interrupt wait for more completions?  Interrupt Coalescing, Feature
 * 08h: until there are THR + 1 of them, or TIME is over since the first, each
 * queue for itself.  Not the admin queue's, and not a vector's that does not
 * want it.  Not where nothing comes any more and waiting would lose it: when
 * the controller is being stopped, or the last submission queue is deleted.
 * The pin is a level; it follows the queues at once.
 */
static bool may_wait(OcpnCtrl *c, OcpnCq *cq)
{
    uint32_t rule = atomic_load_explicit(&c->coalescing,
                                         memory_order_relaxed);
    uint32_t time = FIELD_GET(NVME_IC_TIME, rule);

    if (!time || cq->unsignaled > FIELD_GET(NVME_IC_THR, rule) || !cq->id ||
        !c->msix || !atomic_load(&c->running) || !cq->nlinked ||
        ocpn_coalescing_disabled(c, cq->vector)) {
        return false;
    }
    if (!cq->deadline) {
        cq->deadline = ocpn_cq_time(c, cq) + time * TIME_UNIT;
        c->port.wake_cq(c->port.opaque, cq->id, cq->deadline);
    }
    return ocpn_cq_time(c, cq) < cq->deadline;
}

/*
 * A wake-up that comes after the interrupt finds nothing to do: taking it back
 * would cost as much.
 */
void ocpn_cq_signal(OcpnCtrl *c, OcpnCq *cq)
{
    if (!cq->unsignaled || (cq->ien && may_wait(c, cq))) {
        return;
    }
    cq->unsignaled = 0;
    cq->deadline = 0;
    if (cq->ien && c->msix) {
        c->port.irq(c->port.opaque, cq->vector);
    } else if (cq->ien) {
        atomic_store(&c->pin_dirty, true);
        ocpn_want_main(c);
    }
}
