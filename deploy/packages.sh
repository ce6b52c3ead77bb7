#!/usr/bin/env bash
# packages.sh - installs the Debian packages needed for building, running and testing. Without apt-get
# it installs nothing, and is content with what is there already.
# Sourced by deploy/up and tests/run, which call need_packages with what they use.
#
# Postgres is installed without a cluster, Redis without its service and pgbouncer without starting it: no
# package may start a system-wide server.

# shellcheck disable=SC2034 # used by those that source this file
{
BUILD_PACKAGES=(gcc make pkg-config libc6-dev libzmq3-dev libcurl4-openssl-dev libmsgpack-dev
    libhiredis-dev libpq-dev libjansson-dev libmicrohttpd-dev libdw-dev libelf-dev zlib1g-dev
    libssl-dev libpcre2-dev libidn2-dev libutf8proc-dev gettext)
# redis-tools contains the server's binary, too, under another name; redis-server would add a service.
RUN_PACKAGES=(postgresql redis-tools ca-certificates tzdata curl jq gawk util-linux procps)
# For korone-picture and korone-html, which are built where these are; the fonts that texts need, and
# ffmpeg.
MEDIA_PACKAGES=(libpango1.0-dev libpng-dev libjpeg-dev libwebp-dev libxml2-dev fonts-noto-core ffmpeg)
# For the image korone-full: letters of the other scripts, too.
FULL_PACKAGES=("${MEDIA_PACKAGES[@]}" fonts-noto-cjk fonts-noto-color-emoji)
TEST_PACKAGES=(git clang clang-format clang-tidy cppcheck shellcheck musl-tools libcmocka-dev python3
    python3-psycopg2 python3-redis python3-zmq python3-msgpack python3-protobuf iproute2 nodejs npm pgbouncer
    python3-yaml stunnel4
    python3-pil "${MEDIA_PACKAGES[@]}")
# In Ubuntu 22.04 clang already depends on a package with its contents.
grep -qs jammy /etc/os-release || TEST_PACKAGES+=(libclang-rt-dev)
# For tests/browser and `make screenshots`: a browser, its driver, and letters for all names.
BROWSER_PACKAGES=(chromium chromium-driver python3-selenium npm fonts-inter fonts-noto-core
    fonts-noto-color-emoji fonts-droid-fallback)
# For `make picture`; its result is in the tree.
PICTURE_PACKAGES=(graphviz)
# For an engine of its own, see tests/deploy/engine.
ENGINE_PACKAGES=(runc tini iptables iproute2 mmdebstrap)
# For tests/arm64, tests/distributions and tests/package.
ROOT_PACKAGES=(mmdebstrap systemd-container debian-archive-keyring)
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "Needs root for: $* (and there is no sudo)" >&2
        return 1
    fi
}

# True also when another package provides it: since Debian 13 libmsgpack-c-dev provides libmsgpack-dev.
is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        dpkg-query -W -f '${db:Status-Status} ${Provides},\n' | grep -E "^installed (.* )?$1[ ,]" >/dev/null
}

# Keeps postgresql's installation from creating and starting a cluster; removed afterwards.
no_main_cluster=/etc/postgresql-common/createcluster.d/korone.conf

# Keeps an installation from starting services (Debian Policy 9.3.3); removed afterwards.
no_services=/usr/sbin/policy-rc.d

# Not at the next boot, either.
disable_pgbouncer() {
    ! is_installed pgbouncer || as_root update-rc.d pgbouncer disable >/dev/null 2>&1
}

