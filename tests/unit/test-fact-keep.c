/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What facts and health become over power cycles, and their state page.
 * Proves: OCP Datacenter NVMe SSD, SLOG-1, SLOG-10, SLOG-11; docs/
 * image-format.rst, "Facts".
 */
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/migrate.h"
#include "hw/ocp-nvme/core/state.h"
#include "smart-unit.h"

#define MINUTES (60 * SECOND)

/* Page 4, fed with bytes. */
static void load(FakeHost *h, const ImgPage *p)
{
    ocpn_facts_part.load(h->c, 0, p->payload);
}

/* Facts that were told are there after the process died.  SLOG-1 */
static void killed(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "spare", "7");
    smart_knob(h, "percentage-used", "101");
    smart_knob(h, "plp-state", "failed");
    smart_knob(h, "max-erase", "12");
    ocpn_fact_add(h->c, OCPN_FACT_XOR_RECOVERY, 3);
    ocpn_fact_set(h->c, OCPN_FACT_LOWEST_FIRMWARE, 4);
    smart_knob(h, "plp-starts", "36893488147419103233");
    ocpn_set_temperature(h->c, 349);
    fake_run(&h->f);
    fake_host_restart(h, false);
    CHECK_EQ(smart_page(h, 2)[3], 7);
    CHECK_EQ(smart_page(h, 2)[5], 101);
    CHECK_EQ(smart_page(h, 2)[0] & 0x11, 0x11);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 1, 2), 310);
    CHECK_EQ(smart_c0(h, 48, 8), 3);
    CHECK_EQ(smart_c0(h, 88, 4), 12);
    CHECK_EQ(smart_c0(h, 128, 2), 0);
    CHECK_EQ(smart_c0(h, 208, 8), 4);
    CHECK_EQ(smart_c0(h, 160, 8), 1);
    CHECK_EQ(smart_c0(h, 168, 8), 2);
    fake_host_free(h);
}

/* What is computed and was set is so until power off. */
static void set_until_power_off(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    smart_knob(h, "nuse", "5");
    smart_knob(h, "throttle-status", "3");
    smart_knob(h, "spec-minor", "9");
    CHECK_EQ(smart_c0(h, 152, 8), 5);
    CHECK_EQ(smart_c0(h, 97, 1), 3);
    CHECK_EQ(smart_c0(h, 101, 2), 9);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(smart_c0(h, 152, 8), 5);
    fake_host_restart(h, true);
    CHECK_EQ(smart_c0(h, 152, 8), 32768);
    CHECK_EQ(smart_c0(h, 97, 1), 0);
    CHECK_EQ(smart_c0(h, 101, 2), 5);
    fake_host_free(h);
}

/* SLOG-10: at most ten minutes of what queues count are lost. */
static void ten_minutes(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint64_t sectors;

    CHECK_EQ(smart_io(h, 0x01, 0, 128), 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 128), 0);
    for (unsigned i = 0; i < 10; i++) {
        fake_advance(&h->f, MINUTES);
    }
    sectors = ocpn_counter(h->c, OCPN_COUNT_WRITTEN_SECTORS);
    fake_host_restart(h, false);
    CHECK_EQ(sectors, 128);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_WRITTEN_SECTORS), sectors);
    CHECK_EQ(smart_c0(h, 16, 8), 65536);
    CU_ASSERT(smart_c0(h, 0, 8) >= 65536);
    CU_ASSERT(ocpn_power_on_seconds(h->c) >= 300);
    fake_host_free(h);
}

