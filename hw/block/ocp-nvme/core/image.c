/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things are in an image.
 * Implements: docs/image-format.rst, "Regions" and "Formats".
 */
#include <inttypes.h>

#include "hw/ocp-nvme/core/image.h"

#include "image-int.h"

#define KIB64   ((uint64_t)64 << 10)
#define MIB     ((uint64_t)1 << 20)

OcpnExtent ocpn_image_region(const OcpnImage *im, uint32_t region)
{
    switch (region) {
    case IMG_REGION_STATE:
        return im->state;
    case IMG_REGION_CHUNKS:
        return im->chunks;
    case IMG_REGION_MAPS:
        return im->maps;
    case IMG_REGION_META:
        return im->meta;
    case IMG_REGION_DATA:
        return im->data;
    default:
        return (OcpnExtent) { 0, 0 };
    }
}

const char *ocpn_image_region_name(uint32_t region)
{
    static const char *const name[] = {
        [IMG_REGION_NONE]   = "unused",
        [IMG_REGION_STATE]  = "device state",
        [IMG_REGION_CHUNKS] = "chunk table",
        [IMG_REGION_META]   = "metadata",
        [IMG_REGION_DATA]   = "data",
        [IMG_REGION_MAPS]   = "block maps",
    };

    return region < sizeof(name) / sizeof(name[0]) ? name[region] : "unknown";
}

bool ocpn_image_ms_valid(uint16_t ms)
{
    return ms == 0 || ms == 8 || ms == 16 || ms == 64;
}

/* 16 MiB of QEMU's memory; larger drives count groups of blocks. */
#define USED_MAPS   4096u

uint32_t ocpn_image_default_maps(const OcpnImage *im)
{
    uint64_t pages = im->nsze / IMG_MAP_BITS + (im->nsze % IMG_MAP_BITS != 0);

    return im->mode == IMG_MODE_OPEN_CHANNEL ? IMG_MAPS_DEFAULT
           : pages < USED_MAPS ? (uint32_t)pages : USED_MAPS;
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) / to * to;
}

bool ocpn_image_check_format(OcpnImage *im, OcpnError *err)
{
    if (im->mode != IMG_MODE_OPEN_CHANNEL &&
        im->mode != IMG_MODE_CONVENTIONAL) {
        return OCPN_FAIL(err, "mode is %u, but must be %d (open-channel) or "
                         "%d (conventional)", im->mode,
                         IMG_MODE_OPEN_CHANNEL, IMG_MODE_CONVENTIONAL);
    }
    if (im->lbads != 9 && im->lbads != 12) {
        return OCPN_FAIL(err, "the logical block size is 2^%u bytes, but must "
                         "be 512 or 4096", im->lbads);
    }
    if (!ocpn_image_ms_valid(im->ms)) {
        return OCPN_FAIL(err, "the metadata of a block is %u bytes, but must "
                         "be 0, 8, 16 or 64", im->ms);
    }
    if (im->extended && im->ms == 0) {
        return OCPN_FAIL(err, "extended logical blocks need metadata, but the "
                         "metadata of a block is 0 bytes");
    }
    if (im->extended && im->mode == IMG_MODE_OPEN_CHANNEL) {
        return OCPN_FAIL(err, "extended logical blocks are for conventional "
                         "drives; open-channel metadata is separate");
    }
    if (im->nmaps > IMG_MAPS_MAX) {
        return OCPN_FAIL(err, "the image has %" PRIu32 " pages of block maps, "
                         "but must have 0 to %u", im->nmaps, IMG_MAPS_MAX);
    }
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        return ocpn_geometry_init(&im->geo, im->lbads, err);
    }
    if (im->nsze == 0 ||
        im->nsze > (uint64_t)1 << (OCPN_ADDR_BITS - im->lbads)) {
        return OCPN_FAIL(err, "the namespace has %" PRIu64 " blocks of %u "
                         "bytes, but must have 1 to 2^%d", im->nsze,
                         1u << im->lbads, OCPN_ADDR_BITS - im->lbads);
    }
    return true;
}

