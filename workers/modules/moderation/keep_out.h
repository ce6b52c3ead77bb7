/* keep_out.h - rules by lists of people: whoever is on one does not stay in the group, unless the
 * group lets them in. What administrators take back stays taken back, by whatever way they do it.
 */
#ifndef WORKERS_MODULES_MODERATION_KEEP_OUT_H
#define WORKERS_MODULES_MODERATION_KEEP_OUT_H

#include "workers/module.h"

/* A fact of the module about a member: whom the group lets in. */
#define LET_IN "let_in"

/* What the list says of somebody, and what the group has chosen. */
struct kept_out {
	const char *reason; /* for administrators */
	struct action action;
	bool quiet, trial;
};

/* Whether somebody is on the list in hand; fills what is done then. A filter answers for most. */
typedef bool keep_out_fn(struct ctx *ctx, struct target target, struct kept_out *out);

/* Does it in the group in hand, unless they are exempt, or let in. NULL, or why not, for people. */
const char *keep_out_act(struct ctx *ctx, struct target target, const struct kept_out *kept_out);

/* The handlers. Whoever is unbanned or added by an administrator is let in from then on, until
 * somebody bans them by hand. */
enum verdict keep_out_member(struct ctx *ctx, const struct member_change *change,
			     keep_out_fn *find);
enum verdict keep_out_request(struct ctx *ctx, const struct join_request *request,
			      keep_out_fn *find);
/* Who was in before they were on the list, and channels. */
enum verdict keep_out_writer(struct ctx *ctx, const struct message *message, keep_out_fn *find);

#endif
