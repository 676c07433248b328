/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands of all kinds in flight, which knows what
 * it is owed: each command completes exactly once, or is lost to a reset.
 *
 * The guest's RAM is mapped into the test, so that rings are written and
 * looked at byte by byte at the cost of memory.  Each slot of each queue has
 * one command at a time in flight, in blocks of its own: qocpn-storm-nvm.c
 * and qocpn-storm-chunks.c know which.  A completion nobody waits for, a
 * status that is not expected and data that is not what was acknowledged fail
 * the test.  Nothing here depends on time; all that is random comes from a
 * seed, which is printed.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_STORM_H
#define TESTS_QTEST_OCP_NVME_QOCPN_STORM_H

#include "qocpn.h"

#define QOCPN_STORM_QUEUES  16
#define QOCPN_STORM_RING    256     /* entries of each submission queue */
#define QOCPN_STORM_DEPTH   (QOCPN_STORM_RING - 1)
#define QOCPN_STORM_SLOTS   (QOCPN_STORM_QUEUES * QOCPN_STORM_DEPTH)
#define QOCPN_STORM_ADMIN   64      /* entries of the admin rings */

/* Guest memory of a slot: data with up to a page of offset, and lists. */
#define QOCPN_STORM_DATA    8192
#define QOCPN_STORM_BYTES   (QOCPN_STORM_DATA + 2 * QOCPN_PAGE)
/* Lists of data pointers begin here in a slot's list; ranges are before. */
#define QOCPN_STORM_LISTS   2048

typedef struct QOcpnStorm QOcpnStorm;

typedef struct QOcpnStormSlot {
    bool busy;
    uint16_t cid;
    uint16_t status;            /* of the last that completed */
    uint32_t order;             /* how many its queue had sent before it */
    uint64_t buf, list;         /* guest memory, page aligned */
} QOcpnStormSlot;

/* What the commands are.  I is the number of a slot, from 0 on. */
typedef struct QOcpnStormOps {
    const QOcpnSetup *setup;
    void *(*start)(QOcpnStorm *s);          /* what they know of the drive */
    /* The next command of slot I; false: none. */
    bool (*next)(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd);
    void (*done)(QOcpnStorm *s, unsigned i, const QOcpnCqe *cqe);
    void (*lost)(QOcpnStorm *s, unsigned i);
    /* All are in flight, and admin commands work; or NULL. */
    void (*beside)(QOcpnStorm *s);
    /* The drive is ready, nothing is in flight: look at all that was lost. */
    void (*settle)(QOcpnStorm *s);
    /* All blocks may have been set to zeros. */
    void (*zeroed)(QOcpnStorm *s);
} QOcpnStormOps;

extern const QOcpnStormOps qocpn_storm_nvm, qocpn_storm_chunks;

typedef struct QOcpnStormQueue {
    uint64_t sq, cq;            /* guest addresses */
    uint16_t cq_size, tail, head;
    bool phase;
    uint32_t sent, busy;        /* since it was made */
} QOcpnStormQueue;

struct QOcpnStorm {
    QOcpn *q;
    const QOcpnStormOps *ops;
    void *data;                 /* of ops */
    char *ram_file;
    uint8_t *ram;               /* the guest's */
    uint64_t base, size;        /* guest memory of all rings and slots */
    uint64_t adm_sq, adm_cq, db, ei;
    bool shadow;                /* doorbells have shadows now */
    bool deaf;                  /* no doorbells for completions */
    bool few;                   /* rings of completion queues are short */
    bool fuse;                  /* some pairs of commands are fused */
    unsigned only_reads;        /* of part 1 or 2 of what slots have */
    QOcpnStormQueue queue[QOCPN_STORM_QUEUES];
    QOcpnStormSlot slot[QOCPN_STORM_SLOTS];
    const char *where;          /* what the messages of failures begin with */
    unsigned busy;
    uint64_t done, lost, aborted, events, most;
    uint16_t gen;
    uint8_t lba_format;         /* of namespace 1 */
    uint32_t rng;
    uint16_t allow[6];          /* statuses that fail no test now */
};

