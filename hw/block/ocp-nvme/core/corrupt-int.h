/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log pages that are damaged on purpose.  Thread: main. */
#ifndef OCPN_CORRUPT_INT_H
#define OCPN_CORRUPT_INT_H

#include <stddef.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/action.h"

typedef enum OcpnDamage {
    OCPN_DAMAGE_NONE,
    OCPN_DAMAGE_GUID,           /* another GUID */
    OCPN_DAMAGE_VERSION,        /* version 0 */
    OCPN_DAMAGE_LENGTH,         /* says it is twice as long as it is */
    OCPN_DAMAGE_SIZE,           /* says it is no longer than its header */
    OCPN_DAMAGE_GARBAGE,        /* every byte is another one */
    OCPN_DAMAGE_SHORT,          /* its second half is zeros */
    OCPN_DAMAGE_N
} OcpnDamage;

/* Member of OcpnCtrl: OcpnDamage by LID. */
typedef struct OcpnCorrupt {
    uint8_t damage[256];
} OcpnCorrupt;

/* BUF has bytes [off, off + len) of page LID, which has SIZE: damage them. */
void ocpn_corrupt(const OcpnCtrl *c, uint8_t lid, uint64_t size, uint64_t off,
                  uint8_t *buf, size_t len);

/* The action; see core/action.h. */
bool ocpn_corrupt_act(OcpnCtrl *c, const char *text, OcpnError *err);
bool ocpn_corrupt_show(OcpnCtrl *c, unsigned index,
                       char line[OCPN_ACTION_TEXT]);
/* Has page LID the field that DAMAGE is of? */
bool ocpn_corrupt_can(uint8_t lid, OcpnDamage damage);

#endif
