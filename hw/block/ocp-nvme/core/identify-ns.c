/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify Namespace, by mode.
 * Implements: NVM Command Set 1.0, "Identify Namespace data structure"; NVMe
 * Base 2.0, "I/O Command Set Independent Identify Namespace data structure";
 * OCSSD 2.0 and its hosts: specification notes 1.1 and 1.2.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/protect.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "identify-int.h"
#include "nvm-int.h"

#define PAGE        4096u       /* bytes that are best written at once */

/* Relative Performance: blocks smaller than a page cost more. */
#define RP_BEST         0
#define RP_GOOD         2

void ocpn_identify_eui64(const OcpnNs *ns, uint8_t eui64[8])
{
    bool given = ns->cfg.eui64 && !memcmp(ns->nguid, ns->im.uuid, 16);

    if (!given && ocpn_identify_eui64_ocp(ns, eui64)) {
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        eui64[i] = (uint8_t)(ns->cfg.eui64 >> (56 - 8 * i));
    }
}

/*
 * LBAs are addresses with holes, so the size is what the address format
 * spans and the capacity what exists.  One format, which cannot be changed.
 */
static void fill_open_channel(const OcpnNs *ns, NvmeIdNs *id)
{
    uint64_t size = ocpn_geometry_nsze(&ns->im.geo);
    uint64_t cap = ocpn_geometry_blocks(&ns->im.geo);

    id->nsze = to_le64(size);
    id->ncap = id->nuse = to_le64(cap);
    id->nsfeat = NVME_NSFEAT_DULBE | (cap < size ? NVME_NSFEAT_THIN : 0);
    id->mc = ns->im.ms ? NVME_MC_SEPARATE : 0;
    id->dlfeat = ns->cfg.dlfeat;
    id->nvmcap = to_le128(cap << ns->im.lbads);
    id->lbaf[0] = (NvmeLbaFormat) {
        .ms = to_le16(ns->im.ms),
        .lbads = ns->im.lbads,
    };
    id->vs[0] = OCSSD_ID_NS_MARK;
}

static void fill_formats(const OcpnNs *ns, NvmeIdNs *id)
{
    id->nlbaf = (uint8_t)(ocpn_lbaf_count(ns) - 1);
    id->mc = NVME_MC_EXTENDED | NVME_MC_SEPARATE;
    for (unsigned i = 0; i < ocpn_lbaf_count(ns); i++) {
        uint8_t lbads = ocpn_lbaf_lbads(ns, i);
        uint16_t ms = ocpn_lbaf_ms(ns, i);

        id->lbaf[i] = (NvmeLbaFormat) {
            .ms = to_le16(ms),
            .lbads = lbads,
            .rp = lbads == 12 ? RP_BEST : RP_GOOD,
        };
        if (ms == ns->im.ms && lbads == ns->im.lbads) {
            id->flbas = FIELD_PUT(NVME_FLBAS_INDEX_LO, i) |
                        (ns->im.extended ? NVME_FLBAS_EXTENDED : 0);
        }
    }
}

static void fill_conventional(const OcpnNs *ns, NvmeIdNs *id)
{
    Le16 page = to_le16((uint16_t)((PAGE >> ns->im.lbads) - 1));

    id->nsze = id->ncap = to_le64(ns->im.nsze);
    id->nuse = to_le64(ocpn_ns_used(ns));
    id->nsfeat = NVME_NSFEAT_OPTPERF;
    fill_formats(ns, id);
    id->dlfeat = FIELD_PUT(NVME_DLFEAT_READ, NVME_DLFEAT_READ_ZEROS) |
                 NVME_DLFEAT_WZ_DEAC;
    id->nvmcap = to_le128(ocpn_space_has(ns)
                          ? ocpn_space_owned(ns->c, ns->nsid)
                          : ns->im.nsze << ns->im.lbads);
    if (ocpn_space_has(ns)) {
        id->nmic = ns->c->space->now.ns[ns->nsid].nmic;
    }
    id->npwg = id->npwa = id->npdg = id->npda = id->nows = page;
    id->mssrl = to_le16(OCPN_COPY_MSSRL);
    id->mcl = to_le32(OCPN_COPY_MCL);
    id->msrc = OCPN_COPY_MSRC;
}

static uint8_t attributes(const OcpnNs *ns)
{
    return ocpn_protection(ns) ? NVME_NSATTR_WRITE_PROTECTED : 0;
}

/* Endurance group: all namespaces are of the first, if there is one. */
static Le16 group(const OcpnCtrl *c)
{
    return to_le16(ocpn_ocp(c, OCP_1_0) ? 1 : 0);
}

void ocpn_identify_ns(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page)
{
    NvmeIdNs *id = (NvmeIdNs *)(void *)page;

    (void)nsid;
    if (ocpn_ns_is_open_channel(ns)) {
        fill_open_channel(ns, id);
    } else {
        fill_conventional(ns, id);
        if (ocpn_ocp(c, OCP_1_0)) {
            ocpn_identify_ns_ocp(ns, id);
        }
    }
    id->nsattr = attributes(ns);
    id->endgid = group(c);
    memcpy(id->nguid, ns->nguid, sizeof(id->nguid));
    ocpn_identify_eui64(ns, id->eui64);
}

void ocpn_identify_ns_common(OcpnCtrl *c, uint8_t *page)
{
    NvmeIdNs *id = (NvmeIdNs *)(void *)page;

    ocpn_identify_ns(c, c->root[1], 1, page);
    id->nsze = id->ncap = id->nuse = to_le64(0);
    id->nvmcap = to_le128(0);
    id->flbas = id->nmic = id->nsattr = 0;
    id->fpi &= NVME_FPI_SUPPORTED;
    memset(id->nguid, 0, sizeof(id->nguid));
    memset(id->eui64, 0, sizeof(id->eui64));
}

void ocpn_identify_ns_independent(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid,
                                  uint8_t *page)
{
    NvmeIdNsIndep *id = (NvmeIdNsIndep *)(void *)page;

    (void)nsid;
    id->nsattr = attributes(ns);
    id->fpi = ocpn_identify_fpi(ns);
    id->endgid = group(c);
    id->nstat = NVME_NSTAT_READY;
}
