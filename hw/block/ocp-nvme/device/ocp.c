/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of the OCP half: from words to the core's configuration.
 * OCP Datacenter NVMe SSD; docs/user-guide.rst has each with its reason.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/host-utils.h"

#include "hw/ocp-nvme/core/power.h"
#include "hw/ocp-nvme/core/telemetry.h"

#include "ocp-nvme.h"

#define IU_MIN      512u
#define IU_MAX      65536u

/* One of several words; its place in the list is the core's value. */
typedef struct Choice {
    const char *name;
    size_t      given;          /* in OcpnOcpProps */
    size_t      cfg;            /* in OcpnOcpConfig: a byte */
    const char *word[OCP_NVERSIONS + 1];
} Choice;

#define GIVEN(member)   offsetof(OcpnOcpProps, member)
#define CFG(member)     offsetof(OcpnOcpConfig, member)

static const Choice choices[] = {
    { "ocp-version", GIVEN(version), CFG(version),
      { [OCP_OFF] = "off", [OCP_1_0] = "1.0", [OCP_2_0] = "2.0",
        [OCP_2_5] = "2.5", [OCP_2_6] = "2.6", [OCP_2_7] = "2.7" } },
    { "ocp-profile", GIVEN(profile), CFG(profile),
      { [OCPN_PROFILE_A] = "a", [OCPN_PROFILE_B] = "b",
        [OCPN_PROFILE_META] = "meta",
        [OCPN_PROFILE_MICROSOFT] = "microsoft" } },
    { "uuid-list", GIVEN(uuids), CFG(uuids),
      { [OCPN_UUIDS_OCP] = "ocp", [OCPN_UUIDS_VENDOR_OCP] = "vendor+ocp",
        [OCPN_UUIDS_LEGACY] = "legacy", [OCPN_UUIDS_NONE] = "none" } },
    { "strict-nsid", GIVEN(nsid), CFG(nsid),
      { [OCPN_NSID_LENIENT] = "off", [OCPN_NSID_2_0] = "2.0",
        [OCPN_NSID_2_5] = "2.5" } },
    { "telemetry-offset-base", GIVEN(offsets), CFG(page_offsets),
      { [false] = "data-area", [true] = "log-page" } },
    { "panic-notification", GIVEN(panic), CFG(panic_notice),
      { [OCPN_PANIC_ANY] = "any", [OCPN_PANIC_EVENT] = "aen",
        [OCPN_PANIC_CFS] = "cfs", [OCPN_PANIC_SILENT] = "none" } },
    { "write-protect", GIVEN(protect), CFG(protect_all),
      { [false] = "basic", [true] = "all" } },
};

static bool take_words(const OcpnOcpProps *given, OcpnOcpConfig *cfg,
                       Error **errp)
{
    for (int i = 0; i < ARRAY_SIZE(choices); i++) {
        const Choice *ch = &choices[i];
        const char *text = *(char *const *)((const char *)given + ch->given);
        int value = ocpn_choose(ch->name, text, ch->word, 0, errp);

        if (value < 0) {
            return false;
        }
        *((uint8_t *)cfg + ch->cfg) = value;
    }
    return true;
}

static bool take_power(const OcpnOcpProps *given, OcpnOcpConfig *cfg,
                       Error **errp)
{
    OcpnError err;

    if (given->power && !ocpn_power_parse(given->power, cfg->power, &err)) {
        error_setg(errp, "power-states=%s: %s", given->power, err.text);
        return false;
    }
    return true;
}

/* Area 4 is of later versions. */
static bool check_area4(const OcpnOcpProps *given, const OcpnOcpConfig *cfg,
                        Error **errp)
{
    static const uint32_t needed[OCPN_NAREAS] = OCPN_AREA_BLOCKS;

    if (cfg->version < OCP_2_5 && given->areas[3] != needed[3]) {
        error_setg(errp, "telemetry-da4-blocks=%" PRIu32 " is of a data area "
                   "that ocp-version=%s does not have; leave it out, or give "
                   "2.5 or later", given->areas[3],
                   choices[0].word[cfg->version]);
        return false;
    }
    return true;
}

/* Hosts do not flush a drive that says it has no volatile write cache. */
static bool take_version(const OcpnOcpProps *given, bool flush,
                         OcpnOcpConfig *cfg, Error **errp)
{
    if (!given->version) {
        cfg->version = flush ? OCP_OFF : OCP_2_5;
    }
    if (flush && cfg->version) {
        error_setg(errp, "state-sync=flush gives the drive a volatile write "
                   "cache, which an OCP drive must not have; leave it out, "
                   "or ocp-version=%s", given->version);
        return false;
    }
    return true;
}

bool ocpn_ocp_config_make(const OcpnOcpProps *given, bool flush,
                          OcpnOcpConfig *cfg, Error **errp)
{
    *cfg = (OcpnOcpConfig) {
        .lax_reserved = !given->strict_reserved,
        .strict_telemetry = given->strict_telemetry,
        .no_string_compat = !given->string_compat,
        .knobs = given->knobs,
        .thermal_shutdown = given->thermal_shutdown,
        .iu = given->iu,
        .tick_ms = given->tick_ms,
        .update_ms = given->update_ms,
        .plp_ms = given->plp_ms,
        .seed = given->seed,
        .areas = { given->areas[0], given->areas[1], given->areas[2],
                   given->areas[3] },
        .threshold = {
            .warning = given->warning,
            .critical = given->critical,
            .throttle_on = given->throttle_on,
            .throttle_off = given->throttle_off,
            .spare = given->spare_threshold,
        },
    };
    if (given->iu < IU_MIN || given->iu > IU_MAX || !is_power_of_2(given->iu)) {
        error_setg(errp, "indirection-unit=%" PRIu32 " is no power of two "
                   "from %u to %u bytes", given->iu, IU_MIN, IU_MAX);
        return false;
    }
    if (!given->tick_ms) {
        error_setg(errp, "lm-tick-ms=0 would let no time pass; give 1 or "
                   "more, 300000 being the specification's");
        return false;
    }
    return ocpn_props_check_ocp(given, errp) &&
           take_power(given, cfg, errp) && take_words(given, cfg, errp) &&
           take_version(given, flush, cfg, errp) &&
           check_area4(given, cfg, errp);
}
