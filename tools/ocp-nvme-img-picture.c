/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colours, and the map as an SVG file. */
#include <inttypes.h>

#include "ocp-nvme-img-map.h"

#define ROW_HEIGHT  14
#define ROW_STEP    16
#define GROUP_GAP   6
#define LABEL       60
#define MARGIN      8

uint32_t img_kind_colour(ImgKind kind)
{
    static const uint32_t colour[CELL_NKINDS] = {
        [CELL_FREE]    = 0xd9dee7,
        [CELL_CLOSED]  = 0x2a6fbb,
        [CELL_OPEN]    = 0xe69f00,
        [CELL_OFFLINE] = 0xb3261e,
    };

    return colour[kind];
}

/* A mix of A and B, channel by channel. */
static uint32_t mix(uint32_t a, uint32_t b, double part)
{
    uint32_t rgb = 0;

    for (int shift = 16; shift >= 0; shift -= 8) {
        double from = a >> shift & 255, to = b >> shift & 255;

        rgb |= (uint32_t)(from + (to - from) * part + 0.5) << shift;
    }
    return rgb;
}

uint32_t img_wear_colour(double wear)
{
    static const uint32_t fresh = 0xcfe8cf, used = 0xf2c14e, worn = 0xb3261e;

    return wear < 0.5 ? mix(fresh, used, wear * 2)
                      : mix(used, worn, wear * 2 - 1);
}

static void rect(GString *s, double x, double y, double w, double h,
                 uint32_t colour)
{
    g_string_append_printf(s, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
                           "height=\"%.2f\" fill=\"#%06" PRIx32 "\"/>\n",
                           x, y, w, h, colour);
}

/* How many of the first of N cells look alike. */
static uint32_t alike(const ImgCell *c, uint32_t n)
{
    uint32_t i = 1;

    while (i < n && c[i].kind == c->kind && c[i].fill == c->fill &&
           c[i].wear == c->wear) {
        i++;
    }
    return i;
}

/* Without gaps, cells that look alike become one rectangle. */
static void svg_row(GString *s, const ImgChunkMap *m, uint32_t row, double y,
                    double step)
{
    const ImgCell *cell = &m->cell[row * m->cols];
    double gap = step >= 4 ? 1 : 0;

    for (uint32_t col = 0, n; col < m->cols; col += n) {
        const ImgCell *c = &cell[col];
        double x = LABEL + col * step, height;

        n = gap == 0 ? alike(c, m->cols - col) : 1;
        if (m->wear) {
            rect(s, x, y, n * step - gap, ROW_HEIGHT,
                 img_wear_colour(c->wear));
            continue;
        }
        height = c->kind == CELL_OFFLINE ? ROW_HEIGHT : ROW_HEIGHT * c->fill;
        if (c->kind != CELL_FREE && height < 1) {
            height = 1;
        }
        rect(s, x, y, n * step - gap, ROW_HEIGHT, img_kind_colour(CELL_FREE));
        if (height > 0) {
            rect(s, x, y + ROW_HEIGHT - height, n * step - gap, height,
                 img_kind_colour(c->kind));
        }
    }
}

static void svg_text(GString *s, double x, double y, const char *text)
{
    g_string_append_printf(s, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x, y,
                           text);
}

static void svg_legend(GString *s, const ImgChunkMap *m, double y)
{
    static const char *const name[CELL_NKINDS] = {
        [CELL_FREE] = "free", [CELL_CLOSED] = "closed",
        [CELL_OPEN] = "open", [CELL_OFFLINE] = "offline",
    };
    g_autofree char *full = g_strdup_printf("%" PRIu32 " %s", m->full_wear,
                                            m->wear_unit);

    if (m->wear) {
        for (int i = 0; i < 32; i++) {
            rect(s, LABEL + 14 + i * 4, y, 4, 12, img_wear_colour(i / 31.0));
        }
        svg_text(s, LABEL, y + 11, "0");
        svg_text(s, LABEL + 14 + 32 * 4 + 6, y + 11, full);
        return;
    }
    for (int k = 0; k < CELL_NKINDS; k++) {
        rect(s, LABEL + k * 90, y, 12, 12, img_kind_colour((ImgKind)k));
        svg_text(s, LABEL + k * 90 + 18, y + 11, name[k]);
    }
}

bool img_write_svg(const ImgChunkMap *m, uint32_t width, const char *name)
{
    uint32_t gaps = m->pus_per_row == 1 ? (m->rows - 1) / m->num_pu : 0;
    uint32_t height = 2 * MARGIN + m->rows * ROW_STEP + gaps * GROUP_GAP + 24;
    double step = (MAX(width, LABEL + MARGIN + 16) - LABEL - MARGIN) /
                  (double)m->cols;
    double y = MARGIN;
    GString *s = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    bool ok;

    g_string_append_printf(s, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                           "width=\"%" PRIu32 "\" height=\"%" PRIu32 "\" "
                           "font-family=\"sans-serif\" font-size=\"11\">\n",
                           width, height);
    rect(s, 0, 0, width, height, 0xffffff);
    for (uint32_t row = 0; row < m->rows; row++) {
        g_autofree char *label = img_row_name(m, row);

        if (row > 0 && m->pus_per_row == 1 && row % m->num_pu == 0) {
            y += GROUP_GAP;
        }
        svg_text(s, MARGIN, y + 11, label);
        svg_row(s, m, row, y, step);
        y += ROW_STEP;
    }
    svg_legend(s, m, y + 8);
    g_string_append(s, "</svg>\n");
    ok = g_file_set_contents(name, s->str, (gssize)s->len, &error);
    if (!ok) {
        img_fail("cannot write %s: %s", name, error->message);
    }
    g_string_free(s, TRUE);
    return ok;
}
