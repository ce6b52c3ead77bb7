/* method.c - the table of method.h, and verbs for methods that are not in it. */
#include "workers/wire/method.h"

#include <string.h>

#include "common/xalloc.h"

enum repeat { REPEAT_HARMLESS, REPEAT_ONCE };

const char *const method_names[METHOD_COUNT + 1] = {
#define METHOD_NAME(id, name, repeat, line) [METHOD_##id] = name,
	METHODS(METHOD_NAME)
#undef METHOD_NAME
};

static const enum repeat repeats[METHOD_COUNT] = {
#define METHOD_REPEAT(id, name, repeat, line) [METHOD_##id] = REPEAT_##repeat,
	METHODS(METHOD_REPEAT)
#undef METHOD_REPEAT
};

static const enum method_line lines[METHOD_COUNT] = {
#define METHOD_LINE(id, name, repeat, line) [METHOD_##id] = LINE_##line,
	METHODS(METHOD_LINE)
#undef METHOD_LINE
};

/* Verbs that may be repeated without effect. send, forward, copy, create, post, gift, transfer and
 * whatever is new are not among them. */
static const char *const harmless_verbs[] = {
	"get",     "set",     "delete", "answer",  "edit",  "ban",    "unban", "restrict",
	"promote", "approve", "pin",    "decline", "unpin", "leave",  "hide",  "close",
	"reopen",  "remove",  "revoke", "stop",    "read",  "verify",
};

enum method_line method_line(enum method_id id)
{
	return lines[id];
}

enum method_id method_find(struct text name)
{
	for (int id = 0; id < METHOD_OTHER; id++)
		if (text_is(name, method_names[id]))
			return (enum method_id)id;
	return METHOD_OTHER;
}

/* A verb ends where the first capital letter begins. */
static bool has_verb(struct text name, const char *verb)
{
	size_t length = strlen(verb);

	return name.length > length && !memcmp(name.data, verb, length) &&
	       name.data[length] >= 'A' && name.data[length] <= 'Z';
}

bool method_is_harmless(enum method_id id, struct text name)
{
	if (id != METHOD_OTHER)
		return repeats[id] == REPEAT_HARMLESS;
	for (size_t i = 0; i < COUNT_OF(harmless_verbs); i++)
		if (has_verb(name, harmless_verbs[i]))
			return true;
	return false;
}
