/* extract.c - reads what ingress needs from an update, in one walk over its fields, without a tree.
 * The table `recording` decides who counts as seen. */
#include "ingress/update/extract.h"

#include <inttypes.h>
#include <string.h>

#include "ingress/update/lane_key.h"
#include "ingress/update/transcode.h"

/* --- fields --------------------------------------------------------------------------------- */

/* The fields of an update's content that are read; each is found once. */
#define FIELDS(FIELD)                                \
	FIELD(CHAT, "chat")                          \
	FIELD(FROM, "from")                          \
	FIELD(USER, "user")                          \
	FIELD(MESSAGE, "message")                    \
	FIELD(SENDER_CHAT, "sender_chat")            \
	FIELD(VOTER_CHAT, "voter_chat")              \
	FIELD(NEW_CHAT_MEMBERS, "new_chat_members")  \
	FIELD(OLD_CHAT_MEMBER, "old_chat_member")    \
	FIELD(NEW_CHAT_MEMBER, "new_chat_member")    \
	FIELD(MIGRATE_TO, "migrate_to_chat_id")      \
	FIELD(MIGRATE_FROM, "migrate_from_chat_id")  \
	FIELD(THREAD, "message_thread_id")           \
	FIELD(IS_TOPIC, "is_topic_message")          \
	FIELD(DIRECT_TOPIC, "direct_messages_topic") \
	FIELD(BUSINESS, "business_connection_id")    \
	FIELD(EPHEMERAL, "ephemeral_message_id")     \
	FIELD(USER_CHAT, "user_chat_id")             \
	FIELD(ID, "id")

enum field {
#define FIELD_ENUM(name, text) FIELD_##name,
	FIELDS(FIELD_ENUM)
#undef FIELD_ENUM
		FIELD_COUNT
};

static const struct {
	const char *name;
	size_t length;
} field_names[FIELD_COUNT] = {
#define FIELD_ROW(name, text) [FIELD_##name] = { text, sizeof(text) - 1 },
	FIELDS(FIELD_ROW)
#undef FIELD_ROW
};

/* A missing field is an empty cursor: its type is PACK_NONE. */
struct fields {
	struct cursor at[FIELD_COUNT];
};

static void find_fields(struct cursor map, struct fields *out)
{
	size_t count;

	memset(out, 0, sizeof(*out));
	if (cursor_type(&map) != PACK_MAP)
		return;
	count = cursor_map(&map);
	while (count-- > 0) {
		struct text key, value;

		if (cursor_type(&map) != PACK_TEXT) {
			cursor_skip(&map);
			cursor_skip(&map);
			continue;
		}
		key = cursor_text(&map);
		value = cursor_skip(&map);
		for (size_t i = 0; i < FIELD_COUNT; i++) {
			/* Of a duplicate key the first counts. */
			if (field_names[i].length != key.length || out->at[i].at ||
			    memcmp(field_names[i].name, key.data, key.length))
				continue;
			out->at[i] = cursor_make(value.data, value.length);
		}
	}
}

static bool has(const struct fields *fields, enum field field)
{
	return cursor_type(&fields->at[field]) != PACK_NONE;
}

static int64_t as_integer(struct cursor cursor)
{
	return cursor_type(&cursor) == PACK_INT ? cursor_int(&cursor) : 0;
}

static struct text as_text(struct cursor cursor)
{
	return cursor_type(&cursor) == PACK_TEXT ? cursor_text(&cursor) : (struct text) { NULL, 0 };
}

static bool is_true(struct cursor cursor)
{
	return cursor_type(&cursor) == PACK_BOOL && cursor_bool(&cursor);
}

/* A member of a map; empty when `map` is not a map or has no such member. */
static struct cursor member(struct cursor map, const char *key)
{
	if (cursor_type(&map) != PACK_MAP)
		return (struct cursor) { 0 };
	return cursor_find(map, key);
}

static int64_t id_of(struct cursor map)
{
	return as_integer(member(map, "id"));
}

/* --- who counts as seen ----------------------------------------------------------------------- */

/* Who acted, as bits. Excluded are those who were forwarded, replied to, mentioned, promoted or
 * removed; bots; and channels. PRIVACY.md says the same in words. */
enum actor {
	ACTOR_FROM = 1,   /* field "from" */
	ACTOR_USER = 2,   /* field "user" */
	ACTOR_JOINED = 4, /* a message's "new_chat_members" */
	ACTOR_MEMBER = 8, /* "new_chat_member", when that person was not a member before */
};

enum where {
	WHERE_CHAT = 1,    /* field "chat" */
	WHERE_MESSAGE = 2, /* the chat of field "message" */
};

