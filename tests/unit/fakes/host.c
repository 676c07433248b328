/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

#define REG_CC      0x14
#define REG_CSTS    0x1c
#define REG_AQA     0x24
#define REG_ASQ     0x28
#define REG_ACQ     0x30
#define DOORBELLS   0x1000
#define CC_ENABLE   0x00460001u     /* 64 and 16 byte entries, EN */
#define CC_SHUTDOWN 0x00004000u     /* SHN: normal */
#define RING_BYTES  0x20000u        /* guest RAM of one pair */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "fake host: %s: %s\n", what, why);
    abort();
}

uint8_t *fake_guest(FakeHost *h, uint64_t addr)
{
    return h->f.ram + addr;
}

/* Defaults where the test has no wish. */
static void fill_config(OcpnConfig *cfg)
{
    if (!cfg->serial[0]) {
        strcpy(cfg->serial, "fake");
    }
    if (!cfg->firmware[0]) {
        strcpy(cfg->firmware, "1.0");
    }
    cfg->vid = cfg->vid ? cfg->vid : 0x1d1d;
    cfg->mdts = cfg->mdts ? cfg->mdts : 7;
    cfg->max_ioqpairs = cfg->max_ioqpairs ? cfg->max_ioqpairs : 8;
    cfg->mqes = cfg->mqes ? cfg->mqes : 2047;
    cfg->nvectors = cfg->nvectors ? cfg->nvectors : 9;
    cfg->io_size = cfg->io_size ? cfg->io_size : sizeof(OcpnIo);
}

static void make_image(FakeHost *h, const FakeNs *n)
{
    OcpnImage im = {
        .mode = n->mode,
        .lbads = n->lbads,
        .ms = n->ms,
        .extended = n->extended,
        .nsze = n->nsze,
        .geo = n->geo,
        .nmaps = n->nmaps,
    };
    OcpnError err;

    for (unsigned i = 0; i < sizeof(im.uuid); i++) {
        im.uuid[i] = (uint8_t)(0xa0 + n->cfg.nsid * 16 + i);
    }
    im.uuid[6] = (uint8_t)(0x40 | (im.uuid[6] & 0x0f));
    im.uuid[8] = (uint8_t)(0x80 | (im.uuid[8] & 0x3f));
    if (!ocpn_image_layout(&im, &err)) {
        die("layout", err.text);
    }
    fake_media_new(&h->f, n->cfg.nsid, im.length);
    if (!ocpn_image_create(&im, &h->f.media[n->cfg.nsid].disk, &err)) {
        die("create", err.text);
    }
}

static bool try_power_on(FakeHost *h, OcpnError *err)
{
    h->c = ocpn_ctrl_new(&h->setup.cfg, &h->f.port);
    if (!h->c) {
        die("ocpn_ctrl_new", "no memory");
    }
    h->f.c = h->c;
    if (h->setup.first && !ocpn_subsys_join(h->c, h->setup.first, err)) {
        return false;
    }
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        if (!ocpn_ns_add(h->c, &n->cfg, &h->f.media[n->cfg.nsid].disk,
                         err)) {
            return false;
        }
    }
    ocpn_ctrl_power_on(h->c);
    ocpn_ctrl_set_msix(h->c, true);
    fake_run(&h->f);
    return true;
}

static void power_on(FakeHost *h)
{
    OcpnError err;

    if (!try_power_on(h, &err)) {
        die("power on", err.text);
    }
}

FakeHost *fake_host_new(const FakeSetup *s)
{
    FakeHost *h = calloc(1, sizeof(*h));

    if (!h) {
        die("calloc", "no memory");
    }
    fake_port_init(&h->f);
    h->setup = *s;
    if (s->first) {
        h->setup.cfg = ocpn_subsys_config(s->first);
    }
    fill_config(&h->setup.cfg);
    for (const FakeNs *n = h->setup.ns; n->cfg.nsid; n++) {
        make_image(h, n);
    }
    power_on(h);
    return h;
}

static void start(FakeHost *h)
{
    if (!fake_enable(h) ||
        fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status) {
        die("start", "the controller does not become ready");
    }
}

FakeHost *fake_host_start(const FakeSetup *s)
{
    FakeHost *h = fake_host_new(s);

    start(h);
    return h;
}

void fake_host_off(FakeHost *h)
{
    h->f.hold = false;
    fake_io_finish_all(&h->f);
    if (fake_reg(h, REG_CSTS, 4) & 1) {
        fake_set_reg(h, REG_CC, CC_ENABLE | CC_SHUTDOWN, 4);
        fake_run(&h->f);
    }
    ocpn_ctrl_close(h->c);
    fake_run(&h->f);
    ocpn_ctrl_reset(h->c, OCPN_RESET_CONTROLLER);
    fake_run(&h->f);
    if (!ocpn_ctrl_quiet(h->c)) {
        die("power off", "the controller does not become quiet");
    }
    ocpn_ctrl_free(h->c);
    if (h->f.nallocs) {
        die("power off", "the controller did not free all it had");
    }
    h->c = h->f.c = NULL;
}

void fake_host_free(FakeHost *h)
{
    fake_host_off(h);
    fake_port_destroy(&h->f);
    free(h);
}

void fake_host_restart(FakeHost *h, bool clean)
{
    if (clean) {
        fake_host_off(h);
    } else {
        fake_port_kill(&h->f);
    }
    power_on(h);
    start(h);
}

bool fake_host_try(FakeHost *h)
{
    OcpnError err;

    fake_port_kill(&h->f);
    return try_power_on(h, &err) && fake_enable(h) &&
           fake_create_pair(h, 1, FAKE_QUEUE_SIZE).status == 0;
}

