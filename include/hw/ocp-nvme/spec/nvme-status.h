/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Status codes: X(NAME, value, text, dnr).
 *
 * The value is SCT << 8 | SC.  The last column is the Do Not Retry bit the
 * controller sets with the code: 1 when the same command would fail again,
 * 0 when time or another command can change the outcome.
 *
 * Source: NVMe Base 2.0, section "Status Field Definition"; NVM Command Set
 * 1.0, section "Status Code".
 */
#ifndef HW_OCP_NVME_SPEC_NVME_STATUS_H
#define HW_OCP_NVME_SPEC_NVME_STATUS_H

/* Generic Command Status, SCT 0h */
#define NVME_STATUS_GENERIC(X) \
    X(SUCCESS,              0x000, "Successful Completion", 0) \
    X(INVALID_OPCODE,       0x001, "Invalid Command Opcode", 1) \
    X(INVALID_FIELD,        0x002, "Invalid Field in Command", 1) \
    X(CID_CONFLICT,         0x003, "Command ID Conflict", 0) \
    X(DATA_TRANSFER_ERROR,  0x004, "Data Transfer Error", 1) \
    X(POWER_LOSS,           0x005, "Commands Aborted due to Power Loss " \
                                   "Notification", 0) \
    X(INTERNAL,             0x006, "Internal Error", 0) \
    X(ABORT_REQUESTED,      0x007, "Command Abort Requested", 0) \
    X(ABORT_SQ_DELETED,     0x008, "Command Aborted due to SQ Deletion", 0) \
    X(ABORT_FAILED_FUSED,   0x009, "Command Aborted due to Failed Fused " \
                                   "Command", 0) \
    X(ABORT_MISSING_FUSED,  0x00a, "Command Aborted due to Missing Fused " \
                                   "Command", 0) \
    X(INVALID_NS,           0x00b, "Invalid Namespace or Format", 1) \
    X(COMMAND_SEQUENCE,     0x00c, "Command Sequence Error", 1) \
    X(SGL_SEGMENT_INVALID,  0x00d, "Invalid SGL Segment Descriptor", 1) \
    X(SGL_COUNT_INVALID,    0x00e, "Invalid Number of SGL Descriptors", 1) \
    X(SGL_DATA_LEN_INVALID, 0x00f, "Data SGL Length Invalid", 1) \
    X(SGL_MD_LEN_INVALID,   0x010, "Metadata SGL Length Invalid", 1) \
    X(SGL_TYPE_INVALID,     0x011, "SGL Descriptor Type Invalid", 1) \
    X(CMB_INVALID_USE,      0x012, "Invalid Use of Controller Memory " \
                                   "Buffer", 1) \
    X(PRP_OFFSET_INVALID,   0x013, "PRP Offset Invalid", 1) \
    X(ATOMIC_EXCEEDED,      0x014, "Atomic Write Unit Exceeded", 1) \
    X(OPERATION_DENIED,     0x015, "Operation Denied", 1) \
    X(SGL_OFFSET_INVALID,   0x016, "SGL Offset Invalid", 1) \
    X(HOSTID_FORMAT,        0x018, "Host Identifier Inconsistent Format", 1) \
    X(KEEP_ALIVE_EXPIRED,   0x019, "Keep Alive Timer Expired", 0) \
    X(KEEP_ALIVE_INVALID,   0x01a, "Keep Alive Timeout Invalid", 1) \
    X(ABORT_PREEMPTED,      0x01b, "Command Aborted due to Preempt and " \
                                   "Abort", 0) \
    X(SANITIZE_FAILED,      0x01c, "Sanitize Failed", 1) \
    X(SANITIZE_IN_PROGRESS, 0x01d, "Sanitize In Progress", 0) \
    X(SGL_GRANULARITY,      0x01e, "SGL Data Block Granularity Invalid", 1) \
    X(CMB_NOT_SUPPORTED,    0x01f, "Command Not Supported for Queue in " \
                                   "CMB", 1) \
    X(NS_WRITE_PROTECTED,   0x020, "Namespace is Write Protected", 1) \
    X(INTERRUPTED,          0x021, "Command Interrupted", 0) \
    X(TRANSIENT_TRANSPORT,  0x022, "Transient Transport Error", 0) \
    X(LOCKDOWN,             0x023, "Command Prohibited by Command and " \
                                   "Feature Lockdown", 1) \
    X(MEDIA_NOT_READY,      0x024, "Admin Command Media Not Ready", 0) \
    X(LBA_RANGE,            0x080, "LBA Out of Range", 1) \
    X(CAPACITY_EXCEEDED,    0x081, "Capacity Exceeded", 1) \
    X(NS_NOT_READY,         0x082, "Namespace Not Ready", 0) \
    X(RESERVATION_CONFLICT, 0x083, "Reservation Conflict", 1) \
    X(FORMAT_IN_PROGRESS,   0x084, "Format In Progress", 0)

