/* find.c - see find.h. The page passes as a stream of tags and texts; kept of it are how
 * far each path has come at the elements that are open, and the fields of the rows among them. */
#include "html/find.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/HTMLparser.h>

#include "common/log.h"
#include "common/utf8.h"
#include "common/xalloc.h"

#define CHUNK 4096u

struct element {
	char name[24];                   /* "": too long for any that is wanted */
	size_t reached[WANTED_ROWS_MAX]; /* so many of a path are this and what it is in */
};

struct field {
	char text[FIND_FIELD_MAX + UTF8_CHARACTER_MAX];
	size_t size;
	size_t open_at; /* nested so deep is the element whose text it is; 0: none is open */
	bool is_found, is_space;
};

struct row {
	const struct wanted_row *wanted;
	size_t open_at; /* nested so deep is its element; 0: none is open */
	struct field fields[WANTED_FIELDS_MAX];
};

struct search {
	struct row *rows;
	size_t count;
	struct element nested[FIND_NESTED_MAX + 1]; /* from 1 on */
	size_t depth;
	size_t script_at; /* nested so deep is a script or style, which has no text; 0: none */
	size_t lines;
	struct buffer *out;
};

/* --- fields ----------------------------------------------------------------------------------- */

static void add_character(struct field *field, const char *character, size_t length)
{
	const size_t space = field->is_space && field->size ? 1 : 0;

	if (field->size + space + length > FIND_FIELD_MAX)
		return;
	if (space)
		field->text[field->size++] = ' ';
	field->is_space = false;
	memcpy(field->text + field->size, character, length);
	field->size += length;
}

/* What is not well-formed is libxml2's fault, and left out. */
static void add_text(struct field *field, const char *text, size_t size)
{
	while (size) {
		size_t length = utf8_character(text, size);

		if (!length)
			length = utf8_broken(text, size);
		else if (utf8_space(text, size))
			field->is_space = true;
		else if (!utf8_is_control(text))
			add_character(field, text, length);
		text += length;
		size -= length;
	}
}

static void break_line(struct field *field)
{
	if (field->size && field->text[field->size - 1] != ';')
		add_text(field, ";", 1);
	field->is_space = true;
}

static const char *attribute_of(const xmlChar **attributes, const char *name)
{
	for (size_t i = 0; attributes && attributes[i]; i += 2)
		if (strcmp((const char *)attributes[i], name) == 0)
			return attributes[i + 1] ? (const char *)attributes[i + 1] : "";
	return NULL;
}

/* An element begins that a field may be about. */
static void fill(struct field *field, const struct wanted_field *wanted, size_t depth,
		 const xmlChar **attributes)
{
	const char *value = NULL;

	if (field->is_found)
		return;
	field->is_found = true;
	if (!wanted->attribute) {
		field->open_at = depth;
		return;
	}
	value = attribute_of(attributes, wanted->attribute);
	if (value)
		add_text(field, value, strlen(value));
	else
		field->is_found = false; /* the next one may have it */
}

/* --- rows ------------------------------------------------------------------------------------- */

static void begin_row(struct row *row, size_t depth, const xmlChar **attributes)
{
	row->open_at = depth;
	for (size_t i = 0; i < row->wanted->fields_count; i++) {
		struct field *field = &row->fields[i];

		field->size = 0;
		field->open_at = 0;
		field->is_found = field->is_space = false;
		if (!row->wanted->fields[i].element.name[0])
			fill(field, &row->wanted->fields[i], depth, attributes);
	}
}

static void fill_row(struct row *row, size_t depth, const char *name, const char *classes,
		     const xmlChar **attributes)
{
	for (size_t i = 0; i < row->wanted->fields_count; i++) {
		const struct wanted_field *wanted = &row->wanted->fields[i];

		if (wanted->element.name[0] && wanted_matches(&wanted->element, name, classes))
			fill(&row->fields[i], wanted, depth, attributes);
	}
}

static void write_row(struct search *search, const struct row *row)
{
	size_t size = strlen(row->wanted->label) + 1;

	for (size_t i = 0; i < row->wanted->fields_count; i++)
		size += 1 + row->fields[i].size;
	if (search->lines == FIND_LINES_MAX ||
	    buffer_unread_size(search->out) + size > FIND_BYTES_MAX)
		return;
	search->lines++;
	buffer_append_text(search->out, row->wanted->label);
	for (size_t i = 0; i < row->wanted->fields_count; i++) {
		buffer_append_byte(search->out, '\t');
		buffer_append(search->out, row->fields[i].text, row->fields[i].size);
	}
	buffer_append_byte(search->out, '\n');
}

