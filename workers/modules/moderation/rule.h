/* rule.h - what the automatic rules of this folder share: what they look at (seen.c), and what they
 * do (rule.c). */
#ifndef WORKERS_MODULES_MODERATION_RULE_H
#define WORKERS_MODULES_MODERATION_RULE_H

#include "workers/module.h"

/* --- what they look at ------------------------------------------------------------------------ */

/* Everything of a message that people can read, with line breaks between: text or caption, what it
 * quotes and replies to elsewhere, hidden links, labels and addresses of buttons, polls,
 * checklists, contacts, places, stories, names of files and songs, whom it was forwarded from, and
 * the names of the channel that wrote it and of the bot that made it. */
const char *rule_text(struct ctx *ctx, const struct message *message);
/* Addresses in all of that, as they are written, and the usernames with "@" that it mentions; both
 * end with NULL. In what has no entities an address is told by its look. */
const char *const *rule_links(struct ctx *ctx, const struct message *message);
const char *const *rule_mentions(struct ctx *ctx, const struct message *message);
/* Whether any text of it has such an entity: "custom_emoji". */
bool rule_has_entity(struct ctx *ctx, const struct message *message, const char *type);

/* The same of one text, a name for example. */
const char *const *rule_links_in(struct ctx *ctx, const char *text);
const char *const *rule_mentions_in(struct ctx *ctx, const char *text);

/* --- what they do ----------------------------------------------------------------------------- */

/* An album is one: when a rule acts on one of its messages, the others go, too, those that came
 * before within a minute and those that come after. True: this one went, and there is no more to
 * do. A rule asks before it looks, once it is on. */
bool rule_album_goes(struct ctx *ctx, const struct message *message);
/* Of an album only one message counts. */
bool rule_counts(struct ctx *ctx, const struct message *message);

/* Does what a rule of the group says to whoever wrote this message, unless they are exempt.
 * `reason` is for administrators, `trial`: is only logged. DONE when something was done, else PASS:
 * other rules and modules go on. */
enum verdict rule_enforce(struct ctx *ctx, const struct message *message, struct action action,
			  const char *reason, bool trial);

/* Why a group does not want such a name, for administrators, and what happens then; NULL: it does.
 */
typedef const char *rule_name_fn(struct ctx *ctx, const char *name, struct action *action);
/* Who joins, by their name. An action that only deletes is for Telegram's own message about it.
 * Whom an administrator adds is left alone. */
enum verdict rule_check_name(struct ctx *ctx, const struct member_change *change,
			     rule_name_fn *find, bool trial);
/* Who asks to join is turned away by an action that is for the person; a ban bans them, too. */
enum verdict rule_check_request(struct ctx *ctx, const struct join_request *request,
				rule_name_fn *find, bool trial);
enum verdict rule_check_joined(struct ctx *ctx, const struct service_message *service,
			       rule_name_fn *find, bool trial);
/* Whether it was by somebody whom rules leave alone. */
bool rule_is_exempt_adder(struct ctx *ctx, const struct user *by, int64_t member_id);

#endif
