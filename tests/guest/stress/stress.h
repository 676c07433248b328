/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ocp-nvme-stress: mixed load on one drive until QEMU is killed, and the proof,
 * after the next boot, that nothing acknowledged is lost.
 *
 * What was sent and what was acknowledged is noted in memory that the virtual
 * machine shares with a file of its host (an ivshmem device), so a note is
 * never behind: it is in the file when the store instruction is done.  A serial
 * port would lose what it has not sent yet when QEMU is killed.  The order is
 *
 *   note what is about to be sent, send, wait for the completion, note that.
 *
 * Every block of the drive has an *identity*: which block of which generation
 * its contents were made of, 0 (zeros) or MARKED (unreadable).
 *
 * Threads: each load thread owns every second place of the drive, with a queue
 * of its own; one more thread sends admin commands.
 */
#ifndef TESTS_GUEST_STRESS_H
#define TESTS_GUEST_STRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/nvme_ioctl.h>

enum {
    SLOT_BYTES  = 4 << 20,      /* of a drive, in the shared memory */
    THREADS     = 2,            /* of load, each on a processor of its own */
    DEPTH       = 8,            /* commands that a thread has in flight */
    PLACE       = 64,           /* blocks of a place of a conventional drive */
    MOST_BLOCKS = 64,           /* of a command */
    MOST_PLACES = 4,            /* that a command touches */
    BLOCK_BYTES = 4096,         /* at most */
    META_BYTES  = 64,           /* of a block, at most */
    NFEATURES   = 3,
};

/* Identities; others are block + 1 in bits 63:32 and generation in 31:0. */
#define ZEROS   0ull
#define MARKED  (~0ull)         /* Write Uncorrectable */
#define NONE    (~1ull)         /* in `next`: no command is under way */

enum Phase {
    PHASE_NONE, PHASE_VERIFY, PHASE_VERIFIED, PHASE_FAILED, PHASE_LOAD,
};

/*
 * The head of a drive's slot.  The host reads the first 72 bytes; run-stress
 * knows the offsets.
 */
typedef struct Shared {
    _Atomic uint64_t phase;             /* 0 */
    _Atomic uint64_t acked;             /* 8   commands, in this boot */
    _Atomic uint64_t acked_bytes;       /* 16  that they wrote, in this boot */
    _Atomic uint64_t sent;              /* 24  commands, in this boot */
    uint64_t verified_bytes;            /* 32  of patterns, in this boot */
    uint64_t open_new;                  /* 40  blocks whose unacknowledged */
    uint64_t open_old;                  /* 48  write was found done, not done */
    uint64_t boots;                     /* 56 */
    uint64_t mixed;                     /* 64  blocks, see verify.c */
    _Atomic uint64_t generation;        /* of the last write */
    _Atomic uint64_t feature[NFEATURES];        /* saved; ~0: never set */
    _Atomic uint64_t feature_next[NFEATURES];   /* being saved, or ~0 */
    uint64_t nblocks;                   /* 0: nothing is noted yet */
} Shared;

/*
 * A sequential chunk: blocks acknowledged in bits 23:0, sent in bits 47:24,
 * bit 48: a reset is under way, resets in bits 63:49.  One word, to change at
 * once.  `id` has what was sent: there is one candidate for each block.
 */
#define CHUNK(resets, acked, sent) \
    ((uint64_t)(resets) << 49 | (uint64_t)(sent) << 24 | (acked))
#define CHUNK_RESETTING     (1ull << 48)

typedef struct Drive {
    const char *path;                   /* /dev/nvmeX */
    uint64_t    seed;                   /* of the contents */
    unsigned    slot;
    int         ctrl, ns;
    uint32_t    nsid;
    uint32_t    block_size, meta_size;
    uint64_t    nblocks;
    bool        open_channel, copy;
    uint64_t    kills;                  /* that the drive should know of */
    uint32_t    grps, pus, chks, clba, ws_min, ws_opt, window;
    uint8_t     chk_bits, pu_bits, lb_bits;
    uint32_t    nchunks;
    Shared     *shared;
    volatile uint64_t *id;              /* of each block: acknowledged, */
    volatile uint64_t *next;            /* sent and not yet acknowledged */
    volatile uint64_t *chunk;           /* of each chunk */
} Drive;

