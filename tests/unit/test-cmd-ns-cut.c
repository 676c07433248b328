/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: docs/image-format.rst, "Namespaces": wherever a power cut falls,
 * the drive opens, no grain has two owners, and what was told is done is.
 */
#include "hw/ocp-nvme/core/port.h"
#include "ns-unit.h"

typedef struct Cut {
    FakeHost *h;                /* works */
    FakeHost *after;            /* opens what is left */
    uint32_t before;            /* allocated namespaces, bit NSID */
    uint32_t goal;
    bool     done;              /* the host knows */
    unsigned cuts;
} Cut;

static uint32_t allocated(FakeHost *h)
{
    uint32_t bits = 0;
    const uint8_t *p = fake_guest(h, FAKE_BUF);

    CHECK_EQ(fake_identify(h, 0x10, 0).status, 0);
    for (unsigned i = 0; i < 16 && bytes_at(p + 4 * i, 4); i++) {
        bits |= 1u << bytes_at(p + 4 * i, 4);
    }
    return bits;
}

/* Attach all; blocks of 1 are what they were, those of others zeros. */
static void look(FakeHost *h, uint32_t there)
{
    uint64_t sum = 0;

    for (uint32_t i = 1; i <= 16; i++) {
        uint64_t nsze;

        if (!(there >> i & 1)) {
            continue;
        }
        nsze = ns_identify(h, 0x11, i, 0, 8);
        sum += bytes_at(fake_guest(h, FAKE_BUF) + 48, 8);
        if (ns_identify(h, 0, i, 0, 8) == 0) {
            CHECK_EQ(ns_attach(h, i, 0), 0);
        }
        for (uint32_t b = 0; b < nsze; b += 32) {
            CHECK(ns_read(h, i, b) == (i == 1 ? 0x11 : 0),
                  "namespace %u, block %u: %x", i, b, ns_read(h, i, b));
        }
    }
    CHECK_EQ(ns_unallocated(h) + sum, NS_BYTES);
}

/* Now; TORN bytes of IO (NULL: of none) are written. */
static void cut(Cut *t, const OcpnIo *io, size_t torn)
{
    FakeMedia *from = &t->h->f.media[1], *to = &t->after->f.media[1];
    uint32_t there;

    memcpy(to->bytes, from->bytes, from->size);
    if (io && io->buf) {
        memcpy(to->bytes + io->offset, io->buf, torn);
    }
    fake_host_restart(t->after, false);
    there = allocated(t->after);
    CHECK(there == t->goal || (there == t->before && !t->done),
          "0x%x is there, want 0x%x", there, t->goal);
    look(t->after, there);
    t->cuts++;
}

static void run(Cut *t, const FakeCmd *cmd, uint32_t goal)
{
    FakePort *f = &t->h->f;

    t->before = allocated(t->h);
    t->goal = goal;
    t->done = false;
    if (cmd->opc == NS_MANAGE && !cmd->cdw10) {
        uint8_t *p = fake_guest(t->h, FAKE_BUF);

        memset(p, 0, 4096);
        put_bytes_at(p, 8, 1024);
        put_bytes_at(p + 8, 8, 1024);
    }
    f->hold = true;
    fake_submit(t->h, 0, cmd);
    fake_run(f);
    while (f->nios) {
        cut(t, f->io[0], 1);
        cut(t, f->io[0], 2048);
        cut(t, f->io[0], 4095);
        fake_io_finish(f, 0, OCPN_IO_OK);
        fake_run(f);
        cut(t, NULL, 0);
    }
    f->hold = false;
    t->done = true;
    CHECK_EQ(fake_reap(t->h, 0).status, 0);
    cut(t, NULL, 0);
}

