# Fuzzing with libFuzzer (clang), AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   make fuzz                          builds build/fuzz/fuzz_* from tests/fuzz/fuzz_*.c
#   make fuzz-run RUNS=20000           runs each this many times
#   make fuzz-deep SECONDS_EACH=60     runs each this long, from another random seed each time, and
#                                      prints executions and coverage
#   make fuzz-deep FUZZ_TARGETS=build/fuzz/fuzz_host       only that one
#
# Findings are in build/fuzz/findings. Seeds are in tests/fuzz/seeds/NAME (tests/fuzz/make_seeds.py
# writes them); fuzz-run starts from them with a fixed random seed. What is learned is kept in
# build/fuzz/corpus. The words of the dictionary are the Bot API's names, those of our settings, and
# tests/fuzz/words.dict. Slow targets open files, sockets or a whole parent each time and run a tenth
# as often.

FUZZ_CC    ?= clang
RUNS       ?= 20000
SECONDS_EACH ?= 60
FUZZ_SLOW  := symbolize child webhook
FUZZ_ONE   := -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZ_CFLAGS := -std=c17 -O1 -g -fno-omit-frame-pointer $(WARNINGS) $(FUZZ_ONE) -pthread
FUZZ_PARTS := workers ingress recorder crashd koronectl $(if $(PICTURE),picture html) botapi database common
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out $(if $(PICTURE),,%/fuzz_picture.c %/fuzz_html.c),\
                $(wildcard tests/fuzz/fuzz_*.c)))
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

# What the worlds of unit tests that a target uses ask for.
FUZZ_LINK_child := $(call libs,cmocka) -Wl,--wrap=clock_boot_ms,--wrap=epoll_wait,--wrap=loop_run
# The modules that use the whole API.
$(BUILD)/fuzz/fuzz_host: $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(wildcard tests/modules/examples*.c))
$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_LIBS)
	$(call say,FUZZ_LINK)
	$(Q)$(FUZZ_CC) $(FUZZ_ONE) -fsanitize=fuzzer -pthread -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group -Wl,--as-needed $(LIBS_all) $(FUZZ_LINK_$*)

-include $(shell find $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)

FUZZ_WORDS := $(BUILD)/fuzz/words.dict
$(FUZZ_WORDS): botapi/table.c common/settings_table.c tests/fuzz/words.dict tests/fuzz.mk
	@mkdir -p $(@D)
	$(Q){ grep -ohE '\{ "[a-z_0-9]+"' botapi/table.c | sed -E 's/\{ "(.*)"/"\\"\1\\":"/' | sort -u; \
	      grep -ohE '"[A-Z_]{5,}"' common/settings_table.c | sed 's/"$$/="/' | sort -u; \
	      cat tests/fuzz/words.dict; } >$@

fuzz: $(FUZZ_TARGETS)

# Limits of 10 s per input and on memory turn slow and greedy inputs into findings, too.
FUZZ_LIMITS := -timeout=10 -rss_limit_mb=1024 -max_len=4096 -dict=$(FUZZ_WORDS)

# Runs all targets, then fails if any found something. $(1): how long; $(2): what is said of it.
define fuzz_each
	@mkdir -p $(BUILD)/fuzz/findings; failed=0; \
	for target in $(FUZZ_TARGETS); do \
		name=$${target##*/fuzz_}; log=$(BUILD)/fuzz/$$name.log; runs=$(RUNS); \
		case " $(FUZZ_SLOW) " in *" $$name "*) runs=$$((runs / 10));; esac; \
		mkdir -p $(BUILD)/fuzz/corpus/$$name tests/fuzz/seeds/$$name; \
		if $$target $(1) $(FUZZ_LIMITS) -artifact_prefix=$(BUILD)/fuzz/findings/$$name- \
			$(BUILD)/fuzz/corpus/$$name tests/fuzz/seeds/$$name >$$log 2>&1; then \
			echo "fuzz $$name: $(2), nothing found"; \
		else \
			echo "fuzz $$name: FOUND something"; tail -n 40 $$log; failed=1; \
		fi; \
	done; exit $$failed
endef

fuzz-run: fuzz $(FUZZ_WORDS)
	$(call fuzz_each,-runs=$$runs -seed=1,$$runs executions)

# Edges of all functions that were reached; "COVERED_FUNC: hits: 5 edges: 3/4 name file:line".
FUZZ_COVERAGE = $$(awk '/number_of_executed_units/ { runs = $$2 } \
	/^COVERED_FUNC/ { split($$5, edge, "/"); hit += edge[1]; all += edge[2]; functions++ } \
	END { printf "%d executions, %d of %d edges in %d functions", runs, hit, all, functions }' $$log)
fuzz-deep: fuzz $(FUZZ_WORDS)
	$(call fuzz_each,-max_total_time=$(SECONDS_EACH) -print_final_stats=1 -print_coverage=1,$(FUZZ_COVERAGE))

.PHONY: fuzz fuzz-run fuzz-deep
