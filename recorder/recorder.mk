# The recorder's statements are part of the program: of each .sql file one line without comments, for
# recorder/statements.c.

STATEMENTS := $(sort $(wildcard recorder/statements/*.sql))

$(BUILD)/gen/statements.inc: $(STATEMENTS) recorder/recorder.mk
	@mkdir -p $(@D)
	@for file in $(STATEMENTS); do \
		echo "static const char $$(basename $$file .sql)_sql[] = {"; \
		sed -e '/^ *--/d' -e 's/^ *//' $$file | paste -sd ' ' | tr -d '\n' | \
			od -An -v -tx1 | sed 's/ \(..\)/0x\1,/g'; \
		echo "0 };"; \
	done >$@

$(BUILD)/obj/recorder/statements.o: $(BUILD)/gen/statements.inc
GENERATED += $(BUILD)/gen/statements.inc
