# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Debian packages: those the machine must have, and those of another suite that
# are only unpacked into the cache.  The machine's own apt configuration is
# read (mirror, proxy, credentials) and never written.  Sourced by common.sh.
#
#   need_packages PACKAGE...                 installed afterwards, or died
#   ocpn_apt SUITE ARGUMENT...               apt-get that sees only SUITE
#   ocpn_apt_download SUITE FOLDER PACKAGE...  these .deb files, into FOLDER
#   ocpn_apt_closure SUITE FOLDER PACKAGE...   these and all they depend on
#   ocpn_apt_extract FOLDER DEB...           unpack into FOLDER, no scripts run

OCPN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# as_root COMMAND...: run it as root, through sudo where needed.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root and there is no sudo; run as root: $*"
    fi
}

ocpn_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

ocpn_install() {
    # The lists may be absent (a container) or name versions that are gone.
    # apt reports progress on descriptor 9; given 1, it would close it for the
    # packages' own scripts.
    # shellcheck disable=SC2016  # for the inner shell
    as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        exec 9>&1
        apt="apt-get -q -y -o APT::Status-Fd=9 -o DPkg::Lock::Timeout=600"
        $apt update &&
        $apt -o Dpkg::Use-Pty=0 --no-install-recommends install "$@"
    ' sh "$@"
}

need_packages() {
    local package missing=()

    command -v dpkg-query >/dev/null ||
        die "only Debian and its derivatives are handled; install these" \
            "yourself: $*"
    for package in "$@"; do
        ocpn_installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return 0
    fi
    say "    to install: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "packages are missing and there is no sudo; as root:" \
                "apt-get install ${missing[*]}"
        sudo -v     # ask for the password before the output is hidden
    fi
    with_progress "install packages" ocpn_install "${missing[@]}"
}

# Print the address of the Debian archive this machine is configured for.
# Without downloaded lists apt does not know an archive's origin; then the
# address that carries the machine's own release is the one.
ocpn_mirror() {
    local codename format
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016  # apt's variables, not the shell's
    format='$(ORIGIN)|$(LABEL)|$(RELEASE)|$(REPO_URI)'

    apt-get indextargets --format "$format" 'Created-By: Packages' 2>/dev/null |
        awk -F'|' -v code="$codename" '
            $1 == "Debian" && $2 == "Debian" && !best { best = $4 }
            ($3 == code || $3 == "stable") && !any    { any = $4 }
            END { print best ? best : any }'
}

# Write the private apt of SUITE, KIND deb or deb-src, into folder DIR: its own
# sources, lists, cache, and an empty list of installed packages, so that what
# it resolves is complete.
ocpn_apt_write() {      # SUITE KIND DIR
    local dir=$3 mirror
    mirror=$(ocpn_mirror)

    [ -n "$mirror" ] ||
        die "apt knows no Debian archive; see /etc/apt/sources.list.d"
    [ -e "$OCPN_KEYRING" ] ||
        die "$OCPN_KEYRING is missing; install debian-archive-keyring"
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/log"
    : >"$dir/status"
    printf '%s [signed-by=%s] %s %s main\n' \
           "$2" "$OCPN_KEYRING" "$mirror" "$1" >"$dir/sources.list"
    cat >"$dir/apt.conf" <<EOF
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::State::extended_states "$dir/extended_states";
Dir::Cache "$dir/cache";
Dir::Log "$dir/log";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Architecture "$(dpkg --print-architecture)";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
EOF
}

# Bring the lists of a private apt up to date, once a day.  Without a network,
# those of yesterday serve.
ocpn_apt_refresh() {    # SUITE KIND DIR
    if [ -z "$(find "$3/updated" -mmin -1440 2>/dev/null)" ]; then
        ocpn_apt_write "$@"
        if apt-get -c "$3/apt.conf" -q -o APT::Status-Fd=1 update; then
            : >"$3/updated"
        elif [ -e "$3/updated" ]; then
            warn "cannot update the package lists of $1; using the old ones"
        else
            return 1
        fi
    fi
}

# Make the private apt of SUITE usable and print its configuration file.
ocpn_apt_config() {     # SUITE KIND
    local dir
    dir=$(ocpn_cache "apt/$1-$2")

    with_lock "apt-$1-$2" ocpn_apt_refresh "$1" "$2" "$dir" >&2 ||
        return
    printf '%s\n' "$dir/apt.conf"
}

# ocpn_apt SUITE ARGUMENT...
#
# apt-get as on a machine that has only SUITE and nothing installed.  Useful
# with: download, indextargets, --print-uris install, --download-only install.
# Needs no root.  Never installs.
ocpn_apt() {
    local conf
    conf=$(ocpn_apt_config "$1" deb) || return
    shift
    apt-get -c "$conf" "$@"
}

# ocpn_apt_source SUITE ARGUMENT...: the same for source packages.
ocpn_apt_source() {
    local conf
    conf=$(ocpn_apt_config "$1" deb-src) || return
    shift
    apt-get -c "$conf" "$@"
}

ocpn_apt_download() {   # SUITE FOLDER PACKAGE...
    local suite=$1 dir=$2
    shift 2

    mkdir -p "$dir"
    ( cd "$dir" && ocpn_apt "$suite" -q -o APT::Status-Fd=1 download "$@" )
}

ocpn_apt_closure() {    # SUITE FOLDER PACKAGE...
    local suite=$1 dir=$2
    shift 2

    mkdir -p "$dir/partial"
    ocpn_apt "$suite" -q -y -o APT::Status-Fd=1 -o Debug::NoLocking=true \
        -o Dir::Cache::archives="$dir" --download-only install "$@"
    rmdir "$dir/partial" 2>/dev/null || true
}

ocpn_apt_extract() {    # FOLDER DEB...
    local dir=$1 deb
    shift

    mkdir -p "$dir"
    for deb in "$@"; do
        dpkg-deb --extract "$deb" "$dir"
    done
}
