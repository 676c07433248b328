/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces that share a drive: their blocks, and commands on the way while
 * they change.
 * Proves: NVMe Base 2.0, "Namespace Management command", "Format NVM
 * command"; core/space.c, core/cmd-ns.c.
 */
#include "hw/ocp-nvme/core/event.h"
#include "migrate-unit.h"
#include "ns-unit.h"

#define BLOCKS  4096u           /* of the whole drive */

/* Blocks of namespaces in pieces stay apart; new ones are zeros. */
static void data(void)
{
    FakeHost *h = fake_host_start(&ns_drive);

    for (uint32_t i = 0; i < BLOCKS; i += 17) {
        CHECK_EQ(ns_write(h, 1, i, 0xaa), 0);
    }
    CHECK_EQ(ns_delete(h, 1), 0);
    for (uint32_t i = 1; i <= 8; i++) {
        CHECK_EQ(ns_create(h, 512).dw0, i);
    }
    for (uint32_t i = 1; i <= 8; i += 2) {
        CHECK_EQ(ns_delete(h, i), 0);
    }
    CHECK_EQ(ns_create(h, 2048).dw0, 1);        /* four times two grains */
    CHECK_EQ(ns_unallocated(h), 0);
    for (uint32_t i = 1; i <= 8; i += i == 1 ? 1 : 2) {
        uint32_t n = i == 1 ? 2048 : 512;

        CHECK_EQ(ns_attach(h, i, 0), 0);
        for (uint32_t b = 0; b < n; b++) {
            CHECK(ns_read(h, i, b) == 0, "%u: %u is not zero", i, b);
            CHECK_EQ(ns_write(h, i, b, (uint8_t)(i + b / 256)), 0);
        }
        CHECK_EQ(ns_read(h, i, n), 0x180);
    }
    fake_host_restart(h, false);
    for (uint32_t i = 1; i <= 8; i += i == 1 ? 1 : 2) {
        for (uint32_t b = 0; b < (i == 1 ? 2048 : 512); b++) {
            CHECK(ns_read(h, i, b) == (uint8_t)(i + b / 256), "%u: %u", i, b);
        }
    }
    fake_host_free(h);
}

/* Commands across the borders of grains that do not follow each other. */
static void borders(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    uint8_t *p = fake_guest(h, NS_DATA);
    FakeCmd cmd = { .nsid = 1, .cdw10 = 200, .cdw12 = 99 };

    CHECK_EQ(ns_delete(h, 1), 0);
    for (uint32_t i = 1; i <= 5; i++) {
        CHECK_EQ(ns_create(h, 256).dw0, i);
    }
    for (uint32_t i = 1; i <= 5; i += 2) {
        CHECK_EQ(ns_delete(h, i), 0);
    }
    CHECK_EQ(ns_create(h, 1024).dw0, 1);
    CHECK_EQ(ns_attach(h, 1, 0), 0);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(ns_attach(h, 4, 0), 0);
    fake_prp(h, &cmd, NS_DATA, 100 * 4096);
    for (unsigned i = 0; i < 100; i++) {
        memset(p + i * 4096, 0x40 + (int)i, 4096);
    }
    cmd.opc = 1;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    cmd.opc = 5;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    memset(p, 0, 100 * 4096);
    cmd.opc = 2;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQ(fake_all(p + i * 4096, (uint8_t)(0x40 + i), 4096), true);
    }
    memset(p, 0, 32);                           /* Copy 200..299 to 450 */
    p[8] = 200;
    p[16] = 99;
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x19, .nsid = 1, .cdw10 = 450,
                                     .prp1 = NS_DATA }).status, 0);
    for (uint32_t i = 0; i < 100; i++) {
        CHECK(ns_read(h, 1, 450 + i) == 0x40 + i, "copy of %u", i);
    }
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 8, .nsid = 1, .cdw10 = 230,
                                     .cdw12 = 299 }).status, 0);
    CHECK_EQ(ns_read(h, 1, 229), 0x40 + 29);
    for (uint32_t i = 230; i < 530; i++) {
        CHECK(ns_read(h, 1, i) == 0, "%u is not zero", i);
    }
    CHECK_EQ(ns_read(h, 1, 530), 0x40 + 80);
    for (uint32_t i = 0; i < 256; i++) {
        CHECK(ns_read(h, 2, i) == 0 && ns_read(h, 4, i) == 0, "%u", i);
    }
    fake_host_free(h);
}

/* Format NVM of one leaves the others alone. */
static void format(void)
{
    FakeHost *h = ns_start_two();

    for (uint32_t i = 0; i < 1024; i++) {
        CHECK_EQ(ns_write(h, 1, i, 0x11) | ns_write(h, 2, i, 0x22), 0);
    }
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 2,
                                        .cdw10 = 1 }).status, 0);
    CHECK_EQ(ns_identify(h, 0, 2, 0, 8), 8192);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[26], 1);
    CHECK_EQ(ns_identify(h, 0, 1, 0, 8), 1024);
    for (unsigned again = 0; again < 2; again++) {
        for (uint32_t i = 0; i < 1024; i++) {
            CHECK_EQ(ns_read(h, 1, i), 0x11);
        }
        CHECK_EQ(ns_identify(h, 0, 2, 0, 8), 8192);
        fake_host_restart(h, again);
    }
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = NS_ALL,
                                        .cdw10 = 0 }).status, 0);
    for (uint32_t i = 0; i < 1024; i++) {
        CHECK_EQ(ns_read(h, 1, i) | ns_read(h, 2, i), 0);
    }
    fake_host_free(h);
}

