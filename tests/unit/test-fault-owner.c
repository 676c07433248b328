/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/fault-injection.rst: rules of texts, of Feature C0h and of
 * forced statuses are one list; a command that stalls counts once.
 */
#include "fakes/image-bytes.h"
#include "fault-unit.h"
#include "hw/ocp-nvme/core/inject.h"
#include "migrate-unit.h"
#include "action-unit.h"

static uint16_t io(FakeHost *h, uint8_t opc)
{
    return fake_io(h, &(FakeCmd) { .opc = opc, .nsid = 1,
                                   .prp1 = FAKE_BUF }).status;
}

#define READ(h)     io(h, 0x02)
#define WRITE(h)    io(h, 0x01)

/* The first that was added decides, whoever added it; the others wait. */
static void order(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    act(h, "inject", "type=0x0f");              /* reads: 281h */
    fault(h, "fail opcode=1 times=2");
    act(h, "inject", "type=0x0c");              /* a panic after it */
    act(h, "force-status", "queue=io opcode=1 status=0x280 count=1");
    fault(h, "status opcode=1 status=0x180");
    CHECK_EQ(WRITE(h), 0x280);                  /* before all that begins */
    CHECK_EQ(WRITE(h), 0x180);
    CHECK_EQ(WRITE(h), 0x006);                  /* of type 0Fh */
    CHECK(!strcmp(armed(h, "inject", 0), "type=0x0c"), "one is left");
    CHECK_HAS(shown(h, 0), "chances 0, fired 0");
    CHECK_EQ(WRITE(h), 0x006);
    CHECK_HAS(shown(h, 0), "chances 1, fired 1");
    CHECK_EQ(READ(h), 0x006);                   /* the panic */
    CHECK_EQ(armed(h, "inject", 0)[0], '\0');
    fake_host_free(h);
}

/* Each owner shows and clears his own, and has room of his own. */
static void owners(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    for (unsigned i = 0; i < 64; i++) {
        CHECK_EQ(fault(h, "fail opcode=1"), i + 1);
    }
    for (unsigned i = 0; i < 127; i++) {
        act(h, "inject", "type=0x0e after=9");
    }
    for (unsigned i = 0; i < 16; i++) {
        act(h, "force-status", "opcode=6 status=6");
    }
    act_refused(h, "force-status", "opcode=6 status=6", "16 rules");
    act_refused(h, "inject", "type=0x0e", "127 errors");
    CHECK_HAS(shown(h, 63), "64: fail opcode=0x01 #");
    CHECK_EQ(shown(h, 64)[0], '\0');
    ocpn_fault_clear(h->c);
    CHECK_EQ(shown(h, 0)[0], '\0');
    CHECK_HAS(armed(h, "inject", 126), "type=0x0e");
    CHECK_HAS(armed(h, "force-status", 15), "opcode=0x06");
    act(h, "inject", "clear");
    CHECK_EQ(armed(h, "inject", 0)[0], '\0');
    CHECK_EQ(fake_identify(h, 1, 0).status, 6);
    act(h, "force-status", "clear");
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(ocpn_fault_armed(h->c, UINT32_MAX), false);
    fake_host_free(h);
}

static FakeHost *start(void)
{
    return fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_6, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    });
}

/*
 * Ten comparisons, of which some wait for one of four buffers; all end.  The
 * CID of the sixth.
 */
static uint16_t ten_commands(FakeHost *h)
{
    uint16_t sixth = 0;

    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    h->f.hold = true;
    for (unsigned i = 0; i < 10; i++) {
        uint16_t cid = fake_submit(h, 1, &(FakeCmd) { .opc = 5, .nsid = 1,
                                                      .prp1 = FAKE_BUF });

        sixth = i == 5 ? cid : sixth;
        fake_run(&h->f);
    }
    CHECK_EQ(h->f.nios, 4);
    h->f.hold = false;
    for (unsigned i = 0; i < 20; i++) {
        fake_io_finish_all(&h->f);
        fake_run(&h->f);
    }
    return sixth;
}

/* How many have completed, and with STATUS; *CID is the last of those. */
static unsigned reap(FakeHost *h, uint16_t status, unsigned *with,
                     uint16_t *cid)
{
    unsigned n = 0;
    FakeCqe e;

    for (*with = 0; e = fake_reap(h, 1), e.found; n++) {
        *with += e.status == status;
        *cid = e.status == status ? e.cid : *cid;
    }
    return n;
}

