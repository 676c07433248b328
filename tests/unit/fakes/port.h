/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for the core: guest RAM, media in memory, a clock that a test
 * turns, interrupts that are counted.  See OcpnPort for what each part must
 * do.  All of it in one thread, and nothing happens by itself: fake_run()
 * calls the core back until nobody wants to be called any more.
 */
#ifndef TESTS_UNIT_FAKES_PORT_H
#define TESTS_UNIT_FAKES_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/image.h"
#include "hw/ocp-nvme/core/port.h"

/* Guest memory: RAM with a hole, then device memory, then nothing. */
#define FAKE_RAM_SIZE   UINT64_C(0x2000000)     /* 32 MiB from address 0 */
#define FAKE_HOLE       UINT64_C(0x1800000)     /* no memory here */
#define FAKE_HOLE_SIZE  UINT64_C(0x10000)
#define FAKE_MMIO       UINT64_C(0xfe000000)    /* not RAM: refuses DMA */

#define FAKE_NIOS       2048u   /* I/Os that may wait at once */
#define FAKE_NQUEUES    (OCPN_MAX_QPAIRS + 1)

/* A medium: the image of one namespace. */
typedef struct FakeMedia {
    uint8_t *bytes;
    uint64_t size;
    OcpnDisk disk;              /* the same bytes, for opening */
    struct FakePort *f;
    uint32_t nsid;
    unsigned reads, writes, flushes, discards, zeroes;
    unsigned fua;               /* writes with FUA among them */
} FakeMedia;

typedef struct FakePort {
    OcpnPort  port;             /* give this to ocpn_ctrl_new() */
    OcpnCtrl *c;                /* set this for fake_run() */

    uint8_t  *ram;
    FakeMedia media[OCPN_MAX_NS + 1];       /* index is the NSID */

    bool      hold;             /* I/Os wait until fake_io_finish() */
    OcpnIo   *io[FAKE_NIOS];    /* those that wait, oldest first */
    unsigned  nios;
    /* How an I/O shall end; NULL: well. */
    OcpnIoResult (*judge)(struct FakePort *f, const OcpnIo *io);
    void     *judge_opaque;
    struct FakePlug *plug;      /* the power plug, see plug.h; or NULL */

    bool      kicked[FAKE_NQUEUES], kicked_main;
    bool      started[FAKE_NQUEUES];        /* between cq_start and cq_stop */
    uint64_t  wake_cq[FAKE_NQUEUES];        /* ns; 0: not at all */
    uint16_t  looks[2 * FAKE_NQUEUES];      /* by doorbell: CQ told, or 0 */
    unsigned  irqs[64];         /* by vector */
    unsigned  traces[OCPN_TRACE_NEVENTS];
    bool      pin;

    uint64_t  now;              /* ns; see fake_advance() */
    uint64_t  ahead;            /* ns of it: OcpnPort.ahead() */
    uint64_t  wake;             /* 0: nobody wants to be woken */

    struct FakeAlloc *allocs;
    unsigned  nallocs;
    unsigned  fail_alloc;       /* the Nth from now gets nothing; 0: none */
} FakePort;

void fake_port_init(FakePort *f);
/* Frees everything, also what a controller that was killed still had. */
void fake_port_destroy(FakePort *f);
/* As when the host of the device dies: allocations and waiting I/Os go. */
void fake_port_kill(FakePort *f);

/* A blank medium of SIZE bytes for NSID. */
FakeMedia *fake_media_new(FakePort *f, uint32_t nsid, uint64_t size);

/* True if all of [addr, addr + len) is RAM. */
bool fake_is_ram(uint64_t addr, uint64_t len);

/* Call the core until nothing is left to do. */
void fake_run(FakePort *f);
/* Turn the clock, wake who asked for it, and run. */
void fake_advance(FakePort *f, uint64_t ns);

/* Finish waiting I/O number I (0: the oldest); OK does its work first. */
void fake_io_finish(FakePort *f, unsigned i, OcpnIoResult result);
/* Finish all of them in order, those they cause too, and run. */
void fake_io_finish_all(FakePort *f);

#endif
