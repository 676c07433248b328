/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injected errors, as commands meet them.
 * Implements: OCP Datacenter NVMe SSD, ERRI-6, NRTDP.
 *
 * Entries that wait for commands are met in the command's thread, under a leaf
 * lock; what concerns the whole drive is left to main.  Completed reads are
 * counted without the lock.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/core/panic.h"
#include "inject-int.h"

void ocpn_inject_tell(OcpnCtrl *c)
{
    atomic_store(&c->inject.news, true);
    ocpn_want_main(c);
}

/* Under the lock: the entry that R meets, or N. */
static uint32_t met(OcpnInject *i, const OcpnReq *r)
{
    unsigned at = r->sq->id ? OCPN_INJECT_AT_IO : OCPN_INJECT_AT_ADMIN;
    uint32_t n;

    for (n = 0; n < i->n; n++) {
        OcpnInjection *e = &i->entry[n];
        const OcpnInjectType *t = ocpn_inject_type(ocpn_injection_type(e));

        if (t->at != at || (t->wants && !t->wants(r))) {
            continue;
        }
        if (!e->chances) {
            break;
        }
        e->chances--;
    }
    return n;
}

bool ocpn_inject_meet(OcpnCtrl *c, OcpnReq *r, OcpnFlow *flow)
{
    OcpnInject *i = &c->inject;
    const OcpnInjectType *t = NULL;
    uint32_t n, ms = 0;

    ocpn_lock(&i->lock);
    n = met(i, r);
    if (n < i->n) {
        t = ocpn_inject_type(ocpn_injection_type(&i->entry[n]));
        ms = from_le32(i->entry[n].wire.ms);
        ocpn_inject_fired(c, n);
    }
    ocpn_unlock(&i->lock);
    return t && t->meet(c, r, ms, flow);
}

void ocpn_inject_panic(OcpnCtrl *c, uint32_t type)
{
    ocpn_gate_set(c, OCPN_GATE_PANIC, true);
    atomic_store(&c->inject.panic, type);
    ocpn_inject_tell(c);
}

/* READS have completed: the panic that was due first. */
static void panic_due(OcpnCtrl *c, uint64_t reads)
{
    OcpnInject *i = &c->inject;
    uint32_t type = 0;

    ocpn_lock(&i->lock);
    for (uint32_t n = 0; n < i->n && !type; n++) {
        OcpnInjection *e = &i->entry[n];

        if (ocpn_inject_panics(ocpn_injection_type(e)) && e->chances <= reads &&
            e->chances == atomic_load(&i->due)) {
            type = ocpn_injection_type(e);
            e->chances = reads + ocpn_injection_reads(e);
            ocpn_inject_fired(c, n);
            ocpn_inject_rearm(i);
        }
    }
    ocpn_unlock(&i->lock);
    if (type) {
        ocpn_inject_panic(c, type);
    }
}

static bool is_read(const OcpnReq *r)
{
    return r->sq->id && r->ns &&
           (r->cmd.opc == NVME_IO_READ ||
            (r->cmd.opc == OCSSD_IO_VECTOR_READ &&
             ocpn_ns_is_open_channel(r->ns)));
}

bool ocpn_inject_complete(OcpnCtrl *c, OcpnReq *r)
{
    OcpnInject *i = &c->inject;
    uint32_t late = r->late_ms;

    r->late_ms = 0;
    if (late && ocpn_inject_hold(c, r, c->port.now(c->port.opaque) +
                                       late * UINT64_C(1000000))) {
        return true;
    }
    if (ocpn_inject_armed(i, OCPN_INJECT_AT_READ) && is_read(r) &&
        !ocpn_gate_closed(c, OCPN_GATE_PANIC)) {
        uint64_t reads = atomic_fetch_add(&i->reads, 1) + 1;

        if (reads >= atomic_load(&i->due)) {
            panic_due(c, reads);
        }
    }
    return false;
}

uint32_t ocpn_inject_roll(OcpnCtrl *c, uint32_t n)
{
    uint64_t z;

    ocpn_lock(&c->inject.lock);
    z = c->inject.dice += UINT64_C(0x9e3779b97f4a7c15);     /* splitmix64 */
    ocpn_unlock(&c->inject.lock);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % n) + 1;
}

void ocpn_inject_run(OcpnCtrl *c)
{
    OcpnInject *i = &c->inject;
    uint64_t over;
    uint32_t panic;

    if (!atomic_load_explicit(&i->news, memory_order_relaxed) ||
        !atomic_exchange(&i->news, false)) {
        return;
    }
    ocpn_fact_add(c, OCPN_FACT_COMMAND_TIMEOUTS,
                  atomic_exchange(&i->timeouts, 0));
    over = atomic_exchange(&i->over, 0);
    for (uint32_t type = 0; over; type++, over >>= 1) {
        if (over & 1) {
            ocpn_inject_type(type)->fire(c, false);
        }
    }
    panic = atomic_exchange(&i->panic, 0);
    if (panic) {
        ocpn_panic(c, OCP_PANIC_VENDOR + panic);
    }
    ocpn_inject_dirty(c);
    ocpn_inject_due(c);
}
