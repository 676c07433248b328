/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC32C (Castagnoli), the checksum of superblocks and pages. */
#ifndef HW_OCP_NVME_CORE_CRC32C_H
#define HW_OCP_NVME_CORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * The CRC32C of LEN bytes that follow bytes whose CRC32C is CRC; 0 for none.
 * So the sum of two pieces is ocpn_crc32c(ocpn_crc32c(0, a, n), b, m).
 * Callable from any thread.
 */
uint32_t ocpn_crc32c(uint32_t crc, const void *buf, size_t len);

/* The same on any processor; for tests. */
uint32_t ocpn_crc32c_by_table(uint32_t crc, const void *buf, size_t len);

#endif
