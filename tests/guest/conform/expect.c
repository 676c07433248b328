/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: CUnit assertions that say what came in place of what. */
#include <stdarg.h>

#include "conform.h"

char skipped[200];

/* SCT/SC, as the specifications print it. */
static void status_text(char *text, size_t size, uint16_t status)
{
    snprintf(text, size, "%x/%02X", status >> 8 & 7, status & 0xff);
}

void fail_at(const char *file, unsigned line, bool fatal, const char *format,
             ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    CU_assertImplementation(CU_FALSE, line, text, file, "", fatal);
}

void expect_status(const char *file, unsigned line, const char *what,
                   uint16_t want, uint16_t got)
{
    char wanted[16], came[16];
    bool dnr = got & 0x4000;

    status_text(wanted, sizeof(wanted), want);
    status_text(came, sizeof(came), got);
    if ((got & 0x7ff) != want) {
        fail_at(file, line, false, "%.60s: status %s, wanted %s", what, came,
                wanted);
    } else if (want != SC_OK && !dnr) {
        fail_at(file, line, false, "%.60s: status %s without Do Not Retry",
                what, came);
    }
}

void expect_equal(const char *file, unsigned line, const char *what,
                  uint64_t want, uint64_t got)
{
    if (got != want) {
        fail_at(file, line, false, "%.60s: %llu (%llXh), wanted %llu (%llXh)",
                what, (unsigned long long)got, (unsigned long long)got,
                (unsigned long long)want, (unsigned long long)want);
    }
}

void skip(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(skipped, sizeof(skipped), format, args);
    va_end(args);
}

/*
 * NVMe Base 2.0, "Error Information": Status Field with the phase in byte 12,
 * Parameter Error Location in byte 14.
 */
void expect_error(const char *file, unsigned line, uint16_t status,
                  uint16_t byte)
{
    uint8_t entry[64];
    uint32_t came, location;

    EXPECT(SC_OK, get_log(0x01, NSID_ALL, 0, entry, sizeof(entry)));
    came = u16_at(entry + 12) >> 1 & 0x7ff;
    location = u16_at(entry + 14);
    if (came != status) {
        fail_at(file, line, false, "the newest error log entry has status "
                "%x/%02X, wanted %x/%02X", came >> 8, came & 0xff,
                status >> 8, status & 0xff);
    } else if ((location & 0xff) != byte || location == 0xffff) {
        fail_at(file, line, false, "Parameter Error Location %04Xh in the "
                "error log does not name byte %u", location, byte);
    }
}
