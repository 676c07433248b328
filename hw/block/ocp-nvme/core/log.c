/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which log pages there are, and which vendor space an identifier is in.
 * Implements: NVMe Base 2.0, "Get Log Page command", "UUIDs for Vendor
 * Specific Information".
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/core/log.h"
#include "uuid-int.h"

bool ocpn_has_mode(const OcpnCtrl *c, uint8_t modes)
{
    for (uint8_t mode = 1; modes >> mode; mode++) {
        if ((modes >> mode & 1) && ocpn_ns_first(c, mode)) {
            return true;
        }
    }
    return !modes;
}

bool ocpn_uuid_select(uint32_t index, uint8_t id, OcpnUuid *uuid)
{
    *uuid = OCPN_UUID_NONE;
    if (index == OCPN_UUID_INDEX_OCP && id >= OCPN_VENDOR_FIRST) {
        *uuid = OCPN_UUID_OCP;
    }
    return index == 0 || index == OCPN_UUID_INDEX_OCP;
}

const OcpnLogPage *ocpn_log_find(const OcpnCtrl *c, uint8_t lid,
                                 OcpnUuid uuid)
{
    for (size_t i = 0; i < ocpn_log_npages; i++) {
        const OcpnLogPage *p = ocpn_log_pages[i];

        if (p->lid == lid && p->uuid == uuid && ocpn_has_mode(c, p->modes)) {
            return p;
        }
    }
    return NULL;
}
