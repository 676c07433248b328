/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: specification notes, 8.1 (T18, T19) and 10, "set chunk state": the
 * chunks of a running drive by description.
 */
#include "hw/ocp-nvme/core/chunk-set.h"
#include "hw/ocp-nvme/core/fault.h"
#include "hw/ocp-nvme/core/ns.h"
#include "ocssd-host.h"

static bool set(FakeHost *h, const char *line, uint32_t *n, OcpnError *err)
{
    OcpnChunkSet s;

    CHECK_EQ(ocpn_chunk_set_parse(line, &s, err), 1);
    return ocpn_chunks_set(ocpn_ns_get(h->c, 1), &s, n, err);
}

static void must_set(FakeHost *h, const char *line, uint32_t want)
{
    OcpnError err = { "" };
    uint32_t n = 0;

    CHECK_EQ(set(h, line, &n, &err), true);
    CHECK_EQ(n, want);
    fake_run(&h->f);
}

static void must_refuse(FakeHost *h, const char *line, const char *why)
{
    OcpnError err = { "" };
    uint32_t n;

    CHECK_EQ(set(h, line, &n, &err), false);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, why));
}

/* T18: it is lost, and the host is told: state 8h, mask 2h (5.4). */
static void test_offline(void)
{
    FakeHost *h = t1_start();
    const uint8_t *p;

    fill(h, A);
    must_set(h, "grp=0 pu=0 chk=0 state=offline", 1);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(r(h, A, 1), 0);
    CHECK_EQ(is_zero(h, 0), true);
    CHECK_EQ(w(h, A, 4), 0x280);
    CHECK_EQ(fake_get_log(h, 0xd0, 1, 0, 64).status, 0);
    p = fake_guest(h, FAKE_BUF);
    CHECK_EQ(bytes_at(p, 8), 1);
    CHECK_EQ(bytes_at(p + 8, 8), A);
    CHECK_EQ(bytes_at(p + 20, 2), 0x0008);
    CHECK_EQ(p[22], 0x02);
    /* It was so already: no news. */
    must_set(h, "grp=0 pu=0 chk=0 state=offline", 1);
    CHECK_EQ(fake_get_log(h, 0xd0, 1, 0, 64).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF), 8), 0);
    fake_host_restart(h, false);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    fake_host_free(h);
}

/* T19: the drive closes a chunk by itself; the window is lifted. */
static void test_closed(void)
{
    FakeHost *h = t1_start();

    open_chunk(h, A, 40);
    must_set(h, "lba=0 state=closed wp=40", 1);
    CHECK_EQ(st(h, IA), ST(CLOSED, 40));
    CHECK_EQ(r(h, A + 39, 1), 0);
    CHECK_EQ(is_block(h, 0, A + 39), true);
    CHECK_EQ(w(h, A + 40, 4), 0x280);
    CHECK_CQE(VX(h, A), 0, 0);
    fake_host_free(h);
}

/* Places of MAXOC are taken and given back. */
static void test_open_chunks_are_counted(void)
{
    FakeSetup s = t1();
    FakeHost *h;

    s.ns[0].geo.maxoc = 2;
    h = fake_host_start(&s);
    must_set(h, "grp=0 pu=0 chk=0-1 state=open wp=8", 2);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    CHECK_EQ(w(h, C, 4), 0x280);
    must_set(h, "grp=0 pu=0 chk=1 state=free", 1);
    CHECK_EQ(w(h, C, 4), 0);
    CHECK_EQ(w(h, B, 4), 0x280);
    CHECK_EQ(w(h, A + 8, 4), 0);
    fake_host_free(h);
}

static void test_wear(void)
{
    FakeHost *h = t1_start();

    must_set(h, "grp=1 wi=200", 15);
    CHECK_EQ(descriptor(h, IE)[2], 200);
    CHECK_EQ(descriptor(h, IA)[2], 0);
    fake_host_restart(h, false);
    CHECK_EQ(descriptor(h, IF)[2], 200);
    fake_host_free(h);
}

