/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port-int.h"

typedef struct FakeAlloc {
    struct FakeAlloc *next, **link;
    max_align_t mem[];
} FakeAlloc;

static bool overlaps(uint64_t addr, uint64_t len, uint64_t at, uint64_t size)
{
    return addr < at ? len > at - addr : addr - at < size;
}

bool fake_is_ram(uint64_t addr, uint64_t len)
{
    return addr < FAKE_RAM_SIZE && len <= FAKE_RAM_SIZE - addr &&
           !overlaps(addr, len, FAKE_HOLE, FAKE_HOLE_SIZE);
}

static bool fake_read(void *o, uint64_t addr, void *buf, size_t len)
{
    FakePort *f = o;

    if (!fake_is_ram(addr, len)) {
        return false;
    }
    memcpy(buf, f->ram + addr, len);
    return true;
}

static bool fake_write(void *o, uint64_t addr, const void *buf, size_t len)
{
    FakePort *f = o;

    if (!fake_is_ram(addr, len)) {
        return false;
    }
    memcpy(f->ram + addr, buf, len);
    return true;
}

static void fake_irq(void *o, uint16_t vector)
{
    FakePort *f = o;

    NEED(vector < sizeof(f->irqs) / sizeof(f->irqs[0]));
    f->irqs[vector]++;
}

static void fake_pin(void *o, bool level)
{
    ((FakePort *)o)->pin = level;
}

static void fake_kick(void *o, uint16_t cqid)
{
    NEED(cqid < FAKE_NQUEUES);
    ((FakePort *)o)->kicked[cqid] = true;
}

static void fake_kick_main(void *o)
{
    ((FakePort *)o)->kicked_main = true;
}

static void fake_wake_cq(void *o, uint16_t cqid, uint64_t ns)
{
    FakePort *f = o;

    NEED(cqid < FAKE_NQUEUES && f->started[cqid] && ns);
    f->wake_cq[cqid] = ns == UINT64_MAX ? 0 : ns;
}

/* It says nothing twice. */
static void fake_doorbell_looks(void *o, uint16_t cqid, uint32_t off,
                                bool look)
{
    FakePort *f = o;
    uint32_t n = (off - 0x1000) / 4;

    NEED(cqid && cqid < FAKE_NQUEUES && f->started[cqid] && !(off % 4) &&
         n >= 2 && n < 2 * FAKE_NQUEUES && f->looks[n] == (look ? 0 : cqid));
    f->looks[n] = look ? cqid : 0;
}

static void fake_cq_start(void *o, uint16_t cqid)
{
    FakePort *f = o;

    NEED(cqid < FAKE_NQUEUES && !f->started[cqid]);
    f->started[cqid] = true;
    f->kicked[cqid] = false;
}

static void fake_cq_stop(void *o, uint16_t cqid)
{
    FakePort *f = o;

    NEED(cqid < FAKE_NQUEUES && f->started[cqid]);
    f->started[cqid] = f->kicked[cqid] = false;
    f->wake_cq[cqid] = 0;
}

static void *fake_alloc(void *o, size_t size)
{
    FakePort *f = o;
    FakeAlloc *a;

    if (f->fail_alloc && --f->fail_alloc == 0) {
        return NULL;
    }
    a = calloc(1, sizeof(*a) + size);
    NEED(a);
    a->next = f->allocs;
    a->link = &f->allocs;
    if (a->next) {
        a->next->link = &a->next;
    }
    f->allocs = a;
    f->nallocs++;
    return a->mem;
}

static void fake_free(void *o, void *p)
{
    FakePort *f = o;
    FakeAlloc *a;

    if (!p) {
        return;
    }
    a = (FakeAlloc *)(void *)((char *)p - offsetof(FakeAlloc, mem));
    *a->link = a->next;
    if (a->next) {
        a->next->link = a->link;
    }
    f->nallocs--;
    free(a);
}

static uint64_t fake_now(void *o)
{
    return ((FakePort *)o)->now;
}

static void fake_wake_at(void *o, uint64_t ns)
{
    ((FakePort *)o)->wake = ns == UINT64_MAX ? 0 : ns;
}

static void fake_ahead(void *o, uint64_t ns)
{
    FakePort *f = o;

    f->now += ns - f->ahead;
    f->ahead = ns;
}

static void fake_trace(void *o, OcpnTrace event, uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    NEED(event < OCPN_TRACE_NEVENTS);
    ((FakePort *)o)->traces[event]++;
}

void fake_run(FakePort *f)
{
    bool again = true;

    while (again) {
        again = f->kicked_main;
        if (f->kicked_main) {
            f->kicked_main = false;
            ocpn_main_run(f->c);
        }
        for (uint16_t i = 0; i < FAKE_NQUEUES; i++) {
            if (f->kicked[i] && f->started[i]) {
                f->kicked[i] = false;
                f->kicked[i] |= ocpn_cq_run(f->c, i);
                again = true;
            }
        }
    }
}

void fake_advance(FakePort *f, uint64_t ns)
{
    f->now += ns;
    if (f->wake && f->wake <= f->now) {
        f->wake = 0;
        f->kicked_main = true;
    }
    for (unsigned i = 0; i < FAKE_NQUEUES; i++) {
        if (f->wake_cq[i] && f->wake_cq[i] <= f->now) {
            f->wake_cq[i] = 0;
            f->kicked[i] = true;
        }
    }
    fake_run(f);
}

void fake_port_init(FakePort *f)
{
    *f = (FakePort) {
        .port = {
            .opaque = f,
            .read = fake_read,
            .write = fake_write,
            .media = fake_media_start,
            .irq = fake_irq,
            .pin = fake_pin,
            .kick = fake_kick,
            .kick_main = fake_kick_main,
            .wake_cq = fake_wake_cq,
            .doorbell = fake_doorbell_looks,
            .cq_start = fake_cq_start,
            .cq_stop = fake_cq_stop,
            .alloc = fake_alloc,
            .free = fake_free,
            .now = fake_now,
            .wake_at = fake_wake_at,
            .ahead = fake_ahead,
            .trace = fake_trace,
        },
        .ram = calloc(1, FAKE_RAM_SIZE),
    };
    NEED(f->ram);
}

void fake_port_kill(FakePort *f)
{
    while (f->allocs) {
        fake_free(f, f->allocs->mem);
    }
    f->c = NULL;
    f->nios = 0;
    f->kicked_main = f->pin = false;
    f->wake = 0;
    f->ahead = 0;               /* what was passed is past */
    memset(f->kicked, 0, sizeof(f->kicked));
    memset(f->started, 0, sizeof(f->started));
    memset(f->wake_cq, 0, sizeof(f->wake_cq));
    memset(f->looks, 0, sizeof(f->looks));
}

void fake_port_destroy(FakePort *f)
{
    fake_port_kill(f);
    for (unsigned i = 0; i <= OCPN_MAX_NS; i++) {
        free(f->media[i].bytes);
    }
    free(f->ram);
}
