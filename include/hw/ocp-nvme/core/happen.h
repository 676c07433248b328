/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to the drive, told once and heard by whoever keeps a log of
 * it: telemetry's event FIFOs, the Persistent Event Log, the firmware
 * history.  A listener is a row in core/happen.c.
 */
#ifndef HW_OCP_NVME_CORE_HAPPEN_H
#define HW_OCP_NVME_CORE_HAPPEN_H

#include "hw/ocp-nvme/core/ctrl.h"

typedef enum OcpnHappening {    /* A, B */
    OCPN_HAP_POWER_ON,          /* power cycles so far, - */
    OCPN_HAP_ENABLED,           /* CC, - */
    OCPN_HAP_DISABLED,          /* CC, - */
    OCPN_HAP_READY,             /* CSTS, - */
    OCPN_HAP_RESET,             /* enum OcpnReset, - */
    OCPN_HAP_POWER_CUT,         /* was it unsafe, was a write lost */
    OCPN_HAP_SHUTDOWN,          /* CC.SHN, - */
    OCPN_HAP_FATAL,             /* CSTS, - */
    OCPN_HAP_QUEUE_CREATED,     /* QID, is it a CQ */
    OCPN_HAP_QUEUE_DELETED,     /* the same */
    /* opcode << 32 | FID or LID; sqid << 48 | cid << 16 | status */
    OCPN_HAP_COMMAND_FAILED,
    OCPN_HAP_TIMESTAMP_SET,     /* ms, what the timestamp was before */
    OCPN_HAP_FEATURE_SET,       /* FID, CDW11 */
    OCPN_HAP_NS_CHANGED,        /* NSID, - */
    OCPN_HAP_FORMAT_BEGIN,      /* NSID, CDW10 */
    OCPN_HAP_FORMAT_END,        /* NSID, status */
    OCPN_HAP_SANITIZE_BEGIN,    /* CDW10, CDW11 */
    OCPN_HAP_SANITIZE_END,      /* SSTAT, - */
    OCPN_HAP_FIRMWARE,          /* slot << 8 | commit action, status */
    OCPN_HAP_SELF_TEST,         /* code, result */
    OCPN_HAP_PANIC,             /* panic ID, - */
    OCPN_HAP_RECOVERED,         /* panic ID, - */
    OCPN_HAP_TELEMETRY,         /* LID, generation number */
    OCPN_HAP_TEMPERATURE,       /* new, old; kelvin */
    OCPN_HAP_THROTTLE,          /* new, old level */
    OCPN_HAP_WARNING,           /* new, old critical warnings */
    OCPN_HAP_MEDIA_ERROR,       /* NSID, LBA */
    OCPN_HAP_BAD_BLOCK,         /* NSID, chunk */
    OCPN_HAP_DIE_OFFLINE,       /* NSID or 0, die */
    OCPN_HAP_AEN,               /* type << 16 | info << 8 | LID, - */
    OCPN_HAP_LOG_READ,          /* LID, RAE */
    OCPN_HAP_N
} OcpnHappening;

/* Main.  Once per happening, when it has happened. */
void ocpn_happened(OcpnCtrl *c, OcpnHappening what, uint64_t a, uint64_t b);

typedef void (*OcpnListener)(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                             uint64_t b);

#endif
