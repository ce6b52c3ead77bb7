/* play.c - see play.h. */
#include "tests/modules/play.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "tests/modules/crash.h"
#include "tests/modules/examples.h"
#include "tests/modules/part.h"
#include "tests/modules/reached.h"
#include "tests/modules/scratch.h"
#include "tests/modules/script.h"
#include "tests/modules/telegram.h"
#include "tests/modules/transcript.h"
#include "tests/modules/updates.h"
#include "tests/modules/waiting.h"
#include "tests/modules/web.h"
#include "workers/module.h"
#include "workers/modules/modules.h"

/* --- who takes part --------------------------------------------------------------------------- */

static bool is_named(const char *names, const char *name)
{
	size_t length = strlen(name);

	while (*names && *names != '\n') {
		size_t word = strcspn(names, " \n");

		if (word == length && strncmp(names, name, length) == 0)
			return true;
		names += word;
		names += strspn(names, " ");
	}
	return false;
}

static size_t add_named(const struct module *const *from, const char *names,
			const struct module **out)
{
	size_t count = 0;

	for (; *from; from++)
		if (is_named(names, (*from)->name))
			out[count++] = *from;
	return count;
}

static size_t count_names(const char *names)
{
	size_t count = 0;

	for (; *names && *names != '\n'; names += strspn(names, " ")) {
		names += strcspn(names, " \n");
		count++;
	}
	return count;
}

/* Every key that a module needs is set: without it the module would not take part. */
static void set_keys(struct conversation *conversation)
{
	struct module_keys *keys = &conversation->settings.module_keys;

	for (const struct module *const *module = conversation->modules; *module; module++)
		for (const struct web_host *at = (*module)->hosts; at && at->name; at++) {
			if (!at->needed)
				continue;
			array_reserve(keys->all, &keys->capacity, keys->count + 1);
			keys->all[keys->count++] = (struct module_key) { at->key, "set" };
		}
}

/* What follows the head at the very beginning of a file; NULL: it has another, or none. */
static const char *named_behind(const char *file, const char *head)
{
	return strncmp(file, head, strlen(head)) == 0 ? file + strlen(head) : NULL;
}

static size_t add_others(const struct module *const *from, const char *names,
			 const struct module **out)
{
	size_t count = 0, kept = 0;

	for (; from[count]; count++)
		if (!is_named(names, from[count]->name))
			out[kept++] = from[count];
	return count - kept;
}

/* "modules: ping help" at the head of a file: these alone, whatever else is compiled in; "without:
 * lastfm": all of the bot's but these. Without either all of the bot's modules take part. In any
 * order: their routes are tried in that of the lists. */
static bool choose_modules(struct conversation *conversation, const char *file, struct why *why)
{
	const char *names = named_behind(file, "modules: ");
	const char *others = named_behind(file, "without: ");
	size_t count;

	if (!names && !others) {
		conversation->modules = compiled_modules;
		return true;
	}
	conversation->modules = conversation->named;
	if (others) {
		count = add_others(compiled_modules, others, conversation->named);
		return count == count_names(others) ||
		       why_set(why, "%zu modules are named, and the bot has %zu of these names",
			       count_names(others), count);
	}
	count = add_named(compiled_modules, names, conversation->named);
	count += add_named(example_modules, names, conversation->named + count);
	count += add_named(recipe_modules, names, conversation->named + count);
	count += add_named(broken_modules, names, conversation->named + count);
	return count == count_names(names) ||
	       why_set(why, "%zu modules are named, and there are %zu of these names",
		       count_names(names), count);
}

static void release_lane(void *owner)
{
	(void)owner;
}

static void call(void *owner, const struct call *call_made, struct arena *arena,
		 struct call_result *out)
{
	telegram_call(owner, call_made, arena, out);
}

static void note_route(void *owner, const struct route *route)
{
	struct conversation *conversation = owner;

	if (conversation->reached)
		reached_note(conversation->reached, route);
}

/* As a worker's setting. */
static enum botapi_newer botapi_newer(void)
{
	const char *newer = getenv("KORONE_BOTAPI_NEWER");

	return newer && strcmp(newer, "yes") == 0 ? BOTAPI_NEWER_YES : BOTAPI_NEWER_NO;
}

bool play_open(struct conversation *conversation, const char *file, const char *locale,
	       struct why *why)
{
	const struct bot bot = { .id = WORLD_BOT_ID, .username = "korone_bot" };
	struct fake_storage *memory = conversation->memory = fake_storage_create();
	const struct host_services services = {
		.owner = conversation,
		.call = call,
		.fetch = web_fetch,
		.release = release_lane,
		.running = note_route,
		.storage = &conversation->storage,
		.storage_owner = memory,
	};

	conversation->storage = crash_storage();
	conversation->settings = (struct settings) {
		.modules_load = "*",
		.modules_not_load = "",
		.links_sites = "all",
		.default_locale = locale,
		.privacy_key = "key of the golden conversations",
		.state_dir = scratch_directory(),
		.api_url = "https://api.telegram.org",
		.botapi_newer = botapi_newer(),
	};
	if (!choose_modules(conversation, file, why))
		return false;
	set_keys(conversation);
	conversation->host = host_create(conversation->modules, &conversation->settings, why);
	if (!conversation->host)
		return false;
	host_pretend_program(conversation->host, NULL, true);
	host_start(conversation->host, &bot, &services, NULL);
	return true;
}

void play_close(struct conversation *conversation)
{
	host_destroy(conversation->host);
	fake_storage_destroy(conversation->memory);
	free(conversation->settings.operators.ids);
	free(conversation->settings.module_keys.all);
	buffer_finish(&conversation->actual);
	buffer_finish(&conversation->ends);
	world_finish(&conversation->world);
}

