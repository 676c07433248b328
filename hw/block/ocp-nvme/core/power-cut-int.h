/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts that somebody wants: now, or after so many writes, of which the
 * last ones are lost.
 */
#ifndef OCPN_POWER_CUT_INT_H
#define OCPN_POWER_CUT_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/lock.h"
#include "hw/ocp-nvme/core/req.h"

#define OCPN_CUT_DROP   64u     /* writes that can be lost, at most */

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
    bool      losing;           /* cold: and is doing it */
    OcpnLock  lock;             /* of the rest; a leaf */
    uint32_t  left;             /* writes until then */
    uint32_t  drop;             /* writes that are lost */
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
void ocpn_power_cut_run(OcpnCtrl *c);
/* The power has gone, no command is left.  True: something was lost. */
bool ocpn_power_cut_end(OcpnCtrl *c);
/* After LEFT writes, of which the last DROP are lost.  False: no memory. */
bool ocpn_power_cut_arm(OcpnCtrl *c, uint32_t left, uint32_t drop);
void ocpn_power_cut_clear(OcpnCtrl *c);
/* Loss INDEX of the ring, OCPN_VEC_MAX * DROP of them; NULL: no more. */
OcpnLoss *ocpn_power_cut_loss(OcpnCtrl *c, uint32_t index);
/* What was written to namespace NSID (0: to all) is gone anyhow. */
void ocpn_power_cut_forget(OcpnCtrl *c, uint32_t nsid);

#endif
