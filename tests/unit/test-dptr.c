/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PRPs; SGLs are in test-dptr-sgl.c.
 * Proves: NVMe Base 2.0, "Physical Region Page Entry and List", "Data
 * Pointer", "Memory Page Size (MPS)".
 */
#include "dptr-unit.h"

#define PRP1    24u             /* bytes of the command */
#define PRP2    32u
#define NOWHERE 0xffffu

/* Page number I of a buffer whose pages lie STRIDE apart. */
static uint64_t page_at(const Dptr *d, uint64_t i, uint64_t stride)
{
    return DPTR_AREA + i * stride % (DPTR_SIZE / d->page) * d->page;
}

/*
 * PRPs for LEN bytes that begin at OFF in a page; the list begins at LIST_OFF
 * in its page.  Lists are two pages apart, so that none follows another.
 */
static void prps(Dptr *d, uint64_t off, uint64_t len, uint64_t list_off,
                 uint64_t stride)
{
    uint64_t at = FAKE_LISTS + list_off, list = FAKE_LISTS, i = 1;
    uint64_t first = d->page - off < len ? d->page - off : len;

    dptr_command(d, len, 0);
    d->cmd.prp1 = page_at(d, 0, stride) + off;
    d->cmd.prp2 = UINT64_MAX;           /* when it is not used */
    dptr_map(d, d->cmd.prp1, first);
    len -= first;
    if (len) {
        d->cmd.prp2 = len <= d->page ? page_at(d, 1, stride) : at;
    }
    for (bool listed = len > d->page; len; i++) {
        uint64_t n = len < d->page ? len : d->page;

        if (listed && len > d->page && (at + 8) % d->page == 0) {
            list += 2 * d->page;
            fake_put_le(fake_guest(d->h, at), 8, list);
            at = list;
        }
        if (listed) {
            fake_put_le(fake_guest(d->h, at), 8, page_at(d, i, stride));
            at += 8;
        }
        dptr_map(d, page_at(d, i, stride), n);
        len -= n;
    }
}

/* Offsets in the first page, lengths, and where the list begins. */
static void every_shape(unsigned mps, unsigned every)
{
    Dptr *d = malloc(sizeof(*d));
    const uint64_t most = UINT64_C(1) << 20;

    dptr_start(d, 8, mps);
    {
        const uint64_t page = d->page;
        const uint64_t offs[] = { 0, 4, 508, 512, 516, 2048, page - 512,
                                  page - 4 };
        const uint64_t lens[] = { 512, 1024, page - 512, page, page + 512,
                                  2 * page - 512, 2 * page, 2 * page + 512,
                                  3 * page, 9 * page, 33 * page, 35 * page,
                                  most - 512, most };
        const uint64_t lists[] = { 0, 8, page - 8, page - 16, page - 24,
                                   page - 256, page - 264, page / 2 };

        for (unsigned i = 0; i < 8 * 14 * 8; i++) {
            uint64_t len = lens[i / 8 % 14];

            if (len > most || (len > page * 3 && i % 5) || i % every) {
                continue;       /* a part of the longer ones is enough */
            }
            prps(d, offs[i % 8], len, lists[i / 8 / 14], i % 3 ? 7 : 1);
            if (i & 1) {
                dptr_check_write(d);
            } else {
                dptr_check_read(d);
            }
        }
    }
    fake_host_free(d->h);
    free(d);
}

static void shapes(void)
{
    every_shape(0, 1);
}

static void shapes_of_larger_pages(void)
{
    for (unsigned mps = 1; mps <= 4; mps++) {
        every_shape(mps, 5);
    }
}

/* The largest transfer there is: lists of several pages. */
static void four_megabytes(void)
{
    Dptr *d = malloc(sizeof(*d));

    dptr_start(d, 10, 0);
    for (uint64_t off = 0; off < 4096; off += 1020) {
        prps(d, off, UINT64_C(4) << 20, 4096 - 8 - off / 1020 * 8, 5);
        dptr_check_write(d);
        dptr_check_read(d);
    }
    prps(d, 0, (UINT64_C(4) << 20) + 512, 0, 5);
    dptr_check_refused(d, 0x002, 48);           /* MDTS; CDW12 */
    fake_host_free(d->h);
    free(d);
}

/*
 * FAILURE-CASE-67
 * Pages that touch are one segment, up to the whole transfer.
 */
static void merged(void)
{
    Dptr *d = malloc(sizeof(*d));
    FakePort *f;

    dptr_start(d, 8, 0);
    f = &d->h->f;
    prps(d, 512, 1 << 20, 0, 1);
    f->hold = true;
    d->cmd.opc = 0x01;
    fake_submit(d->h, 1, &d->cmd);
    fake_run(f);
    CHECK_EQ(f->nios, 1);
    CHECK_EQ(f->io[0]->nseg, 1);
    CHECK_EQ(f->io[0]->seg[0].addr, DPTR_AREA + 512);
    CHECK_EQ(f->io[0]->seg[0].len, 1 << 20);
    fake_io_finish_all(f);
    CHECK_EQ(fake_reap(d->h, 1).status, 0);
    f->hold = false;
    fake_host_free(d->h);
    free(d);
}

/*
 * FAILURE-CASE-51
 * Offsets that PRPs must not have, and the byte that is blamed.
 */
