#include "simulator/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "simulator/ascii.h"
#include "simulator/call.h"
#include "simulator/control.h"
#include "simulator/sim.h"

#define PATH_MAX_SIZE 256

static void answer_error(struct exchange *exchange, int code, const char *description)
{
	char body[256];
	int size = snprintf(body, sizeof(body),
			    "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}", code,
			    description);

	exchange_answer(exchange,
			&(struct answer) { .status = code, .body = body, .size = (size_t)size });
}

static void write_failure(struct call *call, struct buffer *out)
{
	struct json json;

	buffer_clear(out);
	json = json_start(out);
	json_object_start(&json);
	json_key_bool(&json, "ok", false);
	json_key_int(&json, "error_code", call->error_code);
	ascii_key_text(&json, "description", call->error);
	if (call->retry_after_s || call->migrate_to) {
		json_key(&json, "parameters");
		json_object_start(&json);
		if (call->migrate_to)
			json_key_int(&json, "migrate_to_chat_id", call->migrate_to);
		if (call->retry_after_s)
			json_key_int(&json, "retry_after", call->retry_after_s);
		json_object_end(&json);
	}
	json_object_end(&json);
}

/* The chat that a call is about, for limits and faults, before the method looks closer. */
static const struct chat *named_chat(const struct call *call)
{
	return world_chat(&call->sim->world, args_id(call->args, "chat_id"));
}

static bool is_within_limits(struct call *call)
{
	struct sim *sim = call->sim;
	const struct chat *chat = named_chat(call);
	int wait_s;

	if (!(call->method->flags & METHOD_SENDS) || !chat)
		return true;
	wait_s = limits_take(&sim->limits, chat, loop_now_ms(sim->loop));
	if (wait_s == 0)
		return true;
	call->retry_after_s = wait_s;
	return call_fail(call, 429, "Too Many Requests: retry after %d", wait_s);
}

static void run(struct call *call, struct buffer *out)
{
	struct json json;

	buffer_clear(out);
	buffer_append_text(out, "{\"ok\":true,\"result\":");
	json = json_start(out);
	call->result = &json;
	if (is_within_limits(call))
		call->method->fn(call);
	if (call->deferred)
		return;
	if (call->error_code) {
		write_failure(call, out);
		return;
	}
	if (call->note) {
		buffer_append_text(out, ",\"description\":\"");
		buffer_append_text(out, call->note);
		buffer_append_byte(out, '"');
	}
	buffer_append_byte(out, '}');
}

static void write_journal(struct call *call, int code)
{
	struct journal_entry entry = {
		.method = call->method->name,
		.chat_id = call->chat ? call->chat->id : args_id(call->args, "chat_id"),
		.message_id = call->message_id,
		.time_ms = (int64_t)(clock_utc_ns() / 1000000),
		.error_code = code,
	};

	journal_add(&call->sim->journal, &entry, call->said, call->args);
	watchers_wake(call->sim);
}

void dispatch_answer(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		     const struct answer *right)
{
	static const char garbage[] = "\x16\x03\x01\x02 no HTTP at all\r\n\r\n\xff\xfe";
	static const char page[] = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
				   "<body><center><h1>502 Bad Gateway</h1></center></body></html>";

	switch (fault->mode) {
	case FAULT_NONE:
	case FAULT_ERROR: /* write_fault_error() made it the right answer */
		if (sim->options.delay_ms > 0)
			later_answer(&sim->laters, exchange, right,
				     (uint64_t)sim->options.delay_ms);
		else
			exchange_answer(exchange, right);
		break;
	case FAULT_SLOW:
		later_answer(&sim->laters, exchange, right, fault->delay_ms);
		break;
	case FAULT_SILENT:
		exchange_on_gone(exchange, NULL, NULL);
		break;
	case FAULT_HALF:
		exchange_answer_part(exchange, right, right->size / 2);
		break;
	case FAULT_GARBAGE:
		exchange_break(exchange, garbage, sizeof(garbage) - 1);
		break;
	case FAULT_NOT_JSON:
		exchange_answer(
			exchange,
			&(struct answer) { .status = 200, .body = "{\"ok\":tru", .size = 9 });
		break;
	case FAULT_HTML:
		exchange_answer(exchange, &(struct answer) { .status = 502,
							     .content_type = "text/html",
							     .body = page,
							     .size = sizeof(page) - 1 });
		break;
	case FAULT_CLOSE:
		exchange_break(exchange, NULL, 0);
		break;
	case FAULT_RESET:
		exchange_reset(exchange);
		break;
	}
}

