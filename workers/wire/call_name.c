/* call_name.c - "TURN PARTS id,id former,former", and the bodies with ids in them. */
#include "workers/wire/call_name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* --- in Redis --------------------------------------------------------------------------------- */

static struct text take_word(struct text *rest)
{
	const char *space = rest->length ? memchr(rest->data, ' ', rest->length) : NULL;
	struct text word = { rest->data, space ? (size_t)(space - rest->data) : rest->length };
	size_t taken = word.length + (space != NULL);

	rest->data += taken;
	rest->length -= taken;
	return word;
}

/* Up to NAME_IDS_MAX, separated by commas; what is no id ends the list. */
static size_t read_ids(struct text list, int64_t ids[NAME_IDS_MAX])
{
	char number[24];
	size_t count = 0, at = 0;

	while (at < list.length && count < NAME_IDS_MAX) {
		size_t length = 0;

		while (at < list.length && list.data[at] != ',' && length < sizeof(number) - 1)
			number[length++] = list.data[at++];
		number[length] = '\0';
		ids[count] = strtoll(number, NULL, 10);
		if (ids[count] <= 0 || (at < list.length && list.data[at] != ','))
			break;
		at++;
		count++;
	}
	return count;
}

void said_read(struct text value, struct said *out)
{
	struct text turn = take_word(&value), parts = take_word(&value);
	char number[12] = "";

	*out = (struct said) { .turn = "" };
	if (!turn.length || turn.length > NAME_TURN_MAX || !parts.length ||
	    parts.length >= sizeof(number))
		return;
	memcpy(out->turn, turn.data, turn.length);
	memcpy(number, parts.data, parts.length);
	out->parts = (uint32_t)strtoul(number, NULL, 10);
	out->count = read_ids(take_word(&value), out->ids);
	out->former_count = read_ids(value, out->former);
}

static void write_ids(const int64_t *ids, size_t count, struct buffer *out)
{
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s%" PRId64, i ? "," : "", ids[i]);
}

void said_write(const struct said *said, struct buffer *out)
{
	buffer_printf(out, "%s %u ", said->turn, said->parts);
	write_ids(said->ids, said->count, out);
	buffer_append_text(out, " ");
	write_ids(said->former, said->former_count, out);
}

/* --- before a call ---------------------------------------------------------------------------- */

static void append_ids(json_t *list, const int64_t *ids, size_t count)
{
	for (size_t i = 0; i < count && json_array_size(list) < 100; i++)
		json_array_append_new(list, json_integer(ids[i]));
}

static char *body_with(struct text body, const char *key, json_t *value)
{
	json_t *root = json_loadb(body.data, body.length, 0, NULL);
	char *written = NULL;

	if (json_is_object(root) && json_object_set(root, key, value) == 0)
		written = json_dumps(root, JSON_COMPACT);
	json_decref(value);
	json_decref(root);
	return written;
}

static bool delete_all(struct text body, const struct said *said, bool present, char **out)
{
	json_t *ids = json_array();

	if (present)
		append_ids(ids, said->ids, said->count);
	append_ids(ids, said->former, said->former_count);
	if (json_array_size(ids) == 0) {
		json_decref(ids);
		return false;
	}
	*out = body_with(body, "message_ids", ids);
	return *out != NULL;
}

bool call_name_prepare(const struct call_name *name, struct text body, const struct said *said,
		       char **body_out)
{
	*body_out = NULL;
	switch (name->use) {
	case NAME_SAYS:
		return !(text_is(name->turn, said->turn) && said->parts > name->part);
	case NAME_CLEARS:
		return delete_all(body, said, false, body_out);
	case NAME_UNSAYS:
		return delete_all(body, said, true, body_out);
	case NAME_EDITS:
		if (said->count)
			*body_out = body_with(body, "message_id", json_integer(said->ids[0]));
		return *body_out != NULL;
	case NAME_NONE:
	case NAME_USES:
		break;
	}
	return true;
}

/* --- after it --------------------------------------------------------------------------------- */

static void add_id(struct said *said, const json_t *message)
{
	int64_t id = json_integer_value(json_object_get(message, "message_id"));

	if (id > 0 && said->count < NAME_IDS_MAX)
		said->ids[said->count++] = id;
}

/* What was there is former now; the newest stay when there is no room for all. */
static void begin_saying(const struct call_name *name, struct said *said)
{
	struct said next = { .parts = 0 };

	memcpy(next.former, said->ids, said->count * sizeof(*said->ids));
	next.former_count = said->count;
	for (size_t i = 0; i < said->former_count && next.former_count < NAME_IDS_MAX; i++)
		next.former[next.former_count++] = said->former[i];
	memcpy(next.turn, name->turn.data, name->turn.length);
	*said = next;
}

static bool learn_said(const struct call_name *name, struct text result, struct said *said)
{
	json_t *root = json_loadb(result.data ? result.data : "", result.length, 0, NULL);
	const json_t *message;
	size_t i;

	if (!root || !name->turn.length || name->turn.length > NAME_TURN_MAX) {
		json_decref(root);
		return false; /* refused: what was there stays */
	}
	if (!text_is(name->turn, said->turn))
		begin_saying(name, said);
	if (json_is_array(root)) {
		json_array_foreach(root, i, message)
		{
			add_id(said, message);
		}
	} else {
		add_id(said, root);
	}
	said->parts = name->part + 1;
	json_decref(root);
	return true;
}

bool call_name_learn(const struct call_name *name, struct text result, struct said *said,
		     bool *gone)
{
	*gone = name->use == NAME_UNSAYS;
	if (name->use == NAME_SAYS)
		return learn_said(name, result, said);
	if (name->use != NAME_CLEARS)
		return false;
	said->former_count = 0;
	return true;
}
