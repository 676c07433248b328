/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instead of ocp-nvme-img-png.c where libpng was not there. */
#include "ocp-nvme-img-map.h"

bool img_write_png(const ImgChunkMap *m, uint32_t width, const char *name)
{
    (void)m;
    (void)width;
    img_fail("cannot write %s: this program was built without libpng; install "
             "libpng-dev and build again, or use --svg", name);
    return false;
}
