/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Error Injection": what each type but the
 * panics does when it fires.  ERRI-6.
 */
#include "hw/ocp-nvme/core/counters.h"
#include "panic-unit.h"
#include "telemetry-unit.h"

#define CSTS    0x1c

/* Failure of the next I/O: 281h for a read, else 006h. */
static void io_failure(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint64_t errors = ocpn_counter(h->c, OCPN_COUNT_MEDIA_ERRORS);
    unsigned reads = h->f.media[1].reads;

    CHECK_EQ(arm(h, ONCE, 0x0f, 0), 0);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(READ(h), 0x281);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(h->f.media[1].reads, reads);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(smart_c0(h, UNCORRECTABLE), 1);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_MEDIA_ERRORS), errors + 1);
    CHECK_EQ(arm(h, ONCE, 0x0f, 0), 0);
    CHECK_EQ(WRITE(h), 0x006);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(arm(h, ON, 0x0f, 0), 0);        /* until disabled */
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(WRITE(h), 0x006);
    }
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(set_entries(h, 0).status, 0);
    CHECK_EQ(WRITE(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-25: each page has the read that failed, once. */
static void uncorrectable(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint64_t entries = bytes_at(smart_page(h, 0x02) + 176, 8);
    uint64_t media = bytes_at(smart_page(h, 0x02) + 160, 8);
    uint64_t count = smart_c0(h, UNCORRECTABLE);
    const uint8_t *e = fake_guest(h, FAKE_BUF);
    FakeCqe cqe;

    CHECK_EQ(arm(h, ONCE, 0x0f, 0), 0);
    cqe = fake_io(h, &(FakeCmd) { .opc = 0x02, .nsid = 1, .cdw10 = 0x123,
                                  .prp1 = FAKE_BUF });
    CHECK_EQ(cqe.status, 0x281);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x02, .nsid = 1, .cdw10 = 0x123,
                                     .prp1 = FAKE_BUF }).status, 0);
    CHECK_EQ(smart_c0(h, UNCORRECTABLE), count + 1);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 160, 8), media + 1);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 176, 8), entries + 1);
    CHECK_EQ(fake_get_log(h, 0x01, ALL, 0, 128).status, 0);
    CHECK_EQ(bytes_at(e, 8), entries + 1);
    CHECK_EQ(bytes_at(e + 8, 2), 1);            /* SQID */
    CHECK_EQ(bytes_at(e + 10, 2), cqe.cid);
    CHECK_EQ(bytes_at(e + 12, 2) >> 1 & 0x7ff, 0x281);
    CHECK_EQ(bytes_at(e + 16, 8), 0x123);       /* LBA */
    CHECK_EQ(bytes_at(e + 24, 4), 1);           /* NSID */
    CHECK_EQ(bytes_at(e + 64, 8), entries);     /* the one before, or none */
    fake_host_free(h);
}

/* Reads of chunks fail as by a fault rule: see docs/fault-injection.rst. */
static void chunk_reads(void)
{
    FakeSetup s = { .cfg = { .ocp = { .version = OCP_2_6 } },
                    .ns = { FAKE_T1 } };
    FakeHost *h = fake_host_start(&s);
    uint64_t list = FAKE_LISTS + 0x10000;
    FakeCqe e;

    CHECK_EQ(arm(h, ONCE, 0x0f, 0), 0);
    CHECK_EQ(READ(h), 0x281);
    CHECK_EQ(READ(h), 0);
    for (unsigned i = 0; i < 4; i++) {
        put_bytes_at(fake_guest(h, list) + 8 * i, 8, i);
    }
    CHECK_EQ(arm(h, ONCE, 0x0f, 0), 0);
    for (unsigned i = 0; i < 2; i++) {
        FakeCmd cmd = { .opc = 0x92, .nsid = 1, .cdw10 = (uint32_t)list,
                        .cdw12 = 3 };

        fake_prp(h, &cmd, FAKE_BUF, 4 * 4096);
        e = fake_io(h, &cmd);
        CHECK_EQ(e.status, i ? 0 : 0x281);
        CHECK_EQ(e.dw0, i ? 0 : 0xf);           /* all of them */
    }
    fake_host_free(h);
}

