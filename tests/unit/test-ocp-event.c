/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry's event FIFOs.
 * Proves: OCP Datacenter NVMe SSD, "Event FIFOs", event classes 01h to 09h.
 */
#include "hw/ocp-nvme/core/event.h"
#include "hw/ocp-nvme/core/happen.h"
#include "telemetry-unit.h"

#define MS  UINT64_C(1000000)   /* ns */

/* The FIFOs of this drive, by number. */
enum { CTRL, MEDIA, COMMANDS, DRIVE };

static TelLog t;
static TelEvent last;

/* How often (CLASS, ID) is in FIFO of a new capture; LAST is the newest. */
static unsigned count(FakeHost *h, unsigned fifo, uint8_t class, uint16_t id)
{
    tel_read(h, TEL_HOST, TEL_CREATE | TEL_RAE, 2, &t);
    return tel_count(&t, fifo, class, id, &last);
}

/* OCP-CASE-110: FIFOs of three classes and more, right after power on */
static void power_on(void)
{
    static const struct {
        uint8_t  fifo, class;
        uint16_t id;
        uint8_t  dwords;
    } want[] = {
        { CTRL, 0x01, 1, 2 }, { CTRL, 0x04, 1, 0 }, { CTRL, 0x05, 1, 0 },
        { CTRL, 0x05, 0, 0 }, { CTRL, 0x03, 0, 2 }, { CTRL, 0x03, 0xb, 2 },
        { CTRL, 0x03, 2, 2 }, { CTRL, 0x03, 0xc, 2 },
        { MEDIA, 0x01, 1, 2 }, { MEDIA, 0x09, 0, 3 },
        { COMMANDS, 0x01, 1, 2 }, { COMMANDS, 0x03, 5, 2 },
        { DRIVE, 0x01, 1, 2 }, { DRIVE, 0x05, 0, 0 },
    };
    FakeHost *h = tel_start(OCP_2_5);

    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        CHECK(count(h, want[i].fifo, want[i].class, want[i].id) >= 1,
              "class %02x id %u", want[i].class, want[i].id);
        CHECK_EQ(last.dwords, want[i].dwords);
    }
    for (unsigned i = 0; i < 4; i++) {          /* time comes first */
        CU_ASSERT(tel_event(&t, i, 0, &last));
        CHECK_EQ(last.class, 0x01);
    }
    CHECK_EQ(count(h, CTRL, 0x03, 0xb), 1);
    CHECK_EQ(bytes_at(last.data, 4), 0x00460001);       /* CC */
    CHECK_EQ(count(h, CTRL, 0x03, 0xc), 1);
    CHECK_EQ(bytes_at(last.data, 4), 1);                /* CSTS */
    fake_host_free(h);
}

