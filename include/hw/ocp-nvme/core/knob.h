/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs: what people may set who test how tools take a drive, and no real
 * drive has.  There is one for each fact of log page C0h (fact.h), under its
 * row's name, and these of health and of panic:
 *
 *   temperature       kelvin, 1..65535, or degrees Celsius such as 85C
 *   sensor[1]..[8]    the same, up to 65534; 0: there is none; auto: as it is
 *                     by itself
 *   raw               off, on: nothing follows from any of health
 *   spare             percent, 0..100; at 0 the drive is read-only
 *   percentage-used   0..255
 *   plp-state         ok, degraded, failed
 *   sanitize-ms       how long a sanitize operation takes at least, 0..65535
 *   sanitize-fail     off, on: it fails half-way
 *   format-ms         how long Format NVM takes at least, 0..65535
 *   critical-warning  bits that are set whatever the cause, 0..63
 *   aen-rate          a vendor's event so often a second, 0..1000
 *   aen-drop          so many events are lost, 0..65535, or a percentage: 25%
 *   update-lag-ms     pages 02h and C0h are refreshed so often, 0..86400000;
 *                     0: they are always as the drive is
 *   panic             0: none, and one there is ends; 1..12: the panic that
 *                     this type of injected error (OcpInjectType) causes, if
 *                     there is none
 *   recovery-fails    so many recoveries from a panic fail, 0..65535
 *   arm-incomplete-shutdown  off, on: the next power on finds data lost
 *   lm.timer          ticks of the latency monitor's active buckets
 *   lm.active[B].OP, lm.static[B].OP
 *                     commands in bucket B, 0..3, of OP: read, write or
 *                     deallocate
 *   telemetry-damage  none, fifo-size, statistic-id or string-size: what is
 *                     wrong in what is captured
 *
 * What follows from a value follows: warnings, events, gates, other fields.
 * Values are decimal or, with 0x, hexadecimal, up to 128 bits.  A fact takes
 * at most what its field can hold; bad-system-blocks takes "unsupported", too.
 *
 * Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_KNOB_H
#define HW_OCP_NVME_CORE_KNOB_H

#include <stddef.h>

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"

#define OCPN_KNOB_TEXT  40      /* a value as text, with its NUL */

/* False, with ERR: knobs are off, or not C's. */
bool ocpn_knobs_on(const OcpnCtrl *c, OcpnError *err);
/* The same; or C's drive follows no version of OCP, and has none. */
bool ocpn_knobs_allowed(const OcpnCtrl *c, OcpnError *err);
/* False, with ERR: knobs are off, or there is none NAME, or not of VALUE. */
bool ocpn_knob_set(OcpnCtrl *c, const char *name, const char *value,
                   OcpnError *err);
/* Could it be set?  Nothing changes. */
bool ocpn_knob_check(OcpnCtrl *c, const char *name, const char *value,
                     OcpnError *err);
/* The same, counting up: it stays at its most.  Only of facts. */
bool ocpn_knob_add(OcpnCtrl *c, const char *name, const char *value,
                   OcpnError *err);
/* What it is now, decimal or a word. */
bool ocpn_knob_get(OcpnCtrl *c, const char *name, char text[OCPN_KNOB_TEXT],
                   OcpnError *err);
/*
 * The value that sets another drive's to what it is here: as ocpn_knob_get(),
 * but "auto" for a sensor that nobody has set.  False: there is none, or
 * nothing was set.
 */
bool ocpn_knob_save(OcpnCtrl *c, const char *name, char text[OCPN_KNOB_TEXT]);

/* A knob and its value, each by its text. */
typedef struct OcpnKnobValue {
    const char *name, *value;
} OcpnKnobValue;
/*
 * Set all N of V, or, with ERR, none; if not SET, only judge them.  What is
 * so already is left alone.  Facts come last: they are what V says, whatever
 * the other knobs have caused.
 */
bool ocpn_knobs_load(OcpnCtrl *c, const OcpnKnobValue *v, size_t n, bool set,
                     OcpnError *err);

/* Name of knob INDEX, from 0 on; NULL: no more.  Any version's.  Any thread. */
const char *ocpn_knob_name(unsigned index);

#endif