/* Lost blocks stay lost if only the wear changes, else they are forgotten. */
static void test_lost_blocks(void)
{
    FakeHost *h = t1_start();
    OcpnFaultRule rule;
    OcpnError err;

    CHECK_EQ(ocpn_fault_parse("write-next-unit lba=0", &rule, &err), true);
    CU_ASSERT_NOT_EQUAL(ocpn_fault_add(h->c, &rule, &err), 0);
    CHECK_EQ(w(h, A, 4), 0x2f0);
    CHECK_EQ(w(h, A + 4, 92), 0);
    must_set(h, "lba=0 wi=7", 1);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(r(h, A, 8), 0);
        CHECK_EQ(is_zero(h, 3), true);
        CHECK_EQ(is_block(h, 4, A + 4), true);
        fake_host_restart(h, false);
    }
    must_set(h, "lba=0 state=free", 1);
    fake_host_restart(h, false);
    fill(h, A);
    CHECK_EQ(r(h, A, 4), 0);
    CHECK_EQ(is_block(h, 0, A), true);
    fake_host_free(h);
}

static void test_refusals(void)
{
    FakeHost *h = t1_start();
    FakeSetup s = { .ns = { FAKE_CONVENTIONAL(1) } };

    open_chunk(h, A, 8);
    must_refuse(h, "pu=3 state=free", "pu=3");
    must_refuse(h, "lba=0 type=random", "set-chunks");
    must_refuse(h, "lba=0 cnlb=64", "set-chunks");
    /* One chunk of several cannot be: none changes. */
    must_refuse(h, "grp=0 pu=0 wp=12", "chunk 1");
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    fake_host_free(h);
    h = fake_host_start(&s);
    must_refuse(h, "chk=0 state=offline", "conventional");
    fake_host_free(h);
}

/* A chunk with a write under way is left alone. */
static void test_busy(void)
{
    FakeHost *h = t1_start();

    h->f.hold = true;
    submit_write(h, 1, A, 8);
    must_refuse(h, "lba=0 state=free", "under way");
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    fake_host_free(h);
}

/* What another thread does while the first chunk has been set already. */
static void (*next_trace)(void *, OcpnTrace, uint64_t, uint64_t);
static FakeHost *busy_host;

static void write_beside(void *o, OcpnTrace event, uint64_t a, uint64_t b)
{
    FakeHost *h = busy_host;

    next_trace(o, event, a, b);
    if (h && event == OCPN_TRACE_CHUNK && (uint32_t)a == IA) {
        busy_host = NULL;
        submit_write(h, 1, B, 8);
    }
}

/* All or none, though commands come meanwhile: they wait. */
static void test_beside_commands(void)
{
    FakeHost *h = t1_start();
    FakeCqe e;

    fill(h, A);
    next_trace = h->f.port.trace;
    h->f.port.trace = write_beside;
    fake_host_restart(h, true);
    busy_host = h;
    must_set(h, "grp=0 pu=0 chk=0-1 state=offline", 2);
    CU_ASSERT_PTR_NULL(busy_host);
    CHECK_EQ(st(h, IA), ST(OFFLINE, 0));
    CHECK_EQ(st(h, IB), ST(OFFLINE, 0));
    e = fake_reap(h, 1);
    CU_ASSERT_TRUE(e.found);
    CHECK_EQ(e.status, 0x280);
    fake_host_free(h);
}

/* One of several cannot be: those before it can be used at once. */
static void test_none(void)
{
    FakeHost *h = t1_start();

    open_chunk(h, A, 8);
    h->f.hold = true;
    submit_write(h, 1, B, 8);
    must_refuse(h, "grp=0 pu=0 chk=0-1 state=offline", "chunk 1 has commands");
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    CHECK_EQ(fake_reap(h, 1).status, 0);
    CHECK_EQ(st(h, IA), ST(OPEN, 8));
    CHECK_EQ(st(h, IB), ST(OPEN, 8));
    CHECK_EQ(w(h, A + 8, 8), 0);
    CHECK_EQ(w(h, B + 8, 8), 0);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "offline",                        test_offline },
    { "closed",                         test_closed },
    { "open chunks are counted",        test_open_chunks_are_counted },
    { "wear",                           test_wear },
    { "lost blocks",                    test_lost_blocks },
    { "refusals",                       test_refusals },
    { "a chunk in use",                 test_busy },
    { "commands that come meanwhile",   test_beside_commands },
    { "none if one cannot be",          test_none },
};
OCPN_UNIT_MAIN("chunks-set", tests)