static void resets(void)
{
    static const struct {
        OcpnReset kind;
        uint16_t  id;
    } kinds[] = {
        { OCPN_RESET_FUNCTION, 3 }, { OCPN_RESET_SUBSYSTEM, 4 },
        { OCPN_RESET_COLD, 2 },
    };
    FakeHost *h = tel_start(OCP_2_5);

    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(count(h, CTRL, 0x03, 1), 1);
    CHECK_EQ(count(h, CTRL, 0x03, 3), 1);
    for (uint16_t id = 2; id <= 4; id++) {
        CHECK_EQ(count(h, CTRL, 0x04, id), 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        ocpn_ctrl_reset(h->c, kinds[i].kind);
        fake_run(&h->f);
        CU_ASSERT(fake_enable(h));
        CHECK_EQ(count(h, CTRL, 0x04, kinds[i].id), 1);
        CHECK_EQ(last.dwords, 0);
    }
    CHECK_EQ(count(h, CTRL, 0x02, 3), 1);       /* PERST, asserted */
    CHECK_EQ(count(h, CTRL, 0x02, 4), 1);
    CHECK_EQ(last.dwords, 1);
    fake_host_free(h);
}

/* Bytes of a command: opcode, status, CID, SQID, FID or LID. */
static void check_command(uint8_t opc, uint16_t status, uint16_t sqid,
                          uint8_t subject)
{
    CHECK_EQ(last.dwords, 2);
    CHECK_EQ(last.data[0], opc);
    CHECK_EQ(bytes_at(last.data + 1, 2), status);
    CHECK_EQ(bytes_at(last.data + 5, 2), sqid);
    CHECK_EQ(last.data[7], subject);
}

static void queues(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CHECK_EQ(count(h, COMMANDS, 0x03, 5), 2);   /* pair 1 */
    check_command(0x01, 0, 1, 0);
    CHECK_EQ(fake_create_pair(h, 2, 16).status, 0);
    CHECK_EQ(count(h, COMMANDS, 0x03, 5), 4);
    check_command(0x01, 0, 2, 0);
    CHECK_EQ(count(h, COMMANDS, 0x03, 0xd), 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x00, .cdw10 = 2 }).status, 0);
    CHECK_EQ(count(h, COMMANDS, 0x03, 0xd), 1);
    check_command(0x00, 0, 2, 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x04, .cdw10 = 2 }).status, 0);
    CHECK_EQ(count(h, COMMANDS, 0x03, 0xd), 2);
    check_command(0x04, 0, 2, 0);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x04, .cdw10 = 2 }).status,
             0x101);
    CHECK_EQ(count(h, COMMANDS, 0x03, 0xd), 2);
    fake_host_free(h);
}

static void failures(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 0x001);
    CHECK_EQ(count(h, COMMANDS, 0x03, 7), 1);
    check_command(0xff, 0x001, 0, 0);
    CHECK_EQ(tel_get(h, 0x3f, TEL_READ, 0, 4), 0x109);
    CHECK_EQ(count(h, COMMANDS, 0x03, 7), 2);
    check_command(0x02, 0x109, 0, 0x3f);
    CHECK_EQ(fake_set_feature(h, 0x7f, 0, 0).status, 0x002);
    CHECK_EQ(count(h, COMMANDS, 0x03, 7), 3);
    check_command(0x09, 0x002, 0, 0x7f);

    CHECK_EQ(count(h, COMMANDS, 0x03, 8), 0);
    CHECK_EQ(fake_io(h, &(FakeCmd) {
        .opc = 0x02, .nsid = 1, .prp1 = FAKE_BUF, .cdw10 = 4096,
    }).status, 0x080);
    CHECK_EQ(bytes_at(fake_guest(h, h->q[1].sq) + 2, 2), h->cid);
    CHECK_EQ(count(h, COMMANDS, 0x03, 8), 1);
    check_command(0x02, 0x080, 1, 0);
    CHECK_EQ(bytes_at(last.data + 3, 2),
             bytes_at(fake_guest(h, h->q[1].sq) + 2, 2));       /* CID */
    CHECK_EQ(count(h, COMMANDS, 0x03, 7), 3);
    fake_host_free(h);
}

/* More than main can be told of at once are counted. */
static void flood(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    for (unsigned i = 0; i < 200; i++) {
        fake_queue(h, 1, &(FakeCmd) { .opc = 0xee, .nsid = 1 });
    }
    fake_doorbell(h, 1, false, h->q[1].tail);
    fake_run(&h->f);
    for (unsigned i = 0; i < 200; i++) {
        CHECK_EQ(fake_reap(h, 1).status, 0x001);
    }
    CU_ASSERT(count(h, COMMANDS, 0x03, 8) >= 64);
    CHECK_EQ(tel_count(&t, COMMANDS, 0x03, 8, &last) +
             tel_value(&t, 2, 0x8003), 200);
    fake_host_free(h);
}

