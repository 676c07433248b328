/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages: two slots, of which the newer valid one counts.
 * Implements: docs/image-format.rst, "Pages" and "Chunk table".
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/image.h"
#include "hw/ocp-nvme/spec/ocssd.h"

#include "image-int.h"

void ocpn_page_seal(const OcpnImage *im, ImgPage *p, uint32_t region,
                    uint32_t index, uint64_t sequence)
{
    p->magic = to_le32(IMG_PAGE_MAGIC);
    p->region = to_le32(region);
    p->index = to_le32(index);
    p->sequence = to_le64(sequence);
    memcpy(&p->uuid_lo, im->uuid, sizeof(p->uuid_lo));
    p->crc32c = to_le32(ocpn_image_crc(p, offsetof(ImgPage, crc32c)));
}

/* Everything but the checksum. */
static bool header_valid(const OcpnImage *im, const ImgPage *p,
                         uint32_t region, uint32_t index)
{
    uint64_t sequence = from_le64(p->sequence);

    return from_le32(p->magic) == IMG_PAGE_MAGIC &&
           from_le32(p->region) == region &&
           from_le32(p->index) == index &&
           sequence != 0 && sequence <= OCPN_SEQUENCE_MAX &&
           memcmp(&p->uuid_lo, im->uuid, sizeof(p->uuid_lo)) == 0;
}

static bool crc_valid(const ImgPage *p)
{
    return from_le32(p->crc32c) ==
           ocpn_image_crc(p, offsetof(ImgPage, crc32c));
}

bool ocpn_page_valid(const OcpnImage *im, const ImgPage *p, uint32_t region,
                     uint32_t index)
{
    return header_valid(im, p, region, index) && crc_valid(p);
}

uint64_t ocpn_page_offset(const OcpnImage *im, uint32_t region,
                          uint32_t index, unsigned slot)
{
    return ocpn_image_region(im, region).offset +
           ((uint64_t)index * 2 + slot) * IMG_BLOCK;
}

/*
 * Which of a page's two slots is the page; -1 if none is.  The checksum of
 * the older one is not computed where the newer one is valid.
 */
static int current_slot(const OcpnImage *im, const ImgPage slot[2],
                        uint32_t region, uint32_t index)
{
    bool valid[2] = { header_valid(im, &slot[0], region, index),
                      header_valid(im, &slot[1], region, index) };
    int first = valid[1] &&
                (!valid[0] || from_le64(slot[1].sequence) >
                              from_le64(slot[0].sequence));

    if (valid[first] && crc_valid(&slot[first])) {
        return first;
    }
    if (valid[!first] && crc_valid(&slot[!first])) {
        return !first;
    }
    return -1;
}

static bool fail_damaged(const OcpnImage *im, uint32_t region, uint32_t index,
                         OcpnError *err)
{
    return OCPN_FAIL(err, "page %" PRIu32 " of the %s is damaged in both "
                     "slots (bytes %" PRIu64 " and %" PRIu64 ")", index,
                     ocpn_image_region_name(region),
                     ocpn_page_offset(im, region, index, 0),
                     ocpn_page_offset(im, region, index, 1));
}

static bool fail_read(const OcpnImage *im, uint32_t region, uint32_t index,
                      OcpnError *err)
{
    return OCPN_FAIL(err, "cannot read page %" PRIu32 " of the %s at byte %"
                     PRIu64, index, ocpn_image_region_name(region),
                     ocpn_page_offset(im, region, index, 0));
}

bool ocpn_page_load(const OcpnImage *im, const OcpnDisk *d, uint32_t region,
                    uint32_t index, ImgPage *p, unsigned *slot,
                    OcpnError *err)
{
    ImgPage both[2];
    int current;

    if (index >= ocpn_image_npages(ocpn_image_region(im, region))) {
        return OCPN_FAIL(err, "the %s has no page %" PRIu32,
                         ocpn_image_region_name(region), index);
    }
    if (!d->read(d->opaque, ocpn_page_offset(im, region, index, 0), both,
                 sizeof(both))) {
        return fail_read(im, region, index, err);
    }
    current = current_slot(im, both, region, index);
    if (current < 0) {
        return fail_damaged(im, region, index, err);
    }
    *p = both[current];
    *slot = (unsigned)current;
    return true;
}

