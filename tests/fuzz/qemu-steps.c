/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target "ocp-nvme" of QEMU's fuzzer: the steps of fuzz-steps.h, which
 * fuzz-command.c takes in the core, done to the device as a whole: PCI, guest
 * RAM, doorbells, the block layer and the mapped image, properties.
 *
 * Proves: CONTRIBUTING.md, rule 6: a request completes at most once, or is
 * dropped by a reset; that the drive can be taken away at any time, and that
 * what it leaves can be opened.
 */
#include "qemu/osdep.h"
#include "hw/qdev-core.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "system/runstate.h"
#include "tests/qtest/fuzz/fuzz.h"

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/knob.h"
#include "fuzz-mutate.h"
#include "qemu-host.h"

#define REG_CC      0x14u
#define REG_NSSR    0x20u
#define REG_AQA     0x24u
#define REG_CMBLOC  0x38u
#define CONFIG      0x200u      /* registers from here on: PCI configuration */
#define SHADOWS     (FUZZ_LISTS + 0x10000)

/* CC with a normal or an abrupt shutdown, or with EN 0. */
#define CC_NORMAL   0x00464001u
#define CC_ABRUPT   0x00468001u
#define CC_OFF      0x00460000u

static void reset(QemuHost *t, unsigned kind)
{
    if (kind & 8) {                     /* shut it down first */
        fuzz_host_set_reg(REG_CC, kind & 16 ? CC_ABRUPT : CC_NORMAL, 4);
    }
    if (kind & 32) {
        fuzz_host_run();
    }
    switch (kind % 8) {
    case 1:
        fuzz_drive_flr(t->pci);
        break;
    case 2:
        fuzz_host_set_reg(REG_NSSR, 0x4e564d65, 4);
        break;
    case 3:
        qemu_system_reset(SHUTDOWN_CAUSE_GUEST_RESET);
        break;
    case 4:
        device_cold_reset(DEVICE(t->pci));
        break;
    default:
        fuzz_host_set_reg(REG_CC, CC_OFF, 4);
    }
    fuzz_host_enable(t);
}

/* Registers, but not those that say where the admin rings are. */
static void set_register(QemuHost *t, FuzzInput *in)
{
    uint32_t off = fuzz_take(in, 1) * 4;
    uint32_t val = fuzz_take(in, 4);

    if (off >= CONFIG) {
        fuzz_drive_write_config(t->pci, off - CONFIG, val);
        fuzz_host_lose(t);
        return;
    }
    if (off == REG_CC || off == REG_NSSR) {
        fuzz_host_lose(t);
    }
    if (off < REG_AQA || off >= REG_CMBLOC) {
        fuzz_host_set_reg(off, val, 4);
    }
    fuzz_host_reg(off, 4);
    fuzz_host_reg(off & ~7u, 8);
}

/* The first byte: a queue that there is or, from NONE on, one that is not. */
static void ring(QemuHost *t, FuzzInput *in)
{
    enum { NONE = 0xe0 };
    uint32_t which = fuzz_take(in, 1);
    uint32_t val = fuzz_take(in, 1);
    uint32_t qid = which / 2 % (FUZZ_NQUEUES + 1);

    if (which < NONE) {
        t->q[qid].wild = true;
    } else {
        qid = FUZZ_NQUEUES + 1 + (which - NONE) / 2 * 9;
    }
    fuzz_host_doorbell(qid, which & 1, val == 255 ? UINT32_MAX : val);
}

/* Queues come and go, or Doorbell Buffer Config gives them other tails. */
static bool of_queues(uint8_t opc)
{
    return opc == 0x00 || opc == 0x01 || opc == 0x04 || opc == 0x05 ||
           opc == 0x7c;
}

static void command(QemuHost *t, uint16_t qid, FuzzInput *in)
{
    FuzzCommand cmd = fuzz_host_command(0);

    fuzz_take_command(in, &cmd);
    fuzz_host_submit(t, qid, &cmd);
    if (!qid && of_queues(cmd.opc)) {
        fuzz_host_lose(t);
    }
}

