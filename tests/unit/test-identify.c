/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify.
 * Proves: NVMe Base 2.0, "Identify command"; NVM Command Set 1.0, "Identify
 * Namespace data structure"; OCSSD 2.0, specification notes 1.1 and 1.2.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define ALL         0xffffffffu
#define INVALID_FIELD   0x002
#define INVALID_NS      0x00b

/* An open-channel drive with two conventional namespaces behind it. */
static const FakeSetup three = {
    .cfg = { .serial = "S1", .firmware = "FW7", .vid = 0x1d1d,
             .ssvid = 0x1af4, .mdts = 7 },
    .ns = {
        FAKE_T1, FAKE_CONVENTIONAL(2),
        { .cfg = { .nsid = 32, .dlfeat = 1, .eui64 = 0x0123456789abcdef },
          .mode = IMG_MODE_CONVENTIONAL, .lbads = 9, .ms = 16,
          .extended = true, .nsze = 1000 },
    },
};

static const uint8_t *page(FakeHost *h, uint8_t cns, uint32_t nsid)
{
    FakeCqe e;

    memset(fake_guest(h, FAKE_BUF), 0xa5, 8192);
    e = fake_identify(h, cns, nsid);
    CHECK(e.found && !e.status, "CNS %02x of %x: status %03x", cns,
          (unsigned)nsid, e.status);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[4096], 0xa5);
    return fake_guest(h, FAKE_BUF);
}

/* FAILURE-CASE-43 FAILURE-CASE-61 DISC-R1, OCSSD-CASE-2 */
static void controller(void)
{
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p = page(h, 0x01, 0);

    CHECK_EQ(bytes_at(p, 2), 0x1d1d);
    CHECK_EQ(bytes_at(p + 2, 2), 0x1af4);
    CU_ASSERT(!memcmp(p + 4, "S1                  ", 20));
    CU_ASSERT(!memcmp(p + 24, "OCP-NVMe emulated SSD                   ", 40));
    CU_ASSERT(!memcmp(p + 64, "FW7     ", 8));
    CHECK_EQ(p[77], 7);                     /* MDTS */
    CHECK_EQ(bytes_at(p + 78, 2), 0);       /* CNTLID */
    CHECK_EQ(bytes_at(p + 80, 4), 0x20000); /* VER */
    CHECK_EQ(bytes_at(p + 92, 4), 1 << 8);  /* OAES */
    CHECK_EQ(bytes_at(p + 96, 4), 1 << 9);  /* CTRATT: UUID List */
    CHECK_EQ(p[111], 1);                    /* CNTRLTYPE */
    CHECK_EQ(bytes_at(p + 256, 2) & 2, 2);  /* OACS: Format, conventional */
    CHECK_EQ(p[258], 3);                    /* ACL */
    CHECK_EQ(p[259], 7);                    /* AERL */
    CHECK_EQ(p[260], 3);                    /* FRMW: one slot, read-only */
    CHECK_EQ(p[261], 0x26);                 /* LPA */
    CHECK_EQ(p[262], 62);                   /* ELPE */
    CHECK_EQ(p[263], 0);                    /* NPSS */
    CHECK_EQ(bytes_at(p + 266, 2), 350);
    CHECK_EQ(bytes_at(p + 268, 2), 358);
    CHECK_EQ(bytes_at(p + 280, 8),
             2880 * 4096 + 4096 * 4096 + 1000 * 512);  /* TNVMCAP */
    CHECK_EQ(p[512], 0x66);
    CHECK_EQ(p[513], 0x44);
    CHECK_EQ(bytes_at(p + 516, 4), 32);     /* NN */
    CHECK_EQ(bytes_at(p + 522, 2), 0);      /* FUSES */
    CHECK_EQ(p[525], 6);                    /* VWC: none, Flush all */
    CHECK_EQ(bytes_at(p + 534, 2), 1);      /* Copy format 0 */
    CHECK_EQ(bytes_at(p + 536, 4) & 0x90003, 0x90001);  /* SGLS */
    CU_ASSERT_STRING_EQUAL(p + 768, "nqn.2014-08.org.nvmexpress:uuid:"
                           "b0b1b2b3-b4b5-46b7-b8b9-babbbcbdbebf");
    CHECK_EQ(bytes_at(p + 2048, 2), 2500);  /* PSD0: 25 W */
    CU_ASSERT(fake_all(p + 1024, 0, 1024));
    CU_ASSERT(fake_all(p + 2080, 0, 2016));
    fake_host_free(h);
}

