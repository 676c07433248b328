/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gets into the Persistent Event Log.
 * Proves: NVMe Base 2.0, "Persistent Event Log Events"; OCP Datacenter NVMe
 * SSD, STD-LOG-10.
 */
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/health.h"
#include "hw/ocp-nvme/core/pel.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "pel-unit.h"

#define SECOND  UINT64_C(1000000000)

static PelLog t;

static void happened(FakeHost *h, OcpnHappening what, uint64_t a, uint64_t b)
{
    ocpn_happened(h->c, what, a, b);
    fake_run(&h->f);
    pel_read(h, &t);
}

/* STD-LOG-10: type 04h, at every enable; then a SMART snapshot */
static void power(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    pel_read(h, &t);
    CHECK_EQ(t.n, 2);
    CHECK_EQ(t.b[512], 0x01);
    d = pel_data(&t, 0x04, 44);
    CU_ASSERT(!memcmp(d, "1.0     ", 8));
    CHECK_EQ(bytes_at(d + 8, 8), 0);
    CHECK_EQ(bytes_at(d + 24, 4), 1);           /* power cycles */
    fake_advance(&h->f, 90 * SECOND);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x04), 2);
    d = pel_data(&t, 0x04, 44);
    CHECK_EQ(bytes_at(d + 24, 4), 1);
    CHECK_EQ(bytes_at(d + 28, 8), 90000);
    CHECK_EQ(bytes_at(d + 36, 8), bytes_at(d - 18, 8));     /* timestamp */
    CHECK_EQ(pel_count(&t, 0x05), 0);
    fake_host_restart(h, true);
    pel_read(h, &t);
    CHECK_EQ(bytes_at(pel_data(&t, 0x04, 44) + 24, 4), 2);
    CHECK_EQ(pel_count(&t, 0x05), 0);
    fake_host_restart(h, false);                /* nobody announced it */
    pel_read(h, &t);
    d = pel_data(&t, 0x05, 20);
    CHECK_EQ(bytes_at(d, 4), 0x08);
    CHECK_EQ(bytes_at(d + 4, 8), 1);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x05), 1);
    fake_host_free(h);
}

/* STD-LOG-10: type 01h is page 02h, once in 24 hours of power */
static void smart(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x01), 1);
    fake_advance(&h->f, 86399 * SECOND);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x01), 1);
    fake_advance(&h->f, 1 * SECOND);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x01), 2);
    d = pel_data(&t, 0x01, 512);
    CHECK_EQ(fake_get_log(h, 0x02, 0, 0, 512).status, 0);
    CU_ASSERT(!memcmp(d, fake_guest(h, FAKE_BUF), 512));
    CHECK_EQ(bytes_at(d + 128, 8), 24);
    fake_advance(&h->f, 86400 * SECOND);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x01), 3);
    fake_host_free(h);
}

/* STD-LOG-10: type 03h; events have the new time */
static void timestamp(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    fake_advance(&h->f, 5 * SECOND);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 1790000000000);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    fake_advance(&h->f, 3 * SECOND);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 1800000000000);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    fake_advance(&h->f, 2 * SECOND);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x03), 2);
    d = pel_data(&t, 0x03, 16);
    CHECK_EQ(bytes_at(d, 8), 1790000003000);
    CHECK_EQ(bytes_at(d + 8, 8), 8000);
    CHECK_EQ(bytes_at(d - 24 + 6, 8), 1800000000000);
    CHECK_EQ(bytes_at(t.b + 20, 6), 1800000002000);
    CHECK_EQ(t.b[26], 2);                       /* a host has set it */
    fake_host_free(h);
}

/* STD-LOG-10: type 02h */
static void firmware(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    happened(h, OCPN_HAP_FIRMWARE, 1 << 8 | 3, 0x111);
    d = pel_data(&t, 0x02, 22);
    CU_ASSERT(!memcmp(d, "1.0     1.0     ", 16));
    CHECK_EQ(bytes_at(d + 16, 2), 0x0103);      /* slot, action */
    CHECK_EQ(bytes_at(d + 18, 2), 0x1101);      /* SC, SCT */
    CHECK_EQ(bytes_at(d + 20, 2), 0);
    happened(h, OCPN_HAP_FIRMWARE, 0xff << 8, 0);
    CHECK_EQ(bytes_at(pel_data(&t, 0x02, 22) + 16, 4), 0xff00);
    fake_host_free(h);
}

/* Another revision after power off: event 04h says so. */
static void activation(void)
{
    FakeHost *h = pel_start(OCP_2_5);

    strcpy(h->setup.cfg.firmware, "2.0");
    fake_host_restart(h, true);
    pel_read(h, &t);
    CU_ASSERT(!memcmp(pel_data(&t, 0x04, 44), "2.0     ", 8));
    CHECK_EQ(pel_data(&t, 0x04, 44)[10], 1);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    pel_read(h, &t);
    CHECK_EQ(pel_data(&t, 0x04, 44)[10], 0);
    fake_host_free(h);
}

