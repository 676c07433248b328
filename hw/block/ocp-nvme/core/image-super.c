/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The superblock: to bytes and from bytes.
 * Implements: docs/image-format.rst, "Superblock".
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/image.h"

#include "image-int.h"

uint32_t ocpn_image_crc(const void *block, size_t field)
{
    static const uint8_t zero[4];
    const uint8_t *p = block;
    uint32_t crc = ocpn_crc32c(0, p, field);

    crc = ocpn_crc32c(crc, zero, sizeof(zero));
    return ocpn_crc32c(crc, p + field + sizeof(zero),
                       IMG_BLOCK - field - sizeof(zero));
}

bool ocpn_image_zeros(const void *buf, size_t len)
{
    const uint8_t *p = buf;

    /* The first byte is zero and each equals the one before it. */
    return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static void put_geometry(const OcpnGeometry *g, ImgGeometry *w)
{
    w->num_grp = to_le16((uint16_t)g->num_grp);
    w->num_pu = to_le16((uint16_t)g->num_pu);
    w->num_chk = to_le32(g->num_chk);
    w->clba = to_le32(g->clba);
    w->ws_min = to_le32(g->ws_min);
    w->ws_opt = to_le32(g->ws_opt);
    w->mw_cunits = to_le32(g->mw_cunits);
    w->maxoc = to_le32(g->maxoc);
    w->maxocpu = to_le32(g->maxocpu);
    w->pe_cycles = to_le32(g->pe_cycles);
    w->wit = to_le32(g->wit);
    w->trdt = to_le32(g->trdt);
    w->trdm = to_le32(g->trdm);
    w->twrt = to_le32(g->twrt);
    w->twrm = to_le32(g->twrm);
    w->tcrst = to_le32(g->tcrst);
    w->tcrsm = to_le32(g->tcrsm);
}

static void get_geometry(OcpnGeometry *g, const ImgGeometry *w)
{
    *g = (OcpnGeometry) {
        .num_grp = from_le16(w->num_grp),
        .num_pu = from_le16(w->num_pu),
        .num_chk = from_le32(w->num_chk),
        .clba = from_le32(w->clba),
        .ws_min = from_le32(w->ws_min),
        .ws_opt = from_le32(w->ws_opt),
        .mw_cunits = from_le32(w->mw_cunits),
        .maxoc = from_le32(w->maxoc),
        .maxocpu = from_le32(w->maxocpu),
        .pe_cycles = from_le32(w->pe_cycles),
        .wit = from_le32(w->wit),
        .trdt = from_le32(w->trdt),
        .trdm = from_le32(w->trdm),
        .twrt = from_le32(w->twrt),
        .twrm = from_le32(w->twrm),
        .tcrst = from_le32(w->tcrst),
        .tcrsm = from_le32(w->tcrsm),
    };
}

/* Regions in the order they lie: insertion by offset, of at most five. */
static void put_regions(const OcpnImage *im, ImgRegion *w)
{
    uint64_t after = 0;

    for (unsigned int n = 0; n < IMG_NREGIONS; n++) {
        uint32_t next = IMG_REGION_NONE;

        for (uint32_t t = IMG_REGION_STATE; t < IMG_REGION_END; t++) {
            OcpnExtent e = ocpn_image_region(im, t);

            if (e.length != 0 && e.offset > after &&
                (next == IMG_REGION_NONE ||
                 e.offset < ocpn_image_region(im, next).offset)) {
                next = t;
            }
        }
        if (next == IMG_REGION_NONE) {
            return;
        }
        after = ocpn_image_region(im, next).offset;
        w[n].type = to_le32(next);
        w[n].offset = to_le64(after);
        w[n].length = to_le64(ocpn_image_region(im, next).length);
    }
}

void ocpn_image_put_super(const OcpnImage *im, ImgSuper *sb)
{
    memset(sb, 0, sizeof(*sb));
    memcpy(sb->magic, IMG_MAGIC, sizeof(sb->magic));
    sb->version = to_le32(IMG_VERSION);
    sb->sequence = to_le64(im->sequence);
    memcpy(sb->uuid, im->uuid, sizeof(sb->uuid));
    sb->mode = im->mode;
    sb->lbads = im->lbads;
    sb->ms = to_le16(im->ms);
    sb->extended = im->extended;
    sb->nsze = to_le64(im->nsze);
    sb->length = to_le64(im->length);
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        put_geometry(&im->geo, &sb->geo);
    }
    put_regions(im, sb->region);
    sb->crc32c = to_le32(ocpn_image_crc(sb, offsetof(ImgSuper, crc32c)));
}

