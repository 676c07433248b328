/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power that goes when nothing protects what the drive was given.
 * Proves: OCP Datacenter NVMe SSD, INCS-4, "EOL/PLP Failure Mode": normal
 * operation, against the other two modes.
 */
#include "hw/ocp-nvme/core/action.h"
#include "panic-unit.h"

#define SAVE            (1u << 31)      /* CDW10 */
#define READ_ONLY       (1u << 30)      /* feature C2h, CDW11 */
#define WRITE_THROUGH   (2u << 30)
#define NORMAL          (3u << 30)
#define FUA             (1u << 30)      /* CDW12 */

/* Protection fails in MODE, which is saved. */
static void fails(FakeHost *h, uint32_t mode)
{
    CHECK_EQ(fake_set_feature(h, SAVE | 0xc2, 0, mode).status, 0);
    smart_knob(h, "plp-state", "failed");
    fake_run(&h->f);
}

static FakeHost *exposed(uint32_t mode)
{
    FakeHost *h = ocp_start(OCP_2_5);

    fails(h, mode);
    return h;
}

/* The byte of the image that says so: page 6, byte 48. */
static unsigned noted(FakeHost *h)
{
    uint64_t page = ocpn_ns_get(h->c, 1)->im.state.offset + 2 * 6 * 4096;
    const uint8_t *p = h->f.media[1].bytes + page;

    return bytes_at(p + 16, 8) > bytes_at(p + 4096 + 16, 8)
           ? p[32 + 48] : p[4096 + 32 + 48];
}

static void check(FakeHost *h, unsigned lost, uint64_t unsafe)
{
    CHECK_EQ(panic_id(h), lost ? 1 : 0);
    CHECK_EQ(recovery(h)[3], lost ? 0x02 : 0);
    CHECK_EQ(smart_c0(h, INCOMPLETE), lost);
    CHECK_EQ(bytes_at(smart_page(h, 0x02) + 144, 8), unsafe);
    CHECK_EQ(READ(h), lost ? 0x006 : 0);
}

/* Counted once, told once, and over with Format. */
static void killed(void)
{
    FakeHost *h = exposed(NORMAL);

    CHECK_EQ(noted(h), 0);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(noted(h), 1);
    CHECK_EQ(WRITE(h), 0);
    power_cycle(h, false);
    wait_event(h);
    CHECK_EQ(event(h) & 0xff, 0x01);    /* protection still fails */
    wait_event(h);
    CHECK_EQ(event(h), PANIC_EVENT);
    CHECK_EQ(warnings(h), 1 << 3 | 1 << 4);
    check(h, 1, 1);
    CHECK_EQ(noted(h), 0);
    CHECK_EQ(format(h), 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(warnings(h), 1 << 4);
    power_cycle(h, false);              /* nothing was written since */
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(smart_c0(h, INCOMPLETE), 1);
    fake_host_free(h);
}

/* What was there before is safe, and so is a session that only reads. */
static void nothing_written(void)
{
    FakeHost *h = ocp_start(OCP_2_5);

    CHECK_EQ(WRITE(h), 0);
    fails(h, NORMAL);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x01, .nsid = 1, .cdw12 = FUA,
                                     .prp1 = FAKE_BUF }).status, 0);
    CHECK_EQ(noted(h), 0);
    power_cycle(h, false);
    check(h, 0, 1);
    fake_host_free(h);
}

static void other_modes(void)
{
    static const struct { uint32_t mode; uint16_t status; } t[] = {
        { READ_ONLY, 0x020 }, { WRITE_THROUGH, 0 },
    };

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = exposed(t[i].mode);

        CHECK_EQ(WRITE(h), t[i].status);
        CHECK_EQ(noted(h), 0);
        power_cycle(h, false);
        check(h, 0, 1);
        fake_host_free(h);
    }
}

/* Protected again, or another mode: nothing is left that could get lost. */
static void safe_again(void)
{
    for (unsigned i = 0; i < 3; i++) {
        FakeHost *h = exposed(NORMAL);

        CHECK_EQ(WRITE(h), 0);
        CHECK_EQ(noted(h), 1);
        if (i == 0) {
            smart_knob(h, "plp-state", "ok");
        } else {
            CHECK_EQ(fake_set_feature(h, 0xc2, 0, i == 1 ? READ_ONLY
                                      : WRITE_THROUGH).status, 0);
        }
        fake_run(&h->f);
        CHECK_EQ(noted(h), 0);
        power_cycle(h, false);
        check(h, 0, 1);
        fake_host_free(h);
    }
}

/* OCP-CASE-126: a shutdown saves all, be it normal (1) or abrupt (2). */
static void shut_down(void)
{
    for (uint32_t shn = 1; shn <= 2; shn++) {
        FakeHost *h = exposed(NORMAL);
        uint32_t cc = (uint32_t)fake_reg(h, 0x14, 4);

        CHECK_EQ(WRITE(h), 0);
        fake_set_reg(h, 0x14, cc | shn << 14, 4);
        fake_run(&h->f);
        CHECK_EQ(fake_reg(h, 0x1c, 4) >> 2 & 3, 2);
        CHECK_EQ(noted(h), 0);
        power_cycle(h, false);
        check(h, 0, 0);
        fake_host_free(h);
    }
}

/* A further controller that is shut down saves nothing of the drive. */
static void another_one(void)
{
    FakeHost *h = exposed(NORMAL);
    FakeHost *b = fake_host_start(&(FakeSetup) { .first = h->c });
    uint32_t cc = (uint32_t)fake_reg(b, 0x14, 4);

    fake_set_reg(b, 0x14, cc | 1u << 14, 4);
    fake_run(&b->f);
    CHECK_EQ(fake_reg(b, 0x1c, 4) >> 2 & 3, 2);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(noted(h), 1);
    fake_host_free(b);
    fake_host_free(h);
}

