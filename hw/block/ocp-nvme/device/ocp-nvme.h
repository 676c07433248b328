/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device: everything of QEMU that the core needs.  Private to device/.
 *
 * Threads: "main" is whoever holds the big lock.  A completion queue belongs
 * to one AioContext, queue 0 to the main loop's; all else is main's unless it
 * says otherwise.
 */
#ifndef OCPN_OCP_NVME_H
#define OCPN_OCP_NVME_H

#include "block/aio.h"
#include "hw/block/block.h"
#include "hw/pci/pci_device.h"
#include "hw/qdev-core.h"
#include "qapi/qapi-types-common.h"
#include "qapi/qapi-types-virtio.h"
#include "qemu/notify.h"
#include "qemu/thread.h"
#include "qemu/timer.h"
#include "qom/object.h"
#include "system/hostmem.h"
#include "system/iothread.h"
#include "system/runstate.h"

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/subsys.h"

#include "ocp.h"

#define TYPE_OCP_NVME       "ocp-nvme"
#define TYPE_OCP_NVME_BUS   "ocp-nvme-bus"
#define TYPE_OCP_NVME_NS    "ocp-nvme-ns"

OBJECT_DECLARE_SIMPLE_TYPE(OcpnDevice, OCP_NVME)
OBJECT_DECLARE_SIMPLE_TYPE(OcpnNsDevice, OCP_NVME_NS)

#define OCPN_MAX_VECTORS    2048u

/* Numbers of an image that properties can name; -1: as in the image. */
typedef enum OcpnShape {
    OCPN_SHAPE_NUM_GRP,
    OCPN_SHAPE_NUM_PU,
    OCPN_SHAPE_NUM_CHK,
    OCPN_SHAPE_CLBA,
    OCPN_SHAPE_WS_MIN,
    OCPN_SHAPE_WS_OPT,
    OCPN_SHAPE_MW_CUNITS,
    OCPN_SHAPE_MAXOC,
    OCPN_SHAPE_MAXOCPU,
    OCPN_SHAPE_PE_CYCLES,
    OCPN_SHAPE_WIT,
    OCPN_SHAPE_NGEOMETRY,
    OCPN_SHAPE_LBA_SIZE = OCPN_SHAPE_NGEOMETRY,
    OCPN_SHAPE_MS,
    OCPN_NSHAPES
} OcpnShape;

typedef struct OcpnShapeRow {
    const char *name;           /* of the property */
    size_t      offset;         /* in OcpnGeometry */
    const char *help;
} OcpnShapeRow;
extern const OcpnShapeRow ocpn_shapes[OCPN_NSHAPES];       /* props.c */

typedef struct OcpnDevice OcpnDevice;
typedef struct OcpnDrive OcpnDrive;

typedef struct OcpnPlug OcpnPlug;
typedef struct OcpnRam OcpnRam;

/*
 * A thread that runs queues, and what only it touches: lane[0] is the main
 * loop's, the others are those of the iothread properties, each once.
 */
typedef struct OcpnLane {
    OcpnDevice *d;
    AioContext *ctx;
    OcpnRam    *ram;            /* ram.c: guest RAM as this thread knows it */
    QEMUBH     *ram_bh;
    OcpnPlug   *plug;           /* block-plug.c: not submitted yet */
} OcpnLane;

/* What a namespace is kept on.  block.c: the block layer; memory.c: RAM. */
typedef struct OcpnMedium {
    /* Main.  Get hold of it; ERRP says what is wrong with it. */
    bool (*open)(OcpnDrive *dr, Error **errp);
    /* Main.  Let go of it; after open() only, and no namespace is left. */
    void (*close)(OcpnDrive *dr);
    /* Main.  Its bytes, for what happens before queues run. */
    OcpnDisk (*disk)(const OcpnDrive *dr);
    /* Main.  Does every byte read as zero?  ERRP says where it does not. */
    bool (*blank)(const OcpnDrive *dr, const OcpnDisk *disk, Error **errp);
    /* Main.  What completes may be lost until a flush. */
    bool (*caches)(const OcpnDrive *dr);
    /* How people call it: an ID or a node name. */
    const char *(*name)(const OcpnDrive *dr);
    /* Main.  The device has it, as namespace DR->nsid. */
    bool (*attach)(OcpnDevice *d, OcpnDrive *dr, Error **errp);
    /* Main.  Nothing is in flight any more, and the device goes. */
    void (*detach)(OcpnDrive *dr);
    /* Any lane's thread: start IO (port.h).  LANE is the caller's. */
    void (*start)(OcpnLane *lane, OcpnDrive *dr, OcpnIo *io);
    /* Main.  Wait for what is in flight. */
    void (*drain)(OcpnDrive *dr);
    /* Any thread.  False: it is another QEMU's. */
    bool (*writable)(const OcpnDrive *dr);
    /*
     * Main.  Optional: the block layer does this by itself.  The VM's state
     * is saved, so it may run elsewhere; it is about to run here: the tables
     * are read anew.
     */
    void (*hand_over)(OcpnDrive *dr);
    bool (*take)(OcpnDrive *dr, Error **errp);
} OcpnMedium;
extern const OcpnMedium ocpn_block_medium, ocpn_memory_medium;

