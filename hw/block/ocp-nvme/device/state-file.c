/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the OCP half: its knobs as JSON, which the actions state-save and
 * state-load write and read, and ocp-state= reads at the start.  What is in a
 * file is judged by the core, all of it before anything is set.  And pages that
 * were recorded from other drives: telemetry-file= and string-file=.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

#include "hw/ocp-nvme/core/knob.h"
#include "hw/ocp-nvme/core/recorded.h"

#include "ocp-nvme.h"

#define STATE_MAX   (1u << 20)      /* bytes of JSON */

/* What is in FD, a NUL added, and how much; NULL, with ERRP. */
static char *read_all(int fd, const char *file, size_t max, size_t *len,
                      Error **errp)
{
    size_t room = QEMU_ALIGN_UP(max + 1, 4 * KiB);  /* /proc likes it even */
    g_autofree char *text = g_malloc(room + 1); /* not touched until filled */
    ssize_t n = 1;

    for (*len = 0; n > 0 && *len <= max; *len += MAX(n, 0)) {
        n = RETRY_ON_EINTR(read(fd, text + *len, room - *len));
    }
    if (n < 0) {
        error_setg_errno(errp, errno, "cannot read '%s'", file);
        return NULL;
    }
    if (*len > max) {
        error_setg(errp, "'%s' is no file of at most %zu bytes", file, max);
        return NULL;
    }
    text[*len] = '\0';
    return g_realloc(g_steal_pointer(&text), *len + 1);
}

/*
 * FILE, of at most MAX bytes; NULL, with ERRP, for a property's value.  What
 * is no file is not even opened, and what has no end, or no bytes yet, as in
 * /proc, neither fills the memory nor is waited for.
 */
static char *read_file(const char *file, size_t max, size_t *len, Error **errp)
{
    char *text;
    GStatBuf st;
    int fd;

    if (g_stat(file, &st) < 0) {
        error_setg_errno(errp, errno, "cannot read '%s'", file);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || st.st_size > max) {
        error_setg(errp, "'%s' is no file of at most %zu bytes", file, max);
        return NULL;
    }
    fd = g_open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) {
        error_setg_errno(errp, errno, "cannot read '%s'", file);
        return NULL;
    }
    text = read_all(fd, file, max, len, errp);
    close(fd);
    return text;
}

static QDict *read_json(const char *file, Error **errp)
{
    size_t len;
    g_autofree char *text = read_file(file, STATE_MAX, &len, errp);
    QObject *all;
    Error *err = NULL;

    if (!text) {
        return NULL;
    }
    all = strlen(text) == len ? qobject_from_json(text, &err) : NULL;
    if (all && qobject_type(all) == QTYPE_QDICT) {
        return qobject_to(QDict, all);
    }
    error_setg(errp, "'%s' holds no JSON object%s%s", file, err ? ": " : "",
               err ? error_get_pretty(err) : "");
    error_free(err);
    qobject_unref(all);
    return NULL;
}

/* VALUE as text, to be freed; NULL: it is neither text nor a number. */
static char *value_text(const QObject *value)
{
    switch (qobject_type(value)) {
    case QTYPE_QSTRING:
        return g_strdup(qstring_get_str(qobject_to(QString, value)));
    case QTYPE_QNUM:
        return qnum_to_string(qobject_to(QNum, value));
    default:
        return NULL;
    }
}

static bool load(OcpnDevice *d, const char *file, bool set, Error **errp)
{
    g_autoptr(QDict) all = read_json(file, errp);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree OcpnKnobValue *v = NULL;
    const QDictEntry *e;
    OcpnError err;
    size_t n = 0;

    if (!all) {
        return false;
    }
    v = g_new(OcpnKnobValue, qdict_size(all) + 1);
    for (e = qdict_first(all); e; e = qdict_next(all, e)) {
        char *text = value_text(qdict_entry_value(e));

        if (!text) {
            error_setg(errp, "'%s': %s has a value that is neither a string "
                       "nor a number", file, qdict_entry_key(e));
            return false;
        }
        g_ptr_array_add(texts, text);
        v[n++] = (OcpnKnobValue) { qdict_entry_key(e), text };
    }
    if (!ocpn_knobs_load(d->core, v, n, set, &err)) {
        error_setg(errp, "'%s': %s", file, err.text);
        return false;
    }
    return true;
}

/* A device or a FIFO, in whose place a file would be, is no file. */
static bool is_place(const char *file, Error **errp)
{
    GStatBuf st;

    if (g_stat(file, &st) < 0 || S_ISREG(st.st_mode)) {
        return true;
    }
    error_setg(errp, "'%s' is no file; give the name of one, or a new name",
               file);
    return false;
}

