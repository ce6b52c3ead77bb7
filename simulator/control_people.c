#include "simulator/control_people.h"

#include <string.h>

#include "simulator/action_kinds.h"
#include "simulator/action_member.h"
#include "simulator/action_rights.h"
#include "simulator/action_service.h"
#include "simulator/action_text.h"
#include "simulator/action_update.h"
#include "simulator/control_members.h"
#include "simulator/sim.h"

/* Who and where, from the fields "from", "chat", "thread", "reply_to", "anonymous", "as". */
static bool take_action(struct control_request *request, struct action *action)
{
	*action = (struct action) {
		.anonymous = control_bool(request, "anonymous", false),
		.thread_id = control_int(request, "thread", 0),
		.reply_to = control_int(request, "reply_to", 0),
		.forwarded = control_bool(request, "forwarded", false),
		.caption = control_text(request, "caption", NULL),
		.html = control_bool(request, "html", false),
		.album = control_text(request, "album", NULL),
	};
	if (json_object_get(request->in, "file")) {
		action->file = files_find(&request->sim->files, control_text(request, "file", ""));
		action->file_name = control_text(request, "file_name", NULL);
		if (!action->file)
			request->refusal = "there is no such \"file\"";
	}
	if (json_object_get(request->in, "from"))
		action->from = control_find_person(request, "from");
	if (json_object_get(request->in, "as"))
		action->sender_chat = control_find_chat(request, "as");
	if (json_object_get(request->in, "chat"))
		action->chat = control_find_chat(request, "chat");
	else if (action->from)
		action->chat = world_private_chat(&request->sim->world, action->from);
	if (!request->refusal && !action->chat)
		request->refusal = "\"from\" or \"chat\" is missing";
	if (!request->refusal && !action->from && action->chat->type != CHAT_CHANNEL &&
	    !action->anonymous && !action->sender_chat)
		request->refusal = "\"from\" is missing";
	return !request->refusal;
}

static void set_result(struct control_request *request, const struct action *action,
		       struct action_result result)
{
	control_set_int(request, "update_id", result.update_id);
	control_set_int(request, "message_id", result.message_id);
	control_set_int(request, "chat_id", action->chat->id);
}

void control_say(struct control_request *request)
{
	const char *text = control_text(request, "text", NULL);
	int64_t edit = control_int(request, "edit", 0);
	struct action action;

	if (!take_action(request, &action))
		return;
	if (!text) {
		request->refusal = "\"text\" is missing";
		return;
	}
	request->refusal = action_refusal(&action, "say");
	if (request->refusal)
		return;
	set_result(request, &action,
		   edit ? action_edit(request->sim, &action, edit, text)
			: action_say(request->sim, &action, text));
}

void control_do(struct control_request *request)
{
	const char *kind = control_text(request, "kind", "");
	struct action action;
	struct action_result result;

	if (!take_action(request, &action))
		return;
	request->refusal = action_refusal(&action, kind);
	if (request->refusal)
		return;
	result = action_perform(request->sim, &action, kind);
	if (result.update_id < 0)
		request->refusal = "no such \"kind\", or it does not fit the chat";
	else
		set_result(request, &action, result);
}

/* The callback_data of the button with this text. */
static const char *find_button(const json_t *markup, const char *text)
{
	size_t i, j;
	json_t *row, *button;

	json_array_foreach(json_object_get(markup, "inline_keyboard"), i, row)
	{
		json_array_foreach(row, j, button)
		{
			const char *label = json_string_value(json_object_get(button, "text"));

			if (label && !strcmp(label, text))
				return json_string_value(json_object_get(button, "callback_data"));
		}
	}
	return NULL;
}

void control_press(struct control_request *request)
{
	const char *data = control_text(request, "data", NULL);
	const char *button = control_text(request, "button", NULL);
	const struct message *message;
	json_t *markup = NULL;
	char query_id[32];
	struct action action;
	struct action_result result;

	if (!take_action(request, &action))
		return;
	message = messages_find(&request->sim->messages, action.chat,
				control_int(request, "message_id", 0));
	if (!message || !action.from) {
		request->refusal = "there is no such message, or \"from\" is missing";
		return;
	}
	if (!data && button && message->markup) {
		markup = json_loads(message->markup, 0, NULL);
		data = find_button(markup, button);
	}
	if (data) {
		result = action_press(request->sim, action.from, message, data, query_id);
		set_result(request, &action, result);
		json_object_set_new(request->out, "query_id", json_string(query_id));
	} else {
		request->refusal = "there is no such button";
	}
	json_decref(markup);
}

void control_person(struct control_request *request)
{
	const char *first_name = control_text(request, "first_name", NULL);
	struct world *world = &request->sim->world;
	int64_t id = control_int(request, "id", 0);
	struct person *person;

	if (!first_name && !(id && world_person(world, id))) {
		request->refusal = "\"first_name\" is missing";
		return;
	}
	person = world_add_person(world, id, first_name, control_text(request, "last_name", NULL),
				  control_text(request, "username", NULL),
				  control_text(request, "language", NULL));
	person->is_bot = control_bool(request, "bot", person->is_bot);
	person->is_premium = control_bool(request, "premium", person->is_premium);
	person->deactivated = control_bool(request, "deactivated", person->deactivated);
	person->started = control_bool(request, "started", person->started);
	person_render(world, person);
	control_set_int(request, "id", person->id);
}