/* A namespace's drive: properties, then what opening it found. */
struct OcpnDrive {
    BlockConf conf;
    HostMemoryBackend *memdev;  /* instead of conf.blk */
    const OcpnMedium *medium;
    char     *mode;
    bool      auto_format;
    int64_t   shape[OCPN_NSHAPES];
    OnOffAuto extended;
    char     *profile;
    uint8_t   dlfeat;           /* 0: as the profile says */
    bool      copy;
    OnOffAuto multi_reset, early_reset, wp_absolute, ws_min_check, dsm_strict;
    char     *window_read, *closed_write_status, *power_loss;
    char     *ocssd_version;
    uint64_t  eui64;
    char     *fault;            /* rules to begin with */

    GHashTable *kept;           /* null.c: of a drive that keeps nothing */
    struct OcpnMemory *memory;  /* memory.c */
    OcpnImage image;
    OcpnCtrl *core;             /* once it is namespace NSID of it */
    uint32_t  nsid;
    OcpnDevice *device;         /* drained.c */
    bool      drained;
    bool      draining;         /* by us, to wait for what is in flight */
    bool      held_back;        /* by others; all threads read it */
};

struct OcpnDevice {
    PCIDevice parent_obj;
    BusState  bus;
    MemoryRegion bar0, regs;

    /* properties */
    OcpnDrive drive;            /* of NSID 1 */
    char     *subsys;           /* NULL: a first controller */
    char     *serial;
    char     *state_sync;
    char     *pci_id;
    uint32_t  vendor_id, device_id;
    uint32_t  max_ioqpairs;
    uint16_t  mqes, msix_qsize;
    uint8_t   mdts;
    OcpnOcpProps ocp;
    bool      dbbuf, ioeventfd;
    IOThread *iothread;
    IOThreadVirtQueueMappingList *iothread_map;

    OcpnDevice *first;          /* of the subsystem; NULL: this one */
    OcpnDevice *further[OCPN_MAX_CTRLS];    /* of a first one: by CNTLID */
    Error    *blocker;          /* why FIRST cannot be unplugged */
    OcpnCtrl *core;
    OcpnDrive *drives[OCPN_MAX_NS + 1];     /* index is the NSID */
    const char *id;             /* for traces */
    bool      powered_on;
    bool      bus_running;      /* bus master, and D0 */
    bool      vm_running;
    unsigned  drained;          /* drives in a drained section */
    bool      running;          /* all of it: the core may fetch */
    bool      resetting;        /* main waits until all is quiet; others read */
    bool      msix;
    bool      reload;           /* images changed, and are not read yet */
    bool      arrived;          /* by a migration, and has not run since */

    uint8_t  *saved;            /* the core's state, while it travels */
    uint32_t  saved_len;

    AioContext **ctx;           /* of I/O queues, in turn */
    Object   **thread;          /* the IOThreads, referenced */
    unsigned  nctx;
    OcpnLane *lane;             /* each thread once; the first is main's */
    struct OcpnRanges *ranges;  /* ram.c */
    unsigned  nlanes;
    struct OcpnPump *pump;      /* index is the CQ's identifier */
    uint16_t  watched[2 * (OCPN_MAX_QPAIRS + 1)];   /* doorbells: the CQ */
    struct OcpnIrqfd *irqfd;    /* NULL: there is none */
    QEMUBH   *main_bh;
    QEMUBH   *irq_bh;
    unsigned long *irq_pending; /* vectors; any thread sets, irq_bh clears */
    QEMUTimer *timer;
    uint64_t  ahead;            /* ns, atomic: of the guest's clock */

    uint8_t  *sink;             /* what hosts throw away goes here */
    size_t    sink_len;
    QemuMutex held_lock;
    struct OcpnMedia *held;     /* I/Os that wait for "cont"; held_lock */

    VMChangeStateEntry *vm_change;
    QEMUBH   *stop_bh;
    Notifier  machine_done, shutdown;
};

/* A further namespace, a device on the controller's bus. */
struct OcpnNsDevice {
    DeviceState parent_obj;
    OcpnDrive drive;
    uint32_t  nsid;
};

