/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: IOThread properties that are wrong, and IOThreads that are taken
 * away.  What is wrong ends QEMU with one line that names it.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define OURS    "hw/nvme has no such properties"

/* Run QEMU with DEVICE, which is JSON or not; its exit status and errors. */
static int run(const char *file, const char *device, char **errors)
{
    g_autofree char *node = g_strdup_printf("driver=file,node-name=d0,"
                                            "filename=%s", file);
    const char *argv[] = {
        "timeout", "20", g_getenv("QTEST_QEMU_BINARY"), "-machine", "q35",
        "-accel", "qtest", "-nodefaults", "-display", "none", "-m", "64M",
        "-S", "-object", "iothread,id=t0", "-object", "iothread,id=t1",
        "-object", "iothread,id=t2", "-object", "throttle-group,id=tg0",
        "-blockdev", node, "-device", device, NULL,
    };
    g_autoptr(GError) err = NULL;
    g_autofree char *out = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                      NULL, &out, errors, &status, &err)) {
        g_error("%s", err->message);
    }
    return status;
}

/* Refused with every one of the WORDS. */
static void refused(const char *file, const char *device, const char *words)
{
    g_auto(GStrv) word = g_strsplit(words, " ", 0);
    g_autofree char *errors = NULL;
    int status = run(file, device, &errors);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1) {
        g_test_message("%s: wait status 0x%x", device, status);
        g_test_fail();
    }
    for (unsigned i = 0; word[i]; i++) {
        if (!strstr(errors, word[i])) {
            g_test_message("%s: no '%s' in: %s", device, word[i], errors);
            g_test_fail();
        }
    }
}

static void bad_properties(void)
{
    static const struct {
        const char *props, *words;
    } t[] = {
        { "'iothread': 'nobody'", "nobody" },
        { "'iothread': 'tg0'", "tg0 iothread" },
        { "'iothread-vq-mapping': [{'iothread': 'nobody'}]",
          "iothread-vq-mapping nobody" },
        { "'iothread-vq-mapping': [{'iothread': 't0'}, {'iothread': ''}]",
          "iothread-vq-mapping" },
        { "'iothread-vq-mapping': [{'iothread': 'tg0'}]",
          "iothread-vq-mapping tg0" },
        { "'iothread-vq-mapping': [{'iothread': 't0', 'vqs': [0]}]",
          "iothread-vq-mapping vqs t0" },
        { "'iothread-vq-mapping': [{'vqs': [0]}]", "iothread" },
        { "'iothread-vq-mapping': 't0'", "iothread-vq-mapping" },
        { "'iothread': 't0', 'iothread-vq-mapping': [{'iothread': 't1'}]",
          "iothread iothread-vq-mapping" },
        { "'max-ioqpairs': 2, 'iothread-vq-mapping': [{'iothread': 't0'},"
          "{'iothread': 't1'}, {'iothread': 't2'}]",
          "iothread-vq-mapping 3 max-ioqpairs 2" },
    };
    char *file = qocpn_image(&(QOcpnSetup) { 0 });

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        g_autofree char *json = g_strdup_printf("{'driver': 'ocp-nvme',"
                                                "'drive': 'd0', %s}",
                                                t[i].props);

        refused(file, g_strdelimit(json, "'", '"'), t[i].words);
    }
    qocpn_image_free(file);
}

/* No entry is no thread: the queues are the main loop's. */
static void empty_mapping(void)
{
    QOcpn *q;

    g_setenv("QOCPN_MAPPING", "", true);
    q = qocpn_start(NULL);
    g_unsetenv("QOCPN_MAPPING");
    qocpn_alive(q);
    qocpn_stop(q);
}

/* How many threads of QEMU are named NAME? */
static unsigned threads(QOcpn *q, const char *name)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task",
                                             qtest_pid(q->qts));
    g_autoptr(GDir) dir = g_dir_open(tasks, 0, NULL);
    const char *task;
    unsigned n = 0;

    while ((task = g_dir_read_name(dir))) {
        g_autofree char *comm = g_strdup_printf("%s/%s/comm", tasks, task);
        g_autofree char *text = NULL;

        if (g_file_get_contents(comm, &text, NULL, NULL)) {
            n += g_str_equal(g_strchomp(text), name);
        }
    }
    return n;
}

/*
 * QEMU lets go of the name at once.  The thread stays until the device that
 * uses it is gone, whatever happens to that before.
 */
static void thread_in_use(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .machine = "pc",
        .args = "-object iothread,id=used -name debug-threads=on",
        .props = ",iothread=used",
    });

    g_assert_cmpuint(threads(q, "IO used"), ==, 1);
    qtest_qmp_assert_success(q->qts, "{'execute': 'object-del',"
                             "'arguments': {'id': 'used'}}");
    qocpn_alive(q);
    qtest_qmp_assert_success(q->qts, "{'execute': 'object-add', 'arguments':"
                             "{'id': 'used', 'qom-type': 'iothread'}}");
    g_assert_cmpuint(threads(q, "IO used"), ==, 2);
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qpci_unplug_acpi_device_test(q->qts, "nv0", q->pdev->devfn >> 3);
    QOCPN_UNTIL(q, threads(q, "IO used") == 1);
    qocpn_stop(q);
}

static void set_polling(QOcpn *q, const char *name, int64_t ns)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': '/objects/used', 'property': %s,"
                             "'value': %" PRId64 "}}", name, ns);
}

/* Polling is a matter of speed: no setting stops a queue. */
static void polling(void)
{
    static const int64_t ns[] = { 0, 1, 32768, 10000000, 0, 32768 };
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .args = "-object iothread,id=used,poll-max-ns=0",
        .props = ",iothread=used",
    });

    for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
        set_polling(q, "poll-max-ns", ns[i]);
        for (unsigned k = 0; k < 200; k++) {
            QOCPN_OK(qocpn_io(q, &(QOcpnCmd) {
                .opc = NVME_IO_FLUSH, .nsid = 1,
            }));
        }
        qocpn_disable(q);
        qocpn_enable(q);
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    }
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "wrong threads are refused with one clear line", bad_properties, OURS },
    { "an empty mapping is the main loop", empty_mapping, OURS },
    { "an IOThread in use stays until its device goes", thread_in_use, OURS },
    { "queues run whatever poll-max-ns is", polling, OURS },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "thread-bad", tests, ARRAY_SIZE(tests));
}
