/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM at host addresses.
 *
 * A memory listener keeps the list of ranges that are plain RAM.  Each lane
 * has a table of its own with the host address of each range, which it makes
 * anew when the list has changed; so a guest address becomes a pointer with
 * a comparison or two, without locks and without counting references.  A
 * table holds its RAM.  I/Os in flight count as users of the table they began
 * with, and the last of them lets it go.
 *
 * What is in no range (ROM, holes, all of it behind an IOMMU) is mapped access
 * by access.  By mapping and not by address_space_rw(): where there is no RAM
 * a mapping fails and nothing happens, while an access could reach another
 * device, or wait in an IOThread for the big lock whose holder waits for that
 * IOThread.
 */
#include "qemu/osdep.h"
#include "block/aio-wait.h"
#include "qemu/lockable.h"
#include "system/dma.h"

#include "ocp-nvme.h"

typedef struct Span {
    uint64_t addr, len;
} Span;

/* The device's list. */
typedef struct OcpnRanges {
    OcpnDevice *d;
    MemoryListener listener;
    QemuMutex  lock;            /* of the array */
    GArray    *range;           /* of Span */
    bool       changed;         /* since the last commit; main */
    unsigned   generation;      /* atomic */
} OcpnRanges;

typedef struct Piece {
    uint64_t addr, len;
    MemoryRegionCache cache;
} Piece;

struct OcpnRam {
    unsigned generation;
    unsigned users;             /* I/Os, and the lane while it is its own */
    unsigned n;
    unsigned last;              /* the piece that was found last */
    Piece    piece[];
};

static bool is_plain(const MemoryRegionSection *s)
{
    MemoryRegion *mr = s->mr;

    return memory_region_is_ram(mr) && !memory_region_is_rom(mr) &&
           !memory_region_is_ram_device(mr) && !s->readonly &&
           int128_nz(s->size) && !int128_gethi(s->size);
}

static void region_add(MemoryListener *l, MemoryRegionSection *s)
{
    OcpnRanges *rs = container_of(l, OcpnRanges, listener);
    Span r = { s->offset_within_address_space, int128_getlo(s->size) };

    if (is_plain(s)) {
        QEMU_LOCK_GUARD(&rs->lock);
        g_array_append_val(rs->range, r);
        rs->changed = true;
    }
}

static void region_del(MemoryListener *l, MemoryRegionSection *s)
{
    OcpnRanges *rs = container_of(l, OcpnRanges, listener);

    QEMU_LOCK_GUARD(&rs->lock);
    for (unsigned i = 0; i < rs->range->len; i++) {
        if (g_array_index(rs->range, Span, i).addr ==
            s->offset_within_address_space) {
            g_array_remove_index_fast(rs->range, i);
            rs->changed = true;
            return;
        }
    }
}

/* Lanes that are idle must let go of RAM that is unplugged, too. */
static void commit(MemoryListener *l)
{
    OcpnRanges *rs = container_of(l, OcpnRanges, listener);
    OcpnDevice *d = rs->d;

    if (!rs->changed) {
        return;
    }
    rs->changed = false;
    qatomic_inc(&rs->generation);
    for (unsigned i = 0; i < d->nlanes; i++) {
        qemu_bh_schedule(d->lane[i].ram_bh);
    }
}

void ocpn_ram_put(OcpnRam *ram)
{
    if (--ram->users) {
        return;
    }
    for (unsigned i = 0; i < ram->n; i++) {
        address_space_cache_destroy(&ram->piece[i].cache);
    }
    g_free(ram);
}

/* The list may be behind the address space: what is no RAM now is left out. */
static void add_piece(OcpnRam *ram, AddressSpace *as, const Span *r)
{
    Piece *p = &ram->piece[ram->n];
    int64_t len = address_space_cache_init(&p->cache, as, r->addr, r->len,
                                           true);

    if (!p->cache.ptr || len < 0 || (uint64_t)len != r->len) {
        address_space_cache_destroy(&p->cache);
        return;
    }
    p->addr = r->addr;
    p->len = r->len;
    ram->n++;
}

static void renew(OcpnLane *lane)
{
    OcpnRanges *rs = lane->d->ranges;
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(lane->d));
    g_autofree Span *list = NULL;
    OcpnRam *ram;
    unsigned n, generation;

    WITH_QEMU_LOCK_GUARD(&rs->lock) {
        generation = qatomic_read(&rs->generation);
        n = rs->range->len;
        list = g_memdup2(rs->range->data, n * sizeof(*list));
    }
    ram = g_malloc0(sizeof(*ram) + n * sizeof(ram->piece[0]));
    ram->generation = generation;
    ram->users = 1;
    for (unsigned i = 0; i < n; i++) {
        add_piece(ram, as, &list[i]);
    }
    if (lane->ram) {
        ocpn_ram_put(lane->ram);
    }
    lane->ram = ram;
}

static OcpnRam *current(OcpnLane *lane)
{
    if (unlikely(!lane->ram || lane->ram->generation !=
                 qatomic_read(&lane->d->ranges->generation))) {
        renew(lane);
    }
    return lane->ram;
}

static void renew_idle(void *opaque)
{
    current(opaque);
}

OcpnRam *ocpn_ram_get(OcpnLane *lane)
{
    OcpnRam *ram = current(lane);

    ram->users++;
    return ram;
}

