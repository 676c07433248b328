# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # results are for who sources it
#
# Starting a virtual machine with a drive.  Source it after common.sh and
# guest.sh.  A machine is put together in the array VM_ARGS:
#
#   vm_new QEMU MEMORY          begin: processors, memory, accelerator
#   vm_drive FILE [PROPERTIES [N]]  attach the image FILE; N, from 0 on, is
#                               given where there are several drives
#   vm_monitor FOLDER           give the guest QEMU's monitor
#   vm_linux [WORD...]          boot the guest, with these kernel parameters
#   vm_run LOG                  run it; its console and messages go to LOG
#   vm_exec LOG COMMAND         run COMMAND in the guest, see below
#   vm_ports LOG COMMAND OUT ERR
#                               the ports for that, for vm_start
#   vm_terminal                 run it with its console on this terminal
#   vm_stop                     end the machine that is running, at once
#
# VM_DEVICE=nvme attaches QEMU's own NVMe drive in place of ocp-nvme.

VM_DEVICE=${OCPN_RUN_DEVICE:-ocp-nvme}
VM_SERIAL=ocp-nvme-1
VM_ARGS=()
VM_PID=

# Boot the guest's kernel under KVM with no root to go on with, and wait until
# it says so.  Exit status 0: it did.  The log $2 gets what went wrong.
vm_kvm_try() {
    local qemu=$1 log=$2 tries=0 pid

    : >"$log"
    setpriv --pdeathsig KILL "$qemu" -accel kvm -cpu host -machine q35 -m 512M \
        -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$OCPN_GUEST_KERNEL" -serial "file:$log" \
        -append "console=ttyS0 panic=-1" </dev/null >>"$log" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 150 ] &&
          ! grep -q "KVM internal error" "$log"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    grep -q "Unable to mount root fs" "$log"
}

# Succeed if the QEMU $1 really runs a guest under KVM.  That /dev/kvm can be
# opened says little: a nested host may offer it and then fail on the first
# instruction it has to emulate.  The answer is good until the next boot.
vm_kvm_works() {
    local qemu=$1 dir key answer=no

    if [ ! -w /dev/kvm ]; then
        return 1
    fi
    dir=$(ocpn_cache run)
    key=$(cat /proc/sys/kernel/random/boot_id
          id -u
          stat -L -c '%n %Y %s' "$qemu" "$OCPN_GUEST_KERNEL")
    key=$(printf '%s' "$key" | ocpn_hash)
    if ! grep -qs "^$key " "$dir/kvm"; then
        if vm_kvm_try "$qemu" "$dir/kvm.log"; then
            answer=yes
        fi
        printf '%s %s\n' "$key" "$answer" >"$dir/kvm"
    fi
    grep -q "^$key yes" "$dir/kvm"
}

# Print why KVM is not used.
vm_why_tcg() {
    if [ ! -e /dev/kvm ]; then
        echo "this machine has no /dev/kvm"
    elif [ ! -w /dev/kvm ]; then
        echo "/dev/kvm is not for you to use; are you in the group kvm?"
    else
        echo "/dev/kvm is there but cannot run the guest"
    fi
}

# Begin a machine.  Sets VM_ACCEL to what runs it, in words.  The guest must
# have been made.
vm_new() {
    local qemu=$1 memory=$2

    VM_ARGS=("$qemu" -nodefaults -no-user-config -display none -no-reboot
             -machine q35 -m "$memory" -smp 2)
    if vm_kvm_works "$qemu"; then
        VM_ACCEL="KVM"
        VM_ARGS+=(-accel kvm -cpu host)
    else
        VM_ACCEL="TCG, QEMU's translator ($(vm_why_tcg))"
        VM_ARGS+=(-accel tcg -cpu max)
    fi
}

# The kernel parameters of one processor for as long as drives are looked for:
# when one processor maps registers, another one's write to its interrupt
# controller may go elsewhere in QEMU's TCG (iotlb_to_section() takes the
# new map with an index of the old), and a lost end of interrupt leaves that
# processor without timer and drives for good.  The guest's init starts the
# others then.
vm_processors() {
    if [ "$VM_ACCEL" != KVM ]; then
        printf 'maxcpus=1'
    fi
}

# Print FILE as the value of a QEMU option: a comma is doubled.
vm_quote() {
    printf '%s\n' "${1//,/,,}"
}

# Succeed if the file system of the existing file $1 reads it past the cache.
vm_direct_works() {
    dd if="$1" of=/dev/null bs=4096 count=1 iflag=direct status=none 2>/dev/null
}

# vm_drive FILE [PROPERTY=VALUE,... [N]]
#
# Drive N is the device nvN, of the serial number ocp-nvme-(N + 1).
vm_drive() {
    local file=$1 format=raw cache n=${3:-0}
    local properties=id=nv$n,serial=${VM_SERIAL%1}$((n + 1))${2:+,$2}

    if [ "$(head -c 3 "$file" | tr -d '\0')" = QFI ]; then
        format=qcow2
    fi
    if vm_direct_works "$file"; then
        cache=aio=native,cache.direct=on
    else
        say "    the file system of $file refuses direct I/O (O_DIRECT):" \
            "using aio=threads and the host's page cache"
        cache=aio=threads,cache.direct=off
    fi
    VM_ARGS+=(
        -blockdev "driver=file,node-name=file$n,$cache,filename=$(vm_quote \
                   "$(readlink -f "$file")")"
        -blockdev "driver=$format,node-name=drive$n,file=file$n,${cache#*,}"
        -device "$VM_DEVICE,drive=drive$n,$properties")
}

