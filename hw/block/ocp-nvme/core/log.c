/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which log pages there are.
 * Implements: NVMe Base 2.0, "Get Log Page command".
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

const OcpnLogPage *ocpn_log_find(const OcpnCtrl *c, uint8_t lid,
                                 OcpnUuid uuid)
{
    for (size_t i = 0; i < ocpn_log_npages; i++) {
        const OcpnLogPage *p = ocpn_log_pages[i];

        if (p->lid == lid && p->uuid == uuid && ocpn_has_mode(c, p->modes) &&
            ocpn_ocp(c, (OcpVersion)p->ocp) &&
            !(p->without >> c->cfg.ocp.profile & 1)) {
            return p;
        }
    }
    return uuid == OCPN_UUID_NONE && lid >= OCPN_VENDOR_FIRST
           ? ocpn_log_find(c, lid, OCPN_UUID_OCP) : NULL;
}
