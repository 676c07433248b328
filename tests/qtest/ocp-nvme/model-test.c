/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: a random host against the drive and a second model of the chunk
 * rules (tests/model), over three queues, with resets of the controller and
 * of the machine, and QEMU started again on the same image.
 * Proves: OCSSD 2.0, chunk states, writes, reads, resets, copies and Chunk
 * Information, together and in any order.
 *
 * OCPN_MODEL_SEED, OCPN_MODEL_COUNT, OCPN_MODEL_DRIVE and OCPN_MODEL_TRACE
 * change what is done.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qocpn.h"
#include "../../model/ocssd-run.h"

#define NOT_NVME    "hw/nvme is no open-channel drive"

#define COUNT       700         /* commands on each of three drives */
#define SEED        0x198
#define QUEUES      3
#define MDTS        128         /* blocks */

#define DATA_BYTES  (MODEL_BLOCKS * MODEL_BLOCK)
#define LIST_BYTES  (QOCPN_PAGE + 2 * MODEL_LIST_ROOM)

/* A kind of drive. */
typedef struct Plan {
    const char *name;
    unsigned faults;            /* in 100 commands */
    bool shapes;                /* see shape() */
    const char *props;
    ModelRules rules;
} Plan;

typedef struct Drive {
    QOcpn *q;
    QOcpnSetup setup;
    const ModelRules *rules;
    QOcpnQueue queue[QUEUES];
    uint64_t data[RUN_BATCH], meta[RUN_BATCH], lists[RUN_BATCH];
    uint8_t got[RUN_BATCH][DATA_BYTES];
    uint8_t got_meta[RUN_BATCH][MODEL_META_ROOM];
} Drive;

static void see(RunSeen *seen, QOcpnCqe e)
{
    seen->done = true;
    seen->status = QOCPN_SC(e);
    seen->dnr = QOCPN_DNR(e);
    seen->dw0 = e.dw0;
    seen->dw1 = e.dw1;
}

static void create_pairs(Drive *d)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        QOCPN_OK(qocpn_create_pair(d->q, &d->queue[i], i + 1, 8, i + 1));
    }
}

static void start(Drive *d)
{
    d->setup.no_ioq = true;
    d->q = qocpn_start(&d->setup);
    create_pairs(d);
    for (unsigned i = 0; i < RUN_BATCH; i++) {
        d->data[i] = qocpn_buf(d->q, DATA_BYTES);
        d->meta[i] = qocpn_buf(d->q, MODEL_META_ROOM);
        d->lists[i] = qocpn_buf(d->q, LIST_BYTES);
    }
}

/* The host's buffers of this command go to the guest. */
static void put_buffers(Drive *d, const ModelCmd *c, unsigned slot,
                        const ModelPlaces *at)
{
    bool read = c->op == MODEL_READ || c->op == MODEL_VREAD;
    bool write = c->op == MODEL_WRITE || c->op == MODEL_VWRITE;
    QTestState *qts = d->q->qts;
    size_t bytes = c->op == MODEL_DSM ? c->n * 16 : c->n * MODEL_BLOCK;
    uint8_t list[8 * MODEL_LIST];

    model_fill(d->rules, c, d->got[slot], d->got_meta[slot]);
    if (read) {
        qtest_memset(qts, at->data, MODEL_SPOIL, bytes);
    } else if (write || c->op == MODEL_DSM) {
        qtest_bufwrite(qts, at->data, d->got[slot], bytes);
    }
    if (read || write || c->op == MODEL_VRESET) {
        qtest_bufwrite(qts, at->meta, d->got_meta[slot], MODEL_META_ROOM);
    }
    if (c->op >= MODEL_VRESET && c->n > 1) {
        model_put_list(list, c->lba, c->n);
        qtest_bufwrite(qts, at->list + c->skew, list, c->n * 8);
        model_put_list(list, c->to, c->n);
        qtest_bufwrite(qts, at->to + c->skew, list, c->n * 8);
    }
}

static uint16_t post(Drive *d, const ModelCmd *c, unsigned slot)
{
    ModelPlaces at = {
        .data = d->data[slot], .meta = d->meta[slot],
        .list = d->lists[slot] + QOCPN_PAGE,
        .to = d->lists[slot] + QOCPN_PAGE + MODEL_LIST_ROOM,
        .nowhere = QOCPN_NO_RAM_64,
    };
    ModelSqe e = model_encode(d->rules, c, &at);
    QOcpnCmd cmd = {
        .opc = e.opc, .flags = e.flags, .nsid = e.nsid, .mptr = e.mptr,
        .cdw10 = e.cdw10, .cdw11 = e.cdw11, .cdw12 = e.cdw12,
        .cdw14 = e.cdw14, .cdw15 = e.cdw15,
    };
    QOcpnQueue *queue = &d->queue[c->queue - 1];
    uint16_t cid;

    put_buffers(d, c, slot, &at);
    qocpn_prp(d->q, &cmd, e.data ?: at.nowhere, e.bytes, d->lists[slot]);
    cid = qocpn_post(d->q, queue, &cmd);
    qocpn_ring(d->q, queue);
    return cid;
}

