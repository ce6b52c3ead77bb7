#include "simulator/page_view.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/compose.h"
#include "simulator/polls.h"
#include "simulator/sim.h"

#define PREVIEW_MAX 120 /* bytes of a text */

/* A text's beginning, cut between two characters. */
static void key_preview(struct json *json, const char *key, const char *text)
{
	size_t length = strlen(text);

	if (length > PREVIEW_MAX) {
		length = PREVIEW_MAX;
		while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	json_key(json, key);
	json_text_n(json, text, length);
}

static const char *name_of(const struct message *message)
{
	if (message->sender_chat)
		return message->sender_chat->title;
	return message->from ? message->from->first_name : message->chat->title;
}

/* "photo" of `"photo":[…]`: what a message is that has no text. */
static void key_kind(struct json *json, const struct message *message)
{
	const char *start = message->content && *message->content == '"' ? message->content + 1
									 : NULL;

	if (!start)
		return;
	json_key(json, "kind");
	json_text_n(json, start, strcspn(start, "\""));
}

static void write_reactions(struct json *json, const struct message *message)
{
	json_key(json, "reactions");
	json_array_start(json);
	for (size_t i = 0; i < message->reactions.count; i++) {
		const struct reaction *reaction = &message->reactions.items[i];

		json_object_start(json);
		json_key_int(json, "actor", reaction->actor);
		json_key(json, "list");
		json_raw(json, reaction->list, strlen(reaction->list));
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_votes(struct json *json, const struct poll *poll)
{
	json_key(json, "votes");
	json_array_start(json);
	for (size_t i = 0; i < poll->votes_count; i++) {
		json_object_start(json);
		json_key_int(json, "voter", poll->votes[i].voter);
		json_key_int(json, "options", poll->votes[i].options);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_reply(struct json *json, const struct sim *sim, const struct message *message)
{
	const struct message *reply = messages_find(&sim->messages, message->chat,
						    message->reply_to);

	if (!reply)
		return;
	json_key(json, "reply");
	json_object_start(json);
	json_key_int(json, "message_id", reply->id);
	json_key_text(json, "from", name_of(reply));
	if (reply->text)
		key_preview(json, "text", reply->text);
	key_kind(json, reply);
	json_object_end(json);
}

void page_write_message(struct json *json, const struct sim *sim, const struct message *message)
{
	json_object_start(json);
	json_key_int(json, "id", message->id);
	json_key_int(json, "index", (int64_t)messages_place(&sim->messages, message));
	json_key(json, "message");
	compose_stored(json, message);
	json_key_bool(json, "by_bot", message->from_bot);
	json_key_bool(json, "service", message->is_service);
	json_key_bool(json, "pinned", message->is_pinned);
	if (message->receiver_id)
		json_key_int(json, "receiver", message->receiver_id);
	if (message->keyboard)
		json_key_text(json, "keyboard", message->keyboard);
	if (message->reactions.count > 0)
		write_reactions(json, message);
	if (message->poll)
		write_votes(json, message->poll);
	if (message->reply_to)
		write_reply(json, sim, message);
	json_object_end(json);
}

void page_write_last(struct json *json, const struct sim *sim, const struct chat *chat)
{
	const struct message *message = messages_newest(&sim->messages, chat);

	json_object_start(json);
	json_key_int(json, "id", chat->id);
	json_key_int(json, "index", (int64_t)chat->newest);
	if (message) {
		json_key_text(json, "from", name_of(message));
		json_key_int(json, "date", message->date);
		json_key_bool(json, "by_bot", message->from_bot);
		json_key_bool(json, "service", message->is_service);
		if (message->text)
			key_preview(json, "text", message->text);
		key_kind(json, message);
	}
	json_object_end(json);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void write_chat_head(struct json *json, const struct chat *chat)
{
	json_key_int(json, "id", chat->id);
	json_key_text(json, "type", chat_type_name(chat->type));
	json_key_text(json, "title", chat->title);
	json_key_text(json, "username", chat->username);
	if (chat->person)
		json_key_int(json, "person", chat->person->id);
	json_key_bool(json, "forum", chat->is_forum);
	json_key_bool(json, "direct", chat->is_direct);
	json_key_int(json, "migrated_to", chat->migrated_to);
}

static int by_newest(const void *a, const void *b)
{
	const struct chat *one = *(const struct chat *const *)a;
	const struct chat *other = *(const struct chat *const *)b;

	if (one->newest != other->newest)
		return one->newest < other->newest ? 1 : -1;
	return one->id < other->id ? -1 : one->id > other->id;
}

void page_write_chats(struct json *json, const struct sim *sim, const struct chat *always)
{
	const struct world *world = &sim->world;
	struct chat **chats = xcalloc(world->chats_count + 1, sizeof(struct chat *));
	size_t count = 0;

	for (size_t i = 0; i < world->chats_count; i++)
		chats[count++] = world->chats[i];
	qsort(chats, count, sizeof(struct chat *), by_newest);
	json_array_start(json);
	for (size_t i = 0; i < count; i++) {
		if (i >= PAGE_CHATS_MAX && chats[i] != always)
			continue;
		json_object_start(json);
		write_chat_head(json, chats[i]);
		json_object_end(json);
	}
	json_array_end(json);
	free(chats);
}

void page_write_people(struct json *json, const struct sim *sim)
{
	const struct world *world = &sim->world;
	size_t written = 0;

	json_array_start(json);
	for (size_t i = world->people_count; i > 0 && written < PAGE_PEOPLE_MAX; i--) {
		const struct person *person = world->people[i - 1];

		if (person->is_bot || person->id == SERVICE_ID)
			continue;
		written++;
		json_object_start(json);
		json_key_int(json, "id", person->id);
		json_key_text(json, "first_name", person->first_name);
		json_key_text(json, "last_name", person->last_name);
		json_key_text(json, "username", person->username);
		json_key_text(json, "language", person->language);
		json_key_bool(json, "premium", person->is_premium);
		json_key_bool(json, "blocked", person->blocked);
		json_key_bool(json, "started", person->started);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_members(struct json *json, const struct chat *chat)
{
	size_t present = 0;

	json_key(json, "members");
	json_array_start(json);
	for (size_t i = 0; i < chat->members_count && i < PAGE_MEMBERS_MAX; i++)
		compose_member(json, &chat->members[i], chat);
	json_array_end(json);
	for (size_t i = 0; i < chat->members_count; i++)
		present += member_is_present(&chat->members[i]);
	json_key_int(json, "present", (int64_t)present);
	json_key(json, "bot");
	compose_member(json, &chat->bot, chat);
}

void page_write_chat(struct json *json, const struct sim *sim, const struct chat *chat)
{
	(void)sim;
	json_object_start(json);
	write_chat_head(json, chat);
	if (chat->description)
		json_key_text(json, "description", chat->description);
	json_key(json, "permissions");
	json_object_start(json);
	permissions_write(json, chat->permissions);
	json_object_end(json);
	if (chat->linked)
		json_key_int(json, "linked", chat->linked->id);
	json_key(json, "topics");
	json_array_start(json);
	for (size_t i = 0; i < chat->topics.count; i++)
		topic_write(json, &chat->topics.items[i]);
	json_array_end(json);
	if (!chat->person)
		write_members(json, chat);
	json_object_end(json);
}

/* --- history ---------------------------------------------------------------------------------- */

bool page_write_history(struct json *json, const struct sim *sim, const struct chat *chat,
			size_t before, size_t count)
{
	const struct messages *messages = &sim->messages;
	size_t end = before < messages->written ? before : messages->written;
	size_t oldest = messages->written > MESSAGES_MAX ? messages->written - MESSAGES_MAX : 0;
	const struct message **found = xcalloc(count + 1, sizeof(struct message *));
	size_t kept = 0;

	while (end > oldest && kept <= count) {
		const struct message *message = &messages->ring[--end % MESSAGES_MAX];

		if (message->chat == chat && !message->deleted)
			found[kept++] = message;
	}
	json_array_start(json);
	for (size_t i = kept < count ? kept : count; i > 0; i--)
		page_write_message(json, sim, found[i - 1]);
	json_array_end(json);
	free(found);
	return kept > count;
}
