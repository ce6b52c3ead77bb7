/* answer.c - values by path, in JSON and in msgpack. */
#include "workers/host/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "workers/host/file.h"
#include "workers/wire/answer.h"

/* Longer names are none of the Bot API's. */
#define NAME_MAX_SIZE 64
#define FILE_JSON_MAX (1 << 20)

struct answer {
	bool ok, refused;
	const char *error, *outcome;
	int64_t wait_s;
	json_t *result;       /* NULL: none, not JSON, or packed */
	struct cursor packed; /* an update; at nothing when it is none */
	struct arena *arena;
	struct answer *next; /* of this update, to be freed */
};

/* --- where they come from --------------------------------------------------------------------- */

static struct answer *make_answer(struct ctx *ctx)
{
	struct answer *answer = arena_alloc(ctx->arena, sizeof(*answer));

	answer->error = "";
	answer->outcome = outcome_names[OUTCOME_OK];
	answer->arena = ctx->arena;
	answer->packed = cursor_make(NULL, 0);
	answer->next = ctx->answers;
	ctx->answers = answer;
	return answer;
}

static const char *error_of(const struct call_result *result, struct arena *arena)
{
	if (result->status == CALL_OK)
		return "";
	if (!result->description.length)
		return "no answer from Telegram";
	return arena_strndup(arena, result->description.data, result->description.length);
}

