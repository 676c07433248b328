/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Telemetry Host-Initiated (Log Identifier 07h)"; OCP
 * Datacenter NVMe SSD, data areas 1 and 2.
 */
#include "hw/ocp-nvme/core/telemetry.h"
#include "telemetry-unit.h"

static TelLog t;

/* OCSSD drives have neither page, nor do they say so. */
static void off(void)
{
    FakeHost *h = tel_start(OCP_OFF);

    CHECK_EQ(tel_get(h, TEL_HOST, TEL_CREATE, 0, 512), 0x109);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[261] & 0x48, 0);
    CU_ASSERT(!ocpn_telemetry_trigger(h->c, "x", NULL, 0));
    fake_host_free(h);
}

/* LPA bit 3, and bit 6 where there is a data area 4. */
static void claimed(void)
{
    static const uint8_t lpa[OCP_NVERSIONS] = {
        [OCP_1_0] = 0x08, [OCP_2_0] = 0x08, [OCP_2_5] = 0x48,
        [OCP_2_6] = 0x48, [OCP_2_7] = 0x48,
    };

    for (unsigned v = OCP_1_0; v < OCP_NVERSIONS; v++) {
        FakeHost *h = tel_start((OcpVersion)v);

        CHECK_EQ(fake_identify(h, 1, 0).status, 0);
        CHECK_EQ(fake_guest(h, FAKE_BUF)[261] & 0x48, lpa[v]);
        fake_host_free(h);
    }
}

/* Before a capture there is a header that promises nothing. */
static void nothing_yet(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    const uint8_t *b = fake_guest(h, FAKE_BUF);

    tel_read(h, TEL_HOST, TEL_RAE, 3, &t);
    CHECK_EQ(t.len, 512);
    CHECK_EQ(t.b[0], 0x07);
    CU_ASSERT(fake_all(t.b + 1, 0, 4));
    CU_ASSERT(fake_all(t.b + 8, 0, 12));
    CHECK_EQ(t.b[381], 0);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_READ, 512, 512), 0);
    CU_ASSERT(fake_all(b, 0, 512));
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_READ, 1024, 512), 0x002);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_READ, 2, 512), 0x002);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_CREATE, 512, 512), 0);
    CHECK_EQ(bytes_at(b, 4), 0x00010003);       /* data area 1 */
    fake_host_free(h);
}

/* OCP-CASE-106 */
static void header(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    uint8_t ieee[3];

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    memcpy(ieee, fake_guest(h, FAKE_BUF) + 73, 3);
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 3, &t);
    CHECK_EQ(t.b[0], 0x07);
    CU_ASSERT(fake_all(t.b + 1, 0, 4));
    CU_ASSERT(!memcmp(t.b + 5, ieee, 3));
    CHECK_EQ(bytes_at(t.b + 8, 2), 32);         /* 2.5: 16 KiB */
    CU_ASSERT(bytes_at(t.b + 10, 2) > 32);
    CU_ASSERT(bytes_at(t.b + 12, 2) >= bytes_at(t.b + 10, 2));
    CU_ASSERT(fake_all(t.b + 14, 0, 366));      /* area 4 is not asked for */
    CHECK_EQ(t.b[380], 1);
    CHECK_EQ(bytes_at(t.b + 381, 3), 1);
    CHECK_HAS(tel_reason(&t), "Requested by the host");
    CHECK_EQ(t.b[384 + 74], 4);                 /* the error ID is valid */
    CU_ASSERT(fake_all(t.b + 384 + 75, 0, 53));
    CHECK_EQ(t.len, 512 * (1 + bytes_at(t.b + 12, 2)));
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_RAE, (uint32_t)t.len + 512, 512),
             0x002);
    fake_host_free(h);
}

/* OCP-CASE-107 */
static void area1(void)
{
    static const uint8_t guid[16] = {
        0xfa, 0x4e, 0xe6, 0x87, 0x9d, 0x71, 0x73, 0xbc,
        0x4c, 0x42, 0x43, 0x30, 0x9c, 0x0a, 0x56, 0xba,
    };
    FakeHost *h = tel_start(OCP_2_5);
    const uint8_t *a = t.b + 512;

    fake_put_le(fake_guest(h, FAKE_BUF), 8, 0x123456789a);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    fake_advance(&h->f, 5000000);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    CHECK_EQ(bytes_at(a, 8), 0x00010003);
    CHECK_EQ(bytes_at(a + 8, 6), 0x123456789a + 5);
    CHECK_EQ(bytes_at(a + 14, 2), 2);           /* set by the host */
    CU_ASSERT(!memcmp(a + 16, guid, 16));
    CHECK_EQ(a[32], OCPN_TELEMETRY_PROFILES);
    CHECK_EQ(a[33], 0);
    CU_ASSERT(fake_all(a + 34, 0, 6));
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 432), 0);
    CHECK_EQ(bytes_at(a + 40, 8), bytes_at(fake_guest(h, FAKE_BUF) + 32, 8));
    CU_ASSERT(fake_all(a + 48, 0, 8));
    CU_ASSERT(!memcmp(a + 56, "1.0     ", 8));
    CU_ASSERT(fake_all(a + 64, 0, 32));
    CU_ASSERT(fake_all(a + 128, 0, 32));
    CU_ASSERT(fake_all(a + 432, 0, 80));
    CHECK_EQ(bytes_at(a + 96, 8), 384);         /* counted from area 1 */
    CHECK_EQ(bytes_at(a + 112, 8), 0);          /* ... and 2 */
    fake_host_free(h);
}

