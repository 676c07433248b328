/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files image*.c share. */
#ifndef HW_BLOCK_OCP_NVME_CORE_IMAGE_INT_H
#define HW_BLOCK_OCP_NVME_CORE_IMAGE_INT_H

#include "hw/ocp-nvme/core/image.h"

/*
 * Check mode, block format, geometry (whose computed part is filled in) and,
 * if conventional, nsze.
 */
bool ocpn_image_check_format(OcpnImage *im, OcpnError *err);

/*
 * Bytes a region needs, for a format that ocpn_image_check_format() accepted;
 * 0: the image does not have this region.
 */
uint64_t ocpn_image_region_need(const OcpnImage *im, uint32_t region);

/* The CRC of a block, the four bytes at FIELD counting as zero. */
uint32_t ocpn_image_crc(const void *block, size_t field);

/* True if LEN bytes are zero. */
bool ocpn_image_zeros(const void *buf, size_t len);

#endif
