/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every row of the migration matrix looks at: data, pages, registers. */
#include "qemu/osdep.h"
#include "qobject/qjson.h"
#include "migrate-row.h"

#define PIECE       32              /* blocks of a command */
#define SEED        4711
#define CHUNK_FULL  (4 * 128)       /* the chunk that has the data */
#define CHUNK_NEW   (3 * 128)       /* one that is Free until the end */
#define PCI_BYTES   256

/*
 * Physical Media Units Written, at the beginning of C0h, has what saving the
 * state writes, too; how much of it before the page with the count differs.
 */
#define C0_WRITTEN  16

static uint64_t data_at(const Vm *vm)
{
    return vm->row->open_channel ? CHUNK_FULL : 1024;
}

static uint32_t data_blocks(const Vm *vm)
{
    return vm->row->open_channel ? ROW_CLBA : ROW_BLOCKS;
}

void row_write(Vm *vm, uint64_t lba, uint32_t nlb, uint32_t seed)
{
    g_autofree uint8_t *data = g_malloc(nlb * ROW_BLOCK);

    for (uint32_t i = 0; i < nlb; i++) {
        qocpn_pattern(data + i * ROW_BLOCK, ROW_BLOCK, seed + i);
    }
    for (uint32_t i = 0; i < nlb; i += PIECE) {
        QOCPN_OK(qocpn_write(vm->q, lba + i, MIN(PIECE, nlb - i),
                             data + i * ROW_BLOCK, NULL));
    }
}

void row_expect(Vm *vm, uint64_t lba, uint32_t nlb, uint32_t seed)
{
    g_autofree uint8_t *data = g_malloc(nlb * ROW_BLOCK);

    for (uint32_t i = 0; i < nlb; i++) {
        qocpn_pattern(data + i * ROW_BLOCK, ROW_BLOCK, seed + i);
    }
    for (uint32_t i = 0; i < nlb; i += PIECE) {
        qocpn_expect(vm->q, lba + i, MIN(PIECE, nlb - i),
                     data + i * ROW_BLOCK);
    }
    qocpn_moved.bytes += nlb * ROW_BLOCK;
}

void row_write_data(Vm *vm)
{
    row_write(vm, data_at(vm), data_blocks(vm), SEED);
}

void row_check_data(Vm *vm)
{
    row_expect(vm, data_at(vm), data_blocks(vm), SEED);
}

char *row_get(Vm *vm, const char *name)
{
    QDict *r = qtest_qmp(vm->q->qts, "{'execute': 'qom-get', 'arguments': {"
                         "'path': %s, 'property': %s}}", DRIVE, name);
    QObject *value = qdict_get(r, "return");
    GString *text;

    if (!value) {
        g_error("property %s cannot be read", name);
    }
    text = qobject_to_json(value);
    qobject_unref(r);
    return g_string_free(text, false);
}

/* LEN bytes of WHAT in lines of 32, so that a difference has a place. */
static void put(GString *s, const char *what, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i % 32 == 0) {
            g_string_append_printf(s, "\n%s+%zu:", what, i);
        }
        g_string_append_printf(s, " %02x", b[i]);
    }
}

typedef struct Page {
    uint8_t lid;
    uint32_t nsid;
    size_t len;
} Page;

static const Page pages[] = {
    { 0x00, 0, 1024 }, { 0x01, QOCPN_ALL_NS, 4096 },
    { 0x02, QOCPN_ALL_NS, 512 }, { 0x03, QOCPN_ALL_NS, 512 },
    { 0x04, QOCPN_ALL_NS, 4096 }, { 0x05, 0, 4096 },
    { 0x06, QOCPN_ALL_NS, 564 }, { 0x08, QOCPN_ALL_NS, 25 * 512 },
    { 0x09, QOCPN_ALL_NS, 512 }, { 0x81, QOCPN_ALL_NS, 512 },
    { 0xc0, QOCPN_ALL_NS, 512 }, { 0xc1, QOCPN_ALL_NS, 512 },
    { 0xc2, QOCPN_ALL_NS, 4096 }, { 0xc3, QOCPN_ALL_NS, 512 },
    { 0xc4, QOCPN_ALL_NS, 4096 }, { 0xc5, QOCPN_ALL_NS, 4096 },
    { 0xc6, QOCPN_ALL_NS, 512 }, { 0xc7, QOCPN_ALL_NS, 512 },
    { 0xc9, QOCPN_ALL_NS, 4096 }, { 0xca, 1, 30 * 32 },
    { 0xd0, QOCPN_ALL_NS, 4096 }, { 0xd0, 1, 4096 },
};

/* Of the timestamp (0Eh) and what is in buffers there is no dword. */
static const uint8_t features[] = {
    0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x10, 0x84, 0xc1,
    0xc2, 0xc3, 0xc4, 0xc6, 0xc7, 0xc9, 0xca,
};

QEMU_BUILD_BUG_ON(ARRAY_SIZE(pages) > 32 || ARRAY_SIZE(features) > 32);

