/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further namespaces: -device ocp-nvme-ns,drive=... on the controller's bus.
 * The core wants to know all of them before it runs, so they cannot come or
 * go later.
 */
#include "qemu/osdep.h"
#include "hw/qdev-properties-system.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "system/block-backend.h"
#include "system/system.h"

#include "compat.h"
#include "ocp-nvme.h"

static uint32_t free_nsid(const OcpnDevice *d)
{
    uint32_t nsid = 1;

    while (nsid <= OCPN_MAX_NS && d->drives[nsid]) {
        nsid++;
    }
    return nsid;
}

static void ns_realize(DeviceState *dev, Error **errp)
{
    OcpnNsDevice *ns = OCP_NVME_NS(dev);
    OcpnDevice *d = OCP_NVME(qdev_get_parent_bus(dev)->parent);
    OcpnError err;

    if (d->powered_on) {
        error_setg(errp, "a namespace cannot be added to a controller that "
                   "runs; give -device ocp-nvme-ns when QEMU starts");
        return;
    }
    if (ns->nsid == 0) {
        ns->nsid = free_nsid(d);
    }
    /* Before the drive is opened, which may make an image in it. */
    if (!ocpn_nsid_check(d->core, ns->nsid, &err)) {
        error_setg(errp, "%s", err.text);
        return;
    }
    if (!ocpn_drive_open(&ns->drive, errp)) {
        return;
    }
    if (!ocpn_drive_add(d, &ns->drive, ns->nsid, errp) &&
        !d->drives[ns->nsid]) {
        ocpn_drive_close(&ns->drive);
    }
}

static char *ns_fw_name(DeviceState *dev)
{
    return g_strdup_printf("namespace@%" PRIu32 ",0", OCP_NVME_NS(dev)->nsid);
}

static void ns_instance_init(Object *obj)
{
    OcpnNsDevice *ns = OCP_NVME_NS(obj);

    device_add_bootindex_property(obj, &ns->drive.conf.bootindex, "bootindex",
                                  NULL, DEVICE(obj));
    object_property_set_description(obj, "bootindex", "place in the order of "
                                    "boot devices, 0 first");
}

static void ns_instance_finalize(Object *obj)
{
    g_free(OCP_NVME_NS(obj)->drive.fault);
}

static void ns_class_init(ObjectClass *oc, OCPN_CLASS_DATA *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->bus_type = TYPE_OCP_NVME_BUS;
    dc->realize = ns_realize;
    dc->desc = "namespace of an ocp-nvme controller";
    dc->hotpluggable = false;
    set_bit(DEVICE_CATEGORY_STORAGE, dc->categories);
    ocpn_props_add(oc, false);
}

static char *bus_fw_path(DeviceState *dev)
{
    return ns_fw_name(dev);
}

static void bus_class_init(ObjectClass *oc, OCPN_CLASS_DATA *data)
{
    BUS_CLASS(oc)->get_fw_dev_path = bus_fw_path;
}

static const TypeInfo types[] = {
    {
        .name = TYPE_OCP_NVME_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(BusState),
        .class_init = bus_class_init,
    },
    {
        .name = TYPE_OCP_NVME_NS,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(OcpnNsDevice),
        .instance_init = ns_instance_init,
        .instance_finalize = ns_instance_finalize,
        .class_init = ns_class_init,
    },
};
DEFINE_TYPES(types)
