#include "simulator/crowd_activity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_kinds.h"
#include "simulator/action_media.h"
#include "simulator/action_member.h"
#include "simulator/action_service.h"
#include "simulator/action_text.h"
#include "simulator/action_update.h"
#include "simulator/seeded_random.h"
#include "simulator/sim.h"

#define PRIVATE_PERCENT 30 /* of the messages */
#define TEXT_MAX 1600
#define MUTE_S 60

static const char *const phrases[] = {
	"That sounds good to me, shall we say Saturday at eight?",
	"I looked at it again and the numbers don't add up, see the second table.",
	"Ich komme etwas später, fangt bitte schon ohne mich an 😊",
	"Кто-нибудь знает, когда открывается библиотека?",
	"Merci beaucoup pour votre aide, c'était très gentil !",
	"https://example.org/articles/2026/11/how-trains-work?ref=chat#comments",
	"明日の天気はどうですか",
	"Has anyone tried the new place by the river? They have a terrace and the prices are fine.",
	"لا أعرف، سأسأل أخي غدًا",
	"We could take the train at 9:12, change in Augsburg and be there before noon.",
	"Можно перенести на завтра? Сегодня никак не успеваю.",
	"#photo of the day: the lake this morning",
	"Danke! @sim_person_2 hat den Schlüssel, fragt bitte dort nach.",
	"O trem atrasou de novo, chego em vinte minutos.",
	"Please remember to bring your own cups this time, last year we ran out.",
	"The second chapter was better than the first, although the ending felt rushed to me.",
};

static uint64_t below(struct crowd_activity *activity, uint64_t limit)
{
	return seeded_random_below(&activity->sim->random, limit);
}

/* Three to nine phrases. */
static const char *chatter(struct crowd_activity *activity, char *text, size_t size)
{
	size_t count = 3 + below(activity, 7);
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		const char *phrase = phrases[below(activity, COUNT_OF(phrases))];
		size_t more = strlen(phrase);

		if (length + more + 2 > size)
			break;
		if (length > 0)
			text[length++] = ' ';
		memcpy(text + length, phrase, more);
		length += more;
	}
	text[length] = '\0';
	return text;
}

static struct chat *pick_chat(struct crowd_activity *activity)
{
	double wanted;
	size_t low = 0;
	size_t high = activity->population.chats_count - 1;