static Piece *find(OcpnRam *ram, uint64_t addr)
{
    unsigned i = ram->last;

    if (i < ram->n && addr - ram->piece[i].addr < ram->piece[i].len) {
        return &ram->piece[i];
    }
    for (i = 0; i < ram->n; i++) {
        if (addr - ram->piece[i].addr < ram->piece[i].len) {
            ram->last = i;
            return &ram->piece[i];
        }
    }
    return NULL;
}

void *ocpn_ram_at(OcpnRam *ram, uint64_t addr, uint64_t *len)
{
    Piece *p = find(ram, addr);
    uint64_t at;

    if (!p) {
        return NULL;
    }
    at = addr - p->addr;
    *len = MIN(*len, p->len - at);
    return (char *)p->cache.ptr + at;
}

void ocpn_ram_wrote(OcpnRam *ram, uint64_t addr, uint64_t len)
{
    while (len) {
        Piece *p = find(ram, addr);
        uint64_t n;

        if (!p) {
            return;
        }
        n = MIN(len, p->len - (addr - p->addr));
        address_space_cache_invalidate(&p->cache, addr - p->addr, n);
        addr += n;
        len -= n;
    }
}

/* Words that two sides use at once are moved as one. */
static void move(void *to, const void *from, size_t len)
{
    if (len == sizeof(uint32_t) && QEMU_PTR_IS_ALIGNED(to, 4) &&
        QEMU_PTR_IS_ALIGNED(from, 4)) {
        qatomic_set((uint32_t *)to, qatomic_read((const uint32_t *)from));
    } else {
        memcpy(to, from, len);
    }
}

static bool copy_mapped(OcpnDevice *d, uint64_t addr, uint8_t *buf,
                        uint64_t len, DMADirection dir)
{
    AddressSpace *as = pci_get_address_space(PCI_DEVICE(d));
    const MemTxAttrs attrs = { .memory = 1 };

    if (len && addr > UINT64_MAX - (len - 1)) {
        return false;
    }
    while (len) {
        dma_addr_t n = len;
        void *p = dma_memory_map(as, addr, &n, dir, attrs);

        if (!p) {
            return false;
        }
        if (dir == DMA_DIRECTION_TO_DEVICE) {
            move(buf, p, n);
        } else {
            move(p, buf, n);
        }
        dma_memory_unmap(as, p, n, dir, n);
        addr += n;
        buf += n;
        len -= n;
    }
    return true;
}

/* QEMU's generic fuzzer makes up what is in RAM when it is read. */
static void tell_fuzzer(OcpnRam *ram, uint64_t addr, size_t len)
{
#ifdef CONFIG_FUZZ
    fuzz_dma_read_cb(addr, len, find(ram, addr)->cache.mrs.mr);
#endif
}

bool ocpn_dma_read(void *opaque, uint64_t addr, void *buf, size_t len)
{
    OcpnDevice *d = opaque;
    OcpnRam *ram = current(ocpn_lane(d));
    uint64_t n = len;
    void *p = ocpn_ram_at(ram, addr, &n);

    if (!p || n < len) {
        return copy_mapped(d, addr, buf, len, DMA_DIRECTION_TO_DEVICE);
    }
    tell_fuzzer(ram, addr, len);
    move(buf, p, len);
    return true;
}

bool ocpn_dma_write(void *opaque, uint64_t addr, const void *buf, size_t len)
{
    OcpnDevice *d = opaque;
    OcpnRam *ram = current(ocpn_lane(d));
    uint64_t n = len;
    void *p = ocpn_ram_at(ram, addr, &n);

    if (!p || n < len) {
        return copy_mapped(d, addr, (uint8_t *)buf, len,
                           DMA_DIRECTION_FROM_DEVICE);
    }
    move(p, buf, len);
    ocpn_ram_wrote(ram, addr, len);
    return true;
}

void ocpn_ram_init(OcpnDevice *d)
{
    OcpnRanges *rs = g_new0(OcpnRanges, 1);

    rs->d = d;
    rs->range = g_array_new(false, false, sizeof(Span));
    qemu_mutex_init(&rs->lock);
    rs->listener = (MemoryListener) {
        .name = TYPE_OCP_NVME,
        .region_add = region_add,
        .region_del = region_del,
        .commit = commit,
    };
    d->ranges = rs;
    for (unsigned i = 0; i < d->nlanes; i++) {
        d->lane[i].ram_bh = aio_bh_new(d->lane[i].ctx, renew_idle,
                                       &d->lane[i]);
    }
    memory_listener_register(&rs->listener,
                             pci_get_address_space(PCI_DEVICE(d)));
}

static void nothing(void *opaque)
{
}

/* A deleted bottom half may still be running. */
void ocpn_ram_exit(OcpnDevice *d)
{
    OcpnRanges *rs = d->ranges;

    memory_listener_unregister(&rs->listener);
    for (unsigned i = 0; i < d->nlanes; i++) {
        OcpnLane *lane = &d->lane[i];

        qemu_bh_delete(lane->ram_bh);
        aio_wait_bh_oneshot(lane->ctx, nothing, NULL);
        if (lane->ram) {
            ocpn_ram_put(lane->ram);
            lane->ram = NULL;
        }
    }
    qemu_mutex_destroy(&rs->lock);
    g_array_free(rs->range, true);
    g_clear_pointer(&d->ranges, g_free);
}
