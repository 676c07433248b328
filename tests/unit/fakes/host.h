/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small NVMe host on top of the fake port: it enables the controller
 * through its registers, writes commands into rings in guest RAM, rings
 * doorbells and reaps completions by their phase.  It never judges a status:
 * that is the test's business.
 *
 *     FakeHost *h = fake_host_start(&(FakeSetup) { .ns = { FAKE_T1 } });
 *     CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x06, .cdw10 = 1,
 *                                         .prp1 = FAKE_BUF }).status, 0);
 *     CHECK_EQ(fake_guest(h, FAKE_BUF)[77], 7);
 *     fake_host_free(h);
 */
#ifndef TESTS_UNIT_FAKES_HOST_H
#define TESTS_UNIT_FAKES_HOST_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/ns.h"
#include "hw/ocp-nvme/core/subsys.h"
#include "port.h"

/* Guest RAM: rings from 64 KiB on, lists at 7 MiB, buffers from 8 MiB on. */
#define FAKE_RINGS      UINT64_C(0x10000)
#define FAKE_LISTS      UINT64_C(0x700000)
#define FAKE_BUF        UINT64_C(0x800000)

#define FAKE_ADMIN_SIZE 32u     /* entries of the admin rings */
#define FAKE_QUEUE_SIZE 256u    /* entries of I/O rings */

typedef struct FakeNs {
    OcpnNsConfig cfg;           /* nsid 0: no namespace */
    uint8_t  mode;              /* enum ImgMode */
    uint8_t  lbads;
    uint16_t ms;
    bool     extended;
    uint64_t nsze;              /* blocks, conventional */
    OcpnGeometry geo;           /* open-channel */
    uint32_t nmaps;             /* pages of block maps, open-channel */
} FakeNs;

typedef struct FakeSetup {
    OcpnConfig cfg;             /* zero fields: see fake_host_new() */
    FakeNs ns[5];               /* the first with NSID 0 ends them */
    OcpnCtrl *first;            /* a further controller: of its subsystem */
} FakeSetup;

/* Fixture T1 of the specification notes, section 14.1, as NSID 1. */
#define FAKE_T1 {                                                       \
    .cfg = { .nsid = 1, .dlfeat = 1, .copy = true },                    \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 12, .ms = 16,               \
    .geo = { .num_grp = 2, .num_pu = 3, .num_chk = 5, .clba = 96,       \
             .ws_min = 4, .ws_opt = 8, .mw_cunits = 24, .wit = 10,      \
             .trdt = 70000, .trdm = 100000, .twrt = 1900000,            \
             .twrm = 3500000, .tcrst = 3000000, .tcrsm = 3000000 },     \
    .nmaps = 8,                                                         \
}

/* 16 MiB of 4 KiB blocks without metadata, conventional. */
#define FAKE_CONVENTIONAL(id) {                                         \
    .cfg = { .nsid = (id), .dlfeat = 1 },                               \
    .mode = IMG_MODE_CONVENTIONAL, .lbads = 12, .nsze = 4096,           \
}

/* A command, dwords in host order; CID is chosen at submission. */
typedef struct FakeCmd {
    uint8_t  opc, flags;
    uint32_t nsid, cdw2, cdw3;
    uint64_t mptr, prp1, prp2;
    uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
} FakeCmd;

typedef struct FakeCqe {
    bool     found;             /* false: nothing came */
    uint16_t status;            /* SCT << 8 | SC */
    bool     dnr;
    uint32_t dw0, dw1;
    uint16_t cid, sqid, sqhd;
} FakeCqe;

typedef struct FakeQueue {
    uint64_t sq, cq;            /* addresses of the rings */
    uint32_t size;
    uint32_t tail, head;
    uint8_t  phase;
} FakeQueue;

typedef struct FakeHost {
    FakePort  f;
    OcpnCtrl *c;
    FakeSetup setup;
    FakeQueue q[8];             /* pairs; 0 is admin */
    uint16_t  cid;              /* of the last command */
} FakeHost;

