/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chunks by description: what people who condition a drive say of them.
 *
 *   grp=0 pu=1 chk=7 state=offline wi=200
 *
 * ocp-nvme-img set-chunks puts it into an image, the device's set-chunks
 * property into a running drive.
 */
#ifndef HW_OCP_NVME_CORE_CHUNK_SET_H
#define HW_OCP_NVME_CORE_CHUNK_SET_H

#include "hw/ocp-nvme/core/image.h"
#include "hw/ocp-nvme/core/words.h"

/* Which of OcpnChunkSet's facts were given. */
enum OcpnChunkGiven {
    OCPN_GIVEN_STATE    = 1 << 0,
    OCPN_GIVEN_TYPE     = 1 << 1,
    OCPN_GIVEN_WP       = 1 << 2,
    OCPN_GIVEN_CNLB     = 1 << 3,
    OCPN_GIVEN_WI       = 1 << 4,
    OCPN_GIVEN_RESETS   = 1 << 5,
    OCPN_GIVEN_OFFLINE_NEXT = 1 << 6,
};

typedef struct OcpnChunkSet {
    OcpnPlace at;               /* grp, pu, chk; lba: whose chunk it is */
    uint32_t  given;            /* enum OcpnChunkGiven */
    uint8_t   state;            /* enum OcssdChunkState */
    bool      random;           /* type=seq|random */
    bool      offline_next;     /* offline-next=on|off */
    uint8_t   wi;               /* wi=0..255, wear-level index */
    uint32_t  wp;               /* wp=BLOCKS */
    uint32_t  cnlb;             /* cnlb=BLOCKS */
    uint32_t  resets;           /* resets=N */
} OcpnChunkSet;

/*
 * LINE to S.  1: S is set.  0: an empty line or a comment.  -1: ERR says what
 * is wrong with which word.  At least one fact must be given.
 */
int ocpn_chunk_set_parse(const char *line, OcpnChunkSet *s, OcpnError *err);

/*
 * Put S into E, the entry of CHUNK (a chunk S is for).  What follows from a
 * fact is set too: state=closed without wp is a full chunk, free and offline
 * have none; wi becomes the resets that give it, or if the drive has no limit
 * of resets (pe-cycles 0) the index to report.  False, with ERR, if the entry
 * then breaks a rule of the image; E is then as it was.
 */
bool ocpn_chunk_set_apply(const OcpnImage *im, const OcpnChunkSet *s,
                          uint32_t chunk, ImgChunk *e, OcpnError *err);

#endif
