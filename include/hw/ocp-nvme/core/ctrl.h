/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller, as the device around it and the log pages see it.
 * NVMe Base 2.0, "Memory-Based Controller".
 *
 * Life: ocpn_ctrl_new(), ocpn_ns_add() for each namespace, then registers and
 * runs; ocpn_ctrl_reset() and waiting for ocpn_ctrl_quiet() before
 * ocpn_ctrl_free().  All of it in main unless said otherwise.
 *
 * The four kinds of state (docs/architecture.rst): "queue" belongs to the
 * owner of a completion queue; "frozen" does not change between enable and
 * reset; "hot" is under the lock of its parallel unit; "cold" is main's.
 */
#ifndef HW_OCP_NVME_CORE_CTRL_H
#define HW_OCP_NVME_CORE_CTRL_H

#include "hw/ocp-nvme/core/image.h"
#include "hw/ocp-nvme/core/ocp.h"
#include "hw/ocp-nvme/core/port.h"

#define OCPN_MAX_NS         32u     /* NSIDs 1..32 */
#define OCPN_MAX_QPAIRS     64u
#define OCPN_MAX_VECTORS    2048u   /* MSI-X: all a function can have */
#define OCPN_MAX_MDTS       10u     /* 4 MiB */
#define OCPN_NERRORS        63u     /* error log entries */
#define OCPN_AERL           7u      /* outstanding events, 0's based */
#define OCPN_ACL            3u      /* Abort limit, 0's based */

typedef struct OcpnCtrl OcpnCtrl;
typedef struct OcpnNs OcpnNs;

/* What the user asked for.  Frozen. */
typedef struct OcpnConfig {
    char     serial[21];        /* ASCII, 1..20 characters */
    char     firmware[9];       /* ASCII, 1..8 characters */
    uint16_t vid, ssvid;
    uint8_t  mdts;              /* 1..OCPN_MAX_MDTS, 2^n * 4 KiB */
    uint16_t max_ioqpairs;      /* 1..OCPN_MAX_QPAIRS */
    uint16_t mqes;              /* largest queue, 0's based, 1..65535 */
    uint16_t nvectors;          /* MSI-X vectors */
    bool     sync_flush;        /* state-sync=flush: tables may lag */
    bool     discard;           /* give the space of reset chunks back */
    bool     dbbuf;             /* offer Doorbell Buffer Config */
    bool     exact_nn;          /* NN is the highest NSID that is in use */
    size_t   io_size;           /* bytes of an I/O, OcpnIo first */
    OcpnOcpConfig ocp;
} OcpnConfig;

/* Any thread. */
const OcpnConfig *ocpn_ctrl_config(const OcpnCtrl *c);
const OcpnPort *ocpn_ctrl_port(const OcpnCtrl *c);

/* NULL: no memory.  CFG and PORT are copied. */
OcpnCtrl *ocpn_ctrl_new(const OcpnConfig *cfg, const OcpnPort *port);
/* Only when ocpn_ctrl_quiet(). */
void ocpn_ctrl_free(OcpnCtrl *c);
/*
 * After the last namespace was added: saved features come into force.  The
 * power cycle counts when a host first enables the controller.
 */
void ocpn_ctrl_power_on(OcpnCtrl *c);

/* BAR0.  SIZE is 4 or 8, OFF a multiple of 4. */
uint64_t ocpn_reg_read(OcpnCtrl *c, uint32_t off, unsigned size);
void ocpn_reg_write(OcpnCtrl *c, uint32_t off, uint64_t val, unsigned size);

/*
 * Run completion queue CQID and its submission queues.  Its owner's thread.
 * True: there is more to do, call again soon.
 */
bool ocpn_cq_run(OcpnCtrl *c, uint16_t cqid);

/*
 * Post what has ended since the last run, and fetch nothing.  Its owner's
 * thread.  True: that is not all there is to do, run the queue soon.
 */
bool ocpn_cq_end(OcpnCtrl *c, uint16_t cqid);

/*
 * Is there something to fetch, or again room for completions, that nobody has
 * kicked for?  Cheap: for loops that wait.  Its owner's thread.
 */
bool ocpn_cq_poll(OcpnCtrl *c, uint16_t cqid);

/*
 * POLLED: somebody calls ocpn_cq_poll() again and again, so the host need not
 * ring doorbells that have a shadow.  Else it is asked to ring from the next
 * entry on; true: there are entries already, run the queue.  Owner's thread.
 */
bool ocpn_cq_set_polled(OcpnCtrl *c, uint16_t cqid, bool polled);

/* Run what belongs to main: resets, shutdown, events, queue deletion. */
void ocpn_main_run(OcpnCtrl *c);

typedef enum OcpnReset {
    OCPN_RESET_CONTROLLER,      /* CC.EN = 0 */
    OCPN_RESET_FUNCTION,        /* FLR: the registers, too */
    OCPN_RESET_SUBSYSTEM,       /* NSSR, and the registers with it */
    OCPN_RESET_COLD,            /* system reset */
} OcpnReset;

/*
 * Begin a reset.  It goes on in ocpn_main_run() and ocpn_cq_run(); when
 * ocpn_ctrl_quiet() it is done.  Of a controller that is not enabled it is done
 * at once, and a shutdown goes on.  Idempotent.
 */
void ocpn_ctrl_reset(OcpnCtrl *c, OcpnReset kind);
/* No queue exists, nothing is in flight, no reset or shutdown goes on. */
bool ocpn_ctrl_quiet(const OcpnCtrl *c);
/*
 * Write counters and everything dirty, and flush; then quiet.  The image
 * counts as closed only if the host had announced it (CC.SHN).
 */
void ocpn_ctrl_close(OcpnCtrl *c);

/*
 * False: the bus may not be mastered or the function sleeps; nothing is
 * fetched until true again.
 */
void ocpn_ctrl_set_running(OcpnCtrl *c, bool running);

/* Does interrupt delivery use the pin?  The device says when it changes. */
void ocpn_ctrl_set_msix(OcpnCtrl *c, bool enabled);

/* Namespaces: see ns.h.  NULL: NSID is not an active namespace.  Any. */
OcpnNs *ocpn_ns_get(const OcpnCtrl *c, uint32_t nsid);

/* The first of the controller's namespaces with MODE, or NULL. */
OcpnNs *ocpn_ns_first(const OcpnCtrl *c, uint8_t mode);

#endif
