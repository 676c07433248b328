/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "image-bytes.h"

static OcpnImage laid_out(OcpnImage im)
{
    OcpnError err;

    for (uint8_t i = 0; i < 16; i++) {
        im.uuid[i] = i;
    }
    if (!ocpn_image_layout(&im, &err)) {
        abort();
    }
    return im;
}

OcpnImage image_open_channel(void)
{
    return image_with_maps(0);
}

OcpnImage image_with_maps(uint32_t nmaps)
{
    return laid_out((OcpnImage) {
        .mode = 1, .lbads = 12, .ms = 16, .sequence = 1, .nmaps = nmaps,
        .geo = {
            .num_grp = 2, .num_pu = 3, .num_chk = 5, .clba = 96,
            .ws_min = 4, .ws_opt = 8, .mw_cunits = 24, .wit = 10,
        },
    });
}

OcpnImage image_of_geometry(uint32_t grp, uint32_t pu, uint32_t chk,
                            uint32_t clba)
{
    return laid_out((OcpnImage) {
        .mode = 1, .lbads = 12, .ms = 16, .sequence = 1,
        .geo = {
            .num_grp = grp, .num_pu = pu, .num_chk = chk, .clba = clba,
            .ws_min = 1, .ws_opt = 1,
        },
    });
}

OcpnImage image_conventional(uint64_t nsze, uint8_t lbads, uint16_t ms)
{
    return laid_out((OcpnImage) {
        .mode = 2, .lbads = lbads, .ms = ms, .nsze = nsze, .sequence = 1,
    });
}

/* CRC32C one bit at a time. */
void image_reseal(void *block, unsigned int at)
{
    uint8_t *b = block;
    uint32_t crc = 0xffffffff;

    memset(b + at, 0, 4);
    for (unsigned int i = 0; i < 4096; i++) {
        crc ^= b[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
        }
    }
    crc = ~crc;
    for (unsigned int i = 0; i < 4; i++) {
        b[at + i] = (uint8_t)(crc >> (8 * i));
    }
}
