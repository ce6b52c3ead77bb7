#!/usr/bin/env bash
# common.sh - what deploy/up, deploy/down and deploy/say share: where things are.
# Sourced; sets ROOT, RUN, SOCKETS and AS.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RUN=$ROOT/.run
# Stopped in this order: work in hand is finished and told to ingress, which keeps the rest.
# shellcheck disable=SC2034 # used by those that source this file
PROGRAMS=(worker ingress recorder crashd botapi-sim)

# As root everything runs as nobody, which Postgres insists on.
AS=()
[ "$(id -u)" != 0 ] || AS=(setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=-all
    --no-new-privs)

# An id of this checkout for directories outside of it.
checkout_id() {
    printf %s "$ROOT" | cksum | cut -d' ' -f1
}

# Whether the user that everything runs as may read this checkout (not, in root's home).
can_reach_checkout() {
    [ ${#AS[@]} -eq 0 ] || (cd / && "${AS[@]}" test -x "$ROOT")
}

# .run is a link to a directory of its own where the unprivileged user cannot reach the checkout,
# and the sockets are elsewhere where the path is too long for one (107 bytes).
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
    [ ${#AS[@]} -eq 0 ] || chown -R nobody:nogroup "$RUN" "$SOCKETS"
}

find_sockets() {
    SOCKETS=$RUN/sockets
    [ ${#SOCKETS} -le 80 ] || SOCKETS=/tmp/korone-$(checkout_id)
}

is_running() {
    [ -e "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

# Ends the supervisor that the pid file names, and with it its process; gives it 40 s. The file goes
# when it ends; the process itself may stay a zombie for as long as init likes.
stop_supervised() {
    local file=$RUN/$1.pid
    is_running "$file" || { rm -f "$file"; return 0; }
    kill -TERM "$(cat "$file")" 2>/dev/null
    for _ in $(seq 800); do
        [ -e "$file" ] || return 0
        sleep 0.05
    done
    echo "$1 (supervisor $(cat "$file")) does not stop" >&2
    return 1
}
