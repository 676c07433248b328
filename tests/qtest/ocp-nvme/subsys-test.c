/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: two controllers of one drive: what each says, resets of one and of
 * both, unplugging, migration, and properties that are wrong.
 * Proves: OCP Datacenter NVMe SSD, scopes of log pages; NVMe Base 2.0, "NVM
 * Subsystem Reset"; docs/ocp.rst, "Two controllers".
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qocpn-further.h"

#define NOT_NVME    "hw/nvme has subsystems of another kind"
#define PAGE        512
#define PORTS       "-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"
#define PORT        "-device pcie-root-port,id=rp1,chassis=2,addr=06.0 "

static void get(QOcpn *q, uint8_t lid, uint8_t *page)
{
    g_assert_cmphex(qocpn_get_log(q, lid, QOCPN_ALL_NS, 0, page, PAGE), ==,
                    0);
}

/* OCP-CASE-145 */
static void pages(void)
{
    QOcpn *a = qocpn_start(&(QOcpnSetup) { .more = QOCPN_FURTHER });
    QOcpn *b = qocpn_further_new(a);
    g_autofree uint8_t *data = g_malloc0(QOCPN_PAGE);
    uint8_t before[PAGE], one[PAGE], two[PAGE];
    uint8_t id[2][4096];

    qocpn_identify(a, 1, 0, id[0]);
    qocpn_identify(b, 1, 0, id[1]);
    g_assert_cmpmem(id[0], 76, id[1], 76);          /* SN, MN, FR, ... */
    g_assert_cmpmem(id[0] + 768, 256, id[1] + 768, 256);    /* SUBNQN */
    g_assert_cmpuint(id[0][76], ==, 2);             /* CMIC */
    g_assert_cmpuint(id[1][76], ==, 2);
    g_assert_cmpuint(lduw_le_p(id[0] + 78), ==, 0); /* CNTLID */
    g_assert_cmpuint(lduw_le_p(id[1] + 78), ==, 1);
    get(b, 0xc0, before);
    QOCPN_OK(qocpn_write(a, 0, 8, data, NULL));
    get(a, 0xc0, one);
    get(b, 0xc0, two);
    g_assert_cmpmem(one, PAGE, two, PAGE);
    g_assert_cmpuint(ldq_le_p(two), >, ldq_le_p(before));
    get(a, 0xc3, one);
    qocpn_further_thresholds(b, "\7\10\11\12");
    get(a, 0xc3, two);
    g_assert_cmpmem(one, PAGE, two, PAGE);
    get(b, 0xc3, two);
    g_assert_cmpuint(two[6], ==, 7);
    QOCPN_STATUS(qocpn_io(b, &(QOcpnCmd) { .opc = NVME_IO_READ, .nsid = 1,
                                           .prp1 = b->buf }),
                 NVME_SC_INVALID_FIELD);        /* it is not attached */
    qocpn_further_free(b);
    qocpn_stop(a);
}

/* One goes on while the other is reset; NSSR and the machine reset both. */
static void resets(void)
{
    QOcpn *a = qocpn_start(&(QOcpnSetup) { .more = QOCPN_FURTHER });
    QOcpn *b = qocpn_further_new(a);
    uint8_t page[PAGE];

    qocpn_disable(b);
    qocpn_alive(a);
    qocpn_enable(b);
    qocpn_flr(a);
    get(b, 0xc0, page);
    qocpn_pci_restore(a);
    qocpn_enable(a);
    qocpn_writel(b, NVME_REG_NSSR, NVME_NSSR_RESET);
    QOCPN_UNTIL(a, !(qocpn_readl(a, NVME_REG_CSTS) & 1));
    QOCPN_UNTIL(b, !(qocpn_readl(b, NVME_REG_CSTS) & 1));
    qocpn_enable(a);
    qocpn_enable(b);
    qtest_system_reset(a->qts);
    qocpn_pci_restore(a);
    qocpn_pci_restore(b);
    g_assert_cmphex(qocpn_readl(b, NVME_REG_CSTS), ==, 0);
    qocpn_enable(a);
    qocpn_enable(b);
    get(b, 0xc0, page);
    qocpn_further_free(b);
    qocpn_stop(a);
}

/* A command of the monitor that must fail, and say PART. */
#define REFUSED(q, part, ...) do {                                      \
    QDict *r_ = qtest_qmp((q)->qts, __VA_ARGS__);                       \
    QDict *e_ = qdict_get_qdict(r_, "error");                           \
    g_assert_nonnull(e_);                                               \
    if (e_) {                                                           \
        const char *desc_ = qdict_get_str(e_, "desc");                  \
        g_assert_true(strstr(desc_, (part)) || (g_test_message("%s",    \
                                                         desc_), 0));   \
    }                                                                   \
    qobject_unref(r_);                                                  \
} while (0)

