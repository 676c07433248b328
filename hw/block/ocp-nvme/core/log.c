/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which log pages there are.
 * Implements: NVMe Base 2.0, "Get Log Page command".
 */
#include <string.h>

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

/* What ASK is to say so that P is there. */
static bool ask_for(OcpnCtrl *c, const OcpnLogPage *p, OcpnLogAsk *ask)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS && p->scope == OCPN_LOG_NS; i++) {
        OcpnNs *ns = c->ns[i];

        if (ns && !ask->ns && (!p->modes || p->modes >> ns->im.mode & 1)) {
            ask->ns = ns;
        }
    }
    if (p->present && !p->present(c, ask)) {
        ask->lsi = 1;
        return p->present(c, ask);
    }
    return p->scope != OCPN_LOG_NS || ask->ns;
}

bool ocpn_log_dump(OcpnCtrl *c, uint8_t lid, uint64_t off, void *buf,
                   size_t len, uint64_t *size, OcpnError *err)
{
    const OcpnLogPage *p = ocpn_log_find(c, lid, OCPN_UUID_OCP);
    OcpnLogAsk ask = { 0 };
    uint8_t page[OCPN_LOG_MAX] = { 0 };

    p = p ? p : ocpn_log_find(c, lid, OCPN_UUID_NONE);
    if (!p || !ask_for(c, p, &ask)) {
        return OCPN_FAIL(err, "the drive has no page 0x%02x", lid);
    }
    *size = p->length ? p->length(c, &ask) : p->size;
    memset(buf, 0, len);
    if (off >= *size) {
        return true;
    }
    len = *size - off < len ? (size_t)(*size - off) : len;
    if (p->fill) {
        p->fill(c, &ask, page);
        memcpy(buf, page + off, len);
    } else {
        p->read(c, &ask, off, buf, len);
    }
    return true;
}
