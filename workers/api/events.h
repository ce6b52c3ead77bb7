/* events.h - what handlers are given: one struct for each kind of route. */
#ifndef WORKERS_API_EVENTS_H
#define WORKERS_API_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/kind.h"
#include "workers/api/people.h"

/* A message that starts with /name or /name@thisbot, in its text or caption. */
struct command {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *name; /* as the route spells it: the first of its names */
	const char *args; /* the text after the name, trimmed */
	/* The struct that the route's `arguments` describe, filled in; NULL without `arguments`. */
	const void *values;
};

/* Who opens a link of draft_deep_link(); slug_integer() and slug_text() return its values. */
struct link {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
};

/* A message with a text or a caption that is not a command. */
struct text_message {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *text;
};

/* A press of an inline button; slug_integer() and slug_text() return its values. The host answers
 * the press if the handler does not. */
struct button {
	const struct chat *chat; /* of the message with the button; NULL: of a result of INLINE() */
	const struct user *from; /* who pressed */
	int64_t message_id;      /* of the message with the button; 0: of such a result */
	bool late;               /* Telegram no longer accepts an answer; edits still work */
};

enum member_status {
	MEMBER_CREATOR,
	MEMBER_ADMINISTRATOR,
	MEMBER_PLAIN,
	MEMBER_RESTRICTED, /* in the chat with fewer rights */
	MEMBER_OUTSIDE,    /* never joined, left, or restricted and not in the chat */
	MEMBER_BANNED,
};

/* Bot API "ChatMemberUpdated". */
struct member_change {
	const struct chat *chat;
	const struct user
		*by; /* who did it; same as `member` when they joined or left by themselves */
	const struct user *member; /* whose membership changed */
	enum member_status before, after;
};

struct join_request {
	const struct chat *chat;
	const struct user *from;
	int64_t user_chat_id; /* a private chat with them; 0: its five minutes are over */
	bool late;            /* ten seconds are over: too late to answer by its query id */
};

/* A person changed their reaction to a message; anonymous ones are not delivered. */
struct reaction {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *before, *after; /* the first emoji; "" for none and for custom ones */
};

/* A service message, which Telegram writes when something happens: see SERVICE(). */
struct service_message {
	const struct chat *chat;
	const struct user *from;
	int64_t message_id;
	const char *event; /* as in the route */
};

/* The reactions to a message where they are anonymous: each kind with its number. */
struct reaction_count {
	const struct chat *chat;
	int64_t message_id;
	const struct counted_reaction {
		const char *emoji; /* "" for custom ones and paid ones */
		int64_t count;
	} * reactions;
	size_t reactions_count;
};

/* Bot API "Poll". */
struct poll {
	const char *id;
	const char *question;
	const struct poll_option {
		const char *text;
		int64_t votes;
	} * options;
	size_t options_count;
	int64_t voters;
	bool closed;
};

/* Bot API "PollAnswer". */
struct poll_answer {
	const char *poll_id;
	const struct user *from;        /* a stand-in when sender_chat is set */
	const struct chat *sender_chat; /* the channel or group that voted; NULL: a person did */
	const int64_t *options;         /* counted from 0; none: the vote was taken back */
	size_t options_count;
};

/* Bot API "ChatBoostUpdated"; who boosted is not always known. */
struct boost {
	const struct chat *chat;
	const char *id;
	const char *source; /* "premium", "gift_code", "giveaway" */
	int64_t ends;       /* UTC, seconds */
};

struct removed_boost {
	const struct chat *chat;
	const char *id;
	const char *source;
};

/* Bot API "BusinessConnection". */
struct business_connection {
	const char *id;
	const struct user *from; /* whose account it is */
	int64_t user_chat_id;    /* the private chat with them */
	bool enabled;
};

/* Messages of a connected account that were deleted. */
struct business_deletion {
	const struct chat *chat;
	const char *connection;
	const int64_t *message_ids;
	size_t message_ids_count;
};

/* A bot that this one manages was made, or has another token or owner. */
struct managed_bot {
	const struct user *from; /* its owner */
	const struct user *bot;
};

/* The person wants no more of a message that is being written. */
struct stopped_generation {
	const struct chat *chat;
	int64_t draft_id; /* as given to sendMessageDraft */
};

/* Work that a handler put off (later.h), in the chat, person, topic and language of the update that
 * it was handling; slug_integer() and slug_text() return its values. Nothing else of the update is
 * kept: ctx_find_message() and ctx_update() have ids, names, topic and date, no content. */
struct work {
	const struct chat *chat;
	/* NULL: what repeats in a group is for nobody, and some updates are by nobody. */
	const struct user *from;
};

/* Any update at all. */
struct any_update {
	enum update_kind kind;
	int64_t update_id;
};

#endif