static void save(OcpnDevice *d, const char *file, Error **errp)
{
    g_autoptr(QDict) all = qdict_new();
    g_autoptr(GString) json = NULL;
    g_autoptr(GError) gerr = NULL;
    char text[OCPN_KNOB_TEXT];
    const char *name;
    OcpnError err;

    if (!ocpn_knobs_allowed(d->core, &err)) {
        error_setg(errp, "%s", err.text);
        return;
    }
    if (!is_place(file, errp)) {
        return;
    }
    for (unsigned i = 0; (name = ocpn_knob_name(i)); i++) {
        if (ocpn_knob_save(d->core, name, text)) {
            qdict_put_str(all, name, text);     /* this version has it */
        }
    }
    json = qobject_to_json_pretty(QOBJECT(all), true);
    g_string_append_c(json, '\n');
    if (!g_file_set_contents(file, json->str, json->len, &gerr)) {
        error_setg(errp, "%s", gerr->message);
    }
}

static bool runs(OcpnDevice *d, Error **errp)
{
    if (!d->core) {
        error_setg(errp, "the drive does not run");
    }
    return d->core != NULL;
}

static void set_load(Object *obj, const char *file, Error **errp)
{
    ERRP_GUARD();
    OcpnDevice *d = OCP_NVME(obj);

    if (runs(d, errp)) {
        load(d, file, true, errp);
    }
    if (*errp) {
        error_prepend(errp, "state-load: ");
    }
}

static void set_save(Object *obj, const char *file, Error **errp)
{
    ERRP_GUARD();
    OcpnDevice *d = OCP_NVME(obj);

    if (runs(d, errp)) {
        save(d, file, errp);
    }
    if (*errp) {
        error_prepend(errp, "state-save: ");
    }
}

void ocpn_state_file_add(OcpnDevice *d)
{
    Object *obj = OBJECT(d);

    if (!object_property_find(obj, "state-load")) {
        object_property_add_str(obj, "state-load", NULL, set_load);
        object_property_add_str(obj, "state-save", NULL, set_save);
    }
}

bool ocpn_state_file_check(OcpnDevice *d, Error **errp)
{
    ERRP_GUARD();

    if (!d->ocp.state || load(d, d->ocp.state, false, errp)) {
        return true;
    }
    error_prepend(errp, "ocp-state: ");
    return false;
}

/* It was good when the drive was made; what became of it since is told. */
void ocpn_state_file_load(OcpnDevice *d)
{
    Error *err = NULL;

    if (d->ocp.state && !load(d, d->ocp.state, true, &err)) {
        error_reportf_err(err, "ocp-state is not loaded: ");
    }
}

/* FILE of property NAME, or nothing; IS_GOOD is what the core says of it. */
static bool take(const char *name, const char *file, size_t max,
                 bool (*is_good)(const OcpnRecorded *r, OcpnError *err),
                 char **bytes, OcpnRecorded *r, Error **errp)
{
    ERRP_GUARD();
    OcpnError err;
    size_t size;

    if (!file) {
        return true;
    }
    *bytes = read_file(file, max, &size, errp);
    if (!*bytes) {
        error_prepend(errp, "%s: ", name);
        return false;
    }
    *r = (OcpnRecorded) { (const uint8_t *)*bytes, size };
    if (!is_good(r, &err)) {
        error_setg(errp, "%s=%s cannot be served: %s", name, file, err.text);
        return false;
    }
    return true;
}

bool ocpn_recorded_open(OcpnDevice *d, OcpnOcpConfig *cfg, Error **errp)
{
    const OcpnOcpProps *p = &d->ocp;

    if ((p->telemetry || p->strings) && !cfg->knobs) {
        error_setg(errp, "%s is for tests; give the drive x-test-knobs=on",
                   p->telemetry ? "telemetry-file" : "string-file");
        return false;
    }
    if (p->telemetry && cfg->version < OCP_1_0) {
        error_setg(errp, "telemetry-file is of OCP drives, and this one has "
                   "ocp-version=off");
        return false;
    }
    if (p->strings && cfg->version < OCP_2_5) {
        error_setg(errp, "string-file needs page C9h; give ocp-version=2.5 or "
                   "later");
        return false;
    }
    return take("telemetry-file", p->telemetry, OCPN_RECORDED_TELEMETRY,
                ocpn_recorded_telemetry, &d->ocp.recorded[0], &cfg->telemetry,
                errp) &&
           take("string-file", p->strings, OCPN_RECORDED_STRINGS,
                ocpn_recorded_strings, &d->ocp.recorded[1], &cfg->strings,
                errp);
}

void ocpn_recorded_close(OcpnDevice *d)
{
    g_clear_pointer(&d->ocp.recorded[0], g_free);
    g_clear_pointer(&d->ocp.recorded[1], g_free);
}
