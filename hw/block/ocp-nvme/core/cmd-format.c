/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format NVM, for conventional namespaces.
 * Implements: NVMe Base 2.0, "Format NVM command".
 *
 * A namespace takes no new command while it is formatted; the ones it has are
 * waited for.  Then all its blocks become zeros, whatever SES says (what a key
 * that is gone had encrypted may read as anything), the marks of Write
 * Uncorrectable go, and the superblock gets the new format: first
 * the copy that is not in force, then the other.  A cut of power on the way
 * leaves an image of the old or of the new format, and maybe lost data, never
 * one that is damaged.
 *
 * A controller reset ends it after the I/O that is in flight: what has not
 * got its new superblock keeps its old format.  Thread: main.
 */
#include "hw/ocp-nvme/core/dispatch.h"

#include "hold-int.h"
#include "nvm-int.h"
#include "hw/ocp-nvme/core/protect.h"
#include "hw/ocp-nvme/spec/ocp-error.h"
#include "used-int.h"

/* What comes next for r->ns. */
enum {
    ZERO_BLOCKS,                /* from byte r->slba of the image on */
    CLEAR_MARKS,
    FLUSH_BLOCKS,
    WRITE_FIRST,
    FLUSH_FIRST,
    WRITE_SECOND,
    FLUSH_SECOND,
    FORMATTED,
};

static bool is_target(const OcpnReq *r, const OcpnNs *ns)
{
    uint32_t nsid = from_le32(r->cmd.nsid);

    return ns && !ocpn_ns_is_open_channel(ns) &&
           (nsid == NVME_NSID_ALL || nsid == ns->nsid);
}

/* The first namespace behind NSID that R formats; NULL: none. */
static OcpnNs *target_after(const OcpnCtrl *c, const OcpnReq *r,
                            uint32_t nsid)
{
    while (nsid < OCPN_MAX_NS) {
        OcpnNs *ns = ocpn_ns_get(c, ++nsid);

        if (is_target(r, ns)) {
            return ns;
        }
    }
    return NULL;
}

/* What the image of NS will be.  False: the format does not fit it. */
static bool new_image(const OcpnReq *r, const OcpnNs *ns, OcpnImage *im)
{
    uint32_t cdw10 = ocpn_cdw(r, 10);
    uint32_t index = FIELD_GET(NVME_FORMAT_LBAFL, cdw10);
    uint16_t ms = ocpn_lbaf_ms(ns, index);
    OcpnError err;

    *im = ns->im;
    if (ocpn_space_has(ns)) {
        return index < ocpn_lbaf_count(ns) &&
               ocpn_space_relayout(im, ocpn_lbaf_lbads(ns, index));
    }
    return im->sequence < OCPN_SEQUENCE_MAX &&
           index < ocpn_lbaf_count(ns) &&
           ocpn_image_relayout(im, ocpn_lbaf_lbads(ns, index), ms,
                               ms && FIELD_GET(NVME_FORMAT_MSET, cdw10),
                               &err);
}

/* NS has the format of IM from now on; nobody else looks at it. */
static void adopt(OcpnNs *ns, const OcpnImage *im)
{
    ns->im.lbads = im->lbads;
    ns->im.ms = im->ms;
    ns->im.extended = im->extended;
    ns->im.nsze = im->nsze;
    ns->im.meta = im->meta;
    ns->im.data = im->data;
    if (ns->used) {
        ocpn_used_shape(ns);    /* no bit is set */
    }
}

/* ocpn_format_left() finds by r->bitmap what R is about. */
static void set_formatting(OcpnCtrl *c, OcpnReq *r, bool formatting)
{
    for (OcpnNs *ns = target_after(c, r, 0); ns;
         ns = target_after(c, r, ns->nsid)) {
        atomic_store(&ns->formatting, formatting);
        r->bitmap |= UINT64_C(1) << ns->nsid;
    }
}

/* DONE: nothing is left to format.  If not, and no error, a reset came. */
static void over(OcpnCtrl *c, OcpnReq *r, bool done)
{
    bool whole = done && !r->status && c->state != OCPN_STOPPING;
    bool ended;                 /* a panic */
    uint16_t status;

    if (r->failed && !r->status) {
        ocpn_fail(c, r, NVME_SC_WRITE_FAULT);   /* of a table */
    }
    set_formatting(c, r, false);
    ended = whole && ocpn_format_recover(c, r);
    c->nformats--;
    status = done || r->status ? r->status : NVME_SC_ABORT_REQUESTED;
    ocpn_format_note(c, r);
    ocpn_happened(c, OCPN_HAP_FORMAT_END, from_le32(r->cmd.nsid), status);
    ocpn_format_complete(c, r, ended);
}

