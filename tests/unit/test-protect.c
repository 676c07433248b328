/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long write protection lasts, what else it keeps from happening, and who
 * hears of it.
 * Proves: NVMe Base 2.0, "Namespace Write Protection", "Sanitize command";
 * docs/image-format.rst, "Write protection".
 */
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/protect.h"
#include "migrate-unit.h"
#include "protect-unit.h"
#include "state-unit.h"

#define PAGE    47u
#define SLOTS   2u              /* of a page; one may not be written yet */

enum { FORMAT = 0x80, SANITIZE = 0x84 };

/* All reset what OcpnReset says; only the last one is a power cycle. */
static void resets(void)
{
    for (OcpnReset kind = OCPN_RESET_CONTROLLER; kind <= OCPN_RESET_COLD;
         kind++) {
        FakeHost *h = wp_start(true);

        CHECK_EQ(wp_set(h, 1, WP_UNTIL_POWER_CYCLE), 0);
        CHECK_EQ(wp_set(h, 2, WP_ON), 0);
        ocpn_ctrl_reset(h->c, kind);
        fake_run(&h->f);
        CU_ASSERT(fake_enable(h));
        CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
        CHECK_EQ(wp_get(h, 1), kind == OCPN_RESET_COLD
                               ? WP_NONE : WP_UNTIL_POWER_CYCLE);
        CHECK_EQ(wp_get(h, 2), WP_ON);
        migrate(h);                             /* what is, not what was */
        CHECK_EQ(wp_get(h, 1), kind == OCPN_RESET_COLD
                               ? WP_NONE : WP_UNTIL_POWER_CYCLE);
        fake_host_free(h);
    }
}

static unsigned writes(FakeHost *h)
{
    return h->f.media[1].writes + h->f.media[2].writes;
}

/*
 * The machine's first reset, before the state of another machine comes: that
 * one's images are not to be touched.
 */
static void first_reset(void)
{
    FakeHost *h = wp_start(true);
    OcpnError err = { "" };
    unsigned before;
    Saved s;

    CHECK_EQ(wp_set(h, 1, WP_UNTIL_POWER_CYCLE), 0);
    CHECK_EQ(wp_set(h, 2, WP_UNTIL_POWER_CYCLE), 0);
    s = save(h);
    before = writes(h);
    power_on_incoming(h);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CHECK_EQ(writes(h), before);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(wp_get(h, 1), WP_UNTIL_POWER_CYCLE);
    CHECK_EQ(wp_get(h, 2), WP_UNTIL_POWER_CYCLE);
    before = h->f.media[2].writes;
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);     /* as before a loadvm */
    fake_run(&h->f);
    CHECK_EQ(ocpn_gate_closed(h->c, OCPN_GATE_PROTECT), false);
    CHECK_EQ(h->f.media[2].writes, before);
    CU_ASSERT(fake_enable(h));
    free(s.bytes);
    fake_host_free(h);
}

/* A machine that has power, and no host yet, goes elsewhere. */
static void power_only(void)
{
    FakeHost *h = wp_start(true);
    OcpnError err = { "" };

    CHECK_EQ(wp_set(h, 1, WP_UNTIL_POWER_CYCLE), 0);
    CHECK_EQ(wp_set(h, 2, WP_ON), 0);
    fake_port_kill(&h->f);
    h->c = h->f.c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        CHECK(ocpn_ns_add(h->c, &n->cfg, &h->f.media[n->cfg.nsid].disk, &err),
              "%s", err.text);
    }
    ocpn_ctrl_power_on(h->c);
    fake_run(&h->f);
    migrate(h);
    CHECK_EQ(ocpn_protection(ocpn_ns_get(h->c, 1)), WP_NONE);
    CHECK_EQ(ocpn_protection(ocpn_ns_get(h->c, 2)), WP_ON);
    fake_host_free(h);
}