static FakeCqe abort_cmd(FakeHost *h, uint16_t sqid, uint16_t cid)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x08, .cdw10 = (uint32_t)cid << 16 | sqid,
    });
}

/* It never completes, until the host gives it up. */
static void io_timeout(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint16_t cid;
    FakeCqe e;

    CHECK_EQ(arm(h, ONCE, 0x10, 0), 0);
    cid = submit_read(h);
    fake_advance(&h->f, 100000 * MSEC);
    CU_ASSERT(!fake_reap(h, 1).found);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(smart_c0(h, TIMEOUTS), 1);
    CHECK_EQ(READ(h), 0);                       /* others do complete */
    CHECK_EQ(abort_cmd(h, 1, cid ^ 1).dw0 & 1, 1);
    CHECK_EQ(abort_cmd(h, 0, cid).dw0 & 1, 1);
    CHECK_EQ(abort_cmd(h, 1, cid).dw0 & 1, 0);
    e = fake_reap(h, 1);
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, 0x007);
    CHECK_EQ(abort_cmd(h, 1, cid).dw0 & 1, 1);

    CHECK_EQ(arm(h, ONCE, 0x10, 0), 0);      /* by a reset */
    submit_read(h);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(READ(h), 0);

    CHECK_EQ(arm(h, ONCE, 0x10, 0), 0);      /* with its queue */
    cid = submit_read(h);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x00, .cdw10 = 1 }).status,
             0);
    e = fake_reap(h, 1);
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, 0x008);
    fake_host_free(h);
}

/* Admin commands, but not those that set and show what is armed. */
static void admin(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint16_t cid;
    FakeCqe e;

    CHECK_EQ(arm(h, ONCE, 0x11, 0), 0);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(READ(h), 0);
    wait_event(h);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0x006);
    CHECK_EQ(armed(h), 0);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(arm(h, ONCE, 0x12, 0), 0);
    CHECK_EQ(armed(h), 1);
    CU_ASSERT(!fake_identify(h, 1, 0).found);
    cid = h->cid;
    CHECK_EQ(smart_c0(h, TIMEOUTS), 1);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x08,
                                   .cdw10 = (uint32_t)cid << 16 });
    fake_run(&h->f);
    for (unsigned i = 0; i < 2; i++) {
        e = fake_reap(h, 0);
        CHECK_EQ(e.status, e.cid == cid ? 0x007 : 0);
    }
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_host_free(h);
}

/* Critical garbage collection: no free blocks, slow writes. */
static void critical_gc(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint64_t was;

    ocpn_fact_set(h->c, OCPN_FACT_FREE_BLOCKS, 80);
    was = smart_c0(h, FREE_BLOCKS);
    CHECK_EQ(arm(h, ON, 0x0d, 0), 0);
    CHECK_EQ(smart_c0(h, FREE_BLOCKS), 0);
    CHECK_EQ(READ(h), 0);
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1,
                                   .prp1 = FAKE_BUF });
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_advance(&h->f, 1000 * MSEC);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(smart_c0(h, FREE_BLOCKS), 0);
    CHECK_EQ(set_entries(h, 0).status, 0);
    CHECK_EQ(smart_c0(h, FREE_BLOCKS), was);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(arm(h, ONCE, 0x0d, 0), 0);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(READ(h), 0);
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1,
                                   .prp1 = FAKE_BUF });
    fake_advance(&h->f, MSEC);
    CHECK_EQ(smart_c0(h, FREE_BLOCKS), was);
    CHECK_EQ(armed(h), 0);
    for (unsigned flags = ON; flags <= ONCE; flags += ONCE - ON) {
        entry(h, 0, (uint8_t)flags, 0x0d, 0);   /* twice: as once */
        entry(h, 1, (uint8_t)flags, 0x0d, 0);
        CHECK_EQ(set_entries(h, 2).status, 0);
        CHECK_EQ(smart_c0(h, FREE_BLOCKS), 0);
        for (unsigned i = 0; i < 2; i++) {
            fake_submit(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1,
                                           .prp1 = FAKE_BUF });
            fake_advance(&h->f, 1000 * MSEC);
            CHECK_EQ(fake_reap(h, 1).status, 0);
        }
        CHECK_EQ(set_entries(h, 0).status, 0);
        CHECK_EQ(smart_c0(h, FREE_BLOCKS), was);
    }
    fake_host_free(h);
}

