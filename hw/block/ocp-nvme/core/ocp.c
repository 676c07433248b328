/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which OCP Datacenter NVMe SSD this is, and whose identifiers a UUID Index
 * means.
 * Implements: OCP Datacenter NVMe SSD, UUID-1..5; NVMe Base 2.0, "UUIDs for
 * Vendor Specific Information".
 */
#include <string.h>

#include "ctrl-int.h"
#include "uuid-int.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "hw/ocp-nvme/spec/ocp.h"

/* A vendor that keeps no page and no feature here. */
#define OTHER_UUID { \
    0x6f, 0x63, 0x70, 0x6e, 0x2d, 0x6e, 0x45, 0x76, \
    0xa0, 0x65, 0x6f, 0x74, 0x68, 0x65, 0x72, 0x31 }

typedef enum Owner { NOBODY, OTHER, OCP, REVERSED } Owner;

/* Entries 1 and 2 of each list. */
static const uint8_t lists[][2] = {
    [OCPN_UUIDS_OCP] = { OCP, NOBODY },
    [OCPN_UUIDS_VENDOR_OCP] = { OTHER, OCP },
    [OCPN_UUIDS_LEGACY] = { OCP, REVERSED },
    [OCPN_UUIDS_NONE] = { NOBODY, NOBODY },
};

bool ocpn_ocp(const OcpnCtrl *c, OcpVersion version)
{
    return c->cfg.ocp.version >= version;
}

const OcpnOcpConfig *ocpn_ocp_config(const OcpnCtrl *c)
{
    return &c->cfg.ocp;
}

uint32_t ocpn_ocp_iu(const OcpnCtrl *c)
{
    return c->cfg.ocp.iu ? c->cfg.ocp.iu : 4096;
}

OcpnThresholds ocpn_thresholds(const OcpnCtrl *c)
{
    const OcpnThresholds *t = &c->cfg.ocp.threshold;

    return (OcpnThresholds) {
        .warning = t->warning ? t->warning : OCPN_WCTEMP,
        .critical = t->critical ? t->critical : OCPN_CCTEMP,
        .throttle_on = t->throttle_on ? t->throttle_on : OCPN_HEATED,
        .throttle_off = t->throttle_off ? t->throttle_off : OCPN_COOL,
        .spare = t->spare ? t->spare : OCPN_SPARE_LIMIT,
    };
}

OcpnOpal ocpn_opal(const OcpnCtrl *c)
{
    return (OcpnOpal)c->opal;
}

void ocpn_set_opal(OcpnCtrl *c, OcpnOpal state)
{
    c->opal = (uint8_t)state;
    ocpn_facts_dirty(c);
}

static Owner owner(const OcpnCtrl *c, uint32_t index)
{
    return index >= 1 && index <= 2
           ? (Owner)lists[c->cfg.ocp.uuids][index - 1] : NOBODY;
}

bool ocpn_uuid_entry(const OcpnCtrl *c, uint32_t index, uint8_t uuid[16])
{
    static const uint8_t ocp[16] = OCP_UUID, other[16] = OTHER_UUID;
    Owner o = owner(c, index);

    memcpy(uuid, o == OTHER ? other : ocp, 16);
    for (unsigned i = 0; o == REVERSED && i < 16; i++) {
        uuid[i] = ocp[15 - i];
    }
    return o != NOBODY;
}

bool ocpn_uuid_select(const OcpnCtrl *c, uint32_t index, uint8_t id,
                      OcpnUuid *uuid)
{
    Owner o = owner(c, index);

    *uuid = OCPN_UUID_NONE;
    if (!index || (o != NOBODY && id < OCPN_VENDOR_FIRST)) {
        return true;
    }
    *uuid = OCPN_UUID_OCP;
    return o == OCP || o == REVERSED;
}
