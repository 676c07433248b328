/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/ocp-nvme-img.rst, "Chunk files". */
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/chunk-set.h"
#include "ocpn-unit.h"

enum { FREE = 1, CLOSED = 2, OPEN = 4, OFFLINE = 8 };
enum { SEQ = 1, RANDOM = 2, SHORT = 0x10 };

/* 2 x 3 x 5 x 96 blocks, writes of 4, with or without block maps. */
static OcpnImage image(uint32_t pe_cycles, bool maps)
{
    OcpnImage im = image_open_channel();

    im.geo.pe_cycles = pe_cycles;
    im.maps = (OcpnExtent) { maps ? 65536 : 0, maps ? 8192 : 0 };
    return im;
}

static ImgChunk chunk_of(uint8_t state, uint8_t type, uint32_t wp)
{
    return (ImgChunk) {
        .state = state, .type = type, .wp = to_le32(wp),
        .cnlb = to_le32(type & SHORT ? 40 : 96), .resets = to_le32(9),
    };
}

static void test_facts(void)
{
    OcpnChunkSet s;
    OcpnError err;

    CHECK_EQ(ocpn_chunk_set_parse("ns=1 grp=0 pu=1-2 chk=7 State=OFFLINE "
                                  "type=W_SEQ wi=200 wp=65535 cnlb=8 "
                                  "resets=3 offline-next=on # old", &s, &err),
             1);
    CHECK_EQ(s.given, 127);
    CHECK_EQ(s.at.pu.last, 2);
    CHECK_EQ(s.at.chk.first, 7);
    CHECK_EQ(s.at.lba.last, UINT64_MAX);
    CHECK_EQ(s.state, OFFLINE);
    CHECK(!s.random && s.offline_next, "booleans");
    CHECK_EQ(s.wi, 200);
    CHECK_EQ(s.wp, 65535);
    CHECK_EQ(s.cnlb, 8);
    CHECK_EQ(s.resets, 3);
}

static void test_words_of_older_emulators(void)
{
    static const struct {
        const char *line;
        uint8_t state;
        bool random;
        uint32_t resets;
    } row[] = {
        { "grp=0 pu=0 chk=2 state=CLOSED wp=4096 type=W_SEQ wi=0",
          CLOSED, false, 0 },
        { "grp=0 pu=0 chk=0 state=OPEN wp=65535 type=W_RAN wi=0",
          OPEN, true, 0 },
        { "group=* punit=* chunk=* state=FREE type=SEQUENTIAL pe_cycles=5",
          FREE, false, 5 },
        { "group=0 punit=0 chunk=1 state=OPEN type=SEQ wp=0x800",
          OPEN, false, 0 },
        { "group=* punit=* chunk=0 type=RAN", 0, true, 0 },
        { "group=* punit=* chunk=0 type=RANDOM", 0, true, 0 },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnChunkSet s;
        OcpnError err = { "" };

        CHECK(ocpn_chunk_set_parse(row[i].line, &s, &err) == 1, "%s: %s",
              row[i].line, err.text);
        CHECK(s.state == row[i].state && s.random == row[i].random &&
              s.resets == row[i].resets, "%s", row[i].line);
    }
}

static void test_lines_without_facts(void)
{
    OcpnChunkSet s;
    OcpnError err;

    CHECK_EQ(ocpn_chunk_set_parse("", &s, &err), 0);
    CHECK_EQ(ocpn_chunk_set_parse(" \t # state=free", &s, &err), 0);
    CHECK_EQ(ocpn_chunk_set_parse("grp=0 chk=1", &s, &err), -1);
    CHECK_HAS(err.text, "nothing is said of these chunks");
    CHECK_EQ(ocpn_chunk_set_parse("ns=1", &s, &err), -1);
    CHECK_HAS(err.text, "nothing is said of these chunks");
}

