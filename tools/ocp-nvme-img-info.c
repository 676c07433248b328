/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img info */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img.h"

static const ImgUsage usage = {
    "FILE", "say what drive an image holds",
    "Example:\n"
    "  ocp-nvme-img info drive.img\n"
    "  ocp-nvme-img info --json drive.img | jq .geometry.num_chk\n"
    "\n"
    "Exit status: 0 printed; 1 the image is damaged; 2 not run.",
};

/* What is counted over the chunk table. */
typedef struct Totals {
    uint64_t free, open, closed, offline;
    uint64_t written;           /* blocks */
    uint64_t resets;
    uint32_t most_resets;
    uint32_t random, own_size;  /* chunks: random-write, not of clba blocks */
    uint32_t maps_used;         /* pages */
} Totals;

static Totals count(const ImgChunk *chunk, uint32_t n)
{
    Totals t = { .free = 0 };

    for (uint32_t i = 0; i < n; i++) {
        uint32_t resets = from_le32(chunk[i].resets);

        t.free += chunk[i].state == OCSSD_CS_FREE;
        t.open += chunk[i].state == OCSSD_CS_OPEN;
        t.closed += chunk[i].state == OCSSD_CS_CLOSED;
        t.offline += chunk[i].state == OCSSD_CS_OFFLINE;
        t.written += from_le32(chunk[i].wp);
        t.resets += resets;
        t.most_resets = MAX(t.most_resets, resets);
        t.random += (chunk[i].type & OCSSD_CT_RANDOM) != 0;
        t.own_size += (chunk[i].type & OCSSD_CT_SIZE_DEVIATES) != 0;
    }
    return t;
}

/* Pages of block maps that are in use; an exit status. */
static int count_maps(ImgFile *f, const OcpnImage *im, const ImgChunk *all,
                      uint32_t *used)
{
    for (uint32_t i = 0; i < im->nmaps; i++) {
        unsigned int slot;
        ImgPage p;
        ImgMap m;
        int status = img_load_page(f, im, IMG_REGION_MAPS, i, &p, &slot);

        if (status != EXIT_FINE) {
            return status;
        }
        memcpy(&m, p.payload, sizeof(m));
        *used += img_map_belongs(im, all, &m);
    }
    return EXIT_FINE;
}

/* A geometry's numbers, by the names of the specification. */
#define NGEOMETRY 17
static void geometry_rows(const OcpnGeometry *g, const char *name[NGEOMETRY],
                          uint32_t value[NGEOMETRY])
{
    const struct {
        const char *name;
        uint32_t value;
    } row[NGEOMETRY] = {
        { "num_grp", g->num_grp }, { "num_pu", g->num_pu },
        { "num_chk", g->num_chk }, { "clba", g->clba },
        { "ws_min", g->ws_min }, { "ws_opt", g->ws_opt },
        { "mw_cunits", g->mw_cunits }, { "maxoc", g->maxoc },
        { "maxocpu", g->maxocpu }, { "pe_cycles", g->pe_cycles },
        { "wit", g->wit }, { "trdt", g->trdt }, { "trdm", g->trdm },
        { "twrt", g->twrt }, { "twrm", g->twrm }, { "tcrst", g->tcrst },
        { "tcrsm", g->tcrsm },
    };

    for (unsigned int i = 0; i < NGEOMETRY; i++) {
        name[i] = row[i].name;
        value[i] = row[i].value;
    }
}

static void json_open_channel(const OcpnImage *im, const Totals *t)
{
    const char *name[NGEOMETRY];
    uint32_t value[NGEOMETRY];

    geometry_rows(&im->geo, name, value);
    printf(",\n  \"geometry\": {");
    for (unsigned int i = 0; i < NGEOMETRY; i++) {
        printf("%s\n    \"%s\": %" PRIu32, i ? "," : "", name[i], value[i]);
    }
    printf("\n  },\n  \"lba_format\": { \"grp_bits\": %u, \"pu_bits\": %u, "
           "\"chk_bits\": %u, \"lbk_bits\": %u },\n", im->geo.grp_bits,
           im->geo.pu_bits, im->geo.chk_bits, im->geo.lbk_bits);
    printf("  \"chunks\": { \"total\": %" PRIu32 ", \"free\": %" PRIu64
           ", \"open\": %" PRIu64 ", \"closed\": %" PRIu64 ", \"offline\": %"
           PRIu64 ",\n    \"written_blocks\": %" PRIu64 ", \"resets\": %"
           PRIu64 ", \"most_resets\": %" PRIu32 ",\n    \"random\": %" PRIu32
           ", \"own_size\": %" PRIu32 " },\n", im->geo.chunks, t->free,
           t->open, t->closed, t->offline, t->written, t->resets,
           t->most_resets, t->random, t->own_size);
    printf("  \"block_maps\": { \"pages\": %" PRIu32 ", \"used\": %" PRIu32
           ", \"free\": %" PRIu32 " }", im->nmaps, t->maps_used,
           im->nmaps - t->maps_used);
}

