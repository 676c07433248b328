/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole of QEMU, as the core sees it.  Tests plug in fakes here.
 *
 * Threads.  "Main" is the thread that holds the controller's registers and its
 * admin queue (QEMU: the big lock).  Every completion queue has an owner
 * thread; completion queue 0's is main.  Which thread may call what is said
 * at each function; callbacks into the core say the same.
 */
#ifndef HW_OCP_NVME_CORE_PORT_H
#define HW_OCP_NVME_CORE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct OcpnIo OcpnIo;

/* Guest memory, contiguous in the device's address space. */
typedef struct OcpnSeg {
    uint64_t addr;
    uint64_t len;
} OcpnSeg;

/* Segments one I/O can carry; a larger transfer is several I/Os. */
#define OCPN_IO_NSEGS   34

typedef enum OcpnIoOp {
    OCPN_IO_READ,
    OCPN_IO_WRITE,
    OCPN_IO_FLUSH,
    OCPN_IO_DISCARD,            /* content becomes anything */
    OCPN_IO_ZERO,               /* content becomes zeros; may unmap */
} OcpnIoOp;

/* How an I/O ended. */
typedef enum OcpnIoResult {
    OCPN_IO_OK,
    OCPN_IO_ERROR,              /* the medium failed */
    OCPN_IO_NOSPC,              /* the medium is full */
    OCPN_IO_NODMA,              /* a segment is not RAM; nothing was done */
} OcpnIoResult;

/*
 * One access to an image.  Either BUF (memory of the core) or the first NSEG
 * of SEG (guest memory) is the other side; their length is LEN.  The core
 * owns it; between media() and done() the port does.  The port may keep its
 * own data behind it: OcpnConfig.io_size is the size of the whole.  A segment
 * of a READ whose address is OCPN_SEG_BUCKET (dptr.h) is thrown away.
 */
struct OcpnIo {
    OcpnIoOp op;
    bool     fua;               /* on stable storage before done() */
    bool     unmap;             /* ZERO: give the space back */
    /* Set if it failed and done() says OK, as the user wants. */
    bool     lost;
    uint32_t nsid;              /* whose image */
    uint64_t offset;            /* bytes */
    uint64_t len;               /* bytes */
    void    *buf;
    /* Called once, in the thread that called media(), maybe inside it. */
    void   (*done)(OcpnIo *io, OcpnIoResult result);
    void    *opaque;            /* the core's, for done() */
    uint32_t first, count;      /* the core's: entries of the command */
    OcpnIo  *next;              /* the core's */
    uint32_t nseg;
    OcpnSeg  seg[OCPN_IO_NSEGS];    /* last: most I/Os have few */
};

/* What happened, for traces; A and B depend on the event. */
typedef enum OcpnTrace {
    OCPN_TRACE_REG_READ,        /* offset, value */
    OCPN_TRACE_REG_WRITE,       /* offset, value */
    OCPN_TRACE_DOORBELL,        /* offset, value */
    OCPN_TRACE_CMD,             /* sqid << 16 | cid, opcode << 32 | nsid */
    OCPN_TRACE_REJECT,          /* sqid << 16 | cid, status << 16 | byte */
    OCPN_TRACE_COMPLETE,        /* sqid << 16 | cid, status */
    OCPN_TRACE_STATE,           /* enum OcpnState old, new */
    OCPN_TRACE_CHUNK,           /* nsid << 32 | chunk, CS << 32 | wp */
    OCPN_TRACE_COMMIT,          /* nsid << 32 | pages, waiters */
    OCPN_TRACE_EVENT,           /* type << 16 | info << 8 | lid, sent or not */
    OCPN_TRACE_NEVENTS
} OcpnTrace;

typedef struct OcpnPort {
    void *opaque;

    /*
     * Copy from or to guest memory, at once.  Any owner thread.  False if any
     * byte of it is not RAM; then BUF or guest memory may be partly written.
     */
    bool (*read)(void *o, uint64_t addr, void *buf, size_t len);
    bool (*write)(void *o, uint64_t addr, const void *buf, size_t len);

    /* Start IO; it ends in io->done().  Any owner thread. */
    void (*media)(void *o, OcpnIo *io);
    /*
     * Byte OFFSET of NSID's image will probably be read next; it may be behind
     * the image's end.  For media in memory, to have it in the cache by then.
     * Optional.  Any owner thread.
     */
    void (*soon)(void *o, uint32_t nsid, uint64_t offset);

    /* Interrupt: MSI-X message VECTOR.  The owner of the queue. */
    void (*irq)(void *o, uint16_t vector);
    /* Pin interrupt level.  Main. */
    void (*pin)(void *o, bool level);

    /* Soon call ocpn_cq_run(CQID) in its owner's thread.  Any thread. */
    void (*kick)(void *o, uint16_t cqid);
    /*
     * A command of CQID ended outside of a run: soon call ocpn_cq_end(), when
     * others have ended that end at the same time.  NULL: kick().  The owner.
     */
    void (*ended)(void *o, uint16_t cqid);
    /* Soon call ocpn_main_run() in main.  Any thread. */
    void (*kick_main)(void *o);
    /*
     * Call ocpn_cq_run(CQID) in its owner's thread when now() is NS; takes the
     * place of an earlier NS.  UINT64_MAX: not at all.  The owner; cq_stop()
     * ends it as well.
     */
    void (*wake_cq)(void *o, uint16_t cqid, uint64_t ns);
    /*
     * Doorbell OFF in BAR0 begins or ceases to be one that only says "look":
     * its value is in the shadow buffer, so a write to it may become a kick of
     * CQID without the register being written.  Optional.  Main.
     */
    void (*doorbell)(void *o, uint16_t cqid, uint32_t off, bool look);

    /* A completion queue begins and ends: bind it to a thread.  Main. */
    void (*cq_start)(void *o, uint16_t cqid);
    void (*cq_stop)(void *o, uint16_t cqid);    /* no run is left after it */

    /* Zeroed memory, at enable and queue creation only.  NULL: none. Main. */
    void *(*alloc)(void *o, size_t size);
    void (*free)(void *o, void *p);

    uint64_t (*now)(void *o);           /* ns the guest could see */
    /*
     * Call ocpn_main_run() in main when now() is NS; takes the place of an
     * earlier NS.  UINT64_MAX: not at all.  Main.
     */
    void (*wake_at)(void *o, uint64_t ns);

    /*
     * From now on now() is NS ahead of the guest's clock, for tests of what
     * takes long.  Nothing is called back by this.  Optional.  Main.
     */
    void (*ahead)(void *o, uint64_t ns);

    void (*trace)(void *o, OcpnTrace event, uint64_t a, uint64_t b);
    /* 0 as long as trace() would do nothing; NULL: it always does. */
    const int *tracing;
} OcpnPort;

#endif
