/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of an image, and what a commit makes of them.
 * Proves: NVMe Base 2.0, "Firmware Image Download command", "Firmware Commit
 * command"; OCP Datacenter NVMe SSD, FWUP-3..6.
 */
#include "firmware-unit.h"

#define TWO     "ocp-nvme-firmware revision=two\n"

static const uint8_t *slots(FakeHost *h)
{
    return smart_page(h, 0x03);
}

/* FWUP-3, FWUP-4, FWUP-6 */
static void claims(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint8_t *p;

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    p = fake_guest(h, FAKE_BUF);
    CHECK_EQ(p[256] & 4, 4);                    /* OACS */
    CHECK_EQ(p[260], 3 << 1 | 1 << 4);          /* FRMW */
    CHECK_EQ(p[319], 1);                        /* FWUG: 4 KiB */
    CHECK_EQ(bytes_at(p + 270, 2), 10);         /* MTFA: 1 s */
    CHECK_EQ(bytes_at(p + 92, 4) >> 9 & 1, 1);  /* OAES */
    CHECK_EQ(fake_get_log(h, 0x05, 0, 0, 4096).status, 0);
    CHECK_EQ(bytes_at(p + 4 * 0x10, 4), 1 | 1 << 4);
    CHECK_EQ(bytes_at(p + 4 * 0x11, 4), 1);
    fake_host_free(h);
}

static void no_ocp(void)
{
    FakeHost *h = smart_drive(OCP_OFF);
    FakeCmd cmd = fw_commit_cmd(1, 0);

    CHECK_EQ(fw_piece(h, 0, UNIT), 0x001);
    CHECK_EQ(fake_admin(h, &cmd).status, 0x001);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[256] & 4, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[260], 3);
    fake_host_free(h);
}

static void pieces(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    /* Out of order, of any size. */
    CHECK_EQ(fw_piece(h, 6 * UNIT, UNIT), 0);
    CHECK_EQ(fw_piece(h, 0, 2 * UNIT), 0);
    CHECK_EQ(fw_piece(h, 7 * UNIT, 100), 0);    /* the last one */
    CHECK_EQ(fw_commit(h, 2, 0), 0x107);        /* a gap */
    CHECK_EQ(slots(h)[8 + 8], 0);
    CHECK_EQ(fw_commit(h, 2, 0), 0x107);        /* it took the image */
    CHECK_EQ(fw_piece(h, UNIT, UNIT), 0);
    CHECK_EQ(fw_commit(h, 2, 0), 0x107);        /* no beginning */
    CHECK_EQ(fw_piece(h, 6 * UNIT, UNIT), 0);
    CHECK_EQ(fw_piece(h, 0, 2 * UNIT), 0);
    CHECK_EQ(fw_piece(h, 7 * UNIT, 100), 0);
    CHECK_EQ(fw_piece(h, 2 * UNIT, 4 * UNIT), 0);
    CHECK_EQ(fw_commit(h, 2, 0), 0);
    CU_ASSERT(slots(h)[8 + 8] != 0);
    fake_host_free(h);
}

static void bad_pieces(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    const uint64_t most = 64 << 20;

    CHECK_EQ(fw_piece(h, 100, UNIT), 0x002);
    CHECK_EQ(fake_error_location(h), 44);
    CHECK_EQ(fw_piece(h, UNIT + 4, UNIT), 0x002);
    CHECK_EQ(fw_piece(h, most, UNIT), 0x002);
    CHECK_EQ(fw_piece(h, most - UNIT, 2 * UNIT), 0x002);
    CHECK_EQ(fw_piece(h, UINT64_C(0xffffffff) * 4, UNIT), 0x002);
    CHECK_EQ(fw_piece(h, 0, (512 << 10) + UNIT), 0x002);    /* MDTS */
    CHECK_EQ(fake_error_location(h), 40);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x11, .prp1 = IMAGE,
                        .cdw10 = 0xffffffff }).status, 0x002);
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x11, .prp1 = IMAGE,
                        .nsid = 1, .cdw10 = 1023 }).status, 0x002);
    /* Not RAM: nothing was taken. */
    CHECK_EQ(fake_admin(h, &(FakeCmd) { .opc = 0x11, .prp1 = FAKE_HOLE,
                        .cdw10 = 1023 }).status, 0x004);
    CHECK_EQ(fw_piece(h, 4 * UNIT, 3 * UNIT), 0);
    CHECK_EQ(fw_piece(h, 4 * UNIT, UNIT), 0x114);
    CHECK_EQ(fw_piece(h, 3 * UNIT, 2 * UNIT), 0x114);
    CHECK_EQ(fw_piece(h, 6 * UNIT, 8), 0x114);
    CHECK_EQ(fw_piece(h, 2 * UNIT, 100), 0x002);    /* not the last one */
    CHECK_EQ(fw_piece(h, 7 * UNIT, UNIT + 100), 0);
    CHECK_EQ(fw_piece(h, 8 * UNIT, UNIT), 0x114);
    CHECK_EQ(fw_piece(h, 9 * UNIT, UNIT), 0x002);   /* behind the last one */
    CHECK_EQ(fw_piece(h, 0, 100), 0x002);
    CHECK_EQ(fw_piece(h, 0, 4 * UNIT), 0);
    CHECK_EQ(fw_commit(h, 2, 0), 0);
    CHECK_EQ(fw_piece(h, most - UNIT, UNIT), 0);
    fake_host_free(h);
}

