/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Format NVM command"; that a cut of power during it
 * leaves an image of the old or of the new format.
 */
#include "nvm-unit.h"

#define OPC_FORMAT  0x80
#define CC          0x14
#define CSTS        0x1c

/* Let the model follow the namespace's format; all is zero. */
static void adopt(Nvm *n)
{
    const OcpnImage *im = &ocpn_ns_get(n->h->c, 1)->im;

    n->block = 1u << im->lbads;
    n->ms = im->ms;
    n->ext = im->extended;
    n->stride = n->block + (n->ext ? n->ms : 0);
    n->nsze = im->nsze;
    free(n->data);
    free(n->meta);
    n->data = calloc(n->nsze, n->block);
    n->meta = calloc(n->nsze, n->ms ? n->ms : 1);
}

static FakeCmd format_cmd(uint32_t nsid, uint32_t cdw10)
{
    return (FakeCmd) { .opc = OPC_FORMAT, .nsid = nsid, .cdw10 = cdw10 };
}

static uint16_t format(Nvm *n, uint32_t nsid, uint32_t cdw10)
{
    FakeCmd cmd = format_cmd(nsid, cdw10);
    FakeCqe e = fake_admin(n->h, &cmd);

    return e.found ? e.status : 0xffff;
}

/* All blocks are zero, the last one is the last; then it works. */
static void check_fresh(Nvm *n)
{
    uint64_t last = n->nsze - 1;

    for (uint64_t at = 0; at + 100 <= n->nsze; at += 100) {
        nvm_expect(n, at, 100);
    }
    nvm_expect(n, last, 1);
    CHECK_EQ(nvm_run(n, OPC_READ, n->nsze, 1, 0), 0x080);
    CHECK_EQ(nvm_write(n, last - 9, 10, 0), 0);
    CHECK_EQ(nvm_write(n, 0, 10, 0), 0);
    nvm_expect(n, last - 19, 20);
    nvm_expect(n, 0, 20);
}

/* FORMAT-LBAF FORMAT-MSET: each from each neighbour, over a restart. */
static void test_formats(void)
{
    static const uint16_t ms[] = { 0, 8, 16, 64 };
    Nvm n = nvm_start_with(12, 8, false, false);

    for (uint32_t i = 0; i < 32; i++) {
        uint32_t index = i * 5 % 8, mset = i / 8 & 1;
        const OcpnImage *im;

        CHECK_EQ(nvm_run(&n, OPC_WU, 3, 1, 0), 0);
        CHECK_EQ(format(&n, 1, index | mset << 4 | (i / 16) << 9), 0);
        if (i & 1) {
            fake_host_restart(n.h, i & 2);
        }
        im = &ocpn_ns_get(n.h->c, 1)->im;
        CHECK_EQ(im->lbads, index < 4 ? 9 : 12);
        CHECK_EQ(im->ms, ms[index % 4]);
        CHECK_EQ(im->extended, mset && ms[index % 4]);
        CHECK_EQ(im->length, n.h->f.media[1].size);
        CHECK(im->nsze * ((1u << im->lbads) + im->ms) >
              im->length / 10 * 6, "only %" PRIu64 " blocks", im->nsze);
        adopt(&n);
        check_fresh(&n);
    }
    nvm_stop(&n);
}

/* FORMAT-FIELDS: what is refused, and where it was wrong. */
static void test_fields(void)
{
    static const struct { uint32_t nsid, cdw10; uint16_t status, at; } r[] = {
        { 1, 8, 0x10a, 40 },                    /* LBAFL */
        { 1, 15, 0x10a, 40 },
        { 1, 1 << 12, 0x10a, 41 | 4 << 8 },     /* LBAFU */
        { 1, 1 | 1 << 5, 0x10a, 40 | 5 << 8 },  /* PI */
        { 1, 7 << 5, 0x10a, 40 | 5 << 8 },
        { 1, 2 << 9, 0x002, 41 | 1 << 8 },      /* SES: cryptographic */
        { 1, 7 << 9, 0x002, 41 | 1 << 8 },
        { 0, 0, 0x00b, 4 }, { 2, 0, 0x00b, 4 }, { 33, 0, 0x00b, 4 },
        { UINT32_MAX - 1, 0, 0x00b, 4 },
    };
    Nvm n = nvm_start();

    CHECK_EQ(nvm_write(&n, 0, 5, 0), 0);
    for (unsigned i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
        CHECK_EQ(format(&n, r[i].nsid, r[i].cdw10), r[i].status);
        CHECK_EQ(nvm_error_at(&n), r[i].at);
    }
    nvm_expect_all(&n);
    CHECK_EQ(format(&n, 1, 1 << 8), 0);         /* PIL means nothing */
    nvm_stop(&n);
}

