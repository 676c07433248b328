/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of commands on conventional namespaces: commands with their
 * buffers, and a model of what each block holds.
 *
 * Data is at FAKE_BUF in guest RAM, metadata that is not part of the blocks
 * at NVM_META.
 */
#ifndef TESTS_UNIT_NVM_UNIT_H
#define TESTS_UNIT_NVM_UNIT_H

#include <stdlib.h>
#include <string.h>

#include "fakes/host.h"
#include "hw/ocp-nvme/core/event.h"
#include "ocpn-unit.h"

#define NVM_META    (FAKE_BUF + UINT64_C(0x400000))
#define NVM_NSZE    1000u       /* blocks of the usual namespace */

enum {
    OPC_FLUSH = 0x00, OPC_WRITE = 0x01, OPC_READ = 0x02, OPC_WU = 0x04,
    OPC_COMPARE = 0x05, OPC_WZ = 0x08, OPC_DSM = 0x09, OPC_VERIFY = 0x0c,
    OPC_COPY = 0x19,
    FUA = 1 << 30, DEAC = 1 << 25,      /* Command Dword 12 */
};

typedef struct Nvm {
    FakeHost *h;
    uint32_t block, ms, stride;
    bool     ext;
    uint64_t nsze;
    uint8_t *data, *meta;       /* the model */
    uint32_t seed;
} Nvm;

static inline uint32_t nvm_random(Nvm *n, uint32_t below)
{
    n->seed = n->seed * 1664525 + 1013904223;
    return (n->seed >> 8) % below;
}

/* A namespace; SYNC_FLUSH: state-sync=flush. */
static inline Nvm nvm_start_with(uint8_t lbads, uint16_t ms, bool ext,
                                 bool sync_flush)
{
    FakeSetup s = {
        .cfg = { .sync_flush = sync_flush },
        .ns = { {
            .cfg = { .nsid = 1, .dlfeat = 1 },
            .mode = IMG_MODE_CONVENTIONAL, .lbads = lbads, .ms = ms,
            .extended = ext, .nsze = NVM_NSZE,
        } },
    };
    Nvm n = {
        .h = fake_host_start(&s), .block = 1u << lbads, .ms = ms,
        .ext = ext, .stride = (1u << lbads) + (ext ? ms : 0),
        .nsze = NVM_NSZE, .seed = 1,
    };

    n.data = calloc(n.nsze, n.block);
    n.meta = calloc(n.nsze, ms ? ms : 1);
    return n;
}

/* 512-byte blocks without metadata. */
static inline Nvm nvm_start(void)
{
    return nvm_start_with(9, 0, false, false);
}

static inline void nvm_stop(Nvm *n)
{
    fake_host_free(n->h);
    free(n->data);
    free(n->meta);
}

/* A command on NLB blocks, with the host memory it needs. */
static inline FakeCmd nvm_cmd(Nvm *n, uint8_t opc, uint64_t slba,
                              uint32_t nlb)
{
    FakeCmd cmd = {
        .opc = opc, .nsid = 1, .cdw10 = (uint32_t)slba,
        .cdw11 = (uint32_t)(slba >> 32), .cdw12 = nlb - 1,
    };
    uint64_t len = (uint64_t)nlb * n->stride;

    if ((opc == OPC_READ || opc == OPC_WRITE || opc == OPC_COMPARE) &&
        len <= 0x100000) {
        fake_prp(n->h, &cmd, FAKE_BUF, len);
        cmd.mptr = n->ms && !n->ext ? NVM_META : 0;
    }
    return cmd;
}

/* Run it; the status. */
static inline uint16_t nvm_run(Nvm *n, uint8_t opc, uint64_t slba,
                               uint32_t nlb, uint32_t cdw12)
{
    FakeCmd cmd = nvm_cmd(n, opc, slba, nlb);
    FakeCqe e;

    cmd.cdw12 |= cdw12;
    e = fake_io(n->h, &cmd);
    return e.found ? e.status : 0xffff;
}

/* Where the host has the data, or the metadata, of entry I. */
static inline uint8_t *nvm_host_data(Nvm *n, uint32_t i)
{
    return fake_guest(n->h, FAKE_BUF) + (uint64_t)i * n->stride;
}

static inline uint8_t *nvm_host_meta(Nvm *n, uint32_t i)
{
    return n->ext ? nvm_host_data(n, i) + n->block
                  : fake_guest(n->h, NVM_META) + (uint64_t)i * n->ms;
}

