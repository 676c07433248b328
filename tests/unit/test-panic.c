/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, EREC-AEN-1, INCS-6, CRASH-1..4:
 * what makes a drive panic, how it tells, and what works meanwhile.
 */
#include "panic-unit.h"
#include "telemetry-unit.h"

#define CSTS    0x1c
#define CFS     2u

/* OCP-CASE-35.  ERRI-6, EREC-AEN-1 */
static void by_a_read(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    const uint8_t *p;

    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0);
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

        CHECK_EQ(arm(h, ONCE, 0x02, n), 0);
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

    CHECK_EQ(arm(h, ONCE, 0x01, 3), 0);
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
    CHECK_EQ(fake_get_log(h, 0x07, 0, 0, 512).status, 0);
    CHECK_EQ(fake_get_feature(h, 0xc9, 0, 0).status, 0);
    fake_host_free(h);
}

/* OCP-CASE-37, OCP-CASE-112: what the drive keeps of it.  TEL-4 */
static void captured(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    static TelLog t;
    TelEvent e = { .data = t.b };
    unsigned events = 0;

    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(t.len, 512);
    CHECK_EQ(t.b[382], 0);
    CHECK_EQ(arm(h, ONCE, 0x05, 0), 0);
    CHECK_EQ(READ(h), 0);
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(t.b[382], 1);
    CHECK_HAS(tel_reason(&t), "DRAM");
    for (unsigned fifo = 0; fifo < 16; fifo++) {
        for (uint16_t id = 0; id <= 6; id++) {
            events += tel_count(&t, fifo, 0x06, id, &e);
        }
    }
    CHECK_EQ(events, 1);
    CHECK_EQ(bytes_at(e.data + 2, 8), 0x10005);
    CHECK_EQ(tel_value(&t, 1, 0x45), 1);
    fake_host_free(h);
}

/* OCP-CASE-102: feature C9h. */
static void notices(void)
{
    FakeHost *h = ocp_start(OCP_2_5);
    FakeCmd save = { .opc = 0x09, .cdw10 = UINT32_C(1) << 31 | 0xc9 };

    CHECK_EQ(fake_get_feature(h, 0xc9 | 1 << 8, 0, 0).dw0, 1);
    CHECK_EQ(fake_get_feature(h, 0xc9 | 3 << 8, 0, 0).dw0, 5);
    CHECK_EQ(fake_admin(h, &save).status, 0);
    CHECK_EQ(fake_set_feature(h, 0xc9, 0, 1).status, 0);
    CHECK_EQ(fake_get_feature(h, 0xc9, 0, 0).dw0, 1);
    CHECK_EQ(fake_get_feature(h, 0xc9 | 2 << 8, 0, 0).dw0, 0);
    CHECK_EQ(fake_set_feature(h, 0xc9, 0, 2).status, 0x002);
    power_cycle(h, true);
    CHECK_EQ(fake_get_feature(h, 0xc9, 0, 0).dw0, 0);
    fake_host_free(h);
    h = ocp_start(OCP_2_0);
    CHECK_EQ(fake_get_feature(h, 0xc9, 0, 0).status, 0x002);
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
        CHECK_EQ(arm(h, ONCE, 0x01, 0), 0);
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
    CHECK_EQ(arm(h, ONCE, 0x01, 0), 0);
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

static const OcpnTest tests[] = {
    { "a read sets it off", by_a_read },
    { "after exactly N reads", after_reads },
    { "the first that is due", the_first },
    { "in the middle of a batch", in_a_batch },
    { "I/O is refused, admin is not", what_works },
    { "telemetry", captured },
    { "feature C9h", notices },
    { "one event until the page is read", one_event },
    { "notices off", notices_off },
    { "by CFS", by_cfs },
    { "over power cycles", over_power_cycles },
};
OCPN_UNIT_MAIN("panic", tests)
