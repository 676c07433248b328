/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open-channel host on top of the fake one: commands on chunks of fixture
 * T1, data that says which block it belongs to, and a look at descriptors.
 *
 * T1: 2 groups, 3 parallel units each, 5 chunks each, 96 blocks each; blocks
 * of 4096 + 16 bytes; LBA = grp << 12 | pu << 10 | chk << 7 | s.
 */
#ifndef TESTS_UNIT_OCSSD_HOST_H
#define TESTS_UNIT_OCSSD_HOST_H

#include <string.h>

#include "fakes/host.h"
#include "ocpn-unit.h"

/* Chunks by their first LBA, and their place in the chunk log. */
enum { A = 0x0000, B = 0x0080, X = 0x0100, C = 0x0400, E = 0x1000,
       F = 0x1a00 };
enum { IA = 0, IB = 1, IX = 2, IC = 5, IE = 15, IF = 29 };

#define BLOCK       4096u
#define META        (FAKE_BUF + 0x400000u)      /* metadata of a command */
#define LIST        (FAKE_LISTS + 0x10000u)     /* LBAs of a vector */
#define DLIST       (FAKE_LISTS + 0x20000u)     /* destinations of a copy */
#define MS          16u

/* How a vector command differs from the plain one. */
typedef struct Vec {
    uint8_t  opc;
    const uint64_t *lba;        /* N of them */
    unsigned n;
    uint32_t cdw12;             /* more bits of it */
    uint64_t list;              /* where the list shall be; 0: at LIST */
    bool     no_mptr;
} Vec;

static inline FakeSetup t1(void)
{
    return (FakeSetup) { .ns = { FAKE_T1 } };
}

static inline FakeHost *t1_start(void)
{
    FakeSetup s = t1();

    return fake_host_start(&s);
}

/* Data of a block: its LBA again and again; its metadata: twice. */
static inline void put_block(FakeHost *h, unsigned i, uint64_t lba)
{
    for (unsigned at = 0; at < BLOCK; at += 8) {
        put_bytes_at(fake_guest(h, FAKE_BUF) + i * BLOCK + at, 8, lba);
    }
    put_bytes_at(fake_guest(h, META) + i * MS, 8, lba);
    put_bytes_at(fake_guest(h, META) + i * MS + 8, 8, lba);
}

/* Does entry I of the last read hold LBA's data? */
static inline bool is_data(FakeHost *h, unsigned i, uint64_t lba)
{
    const uint8_t *p = fake_guest(h, FAKE_BUF) + i * BLOCK;

    for (unsigned at = 0; at < BLOCK; at += 8) {
        if (bytes_at(p + at, 8) != lba) {
            return false;
        }
    }
    return true;
}

/* ... and its metadata? */
static inline bool is_block(FakeHost *h, unsigned i, uint64_t lba)
{
    const uint8_t *m = fake_guest(h, META) + i * MS;

    return is_data(h, i, lba) && bytes_at(m, 8) == lba &&
           bytes_at(m + 8, 8) == lba;
}

/* Does it hold predefined data? */
static inline bool is_pattern(FakeHost *h, unsigned i, uint8_t byte)
{
    return fake_all(fake_guest(h, FAKE_BUF) + i * BLOCK, byte, BLOCK) &&
           fake_all(fake_guest(h, META) + i * MS, byte, MS);
}

static inline bool is_zero(FakeHost *h, unsigned i)
{
    return is_pattern(h, i, 0);
}

/* What a transfer must overwrite. */
static inline void spoil(FakeHost *h, unsigned n)
{
    memset(fake_guest(h, FAKE_BUF), 0xee, n * BLOCK);
    memset(fake_guest(h, META), 0xee, n * MS);
}

/* A Read or Write of N blocks, its buffers at FAKE_BUF and META. */
static inline FakeCmd scalar(FakeHost *h, uint8_t opc, uint64_t lba,
                             unsigned n)
{
    FakeCmd cmd = {
        .opc = opc, .nsid = 1, .mptr = META,
        .cdw10 = (uint32_t)lba, .cdw11 = (uint32_t)(lba >> 32),
        .cdw12 = n - 1,
    };

    fake_prp(h, &cmd, FAKE_BUF, (uint64_t)n * BLOCK);
    return cmd;
}

