/* pack.c - the writer of pack.h, over msgpack-c's packer, and our own reading cursor.
 *
 * msgpack-c's unpacker is not used: it builds a tree, allocates whatever a length field asks for,
 * and stops at 32 levels. */
#include "common/pack.h"

#include <string.h>

#include <msgpack/pack.h>

#include "common/log.h"

/* --- writer --------------------------------------------------------------------------------- */

static int append(void *out, const char *bytes, size_t size)
{
	buffer_append(out, bytes, size);
	return 0;
}

static msgpack_packer packer(struct buffer *out)
{
	return (msgpack_packer) { .data = out, .callback = append };
}

/* The format has 32 bits for a length; the packer would silently truncate a longer one. */
static size_t require_length(size_t length)
{
	if (length > UINT32_MAX)
		panic("a value of %zu bytes does not fit msgpack", length);
	return length;
}

void pack_nil(struct buffer *out)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_nil(&pk);
}

void pack_bool(struct buffer *out, bool value)
{
	msgpack_packer pk = packer(out);

	if (value)
		msgpack_pack_true(&pk);
	else
		msgpack_pack_false(&pk);
}

void pack_int(struct buffer *out, int64_t value)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_int64(&pk, value);
}

void pack_uint(struct buffer *out, uint64_t value)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_uint64(&pk, value);
}

void pack_text(struct buffer *out, const char *text)
{
	pack_text_n(out, text, text ? strlen(text) : 0);
}

void pack_text_n(struct buffer *out, const char *text, size_t length)
{
	msgpack_packer pk = packer(out);

	if (!text) {
		msgpack_pack_nil(&pk);
		return;
	}
	msgpack_pack_str(&pk, require_length(length));
	buffer_append(out, text, length);
}

void pack_bytes(struct buffer *out, const void *bytes, size_t size)
{
	msgpack_packer pk = packer(out);

	if (!bytes) {
		msgpack_pack_nil(&pk);
		return;
	}
	msgpack_pack_bin(&pk, require_length(size));
	buffer_append(out, bytes, size);
}

void pack_array(struct buffer *out, size_t count)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_array(&pk, require_length(count));
}

void pack_map(struct buffer *out, size_t count)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_map(&pk, require_length(count));
}

void pack_raw(struct buffer *out, const void *bytes, size_t size)
{
	buffer_append(out, bytes, size);
}

/* --- cursor: the head of a value ------------------------------------------------------------- */

/* The first bytes of a value: its type and its number, which is an integer's or double's bits, the
 * length of a text, bin or ext, or the count of an array or map. */
struct head {
	enum pack_type type;
	size_t size; /* bytes before the payload */
	uint64_t number;
};

enum head_form {
	FORM_NUMBER, /* the bytes that follow are the number, unsigned */
	FORM_SIGNED,
	FORM_FLOAT,
	FORM_FIXED, /* the number is in the table */
};

