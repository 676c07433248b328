/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page 81h: Sanitize Status.
 *
 * Source: NVMe Base 2.0, section "Sanitize Status (Log Identifier 81h)".
 */
#ifndef HW_OCP_NVME_SPEC_NVME_SANITIZE_H
#define HW_OCP_NVME_SPEC_NVME_SANITIZE_H

#include "hw/ocp-nvme/spec/bytes.h"

typedef struct NvmeSanitizeLog {
    Le16    sprog;          /* [001:000]  of 65536; FFFFh: none goes on */
    Le16    sstat;          /* [003:002]  NVME_SSTAT_ */
    Le32    scdw10;         /* [007:004]  of the most recent one */
    Le32    overwrite;      /* [011:008]  seconds it takes, 16 passes */
    Le32    block;          /* [015:012] */
    Le32    crypto;         /* [019:016] */
    Le32    overwrite_nd;   /* [023:020]  the same, without deallocation */
    Le32    block_nd;       /* [027:024] */
    Le32    crypto_nd;      /* [031:028] */
    uint8_t rsvd32[480];    /* [511:032] */
} NvmeSanitizeLog;
WIRE_AT(NvmeSanitizeLog, sstat, 2);
WIRE_AT(NvmeSanitizeLog, scdw10, 4);
WIRE_AT(NvmeSanitizeLog, crypto_nd, 28);
WIRE_SIZE(NvmeSanitizeLog, 512);

/* Sanitize Status */
enum {
    NVME_SSTAT_STATE_SHIFT  = 0,    NVME_SSTAT_STATE_MASK   = 0x7,
    NVME_SSTAT_PASSES_SHIFT = 3,    NVME_SSTAT_PASSES_MASK  = 0x1f,
    NVME_SSTAT_ERASED       = 1 << 8,   /* Global Data Erased */

    NVME_SSTAT_NEVER        = 0,
    NVME_SSTAT_DONE         = 1,
    NVME_SSTAT_RUNS         = 2,
    NVME_SSTAT_FAILED       = 3,

    NVME_SPROG_NONE         = 0xffff,
};

#endif