/* OCSSD-CASE-2: what an open-channel drive alone claims */
static void open_channel_claims(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });
    const uint8_t *p = page(h, 0x01, 0);

    CHECK_EQ(bytes_at(p + 256, 2) & 2, 0);          /* OACS: no Format */
    CHECK_EQ(bytes_at(p + 520, 2) & 0xf, 4);        /* ONCS: DSM of 3:0 */
    CHECK_EQ(bytes_at(p + 520, 2) & 0x50, 0x50);    /* Save, Timestamp */
    CHECK_EQ(bytes_at(p + 534, 2), 0);              /* no Copy */
    fake_host_free(h);
}

static void write_cache_is_claimed(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .sync_flush = true }, .ns = { FAKE_CONVENTIONAL(1) },
    });

    CHECK_EQ(page(h, 0x01, 0)[525], 7);
    fake_host_free(h);
}

/* DISC-R2, OCSSD-CASE-3 */
static void open_channel_namespace(void)
{
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p = page(h, 0x00, 1);

    CHECK_EQ(bytes_at(p, 8), 0x2000);       /* NSZE: the address space */
    CHECK_EQ(bytes_at(p + 8, 8), 0xb40);    /* NCAP */
    CHECK_EQ(bytes_at(p + 16, 8), 0xb40);   /* NUSE */
    CHECK_EQ(p[24], 5);                     /* NSFEAT: thin, DULBE */
    CHECK_EQ(p[25], 0);                     /* NLBAF */
    CHECK_EQ(p[26], 0);                     /* FLBAS */
    CHECK_EQ(p[27], 2);                     /* MC */
    CHECK_EQ(p[28], 0);
    CHECK_EQ(p[29], 0);
    CHECK_EQ(p[33], 1);                     /* DLFEAT */
    CHECK_EQ(bytes_at(p + 46, 2), 0);       /* NOIOB */
    CHECK_EQ(bytes_at(p + 48, 8), 0xb40 * 4096);
    CHECK_EQ(bytes_at(p + 128, 4), 12 << 16 | 16);
    CU_ASSERT(fake_all(p + 132, 0, 252));
    CHECK_EQ(p[384], 1);
    CU_ASSERT(fake_all(p + 385, 0, 4096 - 385));
    fake_host_free(h);
}

/* A namespace without holes is not thin, without metadata has no MC. */
static void open_channel_variants(void)
{
    FakeSetup s = { .ns = { FAKE_T1 } };
    FakeHost *h;
    const uint8_t *p;

    s.ns[0].ms = 0;
    s.ns[0].cfg.dlfeat = 2;
    s.ns[0].geo.num_pu = 2;
    s.ns[0].geo.num_chk = 4;
    s.ns[0].geo.clba = 64;
    h = fake_host_start(&s);
    p = page(h, 0x00, 1);
    CHECK_EQ(bytes_at(p, 8), 1024);
    CHECK_EQ(bytes_at(p + 8, 8), 1024);
    CHECK_EQ(p[24], 4);
    CHECK_EQ(p[27], 0);
    CHECK_EQ(p[33], 2);
    fake_host_free(h);
}

/* DISC-R2, OCSSD-CASE-4: byte 384 is 0 */
static void conventional_namespace(void)
{
    static const uint16_t ms[] = { 0, 8, 16, 64 };
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p = page(h, 0x00, 2);

    CHECK_EQ(bytes_at(p, 8), 4096);
    CHECK_EQ(bytes_at(p + 8, 8), 4096);
    CHECK_EQ(bytes_at(p + 16, 8), 4096);
    CHECK_EQ(p[24], 0x10);                  /* NSFEAT */
    CHECK_EQ(p[25], 7);
    CHECK_EQ(p[26], 4);                     /* 4096 without metadata */
    CHECK_EQ(p[27], 3);
    CHECK_EQ(p[33] & 7, 1);
    CHECK_EQ(bytes_at(p + 64, 2), 0);       /* NPWG: one block */
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(bytes_at(p + 128 + 4 * i, 2), ms[i % 4]);
        CHECK_EQ(p[130 + 4 * i], i < 4 ? 9 : 12);
    }
    CU_ASSERT(fake_all(p + 160, 0, 4096 - 160));
    CHECK_EQ(p[99], 0);

    p = page(h, 0x00, 32);
    CHECK_EQ(bytes_at(p, 8), 1000);
    CHECK_EQ(p[26], 0x12);                  /* 512 + 16, extended */
    CHECK_EQ(bytes_at(p + 64, 2), 7);       /* NPWG: 4 KiB */
    CHECK_EQ(p[99], 0);                     /* not write protected */
    CU_ASSERT(!memcmp(p + 120, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8));
    fake_host_free(h);
}