/* The first bytes 0xc0 to 0xdf (msgpack spec, "Formats"); the others contain their number. */
static const struct head_rule {
	enum pack_type type;
	enum head_form form;
	uint8_t width; /* bytes of the number */
	uint8_t extra; /* bytes between number and payload: the type of an ext */
	uint8_t fixed;
} head_rules[32] = {
	[0x00] = { PACK_NIL, FORM_FIXED, 0, 0, 0 },
	[0x01] = { PACK_NONE, FORM_FIXED, 0, 0, 0 }, /* never used */
	[0x02] = { PACK_BOOL, FORM_FIXED, 0, 0, false },
	[0x03] = { PACK_BOOL, FORM_FIXED, 0, 0, true },
	[0x04] = { PACK_BYTES, FORM_NUMBER, 1, 0, 0 },
	[0x05] = { PACK_BYTES, FORM_NUMBER, 2, 0, 0 },
	[0x06] = { PACK_BYTES, FORM_NUMBER, 4, 0, 0 },
	[0x07] = { PACK_EXT, FORM_NUMBER, 1, 1, 0 },
	[0x08] = { PACK_EXT, FORM_NUMBER, 2, 1, 0 },
	[0x09] = { PACK_EXT, FORM_NUMBER, 4, 1, 0 },
	[0x0a] = { PACK_DOUBLE, FORM_FLOAT, 4, 0, 0 },
	[0x0b] = { PACK_DOUBLE, FORM_NUMBER, 8, 0, 0 },
	[0x0c] = { PACK_INT, FORM_NUMBER, 1, 0, 0 },
	[0x0d] = { PACK_INT, FORM_NUMBER, 2, 0, 0 },
	[0x0e] = { PACK_INT, FORM_NUMBER, 4, 0, 0 },
	[0x0f] = { PACK_UINT, FORM_NUMBER, 8, 0, 0 },
	[0x10] = { PACK_INT, FORM_SIGNED, 1, 0, 0 },
	[0x11] = { PACK_INT, FORM_SIGNED, 2, 0, 0 },
	[0x12] = { PACK_INT, FORM_SIGNED, 4, 0, 0 },
	[0x13] = { PACK_INT, FORM_SIGNED, 8, 0, 0 },
	[0x14] = { PACK_EXT, FORM_FIXED, 0, 1, 1 },
	[0x15] = { PACK_EXT, FORM_FIXED, 0, 1, 2 },
	[0x16] = { PACK_EXT, FORM_FIXED, 0, 1, 4 },
	[0x17] = { PACK_EXT, FORM_FIXED, 0, 1, 8 },
	[0x18] = { PACK_EXT, FORM_FIXED, 0, 1, 16 },
	[0x19] = { PACK_TEXT, FORM_NUMBER, 1, 0, 0 },
	[0x1a] = { PACK_TEXT, FORM_NUMBER, 2, 0, 0 },
	[0x1b] = { PACK_TEXT, FORM_NUMBER, 4, 0, 0 },
	[0x1c] = { PACK_ARRAY, FORM_NUMBER, 2, 0, 0 },
	[0x1d] = { PACK_ARRAY, FORM_NUMBER, 4, 0, 0 },
	[0x1e] = { PACK_MAP, FORM_NUMBER, 2, 0, 0 },
	[0x1f] = { PACK_MAP, FORM_NUMBER, 4, 0, 0 },
};

static uint64_t big_endian(const uint8_t *at, size_t width)
{
	uint64_t number = 0;

	while (width--)
		number = number << 8 | *at++;
	return number;
}

static uint64_t sign_extend(uint64_t number, size_t width)
{
	uint64_t sign = UINT64_C(1) << (8 * width - 1);

	return (number ^ sign) - sign;
}

static uint64_t bits_of_float(uint32_t bits)
{
	float narrow;
	double wide;
	uint64_t number;

	memcpy(&narrow, &bits, sizeof(narrow));
	wide = narrow;
	memcpy(&number, &wide, sizeof(number));
	return number;
}

static struct head head_of(enum pack_type type, uint64_t number)
{
	return (struct head) { .type = type, .size = 1, .number = number };
}

static bool read_ruled_head(const uint8_t *at, size_t left, struct head *out)
{
	const struct head_rule *rule = &head_rules[*at - 0xc0];
	size_t size = 1u + rule->width + rule->extra;
	uint64_t number = rule->fixed;

	if (rule->type == PACK_NONE || left < size)
		return false;
	if (rule->form != FORM_FIXED)
		number = big_endian(at + 1, rule->width);
	if (rule->form == FORM_SIGNED)
		number = sign_extend(number, rule->width);
	if (rule->form == FORM_FLOAT)
		number = bits_of_float((uint32_t)number);
	out->type = rule->type == PACK_UINT && number <= INT64_MAX ? PACK_INT : rule->type;
	out->size = size;
	out->number = number;
	return true;
}

/* False when the head is truncated or its first byte is invalid. Does not look at the payload. */
static bool read_head(const struct cursor *cursor, struct head *out)
{
	size_t left = (size_t)(cursor->end - cursor->at);
	uint8_t first;

	if (cursor->fault || left == 0)
		return false;
	first = *cursor->at;
	if (first < 0x80)
		*out = head_of(PACK_INT, first);
	else if (first < 0x90)
		*out = head_of(PACK_MAP, first & 0x0f);
	else if (first < 0xa0)
		*out = head_of(PACK_ARRAY, first & 0x0f);
	else if (first < 0xc0)
		*out = head_of(PACK_TEXT, first & 0x1f);
	else if (first >= 0xe0)
		*out = head_of(PACK_INT, sign_extend(first, 1));
	else
		return read_ruled_head(cursor->at, left, out);
	return true;
}

