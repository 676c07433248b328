# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # results are for who sources it
#
# The small Linux guest: a kernel and an initial RAM disk, made from Debian 13
# packages that are only unpacked, never installed.  No root, no loop mounts.
# Source it after common.sh.
#
#   ocpn_guest_image            make the guest; sets OCPN_GUEST_KERNEL and
#                               OCPN_GUEST_INITRD to the two files
#   ocpn_guest_cc OUT SRC...    compile a C program for the guest
#   ocpn_guest_conform          build tests/guest/conform; sets
#                               OCPN_GUEST_CONFORM to the program's file
#   ocpn_guest_stress           the same with tests/guest/stress
#
# scripts/lib/guest-nvme.sh, which this sources, fetches more versions of
# nvme-cli for it.
#
# The RAM disk is two cpio archives, one after the other: the base (packages;
# keyed by their versions) and the overlay (our scripts and the conformance
# program; keyed by their content).  Editing a script costs a second.
#
# Package versions are looked up when the list of programs below changes, or
# when OCP_NVME_GUEST_REFRESH is set; a machine without network can go on
# using the guest it has.

. "$OCPN_TOP/scripts/lib/guest-nvme.sh"

OCPN_GUEST_SUITE=trixie

# What the guest runs; the libraries they need are found by themselves.  The
# cloud kernel has the NVMe driver, ext4 and the serial console built in.
OCPN_GUEST_PACKAGES=(linux-image-cloud-amd64 busybox-static kmod nvme-cli fio
                     smartmontools e2fsprogs jq)
OCPN_GUEST_DEV_PACKAGES=(libnvme-dev libcunit1-dev)
OCPN_GUEST_PROGRAMS=(usr/bin/kmod usr/sbin/nvme usr/bin/fio usr/sbin/smartctl
                     usr/sbin/mke2fs usr/sbin/e2fsck usr/sbin/dumpe2fs
                     usr/bin/jq)
# For programs that are added later, ocp-nvme-conform above all.
OCPN_GUEST_LIBRARIES=(libnvme.so.1 libcunit.so.1 libuuid.so.1)
# By name, with what they depend on; those built into the kernel are skipped.
OCPN_GUEST_MODULES=(qemu_fw_cfg nvme ext4 crc32c-intel uio_pci_generic vfio-pci
                    nvme-fabrics nvmet nvme-loop)

OCPN_GUEST_LIBDIR=usr/lib/x86_64-linux-gnu

# Print the package files that make the guest, one a line.  Of everything that
# Debian would install along with the programs, only libraries are of use here.
guest_package_files() {
    local wanted
    wanted=$(printf '%s|' "${OCPN_GUEST_PACKAGES[@]}" \
                          "${OCPN_GUEST_DEV_PACKAGES[@]}")
    ocpn_apt "$OCPN_GUEST_SUITE" -qq -y --print-uris --no-install-recommends \
        install "${OCPN_GUEST_PACKAGES[@]}" "${OCPN_GUEST_DEV_PACKAGES[@]}" |
        awk -v wanted="${wanted%|}" '
            $2 ~ "^(" wanted ")_" { print $2; next }
            $2 ~ /^(linux-image-[0-9]|lib|zlib1g)/ &&
            $2 !~ /^lib(python|perl|systemd-shared)|-dev_/ { print $2 }' |
        LC_ALL=C sort
}

