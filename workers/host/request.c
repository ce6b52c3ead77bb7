/* request.c - other calls to the Bot API. */
#include <string.h>

#include "workers/host/answer.h"
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

const struct answer *ctx_call(struct ctx *ctx, struct request *request)
{
	struct call call = make_call(request);
	struct call_result result = { .status = CALL_FAILED };

	call.want_result = true;
	ctx->host->services.call(ctx->host->services.owner, &call, ctx->arena, &result);
	return answer_of_call(ctx, &result);
}
