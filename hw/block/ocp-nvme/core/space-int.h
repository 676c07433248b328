/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The space of the drive of NSID 1, and the namespaces that share it.
 *
 * A new image has one namespace, which has all blocks.  From the first
 * Namespace Management or Attachment command on a table in a state page says
 * which grains of the data region each namespace has.  Thread: main, unless
 * said otherwise.
 */
#ifndef HW_BLOCK_OCP_NVME_CORE_SPACE_INT_H
#define HW_BLOCK_OCP_NVME_CORE_SPACE_INT_H

#include <stdatomic.h>

#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

/* Grains have 2^OCPN_GRAIN_SHIFT bytes, or more where they would be many. */
#define OCPN_GRAIN_SHIFT    20u

typedef struct OcpnSpaceNs {
    bool     allocated, attached;
    uint8_t  lbads, nmic;
    uint32_t generation;
    uint64_t nsze;
} OcpnSpaceNs;

typedef struct OcpnSpaceTable {
    bool     used;              /* the image has it */
    uint32_t generation;        /* of the last one created */
    OcpnSpaceNs ns[IMG_NS_MAX + 1];         /* by NSID */
    uint8_t  owner[IMG_NS_GRAINS];          /* NSID, 0: free */
} OcpnSpaceTable;

typedef struct OcpnSpace {
    uint64_t bytes;
    uint32_t ngrains;
    uint8_t  shift;
    OcpnSpaceTable now;
    OcpnSpaceTable was;         /* to go back to if a change fails */
    _Atomic bool divided;       /* NOW is used, and not only by a change */
    bool     busy;              /* a command changes it */
    uint32_t targets;           /* of that: bit NSID */
    uint32_t events;            /* the host is told of these: bit NSID */
    OcpnReq *waiting;           /* until nobody uses the targets */
    OcpnNs  *slot[IMG_NS_MAX + 1];          /* frozen; 1: of the drive */
    uint16_t map[IMG_NS_MAX + 1][IMG_NS_GRAINS];
    OcpnNs   more[IMG_NS_MAX - 1];
} OcpnSpace;

extern const OcpnStatePart ocpn_space_part;

/* When NSID 1 is added, before and after its pages are loaded. */
bool ocpn_space_init(OcpnNs *root, OcpnError *err);
bool ocpn_space_check(OcpnNs *root, OcpnError *err);
/* The same time: the table of the image has namespace NSID. */
bool ocpn_space_lists(const OcpnCtrl *c, uint32_t nsid);
void ocpn_space_destroy(OcpnCtrl *c);
/* The image was read: its table comes into force. */
void ocpn_space_apply(OcpnCtrl *c);
/* The table of a new image, as it is now. */
void ocpn_space_measure(OcpnCtrl *c);
/* Slot NSID as the table says; nobody uses it. */
void ocpn_space_derive(OcpnCtrl *c, uint32_t nsid);

/* What NSID is, or would be; NULL: it cannot be of the space. */
OcpnNs *ocpn_space_slot(const OcpnCtrl *c, uint32_t nsid);
bool ocpn_space_allocated(const OcpnCtrl *c, uint32_t nsid);
/* Any thread.  NS is of the table. */
bool ocpn_space_has(const OcpnNs *ns);
/* No block of the space is marked any more, whoever has or had it. */
void ocpn_space_unmark(OcpnCtrl *c);
/* Whose marks state page INDEX of the drive has.  Any thread. */
OcpnNs *ocpn_space_marked(const OcpnCtrl *c, uint32_t index);

/* Bytes: of the space, those of NSID, those of nobody (NSID 0). */
uint64_t ocpn_space_bytes(const OcpnCtrl *c);
uint64_t ocpn_space_owned(const OcpnCtrl *c, uint32_t nsid);
uint64_t ocpn_space_grain(const OcpnCtrl *c);

/* Format NVM: IM with other blocks.  False: not one fits. */
bool ocpn_space_relayout(OcpnImage *im, uint8_t lbads);
/* ... and NS has its format from now on; the table is dirty. */
void ocpn_space_format(OcpnNs *ns, const OcpnImage *im);
/* Zero r->ns from block r->slba on.  False: its end is reached. */
bool ocpn_space_zero(OcpnCtrl *c, OcpnReq *r,
                     void (*next)(OcpnCtrl *c, OcpnReq *r));

#endif
