/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QTest: properties and images that are wrong.
 *
 * Each ends QEMU with a non-zero status and one line that names what is
 * wrong, and leaves the image as it was, to the byte and the time stamp.
 */
#include "qemu/osdep.h"
#include "refused.h"

#define NOT_NVME    "hw/nvme takes any drive and has no such properties"
/* SIZE bytes of PATTERN in a file of its own. */
static char *plain_file(size_t size, int pattern)
{
    char *file = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });
    g_autofree char *data = g_malloc(size);

    memset(data, pattern, size);
    g_assert_true(g_file_set_contents(file, data, size, NULL));
    return file;
}

/*
 * FAILURE-CASE-29 FAILURE-CASE-44 FAILURE-CASE-60
 * A good image, and a property that is wrong.
 */
static void bad_properties(void)
{
    static const Refusal t[] = {
        { "serial=123456789012345678901", "serial 20" },
        { "mode=floppy", "mode floppy" },
        { "mode=open-channel", "mode open-channel conventional" },
        { "mdts=99", "mdts 99" },
        { "max-ioqpairs=0", "max-ioqpairs 0" },
        { "max-ioqpairs=70000", "max-ioqpairs" },
        { "msix-qsize=0", "msix-qsize 0" },
        { "msix-qsize=4096", "msix-qsize 4096" },
        { "iothread=nobody", "nobody" },
        { "no-such-property=1", "no-such-property" },
        { "state-sync=sometimes", "state-sync sometimes" },
    };

    refused_all(t, ARRAY_SIZE(t));
}

/*
 * FAILURE-CASE-44 FAILURE-CASE-60
 * Geometry that no host can address, and that contradicts the image.
 */
static void bad_geometry(void)
{
    static const Refusal t[] = {
        { "num-grp=257", "num-grp 257 256" },
        { "num-pu=300", "num-pu 300 256" },
        { "num-chk=65537", "num-chk 65537 65536" },
        { "clba=16777217", "clba 16777217" },
        { "num-grp=0", "num-grp 0" },
        { "ws-min=0", "ws-min 0" },
        /* OCSSD-CASE-15 GEO-R1 */
        { "ws-min=4,ws-opt=6", "ws-opt 6" },
        { "ws-opt=8,clba=98", "clba 98" },
        { "clba=96,mw-cunits=96", "mw-cunits 96" },
        { "lba-size=520", "lba-size 520" },
        { "ms=7", "ms 7" },
    };
    char *blank = plain_file(IMAGE_SIZE, 0);
    char *image = qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .geometry = "--num-grp 2 --num-pu 3",
    });

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        g_autofree char *device = g_strdup_printf("ocp-nvme,drive=d0,"
                                                  "auto-format=on,%s",
                                                  t[i].props);

        refused(blank, "", device, t[i].words);
    }
    /* OCSSD-CASE-196: the table is there, of another geometry */
    refused(image, "", "ocp-nvme,drive=d0,num-pu=5", "num-pu 5 3");
    refused(image, "", "ocp-nvme,drive=d0,mode=conventional",
            "mode conventional open-channel");
    qocpn_image_free(blank);
    qocpn_image_free(image);
}

/* Rules that are none, and rules for what this image has not. */
static void bad_faults(void)
{
    static const struct {
        const char *rule;
        const char *words;
    } t[] = {
        { "early-clos", "fault 'early-clos' early-close" },
        { "early-close:grp=9", "fault grp=9" },
        { "reset-fail:ppm=0", "fault ppm=0 1000000" },
        { "delete=3", "fault delete=3" },
    };
    char *conventional = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });
    char *image = qocpn_image(&(QOcpnSetup) {
        .open_channel = true, .geometry = "--num-grp 2 --num-pu 3",
    });

    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        g_autofree char *device = g_strdup_printf("ocp-nvme,drive=d0,fault=%s",
                                                  t[i].rule);

        refused(image, "", device, t[i].words);
    }
    refused(conventional, "", "ocp-nvme,drive=d0,fault=early-close",
            "fault open-channel");
    refused(image, "", "ocp-nvme,drive=d0,notify=state=high", "notify qom-set");
    refused(image, "", "ocp-nvme,drive=d0,set-chunks=state=free",
            "set-chunks qom-set");
    qocpn_image_free(conventional);
    qocpn_image_free(image);
}

