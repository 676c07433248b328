/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open-Channel SSD 2.0: geometry, chunk addresses, resets.  See host.h. */
#include <string.h>

#include "host.h"

#define DEADLINE_US (30 * G_USEC_PER_SEC)
#define PER_PAGE    (PAGE / 32)     /* chunk descriptors in a page */

enum { GET_LOG_PAGE = 2, GEOMETRY = 0xe2, RESET = 0x90, CHUNKS_LOG = 0xca };
enum { CHUNK_CLOSED = 2, CHUNK_OPEN = 4 };

void nvme_geometry(Nvme *n)
{
    uint64_t at = machine_alloc(n->m, PAGE);
    const uint8_t *g = n->m->ram + at;
    uint16_t num[2];

    nvme_admin(n, (Sqe) { .dw0 = GEOMETRY, .nsid = 1, .prp1 = at });
    n->bits_pu = g[9];
    n->bits_chk = g[10];
    n->bits_lb = g[11];
    memcpy(num, g + 64, 4);
    n->grps = num[0];
    n->pus = num[1];
    memcpy(&n->chks, g + 68, 4);
    memcpy(&n->clba, g + 72, 4);
}

uint32_t nvme_chunks(const Nvme *n)
{
    return n->grps * n->pus * n->chks;
}

uint64_t nvme_chunk_lba(const Nvme *n, uint32_t chunk)
{
    uint64_t chk = chunk % n->chks;
    uint64_t pu = chunk / n->chks % n->pus;
    uint64_t grp = chunk / n->chks / n->pus;

    return ((grp << n->bits_pu | pu) << n->bits_chk | chk) << n->bits_lb;
}

Sqe nvme_reset_of(const Nvme *n, uint32_t chunk)
{
    uint64_t lba = nvme_chunk_lba(n, chunk);

    return (Sqe) { .dw0 = RESET, .nsid = 1, .dw10 = (uint32_t)lba,
                   .dw11 = (uint32_t)(lba >> 32) };
}

static void reset(Nvme *n, uint32_t chunk)
{
    gint64 late = g_get_monotonic_time() + DEADLINE_US;
    Queue *q = &n->q[0];
    Sqe e = nvme_reset_of(n, chunk);
    const Cqe *c;

    nvme_put(q, &e);
    nvme_ring(n, q);
    while (!(c = nvme_take(q))) {
        if (g_get_monotonic_time() > late) {
            machine_check(n->m);
            machine_die("the reset of chunk %u does not end", chunk);
        }
    }
    if (c->status >> 1) {
        machine_die("the reset of chunk %u failed with status %xh; open "
                    "chunks need early-reset=on", chunk,
                    c->status >> 1 & 0x7ff);
    }
    nvme_ring(n, q);
}

void nvme_reset_all(Nvme *n)
{
    uint64_t at = machine_alloc(n->m, PAGE);
    const uint8_t *page = n->m->ram + at;

    for (uint32_t i = 0; i < nvme_chunks(n); i++) {
        if (i % PER_PAGE == 0) {
            uint32_t left = MIN(PER_PAGE, nvme_chunks(n) - i);

            nvme_admin(n, (Sqe) {
                .dw0 = GET_LOG_PAGE, .nsid = 1, .prp1 = at,
                .dw10 = (left * 8 - 1) << 16 | CHUNKS_LOG, .dw12 = i * 32 });
        }
        if (page[i % PER_PAGE * 32] & (CHUNK_CLOSED | CHUNK_OPEN)) {
            reset(n, i);
        }
    }
}