/* Features, the timestamp, namespaces, Format. */
static void commands(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    CHECK_EQ(fake_set_feature(h, 0x0b, 0, 0x100).status, 0);
    CHECK_EQ(count(h, COMMANDS, 0x03, 6), 1);
    check_command(0x09, 0, 0, 0x0b);
    fake_put_le(fake_guest(h, FAKE_BUF), 8, 0x1122334455);
    CHECK_EQ(fake_set_feature(h, 0x0e, 0, 0).status, 0);
    CHECK_EQ(count(h, COMMANDS, 0x01, 0), 1);
    CHECK_EQ(bytes_at(last.data, 6), 0x1122334455);
    CHECK_EQ(last.data[6], 2);                  /* Origin: the host */
    ocpn_ns_changed(h->c, 1);
    CHECK_EQ(count(h, DRIVE, 0x84, 5), 1);
    CHECK_EQ(bytes_at(last.data + 4, 4), 1);
    CHECK_EQ(fake_admin(h, &(FakeCmd) {
        .opc = 0x80, .nsid = 1, .cdw10 = 1 << 9,
    }).status, 0);
    CHECK_EQ(count(h, DRIVE, 0x84, 6), 1);
    CHECK_EQ(bytes_at(last.data + 2, 2), 1 << 9);
    CHECK_EQ(count(h, DRIVE, 0x84, 7), 1);
    CHECK_EQ(bytes_at(last.data + 2, 2), 0);
    CHECK_EQ(bytes_at(last.data + 4, 4), 1);
    fake_host_free(h);
}

/* A die that is offline is event 5 of class 08h. */
static void media(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    ocpn_happened(h->c, OCPN_HAP_DIE_OFFLINE, 0, 3);
    CHECK_EQ(count(h, MEDIA, 0x08, 5), 1);
    CHECK_EQ(bytes_at(last.data + 4, 8), 3);
    ocpn_happened(h->c, OCPN_HAP_MEDIA_ERROR, 1, 0x123456789a);
    CHECK_EQ(count(h, MEDIA, 0x08, 1), 1);
    CHECK_EQ(bytes_at(last.data, 4), 1 << 16 | 1);
    CHECK_EQ(bytes_at(last.data + 4, 8), 0x123456789a);
    ocpn_happened(h->c, OCPN_HAP_BAD_BLOCK, 1, 7);
    CHECK_EQ(count(h, MEDIA, 0x08, 3), 1);
    CHECK_EQ(last.dwords, 3);
    ocpn_happened(h->c, OCPN_HAP_PANIC, 0xfeed, 0);
    CHECK_EQ(count(h, CTRL, 0x06, 6), 1);
    CHECK_EQ(bytes_at(last.data + 2, 8), 0xfeed);
    fake_host_free(h);
}

/* Once at each threshold that is crossed: 348 K, 350 K, 358 K. */
static void temperature(void)
{
    static const struct {
        uint16_t was, now;
        unsigned cool, warm, hot;
    } steps[] = {
        { 310, 349, 0, 0, 0 }, { 349, 350, 0, 1, 0 }, { 350, 357, 0, 1, 0 },
        { 357, 358, 0, 1, 1 }, { 358, 349, 0, 1, 1 }, { 349, 348, 1, 1, 1 },
        { 348, 340, 1, 1, 1 }, { 340, 360, 1, 2, 2 }, { 360, 300, 2, 2, 2 },
    };
    FakeHost *h = tel_start(OCP_2_5);

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        ocpn_happened(h->c, OCPN_HAP_TEMPERATURE, steps[i].now,
                      steps[i].was);
        CHECK_EQ(count(h, MEDIA, 0x07, 0), steps[i].cool);
        CHECK_EQ(count(h, MEDIA, 0x07, 1), steps[i].warm);
        CHECK_EQ(count(h, MEDIA, 0x07, 2), steps[i].hot);
    }
    fake_host_free(h);
}

