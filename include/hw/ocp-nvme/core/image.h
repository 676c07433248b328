/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image: layout, superblock, pages.  Used by the device when it opens a
 * drive, by ocp-nvme-img offline, and by core/store.c for the bytes it writes
 * at run time.  docs/image-format.rst is the authority.
 *
 * Everything read from an image is hostile: these functions check it and say
 * in one sentence what is wrong.  They never allocate.
 */
#ifndef HW_OCP_NVME_CORE_IMAGE_H
#define HW_OCP_NVME_CORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/crc32c.h"
#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/core/geometry.h"
#include "hw/ocp-nvme/spec/image.h"

/* Sequence numbers are 1 to this, so that counting on cannot wrap. */
#define OCPN_SEQUENCE_MAX   (UINT64_MAX >> 1)

/*
 * Synchronous access, for opening and for the tool.  Offsets and sizes are
 * bytes and need no alignment.  False: the access failed.
 */
typedef struct OcpnDisk {
    void *opaque;
    uint64_t size;
    bool (*read)(void *opaque, uint64_t off, void *buf, size_t len);
    bool (*write)(void *opaque, uint64_t off, const void *buf, size_t len);
    bool (*flush)(void *opaque);
} OcpnDisk;

/* A region, in numbers. */
typedef struct OcpnExtent {
    uint64_t offset;
    uint64_t length;
} OcpnExtent;

/* A superblock, in numbers. */
typedef struct OcpnImage {
    uint8_t  uuid[16];
    uint64_t sequence;
    uint8_t  mode;              /* enum ImgMode */
    uint8_t  lbads;             /* 9 or 12 */
    bool     extended;
    uint16_t ms;
    uint64_t nsze;              /* blocks that have a place in the image */
    uint64_t length;            /* bytes the image needs */
    OcpnGeometry geo;           /* open-channel only */
    uint32_t nmaps;             /* pages of block maps, 0..IMG_MAPS_MAX */
    OcpnExtent state, chunks, maps, meta, data;     /* length 0: not there */
} OcpnImage;

/* Pages in a paged region of LENGTH bytes, and the other way round. */
static inline uint32_t ocpn_image_npages(OcpnExtent e)
{
    return (uint32_t)(e.length / (2 * IMG_BLOCK));
}

/* Where a paged or plain region is; length 0 if there is none. */
OcpnExtent ocpn_image_region(const OcpnImage *im, uint32_t region);

/* Its name in sentences: "device state", "chunk table", ... */
const char *ocpn_image_region_name(uint32_t region);

/* Whether a logical block may have MS bytes of metadata: 0, 8, 16 or 64. */
bool ocpn_image_ms_valid(uint16_t ms);

/*
 * The pages of block maps of an image of which nothing else is asked; of a
 * conventional one so many that each of its nsze blocks has a bit, or 4096.
 */
uint32_t ocpn_image_default_maps(const OcpnImage *im);

/*
 * Lay an image out: from mode, lbads, ms, extended, nmaps, and geo
 * (open-channel) or nsze (conventional), fill the regions, nsze and length.
 * False, with ERR set, if no such image can be (ranges, overflow).
 */
bool ocpn_image_layout(OcpnImage *im, OcpnError *err);

/*
 * The same for Format NVM on a conventional image: keep the image's length,
 * divide what is behind the state region between data and metadata anew.
 */
bool ocpn_image_relayout(OcpnImage *im, uint8_t lbads, uint16_t ms,
                         bool extended, OcpnError *err);

/*
 * Where the superblock with this sequence number belongs: odd numbers are
 * copy A, even ones copy B.  To change a superblock, write it with the next
 * sequence number; the copy in force is then never touched.
 */
static inline uint64_t ocpn_image_super_offset(uint64_t sequence)
{
    return sequence & 1 ? IMG_SUPER_A : IMG_SUPER_B;
}

/* Superblock to bytes; the CRC is filled in. */
void ocpn_image_put_super(const OcpnImage *im, ImgSuper *sb);

/*
 * True if SB is a superblock of any version with a correct CRC.  Whether it
 * can be used is for ocpn_image_get_super() to say.
 */
bool ocpn_image_super_intact(const ImgSuper *sb);

/* Bytes to superblock, with every check.  DISK_SIZE 0: do not compare. */
bool ocpn_image_get_super(OcpnImage *im, const ImgSuper *sb,
                          uint64_t disk_size, OcpnError *err);

/* How opening ended. */
typedef enum OcpnOpen {
    OCPN_OPEN_OK,
    OCPN_OPEN_BLANK,            /* no superblock, only zeros there */
    OCPN_OPEN_FOREIGN,          /* no superblock, other people's data */
    OCPN_OPEN_DAMAGED,          /* ours, and not usable: ERR says what */
    OCPN_OPEN_IO,               /* a read failed */
} OcpnOpen;

/*
 * Read both superblock copies and take the intact one with the higher
 * sequence number.  Nothing is written.
 */
OcpnOpen ocpn_image_open(OcpnImage *im, const OcpnDisk *d, OcpnError *err);

/*
 * Write superblock and all pages of a new image, as laid out and with a UUID;
 * data and metadata stay untouched.  The superblock comes last: an
 * interrupted creation leaves a disk without one, or a complete image.
 * Open it afterwards: IM's sequence number is not used and not updated.
 */
bool ocpn_image_create(const OcpnImage *im, const OcpnDisk *d,
                       OcpnError *err);

/* Fill header and CRC of a page whose payload is there. */
void ocpn_page_seal(const OcpnImage *im, ImgPage *p, uint32_t region,
                    uint32_t index, uint64_t sequence);

/* True if P is page INDEX of REGION of this image, undamaged. */
bool ocpn_page_valid(const OcpnImage *im, const ImgPage *p, uint32_t region,
                     uint32_t index);

/* Where slot 0 or 1 of a page is. */
uint64_t ocpn_page_offset(const OcpnImage *im, uint32_t region,
                          uint32_t index, unsigned slot);

/*
 * Read the current slot of a page: the valid one with the higher sequence
 * number.  SLOT and the page's sequence come back.
 * False, with ERR set, if neither slot is valid or a read fails.
 */
bool ocpn_page_load(const OcpnImage *im, const OcpnDisk *d, uint32_t region,
                    uint32_t index, ImgPage *p, unsigned *slot,
                    OcpnError *err);

/*
 * Read all pages of a region in order, many at a time, and give each to SINK
 * (which may refuse it by returning false with ERR set).  BUF is scratch of
 * BUF_LEN bytes, at least 2 * IMG_BLOCK.
 */
typedef bool (*OcpnPageSink)(void *opaque, uint32_t index, const ImgPage *p,
                             unsigned slot, OcpnError *err);
bool ocpn_page_load_all(const OcpnImage *im, const OcpnDisk *d,
                        uint32_t region, void *buf, size_t buf_len,
                        OcpnPageSink sink, void *opaque, OcpnError *err);

/*
 * Check one chunk table entry against geometry and chunk rules.  CHUNK is its
 * number, for the sentence in ERR.
 */
bool ocpn_chunk_entry_valid(const OcpnImage *im, const ImgChunk *e,
                            uint64_t chunk, OcpnError *err);

#endif
