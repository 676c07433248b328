/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sanitize operations that do not end in one go: resets, cuts of power,
 * migration; and what they make of chunks.
 * Proves: NVMe Base 2.0, "Sanitize Operations"; docs/image-format.rst,
 * "Device state".
 */
#include "hw/ocp-nvme/core/ns.h"
#include "migrate-unit.h"
#include "sanitize-unit.h"

#define CC      0x14

/* NSID 1 conventional with data everywhere, NSID 2 open-channel. */
static FakeHost *drive(void)
{
    FakeSetup s = {
        .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } },
        .ns = { FAKE_CONVENTIONAL(1), FAKE_T1 },
    };
    FakeHost *h;

    s.ns[0].nsze = 1024;
    s.ns[1].cfg.nsid = 2;
    h = fake_host_start(&s);
    smart_knob(h, "sanitize-ms", "64");
    return h;
}

static const OcpnImage *image(FakeHost *h, uint32_t nsid)
{
    return &ocpn_ns_get(h->c, nsid)->im;
}

/* All blocks and metadata of the image of NSID become BYTE, past the drive. */
static void soil(FakeHost *h, uint32_t nsid, uint8_t byte)
{
    const OcpnImage *im = image(h, nsid);
    uint8_t *p = h->f.media[nsid].bytes;

    memset(p + im->data.offset, byte, im->data.length);
    memset(p + im->meta.offset, byte, im->meta.length);
}

static void check_bytes(FakeHost *h, uint32_t nsid, uint8_t byte)
{
    const OcpnImage *im = image(h, nsid);
    const uint8_t *p = h->f.media[nsid].bytes;

    CHECK(fake_all(p + im->data.offset, byte, im->data.length), "data of %u",
          nsid);
    CHECK(fake_all(p + im->meta.offset, byte, im->meta.length),
          "metadata of %u", nsid);
}

static void chunk(FakeHost *h, uint32_t i, OcssdChunkInfo *info)
{
    ocpn_chunk_describe(ocpn_ns_get(h->c, 2), i, info);
}

/* Write NLB blocks at the start of chunk I of NSID 2. */
static void write_chunk(FakeHost *h, uint32_t i, uint32_t nlb)
{
    OcssdChunkInfo info;
    FakeCmd cmd = { .opc = 0x01, .nsid = 2 };

    chunk(h, i, &info);
    cmd.cdw10 = (uint32_t)from_le64(info.slba);
    cmd.cdw11 = (uint32_t)(from_le64(info.slba) >> 32);
    cmd.cdw12 = nlb - 1;
    fake_prp(h, &cmd, FAKE_BUF, nlb * BLOCK);
    CHECK_EQ(fake_io(h, &cmd).status, 0);
}

static uint32_t resets(FakeHost *h, uint32_t i)
{
    return ocpn_ns_get(h->c, 2)->chunk[i].resets;
}

/* Open, Closed and Free chunks become Free; only what was written is worn. */
static void chunks(void)
{
    FakeHost *h = drive();
    OcssdChunkInfo info;

    write_chunk(h, 0, 8);
    write_chunk(h, 1, 96);
    soil(h, 1, 0x77);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 80 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    for (unsigned i = 0; i < 3; i++) {
        chunk(h, i, &info);
        CHECK_EQ(info.cs, OCSSD_CS_FREE);
        CHECK_EQ(from_le64(info.wp), 0);
        CHECK_EQ(resets(h, i), i < 2);
    }
    check_bytes(h, 1, 0);
    check_bytes(h, 2, 0);
    fake_host_restart(h, false);        /* the image has it, too */
    CHECK_EQ(resets(h, 0), 1);
    CHECK_EQ(resets(h, 2), 0);
    write_chunk(h, 0, 96);
    write_chunk(h, 1, 8);
    fake_host_free(h);
}

/* Controller Level Reset after each millisecond. */
static void reset(void)
{
    for (unsigned k = 0; k < 70; k += 7) {
        FakeHost *h = drive();

        soil(h, 1, 0x77);
        soil(h, 2, 0x77);
        CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
        sanitize_advance(h, k * MSEC);
        CHECK(fake_disable(h), "after %u ms", k);
        sanitize_advance(h, 2 * MSEC);    /* it goes on meanwhile */
        CHECK(fake_enable(h), "after %u ms", k);
        CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
        CHECK_EQ(sanitize_state(h), k < 60 ? 2 : sanitize_state(h));
        sanitize_advance(h, 80 * MSEC);
        CHECK_EQ(sanitize_state(h), 1);
        check_bytes(h, 1, 0);
        check_bytes(h, 2, 0);
        write_chunk(h, 0, 8);
        fake_host_free(h);
    }
}

