/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Persistent Event Log: what happens, as events.
 * Implements: NVMe Base 2.0, "Persistent Event Log Events"; OCP Datacenter
 * NVMe SSD, STD-LOG-10.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/counters.h"
#include "hw/ocp-nvme/core/identify.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "hw/ocp-nvme/spec/nvme-log.h"

#define DAY_NS      (24 * 3600 * NS_PER_S)
#define REVISION    1u          /* of every type */
#define NOT_RUNNING 0xffffu     /* SPROG */

static const uint8_t types[] = {
    NVME_PEL_SMART, NVME_PEL_FIRMWARE, NVME_PEL_TIMESTAMP, NVME_PEL_POWER,
    NVME_PEL_HARDWARE, NVME_PEL_NAMESPACE, NVME_PEL_FORMAT_BEGIN,
    NVME_PEL_FORMAT_END, NVME_PEL_SANITIZE_BEGIN, NVME_PEL_SANITIZE_END,
    NVME_PEL_TELEMETRY, NVME_PEL_THERMAL,
};

void ocpn_pel_types(uint8_t *map)
{
    for (size_t i = 0; i < sizeof(types); i++) {
        map[types[i] / 8] |= (uint8_t)(1u << types[i] % 8);
    }
}

static void add(OcpnCtrl *c, uint8_t type, const void *data, size_t len)
{
    ocpn_pel_add(c, type, REVISION, data, len);
}

static uint64_t ms_since(const OcpnCtrl *c, uint64_t ns)
{
    return (c->port.now(c->port.opaque) - ns) / NS_PER_MS;
}

/* Page LID into PAGE, which has SIZE bytes. */
static void get_page(OcpnCtrl *c, uint8_t lid, void *page, size_t size)
{
    const OcpnLogPage *p = ocpn_log_find(c, lid, OCPN_UUID_NONE);

    memset(page, 0, size);
    if (p && p->fill && p->size <= size) {
        p->fill(c, &(OcpnLogAsk) { .ns = NULL }, page);
    }
}

/* The revision in SLOT; that which runs if there is no such slot. */
static void get_firmware(OcpnCtrl *c, unsigned slot, char revision[8])
{
    NvmeFwSlotLog log;
    unsigned active;

    get_page(c, NVME_LID_FW_SLOT, &log, sizeof(log));
    active = FIELD_GET(NVME_AFI_ACTIVE, log.afi);
    slot = slot && slot <= NVME_AFI_ACTIVE_MASK ? slot : active;
    put_ascii(revision, NVME_FW_REVISION_LEN, ' ', c->cfg.firmware);
    if (slot) {
        memcpy(revision, log.frs + NVME_FW_REVISION_LEN * (slot - 1),
               NVME_FW_REVISION_LEN);
    }
}

static void add_smart(OcpnCtrl *c)
{
    NvmeSmartLog log;

    get_page(c, NVME_LID_SMART, &log, sizeof(log));
    add(c, NVME_PEL_SMART, &log, sizeof(log));
}

static void add_hardware(OcpnCtrl *c, uint16_t code, const void *more,
                         size_t len)
{
    NvmePelHardware e = { .code = to_le16(code) };

    memcpy(e.more, more, len);
    add(c, NVME_PEL_HARDWARE, &e, offsetof(NvmePelHardware, more) + len);
}

/* A host has enabled the controller: after power on, or a reset. */
static void add_power(OcpnCtrl *c)
{
    OcpnPel *p = &c->pel;
    Le128 unsafe = to_le128(ocpn_unsafe_shutdowns(c));
    uint8_t origin;
    NvmePelPower e = {
        .power_cycles = to_le32((uint32_t)ocpn_power_cycles(c)),
        .power_on_ms = to_le64(ms_since(c, c->power_on_ns)),
        .timestamp = to_le64(ocpn_timestamp(c, &origin)),
    };

    get_firmware(c, 0, e.firmware);
    e.activation = p->firmware[0] &&
                   memcmp(p->firmware, e.firmware, sizeof(e.firmware));
    memcpy(p->firmware, e.firmware, sizeof(e.firmware));
    if (!p->begun && c->was_open) {
        add_hardware(c, NVME_PEL_HW_UNSAFE, &unsafe, sizeof(unsafe));
    }
    p->begun = true;
    add(c, NVME_PEL_POWER, &e, sizeof(e));
    add_smart(c);
}

