/* fake_rows.c - see fake_rows.h. */
#include "tests/modules/fake_rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

bool fake_is_same(struct holder a, struct holder b)
{
	return a.scope == b.scope && a.id == b.id && a.person == b.person;
}

bool fake_is_entry(const struct setting_row *row)
{
	return storage_is_entry(row->holder, row->key);
}

void fake_free_setting(struct setting_row *row)
{
	free(row->module);
	free(row->key);
	free(row->value);
}

void fake_drop_setting(struct fake_storage *memory, size_t index)
{
	fake_free_setting(&memory->settings[index]);
	memory->settings[index] = memory->settings[--memory->settings_count];
}

/* --- marks ------------------------------------------------------------------------------------ */

bool fake_is_turn(const struct mark *a, const struct mark *b)
{
	return a->update_id == b->update_id && a->stage == b->stage;
}

const struct mark_row *fake_find_mark(const struct fake_storage *memory, const struct mark *mark,
				      struct holder holder, const char *module, const char *key)
{
	for (size_t i = 0; i < memory->marks_count; i++) {
		const struct mark_row *row = &memory->marks[i];

		if (fake_is_turn(&row->mark, mark) && row->mark.nth == mark->nth &&
		    fake_is_same(row->holder, holder) && strcmp(row->module, module) == 0 &&
		    strcmp(row->key, key) == 0)
			return row;
	}
	return NULL;
}

/* False when the write was made before. */
bool fake_take_mark(struct fake_storage *memory, const struct mark *mark, struct holder holder,
		    const char *module, const char *key, const char *before)
{
	if (fake_find_mark(memory, mark, holder, module, key))
		return false;
	memory->marks = xreallocarray(memory->marks, memory->marks_count + 1,
				      sizeof(*memory->marks));
	memory->marks[memory->marks_count++] = (struct mark_row) {
		.mark = *mark,
		.holder = holder,
		.module = xstrdup(module),
		.key = xstrdup(key),
		.before = before ? xstrdup(before) : NULL,
	};
	return true;
}

void fake_append_text(struct buffer *out, const char *text)
{
	buffer_append(out, text, strlen(text) + 1);
}

bool fake_marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why)
{
	const struct fake_storage *memory = owner;

	(void)why;
	for (size_t i = 0; i < memory->marks_count; i++) {
		const struct mark_row *row = &memory->marks[i];
		const struct mark_head head = { .holder = row->holder, .nth = row->mark.nth };

		if (!fake_is_turn(&row->mark, turn) ||
		    strncmp(row->key, BRIEF_MARK, strlen(BRIEF_MARK)) == 0)
			continue;
		buffer_append(out, &head, sizeof(head));
		fake_append_text(out, row->module);
		fake_append_text(out, row->key);
		buffer_append_text(out, row->before ? "=" : "");
		fake_append_text(out, row->before ? row->before : "");
	}
	return true;
}
