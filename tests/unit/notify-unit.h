/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of notifications share: put one in, wait for the event, read log
 * page D0h as bytes.
 */
#ifndef TESTS_UNIT_NOTIFY_UNIT_H
#define TESTS_UNIT_NOTIFY_UNIT_H

#include "hw/ocp-nvme/core/notify.h"
#include "ocssd-host.h"

#define D0_EVENT    0x00d00007u
#define RAE         (1u << 15)

/* Post an Asynchronous Event Request. */
static inline uint16_t post_aer(FakeHost *h)
{
    uint16_t cid = fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });

    fake_run(&h->f);
    return cid;
}

/* Events for page D0h that came while ask_d0() waited for its page. */
static unsigned early_events;

static inline bool is_event(FakeCqe e)
{
    return e.found && !e.status && e.dw0 == D0_EVENT;
}

/* The event for page D0h has completed a request. */
static inline bool got_event(FakeHost *h)
{
    if (early_events) {
        early_events--;
        return true;
    }
    return is_event(fake_reap(h, 0));
}

/* Nothing has completed. */
static inline bool got_none(FakeHost *h)
{
    return !early_events && !fake_reap(h, 0).found;
}

/* What the monitor's text says. */
static inline void inject(FakeHost *h, const char *text)
{
    OcpnError err = { "" };
    OcpnNotice n;

    CHECK(ocpn_notify_parse(h->c, text, 1, &n, &err), "%s: %s", text, err.text);
    ocpn_notify(h->c, &n);
    fake_run(&h->f);
}

static inline void inject_n(FakeHost *h, unsigned n)
{
    while (n--) {
        inject(h, "state=high mask=chunk lba=0x80");
    }
}

/* LEN bytes of page D0h from OFF to FAKE_BUF; behind them there is EEh. */
static inline FakeCqe ask_d0(FakeHost *h, uint32_t nsid, uint64_t off,
                             uint64_t len, uint32_t rae)
{
    uint32_t numd = (uint32_t)(len / 4 - 1);
    FakeCmd cmd = {
        .opc = 0x02, .nsid = nsid,
        .cdw10 = 0xd0 | rae | (numd & 0xffff) << 16, .cdw11 = numd >> 16,
        .cdw12 = (uint32_t)off, .cdw13 = (uint32_t)(off >> 32),
    };

    FakeCqe e, own = { 0 };
    uint16_t cid;

    memset(fake_guest(h, FAKE_BUF), 0xee, len + 64);
    fake_prp(h, &cmd, FAKE_BUF, len);
    cid = fake_submit(h, 0, &cmd);
    fake_run(&h->f);
    while ((e = fake_reap(h, 0)).found) {
        if (e.cid == cid) {
            own = e;
        } else {
            CHECK(is_event(e), "an event and nothing else");
            early_events++;
        }
    }
    CU_ASSERT(own.found);
    return own;
}

/* The same, which succeeds; the bytes. */
static inline const uint8_t *read_d0(FakeHost *h, uint32_t nsid, uint64_t off,
                                     uint64_t len, uint32_t rae)
{
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(ask_d0(h, nsid, off, len, rae).status, 0);
    CHECK_EQ(p[len], 0xee);
    return p;
}

/* Notification Count of entry I of the last read. */
static inline uint64_t nc_of(FakeHost *h, unsigned i)
{
    return bytes_at(fake_guest(h, FAKE_BUF) + i * 64, 8);
}

/* Is entry I of the last read exactly this? */
static inline bool is_entry(FakeHost *h, unsigned i, uint64_t nc,
                            uint64_t lba, uint32_t nsid, uint16_t state,
                            uint8_t mask, uint16_t nlb)
{
    uint8_t want[64] = { 0 };

    put_bytes_at(want + 0, 8, nc);
    put_bytes_at(want + 8, 8, lba);
    put_bytes_at(want + 16, 4, nsid);
    put_bytes_at(want + 20, 2, state);
    want[22] = mask;
    put_bytes_at(want + 32, 2, nlb);
    return !memcmp(fake_guest(h, FAKE_BUF) + i * 64, want, 64);
}

#endif
