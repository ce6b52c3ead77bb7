/* answer.c - classifies Telegram's answers by their fixed texts. The common one, {"ok":true,…}, is
 * not parsed. */
#include "workers/wire/answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "common/buffer.h"
#include "common/json_member.h"
#include "common/log.h"
#include "common/xalloc.h"

const char *const outcome_names[OUTCOME_COUNT + 1] = {
#define OUTCOME_NAME(id, label, expected) [OUTCOME_##id] = label,
	OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
};

static const bool expected_outcomes[OUTCOME_COUNT] = {
#define OUTCOME_EXPECTED(id, label, expected) [OUTCOME_##id] = expected,
	OUTCOMES(OUTCOME_EXPECTED)
#undef OUTCOME_EXPECTED
};

/* Fixed texts of the Bot API server (tdlib/telegram-bot-api, Client.cpp: fail_query_with_error).
 * The first row whose code and text match decides; code 0 matches all. */
static const struct pattern {
	int code;
	const char *text;
	enum call_outcome outcome;
} patterns[] = {
	{ 403, "bot was blocked by the user", OUTCOME_BLOCKED },
	{ 403, "user is deactivated", OUTCOME_BLOCKED },
	{ 403, "can't initiate conversation", OUTCOME_BLOCKED },
	{ 403, "bot was kicked", OUTCOME_KICKED },
	{ 403, "bot is not a member", OUTCOME_KICKED },
	{ 403, "group chat was deleted", OUTCOME_KICKED },
	{ 400, "chat not found", OUTCOME_KICKED },
	{ 403, "", OUTCOME_NO_RIGHTS },
	{ 400, "not enough rights", OUTCOME_NO_RIGHTS },
	{ 400, "need administrator rights", OUTCOME_NO_RIGHTS },
	{ 400, "CHAT_ADMIN_REQUIRED", OUTCOME_NO_RIGHTS },
	{ 400, "CHAT_WRITE_FORBIDDEN", OUTCOME_NO_RIGHTS },
	{ 400, "CHAT_RESTRICTED", OUTCOME_NO_RIGHTS },
	{ 400, "TOPIC_CLOSED", OUTCOME_NO_RIGHTS },
	{ 400, "user is an administrator", OUTCOME_NO_RIGHTS },
	{ 400, "message to delete not found", OUTCOME_GONE },
	{ 400, "message to edit not found", OUTCOME_GONE },
	{ 400, "message to be replied not found", OUTCOME_GONE },
	{ 400, "message to react not found", OUTCOME_GONE },
	{ 400, "message can't be deleted", OUTCOME_GONE },
	{ 400, "message can't be edited", OUTCOME_GONE },
	{ 400, "message thread not found", OUTCOME_GONE },
	{ 400, "message is not modified", OUTCOME_NOT_MODIFIED },
	{ 400, "query is too old", OUTCOME_TOO_OLD },
	{ 400, "query ID is invalid", OUTCOME_TOO_OLD },
	{ 401, "", OUTCOME_UNAUTHORIZED },
	{ 429, "", OUTCOME_TOO_MANY },
};

bool outcome_is_expected(enum call_outcome outcome)
{
	return outcome < OUTCOME_COUNT && expected_outcomes[outcome];
}

static enum call_outcome classify(int code, const char *description)
{
	if (code >= 500)
		return OUTCOME_SERVER_ERROR;
	for (size_t i = 0; i < COUNT_OF(patterns); i++)
		if (patterns[i].code == code && strcasestr(description, patterns[i].text))
			return patterns[i].outcome;
	return OUTCOME_REFUSED;
}

enum call_outcome answer_outcome_of(const struct call_result *result)
{
	char description[256];

	if (result->status == CALL_OK)
		return OUTCOME_OK;
	if (result->status != CALL_REFUSED)
		return OUTCOME_NETWORK;
	if (result->migrate_to_chat_id)
		return OUTCOME_MIGRATED;
	snprintf(description, sizeof(description), "%.*s", (int)result->description.length,
		 result->description.data ? result->description.data : "");
	return classify(result->error_code, description);
}

static bool starts_with(const char *body, size_t size, const char *prefix)
{
	return size >= strlen(prefix) && !memcmp(body, prefix, strlen(prefix));
}

/* True when the answer is the common one and *out is filled. */
static bool read_fast(const char *body, size_t size, bool want_result, struct call_result *out)
{
	static const char ok[] = "{\"ok\":true", result[] = "{\"ok\":true,\"result\":";

	while (size && (body[size - 1] == '\n' || body[size - 1] == '\r' || body[size - 1] == ' '))
		size--;
	if (!starts_with(body, size, ok) || body[size - 1] != '}')
		return false;
	if (want_result) {
		if (!starts_with(body, size, result))
			return false;
		out->result = (struct text) { body + sizeof(result) - 1,
					      size - (sizeof(result) - 1) - 1 };
	}
	out->status = CALL_OK;
	return true;
}

static struct json_slice member(struct json_slice object, const char *name)
{
	struct json_slice value;

