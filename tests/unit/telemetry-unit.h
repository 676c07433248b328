/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of telemetry logs, written from the specification and not from our
 * structures: NVMe Base 2.0, LIDs 07h and 08h; OCP Datacenter NVMe SSD, data
 * areas 1 and 2.  All of it in bytes at offsets.
 */
#ifndef TESTS_UNIT_TELEMETRY_UNIT_H
#define TESTS_UNIT_TELEMETRY_UNIT_H

#include "fakes/host.h"
#include "ocpn-unit.h"

#define TEL_HOST    0x07
#define TEL_CTRL    0x08
#define TEL_MAX     0x10000u    /* bytes of a log, in tests */

/* What Get Log Page is asked besides the page. */
enum { TEL_READ = 0, TEL_CREATE = 1 << 8, TEL_RAE = 1 << 15 };

typedef struct TelLog {
    uint8_t b[TEL_MAX];
    size_t  len;                /* what the header promises */
    bool    page_base;          /* "start" counts from byte 0 of the log */
} TelLog;

typedef struct TelEvent {
    uint8_t  class;
    uint16_t id;
    unsigned dwords;
    const uint8_t *data;
} TelEvent;

static inline FakeSetup tel_drive(OcpVersion version)
{
    return (FakeSetup) {
        .cfg = { .ocp = { .version = (uint8_t)version } },
        .ns = { FAKE_CONVENTIONAL(1) },
    };
}

static inline FakeHost *tel_start(OcpVersion version)
{
    FakeSetup s = tel_drive(version);

    return fake_host_start(&s);
}

/* LEN bytes of page LID at OFF to FAKE_BUF. */
static inline uint16_t tel_get(FakeHost *h, uint8_t lid, uint32_t how,
                               uint32_t off, uint32_t len)
{
    uint32_t numd = len / 4 - 1;
    FakeCmd cmd = {
        .opc = 0x02, .nsid = 0xffffffff,
        .cdw10 = lid | how | (numd & 0xffff) << 16,
        .cdw11 = numd >> 16, .cdw12 = off,
    };

    fake_prp(h, &cmd, FAKE_BUF, len);
    return fake_admin(h, &cmd).status;
}

/* As tools do: the header, then the rest of it in blocks. */
static inline void tel_read(FakeHost *h, uint8_t lid, uint32_t how,
                            unsigned area, TelLog *t)
{
    t->page_base = h->setup.cfg.ocp.page_offsets;
    memset(t->b, 0xa5, sizeof(t->b));
    CHECK_EQ(tel_get(h, lid, how, 0, 512), 0);
    memcpy(t->b, fake_guest(h, FAKE_BUF), 512);
    t->len = 512 * (1 + (area == 4 ? bytes_at(t->b + 16, 4)
                                   : bytes_at(t->b + 6 + 2 * area, 2)));
    CU_ASSERT_FATAL(t->len <= TEL_MAX);
    for (uint32_t at = 512; at < t->len; at += 512) {
        CHECK_EQ(tel_get(h, lid, how & TEL_RAE, at, 512), 0);
        memcpy(t->b + at, fake_guest(h, FAKE_BUF), 512);
    }
}

/* The error ID of the reason identifier. */
static inline const char *tel_reason(const TelLog *t)
{
    static char text[65];

    memcpy(text, t->b + 384, 64);
    return text;
}

/* The block an area begins with: after the last of the one before. */
static inline size_t tel_area(const TelLog *t, unsigned area)
{
    return 512 * (1 + (area == 1 ? 0 : bytes_at(t->b + 4 + 2 * area, 2)));
}

/* (start, size) at byte AT of area 1, in dwords: where it is in the log. */
static inline const uint8_t *tel_span(const TelLog *t, unsigned area,
                                      unsigned at, size_t *size)
{
    const uint8_t *p = t->b + 512 + at;
    size_t start = (size_t)bytes_at(p, 8) * 4;
    size_t end = 512 * (1 + (size_t)bytes_at(t->b + 6 + 2 * area, 2));

    start += t->page_base ? 0 : tel_area(t, area);
    *size = (size_t)bytes_at(p + 8, 8) * 4;
    CHECK(start >= tel_area(t, area) && start <= end &&
          *size <= end - start && end <= t->len,
          "area %u: %zu bytes at %zu are not in it", area, *size, start);
    return t->b + start;
}

/* The descriptor of statistic ID in AREA, or NULL; COUNT of all that are. */
static inline const uint8_t *tel_stat(const TelLog *t, unsigned area,
                                      uint16_t id, unsigned *count)
{
    size_t left, n;
    const uint8_t *p = tel_span(t, area, area == 1 ? 96 : 112, &left);
    const uint8_t *found = NULL;

    *count = 0;
    for (; left >= 8 && bytes_at(p, 2); p += n, left -= n, ++*count) {
        n = 8 + 4 * (size_t)bytes_at(p + 4, 2);
        CHECK(n <= left, "statistic %04x is cut", (unsigned)bytes_at(p, 2));
        if (n > left) {
            break;
        }
        if (bytes_at(p, 2) == id) {
            CHECK(!found, "statistic %04x comes twice", id);
            found = p;
        }
    }
    CHECK(left >= 8, "no identifier 0 ends the statistics of area %u", area);
    return found;
}

/* The low 64 bits of statistic ID, which must be there. */
static inline uint64_t tel_value(const TelLog *t, unsigned area, uint16_t id)
{
    unsigned count;
    const uint8_t *p = tel_stat(t, area, id, &count);

    CHECK(p, "statistic %04x is not in area %u", id, area);
    return p ? bytes_at(p + 8, bytes_at(p + 4, 2) == 1 ? 4 : 8) : 0;
}

/* Event NTH of FIFO (from 0 on); false: there are not so many. */
static inline bool tel_event(const TelLog *t, unsigned fifo, unsigned nth,
                             TelEvent *e)
{
    unsigned area = t->b[512 + 160 + fifo];
    size_t left, n;
    const uint8_t *p;

    if (area != 1 && area != 2) {
        return false;
    }
    p = tel_span(t, area, 176 + 16 * fifo, &left);
    for (; left >= 4 && p[0]; p += n, left -= n, nth--) {
        *e = (TelEvent) {
            .class = p[0], .id = (uint16_t)bytes_at(p + 1, 2),
            .dwords = p[3], .data = p + 4,
        };
        n = 4 + 4 * (size_t)p[3];
        CHECK(n <= left, "an event of class %02x is cut", p[0]);
        if (n > left) {
            return false;
        }
        if (!nth) {
            return true;
        }
    }
    return false;
}

/* How often FIFO has (CLASS, ID); LAST is the newest of them. */
static inline unsigned tel_count(const TelLog *t, unsigned fifo,
                                 uint8_t class, uint16_t id, TelEvent *last)
{
    unsigned n = 0;
    TelEvent e;

    for (unsigned i = 0; tel_event(t, fifo, i, &e); i++) {
        if (e.class == class && e.id == id) {
            *last = e;
            n++;
        }
    }
    return n;
}

#endif
