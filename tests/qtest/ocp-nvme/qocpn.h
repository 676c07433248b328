/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small NVMe host for qtests.
 *
 * One controller in one QEMU: an admin queue pair, and as many I/O queue
 * pairs as a test creates.  Commands are written in host byte order as a
 * QOcpnCmd; the host encodes them at the byte offsets of the specification.
 *
 * No call here judges the status of a command: that is the test's business.
 * Every wait lets QEMU run (it steps the virtual clock), and ends the program
 * with a message after a minute.  Memory handed out by qocpn_buf() lives as
 * long as the guest.  Everything is used from one thread.
 *
 * The device under test is the one named in the environment variable
 * QOCPN_DEV: "ocp-nvme", the default, or "nvme", QEMU's own controller, which
 * proves the tests themselves.  QOCPN_ARGS and QOCPN_PROPS add arguments of
 * QEMU and properties of ocp-nvme to every test, QOCPN_MAPPING the names of
 * IOThreads for iothread-vq-mapping, with commas between them.  With
 * QOCPN_MEDIUM=memdev the images of tests are mapped (memdev=) and not opened
 * (drive=), unless the test is about the block layer.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_H
#define TESTS_QTEST_OCP_NVME_QOCPN_H

#include "qemu/bitops.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "tests/qtest/libqtest.h"
#include "tests/qtest/libqos/libqos-pc.h"
#include "tests/qtest/libqos/pci.h"
#include "tests/qtest/libqos/pci-pc.h"
#include "hw/pci/pci_regs.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"
#include "hw/ocp-nvme/spec/nvme-cmd.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-status.h"

/* A page with the memory page size that qocpn_enable() selects (CC.MPS 0). */
#define QOCPN_PAGE      4096

/* The transfer buffer of qocpn_read() and qocpn_write(). */
#define QOCPN_BUF_SIZE  (1 * MiB)

/* Guest RAM ends at 128 MiB; nothing decodes these addresses. */
#define QOCPN_NO_RAM    0x20000000ull
#define QOCPN_NO_RAM_64 0x123400000000ull

/* The I/O APIC, an MMIO region of every machine used here. */
#define QOCPN_MMIO      0xfec00000ull

#define QOCPN_ALL_NS    0xffffffffu

/* A submission queue entry, in host byte order. */
typedef struct QOcpnCmd {
    uint8_t opc;
    uint8_t flags;              /* byte 1: FUSE 1:0, PSDT 7:6 */
    uint32_t nsid, cdw2, cdw3;
    uint64_t mptr, prp1, prp2;
    uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
} QOcpnCmd;

/* A completion queue entry, in host byte order. */
typedef struct QOcpnCqe {
    uint32_t dw0, dw1;
    uint16_t sqhd, sqid, cid;
    uint16_t status;            /* dword 3 bits 31:17: no phase tag */
} QOcpnCqe;

/* Status code type and status code, as NVME_SC_* has them. */
#define QOCPN_SC(cqe)   ((cqe).status & 0x7ff)
#define QOCPN_DNR(cqe)  (((cqe).status >> 14) & 1)

/* A submission queue and the completion queue it was made with. */
typedef struct QOcpnQueue {
    uint16_t id;
    uint16_t size;              /* entries of each ring */
    uint16_t tail, head;        /* of the SQ; of the CQ */
    uint16_t next_cid;
    bool phase;
    uint64_t sq, cq;            /* guest addresses */
} QOcpnQueue;

#define QOCPN_EVENTS    16

typedef struct QOcpn {
    QOSState *qs;
    QTestState *qts;
    QGuestAllocator *alloc;
    QPCIDevice *pdev;
    QPCIBar bar;                /* BAR0 */
    uint64_t cap;               /* the CAP register at attach */
    uint64_t msi;               /* vector V writes its message to msi + 4 V */
    QOcpnQueue adm, io;
    QOcpnCqe event[QOCPN_EVENTS];   /* completed event requests */
    unsigned events;
    uint16_t next_aer;
    uint64_t buf, md, list;     /* of qocpn_read() and _write() */
    unsigned lba_size, ms;      /* of namespace 1, as set up */
    char *file;                 /* the image, or NULL */
    bool own_file, throttled, faulty;   /* the last: d0 is on blkdebug */
} QOcpn;

/*
 * What to start.  All zero: q35, a new image of 64 MiB with 512-byte blocks,
 * conventional mode, MSI-X, an enabled controller and I/O queue pair 1 with
 * 64 entries.  hw/nvme gets a plain file.
 */