uint64_t fake_reg(FakeHost *h, uint32_t off, unsigned size)
{
    return ocpn_reg_read(h->c, off, size);
}

void fake_set_reg(FakeHost *h, uint32_t off, uint64_t val, unsigned size)
{
    ocpn_reg_write(h->c, off, val, size);
}

void fake_doorbell(FakeHost *h, uint32_t qid, bool cq, uint32_t val)
{
    ocpn_reg_write(h->c, DOORBELLS + qid * 8 + (cq ? 4 : 0), val, 4);
}

static void ring_init(FakeHost *h, uint16_t qid, uint32_t size)
{
    FakeQueue *q = &h->q[qid];

    q->sq = FAKE_RINGS + qid * RING_BYTES;
    q->cq = q->sq + RING_BYTES / 2;
    q->size = size;
    q->tail = q->head = 0;
    q->phase = 1;
    memset(fake_guest(h, q->sq), 0, RING_BYTES);
}

bool fake_enable(FakeHost *h)
{
    ring_init(h, 0, FAKE_ADMIN_SIZE);
    fake_set_reg(h, REG_AQA,
                 (FAKE_ADMIN_SIZE - 1) << 16 | (FAKE_ADMIN_SIZE - 1), 4);
    fake_set_reg(h, REG_ASQ, h->q[0].sq, 8);
    fake_set_reg(h, REG_ACQ, h->q[0].cq, 8);
    fake_set_reg(h, REG_CC, CC_ENABLE, 4);
    fake_run(&h->f);
    return fake_reg(h, REG_CSTS, 4) & 1;
}

bool fake_disable(FakeHost *h)
{
    fake_set_reg(h, REG_CC, CC_ENABLE & ~1u, 4);
    fake_run(&h->f);
    return !(fake_reg(h, REG_CSTS, 4) & 1);
}

FakeCqe fake_create_pair(FakeHost *h, uint16_t qid, uint32_t size)
{
    uint32_t cdw10 = (size - 1) << 16 | qid;
    FakeCqe e;

    ring_init(h, qid, size);
    e = fake_admin(h, &(FakeCmd) {
        .opc = 0x05, .prp1 = h->q[qid].cq, .cdw10 = cdw10,
        .cdw11 = (uint32_t)qid << 16 | 3,       /* IV, IEN, PC */
    });
    if (e.status) {
        return e;
    }
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x01, .prp1 = h->q[qid].sq, .cdw10 = cdw10,
        .cdw11 = (uint32_t)qid << 16 | 1,       /* CQID, PC */
    });
}

uint16_t fake_queue(FakeHost *h, uint16_t qid, const FakeCmd *cmd)
{
    FakeQueue *q = &h->q[qid];
    uint8_t *sqe = fake_guest(h, q->sq + q->tail * 64);
    const uint32_t cdw[] = { cmd->cdw10, cmd->cdw11, cmd->cdw12, cmd->cdw13,
                             cmd->cdw14, cmd->cdw15 };

    sqe[0] = cmd->opc;
    sqe[1] = cmd->flags;
    fake_put_le(sqe + 2, 2, ++h->cid);
    fake_put_le(sqe + 4, 4, cmd->nsid);
    fake_put_le(sqe + 8, 4, cmd->cdw2);
    fake_put_le(sqe + 12, 4, cmd->cdw3);
    fake_put_le(sqe + 16, 8, cmd->mptr);
    fake_put_le(sqe + 24, 8, cmd->prp1);
    fake_put_le(sqe + 32, 8, cmd->prp2);
    for (unsigned i = 0; i < 6; i++) {
        fake_put_le(sqe + 40 + 4 * i, 4, cdw[i]);
    }
    q->tail = (q->tail + 1) % q->size;
    return h->cid;
}

uint16_t fake_submit(FakeHost *h, uint16_t qid, const FakeCmd *cmd)
{
    uint16_t cid = fake_queue(h, qid, cmd);

    fake_doorbell(h, qid, false, h->q[qid].tail);
    return cid;
}

FakeCqe fake_reap(FakeHost *h, uint16_t qid)
{
    FakeQueue *q = &h->q[qid];
    const uint8_t *cqe = fake_guest(h, q->cq + q->head * 16);
    uint16_t status = (uint16_t)fake_le(cqe + 14, 2);
    FakeCqe e = { 0 };

    if ((status & 1) != q->phase) {
        return e;
    }
    e = (FakeCqe) {
        .found = true,
        .status = status >> 1 & 0x7ff,
        .dnr = status >> 15,
        .dw0 = (uint32_t)fake_le(cqe, 4),
        .dw1 = (uint32_t)fake_le(cqe + 4, 4),
        .sqhd = (uint16_t)fake_le(cqe + 8, 2),
        .sqid = (uint16_t)fake_le(cqe + 10, 2),
        .cid = (uint16_t)fake_le(cqe + 12, 2),
    };
    if (++q->head == q->size) {
        q->head = 0;
        q->phase ^= 1;
    }
    fake_doorbell(h, qid, true, q->head);
    return e;
}

static FakeCqe run_one(FakeHost *h, uint16_t qid, const FakeCmd *cmd)
{
    fake_submit(h, qid, cmd);
    fake_run(&h->f);
    return fake_reap(h, qid);
}

FakeCqe fake_admin(FakeHost *h, const FakeCmd *cmd)
{
    return run_one(h, 0, cmd);
}

FakeCqe fake_io(FakeHost *h, const FakeCmd *cmd)
{
    return run_one(h, 1, cmd);
}
