/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Device Self-test command", "Device Self-test
 * Operations": what starts, ends and survives them, and what they find; OCP
 * Datacenter NVMe SSD, MI-11.
 */
#include "hw/ocp-nvme/core/gate.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/health.h"
#include "migrate-unit.h"
#include "self-test-unit.h"
#include "state-unit.h"

#define ALL     0xffffffffu
#define SHORT_S (60 * SECOND)
#define LONG_S  (600 * SECOND)

/* MI-11: OACS, EDSTT, DSTO, and the commands' effects */
static void claims(void)
{
    FakeHost *h = self_start(OCP_1_0);
    const uint8_t *b = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(b[256] & 0x10, 0x10);
    CHECK_EQ(bytes_at(b + 316, 2), 10);         /* minutes */
    CHECK_EQ(b[318], 1);                        /* one at a time */
    CHECK_EQ(fake_get_log(h, 0x05, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(b + 4 * 0x14, 4), 1);
    CHECK_EQ(fake_get_log(h, 0x00, 0, 0, 1024).status, 0);
    CHECK_EQ(bytes_at(b + 4 * 0x06, 4), 1);
    fake_host_free(h);
}

/* Codes there are not, and namespaces. */
static void refusals(void)
{
    FakeHost *h = self_start(OCP_2_5);

    for (uint32_t code = 0; code < 16; code++) {
        if (code == 1 || code == 2 || code == 15) {
            continue;
        }
        CHECK_EQ(self_test(h, code, 0), 0x002);
        CHECK_EQ(fake_error_location(h), 40);
    }
    CHECK_EQ(self_test(h, 1, 2), 0x002);        /* not active */
    CHECK_EQ(fake_error_location(h), 4);
    CHECK_EQ(self_test(h, 1, 99), 0x00b);
    CHECK_EQ(self_test(h, 1, 0xfffffffe), 0x00b);
    CHECK_EQ(self_test(h, 15, 0), 0);           /* there is none: fine */
    CHECK_SELF(h, 0, 0x0f, 0, 0);
    CHECK_EQ(self_test(h, 0xfffffff1, 3), 0);   /* reserved bits */
    CHECK_SELF(h, 1, 0x0f, 0, 0);
    fake_host_free(h);
}

/* One at a time; the host ends it. */
static void on_top(void)
{
    FakeHost *h = self_start(OCP_2_5);

    for (uint32_t code = 1; code <= 2; code++) {
        CHECK_EQ(self_test(h, code, 1), 0);
        fake_advance(&h->f, SECOND);
        CHECK_EQ(self_test(h, 1, 3), 0x11d);
        CHECK_EQ(self_test(h, 2, 0), 0x11d);
        CHECK_EQ(self_test(h, 14, 0), 0x002);
        CHECK_EQ(self_test(h, 15, ALL), 0);
        CHECK_SELF(h, 0, code << 4 | 1, 0, 0);
        fake_advance(&h->f, LONG_S);
        CHECK_SELF(h, 0, code << 4 | 1, 0, 0);
        CHECK_EQ(self_log(h)[32] & 0xf, code == 1 ? 0xf : 1);
    }
    CHECK_EQ(self_test(h, 1, 0), 0);
    h->f.now += SHORT_S;                        /* it is over: nobody ran */
    CHECK_EQ(self_test(h, 1, 0), 0);
    CHECK_SELF(h, 1, 0x10, 0, 0);
    h->f.now += SHORT_S;
    CHECK_EQ(self_test(h, 15, 0), 0);
    CHECK_SELF(h, 0, 0x10, 0, 0);
    fake_host_free(h);
}

/* A reset ends a short test, and no extended one. */
static void resets(void)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        FakeHost *h = self_start(OCP_2_5);

        CHECK_EQ(self_test(h, 1, ALL), 0);
        ocpn_ctrl_reset(h->c, (OcpnReset)kind);
        fake_run(&h->f);
        CU_ASSERT(fake_enable(h));
        CHECK_SELF(h, 0, 0x12, 0, 0);
        CHECK_EQ(self_test(h, 2, ALL), 0);
        fake_advance(&h->f, LONG_S / 2);
        ocpn_ctrl_reset(h->c, (OcpnReset)kind);
        fake_run(&h->f);
        fake_advance(&h->f, LONG_S / 2 - SECOND);
        CU_ASSERT(fake_enable(h));
        CHECK_EQ(self_log(h)[1], 99);
        CHECK_SELF(h, 2, 0x12, 0, 0);
        fake_advance(&h->f, SECOND);
        CHECK_SELF(h, 0, 0x20, 0, 0);
        fake_host_free(h);
    }
}

