/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every status of the commands on queues; Doorbell Buffer Config is in
 * test-shadow.c.
 * Proves: NVMe Base 2.0, "Create I/O Completion Queue command", "Create I/O
 * Submission Queue command", "Delete I/O Completion Queue command", "Delete
 * I/O Submission Queue command", "Abort command".
 */
#include "queue-unit.h"

enum { DELETE_SQ = 0x00, CREATE_SQ = 0x01, DELETE_CQ = 0x04,
       CREATE_CQ = 0x05, ABORT = 0x08, AER = 0x0c };

#define NOWHERE 0xffffu
#define AT(byte, bit)   ((byte) | (bit) << 8)

/* CQ 1 and SQ 1 exist; MQES is 2047, there are 8 pairs and 9 vectors. */
static const struct {
    uint8_t opc;
    uint32_t nsid, cdw10, cdw11;
    uint64_t prp1;
    uint16_t status, where;
} rows[] = {
    { CREATE_CQ, 0, 15 << 16 | 0, 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_CQ, 0, 15 << 16 | 1, 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_CQ, 0, 15 << 16 | 9, 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_CQ, 0, 15 << 16 | 65, 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_CQ, 0, 15 << 16 | 65535, 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_CQ, 0, 0 << 16 | 2, 1, 0x200000, 0x102, AT(42, 0) },
    { CREATE_CQ, 0, 2048 << 16 | 2, 1, 0x200000, 0x102, AT(42, 0) },
    { CREATE_CQ, 0, 65535u << 16 | 2, 1, 0x200000, 0x102, AT(42, 0) },
    { CREATE_CQ, 0, 15 << 16 | 2, 0, 0x200000, 0x002, AT(44, 0) },
    { CREATE_CQ, 0, 15 << 16 | 2, 1, 0x200004, 0x013, AT(24, 0) },
    { CREATE_CQ, 0, 15 << 16 | 2, 1, 0x200800, 0x013, AT(24, 0) },
    { CREATE_CQ, 0, 15 << 16 | 2, 9 << 16 | 3, 0x200000, 0x108, AT(46, 0) },
    { CREATE_CQ, 0, 15 << 16 | 2, 65535u << 16 | 3, 0x200000, 0x108,
      AT(46, 0) },
    { CREATE_CQ, 1, 15 << 16 | 2, 1, 0x200000, 0x002, AT(4, 0) },
    { CREATE_SQ, 0, 15 << 16 | 0, 1 << 16 | 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_SQ, 0, 15 << 16 | 1, 1 << 16 | 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_SQ, 0, 15 << 16 | 9, 1 << 16 | 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_SQ, 0, 65535, 1 << 16 | 1, 0x200000, 0x101, AT(40, 0) },
    { CREATE_SQ, 0, 15 << 16 | 2, 0 << 16 | 1, 0x200000, 0x101, AT(46, 0) },
    { CREATE_SQ, 0, 15 << 16 | 2, 9 << 16 | 1, 0x200000, 0x101, AT(46, 0) },
    { CREATE_SQ, 0, 15 << 16 | 2, 65535u << 16 | 1, 0x200000, 0x101,
      AT(46, 0) },
    { CREATE_SQ, 0, 15 << 16 | 2, 2 << 16 | 1, 0x200000, 0x100, AT(46, 0) },
    { CREATE_SQ, 0, 0 << 16 | 2, 1 << 16 | 1, 0x200000, 0x102, AT(42, 0) },
    { CREATE_SQ, 0, 2048 << 16 | 2, 1 << 16 | 1, 0x200000, 0x102,
      AT(42, 0) },
    { CREATE_SQ, 0, 15 << 16 | 2, 1 << 16, 0x200000, 0x002, AT(44, 0) },
    { CREATE_SQ, 0, 15 << 16 | 2, 1 << 16 | 1, 0x200001, 0x013, AT(24, 0) },
    { CREATE_SQ, 1, 15 << 16 | 2, 1 << 16 | 1, 0x200000, 0x002, AT(4, 0) },
    { DELETE_SQ, 0, 0, 0, 0, 0x101, AT(40, 0) },
    { DELETE_SQ, 0, 2, 0, 0, 0x101, AT(40, 0) },
    { DELETE_SQ, 0, 65535, 0, 0, 0x101, AT(40, 0) },
    { DELETE_SQ, 1, 1, 0, 0, 0x002, AT(4, 0) },
    { DELETE_CQ, 0, 0, 0, 0, 0x101, AT(40, 0) },
    { DELETE_CQ, 0, 2, 0, 0, 0x101, AT(40, 0) },
    { DELETE_CQ, 0, 65, 0, 0, 0x101, AT(40, 0) },
    { DELETE_CQ, 0, 65535, 0, 0, 0x101, AT(40, 0) },
    { DELETE_CQ, 0, 1, 0, 0, 0x10c, AT(40, 0) },
    { DELETE_CQ, 1, 1, 0, 0, 0x002, AT(4, 0) },
};

