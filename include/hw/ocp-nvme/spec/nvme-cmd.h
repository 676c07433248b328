/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Submission and completion entries, opcodes, and the dwords of each command.
 *
 * Source: NVMe Base 2.0, sections "Submission Queue Entry", "Completion Queue
 * Entry", "Scatter Gather List (SGL)" and "Admin Command Set"; NVM Command Set
 * 1.0, section "NVM Command Set commands".  A field NVME_X_Y lies in the dword
 * that the comment above its enum names; see FIELD_GET().
 */
#ifndef HW_OCP_NVME_SPEC_NVME_CMD_H
#define HW_OCP_NVME_SPEC_NVME_CMD_H

#include "hw/ocp-nvme/spec/bytes.h"

#define NVME_NSID_ALL   UINT32_MAX

enum NvmeAdminOpcode {
    NVME_ADM_DELETE_SQ      = 0x00,
    NVME_ADM_CREATE_SQ      = 0x01,
    NVME_ADM_GET_LOG        = 0x02,
    NVME_ADM_DELETE_CQ      = 0x04,
    NVME_ADM_CREATE_CQ      = 0x05,
    NVME_ADM_IDENTIFY       = 0x06,
    NVME_ADM_ABORT          = 0x08,
    NVME_ADM_SET_FEAT       = 0x09,
    NVME_ADM_GET_FEAT       = 0x0a,
    NVME_ADM_AER            = 0x0c,
    NVME_ADM_NS_MGMT        = 0x0d,
    NVME_ADM_FW_COMMIT      = 0x10,
    NVME_ADM_FW_DOWNLOAD    = 0x11,
    NVME_ADM_SELF_TEST      = 0x14,
    NVME_ADM_NS_ATTACH      = 0x15,
    NVME_ADM_KEEP_ALIVE     = 0x18,
    NVME_ADM_DIRECTIVE_SEND = 0x19,
    NVME_ADM_DIRECTIVE_RECV = 0x1a,
    NVME_ADM_VIRT_MGMT      = 0x1c,
    NVME_ADM_MI_SEND        = 0x1d,
    NVME_ADM_MI_RECV        = 0x1e,
    NVME_ADM_CAPACITY_MGMT  = 0x20,
    NVME_ADM_LOCKDOWN       = 0x24,
    NVME_ADM_DBBUF_CONFIG   = 0x7c,
    NVME_ADM_FABRICS        = 0x7f,
    NVME_ADM_FORMAT         = 0x80,
    NVME_ADM_SECURITY_SEND  = 0x81,
    NVME_ADM_SECURITY_RECV  = 0x82,
    NVME_ADM_SANITIZE       = 0x84,
    NVME_ADM_GET_LBA_STATUS = 0x86,
};

enum NvmeIoOpcode {
    NVME_IO_FLUSH           = 0x00,
    NVME_IO_WRITE           = 0x01,
    NVME_IO_READ            = 0x02,
    NVME_IO_WRITE_UNCOR     = 0x04,
    NVME_IO_COMPARE         = 0x05,
    NVME_IO_WRITE_ZEROES    = 0x08,
    NVME_IO_DSM             = 0x09,
    NVME_IO_VERIFY          = 0x0c,
    NVME_IO_RESV_REGISTER   = 0x0d,
    NVME_IO_RESV_REPORT     = 0x0e,
    NVME_IO_RESV_ACQUIRE    = 0x11,
    NVME_IO_RESV_RELEASE    = 0x15,
    NVME_IO_COPY            = 0x19,
};

/* Opcode bits 1:0: Data Transfer */
enum {
    NVME_OPC_DIR_NONE       = 0,
    NVME_OPC_DIR_TO_CTRL    = 1,
    NVME_OPC_DIR_TO_HOST    = 2,
    NVME_OPC_DIR_BOTH       = 3,
    NVME_OPC_DIR_SHIFT      = 0,    NVME_OPC_DIR_MASK = 0x3,
};

