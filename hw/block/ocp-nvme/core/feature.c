/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features: the rows, the values in force, and the saved ones.
 * Implements: NVMe Base 2.0, "Feature Values".
 *
 * A feature's number is its place in ocpn_features[], then in
 * ocpn_feature_values[].  Only features of controller scope are saved; their
 * values lie in the image of namespace 1.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "uuid-int.h"

const OcpnFeature *ocpn_feature_row(unsigned index)
{
    if (index < ocpn_nfeatures) {
        return ocpn_features[index];
    }
    index -= (unsigned)ocpn_nfeatures;
    return index < ocpn_feature_nvalues ? &ocpn_feature_values[index] : NULL;
}

/* A row for OCP drives stands before the one for others. */
const OcpnFeature *ocpn_feature_row_of(const OcpnCtrl *c, uint8_t fid,
                                       OcpnUuid uuid, unsigned *index)
{
    const OcpnFeature *f;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        if (f->fid == fid && f->uuid == uuid &&
            ocpn_ocp(c, (OcpVersion)f->ocp)) {
            *index = i;
            return f;
        }
    }
    return NULL;
}

const OcpnFeature *ocpn_feature_find(const OcpnCtrl *c, uint8_t fid,
                                     OcpnUuid uuid, unsigned *index)
{
    const OcpnFeature *f = ocpn_feature_row_of(c, fid, uuid, index);

    if (f && ocpn_has_mode(c, f->modes) && (!f->present || f->present(c))) {
        return f;
    }
    return uuid == OCPN_UUID_NONE && fid >= OCPN_VENDOR_FIRST
           ? ocpn_feature_find(c, fid, OCPN_UUID_OCP, index) : NULL;
}

uint32_t ocpn_feature_now(const OcpnCtrl *c, uint8_t fid, OcpnUuid uuid,
                          const OcpnNs *ns)
{
    unsigned i;

    if (!ocpn_feature_row_of(c, fid, uuid, &i)) {
        return 0;
    }
    return ns ? ns->feature[i].now : c->feature[i].now;
}

uint64_t ocpn_timestamp(const OcpnCtrl *c, uint8_t *origin)
{
    uint64_t now = c->port.now(c->port.opaque);

    *origin = c->timestamp_origin;
    return c->timestamp_ms + (now - c->timestamp_ns) / 1000000;
}

void ocpn_timestamp_set(OcpnCtrl *c, uint64_t ms, uint8_t origin)
{
    c->timestamp_ms = ms;
    c->timestamp_ns = c->port.now(c->port.opaque);
    c->timestamp_origin = origin;
    if (origin == NVME_TIMESTAMP_ORIGIN_SET) {
        ocpn_latency_timestamp(c, ms);
    }
}

const uint8_t *ocpn_host_id(const OcpnCtrl *c)
{
    return c->host_id;
}

void ocpn_host_id_set(OcpnCtrl *c, const uint8_t id[OCPN_HOST_ID])
{
    memcpy(c->host_id, id, sizeof(c->host_id));
}

/* An interrupt may be waiting for what was the rule. */
static void let_run(OcpnCtrl *c)
{
    if (c->cq[0]) {
        ocpn_kick_all(c);
    }
}

bool ocpn_coalescing_disabled(const OcpnCtrl *c, uint16_t vector)
{
    return vector < OCPN_MAX_VECTORS &&
           (atomic_load_explicit(&c->no_coalescing[vector / 64],
                                 memory_order_relaxed) >> vector % 64 & 1);
}

void ocpn_coalescing_disable(OcpnCtrl *c, uint16_t vector, bool disable)
{
    uint64_t bit = UINT64_C(1) << vector % 64;

    if (vector >= OCPN_MAX_VECTORS) {
        return;
    }
    if (disable) {
        atomic_fetch_or(&c->no_coalescing[vector / 64], bit);
    } else {
        atomic_fetch_and(&c->no_coalescing[vector / 64], ~bit);
    }
    let_run(c);
}

void ocpn_coalescing_set(OcpnCtrl *c, uint32_t value)
{
    atomic_store(&c->coalescing, value);
    let_run(c);
}

bool ocpn_queues_exist(const OcpnCtrl *c)
{
    for (unsigned i = 1; i <= OCPN_MAX_QPAIRS; i++) {
        if (c->sq[i] || c->cq[i]) {
            return true;
        }
    }
    return false;
}

/*
 * OCP, NVMe-IO-3: what the drive has is protected against a loss of power, so
 * there is no volatile cache.
 */
bool ocpn_write_cache_present(const OcpnCtrl *c)
{
    if (ocpn_ocp(c, OCP_1_0)) {
        return false;
    }
    for (uint32_t n = 1; n <= OCPN_MAX_NS; n++) {
        if (c->ns[n] && c->ns[n]->cfg.volatile_cache) {
            return true;
        }
    }
    return c->cfg.sync_flush;
}

bool ocpn_write_through(const OcpnCtrl *c)
{
    return atomic_load(&c->cache_off);
}

