#!/usr/bin/env bash
# common.sh - where things are, for deploy/up, deploy/down and deploy/say.
# Sourced; sets ROOT, RUN, SOCKETS and AS.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RUN=$ROOT/.run
# In the order they are stopped: workers finish what is in flight and tell ingress, which keeps the
# rest.
# shellcheck disable=SC2034 # used by those that source this file
PROGRAMS=(deeds page worker ingress recorder crashd botapi-sim)

# Root runs everything as nobody: Postgres refuses to run as root.
AS=()
[ "$(id -u)" != 0 ] || AS=(setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all
    --no-new-privs)

# Identifies this checkout in the names of directories outside it.
checkout_id() {
    printf %s "$ROOT" | cksum | cut -d' ' -f1
}

# Whether the user that everything runs as can reach this checkout (not if it is in root's home).
can_reach_checkout() {
    [ ${#AS[@]} -eq 0 ] || (cd / && "${AS[@]}" test -x "$ROOT")
}

# .run links to a directory elsewhere when the unprivileged user cannot reach the checkout; sockets
# are put elsewhere when their path would be too long (107 bytes).
prepare_directories() {
    if [ ! -e "$RUN" ]; then
        if ! can_reach_checkout; then
            rm -f "$RUN"
            mkdir -p "/var/tmp/korone-$(checkout_id)" && ln -s "/var/tmp/korone-$(checkout_id)" "$RUN"
        else
            mkdir -p "$RUN"
        fi
    fi
    RUN=$(readlink -f "$RUN")
    find_sockets
    mkdir -p "$RUN/log" "$RUN/state" "$SOCKETS"
    chmod 700 "$RUN" "$SOCKETS"
    # Made with the umask of whoever was first; the programs refuse one that a group may write.
    chmod go-w "$RUN"/state*
    [ ${#AS[@]} -eq 0 ] || chown -R nobody:nogroup "$RUN" "$SOCKETS"
}

find_sockets() {
    SOCKETS=$RUN/sockets
    [ ${#SOCKETS} -le 80 ] || SOCKETS=/tmp/korone-$(checkout_id)
}

# Whether the supervisor in the pid file is there. After a power cut its number may be that of any
# other process, which must not be taken for it, nor stopped.
is_running() {
    local arguments
    arguments=/proc/$(cat "$1" 2>/dev/null || echo none)/cmdline
    grep -qzxF -- "$RUN" "$arguments" 2>/dev/null &&
        grep -qzxF -- "$(basename "$1" .pid)" "$arguments" 2>/dev/null
}

# Stops the supervisor in the pid file, and its process with it, within 40 s. The supervisor removes
# the file when it ends.
stop_supervised() {
    local file=$RUN/$1.pid
    is_running "$file" || { rm -f "$file"; return 0; }
    kill -TERM "$(cat "$file")" 2>/dev/null
    for _ in $(seq 800); do
        is_running "$file" || { rm -f "$file"; return 0; }
        sleep 0.05
    done
    echo "$1 (supervisor $(cat "$file")) did not stop within 40 s" >&2
    return 1
}
