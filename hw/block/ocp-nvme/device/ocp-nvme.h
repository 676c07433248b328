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
#include "system/iothread.h"
#include "system/runstate.h"

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/ns.h"

#define TYPE_OCP_NVME       "ocp-nvme"
#define TYPE_OCP_NVME_BUS   "ocp-nvme-bus"
#define TYPE_OCP_NVME_NS    "ocp-nvme-ns"

OBJECT_DECLARE_SIMPLE_TYPE(OcpnDevice, OCP_NVME)
OBJECT_DECLARE_SIMPLE_TYPE(OcpnNsDevice, OCP_NVME_NS)

#define OCPN_MAX_VECTORS    2048u

/* Numbers of an image that properties can name; -1: as in the image. */
typedef enum OcpnFact {
    OCPN_FACT_NUM_GRP,
    OCPN_FACT_NUM_PU,
    OCPN_FACT_NUM_CHK,
    OCPN_FACT_CLBA,
    OCPN_FACT_WS_MIN,
    OCPN_FACT_WS_OPT,
    OCPN_FACT_MW_CUNITS,
    OCPN_FACT_MAXOC,
    OCPN_FACT_MAXOCPU,
    OCPN_FACT_PE_CYCLES,
    OCPN_FACT_WIT,
    OCPN_FACT_NGEOMETRY,
    OCPN_FACT_LBA_SIZE = OCPN_FACT_NGEOMETRY,
    OCPN_FACT_MS,
    OCPN_NFACTS
} OcpnFact;

/* A namespace's drive: properties, then what opening it found. */
typedef struct OcpnDrive {
    BlockConf conf;
    char     *mode;
    bool      auto_format;
    int64_t   fact[OCPN_NFACTS];
    OnOffAuto extended;
    char     *profile;
    uint8_t   dlfeat;           /* 0: as the profile says */
    bool      copy;
    OnOffAuto multi_reset, early_reset, wp_absolute, ws_min_check, dsm_strict;
    char     *window_read, *closed_write_status, *power_loss;
    char     *ocssd_version;
    uint64_t  eui64;
    char     *fault;            /* rules to begin with */

    OcpnImage image;
    OcpnCtrl *core;             /* once it is namespace NSID of it */
    uint32_t  nsid;
} OcpnDrive;

/* A completion queue's place to run; exists as long as the device. */
typedef struct OcpnPump {
    OcpnDevice *d;
    AioContext *ctx;
    QEMUBH     *bh;
    QemuMutex   lock;           /* held while the queue runs */
    bool        started;        /* under lock */
    uint16_t    cqid;
} OcpnPump;

struct OcpnDevice {
    PCIDevice parent_obj;
    BusState  bus;
    MemoryRegion bar0, regs;

    /* properties */
    OcpnDrive drive;            /* of NSID 1 */
    char     *serial;
    char     *state_sync;
    char     *pci_id;
    uint32_t  vendor_id, device_id;
    uint32_t  max_ioqpairs;
    uint16_t  mqes, msix_qsize;
    uint8_t   mdts;
    bool      dbbuf;
    IOThread *iothread;
    IOThreadVirtQueueMappingList *iothread_map;

    OcpnCtrl *core;
    OcpnDrive *drives[OCPN_MAX_NS + 1];     /* index is the NSID */
    const char *id;             /* for traces */
    bool      powered_on;
    bool      bus_running;      /* bus master, and D0 */
    bool      vm_running;
    bool      running;          /* both: the core may fetch */
    bool      msix;
    bool      reload;           /* images changed, and are not read yet */

    uint8_t  *saved;            /* the core's state, while it travels */
    uint32_t  saved_len;

    AioContext **ctx;           /* of I/O queues, in turn */
    Object   **thread;          /* the IOThreads, referenced */
    unsigned  nctx;
    OcpnPump *pump;             /* index is the CQ's identifier */
    QEMUBH   *main_bh;
    QEMUBH   *irq_bh;
    unsigned long *irq_pending; /* vectors; any thread sets, irq_bh clears */
    QEMUTimer *timer;

