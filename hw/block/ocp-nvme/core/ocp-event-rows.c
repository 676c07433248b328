/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which happening is which event of telemetry, and in which FIFO.
 * Implements: OCP Datacenter NVMe SSD, "Event Descriptor", classes 01h to 09h.
 *
 * Data that OCP does not define begin with a vendor event identifier, as
 * readers of the log expect of every class; LID C9h has the names.
 */
#include <string.h>

#include "ctrl-int.h"

#define VENDOR_CLASS    0x84u   /* of all our own events */

/* Vendor event identifiers within OCP's classes. */
enum { EXTRA_PANIC_ID = 1, EXTRA_KELVIN = 1, EXTRA_LBA = 1, EXTRA_CHUNK = 2 };

const OcpnEventExtra ocpn_event_extras[] = {
    { OCP_EVENT_ASSERT, EXTRA_PANIC_ID, "Panic ID" },
    { OCP_EVENT_TEMPERATURE, EXTRA_KELVIN, "Composite Temperature" },
    { OCP_EVENT_MEDIA, EXTRA_LBA, "Logical Block" },
    { OCP_EVENT_MEDIA, EXTRA_CHUNK, "Chunk or Die" },
};
const size_t ocpn_nevent_extras =
    sizeof(ocpn_event_extras) / sizeof(ocpn_event_extras[0]);

static void put(uint8_t *p, unsigned n, uint64_t v)
{
    for (; n > 0; n--, v >>= 8) {
        *p++ = (uint8_t)v;
    }
}

static bool is_function(const OcpnCtrl *c, uint64_t a, uint64_t b)
{
    (void)c;
    (void)b;
    return a == OCPN_RESET_FUNCTION;
}

static bool is_subsystem(const OcpnCtrl *c, uint64_t a, uint64_t b)
{
    (void)c;
    (void)b;
    return a == OCPN_RESET_SUBSYSTEM;
}

static bool is_cold(const OcpnCtrl *c, uint64_t a, uint64_t b)
{
    (void)c;
    (void)b;
    return a == OCPN_RESET_COLD;
}

static bool is_admin(const OcpnCtrl *c, uint64_t a, uint64_t b)
{
    (void)c;
    (void)a;
    return !(b >> 48);
}

static bool is_io(const OcpnCtrl *c, uint64_t a, uint64_t b)
{
    return !is_admin(c, a, b);
}

static bool is_cool(const OcpnCtrl *c, uint64_t now, uint64_t was)
{
    OcpnThresholds t = ocpn_thresholds(c);

    return was > t.throttle_off && now <= t.throttle_off;
}

static bool is_warm(const OcpnCtrl *c, uint64_t now, uint64_t was)
{
    OcpnThresholds t = ocpn_thresholds(c);

    return was < t.warning && now >= t.warning;
}

static bool is_hot(const OcpnCtrl *c, uint64_t now, uint64_t was)
{
    OcpnThresholds t = ocpn_thresholds(c);

    return was < t.critical && now >= t.critical;
}

/* Class 03h, the shape of commands: opcode, status, CID, SQID, FID or LID. */
static void command(uint8_t *data, uint64_t what, uint64_t how)
{
    put(data, 1, what >> 32);
    put(data + 1, 2, how & 0xffff);
    put(data + 3, 2, how >> 16);
    put(data + 5, 2, how >> 48);
    put(data + 7, 1, what);
}

static void failed(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                   uint64_t b, uint8_t *data)
{
    (void)c;
    (void)row;
    command(data, a, b);
}

static void set_features(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                         uint64_t b, uint8_t *data)
{
    (void)c;
    (void)row;
    (void)b;
    command(data, (uint64_t)NVME_ADM_SET_FEAT << 32 | a, 0);
}

static void queue(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                  uint64_t b, uint8_t *data)
{
    bool created = row->id == OCP_NVME_QUEUE_CREATED;
    uint64_t opc = created ? (b ? NVME_ADM_CREATE_CQ : NVME_ADM_CREATE_SQ)
                           : (b ? NVME_ADM_DELETE_CQ : NVME_ADM_DELETE_SQ);

    (void)c;
    command(data, opc << 32, a << 48);
}

