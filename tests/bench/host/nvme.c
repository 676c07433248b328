/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A controller with queue pairs: see host.h. */
#include <inttypes.h>
#include <string.h>

#include "host.h"

#define BAR         UINT64_C(0xe0000000)
#define SLOT        4           /* of the PCI bus */
#define NVME_CLASS  0x010802u
#define MSIX        0x11
#define ADMIN_SIZE  32u
#define DEADLINE_US (30 * G_USEC_PER_SEC)

enum { CREATE_SQ = 1, CREATE_CQ = 5, IDENTIFY = 6, DBBUF = 0x7c,
       SET_FEATURES = 9 };

static void config(Machine *m, uint32_t off, uint32_t value)
{
    machine_ask(m, "outl 0xcf8 0x%x", 0x80000000u | SLOT << 11 | off);
    machine_ask(m, "outl 0xcfc 0x%x", value);
}

static uint32_t config_read(Machine *m, uint32_t off)
{
    machine_ask(m, "outl 0xcf8 0x%x", 0x80000000u | SLOT << 11 | off);
    return (uint32_t)machine_ask(m, "inl 0xcfc");
}

static void make_queue(Nvme *n, Queue *q, uint16_t id, uint32_t size)
{
    Machine *m = n->m;

    *q = (Queue) { .id = id, .size = size, .phase = 1 };
    q->sq_addr = machine_alloc(m, size * sizeof(Sqe));
    q->cq_addr = machine_alloc(m, size * sizeof(Cqe));
    q->sq = (Sqe *)(void *)(m->ram + q->sq_addr);
    q->cq = (Cqe *)(void *)(m->ram + q->cq_addr);
    memset(m->ram + q->cq_addr, 0, size * sizeof(Cqe));
}

/*
 * NVMe Base 2.0, "Updating Controller Doorbell Properties using a Shadow
 * Doorbell Buffer": ring if the controller's event index was passed.
 */
