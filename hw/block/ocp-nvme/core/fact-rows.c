/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of the SMART extended page: a row each, and how those are computed
 * that are.
 * Implements: OCP Datacenter NVMe SSD, SMART-1..31, SLOG-4, STATI-33..71.
 *
 * On open-channel namespaces a chunk is a block: offline ones are bad, and
 * resets are erases.  Elsewhere erases follow from what was written.
 */
#include "ctrl-int.h"
#include "identify-int.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"
#include "hw/ocp-nvme/spec/ocp-smart.h"

#define USER_SPARES     1024u   /* blocks that may go bad, user data */
#define SYSTEM_SPARES   64u     /* the same, the drive's own */
#define RATED_ERASES    3000u   /* if the geometry has no limit */
#define DIES            16u     /* if there are no parallel units */

/* SLOG-4: percent of SPARES that are left; rounded down. */
static uint64_t left(uint64_t bad, uint64_t spares)
{
    return bad < spares ? (spares - bad) * 100 / spares : 0;
}

static uint64_t media_written(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_MEDIA_WRITTEN) +
           atomic_load(&c->facts.system_written);
}

static uint64_t media_read(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_MEDIA_READ);
}

static uint64_t offline_chunks(OcpnCtrl *c)
{
    return ocpn_wear(c).offline;
}

static uint64_t bad_user_norm(OcpnCtrl *c)
{
    return left(ocpn_fact(c, OCPN_FACT_BAD_USER), USER_SPARES);
}

/* SMART-4: all ones if system blocks are not told apart. */
static uint64_t bad_system_norm(OcpnCtrl *c)
{
    uint64_t bad = ocpn_fact(c, OCPN_FACT_BAD_SYSTEM);

    return bad == ocpn_wide_max(6).low ? UINT16_MAX
                                       : left(bad, SYSTEM_SPARES);
}

static uint64_t uncorrectable(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_UNCORRECTABLE);
}

static uint64_t soft_ecc(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_SOFT_ECC);
}

static uint64_t unaligned(OcpnCtrl *c)
{
    return ocpn_counter(c, OCPN_COUNT_UNALIGNED);
}

/* Erases of every block, where there are no chunks to ask. */
static uint64_t even_erases(OcpnCtrl *c)
{
    OcpnWide w = ocpn_fact_wide(c, OCPN_FACT_MEDIA_WRITTEN);
    uint64_t bytes = ocpn_ns_bytes(c);

    return w.high ? UINT64_MAX : bytes ? w.low / bytes : 0;
}

static uint64_t erase_max(OcpnCtrl *c)
{
    OcpnWear w = ocpn_wear(c);

    return w.chunks ? w.most : even_erases(c);
}

static uint64_t erase_min(OcpnCtrl *c)
{
    OcpnWear w = ocpn_wear(c);

    return w.chunks ? w.least : even_erases(c);
}

static uint64_t erase_average(OcpnCtrl *c)
{
    OcpnWear w = ocpn_wear(c);

    return w.chunks ? w.resets / w.chunks : even_erases(c);
}

static uint64_t throttle_status(OcpnCtrl *c)
{
    return ocpn_health(c)->throttle;
}

static uint64_t spec_minor(OcpnCtrl *c)
{
    static const uint8_t minor[OCP_NVERSIONS] = {
        [OCP_2_5] = 5, [OCP_2_6] = 6, [OCP_2_7] = 7,
    };

    return minor[c->cfg.ocp.version];
}

/* SMART-23: what Identify says. */
static uint64_t nuse(OcpnCtrl *c)
{
    uint64_t sum = 0;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        NvmeIdNs id = { 0 };
        OcpnNs *ns = ocpn_ns_allocated(c, i);

        if (ns) {
            ocpn_identify_ns(c, ns, i, (uint8_t *)&id);
            sum += from_le64(id.nuse);
        }
    }
    return sum;
}

uint64_t ocpn_rated_erases(const OcpnCtrl *c)
{
    const OcpnNs *ns = ocpn_ns_first(c, IMG_MODE_OPEN_CHANNEL);

    return ns && ns->im.geo.pe_cycles ? ns->im.geo.pe_cycles : RATED_ERASES;
}

