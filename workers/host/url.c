/* url.c - walks along the literal, which tells the place of each value. */
#include "workers/host/url.h"

#include <stdbool.h>
#include <string.h>

#include "common/buffer.h"
#include "workers/host/format.h"
#include "workers/wire/fetch.h"

#define LABEL_MAX 63u /* RFC 1035, 2.3.4 */

enum place { PLACE_HOST, PLACE_PATH, PLACE_QUERY, PLACE_FRAGMENT };

struct writer {
	struct buffer out;
	enum place place;
	size_t segment; /* where the current one of the path begins in `out` */
	bool has_value; /* a value is in the current segment */
	struct why *why;
};

/* RFC 3986, 2.3. */
static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_label(char c)
{
	return is_unreserved(c) && c != '.' && c != '_' && c != '~';
}

/* Nothing that a URL has; "\\" is taken for "/" by some. */
static bool is_blank(char c)
{
	return (unsigned char)c <= ' ' || c == 127 || c == '\\';
}

static void encode(struct buffer *out, struct text value)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < value.length; i++) {
		unsigned char byte = (unsigned char)value.data[i];

		if (is_unreserved((char)byte)) {
			buffer_append_byte(out, byte);
			continue;
		}
		buffer_append_byte(out, '%');
		buffer_append_byte(out, (uint8_t)digits[byte >> 4]);
		buffer_append_byte(out, (uint8_t)digits[byte & 15]);
	}
}

static enum url_end refuse(struct writer *writer, const char *reason)
{
	why_set(writer->why, "%s", reason);
	return URL_REFUSED;
}

/* --- places ----------------------------------------------------------------------------------- */

/* "..", as a value, would be the segment above. */
static enum url_end end_segment(struct writer *writer)
{
	const char *at = (const char *)buffer_unread(&writer->out) + writer->segment;
	size_t length = buffer_unread_size(&writer->out) - writer->segment;
	bool had_value = writer->has_value;

	writer->has_value = false;
	if (had_value && (length == 1 || length == 2) && strspn(at, ".") >= length)
		return refuse(writer, "a value that would be another folder of the URL");
	return URL_MADE;
}

static enum url_end pass_literal(struct writer *writer, char c)
{
	enum url_end end = URL_MADE;

	if (writer->place == PLACE_PATH && (c == '/' || c == '?' || c == '#'))
		end = end_segment(writer);
	buffer_append_byte(&writer->out, (uint8_t)c);
	if (c == '#')
		writer->place = PLACE_FRAGMENT;
	else if (c == '?' && writer->place < PLACE_QUERY)
		writer->place = PLACE_QUERY;
	else if (c == '/' && writer->place < PLACE_QUERY)
		writer->place = PLACE_PATH;
	if (writer->place == PLACE_PATH && c == '/')
		writer->segment = buffer_unread_size(&writer->out);
	return end;
}

static enum url_end write_label(struct writer *writer, struct text value)
{
	if (value.length == 0 || value.length > LABEL_MAX)
		return refuse(writer, "a value that is no part of the name of a host");
	for (size_t i = 0; i < value.length; i++)
		if (!is_label(value.data[i]))
			return refuse(writer, "a value that is no part of the name of a host");
	buffer_append(&writer->out, value.data, value.length);
	return URL_MADE;
}

static enum url_end write_value(struct writer *writer, struct text value)
{
	switch (writer->place) {
	case PLACE_HOST:
		return write_label(writer, value);
	case PLACE_PATH:
		writer->has_value = true;
		encode(&writer->out, value);
		return URL_MADE;
	case PLACE_QUERY:
		encode(&writer->out, value);
		return URL_MADE;
	case PLACE_FRAGMENT:
		break;
	}
	why_set(writer->why, "what comes after # is not sent");
	return URL_FAULTY;
}

/* --- all together ----------------------------------------------------------------------------- */

static enum url_end write_literal(struct writer *writer, const char *from, const char *to)
{
	enum url_end end = URL_MADE;

	for (; from < to && end == URL_MADE; from++) {
		if (is_blank(*from)) {
			why_set(writer->why, "a URL has no spaces and no backslashes");
			return URL_FAULTY;
		}
		end = pass_literal(writer, *from);
	}
	return end;
}

