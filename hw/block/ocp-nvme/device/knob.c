/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Knobs of the OCP half, as properties that the monitor sets and reads: for
 * each of core/knob.h one of its name, and NAME.add to count up.  They are of
 * the device that runs, not of its class, so that "-device ocp-nvme,help" does
 * not drown in them; x-test-knobs=on lets them be set.
 *
 * Values are numbers, or strings: for words, and for what has over 64 bits.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/cutils.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

#include "hw/ocp-nvme/core/knob.h"

#include "ocp-nvme.h"

#define ADD     ".add"

/* VALUE as text, to be freed; NULL, with ERRP: it is neither of the two. */
static char *text_of(const char *name, QObject *value, Error **errp)
{
    if (qobject_type(value) == QTYPE_QNUM) {
        return qnum_to_string(qobject_to(QNum, value));
    }
    if (qobject_type(value) == QTYPE_QSTRING) {
        return g_strdup(qstring_get_str(qobject_to(QString, value)));
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
    QObject *value = NULL;
    g_autofree char *text = NULL;
    OcpnError err;

    if (!c || !visit_type_any(v, property, &value, errp)) {
        return;
    }
    text = text_of(property, value, errp);
    qobject_unref(value);
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

void ocpn_knobs_add(OcpnDevice *d)
{
    Object *obj = OBJECT(d);
    const char *knob;

    for (unsigned i = 0; (knob = ocpn_knob_name(i)); i++) {
        g_autofree char *adds = g_strconcat(knob, ADD, NULL);

        if (!object_property_find(obj, knob)) {
            object_property_add(obj, knob, "any", get, set, NULL,
                                (void *)knob);
            object_property_add(obj, adds, "any", NULL, add, NULL,
                                (void *)knob);
        }
    }
}
