/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, SMART-1..31 and SLOG-1..4: where each field
 * of log page C0h is, and which version has it.
 */
#include "smart-unit.h"

static const uint8_t guid[16] = {
    0xc5, 0xaf, 0x10, 0x28, 0xea, 0xbf, 0xf2, 0xa4,
    0x9c, 0x4f, 0x6f, 0x7c, 0xc9, 0x14, 0xd5, 0xaf,
};

/* OCP-CASE-11, OCP-CASE-14, OCP-CASE-15; SMART-13, SMART-27, SMART-28 */
static void versions(void)
{
    static const struct {
        OcpVersion ocp;
        uint16_t page, minor;
        uint8_t major;
    } t[] = {
        { OCP_1_0, 2, 0, 0 }, { OCP_2_0, 3, 0, 2 }, { OCP_2_5, 4, 5, 2 },
        { OCP_2_6, 5, 6, 2 }, { OCP_2_7, 6, 7, 2 },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = smart_drive(t[i].ocp);
        const uint8_t *p = smart_page(h, 0xc0);

        CHECK_EQ(bytes_at(p + 494, 2), t[i].page);
        CU_ASSERT(!memcmp(p + 496, guid, 16));
        CHECK_EQ(p[103], t[i].major);
        CHECK_EQ(bytes_at(p + 101, 2), t[i].minor);
        CHECK_EQ(bytes_at(p + 98, 3), 0);
        if (t[i].ocp < OCP_2_5) {
            CU_ASSERT(fake_all(p + 208, 0, 286));
            CU_ASSERT(fake_all(p + 131, 0, 5));
        }
        CHECK_EQ(bytes_at(p + 216, 2), t[i].ocp < OCP_2_6 ? 0 : 16);
        fake_host_free(h);
    }
}

/* SMART-3..25, as a drive leaves the factory. */
static void factory(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    const uint8_t *p = smart_page(h, 0xc0);

    CU_ASSERT(bytes_at(p, 8) > 0);              /* it has written tables */
    CHECK_EQ(bytes_at(p + 8, 8), 0);
    CU_ASSERT(fake_all(p + 16, 0, 22));
    CHECK_EQ(bytes_at(p + 38, 2), 100);
    CU_ASSERT(fake_all(p + 40, 0, 6));
    CHECK_EQ(bytes_at(p + 46, 2), 100);
    CU_ASSERT(fake_all(p + 48, 0, 50));
    CU_ASSERT(fake_all(p + 104, 0, 16));
    CHECK_EQ(p[120], 100);
    CU_ASSERT(fake_all(p + 121, 0, 7));
    CHECK_EQ(bytes_at(p + 128, 2), 100);
    CU_ASSERT(fake_all(p + 130, 0, 14));
    CHECK_EQ(bytes_at(p + 144, 8), 1);          /* security version */
    CHECK_EQ(bytes_at(p + 152, 8), 32768);      /* NUSE */
    CU_ASSERT(fake_all(p + 160, 0, 16));
    CHECK_EQ(bytes_at(p + 176, 8), UINT64_C(3000) << 24);
    CU_ASSERT(fake_all(p + 184, 0, 32));
    CHECK_EQ(p[240], 100);
    CHECK_EQ(p[248], 100);
    CHECK_EQ(p[256], 100);
    CHECK_EQ(bytes_at(p + 260, 2), 25);
    CHECK_EQ(bytes_at(p + 262, 2), 25);
    CU_ASSERT(!memcmp(p + 270, "1.0     ", 8));
    CU_ASSERT(!fake_all(p + 278, 0, 16));
    CU_ASSERT(!memcmp(p + 294, "ocp-nvme   ", 11));
    CHECK_EQ(p[357], ' ');
    CHECK_EQ(bytes_at(p + 364, 2), 100);
    CU_ASSERT(fake_all(p + 366, 0, 128));
    fake_host_free(h);
}

static const struct {
    const char *name;
    unsigned at, size;
} fields[] = {
    { "media-written", 0, 16 }, { "media-read", 16, 16 },
    { "bad-user-blocks", 32, 6 },
    { "bad-user-blocks-normalised", 38, 2 },
    { "bad-system-blocks", 40, 6 },
    { "bad-system-blocks-normalised", 46, 2 },
    { "xor-recovery", 48, 8 }, { "uncorrectable-reads", 56, 8 },
    { "soft-ecc", 64, 8 }, { "e2e-detected", 72, 4 },
    { "e2e-corrected", 76, 4 }, { "system-data-used", 80, 1 },
    { "refresh", 81, 7 }, { "max-erase", 88, 4 }, { "min-erase", 92, 4 },
    { "throttle-events", 96, 1 }, { "throttle-status", 97, 1 },
    { "spec-errata", 98, 1 }, { "spec-point", 99, 2 },
    { "spec-minor", 101, 2 }, { "spec-major", 103, 1 },
    { "pcie-correctable", 104, 8 }, { "incomplete-shutdowns", 112, 4 },
    { "free-blocks", 120, 1 }, { "capacitor-health", 128, 2 },
    { "base-errata", 130, 1 }, { "command-set-errata", 131, 1 },
    { "pcie-errata", 132, 1 }, { "mi-errata", 133, 1 },
    { "die-retirements", 134, 2 }, { "unaligned-io", 136, 8 },
    { "security-version", 144, 8 }, { "nuse", 152, 8 },
    { "plp-starts", 160, 16 }, { "endurance-estimate", 176, 16 },
    { "link-retrains", 192, 8 }, { "power-changes", 200, 8 },
    { "lowest-firmware", 208, 8 }, { "dies", 216, 2 },
    { "die-tolerance", 218, 2 }, { "dies-offline", 220, 2 },
    { "max-temperature", 222, 1 }, { "form-factor", 223, 1 },
    { "average-erase", 224, 8 }, { "command-timeouts", 232, 4 },
    { "system-program-fails", 236, 4 },
    { "system-program-fails-normalised", 240, 1 },
    { "system-read-fails", 244, 4 },
    { "system-read-fails-normalised", 248, 1 },
    { "system-erase-fails", 252, 4 },
    { "system-erase-fails-normalised", 256, 1 },
    { "peak-power", 260, 2 }, { "average-power", 262, 2 },
    { "energy", 264, 6 }, { "dies-in-use-bad-blocks", 358, 6 },
    { "dies-in-use-bad-blocks-normalised", 364, 2 },
};

