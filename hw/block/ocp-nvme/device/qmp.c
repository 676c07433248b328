/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done to a drive from outside: properties that the monitor sets
 * and reads with qom-set and qom-get.  docs/fault-injection.rst.
 *
 *   fault       rules: what goes wrong, where, when; with -device, too
 *   notify      a chunk notification
 *   set-chunks  states of chunks
 *
 * Texts are rules or lines with ';' or a new line between them; the core
 * reads them.  Thread: main.
 */
#include "qemu/osdep.h"
#include "hw/qdev-core.h"
#include "qapi/error.h"
#include "qemu/cutils.h"

#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/notify.h"
#include "ocp-nvme.h"

/* Does one line of a text, which is not empty.  False: ERR says why not. */
typedef bool (*DoLine)(OcpnDrive *dr, const char *line, OcpnError *err);

static OcpnDrive *drive_of(Object *obj)
{
    return object_dynamic_cast(obj, TYPE_OCP_NVME)
           ? &OCP_NVME(obj)->drive : &OCP_NVME_NS(obj)->drive;
}

/* All lines of TEXT, from the first on, until one cannot be done. */
static bool each_line(OcpnDrive *dr, const char *name, const char *text,
                      DoLine todo, Error **errp)
{
    g_auto(GStrv) lines = g_strsplit_set(text, ";\n", -1);

    for (char **line = lines; *line; line++) {
        const char *trimmed = g_strstrip(*line);
        OcpnError err;

        if (*trimmed && !todo(dr, trimmed, &err)) {
            error_setg(errp, "%s: '%s': %s", name, trimmed, err.text);
            return false;
        }
    }
    return true;
}

/*
 * Rules of chunks without ns= are for the namespace whose property it is;
 * those of commands are for any.
 */
static bool parse_rule(const OcpnDrive *dr, const char *line,
                       OcpnFaultRule *rule, OcpnError *err)
{
    if (!ocpn_fault_parse(line, rule, err)) {
        return false;
    }
    if (rule->nsid == 0 && ocpn_fault_of_chunks(rule->point)) {
        rule->nsid = dr->nsid;
    }
    return true;
}

/* Is it "clear" (0) or "delete=ID"? */
static bool is_order(const char *line, unsigned int *id)
{
    *id = 0;
    return !strcmp(line, "clear") ||
           (strstart(line, "delete=", &line) &&
            !qemu_strtoui(line, NULL, 10, id) && *id);
}

static bool check_rule(OcpnDrive *dr, const char *line, OcpnError *err)
{
    OcpnFaultRule rule;
    unsigned int id;

    return is_order(line, &id) || parse_rule(dr, line, &rule, err);
}

static bool do_rule(OcpnDrive *dr, const char *line, OcpnError *err)
{
    OcpnFaultRule rule;
    unsigned int id;

    if (!is_order(line, &id)) {
        return parse_rule(dr, line, &rule, err) &&
               ocpn_fault_add(dr->core, &rule, err);
    }
    if (!id) {
        ocpn_fault_clear(dr->core);
        return true;
    }
    return ocpn_fault_del(dr->core, id) ||
           OCPN_FAIL(err, "there is no rule %u; reading the property lists "
                     "them", id);
}

static bool do_notify(OcpnDrive *dr, const char *line, OcpnError *err)
{
    OcpnNotice n;

    if (!ocpn_notify_parse(dr->core, line, dr->nsid, &n, err)) {
        return false;
    }
    ocpn_notify(dr->core, &n);
    return true;
}

static bool do_set_chunks(OcpnDrive *dr, const char *line, OcpnError *err)
{
    OcpnChunkSet set;
    uint32_t n;
    int got = ocpn_chunk_set_parse(line, &set, err);

    return got >= 0 && (!got || ocpn_chunks_set(ocpn_ns_root(dr->core,
                                                             dr->nsid),
                                                &set, &n, err));
}

static bool is_running(const OcpnDrive *dr, const char *name, Error **errp)
{
    if (!dr->core) {
        error_setg(errp, "%s is for the monitor: use qom-set when the drive "
                   "runs", name);
    }
    return dr->core;
}

bool ocpn_qmp_start(OcpnDrive *dr, Error **errp)
{
    return !dr->fault ||
           each_line(dr, "fault", dr->fault, do_rule, errp);
}

static void set_fault(Object *obj, const char *text, Error **errp)
{
    OcpnDrive *dr = drive_of(obj);

    if (!each_line(dr, "fault", text, check_rule, errp)) {
        return;
    }
    if (dr->core) {
        each_line(dr, "fault", text, do_rule, errp);
    } else {
        g_free(dr->fault);
        dr->fault = g_strdup(text);
    }
}

/* The rules of all namespaces, one a line. */
static char *get_fault(Object *obj, Error **errp)
{
    OcpnDrive *dr = drive_of(obj);
    GString *all = g_string_new(NULL);
    char line[512];

    for (unsigned i = 0; dr->core &&
         ocpn_fault_show(dr->core, i, line, sizeof(line)); i++) {
        g_string_append_printf(all, "%s%s", i ? "\n" : "", line);
    }
    return g_string_free(all, false);
}

static void set_notify(Object *obj, const char *text, Error **errp)
{
    OcpnDrive *dr = drive_of(obj);

    if (is_running(dr, "notify", errp)) {
        each_line(dr, "notify", text, do_notify, errp);
    }
}

static void set_chunks(Object *obj, const char *text, Error **errp)
{
    OcpnDrive *dr = drive_of(obj);

    if (is_running(dr, "set-chunks", errp)) {
        each_line(dr, "set-chunks", text, do_set_chunks, errp);
    }
}


void ocpn_qmp_add(ObjectClass *oc)
{
    object_class_property_add_str(oc, "fault", get_fault, set_fault);
    object_class_property_set_description(oc, "fault", "what shall go wrong, "
        "rules such as 'early-close grp=0 pu=1 chk=7' with ';' between them "
        "(docs/fault-injection.rst); qom-set adds to them, clear and delete=N "
        "remove");
    object_class_property_add_str(oc, "notify", NULL, set_notify);
    object_class_property_set_description(oc, "notify", "qom-set only: a "
        "chunk notification, such as 'state=high mask=chunk lba=0x80'");
    object_class_property_add_str(oc, "set-chunks", NULL, set_chunks);
    object_class_property_set_description(oc, "set-chunks", "qom-set only: "
        "states of chunks, such as 'grp=0 pu=1 chk=7 state=offline'");
}
