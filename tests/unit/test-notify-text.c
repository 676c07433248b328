/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications as people write them.
 * Proves: docs/user-guide.rst, "Notifications".
 */
#include <stdlib.h>

#include "notify-unit.h"

static FakeHost *two_drives(void)
{
    FakeSetup s = t1();

    s.ns[1] = (FakeNs) FAKE_T1;
    s.ns[1].cfg.nsid = 2;
    s.ns[1].geo.num_chk = 7;
    s.ns[2] = (FakeNs) FAKE_CONVENTIONAL(3);
    return fake_host_start(&s);
}

static void test_good(void)
{
    static const struct {
        const char *text;
        OcpnNotice want;
    } t[] = {
        { "state=high mask=chunk lba=0x80", { 0x80, 1, 4, 2, 0 } },
        { "state=low mask=block lba=95", { 95, 1, 1, 1, 0 } },
        { "lba=0 nlb=96 mask=block state=medium", { 0, 1, 2, 1, 95 } },
        { "STATE=Unrecoverable,MASK=PU:LBA=0X1800", { 0x1800, 1, 8, 4, 0 } },
        { " state=refreshed\tmask=chunk  lba=6656 ns=1 # chunk F",
          { 0x1a00, 1, 0x10, 2, 0 } },
        { "ns=2 state=wli mask=chunk lba=0x300", { 0x300, 2, 0x100, 2, 0 } },
        { "ns=0x2 state=wli mask=block lba=0x358 nlb=0x8",
          { 0x358, 2, 0x100, 1, 7 } },
    };
    FakeHost *h = two_drives();

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        OcpnError err = { "" };
        OcpnNotice n;
        bool ok = ocpn_notify_parse(h->c, t[i].text, 1, &n, &err);

        CHECK(ok, "%s: %s", t[i].text, err.text);
        CHECK(ok && n.lba == t[i].want.lba && n.nsid == t[i].want.nsid &&
              n.state == t[i].want.state && n.mask == t[i].want.mask &&
              n.nlb == t[i].want.nlb, "%s", t[i].text);
    }
    /* Chunk 6 is in namespace 2 only. */
    CHECK(ocpn_notify_parse(h->c, "state=low mask=chunk lba=0x300", 2,
                            &(OcpnNotice) { 0 }, &(OcpnError) { "" }),
          "the namespace whose property it is");
    CHECK(!ocpn_notify_parse(h->c, "state=low mask=chunk lba=0x300 ns=1", 2,
                             &(OcpnNotice) { 0 }, &(OcpnError) { "" }),
          "the text says more");
    fake_host_free(h);
}

static const struct { const char *text, *says; } bad[] = {
    { "", "needs state" },
    { "# nothing", "needs state" },
    { "mask=chunk lba=0x80", "needs state" },
    { "state=high lba=0x80", "needs mask" },
    { "state=high mask=chunk", "needs lba, like state=high mask=chunk" },
    { "state=bad mask=chunk lba=0",
      "state=bad: must be low, medium, high, unrecoverable, refreshed or "
      "wli" },
    { "state=4 mask=chunk lba=0", "state=4: must be low" },
    { "state mask=chunk lba=0", "state=" },
    { "state=high mask=all lba=0",
      "mask=all: must be block, chunk or pu" },
    { "state=high mask=chunk lba=here", "lba=here: must be a number" },
    { "state=high mask=chunk lba=-1", "lba=-1: must be a number" },
    { "state=high mask=chunk lba=0x10000000000000000", "lba=" },
    { "state=high mask=chunk lba=0 nlb=1", "nlb=1 is for mask=block, "
      "not for mask=chunk" },
    { "state=high mask=pu lba=0 nlb=8", "not for mask=pu" },
    { "state=high mask=block lba=0 nlb=0", "nlb=0: must be a number from "
      "1 to 65536" },
    { "state=high mask=block lba=0 nlb=65537", "from 1 to 65536" },
    { "state=high mask=block lba=0 nlb=97",
      "nlb=97: from lba=0x0 to the end of its chunk it can be 1 to 96" },
    { "state=high mask=block lba=0x5f nlb=2", "it can be 1 to 1" },
    { "state=high mask=block lba=0 ns=0", "ns=0: must be a number from 1 "
      "to 32" },
    { "state=high mask=block lba=0 ns=33", "from 1 to 32" },
    { "state=high mask=block lba=0 ns=3",
      "ns=3 is not an open-channel namespace" },
    { "state=high mask=block lba=0 ns=4",
      "ns=4 is not an open-channel namespace" },
    { "state=high mask=block lba=0x60",
      "lba=0x60 does not exist: its chunk ends at 0x5f" },
    { "state=high mask=chunk lba=0x280", "lba=0x280 does not exist in "
      "the geometry of namespace 1" },
    { "state=high mask=chunk lba=0xc00", "lba=0xc00 does not exist" },
    { "state=high mask=chunk lba=0x2000", "lba=0x2000 does not exist" },
    { "state=high mask=chunk lba=0x8000000000000000", "does not exist" },
    { "state=high mask=chunk lba=0x84", "lba=0x84: mask=chunk wants the "
      "first block of the chunk, 0x80" },
    { "state=high mask=pu lba=0x1a00", "lba=0x1a00: mask=pu wants the "
      "first block of the parallel unit, 0x1800" },
    { "state=high state=low mask=chunk lba=0", "state=low: state was "
      "given before" },
    { "state=high mask=chunk lba=0 lba=0", "lba was given before" },
    { "state=high mask=chunk lba=0 color=red", "color is not a word of a "
      "notification; these are: state, mask, lba, nlb, ns" },
    { "state=high mask=chunk lba=0 \x01", "\"?\"" },
    { "state=high mask=chunk lba=0 =", "=" },
};