const struct answer *answer_of_call(struct ctx *ctx, const struct call_result *result)
{
	struct answer *answer = make_answer(ctx);

	answer->ok = result->status == CALL_OK;
	answer->refused = call_is_refused(result);
	answer->error = error_of(result, ctx->arena);
	answer->outcome = result->status == CALL_IN_DOUBT
				  ? "in_doubt"
				  : outcome_names[answer_outcome_of(result)];
	answer->wait_s = (int64_t)result->retry_after_s;
	if (answer->ok && result->result.length)
		answer->result = json_loadb(result->result.data, result->result.length,
					    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	return answer;
}

const struct answer *ctx_answer_of(struct ctx *ctx, const char *json, size_t size)
{
	struct answer *answer = make_answer(ctx);

	answer->ok = true;
	answer->result = json_loadb(json, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (answer->result)
		return answer;
	ctx_fail(ctx, "%zu bytes that are no JSON", size);
	return NULL;
}

const struct answer *answer_from(struct ctx *ctx, bool ok, bool refused, const char *error,
				 struct text json)
{
	struct answer *answer = make_answer(ctx);

	if (json.length)
		answer->result = json_loadb(json.data, json.length,
					    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	answer->ok = ok && answer->result;
	answer->refused = refused;
	answer->error = answer->ok ? "" : error;
	return answer;
}

const struct answer *file_json(struct ctx *ctx, const struct file *file)
{
	const bool fits = file_size(file) <= FILE_JSON_MAX;
	const struct text json = { fits ? file_bytes(file) : "",
				   fits ? (size_t)file_size(file) : 0 };

	return answer_from(ctx, !file_error(file)[0], false,
			   file_error(file)[0] ? file_error(file) : _("This did not work."), json);
}

void ctx_release_answers(struct ctx *ctx)
{
	for (struct answer *answer = ctx->answers; answer; answer = answer->next)
		json_decref(answer->result);
	ctx->answers = NULL;
}

const struct answer *ctx_update(struct ctx *ctx)
{
	struct text body = ctx->item->flags & ITEM_WORK ? ctx->resumed : ctx->item->body;

	if (ctx->proven.data)
		body = ctx->proven;
	if (!ctx->whole_update) {
		struct answer *answer = make_answer(ctx);

		answer->ok = true;
		answer->packed = cursor_make(body.data, body.length);
		ctx->whole_update = answer;
	}
	return ctx->whole_update;
}

bool answer_ok(const struct answer *answer)
{
	return answer->ok;
}

bool answer_refused(const struct answer *answer)
{
	return answer->refused;
}

const char *answer_outcome(const struct answer *answer)
{
	return answer->outcome;
}

int64_t answer_wait_s(const struct answer *answer)
{
	return answer->wait_s;
}

const char *answer_error(const struct answer *answer)
{
	return answer->error;
}

/* --- by path ---------------------------------------------------------------------------------- */

/* The next name of a path, and moves past it; false at its end, and for a name that is too long. */
static bool next_name(const char **path, char out[NAME_MAX_SIZE])
{
	size_t length = strcspn(*path, ".");

	if (length == 0 || length >= NAME_MAX_SIZE)
		return false;
	memcpy(out, *path, length);
	out[length] = '\0';
	*path += length + ((*path)[length] == '.');
	return true;
}

/* What is no number is no place in a list. */
static bool read_index(const char *name, size_t *out)
{
	char *end;

	*out = strtoul(name, &end, 10);
	return *name >= '0' && *name <= '9' && *end == '\0';
}

static const json_t *step_into(const json_t *value, const char *name)
{
	size_t index;

	if (json_is_array(value))
		return read_index(name, &index) ? json_array_get(value, index) : NULL;
	return json_object_get(value, name);
}

static const json_t *find_value(const struct answer *answer, const char *path)
{
	const json_t *value = answer->result;
	char name[NAME_MAX_SIZE];

	while (value && *path)
		value = next_name(&path, name) ? step_into(value, name) : NULL;
	return value;
}

static struct cursor nothing(void)
{
	return cursor_make(NULL, 0);
}

static struct cursor step_into_packed(struct cursor value, const char *name)
{
	size_t index, count;

	if (cursor_type(&value) == PACK_MAP)
		return cursor_find(value, name);
	if (cursor_type(&value) != PACK_ARRAY || !read_index(name, &index))
		return nothing();
	count = cursor_array(&value);
	if (index >= count)
		return nothing();
	while (index-- && cursor_ok(&value))
		cursor_skip(&value);
	return value;
}

/* At the value, or at nothing. */
static struct cursor find_packed(const struct answer *answer, const char *path)
{
	struct cursor value = answer->packed;
	char name[NAME_MAX_SIZE];

	while (*path && cursor_type(&value) != PACK_NONE)
		value = next_name(&path, name) ? step_into_packed(value, name) : nothing();
	return value;
}

bool answer_has(const struct answer *answer, const char *path)
{
	struct cursor packed = find_packed(answer, path);
	const json_t *value = find_value(answer, path);

	return cursor_type(&packed) > PACK_NIL || (value && !json_is_null(value));
}

int64_t answer_integer(const struct answer *answer, const char *path)
{
	struct cursor packed = find_packed(answer, path);

	if (cursor_type(&packed) == PACK_INT)
		return cursor_int(&packed);
	return json_integer_value(find_value(answer, path));
}

double answer_number(const struct answer *answer, const char *path)
{
	struct cursor packed = find_packed(answer, path);
	enum pack_type type = cursor_type(&packed);
	double number;

	if (type == PACK_NONE)
		return json_number_value(find_value(answer, path));
	if (type != PACK_INT && type != PACK_UINT && type != PACK_DOUBLE)
		return 0;
	number = cursor_double(&packed);
	return isfinite(number) ? number : 0;
}

const char *answer_text(const struct answer *answer, const char *path)
{
	struct cursor packed = find_packed(answer, path);
	const char *text;

	if (cursor_type(&packed) == PACK_TEXT) {
		struct text found = cursor_text(&packed);

		return found.length ? arena_strndup(answer->arena, found.data, found.length) : "";
	}
	text = json_string_value(find_value(answer, path));
	return text ? text : "";
}

bool answer_boolean(const struct answer *answer, const char *path)
{
	struct cursor packed = find_packed(answer, path);

	if (cursor_type(&packed) == PACK_BOOL)
		return cursor_bool(&packed);
	return json_is_true(find_value(answer, path));
}

size_t answer_count(const struct answer *answer, const char *path)
{
	struct cursor packed = find_packed(answer, path);

	if (cursor_type(&packed) == PACK_ARRAY)
		return cursor_array(&packed);
	return json_array_size(find_value(answer, path));
}

/* Indented by jansson, as the JSON of a result is. */
static json_t *unpack(struct cursor packed)
{
	struct buffer text = { 0 };
	struct json json = json_start(&text);
	json_t *value = NULL;

	if (cursor_type(&packed) != PACK_NONE && json_from_pack(&json, &packed))
		value = json_loadb(buffer_text(&text), buffer_unread_size(&text),
				   JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	buffer_finish(&text);
	return value;
}

const char *answer_json(struct ctx *ctx, const struct answer *answer, const char *path)
{
	json_t *unpacked = unpack(find_packed(answer, path));
	const json_t *value = unpacked ? unpacked : find_value(answer, path);
	char *json = value ? json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY) : NULL;
	const char *copy = json ? arena_strdup(ctx->arena, json) : "";

	free(json);
	json_decref(unpacked);
	return copy;
}
