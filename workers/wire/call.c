/* call.c - the msgpack form of calls and results: one array each, read with a bounded cursor. */
#include "workers/wire/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define CALL_FIELDS 11
/* Of replies that a former version left waiting at ingress: without said_s. */
#define CALL_FIELDS_BEFORE 10
#define RESULT_FIELDS 6

static void pack_optional_text(struct buffer *out, struct text text)
{
	if (text.data)
		pack_text_n(out, text.data, text.length);
	else
		pack_nil(out);
}

static void pack_optional_bytes(struct buffer *out, struct text bytes)
{
	if (bytes.data)
		pack_bytes(out, bytes.data, bytes.length);
	else
		pack_nil(out);
}

void call_encode(const struct call *call, struct buffer *out)
{
	pack_array(out, CALL_FIELDS);
	pack_int(out, call->chat_id);
	pack_uint(out, call->class);
	pack_bool(out, call->at_most_once);
	pack_bool(out, call->want_result);
	pack_optional_text(out, call->method);
	pack_optional_text(out, call->body);
	pack_optional_text(out, call->file_field);
	pack_optional_text(out, call->file_name);
	pack_optional_text(out, call->file_type);
	pack_optional_bytes(out, call->file);
	pack_int(out, call->said_s);
}

bool call_decode(struct cursor *cursor, struct call *out)
{
	uint64_t priority;
	size_t fields = cursor_array(cursor);

	if (fields != CALL_FIELDS && fields != CALL_FIELDS_BEFORE)
		cursor_fail(cursor, "another number of fields than a call has");
	out->chat_id = cursor_int(cursor);
	priority = cursor_uint(cursor);
	out->at_most_once = cursor_bool(cursor);
	out->want_result = cursor_bool(cursor);
	out->method = cursor_text(cursor);
	out->body = cursor_text(cursor);
	out->file_field = cursor_text(cursor);
	out->file_name = cursor_text(cursor);
	out->file_type = cursor_text(cursor);
	out->file = cursor_bytes(cursor);
	out->said_s = fields == CALL_FIELDS ? cursor_int(cursor) : 0;
	if (priority > CALL_BULK)
		cursor_fail(cursor, "unknown class of call");
	if (!out->method.length)
		cursor_fail(cursor, "a call without a method");
	if (out->file.data && !out->file_field.length)
		cursor_fail(cursor, "a file without a field");
	out->class = priority > CALL_BULK ? CALL_BULK : (enum call_class)priority;
	return cursor_ok(cursor);
}

void call_result_encode(const struct call_result *result, struct buffer *out)
{
	pack_array(out, RESULT_FIELDS);
	pack_uint(out, result->status);
	pack_int(out, result->error_code);
	pack_optional_text(out, result->description);
	pack_int(out, result->migrate_to_chat_id);
	pack_uint(out, result->retry_after_s);
	pack_optional_text(out, result->result);
}

bool call_result_decode(struct cursor *cursor, struct call_result *out)
{
	uint64_t status, retry_after_s;
	int64_t error_code;

	cursor_expect_array(cursor, RESULT_FIELDS);
	status = cursor_uint(cursor);
	error_code = cursor_int(cursor);
	out->description = cursor_text(cursor);
	out->migrate_to_chat_id = cursor_int(cursor);
	retry_after_s = cursor_uint(cursor);
	out->result = cursor_text(cursor);
	if (status > CALL_FAILED)
		cursor_fail(cursor, "unknown status of a call");
	if (error_code < INT32_MIN || error_code > INT32_MAX || retry_after_s > UINT32_MAX)
		cursor_fail(cursor, "number out of range");
	out->status = status > CALL_FAILED ? CALL_FAILED : (enum call_status)status;
	out->error_code = (int)error_code;
	out->retry_after_s = (uint32_t)retry_after_s;
	return cursor_ok(cursor);
}

bool call_is_refused(const struct call_result *result)
{
	return result->status == CALL_REFUSED &&
	       (result->error_code == 400 || result->error_code == 403);
}

/* Like Telegram, which takes a number only as it would write it itself. */
int64_t call_chat_of_text(const char *text)
{
	char written[32];
	long long number;

	if (!text)
		return 0;
	number = strtoll(text, NULL, 10);
	snprintf(written, sizeof(written), "%lld", number);
	return strcmp(written, text) == 0 ? number : 0;
}

bool call_form_fields(const struct call *call, call_field_fn *fn, void *owner)
{
	json_t *root = json_loadb(call->body.data, call->body.length, 0, NULL), *value;
	const char *name;

	if (!json_is_object(root)) {
		json_decref(root);
		return false;
	}
	json_object_foreach(root, name, value)
	{
		char *dumped;

		if (json_is_string(value)) {
			fn(owner, name, json_string_value(value));
			continue;
		}
		dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		if (dumped)
			fn(owner, name, dumped);
		free(dumped);
	}
	json_decref(root);
	return true;
}

char *call_body_moved(const struct call *call, int64_t chat_id)
{
	json_t *root = json_loadb(call->body.data, call->body.length, 0, NULL);
	char *moved = NULL;

	if (json_is_object(root)) {
		json_object_set_new(root, "chat_id", json_integer(chat_id));
		moved = json_dumps(root, JSON_COMPACT);
	}
	json_decref(root);
	return moved;
}
