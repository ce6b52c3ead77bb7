/* transcript.h - what the bot did, as lines of a conversation. */
#ifndef TESTS_MODULES_TRANSCRIPT_H
#define TESTS_MODULES_TRANSCRIPT_H

#include <jansson.h>

#include "common/buffer.h"
#include "workers/host/host.h"

struct conversation;

/* A call being shown. */
struct print {
	struct conversation *conversation;
	const struct call *call;
	json_t *body; /* its parameters */
	const char *method;
	int64_t message_id; /* of the message that it sends or edits */
	struct buffer *out;
};

/* Appends lines for all results of an action. */
void transcript_outcome(struct conversation *conversation, const struct host_outcome *outcome);
/* Appends the lines of one call. `message_id`: of the message that it sends; 0: the next one. */
void transcript_call(struct conversation *conversation, const struct call *call,
		     int64_t message_id);
/* Notes as a fault what Telegram would not take: an unknown method or parameter, a wrong type, more
 * than its limits allow. */
void transcript_check(struct conversation *conversation, const struct call *call);
/* Appends "who: text", lines after the first with "  |" before them. */
void transcript_text(const char *who, const char *text, struct buffer *out);

/* --- for the rows of parts --- */

int64_t print_number(const json_t *object, const char *key);
/* "" when missing. */
const char *print_string(const json_t *object, const char *key);
/* "bot VERB", with " to CHAT" and " in topic N" when it goes elsewhere than where the action is,
 * and how it is said in parentheses; lives as long as the conversation. */
const char *print_who(const struct print *print, const char *verb);
/* The text (or caption) of an object as the HTML that its entities stand for. */
void print_html(const json_t *object, struct buffer *out);
/* What is below a message: inline buttons in [ ], which can be pressed from now on, or keys in
 * { }. */
void print_keyboard(const struct print *print, struct buffer *out);
/* Whether parameter `name` ("text", "caption") is a question: its end, an invisible character that
 * carries the link for the answer, is taken off and kept. */
bool print_take_question(struct print *print, const char *name);
/* Text and keyboard under the head "bot VERB". */
void print_message(const struct print *print, const char *verb);
/* "bot calls METHOD {…}". */
void print_other(struct print *print);

#endif