/* FORMAT-NSID: all conventional ones; an open-channel one never. */
static void test_namespaces(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_T1,
                            FAKE_CONVENTIONAL(3) } };
    Nvm n = { 0 };

    s.ns[1].cfg.nsid = 2;
    n.h = fake_host_start(&s);
    CHECK_EQ(format(&n, 2, 0), 0x10a);
    CHECK_EQ(nvm_error_at(&n), 4);
    CHECK_EQ(format(&n, 3, 1), 0);
    CHECK_EQ(ocpn_ns_get(n.h->c, 1)->im.lbads, 12);
    CHECK_EQ(ocpn_ns_get(n.h->c, 3)->im.lbads, 9);
    CHECK_EQ(format(&n, UINT32_MAX, 2), 0);
    fake_host_restart(n.h, false);
    CHECK_EQ(ocpn_ns_get(n.h->c, 1)->im.ms, 16);
    CHECK_EQ(ocpn_ns_get(n.h->c, 2)->im.lbads, 12);
    CHECK_EQ(ocpn_ns_is_open_channel(ocpn_ns_get(n.h->c, 2)), true);
    CHECK_EQ(ocpn_ns_get(n.h->c, 3)->im.ms, 16);
    CHECK_EQ(ocpn_ns_get(n.h->c, 3)->formatting, false);
    fake_host_free(n.h);
}

/* FAILURE-CASE-42 FAILURE-CASE-59: waits for what runs; nothing begins. */
static void test_waits(void)
{
    Nvm n = nvm_start();
    FakePort *f = &n.h->f;
    FakeCmd write, cmd = format_cmd(1, 4);

    nvm_content(&n, 0, 1);
    write = nvm_cmd(&n, OPC_WRITE, 0, 1);
    f->hold = true;
    fake_submit(n.h, 1, &write);
    fake_run(f);
    CHECK_EQ(f->nios, 1);
    fake_submit(n.h, 0, &cmd);
    fake_run(f);
    CHECK_EQ(f->nios, 1);                       /* nothing of it yet */
    CHECK_EQ(nvm_run(&n, OPC_READ, 0, 1, 0), 0x084);
    CHECK_EQ(nvm_error_at(&n), 4);
    CHECK_EQ(format(&n, 1, 0), 0x084);
    CHECK_EQ(format(&n, UINT32_MAX, 0), 0x084);
    fake_io_finish(f, 0, OCPN_IO_OK);
    fake_run(f);
    CHECK_EQ(fake_reap(n.h, 1).status, 0);      /* the write */
    CHECK_EQ(f->nios, 1);                       /* the first of its own */
    CHECK_EQ(nvm_run(&n, OPC_FLUSH, 0, 1, 0), 0x084);
    write = (FakeCmd) { .opc = OPC_FLUSH, .nsid = UINT32_MAX };
    CHECK_EQ(fake_io(n.h, &write).status, 0);   /* passes it over */
    fake_io_finish_all(f);
    CHECK_EQ(fake_reap(n.h, 0).status, 0);
    f->hold = false;
    adopt(&n);
    CHECK_EQ(n.block, 4096);
    check_fresh(&n);
    nvm_stop(&n);
}

/* A Flush of all namespaces lets go of each as it passes. */
static void test_waits_for_flush(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) } };
    FakeHost *h = fake_host_start(&s);
    FakeCmd flush = { .opc = OPC_FLUSH, .nsid = UINT32_MAX };
    FakeCmd cmd = format_cmd(1, 4);

    h->f.hold = true;
    fake_submit(h, 1, &flush);
    fake_run(&h->f);
    fake_submit(h, 0, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 1);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 2);     /* the second flush, the first zeros */
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, true);
    CHECK_EQ(fake_reap(h, 1).found, true);
    fake_host_free(h);
}

