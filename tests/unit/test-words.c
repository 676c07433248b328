/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/ocp-nvme-img.rst, "Chunk files" (words, numbers, places). */
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/words.h"
#include "ocpn-unit.h"

/* The words of TEXT, each as name=value and a blank; or the error. */
static const char *words_of(const char *text)
{
    static char out[600];
    static OcpnError err;
    OcpnWord w;
    size_t at = 0;
    int got;

    out[0] = '\0';
    while ((got = ocpn_word_next(&text, &w, &err)) == 1) {
        at += (size_t)snprintf(out + at, sizeof(out) - at, "%s=%s ", w.name,
                               w.value);
    }
    return got < 0 ? err.text : out;
}

static void test_words(void)
{
    static const struct {
        const char *text, *words;
    } row[] = {
        { "", "" },
        { " \t,:", "" },
        { "# a comment = of words", "" },
        { "a", "a= " },
        { "grp=0 pu=1", "grp=0 pu=1 " },
        { ",grp=0,pu=1:chk=7,", "grp=0 pu=1 chk=7 " },
        { "early-close\tgrp=0#pu=1", "early-close= grp=0 " },
        { "State=OFFLINE W_I=0X10", "state=offline w_i=0x10 " },
        { "chk=* a=1-2 b=+/.!", "chk=* a=1-2 b=+/.! " },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        const char *got = words_of(row[i].text);

        CHECK(strcmp(got, row[i].words) == 0, "\"%s\": \"%s\"", row[i].text,
              got);
    }
}

static void test_no_words(void)
{
    static const struct {
        const char *text, *says;
    } row[] = {
        { "=", "\"=\" is not a word like name=value" },
        { "a=1 =b", "\"=b\" is not a word" },
        { "a=", "\"a=\" is not a word" },
        { "a==b", "\"a==b\" is not a word" },
        { "a=b=c", "\"a=b=c\" is not a word" },
        { "a;b", "\"a;b\": ';' cannot be in a name" },
        { "a%n=1", "\"a%n=1\": '%' cannot be in a name" },
        { "a=1\nb=2", "byte 0x0a" },
        { "a\r", "\"a?\": byte 0x0d" },
        { "\x01", "\"?\": byte 0x01" },
        { "a=\xff", "\"a=?\": byte 0xff" },
        { "a=\x7f", "byte 0x7f" },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        CHECK_HAS(words_of(row[i].text), row[i].says);
    }
}

static void test_long_words(void)
{
    char text[2 * OCPN_WORD_MAX + 10], huge[70000];

    memset(text, 'n', sizeof(text));
    text[OCPN_WORD_MAX] = '=';
    text[2 * OCPN_WORD_MAX + 1] = '\0';
    CHECK_EQ(strlen(words_of(text)), 2 * OCPN_WORD_MAX + 2);
    text[2 * OCPN_WORD_MAX + 1] = 'x';
    text[2 * OCPN_WORD_MAX + 2] = '\0';
    CHECK_HAS(words_of(text), "at most 47 characters");
    text[OCPN_WORD_MAX] = 'n';
    text[OCPN_WORD_MAX + 1] = '=';
    CHECK_HAS(words_of(text), "nnn...\": a name and a value have at most");
    memset(huge, 'a', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    CHECK_HAS(words_of(huge), "at most 47 characters");
}

static OcpnWord word(const char *text)
{
    OcpnWord w;
    OcpnError err;

    CHECK(ocpn_word_next(&text, &w, &err) == 1, "\"%s\"", text);
    return w;
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t n;
    } row[] = {
        { "n=0", true, 0 },
        { "n=007", true, 7 },
        { "n=0xfF", true, 255 },
        { "n=0X10", true, 16 },
        { "n=18446744073709551615", true, UINT64_MAX },
        { "n=0xffffffffffffffff", true, UINT64_MAX },
        { "n=18446744073709551616", false, 0 },
        { "n=0x10000000000000000", false, 0 },
        { "n=99999999999999999999999999", false, 0 },
        { "n=-1", false, 0 },
        { "n=+1", false, 0 },
        { "n=0x", false, 0 },
        { "n=x10", false, 0 },
        { "n=1a", false, 0 },
        { "n=1.5", false, 0 },
        { "n=1-2", false, 0 },
        { "n=*", false, 0 },
        { "n", false, 0 },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnWord w = word(row[i].text);
        OcpnError err = { "" };
        uint64_t n = 0;

        CHECK(ocpn_word_number(&w, 0, UINT64_MAX, &n, &err) == row[i].good &&
              n == row[i].n, "%s: %" PRIu64 " %s", row[i].text, n, err.text);
    }
}

