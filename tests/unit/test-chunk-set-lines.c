/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: docs/ocp-nvme-img.rst, "Chunk files" (hostile lines). */
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/chunk-set.h"
#include "ocpn-unit.h"

/* splitmix64: the same lines every time. */
static uint64_t dice(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* A line of words and of pieces of words, some bytes of it spoiled. */
static void make_line(char *line, size_t len, uint64_t *state)
{
    static const char *const piece[] = {
        "grp=1", "pu=0-2", "chk=4", "chk=*", "lba=0x85", "state=free",
        "state=offline", "state=closed", "state=open wp=8", "wp=12", "wp=96",
        "type=seq", "type=random", "cnlb=96", "cnlb=40", "wi=200", "resets=7",
        "offline-next=on", "OFFLINE-NEXT=Off", "ns=1", "# and more", ",", ":",
        "state=", "wp=", "blk=3", "=", "-", "0x", "4294967296", "wi=256",
        "wp=18446744073709551616", "chk=0-99999999999999999999999999999999",
    };
    uint64_t n = dice(state) % 7;
    size_t at = 0;

    line[0] = '\0';
    while (n-- > 0 && at < len - 1) {
        const char *p = piece[dice(state) %
                              (sizeof(piece) / sizeof(piece[0]))];

        at += (size_t)snprintf(line + at, len - at, "%s%s", p,
                               dice(state) % 8 ? " " : "");
    }
    at = strlen(line);
    for (n = dice(state) % 8; n > 5 && at > 0; n--) {
        line[dice(state) % at] = (char)(dice(state) % 255 + 1);
    }
}

/*
 * FAILURE-CASE-44
 * 100,000 lines, seeded: none is read beyond its end, each that is refused
 * has a sentence, each that is taken leaves an entry the image allows.
 */
static void test_hostile_lines(void)
{
    OcpnImage im = image_open_channel();
    ImgChunk e = { .state = 1, .type = 1, .cnlb = to_le32(96) };
    uint64_t state = 20261121;
    unsigned int taken = 0, refused = 0;

    im.maps = (OcpnExtent) { 65536, 8192 };
    for (unsigned int i = 0; i < 100000; i++) {
        OcpnError err = { "" }, no = { "" };
        char line[200];
        OcpnChunkSet s;
        int got;

        make_line(line, sizeof(line), &state);
        got = ocpn_chunk_set_parse(line, &s, &err);
        if (got == 1 && ocpn_place_check(&s.at, &im.geo, &err)) {
            taken += ocpn_chunk_set_apply(&im, &s, 7, &e, &err);
        }
        refused += got < 0;
        if ((got < 0 && err.text[0] == '\0') ||
            !ocpn_chunk_entry_valid(&im, &e, 7, &no)) {
            CHECK(false, "line %u: %s", i, line);
        }
    }
    CHECK(taken > 500, "%u taken", taken);
    CHECK(refused > 1000, "%u refused", refused);
}

static const OcpnTest tests[] = {
    { "100,000 hostile lines do no harm", test_hostile_lines },
};

OCPN_UNIT_MAIN("chunk-set-lines", tests)
