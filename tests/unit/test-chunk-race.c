/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four queues in threads of their own on the same chunks and blocks, while
 * main reads every page, sets the features that I/O commands look at, lets
 * queues come and go, and formats.
 * Proves: core/port.h, threads: no command is lost or answered with an error
 * inside the drive, and what main reads of chunks is one state.  Run it under
 * ThreadSanitizer to see the rest.
 */
#include "race-unit.h"

#include "hw/ocp-nvme/core/action.h"
#include "ocpn-unit.h"

#define NTHREADS    4u
#define NROUNDS     60u
#define PATIENCE    50u         /* looks at a queue until its I/Os end */
#define NCHUNKS     4u          /* of one parallel unit, for everybody */
#define CHUNK       64u         /* blocks */
#define LISTS       (FAKE_LISTS + 0x40000u)

static struct {
    _Atomic uint64_t now;
    atomic_bool enough;
    atomic_uint ended;
    atomic_uint at[NCHUNKS];    /* where somebody will write next */
} world;

static _Thread_local bool defers;
static _Thread_local OcpnIo *begun[RACE_RING];
static _Thread_local unsigned nbegun;

/* Each look at the clock is 20 us after the one before. */
static uint64_t now(void *o)
{
    (void)o;
    return atomic_fetch_add(&world.now, 20000);
}

/* The bytes do not matter here, but those of tables. */
static void media(void *o, OcpnIo *io)
{
    if (io->buf) {
        uint8_t *at = ((FakePort *)o)->media[io->nsid].bytes + io->offset;

        memcpy(io->op == OCPN_IO_READ ? io->buf : at,
               io->op == OCPN_IO_READ ? at : io->buf, io->len);
    } else if (defers && nbegun < RACE_RING) {
        begun[nbegun++] = io;
        return;
    }
    io->done(io, OCPN_IO_OK);
}

static void end_ios(void)
{
    while (nbegun) {
        OcpnIo *io = begun[--nbegun];

        io->done(io, OCPN_IO_OK);
    }
}

/* The next command, with its dwords 11 and 12, and the PRPs of its queue. */
static void put(RaceWorker *w, uint8_t opc, uint32_t nsid, uint64_t lba,
                uint32_t cdw11, uint32_t cdw12)
{
    uint8_t *sqe = fake_guest(w->h, w->h->q[w->qid].sq + w->tail * 64);

    race_put(w, opc, 0, nsid, lba);
    fake_put_le(sqe + 32, 8, LISTS + w->qid * 4096);
    if (cdw11) {
        fake_put_le(sqe + 44, 4, cdw11);
    }
    fake_put_le(sqe + 48, 4, cdw12);
    race_ring(w);
}

/* Writes follow one another, whoever they come from; a full chunk is reset. */
static void put_chunk_command(RaceWorker *w)
{
    unsigned chunk = w->sent / 3 % NCHUNKS, at;
    uint64_t lba = chunk * CHUNK;

    switch (w->sent % 7) {
    case 0:
    case 1:
    case 2:
    case 3:
        at = atomic_fetch_add(&world.at[chunk], 4);
        if (at < CHUNK) {
            put(w, 0x01, 1, lba + at, 0, 3);
        } else {
            put(w, 0x90, 1, lba, 0, 0);         /* vector reset */
            atomic_store(&world.at[chunk], 0);
        }
        break;
    case 4:
        put(w, 0x92, 1, lba + w->sent % CHUNK, 0, 0);   /* vector read */
        break;
    case 5:
        put(w, 0x02, 1, lba, 0, 3);
        break;
    default:
        put(w, 0x09, 1, 0, 1u << 2, 0);         /* deallocate: a reset */
        break;
    }
}

static void put_block_command(RaceWorker *w)
{
    static const uint8_t opcs[] = { 0x01, 0x02, 0x04, 0x08, 0x05, 0x0c, 0x00,
                                    0x09 };
    uint8_t opc = opcs[w->sent % sizeof(opcs)];

    put(w, opc, 2, opc == 0x00 || opc == 0x09 ? 0 : w->sent % 256,
        opc == 0x09 ? 1u << 2 : 0, opc == 0x00 || opc == 0x09 ? 0 : 3);
}

