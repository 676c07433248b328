/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Sanitize command and the operation it begins.
 * Proves: NVMe Base 2.0, "Sanitize command", "Sanitize Operations"; OCP
 * Datacenter NVMe SSD, NVMe-AD-7, NVMe-AD-8, NVMe-AD-9, INCS-5.
 */
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/migrate.h"
#include "panic-unit.h"
#include "sanitize-unit.h"

#define DONE_EVENT  0x00810106u

/* Blocks at SLBA hold dwords of VALUE. */
static void expect(FakeHost *h, uint32_t slba, uint32_t value)
{
    const uint8_t *p = fake_guest(h, FAKE_BUF + 0x10000);

    memset(fake_guest(h, FAKE_BUF + 0x10000), 0xee, 4096);
    CHECK_EQ(smart_io(h, 0x02, slba, 8), 0);
    for (unsigned i = 0; i < 4096; i += 4) {
        if (bytes_at(p + i, 4) != value) {
            CHECK_EQ(bytes_at(p + i, 4), value);
            return;
        }
    }
}

/* The same everywhere. */
static void expect_all(FakeHost *h, uint32_t value)
{
    for (uint32_t slba = 0; slba < 32768; slba += 1000) {
        expect(h, slba, value);
    }
    expect(h, 32760, value);
}

/* Data in some places. */
static FakeHost *written_drive(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    memset(fake_guest(h, FAKE_BUF + 0x10000), 0x5a, 4096);
    for (uint32_t slba = 0; slba < 32768; slba += 1000) {
        CHECK_EQ(smart_io(h, 0x01, slba, 8), 0);
    }
    CHECK_EQ(smart_io(h, 0x01, 32760, 8), 0);
    return h;
}

/* OCP-CASE-131 NVMe-AD-7 NVMe-AD-8 */
static void block_erase(void)
{
    FakeHost *h = written_drive();
    unsigned last = 0;

    CHECK_EQ(smart_event(h), 0);
    CHECK_EQ(bytes_at(smart_page(h, 0x81), 2), 0xffff);     /* SPROG */
    smart_knob(h, "sanitize-ms", "100");
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(smart_io(h, 0x01, 0, 8), IN_PROGRESS);
        CHECK_EQ(smart_io(h, 0x02, 0, 8), IN_PROGRESS);
        CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, IN_PROGRESS);
        CHECK_EQ(sanitize_state(h), 2);
        sanitize_advance(h, 30 * MSEC);
        /* 30 ms of 100 are 4CCDh of 10000h; pieces are 64ths. */
        CHECK_EQ((bytes_at(smart_page(h, 0x81), 2) - last) / 0x4000, 1);
        last = (unsigned)bytes_at(smart_page(h, 0x81), 2);
    }
    CHECK_EQ(fake_reap(h, 0).found, false);
    sanitize_advance(h, 30 * MSEC);
    CHECK_EQ(fake_reap(h, 0).dw0, DONE_EVENT);
    expect_all(h, 0);
    CHECK(h->f.media[1].zeroes > 10, "%u pieces", h->f.media[1].zeroes);
    CHECK_EQ(smart_event(h), 0);        /* until the page is read ... */
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 200 * MSEC);
    CHECK_EQ(fake_reap(h, 0).found, false);
    CHECK_EQ(sanitize_state(h), 1);     /* ... as now */
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 200 * MSEC);
    CHECK_EQ(fake_reap(h, 0).dw0, DONE_EVENT);
    CHECK_EQ(bytes_at(smart_page(h, 0x81), 2), 0xffff);
    fake_host_free(h);
}

/* OCP-CASE-131 NVMe-AD-9 */
static void crypto_erase(void)
{
    FakeHost *h = written_drive();

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 328, 4), 0x80000007);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[524] & 4, 4);      /* FNA */
    CHECK_EQ(sanitize(h, SAN_CRYPTO, 0), 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), IN_PROGRESS);
    sanitize_settle(h);
    expect_all(h, 0);
    CHECK_EQ(fake_get_log(h, 0x05, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * 0x84, 4), 0x20007);
    fake_host_free(h);
}

/* OCP-CASE-131: the last pass has the pattern, whatever came before it. */
static void overwrite(void)
{
    for (uint32_t n = 1; n <= 4; n++) {
        FakeHost *h = written_drive();

        smart_knob(h, "sanitize-ms", "1000");
        CHECK_EQ(sanitize(h, SAN_OVERWRITE | n << 4 | SAN_OIPBP, 0x12345678),
                 0);
        sanitize_advance(h, 1000 / n * MSEC - 5 * MSEC);
        CHECK_EQ(fake_le(h->f.media[1].bytes + 0x100000, 4),
                 n & 1 ? 0x12345678 : ~0x12345678u);
        sanitize_advance(h, 1010 * MSEC);
        expect_all(h, 0x12345678);
        fake_host_free(h);
    }
}

