/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties: what they are called and what their help says.  Whether their
 * values make sense is the question of props-check.c.
 */
#include "qemu/osdep.h"
#include "hw/qdev-properties-system.h"
#include "hw/qdev-properties.h"
#include "system/hostmem.h"

#include "hw/ocp-nvme/core/health.h"
#include "ocp-nvme.h"
#include "subsys.h"

#define GEO(member) offsetof(OcpnGeometry, member)

const OcpnShapeRow ocpn_shapes[OCPN_NSHAPES] = {
    [OCPN_SHAPE_NUM_GRP]   = { "num-grp", GEO(num_grp), "groups, 1 to 256" },
    [OCPN_SHAPE_NUM_PU]    = { "num-pu", GEO(num_pu),
                              "parallel units per group, 1 to 256" },
    [OCPN_SHAPE_NUM_CHK]   = { "num-chk", GEO(num_chk),
                              "chunks per parallel unit, 1 to 65536" },
    [OCPN_SHAPE_CLBA]      = { "clba", GEO(clba),
                              "blocks per chunk, 1 to 16777216" },
    [OCPN_SHAPE_WS_MIN]    = { "ws-min", GEO(ws_min),
                              "least blocks per write" },
    [OCPN_SHAPE_WS_OPT]    = { "ws-opt", GEO(ws_opt), "best blocks per write" },
    [OCPN_SHAPE_MW_CUNITS] = { "mw-cunits", GEO(mw_cunits),
                              "blocks to write behind a block before it can "
                              "be read" },
    [OCPN_SHAPE_MAXOC]     = { "maxoc", GEO(maxoc),
                              "most open chunks, 0: no limit" },
    [OCPN_SHAPE_MAXOCPU]   = { "maxocpu", GEO(maxocpu),
                              "most open chunks per parallel unit, 0: no "
                              "limit" },
    [OCPN_SHAPE_PE_CYCLES] = { "pe-cycles", GEO(pe_cycles),
                              "resets a chunk lasts, 0: for ever" },
    [OCPN_SHAPE_WIT]       = { "wit", GEO(wit),
                              "wear-level index threshold, 0 to 255" },
    [OCPN_SHAPE_LBA_SIZE]  = { "lba-size", 0,
                              "bytes of data in a block, 512 or 4096" },
    [OCPN_SHAPE_MS]        = { "ms", 0,
                              "bytes of metadata of a block, 0, 8, 16 or 64" },
};

