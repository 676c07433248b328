/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img set-chunks */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

#define MOST_LINE   1024        /* bytes */

static const ImgUsage usage = {
    "IMAGE FILE", "set chunks as a text file describes them",
    "A line of FILE (\"-\": standard input) says which chunks, and what of "
    "them:\n"
    "  grp=0 pu=1 chk=7 state=offline      # a bad chunk\n"
    "  pu=0-3 chk=* wi=200                 # four worn parallel units\n"
    "  chk=9 state=open wp=16\n"
    "Which: grp, pu, chk: a number, a range or *; lba: an address in it.\n"
    "What: state=free|open|closed|offline, type=seq|random, wp=BLOCKS,\n"
    "cnlb=BLOCKS, wi=0..255, resets=N, offline-next=on|off.\n"
    "Lines are taken in order.  If one cannot be, IMAGE stays as it is.\n"
    "\n"
    "Example:\n"
    "  ocp-nvme-img set-chunks drive.img chunks.txt\n"
    "\n"
    "Exit status: 0 done; 1 the image is damaged; 2 not done.",
};

/* A text file, line by line. */
typedef struct Lines {
    FILE *file;
    const char *name;
    uint64_t number;            /* of the line in TEXT */
    char text[MOST_LINE + 1];
} Lines;

static bool open_lines(Lines *l, const char *name)
{
    bool standard = g_str_equal(name, "-");

    l->number = 0;
    l->name = standard ? "standard input" : name;
    l->file = standard ? stdin : fopen(name, "re");
    if (!l->file) {
        img_fail("cannot open %s: %s", name, g_strerror(errno));
    }
    return l->file != NULL;
}

static void close_lines(Lines *l)
{
    if (l->file != stdin) {
        fclose(l->file);
    }
}

static int bad_line(const Lines *l, const char *text)
{
    return img_fail("%s:%" PRIu64 ": %s", l->name, l->number, text);
}

/* The next line to TEXT; false: there is none, or STATUS says otherwise. */
static bool next_line(Lines *l, int *status)
{
    size_t len = 0;
    int c;

    l->number++;
    while ((c = getc_unlocked(l->file)) != EOF && c != '\n') {
        if (c == '\0' || len == MOST_LINE) {
            *status = bad_line(l, c == '\0'
                               ? "a zero byte: this is not a text file"
                               : "the line has more than 1024 bytes");
            return false;
        }
        l->text[len++] = (char)c;
    }
    if (ferror(l->file)) {
        *status = img_fail("cannot read %s: %s", l->name, g_strerror(errno));
        return false;
    }
    if (len > 0 && l->text[len - 1] == '\r') {
        len--;
    }
    l->text[len] = '\0';
    return c == '\n' || len > 0;
}

/*
 * The first chunk of P from CHUNK on; G's number of chunks if there is none.
 * P exists in G; its addresses are for the caller.
 */
static uint32_t next_in(const OcpnPlace *p, const OcpnGeometry *g,
                        uint32_t chunk)
{
    while (chunk < g->chunks) {
        uint32_t chk = chunk % g->num_chk, in_group = g->num_pu * g->num_chk;
        uint32_t pu = chunk / g->num_chk % g->num_pu;
        uint32_t grp = chunk / in_group;

        if (grp < p->grp.first) {
            chunk = (uint32_t)p->grp.first * in_group;
        } else if (grp > p->grp.last) {
            break;
        } else if (pu < p->pu.first) {
            chunk += (uint32_t)(p->pu.first - pu) * g->num_chk - chk;
        } else if (pu > p->pu.last) {
            chunk = (grp + 1) * in_group;
        } else if (chk < p->chk.first) {
            chunk += (uint32_t)p->chk.first - chk;
        } else if (chk > p->chk.last) {
            chunk += g->num_chk - chk;
        } else {
            return chunk;
        }
    }
    return g->chunks;
}

/* Set all chunks of S; false with a sentence in ERR. */
static bool apply(const OcpnImage *im, const OcpnChunkSet *s, ImgChunk *all,
                  OcpnError *err)
{
    OcpnAddr first = { 0, 0 }, last = { im->geo.chunks - 1, 0 };
    bool any = false;

    if (!ocpn_place_check(&s->at, &im->geo, err)) {
        return false;
    }
    if (s->at.lba.last != UINT64_MAX) {
        ocpn_addr_split(&im->geo, s->at.lba.first, &first);
        ocpn_addr_split(&im->geo, s->at.lba.last, &last);
    }
    for (uint32_t i = next_in(&s->at, &im->geo, first.chunk);
         i <= last.chunk; i = next_in(&s->at, &im->geo, i + 1)) {
        if (!ocpn_chunk_set_apply(im, s, i, &all[i], err)) {
            return false;
        }
        any = true;
    }
    return any || OCPN_FAIL(err, "no chunk is in all of grp, pu, chk and lba");
}

