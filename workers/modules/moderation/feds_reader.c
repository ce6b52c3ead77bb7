/* feds_reader.c - CSV and JSON, as far as lists of people need it. What cannot be an id is skipped
 * and counted, so that a wrong line does not cost the others. */
#include "workers/modules/moderation/feds_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PERSON_MAX (INT64_C(1) << 52)
#define CHANNEL_MAX INT64_C(-1000000000001)
#define CHANNEL_MIN INT64_C(-9999999999999)
#define DIGITS_MAX 16
#define DEPTH_MAX 16

/* A part of the file. */
struct span {
	const char *at;
	size_t length;
};

static bool is_around(char c)
{
	return c && strchr(" \t\r\n\"'", c);
}

static struct span trim(struct span span)
{
	while (span.length && is_around(span.at[0]))
		span = (struct span) { span.at + 1, span.length - 1 };
	while (span.length && is_around(span.at[span.length - 1]))
		span.length--;
	return span;
}

/* --- ids -------------------------------------------------------------------------------------- */

/* "123", and "123.0" as programs for tables write it. */
static bool read_number(struct span span, int64_t *out)
{
	bool negative = span.length && span.at[0] == '-';
	size_t i = negative, digits = 0;
	int64_t number = 0;

	for (; i < span.length && span.at[i] >= '0' && span.at[i] <= '9'; i++, digits++) {
		if (digits == DIGITS_MAX)
			return false;
		number = 10 * number + (span.at[i] - '0');
	}
	if (i < span.length && span.at[i] == '.')
		for (i++; i < span.length && span.at[i] == '0'; i++)
			;
	*out = negative ? -number : number;
	return digits && i == span.length;
}

static bool is_somebody(int64_t id)
{
	return (id > 0 && id < PERSON_MAX) || (id <= CHANNEL_MAX && id >= CHANNEL_MIN);
}

static void take(struct fed_people *people, struct span span)
{
	int64_t id;

	if (!read_number(trim(span), &id))
		people->skipped[FED_SKIP_NO_ID]++;
	else if (!is_somebody(id))
		people->skipped[FED_SKIP_NO_PERSON]++;
	else if (people->count == FED_PEOPLE_MAX)
		people->too_many = true;
	else
		people->ids[people->count++] = id;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	return one < other ? -1 : one > other;
}

static void drop_repeated(struct fed_people *people)
{
	size_t kept = 0;

	qsort(people->ids, people->count, sizeof(*people->ids), compare_ids);
	for (size_t i = 0; i < people->count; i++) {
		if (kept && people->ids[kept - 1] == people->ids[i])
			people->skipped[FED_SKIP_TWICE]++;
		else
			people->ids[kept++] = people->ids[i];
	}
	people->count = kept;
}

/* How well a column or member of this name tells whom it is about; 0: it does not. */
static int rank_of(struct span name)
{
	static const char *const names[] = { "id", "telegram_id", "userid", "user_id" };

	name = trim(name);
	for (int i = 0; i < 4; i++)
		if (strlen(names[i]) == name.length &&
		    strncasecmp(names[i], name.at, name.length) == 0)
			return i + 1;
	return 0;
}

/* --- CSV -------------------------------------------------------------------------------------- */

struct csv {
	const char *at, *end;
	char separator;
};

/* The next field, quotes and all; *last: it ends its line. */
static struct span next_field(struct csv *csv, bool *last)
{
	struct span field = { csv->at, 0 };
	bool quoted = false;

	while (csv->at < csv->end) {
		char c = *csv->at;

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == csv->separator || c == '\n'))
			break;
		csv->at++;
	}
	field.length = (size_t)(csv->at - field.at);
	*last = csv->at == csv->end || *csv->at == '\n';
	if (csv->at < csv->end)
		csv->at++;
	return field;
}

/* The one that is most often in the first line. */
static char find_separator(const char *text, size_t size)
{
	static const char separators[] = ",;\t";
	const char *newline = memchr(text, '\n', size);
	size_t length = newline ? (size_t)(newline - text) : size, most = 0;
	char found = ',';

	for (const char *at = separators; *at; at++) {
		size_t count = 0;

		for (size_t i = 0; i < length; i++)
			count += text[i] == *at;
		if (count > most) {
			most = count;
			found = *at;
		}
	}
	return found;
}

/* The field of the line in that column, or, to find the column, the one with the best name. */
static struct span read_line(struct csv *csv, size_t column, size_t *best, int *rank)
{
	struct span found = { csv->at, 0 };
	bool last = false;

	for (size_t i = 0; !last; i++) {
		struct span field = next_field(csv, &last);

		if (i == column)
			found = field;
		if (best && rank_of(field) > *rank) {
			*rank = rank_of(field);
			*best = i;
		}
	}
	return found;
}

