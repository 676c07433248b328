/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write protection of namespaces: who has it, and where that is kept.
 * Implements: NVMe Base 2.0, "Namespace Write Protection";
 * docs/image-format.rst, "Write protection".
 *
 * A page of each drive's image has the states of its namespaces.  The one that
 * a power cycle ends is there too, and migrates so; power on takes it away.
 * The gate is closed while any namespace is protected, so that commands of a
 * drive where none is pay nothing for the question.
 */
#include "ctrl-int.h"
#include "protect-int.h"
#include "hw/ocp-nvme/spec/nvme-feature.h"
#include "hw/ocp-nvme/spec/nvme-identify.h"

/*
 * NVMe Base 2.0 ties the other two states to the Write Protection Control of
 * an RPMB, which an OCP drive does not have.
 */
uint8_t ocpn_protect_offered(const OcpnCtrl *c)
{
    return !ocpn_ocp(c, OCP_1_0) ? 0
           : !c->cfg.ocp.protect_all ? NVME_NWPC_WRITE_PROTECT
           : NVME_NWPC_WRITE_PROTECT | NVME_NWPC_UNTIL_POWER_CYCLE |
             NVME_NWPC_PERMANENT;
}

static bool is_any(const OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        const OcpnNs *ns = ocpn_ns_slot(c, i);

        if (ns && ocpn_protection(ns)) {
            return true;
        }
    }
    return false;
}

static void mark_dirty(OcpnNs *ns)
{
    ocpn_store_dirty(&ns->home->store, IMG_REGION_STATE, IMG_STATE_PROTECT);
}

static void change(OcpnNs *ns, uint8_t state)
{
    atomic_store(&ns->protect, state);
    ocpn_gate_set(ns->c, OCPN_GATE_PROTECT, is_any(ns->c));
    mark_dirty(ns);
}

static void change_and_tell(OcpnNs *ns, uint8_t state)
{
    bool was = ocpn_protection(ns);

    change(ns, state);
    if (was != (state != NVME_NSWP_NONE)) {
        ocpn_ns_changed(ns->c, ns->nsid);
    }
}

void ocpn_protect(OcpnNs *ns, uint8_t state, const OcpnReq *r)
{
    if (!ns->protecting) {
        ns->protect_was = ocpn_protection(ns);
    }
    ns->protecting = r;
    change_and_tell(ns, state);
}

/* Of several that go on, the last one decides, once the others have ended. */
void ocpn_protect_end(OcpnNs *ns, uint8_t state, const OcpnReq *r,
                      bool failed)
{
    if (!ns->protecting) {
        return;
    }
    if (!failed) {
        ns->protect_was = state;
    }
    if (ns->protecting == r) {
        ns->protecting = NULL;
        if (failed) {
            change_and_tell(ns, ns->protect_was);
            ocpn_store_sync(&ns->home->store);
        }
    }
}

/* Only a page that nobody wrote so says anything of one that is not there. */
void ocpn_protect_forget(OcpnNs *ns)
{
    if (ocpn_protection(ns)) {
        change(ns, NVME_NSWP_NONE);
    }
}

/* WRITE: into the images, too. */
static void power_cycle(OcpnCtrl *c, bool write)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        OcpnNs *ns = ocpn_ns_slot(c, i);

        if (ns && ocpn_protection(ns) == NVME_NSWP_UNTIL_POWER_CYCLE) {
            atomic_store(&ns->protect, NVME_NSWP_NONE);
            if (write) {
                mark_dirty(ns);
                ocpn_store_sync(&ns->home->store);
            }
        }
    }
    ocpn_gate_set(c, OCPN_GATE_PROTECT, is_any(c));
}

/*
 * The images of a machine that is reset may not be its own yet, or those of a
 * snapshot that is about to be loaded.
 */
void ocpn_protect_heard(OcpnCtrl *c, OcpnHappening what, uint64_t a,
                        uint64_t b)
{
    (void)b;
    if (what == OCPN_HAP_POWER_ON) {
        power_cycle(c, true);
    } else if (what == OCPN_HAP_RESET && a == OCPN_RESET_COLD) {
        power_cycle(c, false);
    }
}

void ocpn_protect_settle(OcpnCtrl *c)
{
    for (uint32_t i = 1; i <= OCPN_MAX_NS; i++) {
        if (c->root[i] && ocpn_ocp(c, OCP_1_0)) {
            mark_dirty(c->root[i]);
        }
    }
}

/* The namespace of entry I of the drive ROOT; NULL: it has none. */
static OcpnNs *entry(const OcpnNs *root, unsigned i)
{
    return i == 0 ? root->home
           : root->nsid == 1 && root->c->space ? root->c->space->slot[i + 1]
           : NULL;
}

/* A state that cannot be is none, and so is any without OCP. */
void ocpn_protect_load(OcpnNs *root, const ImgPage *p)
{
    const ImgProtect *from = (const ImgProtect *)(const void *)p->payload;
    bool any = false;

    for (unsigned i = 0; i < IMG_NS_MAX; i++) {
        uint8_t state = from->state[i];
        OcpnNs *ns = entry(root, i);

        if (state > NVME_NSWP_PERMANENT || !ocpn_ocp(root->c, OCP_1_0)) {
            state = NVME_NSWP_NONE;
        }
        if (ns) {
            atomic_store(&ns->protect, state);
            any |= state != NVME_NSWP_NONE;
        }
    }
    ocpn_gate_set(root->c, OCPN_GATE_PROTECT, any || is_any(root->c));
}

void ocpn_protect_store(const OcpnNs *root, ImgPage *p)
{
    ImgProtect *to = (ImgProtect *)(void *)p->payload;

    for (unsigned i = 0; i < IMG_NS_MAX; i++) {
        const OcpnNs *ns = entry(root, i);

        to->state[i] = ns ? ocpn_protection(ns) : NVME_NSWP_NONE;
    }
}