static const struct {
	unsigned actors;
	unsigned where;
} recording[KIND_COUNT] = {
	/* the sender; who joined or was added */
	[KIND_MESSAGE] = { ACTOR_FROM | ACTOR_JOINED, WHERE_CHAT },
	[KIND_EDITED_MESSAGE] = { ACTOR_FROM, WHERE_CHAT },
	/* posts of channels: nobody */
	[KIND_CHANNEL_POST] = { 0, 0 },
	[KIND_EDITED_CHANNEL_POST] = { 0, 0 },
	/* a connection: nobody; a message: who wrote it to the connected account */
	[KIND_BUSINESS_CONNECTION] = { 0, 0 },
	[KIND_BUSINESS_MESSAGE] = { ACTOR_FROM, 0 },
	[KIND_EDITED_BUSINESS_MESSAGE] = { ACTOR_FROM, 0 },
	[KIND_DELETED_BUSINESS_MESSAGES] = { 0, 0 },
	/* who changed their reaction; counts are anonymous */
	[KIND_MESSAGE_REACTION] = { ACTOR_USER, WHERE_CHAT },
	[KIND_MESSAGE_REACTION_COUNT] = { 0, WHERE_CHAT },
	/* who asked, chose, pressed, pays */
	[KIND_INLINE_QUERY] = { ACTOR_FROM, 0 },
	[KIND_CHOSEN_INLINE_RESULT] = { ACTOR_FROM, 0 },
	[KIND_CALLBACK_QUERY] = { ACTOR_FROM, WHERE_MESSAGE },
	[KIND_SHIPPING_QUERY] = { ACTOR_FROM, 0 },
	[KIND_PRE_CHECKOUT_QUERY] = { ACTOR_FROM, 0 },
	[KIND_PURCHASED_PAID_MEDIA] = { ACTOR_FROM, 0 },
	/* the state of a poll: nobody; a vote: the voter */
	[KIND_POLL] = { 0, 0 },
	[KIND_POLL_ANSWER] = { ACTOR_USER, 0 },
	/* who changed a membership, and who joined by it; the bot itself is a bot */
	[KIND_MY_CHAT_MEMBER] = { ACTOR_FROM, WHERE_CHAT },
	[KIND_CHAT_MEMBER] = { ACTOR_FROM | ACTOR_MEMBER, WHERE_CHAT },
	/* who asks to join */
	[KIND_CHAT_JOIN_REQUEST] = { ACTOR_FROM, WHERE_CHAT },
	/* boosts: nobody */
	[KIND_CHAT_BOOST] = { 0, WHERE_CHAT },
	[KIND_REMOVED_CHAT_BOOST] = { 0, WHERE_CHAT },
	/* who calls the bot into a chat where it is not a member */
	[KIND_GUEST_MESSAGE] = { ACTOR_FROM, 0 },
	/* nobody */
	[KIND_MANAGED_BOT] = { 0, 0 },
	[KIND_STOPPED_MESSAGE_GENERATION] = { 0, 0 },
	[KIND_SUBSCRIPTION] = { 0, 0 },
	[KIND_UNKNOWN] = { 0, 0 },
};

/* Accounts that appear in "from" for a chat that acted: not people (Bot API, "sender_chat"). */
#define ID_TELEGRAM 777000                /* posts of linked channels; not marked as a bot */
#define ID_GROUP_ANONYMOUS_BOT 1087968824 /* anonymous admins */
#define ID_CHANNEL_BOT 136817688          /* people who write as a channel */

static bool is_stand_in(int64_t id)
{
	return id == ID_TELEGRAM || id == ID_GROUP_ANONYMOUS_BOT || id == ID_CHANNEL_BOT;
}

static struct sighting *add_sighting(struct extract *out, enum sighting_scope scope, int64_t id)
{
	for (size_t i = 0; i < out->sightings_count; i++)
		if (out->sightings[i].scope == scope && out->sightings[i].id == id)
			return NULL;
	if (out->sightings_count == EXTRACT_SIGHTINGS_MAX)
		return NULL;
	out->sightings[out->sightings_count] = (struct sighting) { .scope = scope, .id = id };
	return &out->sightings[out->sightings_count++];
}

static void add_user(struct extract *out, struct cursor user)
{
	int64_t id = id_of(user);
	struct sighting *sighting;

	if (id <= 0 || is_stand_in(id) || is_true(member(user, "is_bot")))
		return;
	sighting = add_sighting(out, SIGHTING_USER, id);
	if (!sighting)
		return;
	sighting->username = as_text(member(user, "username"));
	sighting->first_name = as_text(member(user, "first_name"));
	sighting->last_name = as_text(member(user, "last_name"));
	sighting->language_code = as_text(member(user, "language_code"));
}

