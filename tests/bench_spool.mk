# The cost of the spool, and of work that waits in it: `make bench-spool bench-put-off`.
$(BUILD)/bench/spool $(BUILD)/bench/put_off: $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/lib/libingress.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_ingress)
bench-spool: $(BUILD)/bench/spool
	$<
bench-put-off: $(BUILD)/bench/put_off
	$<
.PHONY: bench-spool bench-put-off
