/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write protection, inside the core. */
#ifndef OCPN_PROTECT_INT_H
#define OCPN_PROTECT_INT_H

#include "hw/ocp-nvme/core/happen.h"
#include "hw/ocp-nvme/core/protect.h"
#include "hw/ocp-nvme/spec/image-ocp.h"

/* A listener: power on ends what is not to outlive it. */
void ocpn_protect_heard(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                        uint64_t b);

/* Somebody else is to read the images: they shall say what is now.  Main. */
void ocpn_protect_settle(OcpnCtrl *c);

/* NS is about to be created; main. */
void ocpn_protect_forget(OcpnNs *ns);

/* Page IMG_STATE_PROTECT of the drive ROOT.  Load: main; store: any thread. */
void ocpn_protect_load(OcpnNs *root, const ImgPage *p);
void ocpn_protect_store(const OcpnNs *root, ImgPage *p);

#endif
