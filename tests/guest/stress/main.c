/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ocp-nvme-stress verify|load SEED BOOT KILLS SLOT
 *
 * Verify the drive with the serial number ocp-nvme-(SLOT + 1), or load it until
 * the virtual machine is killed.  SEED: of contents and load.  BOOT: counts the
 * runs on these images.  KILLS: runs that were killed.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress.h"

static _Atomic unsigned violations;

/* One write(), so that lines of several drives do not mix. */
static void say(Drive *d, const char *what, const char *format, va_list args)
{
    char line[800];
    size_t end;

    snprintf(line, sizeof(line), "%s drive %u: ", what, d->slot);
    end = strlen(line);
    vsnprintf(line + end, sizeof(line) - end - 1, format, args);
    end = strlen(line);
    line[end++] = '\n';
    if (write(STDOUT_FILENO, line, end) != (ssize_t)end) {
        exit(2);
    }
}

void violation(Drive *d, const char *format, ...)
{
    va_list args;

    if (atomic_fetch_add(&violations, 1) < 20) {
        va_start(args, format);
        say(d, "violation", format, args);
        va_end(args);
    }
    if (d->shared) {
        d->shared->phase = PHASE_FAILED;
    }
}

static int verify_all(Drive *d, uint64_t boot)
{
    Shared *s = d->shared;

    s->verified_bytes = s->open_new = s->open_old = s->mixed = 0;
    s->phase = PHASE_VERIFY;
    s->boots = boot;
    if (!verify(d)) {
        s->phase = PHASE_FAILED;
        return 1;
    }
    s->acked = s->acked_bytes = s->sent = 0;
    s->phase = PHASE_VERIFIED;
    return 0;
}

int main(int argc, char **argv)
{
    static Drive d;
    uint64_t boot;

    if (argc != 6 || sscanf(argv[2], "%" SCNu64, &d.seed) != 1 ||
        sscanf(argv[3], "%" SCNu64, &boot) != 1 ||
        sscanf(argv[4], "%" SCNu64, &d.kills) != 1 ||
        sscanf(argv[5], "%u", &d.slot) != 1) {
        fprintf(stderr, "usage: ocp-nvme-stress verify|load SEED BOOT KILLS "
                "SLOT\n");
        return 2;
    }
    if (!drive_open(&d) || !journal_open(&d)) {
        return 2;
    }
    if (!strcmp(argv[1], "verify")) {
        return verify_all(&d, boot);
    }
    d.shared->phase = PHASE_LOAD;
    load(&d, d.seed + 1000003 * boot);
    return 0;
}