static void add_group(struct extract *out, struct cursor chat)
{
	struct text type = as_text(member(chat, "type"));
	int64_t id = id_of(chat);
	struct sighting *sighting;

	if (!id || (!text_is(type, "group") && !text_is(type, "supergroup")))
		return;
	/* A channel's inbox calls itself a supergroup. */
	if (is_true(member(chat, "is_direct_messages")))
		return;
	sighting = add_sighting(out, SIGHTING_GROUP, id);
	if (!sighting)
		return;
	sighting->username = as_text(member(chat, "username"));
	sighting->title = as_text(member(chat, "title"));
	sighting->type = type;
}

static void add_joined(struct extract *out, struct cursor members)
{
	size_t count;

	if (cursor_type(&members) != PACK_ARRAY)
		return;
	count = cursor_array(&members);
	while (count-- > 0) {
		struct text one = cursor_skip(&members);

		add_user(out, cursor_make(one.data, one.length));
	}
}

static bool is_member(struct cursor chat_member)
{
	struct text status = as_text(member(chat_member, "status"));

	if (text_is(status, "restricted"))
		return is_true(member(chat_member, "is_member"));
	return text_is(status, "creator") || text_is(status, "administrator") ||
	       text_is(status, "member");
}

static void add_new_member(struct extract *out, const struct fields *fields)
{
	if (is_member(fields->at[FIELD_NEW_CHAT_MEMBER]) &&
	    !is_member(fields->at[FIELD_OLD_CHAT_MEMBER]))
		add_user(out, member(fields->at[FIELD_NEW_CHAT_MEMBER], "user"));
}

/* --- migration -------------------------------------------------------------------------------- */

/* Either chat's service message says so; the group's own id is in "chat". */
static void extract_migration(struct extract *out, const struct fields *fields)
{
	int64_t to = as_integer(fields->at[FIELD_MIGRATE_TO]);
	int64_t from = as_integer(fields->at[FIELD_MIGRATE_FROM]);
	struct sighting *sighting;

	if (to && out->chat_id)
		from = out->chat_id;
	else if (from && out->chat_id)
		to = out->chat_id;
	else
		return;
	if (from == to)
		return;
	out->migrated_from = from;
	out->migrated_to = to;
	sighting = add_sighting(out, SIGHTING_MIGRATION, from);
	if (sighting)
		sighting->new_id = to;
}

/* --- sightings -------------------------------------------------------------------------------- */

static struct cursor group_field(const struct fields *fields, unsigned where)
{
	if (where == WHERE_CHAT)
		return fields->at[FIELD_CHAT];
	if (where == WHERE_MESSAGE)
		return member(fields->at[FIELD_MESSAGE], "chat");
	return (struct cursor) { 0 };
}

static void extract_sightings(struct extract *out, const struct fields *fields)
{
	unsigned actors = recording[out->kind].actors;

	/* With a sender_chat, "from" is a stand-in for it: for a channel, or for the group of an
	 * anonymous admin. */
	if (actors & ACTOR_FROM && !has(fields, FIELD_SENDER_CHAT))
		add_user(out, fields->at[FIELD_FROM]);
	if (actors & ACTOR_USER)
		add_user(out, fields->at[FIELD_USER]);
	if (actors & ACTOR_JOINED)
		add_joined(out, fields->at[FIELD_NEW_CHAT_MEMBERS]);
	if (actors & ACTOR_MEMBER)
		add_new_member(out, fields);
	if (out->kind == KIND_MESSAGE)
		extract_migration(out, fields);
	/* The old group no longer exists: its row would reappear after the migration. */
	if (!out->migrated_from || out->migrated_from != out->chat_id)
		add_group(out, group_field(fields, recording[out->kind].where));
}

/* --- lanes ------------------------------------------------------------------------------------ */

static int64_t acting_id(const struct fields *fields)
{
	static const enum field order[] = { FIELD_FROM, FIELD_USER, FIELD_VOTER_CHAT };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		int64_t id = id_of(fields->at[order[i]]);

		if (id)
			return id;
	}
	return 0;
}

static uint64_t lane_of(const struct extract *out, const struct fields *fields)
{
	enum lane_rule rule = kinds[out->kind].lane;
	int64_t id = 0;

	switch (rule) {
	case LANE_CHAT:
	case LANE_JOIN:
		id = out->chat_id;
		break;
	case LANE_CALLBACK:
	case LANE_USER:
		id = acting_id(fields);
		break;
	case LANE_OWN:
		break;
	}
	return id ? lane_key(rule, id) : lane_key(LANE_OWN, out->update_id);
}

/* --- the update ------------------------------------------------------------------------------- */

