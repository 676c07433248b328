/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live migration: refused so far; the image moves only when QEMU is down. */
#include "qemu/osdep.h"
#include "migration/vmstate.h"

#include "ocp-nvme.h"

const VMStateDescription ocpn_vmstate = {
    .name = TYPE_OCP_NVME,
    .unmigratable = 1,
};
