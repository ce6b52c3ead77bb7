/* fuzz_message.c - all decoders of message.h: what is accepted encodes to the same bytes again. */
#include <string.h>

#include "common/message.h"
#include "tests/fuzz/fuzz.h"

typedef bool pass_on_fn(const void *data, size_t size, struct buffer *again);

#define PASS_ON(name)                                                                     \
	static bool pass_on_##name(const void *data, size_t size, struct buffer *again)   \
	{                                                                                 \
		struct arena arena = { 0 };                                               \
		struct message_##name message;                                            \
		struct why why;                                                           \
		bool decoded = message_decode_##name(data, size, &arena, &message, &why); \
                                                                                          \
		if (decoded)                                                              \
			message_encode_##name(&message, again);                           \
		arena_finish(&arena);                                                     \
		return decoded;                                                           \
	}

PASS_ON(pool_hello)
PASS_ON(welcome)
PASS_ON(pool_beat)
PASS_ON(beat_answer)
PASS_ON(updates)
PASS_ON(verdicts)
PASS_ON(verdicts_stored)
PASS_ON(cooldowns)
PASS_ON(migrated)
PASS_ON(bye)
PASS_ON(recorder_hello)
PASS_ON(recorder_beat)
PASS_ON(sightings)
PASS_ON(sightings_stored)
PASS_ON(capture)
PASS_ON(capture_stored)

static pass_on_fn *const decoders[] = {
	[MESSAGE_POOL_HELLO] = pass_on_pool_hello,
	[MESSAGE_WELCOME] = pass_on_welcome,
	[MESSAGE_POOL_BEAT] = pass_on_pool_beat,
	[MESSAGE_BEAT_ANSWER] = pass_on_beat_answer,
	[MESSAGE_UPDATES] = pass_on_updates,
	[MESSAGE_VERDICTS] = pass_on_verdicts,
	[MESSAGE_VERDICTS_STORED] = pass_on_verdicts_stored,
	[MESSAGE_COOLDOWNS] = pass_on_cooldowns,
	[MESSAGE_MIGRATED] = pass_on_migrated,
	[MESSAGE_BYE] = pass_on_bye,
	[MESSAGE_RECORDER_HELLO] = pass_on_recorder_hello,
	[MESSAGE_RECORDER_BEAT] = pass_on_recorder_beat,
	[MESSAGE_SIGHTINGS] = pass_on_sightings,
	[MESSAGE_SIGHTINGS_STORED] = pass_on_sightings_stored,
	[MESSAGE_CAPTURE] = pass_on_capture,
	[MESSAGE_CAPTURE_STORED] = pass_on_capture_stored,
};

static void check(pass_on_fn *pass_on, const uint8_t *data, size_t size)
{
	struct buffer second = { 0 }, third = { 0 };

	if (pass_on(data, size, &second)) {
		PROMISE(pass_on(buffer_unread(&second), buffer_unread_size(&second), &third));
		PROMISE(buffer_unread_size(&second) == buffer_unread_size(&third));
		PROMISE(!memcmp(buffer_unread(&second), buffer_unread(&third),
				buffer_unread_size(&second)));
	}
	buffer_finish(&second);
	buffer_finish(&third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum message_number number;
	struct buffer none = { 0 };
	struct why why;

	if (message_number(data, size, &number, &why))
		check(decoders[number], data, size);
	else
		PROMISE(!pass_on_bye(data, size, &none));
	return 0;
}
