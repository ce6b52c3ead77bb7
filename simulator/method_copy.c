#include "simulator/method_copy.h"

#include <stdlib.h>
#include <string.h>

#include "simulator/call_message.h"
#include "simulator/compose.h"
#include "simulator/formatting.h"
#include "simulator/polls.h"
#include "simulator/sending.h"
#include "simulator/sim.h"

/* Where its copies go, set once for all of them; each has a result of its own. */
struct copying {
	struct chat *from;
	bool is_copy;     /* without telling whose it was */
	bool has_caption; /* `sending.text` is instead of the original's */
	bool no_caption;
	struct sending sending;
	int64_t group_of; /* of the originals' media_group_id; 0: none yet */
	const char *group;
};

static bool fail_copying(struct call *call, const struct copying *copying)
{
	return call_fail(call, 400, "Bad Request: the message can't be %s",
			 copying->is_copy ? "copied" : "forwarded");
}

/* Service messages, protected ones, and what nobody can copy (copyMessage). */
static bool may_copy(struct call *call, const struct copying *copying,
		     const struct message *message)
{
	static const char *const never[] = { "\"paid_media\"", "\"invoice\"", "\"giveaway" };

	if (message->is_protected)
		return call_fail(
			call, 400,
			"Bad Request: message has protected content and can't be forwarded");
	if (message->is_service)
		return fail_copying(call, copying);
	for (size_t i = 0; copying->is_copy && message->content && i < 3; i++) {
		if (!strncmp(message->content, never[i], strlen(never[i])))
			return fail_copying(call, copying);
	}
	/* The bot knows the answer of its own quizzes only. */
	if (copying->is_copy && message->poll && message->poll->is_quiz && !message->poll->by_bot)
		return fail_copying(call, copying);
	return true;
}

/* The original's text with its entities, as they were. */
static void take_text(struct call *call, const struct message *message, struct formatted *out)
{
	if (!message->text)
		return;
	if (!format_text(call, message->text, "", message->entities ? message->entities : "",
			 TEXT_UNITS_MAX, out)) {
		call->error_code = 0;
		out->length = 0;
	}
}

static const char *origin_of(struct call *call, const struct message *message)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *members;

	/* A forward of a forward keeps the first origin. */
	if (message->extra && strstr(message->extra, "\"forward_origin\"")) {
		buffer_finish(&out);
		return message->extra;
	}
	json_key(&json, "forward_origin");
	compose_origin(&json, message);
	json_key_int(&json, "forward_date", message->date);
	members = arena_strdup(call->arena, buffer_text(&out));
	buffer_finish(&out);
	return members;
}

/* Albums stay albums. */
static const char *group_of(struct call *call, struct copying *copying,
			    const struct message *message)
{
	const char *at = message->extra ? strstr(message->extra, "\"media_group_id\":\"") : NULL;
	int64_t group = at ? strtoll(at + strlen("\"media_group_id\":\""), NULL, 10) : 0;

	if (!group)
		return NULL;
	if (group != copying->group_of) {
		copying->group_of = group;
		copying->group = arena_printf(call->arena, "\"media_group_id\":\"%lld\"",
					      13700000000000000LL + (long long)++call->sim->albums);
	}
	return copying->group;
}

/* Sends one, whose result is written to call->result. */
static struct message *send_one(struct call *call, struct copying *copying,
				const struct message *message, bool grouped)
{
	struct sending sending = copying->sending;

	if (!copying->has_caption || !(message->content || message->poll)) {
		memset(&sending.text, 0, sizeof(sending.text));
		if (!copying->no_caption || !message->content)
			take_text(call, message, &sending.text);
	}
	sending.content = message->content ? arena_strdup(call->arena, message->content) : NULL;
	sending.poll = poll_share(message->poll);
	if (grouped)
		sending.extra = sending_members(call, sending.extra,
						group_of(call, copying, message));
	if (!copying->is_copy)
		sending.extra = sending_members(call, sending.extra, origin_of(call, message));
	return sending_finish(call, &sending);
}

/* The same when the answer has only the id of what was sent. */
static int64_t send_quietly(struct call *call, struct copying *copying,
			    const struct message *message, bool grouped)
{
	struct json result = call->result;
	struct buffer unused = { 0 };
	int64_t id;

	call->result = json_start(&unused);
	id = send_one(call, copying, message, grouped)->id;
	call->result = result;
	buffer_finish(&unused);
	return id;
}

static void write_id(struct json *json, int64_t id)
{
	json_object_start(json);
	json_key_int(json, "message_id", id);
	json_object_end(json);
}

static bool begin(struct call *call, struct copying *copying)
{
	copying->sending.permission = MAY_SEND_MESSAGES;
	copying->sending.plural = "text messages";
	return call_source(call, &copying->from) && sending_begin(call, &copying->sending);
}

static void transfer_one(struct call *call, struct copying *copying, const char *what)
{
	const struct message *message;

	if (!begin(call, copying))
		return;
	message = messages_find(&call->sim->messages, copying->from,
				parameters_id(call->parameters, "message_id"));
	if (!message) {
		call_fail(call, 400, "Bad Request: %s not found", what);
		return;
	}
	if (!may_copy(call, copying, message))
		return;
	if (copying->is_copy)
		write_id(&call->result, send_quietly(call, copying, message, false));
	else
		send_one(call, copying, message, false);
}

/* What cannot be found or copied is skipped (forwardMessages). */
static void transfer_all(struct call *call, struct copying *copying)
{
	int64_t *ids, *sent;
	size_t count, done = 0;

	if (!call_message_ids(call, &ids, &count) || !begin(call, copying))
		return;
	sent = arena_alloc(call->arena, count * sizeof(*sent));
	for (size_t i = 0; i < count; i++) {
		const struct message *message = messages_find(&call->sim->messages, copying->from,
							      ids[i]);

		if (i > 0 && ids[i] <= ids[i - 1]) {
			call_fail(call, 400,
				  "Bad Request: message identifiers must be in a "
				  "strictly increasing order");
			return;
		}
		if (!message || !may_copy(call, copying, message)) {
			call->error_code = 0;
			continue;
		}
		sent[done++] = send_quietly(call, copying, message, true);
	}
	if (done == 0) {
		call_fail(call, 400, "Bad Request: there are no messages to forward");
		return;
	}
	json_array_start(&call->result);
	for (size_t i = 0; i < done; i++)
		write_id(&call->result, sent[i]);
	json_array_end(&call->result);
}

void method_forward_message(struct call *call)
{
	struct copying copying = { .is_copy = false };

	transfer_one(call, &copying, "message to forward");
}

void method_forward_messages(struct call *call)
{
	struct copying copying = { .is_copy = false };

	transfer_all(call, &copying);
}

void method_copy_message(struct call *call)
{
	struct copying copying = {
		.is_copy = true,
		.has_caption = parameters_find(call->parameters, "caption") != NULL,
	};

	if (!copying.has_caption || sending_caption(call, &copying.sending))
		transfer_one(call, &copying, "message to copy");
}

void method_copy_messages(struct call *call)
{
	struct copying copying = {
		.is_copy = true,
		.no_caption = parameters_bool(call->parameters, "remove_caption"),
	};

	transfer_all(call, &copying);
}
