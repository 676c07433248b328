/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target without libFuzzer: every file of a folder is an input, and a case.
 *   replay-TARGET FOLDER...
 *   replay-TARGET --seeds FOLDER     write the seeds there
 *   replay-TARGET FILE...
 * A file that is a case by itself ends the program if an invariant does not
 * hold; its name is the last line before.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static const char *seeds;           /* where they go */
static unsigned cases;

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    uint8_t *data;
    size_t n;

    FUZZ_CHECK(f && !fstat(fileno(f), &st), "%s cannot be read", path);
    /* Exactly as long as the input: its end is watched. */
    data = malloc(st.st_size ? (size_t)st.st_size : 1);
    FUZZ_CHECK(data, "no memory for %s", path);
    n = fread(data, 1, (size_t)st.st_size, f);
    fclose(f);
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, n);
    printf("ok %u - %s\n", ++cases, path);
    free(data);
}

static int seen(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void run_folder(const char *path)
{
    struct dirent **e;
    int n = scandir(path, &e, seen, alphasort);

    FUZZ_CHECK(n >= 0, "%s cannot be read", path);
    for (int i = 0; i < n; i++) {
        char name[4096];

        snprintf(name, sizeof(name), "%s/%s", path, e[i]->d_name);
        run_file(name);
        free(e[i]);
    }
    free(e);
}

static void put(const char *name, const void *data, size_t size)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s.bin", seeds, name);
    f = fopen(path, "wb");
    FUZZ_CHECK(f && fwrite(data, 1, size, f) == size && !fclose(f),
               "%s cannot be written", path);
}

int main(int argc, char **argv)
{
    struct stat st;

    if (argc == 3 && !strcmp(argv[1], "--seeds")) {
        seeds = argv[2];
        fuzz_seeds(put);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (!stat(argv[i], &st) && S_ISDIR(st.st_mode)) {
            run_folder(argv[i]);
        } else {
            run_file(argv[i]);
        }
    }
    printf("1..%u\n", cases);
    return !cases;
}
