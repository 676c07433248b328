/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map as a PNG file. */
#include <inttypes.h>
#include <png.h>
#include <string.h>

#include "ocp-nvme-img-map.h"

#define ROW_HEIGHT  14
#define ROW_STEP    16
#define GROUP_GAP   6
#define MARGIN      8

typedef struct Canvas {
    uint32_t width, height;
    uint8_t *rgb;
} Canvas;

static void fill(Canvas *p, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
                 uint32_t colour)
{
    for (uint32_t j = y; j < MIN(y + h, p->height); j++) {
        for (uint32_t i = x; i < MIN(x + w, p->width); i++) {
            uint8_t *at = p->rgb + 3 * ((size_t)j * p->width + i);

            at[0] = (uint8_t)(colour >> 16);
            at[1] = (uint8_t)(colour >> 8);
            at[2] = (uint8_t)colour;
        }
    }
}

static void draw_cell(Canvas *p, const ImgChunkMap *m, const ImgCell *c,
                      uint32_t x, uint32_t y)
{
    uint32_t step = (p->width - 2 * MARGIN) / m->cols;
    uint32_t w = step >= 4 ? step - 1 : step;
    uint32_t h = c->kind == CELL_OFFLINE ? ROW_HEIGHT :
                 (uint32_t)(ROW_HEIGHT * c->fill + 0.5);

    if (m->wear) {
        fill(p, x, y, w, ROW_HEIGHT, img_wear_colour(c->wear));
        return;
    }
    if (c->kind != CELL_FREE && h == 0) {
        h = 1;
    }
    fill(p, x, y, w, ROW_HEIGHT, img_kind_colour(CELL_FREE));
    fill(p, x, y + ROW_HEIGHT - h, w, h, img_kind_colour(c->kind));
}

static void draw(Canvas *p, const ImgChunkMap *m)
{
    uint32_t step = (p->width - 2 * MARGIN) / m->cols;
    uint32_t y = MARGIN;

    for (uint32_t row = 0; row < m->rows; row++) {
        if (row > 0 && m->pus_per_row == 1 && row % m->num_pu == 0) {
            y += GROUP_GAP;
        }
        for (uint32_t col = 0; col < m->cols; col++) {
            draw_cell(p, m, &m->cell[row * m->cols + col],
                      MARGIN + col * step, y);
        }
        y += ROW_STEP;
    }
}

bool img_write_png(const ImgChunkMap *m, uint32_t width, const char *name)
{
    uint32_t gaps = m->pus_per_row == 1 ? (m->rows - 1) / m->num_pu : 0;
    uint32_t step = MAX((MAX(width, 2 * MARGIN) - 2 * MARGIN) / m->cols, 1u);
    Canvas p = {
        .width = 2 * MARGIN + step * m->cols,
        .height = 2 * MARGIN + m->rows * ROW_STEP + gaps * GROUP_GAP,
    };
    png_image png = { .version = PNG_IMAGE_VERSION };
    bool ok;

    p.rgb = g_malloc((size_t)3 * p.width * p.height);
    memset(p.rgb, 0xff, (size_t)3 * p.width * p.height);
    draw(&p, m);
    png.width = p.width;
    png.height = p.height;
    png.format = PNG_FORMAT_RGB;
    ok = png_image_write_to_file(&png, name, 0, p.rgb, 0, NULL);
    if (!ok) {
        img_fail("cannot write %s: %s", name, png.message);
    }
    g_free(p.rgb);
    return ok;
}
