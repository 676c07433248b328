/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Get Log Page: what holds for every page.
 * Proves: NVMe Base 2.0, "Get Log Page command".
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/log.h"
#include "ocpn-unit.h"

#define ALL     0xffffffffu
#define MDTS    (128u * 4096)

static const FakeSetup drive = { .ns = { FAKE_T1 } };

/* The registry: nothing twice, and each page makes sense. */
static void rows(void)
{
    for (size_t i = 0; i < ocpn_log_npages; i++) {
        const OcpnLogPage *p = ocpn_log_pages[i];

        CU_ASSERT(p->name != NULL);
        CHECK(!!p->fill != !!p->read && !p->read == !p->length,
              "%s: fill, or length and read", p->name);
        CHECK(!p->fill || (p->size > 0 && p->size <= OCPN_LOG_MAX),
              "%s: size %u", p->name, (unsigned)p->size);
        for (size_t k = 0; k < i; k++) {
            CHECK(p->lid != ocpn_log_pages[k]->lid ||
                  p->uuid != ocpn_log_pages[k]->uuid, "%s twice", p->name);
        }
    }
}

/*
 * FAILURE-CASE-25 FAILURE-CASE-43
 * Every length and offset gives exactly those bytes and not one more.
 */
static void exact(void)
{
    FakeHost *h = fake_host_start(&drive);
    const uint8_t *b = fake_guest(h, FAKE_BUF);
    uint8_t page[1024] = { 0 };

    CHECK_EQ(fake_get_log(h, 0x03, 0, 0, 512).status, 0);
    memcpy(page, b, 512);
    CU_ASSERT(!fake_all(page, 0, 512));
    for (uint32_t off = 0; off <= 512; off += 28) {
        for (uint32_t len = 4; len <= 512; len += 4) {
            memset(fake_guest(h, FAKE_BUF), 0xa5, 1024);
            CHECK_EQ(fake_get_log(h, 0x03, 0, off, len).status, 0);
            CU_ASSERT(!memcmp(b, page + off, len));
            CHECK_EQ(b[len], 0xa5);
        }
    }
    fake_host_free(h);
}

/*
 * FAILURE-CASE-43
 * Behind the end there are zeros; the end itself is a legal offset.
 */
static void behind_the_end(void)
{
    FakeHost *h = fake_host_start(&drive);
    uint8_t *b = fake_guest(h, FAKE_BUF);

    memset(b, 0xa5, MDTS + 4096);
    CHECK_EQ(fake_get_log(h, 0x03, 0, 0, MDTS).status, 0);
    CU_ASSERT(!fake_all(b, 0, 512));
    CU_ASSERT(fake_all(b + 512, 0, MDTS - 512));
    CHECK_EQ(b[MDTS], 0xa5);
    memset(b, 0xa5, 512);
    CHECK_EQ(fake_get_log(h, 0x03, 0, 512, 256).status, 0);
    CU_ASSERT(fake_all(b, 0, 256));
    CU_ASSERT(fake_all(b + 256, 0xa5, 256));
    fake_host_free(h);
}

typedef struct Case {
    const char *what;
    uint32_t nsid, cdw10, cdw11, cdw12, cdw13, cdw14;
    uint16_t status, place;
} Case;

/* FAILURE-CASE-24 FAILURE-CASE-53 */
static void refused(void)
{
    static const Case t[] = {
        { "LID 3Fh", 0, 0x3f, 0, 0, 0, 0, 0x109, 40 },
        { "LID FFh", 0, 0xff, 0, 0, 0, 0, 0x109, 40 },
        { "UUID Index 2", 0, 0x01, 0, 0, 0, 2, 0x002, 56 },
        { "UUID Index 127", 0, 0x01, 0, 0, 0, 127, 0x002, 56 },
        { "CAh of OCP", 1, 0xca, 0, 0, 0, 1, 0x109, 40 },
        { "offset 2", 0, 0x03, 0, 2, 0, 0, 0x002, 48 },
        { "offset 516", 0, 0x03, 0, 516, 0, 0, 0x002, 48 },
        { "offset 4 GiB", 0, 0x03, 0, 0, 1, 0, 0x002, 48 },
        { "offset 2^64 - 4", 0, 0x03, 0, 0xfffffffc, ALL, 0, 0x002, 48 },
        { "length past MDTS", 0, 0x00000003, 2, 0, 0, 0, 0x002, 42 },
        { "2^32 dwords", 0, 0xffff0003, 0xffff, 0, 0, 0, 0x002, 42 },
        { "2^30 dwords", 0, 0xffff0003, 0x3fff, 0, 0, 0, 0x002, 42 },
        { "index offset", 0, 0x03, 0, 0, 0, 1 << 23, 0x002, 7 << 8 | 58 },
        { "one namespace", 1, 0x03, 0, 0, 0, 0, 0x002, 4 },
        { "SMART of one namespace", 1, 0x02, 0, 0, 0, 0, 0x002, 4 },
        { "an inactive namespace", 32, 0x03, 0, 0, 0, 0, 0x002, 4 },
        { "NSID past NN", 33, 0x03, 0, 0, 0, 0, 0x00b, 4 },
        { "Key Value effects", 0, 0x05, 0, 0, 0, 1 << 24, 0x002, 59 },
        { "Zoned effects", 0, 0x05, 0, 0, 0, 2 << 24, 0x002, 59 },
    };
    FakeHost *h = fake_host_start(&drive);

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeCqe e = fake_admin(h, &(FakeCmd) {
            .opc = 0x02, .nsid = t[i].nsid, .prp1 = FAKE_BUF,
            .cdw10 = t[i].cdw10, .cdw11 = t[i].cdw11, .cdw12 = t[i].cdw12,
            .cdw13 = t[i].cdw13, .cdw14 = t[i].cdw14,
        });
        uint16_t place = fake_error_location(h);

        CHECK(e.status == t[i].status && e.dnr && place == t[i].place,
              "%s: status %03x, byte %04x", t[i].what, e.status, place);
    }
    fake_host_free(h);
}

/* What pages do not use is ignored: LSP, LSI, CSI, a listed UUID Index. */
static void ignored(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = {
        .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
        .cdw10 = 0x03 | 0x7f << 8, .cdw11 = 0xffffu << 16,
        .cdw14 = 1u << 24 | 1,
    };

    CHECK_EQ(fake_admin(h, &cmd).status, 0);
    fake_host_free(h);
}

/* An open-channel page is there when such a namespace is. */
static void by_mode(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(1) },
    });

    CHECK_EQ(fake_get_log(h, 0xca, 1, 0, 32).status, 0x109);
    fake_host_free(h);
    h = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) },
    });
    CHECK_EQ(fake_get_log(h, 0xca, 1, 0, 32).status, 0);
    CHECK_EQ(fake_get_log(h, 0xca, 2, 0, 32).status, 0x00b);
    fake_host_free(h);
}

static void bad_memory(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = { .opc = 0x02, .cdw10 = 1023u << 16 | 0x03 };

    cmd.prp1 = FAKE_HOLE - 256;             /* part of it is there */
    cmd.prp2 = FAKE_HOLE;
    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    cmd.prp1 = FAKE_HOLE - 2048;            /* the zeros are not */
    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the rows", rows },
    { "every length gives exactly its bytes", exact },
    { "behind the end there are zeros", behind_the_end },
    { "what is refused, and which byte", refused },
    { "what is ignored", ignored },
    { "a page of a mode", by_mode },
    { "memory that is not there", bad_memory },
};
OCPN_UNIT_MAIN("log", tests)
