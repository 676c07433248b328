/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vector commands.  A list of more than one address lies in memory, and the
 * command names its physical address (section 7.2), which passthrough cannot
 * translate.  So the list goes into locked memory whose physical address
 * /proc/self/pagemap tells root, on machines where the drive sees the same
 * addresses as the processor.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chunk.h"

#define AREA    (4u << 20)
#define PAGE    4096u

static uint8_t *area;           /* one page, or two if contiguous */
static bool contiguous;         /* in physical memory as well */
static int pagemap = -1;

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 present, 54:0 the frame. */
static uint64_t physical(const uint8_t *p)
{
    uint64_t entry = 0;
    off_t at = (off_t)((uintptr_t)p / PAGE * 8);

    if (pread(pagemap, &entry, 8, at) != 8 || !(entry >> 63)) {
        return 0;
    }
    return (entry & ((1ull << 55) - 1)) * PAGE + (uintptr_t)p % PAGE;
}

/* Does an IOMMU give the drive addresses of its own? */
static bool translated(void)
{
    char path[128], type[32] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/sys/class/nvme/%s/device/iommu_group/type",
             drive.name);
    f = fopen(path, "r");
    if (!f) {
        return false;
    }
    if (!fgets(type, sizeof(type), f)) {
        type[0] = 0;
    }
    fclose(f);
    return strncmp(type, "identity", 8) != 0;
}

const char *list_open(void)
{
    uint8_t *p;

    if (translated()) {
        return "an IOMMU gives the drive other addresses than the processor's";
    }
    p = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (p == MAP_FAILED || pagemap < 0) {
        return "there is no /proc/self/pagemap";
    }
    madvise(p, AREA, MADV_HUGEPAGE);
    if (mlock(p, AREA) < 0) {
        return "memory cannot be locked";
    }
    memset(p, 0, AREA);
    if (!physical(p)) {
        return "/proc/self/pagemap tells physical addresses to root only";
    }
    area = p;
    for (uint32_t i = 0; i + PAGE < AREA && !contiguous; i += PAGE) {
        if (physical(p + i) + PAGE == physical(p + i + PAGE)) {
            area = p + i;
            contiguous = true;
        }
    }
    return NULL;
}

/* Are there two pages for the list to cross from one to the other? */
bool list_contiguous(void)
{
    return contiguous;
}

/* Put the list at BYTE of the area; return its physical address. */
uint64_t list_put(uint32_t byte, const List *list)
{
    uint64_t address;

    memcpy(area + byte, list->lba, 8 * list->n);
    address = physical(area + byte);
    if (!address) {
        GIVE_UP("the locked memory has no physical address any more");
    }
    return address;
}

/* N addresses from LBA on */
void add(List *list, uint64_t lba, uint32_t n)
{
    for (uint32_t i = 0; i < n && list->n < 64; i++) {
        list->lba[list->n++] = lba + i;
    }
}

uint64_t bits(unsigned n)
{
    return n < 64 ? (1ull << n) - 1 : ~0ull;
}

void expect_bitmap_at(unsigned line, uint64_t want)
{
    uint64_t mask = drive.narrow ? 0xffffffff : ~0ull;

    if ((drive.result & mask) != (want & mask)) {
        fail_at("completion", line, false, "status bitmap %llXh, wanted %llXh",
                (unsigned long long)drive.result, (unsigned long long)want);
    }
}

/* A vector command on the buffers, its list at ADDRESS (or one LBA). */
uint16_t vector_at(uint8_t opcode, uint64_t address, uint32_t dw12,
                   uint32_t n)
{
    bool data = opcode == VECTOR_WRITE || opcode == VECTOR_READ;
    bool meta = data && drive.kernel_meta;

    return io((Cmd) {
        .opcode = opcode, .nsid = drive.nsid,
        .addr = data ? (uintptr_t)drive.data : 0,
        .data_len = data ? n * drive.block_size : 0,
        .metadata = meta ? (uintptr_t)drive.meta : 0,
        .metadata_len = meta ? n * drive.meta_size : 0,
        .cdw10 = (uint32_t)address, .cdw11 = (uint32_t)(address >> 32),
        .cdw12 = dw12 });
}

/* DW12 is OR'ed to the number of blocks. */
uint16_t vector(uint8_t opcode, const List *list, uint32_t dw12)
{
    uint64_t address = list->n > 1 ? list_put(0, list) : list->lba[0];

    return vector_at(opcode, address, (list->n - 1) | dw12, list->n);
}

uint16_t vector_write(const List *list)
{
    for (unsigned i = 0; i < list->n; i++) {
        fill_block(drive.data + (size_t)i * drive.block_size,
                   drive.block_size, list->lba[i], gen_of(list->lba[i]));
        fill_block(drive.meta + (size_t)i * drive.meta_size, drive.meta_size,
                   list->lba[i], gen_of(list->lba[i]) + 1);
    }
    return vector(VECTOR_WRITE, list, 0);
}

uint16_t vector_read(const List *list)
{
    poison(list->n);
    return vector(VECTOR_READ, list, 0);
}

uint16_t vector_reset(const List *list)
{
    return vector(VECTOR_RESET, list, 0);
}

/*
 * With a buffer for the chunks' new descriptors, in place of metadata.  The
 * kernel passes it only along with data, which the drive ignores.
 */
uint16_t vector_reset_chunks(const List *list, uint8_t *descriptors)
{
    uint64_t address = list->n > 1 ? list_put(0, list) : list->lba[0];

    memset(descriptors, POISON, 32 * list->n);
    return io((Cmd) { .opcode = VECTOR_RESET, .nsid = drive.nsid,
                      .addr = (uintptr_t)drive.data, .data_len = 4096,
                      .metadata = (uintptr_t)descriptors,
                      .metadata_len = 32 * list->n,
                      .cdw10 = (uint32_t)address,
                      .cdw11 = (uint32_t)(address >> 32),
                      .cdw12 = list->n - 1 });
}

uint16_t vector_copy(const List *from, const List *to)
{
    uint64_t source = from->n > 1 ? list_put(0, from) : from->lba[0];
    uint64_t target = to->n > 1 ? list_put(2048, to) : to->lba[0];

    return io((Cmd) { .opcode = VECTOR_COPY, .nsid = drive.nsid,
                      .cdw10 = (uint32_t)source,
                      .cdw11 = (uint32_t)(source >> 32),
                      .cdw12 = from->n - 1, .cdw14 = (uint32_t)target,
                      .cdw15 = (uint32_t)(target >> 32) });
}
