/* fuzz_split.c - an answer to getUpdates: the slices are within it, in order, and each is processed
 * like an update. */
#include "common/buffer.h"
#include "common/message.h"
#include "ingress/update/extract.h"
#include "ingress/update/transcode.h"
#include "tests/fuzz/fuzz.h"

struct walk {
	const char *at, *end;
};

static void on_element(void *owner, struct json_slice element)
{
	static struct extract extract; /* large */
	struct walk *walk = owner;
	struct buffer packed = { 0 };
	int64_t update_id;
	struct why why;

	PROMISE(element.data >= walk->at && element.size <= (size_t)(walk->end - element.data));
	walk->at = element.data + element.size;
	if (transcode_find_update_id(element, &update_id))
		PROMISE(element.size > 0);
	if (transcode(element.data, element.size, &packed, &why) &&
	    extract_update(buffer_unread(&packed), buffer_unread_size(&packed), &extract, &why))
		PROMISE(extract.kind <= KIND_UNKNOWN);
	buffer_finish(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk walk = { (const char *)data, (const char *)data + size };
	struct why why;

	if (!transcode_split((const char *)data, size, size % 2, on_element, &walk, &why))
		PROMISE(walk.at == (const char *)data);
	return 0;
}
