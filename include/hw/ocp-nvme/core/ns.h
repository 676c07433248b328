/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A namespace: an image, its mode, and for open-channel its chunks.
 */
#ifndef HW_OCP_NVME_CORE_NS_H
#define HW_OCP_NVME_CORE_NS_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/core/chunk.h"
#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/store.h"

/* What a read of blocks in the MW_CUNITS window gets. */
typedef enum OcpnWindowRead {
    OCPN_WINDOW_PATTERN,        /* predefined data, as OCSSD 2.0 says */
    OCPN_WINDOW_DATA,           /* what was written */
    OCPN_WINDOW_ERROR,          /* Deallocated or Unwritten, always */
} OcpnWindowRead;

/* What a power cycle without a shutdown does to Open chunks. */
typedef enum OcpnPowerLoss {
    OCPN_POWER_KEEP,            /* nothing */
    OCPN_POWER_CLOSE,           /* they are Closed where they are */
    OCPN_POWER_DROP,            /* they lose their last MW_CUNITS blocks */
} OcpnPowerLoss;

/* What the user asked for.  Frozen. */
typedef struct OcpnNsConfig {
    uint32_t nsid;              /* 1..OCPN_MAX_NS */
    uint8_t  dlfeat;            /* 1: unwritten reads 00h, 2: FFh */
    bool     volatile_cache;    /* its writes may be lost without a flush */
    bool     copy;              /* MCCAP: Vector Chunk Copy */
    bool     multi_reset;       /* a Free chunk may be reset */
    bool     early_reset;       /* an Open chunk may be reset */
    bool     ocssd12;           /* speaks Open-Channel 1.2 */
    bool     wp_absolute;       /* report write pointers as addresses */
    bool     any_size;          /* writes need not be WS_MIN's multiples */
    bool     dsm_loose;         /* a range need not be exactly one chunk */
    bool     closed_ooo;        /* write to a Closed chunk: out of order */
    OcpnWindowRead window;
    OcpnPowerLoss  power_loss;
    uint64_t eui64;             /* 0: none */
} OcpnNsConfig;

/* Largest number of features (registry rows) a namespace keeps values of. */
#define OCPN_MAX_FEATURES   64u

typedef struct OcpnFeatureValue {
    uint32_t now;
    uint32_t saved;
    bool     has_saved;
} OcpnFeatureValue;

/* How worn the chunks are. */
typedef struct OcpnWear {
    uint64_t chunks;            /* that are not offline */
    uint64_t offline;
    uint64_t resets;            /* sum, of those that are not offline */
    uint32_t most, least;       /* resets of one of them */
} OcpnWear;

struct OcpnNs {
    OcpnCtrl     *c;
    uint32_t      nsid;
    OcpnNsConfig  cfg;                          /* frozen */
    OcpnImage     im;                           /* frozen, but for Format */
    uint8_t       nguid[16];                    /* frozen */
    OcpnNs       *home;         /* frozen; whose image and store it uses */
    uint32_t      drive;        /* frozen; the NSID of HOME */
    OcpnStore     store;                        /* unused if HOME is another */
    const uint16_t *map;        /* grains, by place; NULL: as they lie */
    uint8_t       shift;        /* of a grain; the two change without users */
    OcpnChunk    *chunk;                        /* hot; im.geo.chunks */
    OcpnPu       *pu;                           /* hot; groups * PUs */
    void         *chunk_mem;
    struct OcpnMaps *maps;                      /* hot; NULL: none */
    struct OcpnUsed *used;                      /* hot; NULL: not known */
    _Atomic uint64_t wli_sum;                   /* of all chunks */
    _Atomic bool  worn;                         /* WEAR is not up to date */
    OcpnWear      wear;                         /* cold */
    OcpnIo       *main_io;                      /* cold: flush at shutdown */

    _Atomic bool  formatting;                   /* no command starts: hold.c */
    _Atomic bool  fusing;                       /* they wait: cmd-fused.c */
    _Atomic bool  leaving;                      /* main waits: cmd-ns.c */

    _Atomic uint8_t protect;                    /* NVME_NSWP_: protect.c */
    uint8_t       protect_was;                  /* cold: what the image has */
    const OcpnReq *protecting;                  /* cold: the last that set it */
    _Atomic bool  dulbe;                        /* Error Recovery, DULBE */
    _Atomic uint8_t feedback;                   /* Media Feedback, OCSSD */
    OcpnFeatureValue feature[OCPN_MAX_FEATURES];    /* cold */

