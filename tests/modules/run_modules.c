/* run_modules.c - plays golden conversations to the modules and compares the bot's actions: no
 * network, no database. Prints TAP (https://testanything.org).
 *
 *     run-modules [--update] [FILE…]     all in tests/modules when none is named
 *
 * Each file is read line by line; what the bot does comes after the line that made it do so.
 * --update rewrites the files with what the bot does now: review the diff before committing it. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/files.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "tests/modules/examples.h"
#include "tests/modules/fake_storage.h"
#include "tests/modules/script.h"
#include "tests/modules/transcript.h"
#include "workers/host/host.h"
#include "workers/modules/modules.h"

#define FILE_SIZE_MAX (1u << 20)
#define WAITING_MAX 16

/* What a handler deferred. */
struct waiting {
	struct action action; /* that caused it */
	enum update_kind kind;
	struct text body;
	uint64_t due_ms;
	bool done;
};

struct conversation {
	struct world world;
	struct settings settings;
	struct host *host;
	struct fake_storage *memory;
	const struct action *action;           /* being played */
	const char *told_method, *told_result; /* what Telegram answers; NULL: not scripted */
	struct buffer actual;                  /* the file as it would be written now */
	uint64_t count;                        /* of actions */
	uint64_t now_ms;
	struct waiting waiting[WAITING_MAX];
	size_t waiting_count;
};

/* --- stand-in for Telegram -------------------------------------------------------------------- */

static int64_t id_of(const struct world *world, const char *name)
{
	if (strcmp(name, "bot") == 0)
		return WORLD_BOT_ID;
	for (size_t i = 0; i < world->people_count; i++)
		if (strcmp(world->people[i].name, name) == 0)
			return world->people[i].id;
	return 0;
}

static const char *member_status(const struct conversation *conversation, int64_t user_id)
{
	const struct group *group = conversation->action->group;

	for (size_t i = 0; group && i < group->administrators_count; i++)
		if (id_of(&conversation->world, group->administrators[i]) == user_id)
			return "administrator";
	for (size_t i = 0; group && i < group->outsiders_count; i++)
		if (id_of(&conversation->world, group->outsiders[i]) == user_id)
			return "left";
	return "member";
}

static int64_t asked_id(const struct call *call)
{
	json_t *body = json_loadb(call->body.data, call->body.length, 0, NULL);
	int64_t id = json_integer_value(json_object_get(body, "user_id"));

	json_decref(body);
	return id;
}

/* All rights, so that a conversation need only say who is an admin and who is not. */
static void answer_member(const struct conversation *conversation, const struct call *call,
			  struct arena *arena, struct call_result *out)
{
	const char *status = member_status(conversation, asked_id(call));
	const char *json = arena_printf(
		arena,
		"{\"status\":\"%s\",\"can_change_info\":true,\"can_delete_messages\":true,"
		"\"can_restrict_members\":true,\"can_pin_messages\":true}",
		status);

	*out = (struct call_result) { .status = CALL_OK, .result = { json, strlen(json) } };
}

static void answer_call(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	struct conversation *conversation = owner;
	const char *told = conversation->told_result;

	if (told && text_is(call->method, conversation->told_method) &&
	    strncmp(told, "refuses ", 8) == 0)
		*out = (struct call_result) { .status = CALL_REFUSED,
					      .error_code = 400,
					      .description = { told + 8, strlen(told + 8) } };
	else if (told && text_is(call->method, conversation->told_method))
		*out = (struct call_result) { .status = CALL_OK, .result = { told, strlen(told) } };
	else if (text_is(call->method, "getChatMember"))
		answer_member(conversation, call, arena, out);
	else
		*out = (struct call_result) { .status = CALL_FAILED };
}

static void release_lane(void *owner)
{
	(void)owner;
}

/* --- a conversation --------------------------------------------------------------------------- */

static void add_operator(void *owner, const char *name)
{
	struct conversation *conversation = owner;
	struct id_list *list = &conversation->settings.operators;

	list->ids = xreallocarray(list->ids, list->count + 1, sizeof(*list->ids));
	list->ids[list->count++] = world_person(&conversation->world, name)->id;
}

