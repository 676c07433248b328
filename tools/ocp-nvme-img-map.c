/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ocp-nvme-img map: the grid, and its picture in a terminal. */
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hw/ocp-nvme/spec/ocssd.h"
#include "ocp-nvme-img-map.h"

#define MOST_ROWS       128     /* more parallel units share rows */
#define LABEL           10      /* columns */

static const ImgUsage usage = {
    "FILE", "draw chunk states or wear",
    "One row per parallel unit, one cell per chunk; big drives have several\n"
    "chunks in a cell.  A cell that holds an offline chunk is offline, else\n"
    "one that holds an open chunk is open.  The part of a cell that is filled\n"
    "is the part of its blocks that is written.\n"
    "Colours are used on a terminal unless NO_COLOR is set; else letters are:\n"
    "  . free   0-9 open, tenths written   # closed (+ partly)   x offline\n"
    "\n"
    "Example:\n"
    "  ocp-nvme-img map drive.img\n"
    "  ocp-nvme-img map --wear --svg wear.svg drive.img\n"
    "\n"
    "Exit status: 0 drawn; 1 the image is damaged; 2 not run.",
};

static const char *const kind_name[CELL_NKINDS] = {
    [CELL_FREE]    = "free",
    [CELL_CLOSED]  = "closed",
    [CELL_OPEN]    = "open",
    [CELL_OFFLINE] = "offline",
};

char *img_row_name(const ImgChunkMap *m, uint32_t row)
{
    if (m->pus_per_row == 1) {
        return g_strdup_printf("g%" PRIu32 " p%" PRIu32, row / m->num_pu,
                               row % m->num_pu);
    }
    return g_strdup_printf("pu %" PRIu32 "+", row * m->pus_per_row);
}

static ImgKind kind_of(const ImgChunk *e)
{
    switch (e->state) {
    case OCSSD_CS_FREE:
        return CELL_FREE;
    case OCSSD_CS_OPEN:
        return CELL_OPEN;
    case OCSSD_CS_CLOSED:
        return CELL_CLOSED;
    default:
        return CELL_OFFLINE;
    }
}

/* What is summed up over the chunks of a cell. */
typedef struct Sum {
    uint64_t written, blocks;
    uint32_t most_wear;
    ImgKind kind;
} Sum;

static void add(Sum *s, const ImgChunk *e, bool by_index)
{
    uint32_t wear = by_index ? e->wear : from_le32(e->resets);

    s->written += e->state == OCSSD_CS_OFFLINE ? 0 : from_le32(e->wp);
    s->blocks += from_le32(e->cnlb);
    s->most_wear = MAX(s->most_wear, wear);
    s->kind = MAX(s->kind, kind_of(e));
}

/*
 * Whether wear is what set-chunks said it is.  Otherwise it is resets: of
 * those a chunk lasts, or of the most that a chunk has.
 */
static bool find_wear(const OcpnImage *im, const ImgChunk *all, uint32_t *full)
{
    bool by_index = false;

    *full = im->geo.pe_cycles;
    for (uint32_t i = 0; im->geo.pe_cycles == 0 && i < im->geo.chunks; i++) {
        *full = MAX(*full, from_le32(all[i].resets));
        by_index = by_index || all[i].wear != 0;
    }
    *full = by_index ? 255 : *full;
    return by_index;
}