/* FAILURE-CASE-38 */
static void refused(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    unsigned allocs = h->f.nallocs;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FakeCqe e = fake_admin(h, &(FakeCmd) {
            .opc = rows[i].opc, .nsid = rows[i].nsid, .prp1 = rows[i].prp1,
            .cdw10 = rows[i].cdw10, .cdw11 = rows[i].cdw11,
        });
        uint16_t where = fake_error_location(h);

        CHECK(e.found && e.status == rows[i].status &&
              where == rows[i].where, "row %zu: status %x at %x", i,
              e.status, where);
        CHECK_EQ(e.dnr, true);
    }
    CHECK_EQ(h->f.nallocs, allocs);
    queue_flush(h, 1);                      /* pair 1 is as it was */
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).found, true);
    fake_host_free(h);
}

/* FAILURE-CASE-38: the largest and the smallest of everything. */
static void accepted(void)
{
    FakeSetup s = queue_drive;
    FakeHost *h;

    s.cfg.max_ioqpairs = 64;
    s.cfg.mqes = 65535;
    s.cfg.nvectors = 2048;
    h = fake_host_start(&s);
    for (uint16_t i = 2; i <= 64; i++) {
        uint32_t size = i & 1 ? 2 : 65536;

        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = CREATE_CQ, .prp1 = 0x200000,
            .cdw10 = (size - 1) << 16 | i, .cdw11 = 2047u << 16 | 3,
        }).status, 0);
        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = CREATE_SQ, .prp1 = 0x400000,
            .cdw10 = (size - 1) << 16 | i, .cdw11 = (uint32_t)i << 16 | 1,
        }).status, 0);
    }
    CHECK_EQ(queue_delete_cq(h, 64).status, 0x10c);
    CHECK_EQ(queue_delete_sq(h, 64).status, 0);
    CHECK_EQ(queue_delete_cq(h, 64).status, 0);
    CHECK_EQ(queue_delete_cq(h, 64).status, 0x101);
    CHECK_EQ(fake_disable(h), true);
    CHECK_EQ(ocpn_ctrl_quiet(h->c), true);
    fake_host_free(h);
}

/* CC.IOSQES and CC.IOCQES must be right when a queue is made. */
static void entry_sizes(void)
{
    static const struct { uint32_t cc; uint16_t cq, sq; } row[] = {
        { 0x00000001, 0x102, 0x100 }, { 0x00060001, 0x102, 0x100 },
        { 0x00400001, 0, 0x102 }, { 0x00450001, 0, 0x102 },
        { 0x00560001, 0x102, 0x100 }, { 0x00460001, 0, 0 },
    };
    FakeHost *h = fake_host_new(&queue_drive);

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        CHECK_EQ(fake_enable(h), true);
        fake_set_reg(h, 0x14, row[i].cc, 4);
        CHECK_EQ(queue_create_cq(h, 1, 16, 0x200000).status, row[i].cq);
        CHECK_EQ(queue_create_sq(h, 1, 16, 0x300000, 1).status, row[i].sq);
        CHECK_EQ(fake_disable(h), true);
    }
    fake_host_free(h);
}

/* Without MSI-X there is one vector. */
static void pin(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    FakeCmd cmd = { .opc = CREATE_CQ, .prp1 = 0x200000,
                    .cdw10 = 15 << 16 | 2, .cdw11 = 1 << 16 | 3 };

    ocpn_ctrl_set_msix(h->c, false);
    CHECK_EQ(fake_admin(h, &cmd).status, 0x108);
    cmd.cdw11 = 3;
    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    fake_host_free(h);
}

