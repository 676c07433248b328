/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Image files: opening and locking. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ocp-nvme-img.h"

/*
 * QEMU's image locks (its block/file-posix.c): who needs permission I holds
 * byte 100 + I shared, who does not allow it to others holds byte 200 + I
 * shared; whether somebody does is asked with F_OFD_GETLK.
 */
#define LOCK_NEED       100
#define LOCK_REFUSE     200

enum {
    PERM_READ       = 1 << 0,
    PERM_WRITE      = 1 << 1,
    PERM_WRITE_SAME = 1 << 2,
    PERM_RESIZE     = 1 << 3,
    PERM_ALL        = 15,
};

static bool disk_read(void *opaque, uint64_t off, void *buf, size_t len)
{
    ImgFile *f = opaque;
    uint8_t *p = buf;

    while (len > 0) {
        ssize_t n = pread(f->fd, p, len, (off_t)off);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            f->error = n < 0 ? errno : ENODATA;
            return false;
        }
        p += n;
        off += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static bool disk_write(void *opaque, uint64_t off, const void *buf, size_t len)
{
    ImgFile *f = opaque;
    const uint8_t *p = buf;

    while (len > 0) {
        ssize_t n = pwrite(f->fd, p, len, (off_t)off);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            f->error = n < 0 ? errno : EIO;
            return false;
        }
        p += n;
        off += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

static bool disk_flush(void *opaque)
{
    ImgFile *f = opaque;

    if (fdatasync(f->fd) < 0) {
        f->error = errno;
        return false;
    }
    return true;
}

/* Hold the bytes of MASK from BASE on.  Where locks do not work, go on. */
static bool hold(int fd, int base, int mask)
{
    for (int i = 0; i < 4; i++) {
        struct flock lock = {
            .l_type = F_RDLCK, .l_whence = SEEK_SET,
            .l_start = base + i, .l_len = 1,
        };

        if (mask & 1 << i && fcntl(fd, F_OFD_SETLK, &lock) < 0 &&
            (errno == EAGAIN || errno == EACCES)) {
            return false;
        }
    }
    return true;
}

/* Whether another process holds one of the bytes of MASK. */
static bool held(int fd, int base, int mask)
{
    for (int i = 0; i < 4; i++) {
        struct flock lock = {
            .l_type = F_WRLCK, .l_whence = SEEK_SET,
            .l_start = base + i, .l_len = 1,
        };

        if (mask & 1 << i && fcntl(fd, F_OFD_GETLK, &lock) == 0 &&
            lock.l_type != F_UNLCK) {
            return true;
        }
    }
    return false;
}

static bool lock_file(const ImgFile *f, ImgAccess access)
{
    int need = f->writable ? PERM_READ | PERM_WRITE | PERM_RESIZE : PERM_READ;
    int refuse = f->writable ? PERM_ALL : PERM_WRITE | PERM_RESIZE;

    if (access == IMG_READ_SHARED) {
        return true;
    }
    return hold(f->fd, LOCK_NEED, need) && hold(f->fd, LOCK_REFUSE, refuse) &&
           !held(f->fd, LOCK_REFUSE, need) && !held(f->fd, LOCK_NEED, refuse);
}

static bool find_size(ImgFile *f, const struct stat *st)
{
    uint64_t size;

    if (S_ISREG(st->st_mode)) {
        f->disk.size = (uint64_t)st->st_size;
        return true;
    }
    if (!S_ISBLK(st->st_mode)) {
        img_fail("%s is neither a file nor a block device", f->name);
        return false;
    }
    f->block_device = true;
    if (ioctl(f->fd, BLKGETSIZE64, &size) < 0) {
        img_fail("cannot find the size of %s: %s", f->name,
                 g_strerror(errno));
        return false;
    }
    f->disk.size = size;
    return true;
}

static bool open_fd(ImgFile *f, ImgAccess access)
{
    int flags = (f->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;

    f->fd = open(f->name, flags);
    if (f->fd < 0 && errno == ENOENT && access == IMG_CREATE) {
        f->fd = open(f->name, flags | O_CREAT | O_EXCL, 0666);
        f->created = f->fd >= 0;
    }
    if (f->fd < 0) {
        img_fail("cannot open %s: %s", f->name, g_strerror(errno));
    }
    return f->fd >= 0;
}

bool img_file_open(ImgFile *f, const char *name, ImgAccess access)
{
    struct stat st;

    *f = (ImgFile) {
        .name = name,
        .writable = access >= IMG_WRITE,
        .disk = { f, 0, disk_read, disk_write, disk_flush },
    };
    if (!open_fd(f, access)) {
        return false;
    }
    if (fstat(f->fd, &st) < 0) {
        img_fail("cannot look at %s: %s", name, g_strerror(errno));
    } else if (!find_size(f, &st)) {
        /* the sentence is out */
    } else if (!lock_file(f, access)) {
        img_fail("%s is in use by another process, e.g. a running QEMU; stop "
                 "it first%s", name,
                 f->writable ? "" : " or give --force-share");
    } else {
        return true;
    }
    img_file_close(f);
    return false;
}

bool img_file_resize(ImgFile *f, uint64_t size, bool clear)
{
    if (clear && ftruncate(f->fd, 0) < 0) {
        img_fail("cannot empty %s: %s", f->name, g_strerror(errno));
        return false;
    }
    if (ftruncate(f->fd, (off_t)size) < 0) {
        img_fail("cannot give %s %" PRIu64 " bytes: %s%s", f->name, size,
                 g_strerror(errno), errno != EFBIG ? "" :
                 "; give a smaller --size or use a file system with larger "
                 "files, such as XFS or tmpfs");
        return false;
    }
    f->disk.size = size;
    return true;
}

void img_file_close(ImgFile *f)
{
    close(f->fd);
    f->fd = -1;
}

int img_file_fail(const ImgFile *f, const OcpnError *err, int status)
{
    if (f->error) {
        img_fail("%s: %s: %s", f->name, err->text, g_strerror(f->error));
        return EXIT_NOT_RUN;
    }
    img_fail("%s: %s", f->name, err->text);
    return status;
}

int img_open(ImgFile *f, const char *name, ImgAccess access, OcpnImage *im)
{
    OcpnError err;
    int status;

    if (!img_file_open(f, name, access)) {
        return EXIT_NOT_RUN;
    }
    switch (ocpn_image_open(im, &f->disk, &err)) {
    case OCPN_OPEN_OK:
        return EXIT_FINE;
    case OCPN_OPEN_BLANK:
        status = img_fail("%s is blank; 'ocp-nvme-img create %s' makes it an "
                          "image", name, name);
        break;
    case OCPN_OPEN_FOREIGN:
        status = img_fail("%s is not an ocp-nvme image in raw format (of a "
                          "qcow2 file, export the contents with qemu-nbd)",
                          name);
        break;
    case OCPN_OPEN_DAMAGED:
        status = img_file_fail(f, &err, EXIT_DAMAGED);
        break;
    case OCPN_OPEN_IO:
    default:
        status = img_file_fail(f, &err, EXIT_NOT_RUN);
        break;
    }
    img_file_close(f);
    return status;
}
