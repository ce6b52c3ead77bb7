# What a large file costs a pool: `make bench-files`.
bench-files: all $(BUILD)/tests/korone-worker-files
	/usr/bin/python3 tests/bench/files.py
.PHONY: bench-files