static void test_bounds_of_numbers(void)
{
    OcpnWord w = word("wi=256");
    OcpnError err;
    uint64_t n = 9;

    CHECK(!ocpn_word_number(&w, 0, 255, &n, &err), "256");
    CHECK_HAS(err.text, "wi=256: must be a number from 0 to 255");
    CHECK_EQ(n, 9);
    CHECK(!ocpn_word_number(&w, 257, 300, &n, &err), "256");
    CHECK(ocpn_word_number(&w, 256, 256, &n, &err), "256");
    CHECK_EQ(n, 256);
}

static void test_ranges(void)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t first, last;
    } row[] = {
        { "r=7", true, 7, 7 },
        { "r=2-5", true, 2, 5 },
        { "r=5-5", true, 5, 5 },
        { "r=0x10-0x1f", true, 16, 31 },
        { "r=0-100", true, 0, 100 },
        { "r=*", true, 0, UINT64_MAX },
        { "r=5-2", false, 0, 0 },
        { "r=0-101", false, 0, 0 },
        { "r=101", false, 0, 0 },
        { "r=-5", false, 0, 0 },
        { "r=5-", false, 0, 0 },
        { "r=1-2-3", false, 0, 0 },
        { "r=**", false, 0, 0 },
        { "r=0-*", false, 0, 0 },
        { "r=18446744073709551616-1", false, 0, 0 },
        { "r", false, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnWord w = word(row[i].text);
        OcpnRange r = { 0, 0 };
        OcpnError err = { "" };

        CHECK(ocpn_word_range(&w, 100, &r, &err) == row[i].good &&
              r.first == row[i].first && r.last == row[i].last,
              "%s: %" PRIu64 " to %" PRIu64, row[i].text, r.first, r.last);
        if (!row[i].good) {
            CHECK_HAS(err.text, "a number up to 100, a range like 2-5");
        }
    }
}

static void test_choices(void)
{
    static const char *const names[] = { "free", "open", "closed" };
    OcpnWord w = word("State=CLOSED");
    OcpnError err;
    unsigned int i = 9;

    CHECK(ocpn_word_choice(&w, names, 3, &i, &err), "closed");
    CHECK_EQ(i, 2);
    w = word("state=clos");
    CHECK(!ocpn_word_choice(&w, names, 3, &i, &err), "clos");
    CHECK_HAS(err.text, "state=clos: must be free, open or closed");
    CHECK(!ocpn_word_choice(&w, names, 2, &i, &err), "clos");
    CHECK_HAS(err.text, "must be free or open");
    CHECK(!ocpn_word_choice(&w, names, 1, &i, &err), "clos");
    CHECK_HAS(err.text, "must be free");
    CHECK_EQ(i, 2);
}

static void test_long_lists_of_names(void)
{
    const char *names[100];
    OcpnWord w = word("a=b");
    OcpnError err;
    unsigned int i;

    for (i = 0; i < 100; i++) {
        names[i] = "a-name-of-some-length";
    }
    CHECK(!ocpn_word_choice(&w, names, 100, &i, &err), "cut");
    CHECK(strlen(err.text) < sizeof(err.text), "cut");
}

/* TEXT's words to a place.  The last result that is not 1, or 1. */
static int place_of(const char *text, OcpnPlace *p, OcpnError *err)
{
    int got = 1;

    *p = OCPN_PLACE_ALL;
    while (got == 1 && *text) {
        OcpnWord w = word(text);

        got = ocpn_place_word(p, &w, err);
        text += strcspn(text, " ");
        text += *text == ' ';
    }
    return got;
}

static void test_place_words(void)
{
    OcpnPlace p;
    OcpnError err;

    CHECK_EQ(place_of("grp=1 pu=0-2 chk=* blk=7 lba=0x10-0x20", &p, &err), 1);
    CHECK_EQ(p.grp.first, 1);
    CHECK_EQ(p.grp.last, 1);
    CHECK_EQ(p.pu.last, 2);
    CHECK_EQ(p.chk.last, UINT64_MAX);
    CHECK_EQ(p.blk.first, 7);
    CHECK_EQ(p.lba.last, 32);
    CHECK_EQ(place_of("after=1", &p, &err), 0);
    CHECK_EQ(place_of("grpx=1", &p, &err), 0);
    CHECK_EQ(place_of("grp=x", &p, &err), -1);
    CHECK_HAS(err.text, "grp=x: must be a number");
    CHECK_EQ(place_of("grp", &p, &err), -1);
    CHECK_EQ(place_of("chk=4294967296", &p, &err), -1);
    CHECK_EQ(place_of("chk=1 chk=2", &p, &err), -1);
    CHECK_HAS(err.text, "chk=2: chk was given before");
    CHECK_EQ(place_of("group=1 punit=2 chunk=3 sectr=4", &p, &err), 1);
    CHECK_EQ(p.grp.first, 1);
    CHECK_EQ(p.pu.first, 2);
    CHECK_EQ(p.chk.first, 3);
    CHECK_EQ(p.blk.first, 4);
    CHECK_EQ(place_of("sec=1 blk=1", &p, &err), -1);
    CHECK_HAS(err.text, "blk=1: blk was given before");
}

