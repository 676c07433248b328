/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of a creation: what is left is a new drive, or
 * one that is refused, or the older one with not a byte changed; and what is
 * left can be created anew.
 * Proves: docs/image-format.rst, "Creation".
 */
#include <stdlib.h>

#include "cut.h"

#define SEEDS   6u

static const FakeNs sequential = {
    .cfg = { .nsid = 1, .dlfeat = 1 },
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .ms = 16, .nmaps = 3,
    .geo = { .num_grp = 1, .num_pu = 2, .num_chk = 4, .clba = 24,
             .ws_min = 4, .ws_opt = 4, .mw_cunits = 8 },
};
static const FakeNs conventional = {
    .cfg = { .nsid = 1, .dlfeat = 1 },
    .mode = IMG_MODE_CONVENTIONAL, .lbads = 9, .ms = 8, .nsze = 64,
};

typedef struct Make {
    Cut t;
    CutScenario s;
    OcpnImage im, old;
    bool older;                 /* an older image is there before */
    uint8_t *fresh;             /* what an undisturbed creation leaves */
    CutView view;               /* ... and what that drive shows */
    unsigned left[OCPN_OPEN_IO + 1];    /* how often what was left */
    unsigned kept;              /* the older image */
} Make;

static OcpnImage lay_out(const FakeNs *n, uint8_t uuid)
{
    OcpnImage im = {
        .mode = n->mode, .lbads = n->lbads, .ms = n->ms, .nsze = n->nsze,
        .geo = n->geo, .nmaps = n->nmaps,
    };
    OcpnError err = { "" };

    memset(im.uuid, uuid, sizeof(im.uuid));
    CHECK(ocpn_image_layout(&im, &err), "%s", err.text);
    return im;
}

static FakeMedia *medium(Make *m)
{
    return &m->t.h->f.media[1];
}

static void is_new(Make *m)
{
    char name[80];

    fake_host_restart(m->t.h, false);
    cut_look(&m->s, m->t.h, &m->t.got);
    for (unsigned i = 0; i < CUT_ITEMS; i++) {
        if (((const uint64_t *)&m->t.got)[i] !=
            ((const uint64_t *)&m->view)[i]) {
            CHECK(false, "%s: %s is not that of a new drive",
                  cut_where(&m->t), cut_name(&m->t, i, name));
            return;
        }
    }
}

/* Nobody gets a namespace of it, and the reason is told. */
static void is_refused(Make *m, OcpnOpen how, const char *why)
{
    static const char *const say[] = {
        [OCPN_OPEN_BLANK] = "the drive is blank",
        [OCPN_OPEN_FOREIGN] = "there is no superblock, but other data",
        [OCPN_OPEN_DAMAGED] = "both copies of the superblock",
    };
    OcpnCtrl *c = ocpn_ctrl_new(&m->t.h->setup.cfg, &m->t.h->f.port);
    OcpnError err = { "" };

    CU_ASSERT_FATAL(c != NULL);
    CHECK(how < OCPN_OPEN_IO, "%s: cannot be read", cut_where(&m->t));
    CHECK_HAS(why, say[how]);
    CHECK(!ocpn_ns_add(c, &m->s.drive.ns[0].cfg, &medium(m)->disk, &err),
          "%s: a drive of nothing", cut_where(&m->t));
    CHECK_HAS(err.text, how == OCPN_OPEN_DAMAGED ? say[how]
              : "no ocp-nvme superblock; 'ocp-nvme-img create' makes one");
    ocpn_ctrl_free(c);
}

/*
 * All but the superblock's copies is as in BYTES.  Of these one may be missing
 * or torn: ocp-nvme-img check tells, and --repair writes it anew.
 */
static bool is_like(Make *m, const uint8_t *bytes)
{
    const uint64_t rest = IMG_SUPER_B + IMG_BLOCK;

    return !memcmp(medium(m)->bytes + rest, bytes + rest,
                   medium(m)->size - rest);
}

static void judge(Make *m, bool done)
{
    OcpnError err = { "" };
    OcpnImage got;
    OcpnOpen how = ocpn_image_open(&got, &medium(m)->disk, &err);

    m->left[how]++;
    m->t.runs++;
    CHECK(how == OCPN_OPEN_OK || !done, "%s: created, but: %s",
          cut_where(&m->t), err.text);
    if (how != OCPN_OPEN_OK) {
        is_refused(m, how, err.text);
    } else if (m->older && !is_like(m, m->fresh)) {
        m->kept++;
        CHECK(!done && is_like(m, m->t.base[0]) &&
              !memcmp(got.uuid, m->old.uuid, sizeof(got.uuid)),
              "%s: half an image", cut_where(&m->t));
    } else if (memcmp(got.uuid, m->im.uuid, sizeof(got.uuid)) ||
               !is_like(m, m->fresh)) {
        CHECK(false, "%s: half an image", cut_where(&m->t));
    } else {
        is_new(m);
    }
    fake_port_kill(&m->t.h->f);
    CHECK(ocpn_image_create(&m->im, &medium(m)->disk, &err) &&
          !memcmp(medium(m)->bytes, m->fresh, medium(m)->size),
          "%s: cannot be created again: %s", cut_where(&m->t), err.text);
}

