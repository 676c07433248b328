/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of the Persistent Event Log, in bytes at offsets: NVMe Base 2.0,
 * "Persistent Event Log (Log Identifier 0Dh)".
 */
#ifndef TESTS_UNIT_PEL_UNIT_H
#define TESTS_UNIT_PEL_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

/* Actions, in LSP. */
enum { PEL_READ = 0, PEL_ESTABLISH = 1, PEL_RELEASE = 2, PEL_HEADER = 3 };

#define PEL_PIECE   4096u       /* bytes of a command */
#define PEL_EVENTS  2709u       /* no page has more */

typedef struct PelLog {
    uint8_t  b[65536 + PEL_PIECE];
    size_t   len;               /* as the header says */
    unsigned n;                 /* events, by walking through them */
    size_t   at[PEL_EVENTS];    /* where they are */
} PelLog;

static inline FakeHost *pel_start(OcpVersion version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = (uint8_t)version } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

static inline uint16_t pel_get(FakeHost *h, unsigned action, uint32_t off,
                               uint32_t len)
{
    uint32_t numd = len / 4 - 1;
    FakeCmd cmd = {
        .opc = 0x02, .nsid = 0xffffffff,
        .cdw10 = 0x0d | action << 8 | (numd & 0xffff) << 16,
        .cdw11 = numd >> 16, .cdw12 = off,
    };

    fake_prp(h, &cmd, FAKE_BUF, len);
    return fake_admin(h, &cmd).status;
}

/* The event at AT, behind the header; 0: no more. */
static inline size_t pel_size(const PelLog *t, size_t at)
{
    size_t size;

    if (at + 24 > t->len) {
        CHECK(at == t->len, "half an event at %zu of %zu", at, t->len);
        return 0;
    }
    CHECK_EQ(t->b[at + 2], 0x15);               /* EHL */
    CHECK_EQ(t->b[at + 1], 1);                  /* revision */
    size = 3 + t->b[at + 2] + (size_t)bytes_at(t->b + at + 22, 2);
    CHECK(at + size <= t->len, "%zu bytes at %zu are too many", size, at);
    return at + size <= t->len ? size : 0;
}

/* The page of the context there is. */
static inline void pel_rest(FakeHost *h, PelLog *t)
{
    size_t size;

    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0);
    memset(t, 0, sizeof(*t));
    t->len = (size_t)bytes_at(fake_guest(h, FAKE_BUF) + 8, 8);
    CU_ASSERT_FATAL(t->len >= 512 && t->len <= 65536);
    for (uint32_t at = 0; at < t->len; at += PEL_PIECE) {
        CHECK_EQ(pel_get(h, PEL_READ, at, PEL_PIECE), 0);
        memcpy(t->b + at, fake_guest(h, FAKE_BUF), PEL_PIECE);
    }
    for (size_t at = 512; (size = pel_size(t, at)) != 0; at += size) {
        CU_ASSERT_FATAL(t->n < PEL_EVENTS);
        t->at[t->n++] = at;
    }
    CHECK_EQ(bytes_at(t->b + 4, 4), t->n);      /* TNEV */
}

static inline void pel_establish(FakeHost *h, PelLog *t)
{
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    pel_rest(h, t);
}

/* As tools do. */
static inline void pel_read(FakeHost *h, PelLog *t)
{
    pel_establish(h, t);
    CHECK_EQ(pel_get(h, PEL_RELEASE, 0, 512), 0);
}

/* Event NTH of TYPE (0: the newest), its header; NULL: there is none. */
static inline const uint8_t *pel_event(const PelLog *t, uint8_t type,
                                       unsigned nth)
{
    for (unsigned i = 0; i < t->n; i++) {
        if (t->b[t->at[i]] == type && !nth--) {
            return t->b + t->at[i];
        }
    }
    return NULL;
}

/* Its data, which are SIZE bytes; the newest one, which must be there. */
static inline const uint8_t *pel_data(const PelLog *t, uint8_t type,
                                      size_t size)
{
    static const uint8_t none[512];
    const uint8_t *e = pel_event(t, type, 0);

    CHECK(e && bytes_at(e + 22, 2) == size && !bytes_at(e + 20, 2),
          "type %02xh: no event of %zu bytes", type, size);
    return e && bytes_at(e + 22, 2) == size ? e + 24 : none;
}

static inline unsigned pel_count(const PelLog *t, uint8_t type)
{
    unsigned n = 0;

    for (unsigned i = 0; i < t->n; i++) {
        n += t->b[t->at[i]] == type;
    }
    return n;
}

#endif
