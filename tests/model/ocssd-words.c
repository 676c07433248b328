/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ocssd-run.h"

typedef struct Text {
    char *buf;
    size_t len, at;
} Text;

static void add(Text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(Text *t, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(t->buf + t->at, t->len - t->at, format, ap);
    va_end(ap);
    if (n > 0) {
        t->at += (size_t)n < t->len - t->at ? (size_t)n : t->len - t->at - 1;
    }
}

/* N blocks from LBA on. */
static void add_run(Text *t, const Model *m, uint64_t lba, unsigned n)
{
    uint32_t chunk, s;

    add(t, " 0x%" PRIx64, lba);
    if (n > 1) {
        add(t, "+%u", n);
    }
    if (model_find(m, lba, &chunk, &s)) {
        add(t, " (chunk %u, block %u)", (unsigned)chunk, (unsigned)s);
    }
}

static void add_list(Text *t, const Model *m, const uint64_t *lba, unsigned n)
{
    for (unsigned i = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && lba[i + run] == lba[i] + run; ) {
            run++;
        }
        add_run(t, m, lba[i], run);
    }
}

static void add_ranges(Text *t, const Model *m, const ModelCmd *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        add_run(t, m, c->lba[i], c->len[i]);
    }
    add(t, c->on ? ", deallocate" : ", nothing to do");
}

static const char *const ops[MODEL_NOPS] = {
    [MODEL_WRITE] = "Write", [MODEL_READ] = "Read",
    [MODEL_DSM] = "Dataset Management", [MODEL_FLUSH] = "Flush",
    [MODEL_VRESET] = "Vector Chunk Reset",
    [MODEL_VWRITE] = "Vector Chunk Write",
    [MODEL_VREAD] = "Vector Chunk Read", [MODEL_VCOPY] = "Vector Chunk Copy",
    [MODEL_LOG] = "Chunk Information", [MODEL_DULBE] = "Set Features DULBE",
    [MODEL_FEEDBACK] = "Set Features Media Feedback",
    [MODEL_CC_EN] = "controller reset", [MODEL_SYSTEM_RESET] = "system reset",
    [MODEL_RESTART] = "shutdown and start", [MODEL_CRASH] = "crash and start",
};

static const char *const wrongs[MODEL_NWRONGS] = {
    [MODEL_FINE] = "", [MODEL_FUSED] = ", FUSE set",
    [MODEL_COUNT_BITS] = ", dword 12 bit 6 set",
    [MODEL_NO_LIST] = ", list where no memory is",
    [MODEL_NO_NSID] = ", to no namespace",
    [MODEL_NO_OPCODE] = ", but with an opcode that is none",
};

void model_say(const Model *m, const ModelCmd *c, char *buf, size_t len)
{
    Text t = { .buf = buf, .len = len };

    add(&t, "%s", ops[c->op]);
    if (c->op == MODEL_LOG) {
        add(&t, ", %u bytes at 0x%" PRIx64, (unsigned)c->bytes, c->offset);
    } else if (c->op == MODEL_FEEDBACK) {
        add(&t, " 0x%x", (unsigned)c->feedback);
    } else if (c->op == MODEL_DULBE) {
        add(&t, " %s", c->on ? "on" : "off");
    } else if (c->op == MODEL_READ || c->op == MODEL_WRITE) {
        add_run(&t, m, c->lba[0], c->n);
    } else if (c->op == MODEL_DSM) {
        add_ranges(&t, m, c);
    } else if (c->op >= MODEL_VRESET && c->op <= MODEL_VCOPY) {
        add(&t, " of %u:", c->n);
        add_list(&t, m, c->lba, c->n);
        if (c->op == MODEL_VCOPY) {
            add(&t, " to");
            add_list(&t, m, c->to, c->n);
        }
    }
    if (c->op < MODEL_LOG) {
        add(&t, "%s%s, queue %u", c->meta ? ", with metadata pointer" : "",
            wrongs[c->wrong], c->queue);
    }
    if (c->fault) {
        char rule[100];

        model_fault_rule(&m->rules, c, rule, sizeof(rule));
        add(&t, ", fault \"%s\"", rule);
    }
}
