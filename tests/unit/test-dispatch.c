/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Opcodes", "Common Command Format": which commands
 * there are for which namespaces, FUSE, PSDT and NSID; "Identify Controller"
 * OACS and ONCS, "Commands Supported and Effects".
 */
#include "fakes/host.h"
#include "ocpn-unit.h"

#define OPEN_CHANNEL    1u      /* namespaces of the drive */
#define CONVENTIONAL    2u
#define OPC     0u              /* bytes of the command */
#define FUSE    1u
#define PSDT    (6u << 8 | 1u)
#define NSID    4u

static const uint8_t admin[] = { 0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08,
                                 0x09, 0x0a, 0x0c };
static const uint8_t io[3][9] = {
    { 0 },
    { 0x00, 0x01, 0x02, 0x09, 0x90, 0x91, 0x92, 0x93, 0x93 },
    { 0x00, 0x01, 0x02, 0x04, 0x05, 0x08, 0x09, 0x0c, 0x19 },
};

static bool in(const uint8_t *list, size_t n, unsigned opc)
{
    return memchr(list, (int)opc, n) != NULL;
}

static bool admin_there(unsigned opc, unsigned modes, bool dbbuf)
{
    return in(admin, sizeof(admin), opc) || (opc == 0x7c && dbbuf) ||
           (opc == 0x80 && modes & CONVENTIONAL) ||
           (opc == 0xe2 && modes & OPEN_CHANNEL);
}

static bool io_there(unsigned opc, unsigned modes)
{
    return (modes & OPEN_CHANNEL && in(io[1], 9, opc)) ||
           (modes & CONVENTIONAL && in(io[2], 9, opc));
}

/* NSID 1 is open-channel, NSID 2 conventional, if they are there. */
static FakeHost *start_with(unsigned modes, const OcpnConfig *cfg)
{
    FakeSetup s = { .cfg = *cfg };
    FakeNs oc = FAKE_T1, conv = FAKE_CONVENTIONAL(2);
    unsigned n = 0;

    if (modes & OPEN_CHANNEL) {
        s.ns[n++] = oc;
    }
    if (modes & CONVENTIONAL) {
        s.ns[n++] = conv;
    }
    return fake_host_start(&s);
}

static FakeHost *start(unsigned modes, bool dbbuf)
{
    return start_with(modes, &(OcpnConfig) { .dbbuf = dbbuf });
}

static void check(FakeHost *h, bool is_io, FakeCmd cmd, uint16_t status,
                  uint16_t where)
{
    FakeCqe e = is_io ? fake_io(h, &cmd) : fake_admin(h, &cmd);
    uint16_t at = fake_error_location(h);

    CHECK(e.found && e.status == status && at == where,
          "%s command %02x, flags %02x, NSID %x: status %x at %x",
          is_io ? "I/O" : "admin", cmd.opc, cmd.flags, cmd.nsid, e.status,
          at);
}

static void admin_opcodes(void)
{
    for (unsigned i = 0; i < 8; i++) {
        FakeHost *h = start(i & 3, i & 4);

        for (unsigned opc = 0; opc < 256; opc++) {
            bool there = admin_there(opc, i & 3, i & 4);

            /* A fused command is refused before anything else happens. */
            check(h, false, (FakeCmd) { .opc = (uint8_t)opc, .flags = 1 },
                  there ? 0x002 : 0x001, there ? FUSE : OPC);
        }
        fake_host_free(h);
    }
}

static void io_opcodes(void)
{
    FakeHost *h = start(OPEN_CHANNEL | CONVENTIONAL, false);

    for (unsigned opc = 0; opc < 256; opc++) {
        for (uint32_t ns = 1; ns <= 2; ns++) {
            bool there = in(io[ns], 9, opc);

            check(h, true, (FakeCmd) { .opc = (uint8_t)opc, .flags = 1,
                                       .nsid = ns },
                  there ? 0x002 : 0x001, there ? FUSE : OPC);
        }
        /* An opcode that no namespace knows is the first thing wrong. */
        if (!io_there(opc, OPEN_CHANNEL | CONVENTIONAL)) {
            check(h, true, (FakeCmd) { .opc = (uint8_t)opc, .nsid = 3 },
                  0x001, OPC);
        }
    }
    fake_host_free(h);
}

/* FUSE must be 0; PSDT is 0 for admin commands and at most 2 for others. */
static void flags(void)
{
    FakeHost *h = start(OPEN_CHANNEL | CONVENTIONAL, true);

    for (unsigned opc = 0; opc < 256; opc++) {
        for (uint8_t v = 1; v < 4; v++) {
            FakeCmd cmd = { .opc = (uint8_t)opc, .flags = v };

            if (admin_there(opc, 3, true)) {
                check(h, false, cmd, 0x002, FUSE);
                cmd.flags = (uint8_t)(v << 6);
                check(h, false, cmd, 0x002, PSDT);
            }
            for (cmd.nsid = 1; cmd.nsid <= 2; cmd.nsid++) {
                if (in(io[cmd.nsid], 9, opc)) {
                    cmd.flags = v;
                    check(h, true, cmd, 0x002, FUSE);
                    cmd.flags = 3 << 6;
                    check(h, true, cmd, 0x002, PSDT);
                }
            }
        }
    }
    fake_host_free(h);
}

