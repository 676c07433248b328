/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts of open-channel drives on request: power-loss=, tear= and seed=.
 * Proves: docs/ocp.rst, "Power cuts"; specification notes, section 9 (D46).
 */
#include "ocssd-host.h"
#include "power-cut-unit.h"

#undef FUA

static FakeHost *drive(OcpnPowerLoss loss)
{
    FakeSetup s = t1();

    s.cfg.ocp = (OcpnOcpConfig) { .version = OCP_2_5, .knobs = true };
    s.ns[0].cfg.power_loss = loss;
    return fake_host_start(&s);
}

/* Chunk A open at 48, B at 8, C full, X at 60. */
static FakeHost *filled(OcpnPowerLoss loss)
{
    FakeHost *h = drive(loss);

    open_chunk(h, A, 48);
    open_chunk(h, B, 8);
    fill(h, C);
    open_chunk(h, X, 60);
    return h;
}

typedef struct Want {
    const char *text;
    uint64_t a, b, x;
} Want;

/* The host sees a new drive, once: it was not shut down. */
static void cut(FakeHost *h, const char *text)
{
    act(h, "power-cut", text);
    come_back(h);
    counted(h, 1, 0);
}

/* Blocks of a chunk, but for those that wait for MW_CUNITS more. */
static unsigned readable(uint64_t st)
{
    unsigned wp = st & 0xffff;

    return st >> 56 == OPEN ? wp - 24 : wp;
}

/* OCSSD-CASE-193, OCSSD-CASE-194: the request says it, or the property. */
static void modes(void)
{
    static const Want want[] = {
        { "now power-loss=keep", ST(OPEN, 48), ST(OPEN, 8), ST(OPEN, 60) },
        { "now power-loss=close", ST(CLOSED, 48), ST(CLOSED, 8),
          ST(CLOSED, 60) },
        { "now power-loss=drop", ST(OPEN, 24), ST(FREE, 0), ST(OPEN, 36) },
    };

    for (unsigned property = 0; property < 3; property++) {
        for (unsigned i = 0; i < 4; i++) {
            FakeHost *h = filled((OcpnPowerLoss)property);
            const Want *t = &want[i < 3 ? i : property];

            cut(h, i < 3 ? t->text : "now");
            for (unsigned again = 0; again < 2; again++) {
                CHECK_EQ(st(h, IA), t->a);
                CHECK_EQ(st(h, IB), t->b);
                CHECK_EQ(st(h, IX), t->x);
                CHECK_EQ(st(h, IC), ST(CLOSED, 96));
                CHECK_EQ(image_entry(h, IA).wp, t->a & 0xff);
                CHECK_EQ(r(h, A, 48), 0);
                for (unsigned k = 0; k < 48; k++) {
                    bool there = k < readable(t->a);

                    CHECK(there ? is_block(h, k, A + k) : is_zero(h, k),
                          "%s: block %u", t->text, k);
                }
                fake_host_restart(h, true);
            }
            fake_host_free(h);
        }
    }
}

/* What was dropped is written again, and is not what it was before. */
static void goes_on(void)
{
    FakeHost *h = drive(OCPN_POWER_KEEP);
    FakeCmd cmd;

    cmd = write_cmd(h, A, 8);
    cmd.mptr = 0;                       /* zeros for all of the chunk */
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(w(h, A + 8, 32), 0);
    cut(h, "now power-loss=drop");
    CHECK_EQ(st(h, IA), ST(OPEN, 16));
    CHECK_EQ(w(h, A + 40, 4), 0x2f2);
    cmd = write_cmd(h, A + 16, 80);
    cmd.mptr = 0;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(r(h, A, 96), 0);
    for (unsigned i = 0; i < 96; i++) {
        CHECK_EQ(is_data(h, i, A + i), true);
        CHECK(fake_all(fake_guest(h, META) + i * MS, 0, MS) ==
              (i < 8 || i >= 16), "metadata of block %u", i);
    }
    fake_host_free(h);
}

/* No power cut takes what a host that shut down has written. */
static void after_shutdown(void)
{
    FakeHost *h = filled(OCPN_POWER_DROP);

    fake_set_reg(h, 0x14, fake_reg(h, 0x14, 4) | 1u << 14, 4);
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4) >> 2 & 3, 2);
    act(h, "power-cut", "now power-loss=drop tear=unit");
    come_back(h);
    counted(h, 0, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 48));
    CHECK_EQ(st(h, IB), ST(OPEN, 8));
    fake_host_free(h);
}