/* An I/O error, then panic. */
static void metadata(void)
{
    FakeHost *h = ocp_start(OCP_2_6);

    CHECK_EQ(arm(h, ONCE, 0x0c, 0), 0);
    wait_event(h);
    CHECK_EQ(io(h, 0x00), 0);                   /* a flush has none */
    CHECK_EQ(WRITE(h), 0x006);
    CHECK_EQ(event(h), PANIC_EVENT);
    CHECK_EQ(panic_id(h), 0x1000c);
    CHECK_EQ(recovery(h)[3], 0x02);
    CHECK_EQ(smart_c0(h, E2E_DETECTED), 1);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(WRITE(h), 0);
    fake_host_free(h);
}

static uint64_t kelvin(FakeHost *h)
{
    return bytes_at(smart_page(h, 0x02) + 1, 2);
}

/* OCP-CASE-127: throttling at 77 degrees C, and below 75 no longer. */
static void thermal(void)
{
    FakeHost *h = ocp_start(OCP_2_6);

    CHECK_EQ(arm(h, ONCE, 0x13, 0), 0);
    CHECK_EQ(armed(h), 0);                      /* it has fired */
    CHECK_EQ(smart_event(h), 0x00020101);
    CHECK_EQ(kelvin(h), 350);
    CHECK_EQ(warnings(h), 1 << 1);
    CHECK_EQ(smart_c0(h, THROTTLE_EVENTS), 1);
    CHECK_EQ(smart_c0(h, THROTTLE_STATUS), 1);
    CHECK_EQ(arm(h, ONCE, 0x14, 0), 0);
    CHECK_EQ(smart_event(h), 0x00020101);
    CU_ASSERT(kelvin(h) < 348);
    CHECK_EQ(warnings(h), 0);
    CHECK_EQ(smart_c0(h, THROTTLE_EVENTS), 1);
    CHECK_EQ(smart_c0(h, THROTTLE_STATUS), 0);
    CHECK_EQ(arm(h, ON, 0x15, 0), 0);
    CHECK_EQ(smart_event(h), 0x00020101);
    CHECK_EQ(kelvin(h), 358);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(set_entries(h, 0).status, 0);      /* it cools down */
    CHECK_EQ(kelvin(h), OCPN_TEMPERATURE);
    fake_host_free(h);
}

/* OCP-CASE-128 */
static void die_offline(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    static TelLog t;
    TelEvent e = { .data = t.b };
    unsigned events = 0;

    CHECK_EQ(arm(h, ONCE, 0x16, 0), 0);
    CHECK_EQ(smart_c0(h, DIES_OFFLINE), 1);
    CU_ASSERT(smart_c0(h, BAD_USER) > 0);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    for (unsigned fifo = 0; fifo < 16; fifo++) {
        events += tel_count(&t, fifo, 0x08, 5, &e);
    }
    CHECK_EQ(events, 1);
    CHECK_EQ(bytes_at(e.data + 4, 8), 0);       /* the die */
    CHECK_EQ(tel_value(&t, 1, 0x3b), 1);
    CHECK_EQ(arm(h, ONCE, 0x16, 0), 0);
    CHECK_EQ(smart_c0(h, DIES_OFFLINE), 2);
    fake_host_free(h);
}

/* What 2.7 has more. */
static void since_2_7(void)
{
    FakeHost *h = ocp_start(OCP_2_7);

    CHECK_EQ(arm(h, ONCE, 0x1a, 0), 0);
    CHECK_EQ(smart_c0(h, PCIE_ERRORS), 1);
    CHECK_EQ(arm(h, ONCE, 0x20, 0), 0);
    CHECK_EQ(smart_c0(h, PLP_STARTS), 1);
    CHECK_EQ(arm(h, ON, 0x22, 0), 0);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_FAILED);
    CHECK_EQ(arm(h, ON, 0x21, 0), 0);
    CHECK_EQ(ocpn_health(h->c)->plp, OCPN_PLP_OK);
    CU_ASSERT(ocpn_health(h->c)->spare < OCPN_SPARE_LIMIT);
    CHECK_EQ(arm(h, ONCE, 0x1d, 0), 0);      /* for who sanitizes */
    CU_ASSERT(ocpn_inject_take(h->c, OCP_INJECT_SANITIZE_FAILURE));
    CU_ASSERT(!ocpn_inject_take(h->c, OCP_INJECT_SANITIZE_FAILURE));
    CHECK_EQ(arm(h, ONCE, 0x17, 0), 0);      /* Sanitize, no other */
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(armed(h), 1);
    CHECK_EQ(arm(h, ONCE, 0x1b, 0), 0);
    CHECK_EQ(fake_reg(h, CSTS, 4) & 2, 2);
    fake_host_free(h);
}

