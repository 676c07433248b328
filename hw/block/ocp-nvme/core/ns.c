/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces: from an image to something commands can use.
 *
 * The controller's own state (counters, saved features, error log) lies in
 * the image of namespace 1.
 */
#include <stdio.h>
#include <string.h>

#include "ctrl-int.h"
#include "nvm-int.h"
#include "hw/ocp-nvme/core/ocssd12.h"
#include "hw/ocp-nvme/core/xfer.h"

OcpnNs *ocpn_ns_get(const OcpnCtrl *c, uint32_t nsid)
{
    return nsid <= OCPN_MAX_NS ? c->ns[nsid] : NULL;
}

OcpnNs *ocpn_ns_root(const OcpnCtrl *c, uint32_t nsid)
{
    return nsid <= OCPN_MAX_NS ? c->root[nsid] : NULL;
}

OcpnNs *ocpn_ns_slot(const OcpnCtrl *c, uint32_t nsid)
{
    OcpnNs *root = ocpn_ns_root(c, nsid);

    return root ? root : ocpn_space_slot(c, nsid);
}

OcpnNs *ocpn_ns_allocated(const OcpnCtrl *c, uint32_t nsid)
{
    return ocpn_space_slot(c, nsid) && !ocpn_space_allocated(c, nsid)
           ? NULL : ocpn_ns_slot(c, nsid);
}

/* NSM-5: with an OCP version 16, or what a drive's NSID asks for. */
uint32_t ocpn_ns_highest(const OcpnCtrl *c)
{
    OcpnNs *const *root = ocpn_subsys(c)->root;
    bool few = c->cfg.exact_nn || ocpn_ocp(c, OCP_1_0);
    uint32_t least = c->cfg.exact_nn ? 1 : IMG_NS_MAX;
    uint32_t nn = OCPN_MAX_NS;

    while (few && nn > least && !root[nn]) {
        nn--;
    }
    return nn;
}

OcpnFlow ocpn_ns_refuse(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t nsid = from_le32(r->cmd.nsid);
    bool inactive = nsid && nsid <= ocpn_ns_highest(c);

    return inactive && ocpn_ocp(c, OCP_1_0) &&
           !ocpn_ns_first(c, IMG_MODE_OPEN_CHANNEL)
           ? REJECT(c, r, INVALID_FIELD, nsid)
           : REJECT(c, r, INVALID_NS, nsid);
}

uint64_t ocpn_ns_bytes(const OcpnCtrl *c)
{
    uint64_t sum = 0;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (i == 1 && c->space) {
            sum += ocpn_space_bytes(c);
        } else if (c->root[i]) {
            sum += c->root[i]->im.nsze << c->root[i]->im.lbads;
        }
    }
    return sum;
}

OcpnNs *ocpn_ns_first(const OcpnCtrl *c, uint8_t mode)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i] && c->root[i]->im.mode == mode) {
            return c->root[i];
        }
    }
    return NULL;
}

/* NGUID: the image's UUID, so that a drive keeps its name everywhere. */
static void make_ids(OcpnNs *ns)
{
    memcpy(ns->nguid, ns->im.uuid, sizeof(ns->nguid));
}

/* Erase whatever is written, read it at once; no copy. */
static bool speak_12(OcpnNs *ns, OcpnError *err)
{
    ns->cfg.multi_reset = ns->cfg.early_reset = true;
    ns->cfg.window = OCPN_WINDOW_DATA;
    ns->cfg.copy = false;
    return ocpn_12_check(&ns->im, err);
}

static bool load(OcpnNs *ns, const OcpnDisk *disk, OcpnError *err)
{
    OcpnOpen how = ocpn_image_open(&ns->im, disk, err);

    if (how == OCPN_OPEN_BLANK || how == OCPN_OPEN_FOREIGN) {
        snprintf(err->text, sizeof(err->text), "the drive has no ocp-nvme "
                 "superblock; 'ocp-nvme-img create' makes one");
    }
    if (how != OCPN_OPEN_OK) {
        return false;
    }
    if (ns->cfg.ocssd12 && !speak_12(ns, err)) {
        return false;
    }
    make_ids(ns);
    if ((ns->nsid == 1 && !ocpn_space_init(ns, err)) ||
        (ocpn_ns_is_open_channel(ns) && !ocpn_chunks_init(ns, err)) ||
        !ocpn_maps_init(ns, err)) {
        return false;
    }
    return ocpn_store_init(&ns->store, ns->c, ns, disk, err) &&
           (ns->nsid != 1 || ocpn_space_check(ns, err));
}

static bool no_memory(OcpnError *err)
{
    return OCPN_FAIL(err, "no memory for a namespace");
}

static bool is_free(const OcpnCtrl *c, uint32_t nsid)
{
    return nsid >= 1 && nsid <= OCPN_MAX_NS && !c->root[nsid] &&
           !ocpn_space_lists(c, nsid);
}

bool ocpn_nsid_check(const OcpnCtrl *c, uint32_t nsid, OcpnError *err)
{
    uint32_t other = 1;

    if (is_free(c, nsid)) {
        return true;
    }
    if (nsid < 1 || nsid > OCPN_MAX_NS || c->root[nsid]) {
        return OCPN_FAIL(err, "nsid=%u is taken or not in the range 1 to %u",
                         (unsigned)nsid, OCPN_MAX_NS);
    }
    while (other <= OCPN_MAX_NS && !is_free(c, other)) {
        other++;
    }
    return other > OCPN_MAX_NS
           ? OCPN_FAIL(err, "nsid=%u is taken, and no NSID is free",
                       (unsigned)nsid)
           : OCPN_FAIL(err, "nsid=%u is a namespace that Namespace Management "
                       "made on the drive of NSID 1; give nsid=%u, which is "
                       "free, or delete that namespace first", (unsigned)nsid,
                       (unsigned)other);
}

bool ocpn_ns_add(OcpnCtrl *c, const OcpnNsConfig *cfg, const OcpnDisk *disk,
                 OcpnError *err)
{
    const OcpnPort *port = &c->port;
    OcpnNs *ns;

    if (!ocpn_nsid_check(c, cfg->nsid, err)) {
        return false;
    }
    ns = port->alloc(port->opaque, sizeof(*ns));
    if (!ns) {
        return no_memory(err);
    }
    ns->c = c;
    ns->nsid = ns->drive = cfg->nsid;
    ns->home = ns;
    ns->cfg = *cfg;
    ns->main_io = port->alloc(port->opaque, c->cfg.io_size);
    if (!(ns->main_io ? load(ns, disk, err) : no_memory(err))) {
        ocpn_ns_destroy(c, ns);
        return false;
    }
    c->ns[ns->nsid] = c->root[ns->nsid] = ns;
    return true;
}

void ocpn_ns_destroy(OcpnCtrl *c, OcpnNs *ns)
{
    if (c->ns[ns->nsid] == ns) {
        c->ns[ns->nsid] = NULL;
    }
    if (c->root[ns->nsid] == ns) {
        c->root[ns->nsid] = NULL;
    }
    if (ns->nsid == 1) {
        ocpn_space_destroy(c);
    }
    ocpn_store_destroy(&ns->store);
    ocpn_maps_destroy(ns);
    ocpn_chunks_destroy(ns);
    c->port.free(c->port.opaque, ns->main_io);
    c->port.free(c->port.opaque, ns);
}
