/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify, by CNS row; and the lists.  The large structures are filled in
 * identify-ctrl.c and identify-ns.c.
 * Implements: NVMe Base 2.0, "Identify command".
 *
 * CNTID is ignored where the CNS value does not use it.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "identify-int.h"
#include "uuid-int.h"

/* What NSID must be. */
typedef enum NsRule {
    ANY,                        /* not used */
    START,                      /* a list begins behind it */
    VALID,                      /* 1 to NN; zeros if it is not active */
    COMMON,                     /* VALID, or what those to come can have */
    ALLOCATED,                  /* 1 to NN; zeros if it is not allocated */
    ACTIVE,
} NsRule;

typedef struct Row {
    uint8_t cns;
    NsRule  ns;
    bool    csi;                /* only of the NVM command set */
    bool    cntid;              /* its own or FFFFh: this controller */
    uint8_t ocp;                /* OcpVersion that has it first */
    /* NULL: fill_ctrls() */
    void  (*fill)(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page);
} Row;

/* CNS 02h, 07h */
static void fill_list(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page)
{
    NvmeNsList *list = (NvmeNsList *)(void *)page;
    unsigned n = 0;

    (void)ns;
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (i > nsid && ocpn_ns_get(c, i)) {
            list->nsid[n++] = to_le32(i);
        }
    }
}

/* CNS 10h, of the subsystem */
static void fill_allocated(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid,
                           uint8_t *page)
{
    NvmeNsList *list = (NvmeNsList *)(void *)page;
    unsigned n = 0;

    (void)ns;
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (i > nsid && ocpn_ns_allocated(ocpn_subsys(c), i)) {
            list->nsid[n++] = to_le32(i);
        }
    }
}

/*
 * CNS 12h, 13h: from CNTID on, those that NS is attached to, which is the
 * first or none; NULL: all of the subsystem.
 */
static void fill_ctrls(const OcpnCtrl *c, const OcpnNs *ns, uint32_t cntid,
                       uint8_t *page)
{
    NvmeCtrlList *list = (NvmeCtrlList *)(void *)page;
    const OcpnCtrl *m;
    uint16_t n = 0;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        if (ocpn_cntlid(m) >= cntid && (!ns || ocpn_ns_get(m, ns->nsid))) {
            list->cntlid[n++] = to_le16(ocpn_cntlid(m));
        }
    }
    list->count = to_le16(n);
}

static uint8_t *add_desc(uint8_t *at, uint8_t type, const void *id,
                         uint8_t len)
{
    NvmeNsDesc desc = { .nidt = type, .nidl = len };

    memcpy(at, &desc, sizeof(desc));
    memcpy(at + sizeof(desc), id, len);
    return at + sizeof(desc) + len;
}

/* CNS 03h */
static void fill_descs(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page)
{
    static const uint8_t none[16], csi = NVME_CSI_NVM;
    uint8_t eui64[8];

    (void)c;
    (void)nsid;
    ocpn_identify_eui64(ns, eui64);
    if (memcmp(eui64, none, sizeof(eui64))) {
        page = add_desc(page, NVME_NIDT_EUI64, eui64, NVME_NIDL_EUI64);
    }
    if (memcmp(ns->nguid, none, sizeof(none))) {
        page = add_desc(page, NVME_NIDT_NGUID, ns->nguid, NVME_NIDL_NGUID);
    }
    page = add_desc(page, NVME_NIDT_UUID, ns->nguid, NVME_NIDL_UUID);
    add_desc(page, NVME_NIDT_CSI, &csi, NVME_NIDL_CSI);
}

/* CNS 05h, 06h: no protection information, no limits. */
static void fill_zeros(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page)
{
    (void)c;
    (void)ns;
    (void)nsid;
    (void)page;
}

/* CNS 16h: the same for both formats. */
static void fill_granularity(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid,
                             uint8_t *page)
{
    NvmeNsGranularityList *list = (NvmeNsGranularityList *)(void *)page;
    OcpnCtrl *home = ocpn_subsys(c);

    (void)ns;
    (void)nsid;
    list->entry[0].size = list->entry[0].capacity =
        to_le64(home->space ? ocpn_space_grain(home)
                         : UINT64_C(1) << OCPN_GRAIN_SHIFT);
}

/* CNS 17h */
static void fill_uuids(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page)
{
    NvmeUuidList *list = (NvmeUuidList *)(void *)page;
    uint8_t uuid[16];

    (void)ns;
    (void)nsid;
    for (uint32_t i = 1; ocpn_uuid_entry(c, i, uuid); i++) {
        list->entry[i].header = NVME_UUID_ASSOC_NONE;
        memcpy(list->entry[i].uuid, uuid, sizeof(uuid));
    }
}