/*
 * Let I/O after I/O end until K of them have, or none is left: the oldest, or
 * the newest.
 */
static bool run_ios(FakeHost *h, unsigned k, bool newest)
{
    FakePort *f = &h->f;

    for (unsigned i = 0; i < k; i++) {
        for (unsigned ms = 0; !f->nios && ms < 200; ms++) {
            sanitize_advance(h, MSEC);
        }
        if (!f->nios) {
            return false;
        }
        fake_io_finish(f, newest ? f->nios - 1 : 0, OCPN_IO_OK);
        fake_run(f);
    }
    for (unsigned ms = 0; !f->nios && ms < 200; ms++) {
        sanitize_advance(h, MSEC);
    }
    return f->nios;
}

/*
 * Power goes while I/O number K is half done.  What was promised is kept: once
 * the command has succeeded the operation goes on by itself to its end, and
 * what a host writes after that stays.  False: there is no such I/O.
 */
static bool cut(unsigned k, uint32_t cdw10, uint8_t left, bool newest)
{
    FakeHost *h = drive();
    FakePort *f = &h->f;
    FakeCqe e;
    bool cut_short;

    write_chunk(h, 0, 8);
    soil(h, 1, 0x77);
    soil(h, 2, 0x77);
    f->hold = true;
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x84, .cdw10 = cdw10,
                                   .cdw11 = 0x5a5a5a5a });
    fake_run(f);
    cut_short = run_ios(h, k, newest);
    e = fake_reap(h, 0);
    if (cut_short && f->io[0]->op == OCPN_IO_WRITE && f->io[0]->buf) {
        memcpy(f->media[f->io[0]->nsid].bytes + f->io[0]->offset,
               f->io[0]->buf, f->io[0]->len / 2);
    }
    f->hold = false;
    fake_host_restart(h, false);
    if (e.found) {
        CHECK_EQ(e.status, 0);
        CHECK(sanitize_state(h) == 2 || sanitize_state(h) == 1, "cut at %u",
              k);
    }
    if (sanitize_state(h) != 2) {
        CHECK_EQ(sanitize_state(h), e.found);
    } else {
        CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, IN_PROGRESS);
        sanitize_advance(h, 100 * MSEC);
        CHECK_EQ(sanitize_state(h), 1);
    }
    if (sanitize_state(h) == 1) {
        check_bytes(h, 1, left);
        check_bytes(h, 2, left);
        CHECK_EQ(resets(h, 0), 1);      /* not twice */
        write_chunk(h, 0, 8);
        fake_host_restart(h, false);    /* that is not erased */
        sanitize_advance(h, 100 * MSEC);
        CHECK_EQ(resets(h, 0), 1);
        CHECK_EQ(ocpn_ns_get(h->c, 2)->chunk[0].wp, 8);
    }
    fake_host_free(h);
    return cut_short;
}

/* OCP-CASE-131: over a power cycle in the middle. */
static void cuts(void)
{
    unsigned k;

    for (unsigned newest = 0; newest < 2; newest++) {
        k = 0;
        while (k < 1000 && cut(k, SAN_BLOCK, 0, newest)) {
            k += newest ? 7 : 2;
        }
        CHECK(k > 100 && k < 1000, "%u I/Os", k);
    }
    k = 0;
    while (k < 2000 && cut(k, SAN_OVERWRITE | 2 << 4, 0x5a, false)) {
        k += 23;
    }
    CHECK(k > 100 && k < 2000, "%u I/Os", k);
}

/* The second start does not begin anew: pieces that are done are not redone. */
static void resumes(void)
{
    FakeHost *h = drive();
    unsigned zeroes;

    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 48 * MSEC);
    fake_host_restart(h, false);
    CHECK(bytes_at(smart_page(h, 0x81), 2) > 0x8000, "progress 0x%x",
          (unsigned)bytes_at(smart_page(h, 0x81), 2));
    zeroes = h->f.media[1].zeroes + h->f.media[2].zeroes;
    sanitize_advance(h, 40 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK(h->f.media[1].zeroes + h->f.media[2].zeroes - zeroes < 30,
          "%u pieces more",
          h->f.media[1].zeroes + h->f.media[2].zeroes - zeroes);
    fake_host_free(h);
}

/* Shut down by the host in the middle: it stands still, and then goes on. */
static void shutdown(void)
{
    FakeHost *h = drive();

    soil(h, 1, 0x77);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 20 * MSEC);
    fake_host_restart(h, true);
    CHECK_EQ(sanitize_state(h), 2);
    sanitize_advance(h, 80 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    check_bytes(h, 1, 0);
    fake_host_free(h);
}

