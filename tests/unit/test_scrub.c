#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "common/pack.h"
#include "common/xalloc.h"
#include "crashd/scrub.h"

#define TOKEN "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"

static struct scrubber *scrubber;

static int open_scrubber(void **state)
{
	(void)state;
	scrubber = scrubber_create(&pattern_default_limits);
	return 0;
}

static int close_scrubber(void **state)
{
	(void)state;
	scrubber_destroy(scrubber);
	return 0;
}

/* Left: the text; right: what must be found in it, NULL for nothing. The rules are those of the
 * regular expressions in pydantic/logfire scrubbing.py. */
static const struct {
	const char *text;
	const char *found;
} cases[] = {
	{ "password", "password" },
	{ "my PassWord is", "PassWord" },
	{ "passwd=1", "passwd" },
	{ "mysql_pwd", "mysql_pwd" },
	{ "pwd", NULL },
	{ "client_secret", "secret" },
	{ "credentials", "credential" },
	{ "private key", "private key" },
	{ "private_key", "private_key" },
	{ "privatekey", "privatekey" },
	{ "private-.key", NULL },
	{ "API.Key", "API.Key" },
	{ "session_id", "session" },
	{ "set-cookie", "cookie" },
	{ "social security", "social security" },
	{ "credit-card", "credit-card" },
	{ "logfire_token", "logfire_token" },
	{ "pylf_v1_us_abc", "pylf_v1_" },
	{ "pylf_v_us", NULL },
	{ "auth", "auth" },
	{ "authorization", "auth" },
	{ "author", NULL },
	{ "the authors wrote", NULL },
	{ "author_signature", "auth" }, /* as Logfire's own pattern does */
	{ "authority", "auth" },
	{ "csrf", "csrf" },
	{ "x_csrf_token", "csrf" },
	{ "acsrfb", NULL },
	{ "jwt:", "jwt" },
	{ "ssn", "ssn" },
	{ "ssns", NULL },
	{ "SSN", "SSN" },
	{ "x_CsRf_token", "CsRf" },
	{ "AUTHORS", NULL },
	{ "AuThOrItY", "AuTh" },
	{ "a\xff\xfe secret \xc3", "secret" },
	{ "\xc3\xa9jwt\xc3\xa9", "jwt" },
	{ "s\xc3\xa9"
	  "cret",
	  NULL },
	{ "hello world", NULL },
	{ "", NULL },
};

static void test_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct text found = scrub_find(scrubber, text_of(cases[i].text));

		if (!cases[i].found) {
			if (found.data)
				fail_msg("found %.*s in %s", (int)found.length, found.data,
					 cases[i].text);
		} else if (!text_is(found, cases[i].found)) {
			fail_msg("found %.*s and not %s in %s", (int)found.length,
				 found.data ? found.data : "", cases[i].found, cases[i].text);
		}
	}
}

static void assert_copy(const char *text, const char *expected)
{
	struct buffer copy = { 0 };

	scrub_copy(scrubber, text_of(text), &copy);
	assert_string_equal(buffer_text(&copy), expected);
	buffer_finish(&copy);
}

static void test_tokens_and_userinfo_are_taken_out_anywhere(void **state)
{
	(void)state;
	assert_copy("https://api.telegram.org/bot" TOKEN "/getMe",
		    "https://api.telegram.org/bot[Scrubbed]/getMe");
	assert_copy(TOKEN, "[Scrubbed]");
	assert_copy("two " TOKEN " and " TOKEN, "two [Scrubbed] and [Scrubbed]");
	assert_copy("12:30 and 123456:short", "12:30 and 123456:short");
	assert_copy("postgres://korone:pa55@db/korone", "postgres://[Scrubbed]@db/korone");
	assert_copy("http://example.org/a@b", "http://example.org/a@b");
	assert_copy("", "");
	assert_copy("token pylf_v1_eu_abcDEF-12 refused", "token [Scrubbed] refused");
	assert_copy("pylf_version", "pylf_version");
	assert_copy("password=hunter2, next", "password=[Scrubbed], next");
	assert_copy("{\"api_key\": \"abc\"}", "{\"api_key\": \"[Scrubbed]\"}");
	assert_copy("Authorization: Bearer abc.def", "Authorization: Bearer [Scrubbed]");
	assert_copy("sent Bearer 0123456789abcdef", "sent Bearer [Scrubbed]");
	assert_copy("a basic block", "a basic block");
	assert_copy("check_password (auth.c:12)", "check_password (auth.c:12)");
	assert_copy("Assertion `session == NULL' failed", "Assertion `session == NULL' failed");
	assert_copy("password=", "password=");
	assert_copy("AUTHORIZATION: BEARER abc.def", "AUTHORIZATION: BEARER [Scrubbed]");
	assert_copy("secret://\tuser:pa55@host", "secret:[Scrubbed]@host");
}

