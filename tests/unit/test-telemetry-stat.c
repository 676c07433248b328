/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry statistics: identifiers, sizes, behaviours and values.
 * Proves: OCP Datacenter NVMe SSD, "Telemetry Statistics Area", STATI.
 */
#include "hw/ocp-nvme/core/fact.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/panic.h"
#include "telemetry-unit.h"

/* A second time, from the specification's table. */
typedef struct Want {
    uint16_t id;
    uint8_t  dwords, behavior;
    uint8_t  ocp;               /* first with it; 0: 2.5 has it */
} Want;

static const Want area1[] = {
    { 0x01, 1, 1, 0 },          /* STATI-2 */
    { 0x02, 1, 1, 0 },          /* STATI-3 */
    { 0x03, 1, 1, 0 },          /* STATI-4 */
    { 0x04, 1, 1, 0 },          /* STATI-5 */
    { 0x05, 2, 5, 0 }, { 0x06, 2, 5, 0 },       /* STATI-6, STATI-7 */
    { 0x07, 1, 5, 0 }, { 0x08, 1, 5, 0 },       /* STATI-8, STATI-9 */
    { 0x09, 2, 5, 0 },          /* STATI-10 */
    { 0x0a, 2, 4, 0 },          /* STATI-11 */
    { 0x0b, 1, 1, 0 }, { 0x0c, 1, 1, 0 },       /* STATI-12, STATI-13 */
    { 0x0d, 2, 4, 0 }, { 0x0e, 2, 4, 0 },       /* STATI-14, STATI-15 */
    { 0x0f, 4, 4, 0 },          /* STATI-16 */
    { 0x10, 4, 4, 0 }, { 0x11, 4, 4, 0 },       /* STATI-17, STATI-18 */
    { 0x12, 2, 4, 0 },          /* STATI-19 */
    { 0x13, 2, 1, 0 },          /* STATI-20 */
    { 0x14, 1, 4, 0 }, { 0x15, 1, 4, 0 },       /* STATI-21, STATI-22 */
    { 0x16, 1, 4, 0 }, { 0x17, 1, 4, 0 },       /* STATI-23, STATI-24 */
    { 0x18, 1, 4, 0 },          /* STATI-25 */
    { 0x19, 1, 4, 0 },          /* STATI-26 */
    { 0x1a, 1, 4, 0 },          /* STATI-27 */
    { 0x1b, 2, 4, 0 },          /* STATI-28 */
    { 0x1c, 2, 4, 0 }, { 0x1d, 2, 4, 0 },       /* STATI-29, STATI-30 */
    { 0x1e, 4, 4, 0 }, { 0x1f, 4, 4, 0 }, { 0x20, 2, 4, 0 },
    { 0x21, 2, 4, 0 }, { 0x22, 2, 4, 0 }, { 0x23, 2, 4, 0 },
    { 0x24, 2, 4, 0 }, { 0x25, 2, 4, 0 }, { 0x26, 1, 4, 0 },
    { 0x27, 2, 4, 0 }, { 0x28, 2, 4, 0 }, { 0x29, 1, 4, 0 },
    { 0x2a, 2, 4, 0 }, { 0x2b, 2, 4, 0 }, { 0x2c, 1, 4, 0 },
    { 0x2d, 1, 4, 0 }, { 0x2e, 1, 4, 0 }, { 0x2f, 1, 4, 0 },
    { 0x30, 1, 4, 0 }, { 0x31, 1, 4, OCP_2_6 }, { 0x32, 2, 4, 0 },
    { 0x33, 2, 4, 0 }, { 0x34, 2, 4, 0 }, { 0x35, 4, 4, 0 },
    { 0x36, 4, 4, 0 }, { 0x37, 2, 4, 0 }, { 0x38, 2, 4, 0 },
    { 0x39, 2, 4, 0 },
    { 0x3b, 1, 4, OCP_2_6 }, { 0x3c, 1, 4, OCP_2_6 },
    { 0x3d, 2, 4, OCP_2_6 }, { 0x3e, 1, 4, OCP_2_6 },
    { 0x3f, 2, 4, OCP_2_6 }, { 0x40, 2, 4, OCP_2_6 },
    { 0x41, 2, 4, OCP_2_6 }, { 0x42, 1, 4, OCP_2_6 },
    { 0x43, 1, 4, OCP_2_6 }, { 0x44, 2, 4, OCP_2_6 },   /* STATI-71 */
    { 0x45, 1, 4, 0 },          /* STATI-72 */
    { 0x46, 4, 4, 0 },          /* STATI-73 */
    { 0x6a, 1, 4, OCP_2_7 }, { 0x6b, 2, 4, OCP_2_7 },
    { 0x6c, 1, 4, OCP_2_7 },
};

