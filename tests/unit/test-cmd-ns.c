/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespace Management and Namespace Attachment.
 * Proves: NVMe Base 2.0, "Namespace Management command", "Namespace
 * Attachment command"; OCP Datacenter NVMe SSD, NVMe-AD-3, NVMe-AD-4, NSM-2,
 * NSM-3, NSM-5, NSM-7.
 */
#include "ns-unit.h"

#define BLOCKS  4096u           /* of the whole drive */

static void claims(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(p + 92, 4) >> 8 & 1, 1);          /* OAES */
    CHECK_EQ(bytes_at(p + 96, 4) >> 7 & 1, 1);          /* CTRATT */
    CHECK_EQ(bytes_at(p + 256, 2) >> 3 & 1, 1);         /* OACS */
    CHECK_EQ(bytes_at(p + 280, 8), NS_BYTES);           /* TNVMCAP */
    CHECK_EQ(bytes_at(p + 296, 8), 0);                  /* UNVMCAP, NSM-7 */
    CHECK_EQ(bytes_at(p + 516, 4), 16);                 /* NN, NSM-5 */
    CHECK_EQ(fake_identify(h, 0x16, 0).status, 0);
    CHECK_EQ(bytes_at(p + 32, 8), NS_GRAIN);
    CHECK_EQ(bytes_at(p + 40, 8), NS_GRAIN);
    CHECK_EQ(fake_get_log(h, 5, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(p + 4 * NS_MANAGE, 4), 0xb);      /* CSUPP LBCC NIC */
    CHECK_EQ(bytes_at(p + 4 * NS_ATTACH, 4), 0x9);
    CHECK_EQ(ns_identify(h, 0, NS_ALL, 0, 8), 0);       /* capabilities */
    CHECK_EQ(p[25], 1);
    CHECK_EQ(p[130], 12);
    CHECK_EQ(fake_all(p + 104, 0, 24), true);           /* no names */
    fake_host_free(h);
}

/* The lists, before and after: 02h, 10h, 11h, 12h, 13h, 03h. */
static void lists(void)
{
    FakeHost *h = ns_start_two();
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    FakeCqe e = ns_create(h, 512);

    CHECK_EQ(e.dw0, 3);
    CHECK_EQ(ns_identify(h, 2, 0, 0, 8), UINT64_C(0x200000001));
    CHECK_EQ(bytes_at(p + 8, 4), 0);
    CHECK_EQ(ns_identify(h, 0x10, 0, 0, 8), UINT64_C(0x200000001));
    CHECK_EQ(bytes_at(p + 8, 8), 3);
    CHECK_EQ(ns_identify(h, 0x10, 2, 0, 8), 3);
    CHECK_EQ(ns_identify(h, 0, 3, 0, 8), 0);
    CHECK_EQ(ns_identify(h, 0x11, 3, 0, 8), 512);
    CHECK_EQ(bytes_at(p + 48, 8), 2 * NS_GRAIN);        /* NVMCAP */
    CHECK_EQ(fake_identify(h, 3, 3).status, 0x002);      /* inactive */
    CHECK_EQ(ns_identify(h, 0x12, 3, 0, 2), 0);
    CHECK_EQ(ns_identify(h, 0x12, 2, 0, 4), 1);         /* one: 0 */
    CHECK_EQ(ns_identify(h, 0x13, 0, 0, 4), 1);
    e = fake_admin(h, &(FakeCmd) { .opc = 6, .prp1 = FAKE_BUF,
                                   .cdw10 = 0x10013 });
    CHECK_EQ(e.status, 0);
    CHECK_EQ(bytes_at(p, 4), 0);                        /* none from 1 on */
    CHECK_EQ(fake_identify(h, 0x12, 17).status, 0x00b);
    CHECK_EQ(fake_identify(h, 0x11, 17).status, 0x00b);
    CHECK_EQ(ns_identify(h, 0x11, 16, 0, 8), 0);
    fake_host_free(h);
}