# Fetch the package files of the list $1 that are not in the folder $2.
guest_download() {
    local file name version missing=()

    while read -r file; do
        if [ ! -e "$2/$file" ]; then
            name=${file%%_*}
            version=${file#*_}
            version=${version%_*}
            missing+=("$name=${version//%3a/:}")
        fi
    done <"$1"
    if [ ${#missing[@]} -gt 0 ]; then
        ocpn_apt_download "$OCPN_GUEST_SUITE" "$2" "${missing[@]}"
    fi
}

# Unpack the package files of the list $1, found in $2, into $3.
guest_unpack() {
    local file

    rm -rf "$3.new"
    while read -r file; do
        ocpn_apt_extract "$3.new" "$2/$file"
    done <"$1"
    rm -rf "$3"
    mv "$3.new" "$3"
}

# Print the file of the shared library $2 below the root $1.  Some packages
# keep private libraries in a folder of their own.
guest_library() {
    local file

    for file in "$1/$OCPN_GUEST_LIBDIR/$2" "$1/$OCPN_GUEST_LIBDIR"/*/"$2"; do
        if [ -e "$file" ]; then
            printf '%s\n' "${file#"$1/"}"
            return 0
        fi
    done
    return 1
}

# Print the shared libraries that the files in $@ need, and those that the
# libraries need.  Paths are relative to the root $1.
guest_needed() {
    local root=$1 file name library
    local -A seen=()
    shift

    while [ $# -gt 0 ]; do
        file=$1
        shift
        while read -r name; do
            if [ -n "${seen[$name]:-}" ]; then
                continue
            fi
            seen[$name]=1
            library=$(guest_library "$root" "$name") ||
                die "the guest's $file needs $name, which is in none of the" \
                    "packages that were unpacked below $root"
            printf '%s\n' "$library"
            set -- "$@" "$library"
        done < <(readelf -d "$root/$file" |
                 sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
    done
}

# Run a kmod program of the guest, on this machine: `guest_kmod ROOT depmod
# ARGUMENT...`.  The guest's C library may be newer than ours.
guest_kmod() {
    local root=$1 name=$2
    shift 2

    "$root/$OCPN_GUEST_LIBDIR/ld-linux-x86-64.so.2" --argv0 "$name" \
        --library-path "$root/$OCPN_GUEST_LIBDIR" "$root/usr/bin/kmod" "$@"
}

# Copy the wanted kernel modules, and those they depend on, from $1 to $2.
guest_modules() {
    local root=$1 stage=$2 version from to module file

    version=$(ls "$root/usr/lib/modules")
    from=$root/usr/lib/modules/$version
    to=$stage/usr/lib/modules/$version
    guest_kmod "$root" depmod -b "$root/usr" "$version"
    mkdir -p "$to"
    cp "$from"/modules.{builtin,builtin.modinfo,order} "$to"
    for module in "${OCPN_GUEST_MODULES[@]}"; do
        awk -v module="${module//-/[-_]}" '
            $1 ~ "/" module "[.]ko[.a-z]*:$" {
                sub(":", "", $1)
                for (i = 1; i <= NF; i++) { print $i }
            }' "$from/modules.dep"
    done | sort -u | while read -r file; do
        install -D -m 644 "$from/$file" "$to/$file"
    done
    guest_kmod "$root" depmod -b "$stage/usr" "$version"
}

# Lay out in $2 what the guest's root holds, from the unpacked packages in $1.
guest_stage() {
    local root=$1 stage=$2 file name

    rm -rf "$stage"
    mkdir -p "$stage"/{dev,proc,sys,run,tmp,mnt,root,etc,tests} \
        "$stage"/usr/{bin,sbin,lib64} "$stage/$OCPN_GUEST_LIBDIR"
    for name in bin sbin lib lib64; do
        ln -s "usr/$name" "$stage/$name"
    done
    install "$root/usr/bin/busybox" "$stage/usr/bin/busybox"
    "$stage/usr/bin/busybox" --list | grep -vx busybox | while read -r name; do
        ln -s busybox "$stage/usr/bin/$name"
    done
    for file in "${OCPN_GUEST_PROGRAMS[@]}"; do
        rm -f "$stage/usr/bin/${file##*/}"
        install "$root/$file" "$stage/$file"
    done
    for name in insmod lsmod modinfo modprobe rmmod depmod; do
        ln -sf kmod "$stage/usr/bin/$name"
    done
    ln -s mke2fs "$stage/usr/sbin/mkfs.ext4"
    ln -s e2fsck "$stage/usr/sbin/fsck.ext4"
    cp "$root/etc/mke2fs.conf" "$stage/etc/"
    { printf "$OCPN_GUEST_LIBDIR/%s\n" "${OCPN_GUEST_LIBRARIES[@]}"
      guest_needed "$root" "${OCPN_GUEST_PROGRAMS[@]}" \
          "${OCPN_GUEST_LIBRARIES[@]/#/$OCPN_GUEST_LIBDIR/}"
    } | sort -u | while read -r file; do
        install -D -m 644 "$root/$file" "$stage/$file"
    done
    chmod 755 "$stage/$OCPN_GUEST_LIBDIR/ld-linux-x86-64.so.2"
    ln -s "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
        "$stage/usr/lib64/ld-linux-x86-64.so.2"
    guest_modules "$root" "$stage"
}

# Pack the folder $1 into the cpio archive $2, owned by root.
guest_pack() {
    ( cd "$1" && find . | LC_ALL=C sort |
      cpio --create --quiet --format=newc --owner=0:0 --reproducible ) \
        >"$2.new"
    mv "$2.new" "$2"
}

# Fill the folder $1 with the kernel, the unpacked packages and the base.
guest_base_build() {
    local dir=$1

    guest_unpack "$dir/packages" "$(ocpn_cache guest/debs)" "$dir/root"
    guest_stage "$dir/root" "$dir/stage"
    cp "$dir"/root/boot/vmlinuz-* "$dir/vmlinuz"
    guest_pack "$dir/stage" "$dir/base.cpio"
    rm -rf "$dir/stage"
    touch "$dir/complete"
}

# Set OCPN_GUEST_BASE to the folder that holds the kernel, the unpacked
# packages (root/) and base.cpio, after making it.
guest_base() {
    local top recipe list key

    if [ -n "${OCPN_GUEST_BASE:-}" ]; then
        return 0
    fi
    top=$(ocpn_cache guest)
    recipe=$(declare -p OCPN_GUEST_SUITE OCPN_GUEST_PACKAGES \
                 OCPN_GUEST_DEV_PACKAGES OCPN_GUEST_PROGRAMS \
                 OCPN_GUEST_LIBRARIES OCPN_GUEST_MODULES
             declare -f guest_package_files guest_stage guest_modules)
    recipe=$(printf '%s\n' "$recipe" | ocpn_hash)
    if [ -z "${OCP_NVME_GUEST_REFRESH:-}" ] &&
       [ -e "$top/recipe-$recipe/complete" ]; then
        OCPN_GUEST_BASE=$(readlink -f "$top/recipe-$recipe")
        return 0
    fi
    need_packages binutils cpio gcc libc6-dev

    list=$top/packages-$recipe
    with_progress "look up the guest's packages" guest_list "$list"
    key=$(cat "$list" <(printf '%s\n' "$recipe") | ocpn_hash)
    if [ ! -e "$top/base-$key/complete" ]; then
        mkdir -p "$top/base-$key"
        cp "$list" "$top/base-$key/packages"
        with_progress "download the guest's packages" \
            guest_download "$list" "$(ocpn_cache guest/debs)"
        with_progress "make the guest" guest_base_build "$top/base-$key"
    fi
    ln -sfn "base-$key" "$top/recipe-$recipe"
    OCPN_GUEST_BASE=$top/base-$key
}

guest_list() {
    guest_package_files >"$1.new"
    grep -q '^linux-image-[0-9]' "$1.new" ||
        die "the Debian archive of this machine offers no kernel for" \
            "$OCPN_GUEST_SUITE"
    mv "$1.new" "$1"
}

# ocpn_guest_cc OUT SOURCE...
#
# Compile C sources into the program OUT for the guest, against Debian 13's
# libnvme and CUnit and this machine's C library (the guest's is not older).
# Arguments that start with a dash go to the compiler.
ocpn_guest_cc() {
    local out=$1 lib
    shift

    with_lock guest guest_base
    lib=$OCPN_GUEST_BASE/root/$OCPN_GUEST_LIBDIR
    # shellcheck disable=SC2086  # CC may be "ccache gcc"
    ${CC:-gcc} -std=gnu11 -O2 -g -Wall -Wextra -Werror \
        -Wno-missing-field-initializers -Wno-format-truncation -o "$out" \
        -I "$OCPN_TOP/include" -isystem "$OCPN_GUEST_BASE/root/usr/include" \
        "$@" -L "$lib" -Wl,-rpath-link,"$lib" -Wl,--allow-shlib-undefined \
        -lnvme -lcunit
}

# Build the program ocp-nvme-$1 from tests/guest/$1/*.c if its sources changed.
# Sets guest_program to its file, to an empty string if there are no sources.
guest_program() {
    local dir sources=("$OCPN_TOP/tests/guest/$1"/*.c) key

    guest_program=
    if [ ! -e "${sources[0]}" ]; then
        return 0
    fi
    with_lock guest guest_base
    key=$(cat "$OCPN_TOP/tests/guest/$1"/*.[ch] \
              "$OCPN_TOP"/include/hw/ocp-nvme/spec/*.h 2>/dev/null |
          cat - <(declare -f ocpn_guest_cc) | ocpn_hash)
    dir=$OCPN_GUEST_BASE/$1-$key
    if [ ! -e "$dir/ocp-nvme-$1" ]; then
        mkdir -p "$dir"
        with_progress "compile ocp-nvme-$1" \
            ocpn_guest_cc "$dir/ocp-nvme-$1.new" "${sources[@]}" || return 1
        mv "$dir/ocp-nvme-$1.new" "$dir/ocp-nvme-$1"
    fi
    guest_program=$dir/ocp-nvme-$1
}

# ocpn_guest_conform, ocpn_guest_stress
#
# Build these programs.  Set OCPN_GUEST_CONFORM and OCPN_GUEST_STRESS.
ocpn_guest_conform() {
    guest_program conform
    OCPN_GUEST_CONFORM=$guest_program
}

ocpn_guest_stress() {
    guest_program stress
    OCPN_GUEST_STRESS=$guest_program
}

# Write base and overlay, one after the other, to the file $1.
guest_initrd_build() {
    local stage=$1.stage guest=$OCPN_TOP/tests/guest

    rm -rf "$stage"
    mkdir -p "$stage"/{etc,tests,usr/bin}
    install "$guest/init" "$stage/init"
    install -m 644 "$guest/profile" "$stage/etc/profile"
    install "$guest"/bin/* "$stage/usr/bin/"
    install "$guest"/*.test "$stage/tests/"
    install -m 644 "$guest"/*.sh "$stage/tests/"
    if [ -n "$OCPN_GUEST_CONFORM" ]; then
        install "$OCPN_GUEST_CONFORM" "$stage/usr/bin/"
    fi
    if [ -n "$OCPN_GUEST_STRESS" ]; then
        install "$OCPN_GUEST_STRESS" "$stage/usr/bin/"
    fi
    guest_nvme_stage "$stage"
    guest_pack "$stage" "$1.overlay"
    cat "$OCPN_GUEST_BASE/base.cpio" "$1.overlay" >"$1.new"
    rm -rf "$stage" "$1.overlay"
    mv "$1.new" "$1"
}

guest_image() {
    local guest=$OCPN_TOP/tests/guest key

    guest_base
    key=$(cat "$guest/init" "$guest/profile" "$guest"/bin/* "$guest"/*.test \
              "$guest"/*.sh ${OCPN_GUEST_CONFORM:+"$OCPN_GUEST_CONFORM"} \
              ${OCPN_GUEST_STRESS:+"$OCPN_GUEST_STRESS"} |
          cat - <(cd "$guest" && ls -- *.test *.sh bin
                  guest_nvme_key
                  declare -f guest_initrd_build guest_nvme_stage) | ocpn_hash)
    OCPN_GUEST_KERNEL=$OCPN_GUEST_BASE/vmlinuz
    OCPN_GUEST_INITRD=$OCPN_GUEST_BASE/initrd-$key
    if [ ! -e "$OCPN_GUEST_INITRD" ]; then
        # Others may be using theirs: only what nobody wanted for a day goes.
        find "$OCPN_GUEST_BASE" -maxdepth 1 -name 'initrd-*' -mmin +1440 \
             -delete
        guest_initrd_build "$OCPN_GUEST_INITRD"
    fi
}

# ocpn_guest_image
#
# Make the guest, or find that it is made.  Sets OCPN_GUEST_KERNEL and
# OCPN_GUEST_INITRD.  Takes some 20 seconds and 80 MB of downloads at first, a
# tenth of a second later.
ocpn_guest_image() {
    with_lock guest guest_base
    ocpn_guest_conform
    ocpn_guest_stress
    with_lock guest ocpn_guest_nvmes
    with_lock guest guest_image
}
