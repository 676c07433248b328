/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identify, of OCP drives.
 * Proves: OCP Datacenter NVMe SSD, UUID-1, NVMe-CFG-7, NVMe-CFG-8, NVMe-AD-10,
 * SECTOR-4, NSM-2, NSM-3, DP-CFG-1, PWR-1, NVMe-IO-3.
 */
#include "power-unit.h"

static FakeHost *start(const OcpnOcpConfig *ocp)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = *ocp },
        .ns = {
            { .cfg = { .nsid = 1, .dlfeat = 1 }, .nsze = 32768,
              .mode = IMG_MODE_CONVENTIONAL, .lbads = 9 },
            FAKE_CONVENTIONAL(2),
            { .cfg = { .nsid = 3, .dlfeat = 1, .eui64 = 0x0102030405060708 },
              .mode = IMG_MODE_CONVENTIONAL, .lbads = 12, .ms = 16,
              .nsze = 1024 },
        },
    });
}

static const uint8_t *page(FakeHost *h, uint8_t cns, uint32_t nsid)
{
    CHECK_EQ(fake_identify(h, cns, nsid).status, 0);
    return fake_guest(h, FAKE_BUF);
}

static void versions(void)
{
    static const uint32_t want[] = {
        [OCP_OFF] = 0x20000, [OCP_1_0] = 0x10300, [OCP_2_0] = 0x10400,
        [OCP_2_5] = 0x20000, [OCP_2_6] = 0x20000, [OCP_2_7] = 0x20000,
    };

    for (uint8_t v = OCP_OFF; v <= OCP_2_7; v++) {
        FakeHost *h = start(&(OcpnOcpConfig) { .version = v });

        CHECK_EQ(fake_reg(h, 0x08, 4), want[v]);
        CHECK_EQ(bytes_at(page(h, 1, 0) + 80, 4), want[v]);
        fake_host_free(h);
    }
}

/* OCP-CASE-2 */
static void controller(void)
{
    FakeHost *h = start(&(OcpnOcpConfig) { .version = OCP_2_5 });
    const uint8_t *p = page(h, 1, 0);

    CHECK_EQ(bytes_at(p + 92, 4) >> 8 & 1, 1);      /* OAES: namespaces */
    CHECK_EQ(bytes_at(p + 96, 4) & 0x290, 0x290);   /* CTRATT 4, 7, 9 */
    CHECK_EQ(p[260] & 0x11, 0x10);                  /* FRMW: slot 1, too */
    CU_ASSERT((p[260] >> 1 & 7) >= 2);              /* ... and another */
    CHECK_EQ(p[261] & 0x1f, 0x1e);                  /* LPA */
    CHECK_EQ(bytes_at(p + 266, 2), 350);
    CHECK_EQ(bytes_at(p + 268, 2), 358);
    CU_ASSERT(bytes_at(p + 270, 2) <= 10);          /* MTFA */
    CU_ASSERT(bytes_at(p + 516, 4) >= 16);          /* NN */
    CHECK_EQ(bytes_at(p + 520, 2) & 0x5d, 0x5d);    /* ONCS */
    CHECK_EQ(p[525], 0);                            /* VWC */
    CHECK_EQ(bytes_at(p + 272, 8), 0);              /* HMPRE, HMMIN */
    CHECK_EQ(bytes_at(p + 312, 4), 0);              /* RPMBS */
    fake_host_free(h);
}

/* PWR-1 */
static void power(void)
{
    static const uint16_t want[] = {
        2500, 2000, 1600, 1400, 1200, 850, 500, 0,
    };
    FakeHost *h = start(&(OcpnOcpConfig) { .version = OCP_2_5 });
    const uint8_t *p = page(h, 1, 0);

    CHECK_EQ(p[263], 6);
    CHECK_EQ(p[265], 0);                            /* no APST */
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *d = p + 2048 + 32 * i;

        CHECK_EQ(bytes_at(d, 2), want[i]);
        CHECK_EQ(d[3], i == 6 ? 2 : 0);             /* NOPS */
        CHECK_EQ(d[12], i < 7 ? i : 0);             /* RRT < states */
        CU_ASSERT(bytes_at(d + 16, 2) <= 500);      /* IDLP, 10 mW */
        CHECK_EQ(d[18], i < 7 ? 0x80 : 0);
    }
    CU_ASSERT(fake_all(p + 2048 + 7 * 32, 0, 25 * 32));
    fake_host_free(h);
}

