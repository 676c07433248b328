/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When an image begins to run, and what that changes.
 * Proves: NVMe Base 2.0, "Firmware Update Process"; OCP Datacenter NVMe SSD,
 * FWUP-7, FWUP-10, FWUP-11, SMART-22.
 */
#include "firmware-unit.h"
#include "hw/ocp-nvme/core/latency.h"

#define TWO     "ocp-nvme-firmware revision=two svn=2\n"
#define NOTICES 0x300u          /* of Feature 0Bh: firmware, namespaces */

static uint8_t afi(FakeHost *h)
{
    return smart_page(h, 0x03)[0];
}

static uint64_t csts(FakeHost *h)
{
    return fake_reg(h, 0x1c, 4);
}

static void by_reset(void)
{
    FakeHost *h = smart_drive(OCP_2_6);

    CHECK_EQ(afi(h), 1);
    CHECK_EQ(fw_update(h, TWO, 2, 0), 0);
    CHECK_EQ(afi(h), 1);
    fw_reset(h);
    fw_runs(h, "1.0");
    CHECK_EQ(fw_commit(h, 2, 2), 0);
    CHECK_EQ(afi(h), 1 | 2 << 4);
    fw_runs(h, "1.0");
    fw_reset(h);
    fw_runs(h, "two");
    CHECK_EQ(afi(h), 2);
    CU_ASSERT(!memcmp(smart_page(h, 0xc0) + 270, "two     ", 8));
    fake_host_restart(h, false);
    fw_runs(h, "two");
    CHECK_EQ(afi(h), 2);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=three\n", 3, 1), 0);
    fake_host_restart(h, false);                /* so is power off */
    fw_runs(h, "three");
    CHECK_EQ(afi(h), 3);
    fake_host_free(h);
}

/* SMART [26]: build and label are those of what runs. */
static void build(void)
{
    FakeHost *h = smart_drive(OCP_2_6);
    uint8_t own[80], was[80];
    const uint8_t *p;

    memcpy(own, smart_page(h, 0xc0) + 278, 80);
    CU_ASSERT(!memcmp(own + 16, "ocp-nvme  ", 10));
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=two\n", 2, 1), 0);
    CU_ASSERT(!memcmp(smart_page(h, 0xc0) + 278, own, 80));
    fw_reset(h);
    memcpy(was, smart_page(h, 0xc0) + 278, 80);
    CU_ASSERT(memcmp(was, own, 16));
    CHECK_EQ(was[6] >> 4, 4);                   /* a UUID as before */
    CHECK_EQ(was[8] >> 6, 2);
    CU_ASSERT(!memcmp(was + 16, "ocp-nvme two ", 13));
    CU_ASSERT(fake_all(was + 28, ' ', 52));
    fake_host_restart(h, false);
    CU_ASSERT(!memcmp(smart_page(h, 0xc0) + 278, was, 80));
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware  revision=two\n", 3, 3), 0);
    p = smart_page(h, 0xc0) + 278;              /* of other contents */
    CU_ASSERT(memcmp(p, was, 16) && memcmp(p, own, 16));
    CU_ASSERT(!memcmp(p + 16, was + 16, 64));
    CHECK_EQ(fw_commit(h, 1, 3), 0);
    CU_ASSERT(!memcmp(smart_page(h, 0xc0) + 278, own, 80));
    fake_host_free(h);
}

/* FWUP-7: the notice, then a pause, then the new firmware. */
static void by_itself(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    FakeCqe e;

    CHECK_EQ(fake_set_feature(h, 0x0b, 0, NOTICES).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x0b, 0, 0).dw0, NOTICES);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    fw_download(h, TWO);
    e = fake_admin(h, &(FakeCmd) { .opc = 0x10, .cdw10 = 2 | 3 << 3 });
    CHECK_EQ(e.dw0, 0x00030102);
    CHECK_EQ(csts(h), 1 | 1 << 5);
    fake_advance(&h->f, 99 * MSEC);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_advance(&h->f, 1 * MSEC);
    e = fake_reap(h, 0);
    CHECK(e.found && !e.status, "the commit has ended");
    CHECK_EQ(csts(h), 1);
    CHECK_EQ(afi(h), 2);
    fw_runs(h, "two");
    fake_host_free(h);
}

