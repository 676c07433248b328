/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An I/O thread closes gates while further controllers come and go.
 * Proves: core/gate.h, threads: it does not look at the others.  Run it under
 * AddressSanitizer or ThreadSanitizer.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "hw/ocp-nvme/core/gate.h"
#include "subsys-unit.h"

#define NROUNDS     400u

static atomic_bool enough;

static void *close_gates(void *opaque)
{
    OcpnCtrl *c = opaque;

    while (!atomic_load(&enough)) {
        ocpn_gate_set(c, OCPN_GATE_CUT, true);
        ocpn_gate_set(c, OCPN_GATE_CUT, false);
        ocpn_gate_close(c, OCPN_GATE_PANIC);
    }
    return NULL;
}

static void others_come_and_go(void)
{
    FakeHost *a = first_of(OCP_2_7);
    OcpnConfig cfg = ocpn_subsys_config(a->c);
    pthread_t thread;
    OcpnError err;

    cfg.mdts = 7;
    CHECK_EQ(pthread_create(&thread, NULL, close_gates, a->c), 0);
    for (unsigned i = 0; i < NROUNDS; i++) {
        OcpnCtrl *c = ocpn_ctrl_new(&cfg, &a->f.port);

        CU_ASSERT(ocpn_subsys_join(c, a->c, &err));
        CU_ASSERT(!ocpn_gate_closed(c, OCPN_GATE_CUT));
        ocpn_ctrl_free(c);
    }
    atomic_store(&enough, true);
    pthread_join(thread, NULL);
    CU_ASSERT(ocpn_gate_closed(a->c, OCPN_GATE_PANIC));
    fake_host_free(a);
}

static const OcpnTest tests[] = {
    { "other controllers come and go", others_come_and_go },
};
OCPN_UNIT_MAIN("gate-race", tests)