/* The destination goes on where the source was. */
static void moves(void)
{
    FakeHost *h = drive();

    soil(h, 1, 0x77);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 32 * MSEC);
    migrate(h);
    CHECK_EQ(sanitize_state(h), 2);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, IN_PROGRESS);
    sanitize_advance(h, 80 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, 0);
    check_bytes(h, 1, 0);
    migrate(h);
    CHECK_EQ(sanitize_state(h), 1);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, 0);
    fake_host_free(h);
}

static unsigned zeroes(const FakeHost *h)
{
    return h->f.media[1].zeroes + h->f.media[2].zeroes;
}

/* No piece is erased, however long it takes. */
static void stands(FakeHost *h)
{
    unsigned n = zeroes(h);

    fake_advance(&h->f, 2 * SECOND);    /* it is not made up for */
    sanitize_settle(h);
    CHECK_EQ(zeroes(h), n);
}

/* It goes on exactly when the controller runs. */
static void arrives(void)
{
    FakeHost *h = drive();
    OcpnError err = { "" };
    Saved s;

    soil(h, 1, 0x77);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 16 * MSEC);
    ocpn_ctrl_set_running(h->c, false);         /* no bus mastering */
    stands(h);
    ocpn_ctrl_settle(h->c);                     /* "stop" */
    stands(h);
    ocpn_ctrl_set_running(h->c, true);          /* "cont", bus mastering */
    sanitize_advance(h, 16 * MSEC);
    CHECK_EQ(sanitize_state(h), 2);
    s = save(h);
    power_on_incoming(h);
    stands(h);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    stands(h);
    CHECK(reload_all(h, &err), "%s", err.text);
    stands(h);
    ocpn_ctrl_set_running(h->c, true);
    CHECK_EQ(sanitize_state(h), 2);
    sanitize_advance(h, 80 * MSEC);
    CHECK_EQ(sanitize_state(h), 1);
    check_bytes(h, 1, 0);
    free(s.bytes);
    fake_host_free(h);
}

/* Without ocp-version what goes on goes on; the command is gone. */
static void no_ocp(void)
{
    FakeHost *h = drive();

    soil(h, 1, 0x77);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0);
    sanitize_advance(h, 20 * MSEC);
    h->setup.cfg.ocp.version = OCP_OFF;
    fake_host_restart(h, false);
    CHECK_EQ(sanitize(h, SAN_BLOCK, 0), 0x001);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, IN_PROGRESS);
    sanitize_advance(h, 80 * MSEC);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 1 }).status, 0);
    check_bytes(h, 1, 0);
    fake_host_free(h);
}

/* Any bytes in its page make a drive that works, sooner or later. */
static void hostile(void)
{
    uint32_t seed = 1;

    for (unsigned i = 0; i < 70; i++) {
        FakeHost *h = drive();
        const OcpnImage *im = image(h, 1);
        ImgPage p = { 0 };

        for (unsigned j = 0; j < 40; j++) {
            seed = seed * 1664525 + 1013904223;
            p.payload[j] = (uint8_t)(seed >> 24);
        }
        p.payload[0] = (uint8_t)(i % 5);
        p.payload[1] = (uint8_t)(i / 5 % 4 & 1);
        p.payload[3] = 0;               /* not for a minute */
        p.payload[4] = (uint8_t)(i % 7 | (i & 0x10));
        p.payload[5] = (uint8_t)(i & 1);
        ocpn_page_seal(im, &p, IMG_REGION_STATE, 10, 1000);
        memcpy(h->f.media[1].bytes + ocpn_page_offset(im, IMG_REGION_STATE,
                                                      10, 1), &p, sizeof(p));
        fake_host_restart(h, false);
        sanitize_advance(h, 300 * MSEC);
        CHECK(sanitize_state(h) != 2, "round %u", i);
        if (sanitize(h, SAN_BLOCK, 0)) {
            CHECK_EQ(sanitize_state(h), 3);
        }
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "chunks become Free, and more worn", chunks },
    { "Controller Level Resets", reset },
    { "power goes at any I/O", cuts },
    { "it goes on where it was", resumes },
    { "a shutdown in the middle", shutdown },
    { "migration in the middle", moves },
    { "a controller that does not run", arrives },
    { "a drive that is no OCP drive any more", no_ocp },
    { "a page of any bytes", hostile },
};
OCPN_UNIT_MAIN("sanitize cut", tests)
