/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The geometry, the addresses it means, and the survey of all chunks. */
#include "chunk.h"

uint8_t geometry_page[4096];
Geometry geo;

/* Open-Channel SSD 2.0, section 2.3: no gaps, the group most significant. */
uint64_t make_lba(uint32_t grp, uint32_t pu, uint32_t chk, uint32_t lb)
{
    return ((((uint64_t)grp << geo.pu_bits | pu) << geo.chk_bits | chk)
            << geo.lb_bits) | lb;
}

/* The first block of the chunk whose descriptor is the INDEXth. */
uint64_t index_lba(uint64_t index)
{
    uint64_t unit = index / geo.num_chk;

    return make_lba((uint32_t)(unit / geo.num_pu),
                    (uint32_t)(unit % geo.num_pu),
                    (uint32_t)(index % geo.num_chk), 0);
}

uint64_t lba_index(uint64_t lba)
{
    uint64_t chk = lba >> geo.lb_bits & ((1ull << geo.chk_bits) - 1);
    uint64_t pu = lba >> (geo.lb_bits + geo.chk_bits) &
                  ((1ull << geo.pu_bits) - 1);
    uint64_t grp = lba >> (geo.lb_bits + geo.chk_bits + geo.pu_bits);

    return (grp * geo.num_pu + pu) * geo.num_chk + chk;
}

/*
 * Addresses of blocks that do not exist, as many as the geometry has kinds of:
 * behind a chunk, a parallel unit, a group, the format, the world.
 */
unsigned hole_list(uint64_t hole[5])
{
    unsigned bits = geo.grp_bits + geo.pu_bits + geo.chk_bits + geo.lb_bits;
    unsigned n = 0;

    if (geo.clba < 1ull << geo.lb_bits) {
        hole[n++] = make_lba(0, 0, 0, geo.clba);
    }
    if (geo.num_chk < 1ull << geo.chk_bits) {
        hole[n++] = make_lba(0, 0, geo.num_chk, 0);
    }
    if (geo.num_pu < 1u << geo.pu_bits) {
        hole[n++] = make_lba(0, geo.num_pu, 0, 0);
    }
    hole[n++] = 1ull << bits;
    hole[n++] = 1ull << 63;
    return n;
}

Chunk chunk_parse(const uint8_t *p)
{
    return (Chunk) { .cs = p[0], .ct = p[1], .wli = p[2],
                     .slba = u64_at(p + 8), .cnlb = u64_at(p + 16),
                     .wp = u64_at(p + 24) };
}

/* What the log page says of the chunk that begins at SLBA. */
Chunk chunk_of(uint64_t slba)
{
    uint8_t p[32];

    EXPECT(SC_OK, get_log(0xca, drive.nsid, 32 * lba_index(slba), p,
                          sizeof(p)));
    return chunk_parse(p);
}

static void survey_one(const Chunk *c)
{
    if (c->cs == OPEN) {
        geo.foreign++;
    }
    if (c->cs == OFFLINE && !geo.has_offline) {
        geo.has_offline = true;
        geo.offline = c->slba;
    }
    if (c->ct & 2 && c->cs != OFFLINE && !geo.has_random) {
        geo.has_random = true;
        geo.random = c->slba;
    }
    if (c->ct == 0x11 && c->cs != OFFLINE && !geo.has_custom) {
        geo.has_custom = true;
        geo.custom = c->slba;
    }
}

/* Look at every chunk once. */
static bool survey(void)
{
    static uint8_t page[32768];
    uint64_t total = 32ull * geo.chunks;

    for (uint64_t off = 0; off < total; off += sizeof(page)) {
        uint32_t n = sizeof(page);

        n = total - off < n ? (uint32_t)(total - off) : n;
        if (get_log(0xca, drive.nsid, off, page, n) != SC_OK) {
            return false;
        }
        for (uint32_t i = 0; i < n; i += 32) {
            Chunk c = chunk_parse(page + i);

            survey_one(&c);
        }
    }
    return true;
}

static uint16_t read_geometry(void)
{
    return admin((Cmd) { .opcode = 0xe2, .nsid = drive.nsid,
                         .addr = (uintptr_t)geometry_page,
                         .data_len = sizeof(geometry_page) });
}

/* Section 2.1.  False: what it says is no geometry to go on with. */
static bool parse(const uint8_t *p)
{
    geo = (Geometry) {
        .grp_bits = p[8], .pu_bits = p[9], .chk_bits = p[10],
        .lb_bits = p[11], .mccap = u32_at(p + 16),
        .num_grp = u16_at(p + 64), .num_pu = u16_at(p + 66),
        .num_chk = u32_at(p + 68), .clba = u32_at(p + 72),
        .ws_min = u32_at(p + 128), .ws_opt = u32_at(p + 132),
        .mw_cunits = u32_at(p + 136), .maxoc = u32_at(p + 140),
        .maxocpu = u32_at(p + 144),
    };
    geo.chunks = geo.num_grp * geo.num_pu * geo.num_chk;
    return p[0] == 2 && geo.chunks && geo.clba && geo.ws_min && geo.ws_opt &&
           geo.grp_bits + geo.pu_bits + geo.chk_bits + geo.lb_bits < 63 &&
           geo.num_grp <= 1u << geo.grp_bits &&
           geo.num_pu <= 1u << geo.pu_bits &&
           geo.num_chk <= 1ull << geo.chk_bits &&
           geo.clba <= 1ull << geo.lb_bits;
}

/* Choose the pair of chunks that ends ROUND pairs before the unit's end. */
static void choose(uint64_t unit, uint32_t round, uint64_t slba[NSLOTS],
                   unsigned *n)
{
    uint64_t last = (unit + 1) * geo.num_chk - 1 - 2 * round;
    Chunk a, b;

    if (*n + 2 > NSLOTS) {
        return;
    }
    a = chunk_of(index_lba(last - 1));
    b = chunk_of(index_lba(last));
    if (a.cs != OFFLINE && b.cs != OFFLINE && a.ct == 1 && b.ct == 1) {
        slba[(*n)++] = a.slba;
        slba[(*n)++] = b.slba;
    }
}

/*
 * Read geometry and chunks and choose the chunks to work in.  False, after a
 * message, if this is no Open-Channel 2.0 drive to work with.
 */
bool chunks_open(void)
{
    uint64_t slba[NSLOTS] = { 0 };
    unsigned n = 0;

    if (read_geometry() != SC_OK || !parse(geometry_page) || !survey()) {
        fprintf(stderr, "ocp-nvme-conform: byte 384 of Identify Namespace "
                "says open-channel, but geometry (E2h) or chunk information "
                "(CAh) cannot be used\n");
        return false;
    }
    for (uint32_t round = 0; round < geo.num_chk / 2 && n < NSLOTS; round++) {
        for (uint32_t unit = geo.num_grp * geo.num_pu; unit-- > 0;) {
            choose(unit, round, slba, &n);
        }
    }
    if (n == 0 && chunk_of(0).cs != OFFLINE && chunk_of(0).ct == 1) {
        slba[n++] = 0;
    }
    if (n == 0) {
        fprintf(stderr, "ocp-nvme-conform: the drive has no usable chunks\n");
        return false;
    }
    chunks_use(slba, n);
    return true;
}
