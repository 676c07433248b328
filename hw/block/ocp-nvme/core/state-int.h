/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State pages, as the store sees them. */
#ifndef OCPN_STATE_INT_H
#define OCPN_STATE_INT_H

#include "ctrl-int.h"

/* Memory for what follows.  False: there is none. */
bool ocpn_state_init(OcpnCtrl *c);
/* A state page's payload from and to memory. */
void ocpn_state_load(OcpnNs *ns, uint32_t index, const ImgPage *p);
void ocpn_state_store(OcpnNs *ns, uint32_t index, ImgPage *p);
/* The image was changed: what is in memory and in it, but not migrated. */
void ocpn_state_reload(OcpnNs *ns, uint32_t index, const ImgPage *p);

#endif