static bool has_magic(const ImgSuper *sb)
{
    return memcmp(sb->magic, IMG_MAGIC, sizeof(sb->magic)) == 0;
}

bool ocpn_image_super_intact(const ImgSuper *sb)
{
    uint32_t crc = from_le32(sb->crc32c);

    return has_magic(sb) &&
           crc == ocpn_image_crc(sb, offsetof(ImgSuper, crc32c));
}

/* Whether this program may read what the superblock describes. */
static bool check_version(const ImgSuper *sb, OcpnError *err)
{
    uint64_t sequence = from_le64(sb->sequence);

    if (!has_magic(sb)) {
        return OCPN_FAIL(err, "there is no superblock");
    }
    if (!ocpn_image_super_intact(sb)) {
        return OCPN_FAIL(err, "the superblock's checksum is wrong");
    }
    if (from_le32(sb->version) != IMG_VERSION) {
        return OCPN_FAIL(err, "the image has format version %" PRIu32 ", but "
                         "this program reads version %d",
                         from_le32(sb->version), IMG_VERSION);
    }
    if (from_le32(sb->incompat) != 0) {
        return OCPN_FAIL(err, "the image uses features this program does not "
                         "know (incompat is 0x%" PRIx32 ", but must be 0)",
                         from_le32(sb->incompat));
    }
    if (sequence == 0 || sequence > OCPN_SEQUENCE_MAX) {
        return OCPN_FAIL(err, "the superblock's sequence number is %" PRIu64
                         ", but must be 1 to 2^63 - 1", sequence);
    }
    return true;
}

static OcpnExtent *extent_of(OcpnImage *im, uint32_t region)
{
    switch (region) {
    case IMG_REGION_STATE:
        return &im->state;
    case IMG_REGION_CHUNKS:
        return &im->chunks;
    case IMG_REGION_META:
        return &im->meta;
    case IMG_REGION_DATA:
        return &im->data;
    case IMG_REGION_MAPS:
        return &im->maps;
    default:
        return NULL;
    }
}

/* Region N of the table, not to begin before END; END moves behind it. */
static bool get_region(OcpnImage *im, const ImgRegion *w, unsigned int n,
                       uint64_t *end, OcpnError *err)
{
    uint32_t type = from_le32(w->type);
    OcpnExtent e = { from_le64(w->offset), from_le64(w->length) };
    OcpnExtent *to = extent_of(im, type);

    if (!to) {
        return OCPN_FAIL(err, "region %u has type %" PRIu32
                         ", but must be 0 to %d", n, type, IMG_REGION_END - 1);
    }
    if (to->length != 0) {
        return OCPN_FAIL(err, "region %u is a second %s region", n,
                         ocpn_image_region_name(type));
    }
    if (e.length == 0 || e.offset % IMG_BLOCK || e.length % IMG_BLOCK) {
        return OCPN_FAIL(err, "the %s region (offset %" PRIu64 ", length %"
                         PRIu64 ") is empty or not made of blocks of %u bytes",
                         ocpn_image_region_name(type), e.offset, e.length,
                         IMG_BLOCK);
    }
    if (e.offset < *end) {
        return OCPN_FAIL(err, "the %s region begins at byte %" PRIu64
                         ", inside what ends at byte %" PRIu64,
                         ocpn_image_region_name(type), e.offset, *end);
    }
    if (e.offset > im->length || e.length > im->length - e.offset) {
        return OCPN_FAIL(err, "the %s region (offset %" PRIu64 ", length %"
                         PRIu64 ") does not fit the image of %" PRIu64
                         " bytes", ocpn_image_region_name(type), e.offset,
                         e.length, im->length);
    }
    *to = e;
    *end = e.offset + e.length;
    return true;
}

