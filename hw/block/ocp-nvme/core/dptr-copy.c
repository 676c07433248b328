/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Using what dptr.c described: slices for I/O, copies from and to buffers.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dptr.h"

uint32_t ocpn_dptr_slice(const OcpnDptr *d, uint64_t off, uint64_t len,
                         OcpnSeg *seg, uint32_t max, uint64_t *covered)
{
    uint32_t n = 0;

    /* All there is: as it is. */
    if (!off && len == d->len && d->nseg <= max) {
        memcpy(seg, d->seg, d->nseg * sizeof(*seg));
        *covered = len;
        return d->nseg;
    }
    *covered = 0;
    for (uint32_t i = 0; i < d->nseg && len && n < max; i++) {
        OcpnSeg s = d->seg[i];

        if (off >= s.len) {
            off -= s.len;
            continue;
        }
        if (s.addr != OCPN_SEG_BUCKET) {
            s.addr += off;
        }
        s.len -= off;
        off = 0;
        if (s.len > len) {
            s.len = len;
        }
        seg[n++] = s;
        len -= s.len;
        *covered += s.len;
    }
    return n;
}

/* One segment of a copy, in the direction that BUF and CONST_BUF say. */
static bool copy_seg(OcpnCtrl *c, const OcpnSeg *s, void *buf,
                     const void *const_buf)
{
    if (s->addr == OCPN_SEG_BUCKET) {
        return true;
    }
    if (buf) {
        return c->port.read(c->port.opaque, s->addr, buf, s->len);
    }
    return c->port.write(c->port.opaque, s->addr, const_buf, s->len);
}

static bool copy(OcpnCtrl *c, const OcpnDptr *d, uint64_t off, char *buf,
                 const char *const_buf, uint64_t len)
{
    while (len) {
        OcpnSeg seg[8];
        uint64_t covered;
        uint32_t n = ocpn_dptr_slice(d, off, len, seg, 8, &covered);

        if (!n) {
            return false;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (!copy_seg(c, &seg[i], buf, const_buf)) {
                return false;
            }
            buf = buf ? buf + seg[i].len : NULL;
            const_buf = const_buf ? const_buf + seg[i].len : NULL;
        }
        off += covered;
        len -= covered;
    }
    return true;
}

bool ocpn_dptr_read(OcpnCtrl *c, const OcpnDptr *d, uint64_t off, void *buf,
                    uint64_t len)
{
    return copy(c, d, off, buf, NULL, len);
}

bool ocpn_dptr_write(OcpnCtrl *c, const OcpnDptr *d, uint64_t off,
                     const void *buf, uint64_t len)
{
    return copy(c, d, off, NULL, buf, len);
}

bool ocpn_dptr_fill(OcpnCtrl *c, const OcpnDptr *d, uint64_t off,
                    uint8_t byte, uint64_t len)
{
    char buf[1024];

    memset(buf, byte, sizeof(buf));
    while (len) {
        uint64_t n = len < sizeof(buf) ? len : sizeof(buf);

        if (!ocpn_dptr_write(c, d, off, buf, n)) {
            return false;
        }
        off += n;
        len -= n;
    }
    return true;
}

OcpnFlow ocpn_dptr_send(OcpnCtrl *c, OcpnReq *r, const void *buf,
                        uint64_t len)
{
    OcpnFlow flow = ocpn_dptr_data(c, r, len, true);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!ocpn_dptr_write(c, &r->data, 0, buf, len)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    return FLOW_DONE;
}

OcpnFlow ocpn_dptr_fetch(OcpnCtrl *c, OcpnReq *r, void *buf, uint64_t len)
{
    OcpnFlow flow = ocpn_dptr_data(c, r, len, false);

    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (!ocpn_dptr_read(c, &r->data, 0, buf, len)) {
        return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
    }
    return FLOW_DONE;
}
