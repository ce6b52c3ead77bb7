/* feds_reader.h - lists of people in files, as other bots and people write them: CSV (RFC 4180) and
 * JSON, also an object a line. */
#ifndef WORKERS_MODULES_MODERATION_FEDS_READER_H
#define WORKERS_MODULES_MODERATION_FEDS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FED_PEOPLE_MAX 100000

/* Why a line, or an element, is left out. */
enum fed_skip {
	FED_SKIP_NO_ID,     /* has none, or what stands there is no number */
	FED_SKIP_NO_PERSON, /* a number that no person or channel can have */
	FED_SKIP_TWICE,
	FED_SKIP_ADMIN, /* of the federation: for the caller to fill */
	FED_SKIPS,
};

struct fed_people {
	int64_t *ids; /* room for FED_PEOPLE_MAX; ascending, each once */
	size_t count;
	size_t skipped[FED_SKIPS];
	bool too_many; /* more than FED_PEOPLE_MAX ids, twice or not */
	bool broken;   /* begins as JSON, and is none or ends too early */
};

/* Reads all of it. In CSV the ids stand in the column "user_id", "userid", "telegram_id" or "id"
 * (in this order, any case) of a first line with names, else in the first column; columns are
 * separated by commas, semicolons or tabs. In JSON they are numbers in a list, or the members of
 * these names of objects; the lists are outermost, or in an object as "bans", "users", "ids" and
 * the like. Other people whom an object names (who banned them) are not taken for its own. */
void fed_read(const char *text, size_t size, struct fed_people *out);

#endif
