# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of ocp-nvme-img share, for 'source'.  $1 is the program; the
# test then is in an empty folder.  Each check prints a line of TAP.
set -euo pipefail

img=$(readlink -f "$1")
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
reader=$here/../../scripts/ocpn-image.py
[ ! -w /dev/shm ] || : "${TMPDIR:=/dev/shm}"     # flushes cost nothing there
scratch=$(mktemp -d -p "${TMPDIR:-/tmp}")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export NO_COLOR=1 LC_ALL=C PYTHONDONTWRITEBYTECODE=1
n=0

ok() {
    n=$((n + 1))
    echo "ok $n - $1"
}

not_ok() {
    n=$((n + 1))
    echo "not ok $n - $1"
    sed 's/^/# /' output
}

# expect STATUS TEXT ARGUMENT...: ocp-nvme-img exits so and says so.
expect() {
    local status=0 want=$1 text=$2
    shift 2
    "$img" "$@" >output 2>&1 || status=$?
    if [ "$status" -eq "$want" ] &&
       { [ -z "$text" ] || grep -qF -- "$text" output; }; then
        ok "$* ($want: $text)"
    else
        echo "exit status $status, want $want and: $text" >>output
        not_ok "$*"
    fi
}

# check NAME COMMAND...: the command succeeds.
check() {
    local name=$1
    shift
    if "$@"; then
        ok "$name"
    else
        not_ok "$name"
    fi
}

# same_as NAME FILE: the last output is what FILE holds.
same_as() {
    if diff -u "$2" output >difference; then
        ok "$1"
    else
        mv difference output
        not_ok "$1"
    fi
}

spoil() {
    python3 "$here/spoil.py" "$@"
}

# What both readers know, in the words of scripts/ocpn-image.py.
facts() {
    "$img" info --json "$1" | python3 -c '
import json, sys
image = json.load(sys.stdin)
names = {"device state": "state", "chunk table": "chunks",
         "metadata": "meta", "data": "data", "block maps": "maps"}
for key in "sequence uuid mode lba_size ms extended blocks length".split():
    print(key, int(image[key]) if key == "extended" else image[key])
for key, value in image.get("geometry", {}).items():
    print(key, value)
for key, region in image["regions"].items():
    print("region", names[key], region["offset"], region["length"])
for key in "free open closed offline".split():
    if "chunks" in image:
        print(key, image["chunks"][key])'
}

both_readers_agree() {
    local status=0
    facts "$1" >want
    python3 "$reader" "$1" >lines 2>output || status=$?
    if [ "$status" -ne 0 ]; then
        echo "exit status $status of ocpn-image.py" >>output
        not_ok "ocpn-image.py reads $1"
        return
    fi
    grep -vE '^([a-z_]*_(cycles|shutdowns|seconds|sectors|commands|ns|errors|count)|notifications) ' \
        < <(grep -v '^pe_cycles' lines) >output || true
    sed -i '/^pe_cycles/d' want
    same_as "ocpn-image.py and info agree on $1" want
}
