/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: specification notes, section 9: what a shutdown and what a power
 * loss leave of chunks, with each power-loss= behaviour (D46).
 */
#include "ocssd-host.h"

static FakeHost *start(OcpnPowerLoss loss)
{
    FakeSetup s = t1();

    s.ns[0].cfg.power_loss = loss;
    return fake_host_start(&s);
}

/* Power goes while the controller is enabled. */
static void lose_power(FakeHost *h)
{
    fake_host_restart(h, false);
}

/* OCSSD-CASE-191: Open chunks stay Open over a shutdown and a reset. */
static void test_shutdown_keeps_chunks(void)
{
    for (int loss = OCPN_POWER_KEEP; loss <= OCPN_POWER_DROP; loss++) {
        FakeHost *h = start((OcpnPowerLoss)loss);

        open_chunk(h, A, 8);
        fill(h, B);
        fake_host_restart(h, true);
        CHECK_EQ(st(h, IA), ST(OPEN, 8));
        CHECK_EQ(st(h, IB), ST(CLOSED, 96));
        CHECK_EQ(w(h, A + 8, 88), 0);
        CHECK_EQ(r(h, A, 8), 0);
        for (unsigned i = 0; i < 8; i++) {
            CHECK_EQ(is_block(h, i, A + i), true);
        }
        fake_host_free(h);
    }
}

/* D46: nothing that was acknowledged is lost by default. */
static void test_keep(void)
{
    FakeHost *h = start(OCPN_POWER_KEEP);

    open_chunk(h, A, 40);
    lose_power(h);
    CHECK_EQ(st(h, IA), ST(OPEN, 40));
    CHECK_EQ(w(h, A + 40, 4), 0);
    fake_host_free(h);
}

/* OCSSD-CASE-193: closed where it was, and readable to the end. */
static void test_close(void)
{
    FakeHost *h = start(OCPN_POWER_CLOSE);

    open_chunk(h, A, 40);
    fill(h, B);
    lose_power(h);
    CHECK_EQ(st(h, IA), ST(CLOSED, 0x28));
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    CHECK_EQ(r(h, A + 39, 2), 0);
    CHECK_EQ(is_block(h, 0, A + 39), true);
    CHECK_EQ(is_zero(h, 1), true);
    CHECK_EQ(w(h, A + 40, 4), 0x280);
    CHECK_CQE(VX(h, A), 0, 0);
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    fake_host_free(h);
}

/* OCSSD-CASE-194: the last MW_CUNITS blocks are gone. */
static void test_drop(void)
{
    FakeHost *h = start(OCPN_POWER_DROP);

    open_chunk(h, A, 48);
    open_chunk(h, B, 8);
    fill(h, C);
    lose_power(h);
    CHECK_EQ(st(h, IA), ST(OPEN, 0x18));
    CHECK_EQ(st(h, IB), ST(FREE, 0));
    CHECK_EQ(st(h, IC), ST(CLOSED, 96));
    CHECK_EQ(image_entry(h, IA).wp, 24);
    /* What was dropped is written again, and the rest is there. */
    CHECK_EQ(w(h, A + 48, 4), 0x2f2);
    CHECK_EQ(w(h, A + 24, 72), 0);
    CHECK_EQ(r(h, A, 96), 0);
    CHECK_EQ(is_block(h, 0, A), true);
    CHECK_EQ(is_block(h, 95, A + 95), true);
    fake_host_free(h);
}

/* The pointer retreats to a whole write unit. */
static void test_drop_rounds(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].cfg.power_loss = OCPN_POWER_DROP;
    s.ns[0].cfg.any_size = true;
    h = fake_host_start(&s);
    open_chunk(h, A, 30);
    lose_power(h);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));       /* 6, rounded down */
    fake_host_free(h);
}

/* A place among the open chunks is given back by a chunk that is lost. */
static void test_places_come_back(void)
{
    for (int loss = OCPN_POWER_CLOSE; loss <= OCPN_POWER_DROP; loss++) {
        FakeSetup s = t1();
        FakeHost *h;

        s.ns[0].cfg.power_loss = (OcpnPowerLoss)loss;
        s.ns[0].geo.maxoc = s.ns[0].geo.maxocpu = 1;
        h = fake_host_start(&s);
        open_chunk(h, A, 8);
        CHECK_EQ(w(h, B, 4), 0x280);
        lose_power(h);
        CHECK_EQ(w(h, B, 4), 0);
        CHECK_EQ(w(h, C, 4), 0x280);
        fake_host_free(h);
    }
}

/* A second loss takes what the host has seen since the first, no more. */
static void test_twice(void)
{
    FakeHost *h = start(OCPN_POWER_DROP);

    open_chunk(h, A, 60);
    lose_power(h);
    CHECK_EQ(st(h, IA), ST(OPEN, 36));
    lose_power(h);
    CHECK_EQ(st(h, IA), ST(OPEN, 12));
    fake_host_restart(h, true);
    CHECK_EQ(st(h, IA), ST(OPEN, 12));
    fake_host_free(h);
}

/* A start without a host that enables the controller. */
static void power_on_only(FakeHost *h)
{
    OcpnError err;

    fake_port_kill(&h->f);
    h->c = h->f.c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    CHECK(ocpn_ns_add(h->c, &h->setup.ns[0].cfg, &h->f.media[1].disk, &err),
          "%s", err.text);
    ocpn_ctrl_power_on(h->c);
    fake_run(&h->f);
}

/* One power loss takes its blocks once, whoever starts after it. */
static void test_not_again(void)
{
    FakeHost *h = start(OCPN_POWER_DROP);

    open_chunk(h, A, 60);
    power_on_only(h);
    CHECK_EQ(image_entry(h, IA).wp, 36);
    ocpn_ctrl_close(h->c);
    fake_run(&h->f);
    power_on_only(h);
    CHECK_EQ(image_entry(h, IA).wp, 36);
    power_on_only(h);                   /* killed before a host came */
    CHECK_EQ(image_entry(h, IA).wp, 36);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a shutdown keeps chunks",        test_shutdown_keeps_chunks },
    { "keep",                           test_keep },
    { "close",                          test_close },
    { "drop",                           test_drop },
    { "drop rounds",                    test_drop_rounds },
    { "places come back",               test_places_come_back },
    { "twice",                          test_twice },
    { "not again without a host",       test_not_again },
};
OCPN_UNIT_MAIN("chunks-power", tests)
