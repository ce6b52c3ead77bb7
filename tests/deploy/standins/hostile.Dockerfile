# The image with a pool whose handlers were taken over: tests/system/modules/hostile.c.
FROM korone-build:test AS build
RUN make -s build/tests/korone-worker-hostile

FROM korone:test
COPY --from=build /source/build/tests/korone-worker-hostile /usr/local/sbin/korone-worker
