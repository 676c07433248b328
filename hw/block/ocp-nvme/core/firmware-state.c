/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept of firmware: slots and history, and an image that is being
 * downloaded, which lives as long as the controller is not reset.
 * Implements: OCP Datacenter NVMe SSD, FWHST-LOG-1..5; docs/image-format.rst,
 * "Firmware".
 *
 * Thread: main.
 */
#include <string.h>

#include "ctrl-int.h"

#define MINUTE  UINT64_C(60000)     /* ms */

_Static_assert(OCPN_FW_SLOTS <= 7, "more slots than the page has room for");

/* A revision is printable, and not empty. */
static bool get_image(OcpnFirmware *img, const ImgFwImage *s)
{
    size_t len = 0;

    memset(img, 0, sizeof(*img));
    if (!s->loaded || s->reset >= OCPN_FW_RESET_N) {
        return false;
    }
    for (; len < OCPN_FW_REVISION && s->revision[len]; len++) {
        if (s->revision[len] <= ' ' || s->revision[len] > '~') {
            return false;
        }
    }
    if (!len) {
        return false;
    }
    memcpy(img->revision, s->revision, len);
    img->loaded = true;
    img->reset = s->reset;
    img->ms = from_le16(s->ms);
    img->security = from_le64(s->security);
    img->sum = from_le32(s->sum);
    return true;
}

static void put_image(ImgFwImage *s, const OcpnFirmware *img)
{
    if (img->loaded) {
        s->loaded = 1;
        s->reset = img->reset;
        s->ms = to_le16(img->ms);
        s->security = to_le64(img->security);
        s->sum = to_le32(img->sum);
        put_ascii(s->revision, sizeof(s->revision), '\0', img->revision);
    }
}

static void load(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnFirmwares *f = &c->firmware;
    ImgFirmware s;

    (void)nth;
    memcpy(&s, payload, sizeof(s));
    get_image(&f->running, &s.running);
    for (unsigned i = 0; i < OCPN_FW_SLOTS; i++) {
        get_image(&f->slot[i], &s.slot[i]);
    }
    f->active = s.active < OCPN_FW_SLOTS ? s.active : 0;
    f->next = ocpn_firmware_slot(c, s.next) ? s.next : 0;
    f->next_action = s.next_action;
    f->attempts = from_le16(s.attempts);
    f->nhistory = s.nhistory < OCP_FW_ENTRIES ? s.nhistory : OCP_FW_ENTRIES;
    f->history_at = s.history_at % OCP_FW_ENTRIES;
    memcpy(f->history, s.history, sizeof(f->history));
}

static void store(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    const OcpnFirmwares *f = &c->firmware;
    ImgFirmware s = {
        .active = f->active, .next = f->next,
        .next_action = f->next_action, .nhistory = f->nhistory,
        .history_at = f->history_at, .attempts = to_le16(f->attempts),
    };

    (void)nth;
    put_image(&s.running, &f->running);
    for (unsigned i = 0; i < OCPN_FW_SLOTS; i++) {
        put_image(&s.slot[i], &f->slot[i]);
    }
    memcpy(s.history, f->history, sizeof(s.history));
    memcpy(payload, &s, sizeof(s));
}

const OcpnStatePart ocpn_firmware_part = {
    .page = IMG_STATE_FIRMWARE,
    .npages = 1,
    .load = load,
    .store = store,
};

static void load_download(OcpnCtrl *c, unsigned nth, const uint8_t *payload)
{
    OcpnDownload *d = &c->firmware.download;
    ImgDownload s;

    (void)nth;
    memcpy(&s, payload, sizeof(s));
    memset(d, 0, sizeof(*d));
    if (from_le32(s.units) > IMG_FW_UNITS) {
        return;
    }
    d->units = from_le32(s.units);
    d->end = from_le32(s.end);
    d->sum = from_le32(s.sum);
    memcpy(d->head, s.head, sizeof(d->head));
    memcpy(d->map, s.map, sizeof(d->map));
}

static void store_download(OcpnCtrl *c, unsigned nth, uint8_t *payload)
{
    const OcpnDownload *d = &c->firmware.download;
    ImgDownload s = {
        .units = to_le32(d->units), .end = to_le32(d->end),
        .sum = to_le32(d->sum),
    };

    (void)nth;
    memcpy(s.head, d->head, sizeof(s.head));
    memcpy(s.map, d->map, sizeof(s.map));
    memcpy(payload, &s, sizeof(s));
}

const OcpnStatePart ocpn_download_part = {
    .page = IMG_STATE_DOWNLOAD,
    .npages = 1,
    .load = load_download,
    .store = store_download,
};

static uint64_t stamp_ms(const OcpFwEntry *e)
{
    uint64_t ms = 0;

    for (unsigned i = 6; i > 0; i--) {
        ms = ms << 8 | e->timestamp[i - 1];
    }
    return ms;
}

/* All but the time is one row of bytes. */
static bool is_redundant(const OcpnFirmwares *f, const OcpFwEntry *e)
{
    const size_t from = offsetof(OcpFwEntry, power_cycles);
    const size_t to = offsetof(OcpFwEntry, rsvd50);
    unsigned at = (f->history_at + OCP_FW_ENTRIES - 1) % OCP_FW_ENTRIES;
    const OcpFwEntry *last = &f->history[at];
    uint64_t was = stamp_ms(last), is = stamp_ms(e);

    return f->nhistory && (is > was ? is - was : was - is) <= MINUTE &&
           !memcmp((const uint8_t *)last + from, (const uint8_t *)e + from,
                   to - from);
}

void ocpn_firmware_record(OcpnCtrl *c, unsigned slot, uint8_t action,
                          uint16_t status, const char *previous)
{
    OcpnFirmwares *f = &c->firmware;
    OcpFwEntry e = {
        .version = OCP_FW_ENTRY_VERSION,
        .length = sizeof(e),
        /* This one counts when a host enables the controller. */
        .power_cycles = to_le64(c->power_cycles + !c->cycle_counted),
        .slot = (uint8_t)slot, .action = action, .result = to_le16(status),
    };

    f->attempts = (uint16_t)(f->attempts + (f->attempts < UINT16_MAX));
    e.attempts = to_le16(f->attempts);
    ocpn_fifo_timestamp(c, e.timestamp);
    put_ascii(e.previous, sizeof(e.previous), ' ', previous);
    put_ascii(e.now, sizeof(e.now), ' ', ocpn_firmware_revision(c));
    if (!is_redundant(f, &e)) {
        f->history[f->history_at] = e;
        f->history_at = (uint8_t)((f->history_at + 1) % OCP_FW_ENTRIES);
        f->nhistory = (uint8_t)(f->nhistory + (f->nhistory < OCP_FW_ENTRIES));
    }
    ocpn_state_dirty(c, IMG_STATE_FIRMWARE);
}

unsigned ocpn_firmware_history(const OcpnCtrl *c,
                               OcpFwEntry entry[OCP_FW_ENTRIES])
{
    memcpy(entry, c->firmware.history, sizeof(c->firmware.history));
    return c->firmware.nhistory;
}

void ocpn_firmware_forget(OcpnCtrl *c)
{
    OcpnFirmwares *f = &c->firmware;

    f->nhistory = f->history_at = 0;
    memset(f->history, 0, sizeof(f->history));
    ocpn_state_dirty(c, IMG_STATE_FIRMWARE);
    ocpn_state_sync(c);
}