install_packages() {
    local log result policy="" with_pgbouncer=""
    log=$(mktemp)
    if [[ " $* " == *" pgbouncer "* ]]; then
        with_pgbouncer=yes
        [ -e "$no_services" ] || policy=$no_services
    fi
    if [ -n "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    if ! is_installed postgresql-common; then
        as_root mkdir -p "${no_main_cluster%/*}"
        echo 'create_main_cluster = false' | as_root tee "$no_main_cluster" >/dev/null
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$log" 2>&1 &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1
    result=$?
    [ $result = 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    [ -z "$policy" ] || as_root rm -f "$policy"
    [ -z "$with_pgbouncer" ] || disable_pgbouncer
    [ ! -e "$no_main_cluster" ] || as_root rm -f "$no_main_cluster"
    return $result
}

# How to tell that a package's contents are there on other distributions (a module of pkg-config, a
# command, a file), and the packages that have them: of Debian, the test, of Fedora, Alpine and Arch.
ELSEWHERE='
gcc                    command:gcc             gcc                      gcc                 gcc
make                   command:make            make                     make                make
pkg-config             command:pkg-config      pkgconf-pkg-config       pkgconf             pkgconf
libc6-dev              file:/usr/include/stdio.h  glibc-devel           musl-dev            glibc
libzmq3-dev            module:libzmq           zeromq-devel             zeromq-dev          zeromq
libcurl4-openssl-dev   module:libcurl          libcurl-devel            curl-dev            curl
libmsgpack-dev         module:msgpack-c,msgpack  msgpack-devel          msgpack-c-dev       msgpack-c
libhiredis-dev         module:hiredis          hiredis-devel            hiredis-dev         hiredis
libpq-dev              module:libpq            libpq-devel              libpq-dev           postgresql-libs
libjansson-dev         module:jansson          jansson-devel            jansson-dev         jansson
libmicrohttpd-dev      module:libmicrohttpd    libmicrohttpd-devel      libmicrohttpd-dev   libmicrohttpd
libdw-dev              module:libdw            elfutils-devel           elfutils-dev        elfutils
libelf-dev             module:libelf           elfutils-libelf-devel    elfutils-dev        libelf
zlib1g-dev             module:zlib             zlib-devel               zlib-dev            zlib
libssl-dev             module:libcrypto        openssl-devel            openssl-dev         openssl
libpcre2-dev           module:libpcre2-8       pcre2-devel              pcre2-dev           pcre2
libidn2-dev            module:libidn2          libidn2-devel            libidn2-dev         libidn2
libutf8proc-dev        module:libutf8proc      utf8proc-devel           utf8proc-dev        libutf8proc
gettext                command:msgfmt          gettext                  gettext             gettext
postgresql             command:initdb          postgresql-server        postgresql          postgresql
redis-tools            command:redis-server,valkey-server  redis        redis               valkey
ca-certificates        file:/etc/ssl/certs     ca-certificates          ca-certificates     ca-certificates
tzdata                 file:/usr/share/zoneinfo/Europe/Lisbon tzdata    tzdata              tzdata
curl                   command:curl            curl                     curl                curl
jq                     command:jq              jq                       jq                  jq
gawk                   command:gawk            gawk                     gawk                gawk
util-linux             command:flock           util-linux               util-linux          util-linux
procps                 command:ps              procps-ng                procps              procps-ng
'

is_there() { # module:NAME[,NAME…] | command:NAME[,NAME…] | file:PATH
    local name

    for name in ${1#*:}; do
        case $1 in
        module:*) pkg-config --exists "$name" 2>/dev/null && return ;;
        command:*) command -v "$name" >/dev/null && return ;;
        file:*) [ -e "$name" ] && return ;;
        esac
    done
    return 1
}

need_without_apt() {
    local package test fedora alpine arch
    local debians=() fedoras=() alpines=() arches=()

    for package in "$@"; do
        read -r _ test fedora alpine arch < <(grep "^$package " <<<"$ELSEWHERE") ||
            { debians+=("$package"); continue; }
        is_there "${test//,/ }" && continue
        debians+=("$package") fedoras+=("$fedora") alpines+=("$alpine") arches+=("$arch")
    done
    [ ${#debians[@]} -gt 0 ] || return 0
    echo "There is no apt-get to install what is missing. The packages are called:
  Debian, Ubuntu  ${debians[*]}
  Fedora          ${fedoras[*]}
  Alpine          ${alpines[*]}
  Arch            ${arches[*]}" >&2
    return 1
}

# What this system's programs are made for; on a 64-bit kernel they may be of 32 bits.
need_platform() {
    case $OSTYPE:$HOSTTYPE in
    linux*:x86_64 | linux*:aarch64) ;;
    *)
        echo "CKorone runs on Linux, on x86_64 and aarch64; this system is $OSTYPE on $HOSTTYPE" >&2
        return 1
        ;;
    esac
}

need_packages() {
    local missing=() package

    need_platform || return
    command -v apt-get >/dev/null || { need_without_apt "$@"; return; }
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing: ${missing[*]}"
    install_packages "${missing[@]}"
}
