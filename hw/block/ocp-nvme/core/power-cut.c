/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts that somebody wants: see power-cut-int.h.
 * Implements: docs/ocp.rst, "Power cuts"; OCP Datacenter NVMe SSD, INCS-4.
 *
 * Writes are counted where page 02h counts them.  With the last one a gate
 * lets no further I/O command begin, and main resets the controller.  When
 * nothing is under way any more, chunks go back to where the lost writes
 * began, and the lost blocks of conventional namespaces are marked as Write
 * Uncorrectable marks them: what they held before is not there to come back.
 */
#include <inttypes.h>
#include <string.h>

#include "ctrl-int.h"
#include "nvm-int.h"

#define NLOSSES(cut)    ((cut)->drop * OCPN_VEC_MAX)

/* Also one that is due, and that main has not begun. */
void ocpn_power_cut_clear(OcpnCtrl *c)
{
    OcpnPowerCut *cut = &c->cut;
    OcpnLoss *mem;

    ocpn_lock(&cut->lock);
    mem = cut->loss;
    cut->loss = NULL;
    cut->left = cut->drop = cut->n = 0;
    cut->nlosses = 0;
    cut->wish = (OcpnCutWish) { .loss = OCPN_CUT_OWN };
    atomic_store(&cut->armed, false);
    atomic_store(&cut->due, false);
    ocpn_gate_set(c, OCPN_GATE_CUT, false);
    ocpn_unlock(&cut->lock);
    if (mem) {
        c->port.free(c->port.opaque, mem);
    }
    ocpn_kick_all(c);
}

bool ocpn_power_cut_arm(OcpnCtrl *c, uint32_t left, uint32_t drop,
                        OcpnCutWish wish)
{
    OcpnPowerCut *cut = &c->cut;
    OcpnLoss *mem = NULL;
    size_t size = (size_t)drop * OCPN_VEC_MAX * sizeof(*mem);

    if (drop) {
        mem = c->port.alloc(c->port.opaque, size);
        if (!mem) {
            return false;
        }
        memset(mem, 0, size);
    }
    ocpn_power_cut_clear(c);
    ocpn_lock(&cut->lock);
    cut->loss = mem;
    cut->drop = drop;
    cut->left = left;
    cut->wish = wish;
    atomic_store(&cut->armed, true);
    ocpn_unlock(&cut->lock);
    return true;
}

OcpnLoss *ocpn_power_cut_loss(OcpnCtrl *c, uint32_t index)
{
    return index < NLOSSES(&c->cut) ? &c->cut.loss[index] : NULL;
}

/* It is on the medium when it completes. */
static bool is_safe(const OcpnCtrl *c, const OcpnReq *r)
{
    return ocpn_write_through(c) ||
           ((r->cmd.opc == NVME_IO_WRITE || r->cmd.opc == NVME_IO_COPY) &&
            FIELD_GET(NVME_RW_FUA, ocpn_cdw(r, 12)));
}

/*
 * Under the lock: GOOD is on the medium, whatever was written there before.
 * Of a write that GOOD cuts in two, the part before it is still lost; of a
 * chunk, what lies below cannot go without it.
 */
static void keep(OcpnPowerCut *cut, const OcpnLoss *good)
{
    const uint64_t end = good->at + good->nlb;

    for (uint32_t i = 0; i < NLOSSES(cut); i++) {
        OcpnLoss *l = &cut->loss[i];

        if (!l->write || l->nsid != good->nsid || l->chunk != good->chunk) {
            continue;
        }
        if (l->chunk != OCPN_CHUNK_NONE) {
            l->write = 0;
        } else if (l->at < good->at) {
            l->nlb = l->nlb < good->at - l->at
                     ? l->nlb : (uint32_t)(good->at - l->at);
        } else if (l->at < end) {
            l->write = l->nlb > end - l->at ? l->write : 0;
            l->nlb -= l->write ? (uint32_t)(end - l->at) : 0;
            l->at = end;
        }
    }
}

