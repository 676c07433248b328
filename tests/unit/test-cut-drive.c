/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts at every write of what changes a drive, and not its blocks.
 * Proves: docs/image-format.rst, "Device state", "Namespaces"; docs/ocp.rst,
 * "Power cuts", "State files".
 */
#include "cut.h"
#include "firmware-unit.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/knob.h"
#include "ns-unit.h"
#include "sanitize-unit.h"

#define OWN(other)  ((other) + CUT_OWN_AT)

/* 64 blocks of 512 bytes, OCP. */
static const FakeSetup drive = {
    .cfg = { .ocp = { .version = OCP_2_5, .knobs = true } },
    .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
              .mode = IMG_MODE_CONVENTIONAL, .nsze = 64 } },
};

static void write_one(Cut *t)
{
    cut_write(t, 1, 0, 4, 0, false);
}

/* ------------------------------------------------------------ namespaces */

static void create(Cut *t, uint32_t want)
{
    uint8_t *p = fake_guest(t->h, FAKE_BUF);
    FakeCqe e;

    memset(p, 0, 4096);
    put_bytes_at(p, 8, 1024);
    put_bytes_at(p + 8, 8, 1024);
    e = cut_admin(t, &(FakeCmd) { .opc = NS_MANAGE, .prp1 = FAKE_BUF },
                  CUT_NOT);
    CHECK(!e.found || e.dw0 == want, "namespace %u, not %u", e.dw0, want);
}

static void attach(Cut *t, uint32_t nsid, uint32_t sel)
{
    FakeCmd cmd = ns_attach_cmd(t->h, nsid, sel);

    cut_admin(t, &cmd, CUT_NOT);
}

static void delete(Cut *t, uint32_t nsid)
{
    FakeCmd cmd = ns_delete_cmd(nsid);

    cut_admin(t, &cmd, CUT_NOT);
}

static void unallocated(FakeHost *h, uint64_t *other)
{
    OWN(other)[0] = ns_unallocated(h);
    CHECK(OWN(other)[0] % NS_GRAIN == 0, "part of a grain");
}

static void namespaces(Cut *t)
{
    delete(t, 1);
    create(t, 1);
    create(t, 2);
    attach(t, 1, 0);
    if (!t->plug.off && t->done == 4 && t->limit > 4) {
        cut_write(t, 1, 0, 1, 0, false);
    }
    attach(t, 2, 0);
    cut_flush(t, ALL);
    attach(t, 1, 1);
    delete(t, 1);
    create(t, 1);
}

static void namespaces_cut(void)
{
    cut_scenario(&(CutScenario) { .name = "namespaces", .drive = ns_drive,
                                  .flags = CUT_START,
                                  .run = namespaces, .look = unallocated });
}

/* -------------------------------------------------------------- features */

static void save(Cut *t, uint32_t fid, uint32_t nsid, uint32_t value)
{
    cut_admin(t, &(FakeCmd) { .opc = 0x09, .nsid = nsid, .prp1 = FAKE_BUF,
                              .cdw10 = fid | 1u << 31, .cdw11 = value },
              CUT_OWN);
}

static void features(Cut *t)
{
    save(t, 0x04, 0, 0x155);
    save(t, 0x02, 0, 1);
    save(t, 0x04, 0, 0x156);
    save(t, 0x0b, 0, 1);
}

static void features_cut(void)
{
    cut_both(&(CutScenario) { .name = "saved features", .drive = drive,
                              .run = features });
}

/* Write protection of a namespace: what is protected is not written. */
static void protection(FakeHost *h, uint64_t *other)
{
    FakeCqe e = fake_get_feature(h, 0x84, 1, 0);

    OWN(other)[0] = e.status ? e.status : e.dw0 + 0x1000u;
}

static void protects(Cut *t)
{
    write_one(t);
    for (unsigned i = 0; i < 4; i++) {
        cut_admin(t, &(FakeCmd) { .opc = 0x09, .nsid = 1, .cdw10 = 0x84,
                                  .cdw11 = !(i & 1) }, CUT_NOT);
    }
    write_one(t);
}

