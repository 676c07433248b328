/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features of an open-channel namespace: Error Recovery and Media Feedback.
 * Proves: Open-Channel SSD 2.0, "Set Features".
 */
#include "chunk.h"

#define ERROR_RECOVERY  0x05
#define DULBE           (1u << 16)
#define MEDIA_FEEDBACK  0xca

static uint16_t feedback(uint32_t nsid, uint8_t select)
{
    return get_feature(MEDIA_FEEDBACK, nsid, select);
}

static void expect_feedback(uint32_t want)
{
    EXPECT(SC_OK, feedback(drive.nsid, 0));
    EXPECT_EQ(want, drive.result);
}

/* OCSSD-CASE-35 */
static void dulbe_is_off(void)
{
    controller_reset();
    EXPECT(SC_OK, get_feature(ERROR_RECOVERY, drive.nsid, 0));
    EXPECT_EQ(0, drive.result & DULBE);
}

/* OCSSD-CASE-36 */
static void dulbe_until_reset(void)
{
    set_dulbe(true);
    EXPECT(SC_OK, get_feature(ERROR_RECOVERY, drive.nsid, 0));
    EXPECT_EQ(DULBE, drive.result & DULBE);
    controller_reset();
    EXPECT(SC_OK, get_feature(ERROR_RECOVERY, drive.nsid, 0));
    EXPECT_EQ(0, drive.result & DULBE);
}

/* OCSSD-CASE-37 OCSSD-CASE-38 */
static void feedback_can_be_set(void)
{
    expect_feedback(0);
    for (uint32_t value = 1; value <= 3; value++) {
        EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, value));
        expect_feedback(value);
    }
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, 0));
}

/* OCSSD-CASE-39 */
static void feedback_reserved_bits(void)
{
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, 0xffffffff));
    expect_feedback(3);
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, 0));
}

/* OCSSD-CASE-40 */
static void feedback_is_not_saved(void)
{
    EXPECT(SC_NOT_SAVEABLE,
           admin((Cmd) { .opcode = 0x09, .nsid = drive.nsid,
                         .cdw10 = MEDIA_FEEDBACK | 1u << 31, .cdw11 = 3 }));
    expect_feedback(0);
}

/* OCSSD-CASE-41 */
static void feedback_selects(void)
{
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, 3));
    EXPECT(SC_OK, feedback(drive.nsid, 1));
    EXPECT_EQ(0, drive.result);
    EXPECT(SC_OK, feedback(drive.nsid, 3));
    EXPECT_EQ(6, drive.result);
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, 0));
}

/* OCSSD-CASE-42 */
static void feedback_of_nsid_0(void)
{
    EXPECT(SC_OK, feedback(0, 0));
}

/* OCSSD-CASE-43 */
static void feedback_wrong_namespace(void)
{
    uint32_t nn = u32_at(drive.id_ctrl + 516);

    EXPECT(SC_INVALID_NS, set_feature(MEDIA_FEEDBACK, 0, 1));
    EXPECT(SC_INVALID_NS, set_feature(MEDIA_FEEDBACK, nn + 1, 1));
    expect_feedback(0);
}

/* Not of the table of cases, but of section 6.2. */
static void feedback_of_all(void)
{
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, NSID_ALL, 2));
    expect_feedback(2);
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, NSID_ALL, 0));
    expect_feedback(0);
}

/* OCSSD-CASE-44 */
static void feedback_until_reset(void)
{
    EXPECT(SC_OK, set_feature(MEDIA_FEEDBACK, drive.nsid, 3));
    controller_reset();
    expect_feedback(0);
}

static const Check checks[] = {
    { "DULBE is off after a controller reset", dulbe_is_off, 0, 0 },
    { "DULBE can be set, until a controller reset", dulbe_until_reset, 0, 0 },
    { "Media Feedback can be set", feedback_can_be_set, 0, 0 },
    { "reserved bits of Media Feedback are ignored",
      feedback_reserved_bits, 0, 0 },
    { "Media Feedback is not saveable", feedback_is_not_saved, 0, 0 },
    { "Media Feedback has a default and capabilities", feedback_selects, 0, 0 },
    { "Get Media Feedback allows NSID 0", feedback_of_nsid_0, 0, 0 },
    { "Set Media Feedback wants a namespace", feedback_wrong_namespace, 0, 0 },
    { "Set Media Feedback can mean all namespaces", feedback_of_all, 0, 0 },
    { "Media Feedback is 0 after a controller reset",
      feedback_until_reset, 0, 0 },
};

SUITE(suite_oc_feature, "open-channel features", .open_channel = true);
