/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nvme-host: options, and the result as a line of JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

static Options o = {
    .work = (char *)"randread", .queues = 1, .depth = 128, .entries = 1024,
    .block = PAGE, .seconds = 2, .warm_up = .3, .host_cpu = -1,
};

static const GOptionEntry entries[] = {
    { "qemu", 0, 0, G_OPTION_ARG_FILENAME, &o.qemu, "QEMU", "FILE" },
    { "device", 0, 0, G_OPTION_ARG_STRING, &o.device,
      "the controller, e.g. nvme,drive=d0,serial=1,addr=4; its address "
      "must be 4", "DEVICE" },
    { "work", 0, 0, G_OPTION_ARG_STRING, &o.work,
      "randread, randwrite, read, write (open-channel: --streams chunks "
      "at once) or fill (the whole drive, once) [randread]", "WORK" },
    { "open-channel", 0, 0, G_OPTION_ARG_NONE, &o.open_channel,
      "addresses are those of chunks", NULL },
    { "queues", 0, 0, G_OPTION_ARG_INT, &o.queues, "queue pairs [1]",
      "N" },
    { "depth", 0, 0, G_OPTION_ARG_INT, &o.depth,
      "commands in flight in each [128]", "N" },
    { "entries", 0, 0, G_OPTION_ARG_INT, &o.entries,
      "size of a queue [1024]", "N" },
    { "block", 0, 0, G_OPTION_ARG_INT, &o.block,
      "bytes of a command [4096]", "N" },
    { "streams", 0, 0, G_OPTION_ARG_INT, &o.streams,
      "chunks that are written in turn [8, or one for each queue]", "N" },
    { "span", 0, 0, G_OPTION_ARG_INT64, &o.span,
      "bytes of the drive in use [all]", "N" },
    { "batch", 0, 0, G_OPTION_ARG_INT, &o.batch,
      "completions after which a plain doorbell is rung [depth / 4]",
      "N" },
    { "scattered", 0, 0, G_OPTION_ARG_NONE, &o.scattered,
      "no two pages of a buffer touch", NULL },
    { "shadow", 0, 0, G_OPTION_ARG_NONE, &o.shadow,
      "use Doorbell Buffer Config", NULL },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &o.wait,
      "write each doorbell by itself and wait until it is written, as a "
      "CPU waits for MMIO", NULL },
    { "irq", 0, 0, G_OPTION_ARG_NONE, &o.irq,
      "have interrupts, by MSI-X into memory", NULL },
    { "pages", 0, 0, G_OPTION_ARG_INT, &o.pages,
      "times a second that log pages C0h, C3h and 07h are read meanwhile [0]",
      "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &o.seconds,
      "how long to measure [2]", "N" },
    { "warm-up", 0, 0, G_OPTION_ARG_DOUBLE, &o.warm_up,
      "how long to run before [0.3]", "N" },
    { "host-cpu", 0, 0, G_OPTION_ARG_INT, &o.host_cpu,
      "run on this CPU, and QEMU on the others [-1: anywhere]", "N" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.args,
      NULL, "QEMU-OPTION..." },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void check(void)
{
    static const char *const works[] = { "randread", "randwrite", "read",
                                         "write", "fill", NULL };

    if (!o.qemu || !o.device) {
        machine_die("--qemu and --device are needed; see --help");
    }
    if (!g_strv_contains(works, o.work)) {
        machine_die("--work=%s is not known; give randread, randwrite, read, "
                    "write or fill", o.work);
    }
    if (o.queues < 1 || o.queues > (int)MAX_QUEUES || o.depth < 1 ||
        o.depth >= o.entries || o.entries > 65536) {
        machine_die("--queues is 1 to %u, --depth at least 1 and less than "
                    "--entries, --entries at most 65536", MAX_QUEUES);
    }
    if (o.block < (int)PAGE || o.block % (int)PAGE ||
        o.block > 512 * (int)PAGE) {
        machine_die("--block=%d is no multiple of 4096 up to 2 MiB",
                    o.block);
    }
    if (o.pages < 0 || o.pages > 1000000) {
        machine_die("--pages=%d is not from 0 to 1000000", o.pages);
    }
    if (o.seconds <= 0 || o.warm_up < 0) {
        machine_die("--seconds must be more than 0");
    }
}

static size_t ram_size(void)
{
    size_t data = (size_t)o.depth * (size_t)o.block * 2 +
                  (size_t)o.queues * (size_t)o.depth * 2 * PAGE;
    size_t rings = (size_t)o.queues * ((size_t)o.entries * 80 + 2 * PAGE);
    size_t lists = (size_t)o.depth * PAGE;

    return (data + rings + lists + (64u << 20)) & ~(((size_t)2 << 20) - 1);
}

static void print(const Result *r)
{
    double ops = r->ops ? (double)r->ops : 1, s = (double)r->ns / 1e9;

    printf("{\"work\": \"%s\", \"depth\": %d, \"queues\": %d, \"block\": %d, "
           "\"ops\": %" PRIu64 ", \"seconds\": %.3f, \"iops\": %.0f, "
           "\"cpu\": %.1f, \"user\": %.1f, \"system\": %.1f, "
           "\"idle\": %.2f, \"p50\": %" PRIu64 ", \"p90\": %" PRIu64 ", "
           "\"p99\": %" PRIu64 ", \"p999\": %" PRIu64 ", \"max\": %" PRIu64 ", "
           "\"pages\": %" PRIu64 "}\n",
           o.work, o.depth, o.queues, o.block, r->ops, s, ops / s,
           (double)r->cpu / ops, (double)r->user / ops,
           (double)r->system / ops, r->idle, r->p50, r->p90, r->p99,
           r->p999, r->max, r->pages);
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;
    Machine m = { .pid = 0 };
    Result r = { .ops = 0 };
    Nvme n;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, "Drive an NVMe controller of QEMU "
                                 "from outside the VM, and measure it.");
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        machine_die("%s", err->message);
    }
    check();
    o.batch = o.batch ? o.batch : (o.depth + 3) / 4;
    machine_start(&m, &o, ram_size());
    nvme_start(&n, &m, &o);
    load_run(&n, &o, &r);
    print(&r);
    machine_stop(&m);
    return 0;
}
