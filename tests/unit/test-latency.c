/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Latency Monitoring": what is measured,
 * buckets, stamps, the minimum window.
 */
#include "hw/ocp-nvme/core/latency.h"
#include "latency-unit.h"

/* OCP-CASE-65, LMLOG-9: the stamp is the time of the completion */
static void a_read(void)
{
    FakeHost *h = start();
    uint64_t at;

    set(h, (Config) { CONFIG, .config = 0xfff });
    fake_advance(&h->f, 777 * MSEC);
    read_ms(h, 12);
    at = h->f.now / MSEC;
    CHECK_EQ(counter(h, 0, READ), 1);
    CHECK_EQ(counted(h), 1);
    CHECK_EQ(latency(h, 0, READ), 12);
    fake_advance(&h->f, 1000 * MSEC);
    CHECK_EQ(stamp(h, 0, READ), at);
    fake_host_free(h);
}

/* OCP-CASE-66, OCP-CASE-67: a threshold belongs to its bucket */
static void edges(void)
{
    static const struct { uint64_t ns; int bucket; uint16_t ms; } row[] = {
        { 0, -1, 0 },
        { 9 * MSEC, -1, 0 },
        { 10 * MSEC - 1, -1, 0 },
        { 10 * MSEC, 0, 10 },
        { 15 * MSEC - 1, 0, 14 },
        { 15 * MSEC, 1, 15 },
        { 20 * MSEC - 1, 1, 19 },
        { 20 * MSEC, 2, 20 },
        { 25 * MSEC - 1, 2, 24 },
        { 25 * MSEC, 3, 25 },
        { 65535 * MSEC, 3, 65535 },
        { 65536 * MSEC, 3, 65535 },
        { 500000 * MSEC, 3, 65535 },
    };

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        FakeHost *h = start();

        set(h, (Config) { CONFIG, .config = 0xfff });
        CHECK_EQ(run_ns(h, io_cmd(0x02), row[i].ns), 0);
        CHECK_EQ(counted(h), row[i].bucket >= 0);
        for (int b = 0; b < 4; b++) {
            CHECK_EQ(counter(h, (unsigned)b, READ), b == row[i].bucket);
            CHECK_EQ(latency(h, (unsigned)b, READ),
                     b == row[i].bucket ? row[i].ms : 0);
        }
        fake_host_free(h);
    }
}

/* The largest and the smallest thresholds. */
static void extremes(void)
{
    FakeHost *h = start();

    set(h, (Config) { .a = 0, .b = 0xfd, .c = 0xfe, .d = 0xff, .enable = 1 });
    read_ms(h, 4);
    CHECK_EQ(counted(h), 0);
    read_ms(h, 5);
    read_ms(h, 1269);
    CHECK_EQ(counter(h, 0, READ), 2);
    read_ms(h, 1270);
    read_ms(h, 1275);
    read_ms(h, 1280);
    for (unsigned b = 1; b < 4; b++) {
        CHECK_EQ(counter(h, b, READ), 1);
    }
    fake_host_free(h);
}

/* OCP-CASE-68 */
static void operations(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG });
    write_ms(h, 21);
    CHECK_EQ(counter(h, 2, WRITE), 1);
    dsm_ms(h, 4, 30);
    CHECK_EQ(counter(h, 3, DEALLOC), 1);
    CHECK_EQ(counted(h), 2);
    fake_host_free(h);
}

/* A queue of two entries: the second completion waits for the host. */
static uint16_t run_behind(FakeHost *h, FakeCmd cmd, uint64_t ns)
{
    uint16_t status;

    fake_submit(h, 2, &(FakeCmd) { .opc = 0x00, .nsid = 1 });
    fake_run(&h->f);
    fake_submit(h, 2, &cmd);
    fake_run(&h->f);
    fake_advance(&h->f, ns);
    CU_ASSERT(fake_reap(h, 2).found);
    fake_run(&h->f);
    status = fake_reap(h, 2).status;
    fake_run(&h->f);
    return status;
}

/* OCP-CASE-68, OCP-CASE-69: nothing else counts, however long it takes */
static void other_commands(void)
{
    static const uint8_t opc[] = { 0x00, 0x04, 0x05, 0x08, 0x0c, 0x19, 0x7f };
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .trigger = 0xfff });
    CHECK_EQ(fake_create_pair(h, 2, 2).status, 0);
    CHECK_EQ(run_behind(h, io_cmd(0x02), 300 * MSEC), 0);
    CHECK_EQ(counted(h), 1);            /* a read, to see that this works */
    CHECK_EQ(counter(h, 3, READ), 1);
    set(h, (Config) { CONFIG, .trigger = 0xfff, .discard = 1 });
    for (unsigned i = 0; i < sizeof(opc); i++) {
        run_behind(h, io_cmd(opc[i]), 300 * MSEC);
        run_ns(h, io_cmd(opc[i]), 300 * MSEC);
    }
    dsm_ms(h, 3, 0);
    memset(fake_guest(h, FAKE_BUF + 0x10000), 0, 16);
    CHECK_EQ(run_behind(h, io_cmd(0x09), 300 * MSEC), 0);
    CHECK_EQ(counted(h), 0);
    CHECK_EQ(field(h, 462, 2), 0);
    fake_host_free(h);
}

