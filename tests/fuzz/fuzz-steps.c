/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz-steps.h"

uint64_t fuzz_take(FuzzInput *in, unsigned n)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < n && in->left; i++) {
        v |= (uint64_t)*in->at++ << 8 * i;
        in->left--;
    }
    return v;
}

size_t fuzz_bytes(FuzzInput *in, void *buf, size_t len)
{
    if (len > in->left) {
        len = in->left;
    }
    memcpy(buf, in->at, len);
    in->at += len;
    in->left -= len;
    return len;
}

/* 14 bits in the buffers, or somewhere that is more interesting. */
uint64_t fuzz_take_address(FuzzInput *in)
{
    uint64_t v = fuzz_take(in, 2);

    switch (v >> 14) {
    case 0:
        return FUZZ_BUF + (v & 0x3fff) * 64;
    case 1:
        return FUZZ_LISTS + (v & 0x3fff) * 4;
    case 2:
        return FUZZ_BUF + (v & 0xff) * 4096 + (v >> 8 & 0x3f);
    default:
        return v & 1 ? FUZZ_HOLE - 4096 + (v & 0x3ffe) * 8
                     : UINT64_MAX - (v & 0x3fff) * 4;
    }
}

static void take_flags(FuzzInput *in, FuzzCommand *cmd)
{
    cmd->flags = (uint8_t)fuzz_take(in, 1);
    cmd->mptr = fuzz_take_address(in);
    cmd->cdw2 = (uint32_t)fuzz_take(in, 2);
    cmd->cdw3 = (uint32_t)fuzz_take(in, 2);
    if (cmd->flags & 0xc0) {            /* an SGL descriptor */
        cmd->prp2 = fuzz_take(in, 2) * 16;
        cmd->prp2 |= fuzz_take(in, 1) << 56;
    }
}

void fuzz_take_command(FuzzInput *in, FuzzCommand *cmd)
{
    unsigned has;

    cmd->opc = (uint8_t)fuzz_take(in, 1);
    cmd->nsid = 1;
    has = (unsigned)fuzz_take(in, 1);
    if (has & FUZZ_HAS_NSID) {
        cmd->nsid = (uint32_t)fuzz_take(in, 1);
        cmd->nsid = cmd->nsid == 255 ? UINT32_MAX : cmd->nsid;
    }
    for (unsigned i = 0; i < 6; i++) {
        /* CDW14 and 15 have a bit in common */
        if (has & FUZZ_HAS_CDW10 << (i < 5 ? i : 4)) {
            cmd->cdw[i] = (uint32_t)fuzz_take(in, 4);
        }
    }
    if (has & FUZZ_HAS_PRPS) {
        cmd->prp1 = fuzz_take_address(in);
        cmd->prp2 = fuzz_take_address(in);
    }
    if (has & FUZZ_HAS_FLAGS) {
        take_flags(in, cmd);
    }
}

/* Texts are these in a row, by number; a space is before each with a '='. */
static const char *const words[] = {
    "0", "1", "2", "3", "16", "255", "0x1", "0xc0", "0xffffffff", "on", "off",
    "clear", "now", "none", "auto", "ok", "degraded", "failed", "85C", "25%",
    "unsupported", "-", "=", ":", ",", "[1]",
    "ns=", "grp=", "pu=", "chk=", "blk=", "lba=", "after=", "times=", "ppm=",
    "seed=", "opcode=", "lid=", "fid=", "status=", "ms=", "offline-next=",
    "queue=", "what=", "count=", "to=", "after-writes=", "drop-last=",
    "state=", "mask=", "nlb=", "type=", "wp=", "cnlb=", "wi=", "resets=",
    "write-next-unit", "early-close", "reset-fail", "read-fail", "high-ecc",
    "status", "fail", "timeout", "latency", "random-latency",
    "admin", "io", "guid", "version", "size", "length", "garbage", "short",
    "low", "medium", "high", "unrecoverable", "refreshed", "wli",
    "block", "chunk", "pu", "free", "open", "closed", "offline", "seq",
    "random", "fifo-size", "statistic-id", "string-size", "0x281", "12", "300",
    "65535", "4294967296", "340282366920938463463374607431768211455",
};

#define NWORDS  (sizeof(words) / sizeof(words[0]))

unsigned fuzz_word(const char *word)
{
    for (unsigned i = 0; i < NWORDS; i++) {
        if (!strcmp(words[i], word)) {
            return i;
        }
    }
    fprintf(stderr, "no word: %s\n", word);
    abort();
}

void fuzz_take_text(FuzzInput *in, char text[FUZZ_TEXT_SIZE])
{
    unsigned n = (unsigned)fuzz_take(in, 1) % 16;
    size_t at = 0;

    text[0] = '\0';
    while (n--) {
        const char *w = words[fuzz_take(in, 1) % NWORDS];
        bool space = at && strlen(w) > 1 && w[strlen(w) - 1] == '=';

        if (at + strlen(w) + 2 > FUZZ_TEXT_SIZE) {
            break;
        }
        at += (size_t)snprintf(text + at, FUZZ_TEXT_SIZE - at, "%s%s",
                               space ? " " : "", w);
    }
}

static void skip_list(FuzzInput *in)
{
    unsigned n;

    fuzz_take(in, 1);
    n = (unsigned)fuzz_take(in, 1) % 32;
    while (n--) {
        unsigned type = (unsigned)fuzz_take(in, 1);

        fuzz_take_address(in);
        fuzz_take(in, type ? 2 : 0);
    }
}

static void skip_data(FuzzInput *in)
{
    size_t len;

    fuzz_take(in, 2);
    len = (size_t)fuzz_take(in, 1);
    len = len < in->left ? len : in->left;
    in->at += len;
    in->left -= len;
}

void fuzz_skip_step(FuzzInput *in)
{
    static const uint8_t bytes[FUZZ_NSTEPS] = {     /* of the short ones */
        [FUZZ_IO] = 1, [FUZZ_FINISH] = 2, [FUZZ_HOLD] = 1, [FUZZ_REAP] = 1,
        [FUZZ_TIME] = 2, [FUZZ_RESET] = 1, [FUZZ_REGISTER] = 5,
        [FUZZ_DOORBELL] = 2, [FUZZ_QUEUE] = 1, [FUZZ_SHADOW] = 2,
        [FUZZ_TEXT] = 2, [FUZZ_POWER] = 1,
    };
    unsigned step = (unsigned)fuzz_take(in, 1) % FUZZ_NSTEPS;
    char text[FUZZ_TEXT_SIZE];
    FuzzCommand cmd;

    fuzz_take(in, bytes[step]);
    if (step == FUZZ_IO || step == FUZZ_ADMIN) {
        fuzz_take_command(in, &cmd);
    } else if (step == FUZZ_DATA) {
        skip_data(in);
    } else if (step == FUZZ_DESCRIPTORS) {
        skip_list(in);
    } else if (step == FUZZ_TEXT) {
        fuzz_take_text(in, text);
    }
}
