/* slug.c - the same walk over a literal writes and reads its values. */
#include "workers/host/slug.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- literals --------------------------------------------------------------------------------- */

static bool conversion_limit(const struct conversion *conversion, size_t *limit, struct why *why)
{
	if (conversion->flags[0] || conversion->width >= 0 || conversion->width_argument >= 0)
		return why_set(why, "a value takes no flags and no width");
	if (conversion->precision_argument >= 0)
		return why_set(why, "a value takes no *");
	switch (conversion->type) {
	case FORMAT_INTEGER:
		if (conversion->precision >= 0)
			return why_set(why, "a number takes no precision");
		*limit = conversion->size == 'i' ? strlen("-2147483648")
						 : strlen("-9223372036854775808");
		return true;
	case FORMAT_TEXT:
		if (conversion->precision <= 0)
			return why_set(why, "a text needs its limit: %%.16s");
		*limit = (size_t)conversion->precision;
		return true;
	case FORMAT_UNSIGNED:
	case FORMAT_REAL:
	case FORMAT_CHARACTER:
	case FORMAT_PERCENT:
		break;
	}
	return why_set(why, "values are %%d, %%lld or %%.Ns");
}

/* Two values need something between them that tells where the first ends. */
static bool check_conversion(const struct conversion *conversion, size_t index, struct why *why)
{
	if (conversion->argument != index)
		return why_set(why, "values are taken in order");
	if (conversion->start[conversion->length] == '%')
		return why_set(why, "a character is needed between two values");
	return true;
}

static bool check_slug(struct slug *slug, struct why *why)
{
	struct text name = slug_name(text_of(slug->literal));

	if (name.length == 0 || memchr(name.data, '%', name.length))
		return why_set(why, "it begins with a name; values come after its colon");
	if (!format_parse(slug->literal, &slug->format, why))
		return false;
	slug->longest = strlen(slug->literal);
	for (size_t i = 0; i < slug->format.count; i++) {
		const struct conversion *conversion = &slug->format.conversions[i];
		size_t limit = 0;

		if (!conversion_limit(conversion, &limit, why) ||
		    !check_conversion(conversion, i, why))
			return false;
		slug->longest += limit - conversion->length;
	}
	return true;
}

bool slug_parse(const char *literal, struct slug *out, struct why *why)
{
	*out = (struct slug) { .literal = literal };
	return check_slug(out, why) || why_prefix(why, "\"%s\"", literal);
}

struct text slug_name(struct text text)
{
	const char *colon = text.length ? memchr(text.data, ':', text.length) : NULL;

	return (struct text) { text.data, colon ? (size_t)(colon - text.data) : text.length };
}

/* --- read ------------------------------------------------------------------------------------- */

static bool read_integer(struct text written, char size, intmax_t *out)
{
	char digits[24];
	char *end;
	long long number;

	if (written.length == 0 || written.length >= sizeof(digits))
		return false;
	memcpy(digits, written.data, written.length);
	digits[written.length] = '\0';
	number = strtoll(digits, &end, 10);
	if (end != digits + written.length ||
	    !(digits[0] == '-' || isdigit((unsigned char)digits[0])))
		return false;
	if (size == 'i' && (number < INT_MIN || number > INT_MAX))
		return false;
	*out = number;
	return true;
}

static bool read_value(const struct conversion *conversion, struct text written,
		       struct arena *arena, union format_value *out)
{
	if (conversion->type == FORMAT_INTEGER)
		return read_integer(written, conversion->size, &out->integer);
	if (written.length > (size_t)conversion->precision)
		return false;
	out->text = arena_strndup(arena, written.data, written.length);
	return true;
}

/* Walks over both together; a value ends at the literal's next character. */
bool slug_read(const struct slug *slug, struct text written, struct arena *arena,
	       struct slug_values *out)
{
	const char *literal = slug->literal;
	const char *at = written.data, *end = written.data + written.length;
	size_t next = 0;

	out->slug = slug;
	while (*literal) {
		const struct conversion *conversion = &slug->format.conversions[next];
		const char *stop = end;

		if (*literal != '%') {
			if (at == end || *at++ != *literal++)
				return false;
			continue;
		}
		literal += conversion->length;
		if (*literal)
			stop = memchr(at, *literal, (size_t)(end - at));
		if (!stop || !read_value(conversion, (struct text) { at, (size_t)(stop - at) },
					 arena, &out->values[next]))
			return false;
		at = stop;
		next++;
	}
	return at == end;
}

/* --- write ------------------------------------------------------------------------------------ */

