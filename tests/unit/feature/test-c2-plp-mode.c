/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature C2h: EOL/PLP Failure Mode.
 * Proves: OCP Datacenter NVMe SSD, "EOL/PLP Failure Mode", GETF-1, GETF-2,
 * UUID-2, UUID-3, ROWTM-1, DP-CFG-6.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/feature.h"
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/health.h"
#include "ocpn-unit.h"

#define FID     0xc2u
#define SV      0x80000000u
#define ALL     0xffffffffu
#define ROM     (1u << 30)
#define WTM     (2u << 30)
#define NORMAL  (3u << 30)

static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_5 } },
    .ns = { FAKE_CONVENTIONAL(1) },
};

static uint32_t get(FakeHost *h, uint32_t sel)
{
    FakeCqe e = fake_get_feature(h, FID | sel << 8, 0, 0);

    CHECK_EQ(e.status, 0);
    return e.dw0;
}

/* OCP-CASE-91, OCP-CASE-92, OCP-CASE-142: GETF-1, ROWTM-1 */
static void saved(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(get(h, 0), 1);
    CHECK_EQ(get(h, 1), 1);
    CHECK_EQ(get(h, 2), 1);                         /* nothing was saved */
    CHECK_EQ(get(h, 3), 5);
    CHECK_EQ(fake_set_feature(h, FID, 0, WTM).status, 0);
    CHECK_EQ(get(h, 0), 2);
    CHECK_EQ(get(h, 1), 1);
    CHECK_EQ(get(h, 2), 1);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, WTM).status, 0);
    CHECK_EQ(get(h, 2), 2);
    fake_host_restart(h, true);
    CHECK_EQ(get(h, 0), 2);
    CHECK_EQ(get(h, 1), 1);
    CHECK_EQ(get(h, 2), 2);
    fake_host_free(h);
}

/* OCP-CASE-93 */
static void not_saved(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, FID, 0, NORMAL).status, 0);
    CHECK_EQ(get(h, 0), 3);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(get(h, 0), 3);                         /* survives a reset */
    fake_host_restart(h, true);
    CHECK_EQ(get(h, 0), 1);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, WTM).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 0, NORMAL).status, 0);
    fake_host_restart(h, false);
    CHECK_EQ(get(h, 0), 2);
    fake_host_free(h);
}

/* OCP-CASE-92, OCP-CASE-94, OCP-CASE-141 */
static void refused(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, FID, 0, 0).status, 0x002);
    CHECK_EQ(fake_error_location(h), 6u << 8 | 47);
    CHECK_EQ(fake_set_feature(h, SV | FID, 0, 1u << 29).status, 0x002);
    CHECK_EQ(fake_error_location(h), 5u << 8 | 47);
    CHECK_EQ(fake_set_feature(h, FID, 0, WTM | 1).status, 0x002);
    for (uint32_t sel = 4; sel < 8; sel++) {
        CHECK_EQ(fake_get_feature(h, FID | sel << 8, 0, 0).status, 0x002);
    }
    CHECK_EQ(get(h, 0), 1);
    CHECK_EQ(get(h, 2), 1);
    fake_host_free(h);
}

/* OCP-CASE-147: UUID-2, UUID-3 */
static void uuid_index(void)
{
    static const struct {
        uint32_t index;
        uint16_t status;
    } t[] = { { 0, 0 }, { 1, 0 }, { 2, 0x002 }, { 127, 0x002 } };
    FakeHost *h = fake_host_start(&drive);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        uint32_t before = get(h, 0);

        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x09, .cdw10 = FID, .cdw11 = before == 2 ? NORMAL : WTM,
            .cdw14 = t[i].index,
        }).status, t[i].status);
        CHECK_EQ(get(h, 0) == before, t[i].status != 0);
    }
    fake_host_free(h);
}

