# What system tests crash; linked as the programs are.
$(BUILD)/tests/korone-victim: $(BUILD)/obj/tests/system/victim.o $(BUILD)/lib/libcommon.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call libs,libzmq msgpack jansson)
