/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states with fault rules and commands of version 1.
 * Proves: docs/user-guide.rst, "Migration": states of older builds.
 */
#include "action-unit.h"
#include "fault-unit.h"
#include "migrate-unit.h"

#define CMD     7           /* kinds of part */
#define FAULT   11
#define OLD     152         /* bytes of a rule in version 1; now 168 */
#define NEW     168

/* The first part of KIND: its kind (2 bytes), version (2) and length (4). */
static uint8_t *part(const Saved *s, unsigned kind)
{
    uint8_t *p = s->bytes;

    while (bytes_at(p, 2) != kind) {
        p += 8 + bytes_at(p + 4, 4);
    }
    return p;
}

/* The first rule of S as version 1 has it. */
static uint8_t *make_old(Saved *s)
{
    uint8_t *p = part(s, FAULT), *end = p + 8 + NEW;

    CHECK_EQ(bytes_at(p + 2, 2), 2);
    CHECK_EQ(bytes_at(p + 4, 4), NEW);
    put_bytes_at(p + 2, 2, 1);
    put_bytes_at(p + 4, 4, OLD);
    memmove(p + 8 + OLD, end, (size_t)(s->bytes + s->len - end));
    s->len -= NEW - OLD;
    return p;
}

static void go_on(FakeHost *h, const Saved *s)
{
    OcpnError err = { "" };

    power_on_incoming(h);
    CHECK(ocpn_ctrl_load(h->c, s->bytes, s->len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
}

static void refused(FakeHost *h, const Saved *s, const char *why)
{
    OcpnError err = { "" };

    power_on_incoming(h);
    CHECK_EQ(ocpn_ctrl_load(h->c, s->bytes, s->len, &err), false);
    CHECK_HAS(err.text, why);
    ocpn_ctrl_set_running(h->c, true);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
}

/* A rule of chunks, with all that it has and has counted. */
static void rules(void)
{
    FakeHost *h = t1_start();
    Saved s;

    fault(h, "early-close ns=1 grp=1 pu=0-1 after=3 times=4 ppm=500000 seed=9 "
             "offline-next=on");
    CHECK_EQ(ask(h, OCPN_FAULT_EARLY_CLOSE, 15, 0), false);
    s = save(h);
    make_old(&s);
    go_on(h, &s);
    CHECK(!strcmp(shown(h, 0), "1: early-close ns=1 grp=1 pu=0-1 after=3 "
                               "times=4 ppm=500000 seed=9 offline-next=on "
                               "# chances 1, fired 0"), "%s", shown(h, 0));
    CHECK_EQ(shown(h, 1)[0], '\0');
    CHECK_EQ(fault(h, "read-fail"), 2);
    free(s.bytes);
    fake_host_free(h);
}

/* Nobody could have had another rule then, nor another length. */
static void no_rules(void)
{
    FakeHost *h = t1_start();
    uint8_t *p;
    Saved s;

    fault(h, "read-fail");
    s = save(h);
    p = make_old(&s);
    for (unsigned point = 5; point <= 15; point++) {
        put_bytes_at(p + 8 + 4, 4, point);
        refused(h, &s, point < 10 ? "no fault of point" : "point");
    }
    put_bytes_at(p + 8 + 4, 4, 3);
    put_bytes_at(p + 2, 2, 2);
    refused(h, &s, "version 2, 152 bytes");
    put_bytes_at(p + 2, 2, 3);
    refused(h, &s, "version 3, 152 bytes");
    put_bytes_at(p + 2, 2, 1);
    put_bytes_at(p + 4, 4, 151);
    refused(h, &s, "version 1, 151 bytes");
    free(s.bytes);
    fake_host_free(h);
}

/*
 * A command that waits for a buffer: version 1 has no word of where it was
 * asked, so that rules are asked anew.  Byte 1 of the part is what it has.
 */
static void stalled(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_6, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
    const FakeCmd compare = { .opc = 5, .nsid = 1, .prp1 = FAKE_BUF };
    unsigned failed = 0;
    uint8_t *p;
    Saved s;

    fault(h, "fail opcode=5 after=5");
    act(h, "force-status", "queue=io opcode=5 ms=1000 count=4");
    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    for (unsigned i = 0; i < 5; i++) {
        fake_submit(h, 1, &compare);
        fake_run(&h->f);
    }
    CHECK_COUNTS(h, "chances 5, fired 0");
    s = save(h);
    p = part(&s, CMD);
    CHECK_EQ(bytes_at(p + 2, 2), 2);
    CHECK_EQ(p[8 + 1], 2 << 1);             /* begun; not judged */
    put_bytes_at(p + 2, 2, 1);
    p[8 + 1] = 0;
    go_on(h, &s);
    CHECK_COUNTS(h, "chances 6, fired 1");
    for (unsigned i = 0; i < 5; i++) {
        FakeCqe e = fake_reap(h, 1);

        CU_ASSERT(e.found);
        failed += e.status == 0x006;
    }
    CHECK_EQ(failed, 1);
    put_bytes_at(p + 2, 2, 3);
    refused(h, &s, "version 3");
    free(s.bytes);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "rules of version 1", rules },
    { "rules that it cannot have", no_rules },
    { "a stalled command of version 1", stalled },
};
OCPN_UNIT_MAIN("migrate-old", tests)
