/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Get Log Page: find the page, check the question, cut, send, acknowledge.
 * Implements: NVMe Base 2.0, "Get Log Page command".
 *
 * All sizes are 64-bit: NUMD + 1 dwords are up to 16 GiB, and the offset is
 * whatever the host wrote.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/dptr.h"
#include "hw/ocp-nvme/core/log.h"
#include "uuid-int.h"

/* The question, as far as it is not in OcpnLogAsk. */
typedef struct Ask {
    const OcpnLogPage *page;
    OcpnCtrl  *home;            /* whose page it is */
    OcpnLogAsk ask;
    OcpnLogRange range;         /* bytes the host wants */
    uint64_t   size;            /* of the page */
} Ask;

/* FLOW_PENDING: a->page is what the host means. */
static OcpnFlow find_page(OcpnCtrl *c, OcpnReq *r, Ask *a)
{
    uint8_t lid = FIELD_GET(NVME_LOG_LID, ocpn_cdw(r, 10));
    OcpnUuid uuid;

    if (!ocpn_uuid_select(c, FIELD_GET(NVME_LOG_UUIDX, ocpn_cdw(r, 14)),
                          lid, &uuid)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw14, NVME_LOG_UUIDX);
    }
    a->page = ocpn_log_find(c, lid, uuid);
    if (!a->page) {
        return REJECT_FIELD(c, r, INVALID_LOG_PAGE, cdw10, NVME_LOG_LID);
    }
    a->home = a->page->subsys ? ocpn_subsys(c) : c;
    return FLOW_PENDING;
}

/* FLOW_PENDING: NSID fits the page's scope. */
static OcpnFlow check_ns(OcpnCtrl *c, OcpnReq *r, Ask *a)
{
    uint32_t nsid = from_le32(r->cmd.nsid);
    OcpnNs *ns = ocpn_ns_get(c, nsid);
    bool all = nsid == 0 || nsid == NVME_NSID_ALL;
    bool valid = all || nsid <= ocpn_ns_highest(c);

    if (a->page->scope == OCPN_LOG_OCP && !all && !valid) {
        return REJECT(c, r, INVALID_FIELD, nsid);
    }
    if (a->page->scope == OCPN_LOG_NS ? all : !valid) {
        return REJECT(c, r, INVALID_NS, nsid);
    }
    if (all) {
        return FLOW_PENDING;
    }
    if (a->page->scope == OCPN_LOG_OCP && !c->cfg.ocp.nsid) {
        return FLOW_PENDING;    /* it has no namespace's page */
    }
    if (a->page->scope == OCPN_LOG_CTRL || a->page->scope == OCPN_LOG_OCP) {
        return REJECT(c, r, INVALID_FIELD, nsid);
    }
    if (!ns) {
        return ocpn_ns_refuse(c, r);
    }
    if (a->page->modes && !(a->page->modes >> ns->im.mode & 1)) {
        return REJECT(c, r, INVALID_NS, nsid);
    }
    a->ask.ns = ns;
    return FLOW_PENDING;
}

/* FLOW_PENDING: the page may be asked for now. */
static OcpnFlow admit(OcpnReq *r, Ask *a)
{
    uint32_t dw10 = ocpn_cdw(r, 10), dw11 = ocpn_cdw(r, 11);

    a->range.len = (((uint64_t)FIELD_GET(NVME_LOG_NUMDU, dw11) << 16 |
                     FIELD_GET(NVME_LOG_NUMDL, dw10)) + 1) * 4;
    a->range.off = (uint64_t)ocpn_cdw(r, 13) << 32 | ocpn_cdw(r, 12);
    return a->page->admit ? a->page->admit(a->home, r, &a->ask, &a->range)
                          : FLOW_PENDING;
}