/* What of 24 blocks, in units of 4, came, with each seed; the same again. */
static void torn(void)
{
    unsigned parts = 0;

    for (unsigned seed = 0; seed < 24; seed++) {
        for (unsigned unit = 0; unit < 2; unit++) {
            FakeHost *h = filled(OCPN_POWER_KEEP);
            char text[80];
            uint64_t wp, came;

            snprintf(text, sizeof(text), "now power-loss=drop tear=%s seed=%u",
                     unit ? "unit" : "part", seed);
            cut(h, text);
            wp = st(h, IA) & 0xffff;
            CHECK(wp >= 24 && wp <= 48 - 4 + 4 * unit && wp % 4 == 0,
                  "%s: %u blocks", text, (unsigned)wp);
            came = wp - 4 * unit;
            parts |= 1u << (came - 24) / 4;
            fake_host_restart(h, true);
            CHECK_EQ(st(h, IA), ST(OPEN, wp));
            CHECK_EQ(w(h, A + wp, (unsigned)(96 - wp)), 0);
            CHECK_EQ(r(h, A, 96), 0);
            for (unsigned i = 0; i < 96; i++) {
                bool lost = unit && i >= came && i < wp;

                CHECK(lost ? is_zero(h, i) : is_block(h, i, A + i),
                      "%s: block %u of %u", text, i, (unsigned)wp);
            }
            if (unit) {
                set_dulbe(h);
                CHECK_EQ(r(h, A + came, 1), 0x287);
                CHECK_EQ(r(h, A + wp, 1), 0);
            }
            fake_host_free(h);
        }
    }
    CHECK_EQ(parts, 0x3f);      /* each number of units */
}

static bool is_map(FakeHost *h, const OcpnIo *io)
{
    const OcpnExtent maps = ocpn_ns_get(h->c, 1)->im.maps;

    return io->op == OCPN_IO_WRITE && io->offset >= maps.offset &&
           io->offset - maps.offset < maps.length;
}

/*
 * End what is written, the newest first; the first FAIL of the chunk table
 * fail.  How many were of maps: none before the image says that A ends at 8 and
 * B at 0.
 */
static unsigned write_down(FakeHost *h, unsigned fail)
{
    const OcpnExtent table = ocpn_ns_get(h->c, 1)->im.chunks;
    unsigned maps = 0;

    fake_run(&h->f);
    while (h->f.nios > 0) {
        const OcpnIo *io = h->f.io[h->f.nios - 1];
        bool fails = fail && io->offset - table.offset < table.length;

        if (is_map(h, io)) {
            maps++;
            CHECK_EQ(image_entry(h, IA).wp, 8);
            CHECK_EQ(image_entry(h, IB).wp, 0);
        }
        fail -= fails;
        fake_io_finish(&h->f, h->f.nios - 1,
                       fails ? OCPN_IO_ERROR : OCPN_IO_OK);
        fake_run(&h->f);
    }
    return maps;
}

/*
 * Torn units that are lost with what is behind them: were their marks gone
 * before the write pointer is, a killed QEMU would show them.
 */
static void in_order(void)
{
    for (unsigned fail = 0; fail < 3; fail++) {
        FakeHost *h = filled(OCPN_POWER_KEEP);
        unsigned maps;

        cut(h, "now power-loss=drop tear=unit seed=7");
        CHECK_EQ(st(h, IA), ST(OPEN, 32));
        CHECK_EQ(st(h, IB), ST(OPEN, 4));
        CHECK_EQ(st(h, IX), ST(OPEN, 60));
        h->f.hold = true;
        act(h, "power-cut", "now power-loss=drop");
        maps = write_down(h, fail);
        ocpn_store_sync(&ocpn_ns_get(h->c, 1)->store);
        maps += write_down(h, 0);
        CHECK(maps >= 2, "only %u pages of maps", maps);
        h->f.hold = false;
        come_back(h);
        CHECK_EQ(st(h, IA), ST(OPEN, 8));
        CHECK_EQ(st(h, IB), ST(FREE, 0));
        fake_host_restart(h, true);
        CHECK_EQ(st(h, IA), ST(OPEN, 8));
        CHECK_EQ(w(h, A + 8, 88), 0);
        CHECK_EQ(r(h, A, 96), 0);
        for (unsigned i = 0; i < 96; i++) {
            CHECK_EQ(is_block(h, i, A + i), true);
        }
        fake_host_free(h);
    }
}

