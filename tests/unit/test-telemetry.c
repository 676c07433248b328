/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry: its data areas, where they say their parts are, and what the
 * image keeps.
 * Proves: OCP Datacenter NVMe SSD, TEL-1..5; docs/image-format.rst, "Device
 * state".
 */
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/telemetry.h"
#include "migrate-unit.h"
#include "state-unit.h"
#include "telemetry-unit.h"

static TelLog t, again;

static void fail(FakeHost *h, const char *what)
{
    CU_ASSERT(ocpn_telemetry_trigger(h->c, what, NULL, 0));
    fake_run(&h->f);
}

static void set_etdas(FakeHost *h, uint8_t on)
{
    memset(fake_guest(h, FAKE_BUF), 0, 512);
    fake_guest(h, FAKE_BUF)[1] = on;
    CHECK_EQ(fake_set_feature(h, 0x16, 0, 0).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x16, 0, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[1], on);
}

/* OCP-CASE-111: each area; area 3 is empty, area 4 is the error log */
static void areas(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    TelEvent e;

    CHECK_EQ(tel_get(h, 0x3f, TEL_READ, 0, 512), 0x109);
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 2, &t);
    CHECK_EQ(tel_value(&t, 2, 0x4a), 10);       /* spare threshold */
    CU_ASSERT(tel_event(&t, 2, 0, &e) && tel_event(&t, 3, 0, &e));
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 3, &again);
    CHECK_EQ(again.len, t.len);
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_READ, (uint32_t)t.len, 512), 0);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF), 0, 512));

    set_etdas(h, 1);
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 4, &again);
    CHECK_EQ(again.len, t.len + 4096);
    CHECK_EQ(tel_get(h, 0x01, TEL_READ, 0, 4032), 0);
    CU_ASSERT(!memcmp(again.b + t.len, fake_guest(h, FAKE_BUF), 4032));
    CU_ASSERT(bytes_at(again.b + t.len, 8) > 0);
    set_etdas(h, 0);
    tel_read(h, TEL_HOST, TEL_RAE, 3, &t);
    CHECK_EQ(bytes_at(t.b + 16, 4), 0);
    fake_host_free(h);
}

/* Without LPA bit 6 a host cannot have area 4. */
static void no_area4(void)
{
    FakeHost *h = tel_start(OCP_2_0);

    memset(fake_guest(h, FAKE_BUF), 0, 512);
    fake_guest(h, FAKE_BUF)[1] = 1;
    CHECK_EQ(fake_set_feature(h, 0x16, 0, 0).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x16, 0, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[1], 0);
    tel_read(h, TEL_HOST, TEL_CREATE, 4, &t);
    CHECK_EQ(t.len, 512);
    tel_read(h, TEL_HOST, TEL_RAE, 1, &t);
    CHECK_EQ(bytes_at(t.b + 512, 4), 0x00010003);   /* the same content */
    CHECK_EQ(bytes_at(t.b + 512 + 40, 8), 0);       /* there is no C9h */
    fake_host_free(h);
}

/* Both camps: starts from the data area, or from the page. */
static void offsets(void)
{
    for (unsigned page = 0; page < 2; page++) {
        FakeSetup s = tel_drive(OCP_2_5);
        FakeHost *h;
        const uint8_t *a = t.b + 512;
        TelEvent e;

        s.cfg.ocp.page_offsets = page;
        h = fake_host_start(&s);
        tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
        CHECK_EQ(bytes_at(a + 96, 8), page ? 512 : 384);
        CHECK_EQ(bytes_at(a + 112, 8), page ? (512 + 16384) / 4 : 0);
        CHECK_EQ(tel_value(&t, 1, 0x04), 1);
        CHECK_EQ(tel_value(&t, 2, 0x4a), 10);
        for (unsigned i = 0; i < 16; i++) {
            CHECK_EQ(tel_event(&t, i, 0, &e), i < 4);
            CHECK_EQ(a[160 + i], i < 2 ? 1 : i < 4 ? 2 : 0);
            CHECK_EQ(bytes_at(a + 176 + 16 * i + 8, 8) != 0, i < 4);
        }
        fake_host_free(h);
    }
}

