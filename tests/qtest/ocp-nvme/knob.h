/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties of the running device nv0: knobs and actions. */
#ifndef QOCPN_KNOB_H
#define QOCPN_KNOB_H

#include "qobject/qdict.h"
#include "qocpn.h"

#define DRIVE       "/machine/peripheral/nv0"

/* The answer to qom-set of the object at PATH; NULL: done. */
static inline char *set_of(QOcpn *q, const char *path, const char *name,
                           const char *value)
{
    QDict *reply = qtest_qmp(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': %s, 'property': %s, 'value': %s}}",
                             path, name, value);
    QDict *error = qdict_get_qdict(reply, "error");
    char *said = error ? g_strdup(qdict_get_str(error, "desc")) : NULL;

    qobject_unref(reply);
    return said;
}

static inline char *set(QOcpn *q, const char *name, const char *value)
{
    return set_of(q, DRIVE, name, value);
}

static inline void must_set(QOcpn *q, const char *name, const char *value)
{
    g_autofree char *said = set(q, name, value);

    g_assert_cmpstr(said, ==, NULL);
}

#endif