/* Zero what follows.  False: nothing does. */
static bool zero(OcpnCtrl *c, OcpnReq *r, void (*next)(OcpnCtrl *, OcpnReq *))
{
    uint64_t at = r->slba, left = r->ns->im.length - at;

    if (ocpn_space_has(r->ns)) {
        return ocpn_space_zero(c, r, next);
    }
    if (!left) {
        return false;
    }
    left = left < OCPN_ZERO_MAX ? left : OCPN_ZERO_MAX;
    r->slba += left;
    ocpn_step_io(c, r, &(OcpnStep) {
        .op = OCPN_IO_ZERO, .unmap = true, .offset = at, .len = left,
    }, next);
    return true;
}

/* Write the superblock that comes after the one in force. */
static void write_super(OcpnCtrl *c, OcpnReq *r,
                        void (*next)(OcpnCtrl *, OcpnReq *))
{
    OcpnImage im;

    if (!new_image(r, r->ns, &im)) {    /* it was asked at the start */
        r->failed = true;
        next(c, r);
        return;
    }
    im.sequence++;
    ocpn_image_put_super(&im, (ImgSuper *)(void *)r->scratch);
    ocpn_step_io(c, r, &(OcpnStep) {
        .op = OCPN_IO_WRITE,
        .offset = ocpn_image_super_offset(im.sequence),
        .len = sizeof(ImgSuper),
        .buf = r->scratch,
    }, next);
}

/* The superblock is written: it is the one in force. */
static void super_written(OcpnReq *r)
{
    OcpnImage im;

    if (new_image(r, r->ns, &im)) {
        adopt(r->ns, &im);
        r->ns->im.sequence++;
    }
}

/* To the next namespace of R.  False: that was the last. */
static bool next_ns(OcpnCtrl *c, OcpnReq *r)
{
    r->ns = target_after(c, r, r->ns ? r->ns->nsid : 0);
    if (!r->ns) {
        return false;
    }
    r->step = ZERO_BLOCKS;
    r->slba = ocpn_space_has(r->ns) ? 0 : ocpn_pages_end(&r->ns->im);
    return true;
}

/* A namespace that shares its drive: a table says its format. */
static void write_table(OcpnReq *r, void (*next)(OcpnCtrl *, OcpnReq *))
{
    OcpnImage im;

    if (new_image(r, r->ns, &im)) {
        ocpn_space_format(r->ns, &im);
    }
    ocpn_store_join(&r->ns->home->store, r, true, next);
}

static void format(OcpnCtrl *c, OcpnReq *r)
{
    const OcpnStep flush = { .op = OCPN_IO_FLUSH };
    bool done;

    /* What is on the medium is in force, whatever happens to R now. */
    if (!r->failed && (r->step == FLUSH_FIRST || r->step == FLUSH_SECOND)) {
        super_written(r);
    }
    done = !r->failed && r->step == FORMATTED && !next_ns(c, r);
    if (done || r->failed || c->state == OCPN_STOPPING) {
        over(c, r, done);
        return;
    }
    switch (r->step) {
    case ZERO_BLOCKS:
        if (zero(c, r, format)) {
            return;
        }
        /* fall through */
    case CLEAR_MARKS:
        r->step = FLUSH_BLOCKS;
        ocpn_extents_clear(r->ns);
        if (ocpn_used_kept(r->ns)) {
            ocpn_used_set_all(r->ns, false);
        }
        ocpn_store_join(&r->ns->home->store, r, false, format);
        return;
    case FLUSH_BLOCKS:
        r->step = WRITE_FIRST;
        ocpn_step_io(c, r, &flush, format);
        return;
    case WRITE_FIRST:
    case WRITE_SECOND:
        if (ocpn_space_has(r->ns)) {
            r->step = FORMATTED;
            write_table(r, format);
            return;
        }
        r->step++;
        write_super(c, r, format);
        return;
    default:
        r->step++;
        ocpn_step_io(c, r, &flush, format);
    }
}

/* Commands that are only late are over. */
static void settle(OcpnCtrl *c, const OcpnReq *r)
{
    for (OcpnNs *ns = target_after(c, r, 0); ns;
         ns = target_after(c, r, ns->nsid)) {
        ocpn_inject_settle_ns(c, ns);
    }
}

static bool targets_idle(OcpnCtrl *c, const OcpnReq *r)
{
    if (!ocpn_ns_closed(c)) {
        return false;
    }
    for (OcpnNs *ns = target_after(c, r, 0); ns;
         ns = target_after(c, r, ns->nsid)) {
        if (ocpn_ns_users(ns)) {
            return false;
        }
    }
    return true;
}

/* A host may have protected one of them meanwhile. */
static bool is_protected(OcpnCtrl *c, const OcpnReq *r)
{
    for (OcpnNs *ns = target_after(c, r, 0); ns;
         ns = target_after(c, r, ns->nsid)) {
        if (ocpn_protection(ns)) {
            return true;
        }
    }
    return false;
}

static void begin(OcpnCtrl *c, OcpnReq *r)
{
    if (c->state == OCPN_STOPPING) {
        over(c, r, false);
    } else if (is_protected(c, r)) {
        (void)REJECT(c, r, NS_WRITE_PROTECTED, nsid);
        over(c, r, false);
    } else {
        r->ns = NULL;
        r->step = FORMATTED;
        format(c, r);
    }
}

/* Begin with those whose time is over, and whose namespaces nobody uses. */
void ocpn_format_run(OcpnCtrl *c)
{
    OcpnReq **link = &c->formats;

    while (*link) {
        OcpnReq *r = *link;

        if (c->state != OCPN_STOPPING &&
            (!ocpn_format_due(c, r) || !targets_idle(c, r))) {
            link = &r->next;
            continue;
        }
        *link = r->next;
        begin(c, r);
    }
    ocpn_format_arm(c);
}

bool ocpn_format_abort(OcpnCtrl *c, uint16_t cid)
{
    for (OcpnReq **link = &c->formats; *link; link = &(*link)->next) {
        OcpnReq *r = *link;

        if (r->held_ns && from_le16(r->cmd.cid) == cid) {
            *link = r->next;
            ocpn_fail(c, r, NVME_SC_ABORT_REQUESTED);
            over(c, r, false);
            return true;
        }
    }
    return false;
}

/* Judge CDW10.  FLOW_PENDING: go on. */
static OcpnFlow check_fields(OcpnCtrl *c, OcpnReq *r)
{
    uint32_t cdw10 = ocpn_cdw(r, 10);
    uint32_t most = ocpn_ocp(c, OCP_1_0) ? NVME_FORMAT_SES_CRYPTO
                                         : NVME_FORMAT_SES_USER;

    if (FIELD_GET(NVME_FORMAT_LBAFL, cdw10) >= OCPN_NLBAF) {
        return REJECT_FIELD(c, r, INVALID_FORMAT, cdw10, NVME_FORMAT_LBAFL);
    }
    if (FIELD_GET(NVME_FORMAT_LBAFU, cdw10)) {
        return REJECT_FIELD(c, r, INVALID_FORMAT, cdw10, NVME_FORMAT_LBAFU);
    }
    if (FIELD_GET(NVME_FORMAT_PI, cdw10)) {
        return REJECT_FIELD(c, r, INVALID_FORMAT, cdw10, NVME_FORMAT_PI);
    }
    if (FIELD_GET(NVME_FORMAT_SES, cdw10) > most) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_FORMAT_SES);
    }
    return FLOW_PENDING;
}

/* Judge the namespaces.  FLOW_PENDING: go on. */
static OcpnFlow check_targets(OcpnCtrl *c, OcpnReq *r)
{
    OcpnNs *ns = target_after(c, r, 0);
    OcpnImage im;

    if (!ns) {                  /* open-channel: its chunks are its format */
        return REJECT(c, r, INVALID_FORMAT, nsid);
    }
    for (; ns; ns = target_after(c, r, ns->nsid)) {
        if (atomic_load(&ns->formatting)) {
            return REJECT(c, r, FORMAT_IN_PROGRESS, nsid);
        }
        if (ocpn_protection(ns)) {
            return REJECT(c, r, NS_WRITE_PROTECTED, nsid);
        }
        if (!new_image(r, ns, &im)) {
            return REJECT_FIELD(c, r, INVALID_FORMAT, cdw10,
                                NVME_FORMAT_LBAFL);
        }
    }
    return FLOW_PENDING;
}

OcpnFlow ocpn_format(OcpnCtrl *c, OcpnReq *r)
{
    OcpnFlow flow;

    if (c->space && c->space->busy) {
        return FLOW_STALL;      /* who is there is about to change */
    }
    flow = check_fields(c, r);
    if (flow == FLOW_PENDING) {
        flow = check_targets(c, r);
    }
    if (flow == FLOW_PENDING) {
        flow = ocpn_step_get(c, r, true);
    }
    if (flow == FLOW_PENDING) {
        set_formatting(c, r, true);
        ocpn_format_time(c, r);
        c->nformats++;
        ocpn_happened(c, OCPN_HAP_FORMAT_BEGIN, from_le32(r->cmd.nsid),
                      ocpn_cdw(r, 10));
        r->next = c->formats;
        c->formats = r;
        ocpn_ns_close(c);
        settle(c, r);
    }
    return flow;
}
