# Speed and memory: `make bench` prints tables and writes $(BUILD)/bench.json.
#
#   make bench                        the whole system, then what each part costs
#   make bench BENCH="pings --runs 5"  scenarios and options of tests/bench/bench.py
BENCH ?=

.PHONY: bench bench-system
bench-system: all
	/usr/bin/python3 tests/bench/bench.py $(BENCH)

bench: bench-system bench-recorder bench-ingress bench-spool bench-routing
