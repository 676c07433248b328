/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drive that Namespace Management has divided, on its way to a destination
 * that waits with an image of its own, which is filled meanwhile: hosts know
 * all of its namespaces again.
 * Proves: docs/user-guide.rst, "Migration"; NVMe Base 2.0, "Namespace Globally
 * Unique Identifier".
 */
#include "migrate-unit.h"
#include "ns-unit.h"

/* The drive's image is made anew: of the same shape, and not divided. */
static void make_another(FakeHost *h)
{
    const OcpnDisk *disk = &h->f.media[1].disk;
    OcpnError err = { "" };
    OcpnImage im;

    CHECK_EQ(ocpn_image_open(&im, disk, &err), OCPN_OPEN_OK);
    im.uuid[0] ^= 0x55;
    CHECK(ocpn_image_create(&im, disk, &err), "%s", err.text);
}

/* EUI64 and NGUID, and the list of identifiers with the UUID. */
static void names_of(FakeHost *h, uint32_t nsid, uint8_t names[256])
{
    CHECK_EQ(fake_identify(h, 0, nsid).status, 0);
    memcpy(names, fake_guest(h, FAKE_BUF) + 104, 24);
    CHECK_EQ(fake_identify(h, 3, nsid).status, 0);
    memcpy(names + 24, fake_guest(h, FAKE_BUF), 232);
}

static void names(void)
{
    FakeHost *h = ns_start_two();
    FakeMedia *m = &h->f.media[1];
    uint8_t *theirs = malloc(m->size), uuid[16], were[3][256], are[256];
    OcpnError err = { "" };
    Saved s;

    names_of(h, 1, were[1]);
    names_of(h, 2, were[2]);
    CHECK(memcmp(were[1], were[2], 24), "two have one name");
    s = save(h);
    memcpy(theirs, m->bytes, m->size);
    make_another(h);
    power_on_incoming(h);
    memcpy(m->bytes, theirs, m->size);
    ocpn_ns_adopt(ocpn_ns_root(h->c, 1), &m->disk, uuid);
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    for (uint32_t i = 1; i <= 2; i++) {
        names_of(h, i, are);
        CHECK(!memcmp(were[i], are, sizeof(are)), "namespace %u", i);
    }
    free(theirs);
    free(s.bytes);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "their names", names },
};
OCPN_UNIT_MAIN("migrate-mirror", tests)
