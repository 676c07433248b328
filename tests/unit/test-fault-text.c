/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/fault-injection.rst, "Properties": the text of a rule. */
#include <stdlib.h>

#include "hw/ocp-nvme/core/fault.h"
#include "ocssd-host.h"

#define ALL     { 0, UINT64_MAX }
#define ONE(n)  { n, n }
#define EVERYWHERE  { ALL, ALL, ALL, ALL, ALL }
#define QUEUE   OCPN_FAULT_HAS_QUEUE
#define OPCODE  OCPN_FAULT_HAS_OPCODE
#define LID     OCPN_FAULT_HAS_LID
#define FID     OCPN_FAULT_HAS_FID
#define NONE    .at = EVERYWHERE, .ppm = 1000000, .seed = 1

static const struct {
    const char *text;
    OcpnFaultRule rule;
    const char *shown;          /* behind its number; NULL: as TEXT */
} good[] = {
    { "write-next-unit", { .point = OCPN_FAULT_WRITE_NEXT_UNIT, .times = 1,
                           NONE }, NULL },
    { "early-close", { .point = OCPN_FAULT_EARLY_CLOSE, .times = 1, NONE },
      NULL },
    { "reset-fail", { .point = OCPN_FAULT_RESET_FAIL, .times = 1, NONE },
      NULL },
    { "read-fail", { .point = OCPN_FAULT_READ_FAIL, NONE }, NULL },
    { "high-ecc", { .point = OCPN_FAULT_HIGH_ECC, NONE }, NULL },
    { "early-close grp=0 pu=1 chk=7 after=16 times=3 offline-next=on",
      { .point = OCPN_FAULT_EARLY_CLOSE, .after = 16, .times = 3,
        .ppm = 1000000, .seed = 1, .offline_next = true,
        .at = { ONE(0), ONE(1), ONE(7), ALL, ALL } }, NULL },
    /* separators, case, a comment */
    { "\t,: Early-Close:GRP=1,pu=0-2\tOFFLINE-NEXT=On # of the last lot",
      { .point = OCPN_FAULT_EARLY_CLOSE, .times = 1, .ppm = 1000000,
        .seed = 1, .offline_next = true,
        .at = { ONE(1), { 0, 2 }, ALL, ALL, ALL } },
      "early-close grp=1 pu=0-2 offline-next=on" },
    { "high-ecc ns=32 blk=5-9 lba=0x80-0x9f times=7 ppm=250 seed=42",
      { .point = OCPN_FAULT_HIGH_ECC, .nsid = 32, .times = 7, .ppm = 250,
        .seed = 42, .at = { ALL, ALL, ALL, { 5, 9 }, { 0x80, 0x9f } } },
      NULL },
    { "read-fail lba=129", { .point = OCPN_FAULT_READ_FAIL, .ppm = 1000000,
                             .seed = 1, .at = { ALL, ALL, ALL, ALL,
                                                ONE(129) } },
      "read-fail lba=0x81" },
    /* what is said and is so anyway */
    { "read-fail grp=* pu=* chk=* blk=* lba=* after=0 times=0 ppm=1000000 "
      "seed=1", { .point = OCPN_FAULT_READ_FAIL, NONE }, "read-fail" },
    { "early-close times=1 offline-next=off",
      { .point = OCPN_FAULT_EARLY_CLOSE, .times = 1, NONE }, "early-close" },
    { "early-close times=0", { .point = OCPN_FAULT_EARLY_CLOSE, NONE }, NULL },
    { "early-close after=18446744073709551615 times=0xffffffffffffffff "
      "seed=0 ppm=1",
      { .point = OCPN_FAULT_EARLY_CLOSE, .after = UINT64_MAX,
        .times = UINT64_MAX, .ppm = 1, .at = EVERYWHERE },
      "early-close after=18446744073709551615 times=18446744073709551615 "
      "ppm=1 seed=0" },
    /* of commands: those of I/O queues, where nothing else is said */
    { "fail", { .point = OCPN_FAULT_FAIL, .times = 1, .has = QUEUE,
                .io = true, NONE }, NULL },
    { "timeout queue=admin opcode=6 ns=32 times=0",
      { .point = OCPN_FAULT_TIMEOUT, .nsid = 32, .has = QUEUE | OPCODE,
        .opcode = 6, NONE },
      "timeout queue=admin opcode=0x06 ns=32 times=0" },
    { "latency opcode=0x2 lba=8-15 ms=300 queue=io",
      { .point = OCPN_FAULT_LATENCY, .times = 1, .ppm = 1000000, .seed = 1,
        .has = QUEUE | OPCODE, .io = true, .opcode = 2, .ms = 300,
        .at = { ALL, ALL, ALL, ALL, { 8, 15 } } },
      "latency opcode=0x02 ms=300 lba=0x8-0xf" },
    { "random-latency", { .point = OCPN_FAULT_RANDOM_LATENCY, .times = 1,
                          .has = QUEUE, .io = true, .ms = 1000, NONE },
      "random-latency ms=1000" },
    { "status lid=0xc0 status=6 after=1",
      { .point = OCPN_FAULT_STATUS, .times = 1, .after = 1,
        .has = QUEUE | LID, .lid = 0xc0, .status = 6, NONE },
      "status lid=0xc0 status=0x06 after=1" },
    { "status status=0x7ff ms=3600000 fid=0xd2 opcode=9",
      { .point = OCPN_FAULT_STATUS, .times = 1, .has = QUEUE | FID | OPCODE,
        .fid = 0xd2, .opcode = 9, .status = 0x7ff, .ms = 3600000, NONE },
      "status opcode=0x09 fid=0xd2 status=0x7ff ms=3600000" },
};