/* What was downloaded does not outlive a reset. */
static void reset(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    fw_download(h, TWO);
    fw_reset(h);
    CHECK_EQ(fw_commit(h, 2, 0), 0x107);
    fw_download(h, TWO);
    fake_host_restart(h, true);
    CHECK_EQ(fw_commit(h, 2, 0), 0x107);
    CHECK_EQ(slots(h)[16], 0);
    fw_download(h, TWO);
    CHECK_EQ(fw_commit(h, 2, 0), 0);
    CU_ASSERT(!memcmp(slots(h) + 16, "two     ", 8));
    fake_host_free(h);
}

/* OCP-CASE-59 */
static void bad_commits(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    fw_download(h, TWO);
    for (unsigned action = 4; action < 8; action++) {
        CHECK_EQ(fw_commit(h, 2, action), 0x002);
        CHECK_EQ(fake_error_location(h), 3 << 8 | 40);
    }
    for (unsigned slot = 4; slot < 8; slot++) {
        CHECK_EQ(fw_commit(h, slot, 0), 0x106);
    }
    CHECK_EQ(fw_commit(h, 2, 2), 0x107);        /* empty */
    CHECK_EQ(slots(h)[0], 1);
    CHECK_EQ(fw_commit(h, 2, 0), 0);            /* it is all there still */
    CHECK_EQ(fw_commit(h, 2, 0), 0x107);
    CHECK_EQ(fw_commit(h, 3, 1), 0x107);
    CHECK_EQ(fw_commit(h, 3, 3), 0x107);
    CHECK_EQ(slots(h)[0], 1);
    fake_host_free(h);
}

static void first_lines(void)
{
    static const struct {
        const char *line;
        uint16_t status;
        const char *revision;   /* NULL: made of the contents */
    } t[] = {
        { "ocp-nvme-firmware revision=a", 0, "a" },
        { "ocp-nvme-firmware  svn=0x10  revision=12345678  ", 0,
          "12345678" },
        { "ocp-nvme-firmware", 0, NULL },
        { "ocp-nvme-firmware\nrevision=a\n", 0, NULL },
        { "ocp-nvme-firmwares revision=a\n", 0, NULL },
        { "#! revision=a\n", 0, NULL },
        { "ocp-nvme-firmware bad-signature=off revision=b", 0, "b" },
        { "ocp-nvme-firmware bad-signature=on revision=b", 0x107, "" },
        { "ocp-nvme-firmware bad-signature=1", 0x107, "" },
        { "ocp-nvme-firmware revision=123456789", 0x107, "" },
        { "ocp-nvme-firmware revision=", 0x107, "" },
        { "ocp-nvme-firmware revision=a\tb", 0x107, "" },
        { "ocp-nvme-firmware revision", 0x107, "" },
        { "ocp-nvme-firmware svn=-1", 0x107, "" },
        { "ocp-nvme-firmware svn=18446744073709551616", 0x107, "" },
        { "ocp-nvme-firmware reset=warm", 0x107, "" },
        { "ocp-nvme-firmware ms=60001", 0x107, "" },
        { "ocp-nvme-firmware colour=red", 0x107, "" },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        FakeHost *h = smart_drive(OCP_2_5);
        char want[9] = "";
        const uint8_t *p;

        CHECK_EQ(fw_update(h, t[i].line, 2, 0), t[i].status);
        p = slots(h) + 16;
        if (t[i].revision && !t[i].status) {
            snprintf(want, sizeof(want), "%-8s", t[i].revision);
        }
        CHECK(!t[i].revision || !memcmp(p, want, 8), "%s: %.8s", t[i].line,
              (const char *)p);
        for (unsigned b = 0; !t[i].revision && b < 8; b++) {
            CU_ASSERT(strchr("0123456789ABCDEF", p[b]) && p[b]);
        }
        fake_host_free(h);
    }
}

