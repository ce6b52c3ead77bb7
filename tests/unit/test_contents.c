/* test_contents.c - every field of a message has its place in the table of contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "botapi/botapi.h"
#include "common/buffer.h"
#include "ingress/update/transcode.h"
#include "workers/api/routes.h"
#include "workers/host/contents.h"

static void every_field_of_the_bot_api_is_known(void **state)
{
	const struct botapi_object *message = botapi_find_object("Message");
	size_t services = 0, media = 0;

	(void)state;
	assert_non_null(message);
	for (size_t i = 0; i < message->count; i++) {
		const char *name = botapi_fields[message->first + i].name;
		uint32_t content = UINT32_MAX;

		if (!contents_know(text_of(name), &content))
			fail_msg("contents.c does not know \"%s\"", name);
		services += content == CONTENT_SERVICE;
		media += content && content != CONTENT_SERVICE;
	}
	assert_true(services > 50);
	assert_true(media > 20);
}

static void nothing_else_is(void **state)
{
	static const char *const names[] = { "", "phot", "photos", "a", "zzz", "Photo" };
	uint32_t content;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(contents_know(text_of(names[i]), &content));
	assert_false(contents_know((struct text) { "photo\0", 6 }, &content));
	assert_false(contents_know((struct text) { NULL, 0 }, &content));
}

static uint32_t contents_of(const char *json)
{
	struct buffer packed = { 0 };
	struct why why;
	uint32_t bits;

	assert_true(transcode(json, strlen(json), &packed, &why));
	bits = contents_read(cursor_find(
		cursor_make(buffer_unread(&packed), buffer_unread_size(&packed)), "message"));
	buffer_finish(&packed);
	return bits;
}

static void a_message_has_what_its_fields_say(void **state)
{
	static const struct {
		const char *json;
		uint32_t bits;
	} rows[] = {
		{ "{\"message\":{\"photo\":[],\"date\":1}}", CONTENT_PHOTO },
		{ "{\"message\":{\"photo\":[],\"live_photo\":{}}}",
		  CONTENT_PHOTO | CONTENT_LIVE_PHOTO },
		{ "{\"message\":{\"document\":{},\"animation\":{}}}", CONTENT_ANIMATION },
		{ "{\"message\":{\"document\":{}}}", CONTENT_DOCUMENT },
		{ "{\"message\":{\"venue\":{},\"location\":{}}}", CONTENT_VENUE },
		{ "{\"message\":{\"giveaway_winners\":{}}}", CONTENT_GIVEAWAY },
		{ "{\"message\":{\"new_chat_members\":[]}}", CONTENT_SERVICE },
		{ "{\"message\":{\"hologram\":{}}}", CONTENT_OTHER },
		{ "{\"message\":{}}", CONTENT_OTHER },
		{ "{\"message\":7}", CONTENT_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(contents_of(rows[i].json), rows[i].bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_the_bot_api_is_known),
		cmocka_unit_test(nothing_else_is),
		cmocka_unit_test(a_message_has_what_its_fields_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
