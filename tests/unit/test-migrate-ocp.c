/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only OCP drives have, in saved states.
 * Proves: docs/user-guide.rst, "Migration"; TEL-2.
 */
#include "migrate-unit.h"
#include "telemetry-unit.h"
#include "action-unit.h"

#define KIND_CTRL   4
#define KIND_FAULT  11
#define KIND_END    13
#define KIND_OCP    14
#define KIND_FIFO   16
#define KIND_FORCE  17
#define KIND_LAG    21

static TelLog before, after;

static FakeHost *start(void)
{
    FakeSetup s = tel_drive(OCP_2_5);

    s.cfg.ocp.knobs = true;
    return fake_host_start(&s);
}

/* LID 07h, and what has not been captured yet. */
static void telemetry(void)
{
    FakeHost *h = start();
    TelEvent e;
    unsigned n;

    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 3, &before);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x7f }).status, 1);
    fake_advance(&h->f, 500 * SECOND / 1000);
    migrate(h);
    tel_read(h, TEL_HOST, TEL_RAE, 3, &after);
    CHECK_EQ(after.len, before.len);
    CU_ASSERT(!memcmp(after.b, before.b, after.len));
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 3, &after);
    n = tel_count(&after, 2, 0x03, 0x0007, &e);
    CHECK_EQ(n, tel_count(&before, 2, 0x03, 0x0007, &e) + 1);
    CHECK_EQ(tel_count(&after, 0, 0x03, 0x0000, &e), 1);
    migrate(h);
    tel_read(h, TEL_HOST, TEL_RAE, 3, &before);
    CU_ASSERT(!memcmp(after.b, before.b, after.len));
    fake_host_free(h);
}

static void knobs(void)
{
    FakeHost *h = start();
    uint64_t hours;

    act(h, "corrupt", "lid=0xc0 what=guid");
    act(h, "force-status", "lid=0xc3 status=0x006 count=2");
    act(h, "force-status", "queue=io opcode=2 status=0x281");
    act(h, "advance-time", "36000");
    smart_knob(h, "telemetry-damage", "fifo-size");
    smart_knob(h, "opal-state", "activated");
    smart_knob(h, "capacitors", "40");
    smart_knob(h, "lm.static[2].write", "77");
    hours = bytes_at(smart_page(h, 0x02) + 128, 8);
    CHECK_EQ(hours, 10);
    migrate(h);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 128, 8), hours);
    CHECK_HAS(armed(h, "corrupt", 0), "lid=0xc0 what=guid");
    CHECK(!armed(h, "corrupt", 1)[0], "one page");
    CHECK_HAS(armed(h, "force-status", 0), "lid=0xc3 status=0x006 count=2");
    CHECK_HAS(armed(h, "force-status", 1), "io opcode=0x02 status=0x281");
    smart_knob(h, "telemetry-damage", "fifo-size");
    for (unsigned i = 0; i < 4; i++) {
        static const char *const t[][2] = {
            { "telemetry-damage", "fifo-size" },
            { "opal-state", "activated" }, { "capacitors", "40" },
            { "lm.static[2].write", "77" },
        };
        char text[OCPN_KNOB_TEXT];
        OcpnError err;

        CU_ASSERT(ocpn_knob_get(h->c, t[i][0], text, &err));
        CU_ASSERT_STRING_EQUAL(text, t[i][1]);
    }
    CHECK_EQ(h->f.ahead, 36000 * SECOND);
    fake_host_free(h);
}

/* The first part of KIND. */
static uint8_t *part(const Saved *s, unsigned kind)
{
    uint8_t *p = s->bytes;

    while (p < s->bytes + s->len && bytes_at(p, 2) != kind) {
        p += 8 + bytes_at(p + 4, 4);
    }
    CHECK(p < s->bytes + s->len, "part %u", kind);
    return p + 8;
}

/* What is not there, on a drive with the same images, is forgotten. */
static void off(void)
{
    FakeSetup s = tel_drive(OCP_OFF);
    FakeHost *h = fake_host_start(&s);
    Saved saved = save(h);
    uint8_t *end = saved.bytes + saved.len;
    unsigned last = 0;

    for (uint8_t *p = saved.bytes; p < end; p += 8 + bytes_at(p + 4, 4)) {
        last = (unsigned)bytes_at(p, 2);
        CHECK(last <= KIND_END, "part %u", last);
    }
    CHECK_EQ(last, KIND_END);
    free(saved.bytes);
    fake_host_free(h);
}