static enum url_end write_all(struct writer *writer, const char *text, const struct format *format,
			      const union format_value *values, struct arena *arena)
{
	enum url_end end = URL_MADE;

	for (size_t i = 0; i < format->count && end == URL_MADE; i++) {
		const struct conversion *conversion = &format->conversions[i];

		end = write_literal(writer, text, conversion->start);
		text = conversion->start + conversion->length;
		if (end != URL_MADE)
			return end;
		/* "%%20" of the literal is a space that its author encoded. */
		if (conversion->type == FORMAT_PERCENT)
			buffer_append_byte(&writer->out, '%');
		else
			end = write_value(writer, format_render(conversion, &values[i], arena));
	}
	if (end == URL_MADE)
		end = write_literal(writer, text, text + strlen(text));
	return end == URL_MADE && writer->place == PLACE_PATH ? end_segment(writer) : end;
}

static enum url_end make(const char *text, enum place place, va_list arguments, struct arena *arena,
			 const char **out, struct why *why)
{
	struct writer writer = { .place = place, .why = why };
	union format_value values[FORMAT_CONVERSIONS_MAX];
	enum url_end end = URL_FAULTY;
	struct format format;

	if (format_parse(text, &format, why) && format_settle(&format, arguments, values, why)) {
		const size_t scheme = place == PLACE_HOST ? (size_t)(strstr(text, "//") + 2 - text)
							  : 0;

		buffer_append(&writer.out, text, scheme);
		end = write_all(&writer, text + scheme, &format, values, arena);
	}
	if (end == URL_MADE)
		*out = arena_strndup(arena, (const char *)buffer_unread(&writer.out),
				     buffer_unread_size(&writer.out));
	buffer_finish(&writer.out);
	return end;
}

/* --- a whole URL ------------------------------------------------------------------------------ */

static bool has_scheme(const char *text)
{
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

/* Other alphabets stay as they are in the host, where libcurl encodes them its own way. */
static void copy_whole(struct buffer *out, const char *text)
{
	const char *path = strstr(text, "//") + 2;

	path += strcspn(path, "/?#");
	buffer_append(out, text, (size_t)(path - text));
	for (; *path; path++)
		if ((unsigned char)*path < 128)
			buffer_append_byte(out, (uint8_t)*path);
		else
			encode(out, (struct text) { path, 1 });
}

/* Which parts it has is for the fetcher to see; here it must only be one at all. */
static enum url_end take_whole(const char *text, struct arena *arena, const char **out,
			       struct why *why)
{
	struct buffer whole = { 0 };

	if (!text || !has_scheme(text)) {
		why_set(why, "a URL that begins with neither https:// nor http://");
		return URL_REFUSED;
	}
	for (const char *at = text; *at; at++)
		if (is_blank(*at)) {
			why_set(why, "a URL with spaces or backslashes");
			return URL_REFUSED;
		}
	copy_whole(&whole, text);
	*out = arena_strndup(arena, (const char *)buffer_unread(&whole),
			     buffer_unread_size(&whole));
	buffer_finish(&whole);
	return URL_MADE;
}

enum url_end url_make(const char *format, va_list arguments, struct arena *arena, const char **out,
		      struct why *why)
{
	enum url_end end;

	*out = "";
	if (strcmp(format, "%s") == 0) {
		end = take_whole(va_arg(arguments, const char *), arena, out, why);
	} else if (has_scheme(format)) {
		end = make(format, PLACE_HOST, arguments, arena, out, why);
	} else {
		why_set(why, "\"%s\" begins with neither https:// nor http://", format);
		return URL_FAULTY;
	}
	if (end != URL_MADE || strlen(*out) <= FETCH_URL_MAX)
		return end;
	why_set(why, "a URL of more than %u bytes", FETCH_URL_MAX);
	return URL_REFUSED;
}

enum url_end url_make_form(const char *format, va_list arguments, struct arena *arena,
			   const char **out, struct why *why)
{
	*out = "";
	return make(format, PLACE_QUERY, arguments, arena, out, why);
}
