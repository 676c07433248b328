/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A power plug: it counts what is written to the media of a fake port, takes
 * the power away at one of these writes, and then decides what of them is
 * there.  What it decides follows from the seed alone.
 *
 *     FakePlug plug;
 *
 *     fake_plug_in(&plug, &h->f);
 *     plug.at = 17;
 *     plug.way = FAKE_PLUG_TORN;
 *     plug.seed = 1;
 *     ... commands; from the 17th write on nothing completes ...
 *     fake_plug_out(&plug);            and look at the media
 *
 * Zeroing and discarding are writes, too.  Thread: the test's.
 */
#ifndef TESTS_UNIT_FAKES_PLUG_H
#define TESTS_UNIT_FAKES_PLUG_H

#include "port.h"

#define FAKE_PLUG_NEVER UINT64_MAX

typedef enum FakePlugWay {
    FAKE_PLUG_STOP,             /* the write did not begin: QEMU is killed */
    FAKE_PLUG_TORN,             /* some sectors came; of tables, some bytes */
    /*
     * Its host loses power, too: of what no flush that has ended covers each
     * block of 4096 bytes is the new one or the old one.
     */
    FAKE_PLUG_REORDER,
    FAKE_PLUG_NWAYS
} FakePlugWay;

typedef struct FakePlug {
    FakePort *f;
    uint64_t  at;               /* the write, from 1 on, or FAKE_PLUG_NEVER */
    FakePlugWay way;
    uint32_t  seed;
    uint64_t  writes;           /* so far */
    uint64_t  flushes;
    bool      off;              /* the power has gone */
    struct FakePlugWrite *pending;  /* since the last flush of its medium */
    size_t    npending, room;
} FakePlug;

/* From now on P sees what F's media do; nothing is pending. */
void fake_plug_in(FakePlug *p, FakePort *f);
/*
 * The power is gone, if it was not yet: the media become what is left.  P is
 * out and forgets what was pending; its counts stay.
 */
void fake_plug_out(FakePlug *p);

/*
 * For media.c: before and after it does a write of LEN bytes at OFF of NSID's
 * medium.  _before(): the power is there.  _after(): it still is, so the write
 * may complete.
 */
bool fake_plug_before(FakePlug *p, uint32_t nsid, uint64_t off, uint64_t len);
bool fake_plug_after(FakePlug *p, bool fua);
/* A flush of NSID's medium; true: it may complete. */
bool fake_plug_flush(FakePlug *p, uint32_t nsid);

#endif