/* The same without power; what the image has not is done again. */
static void power_cycles(void)
{
    FakeHost *h = self_start(OCP_2_5);
    unsigned percent;

    CHECK_EQ(self_test(h, 1, ALL), 0);
    fake_host_restart(h, false);
    CHECK_SELF(h, 0, 0x12, 0, 0);
    CHECK_EQ(self_test(h, 1, ALL), 0);
    fake_host_restart(h, true);
    CHECK_SELF(h, 0, 0x12, 0, 0);
    CHECK_EQ(self_log(h)[32], 0x12);

    CHECK_EQ(self_test(h, 2, 3), 0);
    fake_advance(&h->f, 134 * SECOND);          /* a segment is over ... */
    fake_advance(&h->f, 46 * SECOND);           /* ... and the next is not */
    fake_host_restart(h, true);
    CHECK_EQ(self_log(h)[0], 2);
    CHECK_EQ(self_log(h)[1], 30);
    fake_advance(&h->f, 130 * SECOND);
    fake_host_restart(h, false);
    percent = self_log(h)[1];
    CHECK(percent >= 44 && percent <= 51, "%u %%", percent);
    fake_advance(&h->f, LONG_S * (100 - percent) / 100);
    CHECK_SELF(h, 0, 0x20, 0, 0);
    fake_host_restart(h, false);
    CHECK_SELF(h, 0, 0x20, 0, 0);
    fake_host_free(h);
}

static void migration(void)
{
    FakeHost *h = self_start(OCP_2_5);

    CHECK_EQ(self_test(h, 1, ALL), 0);
    fake_advance(&h->f, 27 * SECOND);           /* a segment is over ... */
    fake_advance(&h->f, 4 * SECOND);            /* ... and the next is not */
    migrate(h);
    CHECK_EQ(self_log(h)[0], 1);
    CHECK_EQ(self_log(h)[1], 51);
    ocpn_set_plp(h->c, OCPN_PLP_OK);
    fake_advance(&h->f, 29 * SECOND);
    CHECK_SELF(h, 0, 0x10, 0, 0);
    migrate(h);
    CHECK_SELF(h, 0, 0x10, 0, 0);
    CHECK_EQ(self_test(h, 2, ALL), 0);
    fake_host_free(h);
}

static void format(FakeHost *h, uint32_t nsid)
{
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = nsid }).status,
             0);
}

/* Format NVM of a namespace it is of; sanitize; a namespace that is gone. */
static void aborted(void)
{
    static const struct {
        uint32_t of, formatted;
        bool ends;
    } t[] = {
        { 1, 1, true }, { 1, 3, false }, { 1, ALL, true }, { ALL, 3, true },
        { ALL, ALL, true }, { 0, 1, false }, { 0, ALL, false },
    };
    FakeHost *h = self_start(OCP_2_5);

    for (uint32_t code = 1; code <= 2; code++) {
        for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
            CHECK_EQ(self_test(h, code, t[i].of), 0);
            format(h, t[i].formatted);
            CHECK_EQ(self_log(h)[0], t[i].ends ? 0 : code);
            CHECK_EQ(self_test(h, 15, 0), 0);
            CHECK_SELF(h, 0, code << 4 | (t[i].ends ? 4 : 1), 0, 0);
        }
        CHECK_EQ(self_test(h, code, 0), 0);
        ocpn_happened(h->c, OCPN_HAP_SANITIZE_BEGIN, 2, 0);
        CHECK_SELF(h, 0, code << 4 | 9, 0, 0);
        CHECK_EQ(self_test(h, code, 3), 0);
        ocpn_happened(h->c, OCPN_HAP_NS_CHANGED, 3, 0);
        ocpn_happened(h->c, OCPN_HAP_NS_CHANGED, 2, 0);
        CHECK_EQ(self_log(h)[0], code);
        CHECK_EQ(self_test(h, 15, 0), 0);
    }
    fake_host_free(h);
}

static uint16_t while_sanitizing(FakeHost *h)
{
    uint16_t status;

    ocpn_gate_set(h->c, OCPN_GATE_SANITIZE, true);
    status = self_test(h, 1, 0);
    ocpn_gate_set(h->c, OCPN_GATE_SANITIZE, false);
    return status;
}

/* The first segment that fails. */
static void segments(void)
{
    FakeHost *h = self_start(OCP_2_5);

    ocpn_set_temperature(h->c, 352);
    CHECK_EQ(self_test(h, 1, ALL), 0);
    fake_advance(&h->f, SHORT_S);
    CHECK_SELF(h, 0, 0x17, 2, 0);
    ocpn_set_temperature(h->c, 310);

    ocpn_set_plp(h->c, OCPN_PLP_FAILED);
    CHECK_EQ(self_test(h, 1, 0), 0);
    fake_advance(&h->f, SHORT_S / 2);
    ocpn_set_plp(h->c, OCPN_PLP_OK);            /* it had failed */
    fake_advance(&h->f, SHORT_S / 2);
    CHECK_SELF(h, 0, 0x17, 3, 0);

    ocpn_set_used(h->c, 255);
    CHECK_EQ(self_test(h, 2, 0), 0);
    fake_advance(&h->f, LONG_S);
    CHECK_SELF(h, 0, 0x27, 8, 0);
    ocpn_set_used(h->c, 100);                   /* worn, not out */
    CHECK_EQ(self_test(h, 2, 0), 0);
    fake_advance(&h->f, LONG_S);
    CHECK_SELF(h, 0, 0x20, 0, 0);
    ocpn_set_incomplete(h->c, true);            /* read-only */
    CHECK_EQ(self_test(h, 2, 0), 0);
    fake_advance(&h->f, LONG_S);
    CHECK_SELF(h, 0, 0x27, 8, 0);
    ocpn_set_incomplete(h->c, false);

    CHECK_EQ(self_test(h, 1, 0), 0);            /* only at its end */
    fake_advance(&h->f, SHORT_S - SECOND);
    ocpn_set_spare(h->c, 3);
    fake_advance(&h->f, SECOND);
    CHECK_SELF(h, 0, 0x17, 9, 0);
    CHECK_EQ(while_sanitizing(h), 0x01d);
    fake_host_free(h);
}

