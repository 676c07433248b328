/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Persistent Event Log's pages in the image.
 * Proves: NVMe Base 2.0, "Persistent Event Log (Log Identifier 0Dh)", that it
 * is kept; docs/image-format.rst, "Device state".
 */
#include "hw/ocp-nvme/core/pel.h"
#include "migrate-unit.h"
#include "pel-unit.h"
#include "state-unit.h"

#define FIRST   16u             /* state pages */
#define LAST    31u

static PelLog t, again;

/* Events of a type nothing else adds, with a number. */
static void add(FakeHost *h, uint32_t n, size_t len)
{
    uint8_t data[512];

    memset(data, (int)(n & 0x7f), sizeof(data));
    put_bytes_at(data, 4, n);
    ocpn_pel_add(h->c, 0xde, 1, data, len);
    fake_run(&h->f);
}

static uint32_t number(const PelLog *log, unsigned nth)
{
    const uint8_t *e = pel_event(log, 0xde, nth);

    return e ? (uint32_t)bytes_at(e + 24, 4) : UINT32_MAX;
}

/* The newest first; none but the oldest are gone. */
static void ring(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    uint32_t n = 0;

    pel_read(h, &t);
    while (n < 5) {
        add(h, n++, 8);
    }
    pel_read(h, &again);
    CHECK_EQ(again.n, t.n + 5);
    CHECK_EQ(again.len, t.len + 5 * 32);
    CU_ASSERT(!memcmp(again.b + 512 + 5 * 32, t.b + 512, t.len - 512));
    while (n < 1000) {
        add(h, n, 4 + n * 37 % 500);
        n++;
        if (n % 100 == 0) {
            pel_read(h, &t);
            CU_ASSERT(pel_count(&t, 0xde) <= n);
            for (unsigned i = 0; i < pel_count(&t, 0xde); i++) {
                CHECK_EQ(number(&t, i), n - 1 - i);
            }
        }
    }
    CU_ASSERT(t.len > 512 + 14 * 4032);         /* little room is left over */
    CHECK_EQ(pel_count(&t, 0x04), 0);
    fake_host_free(h);
}

/* What is too long is no event. */
static void too_long(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    static const uint8_t data[513];

    ocpn_pel_add(h->c, 0xde, 1, data, 513);
    ocpn_pel_add(h->c, 0xde, 1, data, 65536 + 8);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0xde), 0);
    ocpn_pel_add(h->c, 0xde, 1, data, 512);
    ocpn_pel_add(h->c, 0xde, 1, data, 0);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0xde), 2);
    fake_host_free(h);
}

/* Power comes and goes: announced, or not at all. */
static void power_cycles(void)
{
    FakeHost *h = pel_start(OCP_2_5);

    for (uint32_t n = 0; n < 300; n++) {
        add(h, n, 300);
    }
    for (unsigned i = 0; i < 4; i++) {
        pel_read(h, &t);
        fake_host_restart(h, i & 1);
        pel_read(h, &again);
        CU_ASSERT(pel_count(&again, 0xde) > 150);
        for (unsigned e = 0; e < pel_count(&again, 0xde); e++) {
            CHECK_EQ(number(&again, e), 299 - e);
        }
        CU_ASSERT(pel_count(&again, 0x04) > pel_count(&t, 0x04));
        CHECK_EQ(bytes_at(again.b + 372, 2), bytes_at(t.b + 372, 2) + 1);
        CHECK_EQ(bytes_at(again.b + 44, 8), i + 2);
    }
    fake_host_free(h);
}