/* Marks go with their namespace, and stay with theirs. */
static void marks(void)
{
    FakeHost *h = ns_start_two();

    for (uint32_t i = 1; i <= 2; i++) {
        CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 4, .nsid = i,
                                         .cdw10 = 10 * i }).status, 0);
    }
    fake_host_restart(h, false);
    CHECK_EQ(ns_read(h, 1, 10), 0x381);
    CHECK_EQ(ns_read(h, 1, 20), 0);
    CHECK_EQ(ns_read(h, 2, 20), 0x381);
    CHECK_EQ(ns_delete(h, 2), 0);
    CHECK_EQ(ns_create(h, 1024).dw0, 2);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(ns_read(h, 2, 20), 0);
    CHECK_EQ(ns_read(h, 1, 10), 0x381);
    fake_host_free(h);
}

/* What is in flight ends well; what comes finds no namespace. */
static void in_flight(void)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        FakeHost *h = ns_start_two();
        FakeCmd go = kind ? ns_delete_cmd(2) : ns_attach_cmd(h, 2, 1);
        FakeCmd rd = { .opc = 2, .nsid = 2, .prp1 = NS_DATA };

        h->f.hold = true;
        fake_submit(h, 1, &rd);
        fake_submit(h, 1, &rd);
        fake_run(&h->f);
        fake_submit(h, 0, &go);
        fake_run(&h->f);
        fake_submit(h, 1, &rd);
        fake_run(&h->f);
        CHECK_EQ(fake_reap(h, 1).status, 0x002);
        CHECK_EQ(h->f.nios, 2);                 /* the table waits */
        CHECK_EQ(fake_reap(h, 0).found, false);
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
        fake_run(&h->f);
        CHECK_EQ(h->f.nios, 1);
        fake_io_finish_all(&h->f);
        h->f.hold = false;
        CHECK_EQ(fake_reap(h, 1).status, 0);
        CHECK_EQ(fake_reap(h, 1).status, 0);
        CHECK_EQ(fake_reap(h, 1).found, false);
        CHECK_EQ(fake_reap(h, 0).status, 0);
        CHECK_EQ(fake_reap(h, 0).found, false);
        CHECK_EQ(ns_identify(h, 2, 0, 0, 8), 1);
        fake_host_free(h);
    }
}

/* A reset at each step leaves it done or not begun, and nothing behind. */
static void resets(void)
{
    for (unsigned steps = 0; steps < 8; steps++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            FakeHost *h = ns_start_two();
            FakeCmd cmd = kind == 0 ? ns_delete_cmd(2)
                                    : ns_attach_cmd(h, 2, 1);
            uint64_t free = ns_unallocated(h);
            bool there;

            if (kind == 2) {
                uint8_t *p = fake_guest(h, FAKE_BUF);

                memset(p, 0, 4096);
                p[1] = p[9] = 4;
                cmd = (FakeCmd) { .opc = NS_MANAGE, .prp1 = FAKE_BUF };
            }
            h->f.hold = true;
            fake_submit(h, 1, &(FakeCmd) { .opc = 2, .nsid = 2,
                                           .prp1 = NS_DATA });
            fake_run(&h->f);
            fake_submit(h, 0, &cmd);
            fake_run(&h->f);
            for (unsigned i = 0; i < steps && h->f.nios; i++) {
                fake_io_finish(&h->f, 0, OCPN_IO_OK);
                fake_run(&h->f);
            }
            fake_set_reg(h, 0x14, 0, 4);
            fake_run(&h->f);
            fake_io_finish_all(&h->f);
            h->f.hold = false;
            CHECK_EQ(fake_reg(h, 0x1c, 4) & 1, 0);
            fake_host_restart(h, steps & 1);
            there = ns_identify(h, 0x10, kind == 2 ? 2 : 1, 0, 4) != 0;
            CHECK_EQ(ns_unallocated(h),
                     kind == 0 ? free + (there ? 0 : 4 * NS_GRAIN) :
                     kind == 2 ? free - (there ? 4 * NS_GRAIN : 0) : free);
            CHECK_EQ(ns_delete(h, NS_ALL), 0);
            CHECK_EQ(ns_create(h, BLOCKS).status, 0);
            fake_host_free(h);
        }
    }
}

static OcpnIoResult judge(FakePort *f, const OcpnIo *io)
{
    unsigned *left = f->judge_opaque;

    return io->op == OCPN_IO_READ || (*left)-- ? OCPN_IO_OK : OCPN_IO_ERROR;
}