/* What was found before power went counts. */
static void found_before(void)
{
    FakeHost *h = self_start(OCP_2_5);

    ocpn_set_plp(h->c, OCPN_PLP_FAILED);
    CHECK_EQ(self_test(h, 2, 0), 0);
    fake_advance(&h->f, LONG_S / 2);
    ocpn_set_plp(h->c, OCPN_PLP_OK);
    fake_host_restart(h, true);
    fake_advance(&h->f, LONG_S);
    CHECK_SELF(h, 0, 0x27, 3, 0);
    fake_host_free(h);
}

/* Reads of chunks fail: which namespace, and with what status. */
static void media(void)
{
    static const struct {
        uint32_t of;
        uint16_t result;
        uint8_t segment, valid, nsid;
    } t[] = {
        { 1, 0x17, 7, 0xd, 1 }, { ALL, 0x17, 7, 0xc, 0 }, { 0, 0x10, 0, 0, 0 },
    };
    FakeSetup s = {
        .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
    };
    FakeHost *h = fake_host_start(&s);

    add_fault(h, "read-fail blk=7");
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        const uint8_t *p;

        CHECK_EQ(self_test(h, 1, t[i].of), 0);
        fake_advance(&h->f, SHORT_S);
        CHECK_SELF(h, 0, t[i].result, t[i].segment, t[i].valid);
        p = self_log(h);
        CHECK_EQ(bytes_at(p + 16, 4), t[i].nsid);
        CHECK_EQ(bytes_at(p + 28, 2), t[i].segment ? 0x8102 : 0);
    }
    ocpn_fault_clear(h->c);
    add_fault(h, "read-fail ns=1 blk=7");
    CHECK_EQ(self_test(h, 1, ALL), 0);
    fake_advance(&h->f, SHORT_S);
    CHECK_SELF(h, 0, 0x17, 7, 0xd);
    CHECK_EQ(bytes_at(self_log(h) + 16, 4), 1);
    ocpn_fault_clear(h->c);
    add_fault(h, "write-next-unit");
    CHECK_EQ(self_test(h, 1, ALL), 0);
    fake_advance(&h->f, SHORT_S);
    CHECK_SELF(h, 0, 0x10, 0, 0);
    fake_host_free(h);
}

static uint8_t payload[4064];

static void put_payload(uint8_t *p)
{
    memcpy(p, payload, sizeof(payload));
}

static void put(FakeHost *h)
{
    CU_ASSERT(state_change(h, 12, put_payload) > 0);
}

/* Tests that cannot run do not. */
static void hostile(void)
{
    static const struct { uint8_t code, segment; uint64_t ns; } t[] = {
        { 0xff, 0xff, UINT64_MAX }, { 2, 0xff, UINT64_MAX }, { 2, 10, LONG_S },
        { 1, 3, SHORT_S }, { 14, 0, 0 }, { 15, 1, 1 }, { 0, 1, 1 },
    };
    FakeHost *h = self_start(OCP_2_5);

    CHECK_EQ(self_test(h, 2, 1), 0);
    fake_run(&h->f);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        memset(payload, 0xff, sizeof(payload));
        payload[560] = t[i].code;
        payload[561] = t[i].segment;
        put_bytes_at(payload + 568, 8, t[i].ns);
        put(h);
        fake_host_restart(h, false);
        CHECK_EQ(self_log(h)[0], 0);
        CHECK_EQ(self_test(h, 1, 0), 0);
        fake_advance(&h->f, SHORT_S);
        CHECK_SELF(h, 0, 0x10, 0, 0);
    }
    memset(payload, 0, sizeof(payload));
    payload[560] = 2;
    payload[561] = 200;                         /* no such segment */
    put_bytes_at(payload + 568, 8, LONG_S - 1);
    put(h);
    fake_host_restart(h, false);
    CHECK_EQ(self_log(h)[0], 2);
    fake_advance(&h->f, 1);
    CHECK_SELF(h, 0, 0x20, 0, 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what Identify and the effects say", claims },
    { "codes and namespaces there are not", refusals },
    { "on top of another, and an end", on_top },
    { "resets", resets },
    { "power cycles", power_cycles },
    { "migration", migration },
    { "format, sanitize, namespaces", aborted },
    { "the segment that fails", segments },
    { "what was found before power went", found_before },
    { "reads that fail", media },
    { "a state page that cannot be", hostile },
};
OCPN_UNIT_MAIN("self-test", tests)