/* SGL descriptor; TYPE is the Identifier byte: type 7:4, sub type 3:0 */
typedef struct NvmeSgl {
    Le64    addr;           /* [07:00] */
    Le32    len;            /* [11:08]  bytes */
    uint8_t rsvd12[3];      /* [14:12] */
    uint8_t type;           /* [15] */
} NvmeSgl;
WIRE_AT(NvmeSgl, addr, 0);
WIRE_AT(NvmeSgl, len, 8);
WIRE_AT(NvmeSgl, type, 15);
WIRE_SIZE(NvmeSgl, 16);

enum {
    NVME_SGL_TYPE_SHIFT     = 4,    NVME_SGL_TYPE_MASK    = 0xf,
    NVME_SGL_SUBTYPE_SHIFT  = 0,    NVME_SGL_SUBTYPE_MASK = 0xf,
};

enum NvmeSglType {
    NVME_SGL_DATA_BLOCK     = 0x0,
    NVME_SGL_BIT_BUCKET     = 0x1,
    NVME_SGL_SEGMENT        = 0x2,
    NVME_SGL_LAST_SEGMENT   = 0x3,
    NVME_SGL_KEYED          = 0x4,
    NVME_SGL_TRANSPORT      = 0x5,
    NVME_SGL_VS             = 0xf,
};

enum NvmeSglSubtype {
    NVME_SGL_SUB_ADDRESS    = 0x0,
    NVME_SGL_SUB_OFFSET     = 0x1,
    NVME_SGL_SUB_TRANSPORT  = 0xa,  /* Ah to Fh */
};

/* Submission Queue Entry */
typedef struct NvmeCmd {
    uint8_t opc;            /* [00]     CDW0 7:0 */
    uint8_t flags;          /* [01]     CDW0 15:8: NVME_CMD_FUSE, _PSDT */
    Le16    cid;            /* [03:02] */
    Le32    nsid;           /* [07:04] */
    Le32    cdw2;           /* [11:08] */
    Le32    cdw3;           /* [15:12] */
    Le64    mptr;           /* [23:16] */
    union {
        struct {
            Le64 prp1;      /* [31:24] */
            Le64 prp2;      /* [39:32] */
        };
        NvmeSgl sgl;        /* [39:24]  when PSDT is not 0 */
    } dptr;
    Le32    cdw10;          /* [43:40] */
    Le32    cdw11;          /* [47:44] */
    Le32    cdw12;          /* [51:48] */
    Le32    cdw13;          /* [55:52] */
    Le32    cdw14;          /* [59:56] */
    Le32    cdw15;          /* [63:60] */
} NvmeCmd;
WIRE_AT(NvmeCmd, cid, 2);
WIRE_AT(NvmeCmd, nsid, 4);
WIRE_AT(NvmeCmd, cdw2, 8);
WIRE_AT(NvmeCmd, cdw3, 12);
WIRE_AT(NvmeCmd, mptr, 16);
WIRE_AT(NvmeCmd, dptr, 24);
WIRE_AT(NvmeCmd, dptr.prp1, 24);
WIRE_AT(NvmeCmd, dptr.prp2, 32);
WIRE_AT(NvmeCmd, dptr.sgl, 24);
WIRE_AT(NvmeCmd, cdw10, 40);
WIRE_AT(NvmeCmd, cdw11, 44);
WIRE_AT(NvmeCmd, cdw12, 48);
WIRE_AT(NvmeCmd, cdw13, 52);
WIRE_AT(NvmeCmd, cdw14, 56);
WIRE_AT(NvmeCmd, cdw15, 60);
WIRE_SIZE(NvmeCmd, 64);

/* NvmeCmd.flags */
enum {
    NVME_CMD_FUSE_SHIFT = 0,    NVME_CMD_FUSE_MASK = 0x3,
    NVME_CMD_PSDT_SHIFT = 6,    NVME_CMD_PSDT_MASK = 0x3,
    NVME_CMD_FUSE_NONE      = 0,
    NVME_CMD_FUSE_FIRST     = 1,
    NVME_CMD_FUSE_SECOND    = 2,
    NVME_CMD_PSDT_PRP       = 0,
    NVME_CMD_PSDT_SGL       = 1,    /* MPTR is one contiguous buffer */
    NVME_CMD_PSDT_SGL_MPTR  = 2,    /* MPTR is the address of an SGL */
};