static void cuts(void)
{
    FakeCmd create = { .opc = NS_MANAGE, .prp1 = FAKE_BUF };
    Cut t = { .h = fake_host_start(&ns_drive),
              .after = fake_host_start(&ns_drive) };
    FakeCmd cmd = ns_delete_cmd(1);

    for (uint32_t b = 0; b < 4096; b++) {
        CHECK_EQ(ns_write(t.h, 1, b, 0x11), 0);
    }
    run(&t, &cmd, 0);
    CHECK_EQ(ns_create(t.h, 1024).dw0, 1);      /* 1 is that of look() */
    CHECK_EQ(ns_attach(t.h, 1, 0), 0);
    for (uint32_t b = 0; b < 1024; b++) {
        CHECK_EQ(ns_write(t.h, 1, b, 0x11), 0);
    }
    run(&t, &create, 0x6);
    run(&t, &create, 0xe);
    cmd = ns_attach_cmd(t.h, 2, 0);
    run(&t, &cmd, 0xe);
    for (uint32_t b = 0; b < 1024; b++) {       /* somebody's old data */
        CHECK_EQ(ns_write(t.h, 2, b, 0x22), 0);
    }
    cmd = ns_attach_cmd(t.h, 2, 1);
    CHECK_EQ(fake_admin(t.h, &cmd).status, 0);
    CHECK_EQ(ns_delete(t.h, 2), 0);
    run(&t, &create, 0xe);
    cmd = ns_delete_cmd(3);
    run(&t, &cmd, 0x6);
    CHECK(t.cuts > 60, "%u", t.cuts);
    fake_host_free(t.h);
    fake_host_free(t.after);
}

/* A table that no drive has is refused, or loses what cannot be. */
static void hostile(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    OcpnExtent e = ocpn_ns_root(h->c, 1)->im.state;
    OcpnImage im = ocpn_ns_root(h->c, 1)->im;
    uint8_t *slot[2];
    uint32_t seed = 7;

    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(ns_create(h, 1024).dw0, 1);
    for (unsigned i = 0; i < 2; i++) {
        slot[i] = h->f.media[1].bytes + e.offset + (2 * 11 + i) * 4096;
    }
    for (unsigned n = 0; n < 300; n++) {
        uint64_t free, sum = 0;

        for (unsigned i = 0; i < 2; i++) {
            ImgPage *p = (ImgPage *)(void *)slot[i];

            for (unsigned k = 0; k < 30; k++) {
                seed = seed * 1664525 + 1013904223;
                p->payload[32 + (seed >> 8) % 300] = (uint8_t)(seed >> 24);
            }
            ocpn_page_seal(&im, p, IMG_REGION_STATE, 11, i + 1 + 2 * n);
        }
        fake_host_restart(h, false);
        free = ns_unallocated(h);
        for (uint32_t i = 1; i <= 16; i++) {
            uint64_t nsze = ns_identify(h, 0x11, i, 0, 8);

            sum += bytes_at(fake_guest(h, FAKE_BUF) + 48, 8);
            if (nsze && ns_identify(h, 0, i, 0, 8)) {
                unsigned last = ns_read(h, i, (uint32_t)nsze - 1);

                CHECK(last <= 0x200, "%x", last);
            }
        }
        CHECK_EQ(free + sum, NS_BYTES);
    }
    fake_host_free(h);
}

/* The table needs an OCP version, and a drive of its size. */
static void refused(void)
{
    FakeHost *h = fake_host_start(&ns_drive);
    FakeHost *plain = fake_host_start(&(FakeSetup) {
        .ns = { FAKE_CONVENTIONAL(2) } });
    OcpnNsConfig cfg = { .nsid = 1 };
    OcpnError err = { { 0 } };
    unsigned allocs = plain->f.nallocs;

    CHECK_EQ(ns_delete(h, 1), 0);
    CHECK_EQ(ocpn_ns_add(plain->c, &cfg, &h->f.media[1].disk, &err), false);
    CHECK_HAS(err.text, "ocp-version");
    CHECK_EQ(plain->f.nallocs, allocs);
    fake_host_free(plain);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "a power cut at each write", cuts },
    { "a hostile table", hostile },
    { "a drive that cannot be divided", refused },
};
OCPN_UNIT_MAIN("cmd-ns-cut", tests)
