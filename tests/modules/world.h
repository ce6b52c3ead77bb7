/* world.h - the people, chats and messages of a conversation: assigns ids, makes the updates that
 * Telegram would send, and remembers what the bot said so that buttons can be pressed. */
#ifndef TESTS_MODULES_WORLD_H
#define TESTS_MODULES_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/kind.h"
#include "common/pack.h"

#define WORLD_BOT_ID 999
#define WORLD_PEOPLE_MAX 32
#define WORLD_GROUPS_MAX 16
#define WORLD_BUTTONS_MAX 256

struct person {
	const char *name;
	int64_t id;
	const char *language; /* "" none */
};

struct group {
	const char *title;
	int64_t id;
	const char *administrators[WORLD_PEOPLE_MAX];
	size_t administrators_count;
	const char *outsiders[WORLD_PEOPLE_MAX];
	size_t outsiders_count;
};

/* A button that the bot has shown. */
struct shown_button {
	int64_t chat_id, message_id;
	const char *label, *data;
};

struct world {
	struct arena arena;
	struct person people[WORLD_PEOPLE_MAX];
	size_t people_count;
	struct group groups[WORLD_GROUPS_MAX];
	size_t groups_count;
	struct shown_button buttons[WORLD_BUTTONS_MAX];
	size_t buttons_count;
	int64_t last_message_id, last_update_id;
	struct question {
		int64_t chat_id, message_id;
		const char *link; /* on the invisible character */
	} question;               /* the bot's last question; link NULL: none */
	int64_t passed_s;         /* since the start of the conversation */
};

/* Who does what where: one line of a conversation. */
struct action {
	struct person *person;
	struct group *group;       /* NULL: the private chat */
	int64_t topic;             /* 0: none */
	struct person *replies_to; /* NULL: nobody */
	/* In whose name it was written, and what it replies to: this group itself, or a channel;
	 * NULL: a person. */
	struct group *as, *replies_to_chat;
	bool forwarded;  /* and not written */
	const char *via; /* the inline bot that made it; NULL: none */
	enum {
		ACTION_SAYS,
		ACTION_ANSWERS,
		ACTION_EDITS,
		ACTION_PRESSES,
		ACTION_JOINS,
		ACTION_LEAVES
	} what;
	const char *text; /* said, or the label of the button */
};

void world_finish(struct world *world);
/* Created when first mentioned. Ids count from 1001; groups from -1001000000001. */
struct person *world_person(struct world *world, const char *name);
struct group *world_group(struct world *world, const char *title);
int64_t action_chat_id(const struct action *action);
/* Writes the update; false when the button to press was not shown, or there was no question to
 * answer. */
bool world_update(struct world *world, const struct action *action, struct buffer *out,
		  enum update_kind *kind);

#endif