static void protects_cut(void)
{
    cut_both(&(CutScenario) { .name = "write protection", .drive = drive,
                              .flags = CUT_LAZY, .run = protects,
                              .look = protection });
}

/* -------------------------------------------------------------- firmware */

/* What is in the slots; which of them runs changes with the power. */
static void slots(FakeHost *h, uint64_t *other)
{
    CHECK_EQ(fake_get_log(h, 0x03, ALL, 0, 512).status, 0);
    OWN(other)[0] = cut_hash(fake_guest(h, FAKE_BUF) + 8, 56);
    CHECK_EQ(fake_get_log(h, 0xc2, ALL, 0, 4096).status, 0);
}

static void commit(Cut *t, const char *line, unsigned slot, unsigned action)
{
    FakeCmd cmd = fw_commit_cmd(slot, action);

    if (!cut_begin(t)) {
        return;
    }
    memset(fake_guest(t->h, IMAGE), 0, UNIT);
    memcpy(fake_guest(t->h, IMAGE), line, strlen(line));
    fw_piece(t->h, 0, UNIT);
    fake_submit(t->h, 0, &cmd);
    fake_run(&t->h->f);
    fake_advance(&t->h->f, 1000 * MSEC);
    while (fake_reap(t->h, 0).found) {
        cut_promise(t);
    }
    cut_end(t, CUT_NOT);
}

static void firmware(Cut *t)
{
    commit(t, "version=2.0\n", 2, 0);
    commit(t, "version=3.0\n", 3, 1);
    commit(t, "version=4.0\n", 2, 3);
}

static void firmware_cut(void)
{
    cut_scenario(&(CutScenario) { .name = "firmware", .drive = drive,
                                  .flags = CUT_START,
                                  .run = firmware, .look = slots });
}

/* -------------------------------------------------------------- sanitize */

static void sanitized(FakeHost *h, uint64_t *other)
{
    const uint8_t *p = smart_page(h, 0x81);

    OWN(other)[0] = (bytes_at(p + 2, 2) & 7) + 1;
}

/* What was begun ends by itself. */
static void finish(Cut *t)
{
    for (unsigned i = 0; i < 4000 && sanitize_state(t->h) == 2; i++) {
        sanitize_advance(t->h, MSEC);
    }
}

static void sanitizes(Cut *t)
{
    write_one(t);
    for (unsigned action = SAN_BLOCK; action <= SAN_OVERWRITE; action++) {
        if (!cut_begin(t)) {
            return;
        }
        fake_submit(t->h, 0, &(FakeCmd) {
            .opc = 0x84, .cdw10 = action | 1 << 4, .cdw11 = 0x5a5a5a5a });
        fake_run(&t->h->f);
        if (fake_reap(t->h, 0).found) {
            cut_promise(t);
        }
        for (unsigned i = 0; i < 400 && !t->plug.off; i++) {
            sanitize_advance(t->h, MSEC);
        }
        cut_end(t, CUT_NOT);
        write_one(t);
    }
}

static void short_time(Cut *t)
{
    write_one(t);
    smart_knob(t->h, "sanitize-ms", "16");
}

static void sanitizes_cut(void)
{
    cut_scenario(&(CutScenario) { .name = "sanitize", .drive = drive,
                                  .prepare = short_time, .run = sanitizes,
                                  .look = sanitized, .back = finish });
}

/* --------------------------------------- self-tests, telemetry, and knobs */

/* Completed, or not: one that power ended says so, which is "not". */
static void tested(FakeHost *h, uint64_t *other)
{
    CHECK_EQ(fake_get_log(h, 0x06, ALL, 0, 564).status, 0);
    OWN(other)[0] = (fake_guest(h, FAKE_BUF)[4] & 15) == 0 ? 2 : 1;
}

static void self_test(Cut *t)
{
    if (cut_begin(t)) {
        fake_submit(t->h, 0, &(FakeCmd) { .opc = 0x14, .nsid = ALL,
                                          .cdw10 = 1 });
        fake_run(&t->h->f);
        fake_reap(t->h, 0);
        for (unsigned i = 0; i < 300; i++) {
            fake_advance(&t->h->f, SECOND);
        }
        cut_end(t, CUT_NOT);
    }
    write_one(t);
}

