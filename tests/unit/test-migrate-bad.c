/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved states that are none, or are of another drive.
 * Proves: docs/user-guide.rst, "Migration": nothing is taken over unseen.
 */
#include "migrate-unit.h"

#define NS      2           /* kinds of part */
#define CTRL    4

/* A state with something of everything, of a drive that then goes. */
static Saved rich(FakeHost *h)
{
    CHECK_EQ(fake_create_pair(h, 2, 4).status, 0);
    open_chunk(h, A, 8);
    set_dulbe(h);
    add_fault(h, "read-fail grp=1 ppm=500000 seed=9");
    post_aer(h);
    inject_n(h, 3);
    post_aer(h);
    for (unsigned i = 0; i < 5; i++) {
        fake_submit(h, 2, &(FakeCmd) { .opc = 0x7f, .nsid = 1 });
        fake_run(&h->f);
    }
    return save(h);
}

/* What a refused state leaves is reset, as the device does it. */
static void reset(FakeHost *h)
{
    ocpn_ctrl_set_running(h->c, true);
    ocpn_ctrl_reset(h->c, OCPN_RESET_COLD);
    fake_run(&h->f);
    CHECK(ocpn_ctrl_quiet(h->c), "reset");
    ocpn_ctrl_set_running(h->c, false);
}

static uint32_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Accepted or refused, and then reset, whatever it says. */
static void try(FakeHost *h, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);      /* its end is watched */
    OcpnError err = { "" };

    memcpy(copy, bytes, len);
    if (ocpn_ctrl_load(h->c, copy, len, &err)) {
        ocpn_ctrl_set_running(h->c, true);
        fake_run(&h->f);
    } else {
        CHECK(err.text[0], "a refusal says why");
    }
    free(copy);
    reset(h);
}

/* FAILURE-CASE-48 */
static void test_mutations(void)
{
    FakeHost *h = t1_start();
    Saved s = rich(h);
    uint8_t *bytes = malloc(s.len);
    uint64_t seed = 1;

    power_on_incoming(h);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned n = 1 + next(&seed) % 4;
        /* Errors and their 4 KiB are behind what matters most. */
        size_t span = i % 2 ? s.len : s.len - 4200;

        memcpy(bytes, s.bytes, s.len);
        while (n--) {
            bytes[next(&seed) % span] = i % 3 ? (uint8_t)next(&seed)
                                              : (uint8_t)-(i / 3 & 1);
        }
        try(h, bytes, s.len);
    }
    free(bytes);
    free(s.bytes);
    fake_host_free(h);
}

static void test_cut(void)
{
    FakeHost *h = t1_start();
    Saved s = rich(h);
    OcpnError err;

    power_on_incoming(h);
    for (size_t len = 0; len < s.len; len += len < 2000 ? 1 : 97) {
        CHECK(!ocpn_ctrl_load(h->c, s.bytes, len, &err), "%zu bytes", len);
        reset(h);
    }
    try(h, s.bytes, s.len);
    free(s.bytes);
    fake_host_free(h);
}

/* The state of a drive like THEIRS is refused by one like OURS: SAYS. */
static void refuse(const FakeSetup *theirs, const FakeSetup *ours,
                   const char *says)
{
    FakeHost *h = fake_host_start(theirs), *other = fake_host_new(ours);
    OcpnError err = { "" };
    Saved s = save(h);

    CHECK(!ocpn_ctrl_load(other->c, s.bytes, s.len, &err), "%s", says);
    CHECK_HAS(err.text, says);
    fake_run(&other->f);
    free(s.bytes);
    ocpn_ctrl_set_running(h->c, true);
    fake_host_free(h);
    fake_host_free(other);
}

