/* fetch.c - the msgpack form of requests and answers: one array each, read with a bounded
 * cursor. */
#include "workers/wire/fetch.h"

#define REQUEST_FIELDS 4
#define ANSWER_FIELDS 6
#define HOST_MAX 256u
#define TYPE_MAX 256u

const char *const fetch_outcome_names[] = {
#define FETCH_OUTCOME_NAME(id, label) [FETCH_##id] = (label),
	FETCH_OUTCOMES(FETCH_OUTCOME_NAME)
#undef FETCH_OUTCOME_NAME
		[FETCH_OUTCOME_COUNT] = NULL,
};

static void pack_given(struct buffer *out, struct text text)
{
	pack_text_n(out, text.data ? text.data : "", text.length);
}

static struct text take_limited(struct cursor *cursor, size_t most)
{
	struct text text = cursor_text(cursor);

	if (text.length > most)
		cursor_fail(cursor, "a text over its limit");
	return text.data ? text : (struct text) { "", 0 };
}

void fetch_request_encode(const struct fetch_request *request, struct buffer *out)
{
	pack_array(out, REQUEST_FIELDS);
	pack_given(out, request->module);
	pack_given(out, request->url);
	if (request->posted.data)
		pack_bytes(out, request->posted.data, request->posted.length);
	else
		pack_nil(out);
	pack_array(out, request->headers_count);
	for (size_t i = 0; i < request->headers_count; i++)
		pack_given(out, request->headers[i]);
}

bool fetch_request_decode(struct cursor *cursor, struct fetch_request *out)
{
	*out = (struct fetch_request) { 0 };
	cursor_expect_array(cursor, REQUEST_FIELDS);
	out->module = take_limited(cursor, HOST_MAX);
	out->url = take_limited(cursor, FETCH_URL_MAX);
	out->posted = cursor_bytes(cursor);
	if (out->posted.length > FETCH_POSTED_MAX)
		cursor_fail(cursor, "more is posted than is allowed");
	out->headers_count = cursor_array(cursor);
	if (out->headers_count > FETCH_HEADERS_MAX) {
		cursor_fail(cursor, "too many headers");
		out->headers_count = 0;
	}
	for (size_t i = 0; i < out->headers_count; i++)
		out->headers[i] = take_limited(cursor, FETCH_HEADER_SIZE_MAX);
	return cursor_ok(cursor);
}

void fetch_answer_encode(const struct fetch_answer *answer, struct buffer *out)
{
	pack_array(out, ANSWER_FIELDS);
	pack_uint(out, answer->outcome);
	pack_int(out, answer->status);
	pack_uint(out, answer->retry_after_s);
	pack_given(out, answer->host);
	pack_given(out, answer->type);
	pack_bytes(out, answer->body.data ? answer->body.data : "", answer->body.length);
}

bool fetch_answer_decode(struct cursor *cursor, struct fetch_answer *out)
{
	uint64_t outcome;

	*out = (struct fetch_answer) { 0 };
	cursor_expect_array(cursor, ANSWER_FIELDS);
	outcome = cursor_uint(cursor);
	out->status = (int)cursor_int(cursor);
	out->retry_after_s = (uint32_t)cursor_uint(cursor);
	out->host = take_limited(cursor, HOST_MAX);
	out->type = take_limited(cursor, TYPE_MAX);
	out->body = cursor_bytes(cursor);
	if (outcome >= FETCH_OUTCOME_COUNT)
		cursor_fail(cursor, "an unknown outcome");
	if (out->body.length > FETCH_BODY_MAX)
		cursor_fail(cursor, "an answer over its limit");
	if (out->status < 0 || out->status > 999)
		cursor_fail(cursor, "a status that is none");
	out->outcome = (enum fetch_outcome)outcome;
	return cursor_ok(cursor);
}