/* Command Specific Status, SCT 1h */
#define NVME_STATUS_COMMAND(X) \
    X(INVALID_CQ,           0x100, "Completion Queue Invalid", 1) \
    X(INVALID_QID,          0x101, "Invalid Queue Identifier", 1) \
    X(INVALID_QUEUE_SIZE,   0x102, "Invalid Queue Size", 1) \
    X(ABORT_LIMIT,          0x103, "Abort Command Limit Exceeded", 0) \
    X(AER_LIMIT,            0x105, "Asynchronous Event Request Limit " \
                                   "Exceeded", 0) \
    X(INVALID_FW_SLOT,      0x106, "Invalid Firmware Slot", 1) \
    X(INVALID_FW_IMAGE,     0x107, "Invalid Firmware Image", 1) \
    X(INVALID_VECTOR,       0x108, "Invalid Interrupt Vector", 1) \
    X(INVALID_LOG_PAGE,     0x109, "Invalid Log Page", 1) \
    X(INVALID_FORMAT,       0x10a, "Invalid Format", 1) \
    X(FW_NEEDS_CONV_RESET,  0x10b, "Firmware Activation Requires " \
                                   "Conventional Reset", 1) \
    X(INVALID_QUEUE_DELETION, 0x10c, "Invalid Queue Deletion", 1) \
    X(FEATURE_NOT_SAVEABLE, 0x10d, "Feature Identifier Not Saveable", 1) \
    X(FEATURE_NOT_CHANGEABLE, 0x10e, "Feature Not Changeable", 1) \
    X(FEATURE_NOT_NS_SPECIFIC, 0x10f, "Feature Not Namespace Specific", 1) \
    X(FW_NEEDS_NSS_RESET,   0x110, "Firmware Activation Requires NVM " \
                                   "Subsystem Reset", 1) \
    X(FW_NEEDS_RESET,       0x111, "Firmware Activation Requires " \
                                   "Controller Level Reset", 1) \
    X(FW_NEEDS_MAX_TIME,    0x112, "Firmware Activation Requires Maximum " \
                                   "Time Violation", 1) \
    X(FW_PROHIBITED,        0x113, "Firmware Activation Prohibited", 1) \
    X(OVERLAPPING_RANGE,    0x114, "Overlapping Range", 1) \
    X(NS_INSUFFICIENT_CAP,  0x115, "Namespace Insufficient Capacity", 1) \
    X(NSID_UNAVAILABLE,     0x116, "Namespace Identifier Unavailable", 1) \
    X(NS_ALREADY_ATTACHED,  0x118, "Namespace Already Attached", 1) \
    X(NS_IS_PRIVATE,        0x119, "Namespace Is Private", 1) \
    X(NS_NOT_ATTACHED,      0x11a, "Namespace Not Attached", 1) \
    X(THIN_UNSUPPORTED,     0x11b, "Thin Provisioning Not Supported", 1) \
    X(CTRL_LIST_INVALID,    0x11c, "Controller List Invalid", 1) \
    X(SELF_TEST_IN_PROGRESS, 0x11d, "Device Self-test In Progress", 0) \
    X(BP_WRITE_PROHIBITED,  0x11e, "Boot Partition Write Prohibited", 1) \
    X(INVALID_CTRL_ID,      0x11f, "Invalid Controller Identifier", 1) \
    X(INVALID_SEC_STATE,    0x120, "Invalid Secondary Controller State", 1) \
    X(INVALID_RESOURCES,    0x121, "Invalid Number of Controller " \
                                   "Resources", 1) \
    X(INVALID_RESOURCE_ID,  0x122, "Invalid Resource Identifier", 1) \
    X(SANITIZE_PMR_ENABLED, 0x123, "Sanitize Prohibited While Persistent " \
                                   "Memory Region is Enabled", 1) \
    X(ANA_GROUP_INVALID,    0x124, "ANA Group Identifier Invalid", 1) \
    X(ANA_ATTACH_FAILED,    0x125, "ANA Attach Failed", 1) \
    X(INSUFFICIENT_CAP,     0x126, "Insufficient Capacity", 1) \
    X(NS_ATTACH_LIMIT,      0x127, "Namespace Attachment Limit Exceeded", 1) \
    X(LOCKDOWN_UNSUPPORTED, 0x128, "Prohibition of Command Execution Not " \
                                   "Supported", 1) \
    X(IOCS_NOT_SUPPORTED,   0x129, "I/O Command Set Not Supported", 1) \
    X(IOCS_NOT_ENABLED,     0x12a, "I/O Command Set Not Enabled", 1) \
    X(IOCS_COMBINATION,     0x12b, "I/O Command Set Combination Rejected", 1) \
    X(INVALID_IOCS,         0x12c, "Invalid I/O Command Set", 1) \
    X(ID_UNAVAILABLE,       0x12d, "Identifier Unavailable", 1) \
    X(CONFLICTING_ATTR,     0x180, "Conflicting Attributes", 1) \
    X(INVALID_PI,           0x181, "Invalid Protection Information", 1) \
    X(READ_ONLY_RANGE,      0x182, "Attempted Write to Read Only Range", 1) \
    X(CMD_SIZE_LIMIT,       0x183, "Command Size Limit Exceeded", 1)

