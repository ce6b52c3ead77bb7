/* fuzz_extract.c - what ingress and the host read from an update: whatever it contains, the
 * resulting sightings and incident are accepted by their receivers. */
#include "common/message.h"
#include "ingress/update/extract.h"
#include "tests/fuzz/fuzz.h"
#include "workers/host/update.h"

static void check_sighting(const struct sighting *sighting)
{
	struct buffer out = { 0 };
	struct sighting decoded;
	struct cursor cursor;

	sighting_encode(sighting, &out);
	cursor = cursor_make(buffer_unread(&out), buffer_unread_size(&out));
	PROMISE(sighting_decode(&cursor, &decoded));
	buffer_finish(&out);
}

static void check_incident(const uint8_t *data, size_t size)
{
	struct incident incident = { 0 }, decoded;
	struct buffer out = { 0 };
	struct why why;

	extract_incident(data, size, &incident);
	incident_encode(&incident, &out);
	PROMISE(incident_decode(buffer_unread(&out), buffer_unread_size(&out), &decoded, &why));
	buffer_finish(&out);
}

static void read_as_host(const uint8_t *data, size_t size, enum update_kind kind)
{
	struct arena arena = { 0 };
	struct update update;

	update_read(data, size, kind, &update);
	update_find_chat(&update, &arena);
	update_find_user(&update, &arena);
	update_topic(&update);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct extract extract; /* large */
	struct why why;

	if (extract_update(data, size, &extract, &why)) {
		PROMISE(extract.sightings_count <= EXTRACT_SIGHTINGS_MAX);
		for (size_t i = 0; i < extract.sightings_count; i++)
			check_sighting(&extract.sightings[i]);
		read_as_host(data, size, extract.kind);
	}
	check_incident(data, size);
	return 0;
}
