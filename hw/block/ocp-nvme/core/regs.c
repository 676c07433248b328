/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BAR0: a table of registers.
 * Implements: NVMe Base 2.0, "Controller Properties", "Memory-Based
 * Transport Controller Properties".
 *
 * A register of eight bytes may be read and written as two of four.  What is
 * not in the table reads 0 and ignores writes.  Thread: main.
 */
#include "ctrl-int.h"
#include "hw/ocp-nvme/spec/nvme-regs.h"

#define MPSMAX      4u          /* pages of 4 KiB to 64 KiB */
#define TIMEOUT     40u         /* 20 s, in units of 500 ms */

uint64_t ocpn_reg_cap(const OcpnCtrl *c)
{
    return FIELD_PUT64(NVME_CAP_MQES, c->cfg.mqes) |
           FIELD_PUT64(NVME_CAP_CQR, 1) |
           FIELD_PUT64(NVME_CAP_TO, TIMEOUT) |
           FIELD_PUT64(NVME_CAP_NSSRS, 1) |
           FIELD_PUT64(NVME_CAP_CSS, NVME_CAP_CSS_NVM |
                                     NVME_CAP_CSS_IOCSS) |
           FIELD_PUT64(NVME_CAP_MPSMAX, MPSMAX) |
           FIELD_PUT64(NVME_CAP_CRMS, NVME_CAP_CRMS_CRWMS);
}

uint32_t ocpn_reg_version(const OcpnCtrl *c)
{
    switch (c->cfg.ocp.version) {
    case OCP_1_0:
        return NVME_VERSION_1_3;
    case OCP_2_0:
        return NVME_VERSION_1_4;
    default:
        return NVME_VERSION_2_0;
    }
}

static uint64_t read_vs(const OcpnCtrl *c)
{
    return ocpn_reg_version(c);
}

static uint64_t read_intms(const OcpnCtrl *c)
{
    return c->regs.intms;
}

static void write_intms(OcpnCtrl *c, uint64_t val)
{
    c->regs.intms |= (uint32_t)val;
    ocpn_pin_update(c);
}

static void write_intmc(OcpnCtrl *c, uint64_t val)
{
    c->regs.intms &= ~(uint32_t)val;
    ocpn_pin_update(c);
}

static uint64_t read_cc(const OcpnCtrl *c)
{
    return c->regs.cc;
}

static void write_cc(OcpnCtrl *c, uint64_t val)
{
    ocpn_ctrl_set_cc(c, (uint32_t)val);
}

static uint64_t read_csts(const OcpnCtrl *c)
{
    return c->regs.csts;
}

/* NSSRO is cleared by writing 1; all else is read-only. */
static void write_csts(OcpnCtrl *c, uint64_t val)
{
    c->regs.csts &= ~((uint32_t)val & FIELD_PUT(NVME_CSTS_NSSRO, 1));
}

static void write_nssr(OcpnCtrl *c, uint64_t val)
{
    if ((uint32_t)val == NVME_NSSR_RESET) {
        ocpn_subsys_reset(c, OCPN_RESET_SUBSYSTEM);
    }
}

static uint64_t read_aqa(const OcpnCtrl *c)
{
    return c->regs.aqa;
}

static void write_aqa(OcpnCtrl *c, uint64_t val)
{
    c->regs.aqa = (uint32_t)val &
                  (FIELD_PUT(NVME_AQA_ASQS, NVME_AQA_ASQS_MASK) |
                   FIELD_PUT(NVME_AQA_ACQS, NVME_AQA_ACQS_MASK));
}

/* Bits 11:0 are reserved; what a host wrote there still fails its enable. */
static uint64_t read_asq(const OcpnCtrl *c)
{
    return c->regs.asq & NVME_QUEUE_BASE_MASK;
}

static uint64_t read_acq(const OcpnCtrl *c)
{
    return c->regs.acq & NVME_QUEUE_BASE_MASK;
}

static void write_asq(OcpnCtrl *c, uint64_t val)
{
    c->regs.asq = val;
}

static void write_acq(OcpnCtrl *c, uint64_t val)
{
    c->regs.acq = val;
}

static uint64_t read_crto(const OcpnCtrl *c)
{
    (void)c;
    return FIELD_PUT(NVME_CRTO_CRWMT, TIMEOUT);
}

static const struct Reg {
    uint32_t off;
    unsigned size;
    uint64_t (*read)(const OcpnCtrl *c);
    void   (*write)(OcpnCtrl *c, uint64_t val);
} regs[] = {
    { NVME_REG_CAP,   8, ocpn_reg_cap, NULL },
    { NVME_REG_VS,    4, read_vs,      NULL },
    { NVME_REG_INTMS, 4, read_intms,   write_intms },
    { NVME_REG_INTMC, 4, read_intms,   write_intmc },
    { NVME_REG_CC,    4, read_cc,      write_cc },
    { NVME_REG_CSTS,  4, read_csts,    write_csts },
    { NVME_REG_NSSR,  4, NULL,         write_nssr },
    { NVME_REG_AQA,   4, read_aqa,     write_aqa },
    { NVME_REG_ASQ,   8, read_asq,     write_asq },
    { NVME_REG_ACQ,   8, read_acq,     write_acq },
    { NVME_REG_CRTO,  4, read_crto,    NULL },
};

/* The register that has byte OFF, or NULL. */
static const struct Reg *find(uint32_t off)
{
    for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        if (off >= regs[i].off && off - regs[i].off < regs[i].size) {
            return &regs[i];
        }
    }
    return NULL;
}

/* The dword at OFF. */
static uint32_t read_dword(const OcpnCtrl *c, uint32_t off)
{
    const struct Reg *reg = find(off);

    if (!reg || !reg->read) {
        return 0;
    }
    return (uint32_t)(reg->read(c) >> (8 * (off - reg->off)));
}

uint64_t ocpn_reg_read(OcpnCtrl *c, uint32_t off, unsigned size)
{
    uint64_t val = read_dword(c, off);

    if (size == 8) {
        val |= (uint64_t)read_dword(c, off + 4) << 32;
    }
    ocpn_trace(c, OCPN_TRACE_REG_READ, off, val);
    return val;
}

static void write_dword(OcpnCtrl *c, uint32_t off, uint32_t val)
{
    const struct Reg *reg = find(off);
    uint64_t raw = val;

    if (!reg || !reg->write) {
        return;
    }
    if (reg->size == 8) {
        uint64_t *store = reg->off == NVME_REG_ASQ ? &c->regs.asq
                                                   : &c->regs.acq;
        unsigned shift = 8 * (off - reg->off);

        raw = (*store & ~(UINT64_C(0xffffffff) << shift)) | raw << shift;
    }
    reg->write(c, raw);
}

void ocpn_reg_write(OcpnCtrl *c, uint32_t off, uint64_t val, unsigned size)
{
    if (off >= NVME_REG_DOORBELLS) {
        ocpn_doorbell(c, off, (uint32_t)val);
        return;
    }
    ocpn_trace(c, OCPN_TRACE_REG_WRITE, off, val);
    write_dword(c, off, (uint32_t)val);
    if (size == 8) {
        write_dword(c, off + 4, (uint32_t)(val >> 32));
    }
}