    /* Blocks marked by Write Uncorrectable: sorted, disjoint.  Under LOCK. */
    OcpnLock      extent_lock;
    _Atomic uint32_t nextents;
    struct { uint64_t slba, nlb; } extent[IMG_NEXTENTS];
};

/*
 * Add a namespace whose image DISK reads: open, check, load its tables.
 * False, with ERR, if the image cannot be used.  Main, before power_on.
 */
bool ocpn_ns_add(OcpnCtrl *c, const OcpnNsConfig *cfg, const OcpnDisk *disk,
                 OcpnError *err);
void ocpn_ns_destroy(OcpnCtrl *c, OcpnNs *ns);
/*
 * May a drive have NSID?  False, with ERR: it is out of range, or a namespace
 * has it, maybe one that Namespace Management made on the drive of NSID 1.
 * Main, before power_on.
 */
bool ocpn_nsid_check(const OcpnCtrl *c, uint32_t nsid, OcpnError *err);

/*
 * Blocks of a conventional namespace that are written and not deallocated; all
 * of them if there is no record.  Any thread.
 */
uint64_t ocpn_ns_used(const OcpnNs *ns);
/* Whether that is so, and not its size.  Any thread. */
bool ocpn_ns_counts_used(const OcpnNs *ns);

/* Bytes of data of all namespaces.  Any thread. */
/* Bytes of data of all drives.  Any thread. */
uint64_t ocpn_ns_bytes(const OcpnCtrl *c);

/*
 * The namespace that the drive of NSID brought, active or not; it has the
 * drive's store.  Frozen.  NULL: no drive.
 */
OcpnNs *ocpn_ns_root(const OcpnCtrl *c, uint32_t nsid);
/* Namespace NSID, attached or not; NULL: it is not allocated.  Main. */
OcpnNs *ocpn_ns_allocated(const OcpnCtrl *c, uint32_t nsid);

/* I/O commands that use NS.  Main; a number that may have changed. */
uint32_t ocpn_ns_users(const OcpnNs *ns);

static inline uint32_t ocpn_ns_block(const OcpnNs *ns)
{
    return 1u << ns->im.lbads;
}

static inline bool ocpn_ns_is_open_channel(const OcpnNs *ns)
{
    return ns->im.mode == IMG_MODE_OPEN_CHANNEL;
}

/* Bytes a host moves with a block in the data buffer. */
static inline uint32_t ocpn_ns_stride(const OcpnNs *ns)
{
    return ocpn_ns_block(ns) + (ns->im.extended ? ns->im.ms : 0);
}

/*
 * Blocks marked uncorrectable.  Any thread.  The functions that change the
 * set mark its page dirty; the caller joins the store.
 */
bool ocpn_extent_find(OcpnNs *ns, uint64_t slba, uint64_t nlb);
static inline bool ocpn_extent_hit(OcpnNs *ns, uint64_t slba, uint64_t nlb)
{
    return atomic_load_explicit(&ns->nextents, memory_order_acquire) &&
           ocpn_extent_find(ns, slba, nlb);
}
/* False: the list is full, nothing changed. */
bool ocpn_extent_add(OcpnNs *ns, uint64_t slba, uint64_t nlb);
/* True: the set changed. */
bool ocpn_extent_del(OcpnNs *ns, uint64_t slba, uint64_t nlb);

/*
 * Chunk CHUNK (below ns->im.geo.chunks) as the host reads it in log page CAh
 * and in a Vector Chunk Reset's descriptors.  Any thread.
 */
void ocpn_chunk_describe(OcpnNs *ns, uint32_t chunk, OcssdChunkInfo *info);

/*
 * Put S into the chunks it is for, all or none; *N is their number.  What
 * they held is then undefined, if more than their wear changes; a chunk that
 * goes offline is notified.  False, with ERR: a chunk does not exist, is in
 * use, or cannot be as S says.  Main.
 */
bool ocpn_chunks_set(OcpnNs *ns, const OcpnChunkSet *s, uint32_t *n,
                     OcpnError *err);

#endif
