/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: core/ns.h: which images become namespaces, and what is said of
 * those that do not; docs/image-format.rst: state pages.
 */
#include "fakes/host.h"
#include "fakes/image-bytes.h"
#include "hw/ocp-nvme/core/event.h"
#include "ocpn-unit.h"

static FakeHost *start(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };

    return fake_host_new(&s);
}

/* A drive with an image that no namespace has yet. */
static FakeMedia *drive(FakeHost *h, uint32_t nsid, OcpnImage im)
{
    FakeMedia *m = fake_media_new(&h->f, nsid, im.length);
    OcpnError err = { { 0 } };

    CHECK(ocpn_image_create(&im, &m->disk, &err), "%s", err.text);
    return m;
}

static bool add(FakeHost *h, uint32_t nsid, const OcpnDisk *disk,
                OcpnError *err)
{
    OcpnNsConfig cfg = { .nsid = nsid };

    memset(err, 0, sizeof(*err));
    return ocpn_ns_add(h->c, &cfg, disk, err);
}

/* It is not added, nothing is left of it, and the reason says PART. */
static void check_refused(FakeHost *h, uint32_t nsid, const OcpnDisk *disk,
                          const char *part)
{
    unsigned allocs = h->f.nallocs;
    OcpnNs *before = ocpn_ns_get(h->c, nsid);
    OcpnError err;

    CHECK_EQ(add(h, nsid, disk, &err), false);
    CHECK_HAS(err.text, part);
    CHECK_EQ(h->f.nallocs, allocs);
    CHECK_EQ(ocpn_ns_get(h->c, nsid) == before, true);
}

static void identifiers(void)
{
    FakeHost *h = start();
    FakeMedia *m = drive(h, 2, image_conventional(100, 9, 0));
    OcpnError err;

    check_refused(h, 0, &m->disk, "nsid=0");
    check_refused(h, 33, &m->disk, "nsid=33");
    check_refused(h, UINT32_MAX, &m->disk, "4294967295");
    check_refused(h, 1, &m->disk, "nsid=1");        /* taken */
    CHECK_EQ(add(h, 32, &m->disk, &err), true);
    check_refused(h, 32, &m->disk, "nsid=32");
    CHECK_EQ(ocpn_ns_get(h->c, 32)->nsid, 32);
    CHECK_EQ(ocpn_ns_get(h->c, 33) == NULL, true);
    CHECK_EQ(ocpn_ns_get(h->c, UINT32_MAX) == NULL, true);
    CHECK_EQ(ocpn_ns_get(h->c, 0) == NULL, true);
    fake_host_free(h);
}

static void what_is_opened(void)
{
    FakeHost *h = start();
    FakeMedia *oc = drive(h, 2, image_open_channel());
    FakeMedia *conv = drive(h, 3, image_conventional(777, 12, 64));
    OcpnError err;
    OcpnNs *ns;

    CHECK_EQ(add(h, 2, &oc->disk, &err), true);
    CHECK_EQ(add(h, 3, &conv->disk, &err), true);
    ns = ocpn_ns_get(h->c, 2);
    CHECK_EQ(ocpn_ns_is_open_channel(ns), true);
    CHECK_EQ(ocpn_ns_block(ns), 4096);
    CHECK_EQ(ns->im.geo.chunks, 30);
    for (unsigned i = 0; i < 16; i++) {             /* NGUID: the UUID */
        CHECK_EQ(ns->nguid[i], i);
    }
    ns = ocpn_ns_get(h->c, 3);
    CHECK_EQ(ocpn_ns_is_open_channel(ns), false);
    CHECK_EQ(ns->im.nsze, 777);
    CHECK_EQ(ns->im.ms, 64);
    CHECK_EQ(ocpn_ns_first(h->c, 1) == ocpn_ns_get(h->c, 2), true);
    CHECK_EQ(ocpn_ns_first(h->c, 2) == ocpn_ns_get(h->c, 1), true);
    CHECK_EQ(ocpn_ns_first(h->c, 3) == NULL, true);
    ocpn_ns_destroy(h->c, ocpn_ns_get(h->c, 2));
    CHECK_EQ(ocpn_ns_get(h->c, 2) == NULL, true);
    CHECK_EQ(ocpn_ns_first(h->c, 1) == NULL, true);
    fake_host_free(h);
}

