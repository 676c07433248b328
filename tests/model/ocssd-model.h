/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chunk rules of Open-Channel SSD 2.0, a second time: written from the
 * specification alone, for tests to hold against a drive.  Plain C11, no
 * header of the project; slow and simple, one chunk and one block at a time.
 *
 * A block's content is two stamps, one of its data and one of its metadata.
 * Stamp 0 is zeros all over and MODEL_ONES is FFh all over; any other stands
 * for words that count up from it, see model_word().
 */
#ifndef TESTS_MODEL_OCSSD_MODEL_H
#define TESTS_MODEL_OCSSD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_LIST      64u     /* entries of a vector */
#define MODEL_BLOCKS    160u    /* blocks of a scalar command, refused ones */
#define MODEL_DESC      32u     /* bytes of a chunk descriptor */
#define MODEL_ONES      UINT64_MAX
#define MODEL_ANY       UINT64_C(2)     /* written twice by one command */

enum {
    MODEL_FREE = 1, MODEL_CLOSED = 2, MODEL_OPEN = 4, MODEL_OFFLINE = 8
};

/* What a read of a block between WP - MW_CUNITS and WP gets. */
typedef enum ModelWindow {
    MODEL_WINDOW_PATTERN, MODEL_WINDOW_DATA, MODEL_WINDOW_ERROR
} ModelWindow;

/* What a power cycle without a shutdown does to Open chunks. */
typedef enum ModelPower {
    MODEL_POWER_KEEP, MODEL_POWER_CLOSE, MODEL_POWER_DROP
} ModelPower;

/* The drive; sizes are in blocks. */
typedef struct ModelRules {
    uint32_t num_grp, num_pu, num_chk, clba;
    uint32_t ws_min, mw_cunits;
    uint32_t maxoc, maxocpu;    /* 0: no limit */
    uint32_t pe_cycles;         /* 0: chunks never wear out */
    uint32_t mdts;              /* of one command */
    uint32_t ms;                /* bytes of metadata a block */
    bool ones;                  /* predefined data is FFh: DLFEAT 2 */
    bool copy, multi_reset, early_reset;
    bool any_size;              /* ws-min-check=off */
    bool closed_ooo;            /* closed-write-status=ooo */
    bool dsm_loose;             /* dsm-strict=off */
    bool wp_absolute;
    ModelWindow window;
    ModelPower power;
} ModelRules;

typedef struct ModelContent {
    uint64_t data, meta;
} ModelContent;

typedef struct ModelBlock {
    ModelContent is;
    bool there;                 /* written since the last reset, not lost */
} ModelBlock;

typedef struct ModelChunk {
    uint8_t state;
    bool random;                /* CT bit 1: writes in any order */
    bool offline_next;          /* its next reset fails */
    uint32_t wp, cnlb, resets;
    ModelBlock *block;          /* rules.clba of them */
} ModelChunk;

typedef struct Model {
    ModelRules rules;
    uint32_t chunks;
    unsigned s_bits, chk_bits, pu_bits, grp_bits;
    ModelChunk *chunk;
    ModelChunk *shadow;         /* while a list of writes is judged */
    bool dulbe;
    bool hecc, vhecc;           /* Media Feedback: of Read, Vector Read */
} Model;

typedef enum ModelOp {
    MODEL_WRITE, MODEL_READ, MODEL_DSM, MODEL_FLUSH,
    MODEL_VRESET, MODEL_VWRITE, MODEL_VREAD, MODEL_VCOPY,
    MODEL_LOG,                  /* bytes of Chunk Information, LID CAh */
    MODEL_DULBE,                /* Set Features 05h */
    MODEL_FEEDBACK,             /* Set Features CAh */
    MODEL_CC_EN,                /* CC.EN to 0 and back */
    MODEL_SYSTEM_RESET,
    MODEL_RESTART,              /* shut down, start with the same image */
    MODEL_CRASH,                /* end at once, start with the same image */
    MODEL_NOPS
} ModelOp;

/* What is wrong with a command before any block is looked at. */
typedef enum ModelWrong {
    MODEL_FINE,
    MODEL_FUSED,                /* FUSE is not 0 */
    MODEL_COUNT_BITS,           /* dword 12, bits 15:6 of a vector */
    MODEL_NO_LIST,              /* the list is where no memory is */
    MODEL_NO_NSID,              /* no such namespace */
    MODEL_NO_OPCODE,            /* a command the drive does not have */
    MODEL_NWRONGS
} ModelWrong;

/* What the medium does to a command, once, in one chunk. */
typedef enum ModelFault {
    MODEL_NO_FAULT,
    MODEL_NEXT_UNIT,            /* write: Write Next Unit */
    MODEL_EARLY_CLOSE,          /* write: Chunk Early Close */
    MODEL_EARLY_CLOSE_OFFLINE,  /* the same, and the next reset fails */
    MODEL_RESET_FAIL,           /* reset: the chunk goes offline */
    MODEL_IO_ERROR,             /* write: the medium's own failure */
    MODEL_READ_FAIL,            /* read: of block FAULT_S, each time */
    MODEL_HIGH_ECC,             /* read: of block FAULT_S, it is weak */
    MODEL_NFAULTS
} ModelFault;

typedef struct ModelCmd {
    ModelOp op;
    ModelWrong wrong;
    ModelFault fault;
    uint32_t fault_chunk, fault_s;
    unsigned queue;             /* 1 to 3 */
    unsigned n;                 /* blocks, list entries, or ranges */
    uint64_t lba[MODEL_LIST];   /* scalar: the first; DSM: of each range */
    uint64_t to[MODEL_LIST];    /* copy: where to */
    uint32_t len[MODEL_LIST];   /* DSM: blocks */
    uint64_t stamp;             /* block i is written with stamp + (i << 32) */
    uint64_t offset;            /* log: bytes */
    uint32_t bytes;             /* log */
    uint32_t cdw12;             /* bits of dword 12 that change nothing */
    uint32_t skew;              /* the list lies so many bytes further on */
    bool meta;                  /* MPTR is given */
    bool on;                    /* DSM: deallocate; DULBE: set it */
    uint32_t feedback;          /* Media Feedback: dword 11 */
} ModelCmd;

typedef struct ModelAnswer {
    uint16_t status;            /* SCT << 8 | SC; DNR is set with any error */
    uint64_t bitmap;            /* dwords 0 and 1 */
    bool known[MODEL_BLOCKS];   /* reads: the block's content is ... */
    ModelContent read[MODEL_BLOCKS];
    uint8_t desc[MODEL_LIST][MODEL_DESC];   /* reset with metadata pointer */
} ModelAnswer;

/* All chunks Free and of CLBA blocks. */
Model *model_new(const ModelRules *rules);
void model_free(Model *m);

/* Do C: change the model, and say what the drive must answer. */
void model_do(Model *m, const ModelCmd *c, ModelAnswer *a);

/* Bytes of Chunk Information; BUF has room for all descriptors. */
size_t model_log_size(const Model *m);
void model_log(const Model *m, uint8_t *buf);

/* Addresses (section 2.3). */
uint64_t model_lba(const Model *m, uint32_t chunk, uint64_t s);
/* False: group, parallel unit or chunk does not exist. */
bool model_find(const Model *m, uint64_t lba, uint32_t *chunk, uint32_t *s);

/* Is it below the window, written and not lost? */
bool model_readable(const Model *m, uint64_t lba);

/* Stamps that block I of C is written with. */
ModelContent model_written(const ModelCmd *c, unsigned i);
/* Word I of what STAMP stands for. */
uint64_t model_word(uint64_t stamp, unsigned i);

#endif
