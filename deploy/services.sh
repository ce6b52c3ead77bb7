#!/usr/bin/env bash
# services.sh - starts and stops a private Postgres and Redis in a directory: unix sockets only, as an
# unprivileged user. Sourced by deploy/up; the caller sets RUN (the directory), SOCKETS and AS (the
# command that drops privileges; empty unless root).

postgres_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] || { echo "no Postgres server is installed" >&2; return 1; }
    echo "$newest/bin"
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
        -o "-c listen_addresses='' -c unix_socket_directories='$SOCKETS' -c max_connections=200" \
        start >"$RUN/log/pg_ctl.log" 2>&1 || { tail "$RUN/log/postgres.log" >&2; return 1; }
    "${AS[@]}" "$bin/psql" -h "$SOCKETS" -U korone -d postgres -qAtc \
        "select 1 from pg_database where datname = 'korone'" | grep -q 1 ||
        "${AS[@]}" "$bin/createdb" -h "$SOCKETS" -U korone korone
}

stop_postgres() {
    [ -e "$RUN/postgres/postmaster.pid" ] || return 0
    "${AS[@]}" "$(postgres_bin)/pg_ctl" -D "$RUN/postgres" -m fast -w stop >/dev/null 2>&1
}

# redis-tools has the server under the name of a tool; it behaves according to the name it is called by.
start_redis() {
    local server
    server=$(command -v redis-server) || {
        server=$RUN/redis-server
        ln -sf "$(command -v redis-check-rdb)" "$server" || return 1
    }
    "${AS[@]}" "$server" --port 0 --unixsocket "$SOCKETS/redis.sock" --unixsocketperm 700 \
        --save '' --appendonly no --daemonize yes --dir "$RUN" --logfile "$RUN/log/redis.log" \
        --pidfile "$RUN/redis.pid" >/dev/null || return 1
    for _ in $(seq 200); do
        "${AS[@]}" redis-cli -s "$SOCKETS/redis.sock" ping >/dev/null 2>&1 && return 0
        sleep 0.02
    done
    tail "$RUN/log/redis.log" >&2
    return 1
}

stop_redis() {
    [ -e "$SOCKETS/redis.sock" ] || return 0
    "${AS[@]}" redis-cli -s "$SOCKETS/redis.sock" shutdown nosave >/dev/null 2>&1
    rm -f "$SOCKETS/redis.sock" "$RUN/redis.pid"
}