static void end_row(struct search *search, struct row *row, size_t depth)
{
	for (size_t i = 0; i < row->wanted->fields_count; i++)
		if (row->fields[i].open_at == depth)
			row->fields[i].open_at = 0;
	if (row->open_at != depth)
		return;
	row->open_at = 0;
	write_row(search, row);
}

/* --- the stream ------------------------------------------------------------------------------- */

static void break_lines(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		for (size_t j = 0; j < search->rows[i].wanted->fields_count; j++)
			if (search->rows[i].fields[j].open_at)
				break_line(&search->rows[i].fields[j]);
}

static void on_start(void *owner, const xmlChar *name, const xmlChar **attributes)
{
	struct search *search = owner;
	const char *tag = (const char *)name, *classes = attribute_of(attributes, "class");
	const struct element *parent;
	struct element *element;

	if (strcmp(tag, "br") == 0)
		break_lines(search);
	if (++search->depth > FIND_NESTED_MAX)
		return;
	if (!search->script_at && (strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0))
		search->script_at = search->depth;
	parent = &search->nested[search->depth - 1];
	element = &search->nested[search->depth];
	for (size_t i = 0; i < search->count; i++) {
		struct row *row = &search->rows[i];
		const size_t before = parent->reached[i], whole = row->wanted->depth;
		const bool fits = before < whole &&
				  wanted_matches(&row->wanted->path[before], tag, classes);

		element->reached[i] = before + fits;
		if (row->open_at)
			fill_row(row, search->depth, tag, classes, attributes);
		else if (before + fits == whole && fits)
			begin_row(row, search->depth, attributes);
	}
}

static void on_end(void *owner, const xmlChar *name)
{
	struct search *search = owner;

	(void)name;
	if (search->depth == 0)
		return;
	if (search->depth <= FIND_NESTED_MAX)
		for (size_t i = 0; i < search->count; i++)
			end_row(search, &search->rows[i], search->depth);
	if (search->script_at == search->depth)
		search->script_at = 0;
	search->depth--;
}

static void on_text(void *owner, const xmlChar *text, int size)
{
	struct search *search = owner;

	for (size_t i = 0; i < search->count && !search->script_at; i++)
		for (size_t j = 0; j < search->rows[i].wanted->fields_count; j++)
			if (search->rows[i].fields[j].open_at)
				add_text(&search->rows[i].fields[j], (const char *)text,
					 (size_t)size);
}

/* --- the page --------------------------------------------------------------------------------- */

/* Well-formed, so that the library never looks for another encoding. */
static void mend(const char *page, size_t size, struct buffer *out)
{
	while (size) {
		size_t length = page[0] ? utf8_character(page, size) : 0;

		if (length)
			buffer_append(out, page, length);
		else
			buffer_append(out, UTF8_REPLACEMENT, UTF8_REPLACEMENT_SIZE);
		length = length ? length : page[0] ? utf8_broken(page, size) : 1;
		page += length;
		size -= length;
	}
}

static void parse(struct search *search, const char *page, size_t size)
{
	xmlSAXHandler handler = { .startElement = on_start,
				  .endElement = on_end,
				  .characters = on_text,
				  .ignorableWhitespace = on_text };
	htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, search, NULL, 0, NULL,
							    XML_CHAR_ENCODING_UTF8);

	if (!parser)
		panic("no parser of HTML");
	htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
					   HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	/* Before the first element an end tag would end the page for libxml2. */
	htmlParseChunk(parser, "<html>", 6, 0);
	for (size_t at = 0; at < size; at += CHUNK)
		htmlParseChunk(parser, page + at, (int)(size - at < CHUNK ? size - at : CHUNK), 0);
	htmlParseChunk(parser, "", 0, 1);
	htmlFreeParserCtxt(parser);
}

void html_find(const char *page, size_t size, const struct wanted_row *wanted, size_t count,
	       struct buffer *out)
{
	struct search search = { .count = count, .out = out };
	struct buffer mended = { 0 };

	search.rows = xcalloc(count, sizeof(*search.rows));
	for (size_t i = 0; i < count; i++)
		search.rows[i].wanted = &wanted[i];
	mend(page, size < FIND_PAGE_MAX ? size : FIND_PAGE_MAX, &mended);
	parse(&search, (const char *)buffer_unread(&mended), buffer_unread_size(&mended));
	buffer_finish(&mended);
	free(search.rows);
}
