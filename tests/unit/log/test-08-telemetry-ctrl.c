/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Telemetry Controller-Initiated (Log Identifier
 * 08h)"; OCP Datacenter NVMe SSD, TEL-3, TEL-4.
 */
#include "hw/ocp-nvme/core/telemetry.h"
#include "telemetry-unit.h"

static TelLog t;

static bool fail(FakeHost *h, const char *what)
{
    bool captured = ocpn_telemetry_trigger(h->c, what, "core/media.c", 17);

    fake_run(&h->f);
    return captured;
}

/* OCP-CASE-112 */
static void after_a_failure(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    TelEvent e;

    tel_read(h, TEL_CTRL, TEL_CREATE | TEL_RAE, 3, &t);
    CHECK_EQ(t.len, 512);
    CHECK_EQ(t.b[0], 0x08);
    CU_ASSERT(fake_all(t.b + 8, 0, 373));
    CHECK_EQ(bytes_at(t.b + 381, 3), 1);        /* scope; nothing captured */
    CU_ASSERT(fake_all(t.b + 384, 0, 128));

    CU_ASSERT(fail(h, "die 3 does not answer"));
    tel_read(h, TEL_CTRL, TEL_CREATE | TEL_RAE, 3, &t);
    CHECK_EQ(bytes_at(t.b + 8, 2), 32);
    CU_ASSERT(t.len > 512 * 33);
    CHECK_EQ(t.b[382], 1);
    CHECK_EQ(t.b[383], 1);                      /* LSP creates nothing here */
    CHECK_HAS(tel_reason(&t), "die 3 does not answer");
    CU_ASSERT(fake_all(t.b + 384 + 21, 0, 43));
    CU_ASSERT(!memcmp(t.b + 384 + 64, "media.c\0", 8));
    CHECK_EQ(bytes_at(t.b + 384 + 72, 2), 17);
    CHECK_EQ(t.b[384 + 74], 7);
    CHECK_EQ(bytes_at(t.b + 512, 4), 0x00010003);
    CHECK_EQ(tel_value(&t, 1, 0x04), 1);
    CHECK_EQ(tel_count(&t, 0, 0x05, 0, &e), 1);

    tel_read(h, TEL_HOST, TEL_RAE, 3, &t);      /* it mirrors both */
    CHECK_EQ(bytes_at(t.b + 382, 2), 0x0101);
    tel_read(h, TEL_HOST, TEL_CREATE, 3, &t);   /* TEL-4: the latest failure */
    CHECK_HAS(tel_reason(&t), "die 3 does not answer");
    fake_host_free(h);
}

/* OCP-CASE-113 */
static void available(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    const uint8_t *b = fake_guest(h, FAKE_BUF);

    CU_ASSERT(fail(h, "one"));
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(tel_get(h, TEL_CTRL, TEL_RAE, 0, 512), 0);
        CHECK_EQ(b[382], 1);
    }
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_READ, 0, 512), 0);
    CHECK_EQ(b[382], 1);                        /* as it was when asked */
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_RAE, 0, 512), 0);
    CHECK_EQ(b[382], 0);
    CHECK_EQ(bytes_at(b + 8, 2), 32);           /* still there to be read */
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_READ, 512, 512), 0);
    CHECK_EQ(bytes_at(b, 4), 0x00010003);
    fake_host_free(h);
}

/* What the host has not read yet is not overwritten. */
static void one_at_a_time(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CU_ASSERT(fail(h, "one"));
    CU_ASSERT(!fail(h, "two"));
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(t.b[383], 1);
    CHECK_HAS(tel_reason(&t), "one");
    tel_read(h, TEL_HOST, TEL_RAE, 3, &t);
    CHECK_HAS(tel_reason(&t), "two");
    tel_read(h, TEL_CTRL, TEL_READ, 3, &t);
    CU_ASSERT(fail(h, "three"));
    tel_read(h, TEL_CTRL, TEL_RAE, 3, &t);
    CHECK_EQ(t.b[383], 2);
    CHECK_HAS(tel_reason(&t), "three");
    fake_host_free(h);
}

static FakeCqe notice(FakeHost *h, const char *what)
{
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x0c });
    fake_run(&h->f);
    CU_ASSERT(!fake_reap(h, 0).found);
    CU_ASSERT(fail(h, what));
    return fake_reap(h, 0);
}

/* OCP-CASE-114 */
static void event(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CHECK_EQ(fake_get_feature(h, 0x0b, 0, 0).dw0 & 0x400, 0);
    CU_ASSERT(!notice(h, "nobody asked").found);
    fake_host_free(h);
    h = tel_start(OCP_2_5);
    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 0x400).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x0b, 0, 0).dw0, 0x400);
    CHECK_EQ(notice(h, "one").dw0, 0x00080202);
    CU_ASSERT(!fail(h, "two"));                 /* no capture, no notice */
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_READ, 0, 512), 0);
    CHECK_EQ(notice(h, "three").dw0, 0x00080202);
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_READ, 0, 512), 0);
    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 0).status, 0);    /* no longer */
    CU_ASSERT(!notice(h, "four").found);
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_RAE, 0, 512), 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[382], 1);  /* it was captured */
    fake_host_free(h);
    h = tel_start(OCP_OFF);
    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 0x400).status, 0);
    CHECK_EQ(fake_get_feature(h, 0x0b, 0, 0).dw0, 0);
    fake_host_free(h);
}

/* Read while it waits, however the host asks: no notice, no capture. */
static void other_pages(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CU_ASSERT(fail(h, "one"));
    CHECK_EQ(tel_get(h, TEL_HOST, TEL_CREATE, 0, 512), 0);
    CHECK_EQ(tel_get(h, 0x02, TEL_READ, 0, 512), 0);
    CHECK_EQ(tel_get(h, TEL_CTRL, TEL_RAE, 0, 512), 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[382], 1);
    fake_host_free(h);
}

/* Names that are too long, or no text. */
static void reasons(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    char text[80];

    memset(text, 'x', sizeof(text));
    text[3] = '\n';
    text[4] = (char)0xff;
    text[79] = '\0';
    CU_ASSERT(ocpn_telemetry_trigger(h->c, text, "a-long-name.c", 70000));
    tel_read(h, TEL_CTRL, TEL_READ, 3, &t);
    CU_ASSERT(!memcmp(t.b + 384, "xxx??xxx", 8));
    CHECK_EQ(t.b[384 + 63], 'x');
    CU_ASSERT(!memcmp(t.b + 384 + 64, "a-long-n", 8));
    CHECK_EQ(bytes_at(t.b + 384 + 72, 2), 0xffff);
    CU_ASSERT(ocpn_telemetry_trigger(h->c, "only this", NULL, 0));
    tel_read(h, TEL_CTRL, TEL_READ, 3, &t);
    CU_ASSERT(fake_all(t.b + 384 + 64, 0, 10));
    CHECK_EQ(t.b[384 + 74], 4);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "nothing, then what failed", after_a_failure },
    { "data available until read", available },
    { "one capture at a time", one_at_a_time },
    { "a notice, if the host wants it", event },
    { "reads of other pages do not count", other_pages },
    { "any text is a reason", reasons },
};
OCPN_UNIT_MAIN("log 08", tests)
