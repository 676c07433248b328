/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drive whose I/Os fail: see qocpn-errors.h.
 *
 * A reopen that also names the child leaves QEMU 10.0 drained, so blkdebug is
 * added first and d0 is reopened by itself.
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qocpn-errors.h"

#define NREGIONS    16
#define SUPER_2     65536       /* the second copy of the superblock */

QOcpn *qocpn_errors_start(const QOcpnSetup *setup, const char *file)
{
    g_autofree char *args = g_strdup_printf(
        "-blockdev driver=file,node-name=f0,discard=unmap,filename=%s %s",
        file, setup->args ?: "");
    QOcpnSetup s = *setup;

    s.args = args;
    s.node = "driver=raw,discard=unmap,file=f0";
    return qocpn_start(&s);
}

static void reopen(QOcpn *q, const char *child)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-reopen',"
                             "'arguments': {'options': [{"
                             "'node-name': 'd0', 'driver': 'raw',"
                             "'discard': 'unmap', 'file': %s}]}}", child);
}

void qocpn_errors_clear(QOcpn *q)
{
    if (q->faulty) {
        reopen(q, "f0");
        qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-del',"
                                 "'arguments': {'node-name': 'bad'}}");
        q->faulty = false;
    }
}

static QDict *rule(const QOcpnFault *f)
{
    QDict *d = qdict_new();

    qdict_put_str(d, "event", "none");
    qdict_put_str(d, "iotype", f->iotype);
    qdict_put_int(d, "errno", f->error);
    qdict_put_bool(d, "once", f->times != 0);
    if (f->at != QOCPN_ANYWHERE) {
        qdict_put_int(d, "sector", f->at / 512);
    }
    return d;
}

void qocpn_errors_set(QOcpn *q, const QOcpnFault *fault, size_t n)
{
    QList *rules = qlist_new();

    for (size_t i = 0; i < n; i++) {
        for (unsigned j = 0; j < MAX(fault[i].times, 1); j++) {
            qlist_append(rules, rule(&fault[i]));
        }
    }
    qocpn_errors_clear(q);
    qtest_qmp_assert_success(q->qts, "{'execute': 'blockdev-add',"
                             "'arguments': {'node-name': 'bad', 'driver':"
                             "'blkdebug', 'image': 'f0', 'discard': 'unmap',"
                             "'inject-error': %p}}", rules);
    reopen(q, "bad");
    q->faulty = true;
}

void qocpn_errors_set_one(QOcpn *q, const char *iotype, int error, int64_t at,
                          unsigned times)
{
    qocpn_errors_set(q, &(QOcpnFault) { iotype, error, at, times }, 1);
}

uint64_t qocpn_errors_region(const char *file, unsigned type)
{
    g_autofree char *bytes = NULL;
    const char *super;
    gsize len;

    g_assert_true(g_file_get_contents(file, &bytes, &len, NULL));
    /* The copy with the higher sequence number; a blank one has 0. */
    super = ldq_le_p(bytes + 24) > ldq_le_p(bytes + SUPER_2 + 24)
            ? bytes : bytes + SUPER_2;
    for (unsigned i = 0; i < NREGIONS; i++) {
        if (ldl_le_p(super + 256 + 32 * i) == type) {
            return ldq_le_p(super + 256 + 32 * i + 8);
        }
    }
    g_assert_not_reached();
}

bool qocpn_errors_state(QOcpn *q, const char *state)
{
    QDict *r = qtest_qmp_assert_success_ref(q->qts, "{'execute': "
                                            "'query-status'}");
    bool is = g_str_equal(qdict_get_str(r, "status"), state);

    qobject_unref(r);
    return is;
}

void qocpn_errors_stopped(QOcpn *q, const char *operation, int error)
{
    QDict *event = NULL, *data;

    do {                        /* what was reported before is of no interest */
        qobject_unref(event);
        event = qtest_qmp_eventwait_ref(q->qts, "BLOCK_IO_ERROR");
        data = qdict_get_qdict(event, "data");
    } while (g_str_equal(qdict_get_str(data, "action"), "report"));
    g_assert_cmpstr(qdict_get_str(data, "qom-path"), ==,
                    "/machine/peripheral/nv0");
    g_assert_cmpstr(qdict_get_str(data, "device"), ==, "");
    g_assert_cmpstr(qdict_get_str(data, "node-name"), ==, "d0");
    g_assert_cmpstr(qdict_get_str(data, "operation"), ==, operation);
    g_assert_cmpstr(qdict_get_str(data, "action"), ==, "stop");
    g_assert_cmpint(qdict_get_bool(data, "nospace"), ==, error == ENOSPC);
    g_assert_cmpstr(qdict_get_str(data, "reason"), ==, strerror(error));
    qobject_unref(event);
    qtest_qmp_eventwait(q->qts, "STOP");
    g_assert_true(qocpn_errors_state(q, "io-error"));
}

void qocpn_errors_cont(QOcpn *q)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    qtest_qmp_eventwait(q->qts, "RESUME");
}

void qocpn_errors_pending(QOcpn *q, QOcpnQueue *queue)
{
    QOcpnCqe cqe;

    qocpn_idle(q, 3);
    g_assert_false(qocpn_peek(q, queue, &cqe));
}
