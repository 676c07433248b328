/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/Os of the core to the medium that keeps their namespace.
 */
#include "qemu/osdep.h"
#include "qemu/memalign.h"

#include "ocp-nvme.h"

size_t ocpn_media_size(void)
{
    return ocpn_block_size();
}

void ocpn_media_init(OcpnDevice *d)
{
    qemu_mutex_init(&d->held_lock);
    d->sink_len = (size_t)4096 << d->mdts;
    d->sink = qemu_memalign(4096, d->sink_len);
    for (unsigned i = 0; i < d->nlanes; i++) {
        ocpn_block_lane_init(&d->lane[i]);
    }
}

void ocpn_media_exit(OcpnDevice *d)
{
    for (unsigned i = 0; i < d->nlanes; i++) {
        ocpn_block_lane_exit(&d->lane[i]);
    }
    qemu_vfree(d->sink);
    d->sink = NULL;
    qemu_mutex_destroy(&d->held_lock);
}

/*
 * A reset that has to be over within a drained section (loadvm) cannot wait
 * for what the block layer holds back until the section ends.  It can wait for
 * the end of its own ones: what an IOThread starts then shall not fail.
 */
static bool must_give_up(const OcpnDevice *d, const OcpnDrive *dr)
{
    return qatomic_read(&d->resetting) && qatomic_read(&dr->held_back);
}

void ocpn_media_start(void *opaque, OcpnIo *io)
{
    OcpnDevice *d = opaque;
    OcpnDrive *dr = d->drives[io->nsid];

    if (must_give_up(d, dr)) {
        io->done(io, OCPN_IO_ERROR);
        return;
    }
    if (io->op != OCPN_IO_READ && !dr->medium->writable(dr)) {
        io->done(io, OCPN_IO_ERROR);    /* it is another QEMU's now */
        return;
    }
    dr->medium->start(ocpn_lane(d), dr, io);
}

void ocpn_media_soon(void *opaque, uint32_t nsid, uint64_t offset)
{
    OcpnDevice *d = opaque;

    ocpn_memory_soon(d->drives[nsid], offset);
}