/* STD-LOG-10: types 07h and 08h */
static void format(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 1 << 9,
    }).status, 0);
    pel_read(h, &t);
    d = pel_data(&t, 0x07, 12);
    CHECK_EQ(bytes_at(d, 4), 1);
    CHECK_EQ(bytes_at(d + 4, 4), 4);            /* FNA */
    CHECK_EQ(bytes_at(d + 8, 4), 1 << 9);
    d = pel_data(&t, 0x08, 12);
    CHECK_EQ(bytes_at(d, 4), 1);
    CHECK_EQ(bytes_at(d + 4, 8), 0x80);
    CU_ASSERT(pel_event(&t, 0x08, 0) < pel_event(&t, 0x07, 0));
    happened(h, OCPN_HAP_FORMAT_END, 1, 0x280);
    d = pel_data(&t, 0x08, 12);
    CHECK_EQ(bytes_at(d + 4, 4), 0x03e4);
    CHECK_EQ(bytes_at(d + 8, 4), 0x280);
    fake_host_free(h);
}

/* One that a reset cut short did not succeed; one that was over did. */
static void format_reset(void)
{
    bool over = false;

    for (unsigned k = 0; !over && k < 100; k++) {
        FakeHost *h = pel_start(OCP_2_5);
        const uint8_t *d;

        h->f.hold = true;
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1, .cdw10 = 1 });
        fake_run(&h->f);
        for (unsigned i = 0; i < k && h->f.nios; i++) {
            fake_io_finish(&h->f, 0, OCPN_IO_OK);
            fake_run(&h->f);
        }
        over = !h->f.nios;
        fake_set_reg(h, 0x14, 0x00460000, 4);
        h->f.hold = false;
        fake_io_finish_all(&h->f);
        fake_run(&h->f);
        CU_ASSERT(fake_enable(h));
        pel_read(h, &t);
        CHECK_EQ(pel_count(&t, 0x07), 1);
        CHECK_EQ(pel_count(&t, 0x08), 1);
        d = pel_data(&t, 0x08, 12);
        CHECK_EQ(bytes_at(d, 4), 1);
        if (k == 0) {
            CHECK_EQ(bytes_at(d + 4, 4), 0x03e4);
            CHECK_EQ(bytes_at(d + 8, 4), 0x007);
        }
        if (over) {
            CHECK_EQ(bytes_at(d + 4, 8), 0x80);
        }
        CHECK_EQ(bytes_at(d + 8, 4) != 0, bytes_at(d + 4, 4) != 0x80);
        fake_host_free(h);
    }
    CHECK(over, "it ends");
}

/* STD-LOG-10: types 09h and 0Ah */
static void sanitize(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;
    uint64_t sanicap;

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    sanicap = bytes_at(fake_guest(h, FAKE_BUF) + 328, 4);
    happened(h, OCPN_HAP_SANITIZE_BEGIN, 0x2, 0x12345678);
    d = pel_data(&t, 0x09, 12);
    CHECK_EQ(bytes_at(d, 4), sanicap);
    CHECK_EQ(bytes_at(d + 4, 4), 2);
    CHECK_EQ(bytes_at(d + 8, 4), 0x12345678);
    happened(h, OCPN_HAP_SANITIZE_END, 0x101, 0);
    d = pel_data(&t, 0x0a, 8);
    CHECK_EQ(bytes_at(d, 2), 0xffff);
    CHECK_EQ(bytes_at(d + 2, 6), 0x101);
    fake_host_free(h);
}

/* STD-LOG-10: type 0Ch */
static void telemetry(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    CU_ASSERT(ocpn_telemetry_trigger(h->c, "it broke", NULL, 0));
    pel_read(h, &t);
    d = pel_data(&t, 0x0c, 512);
    CHECK_EQ(fake_get_log(h, 0x08, 0, 0, 512).status, 0);
    CU_ASSERT(!memcmp(d, fake_guest(h, FAKE_BUF), 512));
    CHECK_EQ(d[0], 0x08);
    ocpn_telemetry_capture(h->c);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x0c), 2);
    CHECK_EQ(pel_data(&t, 0x0c, 512)[0], 0x07);
    fake_host_free(h);
}

/* STD-LOG-10: type 0Dh */
static void thermal(void)
{
    static const struct {
        uint16_t kelvin;
        unsigned n;
        uint16_t data;          /* of the newest */
    } step[] = {
        { 349, 0, 0 }, { 351, 1, 0x0101 }, { 357, 1, 0x0101 },
        { 358, 2, 0x0200 }, { 347, 3, 0x8803 }, { 350, 4, 0x0100 },
        { 0, 5, 0x88ff }, { 400, 7, 0x022a },
    };
    FakeHost *h = pel_start(OCP_2_5);

    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
        ocpn_set_temperature(h->c, step[i].kelvin);
        pel_read(h, &t);
        CHECK_EQ(pel_count(&t, 0x0d), step[i].n);
        CHECK_EQ(step[i].n ? bytes_at(pel_data(&t, 0x0d, 2), 2) : 0,
                 step[i].data);
    }
    fake_host_free(h);
}

