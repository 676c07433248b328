/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four queues in threads of their own, with plain commands and fused pairs,
 * while main arms and clears rules of all owners and formats the namespace.
 * Proves: core/port.h, threads; docs/fault-injection.rst: no command is lost,
 * and none has a status that nobody asked for.  Run it under ThreadSanitizer
 * to see the rest.
 */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/inject.h"
#include "ocpn-unit.h"
#include "race-unit.h"

#define NTHREADS    4u
#define NROUNDS     150u

/* What the workers and main share. */
static struct {
    atomic_bool enough;
    _Atomic uint64_t now;
    atomic_uint ended;
} world;

/* Each look at the clock is 20 us after the one before. */
static uint64_t now(void *o)
{
    (void)o;
    return atomic_fetch_add(&world.now, 20000);
}

/* The bytes do not matter here, but those of tables. */
static void media(void *o, OcpnIo *io)
{
    (void)o;
    if (io->op == OCPN_IO_READ && io->buf) {
        memset(io->buf, 0, io->len);
    }
    io->done(io, OCPN_IO_OK);
}

static void take_over(FakeHost *h)
{
    atomic_store(&world.now, h->f.now);
    race_take_over(h, media)->now = now;
}

static void give_back(FakeHost *h)
{
    h->f.now = atomic_load(&world.now);
    race_give_back(h);
}

/* Reads and writes, and a pair now and then. */
static void put_commands(RaceWorker *w)
{
    uint32_t lba = w->qid * 64 + w->sent % 64;

    if (w->sent % 5 == 0) {
        race_put(w, 0x05, 1, 1, lba);
        race_put(w, 0x01, 2, 1, lba);
    } else {
        race_put(w, w->sent & 1 ? 0x01 : 0x02, 0, 1, lba);
    }
    race_ring(w);
}

/* What rules make of commands, what Format does, and what pairs end with. */
static bool is_known(uint16_t status)
{
    static const uint16_t known[] = {
        0x000, 0x006, 0x009, 0x00a, 0x084, 0x180, 0x281, 0x285,
    };

    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i] == status) {
            return true;
        }
    }
    return false;
}

static void judge(RaceWorker *w, uint16_t status)
{
    w->refused += status != 0;
    w->wrong += !is_known(status);
}

static void *work(void *opaque)
{
    RaceWorker *w = opaque;

    while (!atomic_load(&world.enough) || w->done < w->sent) {
        if (!atomic_load(&world.enough) && w->sent - w->done < RACE_RING - 3) {
            put_commands(w);
        }
        race_run(w);
        race_reap(w, judge);
    }
    atomic_fetch_add(&world.ended, 1);
    return NULL;
}

static void start(FakeHost *h, RaceWorker *w)
{
    CHECK_EQ(fake_enable(h), true);
    for (uint16_t i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(fake_create_pair(h, i, RACE_RING).status, 0);
        w[i] = (RaceWorker) { .h = h, .qid = i, .phase = 1 };
        memset(fake_guest(h, FAKE_BUF + i * 65536), 0, 4096);
    }
    memset(fake_guest(h, RACE_DBS), 0, 0x2000);
    take_over(h);
    CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = RACE_DBS,
                                        .prp2 = RACE_EIS }).status, 0);
    for (uint16_t i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
}

static void add(FakeHost *h, const char *text)
{
    OcpnFaultRule rule;
    OcpnError err = { "" };

    CHECK(ocpn_fault_parse(text, &rule, &err) &&
          ocpn_fault_add(h->c, &rule, &err), "%s: %s", text, err.text);
}

static void act(FakeHost *h, const char *name, const char *text)
{
    OcpnError err = { "" };

    CHECK(ocpn_action(h->c, name, text, &err), "%s: %s", text, err.text);
}

/* Rules of all owners come and go, and Format NVM meets late commands. */
static void change(FakeHost *h, unsigned round)
{
    switch (round % 5) {
    case 0:
        act(h, "inject", "type=0x0f after=3 repeat");
        act(h, "force-status", "queue=io opcode=1 status=0x180 count=9");
        break;
    case 1:
        act(h, "inject", "type=0x0e ms=2 repeat");
        add(h, "fail opcode=5 ppm=50000 times=0");
        break;
    case 2:
        act(h, "inject", "clear");
        act(h, "inject", "type=0x1e ms=3600 repeat");
        act(h, "force-status", "queue=io opcode=2 ms=3600000 count=5");
        CHECK_EQ(race_admin(h, &(FakeCmd) {
                     .opc = 0x80, .nsid = 1,
                 }).status, 0);
        break;
    case 3:
        act(h, "inject", "clear");
        act(h, "force-status", "clear");
        add(h, "status opcode=2 status=0x281 ms=1 times=0 ppm=100000");
        break;
    default:
        ocpn_fault_clear(h->c);
        break;
    }
}

/* Nothing is armed any more; what was late for an hour is settled. */
static void finish(FakeHost *h, RaceWorker *w)
{
    act(h, "inject", "clear");
    act(h, "force-status", "clear");
    ocpn_fault_clear(h->c);
    CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x80, .nsid = 1 }).status, 0);
    atomic_fetch_add(&world.now, UINT64_C(7200000000000));
    atomic_store(&world.enough, true);
    while (atomic_load(&world.ended) < NTHREADS) {
        race_main(h);
    }
    for (unsigned i = 1; i <= NTHREADS; i++) {
        pthread_join(w[i].thread, NULL);
    }
}

static void rules(void)
{
    FakeSetup s = {
        .cfg = { .dbbuf = true,
                 .ocp = { .version = OCP_2_7, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1) },
    };
    FakeHost *h = fake_host_new(&s);
    RaceWorker w[NTHREADS + 1];
    unsigned refused = 0;

    start(h, w);
    for (unsigned i = 0; i < NROUNDS; i++) {
        change(h, i);
        for (unsigned k = 0; k < 200; k++) {
            race_main(h);
        }
    }
    finish(h, w);
    for (unsigned i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(w[i].wrong, 0);
        CHECK_EQ(w[i].done, w[i].sent);
        refused += w[i].refused;
    }
    CHECK(refused > 0, "%u refused", refused);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    CHECK_EQ(ocpn_fault_armed(h->c, 0x7fffffff), false);
    give_back(h);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "rules of all owners in four threads", rules },
};
OCPN_UNIT_MAIN("fault-race", tests)