#define ADD "'driver': 'ocp-nvme', 'bus': 'rp1', 'id': 'nv2'"

/* FAILURE-CASE-68 */
static void refusals(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .args = PORTS, .more = QOCPN_FURTHER " " PORT "-device edu,id=toy "
                "-blockdev null-co,node-name=none",
    });

    REFUSED(q, "subsys=nv9 names no device", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv9'}}");
    REFUSED(q, "subsys=nv2 names this very device", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv2'}}");
    REFUSED(q, "subsys=toy names a device that is no ocp-nvme but edu",
            "{'execute': 'device_add', 'arguments': {" ADD
            ", 'subsys': 'toy'}}");
    REFUSED(q, "give subsys=nv0 as it does", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv1'}}");
    REFUSED(q, "drive is a property of the drive", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv0', 'drive': 'none'}}");
    REFUSED(q, "give x-test-knobs to 'nv0'", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv0', 'x-test-knobs': true}}");
    REFUSED(q, "give serial to 'nv0'", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv0', 'serial': 'x'}}");
    REFUSED(q, "give fault to 'nv0'", "{'execute': 'device_add',"
            "'arguments': {" ADD ", 'subsys': 'nv0', 'fault': 'clear'}}");
    REFUSED(q, "knobs are of the first one", "{'execute': 'qom-set',"
            "'arguments': {'path': '/machine/peripheral/nv1',"
            "'property': 'temperature', 'value': 300}}");
    REFUSED(q, "is a further controller of its subsystem (subsys=nv0)",
            "{'execute': 'device_del', 'arguments': {'id': 'nv0'}}");
    qocpn_alive(q);
    qocpn_stop(q);
}

/* A further one comes and goes while the first one runs. */
static void plugging(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .args = PORTS, .more = PORT });
    uint8_t id[4096];

    for (int i = 0; i < 3; i++) {
        qtest_qmp_assert_success(q->qts, "{'execute': 'device_add',"
                                 "'arguments': {" ADD ", 'subsys': 'nv0',"
                                 "'mdts': 5}}");
        qocpn_identify(q, 1, 0, id);
        g_assert_cmpuint(id[76], ==, 2);
        qtest_qmp_assert_success(q->qts, "{'execute': 'device_del',"
                                 "'arguments': {'id': 'nv2'}}");
        qtest_qmp_eventwait(q->qts, "DEVICE_DELETED");
        qocpn_identify(q, 1, 0, id);
        g_assert_cmpuint(id[76], ==, 0);
    }
    /* Nothing keeps the first one but its bus, which is no slot. */
    REFUSED(q, "does not support hotplug", "{'execute': 'device_del',"
            "'arguments': {'id': 'nv0'}}");
    qocpn_alive(q);
    qocpn_stop(q);
}

#define POWER_OFF   (PCI_EXP_SLTCTL_PWR_OFF | PCI_EXP_SLTCTL_PWR_IND_OFF)

/* The guest turns off the slot below the port at 06.0, which was on. */
static void slot_off(QOcpn *q)
{
    QPCIDevice *port = qpci_device_find(q->qs->pcibus, QPCI_DEVFN(6, 0));
    uint8_t at = qpci_find_capability(port, PCI_CAP_ID_EXP, 0) +
                 PCI_EXP_SLTCTL;
    uint16_t ctl = qpci_config_readw(port, at);

    g_assert_cmphex(ctl & PCI_EXP_SLTCTL_PCC, ==, 0);
    qpci_config_writew(port, at, ctl | POWER_OFF);
    g_free(port);
}

/*
 * A guest may take the first controller away: the other one stays, and fails
 * whatever its host tries.
 */
static void torn(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });
    g_autofree char *more = g_strdup_printf(
        PORT "-blockdev driver=raw,node-name=d2,file.driver=file,"
        "file.filename=%s -device ocp-nvme,id=nv2,drive=d2,bus=rp1 "
        "-device ocp-nvme,id=nv1,subsys=nv2,addr=05.0", file);
    QOcpn *a = qocpn_start(&(QOcpnSetup) { .args = PORTS, .more = more });
    QOcpn *b = qocpn_further_new(a);
    uint8_t page[PAGE];

    get(b, 0x02, page);
    slot_off(a);
    qtest_qmp_eventwait(a->qts, "DEVICE_DELETED");
    for (int i = 0; i < 2; i++) {
        qocpn_disable(b);
        qocpn_enable(b);
        g_assert_cmphex(qocpn_readl(b, NVME_REG_CSTS), ==, 2);      /* CFS */
        qtest_system_reset(a->qts);
        qocpn_pci_restore(a);
        qocpn_pci_restore(b);
    }
    qocpn_enable(a);
    get(a, 0x02, page);                 /* the other drive is well */
    qtest_qmp_assert_success(a->qts, "{'execute': 'blockdev-del',"
                             "'arguments': {'node-name': 'd2'}}");
    qocpn_further_free(b);
    qocpn_stop(a);
    qocpn_image_free(file);
}

static void move(QOcpn *from, QOcpn *to, const char *socket)
{
    g_autofree char *uri = g_strconcat("unix:", socket, NULL);

    qtest_qmp_assert_success(from->qts, "{'execute': 'migrate', 'arguments':"
                             "{'uri': %s}}", uri);
    qtest_qmp_eventwait(to->qts, "RESUME");
}

/* Each brings its own state: the host of the second one goes on. */
static void migration(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });
    g_autofree char *socket = g_strconcat(file, ".sock", NULL);
    g_autofree char *incoming = g_strdup_printf("-incoming unix:%s", socket);
    QOcpn *a = qocpn_start(&(QOcpnSetup) { .file = file, .more = QOCPN_FURTHER,
                                           .no_enable = true });
    QOcpn *b = qocpn_further_attach(a);
    QOcpn *a2, *b2;
    uint8_t was[PAGE], is[PAGE];

    qocpn_enable(a);
    qocpn_enable(b);
    qocpn_set_feature(b, NVME_FID_ASYNC_EVENT, 0, 2);
    qocpn_further_thresholds(b, "\7\10\11\12");
    get(b, 0xc0, was);
    a2 = qocpn_start(&(QOcpnSetup) { .file = file, .more = QOCPN_FURTHER,
                                     .args = incoming, .no_enable = true });
    b2 = qocpn_further_attach(a2);
    move(a, a2, socket);
    b2->adm = b->adm;
    g_assert_cmphex(qocpn_readl(b2, NVME_REG_CSTS), ==, 1);
    g_assert_cmphex(qocpn_get_feature(b2, NVME_FID_ASYNC_EVENT, 0, 0).dw0,
                    ==, 2);
    get(b2, 0xc0, is);
    g_assert_cmpmem(was + 16, 120, is + 16, 120);
    get(b2, 0xc3, is);
    g_assert_cmpmem(is + 6, 4, "\7\10\11\12", 4);
    qocpn_further_free(b2);
    qocpn_stop(a2);
    qocpn_further_free(b);
    qocpn_stop(a);
    unlink(socket);
    qocpn_image_free(file);
}