/* STD-LOG-10: type 05h, of warnings that are new */
static void warnings(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    ocpn_set_spare(h->c, 5);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x05), 1);
    d = pel_data(&t, 0x05, 5);
    CHECK_EQ(bytes_at(d, 4), 0x06);
    CHECK_EQ(d[4], 1);
    ocpn_set_spare(h->c, 50);
    ocpn_set_temperature(h->c, 351);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x05), 2);
    CHECK_EQ(pel_data(&t, 0x05, 5)[4], 2);
    happened(h, OCPN_HAP_FATAL, 2, 0);
    CHECK_EQ(bytes_at(pel_data(&t, 0x05, 4), 4), 0x09);
    fake_host_free(h);
}

/* The media fail: one a second is enough; comparing is no failure. */
static void media(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    FakeCmd read = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };
    FakeCmd spoil = { .opc = 0x04, .nsid = 1 };
    const uint8_t *d;
    uint16_t cid = 0;

    CHECK_EQ(fake_io(h, &spoil).status, 0);
    for (unsigned i = 0; i < 20; i++) {
        FakeCqe e = fake_io(h, &read);

        CHECK_EQ(e.status, 0x281);
        cid = i ? cid : e.cid;
    }
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x05), 1);
    d = pel_data(&t, 0x05, 20);
    CHECK_EQ(bytes_at(d, 4), 0x0a);
    CHECK_EQ(bytes_at(d + 4, 8), 0);
    CHECK_EQ(bytes_at(d + 14, 2), 1);           /* SQID */
    CHECK_EQ(bytes_at(d + 16, 2), cid);
    CHECK_EQ(bytes_at(d + 18, 2), 0x281 << 1);
    fake_advance(&h->f, SECOND);
    CHECK_EQ(fake_io(h, &read).status, 0x281);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0x05), 2);
    fake_advance(&h->f, SECOND);
    happened(h, OCPN_HAP_COMMAND_FAILED, UINT64_C(5) << 32, 0x285);
    happened(h, OCPN_HAP_COMMAND_FAILED, UINT64_C(2) << 32, 0x002);
    CHECK_EQ(pel_count(&t, 0x05), 2);
    fake_host_free(h);
}

/* STD-LOG-10: type 06h */
static void namespaces(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *d;

    ocpn_pel_namespace(h->c, &(NvmePelNamespace) {
        .cdw10 = to_le32(1), .nsze = to_le64(0x1122334455),
        .ncap = to_le64(0x6677889900), .flbas = 3, .nmic = 1,
        .nvmsetid = to_le16(7), .nsid = to_le32(5),
    });
    pel_read(h, &t);
    d = pel_data(&t, 0x06, 48);
    CHECK_EQ(bytes_at(d, 8), 1);
    CHECK_EQ(bytes_at(d + 8, 8), 0x1122334455);
    CHECK_EQ(bytes_at(d + 24, 8), 0x6677889900);
    CHECK_EQ(bytes_at(d + 32, 4), 0x010003);
    CHECK_EQ(bytes_at(d + 40, 2), 7);
    CHECK_EQ(bytes_at(d + 44, 4), 5);
    fake_host_free(h);
}

/* OCP-CASE-130 */
static void fleet(void)
{
    static const uint8_t want[] = { 0x04, 0x02, 0x0c, 0x0d };
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *last = NULL;

    happened(h, OCPN_HAP_FIRMWARE, 2 << 8 | 1, 0);
    CU_ASSERT(ocpn_telemetry_trigger(h->c, "it broke", NULL, 0));
    ocpn_set_temperature(h->c, 351);
    pel_read(h, &t);
    for (size_t i = 0; i < sizeof(want); i++) {
        const uint8_t *e = pel_event(&t, want[i], 0);

        CHECK(e, "there is no type %02xh", want[i]);
        CHECK(!last || e < last, "%02xh is older than what was", want[i]);
        last = e;
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what fleet tools look for", fleet },
    { "power on and reset", power },
    { "SMART snapshots", smart },
    { "the timestamp changes", timestamp },
    { "firmware commit", firmware },
    { "other firmware", activation },
    { "format", format },
    { "format that a reset ends", format_reset },
    { "sanitize", sanitize },
    { "telemetry", telemetry },
    { "thermal excursions", thermal },
    { "warnings, and fatal errors", warnings },
    { "media errors, not too many", media },
    { "namespace management", namespaces },
};
OCPN_UNIT_MAIN("pel-event", tests)
