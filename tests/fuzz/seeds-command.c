/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script for each opcode, log page, feature, knob and action. */
#include "fuzz-host.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/knob.h"

typedef struct Script {
    uint8_t b[512];
    size_t  n;
} Script;

static void add(Script *s, unsigned bytes, uint64_t v)
{
    FUZZ_CHECK(s->n + bytes <= sizeof(s->b), "a script is too long");
    fake_put_le(s->b + s->n, bytes, v);
    s->n += bytes;
}

static void add_run(Script *s, unsigned qid)
{
    add(s, 1, FUZZ_RUN);
    add(s, 1, FUZZ_REAP);
    add(s, 1, qid);
}

/* Admin with CDW10 and 11, NSID as given. */
static void add_admin(Script *s, uint8_t opc, uint8_t nsid, uint32_t cdw10,
                      uint32_t cdw11)
{
    add(s, 1, FUZZ_ADMIN);
    add(s, 1, opc);
    add(s, 1, FUZZ_HAS_NSID | FUZZ_HAS_CDW10 | FUZZ_HAS_CDW11);
    add(s, 1, nsid);
    add(s, 4, cdw10);
    add(s, 4, cdw11);
    add_run(s, 0);
}

static void add_io(Script *s, uint8_t opc, uint32_t cdw10, uint32_t cdw12)
{
    add(s, 1, FUZZ_IO);
    add(s, 1, 0);
    add(s, 1, opc);
    add(s, 1, FUZZ_HAS_CDW10 | FUZZ_HAS_CDW12);
    add(s, 4, cdw10);
    add(s, 4, cdw12);
    add_run(s, 1);
}

static void add_text(Script *s, uint8_t what, uint8_t which, unsigned n,
                     const char *const *words)
{
    add(s, 1, FUZZ_TEXT);
    add(s, 1, what);
    add(s, 1, which);
    add(s, 1, n);
    while (n--) {
        add(s, 1, fuzz_word(*words++));
    }
}

static void put_script(FuzzPut *put, const Script *s, const char *what,
                       unsigned kind, unsigned n)
{
    char name[48];

    snprintf(name, sizeof(name), "%s-%02x-kind-%u", what, n, kind);
    put(name, s->b, s->n);
}

static Script begin(unsigned kind)
{
    return (Script) { { (uint8_t)kind }, 1 };
}

static void put_admin(FuzzPut *put, unsigned kind)
{
    static const uint8_t opcs[] = { 0x00, 0x01, 0x04, 0x05, 0x06, 0x08, 0x0c,
                                    0x0d, 0x10, 0x11, 0x14, 0x15, 0x7c, 0x80,
                                    0x84, 0xe2 };

    for (unsigned i = 0; i < sizeof(opcs); i++) {
        Script s = begin(kind);

        for (uint32_t arg = 0; arg < 5; arg++) {
            add_admin(&s, opcs[i], arg & 1, arg, opcs[i] < 0x06);
        }
        add(&s, 1, FUZZ_TIME);
        add(&s, 2, 34 << 8 | 200);
        add_io(&s, 0x02, 0, 1);
        put_script(put, &s, "admin", kind, opcs[i]);
    }
}

static void put_pages(FuzzPut *put, unsigned kind)
{
    for (unsigned id = 0; id < 0x100; id++) {
        Script s = begin(kind), t = begin(kind);

        if (id >= 0x20 && id < 0xc0 && (id & 0xf0) != 0x80) {
            continue;
        }
        add_admin(&s, 0x02, id == 0xca || id == 0xd0 ? 1 : 255,
                  0x7f0000 | id, 0);
        add_admin(&s, 0x02, 255, 0x1ff8100 | id, 0);
        put_script(put, &s, "page", kind, id);
        for (uint32_t sel = 0; sel < 4; sel++) {
            add_admin(&t, 0x0a, id < 0xc0, id | sel << 8, 0);
        }
        add_admin(&t, 0x09, id < 0xc0, id | 1u << 31, 1);
        add_admin(&t, 0x09, id < 0xc0, id, 0x80000000);
        put_script(put, &t, "feature", kind, id);
    }
}

