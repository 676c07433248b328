/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes are what a host, a monitor, media and the clock do: fuzz-host.h has
 * how.  Queues and rings are valid unless an input spoils them.
 *
 * Proves: CONTRIBUTING.md, rule 6: a request completes at most once, or is
 * dropped by a reset; and that nothing is left over.
 */
#include "fuzz-host.h"

#define TURNS       2000u       /* of the loop, for an I/O that waits */
#define REG_CC      0x14u

static void finish(FuzzHost *t, FuzzInput *in)
{
    static const OcpnIoResult results[] = {
        OCPN_IO_OK, OCPN_IO_OK, OCPN_IO_OK, OCPN_IO_ERROR, OCPN_IO_NOSPC,
        OCPN_IO_NODMA,
    };
    unsigned which = (unsigned)fuzz_take(in, 1);
    unsigned result = (unsigned)fuzz_take(in, 1);

    if (t->h->f.nios) {
        fake_io_finish(&t->h->f, which % t->h->f.nios, results[result % 6]);
    }
}

/* Everything that is held is let go of, and all queues are made anew. */
static void reset(FuzzHost *t, unsigned kind)
{
    if (kind & 8) {                     /* shut it down first */
        fake_set_reg(t->h, REG_CC, kind & 16 ? 0x00468001 : 0x00464001, 4);
    }
    if (kind & 32) {
        fake_run(&t->h->f);
    }
    if (kind % 8 == 4) {
        fake_set_reg(t->h, REG_CC, 0x00460000, 4);
    }
    fuzz_reset(t->h, (OcpnReset)(kind % 4));
    fuzz_host_enable(t);
}

/* Registers, but not those that say where the admin rings are. */
static void set_register(FuzzHost *t, FuzzInput *in)
{
    uint32_t off = (uint32_t)fuzz_take(in, 1) * 4;
    uint32_t val = (uint32_t)fuzz_take(in, 4);

    if (off == REG_CC || off == 0x20) {
        fuzz_host_lose(t);
    }
    if (off < 0x24 || off >= 0x38) {
        fake_set_reg(t->h, off, val, 4);
    }
    fake_reg(t->h, off, 4);
    fake_reg(t->h, off & ~7u, 8);
}

static void ring(FuzzHost *t, FuzzInput *in)
{
    uint32_t qid = (uint32_t)fuzz_take(in, 1);
    uint32_t val = (uint32_t)fuzz_take(in, 1);

    t->wild[qid / 2 % (FUZZ_NQUEUES + 1)] = true;
    fake_doorbell(t->h, qid / 2 % (FUZZ_NQUEUES + 1), qid & 1,
                  val == 255 ? UINT32_MAX : val);
}

/* Through the admin queue; if it is busy the account of all is lost. */
static void remake(FuzzHost *t, uint16_t qid)
{
    if (!t->made[0] || t->wild[0]) {
        return;
    }
    fuzz_host_lose(t);
    fake_submit(t->h, 0, &(FakeCmd) { .opc = 0x00, .cdw10 = qid });
    fake_run(&t->h->f);
    fake_submit(t->h, 0, &(FakeCmd) { .opc = 0x04, .cdw10 = qid });
    fake_run(&t->h->f);
    fuzz_host_reap(t, 0);
    fake_create_pair(t->h, qid, FUZZ_RING);
}

static void fill(FuzzHost *t, FuzzInput *in)
{
    uint64_t at = FAKE_BUF + fuzz_take(in, 2) % 0x4000 * 4;

    fuzz_bytes(in, fake_guest(t->h, at), fuzz_take(in, 1));
}

/* SGL descriptors, or if there is no type PRPs, where lists are. */
static void describe(FuzzHost *t, FuzzInput *in)
{
    uint64_t at = FAKE_LISTS + fuzz_take(in, 1) * 16;
    unsigned n = (unsigned)fuzz_take(in, 1) % 32;

    while (n--) {
        unsigned type = (unsigned)fuzz_take(in, 1);

        fake_put_le(fake_guest(t->h, at), 8, fuzz_take_address(in));
        at += 8;
        if (type) {
            fake_put_le(fake_guest(t->h, at), 8,
                        fuzz_take(in, 2) * 16 |
                        (uint64_t)(type % FUZZ_DATA_BLOCK) << 56);
            at += 8;
        }
    }
}