/* Sums stay below 2^63: ocpn_image_check_format() bounds each factor. */
uint64_t ocpn_image_region_need(const OcpnImage *im, uint32_t region)
{
    uint64_t pages;

    switch (region) {
    case IMG_REGION_STATE:
        return (uint64_t)IMG_STATE_NPAGES * 2 * IMG_BLOCK;
    case IMG_REGION_CHUNKS:
        if (im->mode != IMG_MODE_OPEN_CHANNEL) {
            return 0;
        }
        pages = ((uint64_t)im->geo.chunks + IMG_CHUNKS_PER_PAGE - 1) /
                IMG_CHUNKS_PER_PAGE;
        return pages * 2 * IMG_BLOCK;
    case IMG_REGION_MAPS:
        return (uint64_t)im->nmaps * 2 * IMG_BLOCK;
    case IMG_REGION_META:
        return round_up(im->nsze * im->ms, IMG_BLOCK);
    case IMG_REGION_DATA:
        return round_up(im->nsze << im->lbads, IMG_BLOCK);
    default:
        return 0;
    }
}

/* Put a region behind END, or nowhere if it needs no room. */
static OcpnExtent place(const OcpnImage *im, uint32_t region, uint64_t align,
                        uint64_t *end)
{
    OcpnExtent e = { 0, ocpn_image_region_need(im, region) };

    if (e.length != 0) {
        e.offset = round_up(*end, align);
        *end = e.offset + e.length;
    }
    return e;
}

static void place_all(OcpnImage *im, uint64_t end)
{
    im->state = place(im, IMG_REGION_STATE, IMG_BLOCK, &end);
    im->chunks = place(im, IMG_REGION_CHUNKS, KIB64, &end);
    im->maps = place(im, IMG_REGION_MAPS, KIB64, &end);
    im->meta = place(im, IMG_REGION_META, KIB64, &end);
    im->data = place(im, IMG_REGION_DATA, MIB, &end);
    im->length = end;
}

bool ocpn_image_layout(OcpnImage *im, OcpnError *err)
{
    if (!ocpn_image_check_format(im, err)) {
        return false;
    }
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        im->nsze = ocpn_geometry_blocks(&im->geo);
    }
    place_all(im, IMG_FIRST_REGION);
    return true;
}

/* The most blocks of IM's format that end before byte LENGTH; 0 for none. */
static uint64_t most_blocks(const OcpnImage *im, uint64_t length)
{
    uint64_t fit = 0, not_fit = (length >> im->lbads) + 1;
    OcpnImage t = *im;

    while (not_fit - fit > 1) {
        t.nsze = fit + (not_fit - fit) / 2;
        place_all(&t, im->state.offset);
        if (t.length <= length) {
            fit = t.nsze;
        } else {
            not_fit = t.nsze;
        }
    }
    return fit;
}

bool ocpn_image_relayout(OcpnImage *im, uint8_t lbads, uint16_t ms,
                         bool extended, OcpnError *err)
{
    OcpnImage t = *im;

    if (im->mode != IMG_MODE_CONVENTIONAL) {
        return OCPN_FAIL(err, "only a conventional image can be given another "
                         "format, and this one is open-channel");
    }
    t.lbads = lbads;
    t.ms = ms;
    t.extended = extended;
    t.nsze = 1;
    if (!ocpn_image_check_format(&t, err)) {
        return false;
    }
    t.nsze = most_blocks(&t, im->length);
    if (t.nsze == 0) {
        return OCPN_FAIL(err, "no block of %u bytes fits an image of %" PRIu64
                         " bytes", 1u << lbads, im->length);
    }
    place_all(&t, im->state.offset);
    if (t.maps.offset != im->maps.offset) {
        return OCPN_FAIL(err, "the block maps are not where a format that is "
                         "made anew would have them");
    }
    t.length = im->length;
    *im = t;
    return true;
}
