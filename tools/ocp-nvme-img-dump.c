/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img dump */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

static const ImgUsage usage = {
    "FILE", "print tables as text",
    "Without an option, all four are printed.  One line per row, columns are\n"
    "separated by spaces, for grep and awk.\n"
    "\n"
    "Example, the chunks that were reset most:\n"
    "  ocp-nvme-img dump --chunks drive.img | sort -nk9 | tail\n"
    "\n"
    "Exit status: 0 printed; 1 the image is damaged; 2 not run.",
};

static void dump_super(const OcpnImage *im)
{
    const OcpnGeometry *g = &im->geo;
    char uuid[37];

    img_uuid_text(im->uuid, uuid);
    printf("superblock version %d sequence %" PRIu64 " uuid %s\n",
           IMG_VERSION, im->sequence, uuid);
    printf("superblock mode %u lbads %u ms %u extended %d nsze %" PRIu64
           " length %" PRIu64 "\n", im->mode, im->lbads, im->ms, im->extended,
           im->nsze, im->length);
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        printf("geometry num_grp %" PRIu32 " num_pu %" PRIu32 " num_chk %"
               PRIu32 " clba %" PRIu32 " ws_min %" PRIu32 " ws_opt %" PRIu32
               " mw_cunits %" PRIu32 "\n", g->num_grp, g->num_pu, g->num_chk,
               g->clba, g->ws_min, g->ws_opt, g->mw_cunits);
        printf("geometry maxoc %" PRIu32 " maxocpu %" PRIu32 " pe_cycles %"
               PRIu32 " wit %" PRIu32 "\n", g->maxoc, g->maxocpu,
               g->pe_cycles, g->wit);
        printf("geometry trdt %" PRIu32 " trdm %" PRIu32 " twrt %" PRIu32
               " twrm %" PRIu32 " tcrst %" PRIu32 " tcrsm %" PRIu32 "\n",
               g->trdt, g->trdm, g->twrt, g->twrm, g->tcrst, g->tcrsm);
    }
    for (uint32_t r = IMG_REGION_STATE; r < IMG_REGION_END; r++) {
        OcpnExtent e = ocpn_image_region(im, r);

        if (e.length != 0) {
            printf("region %" PRIu32 " offset %" PRIu64 " length %" PRIu64
                   " (%s)\n", r, e.offset, e.length,
                   ocpn_image_region_name(r));
        }
    }
}

static bool load(ImgFile *f, const OcpnImage *im, enum ImgStatePage index,
                 ImgPage *p)
{
    OcpnError err;
    unsigned int slot;

    if (!ocpn_page_load(im, &f->disk, IMG_REGION_STATE, index, p, &slot,
                        &err)) {
        img_file_fail(f, &err, EXIT_DAMAGED);
        return false;
    }
    return true;
}

static void dump_counters(const ImgPage *p)
{
    ImgCounters c;

    memcpy(&c, p->payload, sizeof(c));
    const struct {
        const char *name;
        Le64 value;
    } row[] = {
        { "power_cycles", c.power_cycles },
        { "unsafe_shutdowns", c.unsafe_shutdowns },
        { "power_on_seconds", c.power_on_seconds },
        { "read_sectors", c.read_sectors },
        { "written_sectors", c.written_sectors },
        { "read_commands", c.read_commands },
        { "write_commands", c.write_commands },
        { "busy_ns", c.busy_ns },
        { "media_errors", c.media_errors },
        { "error_count", c.error_count },
        { "notifications", c.notifications },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        printf("counter %s %" PRIu64 "\n", row[i].name,
               from_le64(row[i].value));
    }
    printf("counter open %u\n", c.open);
}

static void dump_features(const ImgPage *p)
{
    for (uint32_t i = 0; i < IMG_NFEATURES; i++) {
        ImgFeature e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        if (e.fid != 0) {
            printf("feature 0x%02x uuid %u nsid %" PRIu32 " value 0x%08" PRIx32
                   " 0x%08" PRIx32 "\n", e.fid, e.uuid, from_le32(e.nsid),
                   from_le32(e.value), from_le32(e.value2));
        }
    }
}

static void dump_extents(const ImgPage *p)
{
    for (uint32_t i = 0; i < IMG_NEXTENTS; i++) {
        ImgExtent e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        if (from_le64(e.nlb) != 0) {
            printf("uncorrectable slba %" PRIu64 " nlb %" PRIu64 "\n",
                   from_le64(e.slba), from_le64(e.nlb));
        }
    }
}

static bool dump_state(ImgFile *f, const OcpnImage *im)
{
    ImgPage p;

    if (!load(f, im, IMG_STATE_COUNTERS, &p)) {
        return false;
    }
    dump_counters(&p);
    if (!load(f, im, IMG_STATE_FEATURES, &p)) {
        return false;
    }
    dump_features(&p);
    if (!load(f, im, IMG_STATE_UNCORRECTABLE, &p)) {
        return false;
    }
    dump_extents(&p);
    return true;
}