static ImgChunkMap make_map(const OcpnImage *im, const ImgChunk *all,
                       uint32_t most_cols)
{
    const OcpnGeometry *g = &im->geo;
    uint32_t pus = g->num_grp * g->num_pu;
    ImgChunkMap m = {
        .pus_per_row = (pus + MOST_ROWS - 1) / MOST_ROWS,
        .chunks_per_cell = (g->num_chk + most_cols - 1) / most_cols,
        .num_pu = g->num_pu,
    };
    bool by_index = find_wear(im, all, &m.full_wear);
    g_autofree Sum *sum = NULL;

    m.wear_unit = by_index ? "of the wear index" : "resets";
    m.rows = (pus + m.pus_per_row - 1) / m.pus_per_row;
    m.cols = (g->num_chk + m.chunks_per_cell - 1) / m.chunks_per_cell;
    m.cell = g_new0(ImgCell, (size_t)m.rows * m.cols);
    sum = g_new0(Sum, (size_t)m.rows * m.cols);
    for (uint32_t i = 0; i < g->chunks; i++) {
        uint32_t row = i / g->num_chk / m.pus_per_row;
        uint32_t col = i % g->num_chk / m.chunks_per_cell;

        add(&sum[row * m.cols + col], &all[i], by_index);
    }
    for (uint32_t i = 0; i < m.rows * m.cols; i++) {
        double wear = (double)sum[i].most_wear / MAX(m.full_wear, 1u);

        m.cell[i].kind = sum[i].kind;
        m.cell[i].fill = (double)sum[i].written / (double)sum[i].blocks;
        m.cell[i].wear = MIN(wear, 1.0);
    }
    return m;
}

/* How the terminal is drawn to. */
typedef struct Terminal {
    uint32_t columns;
    bool colour;
} Terminal;

static Terminal find_terminal(void)
{
    bool tty = isatty(STDOUT_FILENO);
    const char *no_color = g_getenv("NO_COLOR");
    Terminal t = {
        .columns = 80,
        .colour = tty && !(no_color && *no_color) &&
                  g_str_equal(nl_langinfo(CODESET), "UTF-8"),
    };
    struct winsize size;

    if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) {
        t.columns = size.ws_col;
    }
    return t;
}

static void put_colour(bool background, uint32_t rgb)
{
    printf("\033[%d;2;%" PRIu32 ";%" PRIu32 ";%" PRIu32 "m",
           background ? 48 : 38, rgb >> 16, rgb >> 8 & 255, rgb & 255);
}

/* A block as high as the cell is full, on the colour of what is free. */
static void draw_coloured(const ImgCell *c, bool wear)
{
    /* U+2581 to U+2588, the lower eighths of a block */
    static const char *const level[] = {
        " ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586",
        "\u2587", "\u2588",
    };
    unsigned int eighths = (unsigned int)(c->fill * 8 + 0.5);

    if (wear) {
        put_colour(true, img_wear_colour(c->wear));
        fputs(" ", stdout);
        return;
    }
    if (c->kind == CELL_OFFLINE) {
        put_colour(true, img_kind_colour(CELL_OFFLINE));
        fputs("\u00d7", stdout);
        return;
    }
    if (eighths == 0 && c->kind != CELL_FREE) {
        eighths = 1;        /* an open chunk shows, however empty it is */
    }
    put_colour(true, img_kind_colour(CELL_FREE));
    put_colour(false, img_kind_colour(c->kind));
    fputs(level[eighths], stdout);
}

static char letter(const ImgCell *c, bool wear)
{
    if (wear) {
        return " .:-=+*#%@"[(unsigned int)(c->wear * 9 + 0.5)];
    }
    switch (c->kind) {
    case CELL_FREE:
        return '.';
    case CELL_OPEN:
        return (char)('0' + (int)MIN(c->fill * 10, 9));
    case CELL_CLOSED:
        return c->fill > 0.999 ? '#' : '+';
    default:
        return 'x';
    }
}

static void draw_legend(const ImgChunkMap *m, const Terminal *t)
{
    printf("%*s", LABEL, "");
    if (m->wear) {
        printf("%s %" PRIu32 " %s", t->colour ? "green: 0, to red:"
                                                 : "blank: 0, to @:",
               m->full_wear, m->wear_unit);
    } else if (t->colour) {
        for (int k = 0; k < CELL_NKINDS; k++) {
            put_colour(true, img_kind_colour((ImgKind)k));
            printf("  \033[0m %s  ", kind_name[k]);
        }
    } else {
        fputs(". free  0-9 open  # closed  x offline", stdout);
    }
    if (m->chunks_per_cell > 1) {
        printf("  (%" PRIu32 " chunks per cell)", m->chunks_per_cell);
    }
    putchar('\n');
}

