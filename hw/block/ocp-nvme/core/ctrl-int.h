/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller's inside: for core/ only.
 *
 * Kinds of state (see core/ctrl.h): each field's kind stands beside it.
 */
#ifndef OCPN_CTRL_INT_H
#define OCPN_CTRL_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/notify.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/core/timer.h"
#include "armed-int.h"
#include "corrupt-int.h"
#include "fact-int.h"
#include "fault-int.h"
#include "firmware-int.h"
#include "format-int.h"
#include "health-int.h"
#include "inject-int.h"
#include "latency-int.h"
#include "ocp-event-int.h"
#include "pel-int.h"
#include "panic-int.h"
#include "plp-int.h"
#include "power-cut-int.h"
#include "power-int.h"
#include "qpair-int.h"
#include "self-test-int.h"
#include "record-int.h"
#include "sanitize-int.h"
#include "space-int.h"
#include "subsys-int.h"
#include "telemetry-int.h"
#include "unprotected-int.h"

/* Of the path of every command: a call costs it what the function does. */
#define OCPN_HOT    inline __attribute__((always_inline))

typedef enum OcpnState {
    OCPN_OFF,                   /* CC.EN = 0, no queue */
    OCPN_READY,
    OCPN_FAILED,                /* CSTS.CFS, no queue */
    OCPN_STOPPING,              /* reset under way */
} OcpnState;

typedef enum OcpnShutdown {
    OCPN_SHUT_NONE, OCPN_SHUT_BUSY, OCPN_SHUT_DONE,
} OcpnShutdown;

typedef struct OcpnRegs {
    uint32_t intms, cc, csts, aqa;
    uint64_t asq, acq;
} OcpnRegs;

/* An event that waits or was sent; (type, lid) is its key. */
#define OCPN_NEVENTS    32
typedef struct OcpnEvent {
    uint8_t type, info, lid;
    bool    pending;            /* to be sent */
    bool    masked;             /* sent, page not read */
    uint32_t order;             /* pending ones go out in this order */
} OcpnEvent;

/* notify.c: a ring of the newest entries, and the queue hosts read. */
typedef struct OcpnNotices {
    OcpnLock  lock;             /* of COUNT and RING; a leaf */
    _Atomic bool news;          /* main shall raise the event */
    uint64_t  count;            /* entries ever: Notification Count */
    OcssdChunkNotify ring[OCPN_NNOTICES];   /* by count */
    uint64_t  seen;             /* cold: count of the newest in ENTRY */
    uint64_t  noted;            /* cold: count the image has, or soon */
    uint32_t  n;                /* cold */
    OcssdChunkNotify entry[OCPN_NNOTICES];  /* cold; oldest first */
} OcpnNotices;

struct OcpnCtrl {
    OcpnConfig cfg;             /* frozen */
    OcpnPort   port;            /* frozen */
    OcpnSubsys subsys;

    OcpnRegs   regs;            /* cold */
    OcpnState  state;           /* cold */
    OcpnReset  reset_kind;      /* cold */
    OcpnShutdown shutdown;      /* cold */
    uint32_t   page_size;       /* frozen: CC.MPS in bytes */
    _Atomic bool msix;          /* MSI-X delivers, not the pin */
    _Atomic bool running;       /* fetching is allowed */
    _Atomic bool main_wanted;   /* kick_main is on its way */
    _Atomic bool halted;        /* shut down: nothing is fetched */
    uint8_t    shutdown_step;   /* cold: of shutdown.c */
    bool       marked_open;     /* cold: a controller has the image */
    bool       said_open;       /* cold: ... and the image says so */
    bool       cycle_counted;   /* cold: this power cycle is */
    bool       was_open;        /* frozen: the last one ended without CC.SHN */
    _Atomic bool fatal;         /* a ring is not RAM: CSTS.CFS */
    _Atomic bool bad_shadow;    /* a shadow doorbell was out of range */
    _Atomic bool pin_dirty;     /* posted without MSI-X */
    _Atomic uint64_t live;      /* bit q: CQ q + 1 runs (CQ 0: always) */

    OcpnSq    *sq[OCPN_MAX_QPAIRS + 1];     /* cold; index is the QID */
    OcpnCq    *cq[OCPN_MAX_QPAIRS + 1];
    /* Index is the NSID.  Active ones, main writes; and those of drives. */
    OcpnNs    *_Atomic ns[OCPN_MAX_NS + 1];
    OcpnNs    *root[OCPN_MAX_NS + 1];       /* frozen; see ocpn_ns_root() */
    OcpnSpace *space;           /* frozen; NULL: no Namespace Management */
    uint32_t   nformats;        /* cold: Format NVM commands that go on */

