/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places in rings, and blocks of chunks, that cannot be: in a saved state, and
 * in the image that comes with it.
 * Proves: docs/user-guide.rst, "Migration"; docs/image-format.rst, "Chunk
 * table".
 */
#include "fakes/image-bytes.h"
#include "migrate-unit.h"

#define CQ      5               /* kinds of part */
#define SQ      6

/* Entries of queue 2; where sizes and places are in the part. */
#define SIZE    5
#define AT_CQ_TAIL  8
#define AT_CQ_HEAD  12
#define AT_SQ_HEAD  8
#define AT_SQ_TAIL  12

/* What a refused state leaves is reset, as the device does it. */
static void reset(FakeHost *h)
{
    ocpn_ctrl_set_running(h->c, true);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CHECK(ocpn_ctrl_quiet(h->c), "reset");
    ocpn_ctrl_set_running(h->c, false);
}

/* What is in the part of KIND that begins with identifier ID. */
static uint8_t *part_of(const Saved *s, unsigned kind, unsigned id)
{
    uint8_t *p = s->bytes;

    while (bytes_at(p, 2) != kind || bytes_at(p + 8, 2) != id) {
        p += 8 + bytes_at(p + 4, 4);
        CHECK(p < s->bytes + s->len, "queue %u", id);
    }
    return p + 8;
}

typedef struct Place {
    unsigned kind, at;
    const char *says;
} Place;

static const Place places[] = {
    { CQ, AT_CQ_TAIL, "completion queue 2 comes twice, or its head" },
    { CQ, AT_CQ_HEAD, "completion queue 2 comes twice, or its head" },
    { SQ, AT_SQ_HEAD, "submission queue 2 comes twice, or its head" },
    { SQ, AT_SQ_TAIL, "submission queue 2 comes twice, or its head" },
};

static void refuse(FakeHost *h, const Saved *s, const Place *p, uint32_t n)
{
    OcpnError err = { "" };
    uint8_t *at = part_of(s, p->kind, 2) + p->at;
    uint32_t was = (uint32_t)bytes_at(at, 4);

    put_bytes_at(at, 4, n);
    CHECK(!ocpn_ctrl_load(h->c, s->bytes, s->len, &err),
          "kind %u byte %u: %" PRIu32, p->kind, p->at, n);
    CHECK_HAS(err.text, p->says);
    put_bytes_at(at, 4, was);
    reset(h);
}

/* The last entry is a place in the ring, and nothing behind it is. */
static void test_places(void)
{
    static const uint32_t bad[] = {
        SIZE, SIZE + 1, 0x10001, INT32_MAX, UINT32_MAX,
    };
    FakeHost *h = t1_start();
    OcpnError err = { "" };
    Saved s;

    CHECK_EQ(fake_create_pair(h, 2, SIZE).status, 0);
    s = save(h);
    CHECK_EQ(bytes_at(part_of(&s, CQ, 2) + 4, 4), SIZE);
    CHECK_EQ(bytes_at(part_of(&s, SQ, 2) + 4, 4), SIZE);
    power_on_incoming(h);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
            refuse(h, &s, &places[i], bad[k]);
        }
    }
    put_bytes_at(part_of(&s, CQ, 2) + AT_CQ_TAIL, 4, SIZE - 1);
    put_bytes_at(part_of(&s, CQ, 2) + AT_CQ_HEAD, 4, SIZE - 1);
    put_bytes_at(part_of(&s, SQ, 2) + AT_SQ_HEAD, 4, SIZE - 1);
    put_bytes_at(part_of(&s, SQ, 2) + AT_SQ_TAIL, 4, SIZE - 1);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    reset(h);
    free(s.bytes);
    ocpn_ctrl_set_running(h->c, true);
    fake_host_free(h);
}

/* Both copies of the first page of the chunk table. */
static uint8_t *table(FakeHost *h, unsigned slot)
{
    const OcpnNs *ns = ocpn_ns_root(h->c, 1);

    return h->f.media[1].bytes + ns->im.chunks.offset + slot * 4096;
}

/*
 * Entry 1 gets N blocks, whose type says that they are other than CLBA: its
 * bytes 1 and 8, of 16, behind the page's header of 32.
 */
static void put_cnlb(FakeHost *h, uint32_t n)
{
    for (unsigned slot = 0; slot < 2; slot++) {
        uint8_t *p = table(h, slot);

        p[32 + 16 + 1] = n == 96 ? 0x01 : 0x11;
        put_bytes_at(p + 32 + 16 + 8, 4, n);
        image_reseal(p, PAGE_CRC);
    }
}

/* The image that the source has left has a chunk larger than can be. */
static void test_cnlb(void)
{
    static const uint32_t bad[] = { 0, 97, 100, 1u << 24, UINT32_MAX - 3 };
    FakeHost *h = t1_start();
    OcpnError err = { "" };
    Saved s = save(h);

    power_on_incoming(h);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put_cnlb(h, bad[i]);
        CHECK(!reload_all(h, &err), "%" PRIu32 " blocks", bad[i]);
        CHECK_HAS(err.text, "chunk 1 has ");
        CHECK_HAS(err.text, "a multiple of 4 up to 96");
    }
    put_cnlb(h, 92);
    CHECK(reload_all(h, &err), "%s", err.text);
    put_cnlb(h, 96);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(w(h, A, 8), 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    free(s.bytes);
    fake_host_free(h);
}

/* The same of a drive that starts: it is refused before anybody uses it. */
static void test_cnlb_at_start(void)
{
    FakeHost *h = t1_start();
    OcpnError err = { "" };
    const FakeNs *n = h->setup.ns;
    OcpnCtrl *other;

    put_cnlb(h, 100);
    other = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    CHECK(!ocpn_ns_add(other, &n->cfg, &h->f.media[1].disk, &err),
          "100 blocks of 96");
    CHECK_HAS(err.text, "chunk 1 has 100 blocks");
    ocpn_ctrl_free(other);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "places that no ring has", test_places },
    { "chunks larger than all", test_cnlb },
    { "the same when a drive starts", test_cnlb_at_start },
};
OCPN_UNIT_MAIN("migrate-ring", tests)