static bool must_ring(Nvme *n, unsigned index, uint32_t was, uint32_t is)
{
    uint16_t event;

    __atomic_store_n(&n->dbs[index], is, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    event = (uint16_t)__atomic_load_n(&n->eis[index], __ATOMIC_RELAXED);
    return (uint16_t)(is - event - 1) < (uint16_t)(is - was);
}

static void ring(Nvme *n, const Queue *q, unsigned index, uint32_t was,
                 uint32_t is)
{
    if (was != is && (!n->dbs || !q->id || must_ring(n, index, was, is))) {
        machine_writel(n->m, BAR + 0x1000 + index * 4, is);
    }
}

void nvme_ring(Nvme *n, Queue *q)
{
    ring(n, q, q->id * 2u + 1, q->told_head, q->head);
    q->told_head = q->head;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    ring(n, q, q->id * 2u, q->told_tail, q->tail);
    q->told_tail = q->tail;
    if (n->m->out->len) {
        machine_flush(n->m);
    }
}

uint32_t nvme_admin(Nvme *n, Sqe e)
{
    gint64 late = g_get_monotonic_time() + DEADLINE_US;
    const Cqe *c;
    uint32_t dw0;

    nvme_put(&n->admin, &e);
    nvme_ring(n, &n->admin);
    while (!(c = nvme_take(&n->admin))) {
        if (g_get_monotonic_time() > late) {
            machine_check(n->m);
            machine_die("admin command %02xh does not end", e.dw0 & 0xff);
        }
    }
    dw0 = c->dw0;
    if (c->status >> 1) {
        machine_die("admin command %02xh failed with status %xh",
                    e.dw0 & 0xff, c->status >> 1 & 0x7ff);
    }
    nvme_ring(n, &n->admin);
    return dw0;
}

static void enable(Nvme *n, uint32_t entries)
{
    gint64 late = g_get_monotonic_time() + DEADLINE_US;
    Machine *m = n->m;
    uint32_t most;

    if (config_read(m, 8) >> 8 != NVME_CLASS) {
        machine_die("no NVMe controller is at slot %d: put addr=%d into "
                    "--device", SLOT, SLOT);
    }
    config(m, 0x10, (uint32_t)BAR);
    config(m, 0x14, 0);
    config(m, 0x04, 6);
    most = (uint32_t)(machine_ask(m, "readq 0x%" PRIx64, BAR) & 0xffff) + 1;
    if (entries > most) {
        machine_die("--entries=%u: a queue of this controller has %u at most",
                    entries, most);
    }
    make_queue(n, &n->admin, 0, ADMIN_SIZE);
    machine_ask(m, "writel 0x%" PRIx64 " 0x%x", BAR + 0x24,
                (ADMIN_SIZE - 1) << 16 | (ADMIN_SIZE - 1));
    machine_ask(m, "writeq 0x%" PRIx64 " 0x%" PRIx64, BAR + 0x28,
                n->admin.sq_addr);
    machine_ask(m, "writeq 0x%" PRIx64 " 0x%" PRIx64, BAR + 0x30,
                n->admin.cq_addr);
    machine_ask(m, "writel 0x%" PRIx64 " 0x460001", BAR + 0x14);
    while (!(machine_ask(m, "readl 0x%" PRIx64, BAR + 0x1c) & 1)) {
        if (g_get_monotonic_time() > late) {
            machine_die("the controller does not become ready");
        }
    }
}

static void identify(Nvme *n)
{
    uint64_t at = machine_alloc(n->m, PAGE);
    const uint8_t *id = n->m->ram + at;

    nvme_admin(n, (Sqe) { .dw0 = IDENTIFY, .nsid = 1, .prp1 = at });
    memcpy(&n->blocks, id, 8);
    n->lba_shift = id[128 + 4 * (id[26] & 15) + 2];
}

static void shadow(Nvme *n)
{
    uint64_t dbs = machine_alloc(n->m, PAGE), eis = machine_alloc(n->m, PAGE);

    memset(n->m->ram + dbs, 0, PAGE);
    memset(n->m->ram + eis, 0, PAGE);
    nvme_admin(n, (Sqe) { .dw0 = DBBUF, .prp1 = dbs, .prp2 = eis });
    n->dbs = (uint32_t *)(void *)(n->m->ram + dbs);
    n->eis = (uint32_t *)(void *)(n->m->ram + eis);
}

/* Interrupts of MSI-X are writes, here into a page that nobody reads. */
static void enable_irqs(Nvme *n, unsigned count)
{
    Machine *m = n->m;
    uint64_t page = machine_alloc(m, PAGE), table;
    uint32_t cap = config_read(m, 0x34) & 0xfc, head = 0, place;

    while (cap && ((head = config_read(m, cap)) & 0xff) != MSIX) {
        cap = head >> 8 & 0xfc;
    }
    place = cap ? config_read(m, cap + 4) : 7;
    if ((place & 7) || (head >> 16 & 0x7ff) < count) {
        machine_die("--irq needs MSI-X in BAR 0 with %u vectors", count + 1);
    }
    table = BAR + (place & ~7u);
    for (unsigned i = 0; i <= count; i++, table += 16) {
        machine_ask(m, "writel 0x%" PRIx64 " 0x%" PRIx64, table,
                    page + 4 * i);
        machine_ask(m, "writel 0x%" PRIx64 " 0", table + 4);
        machine_ask(m, "writel 0x%" PRIx64 " 1", table + 8);
        machine_ask(m, "writel 0x%" PRIx64 " 0", table + 12);
    }
    config(m, cap, (head & 0xffff) | 0x80000000u);
}

static void create(Nvme *n, uint16_t id, uint32_t size, bool irq)
{
    Queue *q = &n->q[id - 1];
    uint32_t dw10 = (size - 1) << 16 | id;
    uint32_t vector = irq ? (uint32_t)id << 16 | 2 : 0;

    make_queue(n, q, id, size);
    nvme_admin(n, (Sqe) { .dw0 = CREATE_CQ, .prp1 = q->cq_addr, .dw10 = dw10,
                          .dw11 = vector | 1 });
    nvme_admin(n, (Sqe) { .dw0 = CREATE_SQ, .prp1 = q->sq_addr, .dw10 = dw10,
                          .dw11 = (uint32_t)id << 16 | 1 });
}

void nvme_start(Nvme *n, Machine *m, const Options *o)
{
    *n = (Nvme) { .m = m, .open_channel = o->open_channel };
    enable(n, (uint32_t)o->entries);
    identify(n);
    if (n->open_channel) {
        nvme_geometry(n);
    }
    if (o->shadow) {
        shadow(n);
    }
    nvme_admin(n, (Sqe) { .dw0 = SET_FEATURES, .dw10 = 7,
                          .dw11 = MAX_QUEUES << 16 | MAX_QUEUES });
    n->queues = (unsigned)o->queues;
    if (o->irq) {
        enable_irqs(n, n->queues);
    }
    for (uint16_t i = 1; i <= n->queues; i++) {
        create(n, i, (uint32_t)o->entries, o->irq);
    }
}