static void get_buffers(Drive *d, const ModelCmd *c, unsigned slot,
                        RunSeen *seen)
{
    if (c->op == MODEL_READ || c->op == MODEL_VREAD) {
        qtest_bufread(d->q->qts, d->data[slot], d->got[slot],
                      c->n * MODEL_BLOCK);
    }
    qtest_bufread(d->q->qts, d->meta[slot], d->got_meta[slot],
                  MODEL_META_ROOM);
    seen->data = d->got[slot];
    seen->meta = d->got_meta[slot];
}

static void set_fault(Drive *d, const char *rule)
{
    qtest_qmp_assert_success(d->q->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': '/machine/peripheral/nv0',"
                             "'property': 'fault', 'value': %s}}", rule);
}

static void set_faults(Drive *d, const ModelCmd *const *c, unsigned n)
{
    char rule[100];

    for (unsigned i = 0; i < n; i++) {
        if (c[i]->fault) {
            model_fault_rule(d->rules, c[i], rule, sizeof(rule));
            set_fault(d, rule);
        }
    }
}

static void exec_io(Drive *d, const ModelCmd *const *c, RunSeen *seen,
                    unsigned n)
{
    uint16_t cid[RUN_BATCH];
    bool faults = false;

    set_faults(d, c, n);
    for (unsigned i = 0; i < n; i++) {
        cid[i] = post(d, c[i], i);
        faults |= c[i]->fault != MODEL_NO_FAULT;
    }
    for (unsigned i = 0; i < n; i++) {
        QOcpnQueue *queue = &d->queue[c[i]->queue - 1];
        QOcpnCqe cqe = qocpn_wait(d->q, queue);

        for (unsigned j = 0; j < n; j++) {
            if (c[j]->queue == queue->id && cid[j] == cqe.cid) {
                see(&seen[j], cqe);
            }
        }
    }
    for (unsigned i = 0; i < n; i++) {
        get_buffers(d, c[i], i, &seen[i]);
    }
    if (faults) {
        set_fault(d, "clear");
    }
}

static void exec_reset(Drive *d, ModelOp op)
{
    QOcpn *q = d->q;

    if (op == MODEL_RESTART) {
        qocpn_writel(q, NVME_REG_CC, QOCPN_CC | 1 << 14);   /* SHN normal */
        QOCPN_UNTIL(q, extract32(qocpn_readl(q, NVME_REG_CSTS), 2, 2) == 2);
    }
    if (op == MODEL_RESTART || op == MODEL_CRASH) {
        qocpn_stop(q);
        start(d);
        return;
    }
    if (op == MODEL_SYSTEM_RESET) {
        qtest_system_reset(q->qts);
        qocpn_pci_restore(q);
        QOCPN_UNTIL(q, !(qocpn_readl(q, NVME_REG_CSTS) & 1));
    } else {
        qocpn_disable(q);
    }
    qocpn_enable(q);
    create_pairs(d);
}

static void exec_log(Drive *d, const ModelCmd *c, RunSeen *seen)
{
    QOcpnCmd cmd = {
        .opc = 0x02, .nsid = 1, .prp1 = d->data[0],
        .cdw10 = 0xca | (c->bytes / 4 - 1) << 16,
        .cdw12 = c->offset, .cdw13 = c->offset >> 32,
    };

    g_assert_cmpuint(c->bytes, <=, QOCPN_PAGE);
    qtest_memset(d->q->qts, d->data[0], MODEL_SPOIL, c->bytes);
    see(seen, qocpn_admin(d->q, &cmd));
    qtest_bufread(d->q->qts, d->data[0], d->got[0], c->bytes);
    seen->data = d->got[0];
}

static void exec(void *opaque, const ModelCmd *const *c, RunSeen *seen,
                 unsigned n)
{
    Drive *d = opaque;

    if (c[0]->op < MODEL_LOG) {
        exec_io(d, c, seen, n);
    } else if (c[0]->op == MODEL_LOG) {
        exec_log(d, c[0], seen);
    } else if (c[0]->op == MODEL_FEEDBACK) {
        see(seen, qocpn_set_feature(d->q, 0xca, 1, c[0]->feedback));
    } else if (c[0]->op == MODEL_DULBE) {
        see(seen, qocpn_set_feature(d->q, NVME_FID_ERROR_RECOVERY, 1,
                                    c[0]->on << 16));
    } else {
        exec_reset(d, c[0]->op);
        seen->done = true;
    }
}

static void say(const char *line)
{
    g_test_message("%s", line);
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
    const char *text = g_getenv(name);
    uint64_t value;

    return text && !qemu_strtou64(text, NULL, 0, &value) ? value : otherwise;
}

static char *geometry_of(const ModelRules *r)
{
    return g_strdup_printf("--num-grp %u --num-pu %u --num-chk %u --clba %u "
                           "--ws-min %u --ws-opt %u --mw-cunits %u "
                           "--maxoc %u --maxocpu %u --pe-cycles %u",
                           r->num_grp, r->num_pu, r->num_chk, r->clba,
                           r->ws_min, r->ws_min, r->mw_cunits, r->maxoc,
                           r->maxocpu, r->pe_cycles);
}