/* Strict about NSID as 2.5 is, in Set. */
static void nsids(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, FID, ALL, WTM).status, 0);
    CHECK_EQ(fake_set_feature(h, FID, 1, WTM).status, 0x10f);
    CHECK_EQ(fake_set_feature(h, FID, 77, WTM).status, 0x002);
    CHECK_EQ(fake_get_feature(h, FID, 1, 0).dw0, 2);
    fake_host_free(h);
}

static uint16_t write_block(FakeHost *h)
{
    return fake_io(h, &(FakeCmd) {
        .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF,
    }).status;
}

/* A write waits for the medium only in write-through mode. */
static bool writes_through(FakeHost *h)
{
    unsigned fua = h->f.media[1].fua;

    CHECK_EQ(write_block(h), 0);
    CHECK_EQ(ocpn_write_through(h->c), h->f.media[1].fua > fua);
    return h->f.media[1].fua > fua;
}

static void failure(void)
{
    FakeHost *h = fake_host_start(&drive);
    unsigned flushes;

    CU_ASSERT(!writes_through(h));
    ocpn_set_plp(h->c, OCPN_PLP_FAILED);
    CU_ASSERT(ocpn_gate_closed(h->c, OCPN_GATE_READ_ONLY));
    CHECK_EQ(write_block(h), 0x020);
    flushes = h->f.media[1].flushes;
    CHECK_EQ(fake_set_feature(h, FID, 0, WTM).status, 0);   /* at once */
    CHECK_EQ(h->f.media[1].flushes, flushes + 1);
    CU_ASSERT(writes_through(h));
    CHECK_EQ(fake_set_feature(h, FID, 0, NORMAL).status, 0);
    CU_ASSERT(!writes_through(h));
    CHECK_EQ(fake_set_feature(h, FID, 0, ROM).status, 0);
    CHECK_EQ(write_block(h), 0x020);
    ocpn_set_plp(h->c, OCPN_PLP_OK);
    CU_ASSERT(!writes_through(h));
    fake_host_free(h);
}

/* The medium is flushed behind a write to chunks. */
static void open_channel(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
    });
    FakeCmd write = { .opc = 0x01, .nsid = 1, .cdw12 = 3 };
    unsigned flushes;

    fake_prp(h, &write, FAKE_BUF, 4 * 4096);
    CHECK_EQ(fake_set_feature(h, FID, 0, WTM).status, 0);
    flushes = h->f.media[1].flushes;
    CHECK_EQ(fake_io(h, &write).status, 0);
    CHECK_EQ(h->f.media[1].flushes, flushes);
    ocpn_set_plp(h->c, OCPN_PLP_FAILED);
    fake_run(&h->f);
    flushes = h->f.media[1].flushes;
    write.cdw10 = 4;
    CHECK_EQ(fake_io(h, &write).status, 0);
    CHECK_EQ(h->f.media[1].flushes, flushes + 1);
    fake_host_free(h);
}

/* DP-CFG-6; and what is not an OCP drive has no such feature. */
static void other_drives(void)
{
    FakeSetup s = drive;
    FakeHost *h;

    s.cfg.ocp.profile = OCPN_PROFILE_B;
    h = fake_host_start(&s);
    CHECK_EQ(fake_set_feature(h, FID, 0, WTM).status, 0x002);
    CHECK_EQ(get(h, 0), 1);
    fake_host_free(h);
    s.cfg.ocp.version = OCP_OFF;
    h = fake_host_start(&s);
    CHECK_EQ(fake_get_feature(h, FID, 0, 0).status, 0x002);
    ocpn_set_plp(h->c, OCPN_PLP_FAILED);
    CU_ASSERT(!ocpn_gate_closed(h->c, OCPN_GATE_READ_ONLY));
    CU_ASSERT(!writes_through(h));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "current, default, saved, capabilities", saved },
    { "what was not saved ends with power", not_saved },
    { "no mode, reserved bits, reserved selects", refused },
    { "UUID Index", uuid_index },
    { "NSID", nsids },
    { "what the modes do when protection fails", failure },
    { "write-through of chunks", open_channel },
    { "profile B, and no OCP drive", other_drives },
};
OCPN_UNIT_MAIN("feature c2", tests)
