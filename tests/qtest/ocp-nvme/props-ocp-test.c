/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: properties of the OCP half, and of further controllers, that are
 * wrong.
 */
#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "refused.h"

#define NOT_NVME    "hw/nvme has no such properties"

/* A good image, and a property that is wrong. */
static void bad_properties(void)
{
    static const Refusal t[] = {
        { "ocp-version=3.0", "ocp-version 3.0 2.5 2.7" },
        { "ocp-profile=c", "ocp-profile c microsoft" },
        { "uuid-list=all", "uuid-list all vendor+ocp" },
        { "strict-nsid=on", "strict-nsid on 2.5" },
        { "telemetry-offset-base=0", "telemetry-offset-base 0 log-page" },
        { "indirection-unit=5000", "indirection-unit 5000 512 65536" },
        { "lm-tick-ms=0", "lm-tick-ms 300000" },
        { "update-interval-ms=0", "update-interval-ms=0 range 1" },
        { "plp-check-ms=0", "plp-check-ms=0 range 1" },
        { "spare-threshold=100", "spare-threshold=100 1 99" },
        { "warning-temperature=300", "warning-temperature=300 313 473" },
        { "warning-temperature=359", "critical-temperature=358 above 359" },
        { "critical-temperature=474", "critical-temperature=474 313 473" },
        { "throttle-on=347", "throttle-off=348 above throttle-on=347" },
        { "throttle-off=1", "throttle-off=1 313 473" },
        { "throttle-on=1", "throttle-on=1 313 473" },
        { "critical-temperature=85", "critical-temperature=85 313 473" },
        { "write-protect=some", "write-protect=some basic all" },
        { "panic-notification=", "panic-notification= aen cfs none" },
        { "subsys=nobody", "subsys=nobody no device drive" },
        { "id=me,subsys=me", "subsys=me this very device" },
        { "telemetry-file=x", "telemetry-file x-test-knobs=on" },
        { "ocp-version=off,telemetry-file=x,x-test-knobs=on",
          "telemetry-file ocp-version=off" },
        { "ocp-version=2.0,x-test-knobs=on,string-file=x",
          "string-file C9h ocp-version=2.5" },
        { "power-states=25:30", "power-states=25:30 state 1 30 before" },
        { "power-states=25:lots", "power-states=25:lots 'lots' 127" },
        { "power-states=", "power-states= no state" },
        { "state-sync=flush,ocp-version=2.5", "state-sync=flush OCP 2.5" },
    };

    refused_all(t, ARRAY_SIZE(t));
}

/* Recorded pages that are no files, and that have no end. */
static void bad_files(void)
{
    static const char *const props[] = {
        "ocp-state", "telemetry-file", "string-file",
    };
    char *image = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });
    g_autofree char *dir = g_dir_make_tmp("ocpn-file-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    const char *const files[] = {
        dir, fifo, "/dev/zero", "/proc/self/pagemap",
    };

    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    for (size_t i = 0; i < ARRAY_SIZE(props); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(files); j++) {
            g_autofree char *device = g_strdup_printf(
                "ocp-nvme,drive=d0,ocp-version=2.7,x-test-knobs=on,%s=%s",
                props[i], files[j]);
            g_autofree char *words = g_strdup_printf("%s: '%s' no file",
                                                     props[i], files[j]);

            refused(image, "", device, words);
        }
    }
    g_unlink(fifo);
    g_rmdir(dir);
    qocpn_image_free(image);
}

/* Numbers that make no sense together. */
static void bad_together(void)
{
    static const Refusal t[] = {
        { "critical-temperature=350",
          "critical-temperature=350 above warning-temperature=350" },
        { "throttle-on=358", "critical-temperature=358 above throttle-on=358" },
        { "telemetry-da1-blocks=31", "telemetry-da1-blocks=31 32 32767" },
        { "telemetry-da4-blocks=7", "telemetry-da4-blocks=7 8 32767" },
        { "telemetry-da3-blocks=32768", "telemetry-da3-blocks=32768 0 32767" },
        { "telemetry-da3-blocks=32712", "32768 together 32767" },
        { "telemetry-da4-blocks=9,ocp-version=2.0",
          "telemetry-da4-blocks=9 2.0 2.5" },
    };

    refused_all(t, ARRAY_SIZE(t));
}

static const QOcpnTest tests[] = {
    { "a wrong property is named", bad_properties, NOT_NVME },
    { "a file that is none is named", bad_files, NOT_NVME },
    { "numbers that contradict each other", bad_together, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "props-ocp", tests, ARRAY_SIZE(tests));
}
