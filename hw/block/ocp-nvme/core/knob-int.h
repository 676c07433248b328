/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knobs of the latency monitor: knob-latency.c.  Thread: main. */
#ifndef OCPN_KNOB_INT_H
#define OCPN_KNOB_INT_H

#include "hw/ocp-nvme/core/knob.h"

/* Name of the monitor's knob INDEX, from 0 on; NULL: no more.  Any thread. */
const char *ocpn_knob_latency_name(unsigned index);
/* Its index; -1: it is none of them. */
int ocpn_knob_latency_find(const char *name);
/*
 * False, with ERR: there is no monitor, or VALUE is no number it takes.  SET:
 * else it is set.
 */
bool ocpn_knob_latency_set(OcpnCtrl *c, unsigned index, const char *value,
                           bool set, OcpnError *err);
/* Is knob INDEX (ocpn_knob_name()) a fact of page C0h? */
bool ocpn_knob_is_fact(unsigned index);
bool ocpn_knob_latency_get(OcpnCtrl *c, unsigned index,
                           char text[OCPN_KNOB_TEXT], OcpnError *err);

#endif
