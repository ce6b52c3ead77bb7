/* answer.c - classifies Telegram's answers by their fixed texts. The common one, {"ok":true,…}, is
 * not parsed. */
#include "workers/wire/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

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

static struct text copy_text(struct arena *arena, const char *text)
{
	return (struct text) { arena_strdup(arena, text), strlen(text) };
}

static void read_result(const json_t *root, struct arena *arena, struct call_result *out)
{
	char *dumped = json_dumps(json_object_get(root, "result"), JSON_COMPACT | JSON_ENCODE_ANY);

	out->result = copy_text(arena, dumped ? dumped : "null");
	free(dumped);
}

static int64_t positive(const json_t *value, int64_t most)
{
	json_int_t number = json_is_integer(value) ? json_integer_value(value) : 0;

	return number < 0 ? 0 : number > most ? most : number;
}

static enum call_outcome read_refusal(const json_t *root, int http_status, struct arena *arena,
				      struct call_result *out)
{
	const json_t *parameters = json_object_get(root, "parameters");
	const json_t *migrate = json_object_get(parameters, "migrate_to_chat_id");
	const char *description = json_string_value(json_object_get(root, "description"));
	int64_t code = positive(json_object_get(root, "error_code"), 999);

	out->status = CALL_REFUSED;
	out->error_code = code ? (int)code : http_status;
	out->description = copy_text(arena, description ? description : "");
	out->migrate_to_chat_id = json_integer_value(migrate);
	out->retry_after_s = (uint32_t)positive(json_object_get(parameters, "retry_after"),
						7 * 86400);
	if (out->migrate_to_chat_id)
		return OUTCOME_MIGRATED;
	return classify(out->error_code, description ? description : "");
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
	enum call_outcome outcome;
	json_t *root;

	*out = (struct call_result) { 0 };
	if (http_status == 200 && read_fast(body, size, want_result, out))
		return OUTCOME_OK;
	root = http_status ? json_loadb(body, size, 0, NULL) : NULL;
	/* Without "ok" it is not from Telegram. */
	if (!json_object_get(root, "ok")) {
		outcome = without_answer(http_status, out);
	} else if (json_is_true(json_object_get(root, "ok"))) {
		out->status = CALL_OK;
		if (want_result)
			read_result(root, arena, out);
		outcome = OUTCOME_OK;
	} else {
		outcome = read_refusal(root, http_status, arena, out);
	}
	json_decref(root);
	return outcome;
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