/* Media and Data Integrity Errors, SCT 2h */
#define NVME_STATUS_MEDIA(X) \
    X(WRITE_FAULT,          0x280, "Write Fault", 1) \
    X(UNRECOVERED_READ,     0x281, "Unrecovered Read Error", 1) \
    X(GUARD_CHECK,          0x282, "End-to-end Guard Check Error", 1) \
    X(APP_TAG_CHECK,        0x283, "End-to-end Application Tag Check " \
                                   "Error", 1) \
    X(REF_TAG_CHECK,        0x284, "End-to-end Reference Tag Check Error", 1) \
    X(COMPARE_FAILURE,      0x285, "Compare Failure", 1) \
    X(ACCESS_DENIED,        0x286, "Access Denied", 1) \
    X(DULB,                 0x287, "Deallocated or Unwritten Logical " \
                                   "Block", 1) \
    X(STORAGE_TAG_CHECK,    0x288, "End-to-end Storage Tag Check Error", 1)

#define NVME_STATUS_LIST(X) \
    NVME_STATUS_GENERIC(X) \
    NVME_STATUS_COMMAND(X) \
    NVME_STATUS_MEDIA(X)

#define NVME_STATUS_ENUMERATOR(name, value, text, dnr)  NVME_SC_##name = value,
enum NvmeStatus {
    NVME_STATUS_LIST(NVME_STATUS_ENUMERATOR)
};
#undef NVME_STATUS_ENUMERATOR

/* The value's two parts */
enum {
    NVME_SC_SC_SHIFT  = 0,  NVME_SC_SC_MASK  = 0xff,
    NVME_SC_SCT_SHIFT = 8,  NVME_SC_SCT_MASK = 0x7,
};

/* Values of SCT */
enum NvmeStatusType {
    NVME_SCT_GENERIC    = 0,
    NVME_SCT_COMMAND    = 1,
    NVME_SCT_MEDIA      = 2,
    NVME_SCT_PATH       = 3,
    NVME_SCT_VS         = 7,
};

#endif
