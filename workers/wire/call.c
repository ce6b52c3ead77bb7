/* call.c - the msgpack form of calls and results: one array each, read with a bounded cursor. */
#include "workers/wire/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define CALL_FIELDS 9
#define CALL_NAME_FIELDS 5
#define CALL_FILE_FIELDS 3
/* Of replies that a former version left waiting at ingress: one file, or nil, and no said_s. */
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

static void encode_file(const struct call_file *file, struct buffer *out)
{
	pack_array(out, CALL_FILE_FIELDS);
	pack_optional_text(out, file->part);
	pack_optional_text(out, file->name);
	pack_optional_bytes(out, file->bytes);
}

static void encode_name(const struct call_name *name, struct buffer *out)
{
	if (name->use == NAME_NONE) {
		pack_nil(out);
		return;
	}
	pack_array(out, CALL_NAME_FIELDS);
	pack_uint(out, name->use);
	pack_text_n(out, name->key.data, name->key.length);
	pack_optional_text(out, name->turn);
	pack_uint(out, name->part);
	pack_uint(out, name->seconds);
}

static void decode_name(struct cursor *cursor, struct call_name *out)
{
	uint64_t use, part, seconds;

	if (cursor_type(cursor) == PACK_NIL) {
		cursor_skip(cursor);
		return;
	}
	cursor_expect_array(cursor, CALL_NAME_FIELDS);
	use = cursor_uint(cursor);
	out->key = cursor_text(cursor);
	out->turn = cursor_text(cursor);
	part = cursor_uint(cursor);
	seconds = cursor_uint(cursor);
	if (use == NAME_NONE || use >= NAME_USES || !out->key.length ||
	    out->key.length > NAME_KEY_MAX || out->turn.length > NAME_TURN_MAX ||
	    part > UINT16_MAX || seconds > UINT32_MAX)
		cursor_fail(cursor, "a wrong name of a message");
	else
		out->use = (enum name_use)use;
	out->part = (uint32_t)part;
	out->seconds = (uint32_t)seconds;
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
	pack_array(out, call->files_count);
	for (size_t i = 0; i < call->files_count; i++)
		encode_file(&call->files[i], out);
	pack_int(out, call->said_s);
	encode_name(&call->name, out);
}

static void decode_files(struct cursor *cursor, struct call *out, struct call_file *files)
{
	size_t count = cursor_array(cursor);

	if (count > CALL_FILES_MAX)
		cursor_fail(cursor, "too many files");
	for (size_t i = 0; i < count && cursor_ok(cursor); i++) {
		cursor_expect_array(cursor, CALL_FILE_FIELDS);
		files[i] = (struct call_file) { .descriptor = -1 };
		files[i].part = cursor_text(cursor);
		files[i].name = cursor_text(cursor);
		files[i].bytes = cursor_bytes(cursor);
		if (!files[i].part.length)
			cursor_fail(cursor, "a file without a part");
		out->files_count++;
	}
}

static void decode_old_file(struct cursor *cursor, struct call *out, struct call_file *files)
{
	*files = (struct call_file) { .descriptor = -1 };
	files->part = cursor_text(cursor);
	files->name = cursor_text(cursor);
	(void)cursor_text(cursor); /* a media type, which its name tells, too */
	files->bytes = cursor_bytes(cursor);
	out->files_count = files->bytes.data != NULL;
	if (out->files_count && !files->part.length)
		cursor_fail(cursor, "a file without a part");
}

bool call_decode(struct cursor *cursor, struct call *out, struct call_file *files)
{
	size_t fields = cursor_array(cursor);
	uint64_t priority;

	if (fields != CALL_FIELDS && fields != CALL_FIELDS_BEFORE)
		cursor_fail(cursor, "another number of fields than a call has");
	out->chat_id = cursor_int(cursor);
	priority = cursor_uint(cursor);
	out->at_most_once = cursor_bool(cursor);
	out->want_result = cursor_bool(cursor);
	out->method = cursor_text(cursor);
	out->body = cursor_text(cursor);
	out->files = files;
	out->files_count = 0;
	if (fields == CALL_FIELDS_BEFORE)
		decode_old_file(cursor, out, files);
	else
		decode_files(cursor, out, files);
	out->said_s = fields == CALL_FIELDS ? cursor_int(cursor) : 0;
	out->name = (struct call_name) { .use = NAME_NONE };
	if (fields == CALL_FIELDS)
		decode_name(cursor, &out->name);
	if (priority > CALL_BULK)
		cursor_fail(cursor, "unknown class of call");
	if (!out->method.length)
		cursor_fail(cursor, "a call without a method");
	out->class = priority > CALL_BULK ? CALL_BULK : (enum call_class)priority;
	return cursor_ok(cursor);
}

size_t call_count_descriptors(const struct call *call)
{
	size_t count = 0;

	for (size_t i = 0; i < call->files_count; i++)
		count += !call->files[i].bytes.data;
	return count;
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
	if (status > CALL_IN_DOUBT)
		cursor_fail(cursor, "unknown status of a call");
	if (error_code < INT32_MIN || error_code > INT32_MAX || retry_after_s > UINT32_MAX)
		cursor_fail(cursor, "number out of range");
	out->status = status > CALL_IN_DOUBT ? CALL_FAILED : (enum call_status)status;
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