/* Deleted, with what is in it, and made again where the rings are. */
static void remake(QemuHost *t, uint16_t qid)
{
    FuzzCommand cmd = fuzz_host_command(0x00);

    if (!t->q[0].made || t->q[0].wild) {
        return;
    }
    fuzz_host_lose(t);
    cmd.cdw[0] = qid;
    fuzz_host_submit(t, 0, &cmd);
    fuzz_host_run();
    cmd.opc = 0x04;
    fuzz_host_submit(t, 0, &cmd);
    fuzz_host_run();
    fuzz_host_reap(t, 0);
    cmd.opc = 0x05;
    cmd.prp1 = t->q[qid].cq;
    cmd.cdw[0] = (FUZZ_RING - 1) << 16 | qid;
    cmd.cdw[1] = (uint32_t)qid << 16 | 3;
    fuzz_host_submit(t, 0, &cmd);
    cmd.opc = 0x01;
    cmd.prp1 = t->q[qid].sq;
    cmd.cdw[1] = (uint32_t)qid << 16 | 1;
    fuzz_host_submit(t, 0, &cmd);
}

static void fill(FuzzInput *in)
{
    uint64_t at = FUZZ_BUF + fuzz_take(in, 2) % 0x4000 * 4;

    fuzz_bytes(in, fuzz_guest(at), fuzz_take(in, 1));
}

/* SGL descriptors, or if there is no type PRPs, where lists are. */
static void describe(FuzzInput *in)
{
    uint64_t at = FUZZ_LISTS + fuzz_take(in, 1) * 16;
    unsigned n = fuzz_take(in, 1) % 32;

    while (n--) {
        uint64_t type = fuzz_take(in, 1);

        stq_le_p(fuzz_guest(at), fuzz_take_address(in));
        at += 8;
        if (type) {
            stq_le_p(fuzz_guest(at), fuzz_take(in, 2) * 16 |
                                     (type % FUZZ_DATA_BLOCK) << 56);
            at += 8;
        }
    }
}

/* Shadow doorbells, event indexes behind them. */
static void shadow(QemuHost *t, FuzzInput *in)
{
    unsigned entry = fuzz_take(in, 1);
    uint32_t val = fuzz_take(in, 1);
    FuzzCommand cmd = fuzz_host_command(0x7c);

    fuzz_host_lose(t);
    if (entry == 0) {
        cmd.prp1 = SHADOWS;
        cmd.prp2 = SHADOWS + 0x1000;
        fuzz_host_submit(t, 0, &cmd);
        return;
    }
    entry %= 2 * (FUZZ_NQUEUES + 1);
    val = val == 255 ? UINT32_MAX : val;
    stl_le_p(fuzz_guest(SHADOWS + 4 * entry), val);
    fuzz_host_doorbell(entry / 2, entry & 1, val);
}

static void set_property(QemuHost *t, const char *name, const char *text)
{
    if (object_property_find(OBJECT(t->pci), name)) {
        object_property_set_str(OBJECT(t->pci), name, text, NULL);
    }
}

/* That of them which is number N, around and around. */
static const char *name_of(const char *(*name)(unsigned), unsigned n)
{
    unsigned all = 0;

    while (name(all)) {
        all++;
    }
    return name(n % all);
}

/* What people at a monitor say. */
static void say(QemuHost *t, FuzzInput *in)
{
    unsigned what = fuzz_take(in, 1);
    unsigned which = fuzz_take(in, 1);
    char text[FUZZ_TEXT_SIZE];

    fuzz_take_text(in, text);
    switch (what % FUZZ_NTEXTS) {
    case FUZZ_TEXT_KNOB:
        set_property(t, name_of(ocpn_knob_name, which), text);
        break;
    case FUZZ_TEXT_ACTION:
        set_property(t, name_of(ocpn_action_name, which), text);
        break;
    case FUZZ_TEXT_FAULT:
        set_property(t, "fault", which == 255 ? "clear" : text);
        break;
    case FUZZ_TEXT_CHUNKS:
        set_property(t, "set-chunks", text);
        break;
    case FUZZ_TEXT_NOTICE:
        set_property(t, "notify", text);
        break;
    }
}

/*
 * Taken away and put back; orderly, as far as the host goes, or not.  It takes
 * as long as a hundred commands, so it is once in one of four inputs.
 */
static void power(QemuHost *t, bool cut)
{
    if (t->replugged) {
        return;
    }
    t->replugged = true;
    if (!cut) {
        fuzz_host_set_reg(REG_CC, CC_NORMAL, 4);
        fuzz_host_run();
    }
    fuzz_drive_remove(t->pci);
    t->pci = fuzz_drive_again(t->kind);
    fuzz_host_enable(t);
}

