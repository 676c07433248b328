/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Latency Monitor", debug log: page CAh,
 * which belongs to OCP's UUID, and that reading it discards the log.
 */
#include "latency-unit.h"

#define OCP_INDEX   1u
#define SIZE        128u
#define RAE         0x8000u

/* LEN bytes at OFF of page CAh of UUID INDEX, at FAKE_BUF. */
static uint16_t get(FakeHost *h, uint32_t index, uint32_t off, uint32_t len,
                    uint32_t rae)
{
    memset(fake_guest(h, FAKE_BUF), 0xa5, 512);
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
        .cdw10 = LID_DEBUG | rae | (len / 4 - 1) << 16,
        .cdw12 = off, .cdw14 = index,
    }).status;
}

static FakeHost *start_held(void)
{
    FakeHost *h = start_version(OCP_2_6);
    FakeCmd cmd = io_cmd(0x02);

    set(h, (Config) { CONFIG, .config = 0xfff, .trigger = 0xfc0 });
    cmd.cdw10 = 123;
    cmd.cdw12 = 7;
    cmd.prp2 = FAKE_LISTS;
    for (unsigned i = 0; i < 7; i++) {
        put_bytes_at(fake_guest(h, FAKE_LISTS + 8 * i), 8,
                     FAKE_BUF + 0x20000 + 0x1000 * i);
    }
    CHECK_EQ(run_ns(h, cmd, 300 * MSEC), 0);
    return h;
}

static void none_held(void)
{
    FakeHost *h = start_version(OCP_2_6);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(field(h, 436, 8) * 4, SIZE);
    CHECK_EQ(get(h, OCP_INDEX, 0, SIZE, 0), 0);
    CU_ASSERT(fake_all(p, 0, 8) && fake_all(p + 8, 0xff, 8) &&
              fake_all(p + 16, 0, SIZE - 16));
    CHECK_EQ(p[SIZE], 0xa5);
    fake_host_free(h);
}

/* The command that took so long is in it. */
static void held(void)
{
    FakeHost *h = start_held();
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    uint8_t log[512];

    memcpy(log, page(h), sizeof(log));
    CHECK_EQ(bytes_at(log + 462, 2), 1 << 9);
    CHECK_EQ(get(h, OCP_INDEX, 0, SIZE, 0), 0);
    CHECK_EQ(bytes_at(p, 2), 1 << 9);
    CHECK_EQ(bytes_at(p + 2, 2), 300);
    CHECK_EQ(bytes_at(p + 4, 2), bytes_at(log + 460, 2));
    CU_ASSERT(bytes_at(p + 4, 2) != 0);
    CHECK_EQ(p[6], 0);
    CHECK_EQ(bytes_at(p + 8, 8), bytes_at(log + 452, 8));
    CHECK_EQ(bytes_at(p + 16, 2), 1);           /* SQ */
    CHECK_EQ(bytes_at(p + 18, 2), 0);           /* status */
    CU_ASSERT(fake_all(p + 20, 0, 44));
    CHECK_EQ(p[64], 0x02);
    CHECK_EQ(bytes_at(p + 64 + 4, 4), 1);       /* NSID */
    CHECK_EQ(bytes_at(p + 64 + 40, 8), 123);    /* SLBA */
    CHECK_EQ(bytes_at(p + 64 + 48, 4), 7);      /* NLB */
    fake_host_free(h);
}

/* Who has its end has it: it is gone, and another one may be taken. */
static void discards(void)
{
    FakeHost *h = start_held();
    uint64_t first = field(h, 460, 2);

    CHECK_EQ(get(h, OCP_INDEX, 0, SIZE, RAE), 0);
    CHECK_EQ(field(h, 462, 2), 1 << 9);
    CHECK_EQ(get(h, OCP_INDEX, 0, 64, 0), 0);
    CHECK_EQ(field(h, 462, 2), 1 << 9);
    CHECK_EQ(get(h, OCP_INDEX, 64, 60, 0), 0);
    CHECK_EQ(field(h, 462, 2), 1 << 9);
    CHECK_EQ(get(h, OCP_INDEX, 64, 64, 0), 0);
    CHECK_EQ(field(h, 462, 2), 0);
    CU_ASSERT(fake_all(page(h) + 452, 0xff, 8));
    CHECK_EQ(counter(h, 3, READ), 1);           /* nothing else is */
    write_ms(h, 21);
    CHECK_EQ(field(h, 462, 2), 1 << 7);
    CU_ASSERT(field(h, 460, 2) != first);
    CHECK_EQ(get(h, OCP_INDEX, 0, 512, 0), 0);
    CHECK_EQ(field(h, 462, 2), 0);
    fake_host_free(h);
}

/* CAh of no UUID is the chunk information where there are chunks. */
static void whose(void)
{
    FakeSetup s = { .cfg = { .ocp = { .version = OCP_2_6 } },
                    .ns = { FAKE_T1 } };
    FakeHost *h = fake_host_start(&s);

    CHECK_EQ(fake_get_log(h, LID_DEBUG, 1, 0, 32).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 1);    /* a chunk that is free */
    CHECK_EQ(get(h, OCP_INDEX, 0, SIZE, 0), 0);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF) + 8, 0xff, 8));
    fake_host_free(h);
    h = start_version(OCP_2_6);
    CHECK_EQ(get(h, 0, 0, SIZE, 0), 0);
    fake_host_free(h);
    h = start_version(OCP_2_5);
    CHECK_EQ(get(h, 0, 0, SIZE, 0), 0x109);
    CHECK_EQ(get(h, OCP_INDEX, 0, SIZE, 0), 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "no log is held", none_held },
    { "the log that is held", held },
    { "reading it to its end discards it", discards },
    { "whose page it is", whose },
};
OCPN_UNIT_MAIN("log ca of OCP", tests)
