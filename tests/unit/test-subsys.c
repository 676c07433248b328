/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several controllers of one subsystem: what each says, and whose it is.
 * Proves: NVMe Base 2.0, "Identify Controller data structure" (CMIC, CNTLID),
 * "Controller List"; OCP Datacenter NVMe SSD, scopes of log pages.
 */
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/migrate.h"
#include "subsys-unit.h"

/* The bytes of Identify Controller that differ: CNTLID and what B lacks. */
static void identify(void)
{
    Pair p = pair();
    uint8_t a[4096];
    const uint8_t *b;

    memcpy(a, identified(p.a, 1, 0), sizeof(a));
    b = identified(p.b, 1, 0);
    CHECK_EQ(memcmp(a, b, 76), 0);                  /* VID to MDTS's left */
    CHECK_EQ(a[76], 2);                             /* CMIC */
    CHECK_EQ(b[76], 2);
    CHECK_EQ(bytes_at(a + 78, 2), 0);               /* CNTLID */
    CHECK_EQ(bytes_at(b + 78, 2), 1);
    CHECK_EQ(bytes_at(b + 256, 2), bytes_at(a + 256, 2) & 0x100);  /* OACS */
    CHECK_EQ(bytes_at(b + 328, 4), 0);              /* SANICAP */
    CU_ASSERT(bytes_at(a + 328, 4) != 0);
    CHECK_EQ(memcmp(a + 280, b + 280, 32), 0);      /* TNVMCAP, UNVMCAP */
    CHECK_EQ(b[261], a[261]);                       /* LPA */
    CHECK_EQ(bytes_at(b + 516, 4), bytes_at(a + 516, 4));   /* NN */
    CHECK_EQ(memcmp(a + 768, b + 768, 256), 0);     /* SUBNQN */
    CU_ASSERT(memcmp(b + 768, "nqn.2014-08.org.nvmexpress:uuid:0000", 36));
    pair_free(p);
}

/* As long as there is only one, and again when there is. */
static void alone(void)
{
    FakeHost *a = first_of(OCP_2_5), *b;
    uint8_t before[4096];

    memcpy(before, identified(a, 1, 0), sizeof(before));
    CHECK_EQ(before[76], 0);
    CHECK_EQ(bytes_at(identified(a, 0x13, 0), 4), 1);
    b = further_of(a);
    CHECK_EQ(identified(a, 1, 0)[76], 2);
    fake_host_free(b);
    CHECK_EQ(memcmp(identified(a, 1, 0), before, sizeof(before)), 0);
    fake_host_free(a);
}

static uint64_t list_from(FakeHost *h, uint8_t cns, uint32_t nsid,
                          uint32_t from)
{
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x06, .nsid = nsid, .prp1 = FAKE_BUF,
        .cdw10 = from << 16 | cns,
    }).status, 0);
    return bytes_at(fake_guest(h, FAKE_BUF), 8);
}

/* CNS 12h and 13h: the number, then identifiers of 2 bytes. */
static void lists(void)
{
    Pair p = pair();
    FakeHost *c = further_of(p.a), *d = further_of(p.a);
    FakeHost *all[] = { p.a, p.b, c, d };

    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(bytes_at(identified(all[i], 1, 0) + 78, 2), i);
        CHECK_EQ(list_from(all[i], 0x13, 0, 0), 0x0002000100000004);
        CHECK_EQ(bytes_at(fake_guest(all[i], FAKE_BUF) + 8, 2), 3);
        CHECK_EQ(list_from(all[i], 0x13, 0, 2), 0x000300020002);
        CHECK_EQ(list_from(all[i], 0x13, 0, 4), 0);
        CHECK_EQ(list_from(all[i], 0x12, 1, 0), 1);     /* one: 0 */
        CHECK_EQ(list_from(all[i], 0x12, 1, 1), 0);
        CHECK_EQ(list_from(all[i], 0x12, 2, 0), 0);
    }
    fake_host_free(p.b);        /* its identifier is the next one's */
    CHECK_EQ(list_from(d, 0x13, 0, 1), 0x000300020002);
    p.b = further_of(p.a);
    CHECK_EQ(bytes_at(identified(p.b, 1, 0) + 78, 2), 1);
    fake_host_free(d);
    fake_host_free(c);
    pair_free(p);
}

/* Namespaces are the first one's: allocated, and not attached here. */
static void namespaces(void)
{
    Pair p = pair();
    uint8_t ns[4096];

    CU_ASSERT(fake_all(identified(p.b, 2, 0), 0, 4096));
    CU_ASSERT(fake_all(identified(p.b, 0, 1), 0, 4096));
    CHECK_EQ(fake_identify(p.b, 0, 17).status, 0x00b);
    CHECK_EQ(fake_identify(p.b, 0, ALL).status, 0x00b);
    CHECK_EQ(fake_identify(p.b, 3, 1).status, 0x002);
    CHECK_EQ(bytes_at(identified(p.b, 0x10, 0), 8), 1);
    memcpy(ns, identified(p.a, 0x11, 1), sizeof(ns));
    CHECK_EQ(memcmp(identified(p.b, 0x11, 1), ns, sizeof(ns)), 0);
    CHECK_EQ(ns[30], 0);                            /* NMIC: private */
    CHECK_EQ(bytes_at(ns, 8), 4096);
    pair_free(p);
}

