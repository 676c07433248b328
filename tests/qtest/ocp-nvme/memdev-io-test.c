/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: memdev=, I/O on an image in memory: what blocks and so goes to worker
 * threads, meets resets and the end of the device, and what cannot be copied.
 * Proves: docs/user-guide.rst, "Image in memory".
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qobject/qdict.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme has no image in memory"

static QOcpn *start(const char *file, const char *machine, const char *props)
{
    g_autofree char *object = NULL;
    GStatBuf st;

    g_assert_cmpint(g_stat(file, &st), ==, 0);
    object = g_strdup_printf("memory-backend-file,share=on,mem-path=%s,"
                             "size=%" PRIu64, file, (uint64_t)st.st_size);
    return qocpn_start(&(QOcpnSetup) {
        .memdev = object, .machine = machine, .props = props,
    });
}

static char *new_image(void)
{
    return qocpn_image(&(QOcpnSetup) { 0 });
}

static uint64_t allocated(const char *file)
{
    struct stat st;

    g_assert_cmpint(stat(file, &st), ==, 0);
    return (uint64_t)st.st_blocks * 512;
}

static QOcpnCqe write_zeroes(QOcpn *q, uint64_t slba, uint32_t nlb, bool deac)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE_ZEROES, slba, nlb);

    cmd.cdw12 |= deac ? 1u << 25 : 0;
    return qocpn_io(q, &cmd);
}

/* Pages that are deallocated become a hole; the ends of a range do not. */
static void holes(void)
{
    char *file = new_image();
    g_autofree uint8_t *data = g_malloc(MiB);
    QOcpn *q = start(file, NULL, NULL);
    uint64_t before;

    qocpn_pattern(data, MiB, 7);
    QOCPN_OK(qocpn_write(q, 3, 1000, data, NULL));
    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) { .nsid = 1 }));
    before = allocated(file);
    QOCPN_OK(write_zeroes(q, 4, 998, true));
    g_assert_cmpuint(allocated(file) + 400 * KiB, <, before);
    qocpn_expect(q, 3, 1, data);
    qocpn_expect_zero(q, 4, 998);
    qocpn_expect(q, 1002, 1, data + 999 * 512);
    QOCPN_OK(qocpn_write(q, 100, 8, data, NULL));
    QOCPN_OK(write_zeroes(q, 101, 3, false));
    qocpn_expect(q, 100, 1, data);
    qocpn_expect_zero(q, 101, 3);
    qocpn_expect(q, 104, 4, data + 4 * 512);
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* Writes with FUA and Flushes in turn, N of each. */
static void post_syncs(QOcpn *q, unsigned n)
{
    QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 8, 1);

    cmd.prp1 = q->buf;
    cmd.cdw12 |= 1u << 30;
    while (n--) {
        qocpn_post(q, &q->io, &cmd);
        qocpn_post(q, &q->io, &(QOcpnCmd) { .nsid = 1 });
    }
    qocpn_ring(q, &q->io);
}

/* FUA, Flush and write-cache=off go through the workers. */
static void synced(void)
{
    static const char *const props[] = {
        ",ocp-version=off", ",ocp-version=off,write-cache=off",
    };
    char *file = new_image();

    for (size_t i = 0; i < ARRAY_SIZE(props); i++) {
        QOcpn *q = start(file, NULL, props[i]);
        uint8_t id[4096];

        g_assert_cmphex(qocpn_identify(q, 0x01, 0, id), ==, 0);
        g_assert_cmphex(id[525] & 1, ==, i == 0);
        post_syncs(q, 20);
        for (unsigned n = 0; n < 40; n++) {
            QOCPN_OK(qocpn_wait(q, &q->io));
        }
        qocpn_stop(q);
    }
    qocpn_image_free(file);
}

static void by_cc(QOcpn *q)
{
    qocpn_disable(q);
}

static void by_flr(QOcpn *q)
{
    qocpn_flr(q);
    qocpn_pci_restore(q);
}

static void by_system(QOcpn *q)
{
    qtest_system_reset(q->qts);
    qocpn_pci_restore(q);
}

/* Resets and stops while workers sync. */
static void resets(void)
{
    static void (*const reset[])(QOcpn *q) = { by_cc, by_flr, by_system };
    char *file = new_image();
    QOcpn *q = start(file, NULL, NULL);

    for (size_t i = 0; i < 5 * ARRAY_SIZE(reset); i++) {
        post_syncs(q, 20);
        reset[i % ARRAY_SIZE(reset)](q);
        qocpn_enable(q);
        QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
        qocpn_alive(q);
    }
    post_syncs(q, 20);
    qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    for (unsigned n = 0; n < 40; n++) {
        QOCPN_OK(qocpn_wait(q, &q->io));
    }
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* The object is free when the device is gone, and only then. */
static void unplugged(void)
{
    char *file = new_image();
    QOcpn *q = start(file, "pc", NULL);
    QDict *r;

    post_syncs(q, 20);
    r = qtest_qmp(q->qts, "{'execute': 'object-del', 'arguments': {"
                  "'id': 'm0'}}");
    g_assert_true(qdict_haskey(r, "error"));
    qobject_unref(r);
    qpci_unplug_acpi_device_test(q->qts, "nv0", q->pdev->devfn >> 3);
    /* One that fails to come holds nothing. */
    r = qtest_qmp(q->qts, "{'execute': 'device_add', 'arguments': {"
                  "'driver': 'ocp-nvme', 'memdev': 'm0',"
                  "'iothread-vq-mapping': [{'iothread': 'no'}]}}");
    g_assert_true(qdict_haskey(r, "error"));
    qobject_unref(r);
    qtest_qmp_assert_success(q->qts, "{'execute': 'device_add', 'arguments':"
                             "{'driver': 'ocp-nvme', 'memdev': 'm0',"
                             "'id': 'nv1', 'addr': '5'}}");
    qpci_unplug_acpi_device_test(q->qts, "nv1", 5);
    qtest_qmp_assert_success(q->qts, "{'execute': 'object-del', 'arguments':"
                             "{'id': 'm0'}}");
    qocpn_stop(q);
    qocpn_image_free(file);
}

/* A page that is no RAM: the write does nothing, to any of its blocks. */
static void not_ram(void)
{
    static const uint64_t bad[] = { QOCPN_NO_RAM, QOCPN_MMIO };
    char *file = new_image();
    g_autofree uint8_t *data = g_malloc(16 * 512);
    QOcpn *q = start(file, NULL, NULL);

    qocpn_pattern(data, 16 * 512, 9);
    QOCPN_OK(qocpn_write(q, 40, 16, data, NULL));
    qtest_memset(q->qts, q->buf, 0xee, 16 * 512);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_WRITE, 40, 16);

        cmd.prp1 = q->buf;
        cmd.prp2 = bad[i];
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_DATA_TRANSFER_ERROR);
        cmd.prp1 = bad[i];
        cmd.prp2 = q->buf;
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_DATA_TRANSFER_ERROR);
        cmd.opc = NVME_IO_READ;
        QOCPN_STATUS(qocpn_io(q, &cmd), NVME_SC_DATA_TRANSFER_ERROR);
    }
    qocpn_expect(q, 40, 16, data);
    qocpn_stop(q);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "deallocated pages are holes in the file", holes, NOT_NVME },
    { "FUA, Flush and write-cache=off", synced, NOT_NVME },
    { "resets while the file is synced", resets, NOT_NVME },
    { "an object is held as long as its device", unplugged, NOT_NVME },
    { "a write from what is no RAM writes nothing", not_ram, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "memdev-io", tests, ARRAY_SIZE(tests));
}
