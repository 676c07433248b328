/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sanitize operation, step by step.
 * Implements: NVMe Base 2.0, "Sanitize Operations"; OCP Datacenter NVMe SSD,
 * NVMe-AD-7..9, INCS-5.
 *
 * Namespaces are held as for Format NVM while it goes on, so nothing is under
 * way to what is erased.  Each piece is on stable storage before the image
 * says that it is done, and what comes after a cut of power begins with the
 * first piece the image does not know of.  Then chunk tables and marks go,
 * and then the image says that it is over; a command that came earlier could
 * have its data erased by the next start.
 *
 * Every step is taken by the timer, so no two of them are on the stack.  None
 * is taken while the controller does not run: others may have the images.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hold-int.h"
#include "nvm-int.h"
#include "used-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

#define LATE        1000u       /* ms */
#define TICKS       64u         /* pieces of one that takes its time */

static uint64_t now(const OcpnCtrl *c)
{
    return c->port.now(c->port.opaque);
}

static bool get_memory(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;

    s->io = c->port.alloc(c->port.opaque, c->cfg.io_size);
    s->pattern = c->port.alloc(c->port.opaque, OCPN_SANITIZE_PIECE);
    if (!s->io || !s->pattern) {
        ocpn_sanitize_destroy(c);
    }
    return s->io;
}

bool ocpn_sanitize_init(OcpnCtrl *c)
{
    return !ocpn_ocp(c, OCP_1_0) || get_memory(c);
}

void ocpn_sanitize_destroy(OcpnCtrl *c)
{
    c->port.free(c->port.opaque, c->sanitize.io);
    c->port.free(c->port.opaque, c->sanitize.pattern);
    c->sanitize.io = NULL;
    c->sanitize.pattern = NULL;
}

/* Also of a drive that has no Sanitize command any more. */
void ocpn_sanitize_power_on(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;

    if (c->was_open) {
        s->written = UINT64_MAX;    /* it is not known */
    }
    ocpn_sanitize_power_on_incoming(c);
    ocpn_sanitize_run(c);
}

void ocpn_sanitize_power_on_incoming(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;

    s->ready = s->io || s->state != NVME_SSTAT_RUNS || get_memory(c);
}

static bool is_overwrite(const OcpnSanitize *s)
{
    return FIELD_GET(NVME_SAN_SANACT, s->cdw10) == NVME_SAN_OVERWRITE;
}

static void hold_namespaces(OcpnCtrl *c, bool hold)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->ns[i]) {
            atomic_store(&c->ns[i]->formatting, hold);
            ocpn_inject_settle_ns(c, c->ns[i]);     /* only late ones */
        }
    }
    c->sanitize.holds = hold;
}

static bool nobody_uses_any(OcpnCtrl *c)
{
    if (!ocpn_ns_closed(c)) {
        return false;
    }
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->ns[i] && ocpn_ns_users(c->ns[i])) {
            return false;
        }
    }
    return true;
}

/* All tables are in the image.  *FAILED: some could not be written. */
static bool stored(OcpnCtrl *c, bool *failed)
{
    *failed = false;
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnStore *store = c->root[i] ? &c->root[i]->store : NULL;

        if (store && !ocpn_store_idle(store)) {
            return false;
        }
        *failed |= store && store->failed;
    }
    return true;
}

static void store_all(OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i]) {
            ocpn_store_flush(&c->root[i]->store);
        }
    }
}

/* It is over; the image knows, or will. */
static void over(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;

    s->step = SANITIZE_REST;
    ocpn_sanitize_gates(c);
    hold_namespaces(c, false);
    ocpn_happened(c, OCPN_HAP_SANITIZE_END, s->state, 0);
    ocpn_subsys_event(c, NVME_AET_IO, NVME_AEI_SANITIZE_DONE,
                      NVME_LID_SANITIZE);
}

