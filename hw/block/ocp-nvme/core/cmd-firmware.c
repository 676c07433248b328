/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware Image Download and Firmware Commit.
 * Implements: NVMe Base 2.0, "Firmware Image Download command", "Firmware
 * Commit command"; OCP Datacenter NVMe SSD, FWUP-3..7.
 *
 * Pieces come in any order.  They begin at multiples of OCPN_FW_UNIT; only
 * the last of an image may be shorter than a multiple.  A commit that looks at
 * the image takes it, whether it is good or not.  Thread: main.
 */
#include <string.h>

#include "ctrl-int.h"
#include "hw/ocp-nvme/core/crc32c.h"
#include "hw/ocp-nvme/core/dispatch.h"
#include "hw/ocp-nvme/core/dptr.h"

#define MAX_IMAGE   ((uint64_t)IMG_FW_UNITS * OCPN_FW_UNIT)

/* Units of a piece; its last one may be shorter. */
static uint32_t units(uint64_t bytes)
{
    return (uint32_t)((bytes + OCPN_FW_UNIT - 1) / OCPN_FW_UNIT);
}

static bool overlaps(const OcpnDownload *d, uint64_t off, uint64_t len)
{
    uint32_t end = units(off + len);

    for (uint32_t u = units(off); u < end; u++) {
        if (d->map[u / 8] >> u % 8 & 1) {
            return true;
        }
    }
    return false;
}

/* FLOW_PENDING: there may be such a piece. */
static OcpnFlow check_piece(OcpnCtrl *c, OcpnReq *r, uint64_t off,
                            uint64_t len)
{
    const OcpnDownload *d = &c->firmware.download;

    if (!ocpn_mdts_ok(c, len)) {
        return REJECT(c, r, INVALID_FIELD, cdw10);
    }
    if (off % OCPN_FW_UNIT || off >= MAX_IMAGE || len > MAX_IMAGE - off) {
        return REJECT(c, r, INVALID_FIELD, cdw11);
    }
    if (overlaps(d, off, len)) {
        return REJECT(c, r, OVERLAPPING_RANGE, cdw11);
    }
    if (d->end && off >= d->end) {
        return REJECT(c, r, INVALID_FIELD, cdw11);
    }
    if (len % OCPN_FW_UNIT && units(off + len) < d->units) {
        return REJECT(c, r, INVALID_FIELD, cdw10);
    }
    return FLOW_PENDING;
}

/* What the host sends is looked at unit by unit, and forgotten. */
static OcpnFlow take_piece(OcpnCtrl *c, OcpnReq *r, uint64_t off,
                           uint64_t len)
{
    OcpnDownload *d = &c->firmware.download;
    uint8_t buf[OCPN_FW_UNIT], head[IMG_FW_HEAD] = { 0 };
    uint32_t sum = d->sum, first = units(off), end = units(off + len);

    for (uint64_t at = 0; at < len; at += OCPN_FW_UNIT) {
        uint64_t n = len - at < OCPN_FW_UNIT ? len - at : OCPN_FW_UNIT;
        Le64 place = to_le64(off + at);
        uint32_t crc = ocpn_crc32c(0, &place, sizeof(place));

        if (!ocpn_dptr_read(c, &r->data, at, buf, n)) {
            return ocpn_fail(c, r, NVME_SC_DATA_TRANSFER_ERROR);
        }
        sum ^= ocpn_crc32c(crc, buf, n);
        if (!at) {
            memcpy(head, buf, n < sizeof(head) ? n : sizeof(head));
        }
    }
    d->sum = sum;
    if (!off) {
        memcpy(d->head, head, sizeof(head));
    }
    for (uint32_t u = first; u < end; u++) {
        d->map[u / 8] |= (uint8_t)(1u << u % 8);
    }
    d->units = d->units > end ? d->units : end;
    if (len % OCPN_FW_UNIT) {
        d->end = (uint32_t)(off + len);
    }
    ocpn_state_dirty(c, IMG_STATE_DOWNLOAD);
    return FLOW_DONE;
}

OcpnFlow ocpn_fw_download(OcpnCtrl *c, OcpnReq *r)
{
    uint64_t len = ((uint64_t)ocpn_cdw(r, 10) + 1) * 4;
    uint64_t off = (uint64_t)ocpn_cdw(r, 11) * 4;
    OcpnFlow flow = check_piece(c, r, off, len);

    if (flow == FLOW_PENDING) {
        flow = ocpn_dptr_data(c, r, len, false);
    }
    return flow == FLOW_PENDING ? take_piece(c, r, off, len) : flow;
}

static void kept(OcpnCtrl *c, OcpnReq *r)
{
    if (r->failed && !r->status) {
        ocpn_fail(c, r, NVME_SC_INTERNAL);
    }
    ocpn_complete(c, r);
}

