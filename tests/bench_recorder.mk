# The recorder's speed compared with COPY and single upserts.
#
#   make bench-recorder PEOPLE=200000

PEOPLE ?= 200000
$(BUILD)/tests/bench_recorder: $(BUILD)/obj/tests/bench/bench_recorder.o $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(call libs,libzmq)
.PHONY: bench-recorder
bench-recorder: $(BUILD)/tests/bench_recorder $(BUILD)/bin/korone-recorder
	/usr/bin/python3 tests/bench/recorder.py $(BUILD) $(PEOPLE)