static void draw(const ImgChunkMap *m, const Terminal *t)
{
    for (uint32_t row = 0; row < m->rows; row++) {
        g_autofree char *name = img_row_name(m, row);

        if (row > 0 && m->pus_per_row == 1 && row % m->num_pu == 0) {
            putchar('\n');
        }
        printf("%-*s", LABEL, name);
        for (uint32_t col = 0; col < m->cols; col++) {
            const ImgCell *c = &m->cell[row * m->cols + col];

            if (t->colour) {
                draw_coloured(c, m->wear);
            } else {
                putchar(letter(c, m->wear));
            }
        }
        puts(t->colour ? "\033[0m" : "");
    }
    draw_legend(m, t);
}

typedef struct Options {
    char *png, *svg, *colour;
    gint64 width;
    gboolean wear, share;
    char *file;
} Options;

static bool parse(int argc, char **argv, Options *o)
{
    const GOptionEntry entries[] = {
        { "wear", 'w', 0, G_OPTION_ARG_NONE, &o->wear,
          "draw how often chunks were reset", NULL },
        { "png", 0, 0, G_OPTION_ARG_FILENAME, &o->png,
          "draw to a PNG file", "FILE" },
        { "svg", 0, 0, G_OPTION_ARG_FILENAME, &o->svg,
          "draw to an SVG file", "FILE" },
        { "width", 0, 0, G_OPTION_ARG_INT64, &o->width,
          "columns [the terminal's], or pixels [1024]", "N" },
        { "color", 0, 0, G_OPTION_ARG_STRING, &o->colour,
          "auto, always or never [auto]", "WHEN" },
        { "force-share", 'U', 0, G_OPTION_ARG_NONE, &o->share,
          "read an image that is in use", NULL },
        G_OPTION_ENTRY_NULL
    };

    if (!img_parse(argc, argv, &usage, entries, &o->file)) {
        return false;
    }
    if (o->width != -1 && (o->width < 16 || o->width > 16384)) {
        img_fail("--width is %" PRId64 ", but must be 16 to 16384", o->width);
        return false;
    }
    if (o->colour && !g_str_equal(o->colour, "auto") &&
        !g_str_equal(o->colour, "always") &&
        !g_str_equal(o->colour, "never")) {
        img_fail("--color is '%s', but must be auto, always or never",
                 o->colour);
        return false;
    }
    return true;
}

static bool draw_all(const Options *o, const OcpnImage *im,
                     const ImgChunk *all)
{
    Terminal t = find_terminal();
    bool file = o->png || o->svg;
    uint32_t width = o->width != -1 ? (uint32_t)o->width :
                     file ? 1024 : t.columns;
    ImgChunkMap m = make_map(im, all, file ? width / 2 : MAX(width, LABEL + 1) -
                                                    LABEL);
    bool ok = true;

    m.wear = o->wear;
    if (o->colour && !g_str_equal(o->colour, "auto")) {
        t.colour = g_str_equal(o->colour, "always");
    }
    if (o->svg) {
        ok = img_write_svg(&m, width, o->svg);
    }
    if (o->png) {
        ok = img_write_png(&m, width, o->png) && ok;
    }
    if (!file) {
        draw(&m, &t);
    }
    g_free(m.cell);
    return ok;
}

static int map(const Options *o)
{
    g_autofree ImgChunk *all = NULL;
    ImgFile f;
    OcpnImage im;
    int status;

    status = img_open(&f, o->file, o->share ? IMG_READ_SHARED : IMG_READ,
                      &im);
    if (status != EXIT_FINE) {
        return status;
    }
    if (im.mode != IMG_MODE_OPEN_CHANNEL) {
        status = img_fail("%s is conventional, it has no chunks to draw",
                          o->file);
    } else {
        all = img_load_chunks(&f, &im);
        if (!all) {
            status = f.error ? EXIT_NOT_RUN : EXIT_DAMAGED;
        } else if (!draw_all(o, &im, all)) {
            status = EXIT_NOT_RUN;
        }
    }
    img_file_close(&f);
    return status;
}

int img_map(int argc, char **argv)
{
    Options o = { .width = -1 };
    int status = EXIT_NOT_RUN;

    if (parse(argc, argv, &o)) {
        status = map(&o);
    }
    g_free(o.png);
    g_free(o.svg);
    g_free(o.colour);
    return status;
}
