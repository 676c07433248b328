/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telemetry: what the drive captures of itself for the host (LID 07h) or on
 * its own when something fails (LID 08h), and the names in it (LID C9h).
 * There is none of it unless the drive follows OCP.
 *
 * OCP Datacenter NVMe SSD, "Telemetry Logging and Interface for Failure
 * Analysis".  Thread: main, unless said otherwise.
 */
#ifndef HW_OCP_NVME_CORE_TELEMETRY_H
#define HW_OCP_NVME_CORE_TELEMETRY_H

#include "hw/ocp-nvme/core/ctrl.h"

/* Data areas; areas 3 and 4 are here 2 and 3. */
#define OCPN_NAREAS         4u
/* Blocks of 512 bytes that each needs, and has unless it is given more. */
#define OCPN_AREA_BLOCKS    { 32, 16, 0, 8 }
/* Of all four together, at most: the log then has 16 MiB. */
#define OCPN_AREAS_MAX      32767u

typedef enum OcpnTelemetryLog {
    OCPN_TELEMETRY_HOST,        /* LID 07h */
    OCPN_TELEMETRY_CTRL,        /* LID 08h */
    OCPN_NTELEMETRY
} OcpnTelemetryLog;

/* What tools must cope with, in what is captured from now on. */
typedef enum OcpnTelemetryBug {
    OCPN_TELEMETRY_SOUND,
    OCPN_TELEMETRY_FIFO_SIZE0,  /* the first event FIFO has size 0 */
    OCPN_TELEMETRY_STAT_ID0,    /* the first statistic has identifier 0 */
    OCPN_TELEMETRY_SLS_MISMATCH,    /* not the size of the string log */
} OcpnTelemetryBug;

/*
 * Something failed: ERROR says what (ASCII, the first 64 characters count),
 * FILE where, if not NULL (without its folder, 8 characters), LINE, if not 0.
 * It becomes the reason identifier; the state is captured into LID 08h and
 * the host told, unless an earlier capture still waits for the host.  True:
 * captured.
 */
bool ocpn_telemetry_trigger(OcpnCtrl *c, const char *error, const char *file,
                            unsigned line);
/* For tests of tools: what is captured from now on is damaged so. */
void ocpn_telemetry_damage(OcpnCtrl *c, OcpnTelemetryBug bug);

/* The host wants a new capture in LID 07h. */
void ocpn_telemetry_capture(OcpnCtrl *c);
/* The host has read LID 08h and lets go of it. */
void ocpn_telemetry_taken(OcpnCtrl *c);
/* Bytes of the log; CREATE: with what a capture would make of it. */
uint64_t ocpn_telemetry_length(OcpnCtrl *c, OcpnTelemetryLog log,
                               bool create);
/* Bytes [off, off + len) of the log, which are in it. */
void ocpn_telemetry_read(OcpnCtrl *c, OcpnTelemetryLog log, uint64_t off,
                         void *buf, size_t len);
/* Does the drive have data area 4, for hosts that enable it?  Any thread. */
bool ocpn_telemetry_area4(const OcpnCtrl *c);

/* LID C9h; frozen. */
#define OCPN_STRINGS_MAX    4096u   /* bytes, unless it is a recorded one */
uint32_t ocpn_strings_length(OcpnCtrl *c);
/* Bytes [off, off + len) of the page, which are in it. */
void ocpn_strings_read(OcpnCtrl *c, uint64_t off, void *buf, size_t len);

#endif