/* Each of its writes in turn fails: the command does, and nothing changed. */
static void failures(void)
{
    FakeHost *h = ns_start_two();
    uint64_t free = ns_unallocated(h);
    unsigned failed = 0;

    for (unsigned n = 0; n < 40; n++) {
        unsigned left = n;
        FakeCqe e;

        h->f.judge = judge;
        h->f.judge_opaque = &left;
        e = ns_create(h, 700);
        h->f.judge = NULL;
        if (!e.status) {
            CHECK_EQ(ns_delete(h, 3), 0);
            break;
        }
        failed++;
        CHECK_EQ(e.status, 0x280);
        CHECK_EQ(ns_unallocated(h), free);
        CHECK_EQ(ns_identify(h, 0x10, 2, 0, 4), 0);
    }
    CHECK(failed >= 3, "%u", failed);
    for (unsigned n = 0; n < 2; n++) {
        unsigned left = n;

        h->f.judge = judge;
        h->f.judge_opaque = &left;
        CHECK_EQ(ns_delete(h, 2), 0x280);
        h->f.judge = NULL;
        CHECK_EQ(ns_unallocated(h), free);
        CHECK_EQ(ns_read(h, 2, 1), 0);
    }
    fake_host_restart(h, true);
    CHECK_EQ(ns_read(h, 2, 1), 0);
    fake_host_free(h);
}

/* The other side has the image from before; it learns of all of it. */
static void migration(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    FakeMedia *m = &h->f.media[1];
    uint8_t *old = malloc(m->size), *new = malloc(m->size);
    OcpnError err = { "" };
    Saved s;

    memcpy(old, m->bytes, m->size);
    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(ns_create(h, 512).dw0, 1);
    CHECK_EQ(ns_create(h, 512).dw0, 2);
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(fake_set_feature(h, 0x05, 2, 0x7).status, 0);
    CHECK_EQ(ns_write(h, 2, 511, 0x55), 0);
    s = save(h);
    memcpy(new, m->bytes, m->size);
    memcpy(m->bytes, old, m->size);
    power_on_incoming(h);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    memcpy(m->bytes, new, m->size);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(ns_identify(h, 2, 0, 0, 8), 2);
    CHECK_EQ(ns_identify(h, 0x10, 0, 0, 8), UINT64_C(0x200000001));
    CHECK_EQ(fake_get_feature(h, 0x05, 2, 0).dw0, 0x7);
    CHECK_EQ(ns_read(h, 2, 511), 0x55);
    CHECK_EQ(ns_unallocated(h), 12 * NS_GRAIN);
    fake_host_free(h);
    free(s.bytes);
    free(old);
    free(new);
}

/* What is written while the first change does not come about is counted. */
static void written_meanwhile(void)
{
    FakeSetup s = ns_drive;
    FakeHost *h;

    s.ns[0].nmaps = 1;
    h = fake_host_start(&s);
    h->f.hold = true;
    for (uint32_t i = 0; i < 2; i++) {
        fake_submit(h, 1, &(FakeCmd) { .opc = 1, .nsid = 1, .cdw10 = i,
                                       .prp1 = NS_DATA });
    }
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 2);
    fake_submit(h, 0, &(FakeCmd) { .opc = NS_MANAGE, .nsid = 1, .cdw10 = 1 });
    fake_run(&h->f);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    fake_set_reg(h, 0x14, 0, 4);
    fake_run(&h->f);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(ns_identify(h, 0, 1, 0, 8), BLOCKS);
    CHECK_EQ(ns_identify(h, 0, 1, 16, 8), 2);
    fake_host_free(h);
}

/* A drive that has not so many NSIDs keeps the namespaces, out of reach. */
static void out_of_reach(void)
{
    FakeHost *h = ns_start_two();
    uint64_t left = ns_unallocated(h);

    CHECK_EQ(ns_write(h, 2, 5, 0x77), 0);
    h->setup.cfg.exact_nn = true;
    fake_host_restart(h, true);
    CHECK_EQ(ns_identify(h, 1, 0, 516, 4), 1);
    CHECK_EQ(ns_read(h, 2, 5), 0x10b);
    CHECK_EQ(ns_unallocated(h), left);
    CHECK_EQ(ns_delete(h, NS_ALL), 0);
    CHECK_EQ(ns_create(h, (left + 4 * NS_GRAIN) / 4096).dw0, 1);
    h->setup.cfg.exact_nn = false;
    fake_host_restart(h, true);
    CHECK_EQ(ns_read(h, 2, 5), 0x77);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what is written while a change fails", written_meanwhile },
    { "namespaces out of reach", out_of_reach },
    { "blocks stay apart, new ones are zeros", data },
    { "commands cross the borders of grains", borders },
    { "Format NVM formats its namespace only", format },
    { "marks go with their namespace", marks },
    { "commands in flight end, once", in_flight },
    { "resets at each step", resets },
    { "writes that fail change nothing", failures },
    { "migration brings them along", migration },
};

OCPN_UNIT_MAIN("cmd-ns-data", tests)
