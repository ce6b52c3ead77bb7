# Builds CKorone into $(BUILD). `make help` lists the targets.
#
#   make                     all programs
#   make SAN=address,undefined BUILD=build-asan
#   make PICTURE=no          without korone-picture and korone-html; yes: their libraries must be there
#   make CHECKS=1            workers compare each call with the table of the Bot API; as with SAN
#   make CC=clang WERROR=1
#   make check               what to run before a commit
#   make install DESTDIR= prefix=/usr    and uninstall; bindir, sbindir, mandir, unitdir, … as usual
#   make dist                a tarball that builds without git
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS and PKG_CONFIG are the user's: what is needed comes before them.

ifeq ($(wildcard common/.),)
$(error These are not the sources; use make -C with the folder of this Makefile)
endif
ifeq ($(origin CC),default)
CC       := gcc
endif
BUILD    ?= build
SAN      ?=
WERROR   ?=
CHECKS   ?= $(SAN)
OPT      ?= -O2
PICTURE  ?= $(if $(filter no,$(foreach l,$(PICTURE_PKGS) $(HTML_PKGS),$(or $(call has,$(l)),no))),no,yes)
V        ?=
VERSION  := 1.0.0
PKG_CONFIG ?= pkg-config

# Directories of the GNU coding standards (7.2.5), and systemd's.
PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
sbindir     ?= $(exec_prefix)/sbin
datarootdir ?= $(prefix)/share
mandir      ?= $(datarootdir)/man
docdir      ?= $(datarootdir)/doc/korone
unitdir     ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
DESTDIR     ?=

# --- libraries ---------------------------------------------------------------

has      = $(shell $(PKG_CONFIG) --exists "$(1)" 2>/dev/null && echo yes)
# pkg-config's names; below, the Debian and Ubuntu packages that provide them.
PKGS     := libzmq libcurl hiredis libpq jansson libmicrohttpd libdw libelf libcrypto zlib \
            libpcre2-8 libidn2 libutf8proc
# Of korone-picture alone, and of korone-html alone: both are built where all of them are found.
PICTURE_PKGS := pangocairo libpng libjpeg libwebp
HTML_PKGS    := libxml-2.0
override PICTURE := $(if $(filter no,$(PICTURE)),,yes)
PKGS     += $(if $(PICTURE),$(PICTURE_PKGS) $(HTML_PKGS))
# From version 6 on msgpack is called msgpack-c. Programs need only its headers, which contain all
# of the packer; only test_pack links it.
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
PACKAGE_pangocairo    := libpango1.0-dev
PACKAGE_libpng        := libpng-dev
PACKAGE_libjpeg       := libjpeg-dev
PACKAGE_libwebp       := libwebp-dev
PACKAGE_libidn2       := libidn2-dev
PACKAGE_libxml-2.0    := libxml2-dev
PACKAGE_libutf8proc   := libutf8proc-dev
PACKAGE_$(MSGPACK)    := libmsgpack-dev
PACKAGE_cmocka        := libcmocka-dev
PACKAGE_pkg-config    := pkg-config

# Missing libraries are reported before the first file is compiled. Other calls of pkg-config are
# silent: targets that compile nothing (clean, help, format, installing what is built) need none.
NEEDED   := pkg-config $(PKGS) $(MSGPACK)
MISSING  := $(if $(shell $(PKG_CONFIG) --version 2>/dev/null), \
            $(foreach l,$(PKGS) $(MSGPACK) cmocka,$(if $(call has,$(l)),,$(l))),pkg-config)
require  = $(call refuse_machine)$(call refuse_compiler)$(call refuse_headers)$(call \
           refuse,$(filter $(NEEDED),$(MISSING)))$(call refuse_old,$(OLD))
refuse   = $(if $(1),$(error Missing (pkg-config name): $(1). \
           Debian and Ubuntu packages: $(foreach l,$(1),$(PACKAGE_$(l)))))

