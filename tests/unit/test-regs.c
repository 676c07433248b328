/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Controller Properties": which properties there
 * are, what they hold after a reset, and which of their bits a host can
 * change, by accesses of four and of eight bytes.
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define DOORBELLS   0x1000u
#define NSSR        0x20u

static const FakeSetup drive = { .ns = { FAKE_CONVENTIONAL(1) } };

/* MQES 2047, CQR, TO 20 s, NSSRS, NVM and all command sets, MPS 0 to 4. */
#define CAP     UINT64_C(0x08400830280107ff)
#define TIMEOUT 0x28u

/* What a host can read and write while CC.EN is 0, by dword. */
static const struct {
    uint32_t off, reset, writable;
} dwords[] = {
    { 0x00, (uint32_t)CAP, 0 },
    { 0x04, (uint32_t)(CAP >> 32), 0 },
    { 0x08, 0x00020000, 0 },                /* VS: 2.0 */
    { 0x14, 0, 0x00fffff0 },                /* CC; EN is for test-ctrl.c */
    { 0x18, 0, 0 },                         /* reserved */
    { 0x20, 0, 0 },                         /* NSSR */
    { 0x24, 0, 0x0fff0fff },                /* AQA */
    { 0x28, 0, 0xfffff000 },                /* ASQ */
    { 0x2c, 0, 0xffffffff },
    { 0x30, 0, 0xfffff000 },                /* ACQ */
    { 0x34, 0, 0xffffffff },
    { 0x38, 0, 0 },                         /* CMBLOC, CMBSZ */
    { 0x3c, 0, 0 },
    { 0x40, 0, 0 },                         /* boot partitions */
    { 0x44, 0, 0 },
    { 0x48, 0, 0 },
    { 0x4c, 0, 0 },
    { 0x50, 0, 0 },                         /* CMBMSC ... CMBSWTP */
    { 0x58, 0, 0 },
    { 0x60, 0, 0 },
    { 0x64, 0, 0 },                         /* NSSD */
    { 0x68, TIMEOUT, 0 },                   /* CRTO */
    { 0x6c, 0, 0 },
    { 0xe00, 0, 0 },                        /* PMR */
    { 0xe18, 0, 0 },
    { 0xffc, 0, 0 },
};
#define NDWORDS (sizeof(dwords) / sizeof(dwords[0]))

static void reset_values(void)
{
    FakeHost *h = fake_host_new(&drive);

    for (size_t i = 0; i < NDWORDS; i++) {
        uint64_t got = fake_reg(h, dwords[i].off, 4);

        CHECK(got == dwords[i].reset, "register %x is %" PRIx64,
              dwords[i].off, got);
    }
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0);      /* CSTS */
    CHECK_EQ(fake_reg(h, 0x0c, 4), 0);      /* INTMS, INTMC */
    CHECK_EQ(fake_reg(h, 0x10, 4), 0);
    fake_host_free(h);
}

/* Every other dword up to the doorbells: nothing, and no effect. */
static void reserved_space(void)
{
    FakeHost *h = fake_host_new(&drive);

    for (uint32_t off = 0x6c; off < DOORBELLS; off += 4) {
        fake_set_reg(h, off, 0xffffffff, 4);
        CHECK(!fake_reg(h, off, 4), "offset %x is not 0", off);
    }
    for (uint32_t off = DOORBELLS; off < 0x4000; off += 4) {
        fake_set_reg(h, off, 0xffffffff, 4);
        CHECK(!fake_reg(h, off, 4), "doorbell %x is not 0", off);
        CHECK(!fake_reg(h, off, 8), "doorbells %x are not 0", off);
    }
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0, 8), CAP);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0);
    fake_host_free(h);
}

/* What is written comes back in the writable bits, and only there. */
static void writable_bits(void)
{
    static const uint32_t values[] = {
        0xffffffff, 0, 0x55555555, 0xaaaaaaaa, 0x0f0f0f0f, 0xf0f0f0f0,
    };

    for (size_t i = 0; i < NDWORDS; i++) {
        FakeHost *h = fake_host_new(&drive);

        for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
            uint32_t mask = dwords[i].writable, value = values[j];
            uint64_t got, want;

            if (dwords[i].off == 0x14) {
                value &= ~1u;
            }
            fake_set_reg(h, dwords[i].off, value, 4);
            fake_run(&h->f);
            got = fake_reg(h, dwords[i].off, 4);
            want = (dwords[i].reset & ~mask) | (value & mask);
            CHECK(got == want, "register %x is %" PRIx64 ", want %" PRIx64,
                  dwords[i].off, got, want);
        }
        fake_host_free(h);
    }
}

/* Eight bytes are two dwords, wherever they begin. */
static void eight_bytes(void)
{
    FakeHost *h = fake_host_new(&drive);

    CHECK_EQ(fake_reg(h, 0x00, 8), CAP);
    CHECK_EQ(fake_reg(h, 0x04, 8), UINT64_C(0x20000) << 32 | CAP >> 32);
    CHECK_EQ(fake_reg(h, 0x68, 8), TIMEOUT);
    CHECK_EQ(fake_reg(h, 0x64, 8), (uint64_t)TIMEOUT << 32);
    fake_set_reg(h, 0x28, UINT64_C(0x123456789abcdef0), 8);
    CHECK_EQ(fake_reg(h, 0x28, 8), UINT64_C(0x123456789abcd000));
    CHECK_EQ(fake_reg(h, 0x28, 4), 0x9abcd000);
    CHECK_EQ(fake_reg(h, 0x2c, 4), 0x12345678);
    fake_set_reg(h, 0x30, 0xfedcb000, 4);
    CHECK_EQ(fake_reg(h, 0x30, 8), 0xfedcb000);
    fake_set_reg(h, 0x34, 0x00112233, 4);
    CHECK_EQ(fake_reg(h, 0x30, 8), UINT64_C(0x00112233fedcb000));
    /* The high half of ASQ, the low one of ACQ. */
    fake_set_reg(h, 0x2c, UINT64_C(0x1111100022222222), 8);
    CHECK_EQ(fake_reg(h, 0x28, 8), UINT64_C(0x222222229abcd000));
    CHECK_EQ(fake_reg(h, 0x30, 8), UINT64_C(0x0011223311111000));
    fake_set_reg(h, 0x24, 0x001f000f, 8);       /* AQA, and ASQ's low half */
    CHECK_EQ(fake_reg(h, 0x24, 8), 0x001f000f);
    fake_set_reg(h, 0x14, UINT64_C(0xffffffff00460060), 8);
    CHECK_EQ(fake_reg(h, 0x14, 8), 0x00460060);
    fake_set_reg(h, 0x18, UINT64_MAX, 8);       /* reserved, and CSTS */
    CHECK_EQ(fake_reg(h, 0x18, 8), 0);
    fake_host_free(h);
}

