# The migrations are part of the program: each .sql file becomes a row of recorder/migrations.c.

MIGRATIONS := $(sort $(wildcard recorder/migrations/[0-9][0-9][0-9][0-9]_*.sql))

$(BUILD)/gen/recorder_migrations.inc: $(MIGRATIONS) recorder/recorder.mk
	@mkdir -p $(@D)
	@for file in $(MIGRATIONS); do \
		base=$$(basename $$file .sql); \
		echo "{ .name = \"$$base\", .sql = (const char[]) {"; \
		od -An -v -tx1 $$file | sed 's/ \(..\)/0x\1,/g'; \
		echo "0 } },"; \
	done >$@

$(BUILD)/obj/recorder/migrations.o: $(BUILD)/gen/recorder_migrations.inc

# koronectl's `migrate` and `user` are the recorder's code.
$(BUILD)/bin/koronectl: $(BUILD)/lib/librecorder.a
LIBS_koronectl := $(BUILD)/lib/librecorder.a $(BUILD)/lib/libcommon.a $(LIBS_koronectl)
