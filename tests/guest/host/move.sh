# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154  # lib.sh sets what is used
#
# QEMU processes that one guest moves between.  Source it after lib.sh.  A SIDE
# is the name of a process, a STORAGE that of a set of images, $work/STORAGE-N.
#
#   side_start SIDE STORAGE [OPTION...]   start QEMU with these images
#   q SIDE COMMAND [...]                  ask its monitor, see `qmp`
#   side_end SIDE                         let it quit, and wait
#   ok_here NAME COMMAND...               as ok(), for what starts or ends one
#   guest_says PATTERN                    how many lines of the guest match
#   guest_goes_on                         wait until loads tell of new rounds
#   guest_stop SIDE                       have the loads end; wait until it is off
#   move_shared FROM TO STORAGE           migrate; both have the same images
#   move_mirrored FROM TO STORAGE NEW     migrate; FROM fills the images of TO
#   move_snapshot FROM TO STORAGE         savevm, and loadvm in another process
#
# The machine is what `vm_new` makes; $qemus[SIDE] names another QEMU than the
# one under test, $machine a machine type for all, and drives[N] has the
# properties of drive N.

declare -A qemus pids
drives=()
machine=()
moves=0

q() {
    local side=$1
    shift
    "$OCPN_TOP/tests/guest/host/qmp" "$work/$side.qmp" "$@"
}

