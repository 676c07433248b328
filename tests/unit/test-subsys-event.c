/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several controllers of one subsystem: what happens to all of them, and what
 * to one.
 * Proves: NVMe Base 2.0, "NVM Subsystem Reset", "Asynchronous Event Request
 * command"; OCP Datacenter NVMe SSD, EREC-AEN-1, EREC-5.
 */
#include <stdlib.h>

#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/migrate.h"
#include "hw/ocp-nvme/core/panic.h"
#include "firmware-unit.h"
#include "subsys-unit.h"

#define PANIC       0x00c10007u
#define HOT         0x00020101u         /* SMART, temperature, page 02h */
#define SPARE       0x00020201u
#define NO_WRITES   0x00020001u

/* OCP-CASE-145: health is the subsystem's, and every host hears of it. */
static void health(void)
{
    Pair p = pair();
    uint8_t a[512], b[512];

    ask_event(p.a);
    ask_event(p.b);
    ocpn_set_temperature(p.a->c, 352);
    CHECK_EQ(event_of(p.a), HOT);
    CHECK_EQ(event_of(p.b), HOT);
    get_page(p.b, 0x02, b, 512);
    CHECK_EQ(b[0] & 2, 2);
    CHECK_EQ(fake_get_log(p.b, 0x02, ALL, 0, 512).status, 0);   /* RAE 0 */
    ask_event(p.a);
    ask_event(p.b);
    ocpn_set_temperature(p.a->c, 300);
    ocpn_set_temperature(p.a->c, 352);
    CHECK_EQ(event_of(p.b), HOT);                   /* read there only */
    CHECK_EQ(event_of(p.a), 0);
    ocpn_set_spare(p.a->c, 0);                      /* of one type and page */
    get_page(p.b, 0x02, b, 512);
    get_page(p.a, 0x02, a, 512);
    CHECK_EQ(memcmp(a, b, 512), 0);
    CHECK_EQ(b[0] & 0xd, 0xd);
    CHECK_EQ(do_io(p.a, 0x01, 1, 0), 0x020);        /* write protected */
    CHECK_EQ(do_io(p.b, 0x01, 1, 0), 0x002);      /* not attached */
    pair_free(p);
}

/* Feature 0Bh is of each host; a reset makes only that one forget. */
static void one_host(void)
{
    Pair p = pair();

    CHECK_EQ(fake_set_feature(p.b, 0x0b, 0, 1).status, 0);  /* spare only */
    ask_event(p.a);
    ask_event(p.b);
    ocpn_set_temperature(p.a->c, 352);
    CHECK_EQ(event_of(p.a), HOT);
    CHECK_EQ(event_of(p.b), 0);
    ocpn_set_spare(p.a->c, 5);
    CHECK_EQ(event_of(p.b), SPARE);
    CHECK_EQ(fake_get_log(p.b, 0x02, ALL, 0, 512).status, 0);
    ask_event(p.b);
    CU_ASSERT(fake_disable(p.a) && fake_enable(p.a));
    CU_ASSERT(fake_admin(p.a, &(FakeCmd) { .opc = 0x0c }).found);
    CHECK_EQ(event_of(p.b), 0);                     /* it knows */
    CU_ASSERT(fake_disable(p.b) && fake_enable(p.b));
    CHECK_EQ(fake_admin(p.b, &(FakeCmd) { .opc = 0x0c }).dw0 & 0xff0007,
             0x020001);
    pair_free(p);
}

static void new_drive(Pair p)
{
    uint8_t c1[512], other[512];

    get_page(p.b, 0xc1, c1, 512);
    get_page(p.a, 0xc1, other, 512);
    CHECK_EQ(memcmp(c1, other, 512), 0);
    CHECK_EQ(bytes_at(c1 + 4, 8), 0x10001);         /* Panic ID */
    CHECK_EQ(do_io(p.a, 0x02, 1, 0), 0x006);
    CHECK_EQ(do_io(p.b, 0x00, ALL, 0), 0x006);
}