static void interrupt_masks(void)
{
    FakeHost *h = fake_host_new(&drive);

    fake_set_reg(h, 0x0c, 0x80000005, 4);       /* set: ones are added */
    CHECK_EQ(fake_reg(h, 0x0c, 4), 0x80000005);
    CHECK_EQ(fake_reg(h, 0x10, 4), 0x80000005);
    fake_set_reg(h, 0x0c, 0x00000012, 4);
    CHECK_EQ(fake_reg(h, 0x0c, 8), UINT64_C(0x8000001780000017));
    fake_set_reg(h, 0x10, 0x80000002, 4);       /* clear: ones are taken */
    CHECK_EQ(fake_reg(h, 0x0c, 4), 0x15);
    fake_set_reg(h, 0x10, 0, 4);
    CHECK_EQ(fake_reg(h, 0x10, 4), 0x15);
    fake_set_reg(h, 0x10, 0xffffffff, 4);
    CHECK_EQ(fake_reg(h, 0x0c, 4), 0);
    fake_host_free(h);
}

/* With the pin: up while a queue that is not masked has news. */
static void pin(void)
{
    FakeHost *h = fake_host_new(&drive);

    ocpn_ctrl_set_msix(h->c, false);
    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(h->f.pin, false);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0xff });
    fake_run(&h->f);
    CHECK_EQ(h->f.pin, true);
    fake_set_reg(h, 0x0c, 0xfffffffe, 4);
    CHECK_EQ(h->f.pin, true);
    fake_set_reg(h, 0x0c, 1, 4);
    CHECK_EQ(h->f.pin, false);
    fake_set_reg(h, 0x10, 1, 4);
    CHECK_EQ(h->f.pin, true);
    CHECK_EQ(fake_reap(h, 0).found, true);
    CHECK_EQ(h->f.pin, false);
    CHECK_EQ(h->f.irqs[0], 0);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0xff });
    fake_run(&h->f);
    CHECK_EQ(h->f.pin, true);
    CHECK_EQ(fake_disable(h), true);            /* a reset takes it down */
    CHECK_EQ(h->f.pin, false);
    CHECK_EQ(fake_enable(h), true);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0xff });
    fake_run(&h->f);
    ocpn_ctrl_set_msix(h->c, true);             /* MSI-X takes over */
    CHECK_EQ(h->f.pin, false);
    CHECK_EQ(fake_reap(h, 0).found, true);
    fake_host_free(h);
}

/* NSSRO is cleared by a one; all other bits of CSTS are read-only. */
static void status(void)
{
    FakeHost *h = fake_host_new(&drive);

    CHECK_EQ(fake_enable(h), true);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0x01);
    fake_set_reg(h, 0x1c, 0xffffffff, 4);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0x01);
    fake_set_reg(h, NSSR, 0x4e564d65, 4);
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0x10);
    fake_set_reg(h, 0x1c, 0xffffffef, 4);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0x10);
    fake_set_reg(h, 0x1c, 0x10, 4);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0);
    fake_host_free(h);
}

/* Only one value resets. */
static void subsystem_reset_value(void)
{
    static const uint32_t no[] = { 0, 1, 0xffffffff, 0x4e564d64, 0x654d564e };
    FakeHost *h = fake_host_new(&drive);

    CHECK_EQ(fake_enable(h), true);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        fake_set_reg(h, NSSR, no[i], 4);
        fake_run(&h->f);
        CHECK_EQ(fake_reg(h, 0x1c, 4), 0x01);
    }
    fake_set_reg(h, NSSR, UINT64_C(0x4e564d65), 8);
    fake_run(&h->f);
    CHECK_EQ(fake_reg(h, 0x1c, 4), 0x10);
    fake_host_free(h);
}

/* MQES is the largest queue. */
static void queue_limit(void)
{
    FakeSetup s = drive;
    FakeHost *h;

    s.cfg.mqes = 65535;
    h = fake_host_new(&s);
    CHECK_EQ(fake_reg(h, 0, 4) & 0xffff, 65535);
    fake_host_free(h);
    s.cfg.mqes = 1;
    h = fake_host_new(&s);
    CHECK_EQ(fake_reg(h, 0, 4) & 0xffff, 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "reset values", reset_values },
    { "what is not there reads 0 and ignores writes", reserved_space },
    { "bits that can be written", writable_bits },
    { "eight bytes are two dwords", eight_bytes },
    { "interrupt masks", interrupt_masks },
    { "the interrupt pin", pin },
    { "bits of CSTS", status },
    { "only one value in NSSR resets", subsystem_reset_value },
    { "MQES is the configuration's", queue_limit },
};
OCPN_UNIT_MAIN("regs", tests)