/* Chunks for writes in any order, smaller ones, and ones that are no more. */
static void shape(const char *file, Model *m)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *list = g_strconcat(file, ".txt", NULL);
    g_autofree char *quoted = g_shell_quote(file);
    g_autofree char *cmd = g_strdup_printf("%s set-chunks %s %s.txt",
                                           qocpn_tool(), quoted, quoted);
    g_autofree char *said = NULL;
    int status = -1;

    for (uint32_t i = 0; i < m->chunks; i++) {
        ModelChunk *k = &m->chunk[i];

        k->random = i % 4 == 1;
        k->cnlb -= i % 5 == 2 ? 2 * m->rules.ws_min : 0;
        k->state = i % 7 == 3 ? MODEL_OFFLINE : MODEL_FREE;
        g_string_append_printf(text, "lba=%" PRIu64 " type=%s cnlb=%u "
                               "state=%s\n", model_lba(m, i, 0),
                               k->random ? "random" : "seq", k->cnlb,
                               k->state == MODEL_FREE ? "free" : "offline");
    }
    g_assert_true(g_file_set_contents(list, text->str, -1, NULL));
    g_assert_true(g_spawn_command_line_sync(cmd, &said, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
    unlink(list);
}

static void run_plan(const Plan *plan, Drive *d)
{
    RandomHost host = {
        .dice = from_env("OCPN_MODEL_SEED", SEED), .queues = QUEUES,
        .restarts = 60, .system_reset = true, .faults = plan->faults,
    };
    RunDrive run = {
        .name = plan->name, .opaque = d, .exec = exec, .say = say,
        .program = "ocp-nvme-model-test", .batch = RUN_BATCH,
        .log_every = 25, .trace = from_env("OCPN_MODEL_TRACE", 0),
    };
    Model *m = model_new(&plan->rules);
    char *file = qocpn_image(&d->setup);

    if (plan->shapes) {
        shape(file, m);
    }
    d->setup.file = file;
    start(d);
    if (!run_model(&run, m, &host, from_env("OCPN_MODEL_COUNT", COUNT))) {
        g_test_fail();
    }
    qocpn_stop(d->q);
    qocpn_image_free(file);
    model_free(m);
}

static void drive(const Plan *plan)
{
    g_autofree char *geometry = geometry_of(&plan->rules);
    g_autofree Drive *d = g_new0(Drive, 1);
    const char *only = g_getenv("OCPN_MODEL_DRIVE");

    if (only && !g_str_equal(only, plan->name)) {
        g_test_skip("OCPN_MODEL_DRIVE names another");
        return;
    }
    d->rules = &plan->rules;
    d->setup = (QOcpnSetup) {
        .open_channel = true, .lba_size = MODEL_BLOCK, .ms = plan->rules.ms,
        .geometry = geometry, .props = plan->props,
    };
    run_plan(plan, d);
}

/* OCSSD-CASE-198 */
static void plain(void)
{
    static const Plan plan = {
        .name = "plain", .faults = 8,
        .rules = {
            .num_grp = 2, .num_pu = 3, .num_chk = 5, .clba = 48, .ws_min = 4,
            .mw_cunits = 12, .ms = 16, .mdts = MDTS, .copy = true,
        },
    };

    drive(&plan);
}

/* OCSSD-CASE-198 */
static void limited(void)
{
    static const Plan plan = {
        .name = "limited", .shapes = true,
        .props = ",multi-reset=on,early-reset=on,dlfeat=2",
        .rules = {
            .num_grp = 3, .num_pu = 1, .num_chk = 7, .clba = 40, .ws_min = 4,
            .mw_cunits = 8, .maxoc = 4, .maxocpu = 2, .pe_cycles = 6,
            .ms = 16, .mdts = MDTS, .copy = true, .multi_reset = true,
            .early_reset = true, .ones = true,
        },
    };

    drive(&plan);
}

/* OCSSD-CASE-198 */
static void switches(void)
{
    static const Plan plan = {
        .name = "switches", .faults = 3,
        .props = ",window-read=data,closed-write-status=ooo,ws-min-check=off,"
                 "dsm-strict=off,wp-absolute=on,power-loss=drop,copy=off",
        .rules = {
            .num_grp = 1, .num_pu = 5, .num_chk = 2, .clba = 30, .ws_min = 6,
            .mw_cunits = 18, .mdts = MDTS, .window = MODEL_WINDOW_DATA,
            .any_size = true, .closed_ooo = true, .dsm_loose = true,
            .wp_absolute = true, .power = MODEL_POWER_DROP,
        },
    };

    drive(&plan);
}

static const QOcpnTest tests[] = {
    { "the drive does as the model does", plain, NOT_NVME },
    { "so does one with limits and chunks of all types", limited, NOT_NVME },
    { "so does one with every switch the other way", switches, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "model", tests, ARRAY_SIZE(tests));
}
