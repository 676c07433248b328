/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of injected errors: since when there are, what each waits for, and
 * what it does.
 * Implements: OCP Datacenter NVMe SSD, "Error Injection", its types.
 *
 * Types 19h (erase user data), 1Ch (clear the Persistent Event Log) and 1Fh
 * (factory reset) would destroy what a host did not ask to, and are refused
 * like those that are not defined.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/core/panic.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/ocp.h"
#include "inject-int.h"

#define SPIKE_MS    1000u       /* a latency spike that says no time */
#define GC_MS       50u         /* a write while garbage is collected */
#define DIE_BLOCKS  64u         /* bad blocks that a die leaves behind */

static void incomplete(OcpnCtrl *c, bool on)
{
    ocpn_incomplete_shutdown(c, on);
}

/*
 * All free blocks are used up, and come back with the host's patience.  More
 * than one entry may do that, and each ends it.
 */
static void critical_gc(OcpnCtrl *c, bool on)
{
    uint64_t *was = &c->inject.free_blocks;
    uint64_t now = ocpn_fact(c, OCPN_FACT_FREE_BLOCKS);

    if (on && now) {
        *was = now;
        ocpn_fact_set(c, OCPN_FACT_FREE_BLOCKS, 0);
    } else if (!on && *was) {
        now = *was;
        *was = 0;
        ocpn_fact_set(c, OCPN_FACT_FREE_BLOCKS, now);
    }
}

static void throttle(OcpnCtrl *c, bool on)
{
    ocpn_set_temperature(c, on ? ocpn_thresholds(c).throttle_on
                               : OCPN_TEMPERATURE);
}

static void cool_down(OcpnCtrl *c, bool on)
{
    ocpn_set_temperature(c, on ? (uint16_t)(ocpn_thresholds(c).throttle_off - 1)
                               : OCPN_TEMPERATURE);
}

static void critical_heat(OcpnCtrl *c, bool on)
{
    ocpn_set_temperature(c, on ? ocpn_thresholds(c).critical
                               : OCPN_TEMPERATURE);
}

static void die_offline(OcpnCtrl *c, bool on)
{
    if (on) {
        ocpn_fact_add(c, OCPN_FACT_DIES_OFFLINE, 1);
        ocpn_fact_add(c, OCPN_FACT_BAD_USER, DIE_BLOCKS);
        ocpn_happened(c, OCPN_HAP_DIE_OFFLINE, 0,
                      ocpn_fact(c, OCPN_FACT_DIES_OFFLINE) - 1);
    }
}

static void pcie_correctable(OcpnCtrl *c, bool on)
{
    ocpn_fact_add(c, OCPN_FACT_PCIE_CORRECTABLE, on);
}

static void pcie_fatal(OcpnCtrl *c, bool on)
{
    if (on) {
        atomic_store(&c->fatal, true);
        ocpn_want_main(c);
    }
}

static void voltage_drop(OcpnCtrl *c, bool on)
{
    ocpn_fact_add(c, OCPN_FACT_PLP_STARTS, on);
}

static void spare(OcpnCtrl *c, bool on)
{
    ocpn_set_spare(c, on ? (uint8_t)(ocpn_thresholds(c).spare - 1)
                         : OCPN_SPARE);
}

static void backup(OcpnCtrl *c, bool on)
{
    ocpn_set_plp(c, on ? OCPN_PLP_FAILED : OCPN_PLP_OK);
}

static bool is_write(const OcpnReq *r)
{
    return r->cmd.opc == NVME_IO_WRITE ||
           (r->cmd.opc == OCSSD_IO_VECTOR_WRITE &&
            ocpn_ns_is_open_channel(r->ns));
}

/* What is no access to data has no metadata either. */
static bool has_metadata(const OcpnReq *r)
{
    return r->cmd.opc != NVME_IO_FLUSH;
}

static bool is_sanitize(const OcpnReq *r)
{
    return r->cmd.opc == NVME_ADM_SANITIZE;
}

/* Not what sets and shows injections, nor what waits for events anyhow. */
static bool is_admin(const OcpnReq *r)
{
    bool feature = r->cmd.opc == NVME_ADM_SET_FEAT ||
                   r->cmd.opc == NVME_ADM_GET_FEAT;

    return r->cmd.opc != NVME_ADM_AER &&
           !(feature && FIELD_GET(NVME_FEAT_FID, ocpn_cdw(r, 10)) ==
                        OCP_FID_ERROR_INJECTION);
}