static void self_test_cut(void)
{
    cut_scenario(&(CutScenario) { .name = "self-test", .drive = drive,
                                  .run = self_test, .look = tested });
}

/* Generations; and that the persistent event log can be read. */
static void captured(FakeHost *h, uint64_t *other)
{
    CHECK_EQ(fake_get_log(h, 0x07, ALL, 0, 512).status, 0);
    OWN(other)[0] = fake_guest(h, FAKE_BUF)[381] + 1u;
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
        .cdw10 = 0x08 | 1 << 15 | 127u << 16 }).status, 0);
    OWN(other)[1] = fake_guest(h, FAKE_BUF)[382] + 1u;
    OWN(other)[2] = fake_guest(h, FAKE_BUF)[383] + 1u;
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
        .cdw10 = 0x0d | 1 << 8 | 127u << 16 }).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[0], 0x0d);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
        .cdw10 = 0x0d | 2 << 8 | 127u << 16 }).status, 0);
}

static void act_step(Cut *t, const char *name, const char *text)
{
    OcpnError err = { "" };

    if (cut_begin(t)) {
        bool done = ocpn_action(t->h->c, name, text, &err);

        CHECK(done, "%s %s: %s", name, text, err.text);
        cut_end(t, CUT_NOT);
    }
}

static void telemetry(Cut *t)
{
    for (unsigned i = 0; i < 2; i++) {
        cut_admin(t, &(FakeCmd) { .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
                                  .cdw10 = 0x07 | 1 << 8 | 127u << 16 },
                  CUT_NOT);
    }
    act_step(t, "telemetry-trigger", "it broke");
    cut_admin(t, &(FakeCmd) { .opc = 0x02, .nsid = ALL, .prp1 = FAKE_BUF,
                              .cdw10 = 0x08 | 127u << 16 }, CUT_NOT);
    act_step(t, "telemetry-trigger", "again");
}

static void telemetry_cut(void)
{
    cut_scenario(&(CutScenario) { .name = "telemetry", .drive = drive,
                                  .flags = CUT_SOON, .run = telemetry,
                                  .look = captured });
}

static const char *const kept[] = {
    "spare", "xor-recovery", "percentage-used", "bad-user-blocks", "panic",
};

static void knobs_look(FakeHost *h, uint64_t *other)
{
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        char text[OCPN_KNOB_TEXT] = "";
        OcpnError err = { "" };
        bool done = ocpn_knob_get(h->c, kept[i], text, &err);

        CHECK(done, "%s: %s", kept[i], err.text);
        OWN(other)[i] = cut_hash(text, strlen(text));
    }
}

static void knob(Cut *t, const char *name, const char *value)
{
    if (cut_begin(t)) {
        smart_knob(t->h, name, value);
        cut_end(t, CUT_NOT);
    }
}

/* One by one, then all of a state file at once. */
static void knobs(Cut *t)
{
    static const OcpnKnobValue file[] = {
        { "spare", "70" }, { "xor-recovery", "9" }, { "percentage-used", "40" },
        { "bad-user-blocks", "3" },
    };
    OcpnError err = { "" };

    knob(t, "spare", "55");
    knob(t, "xor-recovery", "1234567890123");
    knob(t, "panic", "2");
    knob(t, "panic", "0");
    if (cut_begin(t)) {
        bool done = ocpn_knobs_load(t->h->c, file, 4, true, &err);

        CHECK(done, "%s", err.text);
        cut_end(t, CUT_NOT);
    }
}

static void knobs_cut(void)
{
    cut_scenario(&(CutScenario) { .name = "knobs", .drive = drive,
                                  .flags = CUT_LAZY, .run = knobs,
                                  .look = knobs_look });
}

static const OcpnTest tests[] = {
    { "namespaces", namespaces_cut },
    { "saved features", features_cut },
    { "write protection", protects_cut },
    { "firmware", firmware_cut },
    { "sanitize", sanitizes_cut },
    { "self-test", self_test_cut },
    { "telemetry and persistent events", telemetry_cut },
    { "knobs and state files", knobs_cut },
};
OCPN_UNIT_MAIN("cut-drive", tests)
