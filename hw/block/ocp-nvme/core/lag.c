/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stale values: pages 02h and C0h as they were when they were refreshed.
 * Implements: docs/ocp.rst, "Knobs"; OCP Datacenter NVMe SSD, SLOG-7.
 *
 * Thread: main.
 */
#include <string.h>

#include "migrate-int.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/ocp.h"

static const struct Row {
    uint8_t lid, uuid;
} rows[OCPN_NLAGS] = {
    { NVME_LID_SMART, OCPN_UUID_NONE },
    { OCP_LID_SMART, OCPN_UUID_OCP },
};

static void refresh(OcpnCtrl *c)
{
    for (unsigned i = 0; i < OCPN_NLAGS; i++) {
        const OcpnLogPage *page = ocpn_log_find(c, rows[i].lid,
                                                (OcpnUuid)rows[i].uuid);
        OcpnLogAsk ask = { .lsi = 0 };

        memset(c->lag.page[i], 0, sizeof(c->lag.page[i]));
        if (page && page->fill && page->size <= sizeof(c->lag.page[i])) {
            page->fill(c, &ask, c->lag.page[i]);
        }
    }
}

static void again(OcpnCtrl *c, uint64_t ns)
{
    ocpn_timer_in(c, OCPN_TIMER_LAG, c->lag.ms ? ns : UINT64_MAX);
}

void ocpn_lag_set(OcpnCtrl *c, uint32_t ms)
{
    c->lag.ms = ms;
    if (ms) {
        refresh(c);
    }
    again(c, ms * NS_PER_MS);
}

void ocpn_lag_tick(OcpnCtrl *c)
{
    ocpn_lag_set(c, c->lag.ms);
}

void ocpn_lag(const OcpnCtrl *c, uint8_t lid, uint8_t *page)
{
    for (unsigned i = 0; c->lag.ms && i < OCPN_NLAGS; i++) {
        if (rows[i].lid == lid) {
            memcpy(page, c->lag.page[i], sizeof(c->lag.page[i]));
        }
    }
}

void ocpn_save_lag(OcpnCtrl *c, OcpnOut *out)
{
    uint64_t now = c->port.now(c->port.opaque);
    uint64_t at = ocpn_timer_when(c, OCPN_TIMER_LAG);
    SavedLag s = {
        .ms = to_le32(c->lag.ms),
        .left = to_le64(at > now ? at - now : 0),
    };

    if (c->lag.ms) {
        memcpy(s.page, c->lag.page, sizeof(s.page));
        ocpn_save_part(out, SAVED_LAG, &s, sizeof(s));
    }
}

bool ocpn_load_lag(OcpnCtrl *c, const void *part, OcpnError *err)
{
    const SavedLag *s = part;
    uint32_t ms = from_le32(s->ms);

    if (!ms || ms > OCPN_LAG_MAX || !ocpn_ocp(c, OCP_1_0) ||
        from_le64(s->left) > ms * NS_PER_MS) {
        return OCPN_FAIL(err, "knob update-lag-ms (%u) cannot be",
                         (unsigned)ms);
    }
    c->lag.ms = ms;
    memcpy(c->lag.page, s->page, sizeof(c->lag.page));
    again(c, from_le64(s->left));
    return true;
}
