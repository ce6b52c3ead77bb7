/* fuzz_crashd.c - what crashd's helper returns, reports on disk, and updates on their way to
 * Logfire: what is accepted survives encoding and decoding; scrubbing is all or nothing. */
#include <jansson.h>

#include "crashd/frame.h"
#include "crashd/report.h"
#include "crashd/scrub.h"
#include "tests/fuzz/fuzz.h"

static struct scrubber *scrubber;

static void check_frames(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct buffer out = { 0 };
	struct frames frames, again;
	struct why why;

	if (frames_decode(data, size, &arena, &frames, &why)) {
		frames_place(&frames);
		frames_encode(&frames, &out);
		PROMISE(frames_decode(buffer_unread(&out), buffer_unread_size(&out), &arena, &again,
				      &why));
		PROMISE(again.count == frames.count);
	}
	buffer_finish(&out);
	arena_finish(&arena);
}

static void check_report(const uint8_t *data, size_t size)
{
	struct buffer out = { 0 };
	struct report report, again;
	struct why why;

	if (report_decode(data, size, &report, &why)) {
		report_encode(&report, &out);
		PROMISE(report_decode(buffer_unread(&out), buffer_unread_size(&out), &again, &why));
	}
	buffer_finish(&out);
}

static void check_text(struct text text)
{
	struct text found = scrub_find(scrubber, text);
	struct buffer copy = { 0 };

	PROMISE(found.length <= text.length);
	/* no text reaches a limit */
	PROMISE(!found.data || (found.data >= text.data && found.data < text.data + text.length));
	scrub_copy(scrubber, text, &copy);
	buffer_finish(&copy);
}

static void check_scrub(const uint8_t *data, size_t size, bool redact)
{
	struct buffer out = { 0 }, notes = { 0 };
	json_error_t error;
	json_t *json;

	if (scrub_update(scrubber, (struct text) { (const char *)data, size }, redact, &out,
			 &notes)) {
		json = json_loadb((char *)buffer_unread(&out), buffer_unread_size(&out),
				  JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL,
				  &error);
		PROMISE(json || json_error_code(&error) == json_error_null_byte_in_key);
		json_decref(json);
	} else {
		PROMISE(buffer_unread_size(&out) == 0);
	}
	buffer_finish(&out);
	buffer_finish(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!scrubber)
		scrubber = scrubber_create(&pattern_default_limits);
	check_text((struct text) { (const char *)data, size });
	check_frames(data, size);
	check_report(data, size);
	check_scrub(data, size, false);
	check_scrub(data, size, true);
	return 0;
}
