/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error Recovery (log page C1h), Error Injection (feature C0h), and the
 * configuration of panic notices (feature C9h).
 *
 * Source: OCP Datacenter NVMe SSD 2.5, EREC-1..15, ERRI-1..6.
 */
#ifndef HW_OCP_NVME_SPEC_OCP_ERROR_H
#define HW_OCP_NVME_SPEC_OCP_ERROR_H

#include "hw/ocp-nvme/spec/bytes.h"

typedef struct OcpErrorRecovery {
    Le16    wait;               /* [001:000]  ms, before the reset */
    uint8_t reset;              /* [002]      OCP_PANIC_RESET_ */
    uint8_t recover;            /* [003]      OCP_RECOVER_ */
    Le64    panic_id;           /* [011:004]  0: no panic */
    Le32    capabilities;       /* [015:012]  OCP_PANIC_BY_ */
    uint8_t vendor_opcode;      /* [016]      with OCP_RECOVER_VENDOR */
    uint8_t rsvd17[3];          /* [019:017] */
    Le32    vendor_cdw12;       /* [023:020] */
    Le32    vendor_cdw13;       /* [027:024] */
    uint8_t vendor_timeout;     /* [028]      seconds */
    uint8_t reset2;             /* [029]      OCP_PANIC_RESET_, after RECOVER */
    uint8_t reset2_timeout;     /* [030]      seconds, in place of CAP.TO */
    uint8_t count;              /* [031]      panics ever; since 2.5 */
    Le64    previous[4];        /* [063:032]  N - 1 first; since 2.5 */
    uint8_t rsvd64[430];        /* [493:064] */
    Le16    version;            /* [495:494] */
    uint8_t guid[16];           /* [511:496] */
} OcpErrorRecovery;
WIRE_AT(OcpErrorRecovery, panic_id, 4);
WIRE_AT(OcpErrorRecovery, capabilities, 12);
WIRE_AT(OcpErrorRecovery, vendor_cdw12, 20);
WIRE_AT(OcpErrorRecovery, vendor_timeout, 28);
WIRE_AT(OcpErrorRecovery, count, 31);
WIRE_AT(OcpErrorRecovery, previous, 32);
WIRE_AT(OcpErrorRecovery, version, 494);
WIRE_SIZE(OcpErrorRecovery, 512);

/* The reset a panic asks for: the lowest bit is the one to prefer. */
enum {
    OCP_PANIC_RESET_CONTROLLER  = 1 << 0,
    OCP_PANIC_RESET_SUBSYSTEM   = 1 << 1,
    OCP_PANIC_RESET_FUNCTION    = 1 << 2,
    OCP_PANIC_RESET_PERST       = 1 << 3,
    OCP_PANIC_RESET_POWER       = 1 << 4,   /* main power cycle */
    OCP_PANIC_RESET_HOT         = 1 << 5,   /* conventional hot reset */
};

/* Device Recovery Action 1; in 1.0 not these bits but their numbers. */
enum {
    OCP_RECOVER_NONE        = 1 << 0,   /* the reset is enough */
    OCP_RECOVER_FORMAT      = 1 << 1,   /* Format NVM, any SES */
    OCP_RECOVER_VENDOR      = 1 << 2,   /* the vendor command */
    OCP_RECOVER_ANALYSIS    = 1 << 3,   /* by the vendor */
    OCP_RECOVER_REPLACE     = 1 << 4,
    OCP_RECOVER_SANITIZE    = 1 << 5,
    OCP_RECOVER_LBA_STATUS  = 1 << 6,   /* user data lost; since 2.5 */
};

/* How the host hears of a panic. */
enum {
    OCP_PANIC_BY_EVENT      = 1 << 0,
    OCP_PANIC_BY_CFS        = 1 << 1,
};

/* Panic IDs: those of the specification, and a vendor's. */
enum {
    OCP_PANIC_DATA_LOST     = 1,        /* flush failed at power loss */
    OCP_PANIC_VENDOR        = 0x10000,  /* from here on; + OCP_INJECT_ */
};

/* Feature C9h, CDW11 */
enum {
    OCP_ASYNC_PANIC         = 1 << 0,   /* enable panic notices */
};

/* Feature C0h: an entry of the data. */
typedef struct OcpInjection {
    uint8_t flags;              /* [00]     OCP_INJECTION_ */
    uint8_t rsvd1;              /* [01] */
    Le16    type;               /* [03:02]  enum OcpInjectType */
    Le16    reads;              /* [05:04]  panics: NRTDP */
    uint8_t rsvd6[2];           /* [07:06] */
    Le32    ms;                 /* [11:08]  latency spikes; since 2.7 */
    uint8_t rsvd12[20];         /* [31:12] */
} OcpInjection;
WIRE_AT(OcpInjection, type, 2);
WIRE_AT(OcpInjection, reads, 4);
WIRE_AT(OcpInjection, ms, 8);
WIRE_SIZE(OcpInjection, 32);

enum {
    OCP_INJECTION_ENABLE    = 1 << 0,
    OCP_INJECTION_SINGLE    = 1 << 1,   /* disarmed when it has fired */
    OCP_INJECTIONS          = 127,      /* entries in a command */
};

enum OcpInjectType {
    OCP_INJECT_CPU_HANG         = 0x01, /* panics, up to NO_SPARES */
    OCP_INJECT_NAND_HANG        = 0x02,
    OCP_INJECT_PLP_DEFECT       = 0x03,
    OCP_INJECT_FIRMWARE_ERROR   = 0x04,
    OCP_INJECT_DRAM_CRITICAL    = 0x05,
    OCP_INJECT_DRAM             = 0x06,
    OCP_INJECT_NAND_CORRUPTION  = 0x07,
    OCP_INJECT_SRAM_CORRUPTION  = 0x08,
    OCP_INJECT_HARDWARE         = 0x09,
    OCP_INJECT_NO_SPARES        = 0x0a,
    OCP_INJECT_INCOMPLETE       = 0x0b, /* incomplete shutdown; 2.5 */
    OCP_INJECT_METADATA         = 0x0c, /* from here on 2.6 */
    OCP_INJECT_CRITICAL_GC      = 0x0d,
    OCP_INJECT_LATENCY          = 0x0e, /* one spike */
    OCP_INJECT_IO_FAILURE       = 0x0f,
    OCP_INJECT_IO_TIMEOUT       = 0x10,
    OCP_INJECT_ADMIN_FAILURE    = 0x11,
    OCP_INJECT_ADMIN_TIMEOUT    = 0x12,
    OCP_INJECT_THROTTLE_ON      = 0x13,
    OCP_INJECT_THROTTLE_OFF     = 0x14,
    OCP_INJECT_CRITICAL_HEAT    = 0x15,
    OCP_INJECT_DIE_OFFLINE      = 0x16,
    OCP_INJECT_SANITIZE_COMMAND = 0x17, /* from here on 2.7 */
    OCP_INJECT_PCIE_CORRECTABLE = 0x1a,
    OCP_INJECT_PCIE_FATAL       = 0x1b, /* uncorrectable */
    OCP_INJECT_SANITIZE_FAILURE = 0x1d, /* of the operation */
    OCP_INJECT_RANDOM_LATENCY   = 0x1e,
    OCP_INJECT_VOLTAGE_DROP     = 0x20,
    OCP_INJECT_SPARE            = 0x21, /* available spare */
    OCP_INJECT_BACKUP           = 0x22, /* volatile memory backup */
    OCP_INJECT_NTYPES           = 0x23,
};

#endif
