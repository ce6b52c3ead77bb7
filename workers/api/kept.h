/* kept.h - texts of administrators that the bot says again: rules, notes, a welcome. */
#ifndef WORKERS_API_KEPT_H
#define WORKERS_API_KEPT_H

#include "workers/api/drafts.h"
#include "workers/api/messages.h"

/* A message as one value for a store: its text with all formatting, its file, and its buttons that
 * open links, also as people write them: "[Site](buttonurl://example.org)", with ":same" at the end
 * beside the one before. Of a command that is being handled it is what follows the name. Nothing in
 * it names a person: a mention becomes its words.
 *
 * "" when it has nothing of that (a poll), or is too long: over 12 KiB, in which the longest
 * message fits unless it is written in Chinese or the like. See also KEPT_FIELD(). */
const char *message_keep(struct ctx *ctx, const struct message *message);

/* Adds what message_keep() made, as it was. Its fillings are replaced by what they stand for, as
 * text that is never markup:
 *
 *     {first} {last} {fullname} {username} {mention} {id}   of `about`
 *     {chat} {count}    the title of this chat; how many are in it (asks Telegram)
 *     {rules} …         what draft_fill() said before
 *
 * Others stay as they are, and so do those about a person when `about` is NULL. A person without a
 * username is mentioned instead; one without a name is called by the id. What is damaged, or was
 * kept by a version that is not known here, fails the handler when the draft is sent. */
void draft_kept(struct draft *draft, const char *kept, const struct user *about);
/* What {name} stands for in the texts that are added from here on; with a `url` (NULL: none) it is
 * a link. */
void draft_fill(struct draft *draft, const char *name, const char *text, const char *url);

#endif