/* No two namespaces have one name, not even one after the other. */
static void names(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    uint8_t seen[4][24];

    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(fake_identify(h, 0, 1).status, 0);
        memcpy(seen[i], fake_guest(h, FAKE_BUF) + 104, 24);
        CHECK_EQ(fake_all(seen[i] + 16, 0, 8), false);
        for (unsigned j = 0; j < i; j++) {
            CHECK(memcmp(seen[i], seen[j], 16) &&
                  memcmp(seen[i] + 16, seen[j] + 16, 8), "%u is %u", i, j);
        }
        CHECK_EQ(ns_delete(h, 1), 0);
        CHECK_EQ(ns_create(h, 256).dw0, 1);
        CHECK_EQ(ns_attach(h, 1, 0), 0);
        if (i == 2) {
            fake_host_restart(h, true);
        }
    }
    fake_host_free(h);
}

static uint64_t total_nuse(FakeHost *h)
{
    CHECK_EQ(fake_get_log(h, 0xc0, NS_ALL, 0, 512).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF) + 152, 8);
}

/* OCP-CASE-135 */
static void capacity(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    uint64_t nuse = total_nuse(h), free;
    FakeCqe e;

    e = ns_create(h, 1);
    CHECK_EQ(e.status, 0x115);
    CHECK_EQ(e.dnr, true);
    CHECK_EQ(ns_delete(h, NS_ALL), 0);
    CHECK_EQ(ns_delete(h, NS_ALL), 0);
    CHECK_EQ(ns_unallocated(h), NS_BYTES);
    CHECK_EQ(total_nuse(h), 0);
    e = ns_create(h, BLOCKS + 1);
    CHECK_EQ(e.status, 0x115);
    CHECK_EQ(fake_get_log(h, 1, 0, 0, 64).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 32, 8), NS_BYTES + 4096);
    CHECK_EQ(ns_create(h, UINT64_MAX).status, 0x115);
    for (uint32_t i = 1; i <= 16; i++) {
        e = ns_create(h, i == 16 ? 256 : 1);
        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, i);
        CHECK_EQ(ns_unallocated(h), (16 - i) * NS_GRAIN);
    }
    CHECK_EQ(ns_create(h, 1).status, 0x116);
    CHECK_EQ(total_nuse(h), 15 + 256);
    free = ns_unallocated(h);
    CHECK_EQ(ns_attach(h, 16, 0), 0);
    CHECK_EQ(ns_attach(h, 16, 1), 0);
    CHECK_EQ(ns_delete(h, 16), 0);
    CHECK_EQ(ns_unallocated(h), free + NS_GRAIN);
    CHECK_EQ(total_nuse(h), 15);
    CHECK_EQ(ns_create(h, 257).status, 0x115);
    CHECK_EQ(ns_delete(h, NS_ALL), 0);
    CHECK_EQ(ns_create(h, BLOCKS).status, 0);
    CHECK_EQ(total_nuse(h), nuse);
    CHECK_EQ(ns_unallocated(h), 0);
    fake_host_free(h);
}

/* Fields of the data structure that cannot be. */
static void bad_create(void)
{
    static const struct { unsigned at; uint8_t byte; uint16_t want; } row[] = {
        { 26, 0x02, 0x10a }, { 26, 0x0f, 0x10a }, { 26, 0x20, 0x10a },
        { 29, 0x01, 0x10a }, { 30, 0x02, 0x002 }, { 92, 0x01, 0x002 },
        { 100, 0x01, 0x002 }, { 102, 0x02, 0x002 },
        { 26, 0x10, 0x000 }, { 30, 0x01, 0x000 }, { 102, 0x01, 0x000 },
    };
    FakeHost *h = fake_host_start(&ns_drive);
    uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(ns_delete(h, 1), 0);
    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        FakeCqe e;

        memset(p, 0, 4096);
        p[0] = p[8] = 1;
        p[row[i].at] = row[i].byte;
        e = fake_admin(h, &(FakeCmd) { .opc = NS_MANAGE, .prp1 = FAKE_BUF });
        CHECK(e.status == row[i].want, "row %u: %x", i, e.status);
        if (!e.status) {
            CHECK_EQ(ns_identify(h, 0x11, e.dw0, 30, 1), row[i].at == 30);
            CHECK_EQ(ns_delete(h, e.dw0), 0);
        }
    }
    CHECK_EQ(ns_create_with(h, 0, 0, 0).status, 0x002);
    CHECK_EQ(ns_create_with(h, 5, 0, 0).status, 0x002);
    CHECK_EQ(ns_create_with(h, 5, 6, 0).status, 0x002);
    CHECK_EQ(ns_create_with(h, 6, 5, 0).status, 0x11b);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = NS_MANAGE, .nsid = 1,
                                        .prp1 = FAKE_BUF }).status, 0x002);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = NS_MANAGE, .cdw10 = 2,
                                        .prp1 = FAKE_BUF }).status, 0x002);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = NS_MANAGE, .cdw11 = 2u << 24,
                                        .prp1 = FAKE_BUF }).status, 0x002);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = NS_MANAGE,
                                        .prp1 = FAKE_HOLE }).status, 0x004);
    CHECK_EQ(ns_unallocated(h), NS_BYTES);
    fake_host_free(h);
}

