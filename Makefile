# Builds CKorone into $(BUILD). `make help` lists the targets.
#
#   make                     all programs
#   make SAN=address,undefined BUILD=build-asan
#   make CC=clang WERROR=1

ifeq ($(origin CC),default)
CC       := gcc
endif
BUILD    ?= build
SAN      ?=
WERROR   ?=
OPT      ?= -O2
V        ?=
VERSION  := 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=

# --- libraries ---------------------------------------------------------------

has      = $(shell pkg-config --exists $(1) 2>/dev/null && echo yes)
# pkg-config's names, and the packages of Debian and Ubuntu that have them.
PKGS     := libzmq libcurl hiredis libpq jansson libmicrohttpd libdw libelf libcrypto zlib \
            libpcre2-8
# msgpack is called msgpack-c from its version 6 on. Programs need its headers only, which hold all
# that packs; test_pack alone links it.
MSGPACK  := $(if $(call has,msgpack-c),msgpack-c,msgpack)

PACKAGE_libzmq        := libzmq3-dev
PACKAGE_libcurl       := libcurl4-openssl-dev
PACKAGE_hiredis       := libhiredis-dev
PACKAGE_libpq         := libpq-dev
PACKAGE_jansson       := libjansson-dev
PACKAGE_libmicrohttpd := libmicrohttpd-dev
PACKAGE_libdw         := libdw-dev
PACKAGE_libelf        := libelf-dev
PACKAGE_libcrypto     := libssl-dev
PACKAGE_zlib          := zlib1g-dev
PACKAGE_libpcre2-8    := libpcre2-dev
PACKAGE_$(MSGPACK)    := libmsgpack-dev
PACKAGE_cmocka        := libcmocka-dev
PACKAGE_pkg-config    := pkg-config

# What is missing is named before the first file is compiled. Other calls of pkg-config keep quiet:
# what compiles nothing (clean, help, format, the install of what is built) does without libraries.
NEEDED   := pkg-config $(PKGS) $(MSGPACK)
MISSING  := $(if $(shell pkg-config --version 2>/dev/null), \
            $(foreach l,$(PKGS) $(MSGPACK) cmocka,$(if $(call has,$(l)),,$(l))),pkg-config)
require  = $(call refuse,$(filter $(NEEDED),$(MISSING)))
refuse   = $(if $(1),$(error Missing, as pkg-config names it: $(1). \
           Debian and Ubuntu have it in: $(foreach l,$(1),$(PACKAGE_$(l)))))

# --- flags -------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum $(if $(WERROR),-Werror)
# Line tables for traces; no LTO, which would lose the inline chain.
DEBUG    := -g1 -gdwarf-aranges -ffile-prefix-map=$(CURDIR)/= -fno-omit-frame-pointer
ifeq ($(shell $(CC) --version 2>/dev/null | grep -c clang),0)
DEBUG    := $(filter-out -gdwarf-aranges,$(DEBUG))
endif
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
LHARDEN  := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id -Wl,--as-needed
ifeq ($(SAN),)
HARDEN   += -D_FORTIFY_SOURCE=2
else
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=undefined
endif
ifeq ($(SAN),thread)
SANFLAGS := -fsanitize=thread
endif
CPPFLAGS := -I. -I$(BUILD)/gen -D_GNU_SOURCE -DKORONE_VERSION='"$(VERSION)"' \
            $(shell pkg-config --cflags $(PKGS) $(MSGPACK) 2>/dev/null)
CFLAGS   := -std=c17 $(OPT) $(DEBUG) $(HARDEN) $(WARNINGS) $(SANFLAGS) -pthread $(EXTRA_CFLAGS)
LDFLAGS  := $(LHARDEN) $(SANFLAGS) -pthread $(EXTRA_LDFLAGS)

libs = $(shell pkg-config --libs $(1) 2>/dev/null)
LIBS_ingress    := $(call libs,libzmq libcurl libmicrohttpd jansson) -lm
LIBS_workers    := $(call libs,libzmq libcurl libmicrohttpd jansson libpq hiredis) -lm
LIBS_recorder   := $(call libs,libzmq libmicrohttpd libpq hiredis libcrypto) -lm
LIBS_crashd     := $(call libs,libzmq libcurl libmicrohttpd libdw libelf jansson zlib libcrypto \
                   libpcre2-8) -lm
LIBS_koronectl  := $(call libs,libcurl jansson libpq libzmq libcrypto) -lm
LIBS_simulator  := $(call libs,jansson) -lm
LIBS_all        := $(call libs,$(PKGS)) -lm

