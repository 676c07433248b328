/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Latency Monitoring": the debug log, whose
 * time stamps are, and what other firmware leaves.
 */
#include "hw/ocp-nvme/core/latency.h"
#include "latency-unit.h"

/* OCP-CASE-76 */
static void debug_log(void)
{
    FakeHost *h = start();
    uint8_t was[16];
    uint64_t at;

    set(h, (Config) { CONFIG, .config = 0xfff, .trigger = 0xfc0 });
    read_ms(h, 17);                     /* bucket 1 is not enabled */
    CHECK_EQ(field(h, 462, 2), 0);
    read_ms(h, 300);
    at = h->f.now / MSEC;
    CHECK_EQ(field(h, 462, 2), 1 << 9);
    CHECK_EQ(field(h, 450, 2), 300);
    CHECK_EQ(field(h, 452, 8), at);
    CU_ASSERT(field(h, 460, 2) != 0);
    CHECK_EQ(field(h, 464, 1), 0);
    memcpy(was, page(h) + 450, sizeof(was));
    write_ms(h, 400);
    read_ms(h, 400);
    CU_ASSERT(!memcmp(was, page(h) + 450, 15));
    set(h, (Config) { .discard = 2 });
    CHECK_EQ(field(h, 450, 2), 0);
    CHECK_EQ(field(h, 452, 8), NO_STAMP);
    CHECK_EQ(field(h, 460, 4), 0);
    CHECK_EQ(field(h, 464, 1), 0);
    write_ms(h, 22);
    CHECK_EQ(field(h, 462, 2), 1 << 7);
    CHECK_EQ(field(h, 450, 2), 22);
    fake_host_free(h);
}

/* Every bit triggers its own cell only. */
static void triggers(void)
{
    for (unsigned n = 0; n < 12; n++) {
        FakeHost *h = start();

        set(h, (Config) { CONFIG, .trigger = (uint16_t)(1u << n) });
        for (unsigned b = 0; b < 4; b++) {
            read_ms(h, 11 + 5 * b);
            write_ms(h, 11 + 5 * b);
            dsm_ms(h, 4, 11 + 5 * b);
        }
        CHECK_EQ(field(h, 462, 2), 1u << n);
        CHECK_EQ(field(h, 450, 2), 11 + 5 * (n / 3));
        CHECK_EQ(counted(h), 12);
        fake_host_free(h);
    }
}

static void set_time(FakeHost *h, uint64_t ms)
{
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, ms);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
}

/* OCP-CASE-77: units, in the buckets and in the debug log */
static void units(void)
{
    const uint64_t date = UINT64_C(1790000000000);
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .config = 0xfff, .trigger = 0xfff });
    read_ms(h, 30);
    CHECK_EQ(field(h, UNITS_AT, 2), 0);
    CHECK_EQ(stamp(h, 3, READ), h->f.now / MSEC);
    CHECK_EQ(field(h, 464, 1), 0);
    set(h, (Config) { .discard = 2 });
    set_time(h, date);
    fake_advance(&h->f, 1500 * MSEC);
    write_ms(h, 12);
    CHECK_EQ(field(h, UNITS_AT, 2), 1 << 1);
    CHECK_EQ(stamp(h, 0, WRITE), date + 1512);
    CHECK_EQ(field(h, 464, 1), 1);
    CHECK_EQ(field(h, 452, 8), date + 1512);
    CHECK_EQ(stamp(h, 0, WRITE) >> 48, 0);      /* no attributes */
    /* A reset of the Timestamp does not undo what the host said. */
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    read_ms(h, 40);
    CHECK_EQ(stamp(h, 3, READ), date + 1552);
    CHECK_EQ(field(h, UNITS_AT, 2), 1 << 1 | 1 << 9);
    fake_host_free(h);
}

/* OCP-CASE-82 */
static void firmware(void)
{
    FakeHost *h = start();
    Config off = { CONFIG };

    set(h, (Config) { CONFIG, .timer = 9, .trigger = 0xfff });
    read_ms(h, 30);
    fake_advance(&h->f, TICK);
    ocpn_latency_restart(h->c);
    CHECK_EQ(counted(h), 0);
    CHECK_EQ(stamp(h, 3, READ), NO_STAMP);
    CHECK_EQ(field(h, 2, 2), 0);
    CHECK_EQ(field(h, 4, 2), 9);
    CHECK_EQ(field(h, 0, 1), 0x07);
    read_ms(h, 30);
    CHECK_EQ(counter(h, 3, READ), 1);
    off.enable = 0;
    set(h, off);
    ocpn_latency_restart(h->c);
    CHECK_EQ(field(h, 0, 1), 0x06);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the debug log", debug_log },
    { "each trigger", triggers },
    { "whose time stamps are", units },
    { "other firmware", firmware },
};
OCPN_UNIT_MAIN("latency debug", tests)
