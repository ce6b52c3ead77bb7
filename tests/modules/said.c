/* said.c - a list of names in the arena of the world. */
#include "tests/modules/said.h"

#include <stdlib.h>

#include "tests/modules/conversation.h"

struct said_names {
	const char *key, *value;
	uint64_t until_ms;
	struct said_names *next;
};

static struct said_names *find(struct conversation *conversation, struct text key)
{
	struct said_names *name = conversation->said;

	while (name && !text_is(key, name->key))
		name = name->next;
	return name;
}

static struct said read_name(struct conversation *conversation, struct text key)
{
	const struct said_names *name = find(conversation, key);
	bool alive = name && name->until_ms > conversation->now_ms;
	struct said said;

	said_read(alive ? text_of(name->value) : (struct text) { NULL, 0 }, &said);
	return said;
}

bool said_prepare(struct conversation *conversation, struct call *call)
{
	struct said said;
	char *body;

	if (call->name.use == NAME_NONE)
		return true;
	said = read_name(conversation, call->name.key);
	if (!call_name_prepare(&call->name, call->body, &said, &body))
		return false;
	if (body)
		call->body = text_of(arena_strdup(&conversation->world.arena, body));
	free(body);
	return true;
}

static void keep(struct conversation *conversation, const struct call *call,
		 const struct said *said, uint64_t until_ms)
{
	struct arena *arena = &conversation->world.arena;
	struct said_names *name = find(conversation, call->name.key);
	struct buffer value = { 0 };

	if (!name) {
		name = arena_alloc(arena, sizeof(*name));
		name->key = arena_strndup(arena, call->name.key.data, call->name.key.length);
		name->next = conversation->said;
		conversation->said = name;
	}
	said_write(said, &value);
	name->value = arena_strdup(arena, buffer_text(&value));
	name->until_ms = until_ms ? until_ms : name->until_ms;
	buffer_finish(&value);
}

void said_learn(struct conversation *conversation, const struct call *call, int64_t before)
{
	struct said said;
	struct buffer result = { 0 };
	bool gone;

	if (call->name.use == NAME_NONE)
		return;
	said = read_name(conversation, call->name.key);
	buffer_append_text(&result, "[");
	for (int64_t id = before + 1; id <= conversation->world.last_message_id; id++)
		buffer_printf(&result, "%s{\"message_id\":%lld}", id > before + 1 ? "," : "",
			      (long long)id);
	buffer_append_text(&result, "]");
	if (call_name_learn(&call->name, text_of(buffer_text(&result)), &said, &gone) || gone)
		keep(conversation, call, &said,
		     gone ? 1
		     : call->name.use == NAME_SAYS && call->name.part == 0
			     ? conversation->now_ms + UINT64_C(1000) * call->name.seconds
			     : 0);
	buffer_finish(&result);
}
