/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img resize-check */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

static const ImgUsage usage = {
    "FILE", "say what another size would cost",
    "An open-channel drive changes its size by the number of chunks in each\n"
    "parallel unit, a conventional one by the number of its blocks.  Nothing\n"
    "is changed: this answers whether a copy into a new image of that size\n"
    "would hold everything, and whether hosts would find it where it was.\n"
    "\n"
    "Example:\n"
    "  ocp-nvme-img resize-check --size 4G drive.img\n"
    "\n"
    "Exit status: 0 nothing would be lost; 1 something would, or there is no\n"
    "such drive; 2 not run.",
};

/* Chunks of which something would be missing. */
static int check_chunks(ImgFile *f, const OcpnImage *im, uint32_t num_chk)
{
    const OcpnGeometry *g = &im->geo;
    g_autofree ImgChunk *all = img_load_chunks(f, im);
    uint64_t chunks = 0, blocks = 0, offline = 0;

    if (!all) {
        return f->error ? EXIT_NOT_RUN : EXIT_DAMAGED;
    }
    for (uint32_t i = 0; i < g->chunks; i++) {
        if (i % g->num_chk < num_chk) {
            continue;
        }
        offline += all[i].state == OCSSD_CS_OFFLINE;
        if (all[i].state == OCSSD_CS_OPEN || all[i].state == OCSSD_CS_CLOSED) {
            chunks++;
            blocks += from_le32(all[i].wp);
        }
    }
    if (offline != 0) {
        printf("%" PRIu64 " offline chunks would go, which is no loss\n",
               offline);
    }
    if (chunks == 0) {
        puts("nothing would be lost");
        return EXIT_FINE;
    }
    printf("%" PRIu64 " open or closed chunks with %" PRIu64 " written blocks "
           "would be lost: those with chunk number %" PRIu32 " and above\n",
           chunks, blocks, num_chk);
    return EXIT_DAMAGED;
}

static int open_channel(ImgFile *f, const OcpnImage *im, uint64_t size)
{
    uint64_t row = (uint64_t)im->geo.num_grp * im->geo.num_pu *
                   im->geo.clba << im->lbads;
    uint64_t num_chk = size / row;
    OcpnImage to = *im;
    OcpnError err;

    if (num_chk == 0 || num_chk > OCPN_CHK_MAX) {
        printf("not possible: %" PRIu64 " bytes are %" PRIu64 " chunks in "
               "each parallel unit, but there must be 1 to %u (%" PRIu64
               " bytes each)\n", size, num_chk, OCPN_CHK_MAX, row);
        return EXIT_DAMAGED;
    }
    to.geo.num_chk = (uint32_t)num_chk;
    if (!ocpn_image_layout(&to, &err)) {
        printf("not possible: %s\n", err.text);
        return EXIT_DAMAGED;
    }
    printf("%" PRIu32 " chunks in each parallel unit instead of %" PRIu32
           ", %" PRIu64 " bytes instead of %" PRIu64 "; the image would need %"
           PRIu64 " bytes\n", to.geo.num_chk, im->geo.num_chk,
           to.nsze << to.lbads, im->nsze << im->lbads, to.length);
    printf("addresses would %s\n", to.geo.chk_bits == im->geo.chk_bits ?
           "stay what they are" :
           "change: the chunk field of an address would have another width");
    if (to.geo.num_chk >= im->geo.num_chk) {
        puts("nothing would be lost");
        return EXIT_FINE;
    }
    return check_chunks(f, im, to.geo.num_chk);
}

/* Whether a conventional image has data, and not a hole, from block N on. */
static int check_tail(ImgFile *f, const OcpnImage *im, uint64_t nsze)
{
    uint64_t from = im->data.offset + (nsze << im->lbads);
    uint64_t end = im->data.offset + (im->nsze << im->lbads);
    off_t data = lseek(f->fd, (off_t)from, SEEK_DATA);

    if (!f->block_device && (data < 0 || (uint64_t)data >= end)) {
        puts("nothing would be lost: nothing was ever written there");
        return EXIT_FINE;
    }
    printf("blocks %" PRIu64 " to %" PRIu64 " would be lost, and they may "
           "hold data\n", nsze, im->nsze - 1);
    return EXIT_DAMAGED;
}

static int conventional(ImgFile *f, const OcpnImage *im, uint64_t size)
{
    OcpnImage to = *im;
    OcpnError err;

    to.nsze = size / IMG_BLOCK * (IMG_BLOCK >> im->lbads);
    to.nmaps = im->nmaps ? ocpn_image_default_maps(&to) : 0;
    if (!ocpn_image_layout(&to, &err)) {
        printf("not possible: %s\n", err.text);
        return EXIT_DAMAGED;
    }
    printf("%" PRIu64 " blocks instead of %" PRIu64 "; the image would need %"
           PRIu64 " bytes\n", to.nsze, im->nsze, to.length);
    puts("addresses would stay what they are");
    if (to.nsze >= im->nsze) {
        puts("nothing would be lost");
        return EXIT_FINE;
    }
    return check_tail(f, im, to.nsze);
}

int img_resize_check(int argc, char **argv)
{
    g_autofree char *size_text = NULL;
    gboolean share = FALSE;
    const GOptionEntry entries[] = {
        { "size", 's', 0, G_OPTION_ARG_STRING, &size_text,
          "bytes of data, such as 64M, 8G or 16T", "SIZE" },
        { "force-share", 'U', 0, G_OPTION_ARG_NONE, &share,
          "read an image that is in use", NULL },
        G_OPTION_ENTRY_NULL
    };
    uint64_t size;
    char *name;
    ImgFile f;
    OcpnImage im;
    int status;

    if (!img_parse(argc, argv, &usage, entries, &name)) {
        return EXIT_NOT_RUN;
    }
    if (!size_text) {
        return img_fail("--size is missing; give the size to check, such as "
                        "--size 16G");
    }
    if (!img_parse_size("--size", size_text, &size)) {
        return EXIT_NOT_RUN;
    }
    status = img_open(&f, name, share ? IMG_READ_SHARED : IMG_READ, &im);
    if (status != EXIT_FINE) {
        return status;
    }
    status = im.mode == IMG_MODE_OPEN_CHANNEL ? open_channel(&f, &im, size)
                                              : conventional(&f, &im, size);
    img_file_close(&f);
    return status;
}
