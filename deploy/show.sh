#!/usr/bin/env bash
# show.sh - output that holds up nobody: a terminal that stands still (Ctrl-S), or a pipe that nobody
# reads, must not keep deploy/up from watching the processes or from stopping them. Sourced.

printer= # what is being shown

is_showing() { [ -n "$printer" ] && kill -0 "$printer" 2>/dev/null; }

# show COMMAND…: in the background. While the last was not read nothing more is shown.
show() {
    ! is_showing || return 0
    "$@" &
    printer=$!
    # Usually it is read: then what follows comes after it.
    for _ in {1..20}; do
        is_showing || return 0
        sleep 0.05
    done
}

# At the end.
stop_showing() {
    ! is_showing || kill "$printer" 2>/dev/null
}