/* EREC-AEN-1, EREC-5: an event or CSTS.CFS, as each host wants. */
static void panic(void)
{
    Pair p = pair();

    ask_event(p.a);
    ask_event(p.b);
    CU_ASSERT(ocpn_panic(p.a->c, 0x10001));
    CHECK_EQ(event_of(p.a), PANIC);
    CHECK_EQ(event_of(p.b), PANIC);
    new_drive(p);
    CU_ASSERT(fake_disable(p.b) && fake_enable(p.b));
    CHECK_EQ(fake_admin(p.b, &(FakeCmd) { .opc = 0x0c }).dw0, PANIC);
    CHECK_EQ(fake_get_log(p.a, 0xc1, ALL, 0, 512).status, 0);
    CU_ASSERT(fake_disable(p.b) && fake_enable(p.b));
    CHECK_EQ(do_io(p.a, 0x02, 1, 0), 0x006);        /* not B's to end */
    CU_ASSERT(fake_disable(p.a) && fake_enable(p.a));
    CHECK_EQ(fake_create_pair(p.a, 1, 16).status, 0);
    CHECK_EQ(do_io(p.a, 0x02, 1, 0), 0);
    CHECK_EQ(fake_set_feature(p.b, 0xc9, 0, 0).status, 0);
    CU_ASSERT(ocpn_panic(p.a->c, 0x10002));
    pair_run(p);
    CHECK_EQ(fake_reg(p.a, 0x1c, 4) & 2, 0);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4) & 2, 2);        /* CFS */
    pair_free(p);
}

/* A controller that joins finds the drive as it is. */
static void late(void)
{
    FakeHost *a = first_of(OCP_2_5);
    OcpnError err;
    Pair p;

    CU_ASSERT(ocpn_panic(a->c, 0x10001));
    CU_ASSERT(ocpn_action(a->c, "advance-time", "1000", &err));
    p = (Pair) { a, further_of(a) };
    CHECK_EQ(p.b->f.ahead, 1000000 * MSEC);
    CHECK_EQ(fake_admin(p.b, &(FakeCmd) { .opc = 0x0c }).dw0, PANIC);
    new_drive(p);
    CU_ASSERT(ocpn_action(a->c, "advance-time", "500", &err));
    CHECK_EQ(p.b->f.ahead, 1500000 * MSEC);
    pair_free(p);
}

/* CC.EN and FLR are of one controller, whatever the other does. */
static void one_reset(void)
{
    static const OcpnReset kind[] = { OCPN_RESET_CONTROLLER,
                                      OCPN_RESET_FUNCTION };

    for (unsigned i = 0; i < 2; i++) {
        Pair p = pair();

        ask_event(p.a);
        p.a->f.hold = true;
        fake_submit(p.a, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                         .prp1 = FAKE_BUF + 0x100000 });
        fake_run(&p.a->f);
        ocpn_ctrl_reset(p.b->c, kind[i]);
        pair_run(p);
        CHECK_EQ(fake_reg(p.b, 0x1c, 4), 0);
        CHECK_EQ(fake_reg(p.a, 0x1c, 4), 1);
        p.a->f.hold = false;
        fake_io_finish_all(&p.a->f);
        CHECK_EQ(fake_reap(p.a, 1).status, 0);
        CU_ASSERT(fake_enable(p.b));
        ocpn_ctrl_reset(p.a->c, kind[i]);
        pair_run(p);
        CHECK_EQ(fake_reg(p.a, 0x1c, 4), 0);
        CHECK_EQ(bytes_at(identified(p.b, 1, 0) + 78, 2), 1);
        pair_free(p);
    }
}

/* NSSR, and the power, are of all. */
static void all_reset(void)
{
    Pair p = pair();
    OcpnError err;

    fake_set_reg(p.b, 0x20, 0x4e564d65, 4);
    pair_run(p);
    CHECK_EQ(fake_reg(p.a, 0x1c, 4), 0x10);         /* NSSRO */
    CHECK_EQ(fake_reg(p.b, 0x1c, 4), 0x10);
    CU_ASSERT(fake_enable(p.a) && fake_enable(p.b));
    CU_ASSERT(ocpn_action(p.a->c, "power-cut", "now", &err));
    pair_run(p);
    CHECK_EQ(fake_reg(p.a, 0x1c, 4), 0);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4), 0);
    CU_ASSERT(fake_enable(p.a) && fake_enable(p.b));
    pair_free(p);
}