/* Completion Queue Entry */
typedef struct NvmeCqe {
    Le32    dw0;            /* [03:00]  result */
    Le32    dw1;            /* [07:04]  result, upper half if it is 64-bit */
    Le16    sqhd;           /* [09:08]  SQ Head Pointer */
    Le16    sqid;           /* [11:10] */
    Le16    cid;            /* [13:12] */
    Le16    status;         /* [15:14]  Phase Tag and Status Field */
} NvmeCqe;
WIRE_AT(NvmeCqe, dw0, 0);
WIRE_AT(NvmeCqe, dw1, 4);
WIRE_AT(NvmeCqe, sqhd, 8);
WIRE_AT(NvmeCqe, sqid, 10);
WIRE_AT(NvmeCqe, cid, 12);
WIRE_AT(NvmeCqe, status, 14);
WIRE_SIZE(NvmeCqe, 16);

/* NvmeCqe.status: NVME_CQE_STATUS takes an NVME_SC_ value (SCT and SC) */
enum {
    NVME_CQE_P_SHIFT      = 0,  NVME_CQE_P_MASK      = 0x1,
    NVME_CQE_STATUS_SHIFT = 1,  NVME_CQE_STATUS_MASK = 0x7ff,
    NVME_CQE_CRD_SHIFT    = 12, NVME_CQE_CRD_MASK    = 0x3,
    NVME_CQE_M_SHIFT      = 14, NVME_CQE_M_MASK      = 0x1,
    NVME_CQE_DNR_SHIFT    = 15, NVME_CQE_DNR_MASK    = 0x1,
};

/* Create and Delete I/O Queue: CDW10, CDW11; NVMSETID is in CDW12 */
enum {
    NVME_QUEUE_QID_SHIFT    = 0,    NVME_QUEUE_QID_MASK     = 0xffff,
    NVME_QUEUE_QSIZE_SHIFT  = 16,   NVME_QUEUE_QSIZE_MASK   = 0xffff,
    NVME_CQ_PC_SHIFT        = 0,    NVME_CQ_PC_MASK         = 0x1,
    NVME_CQ_IEN_SHIFT       = 1,    NVME_CQ_IEN_MASK        = 0x1,
    NVME_CQ_IV_SHIFT        = 16,   NVME_CQ_IV_MASK         = 0xffff,
    NVME_SQ_PC_SHIFT        = 0,    NVME_SQ_PC_MASK         = 0x1,
    NVME_SQ_QPRIO_SHIFT     = 1,    NVME_SQ_QPRIO_MASK      = 0x3,
    NVME_SQ_CQID_SHIFT      = 16,   NVME_SQ_CQID_MASK       = 0xffff,
    NVME_SQ_NVMSETID_SHIFT  = 0,    NVME_SQ_NVMSETID_MASK   = 0xffff,
};

/* Get Log Page: CDW10; CDW11; CDW12 LPOL, CDW13 LPOU whole; CDW14 */
enum {
    NVME_LOG_LID_SHIFT      = 0,    NVME_LOG_LID_MASK       = 0xff,
    NVME_LOG_LSP_SHIFT      = 8,    NVME_LOG_LSP_MASK       = 0x7f,
    NVME_LOG_RAE_SHIFT      = 15,   NVME_LOG_RAE_MASK       = 0x1,
    NVME_LOG_NUMDL_SHIFT    = 16,   NVME_LOG_NUMDL_MASK     = 0xffff,
    NVME_LOG_NUMDU_SHIFT    = 0,    NVME_LOG_NUMDU_MASK     = 0xffff,
    NVME_LOG_LSI_SHIFT      = 16,   NVME_LOG_LSI_MASK       = 0xffff,
    NVME_LOG_UUIDX_SHIFT    = 0,    NVME_LOG_UUIDX_MASK     = 0x7f,
    NVME_LOG_OT_SHIFT       = 23,   NVME_LOG_OT_MASK        = 0x1,
    NVME_LOG_CSI_SHIFT      = 24,   NVME_LOG_CSI_MASK       = 0xff,
};

