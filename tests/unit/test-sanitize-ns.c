/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sanitize operations on a drive that Namespace Management has divided.
 * Proves: NVMe Base 2.0, "Sanitize Operations" (all user data of all
 * namespaces, attached or not, and what belongs to none); OCP Datacenter NVMe
 * SSD, NVMe-AD-7, NVMe-AD-8, NVMe-AD-9.
 */
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/ns.h"
#include "ns-unit.h"
#include "sanitize-unit.h"

#define BAD     0x381u          /* ns_read() of a block with a mark */

static const uint32_t sizes[] = { 0, 1024, 1000, 700 };

/*
 * Namespaces 1 to 3 of a drive with block maps; 2 is in two pieces, 3 is
 * detached.  Data everywhere, also in what is free now, and marks in all.
 */
static FakeHost *divided_drive(void)
{
    FakeSetup s = ns_drive;
    FakeHost *h;

    s.ns[0].nmaps = 1;
    h = fake_host_start(&s);
    for (uint32_t i = 0; i < 4096; i++) {
        CHECK_EQ(ns_write(h, 1, i, 0x11), 0);
    }
    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(ns_create(h, 1024).dw0, 1);
    CHECK_EQ(ns_create(h, 512).dw0, 2);
    CHECK_EQ(ns_create(h, sizes[3]).dw0, 3);
    CHECK_EQ(ns_delete(h, 2), 0);
    CHECK_EQ(ns_create(h, sizes[2]).dw0, 2);
    for (uint32_t i = 1; i <= 3; i++) {
        CHECK_EQ(ns_attach(h, i, 0), 0);
        for (uint32_t b = 0; b < sizes[i]; b++) {
            CHECK_EQ(ns_write(h, i, b, (uint8_t)(0x20 + i)), 0);
        }
        CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 4, .nsid = i, .cdw10 = 255,
                                         .cdw12 = 1 }).status, 0);
        CHECK_EQ(ns_read(h, i, 256), BAD);
    }
    CHECK_EQ(ns_attach(h, 3, 1), 0);
    return h;
}

/* All of the image's data, past the drive. */
static const uint8_t *data_of(FakeHost *h, size_t *len)
{
    const OcpnImage *im = &ocpn_ns_get(h->c, 1)->im;

    *len = im->data.length;
    return h->f.media[1].bytes + im->data.offset;
}

/* Every block reads as BYTE; the namespaces are what they were. */
static void expect(FakeHost *h, uint8_t byte)
{
    uint64_t total = 0;
    const uint8_t *p;
    size_t len;

    p = data_of(h, &len);
    CHECK(fake_all(p, byte, len), "data of the image");
    CHECK_EQ(ns_identify(h, 2, 0, 0, 8), UINT64_C(0x200000001));
    CHECK_EQ(ns_identify(h, 0x10, 2, 0, 4), 3);
    CHECK_EQ(ns_attach(h, 3, 0), 0);
    for (uint32_t i = 1; i <= 3; i++) {
        for (uint32_t b = 0; b < sizes[i]; b++) {
            CHECK(ns_read(h, i, b) == byte, "%u: block %u", i, b);
        }
        CHECK_EQ(ns_identify(h, 0, i, 0, 8), sizes[i]);
        CHECK_EQ(ns_identify(h, 0, i, 16, 8), sizes[i]);    /* NUSE */
        total += sizes[i];
    }
    CHECK_EQ(smart_c0(h, 152, 8), total);
    CHECK_EQ(ns_attach(h, 3, 1), 0);
}

/* OCP-CASE-131 NVMe-AD-7 NVMe-AD-8 NVMe-AD-9 */
static void divided(void)
{
    static const struct { uint32_t cdw10, cdw11; uint8_t byte; } t[] = {
        { SAN_BLOCK, 0, 0 },
        { SAN_BLOCK | SAN_NDAS, 0, 0 },
        { SAN_CRYPTO, 0, 0 },
        { SAN_OVERWRITE | 1 << 4, 0x5b5b5b5b, 0x5b },
    };

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = divided_drive();
        size_t len;
        const uint8_t *p = data_of(h, &len);

        CHECK(!fake_all(p, t[i].byte, len), "nothing to do");
        CHECK_EQ(sanitize(h, t[i].cdw10, t[i].cdw11), 0);
        sanitize_settle(h);
        CHECK_EQ(sanitize_state(h), 1);
        for (unsigned again = 0; again < 3; again++) {
            expect(h, t[i].byte);
            fake_host_restart(h, again);
        }
        fake_host_free(h);
    }
}

/* A cut on the way: the next start goes on, and marks do not come back. */
static void cut(void)
{
    for (unsigned n = 0; n < 12; n += 3) {
        FakeHost *h = divided_drive();

        h->f.hold = true;
        CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0xffff);
        for (unsigned i = 0; i < n && h->f.nios; i++) {
            fake_io_finish(&h->f, 0, OCPN_IO_OK);
            sanitize_settle(h);
        }
        h->f.hold = false;
        fake_host_restart(h, false);
        sanitize_settle(h);
        if (n) {
            CHECK_EQ(sanitize_state(h), 1);
            expect(h, 0);
        }
        fake_host_free(h);
    }
}

/* Namespaces that have no NSID now: what they had is gone, too. */
static void out_of_reach(void)
{
    FakeHost *h = divided_drive();

    h->setup.cfg.exact_nn = true;
    fake_host_restart(h, true);
    CHECK_EQ(ns_identify(h, 1, 0, 516, 4), 1);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 1);
    h->setup.cfg.exact_nn = false;
    fake_host_restart(h, true);
    expect(h, 0);
    fake_host_free(h);
}

/* The page says that it is over when commands are let in, and no sooner. */
static void told_with_gate(void)
{
    FakeHost *h = divided_drive();
    unsigned told = 0;

    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    h->f.hold = true;
    for (unsigned i = 0; i < 10000 && sanitize_state(h) == 2; i++) {
        sanitize_settle(h);
        if (h->f.nios) {
            fake_io_finish(&h->f, 0, OCPN_IO_OK);
        }
        CHECK_EQ(sanitize_state(h) == 2,
                 ocpn_gate_closed(h->c, OCPN_GATE_SANITIZE));
        told++;
    }
    CHECK_EQ(sanitize_state(h), 1);
    CHECK(told > 10, "%u steps", told);
    h->f.hold = false;
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "all namespaces, and what is free", divided },
    { "cuts of power", cut },
    { "namespaces without an NSID", out_of_reach },
    { "the page and the commands agree on its end", told_with_gate },
};

OCPN_UNIT_MAIN("sanitize-ns", tests)
