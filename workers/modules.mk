# What the modules need beside the C files: sealed button data (seal.c) needs libcrypto, regular
# expressions PCRE2, names of hosts libidn2, look-alike letters utf8proc.

LIBS_workers += $(call libs,libcrypto libpcre2-8 libidn2 libutf8proc)

# The side of the pool that knows modules: links with no network and no database.
HOST_OBJECTS = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard workers/host/*.c workers/modules/*.c workers/modules/*/*.c) \
               workers/storage/seal.c workers/storage/derived_cache.c workers/storage/settings_cache.c workers/storage/settings_presence.c workers/wire/answer.c workers/wire/call.c workers/wire/call_end.c workers/wire/call_name.c workers/wire/method.c workers/wire/places.c workers/wire/rights.c \
               workers/wire/fetch.c workers/wire/web_hosts.c)
HOST_LIBS := $(call libs,jansson libcrypto libpcre2-8 libidn2 libutf8proc) -lm

# The storage of tests that run modules, where there is no Postgres and no Redis.
FAKE_STORAGE := obj/tests/modules/fake_storage.o obj/tests/modules/fake_rows.o \
	obj/tests/modules/fake_people.o obj/tests/modules/fake_facts.o \
	obj/tests/modules/fake_recent.o obj/tests/modules/fake_jobs.o
FAKE_STORAGE_TESTS := $(patsubst tests/unit/%.c,%,$(shell grep -lsE '^.include "tests/(unit/(host|draft)_world|modules/fake_storage).h"' tests/unit/test_*.c))
$(FAKE_STORAGE_TESTS:%=$(BUILD)/tests/%): $(FAKE_STORAGE:%=$(BUILD)/%)
$(BUILD)/tests/test_quiet_message: $(BUILD)/obj/tests/modules/full_group.o
$(BUILD)/fuzz/fuzz_host $(BUILD)/fuzz/fuzz_keeper $(BUILD)/fuzz/fuzz_kept $(BUILD)/fuzz/fuzz_modules $(BUILD)/fuzz/fuzz_slug: $(FAKE_STORAGE:%=$(BUILD)/fuzz/%)

# --- golden conversations ---------------------------------------------------

RUN_MODULES := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/modules/*.c tests/modules/recipes/*.c))
$(BUILD)/tests/run-modules: $(RUN_MODULES) $(HOST_OBJECTS) $(BUILD)/obj/ingress/update/transcode.o \
		$(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)
.PHONY: module-tests
module-tests: $(BUILD)/tests/run-modules

# --- translations -----------------------------------------------------------

# po/LOCALE.po is edited by people; `make translations` brings the texts of the code into it.
LOCALES := $(patsubst po/%.po,%,$(wildcard po/*.po))
CATALOGUES := $(patsubst %,$(BUILD)/share/locale/%/LC_MESSAGES/korone.mo,$(LOCALES))

$(BUILD)/share/locale/%/LC_MESSAGES/korone.mo: po/%.po
	@mkdir -p $(@D)
	$(call say,MSGFMT)
	$(Q)msgfmt --check --output-file=$@ $<
catalogues: $(CATALOGUES)
all $(BUILD)/bin/korone-worker $(BUILD)/tests/run-modules $(BUILD)/tests/test_field_value: | catalogues

XGETTEXT := xgettext --language=C --from-code=UTF-8 --add-comments=TRANSLATORS: --no-wrap \
            --keyword=_ --keyword=N_ --keyword=ctx_plural:2,3 --flag=ctx_translate:2:pass-c-format \
            --flag=_:1:pass-c-format --flag=ctx_reply:2:c-format --flag=draft_add:2:c-format \
            --package-name=CKorone --package-version=$(VERSION) --sort-by-file --add-location=file
TRANSLATED := $(sort workers/main.c $(call sources,workers))
$(BUILD)/korone.pot: $(TRANSLATED)
	@mkdir -p $(@D)
	$(call say,XGETTEXT)
	$(Q)$(XGETTEXT) --output=$@ $^
translations: $(BUILD)/korone.pot
	$(Q)$(foreach l,$(LOCALES),msgmerge --quiet --update --no-wrap --add-location=file --backup=none po/$(l).po $<;)
# The languages that have every text: a new text needs a translation in each of them.
COMPLETE_PO ?= po/pt_BR.po
check-translations: $(BUILD)/korone.pot
	$(Q)for po in $(COMPLETE_PO); do msgcmp $$po $< || exit 1; done
# The worker looks for them at ../share/locale from where it is.
localedir := $(abspath $(sbindir)/../share/locale)
$(foreach l,$(LOCALES),$(eval $(call installed,$(localedir)/$(l)/LC_MESSAGES,644,\
	$(BUILD)/share/locale/$(l)/LC_MESSAGES/korone.mo)))
.PHONY: catalogues translations check-translations

# --- benchmark --------------------------------------------------------------

$(BUILD)/tests/bench-routing: $(BUILD)/obj/tests/bench/bench_routing.o $(HOST_OBJECTS) \
		$(FAKE_STORAGE:%=$(BUILD)/%) $(BUILD)/obj/ingress/update/transcode.o $(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)
bench-routing: $(BUILD)/tests/bench-routing
	$<
.PHONY: bench-routing
$(BUILD)/tests/bench-modules: $(BUILD)/obj/tests/bench/bench_modules.o $(BUILD)/obj/tests/modules/full_group.o $(HOST_OBJECTS) \
		$(FAKE_STORAGE:%=$(BUILD)/%) $(BUILD)/obj/ingress/update/transcode.o $(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)
bench-modules: all $(BUILD)/tests/bench-modules
	$(BUILD)/tests/bench-modules
	/usr/bin/python3 tests/bench/modules.py
.PHONY: bench-modules