    _Atomic uint64_t dbs, eis;  /* shadow doorbells; 0: none */

    OcpnReq   *aer[OCPN_AERL + 1];          /* cold: outstanding AERs */
    uint32_t   naers;
    OcpnEvent  event[OCPN_NEVENTS];
    uint32_t   nevents, event_order;
    OcpnFeatureValue feature[OCPN_MAX_FEATURES];    /* cold */

    OcpnLock   error_lock;
    NvmeErrorEntry error[OCPN_NERRORS];     /* a ring, under error_lock */
    uint64_t   error_count;

    /* State pages that are made of cold state, ready for any thread. */
    OcpnLock   snap_lock;
    uint8_t  (*snap)[IMG_PAGE_PAYLOAD];     /* by page */

    uint64_t   past[OCPN_COUNT_N];          /* counters of earlier runs */
    OcpnShard  gone;            /* counters of deleted queues; cold */
    uint64_t   power_cycles, unsafe_shutdowns, power_on_past;
    uint64_t   power_on_ns;     /* port->now() at power on */
    uint64_t   timestamp_ms;    /* cold: Timestamp at timestamp_ns */
    uint64_t   timestamp_ns;    /* cold: port->now() */
    uint8_t    timestamp_origin;    /* cold: NVME_TIMESTAMP_ORIGIN_ */
    uint8_t    host_id[OCPN_HOST_ID];       /* cold */
    OcpnFacts  facts;                       /* cold */
    OcpnHealth health;                      /* cold */
    OcpnHot    hot;                         /* cold */
    OcpnArmed  armed;                       /* cold */
    OcpnLag    lag;                         /* cold */
    OcpnCapacitors capacitors;              /* cold */
    OcpnPower  power;
    OcpnFirmwares firmware;                 /* cold */
    OcpnSanitize sanitize;                  /* cold */
    uint8_t    opal;                        /* cold: OcpnOpal */
    OcpnPanic  panic;                       /* cold */
    OcpnUnprotected unprotected;
    OcpnPowerCut cut;
    OcpnInject inject;
    uint64_t   timer[OCPN_TIMER_N];         /* cold: ns; 0: not at all */
    _Atomic unsigned gates;     /* bit OcpnGate: closed */
    uint32_t   changed_ns;      /* cold: bit n: NSID n + 1, LID 04h */
    _Atomic uint32_t coalescing;            /* feature 08h */
    _Atomic uint64_t no_coalescing[OCPN_MAX_VECTORS / 64];  /* by vector */
    bool       no_cache;        /* cold: Volatile Write Cache, WCE is 0 */
    _Atomic bool cache_off;     /* writes go through: that, or PLP failed */

    _Atomic uint32_t open_chunks;           /* all namespaces: MAXOC */
    OcpnFaults faults;
    OcpnNotices notices;
    OcpnLatency latency;
    OcpnTelemetry telemetry;    /* cold */
    OcpnPel    pel;             /* cold */
    OcpnSelfTest self_test;     /* cold */
    OcpnOcpEvents ocp_events;   /* cold */
    OcpnFailures failures;
    OcpnCorrupt corrupt;        /* cold */
    OcpnRecord record;          /* cold */
    uint32_t   ahead;           /* cold: seconds, see OcpnPort.ahead() */
    uint32_t   main_pending;    /* cold: I/Os of a shutdown */
    OcpnReq   *formats;         /* cold: Format NVM commands that wait */
    OcpnFormatTime format;      /* cold */
    _Atomic uint32_t format_round;          /* see hold.c */
    OcpnReq   *_Atomic fused_new;           /* cmd-fused.c: by ready_next */
    OcpnReq   *fused;                       /* cold: they wait for others */
};

/* The controller that has the state of C's subsystem; C if it is alone. */
static inline OcpnCtrl *ocpn_subsys(const OcpnCtrl *c)
{
    return c->subsys.first;
}

/* counters.c: the owner of S starts IO. */
void ocpn_count_io(OcpnShard *s, const OcpnIo *io);

/* queue.c: all that follows in the owner's thread unless said otherwise */
OcpnSq *ocpn_sq_get(const OcpnCtrl *c, uint32_t qid);   /* main; NULL: none */
OcpnCq *ocpn_cq_get(const OcpnCtrl *c, uint32_t qid);
/* Main.  NULL: no memory. */
OcpnCq *ocpn_cq_create(OcpnCtrl *c, uint16_t id, uint64_t addr, uint32_t size,
                       uint16_t vector, bool ien);
/* The same in two steps: nobody runs a queue that is not started. */
OcpnCq *ocpn_cq_new(OcpnCtrl *c, uint16_t id, uint64_t addr, uint32_t size,
                    uint16_t vector, bool ien);
