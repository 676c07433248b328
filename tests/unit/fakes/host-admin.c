/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake host's commands with data: PRPs, and what it asks the drive for. */
#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "port-int.h"

void fake_prp(FakeHost *h, FakeCmd *cmd, uint64_t addr, uint64_t len)
{
    uint64_t first = 4096 - addr % 4096;
    uint64_t n = 0, list = FAKE_LISTS;

    cmd->prp1 = addr;
    cmd->prp2 = 0;
    if (len <= first) {
        return;
    }
    addr += first;
    len -= first;
    if (len <= 4096) {
        cmd->prp2 = addr;
        return;
    }
    cmd->prp2 = list;
    for (; len; addr += 4096, len -= len < 4096 ? len : 4096) {
        if (n == 511 && len > 4096) {   /* the last entry chains */
            fake_put_le(fake_guest(h, list + n * 8), 8, list + 4096);
            list += 4096;
            n = 0;
        }
        fake_put_le(fake_guest(h, list + n++ * 8), 8, addr);
    }
}

FakeCqe fake_identify(FakeHost *h, uint8_t cns, uint32_t nsid)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = 0x06, .nsid = nsid, .prp1 = FAKE_BUF, .cdw10 = cns,
    });
}

FakeCqe fake_get_log(FakeHost *h, uint8_t lid, uint32_t nsid, uint64_t off,
                     uint64_t len)
{
    uint32_t numd = (uint32_t)(len / 4 - 1);
    FakeCmd cmd = {
        .opc = 0x02, .nsid = nsid,
        .cdw10 = lid | (numd & 0xffff) << 16,
        .cdw11 = numd >> 16,
        .cdw12 = (uint32_t)off,
        .cdw13 = (uint32_t)(off >> 32),
    };

    fake_prp(h, &cmd, FAKE_BUF, len);
    return fake_admin(h, &cmd);
}

static FakeCqe feature(FakeHost *h, uint8_t opc, uint32_t cdw10,
                       uint32_t nsid, uint32_t cdw11)
{
    return fake_admin(h, &(FakeCmd) {
        .opc = opc, .nsid = nsid, .prp1 = FAKE_BUF,
        .cdw10 = cdw10, .cdw11 = cdw11,
    });
}

FakeCqe fake_set_feature(FakeHost *h, uint32_t cdw10, uint32_t nsid,
                         uint32_t cdw11)
{
    return feature(h, 0x09, cdw10, nsid, cdw11);
}

FakeCqe fake_get_feature(FakeHost *h, uint32_t cdw10, uint32_t nsid,
                         uint32_t cdw11)
{
    return feature(h, 0x0a, cdw10, nsid, cdw11);
}

uint16_t fake_error_location(FakeHost *h)
{
    NEED(fake_get_log(h, 0x01, 0xffffffff, 0, 64).status == 0);
    return (uint16_t)fake_le(fake_guest(h, FAKE_BUF) + 14, 2);
}
