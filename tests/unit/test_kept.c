/* test_kept.c - kept texts: what is written is read as it was, and nothing else is read. */
#include "tests/unit/packed_json.h"

#include "common/utf8.h"
#include "workers/host/chat_message.h"
#include "workers/host/kept.h"

#define CHAT "\"chat\":{\"id\":-5,\"type\":\"supergroup\"}"
#define FACE "\xf0\x9f\x98\x80"

static const char *keep(struct packed_json *packed, const char *json)
{
	const struct message *message = message_read(pack_json(packed, json), &packed->arena);

	return kept_make(message, 0, strlen(message->text), &packed->arena);
}

static struct kept read_good(struct packed_json *packed, const char *value)
{
	struct kept kept;
	struct why why;

	if (!kept_read(value, &packed->arena, &kept, &why))
		fail_msg("%s: %s", value, why.text);
	return kept;
}

static void assert_refused(struct packed_json *packed, const char *value, const char *reason)
{
	struct kept kept;
	struct why why = { "" };

	if (kept_read(value, &packed->arena, &kept, &why))
		fail_msg("%s is read", value);
	assert_string_equal(why.text, reason);
}

static void assert_entity(const struct entity *entity, const char *type, size_t offset,
			  size_t length, const char *value)
{
	assert_string_equal(entity->type, type);
	assert_int_equal(entity->offset, offset);
	assert_int_equal(entity->length, length);
	assert_string_equal(entity->value ? entity->value : "", value);
}

static void formatting_is_kept(void **state)
{
	const char *value = keep(
		*state,
		"{" CHAT ",\"text\":\"" FACE " bold link c 5 date @name\",\"entities\":["
		"{\"type\":\"custom_emoji\",\"offset\":0,\"length\":2,\"custom_emoji_id\":\"53\"},"
		"{\"type\":\"bold\",\"offset\":3,\"length\":9},"
		"{\"type\":\"text_link\",\"offset\":8,\"length\":4,\"url\":\"https://e.org/\"},"
		"{\"type\":\"pre\",\"offset\":13,\"length\":1,\"language\":\"c\"},"
		"{\"type\":\"code\",\"offset\":15,\"length\":1},"
		"{\"type\":\"date_time\",\"offset\":17,\"length\":4,\"unix_time\":5,"
		"\"date_time_format\":\"wD\"},"
		"{\"type\":\"mention\",\"offset\":22,\"length\":5}]}");
	struct kept kept = read_good(*state, value);

	assert_string_equal(
		value, "{\"kept\":1,\"text\":\"" FACE " bold link c 5 date @name\",\"entities\":["
		       "[\"custom_emoji\",0,2,\"53\"],[\"bold\",3,9],"
		       "[\"text_link\",8,4,\"https://e.org/\"],[\"pre\",13,1,\"c\"],"
		       "[\"code\",15,1],[\"date_time\",17,4,\"wD\",5]],\"preview\":\"\"}");
	assert_string_equal(kept.text, FACE " bold link c 5 date @name");
	assert_int_equal(kept.entities_count, 6);
	assert_entity(&kept.entities[0], "custom_emoji", 0, 2, "53");
	assert_string_equal(kept.entities[0].field, "custom_emoji_id");
	assert_entity(&kept.entities[1], "bold", 3, 9, "");
	assert_null(kept.entities[1].field);
	assert_entity(&kept.entities[2], "text_link", 8, 4, "https://e.org/");
	assert_string_equal(kept.entities[2].field, "url");
	assert_entity(&kept.entities[3], "pre", 13, 1, "c");
	assert_entity(&kept.entities[5], "date_time", 17, 4, "wD");
	assert_int_equal(kept.entities[5].unix_time, 5);
	assert_null(kept.media.kind);
	assert_int_equal(kept.buttons_count, 0);
}

static void a_part_is_kept_with_its_part_of_the_formatting(void **state)
{
	struct packed_json *packed = *state;
	const struct message *message = message_read(
		pack_json(packed, "{" CHAT ",\"text\":\"/rules " FACE " be nice\",\"entities\":["
				  "{\"type\":\"bot_command\",\"offset\":0,\"length\":6},"
				  "{\"type\":\"bold\",\"offset\":3,\"length\":6},"
				  "{\"type\":\"code\",\"offset\":0,\"length\":5},"
				  "{\"type\":\"italic\",\"offset\":13,\"length\":4}]}"),
		&packed->arena);
	struct kept kept = read_good(
		packed, kept_make(message, 7, strlen(FACE " be nice"), &packed->arena));

	assert_string_equal(kept.text, FACE " be nice");
	assert_int_equal(kept.entities_count, 2);
	assert_entity(&kept.entities[0], "bold", 0, 2, "");
	assert_entity(&kept.entities[1], "italic", 6, 4, "");
	assert_string_equal(kept_make(message, 6, 1, &packed->arena), "");
}