/* drive.c: open and check a drive; ERRP says what is wrong with it. */
bool ocpn_drive_open(OcpnDrive *dr, Error **errp);
/* Make it namespace NSID of D. */
bool ocpn_drive_add(OcpnDevice *d, OcpnDrive *dr, uint32_t nsid, Error **errp);
/* Back to the main loop, before D goes. */
void ocpn_drive_release(OcpnDrive *dr);
/* Something else may have filled its image since: see ocpn_ns_adopt(). */
void ocpn_drive_adopt(OcpnDrive *dr);
/* Its image was changed: read it anew. */
bool ocpn_drive_reload(OcpnDrive *dr, OcpnError *err);
/* False: it was handed over to another QEMU, or not to this one yet. */
bool ocpn_drive_writable(const OcpnDrive *dr);
/* How people call it: its -drive or its node. */
const char *ocpn_drive_name(const OcpnDrive *dr);
OcpnDisk ocpn_drive_disk(const OcpnDrive *dr);

/* Let go of what ocpn_drive_open() holds, if anything. */
void ocpn_drive_close(OcpnDrive *dr);

/* format.c: auto-format=on.  The drive is blank, as far as its start says. */
bool ocpn_drive_format(OcpnDrive *dr, const OcpnDisk *disk, Error **errp);

/* null.c: is BS a drive that keeps nothing?  Then a table that does, ... */
bool ocpn_null_is(BlockDriverState *bs);
GHashTable *ocpn_null_new(void);
/* ... as a disk. */
OcpnDisk ocpn_null_disk(GHashTable *kept, uint64_t size);

/* props.c */
extern const char *const ocpn_mode_names[];     /* by enum ImgMode */
void ocpn_props_add(ObjectClass *oc, bool controller);
bool ocpn_props_check(const OcpnDevice *d, Error **errp);
bool ocpn_props_check_drive(const OcpnDrive *dr, Error **errp);
/* Do the properties agree with the image? */
bool ocpn_props_match(const OcpnDrive *dr, Error **errp);
/* Are the geometry properties for an image of IM's mode? */
bool ocpn_props_match_mode(const OcpnDrive *dr, const OcpnImage *im,
                           Error **errp);
/* The mode a property asks for, 0: none. */
uint8_t ocpn_props_mode(const OcpnDrive *dr);

/* profile.c: what the namespace of DR shall be like. */
bool ocpn_profile_config(const OcpnDrive *dr, OcpnNsConfig *cfg, Error **errp);
/* Does DR's host want to see no NSIDs but those in use? */
bool ocpn_profile_exact_nn(const OcpnDrive *dr);

/* qmp.c: fault, notify and set-chunks; then the rules of -device. */
void ocpn_qmp_add(ObjectClass *oc);
bool ocpn_qmp_start(OcpnDrive *dr, Error **errp);

/* pci.c */
bool ocpn_pci_init(OcpnDevice *d, Error **errp);
void ocpn_pci_exit(OcpnDevice *d);
void ocpn_pci_write_config(PCIDevice *pci, uint32_t addr, uint32_t val,
                           int len);
/* The configuration space changed. */
void ocpn_pci_config_changed(OcpnDevice *d);
/* Is the reset that is under way a function level reset? */
bool ocpn_pci_in_flr(const OcpnDevice *d);
/* After a reset: no bus master, no MSI-X. */
void ocpn_pci_was_reset(OcpnDevice *d);
/* The bus or the VM changed: may the core fetch? */
void ocpn_pci_update_running(OcpnDevice *d);

/* mmio.c */
extern const MemoryRegionOps ocpn_mmio_ops;

/* doorbell.c: OcpnPort's doorbell. */
void ocpn_doorbell_watch(void *opaque, uint16_t cqid, uint32_t off, bool on);

/* drained.c: no queue fetches while DR's block backend is drained; main. */
void ocpn_drained_watch(OcpnDevice *d, OcpnDrive *dr);
void ocpn_drained_unwatch(OcpnDrive *dr);

/* threads.c: the AioContexts of I/O queues, from the iothread properties. */
bool ocpn_threads_init(OcpnDevice *d, Error **errp);
void ocpn_threads_exit(OcpnDevice *d);
OcpnLane *ocpn_threads_of(const OcpnDevice *d, uint16_t cqid);
/* The lane of the thread that asks; main's for any that holds the big lock. */
OcpnLane *ocpn_lane(OcpnDevice *d);

/*
 * ram.c: guest RAM at host addresses.  A table of them belongs to a lane, and
 * is used in its thread only.
 */
void ocpn_ram_init(OcpnDevice *d);
/* No I/O is in flight any more. */
void ocpn_ram_exit(OcpnDevice *d);
/* LANE's table as it is now; it stays until ocpn_ram_put(). */
OcpnRam *ocpn_ram_get(OcpnLane *lane);
void ocpn_ram_put(OcpnRam *ram);
/*
 * The host address of guest address ADDR.  NULL: not in a range of plain RAM;
 * else *LEN bytes, at most as many as asked for, lie there in a row.
 */
