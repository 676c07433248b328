/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of the SMART extended page: their values.
 */
#include "ctrl-int.h"

uint64_t ocpn_fact(OcpnCtrl *c, OcpnFact fact)
{
    return c->fact[fact];
}

uint64_t ocpn_fact_high(OcpnCtrl *c, OcpnFact fact)
{
    (void)c;
    (void)fact;
    return 0;
}

void ocpn_fact_add(OcpnCtrl *c, OcpnFact fact, uint64_t n)
{
    c->fact[fact] = n < UINT64_MAX - c->fact[fact] ? c->fact[fact] + n
                                                   : UINT64_MAX;
}

void ocpn_fact_set(OcpnCtrl *c, OcpnFact fact, uint64_t value)
{
    c->fact[fact] = value;
}
