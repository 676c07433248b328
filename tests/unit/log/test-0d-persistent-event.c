/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Persistent Event Log (Log Identifier 0Dh)": the
 * header, reporting contexts, and what a host may ask for.  The events are in
 * test-pel-event.c, the ring in test-pel.c.
 */
#include "hw/ocp-nvme/core/pel.h"
#include "pel-unit.h"

static PelLog t;

/* STD-LOG-9 */
static void header(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *b = t.b;
    uint8_t id[4096];

    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    memcpy(id, fake_guest(h, FAKE_BUF), sizeof(id));
    CHECK_EQ(id[261] & 0x10, 0x10);             /* LPA */
    CHECK_EQ(bytes_at(id + 352, 4), 1);         /* PELS: 64 KiB */
    fake_advance(&h->f, UINT64_C(7200) * 1000000000);
    pel_read(h, &t);
    CHECK_EQ(b[0], 0x0d);
    CU_ASSERT(fake_all(b + 1, 0, 3));
    CHECK_EQ(bytes_at(b + 4, 4), t.n);
    CHECK_EQ(bytes_at(b + 8, 8), t.len);
    CU_ASSERT(t.len <= 65536);
    CHECK_EQ(b[16], 2);
    CHECK_EQ(bytes_at(b + 18, 2), 492);
    CHECK_EQ(bytes_at(b + 28, 8), 2);           /* power-on hours */
    CHECK_EQ(bytes_at(b + 44, 8), 1);           /* power cycles */
    CU_ASSERT(!memcmp(b + 52, id, 4));          /* VID, SSVID */
    CU_ASSERT(!memcmp(b + 56, id + 4, 60));     /* SN, MN */
    CU_ASSERT(!memcmp(b + 116, id + 768, 256));
    CHECK_EQ(bytes_at(b + 372, 2), 1);
    CHECK_EQ(bytes_at(b + 374, 4), 0x50000);    /* read: there is a context */
    CU_ASSERT(fake_all(b + 378, 0, 102));
    CHECK_EQ(bytes_at(b + 480, 4), 0x37fe);     /* 01h to 0Ah, 0Ch, 0Dh */
    CU_ASSERT(fake_all(b + 484, 0, 28));
    fake_host_free(h);
}

static void before_2_0(void)
{
    FakeHost *h = pel_start(OCP_2_0);

    pel_read(h, &t);
    CHECK_EQ(t.b[16], 1);
    CU_ASSERT(fake_all(t.b + 372, 0, 108));
    CHECK_EQ(pel_get(h, PEL_HEADER, 0, 512), 0x002);
    CHECK_EQ(fake_error_location(h), 41);       /* CDW10 15:8 */
    CHECK_EQ(fake_get_log(h, 0, 0, 0, 1024).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * 0x0d, 4), 1);
    fake_host_free(h);

    h = pel_start(OCP_2_5);
    CHECK_EQ(fake_get_log(h, 0, 0, 0, 1024).status, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 4 * 0x0d, 4), 0x10001);
    fake_host_free(h);

    h = pel_start(OCP_OFF);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0x109);
    CHECK_EQ(fake_identify(h, 1, 0).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[261] & 0x10, 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 352, 4), 0);
    fake_host_free(h);
}

/* Actions 0 to 3, with and without a context. */
static void contexts(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *b = fake_guest(h, FAKE_BUF);

    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    CHECK_EQ(pel_get(h, PEL_RELEASE, 0, 512), 0);   /* none: no error */
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    CHECK_EQ(bytes_at(b + 374, 4), 0);              /* there was none */
    CHECK_EQ(bytes_at(b + 372, 2), 1);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0x00c);
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0);
    CHECK_EQ(bytes_at(b + 372, 2), 1);
    CHECK_EQ(bytes_at(b + 374, 4), 0x50000);
    CHECK_EQ(pel_get(h, PEL_HEADER, 0, 512), 0);    /* the same one */
    CHECK_EQ(bytes_at(b + 372, 2), 1);
    CHECK_EQ(bytes_at(b + 374, 4), 0x50000);

    memset(fake_guest(h, FAKE_BUF), 0xa5, 512);
    CHECK_EQ(pel_get(h, PEL_RELEASE, 0, 512), 0);
    CU_ASSERT(fake_all(b, 0xa5, 512));              /* nothing is sent */
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    CHECK_EQ(pel_get(h, PEL_HEADER, 0, 512), 0);
    CHECK_EQ(bytes_at(b + 372, 2), 2);
    CHECK_EQ(bytes_at(b + 374, 4), 0);
    CHECK_EQ(pel_get(h, PEL_READ, 512, 24), 0);
    fake_host_free(h);
}