static void inactive_namespaces(void)
{
    static const uint8_t cns[] = { 0x00, 0x05, 0x08, 0x11 };
    FakeHost *h = fake_host_start(&three);

    for (size_t i = 0; i < sizeof(cns); i++) {
        CU_ASSERT(fake_all(page(h, cns[i], 3), 0, 4096));
        CU_ASSERT(fake_all(page(h, cns[i], 31), 0, 4096));
        CHECK_EQ(fake_identify(h, cns[i], 0).status, INVALID_NS);
        CHECK_EQ(fake_identify(h, cns[i], 33).status, INVALID_NS);
        CHECK_EQ(fake_identify(h, cns[i], ALL).status, INVALID_NS);
        CHECK_EQ(fake_error_location(h), 4);
    }
    fake_host_free(h);
}

static void lists(void)
{
    static const uint8_t cns[] = { 0x02, 0x07, 0x10 };
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p;

    for (size_t i = 0; i < sizeof(cns); i++) {
        p = page(h, cns[i], 0);
        CHECK_EQ(bytes_at(p, 4), 1);
        CHECK_EQ(bytes_at(p + 4, 4), 2);
        CHECK_EQ(bytes_at(p + 8, 4), 32);
        CU_ASSERT(fake_all(p + 12, 0, 4096 - 12));
        p = page(h, cns[i], 2);
        CHECK_EQ(bytes_at(p, 8), 32);
        CU_ASSERT(fake_all(page(h, cns[i], 32), 0, 4096));
        CU_ASSERT(fake_all(page(h, cns[i], 0xfffffffd), 0, 4096));
        CHECK_EQ(fake_identify(h, cns[i], 0xfffffffe).status, INVALID_NS);
        CHECK_EQ(fake_identify(h, cns[i], ALL).status, INVALID_NS);
    }
    fake_host_free(h);
}

static void descriptors(void)
{
    static const uint8_t want[] = {
        1, 8, 0, 0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
    };
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p = page(h, 0x03, 32);
    uint8_t nguid[16];

    CU_ASSERT(!memcmp(p, want, sizeof(want)));
    CHECK_EQ(bytes_at(p + 12, 4), 0x1002);              /* NGUID */
    memcpy(nguid, p + 16, 16);
    CHECK_EQ(bytes_at(p + 32, 4), 0x1003);              /* UUID */
    CHECK_EQ(bytes_at(p + 36, 2), 0xa1a0);
    CHECK_EQ(bytes_at(p + 52, 4), 0x0104);              /* CSI */
    CU_ASSERT(fake_all(p + 56, 0, 4096 - 56));
    CU_ASSERT(!memcmp(page(h, 0x00, 32) + 104, nguid, 16));

    p = page(h, 0x03, 1);                   /* no EUI64: not in the list */
    CHECK_EQ(bytes_at(p, 4), 0x1002);
    CHECK_EQ(fake_identify(h, 0x03, 3).status, INVALID_NS);
    CHECK_EQ(fake_identify(h, 0x03, 0).status, INVALID_NS);
    CHECK_EQ(fake_identify(h, 0x03, ALL).status, INVALID_NS);
    fake_host_free(h);
}

static void other_structures(void)
{
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p;

    CU_ASSERT(fake_all(page(h, 0x05, 2), 0, 4096));
    CU_ASSERT(fake_all(page(h, 0x06, 0), 0, 4096));
    p = page(h, 0x08, 32);
    CHECK_EQ(p[8], 0);
    CHECK_EQ(p[14], 1);
    p = page(h, 0x1c, 0);
    CHECK_EQ(bytes_at(p, 8), 1);
    CU_ASSERT(fake_all(p + 8, 0, 4088));
    fake_host_free(h);
}

