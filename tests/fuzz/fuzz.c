/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/mman.h>

#include "fuzz.h"
#include "hw/ocp-nvme/core/migrate.h"

#define PAGE        4096u
#define MINUTE      UINT64_C(60000000000)

#define OPEN_CHANNEL(id)                                                \
    .cfg = { .nsid = (id), .dlfeat = 1, .copy = true },                 \
    .mode = IMG_MODE_OPEN_CHANNEL, .lbads = 9, .ms = 16, .nmaps = 4,    \
    .geo = { .num_grp = 2, .num_pu = 2, .num_chk = 3, .clba = 24,       \
             .ws_min = 2, .ws_opt = 4, .mw_cunits = 8, .wit = 10,       \
             .pe_cycles = 20, .maxoc = 6, .trdt = 70000 }

/* Small: an input is not to take long. */
static const FakeSetup setups[FUZZ_NKINDS] = {
    { .ns = { { OPEN_CHANNEL(1) } } },
    { .cfg = { .ocp = { .version = OCP_2_7, .knobs = true } },
      .ns = { { .cfg = { .nsid = 1, .dlfeat = 1 }, .lbads = 9,
                .mode = IMG_MODE_CONVENTIONAL, .nsze = 2048 } } },
    { .cfg = { .ocp = { .version = OCP_2_5, .knobs = true,
                        .protect_all = true }, .dbbuf = true },
      .ns = { { .cfg = { .nsid = 1, .dlfeat = 2, .volatile_cache = true },
                .lbads = 12, .mode = IMG_MODE_CONVENTIONAL, .ms = 8,
                .extended = true, .nsze = 256, .nmaps = 1 },
              { OPEN_CHANNEL(2) } } },
    { .cfg = { .ocp = { .version = OCP_2_0, .knobs = true },
               .sync_flush = true, .discard = true },
      .ns = { { OPEN_CHANNEL(1) } } },
    { .cfg = { .dbbuf = true, .exact_nn = true },
      .ns = { { .cfg = { .nsid = 1 }, .lbads = 12, .ms = 16, .nsze = 256,
                .mode = IMG_MODE_CONVENTIONAL },
              { .cfg = { .nsid = 3 }, .lbads = 9, .nsze = 512,
                .mode = IMG_MODE_CONVENTIONAL, .nmaps = 1 } } },
};

static struct {
    FakeHost *h;
    OcpnDisk  disk[OCPN_MAX_NS + 1];
    uint64_t  size[OCPN_MAX_NS + 1];
    uint8_t  *image[OCPN_MAX_NS + 1];       /* as it was made */
} drives[FUZZ_NKINDS];

/* Without a controller, and its images put aside. */
static void make(unsigned kind)
{
    FakeHost *h = fake_host_new(&setups[kind]);

    fake_host_off(h);
    drives[kind].h = h;
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        uint32_t id = n->cfg.nsid;
        FakeMedia *m = &h->f.media[id];

        drives[kind].disk[id] = m->disk;
        drives[kind].size[id] = m->size;
        drives[kind].image[id] = malloc(m->size);
        FUZZ_CHECK(drives[kind].image[id], "no memory");
        memcpy(drives[kind].image[id], m->bytes, m->size);
    }
}

/* Whole pages are given back: few were used, and they come back as zeros. */
static void clear_ram(uint8_t *ram)
{
    size_t head = (PAGE - (uintptr_t)ram % PAGE) % PAGE;
    size_t whole = (FAKE_RAM_SIZE - head) / PAGE * PAGE;

    memset(ram, 0, head);
    if (madvise(ram + head, whole, MADV_DONTNEED)) {
        memset(ram + head, 0, whole);
    }
    memset(ram + head + whole, 0, FAKE_RAM_SIZE - head - whole);
}

FakeHost *fuzz_drive(unsigned kind)
{
    FakePort *f;
    FakeHost *h;

    kind %= FUZZ_NKINDS;
    if (!drives[kind].h) {
        make(kind);
    }
    h = drives[kind].h;
    f = &h->f;
    FUZZ_CHECK(!f->nallocs, "%u are left of the last input", f->nallocs);
    fake_port_kill(f);
    clear_ram(f->ram);
    f->hold = false;
    f->judge = NULL;
    f->fail_alloc = 0;
    f->now = 1;
    memset(f->irqs, 0, sizeof(f->irqs));
    memset(h->q, 0, sizeof(h->q));
    h->c = NULL;
    h->cid = 0;
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        FakeMedia *m = &f->media[n->cfg.nsid];

        m->size = drives[kind].size[n->cfg.nsid];
        m->disk = drives[kind].disk[n->cfg.nsid];
        memcpy(m->bytes, drives[kind].image[n->cfg.nsid], m->size);
    }
    return h;
}

