/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which firmware is in which slot, and when it begins to run.
 * Implements: NVMe Base 2.0, "Firmware Update Process"; OCP Datacenter NVMe
 * SSD, FWUP-3..11, SMART-22.
 *
 * While an image is activated without a reset nothing is fetched, and CSTS.PP
 * says so.  Thread: main.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/crc32c.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-log.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"

#define OWN_SECURITY    1u      /* so there is a lower one */

bool ocpn_firmware_present(const OcpnCtrl *c)
{
    return ocpn_ocp(c, OCP_1_0);
}

/* The revision of IMG, which is not empty. */
static const char *revision(const OcpnCtrl *c, const OcpnFirmware *img)
{
    return img->loaded ? img->revision : c->cfg.firmware;
}

const char *ocpn_firmware_revision(const OcpnCtrl *c)
{
    return ocpn_firmware_present(c) ? revision(c, &c->firmware.running)
                                    : c->cfg.firmware;
}

uint64_t ocpn_firmware_build(const OcpnCtrl *c)
{
    const OcpnFirmware *img = &c->firmware.running;

    return !img->loaded ? 0
           : (uint64_t)ocpn_crc32c(0, img->revision, strlen(img->revision))
             << 32 | img->sum;
}

static uint64_t security(const OcpnFirmware *img)
{
    return img->loaded ? img->security : OWN_SECURITY;
}

uint64_t ocpn_firmware_security(OcpnCtrl *c)
{
    return security(&c->firmware.running);
}

const char *ocpn_firmware_slot(const OcpnCtrl *c, unsigned slot)
{
    const OcpnFirmware *img;

    if (!ocpn_firmware_present(c)) {
        return slot == 1 ? c->cfg.firmware : NULL;
    }
    if (slot < 1 || slot > OCPN_FW_SLOTS) {
        return NULL;
    }
    img = &c->firmware.slot[slot - 1];
    return slot == 1 || img->loaded ? revision(c, img) : NULL;
}

bool ocpn_firmware_get(const OcpnCtrl *c, unsigned slot, OcpnFirmware *img)
{
    if (!ocpn_firmware_slot(c, slot)) {
        return false;
    }
    *img = c->firmware.slot[slot - 1];
    if (!img->loaded) {
        img->security = OWN_SECURITY;
        img->ms = OCPN_FW_USUAL_MS;
    }
    return true;
}

unsigned ocpn_firmware_active(const OcpnCtrl *c)
{
    return ocpn_firmware_present(c) ? c->firmware.active + 1u : 1;
}

unsigned ocpn_firmware_next(const OcpnCtrl *c)
{
    return ocpn_firmware_present(c) ? c->firmware.next : 0;
}

static void restart_monitors(OcpnCtrl *c)
{
    OcpnCtrl *m;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        ocpn_latency_restart(m);
    }
}

uint16_t ocpn_firmware_run_slot(OcpnCtrl *c, unsigned slot, uint8_t action)
{
    OcpnFirmwares *f = &c->firmware;
    const OcpnFirmware *img = &f->slot[slot - 1];
    char previous[OCPN_FW_REVISION + 1] = "";
    uint16_t status = 0;

    put_ascii(previous, OCPN_FW_REVISION, '\0', ocpn_firmware_revision(c));
    if (security(img) < security(&f->running)) {
        status = NVME_SC_FW_PROHIBITED;
    } else {
        f->running = *img;
        f->active = (uint8_t)(slot - 1);
        restart_monitors(c);
    }
    f->next = 0;
    ocpn_firmware_record(c, slot, action, status, previous);
    return status;
}

bool ocpn_firmware_pauses(const OcpnCtrl *c)
{
    return ocpn_subsys(c)->firmware.activating != NULL;
}

/* No controller fetches. */
static void pause_all(OcpnCtrl *c)
{
    OcpnCtrl *m;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        m->regs.csts |= FIELD_PUT(NVME_CSTS_PP, 1);
        atomic_store(&m->halted, true);
    }
}

static void resume_all(OcpnCtrl *c)
{
    OcpnCtrl *m;

    for (unsigned i = 0; (m = ocpn_subsys_next(c, &i));) {
        m->regs.csts &= ~FIELD_PUT(NVME_CSTS_PP, 1);
        if (m->shutdown == OCPN_SHUT_NONE) {
            atomic_store(&m->halted, false);
            ocpn_kick_all(m);
        }
    }
}

void ocpn_firmware_begin(OcpnCtrl *c, OcpnReq *r, unsigned slot)
{
    OcpnFirmwares *f = &c->firmware;
    OcpnFirmware img = { 0 };

    ocpn_firmware_get(c, slot, &img);
    ocpn_subsys_event(c, NVME_AET_NOTICE, NVME_AEI_FW_ACTIVATION,
                      NVME_LID_FW_SLOT);
    pause_all(c);
    f->activating = r;
    f->activating_slot = (uint8_t)slot;
    ocpn_timer_in(c, OCPN_TIMER_FIRMWARE, img.ms * NS_PER_MS);
}

void ocpn_firmware_finish(OcpnCtrl *c)
{
    OcpnFirmwares *f = &c->firmware;
    OcpnReq *r = f->activating;
    uint16_t status;

    if (!r) {
        return;
    }
    f->activating = NULL;
    ocpn_timer_at(c, OCPN_TIMER_FIRMWARE, UINT64_MAX);
    status = ocpn_firmware_run_slot(c, f->activating_slot,
                                    NVME_FW_CA_ACTIVATE_NOW);
    if (status) {
        ocpn_fail(c, r, status);
    }
    ocpn_firmware_committed(c, r, f->activating_slot);
    resume_all(c);
}

void ocpn_firmware_run(OcpnCtrl *c)
{
    if (c->state == OCPN_STOPPING) {
        ocpn_firmware_finish(c);
    }
}

/* Does a reset of KIND activate what needs RESET? */
static bool suffices(uint64_t kind, uint8_t reset)
{
    switch (reset) {
    case OCPN_FW_RESET_SUBSYSTEM:
        return kind >= OCPN_RESET_SUBSYSTEM;
    case OCPN_FW_RESET_CONVENTIONAL:
        return kind == OCPN_RESET_COLD;
    default:
        return true;
    }
}

/*
 * A reset of KIND: what was only downloaded is gone, and what waits for it
 * runs.  Nothing is activated while the drive is sanitized.
 */
static void reset(OcpnCtrl *c, uint64_t kind)
{
    OcpnFirmwares *f = &c->firmware;

    if (f->download.units) {
        memset(&f->download, 0, sizeof(f->download));
        ocpn_state_dirty(c, IMG_STATE_DOWNLOAD);
    }
    if (!f->next || !suffices(kind, f->slot[f->next - 1].reset) ||
        ocpn_gate_closed(c, OCPN_GATE_SANITIZE)) {
        return;
    }
    if (ocpn_firmware_run_slot(c, f->next, f->next_action)) {
        ocpn_event(c, NVME_AET_ERROR, NVME_AEI_ERR_FW_LOAD, NVME_LID_ERROR);
    }
    if (c->marked_open) {
        ocpn_state_sync(c);     /* it happens once, even if QEMU dies */
    }
}

void ocpn_firmware_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                            uint64_t b)
{
    (void)b;
    if (!ocpn_firmware_present(c)) {
        return;
    }
    if (what == OCPN_HAP_POWER_ON) {
        reset(c, OCPN_RESET_COLD);
    } else if (what == OCPN_HAP_RESET) {
        reset(c, a);
    }
}
