/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features of any NVMe controller: select, save, change, refuse.
 * Proves: NVMe Base 2.0, "Get Features", "Set Features".
 */
#include "conform.h"

#define BYTE_CDW10      40

#define TEMPERATURE     0x04    /* CDW11: threshold 0 of sensor 0, over */
#define QUEUES          0x07

enum { CURRENT, DEFAULT, SAVED, CAPABILITIES };
enum { SAVEABLE = 1, CHANGEABLE = 4 };

/* Arbitration, Power Management, ... Asynchronous Event Configuration */
static const uint8_t mandatory[] = { 0x01, 0x02, 0x04, 0x05, 0x07, 0x08, 0x0a,
                                     0x0b };

/* Of these, Error Recovery belongs to a namespace. */
static uint32_t nsid_for(uint8_t fid)
{
    return fid == 0x05 ? drive.nsid : 0;
}

static uint16_t get(uint8_t fid, uint8_t select)
{
    return get_feature(fid, nsid_for(fid), select);
}

static bool selects(void)
{
    return u16_at(drive.id_ctrl + 520) & 0x10;
}

/* What the feature can; 0 if the controller does not say. */
static uint32_t capabilities(uint8_t fid)
{
    if (!selects()) {
        return 0;
    }
    EXPECT(SC_OK, get(fid, CAPABILITIES));
    return (uint32_t)drive.result;
}

static uint16_t save(uint8_t fid, uint32_t value)
{
    return admin((Cmd) { .opcode = 0x09, .nsid = nsid_for(fid),
                         .cdw10 = fid | 1u << 31, .cdw11 = value });
}

static void readable(void)
{
    for (unsigned i = 0; i < sizeof(mandatory); i++) {
        EXPECT(SC_OK, get(mandatory[i], CURRENT));
    }
}

static void all_selects(void)
{
    if (!selects()) {
        SKIP("ONCS bit 4: no saved values, no selects");
    }
    for (unsigned i = 0; i < sizeof(mandatory); i++) {
        EXPECT(SC_OK, get(mandatory[i], DEFAULT));
        EXPECT(SC_OK, get(mandatory[i], SAVED));
        EXPECT_EQ(0, capabilities(mandatory[i]) & ~7u);
    }
}

/* A threshold no drive has by default, set and taken back */
static void can_be_changed(void)
{
    uint32_t before, value = 333;

    EXPECT(SC_OK, get(TEMPERATURE, CURRENT));
    before = (uint32_t)drive.result;
    EXPECT(SC_OK, set_feature(TEMPERATURE, 0, value));
    EXPECT(SC_OK, get(TEMPERATURE, CURRENT));
    EXPECT_EQ(value, drive.result & 0xffff);
    if (selects()) {
        EXPECT(SC_OK, get(TEMPERATURE, DEFAULT));
        EXPECT_TRUE((drive.result & 0xffff) != value);
    }
    EXPECT(SC_OK, set_feature(TEMPERATURE, 0, before & 0xffff));
}

static void until_reset(void)
{
    uint32_t before;

    EXPECT(SC_OK, get(TEMPERATURE, CURRENT));
    before = (uint32_t)drive.result;
    EXPECT(SC_OK, set_feature(TEMPERATURE, 0, 334));
    controller_reset();
    EXPECT(SC_OK, get(TEMPERATURE, CURRENT));
    EXPECT_EQ(before, drive.result);
}

static void unknown(void)
{
    EXPECT(SC_INVALID_FIELD, get_feature(0x60, drive.nsid, CURRENT));
    EXPECT_ERROR(SC_INVALID_FIELD, BYTE_CDW10);
    EXPECT(SC_INVALID_FIELD, set_feature(0x60, drive.nsid, 0));
    EXPECT_ERROR(SC_INVALID_FIELD, BYTE_CDW10);
}

/* The kernel has its queues: their number is settled. */
static void queues_are_settled(void)
{
    EXPECT(SC_OK, get(QUEUES, CURRENT));
    EXPECT(SC_SEQUENCE_ERROR,
           set_feature(QUEUES, 0, (uint32_t)drive.result));
}

static void not_saveable(void)
{
    unsigned tried = 0;

    if (!selects()) {
        SKIP("ONCS bit 4: no saved values, no selects");
    }
    for (unsigned i = 0; i < sizeof(mandatory); i++) {
        uint32_t can = capabilities(mandatory[i]);

        if (can & CHANGEABLE && !(can & SAVEABLE) &&
            mandatory[i] != QUEUES) {
            EXPECT(SC_OK, get(mandatory[i], CURRENT));
            EXPECT(SC_NOT_SAVEABLE,
                   save(mandatory[i], (uint32_t)drive.result));
            tried++;
        }
    }
    if (!tried) {
        SKIP("all mandatory features of this drive are saveable");
    }
}

static void not_changeable(void)
{
    unsigned tried = 0;

    if (!selects()) {
        SKIP("ONCS bit 4: no saved values, no selects");
    }
    for (unsigned i = 0; i < sizeof(mandatory); i++) {
        if (!(capabilities(mandatory[i]) & CHANGEABLE)) {
            EXPECT(SC_OK, get(mandatory[i], CURRENT));
            EXPECT(SC_NOT_CHANGEABLE,
                   set_feature(mandatory[i], nsid_for(mandatory[i]),
                               (uint32_t)drive.result));
            tried++;
        }
    }
    if (!tried) {
        SKIP("all mandatory features of this drive are changeable");
    }
}

static const Check checks[] = {
    { "the mandatory ones can be read", readable, 0, 0 },
    { "current, default, saved and capabilities can be selected",
      all_selects, 0, 0 },
    { "a temperature threshold can be set, its default stays",
      can_be_changed, 0, 0 },
    { "what was not saved ends with a controller reset", until_reset, 0, 0 },
    { "an unknown one is refused, and the error log names it", unknown, 0, 0 },
    { "the number of queues is settled once there are queues",
      queues_are_settled, 0, 0 },
    { "what is not saveable is not saved", not_saveable, 0, 0 },
    { "what is not changeable is not changed", not_changeable, 0, 0 },
};

SUITE(suite_feature, "feature", .always = true);
