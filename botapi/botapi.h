/* botapi.h - the whole Bot API as a table: methods with their parameters, objects with their
 * fields, and the types of both (https://core.telegram.org/bots/api). For the simulator, for tests,
 * and for what checks calls before they leave.
 *
 * table.c is made by botapi/make-table; the look-ups are binary searches. Everything lives as long
 * as the program. */
#ifndef BOTAPI_BOTAPI_H
#define BOTAPI_BOTAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum botapi_kind {
	BOTAPI_INTEGER,
	BOTAPI_FLOAT,
	BOTAPI_BOOLEAN,
	BOTAPI_TRUE, /* Boolean, but only true */
	BOTAPI_STRING,
	BOTAPI_FILE,   /* InputFile: an upload */
	BOTAPI_WORD,   /* a String, one of botapi_words[first], … */
	BOTAPI_OBJECT, /* botapi_objects[first] */
	BOTAPI_ARRAY,  /* of botapi_types[first] */
	BOTAPI_ANY,    /* one of botapi_types[botapi_alternatives[first]], … */
};

struct botapi_type {
	uint8_t kind; /* enum botapi_kind */
	uint16_t first, count;
};

/* A parameter of a method, or a field of an object. */
struct botapi_field {
	const char *name;
	uint16_t type; /* in botapi_types */
	bool required;
};

/* The fields are botapi_fields[first], …, in the order of strcmp(). */
struct botapi_object {
	const char *name;
	uint16_t first, count;
};

struct botapi_method {
	const char *name;
	uint16_t first, count;
	uint16_t result; /* in botapi_types */
};

/* Package and version that the table was made from. */
extern const char botapi_source[];
extern const struct botapi_type botapi_types[];
extern const uint16_t botapi_alternatives[];
extern const char *const botapi_words[];
extern const struct botapi_field botapi_fields[];
extern const struct botapi_object botapi_objects[]; /* in the order of strcmp() */
extern const size_t botapi_objects_count;
extern const struct botapi_method botapi_methods[]; /* in the order of strcasecmp() */
extern const size_t botapi_methods_count;

/* Case does not matter, as for Telegram; NULL when there is none. */
const struct botapi_method *botapi_find_method(const char *name, size_t length);
/* What a union of several objects is called, as "ChatMember", is no object: NULL. */
const struct botapi_object *botapi_find_object(const char *name);
const struct botapi_field *botapi_find_parameter(const struct botapi_method *method,
						 const char *name, size_t length);
/* False when there is no such method: NULL. */
bool botapi_has_parameter(const struct botapi_method *method, const char *name);
const struct botapi_field *botapi_find_field(const struct botapi_object *object, const char *name,
					     size_t length);
/* Whether it is that word, of a type of kind BOTAPI_WORD. */
bool botapi_has_word(const struct botapi_type *type, const char *word);
/* Whether the type is of that kind, or is one of several of which one is. */
bool botapi_may_be(const struct botapi_type *type, enum botapi_kind kind);

#endif