/* As the recorder knows them: people by lower-case names, groups by their titles. */
static void record(void *owner, const char *name)
{
	struct conversation *conversation = owner;
	struct world *world = &conversation->world;
	struct recorded_person recorded = { .last_name = "", .username = name };

	if (name[0] == '"') {
		name = arena_strndup(&world->arena, name + 1, strlen(name) - 2);
		recorded.id = world_group(world, name)->id;
		recorded.username = "";
	} else {
		recorded.id = world_person(world, name)->id;
	}
	recorded.first_name = name;
	fake_storage_record(conversation->memory, &recorded);
}

/* Files with these prefixes are about the API, not the bot's modules. */
static const struct module *const *modules_of(const char *file)
{
	return strncmp(file, "modules: examples\n", 18) == 0 ? example_modules : compiled_modules;
}

static bool open_conversation(struct conversation *conversation, const char *file, struct why *why)
{
	const struct bot bot = { .id = WORLD_BOT_ID, .username = "korone_bot" };
	struct fake_storage *memory = conversation->memory = fake_storage_create();
	const struct host_services services = {
		.owner = conversation,
		.call = answer_call,
		.release = release_lane,
		.storage = &fake_storage_table,
		.storage_owner = memory,
	};

	conversation->settings = (struct settings) {
		.modules_load = "*",
		.modules_not_load = "",
		.default_locale = "en_US",
		.privacy_key = "key of the golden conversations",
	};
	conversation->host = host_create(modules_of(file), &conversation->settings, why);
	if (!conversation->host)
		return false;
	host_start(conversation->host, &bot, &services, NULL);
	return true;
}

static void close_conversation(struct conversation *conversation)
{
	host_destroy(conversation->host);
	fake_storage_destroy(conversation->memory);
	free(conversation->settings.operators.ids);
	buffer_finish(&conversation->actual);
	world_finish(&conversation->world);
}

static void keep_waiting(struct conversation *conversation, const struct action *action,
			 enum update_kind kind, const struct host_outcome *outcome)
{
	struct arena *arena = &conversation->world.arena;
	struct text body = outcome->later;

	if (conversation->waiting_count == WAITING_MAX)
		panic("more than %d pieces of work put off in a conversation", WAITING_MAX);
	body.data = arena_memdup(arena, body.data, body.length);
	conversation->waiting[conversation->waiting_count++] = (struct waiting) {
		.action = *action,
		.kind = kind,
		.body = body,
		.due_ms = conversation->now_ms + outcome->later_ms,
	};
}

static void play_item(struct conversation *conversation, const struct action *action,
		      struct message_item *item)
{
	struct host_outcome outcome;

	conversation->action = action;
	item->seq = ++conversation->count;
	item->attempt = 1;
	item->trace.bytes[TRACE_ID_SIZE - 1] = (uint8_t)conversation->count;
	host_handle(conversation->host, item, &outcome);
	transcript_outcome(&conversation->world, action, &outcome, &conversation->actual);
	if (outcome.later.data)
		keep_waiting(conversation, action, item->kind, &outcome);
}

static struct waiting *find_due(struct conversation *conversation, uint64_t until_ms)
{
	struct waiting *first = NULL;

	for (size_t i = 0; i < conversation->waiting_count; i++) {
		struct waiting *waiting = &conversation->waiting[i];

		if (!waiting->done && waiting->due_ms <= until_ms &&
		    (!first || waiting->due_ms < first->due_ms))
			first = waiting;
	}
	return first;
}

static void set_time(struct conversation *conversation, uint64_t now_ms)
{
	fake_storage_pass(conversation->memory, (int64_t)(now_ms - conversation->now_ms) / 1000);
	conversation->now_ms = now_ms;
	conversation->world.passed_s = (int64_t)(now_ms / 1000);
}

/* During each piece of work the clock shows its due time, because it may defer more. */
static void pass_time(struct conversation *conversation, int64_t seconds)
{
	uint64_t until_ms = conversation->now_ms + (uint64_t)seconds * 1000;
	struct waiting *due;

	while ((due = find_due(conversation, until_ms))) {
		struct message_item item = {
			.kind = due->kind,
			.flags = ITEM_WORK,
			.body = due->body,
		};
		struct action action = due->action;

		due->done = true;
		set_time(conversation, due->due_ms);
		action.what = ACTION_SAYS; /* a button press was answered long ago */
		play_item(conversation, &action, &item);
	}
	set_time(conversation, until_ms);
}

