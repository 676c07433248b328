/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UUID Index: what Identify's UUID List offers, and what Get Log Page and the
 * Features commands select with it.
 */
#ifndef OCPN_UUID_INT_H
#define OCPN_UUID_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/ocp-nvme/core/log.h"

#define OCPN_VENDOR_FIRST       0xc0u   /* first vendor specific LID, FID */

/*
 * Whose page or feature ID is meant by UUID Index INDEX.  Identifiers that
 * are not vendor specific ignore it.  False: there is no such entry.
 */
bool ocpn_uuid_select(const OcpnCtrl *c, uint32_t index, uint8_t id,
                      OcpnUuid *uuid);

/* Entry INDEX of the UUID List.  False: there is none. */
bool ocpn_uuid_entry(const OcpnCtrl *c, uint32_t index, uint8_t uuid[16]);

/* Some namespace has one of MODES (bits 1 << ImgMode), or MODES is 0. */
bool ocpn_has_mode(const OcpnCtrl *c, uint8_t modes);

#endif
