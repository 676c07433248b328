/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters over the life of a drive.
 * Proves: NVMe Base 2.0, "SMART / Health Information": Power Cycles, Power On
 * Hours, Unsafe Shutdowns, Data Units; docs/image-format.rst, counters.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/counters.h"
#include "ocpn-unit.h"

#define SECOND  UINT64_C(1000000000)

static const FakeSetup drive = { .ns = { FAKE_CONVENTIONAL(1) } };

static void read_blocks(FakeHost *h, uint16_t qid, uint16_t nlb)
{
    fake_submit(h, qid, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
        .prp2 = FAKE_BUF + 4096, .cdw12 = nlb - 1u,
    });
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, qid).status, 0);
}

/* What queues counted stays when they are deleted, and over a reset. */
static void queues_come_and_go(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    read_blocks(h, 1, 1);
    read_blocks(h, 2, 2);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_COMMANDS), 2);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_SECTORS), 24);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_WRITE_COMMANDS), 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x00, .cdw10 = 2 }).status, 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x04, .cdw10 = 2 }).status, 0);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_COMMANDS), 2);
    CU_ASSERT(fake_disable(h));
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_SECTORS), 24);
    fake_host_free(h);
}

static void power_cycles(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(ocpn_power_cycles(h->c), 1);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(ocpn_power_cycles(h->c), 1);   /* a reset is none */
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    read_blocks(h, 1, 1);
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_power_cycles(h->c), 2);
    CHECK_EQ(ocpn_unsafe_shutdowns(h->c), 0);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_SECTORS), 8);
    fake_host_restart(h, false);
    CHECK_EQ(ocpn_unsafe_shutdowns(h->c), 1);
    CHECK_EQ(ocpn_power_cycles(h->c), 3);
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_unsafe_shutdowns(h->c), 1);
    CHECK_EQ(ocpn_power_cycles(h->c), 4);
    fake_host_free(h);
}

/* A shutdown the host asked for is a safe one, whatever comes after. */
static void host_shutdown(void)
{
    FakeHost *h = fake_host_start(&drive);

    fake_set_reg(h, 0x14, 0x00464001, 4);   /* CC.SHN: normal */
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4) >> 2 & 3, 2);
    fake_host_restart(h, false);
    CHECK_EQ(ocpn_unsafe_shutdowns(h->c), 0);
    fake_host_free(h);
}

static void power_on_time(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(ocpn_power_on_seconds(h->c), 0);
    fake_advance(&h->f, 7199 * SECOND);
    CHECK_EQ(ocpn_power_on_seconds(h->c), 7199);
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_power_on_seconds(h->c), 7199);
    fake_advance(&h->f, 2 * SECOND);
    CHECK_EQ(ocpn_power_on_seconds(h->c), 7201);
    fake_host_free(h);
}

/* Bytes of the state page. */
static void page_bytes(void)
{
    FakeHost *h = fake_host_start(&drive);
    ImgPage p = { .payload = { 0 } }, q = { .payload = { 0 } };

    for (unsigned i = 0; i < 10; i++) {
        put_bytes_at(p.payload + 8 * i, 8, 1000 * (i + 1));
    }
    ocpn_counters_load(h->c, p.payload);
    CHECK_EQ(ocpn_power_cycles(h->c), 1000);
    CHECK_EQ(ocpn_unsafe_shutdowns(h->c), 2000);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_SECTORS), 4000);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_WRITTEN_SECTORS), 5000);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_READ_COMMANDS), 6000);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_WRITE_COMMANDS), 7000);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_BUSY_NS), 8000);
    CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_MEDIA_ERRORS), 9000);
    ocpn_counters_store(h->c, q.payload, false);
    CU_ASSERT(!memcmp(p.payload, q.payload, sizeof(p.payload)));
    ocpn_counters_store(h->c, q.payload, true);
    CHECK_EQ(q.payload[88], 1);
    ocpn_counters_load(h->c, q.payload);           /* left open: one more */
    CHECK_EQ(ocpn_unsafe_shutdowns(h->c), 2001);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "queues come and go, their counts stay", queues_come_and_go },
    { "power cycles and unsafe shutdowns", power_cycles },
    { "a shutdown by the host is safe", host_shutdown },
    { "power on time", power_on_time },
    { "bytes of the state page", page_bytes },
};
OCPN_UNIT_MAIN("counters", tests)
