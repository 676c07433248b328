/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people at a monitor say: knobs, actions, faults, chunks, notices. */
#include "fuzz-host.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/notify.h"

#define LENGTH  120u            /* of a text, at most */

/* Texts are these in a row, by number; a space is before each with a '='. */
static const char *const words[] = {
    "0", "1", "2", "3", "16", "255", "0x1", "0xc0", "0xffffffff", "on", "off",
    "clear", "now", "none", "auto", "ok", "degraded", "failed", "85C", "25%",
    "unsupported", "-", "=", ":", ",", "[1]",
    "ns=", "grp=", "pu=", "chk=", "blk=", "lba=", "after=", "times=", "ppm=",
    "seed=", "opcode=", "lid=", "fid=", "status=", "ms=", "offline-next=",
    "queue=", "what=", "count=", "to=", "after-writes=", "drop-last=",
    "state=", "mask=", "nlb=", "type=", "wp=", "cnlb=", "wi=", "resets=",
    "write-next-unit", "early-close", "reset-fail", "read-fail", "high-ecc",
    "status", "fail", "timeout", "latency", "random-latency",
    "admin", "io", "guid", "version", "size", "length", "garbage", "short",
    "low", "medium", "high", "unrecoverable", "refreshed", "wli",
    "block", "chunk", "pu", "free", "open", "closed", "offline", "seq",
    "random", "fifo-size", "statistic-id", "string-size", "0x281", "12", "300",
    "65535", "4294967296", "340282366920938463463374607431768211455",
};

#define NWORDS  (sizeof(words) / sizeof(words[0]))

unsigned fuzz_word(const char *word)
{
    for (unsigned i = 0; i < NWORDS; i++) {
        if (!strcmp(words[i], word)) {
            return i;
        }
    }
    fprintf(stderr, "no word: %s\n", word);
    abort();
}

/* A count of words, at most 15, and their numbers. */
static void take_text(FuzzInput *in, char text[LENGTH])
{
    unsigned n = (unsigned)fuzz_take(in, 1) % 16;
    size_t at = 0;

    text[0] = '\0';
    while (n--) {
        const char *w = words[fuzz_take(in, 1) % NWORDS];
        bool space = at && strlen(w) > 1 && w[strlen(w) - 1] == '=';

        if (at + strlen(w) + 2 > LENGTH) {
            break;
        }
        at += (size_t)snprintf(text + at, LENGTH - at, "%s%s",
                               space ? " " : "", w);
    }
}

static unsigned count(const char *(*name)(unsigned))
{
    unsigned n = 0;

    while (name(n)) {
        n++;
    }
    return n;
}

static bool set_knob(FakeHost *h, unsigned which, const char *text,
                     OcpnError *err)
{
    const char *name = ocpn_knob_name(which % count(ocpn_knob_name));
    char value[OCPN_KNOB_TEXT];
    bool set;

    set = ocpn_knob_set(h->c, name, text, err);
    if (ocpn_knob_get(h->c, name, value, &(OcpnError) { "" }) && set) {
        FUZZ_CHECK(value[0], "%s=%s reads as nothing", name, text);
    }
    return set;
}

static bool act(FakeHost *h, unsigned which, const char *text, OcpnError *err)
{
    const char *name = ocpn_action_name(which % count(ocpn_action_name));
    char line[OCPN_ACTION_TEXT];
    bool done = ocpn_action(h->c, name, text, err);

    for (unsigned i = 0; ocpn_action_show(h->c, name, i, line); i++) {
        FUZZ_CHECK(i < 1000 && line[0], "what %s has armed", name);
    }
    return done;
}

/* What is shown is, but for its number and its counts, a rule again. */
static bool add_fault(FakeHost *h, unsigned which, const char *text,
                      OcpnError *err)
{
    OcpnFaultRule rule;
    char line[200];

    if (which == 255) {
        ocpn_fault_clear(h->c);
        return true;
    }
    if (!ocpn_fault_parse(text, &rule, err) ||
        !ocpn_fault_add(h->c, &rule, err)) {
        return false;
    }
    for (unsigned i = 0; ocpn_fault_show(h->c, i, line, sizeof(line)); i++) {
        FUZZ_CHECK(i < OCPN_NFAULTS && line[0], "rules that there are");
    }
    return true;
}

static bool set_chunks(FakeHost *h, const char *text, OcpnError *err)
{
    OcpnNs *ns = ocpn_ns_first(h->c, IMG_MODE_OPEN_CHANNEL);
    OcpnChunkSet s;
    uint32_t n;
    int ret = ocpn_chunk_set_parse(text, &s, err);

    return ret == 0 || (ret > 0 && (!ns || ocpn_chunks_set(ns, &s, &n, err)));
}

static bool notify(FakeHost *h, const char *text, OcpnError *err)
{
    OcpnNotice n;

    if (!ocpn_notify_parse(h->c, text, 1, &n, err)) {
        return false;
    }
    ocpn_notify(h->c, &n);
    return true;
}

void fuzz_text(FakeHost *h, FuzzInput *in)
{
    uint8_t what = (uint8_t)fuzz_take(in, 1);
    uint8_t which = (uint8_t)fuzz_take(in, 1);
    OcpnError err = { "" };
    char text[LENGTH];
    bool done = true;

    take_text(in, text);
    switch (what % FUZZ_NTEXTS) {
    case FUZZ_TEXT_KNOB:
        done = set_knob(h, which, text, &err);
        break;
    case FUZZ_TEXT_ACTION:
        done = act(h, which, text, &err);
        break;
    case FUZZ_TEXT_FAULT:
        done = add_fault(h, which, text, &err);
        break;
    case FUZZ_TEXT_CHUNKS:
        done = set_chunks(h, text, &err);
        break;
    case FUZZ_TEXT_NOTICE:
        done = notify(h, text, &err);
        break;
    }
    FUZZ_CHECK(done || err.text[0], "a refusal of '%s' says why", text);
}