/* OCP-CASE-117 */
static void damaged(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    unsigned count;
    TelEvent e;

    ocpn_telemetry_damage(h->c, OCPN_TELEMETRY_FIFO_SIZE0);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    CHECK_EQ(t.b[512 + 160], 1);
    CHECK_EQ(bytes_at(t.b + 512 + 184, 8), 0);
    CU_ASSERT(!tel_event(&t, 0, 0, &e) && tel_event(&t, 1, 0, &e));

    ocpn_telemetry_damage(h->c, OCPN_TELEMETRY_STAT_ID0);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    CU_ASSERT(!tel_stat(&t, 1, 0x01, &count));
    CHECK_EQ(count, 0);
    CU_ASSERT(tel_event(&t, 0, 0, &e));

    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 432), 0);
    ocpn_telemetry_damage(h->c, OCPN_TELEMETRY_SLS_MISMATCH);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 432), 0);
    CU_ASSERT(bytes_at(t.b + 512 + 40, 8) !=
              bytes_at(fake_guest(h, FAKE_BUF) + 32, 8));

    ocpn_telemetry_damage(h->c, OCPN_TELEMETRY_SOUND);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 432), 0);
    CHECK_EQ(bytes_at(t.b + 512 + 40, 8),
             bytes_at(fake_guest(h, FAKE_BUF) + 32, 8));
    CHECK_EQ(tel_value(&t, 1, 0x04), 1);
    fake_host_free(h);
}

/* OCP-CASE-118: TEL-3, TEL-4 */
static void power(void)
{
    for (unsigned clean = 0; clean < 2; clean++) {
        FakeHost *h = tel_start(OCP_2_5);

        set_etdas(h, 1);
        fail(h, "it broke");
        tel_read(h, TEL_CTRL, TEL_RAE, 4, &t);
        fake_host_restart(h, clean);
        set_etdas(h, 1);
        tel_read(h, TEL_CTRL, TEL_RAE, 4, &again);
        CHECK_EQ(again.len, t.len);
        CU_ASSERT(!memcmp(again.b, t.b, t.len));
        CHECK_EQ(again.b[382], 1);
        tel_read(h, TEL_CTRL, TEL_READ, 3, &again);
        fake_host_restart(h, clean);
        tel_read(h, TEL_CTRL, TEL_RAE, 3, &again);
        CHECK_EQ(bytes_at(again.b + 382, 2), 0x0100);
        CHECK_HAS(tel_reason(&again), "it broke");
        CU_ASSERT(!memcmp(again.b + 512, t.b + 512, again.len - 512));
        tel_read(h, TEL_HOST, TEL_RAE, 3, &t);
        CHECK_HAS(tel_reason(&t), "it broke");
        fail(h, "once more");
        tel_read(h, TEL_CTRL, TEL_RAE, 3, &again);
        CHECK_EQ(bytes_at(again.b + 382, 2), 0x0201);
        fake_host_free(h);
    }
}

/* TEL-3: formatting keeps it, and any reset. */
static void format(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    fail(h, "it broke");
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 1 << 9,
    }).status, 0);
    for (unsigned kind = 0; kind < 4; kind++) {
        ocpn_ctrl_reset(h->c, (OcpnReset)kind);
        fake_run(&h->f);
        CU_ASSERT(fake_enable(h));
        tel_read(h, TEL_CTRL, TEL_RAE, 3, &again);
        CHECK_EQ(again.len, t.len);
        CU_ASSERT(!memcmp(again.b, t.b, t.len));
    }
    fake_host_free(h);
}

static void flip(uint8_t *payload)
{
    payload[100] ^= 1;
}

static void fill_ones(uint8_t *payload)
{
    memset(payload, 0xff, 4064);
}

static void other_length(uint8_t *payload)
{
    payload[5] ^= 1;
}

