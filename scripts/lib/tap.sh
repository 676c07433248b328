# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For checks that print TAP: verdict NAME PROBLEMS for each, verdicts_end at
# the end.  A check passes if PROBLEMS is empty.

tap_number=0
tap_failures=0

verdict() {
    tap_number=$((tap_number + 1))
    if [ -z "$2" ]; then
        echo "ok $tap_number - $1"
    else
        echo "not ok $tap_number - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
        tap_failures=$((tap_failures + 1))
    fi
}

# Print the plan; status 1 if a check failed.
verdicts_end() {
    echo "1..$tap_number"
    [ "$tap_failures" -eq 0 ]
}
