/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of log page C0h: what moves them.
 * Proves: OCP Datacenter NVMe SSD, SMART-1, 2, 3, 4, 6, 11, 21, 23; SLOG-2,
 * SLOG-4.
 */
#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/core/ns.h"
#include "sanitize-unit.h"

/* OCP-CASE-16; SMART-1, SMART-2 */
static void media_bytes(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint64_t written = smart_c0(h, 0, 8), got;

    for (unsigned i = 0; i < 16; i++) {
        CHECK_EQ(smart_io(h, 0x01, i * 128, 128), 0);   /* 1 MiB in all */
    }
    got = smart_c0(h, 0, 8);
    CHECK(got >= written + (1 << 20) && got < written + (1 << 21),
          "%u more bytes written", (unsigned)(got - written));
    CHECK_EQ(smart_c0(h, 136, 8), 0);
    CHECK_EQ(smart_c0(h, 16, 8), 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 100), 0);
    CHECK_EQ(smart_c0(h, 16, 8), 51200);
    fake_host_free(h);
}

/* OCP-CASE-17, OCP-CASE-18; SMART-21 */
static void unaligned(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(smart_io(h, 0x01, 1, 8), 0);
    CHECK_EQ(smart_c0(h, 136, 8), 1);
    CHECK_EQ(smart_io(h, 0x01, 8, 8), 0);
    CHECK_EQ(smart_io(h, 0x01, 8, 3), 0);       /* its length does not count */
    CHECK_EQ(smart_c0(h, 136, 8), 1);
    CHECK_EQ(smart_io(h, 0x02, 1, 8), 0);       /* nor do reads */
    CHECK_EQ(smart_io(h, 0x01, 32768, 1), 0x080);
    CHECK_EQ(smart_io(h, 0x01, 15, 1), 0);
    CHECK_EQ(smart_c0(h, 136, 8), 2);
    fake_host_free(h);
}

static void other_unit(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .iu = 16384 } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    FakeCmd cmd = { .opc = 0x01, .nsid = 1, .prp1 = FAKE_BUF };

    for (cmd.cdw10 = 0; cmd.cdw10 < 8; cmd.cdw10++) {
        CHECK_EQ(fake_io(h, &cmd).status, 0);
    }
    CHECK_EQ(smart_c0(h, 136, 8), 6);
    fake_host_free(h);
}

/* But for bytes [from, to) the page is as in WAS; tables were written. */
static void unchanged(FakeHost *h, const uint8_t *was, unsigned from,
                      unsigned to)
{
    const uint8_t *p = smart_page(h, 0xc0);

    CU_ASSERT(bytes_at(p, 8) >= bytes_at(was, 8));
    for (unsigned i = 8; i < 512; i++) {
        CHECK(p[i] == was[i] || (i >= from && i < to), "byte %u", i);
    }
}

/* OCP-CASE-19, OCP-CASE-20 */
static void power_and_reset(void)
{
    static const char *const lifetime[] = {
        "media-written", "bad-user-blocks", "bad-system-blocks",
        "xor-recovery", "uncorrectable-reads", "soft-ecc", "e2e-detected",
        "e2e-corrected", "refresh", "throttle-events", "pcie-correctable",
        "incomplete-shutdowns", "link-retrains", "power-changes",
    };
    FakeHost *h = smart_drive(OCP_2_5);
    uint8_t was[512];

    for (size_t i = 0; i < sizeof(lifetime) / sizeof(lifetime[0]); i++) {
        smart_knob(h, lifetime[i], "7");
    }
    CHECK_EQ(smart_io(h, 0x01, 1, 8), 0);
    memcpy(was, smart_page(h, 0xc0), 512);
    CHECK_EQ(bytes_at(was + 136, 8), 1);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    unchanged(h, was, 0, 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_SUBSYSTEM);
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    unchanged(h, was, 0, 0);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);     /* system_reset */
    fake_run(&h->f);
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(smart_c0(h, 136, 8), 0);
    unchanged(h, was, 136, 144);
    CHECK_EQ(fake_create_pair(h, 1, 16).status, 0);
    CHECK_EQ(smart_io(h, 0x01, 3, 8), 0);
    CHECK_EQ(smart_c0(h, 136, 8), 1);
    fake_host_restart(h, true);
    CHECK_EQ(smart_c0(h, 136, 8), 0);
    unchanged(h, was, 136, 144);
    fake_host_free(h);
}

