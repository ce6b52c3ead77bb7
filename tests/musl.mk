#   make musl                every file compiles with the headers of musl (musl-tools)

# The libraries' headers are glibc's system's, and are looked at last.
MUSL_FLAGS = $(patsubst -I/usr/%,-idirafter /usr/%,$(patsubst -isystem,-idirafter,$(CPPFLAGS))) \
             -idirafter /usr/include -idirafter /usr/include/$(shell gcc -print-multiarch) \
             $(filter-out -D_FORTIFY_SOURCE=%,$(CFLAGS)) -Werror -fsyntax-only
# What looks into glibc or names its errors, for tests.
GLIBC_ONLY := tests/unit/guard.c tests/system/modules/hostile.c $(wildcard tests/fuzz/*.c)
musl: $(GENERATED)
	@mkdir -p $(BUILD)
	@printf '%s\n' '$(subst ','\'',$(MUSL_FLAGS))' >$(BUILD)/musl.flags
	@printf '%s\n' $(filter-out $(GLIBC_ONLY),$(filter %.c,$(C_FILES))) | xargs -n 1 -P "$$(nproc)" \
		musl-gcc @$(BUILD)/musl.flags
.PHONY: musl