static void no_person_is_kept(void **state)
{
	const char *value = keep(
		*state,
		"{" CHAT
		",\"from\":{\"id\":777111,\"first_name\":\"Admin\"},\"text\":\"Ask Anna or "
		"Bob or Carl\",\"entities\":["
		"{\"type\":\"text_mention\",\"offset\":4,\"length\":4,\"user\":{\"id\":777222,"
		"\"first_name\":\"Anna\"}},"
		"{\"type\":\"text_link\",\"offset\":12,\"length\":3,\"url\":\"tg://"
		"user?id=777333\"},"
		"{\"type\":\"text_link\",\"offset\":19,\"length\":4,"
		"\"url\":\"TG://openmessage?user_id=777444\"}],\"reply_markup\":{"
		"\"inline_keyboard\":[[{\"text\":\"Ask\",\"url\":\"tg://user?id=777555\"}]]}}");

	assert_null(strstr(value, "777"));
	assert_string_equal(read_good(*state, value).text, "Ask Anna or Bob or Carl");
	assert_int_equal(read_good(*state, value).entities_count, 0);
	assert_int_equal(read_good(*state, value).buttons_count, 0);
}

static void a_file_and_buttons_are_kept(void **state)
{
	struct kept kept = read_good(
		*state,
		keep(*state,
		     "{" CHAT ",\"photo\":[{\"file_id\":\"AgAC-_9\"}],\"has_media_spoiler\":"
		     "true,\"reply_markup\":{\"inline_keyboard\":[[{\"text\":\"A\",\"url\":"
		     "\"https://a.example\"},{\"text\":\"B\",\"url\":\"tg://resolve\"}],"
		     "[{\"text\":\"C\",\"url\":\"javascript:1\"},{\"text\":\" \",\"url\":"
		     "\"https://b.example\"},{\"text\":\"D\",\"url\":\"http://d\"}]]}}"));

	assert_string_equal(kept.text, "");
	assert_string_equal(kept.media.kind, "photo");
	assert_string_equal(kept.media.file_id, "AgAC-_9");
	assert_true(kept.media.spoiler);
	assert_int_equal(kept.buttons_count, 3);
	assert_string_equal(kept.buttons[0].label, "A");
	assert_string_equal(kept.buttons[1].url, "tg://resolve");
	assert_int_equal(kept.buttons[1].row, 0);
	assert_string_equal(kept.buttons[2].label, "D");
	assert_int_equal(kept.buttons[2].row, 1);
	kept = read_good(*state, keep(*state, "{" CHAT ",\"live_photo\":{\"file_id\":\"l\","
					      "\"photo\":[{\"file_id\":\"p\"}]}}"));
	assert_string_equal(kept.media.kind, "live_photo");
	assert_string_equal(kept.media.still_id, "p");
}

/* Whatever fields they have: what is kept can be read. */
static void entities_keep_only_what_is_theirs(void **state)
{
	struct kept kept = read_good(
		*state, keep(*state, "{" CHAT ",\"text\":\"abcd\",\"entities\":["
				     "{\"type\":\"bold\",\"offset\":0,\"length\":1,\"unix_time\":5,"
				     "\"url\":\"https://e.org\"},"
				     "{\"type\":\"date_time\",\"offset\":1,\"length\":1,"
				     "\"date_time_format\":\"r\"},"
				     "{\"type\":\"date_time\",\"offset\":2,\"length\":1,"
				     "\"unix_time\":5}]}"));

	assert_int_equal(kept.entities_count, 2);
	assert_entity(&kept.entities[0], "bold", 0, 1, "");
	assert_entity(&kept.entities[1], "date_time", 2, 1, "");
	assert_int_equal(kept.entities[1].unix_time, 5);
}

