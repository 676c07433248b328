/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept of firmware, whatever the image holds.
 * Proves: docs/image-format.rst, "Device state": firmware and download; NVMe
 * Base 2.0, "Sanitize Operations", of activations.
 */
#include "firmware-unit.h"
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/migrate.h"

#define TWO     "ocp-nvme-firmware revision=two\n"

/* Page INDEX of the image becomes bytes of SEED. */
static void spoil(FakeHost *h, uint32_t index, uint32_t *seed, bool ones)
{
    const OcpnImage *im = &ocpn_ns_get(h->c, 1)->im;
    ImgPage p = { .payload = { 0 } };

    for (unsigned n = 0; n < IMG_PAGE_PAYLOAD; n++) {
        *seed = *seed * 1664525 + 1013904223;
        p.payload[n] = ones ? (uint8_t)-(*seed >> 31) : (uint8_t)(*seed >> 24);
    }
    p.payload[ones ? 32 : 64] = 1;              /* there is an image */
    if (index == IMG_STATE_DOWNLOAD) {
        memset(p.payload + 2, 0, 2);
        memcpy(p.payload + 16, "ocp-nvme-firmware ", 18);
    }
    ocpn_page_seal(im, &p, IMG_REGION_STATE, index, UINT64_C(1) << 40);
    memcpy(h->f.media[1].bytes +
           ocpn_page_offset(im, IMG_REGION_STATE, index, 0), &p, sizeof(p));
}

static void try_all(FakeHost *h)
{
    const uint8_t *p = smart_page(h, 0x03);
    unsigned active = p[0] & 7, next = p[0] >> 4;

    CHECK(active >= 1 && active <= 3 && next <= 3, "AFI is %02x", p[0]);
    CHECK(!next || p[8 * next], "slot %u is empty", next);
    CHECK(p[8] != 0, "slot 1 is not");
    CHECK(fw_valid(h) <= 20, "%u entries", (unsigned)fw_valid(h));
    fw_piece(h, UNIT, 2 * UNIT);
    fw_commit(h, 2, 3);
    fw_commit(h, 0, 1);
    CHECK(fw_valid(h) <= 20, "%u entries", (unsigned)fw_valid(h));
}

static void hostile(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint32_t seed = 1;
    OcpnError err;

    for (unsigned i = 0; i < 500; i++) {
        spoil(h, IMG_STATE_FIRMWARE, &seed, i & 1);
        spoil(h, IMG_STATE_DOWNLOAD, &seed, i & 2);
        CU_ASSERT(ocpn_ns_reload(ocpn_ns_get(h->c, 1), &h->f.media[1].disk,
                                 &err));
        try_all(h);
        if (i % 50 == 0) {
            fw_reset(h);
        }
    }
    fake_host_restart(h, true);
    try_all(h);
    fake_host_free(h);
}

/* Namespace 1 is not there: nothing is kept, and all else works. */
static void no_place(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(2) },
    });

    CHECK_EQ(fw_update(h, TWO, 2, 3), 0);
    fw_runs(h, "two");
    CHECK_EQ(fw_update(h, TWO, 3, 1), 0);
    fw_reset(h);
    CHECK_EQ(fw_valid(h), 2);
    CHECK_EQ(fw_commit(h, 3, 0), 0x107);
    fake_host_restart(h, true);
    fw_runs(h, "1.0");
    fake_host_free(h);
}

/* Nothing is activated while the drive is sanitized. */
static void sanitized(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, TWO, 2, 1), 0);
    ocpn_gate_set(h->c, OCPN_GATE_SANITIZE, true);
    fw_reset(h);
    fw_runs(h, "1.0");
    ocpn_gate_set(h->c, OCPN_GATE_SANITIZE, false);
    fw_reset(h);
    fw_runs(h, "two");
    fake_host_free(h);
}

/* Without OCP the image's slots are left alone. */
static void other_version(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, TWO, 2, 1), 0);
    h->setup.cfg.ocp.version = OCP_OFF;
    fake_host_restart(h, false);
    fw_runs(h, "1.0");
    CHECK_EQ(smart_page(h, 0x03)[0], 1);
    CU_ASSERT(fake_all(smart_page(h, 0x03) + 16, 0, 496));
    h->setup.cfg.ocp.version = OCP_1_0;
    fake_host_restart(h, true);
    fw_runs(h, "two");
    CHECK_EQ(fw_valid(h), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "any bytes in the image", hostile },
    { "no place in the image", no_place },
    { "while the drive is sanitized", sanitized },
    { "drives of other versions", other_version },
};
OCPN_UNIT_MAIN("firmware-state", tests)