    uint8_t  *sink;             /* what hosts throw away goes here */
    size_t    sink_len;
    QemuMutex held_lock;
    struct OcpnMedia *held;     /* I/Os that wait for "cont"; held_lock */

    VMChangeStateEntry *vm_change;
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
/* Its image was changed: read it anew. */
bool ocpn_drive_reload(OcpnDrive *dr, OcpnError *err);
/* False: it was handed over to another QEMU, or not to this one yet. */
bool ocpn_drive_writable(const OcpnDrive *dr);
/* How people call it: its -drive or its node. */
const char *ocpn_drive_name(const OcpnDrive *dr);
OcpnDisk ocpn_drive_disk(const OcpnDrive *dr);

/* format.c: auto-format=on.  The drive is blank, as far as its start says. */
bool ocpn_drive_format(OcpnDrive *dr, const OcpnDisk *disk, Error **errp);

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

/* threads.c: the AioContexts of I/O queues, from the iothread properties. */
bool ocpn_threads_init(OcpnDevice *d, Error **errp);
void ocpn_threads_exit(OcpnDevice *d);
AioContext *ocpn_threads_of(const OcpnDevice *d, uint16_t cqid);

/* pump.c */
void ocpn_pump_init(OcpnDevice *d);
void ocpn_pump_exit(OcpnDevice *d);
/* Run the event loop until ocpn_ctrl_quiet(). */
void ocpn_pump_wait_quiet(OcpnDevice *d);
/* Main: no queue runs between the two. */
void ocpn_pump_lock(OcpnDevice *d);
void ocpn_pump_unlock(OcpnDevice *d);
/* ocpn_ctrl_settled(), and no interrupt is on its way. */
bool ocpn_pump_settled(OcpnDevice *d);
/* Run the event loop until that, or until an I/O is held. */
void ocpn_pump_wait_settled(OcpnDevice *d);
/* OcpnPort's kick, kick_main, irq: any thread; the others: main. */
void ocpn_pump_kick(void *opaque, uint16_t cqid);
void ocpn_pump_kick_main(void *opaque);
void ocpn_pump_irq(void *opaque, uint16_t vector);
void ocpn_pump_pin(void *opaque, bool level);
void ocpn_pump_cq_start(void *opaque, uint16_t cqid);
void ocpn_pump_cq_stop(void *opaque, uint16_t cqid);

/* dma.c: OcpnPort's read and write.  Any owner thread. */
bool ocpn_dma_read(void *opaque, uint64_t addr, void *buf, size_t len);
bool ocpn_dma_write(void *opaque, uint64_t addr, const void *buf, size_t len);

/* media.c: OcpnPort's media, any owner thread; the others in main. */
void ocpn_media_start(void *opaque, OcpnIo *io);
size_t ocpn_media_size(void);
void ocpn_media_init(OcpnDevice *d);
void ocpn_media_exit(OcpnDevice *d);
/* I/Os that stopped the VM (rerror, werror): again, or give up. */
void ocpn_media_retry_held(OcpnDevice *d);
void ocpn_media_fail_held(OcpnDevice *d);
bool ocpn_media_any_held(OcpnDevice *d);

/* clock.c: OcpnPort's now, wake_at. */
void ocpn_clock_init(OcpnDevice *d);
void ocpn_clock_exit(OcpnDevice *d);
uint64_t ocpn_clock_now(void *opaque);
void ocpn_clock_wake_at(void *opaque, uint64_t ns);

/* trace.c: OcpnPort's trace. */
void ocpn_trace_event(void *opaque, OcpnTrace event, uint64_t a, uint64_t b);

/* vmstate.c */
extern const VMStateDescription ocpn_vmstate;
/* The VM stops: everything goes on to where it can be saved. */
void ocpn_vmstate_stopped(OcpnDevice *d, RunState state);
/* It runs: read images that a migration has brought. */
void ocpn_vmstate_running(OcpnDevice *d);
/* Are all images this QEMU's, and read? */
bool ocpn_vmstate_owns_images(const OcpnDevice *d);

#endif
