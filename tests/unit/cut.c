/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Power cuts at every write of a scenario: see cut.h. */
#include <stdlib.h>

#include "cut.h"

#define DATA        (FAKE_BUF + 0x800000u)
#define MANY        100u            /* writes of a scenario */
#define FAILURES    5u              /* of a scenario; then that is enough */

const char *cut_where(const Cut *t)
{
    static const char *const way[] = { "stopped", "torn", "reordered" };
    static char text[160];
    size_t n;

    if (t->plug.at == FAKE_PLUG_NEVER) {
        snprintf(text, sizeof(text), "%s: %s after %u steps, seed %u",
                 t->s->name, way[t->plug.way], t->done, t->plug.seed);
    } else {
        snprintf(text, sizeof(text), "%s: %s at write %u, seed %u, %u steps",
                 t->s->name, way[t->plug.way], (unsigned)t->plug.at,
                 t->plug.seed, t->done);
    }
    n = strlen(text);
    if (t->again.at) {
        snprintf(text + n, sizeof(text) - n, "; %s at write %u of the start",
                 way[t->again.way], (unsigned)t->again.at);
    }
    return text;
}

const char *cut_name(const Cut *t, unsigned i, char text[80])
{
    unsigned blocks = CUT_NSIDS * CUT_BLOCKS, chunks = CUT_NSIDS * CUT_CHUNKS;

    (void)t;
    if (i < 2 * blocks) {
        snprintf(text, 80, "%s %u of namespace %u",
                 i < blocks ? "block" : "metadata", i % CUT_BLOCKS,
                 i % blocks / CUT_BLOCKS + 1);
    } else if (i < 2 * blocks + chunks) {
        i -= 2 * blocks;
        snprintf(text, 80, "chunk %u of namespace %u", i % CUT_CHUNKS,
                 i / CUT_CHUNKS + 1);
    } else {
        snprintf(text, 80, "thing %u", i - 2 * blocks - chunks);
    }
    return text;
}

/* The media as they were, and the drive on them. */
static void again(Cut *t)
{
    fake_port_kill(&t->h->f);
    t->h->f.hold = false;
    for (uint32_t i = 0; i < CUT_NSIDS; i++) {
        FakeMedia *m = &t->h->f.media[i + 1];

        if (t->base[i]) {
            memcpy(m->bytes, t->base[i], m->size);
        }
    }
    t->h->f.now = t->now;
    t->begun = t->done = 0;
    memset(t->acked, 0, sizeof(t->acked));
    memset(t->wrote, 0, sizeof(t->wrote));
    fake_host_restart(t->h, false);
}

/* The steps, with a plug that is set. */
static void steps(Cut *t, FakePlug set)
{
    again(t);
    fake_plug_in(&t->plug, &t->h->f);
    t->plug.at = set.at;
    t->plug.way = set.way;
    t->plug.seed = set.seed;
    t->s->run(t);
    fake_run(&t->h->f);
}

static void return_power(Cut *t)
{
    fake_plug_out(&t->plug);
    t->h->f.hold = false;
    cut_start_keep(t);
    fake_host_restart(t->h, false);
    if (t->s->back) {
        t->s->back(t);
    }
}

/* A write, a read, and a reset, of chunks; a write and a read of others. */
static bool works_ns(FakeHost *h, OcpnNs *ns)
{
    uint64_t lba = 0;
    uint32_t n = 1;
    FakeCmd cmd = { .opc = 0x01, .nsid = ns->nsid, .prp1 = DATA };

    if (ocpn_ns_is_open_channel(ns)) {
        uint32_t c = 0;

        while (c < ns->im.geo.chunks && ns->chunk[c].state != CHUNK_FREE) {
            c++;
        }
        if (c == ns->im.geo.chunks) {
            return true;
        }
        lba = ocpn_addr_lba(&ns->im.geo, c, 0);
        n = ns->im.geo.clba;
    }
    cmd.cdw10 = (uint32_t)lba;
    cmd.cdw12 = n - 1;
    memset(fake_guest(h, DATA), 0x5c, n << ns->im.lbads);
    fake_prp(h, &cmd, DATA, (uint64_t)n << ns->im.lbads);
    if (fake_io(h, &cmd).status) {
        return false;
    }
    memset(fake_guest(h, DATA), 0, n << ns->im.lbads);
    cmd.opc = 0x02;
    if (fake_io(h, &cmd).status ||
        !fake_all(fake_guest(h, DATA), 0x5c, n << ns->im.lbads)) {
        return false;
    }
    return !ocpn_ns_is_open_channel(ns) ||
           fake_io(h, &(FakeCmd) { .opc = 0x90, .nsid = ns->nsid,
                                   .cdw10 = (uint32_t)lba }).status == 0;
}

static bool still_works(Cut *t)
{
    for (uint32_t id = 1; id <= CUT_NSIDS; id++) {
        OcpnNs *ns = ocpn_ns_get(t->h->c, id);

        if (ns && !works_ns(t->h, ns)) {
            CHECK(false, "%s: namespace %u does not work", cut_where(t), id);
            return false;
        }
    }
    return true;
}

/* A power loss with nothing done changes nothing. */
static bool same_again(Cut *t)
{
    fake_host_restart(t->h, false);
    return cut_same(t);
}

