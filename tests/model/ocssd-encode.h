/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of the random host as dwords and bytes; data pointers are the
 * business of who drives.
 */
#ifndef TESTS_MODEL_OCSSD_ENCODE_H
#define TESTS_MODEL_OCSSD_ENCODE_H

#include "ocssd-model.h"

/* Guest addresses a command uses. */
typedef struct ModelPlaces {
    uint64_t data;              /* page aligned; ranges lie there, too */
    uint64_t meta;              /* metadata or descriptors */
    uint64_t list, to;          /* each with room for MODEL_LIST_ROOM bytes */
    uint64_t nowhere;           /* where no memory is */
} ModelPlaces;

#define MODEL_LIST_ROOM     0x2000u

/* A submission queue entry; CID and data pointer are missing. */
typedef struct ModelSqe {
    uint8_t  opc, flags;
    uint32_t nsid;
    uint64_t mptr;
    uint32_t cdw10, cdw11, cdw12, cdw14, cdw15;
    uint64_t data;              /* where bytes begin; 0: not looked at */
    uint32_t bytes;             /* of the data pointer */
    bool lists;                 /* count > 1: LBAs lie in memory */
} ModelSqe;

/* C, an I/O command, as an entry. */
ModelSqe model_encode(const ModelRules *rules, const ModelCmd *c,
                      const ModelPlaces *at);

/*
 * What the data and the metadata buffer hold before C: what it writes, its
 * ranges, or MODEL_SPOIL.  META has room for MODEL_META_ROOM bytes.
 */
void model_fill(const ModelRules *rules, const ModelCmd *c, uint8_t *data,
                uint8_t *meta);

#define MODEL_SPOIL         0xeeu
#define MODEL_META_ROOM     0x4000u
#define MODEL_BLOCK         4096u   /* bytes */

/* C's fault as a rule the device takes; C has one. */
void model_fault_rule(const ModelRules *rules, const ModelCmd *c, char *buf,
                      size_t len);

/* N addresses as they lie in memory. */
void model_put_list(uint8_t *p, const uint64_t *lba, unsigned n);

#endif