/* Of open-channel namespaces, too; vector commands have other opcodes. */
static void open_channel(void)
{
    FakeHost *h = fake_host_start(&(FakeSetup) {
        .cfg = { .ocp = { .version = OCP_2_5 } }, .ns = { FAKE_T1 },
    });
    FakeCmd vector = io_cmd(0x92);

    set(h, (Config) { CONFIG });
    run_ns(h, io_cmd(0x02), 12 * MSEC);
    CHECK_EQ(counter(h, 0, READ), 0);   /* not written: refused at once */
    vector.cdw12 = 0;
    run_ns(h, vector, 12 * MSEC);
    CHECK_EQ(counted(h), 0);
    CHECK_EQ(fake_create_pair(h, 2, 2).status, 0);
    run_behind(h, vector, 300 * MSEC);
    CHECK_EQ(counted(h), 0);
    run_behind(h, io_cmd(0x02), 12 * MSEC);
    CHECK_EQ(counter(h, 0, READ), 1);
    fake_host_free(h);
}

/* Opcode 02h is Get Log Page in the admin queue. */
static void admin(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG });
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });      /* AER */
    fake_run(&h->f);
    h->f.hold = true;
    fake_submit(h, 0, &(FakeCmd) {
        .opc = 0x09, .cdw10 = SV | 0x04, .cdw11 = 350,
    });
    take_ns(h, 500 * MSEC);
    CU_ASSERT(fake_reap(h, 0).found);
    CHECK_EQ(counted(h), 0);
    fake_host_free(h);
}

/* A command that fails took its time as well. */
static void failure(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG });
    h->f.hold = true;
    fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
    });
    fake_run(&h->f);
    fake_advance(&h->f, 22 * MSEC);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    h->f.hold = false;
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0x281);
    CHECK_EQ(counter(h, 2, READ), 1);
    fake_host_free(h);
}

/* OCP-CASE-70: the specification's example, C.2.3.6: 5 s, largest */
static void window(void)
{
    FakeHost *h = start();
    uint64_t t0;

    set(h, (Config) { CONFIG, .config = 0xfff, .window = 50 });
    t0 = h->f.now;
    fake_advance(&h->f, 450 * MSEC);
    read_ms(h, 50);                     /* ends at 0.5 s */
    CHECK_EQ(h->f.now - t0, 500 * MSEC);
    CHECK_EQ(latency(h, 3, READ), 50);
    fake_advance(&h->f, 4650 * MSEC);
    read_ms(h, 100);                    /* 5.25 s */
    CHECK_EQ(h->f.now - t0, 5250 * MSEC);
    CHECK_EQ(counter(h, 3, READ), 2);
    CHECK_EQ(latency(h, 3, READ), 50);
    CHECK_EQ(stamp(h, 3, READ), (t0 + 500 * MSEC) / MSEC);
    write_ms(h, 60);                    /* another cell has its own window */
    CHECK_EQ(latency(h, 3, WRITE), 60);
    fake_advance(&h->f, 615 * MSEC);
    read_ms(h, 75);                     /* 6 s */
    CHECK_EQ(h->f.now - t0, 6000 * MSEC);
    CHECK_EQ(counter(h, 3, READ), 3);
    CHECK_EQ(latency(h, 3, READ), 75);
    CHECK_EQ(stamp(h, 3, READ), (t0 + 6000 * MSEC) / MSEC);
    fake_host_free(h);
}

/* OCP-CASE-70: up to its last nanosecond, and off */
static void window_ends(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .config = 0xfff, .window = 10 });
    read_ms(h, 30);
    fake_advance(&h->f, 1000 * MSEC - 40 * MSEC - 1);
    read_ms(h, 40);
    CHECK_EQ(latency(h, 3, READ), 30);
    CHECK_EQ(run_ns(h, io_cmd(0x02), 1), 0);
    set(h, (Config) { CONFIG, .config = 0xfff, .window = 10 });
    read_ms(h, 30);
    fake_advance(&h->f, 1000 * MSEC - 40 * MSEC);
    read_ms(h, 40);
    CHECK_EQ(latency(h, 3, READ), 40);
    set(h, (Config) { CONFIG, .config = 0xfff, .window = 0 });
    read_ms(h, 30);
    read_ms(h, 31);
    CHECK_EQ(latency(h, 3, READ), 31);
    read_ms(h, 31);                     /* not larger: the stamp stays */
    CHECK_EQ(stamp(h, 3, READ), h->f.now / MSEC - 31);
    CHECK_EQ(counter(h, 3, READ), 3);
    fake_host_free(h);
}

