/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * I/Os of one run of a queue that lie next to each other in the image become
 * one request of the block layer.
 *
 * While a lane is plugged, reads and writes of guest memory wait in a small
 * table.  One that begins where another ends, and is of the same kind, goes
 * with it: its iovec is appended, and it ends when the request ends.  If that
 * fails, each is done again alone (block.c), so only the guilty one fails.
 * Order does not matter: commands in flight together have none.
 *
 * Requests reach the kernel in groups, too, at the end of the run.  But a disk
 * that has few of them must not wait for all the others: a group is at most a
 * request for each four I/Os in flight.
 */
#include "qemu/osdep.h"
#include "qemu/defer-call.h"

#include "block.h"

#define NSLOTS      16u
#define MOST_BYTES  (512u * 1024)
#define SMALL_GROUP 8u          /* requests; with fewer, merged writes lose */

typedef struct Slot {
    uint64_t   end;             /* the byte behind it in the image */
    OcpnMedia *m;
} Slot;

struct OcpnPlug {
    unsigned depth;             /* of ocpn_block_plug() */
    unsigned inflight;          /* I/Os that the block layer has */
    unsigned group;             /* requests of them that wait for the kernel */
    unsigned n;
    Slot     slot[NSLOTS];      /* the oldest first */
};

void ocpn_block_lane_init(OcpnLane *lane)
{
    lane->plug = g_new0(OcpnPlug, 1);
}

void ocpn_block_lane_exit(OcpnLane *lane)
{
    g_clear_pointer(&lane->plug, g_free);
}

static bool is_kind(const OcpnMedia *a, const OcpnMedia *b)
{
    return a->io.op == b->io.op && a->dr == b->dr && a->io.fua == b->io.fua;
}

/* Let M go with the I/O of S, which is right in front of it. */
static bool join(Slot *s, OcpnMedia *m)
{
    OcpnMedia *head = s->m;
    int niov = head->qiov.niov;

    if (!is_kind(head, m) || niov + m->qiov.niov > OCPN_NIOV ||
        head->qiov.size + m->qiov.size > MOST_BYTES) {
        return false;
    }
    memcpy(&head->iov[niov], m->iov, m->qiov.niov * sizeof(m->iov[0]));
    head->qiov.niov += m->qiov.niov;
    head->qiov.size += m->qiov.size;
    head->last->part = m;
    head->last = m;
    s->end += m->io.len;
    return true;
}

static void submit_first(OcpnPlug *p)
{
    OcpnMedia *m = p->slot[0].m;

    p->n--;
    memmove(&p->slot[0], &p->slot[1], p->n * sizeof(p->slot[0]));
    ocpn_block_submit(m);
}

bool ocpn_block_keep(OcpnMedia *m)
{
    OcpnPlug *p = m->lane->plug;

    if (!p->depth || !ocpn_block_moves(m) || m->io.buf || !m->ram) {
        return false;
    }
    for (unsigned i = p->n; i-- > 0; ) {
        if (p->slot[i].end == m->io.offset && join(&p->slot[i], m)) {
            return true;
        }
    }
    if (p->n == NSLOTS) {
        submit_first(p);
    }
    p->slot[p->n++] = (Slot) { m->io.offset + m->io.len, m };
    return true;
}

void ocpn_block_plug(OcpnLane *lane)
{
    OcpnPlug *p = lane->plug;

    if (!p->depth++) {
        p->group = 0;
    }
    defer_call_begin();
}

void ocpn_block_begin(OcpnLane *lane, unsigned n)
{
    OcpnPlug *p = lane->plug;

    if (p->depth && p->group >= MAX(SMALL_GROUP, p->inflight / 4)) {
        p->group = 0;
        defer_call_end();
        defer_call_begin();
    }
    p->group++;
    p->inflight += n;
}

void ocpn_block_over(OcpnLane *lane, unsigned n)
{
    lane->plug->inflight -= n;
}

/* What ends at once may start more, which comes in behind. */
void ocpn_block_unplug(OcpnLane *lane)
{
    OcpnPlug *p = lane->plug;

    while (p->depth == 1 && p->n) {
        OcpnPlug now = *p;

        p->n = 0;
        for (unsigned i = 0; i < now.n; i++) {
            ocpn_block_submit(now.slot[i].m);
        }
    }
    p->depth--;
    defer_call_end();
}
