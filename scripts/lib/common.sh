# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What every script of the project stands on: where things are, how to talk to
# the person at the terminal, how to run a long command.  Bash; source it:
#
#   set -euo pipefail
#   . "$(dirname "$(readlink -f "$0")")/lib/common.sh"
#
# After that:
#   $OCPN_TOP       the checkout
#   $OCPN_CACHE     everything fetched or built lies below this folder
#   $OCPN_LOGS      full logs of the long steps
#   say TEXT        a line for the reader
#   step TEXT       a heading, with the seconds since the script began
#   warn TEXT       a line on stderr; the script goes on
#   die TEXT        "PROGRAM: error: TEXT" on stderr, exit status 1
#   ocpn_cache [SUBFOLDER]          print the path, after making it
#   with_progress LABEL COMMAND...  run a long command quietly
#   with_lock NAME COMMAND...       one at a time on this cache
#   ocpn_clean                      remove the cache and the links to it

# ocpn_hash: the first 12 hex digits of the SHA-256 of standard input.
ocpn_hash() {
    sha256sum | cut -c1-12
}

OCPN_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
OCPN_CACHE=${OCP_NVME_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ocp-nvme}
case $OCPN_CACHE in
/*) ;;
*)  OCPN_CACHE=$PWD/$OCPN_CACHE ;;
esac
OCPN_LOGS=$OCPN_CACHE/log/$(printf '%s' "$OCPN_TOP" | ocpn_hash)
OCPN_PROGRAM=${0##*/}

ocpn_cache() {
    local dir=$OCPN_CACHE${1:+/$1}

    mkdir -p "$dir" || die "cannot make the cache folder $dir;" \
        "set OCP_NVME_CACHE to a folder you can write to"
    printf '%s\n' "$dir"
}

say() {
    printf '%s\n' "$*"
}

step() {
    printf '==> [%4d s] %s\n' "$SECONDS" "$*"
}

warn() {
    printf '%s: warning: %s\n' "$OCPN_PROGRAM" "$*" >&2
}

die() {
    printf '%s: error: %s\n' "$OCPN_PROGRAM" "$*" >&2
    exit 1
}

# ocpn_jobs [N]: how many jobs a build may run; the number of processors
# unless N, or OCP_NVME_JOBS, says otherwise.
ocpn_jobs() {
    printf '%s\n' "${1:-${OCP_NVME_JOBS:-$(nproc)}}"
}

# The newest sign of life in a log: ninja's "[17/1800]" or apt's percentage.
ocpn_progress_of() {
    tail -c 4000 "$1" 2>/dev/null | tr '\r' '\n' | awk '
        match($0, /^\[[0-9]+\/[0-9]+\]/) { p = substr($0, 1, RLENGTH) }
        /^(dl|pm)status:/ { split($0, f, ":"); p = sprintf("%d%%", f[3]) }
        END { print p }'
}

ocpn_progress_line() {  # LABEL LOG START
    local width=${COLUMNS:-80} line

    line=$(printf '    %s %s  %d s' "$1" "$(ocpn_progress_of "$2")" \
           $((SECONDS - $3)))
    if [ -t 1 ]; then
        printf '\r\033[K%.*s' $((width - 1)) "$line"
    else
        printf '%s\n' "$line"
    fi
}

# with_progress LABEL COMMAND [ARGUMENT...]
#
# Runs COMMAND with its output in a log of its own.  A terminal sees one moving
# line, a file sees a line every 15 seconds; both see one line at the end.  If
# COMMAND fails, prints the last 30 lines of the log and where it lies, and
# returns COMMAND's status (under `set -e` that ends the script).  COMMAND may
# be a shell function; it runs in a subshell.
with_progress() {
    local label=$1 start=$SECONDS shown=$SECONDS status=0 log pid every=15
    shift

    mkdir -p "$OCPN_LOGS"
    log=$OCPN_LOGS/$(printf '%s' "$label" | tr -cs 'A-Za-z0-9._+-' '-').log
    if [ -t 1 ]; then
        every=1
    fi
    # A process group of its own, so that an interrupt ends all of it.
    set -m
    ( "$@" ) >"$log" 2>&1 </dev/null &
    pid=$!
    set +m
    # shellcheck disable=SC2064  # the pid of now is meant
    trap "kill -- -$pid 2>/dev/null; exit 130" INT TERM HUP
    while kill -0 "$pid" 2>/dev/null; do
        if [ $((SECONDS - shown)) -ge "$every" ]; then
            shown=$SECONDS
            ocpn_progress_line "$label" "$log" "$start"
        fi
        sleep 0.2
    done
    wait "$pid" || status=$?
    trap - INT TERM HUP
    if [ -t 1 ]; then
        printf '\r\033[K'
    fi
    if [ "$status" -ne 0 ]; then
        printf '    %s: FAILED after %d s; the end of its log:\n' \
               "$label" $((SECONDS - start))
        tail -n 30 "$log" | cut -c1-400 | sed 's/^/    | /'
        printf '    The whole log: %s\n' "$log"
        return "$status"
    fi
    printf '    %s: done, %d s\n' "$label" $((SECONDS - start))
}

# with_lock NAME COMMAND [ARGUMENT...]
#
# Runs COMMAND in this shell while holding the cache's lock NAME, so that two
# runs do not write the same folder.  Says so if it has to wait.  Returns
# COMMAND's status.
with_lock() {
    local file fd status
    file=$(ocpn_cache lock)/$1
    shift

    exec {fd}>"$file"
    if ! flock -n "$fd"; then
        say "    waiting for another run that is using $OCPN_CACHE"
        flock "$fd"
    fi
    "$@"
    status=$?       # reached on failure only where `set -e` does not count
    exec {fd}>&-
    return "$status"
}

# Remove everything fetched, built or made.  The cache's name may come from the
# environment: what does not look like a cache of ours stays.
ocpn_clean() {
    case $OCPN_TOP/ in
    "$OCPN_CACHE"/*)
        die "the cache folder $OCPN_CACHE holds the checkout; not removed" ;;
    esac
    if [ -e "$OCPN_CACHE" ]; then
        [ -d "$OCPN_CACHE/lock" ] ||
            die "$OCPN_CACHE does not look like a cache of this project;" \
                "not removed"
        say "removing $OCPN_CACHE ($(du -sh "$OCPN_CACHE" | cut -f1))"
        rm -rf -- "$OCPN_CACHE"
    else
        say "nothing to remove: $OCPN_CACHE does not exist"
    fi
    rm -rf -- "$OCPN_TOP/build"
}

. "$OCPN_TOP/scripts/lib/packages.sh"
