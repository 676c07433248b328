/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command may need while it runs: I/Os, segment lists, vector
 * contexts, scratch buffers.  Each completion queue has pools of its own, so
 * taking from them needs no lock; the rarely used ones come into being at the
 * first command that needs them.  A command that finds a pool empty stalls
 * its queue; it never waits while holding what another one needs.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hold-int.h"
#include "hw/ocp-nvme/core/xfer.h"

static void *get_memory(OcpnCtrl *c, size_t size)
{
    return c->port.alloc(c->port.opaque, size);
}

bool ocpn_pools_init(OcpnCtrl *c, OcpnPools *p, uint32_t nios)
{
    size_t size = c->cfg.io_size;

    p->io_mem = get_memory(c, nios * size);
    if (!p->io_mem) {
        return false;
    }
    p->fresh = p->io_mem;
    p->nios = p->nfresh = nios;
    /* A list holds any legal PRP transfer, and generous SGLs. */
    p->big_nsegs = (1u << c->cfg.mdts) + 2;
    if (p->big_nsegs < OCPN_MIN_BIG) {
        p->big_nsegs = OCPN_MIN_BIG;
    }
    return true;
}

void ocpn_pools_destroy(OcpnCtrl *c, OcpnPools *p)
{
    c->port.free(c->port.opaque, p->io_mem);
    c->port.free(c->port.opaque, p->vec_mem);
    c->port.free(c->port.opaque, p->big_mem);
    c->port.free(c->port.opaque, p->scratch_mem);
    *p = (OcpnPools) { 0 };
}

OcpnIo *ocpn_io_get(OcpnCq *cq)
{
    OcpnPools *p = &cq->pools;
    OcpnIo *io = p->io;

    if (!p->nios) {
        return NULL;
    }
    p->nios--;
    if (io) {
        p->io = io->next;
    } else {                    /* none is touched before it is needed */
        io = (OcpnIo *)(void *)p->fresh;
        p->fresh += cq->c->cfg.io_size;
        p->nfresh--;
    }
    io->next = NULL;
    io->nseg = 0;
    io->buf = NULL;
    io->fua = false;
    io->unmap = false;
    return io;
}

void ocpn_io_unget(OcpnCq *cq, OcpnIo *io)
{
    io->next = cq->pools.io;
    cq->pools.io = io;
    cq->pools.nios++;
}

void ocpn_io_put(OcpnCq *cq, OcpnIo *io)
{
    ocpn_io_unget(cq, io);
    cq->freed = true;
}

/* Cut MEM into N pieces of SIZE and put them on STACK. */
static uint32_t cut(void *mem, uint32_t n, size_t size, void **stack)
{
    for (uint32_t i = 0; mem && i < n; i++) {
        stack[i] = (char *)mem + i * size;
    }
    return mem ? n : 0;
}

bool ocpn_big_get(OcpnCtrl *c, OcpnReq *r)
{
    OcpnPools *p = &ocpn_req_cq(r)->pools;

    if (!p->big_tried) {
        size_t size = p->big_nsegs * sizeof(OcpnSeg);

        p->big_tried = true;
        p->big_mem = get_memory(c, OCPN_NBIG * size);
        p->nbig = cut(p->big_mem, OCPN_NBIG, size, p->big);
    }
    if (!p->nbig) {
        return false;
    }
    r->big_seg = p->big[--p->nbig];
    return true;
}

bool ocpn_vec_get(OcpnCtrl *c, OcpnReq *r)
{
    OcpnPools *p = &ocpn_req_cq(r)->pools;

    if (r->vec) {
        return true;
    }
    if (!p->vec_tried) {
        OcpnVec *v;

        p->vec_tried = true;
        p->vec_mem = v = get_memory(c, OCPN_NVEC * sizeof(*v));
        for (uint32_t i = 0; v && i < OCPN_NVEC; i++) {
            v[i].next = p->vec;
            p->vec = &v[i];
        }
    }
    if (!p->vec) {
        return false;
    }
    r->vec = p->vec;
    p->vec = r->vec->next;
    return true;
}

bool ocpn_scratch_get(OcpnCtrl *c, OcpnReq *r)
{
    OcpnPools *p = &ocpn_req_cq(r)->pools;

    if (!p->scratch_tried) {
        p->scratch_tried = true;
        p->scratch_mem = get_memory(c, OCPN_NSCRATCH * OCPN_SCRATCH);
        p->nscratch = cut(p->scratch_mem, OCPN_NSCRATCH, OCPN_SCRATCH,
                          p->scratch);
    }
    /* Both or none: who waits must hold nothing that others wait for. */
    if ((!r->scratch && !p->nscratch) || (!r->scratch_io && !p->nios)) {
        return false;
    }
    if (!r->scratch) {
        r->scratch = p->scratch[--p->nscratch];
    }
    if (!r->scratch_io) {
        r->scratch_io = ocpn_io_get(ocpn_req_cq(r));
    }
    return true;
}

void ocpn_scratch_put(OcpnReq *r)
{
    OcpnCq *cq = ocpn_req_cq(r);
    OcpnPools *p = &cq->pools;

    if (!r->scratch && !r->scratch_io) {
        return;
    }
    if (r->scratch) {
        p->scratch[p->nscratch++] = r->scratch;
        r->scratch = NULL;
    }
    if (r->scratch_io) {
        ocpn_io_put(cq, r->scratch_io);
        r->scratch_io = NULL;
    }
    cq->freed = true;
}

/* What few requests hold. */
static void release_more(OcpnReq *r)
{
    OcpnCq *cq = ocpn_req_cq(r);
    OcpnPools *p = &cq->pools;

    if (r->big_seg) {
        p->big[p->nbig++] = r->big_seg;
        r->big_seg = NULL;
    }
    if (r->vec) {
        r->vec->next = p->vec;
        p->vec = r->vec;
        r->vec = NULL;
    }
    ocpn_scratch_put(r);
    cq->freed = true;
}

void ocpn_req_release(OcpnCtrl *c, OcpnReq *r)
{
    if (r->big_seg || r->vec || r->scratch || r->scratch_io) {
        release_more(r);
    }
    ocpn_ns_drop(c, r);
}
