/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves: OCSSD 2.0, "Write". */
#include "ocssd-host.h"

static void test_writes_move_a_chunk(void)
{
    FakeHost *h = t1_start();

    /* OCSSD-CASE-65 */
    CHECK_EQ(w(h, A, 4), 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 4));
    /* OCSSD-CASE-66 */
    CHECK_EQ(w(h, A + 4, 8), 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 12));
    /* OCSSD-CASE-67 */
    CHECK_EQ(w(h, B, 96), 0);
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    /* OCSSD-CASE-68 */
    open_chunk(h, C, 92);
    CHECK_EQ(w(h, C + 92, 4), 0);
    CHECK_EQ(st(h, IC), ST(CLOSED, 96));
    CHECK_EQ(st(h, IX), ST(FREE, 0));
    fake_host_free(h);
}

static void check_data(FakeHost *h, uint64_t lba, unsigned n)
{
    CHECK_EQ(r(h, lba, n), 0);
    for (unsigned i = 0; i < n; i++) {
        CHECK(is_block(h, i, lba + i), "block 0x%" PRIx64, lba + i);
    }
}

/* A write that is refused: how many blocks are there, what is written. */
static const struct {
    unsigned before, s, n;
    uint16_t status;
} refused[] = {
    { 0, 4, 4, 0x2f2 },                                 /* OCSSD-CASE-69 */
    { 8, 12, 4, 0x2f2 },                                /* OCSSD-CASE-70 */
    { 8, 4, 4, 0x2f2 }, { 8, 0, 4, 0x2f2 },             /* OCSSD-CASE-71 */
    { 0, 0, 2, 0x002 }, { 8, 8, 6, 0x002 },             /* OCSSD-CASE-72 */
    { 96, 0, 4, 0x280 },                                /* OCSSD-CASE-74 */
    { 92, 92, 8, 0x280 },                               /* OCSSD-CASE-76 */
    { 0, 0, 132, 0x002 },                               /* OCSSD-CASE-78 */
    { 0, 0, 100, 0x280 },       /* W4 */
    { 92, 92, 6, 0x280 },       /* W4 before W6 */
    { 8, 12, 6, 0x002 },        /* W6 before W7 */
    { 96, 0, 2, 0x280 },        /* W3 before W6 */
    { 96, 96, 4, 0x280 },
};

static void test_refused_writes_change_nothing(void)
{
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const unsigned before = refused[i].before;
        FakeHost *h = t1_start();
        uint64_t was;
        unsigned writes;

        if (before) {
            open_chunk(h, A, before);
        }
        was = st(h, IA);
        writes = h->f.media[1].writes;
        CHECK(w(h, A + refused[i].s, refused[i].n) == refused[i].status,
              "row %u", i);
        CHECK_EQ(st(h, IA), was);
        CHECK_EQ(h->f.media[1].writes, writes);
        if (before > 24) {
            check_data(h, A, before == 96 ? 96 : before - 24);
        }
        if (before < 96) {
            CHECK_EQ(w(h, A + before, 96 - before), 0);
            check_data(h, A, 96);
        }
        fake_host_free(h);
    }
}

static void test_writes_to_what_is_not_there(void)
{
    static const uint64_t lba[] = {
        0x0060, 0x0280, 0x0c00, 0x2000, 0x8000000000000000, UINT64_MAX, X,
    };
    FakeHost *h = t1_start();

    /* OCSSD-CASE-75 OCSSD-CASE-77 */
    make_offline(h, IX);
    for (unsigned i = 0; i < sizeof(lba) / sizeof(lba[0]); i++) {
        CHECK_EQ(w(h, lba[i], 4), 0x280);
        CHECK_EQ(w(h, lba[i], 2), 0x280);       /* W1 to W4 before W6 */
    }
    CHECK_EQ(st(h, IA), ST(FREE, 0));
    CHECK_EQ(st(h, IX), ST(OFFLINE, 0));
    fake_host_free(h);
}