static void judge(RaceWorker *w, uint16_t status)
{
    w->refused += status != 0;
    /* Internal Error, Data Transfer Error, Command Sequence Error. */
    w->wrong += status == 0x006 || status == 0x004 || status == 0x00c;
}

static void *work(void *opaque)
{
    RaceWorker *w = opaque;
    unsigned round = 0;

    defers = true;
    while (!atomic_load(&world.enough) || w->done < w->sent) {
        while (!atomic_load(&world.enough) &&
               w->sent - w->done < RACE_RING - 1) {
            if (w->sent / 8 % 2) {
                put_block_command(w);
            } else {
                put_chunk_command(w);
            }
        }
        race_run(w);
        if (++round % PATIENCE == 0) {
            end_ios();
            race_kick(NULL, w->qid);
        }
        race_reap(w, judge);
    }
    atomic_fetch_add(&world.ended, 1);
    return NULL;
}

/* Pages of a queue's commands; its ranges for Dataset Management. */
static void prepare(FakeHost *h, uint16_t qid)
{
    uint64_t buf = FAKE_BUF + qid * UINT64_C(65536);
    uint8_t *list = fake_guest(h, LISTS + qid * 4096u);

    memset(fake_guest(h, buf), 0, 65536);
    for (unsigned i = 0; i < 3; i++) {
        fake_put_le(list + i * 8, 8, buf + (i + 1) * 4096u);
    }
    fake_put_le(fake_guest(h, buf) + 4, 4, CHUNK);
}

static void start(FakeHost *h, RaceWorker *w)
{
    CHECK_EQ(fake_enable(h), true);
    for (uint16_t i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(fake_create_pair(h, i, RACE_RING).status, 0);
        w[i] = (RaceWorker) { .h = h, .qid = i, .phase = 1 };
        prepare(h, i);
    }
    memset(fake_guest(h, RACE_DBS), 0, 0x2000);
    atomic_store(&world.now, h->f.now);
    race_take_over(h, media)->now = now;
    CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x7c, .prp1 = RACE_DBS,
                                        .prp2 = RACE_EIS }).status, 0);
    for (uint16_t i = 1; i <= NTHREADS; i++) {
        CHECK_EQ(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
}

/* All pages, of the controller and of both namespaces; RAE as ROUND says. */
static void read_pages(FakeHost *h, unsigned round)
{
    for (uint32_t lid = 0; lid < 256; lid++) {
        for (uint32_t nsid = 0; nsid <= 2; nsid++) {
            race_admin(h, &(FakeCmd) {
                .opc = 0x02, .nsid = nsid ? nsid : UINT32_MAX,
                .prp1 = FAKE_BUF, .prp2 = FAKE_BUF + 4096,
                .cdw10 = lid | (round & 1) << 15 | 1023u << 16,
            });
        }
    }
}

/* Chunk Information of chunk I, as far as it can be wrong by itself. */
static void check_chunks(FakeHost *h)
{
    CHECK_EQ(race_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
        .cdw10 = 0xca | (NCHUNKS * 8 - 1) << 16,
    }).status, 0);
    for (unsigned i = 0; i < NCHUNKS; i++) {
        const uint8_t *p = fake_guest(h, FAKE_BUF) + i * 32;
        uint64_t wp = fake_le(p + 24, 8);

        CHECK_EQ(fake_le(p + 8, 8), i * CHUNK);
        CHECK_EQ(fake_le(p + 16, 8), CHUNK);
        CHECK(p[0] == 1 ? wp == 0 : p[0] == 2 ? wp == CHUNK :
              p[0] == 4 && wp > 0 && wp < CHUNK && wp % 4 == 0,
              "state %u with write pointer %u", p[0], (unsigned)wp);
    }
}

static void set(FakeHost *h, uint8_t fid, uint32_t nsid, uint32_t cdw11)
{
    CHECK_EQ(race_admin(h, &(FakeCmd) {
        .opc = 0x09, .nsid = nsid, .cdw10 = fid, .cdw11 = cdw11,
        .prp1 = FAKE_BUF,
    }).status, 0);
}