static bool same_range(OcpnRange a, OcpnRange b)
{
    return a.first == b.first && a.last == b.last;
}

/* Field by field: between them there may be anything. */
static bool same_rule(const OcpnFaultRule *a, const OcpnFaultRule *b)
{
    return a->point == b->point && a->nsid == b->nsid &&
           same_range(a->at.grp, b->at.grp) &&
           same_range(a->at.pu, b->at.pu) &&
           same_range(a->at.chk, b->at.chk) &&
           same_range(a->at.blk, b->at.blk) &&
           same_range(a->at.lba, b->at.lba) &&
           a->after == b->after && a->times == b->times &&
           a->ppm == b->ppm && a->seed == b->seed &&
           a->offline_next == b->offline_next && a->anew == b->anew &&
           a->type == b->type && a->has == b->has && a->io == b->io &&
           a->opcode == b->opcode && a->lid == b->lid && a->fid == b->fid &&
           a->status == b->status && a->ms == b->ms;
}

static void test_good(void)
{
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        OcpnFaultRule rule;
        OcpnError err = { "" };

        memset(&rule, 0xee, sizeof(rule));
        CHECK(ocpn_fault_parse(good[i].text, &rule, &err), "%s: %s",
              good[i].text, err.text);
        CHECK(same_rule(&rule, &good[i].rule), "row %u: %s", i, good[i].text);
    }
}

