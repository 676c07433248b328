/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks in use: NUSE.
 * Proves: NVM Command Set 1.0, "Namespace Utilization (NUSE)"; OCP Datacenter
 * NVMe SSD, NUSE-1, SMART-23; docs/image-format.rst, "Block maps".
 */
#include "ns-unit.h"
#include "sanitize-unit.h"

#define NSZE    100001u         /* of 512 bytes; not a multiple of anything */
#define DEAC    (1u << 25)

/* With NMAPS pages of block maps: 4 are a bit for each block. */
static FakeHost *drive(uint32_t nmaps)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } },
        .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
                  .mode = IMG_MODE_CONVENTIONAL, .nsze = NSZE,
                  .nmaps = nmaps } },
    });
}

/* Identify Namespace, bytes 23:16; C0h 159:152 is the same. */
static uint64_t nuse(FakeHost *h)
{
    uint64_t n;

    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    n = bytes_at(fake_guest(h, FAKE_BUF) + 16, 8);
    CHECK_EQ(smart_c0(h, 152, 8), n);
    return n;
}

static void write_blocks(FakeHost *h, uint32_t slba, uint32_t nlb)
{
    for (uint32_t n; nlb; slba += n, nlb -= n) {
        n = nlb < 512 ? nlb : 512;
        CHECK_EQ(smart_io(h, 0x01, slba, n), 0);
    }
}

static uint16_t deallocate(FakeHost *h, uint32_t slba, uint32_t nlb)
{
    uint8_t *range = fake_guest(h, FAKE_BUF);

    memset(range, 0, 16);
    fake_put_le(range + 4, 4, nlb);
    fake_put_le(range + 8, 8, slba);
    return fake_io(h, &(FakeCmd) { .opc = 0x09, .nsid = 1, .prp1 = FAKE_BUF,
                                   .cdw11 = 4 }).status;
}

static uint16_t zeroes(FakeHost *h, uint32_t slba, uint32_t nlb,
                       uint32_t cdw12)
{
    return fake_io(h, &(FakeCmd) { .opc = 0x08, .nsid = 1, .cdw10 = slba,
                                   .cdw12 = (nlb - 1) | cdw12 }).status;
}

/* OCP-CASE-8 OCP-CASE-9 NUSE-1 SMART-23 */
static void counts(void)
{
    FakeHost *h = drive(4);

    CHECK_EQ(nuse(h), 0);
    write_blocks(h, 0, 2048);
    CHECK_EQ(nuse(h), 2048);
    write_blocks(h, 2000, 100);         /* half of it again */
    CHECK_EQ(nuse(h), 2100);
    write_blocks(h, 32383, 2);          /* of two pages */
    write_blocks(h, NSZE - 3, 3);
    CHECK_EQ(nuse(h), 2105);
    CHECK_EQ(smart_io(h, 0x02, 5000, 8), 0);
    CHECK_EQ(smart_io(h, 0x01, NSZE - 3, 8), 0x080);
    CHECK_EQ(nuse(h), 2105);
    CHECK_EQ(deallocate(h, 1, 2048), 0);
    CHECK_EQ(nuse(h), 57);
    CHECK_EQ(deallocate(h, 0, NSZE), 0);
    CHECK_EQ(nuse(h), 0);
    write_blocks(h, 0, NSZE);
    CHECK_EQ(nuse(h), NSZE);
    fake_host_free(h);
}

/* OCP-CASE-134 */
static void write_zeroes(void)
{
    FakeHost *h = drive(4);
    const uint8_t *p = fake_guest(h, FAKE_BUF + 0x10000);

    memset(fake_guest(h, FAKE_BUF + 0x10000), 0x5a, 0x20000);
    write_blocks(h, 0, 100);
    CHECK_EQ(zeroes(h, 50, 20, DEAC), 0);
    CHECK_EQ(nuse(h), 80);
    CHECK_EQ(smart_io(h, 0x02, 50, 20), 0);
    CHECK(fake_all(p, 0, 20 * 512), "blocks 50 to 69");
    CHECK_EQ(zeroes(h, 60, 100, 0), 0);         /* these are written */
    CHECK_EQ(nuse(h), 150);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x04, .nsid = 1, .cdw10 = 500,
                                     .cdw12 = 0 }).status, 0);
    CHECK_EQ(nuse(h), 150);
    fake_host_free(h);
}

/* A command waits for its data only; the page of its blocks comes later. */
static void nobody_waits(void)
{
    FakeHost *h = drive(4);

    write_blocks(h, 0, 1);
    for (unsigned i = 0; i < 2; i++) {
        unsigned writes = h->f.media[1].writes;

        write_blocks(h, 8, 8);
        CHECK_EQ(deallocate(h, 0, 4), 0);
        CHECK_EQ(h->f.media[1].writes, writes + 1);
        CHECK_EQ(nuse(h), 8);
    }
    fake_host_free(h);
}

