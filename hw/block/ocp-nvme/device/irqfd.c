/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts of queues in IOThreads under KVM: an event notifier per vector
 * whose signals KVM turns into messages, so that nothing waits for the main
 * loop.  vectors.c says which and when; here is how.
 *
 * Vector 0 is the admin queue's and stays main's.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "qemu/event_notifier.h"
#include "system/kvm.h"

#include "ocp-nvme.h"
#include "pump.h"
#include "vectors.h"

typedef struct OcpnIrqfd {
    PCIDevice    *pci;
    OcpnVectors   vectors;
    OcpnVector   *vector;
    EventNotifier *notifier;    /* by vector ... */
    bool         *made;         /* ... once it is there */
} OcpnIrqfd;

/* KVM reads the message from the table: it is there before anybody asks. */
static int route(void *o, unsigned v, OcpnMsg msg)
{
    OcpnIrqfd *f = o;
    KVMRouteChange c;
    int virq;

    if (!f->made[v] && event_notifier_init(&f->notifier[v], 0) < 0) {
        return -1;
    }
    f->made[v] = true;
    c = kvm_irqchip_begin_route_changes(kvm_state);
    virq = kvm_irqchip_add_msi_route(&c, v, f->pci);
    kvm_irqchip_commit_route_changes(&c);
    return virq;
}

static bool reroute(void *o, unsigned v, int virq, OcpnMsg msg)
{
    OcpnIrqfd *f = o;
    MSIMessage m = { .address = msg.addr, .data = msg.data };

    if (kvm_irqchip_update_msi_route(kvm_state, virq, m, f->pci) < 0) {
        return false;
    }
    kvm_irqchip_commit_routes(kvm_state);
    return true;
}

static void unroute(void *o, unsigned v, int virq)
{
    kvm_irqchip_release_virq(kvm_state, virq);
}

static bool connect_irqfd(void *o, unsigned v, int virq)
{
    OcpnIrqfd *f = o;

    return kvm_irqchip_add_irqfd_notifier_gsi(kvm_state, &f->notifier[v],
                                              NULL, virq) >= 0;
}

static void disconnect_irqfd(void *o, unsigned v, int virq)
{
    OcpnIrqfd *f = o;

    kvm_irqchip_remove_irqfd_notifier_gsi(kvm_state, &f->notifier[v], virq);
}

static bool take(void *o, unsigned v)
{
    OcpnIrqfd *f = o;

    return f->made[v] && event_notifier_test_and_clear(&f->notifier[v]);
}

static void notify(void *o, unsigned v)
{
    OcpnIrqfd *f = o;

    msix_notify(f->pci, v);
}

static const OcpnVectorOps ops = {
    .route = route,
    .reroute = reroute,
    .unroute = unroute,
    .connect = connect_irqfd,
    .disconnect = disconnect_irqfd,
    .take = take,
    .notify = notify,
};

static int unmasked(PCIDevice *pci, unsigned v, MSIMessage msg)
{
    ocpn_vector_unmask(&OCP_NVME(pci)->irqfd->vectors, v,
                       (OcpnMsg) { msg.address, msg.data });
    return 0;
}

static void masked(PCIDevice *pci, unsigned v)
{
    ocpn_vector_mask(&OCP_NVME(pci)->irqfd->vectors, v);
}

static void looked_at(PCIDevice *pci, unsigned first, unsigned end)
{
    ocpn_vectors_poll(&OCP_NVME(pci)->irqfd->vectors, first, end);
}

void ocpn_irqfd_init(OcpnDevice *d)
{
    OcpnIrqfd *f;

    if (!d->nctx || !kvm_enabled() || !kvm_msi_via_irqfd_enabled()) {
        return;
    }
    f = g_new0(OcpnIrqfd, 1);
    f->pci = PCI_DEVICE(d);
    f->vector = g_new0(OcpnVector, d->msix_qsize);
    f->notifier = g_new0(EventNotifier, d->msix_qsize);
    f->made = g_new0(bool, d->msix_qsize);
    ocpn_vectors_init(&f->vectors, f->vector, d->msix_qsize, &ops, f);
    d->irqfd = f;
    msix_set_vector_notifiers(f->pci, unmasked, masked, looked_at);
}

void ocpn_irqfd_exit(OcpnDevice *d)
{
    OcpnIrqfd *f = d->irqfd;

    if (!f) {
        return;
    }
    msix_unset_vector_notifiers(f->pci);
    ocpn_vectors_reset(&f->vectors);
    for (unsigned v = 0; v < d->msix_qsize; v++) {
        if (f->made[v]) {
            event_notifier_cleanup(&f->notifier[v]);
        }
    }
    g_free(f->vector);
    g_free(f->notifier);
    g_free(f->made);
    g_free(f);
    d->irqfd = NULL;
}

bool ocpn_irqfd_send(OcpnDevice *d, uint16_t vector)
{
    OcpnIrqfd *f = d->irqfd;

    return f && ocpn_vector_direct(&f->vectors, vector) &&
           event_notifier_set(&f->notifier[vector]) == 0;
}

void ocpn_irqfd_want(OcpnDevice *d, uint16_t vector)
{
    if (d->irqfd && vector) {
        ocpn_vector_want(&d->irqfd->vectors, vector);
    }
}

void ocpn_irqfd_settle(OcpnDevice *d)
{
    if (d->irqfd) {
        ocpn_vectors_poll(&d->irqfd->vectors, 0, d->msix_qsize);
    }
}

/* MSI-X is reset after the device, and does not say what it masks then. */
void ocpn_irqfd_reset(OcpnDevice *d)
{
    if (d->irqfd) {
        ocpn_vectors_reset(&d->irqfd->vectors);
    }
}