/* A shutdown of one does not shut down the other; nor does its end. */
static void shutdown_one(void)
{
    Pair p = pair();

    fake_set_reg(p.b, 0x14, 0x00464001, 4);         /* CC.SHN */
    pair_run(p);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4) & 0xc, 8);
    CHECK_EQ(do_io(p.a, 0x01, 1, 0), 0);
    CU_ASSERT(fake_disable(p.b) && fake_enable(p.b));
    fake_set_reg(p.a, 0x14, 0x00464001, 4);
    pair_run(p);
    CHECK_EQ(fake_reg(p.a, 0x1c, 4) & 0xc, 8);
    CHECK_EQ(identified(p.b, 1, 0)[76], 2);
    pair_free(p);
}

/* An activation without reset holds all of them, and restarts monitors. */
static void firmware(void)
{
    Pair p = pair();
    FakeCmd cmd = fw_commit_cmd(2, 3);

    CHECK_EQ(fake_set_feature(p.b, 0x0b, 0, 0x200).status, 0);
    ask_event(p.b);
    fw_download(p.a, "ocp-nvme-firmware revision=2.0\n");
    fake_submit(p.a, 0, &cmd);
    pair_run(p);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4), 0x21);         /* PP, RDY */
    CHECK_EQ(event_of(p.b), 0x00030102);
    fake_submit(p.b, 0, &(FakeCmd) { .opc = 0x06, .cdw10 = 1,
                                     .prp1 = FAKE_BUF });
    pair_run(p);
    CU_ASSERT(!fake_reap(p.b, 0).found);
    fake_advance(&p.a->f, 1000 * MSEC);
    pair_run(p);
    CHECK_EQ(fake_reap(p.a, 0).status, 0);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4), 1);
    CU_ASSERT(fake_reap(p.b, 0).found);
    fw_runs(p.b, "2.0");
    pair_free(p);
}

/* A host that shuts down, and comes back, while the drive activates. */
static void firmware_and_shutdown(void)
{
    Pair p = pair();
    FakeCmd cmd = fw_commit_cmd(2, 3);
    uint32_t cc = (uint32_t)fake_reg(p.b, 0x14, 4);

    fw_download(p.a, "ocp-nvme-firmware revision=2.0\n");
    fake_submit(p.a, 0, &cmd);
    pair_run(p);
    fake_set_reg(p.b, 0x14, cc | 1u << 14, 4);
    fake_run(&p.b->f);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4) >> 2 & 3, 2);
    CU_ASSERT(fake_disable(p.b));
    CU_ASSERT(fake_enable(p.b));
    CHECK_EQ(fake_reg(p.b, 0x1c, 4), 0x21);         /* PP, RDY */
    fake_submit(p.b, 0, &(FakeCmd) { .opc = 0x06, .cdw10 = 1,
                                     .prp1 = FAKE_BUF });
    pair_run(p);
    CU_ASSERT(!fake_reap(p.b, 0).found);
    fake_advance(&p.a->f, 1000 * MSEC);
    pair_run(p);
    CHECK_EQ(fake_reap(p.a, 0).status, 0);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4), 1);
    CU_ASSERT(fake_reap(p.b, 0).found);
    pair_free(p);
}

/* Too hot: all are off until it is cool again. */
static void thermal(void)
{
    FakeHost *a = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .thermal_shutdown = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    Pair p = { a, further_of(a) };

    ocpn_set_temperature(a->c, 370);
    pair_run(p);
    CHECK_EQ(fake_reg(p.a, 0x1c, 4) & 2, 2);
    CHECK_EQ(fake_reg(p.b, 0x1c, 4) & 2, 2);
    CU_ASSERT(fake_disable(p.b));
    CU_ASSERT(!fake_enable(p.b));
    CU_ASSERT(fake_disable(p.b));
    ocpn_set_temperature(a->c, 300);
    CU_ASSERT(fake_enable(p.b));
    pair_free(p);
}