/* A reset while it waits, and after each of its I/Os. */
static void test_reset(void)
{
    bool over = false;

    for (unsigned k = 0; !over && k < 100; k++) {
        Nvm n = nvm_start();
        FakePort *f = &n.h->f;
        FakeCmd cmd = format_cmd(1, 4);
        OcpnNs *ns = ocpn_ns_get(n.h->c, 1);

        f->hold = true;
        fake_submit(n.h, 0, &cmd);
        fake_run(f);
        for (unsigned i = 0; i < k && f->nios; i++) {
            fake_io_finish(f, 0, OCPN_IO_OK);
            fake_run(f);
        }
        over = !f->nios;
        fake_set_reg(n.h, CC, 0x00460000, 4);
        fake_run(f);
        CHECK_EQ(fake_reg(n.h, CSTS, 4) & 1, !over);
        CHECK(f->nios <= 1, "%u I/Os", f->nios);
        fake_io_finish_all(f);
        f->hold = false;
        CHECK_EQ(fake_reg(n.h, CSTS, 4) & 1, 0);
        CHECK_EQ(ns->formatting, false);
        CHECK_EQ(fake_enable(n.h), true);
        CHECK_EQ(fake_create_pair(n.h, 1, FAKE_QUEUE_SIZE).status, 0);
        adopt(&n);
        check_fresh(&n);
        fake_host_restart(n.h, true);   /* it finds the same format */
        CHECK_EQ(1u << ocpn_ns_get(n.h->c, 1)->im.lbads, n.block);
        CHECK_EQ(format(&n, 1, 0), 0);
        fake_host_restart(n.h, true);
        adopt(&n);
        CHECK_EQ(n.block, 512);
        check_fresh(&n);
        nvm_stop(&n);
    }
    CHECK_EQ(over, true);
}

/* The waiting one is dropped with the reset; its I/O goes on being awaited. */
static void test_reset_while_waiting(void)
{
    Nvm n = nvm_start();
    FakePort *f = &n.h->f;
    FakeCmd write, cmd = format_cmd(1, 4);

    nvm_content(&n, 0, 1);
    write = nvm_cmd(&n, OPC_WRITE, 0, 1);
    f->hold = true;
    fake_submit(n.h, 1, &write);
    fake_run(f);
    fake_submit(n.h, 0, &cmd);
    fake_run(f);
    fake_set_reg(n.h, CC, 0x00460000, 4);
    fake_run(f);
    CHECK_EQ(f->nios, 1);
    CHECK_EQ(fake_reg(n.h, CSTS, 4) & 1, 1);
    fake_io_finish_all(f);
    f->hold = false;
    CHECK_EQ(fake_reg(n.h, CSTS, 4) & 1, 0);
    CHECK_EQ(fake_enable(n.h), true);
    CHECK_EQ(fake_create_pair(n.h, 1, FAKE_QUEUE_SIZE).status, 0);
    nvm_expect_all(&n);
    nvm_stop(&n);
}

/* Power goes while I/O number K waits; a write is half done then. */
static bool cut(unsigned k)
{
    Nvm n = nvm_start();
    FakePort *f = &n.h->f;
    FakeCmd cmd = format_cmd(1, 5);
    bool over;

    CHECK_EQ(nvm_write(&n, 0, 100, 0), 0);
    CHECK_EQ(nvm_run(&n, OPC_WU, 3, 1, 0), 0);
    f->hold = true;
    fake_submit(n.h, 0, &cmd);
    fake_run(f);
    for (unsigned i = 0; i < k && f->nios; i++) {
        fake_io_finish(f, 0, OCPN_IO_OK);
        fake_run(f);
    }
    over = !f->nios;
    if (f->nios && f->io[0]->op == OCPN_IO_WRITE) {
        memcpy(f->media[1].bytes + f->io[0]->offset, f->io[0]->buf,
               f->io[0]->len / 2);
    }
    f->hold = false;
    fake_host_restart(n.h, false);
    if (ocpn_ns_get(n.h->c, 1)->im.lbads == 12) {
        adopt(&n);
        CHECK_EQ(n.ms, 8);
        check_fresh(&n);
    } else {
        CHECK_EQ(over, false);
        CHECK_EQ(nvm_write(&n, 3, 1, 0), 0);
        nvm_expect(&n, 3, 1);
    }
    CHECK_EQ(format(&n, 1, 0), 0);
    nvm_stop(&n);
    return over;
}

