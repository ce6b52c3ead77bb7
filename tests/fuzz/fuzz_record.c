/* fuzz_record.c - values stored in the spool or inside messages: incidents, sightings, calls,
 * their results and the names of messages. What is accepted encodes to the same bytes again. */
#include <string.h>

#include "common/message.h"
#include "tests/fuzz/fuzz.h"
#include "workers/wire/call.h"

static bool pass_incident(const void *data, size_t size, struct buffer *again)
{
	struct incident incident;
	struct why why;

	if (!incident_decode(data, size, &incident, &why))
		return false;
	incident_encode(&incident, again);
	return true;
}

static bool pass_sighting(const void *data, size_t size, struct buffer *again)
{
	struct cursor cursor = cursor_make(data, size);
	struct sighting sighting;

	if (!sighting_decode(&cursor, &sighting))
		return false;
	sighting_encode(&sighting, again);
	return true;
}

static bool pass_call(const void *data, size_t size, struct buffer *again)
{
	struct cursor cursor = cursor_make(data, size);
	struct call_file files[CALL_FILES_MAX];
	struct call call;

	if (!call_decode(&cursor, &call, files))
		return false;
	call_encode(&call, again);
	return true;
}

static bool pass_call_result(const void *data, size_t size, struct buffer *again)
{
	struct cursor cursor = cursor_make(data, size);
	struct call_result result;

	if (!call_result_decode(&cursor, &result))
		return false;
	call_result_encode(&result, again);
	return true;
}

static bool pass_said(const void *data, size_t size, struct buffer *again)
{
	struct said said;

	said_read((struct text) { data, size }, &said);
	PROMISE(said.count <= NAME_IDS_MAX && said.former_count <= NAME_IDS_MAX);
	PROMISE(strlen(said.turn) <= NAME_TURN_MAX);
	if (!said.turn[0])
		return false;
	said_write(&said, again);
	return true;
}

static void check(bool (*pass_on)(const void *data, size_t size, struct buffer *again),
		  const uint8_t *data, size_t size)
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
	check(pass_incident, data, size);
	check(pass_sighting, data, size);
	check(pass_call, data, size);
	check(pass_call_result, data, size);
	check(pass_said, data, size);
	return 0;
}
