/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BAR0: the controller properties and their fields.
 *
 * Source: NVMe Base 2.0, section "Controller Properties"; doorbells from the
 * NVMe over PCIe Transport specification 1.0.
 */
#ifndef HW_OCP_NVME_SPEC_NVME_REGS_H
#define HW_OCP_NVME_SPEC_NVME_REGS_H

#include "hw/ocp-nvme/spec/bytes.h"

enum NvmeReg {
    NVME_REG_CAP     = 0x00,    /* 8 bytes  Controller Capabilities */
    NVME_REG_VS      = 0x08,    /* 4        Version */
    NVME_REG_INTMS   = 0x0c,    /* 4        Interrupt Mask Set */
    NVME_REG_INTMC   = 0x10,    /* 4        Interrupt Mask Clear */
    NVME_REG_CC      = 0x14,    /* 4        Controller Configuration */
    NVME_REG_CSTS    = 0x1c,    /* 4        Controller Status */
    NVME_REG_NSSR    = 0x20,    /* 4        NVM Subsystem Reset */
    NVME_REG_AQA     = 0x24,    /* 4        Admin Queue Attributes */
    NVME_REG_ASQ     = 0x28,    /* 8        Admin Submission Queue Base */
    NVME_REG_ACQ     = 0x30,    /* 8        Admin Completion Queue Base */
    NVME_REG_CMBLOC  = 0x38,    /* 4        Controller Memory Buffer Location */
    NVME_REG_CMBSZ   = 0x3c,    /* 4        Controller Memory Buffer Size */
    NVME_REG_BPINFO  = 0x40,    /* 4        Boot Partition Information */
    NVME_REG_BPRSEL  = 0x44,    /* 4        Boot Partition Read Select */
    NVME_REG_BPMBL   = 0x48,    /* 8        Boot Partition Memory Buffer */
    NVME_REG_CMBMSC  = 0x50,    /* 8        CMB Memory Space Control */
    NVME_REG_CMBSTS  = 0x58,    /* 4        CMB Status */
    NVME_REG_CMBEBS  = 0x5c,    /* 4        CMB Elasticity Buffer Size */
    NVME_REG_CMBSWTP = 0x60,    /* 4        CMB Sustained Write Throughput */
    NVME_REG_NSSD    = 0x64,    /* 4        NVM Subsystem Shutdown */
    NVME_REG_CRTO    = 0x68,    /* 4        Controller Ready Timeouts */
    NVME_REG_PMRCAP  = 0xe00,   /* 4        PMR Capabilities */
    NVME_REG_PMRCTL  = 0xe04,   /* 4        PMR Control */
    NVME_REG_PMRSTS  = 0xe08,   /* 4        PMR Status */
    NVME_REG_PMREBS  = 0xe0c,   /* 4        PMR Elasticity Buffer Size */
    NVME_REG_PMRSWTP = 0xe10,   /* 4        PMR Sustained Write Throughput */
    NVME_REG_PMRMSCL = 0xe14,   /* 4        PMR Memory Space Control Lower */
    NVME_REG_PMRMSCU = 0xe18,   /* 4        PMR Memory Space Control Upper */

    /*
     * Submission Queue y Tail at 1000h + (2y * (4 << CAP.DSTRD)),
     * Completion Queue y Head at 1000h + ((2y + 1) * (4 << CAP.DSTRD)).
     */
    NVME_REG_DOORBELLS = 0x1000,
};

/* CAP, a qword: shift and largest value of each field */
#define NVME_CAP_MQES_SHIFT     0       /* Maximum Queue Entries, 0's based */
#define NVME_CAP_MQES_MASK      0xffff
#define NVME_CAP_CQR_SHIFT      16      /* Contiguous Queues Required */
#define NVME_CAP_CQR_MASK       0x1
#define NVME_CAP_AMS_SHIFT      17      /* Arbitration Mechanisms Supported */
#define NVME_CAP_AMS_MASK       0x3
#define NVME_CAP_TO_SHIFT       24      /* Timeout, units of 500 ms */
#define NVME_CAP_TO_MASK        0xff
#define NVME_CAP_DSTRD_SHIFT    32      /* Doorbell Stride, 4 << DSTRD bytes */
#define NVME_CAP_DSTRD_MASK     0xf
#define NVME_CAP_NSSRS_SHIFT    36      /* NVM Subsystem Reset Supported */
#define NVME_CAP_NSSRS_MASK     0x1
#define NVME_CAP_CSS_SHIFT      37      /* Command Sets Supported */
#define NVME_CAP_CSS_MASK       0xff
#define NVME_CAP_BPS_SHIFT      45      /* Boot Partition Support */
#define NVME_CAP_BPS_MASK       0x1
#define NVME_CAP_CPS_SHIFT      46      /* Controller Power Scope */
#define NVME_CAP_CPS_MASK       0x3
#define NVME_CAP_MPSMIN_SHIFT   48      /* Smallest page, 4096 << MPSMIN */
#define NVME_CAP_MPSMIN_MASK    0xf
#define NVME_CAP_MPSMAX_SHIFT   52      /* Largest page, 4096 << MPSMAX */
#define NVME_CAP_MPSMAX_MASK    0xf
#define NVME_CAP_PMRS_SHIFT     56      /* Persistent Memory Region */
#define NVME_CAP_PMRS_MASK      0x1
#define NVME_CAP_CMBS_SHIFT     57      /* Controller Memory Buffer */
#define NVME_CAP_CMBS_MASK      0x1
#define NVME_CAP_NSSS_SHIFT     58      /* NVM Subsystem Shutdown Supported */
#define NVME_CAP_NSSS_MASK      0x1
#define NVME_CAP_CRMS_SHIFT     59      /* Controller Ready Modes Supported */
#define NVME_CAP_CRMS_MASK      0x3