/* Each knob moves its field, of that place and size, and no other number. */
static void places(void)
{
    const size_t n = sizeof(fields) / sizeof(fields[0]);
    FakeHost *h = smart_drive(OCP_2_7);
    uint8_t want[512] = { 0 };
    const uint8_t *p;

    CHECK_EQ(n, OCPN_FACT_N);
    for (size_t i = 0; i < n; i++) {
        OcpnWide v = { 0, 0 };
        char text[OCPN_WIDE_DIGITS + 1];

        for (unsigned b = 0; b < fields[i].size; b++) {
            want[fields[i].at + b] = (uint8_t)(fields[i].at + b + 1);
        }
        v = ocpn_wide_get(want + fields[i].at, fields[i].size);
        ocpn_wide_print(v, text);
        smart_knob(h, fields[i].name, text);
    }
    p = smart_page(h, 0xc0);
    for (size_t i = 16; i < n; i++) {           /* reading moves the first */
        CHECK(!memcmp(p + fields[i].at, want + fields[i].at, fields[i].size),
              "%s is not at %u", fields[i].name, fields[i].at);
    }
    CHECK_EQ(bytes_at(p + 8, 8), bytes_at(want + 8, 8));
    CHECK_EQ(bytes_at(p + 16, 8), bytes_at(want + 16, 8));
    CHECK_EQ(bytes_at(p + 24, 8), bytes_at(want + 24, 8));
    fake_host_free(h);
}

/* OCP-CASE-23, OCP-CASE-24, OCP-CASE-31, OCP-CASE-32 */
static void pieces(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint8_t all[512];

    smart_page(h, 0xc0);                        /* now it rests */
    memcpy(all, smart_page(h, 0xc0), 512);
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 0, 8).status, 0);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), all, 8));
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 0, 296).status, 0);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), all, 296));
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 256, 512).status, 0);
    CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), all + 256, 256));
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF) + 256, 0, 256));
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 0, 4096).status, 0);
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 512, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 516, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 2, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0xc8, ALL, 0, 512).status, 0x109);
    CHECK_EQ(fake_get_log(h, 0xc0, 0, 0, 512).status, 0);
    fake_host_free(h);
}

static void no_ocp(void)
{
    FakeHost *h = smart_drive(OCP_OFF);

    CHECK_EQ(fake_get_log(h, 0xc0, ALL, 0, 512).status, 0x109);
    fake_host_free(h);
}

/* OCP-CASE-146: a namespace that is not there */
static void inactive(void)
{
    static const struct {
        uint8_t nsid;           /* OcpnNsidRule */
        uint16_t status;
    } t[] = {
        { OCPN_NSID_LENIENT, 0 },
        { OCPN_NSID_2_0, 0x002 },
        { OCPN_NSID_2_5, 0x002 },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = fake_host_start(&(FakeSetup) {
            .cfg = { .ocp = { .version = OCP_2_5, .nsid = t[i].nsid } },
            .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
                      .mode = IMG_MODE_CONVENTIONAL, .nsze = 32768 } },
        });

        CHECK_EQ(fake_get_log(h, 0xc0, 5, 0, 512).status, t[i].status);
        fake_host_free(h);
    }
}

/*
 * OCP-CASE-137: reading the page waits for no I/O, holds none up, and does none
 * itself.
 */
static void beside_io(void)
{
    FakeHost *h = smart_drive(OCP_2_7);
    FakeCmd cmd = { .nsid = 1, .prp1 = FAKE_BUF + 0x10000 };
    FakeMedia *m = &h->f.media[1];
    unsigned flushes = m->flushes, reads = m->reads, writes = m->writes;

    h->f.hold = true;
    for (unsigned i = 0; i < 8; i++) {
        cmd.opc = i & 1 ? 0x02 : 0x01;
        cmd.cdw10 = 8 * i;
        fake_submit(h, 1, &cmd);
    }
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 8);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQ(bytes_at(smart_page(h, 0xc0) + 494, 2), 6);
    }
    CHECK_EQ(h->f.nios, 8);
    fake_submit(h, 1, &cmd);            /* begins at once */
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 9);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    fake_run(&h->f);
    for (unsigned i = 0; i < 9; i++) {
        FakeCqe e = fake_reap(h, 1);

        CHECK_EQ(e.found, true);
        CHECK_EQ(e.status, 0);
    }
    CHECK_EQ(m->reads - reads, 5);
    CHECK_EQ(m->writes - writes, 4);
    CHECK_EQ(m->flushes, flushes);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "versions, and what each has", versions },
    { "a new drive", factory },
    { "every field has its place", places },
    { "parts of the page", pieces },
    { "no page without OCP", no_ocp },
    { "the NSID of no namespace", inactive },
    { "beside I/O", beside_io },
};
OCPN_UNIT_MAIN("log c0", tests)