static void test_bad_lines(void)
{
    static const struct {
        const char *line, *says;
    } row[] = {
        { "chk=1 state=bad", "state=bad: must be free, open, closed or off" },
        { "chk=1 state", "state=: must be free" },
        { "chk=1 type=2", "type=2: must be seq or random" },
        { "chk=1 wi=256", "wi=256: must be a number from 0 to 255" },
        { "chk=1 wi=-1", "wi=-1: must be a number from 0 to 255" },
        { "chk=1 wp=4294967296", "wp=4294967296: must be a number from 0" },
        { "chk=1 cnlb=0", "cnlb=0: must be a number from 1 to 16777216" },
        { "chk=1 resets=x", "resets=x: must be a number from 0 to 4294967" },
        { "chk=1 offline-next=1", "offline-next=1: must be off or on" },
        { "chk=1 wi=1 wi=1", "wi=1: wi was given before" },
        { "chk=1 resets=1 pe_cycles=1", "resets was given before" },
        { "chk=1 chk=1 wi=1", "chk=1: chk was given before" },
        { "chk=1-0 wi=1", "chk=1-0: must be a number" },
        { "chk=1 blk=3 wi=1", "blk=3: a chunk is described whole" },
        { "chk=1 ns=2 wi=1", "ns=2: there is only namespace 1" },
        { "chk=1 stat=free", "there is no word stat here: the words are" },
        { "chk=1 resetfail_prob=100", "give the device a fault rule" },
        { "chk=1 sec=1 writefail_prob=100", "sec=1: a chunk is described" },
        { "chk=1 state==free", "\"state==free\" is not a word" },
        { "chk=1 state=free;", "state=free;: must be free" },
        { "chk=1 state=fr\x01", "byte 0x01" },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnChunkSet s;
        OcpnError err = { "" };

        CHECK(ocpn_chunk_set_parse(row[i].line, &s, &err) == -1, "%s",
              row[i].line);
        CHECK_HAS(err.text, row[i].says);
    }
}

/* Put LINE into E; the error, or "". */
static const char *apply(const OcpnImage *im, const char *line, ImgChunk *e)
{
    static OcpnError err;
    OcpnChunkSet s;

    if (ocpn_chunk_set_parse(line, &s, &err) != 1 ||
        !ocpn_chunk_set_apply(im, &s, 7, e, &err)) {
        return err.text;
    }
    return "";
}

static bool takes(const OcpnImage *im, const char *line, ImgChunk *e)
{
    return apply(im, line, e)[0] == '\0';
}

/* State, type, wp and cnlb that follow from a line. */
static const struct {
    uint8_t state, type;        /* before */
    uint32_t wp;
    const char *line;
    uint8_t to_state, to_type;
    uint32_t to_wp, to_cnlb;
} good[] = {
    { FREE, SEQ, 0, "state=offline", OFFLINE, SEQ, 0, 96 },
    { CLOSED, SEQ, 96, "state=offline wp=65535", OFFLINE, SEQ, 0, 96 },
    { FREE, SEQ, 0, "state=open wp=4", OPEN, SEQ, 4, 96 },
    { FREE, SEQ, 0, "state=open wp=92", OPEN, SEQ, 92, 96 },
    { OPEN, SEQ, 8, "wp=12", OPEN, SEQ, 12, 96 },
    { OPEN, SEQ, 8, "state=closed", CLOSED, SEQ, 96, 96 },
    { OPEN, SEQ, 8, "state=closed wp=0", CLOSED, SEQ, 0, 96 },
    { OPEN, SEQ, 8, "state=closed wp=40", CLOSED, SEQ, 40, 96 },
    { CLOSED, SEQ, 96, "wp=40", CLOSED, SEQ, 40, 96 },
    { CLOSED, SEQ, 96, "state=free", FREE, SEQ, 0, 96 },
    { CLOSED, SEQ, 96, "state=free wp=0", FREE, SEQ, 0, 96 },
    { CLOSED, SEQ, 96, "wi=3", CLOSED, SEQ, 96, 96 },
    { OFFLINE, SEQ, 0, "state=free", FREE, SEQ, 0, 96 },
    { FREE, SEQ, 0, "cnlb=40", FREE, SEQ | SHORT, 0, 40 },
    { FREE, SEQ | SHORT, 0, "cnlb=96", FREE, SEQ, 0, 96 },
    { FREE, SEQ, 0, "cnlb=40 state=closed", CLOSED, SEQ | SHORT, 40, 40 },
    { FREE, SEQ | SHORT, 0, "state=closed", CLOSED, SEQ | SHORT, 40, 40 },
    { CLOSED, SEQ, 40, "cnlb=40", CLOSED, SEQ | SHORT, 40, 40 },
    { FREE, SEQ, 0, "type=random", FREE, RANDOM, 0, 96 },
    { FREE, SEQ, 0, "type=random wp=0", FREE, RANDOM, 0, 96 },
    { FREE, SEQ, 0, "type=random cnlb=4", FREE, RANDOM | SHORT, 0, 4 },
    { FREE, RANDOM, 0, "type=seq", FREE, SEQ, 0, 96 },
    { OPEN, RANDOM, 96, "state=free", FREE, RANDOM, 0, 96 },
    { OPEN, RANDOM, 96, "state=offline", OFFLINE, RANDOM, 0, 96 },
    { OPEN, RANDOM, 96, "wi=2", OPEN, RANDOM, 96, 96 },
    { OPEN, RANDOM, 96, "wp=4", OPEN, RANDOM, 96, 96 },
    { OPEN, RANDOM, 96, "type=seq state=closed", CLOSED, SEQ, 96, 96 },
    { OPEN, RANDOM, 96, "type=seq state=open wp=8", OPEN, SEQ, 8, 96 },
    { CLOSED, SEQ, 96, "type=random state=free", FREE, RANDOM, 0, 96 },
};

