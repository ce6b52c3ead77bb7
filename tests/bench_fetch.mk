# A fetch whose answer Redis has: `make bench-fetch`.

$(BUILD)/tests/bench_fetch: $(BUILD)/obj/tests/bench/bench_fetch.o $(FAKE_STORAGE:%=$(BUILD)/%) \
		$(BUILD)/obj/ingress/update/transcode.o \
		$(BUILD)/lib/libworkers.a $(BUILD)/lib/libdatabase.a $(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_workers)
.PHONY: bench-fetch
bench-fetch: $(BUILD)/tests/bench_fetch
	/usr/bin/python3 tests/bench/fetch.py $(BUILD)