/* Five are too many, and nobody is first twice. */
static void joining(void)
{
    Pair p = pair();
    FakeHost *more[] = { further_of(p.a), further_of(p.a) };
    OcpnConfig cfg = ocpn_subsys_config(p.a->c);
    OcpnError err;
    OcpnCtrl *c;

    cfg.mdts = 7;
    c = ocpn_ctrl_new(&cfg, &p.b->f.port);
    CU_ASSERT(!ocpn_subsys_join(c, p.a->c, &err));
    CHECK_HAS(err.text, "has 4 controllers already");
    CU_ASSERT(!ocpn_subsys_join(c, p.b->c, &err));
    CHECK_HAS(err.text, "further controller itself");
    ocpn_ctrl_free(c);
    fake_host_free(more[0]);
    fake_host_free(more[1]);
    pair_free(p);
}

/* OCP-CASE-145: C0h, and all that is of subsystem scope, is the first's. */
static void same_pages(void)
{
    static const struct { uint8_t lid; uint16_t len; } row[] = {
        { 0x02, 512 }, { 0x03, 512 }, { 0x06, 564 }, { 0x08, 512 },
        { 0x09, 512 }, { 0x81, 512 }, { 0xc0, 512 }, { 0xc1, 512 },
        { 0xc2, 4096 }, { 0xc4, 4096 }, { 0xc5, 4096 }, { 0xc6, 1024 },
        { 0xc7, 512 }, { 0xc9, 4096 },
    };
    Pair p = pair();
    uint8_t a[4096], b[4096], before[512];

    get_page(p.b, 0xc0, before, 512);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(do_io(p.a, 0x01, 1, i), 0);
        CHECK_EQ(do_io(p.a, 0x02, 1, i), 0);
    }
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        get_page(p.b, row[i].lid, b, row[i].len);
        get_page(p.a, row[i].lid, a, row[i].len);
        CHECK(!memcmp(a, b, row[i].len), "page %02xh is the same",
              row[i].lid);
        CU_ASSERT(!fake_all(b, 0, row[i].len));
    }
    get_page(p.b, 0xc0, b, 512);
    CHECK_EQ(bytes_at(b, 8) - bytes_at(before, 8) >= 8 * 4096, 1);
    CHECK_EQ(bytes_at(b + 16, 8) - bytes_at(before + 16, 8) >= 8 * 4096, 1);
    get_page(p.b, 0x02, b, 512);
    CHECK_EQ(bytes_at(b + 80, 8), 8);               /* Host Write Commands */
    pair_free(p);
}

/* Set Features C5h, with threshold A of FIRST times 5 ms. */
static uint16_t set_monitor(FakeHost *h, uint8_t first, uint32_t sv)
{
    uint8_t *s = fake_guest(h, FAKE_BUF);
    FakeCmd cmd = { .opc = 0x09, .cdw10 = 0xc5 | sv };

    memset(s, 0, 4096);
    for (uint8_t i = 0; i < 4; i++) {
        s[2 + i] = (uint8_t)(first + i);
    }
    s[12] = 1;                                      /* enable */
    fake_prp(h, &cmd, FAKE_BUF, 4096);
    return fake_admin(h, &cmd).status;
}

static void slow_read(FakeHost *h)
{
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x02, .nsid = 1,
                                   .prp1 = FAKE_BUF + 0x100000 });
    h->f.hold = true;
    fake_run(&h->f);
    fake_advance(&h->f, 500 * MSEC);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
}

/* OCP-CASE-145: C3h is each controller's own. */
static void own_monitor(void)
{
    Pair p = pair();
    uint8_t a[512], b[512], now[512];

    get_page(p.a, 0xc3, a, 512);
    get_page(p.b, 0xc3, b, 512);
    CHECK_EQ(memcmp(a, b, 512), 0);                 /* the factory's */
    CHECK_EQ(set_monitor(p.b, 9, 0), 0);
    get_page(p.a, 0xc3, now, 512);
    CHECK_EQ(memcmp(now, a, 512), 0);
    get_page(p.b, 0xc3, now, 512);
    CHECK_EQ(now[6], 9);                            /* threshold A */
    CHECK_EQ(set_monitor(p.a, 1, SV), 0);
    slow_read(p.a);
    get_page(p.a, 0xc3, a, 512);
    CHECK_EQ(a[6], 1);
    CHECK_EQ(bytes_at(a + 32 + 16 * 3 + 12, 4), 1); /* bucket D, reads */
    get_page(p.b, 0xc3, b, 512);
    CHECK_EQ(memcmp(now, b, 512), 0);
    CHECK_EQ(set_monitor(p.b, 2, SV), 0x10d);       /* no image to save in */
    pair_free(p);
}