/* Without bit 9 of Feature 0Bh there is no notice. */
static void no_notice(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, TWO, 2, 3), 0);
    CHECK_EQ(smart_event(h), 0);
    fake_host_free(h);
}

/* OCP-CASE-58, OCP-CASE-30; SMART-22 */
static void security(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(smart_c0(h, 144, 8), 1);
    for (unsigned action = 1; action <= 3; action += 2) {
        CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=old svn=0\n", 2,
                           action), 0x113);
        fw_runs(h, "1.0");
        CHECK_EQ(afi(h), 1);
        CHECK_EQ(smart_page(h, 0x03)[16], 0);
    }
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=same\n", 2, 3), 0);
    CHECK_EQ(smart_c0(h, 144, 8), 1);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=new svn=7\n", 3, 1), 0);
    CHECK_EQ(smart_c0(h, 144, 8), 1);
    fw_reset(h);
    CHECK_EQ(smart_c0(h, 144, 8), 7);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=now svn=9\n", 2, 3), 0);
    CHECK_EQ(smart_c0(h, 144, 8), 9);           /* at once */
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=old svn=8\n", 3, 3),
             0x113);
    CHECK_EQ(smart_c0(h, 144, 8), 9);
    fake_host_free(h);
    h = smart_drive(OCP_2_5);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=same\n", 2, 3), 0);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=new svn=7\n", 3, 3), 0);
    CHECK_EQ(smart_c0(h, 144, 8), 7);
    CHECK_EQ(fw_commit(h, 2, 3), 0x113);
    CHECK_EQ(fw_commit(h, 1, 2), 0x113);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=old svn=6\n", 2, 0), 0);
    CHECK_EQ(fw_commit(h, 2, 2), 0x113);
    fake_host_restart(h, true);
    fw_runs(h, "new");
    CHECK_EQ(smart_c0(h, 144, 8), 7);
    fake_host_free(h);
}

/* What waits for a reset is replaced by an older one: it does not run. */
static void fails_at_reset(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, TWO, 2, 1), 0);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=old svn=0\n", 2, 0), 0);
    fw_reset(h);
    fw_runs(h, "1.0");
    CHECK_EQ(afi(h), 1);
    fw_entry_is(h, 0, "1.0", "1.0", 2, 1, 0x113);
    CHECK_EQ(smart_event(h), 0x00010500);       /* image load error */
    fake_host_free(h);
}

static void other_resets(void)
{
    static const struct {
        const char *reset;
        uint16_t status[4];     /* by commit action */
        bool by[4];             /* by OcpnReset */
    } t[] = {
        { "none", { 0, 0, 0, 0 }, { true, true, true, true } },
        { "controller", { 0, 0, 0, 0x111 }, { true, true, true, true } },
        { "subsystem", { 0, 0x110, 0x110, 0x110 },
          { false, false, true, true } },
        { "conventional", { 0, 0x10b, 0x10b, 0x10b },
          { false, false, false, true } },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        for (unsigned action = 1; action <= 3; action++) {
            for (unsigned kind = 0; kind < 4; kind++) {
                FakeHost *h = smart_drive(OCP_2_5);
                bool now = action == 3 && !t[i].status[3];
                char line[64];

                snprintf(line, sizeof(line),
                         "ocp-nvme-firmware revision=two reset=%s\n",
                         t[i].reset);
                fw_download(h, line);
                if (action == 2) {
                    CHECK_EQ(fw_commit(h, 2, 0), 0);
                }
                CHECK_EQ(fw_commit(h, 2, action), t[i].status[action]);
                CHECK_EQ(afi(h), now ? 2 : 1 | 2 << 4);
                ocpn_ctrl_reset(h->c, (OcpnReset)kind);
                fake_run(&h->f);
                CU_ASSERT(fake_enable(h));
                CHECK_EQ(afi(h), t[i].by[kind] ? 2 : 1 | 2 << 4);
                fw_runs(h, t[i].by[kind] ? "two" : "1.0");
                fake_host_free(h);
            }
        }
    }
}

