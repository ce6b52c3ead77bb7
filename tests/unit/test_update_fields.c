/* test_update_fields.c - an update in which every field that the Bot API has is filled with marked
 * text: which marks are in a report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buffer.h"
#include "crashd/scrub.h"
#include "crashd/update_fields.h"

#define MARK "Mark:"
#define FIELDS_MAX 20000
#define DEPTH_MAX 24
#define NUMBER 918273645

/* What is written into the update, and what was written of it. */
struct filler {
	struct buffer out;
	size_t variant; /* which of several possible types is taken */
	bool words;     /* valid words of the Bot API in the place of marks */
	const struct botapi_object *path[DEPTH_MAX];
	size_t depth, arrays;
	bool was_filled[FIELDS_MAX]; /* fields that hold objects, by index in botapi_fields */
};

static bool filled[FIELDS_MAX]; /* by index in botapi_fields */

static void fill(struct filler *filler, const struct botapi_type *type, const char *object,
		 const char *field);

static bool is_on_path(const struct filler *filler, const struct botapi_object *object)
{
	for (size_t i = 0; i < filler->depth; i++)
		if (filler->path[i] == object)
			return true;
	return filler->depth == DEPTH_MAX;
}

static bool holds_more(const struct botapi_type *type)
{
	return type->kind == BOTAPI_OBJECT || type->kind == BOTAPI_ARRAY ||
	       type->kind == BOTAPI_ANY;
}

/* All fields, and two that no documentation has. An object within itself stays empty, and so does
 * what the same field held before: there would be no end. */
static void fill_object(struct filler *filler, const struct botapi_object *object)
{
	bool is_nested = is_on_path(filler, object);

	if (is_nested) {
		pack_map(&filler->out, 0);
		return;
	}
	filler->path[filler->depth++] = object;
	pack_map(&filler->out, (uint32_t)object->count + 2);
	for (size_t i = object->first; i < (size_t)object->first + object->count; i++) {
		const struct botapi_field *of = &botapi_fields[i];

		assert_in_range(i, 0, FIELDS_MAX - 1);
		filled[i] = true;
		pack_text(&filler->out, of->name);
		if (filler->was_filled[i]) {
			pack_nil(&filler->out);
			continue;
		}
		filler->was_filled[i] = holds_more(&botapi_types[of->type]);
		fill(filler, &botapi_types[of->type], object->name, of->name);
	}
	pack_text(&filler->out, "zzz_unknown");
	pack_text(&filler->out, MARK "unknown");
	pack_text(&filler->out, "zzz_number");
	pack_int(&filler->out, NUMBER);
	filler->depth--;
}

static void fill_text(struct filler *filler, const char *object, const char *field)
{
	char mark[200];

	snprintf(mark, sizeof(mark), MARK "%s.%s|", object, field);
	pack_text(&filler->out, mark);
}

/* What is already being filled would stay empty, and a text may be a list of texts, and so on. */
static bool has_an_end(const struct filler *filler, const struct botapi_type *type)
{
	if (type->kind == BOTAPI_OBJECT)
		return !is_on_path(filler, &botapi_objects[type->first]);
	return type->kind != BOTAPI_ARRAY || filler->arrays == 0;
}

static void fill_any(struct filler *filler, const struct botapi_type *type, const char *object,
		     const char *field)
{
	for (size_t tried = 0; tried < type->count; tried++) {
		size_t i = (filler->variant + tried) % type->count;
		const struct botapi_type *of = &botapi_types[botapi_alternatives[type->first + i]];

		if (has_an_end(filler, of)) {
			fill(filler, of, object, field);
			return;
		}
	}
	pack_nil(&filler->out);
}

static void fill(struct filler *filler, const struct botapi_type *type, const char *object,
		 const char *field)
{
	switch ((enum botapi_kind)type->kind) {
	case BOTAPI_INTEGER:
		pack_int(&filler->out, 12345);
		return;
	case BOTAPI_FLOAT:
		buffer_append(&filler->out, "\xcb\x40\x29\x80\0\0\0\0\0", 9); /* 12.75 */
		return;
	case BOTAPI_BOOLEAN:
	case BOTAPI_TRUE:
		pack_bool(&filler->out, true);
		return;
	case BOTAPI_WORD:
		if (filler->words) {
			pack_text(&filler->out,
				  botapi_words[type->first + filler->variant % type->count]);
			return;
		}
		fill_text(filler, object, field);
		return;
	case BOTAPI_STRING:
	case BOTAPI_FILE:
		fill_text(filler, object, field);
		return;
	case BOTAPI_OBJECT:
		fill_object(filler, &botapi_objects[type->first]);
		return;
	case BOTAPI_ARRAY:
		pack_array(&filler->out, 1);
		filler->arrays++;
		fill(filler, &botapi_types[type->first], object, field);
		filler->arrays--;
		return;
	case BOTAPI_ANY:
		fill_any(filler, type, object, field);
		return;
	}
}

/* The largest number of types that one value may have. */
static size_t count_variants(void)
{
	size_t most = 1;

	for (size_t i = 0; i < botapi_objects_count; i++)
		for (size_t j = 0; j < botapi_objects[i].count; j++) {
			const struct botapi_type *type =
				&botapi_types[botapi_fields[botapi_objects[i].first + j].type];

			while (type->kind == BOTAPI_ARRAY)
				type = &botapi_types[type->first];
			if (type->kind == BOTAPI_ANY && type->count > most)
				most = type->count;
		}
	return most;
}

/* Has the scrubber write the update of each variant. */
static void each_variant(bool redact, bool words, void (*check)(const char *json))
{
	struct scrubber *scrubber = scrubber_create(&pattern_default_limits);
	size_t variants = count_variants();

	memset(filled, 0, sizeof(filled));
	for (size_t variant = 0; variant < variants; variant++) {
		struct filler filler = { .variant = variant, .words = words };
		struct buffer json = { 0 }, notes = { 0 };

		fill(&filler, update_type(), "", "");
		assert_true(scrub_update(scrubber,
					 (struct text) { (const char *)buffer_unread(&filler.out),
							 buffer_unread_size(&filler.out) },
					 redact, &json, &notes));
		check(buffer_text(&json));
		assert_null(strstr(buffer_text(&notes), MARK));
		buffer_finish(&filler.out);
		buffer_finish(&json);
		buffer_finish(&notes);
	}
	scrubber_destroy(scrubber);
}

/* --- redacted ------------------------------------------------------------------------------- */

static size_t texts, fine;

static void assert_no_mark(const char *json)
{
	char number[20];

	if (strstr(json, MARK))
		fail_msg("%.200s", strstr(json, MARK));
	assert_null(strstr(json, "zzz_"));
	assert_null(strstr(json, "12.75"));
	snprintf(number, sizeof(number), "%d", NUMBER);
	assert_null(strstr(json, number));
	texts += strstr(json, "\"text\":\"[removed]\"") != NULL;
	fine += strstr(json, "\"message_id\":12345") && strstr(json, "\"date\":12345") &&
		strstr(json, "\"is_bot\":true") && strstr(json, "\"(unknown fields)\":2");
}

static void no_mark_is_in_a_redacted_report(void **state)
{
	(void)state;
	texts = fine = 0;
	each_variant(true, false, assert_no_mark);
	assert_int_equal(texts, count_variants());
	assert_int_equal(fine, count_variants());
	each_variant(true, true, assert_no_mark);
}

/* The fields of the objects that an update can have, but for those of what comes in no update. */
static void every_documented_field_is_filled(void **state)
{
	static const char *const objects[] = {
		"Update",
		"Message",
		"User",
		"Chat",
		"Contact",
		"Venue",
		"Location",
		"OrderInfo",
		"Poll",
		"ShippingAddress",
		"Document",
		"WebAppData",
		"MessageEntity",
		"Sticker",
		"SuccessfulPayment",
		"Game",
		"PassportFile",
		"ChatJoinRequest",
		"Checklist",
		"ReactionTypeEmoji",
		"RichTextBold",
		"RichBlockTable",
		"ChatMemberOwner",
		"MessageOriginHiddenUser",
	};

	(void)state;
	each_variant(true, false, assert_no_mark);
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		const struct botapi_object *object = botapi_find_object(objects[i]);

		assert_non_null(object);
		for (size_t j = 0; j < object->count; j++)
			if (!filled[object->first + j])
				fail_msg("%s.%s", objects[i],
					 botapi_fields[object->first + j].name);
	}
}

static size_t kinds;

static void count_kinds(const char *json)
{
	kinds += strstr(json, "\"type\":\"private\"") != NULL;
	kinds += strstr(json, "\"status\":\"creator\"") != NULL;
}

static void the_words_of_the_bot_api_stay(void **state)
{
	(void)state;
	kinds = 0;
	each_variant(true, true, count_kinds);
	assert_int_not_equal(kinds, 0);
}

/* --- full ----------------------------------------------------------------------------------- */

/* Of these no field's text is sent, nor of the unknown. */
static const char *const never[] = {
	"Contact.",
	"Venue.",
	"Location.",
	"OrderInfo.",
	"ShippingAddress.",
	"EncryptedPassportElement.",
	"EncryptedCredentials.",
	"PassportFile.",
	"Invoice.",
	"unknown",
	"RichTextPhoneNumber.phone_number",
	"RichTextEmailAddress.email_address",
	"RichTextBankCardNumber.bank_card_number",
	"ChatInviteLink.invite_link",
	"ChatJoinRequest.bio",
	"SuccessfulPayment.telegram_payment_charge_id",
	"SuccessfulPayment.provider_payment_charge_id",
	"SuccessfulPayment.invoice_payload",
};

static const char *const sent[] = {
	"Message.text",       "Message.caption",    "User.first_name",
	"Chat.title",         "Document.file_name", "PollOption.text",
	"CallbackQuery.data", "InlineQuery.query",  "MessageEntity.url",
};
static size_t found[sizeof(sent) / sizeof(sent[0])];

static void assert_marks_of_full(const char *json)
{
	char mark[100];

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		snprintf(mark, sizeof(mark), MARK "%s", never[i]);
		if (strstr(json, mark))
			fail_msg("%.200s", strstr(json, mark));
	}
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		snprintf(mark, sizeof(mark), MARK "%s|", sent[i]);
		found[i] += strstr(json, mark) != NULL;
	}
	assert_null(strstr(json, "12.75"));
	assert_null(strstr(json, "zzz_"));
}

static void a_full_report_has_what_was_written_and_nothing_personal(void **state)
{
	(void)state;
	each_variant(false, false, assert_marks_of_full);
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		if (!found[i])
			fail_msg("%s is never sent", sent[i]);
}

/* A field of another type than the documented one may hold anything. */
static void a_value_of_another_type_is_removed(void **state)
{
	struct scrubber *scrubber = scrubber_create(&pattern_default_limits);
	struct buffer update = { 0 }, json = { 0 }, notes = { 0 };

	(void)state;
	pack_map(&update, 3);
	pack_text(&update, "update_id");
	pack_text(&update, MARK);
	pack_text(&update, "message");
	pack_map(&update, 3);
	pack_text(&update, "date");
	pack_map(&update, 1);
	pack_text(&update, "text");
	pack_text(&update, MARK);
	pack_text(&update, "text");
	pack_array(&update, 1);
	pack_text(&update, MARK);
	pack_text(&update, "chat");
	pack_text(&update, MARK);
	pack_text(&update, "poll");
	pack_int(&update, NUMBER);
	assert_true(scrub_update(
		scrubber,
		(struct text) { (const char *)buffer_unread(&update), buffer_unread_size(&update) },
		false, &json, &notes));
	assert_string_equal(
		buffer_text(&json),
		"{\"update_id\":\"[removed]\",\"message\":{\"date\":\"[removed]\","
		"\"text\":\"[removed]\",\"chat\":\"[removed]\"},\"poll\":\"[removed]\"}");
	buffer_finish(&update);
	buffer_finish(&json);
	buffer_finish(&notes);
	scrubber_destroy(scrubber);
}

static void assert_written(const struct buffer *update, bool redact, const char *expected)
{
	struct scrubber *scrubber = scrubber_create(&pattern_default_limits);
	struct buffer json = { 0 }, notes = { 0 };

	assert_true(scrub_update(
		scrubber,
		(struct text) { (const char *)buffer_unread(update), buffer_unread_size(update) },
		redact, &json, &notes));
	assert_string_equal(buffer_text(&json), expected);
	buffer_finish(&json);
	buffer_finish(&notes);
	scrubber_destroy(scrubber);
}

/* A field that the Bot API has elsewhere may have moved in a later version: it is what it is there.
 */
static void a_field_in_another_place_is_what_it_is_elsewhere(void **state)
{
	struct buffer update = { 0 };

	(void)state;
	pack_map(&update, 3);
	pack_text(&update, "update_id");
	pack_int(&update, 77);
	pack_text(&update, "text");
	pack_text(&update, "what they said");
	pack_text(&update, "address");
	pack_text(&update, "where they live");
	assert_written(&update, false,
		       "{\"update_id\":77,\"text\":\"what they said\",\"address\":\"[removed]\"}");
	assert_written(&update, true,
		       "{\"update_id\":77,\"text\":\"[removed]\",\"address\":\"[removed]\"}");
	buffer_finish(&update);
}

static void only_so_many_are_looked_for(void **state)
{
	struct buffer update = { 0 };

	(void)state;
	pack_map(&update, 102);
	for (size_t i = 0; i < 101; i++) {
		pack_text(&update, "zzz");
		pack_int(&update, 1);
	}
	pack_text(&update, "text");
	pack_text(&update, "what they said");
	assert_written(&update, false, "{\"(unknown fields)\":102}");
	buffer_finish(&update);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_mark_is_in_a_redacted_report),
		cmocka_unit_test(every_documented_field_is_filled),
		cmocka_unit_test(the_words_of_the_bot_api_stay),
		cmocka_unit_test(a_full_report_has_what_was_written_and_nothing_personal),
		cmocka_unit_test(a_value_of_another_type_is_removed),
		cmocka_unit_test(a_field_in_another_place_is_what_it_is_elsewhere),
		cmocka_unit_test(only_so_many_are_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