# The oldest that have what is used.
LEAST    := libzmq>=4.2 libcurl>=7.80 hiredis>=0.14 libmicrohttpd>=0.9.71 libpq>=14
OLD      := $(strip $(foreach l,$(LEAST),$(if $(call has,$(firstword $(subst >=, ,$(l)))),$(if \
            $(call has,$(subst >=, >= ,$(l))),,$(l)))))
version_of = $(1) $(shell $(PKG_CONFIG) --modversion $(1)) (needs $(2))
refuse_old = $(if $(1),$(error Too old: $(foreach l,$(1),$(call version_of,$(firstword \
            $(subst >=, ,$(l))),$(lastword $(subst >=, ,$(l)))))))
MACHINE  := $(shell $(CC) -dumpmachine 2>/dev/null)
refuse_machine = $(if $(MACHINE),$(if $(findstring -linux,$(filter x86_64-% aarch64-%,$(MACHINE))),,$(error \
            $(CC) compiles for $(MACHINE); CKorone runs on Linux, on x86_64 and aarch64)),$(error \
            No compiler: $(CC) does not run; $(COMPILERS) is needed))
COMPILERS := gcc 10 or clang 14 or later
# Its preprocessor's answer: 12 __clang_major__ 444, of clang 4 14 444. The last is a word where the C
# library or the kernel's headers are older than Landlock.
pound    := \#
ANSWER   := $(shell printf '%s\n' '$(pound)include <sys/syscall.h>' \
            '__GNUC__ __clang_major__ SYS_landlock_create_ruleset' | \
            $(CC) $(CPPFLAGS) -E -P - 2>/dev/null | tail -n 1)
OLD_GCC   := $(if $(filter __clang_major__,$(ANSWER)),$(filter 1 2 3 4 5 6 7 8 9,$(word 1,$(ANSWER))))
OLD_CLANG := $(filter 1 2 3 4 5 6 7 8 9 10 11 12 13,$(word 2,$(ANSWER)))
refuse_compiler = $(if $(OLD_GCC)$(OLD_CLANG),$(error Too old: $(CC) is $(if \
            $(OLD_GCC),gcc $(OLD_GCC),clang $(OLD_CLANG)); $(COMPILERS) is needed))
refuse_headers = $(if $(word 3,$(ANSWER)),$(if $(filter SYS_%,$(word 3,$(ANSWER))),$(error Too old: the \
            headers of the C library or of the kernel; glibc 2.34 or musl 1.2.3$(comma) and Linux 5.13 \
            or later are needed)),$(error Missing: the headers of the C library (libc6-dev)))
comma    := ,

# --- flags -------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum $(if $(WERROR),-Werror)
# Line tables for stack traces; no LTO, which would lose inlined frames.
DEBUG    := -g1 -gdwarf-aranges -ffile-prefix-map=$(CURDIR)=. -fno-omit-frame-pointer
ifeq ($(shell $(CC) --version 2>/dev/null | grep -c clang),0)
DEBUG    := $(filter-out -gdwarf-aranges,$(DEBUG))
endif
# What the compiler has: $(call understood,FLAGS…) is FLAGS or nothing.
understood = $(shell echo '$(pound)include <string.h>' | $(CC) -O2 -Werror $(1) -x c -c -o /dev/null - \
            2>/dev/null && echo '$(1)')
# No -fcf-protection and -mbranch-protection: the C library's start files are without, so that
# the linked programs would be.
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection \
            $(or $(call understood,-ftrivial-auto-var-init=zero),$(call \
            understood,-ftrivial-auto-var-init=pattern))
LHARDEN  := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id -Wl,--as-needed
ifeq ($(SAN),)
# It needs an optimizing compiler. Level 3 knows the size of what was allocated at run time, too.
FORTIFY  := $(or $(call understood,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDEN   += $(if $(filter -O0,$(OPT) $(CFLAGS)),,$(FORTIFY))
else
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=undefined
endif
ifeq ($(SAN),thread)
SANFLAGS := -fsanitize=thread
endif
override CPPFLAGS := -I. -I$(BUILD)/gen -D_GNU_SOURCE -DKORONE_VERSION='"$(VERSION)"' \
            $(if $(CHECKS),-DKORONE_CHECKS) \
            $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(PKGS) $(MSGPACK) 2>/dev/null)) $(CPPFLAGS)