/* What a drive that lost power must stand. */
static void judge(Cut *t)
{
    bool good = true;

    return_power(t);
    t->runs++;
    for (uint32_t i = 0; good && i < CUT_NSIDS; i++) {
        good = !t->base[i] || cut_check(t, i + 1);
    }
    cut_look(t->s, t->h, &t->got);
    good = good && cut_judge(t) &&
           (t->s->flags & CUT_TWICE || same_again(t)) &&
           (t->s->flags & CUT_LAZY || still_works(t)) && cut_start(t);
    t->failed += !good;
}

/* ------------------------------------------------------------- scenarios */

static void prepare(Cut *t)
{
    t->h = fake_host_start(&t->s->drive);
    t->limit = CUT_STEPS;
    if (t->s->prepare) {
        t->s->prepare(t);
    }
    fake_host_restart(t->h, true);
    fake_host_off(t->h);
    t->now = t->h->f.now;
    for (uint32_t i = 0; i < CUT_NSIDS; i++) {
        const FakeMedia *m = &t->h->f.media[i + 1];

        if (m->bytes) {
            t->base[i] = malloc(m->size);
            CU_ASSERT_FATAL(t->base[i] != NULL);
            memcpy(t->base[i], m->bytes, m->size);
        }
    }
}

/* Blocks of the last step are what it wrote. */
static void compare_wrote(Cut *t, const CutView *v)
{
    char name[80];

    for (unsigned i = 0; i < CUT_ITEMS; i++) {
        if (t->wrote[i] && ((const uint64_t *)v)[i] != t->wrote[i]) {
            CHECK(false, "%s: %s is not what was written", cut_where(t),
                  cut_name(t, i, name));
            t->failed++;
            return;
        }
    }
}

/*
 * After each number of steps: what the drive shows, as it runs and after a
 * kill.  Returns the number of writes of all of them.
 */
static uint64_t reference(Cut *t)
{
    const FakePlug never = { .at = FAKE_PLUG_NEVER };
    unsigned all;

    steps(t, never);
    all = t->done;
    CHECK(all > 0 && !t->failed, "%s has no steps", t->s->name);
    fake_plug_out(&t->plug);
    t->view = calloc(all + 1, sizeof(*t->view));
    CU_ASSERT_FATAL(t->view != NULL);
    for (t->limit = 0; t->limit <= all; t->limit++) {
        steps(t, never);
        CHECK_EQ(t->done, t->limit);
        fake_plug_out(&t->plug);
        if (t->s->flags & CUT_SEEN) {
            fake_host_restart(t->h, false);
        }
        cut_look(t->s, t->h, &t->view[t->limit]);
        if (!(t->s->flags & CUT_SEEN)) {
            compare_wrote(t, &t->view[t->limit]);
        }
    }
    for (t->limit = 0; t->limit <= all && t->failed < FAILURES; t->limit++) {
        steps(t, never);
        judge(t);
        steps(t, (FakePlug) { .at = FAKE_PLUG_NEVER,
                              .way = FAKE_PLUG_REORDER, .seed = t->limit });
        judge(t);
    }
    t->limit = CUT_STEPS;
    steps(t, never);
    fake_plug_out(&t->plug);
    return t->plug.writes;
}

/*
 * OCPN_CUT_SEEDS: how many of each way, but for the one that needs none.  With
 * many writes the ways take turns.
 */
static unsigned seeds(FakePlugWay way, uint64_t n, uint64_t writes)
{
    const char *text = getenv("OCPN_CUT_SEEDS");
    unsigned all = text ? (unsigned)atoi(text) : 2;

    if (!text && writes > MANY) {
        return n % FAKE_PLUG_NWAYS == way;
    }
    return way == FAKE_PLUG_STOP ? 1 : all;
}

static void cut_all(Cut *t, uint64_t writes)
{
    for (uint64_t n = 1; n <= writes; n++) {
        for (unsigned way = 0; way < FAKE_PLUG_NWAYS; way++) {
            for (unsigned seed = 0; seed < seeds(way, n, writes);
                 seed++) {
                FakePlug set = { .at = n, .way = (FakePlugWay)way,
                                 .seed = seed + (unsigned)n * 2 };

                if (t->failed >= FAILURES) {
                    return;
                }
                steps(t, set);
                judge(t);
            }
        }
    }
}

void cut_scenario(const CutScenario *s)
{
    Cut *t = calloc(1, sizeof(*t));
    uint64_t writes;

    CU_ASSERT_FATAL(t != NULL);
    t->s = s;
    prepare(t);
    writes = reference(t);
    CHECK(writes > 0, "%s writes nothing", s->name);
    cut_all(t, writes);
    printf("# %s: %u steps, %u writes, %u power cuts, %u of starts\n",
           s->name, t->begun, (unsigned)writes, t->runs, t->starts);
    printf("# measured: %u power cuts at writes of images survived\n",
           t->runs + t->starts);
    fake_host_restart(t->h, false);
    fake_host_free(t->h);
    for (uint32_t i = 0; i < CUT_NSIDS; i++) {
        free(t->base[i]);
        free(t->left[i]);
    }
    free(t->view);
    free(t);
}

void cut_both(const CutScenario *s)
{
    CutScenario lags = *s;
    char name[60];

    cut_scenario(s);
    snprintf(name, sizeof(name), "%s, state-sync=flush", s->name);
    lags.name = name;
    lags.drive.cfg.sync_flush = true;
    lags.flags |= CUT_LAGS;
    cut_scenario(&lags);
}