/* Blank, somebody else's, ours but damaged, too small, unreadable. */
static void unusable(void)
{
    FakeHost *h = start();
    OcpnImage im = image_open_channel();
    FakeMedia *m = drive(h, 2, im);
    FakeMedia *blank = fake_media_new(&h->f, 3, 1 << 20);
    OcpnDisk small = m->disk;
    OcpnError err;

    check_refused(h, 2, &blank->disk, "ocp-nvme-img create");
    memset(blank->bytes + 100, 0x5a, 5000);
    check_refused(h, 2, &blank->disk, "no ocp-nvme superblock");
    small.size = 0;
    check_refused(h, 2, &small, "superblock");
    small.size = im.length - 4096;
    check_refused(h, 2, &small, "");
    m->bytes[im.chunks.offset + 40] ^= 1;           /* the only good slots? */
    m->bytes[im.chunks.offset + 4096 + 40] ^= 1;
    check_refused(h, 2, &m->disk, "chunk table");
    m->bytes[im.chunks.offset + 40] ^= 1;
    m->bytes[im.chunks.offset + 4096 + 40] ^= 1;
    m->bytes[im.state.offset + 5 * 8192 + 40] ^= 1;
    m->bytes[im.state.offset + 5 * 8192 + 4096 + 40] ^= 1;
    check_refused(h, 2, &m->disk, "device state");
    m->bytes[im.state.offset + 5 * 8192 + 40] ^= 1;
    CHECK_EQ(add(h, 2, &m->disk, &err), true);      /* one slot will do */
    memset(m->bytes, 0, 1 << 20);
    fake_host_free(h);
}

/* Both superblocks damaged; one of them is enough. */
static void superblocks(void)
{
    FakeHost *h = start();
    FakeMedia *m = drive(h, 2, image_conventional(100, 9, 0));
    OcpnError err;
    bool a = add(h, 2, &m->disk, &err);

    CHECK_EQ(a, true);
    m->bytes[60] ^= 1;
    m->bytes[65536 + 60] ^= 1;
    check_refused(h, 3, &m->disk, "damaged");
    fake_host_free(h);
}

static bool no_read(void *o, uint64_t off, void *buf, size_t len)
{
    OcpnDisk *d = o;
    OcpnDisk *real = d + 1;
    uint64_t *left = (uint64_t *)(void *)(d + 2);

    return (*left)-- && real->read(real->opaque, off, buf, len);
}

/* Each read of the drive fails in turn; then each allocation. */
static void failures(void)
{
    FakeHost *h = start();
    FakeMedia *m = drive(h, 2, image_open_channel());
    struct { OcpnDisk disk, real; uint64_t left; } d = { .real = m->disk };
    unsigned allocs = h->f.nallocs;
    bool ok = false;
    OcpnError err;

    d.disk = m->disk;
    d.disk.opaque = &d;
    d.disk.read = no_read;
    for (uint64_t n = 0; !ok; n++) {
        d.left = n;
        ok = add(h, 2, &d.disk, &err);
        CHECK(ok || strstr(err.text, "read"), "read %u: %s", (unsigned)n,
              err.text);
        CHECK_EQ(ok || h->f.nallocs == allocs, true);
        CHECK_EQ(!ok || n >= 4, true);
    }
    ocpn_ns_destroy(h->c, ocpn_ns_get(h->c, 2));
    ok = false;
    for (unsigned n = 1; !ok; n++) {
        h->f.fail_alloc = n;
        ok = add(h, 2, &m->disk, &err);
        CHECK(ok || strstr(err.text, "memory"), "allocation %u: %s", n,
              err.text);
        CHECK_EQ(ok || h->f.nallocs == allocs, true);
    }
    h->f.fail_alloc = 0;
    fake_host_free(h);
}

/* The controller's state lies in NSID 1's image, and in no other. */
static void state_pages(void)
{
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1), FAKE_CONVENTIONAL(2) } };
    FakeHost *h = fake_host_start(&s);
    uint64_t at = ocpn_ns_get(h->c, 2)->im.state.offset;
    uint8_t other[8192];
    FakeCmd bad = { .opc = 0xff };

    memcpy(other, h->f.media[2].bytes + at, sizeof(other));
    CHECK_EQ(fake_admin(h, &bad).status, 0x001);
    CHECK_EQ(fake_set_feature(h, 0x80000004, 0, 0x123).status, 0);
    fake_host_restart(h, true);
    CHECK_EQ(ocpn_error_count(h->c), 1);            /* errors */
    CHECK_EQ(fake_error_location(h), 0);
    CHECK_EQ(fake_get_feature(h, 0x04, 0, 0).dw0, 0x123);   /* features */
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 112, 8), 2);    /* counters */
    CHECK(!memcmp(other, h->f.media[2].bytes + at, sizeof(other)),
          "the counters of NSID 2 were written");
    /* Its own: blocks marked uncorrectable. */
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0x04, .nsid = 2, .cdw10 = 9,
                                     .cdw12 = 2 }).status, 0);
    fake_host_restart(h, false);
    CHECK_EQ(ocpn_extent_hit(ocpn_ns_get(h->c, 2), 11, 1), true);
    CHECK_EQ(ocpn_extent_hit(ocpn_ns_get(h->c, 2), 12, 1), false);
    CHECK_EQ(ocpn_extent_hit(ocpn_ns_get(h->c, 1), 11, 1), false);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "namespace identifiers", identifiers },
    { "what an image becomes", what_is_opened },
    { "images that cannot be used", unusable },
    { "damaged superblocks", superblocks },
    { "reads and allocations that fail", failures },
    { "state pages", state_pages },
};
OCPN_UNIT_MAIN("ns", tests)