static const Want area2[] = {
    { 0x47, 1, 4, 0 },          /* STATI-74 and those that follow */
    { 0x48, 1, 4, 0 }, { 0x49, 1, 4, 0 }, { 0x4a, 1, 4, 0 },
    { 0x4b, 1, 4, 0 }, { 0x4c, 1, 4, 0 }, { 0x4d, 4, 4, 0 },
    { 0x4e, 4, 4, 0 }, { 0x4f, 4, 4, 0 }, { 0x50, 4, 4, 0 },
    { 0x51, 4, 4, 0 }, { 0x52, 4, 4, 0 }, { 0x53, 4, 4, 0 },
    { 0x54, 4, 4, 0 }, { 0x55, 4, 4, 0 }, { 0x56, 4, 4, 0 },
    { 0x57, 1, 4, 0 }, { 0x58, 1, 4, 0 }, { 0x59, 1, 4, 0 },
    { 0x5a, 1, 4, 0 }, { 0x5b, 1, 4, 0 }, { 0x5c, 1, 4, 0 },
    { 0x5d, 1, 4, 0 }, { 0x5e, 1, 4, 0 }, { 0x5f, 1, 4, 0 },
    { 0x60, 1, 4, 0 }, { 0x61, 1, 4, 0 }, { 0x62, 1, 4, 0 },
    { 0x63, 1, 4, 0 }, { 0x64, 1, 4, 0 },       /* STATI-103 */
    { 0x8000, 1, 1, 0 },        /* STATI-31 */
    { 0x8001, 2, 2, 0 }, { 0x8002, 1, 1, 0 }, { 0x8003, 2, 1, 0 },
};

static TelLog t;

static void capture(FakeHost *h)
{
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 2, &t);
}

/* One row in one area; false: it is not there, and should not be. */
static bool check(unsigned area, const Want *w, OcpVersion version)
{
    unsigned count;
    const uint8_t *p = tel_stat(&t, area, w->id, &count);
    bool hint = w->id >= 0x1e && w->id <= 0x6f;

    CHECK(!p == (version < (OcpVersion)w->ocp), "statistic %04x: %s", w->id,
          p ? "too early" : "missing");
    if (p) {
        CHECK(p[2] == (w->behavior | hint << 4), "%04x: info %02x", w->id,
              p[2]);
        CHECK_EQ(p[3], 0);
        CHECK(bytes_at(p + 4, 2) == w->dwords, "%04x: %u dwords", w->id,
              (unsigned)bytes_at(p + 4, 2));
        CHECK_EQ(bytes_at(p + 6, 2), 0);
    }
    return p != NULL;
}

/* OCP-CASE-110, OCP-CASE-111: all of them, and no other */
static void all(void)
{
    for (unsigned v = OCP_2_5; v <= OCP_2_7; v++) {
        FakeHost *h = tel_start((OcpVersion)v);
        unsigned n = 0, count, extra = 0;

        capture(h);
        for (size_t i = 0; i < sizeof(area1) / sizeof(area1[0]); i++) {
            n += check(1, &area1[i], (OcpVersion)v);
        }
        extra = tel_stat(&t, 1, 0x3a, &count) != NULL;  /* with C0h */
        CHECK_EQ(count, n + extra);
        n = extra = 0;
        for (size_t i = 0; i < sizeof(area2) / sizeof(area2[0]); i++) {
            n += check(2, &area2[i], (OcpVersion)v);
        }
        for (uint16_t id = 0x65; id <= 0x69; id++) {    /* with 09h */
            extra += tel_stat(&t, 2, id, &count) != NULL;
        }
        CHECK_EQ(count, n + extra);
        CU_ASSERT(extra == 0 || extra == 5);
        fake_host_free(h);
    }
}

/* STATI-2: this command, and not the requests for events. */
static void admin(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x01), 1);
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x01), 1);
    fake_host_free(h);
}

/* STATI-3, STATI-4: together all there is. */
static void bandwidth(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    for (unsigned i = 0; i < 3; i++) {
        uint64_t host, gc;

        capture(h);
        host = tel_value(&t, 1, 0x02);
        gc = tel_value(&t, 1, 0x03);
        CU_ASSERT(host <= 100 && gc <= 100);
        CHECK_EQ(host + gc, 100);
        CHECK_EQ(fake_io(h, &(FakeCmd) {
            .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF,
        }).status, 0);
    }
    fake_host_free(h);
}

/* STATI-5: active namespaces. */
static void count_namespaces(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_T1, FAKE_CONVENTIONAL(2), FAKE_CONVENTIONAL(5) },
    });

    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x04), 3);
    CHECK_EQ(tel_value(&t, 2, 0x8000), 0);
    fake_host_free(h);
}

/* STATI-27: only while CC.EN is 1, and for ever. */
static void perst(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CU_ASSERT(fake_disable(h));
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x1a), 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    ocpn_ctrl_reset(h->c, OCPN_RESET_FUNCTION);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x1a), 1);
    fake_host_restart(h, true);
    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x1a), 1);
    fake_host_free(h);
}

