/* calls.c - the calls that a handler makes itself: a literal becomes the parameters, and what it
 * leaves out about the place is put in. */
#include <stdarg.h>
#include <string.h>

#include "botapi/botapi.h"
#include "common/clock.h"
#include "common/json_member.h"
#include "workers/host/answer.h"
#include "workers/host/ctx.h"
#include "workers/host/file.h"
#include "workers/host/kept_call.h"
#include "workers/host/known_call.h"
#include "workers/host/literal.h"
#include "workers/host/place.h"
#include "workers/host/query.h"

/* Where in a module something is asked for. */
struct asked {
	const char *file;
	unsigned line;
	const char *function;
};

static void fail_at(struct ctx *ctx, const struct asked *asked, const char *what,
		    const struct why *why)
{
	ctx_fail_at(ctx, asked->file, asked->line, asked->function, "%s: %s", what, why->text);
}

/* --- the place -------------------------------------------------------------------------------- */

/* Whether the literal leaves it to the host to say which chat is meant. Of a method for which a
 * chat is optional its absence means something else, unless it is the one of a message. */
static bool wants_place(const struct botapi_method *method, const struct literal_names *names)
{
	const struct botapi_field *chat = method ? botapi_find_parameter(method, "chat_id", 7)
						 : NULL;

	if (!chat || literal_has_name(names, "chat_id"))
		return false;
	return chat->required || (botapi_has_parameter(method, "inline_message_id") &&
				  !literal_has_name(names, "inline_message_id"));
}

/* Of methods that send, all take it. */
static bool sends(const struct botapi_method *method)
{
	return botapi_has_parameter(method, "protect_content");
}

/* Whether all would see what answers a message that only one person sees. */
static bool would_show(struct ctx *ctx, const struct botapi_method *method)
{
	return sends(method) && !botapi_has_parameter(method, "ephemeral_message_parameters") &&
	       place_here(ctx).receiver_id;
}

/* What sends does so where answers go. */
static struct place place_for(struct ctx *ctx, const struct botapi_method *method)
{
	if (!ctx->entered || sends(method))
		return place_here(ctx);
	return place_of_chat(ctx, ctx->entered->id);
}

static int64_t write_place(struct ctx *ctx, const struct botapi_method *method,
			   const struct literal_names *names, struct json *json)
{
	struct place place = place_for(ctx, method);

	place_fit(&place, method);
	if (literal_has_name(names, "message_thread_id"))
		place.topic = 0;
	if (literal_has_name(names, "direct_messages_topic_id"))
		place.direct_topic = 0;
	if (literal_has_name(names, "business_connection_id"))
		place.business_connection = (struct text) { NULL, 0 };
	if (literal_has_name(names, "ephemeral_message_parameters"))
		place.receiver_id = 0;
	if (literal_has_name(names, "reply_parameters"))
		place.reply_to = 0;
	place_write(&place, json);
	place_write_reply(&place, json);
	return place.chat_id;
}

/* The chat whose order the call keeps; 0: none, or one that is named by its username. */
static int64_t chat_in(struct ctx *ctx, struct text body)
{
	const struct json_slice object = { body.data, body.length };
	struct json_slice value;

	if (!json_find_member(object, "chat_id", &value))
		return 0;
	if (value.size < 2 || *value.data != '"')
		return json_slice_integer(value);
	return call_chat_of_text(arena_strndup(ctx->arena, value.data + 1, value.size - 2));
}

/* --- calls ------------------------------------------------------------------------------------ */

/* False: the handler has failed. */
static bool make_call(struct ctx *ctx, const struct asked *asked, const char *method,
		      const char *literal, va_list arguments, struct call *out)
{
	const struct botapi_method *known = botapi_find_method(method, strlen(method));
	struct json json = ctx_parameters(ctx);
	struct literal_names names;
	struct why why;
	int64_t chat_id = 0;

	*out = (struct call) { .method = text_of(method) };
	if (!literal_write_members(literal, arguments, ctx->values, known, &json, &names, &why)) {
		fail_at(ctx, asked, method, &why);
		return false;
	}
	if (wants_place(known, &names)) {
		if (!ctx_find_chat(ctx)) {
			why_set(&why, "no chat_id, and an update that has no chat");
			fail_at(ctx, asked, method, &why);
			return false;
		}
		if (would_show(ctx, known)) {
			why_set(&why, "all would see the answer to what only one person sees; with "
				      "a chat_id it is meant for all");
			fail_at(ctx, asked, method, &why);
			return false;
		}
		chat_id = write_place(ctx, known, &names, &json);
	}
	out->body = ctx_parameters_end(ctx, &json);
	out->chat_id = chat_id ? chat_id : chat_in(ctx, out->body);
	out->said_s = names.has_end ? clock_utc_s() : 0;
	if (!ctx->host->services.checks_calls || known_call(ctx->host->settings, out, &why))
		return true;
	ctx_fail_at(ctx, asked->file, asked->line, asked->function, "%s", why.text);
	return false;
}

