# Time from a crash until another child may start, and until it is a trace; fails above 1 ms, and
# above 5 ms warm and 150 ms cold.
#
#   make bench-crash
$(BUILD)/bench/crash: $(BUILD)/obj/tests/bench/bench_crash.o $(ALL_LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--whole-archive $(BUILD)/lib/libingress.a $(BUILD)/lib/libcrashd.a \
		$(BUILD)/lib/libcommon.a -Wl,--no-whole-archive $(BUILD)/lib/libbotapi.a $(LIBS_all)
bench-crash: $(BUILD)/bench/crash
	$<
.PHONY: bench-crash
