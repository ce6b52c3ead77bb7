#!/usr/bin/env bash
# arm64 - cross-builds everything for arm64 and runs what can run under qemu. Prints TAP.
#
#   tests/arm64 is-ready     whether the root exists already
#   tests/arm64              makes the root when it is missing (2 to 4 minutes), builds and tests
#
# The root is a Debian with a cross compiler, the libraries for arm64 and qemu-user, in
# ${XDG_CACHE_HOME:-~/.cache}/korone, and is made anew when what is in it changes. Needs root (for
# mmdebstrap and mounts), and Linux 6.7 for what the tests start themselves: from then on programs
# of another machine can be registered (binfmt_misc) for a namespace alone. Nothing of the machine
# itself changes.
set -u
HERE=$(cd "$(dirname "$0")/.." && pwd)
cd "$HERE" || exit 70
# shellcheck source=deploy/packages.sh
. deploy/packages.sh

SUITE=bookworm
CROSS=aarch64-linux-gnu
PACKAGES=(crossbuild-essential-arm64 qemu-user git gawk)
for package in "${BUILD_PACKAGES[@]}" libcmocka-dev; do
    case $package in
    gcc | libc6-dev) ;; # the cross compiler brings its own
    lib* | zlib*) PACKAGES+=("$package:arm64") ;;
    *) PACKAGES+=("$package") ;;
    esac
done
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/korone
ROOT=$CACHE/arm64-$(printf '%s\n' $SUITE "${PACKAGES[@]}" | cksum | cut -d' ' -f1)

# TEST [CASE]: why it cannot pass under qemu. Everything else has to.
SKIPPED=$(cat <<'END'
test_child each_end_is_seen_by_its_parent: qemu ignores RLIMIT_DATA
test_host it_can_use_up_memory: qemu ignores RLIMIT_DATA
test_http_server so_does_that_of_a_further_request: qemu gives one number of TCP_INFO
test_metric the_process_describes_itself: qemu makes up /proc/self/stat
END
)

make_root() {
    local part=$ROOT.part

    rm -rf --one-file-system "$CACHE"/arm64-*
    mkdir -p "$CACHE"
    echo "# making $ROOT" >&2
    mmdebstrap --quiet --variant=minbase --architectures=amd64,arm64 \
        --include="$(IFS=,; echo "${PACKAGES[*]}")" $SUITE "$part.tar" >&2 || return 1
    mkdir "$part" &&
        tar -C "$part" --exclude='./dev/*' -xf "$part.tar" && rm "$part.tar" && mv "$part" "$ROOT"
}

# Runs a command in the root, in $HERE as /src, in namespaces of its own that end with it.
inside() {
    # shellcheck disable=SC2016 # expanded inside
    unshare --user --map-root-user --mount --pid --fork --kill-child bash -c '
        root=$1 here=$2
        shift 2
        mkdir -p "$root/src" && mount --bind "$here" "$root/src" &&
            mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" || exit 70
        binfmt=$root/proc/sys/fs/binfmt_misc
        # The start of an ELF file for the machine 183 (<elf.h>), 64 bits, little-endian.
        mount -t binfmt_misc none "$binfmt" 2>/dev/null && printf "%s" ":arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$root/usr/bin/qemu-aarch64:F" >"$binfmt/register" 2>/dev/null
        exec chroot "$root" env -i PATH=/usr/bin:/bin HOME=/ LC_ALL=C.UTF-8 bash -c "cd /src; $1"
        ' - "$ROOT" "$HERE" "$1"
}

count=0
result() { # STATUS NAME [# SKIP reason]
    count=$((count + 1))
    if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}

# The lines of a test's TAP, with its name, and what is known to fail here as skipped.
report() {
    local test=$1 status=$2 output=$3 line name why failed=0

    while IFS= read -r line; do
        case $line in
        "ok "* | "not ok "[0-9]*) ;;
        *) continue ;;
        esac
        name=${line#* - }
        name=${name%% #*}
        why=$(grep "^$test $name: " <<<"$SKIPPED")
        if [[ $line == *"# SKIP"* ]]; then
            result 0 "$test $name # SKIP"
        elif [[ $line == ok* ]]; then
            result 0 "$test $name"
        elif [ -n "$why" ]; then
            result 0 "$test $name # SKIP ${why#*: }"
        else
            failed=1
            result 1 "$test $name"
        fi
    done <<<"$output"
    if [ "$failed" = 1 ] || { [ "$status" != 0 ] && ! grep -q "^$test " <<<"$SKIPPED"; }; then
        [ "$failed" = 1 ] || result 1 "$test ended with status $status"
        sed 's/^/# /' <<<"$output" | grep -vE '^# ok ' | head -n 20
    fi
}

run_tests() {
    local test output
    for test in "build/arm64/tests"/run-modules build/arm64/tests/test_*; do
        [ -x "$test" ] || continue
        output=$(inside "CMOCKA_MESSAGE_OUTPUT=TAP timeout 240 ./$test" 2>&1)
        report "${test##*/}" $? "$output"
    done
}

