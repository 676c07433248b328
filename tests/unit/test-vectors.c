/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests of device/vectors.c: no interrupt may get lost, and none may come
 * through a mask.
 * Proves: NVMe over PCIe Transport 1.0, "Interrupts": masks of MSI-X.
 */
#include <stdlib.h>

#include "ocpn-unit.h"
#include "vectors-unit.h"

/* Linux creates queues first, and programs their vectors then. */
static void masked_first(void)
{
    World w;

    start(&w);
    interrupt(&w, 1);
    CHECK_EQ(w.pending[1], true);
    CHECK_EQ(w.calls, 0);
    unmask(&w, 1, msg(1, 7));
    CHECK_EQ(w.sent[1], 1);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), true);
    interrupt(&w, 1);
    CHECK_EQ(w.sent[1], 2);
    end(&w);
}

/* A vector nobody interrupts with from a thread has no route. */
static void lazy(void)
{
    World w;

    start(&w);
    for (unsigned v = 0; v < N; v++) {
        unmask(&w, v, msg(v, v));
    }
    CHECK_EQ(w.calls, 0);
    interrupt(&w, 2);           /* handed over, and the route is made */
    CHECK_EQ(w.sent[2], 1);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 2), true);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), false);
    CHECK_EQ(w.calls, 2);
    end(&w);
}

static void new_message(void)
{
    World w;

    start(&w);
    unmask(&w, 1, msg(1, 7));
    interrupt(&w, 1);
    unmask(&w, 1, msg(1, 9));       /* another processor, no mask between */
    interrupt(&w, 1);
    mask(&w, 1);
    unmask(&w, 1, msg(1, 11));
    interrupt(&w, 1);
    CHECK_EQ(w.sent[1], 3);
    CHECK_EQ(w.used[1], false);     /* it was one route all the time */
    end(&w);
}

static void pending(void)
{
    World w;

    start(&w);
    unmask(&w, 1, msg(1, 7));
    interrupt(&w, 1);
    mask(&w, 1);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), false);
    interrupt(&w, 1);
    interrupt(&w, 1);
    CHECK_EQ(w.sent[1], 1);
    CHECK_EQ(w.pending[1], true);
    unmask(&w, 1, msg(1, 7));
    CHECK_EQ(w.sent[1], 2);
    end(&w);
}

/* The thread asked before the mask, and signals after it. */
static void late_signal(void)
{
    World w;
    bool direct;

    start(&w);
    unmask(&w, 1, msg(1, 7));
    interrupt(&w, 1);
    direct = ocpn_vector_direct(&w.vs, 1);
    mask(&w, 1);
    deliver(&w, 1, direct);
    CHECK_EQ(w.sent[1], 1);
    ocpn_vectors_poll(&w.vs, 0, N);
    CHECK_EQ(w.pending[1], true);   /* the guest can see it */
    unmask(&w, 1, msg(1, 7));
    CHECK_EQ(w.sent[1], 2);

    direct = ocpn_vector_direct(&w.vs, 1);
    mask(&w, 1);
    deliver(&w, 1, direct);
    unmask(&w, 1, msg(1, 8));       /* nobody looked */
    CHECK_EQ(w.sent[1], 3);
    end(&w);
}

/* Without a route, or without a connection, main has it all. */
static void no_route(void)
{
    for (unsigned i = 0; i < 2; i++) {
        World w;

        start(&w);
        w.no_route = i == 0;
        w.no_connect = i == 1;
        unmask(&w, 1, msg(1, 7));
        interrupt(&w, 1);
        interrupt(&w, 1);
        CHECK_EQ(w.sent[1], 2);
        CHECK_EQ(ocpn_vector_direct(&w.vs, 1), false);
        w.no_route = w.no_connect = false;
        mask(&w, 1);
        unmask(&w, 1, msg(1, 7));   /* the next chance */
        CHECK_EQ(ocpn_vector_direct(&w.vs, 1), true);
        interrupt(&w, 1);
        CHECK_EQ(w.sent[1], 3);
        end(&w);
    }
}

/* The route cannot change: another one, or none, and nothing is lost. */
static void no_reroute(void)
{
    World w;
    bool direct;

    start(&w);
    unmask(&w, 1, msg(1, 7));
    interrupt(&w, 1);
    w.no_reroute = true;
    unmask(&w, 1, msg(1, 8));
    interrupt(&w, 1);
    CHECK_EQ(w.sent[1], 2);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), true);

    direct = ocpn_vector_direct(&w.vs, 1);
    mask(&w, 1);
    deliver(&w, 1, direct);
    w.no_route = true;
    unmask(&w, 1, msg(1, 9));       /* main sends what the thread signalled */
    CHECK_EQ(w.sent[1], 3);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), false);
    interrupt(&w, 1);
    CHECK_EQ(w.sent[1], 4);
    end(&w);
}

