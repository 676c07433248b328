/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C6h: Hardware Component.
 * Implements: OCP Datacenter NVMe SSD, "Hardware Component (Log Identifier
 * C6h)".
 *
 * A header, then a descriptor for each row below.
 */
#include <string.h>

#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/ocp-device.h"

#define DATE        8u          /* bytes of a date or lot code */
#define INFO        20u         /* at most: a serial number */
#define LOT         "20260101"

typedef struct Row {
    uint8_t id;                 /* enum OcpComponentId */
    uint8_t ocp;                /* OcpVersion that has it first */
    bool    part;               /* made by somebody, who dated it */
    uint8_t info_len;           /* bytes, a multiple of four */
    char    info[INFO + 1];     /* "": the drive's serial number */
} Row;

static const Row rows[] = {
    { OCP_COMPONENT_ASIC, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_NAND, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_DRAM, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_PMIC, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_PCB, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_CAPACITOR, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_REGISTER, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_CASE, OCP_2_5, true, 0, "" },
    { OCP_COMPONENT_SERIAL, OCP_2_5, false, INFO, "" },
    /* ISO 3166: a place that is in no country. */
    { OCP_COMPONENT_COUNTRY, OCP_2_5, false, 4, "ZZ" },
    { OCP_COMPONENT_REVISION, OCP_2_5, false, 4, "0001" },
    { OCP_COMPONENT_BORN, OCP_2_6, false, 8, "01012026" },
};
#define NROWS   (sizeof(rows) / sizeof(rows[0]))
#define MOST    (sizeof(OcpHardwareLog) + \
                 NROWS * (sizeof(OcpComponent) + DATE + INFO))
_Static_assert(MOST <= OCPN_LOG_MAX, "the page does not fit its buffer");

/* Append ROW at AT; returns what comes behind it. */
static uint8_t *add(const OcpnCtrl *c, const Row *row, uint8_t *at)
{
    uint32_t date = row->part ? DATE : 0;
    OcpComponent d = {
        .date_size = to_le64(date / 4),
        .info_size = to_le64(row->info_len / 4),
        .id = to_le32(row->id),
    };
    const char *info = row->id == OCP_COMPONENT_SERIAL
                       ? ocpn_ctrl_config(c)->serial : row->info;

    put_ascii(d.manufacturer, sizeof(d.manufacturer), ' ',
              row->part ? "OCP-NVMe" : "");
    put_ascii(d.revision, sizeof(d.revision), ' ', row->part ? "1" : "");
    put_ascii(d.code, sizeof(d.code), ' ', row->part ? "EMULATED" : "");
    memcpy(at, &d, sizeof(d));
    at += sizeof(d);
    put_ascii((char *)at, date, ' ', LOT);
    at += date;
    put_ascii((char *)at, row->info_len, ' ', info);
    return at + row->info_len;
}

/* The page into BUF, OCPN_LOG_MAX zeroed bytes; returns its length. */
static size_t make(OcpnCtrl *c, uint8_t *buf)
{
    static const uint8_t guid[16] = OCP_HARDWARE_GUID;
    OcpHardwareLog *log = (OcpHardwareLog *)(void *)buf;
    uint8_t *end = buf + sizeof(*log);
    bool bytes = ocpn_ocp(c, OCP_2_6);
    size_t len;

    for (size_t i = 0; i < NROWS; i++) {
        if (ocpn_ocp(c, (OcpVersion)rows[i].ocp)) {
            end = add(c, &rows[i], end);
        }
    }
    len = (size_t)(end - buf);
    log->version = to_le16(bytes ? OCP_HARDWARE_BYTES : OCP_HARDWARE_DWORDS);
    log->size = to_le128(bytes ? len : len / 4);
    memcpy(log->guid, guid, sizeof(guid));
    return len;
}

static uint64_t length(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    uint8_t buf[OCPN_LOG_MAX] = { 0 };

    (void)ask;
    return make(c, buf);
}

static void read_part(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                      void *buf, size_t len)
{
    uint8_t all[OCPN_LOG_MAX] = { 0 };

    (void)ask;
    make(c, all);
    memcpy(buf, all + off, len);
}

const OcpnLogPage ocpn_log_c6_hardware_component = {
    .lid = OCP_LID_HARDWARE,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_2_5,
    .subsys = true,
    .name = "Hardware Component",
    .length = length,
    .read = read_part,
};
