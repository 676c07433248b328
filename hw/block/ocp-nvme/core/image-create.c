/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a new image.
 * Implements: docs/image-format.rst, "Creation".
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/image.h"
#include "hw/ocp-nvme/spec/ocssd.h"

#include "image-int.h"

static bool fail_io(const char *what, uint64_t off, OcpnError *err)
{
    return OCPN_FAIL(err, "cannot %s the image at byte %" PRIu64, what, off);
}

static bool flush(const OcpnDisk *d, OcpnError *err)
{
    return d->flush(d->opaque) || OCPN_FAIL(err, "cannot flush the image");
}

/* Make a block zero, if it is not: a hole stays a hole. */
static bool wipe(const OcpnDisk *d, uint64_t off, OcpnError *err)
{
    uint8_t block[IMG_BLOCK];

    if (!d->read(d->opaque, off, block, sizeof(block))) {
        return fail_io("read", off, err);
    }
    if (ocpn_image_zeros(block, sizeof(block))) {
        return true;
    }
    memset(block, 0, sizeof(block));
    return d->write(d->opaque, off, block, sizeof(block)) ||
           fail_io("write", off, err);
}

/* The chunks of a page: all free, all of full size. */
static void fill_chunks(const OcpnImage *im, uint32_t index, ImgPage *p)
{
    const ImgChunk fresh = {
        .state = OCSSD_CS_FREE,
        .type = OCSSD_CT_SEQUENTIAL,
        .cnlb = to_le32(im->geo.clba),
    };
    uint32_t left = im->geo.chunks - index * IMG_CHUNKS_PER_PAGE;

    for (uint32_t i = 0; i < IMG_CHUNKS_PER_PAGE && i < left; i++) {
        memcpy(p->payload + i * sizeof(fresh), &fresh, sizeof(fresh));
    }
}

/*
 * Slot 0 gets the page.  Slot 1 may hold the page of an older image, which
 * has another UUID unless its maker was given the same one.
 */
static bool write_pages(const OcpnImage *im, const OcpnDisk *d,
                        uint32_t region, OcpnError *err)
{
    uint32_t npages = ocpn_image_npages(ocpn_image_region(im, region));

    for (uint32_t i = 0; i < npages; i++) {
        uint64_t off = ocpn_page_offset(im, region, i, 0);
        ImgPage p = { .magic = { { 0 } } };

        if (region == IMG_REGION_CHUNKS) {
            fill_chunks(im, i, &p);
        }
        ocpn_page_seal(im, &p, region, i, 1);
        if (!d->write(d->opaque, off, &p, sizeof(p))) {
            return fail_io("write", off, err);
        }
        if (!wipe(d, ocpn_page_offset(im, region, i, 1), err)) {
            return false;
        }
    }
    return true;
}

static bool write_super(const OcpnImage *im, const OcpnDisk *d,
                        uint64_t sequence, OcpnError *err)
{
    uint64_t off = ocpn_image_super_offset(sequence);
    OcpnImage t = *im;
    ImgSuper sb;

    t.sequence = sequence;
    ocpn_image_put_super(&t, &sb);
    if (!d->write(d->opaque, off, &sb, sizeof(sb))) {
        return fail_io("write", off, err);
    }
    return flush(d, err);
}

bool ocpn_image_create(const OcpnImage *im, const OcpnDisk *d, OcpnError *err)
{
    if (im->length > d->size) {
        return OCPN_FAIL(err, "the image needs %" PRIu64 " bytes, but there "
                         "are only %" PRIu64, im->length, d->size);
    }
    return wipe(d, IMG_SUPER_A, err) && wipe(d, IMG_SUPER_B, err) &&
           flush(d, err) &&
           write_pages(im, d, IMG_REGION_STATE, err) &&
           write_pages(im, d, IMG_REGION_CHUNKS, err) &&
           write_pages(im, d, IMG_REGION_MAPS, err) &&
           flush(d, err) &&
           write_super(im, d, 1, err) && write_super(im, d, 2, err);
}