/* More than MTFA: only with a reset. */
static void too_slow(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=two ms=1001\n", 2, 3),
             0x112);
    CHECK_EQ(afi(h), 1);
    fw_entry_is(h, 0, "1.0", "1.0", 2, 3, 0x112);
    CHECK_EQ(fw_commit(h, 2, 2), 0);
    fw_reset(h);
    fw_runs(h, "two");
    fake_host_free(h);
}

/* The slot that runs gets another image: what runs stays. */
static void under_its_feet(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, TWO, 1, 0), 0);
    fw_runs(h, "1.0");
    CU_ASSERT(!memcmp(smart_page(h, 0x03) + 8, "two     ", 8));
    fw_reset(h);
    fw_runs(h, "1.0");
    CHECK_EQ(fw_commit(h, 1, 2), 0);
    fw_reset(h);
    fw_runs(h, "two");
    CHECK_EQ(afi(h), 1);
    fake_host_free(h);
}

/* OCP-CASE-60, OCP-CASE-82; FWUP-10, FWUP-11 */
static void keeps(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint8_t was[512];

    CHECK_EQ(fake_set_feature(h, 0x04, 0, 300).status, 0);
    CHECK_EQ(fake_set_feature(h, 0xc6, 0, 42 << 16).status, 0);
    fw_set_timestamp(h, 1790000000000);
    smart_knob(h, "xor-recovery", "5");
    smart_knob(h, "opal-state", "activated");
    memset(fake_guest(h, FAKE_BUF + 0x10000), 0x77, 512);
    CHECK_EQ(smart_io(h, 1, 9, 1), 0);
    CU_ASSERT(ocpn_latency_set_count(h->c, true, 3, OCPN_LATENCY_READ, 8));
    CHECK_EQ(bytes_at(smart_page(h, 0xc3) + 95 - 3, 4), 8);
    memcpy(was, smart_page(h, 0xc0), sizeof(was));
    CHECK_EQ(fw_update(h, "a file", 2, 3), 0);
    CHECK_EQ(bytes_at(smart_page(h, 0xc3) + 95 - 3, 4), 0);
    CU_ASSERT(!memcmp(was + 16, smart_page(h, 0xc0) + 16, 496));
    CHECK_EQ(fake_get_feature(h, 0x04, 0, 0).dw0, 300);
    CHECK_EQ(fake_get_feature(h, 0xc6, 0, 0).dw0, 42);
    CHECK_EQ(fake_get_feature(h, 0x0e, 0, 0).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF), 6), 1790000001000);
    CHECK_EQ(ocpn_opal(h->c), OCPN_OPAL_ACTIVATED);
    memset(fake_guest(h, FAKE_BUF + 0x10000), 0, 512);
    CHECK_EQ(smart_io(h, 2, 9, 1), 0);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF + 0x10000), 0x77, 512));
    fake_host_free(h);
}

/* The image cannot be written. */
static OcpnIoResult no_writes(FakePort *f, const OcpnIo *io)
{
    (void)f;
    return io->op == OCPN_IO_WRITE ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void not_kept(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    fw_download(h, TWO);
    h->f.judge = no_writes;
    CHECK_EQ(fw_commit(h, 2, 1), 0x006);
    h->f.judge = NULL;
    CHECK_EQ(fw_commit(h, 2, 2), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "activation by a reset", by_reset },
    { "build and label of what runs", build },
    { "activation without", by_itself },
    { "no notice that nobody wants", no_notice },
    { "security versions", security },
    { "a reset that activates nothing", fails_at_reset },
    { "images that need another reset", other_resets },
    { "an image that takes too long", too_slow },
    { "the slot that runs", under_its_feet },
    { "what an activation leaves alone", keeps },
    { "an image that cannot be written", not_kept },
};
OCPN_UNIT_MAIN("firmware", tests)
