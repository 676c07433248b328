/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest segments of an I/O to the iovec that lies behind it.
 *
 * Usually all of them are plain RAM, whose addresses the lane knows (ram.c);
 * pieces that touch are one.  Otherwise each is mapped by itself.
 */
#include "qemu/osdep.h"
#include "system/dma.h"

#include "hw/ocp-nvme/core/dptr.h"

#include "block.h"

static DMADirection direction(const OcpnMedia *m)
{
    return m->io.op == OCPN_IO_READ ? DMA_DIRECTION_FROM_DEVICE
                                    : DMA_DIRECTION_TO_DEVICE;
}

static void add_iov(OcpnMedia *m, void *base, uint64_t len)
{
    m->iov[m->qiov.niov++] = (struct iovec) { base, len };
    m->qiov.size += len;
}

static void empty(OcpnMedia *m)
{
    m->qiov.niov = 0;
    m->qiov.size = 0;
}

/* What a bucket takes goes to the sink; there is one for all, so in pieces. */
static bool is_bucket(const OcpnMedia *m, const OcpnSeg *s)
{
    return s->addr == OCPN_SEG_BUCKET && m->io.op == OCPN_IO_READ &&
           s->len <= m->lane->d->sink_len;
}

/* Add segment S, which begins in plain RAM.  False: it does not end there. */
static bool add_known(OcpnMedia *m, OcpnRam *ram, const OcpnSeg *s)
{
    uint64_t addr = s->addr, left = s->len;

    while (left) {
        struct iovec *v = &m->iov[m->qiov.niov];
        uint64_t n = left;
        char *p = ocpn_ram_at(ram, addr, &n);

        if (!p) {
            return false;
        }
        if (m->qiov.niov && (char *)v[-1].iov_base + v[-1].iov_len == p) {
            v[-1].iov_len += n;
            m->qiov.size += n;
        } else if (m->qiov.niov == OCPN_NIOV) {
            return false;
        } else {
            add_iov(m, p, n);
        }
        addr += n;
        left -= n;
    }
    return true;
}

/* All segments by addresses that are known.  False: not all of them are. */
static bool map_known(OcpnMedia *m)
{
    OcpnRam *ram = ocpn_ram_get(m->lane);

    for (uint32_t i = 0; i < m->io.nseg; i++) {
        const OcpnSeg *s = &m->io.seg[i];

        if (is_bucket(m, s)) {
            add_iov(m, m->lane->d->sink, s->len);
        } else if (!add_known(m, ram, s)) {
            empty(m);
            ocpn_ram_put(ram);
            return false;
        }
    }
    m->ram = ram;
    m->seg = m->io.nseg;
    return true;
}

/* Map from M's place on, at most to the segment's end. */
static bool map_piece(OcpnMedia *m)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(m->lane->d));
    const MemTxAttrs attrs = { .memory = 1 };
    const OcpnSeg *s = &m->io.seg[m->seg];
    dma_addr_t n = s->len - m->seg_done;
    void *p = m->lane->d->sink;

    if (!is_bucket(m, s)) {
        if (s->addr == OCPN_SEG_BUCKET ||
            s->addr > UINT64_MAX - (s->len - 1)) {
            return false;
        }
        p = dma_memory_map(as, s->addr + m->seg_done, &n, direction(m),
                           attrs);
        if (!p) {
            return false;
        }
    }
    add_iov(m, p, n);
    m->seg_done += n;
    if (m->seg_done == s->len) {
        m->seg++;
        m->seg_done = 0;
    }
    return true;
}

bool ocpn_block_map(OcpnMedia *m)
{
    if (m->io.buf) {
        add_iov(m, m->io.buf, m->io.len);
        return true;
    }
    if (!m->moved && map_known(m)) {
        return true;
    }
    while (m->seg < m->io.nseg && m->qiov.niov < OCPN_NIOV) {
        if (!map_piece(m)) {
            ocpn_block_unmap(m);
            return false;
        }
    }
    return true;
}

static void unmap_known(OcpnMedia *m)
{
    for (uint32_t i = 0; m->io.op == OCPN_IO_READ && i < m->io.nseg; i++) {
        const OcpnSeg *s = &m->io.seg[i];

        if (s->addr != OCPN_SEG_BUCKET) {
            ocpn_ram_wrote(m->ram, s->addr, s->len);
        }
    }
    ocpn_ram_put(m->ram);
    m->ram = NULL;
}

static void unmap_pieces(OcpnMedia *m)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(m->lane->d));

    for (int i = 0; i < m->qiov.niov; i++) {
        struct iovec *v = &m->iov[i];

        if (v->iov_base != m->lane->d->sink) {
            dma_memory_unmap(as, v->iov_base, v->iov_len, direction(m),
                             v->iov_len);
        }
    }
}

void ocpn_block_unmap(OcpnMedia *m)
{
    if (m->ram) {
        unmap_known(m);
    } else if (!m->io.buf) {
        unmap_pieces(m);
    }
    empty(m);
}