void ocpn_firmware_committed(OcpnCtrl *c, OcpnReq *r, unsigned slot)
{
    uint8_t action = FIELD_GET(NVME_FW_CA, ocpn_cdw(r, 10));

    ocpn_happened(c, OCPN_HAP_FIRMWARE, slot << 8 | action, r->status);
    ocpn_state_dirty(c, IMG_STATE_FIRMWARE);
    if (c->root[1]) {
        ocpn_store_join(&c->root[1]->store, r, true, kept);
    } else {
        ocpn_complete(c, r);
    }
}

/*
 * The host leaves the choice to us.  For an image that COMES: a slot that is
 * empty, or one that does not run and is not to run.  Else one that has an
 * image.
 */
static unsigned choose(const OcpnCtrl *c, bool comes)
{
    unsigned active = ocpn_firmware_active(c), best = 0;

    for (unsigned i = 1; i < OCPN_FW_SLOTS; i++) {
        unsigned slot = (active - 1 + i) % OCPN_FW_SLOTS + 1;
        bool empty = !ocpn_firmware_slot(c, slot);

        if (comes ? empty : !empty) {
            return slot;
        }
        if (comes && slot != ocpn_firmware_next(c) && !best) {
            best = slot;
        }
    }
    return best ? best : active;
}

/* IMG of SLOT, from the host or the slot.  Returns the status. */
static uint16_t get_image(OcpnCtrl *c, unsigned slot, uint8_t action,
                          bool comes, OcpnFirmware *img)
{
    bool good = comes ? ocpn_firmware_take(c, img)
                      : ocpn_firmware_get(c, slot, img);

    if (comes) {
        ocpn_state_dirty(c, IMG_STATE_DOWNLOAD);
    }
    if (!good) {
        return NVME_SC_INVALID_FW_IMAGE;
    }
    return action != NVME_FW_CA_STORE &&
           img->security < ocpn_firmware_security(c)
           ? NVME_SC_FW_PROHIBITED : 0;
}

/* Can IMG be activated as ACTION wants?  Returns the status. */
static uint16_t needs(const OcpnFirmware *img, uint8_t action)
{
    bool now = action == NVME_FW_CA_ACTIVATE_NOW;

    if (action == NVME_FW_CA_STORE) {
        return 0;
    }
    switch (img->reset) {
    case OCPN_FW_RESET_CONVENTIONAL:
        return NVME_SC_FW_NEEDS_CONV_RESET;
    case OCPN_FW_RESET_SUBSYSTEM:
        return NVME_SC_FW_NEEDS_NSS_RESET;
    case OCPN_FW_RESET_CONTROLLER:
        return now ? NVME_SC_FW_NEEDS_RESET : 0;
    default:
        return now && img->ms > OCPN_FW_MTFA ? NVME_SC_FW_NEEDS_MAX_TIME : 0;
    }
}

/* The image is good.  Returns the status. */
static uint16_t put_image(OcpnCtrl *c, unsigned slot, uint8_t action,
                          const OcpnFirmware *img)
{
    OcpnFirmwares *f = &c->firmware;
    uint16_t status = needs(img, action);

    if (img->loaded) {
        f->slot[slot - 1] = *img;
    }
    if (action == NVME_FW_CA_STORE || status == NVME_SC_FW_NEEDS_MAX_TIME ||
        (action == NVME_FW_CA_ACTIVATE_NOW && !status)) {
        return status;
    }
    f->next = (uint8_t)slot;
    f->next_action = action;
    return status;
}

static void commit(OcpnCtrl *c, OcpnReq *r, unsigned slot, uint8_t action,
                   bool comes)
{
    OcpnFirmware img;
    uint16_t status = get_image(c, slot, action, comes, &img);

    if (!status) {
        status = put_image(c, slot, action, &img);
    }
    if (action == NVME_FW_CA_ACTIVATE_NOW && !status) {
        ocpn_firmware_begin(c, r, slot);
        return;
    }
    if (action == NVME_FW_CA_ACTIVATE_NOW) {
        ocpn_firmware_record(c, slot, action, status,
                             ocpn_firmware_revision(c));
    }
    if (status) {
        ocpn_fail(c, r, status);
    }
    ocpn_firmware_committed(c, r, slot);
}

OcpnFlow ocpn_fw_commit(OcpnCtrl *c, OcpnReq *r)
{
    uint8_t action = FIELD_GET(NVME_FW_CA, ocpn_cdw(r, 10));
    unsigned slot = FIELD_GET(NVME_FW_FS, ocpn_cdw(r, 10));
    bool comes = action < NVME_FW_CA_ACTIVATE ||
                 (action == NVME_FW_CA_ACTIVATE_NOW &&
                  c->firmware.download.units);

    if (c->firmware.activating) {
        return FLOW_STALL;      /* fetched together with the one before */
    }
    if (action > NVME_FW_CA_ACTIVATE_NOW) {
        return REJECT_FIELD(c, r, INVALID_FIELD, cdw10, NVME_FW_CA);
    }
    if (slot > OCPN_FW_SLOTS) {
        return REJECT_FIELD(c, r, INVALID_FW_SLOT, cdw10, NVME_FW_FS);
    }
    commit(c, r, slot ? slot : choose(c, comes), action, comes);
    return FLOW_PENDING;
}
