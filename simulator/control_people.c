/* control_people.c - control requests that make people and let them act. */
#include <string.h>

#include "simulator/act.h"
#include "simulator/control_steer.h"
#include "simulator/show.h"
#include "simulator/sim.h"

/* Who and where, from the fields "from", "chat", "thread", "reply_to", "anonymous", "as". */
static bool take_act(struct control *control, struct act *act)
{
	*act = (struct act) {
		.anonymous = control_bool(control, "anonymous", false),
		.thread_id = control_int(control, "thread", 0),
		.reply_to = control_int(control, "reply_to", 0),
		.forwarded = control_bool(control, "forwarded", false),
		.caption = control_text(control, "caption", NULL),
	};
	if (json_object_get(control->in, "from"))
		act->from = control_find_person(control, "from");
	if (json_object_get(control->in, "as"))
		act->sender_chat = control_find_chat(control, "as");
	if (json_object_get(control->in, "chat"))
		act->chat = control_find_chat(control, "chat");
	else if (act->from)
		act->chat = world_private_chat(&control->sim->world, act->from);
	if (!control->fault && !act->chat)
		control->fault = "\"from\" or \"chat\" is missing";
	if (!control->fault && !act->from && act->chat->type != CHAT_CHANNEL && !act->anonymous &&
	    !act->sender_chat)
		control->fault = "\"from\" is missing";
	return !control->fault;
}

static void give_acted(struct control *control, const struct act *act, struct acted acted)
{
	control_set_int(control, "update_id", acted.update_id);
	control_set_int(control, "message_id", acted.message_id);
	control_set_int(control, "chat_id", act->chat->id);
}

void control_say(struct control *control)
{
	const char *text = control_text(control, "text", NULL);
	int64_t edit = control_int(control, "edit", 0);
	struct act act;

	if (!take_act(control, &act))
		return;
	if (!text) {
		control->fault = "\"text\" is missing";
		return;
	}
	give_acted(control, &act,
		   edit ? act_edit(control->sim, &act, edit, text)
			: act_say(control->sim, &act, text));
}

