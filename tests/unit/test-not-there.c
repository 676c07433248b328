/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a drive does not have: a monitor, a page, an opcode, an NSID, the image
 * it was saved with.
 * Proves: docs/ocp.rst, "Knobs"; OCP Datacenter NVMe SSD 2.0, NSID of Get and
 * Set Features; NVMe Base 2.0, "Invalid Command Opcode"; core/log.h and
 * core/migrate.h, refusals.
 */
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/log.h"
#include "migrate-unit.h"

#define ALL     UINT32_C(0xffffffff)

static FakeHost *start_ocp(OcpVersion version, uint8_t nsid)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version, .nsid = nsid,
                          .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

/* OCP 1.0 has no latency monitor. */
static void test_knobs(void)
{
    FakeHost *h = start_ocp(OCP_1_0, OCPN_NSID_LENIENT);
    char text[OCPN_KNOB_TEXT];
    OcpnError err;

    CHECK(!ocpn_knob_set(h->c, "lm.timer", "1", &err), "set");
    CHECK_HAS(err.text, "has no latency monitor; choose 2.0 or later");
    CHECK(!ocpn_knob_get(h->c, "lm.active[0].read", text, &err), "get");
    CHECK_HAS(err.text, "has no latency monitor; choose 2.0 or later");
    fake_host_free(h);
    h = start_ocp(OCP_2_5, OCPN_NSID_LENIENT);
    CHECK(ocpn_knob_set(h->c, "lm.timer", "1", &err), "%s", err.text);
    CHECK(ocpn_knob_get(h->c, "lm.timer", text, &err), "%s", err.text);
    CU_ASSERT_STRING_EQUAL(text, "1");
    fake_host_free(h);
}

/* A page of a namespace is the first one's that can have it. */
static void test_pages(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_T1 } };
    FakeHost *h;
    uint8_t page[64];
    uint64_t size = 0;
    OcpnError err = { "" };

    s.ns[1].cfg.nsid = 2;
    h = fake_host_start(&s);
    CHECK(ocpn_log_dump(h->c, 0xca, 32, page, 64, &size, &err), "%s",
          err.text);
    CHECK_EQ(size, 30 * 32);
    CHECK_EQ(page[0], 1);                       /* free */
    CHECK_EQ(fake_le(page + 8, 8), 0x80);       /* SLBA of chunk 1 */
    CHECK_EQ(fake_le(page + 16, 8), 96);
    fake_host_free(h);
    s.ns[1].cfg.nsid = 0;
    h = fake_host_start(&s);
    CHECK(!ocpn_log_dump(h->c, 0xca, 0, page, 64, &size, &err), "no chunks");
    CHECK_HAS(err.text, "the drive has no page 0xca");
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xe2, .nsid = 1,
                                        .prp1 = FAKE_BUF }).status, 0x001);
    fake_host_free(h);
}

/* By OCP 2.0, C0h wants all namespaces and the others none. */
static void test_nsid(void)
{
    static const struct { uint8_t fid; uint32_t nsid; uint16_t status; } t[] = {
        { 0xc0, ALL, 0 }, { 0xc0, 0, 0x002 }, { 0xc0, 1, 0x002 },
        { 0xc2, 0, 0 }, { 0xc2, ALL, 0x002 }, { 0xc2, 1, 0x002 },
    };
    FakeHost *h = start_ocp(OCP_2_0, OCPN_NSID_2_0);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK_EQ(fake_get_feature(h, t[i].fid, t[i].nsid, 0).status,
                 t[i].status);
        if (t[i].status) {
            CHECK_EQ(fake_error_location(h), 4);        /* NSID */
        }
    }
    fake_host_free(h);
}

/* The image of another drive comes with the state. */
static void test_image(void)
{
    FakeSetup s = t1();
    FakeHost *h = t1_start(), *other;
    OcpnError err = { "" };

    s.ns[0].geo.num_chk = 4;
    other = fake_host_start(&s);
    CHECK(!ocpn_ns_reload(ocpn_ns_root(h->c, 1), &other->f.media[1].disk,
                          &err), "four chunks");
    CHECK_HAS(err.text, "namespace 1 holds another image than when it was "
              "opened");
    fake_host_free(other);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a latency monitor", test_knobs },
    { "pages of namespaces", test_pages },
    { "namespaces of vendor features", test_nsid },
    { "the same image", test_image },
};
OCPN_UNIT_MAIN("not there", tests)
