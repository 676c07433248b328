/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Get and Set Features: what holds for every feature.
 * Proves: NVMe Base 2.0, "Get Features command", "Set Features command",
 * "Feature Values".
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/ns.h"
#include "ocpn-unit.h"

#define ALL     0xffffffffu
#define SV      0x80000000u
#define SEL(n)  ((n) << 8)

static const FakeSetup mixed = {
    .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) },
};

/* The registry: nothing twice for a drive, and each row makes sense. */
static void rows(void)
{
    const OcpnFeature *f, *g;

    for (unsigned i = 0; (f = ocpn_feature_row(i)); i++) {
        CU_ASSERT(i < OCPN_MAX_FEATURES);
        CU_ASSERT(f->fid != 0 && f->name != NULL);
        CHECK((f->flags & (OCPN_FEAT_NS | OCPN_FEAT_SAVE)) !=
              (OCPN_FEAT_NS | OCPN_FEAT_SAVE),
              "%s: only controller scope is saved", f->name);
        CHECK(!(f->zero & ~f->mask), "%s: zero and mask", f->name);
        for (unsigned k = 0; k < i; k++) {
            g = ocpn_feature_row(k);
            CHECK(g->fid != f->fid || g->uuid != f->uuid ||
                  g->ocp > f->ocp, "%s and %s", f->name, g->name);
        }
    }
    CU_ASSERT(!ocpn_feature_row(UINT32_MAX));
}

static void current_default_saved(void)
{
    FakeHost *h = fake_host_start(&mixed);

    /* Interrupt Coalescing, 08h */
    CHECK_EQ(fake_get_feature(h, 0x08, 0, 0).dw0, 0);
    CHECK_EQ(fake_set_feature(h, 0x08, 0, 0x105).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(0), 0, 0).dw0, 0x105);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(1), 0, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(2), 0, 0).dw0, 0);
    CHECK_EQ(fake_set_feature(h, SV | 0x08, 0, 0x203).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x08, ALL, 0x105).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(0), 0, 0).dw0, 0x105);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(1), 0, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(2), 0, 0).dw0, 0x203);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(3), 0, 0).dw0, 5);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_get_feature(h, 0x08, 0, 0).dw0, 0x203);
    fake_host_free(h);
}

/* What was acknowledged is there after the process died. */
static void saved_over_power_loss(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_set_feature(h, SV | 0x08, 0, 0x203).status, 0);
    CHECK_EQ(fake_set_feature(h, SV | 0x04, 0, 0x155).status, 0);
    CHECK_EQ(fake_set_feature(h, SV | 0x08, 0, 0x204).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x0a, 0, 1).status, 0);
    fake_host_restart(h, false);
    CHECK_EQ(fake_get_feature(h, 0x08, 0, 0).dw0, 0x204);
    CHECK_EQ(fake_get_feature(h, 0x08 | SEL(2), 0, 0).dw0, 0x204);
    CHECK_EQ(fake_get_feature(h, 0x04, 0, 0).dw0, 0x155);
    CHECK_EQ(fake_get_feature(h, 0x0a, 0, 0).dw0, 0);
    fake_host_restart(h, true);
    CHECK_EQ(fake_get_feature(h, 0x08, 0, 0).dw0, 0x204);
    fake_host_free(h);
}

/* The completion waits for the image; a medium that fails is told. */
static void save_waits(void)
{
    FakeHost *h = fake_host_start(&mixed);
    unsigned flushes = h->f.media[1].flushes;
    FakeCqe e;

    h->f.hold = true;
    CU_ASSERT(!fake_set_feature(h, SV | 0x08, 0, 1).found);
    CU_ASSERT(h->f.nios > 0);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    fake_io_finish_all(&h->f);
    e = fake_reap(h, 0);
    CU_ASSERT(e.found);
    CHECK_EQ(e.status, 0x006);
    CU_ASSERT(!fake_set_feature(h, SV | 0x08, 0, 2).found);
    fake_io_finish_all(&h->f);
    e = fake_reap(h, 0);
    CU_ASSERT(e.found);
    CHECK_EQ(e.status, 0);
    CU_ASSERT(h->f.media[1].flushes > flushes);     /* stable storage */
    fake_host_free(h);
}

