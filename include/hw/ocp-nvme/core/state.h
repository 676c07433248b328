/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the controller keeps in the image of namespace 1, page by page.
 *
 * A part is a row in core/state.c: its page, how to read it at power on and
 * how to write it.  store() runs in main and makes a snapshot; the image gets
 * the snapshot, from whatever thread commits.
 */
#ifndef HW_OCP_NVME_CORE_STATE_H
#define HW_OCP_NVME_CORE_STATE_H

#include "hw/ocp-nvme/core/ctrl.h"

typedef struct OcpnStatePart {
    uint8_t page;               /* enum ImgStatePage, the first one ... */
    uint8_t npages;             /* ... of so many */
    bool    streamed;           /* migration carries it; not loaded again */
    /*
     * Main, before any command: from payload (IMG_PAGE_PAYLOAD bytes) of page
     * NTH of this part.  It is hostile, and all zeros in a new image.
     */
    void (*load)(OcpnCtrl *c, unsigned nth, const uint8_t *payload);
    /* Main: into PAYLOAD, which is all zeros. */
    void (*store)(OcpnCtrl *c, unsigned nth, uint8_t *payload);
} OcpnStatePart;

/* fact.c, health.c: IMG_STATE_FACTS. */
extern const OcpnStatePart ocpn_facts_part;

/*
 * Main: page INDEX (enum ImgStatePage) has changed.  It is in the image before
 * any command that joins the store of namespace 1 from now on completes; with
 * no such command, soon (ocpn_state_sync()).
 */
void ocpn_state_dirty(OcpnCtrl *c, uint32_t index);
/* Main: what is dirty goes to the image now; nobody waits for it. */
void ocpn_state_sync(OcpnCtrl *c);

#endif
