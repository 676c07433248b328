# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash disable=SC1091,SC2154  # geometry: by eval
#
# Load in a guest that moves while it runs; for tests/guest/host/migrate.test,
# which makes the drives.  Sourced by what runs in the guest:
#
#   load fio 0; load chunks 2; ...; load_until_told
#
# Each load does rounds on the drive N, whose serial number is ocp-nvme-(N + 1),
# until /run/stop is there: it reads what it wrote a round ago, which may have
# moved since, and writes anew.  Lines on standard output:
#
#   tick LOAD BYTES     a round was good; so many bytes were verified in it
#   bad LOAD TEXT       something was not
#   end LOAD            the load is over, with everything read once more
#   over                all are

. /tests/ocssd.sh

names=

bad() {
    echo "bad $name $*" | tr '\n' ' '
    echo
}

# must TEXT COMMAND...: it is bad if COMMAND fails.
must() {
    what=$1
    shift
    said=$("$@" 2>&1) && return 0
    bad "$what: $(echo "$said" | tail -n 5)"
    return 1
}

going_on() {
    [ ! -e /run/stop ]
}

# Set $ctrl and $ns to the controller of drive $1 and its namespace.
find_drive() {
    for ctrl in /sys/class/nvme/nvme*; do
        if [ "$(tr -d ' ' <"$ctrl/serial")" = "ocp-nvme-$(($1 + 1))" ]; then
            ctrl=/dev/${ctrl##*/}
            ns=${ctrl}n1
            return 0
        fi
    done
    bad "there is no drive $1"
    return 1
}

# load KIND DRIVE: begin a load in the background.
load() {
    name=$1$2
    names="$names $name"
    (
        find_drive "$2" && "load_$1"
        echo "end $name"
    ) &
}

# passes JOB...: of fio, one after the other; "old SEED" only verifies what
# "new SEED" wrote and verified, 4 MiB.
passes() {
    {
        printf '%s\n' "[global]" "filename=$ns" direct=1 verify=crc32c \
            verify_fatal=1 verify_state_save=0 allrandrepeat=1 rw=randwrite \
            bsrange=4k-64k size=4m "ioengine=$engine" iodepth=16
        while [ $# -gt 0 ]; do
            printf '%s\n' "[$1]" stonewall "randseed=$2"
            [ "$1" = new ] || echo verify_only
            shift 2
        done
    } >"/tmp/$name.fio"
    fio --output-format=terse "/tmp/$name.fio"
}

load_fio() {
    seed=1
    engine=libaio
    case $name in *[13579]) engine=io_uring ;; esac
    must "fio writes" passes new $seed || return
    while going_on; do
        must "fio reads what it wrote, and writes anew" \
            passes old $seed new $((seed + 1)) || return
        seed=$((seed + 1))
        echo "tick $name 8388608"
    done
    must "what fio wrote is there" passes old $seed
}

# Part $2 (0, 1) of the two halves of chunk $1, at the write pointer.
put_half() {
    dd if="$dir/$1" of="$ns" bs=$((ws_opt * block)) \
        count=$((half / ws_opt)) skip=$(($2 * half / ws_opt)) \
        seek=$((($(ocssd_chunk_lba "$1") + $2 * half) * block)) \
        oflag=direct,seek_bytes
}

get_blocks() {  # CHUNK BLOCKS
    dd if="$ns" bs=$(($2 * block)) count=1 iflag=direct,skip_bytes \
        skip=$(($(ocssd_chunk_lba "$1") * block)) 2>/dev/null
}

same_blocks() {
    get_blocks "$1" "$2" | cmp -n $(($2 * block)) - "$dir/$1"
}

# chunk_is CHUNK STATE WRITE-POINTER, as the chunk log says.
chunk_is() {
    got=$(ocssd_chunks "$1" 1 | awk '{ print $2, $7 }')
    [ "$got" = "$2 $3" ] || {
        echo "chunk $1: state and write pointer are $got, not $2 $3"
        return 1
    }
}

# A closed chunk is as it was filled; then it is reset, and filled by half.  The
# half of a round ago is completed, so that one chunk is always open.
chunk_round() {
    must "chunk $1 is closed" chunk_is "$1" 2 "$clba" &&
        must "chunk $1 is as it was written" same_blocks "$1" "$clba" &&
        must "chunk $1 is reset" ocssd_reset "$(ocssd_chunk_lba "$1")" &&
        must "chunk $1 is free" chunk_is "$1" 1 0 &&
        head -c $((clba * block)) /dev/urandom >"$dir/$1" &&
        must "the first half is written" put_half "$1" 0 &&
        must "chunk $1 is half full" chunk_is "$1" 4 "$half" &&
        must "chunk $2 is half full" chunk_is "$2" 4 "$half" &&
        must "chunk $2 keeps its half" same_blocks "$2" $((half - mw_cunits)) &&
        must "the second half is written" put_half "$2" 1
}

load_chunks() {
    must "the geometry" ocssd_open "$ns" || return
    ocssd_open "$ns"
    half=$((clba / 2))
    used=6
    dir=/tmp/$name
    mkdir -p "$dir"
    i=0
    while [ $i -lt $used ]; do
        head -c $((clba * block)) /dev/urandom >"$dir/$i"
        must "chunk $i is written" put_half $i 0 || return
        if [ $i -lt $((used - 1)) ]; then
            must "chunk $i is filled" put_half $i 1 || return
        fi
        i=$((i + 1))
    done
    i=0
    last=$((used - 1))
    while going_on; do
        chunk_round $i $last || return
        echo "tick $name $(((clba + half - mw_cunits) * block))"
        last=$i
        i=$(((i + 1) % used))
    done
    must "the open chunk" chunk_is $last 4 "$half"
    while [ $i -ne $last ]; do
        must "chunk $i at the end" same_blocks $i "$clba"
        i=$(((i + 1) % used))
    done
}

write_files() {
    i=0
    rm -rf "$dir/files"
    mkdir "$dir/files" || return 1
    while [ $i -lt 20 ]; do
        head -c $((i * i * 997)) /dev/urandom >"$dir/files/$i" || return 1
        i=$((i + 1))
    done
    (cd "$dir" && sha256sum files/* >"/tmp/$name.sums") && sync "$dir/files"/*
}

check_files() {
    sync
    echo 3 >/proc/sys/vm/drop_caches
    (cd "$dir" && sha256sum -s -c "/tmp/$name.sums")
}

load_ext4() {
    dir=/mnt/$name
    mkdir -p "$dir"
    must "mkfs.ext4" mkfs.ext4 -q -F "$ns" &&
        must "mount" mount -t ext4 "$ns" "$dir" &&
        must "files are written" write_files || return
    while going_on; do
        must "every file has its checksum" check_files || return
        must "files are written anew" write_files || return
        echo "tick $name $(du -s -b "$dir/files" | cut -f 1)"
    done
    must "every file has its checksum in the end" check_files
    must "umount" umount "$dir"
    must "e2fsck finds nothing" e2fsck -f -n "$ns"
}

# Counters of the SMART page that only grow, and those that stay.
counters() {
    nvme smart-log "$ctrl" -o json | jq -r '"\(.data_units_read) " +
        "\(.data_units_written) \(.host_read_commands) " +
        "\(.host_write_commands) \(.power_on_hours) " +
        "\(.power_cycles) \(.unsafe_shutdowns) \(.media_errors)"'
}

# The first five grow, or the last three are not as they were: it fails.
counters_grow() {
    counters >"/tmp/$name.now" || return 1
    paste "/tmp/$name.before" "/tmp/$name.now" | awk '
        { for (i = 1; i <= 5; i++) if ($(i + 8) < $i) bad = 1
          for (i = 6; i <= 8; i++) if ($(i + 8) != $i) bad = 1
          if (NF != 16 || bad) print "were, and are: " $0 }
        END { exit NR != 1 || NF != 16 || bad }' &&
        mv "/tmp/$name.now" "/tmp/$name.before"
}

capture() {     # CREATE FILE
    nvme telemetry-log "$ctrl" --host-generate="$1" --output-file="$2"
}

same_capture() {
    capture 0 "/tmp/$name.again" && cmp "/tmp/$name" "/tmp/$name.again"
}

# self_test: succeed if one is running, or none has failed; start the next.
self_test() {
    nvme self-test-log "$ctrl" -o json >"/tmp/$name.test" || return 1
    if [ "$(jq -r '."Current Device Self-Test Operation"' \
                "/tmp/$name.test")" = 0 ]; then
        if [ -e "/tmp/$name.tested" ] && [ "$(jq -r \
            '."List of Valid Reports"[0]."Self test result"' \
            "/tmp/$name.test")" != 0 ]; then
            cat "/tmp/$name.test"
            return 1
        fi
        touch "/tmp/$name.tested"
        nvme device-self-test "$ctrl" -s 1
    fi
}

# What a drive tells of itself, beside another load.
load_tell() {
    counters >"/tmp/$name.before"
    must "telemetry is captured" capture 1 "/tmp/$name" || return
    while going_on; do
        must "the capture is as it was" same_capture || return
        must "telemetry is captured" capture 1 "/tmp/$name" || return
        must "counters grow" counters_grow || return
        must "self-test" self_test || return
        echo "tick $name $(wc -c <"/tmp/$name")"
    done
    must "the capture is as it was in the end" same_capture
    must "counters grow until the end" counters_grow
}

# The drive takes some seconds for it: knob sanitize-ms.
sanitized() {
    while state=$(nvme sanitize-log "$ctrl" -o json |
                  jq -r 'first(.[]).sstat.status // empty'); do
        case $state in
        "(2)"*) sleep 0.5 ;;
        *) break ;;
        esac
    done
    echo "the state of sanitize: $state"
    case $state in "(1)"* | "(4)"*) ;; *) return 1 ;; esac
}

load_sanitize() {
    while going_on; do
        must "data are written" dd if=/dev/urandom of="$ns" bs=64k count=64 \
            oflag=direct || return
        must "sanitize begins" nvme sanitize "$ctrl" -a 2 || return
        must "sanitize ends" sanitized || return
        must "zeros are left" cmp -n 4194304 "$ns" /dev/zero || return
        blockdev --flushbufs "$ns"
        echo "tick $name 4194304"
    done
}

# What the kernel says when something went wrong.
complaints() {
    dmesg | grep -iE -e 'I/O error|nvme.*(abort|reset|timeout|fail|error)' \
        -e 'EXT4-fs (error|warning)|blocked for|detected stall|Call Trace' |
        sed 's/^/bad kernel /'
}

# Until the host sends a line to the port that the kernel calls ttyS4.
load_until_told() {
    name=load
    exec 9<>/dev/ttyS4
    stty raw -echo <&9
    echo "begun $names"
    read -r _ <&9
    touch /run/stop
    wait
    complaints
    echo over
}