	return json_find_member(object, name, &value) ? value : (struct json_slice) { "", 0 };
}

/* Decoded, without what follows a NUL; empty when it is no string. */
static struct text copy_text(struct arena *arena, struct json_slice value)
{
	json_t *decoded = json_loadb(value.data, value.size, JSON_DECODE_ANY | JSON_ALLOW_NUL,
				     NULL);
	const char *text = json_string_value(decoded);
	char *copy = arena_strdup(arena, text ? text : "");

	json_decref(decoded);
	return (struct text) { copy, strlen(copy) };
}

/* As written when jansson cannot read it. */
static void read_result(struct json_slice body, struct arena *arena, struct call_result *out)
{
	struct json_slice result = member(body, "result");
	json_t *decoded = json_loadb(result.data, result.size, JSON_DECODE_ANY | JSON_ALLOW_NUL,
				     NULL);
	char *dumped = decoded ? json_dumps(decoded, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	out->result = (struct text) { "null", 4 };
	if (dumped)
		out->result = (struct text) { arena_strdup(arena, dumped), strlen(dumped) };
	else if (result.size > 0)
		out->result = (struct text) { result.data, result.size };
	free(dumped);
	json_decref(decoded);
}

static int64_t positive(int64_t number, int64_t most)
{
	return number < 0 ? 0 : number > most ? most : number;
}

static enum call_outcome read_refusal(struct json_slice body, int http_status, struct arena *arena,
				      struct call_result *out)
{
	struct json_slice parameters = member(body, "parameters");
	int64_t code = positive(json_slice_integer(member(body, "error_code")), 999);

	out->status = CALL_REFUSED;
	out->error_code = code ? (int)code : http_status;
	out->description = copy_text(arena, member(body, "description"));
	out->migrate_to_chat_id = json_slice_integer(member(parameters, "migrate_to_chat_id"));
	out->retry_after_s = (uint32_t)positive(
		json_slice_integer(member(parameters, "retry_after")), 7 * 86400);
	if (out->migrate_to_chat_id)
		return OUTCOME_MIGRATED;
	return classify(out->error_code, out->description.data);
}

static enum call_outcome without_answer(int http_status, struct call_result *out)
{
	out->status = CALL_FAILED;
	out->error_code = http_status;
	/* A proxy's page instead of JSON still has a meaningful status. */
	if (http_status == 429)
		return OUTCOME_TOO_MANY;
	return http_status >= 400 ? OUTCOME_SERVER_ERROR : OUTCOME_NETWORK;
}

enum call_outcome answer_read(int http_status, const char *body, size_t size, bool want_result,
			      struct arena *arena, struct call_result *out)
{
	struct json_slice answer = { body, size }, ok;

	*out = (struct call_result) { 0 };
	if (http_status == 200 && read_fast(body, size, want_result, out))
		return OUTCOME_OK;
	ok = http_status ? member(answer, "ok") : (struct json_slice) { "", 0 };
	while (answer.size > 0 && json_is_space(body[answer.size - 1]))
		answer.size--;
	/* Without "ok" it is not from Telegram, without its end it is not whole. */
	if (ok.size == 0 || body[answer.size - 1] != '}')
		return without_answer(http_status, out);
	if (!json_slice_is(ok, "true"))
		return read_refusal(answer, http_status, arena, out);
	out->status = CALL_OK;
	if (want_result)
		read_result(answer, arena, out);
	return OUTCOME_OK;
}

static bool is_letter(char character)
{
	return isalpha((unsigned char)character);
}

/* The end of what is quoted from `at` on; NULL when that is no quote. An apostrophe within a word
 * is none. */
static const char *end_of_quote(const char *at, const char *start, const char *end)
{
	const char *close;

	if (*at != '"' && *at != '\'' && *at != '`')
		return NULL;
	if (*at == '\'' && at > start && is_letter(at[-1]))
		return NULL;
	for (close = at + 1; close < end; close++)
		if (*close == *at && (*at != '\'' || close + 1 == end || !is_letter(close[1])))
			return close;
	return end;
}

void answer_clean_description(struct text description, char *out, size_t size)
{
	const char *start = description.data, *end = start + description.length;
	struct buffer text = { 0 };

	for (const char *at = start; at < end; at++) {
		const char *close = end_of_quote(at, start, end);

		if (!close) {
			buffer_append_byte(&text, (uint8_t)*at);
			continue;
		}
		buffer_printf(&text, "%c…%c", *at, *at);
		at = close < end ? close : end - 1;
	}
	log_redact_copy(out, size, buffer_text(&text), buffer_unread_size(&text));
	buffer_finish(&text);
}

bool answer_refuses_token(const struct call_result *result)
{
	static const char unknown_method[] = "method not found";
	struct text description = result->description;

	if (result->status != CALL_REFUSED)
		return false;
	if (result->error_code == 401)
		return true;
	return result->error_code == 404 && !memmem(description.data, description.length,
						    unknown_method, sizeof(unknown_method) - 1);
}
