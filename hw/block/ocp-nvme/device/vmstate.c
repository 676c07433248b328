/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * savevm, loadvm and migration.
 *
 * The core makes bytes of its state and checks those it gets; tables and data
 * stay in the images.  When the VM stops, what is in flight ends and counters
 * go into the image, as nothing may be written once the state is taken.
 *
 * loadvm brings an image back before the state, and it is read with it.  The
 * image of a migration is ours only when the VM is about to run.  Of a drive
 * the block layer sees to that, of a mapped file the medium does.
 */
#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie_aer.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"

#include "hw/ocp-nvme/core/migrate.h"

#include "ocp-nvme.h"

bool ocpn_vmstate_owns_images(const OcpnDevice *d)
{
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        if (d->drives[i] && !ocpn_drive_writable(d->drives[i])) {
            return false;
        }
    }
    return !d->reload;
}

void ocpn_vmstate_stopped(OcpnDevice *d)
{
    if (!ocpn_vmstate_owns_images(d)) {
        return;
    }
    d->arrived = false;
    /* Where an I/O of ours has just failed, all is left to "cont". */
    if (!ocpn_media_any_held(d)) {
        ocpn_ctrl_finish(d->core);
    }
    ocpn_pump_wait_settled(d);
    if (!ocpn_media_any_held(d)) {
        ocpn_ctrl_settle(d->core);
        ocpn_pump_wait_settled(d);
    }
}

/* Of a medium with take(), the tables were read then. */
static bool reload(OcpnDevice *d)
{
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnDrive *dr = d->drives[i];
        OcpnError err;

        if (dr && !dr->medium->take && !ocpn_drive_reload(dr, &err)) {
            error_report("%s: the image in drive '%s' cannot be used: %s",
                         d->id, ocpn_drive_name(dr), err.text);
            return false;
        }
    }
    return true;
}

static bool take_all(OcpnDevice *d)
{
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnDrive *dr = d->drives[i];
        Error *err = NULL;

        if (dr && dr->medium->take && !dr->medium->take(dr, &err)) {
            error_reportf_err(err, "%s: ", d->id);
            return false;
        }
    }
    return true;
}

/*
 * Ask until the VM stops: a second "cont" before that takes back what was
 * asked.  A guest that sleeps (S3) does not run, and is paused; QEMU knows no
 * other way from there.
 */
static void ask_to_stop(void *opaque)
{
    OcpnDevice *d = opaque;

    if (d->vm_running && d->reload) {
        qemu_system_vmstop_request_prepare();
        qemu_system_vmstop_request(runstate_check(RUN_STATE_SUSPENDED)
                                   ? RUN_STATE_PAUSED
                                   : RUN_STATE_INTERNAL_ERROR);
        qemu_bh_schedule(d->stop_bh);
    }
}

void ocpn_vmstate_init(OcpnDevice *d)
{
    d->stop_bh = qemu_bh_new(ask_to_stop, d);
}

void ocpn_vmstate_exit(OcpnDevice *d)
{
    g_clear_pointer(&d->stop_bh, qemu_bh_delete);
}

/* With tables of another time the drive would destroy what is there. */
void ocpn_vmstate_running(OcpnDevice *d)
{
    d->reload = !take_all(d) || (d->reload && !reload(d));
    ask_to_stop(d);
}

/* A snapshot brings back drives of the block layer only.  NULL: all are. */
static const OcpnDrive *outside_snapshots(const OcpnDevice *d)
{
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        if (d->drives[i] && d->drives[i]->memdev) {
            return d->drives[i];
        }
    }
    return NULL;
}

static bool check_snapshot(const OcpnDevice *d, RunState state)
{
    const OcpnDrive *dr = runstate_check(state) ? outside_snapshots(d) : NULL;

    if (dr) {
        error_report("%s: snapshots do not contain memdev '%s'; use drive= "
                     "with a format that has them", d->id,
                     ocpn_drive_name(dr));
    }
    return !dr;
}

static int pre_save(void *opaque)
{
    OcpnDevice *d = opaque;
    size_t len;

    if (!check_snapshot(d, RUN_STATE_SAVE_VM)) {
        return -ENOTSUP;
    }
    if (!ocpn_pump_settled(d)) {
        error_report("%s: I/O is still under way; 'cont', and try again when "
                     "it is over", d->id);
        return -EBUSY;
    }
    /* What has arrived, and has not run, can go on as it is. */
    if (d->reload && !d->arrived) {
        error_report("%s: the image is not this QEMU's any more, and may have "
                     "changed; 'cont' when no other one uses it", d->id);
        return -EBUSY;
    }
    ocpn_pump_lock(d);
    len = ocpn_ctrl_save(d->core, NULL, 0);
    d->saved = g_malloc(len);
    d->saved_len = ocpn_ctrl_save(d->core, d->saved, len);
    ocpn_pump_unlock(d);
    assert(d->saved_len == len && len <= OCPN_SAVED_MAX);
    return 0;
}

static int post_save(void *opaque)
{
    OcpnDevice *d = opaque;

    g_clear_pointer(&d->saved, g_free);
    for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnDrive *dr = d->drives[i];

        if (dr && dr->medium->hand_over) {
            dr->medium->hand_over(dr);
        }
    }
    return 0;
}

/* A block job may have filled the images that this QEMU waits with. */
static int pre_load(void *opaque)
{
    OcpnDevice *d = opaque, *first = d->first ?: d;

    if (runstate_check(RUN_STATE_INMIGRATE)) {
        for (unsigned i = 1; i <= OCPN_MAX_NS; i++) {
            if (first->drives[i] && !first->drives[i]->medium->take) {
                ocpn_drive_adopt(first->drives[i]);
            }
        }
    }
    return 0;
}

static bool length_is_valid(void *opaque, int version_id)
{
    const OcpnDevice *d = opaque;

    return d->saved_len <= OCPN_SAVED_MAX;
}

static int post_load(void *opaque, int version_id)
{
    OcpnDevice *d = opaque;
    OcpnError err;
    bool ok;

    ocpn_pci_config_changed(d);
    if (!check_snapshot(d, RUN_STATE_RESTORE_VM)) {
        g_clear_pointer(&d->saved, g_free);
        return -ENOTSUP;
    }
    ok = ocpn_ctrl_load(d->core, d->saved, d->saved_len, &err);
    g_clear_pointer(&d->saved, g_free);
    if (!ok) {
        error_report("%s: the saved state cannot be used: %s", d->id,
                     err.text);
    } else if (runstate_check(RUN_STATE_INMIGRATE)) {
        d->reload = d->arrived = true;
    } else {
        ok = reload(d);
    }
    if (!ok) {
        ocpn_pump_reset(d, OCPN_RESET_COLD);
    }
    return ok ? 0 : -EINVAL;
}

const VMStateDescription ocpn_vmstate = {
    .name = TYPE_OCP_NVME,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = pre_save,
    .post_save = post_save,
    .pre_load = pre_load,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, OcpnDevice),
        VMSTATE_MSIX(parent_obj, OcpnDevice),
        VMSTATE_STRUCT(parent_obj.exp.aer_log, OcpnDevice, 0,
                       vmstate_pcie_aer_log, PCIEAERLog),
        VMSTATE_UINT32(saved_len, OcpnDevice),
        VMSTATE_VALIDATE("length of the core's state", length_is_valid),
        VMSTATE_VBUFFER_ALLOC_UINT32(saved, OcpnDevice, 0, NULL, saved_len),
        VMSTATE_END_OF_LIST()
    },
};
