/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Scatter Gather List (SGL)"; NVM Command Set 1.0,
 * "Metadata Pointer" and its alignment.
 */
#include "dptr-unit.h"

#define MPTR    16u             /* bytes of the command */
#define DPTR    24u
#define NOWHERE 0xffffu

enum { DATA = 0x00, BUCKET = 0x10, SEGMENT = 0x20, LAST = 0x30 };

static Dptr *d;

static void start(void)
{
    d = malloc(sizeof(*d));
    dptr_start(d, 7, 0);
}

static void stop(void)
{
    fake_host_free(d->h);
    free(d);
}

/* A descriptor at AT in guest RAM. */
static void put(uint64_t at, uint8_t type, uint64_t addr, uint32_t len)
{
    uint8_t *p = fake_guest(d->h, at);

    memset(p, 0, 16);
    fake_put_le(p, 8, type == BUCKET ? 0 : addr);
    fake_put_le(p + 8, 4, len);
    p[15] = type;
}

/* The descriptor in the command. */
static void first(uint8_t type, uint64_t addr, uint32_t len)
{
    d->cmd.prp1 = addr;
    d->cmd.prp2 = (uint64_t)type << 56 | len;
}

/*
 * A command of LEN bytes whose descriptors, pieces of the model, lie in
 * segments of PER descriptors, the last of which leads on.
 */
static void chained(unsigned per)
{
    uint64_t at = FAKE_LISTS + 4;       /* no alignment is needed */
    unsigned n = d->npieces, i = 0, k;
    uint64_t link = 0;

    while (i < n) {
        bool last = n - i <= per;

        k = last ? n - i : per;
        if (!link) {
            first(last ? LAST : SEGMENT, at, (k + !last) * 16);
        } else {
            put(link, last ? LAST : SEGMENT, at, (k + !last) * 16);
        }
        for (; k; k--, i++, at += 16) {
            bool bucket = d->piece[i].addr == DPTR_BUCKET;

            put(at, bucket ? BUCKET : DATA, d->piece[i].addr,
                (uint32_t)d->piece[i].len);
        }
        link = at;
        at += 48;
    }
}

static void one_block(void)
{
    start();
    for (uint64_t off = 0; off < 8; off++) {
        dptr_command(d, 8192, 1);
        dptr_map(d, DPTR_AREA + 4096 + off * 4097, 8192);
        first(DATA, d->piece[0].addr, 8192);
        dptr_check_write(d);
        dptr_check_read(d);
    }
    first(DATA, d->piece[0].addr, 100000);      /* SGLS: longer is allowed */
    dptr_check_read(d);
    stop();
}

/* Pieces of any size and alignment, in segments of any length. */
static void pieces(void)
{
    static const unsigned per[] = { 1, 2, 3, 31, 32, 33, 64, 1000 };
    uint32_t x = 1;

    start();
    for (unsigned i = 0; i < 200; i++) {
        uint32_t left = 512 * (1 + i % 64), at = 0;

        dptr_command(d, left, 1 + (i & 1));
        while (left) {
            uint32_t n;

            x = x * 1664525 + 1013904223;
            n = i % 5 ? x >> 18 : x >> 24;      /* 16 KiB or 256 bytes */
            n = n < left ? n : left;
            dptr_map(d, DPTR_AREA + at, n);
            at += n + (x >> 8) % 5;             /* some touch */
            left -= n;
        }
        chained(per[i % 8]);
        if (i & 2) {
            dptr_check_read(d);
        } else {
            dptr_check_write(d);
        }
    }
    stop();
}

/* A read leaves out what falls into a bucket. */
static void buckets(void)
{
    start();
    for (unsigned i = 1; i < 16; i++) {
        dptr_command(d, 4096, 1);
        for (unsigned j = 0; j < 4; j++) {
            bool bucket = i >> j & 1;

            dptr_map(d, bucket ? DPTR_BUCKET : DPTR_AREA + j * 4096,
                     j & 1 ? 924 : 1124);
        }
        chained(i % 3 + 1);
        dptr_check_read(d);
    }
    dptr_command(d, 4096, 1);
    dptr_map(d, DPTR_BUCKET, 4096);
    first(BUCKET, 0, 4096);
    dptr_check_read(d);
    /* A write does not see them. */
    dptr_command(d, 1024, 1);
    dptr_map(d, DPTR_AREA, 512);
    dptr_map(d, DPTR_BUCKET, 1 << 20);
    dptr_map(d, DPTR_AREA + 4096, 512);
    chained(10);
    memmove(&d->piece[1], &d->piece[2], sizeof(d->piece[0]));
    d->npieces = 2;
    dptr_check_write(d);
    stop();
}

