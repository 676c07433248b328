/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The controller's state as bytes: what savevm and live migration carry.
 * Chunk tables, block maps and data do not travel: they are in the images.
 *
 * The source stops fetching, calls ocpn_ctrl_finish(), runs until
 * ocpn_ctrl_settled(), does the same with ocpn_ctrl_settle(), and saves.  The
 * destination, powered on and reset, loads, and reads the images anew once they
 * are its own.  Thread: main; no queue runs during _settled(), _save(),
 * ocpn_ns_adopt() and _reload().
 */
#ifndef HW_OCP_NVME_CORE_MIGRATE_H
#define HW_OCP_NVME_CORE_MIGRATE_H

#include "hw/ocp-nvme/core/ctrl.h"
#include "hw/ocp-nvme/core/error.h"

/* No state is longer. */
#define OCPN_SAVED_MAX  (8u << 20)

/* What is in flight, and would wait for time to pass, ends soon. */
void ocpn_ctrl_finish(OcpnCtrl *c);

/*
 * The same, and counters and whatever is dirty go into the images.  What ends
 * behind that may leave dirty tables, so let all end before.
 */
void ocpn_ctrl_settle(OcpnCtrl *c);

/*
 * Nothing goes on: what is in flight waits for an event, for room in a
 * completion queue or for something else of the host, and can be saved.
 */
bool ocpn_ctrl_settled(OcpnCtrl *c);

/*
 * The state of a settled controller into BUF, at most LEN bytes.  Returns the
 * bytes it takes, however few fit; BUF may be NULL if LEN is 0.
 */
size_t ocpn_ctrl_save(OcpnCtrl *c, void *buf, size_t len);

/*
 * The other way round, into a controller without queues.  BUF is hostile.
 * False, with ERR: it is no state, or not of a drive like C; then C wants a
 * reset.
 */
bool ocpn_ctrl_load(OcpnCtrl *c, const void *buf, size_t len, OcpnError *err);

/* As ocpn_ctrl_power_on(), for a controller whose state is still to come. */
void ocpn_ctrl_power_on_incoming(OcpnCtrl *c);

/*
 * Before ocpn_ctrl_load(): NS's image, of a drive made like the source's, may
 * have been filled with the source's since it was opened.  Then it is known by
 * that one's UUID from now on.  UUID gets the one it is known by.
 */
void ocpn_ns_adopt(OcpnNs *ns, const OcpnDisk *disk, uint8_t uuid[16]);

/*
 * NS's image, read by DISK, has changed under us: read its superblock and
 * tables anew.  False, with ERR: it cannot be used.
 */
bool ocpn_ns_reload(OcpnNs *ns, const OcpnDisk *disk, OcpnError *err);

#endif
