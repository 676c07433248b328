/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on ten chunks, and what of it a host knows to be in the image.  Static
 * functions of one test.
 */
#ifndef TESTS_QTEST_OCP_NVME_WERROR_FULL_H
#define TESTS_QTEST_OCP_NVME_WERROR_FULL_H

#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn-errors.h"

#define GEOMETRY    "--num-grp 2 --num-pu 3 --num-chk 5 --clba 96 " \
                    "--ws-min 4 --ws-opt 8 --mw-cunits 0"
#define BLOCK       4096
#define CLBA        96
#define UNIT        8
#define CHUNKS      10          /* of PU 0 of group 0, and of PU 1 */

/* What the host knows of a chunk. */
typedef struct Known {
    unsigned units;             /* acknowledged since the last reset */
    unsigned life;              /* resets */
    bool closed;                /* nothing more goes in */
    bool unknown;               /* a reset of it has failed */
} Known;

typedef struct Drive {
    QOcpn *q;
    char *file;                 /* the raw image */
    char *over;                 /* a qcow2 file on top of it, or NULL */
    char *socket;               /* of the NBD server, or NULL */
    QTestState *server;
    const char *props;
    Known k[CHUNKS];
    unsigned failed;
} Drive;

static uint64_t chunk_lba(unsigned i)
{
    return (uint64_t)(i / 5) << 10 | (i % 5) << 7;
}

static void unit_data(uint8_t *data, unsigned chunk, unsigned unit,
                      unsigned life)
{
    qocpn_pattern(data, UNIT * BLOCK, chunk << 16 | unit << 8 | life);
}

static void write_unit(Drive *d, unsigned i)
{
    uint8_t data[UNIT * BLOCK];
    Known *k = &d->k[i];
    QOcpnCqe cqe;

    unit_data(data, i, k->units, k->life);
    cqe = qocpn_write(d->q, chunk_lba(i) + k->units * UNIT, UNIT, data, NULL);
    if (QOCPN_SC(cqe) == 0) {
        k->units++;
        k->closed = k->units * UNIT == CLBA;
    } else {
        d->failed++;
        g_assert_true(QOCPN_SC(cqe) == 0x2f1 || QOCPN_SC(cqe) == 0x280);
        k->closed = true;
    }
}

static void reset_chunk(Drive *d, unsigned i)
{
    Known *k = &d->k[i];
    QOcpnCqe cqe = qocpn_chunk_reset(d->q, chunk_lba(i));

    if (QOCPN_SC(cqe) == 0) {
        *k = (Known) { .life = k->life + 1 };
    } else {
        d->failed++;
        QOCPN_STATUS(cqe, 0x280);
        k->unknown = true;
    }
}

/* N writes, to one chunk after the other, and resets of those that are full. */
static void work(Drive *d, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        Known *k = &d->k[i % CHUNKS];

        if (k->unknown) {
            continue;
        }
        if (k->closed && k->units * UNIT == CLBA) {
            reset_chunk(d, i % CHUNKS);
        } else if (!k->closed) {
            write_unit(d, i % CHUNKS);
        }
    }
}

/* Every acknowledged write and reset is there. */
static void expect_kept(Drive *d)
{
    uint8_t data[UNIT * BLOCK];

    for (unsigned i = 0; i < CHUNKS; i++) {
        const Known *k = &d->k[i];
        QOcpnChunk c = qocpn_chunk(d->q, i);

        if (k->unknown) {
            continue;
        }
        g_assert_cmpuint(c.wp, >=, k->units * UNIT);
        if (!k->closed) {       /* nothing of it has failed */
            g_assert_cmpuint(c.wp, ==, k->units * UNIT);
            g_assert_cmphex(c.cs, ==, k->units ? OCSSD_CS_OPEN
                                               : OCSSD_CS_FREE);
        }
        for (unsigned j = 0; j < k->units; j++) {
            unit_data(data, i, j, k->life);
            qocpn_expect(d->q, chunk_lba(i) + j * UNIT, UNIT, data);
        }
    }
}

#endif