/* A sentence that names what is wrong, and what would be right. */
static const struct { const char *text, *part[2]; } bad[] = {
    { "", { "empty", "write-next-unit, early-close, reset-fail, read-fail, "
            "high-ecc" } },
    { " \t,:# early-close", { "empty", "early-close" } },
    { "early-clos", { "'early-clos'", "write-next-unit, early-close, "
                      "reset-fail, read-fail, high-ecc" } },
    { "grp=0 early-close", { "'grp=0'", "early-close" } },
    { "early-close=1", { "'early-close=1'", "early-close" } },
    { "early-close read-fail", { "'read-fail'", "grp" } },
    { "early-close gpr=0", { "'gpr'", "grp" } },
    { "early-close grp", { "grp", "number" } },
    { "early-close grp=", { "grp=", "name=value" } },
    { "early-close grp=one", { "grp=one", "number" } },
    { "early-close grp=2-1", { "grp=2-1", "range" } },
    { "early-close grp=0 grp=1", { "grp=1", "before" } },
    { "early-close grp=* grp=*", { "grp=*", "before" } },
    { "early-close after=1 after=1", { "after=1", "before" } },
    { "early-close ns=0", { "ns=0", "1 to 32" } },
    { "early-close ns=33", { "ns=33", "1 to 32" } },
    { "early-close ns=1-2", { "ns=1-2", "1 to 32" } },
    { "early-close ppm=0", { "ppm=0", "1 to 1000000" } },
    { "early-close ppm=1000001", { "ppm=1000001", "1 to 1000000" } },
    { "early-close after=-1", { "after=-1", "number" } },
    { "early-close times=18446744073709551616",
      { "times=18446744073709551616", "number" } },
    { "early-close seed=", { "seed=", "name=value" } },
    { "early-close offline-next", { "offline-next", "on" } },
    { "early-close offline-next=yes", { "offline-next=yes", "on" } },
    { "reset-fail offline-next=on", { "offline-next=on", "early-close" } },
    { "write-next-unit offline-next=off",
      { "offline-next=off", "early-close" } },
    { "reset-fail blk=0", { "blk=0", "whole chunks" } },
    { "reset-fail grp=0 lba=0", { "lba=0", "whole chunks" } },
    { "early-close \x01", { "0x01", "word" } },
    { "early-close queue=io", { "early-close", "queue" } },
    { "read-fail status=0x281", { "read-fail", "status" } },
    { "fail queue=both", { "queue=both", "admin or io" } },
    { "fail queue=io queue=io", { "queue=io", "before" } },
    { "fail opcode=256", { "opcode=256", "0 to 255" } },
    { "fail grp=0", { "fail has no grp", "lba" } },
    { "fail status=6", { "status=0x6", "only the point status" } },
    { "fail offline-next=on", { "offline-next=on", "early-close" } },
    { "timeout ms=5", { "ms=5", "timeout has no time" } },
    { "latency ms=0", { "ms=0", "1 to 3600000" } },
    { "latency ms=3600001", { "ms=3600001", "1 to 3600000" } },
    { "latency queue=admin lba=5", { "lba=", "I/O commands" } },
    { "status", { "status needs status=", "status=0x281" } },
    { "status status=5 lid=2 fid=2", { "lid= and fid=", "one of them" } },
    { "status lid=2 queue=io status=6", { "lid= and fid=", "admin" } },
    { "status status=0x800", { "status=0x800", "1 to 2047" } },
    { "status status=0", { "status=0", "1 to 2047" } },
    { "status lid=-1 status=6", { "lid=-1", "number" } },
};

static void test_bad(void)
{
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        OcpnFaultRule rule;
        OcpnError err = { "" };

        CHECK(!ocpn_fault_parse(bad[i].text, &rule, &err), "%s", bad[i].text);
        CHECK_HAS(err.text, bad[i].part[0]);
        CHECK_HAS(err.text, bad[i].part[1]);
        CHECK(!strchr(err.text, '\n'), "one line: %s", err.text);
    }
}

/* A drive that has every place the good texts name. */
static FakeHost *large(void)
{
    FakeSetup s = { .ns = { FAKE_T1 } };

    s.ns[0].cfg.nsid = 32;
    s.ns[0].geo.num_chk = 8;
    return fake_host_start(&s);
}

/* What is shown, behind its number, is the same rule. */
static void test_shown(void)
{
    FakeHost *h = large();

    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        OcpnFaultRule rule;
        OcpnError err;
        char text[180], want[180];

        CHECK_EQ(ocpn_fault_add(h->c, &good[i].rule, &err), i + 1);
        CHECK_EQ(ocpn_fault_show(h->c, i, text, sizeof(text)), true);
        snprintf(want, sizeof(want), "%u: %s # chances 0, fired 0", i + 1,
                 good[i].shown ? good[i].shown : good[i].text);
        CHECK(strcmp(text, want) == 0, "shown as %s", text);
        CHECK(ocpn_fault_parse(strchr(text, ':') + 1, &rule, &err), "%s",
              err.text);
        CHECK(same_rule(&rule, &good[i].rule), "%s", text);
    }
    fake_host_free(h);
}

/* A buffer that is too short ends the text, in its last byte. */
static void test_cut(void)
{
    FakeHost *h = large();
    OcpnError err;
    char whole[512];
    size_t len;

    CHECK_EQ(ocpn_fault_add(h->c, &good[7].rule, &err), 1);
    CHECK_EQ(ocpn_fault_show(h->c, 0, whole, sizeof(whole)), true);
    len = strlen(whole);
    for (size_t n = 0; n <= len + 1; n++) {
        char *buf = malloc(n + 1);

        CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
        memset(buf, 0x55, n + 1);
        CHECK_EQ(ocpn_fault_show(h->c, 0, buf, n), true);
        CHECK_EQ(buf[n], 0x55);
        if (n) {
            CHECK_EQ(strlen(buf), n - 1);
            CHECK_EQ(memcmp(buf, whole, n - 1), 0);
        }
        free(buf);
    }
    fake_host_free(h);
}

static uint32_t dice(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*seed >> 4) * below >> 28);
}