/* OCP-CASE-108 */
static void copies(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF,
    }).status, 0);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    CHECK_EQ(tel_get(h, 0x02, TEL_READ, 0, 512), 0);
    CU_ASSERT(!memcmp(t.b + 512 + 512, fake_guest(h, FAKE_BUF), 512));
    CHECK_EQ(bytes_at(t.b + 512 + 512 + 80, 8), 1);     /* host writes */
    CHECK_EQ(tel_get(h, 0xc0, TEL_READ, 0, 512), 0);
    /* Bytes written, of which the generation number is some, have moved. */
    CU_ASSERT(bytes_at(t.b + 512 + 1024, 8) > 0);
    CU_ASSERT(!memcmp(t.b + 512 + 1024 + 16, fake_guest(h, FAKE_BUF) + 16,
                      512 - 16));
    fake_host_free(h);
}

/* A capture is the drive then, and not now. */
static void retained(void)
{
    static TelLog again;
    FakeHost *h = tel_start(OCP_2_5);

    tel_read(h, TEL_HOST, TEL_CREATE, 3, &t);
    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF,
    }).status, 0);
    tel_read(h, TEL_HOST, TEL_READ, 3, &again);
    CHECK_EQ(again.len, t.len);
    CU_ASSERT(!memcmp(again.b, t.b, t.len));
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    tel_read(h, TEL_HOST, TEL_READ, 3, &again);
    CU_ASSERT(!memcmp(again.b, t.b, t.len));
    tel_read(h, TEL_HOST, TEL_CREATE, 3, &again);
    CHECK_EQ(bytes_at(again.b + 512 + 512 + 80, 8), 1);
    fake_host_free(h);
}

/* OCP-CASE-109 */
static void generation(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    for (unsigned i = 1; i < 260; i++) {
        CHECK_EQ(tel_get(h, TEL_HOST, TEL_CREATE | TEL_RAE, 0, 512), 0);
        CHECK_EQ(fake_guest(h, FAKE_BUF)[381], i & 0xff);
        CHECK_EQ(tel_get(h, TEL_HOST, TEL_RAE, 0, 512), 0);
        CHECK_EQ(fake_guest(h, FAKE_BUF)[381], i & 0xff);
    }
    CHECK_EQ(fake_guest(h, FAKE_BUF)[383], 0);
    fake_host_restart(h, true);
    tel_read(h, TEL_HOST, TEL_RAE, 3, &t);
    CHECK_EQ(t.len, 512);                       /* gone with the power */
    CHECK_EQ(t.b[381], 259 & 0xff);
    fake_host_free(h);
}

/* A question that is refused captures nothing. */
static void refused(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    FakeCmd cmd = {
        .opc = 0x02, .cdw10 = TEL_HOST | TEL_CREATE | 127 << 16,
        .prp1 = FAKE_BUF | 2,
    };

    CU_ASSERT(fake_admin(h, &cmd).status != 0);
    cmd.prp1 = FAKE_BUF;
    cmd.cdw12 = 0x100000;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x002);
    cmd.cdw12 = 0;
    cmd.nsid = 1;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x002);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_READ, 0, 512), 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[381], 0);
    cmd.nsid = 0;                               /* as some tools ask */
    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[381], 1);
    fake_host_free(h);
}

/* OCP-CASE-119 */
static void lengths(void)
{
    FakeSetup s = tel_drive(OCP_2_5);
    FakeHost *h = fake_host_start(&s);

    for (uint8_t lid = TEL_HOST; lid <= TEL_CTRL; lid++) {
        CHECK_EQ(tel_get(h, lid, TEL_CREATE, 0, 1540), 0);
        CHECK_EQ(tel_get(h, lid, TEL_READ, 4, 508), 0);
    }
    fake_host_free(h);
    s.cfg.ocp.strict_telemetry = true;
    h = fake_host_start(&s);
    for (uint8_t lid = TEL_HOST; lid <= TEL_CTRL; lid++) {
        CHECK_EQ(tel_get(h, lid, TEL_READ, 0, 508), 0x002);
        CHECK_EQ(fake_error_location(h), 42);
        CHECK_EQ(tel_get(h, lid, TEL_CREATE, 0, 1540), 0x002);
        CHECK_EQ(tel_get(h, lid, TEL_READ, 508, 512), 0x002);
        CHECK_EQ(fake_error_location(h), 48);
        CHECK_EQ(tel_get(h, lid, TEL_CREATE, 0, 2048), 0);
    }
    CHECK_EQ(tel_get(h, 0x02, TEL_READ, 4, 8), 0);      /* others do not */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "not without OCP", off },
    { "LPA says which areas there are", claimed },
    { "a header alone before the first capture", nothing_yet },
    { "the header", header },
    { "data area 1", area1 },
    { "copies of SMART pages", copies },
    { "a capture stays as it is", retained },
    { "generation numbers", generation },
    { "what is refused captures nothing", refused },
    { "lengths and offsets, lenient and strict", lengths },
};
OCPN_UNIT_MAIN("log 07", tests)
