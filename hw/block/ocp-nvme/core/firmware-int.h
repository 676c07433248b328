/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware's inside: see core/firmware.h. */
#ifndef OCPN_FIRMWARE_INT_H
#define OCPN_FIRMWARE_INT_H

#include "hw/ocp-nvme/core/firmware.h"
#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/core/state.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

#define OCPN_FW_REVISION    8u
#define OCPN_FW_USUAL_MS    100u    /* an activation without reset takes */

/* The least that activates an image. */
typedef enum OcpnFwReset {
    OCPN_FW_RESET_NONE,
    OCPN_FW_RESET_CONTROLLER,
    OCPN_FW_RESET_SUBSYSTEM,
    OCPN_FW_RESET_CONVENTIONAL,
    OCPN_FW_RESET_N
} OcpnFwReset;

/* All zeros: the device's own in slot 1, none in others. */
typedef struct OcpnFirmware {
    bool     loaded;            /* by a host */
    char     revision[OCPN_FW_REVISION + 1];
    uint8_t  reset;             /* OcpnFwReset */
    uint16_t ms;                /* an activation without reset takes */
    uint64_t security;
    uint32_t sum;               /* of its contents */
} OcpnFirmware;

/* What the host has downloaded since the last commit or reset. */
typedef struct OcpnDownload {
    uint32_t units;             /* one past the highest; 0: nothing */
    uint32_t end;               /* bytes of the image; 0: not known yet */
    uint32_t sum;               /* of its contents */
    char     head[IMG_FW_HEAD]; /* its first bytes */
    uint8_t  map[IMG_FW_UNITS / 8];     /* unit u: bit u % 8 of u / 8 */
} OcpnDownload;

/* All zeros: as the drive leaves the factory. */
typedef struct OcpnFirmwares {
    OcpnFirmware running;
    OcpnFirmware slot[OCPN_FW_SLOTS];   /* slot 1 is the first */
    uint8_t  active;            /* index, what runs came from there */
    uint8_t  next;              /* slot to activate at a reset; 0: none ... */
    uint8_t  next_action;       /* ... and NVME_FW_CA_ that asked for it */
    uint8_t  nhistory;          /* valid entries */
    uint8_t  history_at;        /* the next one to write */
    uint16_t attempts;          /* activations ever, saturating */
    OcpFwEntry history[OCP_FW_ENTRIES];
    OcpnDownload download;
    OcpnReq *activating;        /* the commit that waits; NULL: none */
    uint8_t  activating_slot;
} OcpnFirmwares;

/* firmware-image.c */
/*
 * The image that was downloaded into IMG, and none is left.  False: it is not
 * whole, its first line makes no sense, or its signature is bad.
 */
bool ocpn_firmware_take(OcpnCtrl *c, OcpnFirmware *img);

/* firmware.c */
/* What is in SLOT.  False: nothing. */
bool ocpn_firmware_get(const OcpnCtrl *c, unsigned slot, OcpnFirmware *img);
/*
 * What is in SLOT runs now, if its security version is not lower; recorded,
 * with ACTION.  Returns the status.
 */
uint16_t ocpn_firmware_run_slot(OcpnCtrl *c, unsigned slot, uint8_t action);
/* Begin to activate SLOT, without a reset; R ends when it runs. */
void ocpn_firmware_begin(OcpnCtrl *c, OcpnReq *r, unsigned slot);
/* Does an activation go on, so that no controller fetches?  Main. */
bool ocpn_firmware_pauses(const OcpnCtrl *c);
/* The activation that goes on is over now. */
void ocpn_firmware_finish(OcpnCtrl *c);         /* a row of timer.c */
/* The same if a reset has begun. */
void ocpn_firmware_run(OcpnCtrl *c);
void ocpn_firmware_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                            uint64_t b);        /* a row of happen.c */

/* cmd-firmware.c: the end of a commit; R's status is set. */
void ocpn_firmware_committed(OcpnCtrl *c, OcpnReq *r, unsigned slot);

/* firmware-state.c */
extern const OcpnStatePart ocpn_firmware_part, ocpn_download_part;
/* One attempt to activate SLOT into the history, unless it is redundant. */
void ocpn_firmware_record(OcpnCtrl *c, unsigned slot, uint8_t action,
                          uint16_t status, const char *previous);

#endif
