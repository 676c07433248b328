/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ocssd-run.h"

static uint64_t word_at(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

/* Words of a stamp in memory; the drive does not know what they mean. */
static bool is_stamp(const uint8_t *p, uint64_t stamp, size_t bytes,
                     unsigned *bad)
{
    for (unsigned i = 0; i < bytes / 8 && stamp != MODEL_ANY; i++) {
        if (word_at(p + i * 8) != model_word(stamp, i)) {
            *bad = i;
            return false;
        }
    }
    return true;
}

static bool is_spoilt(const uint8_t *p, size_t bytes, unsigned *bad)
{
    for (unsigned i = 0; i < bytes; i++) {
        if (p[i] != MODEL_SPOIL) {
            *bad = i / 8;
            return false;
        }
    }
    return true;
}

static bool same_answer(const ModelAnswer *a, const RunSeen *s, char *buf,
                        size_t len)
{
    uint64_t bitmap = (uint64_t)s->dw1 << 32 | s->dw0;

    if (!s->done) {
        snprintf(buf, len, "no completion came");
    } else if (s->status != a->status) {
        snprintf(buf, len, "status %x/%02x, expected %x/%02x",
                 s->status >> 8, s->status & 0xff,
                 a->status >> 8, a->status & 0xff);
    } else if (s->dnr != (a->status != 0)) {                /* STAT-R1 */
        snprintf(buf, len, "status %x/%02x with DNR %d", s->status >> 8,
                 s->status & 0xff, s->dnr);
    } else if (bitmap != a->bitmap) {                       /* VEC-R5 */
        snprintf(buf, len, "bitmap %" PRIx64 ", expected %" PRIx64
                 " (status %x/%02x)", bitmap, a->bitmap, s->status >> 8,
                 s->status & 0xff);
    } else {
        return true;
    }
    return false;
}

/* The content of each block of a read that the model knows. */
static bool same_blocks(const Model *m, const ModelCmd *c,
                        const ModelAnswer *a, const RunSeen *s, char *buf,
                        size_t len)
{
    uint32_t ms = m->rules.ms;
    unsigned bad;

    for (unsigned i = 0; i < c->n; i++) {
        const uint8_t *data = s->data + (size_t)i * MODEL_BLOCK;
        const uint8_t *meta = s->meta + (size_t)i * ms;

        if (a->known[i] &&
            !is_stamp(data, a->read[i].data, MODEL_BLOCK, &bad)) {
            snprintf(buf, len, "block %u, data word %u: %016" PRIx64
                     ", expected %016" PRIx64, i, bad, word_at(data + bad * 8),
                     model_word(a->read[i].data, bad));
            return false;
        }
        if (a->known[i] && c->meta &&
            !is_stamp(meta, a->read[i].meta, ms, &bad)) {
            snprintf(buf, len, "block %u, metadata word %u: %016" PRIx64
                     ", expected %016" PRIx64, i, bad, word_at(meta + bad * 8),
                     model_word(a->read[i].meta, bad));
            return false;
        }
    }
    if (!c->meta && !is_spoilt(s->meta, (size_t)c->n * ms, &bad)) {
        snprintf(buf, len, "metadata came though there is no pointer");
        return false;
    }
    return true;
}

static bool same_bytes(const uint8_t *got, const uint8_t *want, size_t n,
                       uint64_t offset, char *buf, size_t len)
{
    for (size_t i = 0; i < n; i++) {
        if (got[i] != want[i]) {
            snprintf(buf, len, "descriptor %" PRIu64 ", byte %u: %02x, "
                     "expected %02x", (offset + i) / MODEL_DESC,
                     (unsigned)((offset + i) % MODEL_DESC), got[i], want[i]);
            return false;
        }
    }
    return true;
}

/* Section 4.3: what is past the end reads as zero. */
static bool same_log(const Model *m, const ModelCmd *c, const RunSeen *s,
                     char *buf, size_t len)
{
    size_t size = model_log_size(m);
    uint8_t *want = calloc(1, size + (size_t)c->offset + c->bytes);
    bool same;

    if (!want) {
        abort();
    }
    model_log(m, want);
    same = same_bytes(s->data, want + c->offset, c->bytes, c->offset, buf,
                      len);
    free(want);
    return same;
}

bool model_compare(const Model *m, const ModelCmd *c, const ModelAnswer *a,
                   const RunSeen *s, char *buf, size_t len)
{
    if (!same_answer(a, s, buf, len)) {
        return false;
    }
    if (c->wrong || c->n > m->rules.mdts) {
        return true;
    }
    if (c->op == MODEL_READ || c->op == MODEL_VREAD) {
        return same_blocks(m, c, a, s, buf, len);
    }
    if (c->op == MODEL_VRESET && c->meta) {                 /* VR-R2 */
        return same_bytes(s->meta, a->desc[0], c->n * MODEL_DESC, 0, buf, len);
    }
    if (c->op == MODEL_LOG && !a->status) {
        return same_log(m, c, s, buf, len);
    }
    return true;
}
