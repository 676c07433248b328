# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034  # results are for who sources it
#
# Versions of nvme-cli that the guest has beside Debian 13's.  Sourced by
# guest.sh.
#
#   ocpn_guest_nvmes            fetch them, or find that they are there.  Sets
#                               OCPN_GUEST_LNVM to nvme-cli 1.12's file and
#                               OCPN_GUEST_NVMES to the names of the others;
#                               what this machine's Debian archive does not
#                               offer is left out: then the guest is made
#                               without, and the tests that need it fail
#
# Each is fetched once; OCP_NVME_GUEST_REFRESH looks for newer ones.
#
# OCP_NVME_GUEST_NVMES, words NAME=FILE, adds builds of your own: FILE, a
# program of this machine, is NAME in the guest.

# Debian 11's nvme-cli is 1.12: 2.0 dropped `nvme lnvm`.  It needs the C library
# and libuuid, which the guest has; there it is called nvme-1.12.
OCPN_GUEST_LNVM_SUITE=bullseye

# What it is called in the guest, and whose it is.  These have their libraries,
# the C library and its loader included, in a folder of their own.
OCPN_GUEST_NVME_SUITES=(nvme-2.3:bookworm nvme-new:sid)

guest_lnvm_fetch() {    # FOLDER
    rm -rf "$1.new"
    ocpn_apt_download "$OCPN_GUEST_LNVM_SUITE" "$1.new" nvme-cli &&
        ocpn_apt_extract "$1.new" "$1.new"/nvme-cli_1.12-*.deb || return
    rm -rf "$1"
    mv "$1.new" "$1"
}

# ocpn_guest_lnvm: fetch nvme-cli 1.12 once; sets OCPN_GUEST_LNVM.
ocpn_guest_lnvm() {
    local dir=$OCPN_CACHE/guest/lnvm

    OCPN_GUEST_LNVM=
    if [ ! -e "$dir/usr/sbin/nvme" ] &&
       ! with_progress "nvme-cli 1.12 of Debian 11" guest_lnvm_fetch "$dir"
    then
        warn "the Debian archive of this machine does not offer nvme-cli 1.12" \
            "of $OCPN_GUEST_LNVM_SUITE; the guest goes without nvme-1.12"
        return 0
    fi
    OCPN_GUEST_LNVM=$dir/usr/sbin/nvme
}

# Print nvme-cli of the suite $1 and the libraries of all it depends on, as
# NAME=VERSION.
guest_nvme_packages() {
    ocpn_apt "$1" -qq -y --print-uris --no-install-recommends install nvme-cli |
        awk '$2 ~ /^(nvme-cli|lib|zlib1g)/ &&
             $2 !~ /^lib(c-|python|perl|systemd-shared)/ {
                 split($2, part, "_")
                 sub("%3a", ":", part[2])
                 print part[1] "=" part[2]
             }'
}

# Fill the folder $2 with nvme-cli of the suite $1: its program and the loader,
# and in lib/ its libraries.
guest_nvme_fetch() {    # SUITE FOLDER
    local new=$2.new root=$2.new/root packages libraries file

    rm -rf "$new"
    mkdir -p "$new/lib"
    packages=$(guest_nvme_packages "$1") && [ -n "$packages" ] || return
    # shellcheck disable=SC2086  # one word each
    ocpn_apt_download "$1" "$new/debs" $packages || return
    ocpn_apt_extract "$root" "$new"/debs/*.deb || return
    if [ -d "$root/lib" ]; then         # of the time before the merge
        cp -a "$root/lib/." "$root/usr/lib/"
    fi
    install "$root/usr/sbin/nvme" "$new/nvme"
    libraries=$(guest_needed "$root" usr/sbin/nvme) || return
    for file in $libraries; do
        install -m 644 "$root/$file" "$new/lib/"
    done
    install "$root/$OCPN_GUEST_LIBDIR/ld-linux-x86-64.so.2" "$new/loader" ||
        return
    printf '%s\n' "$packages" >"$new/packages"
    rm -rf "$root" "$new/debs" "$2"
    mv "$new" "$2"
}

# Print the shared libraries and the loader of the program $1, by path.
guest_own_libraries() {
    ldd "$1" 2>/dev/null | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }'
}

# Fill the folder $2 with the program $1, as guest_nvme_fetch() does.
guest_own_fetch() {     # FILE FOLDER
    local new=$2.new library

    rm -rf "$new"
    mkdir -p "$new/lib"
    install "$1" "$new/nvme"
    while read -r library; do
        case $library in
        */ld-linux-*) install "$library" "$new/loader" ;;
        *) install -m 644 "$library" "$new/lib/" ;;
        esac
    done < <(guest_own_libraries "$1")
    ocpn_hash <"$1" >"$new/packages"
    rm -rf "$2"
    mv "$new" "$2"
}

