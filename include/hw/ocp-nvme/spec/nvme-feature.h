/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feature identifiers, the fields of their dwords, and asynchronous events.
 *
 * Source: NVMe Base 2.0, sections "Feature Specific Information" and
 * "Asynchronous Event Request command"; NVM Command Set 1.0, section
 * "Features".  A field lies in CDW11 of Set Features and in completion DW0 of
 * Get Features unless the comment says otherwise; see FIELD_GET().
 */
#ifndef HW_OCP_NVME_SPEC_NVME_FEATURE_H
#define HW_OCP_NVME_SPEC_NVME_FEATURE_H

#include "hw/ocp-nvme/spec/bytes.h"

enum NvmeFid {
    NVME_FID_ARBITRATION        = 0x01,
    NVME_FID_POWER_MGMT         = 0x02,
    NVME_FID_LBA_RANGE          = 0x03,
    NVME_FID_TEMPERATURE        = 0x04,
    NVME_FID_ERROR_RECOVERY     = 0x05,
    NVME_FID_VWC                = 0x06,
    NVME_FID_NUM_QUEUES         = 0x07,
    NVME_FID_INT_COALESCING     = 0x08,
    NVME_FID_INT_VECTOR         = 0x09,
    NVME_FID_WRITE_ATOMICITY    = 0x0a,
    NVME_FID_ASYNC_EVENT        = 0x0b,
    NVME_FID_APST               = 0x0c,
    NVME_FID_HMB                = 0x0d,
    NVME_FID_TIMESTAMP          = 0x0e,
    NVME_FID_KATO               = 0x0f,
    NVME_FID_HCTM               = 0x10,
    NVME_FID_NOPSC              = 0x11, /* Non-Operational Power State */
    NVME_FID_RRL                = 0x12, /* Read Recovery Level */
    NVME_FID_PLM_CONFIG         = 0x13,
    NVME_FID_PLM_WINDOW         = 0x14,
    NVME_FID_LBA_STATUS         = 0x15,
    NVME_FID_HOST_BEHAVIOR      = 0x16,
    NVME_FID_SANITIZE           = 0x17,
    NVME_FID_ENDGRP_EVENT       = 0x18,
    NVME_FID_IOCS_PROFILE       = 0x19,
    NVME_FID_SPINUP             = 0x1a,
    NVME_FID_ENH_CTRL_METADATA  = 0x7d,
    NVME_FID_CTRL_METADATA      = 0x7e,
    NVME_FID_NS_METADATA        = 0x7f,
    NVME_FID_SW_PROGRESS        = 0x80,
    NVME_FID_HOST_ID            = 0x81,
    NVME_FID_RESV_MASK          = 0x82,
    NVME_FID_RESV_PERSIST       = 0x83,
    NVME_FID_WRITE_PROTECT      = 0x84,
};

/* Get Features, Select */
enum NvmeFeatSel {
    NVME_FEAT_SEL_CURRENT       = 0,
    NVME_FEAT_SEL_DEFAULT       = 1,
    NVME_FEAT_SEL_SAVED         = 2,
    NVME_FEAT_SEL_CAPABILITIES  = 3,
};

/* Completion DW0 of Select 3h */
enum {
    NVME_FEAT_CAP_SAVEABLE      = 1 << 0,
    NVME_FEAT_CAP_NS_SPECIFIC   = 1 << 1,
    NVME_FEAT_CAP_CHANGEABLE    = 1 << 2,
};

/* 01h Arbitration */
enum {
    NVME_ARB_AB_SHIFT       = 0,    NVME_ARB_AB_MASK        = 0x7,
    NVME_ARB_LPW_SHIFT      = 8,    NVME_ARB_LPW_MASK       = 0xff,
    NVME_ARB_MPW_SHIFT      = 16,   NVME_ARB_MPW_MASK       = 0xff,
    NVME_ARB_HPW_SHIFT      = 24,   NVME_ARB_HPW_MASK       = 0xff,
    NVME_ARB_AB_NO_LIMIT    = 7,
};

/* 02h Power Management */
enum {
    NVME_PM_PS_SHIFT        = 0,    NVME_PM_PS_MASK         = 0x1f,
    NVME_PM_WH_SHIFT        = 5,    NVME_PM_WH_MASK         = 0x7,
};

/* 03h LBA Range Type: entries of the data buffer, 0's based */
enum {
    NVME_LBART_NUM_SHIFT    = 0,    NVME_LBART_NUM_MASK     = 0x3f,
};