static void how_it_is_shown_is_kept(void **state)
{
	struct kept kept = read_good(
		*state,
		keep(*state, "{" CHAT ",\"text\":\"e.org\",\"link_preview_options\":{\"url\":"
			     "\"https://e.org/a\",\"prefer_large_media\":true,"
			     "\"show_above_text\":true}}"));

	assert_string_equal(kept.preview, "https://e.org/a");
	assert_int_equal(kept.look, DRAFT_PREVIEW_LARGE | DRAFT_PREVIEW_ABOVE);
	kept = read_good(*state, keep(*state, "{" CHAT ",\"text\":\"e.org\",\"entities\":[{"
					      "\"type\":\"url\",\"offset\":0,\"length\":5}],"
					      "\"link_preview_options\":{\"is_disabled\":true}}"));
	assert_null(kept.preview);
	assert_int_equal(kept.look, 0);
	kept = read_good(*state, keep(*state, "{" CHAT ",\"caption\":\"c\",\"photo\":[{"
					      "\"file_id\":\"p\"}],"
					      "\"show_caption_above_media\":true}"));
	assert_null(kept.preview);
	assert_int_equal(kept.look, DRAFT_TEXT_ABOVE);
}

static void what_cannot_be_said_again_is_not_kept(void **state)
{
	struct packed_json *packed = *state;
	static char json[20000];
	int length;

	assert_string_equal(keep(packed, "{" CHAT "}"), "");
	assert_string_equal(keep(packed, "{" CHAT ",\"text\":\" \\n\"}"), "");
	assert_string_equal(keep(packed, "{" CHAT ",\"poll\":{\"id\":\"1\"}}"), "");
	/* As long as a store takes, and no longer. */
	for (int extra = 0; extra < 2; extra++) {
		int size = (int)KEPT_SIZE_MAX - (int)strlen("{\"kept\":1,\"text\":\"\"}") + extra;

		length = snprintf(json, sizeof(json), "{" CHAT ",\"text\":\"%0*d\"}", size, 7);
		assert_in_range(length, 0, sizeof(json) - 1);
		assert_int_equal(strlen(keep(packed, json)), extra ? 0 : KEPT_SIZE_MAX);
	}
}

