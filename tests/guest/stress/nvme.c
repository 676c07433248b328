/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drive behind Linux: its nodes, its limits, commands one by one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stress.h"

static uint32_t u16_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32_at(const uint8_t *p)
{
    return u16_at(p) | u16_at(p + 2) << 16;
}

/* The status of the drive, or -errno. */
static int ask(int fd, unsigned long request, struct nvme_passthru_cmd64 *cmd)
{
    int status;

    cmd->timeout_ms = 600000;
    status = ioctl(fd, request, cmd);
    return status < 0 ? -errno : status & 0x7ff;
}

int drive_admin(Drive *d, struct nvme_passthru_cmd64 *cmd)
{
    return ask(d->ctrl, NVME_IOCTL_ADMIN64_CMD, cmd);
}

int drive_io(Drive *d, struct nvme_passthru_cmd64 *cmd)
{
    return ask(d->ns, NVME_IOCTL_IO64_CMD, cmd);
}

/* With Retain Asynchronous Event: the kernel may be waiting for one. */
int drive_log(Drive *d, uint8_t lid, uint64_t offset, void *buf,
              uint32_t bytes)
{
    struct nvme_passthru_cmd64 cmd = {
        .opcode = 0x02, .nsid = lid == 0xca ? d->nsid : 0xffffffff,
        .cdw10 = lid | 1u << 15 | (bytes / 4 - 1) << 16,
        .cdw12 = (uint32_t)offset, .addr = (uintptr_t)buf, .data_len = bytes,
    };

    return drive_admin(d, &cmd);
}

/* The address of the block that is counted without holes. */
uint64_t drive_lba(const Drive *d, uint64_t block)
{
    uint32_t chunk, unit;

    if (!d->open_channel) {
        return block;
    }
    chunk = (uint32_t)(block / d->clba);
    unit = chunk / d->chks;
    return ((((uint64_t)(unit / d->pus) << d->pu_bits | unit % d->pus)
             << d->chk_bits | chunk % d->chks) << d->lb_bits) |
           block % d->clba;
}

/* Locked memory, of whole pages, zeros. */
void *buffer_get(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (p == MAP_FAILED || mlock(p, bytes) < 0) {
        perror("memory");
        exit(2);
    }
    memset(p, 0, bytes);
    return p;
}

/* Where the drive finds it; Documentation/admin-guide/mm/pagemap.rst. */
uint64_t buffer_physical(const void *p)
{
    static int fd = -1;
    uint64_t entry = 0, at = (uintptr_t)p;

    if (fd < 0) {
        fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    }
    if (pread(fd, &entry, 8, (off_t)(at / 4096 * 8)) != 8 || !(entry >> 63)) {
        fprintf(stderr, "no physical address\n");
        exit(2);
    }
    return (entry & ((1ull << 55) - 1)) * 4096 + at % 4096;
}

/* Find the controller by its serial number, and its namespace's node. */
static bool find(Drive *d, char *ctrl, char *ns, size_t size)
{
    char path[400], serial[32], want[32];
    struct dirent *entry;
    unsigned x, c, n;
    DIR *dir;

    snprintf(want, sizeof(want), "ocp-nvme-%u", d->slot + 1);
    for (x = 0; x < 64; x++) {
        FILE *f;

        snprintf(path, sizeof(path), "/sys/class/nvme/nvme%u/serial", x);
        f = fopen(path, "r");
        if (!f) {
            continue;
        }
        if (fscanf(f, "%31s", serial) == 1 && !strcmp(serial, want)) {
            fclose(f);
            break;
        }
        fclose(f);
    }
    snprintf(ctrl, size, "/dev/nvme%u", x);
    snprintf(path, sizeof(path), "/sys/class/nvme/nvme%u", x);
    dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        if (sscanf(entry->d_name, "nvme%uc%un%u", &x, &c, &n) == 3 ||
            sscanf(entry->d_name, "ng%un%u", &x, &n) == 2) {
            snprintf(ns, size, "/dev/ng%un%u", x, n);
            closedir(dir);
            return true;
        }
    }
    fprintf(stderr, "there is no drive of the serial number %s\n", want);
    return false;
}

static bool identify(Drive *d, uint8_t opcode, uint32_t cns, void *page)
{
    struct nvme_passthru_cmd64 cmd = {
        .opcode = opcode, .nsid = cns == 1 ? 0 : d->nsid, .cdw10 = cns,
        .addr = (uintptr_t)page, .data_len = 4096,
    };
    int status = drive_admin(d, &cmd);

    if (status) {
        fprintf(stderr, "%s: opcode %02Xh: status %d\n", d->path, opcode,
                status);
    }
    return !status;
}

/* Open-Channel SSD 2.0, section 2.1 */
static bool geometry(Drive *d)
{
    uint8_t *p = buffer_get(4096);

    if (!identify(d, 0xe2, 0, p)) {
        return false;
    }
    d->pu_bits = p[9];
    d->chk_bits = p[10];
    d->lb_bits = p[11];
    d->copy = p[16] & 1;
    d->grps = u16_at(p + 64);
    d->pus = u16_at(p + 66);
    d->chks = u32_at(p + 68);
    d->clba = u32_at(p + 72);
    d->ws_min = u32_at(p + 128);
    d->ws_opt = u32_at(p + 132);
    d->window = u32_at(p + 136);
    d->nchunks = d->grps * d->pus * d->chks;
    d->nblocks = (uint64_t)d->nchunks * d->clba;
    return d->ws_min && d->clba % d->ws_min == 0 && d->window < d->clba;
}

bool drive_open(Drive *d)
{
    static char ctrl[64], ns[64];
    uint8_t *p = buffer_get(4096);
    const uint8_t *lbaf;

    if (!find(d, ctrl, ns, sizeof(ctrl))) {
        return false;
    }
    d->path = ctrl;
    d->nsid = 1;
    d->ctrl = open(ctrl, O_RDWR | O_CLOEXEC);
    d->ns = open(ns, O_RDWR | O_CLOEXEC);
    if (d->ctrl < 0 || d->ns < 0 || !identify(d, 0x06, 0, p)) {
        fprintf(stderr, "%s, %s: %s\n", ctrl, ns, strerror(errno));
        return false;
    }
    lbaf = p + 128 + 4 * (p[26] & 15);
    d->block_size = 1u << lbaf[2];
    d->meta_size = u16_at(lbaf);
    d->nblocks = u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
    d->open_channel = p[384] == 1;
    return !d->open_channel || geometry(d);
}