static void power_cycles(void)
{
    static const unsigned after[] = { WP_NONE, WP_ON, WP_NONE, WP_PERMANENT };

    for (unsigned i = 0; i < 8; i++) {
        FakeHost *h = wp_start(true);

        CHECK_EQ(wp_set(h, 1, i % 4), 0);
        CHECK_EQ(wp_set(h, 2, (i + 1) % 4), 0);
        fake_host_restart(h, i < 4);
        CHECK_EQ(wp_get(h, 1), after[i % 4]);
        CHECK_EQ(wp_get(h, 2), after[(i + 1) % 4]);
        CHECK_EQ(wp_set(h, 1, WP_ON), i % 4 == 3 ? 0x10e : 0);
        fake_host_restart(h, false);
        CHECK_EQ(wp_get(h, 1), i % 4 == 3 ? 3 : 1);
        fake_host_free(h);
    }
}

/* What is offered does not matter to what is in the image. */
static void offered_no_more(void)
{
    FakeHost *h = wp_start(true);

    CHECK_EQ(wp_set(h, 1, WP_PERMANENT), 0);
    CHECK_EQ(wp_set(h, 2, WP_ON), 0);
    h->setup.cfg.ocp.protect_all = false;
    fake_host_restart(h, true);
    CHECK_EQ(wp_get(h, 1), WP_PERMANENT);
    CHECK_EQ(wp_set(h, 1, WP_PERMANENT), 0);    /* no change */
    CHECK_EQ(wp_set(h, 1, WP_NONE), 0x10e);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    h->setup.cfg.ocp.version = OCP_OFF;         /* a drive without it ... */
    fake_host_restart(h, true);
    CHECK_EQ(ns_write(h, 1, 0, 1), 0);
    CHECK_EQ(ns_identify(h, 0, 1, 99, 1), 0);
    h->setup.cfg.ocp.version = OCP_2_5;         /* ... leaves it alone */
    fake_host_restart(h, true);
    CHECK_EQ(wp_get(h, 1), WP_PERMANENT);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    fake_host_free(h);
}

static uint16_t format(FakeHost *h, uint32_t nsid)
{
    FakeCqe e = fake_admin(h, &(FakeCmd) { .opc = FORMAT, .nsid = nsid });

    return e.found ? e.status : 0xffff;
}

static uint16_t sanitize(FakeHost *h, uint32_t action)
{
    return fake_admin(h, &(FakeCmd) { .opc = SANITIZE,
                                      .cdw10 = action }).status;
}

static void other_commands(void)
{
    FakeHost *h = ns_start_two();

    CHECK_EQ(ns_write(h, 2, 0, 0x5a), 0);
    CHECK_EQ(wp_set(h, 2, WP_ON), 0);
    CHECK_EQ(format(h, 2), WP_REFUSED);
    CHECK_EQ(format(h, NS_ALL), WP_REFUSED);
    CHECK_EQ(format(h, 1), 0);
    CHECK_EQ(ns_delete(h, 2), WP_REFUSED);
    CHECK_EQ(ns_delete(h, NS_ALL), WP_REFUSED);
    CHECK_EQ(ns_attach(h, 2, 1), 0);
    CHECK_EQ(ns_delete(h, 2), WP_REFUSED);      /* detached as well */
    CHECK_EQ(sanitize(h, 2), WP_REFUSED);
    CHECK_EQ(sanitize(h, 1), WP_REFUSED);       /* Exit Failure Mode */
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0x002);     /* inactive */
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x14, .nsid = NS_ALL,
                                        .cdw10 = 1 }).status, 0);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    CHECK_EQ(ns_read(h, 2, 0), 0x5a);
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0);
    CHECK_EQ(format(h, 2), 0);
    CHECK_EQ(ns_delete(h, 2), 0);
    CHECK_EQ(sanitize(h, 2), 0);
    fake_host_free(h);
}