/* Another drive with this one's image and state.  Unaligned I/O is kept. */
static void moved(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    static uint8_t state[1 << 16];
    OcpnError err = { "" };
    size_t len;
    FakeMedia *m = &h->f.media[1];

    CHECK_EQ(smart_io(h, 0x01, 1, 8), 0);
    smart_knob(h, "temperature", "351");
    smart_knob(h, "spare", "0");
    smart_knob(h, "nuse", "5");
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    CU_ASSERT(ocpn_ctrl_settled(h->c));
    len = ocpn_ctrl_save(h->c, state, sizeof(state));
    CU_ASSERT(len <= sizeof(state));
    fake_host_restart(h, false);
    CU_ASSERT(fake_disable(h));
    CHECK_EQ(ocpn_health(h->c)->temperature, 310);
    CHECK(ocpn_ctrl_load(h->c, state, len, &err), "%s", err.text);
    CHECK(ocpn_ns_reload(ocpn_ns_get(h->c, 1), &m->disk, &err), "%s",
          err.text);
    CHECK_EQ(ocpn_health(h->c)->spare, 0);
    CHECK_EQ(ocpn_health(h->c)->temperature, 351);
    CHECK_EQ(ocpn_health(h->c)->throttle, 1);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_UNALIGNED), 1);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_NUSE), 5);
    CHECK_EQ(ocpn_fact(h->c, OCPN_FACT_THROTTLE_EVENTS), 1);
    CHECK_EQ(ocpn_health(h->c)->told, ocpn_warnings(h->c));
    CU_ASSERT(ocpn_gate_closed(h->c, OCPN_GATE_READ_ONLY));
    fake_host_free(h);
}

/* Bytes of the page. */
static void page_bytes(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    ImgPage p = { .payload = { 0 } }, q = { .payload = { 0 } };
    uint8_t *e = p.payload + 32 * 119;          /* the last entry */
    unsigned found = 0;

    put_bytes_at(e, 2, 48);
    e[2] = 1;
    put_bytes_at(e + 16, 8, 12345);
    put_bytes_at(p.payload, 2, 88);             /* computed, but set */
    p.payload[2] = 3;
    put_bytes_at(p.payload + 16, 8, 6);
    p.payload[3840] = 30;
    p.payload[3841] = 77;
    p.payload[3842] = 1;
    p.payload[3843] = 1;
    put_bytes_at(p.payload + 3856, 8, 120000);
    put_bytes_at(p.payload + 3864, 8, 240000);
    load(h, &p);
    CHECK_EQ(smart_c0(h, 48, 8), 12345);
    CHECK_EQ(smart_c0(h, 88, 4), 6);
    CHECK_EQ(smart_page(h, 2)[0], 8);
    CHECK_EQ(smart_page(h, 2)[3], 70);
    CHECK_EQ(smart_page(h, 2)[5], 77);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 192, 4), 2);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 196, 4), 4);
    ocpn_facts_part.store(h->c, 0, q.payload);
    for (unsigned i = 0; i < 120; i++) {
        const uint8_t *at = q.payload + 32 * i;

        if (at[2] && bytes_at(at, 2) == 48) {
            CHECK_EQ(bytes_at(at + 16, 8), 12345);
            found++;
        }
        if (at[2] && bytes_at(at, 2) == 88) {
            CHECK_EQ(at[2], 3);
            found++;
        }
    }
    CHECK_EQ(found, 2);
    CU_ASSERT(!memcmp(q.payload + 3840, p.payload + 3840, 4));
    fake_host_free(h);
}

/* Every byte of the page may be anything. */
static void hostile(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    ImgPage p, q = { .payload = { 0 } };
    uint32_t dice = 1;

    for (unsigned i = 0; i < 2000; i++) {
        for (unsigned b = 0; b < sizeof(p.payload); b++) {
            dice = dice * 1664525 + 1013904223;
            p.payload[b] = i ? (uint8_t)(dice >> 24) : 0xff;
        }
        load(h, &p);
        CU_ASSERT(ocpn_health(h->c)->spare <= 100);
        CU_ASSERT(ocpn_health(h->c)->plp <= OCPN_PLP_FAILED);
        CU_ASSERT(ocpn_health(h->c)->throttle <= 3);
        for (unsigned f = 0; f < OCPN_FACT_N; f++) {
            OcpnWide v = ocpn_fact_wide(h->c, (OcpnFact)f);

            CHECK(!ocpn_wide_less(ocpn_wide_max(ocpn_fact_rows[f].size), v),
                  "%s is too large", ocpn_fact_rows[f].name);
        }
        ocpn_facts_part.store(h->c, 0, q.payload);
    }
    smart_page(h, 0xc0);
    smart_page(h, 2);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "kept when the process dies", killed },
    { "what is computed is set until power off", set_until_power_off },
    { "counts of queues are kept every few minutes", ten_minutes },
    { "kept over a migration", moved },
    { "bytes of the state page", page_bytes },
    { "pages that nobody wrote", hostile },
};
OCPN_UNIT_MAIN("fact-keep", tests)
