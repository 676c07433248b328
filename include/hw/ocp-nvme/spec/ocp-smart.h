/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OCP Datacenter NVMe SSD: SMART / Health Information Extended, log page C0h.
 *
 * Source: SMART-1..31.  Fields of 3, 6 and 7 bytes are arrays, low byte first.
 * What a version does not have is zero in its page.
 */
#ifndef HW_OCP_NVME_SPEC_OCP_SMART_H
#define HW_OCP_NVME_SPEC_OCP_SMART_H

#include "hw/ocp-nvme/spec/bytes.h"

#define OCP_SMART_GUID OCP_GUID(af, d5, 14, c9, 7c, 6f, 4f, 9c, \
                                a4, f2, bf, ea, 28, 10, af, c5)

typedef struct OcpSmartLog {
    Le128   media_written;      /* [015:000]  bytes */
    Le128   media_read;         /* [031:016]  bytes */
    uint8_t bad_user[6];        /* [037:032]  blocks */
    Le16    bad_user_norm;      /* [039:038]  percent of spare blocks left */
    uint8_t bad_system[6];      /* [045:040]  all FFh: not told apart */
    Le16    bad_system_norm;    /* [047:046] */
    Le64    xor_recovery;       /* [055:048] */
    Le64    uncorrectable;      /* [063:056]  read errors */
    Le64    soft_ecc;           /* [071:064] */
    Le32    e2e_detected;       /* [075:072] */
    Le32    e2e_corrected;      /* [079:076] */
    uint8_t system_used;        /* [080]      percent, may pass 100 */
    uint8_t refresh[7];         /* [087:081]  blocks */
    Le32    erase_max;          /* [091:088]  user data erase counts */
    Le32    erase_min;          /* [095:092] */
    uint8_t throttle_events;    /* [096] */
    uint8_t throttle_status;    /* [097]      0: none, 1..3: level */
    uint8_t spec_errata;        /* [098]      of this specification */
    Le16    spec_point;         /* [100:099] */
    Le16    spec_minor;         /* [102:101] */
    uint8_t spec_major;         /* [103] */
    Le64    pcie_correctable;   /* [111:104]  FID C3h clears it */
    Le32    incomplete_shutdowns;   /* [115:112] */
    uint8_t rsvd116[4];         /* [119:116] */
    uint8_t free_blocks;        /* [120]      percent */
    uint8_t rsvd121[7];         /* [127:121] */
    Le16    capacitor;          /* [129:128]  percent, FFFFh: none fitted */
    uint8_t base_errata;        /* [130]      ASCII or 0 */
    uint8_t cmdset_errata;      /* [131]      2.5 */
    uint8_t pcie_errata;        /* [132]      2.6 */
    uint8_t mi_errata;          /* [133]      2.6 */
    Le16    die_retirement;     /* [135:134]  2.7 */
    Le64    unaligned;          /* [143:136]  this power cycle */
    Le64    security_version;   /* [151:144] */
    Le64    nuse;               /* [159:152]  blocks, all namespaces */
    Le128   plp_starts;         /* [175:160] */
    Le128   endurance;          /* [191:176]  bytes */
    Le64    link_retrains;      /* [199:192] */
    Le64    power_changes;      /* [207:200] */
    Le64    lowest_firmware;    /* [215:208]  2.5 */
    Le16    dies;               /* [217:216]  2.6, as all to 357 */
    Le16    die_tolerance;      /* [219:218] */
    Le16    dies_offline;       /* [221:220] */
    uint8_t max_temperature;    /* [222]      degrees Celsius */
    uint8_t form_factor;        /* [223]      2.7 */
    Le64    erase_average;      /* [231:224] */
    Le32    command_timeouts;   /* [235:232] */
    Le32    system_program_fails;   /* [239:236] */
    uint8_t system_program_norm;    /* [240]  percent */
    uint8_t rsvd241[3];         /* [243:241] */
    Le32    system_read_fails;  /* [247:244] */
    uint8_t system_read_norm;   /* [248] */
    uint8_t rsvd249[3];         /* [251:249] */
    Le32    system_erase_fails; /* [255:252] */
    uint8_t system_erase_norm;  /* [256] */
    uint8_t rsvd257[3];         /* [259:257] */
    Le16    peak_power;         /* [261:260]  watts */
    Le16    average_power;      /* [263:262]  watts */
    uint8_t energy[6];          /* [269:264]  watt hours */
    char    firmware[8];        /* [277:270]  ASCII */
    uint8_t build_uuid[16];     /* [293:278]  text order */
    char    build_label[64];    /* [357:294]  ASCII, padded with spaces */
    uint8_t dies_bad[6];        /* [363:358]  2.7 */
    Le16    dies_bad_norm;      /* [365:364]  2.7 */
    uint8_t rsvd366[128];       /* [493:366] */
    Le16    version;            /* [495:494] */
    uint8_t guid[16];           /* [511:496] */
} OcpSmartLog;
WIRE_AT(OcpSmartLog, bad_user, 32);
WIRE_AT(OcpSmartLog, xor_recovery, 48);
WIRE_AT(OcpSmartLog, e2e_detected, 72);
WIRE_AT(OcpSmartLog, refresh, 81);
WIRE_AT(OcpSmartLog, throttle_events, 96);
WIRE_AT(OcpSmartLog, spec_major, 103);
WIRE_AT(OcpSmartLog, incomplete_shutdowns, 112);
WIRE_AT(OcpSmartLog, free_blocks, 120);
WIRE_AT(OcpSmartLog, capacitor, 128);
WIRE_AT(OcpSmartLog, die_retirement, 134);
WIRE_AT(OcpSmartLog, unaligned, 136);
WIRE_AT(OcpSmartLog, nuse, 152);
WIRE_AT(OcpSmartLog, endurance, 176);
WIRE_AT(OcpSmartLog, lowest_firmware, 208);
WIRE_AT(OcpSmartLog, max_temperature, 222);
WIRE_AT(OcpSmartLog, command_timeouts, 232);
WIRE_AT(OcpSmartLog, system_read_fails, 244);
WIRE_AT(OcpSmartLog, system_erase_fails, 252);
WIRE_AT(OcpSmartLog, peak_power, 260);
WIRE_AT(OcpSmartLog, firmware, 270);
WIRE_AT(OcpSmartLog, build_uuid, 278);
WIRE_AT(OcpSmartLog, build_label, 294);
WIRE_AT(OcpSmartLog, dies_bad, 358);
WIRE_AT(OcpSmartLog, version, 494);
WIRE_AT(OcpSmartLog, guid, 496);
WIRE_SIZE(OcpSmartLog, 512);

#endif
