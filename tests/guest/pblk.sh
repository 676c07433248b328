# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2086
#
# For the tests of lightnvm and pblk in the guest.  Source it after tap.sh.
#
#   pblk_create [-f]      make the target over all units; -f: forget what is
#                         on the drive, otherwise recover it
#   pblk_remove           take it away
#   pblk_area write|read  write data with checksums behind the file system, or
#                         verify them
#   pblk_sound            report that neither pblk nor the kernel complained
#
# The first 128 MiB of the target are for a file system, the next 144 MiB for
# checksums, the rest is free.

lnvm=nvme-1.12
drive=nvme0n1
target=pblk0
dev=/dev/$target
stats=/sys/block/$target/pblk
fs_size=128m
dir=/mnt

# The first of the two files that is there: version 1.2 has other names.
pblk_fact() {
    cat /sys/block/$drive/lightnvm/$1 2>/dev/null ||
        cat /sys/block/$drive/lightnvm/$2
}

pblk_units() {
    echo $(($(pblk_fact groups num_channels) * $(pblk_fact punits num_luns)))
}

pblk_create() {
    $lnvm lnvm create -d $drive -n $target -t pblk -b 0 \
        -e $(($(pblk_units) - 1)) "$@" && test -b $dev
}

pblk_remove() {
    $lnvm lnvm remove -n $target && test ! -e $dev
}

pblk_fio() {
    fio --filename=$dev --direct=1 --verify=crc32c --verify_fatal=1 \
        --verify_state_save=0 --randrepeat=1 --ioengine=libaio --iodepth=32 \
        --output-format=terse "$@"
}

pblk_area() {
    pblk_how=--verify_only
    if [ "$1" = write ]; then
        pblk_how=--do_verify=1
    fi
    pblk_fio $pblk_how --name=large --rw=write --bs=128k --offset=128m \
        --size=128m &&
        pblk_fio $pblk_how --name=small --rw=randwrite --bs=4k --offset=256m \
            --size=16m
}

# Call it while there is a target.
pblk_sound() {
    is "pblk counts no errors" \
        "$(tr -d '\n' <$stats/errors | tr ',' '\n' | grep -v '=0$')" ""
    is "no complaint in the kernel log" "$(dmesg |
        grep '^\(nvme\|nvm:\|pblk\|blk_update\|EXT4\|Buffer\|BUG\|WARN\)' |
        grep -i 'error\|fail\|could not\|timeout\|abort\|corrupt\|BUG\|WARN')" ""
}