typedef struct Thread Thread;
typedef struct Op Op;

/* A command in flight and its buffers. */
struct Op {
    Thread *thread;
    bool    busy;
    struct nvme_uring_cmd cmd;
    void  (*done)(Op *op);              /* it completed with status 0 */
    uint32_t bytes;                     /* that are written */
    struct {
        uint32_t place, first, n;
    } part[MOST_PLACES];                /* what is written or read */
    unsigned nparts;
    uint32_t from[MOST_PLACES];         /* places that are only read */
    unsigned nfrom;
    uint8_t *data, *meta;
    uint64_t *list;                     /* a page, and its physical address */
    uint64_t list_address;
};

typedef struct Ring {
    int fd;
    unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
    uint8_t *sqes, *cqes;
} Ring;

/* What a load thread knows of a place, a chunk or some blocks, of its own. */
typedef struct Place {
    uint32_t writers, readers;          /* commands in flight */
} Place;

struct Thread {
    Drive   *drive;
    unsigned number;
    uint64_t random;
    Ring     ring;
    Op       op[DEPTH];
    Place   *place;                     /* of all, but only its own are used */
    uint32_t nplaces;
    uint32_t current[4];                /* chunks that are being written */
};

/* nvme.c: false or a negative number is an error that was printed. */
bool drive_open(Drive *d);
int drive_admin(Drive *d, struct nvme_passthru_cmd64 *cmd);
int drive_io(Drive *d, struct nvme_passthru_cmd64 *cmd);
int drive_log(Drive *d, uint8_t lid, uint64_t offset, void *buf,
              uint32_t bytes);
uint64_t drive_lba(const Drive *d, uint64_t block);
void *buffer_get(size_t bytes);
uint64_t buffer_physical(const void *p);

/* ring.c */
bool ring_open(Ring *r);
void ring_send(Ring *r, int fd, const struct nvme_uring_cmd *cmd, uint64_t tag);
bool ring_wait(Ring *r, uint64_t *tag, int *status);

/* journal.c: what the shared memory holds. */
bool journal_open(Drive *d);
uint64_t new_id(Drive *d, uint64_t block);
uint32_t chunk_acked(const Drive *d, uint32_t chunk);
uint32_t chunk_sent(const Drive *d, uint32_t chunk);
uint32_t chunk_resets(const Drive *d, uint32_t chunk);
uint32_t chunk_readable(const Drive *d, uint32_t chunk);
uint64_t chunk_append(Drive *d, uint32_t chunk, uint32_t n,
                      const uint64_t *ids);
void chunk_ack(Drive *d, uint32_t chunk, uint32_t end);

/* pattern.c */
void pattern_fill(const Drive *d, uint64_t id, uint8_t *data, uint8_t *meta);
bool pattern_data_is(const Drive *d, uint64_t id, const uint8_t *data);
bool pattern_meta_is(const Drive *d, uint64_t id, const uint8_t *meta);
void pattern_tell(const Drive *d, const uint8_t *data, const uint8_t *meta,
                  char *text, size_t size);

/*
 * verify.c: after a boot, the drive against the notes; afterwards the notes
 * say what was found.  True: no violation.
 */
bool verify(Drive *d);
bool verify_range(Drive *d, uint64_t block, uint32_t n);
bool verify_chunks(Drive *d);
bool verify_admin(Drive *d);
int transfer(Drive *d, uint8_t opcode, uint64_t block, uint32_t n,
             uint8_t *data, uint8_t *meta);
bool judge(Drive *d, uint64_t block, const uint8_t *data, const uint8_t *meta,
           bool marked);

/* load.c, load-blocks.c, load-chunks.c, load-admin.c */
void load(Drive *d, uint64_t seed);
uint32_t pick(Thread *t, uint32_t n);
void op_range(Op *op, uint8_t opcode, uint64_t block, uint32_t n);
bool choose_blocks(Op *op);
bool choose_chunks(Op *op);
void load_admin(Drive *d, uint64_t seed);

/* main.c: a line for the host, which begins with the drive's number. */
void violation(Drive *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
