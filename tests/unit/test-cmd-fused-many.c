/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fused pairs of several namespaces at once.
 * Proves: NVMe Base 2.0, "Fused Operations"; OCP Datacenter NVMe SSD,
 * NVMe-IO-9.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define NEW     (FAKE_BUF + 0x10000)        /* what the write writes */
#define OTHER   (FAKE_BUF + 0x20000)

enum { WRITE = 1, COMPARE = 5, FIRST = 1, SECOND = 2 };

static unsigned ios(FakeHost *h, OcpnIoOp op)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h->f.nios; i++) {
        n += h->f.io[i]->op == op;
    }
    return n;
}

/* Write two blocks of namespace NSID, the second one in crumbs. */
static void submit_crumbs(FakeHost *h, uint32_t nsid)
{
    uint64_t list = FAKE_LISTS + 0x10000 + nsid * 0x2000;

    for (unsigned i = 0; i < 65; i++) {
        uint8_t *d = fake_guest(h, list + i * 16);

        memset(d, 0, 16);
        put_bytes_at(d, 8, i ? OTHER + 0x1000 + i * 128 : OTHER);
        put_bytes_at(d + 8, 4, i ? 64 : 4096);
    }
    fake_submit(h, 1, &(FakeCmd) {
        .opc = WRITE, .flags = 0x40, .nsid = nsid, .cdw12 = 1, .prp1 = list,
        .prp2 = 65 * 16 | UINT64_C(0x30) << 56,
    });
}

/*
 * Pairs that wait leave a buffer for those they wait for, even if there are
 * as many pairs, each of another namespace, as buffers.
 */
static void buffers(void)
{
    FakeSetup s = { .cfg = { .ocp = { .version = OCP_2_5 } } };
    FakeHost *h;

    for (uint32_t i = 1; i <= 4; i++) {
        s.ns[i - 1] = (FakeNs) FAKE_CONVENTIONAL(i);
    }
    h = fake_host_start(&s);
    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    h->f.hold = true;
    for (uint32_t i = 1; i <= 4; i++) {
        submit_crumbs(h, i);
    }
    fake_run(&h->f);
    CHECK_EQ(ios(h, OCPN_IO_WRITE), 4);
    for (uint32_t i = 1; i <= 4; i++) {
        FakeCmd a = { .opc = COMPARE, .flags = FIRST, .nsid = i,
                      .prp1 = FAKE_BUF, .cdw10 = 7 };
        FakeCmd b = { .opc = WRITE, .flags = SECOND, .nsid = i,
                      .prp1 = NEW, .cdw10 = 7 };

        fake_queue(h, 1, &a);
        fake_submit(h, 1, &b);
        fake_run(&h->f);
    }
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    for (unsigned i = 0; i < 12; i++) {
        FakeCqe e = fake_reap(h, 1);

        CHECK(e.found && !e.status, "%u: %x", i, e.status);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "buffers of four pairs", buffers },
};
OCPN_UNIT_MAIN("cmd-fused-many", tests)
