/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks that are bad from the factory. */
#include <inttypes.h>
#include <string.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

/* "17" or "17-23" to two numbers. */
static bool parse_range(const char *text, guint64 *first, guint64 *last)
{
    char *end;

    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    *first = *last = g_ascii_strtoull(text, &end, 10);
    if (end[0] == '-' && g_ascii_isdigit(end[1])) {
        *last = g_ascii_strtoull(end + 1, &end, 10);
    }
    return end[0] == '\0' && *first <= *last;
}

uint8_t *img_parse_chunks(const char *option, const char *text,
                          uint32_t chunks)
{
    uint8_t *named = g_malloc0(chunks);
    g_auto(GStrv) word = g_strsplit(text, ",", -1);

    for (size_t i = 0; word[i]; i++) {
        guint64 first, last;

        if (!parse_range(word[i], &first, &last) || last >= chunks) {
            img_fail("%s has '%s', but must be chunk numbers from 0 to %"
                     PRIu32 " and ranges of them, such as 3,17,40-42", option,
                     word[i], chunks - 1);
            g_free(named);
            return NULL;
        }
        memset(named + first, 1, last - first + 1);
    }
    return named;
}

/* Change a page's entries; true if there was something to change. */
static bool mark(ImgPage *p, const uint8_t *named, uint32_t n)
{
    bool any = false;

    for (uint32_t i = 0; i < n; i++) {
        if (named[i]) {
            p->payload[i * sizeof(ImgChunk) + offsetof(ImgChunk, state)] =
                OCSSD_CS_OFFLINE;
            any = true;
        }
    }
    return any;
}

bool img_take_offline(ImgFile *f, const OcpnImage *im, const uint8_t *named)
{
    for (uint32_t i = 0; i < ocpn_image_npages(im->chunks); i++) {
        uint32_t first = i * IMG_CHUNKS_PER_PAGE;
        uint32_t n = MIN(IMG_CHUNKS_PER_PAGE, im->geo.chunks - first);
        unsigned int slot;
        OcpnError err;
        ImgPage p;

        if (!ocpn_page_load(im, &f->disk, IMG_REGION_CHUNKS, i, &p, &slot,
                            &err)) {
            img_file_fail(f, &err, EXIT_NOT_RUN);
            return false;
        }
        if (!mark(&p, named + first, n)) {
            continue;
        }
        ocpn_page_seal(im, &p, IMG_REGION_CHUNKS, i,
                       from_le64(p.sequence) + 1);
        if (!f->disk.write(f, ocpn_page_offset(im, IMG_REGION_CHUNKS, i,
                                               !slot), &p, sizeof(p))) {
            img_fail("cannot write %s: %s", f->name, g_strerror(f->error));
            return false;
        }
    }
    if (!f->disk.flush(f)) {
        img_fail("cannot flush %s: %s", f->name, g_strerror(f->error));
        return false;
    }
    return true;
}
