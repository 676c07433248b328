/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people at a monitor say: knobs, actions, faults, chunks, notices. */
#include "fuzz-host.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/notify.h"

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
    char text[FUZZ_TEXT_SIZE];
    bool done = true;

    fuzz_take_text(in, text);
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
