/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delete I/O Submission Queue, saved while it waits for completions that find
 * no room.
 * Proves: core/migrate.h, what may wait; NVMe Base 2.0, "Delete I/O Submission
 * Queue command": it ends when the commands of that queue have.
 */
#include "migrate-unit.h"

#define CMD     7               /* kind of part: a command that waits */
#define WAIT    8               /* its bytes, from its head on */
#define SQID    10
#define DELETED 12

/* A queue of four entries: three completions are in it, two have no room. */
static uint16_t start_deletion(FakeHost *h)
{
    uint16_t cid;

    CHECK_EQ(fake_create_pair(h, 2, 4).status, 0);
    for (unsigned i = 0; i < 5; i++) {
        fake_submit(h, 2, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
        fake_run(&h->f);
    }
    cid = fake_submit(h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = 2 });
    fake_run(&h->f);
    CHECK(!fake_reap(h, 0).found, "two commands have not ended");
    return cid;
}

static void test_deletion(void)
{
    FakeHost *h = t1_start();
    uint16_t cid = start_deletion(h);
    FakeCqe e;

    migrate(h);
    CHECK(!fake_reap(h, 0).found, "they have not ended here either");
    for (unsigned i = 0; i < 5; i++) {
        e = fake_reap(h, 2);
        CHECK(e.found && e.status == 0, "completion %u: %x", i, e.status);
        fake_run(&h->f);
    }
    e = fake_reap(h, 0);
    CHECK(e.found, "now they have");
    CHECK_EQ(e.cid, cid);
    CHECK_EQ(e.status, 0);
    CHECK(!fake_reap(h, 2).found && !fake_reap(h, 0).found, "nothing twice");
    /* Invalid Queue Identifier: it is gone. */
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x00,
                                        .cdw10 = 2 }).status, 0x101);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x04,
                                        .cdw10 = 2 }).status, 0);
    fake_host_free(h);
}

/* The state with another byte in the part of the command that waits. */
static void refuse(FakeHost *h, const Saved *s, unsigned at, uint8_t value)
{
    OcpnError err = { "" };
    uint8_t *p = s->bytes, was;

    while (bytes_at(p, 2) != CMD) {
        p += 8 + bytes_at(p + 4, 4);
    }
    was = p[at];
    p[at] = value;
    power_on_incoming(h);
    CHECK(!ocpn_ctrl_load(h->c, s->bytes, s->len, &err), "byte %u is %u", at,
          value);
    CHECK_HAS(err.text, "cannot be in submission queue");
    p[at] = was;
}

/* What waits names the queue that it deletes, and is in the admin queue. */
static void test_refused(void)
{
    FakeHost *h = t1_start();
    OcpnError err = { "" };
    Saved s;

    start_deletion(h);
    s = save(h);
    refuse(h, &s, DELETED, 0);
    refuse(h, &s, DELETED, 3);      /* there is none */
    refuse(h, &s, SQID, 2);         /* an I/O queue deletes none */
    refuse(h, &s, WAIT, 4);         /* no way to wait */
    power_on_incoming(h);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    free(s.bytes);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a deletion that waits", test_deletion },
    { "a deletion that cannot be", test_refused },
};
OCPN_UNIT_MAIN("migrate-delete", tests)
