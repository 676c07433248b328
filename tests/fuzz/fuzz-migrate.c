/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes are a saved state.  A drive loads it: if it takes it, the drive goes
 * on, is reset and goes on; if it does not, it says why, and works after a
 * reset.
 *
 * Byte 0: the kind of drive, plus 128 if the rest is the state.  Else the rest
 * are changes to a good state of that kind: byte 1 says which kind loads it
 * (0: the same), then part (1), offset in it (2), length (1), bytes, and again.
 *
 * Proves: docs/user-guide.rst, "Migration": nothing is taken over unseen.
 */
#include "fuzz.h"
#include "fuzz-saved.h"
#include "hw/ocp-nvme/core/migrate.h"

#define RAW         128u
#define MOST        0x10000u    /* bytes that are tried */

/* Lengths that mean something else: the rest goes, a part goes, or is twice. */
enum { TWICE = 253, DROP, CUT };

static uint8_t state[MOST];

/* Where part N (any number) of the LEN bytes of a state is, and its SIZE. */
static size_t part_at(size_t len, unsigned n, size_t *size)
{
    size_t at = 0, parts = 0, last = 0;

    for (unsigned round = 0; round < 2; round++) {
        size_t i = 0;

        for (at = 0; at + 8 <= len; i++) {
            *size = 8 + (size_t)fake_le(state + at + 4, 4);
            *size = *size < len - at ? *size : len - at;
            if (round && i == n % parts) {
                return at;
            }
            last = at;
            at += *size;
        }
        parts = i ? i : 1;
    }
    return last;
}

static size_t changed(FuzzInput *in, const FuzzSaved *s)
{
    size_t len = s->len < MOST ? s->len : MOST;

    memcpy(state, s->bytes, len);
    while (in->left > 2 && len > 8) {
        size_t size = 0, at, off, n;

        at = part_at(len, (unsigned)fuzz_take(in, 1), &size);
        off = at + fuzz_take(in, 2) % size;
        n = fuzz_take(in, 1);
        if (n == CUT) {
            return off;
        } else if (n == DROP) {
            memmove(state + at, state + at + size, len - at - size);
            len -= size;
        } else if (n == TWICE && len + size <= MOST) {
            memmove(state + at + size, state + at, len - at);
            len += size;
        } else {
            n = n % 16 + 1;
            fuzz_bytes(in, state + off, n < len - off ? n : len - off);
        }
    }
    return len;
}

/* Controllers that have taken a state read their images anew. */
static bool reload(FakeHost *h, OcpnError *err)
{
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        if (!ocpn_ns_reload(ocpn_ns_root(h->c, n->cfg.nsid),
                            &h->f.media[n->cfg.nsid].disk, err)) {
            return false;
        }
    }
    return true;
}

static bool load(FakeHost *h, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);      /* its end is watched */
    OcpnError err = { "" };
    bool taken;

    FUZZ_CHECK(copy, "no memory");
    memcpy(copy, state, len);
    taken = ocpn_ctrl_load(h->c, copy, len, &err) && reload(h, &err);
    free(copy);
    FUZZ_CHECK(taken || err.text[0], "a refusal says why");
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = { data, size };
    unsigned kind = (unsigned)fuzz_take(&in, 1);
    OcpnError err = { "" };
    unsigned other;
    bool taken, on;
    FakeHost *h;
    size_t len;

    if (kind & RAW) {
        kind %= RAW;
        len = fuzz_bytes(&in, state, sizeof(state));
    } else {
        const FuzzSaved *s = fuzz_saved(kind);

        other = (unsigned)fuzz_take(&in, 1);
        len = changed(&in, s);
        kind = other ? other - 1 : kind;
    }
    h = fuzz_drive(kind);
    FUZZ_CHECK(fuzz_power_on(h, true, &err), "%s", err.text);
    taken = load(h, len);
    ocpn_ctrl_set_running(h->c, true);
    if (taken) {
        fake_run(&h->f);
        fake_advance(&h->f, 1000000000);
        fake_advance(&h->f, UINT64_C(1000000000000));
    }
    fuzz_reset(h, OCPN_RESET_COLD);
    on = fuzz_enable(h);
    FUZZ_CHECK(taken || on, "a refused state leaves a drive that works");
    if (on) {
        fuzz_use(h);
    }
    fake_host_off(h);
    FUZZ_CHECK(fuzz_power_on(h, false, &err), "what it left: %s", err.text);
    fake_host_off(h);
    return 0;
}