/* CC or CSTS. */
static void value(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                  uint64_t b, uint8_t *data)
{
    (void)c;
    (void)row;
    (void)b;
    put(data, 4, a);
}

static void cc(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a, uint64_t b,
               uint8_t *data)
{
    (void)row;
    (void)a;
    (void)b;
    put(data, 4, c->regs.cc);
}

static void timestamp(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                      uint64_t b, uint8_t *data)
{
    (void)row;
    (void)a;
    (void)b;
    ocpn_fifo_timestamp(c, data);
}

/* Terabytes: host writes, media writes, media erased. */
static void wear(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a, uint64_t b,
                 uint8_t *data)
{
    const uint64_t tb = UINT64_C(1000000000000);
    uint64_t host = ocpn_counter(c, OCPN_COUNT_WRITTEN_SECTORS);
    uint64_t media = ocpn_fact(c, OCPN_FACT_MEDIA_WRITTEN) / tb;

    (void)row;
    (void)a;
    (void)b;
    put(data, 4, host / (tb / 512));
    put(data + 4, 4, media);
    put(data + 8, 4, media);    /* what is written was erased */
}

static void panic(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                  uint64_t b, uint8_t *data)
{
    (void)c;
    (void)row;
    (void)b;
    put(data, 2, EXTRA_PANIC_ID);
    put(data + 2, 8, a);
}

static void kelvin(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                   uint64_t b, uint8_t *data)
{
    (void)c;
    (void)row;
    (void)b;
    put(data, 2, EXTRA_KELVIN);
    put(data + 2, 2, a);
}

static void lba(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a, uint64_t b,
                uint8_t *data)
{
    (void)c;
    (void)row;
    put(data, 2, EXTRA_LBA);
    put(data + 2, 2, a);
    put(data + 4, 8, b);
}

static void chunk(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a,
                  uint64_t b, uint8_t *data)
{
    (void)c;
    (void)row;
    put(data, 2, EXTRA_CHUNK);
    put(data + 2, 2, a);
    put(data + 4, 8, b);
}

/* Our own class: the event again, and what happened. */
static void own(OcpnCtrl *c, const OcpnEventRow *row, uint64_t a, uint64_t b,
                uint8_t *data)
{
    (void)c;
    put(data, 2, row->id);
    put(data + 2, 2, b);
    put(data + 4, 4, a);
}

#define CTRL(hap, cls, i, n, w, d) { \
    .what = OCPN_HAP_##hap, .fifo = OCPN_FIFO_CTRL, \
    .class = OCP_EVENT_##cls, .id = (i), .dwords = (n), \
    .when = (w), .data = (d) }
#define MEDIA(hap, cls, i, n, w, d) { \
    .what = OCPN_HAP_##hap, .fifo = OCPN_FIFO_MEDIA, \
    .class = OCP_EVENT_##cls, .id = (i), .dwords = (n), \
    .when = (w), .data = (d) }
#define COMMAND(hap, i, w, d) { \
    .what = OCPN_HAP_##hap, .fifo = OCPN_FIFO_COMMANDS, \
    .class = OCP_EVENT_NVME, .id = (i), .dwords = 2, \
    .when = (w), .data = (d) }
#define DRIVE(hap, i, text) { \
    .what = OCPN_HAP_##hap, .fifo = OCPN_FIFO_DRIVE, \
    .class = VENDOR_CLASS, .id = (i), .dwords = 2, .name = (text), \
    .data = own }

