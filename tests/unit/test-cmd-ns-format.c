/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespace Management while namespaces are formatted.
 * Proves: NVMe Base 2.0, "Namespace Management command", "Format NVM
 * command"; core/cmd-ns.c.
 */
#include "hw/ocp-nvme/core/event.h"
#include "ns-unit.h"

/*
 * A deletion waits for I/O, and main is told when that is over.  A Format that
 * waits for it, and is refused, is refused once.
 */
static void format_meanwhile(void)
{
    FakeHost *h = ns_start_two();
    uint64_t errors = ocpn_error_count(h->c);

    h->f.hold = true;
    fake_submit(h, 1, &(FakeCmd) { .opc = 1, .nsid = 1, .prp1 = NS_DATA });
    fake_run(&h->f);
    fake_submit(h, 0, &(FakeCmd) { .opc = NS_MANAGE, .nsid = 1, .cdw10 = 1 });
    fake_submit(h, 0, &(FakeCmd) { .opc = 0x80, .nsid = 2, .cdw10 = 15 });
    for (unsigned i = 0; i < 8; i++) {
        (void)ocpn_cq_run(h->c, 0);
        fake_run(&h->f);
    }
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    fake_run(&h->f);
    CHECK_EQ(fake_reap(h, 0).found, true);
    CHECK_EQ(fake_reap(h, 0).status, 0x10a);
    CHECK_EQ(ocpn_error_count(h->c), errors + 1);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a format that is refused meanwhile", format_meanwhile },
};
OCPN_UNIT_MAIN("cmd-ns-format", tests)