static bool is_blank(const struct csv *csv)
{
	return *csv->at == '\n' ||
	       (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n');
}

static void read_csv(const char *text, size_t size, struct fed_people *out)
{
	struct csv csv = { text, text + size, find_separator(text, size) };
	size_t column = 0;
	int rank = 0;
	struct span first = size ? read_line(&csv, 0, &column, &rank) : (struct span) { text, 0 };
	int64_t id;

	/* Names of columns are no people. */
	if (!rank && read_number(trim(first), &id))
		take(out, first);
	else if (!rank && size)
		out->skipped[FED_SKIP_NO_ID]++;
	while (csv.at < csv.end) {
		if (is_blank(&csv)) {
			csv.at = (const char *)memchr(csv.at, '\n', (size_t)(csv.end - csv.at)) + 1;
			continue;
		}
		take(out, read_line(&csv, column, NULL, NULL));
	}
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* An open object or list. */
struct frame {
	bool object;
	bool counts;   /* what is in it is about people of the list */
	bool has_more; /* others are open in it, or were */
	int rank;      /* of the member that tells whom it is about; 0: none yet */
	struct span id, key;
	bool after_key;
};

struct json_reader {
	const char *at, *end;
	struct frame frames[DEPTH_MAX];
	size_t depth;
	struct fed_people *people;
};

static bool is_one_of(struct span name, const char *const *names)
{
	for (; *names; names++)
		if (strlen(*names) == name.length && strncasecmp(*names, name.at, name.length) == 0)
			return true;
	return false;
}

/* Whether what begins here is about people of the list. */
static bool may_count(const struct json_reader *reader, bool object)
{
	static const char *const lists[] = { "bans",     "fbans",  "banned", "users",
					     "user_ids", "ids",    "list",   "people",
					     "data",     "result", NULL };
	static const char *const people[] = { "user", NULL };
	const struct frame *parent = reader->depth ? &reader->frames[reader->depth - 1] : NULL;

	if (!parent)
		return true;
	if (!parent->object)
		return parent->counts;
	return parent->counts && is_one_of(parent->key, object ? people : lists);
}

static bool open_frame(struct json_reader *reader, bool object)
{
	bool counts = may_count(reader, object);

	if (reader->depth == DEPTH_MAX)
		return false;
	if (reader->depth) {
		struct frame *parent = &reader->frames[reader->depth - 1];

		parent->has_more = parent->has_more || counts;
		parent->after_key = false;
	}
	reader->frames[reader->depth++] = (struct frame) { .object = object, .counts = counts };
	return true;
}

static bool close_frame(struct json_reader *reader, bool object)
{
	struct frame *frame;

	if (!reader->depth || reader->frames[reader->depth - 1].object != object)
		return false;
	frame = &reader->frames[--reader->depth];
	if (object && frame->counts && frame->rank)
		take(reader->people, frame->id);
	else if (object && frame->counts && !frame->has_more)
		reader->people->skipped[FED_SKIP_NO_ID]++;
	return true;
}

static bool take_value(struct json_reader *reader, struct span value)
{
	struct frame *frame = reader->depth ? &reader->frames[reader->depth - 1] : NULL;

	if (!frame) /* numbers, one a line */
		take(reader->people, value);
	else if (!frame->object && frame->counts)
		take(reader->people, value);
	else if (frame->object && !frame->after_key)
		return false;
	else if (frame->object && rank_of(frame->key) > frame->rank) {
		frame->rank = rank_of(frame->key);
		frame->id = value;
	}
	if (frame)
		frame->after_key = false;
	return true;
}

static bool read_string(struct json_reader *reader)
{
	struct frame *frame = reader->depth ? &reader->frames[reader->depth - 1] : NULL;
	struct span string = { ++reader->at, 0 };

	while (reader->at < reader->end && *reader->at != '"')
		reader->at += *reader->at == '\\' ? 2 : 1;
	if (reader->at >= reader->end)
		return false;
	string.length = (size_t)(reader->at++ - string.at);
	if (!frame || !frame->object || frame->after_key)
		return take_value(reader, string);
	frame->key = string;
	return true;
}

static bool read_scalar(struct json_reader *reader)
{
	struct span scalar = { reader->at, 0 };

	while (reader->at < reader->end && *reader->at && !strchr(",]}:{[\" \t\r\n", *reader->at))
		reader->at++;
	scalar.length = (size_t)(reader->at - scalar.at);
	return scalar.length && take_value(reader, scalar);
}

static bool read_token(struct json_reader *reader)
{
	char c = *reader->at;

	if (c == '"')
		return read_string(reader);
	if (!c || !strchr("{}[],: \t\r\n", c))
		return read_scalar(reader);
	reader->at++;
	if (c == '{' || c == '[')
		return open_frame(reader, c == '{');
	if (c == '}' || c == ']')
		return close_frame(reader, c == '}');
	if (c == ':' && reader->depth)
		reader->frames[reader->depth - 1].after_key = true;
	return true;
}

static void read_json(const char *text, size_t size, struct fed_people *out)
{
	struct json_reader reader = { .at = text, .end = text + size, .people = out };
	bool good = true;

	while (good && reader.at < reader.end)
		good = read_token(&reader);
	out->broken = !good || reader.depth;
}

/* --- both ------------------------------------------------------------------------------------- */

static const char byte_order_mark[] = "\xef\xbb\xbf";

void fed_read(const char *text, size_t size, struct fed_people *out)
{
	size_t start = size >= 3 && memcmp(text, byte_order_mark, 3) == 0 ? 3 : 0;

	while (start < size && text[start] && strchr(" \t\r\n", text[start]))
		start++;
	text += start;
	size -= start;
	if (size && (text[0] == '{' || text[0] == '['))
		read_json(text, size, out);
	else
		read_csv(text, size, out);
	drop_repeated(out);
}
