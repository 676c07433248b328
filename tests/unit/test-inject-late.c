/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Error Injection": commands that complete
 * late.
 */
#include "panic-unit.h"

/* One command completes so much later, with all it did. */
static void latency(void)
{
    for (uint32_t ms = 0; ms <= 70; ms += 70) {
        FakeHost *h = ocp_start(OCP_2_7);
        uint8_t *e = entry(h, 0, ONCE, 0x0e, 0);

        put_bytes_at(e + 8, 4, ms);
        CHECK_EQ(set_entries(h, 1).status, 0);
        submit_read(h);
        CHECK_EQ(READ(h), 0);                   /* overtakes it */
        fake_advance(&h->f, (ms ? ms : 1000) * MSEC - 1);
        CU_ASSERT(!fake_reap(h, 1).found);
        fake_advance(&h->f, 1);
        CHECK_EQ(fake_reap(h, 1).cid, h->cid - 1);
        CHECK_EQ(armed(h), 0);
        CHECK_EQ(READ(h), 0);
        fake_host_free(h);
    }
}

/* Several that are late, in the order of their time. */
static void many_late(void)
{
    FakeHost *h = ocp_start(OCP_2_6);
    uint16_t first;

    CHECK_EQ(arm(h, ON, 0x0e, 0), 0);
    first = submit_read(h);
    for (unsigned i = 1; i < 5; i++) {
        fake_advance(&h->f, 100 * MSEC);
        submit_read(h);
    }
    fake_advance(&h->f, 600 * MSEC - 1);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_advance(&h->f, 1);
    CHECK_EQ(fake_reap(h, 1).cid, first);
    CU_ASSERT(!fake_reap(h, 1).found);
    for (uint16_t i = 1; i < 5; i++) {
        fake_advance(&h->f, 100 * MSEC);
        CHECK_EQ(fake_reap(h, 1).cid, first + i);
    }
    CHECK_EQ(armed(h), 1);
    submit_read(h);                             /* one that a reset meets */
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    fake_advance(&h->f, 2000 * MSEC);
    CU_ASSERT(!fake_reap(h, 1).found);
    fake_host_free(h);
}

/* By chance, up to the time it says; the same in every run. */
static void random_latency(void)
{
    uint64_t first[8];

    for (unsigned run = 0; run < 2; run++) {
        FakeHost *h = ocp_start(OCP_2_7);
        uint64_t from;

        put_bytes_at(entry(h, 0, ON, 0x1e, 0) + 8, 4, 50);
        CHECK_EQ(set_entries(h, 1).status, 0);
        for (unsigned i = 0; i < 8; i++) {
            from = h->f.now;
            submit_read(h);
            while (!fake_reap(h, 1).found && h->f.now - from < 60 * MSEC) {
                fake_advance(&h->f, MSEC);
            }
            from = h->f.now - from;
            CU_ASSERT(from >= MSEC && from <= 50 * MSEC);
            CHECK_EQ(from, run ? first[i] : from);
            first[i] = from;
        }
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "a latency spike", latency },
    { "many that are late", many_late },
    { "random latency", random_latency },
};
OCPN_UNIT_MAIN("inject late", tests)