const OcpnEventRow ocpn_event_rows[] = {
    CTRL(POWER_ON, RESET, OCP_RESET_POWER, 0, NULL, NULL),
    CTRL(POWER_ON, BOOT, OCP_BOOT_TABLES_LOADED, 0, NULL, NULL),
    CTRL(POWER_ON, BOOT, OCP_BOOT_COMPLETE, 0, NULL, NULL),
    CTRL(ENABLED, NVME, OCP_NVME_ENABLE, 2, NULL, NULL),
    CTRL(ENABLED, NVME, OCP_NVME_CC, 2, NULL, value),
    CTRL(READY, NVME, OCP_NVME_READY, 2, NULL, NULL),
    CTRL(READY, NVME, OCP_NVME_CSTS, 2, NULL, value),
    CTRL(DISABLED, NVME, OCP_NVME_DISABLE, 2, NULL, NULL),
    CTRL(DISABLED, NVME, OCP_NVME_CC, 2, NULL, value),
    CTRL(SHUTDOWN, NVME, OCP_NVME_CC, 2, NULL, cc),
    CTRL(FATAL, NVME, OCP_NVME_FATAL, 2, NULL, NULL),
    CTRL(FATAL, NVME, OCP_NVME_CSTS, 2, NULL, value),
    CTRL(RESET, PCIE, OCP_PCIE_PERST, 1, is_cold, NULL),
    CTRL(RESET, PCIE, OCP_PCIE_PERST_OVER, 1, is_cold, NULL),
    CTRL(RESET, RESET, OCP_RESET_PERST, 0, is_cold, NULL),
    CTRL(RESET, RESET, OCP_RESET_FUNCTION, 0, is_function, NULL),
    CTRL(RESET, RESET, OCP_RESET_SUBSYSTEM, 0, is_subsystem, NULL),
    CTRL(RESET, NVME, OCP_NVME_NOT_READY, 2, NULL, NULL),
    CTRL(PANIC, ASSERT, OCP_ASSERT_OTHER, 3, NULL, panic),

    MEDIA(POWER_ON, WEAR, OCP_WEAR_SNAPSHOT, 3, NULL, wear),
    MEDIA(MEDIA_ERROR, MEDIA, OCP_MEDIA_UNCORRECTABLE, 3, NULL, lba),
    MEDIA(BAD_BLOCK, MEDIA, OCP_MEDIA_BAD_BY_ERASE, 3, NULL, chunk),
    MEDIA(DIE_OFFLINE, MEDIA, OCP_MEDIA_PLANE, 3, NULL, chunk),
    MEDIA(TEMPERATURE, TEMPERATURE, OCP_TEMPERATURE_COOL, 1, is_cool, kelvin),
    MEDIA(TEMPERATURE, TEMPERATURE, OCP_TEMPERATURE_WARNING, 1, is_warm,
          kelvin),
    MEDIA(TEMPERATURE, TEMPERATURE, OCP_TEMPERATURE_CRITICAL, 1, is_hot,
          kelvin),

    COMMAND(QUEUE_CREATED, OCP_NVME_QUEUE_CREATED, NULL, queue),
    COMMAND(QUEUE_DELETED, OCP_NVME_QUEUE_DELETED, NULL, queue),
    COMMAND(FEATURE_SET, OCP_NVME_ADMIN, NULL, set_features),
    COMMAND(COMMAND_FAILED, OCP_NVME_ADMIN_FAILED, is_admin, failed),
    COMMAND(COMMAND_FAILED, OCP_NVME_IO_FAILED, is_io, failed),
    {
        .what = OCPN_HAP_TIMESTAMP_SET, .fifo = OCPN_FIFO_COMMANDS,
        .class = OCP_EVENT_TIMESTAMP, .id = OCP_TIMESTAMP_HOST, .dwords = 2,
        .data = timestamp,
    }, {
        .what = OCPN_HAP_POWER_ON, .fifo = OCPN_FIFO_DRIVE,
        .class = OCP_EVENT_BOOT, .id = OCP_BOOT_COMPLETE,
    },

    DRIVE(SHUTDOWN, 0, "Shutdown Announced"),
    DRIVE(THROTTLE, 1, "Throttling Changed"),
    DRIVE(WARNING, 2, "Critical Warning Changed"),
    DRIVE(TELEMETRY, 3, "Telemetry Captured"),
    DRIVE(RECOVERED, 4, "Recovered From Panic"),
    DRIVE(NS_CHANGED, 5, "Namespace Changed"),
    DRIVE(FORMAT_BEGIN, 6, "Format Begun"),
    DRIVE(FORMAT_END, 7, "Format Ended"),
    DRIVE(SANITIZE_BEGIN, 8, "Sanitize Begun"),
    DRIVE(SANITIZE_END, 9, "Sanitize Ended"),
    DRIVE(FIRMWARE, 10, "Firmware Committed"),
    DRIVE(SELF_TEST, 11, "Self-test Ended"),
};
const size_t ocpn_nevent_rows =
    sizeof(ocpn_event_rows) / sizeof(ocpn_event_rows[0]);
