/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drive's temperature and the limits it states. */
#ifndef HW_OCP_NVME_CORE_HEALTH_H
#define HW_OCP_NVME_CORE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#define OCPN_TEMPERATURE    310u    /* kelvin, composite */
#define OCPN_WCTEMP         350u    /* warning */
#define OCPN_CCTEMP         358u    /* critical */

#define OCPN_SPARE          100u    /* percent of what there was */
#define OCPN_SPARE_LIMIT    10u     /* percent: below it a warning */

/*
 * Both composite thresholds of feature 04h in one value: over in bits 15:0,
 * under in 31:16.  True: the temperature is at one of them or beyond.
 */
static inline bool ocpn_too_hot_or_cold(uint32_t thresholds)
{
    return OCPN_TEMPERATURE >= (thresholds & 0xffff) ||
           OCPN_TEMPERATURE <= thresholds >> 16;
}

#endif
