/* json.h - writes JSON text (RFC 8259) into a buffer, placing the commas itself.
 *
 * To read replies and settings use jansson; for updates see ingress/update/transcode.h. No name
 * here may be one that jansson exports: jansson would call ours. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/pack.h"

struct json {
	struct buffer *out;
	bool need_comma;
};

struct json json_start(struct buffer *out);
void json_object_start(struct json *json);
void json_object_end(struct json *json);
void json_array_start(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, const char *key);
/* Invalid UTF-8 is written as U+FFFD, NULL as null. */
void json_text(struct json *json, const char *text);
void json_text_n(struct json *json, const char *text, size_t length);
void json_int(struct json *json, int64_t value);
void json_uint(struct json *json, uint64_t value);
void json_double(struct json *json, double value); /* NaN and infinities as null */
void json_bool(struct json *json, bool value);
void json_nil(struct json *json);
/* A value that is JSON already. */
void json_raw(struct json *json, const char *text, size_t length);
/* Writes one msgpack value as JSON, bin as base64 text. False when it is malformed (what was
 * written then is not valid JSON). */
bool json_from_pack(struct json *json, struct cursor *cursor);

static inline void json_key_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_text(json, text);
}

static inline void json_key_int(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_int(json, value);
}

static inline void json_key_bool(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	json_bool(json, value);
}

#endif
