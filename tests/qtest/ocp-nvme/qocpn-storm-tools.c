/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands in flight: chance, statuses, memory.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "knob.h"
#include "qocpn-storm.h"
#include "storm-states.h"

#define BLANK       0x5a

/* Before QEMU has all that it keeps; and then. */
#define WARM        10
#define TIMES       20
#define SETTLE      5               /* all data is looked at once in so many */
#define GROWTH      (4 * MiB)
#define IDLE_WARM   20          /* the same, of an idle drive */
#define IDLE_GROWTH (256 * KiB)

static uint32_t number(const char *name, uint32_t value)
{
    const char *text = g_getenv(name);

    return text ? g_ascii_strtoull(text, NULL, 0) : value;
}

uint32_t qocpn_storm_seed(void)
{
    return number("QOCPN_SEED", 1);
}

unsigned qocpn_storm_loops(unsigned n)
{
    return number("QOCPN_LOOPS", n);
}

uint32_t qocpn_storm_pick(QOcpnStorm *s, uint32_t n)
{
    s->rng = s->rng * 1664525 + 1013904223;
    return (uint64_t)(s->rng >> 4) * n >> 28;
}

void qocpn_storm_allow(QOcpnStorm *s, uint16_t status)
{
    unsigned n = 0;

    while (s->allow[n]) {
        n++;
    }
    g_assert_cmpuint(n, <, ARRAY_SIZE(s->allow) - 1);
    s->allow[n] = status;
}

void qocpn_storm_strict(QOcpnStorm *s)
{
    memset(s->allow, 0, sizeof(s->allow));
}

bool qocpn_storm_allows(const QOcpnStorm *s, uint16_t status)
{
    for (unsigned n = 0; s->allow[n]; n++) {
        if (s->allow[n] == status) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------- memory */

void qocpn_storm_blank(QOcpnStorm *s, uint64_t addr, uint64_t len)
{
    memset(qocpn_storm_at(s, addr), BLANK, len);
}

void qocpn_storm_expect_blank(QOcpnStorm *s, uint64_t addr, uint64_t len)
{
    const uint8_t *p = qocpn_storm_at(s, addr);

    if (p[0] == BLANK && memcmp(p, p + 1, len - 1) == 0) {
        return;
    }
    while (*p == BLANK) {
        p++;
    }
    g_error("%s: the drive wrote to %" PRIx64 ", which is %" PRIx64 " bytes "
            "behind the rings' begin", s->where, (uint64_t)(p - s->ram),
            (uint64_t)(p - s->ram) - s->base);
}

void qocpn_storm_set(QOcpnStorm *s, const char *name, const char *value)
{
    must_set(s->q, name, value);
}

/* -------------------------------------------------------------------- QEMU */

bool qocpn_storm_has_threads(void)
{
    return g_getenv("QOCPN_MAPPING") ||
           strstr(g_getenv("QOCPN_PROPS") ?: "", "iothread");
}

void qocpn_storm_expect_silence(QOcpnStorm *s)
{
    qocpn_storm_blank(s, s->base, s->size);
    qtest_memset(s->q->qts, s->q->msi, 0, QOCPN_PAGE);
    qocpn_idle(s->q, 1);
    qtest_clock_step(s->q->qts, 2ull * STORM_LATE * NANOSECONDS_PER_SECOND);
    qocpn_idle(s->q, 1);
    qocpn_storm_expect_blank(s, s->base, s->size);
    for (unsigned v = 0; v <= QOCPN_STORM_QUEUES + 1; v++) {
        g_assert_false(qocpn_msix_fired(s->q, v));
    }
}

static uint64_t resident(QOcpnStorm *s)
{
    g_autofree char *file = g_strdup_printf("/proc/%d/status",
                                            qtest_pid(s->q->qts));
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    return g_ascii_strtoull(strstr(text, "RssAnon:") + 8, NULL, 10) * KiB;
}

static unsigned descriptors(QOcpnStorm *s)
{
    g_autofree char *name = g_strdup_printf("/proc/%d/fd",
                                            qtest_pid(s->q->qts));
    GDir *dir = g_dir_open(name, 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(dir)) {
        n++;
    }
    g_dir_close(dir);
    return n;
}

QOcpnStormSize qocpn_storm_size(QOcpnStorm *s)
{
    return (QOcpnStormSize) { resident(s), descriptors(s) };
}

/* Where what is freed stays, a leak is LeakSanitizer's to find. */
static bool bytes_count(void)
{
    return !g_getenv("QOCPN_KEEPS_FREED");
}

void qocpn_storm_expect_size(QOcpnStorm *s, QOcpnStormSize was, uint64_t more)
{
    QOcpnStormSize now = qocpn_storm_size(s);

    g_test_message("%u files, then %u; %" PRIu64 " bytes, then %" PRIu64,
                   was.files, now.files, was.bytes, now.bytes);
    g_assert_cmpuint(now.files, ==, was.files);
    if (bytes_count()) {
        g_assert_cmpuint(now.bytes, <, was.bytes + more);
    }
}

/*
 * What was freed under load hides what is lost then: lose it many times, where
 * next to nothing else is allocated.
 */
static void expect_no_idle_growth(QOcpnStorm *s, void (*once)(QOcpnStorm *s),
                                  unsigned times)
{
    QOcpnStormSize was = { 0 };

    for (unsigned i = 0; i < IDLE_WARM + times; i++) {
        if (i == IDLE_WARM) {
            was = qocpn_storm_size(s);
        }
        qocpn_storm_up(s);
        once(s);
    }
    qocpn_storm_expect_size(s, was, IDLE_GROWTH);
}

void qocpn_storm_expect_no_growth(QOcpnStorm *s, void (*once)(QOcpnStorm *s),
                                  unsigned idle)
{
    unsigned times = WARM + TIMES * qocpn_storm_loops(1);
    QOcpnStormSize was = { 0 };

    s->where = "again and again";
    for (unsigned i = 0; i < times; i++) {
        if (i == WARM) {
            was = qocpn_storm_size(s);
        }
        s->events++;
        qocpn_storm_up(s);
        if (i % SETTLE == 0) {
            s->ops->settle(s);
        }
        qocpn_storm_post(s);
        once(s);
    }
    qocpn_storm_expect_size(s, was, GROWTH);
    if (idle && bytes_count()) {
        expect_no_idle_growth(s, once, idle);
    }
}
