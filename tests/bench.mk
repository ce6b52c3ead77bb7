# Speed and memory: `make bench` prints tables and writes $(BUILD)/bench.json.
#
#   make bench                        the whole system, then what each part costs
#   make bench BENCH="pings --runs 5"  scenarios and options of tests/bench/bench.py
#   make bench-peers PEERS="pings far --runs 5"
#   make bench-scaling SCALING="--block-ms 200"  more pools, for handlers that block
BENCH ?=
PEERS ?=
SCALING ?=

.PHONY: bench bench-system
bench-system: all
	/usr/bin/python3 tests/bench/bench.py $(BENCH)

# In comparison with bots built on npm libraries; does nothing without npm.
.PHONY: bench-peers
bench-peers: all
	/usr/bin/python3 tests/bench/peers.py $(PEERS)

.PHONY: bench-scaling
bench-scaling: all $(BUILD)/tests/korone-worker-slow_ping
	/usr/bin/python3 tests/bench/scaling.py $(SCALING)

bench: bench-system bench-scaling bench-peers bench-pool bench-sender bench-recorder bench-ingress bench-spool \
	bench-routing bench-crash
