# The sender's cost per call: `make bench-sender CALLS=50000`.
CALLS ?= 50000
$(BUILD)/tests/bench_sender: $(BUILD)/obj/tests/bench/bench_sender.o $(BUILD)/lib/libworkers.a $(BUILD)/lib/libdatabase.a $(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_workers)
.PHONY: bench-sender
bench-sender: $(BUILD)/tests/bench_sender $(BUILD)/bin/korone-botapi-sim
	/usr/bin/python3 tests/bench/calls.py $< $(CALLS)