static void test_what_follows(void)
{
    OcpnImage im = image(0, true);

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ImgChunk e = chunk_of(good[i].state, good[i].type, good[i].wp);
        const char *failed = apply(&im, good[i].line, &e);

        CHECK(!failed[0], "row %zu, %s: %s", i, good[i].line, failed);
        CHECK(e.state == good[i].to_state && e.type == good[i].to_type &&
              from_le32(e.wp) == good[i].to_wp &&
              from_le32(e.cnlb) == good[i].to_cnlb,
              "row %zu, %s: state %u type 0x%x wp %" PRIu32 " cnlb %" PRIu32,
              i, good[i].line, e.state, e.type, from_le32(e.wp),
              from_le32(e.cnlb));
        CHECK_EQ(from_le32(e.resets), 9);
    }
}

static const struct {
    uint8_t state, type;
    uint32_t wp;
    const char *line, *says;
} bad[] = {
    { FREE, SEQ, 0, "state=open", "state=open needs wp" },
    { OPEN, SEQ, 8, "state=open", "state=open needs wp" },
    { FREE, SEQ, 0, "state=open wp=0", "wp=0: chunk 7 is open, so" },
    { FREE, SEQ, 0, "state=open wp=96", "above 0 and below 96" },
    { FREE, SEQ, 0, "state=open wp=6", "wp=6: chunk 7 is open, so it must be "
      "a multiple of 4" },
    { FREE, SEQ, 0, "state=open wp=4294967292", "wp=4294967292: chunk 7" },
    { OPEN, SEQ, 8, "wp=96", "wp=96: chunk 7 is open" },
    { FREE, SEQ, 0, "wp=4", "wp=4: chunk 7 is free, so give state=open" },
    { CLOSED, SEQ, 96, "state=free wp=4", "wp=4: chunk 7 is free" },
    { CLOSED, SEQ, 96, "wp=100", "wp=100: must be a multiple of 4 up to 96" },
    { FREE, SEQ, 0, "state=closed wp=3", "wp=3: must be a multiple of 4" },
    { FREE, SEQ, 0, "cnlb=3", "cnlb=3: must be a multiple of 4 up to 96" },
    { FREE, SEQ, 0, "cnlb=100", "cnlb=100: must be a multiple of 4 up to" },
    { CLOSED, SEQ, 96, "cnlb=40", "chunk 7 has state 0x02 with 96 of 40" },
    { OPEN, SEQ, 40, "cnlb=40", "chunk 7 has state 0x04 with 40 of 40" },
    { FREE, SEQ, 0, "cnlb=4 state=open wp=4", "above 0 and below 4" },
    { FREE, SEQ, 0, "type=random state=open wp=4", "state: random-write "
      "chunk 7 can be set to free or offline only" },
    { FREE, RANDOM, 0, "state=closed", "state: random-write chunk 7" },
    { OPEN, SEQ, 8, "type=random", "type=random: chunk 7 is open or closed" },
    { OPEN, RANDOM, 8, "type=seq", "type=seq: chunk 7 is open or closed" },
};

