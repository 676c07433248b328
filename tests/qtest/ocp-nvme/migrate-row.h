/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the migration matrix: a state that a drive can be in, how to get
 * there, and what must be so where it goes on.
 */
#ifndef QOCPN_MIGRATE_ROW_H
#define QOCPN_MIGRATE_ROW_H

#include "knob.h"
#include "qocpn-load.h"
#include "qocpn-migrate.h"
#include "qocpn-shadow.h"

#define ROW_BLOCK   4096
#define ROW_BLOCKS  64              /* of the data that is on every drive */
#define ROW_CHUNKS  5               /* open, of the row that writes chunks */
#define ROW_EVENT_SMART     0x00020101

/* 2 groups, 3 PUs, 5 chunks of 96 blocks at a distance of 128. */
#define ROW_GEOMETRY \
    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 --ws-min 4 --ws-opt 8 " \
    "--mw-cunits 24 --wit 10"
#define ROW_CLBA    96

typedef struct Row Row;

/* A drive on its way. */
typedef struct Vm {
    const Row *row;
    QOcpnWay way;
    QOcpn *q;
    QOcpnLoad *load;
    QOcpnShadow shadow;
    QOcpnQueue cq, sq;              /* of queue pair 2 */
    uint64_t at;                    /* a buffer in the guest */
    unsigned n;
    uint32_t pages, features;       /* those there are: see row_look() */
    bool no_ns;                     /* the controller has no namespace */
    QOcpn *further;                 /* the host of the row's second one ... */
    uint32_t further_pages, further_features;   /* ... and those of it */
    char *text;                     /* freed with it */
    uint8_t *bytes;                 /* the same */
    size_t len;
} Vm;

struct Row {
    const char *name;
    const char *props;              /* ",name=value", on both sides */
    const char *more;               /* more arguments; the same */
    void (*prepare)(Vm *vm);        /* before pages are noted */
    void (*begin)(Vm *vm);          /* behind that; nothing is looked at */
    void (*paused)(Vm *vm);         /* there, before "cont"; see stopped */
    void (*again)(Vm *vm);          /* there, before it goes back */
    void (*check)(Vm *vm);          /* leaves a drive that works */
    bool open_channel;
    bool throttle;                  /* the source's drive can be held */
    bool memdev;
    bool own_data;                  /* the row writes what data there are */
    bool busy;                      /* pages move while it does */
    bool hard;                      /* each way is tried with it */
    bool snapshot;                  /* live, and by a snapshot */
    bool stopped;                   /* the VM is, from begin() to "cont" */
    bool back;                      /* it returns to where it came from */
    unsigned threads[2];            /* IOThreads of queues, there and here */
};

extern const Row row_queues[], row_ocp[], row_faults[], row_state[];
extern const size_t row_queues_n, row_ocp_n, row_faults_n, row_state_n;
extern const Row row_chunks[], row_delete[], row_further[], row_stopped[];
extern const size_t row_chunks_n, row_delete_n, row_further_n, row_stopped_n;

/* migrate-data.c: data that every drive has, and its pages. */
void row_write_data(Vm *vm);
void row_check_data(Vm *vm);

/* Blocks of this size with a pattern of SEED, and the comparison. */
void row_write(Vm *vm, uint64_t lba, uint32_t nlb, uint32_t seed);
void row_expect(Vm *vm, uint64_t lba, uint32_t nlb, uint32_t seed);

/* Find out which pages and features the drive has. */
void row_look(Vm *vm);

/* Registers, PCI configuration, Identify and all of these, as one text. */
char *row_note(Vm *vm);
void row_expect_note(const char *was, const char *is);

/* The controller is disabled and enabled, and queue pair 1 made anew. */
void row_reset(Vm *vm);

/* Commands and queues work, interrupts come, and nothing comes twice. */
void row_expect_alive(Vm *vm);

/* Byte AT of page LID, of its first 512. */
uint8_t row_byte(Vm *vm, uint8_t lid, unsigned at);

/* What qom-get tells of NAME; free with g_free(). */
char *row_get(Vm *vm, const char *name);

#endif