/* FLOW_PENDING: length and offset are legal. */
static OcpnFlow check_range(OcpnCtrl *c, OcpnReq *r, Ask *a)
{
    uint32_t dw14 = ocpn_cdw(r, 14);

    a->size = a->page->length ? a->page->length(a->home, &a->ask)
                              : a->page->size;
    if (FIELD_GET(NVME_LOG_OT, dw14)) {     /* LID 00h: IOS is 0 everywhere */
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw14, NVME_LOG_OT);
    }
    /* Tools that see CAP.CSS ask of each command set; a refusal ends them. */
    if (a->page->csi && a->ask.csi >
        (ocpn_ocp(c, OCP_1_0) ? NVME_CSI_ZONED : NVME_CSI_NVM)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw14, NVME_LOG_CSI);
    }
    if (a->page->present && !a->page->present(a->home, &a->ask)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw11, NVME_LOG_LSI);
    }
    if (!ocpn_mdts_ok(c, a->range.len)) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_LOG_NUMDL);
    }
    if (a->page->unit && c->cfg.ocp.strict_telemetry &&
        a->range.len % a->page->unit) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_LOG_NUMDL);
    }
    if (a->page->unit && c->cfg.ocp.strict_telemetry &&
        a->range.off % a->page->unit) {
        return REJECT(c, r, INVALID_FIELD, cdw12);
    }
    if (a->range.off & 3 || a->range.off > a->size ||
        (a->page->scope == OCPN_LOG_OCP && a->range.off == a->size)) {
        return REJECT(c, r, INVALID_FIELD, cdw12);
    }
    return FLOW_PENDING;
}

/*
 * Write bytes of the page to the host, and zeros behind its end.  FLOW_DONE:
 * sent, or R's status says why not.
 */
static OcpnFlow send(OcpnCtrl *c, OcpnReq *r, const Ask *a)
{
    uint64_t off = a->range.off, len = a->range.len;
    uint64_t left = a->size - off < len ? a->size - off : len;
    uint64_t done = 0;
    uint8_t buf[OCPN_LOG_MAX] = { 0 };
    bool ok = true;

    if (a->page->fill) {
        a->page->fill(a->home, &a->ask, buf);
        ocpn_lag(a->home, a->page->lid, buf);
        ocpn_corrupt(a->home, a->page->lid, a->size, 0, buf, a->page->size);
        ok = ocpn_dptr_write(c, &r->data, 0, buf + off, left);
        done = left;
    }
    while (ok && done < left) {
        size_t n = left - done < sizeof(buf) ? (size_t)(left - done)
                                             : sizeof(buf);

        a->page->read(a->home, &a->ask, off + done, buf, n);
        ocpn_corrupt(a->home, a->page->lid, a->size, off + done, buf, n);
        ok = ocpn_dptr_write(c, &r->data, done, buf, n);
        done += n;
    }
    ok = ok && ocpn_dptr_fill(c, &r->data, left, 0, len - left);
    return ok ? FLOW_DONE : ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
}

OcpnFlow ocpn_get_log(OcpnCtrl *c, OcpnReq *r)
{
    Ask a = { .ask = {
        .lsp = FIELD_GET(NVME_LOG_LSP, ocpn_cdw(r, 10)),
        .lsi = FIELD_GET(NVME_LOG_LSI, ocpn_cdw(r, 11)),
        .csi = (uint8_t)FIELD_GET(NVME_LOG_CSI, ocpn_cdw(r, 14)),
    } };
    OcpnFlow flow = find_page(c, r, &a);

    if (flow == FLOW_PENDING) {
        flow = check_ns(c, r, &a);
    }
    if (flow == FLOW_PENDING) {
        flow = admit(r, &a);
    }
    if (flow == FLOW_PENDING) {
        flow = check_range(c, r, &a);
    }
    if (flow == FLOW_PENDING) {
        flow = ocpn_dptr_data(c, r, a.range.len, true);
    }
    if (flow != FLOW_PENDING) {
        return flow;
    }
    if (a.page->begin) {
        a.page->begin(a.home, &a.ask);
        a.size = a.page->length(a.home, &a.ask);
    }
    flow = send(c, r, &a);
    if (!r->status && !FIELD_GET(NVME_LOG_RAE, ocpn_cdw(r, 10)) &&
        !(a.page->from_start && a.range.off)) {
        ocpn_event_clear(c, a.page->lid);
        if (a.page->taken) {
            a.page->taken(a.home, &a.ask, a.range.off, a.range.len);
        }
    }
    if (!r->status) {
        ocpn_happened(c, OCPN_HAP_LOG_READ, a.page->lid,
                      FIELD_GET(NVME_LOG_RAE, ocpn_cdw(r, 10)));
    }
    return r->status || !a.page->keep ? flow : a.page->keep(a.home, r);
}
