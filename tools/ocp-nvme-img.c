/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ocp-nvme-img: make, look at and check images of ocp-nvme drives, offline.
 * What an image is: docs/image-format.rst.
 */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>

#include "ocp-nvme-img.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    { "create",       img_create,       "make a new image" },
    { "info",         img_info,         "say what drive an image holds" },
    { "check",        img_check,        "look for damage" },
    { "map",          img_map,          "draw chunk states or wear" },
    { "dump",         img_dump,         "print tables as text" },
    { "resize-check", img_resize_check, "say what another size would cost" },
    { "set-chunks",   img_set_chunks,   "set chunks as a text file says" },
};

int img_fail(const char *format, ...)
{
    va_list ap;

    fflush(stdout);
    fputs("ocp-nvme-img: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return EXIT_NOT_RUN;
}

static void usage(FILE *to)
{
    fputs("Usage: ocp-nvme-img COMMAND [OPTION...] FILE\n\nCommands:\n", to);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        fprintf(to, "  %-14s%s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n"
          "'ocp-nvme-img COMMAND --help' says more.  FILE is a raw image or "
          "a block device.\n"
          "For qcow2 make a raw image first, then convert it:\n"
          "  ocp-nvme-img create drive.raw\n"
          "  qemu-img convert -f raw -O qcow2 drive.raw drive.qcow2\n"
          "To look into a qcow2 image, export it with qemu-nbd.\n"
          "\n"
          "Exit status: 0 fine; 1 the image is damaged, or the answer is no;\n"
          "2 the command could not run.\n", to);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        usage(stderr);
        return EXIT_NOT_RUN;
    }
    if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") ||
        g_str_equal(argv[1], "help")) {
        usage(stdout);
        return EXIT_FINE;
    }
    if (g_str_equal(argv[1], "--version")) {
        puts("ocp-nvme-img " OCPN_TOOL_VERSION);
        return EXIT_FINE;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(argv[1], commands[i].name)) {
            int status = commands[i].run(argc - 1, argv + 1);

            if (fflush(stdout) != 0) {
                return img_fail("cannot write the output");
            }
            return status;
        }
    }
    return img_fail("there is no command '%s'; 'ocp-nvme-img --help' lists "
                    "them", argv[1]);
}