static void test_other_drive(void)
{
    FakeSetup a = t1(), b = t1();

    b.cfg.mdts = 5;
    refuse(&a, &b, "mdts is 7 on the source and 5 here");
    b = t1();
    b.cfg.max_ioqpairs = 4;
    refuse(&a, &b, "max-ioqpairs is 8 on the source and 4 here");
    b = t1();
    b.cfg.nvectors = 3;
    refuse(&a, &b, "msix-qsize is 9 on the source and 3 here");
    b = t1();
    strcpy(b.cfg.serial, "other");
    refuse(&a, &b, "serial is 'other' here");
    b = t1();
    b.ns[0].cfg.early_reset = true;
    refuse(&a, &b, "namespace 1 has other properties");
    b = t1();
    b.ns[0].cfg.eui64 = 0x0123456789abcdef;
    refuse(&a, &b, "eui64 of namespace 1 is 0x0 on the source and "
           "0x123456789abcdef here");
    b = t1();
    b.cfg.ocp.version = OCP_2_5;
    refuse(&a, &b, "ocp-version is off on the source and 2.5 here");
    refuse(&b, &a, "ocp-version is 2.5 on the source and off here");
    b = (FakeSetup) { .ns = { FAKE_T1, FAKE_CONVENTIONAL(2) } };
    refuse(&a, &b, "NSIDs in use is 1 on the source and 3 here");
}

/* It is in use: a state can only come into a controller that is off. */
static void test_in_use(void)
{
    FakeHost *h = t1_start();
    Saved s = save(h);
    OcpnError err;

    CHECK(!ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "it is enabled");
    CHECK_HAS(err.text, "in use");
    ocpn_ctrl_set_running(h->c, true);
    free(s.bytes);
    fake_host_free(h);
}

/*
 * The first part of KIND.  It begins with its kind (2 bytes), its version (2)
 * and its length (4).
 */
static uint8_t *saved_part(const Saved *s, unsigned kind)
{
    uint8_t *p = s->bytes;

    while (bytes_at(p, 2) != kind) {
        p += 8 + bytes_at(p + 4, 4);
    }
    return p;
}

/* CC in the part that says how the controller is: its fourth dword. */
static uint8_t *saved_cc(const Saved *s)
{
    return saved_part(s, CTRL) + 8 + 12;
}

/* Ready, and not enabled: the next enable would make its queues twice. */
static void test_not_enabled(void)
{
    FakeHost *h = t1_start();
    Saved s = save(h);
    OcpnError err = { "" };

    CHECK_EQ(bytes_at(saved_cc(&s), 4) & 1, 1);
    *saved_cc(&s) &= 0xfe;
    power_on_incoming(h);
    CHECK(!ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "CC.EN is 0");
    CHECK_HAS(err.text, "which cannot be");
    reset(h);
    free(s.bytes);
    ocpn_ctrl_set_running(h->c, true);
    fake_host_free(h);
}

/*
 * States of the first version have no EUI-64: it is not compared.  Its part is
 * the first of kind NS; the EUI-64 are the last of its 32 bytes.
 */
static void test_first_version(void)
{
    FakeSetup setup = t1();
    FakeHost *h;
    OcpnError err = { "" };
    uint8_t *p;
    Saved s;

    setup.ns[0].cfg.eui64 = 0x0123456789abcdef;
    h = fake_host_start(&setup);
    s = save(h);
    p = saved_part(&s, NS);
    CHECK_EQ(bytes_at(p + 2, 2), 2);
    CHECK_EQ(bytes_at(p + 4, 4), 32);
    CHECK_EQ(bytes_at(p + 8 + 24, 8), 0x0123456789abcdef);
    put_bytes_at(p + 2, 2, 1);
    power_on_incoming(h);
    CHECK(!ocpn_ctrl_load(h->c, s.bytes, s.len, &err), "its length is another");
    CHECK_HAS(err.text, "version 1, 32 bytes");
    reset(h);
    put_bytes_at(p + 4, 4, 24);
    memmove(p + 8 + 24, p + 8 + 32, (size_t)(s.bytes + s.len - (p + 8 + 32)));
    CHECK(ocpn_ctrl_load(h->c, s.bytes, s.len - 8, &err), "%s", err.text);
    CHECK(reload_all(h, &err), "%s", err.text);
    ocpn_ctrl_set_running(h->c, true);
    fake_run(&h->f);
    CHECK_EQ(fake_identify(h, 0, 1).status, 0);
    CHECK_EQ(fake_guest(h, FAKE_BUF)[120], 0x01);
    free(s.bytes);
    fake_host_free(h);
}

static const OcpnTest tests[] = {
    { "20,000 states with wrong bytes", test_mutations },
    { "states that are cut off", test_cut },
    { "states of another drive", test_other_drive },
    { "a controller in use", test_in_use },
    { "a controller that is ready and not enabled", test_not_enabled },
    { "a state of the first version", test_first_version },
};
OCPN_UNIT_MAIN("migrate-bad", tests)
