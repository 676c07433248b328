/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors that the monitor injects.
 * Proves: docs/ocp.rst, "Actions".
 */
#include "action-unit.h"
#include "hw/ocp-nvme/core/inject.h"

static uint16_t read_block(FakeHost *h)
{
    FakeCmd cmd = { .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF };

    return fake_io(h, &cmd).status;
}

/* Type 0Fh: the third I/O command fails, and those after it do not. */
static void once(void)
{
    FakeHost *h = smart_drive(OCP_2_0);

    act(h, "inject", "type=0x0f after=2");
    CHECK(!strcmp(armed(h, "inject", 0), "type=0x0f"), "armed");
    CHECK(!*armed(h, "inject", 1), "nothing else");
    CHECK_EQ(read_block(h), 0);
    CHECK_EQ(read_block(h), 0);
    CHECK_EQ(read_block(h), 0x281);
    CHECK(!*armed(h, "inject", 0), "fired");
    CHECK_EQ(read_block(h), 0);
    fake_host_free(h);
}

static void again(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    act(h, "inject", "repeat, type=15");
    CHECK(!strcmp(armed(h, "inject", 0), "type=0x0f repeat"), "armed");
    CHECK_EQ(read_block(h), 0x281);
    CHECK_EQ(read_block(h), 0x281);
    act(h, "inject", "type=0x0e ms=700");
    CHECK(!strcmp(armed(h, "inject", 1), "type=0x0e ms=700"), "armed");
    act(h, "inject", "clear");
    CHECK(!*armed(h, "inject", 0), "cleared");
    CHECK_EQ(read_block(h), 0);
    fake_host_free(h);
}

static void refused(void)
{
    FakeHost *h = smart_drive(OCP_2_7);

    act_refused(h, "inject", "", "give type=");
    act_refused(h, "inject", "type=0", "type");
    act_refused(h, "inject", "type=0x23", "type");
    act_refused(h, "inject", "type=0x19", "no such error");
    act_refused(h, "inject", "type=0x0f type=0x0f", "is not expected");
    act_refused(h, "inject", "type=0x0f repeat=1", "is not expected");
    act_refused(h, "inject", "type=0x0f after=65536", "after");
    act_refused(h, "inject", "type=0x0f ms=1", "has no time");
    act_refused(h, "inject", "type=0x0f how", "is not expected");
    CHECK(!*armed(h, "inject", 0), "nothing");
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "once", once },
    { "again", again },
    { "refused", refused },
};
OCPN_UNIT_MAIN("inject-act", tests)