	if (activity->options->spread == SPREAD_EVEN)
		return activity->population
			.chats[below(activity, activity->population.chats_count)];
	if (activity->options->spread == SPREAD_TURNS)
		return activity->population
			.chats[activity->turn++ % activity->population.chats_count];
	wanted = (double)(seeded_random_next(&activity->sim->random) >> 11) / 9007199254740992.0 *
		 activity->population.weights[high];
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (activity->population.weights[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return activity->population.chats[low];
}

/* Somebody who may speak. */
static struct person *pick_member(struct crowd_activity *activity, struct chat *chat)
{
	chat_expire_members(chat);
	for (int i = 0; i < 8; i++) {
		struct member *member = &chat->members[below(activity, chat->members_count)];

		if (member_may(member, chat->permissions, MAY_SEND_MESSAGES))
			return member->person;
	}
	/* The creator. */
	return chat->members[0].person;
}

static struct person *pick_person(struct crowd_activity *activity)
{
	if (activity->options->spread == SPREAD_TURNS)
		return activity->population
			.people[activity->person_turn++ % activity->population.people_count];
	return activity->population.people[below(activity, activity->population.people_count)];
}

/* Somebody in a chat, or alone with the bot. */
static struct action pick_action(struct crowd_activity *activity, unsigned private_percent)
{
	struct action action = { 0 };

	if (below(activity, 100) < private_percent) {
		do
			action.from = pick_person(activity);
		while (action.from->is_bot);
		action.chat = world_private_chat(&activity->sim->world, action.from);
		return action;
	}
	action.chat = pick_chat(activity);
	if (action.chat->migrated_to)
		action.chat = world_chat(&activity->sim->world, action.chat->migrated_to);
	if (action.chat->type != CHAT_CHANNEL)
		action.from = pick_member(activity, action.chat);
	if (action.chat->is_forum && below(activity, 4) > 0)
		action.thread_id = action.chat->topics
					   .items[below(activity, action.chat->topics.count)]
					   .thread_id;
	return action;
}

/* Somebody in a group; channels have no members who act. */
static struct action pick_group_action(struct crowd_activity *activity)
{
	struct action action;

	do
		action = pick_action(activity, 0);
	while (!action.from && activity->population.chats_count > 1);
	return action;
}

static int64_t last_message_id(const struct crowd_activity *activity, const struct chat *chat)
{
	return chat->type == CHAT_SUPERGROUP || chat->type == CHAT_CHANNEL
		       ? chat->last_message_id
		       : activity->sim->world.last_message_id;
}

static void send_ping(struct crowd_activity *activity)
{
	struct action action;
	char text[64];

	do
		action = pick_action(activity, PRIVATE_PERCENT);
	while (!action.from || action.from->is_bot);
	snprintf(text, sizeof(text), "/ping %" PRId64, action.chat->next_ping++);
	action_say(activity->sim, &action, text);
}

static void send_text(struct crowd_activity *activity)
{
	struct action action = pick_action(activity, PRIVATE_PERCENT);
	char text[TEXT_MAX];
	uint64_t how = below(activity, 100);

	if (action.from && !action.chat->person) {
		action.anonymous = how < 2;
		action.sender_chat = how == 2 ? action.chat->linked : NULL;
	}
	if (how >= 30 && how < 70)
		action.reply_to = last_message_id(activity, action.chat);
	action.forwarded = how >= 70 && how < 74;
	action_say(activity->sim, &action, chatter(activity, text, sizeof(text)));
}

static void send_command(struct crowd_activity *activity)
{
	static const char *const commands[] = {
		"/start", "/help", "/id", "/privacy", "/weather Berlin", "/rules@some_other_bot"
	};
	struct action action = pick_action(activity, PRIVATE_PERCENT);

	if (action.from)
		action_say(activity->sim, &action, commands[below(activity, COUNT_OF(commands))]);
}

static void send_media(struct crowd_activity *activity)
{
	static const char *const choices[] = { "photo",      "photo",   "photo",     "sticker",
					       "sticker",    "video",   "animation", "voice",
					       "video_note", "audio",   "document",  "location",
					       "venue",      "contact", "poll",      "dice" };
	struct action action = pick_action(activity, PRIVATE_PERCENT);
	char text[TEXT_MAX];

	if (below(activity, 3) == 0)
		action.caption = chatter(activity, text, sizeof(text) / 4);
	action_send_media(activity->sim, &action, choices[below(activity, COUNT_OF(choices))]);
}

static void edit_message(struct crowd_activity *activity)
{
	struct action action = pick_action(activity, PRIVATE_PERCENT);
	char text[TEXT_MAX];

	action_edit(activity->sim, &action, last_message_id(activity, action.chat),
		    chatter(activity, text, sizeof(text)));
}

/* A message of the bot with buttons, as it may have posted before. */
static struct message *menu_of(struct crowd_activity *activity, struct chat *chat)
{
	static const char markup[] =
		"{\"inline_keyboard\":[[{\"text\":\"\\u2699\\ufe0f Language\",\"callback_data\":"
		"\"menu:language:0\"},{\"text\":\"\\ud83d\\udd14 Alerts\",\"callback_data\":"
		"\"menu:alerts:1\"}],[{\"text\":\"\\u2b05\\ufe0f Back\",\"callback_data\":"
		"\"menu:back\"}]]}";
	struct message *message = messages_add(&activity->sim->messages, chat,
					       chat_next_message_id(&activity->sim->world, chat));

	message->from = activity->sim->world.bot;
	message->from_bot = true;
	message->date = sim_now_s(activity->sim) - 600;
	message->text = xstrdup("What shall I change for this chat?");
	message->markup = xstrdup(markup);
	return message;
}

static void press_button(struct crowd_activity *activity)
{
	struct action action = pick_group_action(activity);
	char query_id[32];

	if (action.from && !action.from->is_bot)
		action_press(activity->sim, action.from, menu_of(activity, action.chat),
			     "menu:language:0", query_id);
}

static void join_or_leave(struct crowd_activity *activity)
{
	struct action action = pick_group_action(activity);

	if (!action.from)
		return;
	action.thread_id = 0;
	if (action.chat->members_count > 3 && below(activity, 2) == 0) {
		if (chat_member(action.chat, action.from)->status == MEMBER_MEMBER)
			action_perform(activity->sim, &action, "leave");
		return;
	}
	action.from = activity->population
			      .people[below(activity, activity->population.people_count)];
	if (!action.from->is_bot && !chat_member(action.chat, action.from))
		action_perform(activity->sim, &action, "join");
}

/* The creator mutes somebody for a minute, or ends that. */
static void change_member(struct crowd_activity *activity)
{
	struct action action = pick_group_action(activity);
	struct person *creator;
	struct member place;

	if (!action.from || !member_is_admin(&action.chat->bot))
		return;
	creator = action.chat->members[0].person;
	place = member_with(pick_member(activity, action.chat),
			    below(activity, 2) ? MEMBER_RESTRICTED : MEMBER_MEMBER,
			    action.chat->type);
	if (place.person == creator || creator->is_bot)
		return;
	if (place.status == MEMBER_RESTRICTED)
		place.until_s = sim_now_s(activity->sim) + MUTE_S;
	action_put_member(activity->sim, action.chat, creator, &place);
}

static void change_bot_rights(struct crowd_activity *activity)
{
	struct action action = pick_group_action(activity);

	if (action.from && !action.from->is_bot)
		action_perform(activity->sim, &action,
			       action.chat->bot.status == MEMBER_ADMINISTRATOR ? "add_bot"
									       : "promote_bot");
}

static void do_something_else(struct crowd_activity *activity)
{
	static const char *const choices[] = {
		"reaction",
		"reaction",
		"reaction_count",
		"inline_query",
		"inline_query",
		"chosen_inline_result",
		"join_request",
		"poll_answer",
		"poll_answer",
		"pre_checkout_query",
		"shipping_query",
		"topic",
		"pin",
		"title",
	};
	struct action action = pick_group_action(activity);
	const char *kind = choices[below(activity, COUNT_OF(choices))];

	if (!action.from || action.from->is_bot)
		return;
	action.reply_to = last_message_id(activity, action.chat);
	if (!strcmp(kind, "title"))
		action.caption = action.chat->title;
	action_perform(activity->sim, &action, kind);
}

static void migrate_group(struct crowd_activity *activity)
{
	struct action action = pick_group_action(activity);
	int32_t ids[2];

	if (action.from && !action.from->is_bot && action.chat->type == CHAT_GROUP &&
	    below(activity, 50) == 0)
		action_migrate(activity->sim, action.chat, action.from, ids);
}

/* Shares per 1000 of what is not a /ping. */
static const struct {
	unsigned share;
	void (*fn)(struct crowd_activity *activity);
} activities[] = {
	{ 570, send_text },    { 130, send_media },       { 80, press_button },
	{ 50, edit_message },  { 70, do_something_else }, { 40, join_or_leave },
	{ 30, change_member }, { 20, send_command },      { 6, change_bot_rights },
	{ 4, migrate_group },
};

void crowd_activity_next(struct crowd_activity *activity)
{
	uint64_t which;

	if (below(activity, 100) < (uint64_t)activity->options->ping_percent) {
		send_ping(activity);
		return;
	}
	which = below(activity, 1000);
	for (size_t i = 0; i < COUNT_OF(activities); i++) {
		if (which < activities[i].share) {
			activities[i].fn(activity);
			return;
		}
		which -= activities[i].share;
	}
}
