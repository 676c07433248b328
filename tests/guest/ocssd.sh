# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154  # geometry: by eval
#
# Open-Channel SSD 2.0 for shell scripts in the guest, with nvme-cli's
# passthrough commands.  Source it, then:
#
#   ocssd_open /dev/nvme0n1     read the geometry; sets the variables below
#   ocssd_chunks [FIRST [N]]    chunk descriptors, one a line, as numbers:
#                               index state type wear slba cnlb wp
#   ocssd_lba GRP PU CHK LB     print the address of a block
#   ocssd_chunk_lba INDEX       the same for the first block of a chunk
#   ocssd_reset LBA             reset a chunk with the vector command
#   ocssd_state NUMBER          the name of a chunk state
#
# Numbers above 2^53 do not survive awk; addresses of real drives are smaller.

# quietly COMMAND...: without what nvme-cli says on standard error when all is
# well.  Standard output is kept.
quietly() {
    quietly_log=$(mktemp)
    quietly_status=0
    "$@" 2>"$quietly_log" || quietly_status=$?
    [ "$quietly_status" -eq 0 ] || cat "$quietly_log" >&2
    rm -f "$quietly_log"
    return "$quietly_status"
}

# Bytes on standard input to numbers, $1 to a line.
bytes() {
    hexdump -v -e "$1/1 \"%u \" \"\\n\""
}

ocssd_open() {
    ocssd_ns=$1
    ocssd_ctrl=${1%n[0-9]*}
    ocssd_nsid=$(cat "/sys/block/${1##*/}/nsid" 2>/dev/null || echo 1)
    # Section 2.1 of the specification: the fields by their first byte.
    ocssd_fields=$(quietly nvme admin-passthru "$ocssd_ctrl" --opcode=0xe2 \
        --namespace-id="$ocssd_nsid" --data-len=4096 --read --raw-binary |
        head -c 256 | bytes 256 | awk '
            function le(at, n,    v) {
                v = 0
                while (n-- > 0) { v = v * 256 + $(at + n + 1) }
                return v
            }
            function set(name, at, n) { printf "%s=%d\n", name, le(at, n) }
            NF == 256 {
                set("version", 0, 1)
                set("grp_bits", 8, 1); set("pu_bits", 9, 1)
                set("chk_bits", 10, 1); set("lb_bits", 11, 1)
                set("mccap", 16, 4); set("wit", 32, 1)
                set("num_grp", 64, 2); set("num_pu", 66, 2)
                set("num_chk", 68, 4); set("clba", 72, 4)
                set("ws_min", 128, 4); set("ws_opt", 132, 4)
                set("mw_cunits", 136, 4)
                set("maxoc", 140, 4); set("maxocpu", 144, 4)
                set("trdt", 192, 4); set("trdm", 196, 4)
                set("twrt", 200, 4); set("twrm", 204, 4)
                set("tcrst", 208, 4); set("tcrsm", 212, 4)
            }')
    eval "${ocssd_fields:-version=0}"
    if [ "$version" -ne 2 ]; then
        echo "$1 is no open-channel namespace: it has no 2.0 geometry" >&2
        return 1
    fi
    chunks=$((num_grp * num_pu * num_chk))
    block=$(cat "/sys/block/${1##*/}/queue/logical_block_size")
}

ocssd_chunks() {
    quietly nvme get-log "$ocssd_ctrl" --namespace-id="$ocssd_nsid" \
        --log-id=0xca --lpo=$((${1:-0} * 32)) \
        --log-len=$((${2:-$chunks} * 32)) --raw-binary | bytes 32 | awk -v first="${1:-0}" '
            function le(at, n,    v) {
                v = 0
                while (n-- > 0) { v = v * 256 + $(at + n + 1) }
                return v
            }
            { printf "%d %d %d %d %.0f %.0f %.0f\n", first + NR - 1, $1, $2,
                     $3, le(8, 8), le(16, 8), le(24, 8) }'
}

ocssd_lba() {
    echo $(((((($1 << pu_bits) | $2) << chk_bits | $3) << lb_bits) | $4))
}

ocssd_chunk_lba() {
    ocssd_lba $(($1 / num_chk / num_pu)) $(($1 / num_chk % num_pu)) \
        $(($1 % num_chk)) 0
}

ocssd_reset() {
    quietly nvme io-passthru "$ocssd_ns" --opcode=0x90 \
        --namespace-id="$ocssd_nsid" --cdw10=$(($1 & 0xffffffff)) \
        --cdw11=$(($1 >> 32)) --cdw12=0
}

ocssd_state() {
    case $1 in
    1) echo Free ;;
    2) echo Closed ;;
    4) echo Open ;;
    8) echo Offline ;;
    *) echo "state $1" ;;
    esac
}
