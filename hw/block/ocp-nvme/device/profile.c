/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switches: where hosts or earlier drives want something else than the text
 * of Open-Channel SSD 2.0, or where it leaves a choice; and profiles, which
 * set those that a host needs.  docs/user-guide.rst gives the reasons.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"

#include "ocp-nvme.h"

#define DR(member)  offsetof(OcpnDrive, member)
#define CFG(member) offsetof(OcpnNsConfig, member)

/* What the switches are if they are not given. */
static const struct {
    const char *name;
    OcpnNsConfig cfg;
} profiles[] = {
    { "spec", { .dlfeat = 1 } },
    { "pblk", { .dlfeat = 2, .early_reset = true,
                .window = OCPN_WINDOW_ERROR } },
    { "spdk-ftl", { .dlfeat = 1, .early_reset = true } },
    { "liblightnvm", { .dlfeat = 1 } },
};

/* On or off; INVERTED: the property is on where the core's switch is off. */
static const struct {
    size_t given, cfg;
    bool   inverted;
} switches[] = {
    { DR(early_reset),  CFG(early_reset), false },
    { DR(multi_reset),  CFG(multi_reset), false },
    { DR(wp_absolute),  CFG(wp_absolute), false },
    { DR(ws_min_check), CFG(any_size), true },
    { DR(dsm_strict),   CFG(dsm_loose), true },
};

/* One of several words; its place in the list is the core's value. */
typedef struct Choice {
    const char *name;
    size_t      given;
    const char *word[4];        /* then NULL */
} Choice;

static const Choice window_read = {
    "window-read", DR(window_read),
    { [OCPN_WINDOW_PATTERN] = "pattern", [OCPN_WINDOW_DATA] = "data",
      [OCPN_WINDOW_ERROR] = "error" }
};
static const Choice power_loss = {
    "power-loss", DR(power_loss),
    { [OCPN_POWER_KEEP] = "keep", [OCPN_POWER_CLOSE] = "close",
      [OCPN_POWER_DROP] = "drop" }
};
static const Choice closed_write = {
    "closed-write-status", DR(closed_write_status), { "wf", "ooo" }
};

static const Choice version = {
    "ocssd-version", DR(ocssd_version), { "2.0", "1.2" }
};

int ocpn_choose(const char *name, const char *text, const char *const *word,
                int def, Error **errp)
{
    g_autoptr(GString) all = g_string_new(NULL);

    if (!text) {
        return def;
    }
    for (int i = 0; word[i]; i++) {
        if (!strcmp(text, word[i])) {
            return i;
        }
        g_string_append_printf(all, "%s%s", i ? " or " : "", word[i]);
    }
    error_setg(errp, "%s=%s is not known; give %s", name, text, all->str);
    return -1;
}

static int choose(const OcpnDrive *dr, const Choice *ch, int def, Error **errp)
{
    const char *text = *(char *const *)((const char *)dr + ch->given);

    return ocpn_choose(ch->name, text, ch->word, def, errp);
}

static bool take_profile(const OcpnDrive *dr, OcpnNsConfig *cfg, Error **errp)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (int i = 0; i < ARRAY_SIZE(profiles); i++) {
        if (!strcmp(dr->profile ?: "spec", profiles[i].name)) {
            *cfg = profiles[i].cfg;
            return true;
        }
        g_string_append_printf(all, "%s%s", i ? ", " : "", profiles[i].name);
    }
    error_setg(errp, "profile=%s is not known; give one of %s", dr->profile,
               all->str);
    return false;
}

bool ocpn_profile_config(const OcpnDrive *dr, OcpnNsConfig *cfg, Error **errp)
{
    int window, power, closed, speaks;

    if (!take_profile(dr, cfg, errp)) {
        return false;
    }
    for (int i = 0; i < ARRAY_SIZE(switches); i++) {
        OnOffAuto given = *(const OnOffAuto *)((const char *)dr +
                                               switches[i].given);
        bool *to = (bool *)((char *)cfg + switches[i].cfg);

        if (given != ON_OFF_AUTO_AUTO) {
            *to = (given == ON_OFF_AUTO_ON) != switches[i].inverted;
        }
    }
    window = choose(dr, &window_read, cfg->window, errp);
    power = window < 0 ? -1 : choose(dr, &power_loss, cfg->power_loss, errp);
    closed = power < 0 ? -1 : choose(dr, &closed_write, cfg->closed_ooo, errp);
    speaks = closed < 0 ? -1 : choose(dr, &version, cfg->ocssd12, errp);
    if (speaks < 0) {
        return false;
    }
    cfg->ocssd12 = speaks;
    cfg->window = window;
    cfg->power_loss = power;
    cfg->closed_ooo = closed;
    cfg->copy = dr->copy;
    cfg->eui64 = dr->eui64;
    if (dr->dlfeat) {
        cfg->dlfeat = dr->dlfeat;
    }
    return true;
}

/* SPDK FTL 19.x compares NN with 1. */
bool ocpn_profile_exact_nn(const OcpnDrive *dr)
{
    return dr->profile && !strcmp(dr->profile, "spdk-ftl");
}
