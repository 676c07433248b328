/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Common Command Format": Metadata Pointer, by PSDT;
 * "Identify Controller", SGLS bits 17 and 19.
 */
#include "nvm-unit.h"

#define MPTR    16u             /* byte of the command */
#define NOWHERE 0xffffu
#define MLIST   (FAKE_LISTS + 0x8000u)
#define MD      (FAKE_BUF + UINT64_C(0x600000))

enum { DATA = 0x00, BUCKET = 0x10, SEGMENT = 0x20, LAST = 0x30 };

/* A descriptor at AT in guest RAM. */
static void put(Nvm *n, uint64_t at, uint8_t type, uint64_t addr,
                uint32_t len)
{
    uint8_t *p = fake_guest(n->h, at);

    memset(p, 0, 16);
    put_bytes_at(p, 8, addr);
    put_bytes_at(p + 8, 4, len);
    p[15] = type;
}

/* A command on 10 blocks from 5 on; its data is one data block. */
static FakeCmd command(Nvm *n, uint8_t opc, uint8_t psdt, uint64_t mptr)
{
    FakeCmd cmd = nvm_cmd(n, opc, 5, 10);

    if (psdt) {
        cmd.flags = (uint8_t)(psdt << 6);
        cmd.prp1 = FAKE_BUF;
        cmd.prp2 = 10 * 512;
    }
    cmd.mptr = mptr;
    return cmd;
}

/* Write and read 10 blocks whose metadata is FIRST bytes at A, rest at B. */
static void check_moves(Nvm *n, uint8_t psdt, uint64_t mptr, uint64_t a,
                        uint32_t first, uint64_t b)
{
    FakeCmd cmd = command(n, OPC_WRITE, psdt, mptr);
    uint8_t *meta = fake_guest(n->h, NVM_META);

    nvm_content(n, 5, 10);
    memcpy(fake_guest(n->h, a), meta, first);
    memcpy(fake_guest(n->h, b), meta + first, 160 - first);
    CHECK_EQ(fake_io(n->h, &cmd).status, 0);
    nvm_expect(n, 5, 10);
    memset(fake_guest(n->h, a) - 4, 0xee, first + 8);
    memset(fake_guest(n->h, b) - 4, 0xee, 160 - first + 8);
    cmd.opc = OPC_READ;
    CHECK_EQ(fake_io(n->h, &cmd).status, 0);
    CHECK(!memcmp(fake_guest(n->h, a), n->meta + 5 * 16, first) &&
          !memcmp(fake_guest(n->h, b), n->meta + 5 * 16 + first,
                  160 - first), "metadata");
    CHECK_EQ(fake_all(fake_guest(n->h, a) - 4, 0xee, 4), true);
    CHECK_EQ(fake_all(fake_guest(n->h, b) + 160 - first, 0xee, 4), true);
}

static void check_refused(Nvm *n, uint8_t psdt, uint64_t mptr,
                          uint16_t status, uint16_t where)
{
    static const uint8_t opcs[] = { OPC_WRITE, OPC_READ, OPC_COMPARE };

    for (unsigned i = 0; i < 3; i++) {
        FakeCmd cmd = command(n, opcs[i], psdt, mptr);
        FakeCqe e = fake_io(n->h, &cmd);

        CHECK(e.found && e.status == status, "opcode %x, MPTR %" PRIx64
              ": status %x", opcs[i], mptr, e.status);
        CHECK_EQ(nvm_error_at(n), where);
    }
}

/* PSDT 0: one buffer, dword aligned; PSDT 1: one buffer, byte aligned. */
static void contiguous(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);

    for (uint64_t off = 0; off < 16; off++) {
        if (off % 4) {
            check_refused(&n, 0, MD + off, 0x002, MPTR);
        } else {
            check_moves(&n, 0, MD + off, MD + off, 160, MD + 4096);
        }
        check_moves(&n, 1, MD + off, MD + off, 160, MD + 4096);
    }
    check_moves(&n, 0, MD + 4000, MD + 4000, 160, MD + 8192);   /* 2 pages */
    nvm_stop(&n);
}

/* PSDT 2: a descriptor at a qword, which may lead to more. */
static void described(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);

    for (uint64_t off = 0; off < 8; off++) {
        put(&n, MLIST + off, DATA, MD + 3 + off, 160);
        if (off) {
            check_refused(&n, 2, MLIST + off, 0x016, MPTR);
        } else {
            check_moves(&n, 2, MLIST, MD + 3, 160, MD + 4096);
        }
    }
    put(&n, MLIST, LAST, MLIST + 64, 32);
    put(&n, MLIST + 64, DATA, MD + 1, 33);
    put(&n, MLIST + 80, DATA, MD + 8192, 127);
    check_moves(&n, 2, MLIST, MD + 1, 33, MD + 8192);
    put(&n, MLIST, DATA, MD, 100000);               /* longer than needed */
    check_moves(&n, 2, MLIST, MD, 160, MD + 4096);
    nvm_stop(&n);
}

/* The metadata of 10 blocks in N places that do not touch. */
static void scatter(Nvm *n, uint32_t count)
{
    put(n, MLIST, LAST, MLIST + 64, count * 16);
    for (uint32_t i = 0; i < count; i++) {
        put(n, MLIST + 64 + i * 16, DATA, MD + i * 256,
            i + 1 < count ? 8 : 160 - 8 * (count - 1));
    }
}