/* Under the lock. */
static void note(OcpnPowerCut *cut, OcpnLoss loss, bool safe)
{
    if (safe) {
        keep(cut, &loss);
        return;
    }
    loss.write = cut->n;
    cut->loss[cut->nlosses++ % NLOSSES(cut)] = loss;
}

static void note_all(OcpnPowerCut *cut, const OcpnReq *r, bool safe)
{
    OcpnLoss loss = { .nsid = r->ns->nsid, .chunk = OCPN_CHUNK_NONE };

    if (!ocpn_ns_is_open_channel(r->ns)) {
        loss.at = (uint64_t)ocpn_cdw(r, 11) << 32 | ocpn_cdw(r, 10);
        loss.nlb = r->nlb;
        note(cut, loss, safe);
        return;
    }
    for (uint32_t i = 0; i < r->ngroups; i++) {
        loss.chunk = r->group[i].chunk;
        loss.at = r->group[i].blk;
        loss.nlb = r->group[i].nlb;
        note(cut, loss, safe);
    }
}

void ocpn_power_cut_wrote(OcpnCtrl *c, const OcpnReq *r)
{
    OcpnPowerCut *cut = &c->cut;
    bool due = false;

    ocpn_lock(&cut->lock);
    if (atomic_load(&cut->armed)) {
        cut->n++;
        if (cut->drop) {
            note_all(cut, r, is_safe(c, r));
        }
        due = cut->left && !--cut->left;
    }
    if (due) {                  /* before main can take it back */
        ocpn_gate_set(c, OCPN_GATE_CUT, true);
        atomic_store(&cut->due, true);
    }
    ocpn_unlock(&cut->lock);
    if (due) {
        ocpn_want_main(c);
    }
}

/*
 * To the host the drive is new: disabled, and as if it had just been plugged
 * in.  Commands that are under way end, and are forgotten.
 */
static void cut_power(OcpnCtrl *c)
{
    c->cut.unsafe = c->marked_open;
    c->cut.going = true;
    if (c->marked_open) {
        c->marked_open = false;
        c->unsafe_shutdowns++;
        if (ocpn_ocp(c, OCP_1_0)) {
            ocpn_fact_add(c, OCPN_FACT_PLP_STARTS, 1);
        }
    }
    c->cycle_counted = false;   /* the next enable begins one */
    ocpn_state_dirty(c, IMG_STATE_COUNTERS);
    ocpn_state_sync(c);
    ocpn_subsys_reset(c, OCPN_RESET_COLD);
}

void ocpn_power_cut_run(OcpnCtrl *c)
{
    if (atomic_exchange(&c->cut.due, false)) {
        c->cut.losing = true;
        cut_power(c);
    }
}

void ocpn_power_cut_forget(OcpnCtrl *c, uint32_t nsid)
{
    OcpnPowerCut *cut = &c->cut;
    OcpnLoss *l;

    ocpn_lock(&cut->lock);
    for (uint32_t i = 0; (l = ocpn_power_cut_loss(c, i)); i++) {
        l->write = !nsid || l->nsid == nsid ? 0 : l->write;
    }
    ocpn_unlock(&cut->lock);
}

/* Has loss L come, and is it not too old? */
static bool counts(const OcpnPowerCut *cut, const OcpnLoss *l)
{
    return l->write && cut->n - l->write < cut->drop;
}

static uint32_t lost_of(OcpnNs *ns, uint32_t chunk)
{
    uint64_t first = UINT32_MAX;
    OcpnLoss *l;

    for (uint32_t i = 0; (l = ocpn_power_cut_loss(ns->c, i)); i++) {
        if (counts(&ns->c->cut, l) && l->nsid == ns->nsid &&
            l->chunk == chunk && l->at < first) {
            first = l->at;
        }
    }
    return (uint32_t)first;
}

