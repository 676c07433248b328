/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that is refused: QEMU ends with a non-zero status and one line that
 * names what is wrong, and leaves the image as it was, to the byte.
 */
#ifndef QOCPN_REFUSED_H
#define QOCPN_REFUSED_H

#include "qocpn.h"

#define IMAGE_SIZE  (64 * MiB)

/* After the program's path, at the start of each error. */
#define LINE_START  "-system-x86_64: "

typedef struct Outcome {
    int status;
    char *err;
} Outcome;

/* Run QEMU with DEVICE on FILE; the time limit is for what is accepted. */
static inline Outcome run(const char *file, const char *node,
                          const char *device)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) err = NULL;
    g_autofree char *out = NULL;
    Outcome o = { 0 };
    static const char *const base[] = {
        "timeout", "120", NULL, "-machine", "q35", "-accel", "qtest",
        "-nodefaults", "-display", "none", "-m", "64M", "-S",
    };

    for (size_t i = 0; i < ARRAY_SIZE(base); i++) {
        g_ptr_array_add(argv, g_strdup(base[i] ?:
                                       g_getenv("QTEST_QEMU_BINARY")));
    }
    if (file) {
        g_ptr_array_add(argv, g_strdup("-blockdev"));
        g_ptr_array_add(argv, g_strdup_printf("driver=raw,node-name=d0,"
                                              "file.driver=file,"
                                              "file.filename=%s%s", file,
                                              node));
    }
    g_ptr_array_add(argv, g_strdup("-device"));
    g_ptr_array_add(argv, g_strdup(device));
    g_ptr_array_add(argv, NULL);
    if (!g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH,
                      NULL, NULL, &out, &o.err, &o.status, &err)) {
        g_error("%s", err->message);
    }
    return o;
}

static inline char *checksum(const char *file)
{
    g_autofree char *data = NULL;
    gsize len = 0;

    g_assert_true(g_file_get_contents(file, &data, &len, NULL));
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)data,
                                       len);
}

/* DEVICE on FILE is refused, with every one of the WORDS in the one line. */
static inline void refused(const char *file, const char *node,
                           const char *device, const char *words)
{
    g_autofree char *before = file ? checksum(file) : NULL;
    g_autofree char *after = NULL;
    g_auto(GStrv) word = g_strsplit(words, " ", 0);
    Outcome o = run(file, node, device);
    const char *line = strstr(o.err, LINE_START);

    if (o.status == 0 || !WIFEXITED(o.status) || WEXITSTATUS(o.status) != 1) {
        g_test_message("-device %s: wait status 0x%x", device, o.status);
        g_test_fail();
    }
    g_strchomp(o.err);
    for (unsigned i = 0; word[i]; i++) {
        if (!strstr(o.err, word[i])) {
            g_test_message("-device %s: no '%s' in: %s", device, word[i],
                           o.err);
            g_test_fail();
        }
    }
    /* QEMU may add a hint of its own; an error starts with its name. */
    if (!line || strstr(line + 1, LINE_START)) {
        g_test_message("-device %s: not one error: %s", device, o.err);
        g_test_fail();
    }
    if (file) {
        after = checksum(file);
        g_assert_cmpstr(before, ==, after);
    }
    g_free(o.err);
}

/* PROPS of a device on a good image, and words of the line that refuses it. */
typedef struct Refusal {
    const char *props, *words;
} Refusal;

static inline void refused_all(const Refusal *t, size_t n)
{
    char *file = qocpn_image(&(QOcpnSetup) { .size = IMAGE_SIZE });

    for (size_t i = 0; i < n; i++) {
        g_autofree char *device = g_strdup_printf("ocp-nvme,drive=d0,%s",
                                                  t[i].props);

        refused(file, "", device, t[i].words);
    }
    qocpn_image_free(file);
}

#endif