/* 04h Temperature Threshold: kelvin */
enum {
    NVME_TEMP_TMPTH_SHIFT   = 0,    NVME_TEMP_TMPTH_MASK    = 0xffff,
    NVME_TEMP_TMPSEL_SHIFT  = 16,   NVME_TEMP_TMPSEL_MASK   = 0xf,
    NVME_TEMP_THSEL_SHIFT   = 20,   NVME_TEMP_THSEL_MASK    = 0x3,
    NVME_TEMP_COMPOSITE     = 0x0,  /* 1h to 8h: sensors 1 to 8 */
    NVME_TEMP_ALL           = 0xf,  /* Set Features only */
    NVME_TEMP_OVER          = 0,
    NVME_TEMP_UNDER         = 1,
};

/* 05h Error Recovery: TLER in 100 ms */
enum {
    NVME_ER_TLER_SHIFT      = 0,    NVME_ER_TLER_MASK       = 0xffff,
    NVME_ER_DULBE_SHIFT     = 16,   NVME_ER_DULBE_MASK      = 0x1,
};

/* 06h Volatile Write Cache */
enum {
    NVME_VWC_WCE_SHIFT      = 0,    NVME_VWC_WCE_MASK       = 0x1,
};

/* 07h Number of Queues, 0's based; the reply holds the allocated numbers */
enum {
    NVME_NQ_NSQ_SHIFT       = 0,    NVME_NQ_NSQ_MASK        = 0xffff,
    NVME_NQ_NCQ_SHIFT       = 16,   NVME_NQ_NCQ_MASK        = 0xffff,
};

/* 08h Interrupt Coalescing: THR 0's based entries, TIME in 100 us */
enum {
    NVME_IC_THR_SHIFT       = 0,    NVME_IC_THR_MASK        = 0xff,
    NVME_IC_TIME_SHIFT      = 8,    NVME_IC_TIME_MASK       = 0xff,
};

/* 09h Interrupt Vector Configuration */
enum {
    NVME_IVC_IV_SHIFT       = 0,    NVME_IVC_IV_MASK        = 0xffff,
    NVME_IVC_CD_SHIFT       = 16,   NVME_IVC_CD_MASK        = 0x1,
};

/* 0Ah Write Atomicity Normal: Disable Normal */
enum {
    NVME_WA_DN_SHIFT        = 0,    NVME_WA_DN_MASK         = 0x1,
};

/* 0Bh Asynchronous Event Configuration */
enum {
    NVME_AEC_SMART_SHIFT    = 0,    NVME_AEC_SMART_MASK     = 0xff,
    NVME_AEC_NS_ATTR        = 1 << 8,
    NVME_AEC_FW_ACTIVATION  = 1 << 9,
    NVME_AEC_TELEMETRY      = 1 << 10,
    NVME_AEC_ANA            = 1 << 11,
    NVME_AEC_PLEA           = 1 << 12,
    NVME_AEC_LBA_STATUS     = 1 << 13,
    NVME_AEC_ENDGRP         = 1 << 14,
    NVME_AEC_SHUTDOWN       = 1 << 15,
};

/* 0Ch Autonomous Power State Transition: enable */
enum {
    NVME_APST_APSTE_SHIFT   = 0,    NVME_APST_APSTE_MASK    = 0x1,
};

/* 0Dh Host Memory Buffer */
enum {
    NVME_HMB_EHM_SHIFT      = 0,    NVME_HMB_EHM_MASK       = 0x1,
    NVME_HMB_MR_SHIFT       = 1,    NVME_HMB_MR_MASK        = 0x1,
};

/* 0Eh Timestamp: the data buffer */
typedef struct NvmeTimestamp {
    uint8_t ms[6];          /* [05:00]  since 1970, low byte first */
    uint8_t attr;           /* [06]     NVME_TIMESTAMP_ */
    uint8_t rsvd7[1];       /* [07] */
} NvmeTimestamp;
WIRE_AT(NvmeTimestamp, ms, 0);
WIRE_SIZE(NvmeTimestamp, 8);

enum {
    NVME_TIMESTAMP_SYNCH_SHIFT  = 0,    NVME_TIMESTAMP_SYNCH_MASK  = 0x1,
    NVME_TIMESTAMP_ORIGIN_SHIFT = 1,    NVME_TIMESTAMP_ORIGIN_MASK = 0x7,
    NVME_TIMESTAMP_ORIGIN_RESET = 0,    /* zero at the last reset */
    NVME_TIMESTAMP_ORIGIN_SET   = 1,    /* by Set Features */
};

/* 10h Host Controlled Thermal Management: kelvin */
enum {
    NVME_HCTM_TMT2_SHIFT    = 0,    NVME_HCTM_TMT2_MASK     = 0xffff,
    NVME_HCTM_TMT1_SHIFT    = 16,   NVME_HCTM_TMT1_MASK     = 0xffff,
};

/* 11h Non-Operational Power State Config: permissive mode */
enum {
    NVME_NOPSC_NOPPME_SHIFT = 0,    NVME_NOPSC_NOPPME_MASK  = 0x1,
};