static uint64_t endurance(OcpnCtrl *c)
{
    uint64_t bytes = ocpn_ns_bytes(c), erases = ocpn_rated_erases(c);

    return bytes > UINT64_MAX / erases ? UINT64_MAX : bytes * erases;
}

uint64_t ocpn_wear_percent(OcpnCtrl *c)
{
    uint64_t erases = ocpn_fact(c, OCPN_FACT_ERASE_AVERAGE);

    return erases > UINT64_MAX / 100 ? UINT64_MAX
                                     : erases * 100 / ocpn_rated_erases(c);
}

static uint64_t dies(OcpnCtrl *c)
{
    uint64_t sum = 0;

    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->ns[i] && ocpn_ns_is_open_channel(c->ns[i])) {
            sum += (uint64_t)c->ns[i]->im.geo.num_grp *
                   c->ns[i]->im.geo.num_pu;
        }
    }
    return sum ? sum : DIES;
}

static uint64_t system_program_norm(OcpnCtrl *c)
{
    return left(ocpn_fact(c, OCPN_FACT_SYSTEM_PROGRAM_FAILS), SYSTEM_SPARES);
}

static uint64_t system_read_norm(OcpnCtrl *c)
{
    return left(ocpn_fact(c, OCPN_FACT_SYSTEM_READ_FAILS), SYSTEM_SPARES);
}

static uint64_t system_erase_norm(OcpnCtrl *c)
{
    return left(ocpn_fact(c, OCPN_FACT_SYSTEM_ERASE_FAILS), SYSTEM_SPARES);
}

/* Watt hours since power on. */
static uint64_t energy(OcpnCtrl *c)
{
    return ocpn_power_energy(c);
}

static uint64_t peak_power(OcpnCtrl *c)
{
    return ocpn_power_max_watts(c, 0);
}

static uint64_t average_power(OcpnCtrl *c)
{
    return ocpn_power_max_watts(c, ocpn_power_state(c));
}

static uint64_t dies_bad(OcpnCtrl *c)
{
    return ocpn_fact(c, OCPN_FACT_BAD_USER);
}

#define FIELD(member)   offsetof(OcpSmartLog, member), \
                        sizeof(((OcpSmartLog *)0)->member)
#define LIFE    OCPN_FACT_LIFETIME
#define CYCLE   OCPN_FACT_CYCLE
#define GAUGE   OCPN_FACT_GAUGE
#define CONST   OCPN_FACT_CONSTANT

