/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify: what an OCP drive says beyond, and other than, the others.
 * Implements: OCP Datacenter NVMe SSD, NVMe-CFG-7, NVMe-CFG-8, NVMe-AD-10,
 * SECTOR-4, NSM-2, NSM-3, DP-CFG-1, PWR-1, NVMe-IO-3.
 */
#include <string.h>

#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/core/identify.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/power.h"
#include "hw/ocp-nvme/core/protect.h"
#include "hw/ocp-nvme/core/self-test.h"
#include "fused-int.h"
#include "identify-int.h"
#include "nvm-int.h"
#include "uuid-int.h"

/* What sanitize erases is rewritten after it. */
#define MODIFIES    FIELD_PUT(NVME_SANICAP_NODMMAS, UINT32_C(2))

void ocpn_claims(OcpnCtrl *c, NvmeIdCtrl *id)
{
    memset(id, 0, sizeof(*id));
    ocpn_identify_ctrl(c, NULL, 0, (uint8_t *)id);
}

/* Later states are slower in everything. */
static void fill_power(const OcpnCtrl *c, NvmeIdCtrl *id)
{
    unsigned n = ocpn_power_states(c);

    id->npss = (uint8_t)(n - 1);
    for (unsigned i = 0; i < n; i++) {
        NvmePowerState *ps = &id->psd[i];
        bool idle = ocpn_power_is_idle(c, i);
        uint8_t rank = (uint8_t)i;

        *ps = (NvmePowerState) {
            .mp = to_le16(ocpn_power_max(c, i)),
            .flags = idle ? NVME_PSD_NOPS : 0,
            .enlat = to_le32(16),
            .exlat = to_le32(idle ? 1000 : 4),
            .rrt = rank, .rrl = rank, .rwt = rank, .rwl = rank,
            .idlp = to_le16(ocpn_power_max(c, i) < OCPN_IDLE_POWER
                            ? ocpn_power_max(c, i) : OCPN_IDLE_POWER),
            .ips = FIELD_PUT(NVME_PSD_SCALE, NVME_PSD_SCALE_10MW),
        };
    }
}

void ocpn_identify_ctrl_ocp(const OcpnCtrl *c, NvmeIdCtrl *id)
{
    uint32_t ctratt = from_le32(id->ctratt) | NVME_CTRATT_NS_GRAN |
                      NVME_CTRATT_HIDS;
    uint8_t uuid[16];

    if (!ocpn_uuid_entry(c, 1, uuid)) {
        ctratt &= ~(uint32_t)NVME_CTRATT_UUID_LIST;
    }
    if (ocpn_log_find(c, NVME_LID_PERSISTENT_EVENT, OCPN_UUID_NONE)) {
        id->lpa |= NVME_LPA_PERSISTENT;
        id->pels = to_le32(1);
    }
    if (ocpn_oacs(c) & NVME_OACS_SELF_TEST) {
        id->edstt = to_le16(OCPN_SELF_TEST_EXTENDED_M);
        id->dsto = NVME_DSTO_ONE;
    }
    if (ocpn_firmware_present(c)) {
        id->oaes = to_le32(from_le32(id->oaes) | NVME_OAES_FW_ACTIVATION);
        id->mtfa = to_le16(OCPN_FW_MTFA / 100);
        id->frmw = FIELD_PUT(NVME_FRMW_SLOTS, OCPN_FW_SLOTS) |
                   NVME_FRMW_NO_RESET;
        id->fwug = OCPN_FW_UNIT / 4096;
    }
    id->ctratt = to_le32(ctratt);
    if (ocpn_admin_effects(c, NVME_ADM_SANITIZE)) {
        id->sanicap = to_le32(NVME_SANICAP_CRYPTO | NVME_SANICAP_BLOCK |
                              NVME_SANICAP_OVERWRITE | MODIFIES);
    }
    id->fna = ocpn_oacs(c) & NVME_OACS_FORMAT ? NVME_FNA_CRYPTO : 0;
    id->lpa &= (uint8_t)~NVME_LPA_SMART_NS;
    id->vwc = 0;
    id->nwpc = ocpn_protect_offered(c);
    id->fuses = to_le16(ocpn_fused_there(c) ? 1 : 0);
    id->hctma = to_le16(1);
    id->mntmt = to_le16(OCPN_MNTMT);
    id->mxtmt = to_le16(ocpn_thresholds(c).critical);
    fill_power(c, id);
}

uint8_t ocpn_identify_fpi(OcpnNs *ns)
{
    return ocpn_ocp(ns->c, OCP_1_0) && !ocpn_ns_is_open_channel(ns)
           ? NVME_FPI_SUPPORTED | ocpn_format_left(ns->c, ns) : 0;
}

/* Writes below the indirection unit cost more. */
void ocpn_identify_ns_ocp(OcpnNs *ns, NvmeIdNs *id)
{
    uint32_t unit = ocpn_ocp_iu(ns->c) >> ns->im.lbads;
    Le16 blocks = to_le16((uint16_t)(unit ? unit - 1 : 0));

    id->npwg = id->npwa = id->npdg = id->npda = id->nows = blocks;
    id->fpi = ocpn_identify_fpi(ns);
    if (id->nlbaf == OCPN_NLBAF_OCP - 1) {
        id->mc = 0;
    }
}

/* CFG-8: made from the image's UUID. */
bool ocpn_identify_eui64_ocp(const OcpnNs *ns, uint8_t eui64[8])
{
    static const uint8_t prefix[3] = { 0x52, 0x54, 0x00 };  /* QEMU's */

    if (!ocpn_ocp(ns->c, OCP_1_0)) {
        return false;
    }
    memcpy(eui64, prefix, sizeof(prefix));
    memcpy(eui64 + sizeof(prefix), ns->nguid + 11, 5);
    return true;
}