/* The revision that ran before is known from then. */
static void add_firmware(OcpnCtrl *c, uint64_t how, uint64_t status)
{
    NvmePelFirmware e = {
        .action = (uint8_t)how,
        .slot = (uint8_t)(how >> 8),
        .sct = (uint8_t)FIELD_GET(NVME_SC_SCT, status),
        .sc = (uint8_t)FIELD_GET(NVME_SC_SC, status),
    };

    get_firmware(c, e.slot, e.asked);
    get_firmware(c, 0, e.was);
    if (c->pel.firmware[0]) {
        memcpy(e.was, c->pel.firmware, sizeof(e.was));
    }
    add(c, NVME_PEL_FIRMWARE, &e, sizeof(e));
    get_firmware(c, 0, c->pel.firmware);
}

static void add_format_end(OcpnCtrl *c, uint64_t nsid, uint64_t status)
{
    NvmePelFormatEnd e = {
        .nsid = to_le32((uint32_t)nsid),
        .fpi = (uint8_t)(NVME_FPI_SUPPORTED |
                         (status ? OCPN_FORMAT_ALL - c->format.past : 0)),
        .result = status ? NVME_PEL_FORMAT_ERROR | NVME_PEL_FORMAT_INCOMPLETE
                         : 0,
        .status = to_le32((uint32_t)status),
    };

    add(c, NVME_PEL_FORMAT_END, &e, sizeof(e));
}

static void add_format_begin(OcpnCtrl *c, uint64_t nsid, uint64_t cdw10)
{
    NvmePelFormatBegin e = {
        .nsid = to_le32((uint32_t)nsid),
        .cdw10 = to_le32((uint32_t)cdw10),
    };
    NvmeIdCtrl id;

    ocpn_claims(c, &id);
    e.fna = id.fna;
    add(c, NVME_PEL_FORMAT_BEGIN, &e, sizeof(e));
}

static void add_sanitize_begin(OcpnCtrl *c, uint64_t cdw10, uint64_t cdw11)
{
    NvmePelSanitizeBegin e = {
        .cdw10 = to_le32((uint32_t)cdw10),
        .cdw11 = to_le32((uint32_t)cdw11),
    };
    NvmeIdCtrl id;

    ocpn_claims(c, &id);
    e.sanicap = id.sanicap;
    add(c, NVME_PEL_SANITIZE_BEGIN, &e, sizeof(e));
}

static void add_sanitize_end(OcpnCtrl *c, uint64_t sstat)
{
    NvmePelSanitizeEnd e = {
        .sprog = to_le16(NOT_RUNNING), .sstat = to_le16((uint16_t)sstat),
    };

    add(c, NVME_PEL_SANITIZE_END, &e, sizeof(e));
}

static void add_timestamp(OcpnCtrl *c, uint64_t was)
{
    NvmePelTimestamp e = {
        .was = to_le64(was),
        .since_reset = to_le64(ms_since(c, c->pel.reset_ns)),
    };

    add(c, NVME_PEL_TIMESTAMP, &e, sizeof(e));
}

static void add_telemetry(OcpnCtrl *c, uint64_t lid)
{
    OcpnTelemetryLog log = lid == NVME_LID_TELEMETRY_HOST
                           ? OCPN_TELEMETRY_HOST : OCPN_TELEMETRY_CTRL;
    NvmeTelemetryHeader h;

    ocpn_telemetry_read(c, log, 0, &h, sizeof(h));
    add(c, NVME_PEL_TELEMETRY, &h, sizeof(h));
}

static void add_excursion(OcpnCtrl *c, uint8_t threshold, uint64_t kelvin)
{
    NvmePelThermal e = {
        .kelvin = (uint8_t)(kelvin < UINT8_MAX ? kelvin : UINT8_MAX),
        .threshold = threshold,
    };

    add(c, NVME_PEL_THERMAL, &e, sizeof(e));
}

