/* test_message.c - every message: what is encoded is decoded to the same; what is cut off, has
 * leftovers, another version, another type or values out of range is refused and leaves the output
 * untouched. */
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/message.h"
#include "common/xalloc.h"

#define TEXT(literal) ((struct text) { literal, sizeof(literal) - 1 })
#define TRACE_BYTES                                                    \
	{                                                              \
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff \
	}
#define SESSION UINT64_C(0xfedcba9876543210)

/* --- one sample of each message, with the extremes of its fields ---------------------------------
 */

static const uint64_t in_hand[] = { 1, 300, UINT64_MAX };

static const struct message_pool_hello sample_pool_hello = {
	.oldest = 1,
	.newest = 255,
	.session = SESSION,
	.predecessor = 7,
	.pool = { "pool-ä", 7 },
	.host = { "", 0 },
	.version = { "0.1.0", 5 },
	.pid = UINT32_MAX,
	.kinds = (1u << KIND_COUNT) - 1,
	.in_hand = in_hand,
	.in_hand_count = COUNT_OF(in_hand),
};

static const struct message_welcome sample_welcome = {
	.version = 1,
	.result = WELCOME_REFUSED_FULL,
	.session = SESSION,
	.epoch = UINT64_MAX,
	.reason = { "full", 4 },
};

static const struct message_child children[] = {
	{ .pid = 1, .state = CHILD_STARTING },
	{ .pid = 2,
	  .state = CHILD_STOPPING,
	  .since_ms = 70000,
	  .in_hand = 16,
	  .handled = 1u << 31 },
};

static const struct message_pool_beat sample_pool_beat = {
	.session = SESSION,
	.credit_limit = UINT64_MAX,
	.up_ms = 1,
	.in_hand = 2,
	.unsent = 3,
	.handled = UINT64_C(1) << 40,
	.crashed = 5,
	.sender_pid = 6,
	.children = children,
	.children_count = COUNT_OF(children),
};

static const struct message_beat_answer sample_beat_answer = { .session = SESSION, .epoch = 9 };

static struct message_item items[] = {
	{
		.seq = 1,
		.trace = { TRACE_BYTES },
		.update_id = INT64_MIN,
		.kind = KIND_MESSAGE,
		.attempt = 1,
		.lane = UINT64_MAX,
		.body = { "\x80", 1 },
	},
	{
		.seq = UINT64_MAX,
		.trace = { TRACE_BYTES },
		.update_id = INT64_MAX,
		.kind = KIND_UNKNOWN,
		.flags = ITEM_LATE | ITEM_INCIDENT | ITEM_WORK,
		.attempt = 255,
		.age_ms = UINT64_MAX,
		.body = { "", 0 },
	},
};

static const struct message_updates sample_updates = {
	.session = SESSION,
	.items = items,
	.count = COUNT_OF(items),
};

static struct message_verdict verdicts[] = {
	{ .number = 1, .seq = 2, .step = VERDICT_HANDLED },
	{ .number = 2, .seq = 2, .step = VERDICT_DONE },
	{ .number = 3, .seq = 3, .step = VERDICT_ENDED, .reason = ENDED_MEMORY },
	{ .number = 4, .seq = 4, .step = VERDICT_RETURNED },
	{
		.number = UINT64_MAX,
		.seq = 5,
		.step = VERDICT_WAITING,
		.due_ms = UINT64_MAX,
		.body = { "work", 4 },
	},
};

static const struct message_verdicts sample_verdicts = {
	.session = SESSION,
	.credit_limit = 64,
	.verdicts = verdicts,
	.count = COUNT_OF(verdicts),
};

static const struct message_verdicts_stored sample_verdicts_stored = {
	.session = SESSION,
	.number = 12345678901,
};

static struct message_cooldown cooldowns[] = {
	{ .chat_id = 0, .remaining_ms = 30000 },
	{ .chat_id = -1002147483648001, .remaining_ms = UINT64_MAX },
};

static const struct message_cooldowns sample_cooldowns = {
	.cooldowns = cooldowns,
	.count = COUNT_OF(cooldowns),
};

static const struct message_bye sample_bye = { .session = SESSION };

static struct sighting sightings[] = {
	{
		.scope = SIGHTING_USER,
		.id = INT64_C(1) << 52,
		.version = 3,
		.seen_at = 1700000000,
		.username = { "ann", 3 },
		.first_name = { "Ann", 3 },
		.last_name = { "", 0 },
		.language_code = { "pt-br", 5 },
	},
	{ .scope = SIGHTING_USER, .id = 2, .first_name = { "", 0 } },
	{
		.scope = SIGHTING_GROUP,
		.id = -1002147483648001,
		.version = UINT64_MAX,
		.seen_at = -1,
		.title = { "Title", 5 },
		.type = { "supergroup", 10 },
	},
	{ .scope = SIGHTING_MIGRATION, .id = -5, .version = 1, .seen_at = 2, .new_id = -1005 },
};

static const struct message_sightings sample_sightings = {
	.session = SESSION,
	.sightings = sightings,
	.count = COUNT_OF(sightings),
};

static struct sighting_stored stored[] = {
	{ .scope = SIGHTING_USER, .id = 1, .version = 2 },
	{ .scope = SIGHTING_MIGRATION, .id = INT64_MIN, .version = UINT64_MAX },
};

static const struct message_sightings_stored sample_sightings_stored = {
	.session = SESSION,
	.credit_limit = 4,
	.stored = stored,
	.count = COUNT_OF(stored),
};

static const struct message_recorder_hello sample_recorder_hello = {
	.oldest = 1,
	.newest = 1,
	.session = SESSION,
	.host = { "host", 4 },
	.version = { "1", 1 },
	.pid = 3,
};

static const struct message_recorder_beat sample_recorder_beat = {
	.session = SESSION,
	.credit_limit = 5,
	.up_ms = 6,
	.active = true,
	.postgres = { "ready", 5 },
	.redis = { "refused", 7 },
	.sightings = 8,
	.written = 9,
};

static const struct message_capture sample_capture = { .id = { TRACE_BYTES },
						       .body = { "capture", 7 } };
static const struct message_capture_stored sample_capture_stored = { .id = { TRACE_BYTES } };

/* --- the table: each message as three functions of one form --------------------------------------
 */

struct message_case {
	const char *name;
	enum message_number number;
	void (*encode_sample)(struct buffer *out);
	/* Decodes and, when that succeeds, encodes anew into `again`. */
	bool (*pass_on)(const void *data, size_t size, struct arena *arena, struct buffer *again,
			struct why *why);
};

#define CASE_FUNCTIONS(message)                                                           \
	static void encode_sample_##message(struct buffer *out)                           \
	{                                                                                 \
		message_encode_##message(&sample_##message, out);                         \
	}                                                                                 \
                                                                                          \
	static bool pass_on_##message(const void *data, size_t size, struct arena *arena, \
				      struct buffer *again, struct why *why)              \
	{                                                                                 \
		struct message_##message decoded, untouched;                              \
                                                                                          \
		memset(&untouched, 0xa5, sizeof(untouched));                              \
		memset(&decoded, 0xa5, sizeof(decoded));                                  \
		if (!message_decode_##message(data, size, arena, &decoded, why)) {        \
			assert_memory_equal(&decoded, &untouched, sizeof(decoded));       \
			return false;                                                     \
		}                                                                         \
		message_encode_##message(&decoded, again);                                \
		return true;                                                              \
	}

CASE_FUNCTIONS(pool_hello)
CASE_FUNCTIONS(welcome)
CASE_FUNCTIONS(pool_beat)
CASE_FUNCTIONS(beat_answer)
CASE_FUNCTIONS(updates)
CASE_FUNCTIONS(verdicts)
CASE_FUNCTIONS(verdicts_stored)
CASE_FUNCTIONS(cooldowns)
CASE_FUNCTIONS(bye)
CASE_FUNCTIONS(recorder_hello)
CASE_FUNCTIONS(recorder_beat)
CASE_FUNCTIONS(sightings)
CASE_FUNCTIONS(sightings_stored)
CASE_FUNCTIONS(capture)
CASE_FUNCTIONS(capture_stored)

#define CASE(NAME, message)                                                       \
	{                                                                         \
#NAME, MESSAGE_##NAME, encode_sample_##message, pass_on_##message \
	}

static const struct message_case cases[] = {
	CASE(POOL_HELLO, pool_hello),
	CASE(WELCOME, welcome),
	CASE(POOL_BEAT, pool_beat),
	CASE(BEAT_ANSWER, beat_answer),
	CASE(UPDATES, updates),
	CASE(VERDICTS, verdicts),
	CASE(VERDICTS_STORED, verdicts_stored),
	CASE(COOLDOWNS, cooldowns),
	CASE(BYE, bye),
	CASE(RECORDER_HELLO, recorder_hello),
	CASE(RECORDER_BEAT, recorder_beat),
	CASE(SIGHTINGS, sightings),
	CASE(SIGHTINGS_STORED, sightings_stored),
	CASE(CAPTURE, capture),
	CASE(CAPTURE_STORED, capture_stored),
};

/* A copy of exactly this size on the heap, so that a sanitizer sees a byte read past the end. */
static bool decodes(const struct message_case *one, const void *data, size_t size,
		    struct buffer *again, struct why *why)
{
	void *copy = size > 0 ? xmemdup(data, size) : NULL;
	struct arena arena = { 0 };
	bool decoded;

	buffer_clear(again);
	decoded = one->pass_on(copy, size, &arena, again, why);
	arena_finish(&arena);
	free(copy);
	return decoded;
}

/* --- tests over all messages ---------------------------------------------------------------------
 */

static void every_message_of_the_table_has_a_case(void **state)
{
	size_t known = 0;

	(void)state;
#define COUNT_MESSAGE(name, number, from, to, purpose) known++;
	MESSAGES(COUNT_MESSAGE)
#undef COUNT_MESSAGE
	assert_int_equal(known, COUNT_OF(cases));
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(message_name(cases[i].number), cases[i].name);
	assert_string_equal(message_name((enum message_number)99), "UNKNOWN");
}

static void each_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 };
		enum message_number number;
		struct why why;

		cases[i].encode_sample(&frame);
		assert_true(message_number(buffer_unread(&frame), buffer_unread_size(&frame),
					   &number, &why));
		assert_int_equal(number, cases[i].number);
		assert_true(decodes(&cases[i], buffer_unread(&frame), buffer_unread_size(&frame),
				    &again, &why));
		assert_int_equal(buffer_unread_size(&again), buffer_unread_size(&frame));
		assert_memory_equal(buffer_unread(&again), buffer_unread(&frame),
				    buffer_unread_size(&frame));
		buffer_finish(&frame);
		buffer_finish(&again);
	}
}

static void each_refuses_every_cut_and_leftovers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 };
		size_t size;
		struct why why = { "" };

		cases[i].encode_sample(&frame);
		size = buffer_unread_size(&frame);
		for (size_t cut = 0; cut < size; cut++) {
			assert_false(decodes(&cases[i], buffer_unread(&frame), cut, &again, &why));
			assert_int_equal(strncmp(why.text, cases[i].name, strlen(cases[i].name)),
					 0);
		}
		buffer_append_byte(&frame, 0xc0);
		assert_false(decodes(&cases[i], buffer_unread(&frame), size + 1, &again, &why));
		assert_non_null(strstr(why.text, "left over"));
		buffer_finish(&frame);
		buffer_finish(&again);
	}
}

static void each_refuses_another_number_and_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 };
		enum message_number number = MESSAGE_BYE;
		struct why why;

		/* the array's head, the version, the number are a byte each */
		cases[i].encode_sample(&frame);
		buffer_unread(&frame)[2] = cases[i].number == MESSAGE_BYE ? MESSAGE_WELCOME
									  : MESSAGE_BYE;
		assert_false(decodes(&cases[i], buffer_unread(&frame), buffer_unread_size(&frame),
				     &again, &why));
		buffer_unread(&frame)[2] = 99;
		assert_false(decodes(&cases[i], buffer_unread(&frame), buffer_unread_size(&frame),
				     &again, &why));
		assert_false(message_number(buffer_unread(&frame), buffer_unread_size(&frame),
					    &number, &why));
		buffer_unread(&frame)[2] = (uint8_t)cases[i].number;
		for (int version = 0; version < 4; version++) {
			buffer_unread(&frame)[1] = (uint8_t)version;
			assert_int_equal(decodes(&cases[i], buffer_unread(&frame),
						 buffer_unread_size(&frame), &again, &why),
					 version == PROTOCOL_VERSION);
			assert_int_equal(message_number(buffer_unread(&frame),
							buffer_unread_size(&frame), &number, &why),
					 version == PROTOCOL_VERSION);
		}
		buffer_finish(&frame);
		buffer_finish(&again);
	}
}

/* Any byte replaced by any other: never a crash, and what is still accepted is passed on whole. */
static void each_survives_any_wrong_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, again = { 0 }, third = { 0 };
		size_t size;

		cases[i].encode_sample(&frame);
		size = buffer_unread_size(&frame);
		for (size_t at = 0; at < size; at++) {
			uint8_t right = buffer_unread(&frame)[at];

			for (int byte = 0; byte < 256; byte++) {
				struct why why;

				buffer_unread(&frame)[at] = (uint8_t)byte;
				if (!decodes(&cases[i], buffer_unread(&frame), size, &again, &why))
					continue;
				assert_true(decodes(&cases[i], buffer_unread(&again),
						    buffer_unread_size(&again), &third, &why));
			}
			buffer_unread(&frame)[at] = right;
		}
		buffer_finish(&frame);
		buffer_finish(&again);
		buffer_finish(&third);
	}
}

/* Each value of the frame, nested ones too, replaced by nil, a text, an array of nil, -1 and true.
 * Only fields that may be nil accept nil, only texts accept a text. */
static void each_survives_wrong_types(void **state)
{
	static const uint8_t wrong[][2] = {
		{ 0xc0 }, { 0xa1, 'x' }, { 0x91, 0xc0 }, { 0xff }, { 0xc3 }
	};
	static const size_t sizes[] = { 1, 2, 2, 1, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer frame = { 0 }, changed = { 0 }, again = { 0 };
		struct cursor cursor;
		size_t count;

		cases[i].encode_sample(&frame);
		cursor = cursor_make(buffer_unread(&frame), buffer_unread_size(&frame));
		count = cursor_array(&cursor);
		for (size_t field = 0; field < count; field++) {
			const uint8_t *start = cursor.at;
			bool accepted[COUNT_OF(wrong)];
			struct why why;

			cursor_skip(&cursor);
			for (size_t w = 0; w < COUNT_OF(wrong); w++) {
				buffer_clear(&changed);
				buffer_append(&changed, buffer_unread(&frame),
					      (size_t)(start - buffer_unread(&frame)));
				buffer_append(&changed, wrong[w], sizes[w]);
				buffer_append(&changed, cursor.at,
					      (size_t)(cursor.end - cursor.at));
				accepted[w] = decodes(&cases[i], buffer_unread(&changed),
						      buffer_unread_size(&changed), &again, &why);
			}
			/* no field takes values of two sorts, but for nil or a text */
			assert_false(accepted[2] || accepted[3]);
			assert_false(accepted[4] && (accepted[0] || accepted[1]));
		}
		buffer_finish(&frame);
		buffer_finish(&changed);
		buffer_finish(&again);
	}
}

static void short_and_foreign_frames_have_no_number(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} frames[] = {
		{ NULL, 0 },           { "\x90", 1 },
		{ "\x91\x01", 2 },     { "\x92\x01\xa1x", 4 },
		{ "{\"a\":1}", 7 },    { "\x92\x01\xff", 3 },
		{ "\x82\x01\x02", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		enum message_number number = MESSAGE_BYE;
		struct why why;

		assert_false(message_number(frames[i].bytes, frames[i].size, &number, &why));
		assert_int_equal(number, MESSAGE_BYE);
	}
}

/* --- fields --------------------------------------------------------------------------------------
 */

static void an_item_keeps_its_fields(void **state)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_updates decoded;
	const struct message_item *item;
	struct why why;

	(void)state;
	message_encode_updates(&sample_updates, &frame);
	assert_true(message_decode_updates(buffer_unread(&frame), buffer_unread_size(&frame),
					   &arena, &decoded, &why));
	assert_true(decoded.session == SESSION);
	assert_int_equal(decoded.count, 2);
	item = &decoded.items[1];
	assert_true(item->seq == UINT64_MAX);
	assert_memory_equal(&item->trace, &items[1].trace, sizeof(item->trace));
	assert_true(item->update_id == INT64_MAX);
	assert_int_equal(item->kind, KIND_UNKNOWN);
	assert_int_equal(item->flags, ITEM_LATE | ITEM_INCIDENT | ITEM_WORK);
	assert_int_equal(item->attempt, 255);
	assert_true(item->lane == 0);
	assert_true(item->age_ms == UINT64_MAX);
	assert_non_null(item->body.data);
	assert_int_equal(item->body.length, 0);
	assert_int_equal(decoded.items[0].update_id, INT64_MIN);
	assert_true(decoded.items[0].lane == UINT64_MAX);
	assert_memory_equal(decoded.items[0].body.data, "\x80", 1);
	arena_finish(&arena);
	buffer_finish(&frame);
}

static void verdicts_keep_what_their_step_needs(void **state)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_verdicts decoded;
	struct why why;

	(void)state;
	message_encode_verdicts(&sample_verdicts, &frame);
	assert_true(message_decode_verdicts(buffer_unread(&frame), buffer_unread_size(&frame),
					    &arena, &decoded, &why));
	assert_int_equal(decoded.count, 5);
	for (size_t i = 0; i < decoded.count; i++) {
		assert_int_equal(decoded.verdicts[i].step, verdicts[i].step);
		assert_true(decoded.verdicts[i].number == verdicts[i].number);
		assert_true(decoded.verdicts[i].seq == verdicts[i].seq);
	}
	assert_int_equal(decoded.verdicts[2].reason, ENDED_MEMORY);
	assert_true(decoded.verdicts[4].due_ms == UINT64_MAX);
	assert_true(text_is(decoded.verdicts[4].body, "work"));
	assert_null(decoded.verdicts[0].body.data);
	arena_finish(&arena);
	buffer_finish(&frame);
}

static void sightings_keep_what_their_scope_needs(void **state)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_sightings decoded;
	struct why why;

	(void)state;
	message_encode_sightings(&sample_sightings, &frame);
	assert_true(message_decode_sightings(buffer_unread(&frame), buffer_unread_size(&frame),
					     &arena, &decoded, &why));
	assert_int_equal(decoded.count, 4);
	assert_true(text_is(decoded.sightings[0].username, "ann"));
	assert_true(text_is(decoded.sightings[0].last_name, ""));
	assert_true(text_is(decoded.sightings[0].language_code, "pt-br"));
	assert_true(decoded.sightings[0].id == INT64_C(1) << 52);
	assert_null(decoded.sightings[1].username.data);
	assert_null(decoded.sightings[1].last_name.data);
	assert_true(text_is(decoded.sightings[1].first_name, ""));
	assert_true(text_is(decoded.sightings[2].type, "supergroup"));
	assert_true(text_is(decoded.sightings[2].title, "Title"));
	assert_null(decoded.sightings[2].first_name.data);
	assert_int_equal(decoded.sightings[2].seen_at, -1);
	assert_int_equal(decoded.sightings[3].new_id, -1005);
	arena_finish(&arena);
	buffer_finish(&frame);
}

/* What a user's row must not hold stays off the wire, whatever the struct has. */
static void a_sighting_has_the_fields_of_its_scope_only(void **state)
{
	struct sighting user = sightings[0];
	struct buffer out = { 0 };

	(void)state;
	user.title = TEXT("secret title");
	user.new_id = 4711;
	sighting_encode(&user, &out);
	assert_null(memmem(buffer_unread(&out), buffer_unread_size(&out), "secret", 6));
	buffer_finish(&out);
}

static bool sighting_passes(const struct sighting *sighting)
{
	struct buffer out = { 0 };
	struct cursor cursor;
	struct sighting decoded;
	bool passes;

	sighting_encode(sighting, &out);
	cursor = cursor_make(buffer_unread(&out), buffer_unread_size(&out));
	passes = sighting_decode(&cursor, &decoded) && cursor_end(&cursor, NULL);
	buffer_finish(&out);
	return passes;
}

static void sightings_are_checked(void **state)
{
	struct sighting user = sightings[0], group = sightings[2], migration = sightings[3];

	(void)state;
	assert_true(sighting_passes(&user) && sighting_passes(&group) &&
		    sighting_passes(&migration));
	user.first_name = (struct text) { NULL, 0 };
	assert_true(sighting_passes(&user)); /* written as "": the column may not be null */
	user.id = 0;
	assert_false(sighting_passes(&user));
	group.type = TEXT("channel");
	assert_false(sighting_passes(&group));
	group.type = TEXT("group");
	assert_true(sighting_passes(&group));
	migration.new_id = 0;
	assert_false(sighting_passes(&migration));
}

/* Whether what the encoder writes is accepted. */
#define PASSES_FUNCTION(name)                                                                     \
	static bool passes_##name(const struct message_##name *message)                           \
	{                                                                                         \
		struct message_##name decoded;                                                    \
		struct buffer frame = { 0 };                                                      \
		struct arena arena = { 0 };                                                       \
		bool passes;                                                                      \
                                                                                                  \
		message_encode_##name(message, &frame);                                           \
		passes = message_decode_##name(buffer_unread(&frame), buffer_unread_size(&frame), \
					       &arena, &decoded, NULL);                           \
		arena_finish(&arena);                                                             \
		buffer_finish(&frame);                                                            \
		return passes;                                                                    \
	}

PASSES_FUNCTION(pool_hello)
PASSES_FUNCTION(recorder_hello)
PASSES_FUNCTION(welcome)
PASSES_FUNCTION(updates)
PASSES_FUNCTION(verdicts)
PASSES_FUNCTION(bye)

static void wrong_greetings_are_refused(void **state)
{
	struct message_pool_hello hello = sample_pool_hello;
	struct message_recorder_hello recorder = sample_recorder_hello;
	struct message_welcome welcome = sample_welcome;
	struct message_bye bye = { .session = 0 };

	(void)state;
	hello.in_hand_count = 0;
	assert_true(passes_pool_hello(&hello));
	hello.session = 0;
	assert_false(passes_pool_hello(&hello));
	hello = sample_pool_hello;
	hello.oldest = 2;
	hello.newest = 1;
	assert_false(passes_pool_hello(&hello));
	recorder.oldest = 2;
	assert_false(passes_recorder_hello(&recorder));
	welcome.reason = (struct text) { NULL, 0 };
	assert_true(passes_welcome(&welcome));
	welcome.result = (enum welcome_result)(WELCOME_REFUSED_FULL + 1);
	assert_false(passes_welcome(&welcome));
	assert_false(passes_bye(&bye));
}

static bool item_passes(struct message_item item)
{
	struct message_updates updates = { .session = 1, .items = &item, .count = 1 };

	return passes_updates(&updates);
}

static void wrong_items_are_refused(void **state)
{
	struct message_updates empty = { .session = 1 };
	struct message_item item = items[0];

	(void)state;
	assert_true(passes_updates(&empty));
	assert_true(item_passes(item));
	item.seq = 0;
	assert_false(item_passes(item));
	item = items[0];
	item.attempt = 0;
	assert_false(item_passes(item));
	item = items[0];
	item.flags = 8;
	assert_false(item_passes(item));
	item = items[0];
	item.kind = KIND_COUNT;
	assert_false(item_passes(item));
}

static bool verdict_passes(struct message_verdict verdict)
{
	struct message_verdicts message = { .session = 1, .verdicts = &verdict, .count = 1 };

	return passes_verdicts(&message);
}

static void wrong_verdicts_are_refused(void **state)
{
	struct message_verdict verdict = verdicts[2];

	(void)state;
	assert_true(verdict_passes(verdict));
	verdict.reason = (enum ended_reason)(ENDED_MEMORY + 1);
	assert_false(verdict_passes(verdict));
	verdict = verdicts[0];
	verdict.number = 0;
	assert_false(verdict_passes(verdict));
	verdict = verdicts[0];
	verdict.seq = 0;
	assert_false(verdict_passes(verdict));
}

static void long_names_are_cut(void **state)
{
	char name[400];
	struct message_recorder_beat beat = sample_recorder_beat, decoded;
	struct buffer frame = { 0 };

	(void)state;
	memset(name, 'n', sizeof(name));
	beat.postgres = (struct text) { name, sizeof(name) };
	message_encode_recorder_beat(&beat, &frame);
	assert_true(message_decode_recorder_beat(buffer_unread(&frame), buffer_unread_size(&frame),
						 NULL, &decoded, NULL));
	assert_int_equal(decoded.postgres.length, MESSAGE_NAME_MAX);
	buffer_finish(&frame);
}

/* A frame with `count` cooldowns, written by hand. */
static bool cooldowns_pass(size_t count)
{
	struct buffer frame = { 0 };
	struct arena arena = { 0 };
	struct message_cooldowns decoded;
	bool passes;

	pack_array(&frame, 3);
	pack_uint(&frame, PROTOCOL_VERSION);
	pack_uint(&frame, MESSAGE_COOLDOWNS);
	pack_array(&frame, count);
	for (size_t i = 0; i < count; i++) {
		pack_array(&frame, 2);
		pack_int(&frame, 1);
		pack_int(&frame, 1);
	}
	passes = message_decode_cooldowns(buffer_unread(&frame), buffer_unread_size(&frame), &arena,
					  &decoded, NULL);
	arena_finish(&arena);
	buffer_finish(&frame);
	return passes;
}

static void counts_over_the_limit_are_refused(void **state)
{
	/* five bytes that announce 4 G entries */
	static const uint8_t bomb[] = { 0x93, 1, MESSAGE_COOLDOWNS, 0xdd, 0xff, 0xff, 0xff, 0xff };
	struct message_cooldowns decoded;

	(void)state;
	assert_true(cooldowns_pass(MESSAGE_ITEMS_MAX));
	assert_false(cooldowns_pass(MESSAGE_ITEMS_MAX + 1));
	assert_false(message_decode_cooldowns(bomb, sizeof(bomb), NULL, &decoded, NULL));
}

static void encoding_too_many_entries_is_a_panic(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		static struct message_cooldown many[MESSAGE_ITEMS_MAX + 1];
		struct message_cooldowns message = { many, COUNT_OF(many) };
		struct buffer frame = { 0 };

		fclose(stderr);
		message_encode_cooldowns(&message, &frame);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* --- incident ------------------------------------------------------------------------------------
 */

static void incidents_round_trip(void **state)
{
	struct incident incident = {
		.trace = { TRACE_BYTES },
		.kind = KIND_CALLBACK_QUERY,
		.reason = ENDED_HANG,
		.chat_id = -1002147483648001,
		.chat_type = TEXT("supergroup"),
		.thread_id = 77,
		.language = { NULL, 0 },
		.callback_id = TEXT("4382bfdwdsb323b2d9"),
	};
	struct buffer out = { 0 };
	struct incident decoded;
	struct why why;

	(void)state;
	incident_encode(&incident, &out);
	assert_true(incident_decode(buffer_unread(&out), buffer_unread_size(&out), &decoded, &why));
	assert_memory_equal(&decoded.trace, &incident.trace, sizeof(incident.trace));
	assert_int_equal(decoded.kind, KIND_CALLBACK_QUERY);
	assert_int_equal(decoded.reason, ENDED_HANG);
	assert_true(decoded.chat_id == -1002147483648001);
	assert_true(text_is(decoded.chat_type, "supergroup"));
	assert_int_equal(decoded.thread_id, 77);
	assert_null(decoded.language.data);
	assert_true(text_is(decoded.callback_id, "4382bfdwdsb323b2d9"));
	for (size_t cut = 0; cut < buffer_unread_size(&out); cut++) {
		void *copy = xmemdup(buffer_unread(&out), cut ? cut : 1);

		assert_false(incident_decode(copy, cut, &decoded, &why));
		assert_int_equal(strncmp(why.text, "incident: ", 10), 0);
		free(copy);
	}
	buffer_unread(&out)[1] = 2; /* a version that is not ours */
	assert_false(
		incident_decode(buffer_unread(&out), buffer_unread_size(&out), &decoded, &why));
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_of_the_table_has_a_case),
		cmocka_unit_test(each_round_trips),
		cmocka_unit_test(each_refuses_every_cut_and_leftovers),
		cmocka_unit_test(each_refuses_another_number_and_version),
		cmocka_unit_test(each_survives_any_wrong_byte),
		cmocka_unit_test(each_survives_wrong_types),
		cmocka_unit_test(short_and_foreign_frames_have_no_number),
		cmocka_unit_test(an_item_keeps_its_fields),
		cmocka_unit_test(verdicts_keep_what_their_step_needs),
		cmocka_unit_test(sightings_keep_what_their_scope_needs),
		cmocka_unit_test(a_sighting_has_the_fields_of_its_scope_only),
		cmocka_unit_test(sightings_are_checked),
		cmocka_unit_test(wrong_greetings_are_refused),
		cmocka_unit_test(wrong_items_are_refused),
		cmocka_unit_test(wrong_verdicts_are_refused),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(counts_over_the_limit_are_refused),
		cmocka_unit_test(encoding_too_many_entries_is_a_panic),
		cmocka_unit_test(incidents_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