static void refused(void)
{
    static const struct {
        unsigned kind, at;
        uint8_t byte;
        const char *why;
    } t[] = {
        { KIND_OCP, 0, OCP_2_7, "ocp-version" },
        { KIND_OCP, 1, 2, "opal-state" },
        { KIND_OCP, 3, 4, "telemetry-damage" },
        { KIND_OCP, 8, 1, "power-states" },
        { KIND_OCP, 8 + 64 + 128 + 2, 1, "page 0x02" },
        { KIND_FIFO, 0, 4, "FIFO 4" },
        { KIND_FIFO, 24 + 3, 4, "has 4 dwords" },
        { KIND_FAULT, 0, 1, "fault rule 1" },
        { KIND_FAULT, 4, 6, "its point" },          /* another one */
        { KIND_FAULT, 4, 10, "its point" },         /* of Feature C0h */
        { KIND_FAULT, 152, 1, "its point" },        /* as if injected */
        { KIND_FAULT, 152, 3, "its point" },
        { KIND_FAULT, 153, 13, "lid= and fid=" },
        { KIND_FAULT, 159, 9, "status=0x981" },
        { KIND_FAULT, 163, 9, "no time" },
        { KIND_LAG, 3, 0x7f, "update-lag-ms" },
        { KIND_LAG, 15, 1, "update-lag-ms" },
        { KIND_FAULT, 0 - 8u, KIND_END + 9, "no part" },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = start();
        OcpnError err = { "" };
        Saved s;

        act(h, "force-status", "queue=io opcode=2 status=0x281");
        smart_knob(h, "update-lag-ms", "1000");
        s = save(h);
        part(&s, t[i].kind)[(int)t[i].at] = t[i].byte;
        power_on_incoming(h);
        CHECK(!ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "case %zu", i);
        CHECK_HAS(err.text, t[i].why);
        free(s.bytes);
        ocpn_ctrl_set_running(h->c, true);
        ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
        fake_run(&h->f);
        fake_host_free(h);
    }
}

/* Forced statuses of older versions: a part of 20 bytes before the end. */
static void old_forced(void)
{
    static const struct { uint8_t byte[20]; const char *shown, *why; } t[] = {
        { { 1, 0, 2, 0, 0xff, 0xff, 0xff, 0xff, 0x81, 2, 0, 0, 3 },
          "queue=io opcode=0x02 status=0x281 count=3", NULL },
        { { 0, 0, 0xff, 0xff, 0xc0, 0, 0xff, 0xff, 6, 0, [16] = 20 },
          "queue=admin lid=0xc0 status=0x006 ms=20 count=0", NULL },
        { { 1, 0, 2, 1, 0xff, 0xff, 0xff, 0xff, 0x81, 2 }, NULL,
          "opcode 0x102" },
        { { 1, 0, 2, 0, 0xff, 0xff, 0xff, 0xff, 0x81, 9 }, NULL,
          "status=0x981" },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = start();
        OcpnError err = { "" };
        Saved s = save(h);
        uint8_t *b = calloc(1, s.len + 28), *at = b + s.len - 8;

        CU_ASSERT_PTR_NOT_NULL_FATAL(b);
        memcpy(b, s.bytes, s.len);
        memmove(at + 28, at, 8);                    /* the end */
        put_bytes_at(at, 8, KIND_FORCE | UINT64_C(1) << 16 |
                            UINT64_C(20) << 32);
        memcpy(at + 8, t[i].byte, 20);
        power_on_incoming(h);
        CHECK(ocpn_ctrl_load(h->c, b, s.len + 28, &err) == !t[i].why,
              "%zu: %s", i, err.text);
        if (t[i].why) {
            CHECK_HAS(err.text, t[i].why);
        } else {
            CHECK_HAS(armed(h, "force-status", 0), t[i].shown);
        }
        free(b);
        free(s.bytes);
        ocpn_ctrl_set_running(h->c, true);
        ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
        fake_run(&h->f);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "telemetry of the host, and event FIFOs", telemetry },
    { "knobs and actions", knobs },
    { "the same bytes without OCP", off },
    { "parts that cannot be", refused },
    { "forced statuses of older versions", old_forced },
};
OCPN_UNIT_MAIN("migrate-ocp", tests)