/* A full table has 32 states; the last bytes of the page are others'. */
static void full_table(void)
{
    OcpnOcpConfig ocp = { .version = OCP_2_5 };
    FakeHost *h;
    const uint8_t *p;

    for (unsigned i = 0; i < 32; i++) {
        ocp.power[i] = (uint16_t)(3300 - 100 * i);
    }
    h = start(&ocp);
    p = page(h, 1, 0);
    CHECK_EQ(p[263], 31);
    CHECK_EQ(bytes_at(p + 2048 + 31 * 32, 2), 200);
    CU_ASSERT(fake_all(p + 3072, 0, 1024));
    CHECK_EQ(fake_set_feature(h, FID_STATE, 0, 31).status, 0);
    CHECK_POWER(h, 31, 2);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 5).status, 0x002);
    CHECK_EQ(fake_set_feature(h, FID_WATTS, 0, 6).status, 0);
    CHECK_POWER(h, 27, 6);
    fake_host_free(h);
}

/* UUID-1: what the list has at 1 and 2, and which index is OCP's. */
static void uuids(uint8_t list, const uint8_t *index1, const uint8_t *index2,
                  unsigned ocp)
{
    FakeHost *h = start(&(OcpnOcpConfig) { .version = OCP_2_5,
                                           .uuids = list });
    static const uint8_t none[16];
    const uint8_t *p = page(h, 0x17, 0);

    CU_ASSERT(fake_all(p, 0, 48));
    CHECK_EQ(memcmp(p + 48, index1 ? index1 : none, 16), 0);
    CU_ASSERT(fake_all(p + 64, 0, 16));
    if (index2) {
        CHECK_EQ(memcmp(p + 80, index2, 16), 0);
    }
    CU_ASSERT(fake_all(p + 96, 0, 4000));
    CHECK_EQ(bytes_at(page(h, 1, 0) + 96, 4) >> 9 & 1, index1 != NULL);
    for (uint32_t i = 0; i < 4; i++) {
        bool ok = !i || i == ocp ||
                  (list == OCPN_UUIDS_LEGACY && i == 2);

        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x02, .prp1 = FAKE_BUF, .cdw10 = 0x7fu << 16 | 0xc7,
            .cdw14 = i,
        }).status, ok ? 0 : 0x002);
        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x0a, .cdw10 = 0xc6, .cdw14 = i,
        }).status, ok ? 0 : 0x002);
    }
    fake_host_free(h);
}

/* OCP-CASE-3, OCP-CASE-4, OCP-CASE-5, OCP-CASE-7: entry k is UUID Index k. */
static void uuid_lists(void)
{
    static const uint8_t ocp[16] = {
        0xc1, 0x94, 0xd5, 0x5b, 0xe0, 0x94, 0x47, 0x94,
        0xa2, 0x1d, 0x29, 0x99, 0x8f, 0x56, 0xbe, 0x6f,
    };
    static const uint8_t other[16] = "ocpn-nEv\xa0" "eother1";
    uint8_t reversed[16];

    for (unsigned i = 0; i < 16; i++) {
        reversed[i] = ocp[15 - i];
    }
    uuids(OCPN_UUIDS_OCP, ocp, NULL, 1);
    uuids(OCPN_UUIDS_VENDOR_OCP, other, ocp, 2);
    uuids(OCPN_UUIDS_LEGACY, ocp, reversed, 1);
    uuids(OCPN_UUIDS_NONE, NULL, NULL, 0);
}