void *ocpn_ram_at(OcpnRam *ram, uint64_t addr, uint64_t *len);
/* LEN bytes from ADDR, all of them in ranges, were written. */
void ocpn_ram_wrote(OcpnRam *ram, uint64_t addr, uint64_t len);

/* pump.c */
void ocpn_pump_init(OcpnDevice *d);
void ocpn_pump_exit(OcpnDevice *d);
/* Run the event loop until ocpn_ctrl_quiet(); the other resets the core. */
void ocpn_pump_wait_quiet(OcpnDevice *d);
void ocpn_pump_reset(OcpnDevice *d, OcpnReset kind);
/* Main: no queue runs between the two. */
void ocpn_pump_lock(OcpnDevice *d);
void ocpn_pump_unlock(OcpnDevice *d);
/* ocpn_ctrl_settled(), and no interrupt is on its way. */
bool ocpn_pump_settled(OcpnDevice *d);
/* Run the event loop until that, or until an I/O is held. */
void ocpn_pump_wait_settled(OcpnDevice *d);
/*
 * OcpnPort's kick, kick_main: any thread; irq, wake_cq: the owner; the others:
 * main.
 */
void ocpn_pump_kick(void *opaque, uint16_t cqid);
void ocpn_pump_wake_cq(void *opaque, uint16_t cqid, uint64_t ns);
void ocpn_pump_ended(void *opaque, uint16_t cqid);
void ocpn_pump_kick_main(void *opaque);
void ocpn_pump_irq(void *opaque, uint16_t vector);
void ocpn_pump_pin(void *opaque, bool level);
void ocpn_pump_cq_start(void *opaque, uint16_t cqid);
void ocpn_pump_cq_stop(void *opaque, uint16_t cqid);

/* ram.c: OcpnPort's read and write.  Any owner thread. */
bool ocpn_dma_read(void *opaque, uint64_t addr, void *buf, size_t len);
bool ocpn_dma_write(void *opaque, uint64_t addr, const void *buf, size_t len);

/* media.c: OcpnPort's media, any owner thread; the others in main. */
void ocpn_media_start(void *opaque, OcpnIo *io);
size_t ocpn_media_size(void);
void ocpn_media_init(OcpnDevice *d);
void ocpn_media_exit(OcpnDevice *d);
/* OcpnPort's soon; worth it if a namespace is kept on a mapping. */
void ocpn_media_soon(void *opaque, uint32_t nsid, uint64_t offset);
/* memory.c: OFFSET of DR, if that is a mapping, is about to be read. */
void ocpn_memory_soon(const OcpnDrive *dr, uint64_t offset);
/* block*.c: a lane begins and ends. */
void ocpn_block_lane_init(OcpnLane *lane);
void ocpn_block_lane_exit(OcpnLane *lane);
/*
 * The caller's thread is about to run a queue, and has run it: what is started
 * between the two is submitted together, in groups.
 */
void ocpn_block_plug(OcpnLane *lane);
void ocpn_block_unplug(OcpnLane *lane);
void ocpn_block_start(OcpnLane *lane, OcpnDrive *dr, OcpnIo *io);
size_t ocpn_block_size(void);
/* I/Os that stopped the VM (rerror, werror): again, or give up. */
void ocpn_media_retry_held(OcpnDevice *d);
void ocpn_media_fail_held(OcpnDevice *d);
bool ocpn_media_any_held(OcpnDevice *d);

/* clock.c: OcpnPort's now, wake_at, ahead. */
void ocpn_clock_init(OcpnDevice *d);
void ocpn_clock_exit(OcpnDevice *d);
uint64_t ocpn_clock_now(void *opaque);
void ocpn_clock_wake_at(void *opaque, uint64_t ns);
void ocpn_clock_ahead(void *opaque, uint64_t ns);
/* Time NS of now() on QEMU's clock.  Any thread. */
int64_t ocpn_clock_guest(const OcpnDevice *d, uint64_t ns);

/* trace.c: OcpnPort's trace. */
void ocpn_trace_event(void *opaque, OcpnTrace event, uint64_t a, uint64_t b);

/* vmstate.c */
extern const VMStateDescription ocpn_vmstate;
/* Before and after the device watches the VM start and stop. */
void ocpn_vmstate_init(OcpnDevice *d);
void ocpn_vmstate_exit(OcpnDevice *d);
/* The VM stops: everything goes on to where it can be saved. */
void ocpn_vmstate_stopped(OcpnDevice *d);
/*
 * It runs, as vm_running says: read images that a migration has brought.  An
 * image that is another QEMU's stops the VM, and nothing is fetched.
 */
void ocpn_vmstate_running(OcpnDevice *d);
/* Are all images this QEMU's, and read? */
bool ocpn_vmstate_owns_images(const OcpnDevice *d);

#endif