/* Descriptors that a data transfer must not have. */
static void bad_types(void)
{
    start();
    for (unsigned type = 0; type < 256; type++) {
        uint16_t status = (type & 0xf0) == SEGMENT || (type & 0xf0) == LAST
                          ? 0x00d : 0x011;

        if (type == DATA || type == BUCKET) {
            continue;
        }
        dptr_command(d, 1024, 1);
        if (status == 0x00d && (type & 15) == 0) {
            put(FAKE_LISTS, DATA, DPTR_AREA, 512);
            put(FAKE_LISTS + 16, (uint8_t)type, DPTR_AREA, 512);
            put(FAKE_LISTS + 32, DATA, DPTR_AREA, 512);
            first(LAST, FAKE_LISTS, 48);        /* in the middle */
            dptr_check_refused(d, 0x00d, DPTR);
            first(SEGMENT, FAKE_LISTS, 48);
            dptr_check_refused(d, 0x00e, DPTR);
            first(LAST, FAKE_LISTS, 32);        /* at the end of the last */
            dptr_check_refused(d, 0x00d, DPTR);
            continue;
        }
        first((uint8_t)type, DPTR_AREA, 1024);
        dptr_check_refused(d, 0x011, DPTR);
        put(FAKE_LISTS, DATA, DPTR_AREA, 512);
        put(FAKE_LISTS + 16, (uint8_t)type, DPTR_AREA, 512);
        first(SEGMENT, FAKE_LISTS, 32);
        dptr_check_refused(d, 0x011, DPTR);
        if (status == 0x011) {
            first(LAST, FAKE_LISTS, 32);
            dptr_check_refused(d, 0x011, DPTR);
        }
    }
    stop();
}

static void bad_lengths(void)
{
    static const uint32_t len[] = { 0, 1, 15, 17, 33, UINT32_MAX };

    start();
    put(FAKE_LISTS, DATA, DPTR_AREA, 512);
    put(FAKE_LISTS + 16, DATA, DPTR_AREA, 512);
    dptr_command(d, 1024, 1);
    for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
        first(LAST, FAKE_LISTS, len[i]);        /* of a segment */
        dptr_check_refused(d, 0x00d, DPTR);
        first(SEGMENT, FAKE_LISTS, len[i]);
        dptr_check_refused(d, 0x00d, DPTR);
        put(FAKE_LISTS + 48, SEGMENT, FAKE_LISTS, len[i]);
        first(SEGMENT, FAKE_LISTS + 48, 16);
        dptr_check_refused(d, 0x00d, DPTR);
    }
    first(LAST, FAKE_LISTS, 16);                /* too little data */
    dptr_check_refused(d, 0x00f, DPTR);
    first(SEGMENT, FAKE_LISTS, 16);
    dptr_check_refused(d, 0x00f, DPTR);
    first(DATA, DPTR_AREA, 1023);
    dptr_check_refused(d, 0x00f, DPTR);
    first(DATA, DPTR_AREA, 0);
    dptr_check_refused(d, 0x00f, DPTR);
    first(LAST, FAKE_LISTS, 32);
    dptr_map(d, DPTR_AREA, 512);
    dptr_map(d, DPTR_AREA, 512);
    dptr_check_write(d);
    stop();
}

