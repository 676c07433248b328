/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong in other emulated drives: everything a host can ask for,
 * asked for.
 * Proves: docs/failures.rst.
 */
#include <stdlib.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define ALL     0xffffffffu

/* Chunks, blocks and all of OCP, so that there are many pages. */
static FakeHost *start(void)
{
    return fake_host_start(&(FakeSetup) {
        .cfg.ocp.version = OCP_2_5,
        .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) },
    });
}

/*
 * FAILURE-CASE-24 FAILURE-CASE-25
 * Behind the end of any page is an error, and nothing of it is sent.
 */
static void test_behind_every_page(void)
{
    static const uint64_t off[] = {
        UINT64_C(1) << 32, UINT64_C(1) << 40, UINT64_C(1) << 63,
        UINT64_MAX - 3, UINT64_MAX - 4095,
    };
    FakeHost *h = start();
    unsigned pages = 0;

    /* The persistent event log is there once its context is. */
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .prp1 = FAKE_BUF, .cdw10 = 127u << 16 | 1 << 8 | 0x0d,
    }).status, 0);
    for (unsigned lid = 0; lid < 256; lid++) {
        const uint32_t nsid = lid == 0xca ? 1 : 0;
        bool there = fake_get_log(h, (uint8_t)lid, nsid, 0, 4).status !=
                     0x109;

        pages += there;
        for (size_t i = 0; there && i < sizeof(off) / sizeof(off[0]); i++) {
            for (uint64_t len = 4; len <= 8192; len *= 2) {
                FakeCqe e;

                memset(fake_guest(h, FAKE_BUF), 0xa5, len);
                e = fake_get_log(h, (uint8_t)lid, nsid, off[i], len);
                CHECK(e.status == 0x002 &&
                      fake_all(fake_guest(h, FAKE_BUF), 0xa5, len),
                      "page %02x at %" PRIx64 ": %03x", lid, off[i],
                      e.status);
            }
        }
    }
    CHECK(pages > 20, "%u pages", pages);
    fake_host_free(h);
}

static FakeCmd any_command(unsigned i)
{
    static const uint32_t nsid[] = { 0, 1, 2, ALL };
    const uint32_t ones = i & 1 ? ALL : 0;
    const uint32_t nine = i & 2 ? 9 : ones;

    return (FakeCmd) {
        .opc = (uint8_t)(i >> 4), .nsid = nsid[i >> 2 & 3],
        .prp1 = FAKE_BUF, .prp2 = FAKE_LISTS, .mptr = FAKE_BUF + 0x400000,
        .cdw10 = nine, .cdw11 = ones, .cdw12 = nine, .cdw13 = ones,
        .cdw14 = ones, .cdw15 = ones,
    };
}

static void run_any(FakeHost *h, unsigned i)
{
    FakeCmd cmd = any_command(i);

    fake_io(h, &cmd);
    if (cmd.opc != 0x00 && cmd.opc != 0x01 && cmd.opc != 0x04 &&
        cmd.opc != 0x05 && cmd.opc != 0x0c) {
        fake_admin(h, &cmd);
    }
}

/*
 * FAILURE-CASE-40 FAILURE-CASE-35
 * A queue gets its pools, of a size that no command says, when a command
 * needs them first.  Besides them no command allocates, so none can leak.
 */
static void test_nothing_is_allocated(void)
{
    FakeHost *h = start();
    unsigned before = h->f.nallocs;

    for (unsigned i = 0; i < 256 * 16; i++) {
        run_any(h, i);
    }
    CHECK(h->f.nallocs <= before + 6, "%u were %u", h->f.nallocs, before);
    before = h->f.nallocs;
    h->f.fail_alloc = 1;
    for (unsigned i = 0; i < 256 * 16; i++) {
        run_any(h, i);
        CHECK(h->f.nallocs == before && h->f.fail_alloc == 1,
              "opcode %02x: %u were %u", i >> 4, h->f.nallocs, before);
    }
    h->f.fail_alloc = 0;
    fake_host_free(h);
}

/* Leave BYTE where the next calls have their variables. */
static void __attribute__((noinline)) soil_stack(uint8_t byte)
{
    /* volatile: nobody reads it, and it must be written all the same */
    volatile uint8_t deep[64 << 10];

    for (size_t i = 0; i < sizeof(deep); i++) {
        deep[i] = byte;
    }
}

/* The same questions, over a stack of BYTEs: what the host got. */
static uint8_t *ask_all(uint8_t byte, size_t *len)
{
    FakeHost *h = start();
    uint8_t *got = malloc(3 * 256 * 4096), *at = got;

    for (unsigned i = 0; i < 3 * 256; i++, at += 4096) {
        FakeCmd cmd = {
            .opc = i < 256 ? 0x06 : i < 512 ? 0x02 : 0x0a,
            .prp1 = FAKE_BUF, .cdw10 = i & 255,
        };

        if (cmd.opc == 0x02) {
            cmd.cdw10 |= 1023u << 16 | 0x8000;
        }
        cmd.nsid = cmd.opc == 0x06 || (i & 255) == 0xca ? 1 : 0;
        memset(fake_guest(h, FAKE_BUF), 0, 4096);
        fake_submit(h, 0, &cmd);
        soil_stack(byte);
        fake_run(&h->f);
        fake_reap(h, 0);
        memcpy(at, fake_guest(h, FAKE_BUF), 4096);
    }
    *len = (size_t)(at - got);
    fake_host_free(h);
    return got;
}

/* FAILURE-CASE-43: nothing that a host reads depends on what lay about. */
static void test_nothing_leaks_out(void)
{
    size_t len;
    uint8_t *one = ask_all(0x5a, &len), *two = ask_all(0xa5, &len);

    for (size_t i = 0; i < len; i += 4096) {
        CHECK(!memcmp(one + i, two + i, 4096), "%s %02zx",
              i < 256 * 4096 ? "CNS" : i < 512 * 4096 ? "LID" : "FID",
              i / 4096 & 255);
    }
    free(one);
    free(two);
}

static const OcpnTest tests[] = {
    { "behind every page", test_behind_every_page },
    { "nothing is allocated for a command", test_nothing_is_allocated },
    { "nothing leaks out of memory", test_nothing_leaks_out },
};
OCPN_UNIT_MAIN("failures of others, all of it", tests)
