/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest of what happened to an OCP drive, as lines of text: what a test
 * waits for.  docs/ocp.rst.  Thread: main.
 */
#ifndef HW_OCP_NVME_CORE_RECORD_H
#define HW_OCP_NVME_CORE_RECORD_H

#include "hw/ocp-nvme/core/ctrl.h"

#define OCPN_RECORD_TEXT    128 /* a line with its NUL */

/*
 * Line INDEX, 0 the oldest there is: "NUMBER SECONDS NAME WORD=VALUE...", with
 * numbers from 1 on that are never used twice.  False: no more.
 */
bool ocpn_record_show(OcpnCtrl *c, unsigned index,
                      char line[OCPN_RECORD_TEXT]);

#endif
