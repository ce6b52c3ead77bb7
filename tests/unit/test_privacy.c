/* test_privacy.c - /privacy lists what PRIVACY.md lists: each row of its tables, in order, and
 * nothing more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/buffer.h"
#include "common/files.h"
#include "ingress/update/transcode.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"
#include "workers/modules/modules.h"

/* A table of PRIVACY.md, the title of the list that tells it, and what its rows are called there.
 */
static const struct {
	const char *heading, *title;
	struct {
		const char *row, *words;
	} rows[12];
} lists[] = {
	{ "### Of a person",
	  "About you",
	  { { "`id`", "your id" },
	    { "`username`", "username" },
	    { "`first_name`", "first name" },
	    { "`last_name`", "last name" },
	    { "`language_code`", "the language of your Telegram client" },
	    { "`registered_at`", "registration date" } } },
	{ "### Of a group",
	  "About a group",
	  { { "`id`", "its id" },
	    { "`username`", "username" },
	    { "`title`", "title" },
	    { "`type`", "type (group or supergroup)" },
	    { "`registered_at`", "registration date" } } },
	{ "## Crash reports",
	  "About a crash",
	  { { "traceback", "traceback" },
	    { "update", "the update that caused it" },
	    { "trace id", "trace id" },
	    { "technical state", "technical state" } } },
};

static void call_nobody(void *owner, const struct call *call, struct arena *arena,
			struct call_result *out)
{
	(void)owner;
	(void)call;
	(void)arena;
	*out = (struct call_result) { .status = CALL_FAILED };
}

static void release_nothing(void *owner)
{
	(void)owner;
}

/* The bot's answer to /privacy; caller frees. */
static char *told_text(void)
{
	static const char json[] =
		"{\"update_id\":1,\"message\":{\"message_id\":1,\"text\":\"/privacy\","
		"\"from\":{\"id\":7,\"first_name\":\"A\"},\"chat\":{\"id\":7,\"type\":\"private\"}}"
		"}";
	const struct settings settings = { .modules_load = "privacy",
					   .modules_not_load = "",
					   .links_sites = "all",
					   .default_locale = "en_US",
					   .privacy_key = "" };
	struct fake_storage *memory = fake_storage_create();
	const struct host_services services = { .call = call_nobody,
						.release = release_nothing,
						.storage = &fake_storage_table,
						.storage_owner = memory };
	struct message_item item = { .seq = 1, .kind = KIND_MESSAGE };
	struct host_outcome outcome;
	struct buffer body = { 0 };
	struct why why;
	struct host *host = host_create(compiled_modules, &settings, &why);
	json_t *sent;
	char *text;

	assert_non_null(host);
	host_start(host, &(struct bot) { .id = 1, .username = "b" }, &services, NULL);
	assert_true(transcode(json, sizeof(json) - 1, &body, &why));
	item.body = (struct text) { (char *)buffer_unread(&body), buffer_unread_size(&body) };
	host_handle(host, &item, &outcome);
	assert_int_equal(outcome.calls_count, 1);
	sent = json_loadb(outcome.calls[0].body.data, outcome.calls[0].body.length, 0, NULL);
	text = strdup(json_string_value(json_object_get(sent, "text")));
	json_decref(sent);
	buffer_finish(&body);
	host_destroy(host);
	fake_storage_destroy(memory);
	return text;
}

/* The rows of the first table under a heading: "| first cell |". Returns where the next starts. */
static const char *next_row(const char *at, char *cell, size_t size)
{
	size_t length;

	while (*at && *at != '|')
		at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
	if (*at != '|')
		return NULL;
	at += 2;
	length = strcspn(at, "|");
	while (length && at[length - 1] == ' ')
		length--;
	assert_true(length < size);
	memcpy(cell, at, length);
	cell[length] = '\0';
	return at + strcspn(at, "\n") + 1;
}

static void assert_table(const char *document, size_t list)
{
	const char *at = strstr(document, lists[list].heading);
	char cell[64];

	assert_non_null(at);
	at = next_row(at, cell, sizeof(cell)); /* titles of the columns */
	at = next_row(at, cell, sizeof(cell)); /* the line under them */
	for (size_t i = 0; lists[list].rows[i].row; i++) {
		at = next_row(at, cell, sizeof(cell));
		assert_non_null(at);
		assert_string_equal(cell, lists[list].rows[i].row);
	}
	assert_int_not_equal(*at, '|');
}

