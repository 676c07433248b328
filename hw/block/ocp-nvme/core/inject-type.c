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
#include "chunks-int.h"
#include "hw/ocp-nvme/core/ocssd12.h"
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
        ocpn_fact_set(c, OCPN_FACT_FREE_BLOCKS, *was);
        *was = 0;
    }
}

static void throttle(OcpnCtrl *c, bool on)
{
    ocpn_set_temperature(c, on ? OCPN_WCTEMP : OCPN_TEMPERATURE);
}

static void cool_down(OcpnCtrl *c, bool on)
{
    ocpn_set_temperature(c, on ? OCPN_COOL - 1 : OCPN_TEMPERATURE);
}

static void critical_heat(OcpnCtrl *c, bool on)
{
    ocpn_set_temperature(c, on ? OCPN_CCTEMP : OCPN_TEMPERATURE);
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
    ocpn_set_spare(c, on ? OCPN_SPARE_LIMIT - 1 : OCPN_SPARE);
}

static void backup(OcpnCtrl *c, bool on)
{
    ocpn_set_plp(c, on ? OCPN_PLP_FAILED : OCPN_PLP_OK);
}

static bool is_read(const OcpnReq *r)
{
    return r->cmd.opc == NVME_IO_READ ||
           (r->cmd.opc == OCSSD_IO_VECTOR_READ &&
            ocpn_ns_is_open_channel(r->ns));
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

static bool fail(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    (void)ms;
    *flow = ocpn_fail(c, r, NVME_SC_INTERNAL);
    return true;
}

/* Reads of chunks go on, with the worst of what they can be judged. */
static bool fail_io(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    if (!is_read(r)) {
        return fail(c, r, ms, flow);
    }
    if (!ocpn_ns_is_open_channel(r->ns)) {
        r->slba = ocpn_cdw(r, 10) | (uint64_t)ocpn_cdw(r, 11) << 32;
        *flow = ocpn_fail(c, r, NVME_SC_UNRECOVERED_READ);
        return true;
    }
    r->judged = true;
    r->verdict = ocpn_chunk_status(r->ns, NVME_SC_UNRECOVERED_READ);
    r->verdict_map = r->cmd.opc != OCSSD_IO_VECTOR_READ ? 0 :
        ocpn_entries(0, FIELD_GET(OCSSD_VEC_NLB, ocpn_cdw(r, 12)) + 1);
    return false;
}

static bool never(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    (void)ms;
    *flow = FLOW_PENDING;
    if (!ocpn_inject_hold(c, r, UINT64_MAX)) {
        return false;
    }
    atomic_fetch_add(&c->inject.timeouts, 1);
    ocpn_inject_tell(c);
    return true;
}

static bool metadata(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    ocpn_inject_panic(c, OCP_INJECT_METADATA);
    return fail(c, r, ms, flow);
}

static bool be_late(OcpnCtrl *c, OcpnReq *r, uint32_t ms)
{
    r->late_ms = ms;
    atomic_fetch_or(&c->inject.armed, OCPN_INJECT_LATE);
    return false;
}

static bool spike(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    (void)flow;
    return be_late(c, r, ms ? ms : SPIKE_MS);
}

static bool any_spike(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    (void)flow;
    return be_late(c, r, ocpn_inject_roll(c, ms ? ms : SPIKE_MS));
}

static bool gc_write(OcpnCtrl *c, OcpnReq *r, uint32_t ms, OcpnFlow *flow)
{
    (void)ms;
    (void)flow;
    return be_late(c, r, GC_MS);
}

#define PANIC           { OCP_1_0, OCPN_INJECT_AT_READ, NULL, NULL, NULL }
#define NOW(since, f)   { since, OCPN_INJECT_AT_ONCE, f, NULL, NULL }
#define IO(since, ...)  { since, OCPN_INJECT_AT_IO, __VA_ARGS__ }
#define ADMIN(since, ...) { since, OCPN_INJECT_AT_ADMIN, NULL, __VA_ARGS__ }

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
    [OCP_INJECT_INCOMPLETE] = { OCP_2_5, OCPN_INJECT_AT_POWER_ON, incomplete,
                                NULL, NULL },
    [OCP_INJECT_METADATA] = IO(OCP_2_6, NULL, has_metadata, metadata),
    [OCP_INJECT_CRITICAL_GC] = IO(OCP_2_6, critical_gc, is_write, gc_write),
    [OCP_INJECT_LATENCY] = IO(OCP_2_6, NULL, NULL, spike),
    [OCP_INJECT_IO_FAILURE] = IO(OCP_2_6, NULL, NULL, fail_io),
    [OCP_INJECT_IO_TIMEOUT] = IO(OCP_2_6, NULL, NULL, never),
    [OCP_INJECT_ADMIN_FAILURE] = ADMIN(OCP_2_6, is_admin, fail),
    [OCP_INJECT_ADMIN_TIMEOUT] = ADMIN(OCP_2_6, is_admin, never),
    [OCP_INJECT_THROTTLE_ON] = NOW(OCP_2_6, throttle),
    [OCP_INJECT_THROTTLE_OFF] = NOW(OCP_2_6, cool_down),
    [OCP_INJECT_CRITICAL_HEAT] = NOW(OCP_2_6, critical_heat),
    [OCP_INJECT_DIE_OFFLINE] = NOW(OCP_2_6, die_offline),
    [OCP_INJECT_SANITIZE_COMMAND] = ADMIN(OCP_2_7, is_sanitize, fail),
    [OCP_INJECT_PCIE_CORRECTABLE] = NOW(OCP_2_7, pcie_correctable),
    [OCP_INJECT_PCIE_FATAL] = NOW(OCP_2_7, pcie_fatal),
    [OCP_INJECT_SANITIZE_FAILURE] = { OCP_2_7, OCPN_INJECT_AT_TAKE, NULL,
                                      NULL, NULL },
    [OCP_INJECT_RANDOM_LATENCY] = IO(OCP_2_7, NULL, NULL, any_spike),
    [OCP_INJECT_VOLTAGE_DROP] = NOW(OCP_2_7, voltage_drop),
    [OCP_INJECT_SPARE] = NOW(OCP_2_7, spare),
    [OCP_INJECT_BACKUP] = NOW(OCP_2_7, backup),
};

const OcpnInjectType *ocpn_inject_type(uint32_t type)
{
    return type < OCP_INJECT_NTYPES && types[type].since ? &types[type]
                                                         : NULL;
}
