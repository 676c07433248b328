/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify Controller: what other tables say of the controller, in one
 * structure.
 * Implements: NVMe Base 2.0, "Identify Controller data structure"; NVM
 * Command Set 1.0, its fields of that structure.
 */
#include <stdio.h>
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "identify-int.h"

#define MODEL       "OCP-NVMe emulated SSD"
#define BURST       4u          /* RAB: 2^4 commands are fetched at once */
#define QES(log2)   (FIELD_PUT(NVME_QES_MIN, (log2)) | \
                     FIELD_PUT(NVME_QES_MAX, (log2)))

static uint8_t log_attributes(const OcpnCtrl *c)
{
    const OcpnLogPage *smart = ocpn_log_find(c, NVME_LID_SMART,
                                             OCPN_UUID_NONE);
    uint8_t lpa = NVME_LPA_EXTENDED;

    if (smart && smart->scope == OCPN_LOG_CTRL_OR_NS) {
        lpa |= NVME_LPA_SMART_NS;
    }
    if (ocpn_log_find(c, NVME_LID_EFFECTS, OCPN_UUID_NONE)) {
        lpa |= NVME_LPA_EFFECTS;
    }
    if (ocpn_log_find(c, NVME_LID_SUPPORTED, OCPN_UUID_NONE)) {
        lpa |= NVME_LPA_SUPPORTED;
    }
    if (ocpn_log_find(c, NVME_LID_TELEMETRY_HOST, OCPN_UUID_NONE)) {
        lpa |= NVME_LPA_TELEMETRY;
    }
    if ((lpa & NVME_LPA_TELEMETRY) && ocpn_telemetry_area4(c)) {
        lpa |= NVME_LPA_AREA4;
    }
    return lpa;
}

/* Named after the first namespace's image, which keeps its UUID. */
static void fill_nqn(const OcpnCtrl *c, char nqn[256])
{
    static const uint8_t none[16];
    const uint8_t *u = none;
    char *at = nqn;

    c = ocpn_subsys(c);
    for (uint32_t i = OCPN_MAX_NS; i >= 1; i--) {
        u = c->root[i] ? c->root[i]->im.uuid : u;
    }
    at += snprintf(at, 256, "nqn.2014-08.org.nvmexpress:uuid:");
    for (unsigned i = 0; i < 16; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;

        at += snprintf(at, 4, "%s%02x", dash ? "-" : "", u[i]);
    }
}

/* Commands and features: bytes 512 on. */
static void fill_commands(const OcpnCtrl *c, NvmeIdCtrl *id)
{
    uint8_t vwc = FIELD_PUT(NVME_VWC_FLUSH, NVME_VWC_FLUSH_ALL);

    id->sqes = QES(6);          /* 64 bytes */
    id->cqes = QES(4);          /* 16 bytes */
    id->nn = to_le32(ocpn_ns_highest(c));
    id->oncs = to_le16(ocpn_oncs(c));
    id->vwc = ocpn_write_cache_present(c) ? vwc | NVME_VWC_PRESENT : vwc;
    if (ocpn_oncs(c) & NVME_ONCS_COPY) {
        id->cdfs = to_le16(1);  /* format 0h */
    }
    id->sgls = to_le32(FIELD_PUT(NVME_SGLS, NVME_SGLS_BYTE_ALIGNED) |
                       NVME_SGLS_BIT_BUCKET | NVME_SGLS_MPTR_BYTE |
                       NVME_SGLS_LONG | NVME_SGLS_MPTR_SGL);
    fill_nqn(c, id->subnqn);
    id->psd[0] = (NvmePowerState) {
        .mp = to_le16(2500),    /* 25 W, in units of 0.01 W */
        .enlat = to_le32(16),
        .exlat = to_le32(4),
    };
}

static uint32_t attributes(const OcpnCtrl *c)
{
    return NVME_CTRATT_UUID_LIST |
           (ocpn_log_find(c, NVME_LID_ENDGRP, OCPN_UUID_NONE)
            ? NVME_CTRATT_ENDGRPS : 0);
}

void ocpn_identify_ctrl(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid,
                        uint8_t *page)
{
    static const uint8_t ieee[3] = OCPN_IEEE;
    NvmeIdCtrl *id = (NvmeIdCtrl *)(void *)page;
    const OcpnCtrl *home = ocpn_subsys(c);

    (void)ns;
    (void)nsid;
    id->vid = to_le16(c->cfg.vid);
    id->ssvid = to_le16(c->cfg.ssvid);
    put_ascii(id->sn, sizeof(id->sn), ' ', c->cfg.serial);
    put_ascii(id->mn, sizeof(id->mn), ' ', MODEL);
    put_ascii(id->fr, sizeof(id->fr), ' ',
              ocpn_firmware_revision(home));
    id->rab = BURST;
    memcpy(id->ieee, ieee, sizeof(ieee));
    id->cmic = ocpn_subsys_controllers(c) > 1 ? NVME_CMIC_MULTI_CTRL : 0;
    id->mdts = c->cfg.mdts;
    id->cntlid = to_le16(ocpn_cntlid(c));
    id->ver = to_le32(ocpn_reg_version(c));
    id->oaes = to_le32(NVME_OAES_NS_ATTR);
    id->ctratt = to_le32(attributes(c));
    id->cntrltype = NVME_CNTRLTYPE_IO;
    id->oacs = to_le16(ocpn_oacs(c));
    id->acl = OCPN_ACL;
    id->aerl = OCPN_AERL;
    id->frmw = NVME_FRMW_SLOT1_RO | FIELD_PUT(NVME_FRMW_SLOTS, 1);
    id->lpa = log_attributes(c);
    id->elpe = OCPN_NERRORS - 1;
    id->wctemp = to_le16(ocpn_thresholds(c).warning);
    id->cctemp = to_le16(ocpn_thresholds(c).critical);
    id->endgidmax = to_le16(attributes(c) & NVME_CTRATT_ENDGRPS ? 1 : 0);
    id->tnvmcap = to_le128(ocpn_ns_bytes(home));
    if (home->space) {
        id->unvmcap = to_le128(ocpn_space_owned(home, 0));
    }
    fill_commands(c, id);
    if (ocpn_ocp(c, OCP_1_0)) {
        ocpn_identify_ctrl_ocp(c, id);
    }
}
