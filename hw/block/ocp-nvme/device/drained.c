/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drained sections: while the block layer changes what is under a drive
 * (snapshots, block jobs, a reopen), no queue fetches a command.  What is in
 * flight goes on; the block layer holds back what that starts.
 *
 * Sections nest within a drive, which tells the first and the last only, and
 * several drives may be in one: the device counts drives.
 */
#include "qemu/osdep.h"
#include "system/block-backend.h"

#include "ocp-nvme.h"

static void set_drained(OcpnDrive *dr, bool drained)
{
    OcpnDevice *d = dr->device;

    if (dr->drained != drained) {
        dr->drained = drained;
        qatomic_set(&dr->held_back, drained && !dr->draining);
        d->drained += drained ? 1 : -1;
        if (d->core) {          /* else it goes */
            ocpn_pci_update_running(d);
        }
    }
}

static void drained_begin(void *opaque)
{
    set_drained(opaque, true);
}

static void drained_end(void *opaque)
{
    set_drained(opaque, false);
}

static const BlockDevOps ops = {
    .drained_begin = drained_begin,
    .drained_end = drained_end,
};

void ocpn_drained_watch(OcpnDevice *d, OcpnDrive *dr)
{
    dr->device = d;
    blk_set_dev_ops(dr->conf.blk, &ops, dr);
}

void ocpn_drained_unwatch(OcpnDrive *dr)
{
    blk_set_dev_ops(dr->conf.blk, NULL, NULL);
    if (dr->drained) {
        dr->drained = false;
        qatomic_set(&dr->held_back, false);
        dr->device->drained--;
    }
}