/* One of the texts above, some bytes of it changed, cut out or put in. */
static char *mutant(uint32_t *seed)
{
    static const char pool[] = "  ,,::\t#0123456789xf=-*z\xff\x01\n";
    const unsigned ngood = sizeof(good) / sizeof(good[0]);
    const unsigned nbad = sizeof(bad) / sizeof(bad[0]);
    unsigned pick = dice(seed, ngood + nbad);
    const char *from = pick < ngood ? good[pick].text
                                    : bad[pick - ngood].text;
    char text[256];
    size_t len = strlen(from);
    char *exact;

    memcpy(text, from, len + 1);
    for (uint32_t n = dice(seed, 5); n; n--) {
        size_t at = dice(seed, (uint32_t)len + 1);
        char c = pool[dice(seed, sizeof(pool) - 1)];
        uint32_t how = dice(seed, 3);

        if (how == 0 && len < sizeof(text) - 1) {
            memmove(text + at + 1, text + at, len + 1 - at);
            text[at] = c;
            len++;
        } else if (how == 1 && at < len) {
            memmove(text + at, text + at + 1, len - at);
            len--;
        } else if (at < len) {
            text[at] = c;
        }
    }
    exact = malloc(len + 1);    /* a byte too far is a byte outside */
    if (exact) {
        memcpy(exact, text, len + 1);
    }
    return exact;
}

static bool sane_command(const OcpnFaultRule *r)
{
    bool latency = r->point == OCPN_FAULT_LATENCY ||
                   r->point == OCPN_FAULT_RANDOM_LATENCY;

    if (ocpn_fault_of_chunks(r->point)) {
        return !r->has && !r->io && !r->status && !r->ms;
    }
    return (r->has & QUEUE) && r->status <= 0x7ff && r->ms <= 3600000 &&
           (!latency || r->ms) &&
           (r->point == OCPN_FAULT_STATUS || !r->status) &&
           !(r->io && r->has & (LID | FID)) && !r->type && !r->anew &&
           (r->io || same_range(r->at.lba, OCPN_RANGE_ALL));
}

static bool sane(const OcpnFaultRule *r)
{
    const OcpnRange *range[] = { &r->at.grp, &r->at.pu, &r->at.chk,
                                 &r->at.blk, &r->at.lba };
    bool whole = same_range(r->at.blk, OCPN_RANGE_ALL) &&
                 same_range(r->at.lba, OCPN_RANGE_ALL);

    for (unsigned i = 0; i < 5; i++) {
        if (range[i]->first > range[i]->last) {
            return false;
        }
    }
    return r->point < OCPN_FAULT_NPOINTS && r->nsid <= 32 && r->ppm >= 1 &&
           r->ppm <= 1000000 &&
           (!r->offline_next || r->point == OCPN_FAULT_EARLY_CLOSE) &&
           (whole || r->point != OCPN_FAULT_RESET_FAIL) && sane_command(r);
}

/* Not empty, not cut, and nothing in it that a terminal would obey. */
static bool is_sentence(const OcpnError *err)
{
    size_t n = strlen(err->text);

    for (size_t i = 0; i < n; i++) {
        if (err->text[i] < ' ' || err->text[i] > '~') {
            return false;
        }
    }
    return n > 10 && n < sizeof(err->text) - 1;
}

/* Hostile texts: a rule that is one, or one printable sentence. */
static void test_mutants(void)
{
    unsigned taken = 0;
    uint32_t seed = 20260101;

    for (unsigned i = 0; i < 100000; i++) {
        char *text = mutant(&seed);
        OcpnFaultRule rule = { .nsid = 99 };
        OcpnError err = { "" };

        CU_ASSERT_PTR_NOT_NULL_FATAL(text);
        if (ocpn_fault_parse(text, &rule, &err)) {
            CHECK(sane(&rule), "seed %" PRIu32 ": %s", seed, text);
            taken++;
        } else {
            /* The rule is as it was. */
            CHECK(rule.nsid == 99 && is_sentence(&err),
                  "seed %" PRIu32 ": %s", seed, err.text);
        }
        free(text);
    }
    CHECK(taken > 2000 && taken < 98000, "%u were rules", taken);
}

static const OcpnTest tests[] = {
    { "rules",                  test_good },
    { "what is no rule",        test_bad },
    { "shown as it is read",    test_shown },
    { "a buffer too short",     test_cut },
    { "100,000 mutants",        test_mutants },
};
OCPN_UNIT_MAIN("texts of faults", tests)
