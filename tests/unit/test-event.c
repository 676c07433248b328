/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asynchronous events.
 * Proves: NVMe Base 2.0, "Asynchronous Event Request command"; OCSSD 2.0,
 * specification notes 5.1: events of one type with different pages.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/event.h"
#include "ocpn-unit.h"

#define SET_FEATURES    0x09
#define AER             0x0c
#define AEC             0x0b    /* Asynchronous Event Configuration */

static const FakeSetup drive = { .ns = { FAKE_T1 } };

static uint16_t ask(FakeHost *h)
{
    uint16_t cid = fake_submit(h, 0, &(FakeCmd) { .opc = AER });

    fake_run(&h->f);
    return cid;
}

static FakeCqe raise(FakeHost *h, uint8_t type, uint8_t info, uint8_t lid)
{
    ocpn_event(h->c, type, info, lid);
    fake_run(&h->f);
    return fake_reap(h, 0);
}

static void read_page(FakeHost *h, uint8_t lid, bool rae)
{
    FakeCqe e = fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .prp1 = FAKE_BUF, .cdw10 = lid | (uint32_t)rae << 15,
    });

    CHECK_EQ(e.status, 0);
}

static void request_then_event(void)
{
    FakeHost *h = fake_host_start(&drive);
    uint16_t cid = ask(h);
    FakeCqe e;

    CU_ASSERT(!fake_reap(h, 0).found);
    e = raise(h, 0, 1, 0x01);
    CU_ASSERT(e.found);
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, 0);
    CHECK_EQ(e.dw0, 0x00010100);
    fake_host_free(h);
}

/* NOTIF-R1: an event that nobody waits for is kept. */
static void event_then_request(void)
{
    FakeHost *h = fake_host_start(&drive);

    CU_ASSERT(!raise(h, 0, 1, 0x01).found);
    CU_ASSERT(!raise(h, 7, 0, 0xd0).found);
    ask(h);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00010100);
    ask(h);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00d00007);
    ask(h);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_host_free(h);
}

/* An event that nobody was told of goes when its page is read. */
static void event_then_page(void)
{
    FakeHost *h = fake_host_start(&drive);

    CU_ASSERT(!raise(h, 0, 1, 0x01).found);
    CU_ASSERT(!raise(h, 7, 0, 0xc1).found);
    read_page(h, 0x01, true);
    read_page(h, 0x02, false);              /* another page */
    ask(h);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00010100);
    read_page(h, 0x01, false);
    CU_ASSERT(!raise(h, 0, 1, 0x01).found);
    read_page(h, 0x01, false);
    ask(h);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00c10007);
    ask(h);
    CU_ASSERT(!fake_reap(h, 0).found);
    fake_host_free(h);
}

/* Requests are used in their order. */
static void requests_in_order(void)
{
    FakeHost *h = fake_host_start(&drive);
    uint16_t first = ask(h), second = ask(h);

    CHECK_EQ(raise(h, 7, 0, 0xd0).cid, first);
    CHECK_EQ(raise(h, 7, 0, 0xc1).cid, second);
    fake_host_free(h);
}

static void once_until_read(void)
{
    FakeHost *h = fake_host_start(&drive);

    ask(h);
    ask(h);
    CU_ASSERT(raise(h, 0, 0, 0x01).found);
    CU_ASSERT(!raise(h, 0, 0, 0x01).found);
    CU_ASSERT(!raise(h, 0, 1, 0x01).found);
    read_page(h, 0x01, true);
    CU_ASSERT(!raise(h, 0, 0, 0x01).found);
    read_page(h, 0x02, false);              /* another page */
    CU_ASSERT(!raise(h, 0, 0, 0x01).found);
    read_page(h, 0x01, false);
    CU_ASSERT(!fake_reap(h, 0).found);      /* what was masked is history */
    CU_ASSERT(raise(h, 0, 1, 0x01).found);
    fake_host_free(h);
}

/* A page that did not reach the host clears nothing. */
static void failed_read_clears_nothing(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = { .opc = 0x02, .prp1 = FAKE_MMIO, .cdw10 = 0x01 };

    ask(h);
    ask(h);
    CU_ASSERT(raise(h, 0, 0, 0x01).found);
    CHECK_EQ(fake_admin(h, &cmd).status, 0x004);
    CU_ASSERT(!raise(h, 0, 0, 0x01).found);
    fake_host_free(h);
}

/* NOTIF-R3: the vendor's two pages have the same type. */
static void pages_do_not_silence_each_other(void)
{
    FakeHost *h = fake_host_start(&drive);

    ask(h);
    ask(h);
    CHECK_EQ(raise(h, 7, 0, 0xd0).dw0, 0x00d00007);
    CHECK_EQ(raise(h, 7, 0, 0xc1).dw0, 0x00c10007);
    fake_host_free(h);
}

