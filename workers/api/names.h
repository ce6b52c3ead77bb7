/* names.h - messages that are found again by a name: the last welcome, a captcha, the state of long
 * work, a menu that takes the place of the one before. */
#ifndef WORKERS_API_NAMES_H
#define WORKERS_API_NAMES_H

#include <stdint.h>

#include "workers/api/drafts.h"
#include "workers/api/verdict.h"

/* A name is a slug (slugs.h) of this module and the chat: "captcha:%lld" with the person's id.
 * Names need no route.
 *
 *     draft_name(draft, 600, "captcha:%lld", person->id);      with the draft that asks
 *     ctx_unsay(ctx, "captcha:%lld", person->id);              when it was solved, or is over
 *
 * The message of a name is known once Telegram has answered, which is after the handler: so names
 * are looked up when a call is made, and whatever happens in between comes in the order in which it
 * was said. They are in Redis, under keyed hashes, with nothing but ids of messages. While Redis is
 * away messages are sent without their names, and edits and deletions by name do nothing. */

#define NAME_SECONDS_MAX (47 * 3600) /* for 48 hours a bot may delete what it said */

/* Gives what the draft says in a chat (all its messages) this name for `ends_s` seconds, 1 to
 * NAME_SECONDS_MAX: then the name ends, and the message stays as it is. The former message of that
 * name is deleted once this one is there. An update sends it once: when its pool was killed and it
 * is handled again, it does not send again what it had sent (unless it was killed in the moment
 * between Telegram's answer and the note of it). A message that only one person sees has no name.
 */
void draft_name(struct draft *draft, int64_t ends_s, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* Edits the message of that name, the first if there are several, as draft_edit_message() does.
 * Does nothing when there is none: it was never sent, or the name has ended. */
enum verdict draft_edit_named(struct draft *draft, const char *slug, ...)
	__attribute__((format(printf, 2, 3)));
/* Deletes it, and ends the name. Does nothing when there is none. */
enum verdict ctx_unsay(struct ctx *ctx, const char *slug, ...)
	__attribute__((format(printf, 2, 3)));

#endif
