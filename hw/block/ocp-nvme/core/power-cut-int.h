/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts that somebody wants: now, or after so many writes, of which the
 * last ones are lost.
 */
#ifndef OCPN_POWER_CUT_INT_H
#define OCPN_POWER_CUT_INT_H

#include <stdatomic.h>

#include "dice-int.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"

#define OCPN_CUT_DROP   64u     /* writes that can be lost, at most */

/* What becomes of blocks that are lost. */
typedef enum OcpnTear {
    OCPN_TEAR_OFF,              /* none of them came */
    OCPN_TEAR_PART,             /* the first ones came, by write units */
    OCPN_TEAR_UNIT,             /* ... and a write unit of chunks is torn */
    OCPN_NTEARS
} OcpnTear;

/* How Open chunks lose blocks. */
typedef struct OcpnCutHow {
    OcpnTear tear;
    uint32_t seed;
    /* The first block of CHUNK that a lost write wrote, or UINT32_MAX. */
    uint32_t (*lost)(OcpnNs *ns, uint32_t chunk);   /* NULL: there is none */
} OcpnCutHow;

/* 0 to N - 1 (N at least 1), for place AT; it follows from the seed. */
static inline uint32_t ocpn_cut_dice(const OcpnCutHow *how, uint64_t at,
                                     uint32_t n)
{
    uint64_t state = ((uint64_t)how->seed << 32) + at;

    return (uint32_t)(ocpn_dice(&state) % n);
}

#define OCPN_CUT_SEED   UINT16_MAX  /* largest seed */
#define OCPN_CUT_OWN    3u      /* the namespace's power-loss= */

/* How it shall be, whenever it is. */
typedef struct OcpnCutWish {
    uint8_t  loss;              /* OcpnPowerLoss, or OCPN_CUT_OWN */
    uint8_t  tear;              /* OcpnTear */
    uint16_t seed;
} OcpnCutWish;

/* The text of the action; LEFT 0: now. */
typedef struct OcpnCutOrder {
    uint32_t left, drop;
    OcpnCutWish wish;
} OcpnCutOrder;

/* Blocks of a write. */
typedef struct OcpnLoss {
    uint32_t nsid;
    uint32_t write;             /* which, from 1 on; 0: none */
    uint32_t chunk;             /* OCPN_CHUNK_NONE: a conventional namespace */
    uint32_t nlb;
    uint64_t at;                /* the first, of the chunk or namespace */
} OcpnLoss;

typedef struct OcpnPowerCut {
    _Atomic bool armed;
    _Atomic bool due;           /* main shall do it */
    bool      losing;           /* cold: and is doing it, with writes lost */
    bool      unsafe;           /* cold: it was enabled, and not shut down */
    bool      going;            /* cold: the reset that it is has begun */
    OcpnLock  lock;             /* of the rest; a leaf */
    uint32_t  left;             /* writes until then */
    uint32_t  drop;             /* writes that are lost */
    OcpnCutWish wish;
    uint32_t  n;                /* writes so far */
    uint64_t  nlosses;          /* of LOSS, ever */
    OcpnLoss *loss;             /* a ring of OCPN_VEC_MAX a write; or NULL */
} OcpnPowerCut;

/* R's owner: R has written, and completes. */
void ocpn_power_cut_wrote(OcpnCtrl *c, const OcpnReq *r);

/* All of these: main.  The action; see core/action.h. */
bool ocpn_power_cut_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_power_cut_show(OcpnCtrl *c, unsigned index,
                         char line[OCPN_ACTION_TEXT]);
bool ocpn_power_cut_parse(const char *text, OcpnCutOrder *o, OcpnError *err);
void ocpn_power_cut_run(OcpnCtrl *c);
/* The listener: the reset that a cut is; it tells of OCPN_HAP_POWER_CUT. */
void ocpn_power_cut_heard(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                          uint64_t b);
/* After LEFT writes, of which the last DROP are lost.  False: no memory. */
bool ocpn_power_cut_arm(OcpnCtrl *c, uint32_t left, uint32_t drop,
                        OcpnCutWish wish);
void ocpn_power_cut_clear(OcpnCtrl *c);
/* Loss INDEX of the ring, OCPN_VEC_MAX * DROP of them; NULL: no more. */
OcpnLoss *ocpn_power_cut_loss(OcpnCtrl *c, uint32_t index);
/* What was written to namespace NSID (0: to all) is gone anyhow. */
void ocpn_power_cut_forget(OcpnCtrl *c, uint32_t nsid);

#endif
