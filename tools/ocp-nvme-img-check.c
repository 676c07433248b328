/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img check */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

#define MOST_SHOWN  20      /* problems printed; the rest is counted */

static const ImgUsage usage = {
    "FILE", "look for damage",
    "Checks both copies of the superblock, every page of the device state, of\n"
    "the chunk table and of the block maps, every chunk's entry, and that no\n"
    "part of a chunk has two maps.  Data is not read.  Nothing\n"
    "is written without --repair, which writes a damaged superblock copy anew\n"
    "from the good one.  A page is kept twice, so that damage to one slot is\n"
    "no loss: the drive writes that slot next.  A page damaged in both slots\n"
    "cannot be repaired; restore the image from a backup.\n"
    "\n"
    "Example:\n"
    "  ocp-nvme-img check drive.img\n"
    "  ocp-nvme-img check --repair drive.img\n"
    "\n"
    "Exit status: 0 no damage, or all of it repaired; 1 damage; 2 not run.",
};

typedef struct Check {
    ImgFile *f;
    const OcpnImage *im;
    uint64_t problems;
    uint64_t unfinished;    /* page slots with an interrupted write */
    uint64_t pages;
    bool bad_copy;
    ImgChunk *all;          /* the chunk table, as its pages are read */
    GHashTable *maps;       /* chunk and part, of the pages seen */
} Check;

static void G_GNUC_PRINTF(2, 3) problem(Check *c, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    if (++c->problems > MOST_SHOWN) {
        return;
    }
    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    printf("damaged: %s\n", text);
}

static bool read_at(Check *c, uint64_t off, void *buf, size_t len)
{
    if (!c->f->disk.read(c->f, off, buf, len)) {
        problem(c, "byte %" PRIu64 " cannot be read: %s", off,
                g_strerror(c->f->error));
        return false;
    }
    return true;
}

static void check_copies(Check *c)
{
    static const uint64_t at[2] = { IMG_SUPER_A, IMG_SUPER_B };

    for (unsigned int i = 0; i < 2; i++) {
        ImgSuper sb;

        if (read_at(c, at[i], &sb, sizeof(sb)) &&
            (!ocpn_image_super_intact(&sb) ||
             ocpn_image_super_offset(from_le64(sb.sequence)) != at[i])) {
            problem(c, "copy %c of the superblock (byte %" PRIu64 "); the "
                    "other copy is good", "AB"[i], at[i]);
            c->bad_copy = true;
        }
    }
}

/* Entries of a page of the chunk table. */
static void check_chunks(Check *c, uint32_t index, const ImgPage *p)
{
    uint32_t first = index * IMG_CHUNKS_PER_PAGE;
    uint32_t n = MIN(IMG_CHUNKS_PER_PAGE, c->im->geo.chunks - first);

    for (uint32_t i = 0; i < n; i++) {
        OcpnError err;
        ImgChunk e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        if (!ocpn_chunk_entry_valid(c->im, &e, first + i, &err)) {
            problem(c, "%s", err.text);
        } else {
            c->all[first + i] = e;
        }
    }
}

/* What a drive would refuse.  A chunk without a good entry has no map. */
static void check_map(Check *c, uint32_t index, const ImgPage *p)
{
    uint64_t id;
    ImgMap m;

    memcpy(&m, p->payload, sizeof(m));
    if (m.used > 1) {
        problem(c, "page %" PRIu32 " of the block maps says %u where it must "
                "say 0 (free) or 1 (used)", index, m.used);
    } else if (img_map_belongs(c->im, c->all, &m)) {
        id = (uint64_t)from_le32(m.chunk) << 32 | from_le32(m.part);
        if (!g_hash_table_add(c->maps, g_memdup2(&id, sizeof(id)))) {
            problem(c, "page %" PRIu32 " of the block maps is a second one "
                    "for part %" PRIu32 " of chunk %" PRIu32, index,
                    from_le32(m.part), from_le32(m.chunk));
        }
    }
}

/* Extents of unreadable blocks must be in the namespace. */
static void check_extents(Check *c, const ImgPage *p)
{
    uint64_t nsze = c->im->nsze;

    for (uint32_t i = 0; i < IMG_NEXTENTS; i++) {
        uint64_t slba, nlb;
        ImgExtent e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        slba = from_le64(e.slba);
        nlb = from_le64(e.nlb);
        if (nlb != 0 && (slba >= nsze || nlb > nsze - slba)) {
            problem(c, "uncorrectable extent %" PRIu32 " (%" PRIu64
                    " blocks from %" PRIu64 ") is outside the namespace of %"
                    PRIu64 " blocks", i, nlb, slba, nsze);
        }
    }
}

