/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the model know of each other.
 */
#ifndef TESTS_MODEL_OCSSD_MODEL_INT_H
#define TESTS_MODEL_OCSSD_MODEL_INT_H

#include "ocssd-model.h"

/* Section 1.3: SCT << 8 | SC. */
enum {
    INVALID_OPCODE = 0x001, INVALID_FIELD = 0x002, TRANSFER_ERROR = 0x004,
    INVALID_NS = 0x00b, LBA_RANGE = 0x080, WRITE_FAULT = 0x280,
    READ_ERROR = 0x281, UNWRITTEN = 0x287,
    OFFLINE_CHUNK = 0x2c0, INVALID_RESET = 0x2c1, HIGH_ECC = 0x2d0,
    NEXT_UNIT = 0x2f0, EARLY_CLOSE = 0x2f1, OUT_OF_ORDER = 0x2f2
};


/* The chunk LBA is in and the block's number; NULL: it does not exist. */
ModelChunk *model_chunk_of(const Model *m, uint64_t lba, uint32_t *s);
/* LBA has been written. */
void model_store(Model *m, uint64_t lba, ModelContent is);
/* The descriptor of chunk I. */
void model_describe(const Model *m, uint32_t i, uint8_t *d);

void model_do_read(Model *m, const ModelCmd *c, ModelAnswer *a);
void model_do_vread(Model *m, const ModelCmd *c, ModelAnswer *a);
void model_do_write(Model *m, const ModelCmd *c, ModelAnswer *a);
void model_do_vwrite(Model *m, const ModelCmd *c, ModelAnswer *a);
void model_do_copy(Model *m, const ModelCmd *c, ModelAnswer *a);
void model_do_vreset(Model *m, const ModelCmd *c, ModelAnswer *a);
void model_do_dsm(Model *m, const ModelCmd *c, ModelAnswer *a);

#endif
