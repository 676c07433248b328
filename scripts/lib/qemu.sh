# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A QEMU with the device: its source, the tree the device is attached to, the
# build.  Sourced by scripts/build after common.sh.
#
#   cache/source/qemu-V/           what was unpacked; never changed
#   cache/tree/qemu-V-KEY/         links to the source, patched, with the
#                                  device's folders linked in from the checkout
#   cache/build/qemu-V-KEY/        meson's build folder
#
# KEY is made of what went in, so a folder is either current or not looked at.

# The series of Debian that carry a version, the likeliest first.
ocpn_qemu_suites() {
    case $1 in
    10.0) echo trixie ;;
    10.2) echo sid forky trixie-backports ;;
    *)    die "--qemu $1: known versions are 10.0 and 10.2" ;;
    esac
}

OCPN_QEMU_SITE=https://download.qemu.org

# What QEMU needs beside the core's packages: libraries, firmware, unpacking.
# shellcheck disable=SC2034  # used by scripts/build
OCPN_QEMU_PACKAGES=(
    dpkg-dev patch xz-utils ca-certificates python3-venv
    libpixman-1-dev libslirp-dev libaio-dev liburing-dev
    libfdt-dev libzstd-dev libncurses-dev zlib1g-dev
    seabios ipxe-qemu qemu-system-data
)

# What people run: KVM and TCG, user networking, native and io_uring AIO, VNC
# and curses; a fixed list, so that two machines build the same thing.
OCPN_QEMU_CONFIGURE=(
    --python=/usr/bin/python3
    --target-list=x86_64-softmmu
    --without-default-features
    --disable-docs --disable-download --disable-install-blobs --disable-werror
    --firmwarepath=/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu
    --enable-tcg --enable-kvm --enable-tools --enable-fdt=system
    --enable-linux-aio --enable-linux-io-uring --enable-zstd
    --enable-slirp --enable-pixman --enable-vnc --enable-curses --enable-iconv
    --enable-attr --enable-virtfs --enable-multiprocess
    --enable-vhost-kernel --enable-vhost-net --enable-vhost-user
    --enable-vhost-user-blk-server --enable-coroutine-pool
)

# With sanitizers, by clang: what the tests need and no more, for it compiles
# slowly.  It has qemu-fuzz-x86_64 beside qemu-system-x86_64.
# shellcheck disable=SC2034  # used by scripts/build
OCPN_QEMU_SANITIZE_PACKAGES=(clang libclang-rt-dev)
OCPN_QEMU_CONFIGURE_SANITIZE=(
    --python=/usr/bin/python3 --cc=clang
    --target-list=x86_64-softmmu
    --without-default-features --without-default-devices
    --with-devices-x86_64=../../../hw/block/ocp-nvme/small
    --disable-docs --disable-download --disable-install-blobs --disable-werror
    --firmwarepath=/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu
    --enable-tcg --enable-tools --enable-fdt=system
    --enable-linux-aio --enable-linux-io-uring --enable-zstd
    --enable-fuzzing --enable-asan --enable-ubsan
    --disable-debug-info -Doptimization=1 --extra-cflags=-gline-tables-only
)

#
# Meson.  QEMU wants 1.5, Debian 12 has 1.0; its backport needs no installing.
#

# Unpack it into folder $1, with a `meson` that finds its modules by itself.
ocpn_meson_unpack() {
    rm -rf "$1.new"
    ocpn_apt_download bookworm-backports "$1.new/deb" meson
    ocpn_apt_extract "$1.new" "$1.new"/deb/meson_*.deb
    mkdir "$1.new/bin"
    cat >"$1.new/bin/meson" <<EOF
#!/usr/bin/python3
import sys
sys.path.insert(0, '$1/usr/lib/python3/dist-packages')
from mesonbuild.mesonmain import main
sys.exit(main())
EOF
    chmod +x "$1.new/bin/meson"
    rm -rf "$1"
    mv "$1.new" "$1"
}