/* The first one goes: those that are left say so, and are nothing any more. */
static void left_over(void)
{
    Pair p = pair();

    ocpn_ctrl_reset(p.b->c, OCPN_RESET_COLD);
    fake_run(&p.b->f);
    fake_host_free(p.a);
    CHECK_EQ(ocpn_cntlid(p.b->c), 1);
    CU_ASSERT(!fake_enable(p.b));
    CHECK_EQ(fake_reg(p.b, 0x1c, 4) & 2, 2);
    fake_set_reg(p.b, 0x20, 0x4e564d65, 4);
    fake_run(&p.b->f);
    CU_ASSERT(!fake_enable(p.b));
    fake_host_free(p.b);
}

typedef struct Saved {
    uint8_t *bytes;
    size_t   len;
} Saved;

static Saved save(FakeHost *h)
{
    Saved s;

    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    CU_ASSERT(ocpn_ctrl_settled(h->c));
    s.len = ocpn_ctrl_save(h->c, NULL, 0);
    s.bytes = malloc(s.len);
    CHECK_EQ(ocpn_ctrl_save(h->c, s.bytes, s.len), s.len);
    return s;
}

/* As a destination of a migration: in place of H's controller. */
static void again(FakeHost *h, OcpnCtrl *first)
{
    OcpnError err;

    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    ocpn_ctrl_free(h->c);
    h->c = h->f.c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    CU_ASSERT(ocpn_subsys_join(h->c, first, &err));
    ocpn_ctrl_power_on_incoming(h->c);
    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_set_msix(h->c, true);
    fake_run(&h->f);
}

/* What is its own travels: queues, events, features, the monitor. */
static void migrated(void)
{
    Pair p = pair();
    OcpnError err = { "" };
    uint8_t was[512], now[512];
    FakeHost *c;
    Saved s;

    CHECK_EQ(fake_set_feature(p.b, 0x0b, 0, 2).status, 0);
    memset(fake_guest(p.b, FAKE_BUF), 0, 4096);
    memcpy(fake_guest(p.b, FAKE_BUF) + 2, "\7\10\11\12", 4);
    fake_guest(p.b, FAKE_BUF)[12] = 1;
    CHECK_EQ(fake_set_feature(p.b, 0xc5, 0, 0).status, 0);
    get_page(p.b, 0xc3, was, 512);
    ask_event(p.b);
    s = save(p.b);
    again(p.b, p.a->c);
    get_page(p.a, 0xc3, now, 512);
    CU_ASSERT(memcmp(now, was, 512));
    CHECK(ocpn_ctrl_load(p.b->c, s.bytes, s.len, &err), "%s", err.text);
    ocpn_ctrl_set_running(p.b->c, true);
    fake_run(&p.b->f);
    get_page(p.b, 0xc3, now, 512);
    CHECK_EQ(memcmp(was, now, 512), 0);
    ocpn_set_temperature(p.a->c, 352);
    CHECK_EQ(event_of(p.b), HOT);
    CHECK_EQ(do_io(p.b, 0x02, 1, 0), 0x002);
    c = further_of(p.a);                /* another one's is refused */
    again(c, p.a->c);
    CU_ASSERT(!ocpn_ctrl_load(c->c, s.bytes, s.len, &err));
    CHECK_HAS(err.text, "CNTLID) is 1 on the source and 2 here");
    free(s.bytes);
    fake_host_free(c);
    pair_free(p);
}

static const OcpnTest tests[] = {
    { "health, to every host", health },
    { "each host's own wishes", one_host },
    { "panic", panic },
    { "one that comes later", late },
    { "a reset of one", one_reset },
    { "a reset of all", all_reset },
    { "a shutdown of one", shutdown_one },
    { "firmware", firmware },
    { "firmware and a shutdown", firmware_and_shutdown },
    { "too hot", thermal },
    { "without the first one", left_over },
    { "a saved state", migrated },
};
OCPN_UNIT_MAIN("subsys events", tests)