static void test_cuts(void)
{
    unsigned k = 0;

    while (k < 100 && !cut(k)) {
        k++;
    }
    CHECK_EQ(k, 7);     /* zeros, page, flush, twice (superblock, flush) */
}

/* Each I/O fails once; the namespace has a format, and one can try again. */
static void test_failures(void)
{
    static const OcpnIoOp ops[] = { OCPN_IO_ZERO, OCPN_IO_WRITE,
                                    OCPN_IO_FLUSH };
    Nvm n = nvm_start();

    for (unsigned i = 0; i < 9; i++) {
        NvmFault fault = { .op = ops[i / 3], .after = i % 3,
                           .result = OCPN_IO_ERROR };
        uint32_t index = i & 1 ? 4 : 1;
        uint16_t status;

        nvm_break(&n, &fault);
        status = format(&n, 1, index);
        nvm_heal(&n);
        CHECK_EQ(status, fault.count <= fault.after ? 0 :
                         i < 6 ? 0x280 : 0x006);
        adopt(&n);
        check_fresh(&n);
        fake_host_restart(n.h, true);
        CHECK_EQ(1u << ocpn_ns_get(n.h->c, 1)->im.lbads, n.block);
        CHECK_EQ(format(&n, 1, i % 8), 0);
        adopt(&n);
    }
    nvm_stop(&n);
}

/* All that is behind the tables, in pieces, and the space comes back. */
static void test_zeros(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };
    FakeCmd cmd = format_cmd(1, 1);
    FakeHost *h;
    FakeMedia *m;
    uint64_t at;

    s.ns[0].nsze = 40000;
    h = fake_host_start(&s);
    m = &h->f.media[1];
    at = ocpn_ns_get(h->c, 1)->im.state.offset +
         ocpn_ns_get(h->c, 1)->im.state.length;
    memset(m->bytes + at, 0x77, m->size - at);
    h->f.hold = true;
    fake_submit(h, 0, &cmd);
    for (unsigned i = 0; i < 2; i++) {
        fake_run(&h->f);
        CU_ASSERT_EQUAL_FATAL(h->f.nios, 1);
        CHECK_EQ(h->f.io[0]->op, OCPN_IO_ZERO);
        CHECK_EQ(h->f.io[0]->unmap, true);
        CHECK(h->f.io[0]->len <= 128 << 20, "%" PRIu64 " bytes at once",
              h->f.io[0]->len);
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
    }
    CHECK_EQ(fake_all(m->bytes + at, 0, m->size - at), true);
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 0).status, 0);
    fake_host_free(h);
}

/* Both copies of the superblock tell the same. */
static void test_both_copies(void)
{
    Nvm n = nvm_start();
    const uint8_t *a = n.h->f.media[1].bytes, *b = a + 65536;

    CHECK_EQ(format(&n, 1, 6), 0);
    CHECK_EQ(a[49], 12);
    CHECK_EQ(b[49], 12);
    CHECK_EQ(memcmp(a + 32, b + 32, 4064), 0);
    CHECK(bytes_at(a + 24, 8) % 2 == 1 && bytes_at(b + 24, 8) % 2 == 0,
          "odd sequence numbers are in copy A");
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "every format, over restarts", test_formats },
    { "fields that are refused", test_fields },
    { "one namespace and all", test_namespaces },
    { "waits for what runs, lets nothing begin", test_waits },
    { "waits for a Flush of all", test_waits_for_flush },
    { "a reset after each I/O", test_reset },
    { "a reset while it waits", test_reset_while_waiting },
    { "power cut at each I/O", test_cuts },
    { "failures", test_failures },
    { "zeros everywhere, in pieces", test_zeros },
    { "both superblock copies", test_both_copies },
};
OCPN_UNIT_MAIN("cmd-format", tests)