static void test_bytes_that_are_no_utf8_stay_around_what_is_taken_out(void **state)
{
	static const char text[] = "\xff\xc3(" TOKEN ")\xe2\x82 password=\xf0\x9f\x00\x80";
	static const char expected[] = "\xff\xc3([Scrubbed])\xe2\x82 password=[Scrubbed]\x00\x80";
	struct buffer copy = { 0 };

	(void)state;
	scrub_copy(scrubber, (struct text) { text, sizeof(text) - 1 }, &copy);
	assert_int_equal(buffer_unread_size(&copy), sizeof(expected) - 1);
	assert_memory_equal(buffer_unread(&copy), expected, sizeof(expected) - 1);
	buffer_finish(&copy);
}

static void fill(struct buffer *text, const char *unit, size_t size)
{
	while (buffer_unread_size(text) < size)
		buffer_append_text(text, unit);
}

static struct text all_of(const struct buffer *buffer)
{
	return (struct text) { (const char *)buffer_unread(buffer), buffer_unread_size(buffer) };
}

static void test_a_word_too_long_for_a_name_is_taken_out(void **state)
{
	struct buffer text = { 0 }, copy = { 0 };
	const char *name;

	(void)state;
	fill(&text, "secret_", 7);
	fill(&text, "x", 6 + 127);
	scrub_copy(scrubber, all_of(&text), &copy);
	assert_int_equal(buffer_unread_size(&copy), 6 + 127);
	name = buffer_text(&text);
	assert_string_equal(buffer_text(&copy), name);

	buffer_clear(&copy);
	buffer_append_text(&text, "yz, secret = 'hunter2' and more");
	scrub_copy(scrubber, all_of(&text), &copy);
	assert_memory_equal(buffer_text(&copy), buffer_text(&text), 6 + 127);
	assert_string_equal(buffer_text(&copy) + 6 + 127,
			    "[Scrubbed], secret = '[Scrubbed]' and more");

	buffer_clear(&copy);
	text.size = 6 + 127;
	buffer_append_text(&text, "yz = 'hunter2' and more");
	scrub_copy(scrubber, all_of(&text), &copy);
	assert_string_equal(buffer_text(&copy) + 6 + 127, "[Scrubbed]' and more");
	buffer_finish(&text);
	buffer_finish(&copy);
}

/* A few steps per character suffice, however much starts like a secret. (A word that continues
 * costs no steps: the test above checks that it is not read again and again.) */
static void test_huge_texts_take_few_steps(void **state)
{
	static const struct pattern_limits few = { .steps = 100, .depth = 40, .heap_kib = 64 };
	static const char *const units[] = {
		"secret", "1",        "123456:",    "://",     "://a",   "pylf_v1",
		"basic ", "session ", "api ",       "auth=\"", "x_csrf", "secret\"",
		"a",      " ",        "password= ", "authors", "\xff",
	};
	struct scrubber *strict = scrubber_create(&few);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		struct buffer text = { 0 }, copy = { 0 }, usual = { 0 };
		struct text found;

		fill(&text, units[i], 64u << 10);
		buffer_append_text(&text, " " TOKEN " csrf end");
		found = scrub_find(strict, all_of(&text));
		assert_ptr_equal(found.data, scrub_find(scrubber, all_of(&text)).data);
		assert_true(found.data >= buffer_text(&text) &&
			    found.data < buffer_text(&text) + buffer_unread_size(&text));
		scrub_copy(strict, all_of(&text), &copy);
		scrub_copy(scrubber, all_of(&text), &usual);
		assert_string_equal(buffer_text(&copy), buffer_text(&usual));
		assert_non_null(strstr(buffer_text(&copy), " [Scrubbed] csrf end"));
		buffer_finish(&text);
		buffer_finish(&copy);
		buffer_finish(&usual);
	}
	scrubber_destroy(strict);
}

