/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further controllers of a drive: -device ocp-nvme,subsys=ID.
 *
 * What is of the drive is the first controller's, so a further one refuses
 * such properties.  It goes before the first one does: the monitor cannot
 * unplug that.  A guest that turns off the slot of the first one can, and
 * leaves controllers that no longer work.
 */
#include "qemu/osdep.h"
#include "hw/sysbus.h"
#include "qapi/error.h"

#include "ocp-nvme.h"
#include "subsys.h"

/* NULL, with ERRP: D's subsys names none. */
static OcpnDevice *find_first(const OcpnDevice *d, Error **errp)
{
    DeviceState *dev = qdev_find_recursive(sysbus_get_default(), d->subsys);
    OcpnDevice *first;

    if (!dev) {
        error_setg(errp, "subsys=%s names no device; give the id of an "
                   "ocp-nvme device that has a drive and is there already",
                   d->subsys);
        return NULL;
    }
    if (dev == DEVICE(d)) {
        error_setg(errp, "subsys=%s names this very device; give the id of "
                   "another one, which has a drive", d->subsys);
        return NULL;
    }
    first = (OcpnDevice *)object_dynamic_cast(OBJECT(dev), TYPE_OCP_NVME);
    if (!first || !first->core) {
        error_setg(errp, "subsys=%s names a device that is no ocp-nvme but "
                   "%s; give the id of an ocp-nvme device that has a drive",
                   d->subsys, object_get_typename(OBJECT(dev)));
        return NULL;
    }
    if (first->subsys) {
        error_setg(errp, "subsys=%s names a further controller; give "
                   "subsys=%s as it does, the first one of its subsystem",
                   d->subsys, first->subsys);
        return NULL;
    }
    return first;
}

bool ocpn_subsys_find(OcpnDevice *d, Error **errp)
{
    const char *name;
    OcpnDevice *first;

    if (!d->subsys) {
        return true;
    }
    first = find_first(d, errp);
    if (!first) {
        return false;
    }
    name = ocpn_props_of_drive(d);
    if (name) {
        error_setg(errp, "%s is a property of the drive, and subsys=%s makes "
                   "this a further controller without one; give %s to '%s', "
                   "or leave it out", name, d->subsys, name, d->subsys);
        return false;
    }
    d->first = first;
    return true;
}

bool ocpn_subsys_enter(OcpnDevice *d, Error **errp)
{
    OcpnError err;

    if (!ocpn_subsys_join(d->core, d->first->core, &err)) {
        error_setg(errp, "subsys=%s cannot be: %s", d->subsys, err.text);
        return false;
    }
    object_ref(OBJECT(d->first));
    d->first->further[ocpn_cntlid(d->core)] = d;
    error_setg(&d->blocker, "'%s' is a further controller of its subsystem "
               "(subsys=%s); unplug that first", d->id, d->subsys);
    qdev_add_unplug_blocker(DEVICE(d->first), d->blocker);
    return true;
}

/* D is alone from now on, and does not work. */
static void leave(OcpnDevice *d)
{
    OcpnDevice *first = d->first;

    qdev_del_unplug_blocker(DEVICE(first), d->blocker);
    g_clear_pointer(&d->blocker, error_free);
    first->further[ocpn_cntlid(d->core)] = NULL;
    ocpn_subsys_leave(d->core);
    d->first = NULL;
    object_unref(OBJECT(first));
}

void ocpn_subsys_cut_off(OcpnDevice *d)
{
    for (unsigned i = 1; i < OCPN_MAX_CTRLS; i++) {
        OcpnDevice *other = d->further[i];

        if (other) {
            ocpn_pump_reset(other, OCPN_RESET_COLD);
            leave(other);
        }
    }
}

void ocpn_subsys_exit(OcpnDevice *d)
{
    if (d->first) {
        leave(d);
    }
}

/* What a command of D may change of the drive must get to its image. */
bool ocpn_subsys_runs(const OcpnDevice *d)
{
    const OcpnDevice *first = d->first;

    return !first || (first->vm_running && !first->reload && !first->drained);
}

void ocpn_subsys_update_running(OcpnDevice *d)
{
    for (unsigned i = 1; i < OCPN_MAX_CTRLS; i++) {
        if (d->further[i]) {
            ocpn_pci_update_running(d->further[i]);
        }
    }
}
