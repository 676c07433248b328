/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Namespace Write Protection Config (Feature
 * Identifier 84h)", "Namespace Write Protection", which commands it refuses.
 */
#include "hw/ocp-nvme/core/ns.h"
#include "ocssd-host.h"
#include "protect-unit.h"

static void offered(void)
{
    FakeHost *h = wp_start(false);

    CHECK_EQ(ns_identify(h, 1, 0, 531, 1), 1);          /* NWPC */
    CHECK_EQ(fake_get_feature(h, WP_FID | 3 << 8, 1, 0).dw0, 6);
    CHECK_EQ(fake_get_log(h, 0x12, 0, 0, 1024).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * WP_FID, 4),
             1 | 1 << 2 | 1 << 20);                     /* NCC; namespace */
    for (uint32_t state = WP_UNTIL_POWER_CYCLE; state < 8; state++) {
        CHECK_EQ(wp_set(h, 1, state), 0x002);
        CHECK_EQ(fake_error_location(h), 44);
    }
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    fake_host_free(h);
    h = wp_start(true);
    CHECK_EQ(ns_identify(h, 1, 0, 531, 1), 7);
    CHECK_EQ(wp_set(h, 1, 4), 0x002);
    fake_host_free(h);
    h = fake_host_start(&(FakeSetup) { .ns = { FAKE_CONVENTIONAL(1) } });
    CHECK_EQ(ns_identify(h, 1, 0, 531, 1), 0);          /* no OCP drive */
    CHECK_EQ(wp_set(h, 1, WP_ON), 0x002);
    CHECK_EQ(fake_get_feature(h, WP_FID, 1, 0).status, 0x002);
    fake_host_free(h);
}

static void nsids(void)
{
    FakeHost *h = wp_start(false);

    CHECK_EQ(wp_set(h, 0, WP_ON), 0x00b);
    CHECK_EQ(wp_set(h, 3, WP_ON), 0x002);       /* inactive */
    CHECK_EQ(fake_get_feature(h, WP_FID, 0, 0).status, 0x00b);
    CHECK_EQ(fake_get_feature(h, WP_FID, NS_ALL, 0).status, 0x00b);
    CHECK_EQ(fake_set_feature(h, WP_FID | 1u << 31, 1, WP_ON).status, 0x10d);
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    CHECK_EQ(wp_set(h, 2, WP_ON | 0xfffffff8), 0);      /* reserved bits */
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    CHECK_EQ(fake_get_feature(h, WP_FID | 1 << 8, 2, 0).dw0, 0);
    CHECK_EQ(fake_get_feature(h, WP_FID | 2 << 8, 2, 0).dw0, 0);
    CHECK_EQ(wp_set(h, NS_ALL, WP_ON), 0);
    CHECK_EQ(wp_get(h, 1), WP_ON);
    CHECK_EQ(wp_set(h, NS_ALL, WP_NONE), 0);
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    CHECK_EQ(wp_get(h, 2), WP_NONE);
    fake_host_free(h);
}

static void transitions(void)
{
    static const uint16_t expect[4][4] = {
        { 0, 0, 0, 0 }, { 0, 0, 0, 0 },
        { 0x10e, 0x10e, 0, 0x10e }, { 0x10e, 0x10e, 0x10e, 0 },
    };

    for (uint32_t from = 0; from < 4; from++) {
        for (uint32_t to = 0; to < 4; to++) {
            FakeHost *h = wp_start(true);

            CHECK_EQ(wp_set(h, 1, from), 0);
            CHECK_EQ(wp_set(h, 1, to), expect[from][to]);
            CHECK_EQ(wp_get(h, 1), expect[from][to] ? from : to);
            /* All or none. */
            CHECK_EQ(wp_set(h, NS_ALL, WP_ON), to >= 2 || from >= 2 ? 0x10e
                                                                    : 0);
            CHECK_EQ(wp_get(h, 2), to >= 2 || from >= 2 ? WP_NONE : WP_ON);
            fake_host_free(h);
        }
    }
}

/* I/O command OPC on block 0 of NSID; CDW11 matters to two of them. */
static uint16_t io(FakeHost *h, uint8_t opc, uint32_t nsid, uint32_t cdw11)
{
    FakeCmd cmd = { .opc = opc, .nsid = nsid, .cdw11 = cdw11,
                    .prp1 = FAKE_BUF };

    memset(fake_guest(h, FAKE_BUF), 0x77, 4096);
    if (opc == 0x09 || opc == 0x19) {       /* one range: block 0 */
        memset(fake_guest(h, FAKE_BUF), 0, 4096);
        put_bytes_at(fake_guest(h, FAKE_BUF) + 8, 4, opc == 0x09);
    }
    if (opc == 0x19) {
        cmd.cdw10 = 8;                      /* to block 8 */
    }
    return fake_io(h, &cmd).status;
}

