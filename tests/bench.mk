# Speed and memory: `make bench` prints tables and writes $(BUILD)/bench.json.
#
#   make bench                        the whole system, then what each part costs
#   make bench BENCH="pings --runs 5"  scenarios and options of tests/bench/bench.py
#   make bench-peers PEERS="pings far --runs 5"
BENCH ?=
PEERS ?=

.PHONY: bench bench-system
bench-system: all
	/usr/bin/python3 tests/bench/bench.py $(BENCH)

# Beside bots made with libraries that npm offers; nothing without npm.
.PHONY: bench-peers
bench-peers: all
	/usr/bin/python3 tests/bench/peers.py $(PEERS)

bench: bench-system bench-peers bench-pool bench-sender bench-recorder bench-ingress bench-spool bench-routing bench-crash
