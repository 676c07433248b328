/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Posting completions.
 * Implements: NVMe Base 2.0, "Completion Queue Entry".
 */
#include "ctrl-int.h"
#include "queue-int.h"

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

/* Take the head from the shadow doorbell. */
static uint32_t shadow_head(OcpnCtrl *c, OcpnCq *cq, uint32_t head)
{
    Le32 v;

    if (!c->port.read(c->port.opaque, c->dbs + cq->id * 8u + 4, &v,
                      sizeof(v))) {
        return head;
    }
    if (from_le32(v) >= cq->size) {
        atomic_store(&c->bad_shadow, true);
        ocpn_want_main(c);
        return head;
    }
    atomic_store(&cq->head, from_le32(v));
    return from_le32(v);
}

static uint32_t cq_space(OcpnCtrl *c, OcpnCq *cq)
{
    uint32_t head = atomic_load_explicit(&cq->head, memory_order_acquire);

    if (c->dbs && cq->id) {
        head = shadow_head(c, cq, head);
        ocpn_write_event_index(c, cq->id * 8u + 4, head);
        /* The host may have moved on before it could see the index. */
        atomic_thread_fence(memory_order_seq_cst);
        head = shadow_head(c, cq, head);
    }
    return (head + cq->size - cq->tail - 1) % cq->size;
}

/*
 * Write N entries in a row at the tail.  A host looks at an entry only after
 * the one before it has turned, so the first one's last dword, which holds
 * its phase, is written when all else is there.
 */
static bool write_cqes(OcpnCtrl *c, OcpnCq *cq, const NvmeCqe *e, uint32_t n)
{
    uint64_t addr = cq->addr + cq->tail * sizeof(*e);
    const size_t phase_at = 12;
    void *o = c->port.opaque;

    atomic_store_explicit(&cq->posted, (cq->tail + n) % cq->size,
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

/* Post a row of completions, up to the ring's end.  False: none left. */
static bool post_row(OcpnCtrl *c, OcpnCq *cq, uint32_t space)
{
    NvmeCqe e[OCPN_FETCH];
    uint32_t n = 0, max = cq->size - cq->tail;

    if (max > space) {
        max = space;
    }
    while (cq->done && n < max && n < OCPN_FETCH) {
        OcpnReq *r = cq->done;

        e[n++] = make_cqe(r, cq->phase);
        cq->done = r->next;
        if (!cq->done) {
            cq->done_tail = &cq->done;
        }
        ocpn_req_free(r);
    }
    if (!n) {
        return false;
    }
    if (!write_cqes(c, cq, e, n)) {
        cq->broken = true;
        atomic_store(&c->fatal, true);
        ocpn_want_main(c);
    }
    cq->tail += n;
    if (cq->tail == cq->size) {
        cq->tail = 0;
        cq->phase ^= 1;
    }
    cq->notify = true;
    return true;
}

void ocpn_cq_post(OcpnCtrl *c, OcpnCq *cq)
{
    uint32_t space = cq->done ? cq_space(c, cq) : 0;

    while (space) {
        uint32_t tail = cq->tail;

        if (!post_row(c, cq, space)) {
            break;
        }
        space -= (cq->tail + cq->size - tail) % cq->size;
    }
    if (cq->notify && cq->ien) {
        if (c->msix) {
            c->port.irq(c->port.opaque, cq->vector);
        } else {
            atomic_store(&c->pin_dirty, true);
            ocpn_want_main(c);
        }
    }
    cq->notify = false;
}
