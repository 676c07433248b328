/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/port.h, soon(): the medium hears of a read while the command
 * before it runs, and of nothing else.
 */
#include "ns-unit.h"
#include "ocssd-host.h"

static uint64_t said[64];
static unsigned nsaid;

static void soon(void *o, uint32_t nsid, uint64_t offset)
{
    (void)o;
    said[nsaid++ % 64] = (uint64_t)nsid << 56 ^ offset;
}

static FakeHost *start(void)
{
    FakeSetup s = { .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) } };
    FakeHost *h = fake_host_start(&s);

    ((OcpnPort *)ocpn_ctrl_port(h->c))->soon = soon;
    nsaid = 0;
    return h;
}

static void queue(FakeHost *h, uint8_t opc, uint32_t nsid, uint64_t lba)
{
    fake_submit(h, 1, &(FakeCmd) {
        .opc = opc, .nsid = nsid, .prp1 = FAKE_BUF, .cdw10 = (uint32_t)lba,
        .cdw11 = (uint32_t)(lba >> 32) });
}

static uint64_t at(FakeHost *h, uint32_t nsid, uint64_t index)
{
    return (uint64_t)nsid << 56 ^
           (ocpn_ns_get(h->c, nsid)->im.data.offset + index * 4096);
}

static void reads(void)
{
    FakeHost *h = start();

    queue(h, 0x02, 2, 5);                   /* nobody runs before it */
    queue(h, 0x02, 2, 77);
    queue(h, 0x01, 2, 78);
    queue(h, 0x02, 1, C + 9);
    queue(h, 0x02, 1, 0xc00);               /* no such parallel unit */
    queue(h, 0x02, 7, 1);                   /* no such namespace */
    queue(h, 0x02, UINT32_MAX, 1);
    queue(h, 0x92, 1, LIST);
    queue(h, 0x02, 2, 4096);                /* no such blocks */
    queue(h, 0x02, 2, UINT64_MAX);
    fake_run(&h->f);
    CHECK_EQ(nsaid, 2);
    CHECK_EQ(said[0], at(h, 2, 77));
    CHECK_EQ(said[1], at(h, 1, IC * 96 + 9));
    fake_host_free(h);
}

/* The admin queue's opcodes are others. */
static void admin(void)
{
    FakeHost *h = start();

    for (unsigned i = 0; i < 3; i++) {
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x02, .nsid = 2 });
    }
    fake_run(&h->f);
    CHECK_EQ(nsaid, 0);
    fake_host_free(h);
}

/* A namespace in pieces: blocks that it does not have are of no piece. */
static void pieces(void)
{
    FakeHost *h = ns_start_two();
    uint64_t first = ocpn_ns_get(h->c, 2)->im.data.offset + 4 * NS_GRAIN;

    ((OcpnPort *)ocpn_ctrl_port(h->c))->soon = soon;
    nsaid = 0;
    queue(h, 0x02, 2, 5);
    queue(h, 0x02, 2, 1023);
    queue(h, 0x02, 2, 1024);
    queue(h, 0x02, 2, UINT64_C(1) << 40);
    queue(h, 0x02, 2, UINT64_MAX);
    fake_run(&h->f);
    CHECK_EQ(nsaid, 1);
    CHECK_EQ(said[0], UINT64_C(1) << 56 ^ (first + 1023 * 4096));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "of a namespace in pieces", pieces },
    { "reads are announced", reads },
    { "the admin queue has none", admin },
};
OCPN_UNIT_MAIN("soon", tests)
