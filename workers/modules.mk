# What the modules need beside the C files: sealed button data (seal.c) needs libcrypto.

LIBS_workers += -lcrypto

# The side of the pool that knows modules: links with no network and no database.
HOST_NAMES := access admins button command_list ctx draft event fields format host language \
              markup name_table request routes seal update utf8
HOST_OBJECTS = $(patsubst %,$(BUILD)/obj/workers/%.o,$(HOST_NAMES)) \
               $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard workers/modules/*.c))
HOST_LIBS := $(call libs,jansson msgpack) -lcrypto -lm

# --- golden conversations ---------------------------------------------------

RUN_MODULES := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/modules/*.c))
$(BUILD)/tests/run-modules: $(RUN_MODULES) $(HOST_OBJECTS) $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)
.PHONY: module-tests
module-tests: $(BUILD)/tests/run-modules