/* By the monitor: any type of any version, later, again and again. */
static void now(void)
{
    FakeSetup s = ocp_drive(OCP_2_0);
    FakeHost *h = fake_host_start(&s);
    OcpnError err;

    CU_ASSERT(ocpn_inject(h->c, 0x0f, 2, 0, false, &err));
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(WRITE(h), 0x006);
    CHECK_EQ(WRITE(h), 0x006);
    ocpn_inject_clear(h->c, true);
    CU_ASSERT(ocpn_inject(h->c, 0x01, 3, 0, false, &err));
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(READ(h), 0);
        CHECK_EQ(panic_id(h), i % 3 == 2 ? 0x10001 : 0);
        if (i % 3 == 2) {
            CHECK_EQ(format(h), 0);
        }
    }
    ocpn_inject_clear(h->c, true);
    CU_ASSERT(ocpn_inject(h->c, 0x05, 0, 0, true, &err));
    fake_run(&h->f);
    CHECK_EQ(panic_id(h), 0x10005);
    CHECK_EQ(armed(h), 0);
    CU_ASSERT(!ocpn_inject(h->c, 0x23, 0, 0, true, &err));
    CHECK_HAS(err.text, "0x23");
    CU_ASSERT(!ocpn_inject(h->c, 0x00, 0, 0, true, &err));
    CU_ASSERT(!ocpn_inject(h->c, 0x16, 1, 0, true, &err));
    CHECK_HAS(err.text, "0x16 waits for no command");
    CU_ASSERT(!ocpn_inject(h->c, 0x0f, 0, 9, true, &err));
    CHECK_HAS(err.text, "0xf has no time");
    CU_ASSERT(!ocpn_inject(h->c, 0x01, 65536, 0, true, &err));
    CHECK_HAS(err.text, "65536");
    for (unsigned i = 0; i < 127; i++) {
        CU_ASSERT(ocpn_inject(h->c, 0x10, 0, 0, true, &err));
    }
    CU_ASSERT(!ocpn_inject(h->c, 0x10, 0, 0, true, &err));
    CHECK_HAS(err.text, "127");
    fake_host_free(h);
    s.cfg.ocp.knobs = false;
    h = fake_host_start(&s);
    CU_ASSERT(!ocpn_inject(h->c, 0x10, 0, 0, true, &err));
    CHECK_HAS(err.text, "x-test-knobs=on");
    fake_host_free(h);
}

/* A command with a namespace that is not there meets nothing. */
static void nowhere(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    FakeCmd cmd = { .opc = 0x92, .nsid = 9 };

    entry(h, 0, ON, 0x0f, 0);
    entry(h, 1, ONCE, 0x01, 1);
    CHECK_EQ(set_entries(h, 2).status, 0);
    CHECK_EQ(fake_io(h, &cmd).status, 0x002);
    cmd.opc = 0x02;
    CHECK_EQ(fake_io(h, &cmd).status, 0x002);
    CHECK_EQ(armed(h), 2);
    cmd = (FakeCmd) { .opc = 0x00, .nsid = 0xffffffff };
    CHECK_EQ(fake_io(h, &cmd).status, 0x006);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "I/O failure", io_failure },
    { "a read that fails, in every page", uncorrectable },
    { "I/O failure, chunks", chunk_reads },
    { "I/O timeout", io_timeout },
    { "admin failure and timeout", admin },
    { "critical garbage collection", critical_gc },
    { "metadata corruption", metadata },
    { "thermal events", thermal },
    { "a die goes offline", die_offline },
    { "types of 2.7", since_2_7 },
    { "by the monitor", now },
    { "commands that meet nothing", nowhere },
};
OCPN_UNIT_MAIN("inject", tests)