/* Numbers and words of our own only: nothing needs escaping. */
static void json(const OcpnImage *im, const Totals *t, uint64_t file_length)
{
    const char *comma = "";
    char uuid[37];

    img_uuid_text(im->uuid, uuid);
    printf("{\n  \"format_version\": %d,\n  \"uuid\": \"%s\",\n"
           "  \"sequence\": %" PRIu64 ",\n  \"mode\": \"%s\",\n"
           "  \"lba_size\": %u,\n  \"ms\": %u,\n  \"extended\": %s,\n"
           "  \"blocks\": %" PRIu64 ",\n  \"capacity\": %" PRIu64 ",\n"
           "  \"length\": %" PRIu64 ",\n  \"file_length\": %" PRIu64 ",\n"
           "  \"regions\": {", IMG_VERSION, uuid, im->sequence,
           img_mode_name(im->mode), 1u << im->lbads, im->ms,
           im->extended ? "true" : "false", im->nsze, im->nsze << im->lbads,
           im->length, file_length);
    for (uint32_t r = IMG_REGION_STATE; r < IMG_REGION_END; r++) {
        OcpnExtent e = ocpn_image_region(im, r);

        if (e.length != 0) {
            printf("%s\n    \"%s\": { \"offset\": %" PRIu64 ", \"length\": %"
                   PRIu64 " }", comma, ocpn_image_region_name(r), e.offset,
                   e.length);
            comma = ",";
        }
    }
    printf("\n  }");
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        json_open_channel(im, t);
    }
    printf("\n}\n");
}

static void text_open_channel(const OcpnImage *im, const Totals *t)
{
    const OcpnGeometry *g = &im->geo;
    g_autofree char *chunk = img_size_text((uint64_t)g->clba << im->lbads);
    g_autofree char *written = img_size_text(t->written << im->lbads);

    printf("geometry     %" PRIu32 " groups x %" PRIu32 " parallel units x %"
           PRIu32 " chunks x %" PRIu32 " blocks\n", g->num_grp, g->num_pu,
           g->num_chk, g->clba);
    printf("chunk        %s\n", chunk);
    printf("address bits %u group, %u parallel unit, %u chunk, %u block\n",
           g->grp_bits, g->pu_bits, g->chk_bits, g->lbk_bits);
    printf("writes       ws_min %" PRIu32 ", ws_opt %" PRIu32 ", mw_cunits %"
           PRIu32 " blocks\n", g->ws_min, g->ws_opt, g->mw_cunits);
    printf("open chunks  maxoc %" PRIu32 ", maxocpu %" PRIu32
           " (0: no limit)\n", g->maxoc, g->maxocpu);
    printf("wear         pe_cycles %" PRIu32 " (0: for ever), wit %" PRIu32
           "\n", g->pe_cycles, g->wit);
    printf("times        read %" PRIu32 "/%" PRIu32 ", write %" PRIu32 "/%"
           PRIu32 ", reset %" PRIu32 "/%" PRIu32 " ns (typical/longest)\n",
           g->trdt, g->trdm, g->twrt, g->twrm, g->tcrst, g->tcrsm);
    printf("chunks       %" PRIu32 ": %" PRIu64 " free, %" PRIu64 " open, %"
           PRIu64 " closed, %" PRIu64 " offline\n", g->chunks, t->free,
           t->open, t->closed, t->offline);
    if (t->random != 0 || t->own_size != 0) {
        printf("             %" PRIu32 " random-write, %" PRIu32
               " of their own size\n", t->random, t->own_size);
    }
    printf("written      %s\n", written);
    printf("resets       %" PRIu64 ", at most %" PRIu32 " of one chunk\n",
           t->resets, t->most_resets);
    printf("block maps   %" PRIu32 " pages: %" PRIu32 " used, %" PRIu32
           " free\n", im->nmaps, t->maps_used, im->nmaps - t->maps_used);
}

static void text(const char *file, const OcpnImage *im, const Totals *t,
                 uint64_t file_length)
{
    uint64_t capacity = im->nsze << im->lbads;
    g_autofree char *size = img_size_text(capacity);
    char uuid[37];

    img_uuid_text(im->uuid, uuid);
    printf("image        %s\n", file);
    printf("uuid         %s\n", uuid);
    printf("mode         %s\n", img_mode_name(im->mode));
    printf("capacity     %s (%" PRIu64 " bytes, %" PRIu64 " blocks)\n", size,
           capacity, im->nsze);
    printf("block        %u bytes, %u bytes of metadata%s\n",
           1u << im->lbads, im->ms, im->extended ? ", extended" : "");
    if (im->mode == IMG_MODE_OPEN_CHANNEL) {
        text_open_channel(im, t);
    }
    printf("length       %" PRIu64 " of the file's %" PRIu64 " bytes\n",
           im->length, file_length);
}

int img_info(int argc, char **argv)
{
    gboolean as_json = FALSE, share = FALSE;
    const GOptionEntry entries[] = {
        { "json", 'j', 0, G_OPTION_ARG_NONE, &as_json, "print JSON", NULL },
        { "force-share", 'U', 0, G_OPTION_ARG_NONE, &share,
          "read an image that is in use", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autofree ImgChunk *chunks = NULL;
    Totals totals = { .free = 0 };
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
    if (im.mode == IMG_MODE_OPEN_CHANNEL) {
        chunks = img_load_chunks(&f, &im);
        if (!chunks) {
            status = f.error ? EXIT_NOT_RUN : EXIT_DAMAGED;
        } else {
            totals = count(chunks, im.geo.chunks);
            status = count_maps(&f, &im, chunks, &totals.maps_used);
        }
    }
    if (status == EXIT_FINE && as_json) {
        json(&im, &totals, f.disk.size);
    } else if (status == EXIT_FINE) {
        text(name, &im, &totals, f.disk.size);
    }
    img_file_close(&f);
    return status;
}