/* A shutdown leaves the count as it is, a cut one between then and now. */
static void restarts(void)
{
    FakeHost *h = drive(4);
    uint64_t then = 0, now = 0;

    for (unsigned i = 0; i < 40; i++) {
        write_blocks(h, 32360 + 20 * i, 10);
        now += 10;
        CHECK_EQ(nuse(h), now);
        if (i % 3) {
            continue;
        }
        fake_host_restart(h, i & 1);
        CHECK(nuse(h) >= then && nuse(h) <= now, "%u: %u", i,
              (unsigned)nuse(h));
        then = i & 1 ? now : nuse(h);
        now = nuse(h);
        CHECK_EQ(now, then);
    }
    CHECK_EQ(deallocate(h, 0, 32364), 0);
    CHECK(nuse(h) <= now, "%u", (unsigned)nuse(h));
    then = nuse(h);
    fake_host_restart(h, false);
    CHECK(nuse(h) >= then && nuse(h) <= now, "%u", (unsigned)nuse(h));
    fake_host_free(h);
}

/* What takes the pages along. */
static void commits(void)
{
    FakeHost *h = drive(4);

    write_blocks(h, 32380, 10);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, 0);   /* Flush */
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), 10);
    write_blocks(h, 50000, 10);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x04, .nsid = 1 }).status, 0);
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), 20);
    write_blocks(h, NSZE - 10, 10);
    fake_advance(&h->f, 300 * SECOND);
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), 30);
    fake_host_free(h);
}

/* The timer looks at all drives. */
static void second_drive(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } },
        .ns = { FAKE_CONVENTIONAL(1),
                { .cfg = { .nsid = 2, .dlfeat = 1 }, .lbads = 12,
                  .mode = IMG_MODE_CONVENTIONAL, .nsze = 1000,
                  .nmaps = 1 } },
    });

    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x01, .nsid = 2, .cdw10 = 9,
                                     .prp1 = FAKE_BUF }).status, 0);
    fake_advance(&h->f, 300 * SECOND);
    fake_host_restart(h, false);
    CHECK_EQ(fake_identify(h, 0, 2).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 16, 8), 1);
    fake_host_free(h);
}

static OcpnIoResult judge(FakePort *f, const OcpnIo *io)
{
    unsigned *left = f->judge_opaque;

    return io->op == OCPN_IO_READ || (*left && (*left)--) ? OCPN_IO_OK
                                                          : OCPN_IO_ERROR;
}

/* Nothing is written from the Nth write on, in a round of several pages. */
static void cuts(void)
{
    bool old = false, new = false;

    for (unsigned n = 0; n < 12; n++) {
        FakeHost *h = drive(4);
        unsigned left = n;

        write_blocks(h, 0, 10);
        fake_host_restart(h, true);
        write_blocks(h, 32380, 10);
        write_blocks(h, 64760, 10);
        h->f.judge = judge;
        h->f.judge_opaque = &left;
        fake_advance(&h->f, 300 * SECOND);
        CHECK_EQ(nuse(h), 30);
        h->f.judge = NULL;
        fake_host_restart(h, false);
        CHECK(nuse(h) >= 10 && nuse(h) <= 30, "%u: %u", n,
              (unsigned)nuse(h));
        old |= nuse(h) == 10;
        new |= nuse(h) == 30;
        write_blocks(h, 0, NSZE);
        CHECK_EQ(nuse(h), NSZE);
        fake_host_restart(h, true);
        CHECK_EQ(nuse(h), NSZE);
        fake_host_free(h);
    }
    CHECK(old && new, "before %d, after %d", old, new);
}

/* OCP-CASE-9: Format makes it 0, with all Secure Erase Settings. */
static void format(void)
{
    for (uint32_t ses = 0; ses <= 2; ses++) {
        FakeHost *h = drive(4);

        write_blocks(h, 0, 700);
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1,
                                            .cdw10 = 1 | ses << 9 }).status,
                 0);
        CHECK_EQ(nuse(h), 0);
        CHECK_EQ(smart_io(h, 0x02, 0, 128), 0);
        CHECK(fake_all(fake_guest(h, FAKE_BUF + 0x10000), 0, 128 * 512),
              "SES %u", ses);
        fake_host_restart(h, false);
        CHECK_EQ(nuse(h), 0);
        write_blocks(h, 0, 7);
        fake_host_restart(h, true);
        CHECK_EQ(nuse(h), 7);
        CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1,
                                            .cdw10 = 3u << 9 }).status, 0x002);
        fake_host_free(h);
    }
}