/*
 * A controller, its images made anew, powered on and not enabled.  Config
 * fields that are 0 become: serial "fake", firmware "1.0", VID 1D1Dh, MDTS 7,
 * 8 queue pairs, 2047 MQES, 9 vectors.
 */
FakeHost *fake_host_new(const FakeSetup *s);
/* The same, enabled, with I/O queue pair 1. */
FakeHost *fake_host_start(const FakeSetup *s);
/* Shut down, close, and check that nothing is left allocated. */
void fake_host_off(FakeHost *h);
/* The same, and free H. */
void fake_host_free(FakeHost *h);

/*
 * Power off and on with the same images; enabled again with queue pair 1.
 * CLEAN: shut down and close first.  Not clean: the process died.
 */
void fake_host_restart(FakeHost *h, bool clean);
/* As that, not clean, of a drive that may fail to come: then false. */
bool fake_host_try(FakeHost *h);

/* Registers. */
uint64_t fake_reg(FakeHost *h, uint32_t off, unsigned size);
void fake_set_reg(FakeHost *h, uint32_t off, uint64_t val, unsigned size);
void fake_doorbell(FakeHost *h, uint32_t qid, bool cq, uint32_t val);
/* CC.EN to 1 and back.  True: CSTS.RDY followed. */
bool fake_enable(FakeHost *h);
bool fake_disable(FakeHost *h);
/* Create queue pair QID with SIZE entries (its vector is QID). */
FakeCqe fake_create_pair(FakeHost *h, uint16_t qid, uint32_t size);

/* Put a command into a ring; returns its CID. */
uint16_t fake_queue(FakeHost *h, uint16_t qid, const FakeCmd *cmd);
/* The same, and ring the doorbell for all that is there. */
uint16_t fake_submit(FakeHost *h, uint16_t qid, const FakeCmd *cmd);
/* The next completion of pair QID, consumed; found is false if none. */
FakeCqe fake_reap(FakeHost *h, uint16_t qid);
/* Submit, run, reap. */
FakeCqe fake_admin(FakeHost *h, const FakeCmd *cmd);
FakeCqe fake_io(FakeHost *h, const FakeCmd *cmd);       /* pair 1 */

/* Guest RAM at ADDR. */
uint8_t *fake_guest(FakeHost *h, uint64_t addr);
/* Let CMD's PRPs, with a list at FAKE_LISTS, name [addr, addr + len). */
void fake_prp(FakeHost *h, FakeCmd *cmd, uint64_t addr, uint64_t len);

/* Common commands; data at FAKE_BUF. */
FakeCqe fake_identify(FakeHost *h, uint8_t cns, uint32_t nsid);
/* LEN bytes (a multiple of 4) at OFF; RAE 0. */
FakeCqe fake_get_log(FakeHost *h, uint8_t lid, uint32_t nsid, uint64_t off,
                     uint64_t len);
FakeCqe fake_set_feature(FakeHost *h, uint32_t cdw10, uint32_t nsid,
                         uint32_t cdw11);
FakeCqe fake_get_feature(FakeHost *h, uint32_t cdw10, uint32_t nsid,
                         uint32_t cdw11);
/* Parameter Error Location of the newest error log entry. */
uint16_t fake_error_location(FakeHost *h);

/* Little-endian numbers in guest RAM or anywhere. */
static inline uint64_t fake_le(const void *p, unsigned bytes)
{
    const uint8_t *b = p;
    uint64_t v = 0;

    while (bytes--) {
        v = v << 8 | b[bytes];
    }
    return v;
}

static inline void fake_put_le(void *p, unsigned bytes, uint64_t v)
{
    uint8_t *b = p;

    for (unsigned i = 0; i < bytes; i++) {
        b[i] = (uint8_t)(v >> 8 * i);
    }
}

/* True if LEN bytes at P are all BYTE. */
static inline bool fake_all(const void *p, uint8_t byte, size_t len)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < len; i++) {
        if (b[i] != byte) {
            return false;
        }
    }
    return true;
}

#endif
