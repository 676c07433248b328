/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened, as lines: docs/ocp.rst, "What happened". */
#include <stdio.h>

#include "action-unit.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/record.h"

/* The newest line that has TEXT; "" if there is none. */
static const char *newest(FakeHost *h, const char *text)
{
    static char line[OCPN_RECORD_TEXT], found[OCPN_RECORD_TEXT];

    found[0] = '\0';
    for (unsigned i = 0; ocpn_record_show(h->c, i, line); i++) {
        if (strstr(line, text)) {
            memcpy(found, line, sizeof(found));
        }
    }
    return found;
}

static unsigned number(const char *line)
{
    unsigned n = 0;

    CHECK_EQ(sscanf(line, "%u ", &n), 1);
    return n;
}

static void lines(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_HAS(newest(h, "queue-created"), "qid=1 cq=0");
    fake_advance(&h->f, 1500 * SECOND / 1000);
    smart_knob(h, "temperature", "351");
    CHECK_HAS(newest(h, "temperature"), " 1.500000 temperature kelvin=351 "
              "was=310");
    CHECK_HAS(newest(h, "warning"), "bits=0x2 was=0x0");
    CHECK_HAS(newest(h, "throttle"), "level=1 was=0");
    CHECK(!newest(h, " aen ")[0], "no request was there for it");
    CHECK_EQ(smart_event(h), 0x00020101);
    CHECK_HAS(newest(h, " aen "), "type=1 info=0x1 lid=0x2");
    CHECK_EQ(fake_get_log(h, 0x02, ALL, 0, 512).status, 0);
    CHECK_HAS(newest(h, "log-read"), "lid=0x2 rae=0");
    CHECK_EQ(fake_set_feature(h, 0xc2, 0, 1u << 30).status, 0);
    CHECK_HAS(newest(h, "feature-set"), "fid=0xc2 value=0x40000000");
    CHECK_EQ(fake_get_log(h, 0xc8, ALL, 0, 512).status, 0x109);
    CHECK_HAS(newest(h, "failed"), "opcode=0x2 id=0xc8 sqid=0 status=0x109");
    ocpn_happened(h->c, OCPN_HAP_MEDIA_ERROR, UINT64_MAX, UINT64_MAX);
    CHECK_HAS(newest(h, "media-error"),
              "nsid=4294967295 lba=0xffffffffffffffff");
    fake_host_free(h);
}

/* Every kind fits its line; the newest 128, with numbers that go on. */
static void many(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    char line[OCPN_RECORD_TEXT];
    unsigned first, n = 0;

    for (unsigned i = 0; i < 10 * OCPN_HAP_N; i++) {
        OcpnHappening what = (OcpnHappening)(i % OCPN_HAP_N);

        if (what != OCPN_HAP_RESET) {
            ocpn_happened(h->c, what, UINT64_MAX, UINT64_MAX);
        }
    }
    CU_ASSERT(ocpn_record_show(h->c, 0, line));
    first = number(line);
    CU_ASSERT(first > 100);
    for (; ocpn_record_show(h->c, n, line); n++) {
        CHECK_EQ(number(line), first + n);
        CHECK(!strstr(line, "other"), "%s", line);
        CHECK(strlen(line) < sizeof(line) - 1, "%s", line);
    }
    CHECK_EQ(n, 128);
    CU_ASSERT(ocpn_record_show(h->c, n - 1, line));
    CHECK_HAS(line, "log-read lid=0xff rae=1");
    fake_host_free(h);
}

/* With what it took; what it causes is told of later. */
static void power_cut(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    act(h, "power-cut", "now");
    fake_run(&h->f);
    CHECK_HAS(newest(h, "power-cut"), " power-cut unsafe=1 lost=0");
    CHECK(!newest(h, " panic ")[0], "nothing was lost");
    CHECK_EQ(number(newest(h, "power-cut")),
             number(newest(h, " reset kind=3")) + 1);
    act(h, "power-cut", "now");                 /* nobody had enabled it */
    CHECK_HAS(newest(h, "power-cut"), " power-cut unsafe=0 lost=0");
    CU_ASSERT(fake_enable(h));
    CHECK_EQ(fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status, 0);
    act(h, "power-cut", "after-writes=1 drop-last=1");
    CHECK_EQ(smart_io(h, 0x01, 0, 1), 0);
    fake_run(&h->f);
    CHECK_HAS(newest(h, "power-cut"), " power-cut unsafe=1 lost=1");
    CHECK(number(newest(h, " panic ")) > number(newest(h, "power-cut")),
          "%s", newest(h, " panic "));
    fake_host_free(h);
}

static void off(void)
{
    FakeHost *h = smart_drive(OCP_OFF);
    char line[OCPN_RECORD_TEXT];

    CU_ASSERT(!ocpn_record_show(h->c, 0, line));
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "lines", lines },
    { "many", many },
    { "a power cut", power_cut },
    { "none without OCP", off },
};
OCPN_UNIT_MAIN("record", tests)
