#include "simulator/world.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"

#define FIRST_PERSON_ID 5000000001 /* over 32 bits, as today's accounts */
#define FIRST_GROUP_ID (-4000000001)
#define FIRST_SUPERGROUP_ID (-1002000000001)

static const char *const chat_type_names[] = {
	[CHAT_PRIVATE] = "private",
	[CHAT_GROUP] = "group",
	[CHAT_SUPERGROUP] = "supergroup",
	[CHAT_CHANNEL] = "channel",
};

const char *chat_type_name(enum chat_type type)
{
	return chat_type_names[type];
}

bool chat_type_find(const char *name, enum chat_type *out)
{
	for (unsigned i = 0; i < COUNT_OF(chat_type_names); i++) {
		if (!strcmp(chat_type_names[i], name)) {
			*out = (enum chat_type)i;
			return true;
		}
	}
	return false;
}

static void replace(char **field, const char *text)
{
	char *copy = xstrdup(text ? text : "");

	free(*field);
	*field = copy;
}

void person_render(struct world *world, struct person *person)
{
	struct json json;
	struct chat *own = world_chat(world, person->id);

	buffer_clear(&person->json);
	json = json_start(&person->json);
	json_object_start(&json);
	json_key_int(&json, "id", person->id);
	json_key_bool(&json, "is_bot", person->is_bot);
	ascii_key_text(&json, "first_name", person->first_name);
	if (*person->last_name)
		ascii_key_text(&json, "last_name", person->last_name);
	if (*person->username)
		ascii_key_text(&json, "username", person->username);
	if (*person->language)
		ascii_key_text(&json, "language_code", person->language);
	if (person->is_premium)
		json_key_bool(&json, "is_premium", true);
	json_object_end(&json);
	if (own)
		chat_render(own);
}

void chat_render(struct chat *chat)
{
	struct json json;

	buffer_clear(&chat->json);
	json = json_start(&chat->json);
	json_object_start(&json);
	json_key_int(&json, "id", chat->id);
	if (chat->person) {
		ascii_key_text(&json, "first_name", chat->person->first_name);
		if (*chat->person->last_name)
			ascii_key_text(&json, "last_name", chat->person->last_name);
		if (*chat->person->username)
			ascii_key_text(&json, "username", chat->person->username);
	} else {
		ascii_key_text(&json, "title", chat->title);
		if (*chat->username)
			ascii_key_text(&json, "username", chat->username);
	}
	if (chat->is_forum)
		json_key_bool(&json, "is_forum", true);
	if (chat->is_direct)
		json_key_bool(&json, "is_direct_messages", true);
	json_key_text(&json, "type", chat_type_name(chat->type));
	if (chat->type == CHAT_GROUP)
		json_key_bool(&json, "all_members_are_administrators", false);
	json_object_end(&json);
}

static uint64_t username_key(const char *username)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *username; username++)
		hash = (hash ^ (unsigned char)(*username | 0x20)) * 0x100000001b3u;
	return hash;
}

/* Usernames move: the one who has it loses it. */
static void take_username(struct world *world, const char *username, struct person *keeper)
{
	uint64_t key = username_key(username);
	struct person *holder = id_map_find(&world->people_by_username, key);

	if (holder && holder != keeper && !strcasecmp(holder->username, username)) {
		replace(&holder->username, "");
		person_render(world, holder);
	}
	if (*username)
		id_map_set(&world->people_by_username, key, keeper);
	replace(&keeper->username, username);
}

static void rename_person(struct world *world, struct person *person, const char *first_name,
			  const char *last_name, const char *username, const char *language)
{
	if (first_name)
		replace(&person->first_name, first_name);
	if (last_name)
		replace(&person->last_name, last_name);
	if (username)
		take_username(world, username, person);
	if (language)
		replace(&person->language, language);
	person_render(world, person);
}

struct person *world_add_person(struct world *world, int64_t id, const char *first_name,
				const char *last_name, const char *username, const char *language)
{
	struct person *person = id ? world_person(world, id) : NULL;

	if (!person) {
		person = xmalloc(sizeof(*person));
		person->id = id ? id : FIRST_PERSON_ID + (int64_t)world->people_count;
		while (!id && world_person(world, person->id))
			person->id++;
		replace(&person->first_name, "");
		replace(&person->last_name, "");
		replace(&person->username, "");
		replace(&person->language, "");
		world->people = xreallocarray(world->people, world->people_count + 1,
					      sizeof(struct person *));
		world->people[world->people_count++] = person;
		id_map_set(&world->people_by_id, (uint64_t)person->id, person);
	}
	rename_person(world, person, first_name, last_name, username, language);
	return person;
}