static void test_what_cannot_be(void)
{
    OcpnImage im = image(0, true);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ImgChunk before = chunk_of(bad[i].state, bad[i].type, bad[i].wp);
        ImgChunk e = before;
        const char *failed = apply(&im, bad[i].line, &e);

        CHECK(failed[0], "row %zu, %s", i, bad[i].line);
        CHECK_HAS(failed, bad[i].says);
        CHECK(memcmp(&e, &before, sizeof(e)) == 0, "row %zu: changed", i);
    }
}

static void test_random_chunks_need_maps(void)
{
    OcpnImage im = image(0, false);
    ImgChunk e = chunk_of(FREE, SEQ, 0);

    CHECK_HAS(apply(&im, "type=random", &e), "has no pages for block maps");
    CHECK(takes(&im, "type=seq", &e), "seq");
    e = chunk_of(FREE, RANDOM, 0);
    CHECK(takes(&im, "wi=1", &e), "it was random before");
}

static void test_wear_without_a_limit(void)
{
    OcpnImage im = image(0, false);
    ImgChunk e = chunk_of(FREE, SEQ, 0);

    CHECK(takes(&im, "wi=200", &e), "wi");
    CHECK_EQ(e.wear, 200);
    CHECK_EQ(from_le32(e.resets), 9);
    CHECK(takes(&im, "wi=255 resets=4294967295", &e), "both");
    CHECK_EQ(e.wear, 255);
    CHECK_EQ(from_le32(e.resets), 0xffffffff);
    CHECK(takes(&im, "wi=0 pe_cycles=0", &e), "both");
    CHECK_EQ(e.wear, 0);
    CHECK_EQ(from_le32(e.resets), 0);
}

static void test_wear_with_a_limit(void)
{
    static const struct {
        uint32_t pe;
        const char *line;
        uint32_t resets;
    } row[] = {
        { 1000, "wi=0", 0 }, { 1000, "wi=1", 4 }, { 1000, "wi=200", 785 },
        { 1000, "wi=255", 1000 }, { 255, "wi=77", 77 }, { 1, "wi=1", 1 },
        { 100, "wi=1", 1 }, { 4294967295u, "wi=255", 4294967295u },
        { 4294967295u, "wi=1", 16843009 }, { 1000, "resets=2000", 2000 },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnImage im = image(row[i].pe, false);
        ImgChunk e = chunk_of(FREE, SEQ, 0);

        CHECK(takes(&im, row[i].line, &e), "row %zu", i);
        CHECK_EQ(from_le32(e.resets), row[i].resets);
        CHECK_EQ(e.wear, 0);
    }
    for (uint32_t wi = 0; wi < 256; wi++) {
        OcpnImage im = image(255 + wi * 7, false);
        ImgChunk e = chunk_of(FREE, SEQ, 0);
        char line[32];

        snprintf(line, sizeof(line), "wi=%" PRIu32, wi);
        CHECK(takes(&im, line, &e), "%s", line);
        CHECK_EQ((uint64_t)from_le32(e.resets) * 255 / im.geo.pe_cycles, wi);
    }
}

static void test_wear_twice(void)
{
    OcpnImage im = image(1000, false);
    ImgChunk e = chunk_of(FREE, SEQ, 0);

    CHECK_HAS(apply(&im, "wi=5 resets=5", &e), "wi=5: follows from resets");
}

static void test_offline_next(void)
{
    OcpnImage im = image(0, false);
    ImgChunk e = chunk_of(FREE, SEQ, 0);

    CHECK(takes(&im, "offline-next=on", &e), "on");
    CHECK_EQ(e.flags, 1);
    CHECK(takes(&im, "state=closed", &e), "it stays");
    CHECK_EQ(e.flags, 1);
    CHECK(takes(&im, "offline-next=off", &e), "off");
    CHECK_EQ(e.flags, 0);
}

static const OcpnTest tests[] = {
    { "a line has facts", test_facts },
    { "words of older emulators are known", test_words_of_older_emulators },
    { "a line without facts", test_lines_without_facts },
    { "what is wrong with a line is named", test_bad_lines },
    { "what follows from a fact is set", test_what_follows },
    { "what cannot be is refused", test_what_cannot_be },
    { "random-write chunks need block maps", test_random_chunks_need_maps },
    { "wear is an index without a limit", test_wear_without_a_limit },
    { "wear is resets with a limit", test_wear_with_a_limit },
    { "wear is given once", test_wear_twice },
    { "the next reset can be made to fail", test_offline_next },
};

OCPN_UNIT_MAIN("chunk-set", tests)