DIR_common     := common
DIR_database   := common/database
DIR_ingress    := ingress $(wildcard ingress/*/)
DIR_workers    := workers $(wildcard workers/*/)
DIR_recorder   := recorder
DIR_crashd     := crashd
DIR_koronectl  := koronectl
DIR_simulator  := simulator

sources = $(filter-out %/main.c,$(foreach d,$(DIR_$(1):/=),$(wildcard $(d)/*.c)))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(call sources,$(1)))

COMPONENTS := ingress workers recorder crashd koronectl simulator
PROGRAM_ingress    := korone-ingress
PROGRAM_workers    := korone-worker
PROGRAM_recorder   := korone-recorder
PROGRAM_crashd     := korone-crashd
PROGRAM_koronectl  := koronectl
PROGRAM_simulator  := korone-botapi-sim
# What asks Postgres; ingress and crashd do not link it.
USES_DATABASE := workers recorder koronectl
# Only components that have a main.c yet.
READY := $(foreach c,$(COMPONENTS),$(if $(wildcard $(firstword $(DIR_$(c)))/main.c),$(c)))

.DEFAULT_GOAL := all
all: $(foreach c,$(READY),$(BUILD)/bin/$(PROGRAM_$(c)))

# Commands are not shown unless V=1; a word for each is, unless -s.
Q   := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo "  $(1)" $@)

# --- rules ------------------------------------------------------------------

$(BUILD)/obj/%.o: %.c | $(BUILD)/flags
	@mkdir -p $(@D)
	$(require)$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Rebuild everything when the flags change.
.PHONY: FORCE
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' >$@

define component
$(BUILD)/lib/lib$(1).a: $$(call objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)$$(AR) qcs $$@ $$^
endef
$(foreach c,common database $(COMPONENTS),$(eval $(call component,$(c))))

define program
$(BUILD)/bin/$(PROGRAM_$(1)): $(BUILD)/obj/$(firstword $(DIR_$(1)))/main.o $(BUILD)/lib/lib$(1).a \
		$(if $(filter $(1),$(USES_DATABASE)),$(BUILD)/lib/libdatabase.a) $(BUILD)/lib/libcommon.a
	@mkdir -p $$(@D)
	$$(require)$$(call say,LINK)
	$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1))
.PHONY: $(PROGRAM_$(1))
$(PROGRAM_$(1)): $(BUILD)/bin/$(PROGRAM_$(1))
endef
$(foreach c,$(COMPONENTS),$(eval $(call program,$(c))))

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# --- tests ------------------------------------------------------------------

# A unit test links every library; archives give only what it uses.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
ALL_LIBS = $(foreach c,$(COMPONENTS) database common,$(BUILD)/lib/lib$(c).a)
LIBS_test := $(LIBS_all) $(call libs,cmocka)
$(BUILD)/tests/test_pack: LIBS_test += $(call libs,$(MSGPACK))
$(UNIT) $(UNIT:$(BUILD)/tests/%=$(BUILD)/obj/tests/unit/%.o): NEEDED += cmocka
$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(ALL_LIBS)
	@mkdir -p $(@D)
	$(require)$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(LIBS_test)
unit-tests: $(UNIT)

include $(wildcard tests/*.mk workers/*.mk common/*/*.mk deploy/systemd/*.mk)

# --- install, upkeep --------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(foreach c,$(filter-out simulator,$(READY)),$(BUILD)/bin/$(PROGRAM_$(c))) $(DESTDIR)$(PREFIX)/bin

# Man pages are printed by the programs, from the tables of --help.
INSTALLED := $(foreach c,$(filter-out simulator,$(READY)),$(PROGRAM_$(c)))
MANUALS := $(patsubst %,$(BUILD)/share/man/man1/%.1,$(INSTALLED))
$(BUILD)/share/man/man1/%.1: $(BUILD)/bin/%
	@mkdir -p $(@D)
	$(Q)$< --man >$@
manuals: $(MANUALS)
install: install-manuals
install-manuals: manuals
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 $(MANUALS) $(DESTDIR)$(PREFIX)/share/man/man1
.PHONY: manuals install-manuals

C_FILES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')
format:
	clang-format -i $(C_FILES)
check-format:
	clang-format --dry-run -Werror $(C_FILES)

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#   \(make.*\)/\1/p' Makefile tests/*.mk
	@echo "targets: all unit-tests module-tests fuzz-run bench install format check-format clean"

.PHONY: all unit-tests install format check-format clean help
.SECONDARY:
