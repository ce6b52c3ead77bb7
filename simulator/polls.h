/* polls.h - a poll: its options, who voted for what, when it closes. A message that is forwarded
 * has the same poll. */
#ifndef SIMULATOR_POLLS_H
#define SIMULATOR_POLLS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/json.h"

/* sendPoll */
#define POLL_OPTIONS_MAX 12
#define POLL_QUESTION_UNITS_MAX 300
#define POLL_OPTION_UNITS_MAX 100
#define POLL_EXPLANATION_UNITS_MAX 200
#define POLL_EXPLANATION_LINES_MAX 2 /* line feeds */
#define POLL_OPEN_MIN_S 5
#define POLL_OPEN_MAX_S 2628000

struct poll_option {
	char *text;
	char *entities; /* JSON array; NULL: none */
};

struct poll_vote {
	int64_t voter;
	uint32_t options; /* bits */
};

struct poll {
	int64_t id;
	unsigned references; /* messages that have it */
	bool by_bot;         /* the bot sent it and learns of its votes */
	bool is_anonymous, is_quiz, is_multiple, is_revotable, is_closed;
	int64_t open_period_s; /* 0: none */
	int64_t close_s;       /* UTC; 0: it does not close by itself */
	char *question, *question_entities;
	char *explanation, *explanation_entities;
	uint32_t correct; /* bits, of a quiz */
	struct poll_option options[POLL_OPTIONS_MAX];
	size_t options_count;
	struct poll_vote *votes;
	size_t votes_count;
	struct buffer json; /* the Poll object, as others see it */
};

/* With one reference. */
struct poll *poll_create(int64_t id);
struct poll *poll_share(struct poll *poll);
/* Of one reference; NULL is none. */
void poll_release(struct poll *poll);
void poll_add_option(struct poll *poll, const char *text, const char *entities);
/* After anything was changed. */
void poll_render(struct poll *poll);
/* The key "poll" and the object. */
void poll_compose(struct json *json, const struct poll *poll);
/* The object alone. */
void poll_write(struct json *json, const struct poll *poll);
/* Closes it when its time is over; true when that changed it. */
bool poll_expire(struct poll *poll, int64_t now_s);
/* options 0 takes the vote back. False when that may not be: closed, a second vote without
 * revoting, several options of a poll that allows one. */
bool poll_vote(struct poll *poll, int64_t voter, uint32_t options);

#endif
