/* control.c - operator commands: backlog, set-aside, drain, user, group.
 *
 * Each command is a row of `handlers` and answers in JSON. The socket is command_socket.c's. */
#include "ingress/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/telegram_id.h"
#include "common/xalloc.h"
#include "ingress/dispatch/dispatch.h"

#define LOG_SUBSYSTEM "control"

#define LANES_SHOWN 20u

struct control {
	struct control_options options;
	struct command_socket *commands;
};

/* --- backlog ---------------------------------------------------------------------------------- */

/* Updates by age: each counts in the last row whose age it has reached. */
static const uint64_t age_rows_s[] = { 0, 1, 10, 60, 600, 3600, 86400 };

struct ages {
	uint64_t now_ms;
	uint64_t updates[COUNT_OF(age_rows_s)];
};

static void count_age(void *owner, const struct live_update *work)
{
	struct ages *ages = owner;
	uint64_t age_s = ages->now_ms > work->received_ms
				 ? (ages->now_ms - work->received_ms) / 1000
				 : 0;
	size_t row = COUNT_OF(age_rows_s) - 1;

	while (age_s < age_rows_s[row])
		row--;
	ages->updates[row]++;
}

/* The longest lanes, longest first. */
struct longest {
	const struct lane *lanes[LANES_SHOWN];
	size_t count, all;
};

static size_t length_of(const struct lane *lane)
{
	return (size_t)lane->waiting + lane->not_done;
}

static void keep_longest(void *owner, const struct lane *lane)
{
	struct longest *longest = owner;
	size_t at = longest->count;

	if (length_of(lane) == 0)
		return;
	longest->all++;
	if (at == LANES_SHOWN && length_of(longest->lanes[--at]) >= length_of(lane))
		return;
	for (; at > 0 && length_of(longest->lanes[at - 1]) < length_of(lane); at--)
		longest->lanes[at] = longest->lanes[at - 1];
	longest->lanes[at] = lane;
	if (longest->count < LANES_SHOWN)
		longest->count++;
}

