/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: auto-format=on over a drive that keeps nothing, for measuring.
 */
#include "qemu/osdep.h"
#include "hw/ocp-nvme/spec/ocssd.h"
#include "qocpn.h"

#define NOT_NVME    "hw/nvme has no images"

/* What a drive that keeps nothing can be behind. */
static const char *const nodes[] = {
    "driver=null-co,size=2147483648,read-zeroes=off",
    "driver=null-co,size=2147483648,read-zeroes=on",
    "driver=null-aio,size=2147483648,read-zeroes=off",
    "driver=raw,file.driver=null-co,file.size=2147483648",
    "driver=blkdebug,image.driver=null-co,image.size=2147483648",
};

static QOcpn *start(const char *node, bool open_channel)
{
    return qocpn_start(&(QOcpnSetup) {
        .node = node,
        .open_channel = open_channel,
        .props = open_channel ? ",auto-format=on,mode=open-channel,"
                                "early-reset=on"
                              : ",auto-format=on,mode=conventional",
    });
}

static void move_blocks(QOcpn *q)
{
    g_autofree uint8_t *data = g_malloc0(24 * q->lba_size);

    QOCPN_OK(qocpn_write(q, 0, 24, data, NULL));
    QOCPN_OK(qocpn_read(q, 0, 8, data, NULL));
}

static void conventional(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        QOcpn *q = start(nodes[i], false);

        g_assert_cmpuint(qocpn_ns_size(q), >, 4000000);
        move_blocks(q);
        QOCPN_OK(qocpn_read(q, qocpn_ns_size(q) - 8, 8, NULL, NULL));
        QOCPN_OK(qocpn_io(q, &(QOcpnCmd) { .nsid = 1 }));
        qocpn_stop(q);
    }
}

static void open_channel(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        QOcpn *q = start(nodes[i], true);
        QOcpnGeometry g = qocpn_geometry(q);

        g_assert_cmpuint(g.ws_min, <=, 24);
        g_assert_cmphex(qocpn_chunk(q, 0).cs, ==, OCSSD_CS_FREE);
        move_blocks(q);
        g_assert_cmphex(qocpn_chunk(q, 0).cs, ==, OCSSD_CS_OPEN);
        g_assert_cmpuint(qocpn_chunk(q, 0).wp, ==, 24);
        QOCPN_OK(qocpn_chunk_reset(q, 0));
        g_assert_cmphex(qocpn_chunk(q, 0).cs, ==, OCSSD_CS_FREE);
        qocpn_stop(q);
    }
}

/* What the controller keeps in RAM outlives a reset, as on any drive. */
static void system_reset(void)
{
    QOcpn *q = start(nodes[0], true);

    move_blocks(q);
    qtest_system_reset(q->qts);
    qocpn_pci_restore(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    g_assert_cmpuint(qocpn_chunk(q, 0).wp, ==, 24);
    QOCPN_OK(qocpn_read(q, 0, 8, NULL, NULL));
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "a conventional drive that keeps nothing", conventional, NOT_NVME },
    { "an open-channel drive that keeps nothing", open_channel, NOT_NVME },
    { "a reset of the machine", system_reset, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "null", tests, ARRAY_SIZE(tests));
}