/* The sixth fails, and only that. */
static void stalls(void)
{
    static const char *const rule[] = {
        "fail opcode=5 after=5", "status opcode=5 status=0x006 after=5",
        "type=0x0f after=5",
    };
    uint16_t cid = 0, sixth;
    unsigned with;

    for (unsigned k = 0; k < sizeof(rule) / sizeof(rule[0]); k++) {
        FakeHost *h = start();

        if (k < 2) {
            fault(h, rule[k]);
        } else {
            act(h, "inject", rule[k]);
        }
        sixth = ten_commands(h);
        CHECK_EQ(reap(h, 0x006, &with, &cid), 10);
        CHECK(with == 1, "rule %u: %u", k, with);
        CHECK_EQ(cid, sixth);
        if (k < 2) {
            CHECK_COUNTS(h, "chances 6, fired 1");
        }
        fake_host_free(h);
    }
}

/* All are late, not one of them twice, although four keep the buffers. */
static void late_stalls(void)
{
    FakeHost *h = start();
    uint16_t cid;
    unsigned with;

    act(h, "force-status", "queue=io opcode=5 ms=1 count=10");
    (void)ten_commands(h);
    for (unsigned i = 0; i < 20; i++) {         /* buffers come back */
        fake_advance(&h->f, 1000000);
        fake_io_finish_all(&h->f);
    }
    CHECK_EQ(armed(h, "force-status", 0)[0], '\0');
    CHECK_EQ(reap(h, 0, &with, &cid), 10);
    CHECK_EQ(with, 10);
    fake_host_free(h);
}

/* Rules and their counts, of whomever, are on the other side. */
static void migrated(void)
{
    FakeHost *h = smart_drive(OCP_2_6);

    fault(h, "fail opcode=1 after=100 seed=7");
    fault(h, "status lid=0xc0 status=6 times=3");
    act(h, "force-status", "queue=io opcode=2 status=0x281 count=3");
    act(h, "inject", "type=0x0f after=50");
    CHECK_EQ(READ(h), 0x281);
    CHECK_EQ(WRITE(h), 0);
    CHECK_EQ(fake_get_log(h, 0xc0, 0xffffffff, 0, 512).status, 6);
    migrate(h);
    CHECK(!strcmp(shown(h, 0), "1: fail opcode=0x01 after=100 seed=7 "
                               "# chances 1, fired 0"), "%s", shown(h, 0));
    CHECK(!strcmp(shown(h, 1), "2: status lid=0xc0 status=0x06 times=3 "
                               "# chances 1, fired 1"), "%s", shown(h, 1));
    CHECK(!strcmp(armed(h, "force-status", 0),
                  "queue=io opcode=0x02 status=0x281 count=2"), "forced");
    CHECK(!strcmp(armed(h, "inject", 0), "type=0x0f"), "injected");
    CHECK_EQ(fault(h, "fail"), 3);
    CHECK_EQ(READ(h), 0x281);
    CHECK_EQ(READ(h), 0x281);
    CHECK_EQ(READ(h), 0x281);                   /* the new one */
    CHECK_EQ(READ(h), 0);
    fake_host_free(h);
}

/* One that waits for a buffer is not asked again on the other side. */
static void stalled_migrated(void)
{
    FakeHost *h = start();

    fault(h, "fail opcode=5 after=5");
    act(h, "force-status", "queue=io opcode=5 ms=1000 count=4");
    memset(fake_guest(h, FAKE_BUF), 0, 4096);
    for (unsigned i = 0; i < 5; i++) {
        fake_submit(h, 1, &(FakeCmd) { .opc = 5, .nsid = 1,
                                       .prp1 = FAKE_BUF });
        fake_run(&h->f);
    }
    CHECK_EQ(fake_reap(h, 1).found, false);     /* the late ones keep four */
    CHECK_COUNTS(h, "chances 5, fired 0");
    migrate(h);
    for (unsigned i = 0; i < 5; i++) {
        FakeCqe e = fake_reap(h, 1);

        CHECK(e.found && !e.status, "command %u: %x", i, e.status);
    }
    CHECK_COUNTS(h, "chances 5, fired 0");
    CHECK_EQ(io(h, 0x05), 0x006);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the order of several owners",    order },
    { "each owner has his own",         owners },
    { "commands that stall",            stalls },
    { "stalled ones that are late",     late_stalls },
    { "after a migration",              migrated },
    { "stalled over a migration",       stalled_migrated },
};
OCPN_UNIT_MAIN("faults, owners", tests)
