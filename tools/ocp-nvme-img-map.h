/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chunk table as a grid of cells, and the files it can be drawn to. */
#ifndef OCP_NVME_IMG_MAP_H
#define OCP_NVME_IMG_MAP_H

#include "ocp-nvme-img.h"

typedef enum ImgKind {
    CELL_FREE,              /* all free */
    CELL_CLOSED,            /* some closed, none open */
    CELL_OPEN,              /* some open */
    CELL_OFFLINE,           /* some offline */
    CELL_NKINDS,
} ImgKind;

/* One chunk, or several side by side. */
typedef struct ImgCell {
    ImgKind kind;
    double fill;            /* written part of its blocks, 0..1 */
    double wear;            /* the highest, 0..1 of the map's full_wear */
} ImgCell;

typedef struct ImgChunkMap {
    uint32_t rows, cols;
    uint32_t pus_per_row;   /* 1 unless there are too many */
    uint32_t chunks_per_cell;
    uint32_t num_pu;        /* parallel units in a group */
    uint32_t full_wear;     /* what is drawn as worn out */
    const char *wear_unit;  /* "resets", or "of the wear index" */
    bool wear;              /* draw wear, not states */
    ImgCell *cell;          /* rows * cols */
} ImgChunkMap;

/* The colour of a kind, of what is not written, and of wear: 0xrrggbb. */
uint32_t img_kind_colour(ImgKind kind);
uint32_t img_wear_colour(double wear);

/* What row ROW is: "g1 p2", "pu 64-79"; free with g_free(). */
char *img_row_name(const ImgChunkMap *m, uint32_t row);

/* Draw to a file, about WIDTH pixels wide.  False after a sentence. */
bool img_write_svg(const ImgChunkMap *m, uint32_t width, const char *name);
bool img_write_png(const ImgChunkMap *m, uint32_t width, const char *name);

#endif
