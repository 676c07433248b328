/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunk notifications: the queue behind log page D0h.
 * Implements: OCSSD 2.0, "Chunk Notification Log Page", "Asynchronous Event
 * Request".
 *
 * Any thread puts an entry into a ring; main moves what it finds there into
 * the queue hosts read.  So the queue changes only where main lets it: what a
 * command takes away is what it has sent, whatever is added meanwhile.
 *
 * The Notification Count is in the image of namespace 1, the queue is not: a
 * power cycle empties it and does not begin to count anew.  It is there before
 * a host knows of it: however QEMU ends, no host sees a count twice.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"

void ocpn_notify(OcpnCtrl *c, const OcpnNotice *n)
{
    OcpnNotices *s = &c->notices;
    OcssdChunkNotify e = {
        .lba = to_le64(n->lba),
        .nsid = to_le32(n->nsid),
        .state = to_le16(n->state),
        .mask = n->mask,
        .nlb = to_le16(n->mask & OCSSD_NM_BLOCK ? n->nlb : 0),
    };

    ocpn_lock(&s->lock);
    s->count++;
    e.nc = to_le64(s->count);
    s->ring[s->count % OCPN_NNOTICES] = e;
    ocpn_unlock(&s->lock);
    atomic_store(&s->news, true);
    ocpn_want_main(c);
}

/* Drop the oldest N. */
static void drop(OcpnNotices *s, uint32_t n)
{
    s->n -= n;
    memmove(s->entry, s->entry + n, s->n * sizeof(s->entry[0]));
}

/* The ring's new entries to the queue; the oldest make room (NOTIF-R4). */
static void collect(OcpnNotices *s)
{
    uint64_t fresh;

    ocpn_lock(&s->lock);
    fresh = s->count - s->seen;
    if (fresh > OCPN_NNOTICES) {
        fresh = OCPN_NNOTICES;
    }
    if (s->n + fresh > OCPN_NNOTICES) {
        drop(s, s->n + (uint32_t)fresh - OCPN_NNOTICES);
    }
    for (uint64_t nc = s->count - fresh; nc != s->count; nc++) {
        s->entry[s->n++] = s->ring[(nc + 1) % OCPN_NNOTICES];
    }
    s->seen = s->count;
    ocpn_unlock(&s->lock);
}

static bool is_for(const OcssdChunkNotify *e, uint32_t nsid)
{
    return nsid == 0 || from_le32(e->nsid) == nsid;
}

uint32_t ocpn_notices(OcpnCtrl *c, uint32_t nsid)
{
    OcpnNotices *s = &c->notices;
    uint32_t n = 0;

    collect(s);
    for (uint32_t i = 0; i < s->n; i++) {
        n += is_for(&s->entry[i], nsid);
    }
    return n;
}

void ocpn_notice_get(OcpnCtrl *c, uint32_t nsid, uint32_t index,
                     OcssdChunkNotify *e)
{
    const OcpnNotices *s = &c->notices;

    for (uint32_t i = 0; i < s->n; i++) {
        if (is_for(&s->entry[i], nsid) && index-- == 0) {
            *e = s->entry[i];
            return;
        }
    }
    *e = (OcssdChunkNotify) { .nc = to_le64(0) };
}

void ocpn_notices_take(OcpnCtrl *c, uint32_t nsid, uint32_t n)
{
    OcpnNotices *s = &c->notices;
    uint32_t left = 0;

    for (uint32_t i = 0; i < s->n; i++) {
        if (n > 0 && is_for(&s->entry[i], nsid)) {
            n--;
        } else {
            s->entry[left++] = s->entry[i];
        }
    }
    s->n = left;
    ocpn_notices_raise(c);
}

void ocpn_notices_raise(OcpnCtrl *c)
{
    if (ocpn_notices(c, 0)) {
        ocpn_event(c, NVME_AET_VENDOR, OCSSD_AEI_CHUNK_NOTIFY,
                   OCSSD_LID_CHUNK_NOTIFY);
    }
}

/* The image is to have the count of all entries there are. */
static void note_count(OcpnCtrl *c)
{
    uint64_t count = ocpn_notices_count(c);

    if (c->notices.noted != count) {
        c->notices.noted = count;
        ocpn_state_dirty(c, IMG_STATE_COUNTERS);
    }
}

/*
 * The image has the count, or cannot be written.  Then the entries count for
 * more than that a later power cycle may give their numbers again.
 */
static void noted(OcpnCtrl *c, OcpnReq *r)
{
    r->failed = false;
    ocpn_complete(c, r);
}

OcpnFlow ocpn_notices_keep(OcpnCtrl *c, OcpnReq *r)
{
    if (!c->root[1]) {
        return FLOW_DONE;
    }
    note_count(c);
    return ocpn_store_join(&c->root[1]->store, r, false, noted);
}

void ocpn_notices_run(OcpnCtrl *c)
{
    if (!atomic_exchange(&c->notices.news, false)) {
        return;
    }
    ocpn_notices_raise(c);
    if (c->root[1]) {
        note_count(c);
        ocpn_store_sync(&c->root[1]->store);
    }
}

uint64_t ocpn_notices_count(OcpnCtrl *c)
{
    uint64_t count;

    ocpn_lock(&c->notices.lock);
    count = c->notices.count;
    ocpn_unlock(&c->notices.lock);
    return count;
}

void ocpn_notices_set_count(OcpnCtrl *c, uint64_t count)
{
    ocpn_lock(&c->notices.lock);
    c->notices.count = c->notices.seen = count;
    ocpn_unlock(&c->notices.lock);
    c->notices.noted = count;
}
