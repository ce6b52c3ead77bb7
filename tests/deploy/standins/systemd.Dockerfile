# A machine with systemd on which `make install` was run, with Postgres and Redis from packages. The
# programs are those built by deploy/Dockerfile.
FROM korone-build:test AS build
RUN make -s install DESTDIR=/installed prefix=/usr \
    && install build/bin/korone-botapi-sim /installed/usr/bin/ \
    && make -s build/tests/korone-worker-hostile \
    && install build/tests/korone-worker-hostile /installed/usr/sbin/

FROM debian:bookworm-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus \
        postgresql redis-server curl ca-certificates libzmq5 libcurl4 libhiredis0.14 \
        libpq5 libjansson4 libmicrohttpd12 libdw1 libelf1 libpcre2-8-0 libidn2-0 libutf8proc2 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /installed /
ENV container=docker
STOPSIGNAL SIGRTMIN+3
# systemd passes credentials through mounts, which in a container are private at first.
CMD ["sh", "-c", "mount --make-rshared / && exec /sbin/init"]
