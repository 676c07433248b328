/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: what must be on the medium when a command completes.
 * Proves: NVM Command Set 1.0, Force Unit Access; NVMe Base 2.0, Flush
 * command, Volatile Write Cache.
 *
 * QEMU's blklogwrites driver notes every write below the drive, and whether
 * it was forced (FUA) or followed by a flush.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "qocpn.h"

#define SECTOR      512
/* An OCP drive calls what it has acknowledged safe, with a cache or not. */
#define NO_OCP      ",ocp-version=off"
#define FLUSHED     1u          /* flags of an entry */
#define FORCED      2u

typedef struct Fixture {
    QOcpn *q;
    char *log;
    bool cache;                 /* Identify claims a volatile write cache */
} Fixture;

static Fixture *start(void)
{
    Fixture *f = g_new0(Fixture, 1);
    uint8_t id[4096];
    int fd = g_file_open_tmp("ocp-nvme-log-XXXXXX", &f->log, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    f->q = qocpn_start(&(QOcpnSetup) {
        .log = f->log, .props = qocpn_is_upstream() ? NULL : NO_OCP,
    });
    g_assert_cmphex(qocpn_identify(f->q, 0x01, 0, id), ==, 0);
    f->cache = id[525] & 1;
    return f;
}

static void stop(Fixture *f)
{
    qocpn_stop(f->q);
    g_unlink(f->log);
    g_free(f->log);
    g_free(f);
}

/*
 * The log while nothing is written to it: what the drive writes for itself may
 * come between the reads of an entry's header and of its data.
 */
static char *read_log(Fixture *f, gsize *len)
{
    gint64 end = qocpn_deadline();
    char *log = NULL;

    g_assert_true(g_file_get_contents(f->log, &log, len, NULL));
    for (;;) {
        char *again = NULL;
        gsize now = 0;
        bool same;

        g_usleep(1000);
        g_assert_true(g_file_get_contents(f->log, &again, &now, NULL));
        same = now == *len && !memcmp(log, again, now);
        g_free(log);
        log = again;
        *len = now;
        if (same) {
            return log;
        }
        g_assert_cmpint(g_get_monotonic_time(), <, end);
    }
}

/* How many entries of the log have one of these flags. */
static unsigned count(Fixture *f, uint64_t flags)
{
    gsize len, at = SECTOR;
    g_autofree char *log = read_log(f, &len);
    unsigned n = 0;

    while (at + SECTOR <= len) {
        uint64_t entry = ldq_le_p(log + at + 16);
        bool discard = entry & 4;
        uint64_t sectors = ldq_le_p(log + at + 8);

        n += (entry & flags) != 0;
        at += SECTOR + (discard ? 0 : sectors * SECTOR);
    }
    return n;
}

static QOcpnCqe write_block(Fixture *f, uint8_t opc, uint32_t flags)
{
    QOcpnCmd cmd = qocpn_rw(opc, 8, 1);

    cmd.prp1 = f->q->buf;
    cmd.cdw12 |= flags;
    return qocpn_io(f->q, &cmd);
}

/*
 * FAILURE-CASE-20 FAILURE-CASE-64
 * Each command that can carry FUA, in bit 30 of dword 12.
 */
static void forced_writes(void)
{
    static const uint8_t opc[] = { NVME_IO_WRITE, NVME_IO_WRITE_ZEROES };
    Fixture *f = start();

    for (size_t i = 0; i < ARRAY_SIZE(opc); i++) {
        for (unsigned n = 0; n < 3; n++) {
            unsigned before = count(f, FORCED | FLUSHED);

            QOCPN_OK(write_block(f, opc[i], 1u << 30));
            g_assert_cmpuint(count(f, FORCED | FLUSHED), >, before);
        }
    }
    stop(f);
}

/* A drive without a volatile cache forces every write. */
static void writes_without_cache(void)
{
    Fixture *f = start();

    for (unsigned n = 0; n < 3; n++) {
        unsigned before = count(f, FORCED | FLUSHED);

        QOCPN_OK(write_block(f, NVME_IO_WRITE, 0));
        if (!f->cache) {
            g_assert_cmpuint(count(f, FORCED | FLUSHED), >, before);
        }
    }
    stop(f);
}

static void flushes(void)
{
    Fixture *f = start();

    for (unsigned n = 0; n < 3; n++) {
        unsigned before;

        QOCPN_OK(write_block(f, NVME_IO_WRITE, 0));
        before = count(f, FLUSHED);
        QOCPN_OK(qocpn_io(f->q, &(QOcpnCmd) { .nsid = 1 }));
        if (f->cache) {
            g_assert_cmpuint(count(f, FLUSHED), >, before);
        }
    }
    stop(f);
}

/* A normal shutdown leaves nothing behind in a cache. */
static void shutdown_flushes(void)
{
    Fixture *f = start();
    unsigned before;

    QOCPN_OK(write_block(f, NVME_IO_WRITE, 0));
    before = count(f, FLUSHED);
    qocpn_writel(f->q, NVME_REG_CC, QOCPN_CC | 1u << 14);
    QOCPN_UNTIL(f->q, extract32(qocpn_readl(f->q, NVME_REG_CSTS), 2, 2) == 2);
    g_assert_cmpuint(count(f, FLUSHED), >, before);
    stop(f);
}

static const QOcpnTest tests[] = {
    { "FUA reaches the medium", forced_writes, "hw/nvme ignores FUA" },
    { "without a write cache every write reaches the medium",
      writes_without_cache },
    { "Flush reaches the medium", flushes },
    { "a normal shutdown reaches the medium", shutdown_flushes },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "fua", tests, ARRAY_SIZE(tests));
}