const OcpnFactRow ocpn_fact_rows[OCPN_FACT_N] = {
    /* name, field, version, kind, statistic, dwords, factory, ... */
    [OCPN_FACT_MEDIA_WRITTEN] = { "media-written", FIELD(media_written),
        OCP_1_0, LIFE, 0x1e, 4, .source = media_written, .restarts = true },
    [OCPN_FACT_MEDIA_READ] = { "media-read", FIELD(media_read),
        OCP_1_0, LIFE, 0x1f, 4, .source = media_read, .restarts = true },
    [OCPN_FACT_BAD_USER] = { "bad-user-blocks", FIELD(bad_user),
        OCP_1_0, LIFE, 0x20, 2, .source = offline_chunks },
    [OCPN_FACT_BAD_USER_NORM] = { "bad-user-blocks-normalised",
        FIELD(bad_user_norm), OCP_1_0, GAUGE, 0x20, 2,
        .live = bad_user_norm },
    [OCPN_FACT_BAD_SYSTEM] = { "bad-system-blocks", FIELD(bad_system),
        OCP_1_0, LIFE, 0x21, 2 },
    [OCPN_FACT_BAD_SYSTEM_NORM] = { "bad-system-blocks-normalised",
        FIELD(bad_system_norm), OCP_1_0, GAUGE, 0x21, 2,
        .live = bad_system_norm },
    [OCPN_FACT_XOR_RECOVERY] = { "xor-recovery", FIELD(xor_recovery),
        OCP_1_0, LIFE, 0x22, 2 },
    [OCPN_FACT_UNCORRECTABLE] = { "uncorrectable-reads",
        FIELD(uncorrectable), OCP_1_0, LIFE, 0x23, 2,
        .source = uncorrectable, .restarts = true },
    [OCPN_FACT_SOFT_ECC] = { "soft-ecc", FIELD(soft_ecc),
        OCP_1_0, LIFE, 0x24, 2, .source = soft_ecc, .restarts = true },
    [OCPN_FACT_E2E_DETECTED] = { "e2e-detected", FIELD(e2e_detected),
        OCP_1_0, LIFE, 0x25, 2 },
    [OCPN_FACT_E2E_CORRECTED] = { "e2e-corrected", FIELD(e2e_corrected),
        OCP_1_0, LIFE, 0x25, 2 },
    [OCPN_FACT_SYSTEM_USED] = { "system-data-used", FIELD(system_used),
        OCP_1_0, GAUGE, 0x26, 1 },
    [OCPN_FACT_REFRESH] = { "refresh", FIELD(refresh),
        OCP_1_0, LIFE, 0x27, 2 },
    [OCPN_FACT_ERASE_MAX] = { "max-erase", FIELD(erase_max),
        OCP_1_0, LIFE, 0x28, 2, .live = erase_max },
    [OCPN_FACT_ERASE_MIN] = { "min-erase", FIELD(erase_min),
        OCP_1_0, LIFE, 0x28, 2, .live = erase_min },
    [OCPN_FACT_THROTTLE_EVENTS] = { "throttle-events",
        FIELD(throttle_events), OCP_1_0, LIFE, 0x29, 1 },
    [OCPN_FACT_THROTTLE_STATUS] = { "throttle-status",
        FIELD(throttle_status), OCP_1_0, GAUGE, 0x29, 1,
        .live = throttle_status },
    [OCPN_FACT_SPEC_ERRATA] = { "spec-errata", FIELD(spec_errata),
        OCP_2_0, CONST, 0x2a, 2 },
    [OCPN_FACT_SPEC_POINT] = { "spec-point", FIELD(spec_point),
        OCP_2_0, CONST, 0x2a, 2 },
    [OCPN_FACT_SPEC_MINOR] = { "spec-minor", FIELD(spec_minor),
        OCP_2_0, CONST, 0x2a, 2, .live = spec_minor },
    [OCPN_FACT_SPEC_MAJOR] = { "spec-major", FIELD(spec_major),
        OCP_2_0, CONST, 0x2a, 2, .factory = 2 },
    [OCPN_FACT_PCIE_CORRECTABLE] = { "pcie-correctable",
        FIELD(pcie_correctable), OCP_1_0, LIFE, 0x2b, 2 },
    [OCPN_FACT_INCOMPLETE_SHUTDOWNS] = { "incomplete-shutdowns",
        FIELD(incomplete_shutdowns), OCP_1_0, LIFE, 0x2c, 1 },
    [OCPN_FACT_FREE_BLOCKS] = { "free-blocks", FIELD(free_blocks),
        OCP_1_0, GAUGE, 0x2d, 1, .factory = 100 },
    [OCPN_FACT_CAPACITOR] = { "capacitor-health", FIELD(capacitor),
        OCP_1_0, GAUGE, 0x2e, 1, .factory = 100 },
    [OCPN_FACT_BASE_ERRATA] = { "base-errata", FIELD(base_errata),
        OCP_2_0, CONST, 0x2f, 1 },
    [OCPN_FACT_CMDSET_ERRATA] = { "command-set-errata",
        FIELD(cmdset_errata), OCP_2_5, CONST, 0x30, 1 },
    [OCPN_FACT_PCIE_ERRATA] = { "pcie-errata", FIELD(pcie_errata),
        OCP_2_6, CONST },
    [OCPN_FACT_MI_ERRATA] = { "mi-errata", FIELD(mi_errata),
        OCP_2_6, CONST, 0x31, 1 },
    [OCPN_FACT_DIE_RETIREMENT] = { "die-retirements", FIELD(die_retirement),
        OCP_2_7, LIFE, 0x6c, 1 },
    [OCPN_FACT_UNALIGNED] = { "unaligned-io", FIELD(unaligned),
        OCP_1_0, CYCLE, 0x32, 2, .source = unaligned, .restarts = true },
    [OCPN_FACT_SECURITY_VERSION] = { "security-version",
        FIELD(security_version), OCP_1_0, GAUGE, 0x33, 2,
        .live = ocpn_firmware_security },
    [OCPN_FACT_NUSE] = { "nuse", FIELD(nuse),
        OCP_1_0, GAUGE, 0x34, 2, .live = nuse },
    [OCPN_FACT_PLP_STARTS] = { "plp-starts", FIELD(plp_starts),
        OCP_1_0, LIFE, 0x35, 4 },
    [OCPN_FACT_ENDURANCE] = { "endurance-estimate", FIELD(endurance),
        OCP_1_0, GAUGE, 0x36, 4, .live = endurance },
    [OCPN_FACT_LINK_RETRAINS] = { "link-retrains", FIELD(link_retrains),
        OCP_2_0, LIFE, 0x37, 2 },
    [OCPN_FACT_POWER_CHANGES] = { "power-changes", FIELD(power_changes),
        OCP_2_0, LIFE, 0x38, 2 },
    [OCPN_FACT_LOWEST_FIRMWARE] = { "lowest-firmware",
        FIELD(lowest_firmware), OCP_2_5, GAUGE, 0x39, 2 },
    [OCPN_FACT_DIES] = { "dies", FIELD(dies),
        OCP_2_6, CONST, .live = dies },
    [OCPN_FACT_DIE_TOLERANCE] = { "die-tolerance", FIELD(die_tolerance),
        OCP_2_6, CONST, .factory = 1 },
    [OCPN_FACT_DIES_OFFLINE] = { "dies-offline", FIELD(dies_offline),
        OCP_2_6, LIFE, 0x3b, 1 },
    [OCPN_FACT_MAX_TEMPERATURE] = { "max-temperature",
        FIELD(max_temperature), OCP_2_6, LIFE, 0x3c, 1 },
    [OCPN_FACT_FORM_FACTOR] = { "form-factor", FIELD(form_factor),
        OCP_2_7, CONST, 0x6a, 1 },
    [OCPN_FACT_ERASE_AVERAGE] = { "average-erase", FIELD(erase_average),
        OCP_2_6, LIFE, 0x3d, 2, .live = erase_average },
    [OCPN_FACT_COMMAND_TIMEOUTS] = { "command-timeouts",
        FIELD(command_timeouts), OCP_2_6, LIFE, 0x3e, 1 },
    [OCPN_FACT_SYSTEM_PROGRAM_FAILS] = { "system-program-fails",
        FIELD(system_program_fails), OCP_2_6, LIFE, 0x3f, 2 },
    [OCPN_FACT_SYSTEM_PROGRAM_NORM] = { "system-program-fails-normalised",
        FIELD(system_program_norm), OCP_2_6, GAUGE, 0x3f, 2,
        .live = system_program_norm },
    [OCPN_FACT_SYSTEM_READ_FAILS] = { "system-read-fails",
        FIELD(system_read_fails), OCP_2_6, LIFE, 0x40, 2 },
    [OCPN_FACT_SYSTEM_READ_NORM] = { "system-read-fails-normalised",
        FIELD(system_read_norm), OCP_2_6, GAUGE, 0x40, 2,
        .live = system_read_norm },
    [OCPN_FACT_SYSTEM_ERASE_FAILS] = { "system-erase-fails",
        FIELD(system_erase_fails), OCP_2_6, LIFE, 0x41, 2 },
    [OCPN_FACT_SYSTEM_ERASE_NORM] = { "system-erase-fails-normalised",
        FIELD(system_erase_norm), OCP_2_6, GAUGE, 0x41, 2,
        .live = system_erase_norm },
    [OCPN_FACT_PEAK_POWER] = { "peak-power", FIELD(peak_power),
        OCP_2_6, CONST, 0x42, 1, .live = peak_power },
    [OCPN_FACT_AVERAGE_POWER] = { "average-power", FIELD(average_power),
        OCP_2_6, GAUGE, 0x43, 1, .live = average_power },
    [OCPN_FACT_ENERGY] = { "energy", FIELD(energy),
        OCP_2_6, LIFE, 0x44, 2, .source = energy, .restarts = true },
    [OCPN_FACT_DIES_BAD] = { "dies-in-use-bad-blocks", FIELD(dies_bad),
        OCP_2_7, LIFE, 0x6b, 2, .live = dies_bad },
    [OCPN_FACT_DIES_BAD_NORM] = { "dies-in-use-bad-blocks-normalised",
        FIELD(dies_bad_norm), OCP_2_7, GAUGE, 0x6b, 2,
        .live = bad_user_norm },
};