static inline FakeCmd write_cmd(FakeHost *h, uint64_t lba, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put_block(h, i, lba + i);
    }
    return scalar(h, 0x01, lba, n);
}

/*
 * Submit a write that will be under way together with others: its data lies
 * in a buffer of its own, one of 8, and it has no metadata.
 */
static inline uint16_t submit_write(FakeHost *h, uint16_t qid, uint64_t lba,
                                    unsigned n)
{
    uint64_t buf = FAKE_BUF + 0x80000u * (9u + h->cid % 8u);
    FakeCmd cmd = scalar(h, 0x01, lba, n);
    uint16_t cid;

    for (unsigned i = 0; i < n * (BLOCK / 8); i++) {
        put_bytes_at(fake_guest(h, buf) + i * 8, 8, lba + i / (BLOCK / 8));
    }
    cmd.mptr = 0;
    fake_prp(h, &cmd, buf, (uint64_t)n * BLOCK);
    cid = fake_submit(h, qid, &cmd);
    fake_run(&h->f);
    return cid;
}

static inline FakeCqe w_cqe(FakeHost *h, uint64_t lba, unsigned n)
{
    FakeCmd cmd = write_cmd(h, lba, n);

    return fake_io(h, &cmd);
}

/* STAT-R1: every failure forbids a retry; scalar commands have no bitmap. */
static inline uint16_t scalar_status(FakeCqe e)
{
    CU_ASSERT_TRUE(e.found);
    CHECK_EQ(e.dnr, e.status != 0);
    CHECK_EQ(e.dw0, 0);
    CHECK_EQ(e.dw1, 0);
    return e.status;
}

static inline uint16_t w(FakeHost *h, uint64_t lba, unsigned n)
{
    return scalar_status(w_cqe(h, lba, n));
}

static inline uint16_t r(FakeHost *h, uint64_t lba, unsigned n)
{
    FakeCmd cmd = scalar(h, 0x02, lba, n);

    spoil(h, n);
    return scalar_status(fake_io(h, &cmd));
}

/* Write the first N blocks of a chunk; all of a 96-block chunk. */
static inline void open_chunk(FakeHost *h, uint64_t lba, unsigned n)
{
    CHECK_EQ(w(h, lba, n), 0);
}

static inline void fill(FakeHost *h, uint64_t lba)
{
    open_chunk(h, lba, 96);
}

/* A vector command; data of writes says which block it is for. */
static inline FakeCmd vector_cmd(FakeHost *h, const Vec *v)
{
    uint64_t list = v->list ? v->list : LIST;
    uint64_t lbal = v->n == 1 ? v->lba[0] : list;
    FakeCmd cmd = {
        .opc = v->opc, .nsid = 1, .mptr = v->no_mptr ? 0 : META,
        .cdw10 = (uint32_t)lbal, .cdw11 = (uint32_t)(lbal >> 32),
        .cdw12 = (v->n - 1) | v->cdw12,
    };

    for (unsigned i = 0; i < v->n; i++) {
        put_bytes_at(fake_guest(h, list) + i * 8, 8, v->lba[i]);
        if (v->opc == 0x91) {
            put_block(h, i, v->lba[i]);
        }
    }
    if (v->opc != 0x90) {
        fake_prp(h, &cmd, FAKE_BUF, (uint64_t)v->n * BLOCK);
    }
    return cmd;
}

static inline FakeCqe vector(FakeHost *h, const Vec *v)
{
    FakeCmd cmd = vector_cmd(h, v);
    FakeCqe e;

    if (v->opc == 0x92) {
        spoil(h, v->n);
    }
    e = fake_io(h, &cmd);
    CU_ASSERT_TRUE(e.found);
    CHECK_EQ(e.dnr, e.status != 0);
    return e;
}

static inline uint64_t bitmap(FakeCqe e)
{
    return (uint64_t)e.dw1 << 32 | e.dw0;
}

#define CHECK_CQE(cqe, want_status, want_bitmap) do {                   \
    FakeCqe cqe_ = (cqe);                                               \
    CHECK_EQ(cqe_.status, want_status);                                 \
    CHECK_EQ(bitmap(cqe_), want_bitmap);                                \
} while (0)

/* Vector write, read and reset of the LBAs given. */
#define LBAS(...)   ((const uint64_t[]) { __VA_ARGS__ })
#define NLBAS(...)  (sizeof(LBAS(__VA_ARGS__)) / 8)
#define VEC(h, op, ...) \
    vector(h, &(Vec) { .opc = op, .lba = LBAS(__VA_ARGS__), \
                       .n = NLBAS(__VA_ARGS__) })