static void put_io(FuzzPut *put, unsigned kind)
{
    static const uint8_t opcs[] = { 0x00, 0x01, 0x02, 0x04, 0x05, 0x08, 0x09,
                                    0x0c, 0x19, 0x90, 0x91, 0x92, 0x93 };

    for (unsigned i = 0; i < sizeof(opcs); i++) {
        Script s = begin(kind);

        add_io(&s, 0x01, 0, 1);
        add(&s, 1, FUZZ_HOLD);
        add(&s, 1, 1);
        add_io(&s, opcs[i], 0, 1);
        add_io(&s, opcs[i], 2, 7);
        add(&s, 1, FUZZ_FINISH);
        add(&s, 2, 3 << 8);
        add(&s, 1, FUZZ_RESET);
        add(&s, 1, i);
        add_io(&s, opcs[i], 0, 3u << 30 | 3);
        add(&s, 1, FUZZ_DESCRIPTORS);
        add(&s, 2, 2 << 8);
        for (unsigned d = 0; d < 2; d++) {
            add(&s, 3, 1);
            add(&s, 2, 64);
        }
        add(&s, 2, FUZZ_IO);
        add(&s, 1, opcs[i]);
        add(&s, 1, FUZZ_HAS_FLAGS | FUZZ_HAS_PRPS);
        add(&s, 4, 0x4000);
        add(&s, 1, 0x40);
        add(&s, 6, 0x100);
        add(&s, 3, 0x30 << 16 | 2);
        add_run(&s, 1);
        add(&s, 2, 1 << 8 | FUZZ_POWER);
        add_io(&s, 0x02, 0, 1);
        put_script(put, &s, "io", kind, opcs[i]);
    }
}

static void put_knobs(FuzzPut *put, unsigned kind)
{
    static const char *const values[] = { "1", "2", "on", "failed", "0xc0" };

    for (uint8_t i = 0; ocpn_knob_name(i); i++) {
        Script k = begin(kind);

        for (unsigned v = 0; v < 5; v++) {
            add_text(&k, FUZZ_TEXT_KNOB, i, 1, &values[v]);
            add_run(&k, 0);
        }
        add_admin(&k, 0x02, 255, 0x7f00c0, 0);
        put_script(put, &k, "knob", kind, i);
    }
}

static void put_texts(FuzzPut *put, unsigned kind)
{
    static const char *const actions[][4] = {
        { "300" }, { "lid=", "0xc0", "what=", "guid" },
        { "lid=", "0xc0", "status=", "0x281" }, { "12" }, { "now" },
        { "ok" }, { "to=", "300", "ms=", "12" }, { "16" },
    };
    static const char *const faults[][5] = {
        { "write-next-unit", "chk=", "1", "times=", "2" },
        { "reset-fail", "ppm=", "65535", "seed=", "3" },
        { "status", "opcode=", "2", "status=", "0x281" },
        { "timeout", "opcode=", "1", "times=", "1" },
        { "latency", "ms=", "300", "times=", "3" },
    };
    static const char *const chunk[] = { "chk=", "1", "state=", "offline" };
    static const char *const notice[] = { "state=", "high", "mask=", "chunk",
                                          "lba=", "0" };
    Script s = begin(kind);

    for (uint8_t i = 0; ocpn_action_name(i); i++) {
        for (unsigned n = 1; n < 5; n += 3) {
            if (actions[i][n - 1]) {
                add_text(&s, FUZZ_TEXT_ACTION, i, n, actions[i]);
            }
        }
        add_run(&s, 0);
    }
    add_text(&s, FUZZ_TEXT_CHUNKS, 0, 4, chunk);
    add_text(&s, FUZZ_TEXT_NOTICE, 0, 6, notice);
    put_script(put, &s, "actions", kind, 0);
    for (unsigned i = 0; i < 5; i++) {
        Script f = begin(kind);

        add_text(&f, FUZZ_TEXT_FAULT, 0, 5, faults[i]);
        add_io(&f, 0x01, 0, 3);
        add_io(&f, 0x02, 0, 3);
        add_io(&f, 0x09, 0, 0);
        add(&f, 1, FUZZ_TIME);
        add(&f, 2, 30 << 8 | 200);
        add_run(&f, 1);
        put_script(put, &f, "fault", kind, i);
    }
}