/* Identify: CDW10; CDW11; CDW14 */
enum {
    NVME_ID_CNS_SHIFT       = 0,    NVME_ID_CNS_MASK        = 0xff,
    NVME_ID_CNTID_SHIFT     = 16,   NVME_ID_CNTID_MASK      = 0xffff,
    NVME_ID_CNSSID_SHIFT    = 0,    NVME_ID_CNSSID_MASK     = 0xffff,
    NVME_ID_CSI_SHIFT       = 24,   NVME_ID_CSI_MASK        = 0xff,
    NVME_ID_UUIDX_SHIFT     = 0,    NVME_ID_UUIDX_MASK      = 0x7f,
};

/* Command Set Identifier */
enum NvmeCsi {
    NVME_CSI_NVM    = 0,
    NVME_CSI_KV     = 1,
    NVME_CSI_ZONED  = 2,
};

/* Get and Set Features: CDW10 (SEL is Get's, SV is Set's); CDW14 */
enum {
    NVME_FEAT_FID_SHIFT     = 0,    NVME_FEAT_FID_MASK      = 0xff,
    NVME_FEAT_SEL_SHIFT     = 8,    NVME_FEAT_SEL_MASK      = 0x7,
    NVME_FEAT_SV_SHIFT      = 31,   NVME_FEAT_SV_MASK       = 0x1,
    NVME_FEAT_UUIDX_SHIFT   = 0,    NVME_FEAT_UUIDX_MASK    = 0x7f,
};

/* Abort: CDW10; completion DW0 bit 0 is 1 when nothing was aborted */
enum {
    NVME_ABORT_SQID_SHIFT   = 0,    NVME_ABORT_SQID_MASK    = 0xffff,
    NVME_ABORT_CID_SHIFT    = 16,   NVME_ABORT_CID_MASK     = 0xffff,
    NVME_ABORT_NOT_ABORTED  = 1,
};

/* Firmware Commit: CDW10.  Image Download: CDW10 NUMD, CDW11 OFST, dwords */
enum {
    NVME_FW_FS_SHIFT        = 0,    NVME_FW_FS_MASK         = 0x7,
    NVME_FW_CA_SHIFT        = 3,    NVME_FW_CA_MASK         = 0x7,
    NVME_FW_BPID_SHIFT      = 31,   NVME_FW_BPID_MASK       = 0x1,
    NVME_FW_CA_STORE            = 0,    /* store, do not activate */
    NVME_FW_CA_STORE_ACTIVATE   = 1,    /* activate at the next reset */
    NVME_FW_CA_ACTIVATE         = 2,    /* what is in the slot, at reset */
    NVME_FW_CA_ACTIVATE_NOW     = 3,    /* without reset */
    NVME_FW_CA_BP_REPLACE       = 6,
    NVME_FW_CA_BP_ACTIVATE      = 7,
};

/* Device Self-test: CDW10 */
enum {
    NVME_DST_STC_SHIFT      = 0,    NVME_DST_STC_MASK       = 0xf,
    NVME_DST_STC_SHORT      = 0x1,
    NVME_DST_STC_EXTENDED   = 0x2,
    NVME_DST_STC_VS         = 0xe,
    NVME_DST_STC_ABORT      = 0xf,
};

/* Format NVM: CDW10 */
enum {
    NVME_FORMAT_LBAFL_SHIFT = 0,    NVME_FORMAT_LBAFL_MASK  = 0xf,
    NVME_FORMAT_MSET_SHIFT  = 4,    NVME_FORMAT_MSET_MASK   = 0x1,
    NVME_FORMAT_PI_SHIFT    = 5,    NVME_FORMAT_PI_MASK     = 0x7,
    NVME_FORMAT_PIL_SHIFT   = 8,    NVME_FORMAT_PIL_MASK    = 0x1,
    NVME_FORMAT_SES_SHIFT   = 9,    NVME_FORMAT_SES_MASK    = 0x7,
    NVME_FORMAT_LBAFU_SHIFT = 12,   NVME_FORMAT_LBAFU_MASK  = 0x3,
    NVME_FORMAT_SES_NONE    = 0,
    NVME_FORMAT_SES_USER    = 1,
    NVME_FORMAT_SES_CRYPTO  = 2,
};