void ocpn_sanitize_abandon(OcpnCtrl *c)
{
    c->sanitize.state = NVME_SSTAT_FAILED;
    c->sanitize.failure = true;
    ocpn_state_dirty(c, IMG_STATE_SANITIZE);
    ocpn_state_sync(c);
    over(c);
}

/* A part of a pass, in one namespace. */
typedef struct Piece {
    OcpnNs  *ns;
    uint64_t offset, len;       /* bytes of the image */
    unsigned pass;              /* from 0 on */
} Piece;

static uint64_t longest(const OcpnSanitize *s)
{
    uint64_t most = is_overwrite(s) ? OCPN_SANITIZE_PIECE : OCPN_ZERO_MAX;
    uint64_t tick = s->total / TICKS / IMG_BLOCK * IMG_BLOCK;

    tick = tick ? tick : IMG_BLOCK;
    return (s->ms || s->fails) && tick < most ? tick : most;
}

/* False: all is done. */
static bool next_piece(OcpnCtrl *c, Piece *p)
{
    const OcpnSanitize *s = &c->sanitize;
    uint64_t bytes = ocpn_sanitize_bytes(c), at = s->done % bytes;

    if (s->done >= s->total) {
        return false;
    }
    p->pass = (unsigned)(s->done / bytes);
    for (uint32_t i = 0; i < 2 * OCPN_MAX_NS; i++) {
        OcpnNs *ns = c->root[1 + i / 2];
        OcpnExtent e = ns ? ocpn_sanitize_area(ns, i & 1)
                          : (OcpnExtent) { 0, 0 };

        if (at < e.length) {
            p->ns = ns;
            p->offset = e.offset + at;
            p->len = e.length - at;
            p->len = p->len < longest(s) ? p->len : longest(s);
            return true;
        }
        at -= e.length;
    }
    return false;
}

/* The last pass has the pattern, and those before it by turns. */
static void fill_pattern(OcpnSanitize *s, const Piece *p)
{
    bool other = (ocpn_sanitize_passes(s) - 1 - p->pass) & 1 &&
                 FIELD_GET(NVME_SAN_OIPBP, s->cdw10);
    Le32 dword = to_le32(other ? ~s->cdw11 : s->cdw11);

    for (uint64_t i = 0; i < p->len; i += sizeof(dword)) {
        memcpy(s->pattern + i, &dword, sizeof(dword));
    }
}

static void erased(OcpnIo *io, OcpnIoResult result)
{
    OcpnCtrl *c = io->opaque;
    OcpnSanitize *s = &c->sanitize;

    s->busy = false;
    c->main_pending--;
    if (result == OCPN_IO_OK) {
        s->done += io->len;
        ocpn_state_dirty(c, IMG_STATE_SANITIZE);
        ocpn_state_sync(c);
    }
    if (result != OCPN_IO_OK || ocpn_sanitize_ends_badly(c)) {
        ocpn_sanitize_abandon(c);
    }
    ocpn_want_main(c);
}

/* When this piece was due; a pause is not made up for. */
static uint64_t pace(const OcpnSanitize *s, uint64_t t)
{
    return t - s->next < LATE * NS_PER_MS ? s->next : t;
}

static void erase(OcpnCtrl *c, const Piece *p)
{
    OcpnSanitize *s = &c->sanitize;
    OcpnIo *io = s->io;

    if (is_overwrite(s)) {
        fill_pattern(s, p);
    }
    io->op = is_overwrite(s) ? OCPN_IO_WRITE : OCPN_IO_ZERO;
    io->fua = true;
    io->unmap = !FIELD_GET(NVME_SAN_NDAS, s->cdw10);
    io->nsid = p->ns->nsid;
    io->offset = p->offset;
    io->len = p->len;
    io->buf = is_overwrite(s) ? s->pattern : NULL;
    io->nseg = 0;
    io->done = erased;
    io->opaque = c;
    s->next = pace(s, now(c)) + p->len * (s->ms * NS_PER_MS) / s->total;
    s->busy = true;
    c->main_pending++;
    c->port.media(c->port.opaque, io);
}