void ocpn_cq_start(OcpnCtrl *c, OcpnCq *cq);
OcpnSq *ocpn_sq_create(OcpnCtrl *c, uint16_t id, OcpnCq *cq, uint64_t addr,
                       uint32_t size);
void ocpn_sq_free(OcpnCtrl *c, OcpnSq *sq);             /* main, gone */
void ocpn_cq_stop(OcpnCtrl *c, OcpnCq *cq);             /* main, quiet */
void ocpn_cq_free(OcpnCtrl *c, OcpnCq *cq);             /* main, stopped */
/* Doorbell write: main. */
void ocpn_doorbell(OcpnCtrl *c, uint32_t off, uint32_t val);
/*
 * Main: let the device watch the doorbells that have a shadow now, and those
 * no longer that have none; all of them no longer if not ANY.
 */
void ocpn_doorbells_watch(OcpnCtrl *c, bool any);
void ocpn_cq_unwatch(OcpnCtrl *c, OcpnCq *cq);
/* Pin level after a CQ head or mask change: main. */
void ocpn_pin_update(OcpnCtrl *c);

/* A request nobody waits for any more (reset): its slot is free again. */
void ocpn_req_drop(OcpnCtrl *c, OcpnReq *r);

/* timer.c: main; what is due */
void ocpn_timers_run(OcpnCtrl *c);
void ocpn_timers_rearm(OcpnCtrl *c);        /* now() has jumped */
/* action.c: main; the clock is SECONDS ahead from now on, if it can be */
void ocpn_set_ahead(OcpnCtrl *c, uint32_t seconds);
/* shutdown.c: main */
void ocpn_shutdown_begin(OcpnCtrl *c);      /* write and flush everything */
void ocpn_shutdown_asked(OcpnCtrl *c);      /* CC.SHN was 0, and is not */
void ocpn_shutdown_run(OcpnCtrl *c);
/* The image still says that it is open: not all is in it. */
bool ocpn_shutdown_closes(const OcpnCtrl *c);
/* cmd-queue.c: deleted queues whose owner let go of them; main. */
void ocpn_deletions_run(OcpnCtrl *c);
/* cmd-ns.c: main; namespaces that shall go, and that nobody uses any more */
void ocpn_ns_gone_run(OcpnCtrl *c);
/* feature.c: main; NS is attached: the values of a reset */
void ocpn_features_attach(OcpnCtrl *c, OcpnNs *ns);
/* ... its values in force into effect */
void ocpn_features_apply_ns(OcpnCtrl *c, OcpnNs *ns);
/* cmd-fused.c: main; go on with pairs that nobody disturbs any more */
void ocpn_fused_run(OcpnCtrl *c);
/* notify.c: main; tell the host, and the image, of what was added */
void ocpn_notices_run(OcpnCtrl *c);
/* Notification Count, from and to the image. */
uint64_t ocpn_notices_count(OcpnCtrl *c);
void ocpn_notices_set_count(OcpnCtrl *c, uint64_t count);

/*
 * wear.c: any thread.  The wear-level index of CHUNK is NOW, and was WAS: the
 * average follows, and the host is told if the chunk left the band around it.
 */
void ocpn_wear_changed(OcpnNs *ns, uint32_t chunk, uint8_t was, uint8_t now);

/* The same of all chunks of the drive; main. */
OcpnWear ocpn_wear(OcpnCtrl *c);

/* store.c: begin a round for those who joined in a run of their queue. */
void ocpn_store_commit(OcpnStore *s);

/* pool.c: pools of R's completion queue.  NULL: none now. */
OcpnIo *ocpn_io_get(OcpnCq *cq);
void ocpn_io_put(OcpnCq *cq, OcpnIo *io);
/* The same right after ocpn_io_get(): nothing has changed. */
void ocpn_io_unget(OcpnCq *cq, OcpnIo *io);
bool ocpn_big_get(OcpnCtrl *c, OcpnReq *r);
bool ocpn_vec_get(OcpnCtrl *c, OcpnReq *r);
void ocpn_req_release(OcpnCtrl *c, OcpnReq *r);     /* all R holds */
void ocpn_scratch_put(OcpnReq *r);          /* its scratch buffer and I/O */
bool ocpn_pools_init(OcpnCtrl *c, OcpnPools *p, uint32_t nios);
void ocpn_pools_destroy(OcpnCtrl *c, OcpnPools *p);

/* regs.c */
uint64_t ocpn_reg_cap(const OcpnCtrl *c);
uint32_t ocpn_reg_version(const OcpnCtrl *c);

