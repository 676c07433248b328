/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images for tests, and their bytes at the offsets of docs/image-format.rst,
 * without the structs of spec/image.h.
 */
#ifndef TESTS_UNIT_FAKES_IMAGE_BYTES_H
#define TESTS_UNIT_FAKES_IMAGE_BYTES_H

#include "hw/ocp-nvme/core/image.h"

/* Where the checksum is. */
#define SUPER_CRC   20
#define PAGE_CRC    12

/* Laid out, UUID 00010203...0f: 2 x 3 x 5 x 96 blocks of 4096 + 16 bytes. */
OcpnImage image_open_channel(void);

/* The same, with NMAPS pages of block maps. */
OcpnImage image_with_maps(uint32_t nmaps);

/* Laid out, the same UUID, any geometry, write units of one block. */
OcpnImage image_of_geometry(uint32_t grp, uint32_t pu, uint32_t chk,
                            uint32_t clba);

/* Laid out, the same UUID: NSZE blocks of 2^LBADS + MS bytes. */
OcpnImage image_conventional(uint64_t nsze, uint8_t lbads, uint16_t ms);

/* Make the checksum at byte AT of a 4096-byte block right again. */
void image_reseal(void *block, unsigned int at);

#endif
