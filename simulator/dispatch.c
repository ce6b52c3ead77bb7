#include "simulator/dispatch.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "simulator/ascii.h"
#include "simulator/call_answer.h"
#include "simulator/call_check.h"
#include "simulator/call_waiters.h"
#include "simulator/control.h"
#include "simulator/method_files.h"
#include "simulator/methods.h"
#include "simulator/migrations.h"
#include "common/web/origin.h"
#include "simulator/page.h"
#include "simulator/sim.h"

#define PATH_MAX_SIZE 256

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

/* The chat that a call is about, for limits and faults, before the method itself checks it. */
static const struct chat *named_chat(const struct call *call)
{
	const char *name = parameters_text(call->parameters, "chat_id");

	return *name == '@'
		       ? world_find_chat(&call->sim->world, name)
		       : world_chat(&call->sim->world, parameters_id(call->parameters, "chat_id"));
}

/* An album, a copy or a forward may be several messages. */
static int64_t messages_in(const struct call *call)
{
	const char *text = parameters_text(call->parameters, "media");
	json_t *list;
	size_t count;

	if (!*text)
		text = parameters_text(call->parameters, "message_ids");
	if (!*text)
		return 1;
	list = json_loads(text, 0, NULL);
	count = json_array_size(list);
	json_decref(list);
	return count > 0 ? (int64_t)count : 1;
}

/* Within the limits, and counted there. */
static void run_within_limits(struct call *call)
{
	struct sim *sim = call->sim;
	bool sends = call->method->flags & METHOD_SENDS;
	const struct chat *chat = sends ? named_chat(call) : NULL;

	if (chat)
		call->retry_after_s = limits_wait_s(
			&sim->limits, chat,
			parameters_bool(call->parameters, "allow_paid_broadcast"),
			sim_clock_ms(&sim->world.clock));
	if (call->retry_after_s > 0) {
		call_fail(call, 429, "Too Many Requests: retry after %d", call->retry_after_s);
		return;
	}
	call->method->fn(call);
	if (sends && call->chat && !call->error_code) {
		limits_count(&sim->limits, call->chat, messages_in(call));
		call->chat->last_bot = sim->world.bot;
	}
}

static void run(struct call *call, struct buffer *out)
{
	buffer_clear(out);
	buffer_append_text(out, "{\"ok\":true,\"result\":");
	call->result = json_start(out);
	run_within_limits(call);
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
		.chat_id = call->chat ? call->chat->id : parameters_id(call->parameters, "chat_id"),
		.message_id = call->message_id,
		.time_ms = (int64_t)(clock_utc_ns() / 1000000),
		.error_code = code,
		.acted_out = call->method->flags & METHOD_ACTED,
	};

	journal_add(&call->sim->journal, &entry, call->said, call->remarks, call->parameters);
	call_waiters_wake(call->sim);
}

/* Faults that carry the call out: those whose answer is slow or cut off, and those with `effect`.
 */
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

/* For the journal: the error code that the bot sees, 0 for success, -1 for nothing readable. */
static int journal_code(const struct call *call)
{
	if (call->error_code)
		return call->error_code;
	return call->fault.mode == FAULT_NONE || call->fault.mode == FAULT_SLOW ? 0 : -1;
}

static void carry_out(struct call *call)
{
	struct sim *sim = call->sim;
	size_t method = (size_t)(call->method - sim->methods->items);
	struct answer answer = { .status = 200 };

	if (sim->faults.count)
		call->fault = faults_take(&sim->faults, call->method->name,
					  parameters_id(call->parameters, "chat_id"));
	sim->calls[method]++;
	migrations_carry_out(sim, call->method, named_chat(call));
	call->remarks = call_remarks(call);
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
	call_answer(sim, call->exchange, &call->fault, &answer);
	write_journal(call, journal_code(call));
}

/* Telegram's checks of the token: its form, then whether there is such a bot. */
static bool is_our_token(struct sim *sim, struct exchange *exchange, const char *token)
{
	if (*token == '0' || strlen(token) > TOKEN_MAX || !strchr(token, ':') ||
	    strspn(token, "0123456789") != (size_t)(strchr(token, ':') - token)) {
		call_answer_error(sim, exchange, 401, "Unauthorized: invalid token specified", 0);
		return false;
	}
	if (strcmp(token, sim->options.token) != 0) {
		sim->unauthorized++;
		call_answer_error(sim, exchange, 401, "Unauthorized", 0);
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
	struct parameters parameters;
	struct why why;
	struct call call = {
		.sim = sim, .exchange = exchange, .parameters = &parameters, .arena = &sim->arena
	};

	arena_reset(&sim->arena);
	if (!parameters_parse(request, &sim->arena, &parameters, &why)) {
		char text[WHY_SIZE + 16];

		snprintf(text, sizeof(text), "Bad Request: %.200s", why.text);
		call_answer_error(sim, exchange, 400, text, 0);
		return;
	}
	if (!*name)
		name = parameters_text(&parameters, "method");
	call.method = methods_find(sim->methods, name, strlen(name));
	if (!call.method) {
		call_answer_error(sim, exchange, 404, "Not Found: method not found", 0);
		return;
	}
	carry_out(&call);
}

void dispatch_request(void *owner, struct exchange *exchange, const struct http_request *request)
{
	struct sim *sim = owner;
	char path[PATH_MAX_SIZE];
	char *slash;
	const char *token;
	bool is_file;
	const char *reason;
	int status = origin_check(request, &sim->options.hosts, &reason);

	if (status != 0) {
		sim->foreign++;
		call_answer_error(sim, exchange, status, reason, 0);
		return;
	}
	if (request->path.length >= sizeof(path)) {
		call_answer_error(sim, exchange, 404, "Not Found", 0);
		return;
	}
	memcpy(path, request->path.data, request->path.length);
	path[request->path.length] = '\0';
	percent_decode_path(path);
	if (page_has(path)) {
		page_handle(sim, exchange, request, path);
		return;
	}
	if (!strncmp(path, "/control/", 9)) {
		control_handle(sim, exchange, request, path + 9);
		return;
	}
	is_file = !strncmp(path, "/file/bot", 9);
	token = is_file ? path + 9 : path + 4;
	slash = is_file || !strncmp(path, "/bot", 4) ? strchr(token, '/') : NULL;
	if (!slash) {
		call_answer_error(sim, exchange, 404, "Not Found", 0);
		return;
	}
	*slash = '\0';
	if (!is_our_token(sim, exchange, token))
		return;
	if (is_file)
		files_answer(sim, exchange, slash + 1);
	else
		on_method(sim, exchange, request, slash + 1);
}