/* OCP-CASE-21, OCP-CASE-22; SMART-3, SMART-4, SLOG-4 */
static void normalised(void)
{
    static const struct {
        const char *name, *bad;
        unsigned at;
        uint16_t norm;
        uint64_t raw;
    } t[] = {
        { "bad-user-blocks", "0", 38, 100, 0 },
        { "bad-user-blocks", "1", 38, 99, 1 },
        { "bad-user-blocks", "5", 38, 99, 5 },
        { "bad-user-blocks", "1023", 38, 0, 1023 },
        { "bad-user-blocks", "0xffffffffffff", 38, 0, 0xffffffffffff },
        { "bad-system-blocks", "32", 46, 50, 32 },
        { "bad-system-blocks", "unsupported", 46, 0xffff, 0xffffffffffff },
    };
    FakeHost *h = smart_drive(OCP_2_5);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        smart_knob(h, t[i].name, t[i].bad);
        CHECK_EQ(smart_c0(h, t[i].at, 2), t[i].norm);
        CHECK_EQ(smart_c0(h, t[i].at - 6, 6), t[i].raw);
    }
    CHECK_EQ(smart_c0(h, 40, 6), UINT64_C(0xffffffffffff));
    fake_host_free(h);
}

/* OCP-CASE-26; SLOG-2, SMART-12 */
static void saturate(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p;

    smart_knob(h, "xor-recovery", "0xffffffffffffffff");
    ocpn_fact_add(h->c, OCPN_FACT_XOR_RECOVERY, 1);
    CHECK_EQ(smart_c0(h, 48, 8), UINT64_MAX);
    smart_knob(h, "throttle-events", "255");
    ocpn_fact_add(h->c, OCPN_FACT_THROTTLE_EVENTS, 1);
    CHECK_EQ(smart_c0(h, 96, 2), 0xff);
    smart_knob(h, "plp-starts", "18446744073709551615");
    ocpn_fact_add(h->c, OCPN_FACT_PLP_STARTS, 2);
    p = smart_page(h, 0xc0);
    CHECK_EQ(bytes_at(p + 160, 8), 1);
    CHECK_EQ(bytes_at(p + 168, 8), 1);
    ocpn_fact_set(h->c, OCPN_FACT_REFRESH, UINT64_MAX);
    CHECK_EQ(smart_c0(h, 80, 8), UINT64_C(0xffffffffffffff00));
    smart_knob(h, "media-written", "340282366920938463463374607431768211455");
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CU_ASSERT(fake_all(smart_page(h, 0xc0), 0xff, 16));
    fake_host_free(h);
}

static OcpnIoResult fail_reads(FakePort *f, const OcpnIo *io)
{
    (void)f;
    return io->op == OCPN_IO_READ ? OCPN_IO_ERROR : OCPN_IO_OK;
}

/* OCP-CASE-25, of a medium that fails; SMART-6 */
static void uncorrectable(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint64_t entries = bytes_at(smart_page(h, 2) + 176, 8);

    h->f.judge = fail_reads;
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0x281);
    h->f.judge = NULL;
    CHECK_EQ(smart_c0(h, 56, 8), 1);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 160, 8), 1);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 176, 8), entries + 1);
    fake_host_restart(h, true);
    CHECK_EQ(smart_c0(h, 56, 8), 1);
    fake_host_free(h);
}

/* OCP-CASE-132, its counters; NVMe-IO-14 */
static void marked_by_host(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x04, .nsid = 1 }).status, 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0x281);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x0c, .nsid = 1 }).status, 0x281);
    CHECK_EQ(smart_c0(h, 56, 8), 0);
    CHECK_EQ(bytes_at(smart_page(h, 2) + 160, 8), 0);
    CHECK_EQ(smart_io(h, 0x01, 0, 8), 0);
    CHECK_EQ(smart_io(h, 0x02, 0, 8), 0);
    fake_host_free(h);
}

/* OCP-CASE-29, Format: what a drive was is not forgotten. */
static void formatted(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    uint8_t was[512];

    smart_knob(h, "refresh", "7");
    CHECK_EQ(smart_io(h, 0x01, 1, 8), 0);
    memcpy(was, smart_page(h, 0xc0), 512);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 0,     /* 4 KiB blocks */
    }).status, 0);
    CU_ASSERT(!memcmp(smart_page(h, 0xc0) + 16, was + 16, 136));
    CU_ASSERT(!memcmp(smart_page(h, 0xc0) + 160, was + 160, 352));
    CHECK_EQ(smart_c0(h, 152, 8), 4096);        /* NUSE */
    CU_ASSERT(smart_c0(h, 0, 8) >= bytes_at(was, 8));
    fake_host_free(h);
}

