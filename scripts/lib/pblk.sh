# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A Linux with lightnvm and pblk, the host that open-channel drives had from
# 4.17 to 5.14: Debian 11's 5.10, with little more than tests/guest/pblk/
# kernel.config asks for.  Source it after common.sh.
#
#   ocpn_pblk_kernel            make it; sets OCPN_PBLK_KERNEL to its file and
#                               OCPN_PBLK_VERSION to its version
#
#   cache/pblk/source/          Debian's source package, 124 MB
#   cache/pblk/kernel-KEY/      vmlinuz, config
#
# KEY is made of what went in.  The source is fetched once, and again when
# OCP_NVME_GUEST_REFRESH is set.  Building takes some 2 GB below the cache for
# as long as it lasts, and a few minutes.

OCPN_PBLK_SUITE=bullseye
OCPN_PBLK_PACKAGES=(bc bison build-essential dpkg-dev flex xz-utils)

pblk_source_fetch() {   # FOLDER
    rm -rf "$1.new"
    mkdir -p "$1.new"
    ( cd "$1.new" &&
      ocpn_apt_source "$OCPN_PBLK_SUITE" -q -o APT::Status-Fd=1 \
          source --download-only linux )
    rm -rf "$1"
    mv "$1.new" "$1"
}

pblk_source_unpack() {  # DSC FOLDER
    rm -rf "$2"
    mkdir -p "$(dirname "$2")"
    # apt has checked every file against the signed list.
    dpkg-source --no-check --extract "$1" "$2"
    # Nobody maintained lightnvm any more, so it depends on BROKEN.
    sed -i 's/depends on BLOCK && BROKEN/depends on BLOCK/' \
        "$2/drivers/lightnvm/Kconfig"
    # The check of stack frames is compiled against libelf; it changes nothing
    # that this kernel does.
    sed -i '/select HAVE_STACK_VALIDATION/d' "$2/arch/x86/Kconfig"
}

# Die if a row of the configuration $1 is not in the kernel's own, $2.
pblk_config_check() {
    local row

    while read -r row; do
        grep -qx "$row" "$2" ||
            die "$row of $1 did not come through; something it depends on is" \
                "missing there"
    done < <(grep '^CONFIG_' "$1")
}

pblk_compile() {        # SOURCE BUILD CONFIG
    local run=(make -C "$1" "O=$2" -j "$(ocpn_jobs)")

    rm -rf "$2"
    mkdir -p "$2"
    "${run[@]}" KCONFIG_ALLCONFIG="$3" allnoconfig
    pblk_config_check "$3" "$2/.config"
    "${run[@]}" KBUILD_BUILD_TIMESTAMP=@0 bzImage
}

pblk_kernel_make() {
    local top config=$OCPN_TOP/tests/guest/pblk/kernel.config dsc key dir temp
    top=$(ocpn_cache pblk)

    if [ ! -d "$top/source" ] || [ -n "${OCP_NVME_GUEST_REFRESH:-}" ]; then
        need_packages "${OCPN_PBLK_PACKAGES[@]}"
        with_progress "source of Linux 5.10 (124 MB)" \
            pblk_source_fetch "$top/source"
    fi
    dsc=$(echo "$top"/source/linux_5.10.*.dsc)
    key=$( { cat "$dsc" "$config"
             declare -f pblk_source_unpack pblk_compile
             gcc --version | head -n 1; } | ocpn_hash)
    dir=$top/kernel-$key
    if [ ! -e "$dir/vmlinuz" ]; then
        need_packages "${OCPN_PBLK_PACKAGES[@]}"
        temp=$top/build-$key
        with_progress "unpack Linux 5.10" \
            pblk_source_unpack "$dsc" "$temp/source"
        with_progress "compile Linux 5.10 with pblk" \
            pblk_compile "$temp/source" "$temp/build" "$config"
        mkdir -p "$dir"
        cp "$temp/build/.config" "$dir/config"
        cp "$temp/build/arch/x86/boot/bzImage" "$dir/vmlinuz.new"
        mv "$dir/vmlinuz.new" "$dir/vmlinuz"
        rm -rf "$temp"
    fi
    OCPN_PBLK_KERNEL=$dir/vmlinuz
    OCPN_PBLK_VERSION=$(basename "$dsc" .dsc)
    OCPN_PBLK_VERSION=${OCPN_PBLK_VERSION#linux_}
}

ocpn_pblk_kernel() {
    with_lock pblk pblk_kernel_make
}