/* OCSSD-CASE-79 */
static void test_metadata(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd;

    fill(h, A);
    check_data(h, A, 96);
    fill(h, B);                 /* stale metadata in the image */
    CHECK_EQ(VX(h, B).status, 0);
    cmd = write_cmd(h, B, 96);
    cmd.mptr = 0;
    CHECK_EQ(fake_io(h, &cmd).status, 0);
    CHECK_EQ(r(h, B, 96), 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 95 * BLOCK, 8), B + 95);
    CHECK_EQ(fake_all(fake_guest(h, META), 0, 96 * MS), true);
    fake_host_free(h);
}

static void test_open_chunk_limits(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    /* OCSSD-CASE-80 */
    s.ns[0].geo.maxoc = 2;
    h = fake_host_start(&s);
    open_chunk(h, A, 4);
    open_chunk(h, B, 4);
    CHECK_EQ(w(h, C, 4), 0x280);
    CHECK_EQ(st(h, IC), ST(FREE, 0));
    CHECK_EQ(w(h, A + 4, 92), 0);
    CHECK_EQ(w(h, C, 4), 0);
    /* ... and counted again after a restart. */
    fake_host_restart(h, false);
    CHECK_EQ(w(h, E, 4), 0x280);
    CHECK_EQ(w(h, B + 4, 92), 0);
    CHECK_EQ(w(h, E, 4), 0);
    fake_host_free(h);

    /* OCSSD-CASE-81 */
    s = t1();
    s.ns[0].geo.maxocpu = 1;
    h = fake_host_start(&s);
    open_chunk(h, A, 4);
    CHECK_EQ(w(h, B, 4), 0x280);
    CHECK_EQ(w(h, C, 4), 0);
    fake_host_free(h);

    /* OCSSD-CASE-82 */
    s = t1();
    s.ns[0].geo.maxoc = 1;
    h = fake_host_start(&s);
    open_chunk(h, A, 4);
    CHECK_EQ(w(h, B, 96), 0);
    CHECK_EQ(st(h, IB), ST(CLOSED, 96));
    CHECK_EQ(w(h, C, 4), 0x280);
    fake_host_free(h);
}

/* A reset of an Open chunk and a vector that is taken back give places back. */
static void test_places_come_back(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.maxoc = 2;
    s.ns[0].cfg.early_reset = true;
    h = fake_host_start(&s);
    for (unsigned i = 0; i < 5; i++) {
        open_chunk(h, A, 4);
        CHECK_EQ(VX(h, A).status, 0);
        CHECK_CQE(VW(h, B, B + 1, B + 2, B + 3, C, C + 1, C + 2, C + 3,
                     E, E + 1, E + 2, E + 3), 0x280, 0xfff);
        CHECK_CQE(VW(h, B, B + 1, B + 2, B + 3, C, C + 1, C + 2, C + 4),
                  0x2f2, 0xff);
        CHECK_EQ(st(h, IB), ST(FREE, 0));
    }
    open_chunk(h, A, 92);
    open_chunk(h, B, 4);
    CHECK_EQ(w(h, C, 4), 0x280);
    /* The chunk that this command fills makes room for the one it opens. */
    CHECK_CQE(VW(h, A + 92, A + 93, A + 94, A + 95, C, C + 1, C + 2, C + 3),
              0, 0);
    CHECK_EQ(w(h, E, 4), 0x280);
    fake_host_free(h);

    /* A chunk that was filled and is taken back is Open again. */
    s = t1();
    s.ns[0].geo.maxocpu = 1;
    h = fake_host_start(&s);
    open_chunk(h, A, 92);
    CHECK_CQE(VW(h, A + 92, A + 93, A + 94, A + 95, C, C + 1, C + 2, C + 4),
              0x2f2, 0xff);
    CHECK_EQ(w(h, B, 4), 0x280);
    CHECK_EQ(w(h, A + 92, 4), 0);
    CHECK_EQ(w(h, B, 4), 0);
    fake_host_free(h);
}

static FakeCqe reap(FakeHost *h)
{
    fake_run(&h->f);
    return fake_reap(h, 1);
}