/* OCP-CASE-71: 0.5 s 150 ms, 10 s 200 ms, 15 s 75 ms; window or not */
static void first(void)
{
    FakeHost *h = start();
    uint64_t at;

    for (uint8_t w = 0; w <= 50; w += 50) {
        set(h, (Config) { CONFIG, .config = 0x7ff, .window = w });
        write_ms(h, 30);                /* that one is "largest" */
        write_ms(h, 31);
        dsm_ms(h, 4, 150);
        at = h->f.now / MSEC;
        fake_advance(&h->f, 9300 * MSEC);
        dsm_ms(h, 4, 200);
        CHECK_EQ(counter(h, 3, DEALLOC), 2);
        CHECK_EQ(latency(h, 3, DEALLOC), 150);
        fake_advance(&h->f, 4925 * MSEC);
        dsm_ms(h, 4, 75);
        CHECK_EQ(counter(h, 3, DEALLOC), 3);
        CHECK_EQ(latency(h, 3, DEALLOC), 150);
        CHECK_EQ(stamp(h, 3, DEALLOC), at);
        CHECK_EQ(latency(h, 3, WRITE), w ? 30 : 31);
    }
    fake_host_free(h);
}

/* A medium that keeps its caller: 1 ms for each I/O. */
static OcpnIoResult in_the_call(FakePort *f, const OcpnIo *io)
{
    (void)io;
    f->now += MSEC;
    return OCPN_IO_OK;
}

/*
 * A run of 96 commands, in three windows of 32, which take 1 ms each and are
 * posted when all of a window are over: none took 96 ms, none nothing.
 */
static void long_run(void)
{
    FakeHost *h = start();
    FakeCmd cmd = io_cmd(0x02);

    set(h, (Config) { .a = 5, .b = 6, .c = 17, .d = 18, .enable = 1 });
    for (unsigned i = 0; i < 96; i++) {
        fake_queue(h, 1, &cmd);
    }
    fake_doorbell(h, 1, false, h->q[1].tail);
    h->f.judge = in_the_call;
    fake_run(&h->f);
    h->f.judge = NULL;
    CHECK_EQ(counter(h, 0, READ), 96);          /* 30 to 34 ms */
    CHECK_EQ(counted(h), 96);
    CHECK_EQ(latency(h, 0, READ), 32);
    fake_host_free(h);
}

/* What is fetched and waits for a slot in the device has been fetched. */
static void waiting(void)
{
    FakeHost *h = start();
    FakeCmd cmd = io_cmd(0x02);

    set(h, (Config) { .a = 1, .b = 17, .c = 19, .d = 29, .enable = 1 });
    CHECK_EQ(fake_create_pair(h, 2, 1024).status, 0);
    h->f.hold = true;
    for (unsigned i = 0; i < 310; i++) {
        fake_queue(h, 2, &cmd);
        if (i == 9 || i == 309) {               /* a window of 10 first */
            fake_doorbell(h, 2, false, h->q[2].tail);
            fake_run(&h->f);
        }
    }
    CHECK_EQ(h->f.nios, 256);
    fake_advance(&h->f, 100 * MSEC);
    for (unsigned i = 0; i < 256; i++) {
        fake_io_finish(&h->f, 0, OCPN_IO_OK);
    }
    fake_run(&h->f);
    CHECK_EQ(counter(h, 2, READ), 256);         /* 100 ms */
    CHECK_EQ(h->f.nios, 54);
    take_ns(h, 50 * MSEC);
    CHECK_EQ(counter(h, 3, READ), 10);          /* 150 ms: window of 32 */
    CHECK_EQ(counter(h, 0, READ), 44);          /* 50 ms */
    fake_host_free(h);
}

/* OCP-CASE-81: at its maximum, it stays there */
static void saturation(void)
{
    FakeHost *h = start();

    set(h, (Config) { CONFIG, .config = 0xfff });
    CU_ASSERT(ocpn_latency_set_count(h->c, true, 3, READ, 0xfffffffe));
    read_ms(h, 30);
    CHECK_EQ(counter(h, 3, READ), 0xffffffff);
    read_ms(h, 30);
    CHECK_EQ(counter(h, 3, READ), 0xffffffff);
    CHECK_EQ(latency(h, 3, READ), 30);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a slow read", a_read },
    { "edges of the buckets", edges },
    { "extreme thresholds", extremes },
    { "operations", operations },
    { "commands that do not count", other_commands },
    { "open-channel namespaces", open_channel },
    { "the admin queue", admin },
    { "a command that fails", failure },
    { "the minimum window", window },
    { "where the window ends", window_ends },
    { "the first one is kept", first },
    { "a long run", long_run },
    { "a command that waits in its window", waiting },
    { "counters saturate", saturation },
};
OCPN_UNIT_MAIN("latency", tests)
