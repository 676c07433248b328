/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C6h: Hardware Component.
 * Proves: OCP Datacenter NVMe SSD, "Hardware Component".
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

static const uint8_t guid[] = {
    0xdc, 0x57, 0x0f, 0x9f, 0xb9, 0x31, 0x6b, 0xb7,
    0xd0, 0x4e, 0xcd, 0x30, 0x1f, 0x82, 0xb6, 0xbc,
};

static FakeHost *start(uint8_t version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = version }, .serial = "2601OCP00042" },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

/* All of the page into BUF, 4096 bytes; returns its length. */
static uint32_t whole(FakeHost *h, uint8_t *buf)
{
    uint32_t size;

    CHECK_EQ(fake_get_log(h, 0xc6, 0xffffffff, 0, 64).status, 0);
    memcpy(buf, fake_guest(h, FAKE_BUF), 64);
    size = (uint32_t)bytes_at(buf + 32, 4);
    size *= bytes_at(buf, 2) == 1 ? 4 : 1;
    CHECK(size > 64 && size <= 4096 && !(size % 4), "%u bytes", size);
    CHECK_EQ(fake_get_log(h, 0xc6, 0xffffffff, 64, size - 64).status, 0);
    memcpy(buf + 64, fake_guest(h, FAKE_BUF), size - 64);
    return size;
}

/* Descriptor of component ID in PAGE of SIZE bytes, or NULL; *N: how many. */
static const uint8_t *find(const uint8_t *page, uint32_t size, uint32_t id,
                           unsigned *n)
{
    const uint8_t *found = NULL;
    uint64_t at = 64;

    for (*n = 0; at + 44 <= size; (*n)++) {
        if (bytes_at(page + at + 16, 4) == id) {
            found = page + at;
        }
        at += 44 + 4 * (bytes_at(page + at, 8) + bytes_at(page + at + 8, 8));
    }
    CHECK_EQ(at, size);
    return found;
}

/* OCP-CASE-87 */
static void components(void)
{
    static const uint8_t versions[] = { OCP_2_5, OCP_2_6, OCP_2_7 };

    for (unsigned v = 0; v < 3; v++) {
        FakeHost *h = start(versions[v]);
        uint8_t page[4096];
        uint32_t size = whole(h, page);
        const uint8_t *d;
        unsigned n;

        CHECK_EQ(bytes_at(page, 2), v ? 2 : 1);
        CU_ASSERT(fake_all(page + 2, 0, 14));
        CU_ASSERT(!memcmp(page + 16, guid, sizeof(guid)));
        CU_ASSERT(fake_all(page + 36, 0, 28));
        for (uint32_t id = 1; id <= 12; id++) {
            d = find(page, size, id, &n);
            CHECK(!d == (id == 12 && !v), "component %u", id);
        }
        CHECK_EQ(n, v ? 12 : 11);
        d = find(page, size, 1, &n);
        CU_ASSERT(!memcmp(d + 20, "OCP-NVMe1       EMULATED20260101", 32));
        d = find(page, size, 9, &n);
        CHECK_EQ(bytes_at(d, 8), 0);
        CHECK_EQ(bytes_at(d + 8, 8), 5);
        CHECK_EQ(fake_identify(h, 1, 0).status, 0);
        CU_ASSERT(!memcmp(d + 44, fake_guest(h, FAKE_BUF) + 4, 20));
        fake_host_free(h);
    }
}

/* OCP-CASE-90: any dword offset, UUID Index 0 and 1 */
static void offsets(void)
{
    FakeHost *h = start(OCP_2_6);
    uint8_t page[4096];
    uint32_t size = whole(h, page);

    for (uint32_t off = 0; off < size; off += 4) {
        CHECK_EQ(fake_admin(h, &(FakeCmd) {
            .opc = 0x02, .nsid = 0xffffffff, .prp1 = FAKE_BUF,
            .cdw10 = 3u << 16 | 0xc6, .cdw12 = off, .cdw14 = off / 4 % 2,
        }).status, 0);
        CHECK(!memcmp(fake_guest(h, FAKE_BUF), page + off,
                      size - off < 16 ? size - off : 16), "offset %u", off);
    }
    CHECK_EQ(fake_get_log(h, 0xc6, 0, size, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0xc6, 0, 2, 4).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0xc6, 0, 64, 4096).status, 0);
    CU_ASSERT(fake_all(fake_guest(h, FAKE_BUF) + size - 64, 0, 4160 - size));
    fake_host_free(h);
}

static void since(void)
{
    FakeHost *h = start(OCP_2_0);

    CHECK_EQ(fake_get_log(h, 0xc6, 0, 0, 64).status, 0x109);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "components of every version", components },
    { "offsets and UUID Index", offsets },
    { "since version 2.5", since },
};
OCPN_UNIT_MAIN("log c6", tests)
