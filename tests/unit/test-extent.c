/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVM Command Set 1.0, "Write Uncorrectable command", the set of
 * marked blocks; docs/image-format.rst, "Uncorrectable extent".
 */
#include "nvm-unit.h"

#define MOST    254u        /* entries of the state page */

static OcpnNs *ns_of(Nvm *n)
{
    return ocpn_ns_get(n->h->c, 1);
}

/* Sorted, disjoint, not touching, none empty. */
static bool is_tidy(const OcpnNs *ns)
{
    for (uint32_t i = 0; i < ns->nextents; i++) {
        if (!ns->extent[i].nlb ||
            (i && ns->extent[i - 1].slba + ns->extent[i - 1].nlb >=
                  ns->extent[i].slba)) {
            return false;
        }
    }
    return ns->nextents <= MOST;
}

/* NVM-UNCORRECTABLE: 20000 steps against one bit a block. */
static void test_model(void)
{
    Nvm n = nvm_start();
    OcpnNs *ns = ns_of(&n);
    bool marked[NVM_NSZE] = { false };
    unsigned wrong = 0;

    CHECK_EQ(ocpn_extent_del(ns, 0, NVM_NSZE), false);
    for (unsigned step = 0; step < 20000; step++) {
        uint32_t nlb = 1 + nvm_random(&n, step % 50 ? 12 : 200);
        uint32_t slba = nvm_random(&n, NVM_NSZE - nlb + 1);
        bool any = false;

        for (uint32_t i = slba; i < slba + nlb; i++) {
            any |= marked[i];
        }
        wrong += ocpn_extent_hit(ns, slba, nlb) != any;
        if (nvm_random(&n, 2)) {
            wrong += !ocpn_extent_add(ns, slba, nlb);
            memset(marked + slba, true, nlb);
        } else {
            wrong += ocpn_extent_del(ns, slba, nlb) != any;
            memset(marked + slba, false, nlb);
        }
        wrong += !is_tidy(ns);
    }
    CHECK_EQ(wrong, 0);
    nvm_stop(&n);
}

/* Single marks, one block apart, until no more fit. */
static void fill(OcpnNs *ns)
{
    for (uint32_t i = 0; i < MOST - 1; i++) {
        CHECK_EQ(ocpn_extent_add(ns, 2 * i, 1), true);
    }
    CHECK_EQ(ocpn_extent_add(ns, 600, 6), true);
    CHECK_EQ(ns->nextents, MOST);
}

static void test_full(void)
{
    Nvm n = nvm_start();
    OcpnNs *ns = ns_of(&n);

    fill(ns);
    CHECK_EQ(ocpn_extent_add(ns, 700, 1), false);
    CHECK_EQ(ocpn_extent_hit(ns, 700, 1), false);
    /* What needs no entry of its own still goes in. */
    CHECK_EQ(ocpn_extent_add(ns, 606, 2), true);
    CHECK_EQ(ocpn_extent_add(ns, 1, 1), true);
    CHECK_EQ(ns->nextents, MOST - 1);
    CHECK_EQ(ocpn_extent_hit(ns, 1, 1), true);
    CHECK_EQ(is_tidy(ns), true);
    nvm_stop(&n);
}

/* A written block is readable, whatever it costs. */
static void test_split_when_full(void)
{
    static const struct { uint64_t at, left, right; } row[] = {
        { 604, true, false }, { 601, false, true },
    };

    for (unsigned i = 0; i < 2; i++) {
        Nvm n = nvm_start();
        OcpnNs *ns = ns_of(&n);

        fill(ns);
        CHECK_EQ(ocpn_extent_del(ns, row[i].at, 1), true);
        CHECK_EQ(ocpn_extent_hit(ns, row[i].at, 1), false);
        CHECK_EQ(ocpn_extent_hit(ns, 600, 1), row[i].left);
        CHECK_EQ(ocpn_extent_hit(ns, 605, 1), row[i].right);
        CHECK_EQ(ns->nextents, MOST);
        CHECK_EQ(is_tidy(ns), true);
        nvm_stop(&n);
    }
}

/* The largest block numbers there can be: 2^53 blocks of 512 bytes. */
static void test_far_away(void)
{
    const uint64_t end = UINT64_C(1) << 53;
    Nvm n = nvm_start();
    OcpnNs *ns = ns_of(&n);

    CHECK_EQ(ocpn_extent_add(ns, end - 65536, 65536), true);
    CHECK_EQ(ocpn_extent_add(ns, 0, 1), true);
    CHECK_EQ(ocpn_extent_hit(ns, 1, end - 65537), false);
    CHECK_EQ(ocpn_extent_hit(ns, 1, end - 65536), true);
    CHECK_EQ(ocpn_extent_del(ns, 1, end - 2), true);
    CHECK_EQ(ns->nextents, 2);
    CHECK_EQ(ocpn_extent_hit(ns, end - 1, 1), true);
    nvm_stop(&n);
}

