# The migrations are part of the program: each .sql file becomes a row of common/database/migrations.c.

MIGRATIONS := $(sort $(wildcard common/database/migrations/[0-9][0-9][0-9][0-9]_*.sql))

$(BUILD)/gen/migrations.inc: $(MIGRATIONS) common/database/database.mk
	@mkdir -p $(@D)
	@for file in $(MIGRATIONS); do \
		base=$$(basename $$file .sql); \
		echo "{ .name = \"$$base\", .sql = (const char[]) {"; \
		od -An -v -tx1 $$file | sed 's/ \(..\)/0x\1,/g'; \
		echo "0 } },"; \
	done >$@

$(BUILD)/obj/common/database/migrations.o: $(BUILD)/gen/migrations.inc
GENERATED += $(BUILD)/gen/migrations.inc
