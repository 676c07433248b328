/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QOM type: realize, resets, end.
 *
 * The core runs a reset asynchronously; QEMU's resets and unplug are
 * synchronous, so they wait for it with the event loop running.
 */
#include "qemu/osdep.h"
#include "block/aio-wait.h"
#include "hw/qdev-properties-system.h"
#include "hw/resettable.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/module.h"
#include "system/system.h"
#include "trace/control.h"

#include "hw/ocp-nvme/core/migrate.h"

#include "compat.h"
#include "ocp-nvme.h"
#include "subsys.h"

#define FIRMWARE    "0.1.0"

/*
 * Zeroed memory, aligned for direct I/O.  What g_malloc() got lies in front
 * of it.  Large amounts are not touched here: they cost no RAM until used.
 */
#define ALIGN   4096u

static void *port_alloc(void *opaque, size_t size)
{
    char *base = size > SIZE_MAX - 2 * ALIGN
                 ? NULL : g_try_malloc0(size + ALIGN + sizeof(base));
    void **p;

    if (!base) {
        return NULL;
    }
    p = (void **)QEMU_ALIGN_PTR_UP(base + sizeof(base), ALIGN);
    p[-1] = base;
    return p;
}

static void port_free(void *opaque, void *p)
{
    if (p) {
        g_free(((void **)p)[-1]);
    }
}

static OcpnPort make_port(OcpnDevice *d)
{
    return (OcpnPort) {
        .opaque = d,
        .read = ocpn_dma_read,
        .write = ocpn_dma_write,
        .media = ocpn_media_start,
        .soon = d->drive.memdev ? ocpn_media_soon : NULL,
        .irq = ocpn_pump_irq,
        .pin = ocpn_pump_pin,
        .kick = ocpn_pump_kick,
        .ended = ocpn_pump_ended,
        .kick_main = ocpn_pump_kick_main,
        .wake_cq = ocpn_pump_wake_cq,
        .doorbell = ocpn_doorbell_watch,
        .cq_start = ocpn_pump_cq_start,
        .cq_stop = ocpn_pump_cq_stop,
        .alloc = port_alloc,
        .free = port_free,
        .now = ocpn_clock_now,
        .wake_at = ocpn_clock_wake_at,
        .ahead = ocpn_clock_ahead,
        .trace = ocpn_trace_event,
        .tracing = &trace_events_enabled_count,
    };
}

/* What a first controller knows of the drive. */
static OcpnConfig drive_config(const OcpnDevice *d)
{
    OcpnConfig cfg = {
        .firmware = FIRMWARE,
        .sync_flush = d->state_sync && !strcmp(d->state_sync, "flush"),
        .discard = true,
        .exact_nn = ocpn_profile_exact_nn(&d->drive),
    };

    ocpn_ocp_config_make(&d->ocp, cfg.sync_flush, &cfg.ocp,
                         &error_abort);     /* checked */
    if (d->serial) {
        pstrcpy(cfg.serial, sizeof(cfg.serial), d->serial);
    } else {
        for (int i = 0; i < 10; i++) {
            snprintf(cfg.serial + 2 * i, 3, "%02x", d->drive.image.uuid[i]);
        }
    }
    return cfg;
}

static OcpnConfig make_config(const OcpnDevice *d)
{
    const uint8_t *conf = PCI_DEVICE(d)->config;
    OcpnConfig cfg = d->first ? ocpn_subsys_config(d->first->core)
                              : drive_config(d);

    cfg.vid = pci_get_word(conf + PCI_VENDOR_ID);
    cfg.ssvid = pci_get_word(conf + PCI_SUBSYSTEM_VENDOR_ID);
    cfg.mdts = d->mdts;
    cfg.max_ioqpairs = d->max_ioqpairs;
    cfg.mqes = d->mqes;
    cfg.nvectors = d->msix_qsize;
    cfg.dbbuf = d->dbbuf;
    cfg.io_size = ocpn_media_size();
    return cfg;
}

/* Controllers are created before their namespaces, and run after them. */
static void machine_done(Notifier *n, void *data)
{
    OcpnDevice *d = container_of(n, OcpnDevice, machine_done);

    d->powered_on = true;
    if (runstate_check(RUN_STATE_INMIGRATE)) {
        ocpn_ctrl_power_on_incoming(d->core);
    } else {
        ocpn_ctrl_power_on(d->core);
        ocpn_state_file_load(d);
    }
}

/*
 * QEMU ends: counters and tables into the image.  Without a shutdown by the
 * guest the next run counts this one's end as unsafe, as after a power loss.
 */
static void close_image(OcpnDevice *d)
{
    ocpn_pump_reset(d, OCPN_RESET_CONTROLLER);
    if (ocpn_vmstate_owns_images(d)) {
        ocpn_ctrl_close(d->core);
        ocpn_pump_wait_quiet(d);
    }
}

static void nothing(void *opaque)
{
}

/* Queues look at once a run whether they may fetch: see their runs end. */
static void wait_for_threads(OcpnDevice *d)
{
    for (unsigned i = 0; i < d->nctx; i++) {
        aio_wait_bh_oneshot(d->ctx[i], nothing, NULL);
    }
}

static void vm_changed(void *opaque, bool running, RunState state)
{
    OcpnDevice *d = opaque;

    d->vm_running = running;
    if (running) {
        ocpn_vmstate_running(d);
    }
    ocpn_pci_update_running(d);
    if (running) {
        ocpn_media_retry_held(d);
        return;
    }
    wait_for_threads(d);
    if (state == RUN_STATE_SHUTDOWN) {
        close_image(d);
    } else {
        ocpn_vmstate_stopped(d);
    }
}

