/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a feature is: a row.  cmd-feature.c does select, save, scope and
 * capabilities from the row; a feature that acts has set() or get().
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_FEATURE_H
#define HW_OCP_NVME_CORE_FEATURE_H

#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/req.h"

enum OcpnFeatureFlag {
    OCPN_FEAT_SAVE      = 1 << 0,   /* saveable */
    OCPN_FEAT_NS        = 1 << 1,   /* namespace specific */
    OCPN_FEAT_CHANGE    = 1 << 2,   /* changeable */
    OCPN_FEAT_NSID0     = 1 << 3,   /* Get with NSID 0 is answered (OCSSD) */
    OCPN_FEAT_SYNC      = 1 << 4,   /* Set waits until all is on the medium */
    /* OCP's rules for NSID, reserved bits; only power on resets the value. */
    OCPN_FEAT_OCP       = 1 << 5,
    /* The subsystem's: its value and C are the first controller's. */
    OCPN_FEAT_SUBSYS    = 1 << 6,
};
/* The first three are what Get Features, Select 3h, returns. */
#define OCPN_FEAT_CAPABILITIES  0x7u

typedef struct OcpnFeature {
    uint8_t     fid;
    OcpnUuid    uuid;
    uint8_t     flags;              /* enum OcpnFeatureFlag */
    uint8_t     modes;              /* as in OcpnLogPage */
    /* The same; of two rows with one FID the later version's is first. */
    uint8_t     ocp;
    const char *name;
    uint32_t    effects;        /* NVME_FIDE_ of Set, but for support, scope */
    uint32_t    def;                /* default of CDW11 */
    uint32_t    ocp_def;            /* the same if OCP is on; 0: DEF */
    /* The same, of this drive.  Optional; instead of both. */
    uint32_t  (*own_def)(const OcpnCtrl *c);
    uint32_t    mask;               /* bits a host may set; others read 0 */
    uint32_t    zero;               /* bits of it that only may be 0 */
    /* Does this controller have it?  Optional; otherwise it does. */
    bool      (*present)(const OcpnCtrl *c);
    /*
     * The host sets VALUE (CDW11 & mask) for NS (NULL: controller scope, or
     * every namespace one after the other for FFFFFFFFh).  May fetch data,
     * refuse (then false, R's status set), change *VALUE, set R's dw0.
     * With NS, nothing changes yet: another namespace may still refuse.
     */
    bool      (*set)(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, uint32_t *value);
    /*
     * The host gets *VALUE (of the SEL it asked for).  May change it, send
     * data, or refuse (then false).
     */
    bool      (*get)(OcpnCtrl *c, OcpnReq *r, OcpnNs *ns, unsigned sel,
                     uint32_t *value);
    /* Takes what R sets, which then is nowhere else; resets keep it. */
    void      (*take)(OcpnReq *r, OcpnNs *ns, uint32_t value);
    /* With _SYNC: the image has it, or, R->failed, cannot: it is undone. */
    void      (*taken)(OcpnReq *r, OcpnNs *ns);
    /* Put a value into effect: after Set, after reset.  Optional. */
    void      (*apply)(OcpnCtrl *c, OcpnNs *ns, uint32_t value);
} OcpnFeature;

/* Every feature: the acting ones from feature/meson.build, then values.c. */
extern const OcpnFeature *const ocpn_features[];
extern const size_t ocpn_nfeatures;
extern const OcpnFeature ocpn_feature_values[];
extern const size_t ocpn_feature_nvalues;

/* NULL: no such feature here.  INDEX: its number, for stored values. */
const OcpnFeature *ocpn_feature_find(const OcpnCtrl *c, uint8_t fid,
                                     OcpnUuid uuid, unsigned *index);
/* Row INDEX, values.c's rows behind the acting ones; NULL: no more. */
const OcpnFeature *ocpn_feature_row(unsigned index);

/* What F has without a host's doing. */
uint32_t ocpn_feature_default(const OcpnCtrl *c, const OcpnFeature *f);

/* The value in force; NS for namespace specific ones. */
uint32_t ocpn_feature_now(const OcpnCtrl *c, uint8_t fid, OcpnUuid uuid,
                          const OcpnNs *ns);

/* Timestamp: ms since 1970 or since the reset; NVME_TIMESTAMP_ORIGIN_. */
uint64_t ocpn_timestamp(const OcpnCtrl *c, uint8_t *origin);
void ocpn_timestamp_set(OcpnCtrl *c, uint64_t ms, uint8_t origin);

/* Host Identifier: a number, low byte first; 0: none was set. */
#define OCPN_HOST_ID    16u
const uint8_t *ocpn_host_id(const OcpnCtrl *c);
void ocpn_host_id_set(OcpnCtrl *c, const uint8_t id[OCPN_HOST_ID]);

/* Interrupt Vector Configuration, Coalescing Disable.  VECTOR < nvectors. */
bool ocpn_coalescing_disabled(const OcpnCtrl *c, uint16_t vector);
void ocpn_coalescing_disable(OcpnCtrl *c, uint16_t vector, bool disable);
/* The rule for the others: CDW11 of Feature 08h. */
void ocpn_coalescing_set(OcpnCtrl *c, uint32_t value);

/* I/O queues exist.  Number of Queues may no longer change. */
bool ocpn_queues_exist(const OcpnCtrl *c);

/*
 * Is there a volatile write cache: tables that may lag, or a namespace on a
 * drive that may?  Any thread, as the two below.
 */
bool ocpn_write_cache_present(const OcpnCtrl *c);
/* The host has turned it off: every write is on stable storage at once. */
bool ocpn_write_through(const OcpnCtrl *c);
/* Commands need not wait for their tables: Flush and FUA do. */
bool ocpn_tables_lag(const OcpnCtrl *c);
void ocpn_write_cache_enable(OcpnCtrl *c, bool enable);

/* Defaults or saved values into force: at reset (main). */
void ocpn_features_reset(OcpnCtrl *c);
/* Saved values from and to their state page's payload, zeros so far. */
void ocpn_features_load(OcpnCtrl *c, const uint8_t *payload);
void ocpn_features_store(OcpnCtrl *c, uint8_t *payload);

#endif
