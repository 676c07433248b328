/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small NVMe host: the arguments that add the device.  For qocpn-boot.c.
 */
#ifndef TESTS_QTEST_OCP_NVME_QOCPN_DEVICE_H
#define TESTS_QTEST_OCP_NVME_QOCPN_DEVICE_H

#include "qocpn.h"

/* The device, or the port it is behind, is 00:04.0. */
#define QOCPN_SLOT      4

/* QEMU's arguments for the device on MEDIUM, "drive=d0"; free with g_free() */
char *qocpn_device(const QOcpnSetup *s, const char *medium);

/* The device, as it is found on BUS once its port lets it through. */
QPCIDevice *qocpn_device_find(const QOcpnSetup *s, QPCIBus *bus);

/* What a guest's firmware does for the port after a reset of the machine. */
void qocpn_port_init(QPCIBus *bus);

#endif