static void bad_offsets(void)
{
    Dptr *d = malloc(sizeof(*d));

    dptr_start(d, 8, 0);
    for (uint64_t bad = 1; bad < 4; bad++) {
        prps(d, 0, 512, 0, 7);
        d->cmd.prp1 += bad;
        dptr_check_refused(d, 0x013, PRP1);
    }
    for (uint64_t bad = 1; bad < 4096; bad *= 2) {
        prps(d, 0, 8192, 0, 7);                 /* two pages */
        d->cmd.prp2 += bad;
        dptr_check_refused(d, 0x013, PRP2);
        prps(d, 0, 64 << 10, 0, 7);             /* an entry of a list */
        fake_guest(d->h, FAKE_LISTS + 8 * 9)[bad > 255] |=
            (uint8_t)(bad > 255 ? bad >> 8 : bad);
        dptr_check_refused(d, 0x013, PRP2);
        prps(d, 0, 64 << 10, 4096 - 32, 7);     /* from list to list */
        fake_guest(d->h, FAKE_LISTS + 4088)[bad > 255] |=
            (uint8_t)(bad > 255 ? bad >> 8 : bad);
        dptr_check_refused(d, 0x013, PRP2);
        if (bad < 8) {
            prps(d, 0, 64 << 10, 0, 7);
            d->cmd.prp2 += bad;
            dptr_check_refused(d, 0x013, PRP2);
        }
    }
    prps(d, 0, 64 << 10, 0, 7);
    dptr_check_write(d);
    fake_host_free(d->h);
    free(d);
}

/* With larger pages, 4 KiB is an offset. */
static void bad_offsets_of_larger_pages(void)
{
    Dptr *d = malloc(sizeof(*d));

    dptr_start(d, 8, 2);
    prps(d, 0, 32 << 10, 0, 7);
    d->cmd.prp2 += 4096;
    dptr_check_refused(d, 0x013, PRP2);
    prps(d, 0, 128 << 10, 0, 7);
    fake_guest(d->h, FAKE_LISTS + 8)[1] |= 0x20;
    dptr_check_refused(d, 0x013, PRP2);
    fake_host_free(d->h);
    free(d);
}

/*
 * FAILURE-CASE-22 FAILURE-CASE-50
 * What is no memory, at every place a PRP can name.
 */
static void not_memory(void)
{
    static const uint64_t bad[] = {
        FAKE_HOLE, FAKE_MMIO, FAKE_RAM_SIZE, UINT64_C(1) << 63,
        UINT64_MAX & ~UINT64_C(4095),
    };
    Dptr *d = malloc(sizeof(*d));

    dptr_start(d, 8, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        prps(d, 0, 4096, 0, 7);
        d->cmd.prp1 = bad[i];
        dptr_check_refused(d, 0x004, NOWHERE);
        prps(d, 0, 8192, 0, 7);
        d->cmd.prp2 = bad[i];
        dptr_check_refused(d, 0x004, NOWHERE);
        prps(d, 0, 64 << 10, 0, 7);             /* the list itself */
        d->cmd.prp2 = bad[i];
        dptr_check_refused(d, 0x004, NOWHERE);
        prps(d, 0, 64 << 10, 0, 7);
        fake_put_le(fake_guest(d->h, FAKE_LISTS + 14 * 8), 8, bad[i]);
        dptr_check_refused(d, 0x004, NOWHERE);
        prps(d, 0, 64 << 10, 4088, 7);
        fake_put_le(fake_guest(d->h, FAKE_LISTS + 4088), 8, bad[i]);
        dptr_check_refused(d, 0x004, NOWHERE);
    }
    prps(d, 0, 64 << 10, 0, 7);                 /* nothing is left over */
    dptr_check_read(d);
    fake_host_free(d->h);
    free(d);
}

/* FAILURE-CASE-39: a list that leads to itself ends with the transfer. */
static void circle(void)
{
    Dptr *d = malloc(sizeof(*d));
    uint64_t page = DPTR_AREA;

    dptr_start(d, 10, 0);
    dptr_command(d, 4 << 20, 0);
    d->cmd.prp1 = page;
    d->cmd.prp2 = FAKE_LISTS;
    for (uint64_t i = 0; i < 511; i++) {
        fake_put_le(fake_guest(d->h, FAKE_LISTS + i * 8), 8,
                    page + (i + 1) * 8192 % DPTR_SIZE);
    }
    fake_put_le(fake_guest(d->h, FAKE_LISTS + 4088), 8, FAKE_LISTS);
    CHECK_EQ(dptr_run(d, 0x01).status, 0);
    prps(d, 0, 64 << 10, 0, 7);
    dptr_check_write(d);
    fake_host_free(d->h);
    free(d);
}

static const OcpnTest tests[] = {
    { "offsets, lengths, lists and chains", shapes },
    { "the same with pages of 8 to 64 KiB", shapes_of_larger_pages },
    { "four megabytes", four_megabytes },
    { "pages that touch are merged", merged },
    { "offsets that must be 0", bad_offsets },
    { "offsets in larger pages", bad_offsets_of_larger_pages },
    { "what is no memory", not_memory },
    { "a list that leads to itself", circle },
};
OCPN_UNIT_MAIN("dptr", tests)