/* A VM that is already stopped does not change when QEMU ends. */
static void shut_down(Notifier *n, void *data)
{
    OcpnDevice *d = container_of(n, OcpnDevice, shutdown);

    if (!d->vm_running) {
        close_image(d);
    }
}

static void watch(OcpnDevice *d)
{
    d->vm_running = runstate_is_running();
    ocpn_vmstate_init(d);
    d->vm_change = ocpn_add_vm_change_handler(DEVICE(d), vm_changed, d);
    d->shutdown.notify = shut_down;
    qemu_register_shutdown_notifier(&d->shutdown);
    d->machine_done.notify = machine_done;
    qemu_add_machine_init_done_notifier(&d->machine_done);
}

static void unwatch(OcpnDevice *d)
{
    qemu_remove_machine_init_done_notifier(&d->machine_done);
    notifier_remove(&d->shutdown);
    qemu_del_vm_change_state_handler(d->vm_change);
    ocpn_vmstate_exit(d);
}

static void destroy_core(OcpnDevice *d)
{
    if (d->core) {
        ocpn_ctrl_free(d->core);
        d->core = NULL;
    }
    ocpn_recorded_close(d);
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        if (d->drives[i]) {
            ocpn_drive_release(d->drives[i]);
            d->drives[i] = NULL;
        }
    }
    ocpn_clock_exit(d);
    ocpn_media_exit(d);
    ocpn_ram_exit(d);
    ocpn_pump_exit(d);
}

static bool create_core(OcpnDevice *d, Error **errp)
{
    OcpnPort port = make_port(d);
    OcpnConfig cfg = make_config(d);

    ocpn_pump_init(d);
    ocpn_ram_init(d);
    ocpn_media_init(d);
    ocpn_clock_init(d);
    if (!ocpn_recorded_open(d, &cfg.ocp, errp)) {
        return false;
    }
    d->core = ocpn_ctrl_new(&cfg, &port);
    if (!d->core) {
        error_setg(errp, "no memory for the controller");
        return false;
    }
    ocpn_ctrl_set_running(d->core, false);  /* as d->running says */
    return d->first ? ocpn_subsys_enter(d, errp)
                    : ocpn_drive_add(d, &d->drive, 1, errp);
}

static void realize(PCIDevice *pci, Error **errp)
{
    OcpnDevice *d = OCP_NVME(pci);

    d->id = DEVICE(d)->id ?: TYPE_OCP_NVME;
    if (!ocpn_subsys_find(d, errp) || !ocpn_props_check(d, errp) ||
        (!d->first && !ocpn_drive_open(&d->drive, errp))) {
        return;
    }
    if (ocpn_threads_init(d, errp) && ocpn_pci_init(d, errp) &&
        create_core(d, errp) && ocpn_state_file_check(d, errp)) {
        if (!d->first) {        /* only it has namespaces */
            qbus_init(&d->bus, sizeof(d->bus), TYPE_OCP_NVME_BUS, DEVICE(d),
                      DEVICE(d)->id);
        }
        watch(d);
        ocpn_knobs_add(d);
        ocpn_state_file_add(d);
        return;
    }
    if (d->pump) {
        destroy_core(d);
    }
    ocpn_pci_exit(d);
    ocpn_threads_exit(d);
    ocpn_drive_close(&d->drive);
    d->first = NULL;
}

static void unrealize(PCIDevice *pci)
{
    OcpnDevice *d = OCP_NVME(pci);

    unwatch(d);
    ocpn_subsys_cut_off(d);     /* nobody changes the drive any more */
    close_image(d);
    ocpn_subsys_exit(d);
    destroy_core(d);
    ocpn_pci_exit(d);
    ocpn_threads_exit(d);
}

static void reset_hold(Object *obj, ResetType type)
{
    OcpnDevice *d = OCP_NVME(obj);

    ocpn_pump_reset(d, ocpn_pci_in_flr(d) ? OCPN_RESET_FUNCTION
                                          : OCPN_RESET_COLD);
    ocpn_pci_was_reset(d);
}

static void instance_init(Object *obj)
{
    OcpnDevice *d = OCP_NVME(obj);

    device_add_bootindex_property(obj, &d->drive.conf.bootindex, "bootindex",
                                  "/namespace@1,0", DEVICE(obj));
    object_property_set_description(obj, "bootindex", "place of NSID 1 in the "
                                    "order of boot devices, 0 first");
}

static void instance_finalize(Object *obj)
{
    g_free(OCP_NVME(obj)->drive.fault);
}

static void class_init(ObjectClass *oc, OCPN_CLASS_DATA *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->realize = realize;
    pc->exit = unrealize;
    pc->config_write = ocpn_pci_write_config;
    pc->class_id = PCI_CLASS_STORAGE_EXPRESS;
    pc->revision = 2;
    RESETTABLE_CLASS(oc)->phases.hold = reset_hold;
    dc->desc = "Open-Channel SSD 2.0 and conventional NVMe drive";
    dc->vmsd = &ocpn_vmstate;
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
    ocpn_props_add(oc, true);
}

static const TypeInfo types[] = {
    {
        .name = TYPE_OCP_NVME,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(OcpnDevice),
        .instance_init = instance_init,
        .instance_finalize = instance_finalize,
        .class_init = class_init,
        .interfaces = (InterfaceInfo[]) {
            { INTERFACE_PCIE_DEVICE },
            { }
        },
    },
};
DEFINE_TYPES(types)
