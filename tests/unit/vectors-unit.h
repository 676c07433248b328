/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of KVM and of the MSI-X table: a signal of a connected notifier
 * becomes a message of its route; a message for a masked vector becomes a
 * pending bit.
 */
#ifndef TESTS_UNIT_VECTORS_UNIT_H
#define TESTS_UNIT_VECTORS_UNIT_H

#include "ocpn-unit.h"
#include "../../hw/block/ocp-nvme/device/vectors.h"

#define N       4
#define ROUTES  8

typedef struct World {
    OcpnVectors vs;
    OcpnVector v[N];
    bool     masked[N];         /* the table ... */
    OcpnMsg  table[N];
    bool     pending[N];        /* ... and the pending bits */
    bool     signal[N];         /* notifiers */
    int      joined[N];         /* the route they are connected to, or -1 */
    bool     used[ROUTES];
    OcpnMsg  ends[ROUTES];
    bool     no_route, no_reroute, no_connect;
    unsigned sent[N];           /* messages the guest has got, by vector */
    unsigned wrong;             /* messages to where no vector is */
    unsigned bad;               /* calls that make no sense */
    unsigned calls;
} World;

static inline OcpnMsg msg(unsigned v, unsigned nr)
{
    return (OcpnMsg) { 0xfee00000 + 0x1000 * v, nr };
}

static inline void arrive(World *w, unsigned v, OcpnMsg m)
{
    if (m.addr == w->table[v].addr && m.data == w->table[v].data &&
        !w->masked[v]) {
        w->sent[v]++;
    } else {
        w->wrong++;
    }
}

/* As KVM does it: at once if connected. */
static inline void flush_signal(World *w, unsigned v)
{
    if (w->signal[v] && w->joined[v] >= 0) {
        w->signal[v] = false;
        arrive(w, v, w->ends[w->joined[v]]);
    }
}

static inline int route(void *o, unsigned v, OcpnMsg m)
{
    World *w = o;

    (void)v;
    w->calls++;
    for (int i = 0; i < ROUTES && !w->no_route; i++) {
        if (!w->used[i]) {
            w->used[i] = true;
            w->ends[i] = m;
            return i;
        }
    }
    return -28;
}

static inline bool is_route(const World *w, int i)
{
    return i >= 0 && i < ROUTES && w->used[i];
}

static inline bool reroute(void *o, unsigned v, int i, OcpnMsg m)
{
    World *w = o;

    (void)v;
    w->calls++;
    w->bad += !is_route(w, i);
    if (!w->no_reroute) {
        w->ends[i] = m;
    }
    return !w->no_reroute;
}

static inline void unroute(void *o, unsigned v, int i)
{
    World *w = o;

    w->calls++;
    w->bad += !is_route(w, i) || w->joined[v] >= 0;
    w->used[i] = false;
}

static inline bool join(void *o, unsigned v, int i)
{
    World *w = o;

    w->calls++;
    w->bad += !is_route(w, i) || w->joined[v] >= 0;
    if (w->no_connect) {
        return false;
    }
    w->joined[v] = i;
    flush_signal(w, v);
    return true;
}

static inline void part(void *o, unsigned v, int i)
{
    World *w = o;

    w->calls++;
    w->bad += w->joined[v] != i;
    w->joined[v] = -1;
}

static inline bool take(void *o, unsigned v)
{
    World *w = o;
    bool was = w->signal[v];

    w->bad += w->joined[v] >= 0;    /* KVM may have it, too */
    w->signal[v] = false;
    return was;
}

static inline void notify(void *o, unsigned v)
{
    World *w = o;

    if (w->masked[v]) {
        w->pending[v] = true;
    } else {
        arrive(w, v, w->table[v]);
    }
}

static const OcpnVectorOps ops = {
    .route = route,
    .reroute = reroute,
    .unroute = unroute,
    .connect = join,
    .disconnect = part,
    .take = take,
    .notify = notify,
};

static inline void start(World *w)
{
    *w = (World) { 0 };
    for (unsigned v = 0; v < N; v++) {
        w->masked[v] = true;
        w->joined[v] = -1;
    }
    ocpn_vectors_init(&w->vs, w->v, N, &ops, w);
}

static inline void end(World *w)
{
    ocpn_vectors_reset(&w->vs);
    for (unsigned i = 0; i < ROUTES; i++) {
        CHECK_EQ(w->used[i], false);
    }
    for (unsigned v = 0; v < N; v++) {
        CHECK_EQ(w->joined[v], -1);
        CHECK_EQ(w->signal[v], false);
    }
    CHECK_EQ(w->wrong, 0);
    CHECK_EQ(w->bad, 0);
}

/* The guest writes the table; MSI-X tells us, and looks at pending bits. */
static inline void unmask(World *w, unsigned v, OcpnMsg m)
{
    w->masked[v] = false;
    w->table[v] = m;
    ocpn_vector_unmask(&w->vs, v, m);
    if (w->pending[v]) {
        w->pending[v] = false;
        arrive(w, v, m);
    }
}

static inline void mask(World *w, unsigned v)
{
    w->masked[v] = true;
    ocpn_vector_mask(&w->vs, v);
}

/* The two halves of an interrupt from a thread. */
static inline void deliver(World *w, unsigned v, bool direct)
{
    if (direct) {
        w->signal[v] = true;
        flush_signal(w, v);
    } else {
        ocpn_vector_want(&w->vs, v);
        notify(w, v);
    }
}

static inline void interrupt(World *w, unsigned v)
{
    deliver(w, v, ocpn_vector_direct(&w->vs, v));
}

#endif
