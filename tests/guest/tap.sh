# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Results in TAP (Test Anything Protocol), for the tests that run in the guest
# and for those that run around it.  Source it; end with `done_testing`.

tap_count=0
tap_failed=0

# pass NAME, fail NAME [WHY...]: report one result.
pass() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $*"
}

fail() {
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $1"
    shift
    if [ $# -gt 0 ]; then
        printf '%s\n' "$*" | sed 's/^/#   /'
    fi
}

# skip NAME REASON: what could not be tried here.
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# ok NAME COMMAND...: COMMAND must succeed.
ok() {
    tap_name=$1
    shift
    if tap_output=$("$@" 2>&1); then
        pass "$tap_name"
    else
        fail "$tap_name" "exit status $? of: $*
$(printf '%s\n' "$tap_output" | tail -n 20)"
    fi
}

# fails NAME COMMAND...: COMMAND must not succeed.
fails() {
    tap_name=$1
    shift
    if tap_output=$("$@" 2>&1); then
        fail "$tap_name" "succeeded: $*
$(printf '%s\n' "$tap_output" | tail -n 20)"
    else
        pass "$tap_name"
    fi
}

# is NAME GOT WANTED: the two must be the same string.
is() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1" "got:    $2
wanted: $3"
    fi
}

# like NAME STRING PATTERN: the basic regular expression must match a line.
like() {
    if printf '%s\n' "$2" | grep -q -e "$3"; then
        pass "$1"
    else
        fail "$1" "got:    $2
no match for: $3"
    fi
}

done_testing() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
}
