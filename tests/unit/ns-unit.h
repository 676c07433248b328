/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of Namespace Management: an OCP drive of 16 MiB, 16 grains. */
#ifndef TESTS_UNIT_NS_UNIT_H
#define TESTS_UNIT_NS_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

#define NS_BYTES    (UINT64_C(16) << 20)
#define NS_GRAIN    (UINT64_C(1) << 20)
#define NS_LIST     (FAKE_BUF + 0x2000)     /* controller list */
#define NS_DATA     (FAKE_BUF + 0x10000)

#define NS_ALL      UINT32_C(0xffffffff)

enum { NS_MANAGE = 0x0d, NS_ATTACH = 0x15 };

static const FakeSetup ns_drive = {
    .cfg = { .ocp = { .version = OCP_2_5 } },
    .ns = { FAKE_CONVENTIONAL(1) },
};

/* Of 4 KiB blocks, LBA format 0 of profile A. */
static inline FakeCqe ns_create_with(FakeHost *h, uint64_t nsze,
                                     uint64_t ncap, uint8_t flbas)
{
    uint8_t *p = fake_guest(h, FAKE_BUF);

    memset(p, 0, 4096);
    put_bytes_at(p, 8, nsze);
    put_bytes_at(p + 8, 8, ncap);
    p[26] = flbas;
    return fake_admin(h, &(FakeCmd) { .opc = NS_MANAGE, .prp1 = FAKE_BUF });
}

static inline FakeCqe ns_create(FakeHost *h, uint64_t nsze)
{
    return ns_create_with(h, nsze, nsze, 0);
}

static inline FakeCmd ns_delete_cmd(uint32_t nsid)
{
    return (FakeCmd) { .opc = NS_MANAGE, .nsid = nsid, .cdw10 = 1 };
}

static inline uint16_t ns_delete(FakeHost *h, uint32_t nsid)
{
    FakeCmd cmd = ns_delete_cmd(nsid);
    FakeCqe e = fake_admin(h, &cmd);

    return e.found ? e.status : 0xffff;
}

/* SEL 0: attach, 1: detach. */
static inline FakeCmd ns_attach_cmd(FakeHost *h, uint32_t nsid, uint32_t sel)
{
    memset(fake_guest(h, NS_LIST), 0, 4096);
    fake_guest(h, NS_LIST)[0] = 1;
    return (FakeCmd) { .opc = NS_ATTACH, .nsid = nsid, .cdw10 = sel,
                       .prp1 = NS_LIST };
}

static inline uint16_t ns_attach(FakeHost *h, uint32_t nsid, uint32_t sel)
{
    FakeCmd cmd = ns_attach_cmd(h, nsid, sel);
    FakeCqe e = fake_admin(h, &cmd);

    return e.found ? e.status : 0xffff;
}

/* A drive with namespaces 1 and 2 of 4 MiB, attached, and the rest free. */
static inline FakeHost *ns_start_two(void)
{
    FakeHost *h = fake_host_start(&ns_drive);

    CHECK_EQ(ns_delete(h, 1), 0);
    for (uint32_t i = 1; i <= 2; i++) {
        FakeCqe e = ns_create(h, 1024);

        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, i);
        CHECK_EQ(ns_attach(h, i, 0), 0);
    }
    return h;
}

/* Bytes [off, off + n) of an Identify page. */
static inline uint64_t ns_identify(FakeHost *h, uint8_t cns, uint32_t nsid,
                                   unsigned off, unsigned n)
{
    CHECK_EQ(fake_identify(h, cns, nsid).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF) + off, n);
}

static inline uint64_t ns_unallocated(FakeHost *h)
{
    return ns_identify(h, 1, 0, 296, 8);
}

/* Read or write one block of 4 KiB, all of one byte. */
static inline uint16_t ns_write(FakeHost *h, uint32_t nsid, uint32_t lba,
                                uint8_t byte)
{
    memset(fake_guest(h, NS_DATA), byte, 4096);
    return fake_io(h, &(FakeCmd) { .opc = 1, .nsid = nsid, .cdw10 = lba,
                                   .prp1 = NS_DATA }).status;
}

/* The byte; 100h and the status, if there is none; 200h: they differ. */
static inline unsigned ns_read(FakeHost *h, uint32_t nsid, uint32_t lba)
{
    uint8_t *p = fake_guest(h, NS_DATA);
    FakeCqe e;

    memset(p, 0xee, 4096);
    e = fake_io(h, &(FakeCmd) { .opc = 2, .nsid = nsid, .cdw10 = lba,
                                .prp1 = NS_DATA });
    return e.status ? 0x100u + e.status : fake_all(p, *p, 4096) ? *p : 0x200;
}

#endif
