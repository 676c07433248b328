/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images that somebody else has changed: the source of a migration, or
 * loadvm, which brings back an older one.
 * Implements: docs/user-guide.rst, "Migration".
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/migrate.h"

void ocpn_ctrl_power_on_incoming(OcpnCtrl *c)
{
    if (ocpn_subsys_power_on(c, true)) {
        return;
    }
    ocpn_space_apply(c);
    ocpn_facts_power_on(c);
    ocpn_health_init(c);
    ocpn_features_reset(c);
    ocpn_latency_power_on_incoming(c);
    ocpn_pel_power_on(c, true);
    ocpn_self_test_power_on(c, true);
    ocpn_sanitize_power_on_incoming(c);
}

static bool is_same(OcpnExtent a, OcpnExtent b)
{
    return a.offset == b.offset && a.length == b.length;
}

/* What Format NVM cannot change is as it was. */
static bool has_shape(const OcpnImage *im, const OcpnImage *was)
{
    return im->mode == was->mode &&
           !memcmp(&im->geo, &was->geo, sizeof(im->geo)) &&
           im->nmaps == was->nmaps && im->length == was->length &&
           is_same(im->state, was->state) &&
           is_same(im->chunks, was->chunks) && is_same(im->maps, was->maps);
}

static bool check(const OcpnNs *ns, const OcpnImage *im, OcpnError *err)
{
    if (memcmp(im->uuid, ns->im.uuid, sizeof(im->uuid)) ||
        !has_shape(im, &ns->im)) {
        return OCPN_FAIL(err, "the drive of namespace %" PRIu32 " holds "
                         "another image than when it was opened", ns->nsid);
    }
    return true;
}

void ocpn_ns_adopt(OcpnNs *ns, const OcpnDisk *disk, uint8_t uuid[16])
{
    OcpnImage im;
    OcpnError err;

    if (ocpn_image_open(&im, disk, &err) == OCPN_OPEN_OK &&
        has_shape(&im, &ns->im)) {
        if (!memcmp(ns->nguid, ns->im.uuid, sizeof(ns->nguid))) {
            memcpy(ns->nguid, im.uuid, sizeof(ns->nguid));
        }
        memcpy(ns->im.uuid, im.uuid, sizeof(im.uuid));
    }
    memcpy(uuid, ns->im.uuid, sizeof(ns->im.uuid));
}

bool ocpn_ns_reload(OcpnNs *ns, const OcpnDisk *disk, OcpnError *err)
{
    OcpnImage im;

    if (ocpn_image_open(&im, disk, err) != OCPN_OPEN_OK ||
        !check(ns, &im, err)) {
        return false;
    }
    ns->im = im;
    if (ocpn_ns_is_open_channel(ns)) {
        ocpn_chunks_forget(ns);
    }
    ocpn_maps_forget(ns);
    if (!ocpn_store_reload(&ns->store, disk, err)) {
        return false;
    }
    if (ns->nsid != 1) {
        return true;
    }
    if (!ocpn_space_check(ns, err)) {
        return false;
    }
    ocpn_space_apply(ns->c);
    for (uint32_t i = 2; ns->c->space && i <= IMG_NS_MAX; i++) {
        if (ocpn_space_slot(ns->c, i) && ocpn_ns_get(ns->c, i)) {
            ocpn_features_apply_ns(ns->c, ocpn_ns_get(ns->c, i));
        }
    }
    return true;
}
