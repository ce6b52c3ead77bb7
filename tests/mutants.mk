# Whether the unit tests notice changes of the code. Each mutant is one small change in one file; at
# least MINIMUM per cent must make a test fail. The tests run with sanitizers, which see leaks and
# reads past an end as well, and what these let pass without them. Needs namespaces: root, or those of users.
#
#   make mutants SEED=1 COUNT=300          changes anywhere in files that unit tests run
#   make mutants FILES="ingress/pools/pools.c"   only there, or below directories
SEED    ?= 1
COUNT   ?= 300
MINIMUM ?= 80
FILES   ?= $(foreach c,$(filter-out simulator,$(LIBRARIES)),$(call sources,$(c)))
JOBS    ?= $(shell nproc)

empty :=
space := $(empty) $(empty)
comma := ,
MUTANT_TESTS = $(foreach t,$(UNIT:$(BUILD)/tests/%=%),$(BUILD)/tests/$(t):$(BUILD)/obj/tests/unit/$(t).o,$(GUARD)$(if \
	$(filter $(t),$(FAKE_STORAGE_TESTS)),$(FAKE_STORAGE:%=$(comma)$(BUILD)/%))) \
	$(BUILD)/tests/run-modules:$(subst $(space),$(comma),$(strip $(RUN_MODULES)))
mutants: unit-tests module-tests
	$(Q)$(MAKE) try-mutants BUILD=$(BUILD)/asan SAN=address,undefined PLAIN=$(BUILD)
try-mutants: LIBS_test += $(call libs,$(MSGPACK))
try-mutants: unit-tests module-tests
	$(Q)/usr/bin/python3 -B tests/mutants/run.py --build '$(BUILD)' --plain '$(PLAIN)' \
		--compile '$(subst ','\'',$(CC) $(CPPFLAGS) $(CFLAGS))' --link '$(CC) $(LDFLAGS)' \
		--libraries '-Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(LIBS_test)' \
		--tests '$(MUTANT_TESTS)' --files '$(FILES)' --survivors tests/mutants/survivors.txt \
		--seed $(SEED) --count $(COUNT) --minimum $(MINIMUM) --jobs $(JOBS)
.PHONY: mutants try-mutants
