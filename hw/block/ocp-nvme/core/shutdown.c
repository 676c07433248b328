/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shutdown, and closing the image.
 * Implements: NVMe Base 2.0, "Shutdown" (CC.SHN, CSTS.SHST).
 *
 * Counters and everything dirty into the image, then a flush of every
 * namespace; then, if power may go, the image is told that it is closed, and
 * flushed; then CSTS says so.  Nothing is fetched meanwhile.
 * Thread: main.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"

/* What is under way. */
enum { SHUT_WRITE, SHUT_FLUSH, SHUT_CLOSE };

static bool stores_idle(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i] && !ocpn_store_idle(&c->root[i]->store)) {
            return false;
        }
    }
    return true;
}

bool ocpn_ctrl_quiet(const OcpnCtrl *c)
{
    return stores_idle(c) &&
           (c->state == OCPN_OFF || c->state == OCPN_FAILED) &&
           c->shutdown != OCPN_SHUT_BUSY && !c->main_pending;
}

void ocpn_shutdown_begin(OcpnCtrl *c)
{
    c->shutdown = OCPN_SHUT_BUSY;
    c->shutdown_step = SHUT_WRITE;
    atomic_store(&c->halted, true);
    ocpn_state_dirty(c, IMG_STATE_COUNTERS);
    ocpn_state_dirty(c, IMG_STATE_ERRORS);
    ocpn_facts_dirty(c);
    ocpn_latency_dirty(c);
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i]) {
            ocpn_store_sync(&c->root[i]->store);
        }
    }
    ocpn_want_main(c);
}

/* One that goes on may have begun before the controller was enabled. */
void ocpn_shutdown_asked(OcpnCtrl *c)
{
    bool over = c->shutdown == OCPN_SHUT_DONE && !c->marked_open;

    c->regs.csts &= ~FIELD_PUT(NVME_CSTS_SHST, NVME_CSTS_SHST_MASK);
    c->regs.csts |= FIELD_PUT(NVME_CSTS_SHST, over ? NVME_CSTS_SHST_COMPLETE
                                                   : NVME_CSTS_SHST_PROGRESS);
    if (c->shutdown == OCPN_SHUT_NONE || c->marked_open) {
        c->marked_open = false;     /* power may go now */
        ocpn_happened(c, OCPN_HAP_SHUTDOWN,
                      FIELD_GET(NVME_CC_SHN, c->regs.cc), 0);
        ocpn_shutdown_begin(c);
    }
}

static void flushed(OcpnIo *io, OcpnIoResult result)
{
    OcpnCtrl *c = io->opaque;

    (void)result;               /* nobody is left to be told */
    c->main_pending--;
    ocpn_want_main(c);
}

/* The media of namespaces 1 to LAST. */
static void flush_all(OcpnCtrl *c, uint32_t last)
{
    c->main_pending++;          /* not done before all are started */
    for (uint32_t i = 1; i <= last; i++) {
        OcpnNs *ns = c->root[i];

        if (!ns) {
            continue;
        }
        c->main_pending++;
        ns->main_io->op = OCPN_IO_FLUSH;
        ns->main_io->nsid = i;
        ns->main_io->done = flushed;
        ns->main_io->opaque = c;
        c->port.media(c->port.opaque, ns->main_io);
    }
    c->main_pending--;
}

bool ocpn_shutdown_closes(const OcpnCtrl *c)
{
    return c->shutdown == OCPN_SHUT_BUSY && c->shutdown_step < SHUT_CLOSE &&
           c->said_open;
}

/* The next step, when the last one has ended.  False: there is none. */
static bool step(OcpnCtrl *c)
{
    switch (c->shutdown_step++) {
    case SHUT_WRITE:
        flush_all(c, OCPN_MAX_NS);
        return true;
    case SHUT_FLUSH:
        if (!c->marked_open && c->said_open && c->root[1]) {
            if (!c->subsys.further) {
                ocpn_unprotected_forget(c);     /* all is on the medium */
            }
            ocpn_state_dirty(c, IMG_STATE_COUNTERS);
            ocpn_store_sync(&c->root[1]->store);
            return true;
        }
        return false;
    case SHUT_CLOSE:
        flush_all(c, 1);
        return true;
    default:
        return false;
    }
}

void ocpn_shutdown_run(OcpnCtrl *c)
{
    if (c->shutdown != OCPN_SHUT_BUSY) {
        return;
    }
    do {
        if (!stores_idle(c) || c->main_pending) {
            return;
        }
    } while (step(c));
    c->shutdown = OCPN_SHUT_DONE;
    if (!c->marked_open && !c->subsys.further) {
        /* The host knows that power may go; all is on the medium. */
        ocpn_power_cut_forget(c, 0);
        ocpn_unprotected_forget(c);     /* also without an image to close */
    }
    if (FIELD_GET(NVME_CC_SHN, c->regs.cc)) {
        c->regs.csts &= ~FIELD_PUT(NVME_CSTS_SHST, NVME_CSTS_SHST_MASK);
        c->regs.csts |= FIELD_PUT(NVME_CSTS_SHST, NVME_CSTS_SHST_COMPLETE);
    }
    /* Nothing to reset from, or enabled again meanwhile without SHN. */
    if (c->state == OCPN_OFF || (c->state == OCPN_READY &&
                                 !ocpn_subsys(c)->hot.off &&
                                 !FIELD_GET(NVME_CC_SHN, c->regs.cc))) {
        c->shutdown = OCPN_SHUT_NONE;
        atomic_store(&c->halted, ocpn_firmware_pauses(c));
        ocpn_kick_all(c);
    }
}

void ocpn_ctrl_close(OcpnCtrl *c)
{
    if (c->cycle_counted && c->shutdown != OCPN_SHUT_BUSY) {
        ocpn_shutdown_begin(c);
    }
}
