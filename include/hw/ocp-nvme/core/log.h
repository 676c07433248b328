/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a log page is.  A page fills bytes and nothing else: cmd-log.c has
 * already looked up (LID, UUID), checked NSID, MDTS and alignment, cut the
 * page to the host's offset and length, and will transfer it and honour RAE.
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_LOG_H
#define HW_OCP_NVME_CORE_LOG_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"
#include "hw/ocp-nvme/core/req.h"

/* Whose vendor space a LID or FID is in; CDW14 UUID Index selects it. */
typedef enum OcpnUuid { OCPN_UUID_NONE, OCPN_UUID_OCP } OcpnUuid;

/* What NSID a page may be asked for with. */
typedef enum OcpnLogScope {
    OCPN_LOG_CTRL,              /* 0 or FFFFFFFFh */
    OCPN_LOG_CTRL_OR_NS,        /* the same, or an active namespace */
    OCPN_LOG_NS,                /* an active namespace only */
    OCPN_LOG_OCP,               /* OCP: as _CTRL; if lenient, _CTRL_OR_NS */
} OcpnLogScope;

/* The host's question, checked. */
typedef struct OcpnLogAsk {
    OcpnNs  *ns;                /* NULL: the controller */
    uint8_t  lsp;
    uint16_t lsi;
    uint8_t  csi;
} OcpnLogAsk;

/* The bytes of the page it is about. */
typedef struct OcpnLogRange {
    uint64_t off, len;
} OcpnLogRange;

typedef struct OcpnLogPage {
    uint8_t      lid;
    OcpnUuid     uuid;
    OcpnLogScope scope;
    uint8_t      modes;         /* 1 << ImgMode a namespace needs; 0: any */
    uint8_t      ocp;           /* OcpVersion that has it first; 0: all do */
    uint8_t      without;       /* 1 << OcpnOcpProfile: lacks it */
    bool         subsys;        /* the subsystem's: C is the first controller */
    bool         csi;           /* depends on the Command Set Identifier */
    const char  *name;
    /* Is there what LSI asks for?  Optional; otherwise it is not looked at. */
    bool       (*present)(OcpnCtrl *c, const OcpnLogAsk *ask);
    /*
     * May it be asked for now?  FLOW_PENDING: yes, and RANGE (as the host has
     * it, unchecked) may be another.  FLOW_DONE: R is over, refused or done.
     * Optional.
     */
    OcpnFlow   (*admit)(OcpnCtrl *c, OcpnReq *r, const OcpnLogAsk *ask,
                        OcpnLogRange *range);
    /* Pages of a fixed size: PAGE has SIZE zeroed bytes. */
    uint32_t     size;          /* <= OCPN_LOG_MAX */
    void       (*fill)(OcpnCtrl *c, const OcpnLogAsk *ask, void *page);
    /* Long pages, in place of size and fill. */
    uint64_t   (*length)(OcpnCtrl *c, const OcpnLogAsk *ask);
    void       (*read)(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                       void *buf, size_t len);
    /*
     * Before the first byte is read: the question is right.  What length()
     * says may change.  Optional.
     */
    void       (*begin)(OcpnCtrl *c, const OcpnLogAsk *ask);
    /* The host has bytes [off, off + len) and RAE was 0.  Optional. */
    void       (*taken)(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                        uint64_t len);
    bool         from_start;    /* RAE 0 counts at offset 0 only */
    uint16_t     unit;          /* strict telemetry: bytes; 0: dwords */
    /*
     * All is sent; R does not end before what that tells is in the image.
     * FLOW_PENDING: R will be completed.  Optional.
     */
    OcpnFlow   (*keep)(OcpnCtrl *c, OcpnReq *r);
    /* LID Specific Parameter, in LID 00h.  Optional. */
    uint16_t   (*parameter)(const OcpnCtrl *c);
} OcpnLogPage;

#define OCPN_LOG_MAX    4096u

/* Every page in the device, from hw/block/ocp-nvme/log/meson.build. */
extern const OcpnLogPage *const ocpn_log_pages[];
extern const size_t ocpn_log_npages;

/*
 * NULL: no such page here.  Vendor specific ones without a UUID are those of
 * no UUID, else OCP's.
 */
const OcpnLogPage *ocpn_log_find(const OcpnCtrl *c, uint8_t lid,
                                 OcpnUuid uuid);

/*
 * Page LID as a host would read it, without what reading it changes and
 * without damage on purpose.  OCP's page comes before another of that LID;
 * pages of namespaces are the first one's, of endurance groups group 1's.
 * BUF has LEN bytes from OFF on, zeros behind the page's end; *SIZE is that of
 * the page.  False, with ERR: there is no such page.
 */
bool ocpn_log_dump(OcpnCtrl *c, uint8_t lid, uint64_t off, void *buf,
                   size_t len, uint64_t *size, OcpnError *err);

#endif