/* A version there is not, and geometries that 1.2 cannot tell. */
static void bad_version(void)
{
    static const struct {
        const char *geometry;
        const char *words;
    } t[] = {
        { "--ws-min 3 --ws-opt 6 --clba 96", "ocssd-version=1.2 ws-min 3" },
        { "--ws-min 16 --ws-opt 16 --clba 96",
          "ocssd-version=1.2 ws-min 65535 65536" },
        { "--num-grp 1 --num-pu 256 --clba 8", "ocssd-version=1.2 num-pu 256" },
        { "--num-grp 256 --num-pu 1 --clba 8",
          "ocssd-version=1.2 num-grp 256" },
    };
    char *image = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });

    refused(image, "", "ocp-nvme,drive=d0,ocssd-version=1.2",
            "ocssd-version=1.2 open-channel");
    refused(image, "", "ocp-nvme,drive=d0,ocssd-version=1.3",
            "ocssd-version=1.3 2.0 1.2");
    qocpn_image_free(image);
    for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
        image = qocpn_image(&(QOcpnSetup) {
            .open_channel = true, .size = IMAGE_SIZE,
            .geometry = t[i].geometry,
        });
        refused(image, "", "ocp-nvme,drive=d0,ocssd-version=1.2", t[i].words);
        qocpn_image_free(image);
    }
}

/* A blank drive becomes an image, which then needs no such help. */
static void auto_format(void)
{
    char *file = plain_file(IMAGE_SIZE, 0);
    uint8_t data[512], got[512];
    QOcpn *q = qocpn_start(&(QOcpnSetup) {
        .file = file, .props = ",auto-format=on,mode=conventional",
    });

    qocpn_pattern(data, sizeof(data), 1);
    QOCPN_OK(qocpn_write(q, qocpn_ns_size(q) - 1, 1, data, NULL));
    qocpn_stop(q);
    q = qocpn_start(&(QOcpnSetup) { .file = file });
    QOCPN_OK(qocpn_read(q, qocpn_ns_size(q) - 1, 1, got, NULL));
    g_assert_cmpmem(got, sizeof(got), data, sizeof(data));
    qocpn_stop(q);
    qocpn_image_free(file);
}

static void no_drive(void)
{
    refused(NULL, NULL, "ocp-nvme", "drive");
    refused(NULL, NULL, "ocp-nvme,drive=nowhere", "nowhere");
}

static void no_superblock(void)
{
    char *blank = plain_file(IMAGE_SIZE, 0);
    char *full = plain_file(IMAGE_SIZE, 0x5a);
    char *small = plain_file(64 * KiB, 0);

    refused(blank, "", "ocp-nvme,drive=d0", "ocp-nvme-img create");
    refused(full, "", "ocp-nvme,drive=d0", "ocp-nvme-img create");
    /* Formatting by itself is for drives that are entirely blank. */
    refused(full, "", "ocp-nvme,drive=d0,auto-format=on",
            "other data");
    refused(small, "", "ocp-nvme,drive=d0,auto-format=on", "small");
    qocpn_image_free(blank);
    qocpn_image_free(full);
    qocpn_image_free(small);
}

/* FAILURE-CASE-44 */
static void damaged_image(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });
    g_autofree char *data = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(file, &data, &len, NULL));
    /* Cut off in the middle. */
    g_assert_true(g_file_set_contents(file, data, len / 2, NULL));
    refused(file, "", "ocp-nvme,drive=d0", "");
    /* The first 64 KiB overwritten, where the first superblock is. */
    memset(data + 16, 0xff, 64 * KiB);
    g_assert_true(g_file_set_contents(file, data, len, NULL));
    refused(file, "", "ocp-nvme,drive=d0", "");
    qocpn_image_free(file);
}

static void read_only_drive(void)
{
    char *file = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });

    refused(file, ",read-only=on", "ocp-nvme,drive=d0", "read-only");
    qocpn_image_free(file);
}

/* Another QEMU holds the lock. */
/* The drive that has it writes, too, until its VM stops. */
static void image_in_use(void)
{
    QOcpnSetup setup = { 0 };
    char *file = qocpn_image(&setup);
    QOcpn *q;

    setup.file = file;
    q = qocpn_start(&setup);
    qtest_qmp_assert_success(q->qts, "{'execute': 'stop'}");
    refused(file, "", "ocp-nvme,drive=d0", "lock");
    qtest_qmp_assert_success(q->qts, "{'execute': 'cont'}");
    qocpn_alive(q);
    qocpn_stop(q);
    qocpn_image_free(file);
}

static const QOcpnTest tests[] = {
    { "a wrong property is named", bad_properties, NOT_NVME },
    { "a wrong geometry is named", bad_geometry, NOT_NVME },
    { "a wrong fault is named", bad_faults, NOT_NVME },
    { "a wrong version is named", bad_version, NOT_NVME },
    { "a blank drive is formatted on request", auto_format, NOT_NVME },
    { "a missing drive is named", no_drive, NOT_NVME },
    { "a drive without a superblock is refused", no_superblock, NOT_NVME },
    { "a damaged image is refused", damaged_image, NOT_NVME },
    { "a read-only drive is refused", read_only_drive, NOT_NVME },
    { "an image in use is refused", image_in_use, NOT_NVME },
};

int main(int argc, char **argv)
{
    return qocpn_main(argc, argv, "props", tests, ARRAY_SIZE(tests));
}
