/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ocp-nvme-conform: does an NVMe drive do what the specifications say?
 * Options, and the checks of CUnit's registry as TAP (Test Anything Protocol).
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>

#include "chunk.h"

#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))

static const Suite *const suites[] = {
    &suite_admin, &suite_log_page, &suite_feature,
    &suite_conventional, &suite_conventional_more,
    &suite_discovery, &suite_chunk_log, &suite_oc_feature,
    &suite_read, &suite_write, &suite_vector_write, &suite_vector_read,
    &suite_reset, &suite_reset_more, &suite_dsm, &suite_copy,
    &suite_notices,
};

typedef struct Options {
    bool        list, yes;
    const char *only;
    uint32_t    nsid;
    const char *path;
} Options;

static const char *no_list;     /* why there are no lists in memory */

static const char usage_text[] =
"Usage: ocp-nvme-conform [OPTION]... --yes /dev/nvmeX\n"
"\n"
"Tries whether the NVMe drive /dev/nvmeX does what the specifications say:\n"
"NVMe 2.0 and, if its namespace is open-channel, Open-Channel SSD 2.0.  Prints\n"
"the results as TAP.\n"
"\n"
"THIS DESTROYS DATA.  It writes to the end of a conventional namespace; of an\n"
"open-channel one it resets and writes the last chunks of parallel units.  It\n"
"does not start while a namespace of the drive is in use.\n"
"\n"
"  --yes             yes, overwrite data on this drive\n"
"  --namespace N     the namespace to use (default: the lowest)\n"
"  --only PATTERN    only checks with PATTERN in their name, * and ? as in a\n"
"                    shell\n"
"  --risk-memory     also checks in which a drive that gets it wrong overwrites\n"
"                    memory of this machine: for virtual machines\n"
"  --list            list the checks, without a drive, and end\n"
"  --help            print this text\n"
"\n"
"Must run as root.  Exit status: 0 all passed or were skipped, 1 some failed,\n"
"2 nothing was tried.\n";

/* Is the check wanted? */
static bool wanted(const Options *o, const Suite *s, const Check *c)
{
    char name[300], pattern[300];

    if (!o->only) {
        return true;
    }
    snprintf(name, sizeof(name), "%s: %s", s->name, c->name);
    snprintf(pattern, sizeof(pattern), "*%s*", o->only);
    return fnmatch(pattern, name, FNM_CASEFOLD) == 0;
}

static bool applies(const Suite *s)
{
    return s->always || s->open_channel == drive.open_channel;
}

static void list_checks(const Options *o)
{
    for (size_t i = 0; i < COUNT(suites); i++) {
        for (size_t k = 0; k < suites[i]->count; k++) {
            if (wanted(o, suites[i], &suites[i]->checks[k])) {
                printf("%s: %s\n", suites[i]->name, suites[i]->checks[k].name);
            }
        }
    }
}

static const char *unmet_option(unsigned needs)
{
    if (needs & NEED_COPY && !(geo.mccap & 1)) {
        return "the drive has no Vector Chunk Copy (MCCAP bit 0)";
    }
    if (needs & NEED_MULTI && !(geo.mccap & 2)) {
        return "free chunks of this drive may not be reset (MCCAP bit 1)";
    }
    if (needs & NEED_NO_MULTI && geo.mccap & 2) {
        return "free chunks of this drive may be reset (MCCAP bit 1)";
    }
    if (needs & NEED_EARLY && !(geo.mccap & 4)) {
        return "open chunks of this drive may not be reset (MCCAP bit 2)";
    }
    if (needs & NEED_NO_EARLY && geo.mccap & 4) {
        return "open chunks of this drive may be reset (MCCAP bit 2)";
    }
    return NULL;
}

/* Why the check cannot be tried here, or NULL. */
static const char *unmet(const Check *c)
{
    uint8_t dlfeat = drive.id_ns[33] & 7;
    uint64_t hole[5];

    if (c->chunks > nslots) {
        return "the drive has too few usable chunks";
    }
    if (c->needs & NEED_LIST && no_list) {
        return no_list;
    }
    if (c->needs & NEED_META && !drive.kernel_meta) {
        return drive.meta_size ? "the kernel passes no metadata" :
                                 "blocks of this drive have no metadata";
    }
    if (c->needs & NEED_PREDEFINED && dlfeat != 1 && dlfeat != 2) {
        return "DLFEAT does not say what unwritten blocks hold";
    }
    if (c->needs & NEED_OFFLINE && !geo.has_offline) {
        return "the drive has no offline chunk";
    }
    if (c->needs & NEED_WS_MIN && geo.ws_min < 2) {
        return "WS_MIN is 1: every number of blocks is legal";
    }
    if (c->needs & NEED_WINDOW && !geo.mw_cunits) {
        return "MW_CUNITS is 0: what is written can be read";
    }
    if (c->needs & NEED_HOLE && hole_list(hole) < 3) {
        return "all addresses below NSZE exist";
    }
    if (c->needs & NEED_RISK && !drive.risk) {
        return "needs --risk-memory";
    }
    return unmet_option(c->needs);
}

static void print_failures(void)
{
    for (CU_pFailureRecord f = CU_get_failure_list(); f; f = f->pNext) {
        printf("#   %s:%u: %s\n", f->strFileName, f->uiLineNumber,
               f->strCondition);
    }
}

/* Run one check and print its line.  True unless it failed. */
static bool run_check(unsigned number, CU_pSuite suite, CU_pTest test,
                      const Check *c)
{
    const char *why = unmet(c);
    bool failed = false;

    skipped[0] = 0;
    if (!why) {
        failed = CU_run_test(suite, test) != CUE_SUCCESS ||
                 CU_get_number_of_failures() > 0;
        why = skipped[0] ? skipped : NULL;
    }
    printf("%sok %u - %s: %s%s%s\n", failed ? "not " : "", number,
           suite->pName, test->pName, why && !failed ? " # SKIP " : "",
           why && !failed ? why : "");
    if (failed) {
        print_failures();
    }
    fflush(stdout);
    return !failed;
}

