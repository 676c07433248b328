/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Interrupt Coalescing (Feature Identifier 08h)",
 * "Interrupt Vector Configuration (Feature Identifier 09h)".
 */
#include "hw/ocp-nvme/core/migrate.h"
#include "queue-unit.h"

#define FID     0x08
#define SV      0x80000000u
#define US      UINT64_C(1000)          /* ns */
#define TIME(us100) ((uint32_t)(us100) << 8)
#define THR(n)      ((uint32_t)(n) - 1) /* 0's based */

/* Queue pair 1, whose vector is 1, and the rule VALUE. */
static FakeHost *start(uint32_t value)
{
    FakeHost *h = fake_host_start(&queue_drive);

    CHECK_EQ(fake_set_feature(h, FID, 0, value).status, 0);
    h->f.irqs[1] = 0;
    return h;
}

/* N commands that end at once, in one batch. */
static void commands(FakeHost *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        queue_flush(h, 1);
    }
    fake_run(&h->f);
}

/* Written down a second time, from the specification. */
static void value(void)
{
    FakeHost *h = start(0xffffffff);

    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0xffff);
    CHECK_EQ(fake_get_feature(h, FID | 3u << 8, 0, 0).dw0, 5);
    CHECK_EQ(fake_get_feature(h, FID | 1u << 8, 0, 0).dw0, 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, TIME(3) | 7).status, 0);
    fake_host_restart(h, true);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).dw0, 0x0307);
    h->f.irqs[1] = 0;
    commands(h, 1);
    CHECK_EQ(h->f.irqs[1], 0);          /* and it is in force */
    fake_host_free(h);
}

/* The interrupt comes with the last of THR entries, however they come. */
static void threshold(void)
{
    FakeHost *h = start(TIME(255) | THR(8));

    commands(h, 7);
    CHECK_EQ(queue_count(h, 1), 7);     /* the entries do not wait */
    CHECK_EQ(h->f.irqs[1], 0);
    commands(h, 1);
    CHECK_EQ(h->f.irqs[1], 1);
    commands(h, 50);                    /* a batch: one interrupt */
    CHECK_EQ(h->f.irqs[1], 2);
    for (unsigned i = 0; i < 16; i++) {
        commands(h, 1);
    }
    CHECK_EQ(h->f.irqs[1], 4);
    fake_host_free(h);
}

/* ... or when TIME is over since the first of them. */
static void aggregation_time(void)
{
    FakeHost *h = start(TIME(5) | THR(100));

    commands(h, 1);
    fake_advance(&h->f, 400 * US);
    commands(h, 1);
    fake_advance(&h->f, 100 * US - 1);
    CHECK_EQ(h->f.irqs[1], 0);
    fake_advance(&h->f, 1);
    CHECK_EQ(h->f.irqs[1], 1);
    fake_advance(&h->f, 10000 * US);    /* once */
    CHECK_EQ(h->f.irqs[1], 1);
    commands(h, 1);                     /* time begins anew */
    fake_advance(&h->f, 500 * US - 1);
    CHECK_EQ(h->f.irqs[1], 1);
    fake_advance(&h->f, 1);
    CHECK_EQ(h->f.irqs[1], 2);
    fake_host_free(h);
}

/* A wake-up meant for entries that were told of long ago tells of nothing. */
static void threshold_before_time(void)
{
    FakeHost *h = start(TIME(5) | THR(2));

    commands(h, 1);
    fake_advance(&h->f, 300 * US);
    commands(h, 1);
    CHECK_EQ(h->f.irqs[1], 1);
    fake_advance(&h->f, 100 * US);
    commands(h, 1);
    fake_advance(&h->f, 499 * US);      /* past the first deadline */
    CHECK_EQ(h->f.irqs[1], 1);
    fake_advance(&h->f, 1 * US);
    CHECK_EQ(h->f.irqs[1], 2);
    fake_host_free(h);
}