/* A pattern can be read; zeros that were asked to stay are not given back. */
static void count_used(const OcpnSanitize *s, OcpnNs *ns)
{
    if (ocpn_used_kept(ns) && (is_overwrite(s) ||
                     !FIELD_GET(NVME_SAN_NDAS, s->cdw10))) {
        ocpn_used_set_all(ns, is_overwrite(s));
    }
}

static void reset_tables(OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnNs *ns = c->root[i];

        if (ns && ocpn_ns_is_open_channel(ns)) {
            ocpn_chunks_sanitize(ns);
        } else if (ns) {
            ocpn_extents_clear(ns);
            count_used(&c->sanitize, ns);
        }
    }
    ocpn_space_unmark(c);
    store_all(c);
}

/* Tables are in the image. */
static void note_end(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i] && ocpn_ns_is_open_channel(c->root[i])) {
            ocpn_chunks_sanitized(c->root[i]);
        }
    }
    s->state = NVME_SSTAT_DONE;
    s->written = ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS);
    ocpn_state_dirty(c, IMG_STATE_SANITIZE);
    store_all(c);
}

/* Can the next step be taken, but for the time? */
static bool may_go(OcpnCtrl *c)
{
    const OcpnSanitize *s = &c->sanitize;
    bool failed;

    if (!s->ready || s->busy || !atomic_load(&c->running) ||
        c->shutdown != OCPN_SHUT_NONE) {
        return false;
    }
    switch ((OcpnSanitizeStep)s->step) {
    case SANITIZE_REST:
        return false;
    case SANITIZE_WAIT:
        return nobody_uses_any(c);
    case SANITIZE_NOTE:
    case SANITIZE_END:
        return stored(c, &failed);
    default:
        return true;
    }
}

/* The drive has other namespaces than before: once more, from the start. */
static void check(OcpnSanitize *s, uint64_t bytes)
{
    uint64_t total = ocpn_sanitize_passes(s) * bytes;

    if (s->total != total || s->done > total) {
        s->total = total;
        s->done = 0;
    }
}

void ocpn_sanitize_tick(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;
    bool failed = false;
    Piece p;

    if (!may_go(c)) {
        return;                 /* ocpn_sanitize_run() will see */
    }
    switch ((OcpnSanitizeStep)s->step) {
    case SANITIZE_CHECK:
        check(s, ocpn_sanitize_bytes(c));
        break;
    case SANITIZE_CLOSE:
        hold_namespaces(c, true);
        ocpn_ns_close(c);
        break;
    case SANITIZE_MEDIA:
        if (next_piece(c, &p)) {
            erase(c, &p);
            return;
        }
        break;
    case SANITIZE_TABLES:
        reset_tables(c);
        break;
    case SANITIZE_NOTE:
        (void)stored(c, &failed);
        if (!failed) {
            note_end(c);
        }
        break;
    case SANITIZE_END:
        (void)stored(c, &failed);
        if (!failed) {
            over(c);
            return;
        }
        break;
    default:
        break;
    }
    s->step++;
    if (failed) {
        ocpn_sanitize_abandon(c);
    }
    ocpn_want_main(c);
}

void ocpn_sanitize_run(OcpnCtrl *c)
{
    if (ocpn_timer_when(c, OCPN_TIMER_SANITIZE) == UINT64_MAX && may_go(c)) {
        uint64_t t = now(c);

        ocpn_timer_at(c, OCPN_TIMER_SANITIZE,
                      c->sanitize.next > t ? c->sanitize.next : t);
    }
}

void ocpn_sanitize_begin(OcpnCtrl *c)
{
    OcpnSanitize *s = &c->sanitize;

    s->step = SANITIZE_CLOSE;
    s->next = 0;
    ocpn_happened(c, OCPN_HAP_SANITIZE_BEGIN, s->cdw10, s->cdw11);
    ocpn_want_main(c);
}