/* Our own class: what is data begins with the event's identifier. */
static void own(void)
{
    static const struct {
        OcpnHappening what;
        uint16_t id;
    } all[] = {
        { OCPN_HAP_SHUTDOWN, 0 }, { OCPN_HAP_THROTTLE, 1 },
        { OCPN_HAP_WARNING, 2 }, { OCPN_HAP_TELEMETRY, 3 },
        { OCPN_HAP_RECOVERED, 4 }, { OCPN_HAP_NS_CHANGED, 5 },
        { OCPN_HAP_FORMAT_BEGIN, 6 }, { OCPN_HAP_FORMAT_END, 7 },
        { OCPN_HAP_SANITIZE_BEGIN, 8 }, { OCPN_HAP_SANITIZE_END, 9 },
        { OCPN_HAP_FIRMWARE, 10 }, { OCPN_HAP_SELF_TEST, 11 },
    };
    FakeHost *h = tel_start(OCP_2_5);

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        ocpn_happened(h->c, all[i].what, 0x11223344, 0x55);
        CU_ASSERT(count(h, DRIVE, 0x84, all[i].id) >= 1);
        CHECK_EQ(bytes_at(last.data, 2), all[i].id);
        if (all[i].id != 3) {
            CHECK_EQ(bytes_at(last.data + 2, 2), 0x55);
            CHECK_EQ(bytes_at(last.data + 4, 4), 0x11223344);
        }
    }
    fake_host_free(h);
}

/* A full ring has its newest events, the newest last, and ends. */
static void ring(void)
{
    FakeHost *h = tel_start(OCP_2_5);
    unsigned n = 0;
    size_t size;

    for (unsigned i = 0; i < 1000; i++) {
        ocpn_happened(h->c, OCPN_HAP_BAD_BLOCK, 1, i);
    }
    CHECK_EQ(count(h, MEDIA, 0x08, 3), 128);
    CHECK_EQ(bytes_at(last.data + 4, 8), 999);
    for (; tel_event(&t, MEDIA, n, &last); n++) {
        CHECK_EQ(bytes_at(last.data + 4, 8), 1000 - 128 + n);
    }
    CHECK_EQ(n, 128);
    tel_span(&t, 1, 176 + 16 * MEDIA, &size);
    CU_ASSERT(size >= 128 * 16 + 4);
    fake_host_free(h);
}

/* A timestamp before what comes a second after the last one. */
static void time_passes(void)
{
    FakeHost *h = tel_start(OCP_2_5);

    ocpn_happened(h->c, OCPN_HAP_BAD_BLOCK, 1, 1);
    CHECK_EQ(count(h, MEDIA, 0x01, 1), 1);
    fake_advance(&h->f, 999 * MS);
    ocpn_happened(h->c, OCPN_HAP_BAD_BLOCK, 1, 1);
    CHECK_EQ(count(h, MEDIA, 0x01, 1), 1);
    fake_advance(&h->f, 1 * MS);
    ocpn_happened(h->c, OCPN_HAP_BAD_BLOCK, 1, 1);
    CHECK_EQ(count(h, MEDIA, 0x01, 1), 2);
    CHECK_EQ(bytes_at(last.data, 6), 1000);
    fake_host_free(h);
}

/* Nothing is kept by a drive that has no telemetry. */
static void without(void)
{
    FakeHost *h = tel_start(OCP_OFF);

    for (unsigned i = 0; i < OCPN_HAP_N; i++) {
        ocpn_happened(h->c, (OcpnHappening)i, 1, 1);
    }
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xff }).status, 0x001);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "from power on to ready", power_on },
    { "resets", resets },
    { "queues", queues },
    { "commands that fail, of both kinds", failures },
    { "more failures than main is told of", flood },
    { "commands that change something", commands },
    { "the medium, and panic", media },
    { "temperatures", temperature },
    { "events of our own class", own },
    { "a full ring", ring },
    { "timestamps", time_passes },
    { "without OCP", without },
};
OCPN_UNIT_MAIN("ocp events", tests)