#define VW(h, ...)  VEC(h, 0x91, __VA_ARGS__)
#define VR(h, ...)  VEC(h, 0x92, __VA_ARGS__)
/* Without descriptors. */
#define VX(h, ...) \
    vector(h, &(Vec) { .opc = 0x90, .lba = LBAS(__VA_ARGS__), \
                       .n = NLBAS(__VA_ARGS__), .no_mptr = true })

/* Descriptor of chunk number INDEX as log page CAh has it; at FAKE_BUF. */
static inline const uint8_t *descriptor(FakeHost *h, unsigned index)
{
    CHECK_EQ(fake_get_log(h, 0xca, 1, index * 32, 32).status, 0);
    return fake_guest(h, FAKE_BUF);
}

/* Chunk state and write pointer: CS in bits 63:56, WP below. */
#define ST(cs, wp)  ((uint64_t)(cs) << 56 | (wp))
enum { FREE = 1, CLOSED = 2, OPEN = 4, OFFLINE = 8 };

static inline uint64_t st(FakeHost *h, unsigned index)
{
    const uint8_t *d = descriptor(h, index);

    return ST(d[0], bytes_at(d + 24, 8));
}

static inline void set_dulbe(FakeHost *h)
{
    CHECK_EQ(fake_set_feature(h, 0x05, 1, 0x10000).status, 0);
}

/* A chunk table entry: docs/image-format.rst. */
typedef struct Entry {
    uint8_t  state, type;
    uint16_t flags;
    uint32_t wp, cnlb, resets;
} Entry;

/* The entry of chunk number INDEX in NSID 1's image. */
static inline Entry image_entry(FakeHost *h, uint32_t index)
{
    const OcpnDisk *disk = &h->f.media[1].disk;
    const uint8_t *e;
    OcpnImage im;
    OcpnError err;
    unsigned slot;
    ImgPage p;

    CHECK_EQ(ocpn_image_open(&im, disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(ocpn_page_load(&im, disk, IMG_REGION_CHUNKS, index / 254, &p,
                            &slot, &err), true);
    e = (const uint8_t *)&p + 32 + index % 254 * 16;
    return (Entry) {
        e[0], e[1], (uint16_t)bytes_at(e + 2, 2), (uint32_t)bytes_at(e + 4, 4),
        (uint32_t)bytes_at(e + 8, 4), (uint32_t)bytes_at(e + 12, 4),
    };
}

/* Put another there, and start the drive again. */
static inline void condition(FakeHost *h, uint32_t index, Entry want)
{
    const OcpnDisk *disk = &h->f.media[1].disk;
    uint8_t *e;
    OcpnImage im;
    OcpnError err;
    unsigned slot;
    ImgPage p;

    CHECK_EQ(ocpn_image_open(&im, disk, &err), OCPN_OPEN_OK);
    CHECK_EQ(ocpn_page_load(&im, disk, IMG_REGION_CHUNKS, index / 254, &p,
                            &slot, &err), true);
    e = (uint8_t *)&p + 32 + index % 254 * 16;
    e[0] = want.state;
    e[1] = want.type;
    put_bytes_at(e + 2, 2, want.flags);
    put_bytes_at(e + 4, 4, want.wp);
    put_bytes_at(e + 8, 4, want.cnlb);
    put_bytes_at(e + 12, 4, want.resets);
    ocpn_page_seal(&im, &p, IMG_REGION_CHUNKS, index / 254,
                   from_le64(p.sequence) + 1);
    disk->write(disk->opaque,
                ocpn_page_offset(&im, IMG_REGION_CHUNKS, index / 254, !slot),
                &p, sizeof(p));
    fake_host_restart(h, false);
}

/* Where block data begins in NSID 1's image. */
static inline uint64_t data_offset(FakeHost *h)
{
    OcpnImage im;
    OcpnError err;

    CHECK_EQ(ocpn_image_open(&im, &h->f.media[1].disk, &err), OCPN_OPEN_OK);
    return im.data.offset;
}

static inline void make_offline(FakeHost *h, uint32_t index)
{
    condition(h, index, (Entry) { .state = 8, .type = 1, .cnlb = 96 });
}

#endif