static void write_ages(const struct dispatch *dispatch, uint64_t now_ms, struct json *json)
{
	struct ages ages = { .now_ms = now_ms };

	dispatch_each(dispatch, count_age, &ages);
	json_key(json, "ages");
	json_array_start(json);
	for (size_t i = 0; i < COUNT_OF(age_rows_s); i++) {
		json_object_start(json);
		json_key_int(json, "from_s", (int64_t)age_rows_s[i]);
		json_key_int(json, "updates", (int64_t)ages.updates[i]);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_lane(const struct dispatch *dispatch, const struct lane *lane, uint64_t now_ms,
		       struct json *json)
{
	uint64_t oldest_ms = dispatch_lane_oldest_ms(dispatch, lane);
	char key[17];

	/* Keys are hashes: they do not reveal the chat or person. */
	snprintf(key, sizeof(key), "%016" PRIx64, lane->key);
	json_object_start(json);
	json_key_text(json, "lane", key);
	json_key_int(json, "waiting", lane->waiting);
	json_key_int(json, "in_hand", lane->not_done);
	json_key_int(json, "oldest_ms",
		     oldest_ms && oldest_ms < now_ms ? (int64_t)(now_ms - oldest_ms) : 0);
	json_key_bool(json, "held", lane->held);
	json_object_end(json);
}

static bool on_backlog(struct control *control, char *const words[], size_t count,
		       struct buffer *out, struct why *why)
{
	const struct dispatch *dispatch = pools_dispatch(control->options.pools);
	uint64_t now_ms = clock_utc_ns() / 1000000;
	struct json json = json_start(out);
	struct longest longest = { 0 };

	(void)words;
	(void)count;
	(void)why;
	dispatch_each_lane(dispatch, keep_longest, &longest);
	json_object_start(&json);
	json_key_int(&json, "updates", (int64_t)dispatch_backlog(dispatch));
	json_key_int(&json, "ready", (int64_t)dispatch_ready(dispatch));
	json_key_int(&json, "in_hand", (int64_t)dispatch_in_flight(dispatch));
	json_key_int(&json, "waiting_work", (int64_t)dispatch_waiting_work(dispatch));
	json_key_int(&json, "lanes", (int64_t)longest.all);
	write_ages(dispatch, now_ms, &json);
	json_key(&json, "longest");
	json_array_start(&json);
	for (size_t i = 0; i < longest.count; i++)
		write_lane(dispatch, longest.lanes[i], now_ms, &json);
	json_array_end(&json);
	json_object_end(&json);
	return true;
}

/* --- set-aside -------------------------------------------------------------------------------- */

static bool list_pieces(struct control *control, uint64_t number, struct buffer *out,
			struct why *why)
{
	struct json json = json_start(out);
	size_t count;
	const struct quarantine_piece *pieces = quarantine_list(control->options.quarantine,
								&count);

	(void)number;
	(void)why;
	json_array_start(&json);
	for (size_t i = 0; i < count; i++) {
		json_object_start(&json);
		json_key_int(&json, "number", (int64_t)pieces[i].number);
		json_key_int(&json, "update_id", pieces[i].update_id);
		json_key_int(&json, "received", pieces[i].received_s);
		json_key_int(&json, "bytes", (int64_t)pieces[i].size);
		json_key_text(&json, "reason", pieces[i].reason);
		json_object_end(&json);
	}
	json_array_end(&json);
	return true;
}

static bool show_piece(struct control *control, uint64_t number, struct buffer *out,
		       struct why *why)
{
	return quarantine_read(control->options.quarantine, number, out, why);
}

static bool drop_piece(struct control *control, uint64_t number, struct buffer *out,
		       struct why *why)
{
	(void)out;
	if (!quarantine_drop(control->options.quarantine, number))
		return why_set(why, "no update with number %" PRIu64 " is set aside", number);
	log_notice("operator dropped a malformed update", log_unsigned("number", number));
	return true;
}

struct retry {
	struct quarantine *quarantine;
	uint64_t number;
};

/* It is in the spool now. */
static void on_retried(void *owner)
{
	struct retry *retry = owner;

	quarantine_drop(retry->quarantine, retry->number);
	free(retry);
}

static bool retry_piece(struct control *control, uint64_t number, struct buffer *out,
			struct why *why)
{
	struct buffer raw = { 0 };
	struct retry *retry = xmalloc(sizeof(*retry));
	bool ok = quarantine_read(control->options.quarantine, number, &raw, why);

	(void)out;
	*retry = (struct retry) { control->options.quarantine, number };
	ok = ok && intake_retry(control->options.intake,
				(struct json_slice) { buffer_text(&raw), buffer_unread_size(&raw) },
				on_retried, retry, why);
	if (ok)
		log_notice("operator retries a malformed update", log_unsigned("number", number));
	else
		free(retry);
	buffer_finish(&raw);
	return ok;
}

static const struct {
	const char *name;
	bool has_number;
	bool (*run)(struct control *control, uint64_t number, struct buffer *out, struct why *why);
} quarantine_actions[] = {
	{ "list", false, list_pieces },
	{ "show", true, show_piece },
	{ "retry", true, retry_piece },
	{ "drop", true, drop_piece },
};

static bool parse_number(const char *word, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(word, &end, 10);
	return *word >= '0' && *word <= '9' && !*end && errno == 0;
}

static bool on_quarantine(struct control *control, char *const words[], size_t count,
			  struct buffer *out, struct why *why)
{
	uint64_t number = 0;

	for (size_t i = 0; count > 1 && i < COUNT_OF(quarantine_actions); i++) {
		if (strcmp(words[1], quarantine_actions[i].name) != 0)
			continue;
		if (count != 2u + quarantine_actions[i].has_number ||
		    (quarantine_actions[i].has_number && !parse_number(words[2], &number)))
			return why_set(why, "set-aside %s takes %s", words[1],
				       quarantine_actions[i].has_number ? "a number" : "nothing");
		return quarantine_actions[i].run(control, number, out, why);
	}
	return why_set(why, "set-aside takes list, show, retry or drop");
}

/* --- drain ------------------------------------------------------------------------------------ */

static bool on_drain(struct control *control, char *const words[], size_t count, struct buffer *out,
		     struct why *why)
{
	const struct dispatch *dispatch = pools_dispatch(control->options.pools);
	bool off = count == 2 && !strcmp(words[1], "off");
	struct json json = json_start(out);

	if (count > 1 && !off)
		return why_set(why, "drain takes nothing, or off");
	poller_hold(control->options.poller, !off);
	webhook_hold(control->options.webhook, !off);
	json_object_start(&json);
	json_key_bool(&json, "draining", !off);
	json_key_int(&json, "backlog", (int64_t)dispatch_backlog(dispatch));
	json_key_int(&json, "in_hand", (int64_t)dispatch_in_flight(dispatch));
	json_object_end(&json);
	return true;
}

/* --- user, group ------------------------------------------------------------------------------ */

static bool on_subject(struct control *control, char *const words[], size_t count,
		       struct buffer *out, struct why *why)
{
	bool is_group = !strcmp(words[0], "group");
	int64_t id;

	(void)out;
	if (count != 3 || strcmp(words[1], "forget") != 0 ||
	    !telegram_id_parse(words[2], is_group, &id))
		return why_set(why, "%s takes forget and a %s's Telegram id", words[0],
			       is_group ? "group" : "person");
	if (!pools_forget(control->options.pools, is_group, id, why))
		return false;
	log_notice("operator dropped what waits", log_text("for", is_group ? "group" : "person"));
	return true;
}

/* --- all -------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*run)(struct control *control, char *const words[], size_t count, struct buffer *out,
		    struct why *why);
} handlers[] = {
	{ "backlog", on_backlog }, { "set-aside", on_quarantine }, { "drain", on_drain },
	{ "user", on_subject },    { "group", on_subject },
};

bool control_run(struct control *control, char *const words[], size_t count, struct buffer *out,
		 struct why *why)
{
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		if (!strcmp(words[0], handlers[i].name))
			return handlers[i].run(control, words, count, out, why);
	return why_set(why, "ingress has no such command: %s", words[0]);
}

static bool on_command(void *owner, char *const words[], size_t count, struct buffer *out,
		       struct why *why)
{
	return control_run(owner, words, count, out, why);
}

struct control *control_open(const struct control_options *options, struct why *why)
{
	struct control *control = xmalloc(sizeof(*control));
	char *path = xasprintf("%s/ingress.control", options->run_dir);

	control->options = *options;
	control->commands = command_socket_open(options->loop, path, on_command, control, why);
	free(path);
	if (control->commands)
		return control;
	free(control);
	return NULL;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	command_socket_close(control->commands);
	free(control);
}