/* C194D55BE0944794A21D29998F56BE6Fh is UUID Index 1. */
static void uuid_list(void)
{
    static const uint8_t ocp[] = {
        0xc1, 0x94, 0xd5, 0x5b, 0xe0, 0x94, 0x47, 0x94,
        0xa2, 0x1d, 0x29, 0x99, 0x8f, 0x56, 0xbe, 0x6f,
    };
    FakeHost *h = fake_host_start(&three);
    const uint8_t *p = page(h, 0x17, 0);

    CU_ASSERT(fake_all(p, 0, 48));
    CU_ASSERT(!memcmp(p + 48, ocp, 16));
    CU_ASSERT(fake_all(p + 64, 0, 4096 - 64));
    fake_host_free(h);
}

static void refused(void)
{
    static const struct {
        uint32_t cdw10, cdw11, nsid;
        uint16_t status, byte;
    } t[] = {
        { 0x04, 0, 0, INVALID_FIELD, 40 },
        { 0x09, 0, 1, INVALID_FIELD, 40 },
        { 0x12, 0, 1, INVALID_FIELD, 40 },
        { 0xff, 0, 0, INVALID_FIELD, 40 },
        { 0x05, 1u << 24, 1, INVALID_FIELD, 47 },
        { 0x06, 2u << 24, 0, INVALID_FIELD, 47 },
        { 0x07, 0xffu << 24, 0, INVALID_FIELD, 47 },
        { 1u << 16 | 0x1c, 0, 0, INVALID_FIELD, 42 },
    };
    FakeHost *h = fake_host_start(&three);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCqe e = fake_admin(h, &(FakeCmd) {
            .opc = 0x06, .nsid = t[i].nsid, .prp1 = FAKE_BUF,
            .cdw10 = t[i].cdw10, .cdw11 = t[i].cdw11,
        });

        CHECK_EQ(e.status, t[i].status);
        CU_ASSERT(e.dnr);
        CHECK_EQ(fake_error_location(h), t[i].byte);
    }
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x06, .prp1 = FAKE_BUF, .cdw10 = 0xffff001c,
    }).status, 0);
    fake_host_free(h);
}

/* CSI and CNTID where the CNS value has no use for them. */
static void ignored(void)
{
    static const struct {
        uint8_t cns;
        bool    csi;
    } t[] = {
        { 0x00, true }, { 0x01, true }, { 0x02, true }, { 0x03, true },
        { 0x05, false }, { 0x06, false }, { 0x07, false }, { 0x08, true },
        { 0x10, true }, { 0x11, true }, { 0x17, true },
    };
    FakeHost *h = fake_host_start(&three);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x06, .nsid = 1, .prp1 = FAKE_BUF,
            .cdw10 = 7u << 16 | t[i].cns, .cdw11 = t[i].csi ? 1u << 24 : 0,
        }).status, 0);
    }
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x06, .prp1 = FAKE_BUF, .cdw10 = 0x1c, .cdw11 = 1u << 24,
    }).status, 0);
    fake_host_free(h);
}

static void bad_memory(void)
{
    FakeHost *h = fake_host_start(&three);
    FakeCmd cmd = { .opc = 0x06, .cdw10 = 1, .prp1 = FAKE_MMIO };

    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    cmd.prp1 = FAKE_HOLE - 2048;
    cmd.prp2 = FAKE_HOLE;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    CHECK_EQ(fake_error_location(h), 0xffff);
    cmd.prp1 = FAKE_BUF + 2;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x013);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the controller", controller },
    { "an open-channel drive claims no Format and no Write Zeroes",
      open_channel_claims },
    { "a write cache is claimed where there is one", write_cache_is_claimed },
    { "an open-channel namespace", open_channel_namespace },
    { "an open-channel namespace without holes", open_channel_variants },
    { "a conventional namespace", conventional_namespace },
    { "an inactive namespace is zeros", inactive_namespaces },
    { "lists of namespaces", lists },
    { "identification descriptors", descriptors },
    { "command set structures", other_structures },
    { "the UUID list", uuid_list },
    { "what is refused, and which byte", refused },
    { "what is ignored", ignored },
    { "memory that is not there", bad_memory },
};
OCPN_UNIT_MAIN("identify", tests)
