/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The OCP half of the drive, as QEMU's user sees it. */
#ifndef OCPN_OCP_H
#define OCPN_OCP_H

#include "hw/ocp-nvme/core/ocp.h"

/* Properties of the OCP half, as given; ocp.c.  Strings: NULL if not. */
typedef struct OcpnOcpProps {
    char     *version, *profile, *uuids, *nsid, *offsets, *power,
             *panic, *protect, *state, *telemetry, *strings;
    bool      strict_reserved, strict_telemetry, string_compat, knobs;
    bool      thermal_shutdown;
    uint32_t  iu;               /* bytes */
    uint32_t  tick_ms, update_ms, plp_ms;
    uint16_t  warning, critical, throttle_on, throttle_off;     /* kelvin */
    uint8_t   spare_threshold;  /* percent */
    uint32_t  areas[4];         /* blocks of telemetry's */
    uint64_t  seed;
    char     *recorded[2];      /* no property: telemetry, strings, as read */
} OcpnOcpProps;

struct OcpnDevice;

/*
 * What the core is to know of GIVEN, of a drive with state-sync=flush or not.
 * False, with ERRP: a value is not possible.
 */
bool ocpn_ocp_config_make(const OcpnOcpProps *given, bool flush,
                          OcpnOcpConfig *cfg, Error **errp);

/* props-check.c: do the numbers of GIVEN make sense, and together? */
bool ocpn_props_check_ocp(const OcpnOcpProps *given, Error **errp);

/*
 * profile.c: the place of TEXT in WORD, which ends with NULL; DEF if TEXT is
 * NULL; -1, with ERRP: it is none of them.  NAME: the property's.
 */
int ocpn_choose(const char *name, const char *text, const char *const *word,
                int def, Error **errp);

/* knob.c: properties of D, which runs, for what no real drive lets be set. */
void ocpn_knobs_add(struct OcpnDevice *d);

/* state-file.c: its actions; ocp-state=; recorded pages, which CFG gets. */
void ocpn_state_file_add(struct OcpnDevice *d);
bool ocpn_state_file_check(struct OcpnDevice *d, Error **errp);
void ocpn_state_file_load(struct OcpnDevice *d);
bool ocpn_recorded_open(struct OcpnDevice *d, OcpnOcpConfig *cfg,
                        Error **errp);
void ocpn_recorded_close(struct OcpnDevice *d);

#endif