static void overwrite_16(void)
{
    FakeHost *h = written_drive();
    unsigned writes = h->f.media[1].writes;

    CHECK_EQ(sanitize(h, SAN_OVERWRITE, 0xa5a5a5a5), 0);
    sanitize_settle(h);
    CHECK_EQ(bytes_at(smart_page(h, 0x81) + 2, 2), 0x181);      /* 16 */
    CHECK(h->f.media[1].writes - writes >= 16 * 17, "%u writes",
          h->f.media[1].writes - writes);
    expect_all(h, 0xa5a5a5a5);
    fake_host_free(h);
}

static void fields(void)
{
    static const uint32_t bad[] = { 0, 5, 6, 7, SAN_AUSE };
    FakeHost *h = written_drive();

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_EQ(sanitize(h, bad[i], 0), 0x002);
        CHECK_EQ(fake_error_location(h), 40);
    }
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x84, .nsid = 1,
                                        .cdw10 = 2 }).status, 0x002);
    CHECK_EQ(sanitize(h, SAN_EXIT, 0), 0);      /* there is nothing to exit */
    sanitize_settle(h);
    expect_all(h, 0x5a5a5a5a);
    CHECK_EQ(sanitize_state(h), 0);
    fake_host_free(h);
}

/* Only what NVMe Base allows while it goes on. */
static void admin_commands(void)
{
    static const struct { uint8_t opc; uint32_t cdw10; bool allowed; } t[] = {
        { 0x06, 1, true }, { 0x08, 0, true }, { 0x0a, 7, true },
        { 0x02, 0x01 | 15 << 16, true }, { 0x02, 0x02 | 15 << 16, true },
        { 0x02, 0x04 | 15 << 16, true }, { 0x02, 0x81 | 15 << 16, true },
        { 0x02, 0xc0 | 127 << 16, true }, { 0x02, 0x03 | 15 << 16, false },
        { 0x02, 0x07 | 127 << 16, false }, { 0x02, 0x09 | 15 << 16, false },
        { 0x80, 0, false }, { 0x84, 2, false }, { 0x84, 1, false },
    };
    FakeHost *h = written_drive();

    smart_knob(h, "sanitize-ms", "100");
    CHECK_EQ(smart_io(h, 0x04, 77, 1), 0);
    CHECK_EQ(smart_io(h, 0x02, 77, 1), 0x281);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCqe e = fake_admin(h, &(FakeCmd) {
            .opc = t[i].opc, .cdw10 = t[i].cdw10, .prp1 = FAKE_BUF,
            .nsid = t[i].opc == 0x80 ? ALL : 0,
        });

        CHECK(t[i].allowed ? e.status != IN_PROGRESS
                           : e.status == IN_PROGRESS,
              "opcode 0x%02x, 0x%x: 0x%x", t[i].opc, t[i].cdw10, e.status);
    }
    CHECK_EQ(fake_get_log(h, 0x01, 0, 0, 64 * 20).status, 0);
    for (unsigned i = 0; i < 20; i++) {         /* not where the data was */
        CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 64 * i + 16, 8), 0);
    }
    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    sanitize_advance(h, 110 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = ALL }).status, 0);
    fake_host_free(h);
}

/* What is under way ends first. */
static void waits(void)
{
    FakeHost *h = written_drive();
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .cdw10 = 0, .cdw12 = 7 };

    fake_prp(h, &cmd, FAKE_BUF + 0x10000, 4096);
    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    fake_run(&h->f);
    CHECK_EQ(h->f.nios, 1);
    h->f.hold = false;                  /* the image may be written */
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_settle(h);
    CHECK_EQ(h->f.media[1].zeroes, 0);
    CHECK_EQ(sanitize_state(h), 2);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    sanitize_settle(h);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(sanitize_state(h), 1);
    expect_all(h, 0);
    fake_host_free(h);
}

/* A Format goes first; write protection, panic: not at all. */
static void obstacles(void)
{
    FakeHost *h = written_drive();

    h->f.hold = true;
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 1, .cdw10 = 1 });
    fake_run(&h->f);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0x084);
    fake_io_finish_all(&h->f);
    h->f.hold = false;
    CHECK_EQ(fake_reap(h, 0).status, 0);
    ocpn_gate_set(h->c, OCPN_GATE_PANIC, true);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0x006);
    ocpn_gate_set(h->c, OCPN_GATE_PANIC, false);
    fake_host_free(h);
    h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) },
    });
    CHECK_EQ(fake_set_feature(h, 0x84, 2, 1).status, 0);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0x020);
    fake_host_free(h);
    h = fake_host_start(&(FakeSetup) { .ns = { FAKE_CONVENTIONAL(1) } });
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0x001);         /* no OCP drive */
    fake_host_free(h);
}

/* OCP-CASE-122 INCS-5: spare is used up, and the drive is read-only. */
static void read_only_mode(void)
{
    FakeHost *h = written_drive();

    smart_knob(h, "spare", "0");
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x020);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 1);
    expect_all(h, 0);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0x020);
    fake_host_free(h);
}

