/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The core's trace events to QEMU's. */
#include "qemu/osdep.h"

#include "hw/block/ocp-nvme/trace.h"

#include "ocp-nvme.h"

void ocpn_trace_event(void *opaque, OcpnTrace event, uint64_t a, uint64_t b)
{
    const OcpnDevice *d = opaque;
    uint16_t sqid = a >> 16, cid = a;

    switch (event) {
    case OCPN_TRACE_REG_READ:
        trace_ocpn_reg_read(d->id, a, b);
        break;
    case OCPN_TRACE_REG_WRITE:
        trace_ocpn_reg_write(d->id, a, b);
        break;
    case OCPN_TRACE_DOORBELL:
        trace_ocpn_doorbell(d->id, a, b);
        break;
    case OCPN_TRACE_CMD:
        trace_ocpn_cmd(d->id, sqid, cid, b >> 32, (uint32_t)b);
        break;
    case OCPN_TRACE_REJECT:
        trace_ocpn_reject(d->id, sqid, cid, b >> 16, b & 0xffff);
        break;
    case OCPN_TRACE_COMPLETE:
        trace_ocpn_complete(d->id, sqid, cid, b);
        break;
    case OCPN_TRACE_STATE:
        trace_ocpn_state(d->id, a, b);
        break;
    case OCPN_TRACE_CHUNK:
        trace_ocpn_chunk(d->id, a >> 32, (uint32_t)a, b >> 32, (uint32_t)b);
        break;
    case OCPN_TRACE_COMMIT:
        trace_ocpn_commit(d->id, a >> 32, (uint32_t)a, b);
        break;
    case OCPN_TRACE_EVENT:
        trace_ocpn_event(d->id, (a >> 16) & 0xff, (a >> 8) & 0xff, a & 0xff,
                         b);
        break;
    case OCPN_TRACE_NEVENTS:
        break;
    }
}
