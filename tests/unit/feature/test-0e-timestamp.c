/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Timestamp (Feature Identifier 0Eh)"; OCP Datacenter
 * NVMe SSD, NVMe-OPT-2, NVMe-OPT-4, NVMe-OPT-5.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define FID 0x0e
#define MS  UINT64_C(1000000)

static const FakeSetup drive = { .ns = { FAKE_T1 } };

static uint64_t get(FakeHost *h, uint32_t sel)
{
    FakeCqe e;

    memset(fake_guest(h, FAKE_BUF), 0xa5, 16);
    e = fake_get_feature(h, FID | sel << 8, 0, 0);
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[8], 0xa5);     /* eight bytes */
    return bytes_at(fake_guest(h, FAKE_BUF), 8);
}

static void counts_from_reset(void)
{
    FakeHost *h = fake_host_start(&drive);

    fake_advance(&h->f, 1234 * MS);
    CHECK_EQ(get(h, 0), 1234);                      /* origin 000b */
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 0), 0);
    fake_host_free(h);
}

static void counts_from_set(void)
{
    FakeHost *h = fake_host_start(&drive);

    fake_advance(&h->f, 99 * MS);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 0xffff123456789abc);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(get(h, 0), 0x0002123456789abc);        /* origin 001b */
    fake_advance(&h->f, 5000 * MS);
    CHECK_EQ(get(h, 0), 0x0002123456789abc + 5000);
    CHECK_EQ(get(h, 1), 0);
    CHECK_EQ(get(h, 2), 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 0), 0);
    fake_host_free(h);
}

/* 48 bits, then from 0 again; the origin stays what it is. */
static void wraps(void)
{
    FakeHost *h = fake_host_start(&drive);

    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 0xffffffffffff);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    fake_advance(&h->f, 3 * MS);
    CHECK_EQ(get(h, 0), 0x0002000000000002);
    fake_host_free(h);
}

static void bad_memory(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = { .opc = 0x09, .cdw10 = FID, .prp1 = FAKE_MMIO };

    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    CHECK_EQ(get(h, 0), 0);                         /* not set */
    cmd.opc = 0x0a;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    fake_host_free(h);
}

static void set(FakeHost *h, uint64_t ms)
{
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, ms);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
}

/*
 * OCP-CASE-105: NVMe-OPT-2, NVMe-OPT-4, NVMe-OPT-5.  Only power and NSSR end
 * what the host has set.
 */
static void ocp_drive(void)
{
    static const struct {
        OcpnReset reset;
        bool keeps;
    } t[] = {
        { OCPN_RESET_CONTROLLER, true }, { OCPN_RESET_FUNCTION, true },
        { OCPN_RESET_SUBSYSTEM, false }, { OCPN_RESET_COLD, false },
    };
    FakeSetup setup = drive;
    FakeHost *h;

    setup.cfg.ocp.version = OCP_2_5;
    h = fake_host_start(&setup);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        set(h, 500);
        fake_advance(&h->f, 7 * MS);
        ocpn_ctrl_reset(h->c, t[i].reset);
        fake_run(&h->f);
        CU_ASSERT(fake_enable(h));
        CHECK_EQ(get(h, 0), t[i].keeps ? 0x0002000000000000 + 507 : 0);
    }
    set(h, 500);
    fake_host_restart(h, true);
    CHECK_EQ(get(h, 0) >> 48, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "counts from the reset", counts_from_reset },
    { "counts from what was set", counts_from_set },
    { "wraps after 48 bits", wraps },
    { "memory that is not there", bad_memory },
    { "an OCP drive keeps it over resets", ocp_drive },
};
OCPN_UNIT_MAIN("feature 0e", tests)
