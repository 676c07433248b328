/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log page CAh: Chunk Information.
 * Implements: OCSSD 2.0, "Chunk Information".
 *
 * An array of descriptors, one a chunk, without a header.  It is made while it
 * is read: each descriptor is consistent in itself.
 */
#include <string.h>

#include "hw/ocp-nvme/core/log.h"
#include "hw/ocp-nvme/core/ns.h"

static uint64_t length(OcpnCtrl *c, const OcpnLogAsk *ask)
{
    (void)c;
    if (!ask->ns || !ocpn_ns_is_open_channel(ask->ns)) {
        return 0;
    }
    return ask->ns->im.geo.chunks * (uint64_t)sizeof(OcssdChunkInfo);
}

static void read(OcpnCtrl *c, const OcpnLogAsk *ask, uint64_t off, void *buf,
                 size_t len)
{
    char *to = buf;

    (void)c;
    while (len > 0) {
        size_t skip = off % sizeof(OcssdChunkInfo);
        size_t n = sizeof(OcssdChunkInfo) - skip;
        OcssdChunkInfo info;

        ocpn_chunk_describe(ask->ns, (uint32_t)(off / sizeof(info)), &info);
        n = n < len ? n : len;
        memcpy(to, (const char *)&info + skip, n);
        to += n;
        off += n;
        len -= n;
    }
}

const OcpnLogPage ocpn_log_ca_chunk_info = {
    .lid = OCSSD_LID_CHUNK_INFO,
    .uuid = OCPN_UUID_NONE,
    .scope = OCPN_LOG_NS,
    .modes = 1 << IMG_MODE_OPEN_CHANNEL,
    .name = "Chunk Information",
    .length = length,
    .read = read,
};