static void act(FakeHost *h, const char *name, const char *text)
{
    OcpnError err = { "" };

    CHECK(ocpn_action(h->c, name, text, &err), "%s: %s", text, err.text);
}

/* The features of which the rules for I/O commands are made. */
static void set_features(FakeHost *h, unsigned round)
{
    uint32_t on = round & 1;

    set(h, 0x05, 1, on << 16);                  /* DULBE */
    set(h, 0x08, 0, on * 0x0102);               /* coalescing */
    set(h, 0x09, 0, on << 16 | 1);
    set(h, 0x0b, 0, 0xffff);
    set(h, 0x84, 2, on);                        /* write protection */
    set(h, 0xca, 1, on * 3);                    /* media feedback */
}

/* A queue pair goes and comes back; its SQ is of a CQ that a thread has. */
static void come_and_go(FakeHost *h)
{
    uint16_t id = NTHREADS + 1;

    CHECK_EQ(race_admin(h, &(FakeCmd) {
        .opc = 0x05, .prp1 = RACE_DBS + 0x10000,
        .cdw10 = (RACE_RING - 1) << 16 | id, .cdw11 = 1,
    }).status, 0);
    CHECK_EQ(race_admin(h, &(FakeCmd) {
        .opc = 0x01, .prp1 = RACE_DBS + 0x20000,
        .cdw10 = (RACE_RING - 1) << 16 | id, .cdw11 = NTHREADS << 16 | 1,
    }).status, 0);
    CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x00, .cdw10 = id }).status, 0);
    CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x04, .cdw10 = id }).status, 0);
}

static void change(FakeHost *h, unsigned round)
{
    check_chunks(h);
    set_features(h, round);
    switch (round % 6) {
    case 0:
        read_pages(h, round);
        break;
    case 1:
        act(h, "advance-time", "100");
        act(h, "wear-step", "1");
        break;
    case 2:
        act(h, "telemetry-trigger", "0x1");
        act(h, "temperature-ramp", "to=330 ms=1");
        break;
    case 3:
        come_and_go(h);
        break;
    case 4:
        CHECK_EQ(race_admin(h, &(FakeCmd) {
                     .opc = 0x80, .nsid = 2,
                 }).status, 0);
        break;
    default:
        CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x14, .nsid = UINT32_MAX,
                                            .cdw10 = 1 }).status, 0);
        CHECK_EQ(race_admin(h, &(FakeCmd) { .opc = 0x14, .nsid = UINT32_MAX,
                                            .cdw10 = 0xf }).status, 0);
        break;
    }
}

static void finish(FakeHost *h, RaceWorker *w)
{
    unsigned good = 0;

    set_features(h, 0);
    atomic_store(&world.enough, true);
    while (atomic_load(&world.ended) < NTHREADS) {
        race_main(h);
    }
    for (unsigned i = 1; i <= NTHREADS; i++) {
        pthread_join(w[i].thread, NULL);
        CHECK_EQ(w[i].wrong, 0);
        CHECK_EQ(w[i].done, w[i].sent);
        good += w[i].done - w[i].refused;
    }
    CHECK(good > 0, "%u commands were done", good);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 1)), 0);
    CHECK_EQ(ocpn_ns_users(ocpn_ns_get(h->c, 2)), 0);
    h->f.now = atomic_load(&world.now);
    race_give_back(h);
}

static void everything(void)
{
    FakeSetup s = {
        .cfg = { .dbbuf = true,
                 .ocp = { .version = OCP_2_7, .knobs = true } },
        .ns = {
            { .cfg = { .nsid = 1, .dlfeat = 1, .copy = true },
              .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 12, .ms = 16,
              .geo = { .num_grp = 1, .num_pu = 1, .num_chk = NCHUNKS,
                       .clba = CHUNK, .ws_min = 4, .ws_opt = 4 },
              .nmaps = 2 },
            FAKE_CONVENTIONAL(2),
        },
    };
    FakeHost *h = fake_host_new(&s);
    RaceWorker w[NTHREADS + 1];

    start(h, w);
    for (unsigned i = 0; i < NROUNDS; i++) {
        change(h, i);
    }
    finish(h, w);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "all kinds of commands in four threads", everything },
};
OCPN_UNIT_MAIN("chunk-race", tests)
