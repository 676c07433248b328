# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The build without QEMU: the core as a library, its unit tests, ocp-nvme-img.
# Sourced by scripts/build after common.sh and qemu.sh.

# shellcheck disable=SC2034  # used by scripts/build
OCPN_CORE_PACKAGES=(build-essential ninja-build pkgconf python3
                    debian-archive-keyring libglib2.0-dev libcunit1-dev libpng-dev)

# shellcheck disable=SC2034
OCPN_FUZZ_PACKAGES=(build-essential ninja-build pkgconf python3
                    debian-archive-keyring clang libclang-rt-dev)

# The part of a folder's name that says with what it is built: nothing for what
# people mostly want.
ocpn_core_kind() {          # yes|no|thread|coverage
    case $1 in
    yes)      printf -- '-sanitize' ;;
    thread)   printf -- '-tsan' ;;
    coverage) printf -- '-coverage' ;;
    esac
}

ocpn_core_configure() {     # BUILD yes|no|thread|coverage
    local flags=(--buildtype=debugoptimized)

    case $2 in
    yes)      flags+=('-Db_sanitize=address,undefined' -Db_lundef=false) ;;
    thread)   flags+=('-Db_sanitize=thread' -Db_lundef=false
                     -Dtools=disabled) ;;
    coverage) flags=(--buildtype=plain -Db_coverage=true) ;;
    esac
    rm -rf "$1"
    meson setup "${flags[@]}" "$1" "$OCPN_TOP"
    : >"$1/.configured"
}

# Build it, with what $1 says (see ocpn_core_kind), in $2 jobs; sets
# OCPN_CORE_BUILD.
ocpn_core_build() {
    local key kind targets=()
    kind=$(ocpn_core_kind "$1")
    # TSan has nothing to say about programs that make no threads.
    [ "$1" != thread ] || targets=(race)

    key=$( { printf '%s\n' "$OCPN_TOP" "$1"
             meson --version
             gcc --version | head -n 1; } | ocpn_hash)
    OCPN_CORE_BUILD=$OCPN_CACHE/build/core$kind-$key
    if [ ! -e "$OCPN_CORE_BUILD/.configured" ]; then
        mkdir -p "$OCPN_CACHE/build"
        with_progress "configure core$kind" \
            ocpn_core_configure "$OCPN_CORE_BUILD" "$1"
    fi
    with_progress "compile core$kind" ninja -C "$OCPN_CORE_BUILD" -j "$2" \
        "${targets[@]}"
}

# gcc's warnings are errors; clang's, of which there are others, are not.
ocpn_fuzz_configure() {     # BUILD
    rm -rf "$1"
    CC=clang meson setup -Dfuzz=true -Dtools=disabled -Dunit_tests=disabled \
        -Dwerror=false "$1" "$OCPN_TOP"
    : >"$1/.configured"
}

# Build the fuzz targets, in $1 jobs; sets OCPN_FUZZ_BUILD.
ocpn_fuzz_build() {
    local key
    key=$( { printf '%s\n' "$OCPN_TOP"
             meson --version
             clang --version | head -n 1; } | ocpn_hash)
    OCPN_FUZZ_BUILD=$OCPN_CACHE/build/fuzz-$key
    if [ ! -e "$OCPN_FUZZ_BUILD/.configured" ]; then
        mkdir -p "$OCPN_CACHE/build"
        with_progress "configure fuzz" ocpn_fuzz_configure "$OCPN_FUZZ_BUILD"
    fi
    with_progress "compile fuzz" ninja -C "$OCPN_FUZZ_BUILD" -j "$1"
}