static const char *state_name(uint8_t state)
{
    switch (state) {
    case OCSSD_CS_FREE:
        return "free";
    case OCSSD_CS_OPEN:
        return "open";
    case OCSSD_CS_CLOSED:
        return "closed";
    default:
        return "offline";
    }
}

static bool dump_chunks(ImgFile *f, const OcpnImage *im)
{
    const OcpnGeometry *g = &im->geo;
    g_autofree ImgChunk *all = img_load_chunks(f, im);

    if (!all) {
        return false;
    }
    printf("#chunk grp pu chk state type wp cnlb resets flags slba wear\n");
    for (uint32_t i = 0; i < g->chunks; i++) {
        const ImgChunk *e = &all[i];

        printf("%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %s 0x%02x %"
               PRIu32 " %" PRIu32 " %" PRIu32 " 0x%x 0x%" PRIx64 " %u\n", i,
               i / g->num_chk / g->num_pu, i / g->num_chk % g->num_pu,
               i % g->num_chk, state_name(e->state), e->type,
               from_le32(e->wp), from_le32(e->cnlb), from_le32(e->resets),
               e->flags, ocpn_addr_lba(g, i, 0), e->wear);
    }
    return true;
}

static uint32_t bits_set(const ImgMap *m)
{
    uint32_t n = 0;

    for (size_t i = 0; i < sizeof(m->bit); i++) {
        n += (uint32_t)__builtin_popcount(m->bit[i]);
    }
    return n;
}

/* Used pages; "old" ones belong to nobody any more. */
static bool dump_maps(ImgFile *f, const OcpnImage *im)
{
    g_autofree ImgChunk *all = img_load_chunks(f, im);

    if (!all) {
        return false;
    }
    printf("#map chunk part resets bits_set belongs\n");
    for (uint32_t i = 0; i < im->nmaps; i++) {
        unsigned int slot;
        ImgPage p;
        ImgMap m;

        if (img_load_page(f, im, IMG_REGION_MAPS, i, &p, &slot) != EXIT_FINE) {
            return false;
        }
        memcpy(&m, p.payload, sizeof(m));
        if (m.used) {
            printf("%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
                   " %s\n", i, from_le32(m.chunk), from_le32(m.part),
                   from_le32(m.resets), bits_set(&m),
                   img_map_belongs(im, all, &m) ? "yes" : "old");
        }
    }
    return true;
}

int img_dump(int argc, char **argv)
{
    gboolean super = FALSE, state = FALSE, chunks = FALSE, maps = FALSE;
    gboolean share = FALSE;
    const GOptionEntry entries[] = {
        { "super", 0, 0, G_OPTION_ARG_NONE, &super,
          "superblock, geometry and regions", NULL },
        { "state", 0, 0, G_OPTION_ARG_NONE, &state,
          "counters, saved features, unreadable blocks", NULL },
        { "chunks", 0, 0, G_OPTION_ARG_NONE, &chunks,
          "the chunk table", NULL },
        { "maps", 0, 0, G_OPTION_ARG_NONE, &maps,
          "pages of the block maps that are used", NULL },
        { "force-share", 'U', 0, G_OPTION_ARG_NONE, &share,
          "read an image that is in use", NULL },
        G_OPTION_ENTRY_NULL
    };
    bool all, ok = true;
    char *name;
    ImgFile f;
    OcpnImage im;
    int status;

    if (!img_parse(argc, argv, &usage, entries, &name)) {
        return EXIT_NOT_RUN;
    }
    status = img_open(&f, name, share ? IMG_READ_SHARED : IMG_READ, &im);
    if (status != EXIT_FINE) {
        return status;
    }
    all = !super && !state && !chunks && !maps;
    if ((chunks || maps) && im.mode != IMG_MODE_OPEN_CHANNEL) {
        status = img_fail("%s is conventional, it has no chunks", name);
        img_file_close(&f);
        return status;
    }
    if (super || all) {
        dump_super(&im);
    }
    if (state || all) {
        ok = dump_state(&f, &im);
    }
    if (ok && (chunks || (all && im.mode == IMG_MODE_OPEN_CHANNEL))) {
        ok = dump_chunks(&f, &im);
    }
    if (ok && (maps || (all && im.mode == IMG_MODE_OPEN_CHANNEL))) {
        ok = dump_maps(&f, &im);
    }
    status = ok ? EXIT_FINE : f.error ? EXIT_NOT_RUN : EXIT_DAMAGED;
    img_file_close(&f);
    return status;
}
