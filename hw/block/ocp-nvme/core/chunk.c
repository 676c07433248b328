/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chunk state machine.
 * Implements: OCSSD 2.0, "Chunk Model", "Chunk Reset", "Write".
 *
 * Pure: no I/O, no clock, no lock.  The caller says which event happened; the
 * table says what it means.  Every chunk in the device changes state here and
 * only here.
 */
#include "hw/ocp-nvme/core/chunk.h"
#include "hw/ocp-nvme/spec/nvme-status.h"
#include "hw/ocp-nvme/spec/ocssd.h"

#define OK  0
#define FLT NVME_SC_WRITE_FAULT
#define OOO OCSSD_SC_OUT_OF_ORDER_WRITE
#define CUT OCSSD_SC_CHUNK_EARLY_CLOSE
#define NXT OCSSD_SC_WRITE_NEXT_UNIT
#define INV OCSSD_SC_INVALID_RESET
#define OFF OCSSD_SC_OFFLINE_CHUNK

#define FR CHUNK_FREE
#define OP CHUNK_OPEN
#define CL CHUNK_CLOSED
#define GO CHUNK_OFFLINE

/*
 * A chunk counts as closed when its last block was accepted, so the medium
 * can still fail a chunk that is Closed.
 */
static const struct {
    uint8_t  next;
    uint16_t status;
} rule[CHUNK_NEVENTS][CHUNK_NSTATES] = {
    /*                   FREE         OPEN         CLOSED       OFFLINE   */
    [CHUNK_WRITE]  = { { OP, OK  }, { OP, OK  }, { CL, FLT }, { GO, FLT } },
    [CHUNK_FILL]   = { { CL, OK  }, { CL, OK  }, { CL, FLT }, { GO, FLT } },
    [CHUNK_STRAY]  = { { FR, OOO }, { OP, OOO }, { CL, FLT }, { GO, FLT } },
    [CHUNK_BEYOND] = { { FR, FLT }, { OP, FLT }, { CL, FLT }, { GO, FLT } },
    [CHUNK_RANDOM] = { { OP, OK  }, { OP, OK  }, { CL, FLT }, { GO, FLT } },
    [CHUNK_CUT]    = { { CL, CUT }, { CL, CUT }, { CL, CUT }, { GO, FLT } },
    [CHUNK_SKIP]   = { { OP, NXT }, { OP, NXT }, { CL, NXT }, { GO, FLT } },
    [CHUNK_RESET]  = { { FR, OK  }, { FR, OK  }, { FR, OK  }, { GO, OFF } },
    [CHUNK_DENY]   = { { FR, INV }, { OP, INV }, { CL, INV }, { GO, OFF } },
    [CHUNK_WORN]   = { { GO, OFF }, { GO, OFF }, { GO, OFF }, { GO, OFF } },
    [CHUNK_CLOSE]  = { { FR, OK  }, { CL, OK  }, { CL, OK  }, { GO, OK  } },
};

OcpnChunkEvent ocpn_chunk_write_event(const OcpnChunk *k, uint32_t blk,
                                      uint32_t nlb)
{
    if (blk > k->cnlb || nlb > k->cnlb - blk) {
        return CHUNK_BEYOND;
    }
    if (ocpn_chunk_is_random(k)) {
        return CHUNK_RANDOM;
    }
    if (blk != k->wp || nlb == 0) {
        return CHUNK_STRAY;
    }
    return nlb == k->cnlb - blk ? CHUNK_FILL : CHUNK_WRITE;
}

uint16_t ocpn_chunk_judge(const OcpnChunk *k, OcpnChunkEvent ev)
{
    return rule[ev][k->state].status;
}

/* The end of what was in K, whether or not it can be used again. */
static void wipe(OcpnChunk *k)
{
    k->wp = k->down = 0;
    k->flags &= (uint8_t)~OCPN_CHUNK_OFFLINE_NEXT;
    k->resets += k->resets < UINT32_MAX;
    k->zeroed = k->soiled ? 0 : k->zeroed;
    k->soiled = false;
}

uint16_t ocpn_chunk_apply(OcpnChunk *k, OcpnChunkEvent ev, uint32_t nlb)
{
    uint8_t was = k->state;
    uint16_t status = rule[ev][was].status;

    k->state = rule[ev][was].next;
    if (was == CHUNK_OFFLINE) {
        return status;
    }
    switch (ev) {
    case CHUNK_WRITE:
    case CHUNK_FILL:
        k->wp += status == OK ? nlb : 0;
        break;
    case CHUNK_SKIP:
        k->down += nlb;
        break;
    case CHUNK_CUT:
    case CHUNK_CLOSE:
        k->wp = k->down;
        break;
    case CHUNK_RESET:
    case CHUNK_WORN:
        wipe(k);
        break;
    default:
        break;
    }
    return status;
}

uint8_t ocpn_chunk_cs(uint8_t state)
{
    static const uint8_t cs[CHUNK_NSTATES] = {
        [CHUNK_FREE] = OCSSD_CS_FREE,
        [CHUNK_OPEN] = OCSSD_CS_OPEN,
        [CHUNK_CLOSED] = OCSSD_CS_CLOSED,
        [CHUNK_OFFLINE] = OCSSD_CS_OFFLINE,
    };

    return cs[state];
}

uint8_t ocpn_chunk_wli(uint32_t resets, uint32_t pe)
{
    uint64_t wli = pe ? (uint64_t)resets * 255 / pe : 0;

    return wli < 255 ? (uint8_t)wli : 255;
}