static void check_page(Check *c, uint32_t region, uint32_t index)
{
    uint64_t off = ocpn_page_offset(c->im, region, index, 0);
    ImgPage both[2], p;
    OcpnError err;
    unsigned int slot;

    if (!read_at(c, off, both, sizeof(both))) {
        return;
    }
    if (!ocpn_page_load(c->im, &c->f->disk, region, index, &p, &slot, &err)) {
        problem(c, "%s", err.text);
        return;
    }
    c->pages++;
    if (!ocpn_page_valid(c->im, &both[!slot], region, index) &&
        from_le32(both[!slot].magic) == IMG_PAGE_MAGIC) {
        c->unfinished++;
    }
    if (region == IMG_REGION_CHUNKS) {
        check_chunks(c, index, &p);
    } else if (region == IMG_REGION_MAPS) {
        check_map(c, index, &p);
    } else if (index == IMG_STATE_UNCORRECTABLE &&
               c->im->mode == IMG_MODE_CONVENTIONAL) {
        check_extents(c, &p);
    } else if (index == IMG_STATE_COUNTERS &&
               p.payload[offsetof(ImgCounters, open)]) {
        puts("note: the drive was not shut down cleanly (this is no damage)");
    }
}

static void check_pages(Check *c)
{
    static const uint32_t paged[] = {
        IMG_REGION_STATE, IMG_REGION_CHUNKS, IMG_REGION_MAPS,
    };

    c->all = g_new0(ImgChunk, MAX(c->im->geo.chunks, 1u));
    for (uint32_t i = 0; i < c->im->geo.chunks; i++) {
        c->all[i].state = OCSSD_CS_OFFLINE;
    }
    c->maps = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (size_t r = 0; r < G_N_ELEMENTS(paged); r++) {
        OcpnExtent e = ocpn_image_region(c->im, paged[r]);

        for (uint32_t i = 0; i < ocpn_image_npages(e); i++) {
            check_page(c, paged[r], i);
        }
    }
    g_hash_table_unref(c->maps);
    g_free(c->all);
}

/* The next number belongs where the bad copy is. */
static bool repair(Check *c)
{
    OcpnImage next = *c->im;
    ImgSuper sb;

    next.sequence++;
    ocpn_image_put_super(&next, &sb);
    if (!c->f->disk.write(c->f, ocpn_image_super_offset(next.sequence), &sb,
                          sizeof(sb)) || !c->f->disk.flush(c->f)) {
        img_fail("cannot repair %s: %s", c->f->name,
                 g_strerror(c->f->error));
        return false;
    }
    puts("repaired: the superblock has two good copies again");
    c->problems--;
    return true;
}

static int check(ImgFile *f, const OcpnImage *im, bool do_repair)
{
    Check c = { .f = f, .im = im };

    check_copies(&c);
    check_pages(&c);
    if (c.problems > MOST_SHOWN) {
        printf("... and %" PRIu64 " more\n", c.problems - MOST_SHOWN);
    }
    if (c.unfinished) {
        printf("note: %" PRIu64 " page%s had a write interrupted; the page "
               "before it is in force (this is no damage)\n", c.unfinished,
               c.unfinished == 1 ? "" : "s");
    }
    if (c.bad_copy && do_repair && !repair(&c)) {
        return EXIT_NOT_RUN;
    }
    if (c.problems == 0) {
        printf("%s: no damage in 2 superblocks, %" PRIu64 " pages and %"
               PRIu32 " chunks\n", f->name, c.pages, im->geo.chunks);
        return EXIT_FINE;
    }
    printf("%s: %" PRIu64 " problem%s", f->name, c.problems,
           c.problems == 1 ? "" : "s");
    if (c.bad_copy && !do_repair) {
        printf("; 'ocp-nvme-img check --repair %s' restores the superblock "
               "copy", f->name);
    }
    if (c.problems > (c.bad_copy && !do_repair ? 1u : 0u)) {
        printf("; pages and chunks cannot be repaired, restore the image "
               "from a backup");
    }
    putchar('\n');
    return EXIT_DAMAGED;
}

int img_check(int argc, char **argv)
{
    gboolean do_repair = FALSE, share = FALSE;
    const GOptionEntry entries[] = {
        { "repair", 'r', 0, G_OPTION_ARG_NONE, &do_repair,
          "write a damaged superblock copy anew", NULL },
        { "force-share", 'U', 0, G_OPTION_ARG_NONE, &share,
          "read an image that is in use", NULL },
        G_OPTION_ENTRY_NULL
    };
    char *name;
    ImgFile f;
    OcpnImage im;
    int status;

    if (!img_parse(argc, argv, &usage, entries, &name)) {
        return EXIT_NOT_RUN;
    }
    if (do_repair && share) {
        return img_fail("--repair and --force-share exclude each other: an "
                        "image in use cannot be repaired");
    }
    status = img_open(&f, name, do_repair ? IMG_WRITE :
                                share ? IMG_READ_SHARED : IMG_READ, &im);
    if (status != EXIT_FINE) {
        return status;
    }
    status = check(&f, &im, do_repair);
    img_file_close(&f);
    return status;
}