/* Several queues on one vector, in threads of their own. */
static void shared(void)
{
    World w;
    bool a, b;

    start(&w);
    unmask(&w, 3, msg(3, 1));
    a = ocpn_vector_direct(&w.vs, 3);
    b = ocpn_vector_direct(&w.vs, 3);
    deliver(&w, 3, a);              /* both were handed over */
    deliver(&w, 3, b);
    CHECK_EQ(w.sent[3], 2);
    a = ocpn_vector_direct(&w.vs, 3);
    mask(&w, 3);
    b = ocpn_vector_direct(&w.vs, 3);
    deliver(&w, 3, b);              /* one to main, one to the notifier */
    deliver(&w, 3, a);
    unmask(&w, 3, msg(3, 1));
    CHECK(w.sent[3] >= 3, "%u messages", w.sent[3]);
    end(&w);
}

/* A reset with queues alive; then everything starts anew. */
static void reset(void)
{
    World w;
    bool direct;

    start(&w);
    unmask(&w, 1, msg(1, 7));
    interrupt(&w, 1);
    direct = ocpn_vector_direct(&w.vs, 1);
    ocpn_vectors_reset(&w.vs);
    w.masked[1] = true;
    deliver(&w, 1, direct);         /* late, into the notifier */
    CHECK_EQ(w.sent[1], 1);
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), false);
    ocpn_vectors_reset(&w.vs);
    ocpn_vectors_reset(&w.vs);
    unmask(&w, 1, msg(1, 8));
    CHECK_EQ(ocpn_vector_direct(&w.vs, 1), false);
    interrupt(&w, 1);
    interrupt(&w, 1);
    CHECK_EQ(w.sent[1], 3);
    end(&w);
}

static void out_of_range(void)
{
    World w;

    start(&w);
    ocpn_vector_want(&w.vs, N);
    ocpn_vector_unmask(&w.vs, N, msg(0, 0));
    ocpn_vector_mask(&w.vs, UINT32_MAX);
    ocpn_vectors_poll(&w.vs, 0, UINT32_MAX);
    CHECK_EQ(ocpn_vector_direct(&w.vs, N), false);
    CHECK_EQ(w.calls, 0);
    end(&w);
}

/* One step of anybody.  OWED: interrupts since the guest last got one. */
static void step(World *w, unsigned *owed, bool *asked, bool *direct)
{
    unsigned v = (unsigned)rand() % N, sent = w->sent[v];

    switch (rand() % 8) {
    case 0:
        mask(w, v);
        break;
    case 1:
        unmask(w, v, msg(v, (unsigned)rand() % 3));
        break;
    case 2:
        w->no_route = rand() % 3 == 0;
        w->no_reroute = rand() % 3 == 0;
        w->no_connect = rand() % 3 == 0;
        break;
    case 3:
        ocpn_vectors_poll(&w->vs, 0, N);
        break;
    case 4:
    case 5:
        asked[v] = true;
        direct[v] = ocpn_vector_direct(&w->vs, v);
        break;
    default:
        if (asked[v]) {
            asked[v] = false;
            owed[v]++;
            deliver(w, v, direct[v]);
        }
        break;
    }
    if (w->sent[v] != sent) {
        owed[v] = 0;
    }
}

static void random_walk(void)
{
    srand(1);
    for (unsigned run = 0; run < 200; run++) {
        unsigned owed[N] = { 0 };
        bool asked[N] = { 0 }, direct[N] = { 0 };
        World w;

        start(&w);
        for (unsigned i = 0; i < 500; i++) {
            step(&w, owed, asked, direct);
        }
        for (unsigned v = 0; v < N; v++) {
            unsigned sent = w.sent[v];

            unmask(&w, v, msg(v, 5));
            CHECK(!owed[v] || w.sent[v] > sent, "run %u: vector %u owes %u",
                  run, v, owed[v]);
        }
        end(&w);
    }
}

static const OcpnTest tests[] = {
    { "a vector masked at creation is connected when unmasked", masked_first },
    { "a vector gets its route when a thread wants it", lazy },
    { "the route follows the message", new_message },
    { "an interrupt while masked stays pending", pending },
    { "a signal that comes after the mask is not lost", late_signal },
    { "without a route main delivers", no_route },
    { "a route that cannot change is replaced", no_reroute },
    { "queues share a vector", shared },
    { "a reset gives everything back", reset },
    { "vectors out of range do nothing", out_of_range },
    { "no order of events loses an interrupt", random_walk },
};
OCPN_UNIT_MAIN("vectors", tests)