/* A capture that is not whole is none; the reason stays. */
static void torn(void)
{
    for (uint32_t page = 33; page <= 40; page++) {
        FakeHost *h = tel_start(OCP_2_5);

        fail(h, "it broke");
        CU_ASSERT(state_change(h, page, flip) > 0);
        fake_host_restart(h, false);
        tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
        CHECK_EQ(t.len, 512);
        CHECK_EQ(bytes_at(t.b + 382, 2), 0x0100);
        CHECK_HAS(tel_reason(&t), "it broke");
        fail(h, "again");       /* and the next one is not in its way */
        tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
        CHECK_EQ(bytes_at(t.b + 382, 2), 0x0201);
        CU_ASSERT(t.len > 512);
        fake_host_free(h);
    }
}

static void hostile(void)
{
    void (*const how[])(uint8_t *) = { fill_ones, other_length };

    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = tel_start(OCP_2_5);

        fail(h, "it broke");
        CU_ASSERT(state_change(h, 32, how[i]) > 0);
        fake_host_restart(h, false);
        tel_read(h, TEL_CTRL, TEL_RAE, 4, &t);
        CHECK_EQ(t.len, 512);
        CHECK_EQ(t.b[382], 0);
        tel_read(h, TEL_HOST, TEL_CREATE, 3, &t);
        CU_ASSERT(t.len > 512);
        fail(h, "again");       /* nothing is in its way */
        fake_host_free(h);
    }
}

/* What an OCP drive left in the image is there when it is one again. */
static void switched_off(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    fail(h, "it broke");
    h->setup.cfg.ocp.version = OCP_OFF;
    fake_host_restart(h, true);
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_READ, 0, 512), 0x109);
    h->setup.cfg.ocp.version = OCP_2_5;
    fake_host_restart(h, true);
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_HAS(tel_reason(&t), "it broke");
    CU_ASSERT(t.len > 512);
    fake_host_free(h);
}

/* What the image has goes along, and the host's choice of area 4. */
static void migration(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    set_etdas(h, 1);
    fail(h, "it broke");
    tel_read(h, TEL_HOST, TEL_CREATE, 4, &t);
    tel_read(h, TEL_CTRL, TEL_RAE, 4, &t);
    migrate(h);
    tel_read(h, TEL_CTRL, TEL_RAE, 4, &again);
    CHECK_EQ(again.len, t.len);
    CU_ASSERT(!memcmp(again.b, t.b, t.len));
    tel_read(h, TEL_HOST, TEL_RAE, 3, &again);
    CHECK_EQ(again.b[381], 1);
    fake_host_free(h);
}

/* A drive without namespaces forgets, and works. */
static void no_image(void)
{
    FakeHost *h = fake_host_new(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
    });

    CU_ASSERT(fake_enable(h));
    fail(h, "it broke");
    tel_read(h, TEL_CTRL, TEL_READ, 3, &t);
    CHECK_HAS(tel_reason(&t), "it broke");
    fake_host_free(h);
}

/* No memory for captures: no controller. */
static void no_memory(void)
{
    FakeSetup s = tel_drive(OCP_2_5);
    FakeHost *h = fake_host_new(&s);

    for (unsigned n = 1; n <= 4; n++) {
        unsigned before = h->f.nallocs;

        h->f.fail_alloc = n;
        CU_ASSERT(!ocpn_ctrl_new(&h->setup.cfg, &h->f.port));
        CHECK_EQ(h->f.nallocs, before);
    }
    h->f.fail_alloc = 0;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "four data areas", areas },
    { "no data area 4 before OCP 2.5", no_area4 },
    { "offsets from the area or from the page", offsets },
    { "damaged on purpose", damaged },
    { "over power cycles", power },
    { "over Format and resets", format },
    { "a capture that was not written to its end", torn },
    { "state pages that cannot be", hostile },
    { "without OCP the image keeps it", switched_off },
    { "migration", migration },
    { "no namespace", no_image },
    { "no memory", no_memory },
};
OCPN_UNIT_MAIN("telemetry", tests)