# vm_monitor FOLDER
#
# Connect QEMU's monitor, as JSON (QMP), to the guest's serial port ttyS4: a
# test in the guest sets knobs by it.  QEMU talks to itself through a socket in
# FOLDER, by a name that is never too long for one.
vm_monitor() {
    local folder

    exec {folder}<"$1"
    rm -f "$1/monitor"
    VM_ARGS+=(
        -chardev "socket,id=qmp0,path=/dev/fd/$folder/monitor,server=on,wait=off"
        -mon chardev=qmp0,mode=control
        -chardev "socket,id=com5,path=/dev/fd/$folder/monitor"
        -device pci-serial,chardev=com5)
}

# Boot the Linux guest.  no_timer_check: on a loaded host the kernel may find
# an emulated timer late, blame it, and hang.  iomem=relaxed: nvme-cli reads
# registers of drives that the kernel uses.
vm_linux() {
    VM_ARGS+=(-kernel "$OCPN_GUEST_KERNEL" -initrd "$OCPN_GUEST_INITRD"
              -append "console=ttyS0 quiet no_timer_check panic=-1
 mitigations=off nowatchdog rcupdate.rcu_cpu_stall_suppress=1
 random.trust_cpu=on iomem=relaxed $(vm_processors) $*")
}

# Start the machine with QEMU's standard input, output and error as they are
# now.  Standard input is passed around bash, which would close it.  QEMU dies
# with this shell, however that ends.
vm_start() {
    local in

    exec {in}<&0
    setpriv --pdeathsig KILL "${VM_ARGS[@]}" "$@" <&"$in" &
    VM_PID=$!
    exec {in}<&-
    trap 'vm_stop; exit 129' HUP
    trap 'vm_stop; exit 130' INT
    trap 'vm_stop; exit 143' TERM
}

# Wait for the machine to end; return QEMU's exit status.
vm_wait() {
    local status=0

    wait "$VM_PID" || status=$?
    VM_PID=
    trap - HUP INT TERM
    return "$status"
}

vm_stop() {
    if [ -n "$VM_PID" ]; then
        kill -KILL "$VM_PID" 2>/dev/null || true
        wait "$VM_PID" 2>/dev/null || true
        VM_PID=
    fi
}

vm_run() {
    vm_start -serial "file:$1" </dev/null >>"$1" 2>&1
    vm_wait
}

vm_terminal() {
    vm_start -serial mon:stdio
    vm_wait
}

# vm_ports FOLDER COMMAND OUT ERR
#
# The guest shall run COMMAND, as vm_exec says.  Its output and errors go to the
# files OUT and ERR.
#
# The guest has four serial ports: console, output, error, exit status.  They
# have an interrupt each; the classic assignment would have them share.
vm_ports() {
    local dir=$1

    printf '%s\n' "$2" >"$dir/exec"
    rm -f "$dir/status" "$dir/console.log"
    VM_ARGS+=(
        -fw_cfg "name=opt/org.ocp-nvme/exec,file=$(vm_quote "$dir/exec")"
        -chardev "file,id=com1,path=$(vm_quote "$dir/console.log")"
        -chardev "file,id=com2,path=$(vm_quote "$3")"
        -chardev "file,id=com3,path=$(vm_quote "$4")"
        -chardev "file,id=com4,path=$(vm_quote "$dir/status")"
        -device isa-serial,index=0,irq=4,chardev=com1
        -device isa-serial,index=1,irq=3,chardev=com2
        -device isa-serial,index=2,irq=5,chardev=com3
        -device isa-serial,index=3,irq=7,chardev=com4)
}

# vm_exec FOLDER COMMAND
#
# Boot the guest, run COMMAND there with `sh -c`, power off.  The command's
# standard output and error are this function's, byte for byte, its exit status
# is returned; its standard input is empty.  Without a status (the guest or
# QEMU died) says why on standard error and returns 125.  FOLDER takes logs.
vm_exec() {
    local dir=$1 out err pids=() failed=0 status=

    exec {out}> >(exec cat)
    pids+=($!)
    exec {err}> >(exec cat >&2)
    pids+=($!)
    vm_ports "$dir" "$2" "/dev/fd/$out" "/dev/fd/$err"
    vm_start </dev/null >"$dir/qemu.log" 2>&1
    vm_wait || failed=$?
    exec {out}>&- {err}>&-
    wait "${pids[@]}" || true

    if [ -s "$dir/qemu.log" ]; then
        sed 's/^/    | /' "$dir/qemu.log" >&2
    fi
    status=$(tr -cd 0-9 2>/dev/null <"$dir/status" || true)
    if [ -z "$status" ]; then
        if [ ! -s "$dir/console.log" ]; then
            warn "QEMU did not start the guest; its exit status is $failed"
            return 125
        fi
        warn "the guest ended before the command did (QEMU's exit status:" \
             "$failed); the end of its console:"
        tail -n 20 "$dir/console.log" 2>/dev/null | tr -d '\r' |
            sed 's/^/    | /' >&2
        return 125
    fi
    return "$status"
}
