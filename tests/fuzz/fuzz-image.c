/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes are an image.  It is opened, looked at as ocp-nvme-img check does,
 * powered on, used, closed and opened again.
 *
 * Byte 0: the kind of drive, plus 128 if the rest is the image from its first
 * byte on.  Else the rest are changes to a good image, see change().
 *
 * Proves: docs/image-format.rst, what is refused; and that what a drive
 * accepts, and then leaves, is accepted again.
 */
#include "fakes/image-bytes.h"
#include "fuzz.h"

#define RAW         128u
#define CHANGES     64u         /* at most */

typedef struct Image {
    FakeMedia *m;
    OcpnImage im;               /* as it was before the changes */
    FuzzInput *in;
} Image;

static uint32_t take_region(Image *t)
{
    static const uint32_t regions[] = {
        IMG_REGION_STATE, IMG_REGION_CHUNKS, IMG_REGION_MAPS,
        IMG_REGION_STATE,
    };

    return regions[fuzz_take(t->in, 1) % 4];
}

/* Bytes of the input to offset OFF of a block of 4096 bytes. */
static void change_bytes(Image *t, uint8_t *block)
{
    uint32_t off = (uint32_t)fuzz_take(t->in, 2) % IMG_BLOCK;
    uint32_t len = (uint32_t)fuzz_take(t->in, 1) % 64 + 1;

    if (len > IMG_BLOCK - off) {
        len = IMG_BLOCK - off;
    }
    fuzz_bytes(t->in, block + off, len);
}

/* A page, what is in it or its sequence number, with a good checksum. */
static void change_page(Image *t, bool sequence)
{
    uint32_t region = take_region(t);
    uint32_t n = ocpn_image_npages(ocpn_image_region(&t->im, region));
    uint32_t index = (uint32_t)fuzz_take(t->in, 1);
    uint64_t number;
    unsigned slot;
    OcpnError err;
    ImgPage p;

    if (!n || !ocpn_page_load(&t->im, &t->m->disk, region, index % n, &p,
                              &slot, &err)) {
        return;
    }
    number = from_le64(p.sequence);
    if (sequence) {
        number = fuzz_take(t->in, 8);
        slot ^= number & 1;
    }
    change_bytes(t, (uint8_t *)&p);
    ocpn_page_seal(&t->im, &p, region, index % n, number);
    memcpy(t->m->bytes + ocpn_page_offset(&t->im, region, index % n, slot),
           &p, sizeof(p));
}

/* A copy of the superblock, with a good checksum. */
static void change_super(Image *t)
{
    uint64_t at = fuzz_take(t->in, 1) & 1 ? IMG_SUPER_B : IMG_SUPER_A;
    uint64_t from = at;
    uint8_t block[IMG_BLOCK];

    if (!ocpn_image_super_intact((ImgSuper *)(t->m->bytes + at))) {
        from = IMG_SUPER_A + IMG_SUPER_B - at;
    }
    memcpy(block, t->m->bytes + from, sizeof(block));
    change_bytes(t, block);
    image_reseal(block, SUPER_CRC);
    memcpy(t->m->bytes + at, block, sizeof(block));
}

static void change(Image *t)
{
    uint64_t off, len;

    switch (fuzz_take(t->in, 1) % 8) {
    case 0:
    case 1:
    case 2:
    case 3:
        change_page(t, false);
        break;
    case 4:
        change_page(t, true);
        break;
    case 5:
        change_super(t);
        break;
    case 6:                             /* damage */
        off = fuzz_take(t->in, 2) * 512 % (t->m->size - IMG_BLOCK);
        change_bytes(t, t->m->bytes + off);
        break;
    case 7:                             /* the file is shorter */
        len = IMG_FIRST_REGION + fuzz_take(t->in, 2) * 512;
        if (len < t->m->size) {
            t->m->disk.size = t->m->size = len;
        }
        break;
    }
}

typedef struct Look {
    const OcpnImage *im;
    unsigned bad;
} Look;

static bool look_at(void *opaque, uint32_t index, const ImgPage *p,
                    unsigned slot, OcpnError *err)
{
    Look *l = opaque;
    uint32_t first = index * IMG_CHUNKS_PER_PAGE;

    (void)slot;
    for (uint32_t i = 0; i < IMG_CHUNKS_PER_PAGE &&
         first + i < l->im->geo.chunks; i++) {
        ImgChunk e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        l->bad += !ocpn_chunk_entry_valid(l->im, &e, first + i, err);
    }
    return true;
}

/* As ocp-nvme-img check: every page, every chunk. */
static void look(const OcpnImage *im, const OcpnDisk *d)
{
    static const uint32_t regions[] = { IMG_REGION_STATE, IMG_REGION_MAPS };
    uint8_t buf[4 * IMG_BLOCK];
    OcpnError err = { "" };
    Look l = { .im = im };
    unsigned slot;
    ImgPage p;

    for (unsigned r = 0; r < 2; r++) {
        OcpnExtent e = ocpn_image_region(im, regions[r]);

        for (uint32_t i = 0; i < ocpn_image_npages(e); i++) {
            if (!ocpn_page_load(im, d, regions[r], i, &p, &slot, &err)) {
                FUZZ_CHECK(err.text[0], "a refusal says why");
            }
        }
    }
    ocpn_page_load_all(im, d, IMG_REGION_CHUNKS, buf, sizeof(buf), look_at,
                       &l, &err);
}

static void change_all(FakeHost *h, FuzzInput *in, bool raw)
{
    Image t = { .m = &h->f.media[1], .in = in };
    OcpnError err;

    if (raw) {
        size_t n;

        memset(t.m->bytes, 0, IMG_SUPER_B + IMG_BLOCK);
        n = fuzz_bytes(in, t.m->bytes, t.m->size);
        if (n > IMG_FIRST_REGION) {
            t.m->disk.size = t.m->size = n;
        }
        return;
    }
    FUZZ_CHECK(ocpn_image_open(&t.im, &t.m->disk, &err) == OCPN_OPEN_OK,
               "%s", err.text);
    for (unsigned i = 0; i < CHANGES && in->left; i++) {
        change(&t);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = { data, size };
    uint32_t kind = (uint32_t)fuzz_take(&in, 1);
    FakeHost *h = fuzz_drive(kind % RAW);
    OcpnError err = { "" };
    OcpnOpen opened;
    OcpnImage im;

    change_all(h, &in, kind & RAW);
    opened = ocpn_image_open(&im, &h->f.media[1].disk, &err);
    if (opened == OCPN_OPEN_OK) {
        look(&im, &h->f.media[1].disk);
    }
    if (!fuzz_power_on(h, false, &err)) {
        return 0;
    }
    FUZZ_CHECK(opened == OCPN_OPEN_OK, "the drive uses what is no image");
    if (fuzz_enable(h)) {
        fuzz_use(h);
    }
    fake_host_off(h);
    FUZZ_CHECK(fuzz_power_on(h, false, &err), "what it left: %s", err.text);
    fake_host_off(h);
    return 0;
}
