# Fuzzing with libFuzzer (clang), AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   make fuzz                 builds build/fuzz/fuzz_* from tests/fuzz/fuzz_*.c
#   make fuzz-run RUNS=20000  runs each this many times; findings are in build/fuzz/findings
#
# Seeds are in tests/fuzz/seeds/NAME (tests/fuzz/make_seeds.py writes them); a run starts from
# them with a fixed random seed, and keeps what it learned in build/fuzz/corpus. fuzz_symbolize
# opens ELF files each time and runs a tenth as often.

FUZZ_CC    ?= clang
RUNS       ?= 20000
FUZZ_ONE   := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_CFLAGS := -std=c17 -O1 -g -fno-omit-frame-pointer $(WARNINGS) $(FUZZ_ONE) -pthread
FUZZ_PARTS := workers ingress crashd botapi database common
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIBS  := $(foreach p,$(FUZZ_PARTS),$(BUILD)/fuzz/lib$(p).a)

$(BUILD)/fuzz/obj/%.o: %.c $(BUILD)/fuzz/flags
	@mkdir -p $(@D)
	$(require)$(call say,FUZZ_CC)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

FUZZ_FLAGS = $(FUZZ_CC) $(CPPFLAGS) $(filter-out -Werror,$(FUZZ_CFLAGS)) $(LIBS_all)
$(eval $(call recorded,$(BUILD)/fuzz/flags,FUZZ_FLAGS))

define fuzz_part
FUZZ_MEMBERS_$(1) := $$(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$$(call sources,$(1)))
$$(eval $$(call recorded,$(BUILD)/fuzz/$(1).members,FUZZ_MEMBERS_$(1)))
$(BUILD)/fuzz/lib$(1).a: $$(FUZZ_MEMBERS_$(1)) $(BUILD)/fuzz/$(1).members
	@rm -f $$@
	$(Q)$$(AR) qcs $$@ $$(FUZZ_MEMBERS_$(1))
endef
$(foreach p,$(FUZZ_PARTS),$(eval $(call fuzz_part,$(p))))

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_LIBS)
	$(call say,FUZZ_LINK)
	$(Q)$(FUZZ_CC) $(FUZZ_ONE) -fsanitize=fuzzer -pthread -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group -Wl,--as-needed $(LIBS_all)

-include $(shell find $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)

fuzz: $(FUZZ_TARGETS)

# Runs all targets, then fails if any found something. Limits of 10 s per input and on memory turn
# slow and greedy inputs into findings, too.
fuzz-run: fuzz
	@mkdir -p $(BUILD)/fuzz/findings; failed=0; \
	for target in $(FUZZ_TARGETS); do \
		name=$${target##*/fuzz_}; log=$(BUILD)/fuzz/$$name.log; \
		runs=$(RUNS); [ $$name != symbolize ] || runs=$$((runs / 10)); \
		mkdir -p $(BUILD)/fuzz/corpus/$$name tests/fuzz/seeds/$$name; \
		if $$target -runs=$$runs -seed=1 -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
			-artifact_prefix=$(BUILD)/fuzz/findings/$$name- \
			$(BUILD)/fuzz/corpus/$$name tests/fuzz/seeds/$$name >$$log 2>&1; then \
			echo "fuzz $$name: $$runs executions, nothing found"; \
		else \
			echo "fuzz $$name: FOUND something"; tail -n 40 $$log; failed=1; \
		fi; \
	done; exit $$failed

.PHONY: fuzz fuzz-run
