/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drive as Linux shows it: its nodes, its limits, commands to it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conform.h"

Drive drive = { .ctrl = -1, .ns = -1 };

uint32_t u16_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

uint32_t u32_at(const uint8_t *p)
{
    return u16_at(p) | u16_at(p + 2) << 16;
}

uint64_t u64_at(const uint8_t *p)
{
    return u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
}

bool all_are(const uint8_t *p, size_t n, uint8_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != value) {
            return false;
        }
    }
    return true;
}

static uint64_t word(uint64_t lba, uint32_t gen, uint32_t i)
{
    return (lba + ((uint64_t)gen << 40)) * 0x9e3779b97f4a7c15u + i;
}

void fill_block(uint8_t *p, uint32_t bytes, uint64_t lba, uint32_t gen)
{
    for (uint32_t i = 0; i < bytes; i += 8) {
        uint64_t w = word(lba, gen, i);

        memcpy(p + i, &w, bytes - i < 8 ? bytes - i : 8);
    }
}

bool is_block(const uint8_t *p, uint32_t bytes, uint64_t lba, uint32_t gen)
{
    for (uint32_t i = 0; i < bytes; i += 8) {
        uint64_t w = word(lba, gen, i);

        if (memcmp(p + i, &w, bytes - i < 8 ? bytes - i : 8)) {
            return false;
        }
    }
    return true;
}

/* The drive's answer, or the end of the check if it never saw the command. */
static uint16_t answer(int status, const Cmd *cmd)
{
    if (status < 0 && !CU_get_current_test()) {
        return 0xffff;
    }
    if (status < 0) {
        GIVE_UP("the kernel refuses opcode %02Xh with %u bytes: %s",
                cmd->opcode, cmd->data_len, strerror(errno));
    }
    return (uint16_t)status;
}

/* As answer(), for kernels before 5.5, whose results are dword 0. */
static uint16_t narrow(int fd, bool is_admin, const Cmd *cmd)
{
    struct nvme_passthru_cmd old = { 0 };
    uint32_t result = 0;
    int status;

    memcpy(&old, cmd, offsetof(Cmd, timeout_ms) + sizeof(cmd->timeout_ms));
    status = is_admin ? nvme_submit_admin_passthru(fd, &old, &result) :
                        nvme_submit_io_passthru(fd, &old, &result);
    drive.result = result;
    return answer(status, cmd);
}

uint16_t admin(Cmd cmd)
{
    __u64 result = 0;
    int status;

    if (drive.narrow) {
        return narrow(drive.ctrl, true, &cmd);
    }
    status = nvme_submit_admin_passthru64(drive.ctrl, &cmd, &result);
    drive.result = result;
    return answer(status, &cmd);
}

uint16_t io(Cmd cmd)
{
    __u64 result = 0;
    int status;

    if (drive.narrow) {
        return narrow(drive.ns, false, &cmd);
    }
    status = nvme_submit_io_passthru64(drive.ns, &cmd, &result);
    drive.result = result;
    return answer(status, &cmd);
}

uint16_t identify(uint8_t cns, uint32_t nsid, void *page)
{
    memset(page, POISON, 4096);
    return admin((Cmd) { .opcode = 0x06, .nsid = nsid, .cdw10 = cns,
                         .addr = (uintptr_t)page, .data_len = 4096 });
}

/* With Retain Asynchronous Event: the kernel may be waiting for one. */
uint16_t get_log(uint8_t lid, uint32_t nsid, uint64_t offset, void *buf,
                 uint32_t bytes)
{
    uint32_t numd = bytes / 4 - 1;

    memset(buf, POISON, bytes);
    return admin((Cmd) { .opcode = 0x02, .nsid = nsid,
                         .cdw10 = lid | 1u << 15 | numd << 16,
                         .cdw11 = numd >> 16,
                         .cdw12 = (uint32_t)offset,
                         .cdw13 = (uint32_t)(offset >> 32),
                         .addr = (uintptr_t)buf, .data_len = bytes });
}

uint16_t get_feature(uint8_t fid, uint32_t nsid, uint8_t select)
{
    return admin((Cmd) { .opcode = 0x0a, .nsid = nsid,
                         .cdw10 = fid | (uint32_t)select << 8 });
}

uint16_t set_feature(uint8_t fid, uint32_t nsid, uint32_t value)
{
    return admin((Cmd) { .opcode = 0x09, .nsid = nsid, .cdw10 = fid,
                         .cdw11 = value });
}

/* Disable and enable the controller, and wait until it is live again. */
void controller_reset(void)
{
    uint8_t page[4096];

    if (ioctl(drive.ctrl, NVME_IOCTL_RESET) < 0) {
        GIVE_UP("controller reset: %s", strerror(errno));
    }
    EXPECT(SC_OK, identify(0x01, 0, page));
}

void poison(uint32_t blocks)
{
    memset(drive.data, POISON, (size_t)blocks * drive.block_size);
    memset(drive.meta, POISON, META_BYTES);
}

/* A number in a file of sysfs, 0 if there is none. */
static unsigned long sysfs_number(const char *block, const char *name)
{
    char path[400];
    unsigned long value = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/sys/class/block/%s/%s", block, name);
    f = fopen(path, "r");
    if (f) {
        if (fscanf(f, "%lu", &value) != 1) {
            value = 0;
        }
        fclose(f);
    }
    return value;
}

/* Is this entry of the controller's folder a namespace?  Name its block. */
static bool namespace_name(const char *entry, char *block, size_t size)
{
    unsigned x, path, n;
    int end = 0;

    if (sscanf(entry, "nvme%uc%un%u%n", &x, &path, &n, &end) == 3 &&
        !entry[end]) {
        return snprintf(block, size, "nvme%un%u", x, n) > 0;
    }
    end = 0;
    if (sscanf(entry, "nvme%un%u%n", &x, &n, &end) == 2 && !entry[end]) {
        return snprintf(block, size, "%s", entry) > 0;
    }
    return false;
}

/* Nobody may be using any namespace: mounted, swap, or part of a device. */
static bool unused(const char *block)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/dev/%.31s", block);
    fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (errno != EBUSY) {
        return true;
    }
    fprintf(stderr, "ocp-nvme-conform: %s is in use (a mounted file system, "
            "swap, or part of another device); unmount it first\n", path);
    return false;
}

/* Find the namespace NSID, or the lowest if 0, of the controller PATH. */
static bool find_namespace(const char *path, uint32_t nsid)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char folder[300], block[32];
    struct dirent *entry;
    bool ok = true;
    DIR *dir;

    snprintf(drive.name, sizeof(drive.name), "%s", base);
    snprintf(folder, sizeof(folder), "/sys/class/nvme/%s", drive.name);
    dir = opendir(folder);
    if (!dir) {
        fprintf(stderr, "ocp-nvme-conform: %s is no NVMe controller; give "
                "one such as /dev/nvme0\n", path);
        return false;
    }
    while (ok && (entry = readdir(dir))) {
        uint32_t id;

        if (!namespace_name(entry->d_name, block, sizeof(block))) {
            continue;
        }
        ok = unused(block);
        id = (uint32_t)sysfs_number(block, "nsid");
        if (nsid ? id == nsid : !drive.nsid || id < drive.nsid) {
            drive.nsid = id;
            snprintf(drive.block, sizeof(drive.block), "%s", block);
        }
    }
    closedir(dir);
    if (ok && !drive.nsid) {
        fprintf(stderr, "ocp-nvme-conform: %s shows no namespace%s\n", path,
                nsid ? " of that number" : "");
    }
    return ok && drive.nsid;
}

/* The character device is there even where the block device is hidden. */
static bool open_namespace(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/dev/ng%.31s",
             drive.block + strlen("nvme"));
    drive.ns = open(path, O_RDWR | O_CLOEXEC);
    if (drive.ns < 0) {
        snprintf(path, sizeof(path), "/dev/%.31s", drive.block);
        drive.ns = open(path, O_RDWR | O_CLOEXEC);
    }
    if (drive.ns < 0) {
        fprintf(stderr, "ocp-nvme-conform: cannot open %s: %s\n", path,
                strerror(errno));
        return false;
    }
    return true;
}

static bool buffers(void)
{
    size_t size = DATA_BYTES + META_BYTES;

    drive.data = aligned_alloc(2u << 20, (size + (2u << 20) - 1) &
                                         ~(size_t)((2u << 20) - 1));
    if (!drive.data) {
        fprintf(stderr, "ocp-nvme-conform: out of memory\n");
        return false;
    }
    madvise(drive.data, DATA_BYTES, MADV_HUGEPAGE);
    memset(drive.data, 0, size);
    drive.meta = drive.data + DATA_BYTES;
    return true;
}

/* NVMe Base 2.0, "Identify Controller": MDTS is in units of 4 KiB here. */
static void limits(void)
{
    unsigned long kernel = sysfs_number(drive.block, "queue/max_hw_sectors_kb");
    uint8_t mdts = drive.id_ctrl[77];
    uint8_t format = drive.id_ns[26] & 15;
    const uint8_t *lbaf = drive.id_ns + 128 + 4 * format;

    drive.block_size = 1u << lbaf[2];
    drive.meta_size = u16_at(lbaf);
    if (drive.id_ns[26] & 0x10) {       /* metadata at the end of the data */
        drive.block_size += drive.meta_size;
        drive.meta_size = 0;
    }
    drive.max_bytes = 256u << 10;
    if (kernel && kernel < 256) {
        drive.max_bytes = (uint32_t)kernel << 10;
    }
    if (mdts && mdts < 6) {
        drive.max_bytes = 4096u << mdts;
    }
    drive.open_channel = drive.id_ns[384] == 1;
}

/* One block with metadata tells whether the kernel passes it. */
static bool try_metadata(void)
{
    Cmd cmd = { .opcode = 0x02, .nsid = drive.nsid,
                .addr = (uintptr_t)drive.data, .data_len = drive.block_size,
                .metadata = (uintptr_t)drive.meta,
                .metadata_len = drive.meta_size };

    return drive.meta_size &&
           nvme_submit_io_passthru64(drive.ns, &cmd, NULL) >= 0;
}

/*
 * Open the controller PATH and its namespace NSID (0: the lowest), and learn
 * its limits.  False, after a message: this is not possible or not wise.
 */
bool host_open(const char *path, uint32_t nsid)
{
    Cmd cmd = { .opcode = 0x06, .cdw10 = 1, .data_len = 4096 };

    if (!buffers() || !find_namespace(path, nsid)) {
        return false;
    }
    drive.ctrl = open(path, O_RDWR | O_CLOEXEC);
    if (drive.ctrl < 0) {
        fprintf(stderr, "ocp-nvme-conform: cannot open %s: %s\n", path,
                strerror(errno));
        return false;
    }
    cmd.addr = (uintptr_t)drive.id_ctrl;
    drive.narrow = nvme_submit_admin_passthru64(drive.ctrl, &cmd, NULL) < 0 &&
                   errno == ENOTTY;
    if (!open_namespace() || identify(0x01, 0, drive.id_ctrl) != SC_OK ||
        identify(0x00, drive.nsid, drive.id_ns) != SC_OK) {
        fprintf(stderr, "ocp-nvme-conform: %s does not identify itself\n",
                path);
        return false;
    }
    limits();
    drive.kernel_meta = try_metadata();
    return true;
}
