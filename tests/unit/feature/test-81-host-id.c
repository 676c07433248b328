/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "Host Identifier (Feature Identifier 81h)". */
#include "hw/ocp-nvme/core/feature.h"
#include "migrate-unit.h"

#define FID     0x81
#define EXHID   1u
#define KIND_HOST_ID    18

static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_5 } },
    .ns = { FAKE_CONVENTIONAL(1) },
};

/* FIRST, and each byte one more than the one before. */
static uint16_t set(FakeHost *h, uint32_t cdw11, uint8_t first)
{
    for (unsigned i = 0; i < 32; i++) {
        fake_guest(h, FAKE_BUF)[i] = (uint8_t)(first + i);
    }
    return fake_set_feature(h, FID, 0, cdw11).status;
}

/* The host gets N bytes from FIRST on, then zeros up to LEN. */
static void check(FakeHost *h, uint32_t sel, unsigned len, uint8_t first,
                  unsigned n)
{
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    FakeCqe e;

    memset(fake_guest(h, FAKE_BUF), 0xa5, 32);
    e = fake_get_feature(h, FID | sel << 8, 0, len == 16 ? EXHID : 0);
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 0);
    for (unsigned i = 0; i < n; i++) {
        CHECK_EQ(p[i], first + i);
    }
    CU_ASSERT(fake_all(p + n, 0, len - n));
    CU_ASSERT(fake_all(p + len, 0xa5, 32 - len));
}

static void lengths(void)
{
    FakeHost *h = fake_host_start(&drive);

    check(h, 0, 8, 0, 0);
    check(h, 0, 16, 0, 0);
    CHECK_EQ(set(h, 0, 0x10), 0);
    check(h, 0, 8, 0x10, 8);
    check(h, 0, 16, 0x10, 8);               /* the same number */
    CHECK_EQ(set(h, EXHID, 0x40), 0);
    check(h, 0, 16, 0x40, 16);
    check(h, 1, 16, 0, 0);                  /* default, saved */
    check(h, 2, 16, 0, 0);
    CHECK_EQ(set(h, ~EXHID, 0x20), 0);      /* and nothing left of those 16 */
    check(h, 0, 16, 0x20, 8);
    fake_host_free(h);
}

/* It does not fit. */
static void too_long(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(set(h, EXHID, 0x40), 0);
    memset(fake_guest(h, FAKE_BUF), 0xa5, 16);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF), 0xa5, 16));
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fake_get_feature(h, FID | 1 << 8, 0, 0).status, 0);
    fake_host_free(h);
}

static void refused(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(set(h, EXHID, 0x30), 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x09, .cdw10 = FID, .cdw11 = EXHID, .prp1 = FAKE_HOLE,
    }).status, 0x004);
    CHECK_EQ(fake_set_feature(h, FID | 1u << 31, 0, EXHID).status, 0x10d);
    CHECK_EQ(fake_set_feature(h, FID, 1, EXHID).status, 0x10f);
    check(h, 0, 16, 0x30, 16);
    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 0, 0).dw0, 1 << 2);
    fake_host_free(h);
}

static void resets(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(set(h, EXHID, 0x50), 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    check(h, 0, 16, 0, 0);
    CHECK_EQ(set(h, EXHID, 0x51), 0);
    fake_host_restart(h, true);
    check(h, 0, 16, 0, 0);
    fake_host_free(h);
}

static void migrates(void)
{
    FakeHost *h = fake_host_start(&drive);

    migrate(h);
    check(h, 0, 16, 0, 0);
    CHECK_EQ(set(h, EXHID, 0x60), 0);
    migrate(h);
    check(h, 0, 16, 0x60, 16);
    fake_host_free(h);
}

/* A state of a drive that had none. */
static void takes_over_none(void)
{
    FakeHost *h = fake_host_start(&drive);
    OcpnError err = { "" };
    Saved s = save(h);

    power_on_incoming(h);
    ocpn_host_id_set(h->c, (const uint8_t[16]) { 1 });
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CU_ASSERT(fake_all(ocpn_host_id(h->c), 0, 16));
    ocpn_ctrl_set_running(h->c, true);
    free(s.bytes);
    fake_host_free(h);
}

/* The part is only there when an identifier is; drives without OCP refuse. */
static void saved_part(void)
{
    static const uint8_t head[8] = { KIND_HOST_ID, 0, 1, 0, 16, 0, 0, 0 };
    FakeSetup none = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&none);
    OcpnError err = { "" };
    Saved s = save(h);
    uint8_t *bytes = calloc(1, s.len + 24);

    /* Behind it comes the end, 8 bytes, although its number is lower. */
    memcpy(bytes, s.bytes, s.len - 8);
    memcpy(bytes + s.len - 8, head, 8);
    memcpy(bytes + s.len + 16, s.bytes + s.len - 8, 8);
    power_on_incoming(h);
    CHECK(!ocpn_ctrl_load(h->c, bytes, s.len + 24, &err), "off");
    CHECK_HAS(err.text, "host identifier");
    ocpn_ctrl_set_running(h->c, true);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    free(bytes);
    free(s.bytes);
    fake_host_free(h);
}

/* CTRATT bit 0, and no drive without OCP has it. */
static void claimed(void)
{
    FakeSetup none = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[96] & 1, 1);
    fake_host_free(h);
    h = fake_host_start(&none);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[96] & 1, 0);
    CHECK_EQ(set(h, 0, 1), 0x002);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "8 bytes and 16", lengths },
    { "more than 64 bits in 8 bytes", too_long },
    { "what is refused", refused },
    { "a reset ends it", resets },
    { "migrates", migrates },
    { "a state without one", takes_over_none },
    { "a state with one, without OCP", saved_part },
    { "Identify Controller", claimed },
};
OCPN_UNIT_MAIN("feature 81", tests)