/* A VM that is stopped has no time. */
static void pass_time(FuzzInput *in)
{
    int64_t ns = fuzz_take(in, 1);

    ns <<= fuzz_take(in, 1) % 36;
    if (runstate_is_running()) {
        ns += qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
        qemu_clock_advance_virtual_time(ns);
    }
}

static void hold(unsigned how)
{
    if (how & 1) {
        vm_stop(RUN_STATE_PAUSED);
    } else {
        vm_start();
    }
}

static void act(QemuHost *t, FuzzInput *in, unsigned step)
{
    switch ((FuzzStep)step) {
    case FUZZ_RUN:
        fuzz_host_run();
        break;
    case FUZZ_FINISH:                   /* what is ready, and no more */
        fuzz_take(in, 2);
        main_loop_wait(true);
        break;
    case FUZZ_HOLD:
        hold(fuzz_take(in, 1));
        break;
    case FUZZ_TIME:
        pass_time(in);
        break;
    case FUZZ_RESET:
        reset(t, fuzz_take(in, 1));
        break;
    case FUZZ_REGISTER:
        set_register(t, in);
        break;
    case FUZZ_DATA:
        fill(in);
        break;
    case FUZZ_DESCRIPTORS:
        describe(in);
        break;
    case FUZZ_TEXT:
        say(t, in);
        break;
    case FUZZ_POWER:
        power(t, fuzz_take(in, 1) & 1);
        break;
    default:
        break;
    }
}

/* Those that name a queue first. */
static void act_on_queue(QemuHost *t, FuzzInput *in, unsigned step)
{
    switch ((FuzzStep)step) {
    case FUZZ_IO:
        command(t, 1 + fuzz_take(in, 1) % FUZZ_NQUEUES, in);
        break;
    case FUZZ_ADMIN:
        command(t, 0, in);
        break;
    case FUZZ_REAP:
        fuzz_host_reap(t, fuzz_take(in, 1) % (FUZZ_NQUEUES + 1));
        break;
    case FUZZ_DOORBELL:
        ring(t, in);
        break;
    case FUZZ_QUEUE:
        remake(t, 1 + fuzz_take(in, 1) % FUZZ_NQUEUES);
        break;
    case FUZZ_SHADOW:
        shadow(t, in);
        break;
    default:
        act(t, in, step);
    }
}

static void fuzz(QTestState *qts, const unsigned char *data, size_t size)
{
    static QemuHost t;
    FuzzInput in = { data, size };

    t.cid = 0;
    t.kind = fuzz_take(&in, 1);
    t.replugged = size % 4;
    t.pci = fuzz_drive_new(t.kind);
    fuzz_host_enable(&t);
    g_assert(t.q[0].made && t.q[FUZZ_NQUEUES].made);    /* it is new */
    for (unsigned i = 0; i < FUZZ_STEPS && in.left; i++) {
        act_on_queue(&t, &in, fuzz_take(&in, 1) % FUZZ_NSTEPS);
    }
    vm_start();
    fuzz_host_run();
    for (uint16_t i = 0; i <= FUZZ_NQUEUES; i++) {
        fuzz_host_reap(&t, i);
    }
    fuzz_drive_remove(t.pci);
    if (t.kind / (2 * FUZZ_NKINDS) % 8 == 1) {
        fuzz_drive_remove(fuzz_drive_again(t.kind));
    }
}

static bool ours;           /* this target is the one that runs */

static GString *command_line(FuzzTarget *target)
{
    ours = true;
    return fuzz_drive_command_line();
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    if (!ours || !size || seed % 4 == 0) {
        return LLVMFuzzerMutate(data, size, max);
    }
    for (unsigned n = 1 + seed / 4 % 4; n--; ) {
        size = fuzz_mutate(data, size, max, seed++);
    }
    return size;
}

static void add_target(void)
{
    fuzz_add_target(&(FuzzTarget) {
        .name = "ocp-nvme",
        .description = "Steps of a host and a monitor, done to ocp-nvme",
        .get_init_cmdline = command_line,
        .pre_vm_init = fuzz_drive_create_image,
        .fuzz = fuzz,
    });
}

fuzz_target_init(add_target);