/* CNS 1Ch */
static void fill_iocs(OcpnCtrl *c, OcpnNs *ns, uint32_t nsid, uint8_t *page)
{
    NvmeIocsList *list = (NvmeIocsList *)(void *)page;

    (void)c;
    (void)ns;
    (void)nsid;
    list->combination[0] = to_le64(NVME_IOCS_NVM);
}

static const Row rows[] = {
    { NVME_CNS_NS, COMMON, false, false, OCP_OFF, ocpn_identify_ns },
    { NVME_CNS_CTRL, ANY, false, false, OCP_OFF, ocpn_identify_ctrl },
    { NVME_CNS_NS_ACTIVE_LIST, START, false, false, OCP_OFF, fill_list },
    { NVME_CNS_NS_DESC_LIST, ACTIVE, false, false, OCP_OFF, fill_descs },
    { NVME_CNS_CSI_NS, VALID, true, false, OCP_OFF, fill_zeros },
    { NVME_CNS_CSI_CTRL, ANY, true, false, OCP_OFF, fill_zeros },
    { NVME_CNS_CSI_NS_ACTIVE_LIST, START, true, false, OCP_OFF, fill_list },
    { NVME_CNS_NS_INDEPENDENT, VALID, false, false, OCP_OFF,
      ocpn_identify_ns_independent },
    { NVME_CNS_NS_ALLOC_LIST, START, false, false, OCP_OFF, fill_allocated },
    { NVME_CNS_NS_ALLOC, ALLOCATED, false, false, OCP_OFF, ocpn_identify_ns },
    { NVME_CNS_NS_CTRL_LIST, ALLOCATED, false, false, OCP_1_0, NULL },
    { NVME_CNS_CTRL_LIST, ANY, false, false, OCP_1_0, NULL },
    { NVME_CNS_NS_GRANULARITY, ANY, false, false, OCP_1_0, fill_granularity },
    { NVME_CNS_UUID_LIST, ANY, false, false, OCP_OFF, fill_uuids },
    { NVME_CNS_IOCS_COMBINATIONS, ANY, false, true, OCP_OFF, fill_iocs },
};

static const Row *find_row(const OcpnCtrl *c, uint8_t cns)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].cns == cns && ocpn_ocp(c, (OcpVersion)rows[i].ocp)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* A list may start behind any NSID that another one could follow. */
static bool ns_fits(const OcpnCtrl *c, NsRule rule, uint32_t nsid,
                    const OcpnNs *ns)
{
    switch (rule) {
    case START:
        return nsid < NVME_NSID_ALL - 1;
    case COMMON:
        if (nsid == NVME_NSID_ALL && c->space) {
            return true;
        }
        /* fall through */
    case VALID:
    case ALLOCATED:
        return nsid >= 1 && nsid <= ocpn_ns_highest(c);
    case ACTIVE:
        return ns != NULL;
    case ANY:
        break;
    }
    return true;
}

/* Zeros otherwise: no such namespace. */
static bool has_page(const Row *row, const OcpnNs *ns)
{
    bool needs_ns = row->ns == VALID || row->ns == COMMON ||
                    row->ns == ALLOCATED;

    return ns || !needs_ns;
}

OcpnFlow ocpn_identify(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t nsid = from_le32(r->cmd.nsid);
    uint32_t cntid = FIELD_GET(NVME_ID_CNTID, ocpn_cdw(r, 10));
    const Row *row = find_row(c, FIELD_GET(NVME_ID_CNS, ocpn_cdw(r, 10)));
    OcpnNs *ns = NULL;
    uint8_t page[NVME_IDENTIFY_SIZE] = { 0 };

    if (!row) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_ID_CNS);
    }
    if (row->csi &&
        FIELD_GET(NVME_ID_CSI, ocpn_cdw(r, 11)) != NVME_CSI_NVM) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_ID_CSI);
    }
    if (row->cntid && cntid != ocpn_cntlid(c) &&
        cntid != NVME_ID_CNTID_MASK) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_ID_CNTID);
    }
    if (row->ns != ANY) {
        ns = row->ns == ALLOCATED ? ocpn_ns_allocated(ocpn_subsys(c), nsid)
                                  : ocpn_ns_get(c, nsid);
    }
    if (!ns_fits(c, row->ns, nsid, ns)) {
        return ocpn_ns_refuse(c, r);
    }
    if (row->ns == COMMON && nsid == NVME_NSID_ALL) {
        ocpn_identify_ns_common(c, page);
    } else if (has_page(row, ns)) {
        if (row->fill) {
            row->fill(c, ns, nsid, page);
        } else {
            fill_ctrls(c, ns, cntid, page);
        }
    }
    return ocpn_dptr_send(c, r, page, sizeof(page));
}
