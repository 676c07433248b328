/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts on request of drives with ocp-version=off: nobody panics, and
 * nobody counts but page 02h.
 * Proves: docs/ocp.rst, "Power cuts"; specification notes, section 9 (D46).
 */
#include "ocssd-host.h"
#include "power-cut-unit.h"

/* A open at 48, B at 8. */
static FakeHost *filled(bool lag)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.cfg.sync_flush = lag;
    s.cfg.ocp.knobs = true;
    h = fake_host_start(&s);
    open_chunk(h, A, 48);
    open_chunk(h, B, 8);
    return h;
}

static void unsafe(FakeHost *h, unsigned cuts)
{
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), cuts);
    CHECK_EQ(smart_page(h, 0x02)[0], 0);
}

/* With state-sync=flush, too. */
static void now(void)
{
    for (unsigned lag = 0; lag < 2; lag++) {
        FakeHost *h = filled(lag);

        act(h, "power-cut", "now power-loss=drop");
        come_back(h);
        unsafe(h, 1);
        CHECK_EQ(st(h, IA), ST(OPEN, 24));
        CHECK_EQ(st(h, IB), ST(FREE, 0));
        CHECK_EQ(image_entry(h, IA).wp, 24);
        CHECK_EQ(w(h, A + 24, 72), 0);
        CHECK_EQ(r(h, A, 96), 0);
        for (unsigned i = 0; i < 96; i++) {
            CHECK_EQ(is_block(h, i, A + i), true);
        }
        act(h, "power-cut", "now");
        come_back(h);
        unsafe(h, 2);
        CHECK_EQ(st(h, IA), ST(CLOSED, 96));
        fake_host_free(h);
    }
}

/* Writes that are lost; on the way the drive moves to another QEMU. */
static void later(void)
{
    FakeHost *h = filled(false);

    act(h, "power-cut", "after-writes=2 drop-last=1 power-loss=close");
    CHECK_EQ(w(h, X, 4), 0);
    migrate(h);
    CHECK_HAS(armed(h, "power-cut", 0),
              "after-writes=1 drop-last=1 power-loss=close");
    CHECK_EQ(w(h, B + 8, 4), 0);
    come_back(h);
    unsafe(h, 1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 48));
    CHECK_EQ(st(h, IB), ST(CLOSED, 8));
    CHECK_EQ(st(h, IX), ST(CLOSED, 4));
    CHECK_EQ(r(h, A, 48), 0);
    for (unsigned i = 0; i < 48; i++) {
        CHECK_EQ(is_block(h, i, A + i), true);
    }
    fake_host_free(h);
}

static void conventional(void)
{
    FakeHost *h = smart_drive(OCP_OFF);

    CHECK_EQ(put(h, 8, 1), 0);
    act(h, "power-cut", "after-writes=1 drop-last=1");
    CHECK_EQ(put(h, 9, 2), 0);
    come_back(h);
    unsafe(h, 1);
    CHECK_EQ(got(h, 8), 1);
    CHECK_EQ(smart_io(h, 0x02, 9, 1), LOST);
    CHECK_EQ(put(h, 9, 3), 0);
    CHECK_EQ(got(h, 9), 3);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "at once", now },
    { "later, in another QEMU", later },
    { "conventional", conventional },
};
OCPN_UNIT_MAIN("power-cut-no-ocp", tests)
