/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Further controllers of a drive.  Thread: main. */
#ifndef OCPN_SUBSYS_H
#define OCPN_SUBSYS_H

#include "ocp-nvme.h"

/*
 * props.c: the name of a property that D was given, and that is of the
 * drive, not of the controller; NULL: none.
 */
const char *ocpn_props_of_drive(const OcpnDevice *d);

/* D is not there yet; which controller subsys means. */
bool ocpn_subsys_find(OcpnDevice *d, Error **errp);
/* D, with its core, is a further controller; and no longer. */
bool ocpn_subsys_enter(OcpnDevice *d, Error **errp);
void ocpn_subsys_exit(OcpnDevice *d);
/* D goes: its further controllers are reset, and do not work any more. */
void ocpn_subsys_cut_off(OcpnDevice *d);
/* May D fetch, as far as the first controller is concerned? */
bool ocpn_subsys_runs(const OcpnDevice *d);
/* That may have changed for those whose first one D is. */
void ocpn_subsys_update_running(OcpnDevice *d);

#endif
