/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QEMU at a time on a file that is mapped.
 *
 * QEMU's memory backends lock nothing, its file driver (block/file-posix.c)
 * does: with a read lock on byte 100 + N a process says that it uses
 * permission N, with one on byte 200 + N that nobody else may.  The same is
 * done here, so that drive= and memdev= on one file exclude each other, too.
 */
#include "qemu/osdep.h"
#include "block/block-common.h"
#include "qapi/error.h"

#include "memory.h"

#define USED        100
#define UNSHARED    200

typedef struct Claim {
    uint64_t used, unshared;    /* BLK_PERM_* */
} Claim;

static Claim claim_of(const OcpnMemory *m)
{
    return (Claim) {
        .used = BLK_PERM_CONSISTENT_READ | BLK_PERM_WRITE,
        .unshared = BLK_PERM_RESIZE |
                    (m->dr->conf.share_rw ? 0 : BLK_PERM_WRITE),
    };
}

/* Lock or test the bytes of PERMS from BASE on.  0 or -errno. */
static int each(const OcpnMemory *m, int64_t base, uint64_t perms, bool test)
{
    int ret = 0;

    for (int i = 0; !ret && i < 64; i++) {
        if (perms & (UINT64_C(1) << i)) {
            ret = test ? qemu_lock_fd_test(m->fd, base + i, 1, true)
                       : qemu_lock_fd(m->fd, base + i, 1, false);
        }
    }
    return ret;
}

bool ocpn_memory_lock(const OcpnMemory *m, Error **errp)
{
    Claim c = claim_of(m);
    int ret;

    if (!m->is_file || !qemu_has_ofd_lock()) {
        return true;
    }
    ret = each(m, USED, c.used, false);
    ret = ret ?: each(m, UNSHARED, c.unshared, false);
    ret = ret ?: each(m, UNSHARED, c.used, true);
    ret = ret ?: each(m, USED, c.unshared, true);
    if (!ret) {
        return true;
    }
    ocpn_memory_unlock(m);
    if (ret == -EAGAIN || ret == -EACCES) {
        error_setg(errp, "the file of memdev '%s' is in use, by another QEMU "
                   "or as another drive of this one; end that first",
                   ocpn_drive_name(m->dr));
    } else {
        error_setg_errno(errp, -ret, "cannot lock the file of memdev '%s'",
                         ocpn_drive_name(m->dr));
    }
    return false;
}

void ocpn_memory_unlock(const OcpnMemory *m)
{
    if (m->is_file && qemu_has_ofd_lock()) {
        qemu_unlock_fd(m->fd, USED, 2 * (UNSHARED - USED));
    }
}
