# How long a crash takes to become a trace: `make bench-symbolize`; fails past 5 ms warm, 150 ms cold.
$(BUILD)/bench/symbolize: $(BUILD)/obj/tests/bench/bench_symbolize.o $(ALL_LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--whole-archive $(BUILD)/lib/libingress.a $(BUILD)/lib/libcrashd.a \
		$(BUILD)/lib/libcommon.a -Wl,--no-whole-archive $(LIBS_all)
bench-symbolize: $(BUILD)/bench/symbolize
	$<
.PHONY: bench-symbolize