/* A write to NS, which is conventional, keeps its first blocks, or none. */
static bool lose_blocks(OcpnNs *ns, const OcpnLoss *l, const OcpnCutHow *how)
{
    uint32_t came = how->tear != OCPN_TEAR_OFF && l->nlb
                    ? ocpn_cut_dice(how, l->at, l->nlb) : 0;
    bool lost = l->nlb && ocpn_nvm_in_range(ns, l->at, l->nlb) &&
                ocpn_extent_add(ns, l->at + came, l->nlb - came);

    if (lost) {
        ocpn_store_sync(&ns->home->store);
    }
    return lost;
}

/* What a migration brought may be anything. */
static bool lose(OcpnCtrl *c, const OcpnCutHow *how)
{
    bool lost = false;
    OcpnLoss *l;

    for (uint32_t i = 0; (l = ocpn_power_cut_loss(c, i)); i++) {
        OcpnNs *ns = counts(&c->cut, l) ? ocpn_ns_allocated(c, l->nsid) : NULL;

        if (ns && !ocpn_ns_is_open_channel(ns) &&
            l->chunk == OCPN_CHUNK_NONE) {
            lost |= lose_blocks(ns, l, how);
        }
    }
    return lost;
}

/* As after a QEMU that was killed; and writes that are lost. */
static bool lose_chunks(OcpnCtrl *c, OcpnNs *ns, const OcpnCutHow *how)
{
    OcpnPowerLoss loss = !c->cut.unsafe ? OCPN_POWER_KEEP
                         : c->cut.wish.loss == OCPN_CUT_OWN
                         ? ns->cfg.power_loss
                         : (OcpnPowerLoss)c->cut.wish.loss;

    return (how->lost || loss != OCPN_POWER_KEEP) &&
           ocpn_chunks_lose(ns, loss, how);
}

/* The power has gone, no command is left.  True: a write was lost. */
static bool end(OcpnCtrl *c)
{
    OcpnPowerCut *cut = &c->cut;
    const OcpnCutHow how = {
        .tear = (OcpnTear)cut->wish.tear, .seed = cut->wish.seed,
        .lost = cut->losing && cut->drop ? lost_of : NULL,
    };
    bool lost = how.lost && lose(c, &how);

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->ns[i] && ocpn_ns_is_open_channel(c->ns[i])) {
            lost |= lose_chunks(c, c->ns[i], &how);
        }
    }
    cut->losing = cut->unsafe = cut->going = false;
    ocpn_power_cut_clear(c);
    return lost;
}

/* Nothing but the power cut resets a controller for which it is going. */
void ocpn_power_cut_heard(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                          uint64_t b)
{
    (void)b;
    if (what == OCPN_HAP_RESET && a == OCPN_RESET_COLD && c->cut.going) {
        bool unsafe = c->cut.unsafe;

        ocpn_facts_hold(c);
        ocpn_happened(c, OCPN_HAP_POWER_CUT, unsafe, end(c));
        ocpn_facts_release(c);
    }
}

bool ocpn_power_cut_act(OcpnCtrl *c, const char *text, OcpnError *err)
{
    OcpnCutOrder o;

    if (c->cut.going) {         /* what it loses is settled */
        return OCPN_FAIL(err, "the power is going already; try again when "
                         "what is under way has ended");
    }
    if (!strcmp(text, "clear")) {
        ocpn_power_cut_clear(c);
        return true;
    }
    if (!ocpn_power_cut_parse(text, &o, err)) {
        return false;
    }
    if (!o.left) {              /* now */
        ocpn_power_cut_clear(c);
        c->cut.wish = o.wish;
        cut_power(c);
        return true;
    }
    return ocpn_power_cut_arm(c, o.left, o.drop, o.wish) ||
           OCPN_FAIL(err, "there is no memory for drop-last=%" PRIu32, o.drop);
}