/* All lines into ALL; an exit status. */
static int read_lines(Lines *l, const OcpnImage *im, ImgChunk *all)
{
    int status = EXIT_FINE;

    while (next_line(l, &status)) {
        OcpnChunkSet s;
        OcpnError err;
        int got = ocpn_chunk_set_parse(l->text, &s, &err);

        if (got < 0 || (got > 0 && !apply(im, &s, all, &err))) {
            return bad_line(l, err.text);
        }
    }
    return status;
}

/*
 * What becomes of a used page of the block maps when its chunk changes from
 * WAS to IS: true if it was changed.  If all but wear stays, the map belongs
 * to the chunk's new number of resets.  Else its bits would be lies; and a
 * map of a former life must not come back with that life's number of resets.
 */
static bool update_map(ImgMap *m, bool belongs, const ImgChunk *was,
                       const ImgChunk *is)
{
    if (memcmp(was, is, sizeof(*was)) == 0) {
        return false;
    }
    if (belongs && was->state == is->state && was->type == is->type &&
        from_le32(was->wp) == from_le32(is->wp) &&
        from_le32(was->cnlb) == from_le32(is->cnlb)) {
        m->resets = is->resets;
    } else {
        memset(m, 0, sizeof(*m));
    }
    return true;
}

static int store_maps(ImgFile *f, const OcpnImage *im, const ImgChunk *was,
                      const ImgChunk *is)
{
    for (uint32_t i = 0; i < ocpn_image_npages(im->maps); i++) {
        unsigned int slot;
        ImgPage p;
        ImgMap m;
        int status = img_load_page(f, im, IMG_REGION_MAPS, i, &p, &slot);
        uint32_t chunk;

        if (status != EXIT_FINE) {
            return status;
        }
        memcpy(&m, p.payload, sizeof(m));
        chunk = from_le32(m.chunk);
        if (!m.used || chunk >= im->geo.chunks ||
            !update_map(&m, img_map_belongs(im, was, &m), &was[chunk],
                        &is[chunk])) {
            continue;
        }
        memcpy(p.payload, &m, sizeof(m));
        status = img_store_page(f, im, IMG_REGION_MAPS, i, &p, slot);
        if (status != EXIT_FINE) {
            return status;
        }
    }
    return img_flush(f);
}

/* Say if more chunks are open than the drive lets a host open. */
static void note_open(const OcpnGeometry *g, const ImgChunk *all)
{
    uint32_t open = 0, in_pu = 0, most = 0;

    for (uint32_t i = 0; i < g->chunks; i++) {
        in_pu = i % g->num_chk == 0 ? 0 : in_pu;
        in_pu += all[i].state == OCSSD_CS_OPEN;
        open += all[i].state == OCSSD_CS_OPEN;
        most = MAX(most, in_pu);
    }
    if (g->maxoc != 0 && open > g->maxoc) {
        printf("note: %" PRIu32 " chunks are open, but maxoc is %" PRIu32
               "\n", open, g->maxoc);
    }
    if (g->maxocpu != 0 && most > g->maxocpu) {
        printf("note: %" PRIu32 " chunks of a parallel unit are open, but "
               "maxocpu is %" PRIu32 "\n", most, g->maxocpu);
    }
}

/*
 * Judge every line, then write what changed: maps first, so that nothing is
 * left over if it is cut short and done again.
 */
static int set_chunks(ImgFile *f, const OcpnImage *im, Lines *l)
{
    const OcpnGeometry *g = &im->geo;
    g_autofree ImgChunk *was = img_load_chunks(f, im), *is = NULL;
    uint32_t changed = 0;
    int status;

    if (!was) {
        return f->error ? EXIT_NOT_RUN : EXIT_DAMAGED;
    }
    is = g_memdup2(was, g->chunks * sizeof(*was));
    status = read_lines(l, im, is);
    if (status != EXIT_FINE) {
        return status;
    }
    for (uint32_t i = 0; i < g->chunks; i++) {
        changed += memcmp(&was[i], &is[i], sizeof(*is)) != 0;
    }
    if (changed != 0) {
        status = store_maps(f, im, was, is);
        if (status == EXIT_FINE) {
            status = img_store_chunks(f, im, was, is);
        }
    }
    if (status == EXIT_FINE) {
        printf("%s: %" PRIu32 " chunk%s changed\n", f->name, changed,
               changed == 1 ? "" : "s");
        note_open(g, is);
    }
    return status;
}

int img_set_chunks(int argc, char **argv)
{
    const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
    char *word[2];
    Lines lines;
    ImgFile f;
    OcpnImage im;
    int status;

    if (!img_parse_words(argc, argv, &usage, entries, word, 2) ||
        !open_lines(&lines, word[1])) {
        return EXIT_NOT_RUN;
    }
    status = img_open(&f, word[0], IMG_WRITE, &im);
    if (status == EXIT_FINE) {
        status = im.mode == IMG_MODE_OPEN_CHANNEL
                 ? set_chunks(&f, &im, &lines)
                 : img_fail("%s is conventional, it has no chunks", word[0]);
        img_file_close(&f);
    }
    close_lines(&lines);
    return status;
}
