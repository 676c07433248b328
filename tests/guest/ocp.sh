# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For the tests of the mode ocp.  The guest has drives of several versions of
# the specification and QEMU's monitor at a serial port, see run-tests:
#
#   /dev/nvme0   2.5
#   /dev/nvme1   2.0, the OCP UUID once more as nvme-cli 2.3 looks for it
#   /dev/nvme2   2.7
#   /dev/nvme3   2.7, the OCP UUID behind another: for what destroys
#   /dev/nvme4   2.5 once more
#   /dev/nvme5   2.5, without UUIDs
#
# Drive N is nvN to the monitor.

ocp_port=/dev/ttyS4

# monitor COMMAND: print QEMU's answer; status 1 if it is an error.  COMMAND is
# what stands between the braces of JSON.
#
# Before the port is raw, the kernel echoes what comes, and QEMU's greeting may
# have gone back to QEMU in parts: the byte 255 ends whatever they began.  What
# QEMU says to them, events and the rest of the greeting have no id.
monitor() {
    exec 9<>$ocp_port
    stty raw -echo <&9
    if [ ! -e /run/monitor ]; then
        printf '\377\n' >&9
        echo '{"execute": "qmp_capabilities", "id": "hello"}' >&9
        monitor_answer hello >/run/monitor
    fi
    echo "{$1, \"id\": \"now\"}" >&9
    monitor_answer now
}

monitor_answer() {      # ID
    while read -r -t 10 ocp_line <&9; do
        case $ocp_line in
        *'"id": "'"$1"'"'*'"error": {"class":'* | \
        *'"error": {"class":'*'"id": "'"$1"'"'*) echo "$ocp_line"; return 1 ;;
        *'"id": "'"$1"'"'*) echo "$ocp_line"; return 0 ;;
        esac
    done
    echo "no answer from QEMU's monitor"
    return 1
}

# knob N NAME VALUE: set a property of drive N; VALUE is JSON.  Says nothing,
# unless it fails.
knob() {
    ocp_answer=$(monitor '"execute": "qom-set", "arguments": {"path":
 "/machine/peripheral/nv'"$1"'", "property": "'"$2"'", "value": '"$3"'}') ||
        fail "set knob $2 of drive $1 to $3" "$ocp_answer"
}

# The kernel looks at drives in any order.  Give drive N the name nvmeN.
ocp_order() {
    for ocp_n in 0 1 2 3 4 5; do
        if [ "$(tr -d ' ' </sys/class/nvme/nvme$ocp_n/serial)" != \
             "ocp-nvme-$((ocp_n + 1))" ]; then
            ocp_rebind
            return
        fi
    done
}

ocp_rebind() {
    cd /sys/bus/pci/drivers/nvme || return
    ocp_slots=$(ls -d 0000:*)
    for ocp_slot in $ocp_slots; do
        echo "$ocp_slot" >unbind
    done
    for ocp_slot in $ocp_slots; do
        echo "$ocp_slot" >bind
    done
    cd - >/dev/null || return
    until [ "$(ls /dev/nvme?n1 2>/dev/null | wc -l)" -eq 6 ]; do
        sleep 0.1
    done
}

# The value in the line that begins with $1 of the text on standard input.
field() {
    sed -n "s/^ *$1 *[-:]* *[[:space:]]*//p" | sed 's/[[:space:]]*$//' |
        head -n 1
}

# dword CONTROLLER LID INDEX: a number of 32 bits in a log page of 512 bytes.
dword() {
    nvme get-log "$1" --log-id="$2" --log-len=512 --raw-binary 2>/dev/null |
        od -A n -t u4 -j $((4 * $3)) -N 4 | tr -d ' '
}

# id_word CONTROLLER OFFSET: 16 bits of Identify Controller.
id_word() {
    nvme id-ctrl "$1" --raw-binary | od -A n -t u2 -j "$2" -N 2 | tr -d ' '
}

# json FILTER COMMAND...: what jq makes of the command's output.
json() {
    ocp_filter=$1
    shift
    "$@" 2>/dev/null | jq -r "$ocp_filter" 2>&1
}

# status NAME TEXT COMMAND...: the drive must refuse COMMAND, and the tool say
# TEXT.
status() {
    tap_name=$1
    ocp_text=$2
    shift 2
    tap_output=$("$@" 2>&1)
    case $tap_output in
    *"$ocp_text"*) pass "$tap_name" ;;
    *) fail "$tap_name" "no '$ocp_text' from: $*
$(printf '%s\n' "$tap_output" | tail -n 5)" ;;
    esac
}