/* Features: the drive's are shared, the others are each controller's. */
static void features(void)
{
    static const struct { uint32_t fid, set, get; bool shared; } row[] = {
        { 0x02, 2, 2, true }, { 0x04, 350, 350, true },
        { 0x0b, 0x1f, 0x1f, false }, { 0x08, 0x0101, 0x0101, false },
        { 0xc2, 2u << 30, 2, true }, { 0xc4, 1u << 31, 1, true },
        { 0xc6, 7u << 16, 7, true }, { 0xc8, 1, 1, true },
        { 0xc9, 0, 0, false },
    };
    Pair p = pair();

    CHECK_EQ(fake_set_feature(p.b, 0x0b, 0, 1).status, 0);
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        uint32_t fid = row[i].fid, was;

        was = fake_get_feature(p.a, fid, 0, 0).dw0;
        CHECK_EQ(fake_set_feature(p.b, fid, 0, row[i].set).status, 0);
        CHECK_EQ(fake_get_feature(p.b, fid, 0, 0).dw0, row[i].get);
        CHECK(fake_get_feature(p.a, fid, 0, 0).dw0 ==
              (row[i].shared ? row[i].get : was), "feature %02xh", fid);
        CHECK_EQ(fake_set_feature(p.b, fid | SV, 0, row[i].set).status,
                 0x10d);
        CHECK_EQ(fake_get_feature(p.b, fid | 0x300, 0, 0).dw0 & 1, 0);
    }
    CHECK_EQ(fake_get_feature(p.b, 0xc0, 0, 0).status, 0x002);
    CHECK_EQ(fake_set_feature(p.b, 0xc3, 0, SV).status, 0);
    CHECK_EQ(fake_set_feature(p.b, 0x02, 0, 31).status, 0x002);
    CHECK_EQ(fake_error_location(p.b), 44);         /* in its own error log */
    get_page(p.a, 0x01, fake_guest(p.a, FAKE_BUF + 0x10000), 64);
    CHECK_EQ(bytes_at(fake_guest(p.a, FAKE_BUF + 0x10000), 8), 0);
    pair_free(p);
}

/* What changes the drive is not offered, and I/O has no namespace. */
static void hostile(void)
{
    static const uint8_t admin[] = {
        0x0d, 0x10, 0x11, 0x14, 0x15, 0x80, 0x81, 0x82, 0x84, 0xe2, 0xf1,
        0xf2,
    };
    static const uint8_t io[] = { 0x01, 0x02, 0x04, 0x05, 0x08, 0x09, 0x0c };
    Pair p = pair();
    uint8_t a[512], b[512];

    get_page(p.a, 0xc0, a, 512);
    for (size_t i = 0; i < sizeof(admin); i++) {
        for (uint32_t nsid = 0; nsid < 3; nsid++) {
            CHECK_EQ(fake_admin(p.b, &(FakeCmd) {
                .opc = admin[i], .nsid = nsid == 2 ? ALL : nsid,
                .prp1 = FAKE_BUF, .cdw10 = 0x01,
            }).status, 0x001);
        }
    }
    for (size_t i = 0; i < sizeof(io); i++) {
        CHECK_EQ(do_io(p.b, io[i], 1, 0), 0x002);       /* inactive */
        CHECK_EQ(do_io(p.b, io[i], ALL, 0), 0x00b);
    }
    CHECK_EQ(do_io(p.b, 0x00, 1, 0), 0x002);        /* Flush */
    CHECK_EQ(do_io(p.b, 0x00, ALL, 0), 0);          /* of none */
    for (unsigned opc = 0; opc < 256; opc++) {
        if (opc != 0x0c && opc != 0x7c) {
            fake_admin(p.b, &(FakeCmd) { .opc = (uint8_t)opc, .nsid = 1,
                                         .prp1 = FAKE_BUF });
        }
    }
    get_page(p.a, 0xc0, b, 512);
    CHECK_EQ(memcmp(a, b, 512), 0);
    CHECK_EQ(do_io(p.a, 0x02, 1, 0), 0);
    pair_free(p);
}

/* Knobs are the first one's. */
static void knobs(void)
{
    Pair p = pair();
    OcpnError err;

    CU_ASSERT(!ocpn_knob_set(p.b->c, "temperature", "300", &err));
    CHECK_HAS(err.text, "knobs are of the first one");
    CU_ASSERT(ocpn_knob_set(p.a->c, "temperature", "301", &err));
    CHECK_EQ(ocpn_health(p.a->c)->temperature, 301);
    pair_free(p);
}

static const OcpnTest tests[] = {
    { "Identify Controller", identify },
    { "one controller alone", alone },
    { "lists of controllers", lists },
    { "namespaces of another controller", namespaces },
    { "who may join", joining },
    { "pages of the subsystem", same_pages },
    { "a latency monitor each", own_monitor },
    { "features", features },
    { "commands that are not for it", hostile },
    { "knobs", knobs },
};
OCPN_UNIT_MAIN("subsys", tests)