static void limit(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCqe e;
    uint16_t cid;

    for (unsigned i = 0; i < 8; i++) {      /* AERL is 7, 0's based */
        ask(h);
    }
    CU_ASSERT(!fake_reap(h, 0).found);
    cid = ask(h);
    e = fake_reap(h, 0);
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, 0x105);
    CU_ASSERT(raise(h, 0, 0, 0x01).found);  /* the eight still wait */
    fake_host_free(h);
}

/* Feature 0Bh masks warnings and notices, not errors and vendor events. */
static void configuration_masks(void)
{
    static const struct {
        uint8_t type, info;
        uint32_t bit;                       /* one that enables it */
        uint32_t others;                    /* all that do not */
    } t[] = {
        { 1, 0, 0x04, 0x103 }, { 1, 0, 0x08, 0x103 }, { 1, 0, 0x10, 0x103 },
        { 1, 1, 0x02, 0x11d }, { 1, 2, 0x01, 0x11e }, { 2, 0, 0x100, 0x1f },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = fake_host_start(&drive);
        uint8_t lid = (uint8_t)(0x60 + i);

        ask(h);
        CU_ASSERT(!raise(h, t[i].type, t[i].info, lid).found);
        CHECK_EQ(fake_set_feature(h, AEC, 0, t[i].others).status, 0);
        CU_ASSERT(!raise(h, t[i].type, t[i].info, lid).found);
        CHECK_EQ(fake_set_feature(h, AEC, 0, t[i].bit).status, 0);
        CU_ASSERT(!fake_reap(h, 0).found);  /* what was masked is gone */
        CU_ASSERT(raise(h, t[i].type, t[i].info, lid).found);
        fake_host_free(h);
    }
}

static void doorbells(void)
{
    FakeHost *h = fake_host_start(&drive);

    ask(h);
    fake_doorbell(h, 5, false, 1);          /* no such queue */
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00010000);
    read_page(h, 0x01, false);
    ask(h);
    fake_doorbell(h, 1, false, FAKE_QUEUE_SIZE);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00010100);
    read_page(h, 0x01, false);
    ask(h);
    fake_doorbell(h, 1, true, 1);           /* nothing was posted there */
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00010100);
    fake_host_free(h);
}

/* Neither requests nor events outlive a reset, and nothing is posted. */
static void reset_forgets(void)
{
    FakeHost *h = fake_host_start(&drive);

    raise(h, 7, 0, 0xd0);
    ask(h);
    CU_ASSERT(fake_reap(h, 0).found);       /* now masked */
    raise(h, 0, 0, 0x01);                   /* and one waits */
    CU_ASSERT(fake_disable(h));
    CU_ASSERT(fake_enable(h));
    ask(h);
    ask(h);
    CU_ASSERT(!fake_reap(h, 0).found);
    CU_ASSERT(raise(h, 7, 0, 0xd0).found);
    CU_ASSERT(fake_disable(h));             /* one request still waits */
    CU_ASSERT(fake_all(fake_guest(h, h->q[0].cq + 3 * 16), 0, 16));
    fake_host_free(h);
}

/* More kinds of events than there is room for: the rest is dropped. */
static void too_many(void)
{
    FakeHost *h = fake_host_start(&drive);
    unsigned n = 0;

    for (unsigned lid = 0; lid < 256; lid++) {
        CU_ASSERT(!raise(h, 7, 0, (uint8_t)lid).found);
    }
    for (ask(h); fake_reap(h, 0).found; ask(h)) {
        n++;
    }
    CHECK_EQ(n, 32);
    fake_host_free(h);
}

static void changed_namespace(void)
{
    FakeHost *h = fake_host_start(&drive);

    CHECK_EQ(fake_set_feature(h, AEC, 0, 0x100).status, 0);
    ask(h);
    ocpn_ns_changed(h->c, 0);
    ocpn_ns_changed(h->c, 33);
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    ocpn_ns_changed(h->c, 1);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).dw0, 0x00040002);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "an event completes a request", request_then_event },
    { "events wait for requests, in order", event_then_request },
    { "an event goes when its page is read", event_then_page },
    { "requests are used in order", requests_in_order },
    { "an event is reported once until its page is read", once_until_read },
    { "a page that was not read clears nothing",
      failed_read_clears_nothing },
    { "events of one type and different pages are apart",
      pages_do_not_silence_each_other },
    { "more requests than AERL says", limit },
    { "feature 0Bh masks warnings and notices", configuration_masks },
    { "bad doorbells", doorbells },
    { "a reset forgets events and requests", reset_forgets },
    { "more events than there is room for", too_many },
    { "a changed namespace", changed_namespace },
};
OCPN_UNIT_MAIN("event", tests)
