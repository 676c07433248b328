/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunk notifications: what the drive tells of its chunks unasked.
 * OCSSD 2.0, "Chunk Notification Log Page", "Asynchronous Event Request".
 *
 * A queue of the newest 64 in the controller.  An entry raises the event of
 * type 7h for log page D0h; reading the page takes entries away.
 */
#ifndef HW_OCP_NVME_CORE_NOTIFY_H
#define HW_OCP_NVME_CORE_NOTIFY_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/spec/ocssd.h"

#define OCPN_NNOTICES   64u

typedef struct OcpnNotice {
    uint64_t lba;
    uint32_t nsid;
    uint16_t state;             /* enum OcssdNotifyState, one bit */
    uint8_t  mask;              /* enum OcssdNotifyMask, one bit */
    uint16_t nlb;               /* 0's based, with OCSSD_NM_BLOCK */
} OcpnNotice;

/* Add one; the oldest goes if there is no room.  Any thread. */
void ocpn_notify(OcpnCtrl *c, const OcpnNotice *n);

/*
 * TEXT to N: state=low|medium|high|unrecoverable|refreshed|wli,
 * mask=block|chunk|pu, lba=ADDRESS, nlb=BLOCKS (a count, 1), ns=NSID.  NSID
 * is the namespace of texts without ns=.
 *
 * The address must exist and agree with the mask: a chunk is named by its
 * first block, a parallel unit by that of its first chunk, and blocks stay in
 * their chunk.  False, with ERR: it is none.  Main.
 */
bool ocpn_notify_parse(const OcpnCtrl *c, const char *text, uint32_t nsid,
                       OcpnNotice *n, OcpnError *err);

/*
 * Entries for NSID; 0: for all.  What is added from now on is in none of the
 * answers below until this, or _take() or _raise(), is called.  Main, as all
 * below.
 */
uint32_t ocpn_notices(OcpnCtrl *c, uint32_t nsid);
/* Number INDEX of them, the oldest is 0, as page D0h has it; zeros: none. */
void ocpn_notice_get(OcpnCtrl *c, uint32_t nsid, uint32_t index,
                     OcssdChunkNotify *e);
/* Take the first N of them away, and tell of those that remain. */
void ocpn_notices_take(OcpnCtrl *c, uint32_t nsid, uint32_t n);
/*
 * R has sent entries to a host: it waits until the image knows their counts.
 * As store.h's ocpn_store_join(); FLOW_DONE: it need not wait.
 */
OcpnFlow ocpn_notices_keep(OcpnCtrl *c, OcpnReq *r);
/* Tell the host that there are entries, if there are. */
void ocpn_notices_raise(OcpnCtrl *c);

#endif