static void what_is_damaged_is_refused(void **state)
{
	static const struct {
		const char *value, *reason;
	} rows[] = {
		{ "", "this is not a kept text" },
		{ "Be nice", "this is not a kept text" },
		{ "{\"text\":\"a\"}", "this is not a kept text" },
		{ "{\"kept\":\"1\",\"text\":\"a\"}", "this is not a kept text" },
		{ "{\"kept\":1,\"text\":\"a\"", "this is not a kept text" },
		{ "{\"kept\":2,\"text\":\"a\"}", "a kept text of version 2, known is 1" },
		{ "{\"kept\":-1}", "a kept text of version -1, known is 1" },
		{ "{\"kept\":1}", "a kept text without text and file" },
		{ "{\"kept\":1,\"text\":\" \"}", "a kept text without text and file" },
		{ "{\"kept\":1,\"text\":7}", "a kept text with wrong \"text\"" },
		{ "{\"kept\":1,\"text\":\"a\",\"more\":1}",
		  "a kept text with members that are not known" },
		{ "{\"kept\":1,\"text\":\"a\",\"entities\":{}}",
		  "a kept text with wrong \"entities\"" },
		{ "{\"kept\":1,\"text\":\"a\",\"media\":[\"photo\"]}",
		  "a kept text with wrong \"media\"" },
		{ "{\"kept\":1,\"text\":\"a\",\"buttons\":[1]}",
		  "a kept text with wrong \"buttons\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(*state, rows[i].value, rows[i].reason);
}

static void what_could_not_be_sent_is_refused(void **state)
{
	static const struct {
		const char *member, *row;
	} rows[] = {
		{ "entities", "[\"blink\",0,1]" },
		{ "entities", "[\"text_mention\",0,1]" },
		{ "entities", "[\"bold\",0,0]" },
		{ "entities", "[\"bold\",-1,1]" },
		{ "entities", "[\"bold\",0,9]" },
		{ "entities", "[\"bold\",9,1]" },
		{ "entities", "[\"bold\",1,1]" }, /* within a pair of units */
		{ "entities", "[\"bold\",0,1]" },
		{ "entities", "[\"bold\",0,2,\"x\"]" },
		{ "entities", "[\"bold\",0,2.0]" },
		{ "entities", "[\"text_link\",0,2]" },
		{ "entities", "[\"text_link\",0,2,\"\"]" },
		{ "entities", "[\"text_link\",0,2,\"tg://user?id=5\"]" },
		{ "entities", "[\"date_time\",0,2,\"r\"]" },
		{ "entities", "[\"date_time\",0,2,\"rD\",5]" },
		{ "entities", "[\"pre\",0,2,\"c\",5]" },
		{ "entities", "[\"date_time\",0,2,\"r\",5,6]" },
		{ "look", "\"shiny\"" },
		{ "look", "1" },
		{ "buttons", "[\"\",\"https://e.org\",0]" },
		{ "buttons", "[\"A\",\"e.org\",0]" },
		{ "buttons", "[\"A\",\"tg://user?id=5\",0]" },
		{ "buttons", "[\"A\",\"https://e.org\",-1]" },
		{ "buttons", "[\"A\",\"https://e.org\",101]" },
		{ "buttons", "[\"A\",\"https://e.org\",1],[\"B\",\"https://e.org\",0]" },
		{ "buttons", "[\"A\",\"https://e.org\"]" },
	};
	static const char *const media[] = {
		"[\"poll\",\"x\",false]",
		"[\"photo\",\"https://e.org/a.jpg\",false]",
		"[\"photo\",\"\",false]",
		"[\"photo\",\"attach://x\",false]",
		"[\"photo\",\"x\",1]",
		"[\"photo\",\"x\",false,\"/etc/passwd\"]",
		"[\"photo\",\"x\",false,\"y\",1]",
		"[\"photo\",\"x\",false,\"y\"]",
		"[\"live_photo\",\"x\",false]",
		"{}",
	};
	char value[300], reason[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(value, sizeof(value), "{\"kept\":1,\"text\":\"" FACE "\",\"%s\":[%s]}",
			 rows[i].member, rows[i].row);
		snprintf(reason, sizeof(reason), "a kept text with wrong \"%s\"", rows[i].member);
		assert_refused(*state, value, reason);
	}
	assert_refused(*state, "{\"kept\":1,\"text\":\"a\",\"preview\":\"tg://user?id=5\"}",
		       "a kept text with wrong \"preview\"");
	for (size_t i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
		snprintf(value, sizeof(value), "{\"kept\":1,\"media\":%s}", media[i]);
		assert_refused(*state, value, "a kept text with wrong \"media\"");
	}
}

static void more_than_telegram_takes_is_refused(void **state)
{
	static char value[KEPT_SIZE_MAX + 100];
	size_t at = (size_t)sprintf(value, "{\"kept\":1,\"text\":\"a\",\"entities\":[");

	for (size_t i = 0; i <= MARKUP_ENTITIES_MAX; i++)
		at += (size_t)sprintf(value + at, "%s[\"bold\",0,1]", i ? "," : "");
	sprintf(value + at, "]}");
	assert_refused(*state, value, "a kept text with wrong \"entities\"");
	at = (size_t)sprintf(value, "{\"kept\":1,\"text\":\"");
	memset(value + at, 'a', KEPT_SIZE_MAX);
	sprintf(value + at + KEPT_SIZE_MAX, "\"}");
	assert_refused(*state, value, "a kept text of 12308 bytes, allowed are 12288");
}

static void outer_entities_come_first(void **state)
{
	struct kept kept = read_good(*state, "{\"kept\":1,\"text\":\"abcd\",\"entities\":["
					     "[\"italic\",2,1],[\"code\",0,1],[\"bold\",0,4]]}");

	assert_entity(&kept.entities[0], "bold", 0, 4, "");
	assert_entity(&kept.entities[1], "code", 0, 1, "");
	assert_entity(&kept.entities[2], "italic", 2, 1, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		packed_test(formatting_is_kept),
		packed_test(a_part_is_kept_with_its_part_of_the_formatting),
		packed_test(no_person_is_kept),
		packed_test(a_file_and_buttons_are_kept),
		packed_test(entities_keep_only_what_is_theirs),
		packed_test(how_it_is_shown_is_kept),
		packed_test(what_cannot_be_said_again_is_not_kept),
		packed_test(what_is_damaged_is_refused),
		packed_test(what_could_not_be_sent_is_refused),
		packed_test(more_than_telegram_takes_is_refused),
		packed_test(outer_entities_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
