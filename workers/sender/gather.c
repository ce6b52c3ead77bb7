/* gather.c - reads what deletions delete, and joins it. */
#include "workers/sender/gather.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/buffer.h"
#include "common/xalloc.h"
#include "workers/sender/body.h"

#define IDS_MAX 100u
/* What a handler writes has less; white space could have any length. */
#define IDS_SIZE_MAX 2400u

/* --- reading ---------------------------------------------------------------------------------- */

/* Whose turn it is, of what body.h leaves to jansson. */
static int64_t person_in_tree(struct text body, const char *name)
{
	json_t *root = json_loadb(body.data, body.length, 0, NULL);
	const json_t *value = json_object_get(root, name);
	int64_t person = json_is_integer(value) ? json_integer_value(value)
						: call_chat_of_text(json_string_value(value));

	json_decref(root);
	return person;
}

static int64_t person_in(const struct send_call *call)
{
	static const char *const names[] = { "user_id", "sender_chat_id", "actor_chat_id" };
	const struct json_slice *value;
	struct body body;
	int64_t person = 0;
	bool plain = body_read(call->call.body, &body);

	for (size_t i = 0; i < COUNT_OF(names) && !person; i++) {
		value = plain ? body_find(&body, text_of(names[i])) : NULL;
		if (value)
			person = body_id(*value);
		else if (!plain)
			person = person_in_tree(call->call.body, names[i]);
	}
	return person;
}

/* Ids and nothing else, between the brackets or without any; how many. 0: not so. */
static size_t count_ids(struct text list)
{
	size_t count = 1;

	for (size_t i = 0; i < list.length; i++) {
		if (list.data[i] == ',')
			count++;
		else if (!strchr("0123456789 ", list.data[i]) || !list.data[i])
			return 0;
	}
	return list.length ? count : 0;
}

static void read_deletion(struct send_call *call)
{
	const struct json_slice *ids;
	struct text list;
	struct body body;
	size_t count;

	if (call->call.want_result || call->call.at_most_once || !call->call.chat_id ||
	    !body_read(call->call.body, &body) || body.count != 2 ||
	    !body_find(&body, text_of("chat_id")))
		return;
	ids = body_find(&body, text_of("message_id"));
	if (!ids)
		ids = body_find(&body, text_of("message_ids"));
	if (!ids)
		return;
	list = (struct text) { ids->data, ids->size };
	if (list.length > 1 && *list.data == '[')
		list = (struct text) { list.data + 1, list.length - 2 };
	count = list.length <= IDS_SIZE_MAX ? count_ids(list) : 0;
	if (!count || count > IDS_MAX)
		return;
	call->deletes = list;
	call->deletes_count = (uint16_t)count;
}

void gather_read(struct send_call *call)
{
	/* What has a name is looked up in the order in which it was said. */
	call->line_kind = call->call.name.use ? LINE_CHAT : method_line(call->method);
	if (call->line_kind == LINE_CHAT)
		return;
	if (call->call.class != CALL_BULK)
		call->call.class = CALL_MODERATION;
	if (call->line_kind == LINE_PERSON)
		call->person = person_in(call);
	else
		read_deletion(call);
}

/* --- joining ---------------------------------------------------------------------------------- */

static size_t most(const struct send_call *call)
{
	return call->gather_max ? call->gather_max : IDS_MAX;
}

/* Whether the second may be made with the first: it has been tried as often, so that what becomes
 * of both is decided alike. */
static bool is_alike(const struct send_call *first, const struct send_call *second)
{
	return second->deletes.data && second->tries == first->tries &&
	       second->refusals == first->refusals && second->flags == first->flags &&
	       !second->moved;
}

static size_t take_along(struct send_call *call)
{
	size_t ids = call->deletes_count, limit = most(call);
	struct send_call *behind;

	while ((behind = send_queue_behind(call)) && is_alike(call, behind)) {
		limit = most(behind) < limit ? most(behind) : limit;
		if (call->gathered_count + 2 > limit || ids + behind->deletes_count > IDS_MAX)
			break;
		send_queue_take_behind(call);
		STAILQ_INSERT_TAIL(&call->gathered, behind, link);
		call->gathered_count++;
		ids += behind->deletes_count;
	}
	return call->gathered_count;
}

static void append_ids(struct buffer *out, const struct send_call *call)
{
	buffer_append(out, call->deletes.data, call->deletes.length);
}

static void write_batch(struct send_call *call)
{
	struct buffer out = { 0 };

	buffer_printf(&out, "{\"chat_id\":%lld,\"message_ids\":[", (long long)call->call.chat_id);
	append_ids(&out, call);
	for (const struct send_call *other = STAILQ_FIRST(&call->gathered); other;
	     other = STAILQ_NEXT(other, link)) {
		buffer_append_byte(&out, ',');
		append_ids(&out, other);
	}
	buffer_append_text(&out, "]}");
	call->written = xstrdup(buffer_text(&out));
	buffer_finish(&out);
}

void gather_start(struct send_call *call)
{
	STAILQ_INIT(&call->gathered);
	if (call->deletes.data && !call->moved && take_along(call))
		write_batch(call);
}

bool gather_may_blame_one(enum call_outcome outcome)
{
	switch (outcome) {
	case OUTCOME_NO_RIGHTS:
	case OUTCOME_GONE:
	case OUTCOME_NOT_MODIFIED:
	case OUTCOME_TOO_OLD:
	case OUTCOME_REFUSED:
		return true;
	case OUTCOME_OK:
	case OUTCOME_MIGRATED:
	case OUTCOME_BLOCKED:
	case OUTCOME_KICKED:
	case OUTCOME_TOO_MANY:
	case OUTCOME_UNAUTHORIZED:
	case OUTCOME_SERVER_ERROR:
	case OUTCOME_NETWORK:
	case OUTCOME_COUNT:
		return false;
	}
	return false;
}

/* `max` 0: their limits stay. */
static void put_back(struct send_call *call, size_t max)
{
	struct send_call *other;
	struct send_call_list reversed = STAILQ_HEAD_INITIALIZER(reversed);

	while ((other = STAILQ_FIRST(&call->gathered))) {
		STAILQ_REMOVE_HEAD(&call->gathered, link);
		STAILQ_INSERT_HEAD(&reversed, other, link);
		other->tries = call->tries;
		other->refusals = call->refusals;
		other->repeated = call->repeated;
		if (max)
			other->gather_max = (uint16_t)max;
	}
	while ((other = STAILQ_FIRST(&reversed))) {
		STAILQ_REMOVE_HEAD(&reversed, link);
		send_queue_put_behind(call, other);
	}
	call->gathered_count = 0;
	if (max)
		call->gather_max = (uint16_t)max;
}

void gather_undo(struct send_call *call)
{
	put_back(call, 0);
}

void gather_halve(struct send_call *call)
{
	put_back(call, (call->gathered_count + 2) / 2);
}