/*
 * Defaults again, so that no check depends on the one before.  Giving up in
 * here makes CUnit call this once more.
 */
static void tidy(void)
{
    static bool gave_up;

    if (!drive.open_channel || gave_up) {
        gave_up = false;
        return;
    }
    gave_up = true;
    features_default();
    chunks_settle();
    gave_up = false;
}

static bool add_suite(const Suite *s)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(s->name, NULL, NULL,
                                                           NULL, tidy);

    for (size_t i = 0; suite && i < s->count; i++) {
        if (!CU_add_test(suite, s->checks[i].name, s->checks[i].run)) {
            return false;
        }
    }
    return suite != NULL;
}

static bool run_suite(const Options *o, const Suite *s, unsigned *number)
{
    CU_pSuite suite = CU_get_suite(s->name);
    bool passed = true;

    for (size_t i = 0; i < s->count; i++) {
        if (wanted(o, s, &s->checks[i])) {
            passed &= run_check(++*number, suite,
                                CU_get_test_at_pos(suite, (unsigned)i + 1),
                                &s->checks[i]);
        }
    }
    return passed;
}

/* Print an ASCII field of Identify without the spaces at its end. */
static void print_field(const char *name, const uint8_t *p, int n)
{
    while (n > 0 && p[n - 1] == ' ') {
        n--;
    }
    printf("%s%.*s", name, n, (const char *)p);
}

static void print_drive(void)
{
    print_field("# drive: ", drive.id_ctrl + 24, 40);
    print_field(", serial number ", drive.id_ctrl + 4, 20);
    print_field(", firmware ", drive.id_ctrl + 64, 8);
    printf("\n");
    printf("# namespace %u: %s, %llu blocks of %u bytes, %u of metadata\n",
           drive.nsid, drive.open_channel ? "open-channel" : "conventional",
           (unsigned long long)u64_at(drive.id_ns), drive.block_size,
           drive.meta_size);
    if (drive.open_channel) {
        printf("# geometry: %u groups, %u parallel units each, %u chunks each, "
               "%u blocks each\n", geo.num_grp, geo.num_pu, geo.num_chk,
               geo.clba);
        printf("# WS_MIN %u, WS_OPT %u, MW_CUNITS %u; working in %u chunks\n",
               geo.ws_min, geo.ws_opt, geo.mw_cunits, nslots);
    }
}

/* All the checks that apply.  Returns the exit status. */
static int run_checks(const Options *o)
{
    unsigned plan = 0, number = 0;
    bool passed = true;

    for (size_t i = 0; i < COUNT(suites); i++) {
        for (size_t k = 0; applies(suites[i]) && k < suites[i]->count; k++) {
            plan += wanted(o, suites[i], &suites[i]->checks[k]);
        }
        if (applies(suites[i]) && !add_suite(suites[i])) {
            fprintf(stderr, "ocp-nvme-conform: CUnit: %s\n",
                    CU_get_error_msg());
            return 2;
        }
    }
    if (plan == 0) {
        fprintf(stderr, "ocp-nvme-conform: no check for this drive matches "
                "'%s'; see --list\n", o->only);
        return 2;
    }
    print_drive();
    printf("1..%u\n", plan);
    for (size_t i = 0; i < COUNT(suites); i++) {
        if (applies(suites[i])) {
            passed &= run_suite(o, suites[i], &number);
        }
    }
    return passed ? 0 : 1;
}

static bool parse(int argc, char **argv, Options *o)
{
    static const struct option known[] = {
        { "list", no_argument, NULL, 'l' },
        { "only", required_argument, NULL, 'o' },
        { "yes", no_argument, NULL, 'y' },
        { "namespace", required_argument, NULL, 'n' },
        { "risk-memory", no_argument, NULL, 'r' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    char junk;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'l':
            o->list = true;
            break;
        case 'o':
            o->only = optarg;
            break;
        case 'y':
            o->yes = true;
            break;
        case 'n':
            if (sscanf(optarg, "%u%c", &o->nsid, &junk) != 1 || !o->nsid) {
                fprintf(stderr, "ocp-nvme-conform: --namespace=%s: give a "
                        "number above 0\n", optarg);
                return false;
            }
            break;
        case 'r':
            drive.risk = true;
            break;
        case 'h':
            fputs(usage_text, stdout);
            exit(0);
        default:
            return false;
        }
    }
    o->path = argv[optind];
    if (!o->list && (!o->path || argv[optind + 1])) {
        fprintf(stderr, "ocp-nvme-conform: name one controller, such as "
                "/dev/nvme0\n");
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    Options o = { 0 };
    int status;

    if (!parse(argc, argv, &o)) {
        fprintf(stderr, "Try 'ocp-nvme-conform --help'.\n");
        return 2;
    }
    if (o.list) {
        list_checks(&o);
        return 0;
    }
    if (!o.yes) {
        fprintf(stderr, "ocp-nvme-conform: this overwrites data on %s; if that "
                "may be, add --yes\n", o.path);
        return 2;
    }
    if (CU_initialize_registry() != CUE_SUCCESS || !host_open(o.path, o.nsid)) {
        return 2;
    }
    if (drive.open_channel && !chunks_open()) {
        return 2;
    }
    no_list = drive.open_channel ? list_open() : NULL;
    status = run_checks(&o);
    CU_cleanup_registry();
    return status;
}