/* STATI-72 */
static void panics(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CU_ASSERT(ocpn_panic(h->c, 0xbad));
    CU_ASSERT(!ocpn_panic(h->c, 0xbad));
    ocpn_panic_end(h->c);
    CU_ASSERT(ocpn_panic(h->c, 0xbad));
    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x45), 2);
    fake_host_restart(h, false);
    capture(h);
    CHECK_EQ(tel_value(&t, 1, 0x45), 2);
    fake_host_free(h);
}

/* STATI-33 to STATI-71: what C0h counts, in its parts. */
static void facts(void)
{
    static const struct {
        OcpnFact fact;
        uint16_t id;
        uint8_t  at, len;       /* of the data */
    } f[] = {
        { OCPN_FACT_XOR_RECOVERY, 0x22, 0, 8 },
        { OCPN_FACT_UNCORRECTABLE, 0x23, 0, 8 },
        { OCPN_FACT_SOFT_ECC, 0x24, 0, 8 },
        { OCPN_FACT_SOFT_ECC, 0x19, 0, 4 },
        { OCPN_FACT_E2E_DETECTED, 0x25, 0, 4 },
        { OCPN_FACT_E2E_CORRECTED, 0x25, 4, 4 },
        { OCPN_FACT_THROTTLE_EVENTS, 0x29, 0, 1 },
        { OCPN_FACT_PCIE_CORRECTABLE, 0x2b, 0, 8 },
        { OCPN_FACT_INCOMPLETE_SHUTDOWNS, 0x2c, 0, 4 },
        { OCPN_FACT_UNALIGNED, 0x32, 0, 8 },
        { OCPN_FACT_LINK_RETRAINS, 0x37, 0, 8 },
    };
    FakeHost *h = tel_start(OCP_2_5);
    unsigned count;

    for (size_t i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
        ocpn_fact_set(h->c, f[i].fact, 0x20 + i);
    }
    ocpn_fact_set(h->c, OCPN_FACT_SOFT_ECC, 0x22);
    ocpn_fact_set(h->c, OCPN_FACT_BAD_USER, 0x102);
    capture(h);
    for (size_t i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
        const uint8_t *p = tel_stat(&t, 1, f[i].id, &count);
        uint64_t want = f[i].fact == OCPN_FACT_SOFT_ECC ? 0x22 : 0x20 + i;

        CHECK(p && bytes_at(p + 8 + f[i].at, f[i].len) == want,
              "statistic %04x", f[i].id);
    }
    CHECK_EQ(tel_value(&t, 1, 0x20) & 0xffffffffffff, 0x102);
    CHECK_EQ(tel_value(&t, 1, 0x1b) >> 16, 0x102);  /* STATI-28 */
    fake_host_free(h);
}

/* STATI-74 to STATI-103: as LID 02h has them at that time. */
static void smart(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    const uint8_t *p = t.b + 512 + 512;

    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
    }).status, 0);
    fake_advance(&h->f, UINT64_C(7200000000000));
    fake_admin(h, &(FakeCmd) { .opc = 0xff });
    capture(h);
    CHECK_EQ(tel_value(&t, 2, 0x48), 310);
    CHECK_EQ(tel_value(&t, 2, 0x49), 100);
    CHECK_EQ(tel_value(&t, 2, 0x4d), bytes_at(p + 32, 8));
    CHECK_EQ(tel_value(&t, 2, 0x4f), 1);
    CHECK_EQ(tel_value(&t, 2, 0x52), 1);
    CHECK_EQ(tel_value(&t, 2, 0x53), 2);
    CHECK_EQ(tel_value(&t, 2, 0x56), 1);
    CHECK_EQ(tel_value(&t, 2, 0x59), bytes_at(p + 200, 2));
    CHECK_EQ(tel_value(&t, 2, 0x64), bytes_at(p + 228, 4));
    fake_host_free(h);
}

/* STATI-31 */
static void vendor(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
    });
    OcpnFaultRule rule;
    OcpnError err;

    CU_ASSERT(ocpn_fault_parse("read-fail", &rule, &err));
    capture(h);
    CHECK_EQ(tel_value(&t, 2, 0x8002), 0);
    CU_ASSERT(ocpn_fault_add(h->c, &rule, &err) != 0);
    capture(h);
    CHECK_EQ(tel_value(&t, 2, 0x8002), 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "each statistic, and no other", all },
    { "outstanding admin commands", admin },
    { "bandwidths", bandwidth },
    { "namespaces", count_namespaces },
    { "PERST", perst },
    { "panics", panics },
    { "facts of SMART extended", facts },
    { "copies of SMART", smart },
    { "vendor specific ones", vendor },
};
OCPN_UNIT_MAIN("telemetry statistics", tests)
