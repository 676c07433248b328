/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img create */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ocp-nvme-img-geometry.h"
#include "ocp-nvme-img.h"

#define DEFAULT_SIZE    ((uint64_t)8 << 30)
#define MIB             ((uint64_t)1 << 20)
#define MOST_VECTOR     64      /* blocks of a vector command */
#define NOPTIONS        11      /* that are not the geometry's */

typedef struct Options {
    char *size_text, *mode, *uuid, *offline, *bad_text, *seed;
    gint64 lba_size, ms, maps;  /* -1: the mode's default */
    gboolean extended, force;
    OcpnGeometryWish wish;
    uint64_t size;
    ImgBad bad;
    char *file;
} Options;

static const ImgUsage usage = {
    "FILE", "make a new image",
    "SIZE is what the drive holds; the file is a little larger, and sparse.\n"
    "Without --size a new file gets 8G, an existing one keeps its own size.\n"
    "Blocks are 4096 bytes with 16 bytes of metadata (open-channel) or 512\n"
    "bytes with none (conventional) unless told otherwise.  Numbers in\n"
    "brackets are defaults for blocks of 4096 bytes; the geometry that is not\n"
    "given follows from the size.  A conventional drive gets a page of block\n"
    "maps for each 32384 blocks, 4096 at most, to know how many blocks are in\n"
    "use (NUSE); with fewer pages it counts groups of blocks, with\n"
    "--map-pages 0 all of them.\n"
    "\n"
    "Example:\n"
    "  ocp-nvme-img create --size 1G --num-grp 1 drive.img\n"
    "  qemu-system-x86_64 ... -drive file=drive.img,format=raw,if=none,id=d \\\n"
    "    -device ocp-nvme,drive=d\n"
    "\n"
    "FILE is raw.  For qcow2, convert the new image:\n"
    "  qemu-img convert -f raw -O qcow2 drive.img drive.qcow2\n"
    "\n"
    "Exit status: 0 made; 2 not made.",
};

static bool parse(int argc, char **argv, Options *o)
{
    GOptionEntry geo[OCPN_GEO_NFIELDS];
    GOptionEntry entries[NOPTIONS + OCPN_GEO_NFIELDS + 1] = {
        { "size", 's', 0, G_OPTION_ARG_STRING, &o->size_text,
          "bytes of data, such as 64M, 8G or 16T [8G]", "SIZE" },
        { "mode", 'm', 0, G_OPTION_ARG_STRING, &o->mode,
          "open-channel or conventional [open-channel]", "MODE" },
        { "lba-size", 'b', 0, G_OPTION_ARG_INT64, &o->lba_size,
          "bytes of data in a block, 512 or 4096", "N" },
        { "ms", 0, 0, G_OPTION_ARG_INT64, &o->ms,
          "bytes of metadata of a block, 0, 8, 16 or 64", "N" },
        { "extended", 0, 0, G_OPTION_ARG_NONE, &o->extended,
          "hosts transfer metadata at the end of each block", NULL },
        { "uuid", 0, 0, G_OPTION_ARG_STRING, &o->uuid,
          "the image's UUID [random]", "UUID" },
        { "offline", 0, 0, G_OPTION_ARG_STRING, &o->offline,
          "bad chunks, such as 3,17,40-42, counted as 'dump' does", "LIST" },
        { "bad", 0, 0, G_OPTION_ARG_STRING, &o->bad_text,
          "bad chunks by chance, of a million", "PPM" },
        { "seed", 0, 0, G_OPTION_ARG_STRING, &o->seed,
          "which chunks are bad by --bad [0]", "N" },
        { "map-pages", 0, 0, G_OPTION_ARG_INT64, &o->maps,
          "pages for block maps, 0 to 65534 [64, or as needed]", "N" },
        { "force", 'f', 0, G_OPTION_ARG_NONE, &o->force,
          "overwrite what FILE holds", NULL },
    };

    img_geo_options(&o->wish, geo);
    memcpy(&entries[NOPTIONS], geo, sizeof(geo));
    return img_parse(argc, argv, &usage, entries, &o->file);
}

/* The first option that was given and needs chunks; NULL: none. */
static const char *needs_chunks(const Options *o)
{
    return o->offline ? "offline" : o->bad_text ? "bad" :
           o->seed ? "seed" :
           img_geo_given(&o->wish);
}

/* Options that need chunks. */
static bool take_chunks(Options *o, OcpnImage *im)
{
    bool conventional = im->mode == IMG_MODE_CONVENTIONAL;

    if (conventional && needs_chunks(o)) {
        img_fail("--%s is for --mode open-channel only; a conventional "
                 "drive has no geometry and no chunks", needs_chunks(o));
        return false;
    }
    if (o->maps < -1 || o->maps > IMG_MAPS_MAX) {
        img_fail("--map-pages is %" PRId64 ", but must be 0 to %u", o->maps,
                 IMG_MAPS_MAX);
        return false;
    }
    return conventional || img_parse_bad(o->bad_text, o->seed, &o->bad);
}