/* OCP-CASE-29, Sanitize: all three, with the drive full of data before. */
static void sanitized(void)
{
    static const uint32_t how[] = {
        SAN_BLOCK, SAN_CRYPTO, SAN_OVERWRITE | 1 << 4,
    };

    for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
        FakeHost *h = smart_drive(OCP_2_7);
        uint8_t was[512];

        smart_knob(h, "refresh", "7");
        smart_knob(h, "xor-recovery", "8");
        smart_knob(h, "bad-user-blocks", "9");
        CHECK_EQ(smart_io(h, 0x01, 1, 8), 0);
        memcpy(was, smart_page(h, 0xc0), 512);
        CHECK_EQ(sanitize(h, how[i], 0x5a5a5a5a), 0);
        sanitize_settle(h);
        CHECK_EQ(sanitize_state(h), 1);
        unchanged(h, was, 152, 160);            /* NUSE */
        fake_host_restart(h, false);
        CHECK_EQ(smart_c0(h, 81, 7), 7);
        CHECK_EQ(smart_c0(h, 48, 8), 8);
        CHECK_EQ(smart_c0(h, 32, 6), 9);
        fake_host_free(h);
    }
}

/* SMART-3, SMART-11: chunks are blocks, resets are erases. */
static void chunks(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_7 } }, .ns = { FAKE_T1 },
    });
    OcpnNs *ns = ocpn_ns_get(h->c, 1);
    OcpnChunkSet set;
    OcpnError err;
    uint32_t n;

    CHECK_EQ(smart_c0(h, 88, 8), 0);
    CHECK_EQ(smart_c0(h, 216, 2), 6);           /* dies */
    CHECK_EQ(smart_c0(h, 152, 8), 2 * 3 * 5 * 96);
    CHECK_EQ(ocpn_chunk_set_parse("chk=1 grp=0 pu=0 state=offline", &set,
                                  &err), 1);
    CU_ASSERT(ocpn_chunks_set(ns, &set, &n, &err));
    CHECK_EQ(smart_c0(h, 32, 6), 1);
    CHECK_EQ(smart_c0(h, 38, 2), 99);
    CHECK_EQ(smart_c0(h, 358, 6), 1);
    fake_host_restart(h, false);
    CHECK_EQ(smart_c0(h, 32, 6), 1);            /* once */
    ocpn_fact_add(h->c, OCPN_FACT_BAD_USER, 4);
    CHECK_EQ(smart_c0(h, 32, 6), 5);
    fake_host_restart(h, true);
    CHECK_EQ(smart_c0(h, 32, 6), 5);
    fake_host_free(h);
}

/* Statistics are the page's bytes.  STATI-33..71 */
static void statistics(void)
{
    static const struct {
        uint16_t id;
        uint8_t  dwords, at, len;
    } t[] = {
        { 0x1e, 4, 0, 16 }, { 0x20, 2, 32, 8 }, { 0x25, 2, 72, 8 },
        { 0x28, 2, 88, 8 }, { 0x29, 1, 96, 2 }, { 0x2a, 2, 98, 6 },
        { 0x2b, 2, 104, 8 }, { 0x36, 4, 176, 16 }, { 0x39, 2, 208, 8 },
        { 0x3f, 2, 236, 5 }, { 0x44, 2, 8, 0 }, { 0x3c, 1, 222, 1 },
    };
    FakeHost *h = smart_drive(OCP_2_7);
    uint8_t data[16], all[512];

    smart_knob(h, "e2e-detected", "0x01020304");
    smart_knob(h, "e2e-corrected", "0x05060708");
    smart_knob(h, "system-program-fails", "3");
    memcpy(all, smart_page(h, 0xc0), 512);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK_EQ(ocpn_fact_statistic(h->c, t[i].id, data), t[i].dwords);
        CHECK(!memcmp(data, all + t[i].at, t[i].len), "statistic %x",
              t[i].id);
        CU_ASSERT(fake_all(data + t[i].len, 0, 16 - t[i].len));
    }
    for (uint16_t id = 0x1e; id <= 0x44; id++) {    /* 3Ah: page version */
        CHECK(!ocpn_fact_statistic(h->c, id, data) == (id == 0x3a),
              "statistic %x", id);
    }
    CHECK_EQ(ocpn_fact_statistic(h->c, 0, data), 0);
    CHECK_EQ(ocpn_fact_statistic(h->c, 0x1d, data), 0);
    CHECK_EQ(ocpn_fact_statistic(h->c, 0x45, data), 0);
    fake_host_free(h);
    h = smart_drive(OCP_2_5);
    CHECK_EQ(ocpn_fact_statistic(h->c, 0x3b, data), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "bytes to and from the medium", media_bytes },
    { "writes that begin inside a unit", unaligned },
    { "another indirection unit", other_unit },
    { "what power cycles and resets leave", power_and_reset },
    { "normalised values follow", normalised },
    { "counters stay at their most", saturate },
    { "reads the medium failed", uncorrectable },
    { "blocks a host marked do not count", marked_by_host },
    { "Format clears nothing", formatted },
    { "nor does Sanitize", sanitized },
    { "chunks are blocks", chunks },
    { "telemetry statistics", statistics },
};
OCPN_UNIT_MAIN("fact", tests)