/* A fault without effect leaves the world as it was: only slow and half-said answers are made. */
static bool has_effect(const struct fault *fault)
{
	return fault->mode == FAULT_NONE || fault->mode == FAULT_SLOW ||
	       fault->mode == FAULT_HALF || fault->effect;
}

static void write_fault_error(struct call *call)
{
	const struct fault *fault = &call->fault;

	call->error_code = fault->status;
	call->retry_after_s = fault->retry_after_s;
	call->error = fault->retry_after_s
			      ? arena_printf(call->arena, "Too Many Requests: retry after %d",
					     fault->retry_after_s)
			      : http_reason(fault->status);
	write_failure(call, &call->sim->answer);
}

/* What the bot is told, for the journal: 0 success, -1 nothing that it can read. */
static int told_code(const struct call *call)
{
	if (call->error_code)
		return call->error_code;
	return call->fault.mode == FAULT_NONE || call->fault.mode == FAULT_SLOW ? 0 : -1;
}

static void carry_out(struct call *call)
{
	struct sim *sim = call->sim;
	size_t method = (size_t)(call->method - methods);
	struct answer answer = { .status = 200 };

	if (sim->faults.count)
		call->fault = faults_take(&sim->faults, call->method->name,
					  args_id(call->args, "chat_id"));
	sim->calls[method]++;
	if (has_effect(&call->fault))
		run(call, &sim->answer);
	if (call->deferred)
		return;
	if (call->fault.mode == FAULT_ERROR)
		write_fault_error(call);
	if (call->error_code) {
		sim->errors[method]++;
		answer.status = call->error_code;
		answer.retry_after_s = call->retry_after_s;
	}
	answer.body = buffer_unread(&sim->answer);
	answer.size = buffer_unread_size(&sim->answer);
	dispatch_answer(sim, call->exchange, &call->fault, &answer);
	write_journal(call, told_code(call));
}

/* Telegram's checks of the token: its form, then whether there is such a bot. */
static bool is_our_token(struct sim *sim, struct exchange *exchange, const char *token)
{
	if (*token == '0' || strlen(token) > TOKEN_MAX || !strchr(token, ':') ||
	    strspn(token, "0123456789") != (size_t)(strchr(token, ':') - token)) {
		answer_error(exchange, 401, "Unauthorized: invalid token specified");
		return false;
	}
	if (strcmp(token, sim->options.token) != 0) {
		sim->unauthorized++;
		answer_error(exchange, 401, "Unauthorized");
		return false;
	}
	return true;
}

static void percent_decode_path(char *path)
{
	char *to = path;
	unsigned code;

	for (char *from = path; *from; to++) {
		if (*from == '%' && sscanf(from + 1, "%2x", &code) == 1 && from[1] && from[2]) {
			*to = (char)code;
			from += 3;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static void on_method(struct sim *sim, struct exchange *exchange,
		      const struct http_request *request, const char *name)
{
	struct args args;
	struct why why;
	struct call call = {
		.sim = sim, .exchange = exchange, .args = &args, .arena = &sim->arena
	};

	arena_reset(&sim->arena);
	if (!args_parse(request, &sim->arena, &args, &why)) {
		char text[WHY_SIZE + 16];

		snprintf(text, sizeof(text), "Bad Request: %.200s", why.text);
		answer_error(exchange, 400, text);
		return;
	}
	if (!*name)
		name = args_text(&args, "method");
	call.method = bot_method_find(name, strlen(name));
	if (!call.method) {
		answer_error(exchange, 404, "Not Found: method not found");
		return;
	}
	carry_out(&call);
}

void dispatch_request(void *owner, struct exchange *exchange, const struct http_request *request)
{
	struct sim *sim = owner;
	char path[PATH_MAX_SIZE];
	char *slash;

	if (request->path.length >= sizeof(path)) {
		answer_error(exchange, 404, "Not Found");
		return;
	}
	memcpy(path, request->path.data, request->path.length);
	path[request->path.length] = '\0';
	percent_decode_path(path);
	if (!strncmp(path, "/control/", 9)) {
		control_request(sim, exchange, request, path + 9);
		return;
	}
	slash = strncmp(path, "/bot", 4) ? NULL : strchr(path + 4, '/');
	if (!slash) {
		answer_error(exchange, 404, "Not Found");
		return;
	}
	*slash = '\0';
	if (is_our_token(sim, exchange, path + 4))
		on_method(sim, exchange, request, slash + 1);
}
