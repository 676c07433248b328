/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened, as lines.
 * Implements: docs/ocp.rst, "What happened".
 */
#include <inttypes.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/record.h"

/* Bits WIDTH from SHIFT on of A or B, under a name; NULL: no more of them. */
typedef struct Word {
    const char *name;
    bool    b;
    uint8_t shift, width;
    bool    hex;
} Word;

#define NWORDS  4u

static const struct Row {
    const char *name;
    Word word[NWORDS];
} rows[OCPN_HAP_N] = {
    [OCPN_HAP_POWER_ON] = { "power-on", { { "cycles", 0, 0, 64, 0 } } },
    [OCPN_HAP_ENABLED] = { "enabled", { { "cc", 0, 0, 32, 1 } } },
    [OCPN_HAP_DISABLED] = { "disabled", { { "cc", 0, 0, 32, 1 } } },
    [OCPN_HAP_READY] = { "ready", { { "csts", 0, 0, 32, 1 } } },
    [OCPN_HAP_RESET] = { "reset", { { "kind", 0, 0, 32, 0 } } },
    [OCPN_HAP_POWER_CUT] = { "power-cut",
        { { "unsafe", 0, 0, 1, 0 }, { "lost", 1, 0, 1, 0 } } },
    [OCPN_HAP_SHUTDOWN] = { "shutdown", { { "shn", 0, 0, 32, 0 } } },
    [OCPN_HAP_FATAL] = { "fatal", { { "csts", 0, 0, 32, 1 } } },
    [OCPN_HAP_QUEUE_CREATED] = { "queue-created",
        { { "qid", 0, 0, 16, 0 }, { "cq", 1, 0, 1, 0 } } },
    [OCPN_HAP_QUEUE_DELETED] = { "queue-deleted",
        { { "qid", 0, 0, 16, 0 }, { "cq", 1, 0, 1, 0 } } },
    [OCPN_HAP_COMMAND_FAILED] = { "failed",
        { { "opcode", 0, 32, 8, 1 }, { "id", 0, 0, 8, 1 },
          { "sqid", 1, 48, 16, 0 }, { "status", 1, 0, 16, 1 } } },
    [OCPN_HAP_TIMESTAMP_SET] = { "timestamp-set",
        { { "ms", 0, 0, 64, 0 }, { "was", 1, 0, 64, 0 } } },
    [OCPN_HAP_FEATURE_SET] = { "feature-set",
        { { "fid", 0, 0, 8, 1 }, { "value", 1, 0, 32, 1 } } },
    [OCPN_HAP_NS_CHANGED] = { "namespace-changed",
        { { "nsid", 0, 0, 32, 0 } } },
    [OCPN_HAP_FORMAT_BEGIN] = { "format-begin",
        { { "nsid", 0, 0, 32, 0 }, { "cdw10", 1, 0, 32, 1 } } },
    [OCPN_HAP_FORMAT_END] = { "format-end",
        { { "nsid", 0, 0, 32, 0 }, { "status", 1, 0, 16, 1 } } },
    [OCPN_HAP_SANITIZE_BEGIN] = { "sanitize-begin",
        { { "cdw10", 0, 0, 32, 1 }, { "cdw11", 1, 0, 32, 1 } } },
    [OCPN_HAP_SANITIZE_END] = { "sanitize-end", { { "sstat", 0, 0, 16, 1 } } },
    [OCPN_HAP_FIRMWARE] = { "firmware",
        { { "slot", 0, 8, 8, 0 }, { "action", 0, 0, 8, 0 },
          { "status", 1, 0, 16, 1 } } },
    [OCPN_HAP_SELF_TEST] = { "self-test",
        { { "code", 0, 0, 8, 0 }, { "result", 1, 0, 8, 0 } } },
    [OCPN_HAP_PANIC] = { "panic", { { "id", 0, 0, 64, 1 } } },
    [OCPN_HAP_RECOVERED] = { "recovered", { { "id", 0, 0, 64, 1 } } },
    [OCPN_HAP_TELEMETRY] = { "telemetry",
        { { "lid", 0, 0, 8, 1 }, { "generation", 1, 0, 8, 0 } } },
    [OCPN_HAP_TEMPERATURE] = { "temperature",
        { { "kelvin", 0, 0, 16, 0 }, { "was", 1, 0, 16, 0 } } },
    [OCPN_HAP_THROTTLE] = { "throttle",
        { { "level", 0, 0, 8, 0 }, { "was", 1, 0, 8, 0 } } },
    [OCPN_HAP_WARNING] = { "warning",
        { { "bits", 0, 0, 8, 1 }, { "was", 1, 0, 8, 1 } } },
    [OCPN_HAP_MEDIA_ERROR] = { "media-error",
        { { "nsid", 0, 0, 32, 0 }, { "lba", 1, 0, 64, 1 } } },
    [OCPN_HAP_BAD_BLOCK] = { "bad-block",
        { { "nsid", 0, 0, 32, 0 }, { "chunk", 1, 0, 32, 0 } } },
    [OCPN_HAP_DIE_OFFLINE] = { "die-offline",
        { { "nsid", 0, 0, 32, 0 }, { "die", 1, 0, 32, 0 } } },
    [OCPN_HAP_AEN] = { "aen",
        { { "type", 0, 16, 8, 0 }, { "info", 0, 8, 8, 1 },
          { "lid", 0, 0, 8, 1 } } },
    [OCPN_HAP_LOG_READ] = { "log-read",
        { { "lid", 0, 0, 8, 1 }, { "rae", 1, 0, 1, 0 } } },
};

void ocpn_record(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b)
{
    OcpnRecord *rec = &c->record;
    uint64_t n;

    if (!ocpn_ocp(c, OCP_1_0)) {
        return;
    }
    n = rec->n++ % OCPN_NRECORDS;
    rec->entry[n].what = (uint8_t)what;
    rec->entry[n].ns = c->port.now(c->port.opaque);
    rec->entry[n].a = a;
    rec->entry[n].b = b;
}

/* W as " name=value" to TEXT, which has room for it. */
static int put_word(char *text, size_t room, const Word *w, uint64_t a,
                    uint64_t b)
{
    uint64_t v = (w->b ? b : a) >> w->shift;

    v &= w->width < 64 ? (UINT64_C(1) << w->width) - 1 : UINT64_MAX;
    return w->hex ? snprintf(text, room, " %s=0x%" PRIx64, w->name, v)
                  : snprintf(text, room, " %s=%" PRIu64, w->name, v);
}

bool ocpn_record_show(OcpnCtrl *c, unsigned index,
                      char line[OCPN_RECORD_TEXT])
{
    const OcpnRecord *rec = &c->record;
    uint64_t n = index + (rec->n < OCPN_NRECORDS ? 0
                                                 : rec->n - OCPN_NRECORDS);
    size_t i = (size_t)(n % OCPN_NRECORDS), room = OCPN_RECORD_TEXT;
    const struct Row *row;
    int len;

    if (n >= rec->n) {
        return false;
    }
    row = &rows[rec->entry[i].what];
    len = snprintf(line, room, "%" PRIu64 " %" PRIu64 ".%06" PRIu64 " %s",
                   n + 1, rec->entry[i].ns / 1000000000,
                   rec->entry[i].ns / 1000 % 1000000,
                   row->name ? row->name : "other");
    for (unsigned k = 0; k < NWORDS && row->word[k].name && len > 0 &&
         (size_t)len < room; k++) {
        line += len;
        room -= (size_t)len;
        len = put_word(line, room, &row->word[k], rec->entry[i].a,
                       rec->entry[i].b);
    }
    return true;
}