static uint16_t with_list(FakeHost *h, uint16_t count, uint16_t first,
                          uint16_t second)
{
    FakeCmd cmd = ns_attach_cmd(h, 3, 0);
    uint8_t *p = fake_guest(h, NS_LIST);

    put_bytes_at(p, 2, count);
    put_bytes_at(p + 2, 2, first);
    put_bytes_at(p + 4, 2, second);
    return fake_admin(h, &cmd).status;
}

static void bad_attach(void)
{
    FakeHost *h = ns_start_two();
    static const uint32_t none[] = { 0, 4, 16, 17, 33, 0xfffffffe };

    CHECK_EQ(ns_create(h, 1).dw0, 3);
    CHECK_EQ(ns_attach(h, 1, 0), 0x118);
    CHECK_EQ(ns_attach(h, 3, 1), 0x11a);
    CHECK_EQ(ns_attach(h, NS_ALL, 0), 0x002);
    CHECK_EQ(ns_attach(h, 3, 2), 0x002);
    CHECK_EQ(with_list(h, 0, 0, 0), 0x11c);
    CHECK_EQ(with_list(h, 1, 1, 0), 0x11c);
    CHECK_EQ(with_list(h, 2, 0, 1), 0x11c);
    CHECK_EQ(with_list(h, 2, 0, 0), 0x11c);
    CHECK_EQ(with_list(h, 0xffff, 0, 0), 0x11c);
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        uint16_t status = none[i] >= 1 && none[i] <= 16 ? 0x002 : 0x00b;

        CHECK_EQ(ns_attach(h, none[i], 0), status);
        CHECK_EQ(ns_attach(h, none[i], 1), status);
        CHECK_EQ(ns_delete(h, none[i]), status);
    }
    CHECK_EQ(ns_read(h, 3, 0), 0x102);
    CHECK_EQ(ns_attach(h, 3, 0), 0);
    CHECK_EQ(ns_read(h, 3, 0), 0);
    CHECK_EQ(ns_attach(h, 3, 1), 0);
    CHECK_EQ(ns_read(h, 3, 0), 0x102);
    fake_host_free(h);
}

