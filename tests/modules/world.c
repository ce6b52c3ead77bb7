/* world.c - creates people and groups, remembers buttons. */
#include "tests/modules/world.h"

#include <string.h>

#include "common/log.h"

void world_finish(struct world *world)
{
	for (size_t i = 0; i < world->people_count; i++)
		json_decref(world->people[i].fields);
	for (size_t i = 0; i < world->groups_count; i++)
		json_decref(world->groups[i].fields);
	arena_finish(&world->arena);
}

struct person *world_person(struct world *world, const char *name)
{
	struct person *person;

	for (size_t i = 0; i < world->people_count; i++)
		if (strcmp(world->people[i].name, name) == 0)
			return &world->people[i];
	if (world->people_count == WORLD_PEOPLE_MAX)
		panic("more than %d people in a conversation", WORLD_PEOPLE_MAX);
	person = &world->people[world->people_count++];
	person->name = arena_strdup(&world->arena, name);
	person->id = 1000 + (int64_t)world->people_count;
	person->language = "";
	return person;
}

struct group *world_group(struct world *world, const char *title)
{
	struct group *group;

	for (size_t i = 0; i < world->groups_count; i++)
		if (strcmp(world->groups[i].title, title) == 0)
			return &world->groups[i];
	if (world->groups_count == WORLD_GROUPS_MAX)
		panic("more than %d groups in a conversation", WORLD_GROUPS_MAX);
	group = &world->groups[world->groups_count++];
	group->title = arena_strdup(&world->arena, title);
	group->id = -1001000000000 - (int64_t)world->groups_count;
	return group;
}

int64_t world_id(const struct world *world, const char *name)
{
	if (strcmp(name, "bot") == 0)
		return WORLD_BOT_ID;
	for (size_t i = 0; i < world->people_count; i++)
		if (strcmp(world->people[i].name, name) == 0)
			return world->people[i].id;
	return 0;
}

const char *world_status(const struct world *world, const struct group *group, int64_t user_id)
{
	for (size_t i = 0; group && i < group->administrators_count; i++)
		if (world_id(world, group->administrators[i]) == user_id)
			return "administrator";
	for (size_t i = 0; group && i < group->outsiders_count; i++)
		if (world_id(world, group->outsiders[i]) == user_id)
			return "left";
	return "member";
}

const char *world_rights(const struct world *world, const struct group *group, int64_t user_id)
{
	for (size_t i = group ? group->rights_count : 0; i-- > 0;)
		if (world_id(world, group->rights[i].name) == user_id)
			return group->rights[i].rights;
	return NULL;
}

struct group *world_find_group(struct world *world, int64_t id)
{
	for (size_t i = 0; i < world->groups_count; i++)
		if (world->groups[i].id == id)
			return &world->groups[i];
	return NULL;
}

int64_t world_now(const struct world *world)
{
	return WORLD_DATE + world->passed_s;
}

/* --- buttons ---------------------------------------------------------------------------------- */

void world_show_button(struct world *world, int64_t chat_id, int64_t message_id, const char *label,
		       const char *data, const char *url)
{
	if (world->buttons_count == WORLD_BUTTONS_MAX)
		panic("more than %d buttons in a conversation", WORLD_BUTTONS_MAX);
	world->buttons[world->buttons_count++] = (struct shown_button) {
		.chat_id = chat_id,
		.message_id = message_id,
		.label = arena_strdup(&world->arena, label),
		.data = arena_strdup(&world->arena, data),
		.url = arena_strdup(&world->arena, url),
	};
}

void world_forget_buttons(struct world *world, int64_t chat_id, int64_t message_id)
{
	for (size_t i = 0; i < world->buttons_count; i++)
		if (world->buttons[i].chat_id == chat_id &&
		    world->buttons[i].message_id == message_id)
			world->buttons[i].gone = true;
}

const struct shown_button *world_find_button(const struct world *world, int64_t chat_id,
					     const char *label, bool gone)
{
	for (size_t i = world->buttons_count; i-- > 0;)
		if (world->buttons[i].chat_id == chat_id && world->buttons[i].gone == gone &&
		    strcmp(world->buttons[i].label, label) == 0)
			return &world->buttons[i];
	return NULL;
}

/* --- actions ---------------------------------------------------------------------------------- */

int64_t action_chat_id(const struct line_action *action)
{
	return action->group && !action->leads_away ? action->group->id : action->person->id;
}

void action_set(struct line_action *action, const char *field, json_t *value)
{
	if (!action->fields)
		action->fields = json_object();
	json_object_set_new(action->fields, field, value);
}

void action_finish(struct line_action *action)
{
	json_decref(action->fields);
	json_decref(action->replied_fields);
	action->fields = action->replied_fields = NULL;
}