static int64_t free_chat_id(const struct world *world, enum chat_type type)
{
	int64_t id = type == CHAT_GROUP ? FIRST_GROUP_ID : FIRST_SUPERGROUP_ID;

	id -= (int64_t)world->chats_count;
	while (world_chat(world, id))
		id--;
	return id;
}

struct chat *world_add_chat(struct world *world, int64_t id, enum chat_type type, const char *title,
			    const char *username)
{
	struct chat *chat = id ? world_chat(world, id) : NULL;

	if (chat) {
		chat_rename(chat, title, username);
		return chat;
	}
	chat = xmalloc(sizeof(*chat));
	chat->id = id ? id : free_chat_id(world, type);
	chat->type = type;
	chat->world = world;
	chat->bot = member_with(world->bot,
				type == CHAT_CHANNEL ? MEMBER_ADMINISTRATOR : MEMBER_MEMBER, type);
	chat->permissions = PERMISSIONS_ALL;
	chat->next_ping = 1;
	replace(&chat->title, title);
	replace(&chat->username, username);
	world->chats = xreallocarray(world->chats, world->chats_count + 1, sizeof(struct chat *));
	world->chats[world->chats_count++] = chat;
	id_map_set(&world->chats_by_id, (uint64_t)chat->id, chat);
	chat_render(chat);
	return chat;
}

void chat_rename(struct chat *chat, const char *title, const char *username)
{
	if (title)
		replace(&chat->title, title);
	if (username)
		replace(&chat->username, username);
	chat_render(chat);
}

struct chat *world_private_chat(struct world *world, struct person *person)
{
	struct chat *chat = world_chat(world, person->id);

	if (!chat) {
		chat = world_add_chat(world, person->id, CHAT_PRIVATE, NULL, NULL);
		chat->person = person;
		chat_render(chat);
	}
	return chat;
}

struct person *world_person(const struct world *world, int64_t id)
{
	return id_map_find(&world->people_by_id, (uint64_t)id);
}

struct chat *world_chat(const struct world *world, int64_t id)
{
	return id_map_find(&world->chats_by_id, (uint64_t)id);
}

static bool is_number(const char *name, int64_t *out)
{
	char *end;

	*out = strtoll(name, &end, 10);
	return end != name && *end == '\0';
}

struct person *world_find_person(const struct world *world, const char *name)
{
	int64_t id;

	if (is_number(name, &id))
		return world_person(world, id);
	for (size_t i = 0; i < world->people_count; i++) {
		struct person *person = world->people[i];

		if (*name == '@' ? !strcasecmp(person->username, name + 1)
				 : !strcmp(person->first_name, name))
			return person;
	}
	return NULL;
}

struct chat *world_find_chat(const struct world *world, const char *name)
{
	int64_t id;

	if (is_number(name, &id))
		return world_chat(world, id);
	for (size_t i = 0; i < world->chats_count; i++) {
		struct chat *chat = world->chats[i];

		if (!chat->person && (*name == '@' ? !strcasecmp(chat->username, name + 1)
						   : !strcmp(chat->title, name)))
			return chat;
	}
	return NULL;
}

static void note_end(struct chat *chat, int64_t until_s)
{
	if (until_s != 0 && (chat->next_end_s == 0 || until_s < chat->next_end_s))
		chat->next_end_s = until_s;
}

/* Most chats have nothing that ends. */
void chat_expire_members(struct chat *chat)
{
	int64_t now_s;

	if (chat->next_end_s == 0)
		return;
	now_s = sim_clock_s(&chat->world->clock);
	if (now_s <= chat->next_end_s)
		return;
	chat->next_end_s = 0;
	for (size_t i = 0; i < chat->members_count; i++) {
		member_expire(&chat->members[i], now_s);
		note_end(chat, chat->members[i].until_s);
	}
	member_expire(&chat->bot, now_s);
	note_end(chat, chat->bot.until_s);
}

struct member *chat_member(const struct chat *chat, const struct person *person)
{
	struct chat *found = (struct chat *)chat;
	size_t place;

	chat_expire_members(found);
	if (person == chat->bot.person)
		return &found->bot;
	place = person ? (size_t)(uintptr_t)id_map_find(&chat->places, (uint64_t)person->id) : 0;
	return place ? &found->members[place - 1] : NULL;
}

struct member chat_place_of(const struct chat *chat, struct person *person)
{
	const struct member *member = chat_member(chat, person);

	return member ? *member : (struct member) { .person = person, .status = MEMBER_LEFT };
}

bool chat_is_promoted_by(const struct chat *chat, const struct member *admin,
			 const struct person *by)
{
	/* Places may have changed since, so that they might form a ring. */
	for (size_t i = 0; admin && admin->promoted_by && i <= chat->members_count; i++) {
		if (admin->promoted_by == by)
			return true;
		admin = chat_member(chat, admin->promoted_by);
	}
	return false;
}