/* A line that never ends is none, or one that makes no sense. */
static void endless(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    memset(fake_guest(h, IMAGE), ' ', UNIT);
    CHECK_EQ(fw_piece(h, 0, UNIT), 0);
    CHECK_EQ(fw_commit(h, 2, 0), 0);
    memcpy(fake_guest(h, IMAGE), "ocp-nvme-firmware", 17);
    CHECK_EQ(fw_piece(h, 0, UNIT), 0);
    CHECK_EQ(fw_commit(h, 3, 0), 0x107);
    memcpy(fake_guest(h, IMAGE), "ocp-nvme-firmware revision=abcd", 28);
    CHECK_EQ(fw_piece(h, 0, 28), 0);            /* the image ends there */
    CHECK_EQ(fw_commit(h, 3, 0), 0);
    CU_ASSERT(!memcmp(slots(h) + 24, "a       ", 8));
    fake_host_free(h);
}

/* What a file without a line is called does not depend on its pieces. */
static void names(void)
{
    FakeHost *h = smart_drive(OCP_2_5);
    char name[8];

    for (unsigned i = 0; i < 3 * UNIT; i++) {
        fake_guest(h, IMAGE)[i] = (uint8_t)(i * 7 + i / 256);
    }
    CHECK_EQ(fw_piece(h, 0, 3 * UNIT - 8), 0);
    CHECK_EQ(fw_commit(h, 2, 0), 0);
    memcpy(name, slots(h) + 16, 8);
    CHECK_EQ(fw_piece(h, 2 * UNIT, UNIT - 8), 0);
    CHECK_EQ(fw_piece(h, UNIT, UNIT), 0);
    CHECK_EQ(fw_piece(h, 0, UNIT), 0);
    CHECK_EQ(fw_commit(h, 3, 0), 0);
    CU_ASSERT(!memcmp(slots(h) + 24, name, 8));
    fake_guest(h, IMAGE)[2 * UNIT]++;
    CHECK_EQ(fw_piece(h, 0, 3 * UNIT - 8), 0);
    CHECK_EQ(fw_commit(h, 3, 0), 0);
    CU_ASSERT(memcmp(slots(h) + 24, name, 8));
    fake_host_free(h);
}

/* Slot 0: the drive chooses one that does not run and is not to run. */
static void choice(void)
{
    FakeHost *h = smart_drive(OCP_2_5);

    CHECK_EQ(fw_update(h, TWO, 0, 1), 0);
    CHECK_EQ(slots(h)[0], 1 | 2 << 4);
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=three", 0, 0), 0);
    CU_ASSERT(!memcmp(slots(h) + 8, "1.0     two     three   ", 24));
    CHECK_EQ(fw_update(h, "ocp-nvme-firmware revision=four", 0, 0), 0);
    CU_ASSERT(!memcmp(slots(h) + 8, "1.0     two     four    ", 24));
    CHECK_EQ(fw_commit(h, 0, 2), 0);
    CHECK_EQ(slots(h)[0], 1 | 2 << 4);
    CHECK_EQ(fw_commit(h, 1, 2), 0);            /* the one that runs */
    CHECK_EQ(slots(h)[0], 1 | 1 << 4);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "what Identify and the effects say", claims },
    { "no command without OCP", no_ocp },
    { "pieces in any order, and gaps", pieces },
    { "pieces that cannot be", bad_pieces },
    { "a reset forgets a download", reset },
    { "commits that cannot be", bad_commits },
    { "first lines", first_lines },
    { "lines that do not end", endless },
    { "files without a name", names },
    { "slot 0", choice },
};
OCPN_UNIT_MAIN("cmd-firmware", tests)
