/* inline_answer.c - the answer to an inline query, and to whoever calls the bot as a guest: what
 * modules see of it is workers/api/inline.h. */
#include "workers/host/inline_answer.h"

#include <stdarg.h>
#include <string.h>

#include "workers/host/deep_link.h"
#include "workers/host/inline_result.h"
#include "workers/host/query.h"

#define RESULTS_MAX 50 /* Bot API, answerInlineQuery */
#define OFFSET_MAX 64
#define KEPT_S 300
#define KEPT_MAX_S 86400

struct inline_answer {
	struct inline_result *results, **results_end, *last;
	size_t count;
	int64_t keep_s;
	bool for_all;
	const char *next;            /* NULL: no more results */
	const char *label, *payload; /* of the button above; NULL: none */
};

static struct inline_answer *answer_of(struct ctx *ctx)
{
	struct inline_answer *answer = ctx->inline_answer;

	if (answer)
		return answer;
	answer = ctx->inline_answer = arena_alloc(ctx->arena, sizeof(*answer));
	answer->results_end = &answer->results;
	answer->keep_s = KEPT_S;
	return answer;
}

struct draft *ctx_inline_result(struct ctx *ctx, const char *id, const char *title,
				const char *description)
{
	struct inline_answer *answer = answer_of(ctx);
	struct inline_result *result = arena_alloc(ctx->arena, sizeof(*result));

	*result = (struct inline_result) {
		.id = id,
		.title = title,
		.description = description,
		.draft = ctx_draft(ctx),
	};
	*answer->results_end = answer->last = result;
	answer->results_end = &result->next;
	answer->count++;
	return result->draft;
}

void ctx_inline_picture(struct ctx *ctx, const char *url)
{
	struct inline_answer *answer = answer_of(ctx);

	if (answer->last)
		answer->last->picture = url;
	else
		ctx_fail(ctx, "an inline query: a picture before the result that it is for");
}

void ctx_inline_keep(struct ctx *ctx, int64_t seconds, bool for_all)
{
	struct inline_answer *answer = answer_of(ctx);

	answer->keep_s = seconds < 0 ? 0 : seconds > KEPT_MAX_S ? KEPT_MAX_S : seconds;
	answer->for_all = for_all;
}

void ctx_inline_next(struct ctx *ctx, const char *offset)
{
	answer_of(ctx)->next = offset;
	if (strlen(offset) > OFFSET_MAX)
		ctx_fail(ctx, "an inline query: an offset of more than %d bytes", OFFSET_MAX);
}

void ctx_inline_button(struct ctx *ctx, const char *label, const char *slug, ...)
{
	struct inline_answer *answer = answer_of(ctx);
	va_list arguments;

	va_start(arguments, slug);
	answer->payload = deep_link_payload(ctx, slug, arguments);
	va_end(arguments);
	answer->label = label;
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool is_id_taken(const struct inline_answer *answer, const struct inline_result *result)
{
	for (const struct inline_result *other = answer->results; other != result;
	     other = other->next)
		if (strcmp(other->id, result->id) == 0)
			return true;
	return false;
}

static enum verdict check_result(struct ctx *ctx, const struct inline_result *result)
{
	const char *fault;

	if (draft_check(result->draft, false) != DONE)
		return FAIL;
	fault = inline_result_fault(result);
	return fault ? ctx_fail(ctx, "an inline result \"%s\": %s", result->title, fault) : DONE;
}

static enum verdict check_answer(struct ctx *ctx, const struct inline_answer *answer)
{
	if (ctx->update.kind != KIND_INLINE_QUERY || !ctx_query_waits(ctx))
		return ctx_fail(ctx, "there is no inline query to answer");
	if (answer->count > RESULTS_MAX)
		return ctx_fail(ctx, "an inline query: %zu results, allowed are %d", answer->count,
				RESULTS_MAX);
	for (const struct inline_result *result = answer->results; result; result = result->next) {
		if (is_id_taken(answer, result))
			return ctx_fail(ctx, "an inline query: two results \"%s\"", result->id);
		if (check_result(ctx, result) != DONE)
			return FAIL;
	}
	return ctx->failure.reason ? FAIL : DONE;
}

/* Bot API, "InlineQueryResultsButton". */
static void write_button(const struct inline_answer *answer, struct json *json)
{
	json_key(json, "button");
	json_object_start(json);
	json_key_text(json, "text", answer->label);
	json_key_text(json, "start_parameter", answer->payload);
	json_object_end(json);
}

enum verdict ctx_inline_answer(struct ctx *ctx)
{
	const struct inline_answer *answer = answer_of(ctx);
	struct json json;

	if (check_answer(ctx, answer) != DONE)
		return FAIL;
	json = query_answer_start(ctx, "inline_query_id");
	json_key(&json, "results");
	json_array_start(&json);
	for (const struct inline_result *result = answer->results; result; result = result->next)
		inline_result_write(result, &json);
	json_array_end(&json);
	json_key_int(&json, "cache_time", answer->keep_s);
	json_key_bool(&json, "is_personal", !answer->for_all);
	if (answer->next)
		json_key_text(&json, "next_offset", answer->next);
	if (answer->label)
		write_button(answer, &json);
	query_answer_end(ctx, "answerInlineQuery", &json);
	return DONE;
}

/* --- guests ----------------------------------------------------------------------------------- */

bool inline_answer_is_for_guest(const struct ctx *ctx)
{
	return ctx->update.kind == KIND_GUEST_MESSAGE;
}

/* Bot API, answerGuestQuery: the one message that a bot may send where it is not a member. */
enum verdict inline_answer_guest(struct draft *draft)
{
	struct ctx *ctx = draft->ctx;
	struct cursor id = cursor_find(ctx->update.body, "guest_query_id");
	const struct inline_result result = {
		.id = "1",
		.title = ctx->host->bot.username,
		.description = "",
		.draft = draft,
	};
	struct json json;
	struct text query;

	if (cursor_type(&id) != PACK_TEXT || ctx->query_answered)
		return ctx_fail(ctx, "a guest answers once");
	query = cursor_text(&id);
	if (check_result(ctx, &result) != DONE)
		return FAIL;
	json = ctx_parameters(ctx);
	json_key(&json, "guest_query_id");
	json_text_n(&json, query.data, query.length);
	json_key(&json, "result");
	inline_result_write(&result, &json);
	query_answer_end(ctx, "answerGuestQuery", &json);
	return DONE;
}