/* Bits of CAP.CSS, CAP.AMS, CAP.CRMS; values of CAP.CPS */
enum {
    NVME_CAP_CSS_NVM        = 1 << 0,   /* NVM Command Set */
    NVME_CAP_CSS_IOCSS      = 1 << 6,   /* I/O Command Sets, Identify 1Ch */
    NVME_CAP_CSS_NOIOCSS    = 1 << 7,   /* no I/O Command Set */
    NVME_CAP_AMS_WRR        = 1 << 0,   /* Weighted Round Robin with Urgent */
    NVME_CAP_AMS_VS         = 1 << 1,
    NVME_CAP_CRMS_CRWMS     = 1 << 0,   /* Ready With Media */
    NVME_CAP_CRMS_CRIMS     = 1 << 1,   /* Ready Independent of Media */
    NVME_CAP_CPS_CONTROLLER = 1,
    NVME_CAP_CPS_DOMAIN     = 2,
    NVME_CAP_CPS_SUBSYSTEM  = 3,
};

/* VS */
#define NVME_VERSION(mjr, mnr, ter) \
    ((uint32_t)(mjr) << 16 | (uint32_t)(mnr) << 8 | (uint32_t)(ter))
#define NVME_VERSION_1_3    NVME_VERSION(1, 3, 0)
#define NVME_VERSION_1_4    NVME_VERSION(1, 4, 0)
#define NVME_VERSION_2_0    NVME_VERSION(2, 0, 0)

/* CC */
enum {
    NVME_CC_EN_SHIFT     = 0,   NVME_CC_EN_MASK     = 0x1,
    NVME_CC_CSS_SHIFT    = 4,   NVME_CC_CSS_MASK    = 0x7,
    NVME_CC_MPS_SHIFT    = 7,   NVME_CC_MPS_MASK    = 0xf,
    NVME_CC_AMS_SHIFT    = 11,  NVME_CC_AMS_MASK    = 0x7,
    NVME_CC_SHN_SHIFT    = 14,  NVME_CC_SHN_MASK    = 0x3,
    NVME_CC_IOSQES_SHIFT = 16,  NVME_CC_IOSQES_MASK = 0xf,
    NVME_CC_IOCQES_SHIFT = 20,  NVME_CC_IOCQES_MASK = 0xf,
    NVME_CC_CRIME_SHIFT  = 24,  NVME_CC_CRIME_MASK  = 0x1,
};

/* Values of CC.CSS, CC.AMS and CC.SHN */
enum {
    NVME_CC_CSS_NVM         = 0,
    NVME_CC_CSS_ALL         = 6,    /* all supported I/O Command Sets */
    NVME_CC_CSS_ADMIN_ONLY  = 7,
    NVME_CC_AMS_RR          = 0,
    NVME_CC_AMS_WRR         = 1,
    NVME_CC_AMS_VS          = 7,
    NVME_CC_SHN_NONE        = 0,
    NVME_CC_SHN_NORMAL      = 1,
    NVME_CC_SHN_ABRUPT      = 2,
};

/* CSTS */
enum {
    NVME_CSTS_RDY_SHIFT   = 0,  NVME_CSTS_RDY_MASK   = 0x1,
    NVME_CSTS_CFS_SHIFT   = 1,  NVME_CSTS_CFS_MASK   = 0x1,
    NVME_CSTS_SHST_SHIFT  = 2,  NVME_CSTS_SHST_MASK  = 0x3,
    NVME_CSTS_NSSRO_SHIFT = 4,  NVME_CSTS_NSSRO_MASK = 0x1,
    NVME_CSTS_PP_SHIFT    = 5,  NVME_CSTS_PP_MASK    = 0x1,
    NVME_CSTS_ST_SHIFT    = 6,  NVME_CSTS_ST_MASK    = 0x1,
};

/* Values of CSTS.SHST */
enum {
    NVME_CSTS_SHST_NORMAL   = 0,    /* no shutdown was requested */
    NVME_CSTS_SHST_PROGRESS = 1,
    NVME_CSTS_SHST_COMPLETE = 2,
};

/* AQA: both sizes are 0's based */
enum {
    NVME_AQA_ASQS_SHIFT = 0,    NVME_AQA_ASQS_MASK = 0xfff,
    NVME_AQA_ACQS_SHIFT = 16,   NVME_AQA_ACQS_MASK = 0xfff,
};

/* CRTO: both in units of 500 ms */
enum {
    NVME_CRTO_CRWMT_SHIFT = 0,  NVME_CRTO_CRWMT_MASK = 0xffff,
    NVME_CRTO_CRIMT_SHIFT = 16, NVME_CRTO_CRIMT_MASK = 0xffff,
};

/* ASQ and ACQ: bits 11:0 are reserved */
#define NVME_QUEUE_BASE_MASK    (~UINT64_C(0xfff))

/* NSSR: the only value that resets ("NVMe") */
#define NVME_NSSR_RESET         0x4e564d65

#endif