/* 2 x 3 x 5 x 96: addresses are 1, 2, 3 and 7 bits. */
static void test_places_that_exist(void)
{
    static const struct {
        const char *text, *says;
    } row[] = {
        { "grp=1 pu=2 chk=4 blk=95", NULL },
        { "grp=* pu=* chk=* blk=* lba=*", NULL },
        { "lba=0x0-0x1a5f", NULL },
        { "grp=2", "grp=2 does not exist: there are 0 to 1" },
        { "grp=0-4294967295", "grp=4294967295 does not exist" },
        { "pu=1-3", "pu=3 does not exist: there are 0 to 2" },
        { "chk=5", "chk=5 does not exist: there are 0 to 4" },
        { "blk=96", "blk=96 does not exist: there are 0 to 95" },
        { "lba=0x60", "lba=0x60 does not exist" },
        { "lba=0x0-0x280", "lba=0x280 does not exist" },
        { "lba=0xffffffffffffffff", "lba=0xffffffffffffffff does not" },
        { "lba=0x2000", "lba=0x2000 does not" },
    };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnPlace p;
        OcpnError err = { "" };

        CHECK_EQ(place_of(row[i].text, &p, &err), 1);
        CHECK(ocpn_place_check(&p, &im.geo, &err) == !row[i].says, "%s: %s",
              row[i].text, err.text);
        if (row[i].says) {
            CHECK_HAS(err.text, row[i].says);
        }
    }
}

static void test_chunks_of_places(void)
{
    static const struct {
        const char *text;
        unsigned int chunks;            /* that are in it, of 30 */
        uint32_t one;                   /* of them */
    } row[] = {
        { "", 30, 29 },
        { "grp=1", 15, 15 },
        { "grp=1 pu=2 chk=4", 1, 29 },
        { "chk=0-1", 12, 26 },
        { "blk=3", 30, 7 },
        { "lba=0x85", 1, 1 },
        { "lba=0x5f-0x80", 2, 1 },
        { "lba=0x60-0x7f", 0, 0 },
        { "lba=0x80-0xfff pu=0 grp=0", 4, 4 },
    };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        unsigned int n = 0;
        OcpnPlace p;
        OcpnError err;

        CHECK_EQ(place_of(row[i].text, &p, &err), 1);
        for (uint32_t k = 0; k < im.geo.chunks; k++) {
            n += ocpn_place_has_chunk(&p, &im.geo, k);
        }
        CHECK(n == row[i].chunks, "%s: %u chunks", row[i].text, n);
        CHECK(n == 0 || ocpn_place_has_chunk(&p, &im.geo, row[i].one),
              "%s: %" PRIu32, row[i].text, row[i].one);
    }
}

static void test_blocks_of_places(void)
{
    static const struct {
        const char *text;
        uint32_t chunk, blk, nlb;
        bool meets;
    } row[] = {
        { "", 29, 0, 1, true },
        { "blk=8-15", 3, 0, 8, false },
        { "blk=8-15", 3, 0, 9, true },
        { "blk=8-15", 3, 15, 1, true },
        { "blk=8-15", 3, 16, 80, false },
        { "blk=8-15 grp=1", 3, 0, 96, false },
        { "lba=0x85", 1, 5, 1, true },
        { "lba=0x85", 1, 0, 5, false },
        { "lba=0x85", 1, 6, 90, false },
        { "lba=0x85", 2, 0, 96, false },
        { "lba=0x85 blk=3", 1, 0, 96, false },
        { "lba=0x85 blk=5", 1, 0, 96, true },
        { "", 29, 4294967295u, 4294967295u, true },
        { "blk=0-7", 29, 4294967295u, 4294967295u, false },
    };
    OcpnImage im = image_open_channel();

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        OcpnPlace p;
        OcpnError err;

        CHECK_EQ(place_of(row[i].text, &p, &err), 1);
        CHECK(ocpn_place_meets(&p, &im.geo, row[i].chunk, row[i].blk,
                               row[i].nlb) == row[i].meets, "row %zu: %s", i,
              row[i].text);
    }
}

static const OcpnTest tests[] = {
    { "words are names with values", test_words },
    { "what is no word is named", test_no_words },
    { "words have a largest length", test_long_words },
    { "numbers are decimal or hexadecimal", test_numbers },
    { "numbers have bounds", test_bounds_of_numbers },
    { "ranges are one number, two, or a star", test_ranges },
    { "choices list their names", test_choices },
    { "a list of names is cut", test_long_lists_of_names },
    { "five words are a place", test_place_words },
    { "a place exists or is named", test_places_that_exist },
    { "chunks are in a place", test_chunks_of_places },
    { "blocks meet a place", test_blocks_of_places },
};

OCPN_UNIT_MAIN("words", tests)
