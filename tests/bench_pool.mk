# A pool's costs and guarantees: `make bench-pool`.
$(BUILD)/bench/nursery: $(BUILD)/obj/tests/bench/bench_nursery.o $(BUILD)/lib/libworkers.a $(BUILD)/lib/libdatabase.a $(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_workers)
bench-pool: all $(BUILD)/bench/nursery $(BUILD)/tests/korone-worker-misbehave
	$(BUILD)/bench/nursery $(BUILD)/bench
	/usr/bin/python3 tests/bench/pool.py
.PHONY: bench-pool