/* A drive nobody enables leaves its image as it was. */
static void not_used(void)
{
    FakeHost *h = fake_host_new(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    FakeMedia *m = &h->f.media[1];
    uint8_t *was = malloc(m->size);

    fake_run(&h->f);
    memcpy(was, m->bytes, m->size);
    fake_advance(&h->f, UINT64_C(200000) * 1000000000);
    CU_ASSERT(!memcmp(was, m->bytes, m->size));
    free(was);
    fake_host_free(h);
}

/* The context is gone, the log is not; the next event has its place. */
static void migration(void)
{
    FakeHost *h = pel_start(OCP_2_5);

    add(h, 1, 100);
    pel_establish(h, &t);
    migrate(h);
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    add(h, 2, 100);
    pel_read(h, &again);
    CHECK_EQ(again.n, t.n + 1);
    CHECK_EQ(number(&again, 0), 2);
    CU_ASSERT(!memcmp(again.b + 512 + 124, t.b + 512, t.len - 512));
    CHECK_EQ(bytes_at(again.b + 372, 2), 2);
    fake_advance(&h->f, UINT64_C(86400) * 1000000000);
    pel_read(h, &again);
    CHECK_EQ(again.n, t.n + 2);
    CHECK_EQ(again.b[512], 0x01);
    fake_host_free(h);
}

/* loadvm: the image is an older one, and nothing of the later is left. */
static void older_image(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    FakeMedia *m = &h->f.media[1];
    uint8_t *was = malloc(m->size);
    OcpnError err = { "" };
    uint32_t n = 0;

    while (n < 230) {
        add(h, n++, 300);
    }
    pel_read(h, &t);
    fake_run(&h->f);
    memcpy(was, m->bytes, m->size);
    while (n < 400) {
        add(h, n++, 300);
        pel_read(h, &again);
    }
    memcpy(m->bytes, was, m->size);
    free(was);
    ocpn_ctrl_set_running(h->c, false);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    pel_read(h, &again);
    CHECK_EQ(again.len, t.len);
    CU_ASSERT(!memcmp(again.b + 512, t.b + 512, t.len - 512));
    CHECK_EQ(bytes_at(again.b + 372, 2), bytes_at(t.b + 372, 2) + 1);
    fake_host_free(h);
}

/* No memory for it: no controller, and nothing is left. */
static void no_memory(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    OcpnCtrl *c = NULL;
    unsigned n = 0, had = h->f.nallocs;

    while (!c && n < 20) {
        CHECK_EQ(h->f.nallocs, had);
        h->f.fail_alloc = ++n;
        c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    }
    h->f.fail_alloc = 0;
    CHECK_EQ(n, 9);             /* itself and eight parts of it */
    CU_ASSERT_FATAL(c != NULL);
    ocpn_ctrl_free(c);
    CHECK_EQ(h->f.nallocs, had);
    fake_host_free(h);
}

static void ones(uint8_t *p)
{
    memset(p, 0xff, 4064);
}

static void much(uint8_t *p)
{
    put_bytes_at(p + 8, 2, 4033);
}

static void little(uint8_t *p)
{
    put_bytes_at(p + 8, 2, bytes_at(p + 8, 2) - 1);
}

static void odd(uint8_t *p)
{
    put_bytes_at(p + 8, 2, 23);
}

static void miscounted(uint8_t *p)
{
    p[10]++;
}

static void long_event(uint8_t *p)
{
    put_bytes_at(p + 32 + 22, 2, 0xffff);
}

static void long_vendor(uint8_t *p)
{
    put_bytes_at(p + 32 + 20, 2, 0xffff);
}

static void short_header(uint8_t *p)
{
    p[32 + 2] = 0;
}

static void elsewhere(uint8_t *p)
{
    p[0]++;
}

static void at_the_end(uint8_t *p)
{
    memset(p, 0xff, 8);
    p[0] = (uint8_t)(p[0] & 0xf0);
}

static void unused(uint8_t *p)
{
    memset(p, 0, 8);
}

/* The newest is 300, and LEAST or more are there. */
static void check_ascending(FakeHost *h, unsigned least)
{
    pel_read(h, &t);
    CHECK_EQ(number(&t, 0), 300);
    CU_ASSERT(pel_count(&t, 0xde) > least);
    for (unsigned e = 1; e < pel_count(&t, 0xde); e++) {
        CU_ASSERT(number(&t, e) < number(&t, e - 1));
    }
}

/* A page that cannot be is none; what is in others stays. */
static void hostile(void)
{
    void (*const how[])(uint8_t *) = {
        ones, much, little, odd, miscounted, long_event, long_vendor,
        short_header, elsewhere, at_the_end, unused,
    };

    FakeHost *h = pel_start(OCP_2_5);
    FakeMedia *m = &h->f.media[1];
    uint8_t *was = malloc(m->size);

    for (uint32_t n = 0; n < 300; n++) {
        add(h, n, 300);
    }
    memcpy(was, m->bytes, m->size);
    for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
        for (uint32_t page = FIRST; page <= LAST; page += 5) {
            memcpy(m->bytes, was, m->size);
            CU_ASSERT(state_change(h, page, how[i]) > 0);
            fake_host_restart(h, false);
            add(h, 300, 300);
            check_ascending(h, 20);
        }
    }
    free(was);
    fake_host_free(h);
}

/* A page from long ago, or one of a later time, is not in the log. */
static void far_away(uint8_t *p)
{
    p[2] = 1;
}

static void another_age(void)
{
    FakeHost *h = pel_start(OCP_2_5);

    for (uint32_t n = 0; n < 300; n++) {
        add(h, n, 300);
    }
    CU_ASSERT(state_change(h, 20, far_away) > 0);
    fake_host_restart(h, false);
    add(h, 300, 300);
    pel_read(h, &t);
    CHECK_EQ(number(&t, 0), 300);
    CU_ASSERT(t.len < 512 + 2 * 4032);
    fake_host_free(h);
}

static void switched_off(void)
{
    FakeHost *h = pel_start(OCP_2_5);

    add(h, 7, 100);
    h->setup.cfg.ocp.version = OCP_OFF;
    fake_host_restart(h, true);
    add(h, 8, 100);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0x109);
    h->setup.cfg.ocp.version = OCP_2_5;
    fake_host_restart(h, true);
    pel_read(h, &t);
    CHECK_EQ(pel_count(&t, 0xde), 1);
    CHECK_EQ(number(&t, 0), 7);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "newest first, the oldest go", ring },
    { "events of 512 bytes, not more", too_long },
    { "kept over power cycles", power_cycles },
    { "a drive nobody uses", not_used },
    { "migration", migration },
    { "an older image", older_image },
    { "memory that is not there", no_memory },
    { "state pages that cannot be", hostile },
    { "a page of another age", another_age },
    { "an image that was used without OCP", switched_off },
};
OCPN_UNIT_MAIN("pel", tests)
