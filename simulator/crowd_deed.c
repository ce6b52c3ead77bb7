#include "simulator/crowd_deed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/act.h"
#include "simulator/random.h"
#include "simulator/sim.h"

#define PRIVATE_PERCENT 30 /* of the messages */
#define TEXT_MAX 1600

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

static uint64_t below(struct sim *sim, uint64_t limit)
{
	return random_below(&sim->crowd.random, limit);
}

/* Three to nine phrases. */
static const char *chatter(struct sim *sim, char *text, size_t size)
{
	size_t count = 3 + below(sim, 7);
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		const char *phrase = phrases[below(sim, COUNT_OF(phrases))];
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

static struct chat *pick_chat(struct sim *sim)
{
	struct crowd *crowd = &sim->crowd;
	double wanted;
	size_t low = 0;
	size_t high = crowd->chats_count - 1;

	if (crowd->options.spread == SPREAD_EVEN)
		return crowd->chats[below(sim, crowd->chats_count)];
	if (crowd->options.spread == SPREAD_TURNS)
		return crowd->chats[crowd->turn++ % crowd->chats_count];
	wanted = (double)(random_next(&crowd->random) >> 11) / 9007199254740992.0 *
		 crowd->weights[high];
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (crowd->weights[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return crowd->chats[low];
}

static struct person *pick_member(struct sim *sim, const struct chat *chat)
{
	for (int i = 0; i < 8; i++) {
		struct member *member = &chat->members[below(sim, chat->members_count)];

		if (member_is_present(member->status))
			return member->person;
	}
	return chat->members[0].person;
}

static struct person *pick_person(struct sim *sim)
{
	struct crowd *crowd = &sim->crowd;

	if (crowd->options.spread == SPREAD_TURNS)
		return crowd->people[crowd->person_turn++ % crowd->people_count];
	return crowd->people[below(sim, crowd->people_count)];
}

/* Somebody in a chat, or alone with the bot. */
static struct act pick_act(struct sim *sim, unsigned private_percent)
{
	struct act act = { 0 };

	if (below(sim, 100) < private_percent) {
		do
			act.from = pick_person(sim);
		while (act.from->is_bot);
		act.chat = world_private_chat(&sim->world, act.from);
		return act;
	}
	act.chat = pick_chat(sim);
	if (act.chat->migrated_to)
		act.chat = world_chat(&sim->world, act.chat->migrated_to);
	if (act.chat->type != CHAT_CHANNEL)
		act.from = pick_member(sim, act.chat);
	if (act.chat->is_forum && below(sim, 4) > 0)
		act.thread_id = act.chat->topics[below(sim, act.chat->topics_count)].thread_id;
	return act;
}

/* Somebody in a group; channels have no members who act. */
static struct act pick_group_act(struct sim *sim)
{
	struct act act;

	do
		act = pick_act(sim, 0);
	while (!act.from && sim->crowd.chats_count > 1);
	return act;
}

static int64_t last_message_id(const struct sim *sim, const struct chat *chat)
{
	return chat->type == CHAT_SUPERGROUP || chat->type == CHAT_CHANNEL
		       ? chat->last_message_id
		       : sim->world.last_message_id;
}

static void deed_ping(struct sim *sim)
{
	struct act act;
	char text[64];

	do
		act = pick_act(sim, PRIVATE_PERCENT);
	while (!act.from || act.from->is_bot);
	snprintf(text, sizeof(text), "/ping %" PRId64, act.chat->next_ping++);
	act_say(sim, &act, text);
}

static void deed_text(struct sim *sim)
{
	struct act act = pick_act(sim, PRIVATE_PERCENT);
	char text[TEXT_MAX];
	uint64_t how = below(sim, 100);

	if (act.from && !act.chat->person) {
		act.anonymous = how < 2;
		act.sender_chat = how == 2 ? act.chat->linked : NULL;
	}
	if (how >= 30 && how < 70)
		act.reply_to = last_message_id(sim, act.chat);
	act.forwarded = how >= 70 && how < 74;
	act_say(sim, &act, chatter(sim, text, sizeof(text)));
}

static void deed_command(struct sim *sim)
{
	static const char *const commands[] = {
		"/start", "/help", "/id", "/privacy", "/weather Berlin", "/rules@some_other_bot"
	};
	struct act act = pick_act(sim, PRIVATE_PERCENT);

	if (act.from)
		act_say(sim, &act, commands[below(sim, COUNT_OF(commands))]);
}

static void deed_media(struct sim *sim)
{
	static const char *const choices[] = { "photo",      "photo",   "photo",     "sticker",
					       "sticker",    "video",   "animation", "voice",
					       "video_note", "audio",   "document",  "location",
					       "venue",      "contact", "poll",      "dice" };
	struct act act = pick_act(sim, PRIVATE_PERCENT);
	char text[TEXT_MAX];

	if (below(sim, 3) == 0)
		act.caption = chatter(sim, text, sizeof(text) / 4);
	act_send(sim, &act, choices[below(sim, COUNT_OF(choices))]);
}

static void deed_edit(struct sim *sim)
{
	struct act act = pick_act(sim, PRIVATE_PERCENT);
	char text[TEXT_MAX];

	act_edit(sim, &act, last_message_id(sim, act.chat), chatter(sim, text, sizeof(text)));
}

/* A message of the bot with buttons, as it may have posted before. */
static struct message *menu_of(struct sim *sim, struct chat *chat)
{
	static const char markup[] =
		"{\"inline_keyboard\":[[{\"text\":\"\\u2699\\ufe0f Language\",\"callback_data\":"
		"\"menu:language:0\"},{\"text\":\"\\ud83d\\udd14 Alerts\",\"callback_data\":"
		"\"menu:alerts:1\"}],[{\"text\":\"\\u2b05\\ufe0f Back\",\"callback_data\":"
		"\"menu:back\"}]]}";
	struct message *message = messages_add(&sim->messages, chat,
					       chat_next_message_id(&sim->world, chat));

	message->from = sim->world.bot;
	message->from_bot = true;
	message->date = sim_now_s(sim) - 600;
	message->text = xstrdup("What shall I change for this chat?");
	message->markup = xstrdup(markup);
	return message;
}

static void deed_press(struct sim *sim)
{
	struct act act = pick_group_act(sim);
	char query_id[32];

	if (act.from && !act.from->is_bot)
		act_press(sim, act.from, menu_of(sim, act.chat), "menu:language:0", query_id);
}

static void deed_join_leave(struct sim *sim)
{
	struct act act = pick_group_act(sim);

	if (!act.from)
		return;
	act.thread_id = 0;
	if (act.chat->members_count > 3 && below(sim, 2) == 0) {
		if (chat_member(act.chat, act.from)->status == MEMBER_MEMBER)
			act_do(sim, &act, "leave");
		return;
	}
	act.from = sim->crowd.people[below(sim, sim->crowd.people_count)];
	if (!act.from->is_bot && !chat_member(act.chat, act.from))
		act_do(sim, &act, "join");
}

static void deed_member(struct sim *sim)
{
	struct act act = pick_group_act(sim);
	struct person *whose;

	if (!act.from || act.chat->bot_status != MEMBER_ADMINISTRATOR)
		return;
	whose = pick_member(sim, act.chat);
	if (whose != act.from && !act.chat->members[0].person->is_bot)
		act_set_member(sim, act.chat, act.chat->members[0].person, whose,
			       below(sim, 2) ? MEMBER_RESTRICTED : MEMBER_MEMBER);
}

static void deed_bot_member(struct sim *sim)
{
	struct act act = pick_group_act(sim);

	if (act.from && !act.from->is_bot)
		act_do(sim, &act,
		       act.chat->bot_status == MEMBER_ADMINISTRATOR ? "add_bot" : "promote_bot");
}

static void deed_other(struct sim *sim)
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
	struct act act = pick_group_act(sim);
	const char *kind = choices[below(sim, COUNT_OF(choices))];

	if (!act.from || act.from->is_bot)
		return;
	act.reply_to = last_message_id(sim, act.chat);
	if (!strcmp(kind, "title"))
		act.caption = act.chat->title;
	act_do(sim, &act, kind);
}

static void deed_migrate(struct sim *sim)
{
	struct act act = pick_group_act(sim);
	int32_t ids[2];

	if (act.from && !act.from->is_bot && act.chat->type == CHAT_GROUP && below(sim, 50) == 0)
		act_migrate(sim, act.chat, act.from, ids);
}

/* Shares of what is no /ping, of 1000. */
static const struct {
	unsigned share;
	void (*deed)(struct sim *sim);
} deeds[] = {
	{ 570, deed_text },     { 130, deed_media },     { 80, deed_press },  { 50, deed_edit },
	{ 70, deed_other },     { 40, deed_join_leave }, { 30, deed_member }, { 20, deed_command },
	{ 6, deed_bot_member }, { 4, deed_migrate },
};

void crowd_deed(struct sim *sim)
{
	uint64_t which;

	if (below(sim, 100) < (uint64_t)sim->crowd.options.ping_percent) {
		deed_ping(sim);
		return;
	}
	which = below(sim, 1000);
	for (size_t i = 0; i < COUNT_OF(deeds); i++) {
		if (which < deeds[i].share) {
			deeds[i].deed(sim);
			return;
		}
		which -= deeds[i].share;
	}
}
