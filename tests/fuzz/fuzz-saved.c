/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"
#include "fuzz-saved.h"
#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/migrate.h"

static FuzzSaved saved[FUZZ_NKINDS];

static void add_fault(FakeHost *h, const char *text)
{
    OcpnFaultRule rule;
    OcpnError err;

    if (ocpn_fault_parse(text, &rule, &err)) {
        ocpn_fault_add(h->c, &rule, &err);
    }
}

/* What a kind does not have is refused, and no loss. */
static void enrich(FakeHost *h)
{
    OcpnError err;

    fake_create_pair(h, 2, 4);
    for (unsigned i = 0; i < 5; i++) {          /* more than the CQ takes */
        fake_submit(h, 2, &(FakeCmd) { .opc = 0x7f, .nsid = 1 });
        fake_run(&h->f);
    }
    fake_set_feature(h, 0x0b, 0, 0x1f00);
    fake_set_feature(h, 0x80000005, 1, 0x10000);
    fake_set_feature(h, 0x04, 0, 0x140);
    add_fault(h, "read-fail grp=1 ppm=500000 seed=9");
    add_fault(h, "status opcode=2 status=0x281 times=3");
    add_fault(h, "latency opcode=1 ms=300 times=20");
    ocpn_knob_set(h->c, "temperature", "400", &err);
    ocpn_knob_set(h->c, "spare", "3", &err);
    ocpn_action(h->c, "force-status", "lid=0xc0 status=0x006 count=2", &err);
    ocpn_action(h->c, "corrupt", "lid=0xc3 what=short", &err);
    ocpn_action(h->c, "temperature-ramp", "to=350 ms=5000", &err);
    for (unsigned i = 0; i < 2; i++) {
        fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    }
    fake_submit(h, 1, &(FakeCmd) { .opc = 0x01, .nsid = 1,
                                   .prp1 = FAKE_BUF, .cdw12 = 1,
                                   .mptr = FAKE_BUF + 0x10000 });
    fake_run(&h->f);
}

const FuzzSaved *fuzz_saved(unsigned kind)
{
    FuzzSaved *s = &saved[kind % FUZZ_NKINDS];
    OcpnError err = { "" };
    FakeHost *h;

    if (s->bytes) {
        return s;
    }
    h = fuzz_drive(kind);
    FUZZ_CHECK(fuzz_power_on(h, false, &err) && fuzz_enable(h), "%s",
               err.text);
    enrich(h);
    ocpn_ctrl_set_running(h->c, false);
    ocpn_ctrl_settle(h->c);
    fake_run(&h->f);
    fake_advance(&h->f, 1000000000);
    FUZZ_CHECK(ocpn_ctrl_settled(h->c), "kind %u does not settle", kind);
    s->len = ocpn_ctrl_save(h->c, NULL, 0);
    s->bytes = malloc(s->len);
    FUZZ_CHECK(s->bytes, "no memory");
    ocpn_ctrl_save(h->c, s->bytes, s->len);
    ocpn_ctrl_set_running(h->c, true);
    fake_host_off(h);
    return s;
}