static void admin_nsids(void)
{
    static const uint8_t none[] = { 0x00, 0x01, 0x04, 0x05 };
    static const uint32_t bad[] = { 0, 3, 32, 33, 0x7fffffff, 0xfffffffe };
    FakeHost *h = start(OPEN_CHANNEL | CONVENTIONAL, true);

    for (size_t i = 0; i < sizeof(none); i++) {
        check(h, false, (FakeCmd) { .opc = none[i], .nsid = 1 }, 0x002,
              NSID);
        check(h, false, (FakeCmd) { .opc = none[i], .nsid = 0xffffffff },
              0x002, NSID);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check(h, false, (FakeCmd) { .opc = 0xe2, .nsid = bad[i] }, 0x00b,
              NSID);
        check(h, false, (FakeCmd) { .opc = 0x80, .nsid = bad[i] }, 0x00b,
              NSID);
    }
    check(h, false, (FakeCmd) { .opc = 0xe2, .nsid = 0xffffffff }, 0x00b,
          NSID);
    check(h, false, (FakeCmd) { .opc = 0xe2, .nsid = 2 }, 0x00b, NSID);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0xe2, .nsid = 1,
                                        .prp1 = FAKE_BUF }).status, 0);
    fake_host_free(h);
}

/* FAILURE-CASE-26 */
static void io_nsids(void)
{
    static const uint32_t bad[] = { 0, 3, 32, 33, 0x7fffffff, 0xfffffffe,
                                    0xffffffff };
    FakeHost *h = start(OPEN_CHANNEL | CONVENTIONAL, false);

    for (unsigned opc = 0; opc < 256; opc++) {
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            FakeCmd cmd = { .opc = (uint8_t)opc, .nsid = bad[i] };

            if (io_there(opc, 3) && (opc != 0 || bad[i] != 0xffffffff)) {
                check(h, true, cmd, 0x00b, NSID);
            }
        }
    }
    CHECK_EQ(fake_io(h, &(FakeCmd) { .nsid = 0xffffffff }).status, 0);
    fake_host_free(h);
}

/*
 * FAILURE-CASE-26
 * An inactive NSID is not an invalid one, if the drive has conventional
 * namespaces only and follows OCP; open-channel hosts know one status.
 */
static void inactive_nsids(void)
{
    static const FakeCmd admin_uses[] = {
        { .opc = 0x06, .cdw10 = 0x03, .prp1 = FAKE_BUF },   /* Identify */
        { .opc = 0x09, .cdw10 = 0x05 },             /* Error Recovery */
        { .opc = 0x0a, .cdw10 = 0x05 },
    };
    static const struct {
        OcpVersion version;
        unsigned   modes;
        uint32_t   nn;
        uint16_t   inactive;
    } drives[] = {
        { OCP_OFF, CONVENTIONAL, 32, 0x00b },
        { OCP_1_0, CONVENTIONAL, 16, 0x002 },
        { OCP_2_5, CONVENTIONAL, 16, 0x002 },
        { OCP_2_5, OPEN_CHANNEL | CONVENTIONAL, 16, 0x00b },
    };

    for (size_t d = 0; d < sizeof(drives) / sizeof(drives[0]); d++) {
        const uint32_t nsid[] = { 3, drives[d].nn, 0, drives[d].nn + 1,
                                  0xfffffffe };
        FakeHost *h = start_with(drives[d].modes, &(OcpnConfig) {
            .ocp = { .version = drives[d].version },
        });

        for (size_t i = 0; i < sizeof(nsid) / sizeof(nsid[0]); i++) {
            uint16_t status = i < 2 ? drives[d].inactive : 0x00b;

            for (unsigned opc = 0; opc < 256; opc++) {
                FakeCmd cmd = { .opc = (uint8_t)opc, .nsid = nsid[i] };

                if (io_there(opc, drives[d].modes)) {
                    check(h, true, cmd, status, NSID);
                }
            }
            for (size_t k = 0; k < 3; k++) {
                FakeCmd cmd = admin_uses[k];

                cmd.nsid = nsid[i];
                check(h, false, cmd, status, NSID);
            }
            check(h, false, (FakeCmd) { .opc = 0x80, .nsid = nsid[i] },
                  status, NSID);
        }
        fake_host_free(h);
    }
}

/*
 * FAILURE-CASE-62
 * OACS, ONCS and log page 05h say what there is, and nothing else.
 */
static void claims(void)
{
    for (unsigned i = 0; i < 8; i++) {
        FakeHost *h = start(i & 3, i & 4);
        const uint8_t *p = fake_guest(h, FAKE_BUF);
        uint32_t oncs = 0x50;           /* saving, Timestamp */

        oncs |= i & OPEN_CHANNEL ? 0x004 : 0;
        oncs |= i & CONVENTIONAL ? 0x18f : 0;
        CHECK_EQ(fake_identify(h, 1, 0).status, 0);
        CHECK_EQ(bytes_at(p + 256, 2), (i & CONVENTIONAL ? 2 : 0) |
                                       (i & 4 ? 0x100 : 0));
        CHECK_EQ(bytes_at(p + 520, 2), oncs);
        CHECK_EQ(fake_get_log(h, 0x05, 0, 0, 4096).status, 0);
        for (unsigned opc = 0; opc < 256; opc++) {
            CHECK((p[opc * 4] & 1) == admin_there(opc, i & 3, i & 4),
                  "admin command %02x in log 05h", opc);
            CHECK((p[1024 + opc * 4] & 1) == io_there(opc, i & 3),
                  "I/O command %02x in log 05h", opc);
        }
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "all admin opcodes", admin_opcodes },
    { "all I/O opcodes, by mode", io_opcodes },
    { "FUSE and PSDT", flags },
    { "NSIDs of admin commands", admin_nsids },
    { "NSIDs of I/O commands", io_nsids },
    { "inactive NSIDs are not invalid ones", inactive_nsids },
    { "what Identify and log 05h claim", claims },
};
OCPN_UNIT_MAIN("dispatch", tests)