static void assert_told(const char *text, size_t list)
{
	const char *at = strstr(text, lists[list].title);

	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	for (size_t i = 0; lists[list].rows[i].row; i++) {
		const char *end = at + strcspn(at, "\n");
		const char *words = strstr(at, lists[list].rows[i].words);

		assert_memory_equal(at, "• ", strlen("• "));
		assert_true(words && words < end);
		at = *end ? end + 1 : end;
	}
	assert_int_not_equal(memcmp(at, "• ", strlen("• ")), 0);
}

static void the_lists_are_the_same(void **state)
{
	struct buffer document = { 0 };
	struct why why;
	char *text = told_text();

	(void)state;
	if (!file_read("PRIVACY.md", 1u << 20, &document, &why))
		fail_msg("%s", why.text);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_table(buffer_text(&document), i);
		assert_told(text, i);
	}
	buffer_finish(&document);
	free(text);
}

/* --- kinds of facts --------------------------------------------------------------------------- */

#define KINDS "### What is decided about people, or counted"

static void write_kind(const struct module *module, const struct fact_kind *kind,
		       struct buffer *out)
{
	long long days = (long long)(kind->keep_s + 86399) / 86400;

	buffer_printf(out, "| `%s` | `%s` | %s | ", module->name, kind->name, kind->label);
	if (days)
		buffer_printf(out, days == 1 ? "%lld day" : "%lld days", days);
	else
		buffer_append_text(out, "until it is taken back");
	buffer_printf(out, " | %s | %s |\n", kind->outlives_erasure ? "stays" : "goes",
		      kind->listed ? "yes" : "no");
}

/* The rows that the table must have. */
static void write_kinds(const struct module *const *modules, struct buffer *out)
{
	for (; *modules; modules++)
		for (const struct fact_kind *kind = (*modules)->facts; kind && kind->name; kind++)
			write_kind(*modules, kind, out);
}

/* Whether the table has these rows and no others. */
static bool has_kinds(const char *document, const struct module *const *modules)
{
	struct buffer rows = { 0 };
	const char *at = strstr(document, KINDS);
	char cell[64];
	bool same;

	assert_non_null(at);
	at = next_row(at, cell, sizeof(cell)); /* titles of the columns */
	at = next_row(at, cell, sizeof(cell)); /* the line under them */
	write_kinds(modules, &rows);
	same = strncmp(at, buffer_text(&rows), buffer_unread_size(&rows)) == 0 &&
	       at[buffer_unread_size(&rows)] != '|';
	buffer_finish(&rows);
	return same;
}

static void every_kind_of_fact_is_listed(void **state)
{
	static const struct fact_kind example_kinds[] = {
		FACT("warning", "warnings", .keep_s = 30 * 86400, .outlives_erasure = true,
		     .listed = true),
		FACT("seen", "captchas"),
		{ .name = NULL },
	};
	static const struct module example = { .name = "warns", .facts = example_kinds };
	static const struct module *const examples[] = { &example, NULL };
	static const char head[] = KINDS "\n\n| a | b |\n|---|---|\n";
	static const char one[] = "| `warns` | `warning` | warnings | 30 days | stays | yes |\n";
	static const char two[] = "| `warns` | `seen` | captchas | until it is taken back | goes | "
				  "no |\n";
	struct buffer document = { 0 };
	char text[600];
	struct why why;

	(void)state;
	if (!file_read("PRIVACY.md", 1u << 20, &document, &why))
		fail_msg("%s", why.text);
	assert_true(has_kinds(buffer_text(&document), compiled_modules));
	assert_false(has_kinds(buffer_text(&document), examples));
	buffer_finish(&document);
	snprintf(text, sizeof(text), "%s%s%s\n", head, one, two);
	assert_true(has_kinds(text, examples));
	assert_false(has_kinds(text, (const struct module *const[]) { NULL }));
	snprintf(text, sizeof(text), "%s%s\n", head, one);
	assert_false(has_kinds(text, examples));
	snprintf(text, sizeof(text), "%s%s%s%s\n", head, one, two, two);
	assert_false(has_kinds(text, examples));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lists_are_the_same),
		cmocka_unit_test(every_kind_of_fact_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