/* What the host was granted with feature 07h limits it. */
static void granted(void)
{
    FakeHost *h = fake_host_new(&queue_drive);

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_set_feature(h, 0x07, 0, 2 << 16 | 1).status, 0);
    CHECK_EQ(queue_create_cq(h, 3, 16, 0x200000).status, 0);
    CHECK_EQ(queue_create_cq(h, 4, 16, 0x200000).status, 0x101);
    CHECK_EQ(queue_create_sq(h, 2, 16, 0x300000, 3).status, 0);
    CHECK_EQ(queue_create_sq(h, 3, 16, 0x300000, 3).status, 0x101);
    CHECK_EQ(queue_create_sq(h, 1, 16, 0x300000, 4).status, 0x101);
    fake_host_free(h);
}

static void no_memory(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    FakeCqe e = { .status = 1 };

    for (unsigned n = 1; e.status && n < 10; n++) {
        unsigned allocs = h->f.nallocs;

        h->f.fail_alloc = n;
        e = queue_create_cq(h, 2, 16, 0x200000);
        CHECK(!e.status || (e.status == 0x006 && !e.dnr), "%x", e.status);
        CHECK_EQ(!e.status || h->f.nallocs == allocs, true);
    }
    h->f.fail_alloc = 1;
    CHECK_EQ(queue_create_sq(h, 2, 16, 0x300000, 2).status, 0x006);
    CHECK_EQ(queue_create_sq(h, 2, 16, 0x300000, 2).status, 0);
    queue_flush(h, 2);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 2).status, 0);
    fake_host_free(h);
}

static FakeCqe abort_cmd(FakeHost *h, uint16_t sqid, uint16_t cid)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = ABORT, .cdw10 = (uint32_t)cid << 16 | sqid,
    });
}

/*
 * FAILURE-CASE-27
 * Abort: event requests end; commands on the medium run to their end.
 */
static void aborts(void)
{
    FakeHost *h = fake_host_start(&queue_drive);
    uint16_t aer[3], cid;
    FakeCqe e;

    for (unsigned i = 0; i < 3; i++) {
        aer[i] = fake_submit(h, 0, &(FakeCmd) { .opc = AER });
    }
    h->f.hold = true;
    cid = queue_flush(h, 1);
    fake_run(&h->f);
    e = abort_cmd(h, 1, cid);
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 1);                     /* not aborted */
    e = abort_cmd(h, 1, aer[1]);            /* not of this queue */
    CHECK_EQ(e.dw0, 1);
    e = abort_cmd(h, 0, (uint16_t)(cid + 100));
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 1);
    fake_io_finish_all(&h->f);
    e = fake_reap(h, 1);
    CHECK_EQ(e.found && e.cid == cid && !e.status, true);
    fake_submit(h, 0, &(FakeCmd) {
        .opc = ABORT, .cdw10 = (uint32_t)aer[1] << 16,
    });
    fake_run(&h->f);
    for (unsigned i = 0; i < 2; i++) {      /* the aborted, and the Abort */
        e = fake_reap(h, 0);
        CHECK_EQ(e.found, true);
        CHECK_EQ(e.status, e.cid == aer[1] ? 0x007 : 0);
        CHECK_EQ(e.dw0, 0);
    }
    fake_doorbell(h, 5, false, 0);          /* an event: for another one */
    fake_run(&h->f);
    e = fake_reap(h, 0);
    CHECK_EQ(e.found && (e.cid == aer[0] || e.cid == aer[2]), true);
    e = abort_cmd(h, 0, aer[1]);            /* it is gone */
    CHECK_EQ(e.dw0, 1);
    e = abort_cmd(h, 5, 1);                 /* no such queue */
    CHECK_EQ(e.status, 0x002);
    CHECK_EQ(fake_error_location(h), 40);
    e = abort_cmd(h, 65535, 1);
    CHECK_EQ(e.status, 0x002);
    h->f.hold = false;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "refusals, and the byte they name", refused },
    { "the largest and the smallest", accepted },
    { "entry sizes", entry_sizes },
    { "vectors without MSI-X", pin },
    { "as many queues as were granted", granted },
    { "no memory", no_memory },
    { "Abort", aborts },
};
OCPN_UNIT_MAIN("cmd-queue", tests)