static bool add_members(struct control_request *request, struct chat *chat)
{
	size_t i;
	json_t *name;

	json_array_foreach(json_object_get(request->in, "members"), i, name)
	{
		struct person *person = json_is_integer(name)
						? world_person(&request->sim->world,
							       json_integer_value(name))
					: json_is_string(name)
						? world_find_person(&request->sim->world,
								    json_string_value(name))
						: NULL;

		if (!person) {
			request->refusal = "a member is not a known person";
			return false;
		}
		chat_set_member(chat, person, chat->members_count ? MEMBER_MEMBER : MEMBER_CREATOR);
	}
	return true;
}

static const char *const topic_names[] = { "News", "Help", "Off topic", "Photos" };

static void add_topics(struct chat *chat)
{
	for (size_t i = 0; i < 4; i++)
		topics_add(&chat->topics, (int64_t)i * 7 + 2, topic_names[i]);
	if (chat->last_message_id < 30)
		chat->last_message_id = 30; /* after the messages that opened the topics */
}

/* A channel and its discussion group know each other. */
static void link_chats(struct chat *chat, struct chat *other)
{
	chat->linked = other;
	if (other)
		other->linked = chat;
}

void control_chat(struct control_request *request)
{
	const char *title = control_text(request, "title", NULL);
	enum chat_type type = CHAT_GROUP;
	enum member_status status;
	struct chat *chat;

	if (!chat_type_find(control_text(request, "type", "group"), &type) ||
	    type == CHAT_PRIVATE) {
		request->refusal = "\"type\" is group, supergroup or channel";
		return;
	}
	if (!title) {
		request->refusal = "\"title\" is missing";
		return;
	}
	chat = world_add_chat(&request->sim->world, control_int(request, "id", 0), type, title,
			      control_text(request, "username", NULL));
	chat->is_forum = control_bool(request, "forum", chat->is_forum);
	chat->bot_guards = control_bool(request, "guard", chat->bot_guards);
	if (chat->is_forum && chat->topics.count == 0)
		add_topics(chat);
	if (member_status_find(control_text(request, "bot", ""), &status))
		chat_set_member(chat, request->sim->world.bot, status);
	if (!control_take_permissions(request, "permissions", &chat->permissions))
		return;
	chat->hides_members = control_bool(request, "hidden_members", chat->hides_members);
	if (json_object_get(request->in, "linked"))
		link_chats(chat, control_find_chat(request, "linked"));
	chat->is_direct = control_bool(request, "direct", chat->is_direct);
	chat_render(chat);
	if (!request->refusal && add_members(request, chat))
		control_set_int(request, "id", chat->id);
}

void control_block(struct control_request *request)
{
	struct person *person = control_find_person(request, "person");
	bool blocked = control_bool(request, "blocked", true);
	struct action_result result;

	if (!person)
		return;
	result = action_set_member(request->sim, world_private_chat(&request->sim->world, person),
				   person, request->sim->world.bot,
				   blocked ? MEMBER_KICKED : MEMBER_MEMBER);
	control_set_int(request, "update_id", result.update_id);
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

void control_people(struct control_request *request)
{
	const struct world *world = &request->sim->world;
	json_t *list = json_array();

	for (size_t i = 0; i < world->people_count; i++) {
		const struct person *person = world->people[i];
		json_t *item = json_object();

		json_object_set_new(item, "id", json_integer(person->id));
		json_object_set_new(item, "first_name", json_string(person->first_name));
		json_object_set_new(item, "last_name", text_or_null(person->last_name));
		json_object_set_new(item, "username", text_or_null(person->username));
		json_object_set_new(item, "language", text_or_null(person->language));
		json_object_set_new(item, "bot", json_boolean(person->is_bot));
		json_object_set_new(item, "acted", json_boolean(person->acted));
		json_array_append_new(list, item);
	}
	json_object_set_new(request->out, "people", list);
}

void control_chats(struct control_request *request)
{
	const struct world *world = &request->sim->world;
	json_t *list = json_array();

	for (size_t i = 0; i < world->chats_count; i++) {
		const struct chat *chat = world->chats[i];
		json_t *item = json_object();

		json_object_set_new(item, "id", json_integer(chat->id));
		json_object_set_new(item, "type", json_string(chat_type_name(chat->type)));
		json_object_set_new(item, "title", text_or_null(chat->title));
		json_object_set_new(item, "username", text_or_null(chat->username));
		json_object_set_new(item, "migrated_to", json_integer(chat->migrated_to));
		json_object_set_new(item, "acted", json_boolean(chat->acted));
		json_array_append_new(list, item);
	}
	json_object_set_new(request->out, "chats", list);
}
