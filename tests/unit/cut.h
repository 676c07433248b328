/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of a scenario.
 *
 * A scenario is what a host, or the monitor, does to a drive, in steps.  It
 * runs once for each number of steps, to see what the drive shows after each;
 * what it shows must be there after a kill of QEMU, and blocks must be as they
 * were written.  Then it runs once for each write to the media and each way in
 * which power can go there (fakes/plug.h), and after each:
 *
 *   - the image opens, its superblock, pages, entries and marks are good;
 *   - whatever the drive shows, it had shown after the last step that was
 *     acknowledged, or shows after the one that was under way; a write of a
 *     chunk may have come in part, in write units, and what lies below the
 *     write pointer is what was written there;
 *   - a second power loss, with nothing done, changes nothing; with CUT_START
 *     it comes at each write of the start, too;
 *   - the drive works: it writes, reads and resets.
 *
 * What survives which power loss (docs/user-guide.rst, "What is kept"):
 *
 *   QEMU is killed (stop, torn)      what was acknowledged; with CUT_LAGS
 *                                    (state-sync=flush) what CUT_KEPT and the
 *                                    next line promise
 *   its host loses power (reorder)   what a Flush that was acknowledged
 *                                    covers (CUT_ALL), and what a command did
 *                                    that promises it by itself (CUT_OWN: FUA,
 *                                    saved features, Format); of other blocks
 *                                    the bytes are not judged
 *
 * Of a conventional block whose write was under way, data and metadata are
 * judged apart, and not at all where a sector of 512 bytes is a part of it.
 */
#ifndef TESTS_UNIT_CUT_H
#define TESTS_UNIT_CUT_H

#include "fakes/host.h"
#include "fakes/plug.h"
#include "ocpn-unit.h"

#define CUT_NSIDS   3u          /* namespaces that are looked at, from 1 on */
#define CUT_BLOCKS  192u        /* blocks of each, spread over it */
#define CUT_CHUNKS  8u
#define CUT_OTHERS  32u         /* ... and other things of the drive */
#define CUT_OWN_AT  16u         /* from here on a scenario's own */
#define CUT_STEPS   64u

#define CUT_FUA     (1u << 30)

/* What can be seen of a drive; 0 is what is not there. */
typedef struct CutView {
    uint64_t block[CUT_NSIDS][CUT_BLOCKS];      /* data */
    uint64_t meta[CUT_NSIDS][CUT_BLOCKS];
    uint64_t chunk[CUT_NSIDS][CUT_CHUNKS];
    uint64_t other[CUT_OTHERS];
} CutView;
#define CUT_ITEMS   (sizeof(CutView) / 8)

/*
 * What an acknowledgement promises: nothing if the host of QEMU loses power,
 * and with CUT_LAGS nothing at all; that QEMU may be killed; that its host may
 * lose power, of what the step did; or of all that was done.
 */
typedef enum CutSure { CUT_NOT, CUT_KEPT, CUT_OWN, CUT_ALL } CutSure;

enum {
    CUT_LAGS  = 1 << 0,         /* tables are in the image at a Flush */
    CUT_TWICE = 1 << 1,         /* each power loss does something */
    CUT_LAZY  = 1 << 2,         /* it need not work then, only open */
    CUT_ERASE = 1 << 5,         /* blocks may be zeros while a step goes on */
    CUT_SOON  = 1 << 6,         /* a step may be in the image a bit later */
    CUT_START = 1 << 7,         /* cut the start after a cut, too */
    CUT_SEEN  = 1 << 8,         /* what is right is what a kill leaves */
};

typedef struct Cut Cut;

typedef struct CutScenario {
    const char *name;
    FakeSetup drive;
    unsigned flags;
    void (*prepare)(Cut *t);    /* what is there before; optional */
    void (*run)(Cut *t);        /* the steps */
    /* More to see, from CUT_OWN_AT on; optional.  No step may follow. */
    void (*look)(FakeHost *h, uint64_t *other);
    /* When the drive is back, before it is looked at; optional. */
    void (*back)(Cut *t);
} CutScenario;

struct Cut {
    const CutScenario *s;
    FakeHost *h;
    FakePlug plug, again;       /* the second: while the drive starts */
    uint8_t *left[CUT_NSIDS];   /* the media as the first cut leaves them */
    uint8_t *base[CUT_NSIDS];   /* the media as all runs find them */
    uint64_t now;
    unsigned limit;             /* steps to do */
    unsigned begun, done;
    CutSure sure[CUT_STEPS + 1];    /* of step N, from 1 on */
    CutView *view;              /* after so many steps */
    CutView got;
    uint64_t wrote[CUT_ITEMS];  /* what the last step wrote; 0: nothing */
    bool     acked[CUT_ITEMS];  /* by a write of a step that is under way */
    unsigned runs, starts, failed;
};

/* Run S with all its cuts; or that with each state-sync= in turn. */
void cut_scenario(const CutScenario *s);
void cut_both(const CutScenario *s);

/*
 * A step that is not a command.  _begin(): there is power, and it shall be
 * done; then _end() says that it was.
 */
bool cut_begin(Cut *t);
void cut_end(Cut *t, CutSure sure);

/*
 * The command of the step that has begun has completed, but what it began has
 * not ended: from now on the drive must end it, whatever happens.
 */
void cut_promise(Cut *t);

/* A command, as a step; it succeeds.  Its completion, if it came. */
FakeCqe cut_io(Cut *t, const FakeCmd *cmd, CutSure sure);
FakeCqe cut_admin(Cut *t, const FakeCmd *cmd, CutSure sure);
void cut_flush(Cut *t, uint32_t nsid);
/* CC.SHN, as a step; no other may follow. */
void cut_shutdown(Cut *t);
/* NLB blocks from LBA on, by FLAGS of CDW12; with metadata, or without. */
void cut_write(Cut *t, uint32_t nsid, uint64_t lba, uint32_t nlb,
               uint32_t flags, bool meta);
/* Several writes of NLB blocks that end in any order, one step. */
void cut_writes(Cut *t, uint32_t nsid, const uint64_t *lba, unsigned n,
                uint32_t nlb);

/*
 * Write the unit of 4 blocks at LBA, whose address RULE has with 4 blocks more;
 * the write there finds Write Next Unit, and that unit is lost.
 */
void cut_lose_unit(Cut *t, uint64_t lba, const char *rule);

/* For cut.c: cut-view.c.  What H shows. */
void cut_look(const CutScenario *s, FakeHost *h, CutView *v);
/* The hash of LEN bytes; of zeros it is 1. */
uint64_t cut_hash(const void *data, size_t len);
/* The place of logical block LBA of NSID in CutView.block; -1: none. */
int cut_place(FakeHost *h, uint32_t nsid, uint64_t lba);
/* Is what was GOT after a cut right?  False: it was told. */
bool cut_judge(Cut *t);
/* Name item I. */
const char *cut_name(const Cut *t, unsigned i, char text[80]);
/* Is the image of NSID good?  False: it was told. */
bool cut_check(Cut *t, uint32_t nsid);
/*
 * The power goes at each write of the start after a cut; T.got is what was seen
 * without.  _keep() remembers the media before that start.  False: it was told.
 */
void cut_start_keep(Cut *t);
bool cut_start(Cut *t);
/* Is what the drive shows as T.got?  False: it was told. */
bool cut_same(Cut *t);
/* CONDITION holds, or it is told as WHAT, and counts; for S.back. */
bool cut_must(Cut *t, bool condition, const char *what);
/* Where and how the power went, for messages. */
const char *cut_where(const Cut *t);

#endif