/* In slot 5 of the destination is the first controller of another drive. */
static void mismatch(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { 0 });
    char *file2 = qocpn_image(&(QOcpnSetup) { 0 });
    g_autofree char *socket = g_strconcat(file, ".sock", NULL);
    g_autofree char *uri = g_strconcat("unix:", socket, NULL);
    g_autofree char *drive2 = g_strdup_printf(
        "-blockdev driver=raw,node-name=d2,file.driver=file,file.filename=%s "
        "-device ocp-nvme,id=nv1,drive=d2,addr=05.0", file2);
    QOcpn *a = qocpn_start(&(QOcpnSetup) { .file = file,
                                           .more = QOCPN_FURTHER });
    QOcpn *b = qocpn_further_new(a);
    QOcpn *a2 = qocpn_start(&(QOcpnSetup) {
        .file = file, .more = drive2, .args = "-incoming defer",
        .no_enable = true,
    });
    bool failed = false;

    qtest_qmp_assert_success(a2->qts, "{'execute': 'migrate-incoming',"
                             "'arguments': {'uri': %s,"
                             "'exit-on-error': false}}", uri);
    qtest_qmp_assert_success(a->qts, "{'execute': 'migrate', 'arguments':"
                             "{'uri': %s}}", uri);
    while (!failed) {
        g_autoptr(QDict) info = qtest_qmp_assert_success_ref(
            a2->qts, "{'execute': 'query-migrate'}");
        const char *status = qdict_get_try_str(info, "status");

        failed = !g_strcmp0(status, "failed");
        if (!g_strcmp0(status, "completed")) {
            g_test_fail();
            break;
        }
        g_usleep(10000);
    }
    qocpn_stop(a2);
    qocpn_further_free(b);
    qocpn_stop(a);
    unlink(socket);
    qocpn_image_free(file2);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "C0h is the drive's, C3h each controller's", pages, NOT_NVME },
    { "a reset is of one, or of both", resets, NOT_NVME },
    { "properties and unplugging that cannot be", refusals, NOT_NVME },
    { "a further one is plugged and unplugged", plugging, NOT_NVME },
    { "the first one is taken away", torn, NOT_NVME },
    { "both migrate", migration, NOT_NVME },
    { "a first controller where a further one was", mismatch, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "subsys", tests, ARRAY_SIZE(tests));
}
