# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Running programs that scripts/build --sanitize made, so that what ASan, UBSan
# or LeakSanitizer has to say is neither lost nor survived.  Source it after
# common.sh.
#
#   ocpn_sanitize_env FOLDER      print VARIABLE=VALUE lines for env(1): each
#                                 report ends its program, and is in FOLDER
#   ocpn_sanitize_judge FOLDER    print them as TAP, each a case that failed
#
# A report is a file: what a test does with the output of a QEMU that it has
# started, and whether it looks at its exit status, does not matter then.

ocpn_sanitize_env() {
    local all=halt_on_error=1:print_stacktrace=1:log_path=$1/report
    local supp=$OCPN_TOP/tests/sanitize/leaks.supp

    # A coroutine returns on another stack than it was entered on, of which a
    # fake stack knows nothing.  GLib keeps no frame pointers: without them the
    # stack of an allocation ends there, and no suppression finds it.
    all+=:detect_stack_use_after_return=0:fast_unwind_on_malloc=0
    # ASan keeps what is freed for a while: tests cannot see QEMU grow by a leak,
    # which LeakSanitizer does.
    printf '%s\n' "ASAN_OPTIONS=$all:detect_leaks=1" \
        "UBSAN_OPTIONS=$all" QOCPN_KEEPS_FREED=yes \
        "LSAN_OPTIONS=suppressions=$supp:print_suppressions=0"
}

# Coroutines have stacks that ASan says, in a report's place, not to know.
ocpn_sanitize_is_noise() {
    ! grep -v -e "WARNING: ASan doesn't fully support makecontext/swapcontext" \
        -e 'WARNING: ASan is ignoring requested __asan_handle_no_return' \
        -e '^False positive error reports may follow$' \
        -e '^For details see https://github.com/google/sanitizers/issues/189$' \
        "$1" | grep -q .
}

ocpn_sanitize_judge() {
    local file n=0

    for file in "$1"/report.*; do
        if [ ! -e "$file" ] || ocpn_sanitize_is_noise "$file"; then
            continue
        fi
        n=$((n + 1))
        printf 'not ok %d - %s\n' "$n" "$(
            grep -m 1 '^SUMMARY:' "$file" ||
            grep -m 1 'runtime error:' "$file" ||
            echo "a report without a summary")"
        head -n 60 "$file" | sed 's/^/# /'
    done
    if [ "$n" -eq 0 ]; then
        n=1
        printf 'ok 1 - no sanitizer has reported anything\n'
    fi
    printf '1..%d\n' "$n"
}