/* Options to mode and block format. */
static bool take_format(const Options *o, OcpnImage *im)
{
    bool conventional = o->mode && g_str_equal(o->mode, "conventional");
    gint64 lba_size = o->lba_size, ms = o->ms;

    if (o->mode && !conventional && !g_str_equal(o->mode, "open-channel")) {
        img_fail("--mode is '%s', but must be open-channel or conventional",
                 o->mode);
        return false;
    }
    im->mode = conventional ? IMG_MODE_CONVENTIONAL : IMG_MODE_OPEN_CHANNEL;
    lba_size = lba_size != -1 ? lba_size : conventional ? 512 : 4096;
    ms = ms != -1 ? ms : conventional ? 0 : 16;
    if (lba_size != 512 && lba_size != 4096) {
        img_fail("--lba-size is %" PRId64 ", but must be 512 or 4096",
                 lba_size);
        return false;
    }
    if (ms < 0 || ms > 64 || !ocpn_image_ms_valid((uint16_t)ms)) {
        img_fail("--ms is %" PRId64 ", but must be 0, 8, 16 or 64", ms);
        return false;
    }
    if (o->extended && ms == 0) {
        img_fail("--extended needs metadata, but --ms is 0; give --ms 8, 16 "
                 "or 64");
        return false;
    }
    if (o->extended && im->mode == IMG_MODE_OPEN_CHANNEL) {
        img_fail("--extended is for --mode conventional; the metadata of an "
                 "open-channel drive is separate");
        return false;
    }
    im->lbads = lba_size == 512 ? 9 : 12;
    im->ms = (uint16_t)ms;
    im->extended = o->extended;
    return true;
}

/* Lay out an image for SIZE bytes of data. */
static bool lay_out(const Options *o, uint64_t size, OcpnImage *im)
{
    OcpnError err;

    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        if (!ocpn_geometry_choose(&o->wish, size, im->lbads, &im->geo, &err)) {
            img_fail("--%s", err.text);
            return false;
        }
    } else {
        /* Whole blocks of the image, so that Format and back is no loss. */
        im->nsze = size / IMG_BLOCK * (IMG_BLOCK >> im->lbads);
    }
    im->nmaps = o->maps != -1 ? (uint32_t)o->maps
                              : ocpn_image_default_maps(im);
    if (!ocpn_image_layout(im, &err)) {
        img_fail("%s", err.text);
        return false;
    }
    return true;
}

/* Lay out the largest image that fits ROOM bytes. */
static bool lay_out_in(const Options *o, uint64_t room, OcpnImage *im)
{
    uint64_t size = room;

    for (unsigned int i = 0; i < 16; i++) {
        uint64_t over;

        if (!lay_out(o, size, im)) {
            return false;
        }
        if (im->length <= room) {
            return true;
        }
        over = MAX(im->length - room, MIB);
        size = MIN(size, im->nsze << im->lbads);
        if (over >= size) {
            break;
        }
        size -= over;
    }
    img_fail("%s has %" PRIu64 " bytes, but the smallest image of this kind "
             "needs %" PRIu64, o->file, room, im->length);
    return false;
}

/* The capacity that was asked for and what the counts that were give. */
static bool check_contradiction(const Options *o, const OcpnImage *im)
{
    uint64_t capacity = im->nsze << im->lbads;

    if (o->wish.size == -1 || im->mode != IMG_MODE_OPEN_CHANNEL ||
        capacity <= (uint64_t)o->wish.size) {
        return true;
    }
    img_fail("--size is %" PRId64 " bytes, but %" PRIu32 " x %" PRIu32 " x %"
             PRIu32 " chunks of %" PRIu32 " blocks hold %" PRIu64
             "; leave one of them out", o->wish.size, im->geo.num_grp,
             im->geo.num_pu, im->geo.num_chk, im->geo.clba, capacity);
    return false;
}

/* Refuse to overwrite; then the size of the file, if it is to keep it. */
static bool prepare(const Options *o, ImgFile *f, uint64_t *room)
{
    OcpnImage old;
    OcpnError err;
    bool blank;

    *room = o->size_text ? 0 : f->disk.size;
    if (o->force) {
        return true;
    }
    if (!img_is_blank(f, &blank)) {
        return false;
    }
    if (!blank) {
        OcpnOpen found = ocpn_image_open(&old, &f->disk, &err);

        img_fail("%s is not blank, it holds %s; --force overwrites it",
                 f->name, found == OCPN_OPEN_OK || found == OCPN_OPEN_DAMAGED
                          ? "an ocp-nvme image" : "other data");
    }
    return blank;
}

