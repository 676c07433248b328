/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/fault-injection.rst: when a rule fires, and the list of rules.
 * Places are in test-fault-place.c.
 */
#include "fault-unit.h"

enum {
    F0 = 1u << OCPN_FAULT_WRITE_NEXT_UNIT, F1 = 1u << OCPN_FAULT_EARLY_CLOSE,
    RESET = 1u << OCPN_FAULT_RESET_FAIL, READ = 1u << OCPN_FAULT_READ_FAIL,
    ECC = 1u << OCPN_FAULT_HIGH_ECC,
};

static bool ask_f1(FakeHost *h)
{
    return ask(h, OCPN_FAULT_EARLY_CLOSE, IA, 0);
}

static void test_after_and_times(void)
{
    FakeHost *h = t1_start();

    CHECK_EQ(ask_f1(h), false);
    CHECK_EQ(fault(h, "early-close after=3 times=2"), 1);
    for (unsigned i = 0; i < 10; i++) {
        CHECK(ask_f1(h) == (i == 3 || i == 4), "chance %u", i);
    }
    CHECK_HAS(shown(h, 0), "chances 5, fired 2");
    ocpn_fault_clear(h->c);
    fault(h, "early-close times=0");
    for (unsigned i = 0; i < 1000; i++) {
        CHECK_EQ(ask_f1(h), true);
    }
    fake_host_free(h);
}

/* Write faults and failing resets happen once, weak blocks stay weak. */
static void test_default_times(void)
{
    static const struct { const char *name; unsigned fires; } row[] = {
        { "write-next-unit", 1 }, { "early-close", 1 }, { "reset-fail", 1 },
        { "read-fail", 5 }, { "high-ecc", 5 },
    };
    FakeHost *h = t1_start();

    for (unsigned i = 0; i < OCPN_FAULT_NCHUNK; i++) {
        unsigned fired = 0;

        fault(h, row[i].name);
        for (unsigned k = 0; k < 5; k++) {
            fired += ask(h, (OcpnFaultPoint)i, IF, 95);
        }
        CHECK_EQ(fired, row[i].fires);
        ocpn_fault_clear(h->c);
    }
    fake_host_free(h);
}

static void test_armed(void)
{
    FakeHost *h = t1_start();
    uint32_t id;

    CHECK_EQ(ocpn_fault_armed(h->c, F0 | F1 | RESET | READ | ECC), false);
    fault(h, "early-close times=1");
    id = fault(h, "read-fail chk=1");
    fault(h, "high-ecc after=1000");
    CHECK_EQ(ocpn_fault_armed(h->c, F1), true);
    CHECK_EQ(ocpn_fault_armed(h->c, READ), true);
    CHECK_EQ(ocpn_fault_armed(h->c, ECC), true);
    CHECK_EQ(ocpn_fault_armed(h->c, F0 | RESET), false);
    CHECK_EQ(ocpn_fault_armed(h->c, F0 | READ), true);
    /* What is used up is listed, and arms no more. */
    CHECK_EQ(ask_f1(h), true);
    CHECK_EQ(ocpn_fault_armed(h->c, F1), false);
    CHECK_HAS(shown(h, 0), "1: early-close # chances 1, fired 1");
    /* Another one of the point does. */
    fault(h, "early-close grp=1");
    CHECK_EQ(ocpn_fault_armed(h->c, F1), true);
    CHECK_EQ(ocpn_fault_del(h->c, id), true);
    CHECK_EQ(ocpn_fault_armed(h->c, READ), false);
    CHECK_EQ(ocpn_fault_armed(h->c, ECC), true);
    ocpn_fault_clear(h->c);
    CHECK_EQ(ocpn_fault_armed(h->c, F0 | F1 | RESET | READ | ECC), false);
    fake_host_free(h);
}

/* splitmix64 as its author published it; the device's is another text. */
static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z;

    *x = *x + 0x9e3779b97f4a7c15u;
    z = *x;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/*
 * 100,000 chances of the rule with SEED: each as the dice say, and as often
 * as the numbers say that were counted with another program.
 */