/*
 * FAILURE-CASE-44
 * Entries of the state page that are no saveable feature are left out.
 */
static void hostile_page(void)
{
    FakeHost *h = fake_host_start(&mixed);
    ImgPage p;

    for (unsigned i = 0; i < sizeof(p.payload); i++) {
        p.payload[i] = (uint8_t)(i / 16 % 253 + 1);
    }
    put_bytes_at(p.payload, 8, 0x08);           /* good, but all bits set */
    put_bytes_at(p.payload + 8, 8, 0xffffffff);
    put_bytes_at(p.payload + 16, 8, 0x05);      /* not saveable */
    put_bytes_at(p.payload + 24, 8, 1);
    put_bytes_at(p.payload + 32, 8, 0x0000000100000001);    /* of NSID 1 */
    put_bytes_at(p.payload + 40, 8, 3);
    ocpn_features_load(h->c, p.payload);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_get_feature(h, 0x08, 0, 0).dw0, 0xffff);
    CHECK_EQ(fake_get_feature(h, 0x05, 1, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(h, 0x01, 0, 0).dw0, 7);
    memset(p.payload, 0, sizeof(p.payload));
    ocpn_features_store(h->c, p.payload);
    CHECK_EQ(bytes_at(p.payload, 8), 0x08);
    CHECK_EQ(bytes_at(p.payload + 8, 8), 0xffff);
    CU_ASSERT(fake_all(p.payload + 16, 0, sizeof(p.payload) - 16));
    fake_host_free(h);
}

typedef struct Case {
    const char *what;
    uint8_t  opc;
    uint32_t cdw10, nsid, cdw11, cdw14;
    uint16_t status, place;
} Case;

static void refused(void)
{
    static const Case t[] = {
        { "FID 0", 9, 0x00, 0, 0, 0, 0x002, 40 },
        { "FID 3", 10, 0x03, 0, 0, 0, 0x002, 40 },
        { "FID FF", 9, 0xff, 0, 0, 0, 0x002, 40 },
        { "FID 6 without a cache", 10, 0x06, 0, 0, 0, 0x002, 40 },
        { "SEL 4", 10, 0x01 | SEL(4), 0, 0, 0, 0x002, 41 },
        { "SEL 7", 10, 0x01 | SEL(7), 0, 0, 0, 0x002, 41 },
        { "UUID Index 2", 9, 0x01, 0, 0, 2, 0x002, 56 },
        { "UUID Index 127", 10, 0xca, 1, 0, 127, 0x002, 56 },
        { "CAh of OCP", 10, 0xca, 1, 0, 1, 0x002, 40 },
        { "SV of a feature that has no place", 9, SV | 0x05, 1, 0, 0, 0x10d,
          7 << 8 | 43 },
        { "one namespace", 9, 0x08, 1, 0, 0, 0x10f, 4 },
        { "a namespace that is not there", 9, 0x08, 3, 0, 0, 0x10f, 4 },
        { "the last NSID", 9, 0x08, 32, 0, 0, 0x10f, 4 },
        { "NSID past NN", 9, 0x08, 33, 0, 0, 0x00b, 4 },
        { "Get with NSID past NN", 10, 0x08, 33, 0, 0, 0x00b, 4 },
        { "Set of NSID 0", 9, 0x05, 0, 0, 0, 0x00b, 4 },
        { "Get of NSID 0", 10, 0x05, 0, 0, 0, 0x00b, 4 },
        { "Get of all", 10, 0x05, ALL, 0, 0, 0x00b, 4 },
        { "Set of an inactive one", 9, 0x05, 3, 0, 0, 0x00b, 4 },
        { "Get of an inactive one", 10, 0x05, 3, 0, 0, 0x00b, 4 },
        { "a bit that must be 0", 9, 0x02, 0, 4, 0, 0x002, 2 << 8 | 44 },
    };
    FakeHost *h = fake_host_start(&mixed);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCqe e = fake_admin(h, &(FakeCmd) {
            .opc = t[i].opc, .nsid = t[i].nsid, .prp1 = FAKE_BUF,
            .cdw10 = t[i].cdw10, .cdw11 = t[i].cdw11, .cdw14 = t[i].cdw14,
        });
        uint16_t place = fake_error_location(h);

        CHECK(e.status == t[i].status && e.dnr && place == t[i].place,
              "%s: status %03x, byte %04x", t[i].what, e.status, place);
    }
    fake_host_free(h);
}