/* A refusal names the word and says what would be right. */
static void test_bad(void)
{
    FakeHost *h = two_drives();

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OcpnNotice n = { .lba = 77 };
        OcpnError err = { "" };

        CHECK(!ocpn_notify_parse(h->c, bad[i].text, 1, &n, &err),
              "%s", bad[i].text);
        CHECK_HAS(err.text, bad[i].says);
        CHECK_EQ(n.lba, 77);
    }
    CHECK_EQ(ocpn_notices(h->c, 0), 0);
    fake_host_free(h);
}

/* Blocks stay in their chunk, also in one that is smaller than others. */
static void test_small_chunk(void)
{
    FakeHost *h = t1_start();
    OcpnNotice n;
    OcpnError err;

    condition(h, 4, (Entry) { .state = 1, .type = 0x11, .cnlb = 64 });
    CHECK(ocpn_notify_parse(h->c, "state=low mask=block lba=0x23f", 1,
                            &n, &err), "the last block");
    CHECK(!ocpn_notify_parse(h->c, "state=low mask=block lba=0x240", 1,
                             &n, &err), "behind it");
    CHECK_HAS(err.text, "0x23f");
    CHECK(!ocpn_notify_parse(h->c, "state=low mask=block lba=0x200 nlb=65",
                             1, &n, &err), "too many");
    fake_host_free(h);
}

/* A generator of our own: the same numbers everywhere. */
static uint32_t dice(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) +
            UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Is N what page D0h may show of this drive?  Judged by T1's formula. */
static bool is_legal(const OcpnNotice *n)
{
    uint64_t s = n->lba & 127, chk = n->lba >> 7 & 7, pu = n->lba >> 10 & 3;
    bool state = n->state == 0x100 ||
                 (n->state && n->state < 0x20 && !(n->state & (n->state - 1)));

    if (!state || n->nsid < 1 || n->nsid > 2 || n->lba >= 0x2000 ||
        s >= 96 || pu >= 3 || chk >= (n->nsid == 1 ? 5 : 7)) {
        return false;
    }
    switch (n->mask) {
    case 1:
        return s + n->nlb < 96;
    case 2:
        return s == 0 && n->nlb == 0;
    case 4:
        return s == 0 && chk == 0 && n->nlb == 0;
    default:
        return false;
    }
}

/* Texts that were right once, and then were bitten. */
static void test_mutated(void)
{
    static const char *const seeds[] = {
        "state=high mask=chunk lba=0x80",
        "state=unrecoverable mask=block lba=8 nlb=8 ns=2",
        "ns=1,state=refreshed:mask=pu\tlba=0x1800 # why",
        "state=wli mask=chunk lba=4096 ns=0x1",
    };
    static const char bytes[] = "=# \t,:-*0123456789abcdefxlnsmk\x7f\xff\n";
    FakeHost *h = two_drives();
    uint64_t seed = 20180129;
    unsigned good = 0;

    for (unsigned i = 0; i < 100000; i++) {
        char *text = calloc(1, 128);    /* so that a sanitizer sees its end */
        OcpnError err = { "" };
        OcpnNotice n = { 0 };
        size_t len;
        bool ok;

        strcpy(text, seeds[dice(&seed) % 4]);
        len = strlen(text);
        for (unsigned k = dice(&seed) % 4; k > 0; k--) {
            size_t at = dice(&seed) % len;

            switch (dice(&seed) % 3) {
            case 0:
                text[at] = bytes[dice(&seed) % (sizeof(bytes) - 1)];
                break;
            case 1:
                memmove(text + at, text + at + 1, len - at);
                len -= len > 1;
                break;
            default:
                memmove(text + at + 1, text + at, len - at + 1);
                text[at] = bytes[dice(&seed) % (sizeof(bytes) - 1)];
                len++;
                break;
            }
        }
        text = realloc(text, strlen(text) + 1);
        ok = ocpn_notify_parse(h->c, text, 1, &n, &err);
        CHECK(ok ? is_legal(&n) : err.text[0] != '\0', "\"%s\"", text);
        good += ok;
        free(text);
    }
    CHECK(good > 25000 && good < 75000, "%u were right", good);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "texts that are right",          test_good },
    { "texts that are wrong",          test_bad },
    { "a chunk that is smaller",       test_small_chunk },
    { "100000 texts, some bitten",     test_mutated },
};
OCPN_UNIT_MAIN("notify text", tests)