# Print the arguments in JSON of a command: {"KEY": "VALUE", ...}.
json() {
    local text=

    while [ $# -gt 0 ]; do
        text+=", \"$1\": \"$2\""
        shift 2
    done
    printf '{%s}' "${text#, }"
}

# The serial ports of vm_exec(), whose files a later process goes on with, and
# a fifth, by which the guest is told to stop.
side_ports() {  # SIDE
    local n irq=(4 3 5 7) file=(console out err status)

    for n in 0 1 2 3; do
        VM_ARGS+=(
            -chardev "file,id=com$n,append=on,path=$work/${file[n]}"
            -device "isa-serial,index=$n,irq=${irq[n]},chardev=com$n")
    done
    VM_ARGS+=(
        -chardev "socket,id=tell,path=$work/$1.tell,server=on,wait=off"
        -device pci-serial,chardev=tell
        -qmp "unix:$work/$1.qmp,server=on,wait=off"
        -fw_cfg "name=opt/org.ocp-nvme/exec,file=$work/exec")
}

side_start() {
    local side=$1 storage=$2 n
    shift 2

    vm_new "${qemus[$side]:-$qemu}" 512M
    VM_ARGS+=("${machine[@]}")
    VM_ARGS+=(-object iothread,id=t0 -object iothread,id=t1)
    for n in "${!drives[@]}"; do
        vm_drive "$work/$storage-$n" "${drives[n]}" "$n"
    done
    vm_linux ocpn.exec=1 ocpn.term=dumb
    side_ports "$side"
    rm -f "$work/$side.qmp" "$work/$side.tell"
    setpriv --pdeathsig KILL "${VM_ARGS[@]}" "$@" \
        </dev/null >>"$work/messages" 2>&1 &
    pids[$side]=$!
    side_wait "$side"
}

side_wait() {
    local end=$((SECONDS + 120))

    until [ -S "$work/$1.qmp" ]; do
        if ! kill -0 "${pids[$1]}" || [ "$SECONDS" -gt "$end" ]; then
            tail -n 5 "$work/messages"
            return 1
        fi
        sleep 0.05
    done
}

side_end() {
    q "$1" quit >/dev/null
    wait "${pids[$1]}"
    unset "pids[$1]"
}

# As ok(), but in this shell, whose children the QEMU processes are.  Fails if
# COMMAND does.
ok_here() {     # NAME COMMAND...
    if "${@:2}" >"$work/said" 2>&1; then
        pass "$1"
    else
        fail "$1" "$(tail -n 20 "$work/said" "$work/messages")"
        return 1
    fi
}

sides_kill() {
    local side

    for side in "${!pids[@]}"; do
        kill -KILL "${pids[$side]}" 2>/dev/null || true
        wait "${pids[$side]}" 2>/dev/null || true
    done
    pids=()
}

guest_says() {
    grep -c -e "$1" "$work/out" || true
}

# guest_waits_for PATTERN COUNT: at most as long as a command may take before
# the kernel gives up on it, and what it then does.
guest_waits_for() {
    local end=$((SECONDS + ${OCPN_GUEST_PATIENCE:-300}))

    until [ "$(guest_says "$1")" -ge "$2" ]; do
        if [ "$SECONDS" -gt "$end" ] || [ "$(guest_says '^bad')" -gt 0 ]; then
            tail -n 5 "$work/out" "$work/console" "$work/messages"
            return 1
        fi
        sleep 0.1
    done
}

guest_goes_on() {
    guest_waits_for '^tick' $(($(guest_says '^tick') + 3))
}

guest_stop() {
    python3 - "$work/$1.tell" <<'END' || return 1
import socket, sys
tell = socket.socket(socket.AF_UNIX)
tell.connect(sys.argv[1])
tell.sendall(b"stop\n")
tell.shutdown(socket.SHUT_WR)
tell.recv(1)
END
    guest_waits_for '^over' 1 || return 1
    wait "${pids[$1]}"
    unset "pids[$1]"
}

# Begin a migration.  Both sides know its socket and capabilities.
move_begin() {  # FROM TO CAPABILITY...
    local from=$1 to=$2 list=
    shift 2

    for name; do
        list+=", {\"capability\": \"$name\", \"state\": true}"
    done
    for name in "$from" "$to"; do
        q "$name" migrate-set-capabilities \
            "{\"capabilities\": [${list#, }]}" >/dev/null || return 1
    done
    q "$from" migrate-set-parameters \
        '{"max-bandwidth": 4294967296, "downtime-limit": 1000}' >/dev/null
    q "$to" migrate-incoming "$(json uri "unix:$work/$to.move")" >/dev/null &&
        q "$from" migrate "$(json uri "unix:$work/$to.move")" >/dev/null
}

move_end() {    # FROM TO
    q "$1" query-migrate --until status=completed >/dev/null &&
        q "$2" query-status --until status=running >/dev/null
}

move_shared() {
    side_start "$2" "$3" -incoming defer &&
        move_begin "$1" "$2" &&
        move_end "$1" "$2" &&
        guest_goes_on &&
        side_end "$1" &&
        moves=$((moves + 1))
}

# The destination offers its images by NBD, the source fills them.
mirrors_begin() {       # FROM TO
    local n

    q "$2" nbd-server-start "{\"addr\": {\"type\": \"unix\",
        \"data\": {\"path\": \"$work/$2.nbd\"}}}" >/dev/null || return 1
    for n in "${!drives[@]}"; do
        q "$2" block-export-add "{\"type\": \"nbd\", \"id\": \"export$n\",
            \"node-name\": \"drive$n\", \"writable\": true}" >/dev/null &&
        q "$1" blockdev-add "{\"driver\": \"nbd\", \"node-name\": \"to$n\",
            \"export\": \"drive$n\", \"server\": {\"type\": \"unix\",
            \"path\": \"$work/$2.nbd\"}}" >/dev/null &&
        q "$1" blockdev-mirror "$(json job-id "mirror$n" sync full \
            device "drive$n" target "to$n")" >/dev/null || return 1
    done
}

# All are in step: nothing but what is written now has still to go.
mirrors_ready() {       # FROM
    local end=$((SECONDS + 300))

    until [ "$(q "$1" query-block-jobs | grep -o '"ready": true' | wc -l)" \
            -eq "${#drives[@]}" ]; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# The guest stands still: the last goes over, then the destination may have it.
mirrors_end() {         # FROM TO
    local n

    for n in "${!drives[@]}"; do
        q "$1" block-job-cancel "$(json device "mirror$n")" >/dev/null ||
            return 1
    done
    q "$1" query-block-jobs --until length=0 >/dev/null &&
        q "$2" nbd-server-stop >/dev/null
}

move_mirrored() {
    side_start "$2" "$4" -incoming defer &&
        mirrors_begin "$1" "$2" &&
        mirrors_ready "$1" &&
        move_begin "$1" "$2" pause-before-switchover &&
        q "$1" query-migrate --until status=pre-switchover \
            >/dev/null &&
        mirrors_end "$1" "$2" &&
        q "$1" migrate-continue '{"state": "pre-switchover"}' >/dev/null &&
        move_end "$1" "$2" &&
        guest_goes_on &&
        side_end "$1" &&
        moves=$((moves + 1))
}

# What the guest does after the snapshot is forgotten, also in the images.
move_snapshot() {
    local said

    said=$(q "$1" human-monitor-command '{"command-line": "savevm moved"}' \
          ) || return 1
    [ "$said" = '""' ] || { echo "savevm: $said"; return 1; }
    guest_goes_on || return 1
    side_end "$1"
    side_start "$2" "$3" -loadvm moved &&
        q "$2" query-status --until status=running >/dev/null &&
        guest_goes_on &&
        moves=$((moves + 1))
}
