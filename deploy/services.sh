#!/usr/bin/env bash
# services.sh - starts and stops a private Postgres and Redis in a directory: unix sockets only, as an
# unprivileged user. Sourced by deploy/up; the caller sets RUN (the directory), SOCKETS and AS (the
# command that drops privileges; empty unless root).

# Debian and Alpine keep the versions apart; others have one, in PATH.
postgres_bin() {
    local found
    found=$(find /usr/lib/postgresql/*/bin /usr/libexec/postgresql*/ -name initdb 2>/dev/null |
        sort -V | tail -n 1)
    found=${found:-$(command -v initdb)}
    [ -n "$found" ] || { echo "no Postgres server is installed" >&2; return 1; }
    dirname "$found"
}

# For one bot on a small machine: nothing replicates, nothing runs in parallel, and tables of a few
# million rows live in the system's page cache. No transaction is serializable, so there are as few locks
# for that as possible: room for them is taken at the start, 2.5 MiB for the default of 64.
POSTGRES_SETTINGS=(listen_addresses= max_connections=200 shared_buffers=32MB huge_pages=off
    wal_level=minimal max_wal_senders=0 max_logical_replication_workers=0 max_worker_processes=0
    max_parallel_workers=0 jit=off max_pred_locks_per_transaction=10)

postgres_options() {
    local setting
    for setting in "${POSTGRES_SETTINGS[@]}" "unix_socket_directories=$SOCKETS"; do
        printf -- "-c %s='%s' " "${setting%%=*}" "${setting#*=}"
    done
}

# Creates the cluster at the first start. Trust authentication: the socket's directory is private.
start_postgres() {
    local bin
    bin=$(postgres_bin) || return 1
    if [ ! -e "$RUN/postgres/PG_VERSION" ]; then
        "${AS[@]}" "$bin/initdb" -D "$RUN/postgres" -U korone -A trust -E UTF8 --locale=C.UTF-8 \
            >"$RUN/log/initdb.log" 2>&1 || { cat "$RUN/log/initdb.log" >&2; return 1; }
    fi
    "${AS[@]}" "$bin/pg_ctl" -D "$RUN/postgres" -w -t 30 -l "$RUN/log/postgres.log" \
        -o "$(postgres_options)" \
        start >"$RUN/log/pg_ctl.log" 2>&1 || { tail "$RUN/log/postgres.log" >&2; return 1; }
    "${AS[@]}" "$bin/psql" -h "$SOCKETS" -U korone -d postgres -qAtc \
        "select 1 from pg_database where datname = 'korone'" | grep -q 1 ||
        "${AS[@]}" "$bin/createdb" -h "$SOCKETS" -U korone korone
}

stop_postgres() {
    [ -e "$RUN/postgres/postmaster.pid" ] || return 0
    "${AS[@]}" "$(postgres_bin)/pg_ctl" -D "$RUN/postgres" -m fast -w stop >/dev/null 2>&1
}

redis_cli() { command -v redis-cli || command -v valkey-cli; }

# redis-tools has the server under the name of a tool; it behaves according to the name it is called by.
start_redis() {
    local server
    server=$(command -v redis-server || command -v valkey-server) || {
        server=$RUN/redis-server
        ln -sf "$(command -v redis-check-rdb)" "$server" || return 1
    }
    "${AS[@]}" "$server" --port 0 --unixsocket "$SOCKETS/redis.sock" --unixsocketperm 700 \
        --save '' --appendonly no --daemonize yes --dir "$RUN" --logfile "$RUN/log/redis.log" \
        --pidfile "$RUN/redis.pid" >/dev/null || return 1
    for _ in $(seq 200); do
        "${AS[@]}" "$(redis_cli)" -s "$SOCKETS/redis.sock" ping >/dev/null 2>&1 && return 0
        sleep 0.02
    done
    tail "$RUN/log/redis.log" >&2
    return 1
}

stop_redis() {
    [ -e "$SOCKETS/redis.sock" ] || return 0
    "${AS[@]}" "$(redis_cli)" -s "$SOCKETS/redis.sock" shutdown nosave >/dev/null 2>&1
    rm -f "$SOCKETS/redis.sock" "$RUN/redis.pid"
}
