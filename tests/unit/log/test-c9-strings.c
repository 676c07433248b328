/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: OCP Datacenter NVMe SSD, "Telemetry String Log (Log Identifier
 * C9h)", read from the specification's offsets.
 */
#include "hw/ocp-nvme/core/telemetry.h"
#include "telemetry-unit.h"

#define PAGE_MAX    8192u

typedef struct Strings {
    uint8_t b[PAGE_MAX];
    size_t  len;
} Strings;

static Strings s;
static TelLog t;

static FakeHost *start(bool strict)
{
    FakeSetup setup = tel_drive(OCP_2_5);

    setup.cfg.ocp.no_string_compat = strict;
    return fake_host_start(&setup);
}

/* As tools do: the header, then the page by its size. */
static void read_page(FakeHost *h)
{
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 432), 0);
    s.len = (size_t)bytes_at(fake_guest(h, FAKE_BUF) + 32, 8) * 4;
    CU_ASSERT_FATAL(s.len > 432 && s.len <= PAGE_MAX);
    memset(fake_guest(h, FAKE_BUF), 0xa5, PAGE_MAX + 4096);
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, (uint32_t)s.len), 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[s.len], 0xa5);
    memcpy(s.b, fake_guest(h, FAKE_BUF), s.len);
}

/* Table at header byte AT: where it is, and its bytes. */
static const uint8_t *table(unsigned at, size_t *size)
{
    size_t start = (size_t)bytes_at(s.b + at, 8) * 4;

    *size = (size_t)bytes_at(s.b + at + 8, 8) * 4;
    CU_ASSERT_FATAL(start >= 432 && start <= s.len && *size <= s.len - start);
    CHECK_EQ(*size % 16, 0);
    return s.b + start;
}

/* The text of entry E, N characters more than its length says. */
static const char *text(const uint8_t *e, unsigned more)
{
    static char buf[300];
    size_t size, at = (size_t)bytes_at(e + 4, 8) * 4, len = e[3] + more;
    const uint8_t *ascii = table(112, &size);

    CU_ASSERT_FATAL(at <= size && len <= size - at);
    memcpy(buf, ascii + at, len);
    buf[len] = '\0';
    return buf;
}

/* The entry of (CLASS, ID) in the event table at header byte AT, or NULL. */
static const uint8_t *event(unsigned at, uint8_t class, uint16_t id)
{
    size_t size;
    const uint8_t *e = table(at, &size);

    for (; size; e += 16, size -= 16) {
        if (e[0] == class && bytes_at(e + 1, 2) == id) {
            return e;
        }
    }
    return NULL;
}

/* OCP-CASE-115: STATI-31, names of vendor specific statistics */
static void layout(void)
{
    static const uint8_t guid[16] = {
        0x44, 0xaa, 0x57, 0x00, 0x94, 0x95, 0xa4, 0x9e,
        0x8b, 0x40, 0x8f, 0x1a, 0x69, 0x83, 0x3a, 0xb1,
    };

    for (unsigned strict = 0; strict < 2; strict++) {
        FakeHost *h = start(strict);
        size_t at = 432;

        read_page(h);
        CHECK_EQ(s.b[0], 1);
        CU_ASSERT(fake_all(s.b + 1, 0, 15));
        CU_ASSERT(!memcmp(s.b + 16, guid, 16));
        CU_ASSERT(fake_all(s.b + 40, 0, 24));
        CHECK_EQ(bytes_at(s.b + 64, 8), 108);
        for (unsigned head = 64; head < 128; head += 16) {
            CHECK_EQ(bytes_at(s.b + head, 8) * 4, at);
            CU_ASSERT(bytes_at(s.b + head + 8, 8) > 0);
            at += (size_t)bytes_at(s.b + head + 8, 8) * 4;
        }
        CHECK_EQ(at, s.len);                    /* SLS is their sum */
        CU_ASSERT(fake_all(s.b + 384, 0, 48));
        fake_host_free(h);
    }
}

/* Every entry of every table: ascending, readable, and what may be there. */
static void entries(bool strict)
{
    for (unsigned head = 64; head < 112; head += 16) {
        size_t size;
        const uint8_t *e = table(head, &size);
        uint32_t last = 0;

        for (; size; e += 16, size -= 16) {
            uint32_t key = head == 64 ? (uint32_t)bytes_at(e, 2)
                                      : (uint32_t)e[0] << 16 |
                                        (uint32_t)bytes_at(e + 1, 2);
            const char *name;

            CHECK(key > last || (!last && !key), "key %x after %x", key,
                  last);
            last = key;
            CHECK_EQ(bytes_at(e + 12, 4), 0);
            CU_ASSERT(head != 64 || (key >= 0x8000 && !e[2]));
            CU_ASSERT(head != 80 || e[0] >= 0x80);
            CU_ASSERT(head != 96 || !strict || (e[0] >= 1 && e[0] <= 9));
            CU_ASSERT(e[3] > 1 && e[3] < 200);
            name = text(e, strict);
            for (size_t i = 0; name[i]; i++) {
                CHECK(name[i] >= ' ' && name[i] <= '~', "%s", name);
            }
            CHECK(name[strlen(name) - 1] != ' ', "\"%s\" ends so", name);
            if (!strict) {      /* readers that take one more see a space */
                name = text(e, 1);
                CHECK_EQ(name[strlen(name) - 1], ' ');
            }
        }
    }
}

