/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/fault.h, threads: queues ask in threads of their own, while
 * main changes the list; each chance is counted once.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "fault-unit.h"

#define ASKS    200000u

typedef struct Asker {
    FakeHost *h;
    atomic_uint *ready;
    unsigned fired;
} Asker;

/* Nobody begins before all three are there. */
static void begin(atomic_uint *ready)
{
    atomic_fetch_add(ready, 1);
    while (atomic_load(ready) < 3) {
        continue;
    }
}

static void *ask_often(void *opaque)
{
    Asker *a = opaque;

    begin(a->ready);
    for (unsigned i = 0; i < ASKS; i++) {
        a->fired += ask(a->h, OCPN_FAULT_EARLY_CLOSE, IA, 0);
    }
    return NULL;
}

/* Queues ask from two threads, while main changes the list: none is lost. */
static void asks(void)
{
    FakeHost *h = t1_start();
    atomic_uint ready = 0;
    Asker a[2] = { { h, &ready, 0 }, { h, &ready, 0 } };
    pthread_t thread[2];

    fault(h, "early-close after=1000 times=777");
    fault(h, "early-close times=0 ppm=500000");
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(pthread_create(&thread[i], NULL, ask_often, &a[i]), 0);
    }
    begin(&ready);
    for (unsigned i = 0; i < 1000; i++) {
        CHECK_EQ(ocpn_fault_del(h->c, fault(h, "early-close grp=1")), true);
    }
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(pthread_join(thread[i], NULL), 0);
    }
    CHECK_HAS(shown(h, 0), "chances 1777, fired 777");
    CHECK_HAS(shown(h, 1), "chances 399223, fired 199036");
    CHECK_EQ(a[0].fired + a[1].fired, 777 + 199036);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "chances are counted once", asks },
};
OCPN_UNIT_MAIN("fault-ask-race", tests)