override CFLAGS := -std=c17 $(OPT) $(DEBUG) $(HARDEN) $(WARNINGS) $(SANFLAGS) -pthread \
            $(EXTRA_CFLAGS) $(CFLAGS)
override LDFLAGS := $(LHARDEN) $(SANFLAGS) -pthread $(EXTRA_LDFLAGS) $(LDFLAGS)

libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)
LIBS_ingress    := $(call libs,libzmq libcurl libmicrohttpd jansson) -lm
LIBS_workers    := $(call libs,libzmq libcurl libmicrohttpd jansson libpq hiredis) -lm
LIBS_recorder   := $(call libs,libzmq libmicrohttpd libpq hiredis libcrypto) -lm
LIBS_crashd     := $(call libs,libzmq libcurl libmicrohttpd libdw libelf jansson zlib libcrypto \
                   libpcre2-8) -lm
LIBS_koronectl  := $(call libs,libcurl jansson libpq libzmq libcrypto) -lm
LIBS_picture    := $(call libs,$(PICTURE_PKGS)) -lm
LIBS_html       := $(call libs,$(HTML_PKGS))
LIBS_simulator  := $(call libs,jansson) -lm
LIBS_all        := $(call libs,$(PKGS)) -lm

DIR_common     := common
DIR_botapi     := botapi
DIR_database   := common/database
DIR_ingress    := ingress
DIR_workers    := workers
DIR_recorder   := recorder
DIR_crashd     := crashd
DIR_koronectl  := koronectl
DIR_picture    := picture
DIR_html       := html
DIR_simulator  := simulator

COMPONENTS := ingress workers recorder crashd koronectl $(if $(PICTURE),picture html) simulator
LIBRARIES  := common database botapi $(COMPONENTS)

# A component includes every folder below its own, except those that are another component's.
within  = $(filter $(DIR_$(1))/%,$(foreach l,$(LIBRARIES),$(DIR_$(l))))
sources = $(filter-out %/main.c $(addsuffix /%,$(call within,$(1))), \
          $(sort $(shell find $(DIR_$(1)) -name '[!.]*.c')))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(call sources,$(1)))

PROGRAM_ingress    := korone-ingress
PROGRAM_workers    := korone-worker
PROGRAM_recorder   := korone-recorder
PROGRAM_crashd     := korone-crashd
PROGRAM_koronectl  := koronectl
PROGRAM_picture    := korone-picture
PROGRAM_html       := korone-html
PROGRAM_simulator  := korone-botapi-sim
# What uses Postgres; ingress and crashd do not link it.
USES_DATABASE := workers recorder koronectl
# What knows the table of the Bot API.
USES_BOTAPI := workers simulator crashd

.DEFAULT_GOAL := all
all: $(foreach c,$(COMPONENTS),$(BUILD)/bin/$(PROGRAM_$(c)))

# V=1 shows the commands; otherwise a word for each is shown, or nothing with -s.
Q   := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo "  $(1)" $@)

# --- rules ------------------------------------------------------------------

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(require)$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# $(call recorded,FILE,VARIABLE): FILE contains the variable's words and is rewritten when they
# change, so that what depends on it is rebuilt. Not while a library is missing: nothing could be
# rebuilt, but what is built can still be installed.
define recorded
ifeq ($$(filter $$(NEEDED),$$(MISSING)),)
ifneq ($$(strip $$($(2))),$$(file <$(1)))
$(1): FORCE
endif
endif
$(1):
	@mkdir -p $$(@D)
	@echo '$$(subst ','\'',$$(strip $$($(2))))' >$$@
endef
.PHONY: FORCE