static void pack_update(struct buffer *out)
{
	pack_map(out, 2);
	pack_text(out, "update_id");
	pack_int(out, 7);
	pack_text(out, "message");
	pack_map(out, 7);
	pack_text(out, "text");
	pack_text(out, "look " TOKEN);
	pack_text(out, "caption");
	pack_text(out, "a caption");
	pack_text(out, "entities");
	pack_array(out, 1);
	pack_map(out, 1);
	pack_text(out, "url");
	pack_text(out, "https://example.org/?session=1");
	pack_text(out, "contact");
	pack_map(out, 1);
	pack_text(out, "phone_number");
	pack_text(out, "+49 1");
	pack_text(out, "api_key");
	pack_int(out, 5);
	pack_text(out, "password");
	pack_text(out, "hunter2");
	pack_text(out, "from");
	pack_map(out, 2);
	pack_text(out, "id");
	pack_int(out, 9007199254740993);
	pack_text(out, "first_name");
	pack_text(out, "cookie"); /* the whole value is the word: not scrubbed */
}

static json_t *scrubbed(bool redact, struct buffer *json, struct buffer *notes)
{
	struct buffer update = { 0 };
	json_t *root;

	pack_update(&update);
	assert_true(scrub_update(
		scrubber,
		(struct text) { (const char *)buffer_unread(&update), buffer_unread_size(&update) },
		redact, json, notes));
	buffer_finish(&update);
	root = json_loads(buffer_text(json), 0, NULL);
	assert_non_null(root);
	return root;
}

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "(not a text)";
}

static void test_update_full(void **state)
{
	struct buffer json = { 0 }, notes = { 0 };
	json_t *root = scrubbed(false, &json, &notes);
	json_t *message = json_object_get(root, "message");
	json_t *from = json_object_get(message, "from");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(root, "update_id")), 7);
	assert_string_equal(member(message, "text"), "look [Scrubbed]");
	assert_string_equal(member(message, "caption"), "a caption");
	assert_string_equal(member(message, "contact"), "[Scrubbed due to 'contact']");
	assert_string_equal(member(message, "api_key"), "[Scrubbed due to 'api_key']");
	assert_string_equal(member(message, "password"), "[Scrubbed due to 'password']");
	assert_string_equal(member(json_array_get(json_object_get(message, "entities"), 0), "url"),
			    "[Scrubbed due to 'session']");
	assert_string_equal(member(from, "first_name"), "cookie");
	assert_int_equal(json_integer_value(json_object_get(from, "id")), 9007199254740993);
	assert_non_null(strstr(buffer_text(&notes), "\"message\",\"entities\",\"0\",\"url\""));
	json_decref(root);
	buffer_finish(&json);
	buffer_finish(&notes);
}

static void test_update_redacted_has_nothing_that_was_written(void **state)
{
	struct buffer json = { 0 }, notes = { 0 };
	json_t *root = scrubbed(true, &json, &notes);
	json_t *message = json_object_get(root, "message");

	(void)state;
	assert_string_equal(member(message, "text"), "[removed]");
	assert_string_equal(member(message, "caption"), "[removed]");
	assert_string_equal(member(message, "entities"), "[removed]");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(message, "from"), "id")),
		9007199254740993);
	json_decref(root);
	buffer_finish(&json);
	buffer_finish(&notes);
}

static void test_malformed_update_gives_nothing(void **state)
{
	struct buffer update = { 0 }, json = { 0 }, notes = { 0 };

	(void)state;
	pack_update(&update);
	buffer_append_text(&json, "before");
	for (size_t size = 0; size < buffer_unread_size(&update); size++) {
		assert_false(scrub_update(
			scrubber, (struct text) { (const char *)buffer_unread(&update), size },
			false, &json, &notes));
		assert_string_equal(buffer_text(&json), "before");
		assert_int_equal(buffer_unread_size(&notes), 0);
	}
	buffer_finish(&update);
	buffer_finish(&json);
	buffer_finish(&notes);
}