/* Create on what was there, and lose power as SET says.  True: it is done. */
static bool create(Make *m, FakePlug set)
{
    OcpnError err = { "" };
    bool done;

    fake_port_kill(&m->t.h->f);
    memcpy(medium(m)->bytes, m->t.base[0], medium(m)->size);
    fake_plug_in(&m->t.plug, &m->t.h->f);
    m->t.plug.at = set.at;
    m->t.plug.way = set.way;
    m->t.plug.seed = set.seed;
    done = ocpn_image_create(&m->im, &medium(m)->disk, &err);
    CHECK(done == !m->t.plug.off, "%s: %s", cut_where(&m->t), err.text);
    CHECK(done || strstr(err.text, "cannot"), "%s: %s", cut_where(&m->t),
          err.text);
    fake_plug_out(&m->t.plug);
    return done;
}

/* All ways for superblocks, in turn for what is one page of many. */
static unsigned cut_creation(Make *m)
{
    const FakePlug never = { .at = FAKE_PLUG_NEVER };
    uint64_t writes;

    CHECK(create(m, never), "it is never complete");
    writes = m->t.plug.writes;
    memcpy(m->fresh, medium(m)->bytes, medium(m)->size);
    fake_host_restart(m->t.h, false);
    cut_look(&m->s, m->t.h, &m->view);
    for (uint64_t n = 1; n <= writes + 1; n++) {
        bool page = n > 4 && n + 4 < writes;

        for (unsigned i = 0; i < FAKE_PLUG_NWAYS * SEEDS; i++) {
            FakePlug set = { .at = n, .way = i % FAKE_PLUG_NWAYS, .seed = i };

            if (page ? i == n % FAKE_PLUG_NWAYS
                     : i < FAKE_PLUG_NWAYS || set.way != FAKE_PLUG_STOP) {
                judge(m, create(m, set));
            }
        }
    }
    return (unsigned)writes;
}

/* An image whose pages have higher numbers than new ones. */
static void leave_older(Make *m)
{
    const OcpnDisk *d = &medium(m)->disk;
    OcpnError err = { "" };
    unsigned slot;
    ImgPage p;

    CHECK(ocpn_image_create(&m->old, d, &err), "%s", err.text);
    for (uint32_t i = 0; i < IMG_STATE_NPAGES; i++) {
        CHECK(ocpn_page_load(&m->old, d, IMG_REGION_STATE, i, &p, &slot,
                             &err), "%s", err.text);
        ocpn_page_seal(&m->old, &p, IMG_REGION_STATE, i, 100);
        d->write(d->opaque, ocpn_page_offset(&m->old, IMG_REGION_STATE, i, 1),
                 &p, sizeof(p));
    }
}

/* On what FILL bytes, or image OLD, leave; it has UUID_OLD. */
static void run(const char *name, const FakeNs *new, int fill,
                const FakeNs *old, uint8_t uuid_old)
{
    Make *m = calloc(1, sizeof(*m));
    unsigned writes;

    CU_ASSERT_FATAL(m != NULL);
    m->s = (CutScenario) { .name = name, .drive.ns = { *new } };
    m->t.s = &m->s;
    m->t.h = fake_host_start(&m->s.drive);
    m->im = lay_out(new, 0x77);
    CHECK_EQ(m->im.length, medium(m)->size);
    memset(medium(m)->bytes, fill, medium(m)->size);
    if (old) {
        m->older = true;
        m->old = lay_out(old, uuid_old);
        leave_older(m);
    }
    m->fresh = malloc(medium(m)->size);
    m->t.base[0] = malloc(medium(m)->size);
    CU_ASSERT_FATAL(m->fresh && m->t.base[0]);
    memcpy(m->t.base[0], medium(m)->bytes, medium(m)->size);
    writes = cut_creation(m);
    CHECK(m->left[OCPN_OPEN_OK] && m->left[OCPN_OPEN_DAMAGED] &&
          m->left[OCPN_OPEN_BLANK] + m->left[OCPN_OPEN_FOREIGN] &&
          !m->kept == !m->older, "%s: not all of it happens", name);
    printf("# %s: %u writes, %u power cuts: %u new, %u older, %u none, %u "
           "damaged\n", name, writes, m->t.runs,
           m->left[OCPN_OPEN_OK] - m->kept, m->kept,
           m->left[OCPN_OPEN_BLANK] + m->left[OCPN_OPEN_FOREIGN],
           m->left[OCPN_OPEN_DAMAGED]);
    fake_host_restart(m->t.h, false);
    fake_host_free(m->t.h);
    free(m->t.base[0]);
    free(m->fresh);
    free(m);
}

static void on_a_blank_drive(void)
{
    run("a new image", &sequential, 0, NULL, 0);
    run("a new conventional image", &conventional, 0, NULL, 0);
}

static void on_rubbish(void)
{
    run("on rubbish", &sequential, 0xa5, NULL, 0);
}

static void on_an_older_image(void)
{
    run("on an older image", &sequential, 0, &sequential, 0x66);
    run("on one with the same UUID", &sequential, 0, &sequential, 0x77);
    run("on a conventional image", &sequential, 0, &conventional, 0x77);
}

static const OcpnTest tests[] = {
    { "on a blank drive", on_a_blank_drive },
    { "on rubbish", on_rubbish },
    { "on an older image", on_an_older_image },
};
OCPN_UNIT_MAIN("cut-create", tests)