/* The failure mode, and who may leave it how. */
static void failure(void)
{
    for (unsigned ause = 0; ause < 2; ause++) {
        FakeHost *h = written_drive();

        CHECK_EQ(smart_event(h), 0);
        smart_knob(h, "sanitize-fail", "on");
        CHECK_EQ(sanitize(h, SAN_BLOCK | (ause ? SAN_AUSE : 0), 0), 0);
        sanitize_settle(h);
        CHECK_EQ(fake_reap(h, 0).dw0, DONE_EVENT);
        CHECK_EQ(sanitize_state(h), 3);
        fake_host_restart(h, ause);             /* it stays */
        CHECK_EQ(sanitize_state(h), 3);
        CHECK_EQ(smart_io(h, 0x02, 0, 8), FAILED);
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1 }).status,
                 FAILED);
        if (ause) {
            CHECK_EQ(sanitize(h, SAN_EXIT, 0), 0);
            CHECK_EQ(sanitize_state(h), 3);
            fake_host_restart(h, false);
            CHECK_EQ(sanitize_state(h), 3);
            CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
        } else {
            CHECK_EQ(sanitize(h, SAN_EXIT, 0), FAILED);
            CHECK_EQ(sanitize(h, SAN_BLOCK | SAN_AUSE, 0), FAILED);
        }
        smart_knob(h, "sanitize-fail", "off");
        CHECK_EQ(sanitize(h, SAN_CRYPTO, 0), 0);
        sanitize_settle(h);
        CHECK_EQ(sanitize_state(h), 1);
        expect_all(h, 0);
        fake_host_free(h);
    }
}

static OcpnIoResult zeros_fail(FakePort *f, const OcpnIo *io)
{
    (void)f;
    return io->op == OCPN_IO_ZERO ? OCPN_IO_ERROR : OCPN_IO_OK;
}

static void media_error(void)
{
    FakeHost *h = written_drive();

    h->f.judge = zeros_fail;
    CHECK_EQ(sanitize(h, SAN_BLOCK | SAN_AUSE, 0), 0);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 3);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), FAILED);
    h->f.judge = NULL;
    CHECK_EQ(sanitize(h, SAN_EXIT, 0), 0);
    expect_all(h, 0x5a5a5a5a);
    fake_host_free(h);
}

/* It stands still when the guest does, and goes on with it. */
static void stops(void)
{
    FakeHost *h = written_drive();
    unsigned writes;

    CHECK_EQ(sanitize(h, SAN_OVERWRITE, 7), 0);
    h->f.hold = true;
    sanitize_settle(h);
    CHECK_EQ(h->f.nios, 1);
    h->f.hold = false;
    writes = h->f.media[1].writes;
    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_settle(h->c);
    fake_io_finish(&h->f, 0, OCPN_IO_OK);
    fake_run(&h->f);
    CHECK(h->f.media[1].writes < writes + 32, "%u writes",
          h->f.media[1].writes - writes);
    CU_ASSERT(ocpn_ctrl_settled(h->c));
    writes = h->f.media[1].writes;
    for (unsigned i = 0; i < 100; i++) {
        ocpn_main_run(h->c);
        fake_run(&h->f);
    }
    CHECK_EQ(h->f.media[1].writes, writes);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 1);
    expect_all(h, 7);
    fake_host_free(h);
}

/* Sizes in the image that no operation has had. */
static void spoilt(void)
{
    for (uint8_t state = 1; state <= 3; state++) {
        for (uint8_t total = 0; total < 2; total++) {
            FakeHost *h = written_drive();

            CHECK_EQ(sanitize(h, SAN_OVERWRITE, 0), 0);
            sanitize_settle(h);
            spoil_page(h, 10, 0, state);
            for (unsigned i = 0; i < 16; i++) {
                spoil_page(h, 10, 16 + i, i == 8 ? total : 0);
            }
            fake_host_restart(h, false);
            CHECK_EQ(sanitize_state(h), state == 2 ? 1 : state);
            sanitize_settle(h);
            CHECK_EQ(sanitize_state(h), state == 2 ? 1 : state);
            fake_host_free(h);
        }
    }
}

static const OcpnTest tests[] = {
    { "block erase", block_erase },
    { "crypto erase", crypto_erase },
    { "overwrite, with passes inverted", overwrite },
    { "overwrite sixteen times", overwrite_16 },
    { "fields", fields },
    { "admin commands meanwhile", admin_commands },
    { "it waits for what is under way", waits },
    { "what is in its way", obstacles },
    { "a read-only drive", read_only_mode },
    { "the failure mode", failure },
    { "a medium that fails", media_error },
    { "sizes that cannot be", spoilt },
    { "a guest that stands still", stops },
};
OCPN_UNIT_MAIN("sanitize", tests)
