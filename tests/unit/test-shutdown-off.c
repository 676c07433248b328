/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shutdowns of a controller that is off, and what a host does meanwhile.
 * Proves: NVMe Base 2.0, "Shutdown", "NVM Subsystem Reset", "Controller
 * Initialization"
 */
#include "shutdown-unit.h"

/* A host that shuts down what it never enabled, or what has failed. */
static void not_enabled(void)
{
    FakeHost *h = fake_host_new(&drive);

    set_cc(h, (ON & ~1u) | NORMAL);
    CHECK_EQ(csts(h), DONE);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    h->f.hold = true;
    set_cc(h, 0);
    set_cc(h, ABRUPT);                      /* again: not yet complete */
    CHECK_EQ(csts(h), BUSY);
    fake_io_finish_all(&h->f);
    CHECK_EQ(csts(h), DONE);
    h->f.hold = false;
    set_cc(h, 0);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(csts(h), RDY);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 1);
    CHECK_EQ(fake_disable(h), true);
    set_cc(h, 0x71);                        /* CC.CSS: CSTS.CFS */
    CHECK_EQ(csts(h), 0x02);
    set_cc(h, 0x71 | ABRUPT);
    CHECK_EQ(csts(h), 0x02 | DONE);
    set_cc(h, 0);
    CHECK_EQ(csts(h), 0);
    CHECK_EQ(fake_enable(h), true);
    fake_host_free(h);
}

/* Begun without a controller, taken back by the enable that follows. */
static void enabled_meanwhile(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_disable(h), true);
    h->f.hold = true;
    fake_set_reg(h, 0x14, 0x00464000, 4);       /* SHN, EN 0 */
    fake_run(&h->f);
    memset(fake_guest(h, h->q[0].cq), 0, 4096);
    h->q[0].tail = h->q[0].head = 0;
    h->q[0].phase = 1;
    fake_set_reg(h, 0x14, 0x00460001, 4);
    fake_run(&h->f);
    fake_io_finish_all(&h->f);
    h->f.hold = false;
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4) & 1, 1);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    fake_host_free(h);
}

/* A shutdown of a controller that is off, which waits for its media. */
static FakeHost *shutting_down_off(bool written)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_disable(h), true);
    h->f.hold = true;
    set_cc(h, (ON & ~1u) | NORMAL);
    CHECK_EQ(csts(h), BUSY);
    if (written) {
        finish_writes(h);
    }
    return h;
}

/*
 * RDY is 0 before and after it, so a host that has reset the subsystem may
 * begin at once: nothing of what it writes is lost when the flush ends.
 */
static void subsystem_reset(void)
{
    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = shutting_down_off(i);

        fake_set_reg(h, NSSR, 0x4e564d65, 4);
        CHECK_EQ(csts(h), NSSRO);
        CHECK_EQ(fake_reg(h, CC, 4), 0);
        CHECK_EQ(ocpn_ctrl_quiet(h->c), false);
        CHECK_EQ(fake_enable(h), true);
        CHECK_EQ(csts(h), RDY | NSSRO);
        fake_io_finish_all(&h->f);
        CHECK_EQ(csts(h), RDY | NSSRO);
        h->f.hold = false;
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 1);
        fake_host_restart(h, false);
        check_counts(h, 2, 1);
        fake_host_free(h);
    }
}

/* Enabled while one goes on, and shut down again: that one counts. */
static void again(void)
{
    for (unsigned i = 0; i < 4; i++) {
        FakeHost *h = shutting_down_off(i & 1);

        if (i & 2) {
            fake_set_reg(h, NSSR, 0x4e564d65, 4);
        }
        CHECK_EQ(fake_enable(h), true);
        set_cc(h, ON | NORMAL);
        CHECK_EQ(csts(h) & ~NSSRO, RDY | BUSY);
        fake_io_finish_all(&h->f);
        CHECK_EQ(csts(h) & ~NSSRO, RDY | DONE);
        h->f.hold = false;
        fake_host_restart(h, false);
        check_counts(h, 2, 0);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "of a controller that is not enabled", not_enabled },
    { "of a controller that is enabled meanwhile", enabled_meanwhile },
    { "of a subsystem that is reset meanwhile", subsystem_reset },
    { "of a controller that is enabled, and shut down again", again },
};
OCPN_UNIT_MAIN("shutdown-off", tests)
