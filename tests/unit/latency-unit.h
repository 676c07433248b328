/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of the latency monitor: a drive with OCP, commands that take
 * as long as a test wants, and the page's fields by their bytes.
 */
#ifndef TESTS_UNIT_LATENCY_UNIT_H
#define TESTS_UNIT_LATENCY_UNIT_H

#include <string.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

#define MSEC          UINT64_C(1000000)
#define TICK        (300000 * MSEC)
#define NO_STAMP    UINT64_MAX
#define SV          0x80000000u
#define ALL         0xffffffffu

enum { LID = 0xc3, LID_DEBUG = 0xca, FID = 0xc5 };
enum { READ, WRITE, DEALLOC };

/* Where page C3h has what, of BUCKET and operation OP. */
static inline unsigned count_at(unsigned bucket, unsigned op)
{
    return 32 + 16 * bucket + 12 - 4 * op;
}

static inline unsigned stamp_at(unsigned bucket, unsigned op)
{
    return 184 - 24 * bucket - 8 * op;
}

static inline unsigned latency_at(unsigned bucket, unsigned op)
{
    return 214 - 6 * bucket - 2 * op;
}

#define UNITS_AT    216u
#define TO_STATIC   208u        /* from an active field to its static one */

static inline FakeHost *start_version(OcpVersion version)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .discard = true, .ocp = { .version = (uint8_t)version } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

static inline FakeHost *start(void)
{
    return start_version(OCP_2_5);
}

/* Page C3h, as read; valid until the next call. */
static inline const uint8_t *page(FakeHost *h)
{
    static uint8_t copy[512];

    memset(fake_guest(h, FAKE_BUF), 0xa5, 512);
    CHECK_EQ(fake_get_log(h, LID, ALL, 0, 512).status, 0);
    memcpy(copy, fake_guest(h, FAKE_BUF), sizeof(copy));
    return copy;
}

static inline uint64_t field(FakeHost *h, unsigned at, unsigned bytes)
{
    return bytes_at(page(h) + at, bytes);
}

static inline uint64_t counter(FakeHost *h, unsigned bucket, unsigned op)
{
    return field(h, count_at(bucket, op), 4);
}

static inline uint64_t latency(FakeHost *h, unsigned bucket, unsigned op)
{
    return field(h, latency_at(bucket, op), 2);
}

static inline uint64_t stamp(FakeHost *h, unsigned bucket, unsigned op)
{
    return field(h, stamp_at(bucket, op), 8);
}

/* Commands counted, of all operations and active buckets. */
static inline uint64_t counted(FakeHost *h)
{
    const uint8_t *p = page(h);
    uint64_t sum = 0;

    for (unsigned i = 32; i < 96; i += 4) {
        sum += bytes_at(p + i, 4);
    }
    return sum;
}

/* What Set Features C5h sends; the rest of 4096 bytes is REST. */
typedef struct Config {
    uint16_t timer;
    uint8_t  a, b, c, d;
    uint16_t config;
    uint8_t  window;
    uint16_t trigger;
    uint8_t  discard, enable, rest;
} Config;

/* 10, 15, 20, 25 ms; nothing else. */
#define CONFIG  .a = 1, .b = 2, .c = 3, .d = 4, .enable = 1

static inline uint16_t set_with(FakeHost *h, uint32_t sv, Config s)
{
    uint8_t *p = fake_guest(h, FAKE_BUF);
    FakeCmd cmd = { .opc = 0x09, .cdw10 = FID | sv };

    memset(p, s.rest, 4096);
    put_bytes_at(p, 2, s.timer);
    p[2] = s.a;
    p[3] = s.b;
    p[4] = s.c;
    p[5] = s.d;
    put_bytes_at(p + 6, 2, s.config);
    p[8] = s.window;
    put_bytes_at(p + 9, 2, s.trigger);
    p[11] = s.discard;
    p[12] = s.enable;
    fake_prp(h, &cmd, FAKE_BUF, 4096);
    return fake_admin(h, &cmd).status;
}

static inline void set(FakeHost *h, Config s)
{
    CHECK_EQ(set_with(h, SV, s), 0);
}

static inline FakeCmd io_cmd(uint8_t opc)
{
    return (FakeCmd) { .opc = opc, .nsid = 1, .prp1 = FAKE_BUF + 0x10000 };
}

/* What was submitted to queue pair 1 takes NS. */
static inline void take_ns(FakeHost *h, uint64_t ns)
{
    h->f.hold = true;
    fake_run(&h->f);
    fake_advance(&h->f, ns);
    h->f.hold = false;
    fake_io_finish_all(&h->f);
}

/* CMD takes NS; its status. */
static inline uint16_t run_ns(FakeHost *h, FakeCmd cmd, uint64_t ns)
{
    FakeCqe e;

    h->f.hold = true;
    fake_submit(h, 1, &cmd);
    take_ns(h, ns);
    e = fake_reap(h, 1);
    return e.found ? e.status : 0xffff;
}

static inline void read_ms(FakeHost *h, uint64_t ms)
{
    CHECK_EQ(run_ns(h, io_cmd(0x02), ms * MSEC), 0);
}

static inline void write_ms(FakeHost *h, uint64_t ms)
{
    CHECK_EQ(run_ns(h, io_cmd(0x01), ms * MSEC), 0);
}

/* Dataset Management of blocks 8 to 15 with ATTRIBUTES (4: deallocate). */
static inline void dsm_ms(FakeHost *h, uint32_t attributes, uint64_t ms)
{
    FakeCmd cmd = io_cmd(0x09);
    uint8_t *range = fake_guest(h, cmd.prp1);

    put_bytes_at(range, 4, 0);
    put_bytes_at(range + 4, 4, 8);
    put_bytes_at(range + 8, 8, 8);
    cmd.cdw11 = attributes;
    CHECK_EQ(run_ns(h, cmd, ms * MSEC), 0);
}

#endif