/* Refusals would be errors that the pages tell of, so none is asked for. */
void row_look(Vm *vm)
{
    g_autofree uint8_t *b = g_malloc(64 * KiB);

    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        const Page *p = &pages[i];

        if (!qocpn_get_log(vm->q, p->lid, p->nsid, 0, b, p->len)) {
            vm->pages |= 1u << i;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
        if (!QOCPN_SC(qocpn_get_feature(vm->q, features[i], 0, 1))) {
            vm->features |= 1u << i;
        }
    }
}

static void note_pages(Vm *vm, GString *s)
{
    g_autofree uint8_t *b = g_malloc(64 * KiB);

    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        const Page *p = &pages[i];
        g_autofree char *name = g_strdup_printf("page %02x", p->lid);

        if (vm->pages & 1u << i) {
            g_assert_cmphex(qocpn_get_log(vm->q, p->lid, p->nsid, 0, b,
                                          p->len), ==, 0);
            if (p->lid == 0xc0) {
                memset(b, 0, C0_WRITTEN);
            }
            put(s, name, b, p->len);
        }
    }
}

static void note_identify(Vm *vm, GString *s)
{
    static const struct {
        uint8_t cns;
        uint32_t nsid;
    } t[] = { { 0x01, 0 }, { 0x02, 0 }, { 0x00, 1 }, { 0x03, 1 } };
    uint8_t b[4096];

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        g_autofree char *name = g_strdup_printf("CNS %02x", t[i].cns);

        if (t[i].nsid && vm->no_ns) {
            continue;
        }
        g_assert_cmphex(qocpn_identify(vm->q, t[i].cns, t[i].nsid, b), ==,
                        0);
        put(s, name, b, sizeof(b));
    }
}

static void note_features(Vm *vm, GString *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
        if (vm->features & 1u << i) {
            QOcpnCqe cqe = qocpn_get_feature(vm->q, features[i], 0, 1);

            g_string_append_printf(s, "\nfeature %02x: %03x %08x",
                                   features[i], cqe.status, cqe.dw0);
        }
    }
}

char *row_note(Vm *vm)
{
    GString *s = g_string_new("");

    for (unsigned i = 0; i < 0x40; i += 4) {
        g_string_append_printf(s, "\nregister %02x: %08x", i,
                               qocpn_readl(vm->q, i));
    }
    for (unsigned i = 0; i < PCI_BYTES; i += 4) {
        g_string_append_printf(s, "\nPCI %02x: %08x", i,
                               qpci_config_readl(vm->q->pdev, i));
    }
    note_identify(vm, s);
    note_features(vm, s);
    note_pages(vm, s);
    return g_string_free(s, false);
}

void row_expect_note(const char *was, const char *is)
{
    g_auto(GStrv) a = g_strsplit(was, "\n", 0);
    g_auto(GStrv) b = g_strsplit(is, "\n", 0);
    unsigned n = 0;

    for (unsigned i = 0; a[i] && b[i] && n < 8; i++) {
        if (!g_str_equal(a[i], b[i])) {
            g_test_message("was %s", a[i]);
            g_test_message("is  %s", b[i]);
            n++;
        }
    }
    if (!g_str_equal(was, is)) {
        g_test_message("registers or pages are not what they were");
        g_test_fail();
    }
}

void row_reset(Vm *vm)
{
    qocpn_disable(vm->q);
    qocpn_enable(vm->q);
    QOCPN_OK(qocpn_create_pair(vm->q, &vm->q->io, 1, 64, 1));
}

static void expect_nothing(Vm *vm)
{
    QOcpnCqe cqe;

    qocpn_idle(vm->q, 2);
    g_assert_false(qocpn_peek(vm->q, &vm->q->io, &cqe));
    g_assert_false(qocpn_peek(vm->q, &vm->q->adm, &cqe));
}

void row_expect_alive(Vm *vm)
{
    bool chunks = vm->row->open_channel;
    uint64_t lba = chunks ? CHUNK_NEW : 2048;
    QOcpn *q = vm->q;
    QOcpnQueue other;

    qocpn_alive(q);
    qocpn_msix_fired(q, 1);
    row_write(vm, lba, chunks ? ROW_CLBA : 8, 99);
    row_expect(vm, lba, chunks ? ROW_CLBA : 8, 99);
    QOCPN_UNTIL(q, qocpn_msix_fired(q, 1));     /* maybe coalesced */
    QOCPN_OK(qocpn_create_pair(q, &other, 7, 8, 3));
    for (unsigned i = 0; i < 9; i++) {
        QOcpnCmd cmd = qocpn_rw(NVME_IO_READ, lba, 1);

        cmd.prp1 = q->buf;
        QOCPN_OK(qocpn_cmd(q, &other, &cmd));
    }
    QOCPN_UNTIL(q, qocpn_msix_fired(q, 3));
    QOCPN_OK(qocpn_delete_sq(q, 7));
    QOCPN_OK(qocpn_delete_cq(q, 7));
    expect_nothing(vm);
}

uint8_t row_byte(Vm *vm, uint8_t lid, unsigned at)
{
    uint8_t page[512];

    g_assert_cmphex(qocpn_get_log(vm->q, lid, QOCPN_ALL_NS, 0, page,
                                  sizeof(page)), ==, 0);
    return page[at];
}