/* --- items and time -------------------------------------------------------------------------- */

/* What works in English works in every language. */
static void note_end(struct conversation *conversation, const struct host_outcome *outcome)
{
	const struct buffer *ends = conversation->original ? &conversation->original->ends : NULL;
	size_t index = buffer_unread_size(&conversation->ends);
	bool failed = outcome->end == HOST_FAILED;

	buffer_append_byte(&conversation->ends, failed);
	if (failed && conversation->hostile && !conversation->may_fail)
		conversation_fault(conversation, "a handler fails: %s", outcome->reason);
	if (failed && ends && (index >= buffer_unread_size(ends) || !buffer_unread(ends)[index]))
		conversation_fault(conversation, "a handler fails that does not in English: %s",
				   outcome->reason);
}

static void play_item(struct conversation *conversation, const struct line_action *action,
		      struct message_item *item)
{
	struct host_outcome outcome;

	conversation->action = action;
	item->received_s = (uint64_t)world_now(&conversation->world);
	item->seq = ++conversation->count;
	item->attempt = 1;
	item->trace.bytes[TRACE_ID_SIZE - 1] = (uint8_t)conversation->count;
	crash_handle(conversation->host, item, &outcome);
	note_end(conversation, &outcome);
	transcript_outcome(conversation, &outcome);
	host_release(conversation->host);
	waiting_order(conversation, action, item, outcome.orders);
}

static void set_time(struct conversation *conversation, uint64_t now_ms)
{
	fake_storage_pass(conversation->memory, (int64_t)(now_ms - conversation->now_ms) / 1000);
	conversation->now_ms = now_ms;
	conversation->world.passed_s = (int64_t)(now_ms / 1000);
}

/* During each piece of work the clock shows its due time, because it may defer more. */
void play_time(struct conversation *conversation, int64_t seconds)
{
	uint64_t until_ms = conversation->now_ms + (uint64_t)seconds * 1000;
	const struct waiting *due;

	while ((due = waiting_take(conversation, until_ms))) {
		const struct line_action action = due->action;
		struct message_item item = {
			.kind = due->kind,
			.update_id = due->update_id,
			.flags = ITEM_WORK,
			.body = due->body,
		};

		set_time(conversation,
			 due->due_ms > conversation->now_ms ? due->due_ms : conversation->now_ms);
		play_item(conversation, &action, &item);
	}
	set_time(conversation, until_ms);
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool play_action(struct conversation *conversation, const char *line, struct why *why)
{
	struct buffer body = { 0 };
	struct message_item item = { 0 };
	struct line_action action;
	bool ok = script_action(conversation, line, &action, why) &&
		  update_write(conversation, &action, &body, &item.kind, why);

	if (ok) {
		item.body = (struct text) { (char *)buffer_unread(&body),
					    buffer_unread_size(&body) };
		item.update_id = conversation->world.last_update_id;
		play_item(conversation, &action, &item);
	}
	buffer_finish(&body);
	action_finish(&action);
	return ok;
}

static bool play_tabled(struct conversation *conversation, const char *text, struct why *why)
{
	const struct line *line = part_find_line(text);

	return line->play(conversation, text + strlen(line->start), why);
}

/* The bot's lines are not copied: what it does now replaces them. */
static bool play_line(struct conversation *conversation, const char *line, const char *whole,
		      struct why *why)
{
	enum line_type type = script_line_type(line);

	if (type == LINE_BOT || type == LINE_MORE)
		return true;
	buffer_append_text(&conversation->actual, whole);
	buffer_append_text(&conversation->actual, "\n");
	/* What a line is about is not there after other answers. */
	if (type == LINE_TABLED && !play_tabled(conversation, line, why) && !conversation->hostile)
		return false;
	if (type == LINE_ACTION && !play_action(conversation, line, why) && !conversation->hostile)
		return false;
	return !conversation->fault.text[0] || why_set(why, "%s", conversation->fault.text);
}

/* A line of a person or a part with the "  | " lines after it; moves *at past them. `whole` is as
 * written. */
static void take_line(struct arena *arena, const char **at, char **line, char **whole)
{
	const char *start = *at;
	size_t length = strcspn(start, "\n");
	bool continues;

	*line = arena_strndup(arena, start, length);
	continues = script_line_type(*line) >= LINE_TABLED;
	*at += length + (start[length] == '\n');
	while (continues && script_line_type(*at) == LINE_MORE) {
		const char *text = *at + strlen("  |");
		size_t more;

		text += *text == ' ';
		more = strcspn(text, "\n");
		*line = arena_printf(arena, "%s\n%.*s", *line, (int)more, text);
		*at = text + more + (text[more] == '\n');
	}
	length = (size_t)(*at - start);
	if (length && start[length - 1] == '\n')
		length--;
	*whole = arena_strndup(arena, start, length);
}

bool play_file(struct conversation *conversation, const char *file, struct why *why)
{
	unsigned next = 1;

	while (*file) {
		unsigned number = next;
		const char *start = file;
		char *line, *whole;

		take_line(&conversation->world.arena, &file, &line, &whole);
		if (!play_line(conversation, line, whole, why))
			return why_prefix(why, "line %u, \"%s\"", number, line);
		for (; start < file; start++)
			next += *start == '\n';
	}
	if (!conversation->hostile)
		telegram_finish(conversation);
	return !conversation->fault.text[0] || why_set(why, "%s", conversation->fault.text);
}
