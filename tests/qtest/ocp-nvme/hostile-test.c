/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a guest that does everything wrong.
 * Proves: NVMe Base 2.0, Asynchronous Event Information: Error Status
 * (invalid doorbell register and value); that each command is answered once
 * whatever it says, and that the controller lives on.
 */
#include "qemu/osdep.h"
#include "qocpn.h"

#define EVENT_REGISTER  0x00010000      /* LID 01h, info 00h, type 0 */
#define EVENT_VALUE     0x00010100      /* LID 01h, info 01h, type 0 */

/* Guest memory that nobody uses: random transfers may go there. */
#define SCRATCH         (64 * MiB)

static void expect_event(QOcpn *q, uint64_t reg, uint32_t value,
                         uint32_t event)
{
    QOcpnCqe cqe;

    qocpn_post_aer(q);
    qocpn_writel(q, reg, value);
    cqe = qocpn_event(q);
    if (QOCPN_SC(cqe) || cqe.dw0 != event) {
        g_test_message("%08x to %04" PRIx64 "h: event %08x, expected %08x",
                       value, reg, cqe.dw0, event);
        g_test_fail();
    }
    qocpn_clear_event(q, 0x01);
}

/* Doorbells of queues that do not exist. */
static void doorbell_registers(void)
{
    QOcpn *q = qocpn_start(NULL);

    expect_event(q, qocpn_sq_doorbell(q, 2), 1, EVENT_REGISTER);
    expect_event(q, qocpn_cq_doorbell(q, 2), 1, EVENT_REGISTER);
    expect_event(q, qocpn_sq_doorbell(q, 64), 0, EVENT_REGISTER);
    expect_event(q, qocpn_cq_doorbell(q, 64), 0xffff, EVENT_REGISTER);
    QOCPN_OK(qocpn_delete_sq(q, 1));
    expect_event(q, qocpn_sq_doorbell(q, 1), 1, EVENT_REGISTER);
    QOCPN_OK(qocpn_delete_cq(q, 1));
    expect_event(q, qocpn_cq_doorbell(q, 1), 1, EVENT_REGISTER);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

/* Values that the queue, 64 entries long, does not have. */
static void doorbell_values(void)
{
    QOcpn *q = qocpn_start(NULL);

    expect_event(q, qocpn_sq_doorbell(q, 1), 64, EVENT_VALUE);
    expect_event(q, qocpn_sq_doorbell(q, 1), 0xffff, EVENT_VALUE);
    expect_event(q, qocpn_cq_doorbell(q, 1), 64, EVENT_VALUE);
    expect_event(q, qocpn_cq_doorbell(q, 1), 0xffff, EVENT_VALUE);
    qocpn_alive(q);
    qocpn_stop(q);
}

/* A head that frees completions which were never posted. */
static void head_past_tail(void)
{
    QOcpn *q = qocpn_start(NULL);

    QOCPN_OK(qocpn_io(q, &(QOcpnCmd) { .nsid = 1 }));
    expect_event(q, qocpn_cq_doorbell(q, 1), 5, EVENT_VALUE);
    qocpn_alive(q);
    qocpn_stop(q);
}

/* FAILURE-CASE-66 */
static void doorbells_before_ready(void)
{
    QOcpn *q = qocpn_start(&(QOcpnSetup) { .no_enable = true });
    QOcpnCqe cqe;

    for (unsigned qid = 0; qid <= 64; qid++) {
        qocpn_writel(q, qocpn_sq_doorbell(q, qid), 3);
        qocpn_writel(q, qocpn_cq_doorbell(q, qid), 3);
    }
    qocpn_enable(q);
    qocpn_idle(q, 10);
    g_assert_false(qocpn_peek(q, &q->adm, &cqe));
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

static void doorbell_flood(void)
{
    QOcpn *q = qocpn_start(NULL);

    for (unsigned i = 0; i < 20000; i++) {
        qocpn_writel(q, 0x1000 + 4 * (i % 512), 0xdead0000 + i * 7);
    }
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-36
 * Rings where no RAM is: refused, or the controller fails and recovers.
 */
static void rings_out_of_ram(void)
{
    QOcpn *q = qocpn_start(NULL);
    const uint64_t addr[] = {
        QOCPN_NO_RAM, QOCPN_NO_RAM_64, QOCPN_MMIO, q->bar.addr,
        0xfffffffffffff000ull,
    };

    for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
        for (unsigned which = 0; which < 2; which++) {
            QOcpnQueue queue;

            qocpn_queue_init(q, &queue, 2, 64);
            queue.cq = which ? queue.cq : addr[i];
            queue.sq = which ? addr[i] : queue.sq;
            if (!QOCPN_SC(qocpn_create_cq(q, &queue, 2)) &&
                !QOCPN_SC(qocpn_create_sq(q, &queue, 2))) {
                qocpn_writel(q, qocpn_sq_doorbell(q, 2), 5);
                qocpn_idle(q, 10);
            }
            qocpn_disable(q);
            qocpn_enable(q);
            g_assert_cmphex(qocpn_readl(q, NVME_REG_CSTS) & 3, ==, 1);
            QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
            qocpn_alive(q);
        }
    }
    qocpn_stop(q);
}

/* FAILURE-CASE-36 */
static void admin_rings_out_of_ram(void)
{
    QOcpn *q = qocpn_start(NULL);
    const uint64_t addr[] = {
        QOCPN_NO_RAM, QOCPN_NO_RAM_64, QOCPN_MMIO, q->bar.addr,
        0xfffffffffffff000ull,
    };

    for (size_t i = 0; i < ARRAY_SIZE(addr); i++) {
        for (unsigned which = 1; which < 4; which++) {
            qocpn_disable(q);
            qocpn_admin_queue(q, 32);
            if (which & 1) {
                qocpn_writeq(q, NVME_REG_ASQ, addr[i]);
            }
            if (which & 2) {
                qocpn_writeq(q, NVME_REG_ACQ, addr[i]);
            }
            qocpn_enable_cc(q, QOCPN_CC);
            qocpn_writel(q, qocpn_sq_doorbell(q, 0), 7);
            qocpn_idle(q, 10);
        }
    }
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    qocpn_alive(q);
    qocpn_stop(q);
}

/* These would take the test's own queues away, or never complete. */
static bool spared(bool admin, uint8_t opc)
{
    return admin && (opc == NVME_ADM_DELETE_SQ || opc == NVME_ADM_DELETE_CQ ||
                     opc == NVME_ADM_CREATE_SQ || opc == NVME_ADM_CREATE_CQ ||
                     opc == NVME_ADM_AER || opc == NVME_ADM_DBBUF_CONFIG ||
                     /* they take namespace 1 away */
                     opc == NVME_ADM_NS_MGMT || opc == NVME_ADM_NS_ATTACH);
}

/* FAILURE-CASE-26: every opcode with dwords of all zeroes and of all ones. */
static void all_opcodes(void)
{
    static const uint32_t nsid[] = { 0, 1, 2, QOCPN_ALL_NS };
    QOcpn *q = qocpn_start(NULL);

    /* The bits of i: dwords, pointers, namespace (2), queue, opcode (8). */
    for (unsigned i = 0; i < 256 * 32; i++) {
        uint32_t ones = i & 1 ? UINT32_MAX : 0;
        uint64_t p = i & 2 ? SCRATCH : QOCPN_NO_RAM;
        bool admin = i & 16;
        QOcpnCmd cmd = {
            .opc = i / 32, .nsid = nsid[i / 4 % 4],
            .cdw2 = ones, .cdw3 = ones, .mptr = p, .prp1 = p,
            .prp2 = SCRATCH + 4096, .cdw10 = ones, .cdw11 = ones,
            .cdw12 = ones, .cdw13 = ones, .cdw14 = ones, .cdw15 = ones,
        };

        if (!spared(admin, cmd.opc)) {
            qocpn_cmd(q, admin ? &q->adm : &q->io, &cmd);
        }
    }
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    /* hw/nvme keeps DULBE over a reset. */
    QOCPN_OK(qocpn_set_feature(q, NVME_FID_ERROR_RECOVERY, 1, 0));
    QOCPN_OK(qocpn_read(q, 64, 8, NULL, NULL));
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-31
 * Every feature, every SEL, every namespace; then set to all ones.
 */
static void all_features(void)
{
    static const uint32_t nsid[] = { 0, 1, 2, QOCPN_ALL_NS };
    QOcpn *q = qocpn_start(NULL);

    for (unsigned fid = 0; fid < 256; fid++) {
        for (unsigned k = 0; k < 8 * 4; k++) {
            QOcpnCqe cqe = qocpn_get_feature(q, fid, k / 4, nsid[k % 4]);

            if (QOCPN_SC(cqe) && QOCPN_SC(cqe) != NVME_SC_INVALID_FIELD &&
                QOCPN_SC(cqe) != NVME_SC_INVALID_NS &&
                QOCPN_SC(cqe) != NVME_SC_FEATURE_NOT_NS_SPECIFIC) {
                g_test_message("Get %02x SEL %u NSID %x: status %03x", fid,
                               k / 4, nsid[k % 4], QOCPN_SC(cqe));
                g_test_fail();
            }
        }
        for (unsigned k = 0; k < 4 * 4; k++) {
            qocpn_admin(q, &(QOcpnCmd) {
                .opc = NVME_ADM_SET_FEAT, .nsid = nsid[k / 4],
                .prp1 = k & 2 ? SCRATCH : QOCPN_NO_RAM,
                .cdw10 = (k & 1 ? 1u << 31 : 0) | fid,
                .cdw11 = UINT32_MAX, .cdw12 = UINT32_MAX,
            });
        }
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

static bool log_status_is_legal(unsigned lid, uint16_t sc, bool known)
{
    if (sc == NVME_SC_COMMAND_SEQUENCE) {
        return lid == 0x0d;      /* no reporting context */
    }
    if (sc == NVME_SC_INVALID_LOG_PAGE) {
        return !known;
    }
    return sc == 0 || sc == NVME_SC_INVALID_FIELD ||
           sc == NVME_SC_INVALID_NS || sc == NVME_SC_DATA_TRANSFER_ERROR;
}

/* FAILURE-CASE-25: every log page at extreme offsets and lengths. */
static void all_log_pages(void)
{
    static const uint64_t off[] = {
        0, 508, 4096, 1ull << 32, 0xfffffffffffffffcull, 1,
    };
    static const uint32_t numd[] = {
        0, 1023, 0x1ffff, 0x3fffffff, UINT32_MAX,
    };
    QOcpn *q = qocpn_start(NULL);

    for (unsigned lid = 0; lid < 256; lid++) {
        uint8_t b[4];
        bool known = qocpn_get_log(q, lid, QOCPN_ALL_NS, 0, b, 4) !=
                     NVME_SC_INVALID_LOG_PAGE;

        for (unsigned i = 0; i < ARRAY_SIZE(off) * ARRAY_SIZE(numd); i++) {
            uint32_t n = numd[i % ARRAY_SIZE(numd)];
            uint64_t o = off[i / ARRAY_SIZE(numd)];
            QOcpnCmd cmd = {
                .opc = NVME_ADM_GET_LOG, .nsid = i & 1 ? 1 : QOCPN_ALL_NS,
                .cdw10 = lid | (n & 0xffff) << 16, .cdw11 = n >> 16,
                .cdw12 = o, .cdw13 = o >> 32,
            };
            QOcpnCqe cqe;

            qocpn_prp(q, &cmd, q->buf, 512 * KiB, q->list);
            cqe = qocpn_admin(q, &cmd);
            if (!log_status_is_legal(lid, QOCPN_SC(cqe), known)) {
                g_test_message("LID %02x offset %" PRIx64 " NUMD %x: status "
                               "%03x", lid, o, n, QOCPN_SC(cqe));
                g_test_fail();
            }
        }
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/* FAILURE-CASE-26 */
static void all_identifies(void)
{
    static const uint32_t nsid[] = { 0, 1, 2, 0xfffffffe, QOCPN_ALL_NS };
    QOcpn *q = qocpn_start(NULL);

    for (unsigned i = 0; i < 256 * 5 * 4; i++) {
        QOcpnCqe cqe = qocpn_admin(q, &(QOcpnCmd) {
            .opc = NVME_ADM_IDENTIFY, .nsid = nsid[i / 4 % 5],
            .prp1 = q->buf, .cdw10 = i / 20 | (i & 1 ? 0xffff0000 : 0),
            .cdw11 = i & 2 ? UINT32_MAX : 0,
        });

        if (QOCPN_SC(cqe) && QOCPN_SC(cqe) != NVME_SC_INVALID_FIELD &&
            QOCPN_SC(cqe) != NVME_SC_INVALID_NS &&
            QOCPN_SC(cqe) != NVME_SC_IOCS_NOT_SUPPORTED) {
            g_test_message("CNS %02x NSID %x: status %03x", i / 20,
                           nsid[i / 4 % 5], QOCPN_SC(cqe));
            g_test_fail();
        }
    }
    qocpn_alive(q);
    qocpn_stop(q);
}

/*
 * FAILURE-CASE-41 FAILURE-CASE-44
 * Random entries, seeded: each is answered once.
 */
static void random_commands(void)
{
    QOcpn *q = qocpn_start(NULL);
    GRand *rand = g_rand_new_with_seed(2020);

    for (unsigned i = 0; i < 6000; i++) {
        bool admin = g_rand_boolean(rand);
        QOcpnCmd cmd = {
            .opc = g_rand_int(rand) & (i & 1 ? 0xff : 0x1f),
            .flags = i % 5 ? 0 : g_rand_int(rand),
            .nsid = g_rand_int_range(rand, 0, 3),
            .mptr = SCRATCH + g_rand_int_range(rand, 0, MiB),
            .prp1 = SCRATCH + g_rand_int_range(rand, 0, MiB),
            .prp2 = SCRATCH + g_rand_int_range(rand, 0, MiB),
            .cdw10 = g_rand_int(rand) & (i & 2 ? UINT32_MAX : 0xff),
            .cdw11 = i & 4 ? g_rand_int(rand) : 0,
            .cdw12 = g_rand_int(rand) & (i & 8 ? UINT32_MAX : 0xff),
            .cdw13 = g_rand_int(rand), .cdw14 = g_rand_int(rand),
            .cdw15 = g_rand_int(rand),
        };

        if (!spared(admin, cmd.opc)) {
            qocpn_cmd(q, admin ? &q->adm : &q->io, &cmd);
        }
    }
    g_rand_free(rand);
    qocpn_disable(q);
    qocpn_enable(q);
    QOCPN_OK(qocpn_create_pair(q, &q->io, 1, 64, 1));
    /* hw/nvme keeps DULBE over a reset. */
    QOCPN_OK(qocpn_set_feature(q, NVME_FID_ERROR_RECOVERY, 1, 0));
    QOCPN_OK(qocpn_read(q, 64, 8, NULL, NULL));
    qocpn_stop(q);
}

static const QOcpnTest tests[] = {
    { "a doorbell without a queue raises an event", doorbell_registers },
    { "a doorbell value out of range raises an event", doorbell_values },
    { "a completion head past the tail raises an event", head_past_tail,
      "hw/nvme accepts it" },
    { "doorbells before the controller is ready are ignored",
      doorbells_before_ready },
    { "a flood of doorbells does no harm", doorbell_flood },
    { "queue pairs out of RAM do no harm", rings_out_of_ram },
    { "admin queues out of RAM do no harm", admin_rings_out_of_ram },
    { "every opcode is answered", all_opcodes },
    { "every feature is answered", all_features,
      "hw/nvme aborts QEMU on FID 1Eh without a namespace" },
    { "every log page is answered", all_log_pages },
    { "every Identify is answered", all_identifies },
    { "6000 random commands are answered once", random_commands },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "hostile", tests, ARRAY_SIZE(tests));
}
