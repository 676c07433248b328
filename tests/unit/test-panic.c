/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, EREC-AEN-1, INCS-6, CRASH-1..4:
 * from what makes a drive panic to its recovery.
 */
#include "panic-unit.h"

#define CSTS    0x1c
#define CFS     2u

/* OCP-CASE-35.  ERRI-6, EREC-AEN-1 */
static void by_a_read(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p;

    CHECK_EQ(inject(h, ONCE, 0x01, 0), 0);
    CHECK_EQ(armed(h), 1);
    wait_event(h);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(event(h), 0);
    CHECK_EQ(READ(h), 0);                       /* itself it succeeds */
    CHECK_EQ(event(h), PANIC_EVENT);
    p = recovery(h);
    CHECK_EQ(bytes_at(p + 4, 8), 0x00010001);
    CHECK_EQ(p[2] & 1, 1);
    CHECK_EQ(p[31], 1);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(fake_reg(h, CSTS, 4) & CFS, 0);    /* one way, not both */
    fake_host_free(h);
}

/* OCP-CASE-36: after exactly so many reads. */
static void after_reads(void)
{
    for (uint16_t n = 1; n <= 5; n += 4) {
        FakeHost *h = ocp_start(OCP_2_5);

        CHECK_EQ(inject(h, ONCE, 0x02, n), 0);
        for (unsigned i = 0; i < n; i++) {
            CHECK_EQ(panic_id(h), 0);
            CHECK_EQ(WRITE(h), 0);
            CHECK_EQ(READ(h), 0);
        }
        CHECK_EQ(panic_id(h), 0x10002);
        CHECK_EQ(READ(h), 0x006);
        fake_host_free(h);
    }
}

/* The first that is due, whatever their order. */
static void the_first(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    entry(h, 0, ONCE, 0x05, 9);
    entry(h, 1, ONCE, 0x07, 2);
    entry(h, 2, ONCE, 0x08, 3);
    CHECK_EQ(set_entries(h, 3).status, 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0x10007);
    CHECK_EQ(armed(h), 2);
    CHECK_EQ(format(h), 0);                     /* recovery disarms them */
    CHECK_EQ(armed(h), 0);
    fake_host_free(h);
}

/* Reads of one batch behind the one that is too many touch no medium. */
static void in_a_batch(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    unsigned reads;

    CHECK_EQ(inject(h, ONCE, 0x01, 3), 0);
    reads = h->f.media[1].reads;
    for (unsigned i = 0; i < 8; i++) {
        fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                       .prp1 = FAKE_BUF });
    }
    fake_run(&h->f);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(fake_reap(h, 1).status, i < 3 ? 0 : 0x006);
    }
    CHECK_EQ(h->f.media[1].reads - reads, 3);
    fake_host_free(h);
}

/* OCP-CASE-37.  INCS-6, CRASH-1..4 */
static void what_works(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    unsigned reads, writes;

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    reads = h->f.media[1].reads;
    writes = h->f.media[1].writes;
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(WRITE(h), 0x006);
    CHECK_EQ(io(h, 0x00), 0x006);
    CHECK_EQ(h->f.media[1].reads, reads);
    CHECK_EQ(h->f.media[1].writes, writes);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    CHECK_EQ(fake_get_log(h, 0x01, 0, 0, 64).status, 0);
    CHECK_EQ(fake_get_log(h, 0xc1, 0, 0, 512).status, 0);
    CHECK_EQ(fake_get_feature(h, 0xc9, 0, 0).status, 0);
    fake_host_free(h);
}

/* The event is told once, and again when the page was read.  EREC-AEN-1 */
static void one_event(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    wait_event(h);
    CHECK_EQ(event(h), PANIC_EVENT);
    wait_event(h);
    CHECK_EQ(format(h), 0);
    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    CHECK_EQ(event(h), 0);                      /* not read yet */
    CHECK_EQ(format(h), 0);
    CHECK_EQ(panic_id(h), 0);
    CU_ASSERT(ocpn_panic(h->c, 0x10005));
    fake_run(&h->f);
    CHECK_EQ(event(h), PANIC_EVENT);
    fake_host_free(h);
}

/* OCP-CASE-38: notices off by feature C9h.  EREC-5 */
static void notices_off(void)
{
    for (uint8_t way = OCPN_PANIC_ANY; way <= OCPN_PANIC_EVENT; way++) {
        FakeSetup s = ocp_drive(OCP_2_5);
        FakeHost *h;

        s.cfg.ocp.panic_notice = way;
        h = fake_host_start(&s);
        CHECK_EQ(fake_get_feature(h, 0xc9, 0, 0).dw0, 1);
        CHECK_EQ(fake_set_feature(h, 0xc9, 0, 0).status, 0);
        CHECK_EQ(inject(h, ONCE, 0x01, 0), 0);
        wait_event(h);
        CHECK_EQ(READ(h), 0);
        CHECK_EQ(event(h), 0);
        CHECK_EQ((fake_reg(h, CSTS, 4) & CFS) != 0, way == OCPN_PANIC_ANY);
        fake_host_free(h);
    }
}