static enum verdict queue(struct ctx *ctx, const struct asked *asked, const char *method,
			  const char *literal, va_list arguments, bool once)
{
	struct call call;

	if (!make_call(ctx, asked, method, literal, arguments, &call))
		return FAIL;
	call.at_most_once = once;
	ctx_push_known(ctx, &call);
	query_note(ctx, call.method);
	return DONE;
}

enum verdict ctx_queuef_at(struct ctx *ctx, const char *file, unsigned line, const char *function,
			   const char *method, const char *json, ...)
{
	const struct asked asked = { file, line, function };
	enum verdict verdict;
	va_list arguments;

	va_start(arguments, json);
	verdict = queue(ctx, &asked, method, json, arguments, false);
	va_end(arguments);
	return verdict;
}

enum verdict ctx_queue_oncef_at(struct ctx *ctx, const char *file, unsigned line,
				const char *function, const char *method, const char *json, ...)
{
	const struct asked asked = { file, line, function };
	enum verdict verdict;
	va_list arguments;

	va_start(arguments, json);
	verdict = queue(ctx, &asked, method, json, arguments, true);
	va_end(arguments);
	return verdict;
}

const struct answer *ctx_callf_at(struct ctx *ctx, const char *file, unsigned line,
				  const char *function, const char *method, const char *json, ...)
{
	const struct asked asked = { file, line, function };
	struct call_result result = { .status = CALL_FAILED,
				      .description = text_of("the call is malformed") };
	struct call call;
	va_list arguments;
	bool made;

	va_start(arguments, json);
	made = make_call(ctx, &asked, method, json, arguments, &call);
	va_end(arguments);
	if (made && files_attach(ctx, &call)) {
		result = (struct call_result) { .status = CALL_FAILED };
		call.want_result = true;
		call.class = ctx_call_class(ctx, call.chat_id);
		kept_call(ctx, &call, &result);
		if (query_note(ctx, call.method))
			ctx->query_called = true;
	}
	return answer_of_call(ctx, &result);
}

/* --- values that are put together ------------------------------------------------------------- */

const char *ctx_json_value(struct ctx *ctx, const char *json, size_t size)
{
	struct literal_value *value = arena_alloc(ctx->arena, sizeof(*value));

	*value = (struct literal_value) { arena_strndup(ctx->arena, json, size), ctx->values };
	ctx->values = value;
	return value->json;
}

struct list {
	struct ctx *ctx;
	const char *method, *parameter;
	const struct botapi_type *item; /* NULL: not known */
	struct list_item {
		struct text json;
		struct list_item *next;
	} * first, **end;
	size_t count, size;
};

struct list *ctx_list(struct ctx *ctx, const char *method, const char *parameter)
{
	const struct botapi_method *known = botapi_find_method(method, strlen(method));
	const struct botapi_field *field = known ? botapi_find_parameter(known, parameter,
									 strlen(parameter))
						 : NULL;
	struct list *list = arena_alloc(ctx->arena, sizeof(*list));

	*list = (struct list) { .ctx = ctx, .method = method, .parameter = parameter };
	list->end = &list->first;
	if (field)
		list->item = literal_item_type(&botapi_types[field->type]);
	return list;
}

static void append(struct list *list, struct text json)
{
	struct list_item *item = arena_alloc(list->ctx->arena, sizeof(*item));

	*item = (struct list_item) { .json = json };
	*list->end = item;
	list->end = &item->next;
	list->count++;
	list->size += json.length + 1;
}

void list_addf_at(struct list *list, const char *file, unsigned line, const char *function,
		  const char *json, ...)
{
	const struct asked asked = { file, line, function };
	struct ctx *ctx = list->ctx;
	struct json out = ctx_scratch(ctx);
	va_list arguments;
	struct why why;
	bool ok;

	va_start(arguments, json);
	ok = literal_write(json, arguments, ctx->values, list->item, &out, &why);
	va_end(arguments);
	if (ok) {
		append(list, ctx_scratch_end(ctx));
		return;
	}
	why_prefix(&why, "%s", list->parameter);
	fail_at(ctx, &asked, list->method, &why);
}

size_t list_count(const struct list *list)
{
	return list->count;
}

const char *list_json(const struct list *list)
{
	char *json = arena_alloc(list->ctx->arena, list->size + 2), *at = json;

	*at++ = '[';
	for (const struct list_item *item = list->first; item; item = item->next) {
		memcpy(at, item->json.data, item->json.length);
		at += item->json.length;
		*at++ = ',';
	}
	at -= list->count > 0;
	*at++ = ']';
	return ctx_json_value(list->ctx, json, (size_t)(at - json));
}
