/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host with thousands of commands in flight: where their data is, and what.
 */
#include "qemu/osdep.h"
#include "qocpn-storm.h"

/* The pattern of SEED; 0 is zeroes. */
void qocpn_storm_fill(void *p, size_t len, uint32_t seed)
{
    uint64_t word = seed * 0x9e3779b97f4a7c15ull;
    uint8_t *b = p;

    for (size_t i = 0; i < len; i += 8) {
        stq_le_p(b + i, seed ? word + i : 0);
    }
}

bool qocpn_storm_is(const void *p, size_t len, uint32_t seed)
{
    uint64_t word = seed * 0x9e3779b97f4a7c15ull, other = 0;
    const uint8_t *b = p;

    for (size_t i = 0; i < len; i += 8) {
        other |= ldq_le_p(b + i) ^ (seed ? word + i : 0);
    }
    return !other;
}

static void put_sgl(uint8_t *p, uint8_t type, uint64_t addr, uint32_t len)
{
    memset(p, 0, 16);
    stq_le_p(p, addr);
    stl_le_p(p + 8, len);
    p[15] = type;
}

/* A descriptor for all, or a last segment at LIST with one for each half. */
static void point_sgl(QOcpnStorm *s, uint64_t list, QOcpnCmd *cmd,
                      uint64_t at, uint32_t len)
{
    uint8_t *p = qocpn_storm_at(s, list);

    if (qocpn_storm_pick(s, 2)) {
        qocpn_sgl1(cmd, QOCPN_SGL_DATA, at, len);
        return;
    }
    put_sgl(p, QOCPN_SGL_DATA, at, len / 2);
    put_sgl(p + 16, QOCPN_SGL_DATA, at + len / 2, len - len / 2);
    qocpn_sgl1(cmd, QOCPN_SGL_LAST_SEGMENT, list, 32);
}

uint64_t qocpn_storm_point(QOcpnStorm *s, unsigned i, QOcpnCmd *cmd,
                           uint32_t len)
{
    uint64_t at = s->slot[i].buf + qocpn_storm_pick(s, 8) * 512, page;
    uint64_t list = s->slot[i].list + QOCPN_STORM_LISTS;
    uint8_t *p = qocpn_storm_at(s, list);

    if (qocpn_storm_pick(s, 3) == 0) {
        point_sgl(s, list, cmd, at, len);
        return at;
    }
    cmd->prp1 = at;
    page = QEMU_ALIGN_UP(at + 1, QOCPN_PAGE);
    if (at + len > page + QOCPN_PAGE) {
        cmd->prp2 = list;
        for (; page < at + len; page += QOCPN_PAGE, p += 8) {
            stq_le_p(p, page);
        }
    } else if (at + len > page) {
        cmd->prp2 = page;
    }
    return at;
}
