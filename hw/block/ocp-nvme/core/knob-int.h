/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knobs that have files of their own, in families.  Thread: main. */
#ifndef OCPN_KNOB_INT_H
#define OCPN_KNOB_INT_H

#include "hw/ocp-nvme/core/knob.h"

typedef struct OcpnKnobs {
    unsigned n;
    /* Name of knob INDEX, below N.  Any thread. */
    const char *(*name)(unsigned index);
    /*
     * False, with ERR: not in this drive, or VALUE is nothing it takes.  SET:
     * else it is set.
     */
    bool (*set)(OcpnCtrl *c, unsigned index, const char *value, bool set,
                OcpnError *err);
    bool (*get)(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT],
                OcpnError *err);
    /* As ocpn_knob_save(); NULL: what GET says is it. */
    bool (*save)(OcpnCtrl *c, unsigned index, char text[OCPN_KNOB_TEXT]);
} OcpnKnobs;

extern const OcpnKnobs ocpn_knobs_armed;
extern const OcpnKnobs ocpn_knobs_drive;
extern const OcpnKnobs ocpn_knobs_heat;
extern const OcpnKnobs ocpn_knobs_latency;

/* Is knob INDEX (ocpn_knob_name()) a fact of page C0h? */
bool ocpn_knob_is_fact(unsigned index);

#endif
