# The cost of an update in ingress, with synthetic pools.
#
#   make bench-ingress UPDATES=200000 BACKLOG=1000000

UPDATES ?= 200000
BACKLOG ?= 1000000
$(BUILD)/tests/bench_ingress: $(BUILD)/obj/tests/bench/bench_ingress.o \
		$(BUILD)/obj/tests/bench/synthetic_pool.o $(BUILD)/lib/libingress.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(BUILD)/lib/libingress.a $(BUILD)/lib/libcommon.a -Wl,--end-group $(LIBS_ingress)
.PHONY: bench-ingress
bench-ingress: $(BUILD)/tests/bench_ingress
	$< flow $(UPDATES) 4
	$< flow $(UPDATES) 16
	$< backlog $(BACKLOG) 10000
	$< latency 500

# What ingress pays for pools, up to a thousand:
#
#   make bench-pools POOLS="--seconds 30 10 1000"
#   make bench-pools POOLS="--real 40"
POOLS ?=
$(BUILD)/bench/crowd: $(BUILD)/obj/tests/bench/crowd.o $(BUILD)/obj/tests/bench/synthetic_pool.o $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_ingress)
.PHONY: bench-pools
bench-pools: all $(BUILD)/bench/crowd $(BUILD)/tests/bench_ingress
	$(BUILD)/tests/bench_ingress flow $(UPDATES) 10
	$(BUILD)/tests/bench_ingress flow $(UPDATES) 1000
	/usr/bin/python3 tests/bench/pools.py $(POOLS)
