# Speed and memory: `make bench` prints tables and writes $(BUILD)/bench.json.
#
#   make bench                        the whole system, then what each part costs
#   make bench BENCH="pings --runs 5"  scenarios and options of tests/bench/bench.py
#   make bench-peers PEERS="pings far --runs 5"
#   make bench-footprint FOOTPRINT="--seconds 60"
#   make bench-small SMALL="--mib 384"    deploy/up in so much memory, on one core; needs root
#   make bench-scaling SCALING="--block-ms 200"  more pools, for handlers that block
BENCH ?=
PEERS ?=
SCALING ?=
FOOTPRINT ?=
SMALL ?=

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

# Memory and wakeups of an idle bot, with deploy/up's Postgres and Redis.
.PHONY: bench-footprint
bench-footprint: all
	/usr/bin/python3 tests/bench/footprint.py $(FOOTPRINT)

.PHONY: bench-small
bench-small: all
	/usr/bin/python3 tests/bench/small.py $(SMALL)

bench: bench-system bench-footprint bench-small bench-scaling bench-peers bench-pool bench-sender bench-recorder bench-ingress bench-pools bench-spool \
	bench-routing bench-modules bench-fetch bench-files bench-crash
