/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ocssd-encode.h"

static void put(uint8_t *p, unsigned bytes, uint64_t value)
{
    for (; bytes; bytes--, value >>= 8) {
        *p++ = (uint8_t)value;
    }
}

void model_put_list(uint8_t *p, const uint64_t *lba, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put(p + i * 8, 8, lba[i]);
    }
}

/* VEC-R1, VCP-R1: where a list is, or the address itself if it is alone. */
static uint64_t list_or_lba(const ModelCmd *c, uint64_t lba, uint64_t list,
                            uint64_t nowhere)
{
    if (c->n == 1) {
        return lba;
    }
    return c->wrong == MODEL_NO_LIST ? nowhere : list + c->skew;
}

static void encode_vector(const ModelCmd *c, const ModelPlaces *at,
                          ModelSqe *e)
{
    uint64_t from = list_or_lba(c, c->lba[0], at->list, at->nowhere);
    uint64_t to = list_or_lba(c, c->to[0], at->to, at->nowhere);

    e->lists = c->n > 1;
    e->cdw10 = (uint32_t)from;
    e->cdw11 = (uint32_t)(from >> 32);
    e->cdw12 = (c->n - 1) | c->cdw12 |
               (c->wrong == MODEL_COUNT_BITS ? 0x40 : 0);
    if (c->op == MODEL_VREAD || c->op == MODEL_VWRITE) {
        e->bytes = c->n * MODEL_BLOCK;
    } else {
        e->data = 0;                                    /* D52 */
    }
    if (c->op == MODEL_VCOPY) {
        e->mptr = at->nowhere;
        e->cdw14 = (uint32_t)to;
        e->cdw15 = (uint32_t)(to >> 32);
    }
}

ModelSqe model_encode(const ModelRules *rules, const ModelCmd *c,
                      const ModelPlaces *at)
{
    static const uint8_t opc[] = {
        [MODEL_WRITE] = 0x01, [MODEL_READ] = 0x02, [MODEL_DSM] = 0x09,
        [MODEL_FLUSH] = 0x00, [MODEL_VRESET] = 0x90, [MODEL_VWRITE] = 0x91,
        [MODEL_VREAD] = 0x92, [MODEL_VCOPY] = 0x93,
    };
    /* Section 7.3: without metadata the pointer is not looked at. */
    uint64_t none = rules->ms || c->op == MODEL_VRESET ? 0 : at->nowhere;
    ModelSqe e = {
        .opc = opc[c->op], .flags = c->wrong == MODEL_FUSED,
        .nsid = c->wrong == MODEL_NO_NSID ? 2 : 1,
        .mptr = c->meta ? at->meta : none, .data = at->data,
    };

    if (c->op == MODEL_READ || c->op == MODEL_WRITE) {
        e.cdw10 = (uint32_t)c->lba[0];
        e.cdw11 = (uint32_t)(c->lba[0] >> 32);
        e.cdw12 = (c->n - 1) | c->cdw12;
        e.bytes = c->n * MODEL_BLOCK;
    } else if (c->op == MODEL_DSM) {
        e.cdw10 = c->n - 1;
        e.cdw11 = c->on ? 4 : 3;
        e.bytes = c->n * 16;
        e.data = c->wrong == MODEL_NO_LIST ? at->nowhere : at->data;
    } else if (c->op >= MODEL_VRESET) {
        encode_vector(c, at, &e);
    }
    if (c->wrong == MODEL_NO_OPCODE) {
        e.opc = c->skew % 8 ? 0x05 : 0x08;      /* Compare, Write Zeroes */
    }
    return e;
}

static void fill(uint8_t *p, uint64_t stamp, size_t bytes)
{
    for (unsigned i = 0; i < bytes / 8; i++) {
        uint64_t word = model_word(stamp, i);

        memcpy(p + i * 8, &word, 8);
    }
}

void model_fill(const ModelRules *rules, const ModelCmd *c, uint8_t *data,
                uint8_t *meta)
{
    memset(meta, MODEL_SPOIL, MODEL_META_ROOM);
    if (c->op == MODEL_READ || c->op == MODEL_VREAD) {
        memset(data, MODEL_SPOIL, (size_t)c->n * MODEL_BLOCK);
    }
    for (unsigned i = 0; i < c->n; i++) {
        ModelContent is = model_written(c, i);

        if (c->op == MODEL_WRITE || c->op == MODEL_VWRITE) {
            fill(data + (size_t)i * MODEL_BLOCK, is.data, MODEL_BLOCK);
            fill(meta + (size_t)i * rules->ms, is.meta,
                 c->meta ? rules->ms : 0);
        } else if (c->op == MODEL_DSM) {
            put(data + i * 16, 4, c->skew);     /* attributes say nothing */
            put(data + i * 16 + 4, 4, c->len[i]);
            put(data + i * 16 + 8, 8, c->lba[i]);
        }
    }
}

void model_fault_rule(const ModelRules *rules, const ModelCmd *c, char *buf,
                      size_t len)
{
    static const char *const points[MODEL_NFAULTS] = {
        [MODEL_NEXT_UNIT] = "write-next-unit",
        [MODEL_EARLY_CLOSE] = "early-close",
        [MODEL_EARLY_CLOSE_OFFLINE] = "early-close offline-next=on",
        [MODEL_RESET_FAIL] = "reset-fail", [MODEL_READ_FAIL] = "read-fail",
        [MODEL_HIGH_ECC] = "high-ecc", [MODEL_IO_ERROR] = "I/O error",
    };
    unsigned chk = c->fault_chunk % rules->num_chk;
    unsigned pu = c->fault_chunk / rules->num_chk % rules->num_pu;
    unsigned grp = c->fault_chunk / rules->num_chk / rules->num_pu;
    char block[20] = "";

    if (c->fault == MODEL_READ_FAIL || c->fault == MODEL_HIGH_ECC) {
        snprintf(block, sizeof(block), " blk=%u", (unsigned)c->fault_s);
    }
    snprintf(buf, len, "%s grp=%u pu=%u chk=%u%s", points[c->fault], grp, pu,
             chk, block);
}
