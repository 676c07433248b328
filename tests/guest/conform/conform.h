/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the checks of ocp-nvme-conform are written with.
 *
 * The program sees a drive as any Linux program does: through passthrough
 * commands.  It includes nothing of the device it may be testing; offsets and
 * numbers are from the specifications.  One thread; all state is in `drive`
 * and in the files that declare it.
 */
#ifndef TESTS_GUEST_CONFORM_H
#define TESTS_GUEST_CONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <CUnit/CUnit.h>
#include <libnvme.h>

/* Status: Status Code Type in bits 10:8, Status Code in bits 7:0 */
enum {
    SC_OK                   = 0x000,
    SC_INVALID_OPCODE       = 0x001,
    SC_INVALID_FIELD        = 0x002,
    SC_DATA_TRANSFER_ERROR  = 0x004,
    SC_INVALID_NS           = 0x00b,
    SC_SEQUENCE_ERROR       = 0x00c,
    SC_LBA_OUT_OF_RANGE     = 0x080,
    SC_INVALID_LOG_PAGE     = 0x109,
    SC_NOT_SAVEABLE         = 0x10d,
    SC_NOT_CHANGEABLE       = 0x10e,
    SC_COPY_LIMIT           = 0x183,
    SC_WRITE_FAULT          = 0x280,
    SC_READ_ERROR           = 0x281,
    SC_COMPARE_FAILURE      = 0x285,
    SC_UNWRITTEN            = 0x287,
    SC_OFFLINE_CHUNK        = 0x2c0,
    SC_INVALID_RESET        = 0x2c1,
    SC_OUT_OF_ORDER         = 0x2f2,
};

/* What a check needs of the drive or of this machine; else it is skipped. */
enum {
    NEED_LIST       = 1 << 0,   /* memory whose physical address is known */
    NEED_META       = 1 << 1,   /* metadata, and a kernel that passes it */
    NEED_COPY       = 1 << 2,   /* MCCAP: Vector Chunk Copy */
    NEED_MULTI      = 1 << 3,   /* MCCAP: free chunks may be reset */
    NEED_NO_MULTI   = 1 << 4,
    NEED_EARLY      = 1 << 5,   /* MCCAP: open chunks may be reset */
    NEED_NO_EARLY   = 1 << 6,
    NEED_PREDEFINED = 1 << 7,   /* DLFEAT says what unwritten blocks hold */
    NEED_OFFLINE    = 1 << 8,   /* an offline chunk */
    NEED_WS_MIN     = 1 << 9,   /* WS_MIN above 1 */
    NEED_WINDOW     = 1 << 10,  /* MW_CUNITS above 0 */
    NEED_RISK       = 1 << 11,  /* --risk-memory */
    NEED_HOLE       = 1 << 12,  /* addresses of blocks that do not exist */
};

typedef struct Check {
    const char *name;           /* a sentence */
    void      (*run)(void);
    unsigned    needs;
    unsigned    chunks;         /* how many of A, B, ... it uses */
} Check;

typedef struct Suite {
    const char  *name;
    const Check *checks;
    size_t       count;
    bool         always;        /* not only on drives of one kind */
    bool         open_channel;
} Suite;

#define SUITE(symbol, text, ...)                                        \
    const Suite symbol = { .name = text, .checks = checks,              \
                           .count = sizeof(checks) / sizeof(checks[0]), \
                           __VA_ARGS__ }

extern const Suite suite_admin, suite_log_page, suite_feature;
extern const Suite suite_conventional, suite_conventional_more;
extern const Suite suite_discovery, suite_chunk_log, suite_oc_feature;
extern const Suite suite_read, suite_write, suite_vector_write;
extern const Suite suite_vector_read, suite_reset, suite_reset_more;
extern const Suite suite_dsm, suite_copy, suite_notices;

typedef struct nvme_passthru_cmd64 Cmd;

typedef struct Drive {
    int         ctrl;           /* /dev/nvmeX */
    int         ns;             /* its namespace, for I/O commands */
    char        name[32];       /* nvmeX */
    char        block[32];      /* name of the namespace's block device */
    uint32_t    nsid;
    bool        open_channel;
    bool        kernel_meta;    /* metadata can be passed */
    bool        narrow;         /* the kernel has 32-bit results only */
    bool        risk;           /* --risk-memory */
    uint8_t     id_ctrl[4096], id_ns[4096];
    uint32_t    block_size;     /* bytes of a block in the data buffer */
    uint32_t    meta_size;      /* bytes of it in the metadata buffer */
    uint32_t    max_bytes;      /* largest transfer used here */
    uint32_t    gen;            /* of blocks that are in no chunk */
    uint64_t    result;         /* of the last command: dwords 0 and 1 */
    uint8_t    *data, *meta;    /* page aligned, DATA_BYTES and META_BYTES */
} Drive;

#define DATA_BYTES  (2u << 20)
#define META_BYTES  (64u << 10)
#define POISON      0x5a        /* what buffers hold before a read */
#define NSID_ALL    0xffffffffu

extern Drive drive;

/* host.c */
bool host_open(const char *path, uint32_t nsid);
uint16_t admin(Cmd cmd);
uint16_t io(Cmd cmd);
uint16_t identify(uint8_t cns, uint32_t nsid, void *page);
uint16_t get_log(uint8_t lid, uint32_t nsid, uint64_t offset, void *buf,
                 uint32_t bytes);
uint16_t get_feature(uint8_t fid, uint32_t nsid, uint8_t select);
uint16_t set_feature(uint8_t fid, uint32_t nsid, uint32_t value);
void controller_reset(void);
void poison(uint32_t blocks);
uint32_t u16_at(const uint8_t *p);
uint32_t u32_at(const uint8_t *p);
uint64_t u64_at(const uint8_t *p);
bool all_are(const uint8_t *p, size_t n, uint8_t value);

/*
 * Bytes [0] ... [n - 1] hold the value of byte 0 of block LBA: every word of
 * a block is its own, and another one in each generation.
 */
void fill_block(uint8_t *p, uint32_t bytes, uint64_t lba, uint32_t gen);
bool is_block(const uint8_t *p, uint32_t bytes, uint64_t lba, uint32_t gen);

/* expect.c: a failed expectation fails the check, which then goes on. */
void expect_status(const char *file, unsigned line, const char *what,
                   uint16_t want, uint16_t got);
void expect_equal(const char *file, unsigned line, const char *what,
                  uint64_t want, uint64_t got);
void fail_at(const char *file, unsigned line, bool fatal, const char *format,
             ...) __attribute__((format(printf, 4, 5)));
void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern char skipped[200];

/* CALL returns a status: WANT, and Do Not Retry unless it is success. */
#define EXPECT(want, call) \
    expect_status(__FILE__, __LINE__, #call, want, call)
#define EXPECT_EQ(want, got) \
    expect_equal(__FILE__, __LINE__, #got, want, got)
#define EXPECT_TRUE(what) \
    do { \
        if (!(what)) { \
            fail_at(__FILE__, __LINE__, false, "not so: %s", #what); \
        } \
    } while (0)
/* The check cannot go on. */
#define GIVE_UP(...)    fail_at(__FILE__, __LINE__, true, __VA_ARGS__)
#define SKIP(...)       do { skip(__VA_ARGS__); return; } while (0)

/* The last refused command is the newest error entry, and it names BYTE. */
void expect_error(const char *file, unsigned line, uint16_t status,
                  uint16_t byte);
#define EXPECT_ERROR(status, byte) \
    expect_error(__FILE__, __LINE__, status, byte)

#endif