/* A refused command changes nothing, neither now nor for later. */
static void refusal_changes_nothing(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_set_feature(h, 0x02, 0, 0x20).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x02, 0, 0x41).status, 0x002);
    CHECK_EQ(fake_get_feature(h, 0x02, 0, 0).dw0, 0x20);
    CHECK_EQ(fake_set_feature(h, 0x04, 0, 333).status, 0);
    CHECK_EQ(fake_set_feature(h, SV | 0x04, 0, 1 << 16 | 5).status, 0x002);
    CU_ASSERT(!fake_reap(h, 0).found);
    CHECK_EQ(fake_get_feature(h, 0x04 | SEL(0), 0, 0).dw0, 333);
    CHECK_EQ(fake_get_feature(h, 0x04 | SEL(2), 0, 0).dw0, 350);
    fake_host_free(h);
}

/* Capabilities do not depend on the namespace; controller scope on none. */
static void lenient(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_get_feature(h, 0x05 | SEL(3), 0, 0).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x05 | SEL(3), 0, 0).dw0, 6);
    CHECK_EQ(fake_get_feature(h, 0x01 | SEL(3), 1, 0).dw0, 5);
    CHECK_EQ(fake_get_feature(h, 0x01, 1, 0).dw0, 7);
    CHECK_EQ(fake_get_feature(h, 0x01, ALL, 0).dw0, 7);
    fake_host_free(h);
}

/* With FFFFFFFFh all namespaces change, or none. */
static void all_namespaces(void)
{
    FakeHost *h = fake_host_start(&mixed);

    CHECK_EQ(fake_set_feature(h, 0x05, ALL, 9).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x05, 1, 0).dw0, 9);
    CHECK_EQ(fake_get_feature(h, 0x05, 2, 0).dw0, 9);
    CHECK_EQ(fake_set_feature(h, 0x05, ALL, 0x10001).status, 0x002);
    CHECK_EQ(fake_get_feature(h, 0x05, 1, 0).dw0, 9);
    CHECK_EQ(fake_get_feature(h, 0x05, 2, 0).dw0, 9);
    CU_ASSERT(!atomic_load(&ocpn_ns_get(h->c, 1)->dulbe));
    fake_host_free(h);
}

/* Without an open-channel namespace there is no Media Feedback. */
static void by_mode(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    CHECK_EQ(fake_get_feature(h, 0xca, 1, 0).status, 0x002);
    CHECK_EQ(fake_set_feature(h, 0xca, 1, 1).status, 0x002);
    fake_host_free(h);
}

/* The controller's saved values lie with NSID 1: without it none is saved. */
static void nowhere_to_save(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(2) },
    });

    CHECK_EQ(fake_set_feature(h, SV | 0x08, 0, 1).status, 0x10d);
    CHECK_EQ(fake_get_feature(h, 0x08, 0, 0).dw0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the rows", rows },
    { "current, default, saved, capabilities", current_default_saved },
    { "a saved value survives the process", saved_over_power_loss },
    { "saving waits for the image", save_waits },
    { "a hostile state page", hostile_page },
    { "what is refused, and which byte", refused },
    { "a refused command changes nothing", refusal_changes_nothing },
    { "what is not refused", lenient },
    { "all namespaces or none", all_namespaces },
    { "a feature of a mode", by_mode },
    { "no place to save", nowhere_to_save },
};
OCPN_UNIT_MAIN("feature", tests)
