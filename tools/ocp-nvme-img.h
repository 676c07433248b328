/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of ocp-nvme-img share. */
#ifndef OCP_NVME_IMG_H
#define OCP_NVME_IMG_H

#include <glib.h>

#include "hw/ocp-nvme/core/image.h"

/* Exit statuses of every command. */
enum {
    EXIT_FINE       = 0,
    EXIT_DAMAGED    = 1,    /* the image is damaged, or the answer is no */
    EXIT_NOT_RUN    = 2,    /* options, access, in use, not an image */
};

/* An open image file. */
typedef struct ImgFile {
    const char *name;       /* the caller's */
    int fd;
    bool writable;
    bool created;           /* by us: may be removed after a failure */
    bool block_device;
    int error;              /* errno of the last access that failed */
    OcpnDisk disk;          /* its opaque is this struct */
} ImgFile;

typedef enum ImgAccess {
    IMG_READ,               /* shared with other readers */
    IMG_READ_SHARED,        /* also with a writer: contents may be moving */
    IMG_WRITE,              /* alone */
    IMG_CREATE,             /* alone, and made if it is not there */
} ImgAccess;

/* Print "ocp-nvme-img: SENTENCE" to stderr; the value is EXIT_NOT_RUN. */
int img_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

/*
 * Open and lock NAME, which stays the caller's.  False after a sentence on
 * stderr.
 */
bool img_file_open(ImgFile *f, const char *name, ImgAccess access);

/* Give a regular file SIZE bytes, first dropping its contents if CLEAR. */
bool img_file_resize(ImgFile *f, uint64_t size, bool clear);

/* Close and unlock. */
void img_file_close(ImgFile *f);

/* ERR's sentence, with what the system said if an access failed. */
int img_file_fail(const ImgFile *f, const OcpnError *err, int status);

/* Open NAME and its superblock; on failure a sentence and an exit status. */
int img_open(ImgFile *f, const char *name, ImgAccess access, OcpnImage *im);

/* A table of options, the words that follow them, and --help. */
typedef struct ImgUsage {
    const char *words;      /* "FILE" */
    const char *summary;    /* one line */
    const char *description;    /* example and more, for the end of --help */
} ImgUsage;

/*
 * Parse options; exactly one word must be left, which is FILE.  False after a
 * sentence on stderr.
 */
bool img_parse(int argc, char **argv, const ImgUsage *usage,
               const GOptionEntry *entries, char **file);

/* The same with N words. */
bool img_parse_words(int argc, char **argv, const ImgUsage *usage,
                     const GOptionEntry *entries, char **word, int n);

/* "8G", "512", "1.5T"; false after a sentence that names OPTION. */
bool img_parse_size(const char *option, const char *text, uint64_t *size);

/* "8 GiB", "100.5 MiB"; free with g_free(). */
char *img_size_text(uint64_t bytes);

/* 36 characters and a NUL. */
void img_uuid_text(const uint8_t uuid[16], char text[37]);
bool img_uuid_parse(const char *text, uint8_t uuid[16]);
bool img_uuid_random(uint8_t uuid[16]);

const char *img_mode_name(uint8_t mode);

/*
 * All entries of the chunk table, checked; free with g_free().  NULL after a
 * sentence on stderr.
 */
ImgChunk *img_load_chunks(ImgFile *f, const OcpnImage *im);

/*
 * Load a page, store it in its other SLOT, or flush: an exit status, after a
 * sentence if it is not EXIT_FINE.
 */
int img_load_page(ImgFile *f, const OcpnImage *im, uint32_t region,
                  uint32_t index, ImgPage *p, unsigned *slot);
int img_store_page(ImgFile *f, const OcpnImage *im, uint32_t region,
                   uint32_t index, ImgPage *p, unsigned slot);
int img_flush(ImgFile *f);

/* Store the pages of the chunk table on which WAS and IS differ; flush. */
int img_store_chunks(ImgFile *f, const OcpnImage *im, const ImgChunk *was,
                     const ImgChunk *is);

/*
 * Whether M belongs to its chunk, of which ALL is the table, as
 * docs/image-format.rst says.
 */
bool img_map_belongs(const OcpnImage *im, const ImgChunk *all,
                     const ImgMap *m);

/*
 * Whether nothing would be lost by overwriting F; false after a sentence.  Of
 * a block device only both ends are read: what people put on one begins or
 * ends there.
 */
bool img_is_blank(ImgFile *f, bool *blank);

/*
 * Chunks as "3,17,40-42", a byte each: 1 if it is named.  Free with g_free();
 * NULL after a sentence on stderr that names OPTION.
 */
uint8_t *img_parse_chunks(const char *option, const char *text,
                          uint32_t chunks);

/* Which chunks chance makes bad: the same for the same seed. */
typedef struct ImgBad {
    guint64 ppm;            /* 0 to 1000000 */
    guint64 seed;
} ImgBad;

/* The values of --bad and --seed (NULL: not given); false after a sentence. */
bool img_parse_bad(const char *ppm, const char *seed, ImgBad *bad);

/*
 * Take offline the chunks that BAD makes bad, and those that are named, a byte
 * each (NULL: none).  *N is how many.  An exit status.
 */
int img_make_bad(ImgFile *f, const OcpnImage *im, const ImgBad *bad,
                 const uint8_t *named, uint32_t *n);

/* Commands: argv[0] is the command's name.  They return an exit status. */
int img_create(int argc, char **argv);
int img_info(int argc, char **argv);
int img_check(int argc, char **argv);
int img_map(int argc, char **argv);
int img_dump(int argc, char **argv);
int img_resize_check(int argc, char **argv);
int img_set_chunks(int argc, char **argv);

#endif