/* Requests for events, some of which are aborted, and events. */
static void put_events(FuzzPut *put, unsigned kind)
{
    const unsigned first = 9;           /* the first command's CID */
    const char *const hot[] = { "65535" };
    Script s = begin(kind);

    for (unsigned i = 0; i < 4; i++) {
        add_admin(&s, 0x0c, 0, 0, 0);
    }
    add_admin(&s, 0x09, 0, 0x0b, 0xffff);
    add_admin(&s, 0x08, 0, first << 16, 0);
    add_admin(&s, 0x08, 0, (first + 2) << 16, 0);
    for (uint8_t i = 0; ocpn_knob_name(i); i++) {
        if (!strcmp(ocpn_knob_name(i), "temperature")) {
            add_text(&s, FUZZ_TEXT_KNOB, i, 1, hot);
        }
    }
    add_run(&s, 0);
    add(&s, 2, 5 << 8 | FUZZ_REGISTER);
    add(&s, 4, 0);
    put_script(put, &s, "events", kind, 0);
}

static void put_rest(FuzzPut *put, unsigned kind)
{
    Script s = begin(kind);

    add(&s, 3, FUZZ_SHADOW);
    add_run(&s, 0);
    add_io(&s, 0x02, 0, 0);
    add(&s, 3, 1 << 16 | 2 << 8 | FUZZ_SHADOW);
    add_run(&s, 1);
    add(&s, 3, 5 << 16 | 2 << 8 | FUZZ_DOORBELL);
    add_run(&s, 1);
    add(&s, 2, FUZZ_QUEUE);
    add_io(&s, 0x01, 0, 0);
    add(&s, 2, 5 << 8 | FUZZ_REGISTER);
    add(&s, 4, 0x464001);
    add(&s, 2, FUZZ_POWER);
    add(&s, 2, 8 << 8 | FUZZ_REGISTER);
    add(&s, 4, 0x4e564d65);
    add(&s, 2, 13 << 8 | FUZZ_RESET);
    put_script(put, &s, "rest", kind, 0);
}

static void add_register(Script *s, uint8_t n, uint32_t val)
{
    add(s, 1, FUZZ_REGISTER);
    add(s, 1, n);
    add(s, 4, val);
}

/* In QEMU: off the bus and back, all resets, its image mapped. */
static void put_pci(FuzzPut *put, unsigned kind)
{
    enum { COMMAND = 0x81, POWER = 0x99, MSIX = 0xac };
    static const uint32_t off[][3] = {
        { COMMAND, 2, 6 }, { COMMAND, 4, 6 }, { POWER, 3, 0 },
        { MSIX, 0, 1u << 31 }, { MSIX, 1u << 30, 1u << 31 },
    };
    Script s = begin(kind + FUZZ_NKINDS);

    for (unsigned i = 0; i < 5; i++) {
        add_io(&s, 0x01, i * 4, 3);
        add_register(&s, (uint8_t)off[i][0], off[i][1]);
        add_io(&s, 0x02, i * 4, 3);
        add_register(&s, (uint8_t)off[i][0], off[i][2]);
        add_run(&s, 1);
        add(&s, 2, i << 8 | FUZZ_RESET);
    }
    put_script(put, &s, "pci", kind, 0);
}

void fuzz_seeds(FuzzPut *put)
{
    for (unsigned kind = 0; kind < FUZZ_NKINDS; kind++) {
        put_admin(put, kind);
        put_pages(put, kind);
        put_io(put, kind);
        put_knobs(put, kind);
        put_texts(put, kind);
        put_events(put, kind);
        put_rest(put, kind);
        put_pci(put, kind);
    }
}