/* --- cursor ---------------------------------------------------------------------------------- */

struct cursor cursor_make(const void *data, size_t size)
{
	/* Pointer arithmetic on NULL is undefined, and an empty frame may be NULL. */
	static const uint8_t nothing[1];
	const uint8_t *at = size > 0 ? data : nothing;

	return (struct cursor) { .at = at, .end = at + size };
}

void cursor_fail(struct cursor *cursor, const char *fault)
{
	if (!cursor->fault)
		cursor->fault = fault;
}

bool cursor_ok(const struct cursor *cursor)
{
	return !cursor->fault;
}

bool cursor_end(const struct cursor *cursor, struct why *why)
{
	if (cursor->fault)
		return why_set(why, "%s", cursor->fault);
	if (cursor->at != cursor->end)
		return why_set(why, "%zu bytes left over", (size_t)(cursor->end - cursor->at));
	return true;
}

enum pack_type cursor_type(const struct cursor *cursor)
{
	struct head head;

	return read_head(cursor, &head) ? head.type : PACK_NONE;
}

/* Moves over a head of one of the wanted types. After a fault the result is all zero. */
static struct head take_head(struct cursor *cursor, enum pack_type wanted, enum pack_type other)
{
	struct head head;

	if (!read_head(cursor, &head)) {
		cursor_fail(cursor, "truncated, or a wrong first byte");
		return (struct head) { .type = PACK_NONE };
	}
	if (head.type != wanted && head.type != other) {
		cursor_fail(cursor, "a value has the wrong type");
		return (struct head) { .type = PACK_NONE };
	}
	cursor->at += head.size;
	return head;
}

/* The payload of a text, bin or ext whose head was read. */
static struct text take_payload(struct cursor *cursor, const struct head *head)
{
	struct text payload = { (const char *)cursor->at, head->number };

	if (head->number > (size_t)(cursor->end - cursor->at)) {
		cursor_fail(cursor, "a length goes past the end");
		return (struct text) { NULL, 0 };
	}
	cursor->at += payload.length;
	return payload;
}

static size_t take_count(struct cursor *cursor, enum pack_type type)
{
	struct head head = take_head(cursor, type, type);
	size_t left = (size_t)(cursor->end - cursor->at);

	/* A pair takes at least two bytes. */
	if (head.number > (type == PACK_MAP ? left / 2 : left)) {
		cursor_fail(cursor, "a count goes past the end");
		return 0;
	}
	return head.number;
}

bool cursor_bool(struct cursor *cursor)
{
	return take_head(cursor, PACK_BOOL, PACK_BOOL).number != 0;
}

int64_t cursor_int(struct cursor *cursor)
{
	struct head head = take_head(cursor, PACK_INT, PACK_UINT);

	if (head.type == PACK_UINT) {
		cursor_fail(cursor, "an integer is out of range");
		return 0;
	}
	return (int64_t)head.number;
}

uint64_t cursor_uint(struct cursor *cursor)
{
	struct head head = take_head(cursor, PACK_INT, PACK_UINT);

	if (head.type == PACK_INT && (int64_t)head.number < 0) {
		cursor_fail(cursor, "an integer is out of range");
		return 0;
	}
	return head.number;
}

double cursor_double(struct cursor *cursor)
{
	enum pack_type type = cursor_type(cursor);
	struct head head;
	double value;

	if (type == PACK_INT)
		return (double)cursor_int(cursor);
	if (type == PACK_UINT)
		return (double)cursor_uint(cursor);
	head = take_head(cursor, PACK_DOUBLE, PACK_DOUBLE);
	memcpy(&value, &head.number, sizeof(value));
	return value;
}

static struct text take_text_or_nil(struct cursor *cursor, enum pack_type type)
{
	struct head head = take_head(cursor, type, PACK_NIL);

