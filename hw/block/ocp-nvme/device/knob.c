/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs and actions of the OCP half, as properties that the monitor sets and
 * reads.  They are of the device that runs, not of its class, so that "-device
 * ocp-nvme,help" does not drown in them; x-test-knobs=on lets them be used.
 *
 *   NAME, NAME.add   knobs (core/knob.h): set, read, count up
 *   NAME             actions (core/action.h): setting one does it, reading it
 *                    tells what it has armed
 *   dump-log.XX      page XXh in hexadecimal
 *   x-events         what happened last
 *
 * Values are numbers, or strings: for words, and for what has over 64 bits.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/cutils.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

#include "hw/ocp-nvme/core/action.h"
#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/record.h"

#include "ocp-nvme.h"

#define ADD     ".add"
#define DUMPED  0x10000u        /* bytes of a page, at most */

/*
 * What the property NAME is set to, as text, to be freed; NULL, with ERRP: it
 * is no number and no string.  Strings first: visitors of text ("qom-set" of
 * the monitor) know nothing of types, and crash when they are asked for any.
 */
static char *text_of(Visitor *v, const char *name, Error **errp)
{
    char *text;
    int64_t n;
    uint64_t u;

    if (visit_type_str(v, name, &text, NULL)) {
        return text;
    }
    if (visit_type_int64(v, name, &n, NULL)) {
        return g_strdup_printf("%" PRId64, n);
    }
    if (visit_type_uint64(v, name, &u, NULL)) {
        return g_strdup_printf("%" PRIu64, u);
    }
    error_setg(errp, "%s is set to a number, or to a string with one", name);
    return NULL;
}

/* The device is being removed, and no longer has a core. */
static OcpnCtrl *core_of(Object *obj, const char *name, Error **errp)
{
    OcpnCtrl *c = OCP_NVME(obj)->core;

    if (!c) {
        error_setg(errp, "%s: the drive does not run", name);
    }
    return c;
}

typedef bool (*Change)(OcpnCtrl *c, const char *name, const char *value,
                       OcpnError *err);

static void change(Object *obj, Visitor *v, const char *property,
                   const char *knob, Change todo, Error **errp)
{
    OcpnCtrl *c = core_of(obj, property, errp);
    g_autofree char *text = c ? text_of(v, property, errp) : NULL;
    OcpnError err;

    if (text && !todo(c, knob, text, &err)) {
        error_setg(errp, "%s=%s: %s", property, text, err.text);
    }
}

static void set(Object *obj, Visitor *v, const char *name, void *knob,
                Error **errp)
{
    change(obj, v, name, knob, ocpn_knob_set, errp);
}

static void add(Object *obj, Visitor *v, const char *name, void *knob,
                Error **errp)
{
    change(obj, v, name, knob, ocpn_knob_add, errp);
}

/* A number where it is one of at most 64 bits. */
static void get(Object *obj, Visitor *v, const char *name, void *knob,
                Error **errp)
{
    OcpnCtrl *c = core_of(obj, name, errp);
    char text[OCPN_KNOB_TEXT];
    QObject *value;
    OcpnError err;
    uint64_t n;

    if (!c) {
        return;
    }
    if (!ocpn_knob_get(c, knob, text, &err)) {
        error_setg(errp, "%s: %s", name, err.text);
        return;
    }
    value = qemu_strtou64(text, NULL, 10, &n) == 0
            ? QOBJECT(qnum_from_uint(n)) : QOBJECT(qstring_from_str(text));
    visit_type_any(v, name, &value, errp);
    qobject_unref(value);
}

static void act(Object *obj, Visitor *v, const char *name, void *action,
                Error **errp)
{
    change(obj, v, name, action, ocpn_action, errp);
}

/* Takes TEXT. */
static void return_text(Visitor *v, const char *name, GString *text,
                        Error **errp)
{
    char *all = g_string_free(text, false);

    visit_type_str(v, name, &all, errp);
    g_free(all);
}

static void show(Object *obj, Visitor *v, const char *name, void *action,
                 Error **errp)
{
    OcpnCtrl *c = core_of(obj, name, errp);
    char line[OCPN_ACTION_TEXT];
    GString *all;

    if (!c) {
        return;
    }
    all = g_string_new(NULL);
    for (unsigned i = 0; ocpn_action_show(c, action, i, line); i++) {
        g_string_append_printf(all, "%s%s", i ? "\n" : "", line);
    }
    return_text(v, name, all, errp);
}

static void get_events(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    OcpnCtrl *c = core_of(obj, name, errp);
    char line[OCPN_RECORD_TEXT];
    GString *all;

    if (!c) {
        return;
    }
    all = g_string_new(NULL);
    for (unsigned i = 0; ocpn_record_show(c, i, line); i++) {
        g_string_append_printf(all, "%s%s", i ? "\n" : "", line);
    }
    return_text(v, name, all, errp);
}

static void dump_log(Object *obj, Visitor *v, const char *name, void *lid,
                     Error **errp)
{
    OcpnCtrl *c = core_of(obj, name, errp);
    g_autofree uint8_t *page = g_malloc(DUMPED);
    uint64_t size;
    GString *hex;
    OcpnError err;

    if (!c) {
        return;
    }
    if (!ocpn_knobs_allowed(c, &err) ||
        !ocpn_log_dump(c, (uintptr_t)lid, 0, page, DUMPED, &size, &err)) {
        error_setg(errp, "%s: %s", name, err.text);
        return;
    }
    hex = g_string_new(NULL);
    for (size_t i = 0; i < MIN(size, DUMPED); i++) {
        g_string_append_printf(hex, "%02x", page[i]);
    }
    return_text(v, name, hex, errp);
}

/* Two pages may have one LID. */
static void add_dumps(Object *obj)
{
    for (size_t i = 0; i < ocpn_log_npages; i++) {
        uintptr_t lid = ocpn_log_pages[i]->lid;
        g_autofree char *name = g_strdup_printf("dump-log.%02x",
                                                (unsigned)lid);

        if (!object_property_find(obj, name)) {
            object_property_add(obj, name, "str", dump_log, NULL, NULL,
                                (void *)lid);
        }
    }
}

static void add_knob(Object *obj, const char *knob)
{
    g_autofree char *adds = g_strconcat(knob, ADD, NULL);

    if (!object_property_find(obj, knob)) {
        object_property_add(obj, knob, "any", get, set, NULL, (void *)knob);
        object_property_add(obj, adds, "any", NULL, add, NULL, (void *)knob);
    }
}

/* Realizing again, after an error, finds them there. */
void ocpn_knobs_add(OcpnDevice *d)
{
    Object *obj = OBJECT(d);
    const char *name;

    for (unsigned i = 0; (name = ocpn_knob_name(i)); i++) {
        add_knob(obj, name);
    }
    for (unsigned i = 0; (name = ocpn_action_name(i)); i++) {
        if (!object_property_find(obj, name)) {
            object_property_add(obj, name, "any", show, act, NULL,
                                (void *)name);
        }
    }
    add_dumps(obj);
    if (!object_property_find(obj, "x-events")) {
        object_property_add(obj, "x-events", "str", get_events, NULL, NULL,
                            NULL);
    }
}