static void test_deep_update_is_refused(void **state)
{
	struct buffer update = { 0 }, json = { 0 }, notes = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		pack_array(&update, 1);
	pack_nil(&update);
	assert_false(scrub_update(
		scrubber,
		(struct text) { (const char *)buffer_unread(&update), buffer_unread_size(&update) },
		false, &json, &notes));
	buffer_finish(&update);
	buffer_finish(&json);
	buffer_finish(&notes);
}

static const struct pattern_limits no_steps = { .steps = 0, .depth = 100, .heap_kib = 100 };
static const struct pattern_limits no_depth = { .steps = 100, .depth = 0, .heap_kib = 100 };

static void test_what_hits_a_limit_is_masked_whole(void **state)
{
	static const struct pattern_limits *const limits[] = { &no_steps, &no_depth };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		struct scrubber *strict = scrubber_create(limits[i]);
		struct buffer copy = { 0 };
		struct text found = scrub_find(strict, text_of("a private letter"));

		assert_true(text_is(found, "(match limit)"));
		buffer_append_text(&copy, "before ");
		scrub_copy(strict, text_of("a private letter"), &copy);
		assert_string_equal(buffer_text(&copy), "before [Scrubbed]");
		buffer_finish(&copy);
		scrubber_destroy(strict);
	}
}

/* A limit may be hit after a secret was found: what was copied before is discarded. */
static void test_a_limit_after_a_secret_masks_what_is_before_it(void **state)
{
	size_t whole = 0, right = 0, after = 0;

	(void)state;
	for (uint32_t steps = 0; steps < 100; steps++) {
		const struct pattern_limits limits = { steps, 100, 100 };
		struct scrubber *strict = scrubber_create(&limits);
		struct buffer first = { 0 }, both = { 0 };
		bool is_whole;

		scrub_copy(strict, text_of("@ " TOKEN), &first);
		scrub_copy(strict, text_of("@ " TOKEN " private letter"), &both);
		is_whole = strcmp(buffer_text(&both), "[Scrubbed]") == 0;
		if (!is_whole)
			assert_string_equal(buffer_text(&both), "@ [Scrubbed] private letter");
		whole += is_whole;
		right += !is_whole;
		after += is_whole && strcmp(buffer_text(&first), "@ [Scrubbed]") == 0;
		buffer_finish(&first);
		buffer_finish(&both);
		scrubber_destroy(strict);
	}
	assert_int_not_equal(whole, 0);
	assert_int_not_equal(right, 0);
	assert_int_not_equal(after, 0);
}

static void test_update_at_a_limit_has_no_value_left(void **state)
{
	struct scrubber *strict = scrubber_create(&no_steps);
	struct scrubber *usual = scrubber;
	struct buffer json = { 0 }, notes = { 0 };
	json_t *root, *message;

	(void)state;
	scrubber = strict;
	root = scrubbed(false, &json, &notes);
	scrubber = usual;
	message = json_object_get(root, "message");
	assert_string_equal(json_string_value(message), "[Scrubbed due to '(match limit)']");
	assert_non_null(strstr(buffer_text(&notes), "\"matched_substring\":\"(match limit)\""));
	json_decref(root);
	buffer_finish(&json);
	buffer_finish(&notes);
	scrubber_destroy(strict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_tokens_and_userinfo_are_taken_out_anywhere),
		cmocka_unit_test(test_bytes_that_are_no_utf8_stay_around_what_is_taken_out),
		cmocka_unit_test(test_a_word_too_long_for_a_name_is_taken_out),
		cmocka_unit_test(test_huge_texts_take_few_steps),
		cmocka_unit_test(test_update_full),
		cmocka_unit_test(test_update_redacted_has_nothing_that_was_written),
		cmocka_unit_test(test_malformed_update_gives_nothing),
		cmocka_unit_test(test_deep_update_is_refused),
		cmocka_unit_test(test_what_hits_a_limit_is_masked_whole),
		cmocka_unit_test(test_a_limit_after_a_secret_masks_what_is_before_it),
		cmocka_unit_test(test_update_at_a_limit_has_no_value_left),
	};

	return cmocka_run_group_tests(tests, open_scrubber, close_scrubber);
}
