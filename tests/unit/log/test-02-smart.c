/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: NVMe Base 2.0, "SMART / Health Information (Log Identifier 02h)". */
#include "fakes/host.h"
#include "hw/ocp-nvme/core/counters.h"
#include "ocpn-unit.h"

#define SECOND  UINT64_C(1000000000)

static const FakeSetup drive = { .ns = { FAKE_CONVENTIONAL(1) } };

static const uint8_t *page(FakeHost *h)
{
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(fake_get_log(h, 0x02, 0xffffffff, 0, 512).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[512], 0xa5);
    return fake_guest(h, FAKE_BUF);
}

static void new_drive(void)
{
    FakeHost *h = fake_host_start(&drive);
    const uint8_t *p = page(h);

    CHECK_EQ(p[0], 0);                      /* no warning */
    CHECK_EQ(bytes_at(p + 1, 2), 310);
    CHECK_EQ(p[3], 100);
    CHECK_EQ(p[4], 10);
    CHECK_EQ(p[5], 0);
    CU_ASSERT(fake_all(p + 6, 0, 106));
    CHECK_EQ(bytes_at(p + 112, 8), 1);      /* this power cycle */
    CU_ASSERT(fake_all(p + 120, 0, 392));
    fake_host_free(h);
}

static void commands_and_units(void)
{
    FakeHost *h = fake_host_start(&drive);
    FakeCmd cmd = { .nsid = 1, .cdw12 = 124 };
    const uint8_t *p;

    fake_prp(h, &cmd, FAKE_BUF, 125 * 4096);        /* 1000 sectors */
    cmd.opc = 0x01;
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(fake_io(h, &cmd).status, 0);
    }
    cmd.opc = 0x02;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    p = page(h);
    CHECK_EQ(bytes_at(p + 32, 8), 1);
    CHECK_EQ(bytes_at(p + 48, 8), 3);
    CHECK_EQ(bytes_at(p + 64, 8), 1);
    CHECK_EQ(bytes_at(p + 80, 8), 3);
    cmd.cdw12 = 0;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    p = page(h);
    CHECK_EQ(bytes_at(p + 32, 8), 2);               /* rounded up */
    CHECK_EQ(bytes_at(p + 64, 8), 2);
    fake_host_free(h);
}

/* All fields, and their units, from a state page. */
static void units(void)
{
    FakeHost *h = fake_host_start(&drive);
    ImgPage s = { .payload = { 0 } };
    const uint8_t *p;

    put_bytes_at(s.payload, 8, 11);
    put_bytes_at(s.payload + 8, 8, 12);
    put_bytes_at(s.payload + 16, 8, 2 * 3600 + 3599);
    put_bytes_at(s.payload + 24, 8, UINT64_MAX);
    put_bytes_at(s.payload + 32, 8, 4001);
    put_bytes_at(s.payload + 40, 8, 15);
    put_bytes_at(s.payload + 48, 8, 16);
    put_bytes_at(s.payload + 56, 8, 120 * SECOND);
    put_bytes_at(s.payload + 64, 8, 18);
    put_bytes_at(s.payload + 72, 8, 19);
    ocpn_counters_load(h->c, s.payload);
    p = page(h);
    CHECK_EQ(bytes_at(p + 32, 8), UINT64_MAX / 1000 + 1);
    CHECK_EQ(bytes_at(p + 40, 8), 0);
    CHECK_EQ(bytes_at(p + 48, 8), 5);
    CHECK_EQ(bytes_at(p + 64, 8), 15);
    CHECK_EQ(bytes_at(p + 80, 8), 16);
    CHECK_EQ(bytes_at(p + 96, 8), 2);               /* minutes */
    CHECK_EQ(bytes_at(p + 112, 8), 11);
    CHECK_EQ(bytes_at(p + 128, 8), 2);              /* hours */
    CHECK_EQ(bytes_at(p + 144, 8), 12);
    CHECK_EQ(bytes_at(p + 160, 8), 18);
    CHECK_EQ(bytes_at(p + 176, 8), 19);
    fake_advance(&h->f, SECOND);
    CHECK_EQ(bytes_at(page(h) + 128, 8), 3);
    fake_host_free(h);
}

static void failures(void)
{
    FakeHost *h = fake_host_start(&drive);
    const uint8_t *p;

    fake_admin(h, &(FakeCmd) { .opc = 0xff });
    h->f.hold = true;
    fake_submit(h, 1, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF,
    });
    fake_run(&h->f);
    fake_io_finish(&h->f, 0, OCPN_IO_ERROR);
    h->f.hold = false;
    fake_run(&h->f);
    p = page(h);
    CHECK_EQ(bytes_at(p + 160, 8), 1);              /* media errors */
    CHECK_EQ(bytes_at(p + 176, 8), 2);              /* log entries */
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a new drive", new_drive },
    { "commands and data units", commands_and_units },
    { "units of all counters", units },
    { "failures", failures },
};
OCPN_UNIT_MAIN("log 02", tests)
