/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves: NVMe Base 2.0, "Status Field Definition"; NVM Command Set 1.0,
 * "Status Values"; OCSSD 2.0, 1.3: names of status codes, and Do Not Retry.
 */
#include "hw/ocp-nvme/core/req.h"
#include "ocpn-unit.h"

static const struct {
    uint16_t status; bool dnr; const char *name;
} known[] = {
    { 0x000, false, "Successful Completion" },
    { 0x001, true, "Invalid Command Opcode" },
    { 0x002, true, "Invalid Field in Command" },
    { 0x004, true, "Data Transfer Error" },
    { 0x005, false, "Commands Aborted due to Power Loss Notification" },
    { 0x006, false, "Internal Error" },
    { 0x007, false, "Command Abort Requested" },
    { 0x008, false, "Command Aborted due to SQ Deletion" },
    { 0x00b, true, "Invalid Namespace or Format" },
    { 0x00d, true, "Invalid SGL Segment Descriptor" },
    { 0x00e, true, "Invalid Number of SGL Descriptors" },
    { 0x00f, true, "Data SGL Length Invalid" },
    { 0x010, true, "Metadata SGL Length Invalid" },
    { 0x011, true, "SGL Descriptor Type Invalid" },
    { 0x013, true, "PRP Offset Invalid" },
    { 0x016, true, "SGL Offset Invalid" },
    { 0x020, true, "Namespace is Write Protected" },
    { 0x080, true, "LBA Out of Range" },
    { 0x081, true, "Capacity Exceeded" },
    { 0x082, false, "Namespace Not Ready" },
    { 0x084, false, "Format In Progress" },
    { 0x100, true, "Completion Queue Invalid" },
    { 0x101, true, "Invalid Queue Identifier" },
    { 0x102, true, "Invalid Queue Size" },
    { 0x105, false, "Asynchronous Event Request Limit Exceeded" },
    { 0x108, true, "Invalid Interrupt Vector" },
    { 0x109, true, "Invalid Log Page" },
    { 0x10a, true, "Invalid Format" },
    { 0x10c, true, "Invalid Queue Deletion" },
    { 0x10d, true, "Feature Identifier Not Saveable" },
    { 0x10e, true, "Feature Not Changeable" },
    { 0x10f, true, "Feature Not Namespace Specific" },
    { 0x183, true, "Command Size Limit Exceeded" },
    { 0x280, true, "Write Fault" },
    { 0x281, true, "Unrecovered Read Error" },
    { 0x285, true, "Compare Failure" },
    { 0x287, true, "Deallocated or Unwritten Logical Block" },
    { 0x2c0, true, "Offline Chunk" },
    { 0x2c1, true, "Invalid Reset" },
    { 0x2d0, true, "High ECC" },
    { 0x2f0, true, "Write Next Unit" },
    { 0x2f1, true, "Chunk Early Close" },
    { 0x2f2, true, "Out-of-order Write" },
};
#define NKNOWN  (sizeof(known) / sizeof(known[0]))

static void names(void)
{
    for (size_t i = 0; i < NKNOWN; i++) {
        const char *name = ocpn_status_name(known[i].status);

        CHECK(!strcmp(name, known[i].name), "status %03x is \"%s\"",
              known[i].status, name);
    }
}

static void retries(void)
{
    for (size_t i = 0; i < NKNOWN; i++) {
        CHECK(ocpn_status_dnr(known[i].status) == known[i].dnr,
              "DNR of status %03x", known[i].status);
    }
}

/* Every value has a name, and it is that of no other value. */
static void all_values(void)
{
    for (unsigned status = 0; status < 0x10000; status++) {
        const char *name = ocpn_status_name((uint16_t)status);

        CHECK(name && name[0], "status %04x has no name", status);
        name = name ? name : "";
        if (status > 0x7ff) {
            CHECK(!strcmp(name, "Unknown"), "status %04x is \"%s\"", status,
                  name);
            CHECK_EQ(ocpn_status_dnr((uint16_t)status), false);
        }
        for (size_t i = 0; i < NKNOWN; i++) {
            CHECK(known[i].status == status || strcmp(name, known[i].name),
                  "status %04x is \"%s\"", status, name);
        }
    }
}

static const OcpnTest tests[] = {
    { "names", names },
    { "Do Not Retry", retries },
    { "all values", all_values },
};
OCPN_UNIT_MAIN("status", tests)