	if (head.type != type)
		return (struct text) { NULL, 0 };
	return take_payload(cursor, &head);
}

struct text cursor_text(struct cursor *cursor)
{
	return take_text_or_nil(cursor, PACK_TEXT);
}

struct text cursor_bytes(struct cursor *cursor)
{
	return take_text_or_nil(cursor, PACK_BYTES);
}

void cursor_fixed(struct cursor *cursor, void *out, size_t size)
{
	struct text bytes = cursor_bytes(cursor);

	if (bytes.length != size || !bytes.data) {
		cursor_fail(cursor, "bytes have the wrong length");
		memset(out, 0, size);
		return;
	}
	memcpy(out, bytes.data, size);
}

size_t cursor_array(struct cursor *cursor)
{
	return take_count(cursor, PACK_ARRAY);
}

size_t cursor_map(struct cursor *cursor)
{
	return take_count(cursor, PACK_MAP);
}

void cursor_expect_array(struct cursor *cursor, size_t count)
{
	if (cursor_array(cursor) != count)
		cursor_fail(cursor, "an array has the wrong number of elements");
}

/* Short texts and small numbers: by far most values of an update. */
static bool skip_small(struct cursor *cursor)
{
	size_t left = (size_t)(cursor->end - cursor->at), size = 1;
	uint8_t first;

	if (left == 0 || cursor->fault)
		return false;
	first = *cursor->at;
	if (first >= 0xa0 && first < 0xc0)
		size += first & 0x1f;
	else if (first >= 0x80 && first < 0xe0)
		return false;
	if (size > left)
		return false;
	cursor->at += size;
	return true;
}

/* Moves over one head and, except for arrays and maps, its payload. Returns how many values that
 * belong to it follow. */
static size_t skip_one(struct cursor *cursor)
{
	struct head head = { .type = PACK_NONE };

	if (skip_small(cursor))
		return 0;
	if (!read_head(cursor, &head))
		cursor_fail(cursor, "truncated, or a wrong first byte");
	switch (head.type) {
	case PACK_ARRAY:
		return cursor_array(cursor);
	case PACK_MAP:
		return 2 * cursor_map(cursor);
	case PACK_TEXT:
	case PACK_BYTES:
	case PACK_EXT:
		cursor->at += head.size;
		take_payload(cursor, &head);
		return 0;
	case PACK_NIL:
	case PACK_BOOL:
	case PACK_INT:
	case PACK_UINT:
	case PACK_DOUBLE:
	case PACK_NONE:
		cursor->at += head.size;
		return 0;
	}
	return 0;
}

struct text cursor_skip(struct cursor *cursor)
{
	size_t waiting[PACK_DEPTH_MAX]; /* values still to come, per open array or map */
	const uint8_t *start = cursor->at;
	size_t depth = 0;

	do {
		size_t inside = skip_one(cursor);

		if (inside > 0 && depth == PACK_DEPTH_MAX)
			cursor_fail(cursor, "nested too deep");
		if (cursor->fault)
			return (struct text) { NULL, 0 };
		if (inside > 0)
			waiting[depth++] = inside;
		else
			while (depth > 0 && --waiting[depth - 1] == 0)
				depth--;
	} while (depth > 0);
	return (struct text) { (const char *)start, (size_t)(cursor->at - start) };
}

static struct cursor cursor_nowhere(const struct cursor *cursor)
{
	return (struct cursor) { .at = cursor->end, .end = cursor->end, .fault = cursor->fault };
}

struct cursor cursor_find(struct cursor map, const char *key)
{
	size_t length = strlen(key);
	size_t pairs;

	if (cursor_type(&map) != PACK_MAP)
		return cursor_nowhere(&map);
	pairs = cursor_map(&map);
	while (pairs-- > 0 && cursor_ok(&map)) {
		struct text name = { NULL, 0 };

		if (cursor_type(&map) == PACK_TEXT)
			name = cursor_text(&map);
		else
			cursor_skip(&map);
		if (name.data && name.length == length && !memcmp(name.data, key, length))
			return map;
		cursor_skip(&map);
	}
	return cursor_nowhere(&map);
}
