/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the QEMU releases the device compiles with. */
#ifndef OCPN_COMPAT_H
#define OCPN_COMPAT_H

#define OCPN_QEMU   (QEMU_VERSION_MAJOR * 100 + QEMU_VERSION_MINOR)

/* The data argument of class_init() is const since 10.1. */
#if OCPN_QEMU >= 1001
#define OCPN_CLASS_DATA const void
#else
#define OCPN_CLASS_DATA void
#endif

/* VM change state handlers may return an error since 10.2. */
#if OCPN_QEMU >= 1002
#define ocpn_add_vm_change_handler(dev, cb, opaque) \
    qdev_add_vm_change_state_handler((dev), (cb), NULL, (opaque))
#else
#define ocpn_add_vm_change_handler(dev, cb, opaque) \
    qdev_add_vm_change_state_handler((dev), (cb), (opaque))
#endif

#endif