#define FACT(name, f) \
    DEFINE_PROP_INT64(name, OcpnDrive, shape[OCPN_SHAPE_##f], -1)

#define SWITCH(name, member) \
    DEFINE_PROP_ON_OFF_AUTO(name, OcpnDrive, member, ON_OFF_AUTO_AUTO)

/* Of every device that has a drive; add_props() moves them there. */
static const Property drive_props[] = {
    DEFINE_BLOCK_PROPERTIES(OcpnDrive, conf),
    DEFINE_BLOCK_ERROR_PROPERTIES(OcpnDrive, conf),
    DEFINE_PROP_LINK("memdev", OcpnDrive, memdev, TYPE_MEMORY_BACKEND,
                     HostMemoryBackend *),
    DEFINE_PROP_STRING("mode", OcpnDrive, mode),
    DEFINE_PROP_BOOL("auto-format", OcpnDrive, auto_format, false),
    FACT("num-grp", NUM_GRP),
    FACT("num-pu", NUM_PU),
    FACT("num-chk", NUM_CHK),
    FACT("clba", CLBA),
    FACT("ws-min", WS_MIN),
    FACT("ws-opt", WS_OPT),
    FACT("mw-cunits", MW_CUNITS),
    FACT("maxoc", MAXOC),
    FACT("maxocpu", MAXOCPU),
    FACT("pe-cycles", PE_CYCLES),
    FACT("wit", WIT),
    FACT("lba-size", LBA_SIZE),
    FACT("ms", MS),
    DEFINE_PROP_ON_OFF_AUTO("extended", OcpnDrive, extended,
                            ON_OFF_AUTO_AUTO),
    DEFINE_PROP_STRING("profile", OcpnDrive, profile),
    DEFINE_PROP_UINT8("dlfeat", OcpnDrive, dlfeat, 0),
    DEFINE_PROP_BOOL("copy", OcpnDrive, copy, true),
    SWITCH("multi-reset", multi_reset),
    SWITCH("early-reset", early_reset),
    SWITCH("wp-absolute", wp_absolute),
    SWITCH("ws-min-check", ws_min_check),
    SWITCH("dsm-strict", dsm_strict),
    DEFINE_PROP_STRING("window-read", OcpnDrive, window_read),
    DEFINE_PROP_STRING("closed-write-status", OcpnDrive, closed_write_status),
    DEFINE_PROP_STRING("power-loss", OcpnDrive, power_loss),
    DEFINE_PROP_STRING("ocssd-version", OcpnDrive, ocssd_version),
    DEFINE_PROP_UINT64("eui64", OcpnDrive, eui64, 0),
};

static const Property controller_props[] = {
    DEFINE_PROP_STRING("subsys", OcpnDevice, subsys),
    DEFINE_PROP_STRING("serial", OcpnDevice, serial),
    DEFINE_PROP_STRING("state-sync", OcpnDevice, state_sync),
    DEFINE_PROP_STRING("pci-id", OcpnDevice, pci_id),
    DEFINE_PROP_UINT32("pci-vendor-id", OcpnDevice, vendor_id, 0),
    DEFINE_PROP_UINT32("pci-device-id", OcpnDevice, device_id, 0),
    DEFINE_PROP_UINT8("mdts", OcpnDevice, mdts, 7),
    DEFINE_PROP_UINT32("max-ioqpairs", OcpnDevice, max_ioqpairs, 64),
    DEFINE_PROP_UINT16("mqes", OcpnDevice, mqes, 2047),
    DEFINE_PROP_UINT16("msix-qsize", OcpnDevice, msix_qsize, 65),
    DEFINE_PROP_STRING("ocp-version", OcpnDevice, ocp.version),
    DEFINE_PROP_STRING("ocp-profile", OcpnDevice, ocp.profile),
    DEFINE_PROP_STRING("uuid-list", OcpnDevice, ocp.uuids),
    DEFINE_PROP_STRING("strict-nsid", OcpnDevice, ocp.nsid),
    DEFINE_PROP_BOOL("strict-reserved", OcpnDevice, ocp.strict_reserved,
                     true),
    DEFINE_PROP_BOOL("strict-telemetry", OcpnDevice, ocp.strict_telemetry,
                     false),
    DEFINE_PROP_STRING("telemetry-offset-base", OcpnDevice, ocp.offsets),
    DEFINE_PROP_UINT32("telemetry-da1-blocks", OcpnDevice, ocp.areas[0], 32),
    DEFINE_PROP_UINT32("telemetry-da2-blocks", OcpnDevice, ocp.areas[1], 16),
    DEFINE_PROP_UINT32("telemetry-da3-blocks", OcpnDevice, ocp.areas[2], 0),
    DEFINE_PROP_UINT32("telemetry-da4-blocks", OcpnDevice, ocp.areas[3], 8),
    DEFINE_PROP_BOOL("string-log-compat", OcpnDevice, ocp.string_compat,
                     true),
    DEFINE_PROP_SIZE32("indirection-unit", OcpnDevice, ocp.iu, 4096),
    DEFINE_PROP_UINT32("lm-tick-ms", OcpnDevice, ocp.tick_ms, 300000),
    DEFINE_PROP_UINT32("update-interval-ms", OcpnDevice, ocp.update_ms,
                       300000),
    DEFINE_PROP_UINT32("plp-check-ms", OcpnDevice, ocp.plp_ms, 60000),
    DEFINE_PROP_UINT8("spare-threshold", OcpnDevice, ocp.spare_threshold,
                      OCPN_SPARE_LIMIT),
    DEFINE_PROP_UINT16("warning-temperature", OcpnDevice, ocp.warning,
                       OCPN_WCTEMP),
    DEFINE_PROP_UINT16("critical-temperature", OcpnDevice, ocp.critical,
                       OCPN_CCTEMP),
    DEFINE_PROP_UINT16("throttle-on", OcpnDevice, ocp.throttle_on,
                       OCPN_HEATED),
    DEFINE_PROP_UINT16("throttle-off", OcpnDevice, ocp.throttle_off,
                       OCPN_COOL),
    DEFINE_PROP_UINT64("seed", OcpnDevice, ocp.seed, 0),
    DEFINE_PROP_STRING("power-states", OcpnDevice, ocp.power),
    DEFINE_PROP_STRING("panic-notification", OcpnDevice, ocp.panic),
    DEFINE_PROP_STRING("write-protect", OcpnDevice, ocp.protect),
    DEFINE_PROP_BOOL("thermal-shutdown", OcpnDevice, ocp.thermal_shutdown,
                     false),
    DEFINE_PROP_STRING("ocp-state", OcpnDevice, ocp.state),
    DEFINE_PROP_STRING("telemetry-file", OcpnDevice, ocp.telemetry),
    DEFINE_PROP_STRING("string-file", OcpnDevice, ocp.strings),
    DEFINE_PROP_BOOL("x-test-knobs", OcpnDevice, ocp.knobs, false),
    DEFINE_PROP_BOOL("dbbuf", OcpnDevice, dbbuf, true),
    DEFINE_PROP_BOOL("ioeventfd", OcpnDevice, ioeventfd, true),
    DEFINE_PROP_LINK("iothread", OcpnDevice, iothread, TYPE_IOTHREAD,
                     IOThread *),
    DEFINE_PROP_IOTHREAD_VQ_MAPPING_LIST("iothread-vq-mapping", OcpnDevice,
                                         iothread_map),
};

static const Property namespace_props[] = {
    DEFINE_PROP_UINT32("nsid", OcpnNsDevice, nsid, 0),
};

typedef struct Help {
    const char *name, *text;
} Help;

static const Help drive_help[] = {
    { "drive", "the image: a -drive or -blockdev made by 'ocp-nvme-img "
      "create' (this or memdev is required)" },
    { "memdev", "the image in memory instead: a memory-backend-file with "
      "share=on (the image stays in its file), or a memory-backend-memfd (it "
      "is gone with QEMU; give auto-format=on)" },
    { "mode", "open-channel or conventional; must be the image's (default: "
      "the image's; open-channel when formatting)" },
    { "auto-format", "make an image of a drive that is entirely blank" },
    { "extended", "metadata at the end of each block, not in a buffer of its "
      "own; must be the image's (auto: the image's; off when formatting)" },
    { "profile", "the host that the switches below suit unless they are "
      "given: spec, pblk, spdk-ftl or liblightnvm (default: spec)" },
    { "dlfeat", "what unwritten blocks read as: 1: 00h, 2: FFh, 0: as the "
      "profile says" },
    { "copy", "offer Vector Chunk Copy (open-channel)" },
    { "multi-reset", "allow to reset a free chunk (auto: as the profile "
      "says: off)" },
    { "early-reset", "allow to reset an open chunk (auto: as the profile "
      "says: off; pblk, spdk-ftl: on)" },
    { "wp-absolute", "report write pointers as addresses, not as blocks from "
      "the chunk's first (auto: off)" },
    { "ws-min-check", "refuse writes to chunks that are no multiple of "
      "ws-min (auto: on)" },
    { "dsm-strict", "refuse deallocation of ranges that are not exactly one "
      "chunk (auto: on)" },
    { "window-read", "what a read of the last mw-cunits blocks of an open "
      "chunk gets: pattern (predefined data), data (what was written) or "
      "error (default: as the profile says: pattern; pblk: error)" },
    { "closed-write-status", "how a write to a closed chunk fails: wf (Write "
      "Fault) or ooo (Out-of-order Write) (default: wf)" },
    { "power-loss", "what the end of QEMU without a shutdown by the guest "
      "does to open chunks: keep (nothing), close (they are closed) or drop "
      "(they lose their last mw-cunits blocks) (default: keep)" },
    { "ocssd-version", "what an open-channel host is told: 2.0 or 1.2 "
      "(default: 2.0)" },
    { "eui64", "IEEE Extended Unique Identifier of the namespace, 0: none" },
    { "rerror", "when the drive fails to read: report, stop, ignore or auto "
      "(as its -drive says); not with memdev" },
    { "werror", "when the drive fails to write: report, stop, enospc, ignore "
      "or auto (as its -drive says); not with memdev" },
    { "logical_block_size", "bytes; must be the image's block size, 0: as in "
      "the image" },
    { "physical_block_size", "bytes; not used" },
    { "min_io_size", "bytes; not used" },
    { "opt_io_size", "bytes; not used" },
    { "discard_granularity", "bytes; not used" },
    { "backend_defaults", "not used" },
    { "write-cache", "on, off or auto (as its -drive says): may QEMU keep "
      "writes until a flush" },
    { "share-rw", "let other users of the image write, too; it will be "
      "damaged unless they know what they do" },
    { "account-invalid", "not used" },
    { "account-failed", "count failed I/O in the block statistics" },
};

static const Help controller_help[] = {
    { "subsys", "the id of an ocp-nvme device with a drive, of which this is a "
      "further controller" },
    { "serial", "Serial Number, 1 to 20 ASCII characters (default: the first "
      "20 digits of the image's UUID)" },
    { "state-sync", "when chunk states reach the image: write (before the "
      "command completes) or flush (at Flush and FUA; the drive then has a "
      "volatile write cache) (default: write)" },
    { "pci-id", "PCI vendor and device: cnex (1D1Dh:1F1Fh) or default (of "
      "QEMU's nvme, 1B36h:0010h) (default: cnex if NSID 1 is open-channel)" },
    { "pci-vendor-id", "PCI vendor, 0: as pci-id says" },
    { "pci-device-id", "PCI device, 0: as pci-id says" },
    { "mdts", "largest transfer of a command, 4 KiB << mdts, 1 to 10" },
    { "max-ioqpairs", "I/O queue pairs, 1 to 64" },
    { "mqes", "entries of the largest queue, less one, 1 to 65535" },
    { "msix-qsize", "MSI-X vectors, 1 to 2048" },
    { "dbbuf", "offer Doorbell Buffer Config" },
    { "ocp-version", "the OCP Datacenter NVMe SSD specification it follows: "
      "off, 1.0, 2.0, 2.5, 2.6 or 2.7 (default: 2.5; with state-sync=flush "
      "off)" },
    { "ocp-profile", "which of its device profiles: a, b, meta or microsoft "
      "(default: a)" },
    { "uuid-list", "where Identify has the OCP UUID: ocp (1), vendor+ocp (2, "
      "behind another vendor's), legacy (1, and its bytes reversed at 2, for "
      "nvme-cli 2.3) or none (default: ocp)" },
    { "strict-nsid", "how NSID is judged in OCP features: off (Get takes any), "
      "2.0 or 2.5 (default: off)" },
    { "strict-reserved", "refuse reserved bits in OCP features" },
    { "strict-telemetry", "telemetry is read in whole blocks of 512 bytes "
      "only" },
    { "telemetry-offset-base", "what telemetry's start fields count from: "
      "data-area or log-page (default: data-area)" },
    { "telemetry-da1-blocks", "blocks of 512 bytes of telemetry's data area 1; "
      "what it does not need is zeros" },
    { "telemetry-da2-blocks", "the same of data area 2" },
    { "telemetry-da3-blocks", "the same of data area 3, which needs none" },
    { "telemetry-da4-blocks", "the same of data area 4, from ocp-version=2.5 "
      "on" },
    { "string-log-compat", "the string log (C9h) has events where nvme-cli "
      "looks for them, too" },
    { "indirection-unit", "bytes; writes that do not begin at a multiple "
      "count as unaligned, 512 to 65536" },
    { "lm-tick-ms", "simulated milliseconds of the latency monitor's five "
      "minutes" },
    { "update-interval-ms", "simulated milliseconds between two looks at "
      "counters and wear, which then go to the image" },
    { "plp-check-ms", "simulated milliseconds of a minute of Feature C6h" },
    { "spare-threshold", "percent: below it the spare is a critical warning, "
      "1 to 99" },
    { "warning-temperature", "kelvin: WCTEMP" },
    { "critical-temperature", "kelvin: CCTEMP" },
    { "throttle-on", "kelvin: from here on an OCP drive throttles" },
    { "throttle-off", "kelvin: below it the drive throttles no longer" },
    { "seed", "of what looks random in an OCP drive" },
    { "power-states", "watts of an OCP drive's power states, 1 to 32 with "
      "colons between them, the most first, such as 25:14:8.5 (default: "
      "25:20:16:14:12:8.5:5)" },
    { "panic-notification", "how hosts learn that the drive panicked: aen, "
      "cfs (CSTS.CFS), any (an event if the host wants them, else CFS) or none "
      "(default: any)" },
    { "write-protect", "which states of Namespace Write Protection hosts may "
      "set: basic (on and off), or all (until a power cycle, and for ever, "
      "too) (default: basic)" },
    { "thermal-shutdown", "an OCP drive turns itself off at its critical "
      "temperature" },
    { "ocp-state", "a file that state-save has written: the drive starts with "
      "these knobs; needs x-test-knobs=on" },
    { "telemetry-file", "a recorded page 07h or 08h that is served as it is; "
      "needs x-test-knobs=on" },
    { "string-file", "a recorded page C9h that is served as it is; needs "
      "x-test-knobs=on" },
    { "x-test-knobs", "let the monitor set what no real drive lets anybody "
      "set" },
    { "ioeventfd", "with a doorbell buffer, doorbells wake the queue's thread "
      "without the main loop" },
    { "iothread", "the IOThread of all I/O queues (default: the main loop)" },
    { "iothread-vq-mapping", "IOThreads of I/O queue pair 1, 2, ... in turn: "
      "[{\"iothread\":\"t0\"},{\"iothread\":\"t1\"}], with -device in JSON" },
};

static void add_help(ObjectClass *oc, const Help *h, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        object_class_property_set_description(oc, h[i].name, h[i].text);
    }
}

/* OWN and those of the drive, which is DRIVE_AT in the device. */
static void add_props(ObjectClass *oc, const Property *own, size_t n,
                      size_t drive_at)
{
    size_t ndrive = ARRAY_SIZE(drive_props);
    Property *all = g_new(Property, n + ndrive);    /* the class keeps it */

    memcpy(all, own, n * sizeof(*all));
    memcpy(all + n, drive_props, sizeof(drive_props));
    for (size_t i = n; i < n + ndrive; i++) {
        all[i].offset += drive_at;
    }
    device_class_set_props_n(DEVICE_CLASS(oc), all, n + ndrive);
}

void ocpn_props_add(ObjectClass *oc, bool controller)
{
    if (controller) {
        add_props(oc, controller_props, ARRAY_SIZE(controller_props),
                  offsetof(OcpnDevice, drive));
        add_help(oc, controller_help, ARRAY_SIZE(controller_help));
    } else {
        add_props(oc, namespace_props, ARRAY_SIZE(namespace_props),
                  offsetof(OcpnNsDevice, drive));
        object_class_property_set_description(oc, "nsid", "namespace "
            "identifier, 2 to 32, 0: the next that is free");
    }
    add_help(oc, drive_help, ARRAY_SIZE(drive_help));
    ocpn_qmp_add(oc);
    for (OcpnShape f = 0; f < OCPN_NSHAPES; f++) {
        g_autofree char *text = g_strdup_printf("%s; must be the image's, "
            "-1: as in the image", ocpn_shapes[f].help);

        object_class_property_set_description(oc, ocpn_shapes[f].name, text);
    }
}

/* Of a controller, whether it is the first one of its drive or not. */
static bool is_own(const char *name)
{
    static const char *const own[] = {
        "subsys", "pci-id", "pci-vendor-id", "pci-device-id", "mdts",
        "max-ioqpairs", "mqes", "msix-qsize", "dbbuf", "ioeventfd", "iothread",
        "iothread-vq-mapping",
    };

    for (int i = 0; i < ARRAY_SIZE(own); i++) {
        if (!strcmp(name, own[i])) {
            return true;
        }
    }
    return false;
}

/* Has D another value of property NAME than FRESH? */
static bool differs(const OcpnDevice *d, Object *fresh, const char *name)
{
    g_autofree char *now = object_property_print(OBJECT(d), name, false, NULL);
    g_autofree char *was = object_property_print(fresh, name, false, NULL);

    return !is_own(name) && g_strcmp0(now, was);
}

const char *ocpn_props_of_drive(const OcpnDevice *d)
{
    Object *fresh = object_new(TYPE_OCP_NVME);
    const char *found = d->drive.fault ? "fault"
                        : differs(d, fresh, "bootindex") ? "bootindex" : NULL;

    for (int i = 0; i < ARRAY_SIZE(drive_props) && !found; i++) {
        found = differs(d, fresh, drive_props[i].name) ? drive_props[i].name
                                                       : NULL;
    }
    for (int i = 0; i < ARRAY_SIZE(controller_props) && !found; i++) {
        found = differs(d, fresh, controller_props[i].name)
                ? controller_props[i].name : NULL;
    }
    object_unref(fresh);
    return found;
}