/* Neither alone, nor for the admin queue, nor for vectors with CD = 1. */
static void exempt(void)
{
    static const uint32_t none[] = { TIME(5), THR(100), 0 };
    FakeHost *h;
    unsigned before;

    for (unsigned i = 0; i < 3; i++) {
        h = start(none[i]);
        commands(h, 1);
        CHECK_EQ(h->f.irqs[1], 1);
        fake_host_free(h);
    }
    h = start(TIME(5) | THR(100));
    before = h->f.irqs[0];
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(h->f.irqs[0], before + 1);
    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    CHECK_EQ(fake_set_feature(h, 0x09, 0, 0x10002).status, 0);
    queue_flush(h, 2);
    queue_flush(h, 1);
    fake_run(&h->f);
    CHECK_EQ(h->f.irqs[2], 1);
    CHECK_EQ(h->f.irqs[1], 0);
    fake_host_free(h);
}

/* What waits is told of when the rule no longer says that it shall. */
static void rule_goes(void)
{
    FakeHost *h = start(TIME(255) | THR(100));

    commands(h, 1);
    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0);
    CHECK_EQ(h->f.irqs[1], 1);
    CHECK_EQ(fake_set_feature(h, FID, 0, TIME(255) | THR(100)).status, 0);
    commands(h, 1);
    CHECK_EQ(fake_set_feature(h, 0x09, 0, 0x10001).status, 0);
    CHECK_EQ(h->f.irqs[1], 2);
    CHECK_EQ(fake_set_feature(h, 0x09, 0, 1).status, 0);
    commands(h, 1);
    CHECK_EQ(h->f.irqs[1], 2);
    ocpn_ctrl_set_msix(h->c, false);
    fake_run(&h->f);
    CHECK_EQ(h->f.pin, true);
    ocpn_ctrl_set_msix(h->c, true);
    commands(h, 1);
    CHECK_EQ(h->f.irqs[1], 2);
    fake_host_free(h);
}

/* A queue that goes has told of all it has. */
static void queue_goes(void)
{
    FakeHost *h = start(TIME(255) | THR(100));

    CHECK_EQ(queue_create_sq(h, 2, 16, QUEUE_RING(2), 1).status, 0);
    commands(h, 3);
    CHECK_EQ(queue_delete_sq(h, 2).status, 0);
    CHECK_EQ(h->f.irqs[1], 0);
    CHECK_EQ(queue_delete_sq(h, 1).status, 0);
    CHECK_EQ(h->f.irqs[1], 1);
    CHECK_EQ(queue_delete_cq(h, 1).status, 0);
    fake_advance(&h->f, 25500 * US);
    CHECK_EQ(h->f.irqs[1], 1);
    fake_host_free(h);
}

/* A reset ends it all; no wake-up is left for queues that are gone. */
static void reset(void)
{
    FakeHost *h = start(TIME(255) | THR(100));

    commands(h, 3);
    CU_ASSERT(fake_disable(h));
    CHECK_EQ(h->f.wake_cq[1], 0);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    commands(h, 1);
    CHECK_EQ(h->f.irqs[1], 1);
    fake_host_free(h);
}

/* Guest time stands still while the state travels: nothing may wait for it. */
static void migration(void)
{
    FakeHost *h = start(TIME(255) | THR(100));

    commands(h, 3);
    ocpn_ctrl_set_running(h->c, false);
    CU_ASSERT(!ocpn_ctrl_settled(h->c));
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    CHECK_EQ(h->f.irqs[1], 1);
    CU_ASSERT(ocpn_ctrl_settled(h->c));
    ocpn_ctrl_set_running(h->c, true);
    commands(h, 1);                     /* it goes on as before */
    CHECK_EQ(h->f.irqs[1], 1);
    fake_advance(&h->f, 25500 * US);
    CHECK_EQ(h->f.irqs[1], 2);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a value that is masked, saved and reset", value },
    { "the threshold", threshold },
    { "the time", aggregation_time },
    { "a threshold that is reached before the time", threshold_before_time },
    { "what is not coalesced", exempt },
    { "interrupts that wait when the rule goes", rule_goes },
    { "interrupts that wait when their queue goes", queue_goes },
    { "a reset", reset },
    { "migration", migration },
};
OCPN_UNIT_MAIN("feature 08", tests)
