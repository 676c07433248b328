/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CUnit that prints TAP: "ok N - name" or "not ok N - name" per test, and a
 * "#" line per failed check, with the values in it.
 *
 *     static const OcpnTest tests[] = {
 *         { "a sentence", test_function },
 *     };
 *     OCPN_UNIT_MAIN("file under test", tests)
 */
#ifndef TESTS_UNIT_OCPN_UNIT_H
#define TESTS_UNIT_OCPN_UNIT_H

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Numbers are equal, or the values are in the message. */
#define CHECK_EQ(got, want) do {                                        \
    uint64_t got_ = (uint64_t)(got), want_ = (uint64_t)(want);          \
    char msg_[200];                                                     \
    snprintf(msg_, sizeof(msg_), "%s is 0x%" PRIx64 ", want 0x%" PRIx64,\
             #got, got_, want_);                                        \
    CU_assertImplementation(got_ == want_, __LINE__, msg_, __FILE__,    \
                            __func__, CU_FALSE);                        \
} while (0)

/* TEXT contains PART, or TEXT is in the message. */
#define CHECK_HAS(text, part) do {                                      \
    const char *text_ = (text), *part_ = (part);                        \
    char msg_[400];                                                     \
    snprintf(msg_, sizeof(msg_), "\"%s\" does not say \"%s\"",          \
             text_, part_);                                             \
    CU_assertImplementation(strstr(text_, part_) != NULL, __LINE__,     \
                            msg_, __FILE__, __func__, CU_FALSE);        \
} while (0)

/* A bare condition, with a printf format that says for which input. */
#define CHECK(condition, ...) do {                                      \
    char msg_[400];                                                     \
    snprintf(msg_, sizeof(msg_), __VA_ARGS__);                          \
    CU_assertImplementation(!!(condition), __LINE__, msg_, __FILE__,    \
                            __func__, CU_FALSE);                        \
} while (0)

typedef struct OcpnTest {
    const char *name;
    void (*run)(void);
} OcpnTest;

/* The little-endian number of N bytes at P, for bytes at offsets. */
static inline uint64_t bytes_at(const void *p, unsigned int n)
{
    const uint8_t *b = p;
    uint64_t v = 0;

    while (n-- > 0) {
        v = v << 8 | b[n];
    }
    return v;
}

/* The other way round. */
static inline void put_bytes_at(void *p, unsigned int n, uint64_t v)
{
    uint8_t *b = p;

    for (; n > 0; n--, v >>= 8) {
        *b++ = (uint8_t)v;
    }
}

static inline void ocpn_unit_report(const CU_pTest test, const CU_pSuite suite,
                                    const CU_pFailureRecord failure)
{
    static int number;
    int shown = 0;

    for (CU_pFailureRecord f = failure; f && shown < 20; f = f->pNext) {
        if (f->pTest == test && f->pSuite == suite) {
            printf("# %s:%u: %s\n", f->strFileName, f->uiLineNumber,
                   f->strCondition);
            shown++;
        }
    }
    printf("%sok %d - %s: %s\n", shown ? "not " : "", ++number,
           suite->pName, test->pName);
    fflush(stdout);
}

/* Exit status: 0 all passed, 1 some failed, 2 they could not run. */
static inline int ocpn_unit_main(const char *name, const OcpnTest *t,
                                 size_t n)
{
    CU_pSuite suite;
    unsigned int failed;

    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 2;
    }
    suite = CU_add_suite(name, NULL, NULL);
    for (size_t i = 0; suite && i < n; i++) {
        if (!CU_add_test(suite, t[i].name, t[i].run)) {
            suite = NULL;
        }
    }
    if (!suite) {
        printf("Bail out! %s\n", CU_get_error_msg());
        CU_cleanup_registry();
        return 2;
    }
    printf("1..%zu\n", n);
    CU_set_test_complete_handler(ocpn_unit_report);
    CU_run_all_tests();
    failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}

#define OCPN_UNIT_MAIN(name, tests)                                     \
    int main(void)                                                      \
    {                                                                   \
        return ocpn_unit_main(name, tests,                              \
                              sizeof(tests) / sizeof((tests)[0]));      \
    }

#endif