static void not_memory(void)
{
    static const uint64_t bad[] = {
        FAKE_HOLE, FAKE_HOLE - 8, FAKE_MMIO, FAKE_RAM_SIZE - 8,
        UINT64_C(1) << 63, UINT64_MAX - 15, UINT64_MAX,
    };

    start();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        unsigned reads = d->h->f.media[1].reads;

        dptr_command(d, 1024, 1);
        first(DATA, bad[i], 1024);
        dptr_check_refused(d, 0x004, NOWHERE);
        if (bad[i] + 1024 < bad[i]) {           /* not even tried */
            CHECK_EQ(d->h->f.media[1].reads, reads);
        }
        first(LAST, bad[i], 32);
        dptr_check_refused(d, 0x004, NOWHERE);
        put(FAKE_LISTS, DATA, DPTR_AREA, 512);
        put(FAKE_LISTS + 16, DATA, bad[i], 512);
        first(LAST, FAKE_LISTS, 32);
        dptr_check_refused(d, 0x004, NOWHERE);
        put(FAKE_LISTS + 16, LAST, bad[i], 512);
        first(SEGMENT, FAKE_LISTS, 32);
        dptr_check_refused(d, 0x004, NOWHERE);
    }
    /* The end of the address space, then its begin: no segment wraps. */
    put(FAKE_LISTS, DATA, UINT64_MAX - 511, 512);
    put(FAKE_LISTS + 16, DATA, 0, 512);
    first(LAST, FAKE_LISTS, 32);
    dptr_check_refused(d, 0x004, NOWHERE);
    d->h->f.hold = true;
    fake_submit(d->h, 1, &d->cmd);
    fake_run(&d->h->f);
    CHECK_EQ(d->h->f.nios, 1);
    CHECK_EQ(d->h->f.io[0]->nseg, 2);
    fake_io_finish_all(&d->h->f);
    d->h->f.hold = false;
    stop();
}

/*
 * FAILURE-CASE-30 FAILURE-CASE-39 FAILURE-CASE-54
 * Endless lists end: a circle, and more descriptors than anybody needs.
 */
static void budget(void)
{
    start();
    dptr_command(d, 1024, 1);
    put(FAKE_LISTS, DATA, DPTR_AREA, 0);
    put(FAKE_LISTS + 16, SEGMENT, FAKE_LISTS, 32);
    first(SEGMENT, FAKE_LISTS, 32);
    dptr_check_refused(d, 0x00e, DPTR);
    put(FAKE_LISTS, SEGMENT, FAKE_LISTS, 16);
    first(SEGMENT, FAKE_LISTS, 16);
    dptr_check_refused(d, 0x00e, DPTR);
    for (uint32_t i = 0; i < 10000; i++) {
        put(FAKE_LISTS + i * 16, DATA, DPTR_AREA, 0);
    }
    put(FAKE_LISTS + 9999 * 16, DATA, DPTR_AREA, 1024);
    first(LAST, FAKE_LISTS, 10000 * 16);
    dptr_check_refused(d, 0x00e, DPTR);
    first(LAST, FAKE_LISTS + 2000 * 16, 8000 * 16);
    dptr_map(d, DPTR_AREA, 1024);
    dptr_check_write(d);
    /* More pieces than are kept; the next command has room again. */
    dptr_command(d, 4096, 1);
    for (uint32_t i = 0; i < 1024; i++) {
        dptr_map(d, DPTR_AREA + i * 12, 4);
    }
    chained(100);
    dptr_check_refused(d, 0x00e, DPTR);
    dptr_command(d, 2048, 1);
    for (uint32_t i = 0; i < 512; i++) {
        dptr_map(d, DPTR_AREA + i * 12, 4);
    }
    chained(100);
    dptr_check_write(d);
    dptr_check_read(d);
    stop();
}

/* Admin commands have PRPs only; PSDT 3 means nothing. */
static void psdt(void)
{
    FakeCmd identify = { .opc = 0x06, .cdw10 = 1, .prp1 = FAKE_BUF };

    start();
    for (uint8_t i = 1; i < 4; i++) {
        identify.flags = (uint8_t)(i << 6);
        CHECK_EQ(fake_admin(d->h, &identify).status, 0x002);
        CHECK_EQ(fake_error_location(d->h), 6 << 8 | 1);
    }
    dptr_command(d, 512, 3);
    first(DATA, DPTR_AREA, 512);
    dptr_check_refused(d, 0x002, 6 << 8 | 1);
    stop();
}

static const OcpnTest tests[] = {
    { "one data block", one_block },
    { "pieces in chained segments", pieces },
    { "bit buckets", buckets },
    { "descriptors of other types", bad_types },
    { "lengths of segments and data", bad_lengths },
    { "what is no memory", not_memory },
    { "endless lists, and too many pieces", budget },
    { "PSDT", psdt },
};
OCPN_UNIT_MAIN("dptr-sgl", tests)
