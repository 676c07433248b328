/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of status codes, and whether a retry can help.
 * Implements: NVMe Base 2.0, "Status Field Definition"; OCSSD 2.0, 1.3.
 */
#include "hw/ocp-nvme/core/req.h"
#include "hw/ocp-nvme/spec/ocssd12.h"

#define NAME(name, value, text, dnr)  case value: return text;
#define DNR(name, value, text, dnr)   case value: return dnr;

const char *ocpn_status_name(uint16_t status)
{
    switch (status) {
    NVME_STATUS_LIST(NAME)
    OCSSD_STATUS_LIST(NAME)
    OCSSD12_STATUS_LIST(NAME)
    }
    return "Unknown";
}

bool ocpn_status_dnr(uint16_t status)
{
    switch (status) {
    NVME_STATUS_LIST(DNR)
    OCSSD_STATUS_LIST(DNR)
    OCSSD12_STATUS_LIST(DNR)
    }
    return false;
}
