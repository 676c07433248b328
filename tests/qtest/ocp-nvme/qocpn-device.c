/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: the arguments that add the device, and the PCI Express
 * port it may be behind.
 *
 * iothread-vq-mapping is a list, which -device takes as JSON only, and there a
 * number is not the same as a string of digits.
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qemu/cutils.h"
#include "qocpn-device.h"

#define PORT_BUS    1

/* The window of the port: where libqos puts the first BARs. */
#define WINDOW_BASE 0xe000
#define WINDOW_LAST 0xe0f0

static bool is_switch(const char *name)
{
    static const char *const switches[] = {
        "auto-format", "copy", "dbbuf", "ioeventfd", "x-test-knobs",
    };

    for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
        if (g_str_equal(name, switches[i])) {
            return true;
        }
    }
    return false;
}

/* Quotes of the shell are not part of a value. */
static void put(QDict *d, const char *name, const char *value)
{
    g_autofree char *text = g_shell_unquote(value, NULL);
    int64_t number;

    if (is_switch(name)) {
        qdict_put_bool(d, name, g_str_equal(text, "on"));
    } else if (qemu_strtoi64(text, NULL, 10, &number) == 0) {
        qdict_put_int(d, name, number);
    } else {
        qdict_put_str(d, name, text);
    }
}

/* THREADS is a list with commas. */
static QList *mapping(const char *threads)
{
    g_auto(GStrv) name = g_strsplit(threads, ",", 0);
    QList *list = qlist_new();

    for (unsigned i = 0; name[i]; i++) {
        QDict *entry = qdict_new();

        qdict_put_str(entry, "iothread", name[i]);
        qlist_append(list, entry);
    }
    return list;
}

/* PROPS as -device has them: "ocp-nvme,name=value,...". */
static char *with_mapping(const char *props, const char *threads)
{
    g_auto(GStrv) prop = g_strsplit(props, ",", 0);
    g_autoptr(GString) json = NULL;
    QDict *d = qdict_new();
    char *quoted;

    qdict_put_str(d, "driver", prop[0]);
    for (unsigned i = 1; prop[i]; i++) {
        char *value = strchr(prop[i], '=');

        g_assert_nonnull(value);
        *value++ = '\0';
        put(d, prop[i], value);
    }
    qdict_put(d, "iothread-vq-mapping", mapping(threads));
    json = qobject_to_json(QOBJECT(d));
    quoted = g_shell_quote(json->str);
    qobject_unref(d);
    return quoted;
}

char *qocpn_device(const QOcpnSetup *s, const char *medium)
{
    const char *threads = s->threads ?: g_getenv("QOCPN_MAPPING");
    g_autofree char *place = s->port ?
        g_strdup("bus=rp0,addr=00.0") :
        g_strdup_printf("addr=%02x.0", QOCPN_SLOT);
    g_autofree char *port = s->port ?
        g_strdup_printf("-global ICH9-LPC.acpi-pci-hotplug-with-bridge-"
                        "support=off -device pcie-root-port,id=rp0,chassis=1,"
                        "addr=%02x.0 ", QOCPN_SLOT) : g_strdup("");
    g_autofree char *props = NULL;
    g_autofree char *device = NULL;

    if (qocpn_is_upstream()) {
        return g_strdup_printf("%s-device nvme,id=nv0,%s,serial=qocpn%s",
                               port, place, s->props ?: "");
    }
    props = g_strdup_printf("ocp-nvme,id=nv0,%s,%s,serial=qocpn%s%s", place,
                            medium, s->props ?: "",
                            g_getenv("QOCPN_PROPS") ?: "");
    device = threads ? with_mapping(props, threads) : g_strdup(props);
    return g_strdup_printf("%s-device %s", port, device);
}

void qocpn_port_init(QPCIBus *bus)
{
    QPCIDevice *port = qpci_device_find(bus, QPCI_DEVFN(QOCPN_SLOT, 0));

    g_assert_nonnull(port);
    qpci_config_writeb(port, PCI_SECONDARY_BUS, PORT_BUS);
    qpci_config_writeb(port, PCI_SUBORDINATE_BUS, PORT_BUS);
    qpci_config_writew(port, PCI_MEMORY_BASE, WINDOW_BASE);
    qpci_config_writew(port, PCI_MEMORY_LIMIT, WINDOW_LAST);
    qpci_config_writew(port, PCI_COMMAND,
                       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    g_free(port);
}

static QPCIDevice *behind_port(QPCIBus *bus)
{
    qocpn_port_init(bus);
    return qpci_device_find(bus, PORT_BUS << 8);
}

QPCIDevice *qocpn_device_find(const QOcpnSetup *s, QPCIBus *bus)
{
    QPCIDevice *dev = s->port ? behind_port(bus) :
                      qpci_device_find(bus, QPCI_DEVFN(QOCPN_SLOT, 0));

    g_assert_nonnull(dev);
    return dev;
}