/* Action 3 reads the header, whatever offset and length say. */
static void only_the_header(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    uint8_t *b = fake_guest(h, FAKE_BUF);

    memset(b, 0xa5, 1024);
    CHECK_EQ(pel_get(h, PEL_HEADER, 0x100000, 1024), 0);
    CHECK_EQ(b[0], 0x0d);
    CHECK_EQ(bytes_at(b + 372, 2), 1);
    CU_ASSERT(fake_all(b + 512, 0xa5, 512));
    fake_host_free(h);
}

/* What is established does not change; what comes is in the next one. */
static void stable(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    static PelLog again;
    uint8_t data[16] = { 0 };

    pel_establish(h, &t);
    for (unsigned i = 0; i < 3000; i++) {
        ocpn_pel_add(h->c, 0x05, 1, data, sizeof(data));
    }
    fake_run(&h->f);
    pel_rest(h, &again);
    CHECK_EQ(again.len, t.len);
    CU_ASSERT(!memcmp(again.b, t.b, t.len));
    CHECK_EQ(pel_get(h, PEL_RELEASE, 0, 4), 0);
    pel_read(h, &again);
    CU_ASSERT(again.n > t.n);
    CHECK_EQ(bytes_at(again.b + 372, 2), 2);
    fake_host_free(h);
}

/* A Controller Level Reset ends a context. */
static void reset(void)
{
    FakeHost *h = pel_start(OCP_2_5);

    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    CU_ASSERT(fake_disable(h) && fake_enable(h));
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    fake_host_restart(h, true);
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    CHECK_EQ(bytes_at(fake_guest(h, FAKE_BUF) + 372, 2), 3);
    fake_host_free(h);
}

static void hostile(void)
{
    FakeHost *h = pel_start(OCP_2_5);
    const uint8_t *b = fake_guest(h, FAKE_BUF);
    uint64_t len;

    /* What is refused establishes nothing. */
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0x100000, 512), 0x002);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 2, 512), 0x002);
    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 0x200000), 0x002);
    CHECK_EQ(fake_get_log(h, 0x0d, 1, 0, 512).status, 0x002);
    CHECK_EQ(fake_get_log(h, 0x0d, 99, 0, 512).status, 0x00b);
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    CHECK_EQ(pel_get(h, PEL_READ, UINT32_MAX, 512), 0x00c);

    CHECK_EQ(pel_get(h, PEL_ESTABLISH, 0, 512), 0);
    len = bytes_at(b + 8, 8);
    CHECK_EQ(pel_get(h, PEL_READ, (uint32_t)(len + 4) & ~3u, 512), 0x002);
    CHECK_EQ(pel_get(h, PEL_READ, 0xfffffffc, 512), 0x002);
    memset(fake_guest(h, FAKE_BUF), 0xa5, 4096);
    CHECK_EQ(pel_get(h, PEL_READ, (uint32_t)(len - 4) & ~3u, 4096), 0);
    CU_ASSERT(fake_all(b + 8, 0, 4088));        /* behind its end */
    CHECK_EQ(pel_get(h, PEL_RELEASE, 0xfffffffe, 0x200000), 0);
    CHECK_EQ(pel_get(h, PEL_READ, 0, 512), 0x00c);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "the header, and Identify", header },
    { "of NVMe 1.4, and without OCP", before_2_0 },
    { "contexts are made, read and released", contexts },
    { "512 bytes of header", only_the_header },
    { "a context does not change", stable },
    { "a reset ends a context", reset },
    { "hostile offsets and lengths", hostile },
};
OCPN_UNIT_MAIN("log 0d", tests)
