/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/user-guide.rst, "Migration", of the latency monitor: the host
 * sees no difference.
 */
#include "latency-unit.h"
#include "migrate-unit.h"

/* Its state is in the image that the destination reads. */
static void migration(void)
{
    FakeHost *h = start();
    uint8_t was[512];

    CHECK_EQ(set_with(h, 0, (Config) {
        CONFIG, .timer = 2, .config = 0xfff, .window = 10, .trigger = 0x800,
    }), 0);
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, 1790000000000);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    fake_advance(&h->f, TICK - 1000 * MSEC);
    read_ms(h, 100);
    dsm_ms(h, 4, 300);
    memcpy(was, page(h), sizeof(was));
    fake_advance(&h->f, 99 * MSEC);
    migrate(h);
    CU_ASSERT(!memcmp(was, page(h), sizeof(was)));
    read_ms(h, 200);                    /* in the window */
    CHECK_EQ(latency(h, 3, READ), 100);
    fake_advance(&h->f, 300 * MSEC);
    CHECK_EQ(field(h, 2, 2), 0);
    fake_advance(&h->f, 1 * MSEC);
    CHECK_EQ(field(h, 2, 2), 1);
    read_ms(h, 300);
    CHECK_EQ(latency(h, 3, READ), 300);
    CHECK_EQ(field(h, UNITS_AT, 2), 1 << 9 | 1 << 11);
    CHECK_EQ(stamp(h, 3, READ), 1790000000000 + TICK / MSEC + 300);
    fake_advance(&h->f, TICK);
    CHECK_EQ(field(h, count_at(3, READ) + TO_STATIC, 4), 3);
    fake_host_free(h);
}

/*
 * The other half of migrate(): a destination that was powered on when the
 * image was as in BEFORE, with what S holds.
 */
static void arrive(FakeHost *h, Saved s, const uint8_t *before)
{
    FakeMedia *m = &h->f.media[1];
    uint8_t *after = malloc(m->size);
    OcpnError err = { "" };

    memcpy(after, m->bytes, m->size);
    memcpy(m->bytes, before, m->size);
    power_on_incoming(h);
    memcpy(m->bytes, after, m->size);
    free(after);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    free(s.bytes);
}

static uint8_t *copy_image(FakeHost *h)
{
    uint8_t *copy = malloc(h->f.media[1].size);

    memcpy(copy, h->f.media[1].bytes, h->f.media[1].size);
    return copy;
}

/* The destination has seen another configuration before. */
static void reconfigured(void)
{
    FakeHost *h = start();
    uint8_t *before = copy_image(h);
    Config off = { CONFIG };

    set(h, (Config) { CONFIG, .timer = 3 });
    arrive(h, save(h), before);
    read_ms(h, 10);
    CHECK_EQ(counter(h, 0, READ), 1);
    fake_advance(&h->f, TICK);
    CHECK_EQ(field(h, 2, 4), 3 << 16 | 1);
    off.enable = 0;
    set(h, off);
    arrive(h, save(h), before);
    read_ms(h, 300);
    fake_advance(&h->f, TICK);
    CHECK_EQ(counted(h), 0);
    CHECK_EQ(field(h, 2, 2), 0);
    free(before);
    fake_host_free(h);
}

/* What ends while the source settles is counted, and migrates. */
static void late_completion(void)
{
    FakeHost *h = start();
    uint8_t *before = copy_image(h);
    Saved s;

    h->f.hold = true;
    fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
    });
    fake_run(&h->f);
    fake_advance(&h->f, 300 * MSEC);
    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_settle(h->c);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(ocpn_ctrl_settled(h->c), true);
    s.len = ocpn_ctrl_save(h->c, NULL, 0);
    s.bytes = malloc(s.len);
    ocpn_ctrl_save(h->c, s.bytes, s.len);
    arrive(h, s, before);
    free(before);
    CU_ASSERT(fake_reap(h, 1).found);
    CHECK_EQ(counter(h, 3, READ), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "its state arrives", migration },
    { "another configuration arrives", reconfigured },
    { "a completion while it settles", late_completion },
};
OCPN_UNIT_MAIN("latency migrate", tests)