# Make `meson` a recent one in this script.  Sets OCPN_MESON_PATH, the folder
# of its Python modules, to nothing if it is the system's.
ocpn_use_meson() {
    local have dir=$OCPN_CACHE/meson
    have=$(/usr/bin/meson --version 2>/dev/null || true)

    OCPN_MESON_PATH=
    if [ -n "$have" ] && dpkg --compare-versions "$have" ge 1.5; then
        return 0
    fi
    if [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" != bookworm ]
    then
        need_packages meson
        return 0
    fi
    [ -x "$dir/bin/meson" ] ||
        with_progress "meson from bookworm-backports" ocpn_meson_unpack "$dir"
    OCPN_MESON_PATH=$dir/usr/lib/python3/dist-packages
    PATH=$dir/bin:$PATH
}

#
# The source
#

# Print the newest source version of qemu in SUITE that belongs to release $2.
ocpn_qemu_version_in() {
    local conf
    conf=$(ocpn_apt_config "$1" deb-src) || return
    apt-cache -c "$conf" showsrc --only-source qemu |
        sed -n 's/^Version: //p' | grep -E "^1:${2//./\\.}\\." |
        sort -V | tail -n 1
}

# Unpack release $1 from Debian into folder $2.
ocpn_qemu_from_apt() {
    local suite version dir=$2.deb

    for suite in $(ocpn_qemu_suites "$1"); do
        version=$(ocpn_qemu_version_in "$suite" "$1") || version=
        [ -n "$version" ] || continue
        echo "found qemu $version in $suite"
        rm -rf "$dir"
        mkdir -p "$dir"
        if ( cd "$dir" &&
             ocpn_apt_source "$suite" -q -o APT::Status-Fd=1 \
                 source --download-only "qemu=$version" ); then
            rm -rf "$2"
            # apt has checked every file against the signed list.
            dpkg-source --no-check --extract "$dir"/qemu_*.dsc "$2" || return
            rm -rf "$dir"
            return 0
        fi
    done
    return 1
}

# Unpack release $1 from QEMU's own tarball into folder $2, if its checksum is
# the one in qemu.sha256.
ocpn_qemu_from_release() {
    local list=$OCPN_TOP/scripts/lib/qemu.sha256 sum file

    read -r sum file < <(grep "qemu-${1//./\\.}\\." "$list")
    rm -rf "$2" "$2.release"
    mkdir -p "$2" "$2.release"
    /usr/lib/apt/apt-helper -o APT::Status-Fd=1 -o APT::Sandbox::User= \
        download-file \
        "$OCPN_QEMU_SITE/$file" "$2.release/$file" "SHA256:$sum" ||
        return
    tar -C "$2" --strip-components=1 -xf "$2.release/$file"
    rm -rf "$2.release"
}

ocpn_qemu_unpack() {
    ocpn_qemu_from_apt "$1" "$2" || ocpn_qemu_from_release "$1" "$2"
}

# Set OCPN_QEMU_SOURCE and OCPN_QEMU_VERSION for release $1, fetching it once.
ocpn_qemu_source() {
    local dir version link=$OCPN_CACHE/source/$1

    if [ -n "${QEMU_SRC:-}" ]; then
        [ -e "$QEMU_SRC/VERSION" ] ||
            die "QEMU_SRC=$QEMU_SRC is not a QEMU source tree:" \
                "it has no file VERSION"
        OCPN_QEMU_SOURCE=$(cd "$QEMU_SRC" && pwd -P)
    else
        if [ ! -e "$link/VERSION" ]; then
            mkdir -p "$OCPN_CACHE/source"
            dir=$link.unpacked
            with_progress "QEMU $1 source" ocpn_qemu_unpack "$1" "$dir"
            version=$(cat "$dir/VERSION")
            rm -rf "$OCPN_CACHE/source/qemu-$version"
            mv "$dir" "$OCPN_CACHE/source/qemu-$version"
            ln -sfn "qemu-$version" "$link"
        fi
        OCPN_QEMU_SOURCE=$(readlink -f "$link")
    fi
    OCPN_QEMU_VERSION=$(cat "$OCPN_QEMU_SOURCE/VERSION")
}

#
# The tree
#

# The files of the source that the patches change.
ocpn_patched_files() {
    sed -n 's|^+++ b/||p' "$OCPN_TOP"/patches/*.patch
}

# Link every file of the source into tree $1; again on each run, so that files
# added to a QEMU_SRC are seen.  Left out: what only firmware builds need.
ocpn_tree_link() {
    local entry

    mkdir -p "$1"
    for entry in "$OCPN_QEMU_SOURCE"/*; do
        case ${entry##*/} in
        roms | debian | build*) ;;
        *) cp --archive --symbolic-link --no-clobber "$entry" "$1" 2>/dev/null ||
               true ;;
        esac
    done
}

# Apply the hooks to a tree, or with -R take them out; what is done already
# stays done.
ocpn_tree_hooks() {     # TREE [-R]
    local tree=$1 way=${2:---forward} back=-R patch
    local run=(patch -d "$tree" -p1 --fuzz=0 --force --no-backup-if-mismatch)
    [ "$way" != -R ] || back=--forward

    for patch in "$OCPN_TOP"/patches/*.patch; do
        if "${run[@]}" --dry-run "$way" <"$patch" >/dev/null; then
            "${run[@]}" "$way" <"$patch"
        elif ! "${run[@]}" --dry-run "$back" <"$patch" >/dev/null; then
            die "${patch##*/} does not fit QEMU $(cat "$tree/VERSION") in" \
                "$tree; it is made for 10.0 and 10.2"
        fi
    done
}

ocpn_tree_patch() {     # TREE
    local file

    for file in $(ocpn_patched_files); do
        cp --remove-destination "$OCPN_QEMU_SOURCE/$file" "$1/$file"
    done
    ocpn_tree_hooks "$1"
}

