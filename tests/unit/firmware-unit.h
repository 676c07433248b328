/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Downloads and commits, and the pages that tell of them, for tests. */
#ifndef TESTS_UNIT_FIRMWARE_UNIT_H
#define TESTS_UNIT_FIRMWARE_UNIT_H

#include "smart-unit.h"

#define MSEC    UINT64_C(1000000)
#define UNIT    4096u
#define IMAGE   (FAKE_BUF + 0x100000)

/* Bytes [off, off + len) of an image, from IMAGE in guest RAM. */
static inline uint16_t fw_piece(FakeHost *h, uint64_t off, uint64_t len)
{
    FakeCmd cmd = { .opc = 0x11, .cdw10 = (uint32_t)(len / 4 - 1),
                    .cdw11 = (uint32_t)(off / 4) };

    fake_prp(h, &cmd, IMAGE + off % 0x100000, len);
    return fake_admin(h, &cmd).status;
}

/* A file of one unit: its first line, then zeros. */
static inline void fw_download(FakeHost *h, const char *line)
{
    memset(fake_guest(h, IMAGE), 0, UNIT);
    memcpy(fake_guest(h, IMAGE), line, strlen(line));
    CHECK_EQ(fw_piece(h, 0, UNIT), 0);
}

static inline FakeCmd fw_commit_cmd(unsigned slot, unsigned action)
{
    return (FakeCmd) { .opc = 0x10, .cdw10 = slot | action << 3 };
}

/* The status, when all that a commit takes has passed. */
static inline uint16_t fw_commit(FakeHost *h, unsigned slot, unsigned action)
{
    FakeCmd cmd = fw_commit_cmd(slot, action);
    FakeCqe e = fake_admin(h, &cmd);

    if (!e.found) {
        fake_advance(&h->f, 1000 * MSEC);
        e = fake_reap(h, 0);
    }
    CHECK(e.found, "the commit ends");
    return e.status;
}

/* The same of a new image. */
static inline uint16_t fw_update(FakeHost *h, const char *line,
                                 unsigned slot, unsigned action)
{
    fw_download(h, line);
    return fw_commit(h, slot, action);
}

static inline void fw_reset(FakeHost *h)
{
    CHECK(fake_disable(h) && fake_enable(h), "a controller reset");
}

static inline void fw_set_timestamp(FakeHost *h, uint64_t ms)
{
    put_bytes_at(fake_guest(h, FAKE_BUF), 8, ms);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
}

/* What Identify says that runs. */
static inline void fw_runs(FakeHost *h, const char *revision)
{
    char want[9];

    snprintf(want, sizeof(want), "%-8s", revision);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK(!memcmp(fake_guest(h, FAKE_BUF) + 64, want, 8), "%.8s, not %s",
          (const char *)fake_guest(h, FAKE_BUF) + 64, revision);
}

/* Page C2h. */
static inline const uint8_t *fw_history(FakeHost *h)
{
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(fake_get_log(h, 0xc2, ALL, 0, 4096).status, 0);
    return fake_guest(h, FAKE_BUF);
}

static inline uint64_t fw_valid(FakeHost *h)
{
    return bytes_at(fw_history(h) + 4, 4);
}

/* N bytes at AT of its entry I. */
static inline uint64_t fw_entry(FakeHost *h, unsigned i, unsigned at,
                                unsigned n)
{
    return bytes_at(fw_history(h) + 8 + 64 * i + at, n);
}

static inline void fw_entry_is(FakeHost *h, unsigned i, const char *previous,
                               const char *now, unsigned slot,
                               unsigned action, unsigned result)
{
    const uint8_t *e = fw_history(h) + 8 + 64 * i;
    char want[17];

    snprintf(want, sizeof(want), "%-8s%-8s", previous, now);
    CHECK(!memcmp(e + 30, want, 16), "entry %u: %.16s, not %s", i,
          (const char *)e + 30, want);
    CHECK_EQ(e[0], 1);
    CHECK_EQ(e[1], 64);
    CHECK_EQ(e[46], slot);
    CHECK_EQ(e[47], action);
    CHECK_EQ(bytes_at(e + 48, 2), result);
    CHECK(fake_all(e + 2, 0, 2) && fake_all(e + 14, 0, 8) &&
          fake_all(e + 50, 0, 14), "entry %u: reserved bytes", i);
}

#endif
