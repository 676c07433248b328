/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a file or device holds anything. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "ocp-nvme-img.h"

#define MIB ((uint64_t)1 << 20)

/* Read the bytes from OFF to END for one that is not zero. */
static bool zeros(ImgFile *f, uint64_t off, uint64_t end, bool *blank)
{
    g_autofree uint8_t *buf = g_malloc(MIB);

    for (; off < end && *blank; off += MIB) {
        size_t n = (size_t)MIN(MIB, end - off);

        if (!f->disk.read(f, off, buf, n)) {
            img_fail("cannot read %s: %s", f->name, g_strerror(f->error));
            return false;
        }
        *blank = buf[0] == 0 && memcmp(buf, buf + 1, n - 1) == 0;
    }
    return true;
}

bool img_is_blank(ImgFile *f, bool *blank)
{
    uint64_t size = f->disk.size;
    off_t off = 0;

    *blank = true;
    if (f->block_device) {
        return zeros(f, 0, MIN(size, 4 * MIB), blank) &&
               zeros(f, size - MIN(size, 4 * MIB), size, blank);
    }
    while (*blank && (off = lseek(f->fd, off, SEEK_DATA)) >= 0) {
        off_t hole = lseek(f->fd, off, SEEK_HOLE);

        if (hole < 0 || !zeros(f, (uint64_t)off, (uint64_t)hole, blank)) {
            return false;
        }
        off = hole;
    }
    return true;
}
