/* request.c - other calls to the Bot API, and their answers. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "workers/host/ctx.h"
#include "workers/host/place.h"

enum parameter_type { PARAMETER_INTEGER, PARAMETER_BOOLEAN, PARAMETER_TEXT, PARAMETER_PLACE };

struct parameter {
	const char *name;
	enum parameter_type type;
	int64_t integer; /* or boolean */
	const char *text;
	struct place place;
	struct parameter *next;
};

struct request {
	struct ctx *ctx;
	const char *method;
	bool at_most_once;
	struct parameter *first, **end;
};

struct answer {
	bool ok, refused;
	const char *error;
	json_t *result;      /* NULL: none, or not JSON */
	struct answer *next; /* of this update, to be freed */
};

/* --- requests --------------------------------------------------------------------------------- */

struct request *ctx_request(struct ctx *ctx, const char *method)
{
	struct request *request = arena_alloc(ctx->arena, sizeof(*request));

	request->ctx = ctx;
	request->method = method;
	request->end = &request->first;
	return request;
}

static struct parameter *add_parameter(struct request *request, const char *name,
				       enum parameter_type type)
{
	struct parameter *parameter = arena_alloc(request->ctx->arena, sizeof(*parameter));

	parameter->name = name;
	parameter->type = type;
	*request->end = parameter;
	request->end = &parameter->next;
	return parameter;
}

void request_integer(struct request *request, const char *parameter, int64_t value)
{
	add_parameter(request, parameter, PARAMETER_INTEGER)->integer = value;
}

void request_boolean(struct request *request, const char *parameter, bool value)
{
	add_parameter(request, parameter, PARAMETER_BOOLEAN)->integer = value;
}

void request_text(struct request *request, const char *parameter, const char *value)
{
	add_parameter(request, parameter, PARAMETER_TEXT)->text = value;
}

void request_here(struct request *request)
{
	struct ctx *ctx = request->ctx;

	if (ctx_find_chat(ctx))
		add_parameter(request, "chat_id", PARAMETER_PLACE)->place = place_here(ctx);
	else
		ctx_fail(ctx, "%s to an update that has no chat", request->method);
}

void request_at_most_once(struct request *request)
{
	request->at_most_once = true;
}

static void write_parameter(const struct parameter *parameter, struct json *json)
{
	switch (parameter->type) {
	case PARAMETER_INTEGER:
		json_key_int(json, parameter->name, parameter->integer);
		return;
	case PARAMETER_BOOLEAN:
		json_key_bool(json, parameter->name, parameter->integer != 0);
		return;
	case PARAMETER_TEXT:
		json_key_text(json, parameter->name, parameter->text);
		return;
	case PARAMETER_PLACE:
		place_write(&parameter->place, json);
		place_write_reply(&parameter->place, json);
		return;
	}
}

/* The chat whose order the call keeps; 0: none, or one that is named by its username. */
static int64_t chat_in(const struct parameter *parameter)
{
	if (strcmp(parameter->name, "chat_id") != 0)
		return 0;
	if (parameter->type == PARAMETER_TEXT)
		return call_chat_of_text(parameter->text);
	if (parameter->type == PARAMETER_PLACE)
		return parameter->place.chat_id;
	return parameter->type == PARAMETER_INTEGER ? parameter->integer : 0;
}

static struct call make_call(const struct request *request)
{
	struct call call = { .method = { request->method, strlen(request->method) } };
	struct json json = ctx_parameters(request->ctx);

	for (const struct parameter *p = request->first; p; p = p->next) {
		int64_t chat_id = chat_in(p);

		write_parameter(p, &json);
		call.chat_id = chat_id ? chat_id : call.chat_id;
	}
	call.at_most_once = request->at_most_once;
	call.body = ctx_parameters_end(request->ctx, &json);
	return call;
}

enum verdict ctx_queue(struct ctx *ctx, struct request *request)
{
	struct call call = make_call(request);