struct member chat_place_moved(const struct chat *chat, struct person *person, bool comes)
{
	struct member place = chat_place_of(chat, person);

	if (place.status == MEMBER_RESTRICTED)
		place.away = !comes;
	else
		place = member_with(person, comes ? MEMBER_MEMBER : MEMBER_LEFT, chat->type);
	return place;
}

struct member *chat_put_member(struct chat *chat, const struct member *place)
{
	struct member *member = chat_member(chat, place->person);

	if (!member) {
		chat->members = xreallocarray(chat->members, chat->members_count + 1,
					      sizeof(struct member));
		member = &chat->members[chat->members_count++];
		id_map_add(&chat->places, (uint64_t)place->person->id,
			   (void *)(uintptr_t)chat->members_count);
	}
	*member = *place;
	note_end(chat, place->until_s);
	return member;
}

struct member *chat_set_member(struct chat *chat, struct person *person, enum member_status status)
{
	struct member place = member_with(person, status, chat->type);

	return chat_put_member(chat, &place);
}

size_t chat_present_count(const struct chat *chat)
{
	size_t count = member_is_present(chat_member(chat, chat->bot.person)) ? 1 : 0;

	for (size_t i = 0; i < chat->members_count; i++)
		count += member_is_present(&chat->members[i]) ? 1 : 0;
	return count;
}

int64_t chat_next_message_id(struct world *world, struct chat *chat)
{
	if (chat->type == CHAT_SUPERGROUP || chat->type == CHAT_CHANNEL)
		return ++chat->last_message_id;
	return ++world->last_message_id;
}

struct chat *world_migrate(struct world *world, struct chat *group)
{
	struct chat *chat = world_add_chat(world, 0, CHAT_SUPERGROUP, group->title, NULL);

	chat->bot = group->bot;
	chat->permissions = group->permissions;
	for (size_t i = 0; i < group->members_count; i++)
		chat_put_member(chat, &group->members[i]);
	group->bot.status = MEMBER_LEFT;
	group->migrated_to = chat->id;
	return chat;
}

bool chat_bans_sender(const struct chat *chat, int64_t sender_id)
{
	for (size_t i = 0; i < chat->banned_senders_count; i++) {
		if (chat->banned_senders[i] == sender_id)
			return true;
	}
	return false;
}

void chat_ban_sender(struct chat *chat, int64_t sender_id, bool banned)
{
	int64_t *list = chat->banned_senders;
	size_t at = 0;

	while (at < chat->banned_senders_count && list[at] != sender_id)
		at++;
	if (!banned && at < chat->banned_senders_count)
		list[at] = list[--chat->banned_senders_count];
	if (!banned || at < chat->banned_senders_count)
		return;
	chat->banned_senders = xreallocarray(list, at + 1, sizeof(*list));
	chat->banned_senders[chat->banned_senders_count++] = sender_id;
}

void world_init(struct world *world, int64_t bot_id, const char *bot_username)
{
	struct person *person;

	*world = (struct world) { 0 };
	world->bot = world_add_person(world, bot_id, "CKorone", NULL, bot_username, NULL);
	world->bot->is_bot = true;
	person_render(world, world->bot);
	person = world_add_person(world, ANONYMOUS_ADMIN_ID, "Group", NULL, "GroupAnonymousBot",
				  NULL);
	person->is_bot = true;
	person_render(world, person);
	person = world_add_person(world, CHANNEL_BOT_ID, "Channel", NULL, "Channel_Bot", NULL);
	person->is_bot = true;
	person_render(world, person);
	world_add_person(world, SERVICE_ID, "Telegram", NULL, NULL, NULL);
}

void world_finish(struct world *world)
{
	for (size_t i = 0; i < world->people_count; i++) {
		struct person *person = world->people[i];

		free(person->first_name);
		free(person->last_name);
		free(person->username);
		free(person->language);
		buffer_finish(&person->json);
		free(person);
	}
	for (size_t i = 0; i < world->chats_count; i++) {
		struct chat *chat = world->chats[i];

		free(chat->title);
		free(chat->username);
		free(chat->members);
		id_map_finish(&chat->places);
		topics_finish(&chat->topics);
		free(chat->description);
		free(chat->banned_senders);
		buffer_finish(&chat->json);
		free(chat);
	}
	free(world->people);
	free(world->chats);
	id_map_finish(&world->people_by_id);
	id_map_finish(&world->people_by_username);
	id_map_finish(&world->chats_by_id);
	*world = (struct world) { 0 };
}