static void readable(void)
{
    for (unsigned strict = 0; strict < 2; strict++) {
        FakeHost *h = start(strict);
        size_t size;
        const uint8_t *ascii;

        read_page(h);
        entries(strict);
        ascii = table(112, &size);
        for (size_t i = 0; i < size; i++) {
            CU_ASSERT(ascii[i] >= ' ' && ascii[i] <= '~');
        }
        fake_host_free(h);
    }
}

/* OCP-CASE-110: FIFOs are there by name */
static void fifos(void)
{
    FakeHost *h = start(false);

    read_page(h);
    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    for (unsigned i = 0; i < 16; i++) {
        const char *name = (const char *)s.b + 128 + 16 * i;

        CHECK_EQ(name[15], 0);
        CHECK_EQ(name[0] != 0, t.b[512 + 160 + i] != 0);
        CU_ASSERT(fake_all(name + strlen(name), 0, 16 - strlen(name)));
    }
    CU_ASSERT(!memcmp(s.b + 128, "Controller", 11));
    fake_host_free(h);
}

/* OCP-CASE-116: where tools look for names of vendor specific classes */
static void lookups(void)
{
    for (unsigned strict = 0; strict < 2; strict++) {
        FakeHost *h = start(strict);
        const uint8_t *e;
        TelEvent ev = { 0 };

        tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
        tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
        CHECK_EQ(tel_count(&t, 3, 0x84, 3, &ev), 1);
        CHECK_EQ(bytes_at(ev.data, 2), 3);      /* read as a vendor event */
        read_page(h);
        e = event(80, 0x84, 3);
        CU_ASSERT_FATAL(e != NULL);
        CHECK_HAS(text(e, strict), "Telemetry Captured");
        e = event(96, 0x84, 3);
        CHECK_EQ(e != NULL, !strict);
        if (e) {
            CHECK_HAS(text(e, strict), "Telemetry Captured");
        }
        fake_host_free(h);
    }
}

/* Every vendor specific statistic of the log has its name. */
static void statistics(void)
{
    FakeHost *h = start(false);
    size_t size;
    const uint8_t *e;
    unsigned count;

    tel_read(h, TEL_HOST, TEL_CREATE, 2, &t);
    read_page(h);
    e = table(64, &size);
    CHECK_EQ(size / 16, 4);
    for (; size; e += 16, size -= 16) {
        CU_ASSERT(tel_stat(&t, 2, (uint16_t)bytes_at(e, 2), &count) != NULL);
    }
    fake_host_free(h);
}

/* Any offset and length; NSID as on all pages of OCP; since 2.5. */
static void asked(void)
{
    static const struct {
        OcpVersion version;
        uint16_t status;
    } since[] = {
        { OCP_OFF, 0x109 }, { OCP_1_0, 0x109 }, { OCP_2_0, 0x109 },
        { OCP_2_5, 0 }, { OCP_2_7, 0 },
    };
    FakeHost *h = start(false);

    read_page(h);
    for (uint32_t off = 0; off < s.len; off += 52) {
        CHECK_EQ(tel_get(h, 0xc9, TEL_READ, off, 16), 0);
        CU_ASSERT(!memcmp(fake_guest(h, FAKE_BUF), s.b + off,
                          s.len - off < 16 ? s.len - off : 16));
    }
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, (uint32_t)s.len, 16), 0x002);
    CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 4096), 0);
    CHECK_EQ(fake_get_log(h, 0xc9, 0, 0, 432).status, 0);
    CHECK_EQ(fake_get_log(h, 0xc9, 1, 0, 432).status, 0);
    CHECK_EQ(fake_get_log(h, 0xc9, 99, 0, 432).status, 0x002);
    fake_host_free(h);
    for (size_t i = 0; i < sizeof(since) / sizeof(since[0]); i++) {
        h = tel_start(since[i].version);
        CHECK_EQ(tel_get(h, 0xc9, TEL_READ, 0, 432), since[i].status);
        fake_host_free(h);
    }
}

static const OcpnTest tests[] = {
    { "the header and where the tables are", layout },
    { "entries ascend and their text is text", readable },
    { "names of FIFOs", fifos },
    { "names of events, where tools look", lookups },
    { "names of statistics", statistics },
    { "any part, any NSID, any version", asked },
};
OCPN_UNIT_MAIN("log c9", tests)
