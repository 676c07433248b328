/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts that leave without the main loop: see vectors.h. */
#include "vectors.h"

void ocpn_vectors_init(OcpnVectors *vs, OcpnVector *v, unsigned n,
                       const OcpnVectorOps *ops, void *opaque)
{
    *vs = (OcpnVectors) { .v = v, .n = n, .ops = ops, .opaque = opaque };
    for (unsigned i = 0; i < n; i++) {
        v[i].wanted = v[i].unmasked = false;
        v[i].route = -1;
        atomic_init(&v[i].direct, false);
    }
}

bool ocpn_vector_direct(const OcpnVectors *vs, unsigned v)
{
    return v < vs->n && atomic_load_explicit(&vs->v[v].direct,
                                             memory_order_acquire);
}

static bool same(OcpnMsg a, OcpnMsg b)
{
    return a.addr == b.addr && a.data == b.data;
}

static void drop_route(OcpnVectors *vs, unsigned v)
{
    OcpnVector *e = &vs->v[v];

    if (e->route >= 0) {
        vs->ops->unroute(vs->opaque, v, e->route);
        e->route = -1;
    }
}

/* From now on main has V's interrupts. */
static void disconnect(OcpnVectors *vs, unsigned v)
{
    OcpnVector *e = &vs->v[v];

    if (atomic_exchange(&e->direct, false)) {
        vs->ops->disconnect(vs->opaque, v, e->route);
    }
}

/* What was signalled and did not leave is main's, too. */
static void collect(OcpnVectors *vs, unsigned v)
{
    if (vs->v[v].wanted && vs->ops->take(vs->opaque, v)) {
        vs->ops->notify(vs->opaque, v);
    }
}

/* Let V's route end where the table says. */
static bool aim(OcpnVectors *vs, unsigned v)
{
    OcpnVector *e = &vs->v[v];

    if (e->route >= 0 && !same(e->msg, e->routed) &&
        !vs->ops->reroute(vs->opaque, v, e->route, e->msg)) {
        disconnect(vs, v);
        drop_route(vs, v);
    }
    if (e->route < 0) {
        e->route = vs->ops->route(vs->opaque, v, e->msg);
    }
    e->routed = e->msg;
    return e->route >= 0;
}

/* V is wanted and unmasked: connect it, or leave it to main. */
static void connect(OcpnVectors *vs, unsigned v)
{
    OcpnVector *e = &vs->v[v];

    if (aim(vs, v) && !atomic_load(&e->direct) &&
        vs->ops->connect(vs->opaque, v, e->route)) {
        atomic_store_explicit(&e->direct, true, memory_order_release);
    }
    if (!atomic_load(&e->direct)) {
        collect(vs, v);
    }
}

void ocpn_vector_want(OcpnVectors *vs, unsigned v)
{
    if (v < vs->n && !vs->v[v].wanted) {
        vs->v[v].wanted = true;
        if (vs->v[v].unmasked) {
            connect(vs, v);
        }
    }
}

void ocpn_vector_unmask(OcpnVectors *vs, unsigned v, OcpnMsg msg)
{
    if (v >= vs->n) {
        return;
    }
    vs->v[v].unmasked = true;
    vs->v[v].msg = msg;
    if (vs->v[v].wanted) {
        connect(vs, v);
    }
}

void ocpn_vector_mask(OcpnVectors *vs, unsigned v)
{
    if (v < vs->n) {
        vs->v[v].unmasked = false;
        disconnect(vs, v);
        collect(vs, v);
    }
}

void ocpn_vectors_poll(OcpnVectors *vs, unsigned first, unsigned end)
{
    for (unsigned v = first; v < end && v < vs->n; v++) {
        if (!vs->v[v].unmasked) {
            collect(vs, v);
        }
    }
}

void ocpn_vectors_reset(OcpnVectors *vs)
{
    for (unsigned v = 0; v < vs->n; v++) {
        OcpnVector *e = &vs->v[v];

        disconnect(vs, v);
        drop_route(vs, v);
        vs->ops->take(vs->opaque, v);
        e->wanted = e->unmasked = false;
    }
}