# Rows: a folder of the checkout, and where the patches expect it.
ocpn_tree_folders() {
    printf '%s\n' \
        "hw/block/ocp-nvme hw/block/ocp-nvme" \
        "include/hw/ocp-nvme include/hw/ocp-nvme" \
        "tests/fuzz tests/fuzz" \
        "tests/model tests/model" \
        "tests/qtest/ocp-nvme tests/qtest/ocp-nvme" \
        "docs docs/system/devices/ocp-nvme"
}

ocpn_tree_attach() {    # TREE
    local from to

    while read -r from to; do
        if [ -d "$1/$to" ] && [ ! -L "$1/$to" ]; then
            die "$1/$to is a folder and not a link; move it away"
        fi
        ln -sfn "$OCPN_TOP/$from" "$1/$to"
    done < <(ocpn_tree_folders)
}

ocpn_tree_detach() {    # TREE
    local from to

    while read -r from to; do
        [ ! -L "$1/$to" ] || rm "$1/$to"
    done < <(ocpn_tree_folders)
}

# Set OCPN_QEMU_TREE: the source with the device of this checkout in it.
ocpn_qemu_tree() {
    local key file
    key=$( { printf '%s\n' "$OCPN_TOP" "$OCPN_QEMU_SOURCE"
             cat "$OCPN_TOP"/patches/*.patch
             for file in $(ocpn_patched_files); do
                 cat "$OCPN_QEMU_SOURCE/$file"
             done; } | ocpn_hash)
    OCPN_QEMU_TREE=$OCPN_CACHE/tree/qemu-$OCPN_QEMU_VERSION-$key

    if [ ! -e "$OCPN_QEMU_TREE/.patched" ]; then
        rm -rf "$OCPN_QEMU_TREE"
        ocpn_tree_link "$OCPN_QEMU_TREE"
        with_progress "patch QEMU $OCPN_QEMU_VERSION" \
            ocpn_tree_patch "$OCPN_QEMU_TREE"
        : >"$OCPN_QEMU_TREE/.patched"
    elif [ -n "${QEMU_SRC:-}" ]; then
        ocpn_tree_link "$OCPN_QEMU_TREE"
    fi
    ocpn_tree_attach "$OCPN_QEMU_TREE"
}

#
# The build
#

ocpn_qemu_configure() {
    local modules

    rm -rf "$1"
    mkdir -p "$1"
    cd "$1" || return
    PYTHONPATH=$OCPN_MESON_PATH "$OCPN_QEMU_TREE/configure" \
        "${OCPN_QEMU_FLAGS[@]}"
    if [ -n "$OCPN_MESON_PATH" ]; then
        # For `ninja` without this script, which may run meson again.
        modules=$(echo pyvenv/lib/python3*/site-packages)
        echo "$OCPN_MESON_PATH" >"$modules/meson.pth"
    fi
    # QEMU run from its build folder looks for everything below qemu-bundle.
    mkdir -p qemu-bundle/usr
    ln -sfn /usr/share qemu-bundle/usr/share
    ln -sfn /usr/lib qemu-bundle/usr/lib
    : >.configured
}

# The programs to build, and the qtests of this checkout.
ocpn_qemu_targets() {
    printf '%s\n' qemu-system-x86_64 qemu-img qemu-io \
        storage-daemon/qemu-storage-daemon
    ninja -C "$OCPN_QEMU_BUILD" -t targets all |
        sed -n -e 's/^\(qemu-fuzz-x86_64\): c_LINKER.*/\1/p' \
            -e 's/^\(tests\/qtest\/ocp-nvme\/[^:\/]*\): c_LINKER.*/\1/p'
}

ocpn_qemu_compile() {
    local targets
    # Meson may have to run first, to learn of new qtests.
    ninja -C "$OCPN_QEMU_BUILD" build.ninja
    mapfile -t targets < <(ocpn_qemu_targets)
    ninja -C "$OCPN_QEMU_BUILD" -j "$1" "${targets[@]}"
}

# Build it, with sanitizers if $1 is yes, in $2 jobs; sets OCPN_QEMU_BUILD.
ocpn_qemu_build() {
    local key kind= compiler=gcc

    OCPN_QEMU_FLAGS=("${OCPN_QEMU_CONFIGURE[@]}" --disable-debug-info)
    if [ "$1" = yes ]; then
        kind=-sanitize
        compiler=clang
        OCPN_QEMU_FLAGS=("${OCPN_QEMU_CONFIGURE_SANITIZE[@]}")
    fi
    key=$( { printf '%s\n' "$OCPN_QEMU_TREE" "${OCPN_QEMU_FLAGS[@]}"
             "$compiler" --version | head -n 1; } | ocpn_hash)
    OCPN_QEMU_BUILD=$OCPN_CACHE/build/qemu-$OCPN_QEMU_VERSION$kind-$key

    if [ ! -e "$OCPN_QEMU_BUILD/.configured" ]; then
        with_progress "configure QEMU $OCPN_QEMU_VERSION$kind" \
            ocpn_qemu_configure "$OCPN_QEMU_BUILD"
    fi
    with_progress "compile QEMU $OCPN_QEMU_VERSION$kind" ocpn_qemu_compile "$2"
}