static void scattered(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);
    FakeCmd cmd = command(&n, OPC_WRITE, 2, MLIST);
    const uint8_t *meta = fake_guest(n.h, NVM_META);

    nvm_content(&n, 5, 10);
    scatter(&n, 16);
    for (uint32_t i = 0; i < 16; i++) {
        memcpy(fake_guest(n.h, MD + i * 256), meta + i * 8,
               i < 15 ? 8 : 40);
    }
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    nvm_expect(&n, 5, 10);
    nvm_stop(&n);
}

static void refused(void)
{
    static const struct {
        uint8_t type; uint64_t addr; uint32_t len; uint16_t status, where;
    } row[] = {
        { DATA, MD, 159, 0x010, MPTR }, { DATA, MD, 0, 0x010, MPTR },
        { 0x40, MD, 160, 0x011, MPTR }, { 0x01, MD, 160, 0x011, MPTR },
        { LAST, MD, 0, 0x00d, MPTR }, { LAST, MD, 17, 0x00d, MPTR },
        { LAST, FAKE_HOLE, 16, 0x004, NOWHERE },
        { DATA, FAKE_HOLE, 160, 0x004, NOWHERE },
        { DATA, UINT64_MAX - 100, 160, 0x004, NOWHERE },
    };
    Nvm n = nvm_start_with(9, 16, false, false);

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        put(&n, MLIST, row[i].type, row[i].addr, row[i].len);
        check_refused(&n, 2, MLIST, row[i].status, row[i].where);
    }
    check_refused(&n, 2, FAKE_HOLE, 0x004, NOWHERE);
    check_refused(&n, 2, UINT64_MAX - 7, 0x004, NOWHERE);
    check_refused(&n, 0, FAKE_HOLE, 0x004, NOWHERE);
    check_refused(&n, 1, UINT64_MAX - 99, 0x004, NOWHERE);  /* wraps */
    /* In more places than is kept: 16 can be, hosts send 15. */
    scatter(&n, 17);
    check_refused(&n, 2, MLIST, 0x00e, MPTR);
    nvm_stop(&n);
}

/* A read may throw metadata away; a write does not see the bucket. */
static void bucket(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);
    FakeCmd cmd = command(&n, OPC_READ, 2, MLIST);

    CHECK_EQ(nvm_write(&n, 5, 10, 0), 0);
    put(&n, MLIST, BUCKET, 0, 160);
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    cmd.opc = OPC_WRITE;
    CHECK_EQ(fake_io(n.h, &cmd).status, 0x010);
    CHECK_EQ(nvm_error_at(&n), MPTR);
    put(&n, MLIST, LAST, MLIST + 64, 32);
    put(&n, MLIST + 64, BUCKET, 0, 1000);
    put(&n, MLIST + 80, DATA, MD, 160);
    nvm_content(&n, 5, 10);
    memcpy(fake_guest(n.h, MD), fake_guest(n.h, NVM_META), 160);
    CHECK_EQ(fake_io(n.h, &cmd).status, 0);
    nvm_expect(&n, 5, 10);
    nvm_stop(&n);
}

/*
 * Without MPTR a write stores zeros and a read leaves the metadata alone, also
 * where data goes in pieces smaller than a block.
 */
static void absent(void)
{
    Nvm n = nvm_start_with(9, 16, false, false);

    for (unsigned small = 0; small < 2; small++) {
        FakeCmd cmd = command(&n, OPC_WRITE, 1, NVM_META);
        uint32_t size = small ? 12 : 520;       /* 43 in a block, or one */

        cmd.prp1 = MLIST;
        cmd.prp2 = UINT64_C(0x30) << 56 | 427 * 16;
        for (uint32_t i = 0; i < 427; i++) {
            put(&n, MLIST + i * 16, DATA, FAKE_BUF + i * (size + 4), size);
        }
        nvm_content(&n, 5, 10);
        CHECK_EQ(fake_io(n.h, &cmd).status, 0);
        CHECK_EQ(nvm_write(&n, 5, 10, 0), 0);
        cmd.opc = OPC_READ;
        cmd.mptr = 0;
        CHECK_EQ(fake_io(n.h, &cmd).status, 0);
        nvm_expect(&n, 5, 10);                  /* nothing has changed */
        cmd.opc = OPC_WRITE;
        CHECK_EQ(fake_io(n.h, &cmd).status, 0);
        cmd = command(&n, OPC_READ, 0, NVM_META);
        memset(fake_guest(n.h, NVM_META), 0xee, 160);
        CHECK_EQ(fake_io(n.h, &cmd).status, 0);
        CHECK_EQ(fake_all(fake_guest(n.h, NVM_META), 0, 160), true);
    }
    nvm_stop(&n);
}

/* What is offered is what works. */
static void claimed(void)
{
    Nvm n = nvm_start();

    CHECK_EQ(fake_identify(n.h, 1, 0).status, 0);
    CHECK_EQ(bytes_at(fake_guest(n.h, FAKE_BUF) + 536, 4) & 0xf0003,
             0xf0001);          /* byte aligned, buckets, MPTR of both kinds */
    nvm_stop(&n);
}

static const OcpnTest tests[] = {
    { "one buffer", contiguous },
    { "an SGL", described },
    { "an SGL of many pieces", scattered },
    { "what is refused", refused },
    { "bit buckets", bucket },
    { "no metadata pointer", absent },
    { "what Identify says of it", claimed },
};
OCPN_UNIT_MAIN("dptr-meta", tests)
