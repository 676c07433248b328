/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pump.c, doorbell.c and irqfd.c share. */
#ifndef OCPN_PUMP_H
#define OCPN_PUMP_H

#include "qemu/event_notifier.h"

#include "ocp-nvme.h"

/* A completion queue's place to run; exists as long as the device. */
typedef struct OcpnPump {
    OcpnDevice *d;
    OcpnLane   *lane;           /* its thread's: the owner's */
    AioContext *ctx;
    QEMUBH     *bh;
    QEMUTimer   timer;          /* wake_cq() */
    QemuMutex   lock;           /* held while the queue runs */
    bool        started;        /* under lock */
    bool        running;        /* ocpn_pump_run() is on the stack; owner's */
    bool        ended;          /* something ended while it ran; owner's */
    uint16_t    cqid;

    /* doorbell.c; the owner's unless said otherwise */
    EventNotifier look;         /* any thread may set it */
    EventNotifier pause;        /* while it is watched nothing is polled */
    bool        has_look;       /* both are there; under lock */
    bool        looking;        /* it is watched; others read */
    bool        polled;         /* the event loop polls; others read */
    bool        told;           /* what the core knows of that; under lock */
    bool        again;          /* the last run left something */
    bool        pausing;        /* polling shall pause, until LOOK is seen */
    unsigned    nruns;          /* since it last did */
    unsigned    nwatched;       /* doorbells that set it; main's */
} OcpnPump;

/* pump.c.  The owner: run P's queue now. */
void ocpn_pump_run(OcpnPump *p);

/* doorbell.c: ioeventfd, and looking at queues before anybody rings */
/* Main, locked: the queue starts.  Main: the device goes, no queue runs. */
void ocpn_doorbell_start(OcpnPump *p);
void ocpn_doorbell_exit(OcpnPump *p);
/* Owner, locked: before each run. */
void ocpn_doorbell_arrange(OcpnPump *p);
/* Owner: run P again when others of the thread had their turn. */
void ocpn_doorbell_again(OcpnPump *p);
/* Any thread, with each kick: P's thread may poll for the next. */
void ocpn_doorbell_kicked(OcpnPump *p);
/* Main: no doorbell only says "look" any more. */
void ocpn_doorbell_unwatch_all(OcpnDevice *d);

/* irqfd.c: interrupts of IOThreads under KVM; main unless said otherwise */
void ocpn_irqfd_init(OcpnDevice *d);
void ocpn_irqfd_exit(OcpnDevice *d);
/* Any thread.  False: hand it over to main. */
bool ocpn_irqfd_send(OcpnDevice *d, uint16_t vector);
/* An interrupt was handed over: the next ones need not be. */
void ocpn_irqfd_want(OcpnDevice *d, uint16_t vector);
/* Nothing runs: what is pending is to be saved. */
void ocpn_irqfd_settle(OcpnDevice *d);
/* MSI-X is about to be reset. */
void ocpn_irqfd_reset(OcpnDevice *d);

#endif