static bool play_action(struct conversation *conversation, const char *line, struct why *why)
{
	struct buffer body = { 0 };
	struct message_item item = { 0 };
	struct action action;

	if (!script_action(&conversation->world, line, &action, why))
		return false;
	if (!world_update(&conversation->world, &action, &body, &item.kind)) {
		buffer_finish(&body);
		return why_set(why, "nothing here to press or to answer for \"%s\"", action.text);
	}
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	play_item(conversation, &action, &item);
	buffer_finish(&body);
	return true;
}

static void tell_answer(struct conversation *conversation, const char *line)
{
	const char *method = line + strlen("telegram ");
	struct arena *arena = &conversation->world.arena;

	conversation->told_method = arena_strndup(arena, method, strcspn(method, ":"));
	conversation->told_result = arena_strdup(arena, script_value(line));
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
	if (type == LINE_OPERATORS)
		script_names(&conversation->world, script_value(line), add_operator, conversation);
	if (type == LINE_RECORDED)
		script_names(&conversation->world, script_value(line), record, conversation);
	if (type == LINE_ADMINS)
		return script_admins(&conversation->world, line, why);
	if (type == LINE_OUTSIDE)
		return script_outside(&conversation->world, line, why);
	if (type == LINE_TELEGRAM)
		tell_answer(conversation, line);
	if (type == LINE_AFTER)
		pass_time(conversation, script_after(line));
	return type != LINE_ACTION || play_action(conversation, line, why);
}

/* A person's line with the "  | " lines after it; moves *at past them. `whole` is as written. */
static void take_line(struct arena *arena, const char **at, char **line, char **whole)
{
	const char *start = *at;
	size_t length = strcspn(start, "\n");
	bool person = false;

	*line = arena_strndup(arena, start, length);
	person = script_line_type(*line) == LINE_ACTION;
	*at += length + (start[length] == '\n');
	while (person && script_line_type(*at) == LINE_MORE) {
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

static bool play(struct conversation *conversation, const char *expected, struct why *why)
{
	unsigned number = 0;

	while (*expected) {
		char *line, *whole;

		number++;
		take_line(&conversation->world.arena, &expected, &line, &whole);
		if (!play_line(conversation, line, whole, why))
			return why_prefix(why, "step %u (\"%s\")", number, line);
	}
	return true;
}

/* --- files ------------------------------------------------------------------------------------ */

/* Shows the first line that differs, as TAP diagnostics. */
static void show_difference(const char *expected, const char *actual)
{
	unsigned number = 1;

	while (*expected) {
		size_t a = strcspn(expected, "\n"), b = strcspn(actual, "\n");

		if (a != b || memcmp(expected, actual, a) != 0)
			break;
		expected += a + (expected[a] == '\n');
		actual += b + (actual[b] == '\n');
		number++;
	}
	printf("# line %u\n# expected: %.*s\n# actual:   %.*s\n", number,
	       (int)strcspn(expected, "\n"), expected, (int)strcspn(actual, "\n"), actual);
}

static bool check_file(const char *path, bool update, struct why *why)
{
	struct conversation conversation = { 0 };
	struct buffer file = { 0 };
	const char *expected, *actual;
	bool same = false;

	if (!file_read(path, FILE_SIZE_MAX, &file, why))
		return false;
	expected = buffer_text(&file);
	if (!open_conversation(&conversation, expected, why) || !play(&conversation, expected, why))
		goto out;
	actual = buffer_text(&conversation.actual);
	same = strcmp(expected, actual) == 0;
	if (!same && update)
		same = file_replace(path, actual, strlen(actual), why);
	else if (!same) {
		show_difference(expected, actual);
		why_set(why, "the bot does something else");
	}
out:
	close_conversation(&conversation);
	buffer_finish(&file);
	return same;
}

static bool run_file(const char *path, size_t number, bool update)
{
	struct why why = { "" };
	const char *slash = strrchr(path, '/');
	bool ok = check_file(path, update, &why);

	printf("%s %zu - %s\n", ok ? "ok" : "not ok", number, slash ? slash + 1 : path);
	if (!ok)
		printf("# %s\n", why.text);
	return ok;
}

static int run_files(char **paths, size_t count, bool update)
{
	bool ok = count > 0;

	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++)
		ok = run_file(paths[i], i + 1, update) && ok;
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	int first = update ? 2 : 1, status;
	glob_t found;

	log_open("run-modules", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	if (first < argc)
		return run_files(argv + first, (size_t)(argc - first), update);
	glob("tests/modules/*.txt", 0, NULL, &found);
	status = run_files(found.gl_pathv, found.gl_pathc, update);
	globfree(&found);
	return status;
}
