/* fuzz_feds.c - lists of people in files: whatever they hold, what comes out are ids that people or
 * channels have, ascending and each once. */
#include "common/xalloc.h"
#include "tests/fuzz/fuzz.h"
#include "workers/modules/moderation/feds_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int64_t *ids;
	struct fed_people people = { 0 };

	if (!ids)
		ids = xcalloc(FED_PEOPLE_MAX, sizeof(*ids));
	people.ids = ids;
	fed_read((const char *)data, size, &people);
	for (size_t i = 0; i < people.count; i++) {
		PROMISE(ids[i] != 0 && ids[i] < INT64_C(1) << 52);
		PROMISE(!i || ids[i] > ids[i - 1]);
	}
	return 0;
}