/* Sanitize: CDW10; CDW11 is OVRPAT */
enum {
    NVME_SAN_SANACT_SHIFT   = 0,    NVME_SAN_SANACT_MASK    = 0x7,
    NVME_SAN_AUSE_SHIFT     = 3,    NVME_SAN_AUSE_MASK      = 0x1,
    NVME_SAN_OWPASS_SHIFT   = 4,    NVME_SAN_OWPASS_MASK    = 0xf,
    NVME_SAN_OIPBP_SHIFT    = 8,    NVME_SAN_OIPBP_MASK     = 0x1,
    NVME_SAN_NDAS_SHIFT     = 9,    NVME_SAN_NDAS_MASK      = 0x1,
    NVME_SAN_EXIT_FAILURE   = 1,
    NVME_SAN_BLOCK_ERASE    = 2,
    NVME_SAN_OVERWRITE      = 3,
    NVME_SAN_CRYPTO_ERASE   = 4,
};

/* Security Send and Receive: CDW10; CDW11 is TL or AL, bytes */
enum {
    NVME_SEC_NSSF_SHIFT     = 0,    NVME_SEC_NSSF_MASK      = 0xff,
    NVME_SEC_SPSP_SHIFT     = 8,    NVME_SEC_SPSP_MASK      = 0xffff,
    NVME_SEC_SECP_SHIFT     = 24,   NVME_SEC_SECP_MASK      = 0xff,
};

/*
 * NVM commands by LBA: SLBA is CDW10 (lower) and CDW11; CDW12 below.  STC and
 * PRINFO are as in Write; DTYPE is Write's alone, DEAC Write Zeroes' alone.
 */
enum {
    NVME_RW_NLB_SHIFT       = 0,    NVME_RW_NLB_MASK        = 0xffff,
    NVME_RW_DTYPE_SHIFT     = 20,   NVME_RW_DTYPE_MASK      = 0xf,
    NVME_RW_STC_SHIFT       = 24,   NVME_RW_STC_MASK        = 0x1,
    NVME_WZ_DEAC_SHIFT      = 25,   NVME_WZ_DEAC_MASK       = 0x1,
    NVME_RW_PRINFO_SHIFT    = 26,   NVME_RW_PRINFO_MASK     = 0xf,
    NVME_RW_FUA_SHIFT       = 30,   NVME_RW_FUA_MASK        = 0x1,
    NVME_RW_LR_SHIFT        = 31,   NVME_RW_LR_MASK         = 0x1,
};

/* Bits of PRINFO */
enum {
    NVME_PRINFO_PRCHK_REF   = 1 << 0,
    NVME_PRINFO_PRCHK_APP   = 1 << 1,
    NVME_PRINFO_PRCHK_GUARD = 1 << 2,
    NVME_PRINFO_PRACT       = 1 << 3,
};

/* Read and Write: CDW13; CDW14 is (E)ILBRT, upper bits in CDW2-3; CDW15 */
enum {
    NVME_RW_AF_SHIFT        = 0,    NVME_RW_AF_MASK         = 0xf,
    NVME_RW_AL_SHIFT        = 4,    NVME_RW_AL_MASK         = 0x3,
    NVME_RW_SR_SHIFT        = 6,    NVME_RW_SR_MASK         = 0x1,
    NVME_RW_INCPRS_SHIFT    = 7,    NVME_RW_INCPRS_MASK     = 0x1,
    NVME_RW_DSPEC_SHIFT     = 16,   NVME_RW_DSPEC_MASK      = 0xffff,
    NVME_RW_LBAT_SHIFT      = 0,    NVME_RW_LBAT_MASK       = 0xffff,
    NVME_RW_LBATM_SHIFT     = 16,   NVME_RW_LBATM_MASK      = 0xffff,
};

/* Dataset Management: CDW10, then CDW11 */
enum {
    NVME_DSM_NR_SHIFT       = 0,    NVME_DSM_NR_MASK        = 0xff,
    NVME_DSM_IDR_SHIFT      = 0,    NVME_DSM_IDR_MASK       = 0x1,
    NVME_DSM_IDW_SHIFT      = 1,    NVME_DSM_IDW_MASK       = 0x1,
    NVME_DSM_AD_SHIFT       = 2,    NVME_DSM_AD_MASK        = 0x1,
};

