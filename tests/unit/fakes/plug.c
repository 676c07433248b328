/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A power plug: see plug.h.  A write is done at once; what was there before,
 * and what came, is kept until a flush, so that it can be taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plug.h"
#include "port-int.h"

#define SECTOR  512u
#define PAGE    4096u

typedef struct FakePlugWrite {
    uint64_t number;
    uint32_t nsid;
    bool     fua;
    uint64_t off, len;
    uint8_t *before, *after;    /* of one allocation */
} FakePlugWrite;

static uint8_t *bytes(FakePlug *p, const FakePlugWrite *w)
{
    return p->f->media[w->nsid].bytes + w->off;
}

static void forget(FakePlug *p, uint32_t nsid)
{
    size_t left = 0;

    for (size_t i = 0; i < p->npending; i++) {
        if (!nsid || p->pending[i].nsid == nsid) {
            free(p->pending[i].before);
        } else {
            p->pending[left++] = p->pending[i];
        }
    }
    p->npending = left;
}

void fake_plug_in(FakePlug *p, FakePort *f)
{
    *p = (FakePlug) { .f = f, .at = FAKE_PLUG_NEVER };
    f->plug = p;
}

/* A number that follows from seed, write and place. */
static uint32_t dice(const FakePlug *p, uint64_t write, uint64_t place)
{
    uint64_t x = (uint64_t)p->seed << 40 ^ write << 20 ^ place;

    x = (x + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x >> 33);
}

static void tear_sectors(FakePlug *p, FakePlugWrite *w)
{
    uint64_t n = (w->len + SECTOR - 1) / SECTOR;
    uint64_t first = dice(p, w->number, n) % (n + 1);
    bool any = p->seed & 1;

    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = i * SECTOR;
        uint64_t len = w->len - at < SECTOR ? w->len - at : SECTOR;
        bool came = any ? dice(p, w->number, i) & 1 : i < first;

        if (!came) {
            memcpy(bytes(p, w) + at, w->before + at, len);
        }
    }
}

/* A page of a table, or a superblock: what changes is in one sector. */
static bool is_table(FakePlug *p, const FakePlugWrite *w)
{
    return w->len == PAGE &&
           (w->off == IMG_SUPER_A || w->off == IMG_SUPER_B ||
            !memcmp(bytes(p, w), "OCPG", 4));
}

/*
 * The sectors of the write that was under way: the first ones, or any; of a
 * table the first bytes, so that it is always broken.
 */
static void tear(FakePlug *p, FakePlugWrite *w)
{
    if (is_table(p, w) && !(p->seed & 1)) {
        uint64_t came = 16 + dice(p, w->number, 0) % 48;

        memcpy(bytes(p, w) + came, w->before + came, w->len - came);
        return;
    }
    tear_sectors(p, w);
}

/* Each page of an image's file that a write touched came, or did not. */
static void redo(FakePlug *p, const FakePlugWrite *w)
{
    for (uint64_t at = 0, len; at < w->len; at += len) {
        uint64_t in = (w->off + at) % PAGE;

        len = w->len - at < PAGE - in ? w->len - at : PAGE - in;
        if (w->fua || dice(p, w->number, (w->off + at) / PAGE) & 1) {
            memcpy(bytes(p, w) + at, w->after + at, len);
        }
    }
}

static void lose(FakePlug *p)
{
    for (size_t i = p->npending; i > 0; i--) {
        const FakePlugWrite *w = &p->pending[i - 1];

        memcpy(bytes(p, w), w->before, w->len);
    }
    for (size_t i = 0; i < p->npending; i++) {
        redo(p, &p->pending[i]);
    }
}

void fake_plug_out(FakePlug *p)
{
    p->off = true;
    if (p->way == FAKE_PLUG_REORDER) {
        lose(p);
    }
    forget(p, 0);
    free(p->pending);
    p->pending = NULL;
    p->room = 0;
    p->f->plug = NULL;
}

bool fake_plug_before(FakePlug *p, uint32_t nsid, uint64_t off, uint64_t len)
{
    FakePlugWrite *w;

    if (p->off) {
        return false;
    }
    if (p->npending == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->pending = realloc(p->pending, p->room * sizeof(*w));
        NEED(p->pending);
    }
    w = &p->pending[p->npending++];
    *w = (FakePlugWrite) { .number = ++p->writes, .nsid = nsid, .off = off,
                           .len = len };
    w->before = malloc(2 * len);
    NEED(w->before);
    w->after = w->before + len;
    memcpy(w->before, bytes(p, w), len);
    return true;
}

bool fake_plug_after(FakePlug *p, bool fua)
{
    FakePlugWrite *w = &p->pending[p->npending - 1];

    memcpy(w->after, bytes(p, w), w->len);
    if (w->number < p->at) {
        w->fua = fua;
        return true;
    }
    p->off = true;
    if (p->way == FAKE_PLUG_STOP) {
        memcpy(bytes(p, w), w->before, w->len);
    } else if (p->way == FAKE_PLUG_TORN) {
        tear(p, w);
    }
    return false;
}

bool fake_plug_flush(FakePlug *p, uint32_t nsid)
{
    if (p->off) {
        return false;
    }
    p->flushes++;
    forget(p, nsid);
    return true;
}
