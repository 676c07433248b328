# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC1091
#
# What the tests need that run on this side of the virtual machine.  Source it;
# scripts/build must have run.
#
#   $work                        a folder of this test's own, removed at exit
#   $qemu                        the QEMU under test
#   new_image MODE FILE [SIZE]   make a drive image, 1G unless told otherwise
#   capacity FILE                print the bytes that the drive holds
#   guest FILE COMMAND [PROPS]   run COMMAND in the guest with FILE attached
#   check_image FILE             look for damage
#
# OCPN_RUN_DEVICE=nvme runs everything on QEMU's own NVMe drive, to prove the
# tests; OCPN_RUN_QEMU names the QEMU.

. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/lib/common.sh"
. "$OCPN_TOP/scripts/lib/guest.sh"
. "$OCPN_TOP/scripts/lib/vm.sh"
. "$OCPN_TOP/tests/guest/tap.sh"

qemu=${OCPN_RUN_QEMU:-$OCPN_TOP/build/bin/qemu-system-x86_64}
image_tool=${OCP_NVME_IMG:-$OCPN_TOP/build/bin/ocp-nvme-img}
[ -x "$qemu" ] || die "$qemu is missing; run scripts/build first"

work=$(mktemp -d "$(ocpn_cache run)/test.XXXXXX")
trap 'vm_stop; rm -rf "$work"' EXIT

# Progress is not part of the results.
ocpn_guest_image >&2

new_image() {
    rm -f "$2"
    if [ "$VM_DEVICE" = ocp-nvme ]; then
        "$image_tool" create --mode "$1" --size "${3:-1G}" "$2" >/dev/null
    else
        truncate -s "${3:-1G}" "$2"
    fi
}

capacity() {
    if [ "$VM_DEVICE" = ocp-nvme ]; then
        "$image_tool" info --json "$1" |
            sed -n 's/.*"capacity": *\([0-9]*\).*/\1/p'
    else
        stat -c %s "$1"
    fi
}

check_image() {
    if [ "$VM_DEVICE" = ocp-nvme ]; then
        "$image_tool" check "$1"
    fi
}

# Put the machine together, for `vm_exec` or with `vm_run`.
machine() {
    vm_new "$qemu" 1G >&2
    vm_drive "$1" "${2:-}" >&2
}

guest() {
    machine "$1" "${3:-}"
    vm_linux ocpn.exec=1 ocpn.term=dumb
    vm_exec "$work" "$2"
}