/* Page 3 of the state region, both slots, holds E. */
static void put_page(Nvm *n, const uint64_t (*e)[2], unsigned count)
{
    FakeMedia *m = &n->h->f.media[1];
    const OcpnImage *im = &ns_of(n)->im;

    for (unsigned slot = 0; slot < 2; slot++) {
        uint64_t at = ocpn_page_offset(im, IMG_REGION_STATE, 3, slot);
        ImgPage p = { 0 };

        for (unsigned i = 0; i < count; i++) {
            put_bytes_at(p.payload + 16 * i, 8, e[i][0]);
            put_bytes_at(p.payload + 16 * i + 8, 8, e[i][1]);
        }
        ocpn_page_seal(im, &p, IMG_REGION_STATE, 3, 1000 + slot);
        memcpy(m->bytes + at, &p, sizeof(p));
    }
}

/* Whatever the page says, the set is tidy and inside the namespace. */
static void test_hostile_page(void)
{
    static const uint64_t e[][2] = {
        { 500, 10 }, { 505, 10 }, { 515, 1 },       /* overlap, touch */
        { 3, 0 },                                   /* free */
        { NVM_NSZE, 1 }, { UINT64_MAX, UINT64_MAX },    /* outside */
        { 998, UINT64_MAX }, { 996, 100 },          /* cut at the end */
        { 100, 1 }, { 0, 1 },                       /* not sorted */
        { UINT64_MAX - 1, 4 }, { 5, 2 }, { 5, 2 },
    };
    static const uint64_t want[][2] = {
        { 0, 1 }, { 5, 2 }, { 100, 1 }, { 500, 16 }, { 996, 4 },
    };
    Nvm n = nvm_start();
    const OcpnNs *ns;

    put_page(&n, e, sizeof(e) / sizeof(e[0]));
    fake_host_restart(n.h, false);
    ns = ns_of(&n);
    CHECK_EQ(is_tidy(ns), true);
    CHECK_EQ(ns->nextents, sizeof(want) / sizeof(want[0]));
    for (uint32_t i = 0; i < ns->nextents; i++) {
        CHECK_EQ(ns->extent[i].slba, want[i][0]);
        CHECK_EQ(ns->extent[i].nlb, want[i][1]);
    }
    nvm_stop(&n);
}

/* A full page of one-block extents at every second block. */
static void test_full_page(void)
{
    uint64_t e[MOST][2];
    Nvm n = nvm_start();

    for (unsigned i = 0; i < MOST; i++) {
        e[i][0] = 2 * (MOST - 1 - i);
        e[i][1] = 1;
    }
    put_page(&n, (const uint64_t (*)[2])e, MOST);
    fake_host_restart(n.h, false);
    CHECK_EQ(ns_of(&n)->nextents, MOST);
    CHECK_EQ(is_tidy(ns_of(&n)), true);
    nvm_stop(&n);
}

/* The bytes of the page, and that they survive a kill. */
static void test_stored(void)
{
    Nvm n = nvm_start();
    const FakeMedia *m = &n.h->f.media[1];
    const uint8_t *page = NULL;
    uint64_t best = 0;

    CHECK_EQ(nvm_run(&n, OPC_WU, 7, 3, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WU, 999, 1, 0), 0);
    for (unsigned slot = 0; slot < 2; slot++) {
        const uint8_t *p = m->bytes + 131072 + (2 * 3 + slot) * 4096;

        if (bytes_at(p + 16, 8) > best) {
            best = bytes_at(p + 16, 8);
            page = p;
        }
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(page);
    CHECK_EQ(bytes_at(page + 32, 8), 7);
    CHECK_EQ(bytes_at(page + 40, 8), 3);
    CHECK_EQ(bytes_at(page + 48, 8), 999);
    CHECK_EQ(bytes_at(page + 56, 8), 1);
    CHECK_EQ(fake_all(page + 64, 0, 4096 - 64), true);
    fake_host_restart(n.h, false);
    CHECK_EQ(ns_of(&n)->nextents, 2);
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 7, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 8, 0), 0x281);
    CHECK_EQ(nvm_run(&n, OPC_READ, 10, 989, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_READ, 10, 990, 0), 0x281);
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "20000 steps against a model", test_model },
    { "a full list refuses what needs an entry", test_full },
    { "a full list never keeps a written block marked",
      test_split_when_full },
    { "the largest block numbers", test_far_away },
    { "a hostile page", test_hostile_page },
    { "a full page in the wrong order", test_full_page },
    { "bytes of the page, after a kill", test_stored },
};
OCPN_UNIT_MAIN("extent", tests)