/* New content for NLB blocks, in the model and in the host's buffers. */
static inline void nvm_content(Nvm *n, uint64_t slba, uint32_t nlb)
{
    for (uint32_t i = 0; i < nlb; i++) {
        uint8_t *data = n->data + (slba + i) * n->block;
        uint8_t *meta = n->meta + (slba + i) * n->ms;

        for (uint32_t j = 0; j < n->block; j++) {
            data[j] = (uint8_t)nvm_random(n, 256);
        }
        for (uint32_t j = 0; j < n->ms; j++) {
            meta[j] = (uint8_t)nvm_random(n, 256);
        }
        memcpy(nvm_host_data(n, i), data, n->block);
        memcpy(nvm_host_meta(n, i), meta, n->ms);
    }
}

static inline uint16_t nvm_write(Nvm *n, uint64_t slba, uint32_t nlb,
                                 uint32_t cdw12)
{
    nvm_content(n, slba, nlb);
    return nvm_run(n, OPC_WRITE, slba, nlb, cdw12);
}

static inline void nvm_model_zero(Nvm *n, uint64_t slba, uint64_t nlb)
{
    memset(n->data + slba * n->block, 0, nlb * n->block);
    memset(n->meta + slba * n->ms, 0, nlb * n->ms);
}

static inline void nvm_model_copy(Nvm *n, uint64_t dst, uint64_t src,
                                  uint64_t nlb)
{
    memmove(n->data + dst * n->block, n->data + src * n->block,
            nlb * n->block);
    memmove(n->meta + dst * n->ms, n->meta + src * n->ms, nlb * n->ms);
}

/* Blocks read as the model says. */
static inline void nvm_expect(Nvm *n, uint64_t slba, uint32_t nlb)
{
    memset(fake_guest(n->h, FAKE_BUF), 0xee, (uint64_t)nlb * n->stride);
    memset(fake_guest(n->h, NVM_META), 0xee, (uint64_t)nlb * n->ms);
    CHECK_EQ(nvm_run(n, OPC_READ, slba, nlb, 0), 0);
    for (uint32_t i = 0; i < nlb; i++) {
        CHECK(!memcmp(nvm_host_data(n, i), n->data + (slba + i) * n->block,
                      n->block) &&
              !memcmp(nvm_host_meta(n, i), n->meta + (slba + i) * n->ms,
                      n->ms),
              "block %" PRIu64 " is not what the model says", slba + i);
    }
}

/* All of them, by 100. */
static inline void nvm_expect_all(Nvm *n)
{
    for (uint64_t at = 0; at < n->nsze; at += 100) {
        nvm_expect(n, at, 100);
    }
}

/* Every block format with metadata inside, outside and absent. */
static inline void nvm_each_format(void (*run)(Nvm *n))
{
    static const uint16_t ms[] = { 0, 8, 16, 64 };

    for (unsigned i = 0; i < 16; i++) {
        bool ext = i & 8;
        Nvm n;

        if (ext && !ms[i & 3]) {
            continue;
        }
        n = nvm_start_with(i & 4 ? 12 : 9, ms[i & 3], ext, false);
        run(&n);
        nvm_stop(&n);
    }
}

/* Parameter Error Location of the newest error: byte in 7:0, bit in 10:8. */
static inline uint16_t nvm_error_at(Nvm *n)
{
    uint8_t e[64];

    ocpn_error_get(n->h->c, 0, (NvmeErrorEntry *)(void *)e);
    return (uint16_t)bytes_at(e + 14, 2);
}

/* A judge for FakePort.judge: I/Os of the kind in judge_opaque fail. */
typedef struct NvmFault {
    OcpnIoOp op;
    unsigned after;             /* so many of them are well before */
    OcpnIoResult result;
    unsigned count;
} NvmFault;

static inline OcpnIoResult nvm_judge(FakePort *f, const OcpnIo *io)
{
    NvmFault *fault = f->judge_opaque;

    if (io->op != fault->op || fault->count++ < fault->after) {
        return OCPN_IO_OK;
    }
    return fault->result;
}

static inline void nvm_break(Nvm *n, NvmFault *fault)
{
    n->h->f.judge = nvm_judge;
    n->h->f.judge_opaque = fault;
}

static inline void nvm_heal(Nvm *n)
{
    n->h->f.judge = NULL;
}

#endif
