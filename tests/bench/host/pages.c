/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fleet tools beside the load: log pages C0h, C3h and 07h, again and again. */
#include "host.h"

#define NS_PER_S    UINT64_C(1000000000)
#define GET_LOG     0x02
#define BYTES       512u

static const uint8_t lids[PAGES] = { 0xc0, 0xc3, 0x07 };

void pages_init(Pages *p, Nvme *n, const Options *o)
{
    *p = (Pages) { .n = n };
    if (o->pages) {
        p->every = NS_PER_S / (uint64_t)o->pages;
        p->buf = machine_alloc(n->m, PAGES * PAGE);
    }
}

static void take(Pages *p)
{
    const Cqe *e;

    while ((e = nvme_take(&p->n->admin))) {
        if (e->status >> 1) {
            machine_die("a log page was refused with status %xh",
                        e->status >> 1 & 0x7ff);
        }
        p->inflight--;
        p->done++;
    }
}

void pages_round(Pages *p, uint64_t now)
{
    if (!p->every) {
        return;
    }
    take(p);
    if (!p->inflight && now >= p->next) {
        for (unsigned i = 0; i < PAGES; i++) {
            nvme_put(&p->n->admin, &(Sqe) {
                .dw0 = GET_LOG | (uint32_t)i << 16, .nsid = UINT32_MAX,
                .prp1 = p->buf + i * PAGE,
                /* 07h: with a new capture each time */
                .dw10 = (BYTES / 4 - 1) << 16 | lids[i] |
                        (lids[i] == 0x07 ? 1u << 8 : 0),
            });
        }
        p->inflight = PAGES;
        p->next = now + p->every;
    }
    nvme_ring(p->n, &p->n->admin);
}

void pages_finish(Pages *p)
{
    while (p->inflight) {
        take(p);
        machine_check(p->n->m);
    }
    nvme_ring(p->n, &p->n->admin);
}