/* 12h Read Recovery Level: CDW11, then CDW12 */
enum {
    NVME_RRL_NVMSETID_SHIFT = 0,    NVME_RRL_NVMSETID_MASK  = 0xffff,
    NVME_RRL_RRL_SHIFT      = 0,    NVME_RRL_RRL_MASK       = 0xf,
};

/* 15h LBA Status Information Report Interval: 100 ms */
enum {
    NVME_LBASI_LSIRI_SHIFT  = 0,    NVME_LBASI_LSIRI_MASK   = 0xffff,
    NVME_LBASI_LSIPI_SHIFT  = 16,   NVME_LBASI_LSIPI_MASK   = 0xffff,
};

/* 16h Host Behavior Support: byte numbers in the 512-byte data buffer */
enum {
    NVME_HBS_SIZE           = 512,
    NVME_HBS_ACRE           = 0,    /* Advanced Command Retry Enable */
    NVME_HBS_ETDAS          = 1,    /* Extended Telemetry Data Area 4 */
    NVME_HBS_LBAFEE         = 2,    /* LBA Format Extension Enable */
};

/* 17h Sanitize Config: No-Deallocate Response Mode */
enum {
    NVME_SANCFG_NODRM_SHIFT = 0,    NVME_SANCFG_NODRM_MASK  = 0x1,
};

/* 19h I/O Command Set Profile: index of the combination */
enum {
    NVME_IOCSP_IOCSCI_SHIFT = 0,    NVME_IOCSP_IOCSCI_MASK  = 0x1ff,
};

/* 80h Software Progress Marker: Pre-boot Software Load Count */
enum {
    NVME_SWP_PBSLC_SHIFT    = 0,    NVME_SWP_PBSLC_MASK     = 0xff,
};

/* 81h Host Identifier: 16 bytes when set, else 8 */
enum {
    NVME_HOSTID_EXHID_SHIFT = 0,    NVME_HOSTID_EXHID_MASK  = 0x1,
};

/* 84h Namespace Write Protection Config */
enum {
    NVME_NSWP_WPS_SHIFT     = 0,    NVME_NSWP_WPS_MASK      = 0x7,
    NVME_NSWP_NONE              = 0,
    NVME_NSWP_PROTECT           = 1,
    NVME_NSWP_UNTIL_POWER_CYCLE = 2,
    NVME_NSWP_PERMANENT         = 3,
};

/* Asynchronous Event Request: completion DW0 */
enum {
    NVME_AE_TYPE_SHIFT      = 0,    NVME_AE_TYPE_MASK       = 0x7,
    NVME_AE_INFO_SHIFT      = 8,    NVME_AE_INFO_MASK       = 0xff,
    NVME_AE_LID_SHIFT       = 16,   NVME_AE_LID_MASK        = 0xff,
};

enum NvmeAsyncType {
    NVME_AET_ERROR          = 0,
    NVME_AET_SMART          = 1,
    NVME_AET_NOTICE         = 2,
    NVME_AET_IO             = 6,    /* I/O Command specific */
    NVME_AET_VENDOR         = 7,
};

/* Information of NVME_AET_ERROR */
enum {
    NVME_AEI_ERR_DOORBELL   = 0x00, /* write to an invalid doorbell */
    NVME_AEI_ERR_DB_VALUE   = 0x01, /* invalid doorbell value */
    NVME_AEI_ERR_DIAGNOSTIC = 0x02,
    NVME_AEI_ERR_PERSISTENT = 0x03, /* persistent internal error */
    NVME_AEI_ERR_TRANSIENT  = 0x04, /* transient internal error */
    NVME_AEI_ERR_FW_LOAD    = 0x05, /* firmware image load error */
};

/* Information of NVME_AET_SMART */
enum {
    NVME_AEI_SMART_RELIABILITY = 0x00,
    NVME_AEI_SMART_TEMPERATURE = 0x01,
    NVME_AEI_SMART_SPARE    = 0x02,
};

/* Information of NVME_AET_NOTICE */
enum {
    NVME_AEI_NS_ATTR        = 0x00,
    NVME_AEI_FW_ACTIVATION  = 0x01,
    NVME_AEI_TELEMETRY      = 0x02,
    NVME_AEI_ANA            = 0x03,
    NVME_AEI_PLEA           = 0x04,
    NVME_AEI_LBA_STATUS     = 0x05,
    NVME_AEI_ENDGRP         = 0x06,
};

/* Information of NVME_AET_IO */
enum {
    NVME_AEI_RESERVATION    = 0x00,
    NVME_AEI_SANITIZE_DONE  = 0x01,
    NVME_AEI_SANITIZE_DEALLOC = 0x02,   /* with unexpected deallocation */
};

#endif
