/* link.c - writes and reads what follows "?start=". */
#include "workers/host/link.h"

#include <string.h>

#include "common/base64url.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

_Static_assert(LINK_HINT_SIZE + BASE64URL_SIZE(LINK_VALUES_MAX) + SEAL_SIZE <= LINK_MAX,
	       "more than Telegram hands on");
_Static_assert(LINK_MAX + 1 + LINK_VALUES_MAX <= SEALED_DATA_MAX, "more than a seal takes");

bool link_is_sealed(const struct slug *slug, bool asker)
{
	return asker || slug->format.count > 0;
}

bool link_check(const struct slug *slug, bool asker, struct why *why)
{
	const char *name = slug->literal;

	if (strlen(name) > LINK_MAX)
		return why_set(why, "\"%s\" has more than %d characters", name, LINK_MAX);
	if (!link_is_sealed(slug, asker) && name[strspn(name, NAME_CHARACTERS)])
		return why_set(why, "a link \"%s\" without values is not all of A-Z a-z 0-9 _ -",
			       name);
	if (slug_packed_size(slug) > LINK_VALUES_MAX)
		return why_set(why,
			       "the values of a link \"%s\" may need %zu bytes; allowed are %d",
			       name, slug_packed_size(slug), LINK_VALUES_MAX);
	return true;
}

/* FNV-1a. It must not change: links stand in messages for years. */
void link_hint(const struct slug *slug, char out[LINK_HINT_SIZE])
{
	struct text name = slug_name(text_of(slug->literal));
	uint32_t hash = 2166136261u;
	unsigned char bytes[2];
	char characters[BASE64URL_SIZE(sizeof(bytes))];

	for (size_t i = 0; i < name.length; i++)
		hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
	bytes[0] = (unsigned char)(hash >> 24);
	bytes[1] = (unsigned char)(hash >> 16);
	base64url_encode(bytes, sizeof(bytes), characters);
	memcpy(out, characters, LINK_HINT_SIZE);
}

/* The name is sealed with the values, since two may have the same hint. */
static size_t write_sealed(const struct slug *slug, const void *values, size_t size,
			   char out[SEALED_DATA_MAX])
{
	struct text name = slug_name(text_of(slug->literal));

	memcpy(out, name.data, name.length);
	out[name.length] = '\0';
	memcpy(out + name.length + 1, values, size);
	return name.length + 1 + size;
}

const char *link_pack(const struct slug *slug, const char *key, int64_t user_id, va_list arguments,
		      struct arena *arena, struct why *why)
{
	char values[LINK_VALUES_MAX], sealed[SEALED_DATA_MAX];
	char *payload = arena_alloc(arena, LINK_MAX + 1);
	size_t size, length;

	if (!link_is_sealed(slug, user_id != 0))
		return slug->literal;
	if (!slug_pack(slug, arguments, values, &size, why))
		return NULL;
	link_hint(slug, payload);
	length = LINK_HINT_SIZE + base64url_encode(values, size, payload + LINK_HINT_SIZE);
	size = write_sealed(slug, values, size, sealed);
	seal_make(key, SEAL_LINK, user_id, 0, sealed, size, payload + length);
	return payload;
}

bool link_unpack(struct text payload, const struct slug *slug, const char *key, int64_t user_id,
		 struct arena *arena, struct slug_values *out)
{
	char values[LINK_MAX], sealed[SEALED_DATA_MAX];
	size_t size, length;

	*out = (struct slug_values) { .slug = slug };
	if (!link_is_sealed(slug, user_id != 0))
		return text_is(payload, slug->literal);
	if (payload.length < LINK_SEALED_MIN || payload.length > LINK_MAX)
		return false;
	length = payload.length - LINK_HINT_SIZE - SEAL_SIZE;
	if (!base64url_decode(payload.data + LINK_HINT_SIZE, length, values, &size))
		return false;
	length = write_sealed(slug, values, size, sealed);
	return seal_fits(key, SEAL_LINK, user_id, 0, sealed, length,
			 payload.data + payload.length - SEAL_SIZE) &&
	       slug_unpack(slug, (struct text) { values, size }, arena, out);
}
