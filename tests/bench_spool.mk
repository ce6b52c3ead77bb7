# The cost of the spool: `make bench-spool`.
$(BUILD)/bench/spool: $(BUILD)/obj/tests/bench/spool.o $(BUILD)/lib/libingress.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_ingress)
bench-spool: $(BUILD)/bench/spool
	$<
.PHONY: bench-spool
