/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/user-guide.rst, "Migration", of panics and injected errors: the
 * host sees no difference.
 */
#include "migrate-unit.h"
#include "panic-unit.h"

/* A panic, whose page was read: the reset it asks for ends it. */
static void in_panic(void)
{
    for (unsigned read = 0; read < 2; read++) {
        FakeHost *h = ocp_start(OCP_2_5);

        CU_ASSERT(ocpn_panic(h->c, 0x10004));
        fake_run(&h->f);
        if (read) {
            CHECK_EQ(panic_id(h), 0x10004);
        }
        migrate(h);
        CHECK_EQ(READ(h), 0x006);
        CU_ASSERT(fake_disable(h) && fake_enable(h));
        CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
        CHECK_EQ(READ(h), read ? 0 : 0x006);
        CHECK_EQ(panic_id(h), read ? 0 : 0x10004);
        CHECK_EQ(recovery(h)[31], 1);
        fake_host_free(h);
    }
}

/* What is armed, and how far it has come. */
static void armed_errors(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint8_t was[4064];

    for (unsigned i = 0; i < 127; i++) {
        entry(h, i, ONCE, (uint16_t)(1 + i % 10), (uint16_t)(5 + i));
    }
    entry(h, 63, ON, 0x0d, 0);
    entry(h, 64, ON, 0x15, 0);
    CHECK_EQ(set_entries(h, 127).status, 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(armed(h), 127);
    memcpy(was, fake_guest(h, FAKE_BUF), sizeof(was));
    migrate(h);
    CHECK_EQ(armed(h), 127);
    CHECK_EQ(memcmp(was, fake_guest(h, FAKE_BUF), sizeof(was)), 0);
    CHECK_EQ(smart_c0(h, FREE_BLOCKS), 0);
    CHECK_EQ(ocpn_health(h->c)->temperature, 358);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(READ(h), 0);                       /* the fifth */
    CHECK_EQ(panic_id(h), 0x10001);
    CHECK_EQ(set_entries(h, 0).status, 0);
    CU_ASSERT(smart_c0(h, FREE_BLOCKS) > 0);
    fake_host_free(h);
}

/* Of the monitor, so many commands ahead. */
static void later(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    OcpnError err;

    CU_ASSERT(ocpn_inject(h->c, 0x0f, 3, 0, true, &err));
    CHECK_EQ(WRITE(h), 0);
    migrate(h);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(WRITE(h), 0x006);
    CHECK_EQ(WRITE(h), 0);
    fake_host_free(h);
}

/* A command that never ends waits there, too; one that is late ends here. */
static void held(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint16_t never, late;
    FakeCqe e;

    CHECK_EQ(arm(h, ONCE, 0x10, 0), 0);
    never = submit_read(h);
    CHECK_EQ(arm(h, ONCE, 0x0e, 0), 0);
    late = submit_read(h);
    CU_ASSERT(!fake_reap(h, 1).found);
    migrate(h);
    CHECK_EQ(fake_reap(h, 1).cid, late);
    fake_advance(&h->f, 100000 * MSEC);
    CU_ASSERT(!fake_reap(h, 1).found);
    CHECK_EQ(smart_c0(h, TIMEOUTS), 1);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x08, .cdw10 = (uint32_t)never << 16 | 1,
    }).dw0 & 1, 0);
    e = fake_reap(h, 1);
    CHECK_EQ(e.cid, never);
    CHECK_EQ(e.status, 0x007);
    CHECK_EQ(READ(h), 0);
    fake_host_free(h);
}

/* The medium is done when nothing is fetched any more. */
static void late_meanwhile(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint16_t late;

    CHECK_EQ(arm(h, ONCE, 0x0e, 0), 0);
    h->f.hold = true;
    late = submit_read(h);
    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    fake_run(&h->f);
    CU_ASSERT(ocpn_ctrl_settled(h->c));
    ocpn_ctrl_set_running(h->c, true);
    CHECK_EQ(fake_reap(h, 1).cid, late);
    fake_host_free(h);
}

/* Of entries that cannot be, none; of too many, none at all. */
static void spoilt(void)
{
    static const struct { uint16_t at; uint8_t byte; uint32_t left; } t[] = {
        { 0, 128, 0 }, { 0, 255, 0 }, { 0, 1, 1 }, { 32, 0, 2 },
        { 32 + 2, 0x19, 2 }, { 32 + 2, 0xff, 2 }, { 32 + 3, 1, 2 },
        { 32 + 2, 0x13, 2 }, { 32 + 39, 0xff, 3 }, { 0, 127, 3 },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = ocp_start(OCP_2_7);
        OcpnError err = { "" };

        for (unsigned k = 0; k < 3; k++) {
            entry(h, k, ONCE, 0x01, 9);
        }
        CHECK_EQ(set_entries(h, 3).status, 0);
        for (unsigned k = 0; k < 2; k++) {
            CHECK_EQ(WRITE(h), 0);              /* both slots are used */
            ocpn_ctrl_settle(h->c);
            fake_run(&h->f);
        }
        spoil_page(h, 13, t[i].at, t[i].byte);
        CHECK(reload_all(h, &err), "%s", err.text);
        CHECK(armed(h) == t[i].left, "row %zu: %u", i, armed(h));
        for (unsigned k = 0; k < 9; k++) {
            CHECK_EQ(READ(h), 0);
        }
        CHECK(panic_id(h) == (t[i].left ? 0x10001u : 0), "row %zu", i);
        power_cycle(h, false);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "in panic", in_panic },
    { "what is armed", armed_errors },
    { "armed by the monitor", later },
    { "commands that are held", held },
    { "late when all settles", late_meanwhile },
    { "a spoilt page", spoilt },
};
OCPN_UNIT_MAIN("panic migrate", tests)
