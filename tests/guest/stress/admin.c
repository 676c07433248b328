/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admin commands beside the load (saved features, log pages), their proof. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

static const uint64_t unset = ~0ull;

/* Features that can be saved, that Linux leaves alone, and their bits. */
static const struct {
    uint8_t  fid;
    uint32_t mask;
} features[NFEATURES] = {
    { 0x01, 0xffffff07 },       /* Arbitration */
    { 0x08, 0x0000ffff },       /* Interrupt Coalescing */
    { 0x0a, 0x00000001 },       /* Write Atomicity */
};

enum { CURRENT, DEFAULT, SAVED };

static bool get(Drive *d, unsigned i, uint32_t select, uint32_t *value)
{
    struct nvme_passthru_cmd64 cmd = {
        .opcode = 0x0a, .cdw10 = features[i].fid | select << 8,
    };
    int status = drive_admin(d, &cmd);

    *value = (uint32_t)cmd.result;
    if (status) {
        violation(d, "Get Features %02Xh: status %d (%03Xh)", features[i].fid,
                  status, status & 0x7ff);
    }
    return !status;
}

static bool verify_feature(Drive *d, unsigned i)
{
    Shared *s = d->shared;
    uint32_t saved, current;

    if (!get(d, i, SAVED, &saved) || !get(d, i, CURRENT, &current)) {
        return false;
    }
    if (s->feature[i] == unset && s->feature_next[i] == unset) {
        return true;
    }
    if (saved != current ||
        (s->feature[i] != unset && saved != s->feature[i] &&
         saved != s->feature_next[i])) {
        violation(d, "feature %02Xh: expected %llXh or, not acknowledged, "
                  "%llXh; found %Xh saved, %Xh in use", features[i].fid,
                  (unsigned long long)s->feature[i],
                  (unsigned long long)s->feature_next[i], saved, current);
        return false;
    }
    s->feature[i] = saved;
    s->feature_next[i] = unset;
    return true;
}

/* SMART / Health: the drive has counted its starts, and the kills. */
static bool verify_counts(Drive *d)
{
    uint8_t *page = buffer_get(4096);
    int status = drive_log(d, 0x02, 0, page, 512);
    uint64_t cycles, unsafe;

    if (status) {
        violation(d, "SMART / Health: status %03Xh", status);
        return false;
    }
    memcpy(&cycles, page + 112, 8);
    memcpy(&unsafe, page + 144, 8);
    if (cycles != d->shared->boots || unsafe != d->kills) {
        violation(d, "SMART / Health: expected %llu power cycles, %llu unsafe "
                  "shutdowns; found %llu, %llu",
                  (unsigned long long)d->shared->boots,
                  (unsigned long long)d->kills, (unsigned long long)cycles,
                  (unsigned long long)unsafe);
        return false;
    }
    return true;
}

bool verify_admin(Drive *d)
{
    bool ok = verify_counts(d);

    for (unsigned i = 0; i < NFEATURES; i++) {
        ok = verify_feature(d, i) && ok;
    }
    return ok;
}

static void save_feature(Drive *d, Thread *t)
{
    unsigned i = pick(t, NFEATURES);
    uint32_t value = (pick(t, 0xffff) << 16 | pick(t, 0xffff)) &
                     features[i].mask;
    struct nvme_passthru_cmd64 cmd = {
        .opcode = 0x09, .cdw10 = features[i].fid | 1u << 31, .cdw11 = value,
    };
    int status;

    d->shared->feature_next[i] = value;
    status = drive_admin(d, &cmd);
    if (status) {
        violation(d, "Set Features %02Xh: status %d (%03Xh)", features[i].fid,
                  status, status & 0x7ff);
        exit(1);
    }
    d->shared->feature[i] = value;
    d->shared->feature_next[i] = unset;
}

/* SMART, errors, OCP's SMART, and of an open-channel drive its chunks. */
static void read_log(Drive *d, Thread *t, uint8_t *page)
{
    static const uint8_t lids[] = { 0x02, 0x01, 0xc0, 0xca };
    uint8_t lid = lids[pick(t, d->open_channel ? 4 : 3)];
    int status = drive_log(d, lid, 0, page, 512);

    if (status) {
        violation(d, "log page %02Xh: status %d (%03Xh)", lid, status,
                  status & 0x7ff);
        exit(1);
    }
}

/* Never returns. */
void load_admin(Drive *d, uint64_t seed)
{
    Thread t = { .drive = d, .random = ~seed * 8 + d->slot + 1 };
    uint8_t *page = buffer_get(4096);

    for (;;) {
        atomic_fetch_add(&d->shared->sent, 1);
        if (pick(&t, 2)) {
            save_feature(d, &t);
        } else {
            read_log(d, &t, page);
        }
        atomic_fetch_add(&d->shared->acked, 1);
        usleep(1000);
    }
}