static void report(const ImgFile *f, const OcpnImage *im, uint32_t bad)
{
    uint64_t capacity = im->nsze << im->lbads;
    g_autofree char *text = img_size_text(capacity);
    char uuid[37];

    img_uuid_text(im->uuid, uuid);
    printf("%s: %s drive of %s (%" PRIu64 " bytes)\n", f->name,
           img_mode_name(im->mode), text, capacity);
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        const OcpnGeometry *g = &im->geo;
        g_autofree char *chunk =
            img_size_text((uint64_t)g->clba << im->lbads);

        printf("  %" PRIu32 " group%s x %" PRIu32 " parallel unit%s x %"
               PRIu32 " chunk%s x %" PRIu32 " blocks, a chunk is %s\n",
               g->num_grp, g->num_grp == 1 ? "" : "s",
               g->num_pu, g->num_pu == 1 ? "" : "s",
               g->num_chk, g->num_chk == 1 ? "" : "s", g->clba, chunk);
        printf("  writes of %" PRIu32 " blocks, better %" PRIu32
               "; readable %" PRIu32 " blocks behind\n",
               g->ws_min, g->ws_opt, g->mw_cunits);
        if (bad != 0) {
            printf("  %" PRIu32 " of %" PRIu32 " chunks %s bad\n", bad,
                   g->chunks, bad == 1 ? "is" : "are");
        }
        if (g->ws_opt > MOST_VECTOR) {
            printf("  note: ws-opt is more than the %d blocks of one vector "
                   "command\n", MOST_VECTOR);
        }
    }
    printf("  %" PRIu64 " blocks of %u bytes with %u bytes of metadata%s\n",
           im->nsze, 1u << im->lbads, im->ms,
           im->ms == 0 ? "" : im->extended ? ", extended" : ", separate");
    printf("  uuid %s, file length %" PRIu64 "\n", uuid, f->disk.size);
}

/* Write it all; *BAD is the number of bad chunks. */
static int write_image(const Options *o, ImgFile *f, const OcpnImage *im,
                       uint64_t length, uint32_t *bad)
{
    g_autofree uint8_t *offline = NULL;
    OcpnError err;

    if (o->offline) {
        offline = img_parse_chunks("--offline", o->offline, im->geo.chunks);
        if (!offline) {
            return EXIT_NOT_RUN;
        }
    }
    if (!f->block_device && (o->force || f->disk.size < length) &&
        !img_file_resize(f, length, o->force)) {
        return EXIT_NOT_RUN;
    }
    if (!ocpn_image_create(im, &f->disk, &err)) {
        return img_file_fail(f, &err, EXIT_NOT_RUN);
    }
    if (offline || o->bad.ppm != 0) {
        return img_make_bad(f, im, &o->bad, offline, bad);
    }
    return EXIT_FINE;
}

static int make(const Options *o, ImgFile *f, OcpnImage *im)
{
    uint32_t bad = 0;
    uint64_t room;
    int status;

    if (!prepare(o, f, &room)) {
        return EXIT_NOT_RUN;
    }
    if (f->block_device) {
        room = f->disk.size;
    }
    if (o->size_text || room == 0 ? !lay_out(o, o->size, im)
                                  : !lay_out_in(o, room, im)) {
        return EXIT_NOT_RUN;
    }
    if (!check_contradiction(o, im)) {
        return EXIT_NOT_RUN;
    }
    if (f->block_device && im->length > f->disk.size) {
        return img_fail("%s has %" PRIu64 " bytes, but the image needs %"
                        PRIu64 "; give a smaller --size or none", f->name,
                        f->disk.size, im->length);
    }
    status = write_image(o, f, im, MAX(room, im->length), &bad);
    if (status == EXIT_FINE) {
        report(f, im, bad);
    }
    return status;
}

/* Options to an image; the file is opened last. */
static int create(Options *o)
{
    OcpnImage im = { .sequence = 0 };
    ImgFile f;
    int status;

    if (!take_format(o, &im) || !take_chunks(o, &im)) {
        return EXIT_NOT_RUN;
    }
    if (o->size_text) {
        if (!img_parse_size("--size", o->size_text, &o->size)) {
            return EXIT_NOT_RUN;
        }
        o->wish.size = (int64_t)o->size;
    }
    if (o->uuid && !img_uuid_parse(o->uuid, im.uuid)) {
        return img_fail("--uuid is '%s', but must be 32 hexadecimal digits, "
                        "not all zero, such as "
                        "123e4567-e89b-42d3-a456-426614174000", o->uuid);
    }
    if (!o->uuid && !img_uuid_random(im.uuid)) {
        return EXIT_NOT_RUN;
    }
    if (!img_file_open(&f, o->file, IMG_CREATE)) {
        return EXIT_NOT_RUN;
    }
    status = make(o, &f, &im);
    if (status != EXIT_FINE && f.created) {
        unlink(f.name);
    }
    img_file_close(&f);
    return status;
}

int img_create(int argc, char **argv)
{
    Options o = {
        .lba_size = -1, .ms = -1, .maps = -1, .size = DEFAULT_SIZE,
    };
    int status = EXIT_NOT_RUN;

    if (parse(argc, argv, &o)) {
        status = create(&o);
    }
    g_free(o.size_text);
    g_free(o.mode);
    g_free(o.uuid);
    g_free(o.offline);
    g_free(o.bad_text);
    g_free(o.seed);
    return status;
}
