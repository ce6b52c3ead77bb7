#include "simulator/control_request.h"

#include <stdio.h>

#include "simulator/sim.h"

const char *control_text(const struct control_request *request, const char *name,
			 const char *fallback)
{
	const char *text = json_string_value(json_object_get(request->in, name));

	return text ? text : fallback;
}

int64_t control_int(const struct control_request *request, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(request->in, name);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool control_bool(const struct control_request *request, const char *name, bool fallback)
{
	const json_t *value = json_object_get(request->in, name);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

/* A person or chat by number or text; NULL when it is missing. The buffer takes digits. */
static const char *name_of(const struct control_request *request, const char *name, char digits[32])
{
	const json_t *value = json_object_get(request->in, name);

	if (json_is_string(value))
		return json_string_value(value);
	if (!json_is_integer(value))
		return NULL;
	snprintf(digits, 32, "%lld", (long long)json_integer_value(value));
	return digits;
}

struct person *control_find_person(struct control_request *request, const char *name)
{
	char digits[32];
	const char *wanted = name_of(request, name, digits);
	struct person *person = wanted ? world_find_person(&request->sim->world, wanted) : NULL;

	if (!person)
		request->refusal = "there is no such person";
	return person;
}

struct chat *control_find_chat(struct control_request *request, const char *name)
{
	char digits[32];
	const char *wanted = name_of(request, name, digits);
	struct chat *chat = wanted ? world_find_chat(&request->sim->world, wanted) : NULL;

	if (!chat && wanted && world_find_person(&request->sim->world, wanted))
		chat = world_private_chat(&request->sim->world,
					  world_find_person(&request->sim->world, wanted));
	if (!chat)
		request->refusal = "there is no such chat";
	return chat;
}

void control_set_int(struct control_request *request, const char *name, int64_t value)
{
	json_object_set_new(request->out, name, json_integer(value));
}
