/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a drive of 15 TiB, in a sparse file.
 *
 * Starting it costs memory by chunks, not by blocks: it is compared with that
 * of a drive of 64 MiB.  The processor time is printed, not judged.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

/* The largest file of an ext4 file system is a little short of 16 TiB. */
#define BIG         (15 * TiB)

#define CHUNK_BYTES 32          /* of QEMU's memory, at most */
#define SLACK       (8 * MiB)   /* tables that do not grow with the drive */

typedef struct Cost {
    double cpu;                 /* seconds */
    uint64_t resident;          /* bytes */
} Cost;

static Cost cost(QOcpn *q)
{
    g_autofree char *stat = g_strdup_printf("/proc/%d/stat",
                                            qtest_pid(q->qts));
    g_autofree char *text = NULL;
    unsigned long user = 0, system = 0;
    long pages = 0;

    g_assert_true(g_file_get_contents(stat, &text, NULL, NULL));
    /* Fields 14, 15 and 24; the name in field 2 ends with a parenthesis. */
    g_assert_cmpint(sscanf(strrchr(text, ')') + 2,
                           "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
                           "%lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
                           &user, &system, &pages), ==, 3);
    return (Cost) {
        .cpu = (double)(user + system) / sysconf(_SC_CLK_TCK),
        .resident = (uint64_t)pages * qemu_real_host_page_size(),
    };
}

static Cost cost_of(uint64_t size, uint64_t *chunks)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .open_channel = true, .size = size, .ms = 16,
    });
    QOcpnGeometry g = qocpn_geometry(q);
    Cost c = cost(q);

    *chunks = (uint64_t)g.num_grp * g.num_pu * g.num_chk;
    /* The last chunk is as good as the first. */
    g_assert_cmphex(qocpn_chunk(q, *chunks - 1).cs, ==, 1);
    qocpn_stop(q);
    return c;
}

static void starts_fast(void)
{
    uint64_t few, many;
    Cost little = cost_of(64 * MiB, &few);
    Cost big = cost_of(BIG, &many);

    g_test_message("%" PRIu64 " chunks: %.2f s, %" PRIu64 " MiB; %" PRIu64
                   " chunks: %.2f s, %" PRIu64 " MiB", few, little.cpu,
                   little.resident / MiB, many, big.cpu, big.resident / MiB);
    g_assert_cmpuint(big.resident, <,
                     little.resident + SLACK + (many - few) * CHUNK_BYTES);
}

static const QOcpnTest tests[] = {
    { "a drive of 15 TiB takes 32 bytes of memory a chunk",
      starts_fast, "hw/nvme is no open-channel drive" },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "scale", tests, ARRAY_SIZE(tests));
}
