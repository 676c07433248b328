/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/fault-injection.rst: where a rule fires. */
#include "fault-unit.h"

/* Chunks and blocks a rule is for; A, C and E are at LBA 0, 400h, 1000h. */
static const struct {
    const char *text;
    uint32_t chunk, blk, nlb;
    bool fires;
} place[] = {
    { "read-fail",                          IF, 95, 1, true },
    { "read-fail grp=1",                    IA, 0, 96, false },
    { "read-fail grp=1",                    IE, 0, 1, true },
    { "read-fail pu=1",                     IC, 0, 1, true },
    { "read-fail pu=1",                     IE, 0, 1, false },
    { "read-fail pu=1-2 grp=1",             IF, 0, 1, true },
    { "read-fail pu=1-2 grp=1",             IC, 0, 1, false },
    { "read-fail chk=1",                    IB, 0, 1, true },
    { "read-fail chk=1",                    IA, 0, 1, false },
    { "read-fail grp=0 pu=0 chk=0",         IA, 0, 1, true },
    { "read-fail grp=0 pu=0 chk=0",         IE, 0, 1, false },
    { "read-fail blk=5",                    IA, 5, 1, true },
    { "read-fail blk=5",                    IA, 0, 5, false },
    { "read-fail blk=5",                    IA, 0, 6, true },
    { "read-fail blk=5",                    IA, 6, 90, false },
    { "read-fail blk=5-7",                  IA, 7, 1, true },
    { "read-fail lba=0x400",                IC, 0, 1, true },
    { "read-fail lba=0x400",                IC, 1, 95, false },
    { "read-fail lba=0x400",                IA, 0, 96, false },
    { "read-fail lba=0x5f-0x1000",          IA, 0, 96, true },
    { "read-fail lba=0x5f-0x1000",          IA, 0, 95, false },
    { "read-fail lba=0x5f-0x1000",          IC, 50, 1, true },
    { "read-fail lba=0x5f-0x1000",          IE, 0, 1, true },
    { "read-fail lba=0x5f-0x1000",          IE, 1, 1, false },
    /* both say something, and a block must be in both */
    { "read-fail blk=5 lba=0-5",            IA, 0, 96, true },
    { "read-fail blk=5 lba=0-4",            IA, 0, 96, false },
    { "read-fail ns=1",                     IA, 0, 1, true },
    { "high-ecc",                           IA, 0, 1, false },
};

static void test_places(void)
{
    FakeHost *h = t1_start();

    for (unsigned i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
        fault(h, place[i].text);
        CHECK(ocpn_fault(ocpn_ns_get(h->c, 1), OCPN_FAULT_READ_FAIL,
                         place[i].chunk, place[i].blk, place[i].nlb,
                         NULL) == place[i].fires,
              "row %u: %s", i, place[i].text);
        /* What does not match counts no chance. */
        CHECK_HAS(shown(h, 0), place[i].fires ? "chances 1" : "chances 0");
        ocpn_fault_clear(h->c);
    }
    fake_host_free(h);
}

static FakeHost *three_namespaces(void)
{
    FakeSetup s = { .ns = { FAKE_T1, FAKE_T1, FAKE_CONVENTIONAL(3) } };

    s.ns[1].cfg.nsid = 2;
    s.ns[1].geo.num_chk = 2;
    return fake_host_start(&s);
}

static void test_namespaces(void)
{
    FakeHost *h = three_namespaces();
    OcpnNs *one = ocpn_ns_get(h->c, 1), *two = ocpn_ns_get(h->c, 2);

    fault(h, "early-close ns=2 times=0");
    CHECK_EQ(ocpn_fault(one, OCPN_FAULT_EARLY_CLOSE, 0, 0, 4, NULL), false);
    CHECK_EQ(ocpn_fault(two, OCPN_FAULT_EARLY_CLOSE, 0, 0, 4, NULL), true);
    ocpn_fault_clear(h->c);
    fault(h, "early-close times=0 chk=1");
    CHECK_EQ(ocpn_fault(one, OCPN_FAULT_EARLY_CLOSE, 1, 0, 4, NULL), true);
    CHECK_EQ(ocpn_fault(two, OCPN_FAULT_EARLY_CLOSE, 1, 0, 4, NULL), true);
    fake_host_free(h);
}

/* Rules that are well formed and for nothing that there is. */
static void test_refused(void)
{
    static const struct { const char *text, *part[2]; } row[] = {
        { "early-close ns=4", { "ns=4", "open-channel" } },
        { "early-close ns=3", { "ns=3", "open-channel" } },
        { "early-close ns=1 grp=2", { "namespace 1", "grp=2" } },
        { "early-close ns=1 pu=0-3", { "namespace 1", "pu=3" } },
        { "early-close ns=1 chk=5", { "namespace 1", "chk=5" } },
        { "early-close ns=1 blk=96", { "namespace 1", "blk=96" } },
        { "early-close ns=1 lba=0x60", { "namespace 1", "lba=0x60" } },
        { "early-close ns=1 lba=0x2000", { "namespace 1", "lba=0x2000" } },
        { "early-close ns=1 lba=0-0x280", { "namespace 1", "lba=0x280" } },
        /* it is in one namespace, and not in the other */
        { "early-close chk=2", { "namespace 2", "chk=2" } },
    };
    FakeHost *h = three_namespaces();
    OcpnFaultRule rule;
    OcpnError err;

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        CHECK_EQ(ocpn_fault_parse(row[i].text, &rule, &err), true);
        CHECK(!ocpn_fault_add(h->c, &rule, &err), "%s", row[i].text);
        CHECK_HAS(err.text, row[i].part[0]);
        CHECK_HAS(err.text, row[i].part[1]);
    }
    CHECK_EQ(ocpn_fault_armed(h->c, UINT32_MAX), false);
    fault(h, "early-close ns=1 chk=4");
    fake_host_free(h);

    h = fake_host_start(&(FakeSetup) { .ns = { FAKE_CONVENTIONAL(1) } });
    CHECK_EQ(ocpn_fault_parse("early-close", &rule, &err), true);
    CHECK_EQ(ocpn_fault_add(h->c, &rule, &err), 0);
    CHECK_HAS(err.text, "no open-channel namespace");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "places",                         test_places },
    { "namespaces",                     test_namespaces },
    { "rules for what there is not",    test_refused },
};
OCPN_UNIT_MAIN("faults, places", tests)