bool ocpn_page_load_all(const OcpnImage *im, const OcpnDisk *d,
                        uint32_t region, void *buf, size_t buf_len,
                        OcpnPageSink sink, void *opaque, OcpnError *err)
{
    ImgPage *slots = buf;
    uint32_t npages = ocpn_image_npages(ocpn_image_region(im, region));
    size_t room = buf_len / (2 * sizeof(*slots));

    for (uint32_t first = 0; first < npages; ) {
        uint32_t n = npages - first < room ? npages - first : (uint32_t)room;

        if (n == 0 ||
            !d->read(d->opaque, ocpn_page_offset(im, region, first, 0), slots,
                     n * 2 * sizeof(*slots))) {
            return fail_read(im, region, first, err);
        }
        for (uint32_t i = 0; i < n; i++) {
            const ImgPage *both = &slots[2 * i];
            int slot = current_slot(im, both, region, first + i);

            if (slot < 0) {
                return fail_damaged(im, region, first + i, err);
            }
            if (!sink(opaque, first + i, &both[slot], (unsigned)slot, err)) {
                return false;
            }
        }
        first += n;
    }
    return true;
}

static bool state_valid(const ImgChunk *e, uint32_t wp, uint32_t cnlb)
{
    switch (e->state) {
    case OCSSD_CS_FREE:
        return wp == 0;
    case OCSSD_CS_OPEN:
        return wp < cnlb || e->type & OCSSD_CT_RANDOM;
    case OCSSD_CS_CLOSED:
    case OCSSD_CS_OFFLINE:
        return true;
    default:
        return false;
    }
}

bool ocpn_chunk_entry_valid(const OcpnImage *im, const ImgChunk *e,
                            uint64_t chunk, OcpnError *err)
{
    uint32_t wp = from_le32(e->wp), cnlb = from_le32(e->cnlb);
    uint8_t size = cnlb != im->geo.clba ? OCSSD_CT_SIZE_DEVIATES : 0;

    if (cnlb == 0 || cnlb > im->geo.clba || cnlb % im->geo.ws_min) {
        return OCPN_FAIL(err, "chunk %" PRIu64 " has %" PRIu32 " blocks, but "
                         "must have a multiple of %" PRIu32 " up to %" PRIu32,
                         chunk, cnlb, im->geo.ws_min, im->geo.clba);
    }
    if (e->type != (OCSSD_CT_SEQUENTIAL | size) &&
        e->type != (OCSSD_CT_RANDOM | size)) {
        return OCPN_FAIL(err, "chunk %" PRIu64 " has type 0x%02x, but must "
                         "have 0x%02x or 0x%02x with its %" PRIu32 " blocks",
                         chunk, e->type, OCSSD_CT_SEQUENTIAL | size,
                         OCSSD_CT_RANDOM | size, cnlb);
    }
    if (wp > cnlb || !state_valid(e, wp, cnlb)) {
        return OCPN_FAIL(err, "chunk %" PRIu64 " has state 0x%02x with %"
                         PRIu32 " of %" PRIu32 " blocks written, which "
                         "cannot be", chunk, e->state, wp, cnlb);
    }
    if (e->flags & ~(unsigned)(IMG_CHUNK_OFFLINE_NEXT | IMG_CHUNK_MARKS)) {
        return OCPN_FAIL(err, "chunk %" PRIu64 " has flags 0x%02x, of which "
                         "only 0x%02x is known", chunk, e->flags,
                         IMG_CHUNK_OFFLINE_NEXT | IMG_CHUNK_MARKS);
    }
    return true;
}
