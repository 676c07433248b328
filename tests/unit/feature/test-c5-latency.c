/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Latency Monitor (Feature Identifier
 * C5h)": what is accepted, what it does, what is saved.
 */
#include "latency-unit.h"

static void check_config(FakeHost *h, uint8_t status, Config s)
{
    const uint8_t *p = page(h);

    CHECK_EQ(p[0], status);
    CHECK_EQ(bytes_at(p + 4, 2), s.timer);
    CHECK_EQ(p[6], s.a);
    CHECK_EQ(p[7], s.b);
    CHECK_EQ(p[8], s.c);
    CHECK_EQ(p[9], s.d);
    CHECK_EQ(bytes_at(p + 10, 2), s.config);
    CHECK_EQ(p[12], s.window);
    CHECK_EQ(bytes_at(p + 448, 2), s.trigger);
}

static const Config defaults = {
    .timer = 0x7e0, .a = 0x05, .b = 0x13, .c = 0x1e, .d = 0x2e,
    .config = 0xfff, .window = 0x0a, .trigger = 0xfc0,
};

/* OCP-CASE-62 */
static void accepted(void)
{
    FakeHost *h = start();
    Config s = { CONFIG, .timer = 1, .config = 0xfff, .window = 10 };

    set(h, s);
    check_config(h, 0x07, s);           /* 5 min; 10, 15, 20, 25 ms */
    s = (Config) {
        .timer = 0xffff, .a = 0, .b = 1, .c = 0xfe, .d = 0xff,
        .config = 0x555, .window = 0xff, .trigger = 0xaaa, .enable = 1,
    };
    CHECK_EQ(set_with(h, 0, s), 0);
    check_config(h, 0x07, s);
    fake_host_free(h);
}

/* OCP-CASE-63, LMLOG-11: thresholds ascend, unless it is disabled */
static void order(void)
{
    static const uint8_t bad[][4] = {
        { 4, 3, 2, 1 }, { 1, 1, 2, 3 }, { 1, 2, 2, 3 }, { 1, 2, 3, 3 },
        { 2, 1, 3, 4 }, { 1, 3, 2, 4 }, { 1, 2, 4, 3 }, { 0, 0, 0, 0 },
    };
    FakeHost *h = start();

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        Config s = {
            .a = bad[i][0], .b = bad[i][1], .c = bad[i][2], .d = bad[i][3],
            .enable = 1,
        };

        CHECK_EQ(set_with(h, SV, s), 0x002);
        check_config(h, 0x07, defaults);
    }
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        Config s = {
            .a = bad[i][0], .b = bad[i][1], .c = bad[i][2], .d = bad[i][3],
        };

        set(h, s);
        check_config(h, 0x06, s);
    }
    fake_host_free(h);
}

/* OCP-CASE-64: -a 6 zeroes what follows it */
static void tool_quirk(void)
{
    FakeHost *h = start();

    CHECK_EQ(set_with(h, SV, (Config) {
        .timer = 0x7e0, .a = 6, .config = 0xfff, .window = 10, .enable = 1,
    }), 0x002);
    check_config(h, 0x07, defaults);
    fake_host_free(h);
}

/* OCP-CASE-79 */
static void values(void)
{
    FakeHost *h = start();
    Config s = { CONFIG, .rest = 0xff };

    CHECK_EQ(set_with(h, SV, (Config) { CONFIG, .discard = 3 }), 0x002);
    CHECK_EQ(set_with(h, SV, (Config) { CONFIG, .discard = 0xff }), 0x002);
    s.enable = 2;
    CHECK_EQ(set_with(h, SV, s), 0x002);
    CHECK_EQ(set_with(h, SV, (Config) { CONFIG, .config = 0x1000 }), 0x002);
    CHECK_EQ(set_with(h, SV, (Config) { CONFIG, .trigger = 0x8000 }), 0x002);
    check_config(h, 0x07, defaults);
    s.enable = 1;
    set(h, s);                          /* bytes 13 and up are ignored */
    check_config(h, 0x07, s);
    CHECK_EQ(fake_set_feature(h, FID, 0, 1).status, 0x002);
    check_config(h, 0x07, s);
    fake_host_free(h);
}

static void lax(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .lax_reserved = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    set(h, (Config) { CONFIG, .config = 0xf123, .trigger = 0xf456 });
    check_config(h, 0x07, (Config) {
        CONFIG, .config = 0x123, .trigger = 0x456,
    });
    fake_host_free(h);
}

static void data_pointer(void)
{
    FakeHost *h = start();

    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x09, .cdw10 = FID | SV, .prp1 = FAKE_HOLE,
    }).status, 0x004);
    check_config(h, 0x07, defaults);
    fake_host_free(h);
}

/* OCP-CASE-80 */
static void get(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG });
    for (uint32_t sel = 0; sel <= 2; sel++) {
        FakeCqe e = fake_get_feature(h, FID | sel << 8, 0, 0);

        CHECK_EQ(e.status, 0);
        CHECK_EQ(e.dw0, 0);
    }
    CHECK_EQ(fake_get_feature(h, FID | 3 << 8, 0, 0).dw0, 5);
    CHECK_EQ(fake_get_feature(h, FID | 4 << 8, 0, 0).status, 0x002);
    fake_host_free(h);
    h = start_version(OCP_1_0);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(set_with(h, SV, (Config) { CONFIG }), 0x002);
    fake_host_free(h);
}