# The builds that the user brings.
guest_own_nvmes() {
    local word name file

    for word in ${OCP_NVME_GUEST_NVMES:-}; do
        name=${word%%=*}
        file=${word#*=}
        if ! [[ $word = *=* && $name =~ ^nvme-[a-z0-9][a-z0-9.-]*$ ]] ||
           [[ " ${OCPN_GUEST_NVMES[*]} nvme-1.12 " = *" $name "* ]]; then
            die "OCP_NVME_GUEST_NVMES: '$word' is not NAME=FILE with a NAME" \
                "such as nvme-mine that the guest does not have yet"
        fi
        if [ ! -x "$file" ] ||
           ! guest_own_libraries "$file" | grep -q /ld-linux-; then
            die "OCP_NVME_GUEST_NVMES: $file is no program that is linked" \
                "dynamically and runs on this machine"
        fi
        guest_own_fetch "$file" "$(ocpn_cache guest)/$name"
        OCPN_GUEST_NVMES+=("$name")
    done
}

ocpn_guest_nvmes() {
    local row name suite dir

    ocpn_guest_lnvm
    OCPN_GUEST_NVMES=()
    for row in "${OCPN_GUEST_NVME_SUITES[@]}"; do
        name=${row%%:*}
        suite=${row#*:}
        dir=$(ocpn_cache guest)/$name
        if [ ! -e "$dir/packages" ] || [ -n "${OCP_NVME_GUEST_REFRESH:-}" ]
        then
            with_progress "nvme-cli of Debian's $suite" \
                guest_nvme_fetch "$suite" "$dir" || true
        fi
        if [ -e "$dir/packages" ]; then
            OCPN_GUEST_NVMES+=("$name")
        else
            warn "nvme-cli of Debian's $suite cannot be had from the archive" \
                "of this machine; the guest goes without $name"
        fi
    done
    guest_own_nvmes
}

# What the guest gets of all this, as a key.
guest_nvme_key() {
    local name

    if [ -n "$OCPN_GUEST_LNVM" ]; then
        ocpn_hash <"$OCPN_GUEST_LNVM"
    fi
    for name in "${OCPN_GUEST_NVMES[@]}"; do
        echo "$name"
        cat "$OCPN_CACHE/guest/$name/packages"
    done
}

# Lay them out below the guest's root $1.
guest_nvme_stage() {
    local name dir

    if [ -n "$OCPN_GUEST_LNVM" ]; then
        install "$OCPN_GUEST_LNVM" "$1/usr/bin/nvme-1.12"
    fi
    for name in "${OCPN_GUEST_NVMES[@]}"; do
        dir=usr/lib/$name
        mkdir -p "$1/$dir"
        cp -R "$OCPN_CACHE/guest/$name"/{nvme,loader,lib} "$1/$dir/"
        cat >"$1/usr/bin/$name" <<EOF
#!/bin/sh
exec /$dir/loader --argv0 nvme --library-path /$dir/lib /$dir/nvme "\$@"
EOF
        chmod 755 "$1/usr/bin/$name"
    done
}