/* A host that comes back after it, and writes no more: then one that does. */
static void enabled_again(void)
{
    FakeHost *h = exposed(NORMAL);
    uint32_t cc = (uint32_t)fake_reg(h, 0x14, 4);

    CHECK_EQ(WRITE(h), 0);
    fake_set_reg(h, 0x14, cc | 1u << 14, 4);
    fake_run(&h->f);
    CU_ASSERT(fake_disable(h));
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(READ(h), 0);
    CHECK_EQ(noted(h), 0);
    power_cycle(h, false);
    check(h, 0, 1);
    CHECK_EQ(WRITE(h), 0);              /* the mode was saved, it still fails */
    CHECK_EQ(noted(h), 1);
    power_cycle(h, false);
    check(h, 1, 2);
    fake_host_free(h);
}

/* The machine's reset leaves the power on; the action does not. */
static void resets(void)
{
    FakeHost *h = exposed(NORMAL);
    OcpnError err;

    CHECK_EQ(WRITE(h), 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    CHECK_EQ(panic_id(h), 0);
    CHECK_EQ(noted(h), 1);
    CHECK(ocpn_action(h->c, "power-cut", "now", &err), "%s", err.text);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    check(h, 1, 1);
    fake_host_free(h);
}

/* Many at once: all wait for one note, and none for ever. */
static void many(void)
{
    FakeHost *h = exposed(NORMAL);

    CHECK_EQ(fake_create_pair(h, 2, FAKE_QUEUE_SIZE).status, 0);
    for (unsigned i = 0; i < 20; i++) {
        fake_submit(h, (uint16_t)(1 + i % 2), &(FakeCmd) {
            .opc = 0x01, .nsid = 1, .cdw10 = i, .prp1 = FAKE_BUF,
        });
    }
    fake_run(&h->f);
    for (unsigned i = 0; i < 20; i++) {
        FakeCqe e = fake_reap(h, (uint16_t)(1 + i % 2));

        CU_ASSERT(e.found);
        CHECK_EQ(e.status, 0);
    }
    CHECK_EQ(noted(h), 1);
    fake_host_free(h);
}

/* No page of the state can be written. */
static OcpnIoResult no_state(FakePort *f, const OcpnIo *io)
{
    const OcpnImage *im = &ocpn_ns_get(f->c, 1)->im;

    return io->op == OCPN_IO_WRITE && io->offset >= im->state.offset &&
           io->offset < im->state.offset + im->state.length
           ? OCPN_IO_ERROR : OCPN_IO_OK;
}

/* Without a note no write, and none waits for ever; one tries again. */
static void not_noted(void)
{
    FakeHost *h = exposed(NORMAL);

    h->f.judge = no_state;
    CHECK_EQ(WRITE(h), 0x280);
    CHECK_EQ(WRITE(h), 0x280);
    CHECK_EQ(noted(h), 0);
    CHECK_EQ(READ(h), 0);
    h->f.judge = NULL;
    CHECK_EQ(WRITE(h), 0x280);          /* it asks for another attempt */
    CHECK_EQ(noted(h), 1);
    CHECK_EQ(WRITE(h), 0);
    h->f.judge = no_state;              /* what is noted is noted */
    CHECK_EQ(WRITE(h), 0);
    h->f.judge = NULL;
    fake_host_free(h);
}

/* The same with writes in two queues, and protection that comes back. */
static void not_noted_many(void)
{
    FakeHost *h = exposed(NORMAL);

    CHECK_EQ(fake_create_pair(h, 2, FAKE_QUEUE_SIZE).status, 0);
    h->f.judge = no_state;
    for (unsigned i = 0; i < 20; i++) {
        fake_submit(h, (uint16_t)(1 + i % 2), &(FakeCmd) {
            .opc = 0x01, .nsid = 1, .cdw10 = i, .prp1 = FAKE_BUF,
        });
    }
    fake_run(&h->f);
    for (unsigned i = 0; i < 20; i++) {
        FakeCqe e = fake_reap(h, (uint16_t)(1 + i % 2));

        CU_ASSERT(e.found);
        CHECK_EQ(e.status, 0x280);
    }
    h->f.judge = NULL;
    smart_knob(h, "plp-state", "ok");
    CHECK_EQ(WRITE(h), 0);
    smart_knob(h, "plp-state", "failed");
    CHECK_EQ(WRITE(h), 0);              /* no attempt has failed since */
    CHECK_EQ(noted(h), 1);
    fake_host_free(h);
}

/* What cannot be is none. */
static void spoilt(void)
{
    FakeHost *h = exposed(NORMAL);

    CHECK_EQ(WRITE(h), 0);
    spoil_panic(h, 48, 2);
    power_cycle(h, false);
    check(h, 0, 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "killed after a write", killed },
    { "killed with nothing written", nothing_written },
    { "the other modes lose nothing", other_modes },
    { "protected again", safe_again },
    { "shutdowns lose nothing", shut_down },
    { "a shutdown of a further controller", another_one },
    { "enabled again after one", enabled_again },
    { "resets and power cuts", resets },
    { "many writes at once", many },
    { "an image that cannot be written", not_noted },
    { "the same with many writes", not_noted_many },
    { "a spoilt page", spoilt },
};
OCPN_UNIT_MAIN("unprotected", tests)
