/* fuzz_capture.c - a capture from the wire, and a slot as a crashed child may have left it: neither
 * can be trusted. What crashd reads must stay within them. */
#include <string.h>

#include "common/capture.h"
#include "crashd/image.h"
#include "tests/fuzz/fuzz.h"

static void use(const struct capture *capture)
{
	struct buffer out = { 0 };
	struct capture again;
	struct arena arena = { 0 };
	struct image *image = arena_alloc(&arena, sizeof(*image));
	struct why why;

	image_read(capture, &arena, image);
	image_find_code(image, capture->fault_address);
	image_find_file(image, capture->stack_address);
	capture_encode(capture, &out);
	PROMISE(capture_decode(buffer_unread(&out), buffer_unread_size(&out), &again, &why));
	PROMISE(again.stack.length == capture->stack.length);
	PROMISE(again.maps.length == capture->maps.length);
	buffer_finish(&out);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture_slot *slot = calloc(1, sizeof(*slot));
	struct capture capture;
	struct why why;

	PROMISE(slot);
	if (capture_decode(data, size, &capture, &why))
		use(&capture);
	memcpy(slot, data, size < sizeof(*slot) ? size : sizeof(*slot));
	memset(&capture, 0, sizeof(capture));
	capture_from_slot(slot, &capture);
	use(&capture);
	free(slot);
	return 0;
}