/* OCP-CASE-41: by CSTS.CFS; the page waits for the host behind its reset. */
static void by_cfs(void)
{
    FakeSetup s = ocp_drive(OCP_2_5);
    FakeHost *h;

    s.cfg.ocp.panic_notice = OCPN_PANIC_CFS;
    h = fake_host_start(&s);
    CHECK_EQ(inject(h, ONCE, 0x01, 0), 0);
    wait_event(h);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(event(h), 0);
    CHECK_EQ(fake_reg(h, CSTS, 4) & CFS, CFS);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(fake_reg(h, CSTS, 4) & CFS, 0);
    CHECK_EQ(panic_id(h), 0x10001);
    CHECK_EQ(READ(h), 0x006);
    CU_ASSERT(fake_disable(h) && fake_enable(h));   /* that it asks for */
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(READ(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-39 */
static void recovers(void)
{
    static const uint16_t types[] = { 1, 3, 5, 7, 8 };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        FakeHost *h = ocp_start(OCP_2_5);
        const uint8_t *p;

        CHECK_EQ(inject(h, ONCE, types[i], 0), 0);
        CHECK_EQ(READ(h), 0);
        CHECK_EQ(READ(h), 0x006);
        CHECK_EQ(format(h), 0);
        p = recovery(h);
        CU_ASSERT(fake_all(p, 0, 12));
        CHECK_EQ(bytes_at(p + 32, 8), 0);       /* not previous yet */
        CHECK_EQ(WRITE(h), 0);
        CHECK_EQ(READ(h), 0);
        CHECK_EQ(inject(h, ONCE, 0x02, 0), 0);
        CHECK_EQ(READ(h), 0);
        p = recovery(h);
        CHECK_EQ(bytes_at(p + 4, 8), 0x10002);
        CHECK_EQ(bytes_at(p + 32, 8), 0x10000u + types[i]);
        CHECK_EQ(p[31], 2);
        fake_host_free(h);
    }
}

/* OCP-CASE-40: what it does not ask for does not help. */
static void other_actions(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CHECK_EQ(inject(h, ONCE, 0x05, 0), 0);      /* asks for Format */
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0x10005);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(panic_id(h), 0x10005);
    CHECK_EQ(READ(h), 0x006);
    ocpn_ctrl_reset(h->c, OCPN_RESET_SUBSYSTEM);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0x10005);
    fake_host_free(h);

    h = ocp_start(OCP_2_5);
    CHECK_EQ(inject(h, ONCE, 0x0a, 0), 0);      /* asks for another drive */
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(recovery(h)[3], 0x10);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(panic_id(h), 0x1000a);
    CHECK_EQ(READ(h), 0x006);
    fake_host_free(h);

    h = ocp_start(OCP_2_5);                     /* asks for this reset */
    CHECK_EQ(inject(h, ONCE, 0x01, 0), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0x10001);
    ocpn_ctrl_reset(h->c, OCPN_RESET_FUNCTION);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0x10001);
    fake_host_free(h);
}

/* A format that fails, or is cut short, is no recovery. */
static void failed_recovery(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0x10007));
    ocpn_panic_fail(h->c, 2);
    CHECK_EQ(format(h), 0x006);
    CHECK_EQ(panic_id(h), 0x10007);
    CHECK_EQ(format(h), 0x006);
    CHECK_EQ(READ(h), 0x006);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 0xf,
    }).status, 0x10a);
    CHECK_EQ(panic_id(h), 0x10007);
    h->f.hold = true;
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1 });
    fake_run(&h->f);
    fake_set_reg(h, 0x14, 0x00460000, 4);
    fake_run(&h->f);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(panic_id(h), 0x10007);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(panic_id(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-43: until it is recovered, with all that is known of it. */
static void over_power_cycles(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        FakeHost *h = ocp_start(OCP_2_5);
        const uint8_t *p;

        CU_ASSERT(ocpn_panic(h->c, 0x10005));
        fake_run(&h->f);
        CHECK_EQ(format(h), 0);
        CU_ASSERT(ocpn_panic(h->c, 0x10007));
        fake_run(&h->f);
        power_cycle(h, clean);
        wait_event(h);
        CHECK_EQ(event(h), PANIC_EVENT);        /* told anew */
        p = recovery(h);
        CHECK_EQ(p[3], 0x02);
        CHECK_EQ(bytes_at(p + 4, 8), 0x10007);
        CHECK_EQ(p[31], 2);
        CHECK_EQ(bytes_at(p + 32, 8), 0x10005);
        CHECK_EQ(READ(h), 0x006);
        CHECK_EQ(format(h), 0);
        power_cycle(h, clean);
        CHECK_EQ(panic_id(h), 0);
        CHECK_EQ(recovery(h)[31], 2);
        CHECK_EQ(READ(h), 0);
        fake_host_free(h);
    }
}

/* What a panic does to the drive's health, and recovery undoes. */
static void effects(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CHECK_EQ(inject(h, ONCE, 0x03, 0), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);
    power_cycle(h, true);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_OK);
    CHECK_EQ(inject(h, ONCE, 0x0a, 0), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(ocpn_health(h->c)->spare, 0);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_BAD_USER), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a read sets it off", by_a_read },
    { "after exactly N reads", after_reads },
    { "the first that is due", the_first },
    { "in the middle of a batch", in_a_batch },
    { "I/O is refused, admin is not", what_works },
    { "one event until the page is read", one_event },
    { "notices off", notices_off },
    { "by CFS", by_cfs },
    { "Format recovers", recovers },
    { "other actions do not", other_actions },
    { "a recovery that fails", failed_recovery },
    { "over power cycles", over_power_cycles },
    { "health", effects },
};
OCPN_UNIT_MAIN("panic", tests)