	ctx_push(ctx, &call);
	return DONE;
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *error_of(const struct call_result *result, struct arena *arena)
{
	if (result->status == CALL_OK)
		return "";
	if (!result->description.length)
		return "no answer from Telegram";
	return arena_strndup(arena, result->description.data, result->description.length);
}

const struct answer *ctx_call(struct ctx *ctx, struct request *request)
{
	struct answer *answer = arena_alloc(ctx->arena, sizeof(*answer));
	struct call call = make_call(request);
	struct call_result result = { .status = CALL_FAILED };

	call.want_result = true;
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, &result);
	*answer = (struct answer) {
		.ok = result.status == CALL_OK,
		.refused = call_is_refused(&result),
		.error = error_of(&result, ctx->arena),
		.next = ctx->answers,
	};
	if (answer->ok && result.result.length)
		answer->result = json_loadb(result.result.data, result.result.length,
					    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	ctx->answers = answer;
	return answer;
}

void ctx_release_answers(struct ctx *ctx)
{
	for (struct answer *answer = ctx->answers; answer; answer = answer->next)
		json_decref(answer->result);
	ctx->answers = NULL;
}

bool answer_ok(const struct answer *answer)
{
	return answer->ok;
}

bool answer_refused(const struct answer *answer)
{
	return answer->refused;
}

const char *answer_error(const struct answer *answer)
{
	return answer->error;
}

static const json_t *step_into(const json_t *value, const char *name, size_t length)
{
	char key[64];

	if (length >= sizeof(key))
		return NULL;
	memcpy(key, name, length);
	key[length] = '\0';
	if (json_is_array(value))
		return json_array_get(value, strtoul(key, NULL, 10));
	return json_object_get(value, key);
}

static const json_t *find_value(const struct answer *answer, const char *path)
{
	const json_t *value = answer->result;

	while (value && *path) {
		size_t length = strcspn(path, ".");

		value = step_into(value, path, length);
		path += length + (path[length] == '.');
	}
	return value;
}

int64_t answer_integer(const struct answer *answer, const char *path)
{
	return json_integer_value(find_value(answer, path));
}

const char *answer_text(const struct answer *answer, const char *path)
{
	const char *text = json_string_value(find_value(answer, path));

	return text ? text : "";
}

bool answer_boolean(const struct answer *answer, const char *path)
{
	return json_is_true(find_value(answer, path));
}

size_t answer_count(const struct answer *answer, const char *path)
{
	return json_array_size(find_value(answer, path));
}

const char *answer_json(struct ctx *ctx, const struct answer *answer, const char *path)
{
	const json_t *value = find_value(answer, path);
	char *json = value ? json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY) : NULL;
	const char *copy = json ? arena_strdup(ctx->arena, json) : "";

	free(json);
	return copy;
}

const struct answer *ctx_answer_of(struct ctx *ctx, const char *json, size_t size)
{
	struct answer *answer = arena_alloc(ctx->arena, sizeof(*answer));

	*answer = (struct answer) {
		.ok = true,
		.error = "",
		.result = json_loadb(json, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL),
		.next = ctx->answers,
	};
	ctx->answers = answer;
	if (answer->result)
		return answer;
	ctx_fail(ctx, "%zu bytes that are no JSON", size);
	return NULL;
}

const char *ctx_update_json(struct ctx *ctx)
{
	struct buffer text = { 0 };
	struct json json = json_start(&text);
	struct text body = ctx->item->flags & ITEM_WORK ? ctx->resumed : ctx->item->body;
	struct cursor cursor = cursor_make(body.data, body.length);
	const struct answer *answer = NULL;

	if (json_from_pack(&json, &cursor))
		answer = ctx_answer_of(ctx, buffer_text(&text), buffer_unread_size(&text));
	buffer_finish(&text);
	return answer ? answer_json(ctx, answer, "") : "";
}
