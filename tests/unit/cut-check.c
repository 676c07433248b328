/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is an image good?  With the functions of the core by which ocp-nvme-img
 * check judges it, after every cut; with the tool itself for some.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cut.h"

static bool bad(Cut *t, uint32_t nsid, const char *what)
{
    CHECK(false, "%s: image of namespace %u: %s", cut_where(t), nsid, what);
    return false;
}

static bool good_chunks(const OcpnImage *im, uint32_t index, const ImgPage *p,
                        OcpnError *err)
{
    uint32_t first = index * IMG_CHUNKS_PER_PAGE;

    for (uint32_t i = first; i < im->geo.chunks &&
         i < first + IMG_CHUNKS_PER_PAGE; i++) {
        ImgChunk e;

        memcpy(&e, p->payload + (i - first) * sizeof(e), sizeof(e));
        if (!ocpn_chunk_entry_valid(im, &e, i, err)) {
            return false;
        }
    }
    return true;
}

static bool good_extents(const OcpnImage *im, const ImgPage *p, OcpnError *err)
{
    for (uint32_t i = 0; i < IMG_NEXTENTS; i++) {
        uint64_t slba, nlb;
        ImgExtent e;

        memcpy(&e, p->payload + i * sizeof(e), sizeof(e));
        slba = from_le64(e.slba);
        nlb = from_le64(e.nlb);
        if (nlb && (slba >= im->nsze || nlb > im->nsze - slba)) {
            return OCPN_FAIL(err, "mark %u is outside", i);
        }
    }
    return true;
}

static bool good_pages(const OcpnImage *im, const OcpnDisk *d,
                       uint32_t region, OcpnError *err)
{
    OcpnExtent e = ocpn_image_region(im, region);

    for (uint32_t i = 0; i < ocpn_image_npages(e); i++) {
        unsigned slot;
        ImgPage p;

        if (!ocpn_page_load(im, d, region, i, &p, &slot, err) ||
            (region == IMG_REGION_CHUNKS && !good_chunks(im, i, &p, err)) ||
            (region == IMG_REGION_STATE && i == IMG_STATE_UNCORRECTABLE &&
             im->mode == IMG_MODE_CONVENTIONAL &&
             !good_extents(im, &p, err))) {
            return false;
        }
    }
    return true;
}

/* The tool, on a copy. */
static bool ask_tool(Cut *t, uint32_t nsid, const char *tool)
{
    const FakeMedia *m = &t->h->f.media[nsid];
    char name[] = "/tmp/ocp-nvme-cut-XXXXXX", command[512];
    int fd = mkstemp(name), status = -1;

    if (fd >= 0 && write(fd, m->bytes, m->size) == (ssize_t)m->size) {
        snprintf(command, sizeof(command), "'%s' check '%s' >/dev/null", tool,
                 name);
        status = system(command);
    }
    if (fd >= 0) {
        close(fd);
        unlink(name);
    }
    return (status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           bad(t, nsid, "ocp-nvme-img check finds damage");
}

static bool two_copies(const Cut *t, uint32_t nsid)
{
    bool good = true;

    for (unsigned i = 0; i < 2; i++) {
        ImgSuper sb;

        memcpy(&sb, t->h->f.media[nsid].bytes + (i ? IMG_SUPER_B : IMG_SUPER_A),
               sizeof(sb));
        good = good && ocpn_image_super_intact(&sb);
    }
    return good;
}

bool cut_check(Cut *t, uint32_t nsid)
{
    static const uint32_t paged[] = {
        IMG_REGION_STATE, IMG_REGION_CHUNKS, IMG_REGION_MAPS,
    };
    const OcpnDisk *d = &t->h->f.media[nsid].disk;
    const char *tool = getenv("OCP_NVME_IMG");
    const bool both = two_copies(t, nsid);
    OcpnError err = { "" };
    OcpnImage im;

    if (ocpn_image_open(&im, d, &err) != OCPN_OPEN_OK) {
        return bad(t, nsid, err.text);
    }
    /* One that was being written may be torn: there is the other one. */
    if (!both && t->plug.way != FAKE_PLUG_TORN) {
        return bad(t, nsid, "a copy of the superblock is damaged");
    }
    for (size_t i = 0; i < sizeof(paged) / sizeof(paged[0]); i++) {
        if (!good_pages(&im, d, paged[i], &err)) {
            return bad(t, nsid, err.text);
        }
    }
    return !tool || !both || t->runs % 64 != 1 || ask_tool(t, nsid, tool);
}

bool cut_must(Cut *t, bool condition, const char *what)
{
    CHECK(condition, "%s: %s", cut_where(t), what);
    t->failed += !condition;
    return condition;
}