bool ocpn_tables_lag(const OcpnCtrl *c)
{
    return c->cfg.sync_flush && !atomic_load(&c->cache_off);
}

void ocpn_write_cache_enable(OcpnCtrl *c, bool enable)
{
    c->no_cache = !enable;
    ocpn_write_through_update(c);
}

void ocpn_write_through_update(OcpnCtrl *c)
{
    atomic_store(&c->cache_off, c->no_cache || c->capacitors.through);
}

uint32_t ocpn_feature_default(const OcpnCtrl *c, const OcpnFeature *f)
{
    if (f->own_def) {
        return f->own_def(c);
    }
    return f->ocp_def && ocpn_ocp(c, OCP_1_0) ? f->ocp_def : f->def;
}

/* What a reset makes of a value. */
static void restore(const OcpnCtrl *c, const OcpnFeature *f,
                    OcpnFeatureValue *v)
{
    v->now = v->has_saved ? v->saved : ocpn_feature_default(c, f);
}

static void reset_all(OcpnCtrl *c, unsigned i, const OcpnFeature *f)
{
    restore(c, f, &c->feature[i]);
    for (uint32_t n = 1; n <= OCPN_MAX_NS; n++) {
        if (c->ns[n]) {
            restore(c, f, &c->ns[n]->feature[i]);
        }
    }
}

static void apply_all(OcpnCtrl *c, unsigned i, const OcpnFeature *f)
{
    if (!f->apply || !ocpn_ocp(c, (OcpVersion)f->ocp) ||
        (f->flags & OCPN_FEAT_SUBSYS && c->subsys.further)) {
        return;
    }
    if (!(f->flags & OCPN_FEAT_NS)) {
        f->apply(c, NULL, c->feature[i].now);
        return;
    }
    for (uint32_t n = 1; n <= OCPN_MAX_NS; n++) {
        if (c->ns[n]) {
            f->apply(c, c->ns[n], c->ns[n]->feature[i].now);
        }
    }
}

void ocpn_features_apply_ns(OcpnCtrl *c, OcpnNs *ns)
{
    const OcpnFeature *f;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        if (f->apply && f->flags & OCPN_FEAT_NS &&
            ocpn_ocp(c, (OcpVersion)f->ocp)) {
            f->apply(c, ns, ns->feature[i].now);
        }
    }
}

void ocpn_features_attach(OcpnCtrl *c, OcpnNs *ns)
{
    const OcpnFeature *f;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        restore(c, f, &ns->feature[i]);
    }
    ocpn_features_apply_ns(c, ns);
}

void ocpn_features_apply(OcpnCtrl *c)
{
    const OcpnFeature *f;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        apply_all(c, i, f);
    }
}

/* OCP, NVMe-OPT-5: then only power and NSSR end what a host has set. */
static bool resets_time(const OcpnCtrl *c)
{
    return !ocpn_ocp(c, OCP_1_0) || c->state != OCPN_STOPPING ||
           c->reset_kind >= OCPN_RESET_SUBSYSTEM;
}

/* All values first: what comes into force may look at another feature. */
void ocpn_features_reset(OcpnCtrl *c)
{
    const OcpnFeature *f;

    for (unsigned i = 0; i < OCPN_MAX_VECTORS / 64; i++) {
        atomic_store(&c->no_coalescing[i], 0);
    }
    memset(c->host_id, 0, sizeof(c->host_id));
    if (resets_time(c)) {
        ocpn_timestamp_set(c, 0, NVME_TIMESTAMP_ORIGIN_RESET);
    }
    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        if (!(f->flags & OCPN_FEAT_OCP) || c->state != OCPN_STOPPING ||
            c->reset_kind == OCPN_RESET_COLD) {
            reset_all(c, i, f);
        }
    }
    ocpn_features_apply(c);
}

/* Entries that name no saveable feature are another version's: left out. */
void ocpn_features_load(OcpnCtrl *c, const uint8_t *payload)
{
    for (unsigned i = 0; i < IMG_NFEATURES; i++) {
        const OcpnFeature *f;
        ImgFeature e;
        unsigned index;

        memcpy(&e, payload + i * sizeof(e), sizeof(e));
        f = e.fid && e.uuid <= OCPN_UUID_OCP && !from_le32(e.nsid)
            ? ocpn_feature_row_of(c, e.fid, (OcpnUuid)e.uuid, &index) : NULL;
        if (f && (f->flags & OCPN_FEAT_SAVE)) {
            c->feature[index].saved = from_le32(e.value) & f->mask & ~f->zero;
            c->feature[index].has_saved = true;
        }
    }
}

void ocpn_features_store(OcpnCtrl *c, uint8_t *payload)
{
    const OcpnFeature *f;
    uint8_t *at = payload;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        ImgFeature e = {
            .fid = f->fid,
            .uuid = (uint8_t)f->uuid,
            .value = to_le32(c->feature[i].saved),
        };

        if (c->feature[i].has_saved) {
            memcpy(at, &e, sizeof(e));
            at += sizeof(e);
        }
    }
}
