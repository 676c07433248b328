/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page C1h: Error Recovery.
 * Implements: OCP Datacenter NVMe SSD, EREC-1..15.
 *
 * No panic asks for a vendor command or for a second reset: their fields are
 * 0.
 */
#include <string.h>

#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/panic.h"
#include "hw/ocp-nvme/spec/ocp.h"
#include "hw/ocp-nvme/spec/ocp-error.h"

#define WAIT_MS     100u        /* for what the host may still want to read */

/* 1.0 has numbers where later versions have bits. */
static uint8_t number_of(uint8_t bits)
{
    uint8_t n = 0;

    while (bits >> 1 >> n) {
        n++;
    }
    return n;
}

static uint16_t version(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_2_5) ? 3 : ocpn_ocp(c, OCP_2_0) ? 2 : 1;
}

static void fill(OcpnCtrl *c, const OcpnLogAsk *ask, void *page)
{
    static const uint8_t guid[16] = OCP_GUID(
        5a, 19, 83, ba, 3d, fd, 4d, ab, ae, 34, 30, fe, 21, 31, d9, 44);
    const OcpnPanic *p = ocpn_panic_state(c);
    OcpErrorRecovery *log = page;
    uint8_t action = ocpn_panic_action(c);

    (void)ask;
    if (p->active) {
        log->wait = to_le16(WAIT_MS);
        log->panic_id = to_le64(p->last);
    }
    log->reset = ocpn_panic_reset(c);
    log->recover = ocpn_ocp(c, OCP_2_0) ? action : number_of(action);
    log->capabilities = to_le32(ocpn_panic_ways(c));
    if (ocpn_ocp(c, OCP_2_5)) {
        log->count = p->count;
        for (unsigned i = 0; i < OCPN_NPANICS; i++) {
            log->previous[i] = to_le64(p->previous[i]);
        }
    }
    log->version = to_le16(version(c));
    memcpy(log->guid, guid, sizeof(guid));
}

static void taken(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off,
                  uint64_t len)
{
    (void)ask;
    (void)off;
    (void)len;
    ocpn_panic_read(c);
}

const OcpnLogPage ocpn_log_c1_error_recovery = {
    .lid = OCP_LID_ERROR_RECOVERY,
    .uuid = OCPN_UUID_OCP,
    .scope = OCPN_LOG_OCP,
    .ocp = OCP_1_0,
    .without = 1 << OCPN_PROFILE_META,          /* FB-CONF-6 */
    .subsys = true,
    .name = "OCP Error Recovery",
    .size = sizeof(OcpErrorRecovery),
    .fill = fill,
    .taken = taken,
};