/* feature.c: main; whether writes go through has changed */
void ocpn_write_through_update(OcpnCtrl *c);
/* The row in force, whether this controller has the feature or not. */
const OcpnFeature *ocpn_feature_row_of(const OcpnCtrl *c, uint8_t fid,
                                       OcpnUuid uuid, unsigned *index);
/* feature.c: main; every value in force into effect */
void ocpn_features_apply(OcpnCtrl *c);
/* fault.c: main; a rule with what it has counted.  False: ERR says why. */
bool ocpn_fault_restore(OcpnCtrl *c, const OcpnFault *fault, OcpnError *err);

/* ctrl.c: main */
void ocpn_ctrl_set_cc(OcpnCtrl *c, uint32_t cc);
void ocpn_want_main(OcpnCtrl *c);       /* any thread: kick_main, once */
void ocpn_kick_all(OcpnCtrl *c);        /* any thread: run every queue */

/* chunks.c: hot; see there */
bool ocpn_chunks_init(OcpnNs *ns, OcpnError *err);
void ocpn_chunks_destroy(OcpnNs *ns);
void ocpn_chunks_forget(OcpnNs *ns);        /* as after _init() */
/* Chunk table entries from and to page INDEX. */
bool ocpn_chunks_load(OcpnNs *ns, uint32_t index, const ImgPage *p,
                      OcpnError *err);
void ocpn_chunks_store(OcpnNs *ns, uint32_t index, ImgPage *p);
/* chunks-set.c: main; the maps of chunks whose new states are in the image */
void ocpn_chunks_set_run(OcpnCtrl *c);
/* chunks-power.c: after the last namespace was added; main. */
void ocpn_chunks_power_on(OcpnCtrl *c);
/*
 * Power is gone: Open chunks of NS become what LOSS says, and lose the writes
 * that HOW says.  True: there was one of these.  Main, no queue.
 */
bool ocpn_chunks_lose(OcpnNs *ns, OcpnPowerLoss loss, const OcpnCutHow *how);

/*
 * block-map.c: the same for pages of block maps, which are loaded after the
 * chunk table.
 */
bool ocpn_maps_init(OcpnNs *ns, OcpnError *err);
void ocpn_maps_destroy(OcpnNs *ns);
void ocpn_maps_forget(OcpnNs *ns);
bool ocpn_maps_load(OcpnNs *ns, uint32_t index, const ImgPage *p,
                    OcpnError *err);
void ocpn_maps_store(OcpnNs *ns, uint32_t index, ImgPage *p);

/* store-load.c: all pages anew; nothing is dirty then.  Main, no queue. */
bool ocpn_store_reload(OcpnStore *s, const OcpnDisk *disk, OcpnError *err);

/* ns.c: what NSID is, or would be if it were allocated; NULL: it cannot be. */
OcpnNs *ocpn_ns_slot(const OcpnCtrl *c, uint32_t nsid);
/* ns.c: NN of Identify Controller, the highest valid NSID. */
uint32_t ocpn_ns_highest(const OcpnCtrl *c);
/*
 * ns.c: refuse R, whose NSID names no active namespace.  Any thread.
 * Implements: NVMe Base 2.0, "NSID and Namespace Relationships"; OCSSD hosts
 * expect one status for both.
 */
OcpnFlow ocpn_ns_refuse(OcpnCtrl *c, OcpnReq *r);

/* A host transfer of BYTES is within MDTS. */
static inline bool ocpn_mdts_ok(const OcpnCtrl *c, uint64_t bytes)
{
    return bytes <= UINT64_C(4096) << c->cfg.mdts;
}

/* Namespace NSID without a call, where commands come by. */
static inline OcpnNs *ocpn_ns_quick(const OcpnCtrl *c, uint32_t nsid)
{
    return nsid <= OCPN_MAX_NS
           ? atomic_load_explicit(&c->ns[nsid], memory_order_acquire) : NULL;
}

static inline OcpnCq *ocpn_req_cq(const OcpnReq *r)
{
    return r->sq->cq;
}

/* For traces: the queue and the command. */
static inline uint64_t ocpn_req_id(const OcpnReq *r)
{
    return (uint64_t)r->sq->id << 16 | from_le16(r->cmd.cid);
}

/* Does anybody want to know?  What a trace needs may cost something. */
static inline bool ocpn_tracing(const OcpnCtrl *c)
{
    return !c->port.tracing || *c->port.tracing;
}

static inline void ocpn_trace(const OcpnCtrl *c, OcpnTrace e, uint64_t a,
                              uint64_t b)
{
    if (ocpn_tracing(c)) {
        c->port.trace(c->port.opaque, e, a, b);
    }
}

#endif
