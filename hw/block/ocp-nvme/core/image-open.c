/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening an image: the choice between the superblock's copies.
 * Implements: docs/image-format.rst, "Superblock".
 */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/core/image.h"

#include "image-int.h"

/* Read a copy; what lies behind the end of the disk counts as zeros. */
static bool read_copy(const OcpnDisk *d, uint64_t off, ImgSuper *sb)
{
    uint64_t there = d->size > off ? d->size - off : 0;

    memset(sb, 0, sizeof(*sb));
    return there == 0 ||
           d->read(d->opaque, off, sb,
                   there < sizeof(*sb) ? (size_t)there : sizeof(*sb));
}

static bool is_ours(const ImgSuper *sb)
{
    return memcmp(sb->magic, IMG_MAGIC, sizeof(sb->magic)) == 0;
}

/* What a disk without an intact copy is. */
static OcpnOpen no_copy(const ImgSuper *sb, OcpnError *err)
{
    if (is_ours(&sb[0]) || is_ours(&sb[1])) {
        (void)OCPN_FAIL(err, "both copies of the superblock (bytes %u and %u) "
                        "are damaged", IMG_SUPER_A, IMG_SUPER_B);
        return OCPN_OPEN_DAMAGED;
    }
    if (ocpn_image_zeros(&sb[0], sizeof(sb[0])) &&
        ocpn_image_zeros(&sb[1], sizeof(sb[1]))) {
        (void)OCPN_FAIL(err, "there is no superblock: the drive is blank");
        return OCPN_OPEN_BLANK;
    }
    (void)OCPN_FAIL(err, "there is no superblock, but other data");
    return OCPN_OPEN_FOREIGN;
}

OcpnOpen ocpn_image_open(OcpnImage *im, const OcpnDisk *d, OcpnError *err)
{
    static const uint64_t at[2] = { IMG_SUPER_A, IMG_SUPER_B };
    ImgSuper sb[2];
    const ImgSuper *best = NULL;
    uint64_t highest = 0;

    for (unsigned int i = 0; i < 2; i++) {
        uint64_t sequence;

        if (!read_copy(d, at[i], &sb[i])) {
            (void)OCPN_FAIL(err, "cannot read the superblock at byte %" PRIu64,
                            at[i]);
            return OCPN_OPEN_IO;
        }
        sequence = from_le64(sb[i].sequence);
        if (ocpn_image_super_intact(&sb[i]) &&
            ocpn_image_super_offset(sequence) == at[i] &&
            (!best || sequence > highest)) {
            best = &sb[i];
            highest = sequence;
        }
    }
    if (!best) {
        return no_copy(sb, err);
    }
    return ocpn_image_get_super(im, best, d->size, err) ? OCPN_OPEN_OK
                                                        : OCPN_OPEN_DAMAGED;
}