static void test_several_at_once(void)
{
    FakeHost *h = t1_start();
    FakeCmd first = write_cmd(h, A, 4), next = write_cmd(h, A + 4, 4);

    /* OCSSD-CASE-83 */
    fake_queue(h, 1, &first);
    fake_submit(h, 1, &next);
    CHECK_EQ(reap(h).status, 0);
    CHECK_EQ(reap(h).status, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    fake_host_free(h);

    /* OCSSD-CASE-84 */
    h = t1_start();
    {
        uint16_t cid[3], want[3] = { 0, 0x2f2, 0 };

        cid[0] = fake_queue(h, 1, &first);
        cid[1] = fake_queue(h, 1, &first);
        cid[2] = fake_submit(h, 1, &next);
        for (unsigned i = 0; i < 3; i++) {
            FakeCqe e = reap(h);

            CU_ASSERT_TRUE(e.found);
            for (unsigned j = 0; j < 3; j++) {
                if (e.cid == cid[j]) {
                    CHECK_EQ(e.status, want[j]);
                }
            }
        }
    }
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    fake_host_free(h);
}

static void test_flags_and_namespaces(void)
{
    FakeHost *h = t1_start();
    FakeCmd cmd = write_cmd(h, A, 96);

    /* OCSSD-CASE-85 */
    cmd.cdw12 |= 0xc0000000;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
    check_data(h, A, 96);
    cmd = scalar(h, 0x02, A, 4);
    cmd.cdw12 |= 0xc0000000;
    CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0);
    CHECK_EQ(is_block(h, 3, 3), true);
    /* OCSSD-CASE-86 */
    for (uint32_t nsid = 0; nsid < 3; nsid += 2) {
        cmd = write_cmd(h, B, 4);
        cmd.nsid = nsid;
        CHECK_EQ(scalar_status(fake_io(h, &cmd)), 0x00b);
    }
    /* OCSSD-CASE-88 */
    open_chunk(h, B, 8);
    CHECK_EQ(fake_io(h, &(FakeCmd) { .opc = 0, .nsid = 1 }).status, 0);
    CHECK_EQ(st(h, IB), ST(OPEN, 8));
    CHECK_EQ(st(h, IA), ST(CLOSED, 96));
    fake_host_free(h);
}

/* OCSSD-CASE-87 */
static void test_custom_size(void)
{
    FakeHost *h = t1_start();
    const uint64_t small = 4 << 7;

    condition(h, 4, (Entry) { .state = 1, .type = 0x11, .cnlb = 64 });
    CHECK_EQ(w(h, small, 68), 0x280);
    CHECK_EQ(w(h, small, 64), 0);
    CHECK_EQ(st(h, 4), ST(CLOSED, 64));
    CHECK_EQ(w(h, small + 64, 4), 0x280);
    check_data(h, small, 64);
    CHECK_EQ(r(h, small + 60, 8), 0);
    CHECK_EQ(is_block(h, 3, small + 63), true);
    CHECK_EQ(is_zero(h, 4), true);
    fake_host_free(h);
}

/* Failure row 5: the last block of the last chunk has a place, data and all. */
static void test_the_last_block(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.num_grp = 3;
    s.ns[0].geo.num_pu = 5;
    s.ns[0].geo.num_chk = 7;
    h = fake_host_start(&s);
    {
        const uint64_t last = 2 << 13 | 4 << 10 | 6 << 7;

        fill(h, last);
        check_data(h, last, 96);
        CHECK_EQ(st(h, 104), ST(CLOSED, 96));
        CHECK_EQ(w(h, last + 0x80, 4), 0x280);
    }
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "writes move a chunk",             test_writes_move_a_chunk },
    { "refused writes change nothing",   test_refused_writes_change_nothing },
    { "writes to what is not there",     test_writes_to_what_is_not_there },
    { "metadata",                        test_metadata },
    { "open chunk limits",               test_open_chunk_limits },
    { "places come back",                test_places_come_back },
    { "several at once",                 test_several_at_once },
    { "flags and namespaces",            test_flags_and_namespaces },
    { "custom size",                     test_custom_size },
    { "the last block",                  test_the_last_block },
};
OCPN_UNIT_MAIN("chunk writes", tests)