/* The namespaces of a divided drive, one of them detached. */
static void divided(void)
{
    FakeHost *h = ns_start_two();

    CHECK_EQ(wp_set(h, 1, WP_ON), 0);
    CHECK_EQ(wp_set(h, 2, WP_ON), 0);
    CHECK_EQ(ns_attach(h, 1, 1), 0);
    fake_host_restart(h, false);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0);
    CHECK_EQ(ns_attach(h, 1, 0), 0);
    CHECK_EQ(wp_get(h, 1), WP_ON);
    CHECK_EQ(wp_get(h, 2), WP_NONE);
    CHECK_EQ(ns_delete(h, 2), 0);
    CHECK_EQ(ns_create(h, 1024).dw0, 2);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(wp_get(h, 2), WP_NONE);
    fake_host_free(h);
}

static uint32_t event(FakeHost *h)
{
    post_aer(h);
    return fake_reap(h, 0).dw0;
}

/* NSATTR of CNS 00h and 08h, not that of all; the notice, and LID 04h. */
static void told(void)
{
    FakeHost *h = wp_start(true);

    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 1 << 8).status, 0);
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0);
    CHECK_EQ(event(h), 0);                      /* it waits */
    CHECK_EQ(fake_submit(h, 0, &(FakeCmd) {
        .opc = 0x09, .nsid = 2, .cdw10 = WP_FID, .cdw11 = WP_ON,
    }), h->cid);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00040002);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    CHECK_EQ(fake_get_log(h, 4, NS_ALL, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF), 8), 2);
    CHECK_EQ(ns_identify(h, 0, 2, 99, 1), 1);
    CHECK_EQ(ns_identify(h, 8, 2, 8, 1), 1);
    CHECK_EQ(wp_set(h, 2, WP_UNTIL_POWER_CYCLE), 0);    /* NSATTR stays */
    CHECK_EQ(event(h), 0);
    CHECK_EQ(wp_set(h, 1, WP_ON), 0);
    CHECK_EQ(ns_identify(h, 0, NS_ALL, 99, 1), 0);
    fake_host_free(h);
}

/* Critical Warning bit 3 is for a medium that has gone bad. */
static void health(void)
{
    FakeHost *h = wp_start(false);

    CHECK_EQ(wp_set(h, NS_ALL, WP_ON), 0);
    CHECK_EQ(fake_get_log(h, 2, NS_ALL, 0, 512).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 0);
    fake_host_free(h);
}

/* While nobody is protected, nobody is asked. */
static void gate(void)
{
    FakeHost *h = wp_start(false);

    CHECK_EQ(ocpn_gate_closed(h->c, OCPN_GATE_PROTECT), false);
    CHECK_EQ(wp_set(h, NS_ALL, WP_ON), 0);
    CHECK_EQ(wp_set(h, 1, WP_NONE), 0);
    CHECK_EQ(ocpn_gate_closed(h->c, OCPN_GATE_PROTECT), true);
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_gate_closed(h->c, OCPN_GATE_PROTECT), true);
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0);
    CHECK_EQ(ocpn_gate_closed(h->c, OCPN_GATE_PROTECT), false);
    fake_host_free(h);
}

static void migrates(void)
{
    FakeHost *h = ns_start_two();

    h->setup.cfg.ocp.protect_all = true;
    fake_host_restart(h, true);
    CHECK_EQ(wp_set(h, 1, WP_UNTIL_POWER_CYCLE), 0);
    CHECK_EQ(wp_set(h, 2, WP_ON), 0);
    CHECK_EQ(ns_attach(h, 2, 1), 0);
    migrate(h);
    CHECK_EQ(wp_get(h, 1), WP_UNTIL_POWER_CYCLE);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0);
    migrate(h);
    CHECK_EQ(wp_get(h, 2), WP_NONE);
    fake_host_restart(h, true);
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    migrate(h);                                 /* it does not come back */
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    CHECK_EQ(ocpn_gate_closed(h->c, OCPN_GATE_PROTECT), false);
    fake_host_free(h);
}