/* Dataset Management: one of NR + 1 ranges */
typedef struct NvmeDsmRange {
    Le32    cattr;          /* [03:00]  Context Attributes */
    Le32    nlb;            /* [07:04]  logical blocks, not 0's based */
    Le64    slba;           /* [15:08] */
} NvmeDsmRange;
WIRE_AT(NvmeDsmRange, cattr, 0);
WIRE_AT(NvmeDsmRange, nlb, 4);
WIRE_AT(NvmeDsmRange, slba, 8);
WIRE_SIZE(NvmeDsmRange, 16);

/* Copy: SDLBA is CDW10 (lower) and CDW11; CDW12 below; CDW13 DSPEC 31:16 */
enum {
    NVME_COPY_NR_SHIFT      = 0,    NVME_COPY_NR_MASK       = 0xff,
    NVME_COPY_DESFMT_SHIFT  = 8,    NVME_COPY_DESFMT_MASK   = 0xf,
    NVME_COPY_PRINFOR_SHIFT = 12,   NVME_COPY_PRINFOR_MASK  = 0xf,
    NVME_COPY_DTYPE_SHIFT   = 20,   NVME_COPY_DTYPE_MASK    = 0xf,
    NVME_COPY_STCW_SHIFT    = 24,   NVME_COPY_STCW_MASK     = 0x1,
    NVME_COPY_STCR_SHIFT    = 25,   NVME_COPY_STCR_MASK     = 0x1,
    NVME_COPY_PRINFOW_SHIFT = 26,   NVME_COPY_PRINFOW_MASK  = 0xf,
    NVME_COPY_FUA_SHIFT     = 30,   NVME_COPY_FUA_MASK      = 0x1,
    NVME_COPY_LR_SHIFT      = 31,   NVME_COPY_LR_MASK       = 0x1,
};

/* Copy: one of NR + 1 Source Range Entries, Descriptor Format 0h */
typedef struct NvmeCopyRange {
    uint8_t rsvd0[8];       /* [07:00] */
    Le64    slba;           /* [15:08] */
    Le16    nlb;            /* [17:16]  0's based */
    uint8_t rsvd18[6];      /* [23:18] */
    Le32    eilbrt;         /* [27:24] */
    Le16    elbat;          /* [29:28] */
    Le16    elbatm;         /* [31:30] */
} NvmeCopyRange;
WIRE_AT(NvmeCopyRange, slba, 8);
WIRE_AT(NvmeCopyRange, nlb, 16);
WIRE_AT(NvmeCopyRange, eilbrt, 24);
WIRE_AT(NvmeCopyRange, elbat, 28);
WIRE_AT(NvmeCopyRange, elbatm, 30);
WIRE_SIZE(NvmeCopyRange, 32);

/* Commands Supported and Effects: one dword per opcode */
enum {
    NVME_EFF_CSUPP          = 1 << 0,   /* Command Supported */
    NVME_EFF_LBCC           = 1 << 1,   /* Logical Block Content Change */
    NVME_EFF_NCC            = 1 << 2,   /* Namespace Capability Change */
    NVME_EFF_NIC            = 1 << 3,   /* Namespace Inventory Change */
    NVME_EFF_CCC            = 1 << 4,   /* Controller Capability Change */
    NVME_EFF_CSE_NS         = 1 << 16,  /* one command per namespace */
    NVME_EFF_CSE_CTRL       = 2 << 16,  /* one command per controller */
    NVME_EFF_USS            = 1 << 19,  /* UUID Selection Supported */
    NVME_EFF_CSP_NS         = 1 << 20,  /* scope: namespace */
    NVME_EFF_CSP_CTRL       = 1 << 21,  /* scope: controller */
    NVME_EFF_CSP_NVM_SET    = 1 << 22,  /* scope: NVM Set */
    NVME_EFF_CSP_ENDGRP     = 1 << 23,  /* scope: Endurance Group */
    NVME_EFF_CSP_DOMAIN     = 1 << 24,  /* scope: domain */
    NVME_EFF_CSP_SUBSYSTEM  = 1 << 25,  /* scope: NVM subsystem */
};

#endif