/* Bytes of two requests, so that nobody changes what a seed means. */
static void fixed(void)
{
    static const Want want[] = {
        { "now power-loss=drop tear=part seed=7",
          ST(OPEN, 28), ST(FREE, 0), ST(OPEN, 56) },
        { "now power-loss=drop tear=unit seed=7",
          ST(OPEN, 32), ST(OPEN, 4), ST(OPEN, 60) },
    };

    for (unsigned i = 0; i < 2; i++) {
        FakeHost *h = filled(OCPN_POWER_KEEP);

        cut(h, want[i].text);
        CHECK_EQ(st(h, IA), want[i].a);
        CHECK_EQ(st(h, IB), want[i].b);
        CHECK_EQ(st(h, IX), want[i].x);
        fake_host_free(h);
    }
}

/* Writes that are lost, and the window: the larger loss counts. */
static void both(void)
{
    static const Want want[] = {
        { "after-writes=2 drop-last=1 power-loss=keep",
          ST(OPEN, 16), ST(OPEN, 40), 0 },
        { "after-writes=2 drop-last=1 power-loss=close",
          ST(CLOSED, 16), ST(CLOSED, 40), 0 },
        { "after-writes=2 drop-last=1 power-loss=drop",
          ST(OPEN, 16), ST(OPEN, 16), 0 },
    };

    for (unsigned i = 0; i < 3; i++) {
        FakeHost *h = drive(OCPN_POWER_KEEP);

        open_chunk(h, A, 16);
        act(h, "power-cut", want[i].text);
        CHECK_HAS(armed(h, "power-cut", 0), want[i].text);
        CHECK_EQ(w(h, B, 40), 0);
        CHECK_EQ(w(h, A + 16, 32), 0);
        come_back(h);
        counted(h, 1, 1);
        CHECK_EQ(st(h, IA), want[i].a);
        CHECK_EQ(st(h, IB), want[i].b);
        fake_host_free(h);
    }
}

static void migrates(void)
{
    FakeHost *h = drive(OCPN_POWER_KEEP);
    static const char text[] = "after-writes=2 drop-last=0 power-loss=drop "
                               "tear=unit seed=65535";

    act(h, "power-cut", text);
    CHECK_EQ(w(h, A, 48), 0);
    migrate(h);
    CHECK_HAS(armed(h, "power-cut", 0), "after-writes=1 drop-last=0 "
              "power-loss=drop tear=unit seed=65535");
    CHECK_EQ(w(h, B, 4), 0);
    come_back(h);
    CHECK(st(h, IA) != ST(OPEN, 48) || st(h, IB) != ST(OPEN, 4), "a loss");
    fake_host_free(h);
}

static void refused(void)
{
    static const char *const t[][2] = {
        { "now power-loss=some", "some" }, { "now tear=all", "all" },
        { "now seed=65536", "65535" }, { "now now", "each once" },
        { "power-loss=drop", "give after-writes=" },
        { "now=1", "no value" }, { "now after-writes=1", "not 'now'" },
        { "now tear=unit tear=part", "each once" },
    };
    FakeHost *h = drive(OCPN_POWER_KEEP);

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        act_refused(h, "power-cut", t[i][0], t[i][1]);
    }
    counted(h, 0, 0);
    fake_host_free(h);
}

/* One that has begun, and waits for a read, is the one that counts. */
static void once(void)
{
    static const char *const again[] = { "now power-loss=keep", "clear",
                                         "after-writes=1 drop-last=1" };

    for (unsigned i = 0; i < 3; i++) {
        FakeHost *h = filled(OCPN_POWER_KEEP);
        FakeCmd cmd = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };

        h->f.hold = true;
        fake_submit(h, 1, &cmd);
        fake_run(&h->f);
        act(h, "power-cut", "now power-loss=drop");
        CHECK_EQ(fake_reg(h, 0x1c, 4), 1);
        act_refused(h, "power-cut", again[i], "going already");
        h->f.hold = false;
        fake_io_finish_all(&h->f);
        come_back(h);
        counted(h, 1, 0);
        CHECK_EQ(st(h, IA), ST(OPEN, 24));
        act(h, "power-cut", again[i]);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "keep, close and drop", modes },
    { "what was dropped is written again", goes_on },
    { "after a shutdown", after_shutdown },
    { "torn units", torn },
    { "two seeds", fixed },
    { "write pointers before marks", in_order },
    { "lost writes and the window", both },
    { "it migrates", migrates },
    { "one at a time", once },
    { "what cannot be is said", refused },
};
OCPN_UNIT_MAIN("power-cut-chunks", tests)
