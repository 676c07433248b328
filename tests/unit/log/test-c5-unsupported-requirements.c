/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C5h: Unsupported Requirements.
 * Proves: OCP Datacenter NVMe SSD, "Unsupported Requirements".
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

static const uint8_t guid[] = {
    0x2f, 0x72, 0x9c, 0x0e, 0x99, 0x23, 0x2c, 0xbb,
    0x63, 0x48, 0x32, 0xd0, 0xb7, 0x98, 0xbb, 0xc7,
};

static FakeHost *start(uint8_t version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version } }, .ns = { FAKE_T1 },
    });
}

static bool has(const uint8_t *p, const char *id)
{
    for (unsigned i = 0; i < bytes_at(p, 2); i++) {
        if (!strcmp((const char *)p + 16 + 16 * i, id)) {
            return true;
        }
    }
    return false;
}

/* OCP-CASE-86 */
static void list(void)
{
    FakeHost *h = start(OCP_2_0);
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    const char *last = "";
    unsigned n;

    CHECK_EQ(fake_get_log(h, 0xc5, 0, 0, 4096).status, 0);
    n = (unsigned)bytes_at(p, 2);
    CHECK(n > 0 && n <= 253, "%u requirements", n);
    CU_ASSERT(fake_all(p + 2, 0, 14));
    for (unsigned i = 0; i < n; i++) {
        const char *id = (const char *)p + 16 + 16 * i;
        size_t len = 0;

        while (len < 16 && id[len]) {
            len++;
        }
        CHECK(len > 0 && len <= 15, "%u: %zu characters", i, len);
        CU_ASSERT(fake_all(id + len, 0, 16 - len));
        CHECK(strcmp(last, id) < 0, "%s comes behind %s", id, last);
        last = id;
    }
    CU_ASSERT(fake_all(p + 16 + 16 * n, 0, 4078 - 16 - 16 * n));
    CHECK_EQ(bytes_at(p + 4078, 2), 1);
    CU_ASSERT(!memcmp(p + 4080, guid, sizeof(guid)));
    CU_ASSERT(has(p, "EYE-1") && has(p, "SPDM-1") && has(p, "SBT-1"));
    fake_host_free(h);
}

/* Listed if and only if Identify does not claim it. */
static void claims(void)
{
    static const struct {
        const char *id;
        unsigned byte, bits;
    } t[] = {
        { "NVMe-AD-3", 256, 8 }, { "NVMe-AD-7", 328, 7 },
        { "NVMe-IO-8", 522, 1 }, { "FWUP-4", 256, 4 }, { "MI-11", 256, 16 },
        { "STD-LOG-7", 261, 8 }, { "STD-LOG-9", 261, 16 },
        { "SEC-10", 256, 1 }, { "NVMe-AD-6", 256, 64 },
    };
    FakeHost *h = start(OCP_2_5);
    uint8_t id[4096];

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    memcpy(id, fake_guest(h, FAKE_BUF), sizeof(id));
    CHECK_EQ(fake_get_log(h, 0xc5, 0, 0, 4096).status, 0);
    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        CHECK(has(fake_guest(h, FAKE_BUF), t[i].id) !=
              !!(id[t[i].byte] & t[i].bits), "%s", t[i].id);
    }
    fake_host_free(h);
}

static void since(void)
{
    FakeHost *h = start(OCP_1_0);

    CHECK_EQ(fake_get_log(h, 0xc5, 0, 0, 4096).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a sorted list of short names", list },
    { "lists what Identify does not claim", claims },
    { "since version 2.0", since },
};
OCPN_UNIT_MAIN("log c5", tests)