/* Shadow doorbells at FAKE_LISTS + 64 KiB, event indexes behind them. */
static void shadow(FuzzHost *t, FuzzInput *in)
{
    uint64_t at = FAKE_LISTS + 0x10000;
    unsigned entry = (unsigned)fuzz_take(in, 1);
    uint32_t val = (uint32_t)fuzz_take(in, 1);

    fuzz_host_lose(t);
    if (entry == 0) {
        fake_submit(t->h, 0, &(FakeCmd) { .opc = 0x7c, .prp1 = at,
                                          .prp2 = at + 0x1000 });
        return;
    }
    fake_put_le(fake_guest(t->h, at + 4 * (entry % 10)), 4,
                val == 255 ? UINT32_MAX : val);
    for (uint16_t i = 1; i <= FUZZ_NQUEUES; i++) {
        if (t->h->f.started[i] && ocpn_cq_poll(t->h->c, i)) {
            t->h->f.kicked[i] = true;
        }
    }
}

static void power(FuzzHost *t, bool cut)
{
    OcpnError err;

    if (cut) {
        fake_port_kill(&t->h->f);
        t->h->f.fail_alloc = 0;
    } else {
        t->h->f.fail_alloc = 0;
        fake_host_off(t->h);
    }
    FUZZ_CHECK(fuzz_power_on(t->h, false, &err), "%s: %s",
               cut ? "after a power cut" : "after a shutdown", err.text);
    fuzz_host_enable(t);
}

static void pass_time(FuzzHost *t, FuzzInput *in)
{
    uint64_t ns = fuzz_take(in, 1);

    fake_advance(&t->h->f, ns << fuzz_take(in, 1) % 36);
}

static void act(FuzzHost *t, FuzzInput *in, unsigned step)
{
    switch ((FuzzStep)step) {
    case FUZZ_RUN:
        fake_run(&t->h->f);
        break;
    case FUZZ_FINISH:
        finish(t, in);
        break;
    case FUZZ_HOLD:
        step = (unsigned)fuzz_take(in, 1);
        t->h->f.hold = step & 1;
        t->h->f.fail_alloc = step >> 1 & 7;
        break;
    case FUZZ_TIME:
        pass_time(t, in);
        break;
    case FUZZ_RESET:
        reset(t, (unsigned)fuzz_take(in, 1));
        break;
    case FUZZ_REGISTER:
        set_register(t, in);
        break;
    case FUZZ_DATA:
        fill(t, in);
        break;
    case FUZZ_DESCRIPTORS:
        describe(t, in);
        break;
    case FUZZ_TEXT:
        fuzz_text(t->h, in);
        break;
    case FUZZ_POWER:
        power(t, fuzz_take(in, 1) & 1);
        break;
    default:
        break;
    }
}

/* Those that name a queue first. */
static void act_on_queue(FuzzHost *t, FuzzInput *in, unsigned step)
{
    uint16_t qid;

    switch ((FuzzStep)step) {
    case FUZZ_IO:
        qid = (uint16_t)(1 + fuzz_take(in, 1) % FUZZ_NQUEUES);
        fuzz_host_command(t, qid, in);
        break;
    case FUZZ_ADMIN:
        fuzz_host_command(t, 0, in);
        break;
    case FUZZ_REAP:
        fuzz_host_reap(t, (uint16_t)(fuzz_take(in, 1) % (FUZZ_NQUEUES + 1)));
        break;
    case FUZZ_DOORBELL:
        ring(t, in);
        break;
    case FUZZ_QUEUE:
        remake(t, (uint16_t)(1 + fuzz_take(in, 1) % FUZZ_NQUEUES));
        break;
    case FUZZ_SHADOW:
        shadow(t, in);
        break;
    default:
        act(t, in, step);
    }
}

/* Everything comes to its end, as far as the drive lets it. */
static void drain(FuzzHost *t)
{
    t->h->f.hold = false;
    t->h->f.fail_alloc = 0;
    for (unsigned i = 0; i < TURNS; i++) {
        fake_run(&t->h->f);
        if (!t->h->f.nios) {
            break;
        }
        fake_io_finish(&t->h->f, 0, OCPN_IO_OK);
    }
    for (uint16_t i = 0; i <= FUZZ_NQUEUES; i++) {
        fuzz_host_reap(t, i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FuzzHost t;
    FuzzInput in = { data, size };
    OcpnError err;

    t.h = fuzz_drive((unsigned)fuzz_take(&in, 1));
    FUZZ_CHECK(fuzz_power_on(t.h, false, &err), "%s", err.text);
    fuzz_host_enable(&t);
    for (unsigned i = 0; i < FUZZ_STEPS && in.left; i++) {
        act_on_queue(&t, &in, (unsigned)fuzz_take(&in, 1) % FUZZ_NSTEPS);
    }
    drain(&t);
    fuzz_reset(t.h, OCPN_RESET_CONTROLLER);
    fake_host_off(t.h);
    FUZZ_CHECK(fuzz_power_on(t.h, false, &err), "what it left: %s", err.text);
    fake_host_off(t.h);
    return 0;
}