static void dice(uint64_t seed, uint32_t ppm, unsigned want)
{
    FakeHost *h = t1_start();
    unsigned fired = 0, wrong = 0;
    uint64_t x = seed;
    char text[100];

    snprintf(text, sizeof(text), "early-close times=0 ppm=%" PRIu32 " seed=%"
             PRIu64, ppm, seed);
    fault(h, text);
    for (unsigned i = 0; i < 100000; i++) {
        bool expected = (splitmix64(&x) >> 32) * 1000000 >> 32 < ppm;
        bool got = ask_f1(h);

        fired += got;
        wrong += got != expected;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(fired, want);
    fake_host_free(h);
}

static void test_dice(void)
{
    uint64_t x = 1234567;

    CHECK_EQ(splitmix64(&x), 6457827717110365317u);
    dice(1, 500000, 49966);
    dice(1, 1000, 84);
    dice(2, 1000, 99);
    dice(UINT64_MAX, 999999, 100000);
    dice(0, 1, 0);
}

/* The default of the seed, and dice that are not thrown before their time. */
static void test_repeatable(void)
{
    FakeHost *h = t1_start();
    bool run[200];

    fault(h, "early-close times=0 ppm=300000 seed=1");
    for (unsigned i = 0; i < 200; i++) {
        run[i] = ask_f1(h);
    }
    ocpn_fault_clear(h->c);
    fault(h, "early-close times=0 ppm=300000 after=50");
    for (unsigned i = 0; i < 250; i++) {
        CHECK(ask_f1(h) == (i >= 50 && run[i - 50]), "chance %u", i);
    }
    fake_host_free(h);
}

/* The first that fires decides; those behind it count no chance. */
static void test_order(void)
{
    FakeHost *h = t1_start();
    OcpnFaultRule rule;

    fault(h, "early-close after=1 times=1");
    fault(h, "early-close times=2 offline-next=on");
    fault(h, "early-close times=0 grp=1");
    CHECK_EQ(ocpn_fault(ocpn_ns_get(h->c, 1), OCPN_FAULT_EARLY_CLOSE, IA, 0,
                        4, &rule), true);
    CHECK_EQ(rule.offline_next, true);
    CHECK_EQ(rule.times, 2);
    CHECK_EQ(ocpn_fault(ocpn_ns_get(h->c, 1), OCPN_FAULT_EARLY_CLOSE, IA, 0,
                        4, &rule), true);
    CHECK_EQ(rule.offline_next, false);
    CHECK_HAS(shown(h, 0), "chances 2, fired 1");
    CHECK_HAS(shown(h, 1), "chances 1, fired 1");
    CHECK_HAS(shown(h, 2), "chances 0, fired 0");
    CHECK_EQ(ask_f1(h), true);
    CHECK_EQ(ask_f1(h), false);
    CHECK_HAS(shown(h, 0), "chances 2, fired 1");
    CHECK_HAS(shown(h, 1), "chances 2, fired 2");
    fake_host_free(h);
}

static void test_numbers(void)
{
    FakeHost *h = t1_start();
    char text[8];

    CHECK_EQ(fault(h, "early-close"), 1);
    CHECK_EQ(fault(h, "read-fail"), 2);
    CHECK_EQ(fault(h, "high-ecc"), 3);
    CHECK_EQ(ocpn_fault_del(h->c, 0), false);
    CHECK_EQ(ocpn_fault_del(h->c, 4), false);
    CHECK_EQ(ocpn_fault_del(h->c, 2), true);
    CHECK_EQ(ocpn_fault_del(h->c, 2), false);
    CHECK_HAS(shown(h, 0), "1: early-close ");
    CHECK_HAS(shown(h, 1), "3: high-ecc ");
    CHECK_EQ(ocpn_fault_show(h->c, 2, text, sizeof(text)), false);
    CHECK_EQ(ocpn_fault_show(h->c, UINT32_MAX, text, sizeof(text)), false);
    /* Numbers are not given twice. */
    ocpn_fault_clear(h->c);
    CHECK_EQ(ocpn_fault_show(h->c, 0, text, sizeof(text)), false);
    CHECK_EQ(fault(h, "reset-fail"), 4);
    fake_host_free(h);
}

static void test_limit(void)
{
    FakeHost *h = t1_start();
    OcpnFaultRule rule;
    OcpnError err;

    for (unsigned i = 1; i <= 64; i++) {
        CHECK_EQ(fault(h, "read-fail grp=1"), i);
    }
    CHECK_EQ(ocpn_fault_parse("read-fail", &rule, &err), true);
    CHECK_EQ(ocpn_fault_add(h->c, &rule, &err), 0);
    CHECK_HAS(err.text, "64 rules");
    CHECK_EQ(ask(h, OCPN_FAULT_READ_FAIL, IA, 0), false);
    CHECK_EQ(ocpn_fault_del(h->c, 33), true);
    CHECK_EQ(fault(h, "read-fail grp=0"), 65);
    CHECK_EQ(ask(h, OCPN_FAULT_READ_FAIL, IA, 0), true);
    CHECK_HAS(shown(h, 63), "65: read-fail grp=0 # chances 1, fired 1");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "after and times",                        test_after_and_times },
    { "how often a point fires by itself",      test_default_times },
    { "points that are armed",                  test_armed },
    { "dice",                                   test_dice },
    { "a run can be repeated",                  test_repeatable },
    { "the order of rules",                     test_order },
    { "numbers of rules",                       test_numbers },
    { "64 rules",                               test_limit },
};
OCPN_UNIT_MAIN("faults", tests)
