/* part_setting.c - lines that set the scene: who is who, and what time it is. */
#include <stdlib.h>
#include <string.h>

#include "botapi/botapi.h"
#include "common/xalloc.h"
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/play.h"
#include "tests/modules/script.h"

static void add_operator(void *owner, const char *name)
{
	struct conversation *conversation = owner;
	struct id_list *list = &conversation->settings.operators;

	list->ids = xreallocarray(list->ids, list->count + 1, sizeof(*list->ids));
	list->ids[list->count++] = world_person(&conversation->world, name)->id;
}

static bool set_operators(struct conversation *conversation, const char *rest, struct why *why)
{
	(void)why;
	script_names(&conversation->world, rest, add_operator, conversation);
	return true;
}

/* As the recorder knows them: people by lower-case names, groups by their titles. */
static void record(void *owner, const char *name)
{
	struct conversation *conversation = owner;
	struct world *world = &conversation->world;
	struct recorded_person recorded = { .last_name = "", .username = name };

	if (name[0] == '"' && (strlen(name) < 3 || name[strlen(name) - 1] != '"')) {
		conversation_fault(conversation, "%s is no title: it has no end", name);
		return;
	}
	if (name[0] == '"') {
		name = arena_strndup(&world->arena, name + 1, strlen(name) - 2);
		recorded.id = world_group(world, name)->id;
		recorded.username = "";
	} else {
		recorded.id = world_person(world, name)->id;
	}
	recorded.first_name = name;
	fake_storage_record(conversation->memory, &recorded);
}

static bool set_recorded(struct conversation *conversation, const char *rest, struct why *why)
{
	(void)why;
	script_names(&conversation->world, rest, record, conversation);
	return true;
}

static void add_admin(void *owner, const char *name)
{
	struct group *group = owner;

	if (group->administrators_count < WORLD_PEOPLE_MAX)
		group->administrators[group->administrators_count++] = name;
}

static void add_outsider(void *owner, const char *name)
{
	struct group *group = owner;

	if (group->outsiders_count < WORLD_PEOPLE_MAX)
		group->outsiders[group->outsiders_count++] = name;
}

static bool take_list(struct world *world, const char **at, struct group **group, struct why *why)
{
	if (!take_chat(world, at, group, why))
		return false;
	return take(at, ":") || why_set(why, "after the group comes \": \" and a list of names");
}

static bool set_admins(struct conversation *conversation, const char *rest, struct why *why)
{
	struct group *group;

	if (!take_list(&conversation->world, &rest, &group, why))
		return false;
	group->administrators_count = 0;
	group->refusal = NULL;
	if (strncmp(rest, "refuses ", 8) == 0)
		group->refusal = arena_strdup(&conversation->world.arena, rest);
	else
		script_names(&conversation->world, rest, add_admin, group);
	return true;
}

static bool set_outsiders(struct conversation *conversation, const char *rest, struct why *why)
{
	struct group *group;

	if (!take_list(&conversation->world, &rest, &group, why))
		return false;
	group->outsiders_count = 0;
	script_names(&conversation->world, rest, add_outsider, group);
	return true;
}

static bool are_rights(const char *rights, struct why *why)
{
	const struct botapi_object *object = botapi_find_object("ChatMemberAdministrator");
	size_t length;

	if (strcmp(rights, "owner") == 0 || strcmp(rights, "none") == 0)
		return true;
	for (; *rights; rights += length + (rights[length] == ' ')) {
		length = strcspn(rights, " ");
		if (!botapi_find_field(object, rights, length))
			return why_set(why, "\"%.*s\" is no right", (int)length, rights);
	}
	return true;
}

/* "alice in "Friends": can_pin_messages can_manage_topics" */
static bool set_rights(struct conversation *conversation, const char *rest, struct why *why)
{
	struct world *world = &conversation->world;
	bool of_bot = take(&rest, "the bot");
	struct person *person = of_bot ? NULL : take_person(world, &rest, why);
	struct group *group;

	if (!of_bot && !person)
		return false;
	if (!take(&rest, "in "))
		return why_set(why, "rights are those in a group: \"in\" and its title");
	if (!take_list(world, &rest, &group, why) || !are_rights(rest, why))
		return false;
	if (group->rights_count == WORLD_PEOPLE_MAX)
		return why_set(why, "rights are said %d times of a group", WORLD_PEOPLE_MAX);
	group->rights[group->rights_count++] = (struct person_rights) {
		.name = of_bot ? "bot" : person->name,
		.rights = arena_strdup(&world->arena, rest),
	};
	return true;
}

static bool pass(struct conversation *conversation, const char *rest, struct why *why)
{
	int64_t seconds;

	if (!take_duration(&conversation->world, &rest, &seconds, why))
		return false;
	play_time(conversation, seconds);
	return true;
}

static const struct line lines[] = {
	{ "operators: ", set_operators },
	{ "recorded: ", set_recorded },
	{ "admins of ", set_admins },
	{ "rights of ", set_rights },
	{ "outside of ", set_outsiders },
	{ "after ", pass },
	{ 0 },
};

const struct part setting_part = { .lines = lines };
