#include "simulator/journal.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/xalloc.h"

static void drop_first(struct journal *journal)
{
	struct journal_entry *entry = &journal->ring[journal->first++ % JOURNAL_ENTRIES_MAX];

	journal->bytes -= entry->bytes;
	free(entry->text);
	free(entry->remarks);
	free(entry->parameters);
}

void journal_finish(struct journal *journal)
{
	while (journal->first < journal->next)
		drop_first(journal);
	free(journal->ring);
	*journal = (struct journal) { 0 };
}

static void write_value(struct json *json, const struct parameter *parameter)
{
	if (parameter->file_name.data) {
		json_object_start(json);
		json_key(json, "file_name");
		json_text_n(json, parameter->file_name.data, parameter->file_name.length);
		json_key_int(json, "size", (int64_t)parameter->value.length);
		json_object_end(json);
	} else {
		json_text_n(json, parameter->value.data, parameter->value.length);
	}
}

static char *write_parameters(const struct parameters *parameters, size_t *size)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_object_start(&json);
	for (size_t i = 0; i < parameters->count; i++) {
		const struct parameter *parameter = &parameters->items[i];
		char name[64];

		if (parameter->name.length >= sizeof(name))
			continue;
		memcpy(name, parameter->name.data, parameter->name.length);
		name[parameter->name.length] = '\0';
		json_key(&json, name);
		write_value(&json, parameter);
	}
	json_object_end(&json);
	buffer_append_byte(&out, 0);
	*size = out.size;
	return (char *)out.data; /* from the xmalloc family: the entry owns it now */
}

void journal_add(struct journal *journal, const struct journal_entry *entry, const char *text,
		 const char *remarks, const struct parameters *parameters)
{
	struct journal_entry *slot;

	if (!journal->ring)
		journal->ring = xcalloc(JOURNAL_ENTRIES_MAX, sizeof(*journal->ring));
	while (journal->first < journal->next &&
	       (journal->next - journal->first == JOURNAL_ENTRIES_MAX ||
		journal->bytes > JOURNAL_BYTES_MAX))
		drop_first(journal);
	slot = &journal->ring[journal->next++ % JOURNAL_ENTRIES_MAX];
	*slot = *entry;
	slot->text = text ? xstrdup(text) : NULL;
	slot->remarks = remarks ? xstrdup(remarks) : NULL;
	slot->parameters = write_parameters(parameters, &slot->bytes);
	slot->bytes += (text ? strlen(text) + 1 : 0) + (remarks ? strlen(remarks) + 1 : 0);
	journal->bytes += slot->bytes;
}

const struct journal_entry *journal_at(const struct journal *journal, uint64_t index)
{
	if (index < journal->first || index >= journal->next)
		return NULL;
	return &journal->ring[index % JOURNAL_ENTRIES_MAX];
}