#define PANIC           { OCP_1_0, OCPN_FAULT_READ_DONE, false, 0, NULL, \
                          NULL }
#define NOW(since, f)   { since, OCPN_FAULT_LASTS, false, 0, f, NULL }
#define IO(since, p, ms, f, w)  { since, OCPN_FAULT_##p, false, ms, f, w }
#define ADMIN(since, p, w)      { since, OCPN_FAULT_##p, true, 0, NULL, w }

static const OcpnInjectType types[OCP_INJECT_NTYPES] = {
    [OCP_INJECT_CPU_HANG] = PANIC,
    [OCP_INJECT_NAND_HANG] = PANIC,
    [OCP_INJECT_PLP_DEFECT] = PANIC,
    [OCP_INJECT_FIRMWARE_ERROR] = PANIC,
    [OCP_INJECT_DRAM_CRITICAL] = PANIC,
    [OCP_INJECT_DRAM] = PANIC,
    [OCP_INJECT_NAND_CORRUPTION] = PANIC,
    [OCP_INJECT_SRAM_CORRUPTION] = PANIC,
    [OCP_INJECT_HARDWARE] = PANIC,
    [OCP_INJECT_NO_SPARES] = PANIC,
    [OCP_INJECT_INCOMPLETE] = { OCP_2_5, OCPN_FAULT_POWER_ON, false, 0,
                                incomplete, NULL },
    [OCP_INJECT_METADATA] = IO(OCP_2_6, METADATA, 0, NULL, has_metadata),
    [OCP_INJECT_CRITICAL_GC] = IO(OCP_2_6, LATENCY, GC_MS, critical_gc,
                                  is_write),
    [OCP_INJECT_LATENCY] = IO(OCP_2_6, LATENCY, SPIKE_MS, NULL, NULL),
    [OCP_INJECT_IO_FAILURE] = IO(OCP_2_6, FAIL, 0, NULL, NULL),
    [OCP_INJECT_IO_TIMEOUT] = IO(OCP_2_6, TIMEOUT, 0, NULL, NULL),
    [OCP_INJECT_ADMIN_FAILURE] = ADMIN(OCP_2_6, FAIL, is_admin),
    [OCP_INJECT_ADMIN_TIMEOUT] = ADMIN(OCP_2_6, TIMEOUT, is_admin),
    [OCP_INJECT_THROTTLE_ON] = NOW(OCP_2_6, throttle),
    [OCP_INJECT_THROTTLE_OFF] = NOW(OCP_2_6, cool_down),
    [OCP_INJECT_CRITICAL_HEAT] = NOW(OCP_2_6, critical_heat),
    [OCP_INJECT_DIE_OFFLINE] = NOW(OCP_2_6, die_offline),
    [OCP_INJECT_SANITIZE_COMMAND] = ADMIN(OCP_2_7, FAIL, is_sanitize),
    [OCP_INJECT_PCIE_CORRECTABLE] = NOW(OCP_2_7, pcie_correctable),
    [OCP_INJECT_PCIE_FATAL] = NOW(OCP_2_7, pcie_fatal),
    [OCP_INJECT_SANITIZE_FAILURE] = { OCP_2_7, OCPN_FAULT_SANITIZE, false, 0,
                                      NULL, NULL },
    [OCP_INJECT_RANDOM_LATENCY] = IO(OCP_2_7, RANDOM_LATENCY, SPIKE_MS, NULL,
                                      NULL),
    [OCP_INJECT_VOLTAGE_DROP] = NOW(OCP_2_7, voltage_drop),
    [OCP_INJECT_SPARE] = NOW(OCP_2_7, spare),
    [OCP_INJECT_BACKUP] = NOW(OCP_2_7, backup),
};

const OcpnInjectType *ocpn_inject_type(uint32_t type)
{
    return type < OCP_INJECT_NTYPES && types[type].since ? &types[type]
                                                         : NULL;
}

bool ocpn_inject_wants(uint32_t type, const OcpnReq *r)
{
    return !types[type].wants || types[type].wants(r);
}