/* A text over its limit is cut. */
static void write_values(const struct slug *slug, const struct slug_values *values,
			 struct arena *arena, struct text *out)
{
	char *written = arena_alloc(arena, slug->longest + 1);
	const char *literal = slug->literal;
	size_t length = 0, next = 0;

	while (*literal) {
		size_t plain = strcspn(literal, "%");
		struct text value;

		memcpy(written + length, literal, plain);
		length += plain;
		literal += plain;
		if (!*literal)
			break;
		value = format_render(&slug->format.conversions[next], &values->values[next],
				      arena);
		memcpy(written + length, value.data, value.length);
		length += value.length;
		literal += slug->format.conversions[next++].length;
	}
	*out = (struct text) { written, length };
}

static bool same_values(const struct slug_values *a, const struct slug_values *b)
{
	const struct format *format = &a->slug->format;

	for (size_t i = 0; i < format->count; i++) {
		bool same = format->conversions[i].type == FORMAT_TEXT
				    ? strcmp(a->values[i].text, b->values[i].text) == 0
				    : a->values[i].integer == b->values[i].integer;

		if (!same)
			return false;
	}
	return true;
}

static void spell_nothing(struct slug_values *values)
{
	for (size_t i = 0; i < values->slug->format.count; i++)
		if (values->slug->format.conversions[i].type == FORMAT_TEXT &&
		    !values->values[i].text)
			values->values[i].text = "";
}

bool slug_write(const struct slug *slug, va_list arguments, struct arena *arena, struct text *out,
		struct why *why)
{
	struct slug_values values = { .slug = slug }, again;

	if (!format_take(&slug->format, arguments, values.values, why))
		return false;
	spell_nothing(&values);
	write_values(slug, &values, arena, out);
	if (!slug_read(slug, *out, arena, &again) || !same_values(&values, &again))
		return why_set(why, "a text in \"%s\" is too long or holds its end", slug->literal);
	return true;
}

/* --- packed ----------------------------------------------------------------------------------- */

/* msgpack: a number with its head has 5 or 9 bytes, a text's head has 1 to 3. */
size_t slug_packed_size(const struct slug *slug)
{
	size_t size = 0;

	for (size_t i = 0; i < slug->format.count; i++) {
		const struct conversion *conversion = &slug->format.conversions[i];
		size_t limit = (size_t)conversion->precision;

		if (conversion->type == FORMAT_INTEGER)
			size += conversion->size == 'i' ? 5 : 9;
		else
			size += limit + (limit < 32 ? 1 : limit < 256 ? 2 : 3);
	}
	return size;
}

bool slug_pack(const struct slug *slug, va_list arguments, void *out, size_t *size, struct why *why)
{
	struct slug_values values = { .slug = slug };
	struct buffer packed = { 0 };
	bool fits = true;

	if (!format_take(&slug->format, arguments, values.values, why))
		return false;
	spell_nothing(&values);
	for (size_t i = 0; i < slug->format.count; i++) {
		const struct conversion *conversion = &slug->format.conversions[i];
		const char *text = values.values[i].text;

		if (conversion->type == FORMAT_INTEGER) {
			pack_int(&packed, values.values[i].integer);
			continue;
		}
		fits = fits && strlen(text) <= (size_t)conversion->precision;
		pack_text(&packed, text);
	}
	*size = fits ? buffer_unread_size(&packed) : 0;
	if (*size)
		memcpy(out, buffer_unread(&packed), *size);
	buffer_finish(&packed);
	return fits || why_set(why, "a text in \"%s\" is too long", slug->literal);
}

static bool unpack_value(const struct conversion *conversion, struct cursor *cursor,
			 struct arena *arena, union format_value *out)
{
	struct text text;

	if (conversion->type == FORMAT_INTEGER) {
		out->integer = cursor_int(cursor);
		return conversion->size != 'i' ||
		       (out->integer >= INT_MIN && out->integer <= INT_MAX);
	}
	text = cursor_text(cursor);
	out->text = text.length ? arena_strndup(arena, text.data, text.length) : "";
	return text.length <= (size_t)conversion->precision;
}

bool slug_unpack(const struct slug *slug, struct text packed, struct arena *arena,
		 struct slug_values *out)
{
	struct cursor cursor = cursor_make(packed.data, packed.length);

	out->slug = slug;
	for (size_t i = 0; i < slug->format.count; i++)
		if (!unpack_value(&slug->format.conversions[i], &cursor, arena, &out->values[i]))
			return false;
	return cursor_end(&cursor, NULL);
}
