# The program that system tests crash, linked like the others.
$(BUILD)/tests/korone-victim: $(BUILD)/obj/tests/system/victim.o $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call libs,libzmq jansson)
# Runs programs the way a container does.
$(BUILD)/tests/confined: $(BUILD)/obj/tests/system/confined.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
# The worker with other modules: a misbehaving one and a slow one.
$(BUILD)/tests/korone-worker-%: $(BUILD)/obj/workers/main.o $(BUILD)/obj/tests/system/modules/%.o \
		$(BUILD)/lib/libworkers.a $(BUILD)/lib/libdatabase.a $(BUILD)/lib/libbotapi.a $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group $(LIBS_workers)
$(BUILD)/tests/korone-worker-page: $(BUILD)/obj/tests/modules/examples_page.o
# The clock that tests advance, and the disk that loses power.
$(BUILD)/tests/%.so: tests/system/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -shared -fPIC -o $@ $<