bool fuzz_power_on(FakeHost *h, bool incoming, OcpnError *err)
{
    h->c = h->f.c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    FUZZ_CHECK(h->c, "no memory");
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        err->text[0] = '\0';
        if (!ocpn_ns_add(h->c, &n->cfg, &h->f.media[n->cfg.nsid].disk, err)) {
            FUZZ_CHECK(err->text[0], "a refusal says why");
            ocpn_ctrl_free(h->c);
            FUZZ_CHECK(!h->f.nallocs, "%u are left", h->f.nallocs);
            h->c = h->f.c = NULL;
            return false;
        }
    }
    if (incoming) {
        ocpn_ctrl_power_on_incoming(h->c);
        ocpn_ctrl_set_running(h->c, false);
    } else {
        ocpn_ctrl_power_on(h->c);
    }
    ocpn_ctrl_set_msix(h->c, true);
    fake_run(&h->f);
    return true;
}

bool fuzz_enable(FakeHost *h)
{
    return fake_enable(h) && fake_create_pair(h, 1, 64).found;
}

static void use_blocks(FakeHost *h, uint32_t nsid)
{
    static const uint8_t opcs[] = { 0x01, 0x02, 0x05, 0x08, 0x04, 0x0c, 0x00,
                                    0x91, 0x92, 0x93, 0x90, 0x04, 0x09 };

    for (unsigned i = 0; i < sizeof(opcs); i++) {
        FakeCmd cmd = {
            .opc = opcs[i], .nsid = nsid, .cdw12 = 1,
            .cdw10 = i * 16, .mptr = FAKE_BUF + 0x40000,
        };

        fake_prp(h, &cmd, FAKE_BUF, 0x10000);
        if (opcs[i] == 0x09) {              /* ranges, nothing that is huge */
            fake_put_le(fake_guest(h, FAKE_BUF), 8, 4);
            fake_put_le(fake_guest(h, FAKE_BUF) + 8, 8, 8);
            cmd.cdw10 = 0;
            cmd.cdw11 = 4;
        }
        fake_io(h, &cmd);
    }
}

void fuzz_use(FakeHost *h)
{
    static const uint8_t cns[] = { 0, 1, 2, 3, 6, 7, 8, 0x10, 0x17 };
    uint32_t lid;

    for (unsigned i = 0; i < sizeof(cns); i++) {
        fake_identify(h, cns[i], i == 0 ? 1 : 0);
    }
    fake_set_feature(h, 0x0b, 0, 0xffffffff);
    for (lid = 0; lid < 0xd1; lid++) {
        if (lid < 0x10 || lid >= 0xc0 || lid == 0x81) {
            fake_get_log(h, (uint8_t)lid, 0xffffffff, 0, 1024);
            fake_get_feature(h, lid, 0, 0);
        }
    }
    fake_get_log(h, 0xca, 1, 0, 512);
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        use_blocks(h, n->cfg.nsid);
    }
    fake_advance(&h->f, MINUTE / 60);
    fake_advance(&h->f, 10 * MINUTE);
}

void fuzz_reset(FakeHost *h, OcpnReset kind)
{
    ocpn_ctrl_reset(h->c, kind);
    for (unsigned i = 0; i < 100000 && !ocpn_ctrl_quiet(h->c); i++) {
        fake_run(&h->f);
        if (h->f.nios) {
            fake_io_finish(&h->f, 0, OCPN_IO_OK);
        }
    }
    /* No further turn: a sanitize operation would go on. */
    FUZZ_CHECK(ocpn_ctrl_quiet(h->c), "reset %d", (int)kind);
    FUZZ_CHECK(!h->f.nios, "%u I/Os are left after a reset", h->f.nios);
    for (uint32_t id = 1; id <= OCPN_MAX_NS; id++) {
        OcpnNs *ns = ocpn_ns_allocated(h->c, id);

        FUZZ_CHECK(!ns || !ocpn_ns_users(ns),
                   "somebody uses namespace %u after a reset", id);
    }
}