static bool get_regions(OcpnImage *im, const ImgSuper *sb, OcpnError *err)
{
    uint64_t end = IMG_FIRST_REGION;

    for (unsigned int n = 0; n < IMG_NREGIONS; n++) {
        if (from_le32(sb->region[n].type) != IMG_REGION_NONE &&
            !get_region(im, &sb->region[n], n, &end, err)) {
            return false;
        }
    }
    return true;
}

static bool is_behind(OcpnExtent a, OcpnExtent b)
{
    return a.length == 0 || a.offset > b.offset;
}

/* The block maps are as many as the region says; no region: none. */
static bool get_maps(OcpnImage *im, OcpnError *err)
{
    uint64_t length = im->maps.length;

    if (length != 0 && im->mode != IMG_MODE_OPEN_CHANNEL &&
        !(im->state.offset < im->maps.offset &&
          is_behind(im->meta, im->maps) && is_behind(im->data, im->maps))) {
        return OCPN_FAIL(err, "the %s region of a conventional image must be "
                         "between device state and what hosts write",
                         ocpn_image_region_name(IMG_REGION_MAPS));
    }
    if (length % (2 * IMG_BLOCK) ||
        length / (2 * IMG_BLOCK) > IMG_MAPS_MAX) {
        return OCPN_FAIL(err, "the %s region has %" PRIu64 " bytes, but must "
                         "have a multiple of %u up to %" PRIu64,
                         ocpn_image_region_name(IMG_REGION_MAPS), length,
                         2 * IMG_BLOCK,
                         (uint64_t)IMG_MAPS_MAX * 2 * IMG_BLOCK);
    }
    im->nmaps = ocpn_image_npages(im->maps);
    return true;
}

/* Regions against what the format needs.  Paged ones fit it exactly. */
static bool check_regions(const OcpnImage *im, OcpnError *err)
{
    for (uint32_t t = IMG_REGION_STATE; t < IMG_REGION_END; t++) {
        uint64_t need = ocpn_image_region_need(im, t);
        uint64_t length = ocpn_image_region(im, t).length;
        bool larger = need != 0 && (t == IMG_REGION_META ||
                                    t == IMG_REGION_DATA);

        if (length < need || (length > need && !larger)) {
            return OCPN_FAIL(err, "the %s region has %" PRIu64 " bytes, but "
                             "this drive needs %" PRIu64,
                             ocpn_image_region_name(t), length, need);
        }
    }
    return true;
}

bool ocpn_image_get_super(OcpnImage *im, const ImgSuper *sb,
                          uint64_t disk_size, OcpnError *err)
{
    memset(im, 0, sizeof(*im));
    if (!check_version(sb, err)) {
        return false;
    }
    im->sequence = from_le64(sb->sequence);
    memcpy(im->uuid, sb->uuid, sizeof(im->uuid));
    im->mode = sb->mode;
    im->lbads = sb->lbads;
    im->ms = from_le16(sb->ms);
    im->nsze = from_le64(sb->nsze);
    im->length = from_le64(sb->length);
    if (sb->extended > 1) {
        return OCPN_FAIL(err, "extended is %u, but must be 0 or 1",
                         sb->extended);
    }
    im->extended = sb->extended;
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        get_geometry(&im->geo, &sb->geo);
    }
    if (!ocpn_image_check_format(im, err)) {
        return false;
    }
    if (im->mode == IMG_MODE_OPEN_CHANNEL &&
        im->nsze != ocpn_geometry_blocks(&im->geo)) {
        return OCPN_FAIL(err, "the superblock counts %" PRIu64 " blocks, but "
                         "its geometry has %" PRIu64, im->nsze,
                         ocpn_geometry_blocks(&im->geo));
    }
    if (disk_size != 0 && im->length > disk_size) {
        return OCPN_FAIL(err, "the image needs %" PRIu64 " bytes, but there "
                         "are only %" PRIu64 ": it was cut short", im->length,
                         disk_size);
    }
    return get_regions(im, sb, err) && get_maps(im, err) &&
           check_regions(im, err);
}