static void commands(void)
{
    static const struct { uint8_t opc; uint32_t cdw11; bool writes; } t[] = {
        { 0x01, 0, true },                  /* Write */
        { 0x08, 0, true },                  /* Write Zeroes */
        { 0x09, 1 << 2, true },             /* Deallocate */
        { 0x09, 1 << 0, false },            /* other hints */
        { 0x19, 0, true },                  /* Copy */
        { 0x04, 0, true },                  /* Write Uncorrectable */
        { 0x00, 0, false },                 /* Flush */
        { 0x02, 0, false },                 /* Read */
        { 0x0c, 0, false },                 /* Verify */
    };
    FakeHost *h = wp_start(false);

    CHECK_EQ(ns_write(h, 1, 0, 0x5a), 0);
    CHECK_EQ(wp_set(h, 1, WP_ON), 0);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK(io(h, t[i].opc, 1, t[i].cdw11) ==
              (t[i].writes ? WP_REFUSED : 0), "case %zu", i);
        CHECK(!io(h, t[i].opc == 4 ? 2 : t[i].opc, 2, t[i].cdw11),
              "case %zu of the other", i);
        CHECK_EQ(ns_read(h, 1, 0), 0x5a);
    }
    memset(fake_guest(h, FAKE_BUF), 0x5a, 4096);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 5, .nsid = 1,
                                     .prp1 = FAKE_BUF }).status, 0);
    CHECK_EQ(wp_set(h, 1, WP_NONE), 0);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK(!io(h, t[i].opc, 1, t[i].cdw11) || i > 6, "case %zu again", i);
    }
    fake_host_free(h);
}

/* The comparison counts, the write does not happen. */
static void fused(void)
{
    FakeHost *h = wp_start(false);

    CHECK_EQ(ns_write(h, 1, 0, 0x5a), 0);
    CHECK_EQ(wp_set(h, 1, WP_ON), 0);
    memset(fake_guest(h, FAKE_BUF), 0x5a, 4096);
    fake_queue(h, 1, &(FakeCmd) { .opc = 5, .flags = 1, .nsid = 1,
                                  .prp1 = FAKE_BUF });
    fake_submit(h, 1, &(FakeCmd) { .opc = 1, .flags = 2, .nsid = 1,
                                   .prp1 = NS_DATA });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(fake_reap(h, 1).status, WP_REFUSED);
    CHECK_EQ(ns_read(h, 1, 0), 0x5a);
    fake_host_free(h);
}

static void open_channel(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.cfg.ocp.version = OCP_2_5;
    s.ns[0].cfg.multi_reset = true;
    h = fake_host_start(&s);
    for (unsigned on = 0; on < 2; on++) {
        uint16_t want = on ? WP_REFUSED : 0;
        FakeCmd cmd = { .opc = 1, .nsid = 1, .cdw10 = on ? A + 4 : A,
                        .cdw12 = 3 };

        CHECK_EQ(wp_set(h, 1, on), 0);
        fake_prp(h, &cmd, FAKE_BUF, 4 * BLOCK);
        CHECK_EQ(fake_io(h, &cmd).status, want);
        memset(fake_guest(h, FAKE_BUF), 0, 16);
        put_bytes_at(fake_guest(h, FAKE_BUF) + 4, 4, 96);
        put_bytes_at(fake_guest(h, FAKE_BUF) + 8, 8, X);
        CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 9, .nsid = 1, .cdw11 = 4,
                                         .prp1 = FAKE_BUF }).status, want);
        CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x90, .nsid = 1,
                                         .cdw10 = B }).status, want);
    }
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x91, .nsid = 1, .cdw10 = A + 4,
                                     .prp1 = FAKE_BUF }).status, WP_REFUSED);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x93, .nsid = 1, .cdw10 = A,
                                     .cdw14 = B }).status, WP_REFUSED);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xe2, .nsid = 1,
                                        .prp1 = FAKE_BUF }).status, 0);
    fake_host_free(h);
}

/* Open-Channel 1.2: the host's marks lie on the medium, too. */
static void bad_block_table(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.cfg.ocp.version = OCP_2_5;
    s.ns[0].cfg.ocssd12 = true;
    h = fake_host_start(&s);
    for (unsigned on = 0; on < 2; on++) {
        CHECK_EQ(wp_set(h, 1, on), 0);
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xf1, .nsid = 1,
                                            .cdw12 = 2 << 16 }).status,
                 on ? WP_REFUSED : 0);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what is offered", offered },
    { "namespaces", nsids },
    { "from each state to each", transitions },
    { "which commands", commands },
    { "Compare and Write", fused },
    { "open-channel", open_channel },
    { "Set Bad Block Table", bad_block_table },
};
OCPN_UNIT_MAIN("feature 84", tests)