/* OCP-CASE-8: NVMe-CFG-7, NVMe-CFG-8, SECTOR-4, NVMe-AD-10, NSM-3 */
static void namespaces(void)
{
    static const struct {
        uint8_t  profile;
        uint32_t iu, nsid;
        uint16_t npwg;
        uint8_t  flbas;
    } t[] = {
        { OCPN_PROFILE_A, 0, 1, 7, 1 }, { OCPN_PROFILE_A, 0, 2, 0, 0 },
        { OCPN_PROFILE_B, 4096, 1, 7, 0 }, { OCPN_PROFILE_B, 4096, 2, 0, 1 },
        { OCPN_PROFILE_A, 16384, 1, 31, 1 },
        { OCPN_PROFILE_A, 16384, 2, 3, 0 },
        { OCPN_PROFILE_A, 512, 1, 0, 1 }, { OCPN_PROFILE_A, 512, 2, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = start(&(OcpnOcpConfig) {
            .version = OCP_2_5, .profile = t[i].profile, .iu = t[i].iu,
        });
        const uint8_t *p = page(h, 0, t[i].nsid);
        unsigned first = t[i].profile == OCPN_PROFILE_B ? 9 : 12;

        CHECK_EQ(p[24] & 0x10, 0x10);               /* NSFEAT: OPTPERF */
        CHECK_EQ(p[25], 1);                         /* two formats */
        CHECK_EQ(p[26], t[i].flbas);
        CHECK_EQ(p[27], 0);                         /* MC */
        CHECK_EQ(p[32], 0x80);                      /* FPI */
        for (unsigned j = 64; j < 74; j += 2) {     /* NPWG to NOWS */
            CHECK_EQ(bytes_at(p + j, 2), t[i].npwg);
        }
        CU_ASSERT(!fake_all(p + 104, 0, 16));       /* NGUID */
        CU_ASSERT(!fake_all(p + 120, 0, 8));        /* EUI64 */
        CHECK_EQ(bytes_at(p + 128, 4), first << 16 | (uint32_t)p[131] << 24);
        CHECK_EQ(bytes_at(p + 132, 3), (21 - first) << 16);
        CU_ASSERT(fake_all(p + 136, 0, 248));
        fake_host_free(h);
    }
}

/* EUI64 of the user, and in the list of descriptors. */
static void identifiers(void)
{
    FakeHost *h = start(&(OcpnOcpConfig) { .version = OCP_2_0 });
    uint8_t eui64[8];

    CHECK_EQ(bytes_at(page(h, 0, 3) + 120, 8), 0x0807060504030201);
    memcpy(eui64, page(h, 0, 1) + 120, 8);
    CU_ASSERT(!memcmp(eui64, "\x52\x54\x00", 3));
    CU_ASSERT(memcmp(eui64, page(h, 0, 2) + 120, 8));
    CHECK_EQ(bytes_at(page(h, 3, 1), 4), 0x0801);
    CHECK_EQ(memcmp(fake_guest(h, FAKE_BUF) + 4, eui64, 8), 0);
    fake_host_free(h);
}

/* A namespace with metadata has the other formats behind the two. */
static void formats(void)
{
    FakeHost *h = start(&(OcpnOcpConfig) { .version = OCP_2_5 });
    FakeCmd format = { .opc = 0x80, .nsid = 1 };
    const uint8_t *p = page(h, 0, 3);

    CHECK_EQ(p[25], 7);
    CHECK_EQ(p[26], 3);                             /* 4096 + 16 */
    CHECK_EQ(bytes_at(p + 128, 3), 12 << 16);
    CHECK_EQ(bytes_at(p + 132, 3), 9 << 16);
    CHECK_EQ(bytes_at(p + 140, 3), 12 << 16 | 16);
    for (format.cdw10 = 2; format.cdw10 < 9; format.cdw10++) {
        CHECK_EQ(fake_admin(h, &format).status, 0x10a);
    }
    format.cdw10 = 0;                               /* 4096 */
    CHECK_EQ(fake_admin(h, &format).status, 0);
    CHECK_EQ(page(h, 0, 1)[26], 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF), 8), 4096);
    format.nsid = 3;
    format.cdw10 = 1;                               /* 512 */
    CHECK_EQ(fake_admin(h, &format).status, 0);
    p = page(h, 0, 3);
    CHECK_EQ(p[25], 1);
    CHECK_EQ(p[26], 1);
    fake_host_free(h);
}

/* CNS 16h, of CTRATT bit 7 */
static void granularity(void)
{
    FakeHost *h = start(&(OcpnOcpConfig) { .version = OCP_2_5 });
    const uint8_t *p = page(h, 0x16, 0);

    CHECK_EQ(bytes_at(p, 4), 0);
    CHECK_EQ(p[4], 0);
    CHECK_EQ(bytes_at(p + 32, 8), 1 << 20);
    CHECK_EQ(bytes_at(p + 40, 8), 1 << 20);
    CU_ASSERT(fake_all(p + 48, 0, 4048));
    fake_host_free(h);
    h = start(&(OcpnOcpConfig) { .version = OCP_OFF });
    CHECK_EQ(fake_identify(h, 0x16, 0).status, 0x002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the version of NVMe", versions },
    { "the controller", controller },
    { "power states", power },
    { "32 power states", full_table },
    { "UUID lists", uuid_lists },
    { "namespaces: formats, units, identifiers", namespaces },
    { "EUI64", identifiers },
    { "formats, of and without metadata", formats },
    { "namespace granularity", granularity },
};
OCPN_UNIT_MAIN("identify ocp", tests)
