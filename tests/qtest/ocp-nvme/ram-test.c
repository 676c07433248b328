/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory that comes and goes while the drive reaches for it.
 * Proves: NVMe Base 2.0, "Data Transfer Error" for addresses that are no
 * memory (any more); that the drive uses what is memory now, and holds on to
 * nothing that is not.
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"

#include "qocpn.h"

#define DIMM_SIZE   (128 * MiB)
#define BLOCKS      8           /* of 512 bytes: a page */

/* ACPI memory hot-plug: the slot, and its control byte. */
#define MHP_SLOT    0x0a00
#define MHP_CONTROL 0x0a14
#define MHP_EJECT   0x08

static uint16_t move(QOcpn *q, uint8_t opc, uint64_t lba, uint64_t addr)
{
    QOcpnCmd cmd = qocpn_rw(opc, lba, BLOCKS);

    cmd.prp1 = addr;
    return QOCPN_SC(qocpn_io(q, &cmd));
}

/* A page goes from ADDR to the drive, and comes back to ADDR. */
static void use(QOcpn *q, uint64_t addr, uint32_t seed)
{
    uint8_t want[QOCPN_PAGE], have[QOCPN_PAGE];

    qocpn_pattern(want, sizeof(want), seed);
    qtest_memwrite(q->qts, addr, want, sizeof(want));
    g_assert_cmphex(move(q, NVME_IO_WRITE, seed, addr), ==, 0);
    qtest_memset(q->qts, addr, 0, sizeof(want));
    g_assert_cmphex(move(q, NVME_IO_READ, seed, addr), ==, 0);
    qtest_memread(q->qts, addr, have, sizeof(have));
    g_assert_cmpmem(have, sizeof(have), want, sizeof(want));
}

static uint64_t dimm_address(QOcpn *q)
{
    QDict *answer = qtest_qmp(q->qts, "{'execute': 'query-memory-devices'}");
    QDict *entry = qobject_to(QDict, qlist_peek(qdict_get_qlist(answer,
                                                                "return")));
    uint64_t addr = qdict_get_int(qdict_get_qdict(entry, "data"), "addr");

    qobject_unref(answer);
    return addr;
}

/* All there are: a block that is unplugged loses its name before it goes. */
static unsigned blocks(QOcpn *q)
{
    g_autofree char *text = qtest_hmp(q->qts, "info ramblock");
    unsigned lines = 0;

    for (const char *at = text; (at = strchr(at, '\n')); at++) {
        lines++;
    }
    return lines;
}

static uint64_t plug(QOcpn *q)
{
    unsigned before = blocks(q);

    qtest_qmp_assert_success(q->qts, "{'execute': 'object-add', 'arguments':"
        "{'qom-type': 'memory-backend-ram', 'id': 'm1', 'size': %u}}",
        (unsigned)DIMM_SIZE);
    qtest_qmp_assert_success(q->qts, "{'execute': 'device_add', 'arguments':"
        "{'driver': 'pc-dimm', 'id': 'dimm1', 'memdev': 'm1'}}");
    g_assert_cmpuint(blocks(q), ==, before + 1);
    return dimm_address(q);
}

static void unplug(QOcpn *q)
{
    qtest_qmp_assert_success(q->qts, "{'execute': 'device_del', 'arguments':"
                             "{'id': 'dimm1'}}");
    qtest_outl(q->qts, MHP_SLOT, 0);
    qtest_outb(q->qts, MHP_CONTROL, MHP_EJECT);
    qtest_qmp_eventwait(q->qts, "DEVICE_DELETED");
    qtest_qmp_assert_success(q->qts, "{'execute': 'object-del', 'arguments':"
                             "{'id': 'm1'}}");
}

static void test_dimm(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .args = "-m size=128M,slots=1,maxmem=1G" });

    for (uint32_t round = 1; round <= 3; round++) {
        unsigned before = blocks(q);
        uint64_t addr = plug(q);

        use(q, addr, round);
        use(q, addr + DIMM_SIZE - QOCPN_PAGE, round + 10);
        g_assert_cmphex(move(q, NVME_IO_READ, 0, addr + DIMM_SIZE), ==,
                        NVME_SC_DATA_TRANSFER_ERROR);
        unplug(q);
        /* Nobody holds it, not even a thread that has nothing to do. */
        QOCPN_UNTIL(q, blocks(q) == before);
        g_assert_cmphex(move(q, NVME_IO_READ, 0, addr), ==,
                        NVME_SC_DATA_TRANSFER_ERROR);
        g_assert_cmphex(move(q, NVME_IO_WRITE, 0, addr), ==,
                        NVME_SC_DATA_TRANSFER_ERROR);
    }
    use(q, qocpn_buf(q, QOCPN_PAGE), 99);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-56
 * Commands that begin in memory and end in none hold on to nothing.
 */