void control_do(struct control *control)
{
	const char *kind = control_text(control, "kind", "");
	struct act act;
	struct acted acted;

	if (!take_act(control, &act))
		return;
	acted = act_send(control->sim, &act, kind);
	if (acted.update_id < 0)
		acted = act_do(control->sim, &act, kind);
	if (acted.update_id < 0)
		control->fault = "no such \"kind\", or it does not fit the chat";
	else
		give_acted(control, &act, acted);
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

void control_press(struct control *control)
{
	const char *data = control_text(control, "data", NULL);
	const char *button = control_text(control, "button", NULL);
	const struct message *message;
	json_t *markup = NULL;
	char query_id[32];
	struct act act;
	struct acted acted;

	if (!take_act(control, &act))
		return;
	message = messages_find(&control->sim->messages, act.chat,
				control_int(control, "message_id", 0));
	if (!message || !act.from) {
		control->fault = "there is no such message, or \"from\" is missing";
		return;
	}
	if (!data && button && message->markup) {
		markup = json_loads(message->markup, 0, NULL);
		data = find_button(markup, button);
	}
	if (data) {
		acted = act_press(control->sim, act.from, message, data, query_id);
		give_acted(control, &act, acted);
		json_object_set_new(control->out, "query_id", json_string(query_id));
	} else {
		control->fault = "there is no such button";
	}
	json_decref(markup);
}

void control_person(struct control *control)
{
	const char *first_name = control_text(control, "first_name", NULL);
	struct world *world = &control->sim->world;
	int64_t id = control_int(control, "id", 0);
	struct person *person;

	if (!first_name && !(id && world_person(world, id))) {
		control->fault = "\"first_name\" is missing";
		return;
	}
	person = world_add_person(world, id, first_name, control_text(control, "last_name", NULL),
				  control_text(control, "username", NULL),
				  control_text(control, "language", NULL));
	person->is_bot = control_bool(control, "bot", person->is_bot);
	person->is_premium = control_bool(control, "premium", person->is_premium);
	person->deactivated = control_bool(control, "deactivated", person->deactivated);
	person->started = control_bool(control, "started", person->started);
	person_render(world, person);
	control_set_int(control, "id", person->id);
}

static bool add_members(struct control *control, struct chat *chat)
{
	size_t i;
	json_t *name;

	json_array_foreach(json_object_get(control->in, "members"), i, name)
	{
		struct person *person = json_is_integer(name)
						? world_person(&control->sim->world,
							       json_integer_value(name))
					: json_is_string(name)
						? world_find_person(&control->sim->world,
								    json_string_value(name))
						: NULL;

		if (!person) {
			control->fault = "a member is no person that is known";
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
		chat->topics[i] = (struct topic) { .thread_id = (int64_t)i * 7 + 2,
						   .name = topic_names[i] };
	chat->topics_count = 4;
	if (chat->last_message_id < 30)
		chat->last_message_id = 30; /* behind the messages that opened the topics */
}

void control_chat(struct control *control)
{
	const char *title = control_text(control, "title", NULL);
	enum chat_type type = CHAT_GROUP;
	enum member_status status;
	struct chat *chat;

	if (!chat_type_find(control_text(control, "type", "group"), &type) ||
	    type == CHAT_PRIVATE) {
		control->fault = "\"type\" is group, supergroup or channel";
		return;
	}
	if (!title) {
		control->fault = "\"title\" is missing";
		return;
	}
	chat = world_add_chat(&control->sim->world, control_int(control, "id", 0), type, title,
			      control_text(control, "username", NULL));
	chat->is_forum = control_bool(control, "forum", chat->is_forum);
	if (chat->is_forum && chat->topics_count == 0)
		add_topics(chat);
	if (member_status_find(control_text(control, "bot", ""), &status))
		chat->bot_status = status;
	if (json_object_get(control->in, "linked"))
		chat->linked = control_find_chat(control, "linked");
	chat_render(chat);
	if (!control->fault && add_members(control, chat))
		control_set_int(control, "id", chat->id);
}

void control_member(struct control *control)
{
	struct chat *chat = control_find_chat(control, "chat");
	struct person *whose = control_bool(control, "bot", false)
				       ? control->sim->world.bot
				       : control_find_person(control, "person");
	enum member_status status;
	struct person *by = whose;
	struct acted acted;

	if (json_object_get(control->in, "by"))
		by = control_find_person(control, "by");
	if (control->fault)
		return;
	if (!member_status_find(control_text(control, "status", ""), &status)) {
		control->fault = "\"status\" is creator, administrator, member, restricted, left "
				 "or kicked";
		return;
	}
	acted = act_set_member(control->sim, chat, by, whose, status);
	control_set_int(control, "update_id", acted.update_id);
}

void control_block(struct control *control)
{
	struct person *person = control_find_person(control, "person");
	bool blocked = control_bool(control, "blocked", true);
	struct acted acted;

	if (!person)
		return;
	acted = act_set_member(control->sim, world_private_chat(&control->sim->world, person),
			       person, control->sim->world.bot,
			       blocked ? MEMBER_KICKED : MEMBER_MEMBER);
	control_set_int(control, "update_id", acted.update_id);
}

void control_migrate(struct control *control)
{
	struct chat *group = control_find_chat(control, "chat");
	struct person *by = json_object_get(control->in, "by") ? control_find_person(control, "by")
			    : group && group->members_count    ? group->members[0].person
							       : NULL;
	int32_t ids[2];
	struct chat *chat;

	if (control->fault)
		return;
	if (group->type != CHAT_GROUP || group->migrated_to || !by) {
		control->fault = "only a group that has members and did not migrate yet can";
		return;
	}
	chat = act_migrate(control->sim, group, by, ids);
	control_set_int(control, "chat_id", chat->id);
	json_object_set_new(control->out, "update_ids", json_pack("[ii]", ids[0], ids[1]));
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

void control_people(struct control *control)
{
	const struct world *world = &control->sim->world;
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
	json_object_set_new(control->out, "people", list);
}

void control_chats(struct control *control)
{
	const struct world *world = &control->sim->world;
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
	json_object_set_new(control->out, "chats", list);
}
