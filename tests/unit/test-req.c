/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/req.h: a request completes exactly once, and one that fails
 * leaves one entry in the error log, which names the byte and the bit.
 * NVMe Base 2.0, "Completion Queue Entry", "Error Information".
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/event.h"
#include "ocpn-unit.h"

#define ADMIN   0u
#define IO      1u
#define NOWHERE 0xffffu

static const FakeSetup drive = { .ns = { FAKE_CONVENTIONAL(1) } };

static const struct {
    unsigned qid;
    FakeCmd cmd;
    uint16_t status, where;
    uint64_t lba;
} rows[] = {
    { ADMIN, { .opc = 0xff }, 0x001, 0, 0 },
    { ADMIN, { .opc = 0x06, .cdw10 = 1, .prp1 = FAKE_BUF }, 0, 0, 0 },
    { ADMIN, { .opc = 0x06, .flags = 0x80 }, 0x002, 6 << 8 | 1, 0 },
    { ADMIN, { .opc = 0x06, .flags = 0x02 }, 0x002, 1, 0 },
    { ADMIN, { .opc = 0x06, .cdw10 = 1, .prp1 = FAKE_BUF + 1 }, 0x013, 24,
      0 },
    { ADMIN, { .opc = 0x06, .cdw10 = 1, .prp1 = FAKE_MMIO }, 0x004, NOWHERE,
      0 },
    { ADMIN, { .opc = 0x05, .cdw10 = 15 << 16 | 2, .cdw11 = 9 << 16 | 1,
               .prp1 = FAKE_BUF }, 0x108, 46, 0 },
    { ADMIN, { .opc = 0x00, .cdw10 = 7 }, 0x101, 40, 0 },
    { IO, { .opc = 0x7f, .nsid = 1 }, 0x001, 0, 0 },
    { IO, { .opc = 0x02, .nsid = 2 }, 0x00b, 4, 0 },
    { IO, { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF, .cdw10 = 7 }, 0, 0,
      0 },
    { IO, { .opc = 0x02, .nsid = 1, .prp1 = FAKE_HOLE, .cdw10 = 7 }, 0x004,
      NOWHERE, 0 },
    { IO, { .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF, .cdw10 = 4095 }, 0, 0,
      0 },
    { IO, { .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF + 2 }, 0x013, 24, 0 },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))

/* The newest entry of the error log. */
static const uint8_t *newest(FakeHost *h)
{
    static uint8_t e[64];

    ocpn_error_get(h->c, 0, (NvmeErrorEntry *)(void *)e);
    return e;
}

static void check_entry(FakeHost *h, FakeCqe e, uint16_t where)
{
    const uint8_t *p = newest(h);

    CHECK_EQ(bytes_at(p, 8), ocpn_error_count(h->c));
    CHECK_EQ(bytes_at(p + 8, 2), e.sqid);
    CHECK_EQ(bytes_at(p + 10, 2), e.cid);
    CHECK_EQ(bytes_at(p + 12, 2) >> 1, e.status | (unsigned)e.dnr << 14);
    CHECK_EQ(bytes_at(p + 14, 2), where);
}

/* One completion, and one entry for what fails, none for what does not. */
static void one_of_each(void)
{
    FakeHost *h = fake_host_start(&drive);

    for (size_t i = 0; i < NROWS; i++) {
        uint64_t errors = ocpn_error_count(h->c);
        unsigned done = h->f.traces[OCPN_TRACE_COMPLETE];
        unsigned refused = h->f.traces[OCPN_TRACE_REJECT];
        FakeCqe e = rows[i].qid ? fake_io(h, &rows[i].cmd)
                                : fake_admin(h, &rows[i].cmd);
        bool failed = rows[i].status != 0;

        CHECK(e.found && e.status == rows[i].status, "row %zu: status %x",
              i, e.status);
        CHECK_EQ(e.cid, h->cid);
        CHECK_EQ(e.sqid, rows[i].qid);
        CHECK_EQ(e.dnr, failed && ocpn_status_dnr(e.status));
        CHECK_EQ(fake_reap(h, (uint16_t)rows[i].qid).found, false);
        CHECK_EQ(h->f.traces[OCPN_TRACE_COMPLETE], done + 1);
        CHECK_EQ(h->f.traces[OCPN_TRACE_REJECT], refused + failed);
        CHECK_EQ(ocpn_error_count(h->c), errors + failed);
        if (failed) {
            check_entry(h, e, rows[i].where);
        }
    }
    fake_host_free(h);
}

static OcpnIoResult fails(FakePort *f, const OcpnIo *io)
{
    return io->op == OCPN_IO_FLUSH ? OCPN_IO_OK
                                   : *(OcpnIoResult *)f->judge_opaque;
}

/* Failures of the medium: no byte is to blame, but a block; SMART counts. */
static void media_errors(void)
{
    static const struct {
        uint8_t opc; OcpnIoResult result; uint16_t status; unsigned media;
    } row[] = {
        { 0x02, OCPN_IO_ERROR, 0x281, 1 }, { 0x01, OCPN_IO_ERROR, 0x280, 1 },
        { 0x01, OCPN_IO_NOSPC, 0x081, 0 }, { 0x02, OCPN_IO_NODMA, 0x004, 0 },
    };
    FakeHost *h = fake_host_start(&drive);
    uint64_t before = 0;

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnIoResult result = row[i].result;
        FakeCqe e;

        h->f.judge = fails;
        h->f.judge_opaque = &result;
        e = fake_io(h, &(FakeCmd) { .opc = row[i].opc, .nsid = 1,
                                    .prp1 = FAKE_BUF, .cdw10 = 77 });
        h->f.judge = NULL;
        CHECK_EQ(e.status, row[i].status);
        check_entry(h, e, NOWHERE);
        CHECK_EQ(bytes_at(newest(h) + 16, 8), row[i].media ? 77 : 0);
        before += row[i].media;
        CHECK_EQ(ocpn_counter(h->c, OCPN_COUNT_MEDIA_ERRORS), before);
    }
    fake_host_free(h);
}

/* Many at once, failing and not, finished in any order: each one once. */
static void any_order(void)
{
    static uint8_t seen[65536];
    FakeHost *h = fake_host_start(&drive);
    uint32_t x = 1;
    FakeCqe e;

    memset(seen, 0, sizeof(seen));
    h->f.hold = true;
    for (unsigned i = 0; i < 200; i++) {
        fake_submit(h, 1, &(FakeCmd) {
            .opc = i % 3 ? 0x02 : 0x01, .nsid = 1 + (i % 7 == 0),
            .prp1 = FAKE_BUF + i * 4096 + (i % 11 == 0), .cdw10 = i,
        });
        if (i % 50 == 49) {
            fake_run(&h->f);
        }
    }
    while (h->f.nios) {
        x = x * 1103515245u + 12345u;
        fake_io_finish(&h->f, (x >> 8) % h->f.nios,
                       x >> 30 ? OCPN_IO_OK : OCPN_IO_ERROR);
        if (x & 0x1000) {
            fake_run(&h->f);
        }
    }
    fake_run(&h->f);
    for (unsigned i = 0; i < 200; i++) {
        e = fake_reap(h, 1);
        CHECK_EQ(e.found, true);
        CHECK(!seen[e.cid]++, "command %u twice", e.cid);
    }
    CHECK_EQ(fake_reap(h, 1).found, false);
    h->f.hold = false;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "one completion, one error entry", one_of_each },
    { "failures of the medium", media_errors },
    { "any order of completion", any_order },
};
OCPN_UNIT_MAIN("req", tests)