static void test_dimm_of_refused(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .args = "-m size=128M,slots=1,maxmem=1G" });
    const uint64_t end[] = { QOCPN_NO_RAM_64, QOCPN_MMIO, q->bar.addr, 1 };
    unsigned before = blocks(q);
    uint64_t addr = plug(q);

    for (unsigned i = 0; i < 16 * ARRAY_SIZE(end); i++) {
        QOcpnCmd cmd = qocpn_rw(i & 4 ? NVME_IO_WRITE : NVME_IO_READ, 0,
                                4 * BLOCKS);
        bool sgl = i & 8;

        for (unsigned k = 0; k < 4; k++) {
            uint64_t at = k < 3 ? addr + k * 2 * QOCPN_PAGE : end[i & 3];

            if (sgl) {
                qocpn_sgl(q, addr + MiB + 16 * k, k < 3 || i & 16 ?
                          QOCPN_SGL_DATA : QOCPN_SGL_KEYED, at, QOCPN_PAGE);
            } else if (k) {
                qtest_writeq(q->qts, addr + MiB + 8 * (k - 1), at);
            }
        }
        cmd.prp1 = addr;
        cmd.prp2 = addr + MiB;
        if (sgl) {
            qocpn_sgl1(&cmd, QOCPN_SGL_LAST_SEGMENT, addr + MiB, 64);
        }
        /* An SGL may well begin at byte 1. */
        g_assert_true(QOCPN_SC(qocpn_io(q, &cmd)) || (i & 3) == 3);
    }
    unplug(q);
    QOCPN_UNTIL(q, blocks(q) == before);
    use(q, qocpn_buf(q, QOCPN_PAGE), 8);
    qocpn_stop(q);
}

/* I/O that is held keeps its memory until it is over. */
static void test_dimm_in_use(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .args = "-m size=128M,slots=1,maxmem=1G", .throttle = true });
    unsigned before = blocks(q);
    uint64_t addr = plug(q);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, BLOCKS);

    qocpn_hold(q, true);
    cmd.prp1 = addr;
    for (unsigned i = 0; i < 4; i++) {
        qocpn_post(q, &q->io, &cmd);
    }
    qocpn_ring(q, &q->io);
    qocpn_idle(q, 20);
    unplug(q);
    qocpn_hold(q, false);
    for (unsigned i = 0; i < 4; i++) {
        /* One that had not begun finds no memory. */
        uint16_t sc = QOCPN_SC(qocpn_wait(q, &q->io));

        g_assert_true(sc == 0 || sc == NVME_SC_DATA_TRANSFER_ERROR);
    }
    QOCPN_UNTIL(q, blocks(q) == before);
    use(q, qocpn_buf(q, QOCPN_PAGE), 7);
    qocpn_stop(q);
}

/*
 * Programmable Attribute Map of the q35: 0C0000h to 0FFFFFh is RAM or ROM.
 * QEMU lets devices write to such a ROM.
 */
static void test_map_changes(void)
{
    QOcpn *q = qocpn_start(NULL);
    QPCIDevice *mch = qpci_device_find(q->qs->pcibus, QPCI_DEVFN(0, 0));
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, BLOCKS);

    cmd.prp1 = qocpn_buf(q, QOCPN_PAGE);
    for (unsigned round = 0; round < 40; round++) {
        bool is_ram = round & 1;

        for (unsigned i = 0; i < 16; i++) {
            qocpn_post(q, &q->io, &cmd);
        }
        qocpn_ring(q, &q->io);
        for (uint8_t reg = 0x90; reg <= 0x96; reg++) {
            qpci_config_writeb(mch, reg, is_ram ? 0x33 : 0x11);
        }
        for (unsigned i = 0; i < 16; i++) {
            g_assert_cmphex(QOCPN_SC(qocpn_wait(q, &q->io)), ==, 0);
        }
        if (is_ram) {
            use(q, 0xd0000, round);
        } else {
            g_assert_cmphex(move(q, NVME_IO_READ, 8, 0xd0000), ==, 0);
        }
    }
    g_free(mch);
    qocpn_stop(q);
}

static void test_iommu(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .args = "-device intel-iommu" });

    use(q, qocpn_buf(q, QOCPN_PAGE), 3);
    g_assert_cmphex(move(q, NVME_IO_READ, 0, QOCPN_NO_RAM), ==,
                    NVME_SC_DATA_TRANSFER_ERROR);
    qocpn_stop(q);
}

/* Without bus mastering there is no memory at all, and then there is again. */
static void test_bus_master(void)
{
    QOcpn *q = qocpn_start(NULL);
    uint16_t command = qpci_config_readw(q->pdev, PCI_COMMAND);
    uint64_t addr = qocpn_buf(q, QOCPN_PAGE);
    QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, 0, BLOCKS);
    QOcpnCqe cqe;

    cmd.prp1 = addr;
    for (unsigned i = 0; i < 10; i++) {
        qpci_config_writew(q->pdev, PCI_COMMAND,
                           command & ~PCI_COMMAND_MASTER);
        qocpn_post(q, &q->io, &cmd);
        qocpn_ring(q, &q->io);
        qocpn_idle(q, 5);
        g_assert_false(qocpn_peek(q, &q->io, &cqe));
        qpci_config_writew(q->pdev, PCI_COMMAND, command);
        g_assert_cmphex(QOCPN_SC(qocpn_wait(q, &q->io)), ==, 0);
        use(q, addr, i);
    }
    qocpn_stop(q);
}

int main(int argc, char **argv)
{
    static const QOcpnTest tests[] = {
        { "memory is plugged and unplugged", test_dimm },
        { "refused commands hold no memory", test_dimm_of_refused },
        { "memory is unplugged under I/O", test_dimm_in_use },
        { "the memory map changes under I/O", test_map_changes },
        { "there is an IOMMU", test_iommu },
        { "bus mastering is taken away and given back", test_bus_master },
    };

    return qocpn_main(argc, argv, "ram", tests, G_N_ELEMENTS(tests));
}
