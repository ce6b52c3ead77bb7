/* wanted.c - reads what is looked for out of an argument, and compares elements with it. */
#include "html/wanted.h"

#include <string.h>

static bool is_word(const char *text)
{
	return text[0] && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
					     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")];
}

/* "td.value.wide" */
static bool read_element(char *text, struct wanted_element *out, struct why *why)
{
	char *rest = text, *class;

	out->name = strsep(&rest, ".");
	if (!is_word(out->name))
		return why_set(why, "\"%s\" is no name of an element", out->name);
	while ((class = strsep(&rest, "."))) {
		if (out->classes_count == WANTED_CLASSES_MAX)
			return why_set(why, "more than %d classes", WANTED_CLASSES_MAX);
		if (!is_word(class))
			return why_set(why, "\"%s\" is no name of a class", class);
		out->classes[out->classes_count++] = class;
	}
	return true;
}

/* "td.value", "img@src", "@href" or "." */
static bool read_field(char *text, struct wanted_field *out, struct why *why)
{
	char *rest = text;

	if (strcmp(text, ".") == 0) {
		out->element.name = "";
		return true;
	}
	text = strsep(&rest, "@");
	out->attribute = rest;
	if (rest && !is_word(rest))
		return why_set(why, "\"%s\" is no name of an attribute", rest);
	if (rest && !text[0]) {
		out->element.name = "";
		return true;
	}
	return read_element(text, &out->element, why);
}

static bool read_fields(char *text, struct wanted_row *out, struct why *why)
{
	char *field;

	while ((field = strsep(&text, ","))) {
		if (out->fields_count == WANTED_FIELDS_MAX)
			return why_set(why, "more than %d fields", WANTED_FIELDS_MAX);
		if (!read_field(field, &out->fields[out->fields_count++], why))
			return false;
	}
	return true;
}

bool wanted_read(const char *argument, struct wanted_row *out, struct why *why)
{
	char *path, *element, *fields;

	*out = (struct wanted_row) { .depth = 0 };
	if (strlen(argument) >= sizeof(out->text))
		return why_set(why, "\"%s\" is longer than %d bytes", argument,
			       WANTED_TEXT_MAX - 1);
	strcpy(out->text, argument);
	path = out->text;
	out->label = strsep(&path, "=");
	if (!path || !is_word(out->label))
		return why_set(why, "\"%s\" is no LABEL=ROW", argument);
	fields = strchr(path, ':');
	if (fields)
		*fields++ = '\0';
	while ((element = strsep(&path, "/"))) {
		if (out->depth == WANTED_DEPTH_MAX)
			return why_set(why, "\"%s\": more than %d elements", argument,
				       WANTED_DEPTH_MAX);
		if (!read_element(element, &out->path[out->depth++], why))
			return why_prefix(why, "\"%s\"", argument);
	}
	if (fields && !read_fields(fields, out, why))
		return why_prefix(why, "\"%s\"", argument);
	return true;
}

static bool has_class(const char *classes, const char *wanted)
{
	size_t length = strlen(wanted);

	while (*classes) {
		size_t word = strcspn(classes, " \t\r\n\f");

		if (word == length && strncmp(classes, wanted, length) == 0)
			return true;
		classes += word;
		classes += strspn(classes, " \t\r\n\f");
	}
	return false;
}

bool wanted_matches(const struct wanted_element *element, const char *name, const char *classes)
{
	if (strcmp(element->name, name) != 0)
		return false;
	for (size_t i = 0; i < element->classes_count; i++)
		if (!classes || !has_class(classes, element->classes[i]))
			return false;
	return true;
}
