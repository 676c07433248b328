/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log pages and features that are asked for at random, on drives of every
 * version: each answer has a status that the specifications define, and
 * asking moves no counter.
 * Proves: OCP Datacenter NVMe SSD, general rules of pages and features.
 */
#include "hw/ocp-nvme/core/req.h"
#include "smart-unit.h"

#define ROUNDS      4000u
#define MOST        0x80000u    /* bytes: MDTS 7 */

static uint64_t seed;

static uint32_t roll(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 32);
}

/* Mostly values at the edges of something. */
static uint32_t dword(void)
{
    static const uint32_t edges[] = {
        0, 1, 2, 3, 4, 16, 0x7f, 0x80, 0xff, 0x100, 0x1ff, 0x200, 0x1000,
        0x7fff, 0x8000, 0xffff, 0x10000, 0x1ff0000, 0x7fffffff, 0x80000000,
        0xfffffffc, 0xffffffff,
    };

    return roll() & 1 ? edges[roll() % (sizeof(edges) / sizeof(edges[0]))]
                      : roll() >> roll() % 32;
}

/* Most fields of most commands are 0, so that some get far. */
static uint32_t field(void)
{
    return roll() & 7 ? 0 : dword();
}

static FakeCmd random_cmd(FakeHost *h, uint8_t opc)
{
    static const uint32_t ns[] = { 0, 0, 1, 2, 33, ALL - 1, ALL, ALL };
    uint32_t id = roll() & 1 ? 0xc0 + roll() % 16 : roll() % 32;
    FakeCmd cmd = {
        .opc = opc, .nsid = roll() & 7 ? ns[roll() % 8] : roll(),
        .cdw10 = (roll() & 3 ? roll() & 0x01ff0000 : dword() & 0xffffff00) |
                 (roll() & 7 ? id : roll() & 0xff),
        .cdw11 = field(), .cdw12 = field(), .cdw13 = field(),
        .cdw14 = roll() & 7 ? roll() & 1 : dword(), .cdw15 = field(),
    };

    if (opc == 0x02 && ((cmd.cdw10 & 0xff) == 0x07 ||
                        (cmd.cdw10 & 0xff) == 0x0d)) {
        /* A new capture or reporting context is written to the media. */
        cmd.cdw10 &= ~0x7f00u;
    }
    if (opc != 0x02) {
        cmd.cdw10 = (roll() & 7 ? 0 : cmd.cdw10 & 0xffffff00) |
                    (cmd.cdw10 & 0xff);
        cmd.cdw11 = roll() & 1 ? dword() : cmd.cdw11;
    }
    fake_prp(h, &cmd, FAKE_BUF, MOST);
    return cmd;
}

static void ask(FakeHost *h, uint8_t opc, unsigned *good)
{
    FakeCmd cmd = random_cmd(h, opc);
    FakeCqe cqe = fake_admin(h, &cmd);

    CHECK(cqe.found, "opcode %02x cdw10 %08x has no answer", opc, cmd.cdw10);
    CHECK(!cqe.status || strcmp(ocpn_status_name(cqe.status), "Unknown"),
          "opcode %02x cdw10 %08x has status %03x", opc, cmd.cdw10,
          cqe.status);
    CHECK(cqe.status != 0x006, "opcode %02x cdw10 %08x", opc, cmd.cdw10);
    *good += !cqe.status;
}

/* FAILURE-CASE-25 FAILURE-CASE-41 OCP-CASE-138: what only asks */
static void asking(void)
{
    for (int v = OCP_OFF; v <= OCP_2_7; v++) {
        FakeHost *h = smart_drive((OcpVersion)v);
        uint8_t before[512];
        unsigned good = 0;

        seed = (uint64_t)v;
        if (v) {
            memcpy(before, smart_page(h, 0xc0), sizeof(before));
        }
        for (unsigned i = 0; i < ROUNDS; i++) {
            ask(h, i & 1 ? 0x02 : 0x0a, &good);
        }
        CHECK(good > ROUNDS / 40, "only %u of them were good", good);
        if (v) {
            const uint8_t *after = smart_page(h, 0xc0);

            for (unsigned i = 0; i < sizeof(before); i++) {
                CHECK(before[i] == after[i], "version %d byte %u", v, i);
            }
        }
        fake_host_free(h);
    }
}

/*
 * Of page C0h Set Features may move the media bytes, as saving writes the
 * image, the count of power states, and with them the average power (2.7).
 */
static void only_what_was_set(const uint8_t *before, const uint8_t *after,
                              int version)
{
    CU_ASSERT(bytes_at(after, 8) >= bytes_at(before, 8));
    CU_ASSERT(bytes_at(after, 8) - bytes_at(before, 8) < ROUNDS * 64 * 1024);
    CU_ASSERT(bytes_at(after + 200, 8) <= bytes_at(before + 200, 8) + ROUNDS);
    for (unsigned i = 8; i < 512; i++) {
        if (i / 8 != 200 / 8 && (version < OCP_2_7 || i / 2 != 262 / 2)) {
            CHECK(before[i] == after[i], "version %d byte %u", version, i);
        }
    }
}

/*
 * FAILURE-CASE-31
 * OCP-CASE-138: Set Features may do something, and the drive goes on
 */
static void setting(void)
{
    for (int v = OCP_OFF; v <= OCP_2_7; v++) {
        FakeHost *h = smart_drive((OcpVersion)v);
        uint8_t before[512];
        unsigned good = 0;

        if (v) {
            memcpy(before, smart_page(h, 0xc0), sizeof(before));
        }
        seed = 100 + (uint64_t)v;
        for (unsigned i = 0; i < ROUNDS; i++) {
            memset(fake_guest(h, FAKE_BUF), (int)(roll() & 0xff), 4096);
            ask(h, 0x09, &good);
        }
        if (v) {
            only_what_was_set(before, smart_page(h, 0xc0), v);
        }
        CHECK(good > ROUNDS / 50, "only %u of them were good", good);
        CHECK_EQ(fake_identify(h, 1, 0).status, 0);
        CHECK_EQ(smart_page(h, 0x02)[3], 100);
        fake_host_restart(h, true);
        CHECK_EQ(fake_identify(h, 1, 0).status, 0);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "asking for pages and features", asking },
    { "setting features", setting },
};
OCPN_UNIT_MAIN("ocp-fuzz", tests)