# What it contains as bytes.
$(BUILD)/obj/simulator/page_assets.o: $(wildcard simulator/page/* common/web/page/*)
$(BUILD)/obj/koronectl/page.o: $(wildcard koronectl/page/* common/web/page/*)

# Rebuild everything when the flags change. -Werror does not change an object.
FLAGS = $(CC) $(CPPFLAGS) $(filter-out -Werror,$(CFLAGS)) $(LDFLAGS) $(LIBS_all)
$(eval $(call recorded,$(BUILD)/flags,FLAGS))

# Members are appended (q): files in two folders may have the same base name. An archive is rebuilt
# also when a file was removed.
define component
MEMBERS_$(1) := $$(call objects,$(1))
$$(eval $$(call recorded,$(BUILD)/lib/$(1).members,MEMBERS_$(1)))
$(BUILD)/lib/lib$(1).a: $$(MEMBERS_$(1)) $(BUILD)/lib/$(1).members
	@rm -f $$@
	$(Q)$$(AR) qcs $$@ $$(MEMBERS_$(1))
endef
$(foreach c,$(LIBRARIES),$(eval $(call component,$(c))))

define program
$(BUILD)/bin/$(PROGRAM_$(1)): $(BUILD)/obj/$(DIR_$(1))/main.o $(BUILD)/lib/lib$(1).a \
		$(if $(filter $(1),$(USES_DATABASE)),$(BUILD)/lib/libdatabase.a) \
		$(if $(filter $(1),$(USES_BOTAPI)),$(BUILD)/lib/libbotapi.a) $(BUILD)/lib/libcommon.a
	@mkdir -p $$(@D)
	$$(require)$$(call say,LINK)
	$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1))
.PHONY: $(PROGRAM_$(1))
$(PROGRAM_$(1)): $(BUILD)/bin/$(PROGRAM_$(1))
endef
$(foreach c,$(COMPONENTS),$(eval $(call program,$(c))))

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# --- tests ------------------------------------------------------------------

# A unit test links every library; archives contribute only what it uses. guard.c is with
# each of them.
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(filter-out $(if $(PICTURE),,tests/unit/test_picture% tests/unit/test_html%),\
        $(wildcard tests/unit/test_*.c)))
ALL_LIBS = $(foreach c,$(LIBRARIES),$(BUILD)/lib/lib$(c).a)
GUARD := $(BUILD)/obj/tests/unit/guard.o
LIBS_test := $(LIBS_all) $(call libs,cmocka) -Wl,--wrap=_cmocka_run_group_tests,--wrap=pthread_mutex_unlock
$(BUILD)/tests/test_pack: LIBS_test += $(call libs,$(MSGPACK))
# Programs of the tests that include one of these.
including = $(patsubst tests/unit/%.c,$(BUILD)/tests/%, \
            $(shell grep -lsE '^.include "tests/unit/($(1)).h"' tests/unit/test_*.c))
$(call including,(moved|standing)_clock|turned_loop): LIBS_test += -Wl,--wrap=clock_boot_ms
$(BUILD)/tests/test_loop $(call including,turned_loop): LIBS_test += -Wl,--wrap=epoll_wait
$(call including,parent_world): LIBS_test += -Wl,--wrap=clock_boot_ms,--wrap=epoll_wait,--wrap=loop_run
$(BUILD)/tests/test_writer $(BUILD)/tests/test_child: LIBS_test += -Wl,--wrap=poll
$(UNIT) $(UNIT:$(BUILD)/tests/%=$(BUILD)/obj/tests/unit/%.o) $(GUARD): NEEDED += cmocka
$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(GUARD) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(require)$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(ALL_LIBS) -Wl,--end-group $(LIBS_test)
unit-tests: $(UNIT)

# --- install, upkeep --------------------------------------------------------

# $(call installed,DIRECTORY,MODE,FILES): what `install` puts there and `uninstall` takes away.
define installed
install:: $(3)
	$$(INSTALL) -d -m 755 $$(DESTDIR)$(1)
	$$(INSTALL) -m $(2) $(3) $$(DESTDIR)$(1)
uninstall::
	rm -f $$(patsubst %,$$(DESTDIR)$(1)/%,$$(notdir $(3)))
endef
INSTALL ?= install
install:: all
# Workers look for korone-picture and korone-html where commands are.
COMMANDS  := koronectl $(if $(PICTURE),korone-picture korone-html)
INSTALLED := $(foreach c,$(filter-out simulator,$(COMPONENTS)),$(PROGRAM_$(c)))
DAEMONS   := $(filter-out $(COMMANDS),$(INSTALLED))
$(eval $(call installed,$(bindir),755,$(COMMANDS:%=$(BUILD)/bin/%)))
$(eval $(call installed,$(sbindir),755,$(DAEMONS:%=$(BUILD)/bin/%)))

# The programs print their man pages from the tables of --help; daemons are in section 8.
define manual
$(BUILD)/share/man/man$(1)/%.$(1): $(BUILD)/bin/%
	@mkdir -p $$(@D)
	$(Q)$$< --man >$$@
manuals: $(2:%=$(BUILD)/share/man/man$(1)/%.$(1))
$(call installed,$(mandir)/man$(1),644,$(2:%=$(BUILD)/share/man/man$(1)/%.$(1)))
endef
$(eval $(call manual,1,$(COMMANDS)))
$(eval $(call manual,8,$(DAEMONS)))

# The commit that is checked out, under its version; the tarball is the same each time.
dist: $(BUILD)/korone-$(VERSION).tar.gz
$(BUILD)/korone-$(VERSION).tar.gz: FORCE
	@mkdir -p $(@D)
	git archive --prefix=korone-$(VERSION)/ HEAD | gzip -9n >$@
.PHONY: install uninstall manuals dist

include $(wildcard tests/*.mk workers/*.mk recorder/*.mk common/*/*.mk deploy/systemd/*.mk deploy/kubernetes/*.mk docs/*.mk)

C_FILES = $(wildcard $(shell git ls-files -co --exclude-standard '*.c' '*.h'))
# Each version formats otherwise and finds something else: ours is Debian 12's.
versioned     = $(or $(shell command -v $(1)-14),$(1))
CLANG_FORMAT ?= $(call versioned,clang-format)
CLANG_TIDY   ?= $(call versioned,clang-tidy)
format:
	$(CLANG_FORMAT) -i $(C_FILES)
check-format:
	$(CLANG_FORMAT) --dry-run -Werror $(C_FILES)

# How each file is compiled, for editors and clang-tidy
# (https://clang.llvm.org/docs/JSONCompilationDatabase.html). Without an option that clang 14 refuses.
json    = $(subst ",\",$(subst \,\\,$(1)))
COMPILE = $(call json,$(CC) $(CPPFLAGS) $(filter-out -ftrivial-auto-var-init=%,$(CFLAGS)))
compile_commands.json: $(GENERATED)
	$(require)@separator='['; for file in $(filter %.c,$(C_FILES)); do \
		printf '%s\n{ "directory": "%s", "file": "%s", "command": "%s" }' "$$separator" \
			'$(call json,$(CURDIR))' "$$file" '$(subst ','\'',$(COMPILE)) -c '"$$file"; \
		separator=,; \
	done >$@.new; printf '\n]\n' >>$@.new; mv $@.new $@

# The checks are in .clang-tidy. The C files in tests/system are wrong on purpose.
tidy: compile_commands.json
	@printf '%s\n' $(filter-out tests/system/%,$(filter %.c,$(C_FILES))) | \
		xargs -n 4 -P "$$(nproc)" $(CLANG_TIDY) --quiet -p .

# What to run before a commit; tests/run runs everything.
check:
	env -u MAKEFLAGS -u MFLAGS tests/run lint unit modules

clean distclean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#   \(make.*\)/\1/p' Makefile tests/*.mk docs/*.mk
	@echo "targets: all check unit-tests module-tests fuzz-run bench install uninstall dist format"
	@echo "         check-format tidy musl compile_commands.json clean"

.PHONY: all unit-tests format check-format compile_commands.json tidy check clean distclean help
.SECONDARY:
