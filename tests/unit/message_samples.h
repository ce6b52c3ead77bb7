/* message_samples.h - one sample of each message, with the extremes of its fields; for
 * test_message*.c. */
#ifndef TESTS_UNIT_MESSAGE_SAMPLES_H
#define TESTS_UNIT_MESSAGE_SAMPLES_H

#include "common/message.h"
#include "common/xalloc.h"

#define SAMPLE static __attribute__((unused))
#define TEXT(literal) ((struct text) { literal, sizeof(literal) - 1 })
#define TRACE_BYTES                                                    \
	{                                                              \
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff \
	}
#define SESSION UINT64_C(0xfedcba9876543210)

SAMPLE const uint64_t in_hand[] = { 1, 300, UINT64_MAX };

SAMPLE const struct message_pool_hello sample_pool_hello = {
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

SAMPLE const struct message_welcome sample_welcome = {
	.version = 1,
	.result = WELCOME_REFUSED_FULL,
	.session = SESSION,
	.epoch = UINT64_MAX,
	.reason = { "full", 4 },
};

SAMPLE const struct message_child children[] = {
	{ .pid = 1, .state = CHILD_STARTING },
	{ .pid = 2,
	  .state = CHILD_STOPPING,
	  .since_ms = 70000,
	  .in_hand = 16,
	  .handled = 1u << 31 },
};

SAMPLE const struct message_pool_beat sample_pool_beat = {
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
	.has_walls = true,
	.walls = UINT32_MAX,
};

SAMPLE const struct message_beat_answer sample_beat_answer = { .session = SESSION, .epoch = 9 };

SAMPLE struct message_item items[] = {
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
		.flags = ITEM_LATE | ITEM_INCIDENT | ITEM_WORK | ITEM_REPEAT,
		.attempt = 255,
		.age_ms = UINT64_MAX,
		.received_s = 1767225600,
		.body = { "", 0 },
	},
};

SAMPLE const struct message_updates sample_updates = {
	.session = SESSION,
	.items = items,
	.count = COUNT_OF(items),
};

SAMPLE struct message_verdict verdicts[] = {
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
	{ .number = 5, .seq = 6, .step = VERDICT_UNSENT, .due_ms = 1, .body = { "calls", 5 } },
	{ .number = 7, .seq = 8, .step = VERDICT_HANDLED, .orders = { "\x92\x03\x01", 3 } },
	{ .number = 8, .seq = 9, .step = VERDICT_DONE, .orders = { "\x93\x01\x02\x07", 4 } },
};

SAMPLE const struct message_verdicts sample_verdicts = {
	.session = SESSION,
	.credit_limit = 64,
	.verdicts = verdicts,
	.count = COUNT_OF(verdicts),
};

SAMPLE const struct message_verdicts_stored sample_verdicts_stored = {
	.session = SESSION,
	.number = 12345678901,
};

SAMPLE struct message_cooldown cooldowns[] = {
	{ .chat_id = 0, .remaining_ms = 30000 },
	{ .chat_id = -1002147483648001, .remaining_ms = UINT64_MAX },
};

SAMPLE const struct message_migrated sample_migrated = { .from = -5, .to = -1002147483648001 };

SAMPLE const struct message_cooldowns sample_cooldowns = {
	.cooldowns = cooldowns,
	.count = COUNT_OF(cooldowns),
};

SAMPLE const struct message_bye sample_bye = { .session = SESSION };

SAMPLE struct sighting sightings[] = {
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

SAMPLE const struct message_sightings sample_sightings = {
	.session = SESSION,
	.sightings = sightings,
	.count = COUNT_OF(sightings),
};

SAMPLE struct sighting_stored stored[] = {
	{ .scope = SIGHTING_USER, .id = 1, .version = 2 },
	{ .scope = SIGHTING_MIGRATION, .id = INT64_MIN, .version = UINT64_MAX },
};

SAMPLE const struct message_sightings_stored sample_sightings_stored = {
	.session = SESSION,
	.credit_limit = 4,
	.stored = stored,
	.count = COUNT_OF(stored),
};

SAMPLE const struct message_recorder_hello sample_recorder_hello = {
	.oldest = 1,
	.newest = 1,
	.session = SESSION,
	.host = { "host", 4 },
	.version = { "1", 1 },
	.pid = 3,
};

SAMPLE const struct message_recorder_beat sample_recorder_beat = {
	.session = SESSION,
	.credit_limit = 5,
	.up_ms = 6,
	.active = true,
	.postgres = { "ready", 5 },
	.redis = { "refused", 7 },
	.sightings = 8,
	.written = 9,
};

SAMPLE const struct message_capture sample_capture = { .id = { TRACE_BYTES },
						       .body = { "capture", 7 } };
SAMPLE const struct message_capture_stored sample_capture_stored = { .id = { TRACE_BYTES } };

#endif
