/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open-Channel 1.2 on the chunks of 2.0: numbers and statuses.
 * Implements: OCSSD 1.2, "Device Identification" (what the geometry must be),
 * "Block State".
 */
#include <inttypes.h>

#include "hw/ocp-nvme/spec/nvme-status.h"
#include "hw/ocp-nvme/core/ocssd12.h"

Ocpn12 ocpn_12_of(const OcpnGeometry *g)
{
    uint32_t planes = g->ws_opt / g->ws_min;

    if (planes != 2 && planes != 4) {
        planes = 1;
    }
    return (Ocpn12) {
        .sectors = g->ws_min,
        .planes = planes,
        .pages = g->clba / g->ws_min / planes,
    };
}

bool ocpn_12_check(const OcpnImage *im, OcpnError *err)
{
    const OcpnGeometry *g = &im->geo;
    const bool chunks = im->mode == IMG_MODE_OPEN_CHANNEL;
    const Ocpn12 n = chunks ? ocpn_12_of(g) : (Ocpn12) { 0 };
    const struct {
        const char *what;
        uint64_t value, max;
    } limit[] = {
        { "num-grp", g->num_grp, UINT8_MAX },
        { "num-pu", g->num_pu, UINT8_MAX },
        { "num-chk", g->num_chk, UINT16_MAX },
        { "ws-min in bytes", (uint64_t)n.sectors << im->lbads, UINT16_MAX },
        { "clba / ws-min / planes", n.pages, UINT16_MAX },
    };

    if (!chunks) {
        return OCPN_FAIL(err, "ocssd-version=1.2 is for open-channel images");
    }
    if (n.sectors & (n.sectors - 1)) {
        return OCPN_FAIL(err, "ocssd-version=1.2 needs a ws-min that is a "
                         "power of two; the image has %" PRIu32, n.sectors);
    }
    for (unsigned i = 0; i < sizeof(limit) / sizeof(limit[0]); i++) {
        if (limit[i].value > limit[i].max) {
            return OCPN_FAIL(err, "ocssd-version=1.2 has room for a %s of %"
                             PRIu64 "; the image has %" PRIu64, limit[i].what,
                             limit[i].max, limit[i].value);
        }
    }
    return true;
}

uint16_t ocpn_12_status(uint16_t status)
{
    switch (status) {
    case NVME_SC_WRITE_FAULT:
    case OCSSD_SC_OUT_OF_ORDER_WRITE:
    case OCSSD_SC_WRITE_NEXT_UNIT:
    case OCSSD_SC_CHUNK_EARLY_CLOSE:
    case OCSSD_SC_INVALID_RESET:
    case OCSSD_SC_OFFLINE_CHUNK:
        return OCSSD12_SC_FAILED;
    case NVME_SC_DULB:
        return OCSSD12_SC_EMPTY_PAGE;
    case OCSSD_SC_HIGH_ECC:
        return OCSSD12_SC_HIGH_ECC;
    default:
        return status;
    }
}

/* An offline chunk that never lived was so from the factory. */
uint8_t ocpn_12_block(const OcpnChunk *k)
{
    uint8_t mark = k->flags >> OCPN_CHUNK_MARK_SHIFT;

    if (k->state == CHUNK_OFFLINE) {
        mark |= k->resets ? OCSSD12_BLK_GROWN : OCSSD12_BLK_FACTORY;
    }
    return mark;
}
