/* call_name.h - messages that have a name (workers/api/names.h): what is known of one, as Redis
 * keeps it, and what becomes of a call about it. Pure: the sender keeps it, conversations do the
 * same.
 *
 * Only the sender learns a message's id, and it makes the calls of a chat one after the other, so
 * it is where names become ids: right before a call, with all earlier ones done. */
#ifndef WORKERS_WIRE_CALL_NAME_H
#define WORKERS_WIRE_CALL_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/pack.h"

enum name_use {
	NAME_NONE,   /* an ordinary call */
	NAME_SAYS,   /* sends a message of that name, unless its update has sent it already */
	NAME_CLEARS, /* deletes the former messages of that name, which such a call replaced */
	NAME_EDITS,  /* edits the message of that name */
	NAME_UNSAYS, /* deletes it, and the former ones */
	NAME_USES
};

#define NAME_KEY_MAX 64u
#define NAME_TURN_MAX 40u
#define NAME_IDS_MAX 90u /* of each of the two lists; deleteMessages takes 100 */

struct call_name {
	enum name_use use;
	struct text key;  /* in Redis */
	struct text turn; /* SAYS: of which update, the how-manieth of that name; no spaces */
	uint32_t part;    /* SAYS: of the messages of one draft, from 0 */
	uint32_t seconds; /* SAYS: for so long the name is kept */
};

/* What is known of a name. */
struct said {
	char turn[NAME_TURN_MAX + 1]; /* of what was said last; "": nothing is known */
	uint32_t parts;               /* that were said */
	size_t count, former_count;
	int64_t ids[NAME_IDS_MAX], former[NAME_IDS_MAX];
};

/* A value of Redis; nothing is known of what cannot be read. */
void said_read(struct text value, struct said *out);
void said_write(const struct said *said, struct buffer *out);

/* Whether the call is to be made; then *body is what it says, for the caller to free, or NULL for
 * what it says already. */
bool call_name_prepare(const struct call_name *name, struct text body, const struct said *said,
		       char **body_out);
/* The call was made with this result (JSON, nil for a refusal): what is known now. False: nothing
 * any more, or it has not changed; *gone tells which. */
bool call_name_learn(const struct call_name *name, struct text result, struct said *said,
		     bool *gone);

#endif
