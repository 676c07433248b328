/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power cuts while a drive comes back from a power cut: see cut.h. */
#include <stdlib.h>

#include "cut.h"

#define MORE    "OCPN_CUT_SEEDS"
#define MOST    100u            /* writes of a start; more is a loop */

void cut_start_keep(Cut *t)
{
    for (uint32_t i = 0; t->s->flags & CUT_START && i < CUT_NSIDS; i++) {
        const FakeMedia *m = &t->h->f.media[i + 1];

        if (m->bytes) {
            t->left[i] = t->left[i] ? t->left[i] : malloc(m->size);
            CU_ASSERT_FATAL(t->left[i] != NULL);
            memcpy(t->left[i], m->bytes, m->size);
        }
    }
}

/* The chunk of namespace 1 that item I is about, or is a block of. */
static uint32_t chunk_of(const OcpnNs *ns, unsigned i)
{
    unsigned blocks = CUT_NSIDS * CUT_BLOCKS;

    return i >= 2 * blocks ? i - 2 * blocks
           : i % blocks / ns->im.geo.clba;
}

/* Behind the items of chunks. */
static unsigned items_end(void)
{
    return 2 * CUT_NSIDS * CUT_BLOCKS + CUT_NSIDS * CUT_CHUNKS;
}

/* Chunk C is as it was, but for one more loss of a host that had begun. */
static bool is_less(const Cut *t, const CutView *v, const OcpnNs *ns,
                    uint32_t c)
{
    const OcpnGeometry *g = &ns->im.geo;
    uint64_t was = t->got.chunk[0][c], now = v->chunk[0][c];
    uint32_t wp = (uint32_t)was;
    bool good = was >> 56 == OCSSD_CS_OPEN;

    if (ns->cfg.power_loss == OCPN_POWER_CLOSE) {
        good &= now >> 56 == OCSSD_CS_CLOSED && now << 8 == was << 8;
    } else {
        wp = wp > g->mw_cunits ? wp - g->mw_cunits : 0;
        good &= (uint32_t)now == wp && now << 8 >> 40 == was << 8 >> 40 &&
                now >> 56 == (wp ? OCSSD_CS_OPEN : OCSSD_CS_FREE);
    }
    for (uint32_t b = c * g->clba; good && b < c * g->clba + wp; b++) {
        good = v->block[0][b] == t->got.block[0][b] &&
               v->meta[0][b] == t->got.meta[0][b];
    }
    return good;
}

/*
 * The power went again.  With power-loss=drop a chunk loses MW_CUNITS blocks
 * once more if the image did not say yet that it was done; and with both modes
 * what a shutdown had left Open is no longer as it was, all of it or nothing,
 * if a host had enabled the drive.  Is item I of such a chunk?
 */
static bool is_one_more(const Cut *t, const CutView *v, unsigned i)
{
    const OcpnNs *ns = ocpn_ns_get(t->h->c, 1);

    return t->again.at && ns && ocpn_ns_is_open_channel(ns) &&
           i < items_end() && ns->cfg.power_loss != OCPN_POWER_KEEP &&
           chunk_of(ns, i) < ns->im.geo.chunks &&
           is_less(t, v, ns, chunk_of(ns, i));
}

bool cut_same(Cut *t)
{
    const uint64_t *got = (const uint64_t *)&t->got;
    CutView second;
    char name[80];

    cut_look(t->s, t->h, &second);
    for (unsigned i = 0; i < CUT_ITEMS; i++) {
        uint64_t now = ((const uint64_t *)&second)[i];

        if (now != got[i] && !is_one_more(t, &second, i)) {
            CHECK(false, "%s: %s is another after one more power loss, %"
                  PRIx64 ", not %" PRIx64, cut_where(t), cut_name(t, i, name),
                  now, got[i]);
            return false;
        }
    }
    return true;
}

/* At write T->again.at; *CAME: the drive has started before that. */
static bool one(Cut *t, bool *came)
{
    const FakePlug set = t->again;
    bool good = true;

    fake_port_kill(&t->h->f);
    for (uint32_t i = 0; i < CUT_NSIDS; i++) {
        if (t->left[i]) {
            memcpy(t->h->f.media[i + 1].bytes, t->left[i],
                   t->h->f.media[i + 1].size);
        }
    }
    fake_plug_in(&t->again, &t->h->f);
    t->again.at = set.at;
    t->again.way = set.way;
    t->again.seed = set.seed;
    *came = fake_host_try(t->h) && !t->again.off;
    fake_plug_out(&t->again);
    if (*came && !(t->s->flags & CUT_TWICE)) {
        return true;            /* a loss after it is same_again()'s */
    }
    t->starts++;
    fake_host_restart(t->h, false);
    if (t->s->back) {
        t->s->back(t);
    }
    for (uint32_t i = 0; good && i < CUT_NSIDS; i++) {
        good = !t->left[i] || cut_check(t, i + 1);
    }
    return good && cut_same(t);
}

/* Of every second cut; stopped or torn, in turn. */
bool cut_start(Cut *t)
{
    bool good = true, came = false;

    if (!(t->s->flags & CUT_START) || (t->runs & 1 && !getenv(MORE))) {
        return true;
    }
    for (unsigned n = 1; good && !came; n++) {
        t->again.at = n;
        t->again.way = (n + t->runs / 2) & 1 ? FAKE_PLUG_TORN : FAKE_PLUG_STOP;
        t->again.seed = n + t->plug.seed;
        good = one(t, &came);
        CHECK(n < MOST, "%s: it starts for ever", cut_where(t));
        good = good && n < MOST;
    }
    t->again.at = 0;
    return good;
}