static void add_thermal(OcpnCtrl *c, uint64_t now, uint64_t was)
{
    OcpnThresholds t = ocpn_thresholds(c);

    if (was < t.warning && now >= t.warning) {
        add_excursion(c, NVME_PEL_TO_WARNING, now - t.warning);
    }
    if (was < t.critical && now >= t.critical) {
        add_excursion(c, NVME_PEL_TO_CRITICAL, now - t.critical);
    }
    if (was >= t.warning && now < t.warning) {
        add_excursion(c, NVME_PEL_TO_NORMAL, t.warning - now);
    }
}

/*
 * HOW: as OCPN_HAP_COMMAND_FAILED has it.  Errors of one kind may come by the
 * thousand and must not drive everything else out: one a second is logged.
 */
static void add_media_error(OcpnCtrl *c, uint64_t how)
{
    uint64_t now = c->port.now(c->port.opaque);
    uint16_t status = (uint16_t)how;
    Le16 cqe[8] = {
        [5] = to_le16((uint16_t)(how >> 48)),
        [6] = to_le16((uint16_t)(how >> 16)),
        [7] = to_le16((uint16_t)(status << 1)),
    };

    if (FIELD_GET(NVME_SC_SCT, status) != NVME_SCT_MEDIA ||
        status == NVME_SC_COMPARE_FAILURE || status == NVME_SC_DULB ||
        status == NVME_SC_ACCESS_DENIED ||
        now < c->pel.media_ns) {
        return;
    }
    c->pel.media_ns = now + NS_PER_S;
    add_hardware(c, NVME_PEL_HW_MEDIA, cqe, sizeof(cqe));
}

static void add_warning(OcpnCtrl *c, uint8_t now, uint8_t was)
{
    if (now & ~was) {
        add_hardware(c, NVME_PEL_HW_WARNING, &now, sizeof(now));
    }
}

void ocpn_pel_namespace(OcpnCtrl *c, const NvmePelNamespace *event)
{
    add(c, NVME_PEL_NAMESPACE, event, sizeof(*event));
}

void ocpn_pel_power_on(OcpnCtrl *c, bool running)
{
    if (ocpn_ocp(c, OCP_1_0)) {
        c->pel.begun = running;
        c->pel.reset_ns = c->port.now(c->port.opaque);
        ocpn_timer_in(c, OCPN_TIMER_PEL, DAY_NS);
    }
}

/* A day of power-on time; of a drive nobody uses the image stays the same. */
void ocpn_pel_tick(OcpnCtrl *c)
{
    if (c->pel.begun) {
        add_smart(c);
    }
    ocpn_timer_in(c, OCPN_TIMER_PEL, DAY_NS);
}

void ocpn_pel_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                       uint64_t b)
{
    if (!c->pel.page) {
        return;
    }
    switch (what) {
    case OCPN_HAP_READY:
        add_power(c);
        break;
    case OCPN_HAP_RESET:
        ocpn_pel_release(c);
        c->pel.reset_ns = c->port.now(c->port.opaque);
        break;
    case OCPN_HAP_FATAL:
        add_hardware(c, NVME_PEL_HW_FATAL, "", 0);
        break;
    case OCPN_HAP_COMMAND_FAILED:
        add_media_error(c, b);
        break;
    case OCPN_HAP_WARNING:
        add_warning(c, (uint8_t)a, (uint8_t)b);
        break;
    case OCPN_HAP_TIMESTAMP_SET:
        add_timestamp(c, b);
        break;
    case OCPN_HAP_FORMAT_BEGIN:
        add_format_begin(c, a, b);
        break;
    case OCPN_HAP_FORMAT_END:
        add_format_end(c, a, b);
        break;
    case OCPN_HAP_SANITIZE_BEGIN:
        add_sanitize_begin(c, a, b);
        break;
    case OCPN_HAP_SANITIZE_END:
        add_sanitize_end(c, a);
        break;
    case OCPN_HAP_FIRMWARE:
        add_firmware(c, a, b);
        break;
    case OCPN_HAP_TELEMETRY:
        add_telemetry(c, a);
        break;
    case OCPN_HAP_TEMPERATURE:
        add_thermal(c, a, b);
        break;
    default:
        break;
    }
}
