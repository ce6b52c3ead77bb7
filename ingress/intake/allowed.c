/* allowed.c - the set of update kinds, each with the time it was last needed. */
#include "ingress/intake/allowed.h"

#include "common/json.h"
#include "common/pack.h"

uint32_t allowed_kinds(const struct allowed *allowed, int64_t now_s)
{
	uint32_t asked = 0;

	for (unsigned kind = 0; kind < KIND_UNKNOWN; kind++)
		if (allowed->needed_s[kind] > 0 && now_s - allowed->needed_s[kind] < ALLOWED_KEPT_S)
			asked |= 1u << kind;
	return asked;
}

bool allowed_need(struct allowed *allowed, uint32_t kinds_needed, int64_t now_s)
{
	uint32_t before = allowed_kinds(allowed, now_s);

	for (unsigned kind = 0; kind < KIND_UNKNOWN; kind++)
		if (kinds_needed & 1u << kind)
			allowed->needed_s[kind] = now_s;
	return (allowed_kinds(allowed, now_s) & ~before) != 0;
}

void allowed_json(uint32_t kinds_asked, struct buffer *out)
{
	struct json json = json_start(out);

	json_array_start(&json);
	for (unsigned kind = 0; kind < KIND_UNKNOWN; kind++)
		if (kinds_asked & 1u << kind)
			json_text(&json, kinds[kind].field);
	json_array_end(&json);
}

void allowed_encode(const struct allowed *allowed, struct buffer *out)
{
	size_t count = 0;

	for (unsigned kind = 0; kind < KIND_UNKNOWN; kind++)
		count += allowed->needed_s[kind] > 0;
	pack_map(out, count);
	for (unsigned kind = 0; kind < KIND_UNKNOWN; kind++) {
		if (allowed->needed_s[kind] <= 0)
			continue;
		pack_text(out, kinds[kind].field);
		pack_int(out, allowed->needed_s[kind]);
	}
}

void allowed_decode(struct allowed *allowed, const void *data, size_t size)
{
	struct cursor cursor = cursor_make(data, size);
	size_t count = cursor_map(&cursor);

	for (size_t i = 0; i < count && cursor_ok(&cursor); i++) {
		struct text field = cursor_text(&cursor);
		int64_t needed_s = cursor_int(&cursor);

		if (!cursor_ok(&cursor) || !field.data)
			continue;
		enum update_kind kind = kind_find(field.data, field.length);
		if (kind != KIND_UNKNOWN)
			allowed->needed_s[kind] = needed_s;
	}
}