static void put_rubbish(uint8_t *payload)
{
    memset(payload, 0xff, 4064);
    payload[1] = WP_PERMANENT;          /* NSID 2, which is not there */
    payload[2] = WP_PERMANENT + 1;
}

/* A state that cannot be is none; a new namespace is never protected. */
static void rubbish(void)
{
    FakeHost *h = fake_host_start(&ns_drive);

    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(ns_create(h, 1024).dw0, 1);
    CHECK_EQ(ns_attach(h, 1, 0), 0);
    CU_ASSERT(state_change(h, PAGE, put_rubbish) <= SLOTS);
    fake_host_restart(h, false);
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    CHECK_EQ(sanitize(h, 0xf), 0x002);
    CHECK_EQ(ns_create(h, 1024).dw0, 2);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(wp_get(h, 2), WP_NONE);
    fake_host_restart(h, false);
    CHECK_EQ(wp_get(h, 2), WP_NONE);
    fake_host_free(h);
}

/* Writes of pages of NSID 2's state fail, those of NSID 1's do not. */
static OcpnIoResult no_state(FakePort *f, const OcpnIo *io)
{
    const OcpnImage *im = &ocpn_ns_get(f->c, 2)->im;

    return io->op == OCPN_IO_WRITE && io->nsid == 2 &&
           io->offset >= im->state.offset &&
           io->offset < im->state.offset + im->state.length
           ? OCPN_IO_ERROR : OCPN_IO_OK;
}

/* A state that the image cannot have is in force nowhere. */
static void not_kept(void)
{
    FakeHost *h = wp_start(true);

    for (unsigned state = WP_ON; state <= WP_PERMANENT; state++) {
        h->f.judge = no_state;
        CHECK_EQ(wp_set(h, 2, state), 0x006);
        CHECK_EQ(wp_set(h, 0xffffffff, state), 0x006);
        h->f.judge = NULL;
        CHECK_EQ(wp_get(h, 1), WP_NONE);
        CHECK_EQ(wp_get(h, 2), WP_NONE);
    }
    CHECK_EQ(wp_set(h, 2, WP_ON), 0);
    h->f.judge = no_state;
    CHECK_EQ(wp_set(h, 2, WP_NONE), 0x006);
    h->f.judge = NULL;
    CHECK_EQ(wp_get(h, 2), WP_ON);
    fake_host_restart(h, false);
    CHECK_EQ(wp_get(h, 1), WP_NONE);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    fake_host_free(h);
}

/* Two at once, of which the second one fails: the first one's holds. */
static void not_kept_twice(void)
{
    FakeHost *h = wp_start(true);

    h->f.hold = true;
    for (unsigned state = WP_ON; state <= WP_UNTIL_POWER_CYCLE; state++) {
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x09, .nsid = 2,
                                       .cdw10 = WP_FID, .cdw11 = state });
        fake_run(&h->f);
    }
    while (!fake_reap(h, 0).found) {
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
        fake_run(&h->f);
    }
    h->f.judge = no_state;
    while (h->f.nios) {
        fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
        fake_run(&h->f);
    }
    CHECK_EQ(fake_reap(h, 0).status, 0x006);
    h->f.judge = NULL;
    h->f.hold = false;
    fake_run(&h->f);
    CHECK_EQ(wp_get(h, 2), WP_ON);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "resets", resets },
    { "a reset of a machine that waits for its state", first_reset },
    { "a machine that nobody has used", power_only },
    { "power cycles", power_cycles },
    { "states that are not offered any more", offered_no_more },
    { "Format, Sanitize, Namespace Management", other_commands },
    { "namespaces of one drive", divided },
    { "Identify and the notice", told },
    { "no critical warning", health },
    { "the gate", gate },
    { "migrates", migrates },
    { "rubbish in the image", rubbish },
    { "an image that cannot be written", not_kept },
    { "the same with two at once", not_kept_twice },
};
OCPN_UNIT_MAIN("protect", tests)