/* OCP-CASE-75: buckets are empty, the timer is 0; the debug log stays */
static void clears(void)
{
    FakeHost *h = start();
    Config s = { CONFIG, .config = 0xfff, .trigger = 0xfff };
    const uint8_t *p;

    set(h, s);
    write_ms(h, 17);
    fake_advance(&h->f, TICK);
    CHECK_EQ(counter(h, 1, WRITE), 1);
    CHECK_EQ(field(h, 2, 2), 1);
    set(h, s);
    p = page(h);
    CHECK_EQ(bytes_at(p + 2, 2), 0);
    for (unsigned set = 0; set <= TO_STATIC; set += TO_STATIC) {
        CU_ASSERT(fake_all(p + 32 + set, 0, 64));
        CU_ASSERT(fake_all(p + 96 + set, 0xff, 96));
        CU_ASSERT(fake_all(p + 192 + set, 0, 26));
    }
    CHECK_EQ(bytes_at(p + 462, 2), 1 << 4);
    s.discard = 1;
    set(h, s);
    p = page(h);
    CU_ASSERT(fake_all(p + 450, 0, 2) && fake_all(p + 452, 0xff, 8) &&
              fake_all(p + 460, 0, 5));
    fake_host_free(h);
}

/* OCP-CASE-75: 2 discards the debug log, and no other byte is looked at */
static void discard_only(void)
{
    FakeHost *h = start();
    uint8_t before[512];
    const uint8_t *p;

    set(h, (Config) { CONFIG, .config = 0xfff, .trigger = 0xfff });
    write_ms(h, 17);
    memcpy(before, page(h), sizeof(before));
    CHECK_EQ(bytes_at(before + 462, 2), 1 << 4);
    set(h, (Config) {
        .timer = 3, .a = 9, .config = 0xffff, .trigger = 0xffff,
        .discard = 2, .enable = 7, .rest = 0xff,
    });
    p = page(h);
    CU_ASSERT(!memcmp(p, before, 450));
    CU_ASSERT(fake_all(p + 450, 0, 2) && fake_all(p + 452, 0xff, 8) &&
              fake_all(p + 460, 0, 34));
    fake_host_restart(h, true);         /* nor was any of it saved */
    CHECK_EQ(field(h, 6, 4), 0x04030201);
    fake_host_free(h);
}

/* Discard works whether it is enabled or not. */
static void discard_disabled(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .trigger = 0xfff });
    read_ms(h, 17);
    set(h, (Config) { .enable = 0 });
    CHECK_EQ(field(h, 462, 2), 1 << 3);
    set(h, (Config) { .discard = 2 });
    CHECK_EQ(field(h, 462, 2), 0);
    fake_host_free(h);
}

/* SV keeps it over power cycles; without, what was saved comes back. */
static void saved(void)
{
    FakeHost *h = start();
    Config s = { CONFIG, .timer = 7, .window = 3, .config = 0x321 };
    Config other = s;

    CHECK_EQ(set_with(h, 0, s), 0);
    check_config(h, 0x07, s);
    read_ms(h, 300);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    check_config(h, 0x07, s);           /* resets leave it */
    CHECK_EQ(counted(h), 1);
    fake_host_restart(h, true);
    check_config(h, 0x07, defaults);
    CHECK_EQ(counted(h), 0);            /* that was by other thresholds */
    set(h, s);
    other.window = 4;
    CHECK_EQ(set_with(h, 0, other), 0);
    check_config(h, 0x07, other);
    fake_host_restart(h, false);        /* a Set is complete when saved */
    check_config(h, 0x07, s);
    CHECK_EQ(set_with(h, 0, other), 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    check_config(h, 0x07, s);
    fake_host_free(h);
}

/* OCP-CASE-78: disabled, it counts nothing and stays so */
static void disabled(void)
{
    FakeHost *h = start();
    Config off = { CONFIG, .trigger = 0xfff };

    off.enable = 0;
    set(h, off);
    CHECK_EQ(field(h, 0, 1), 0x06);
    read_ms(h, 1000);
    CHECK_EQ(counted(h), 0);
    CHECK_EQ(field(h, 462, 2), 0);
    fake_advance(&h->f, TICK);
    CHECK_EQ(field(h, 2, 2), 0);
    fake_host_restart(h, true);
    CHECK_EQ(field(h, 0, 1), 0x06);
    fake_host_restart(h, false);
    CHECK_EQ(field(h, 0, 1), 0x06);
    read_ms(h, 1000);
    CHECK_EQ(counted(h), 0);
    set(h, (Config) { CONFIG });
    CHECK_EQ(field(h, 0, 1), 0x07);
    read_ms(h, 1000);
    CHECK_EQ(counter(h, 3, READ), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what page C3h shows of it", accepted },
    { "thresholds ascend", order },
    { "one option of the tool", tool_quirk },
    { "reserved values", values },
    { "reserved bits that are ignored", lax },
    { "data that is not RAM", data_pointer },
    { "Get returns 0", get },
    { "Set empties the buckets", clears },
    { "discard the debug log only", discard_only },
    { "discard while disabled", discard_disabled },
    { "saved or not", saved },
    { "disabled", disabled },
};
OCPN_UNIT_MAIN("feature c5", tests)
