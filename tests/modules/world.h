/* world.h - the people, chats and messages of a conversation: assigns ids, and remembers what the
 * bot said so that buttons can be pressed and questions answered. */
#ifndef TESTS_MODULES_WORLD_H
#define TESTS_MODULES_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/arena.h"
#include "common/kind.h"

#define WORLD_BOT_ID 999
#define WORLD_DATE 1767225600 /* 2026-01-01: no test depends on it */
#define WORLD_PEOPLE_MAX 32
#define WORLD_GROUPS_MAX 16
#define WORLD_BUTTONS_MAX 256

struct person {
	const char *name;
	int64_t id;
	const char *language; /* "" none */
	json_t *fields;       /* more of "User" and "Chat"; NULL: none */
};

struct group {
	const char *title;
	int64_t id;
	const char *administrators[WORLD_PEOPLE_MAX];
	size_t administrators_count;
	const char *outsiders[WORLD_PEOPLE_MAX];
	size_t outsiders_count;
	/* Of people, and "bot", of whom more is said than that they are administrators: fields of
	 * "ChatMemberAdministrator", "owner" or "none". */
	struct person_rights {
		const char *name, *rights;
	} rights[WORLD_PEOPLE_MAX];
	size_t rights_count;
	const char *refusal; /* what Telegram says instead of who is admin; NULL: it tells */
	json_t *fields;      /* more of "Chat", such as its type; NULL: none */
};

/* A button that the bot has shown. */
struct shown_button {
	int64_t chat_id, message_id;
	const char *label, *data, *url; /* data or url; the other is "" */
	const char *media;              /* of its message, by the kind: "photo"; NULL: none */
	const char *wording; /* the text of its message with entities, JSON; NULL: none */
	bool gone;           /* its message was edited or deleted since */
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
struct line_action {
	struct person *person;
	struct group *group;       /* NULL: the private chat */
	int64_t topic;             /* 0: none */
	struct person *replies_to; /* NULL: nobody */
	/* In whose name it was written, and what it replies to: this group itself, or a channel;
	 * NULL: a person. */
	struct group *as, *replies_to_chat;
	const struct word *deed; /* what is done, with `kind` and `update`; NULL: it is written */
	/* Instead of the deed's, where it depends on what follows the word; 0: the deed's. */
	enum update_kind kind;
	struct person *about; /* to whom it is done; NULL: nobody, or the bot */
	const char *object;   /* what else a word took; NULL: nothing */
	bool captioned;       /* the text belongs to media */
	bool leads_away;      /* from the group to the private chat, as a deep link does */
	/* More fields of what is sent, and of the message that it replies to; NULL: none. A word
	 * adds to them with action_set(). */
	json_t *fields, *replied_fields;
	const char *text; /* said, or the label of the button */
};

void world_finish(struct world *world);
/* Created when first mentioned. Ids count from 1001; groups from -1001000000001. */
struct person *world_person(struct world *world, const char *name);
struct group *world_group(struct world *world, const char *title);
/* The id of a person who was mentioned, or of "bot"; 0: nobody. */
int64_t world_id(const struct world *world, const char *name);
/* "creator", "administrator", "member" or "left", as the conversation says. */
const char *world_status(const struct world *world, const struct group *group, int64_t user_id);
/* NULL when no group has the id. */
struct group *world_find_group(struct world *world, int64_t id);
/* What was said last of their rights there; NULL: nothing. */
const char *world_rights(const struct world *world, const struct group *group, int64_t user_id);
int64_t world_now(const struct world *world);

void world_show_button(struct world *world, int64_t chat_id, int64_t message_id, const char *label,
		       const char *data, const char *url);
/* The message was edited or deleted: its buttons are gone. */
void world_forget_buttons(struct world *world, int64_t chat_id, int64_t message_id);
/* The one that was shown last under this label in this chat; NULL: none. */
const struct shown_button *world_find_button(const struct world *world, int64_t chat_id,
					     const char *label, bool gone);

int64_t action_chat_id(const struct line_action *action);
/* Takes the value. */
void action_set(struct line_action *action, const char *field, json_t *value);
void action_finish(struct line_action *action);

#endif