static void events(void)
{
    FakeHost *h = ns_start_two();
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_get_log(h, 4, 0, 0, 4096).status, 0);
    for (unsigned i = 0; i < 3; i++) {
        FakeCmd cmd = i == 2 ? ns_delete_cmd(1)
                             : ns_attach_cmd(h, 2, i == 0 ? 1 : 0);
        FakeCqe e;

        CHECK_EQ(fake_set_feature(h, 0x0b, 0, 1 << 8).status, 0);
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
        fake_run(&h->f);
        fake_submit(h, 0, &cmd);
        fake_run(&h->f);
        e = fake_reap(h, 0);
        CHECK_EQ(e.dw0, 0x00040002);
        e = fake_reap(h, 0);
        CHECK_EQ(e.found, true);
        CHECK_EQ(e.status, 0);
        CHECK_EQ(fake_get_log(h, 4, 0, 0, 4096).status, 0);
        CHECK_EQ(bytes_at(p, 8), i == 2 ? 1 : 2);
    }
    CHECK_EQ(ns_delete(h, 2), 0);
    CHECK_EQ(ns_create(h, 5).status, 0);        /* not attached: no event */
    CHECK_EQ(fake_get_log(h, 4, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(p, 8), 2);
    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(fake_get_log(h, 4, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(p, 8), 0);
    fake_host_free(h);
}

/* A drive of its own is not of this space; nor are open-channel ones. */
static void other_drives(void)
{
    FakeSetup s = ns_drive;
    FakeHost *h;

    s.ns[1] = (FakeNs) FAKE_CONVENTIONAL(3);
    h = fake_host_start(&s);
    CHECK_EQ(ns_delete(h, 3), 0x002);
    CHECK_EQ(ns_attach(h, 3, 0), 0x002);
    CHECK_EQ(ns_attach(h, 3, 1), 0x002);
    CHECK_EQ(ns_write(h, 3, 5, 0x33), 0);
    CHECK_EQ(ns_delete(h, NS_ALL), 0);
    CHECK_EQ(ns_identify(h, 2, 0, 0, 8), 3);
    CHECK_EQ(ns_read(h, 3, 5), 0x33);
    CHECK_EQ(ns_identify(h, 1, 0, 280, 8), 2 * NS_BYTES);
    CHECK_EQ(ns_create(h, 1).dw0, 1);
    CHECK_EQ(ns_create(h, 1).dw0, 2);
    CHECK_EQ(ns_create(h, 1).dw0, 4);
    fake_host_free(h);
    s.ns[0] = (FakeNs) FAKE_T1;
    h = fake_host_start(&s);
    CHECK_EQ(ns_create(h, 1).status, 0x001);
    CHECK_EQ(ns_attach(h, 1, 1), 0x001);
    CHECK_EQ(ns_identify(h, 1, 0, 256, 2) >> 3 & 1, 0);
    fake_host_free(h);
}

/* A drive that would hide a namespace is refused, and nothing is lost. */
static void drive_beside(void)
{
    FakeSetup s = ns_drive;
    OcpnError err = { "" };
    OcpnNsConfig cfg;
    FakeHost *h;

    s.ns[1] = (FakeNs)FAKE_CONVENTIONAL(5);
    h = fake_host_start(&s);
    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(ns_create(h, 512).dw0, 1);
    CHECK_EQ(ns_create(h, 512).dw0, 2);
    CHECK_EQ(ns_create(h, 512).dw0, 3);         /* never attached */
    CHECK_EQ(ns_attach(h, 2, 0), 0);
    CHECK_EQ(ns_write(h, 2, 7, 0x77), 0);
    CHECK_EQ(ns_delete(h, 1), 0);
    fake_port_kill(&h->f);
    h->c = h->f.c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    CU_ASSERT(ocpn_ns_add(h->c, &s.ns[0].cfg, &h->f.media[1].disk, &err));
    cfg = s.ns[1].cfg;
    for (cfg.nsid = 2; cfg.nsid <= 3; cfg.nsid++) {
        CU_ASSERT(!ocpn_ns_add(h->c, &cfg, &h->f.media[5].disk, &err));
        CHECK_HAS(err.text, cfg.nsid == 2 ? "nsid=2 is" : "nsid=3 is");
        CHECK_HAS(err.text, "nsid=4, which is free");
        CU_ASSERT(!ocpn_ns_root(h->c, cfg.nsid));
    }
    CU_ASSERT(!ocpn_nsid_check(h->c, 0, &err));
    CU_ASSERT(!ocpn_nsid_check(h->c, 1, &err));
    CU_ASSERT(!ocpn_nsid_check(h->c, 33, &err));
    CU_ASSERT(ocpn_nsid_check(h->c, 32, &err));
    CU_ASSERT(ocpn_ns_add(h->c, &cfg, &h->f.media[5].disk, &err));
    CHECK_EQ(cfg.nsid, 4);
    fake_host_restart(h, false);
    CHECK_EQ(ns_read(h, 2, 7), 0x77);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what the drive claims", claims },
    { "lists of namespaces and controllers", lists },
    { "every namespace has names of its own", names },
    { "capacity and identifiers run out, and come back", capacity },
    { "a namespace that cannot be", bad_create },
    { "attachments that cannot be", bad_attach },
    { "the host is told", events },
    { "other drives stay as they are", other_drives },
    { "a drive with the NSID of a namespace", drive_beside },
};

OCPN_UNIT_MAIN("cmd-ns", tests)