/* QOCPN_SEED, or 1; QOCPN_LOOPS, or N. */
uint32_t qocpn_storm_seed(void);
unsigned qocpn_storm_loops(unsigned n);

/* A drive that is not enabled: of OPS, and ARGS, PORT and THROTTLE of S. */
QOcpnStorm *qocpn_storm_start(const QOcpnStormOps *ops, const QOcpnSetup *s);
void qocpn_storm_stop(QOcpnStorm *s);

/* A random number below N. */
uint32_t qocpn_storm_pick(QOcpnStorm *s, uint32_t n);

/* The guest's byte at ADDR. */
void *qocpn_storm_at(QOcpnStorm *s, uint64_t addr);

/*
 * LEN bytes of slot I's memory for CMD, at a chance's offset, by PRPs or SGLs:
 * where they are.  Patterns differ by SEED; 0 is zeroes.
 */
uint64_t qocpn_storm_point(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd,
                           uint32_t len);
void qocpn_storm_fill(void *p, size_t len, uint32_t seed);
bool qocpn_storm_is(const void *p, size_t len, uint32_t seed);

/* Enable, and make all queues, with empty rings. */
void qocpn_storm_up(QOcpnStorm *s);
/* Make queue K (again). */
void qocpn_storm_queue(QOcpnStorm *s, unsigned k);

/* A command in each idle slot; ring all doorbells. */
void qocpn_storm_post(QOcpnStorm *s);
/* Judge what has completed, without waiting; how many commands. */
unsigned qocpn_storm_reap(QOcpnStorm *s);
/* Until all have completed. */
void qocpn_storm_wait(QOcpnStorm *s);
/* Nothing of queue K, or of all, comes any more. */
void qocpn_storm_lost(QOcpnStorm *s, unsigned k);
void qocpn_storm_lost_all(QOcpnStorm *s);
/* Those of queue K that completed are the first ones it was sent. */
void qocpn_storm_expect_first(QOcpnStorm *s, unsigned k);

/* Allow STATUS besides 0 until _strict(). */
void qocpn_storm_allow(QOcpnStorm *s, uint16_t status);
void qocpn_storm_strict(QOcpnStorm *s);
bool qocpn_storm_allows(const QOcpnStorm *s, uint16_t status);

/* Fill [addr, addr + len) of the guest, and see whether it still is so. */
void qocpn_storm_blank(QOcpnStorm *s, uint64_t addr, uint64_t len);
void qocpn_storm_expect_blank(QOcpnStorm *s, uint64_t addr, uint64_t len);

/*
 * Does an IOThread have the queues?  A throttled drive is not drained then:
 * see qocpn_stop().
 */
bool qocpn_storm_has_threads(void);

/*
 * The memory is another's now, as after a reset: whatever was late does not
 * come, nor does an interrupt.
 */
void qocpn_storm_expect_silence(QOcpnStorm *s);

/* Anonymous memory that is resident, and open files, of QEMU. */
typedef struct QOcpnStormSize {
    uint64_t bytes;
    unsigned files;
} QOcpnStormSize;

QOcpnStormSize qocpn_storm_size(QOcpnStorm *s);
/*
 * As many files are open as then, and less than MORE bytes were added; with
 * QOCPN_KEEPS_FREED in the environment bytes do not count.
 */
void qocpn_storm_expect_size(QOcpnStorm *s, QOcpnStormSize was, uint64_t more);

/*
 * ONCE happens to a drive under load and leaves it disabled with nothing in
 * flight; twenty times of it do not make QEMU grow, nor do IDLE (or 0) times
 * without load, where each loses less.
 */
void qocpn_storm_expect_no_growth(QOcpnStorm *s, void (*once)(QOcpnStorm *s),
                                  unsigned idle);

/* A QMP property of the device. */
void qocpn_storm_set(QOcpnStorm *s, const char *name, const char *value);

#endif
