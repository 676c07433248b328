/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that failed, from the threads they failed in to main, which tells
 * of them.  What comes faster than main takes it is counted and lost.
 * Implements: OCP Datacenter NVMe SSD, event class 03h (NVMe).
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

/* The page or feature R was about; 0: none. */
static uint8_t subject(const OcpnReq *r)
{
    if (r->sq->id) {
        return 0;
    }
    switch (r->cmd.opc) {
    case NVME_ADM_GET_LOG:
    case NVME_ADM_SET_FEAT:
    case NVME_ADM_GET_FEAT:
        return (uint8_t)ocpn_cdw(r, 10);
    default:
        return 0;
    }
}

void ocpn_failure_add(OcpnCtrl *c, const OcpnReq *r)
{
    OcpnFailures *f = &c->failures;

    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    ocpn_lock(&f->lock);
    if (f->n < OCPN_NFAILURES) {
        f->failure[f->n++] = (OcpnFailure) {
            .what = (uint64_t)r->cmd.opc << 32 | subject(r),
            .how = (uint64_t)r->sq->id << 48 |
                   (uint64_t)from_le16(r->cmd.cid) << 16 | r->status,
        };
    } else {
        f->lost++;
    }
    ocpn_unlock(&f->lock);
    ocpn_want_main(c);
}

/* Who listens must not meet the lock. */
void ocpn_failures_run(OcpnCtrl *c)
{
    OcpnFailure failure[OCPN_NFAILURES];
    OcpnFailures *f = &c->failures;
    uint32_t n;

    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    ocpn_lock(&f->lock);
    n = f->n;
    memcpy(failure, f->failure, n * sizeof(failure[0]));
    f->n = 0;
    ocpn_unlock(&f->lock);
    for (uint32_t i = 0; i < n; i++) {
        ocpn_happened(c, OCPN_HAP_COMMAND_FAILED, failure[i].what,
                      failure[i].how);
    }
}

uint64_t ocpn_failures_lost(OcpnCtrl *c)
{
    uint64_t n;

    ocpn_lock(&c->failures.lock);
    n = c->failures.lost;
    ocpn_unlock(&c->failures.lock);
    return n;
}
