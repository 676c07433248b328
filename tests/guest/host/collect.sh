# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# One TAP stream out of many.  Source it; the results are counted in $total
# and $failed.
#
#   result OK TEXT      print a result under the next number; OK: "ok", "not ok"
#   collect NAME        renumber the TAP of the test NAME on standard input
#   results_end         print the plan; status 1 if a result was bad

total=0
failed=0

result() {
    total=$((total + 1))
    printf '%s %d - %s\n' "$1" "$total" "$2"
    if [ "$1" != ok ]; then
        failed=$((failed + 1))
    fi
}

# A stream without its plan, or with another number of results than planned,
# is a failure.
collect() {
    local name=$1 line plan='' count=0

    while IFS= read -r line; do
        case $line in
        "ok "*|"not ok "*)
            count=$((count + 1))
            result "${line%% [0-9]*}" "$name: ${line#*ok [0-9]* - }" ;;
        1..*)
            plan=${line#1..} ;;
        *)
            printf '%s\n' "$line" | sed 's/^#* */# /' ;;
        esac
    done
    if [ "$plan" != "$count" ]; then
        result "not ok" "$name: ended after $count results, planned: ${plan:-?}"
    fi
}

results_end() {
    printf '1..%d\n' "$total"
    [ "$failed" -eq 0 ]
}
