/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks, for the checks of Open-Channel SSD 2.0.
 *
 * The checks use up to NSLOTS chunks, called A, B, ... as in a drawing of the
 * drive: they come in neighbours (A B), (C D), ..., the last ones of each
 * parallel unit, from the last unit of the drive down.
 */
#ifndef TESTS_GUEST_CHUNK_H
#define TESTS_GUEST_CHUNK_H

#include "conform.h"

enum { A, B, C, D, E, F, G, H, NSLOTS };

/* Chunk states, section 4.2 of the specification */
enum { FREE = 1, CLOSED = 2, OPEN = 4, OFFLINE = 8 };

typedef struct Geometry {
    uint8_t  grp_bits, pu_bits, chk_bits, lb_bits;
    uint32_t mccap, num_grp, num_pu, num_chk, clba;
    uint32_t ws_min, ws_opt, mw_cunits, maxoc, maxocpu;
    uint32_t chunks;                    /* of the whole drive */
    uint32_t foreign;                   /* open ones that are not ours */
    uint64_t offline;                   /* SLBA of an offline chunk */
    uint64_t random;                    /* ... of a random-write chunk */
    uint64_t custom;                    /* ... of one of another size */
    bool     has_offline, has_random, has_custom;
} Geometry;

extern uint8_t geometry_page[4096];
extern Geometry geo;
extern unsigned nslots;

typedef struct Chunk {                  /* a descriptor of log page CAh */
    uint8_t  cs, ct, wli;
    uint64_t slba, cnlb, wp;
} Chunk;

typedef struct List {                   /* of a vector command */
    unsigned n;
    uint64_t lba[64];
} List;

/* Leave out a check that needs chunks of this many blocks. */
#define NEED_BLOCKS(blocks) \
    do { \
        if (geo.clba < (blocks)) { \
            SKIP("chunks of %u blocks are too small", geo.clba); \
        } \
    } while (0)

/* Leave out a check that needs so many blocks in one command. */
#define NEED_TRANSFER(blocks) \
    do { \
        if ((blocks) > drive.max_bytes / drive.block_size) { \
            SKIP("%u blocks do not go into one command", (unsigned)(blocks)); \
        } \
    } while (0)

/* ... and of one vector command */
#define NEED_ENTRIES(blocks) \
    do { \
        if ((blocks) > 64) { \
            SKIP("WS_MIN %u is too large for a list of 64", geo.ws_min); \
        } \
        NEED_TRANSFER(blocks); \
    } while (0)

#define NEED_OPEN(n) \
    do { \
        if (!may_open(n)) { \
            SKIP("%u chunks cannot be open at once (MAXOC %u, MAXOCPU %u)", \
                 (unsigned)(n), geo.maxoc, geo.maxocpu); \
        } \
    } while (0)

/* geometry.c */
bool chunks_open(void);
uint64_t make_lba(uint32_t grp, uint32_t pu, uint32_t chk, uint32_t lb);
uint64_t index_lba(uint64_t index);
uint64_t lba_index(uint64_t lba);
unsigned hole_list(uint64_t hole[5]);
Chunk chunk_of(uint64_t slba);
Chunk chunk_parse(const uint8_t *p);

/* chunk.c */
void chunks_use(const uint64_t slba[], unsigned n);
uint64_t at(unsigned slot, uint32_t s);
Chunk chunk(unsigned slot);
bool may_open(unsigned n);
uint32_t most_blocks(void);
void make_free(unsigned slot);
void make_open(unsigned slot, uint32_t blocks);
void make_closed(unsigned slot);
void finish(unsigned slot);
void chunks_settle(void);
void forget(unsigned slot);
uint32_t gen_of(uint64_t lba);

uint16_t write_lba(uint64_t lba, uint32_t n);
uint16_t write_flags(uint64_t lba, uint32_t n, uint32_t dw12);
uint16_t write_junk(uint64_t lba, uint32_t n);
uint16_t read_lba(uint64_t lba, uint32_t n);
uint16_t read_plain(uint64_t lba, uint32_t n);
uint16_t reset_lba(uint64_t lba);
void set_dulbe(bool on);
void features_default(void);
uint16_t dsm(const uint64_t (*range)[2], unsigned n, bool deallocate);

/* What a read put into blocks [first, first + n) of the buffers. */
void expect_written_at(unsigned line, uint32_t first, uint32_t n,
                       uint64_t lba);
void expect_predefined_at(unsigned line, uint32_t first, uint32_t n);
void expect_chunk_at(unsigned line, unsigned slot, uint8_t cs, uint64_t wp);
#define EXPECT_WRITTEN(first, n, lba) \
    expect_written_at(__LINE__, first, n, lba)
#define EXPECT_PREDEFINED(first, n) expect_predefined_at(__LINE__, first, n)
#define EXPECT_CHUNK(slot, cs, wp) expect_chunk_at(__LINE__, slot, cs, wp)

/* list.c */
const char *list_open(void);            /* NULL, or why there is none */
bool list_contiguous(void);
uint64_t list_put(uint32_t byte, const List *list);
void add(List *list, uint64_t lba, uint32_t n);
uint16_t vector(uint8_t opcode, const List *list, uint32_t dw12);
uint16_t vector_at(uint8_t opcode, uint64_t address, uint32_t dw12,
                   uint32_t n);
uint16_t vector_write(const List *list);
uint16_t vector_read(const List *list);
uint16_t vector_reset(const List *list);
uint16_t vector_reset_chunks(const List *list, uint8_t *descriptors);
uint16_t vector_copy(const List *from, const List *to);
uint64_t bits(unsigned n);
void expect_bitmap_at(unsigned line, uint64_t want);
#define EXPECT_BITMAP(want) expect_bitmap_at(__LINE__, want)

enum {
    VECTOR_RESET = 0x90, VECTOR_WRITE = 0x91, VECTOR_READ = 0x92,
    VECTOR_COPY = 0x93,
};

#endif
