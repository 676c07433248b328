/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts that leave without the main loop: which MSI-X vectors have a
 * route from a notifier straight into the guest, and when.  Plain C11; what
 * makes routes is behind callbacks (irqfd.c).
 *
 * A vector gets its route when it is wanted, that is when a thread other than
 * main has interrupted with it, and keeps it until a reset.  The notifier is
 * connected to the route while the guest has the vector unmasked.  Without a
 * connection the interrupt is handed over to main, which knows what a mask
 * is.
 *
 * All in main unless said otherwise.
 */
#ifndef OCPN_VECTORS_H
#define OCPN_VECTORS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What the vector's entry of the MSI-X table says. */
typedef struct OcpnMsg {
    uint64_t addr;
    uint32_t data;
} OcpnMsg;

/* O is opaque, V a vector, ROUTE what route() returned. */
typedef struct OcpnVectorOps {
    /* A route for V's notifier that ends in MSG.  Negative: none. */
    int (*route)(void *o, unsigned v, OcpnMsg msg);
    /* It shall end in MSG instead.  False: it cannot. */
    bool (*reroute)(void *o, unsigned v, int route, OcpnMsg msg);
    void (*unroute)(void *o, unsigned v, int route);
    /* The notifier's signals go there; those that wait go first. */
    bool (*connect)(void *o, unsigned v, int route);
    void (*disconnect)(void *o, unsigned v, int route);
    /* Does a signal wait that went nowhere?  Takes it. */
    bool (*take)(void *o, unsigned v);
    /* Main's way: a message, or the pending bit if V is masked. */
    void (*notify)(void *o, unsigned v);
} OcpnVectorOps;

typedef struct OcpnVector {
    bool    wanted;             /* it has a notifier */
    bool    unmasked;
    int     route;              /* negative: none */
    OcpnMsg msg;                /* of the table, while unmasked */
    OcpnMsg routed;             /* where the route ends */
    atomic_bool direct;         /* connected */
} OcpnVector;

typedef struct OcpnVectors {
    OcpnVector *v;
    unsigned n;
    const OcpnVectorOps *ops;
    void *opaque;
} OcpnVectors;

/* V has N elements; every vector is masked. */
void ocpn_vectors_init(OcpnVectors *vs, OcpnVector *v, unsigned n,
                       const OcpnVectorOps *ops, void *opaque);

/*
 * Any thread: shall an interrupt with V set the notifier?  Else it is main's.
 * A mask that comes between the answer and the signal loses nothing: the
 * signal waits in the notifier for _poll() or for the end of the mask.
 */
bool ocpn_vector_direct(const OcpnVectors *vs, unsigned v);

/* Main has got an interrupt with V from another thread. */
void ocpn_vector_want(OcpnVectors *vs, unsigned v);

/* The guest unmasked V, or changed its message; the guest masked it. */
void ocpn_vector_unmask(OcpnVectors *vs, unsigned v, OcpnMsg msg);
void ocpn_vector_mask(OcpnVectors *vs, unsigned v);

/* The pending bits of [FIRST, END) are about to be looked at. */
void ocpn_vectors_poll(OcpnVectors *vs, unsigned first, unsigned end);

/* As after _init(); signals that wait are dropped, routes are given back. */
void ocpn_vectors_reset(OcpnVectors *vs);

#endif