typedef struct QOcpnSetup {
    const char *machine;        /* "q35" or "pc" */
    const char *props;          /* more properties: ",name=value" */
    const char *args;           /* more arguments of QEMU */
    const char *more;           /* the same, behind the controller's */
    const char *file;           /* an existing image, kept by qocpn_stop() */
    const char *format;         /* of FILE: "raw" or "qcow2" */
    const char *node;           /* the node d0 instead of an image */
    const char *memdev;         /* the object m0, and no drive */
    const char *log;            /* where blklogwrites writes its log */
    const char *threads;        /* for iothread-vq-mapping, as QOCPN_MAPPING */
    const char *geometry;       /* more arguments of "ocp-nvme-img create" */
    bool open_channel;
    uint64_t size;              /* bytes; 0: 64 MiB */
    unsigned lba_size;          /* bytes; 0: 512, open-channel 4096 */
    unsigned ms;                /* metadata bytes a block */
    bool throttle;              /* the drive can be held by qocpn_hold() */
    bool no_flush;              /* the host's disk is not asked to flush */
    bool port;                  /* behind a PCI Express port, for unplugging */
    bool intx;                  /* leave MSI-X alone */
    bool no_enable, no_ioq;     /* attach only, and no queues; no queues */
} QOcpnSetup;

/* ------------------------------------------------------- qocpn-boot.c */

/* One test.  NAME is a sentence; UPSTREAM says why hw/nvme is not asked. */
typedef struct QOcpnTest {
    const char *name;
    void (*fn)(void);
    const char *upstream;
} QOcpnTest;

/* Run the COUNT tests under /<arch>/ocp-nvme/<GROUP>; for main() to return. */
int qocpn_main(int argc, char **argv, const char *group,
               const QOcpnTest *tests, size_t count);

bool qocpn_is_upstream(void);

/* Is the medium of what SETUP starts a memory backend? */
bool qocpn_uses_memdev(const QOcpnSetup *setup);

/* Start QEMU and go as far as SETUP says; NULL is all zero. */
QOcpn *qocpn_start(const QOcpnSetup *setup);
/* The same for a conventional drive with blocks of LBA_SIZE bytes. */
QOcpn *qocpn_start_lba(unsigned lba_size);
/* Run FN on a drive with blocks of 512 bytes, then on one with 4096. */
void qocpn_each_size(void (*fn)(QOcpn *q));

/* Stop QEMU, which must exit cleanly, and remove what _start() made. */
void qocpn_stop(QOcpn *q);
/* Kill QEMU, as if its host had no time for it; the same is removed. */
void qocpn_kill(QOcpn *q);

/*
 * Hold the drive's requests back, or let them go: one in a second of the
 * guest's time gets through while they are held.  Draining lets them go too.
 */
void qocpn_hold(QOcpn *q, bool hold);

/* Make an image file as SETUP says; free with qocpn_image_free(). */
char *qocpn_image(const QOcpnSetup *setup);
void qocpn_image_free(char *file);

/* The tool's path: $OCP_NVME_IMG, else ocp-nvme-img from $PATH. */
const char *qocpn_tool(void);

/* ------------------------------------------------------------ qocpn.c */

/* Let QEMU run a little; ends the program when DEADLINE has passed. */
gint64 qocpn_deadline(void);
void qocpn_tick(QOcpn *q, gint64 deadline, const char *what);
/* Let QEMU run for about this long of real time. */
void qocpn_idle(QOcpn *q, unsigned ms);

