/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 0Dh: Persistent Event Log.
 * Implements: NVMe Base 2.0, "Persistent Event Log (Log Identifier 0Dh)"; OCP
 * Datacenter NVMe SSD, STD-LOG-9.
 */
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/pel.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

static unsigned action(const OcpnLogAsk *ask)
{
    return ask->lsp & NVME_PEL_ACTION_MASK;
}

/* To release a context that is not there is no error. */
static OcpnFlow admit(OcpnCtrl *c, OcpnReq *r, const OcpnLogAsk *ask,
                      OcpnLogRange *range)
{
    bool there = ocpn_pel_established(c);

    switch (action(ask)) {
    case NVME_PEL_READ:
        return there ? FLOW_PENDING
                     : REJECT_FIELD(c, r, COMMAND_SEQUENCE, cdw10,
                                    NVME_LOG_LSP);
    case NVME_PEL_ESTABLISH:
        return there ? REJECT_FIELD(c, r, COMMAND_SEQUENCE, cdw10,
                                    NVME_LOG_LSP) : FLOW_PENDING;
    case NVME_PEL_RELEASE:
        ocpn_pel_release(c);
        return FLOW_DONE;
    default:
        if (!ocpn_ocp(c, OCP_2_5)) {    /* NVMe 1.4 has no such action */
            return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_LOG_LSP);
        }
        *range = (OcpnLogRange) { .len = sizeof(NvmePelHeader) };
        return FLOW_PENDING;
    }
}

static void begin(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    (void)ask;
    ocpn_pel_establish(c);
}

static uint64_t length(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    (void)ask;
    return ocpn_pel_length(c);
}

static void read(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off, void *buf,
                 size_t len)
{
    (void)ask;
    ocpn_pel_read(c, off, buf, len);
}

static uint16_t parameter(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_2_5) ? NVME_PEL_LIDSP_HEADER : 0;
}

const OcpnLogPage ocpn_log_0d_persistent_event = {
    .lid = NVME_LID_PERSISTENT_EVENT,
    .ocp = OCP_1_0,
    .subsys = true,
    .name = "Persistent Event Log",
    .admit = admit,
    .begin = begin,
    .length = length,
    .read = read,
    .parameter = parameter,
};