/* Other sizes of blocks, to and fro: the pages are where they were. */
static void format_other(void)
{
    FakeHost *h = drive(1);

    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1 }).status, 0);
    CHECK_EQ(nuse(h), 0);
    CHECK_EQ(zeroes(h, 10, 20, 0), 0);
    CHECK_EQ(nuse(h), 20);
    fake_host_restart(h, true);
    CHECK_EQ(nuse(h), 20);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1,
                                        .cdw10 = 1 }).status, 0);
    write_blocks(h, 32380, 10);
    fake_host_restart(h, true);
    CHECK_EQ(nuse(h), 12);             /* three groups of four */
    fake_host_free(h);
}

/* OCP-CASE-131: nothing is in use; a pattern is. */
static void sanitized(void)
{
    FakeHost *h = drive(4);

    write_blocks(h, 0, 700);
    CHECK_EQ(sanitize(h, SAN_BLOCK | SAN_NDAS, 0), 0);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK_EQ(nuse(h), 700);
    CHECK_EQ(sanitize(h, SAN_CRYPTO, 0), 0);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK_EQ(nuse(h), 0);
    CHECK_EQ(sanitize(h, SAN_OVERWRITE | 1 << 4, 7), 0);
    sanitize_settle(h);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK_EQ(nuse(h), NSZE);
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), NSZE);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_settle(h);
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), 0);
    fake_host_free(h);
}

/* One page: groups of four blocks. */
static void groups(void)
{
    FakeHost *h = drive(1);

    write_blocks(h, 3, 2);
    CHECK_EQ(nuse(h), 8);
    CHECK_EQ(deallocate(h, 1, 6), 0);
    CHECK_EQ(nuse(h), 8);               /* of both some are left */
    CHECK_EQ(deallocate(h, 0, 7), 0);
    CHECK_EQ(nuse(h), 4);
    CHECK_EQ(deallocate(h, 0, 8), 0);
    CHECK_EQ(nuse(h), 0);
    write_blocks(h, 0, NSZE);
    CHECK_EQ(nuse(h), NSZE);
    CHECK_EQ(deallocate(h, 0, NSZE), 0);
    CHECK_EQ(nuse(h), 0);
    fake_host_free(h);
}

/* An image without a record, as before: all blocks. */
static void no_record(void)
{
    FakeHost *h = drive(0);

    CHECK_EQ(nuse(h), NSZE);
    CHECK_EQ(deallocate(h, 0, NSZE), 0);
    CHECK_EQ(nuse(h), NSZE);
    fake_host_free(h);
}

static bool listed(FakeHost *h)
{
    const uint8_t *p = fake_guest(h, FAKE_BUF);
    bool found = false;

    CHECK_EQ(fake_get_log(h, 0xc5, 0, 0, 4096).status, 0);
    for (unsigned i = 0; i < bytes_at(p, 2); i++) {
        found |= !strcmp((const char *)p + 16 + 16 * i, "NUSE-1");
    }
    return found;
}

/* C5h lists NUSE-1 if and only if some namespace has no record. */
static void requirement(void)
{
    for (uint32_t n = 0; n <= 4; n += 4) {
        FakeHost *h = drive(n);

        CHECK_EQ(listed(h), n == 0);
        write_blocks(h, 0, 7);
        CHECK_EQ(ns_attach(h, 1, 1), 0);        /* that divides it */
        CHECK_EQ(ns_attach(h, 1, 0), 0);
        CHECK_EQ(listed(h), true);
        CHECK_EQ(nuse(h), NSZE);
        fake_host_free(h);
    }
}

/* Bits behind the last block are not counted. */
static void hostile(void)
{
    FakeHost *h = drive(4);
    const OcpnImage *im = &ocpn_ns_get(h->c, 1)->im;

    for (uint32_t i = 0; i < 4; i++) {
        ImgPage p = { 0 };

        memset(p.payload, 0xff, sizeof(p.payload));
        ocpn_page_seal(im, &p, IMG_REGION_MAPS, i, 1000);
        memcpy(h->f.media[1].bytes + ocpn_page_offset(im, IMG_REGION_MAPS, i,
                                                      1), &p, sizeof(p));
    }
    fake_host_restart(h, false);
    CHECK_EQ(nuse(h), NSZE);
    CHECK_EQ(deallocate(h, 0, NSZE), 0);
    CHECK_EQ(nuse(h), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "writes and deallocations", counts },
    { "Write Zeroes", write_zeroes },
    { "no command waits for its page", nobody_waits },
    { "over restarts and cuts of power", restarts },
    { "what takes the pages along", commits },
    { "those of the second drive", second_drive },
    { "cuts at each write", cuts },
    { "Format NVM", format },
    { "Format NVM with blocks of another size", format_other },
    { "sanitize operations", sanitized },
    { "groups of blocks", groups },
    { "an image without a record", no_record },
    { "the requirement in C5h", requirement },
    { "bits of no block", hostile },
};
OCPN_UNIT_MAIN("used", tests)
