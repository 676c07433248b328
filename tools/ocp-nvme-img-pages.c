/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages as tables: of chunks, and of block maps. */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

typedef struct Chunks {
    const OcpnImage *im;
    ImgChunk *all;
} Chunks;

static bool take_chunks(void *opaque, uint32_t index, const ImgPage *p,
                        unsigned slot, OcpnError *err)
{
    Chunks *c = opaque;
    uint32_t first = index * IMG_CHUNKS_PER_PAGE;
    uint32_t n = MIN(IMG_CHUNKS_PER_PAGE, c->im->geo.chunks - first);

    (void)slot;
    memcpy(c->all + first, p->payload, n * sizeof(ImgChunk));
    for (uint32_t i = first; i < first + n; i++) {
        if (!ocpn_chunk_entry_valid(c->im, &c->all[i], i, err)) {
            return false;
        }
    }
    return true;
}

ImgChunk *img_load_chunks(ImgFile *f, const OcpnImage *im)
{
    size_t len = (size_t)1 << 20;
    void *buf = g_malloc(len);
    Chunks c = { im, g_new(ImgChunk, im->geo.chunks) };
    OcpnError err;

    if (!ocpn_page_load_all(im, &f->disk, IMG_REGION_CHUNKS, buf, len,
                            take_chunks, &c, &err)) {
        img_file_fail(f, &err, EXIT_DAMAGED);
        g_free(c.all);
        c.all = NULL;
    }
    g_free(buf);
    return c.all;
}

int img_load_page(ImgFile *f, const OcpnImage *im, uint32_t region,
                  uint32_t index, ImgPage *p, unsigned *slot)
{
    OcpnError err;

    if (!ocpn_page_load(im, &f->disk, region, index, p, slot, &err)) {
        return img_file_fail(f, &err, EXIT_DAMAGED);
    }
    return EXIT_FINE;
}

int img_store_page(ImgFile *f, const OcpnImage *im, uint32_t region,
                   uint32_t index, ImgPage *p, unsigned slot)
{
    uint64_t sequence = from_le64(p->sequence);

    if (sequence >= OCPN_SEQUENCE_MAX) {
        img_fail("%s: page %" PRIu32 " of the %s has the highest sequence "
                 "number there is and cannot be written", f->name, index,
                 ocpn_image_region_name(region));
        return EXIT_DAMAGED;
    }
    ocpn_page_seal(im, p, region, index, sequence + 1);
    if (!f->disk.write(f, ocpn_page_offset(im, region, index, !slot), p,
                       sizeof(*p))) {
        return img_fail("cannot write %s: %s", f->name,
                        g_strerror(f->error));
    }
    return EXIT_FINE;
}

int img_flush(ImgFile *f)
{
    if (!f->disk.flush(f)) {
        return img_fail("cannot flush %s: %s", f->name,
                        g_strerror(f->error));
    }
    return EXIT_FINE;
}

int img_store_chunks(ImgFile *f, const OcpnImage *im, const ImgChunk *was,
                     const ImgChunk *is)
{
    int status = EXIT_FINE;

    for (uint32_t i = 0; i < ocpn_image_npages(im->chunks); i++) {
        uint32_t first = i * IMG_CHUNKS_PER_PAGE;
        size_t len = sizeof(ImgChunk) *
                     MIN(IMG_CHUNKS_PER_PAGE, im->geo.chunks - first);
        unsigned int slot;
        ImgPage p;

        if (memcmp(was + first, is + first, len) == 0) {
            continue;
        }
        status = img_load_page(f, im, IMG_REGION_CHUNKS, i, &p, &slot);
        if (status == EXIT_FINE) {
            memcpy(p.payload, is + first, len);
            status = img_store_page(f, im, IMG_REGION_CHUNKS, i, &p, slot);
        }
        if (status != EXIT_FINE) {
            return status;
        }
    }
    return img_flush(f);
}

/* As the drive does when it opens the image. */
bool img_map_belongs(const OcpnImage *im, const ImgChunk *all,
                     const ImgMap *m)
{
    uint32_t chunk = from_le32(m->chunk);
    const ImgChunk *e = all + (chunk < im->geo.chunks ? chunk : 0);

    return m->used && chunk < im->geo.chunks &&
           e->state != OCSSD_CS_OFFLINE &&
           from_le32(m->resets) == from_le32(e->resets) &&
           from_le32(m->part) <= (from_le32(e->cnlb) - 1) / IMG_MAP_BITS;
}