#define QOCPN_UNTIL(q, cond)                            \
    do {                                                \
        gint64 end_ = qocpn_deadline();                 \
        while (!(cond)) {                               \
            qocpn_tick(q, end_, #cond);                 \
        }                                               \
    } while (0)

/* Register access at a byte offset of BAR0. */
uint32_t qocpn_readl(QOcpn *q, uint64_t off);
uint64_t qocpn_readq(QOcpn *q, uint64_t off);
void qocpn_writel(QOcpn *q, uint64_t off, uint32_t value);
void qocpn_writeq(QOcpn *q, uint64_t off, uint64_t value);

/* Offset of a doorbell register. */
uint64_t qocpn_sq_doorbell(QOcpn *q, uint16_t qid);
uint64_t qocpn_cq_doorbell(QOcpn *q, uint16_t qid);

/* Give the controller a fresh admin queue of SIZE entries and write CC. */
void qocpn_admin_queue(QOcpn *q, uint16_t size);
void qocpn_enable_cc(QOcpn *q, uint32_t cc);

/* The usual way: CC with 64-byte SQEs, 16-byte CQEs, MPS 4 KiB, EN. */
#define QOCPN_CC        0x00460001u
void qocpn_enable(QOcpn *q);
void qocpn_disable(QOcpn *q);

/* Rings for queue pair ID in guest memory, not yet known to the controller. */
void qocpn_queue_init(QOcpn *q, QOcpnQueue *queue, uint16_t id, uint16_t size);

/* Create Completion Queue, then Submission Queue; the first failing CQE. */
QOcpnCqe qocpn_create_cq(QOcpn *q, QOcpnQueue *queue, uint16_t vector);
QOcpnCqe qocpn_create_sq(QOcpn *q, QOcpnQueue *queue, uint16_t cqid);
QOcpnCqe qocpn_create_pair(QOcpn *q, QOcpnQueue *queue, uint16_t id,
                           uint16_t size, uint16_t vector);
QOcpnCqe qocpn_delete_sq(QOcpn *q, uint16_t id);
QOcpnCqe qocpn_delete_cq(QOcpn *q, uint16_t id);

/* Put CMD in the ring and return its CID; qocpn_ring() tells the drive. */
uint16_t qocpn_post(QOcpn *q, QOcpnQueue *queue, const QOcpnCmd *cmd);
void qocpn_ring(QOcpn *q, QOcpnQueue *queue);

/* Look at the next completion without taking it. */
bool qocpn_peek(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe);

/* Take the next completion, if there is one; it frees the slot or not. */
bool qocpn_take(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe);
void qocpn_free_slots(QOcpn *q, QOcpnQueue *queue);
bool qocpn_reap(QOcpn *q, QOcpnQueue *queue, QOcpnCqe *cqe);

/* The next completion that is not of an Asynchronous Event Request. */
QOcpnCqe qocpn_wait(QOcpn *q, QOcpnQueue *queue);

/* Post, ring and wait for this one command. */
QOcpnCqe qocpn_cmd(QOcpn *q, QOcpnQueue *queue, const QOcpnCmd *cmd);
QOcpnCqe qocpn_admin(QOcpn *q, const QOcpnCmd *cmd);
QOcpnCqe qocpn_io(QOcpn *q, const QOcpnCmd *cmd);

/* Post an Asynchronous Event Request; wait for, or look for, an event. */
void qocpn_post_aer(QOcpn *q);
QOcpnCqe qocpn_event(QOcpn *q);
bool qocpn_poll_event(QOcpn *q, QOcpnCqe *cqe);

/* -------------------------------------------------------- qocpn-pci.c */

/* Point every MSI-X vector at guest memory and unmask it. */
void qocpn_msix_setup(QOcpn *q);
/* Let a vector write DATA to ADDR. */
void qocpn_msix_aim(QOcpn *q, uint16_t vector, uint64_t addr, uint32_t data);
void qocpn_msix_mask(QOcpn *q, uint16_t vector, bool masked);

/* Did vector V fire since the last call?  Clears it. */
bool qocpn_msix_fired(QOcpn *q, uint16_t vector);

/* The function's INTx: the state bit of the PCI Status register. */
bool qocpn_intx_status(QOcpn *q);

/* Is any I/O APIC input for PCI up?  q35 only. */
bool qocpn_intx_level(QOcpn *q);

/* PCI Express configuration space through ECAM; q35 only. */
uint64_t qocpn_ecam(QOcpn *q, uint16_t off);
uint32_t qocpn_ecam_readl(QOcpn *q, uint16_t off);
uint16_t qocpn_find_ext_cap(QOcpn *q, uint16_t id);

/* Function level reset; afterwards the function has lost BAR and command. */
void qocpn_flr(QOcpn *q);

/* Map BAR0 where it was, enable decoding, set MSI-X up again. */
void qocpn_pci_restore(QOcpn *q);

/* --------------------------------------------------------- qocpn-io.c */

/* Zeroed guest memory, page aligned. */
uint64_t qocpn_buf(QOcpn *q, size_t size);

/*
 * Fill PRP1 and PRP2 for LEN bytes at ADDR, contiguous.  A list goes to the
 * page at LIST, and to the pages after it.
 */
void qocpn_prp(QOcpn *q, QOcpnCmd *cmd, uint64_t addr, size_t len,
               uint64_t list);

/* Read or write NLB (a count) blocks of namespace 1 with queue 1. */
QOcpnCqe qocpn_read(QOcpn *q, uint64_t slba, uint32_t nlb, void *buf,
                    void *md);
QOcpnCqe qocpn_write(QOcpn *q, uint64_t slba, uint32_t nlb, const void *buf,
                     const void *md);

/* The NLB blocks at SLBA must read as the bytes at WANT, or as zeroes. */
void qocpn_expect(QOcpn *q, uint64_t slba, uint32_t nlb, const void *want);
void qocpn_expect_zero(QOcpn *q, uint64_t slba, uint32_t nlb);

/* Blocks of namespace 1 (NSZE). */
uint64_t qocpn_ns_size(QOcpn *q);

/* A command of the Read kind at SLBA with NLB (a count) and no data. */
QOcpnCmd qocpn_rw(uint8_t opc, uint64_t slba, uint32_t nlb);
bool qocpn_is_zero(const void *buf, size_t len);

/* Fill LEN bytes with a pattern that differs by SEED and by offset. */
void qocpn_pattern(void *buf, size_t len, uint32_t seed);
/* Is each dword that of seed A or of seed B?  LEN is of whole dwords. */
bool qocpn_is_pattern(const void *buf, size_t len, uint32_t a, uint32_t b);

/* One SGL descriptor of TYPE (byte 15) written to the guest at AT. */
void qocpn_sgl(QOcpn *q, uint64_t at, uint8_t type, uint64_t addr,
               uint32_t len);
/* The same as the command's own descriptor, with PSDT 01b. */
void qocpn_sgl1(QOcpnCmd *cmd, uint8_t type, uint64_t addr, uint32_t len);

#define QOCPN_SGL_DATA          0x00
#define QOCPN_SGL_BIT_BUCKET    0x10
#define QOCPN_SGL_SEGMENT       0x20
#define QOCPN_SGL_LAST_SEGMENT  0x30
#define QOCPN_SGL_KEYED         0x40
#define QOCPN_SGL_TRANSPORT     0x5a

/* ------------------------------------------------------ qocpn-admin.c */

/* Identify: the 4096 bytes of CNS, or the status of the refusal. */
uint16_t qocpn_identify(QOcpn *q, uint8_t cns, uint32_t nsid, void *buf);

/* Get Log Page: LEN bytes (a multiple of 4) at OFF; the LID, RAE set. */
uint16_t qocpn_get_log(QOcpn *q, uint8_t lid, uint32_t nsid, uint64_t off,
                       void *buf, size_t len);

/* Get Log Page with RAE clear: reads it to clear the event. */
void qocpn_clear_event(QOcpn *q, uint8_t lid);

/* Get Features with SEL; Set Features with dword 11. */
QOcpnCqe qocpn_get_feature(QOcpn *q, uint8_t fid, uint8_t sel, uint32_t nsid);
QOcpnCqe qocpn_set_feature(QOcpn *q, uint8_t fid, uint32_t nsid,
                           uint32_t cdw11);

/*
 * A command that must be refused.  BYTE and BIT are where the Parameter Error
 * Location must point; BYTE2 is another byte the specification allows.
 */
typedef struct QOcpnRefusal {
    const char *what;
    QOcpnCmd cmd;
    uint16_t status;
    uint8_t byte, bit, byte2;
} QOcpnRefusal;

/* Send each to QUEUE, expect its status and DNR. */
void qocpn_refused(QOcpn *q, QOcpnQueue *queue, const QOcpnRefusal *table,
                   size_t count);

/* The same, and the newest Error Information entry describes each. */
void qocpn_refused_logged(QOcpn *q, QOcpnQueue *queue,
                          const QOcpnRefusal *table, size_t count);

/* The drive still identifies itself, and namespace 1 still reads. */
void qocpn_alive(QOcpn *q);

#define QOCPN_OK(cqe)           g_assert_cmphex(QOCPN_SC(cqe), ==, 0)
#define QOCPN_STATUS(cqe, sc)   g_assert_cmphex(QOCPN_SC(cqe), ==, (sc))

/* ------------------------------------------------------ qocpn-ocssd.c */

/* The Geometry structure (E2h), in host byte order. */
typedef struct QOcpnGeometry {
    uint8_t grp_bits, pu_bits, chk_bits, lb_bits;
    uint32_t mccap;
    uint8_t wit;
    uint16_t num_grp, num_pu;
    uint32_t num_chk, clba, ws_min, ws_opt, mw_cunits, maxoc, maxocpu;
} QOcpnGeometry;

/* One descriptor of Chunk Information (LID CAh), in host byte order. */
typedef struct QOcpnChunk {
    uint8_t cs, ct, wli;
    uint64_t slba, cnlb, wp;
} QOcpnChunk;

QOcpnGeometry qocpn_geometry(QOcpn *q);

/* The chunk with this index: (grp * NUM_PU + pu) * NUM_CHK + chk. */
QOcpnChunk qocpn_chunk(QOcpn *q, unsigned index);

/* Compose an address; fields beyond the geometry are not checked. */
uint64_t qocpn_lba(const QOcpnGeometry *g, unsigned grp, unsigned pu,
                   unsigned chk, uint64_t lb);

/* A vector command: its lists, and where its data is or goes. */
typedef struct QOcpnVector {
    uint8_t opc;                /* 90h to 93h */
    unsigned count;             /* 1 to 64 */
    const uint64_t *lba;
    const uint64_t *dst;        /* copy only */
    void *data, *md;            /* NULL: none; reset: md gets descriptors */
} QOcpnVector;

QOcpnCqe qocpn_vector(QOcpn *q, const QOcpnVector *v);
QOcpnCqe qocpn_chunk_reset(QOcpn *q, uint64_t lba);

#endif