struct envelope {
	int64_t update_id;
	enum update_kind kind;
	struct cursor content;
};

/* Unknown fields are skipped, so that new kinds of updates pass. */
static bool open_envelope(const void *update, size_t size, struct envelope *out, struct why *why)
{
	struct cursor map = cursor_make(update, size);
	bool has_id = false;
	size_t count;

	*out = (struct envelope) { .kind = KIND_UNKNOWN };
	if (cursor_type(&map) != PACK_MAP)
		return why_set(why, "update is not an object");
	count = cursor_map(&map);
	while (count-- > 0) {
		struct text key = cursor_text(&map), value;

		if (text_is(key, "update_id") && !has_id && cursor_type(&map) == PACK_INT) {
			out->update_id = cursor_int(&map);
			has_id = true;
			continue;
		}
		value = cursor_skip(&map);
		if (out->kind == KIND_UNKNOWN && key.data) {
			out->kind = kind_find(key.data, key.length);
			out->content = cursor_make(value.data, value.length);
		}
	}
	if (!cursor_end(&map, why))
		return false;
	if (!has_id)
		return why_set(why, "the update has no integer update_id");
	if (out->update_id < 0 || out->update_id > UPDATE_ID_MAX)
		return why_set(why, "its update_id is out of range; allowed: 0 to %" PRId64,
			       UPDATE_ID_MAX);
	return true;
}

static int64_t chat_of(const struct fields *fields)
{
	int64_t id = id_of(fields->at[FIELD_CHAT]);

	return id ? id : id_of(member(fields->at[FIELD_MESSAGE], "chat"));
}

bool extract_update(const void *update, size_t size, struct extract *out, struct why *why)
{
	struct envelope envelope;
	struct fields fields;

	if (!open_envelope(update, size, &envelope, why))
		return false;
	find_fields(envelope.content, &fields);
	out->update_id = envelope.update_id;
	out->kind = envelope.kind;
	out->migrated_from = out->migrated_to = 0;
	out->sightings_count = 0;
	out->chat_id = chat_of(&fields);
	out->lane = lane_of(out, &fields);
	extract_sightings(out, &fields);
	return true;
}

/* --- incidents -------------------------------------------------------------------------------- */

static struct text language_of(const struct fields *fields)
{
	struct text language = as_text(member(fields->at[FIELD_FROM], "language_code"));

	return language.data ? language : as_text(member(fields->at[FIELD_USER], "language_code"));
}

/* Where the message is within its chat. message_thread_id counts only in topics: in other groups it
 * is that of a reply. */
static void take_place(const struct fields *message, int64_t actor_id, struct incident *out)
{
	if (is_true(message->at[FIELD_IS_TOPIC]))
		out->thread_id = as_integer(message->at[FIELD_THREAD]);
	out->direct_topic_id = as_integer(member(message->at[FIELD_DIRECT_TOPIC], "topic_id"));
	out->business_connection = as_text(message->at[FIELD_BUSINESS]);
	/* The person who acted is the one who sees it. */
	if (as_integer(message->at[FIELD_EPHEMERAL]))
		out->receiver_id = actor_id;
	out->chat_id = id_of(message->at[FIELD_CHAT]);
	out->chat_type = as_text(member(message->at[FIELD_CHAT], "type"));
}

/* Queries without a place. */
static bool waits_for_answer(enum update_kind kind)
{
	return kind == KIND_INLINE_QUERY || kind == KIND_SHIPPING_QUERY ||
	       kind == KIND_PRE_CHECKOUT_QUERY;
}

void extract_incident(const void *update, size_t size, struct incident *out)
{
	struct envelope envelope;
	struct fields fields, pressed;

	*out = (struct incident) { .kind = KIND_UNKNOWN };
	if (!open_envelope(update, size, &envelope, NULL))
		return;
	out->kind = envelope.kind;
	find_fields(envelope.content, &fields);
	out->language = language_of(&fields);
	if (out->kind == KIND_CHAT_JOIN_REQUEST) {
		/* The person who asks is told in private, which Telegram allows for a while. */
		out->chat_id = as_integer(fields.at[FIELD_USER_CHAT]);
		out->chat_type = (struct text) { "private", strlen("private") };
	} else if (out->kind == KIND_CALLBACK_QUERY) {
		out->query_id = as_text(fields.at[FIELD_ID]);
		find_fields(fields.at[FIELD_MESSAGE], &pressed);
		take_place(&pressed, id_of(fields.at[FIELD_FROM]), out);
	} else if (waits_for_answer(out->kind)) {
		out->query_id = as_text(fields.at[FIELD_ID]);
	} else {
		take_place(&fields, id_of(fields.at[FIELD_FROM]), out);
	}
}
